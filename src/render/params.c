/* A param for one quantum: its timeline, plus its inputs mixed to mono, NaN made the default, clamped
 * unless compound. Web Audio 1.1, "Computation of Value". k-rate is the first frame only, inputs too. */
#include "../kernels/mix.h"
#include "render.h"
#include <float.h>

static float in_range(const wa_param_class *of, float value, float max) {
    if (value != value) {
        return of->value_default;
    }
    if (of->is_compound) {
        return value;
    }
    return value < of->value_min ? of->value_min : value > max ? max : value;
}

static edge *first_carrying(render *side, edge *from) {
    while (from != NULL && !edge_carries(side, from)) {
        from = from->active_next;
    }
    return from;
}

/* Add one input to `count` frames of the row. */
static void add_input(render *side, edge *of, float *row, uint32_t count) {
    output_slot *source = &of->source->outputs[of->output_index];
    const float *const *planes = (const float *const *)output_planes(source);
    const uint32_t channel_count = source->channel_count;
    const bool is_heard = channel_count > 0 && !source->is_silent;
    if (edge_fades(side, of)) {
        float *mono = is_heard ? plane_take(side) : NULL;
        if (mono != NULL) {
            kernel_mix_set(&mono, 1, planes, channel_count, true, side->quantum_frames);
        }
        edge_fade(of, &mono, mono != NULL ? 1 : 0, side->quantum_frames);
        if (mono != NULL) {
            kernel_mix_add(&row, 1, (const float *const *)&mono, 1, true, count);
            plane_give(side, mono);
        }
    } else if (is_heard) {
        kernel_mix_add(&row, 1, planes, channel_count, true, count);
    }
}

/* True: row[0] stands for all frames. */
static bool gather_row(render *side, param_extra *extra, edge *input, bool is_k_rate, float *row) {
    const uint32_t frames = side->quantum_frames;
    bool is_constant = true;
    if (is_k_rate) {
        row[0] =
            timeline_value_at_frame(&extra->applied, &extra->cursor, side->frame, side->sample_rate_hz);
    } else {
        is_constant = timeline_fill(&extra->applied, &extra->cursor, side->frame, frames,
                                    side->sample_rate_hz, row);
    }
    if (input == NULL) {
        return is_constant;
    }
    if (is_constant && !is_k_rate) {
        for (uint32_t frame = 1; frame < frames; frame++) {
            row[frame] = row[0];
        }
    }
    for (; input != NULL; input = first_carrying(side, input->active_next)) {
        add_input(side, input, row, is_k_rate ? 1 : frames);
    }
    return is_k_rate;
}

static float max_of(const graph_node *of, uint32_t index) {
    const wa_param_class *param = &of->class->params[index];
    return param->is_max_from_config ? of->class->param_max(of->now.config, index) : param->value_max;
}

float param_in_range(const graph_node *of, uint32_t index, float value) {
    return in_range(&of->class->params[index], value, max_of(of, index));
}

/* A timeline is finite: without inputs there is nothing to mend where every float is in range. */
static bool is_any_float(const wa_param_class *class) {
    return class->is_compound || (class->value_min == -FLT_MAX && class->value_max == FLT_MAX);
}

/* Into the row, or into the slot's value. Returns true if it is the row. */
static bool gather_extra(render *side, graph_node *of, uint32_t index, float *row,
                         wa_param_values *values) {
    const wa_param_class *class = &of->class->params[index];
    param_slot *slot = &of->params[index];
    param_fold_line(side, slot->extra);
    param_fold_rate(side, slot);
    edge *input = first_carrying(side, slot->extra->active_first);
    if (gather_row(side, slot->extra, input, slot->is_k_rate, row)) {
        slot->value = param_in_range(of, index, row[0]);
        *values = (wa_param_values){ &slot->value, true };
        return false;
    }
    if (input == NULL && is_any_float(class)) {
        /* as it is */
    } else if (class->is_compound) {
        kernel_replace_nan(row, class->value_default, side->quantum_frames);
    } else {
        kernel_sanitize(row, class->value_default, class->value_min, max_of(of, index),
                        side->quantum_frames);
    }
    *values = (wa_param_values){ row, false };
    return true;
}

void gather_params(render *side, graph_node *of, wa_instance *instance) {
    tile *work = &side->tile;
    wa_param_values *values = &work->params[work->param_count];
    const uint32_t stride = (side->quantum_frames + 15u) & ~15u;
    instance->params = values;
    for (uint32_t index = 0; index < of->param_count; index++) {
        param_slot *slot = &of->params[index];
        if (slot->has_extra) {
            float *row = side->rows + (size_t)work->row_count * stride;
            work->row_count += gather_extra(side, of, index, row, &values[index]);
        } else {
            values[index] = (wa_param_values){ &slot->value, true };
        }
    }
    work->param_count += of->param_count;
}

static bool varies(const wa_param_values *params, uint32_t first, uint32_t count) {
    bool is_constant = true;
    for (uint32_t index = first; index < first + count; index++) {
        is_constant = is_constant && params[index].is_constant;
    }
    return !is_constant;
}

const wa_listener *gather_listener(render *side) {
    listener_values *now = &side->listening;
    graph_node *of = side->listener;
    assert(of->param_count == LISTENER_PARAM_COUNT);
    for (uint32_t index = 0; index < LISTENER_PARAM_COUNT; index++) {
        param_slot *slot = &of->params[index];
        if (slot->has_extra) {
            (void)gather_extra(side, of, index, side->listener_rows[index], &now->params[index]);
        } else {
            now->params[index] = (wa_param_values){ &slot->value, true };
        }
    }
    double forward[3], up[3];
    for (uint32_t axis = 0; axis < 3; axis++) {
        forward[axis] = (double)now->params[WA_LISTENER_FORWARD_X + axis].values[0];
        up[axis] = (double)now->params[WA_LISTENER_UP_X + axis].values[0];
    }
    now->axes = spatial_axes_of(forward, up);
    now->seen = (wa_listener){ now->params, &now->axes, varies(now->params, WA_LISTENER_FORWARD_X, 6) };
    return &now->seen;
}
