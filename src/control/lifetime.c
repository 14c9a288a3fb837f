/* Web Audio 1.1, "Dynamic Lifetime": a node that nobody holds goes once nothing plays into it and its tail is
 * over.
 *
 * Whatever has no connection left at its inputs is handed to render, to be given back when it sleeps. Nodes
 * that feed one another would wait for each other: when all that leads to one of them is held by nobody and has
 * nothing to play, they go together, once all of them sleep. */
#include "levels.h"

typedef struct ring {
    unit group; /* first: render knows it by that */
    struct ring *next, *prev;
    graph_node *members[];
} ring;

static uint64_t ring_bytes(uint32_t member_count) {
    return sizeof(ring) + member_count * sizeof(graph_node *);
}

static bool waits_to_start_or_plays(const graph_node *of) {
    return (of->class->flags & WA_CLASS_SOURCE) != 0 && of->is_started && !of->is_ended;
}

/* One that goes already is looked at again when its connections are cut. */
static bool keeps_alive(const graph_node *of) {
    return of->life != LIFE_DROPPED || waits_to_start_or_plays(of);
}

static bool is_fed(const graph_node *of) {
    for (uint32_t index = 0; index < of->input_count; index++) {
        if ((of->is_split ? of->writer : of)->inputs[index].edge_count > 0) {
            return true;
        }
    }
    return false;
}

static void list_in(wa_context *context, ring *made) {
    made->next = context->ring_first;
    if (context->ring_first != NULL) {
        context->ring_first->prev = made;
    }
    context->ring_first = made;
}

static void free_ring(wa_context *context, ring *of) {
    *(of->prev != NULL ? &of->prev->next : &context->ring_first) = of->next;
    if (of->next != NULL) {
        of->next->prev = of->prev;
    }
    memory_give(context->engine, WA_MEMORY_SCHEDULE, of, ring_bytes(of->group.member_count));
}

/* Of what the walk has met. */
static wa_status release_ring(wa_context *context) {
    const uint32_t member_count = context->walk.count;
    void *memory = NULL;
    wa_status status = edit_reserve_leaving(context, member_count + 1);
    if (status == WA_OK) {
        status = memory_take(context->engine, WA_MEMORY_SCHEDULE, ring_bytes(member_count),
                             "nodes that go together", &memory);
    }
    if (status != WA_OK) {
        return status;
    }
    ring *made = memory;
    made->group = (unit){ .member_count = member_count, .members = made->members, .is_ring = true };
    list_in(context, made);
    for (uint32_t index = 0; index < member_count; index++) {
        graph_node *member = walk_at(context, index);
        made->members[index] = member;
        member->life = LIFE_RETIRING;
        edit_op(context, OP_UNIT_JOIN, member)->group = &made->group;
    }
    edit_op(context, OP_UNIT_ASLEEP, made->members[0])->group = &made->group;
    return WA_OK;
}

static void check_ring(wa_context *context, graph_node *of) {
    bool is_alive = false;
    if (context->is_in_transaction) { /* which may be undone */
        context->is_lifetime_check_due = true;
        return;
    }
    wa_status status = walk_behind(context, of, keeps_alive, &is_alive);
    if (status == WA_OK && !is_alive) {
        status = release_ring(context);
    }
    context->is_lifetime_check_due |= status != WA_OK;
}

void node_check_dropped(wa_context *context, graph_node *of) {
    if (of->type == WA_NODE_TYPE_DELAY_WRITER) {
        of = of->partner;
    }
    if (of->life != LIFE_DROPPED || waits_to_start_or_plays(of)) {
        return;
    }
    if (is_fed(of)) {
        if (context->split_count > 0 || context->muted_count > 0) { /* there is a cycle somewhere */
            check_ring(context, of);
        }
    } else if (edit_reserve_leaving(context, 2) == WA_OK) {
        node_set_life(context, of, LIFE_RETIRING);
        edit_op(context, OP_RETIRE_ASLEEP, of);
    } else {
        context->is_lifetime_check_due = true;
    }
}

void lifetimes_check(wa_context *context) {
    context->is_lifetime_check_due = false;
    node_cursor cursor = { 0 };
    for (graph_node *of; (of = node_next(context, &cursor)) != NULL;) {
        node_check_dropped(context, of);
    }
}

void lifetimes_ring_back(wa_context *context, unit *group) {
    ring *back = (ring *)group;
    for (uint32_t index = 0; index < group->member_count; index++) {
        group->members[index]->group = NULL;
    }
    for (uint32_t index = 0; index < group->member_count; index++) {
        node_retired(context, group->members[index]);
    }
    free_ring(context, back);
}

void lifetimes_finish(wa_context *context) {
    while (context->ring_first != NULL) {
        free_ring(context, context->ring_first);
    }
}
