/* The order of the graph: every node's level is above those of all that feed it, params included.
 *
 * connect     A connection that breaks the order raises the levels downstream, found in the order of the old
 *             levels, so that each node is met once. Nothing else is touched; nothing is ever lowered.
 * cycles      Looked for only where the order breaks. Every DelayNode of a cycle is set apart: its inputs go to
 *             its writer, and it becomes a source. What still cycles is muted, as the specification says.
 * disconnect  Only edges between nodes that were in cycles are looked at again.
 *
 * Muted nodes have no place in the order: edges from and to them do not count until they sound again.
 */
#include "context.h"
#include <string.h>

graph_node *edge_target(graph_node *target, bool is_param) {
    return !is_param && target->is_split ? target->writer : target;
}

/* -- walking ------------------------------------------------------------------------------------ */

enum { AHEAD = 1, ON_CYCLE = 2 };

static uint32_t new_visit(wa_context *context) {
    context->walk.count = 0;
    return ++context->visit;
}

static wa_status walk_push(wa_context *context, graph_node *of, uint32_t state) {
    const wa_status status = vector_reserve(context->engine, &context->walk, 1);
    if (status == WA_OK) {
        of->visit = context->visit;
        of->visit_state = state;
        *(graph_node **)vector_add(&context->walk) = of;
    }
    return status;
}

static graph_node *walk_at(const wa_context *context, uint32_t index) {
    return ((graph_node **)context->walk.items)[index];
}

/* Everything that `from` feeds, nearest first, into context->walk. level_max prunes: a way to a node leads
 * through lower levels only, as long as nobody is muted. */
static wa_status walk_ahead(wa_context *context, graph_node *from, uint32_t level_max) {
    new_visit(context);
    wa_status status = walk_push(context, from, AHEAD);
    const bool is_pruned = context->muted_count == 0;
    for (uint32_t next = 0; next < context->walk.count && status == WA_OK; next++) {
        graph_node *of = walk_at(context, next);
        for (uint32_t index = 0; index < of->output_count; index++) {
            for (edge *each = of->outputs[index].out_first; each != NULL; each = each->out_next) {
                graph_node *target = each->target;
                if (target->visit != context->visit && status == WA_OK &&
                    (!is_pruned || target->level <= level_max)) {
                    status = walk_push(context, target, AHEAD);
                }
            }
        }
    }
    return status;
}

static bool was_visited(const wa_context *context, const graph_node *of) {
    return of->visit == context->visit;
}

static void mark_sources(wa_context *context, edge *in_first, bool *is_any) {
    for (edge *each = in_first; each != NULL; each = each->in_next) {
        if (was_visited(context, each->source) && each->source->visit_state == AHEAD) {
            each->source->visit_state = ON_CYCLE;
            *is_any = true;
        }
    }
}

/* Of the nodes just walked, those from which `to` is reached are on the cycle. */
static void mark_cycle(wa_context *context, graph_node *to) {
    to->visit_state = ON_CYCLE;
    bool is_any = true;
    while (is_any) {
        is_any = false;
        for (uint32_t index = context->walk.count; index > 0; index--) {
            graph_node *of = walk_at(context, index - 1);
            if (of->visit_state != ON_CYCLE) {
                continue;
            }
            for (uint32_t input = 0; input < of->input_count; input++) {
                mark_sources(context, of->inputs[input].in_first, &is_any);
            }
            for (uint32_t param = 0; param < of->param_count; param++) {
                if (of->params[param].extra != NULL) {
                    mark_sources(context, of->params[param].extra->in_first, &is_any);
                }
            }
        }
    }
}

/* -- raising ------------------------------------------------------------------------------------ */

/* context->walk as a heap by old level; visit_state is the new level. */
static void heap_push(wa_context *context, graph_node *of) {
    graph_node **items = context->walk.items;
    uint32_t index = context->walk.count++;
    while (index > 0 && items[(index - 1) / 2]->level > of->level) {
        items[index] = items[(index - 1) / 2];
        index = (index - 1) / 2;
    }
    items[index] = of;
}

static graph_node *heap_pop(wa_context *context) {
    graph_node **items = context->walk.items;
    graph_node *first = items[0], *last = items[--context->walk.count];
    uint32_t index = 0;
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= context->walk.count) {
            break;
        }
        if (child + 1 < context->walk.count && items[child + 1]->level < items[child]->level) {
            child++;
        }
        if (last->level <= items[child]->level) {
            break;
        }
        items[index] = items[child];
        index = child;
    }
    items[index] = last;
    return first;
}

static wa_status want_level(wa_context *context, graph_node *of, uint32_t level) {
    if (of->is_muted || of->level >= level) {
        return WA_OK;
    }
    if (of->visit == context->visit) {
        of->visit_state = level > of->visit_state ? level : of->visit_state;
        return WA_OK;
    }
    const wa_status status = vector_reserve(context->engine, &context->walk, 1);
    if (status == WA_OK) {
        of->visit = context->visit;
        of->visit_state = level;
        heap_push(context, of);
    }
    return status;
}

/* Levels are raised as they are found. If a bucket cannot be had, what was raised stays: it is still an order
 * (levels may have gaps), and the edge that asked is not made. */
static wa_status raise_level(wa_context *context, graph_node *from, uint32_t level) {
    new_visit(context);
    wa_status status = want_level(context, from, level);
    while (context->walk.count > 0 && status == WA_OK) {
        graph_node *of = heap_pop(context);
        bucket *place = NULL;
        status = bucket_for(context, of->visit_state, of->type, &place);
        if (status == WA_OK) {
            status = edit_reserve(context, 1);
        }
        for (uint32_t index = 0; index < of->output_count && status == WA_OK; index++) {
            for (edge *each = of->outputs[index].out_first; each != NULL && status == WA_OK;
                 each = each->out_next) {
                status = want_level(context, each->target, of->visit_state + 1);
            }
        }
        if (status == WA_OK) {
            of->level = of->visit_state;
            of->place = place;
            node_switch_ship(context, of);
        }
    }
    return status;
}

/* -- cycles ------------------------------------------------------------------------------------- */

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

static wa_status reserve_move(wa_context *context, const graph_node *from) {
    const wa_status status = slab_reserve(&context->edges, from->inputs[0].edge_count);
    return status == WA_OK ? edit_reserve(context, 4 + 2 * from->inputs[0].edge_count) : status;
}

static wa_status set_in_cycle(wa_context *context, graph_node *delay, bool is_in_cycle) {
    void *config = slab_take(&context->types[delay->type].configs);
    if (config == NULL) {
        return error_set(WA_ERR_BUDGET, "no memory to set a delay apart");
    }
    memcpy(config, delay->config, delay->class->config_bytes);
    (void)delay->class->set_attribute(config, WA_ATTRIBUTE_IN_CYCLE, is_in_cycle ? 1.0 : 0.0, NULL);
    edit_garbage(context, GARBAGE_CONFIG, delay->type, delay->config, 0);
    delay->config = config;
    return WA_OK;
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

/* Above everything that feeds it and is not muted. */
static wa_status lift_above_sources(wa_context *context, graph_node *of) {
    uint32_t level = of->level;
    for (uint32_t input = 0; input < of->input_count; input++) {
        for (edge *each = of->inputs[input].in_first; each != NULL; each = each->in_next) {
            if (!each->source->is_muted && each->source->level >= level) {
                level = each->source->level + 1;
            }
        }
    }
    for (uint32_t param = 0; param < of->param_count; param++) {
        param_extra *extra = of->params[param].extra;
        for (edge *each = extra ? extra->in_first : NULL; each != NULL; each = each->in_next) {
            if (!each->source->is_muted && each->source->level >= level) {
                level = each->source->level + 1;
            }
        }
    }
    return raise_level(context, of, level);
}

static wa_status split(wa_context *context, graph_node *delay) {
    wa_status status = make_writer(context, delay);
    if (status == WA_OK) {
        status = vector_reserve(context->engine, &context->splits, 1);
    }
    if (status == WA_OK) {
        status = slab_reserve(&context->types[delay->type].configs, 1);
    }
    if (status == WA_OK) {
        delay->writer->inputs[0].channel_bound = delay->inputs[0].channel_bound;
        status = reserve_move(context, delay);
    }
    if (status != WA_OK || (status = set_in_cycle(context, delay, true)) != WA_OK) {
        return status;
    }
    graph_node *writer = delay->writer;
    writer->mix = delay->mix;
    writer->config = delay->config;
    delay->is_split = true;
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
    context->split_count++;
    *(graph_node **)vector_add(&context->splits) = delay;
    return lift_above_sources(context, writer);
}

static wa_status unsplit(wa_context *context, graph_node *delay) {
    graph_node *writer = delay->writer;
    wa_status status = reserve_move(context, writer);
    if (status == WA_OK) {
        status = slab_reserve(&context->types[delay->type].configs, 1);
    }
    if (status != WA_OK || (status = set_in_cycle(context, delay, false)) != WA_OK) {
        return status;
    }
    writer->config = delay->config;
    delay->is_split = false;
    node_switch_ship(context, delay);
    node_switch_ship(context, writer);
    move_inputs(context, writer, delay);
    context->split_count--;
    graph_node **splits = context->splits.items;
    for (uint32_t index = 0; index < context->splits.count; index++) {
        if (splits[index] == delay) {
            splits[index] = splits[--context->splits.count];
            break;
        }
    }
    return lift_above_sources(context, delay);
}

static void set_muted(wa_context *context, graph_node *of, bool is_muted) {
    if (of->is_muted != is_muted) {
        of->is_muted = is_muted;
        context->muted_count += is_muted ? 1 : (uint32_t)-1;
        node_switch_ship(context, of);
    }
}

/* The walk holds a cycle, marked. Set its delays apart; true in *is_split if there was one. */
static wa_status split_marked(wa_context *context, bool *is_split) {
    *is_split = false;
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < context->walk.count && status == WA_OK; index++) {
        graph_node *of = walk_at(context, index);
        if (of->visit_state == ON_CYCLE) {
            of->was_in_cycle = true;
            if (of->type == WA_NODE_TYPE_DELAY && !of->is_split) {
                status = split(context, of);
                *is_split = true;
            }
        }
    }
    return status;
}

static wa_status mute_marked(wa_context *context) {
    const wa_status status = edit_reserve(context, context->walk.count);
    for (uint32_t index = 0; index < context->walk.count && status == WA_OK; index++) {
        graph_node *of = walk_at(context, index);
        if (of->visit_state == ON_CYCLE) {
            set_muted(context, of, true);
        }
    }
    return status;
}

wa_status levels_connect(wa_context *context, graph_node *source, graph_node *target, bool is_param) {
    for (;;) {
        graph_node *reached = edge_target(target, is_param);
        const bool is_ordered = !source->is_muted && !reached->is_muted;
        if (is_ordered && reached->level > source->level) {
            return WA_OK;
        }
        wa_status status = walk_ahead(context, reached, source->level);
        if (status != WA_OK) {
            return status;
        }
        if (!was_visited(context, source)) {
            return is_ordered ? raise_level(context, reached, source->level + 1) : WA_OK;
        }
        mark_cycle(context, source);
        bool is_split = false;
        status = split_marked(context, &is_split);
        if (status != WA_OK) {
            return status;
        }
        if (!is_split) {
            return mute_marked(context);
        }
    }
}

/* -- after a connection has gone ---------------------------------------------------------------- */

static void unsplit_where_open(wa_context *context) {
    for (uint32_t index = context->splits.count; index > 0; index--) {
        graph_node *delay = ((graph_node **)context->splits.items)[index - 1];
        if (walk_ahead(context, delay, UINT32_MAX) == WA_OK && !was_visited(context, delay->writer)) {
            (void)unsplit(context, delay); /* without memory it stays apart, which is correct too */
        }
    }
}

static bool is_on_cycle(wa_context *context, graph_node *of) {
    for (uint32_t index = 0; index < of->output_count; index++) {
        for (edge *each = of->outputs[index].out_first; each != NULL; each = each->out_next) {
            if (walk_ahead(context, each->target, UINT32_MAX) != WA_OK || was_visited(context, of)) {
                return true;
            }
        }
    }
    return false;
}

/* Muted nodes that no longer cycle sound again, one after the other, at a level that fits. */
static void unmute_where_open(wa_context *context) {
    graph_node *next = NULL;
    for (graph_node *of = context->all_first; of != NULL && context->muted_count > 0; of = next) {
        next = of->all_next;
        if (of->is_muted && !is_on_cycle(context, of) && edit_reserve(context, 1) == WA_OK) {
            set_muted(context, of, false);
            if (lift_above_sources(context, of) != WA_OK) {
                return;
            }
            for (uint32_t index = 0; index < of->output_count; index++) {
                for (edge *each = of->outputs[index].out_first; each != NULL; each = each->out_next) {
                    (void)raise_level(context, each->target, of->level + 1);
                }
            }
        }
    }
}

void levels_disconnect(wa_context *context, graph_node *source, graph_node *target) {
    if (!source->was_in_cycle || !target->was_in_cycle) {
        return;
    }
    if (context->muted_count > 0) {
        unmute_where_open(context);
    }
    if (context->split_count > 0) {
        unsplit_where_open(context);
    }
}
