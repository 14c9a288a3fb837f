/* Upper bounds of channel counts: raised along the graph when a connection is made, never lowered but by a
 * reset. A node whose bound grows gets its per-channel memory in the same batch; if the budget refuses, every
 * bound raised by the call is put back and all memory taken for it is given back. */
#include "../memory/engine.h"
#include "context.h"
#include <string.h>

static uint32_t mixed_bound(const graph_node *of, uint32_t arriving) {
    switch (of->mix.mode) {
    case WA_CHANNEL_COUNT_MODE_EXPLICIT:
        return of->mix.channel_count;
    case WA_CHANNEL_COUNT_MODE_CLAMPED_MAX:
        return arriving < of->mix.channel_count ? arriving : of->mix.channel_count;
    default:
        return arriving;
    }
}

/* Widths of the outputs, and the channels of memory that the node needs. */
static uint32_t find_widths(const graph_node *of, uint32_t widths[]) {
    uint32_t input_max[WA_PORT_COUNT_MAX] = { 1 };
    uint32_t needed = 1;
    for (uint32_t index = 0; index < of->input_count; index++) {
        input_max[index] = mixed_bound(of, of->inputs[index].channel_bound);
        needed = input_max[index] > needed ? input_max[index] : needed;
    }
    if (of->class->output_channels_max != NULL) {
        of->class->output_channels_max(of->config, input_max, of->input_count, widths,
                                       of->output_count);
    } else {
        for (uint32_t index = 0; index < of->output_count; index++) {
            widths[index] = of->input_count > 0 ? input_max[0] : 1;
        }
    }
    for (uint32_t index = 0; index < of->output_count; index++) {
        needed = widths[index] > needed ? widths[index] : needed;
    }
    return needed;
}

static wa_class_env env_of(const wa_context *context) {
    return (wa_class_env){ .sample_rate_hz = (double)context->desc.sample_rate_hz,
                           .quantum_frames = context->desc.quantum_frames,
                           .engine = context->engine };
}

static wa_memory_category channel_category(const graph_node *of) {
    return of->type == WA_NODE_TYPE_DELAY ? WA_MEMORY_DELAY_LINES : WA_MEMORY_NODES;
}

static bound_step *step_at(const wa_context *context, uint32_t index) {
    return &((bound_step *)context->bound_steps.items)[index];
}

static wa_status add_step(wa_context *context, bound_step step) {
    const wa_status status = vector_reserve(context->engine, &context->bound_steps, 1);
    if (status == WA_OK) {
        *(bound_step *)vector_add(&context->bound_steps) = step;
    }
    return status;
}

/* -- first: how many channels can arrive where -------------------------------------------------- */

static wa_status push_bound(wa_context *context, graph_node *target, uint32_t input_index,
                            uint32_t arriving) {
    input_slot *input = &target->inputs[input_index];
    if (arriving <= input->channel_bound) {
        return WA_OK;
    }
    const wa_status status = add_step(context, (bound_step){ .kind = BOUND_INPUT,
                                                             .node = target,
                                                             .index = (uint8_t)input_index,
                                                             .before = input->channel_bound });
    if (status == WA_OK) {
        input->channel_bound = (uint8_t)arriving;
    }
    return status;
}

static wa_status push_width(wa_context *context, graph_node *of, uint32_t output_index,
                            uint32_t width) {
    output_slot *output = &of->outputs[output_index];
    if (width <= output->width) {
        return WA_OK;
    }
    wa_status status = add_step(context, (bound_step){ .kind = BOUND_OUTPUT,
                                                       .node = of,
                                                       .index = (uint8_t)output_index,
                                                       .before = output->width });
    if (status == WA_OK) {
        planes_width(context, of, output_index, (uint8_t)width);
    }
    return status;
}

static wa_status push_targets(wa_context *context, const output_slot *output) {
    wa_status status = WA_OK;
    for (edge *each = output->out_first; each != NULL && status == WA_OK; each = each->out_next) {
        if (!each->is_param) {
            status = push_bound(context, each->target, each->input_index, output->width);
        }
    }
    return status;
}

/* Its outputs, for what can arrive at it now, and on to the readers. */
static wa_status settle(wa_context *context, graph_node *of, uint8_t *needed) {
    uint32_t widths[WA_PORT_COUNT_MAX];
    *needed = (uint8_t)find_widths(of, widths);
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < of->output_count && status == WA_OK; index++) {
        status = push_width(context, of, index, widths[index]);
        if (status == WA_OK) {
            status = push_targets(context, &of->outputs[index]);
        }
    }
    if (of->partner != NULL && status == WA_OK) { /* a delay's writer, once it has its delay */
        status = push_bound(context, of->partner, 0, of->inputs[0].channel_bound);
    }
    return status;
}

/* The steps are the queue too. */
static wa_status settle_all(wa_context *context) {
    wa_status status = WA_OK;
    for (uint32_t next = 0; next < context->bound_steps.count && status == WA_OK; next++) {
        if (step_at(context, next)->kind != BOUND_OUTPUT) {
            uint8_t needed = 0;
            status = settle(context, step_at(context, next)->node, &needed);
            step_at(context, next)->needed = needed;
        }
    }
    return status;
}

/* -- then: the memory for it -------------------------------------------------------------------- */

/* Those that were made for the step. */
static void give_channels(wa_context *context, const bound_step *step, void **channels, uint32_t made) {
    while (made > step->kept) {
        memory_give_with(context->engine, channel_category(step->node), channels[--made], step->bytes,
                         false);
    }
}

static void give_table(wa_context *context, bound_step *step) {
    give_channels(context, step, step->table, step->needed);
    memory_give(context->engine, WA_MEMORY_NODES, step->table, step->needed * sizeof(void *));
    step->table = NULL;
    step->node->is_growing = false;
}

/* The channels that the node does not have yet, and a table of pointers to all of them, [needed]. */
static wa_status take_table(wa_context *context, bound_step *step) {
    graph_node *of = step->node;
    const char *what = of->type == WA_NODE_TYPE_DELAY ? "a delay line" : "a channel's history";
    void *channels[WA_CHANNEL_COUNT_MAX], *table = NULL;
    wa_status status = WA_OK;
    uint32_t made = 0;
    for (void **before = of->channel_table; made < step->kept; made++) {
        channels[made] = before[made];
    }
    while (made < step->needed && status == WA_OK) {
        status = memory_take(context->engine, channel_category(of), step->bytes, what, &channels[made]);
        made += status == WA_OK;
    }
    if (status == WA_OK) {
        status = memory_take(context->engine, WA_MEMORY_NODES, step->needed * sizeof(void *),
                             "a table of channels", &table);
    }
    if (status != WA_OK) {
        give_channels(context, step, channels, made);
        return status;
    }
    step->table = memcpy(table, channels, step->needed * sizeof(void *));
    of->is_growing = true;
    return WA_OK;
}

/* More channels join those that are there; where each one needs more than it did (another set of head-related
 * responses) all are made anew, and know nothing of the past. The first step of a node that is met has all. */
static wa_status take_for_node(wa_context *context, bound_step *step) {
    const graph_node *of = step->node;
    if (of->class->channel_bytes == NULL || of->is_growing) {
        return WA_OK;
    }
    const wa_class_env env = env_of(context);
    const uint64_t bytes = of->class->channel_bytes(of->config, &env),
                   had_bytes = of->channel_bytes_made;
    const uint32_t had = of->channel_capacity_made;
    if (bytes == 0 || (step->needed <= had && bytes <= had_bytes)) {
        return WA_OK;
    }
    uint32_t widths[WA_PORT_COUNT_MAX];
    const uint32_t needed = find_widths(of, widths); /* a later step may have raised it */
    step->needed = (uint8_t)(needed > had ? needed : had);
    step->bytes = bytes > had_bytes ? bytes : had_bytes;
    step->kept = (uint8_t)(step->bytes == had_bytes ? had : 0);
    const wa_status status = edit_reserve(context, 3 + had);
    return status == WA_OK ? take_table(context, step) : status;
}

static wa_status take_all(wa_context *context) {
    wa_status status = WA_OK;
    uint32_t wide_count = 0;
    for (uint32_t index = 0; index < context->bound_steps.count && status == WA_OK; index++) {
        bound_step *step = step_at(context, index);
        if (step->kind == BOUND_OUTPUT) {
            wide_count += step->node->outputs[step->index].width > OUTPUT_INLINE_PLANES;
        } else {
            status = take_for_node(context, step);
        }
    }
    if (status == WA_OK && wide_count > 0) {
        status = slab_reserve(&context->wides, wide_count);
    }
    if (status == WA_OK && wide_count > 0) {
        status = edit_reserve(context, wide_count);
    }
    return status == WA_OK ? room_for_planes(context) : status;
}

/* -- then nothing can fail ---------------------------------------------------------------------- */

static void ship_channels(wa_context *context, const bound_step *step) {
    graph_node *of = step->node;
    void **before = of->channel_table;
    const uint32_t had = of->channel_capacity_made;
    for (uint32_t index = step->kept; index < had; index++) {
        edit_garbage(context, GARBAGE_MEMORY, channel_category(of), before[index],
                     of->channel_bytes_made);
    }
    if (!node_has_inline_table(of)) {
        edit_garbage(context, GARBAGE_MEMORY, WA_MEMORY_NODES, before, had * sizeof(void *));
    }
    of->is_growing = false;
    of->channel_table = step->table;
    of->channel_capacity_made = step->needed;
    of->channel_bytes_made = step->bytes;
    graph_node *sharing[2] = { of, of->writer };
    for (uint32_t index = 0; index < 2 && sharing[index] != NULL; index++) {
        op *shipped = edit_op(context, OP_CHANNELS, sharing[index]);
        shipped->channels.table = step->table;
        shipped->channels.capacity = step->needed;
    }
}

static void ship_wide(wa_context *context, const bound_step *step) {
    output_slot *output = &step->node->outputs[step->index];
    if (output->width > OUTPUT_INLINE_PLANES && output->wide == NULL) {
        op *shipped = edit_op(context, OP_WIDE, step->node);
        shipped->index = step->index;
        shipped->wide = output->wide = slab_take(&context->wides);
    }
}

static void ship_all(wa_context *context) {
    for (uint32_t index = 0; index < context->bound_steps.count; index++) {
        const bound_step *step = step_at(context, index);
        if (step->kind == BOUND_OUTPUT) {
            ship_wide(context, step);
        } else if (step->table != NULL) {
            ship_channels(context, step);
        }
    }
}

static void undo_all(wa_context *context) {
    for (uint32_t index = context->bound_steps.count; index > 0; index--) {
        bound_step *step = step_at(context, index - 1);
        if (step->kind == BOUND_OUTPUT) {
            planes_width(context, step->node, step->index, step->before);
        } else if (step->table != NULL) {
            give_table(context, step);
        }
        if (step->kind == BOUND_INPUT) {
            step->node->inputs[step->index].channel_bound = step->before;
        }
    }
}

static wa_status propagate(wa_context *context) {
    wa_status status = settle_all(context);
    if (status == WA_OK) {
        status = take_all(context);
    }
    if (status == WA_OK) {
        ship_all(context);
    } else {
        undo_all(context);
    }
    context->bound_steps.count = 0;
    return status;
}

wa_status bounds_raise(wa_context *context, graph_node *target, uint32_t input_index,
                       uint32_t arriving) {
    const wa_status status = push_bound(context, target, input_index, arriving);
    return status == WA_OK ? propagate(context) : status;
}

wa_status bounds_refresh(wa_context *context, graph_node *of) {
    const wa_status status = add_step(context, (bound_step){ .kind = BOUND_NODE, .node = of });
    return status == WA_OK ? propagate(context) : status;
}

wa_status bounds_init(wa_context *context, graph_node *of) {
    for (uint32_t index = 0; index < of->input_count; index++) {
        of->inputs[index].channel_bound = 1;
    }
    return bounds_refresh(context, of);
}
