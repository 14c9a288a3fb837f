/* MediaSource: its media, play, pause, seek, and what it is doing. */
#include "context.h"
#include "../media/worker.h"
#include "../nodes/media_source.h"
#include <math.h>

static wa_status resolve(const wa_context *context, wa_node node, graph_node **found,
                         const media_source_config **config) {
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_MEDIA_SOURCE, "node", found);
    *config = status == WA_OK ? (*found)->config : NULL;
    return status;
}

static wa_status check_has_media(const media_source_config *config) {
    return config->media != NULL ? WA_OK : error_set(WA_ERR_INVALID_STATE, "node has no media");
}

/* Complete; the worker may have something to do. */
static wa_status end(wa_context *context, bool is_own, wa_status status) {
    const wa_status ended = group_end(context, is_own, status);
    if (ended == WA_OK) {
        worker_wake(context->engine);
    }
    return ended;
}

static wa_status set_media(wa_context *context, wa_node node, wa_media media) {
    graph_node *of = NULL;
    const media_source_config *config = NULL;
    const wa_status status = resolve(context, node, &of, &config);
    return status == WA_OK ? stream_set_file(context, of, media.id, "media") : status;
}

wa_status wa_media_source_set_media(wa_context *context, wa_node node, wa_media media) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (!context->is_in_transaction) {
        batches_drain(context); /* the media may be on its way back */
    }
    const bool is_own = group_begin(context);
    return end(context, is_own, set_media(context, node, media));
}

static wa_status seek_to(wa_context *context, graph_node *of, double frame) {
    wa_status status = attribute_set(context, of, WA_ATTRIBUTE_SEEK, frame, NULL);
    return status == WA_OK ? stream_wake(context, of) : status;
}

/* An end that has been reached is left by starting over. */
static wa_status play(wa_context *context, wa_node node, double when_s) {
    graph_node *of = NULL;
    const media_source_config *config = NULL;
    double frame = 0.0;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        status = stream_frame_of(context, when_s, &frame);
    }
    if (status == WA_OK) {
        status = check_has_media(config);
    }
    if (status == WA_OK && feed_has_ended(media_source_feed(config), config->generation)) {
        status = seek_to(context, of, 0.0);
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_PLAY, frame, NULL);
    }
    return status == WA_OK ? stream_wake(context, of) : status;
}

wa_status wa_media_source_play(wa_context *context, wa_node node, double when_s) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return end(context, is_own, play(context, node, when_s));
}

/* What is paused stays so: a later pause must not make it play until then. */
static bool is_paused(const wa_context *context, const media_source_config *config) {
    return config->play_frame == INFINITY ||
           config->pause_frame <= (double)wa_context_current_frame(context);
}

static wa_status pause(wa_context *context, wa_node node, double when_s) {
    graph_node *of = NULL;
    const media_source_config *config = NULL;
    double frame = 0.0;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        status = stream_frame_of(context, when_s, &frame);
    }
    if (status == WA_OK) {
        status = check_has_media(config);
    }
    return status == WA_OK && !is_paused(context, config)
               ? attribute_set(context, of, WA_ATTRIBUTE_PAUSE, frame, NULL)
               : status;
}

wa_status wa_media_source_pause(wa_context *context, wa_node node, double when_s) {
    const wa_status status = pause(context, node, when_s);
    return context == NULL ? status : edit_end(context, status);
}

static wa_status seek(wa_context *context, wa_node node, double time_s) {
    graph_node *of = NULL;
    const media_source_config *config = NULL;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK && !isfinite(time_s)) {
        status = error_set(WA_ERR_TYPE, "time_s is not finite");
    }
    if (status == WA_OK && time_s < 0.0) {
        status = error_set(WA_ERR_RANGE, "time_s is %g, below 0", time_s);
    }
    if (status == WA_OK) {
        status = check_has_media(config);
    }
    if (status != WA_OK) {
        return status;
    }
    const feed *from = media_source_feed(config);
    const double frame = round(time_s * from->sample_rate_hz);
    return seek_to(context, of, fmin(frame, (double)from->frame_count));
}

wa_status wa_media_source_seek(wa_context *context, wa_node node, double time_s) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return end(context, is_own, seek(context, node, time_s));
}

wa_status wa_media_source_set_loop(wa_context *context, wa_node node, bool loop) {
    graph_node *of = NULL;
    const media_source_config *config = NULL;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_LOOP, loop ? 1.0 : 0.0, NULL);
    }
    return context == NULL ? status : edit_end(context, status);
}

static void fill_state(const wa_context *context, const media_source_config *config,
                       wa_media_source_state *state) {
    const feed *from = media_source_feed(config);
    uint64_t frame = config->seek_frame, begin = 0;
    (void)feed_played(from, config->generation, &frame);
    state->has_media = true;
    state->has_ended = feed_has_ended(from, config->generation);
    state->is_playing =
        !state->has_ended && media_source_plays_at(config, (double)wa_context_current_frame(context));
    state->is_seeking = !feed_has_arrived(from, config->generation, &begin);
    if (!state->is_seeking) {
        state->buffered_s = (double)feed_buffered_frames(from) / from->sample_rate_hz;
    }
    state->duration_s = (double)from->frame_count / from->sample_rate_hz;
    state->current_time_s = fmin((double)frame / from->sample_rate_hz, state->duration_s);
    state->status = feed_failure(from);
}

wa_status wa_media_source_get_state(const wa_context *context, wa_node node,
                                    wa_media_source_state *state) {
    graph_node *of = NULL;
    const media_source_config *config = NULL;
    if (state == NULL) {
        return error_set(WA_ERR_TYPE, "state is NULL");
    }
    const wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        *state = (wa_media_source_state){ .loop = config->is_looping };
        if (config->media != NULL) {
            fill_state(context, config, state);
        }
    }
    return status;
}
