/* Nodes that play or write a file: their list, their files, what offline renders do for them, their events. */
#include "context.h"
#include "../media/worker.h"
#include "../memory/streams.h"
#include "../nodes/media_source.h"
#include "../nodes/recorder.h"
#include <math.h>

static bool is_stream(const graph_node *of) {
    return (of->class->flags & WA_CLASS_STREAM) != 0;
}

/* Each such config begins with its file. */
static const wa_resource *file_of(const void *config) {
    return config != NULL ? *(const wa_resource *const *)config : NULL;
}

/* -- The list ----------------------------------------------------------------------------------- */

wa_status streams_reserve(wa_context *context, const wa_node_class *class) {
    return (class->flags & WA_CLASS_STREAM) != 0 ? vector_reserve(context->engine, &context->streams, 1)
                                                 : WA_OK;
}

void streams_add(wa_context *context, graph_node *made) {
    if (is_stream(made)) {
        graph_node **added = vector_add(&context->streams);
        *added = made;
    }
}

void streams_remove(wa_context *context, graph_node *of) {
    graph_node **nodes = context->streams.items;
    for (uint32_t index = 0; is_stream(of) && index < context->streams.count; index++) {
        if (nodes[index] == of) {
            nodes[index] = nodes[--context->streams.count];
            return;
        }
    }
}

/* -- Files -------------------------------------------------------------------------------------- */

static void serve_all(const wa_resource *file) {
    job *work = ((const wa_stream_resource *)file)->job;
    while (work->serve(work)) {}
}

/* Offline the ring is filled now: how far the worker had got must not show, not even in what a decoder makes of
 * a seek. */
void streams_take_in_hand(wa_context *context, const wa_resource *file) {
    if (file == NULL) {
        return;
    }
    job *work = ((const wa_stream_resource *)file)->job;
    if (context->desc.kind == WA_CONTEXT_OFFLINE) {
        worker_take_in_hand(context->engine, work);
        serve_all(file);
    } else {
        worker_let_go(context->engine, work);
    }
}

wa_status streams_claim(wa_context *context, uint64_t id, wa_resource_kind kind, const char *argument,
                        const wa_resource **claimed) {
    if (!context->is_in_transaction) {
        batches_drain(context);
    }
    return stream_claim(context->engine, id, kind, argument, claimed);
}

static wa_status claim(wa_context *context, graph_node *of, uint64_t id, const char *argument,
                       const wa_resource **claimed) {
    *claimed = NULL;
    if (id == 0) {
        return WA_OK;
    }
    if (file_of(of->config) != NULL) {
        return error_set(WA_ERR_INVALID_STATE, "node has a %s; take it away first", argument);
    }
    return streams_claim(context, id, of->class->resource_kind, argument, claimed);
}

wa_status stream_set_file(wa_context *context, graph_node *of, uint64_t id, const char *argument) {
    const wa_resource *claimed = NULL;
    wa_status status = claim(context, of, id, argument, &claimed);
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_RESOURCE, 0.0, claimed);
    }
    if (status == WA_OK) {
        status = bounds_refresh(context, of);
    }
    if (status == WA_OK) {
        streams_take_in_hand(context, claimed);
    }
    resource_unreference(context->engine, claimed); /* the config has its own */
    return status;
}

wa_status stream_wake(wa_context *context, graph_node *of) {
    const wa_status status = edit_reserve(context, 1);
    if (status == WA_OK) {
        (void)edit_op(context, OP_WAKE, of);
    }
    return status;
}

wa_status stream_frame_of(const wa_context *context, double when_s, double *frame) {
    if (!isfinite(when_s)) {
        return error_set(WA_ERR_TYPE, "when_s is not finite");
    }
    if (when_s < 0.0) {
        return error_set(WA_ERR_RANGE, "when_s is %g, below 0", when_s);
    }
    const double now = (double)wa_context_current_frame(context);
    *frame = fmax(now, ceil(context_frame_of(context, when_s)));
    return WA_OK;
}

wa_status stream_end_now(wa_context *context, graph_node *of) {
    if (!is_stream(of) || file_of(of->config) == NULL) {
        return WA_OK;
    }
    const double now = (double)wa_context_current_frame(context);
    return attribute_set(context, of, WA_ATTRIBUTE_PAUSE, now, NULL);
}

/* -- Offline ------------------------------------------------------------------------------------ */

/* Whatever a quantum can pass through, at any rate. */
static void fetch(const wa_context *context, graph_node *of) {
    const media_source_config *config = of->now.config;
    const feed *from = media_source_feed(config);
    uint64_t begin = 0;
    media_source_prepare(config, of->state);
    const uint64_t needed = (uint64_t)context->desc.quantum_frames * FEED_RATE_MAX + FEED_LOOK_AROUND;
    if (feed_buffered_frames(from) < needed || !feed_has_arrived(from, config->generation, &begin)) {
        serve_all(config->media);
    }
}

static void store(const wa_context *context, const graph_node *of) {
    const recorder_config *config = of->now.config;
    const tape *to = recorder_tape(config);
    if (tape_room(to) < context->desc.quantum_frames || tape_has_stopped(to)) {
        serve_all(config->recording);
    }
}

static bool has_file(const graph_node *of) {
    return (of->flags & NODE_GONE) == 0 && file_of(of->now.config) != NULL;
}

void streams_prepare(wa_context *context) {
    graph_node *const *nodes = context->streams.items;
    for (uint32_t index = 0; index < context->streams.count; index++) {
        if (nodes[index]->type == WA_NODE_TYPE_MEDIA_SOURCE && has_file(nodes[index])) {
            media_source_prepare(nodes[index]->now.config, nodes[index]->state);
        }
    }
}

void streams_serve(wa_context *context) {
    graph_node *const *nodes = context->streams.items;
    for (uint32_t index = 0; index < context->streams.count; index++) {
        graph_node *of = nodes[index];
        if (!has_file(of)) {
            continue;
        }
        if (of->type == WA_NODE_TYPE_MEDIA_SOURCE) {
            fetch(context, of);
        } else {
            store(context, of);
        }
    }
}

/* -- Events ------------------------------------------------------------------------------------- */

/* 0: none. What has been told is noted. */
static uint32_t event_of_media(const media_source_config *config) {
    feed *from = media_source_feed(config);
    if (feed_failure(from) != WA_OK) {
        const bool is_news = !from->told_failed;
        from->told_failed = true;
        return is_news ? WA_EVENT_ERROR : 0;
    }
    if (!feed_has_ended(from, config->generation) || from->told_ended == config->generation) {
        return 0;
    }
    from->told_ended = config->generation;
    return WA_EVENT_ENDED;
}

static uint32_t event_of_recording(const recorder_config *config) {
    tape *to = recorder_tape(config);
    const tape_outcome outcome = tape_outcome_of(to);
    if (outcome == TAPE_RUNNING || to->told_end) {
        return 0;
    }
    to->told_end = true;
    return outcome == TAPE_FINISHED ? WA_EVENT_ENDED : WA_EVENT_ERROR;
}

bool streams_next_event(wa_context *context, wa_event *event) {
    graph_node *const *nodes = context->streams.items;
    for (uint32_t index = 0; index < context->streams.count; index++) {
        graph_node *of = nodes[index];
        if (of->life != LIFE_LIVE || file_of(of->config) == NULL) {
            continue;
        }
        const uint32_t type = of->type == WA_NODE_TYPE_MEDIA_SOURCE ? event_of_media(of->config)
                                                                    : event_of_recording(of->config);
        if (type != 0) {
            *event = (wa_event){ (wa_event_type)type, context->state, { node_id(context, of) } };
            return true;
        }
    }
    return false;
}
