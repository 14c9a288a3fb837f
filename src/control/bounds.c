/* Upper bounds of channel counts: raised along the graph when a connection is made, never lowered but by a
 * reset. A node whose bound grows gets its per-channel memory in the same batch; if the budget refuses, every
 * bound raised by the call is put back. */
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

/* Memory for one channel each, [first, count). On failure none of it is left. */
static wa_status take_channels(wa_context *context, const graph_node *of, void **channels,
                               uint32_t first, uint32_t count, uint64_t bytes) {
    const char *what = of->type == WA_NODE_TYPE_DELAY ? "a delay line" : "a channel's history";
    wa_status status = WA_OK;
    uint32_t made = first;
    while (made < count && status == WA_OK) {
        status = memory_take(context->engine, channel_category(of), bytes, what, &channels[made]);
        made += status == WA_OK;
    }
    while (made > first && status != WA_OK) {
        memory_give(context->engine, channel_category(of), channels[--made], bytes);
    }
    return status;
}

/* The table holds pointers, [capacity]; what is behind them is per channel. More channels join those that are
 * there; where each one needs more than it did (another set of head-related responses) all are made anew, and
 * know nothing of the past. */
static wa_status grow_channels(wa_context *context, graph_node *of, uint32_t needed) {
    const wa_class_env env = env_of(context);
    const uint32_t had = of->channel_capacity_made;
    const uint64_t had_bytes = of->channel_bytes_made;
    uint64_t bytes = of->class->channel_bytes != NULL ? of->class->channel_bytes(of->config, &env) : 0;
    if (bytes == 0 || (needed <= had && bytes <= had_bytes)) {
        return WA_OK;
    }
    bytes = bytes > had_bytes ? bytes : had_bytes;
    needed = needed > had ? needed : had;
    const uint32_t kept = bytes == had_bytes ? had : 0;
    wa_status status = edit_reserve(context, 3 + had);
    void *table = NULL;
    if (status == WA_OK) {
        status = memory_take(context->engine, WA_MEMORY_NODES, needed * sizeof(void *),
                             "a table of channels", &table);
    }
    if (status != WA_OK) {
        return status;
    }
    void **channels = table, **before = of->channel_table;
    for (uint32_t index = 0; index < kept; index++) {
        channels[index] = before[index];
    }
    status = take_channels(context, of, channels, kept, needed, bytes);
    if (status != WA_OK) {
        memory_give(context->engine, WA_MEMORY_NODES, table, needed * sizeof(void *));
        return status;
    }
    for (uint32_t index = kept; index < had; index++) {
        edit_garbage(context, GARBAGE_MEMORY, channel_category(of), before[index], had_bytes);
    }
    if (!node_has_inline_table(of)) {
        edit_garbage(context, GARBAGE_MEMORY, WA_MEMORY_NODES, of->channel_table, had * sizeof(void *));
    }
    of->channel_table = table;
    of->channel_capacity_made = (uint8_t)needed;
    of->channel_bytes_made = bytes;
    graph_node *sharing[2] = { of, of->writer };
    for (uint32_t index = 0; index < 2 && sharing[index] != NULL; index++) {
        op *shipped = edit_op(context, OP_CHANNELS, sharing[index]);
        shipped->channels.table = table;
        shipped->channels.capacity = needed;
    }
    return WA_OK;
}

static wa_status grow_wide(wa_context *context, graph_node *of, uint32_t output_index, uint32_t width) {
    output_slot *output = &of->outputs[output_index];
    if (width <= OUTPUT_INLINE_PLANES || output->wide != NULL) {
        return WA_OK;
    }
    wa_status status = slab_reserve(&context->wides, 1);
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status == WA_OK) {
        op *shipped = edit_op(context, OP_WIDE, of);
        shipped->index = output_index;
        shipped->wide = output->wide = slab_take(&context->wides);
    }
    return status;
}

static wa_status push_bound(wa_context *context, graph_node *target, uint32_t input_index,
                            uint32_t arriving) {
    input_slot *input = &target->inputs[input_index];
    if (arriving <= input->channel_bound) {
        return WA_OK;
    }
    const wa_status status = vector_reserve(context->engine, &context->undo_bounds, 1);
    if (status == WA_OK) {
        bound_undo *undo = vector_add(&context->undo_bounds);
        *undo = (bound_undo){ target, input_index, input->channel_bound };
        input->channel_bound = (uint8_t)arriving;
    }
    return status;
}

/* Memory first, widths afterwards, then on to the readers. */
static wa_status settle(wa_context *context, graph_node *of) {
    uint32_t widths[WA_PORT_COUNT_MAX];
    wa_status status = grow_channels(context, of, find_widths(of, widths));
    for (uint32_t index = 0; index < of->output_count && status == WA_OK; index++) {
        status = grow_wide(context, of, index, widths[index]);
    }
    for (uint32_t index = 0; index < of->output_count && status == WA_OK; index++) {
        output_slot *output = &of->outputs[index];
        if (widths[index] > output->width) {
            planes_width(context, of, index, (uint8_t)widths[index]);
        }
        for (edge *each = output->out_first; each != NULL && status == WA_OK; each = each->out_next) {
            if (!each->is_param) {
                status = push_bound(context, each->target, each->input_index, output->width);
            }
        }
    }
    if (of->partner != NULL && status == WA_OK) { /* a delay's writer, once it has its delay */
        status = push_bound(context, of->partner, 0, of->inputs[0].channel_bound);
    }
    return status;
}

/* undo_bounds is the queue too: each entry's node has yet to settle. */
static wa_status propagate(wa_context *context) {
    wa_status status = WA_OK;
    for (uint32_t next = 0; next < context->undo_bounds.count && status == WA_OK; next++) {
        status = settle(context, ((bound_undo *)context->undo_bounds.items)[next].node);
    }
    if (status == WA_OK) {
        status = room_for_planes(context);
    }
    if (status != WA_OK) {
        const bound_undo *undo = context->undo_bounds.items;
        for (uint32_t index = context->undo_bounds.count; index > 0; index--) {
            undo[index - 1].node->inputs[undo[index - 1].input_index].channel_bound =
                undo[index - 1].bound;
        }
    }
    context->undo_bounds.count = 0;
    return status;
}

wa_status bounds_raise(wa_context *context, graph_node *target, uint32_t input_index,
                       uint32_t arriving) {
    const wa_status status = push_bound(context, target, input_index, arriving);
    return status == WA_OK ? propagate(context) : status;
}

wa_status bounds_refresh(wa_context *context, graph_node *of) {
    const wa_status status = settle(context, of);
    return status == WA_OK ? propagate(context) : status;
}

wa_status bounds_init(wa_context *context, graph_node *of) {
    for (uint32_t index = 0; index < of->input_count; index++) {
        of->inputs[index].channel_bound = 1;
    }
    return bounds_refresh(context, of);
}
