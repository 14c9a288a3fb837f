/* Sources whose start lies ahead, or whose stop does that comes before it: a binary heap by frame, in segments
 * so that growing it copies nothing. Insert, remove and pop cost the logarithm of what waits. */
#include "render.h"
#include <math.h>

static heap_entry *at(render *side, uint32_t index) {
    return &side->heap[index / HEAP_SEGMENT_ENTRIES][index % HEAP_SEGMENT_ENTRIES];
}

static void put(render *side, uint32_t index, heap_entry entry) {
    *at(side, index) = entry;
    entry.source->heap_index = index + 1;
}

static void sift_up(render *side, uint32_t index, heap_entry entry) {
    while (index > 0) {
        const uint32_t parent = (index - 1) / 2;
        if (at(side, parent)->frame <= entry.frame) {
            break;
        }
        put(side, index, *at(side, parent));
        index = parent;
    }
    put(side, index, entry);
}

static void sift_down(render *side, uint32_t index, heap_entry entry) {
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= side->heap_count) {
            break;
        }
        if (child + 1 < side->heap_count && at(side, child + 1)->frame < at(side, child)->frame) {
            child++;
        }
        if (entry.frame <= at(side, child)->frame) {
            break;
        }
        put(side, index, *at(side, child));
        index = child;
    }
    put(side, index, entry);
}

void heap_insert(render *side, graph_node *source) {
    assert(source->heap_index == 0);
    assert(side->heap_count < side->heap_capacity);
    const double first = ceil(fmin(source->start_frame, source->stop_frame));
    const heap_entry entry = { first >= 9.0e18 ? (uint64_t)9000000000000000000 : (uint64_t)first,
                               source };
    sift_up(side, side->heap_count++, entry);
}

void heap_remove(render *side, graph_node *source) {
    if (source->heap_index == 0) {
        return;
    }
    const uint32_t index = source->heap_index - 1;
    source->heap_index = 0;
    const heap_entry last = *at(side, --side->heap_count);
    if (index == side->heap_count) {
        return;
    }
    if (index > 0 && last.frame < at(side, (index - 1) / 2)->frame) {
        sift_up(side, index, last);
    } else {
        sift_down(side, index, last);
    }
}

graph_node *heap_pop_due(render *side, uint64_t before_frame) {
    if (side->heap_count == 0 || at(side, 0)->frame >= before_frame) {
        return NULL;
    }
    graph_node *due = at(side, 0)->source;
    heap_remove(side, due);
    return due;
}
