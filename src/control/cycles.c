/* Cycles. Web Audio 1.1, "rendering loop": every DelayNode of a cycle is set apart, its inputs go to a writer
 * and it becomes a source; what cycles even so is muted.
 *
 * connect     Looked for where the order breaks, and, while delays are apart and others are whole, wherever the
 *             new connection leads on: a whole delay may come to lie on a cycle that another delay has opened.
 * disconnect  Only what lay on a way from the target back to the source can have been on a cycle with it.
 *             Without memory to look, all is looked at again later.
 */
#include "levels.h"
#include <string.h>

graph_node *edge_target(graph_node *target, bool is_param) {
    return !is_param && target->is_split ? target->writer : target;
}

/* -- apart and whole ---------------------------------------------------------------------------- */

static void move_inputs(wa_context *context, graph_node *from, graph_node *to) {
    while (from->inputs[0].in_first != NULL) {
        edge *old = from->inputs[0].in_first;
        edge *moved = slab_take(&context->edges);
        assert(moved != NULL);
        *moved = (edge){ .source = old->source,
                         .target = to,
                         .order = old->order,
                         .output_index = old->output_index,
                         .added_batch = edit_number(context) };
        edge_list_out(context, old);
        old->is_dead = true;
        edit_op(context, OP_EDGE_KILL, old->source)->link.edge = old;
        edit_garbage(context, GARBAGE_EDGE, 0, old, 0);
        edge_list_in(context, moved);
        edit_op(context, OP_EDGE_ADD, moved->source)->link.edge = moved;
    }
}

static wa_status reserve_move(wa_context *context, const graph_node *delay, const graph_node *from) {
    wa_status status = slab_reserve(&context->edges, from->inputs[0].edge_count);
    if (status == WA_OK) {
        status = slab_reserve(&context->types[delay->type].configs, 1);
    }
    return status == WA_OK ? edit_reserve(context, 4 + 2 * from->inputs[0].edge_count) : status;
}

static void set_in_cycle(wa_context *context, graph_node *delay, bool is_in_cycle) {
    void *config = slab_take(&context->types[delay->type].configs); /* reserve_move */
    assert(config != NULL);
    memcpy(config, delay->config, delay->class->config_bytes);
    (void)delay->class->set_attribute(config, WA_ATTRIBUTE_IN_CYCLE, is_in_cycle ? 1.0 : 0.0, NULL);
    edit_garbage(context, GARBAGE_CONFIG, delay->type, delay->config, 0);
    delay->config = delay->writer->config = config;
    delay->is_split = is_in_cycle;
    context->split_count += is_in_cycle ? 1 : (uint32_t)-1;
}

static wa_status make_writer(wa_context *context, graph_node *delay) {
    if (delay->writer != NULL) {
        return WA_OK;
    }
    graph_node *writer = NULL;
    const wa_status status = node_make(context, WA_NODE_TYPE_DELAY_WRITER, NULL, &writer);
    if (status == WA_OK) {
        writer->partner = delay;
        writer->state = delay->state;
        writer->channel_table = delay->channel_table;
        delay->writer = writer;
    }
    return status;
}

/* Its writer has no place in the order yet: levels_lift, once the walk is no longer needed. */
static wa_status split(wa_context *context, graph_node *delay) {
    wa_status status = vector_reserve(context->engine, &context->splits, 1);
    if (status == WA_OK) {
        status = reserve_move(context, delay, delay);
    }
    if (status == WA_OK) {
        status = make_writer(context, delay);
    }
    if (status != WA_OK) {
        return status;
    }
    graph_node *writer = delay->writer;
    set_in_cycle(context, delay, true);
    writer->inputs[0].channel_bound = delay->inputs[0].channel_bound;
    writer->mix = delay->mix;
    if (!writer->was_in_cycle) {
        node_ship(context, writer);
    } else { /* it was apart before: render knows it, and may still have it awake */
        node_switch_ship(context, writer);
    }
    op *channels = edit_op(context, OP_CHANNELS, writer);
    channels->channels.table = delay->channel_table;
    channels->channels.capacity = delay->channel_capacity_made;
    node_switch_ship(context, delay);
    writer->was_in_cycle = true;
    move_inputs(context, delay, writer);
    *(graph_node **)vector_add(&context->splits) = delay;
    return WA_OK;
}

static void forget_split(wa_context *context, const graph_node *delay) {
    graph_node **splits = context->splits.items;
    uint32_t index = 0;
    while (splits[index] != delay) {
        index++;
    }
    splits[index] = splits[--context->splits.count];
}

static wa_status unsplit(wa_context *context, graph_node *delay) {
    graph_node *writer = delay->writer;
    const wa_status status = reserve_move(context, delay, writer);
    if (status != WA_OK) {
        return status;
    }
    set_in_cycle(context, delay, false);
    node_switch_ship(context, delay);
    node_switch_ship(context, writer);
    move_inputs(context, writer, delay);
    forget_split(context, delay);
    return levels_lift(context, delay);
}

static void set_muted(wa_context *context, graph_node *of, bool is_muted) {
    if (of->is_muted != is_muted) {
        of->is_muted = is_muted;
        context->muted_count += is_muted ? 1 : (uint32_t)-1;
        node_switch_ship(context, of);
    }
}

/* -- a connection is made ----------------------------------------------------------------------- */

/* The walk holds a cycle. Those that were whole come last among the delays that are apart. */
static wa_status split_delays_between(wa_context *context) {
    const uint32_t first = context->splits.count;
    wa_status status = WA_OK;
    for (uint32_t index = context->walk_between_first; index < context->walk.count; index++) {
        graph_node *of = walk_at(context, index);
        of->was_in_cycle = true;
        if (of->type == WA_NODE_TYPE_DELAY && !of->is_split && status == WA_OK) {
            status = split(context, of);
        }
    }
    for (uint32_t index = first; index < context->splits.count && status == WA_OK; index++) {
        status = levels_lift(context, ((graph_node **)context->splits.items)[index]->writer);
    }
    return status;
}

/* A way to a node leads through lower levels only, as long as nobody is muted and no delay is apart. */
static uint32_t highest_level(const wa_context *context, const graph_node *to, walk_way way) {
    const bool is_any =
        context->muted_count > 0 || (way == WALK_THROUGH_DELAYS && context->split_count > 0);
    return is_any ? UINT32_MAX : to->level;
}

/* The levels say that no way leads back. They know nothing of ways through muted nodes. */
static bool is_in_order(const wa_context *context, const graph_node *source, const graph_node *target) {
    return context->muted_count == 0 && target->level > source->level;
}

static wa_status split_new_cycle(wa_context *context, graph_node *source, graph_node *target) {
    const uint32_t whole_count = context->delay_count - context->split_count;
    if (whole_count == 0 || (context->split_count == 0 && is_in_order(context, source, target))) {
        return WA_OK;
    }
    const walk_way way = WALK_THROUGH_DELAYS;
    wa_status status = walk_ahead(context, target, way, highest_level(context, source, way));
    if (status != WA_OK || !walk_met(context, source)) {
        return status;
    }
    status = walk_between(context, source, way);
    return status == WA_OK ? split_delays_between(context) : status;
}

/* The listener itself goes on: it has no output to mute, and others hear it who are on no cycle. */
static wa_status mute_between(wa_context *context) {
    const wa_status status = edit_reserve(context, context->walk.count - context->walk_between_first);
    for (uint32_t index = context->walk_between_first; index < context->walk.count && status == WA_OK;
         index++) {
        graph_node *of = walk_at(context, index);
        of->was_in_cycle = true;
        if (of != context->listener) {
            set_muted(context, of, true);
        }
    }
    return status;
}

wa_status levels_connect(wa_context *context, graph_node *source, graph_node *target, bool is_param) {
    wa_status status = split_new_cycle(context, source, target);
    graph_node *reached = edge_target(target, is_param);
    if (status != WA_OK || is_in_order(context, source, reached)) {
        return status;
    }
    const walk_way way = WALK_AS_RENDERED;
    status = walk_ahead(context, reached, way, highest_level(context, source, way));
    if (status != WA_OK) {
        return status;
    }
    if (walk_met(context, source)) {
        status = walk_between(context, source, way);
        return status == WA_OK ? mute_between(context) : status;
    }
    const bool has_place = !source->is_muted && !reached->is_muted;
    return has_place ? levels_raise(context, reached, source->level + 1) : WA_OK;
}

/* -- a connection has gone ---------------------------------------------------------------------- */

static wa_status suspect(wa_context *context, graph_node *of) {
    if (!of->is_split && !of->is_muted) {
        return WA_OK;
    }
    const wa_status status = vector_reserve(context->engine, &context->suspects, 1);
    if (status == WA_OK) {
        *(graph_node **)vector_add(&context->suspects) = of;
    }
    return status;
}

/* Those that may have been on a cycle with a connection that has gone. */
static wa_status suspect_between(wa_context *context, graph_node *source, graph_node *target) {
    const walk_way way = WALK_THROUGH_DELAYS;
    wa_status status = walk_ahead(context, target, way, UINT32_MAX);
    if (status != WA_OK || !walk_met(context, source)) {
        return status;
    }
    status = walk_between(context, source, way);
    for (uint32_t index = context->walk_between_first; index < context->walk.count && status == WA_OK;
         index++) {
        status = suspect(context, walk_at(context, index));
    }
    return status;
}

static wa_status suspect_all(wa_context *context) {
    wa_status status = WA_OK;
    node_cursor cursor = { 0 };
    for (graph_node *of; status == WA_OK && (of = node_next(context, &cursor)) != NULL;) {
        status = suspect(context, of);
    }
    return status;
}

static graph_node *suspect_at(const wa_context *context, uint32_t index) {
    return ((graph_node **)context->suspects.items)[index];
}

static bool is_on_cycle(wa_context *context, graph_node *of) {
    for (uint32_t index = 0; index < of->output_count; index++) {
        for (edge *each = of->outputs[index].out_first; each != NULL; each = each->out_next) {
            if (walk_ahead(context, each->target, WALK_AS_RENDERED, UINT32_MAX) != WA_OK ||
                walk_met(context, of)) {
                return true;
            }
        }
    }
    return false;
}

/* It sounds again, at a level that fits. */
static wa_status unmute(wa_context *context, graph_node *of) {
    wa_status status = edit_reserve(context, 1);
    if (status != WA_OK) {
        return status;
    }
    set_muted(context, of, false);
    status = levels_lift(context, of);
    for (uint32_t index = 0; index < of->output_count && status == WA_OK; index++) {
        for (edge *each = of->outputs[index].out_first; each != NULL && status == WA_OK;
             each = each->out_next) {
            status = levels_raise(context, each->target, of->level + 1);
        }
    }
    return status;
}

static wa_status unmute_where_open(wa_context *context) {
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < context->suspects.count && status == WA_OK; index++) {
        graph_node *of = suspect_at(context, index);
        if (of->is_muted && !is_on_cycle(context, of)) {
            status = unmute(context, of);
        }
    }
    return status;
}

static wa_status unsplit_where_open(wa_context *context) {
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < context->suspects.count && status == WA_OK; index++) {
        graph_node *of = suspect_at(context, index);
        if (!of->is_split) {
            continue;
        }
        status = walk_ahead(context, of, WALK_THROUGH_DELAYS, UINT32_MAX);
        if (status == WA_OK && !walk_met(context, of->writer)) {
            status = unsplit(context, of);
        }
    }
    return status;
}

static void open_suspects(wa_context *context, wa_status status) {
    status = status == WA_OK ? unmute_where_open(context) : status;
    status = status == WA_OK ? unsplit_where_open(context) : status;
    context->suspects.count = 0;
    context->is_cycle_check_due = status != WA_OK;
}

void levels_disconnect(wa_context *context, graph_node *source, graph_node *target) {
    if (context->is_cycle_check_due) {
        levels_check(context);
    } else if (source->was_in_cycle && target->was_in_cycle) {
        open_suspects(context, suspect_between(context, source, target));
    }
}

void levels_check(wa_context *context) {
    open_suspects(context, suspect_all(context));
}
