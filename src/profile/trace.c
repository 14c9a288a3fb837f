/* The control side of a trace: its ring, and what is kept of it until it is written. */
#include "state.h"
#include "../error.h"
#include "../memory/memory.h"
#include <assert.h>
#include <string.h>

static uint64_t ring_bytes(uint32_t capacity) {
    return sizeof(trace_ring) + (uint64_t)capacity * sizeof(trace_event);
}

/* Free the rings that no callback holds any more. */
static void free_retired(trace_log *of, wa_engine *engine, bool is_over) {
    const trace_ring *held = atomic_load(&of->held);
    assert(!is_over || held == NULL);
    trace_ring **link = &of->retired;
    while (*link != NULL) {
        trace_ring *ring = *link;
        if (ring == held) {
            link = &ring->next;
            continue;
        }
        *link = ring->next;
        memory_give(engine, WA_MEMORY_PROFILE, ring, ring_bytes(ring->capacity));
    }
}

static void retire_ring(trace_log *of) {
    assert(atomic_load(&of->offered) == NULL);
    of->ring->next = of->retired;
    of->retired = of->ring;
    of->ring = NULL;
}

static void free_kept(trace_log *of, wa_engine *engine) {
    while (of->first != NULL) {
        trace_chunk *chunk = of->first;
        of->first = chunk->next;
        memory_give(engine, WA_MEMORY_PROFILE, chunk, sizeof *chunk);
    }
    of->last = NULL;
    of->kept_count = 0;
}

void trace_finish(trace_log *of, wa_engine *engine) {
    atomic_store(&of->offered, NULL);
    if (of->ring != NULL) {
        retire_ring(of);
    }
    free_retired(of, engine, true);
    free_kept(of, engine);
}

wa_status profile_trace_begin(profile *of, uint32_t event_capacity) {
    trace_log *trace = &of->trace;
    if (trace->ring != NULL) {
        return error_set(WA_ERR_INVALID_STATE, "a trace is already being recorded: end it first");
    }
    if (event_capacity == 0) {
        return error_set(WA_ERR_RANGE, "event_capacity is 0: it must be at least 1");
    }
    free_retired(trace, of->engine, false);
    void *memory = NULL;
    const wa_status status = memory_take(of->engine, WA_MEMORY_PROFILE, ring_bytes(event_capacity),
                                         "the trace's ring", &memory);
    if (status != WA_OK) {
        return status;
    }
    trace->ring = memory;
    trace->ring->capacity = event_capacity;
    trace->ring->begin_ns = clock_now_ns();
    atomic_store(&trace->offered, trace->ring);
    return WA_OK;
}

/* Room for one more event at the end; NULL: no memory, or as much as a trace may gather. */
static trace_chunk *chunk_with_room(profile *of) {
    trace_log *trace = &of->trace;
    if (trace->last != NULL && trace->last->count < TRACE_CHUNK_EVENTS) {
        return trace->last;
    }
    void *memory = NULL;
    if (trace->kept_count >= TRACE_KEPT_MAX ||
        memory_take(of->engine, WA_MEMORY_PROFILE, sizeof(trace_chunk), "the trace's events",
                    &memory) != WA_OK) {
        return NULL;
    }
    trace_chunk *chunk = memory;
    if (trace->last != NULL) {
        trace->last->next = chunk;
    } else {
        trace->first = chunk;
    }
    trace->last = chunk;
    return chunk;
}

/* Without memory for it the ring is left as it is: it fills, and what comes then is dropped. */
static void drain(profile *of) {
    trace_log *trace = &of->trace;
    trace_ring *ring = trace->ring;
    const uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    for (; tail != head; tail++) {
        trace_chunk *chunk = chunk_with_room(of);
        if (chunk == NULL) {
            break;
        }
        chunk->events[chunk->count++] = ring->events[tail % ring->capacity];
        trace->kept_count++;
    }
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
}

void profile_trace_drain(profile *of) {
    free_retired(&of->trace, of->engine, false);
    if (of->trace.ring != NULL) {
        drain(of);
    }
}

/* When the file cannot be written the trace goes on, with all that it has. */
wa_status profile_trace_end(profile *of, const char *path) {
    trace_log *trace = &of->trace;
    if (trace->ring == NULL) {
        return error_set(WA_ERR_INVALID_STATE, "no trace is being recorded: begin one first");
    }
    if (path == NULL) {
        return error_set(WA_ERR_TYPE, "path is NULL");
    }
    atomic_store(&trace->offered, NULL);
    drain(of);
    const wa_status status = trace_save(&of->trace, of->sample_rate_hz, path);
    if (status != WA_OK) {
        atomic_store(&trace->offered, trace->ring);
        return status;
    }
    retire_ring(trace);
    free_kept(trace, of->engine);
    free_retired(trace, of->engine, false);
    return WA_OK;
}
