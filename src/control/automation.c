/* The rules of the AudioParam methods. Web Audio 1.1, "AudioParam methods".
 *
 *   edit --> check --> clamp to now --> place --> overlap rules --> anchor --> splice --> re-anchor followers
 *
 * Where the text leaves room:
 *   - A ramp with no event before it makes the implicit setValueAtTime(value, now) that the text speaks
 *     of the base of the timeline: it costs no event, and a later ramp finds it as the text says.
 *   - A value that was set directly survives a cancel at the very time of the setter, as the text says of
 *     the intrinsic value. With no event before now it needs no event of its own: it is the base.
 *   - cancelScheduledValues also cancels a setTarget that runs at the cancel time, as "any active
 *     automations" says; one that has arrived, to float precision, is over and stays.
 *   - cancelAndHold sees the end of a curve as the event that the text implies there.
 */
#include "automation_store.h"
#include "../boundary/timeline_event.h"
#include "../error.h"
#include <assert.h>
#include <float.h>
#include <math.h>

/* timeline_event.flags */
enum { SET_DIRECTLY = 1 };

timeline timeline_constant(double value) {
    return (timeline){ .base_value = value };
}

/* Checks of the arguments alone */

static wa_status check_finite(const automation_edit *edit) {
    if (!isfinite(edit->value)) {
        return error_set(WA_ERR_TYPE, "value: must be a finite number");
    }
    if (!isfinite(edit->time_s)) {
        return error_set(WA_ERR_TYPE, "time: must be a finite number of seconds");
    }
    if (!isfinite(edit->time_constant_s)) {
        return error_set(WA_ERR_TYPE, "timeConstant: must be a finite number of seconds");
    }
    if (!isfinite(edit->duration_s)) {
        return error_set(WA_ERR_TYPE, "duration: must be a finite number of seconds");
    }
    return WA_OK;
}

static wa_status check_curve(const automation_edit *edit) {
    if (!edit->curve) {
        return error_set(WA_ERR_TYPE, "values: is NULL");
    }
    if (edit->curve_count < 2) {
        return error_set(WA_ERR_INVALID_STATE, "values: a curve has at least 2 values, not %u",
                         edit->curve_count);
    }
    for (uint32_t i = 0; i < edit->curve_count; i++) {
        if (!isfinite(edit->curve[i])) {
            return error_set(WA_ERR_TYPE, "values[%u]: must be a finite number", i);
        }
    }
    if (!(edit->duration_s > 0.0)) {
        return error_set(WA_ERR_RANGE, "duration: must be above 0 s, not %g", edit->duration_s);
    }
    return WA_OK;
}

static wa_status check_edit(const automation_edit *edit) {
    const wa_status status = check_finite(edit);
    if (status != WA_OK) {
        return status;
    }
    if (edit->kind != AUTOMATION_SET_VALUE && edit->time_s < 0.0) {
        return error_set(WA_ERR_RANGE, "time: must be at least 0 s, not %g", edit->time_s);
    }
    if (edit->kind == AUTOMATION_EXPONENTIAL_RAMP && edit->value == 0.0f) {
        return error_set(WA_ERR_RANGE, "value: an exponential ramp cannot end at 0");
    }
    if (edit->kind == AUTOMATION_SET_TARGET && edit->time_constant_s < 0.0f) {
        return error_set(WA_ERR_RANGE, "timeConstant: must be at least 0 s, not %g",
                         (double)edit->time_constant_s);
    }
    return edit->kind == AUTOMATION_VALUE_CURVE ? check_curve(edit) : WA_OK;
}

/* Rules between events */

static wa_status check_overlap(const line_place *place, const timeline_event *event) {
    const timeline_event *before = place->before, *after = place->after;
    if (before && before->type == TIMELINE_VALUE_CURVE &&
        event->time_s < timeline_event_end_s(before)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "time: %g s lies inside the value curve of [%g, %g) s",
                         event->time_s, before->time_s, timeline_event_end_s(before));
    }
    if (after && event->type == TIMELINE_VALUE_CURVE && after->time_s < timeline_event_end_s(event)) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "time: there is an event at %g s, inside the value curve of [%g, %g) s",
                         after->time_s, event->time_s, timeline_event_end_s(event));
    }
    return WA_OK;
}

/* A ramp starts where its predecessor leaves the value. */
static void anchor_ramp(timeline *line, const timeline_event *before, double now_s,
                        timeline_event *ramp) {
    if (!before) {
        if (!line->has_base && !line->base_is_target) {
            line->has_base = line->base_is_implicit = true;
            line->base_time_s = now_s;
        }
        ramp->anchor_time_s = line->has_base ? line->base_time_s : now_s;
        ramp->anchor_value = line->base_value;
    } else if (before->type != TIMELINE_SET_TARGET) {
        ramp->anchor_time_s = timeline_event_end_s(before);
        ramp->anchor_value = (double)before->value;
    } else if (before->time_s <= now_s) {
        ramp->anchor_time_s = now_s;
        ramp->anchor_value = timeline_event_value(before, now_s);
    } else {
        ramp->anchor_time_s = before->time_s;
        ramp->anchor_value = before->anchor_value;
    }
}

static void anchor(timeline *line, const timeline_event *before, double now_s, timeline_event *event) {
    if (timeline_event_is_ramp(event)) {
        anchor_ramp(line, before, now_s, event);
    } else if (event->type == TIMELINE_SET_TARGET) {
        event->anchor_value = before ? timeline_event_value(before, event->time_s) : line->base_value;
    }
}

/* How many events from position on change their anchor if the one before them changes: targets hand the
 * change on, a ramp takes it in, anything else sets a value of its own. */
static uint32_t followers_end(const timeline *line, uint32_t position) {
    line_walk walk = line_walk_from(line, position);
    for (; position < line->count; position++) {
        const timeline_event *event = line_walk_next(&walk);
        if (timeline_event_is_ramp(event)) {
            return position + 1;
        }
        if (event->type != TIMELINE_SET_TARGET) {
            return position;
        }
    }
    return position;
}

static void anchor_followers(timeline *line, uint32_t begin, uint32_t end, double now_s) {
    if (begin == end) {
        return;
    }
    const timeline_event *before = begin > 0 ? line_event(line, begin - 1) : NULL;
    line_walk walk = line_walk_from(line, begin);
    for (uint32_t position = begin; position < end; position++) {
        timeline_event *event = line_walk_next(&walk);
        anchor(line, before, now_s, event);
        before = event;
    }
}

/* Methods that add an event */

static wa_status insert(timeline_store *store, timeline *line, timeline_event event, double now_s,
                        timeline_garbage *garbage) {
    const line_place place = line_find(line, event.time_s, false);
    wa_status status = check_overlap(&place, &event);
    if (status != WA_OK) {
        return status;
    }
    timeline next = *line;
    anchor(&next, place.before, now_s, &event);
    const uint32_t end = followers_end(&next, place.position);
    status = line_splice(store, &next, place.position, end, &event, garbage);
    if (status != WA_OK) {
        return status;
    }
    anchor_followers(&next, place.position + 1, end + 1, now_s);
    *line = next;
    return WA_OK;
}

static timeline_event event_of(const automation_edit *edit) {
    static const uint32_t types[] = {
        [AUTOMATION_SET_VALUE] = TIMELINE_SET_VALUE,
        [AUTOMATION_SET_VALUE_AT_TIME] = TIMELINE_SET_VALUE,
        [AUTOMATION_LINEAR_RAMP] = TIMELINE_LINEAR_RAMP,
        [AUTOMATION_EXPONENTIAL_RAMP] = TIMELINE_EXPONENTIAL_RAMP,
        [AUTOMATION_SET_TARGET] = TIMELINE_SET_TARGET,
        [AUTOMATION_VALUE_CURVE] = TIMELINE_VALUE_CURVE,
    };
    timeline_event event = { .time_s = fmax(edit->time_s, edit->now_s),
                             .value = edit->value,
                             .type = types[edit->kind] };
    if (edit->kind == AUTOMATION_SET_TARGET) {
        /* Below the normal floats it is a jump, whether or not the render thread flushes them. */
        event.time_constant_s = edit->time_constant_s >= FLT_MIN ? edit->time_constant_s : 0.0f;
    }
    return event;
}

static wa_status insert_curve(timeline_store *store, timeline *line, const automation_edit *edit,
                              timeline_garbage *garbage) {
    timeline_event event = event_of(edit);
    event.duration_s = edit->duration_s;
    event.value = edit->curve[edit->curve_count - 1];
    const line_place place = line_find(line, event.time_s, false);
    wa_status status = check_overlap(&place, &event); /* before a large copy is made */
    timeline_curve *curve = NULL;
    if (status == WA_OK) {
        status = store_curve_create(store, edit->curve, edit->curve_count, &curve);
    }
    if (status != WA_OK) {
        return status;
    }
    event.curve = curve;
    status = insert(store, line, event, edit->now_s, garbage);
    if (status != WA_OK) {
        store_curve_free(store, curve);
    }
    return status;
}

/* Before all events it needs none: the base is the value that was set. */
static wa_status set_value(timeline_store *store, timeline *line, const automation_edit *edit,
                           timeline_garbage *garbage) {
    timeline_event event = event_of(edit);
    event.time_s = edit->now_s;
    event.flags = SET_DIRECTLY;
    if (line_find(line, event.time_s, false).position > 0) {
        return insert(store, line, event, edit->now_s, garbage);
    }
    timeline next = *line;
    next.base_value = (double)edit->value;
    next.base_time_s = edit->now_s;
    next.has_base = true;
    next.base_is_target = next.base_is_implicit = false;
    const uint32_t end = followers_end(&next, 0);
    if (end > 0) {
        const wa_status status = line_splice(store, &next, 0, end, NULL, garbage);
        if (status != WA_OK) {
            return status;
        }
        anchor_followers(&next, 0, end, edit->now_s);
    }
    *line = next;
    return WA_OK;
}

/* Methods that remove events */

/* Is the last event before a cancel at time_s still at work then? Ramps are not: they end before. */
static bool is_active(const line_place *place, double time_s) {
    const timeline_event *event = place->before, *next = place->after;
    if (!event) {
        return false;
    }
    if (event->type == TIMELINE_VALUE_CURVE) {
        return time_s <= timeline_event_end_s(event);
    }
    const bool is_replaced = next && timeline_event_is_ramp(next) && next->anchor_time_s <= time_s;
    return event->type == TIMELINE_SET_TARGET && !is_replaced &&
           timeline_target_distance(event, time_s) != 0.0;
}

/* Where the run of targets that ends with the one before `end` begins: each was still on its way when
 * the next one took over. */
static uint32_t target_run_begin(const timeline *line, uint32_t end) {
    uint32_t begin = 0;
    const timeline_event *before = NULL;
    line_walk walk = line_walk_from(line, 0);
    for (uint32_t position = 0; position < end; position++) {
        const timeline_event *event = line_walk_next(&walk);
        const bool continues = before && before->type == TIMELINE_SET_TARGET &&
                               timeline_target_distance(before, event->time_s) != 0.0;
        begin = continues ? begin : position;
        before = event;
    }
    return begin;
}

/* Behind the last value that was set directly at time_s, if there is one from position on. */
static uint32_t set_directly_end(const timeline *line, uint32_t position, double time_s) {
    uint32_t end = 0;
    line_walk walk = line_walk_from(line, position);
    for (; position < line->count; position++) {
        const timeline_event *event = line_walk_next(&walk);
        if (event->time_s > time_s) {
            break;
        }
        end = event->flags & SET_DIRECTLY ? position + 1 : end;
    }
    return end;
}

static void cancel(timeline *line, double time_s, timeline_garbage *garbage) {
    const line_place place = line_find(line, time_s, true);
    uint32_t keep_count = set_directly_end(line, place.position, time_s);
    if (keep_count == 0) {
        keep_count = place.position;
        if (is_active(&place, time_s)) {
            const bool is_curve = place.before->type == TIMELINE_VALUE_CURVE;
            keep_count = is_curve ? keep_count - 1 : target_run_begin(line, keep_count);
        }
    }
    line_truncate(line, keep_count, garbage);
    if (line->base_is_implicit && line->base_time_s >= time_s) {
        line->has_base = line->base_is_implicit = false;
    }
}

/* The event that cancelAndHold leaves at time_s; type 0 if it need not leave one. */
static timeline_event hold_event(const timeline *line, const line_place *place, double time_s) {
    const timeline_event *first = place->before, *second = place->after;
    timeline_event hold = { .time_s = time_s, .type = TIMELINE_HOLD };
    if (first && first->type == TIMELINE_VALUE_CURVE && time_s < timeline_event_end_s(first)) {
        hold.value = (float)timeline_event_value(first, time_s);
    } else if (second && timeline_event_is_ramp(second)) {
        hold = *second;
        hold.time_s = time_s;
        hold.value = (float)timeline_ramp_value(second, time_s);
    } else if (first && first->type == TIMELINE_SET_TARGET) {
        hold.value = (float)timeline_event_value(first, time_s);
    } else if (!first && line->base_is_target) {
        hold.value = (float)line->base_value;
    } else {
        hold.type = 0;
    }
    return hold;
}

static wa_status cancel_and_hold(timeline_store *store, timeline *line, double time_s,
                                 timeline_garbage *garbage) {
    const line_place place = line_find(line, time_s, false);
    const timeline_event hold = hold_event(line, &place, time_s);
    if (hold.type != 0) {
        return line_replace_end(store, line, place.position, &hold, garbage);
    }
    line_truncate(line, place.position, garbage);
    return WA_OK;
}

wa_status automation_apply(timeline_store *store, timeline *line, const automation_edit *edit,
                           timeline_garbage *garbage) {
    assert(isfinite(edit->now_s));
    assert(edit->now_s >= 0.0);
    *garbage = (timeline_garbage){ 0 };
    const wa_status status = check_edit(edit);
    if (status != WA_OK) {
        return status;
    }
    switch (edit->kind) {
    case AUTOMATION_SET_VALUE:
        return set_value(store, line, edit, garbage);
    case AUTOMATION_SET_VALUE_AT_TIME:
    case AUTOMATION_LINEAR_RAMP:
    case AUTOMATION_EXPONENTIAL_RAMP:
    case AUTOMATION_SET_TARGET:
        return insert(store, line, event_of(edit), edit->now_s, garbage);
    case AUTOMATION_VALUE_CURVE:
        return insert_curve(store, line, edit, garbage);
    case AUTOMATION_CANCEL:
        cancel(line, fmax(edit->time_s, edit->now_s), garbage);
        return WA_OK;
    case AUTOMATION_CANCEL_AND_HOLD:
        return cancel_and_hold(store, line, fmax(edit->time_s, edit->now_s), garbage);
    }
    assert(!"a kind that is none");
    return WA_ERR_TYPE;
}

/* Collapsing the past */

/* Over for good: nothing that may still be called can bring it back, so it must lie strictly before
 * time_s. A setTarget must have arrived with a margin, so that no rounding of a row sees it move. */
static bool is_over(const timeline_event *event, double time_s) {
    if (event->type == TIMELINE_SET_TARGET) {
        const double earlier_s = time_s - 1e-3 * (double)event->time_constant_s;
        return earlier_s > event->time_s && timeline_target_distance(event, earlier_s) == 0.0;
    }
    return timeline_event_end_s(event) < time_s;
}

static void set_base(timeline *line, const timeline_event *event) {
    line->base_is_target = event->type == TIMELINE_SET_TARGET;
    line->has_base = !line->base_is_target;
    line->base_is_implicit = false;
    line->base_time_s = timeline_event_end_s(event);
    line->base_value = (double)event->value;
}

typedef struct past {
    uint32_t count;             /* events before time_s */
    uint32_t drop_count;        /* of them need not stay in the list */
    const timeline_event *base; /* what a cancel of all that stays falls back to; NULL: as it is */
} past;

/* From the first event on: when one is over, all before it is forgotten and it becomes the base. A target
 * hides those of its run before it, but not the base that a cancel falls back to; it is over itself only if
 * it arrived before the next event took over. A curve that runs hides nothing: it can be cancelled alone. */
static past past_before(const timeline *line, double time_s) {
    past result = { 0 };
    const timeline_event *before = NULL;
    line_walk walk = line_walk_from(line, 0);
    for (; result.count < line->count; result.count++) {
        const timeline_event *event = line_walk_next(&walk);
        if (event->time_s >= time_s) {
            break;
        }
        if (event->type == TIMELINE_SET_TARGET) {
            const bool was_there = before && before->type == TIMELINE_SET_TARGET &&
                                   timeline_target_distance(before, event->time_s) == 0.0;
            result.base = was_there ? before : result.base;
            result.drop_count = result.count;
        } else if (is_over(event, time_s)) {
            result.base = event;
            result.drop_count = result.count + 1;
        }
        before = event;
    }
    if (before && before->type == TIMELINE_SET_TARGET && is_over(before, time_s)) {
        result.base = before;
        result.drop_count = result.count;
    }
    return result;
}

bool automation_collapse(timeline_store *store, timeline *line, double time_s,
                         timeline_garbage *garbage) {
    (void)store;
    *garbage = (timeline_garbage){ 0 };
    const past folded = past_before(line, time_s);
    if (folded.drop_count == 0) {
        return false;
    }
    if (folded.base) {
        set_base(line, folded.base); /* reads the event, which stays until garbage is freed */
    }
    line_drop_front(line, folded.drop_count, garbage);
    return true;
}
