/* tests/unit/automation_oracle.h -- the AudioParam methods of Web Audio 1.1, slow and straight from the text.
 *
 * A plain array of events; implicit setValueAtTime calls of the text are real entries of it. Nothing is
 * anchored, kept or collapsed: every value is worked out from the first event on, in double.
 * Readings where the text is open: the implicit event at the end of a curve comes before events that were
 * there at that time already; a setTarget that is within a float's precision of its end is not active.
 */
#ifndef WA_TESTS_UNIT_AUTOMATION_ORACLE_H
#define WA_TESTS_UNIT_AUTOMATION_ORACLE_H
#include "control/automation.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { ORACLE_EVENT_COUNT_MAX = 256, ORACLE_CURVE_COUNT_MAX = 64 };

typedef enum oracle_type {
    ORACLE_SET,
    ORACLE_LINEAR,
    ORACLE_EXPONENTIAL,
    ORACLE_TARGET,
    ORACLE_CURVE
} oracle_type;

typedef struct oracle_event {
    oracle_type type;
    double time, value, time_constant, duration;
    double cut;     /* of a curve: from here on it is no longer looked at */
    double call;    /* currentTime when it was added */
    bool is_direct; /* by the value setter: its value survives a cancel at its own time */
    double curve[ORACLE_CURVE_COUNT_MAX];
    int curve_count;
} oracle_event;

typedef struct oracle {
    double value; /* the attribute, with no event */
    int count;
    oracle_event events[ORACLE_EVENT_COUNT_MAX];
} oracle;

static inline bool oracle_is_ramp(const oracle_event *event) {
    return event->type == ORACLE_LINEAR || event->type == ORACLE_EXPONENTIAL;
}

static inline double oracle_curve(const oracle_event *event, double t) {
    const double x = (event->curve_count - 1) / event->duration * (t - event->time);
    int k = (int)floor(x);
    k = k > event->curve_count - 2 ? event->curve_count - 2 : k;
    return event->curve[k] + (event->curve[k + 1] - event->curve[k]) * (x - k);
}

/* What the first `count` events say at t, which is not before any of them. */
static inline double oracle_prefix(const oracle *list, int count, double t) {
    if (count == 0) {
        return list->value;
    }
    const oracle_event *event = &list->events[count - 1];
    if (event->type == ORACLE_TARGET) {
        const double from = oracle_prefix(list, count - 1, event->time);
        const double decay =
            event->time_constant == 0 ? 0 : exp(-(t - event->time) / event->time_constant);
        const double rest = (from - event->value) * decay;
        return fabs(rest) > 0x1p-126 ? event->value + rest : event->value; /* a ramp may start here */
    }
    if (event->type == ORACLE_CURVE) {
        const double end = fmin(event->time + event->duration, event->cut);
        return t < end ? oracle_curve(event, t) : event->curve[event->curve_count - 1];
    }
    return event->value;
}

/* T0 and V0 of the ramp at index. */
static inline void oracle_ramp_start(const oracle *list, int index, double *t0, double *v0) {
    const oracle_event *before = &list->events[index > 0 ? index - 1 : 0]; /* never 0: see oracle_add */
    *t0 = before->time;
    *v0 = oracle_prefix(list, index, before->time);
    if (before->type == ORACLE_TARGET) {
        const double current = fmax(before->call, list->events[index].call);
        if (before->time <= current) {
            *t0 = current;
            *v0 = oracle_prefix(list, index, current);
        } else {
            *v0 = oracle_prefix(list, index - 1, before->time);
        }
    }
}

static inline double oracle_ramp(const oracle *list, int index, double t) {
    const oracle_event *ramp = &list->events[index];
    double t0, v0;
    oracle_ramp_start(list, index, &t0, &v0);
    const double x = (t - t0) / (ramp->time - t0);
    if (ramp->type == ORACLE_LINEAR) {
        return v0 + (ramp->value - v0) * x;
    }
    return v0 == 0 || v0 * ramp->value <= 0 ? v0 : v0 * pow(ramp->value / v0, x);
}

static inline int oracle_count_until(const oracle *list, double t) {
    int count = 0;
    while (count < list->count && list->events[count].time <= t) {
        count++;
    }
    return count;
}

/* Is the ramp after the first `count` events under way at t? */
static inline bool oracle_in_ramp(const oracle *list, int count, double t) {
    if (count == list->count || !oracle_is_ramp(&list->events[count])) {
        return false;
    }
    double t0, v0;
    oracle_ramp_start(list, count, &t0, &v0);
    return t >= t0;
}

static inline double oracle_value(const oracle *list, double t) {
    const int count = oracle_count_until(list, t);
    return oracle_in_ramp(list, count, t) ? oracle_ramp(list, count, t) : oracle_prefix(list, count, t);
}

static inline void oracle_put(oracle *list, int index, const oracle_event *event) {
    assert(list->count < ORACLE_EVENT_COUNT_MAX);
    memmove(&list->events[index + 1], &list->events[index],
            (size_t)(list->count - index) * sizeof *event);
    list->events[index] = *event;
    list->count++;
}

static inline wa_status oracle_add(oracle *list, const oracle_event *event) {
    for (int i = 0; i < list->count; i++) {
        const oracle_event *other = &list->events[i];
        const double end =
            other->type == ORACLE_CURVE ? fmin(other->time + other->duration, other->cut) : 0;
        if (other->type == ORACLE_CURVE && event->time >= other->time && event->time < end) {
            return WA_ERR_NOT_SUPPORTED;
        }
        if (event->type == ORACLE_CURVE && other->time > event->time &&
            other->time < event->time + event->duration) {
            return WA_ERR_NOT_SUPPORTED;
        }
    }
    int index = oracle_count_until(list, event->time);
    if (index == 0 && oracle_is_ramp(event)) {
        const oracle_event implicit = { .type = ORACLE_SET,
                                        .time = event->call,
                                        .call = event->call,
                                        .value = oracle_value(list, event->call) };
        oracle_put(list, index++, &implicit);
    }
    oracle_put(list, index++, event);
    if (event->type == ORACLE_CURVE) {
        const oracle_event implicit = { .type = ORACLE_SET,
                                        .time = event->time + event->duration,
                                        .value = event->curve[event->curve_count - 1],
                                        .call = event->call };
        oracle_put(list, index, &implicit);
    }
    return WA_OK;
}

static inline bool oracle_moves(const oracle *list, int index, double t) {
    const oracle_event *event = &list->events[index];
    const double from = fabs(oracle_prefix(list, index, event->time) - event->value);
    const double decay = event->time_constant == 0 ? 0 : exp(-(t - event->time) / event->time_constant);
    return from * decay > fmax(fabs(event->value) * 0x1p-24, 0x1p-126);
}

static inline void oracle_cancel(oracle *list, double t) {
    int keep = 0;
    while (keep < list->count && list->events[keep].time < t) {
        keep++;
    }
    for (int i = list->count - 1; i >= keep; i--) {
        if (list->events[i].is_direct && list->events[i].time <= t) {
            list->count = i + 1;
            return;
        }
    }
    const oracle_event *last = keep > 0 ? &list->events[keep - 1] : NULL;
    if (last && last->type == ORACLE_CURVE) {
        keep -= t <= fmin(last->time + last->duration, last->cut);
    } else if (last && last->type == ORACLE_TARGET && !oracle_in_ramp(list, keep, t)) {
        while (keep > 0 && list->events[keep - 1].type == ORACLE_TARGET &&
               oracle_moves(list, keep - 1, t)) {
            keep--;
            t = list->events[keep].time;
        }
    }
    list->count = keep;
}

static inline void oracle_cancel_and_hold(oracle *list, double t) {
    const int count = oracle_count_until(list, t);
    oracle_event *first = count > 0 ? &list->events[count - 1] : NULL;
    oracle_event *second = count < list->count ? &list->events[count] : NULL;
    const oracle_event hold = { .type = ORACLE_SET, .time = t, .value = oracle_value(list, t) };
    if (second && oracle_is_ramp(second)) {
        second->value = hold.value;
        second->time = t;
        list->count = count + 1;
        return;
    }
    list->count = count;
    if (first && first->type == ORACLE_CURVE) {
        first->cut = t;
        oracle_put(list, count, &hold);
    } else if (first && first->type == ORACLE_TARGET) {
        oracle_put(list, count, &hold);
    }
}

/* Only edits whose arguments alone are legal. */
static inline wa_status oracle_apply(oracle *list, const automation_edit *edit) {
    oracle_event event = { .time = fmax(edit->time_s, edit->now_s),
                           .value = (double)edit->value,
                           .time_constant = (double)edit->time_constant_s,
                           .duration = edit->duration_s,
                           .cut = INFINITY,
                           .call = edit->now_s };
    switch (edit->kind) {
    case AUTOMATION_SET_VALUE:
        event.time = edit->now_s;
        event.is_direct = true;
        return oracle_add(list, &event);
    case AUTOMATION_SET_VALUE_AT_TIME:
        return oracle_add(list, &event);
    case AUTOMATION_LINEAR_RAMP:
        event.type = ORACLE_LINEAR;
        return oracle_add(list, &event);
    case AUTOMATION_EXPONENTIAL_RAMP:
        event.type = ORACLE_EXPONENTIAL;
        return oracle_add(list, &event);
    case AUTOMATION_SET_TARGET:
        event.type = ORACLE_TARGET;
        return oracle_add(list, &event);
    case AUTOMATION_VALUE_CURVE:
        event.type = ORACLE_CURVE;
        event.curve_count = (int)edit->curve_count;
        for (int i = 0; i < event.curve_count; i++) {
            event.curve[i] = (double)edit->curve[i];
        }
        return oracle_add(list, &event);
    case AUTOMATION_CANCEL:
        oracle_cancel(list, event.time);
        return WA_OK;
    case AUTOMATION_CANCEL_AND_HOLD:
        oracle_cancel_and_hold(list, event.time);
        return WA_OK;
    }
    return WA_ERR_TYPE;
}
#endif /* WA_TESTS_UNIT_AUTOMATION_ORACLE_H */
