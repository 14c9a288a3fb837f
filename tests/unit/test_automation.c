/* The AudioParam methods against the text of Web Audio 1.1 (automation_oracle.h): rows of edits, rejected
 * edits, and random scenarios that also undo, collapse and look back at the published form. M1.3 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "automation_oracle.h"
#include "boundary/timeline_event.h"
#include "control/automation_store.h"
#include <float.h>
#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const float curve_up[] = { 0.25f, 1.0f, 0.5f };
static const float curve_two[] = { -1.0f, 1.0f };

typedef struct fixture {
    wa_engine *engine;
    timeline_store *store;
} fixture;

static uint64_t param_bytes(const fixture *own) {
    wa_memory_stats stats;
    wa_engine_memory_stats(own->engine, &stats);
    return stats.category_bytes[WA_MEMORY_PARAMS];
}

static int setup(void **state) {
    static fixture own;
    assert_int_equal(wa_engine_create(NULL, &own.engine), WA_OK);
    assert_int_equal(param_bytes(&own), 0);
    assert_int_equal(timeline_store_create(own.engine, &own.store), WA_OK);
    *state = &own;
    return 0;
}

static int teardown(void **state) {
    fixture *own = *state;
    assert_int_equal(own->store->chunks.used_count, 0); /* every test gives all back itself */
    assert_null(own->store->curves);
    timeline_store_destroy(own->store);
    assert_int_equal(param_bytes(own), 0);
    assert_int_equal(wa_engine_destroy(own->engine), WA_OK);
    return 0;
}

/* Rows: edits one after another, then values at some times */

#define SET(v, t, now)                                                                                 \
    { AUTOMATION_SET_VALUE_AT_TIME, v, t, now, 0, 0, NULL, 0 }
#define VALUE(v, now)                                                                                  \
    { AUTOMATION_SET_VALUE, v, 0, now, 0, 0, NULL, 0 }
#define LINEAR(v, t, now)                                                                              \
    { AUTOMATION_LINEAR_RAMP, v, t, now, 0, 0, NULL, 0 }
#define EXPONENTIAL(v, t, now)                                                                         \
    { AUTOMATION_EXPONENTIAL_RAMP, v, t, now, 0, 0, NULL, 0 }
#define TARGET(v, t, tau, now)                                                                         \
    { AUTOMATION_SET_TARGET, v, t, now, tau, 0, NULL, 0 }
#define CURVE(t, d, now)                                                                               \
    { AUTOMATION_VALUE_CURVE, 0, t, now, 0, d, curve_up, 3 }
#define CANCEL(t, now)                                                                                 \
    { AUTOMATION_CANCEL, 0, t, now, 0, 0, NULL, 0 }
#define HOLD(t, now)                                                                                   \
    { AUTOMATION_CANCEL_AND_HOLD, 0, t, now, 0, 0, NULL, 0 }

enum { EDIT_MAX = 6, PROBE_MAX = 6 };
typedef struct row {
    const char *name;
    automation_edit edits[EDIT_MAX];
    struct {
        double time_s, value;
    } probes[PROBE_MAX]; /* by hand; the last one repeats */
} row;

/* exp(-1) and friends, so that the expectations do not come from the code's own formulas. */
#define E1 0.36787944117144233
#define E2 0.13533528323661270

static const row rows[] = {
    { "no event", { { 0 } }, { { 0, 0.5 }, { 9, 0.5 } } },
    { "set", { SET(2, 1, 0) }, { { 0, 0.5 }, { 0.999, 0.5 }, { 1, 2 }, { 9, 2 } } },
    { "same time: later call wins", { SET(2, 1, 0), SET(3, 1, 0) }, { { 0.9, 0.5 }, { 1, 3 } } },
    { "past is now", { SET(2, 1, 4) }, { { 3.9, 0.5 }, { 4, 2 } } },
    { "insert before the end", { SET(2, 4, 0), SET(1, 2, 0) }, { { 1, 0.5 }, { 2, 1 }, { 4, 2 } } },
    { "ramp after set",
      { SET(1, 1, 0), LINEAR(3, 3, 0) },
      { { 0.5, 0.5 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 3 } } },
    { "ramp with no event starts at the call",
      { LINEAR(1.5f, 4, 2) },
      { { 2, 0.5 }, { 3, 1 }, { 4, 1.5 } } },
    { "later ramp in front of it",
      { LINEAR(2.5f, 4, 0), LINEAR(1.5f, 2, 1) },
      { { 1, 1 }, { 2, 1.5 }, { 3, 2 }, { 4, 2.5 } } },
    { "ramps in a row",
      { LINEAR(1.5f, 2, 0), LINEAR(0.5f, 4, 0) },
      { { 1, 1 }, { 2, 1.5 }, { 3, 1 }, { 4, 0.5 } } },
    { "zero length ramp jumps", { SET(1, 2, 0), LINEAR(3, 2, 0) }, { { 1.9, 0.5 }, { 2, 3 } } },
    { "set splits a ramp",
      { LINEAR(4.5f, 4, 0), SET(1, 2, 0) },
      { { 1, 0.5 }, { 2, 1 }, { 3, 2.75 }, { 4, 4.5 } } },
    { "exponential",
      { SET(1, 0, 0), EXPONENTIAL(4, 2, 0) },
      { { 0, 1 }, { 1, 2 }, { 2, 4 }, { 3, 4 } } },
    { "negative exponential",
      { SET(-1, 0, 0), EXPONENTIAL(-4, 2, 0) },
      { { 0, -1 }, { 1, -2 }, { 2, -4 } } },
    { "exponential from 0 holds",
      { SET(0, 0, 0), EXPONENTIAL(4, 2, 0) },
      { { 0, 0 }, { 1.9, 0 }, { 2, 4 } } },
    { "exponential across 0 holds",
      { SET(-1, 0, 0), EXPONENTIAL(4, 2, 0) },
      { { 1.9, -1 }, { 2, 4 } } },
    { "target", { SET(1, 0, 0), TARGET(0, 1, 0.5f, 0) }, { { 1, 1 }, { 1.5, E1 }, { 2, E2 } } },
    { "target jumps without time constant", { TARGET(2, 1, 0, 0) }, { { 0.9, 0.5 }, { 1, 2 } } },
    { "target after target",
      { TARGET(1.5f, 0, 1, 0), TARGET(0, 1, 1, 0) },
      { { 1, 1.5 - E1 }, { 2, (1.5 - E1) * E1 } } },
    { "ramp replaces a target not started",
      { TARGET(9, 1, 1, 0), LINEAR(2.5f, 3, 0) },
      { { 0.9, 0.5 }, { 1, 0.5 }, { 2, 1.5 }, { 3, 2.5 } } },
    { "ramp leaves a running target",
      { TARGET(1.5f, 0, 1, 0), LINEAR(1.5f, 3, 1) },
      { { 0.5, 1.5 - 0.60653065971263342 }, { 1, 1.5 - E1 }, { 2, 1.5 - E1 / 2 }, { 3, 1.5 } } },
    { "set re-anchors a target",
      { TARGET(0, 2, 1, 0), SET(1, 1, 0) },
      { { 1, 1 }, { 2, 1 }, { 3, E1 } } },
    { "set re-anchors target and ramp",
      { TARGET(9, 2, 1, 0), LINEAR(3, 4, 0), SET(1, 1, 0) },
      { { 1.5, 1 }, { 2, 1 }, { 3, 2 }, { 4, 3 } } },
    { "curve",
      { CURVE(1, 2, 0) },
      { { 0.9, 0.5 }, { 1, 0.25 }, { 1.5, 0.625 }, { 2, 1 }, { 2.5, 0.75 }, { 3, 0.5 } } },
    { "ramp from the end of a curve",
      { CURVE(1, 2, 0), LINEAR(1.5f, 5, 0) },
      { { 2.5, 0.75 }, { 3, 0.5 }, { 4, 1 }, { 5, 1.5 } } },
    { "curve put before a ramp",
      { LINEAR(1.5f, 5, 0), CURVE(1, 2, 0) },
      { { 0.9, 0.5 }, { 2, 1 }, { 3, 0.5 }, { 4, 1 }, { 5, 1.5 } } },
    { "event at the end of a curve stays",
      { SET(7, 3, 0), CURVE(1, 2, 0) },
      { { 2.5, 0.75 }, { 3, 7 } } },
    { "cancel",
      { SET(2, 1, 0), SET(3, 2, 0), SET(4, 3, 0), CANCEL(2, 0) },
      { { 1, 2 }, { 2, 2 }, { 9, 2 } } },
    { "cancel all, add again",
      { SET(2, 1, 0), SET(3, 2, 0), CANCEL(0, 0), SET(1, 1, 0) },
      { { 0.9, 0.5 }, { 1, 1 }, { 9, 1 } } },
    { "cancel some, add again",
      { SET(2, 1, 0), SET(3, 2, 0), CANCEL(2, 0), SET(1, 4, 0) },
      { { 1, 2 }, { 3, 2 }, { 4, 1 } } },
    { "cancel a running ramp jumps back",
      { SET(1, 0, 0), LINEAR(3, 2, 0), CANCEL(1, 1) },
      { { 1, 1 }, { 3, 1 } } },
    { "cancel a running curve jumps back",
      { CURVE(1, 2, 0), CANCEL(2, 2) },
      { { 2, 0.5 }, { 3, 0.5 } } },
    { "cancel at the end of a curve", { CURVE(1, 2, 0), CANCEL(3, 0) }, { { 2, 0.5 }, { 3, 0.5 } } },
    { "cancel behind a curve", { CURVE(1, 2, 0), CANCEL(3.5, 0) }, { { 2, 1 }, { 3, 0.5 } } },
    { "cancel a running target",
      { SET(1, 0, 0), TARGET(0, 1, 1, 0), CANCEL(2, 2) },
      { { 2, 1 }, { 3, 1 } } },
    { "cancel a run of targets",
      { SET(1, 0, 0), TARGET(0, 1, 1, 0), TARGET(2, 1.5, 1, 0), CANCEL(2, 2) },
      { { 2, 1 }, { 3, 1 } } },
    { "a target that has arrived stays",
      { TARGET(2, 1, 1e-3f, 0), CANCEL(2, 2) },
      { { 2, 2 }, { 3, 2 } } },
    { "implicit start is cancelled too",
      { LINEAR(1, 4, 0), CANCEL(0, 0), LINEAR(1.5f, 4, 2) },
      { { 2, 0.5 }, { 3, 1 }, { 4, 1.5 } } },
    { "value set survives a cancel then",
      { VALUE(2, 1), SET(3, 1, 1), CANCEL(1, 1) },
      { { 1, 2 }, { 9, 2 } } },
    { "value set behind an event",
      { SET(1, 0, 0), VALUE(2, 1), SET(3, 1, 1), CANCEL(1, 1) },
      { { 1, 2 }, { 9, 2 } } },
    { "value starts a ramp",
      { LINEAR(2.5f, 4, 0), VALUE(1.5f, 2) },
      { { 2, 1.5 }, { 3, 2 }, { 4, 2.5 } } },
    { "hold with no event", { HOLD(1, 0), LINEAR(1.5f, 3, 1) }, { { 1, 0.5 }, { 2, 1 }, { 3, 1.5 } } },
    { "hold a linear ramp",
      { SET(0, 0, 0), LINEAR(4, 4, 0), SET(9, 5, 0), HOLD(1, 0) },
      { { 0.5, 0.5 }, { 1, 1 }, { 3, 1 }, { 6, 1 } } },
    { "hold an exponential ramp",
      { SET(1, 0, 0), EXPONENTIAL(16, 4, 0), HOLD(2, 0) },
      { { 1, 2 }, { 2, 4 }, { 6, 4 } } },
    { "hold a target",
      { SET(1, 0, 0), TARGET(0, 1, 1, 0), HOLD(2, 0), LINEAR(E1 + 1, 3, 2) },
      { { 1, 1 }, { 2, E1 }, { 2.5, E1 + 0.5 }, { 3, E1 + 1 } } },
    { "hold before a target",
      { SET(1, 0, 0), TARGET(0, 2, 1, 0), HOLD(1, 0) },
      { { 1, 1 }, { 3, 1 } } },
    { "hold a curve keeps its samples",
      { CURVE(1, 2, 0), HOLD(1.5, 0) },
      { { 1.25, 0.4375 }, { 1.5, 0.625 }, { 2, 0.625 }, { 9, 0.625 } } },
    { "ramp from a curve that was cut",
      { CURVE(1, 2, 0), HOLD(1.5, 0), LINEAR(1.625f, 2.5, 0) },
      { { 1.25, 0.4375 }, { 2, 1.125 }, { 2.5, 1.625 } } },
    { "hold a curve twice",
      { CURVE(1, 2, 0), HOLD(2.5, 0), HOLD(1.5, 0) },
      { { 1.25, 0.4375 }, { 2, 0.625 } } },
    { "hold behind a curve",
      { CURVE(1, 2, 0), SET(3, 4, 0), HOLD(3.5, 0) },
      { { 2.5, 0.75 }, { 3, 0.5 }, { 9, 0.5 } } },
    { "hold inside a curve before a ramp",
      { CURVE(1, 2, 0), LINEAR(3, 5, 0), HOLD(1.5, 0) },
      { { 1.25, 0.4375 }, { 4, 0.625 } } },
    { "cancel removes a hold",
      { SET(0, 0, 0), LINEAR(4, 4, 0), HOLD(2, 0), CANCEL(1.5, 0) },
      { { 1, 0 }, { 3, 0 } } },
    { "cancel removes a cut curve",
      { CURVE(1, 2, 0), HOLD(2, 0), CANCEL(2, 0) },
      { { 1.5, 0.5 }, { 3, 0.5 } } },
    { "cancel keeps a hold before it",
      { CURVE(1, 2, 0), HOLD(2, 0), CANCEL(2.5, 0) },
      { { 1.5, 0.625 }, { 3, 1 } } },
    { "target after a hold in the middle",
      { LINEAR(4.5f, 4, 0), HOLD(2, 0), TARGET(0, 2, 1, 0) },
      { { 1, 1.5 }, { 2, 2.5 }, { 3, 2.5 * E1 } } },
};

static void assert_near(const char *name, double time_s, double got, double want, double scale) {
    if (!(fabs(got - want) <= 0x1p-22 * fmax(fabs(want), scale))) {
        fail_msg("%s at %.17g s: %.17g, not %.17g", name, time_s, got, want);
    }
}

static void test_rows(void **state) {
    fixture *own = *state;
    static oracle list;
    for (size_t i = 0; i < COUNT(rows); i++) {
        timeline line = timeline_constant(0.5);
        list = (oracle){ .value = 0.5 };
        for (int k = 0; k < EDIT_MAX && rows[i].edits[k].kind != 0; k++) {
            timeline_garbage garbage;
            assert_int_equal(automation_apply(own->store, &line, &rows[i].edits[k], &garbage), WA_OK);
            timeline_garbage_free(own->store, garbage);
            assert_int_equal(oracle_apply(&list, &rows[i].edits[k]), WA_OK);
        }
        for (int k = 0; k < PROBE_MAX && (k == 0 || rows[i].probes[k].time_s > 0); k++) {
            const double time_s = rows[i].probes[k].time_s, want = rows[i].probes[k].value;
            assert_near(rows[i].name, time_s, oracle_value(&list, time_s), want,
                        0); /* the oracle, too */
            assert_near(rows[i].name, time_s, timeline_value_at(&line, NULL, time_s), want, 0);
        }
        timeline_clear(own->store, &line);
    }
}

/* Rejected edits change nothing */

static const struct rejected {
    const char *words;
    wa_status status;
    automation_edit edit;
} rejected[] = {
    { "value", WA_ERR_TYPE, SET(NAN, 0, 0) },
    { "value", WA_ERR_TYPE, VALUE(INFINITY, 0) },
    { "time", WA_ERR_TYPE, LINEAR(1, INFINITY, 0) },
    { "time", WA_ERR_TYPE, CANCEL(NAN, 0) },
    { "time", WA_ERR_TYPE, HOLD(-INFINITY, 0) },
    { "timeConstant", WA_ERR_TYPE, TARGET(1, 1, NAN, 0) },
    { "duration", WA_ERR_TYPE, CURVE(1, INFINITY, 0) },
    { "values", WA_ERR_TYPE, { AUTOMATION_VALUE_CURVE, 0, 20, 0, 0, 1, NULL, 2 } },
    { "values[1]",
      WA_ERR_TYPE,
      { AUTOMATION_VALUE_CURVE, 0, 20, 0, 0, 1, (const float[]){ 1, NAN }, 2 } },
    { "at least 2", WA_ERR_INVALID_STATE, { AUTOMATION_VALUE_CURVE, 0, 20, 0, 0, 1, curve_two, 1 } },
    { "at least 2", WA_ERR_INVALID_STATE, { AUTOMATION_VALUE_CURVE, 0, 20, 0, 0, 1, curve_two, 0 } },
    { "time", WA_ERR_RANGE, SET(1, -1e-9, 0) },
    { "time", WA_ERR_RANGE, LINEAR(1, -1, 0) },
    { "time", WA_ERR_RANGE, EXPONENTIAL(1, -1, 0) },
    { "time", WA_ERR_RANGE, TARGET(1, -1, 1, 0) },
    { "time", WA_ERR_RANGE, CURVE(-1, 1, 0) },
    { "time", WA_ERR_RANGE, CANCEL(-1, 0) },
    { "time", WA_ERR_RANGE, HOLD(-1, 0) },
    { "exponential", WA_ERR_RANGE, EXPONENTIAL(0, 20, 0) },
    { "exponential", WA_ERR_RANGE, EXPONENTIAL(-0.0f, 20, 0) },
    { "timeConstant", WA_ERR_RANGE, TARGET(1, 20, -1e-9f, 0) },
    { "duration", WA_ERR_RANGE, CURVE(20, 0, 0) },
    { "duration", WA_ERR_RANGE, CURVE(20, -1, 0) },
    /* The list: a set at 2, a curve in [4, 6), a curve in [8, 10) cut at 9, a set at 12. */
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, SET(1, 4, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, SET(1, 5.999, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, LINEAR(1, 5, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, EXPONENTIAL(1, 5, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, TARGET(1, 5, 1, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, CURVE(5, 1, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, CURVE(4, 0.5, 0) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, VALUE(1, 5) },
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, SET(1, 2, 5) }, /* now is inside */
    { "inside the value curve", WA_ERR_NOT_SUPPORTED, SET(1, 8.5, 0) },
    { "there is an event at 2", WA_ERR_NOT_SUPPORTED, CURVE(1.5, 1, 0) },
    { "there is an event at 4", WA_ERR_NOT_SUPPORTED, CURVE(3, 1.5, 0) },
    { "there is an event at 12", WA_ERR_NOT_SUPPORTED, CURVE(11, 1.5, 0) },
};

static const automation_edit allowed[] = {
    SET(1, 6, 0),   SET(1, 9, 0),   CURVE(1, 1, 0),  CURVE(2, 2, 0),
    CURVE(6, 2, 0), CURVE(9, 3, 0), CURVE(12, 9, 0),
};

static timeline busy_line(const fixture *own) {
    const automation_edit edits[] = { SET(1, 2, 0), CURVE(4, 2, 0), CURVE(8, 2, 0), HOLD(9, 0),
                                      SET(1, 12, 0) };
    timeline line = timeline_constant(0.5);
    for (size_t i = 0; i < COUNT(edits); i++) {
        timeline_garbage garbage;
        assert_int_equal(automation_apply(own->store, &line, &edits[i], &garbage), WA_OK);
        timeline_garbage_free(own->store, garbage);
    }
    return line;
}

static void test_rejected(void **state) {
    fixture *own = *state;
    timeline line = busy_line(own);
    const timeline before = line;
    const uint64_t bytes = param_bytes(own), chunks = own->store->chunks.used_count;
    for (size_t i = 0; i < COUNT(rejected); i++) {
        timeline_garbage garbage;
        const wa_status status = automation_apply(own->store, &line, &rejected[i].edit, &garbage);
        if (status != rejected[i].status || !strstr(wa_error_message(), rejected[i].words)) {
            fail_msg("row %zu: %s, \"%s\"", i, wa_status_name(status), wa_error_message());
        }
        assert_memory_equal(&line, &before, sizeof line);
        assert_null(garbage.chunks);
        assert_int_equal(param_bytes(own), bytes);
        assert_int_equal(own->store->chunks.used_count, chunks);
    }
    timeline_clear(own->store, &line);
}

static void test_boundaries_allowed(void **state) {
    fixture *own = *state;
    for (size_t i = 0; i < COUNT(allowed); i++) {
        timeline line = busy_line(own);
        timeline_garbage garbage;
        assert_int_equal(automation_apply(own->store, &line, &allowed[i], &garbage), WA_OK);
        timeline_garbage_free(own->store, garbage);
        timeline_clear(own->store, &line);
    }
}

/* Random scenarios */

typedef struct dice {
    uint64_t state;
} dice;

static uint32_t roll(dice *own, uint32_t sides) {
    own->state = own->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(own->state >> 33) % sides;
}

static double roll_time(dice *own, double from) { /* every third on a coarse grid, so that times meet */
    const double span = (double)roll(own, 1000) / 1000.0 * 2.0;
    return roll(own, 3) == 0 ? floor((from + span) * 4.0) / 4.0 : from + span;
}

static float roll_value(dice *own) {
    return roll(own, 6) == 0 ? 0.0f : (float)roll(own, 4001) / 1000.0f - 2.0f;
}

static automation_edit roll_edit(dice *own, double now_s, float curve[8]) {
    static const float time_constants[] = { 0.0f, 1e-3f, 0.02f, 0.5f, 30.0f };
    automation_edit edit = { .kind = (automation_kind)(1 + roll(own, 8)),
                             .value = roll_value(own),
                             .now_s = now_s };
    edit.time_s = roll(own, 8) == 0 ? now_s : roll_time(own, fmax(now_s - 0.1, 0.0));
    if (edit.kind >= AUTOMATION_CANCEL && roll(own, 2) == 0) {
        edit.kind = AUTOMATION_LINEAR_RAMP; /* fewer cancels, longer lists */
    }
    if (edit.kind == AUTOMATION_EXPONENTIAL_RAMP && edit.value == 0.0f) {
        edit.value = 1.5f;
    }
    edit.time_constant_s = time_constants[roll(own, 5)];
    edit.duration_s = roll(own, 2) ? 0.25 : 0.001 + (double)roll(own, 500) / 1000.0;
    edit.curve_count = 2 + roll(own, 7);
    edit.curve = curve;
    for (uint32_t i = 0; i < edit.curve_count; i++) {
        curve[i] = roll_value(own);
    }
    return edit;
}

enum { RATE = 8000, ROW_FRAMES = 512, SCENARIO_COUNT = 300, SCENARIO_EDITS = 24 };

static uint64_t first_frame(double now_s) {
    const uint64_t frame = (uint64_t)ceil(now_s * RATE);
    return (double)frame / RATE < now_s ? frame + 1 : frame;
}

static void read_row(const timeline *line, double now_s, float values[ROW_FRAMES]) {
    if (timeline_fill(line, NULL, first_frame(now_s), ROW_FRAMES, RATE, values)) {
        for (int i = 1; i < ROW_FRAMES; i++) {
            values[i] = values[0];
        }
    }
}

/* Values of a hold are floats, and ramps go on from there: errors are relative to the largest value. */
static void compare(const timeline *line, const oracle *list, double now_s, dice *own, uint32_t seed) {
    char name[32];
    snprintf(name, sizeof name, "seed %u", seed);
    float values[ROW_FRAMES];
    read_row(line, now_s, values);
    const uint64_t frame = first_frame(now_s);
    for (uint32_t i = 0; i < ROW_FRAMES; i += 1 + roll(own, 60)) {
        const double time_s = (double)(frame + i) / RATE;
        assert_near(name, time_s, (double)values[i], oracle_value(list, time_s), 2.0);
    }
    for (int i = 0; i < 12; i++) {
        const double time_s = fmax(roll_time(own, now_s), now_s);
        assert_near(name, time_s, timeline_value_at(line, NULL, time_s), oracle_value(list, time_s),
                    2.0);
    }
}

static void undo(const fixture *own, timeline *line, const timeline *old, const automation_edit *edit,
                 float published[ROW_FRAMES]) {
    const uint64_t chunks = own->store->chunks.used_count;
    timeline_garbage garbage;
    automation_discard(own->store, line, old);
    *line = *old;
    float again[ROW_FRAMES];
    read_row(line, edit->now_s, again);
    assert_memory_equal(again, published, sizeof again);
    assert_int_equal(automation_apply(own->store, line, edit, &garbage), WA_OK);
    assert_int_equal(own->store->chunks.used_count, chunks);
    timeline_garbage_free(own->store, garbage);
}

static void collapse(const fixture *own, timeline *line, double now_s) {
    float before[ROW_FRAMES], after[ROW_FRAMES];
    read_row(line, now_s, before);
    timeline_garbage garbage;
    const timeline old = *line;
    const bool is_changed = automation_collapse(own->store, line, now_s, &garbage);
    assert_true(is_changed || memcmp(&old, line, sizeof old) == 0);
    read_row(line, now_s, after);
    assert_memory_equal(before, after, sizeof before); /* to the bit */
    read_row(&old, now_s, after);
    assert_memory_equal(before, after, sizeof before); /* and the published form is still there */
    timeline_garbage_free(own->store, garbage);
}

static void run_scenario(const fixture *own, uint32_t seed) {
    static oracle list;
    dice random = { seed * 7919u + 17 };
    timeline line = timeline_constant(0.5);
    list = (oracle){ .value = 0.5 };
    double now_s = 0.0;
    for (int i = 0; i < SCENARIO_EDITS; i++) {
        float curve[8], row_before[ROW_FRAMES], row_after[ROW_FRAMES];
        const automation_edit edit = roll_edit(&random, now_s, curve);
        const timeline old = line;
        read_row(&old, now_s, row_before);
        timeline_garbage garbage;
        const wa_status status = automation_apply(own->store, &line, &edit, &garbage);
        const wa_status want = oracle_apply(&list, &edit);
        if (status != want) {
            fail_msg("seed %u edit %d: %s, not %s", seed, i, wa_status_name(status),
                     wa_status_name(want));
        }
        read_row(&old, now_s, row_after);
        assert_memory_equal(row_before, row_after, sizeof row_before); /* what is published stays */
        if (status == WA_OK && roll(&random, 3) == 0) {
            undo(own, &line, &old, &edit, row_before);
        } else {
            timeline_garbage_free(own->store, garbage);
        }
        compare(&line, &list, now_s, &random, seed);
        now_s += roll(&random, 3) == 0 ? 0.0 : (double)roll(&random, 400) / 1000.0;
        if (roll(&random, 2) == 0) {
            collapse(own, &line, now_s);
            compare(&line, &list, now_s, &random, seed);
        }
    }
    timeline_clear(own->store, &line);
    assert_int_equal(own->store->chunks.used_count, 0);
    assert_null(own->store->curves);
}

static void test_random_scenarios(void **state) {
    for (uint32_t seed = 0; seed < SCENARIO_COUNT; seed++) {
        run_scenario(*state, seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rejected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_boundaries_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_scenarios, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
