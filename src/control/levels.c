/* The order of the graph: every node's level is above those of all that feed it, params included. A
 * connection that breaks the order raises the levels downstream, found in the order of the old levels, so
 * that each node is met once. Nothing else is touched; nothing is ever lowered.
 *
 * Muted nodes have no place in the order: edges from and to them do not count until they sound again.
 *
 * The listener is an input of every panner: those stand above it from the moment they are made, whether or not
 * anything is connected to it, so that only what raises the listener has to look at them.
 */
#include "levels.h"

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

static wa_status want_listening(wa_context *context, uint32_t level) {
    wa_status status = WA_OK;
    uint32_t slot = 0;
    for (graph_node *each; status == WA_OK && (each = node_next_listening(context, &slot)) != NULL;) {
        status = want_level(context, each, level);
    }
    return status;
}

wa_status levels_raise(wa_context *context, graph_node *from, uint32_t level) {
    walk_begin(context);
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
        if (of == context->listener && status == WA_OK) {
            status = want_listening(context, of->visit_state + 1);
        }
        if (status == WA_OK) {
            of->level = of->visit_state;
            of->place = place;
            node_switch_ship(context, of);
        }
    }
    return status;
}

static uint32_t above(const edge *in_first, uint32_t level) {
    for (const edge *each = in_first; each != NULL; each = each->in_next) {
        if (!each->source->is_muted && each->source->level >= level) {
            level = each->source->level + 1;
        }
    }
    return level;
}

wa_status levels_lift(wa_context *context, graph_node *of) {
    const uint32_t least = node_level_least(context, of->class);
    uint32_t level = of->level > least ? of->level : least;
    for (uint32_t input = 0; input < of->input_count; input++) {
        level = above(of->inputs[input].in_first, level);
    }
    for (uint32_t param = 0; param < of->param_count; param++) {
        const param_extra *extra = of->params[param].extra;
        level = above(extra != NULL ? extra->in_first : NULL, level);
    }
    return levels_raise(context, of, level);
}
