/* The render side of a trace: take hold of the ring for one callback, push, let go. */
#include "trace.h"
#include <assert.h>

static_assert(sizeof(trace_event) == 32, "small, since there are many");
static_assert(sizeof(trace_chunk) <= 65536, "a chunk is one step of 64 KiB");

trace_ring *trace_hold(trace_log *of) {
    trace_ring *ring = atomic_load_explicit(&of->offered, memory_order_acquire);
    if (ring == NULL) {
        return NULL;
    }
    /* Say it, then look again: control withdraws the offer, then looks at what is held. Either sees
     * the other. */
    atomic_store(&of->held, ring);
    if (atomic_load(&of->offered) != ring) {
        trace_let_go(of);
        return NULL;
    }
    return ring;
}

void trace_let_go(trace_log *of) {
    atomic_store_explicit(&of->held, NULL, memory_order_release);
}

void trace_push(trace_log *of, trace_ring *ring, const trace_event *event) {
    const uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    const uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (head - tail == ring->capacity) {
        const uint64_t dropped = atomic_load_explicit(&of->render_dropped_count, memory_order_relaxed);
        atomic_store_explicit(&of->render_dropped_count, dropped + 1, memory_order_relaxed);
        return;
    }
    ring->events[head % ring->capacity] = *event;
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}
