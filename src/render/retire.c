/* Leaving the graph: out of the heap, the buckets and the active lists; see retire.h. */
#include "retire.h"
#include <math.h>

void retire_quietly(render *side, graph_node *of) {
    heap_remove(side, of);
    if ((of->flags & NODE_SOUNDS) != 0) {
        active_output_end(of);
    }
    active_sleep(side, of);
    if (of->class->memory_bytes != NULL) { /* control may free it from now on */
        of->class->reset(of->now.config, of->state, side->sample_rate_hz);
    }
    /* The lists of this quantum may still hold it; their marks stay. */
    of->flags = NODE_GONE | (of->flags & (NODE_SLEEPY | NODE_WAKING | NODE_PINNED));
    node_show(of);
}

void retire_node(render *side, graph_node *of) {
    if ((of->flags & NODE_GONE) != 0) {
        return;
    }
    retire_quietly(side, of);
    return_ring_push(side->returns, of, RETURN_RETIRED);
}

/* A source whose start lies ahead, unless it is stopped before that. */
static bool will_play(const graph_node *of) {
    return of->heap_index != 0 && of->stop_frame > of->start_frame;
}

static bool is_unit_over(const unit *group) {
    if (group->is_ring) {
        return group->awake_count == 0;
    }
    for (uint32_t index = 0; index < group->member_count && group->awake_count == 0; index++) {
        if (will_play(group->members[index])) {
            return false;
        }
    }
    return group->awake_count == 0;
}

void retire_when_asleep(render *side, graph_node *of) {
    of->flags |= NODE_RETIRING;
    if ((of->flags & NODE_AWAKE) == 0 && !will_play(of)) {
        retire_node(side, of);
    }
}

void retire_at(render *side, graph_node *of, uint64_t frame) {
    if ((of->flags & NODE_AWAKE) == 0) {
        retire_node(side, of);
        return;
    }
    of->flags |= NODE_FADING | NODE_RETIRING;
    of->stop_frame = fmin(of->stop_frame, (double)frame);
}

void retire_join_ring(graph_node *member, unit *group) {
    member->group = group;
    group->awake_count += (member->flags & NODE_AWAKE) != 0;
}

/* The members of a ring sleep, and nothing is left that could wake them: control takes them apart. */
void retire_unit(render *side, unit *group) {
    group->is_retiring = false;
    for (uint32_t index = 0; index < group->member_count && !group->is_ring; index++) {
        retire_quietly(side, group->members[index]);
    }
    return_ring_push(side->returns, group->members[0], RETURN_UNIT);
}

void retire_unit_when_asleep(render *side, unit *group) {
    group->is_retiring = true;
    if (is_unit_over(group)) {
        retire_unit(side, group);
    }
}

void retire_unit_at(render *side, unit *group, uint64_t frame) {
    for (uint32_t index = 0; index < group->member_count; index++) {
        graph_node *member = group->members[index];
        heap_remove(side, member);
        if ((member->flags & NODE_AWAKE) != 0) {
            member->flags |= NODE_FADING;
            member->stop_frame = fmin(member->stop_frame, (double)frame);
        }
    }
    retire_unit_when_asleep(side, group);
}

void retire_after_sleep(render *side, graph_node *of) {
    if ((of->flags & NODE_RETIRING) != 0) {
        retire_node(side, of);
    } else if (of->group != NULL && of->group->is_retiring && is_unit_over(of->group)) {
        retire_unit(side, of->group);
    }
}
