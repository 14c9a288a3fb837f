/* Leaving the graph: out of the heap, the buckets and the active lists; see retire.h. */
#include "retire.h"

void retire_quietly(render *side, graph_node *of) {
    heap_remove(side, of);
    if ((of->flags & NODE_SOUNDS) != 0) {
        active_output_end(of);
    }
    active_sleep(side, of);
    /* The lists of this quantum may still hold it; their marks stay. */
    of->flags = NODE_GONE | (of->flags & (NODE_SLEEPY | NODE_WAKING | NODE_PINNED));
}

void retire_node(render *side, graph_node *of) {
    if ((of->flags & NODE_GONE) != 0) {
        return;
    }
    retire_quietly(side, of);
    return_ring_push(side->returns, of, RETURN_RETIRED);
}

void retire_when_asleep(render *side, graph_node *of) {
    of->flags |= NODE_RETIRING;
    if ((of->flags & NODE_AWAKE) == 0 && of->heap_index == 0) {
        retire_node(side, of);
    }
}

void retire_at(render *side, graph_node *of, uint64_t frame) {
    if ((of->flags & NODE_AWAKE) == 0) {
        retire_node(side, of);
        return;
    }
    of->flags |= NODE_FADING | NODE_RETIRING;
    of->fade_end_frame = frame;
}

void retire_unit(render *side, unit *group) {
    group->is_retiring = false;
    for (uint32_t index = 0; index < group->member_count; index++) {
        retire_quietly(side, group->members[index]);
    }
    return_ring_push(side->returns, group->members[0], RETURN_UNIT);
}

void retire_unit_when_asleep(render *side, unit *group) {
    group->is_retiring = true;
    if (group->awake_count == 0) {
        retire_unit(side, group);
    }
}

void retire_unit_at(render *side, unit *group, uint64_t frame) {
    for (uint32_t index = 0; index < group->member_count; index++) {
        graph_node *member = group->members[index];
        heap_remove(side, member);
        if ((member->flags & NODE_AWAKE) != 0) {
            member->flags |= NODE_FADING;
            member->fade_end_frame = frame;
        }
    }
    retire_unit_when_asleep(side, group);
}

void retire_after_sleep(render *side, graph_node *of) {
    if ((of->flags & NODE_RETIRING) != 0) {
        retire_node(side, of);
    } else if (of->group != NULL && of->group->is_retiring && of->group->awake_count == 0) {
        retire_unit(side, of->group);
    }
}
