/* Evaluation of a timeline: at one time, at one frame, or for a row of frames.
 * Web Audio 1.1, "AudioParam methods": the formulas of each automation event.
 *
 *   quantum  |-------- segment --------|----- segment -----|-- segment --|
 *            cut at event times, at the anchor of a late ramp and at the end of a curve; each segment has
 *            one shape: constant, linear, geometric (exponential ramp, setTarget) or curve.
 *
 * Constants, linear ramps and curves are functions of the frame alone: the same bits wherever the quanta
 * are cut, and the same as timeline_value_at. Geometric shapes are seeded with exp() at their first frame
 * in the quantum and go on by multiplication in double, in blocks of 8: one rounding a block and a few in it,
 * 2^-53 * (4096 / 8 + 8) < 2^-43 relative in 4096 frames, before the one rounding to float.
 */
#include "../kernels/variants.h"
#include "timeline_event.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { LANE_COUNT = 8 };

/* Beyond this many time constants even the widest distance of two floats is below the smallest snap:
 * ln(2^129 / 2^-126) = 176.8. Saves the exp() for what has long arrived. */
static const double target_time_constants_max = 177.0;

typedef enum segment_shape {
    SEGMENT_CONSTANT,
    SEGMENT_LINEAR,
    SEGMENT_EXPONENTIAL,
    SEGMENT_TARGET,
    SEGMENT_CURVE,
} segment_shape;

typedef struct segment {
    segment_shape shape;
    double end_s; /* exclusive; infinity if nothing follows */
    double value; /* of a constant */
    const timeline_event *event;
} segment;

/* Shapes of single events */

/* 1 / span, and 0 where the span is so short that only its very start can ever be asked for. */
static double inverse_span(double span_s) {
    return span_s > 1e-300 ? 1.0 / span_s : 0.0;
}

static double ramp_span_s(const timeline_event *ramp) {
    return ramp->time_s - ramp->anchor_time_s;
}

static double linear_at(const timeline_event *ramp, double inverse_span_per_s, double time_s) {
    const double delta = (double)ramp->value - ramp->anchor_value;
    return ramp->anchor_value + delta * ((time_s - ramp->anchor_time_s) * inverse_span_per_s);
}

/* A ramp from or across zero has no exponential: it holds its start. */
static bool exponential_holds(const timeline_event *ramp) {
    const double from = ramp->anchor_value, to = (double)ramp->value;
    return from == 0.0 || ramp->value == 0.0f || (from > 0.0) != (to > 0.0) || from == to;
}

static double exponential_at(const timeline_event *ramp, double time_s) {
    const double x = (time_s - ramp->anchor_time_s) * inverse_span(ramp_span_s(ramp));
    return ramp->anchor_value * exp(log((double)ramp->value / ramp->anchor_value) * x);
}

static double curve_at(const timeline_curve *curve, double position) {
    const uint32_t last = curve->value_count - 2;
    const uint32_t k = position < (double)last ? (uint32_t)position : last;
    const double from = (double)curve->values[k], to = (double)curve->values[k + 1];
    return from + (to - from) * (position - (double)k);
}

/* Values of the curve per second. */
static double curve_pace(const timeline_event *event) {
    return (double)(event->curve->value_count - 1) * inverse_span(event->duration_s);
}

double timeline_target_snap(const timeline_event *target) {
    return fmax(fabs((double)target->value) * 0x1p-24, 0x1p-126);
}

double timeline_target_distance(const timeline_event *target, double time_s) {
    if (target->time_constant_s == 0.0f) {
        return 0.0;
    }
    const double x = (time_s - target->time_s) / (double)target->time_constant_s;
    if (!(x < target_time_constants_max)) {
        return 0.0;
    }
    const double distance = (target->anchor_value - (double)target->value) * exp(-x);
    return fabs(distance) > timeline_target_snap(target) ? distance : 0.0;
}

double timeline_ramp_value(const timeline_event *ramp, double time_s) {
    assert(timeline_event_is_ramp(ramp));
    if (ramp->type == TIMELINE_LINEAR_RAMP) {
        return linear_at(ramp, inverse_span(ramp_span_s(ramp)), time_s);
    }
    return exponential_holds(ramp) ? ramp->anchor_value : exponential_at(ramp, time_s);
}

double timeline_event_value(const timeline_event *event, double time_s) {
    assert(time_s >= event->time_s);
    if (event->type == TIMELINE_SET_TARGET) {
        return (double)event->value + timeline_target_distance(event, time_s);
    }
    if (event->type == TIMELINE_VALUE_CURVE && time_s < timeline_event_end_s(event)) {
        return curve_at(event->curve, (time_s - event->time_s) * curve_pace(event));
    }
    return (double)event->value;
}

/* Finding the event and the segment of a time */

static const timeline_event *event_current(const timeline_cursor *cursor) {
    return cursor->chunk ? &cursor->chunk->events[cursor->index] : NULL;
}

/* Never looks behind the last live event: control may be writing there. */
static const timeline_event *event_next(const timeline *line, const timeline_cursor *cursor) {
    if (!cursor->chunk) {
        return line->count > 0 ? &line->first->events[line->begin] : NULL;
    }
    if (cursor->passed + 1 >= line->count) {
        return NULL;
    }
    const bool is_last = cursor->index + 1 == TIMELINE_CHUNK_EVENTS;
    return is_last ? &cursor->chunk->next->events[0] : &cursor->chunk->events[cursor->index + 1];
}

static void cursor_step(const timeline *line, timeline_cursor *cursor) {
    if (!cursor->chunk) {
        *cursor = (timeline_cursor){ .chunk = line->first, .index = line->begin };
        return;
    }
    cursor->passed++;
    if (++cursor->index == TIMELINE_CHUNK_EVENTS) {
        cursor->chunk = cursor->chunk->next;
        cursor->index = 0;
    }
}

/* On the last event that is not after time_s. Bounded by the events of the list. */
static void cursor_seek(const timeline *line, timeline_cursor *cursor, double time_s) {
    const timeline_event *next = event_next(line, cursor);
    while (next && next->time_s <= time_s) {
        cursor_step(line, cursor);
        next = event_next(line, cursor);
    }
    assert(!event_current(cursor) || event_current(cursor)->time_s <= time_s);
}

static segment segment_of_ramp(const timeline_event *ramp) {
    segment result = { .end_s = ramp->time_s, .value = ramp->anchor_value, .event = ramp };
    if (ramp->type == TIMELINE_LINEAR_RAMP) {
        const bool is_flat = ramp->anchor_value == (double)ramp->value;
        result.shape = is_flat ? SEGMENT_CONSTANT : SEGMENT_LINEAR;
    } else {
        result.shape = exponential_holds(ramp) ? SEGMENT_CONSTANT : SEGMENT_EXPONENTIAL;
    }
    return result;
}

static segment segment_after(const timeline_event *event, double time_s) {
    segment result = { .end_s = INFINITY, .value = (double)event->value, .event = event };
    if (event->type == TIMELINE_SET_TARGET && timeline_target_distance(event, time_s) != 0.0) {
        result.shape = SEGMENT_TARGET;
    } else if (event->type == TIMELINE_VALUE_CURVE && time_s < timeline_event_end_s(event)) {
        result.shape = SEGMENT_CURVE;
        result.end_s = timeline_event_end_s(event);
    }
    return result;
}

static segment segment_at(const timeline *line, const timeline_cursor *cursor, double time_s) {
    const timeline_event *current = event_current(cursor);
    const timeline_event *next = event_next(line, cursor);
    if (next && timeline_event_is_ramp(next) && time_s >= next->anchor_time_s) {
        return segment_of_ramp(next);
    }
    segment result = { .end_s = INFINITY, .value = line->base_value };
    if (current) {
        result = segment_after(current, time_s);
    }
    if (next) {
        result.end_s = fmin(result.end_s, next->time_s);
        if (timeline_event_is_ramp(next)) {
            result.end_s = fmin(result.end_s, next->anchor_time_s);
        }
    }
    return result;
}

static double segment_value(const segment *part, double time_s) {
    switch (part->shape) {
    case SEGMENT_LINEAR:
    case SEGMENT_EXPONENTIAL:
        return timeline_ramp_value(part->event, time_s);
    case SEGMENT_TARGET:
    case SEGMENT_CURVE:
        return timeline_event_value(part->event, time_s);
    case SEGMENT_CONSTANT:
        break;
    }
    return part->value;
}

/* Rows of frames */

static double frame_time_s(uint64_t frame, double sample_rate_hz) {
    return (double)frame / sample_rate_hz;
}

/* How many of the frames [frame, frame + count) lie before end_s, by the very comparison that decides it
 * for a single frame. The first one does. The guess is off by one at most: one too many is taken back,
 * one too few becomes a segment of its own. */
static uint32_t frames_before(double end_s, uint64_t frame, uint32_t count, double sample_rate_hz) {
    if (frame_time_s(frame + count - 1, sample_rate_hz) < end_s) {
        return count;
    }
    const double guess = ceil(end_s * sample_rate_hz) - (double)frame;
    uint32_t before = (uint32_t)fmin(fmax(guess, 1.0), (double)count);
    while (before > 1 && frame_time_s(frame + before - 1, sample_rate_hz) >= end_s) {
        before--;
    }
    return before;
}

KERNEL_LOOP static void fill_constant(float *values, uint32_t count, float value) {
    for (uint32_t i = 0; i < count; i++) {
        values[i] = value;
    }
}

KERNEL_LOOP static void fill_linear(float *values, uint32_t count, const timeline_event *ramp,
                                    double first_frame, double sample_rate_hz) {
    const double inverse = inverse_span(ramp_span_s(ramp));
    const timeline_event shape = *ramp; /* no reload per frame: values may alias as far as C knows */
    for (int32_t i = 0; i < (int32_t)count; i++) {
        values[i] = (float)linear_at(&shape, inverse, (first_frame + (double)i) / sample_rate_hz);
    }
}

static void fill_curve(float *values, uint32_t count, const timeline_event *event, double first_frame,
                       double sample_rate_hz) {
    const double pace = curve_pace(event), start_s = event->time_s;
    const timeline_curve *curve = event->curve;
    for (int32_t i = 0; i < (int32_t)count; i++) {
        const double time_s = (first_frame + (double)i) / sample_rate_hz;
        values[i] = (float)curve_at(curve, (time_s - start_s) * pace);
    }
}

/* values[i] = offset + seed * ratio^i, a block of lanes at a time. */
static inline __attribute__((always_inline)) void geometric(float *restrict values, uint32_t count,
                                                            double offset, double seed, double ratio,
                                                            double snap, bool snaps) {
    double powers[LANE_COUNT];
    powers[0] = 1.0;
    for (int k = 1; k < LANE_COUNT; k++) {
        powers[k] = powers[k - 1] * ratio;
    }
    const double step = powers[LANE_COUNT - 1] * ratio;
    uint32_t i = 0;
    for (; i + LANE_COUNT <= count; i += LANE_COUNT) {
        for (int k = 0; k < LANE_COUNT; k++) {
            const double term = seed * powers[k];
            values[i + (uint32_t)k] = (float)(offset + (!snaps || fabs(term) > snap ? term : 0.0));
        }
        seed *= step;
    }
    for (uint32_t k = 0; i + k < count; k++) {
        const double term = seed * powers[k];
        values[i + k] = (float)(offset + (!snaps || fabs(term) > snap ? term : 0.0));
    }
}

KERNEL_LOOP static void fill_geometric(float *restrict values, uint32_t count, double offset,
                                       double seed, double ratio) {
    geometric(values, count, offset, seed, ratio, 0.0, false);
}

/* A term of at most snap counts as 0. */
KERNEL_LOOP static void fill_geometric_snapped(float *restrict values, uint32_t count, double offset,
                                               double seed, double ratio, double snap) {
    geometric(values, count, offset, seed, ratio, snap, true);
}

static void fill_exponential(float *values, uint32_t count, const timeline_event *ramp, double time_s,
                             double sample_rate_hz) {
    const double rate = log((double)ramp->value / ramp->anchor_value);
    const double ratio = exp(rate * inverse_span(ramp_span_s(ramp) * sample_rate_hz));
    fill_geometric(values, count, 0.0, exponential_at(ramp, time_s), ratio);
}

static void fill_target(float *values, uint32_t count, const timeline_event *target, double time_s,
                        double sample_rate_hz) {
    const double per_frame = 1.0 / ((double)target->time_constant_s * sample_rate_hz);
    const double ratio = exp(-per_frame), offset = (double)target->value;
    const double seed = timeline_target_distance(target, time_s), snap = timeline_target_snap(target);
    /* Within one time constant it comes no nearer than 1/e: far from arriving, nearly always. */
    if (count * per_frame < 1.0 && fabs(seed) * 0.3 > snap) {
        fill_geometric(values, count, offset, seed, ratio);
    } else {
        fill_geometric_snapped(values, count, offset, seed, ratio, snap);
    }
}

static void fill_segment(float *values, uint32_t count, const segment *part, uint64_t frame,
                         double sample_rate_hz) {
    const double time_s = frame_time_s(frame, sample_rate_hz);
    switch (part->shape) {
    case SEGMENT_CONSTANT:
        fill_constant(values, count, (float)part->value);
        break;
    case SEGMENT_LINEAR:
        fill_linear(values, count, part->event, (double)frame, sample_rate_hz);
        break;
    case SEGMENT_EXPONENTIAL:
        fill_exponential(values, count, part->event, time_s, sample_rate_hz);
        break;
    case SEGMENT_TARGET:
        fill_target(values, count, part->event, time_s, sample_rate_hz);
        break;
    case SEGMENT_CURVE:
        fill_curve(values, count, part->event, (double)frame, sample_rate_hz);
        break;
    }
}

/* While all frames so far are equal only values[0] is written. */
static bool extends_constant(const segment *part, uint32_t done, float *values) {
    if (part->shape != SEGMENT_CONSTANT) {
        return false;
    }
    const float value = (float)part->value;
    if (done == 0) {
        values[0] = value;
    }
    return memcmp(&values[0], &value, sizeof value) == 0; /* to the bit: -0 is not 0 */
}

static bool fill_segments(const timeline *line, timeline_cursor *cursor, uint64_t frame, uint32_t count,
                          double sample_rate_hz, float *values) {
    bool is_constant = true;
    for (uint32_t done = 0; done < count;) {
        const double time_s = frame_time_s(frame + done, sample_rate_hz);
        cursor_seek(line, cursor, time_s);
        const segment part = segment_at(line, cursor, time_s);
        const uint32_t frames = frames_before(part.end_s, frame + done, count - done, sample_rate_hz);
        if (!is_constant || !extends_constant(&part, done, values)) {
            if (is_constant && done > 0) {
                fill_constant(values + 1, done - 1, values[0]);
            }
            is_constant = false;
            fill_segment(values + done, frames, &part, frame + done, sample_rate_hz);
        }
        done += frames;
    }
    return is_constant;
}

bool timeline_fill(const timeline *line, timeline_cursor *cursor, uint64_t frame, uint32_t count,
                   double sample_rate_hz, float *values) {
    assert(count > 0);
    assert(sample_rate_hz > 0.0);
    if (line->count == 0) {
        values[0] = (float)line->base_value;
        return true;
    }
    timeline_cursor from_start = { 0 };
    return fill_segments(line, cursor ? cursor : &from_start, frame, count, sample_rate_hz, values);
}

double timeline_value_at(const timeline *line, timeline_cursor *cursor, double time_s) {
    if (line->count == 0) {
        return line->base_value;
    }
    timeline_cursor from_start = { 0 };
    timeline_cursor *at = cursor ? cursor : &from_start;
    cursor_seek(line, at, time_s);
    const segment part = segment_at(line, at, time_s);
    return segment_value(&part, time_s);
}

float timeline_value_at_frame(const timeline *line, timeline_cursor *cursor, uint64_t frame,
                              double sample_rate_hz) {
    return (float)timeline_value_at(line, cursor, frame_time_s(frame, sample_rate_hz));
}

/* The logarithm is only a first guess: what counts is that the evaluation says "there". */
static double target_settled_time_s(const timeline_event *target) {
    const double distance = fabs(target->anchor_value - (double)target->value);
    const double snap = timeline_target_snap(target);
    if (target->time_constant_s == 0.0f || distance <= snap) {
        return target->time_s;
    }
    const double wait = (log(distance / snap) + 1e-9) * (double)target->time_constant_s;
    double settled_s = target->time_s + wait;
    for (int i = 0; i < 4 && timeline_target_distance(target, settled_s) != 0.0; i++) {
        settled_s = nextafter(settled_s, INFINITY);
    }
    return settled_s;
}

double timeline_settled_time_s(const timeline *line) {
    timeline_cursor last = { 0 };
    cursor_seek(line, &last, INFINITY);
    const timeline_event *event = event_current(&last);
    if (!event) {
        return 0.0;
    }
    return event->type == TIMELINE_SET_TARGET ? target_settled_time_s(event)
                                              : timeline_event_end_s(event);
}
