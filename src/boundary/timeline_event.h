/* src/boundary/timeline_event.h -- one event of a timeline on its own: what both sides compute from it.
 *
 * Control anchors an event at the value that its predecessor alone has there; the render side evaluates
 * with the very same functions, so that the two cannot drift apart. Thread: any
 */
#ifndef WA_SRC_BOUNDARY_TIMELINE_EVENT_H
#define WA_SRC_BOUNDARY_TIMELINE_EVENT_H
#include "timeline.h"

struct timeline_curve {
    struct timeline_curve *next, *previous; /* these and the count are control's own */
    uint32_t reference_count;
    uint32_t value_count; /* at least 2 */
    float values[];
};

static inline bool timeline_event_is_ramp(const timeline_event *event) {
    return event->type == TIMELINE_LINEAR_RAMP || event->type == TIMELINE_EXPONENTIAL_RAMP;
}

/* When the event itself is over: a curve at its end as called, anything else at its time. */
static inline double timeline_event_end_s(const timeline_event *event) {
    return event->type == TIMELINE_VALUE_CURVE ? event->time_s + event->duration_s : event->time_s;
}

/* The value at time_s >= event->time_s while no later event has a say. */
double timeline_event_value(const timeline_event *event, double time_s);

/* The value of a ramp at anchor_time_s <= time_s < its end. */
double timeline_ramp_value(const timeline_event *ramp, double time_s);

/* How near to its end a setTarget counts as there: half a float ulp of the end, or, for an end at or next
 * to zero, the smallest normal float (2^-126). */
double timeline_target_snap(const timeline_event *target);

/* Distance from the end at time_s >= target->time_s; exactly 0 once it is within the snap. */
double timeline_target_distance(const timeline_event *target, double time_s);
#endif /* WA_SRC_BOUNDARY_TIMELINE_EVENT_H */
