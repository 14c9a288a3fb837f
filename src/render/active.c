/* Who is awake, and which edges carry something: buckets by level and type, active lists by order. */
#include "render.h"

static void bucket_append(bucket *place, graph_node *added) {
    added->active_prev = place->last;
    added->active_next = NULL;
    if (place->last != NULL) {
        place->last->active_next = added;
    } else {
        place->first = added;
    }
    place->last = added;
    place->count++;
}

static void bucket_remove(bucket *place, graph_node *removed) {
    if (removed->active_prev != NULL) {
        removed->active_prev->active_next = removed->active_next;
    } else {
        place->first = removed->active_next;
    }
    if (removed->active_next != NULL) {
        removed->active_next->active_prev = removed->active_prev;
    } else {
        place->last = removed->active_prev;
    }
    removed->active_next = removed->active_prev = NULL;
    place->count--;
}

static void level_add(render *side, uint32_t level) {
    if (side->levels[level].active_count++ == 0) {
        side->level_bits[level / 64] |= (uint64_t)1 << (level % 64);
    }
}

static void level_remove(render *side, uint32_t level) {
    if (--side->levels[level].active_count == 0) {
        side->level_bits[level / 64] &= ~((uint64_t)1 << (level % 64));
    }
}

void active_link_bucket(render *side, bucket *added) {
    assert(added->level < side->level_capacity);
    bucket **link = &side->levels[added->level].first;
    while (*link != NULL && (*link)->type < added->type) {
        link = &(*link)->next;
    }
    added->next = *link;
    *link = added;
}

void active_fold_next(render *side, graph_node *of) {
    const bool is_moved = of->next->place != of->now.place;
    if (is_moved && (of->flags & NODE_AWAKE) != 0) {
        bucket_remove(of->now.place, of);
        level_remove(side, of->now.place->level);
        bucket_append(of->next->place, of);
        level_add(side, of->next->place->level);
    }
    of->now = *of->next;
    of->next = NULL;
    of->flags = of->now.is_muted ? of->flags | NODE_MUTED : of->flags & ~(uint32_t)NODE_MUTED;
}

void active_wake(render *side, graph_node *woken) {
    if ((woken->flags & (NODE_AWAKE | NODE_GONE)) != 0) {
        return;
    }
    active_fold(side, woken); /* only while asleep: a sweep may stand on an awake one */
    if (side->is_sweeping && woken->now.place->level <= side->sweep_level) {
        if ((woken->flags & NODE_WAKING) == 0) {
            woken->flags |= NODE_WAKING;
            woken->list_next = side->waking_first;
            side->waking_first = woken;
        }
        return;
    }
    woken->flags |= NODE_AWAKE;
    bucket_append(woken->now.place, woken);
    level_add(side, woken->now.place->level);
    side->awake_count++;
    if (woken->group != NULL) {
        woken->group->awake_count++;
    }
}

void active_sleep(render *side, graph_node *asleep) {
    if ((asleep->flags & NODE_AWAKE) == 0) {
        return;
    }
    asleep->flags &= ~(uint32_t)NODE_AWAKE;
    node_show(asleep);
    bucket_remove(asleep->now.place, asleep);
    level_remove(side, asleep->now.place->level);
    side->awake_count--;
    if (asleep->group != NULL) {
        asleep->group->awake_count--;
    }
}

/* Into the target's active list, at its place in the order of connection. New connections are last as a
 * rule, so the search begins at the end; it is bounded by what sounds on that input. */
static void list_insert(edge **first, edge **last, edge *joined) {
    edge *before = *last;
    while (before != NULL && before->order > joined->order) {
        before = before->active_prev;
    }
    joined->active_prev = before;
    joined->active_next = before != NULL ? before->active_next : *first;
    if (joined->active_next != NULL) {
        joined->active_next->active_prev = joined;
    } else {
        *last = joined;
    }
    if (before != NULL) {
        before->active_next = joined;
    } else {
        *first = joined;
    }
}

static void list_remove(edge **first, edge **last, edge *left) {
    if (left->active_prev != NULL) {
        left->active_prev->active_next = left->active_next;
    } else {
        *first = left->active_next;
    }
    if (left->active_next != NULL) {
        left->active_next->active_prev = left->active_prev;
    } else {
        *last = left->active_prev;
    }
    left->active_next = left->active_prev = NULL;
}

void active_edge_begin(edge *joined) {
    if (joined->is_active) {
        return;
    }
    joined->is_active = true;
    if (joined->is_param) {
        param_extra *extra = joined->target->params[joined->input_index].extra;
        list_insert(&extra->active_first, &extra->active_last, joined);
    } else {
        input_slot *input = &joined->target->inputs[joined->input_index];
        list_insert(&input->active_first, &input->active_last, joined);
    }
}

void active_edge_end(edge *left) {
    if (!left->is_active) {
        return;
    }
    left->is_active = false;
    if (left->is_param) {
        param_extra *extra = left->target->params[left->input_index].extra;
        list_remove(&extra->active_first, &extra->active_last, left);
    } else {
        input_slot *input = &left->target->inputs[left->input_index];
        list_remove(&input->active_first, &input->active_last, left);
    }
}

void active_output_begin(render *side, graph_node *of) {
    of->flags |= NODE_SOUNDS;
    for (uint32_t index = 0; index < of->output_count; index++) {
        for (edge *each = of->outputs[index].link_first; each != NULL; each = each->link_next) {
            active_edge_begin(each);
            if (!each->is_param) {
                active_wake(side, each->target);
            }
        }
    }
}

void active_output_end(graph_node *of) {
    of->flags &= ~(uint32_t)NODE_SOUNDS;
    for (uint32_t index = 0; index < of->output_count; index++) {
        for (edge *each = of->outputs[index].link_first; each != NULL; each = each->link_next) {
            active_edge_end(each);
        }
    }
}
