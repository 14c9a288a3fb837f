/* AudioParam's methods: check, edit the timeline, ship its new form. Past events are folded away whenever a
 * timeline is edited, so that it stays as short as its future. */
#include "context.h"
#include <math.h>
#include <string.h>

wa_status param_extra_reserve(wa_context *context, const graph_node *of, uint32_t index) {
    if (of->params[index].extra != NULL) {
        return WA_OK;
    }
    wa_status status = slab_reserve(&context->extras, 1);
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    return status == WA_OK && of == context->listener ? room_for_listener(context, index) : status;
}

bool param_extra_make(wa_context *context, graph_node *of, uint32_t index) {
    param_slot *slot = &of->params[index];
    if (slot->extra != NULL) {
        return false;
    }
    slot->extra = slab_take(&context->extras);
    slot->extra->line = timeline_constant((double)slot->initial);
    return true;
}

void param_extra_ship(wa_context *context, graph_node *of, uint32_t index) {
    op *shipped = edit_op(context, OP_PARAM_EXTRA, of);
    shipped->index = index;
    shipped->extra = of->params[index].extra;
}

void param_extra_unmake(wa_context *context, graph_node *of, uint32_t index) {
    slab_give(&context->extras, of->params[index].extra);
    of->params[index].extra = NULL;
}

static wa_status resolve(const wa_context *context, wa_param param, graph_node **of,
                         param_slot **slot) {
    const wa_status status = node_resolve(context, param.node, 0, "param.node", of);
    if (status == WA_OK && param.index >= (*of)->param_count) {
        return error_set(WA_ERR_INDEX_SIZE, "param.index is %u, %s has %u params", param.index,
                         (*of)->class->name, (*of)->param_count);
    }
    if (status == WA_OK) {
        *slot = &(*of)->params[param.index];
    }
    return status;
}

/* The value at the first frame of the last quantum, once that quantum knew of the last edit. */
float param_value(const wa_context *context, const param_slot *slot) {
    const render_public *seen = &context->side.published;
    if (slot->is_constant || atomic_load_explicit(&seen->quantum_count, memory_order_acquire) == 0 ||
        !batch_reached(atomic_load_explicit(&seen->quantum_applied, memory_order_relaxed),
                       slot->edit_batch)) {
        return slot->shown;
    }
    const uint64_t frame = atomic_load_explicit(&seen->quantum_frame, memory_order_relaxed);
    return (float)timeline_value_at(&slot->extra->line, NULL,
                                    (double)frame / (double)context->desc.sample_rate_hz);
}

static void fold_past(wa_context *context, param_slot *slot) {
    const render_public *seen = &context->side.published;
    if (context->is_in_transaction || slot->extra->line.count == 0 ||
        atomic_load_explicit(&seen->quantum_count, memory_order_acquire) == 0) {
        return;
    }
    timeline_garbage garbage = { 0 };
    const uint64_t frame = atomic_load_explicit(&seen->quantum_frame, memory_order_relaxed);
    if (automation_collapse(context->timelines, &slot->extra->line,
                            (double)frame / (double)context->desc.sample_rate_hz, &garbage)) {
        edit_garbage_timeline(context, garbage);
    }
}

static wa_status apply(wa_context *context, graph_node *of, uint32_t index, automation_edit edit) {
    param_slot *slot = &of->params[index];
    wa_status status = param_extra_reserve(context, of, index);
    if (status == WA_OK) {
        status = edit_reserve(context, 3);
    }
    if (status != WA_OK) {
        return status;
    }
    const float shown = param_value(context, slot);
    edit.now_s = context_now_s(context);
    const timeline before =
        slot->extra != NULL ? slot->extra->line : timeline_constant((double)slot->initial);
    timeline line = before;
    timeline_garbage garbage = { 0 };
    status = automation_apply(context->timelines, &line, &edit, &garbage);
    if (status != WA_OK) {
        return status;
    }
    if (param_extra_make(context, of, index)) {
        param_extra_ship(context, of, index);
    }
    slot->extra->line = line;
    undo_record *undo = edit_undo(context, UNDO_PARAM, of);
    if (undo != NULL) {
        undo->index = index;
        undo->param.line = before;
        undo->param.garbage = garbage;
        undo->param.shown = slot->shown;
        undo->param.edit_batch = slot->edit_batch;
        undo->param.is_constant = slot->is_constant;
    } else {
        edit_garbage_timeline(context, garbage);
    }
    fold_past(context, slot);
    slot->shown = edit.kind == AUTOMATION_SET_VALUE ? edit.value : shown;
    slot->edit_batch = edit_number(context);
    slot->is_constant = false;
    op *shipped = edit_op(context, OP_PARAM_LINE, of);
    shipped->index = index;
    shipped->line = slot->extra->line;
    return WA_OK;
}

static wa_status run(wa_context *context, wa_param param, automation_edit edit) {
    graph_node *of = NULL;
    param_slot *slot = NULL;
    wa_status status = resolve(context, param, &of, &slot);
    if (status == WA_OK) {
        status = apply(context, of, param.index, edit);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_param_set_value(wa_context *context, wa_param param, float value) {
    if (!isfinite(value)) {
        return context == NULL ? WA_ERR_TYPE
                               : edit_end(context, error_set(WA_ERR_TYPE, "value is not finite"));
    }
    return run(context, param, (automation_edit){ .kind = AUTOMATION_SET_VALUE, .value = value });
}

wa_status wa_param_set_value_at_time(wa_context *context, wa_param param, float value, double time_s) {
    return run(
        context, param,
        (automation_edit){ .kind = AUTOMATION_SET_VALUE_AT_TIME, .value = value, .time_s = time_s });
}

wa_status wa_param_linear_ramp_to_value_at_time(wa_context *context, wa_param param, float value,
                                                double end_time_s) {
    return run(
        context, param,
        (automation_edit){ .kind = AUTOMATION_LINEAR_RAMP, .value = value, .time_s = end_time_s });
}

wa_status wa_param_exponential_ramp_to_value_at_time(wa_context *context, wa_param param, float value,
                                                     double end_time_s) {
    return run(
        context, param,
        (automation_edit){ .kind = AUTOMATION_EXPONENTIAL_RAMP, .value = value, .time_s = end_time_s });
}

wa_status wa_param_set_target_at_time(wa_context *context, wa_param param, float target,
                                      double start_time_s, float time_constant_s) {
    return run(context, param,
               (automation_edit){ .kind = AUTOMATION_SET_TARGET,
                                  .value = target,
                                  .time_s = start_time_s,
                                  .time_constant_s = time_constant_s });
}

wa_status wa_param_set_value_curve_at_time(wa_context *context, wa_param param, const float *values,
                                           uint32_t value_count, double start_time_s,
                                           double duration_s) {
    return run(context, param,
               (automation_edit){ .kind = AUTOMATION_VALUE_CURVE,
                                  .time_s = start_time_s,
                                  .duration_s = duration_s,
                                  .curve = values,
                                  .curve_count = value_count });
}

wa_status wa_param_cancel_scheduled_values(wa_context *context, wa_param param, double cancel_time_s) {
    return run(context, param, (automation_edit){ .kind = AUTOMATION_CANCEL, .time_s = cancel_time_s });
}

wa_status wa_param_cancel_and_hold_at_time(wa_context *context, wa_param param, double cancel_time_s) {
    return run(context, param,
               (automation_edit){ .kind = AUTOMATION_CANCEL_AND_HOLD, .time_s = cancel_time_s });
}

wa_status wa_param_get_value(const wa_context *context, wa_param param, float *value) {
    graph_node *of = NULL;
    param_slot *slot = NULL;
    if (value == NULL) {
        return error_set(WA_ERR_TYPE, "value is NULL");
    }
    const wa_status status = resolve(context, param, &of, &slot);
    if (status == WA_OK) {
        *value = param_value(context, slot);
    }
    return status;
}

static wa_status set_rate(wa_context *context, wa_param param, wa_automation_rate rate) {
    graph_node *of = NULL;
    param_slot *slot = NULL;
    wa_status status = resolve(context, param, &of, &slot);
    if (status == WA_OK && rate != WA_AUTOMATION_RATE_A && rate != WA_AUTOMATION_RATE_K) {
        status = error_set(WA_ERR_TYPE, "rate %d is none", (int)rate);
    }
    if (status == WA_OK && of->class->params[param.index].is_rate_fixed && slot->rate != rate) {
        status = error_set(WA_ERR_INVALID_STATE, "%s.%s fixes its automationRate", of->class->name,
                           of->class->params[param.index].name);
    }
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status == WA_OK) {
        undo_record *undo = edit_undo(context, UNDO_RATE, of);
        if (undo != NULL) {
            undo->index = param.index;
            undo->rate = slot->rate;
        }
        slot->rate = (uint8_t)rate;
        op *shipped = edit_op(context, OP_PARAM_RATE, of);
        shipped->index = param.index;
        shipped->rate = (uint8_t)rate;
    }
    return status;
}

wa_status wa_param_set_automation_rate(wa_context *context, wa_param param, wa_automation_rate rate) {
    const wa_status status = set_rate(context, param, rate);
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_param_get_info(const wa_context *context, wa_param param, wa_param_info *info) {
    graph_node *of = NULL;
    param_slot *slot = NULL;
    if (info == NULL) {
        return error_set(WA_ERR_TYPE, "info is NULL");
    }
    const wa_status status = resolve(context, param, &of, &slot);
    if (status == WA_OK) {
        const wa_param_class *class = &of->class->params[param.index];
        const float max = class->is_max_from_config ? of->class->param_max(of->config, param.index)
                                                    : class->value_max;
        *info = (wa_param_info){ class->name, class->value_default,
                                 class->is_min_of_max ? -max : class->value_min, max,
                                 (wa_automation_rate)slot->rate };
    }
    return status;
}

wa_status wa_node_param_by_name(const wa_context *context, wa_node node, const char *name,
                                wa_param *param) {
    graph_node *of = NULL;
    if (name == NULL || param == NULL) {
        return error_set(WA_ERR_TYPE, "name or param is NULL");
    }
    const wa_status status = node_resolve(context, node, 0, "node", &of);
    if (status != WA_OK) {
        return status;
    }
    for (uint32_t index = 0; index < of->param_count; index++) {
        if (strcmp(of->class->params[index].name, name) == 0) {
            *param = wa_node_param(node, index);
            return WA_OK;
        }
    }
    return error_set(WA_ERR_INDEX_SIZE, "%s has no param named \"%.40s\"", of->class->name, name);
}
