/* src/profile/trace.h -- events from render to a file, through a ring that is never waited for.
 *
 *   render --push--> ring --drain--> kept chunks --write--> Chrome trace-event JSON
 *
 * Render takes hold of the ring for one callback at a time and says so (`held`), so that control can
 * stop a trace at any moment, also from inside an offline render, without waiting: a ring that is still
 * held is freed later. Ring and chunks are charged to WA_MEMORY_PROFILE.
 */
#ifndef WA_SRC_PROFILE_TRACE_H
#define WA_SRC_PROFILE_TRACE_H
#include "wavepool/memory.h"
#include <stdatomic.h>
#include <stdio.h>

typedef enum trace_kind { TRACE_CALLBACK = 1, TRACE_QUANTUM = 2, TRACE_SPAN = 3 } trace_kind;

typedef struct trace_event {
    uint64_t begin_ns, end_ns;
    uint64_t frame; /* callback, quantum: of the first sample. span: level */
    uint32_t count; /* callback: frames. span: instances */
    uint16_t kind;  /* trace_kind */
    uint16_t type;  /* span: node type */
} trace_event;

enum {
    TRACE_CHUNK_EVENTS = 2047,
    TRACE_KEPT_MAX = 256 * TRACE_CHUNK_EVENTS, /* events a trace may gather: 16 MiB */
};

typedef struct trace_chunk {
    struct trace_chunk *next;
    uint64_t count;
    trace_event events[TRACE_CHUNK_EVENTS];
} trace_chunk;

typedef struct trace_ring {
    struct trace_ring *next; /* control: in the list of those that wait to be freed */
    uint64_t begin_ns;       /* when the trace began: time 0 of the file */
    uint32_t capacity;
    _Atomic uint64_t head; /* render writes: pushed so far */
    _Atomic uint64_t tail; /* control writes: drained so far */
    trace_event events[];
} trace_ring;

typedef struct trace_log {
    _Atomic(trace_ring *) offered; /* control writes; NULL: no trace */
    _Atomic(trace_ring *) held;    /* render writes; not NULL: inside a callback that pushes */
    _Atomic uint64_t render_dropped_count, control_dropped_count; /* each by its own side */
    /* Control's. */
    trace_ring *ring, *retired;
    trace_chunk *first, *last;
    uint64_t kept_count;
} trace_log;

/* -- Thread: render -- */
trace_ring *trace_hold(trace_log *of); /* when a callback begins; NULL: no trace */
void trace_let_go(trace_log *of);
void trace_push(trace_log *of, trace_ring *ring, const trace_event *event);

/* -- Thread: control -- */
void trace_finish(trace_log *of, wa_engine *engine); /* render is out for good */
/* The events as JSON. False: the stream failed. pid and tid are labels only. */
bool trace_write(FILE *file, const trace_log *of, double sample_rate_hz);
/* The same in a file. Returns: WA_OK | IO; a build without files: NOT_SUPPORTED. */
wa_status trace_save(const trace_log *of, double sample_rate_hz, const char *path);
#endif /* WA_SRC_PROFILE_TRACE_H */
