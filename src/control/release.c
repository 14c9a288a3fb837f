/* Giving nodes back: now, after the tail, with a fade, or whenever the lifetime rules say (lifetime.c); and
 * what happens when render has let go. */
#include "context.h"
#include <math.h>

wa_status release_options_check(const wa_release_options *options, wa_release_options *checked) {
    *checked = options != NULL ? *options : (wa_release_options)WA_RELEASE_OPTIONS_INIT;
    if (checked->mode < WA_RELEASE_NOW || checked->mode > WA_RELEASE_WHEN_DONE) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options.mode is %d, none of the release modes",
                         (int)checked->mode);
    }
    if (checked->mode == WA_RELEASE_FADE && !(checked->fade_s > 0.0 && checked->fade_s <= 10.0)) {
        return error_set(WA_ERR_RANGE, "options.fade_s is %g, its range is (0, 10]", checked->fade_s);
    }
    return WA_OK;
}

static bool is_source(const graph_node *of) {
    return (of->class->flags & WA_CLASS_SOURCE) != 0;
}

void node_set_life(wa_context *context, graph_node *of, node_life life) {
    undo_record *undo = edit_undo(context, UNDO_LIFE, of);
    if (undo != NULL) {
        undo->life = of->life;
    }
    of->life = (uint8_t)life;
}

static void retire_now(wa_context *context, graph_node *of) {
    edges_cut_inputs(context, of);
    edges_cut_params(context, of);
    edges_cut_outputs(context, of);
    node_set_life(context, of, LIFE_RETIRING);
    edit_op(context, OP_RETIRE, of);
}

static void retire_after_tail(wa_context *context, graph_node *of) {
    if (is_source(of) && of->is_started && !of->is_ended && !of->has_stop) {
        source_stop_now(context, of, context_now_s(context));
    }
    edges_cut_inputs(context, of);
    node_set_life(context, of, LIFE_RETIRING);
    edit_op(context, OP_RETIRE_ASLEEP, of);
}

static void retire_faded(wa_context *context, graph_node *of, double fade_s) {
    const double wanted = ceil(fade_s * (double)context->desc.sample_rate_hz);
    const uint32_t frames = wanted < 1.0 ? 1 : (uint32_t)wanted;
    for (uint32_t index = 0; index < of->output_count; index++) {
        for (edge *each = of->outputs[index].out_first; each != NULL; each = each->out_next) {
            op *fade = edit_op(context, OP_EDGE_FADE, of);
            fade->link.edge = each;
            fade->link.number = frames;
        }
    }
    node_set_life(context, of, LIFE_RETIRING);
    edit_op(context, OP_RETIRE_FADED, of)->link.number = frames;
}

static bool waits_to_start_or_plays(const graph_node *of) {
    return is_source(of) && of->is_started && !of->is_ended;
}

static wa_status reserve(wa_context *context, const graph_node *of) {
    return edit_reserve_leaving(context, 8 + 2 * edges_count(of));
}

wa_status node_release(wa_context *context, graph_node *of, const wa_release_options *options) {
    wa_release_options checked;
    wa_status status = release_options_check(options, &checked);
    if (status == WA_OK && node_is_fixed(context, of)) {
        status = error_set(WA_ERR_INVALID_STATE, "node is the context's %s",
                           of == context->destination ? "destination" : "listener");
    }
    if (status == WA_OK) {
        status = reserve(context, of);
    }
    if (status == WA_OK && checked.mode == WA_RELEASE_AFTER_TAIL) {
        status = stream_end_now(context, of);
    }
    if (status != WA_OK) {
        return status;
    }
    handle_mark_released(&context->types[of->type].handles, of->slot);
    const bool is_idle = is_source(of) && !waits_to_start_or_plays(of);
    const bool is_endless =
        (of->class->flags & WA_CLASS_ALWAYS_ON) != 0; /* Input: no tail to wait for */
    if (checked.mode == WA_RELEASE_NOW || (is_idle && checked.mode != WA_RELEASE_WHEN_DONE)) {
        retire_now(context, of);
    } else if (checked.mode == WA_RELEASE_AFTER_TAIL && is_endless) {
        retire_now(context, of);
    } else if (checked.mode == WA_RELEASE_AFTER_TAIL) {
        retire_after_tail(context, of);
    } else if (checked.mode == WA_RELEASE_FADE) {
        retire_faded(context, of, checked.fade_s);
    } else {
        node_set_life(context, of, LIFE_DROPPED);
        node_check_dropped(context, of);
    }
    return WA_OK;
}

wa_status wa_node_release(wa_context *context, wa_node node, const wa_release_options *options) {
    graph_node *found = NULL;
    wa_status status = node_resolve(context, node, 0, "node", &found);
    if (status == WA_OK && found->pool != NULL) {
        status = error_set(WA_ERR_INVALID_STATE, "node belongs to a pool: release it there");
    }
    if (status == WA_OK) {
        status = node_release(context, found, options);
    }
    return context == NULL ? status : edit_end(context, status);
}

/* -- what comes back ---------------------------------------------------------------------------- */

void node_stick(wa_context *context, graph_node *of) {
    of->pool_next = context->stuck_first;
    context->stuck_first = of;
}

/* Without memory for the cuts it waits, and the next drain tries again. Its memory goes once the batch of the
 * cuts is finished: until then render may still find it behind an edge. */
void node_retired(wa_context *context, graph_node *of) {
    pool_link *pool = of->pool;
    if (pool != NULL) {
        pool->retired(pool, of);
        return;
    }
    if (edit_reserve_leaving(context, 3 + edges_count(of)) != WA_OK) {
        node_stick(context, of);
        return;
    }
    edges_cut_inputs(context, of);
    edges_cut_params(context, of);
    edges_cut_outputs(context, of);
    if (of->writer != NULL) {
        edit_op(context, OP_LEAVE, of->writer);
    }
    if (of->was_in_cycle) { /* the cuts may have unmuted it, and what sounds alone would wake */
        edit_op(context, OP_LEAVE, of);
    }
    edit_garbage(context, GARBAGE_NODE, 0, of, 0);
}

void node_ended(wa_context *context, graph_node *of) {
    of->is_ended = true;
    pool_link *pool = of->pool;
    if (of->life == LIFE_DROPPED) {
        node_check_dropped(context, of);
        return;
    }
    if (of->life == LIFE_LIVE && of->event_count == 0) {
        of->event_next = NULL;
        *(context->event_last != NULL ? &context->event_last->event_next : &context->event_first) = of;
        context->event_last = of;
    }
    of->event_count += of->life == LIFE_LIVE && of->event_count < UINT16_MAX;
    if (pool != NULL) {
        pool->ended(pool, of);
    }
}
