/* The control side of a trace: its ring, and what is kept of it until it is written. */
#include "state.h"
#include "../error.h"
#include "../memory/memory.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { PART_BYTES = 4096 }; /* of a path, with its end */

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

/* -- The file: beside path first, then renamed, so that path is whole or not there. -- */

static wa_status io_error(const char *what, const char *path) {
    return error_set(WA_ERR_IO, "the trace could not be %s \"%s\": %s", what, path, strerror(errno));
}

static wa_status write_file(const profile *of, const char *part) {
    FILE *file = fopen(part, "w");
    if (file == NULL) {
        return io_error("written to", part);
    }
    const bool is_written = trace_write(file, &of->trace, of->sample_rate_hz);
    const int write_errno = errno;
    const bool is_closed = fclose(file) == 0;
    if (is_written && is_closed) {
        return WA_OK;
    }
    errno = is_written ? errno : write_errno;
    const wa_status status = io_error("written to", part);
    remove(part);
    return status;
}

static wa_status write_and_rename(const profile *of, const char *path) {
    char part[PART_BYTES];
    const int length = snprintf(part, sizeof part, "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof part) {
        return error_set(WA_ERR_IO, "path is longer than %zu bytes", sizeof part - sizeof ".part");
    }
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) { /* a device must not become a file */
        return error_set(WA_ERR_IO, "%.256s: exists and is no regular file", path);
    }
    const wa_status status = write_file(of, part);
    if (status != WA_OK) {
        return status;
    }
    if (rename(part, path) != 0) {
        const wa_status failed = io_error("renamed to", path);
        remove(part);
        return failed;
    }
    return WA_OK;
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
    const wa_status status = write_and_rename(of, path);
    if (status != WA_OK) {
        atomic_store(&trace->offered, trace->ring);
        return status;
    }
    retire_ring(trace);
    free_kept(trace, of->engine);
    free_retired(trace, of->engine, false);
    return WA_OK;
}
