/* Walks along connections, params and the listener included: breadth first, each node once. See levels.h. */
#include "levels.h"

enum { AHEAD = 1, BETWEEN = 2 };

void walk_begin(wa_context *context) {
    context->walk.count = 0;
    context->walk_between_first = 0;
    context->visit++;
}

bool walk_met(const wa_context *context, const graph_node *of) {
    return of->visit == context->visit;
}

static wa_status push(wa_context *context, graph_node *of, uint32_t state) {
    const wa_status status = vector_reserve(context->engine, &context->walk, 1);
    if (status == WA_OK) {
        of->visit = context->visit;
        of->visit_state = state;
        *(graph_node **)vector_add(&context->walk) = of;
    }
    return status;
}

static wa_status push_targets(wa_context *context, const output_slot *output, uint32_t level_max) {
    wa_status status = WA_OK;
    for (edge *each = output->out_first; each != NULL && status == WA_OK; each = each->out_next) {
        if (!walk_met(context, each->target) && each->target->level <= level_max) {
            status = push(context, each->target, AHEAD);
        }
    }
    return status;
}

/* What listens has the listener as an input. */
static wa_status push_listening(wa_context *context, uint32_t level_max) {
    wa_status status = WA_OK;
    uint32_t slot = 0;
    for (graph_node *each; status == WA_OK && (each = node_next_listening(context, &slot)) != NULL;) {
        if (!walk_met(context, each) && each->level <= level_max) {
            status = push(context, each, AHEAD);
        }
    }
    return status;
}

wa_status walk_ahead(wa_context *context, graph_node *from, walk_way way, uint32_t level_max) {
    walk_begin(context);
    wa_status status = push(context, from, AHEAD);
    for (uint32_t next = 0; next < context->walk.count && status == WA_OK; next++) {
        graph_node *of = walk_at(context, next);
        for (uint32_t index = 0; index < of->output_count && status == WA_OK; index++) {
            status = push_targets(context, &of->outputs[index], level_max);
        }
        if (of == context->listener && status == WA_OK) {
            status = push_listening(context, level_max);
        }
        if (way == WALK_THROUGH_DELAYS && of->partner != NULL && of->partner->is_split &&
            !walk_met(context, of->partner) && status == WA_OK) {
            status = push(context, of->partner, AHEAD);
        }
    }
    context->walk_between_first = context->walk.count;
    return status;
}

static wa_status push_sources(wa_context *context, const input_slot *input,
                              bool (*is_it)(const graph_node *of), bool *is_met) {
    wa_status status = WA_OK;
    for (const edge *each = input->in_first; each != NULL && status == WA_OK && !*is_met;
         each = each->in_next) {
        if (!walk_met(context, each->source)) {
            *is_met = is_it(each->source);
            status = *is_met ? WA_OK : push(context, each->source, AHEAD);
        }
    }
    return status;
}

wa_status walk_behind(wa_context *context, graph_node *from, bool (*is_it)(const graph_node *of),
                      bool *is_met) {
    walk_begin(context);
    *is_met = is_it(from);
    wa_status status = push(context, from, AHEAD);
    for (uint32_t next = 0; next < context->walk.count && status == WA_OK && !*is_met; next++) {
        const graph_node *of = edge_target(walk_at(context, next), false);
        for (uint32_t input = 0; input < of->input_count && status == WA_OK && !*is_met; input++) {
            status = push_sources(context, &of->inputs[input], is_it, is_met);
        }
    }
    return status;
}

static wa_status mark(wa_context *context, graph_node *of) {
    return walk_met(context, of) && of->visit_state == AHEAD ? push(context, of, BETWEEN) : WA_OK;
}

static wa_status mark_sources(wa_context *context, const edge *in_first) {
    wa_status status = WA_OK;
    for (const edge *each = in_first; each != NULL && status == WA_OK; each = each->in_next) {
        status = mark(context, each->source);
    }
    return status;
}

wa_status walk_between(wa_context *context, graph_node *to, walk_way way) {
    assert(walk_met(context, to));
    wa_status status = mark(context, to);
    for (uint32_t next = context->walk_between_first; next < context->walk.count && status == WA_OK;
         next++) {
        graph_node *of = walk_at(context, next);
        for (uint32_t input = 0; input < of->input_count && status == WA_OK; input++) {
            status = mark_sources(context, of->inputs[input].in_first);
        }
        for (uint32_t param = 0; param < of->param_count && status == WA_OK; param++) {
            const param_extra *extra = of->params[param].extra;
            status = mark_sources(context, extra != NULL ? extra->in_first : NULL);
        }
        if (way == WALK_THROUGH_DELAYS && of->is_split && status == WA_OK) {
            status = mark(context, of->writer);
        }
        if (node_listens(of) && status == WA_OK) {
            status = mark(context, context->listener);
        }
    }
    return status;
}
