/* src/profile/state.h -- what a profile is made of. Read by src/profile/ only.
 *
 *   words    everything that is counted, one block of integers with one writing side (render). A
 *            sequence number, odd while it is written, lets control copy all of it as one moment.
 *   reset    control asks by number; render clears the words when its next callback begins. Until
 *            then a reader sees zeros, so a reset also shows at once while nothing runs.
 *   trace    trace.h
 */
#ifndef WA_SRC_PROFILE_STATE_H
#define WA_SRC_PROFILE_STATE_H
#include "histogram.h"
#include "profile.h"
#include "trace.h"
#include <stdatomic.h>

/* Each is a uint64_t; times in ns, loads in parts per 10^9. */
enum {
    WORD_CALLBACK_COUNT,
    WORD_QUANTUM_COUNT,
    WORD_MEASURED_NS, /* of the callbacks that count for load */
    WORD_MEASURED_FRAMES,
    WORD_MISS_COUNT,
    WORD_LOAD_MAX,
    WORD_TIMED_COUNT, /* quanta */
    WORD_TIMED_NS,
    WORD_TYPE_NS,
    WORD_TYPE_INSTANCES = WORD_TYPE_NS + WA_NODE_TYPE_COUNT_MAX,
    WORD_TYPE_SPANS = WORD_TYPE_INSTANCES + WA_NODE_TYPE_COUNT_MAX,
    WORD_LOADS = WORD_TYPE_SPANS + WA_NODE_TYPE_COUNT_MAX, /* histogram */
    WORD_COUNT = WORD_LOADS + HISTOGRAM_BUCKET_COUNT,
};

typedef struct profile_words {
    uint64_t words[WORD_COUNT];
} profile_words;

/* Touched by render alone. */
typedef struct profile_render {
    uint64_t callback_begin_ns;
    uint64_t quantum_begin_ns, quantum_frame;
    uint64_t quantum_count; /* since the last callback ended */
    uint32_t quanta_until_timed;
    uint64_t device_event_count, device_ns;   /* as the device last said */
    trace_ring *trace;                        /* of this callback; NULL: none */
    uint64_t type_ns[WA_NODE_TYPE_COUNT_MAX]; /* of this timed quantum */
    uint64_t type_instances[WA_NODE_TYPE_COUNT_MAX];
    uint64_t type_spans[WA_NODE_TYPE_COUNT_MAX];
} profile_render;

/* Latency of what was played since some reset. */
typedef struct latency_span {
    uint64_t frame_count;
    double sum_ns; /* over frames */
    uint64_t min_ns, max_ns;
} latency_span;

typedef struct underrun_sum {
    uint64_t count, ns;
} underrun_sum;

/* Touched by control alone. */
typedef struct profile_control {
    bool underruns_available;
    bool has_uncounted;                       /* a device played that does not count */
    uint64_t device_event_count, device_ns;   /* as the device last said, since it was opened */
    underrun_sum underruns, underruns_before; /* of all time; until the reset */
    latency_span latency, playback_latency;
    uint64_t dropped_base; /* telemetry dropped before the reset */
} profile_control;

struct profile {
    wa_engine *engine;
    double sample_rate_hz;
    uint32_t quantum_frames;
    profile_control control;

    _Atomic uint64_t sequence;
    _Atomic uint64_t words[WORD_COUNT];
    _Atomic uint64_t reset_done;   /* render writes */
    _Atomic uint64_t reset_wanted; /* control writes */
    _Atomic uint32_t timing_interval;
    _Atomic bool is_first; /* this callback, or the next, counts for no load and no miss */

    trace_log trace;
    profile_render render;
};

/* All words of one moment; zeros while a reset waits. Thread: control */
void profile_copy(const profile *of, profile_words *copy);
#endif /* WA_SRC_PROFILE_STATE_H */
