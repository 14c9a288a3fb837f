/* Scheduled sources: start, stop, re-arm. Times go to render as frames in double, exact between two frames. */
#include "context.h"
#include <math.h>

double context_now_s(const wa_context *context) {
    const uint64_t frame = atomic_load_explicit(&context->side.published.frame, memory_order_acquire);
    return (double)frame / (double)context->desc.sample_rate_hz;
}

/* when * rate carries the rounding of a division done before (1024 / 44100 * 44100 is 1023.999...): a time
 * within a millionth of a frame means that frame. */
double context_frame_of(const wa_context *context, double time_s) {
    const double frame = time_s * (double)context->desc.sample_rate_hz;
    const double nearest = round(frame);
    return fabs(frame - nearest) < 1e-6 + fabs(frame) * 1e-15 ? nearest : frame;
}

static wa_status check_time(double when_s, const char *argument) {
    if (!isfinite(when_s)) {
        return error_set(WA_ERR_TYPE, "%s is not finite", argument);
    }
    return when_s < 0.0 ? error_set(WA_ERR_RANGE, "%s is %g, below 0", argument, when_s) : WA_OK;
}

static wa_status resolve_source(const wa_context *context, wa_node handle, graph_node **found) {
    const wa_status status = node_resolve(context, handle, 0, "source", found);
    if (status == WA_OK && ((*found)->class->flags & WA_CLASS_SOURCE) == 0) {
        return error_set(WA_ERR_WRONG_TYPE, "source is a %s, which has no start",
                         (*found)->class->name);
    }
    return status;
}

static void keep_undo(wa_context *context, graph_node *of) {
    undo_record *undo = edit_undo(context, UNDO_SCHEDULE, of);
    if (undo != NULL) {
        undo->schedule = (schedule_state){ of->is_started, of->is_ended, of->has_stop };
    }
}

static wa_status start(wa_context *context, graph_node *of, double when_s) {
    wa_status status = check_time(when_s, "when_s");
    if (status == WA_OK && of->is_started) {
        status = error_set(WA_ERR_INVALID_STATE, "source was started before");
    }
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status != WA_OK) {
        return status;
    }
    keep_undo(context, of);
    const double now_s = context_now_s(context);
    of->is_started = true;
    op *started = edit_op(context, OP_START, of);
    started->schedule.start_frame = context_frame_of(context, when_s > now_s ? when_s : now_s);
    started->schedule.stop_frame = INFINITY;
    return WA_OK;
}

wa_status wa_source_start(wa_context *context, wa_node source, double when_s) {
    graph_node *of = NULL;
    wa_status status = resolve_source(context, source, &of);
    if (status == WA_OK) {
        status = start(context, of, when_s);
    }
    return context == NULL ? status : edit_end(context, status);
}

static wa_status start_buffer(wa_context *context, wa_node source, double when_s, double offset_s,
                              double duration_s) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, source, WA_NODE_TYPE_BUFFER_SOURCE, "source", &of);
    if (status == WA_OK) {
        status = check_time(offset_s, "offset_s");
    }
    if (status == WA_OK && !isfinite(duration_s)) {
        status = error_set(WA_ERR_TYPE, "duration_s is not finite");
    }
    if (status == WA_OK) {
        status = check_time(when_s, "when_s");
    }
    if (status == WA_OK && of->is_started) {
        status = error_set(WA_ERR_INVALID_STATE, "source was started before");
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_OFFSET, offset_s, NULL);
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_DURATION, duration_s, NULL);
    }
    return status == WA_OK ? start(context, of, when_s) : status;
}

wa_status wa_buffer_source_start(wa_context *context, wa_node source, double when_s, double offset_s,
                                 double duration_s) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, start_buffer(context, source, when_s, offset_s, duration_s));
}

/* Reserved by the caller: one op, one undo record. */
void source_stop_now(wa_context *context, graph_node *of, double time_s) {
    keep_undo(context, of);
    of->has_stop = true;
    edit_op(context, OP_STOP, of)->schedule.stop_frame = context_frame_of(context, time_s);
}

static wa_status stop(wa_context *context, wa_node source, double when_s) {
    graph_node *of = NULL;
    wa_status status = resolve_source(context, source, &of);
    if (status == WA_OK) {
        status = check_time(when_s, "when_s");
    }
    if (status == WA_OK && !of->is_started) {
        status = error_set(WA_ERR_INVALID_STATE, "source has not been started");
    }
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status == WA_OK && !of->is_ended) {
        const double now_s = context_now_s(context);
        source_stop_now(context, of, when_s > now_s ? when_s : now_s);
    }
    return status;
}

wa_status wa_source_stop(wa_context *context, wa_node source, double when_s) {
    const wa_status status = stop(context, source, when_s);
    return context == NULL ? status : edit_end(context, status);
}

static wa_status rearm(wa_context *context, wa_node source) {
    graph_node *of = NULL;
    wa_status status = resolve_source(context, source, &of);
    if (status == WA_OK && of->is_started && !of->is_ended) {
        status =
            error_set(WA_ERR_INVALID_STATE, "source plays or waits to: stop it and let it end first");
    }
    if (status == WA_OK && of->type == WA_NODE_TYPE_BUFFER_SOURCE) {
        status = attribute_set(context, of, WA_ATTRIBUTE_REARM, 0.0, NULL);
    }
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status == WA_OK) {
        keep_undo(context, of);
        of->is_started = of->is_ended = false;
        of->has_stop = false;
        edit_op(context, OP_REARM, of);
    }
    return status;
}

wa_status wa_source_rearm(wa_context *context, wa_node source) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (!context->is_in_transaction) {
        batches_drain(context); /* its end may be on its way */
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, rearm(context, source));
}
