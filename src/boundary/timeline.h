/* src/boundary/timeline.h -- an AudioParam's automation as both sides see it: immutable once published.
 *
 * A value is a function of (timeline, time): every event stores its anchor, the time and value that it
 * starts from, so nothing depends on when or how often it was evaluated. A cursor is only a cache.
 * Web Audio 1.1, "AudioParam" and "Computation of Value"; all arithmetic in double.
 *
 *   base --- event[0] --- event[1] --- ...        sorted by time; equal times in order of insertion
 */
#ifndef WA_SRC_BOUNDARY_TIMELINE_H
#define WA_SRC_BOUNDARY_TIMELINE_H
#include <stdbool.h>
#include <stdint.h>

typedef enum timeline_event_type {
    TIMELINE_SET_VALUE = 1,
    TIMELINE_LINEAR_RAMP = 2,
    TIMELINE_EXPONENTIAL_RAMP = 3,
    TIMELINE_SET_TARGET = 4,
    TIMELINE_VALUE_CURVE = 5,
    TIMELINE_HOLD = 6, /* from `time_s` on the value is `value`: what cancelAndHold leaves */
} timeline_event_type;

typedef struct timeline_curve
    timeline_curve; /* control's; reference counted; src/control/automation.c */

/* 40 bytes: there are many. */
typedef struct timeline_event {
    double time_s; /* of setValue, target and curve: start; of a ramp: end */
    union {
        double anchor_time_s; /* ramps: T0 */
        double duration_s;    /* curve: as called; cut short by cancelAndHold at the next event */
    };
    union {
        double anchor_value; /* ramps and setTarget: V0 */
        const timeline_curve *curve;
    };
    float value;           /* ramp: V1; target: V1; setValue, hold: V; curve: its last value */
    float time_constant_s; /* setTarget */
    uint32_t type;
    uint32_t flags; /* control's own */
} timeline_event;

enum { TIMELINE_CHUNK_EVENTS = 4 };
typedef struct timeline_chunk {
    struct timeline_chunk *next;
    timeline_event events[TIMELINE_CHUNK_EVENTS];
} timeline_chunk;

/* What is published for one param. 40 bytes; copied by value. */
typedef struct timeline {
    double base_time_s;    /* of the collapsed past, if has_base; else unused */
    double base_value;     /* before the first event */
    timeline_chunk *first; /* NULL when count is 0 */
    uint32_t begin;        /* index of the first live event in *first */
    uint32_t count;        /* live events; memory beyond may be written by control */
    bool has_base;         /* an event in the past set base_value at base_time_s: a ramp starts there */
    bool base_is_target;   /* the past ended in a setTarget that arrived: a ramp starts when called */
    bool base_is_implicit; /* the event that has_base speaks of was only implied by a first ramp */
} timeline;

/* Where evaluation last was. Zeroed: at the beginning. Must be zeroed whenever the timeline changes. */
typedef struct timeline_cursor {
    const timeline_chunk *chunk;
    uint32_t index;  /* in the chunk */
    uint32_t passed; /* events before it */
} timeline_cursor;

/* The intrinsic value at one time, unclamped, in double. cursor may be NULL; times may go backwards with
 * NULL only. Thread: any (the timeline must not be freed meanwhile) */
double timeline_value_at(const timeline *line, timeline_cursor *cursor, double time_s);

/* Values for frames [frame, frame + count): time of frame f is f / sample_rate_hz.
 * Returns true and writes values[0] only if all are equal (to the bit); else writes all. Values are
 * rounded to float once, at the end. Relative error of ramps and targets at most 2^-22. No call to libm
 * per frame. Thread: render */
bool timeline_fill(const timeline *line, timeline_cursor *cursor, uint64_t frame, uint32_t count,
                   double sample_rate_hz, float *values);

/* The same for k-rate: the value at the first frame. Thread: render */
float timeline_value_at_frame(const timeline *line, timeline_cursor *cursor, uint64_t frame,
                              double sample_rate_hz);

/* The first time at and after which the value no longer changes; infinity if it goes on for ever
 * (a setTarget approaches its end: it counts as there when within one float ulp). Thread: any */
double timeline_settled_time_s(const timeline *line);
#endif /* WA_SRC_BOUNDARY_TIMELINE_H */
