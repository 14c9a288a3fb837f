/* What editing timelines costs and gives back: appending is O(1) in memory and work, a refused edit changes
 * nothing, an undone one leaves no trace, and lists stay short when the past is collapsed. M1.3 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "control/automation_store.h"
#include "boundary/timeline_event.h"
#include <math.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

enum { MANY = 100000, EVENT_BYTES = 44, SLAB_STEP_BYTES = 64 << 10 };

static uint64_t param_bytes(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.category_bytes[WA_MEMORY_PARAMS];
}

typedef struct fixture {
    wa_engine *engine;
    timeline_store *store;
} fixture;

static fixture fixture_create(uint64_t budget_bytes) {
    fixture own;
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = budget_bytes;
    assert_int_equal(wa_engine_create(&desc, &own.engine), WA_OK);
    assert_int_equal(timeline_store_create(own.engine, &own.store), WA_OK);
    return own;
}

static void fixture_destroy(fixture own) {
    timeline_store_destroy(own.store);
    assert_int_equal(param_bytes(own.engine), 0);
    assert_int_equal(wa_engine_destroy(own.engine), WA_OK);
}

static automation_edit edit_at(automation_kind kind, float value, double time_s, double now_s) {
    return (automation_edit){
        .kind = kind, .value = value, .time_s = time_s, .now_s = now_s, .time_constant_s = 0.5f
    };
}

static void apply(const fixture *own, timeline *line, automation_edit edit) {
    timeline_garbage garbage;
    assert_int_equal(automation_apply(own->store, line, &edit, &garbage), WA_OK);
    timeline_garbage_free(own->store, garbage);
}

static void test_appending_many(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    timeline line = timeline_constant(0);
    assert_int_equal(own.store->chunks.used_count, 0); /* a constant takes nothing */
    for (uint32_t i = 0; i < MANY; i++) {
        const automation_edit edit =
            edit_at(i % 2 ? AUTOMATION_LINEAR_RAMP : AUTOMATION_SET_TARGET, (float)i, i, 0);
        const timeline_chunk *first = line.first;
        timeline_garbage garbage;
        assert_int_equal(automation_apply(own.store, &line, &edit, &garbage), WA_OK);
        assert_null(garbage.chunks); /* nothing is copied, */
        assert_true(i == 0 || line.first == first);
        assert_int_equal(line.count, i + 1); /* and the list only grows */
    }
    assert_int_equal(own.store->chunks.used_count, MANY / TIMELINE_CHUNK_EVENTS);
    assert_true(param_bytes(own.engine) < (uint64_t)MANY * EVENT_BYTES + 2 * SLAB_STEP_BYTES);
    assert_int_equal(timeline_settled_time_s(&line), MANY - 1);
    timeline_clear(own.store, &line);
    assert_int_equal(own.store->chunks.used_count, 0);
    fixture_destroy(own);
}

static void test_destroy_takes_all(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    static const float values[1000];
    timeline line = timeline_constant(0);
    automation_edit edit = edit_at(AUTOMATION_VALUE_CURVE, 0, 1, 0);
    edit.duration_s = 1;
    edit.curve = values;
    edit.curve_count = COUNT(values);
    for (int i = 0; i < 3; i++, edit.time_s += 2)
        apply(&own, &line, edit);
    assert_true(param_bytes(own.engine) > 3 * sizeof values);
    fixture_destroy(own); /* the list was never cleared */
    timeline_store_destroy(NULL);
}

/* A curve lives as long as a chunk that mentions it, in whatever form of the list. */
static void test_curve_references(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    static const float values[1000];
    timeline line = timeline_constant(0);
    apply(&own, &line, edit_at(AUTOMATION_SET_VALUE_AT_TIME, 1, 1, 0));
    const uint64_t bytes = param_bytes(own.engine);
    automation_edit edit = edit_at(AUTOMATION_VALUE_CURVE, 0, 2, 0);
    edit.duration_s = 1;
    edit.curve = values;
    edit.curve_count = COUNT(values);
    apply(&own, &line, edit);
    assert_int_equal(own.store->curves->reference_count, 1);
    const automation_edit before = edit_at(AUTOMATION_SET_VALUE_AT_TIME, 1, 1.5, 0);
    timeline_garbage garbage;
    assert_int_equal(automation_apply(own.store, &line, &before, &garbage), WA_OK); /* copies */
    assert_int_equal(own.store->curves->reference_count, 2);
    timeline_garbage_free(own.store, garbage);
    assert_int_equal(own.store->curves->reference_count, 1);
    const automation_edit cancel = edit_at(AUTOMATION_CANCEL, 0, 0, 0);
    assert_int_equal(automation_apply(own.store, &line, &cancel, &garbage), WA_OK);
    assert_int_equal(line.count, 0);
    assert_int_equal(own.store->curves->reference_count, 1); /* the published form still plays it */
    timeline_garbage_free(own.store, garbage);
    assert_null(own.store->curves);
    assert_int_equal(param_bytes(own.engine), bytes);
    fixture_destroy(own);
}

/* Over the budget */

static void test_budget(void **state) {
    (void)state;
    fixture own = fixture_create(1000000);
    timeline line = timeline_constant(0);
    wa_status status = WA_OK;
    timeline_garbage garbage;
    for (uint32_t i = 0; i < MANY && status == WA_OK; i++) {
        const automation_edit edit = edit_at(AUTOMATION_SET_VALUE_AT_TIME, (float)i, i, 0);
        const timeline before = line;
        status = automation_apply(own.store, &line, &edit, &garbage);
        if (status != WA_OK)
            assert_memory_equal(&line, &before, sizeof line);
    }
    assert_int_equal(status, WA_ERR_BUDGET);
    assert_true(line.count > 10000);
    const uint64_t used = own.store->chunks.used_count;
    const timeline full = line;
    static float values[300000];
    automation_edit curve = edit_at(AUTOMATION_VALUE_CURVE, 0, line.count + 5, 0);
    curve.duration_s = 1;
    curve.curve = values;
    curve.curve_count = COUNT(values);
    const automation_edit refused[] = {
        edit_at(AUTOMATION_SET_VALUE_AT_TIME, 1, 0.5, 0), /* a copy of the front */
        edit_at(AUTOMATION_SET_VALUE_AT_TIME, 1, line.count - 1.5, 0),
        edit_at(AUTOMATION_CANCEL_AND_HOLD, 1, line.count + 5, 0), /* allowed: nothing to hold */
        curve,
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        const wa_status want = refused[i].kind == AUTOMATION_CANCEL_AND_HOLD ? WA_OK : WA_ERR_BUDGET;
        const wa_status got = automation_apply(own.store, &line, &refused[i], &garbage);
        if (i == 0 && got == WA_OK) { /* one chunk may have been left */
            automation_discard(own.store, &line, &full);
            line = full;
            continue;
        }
        assert_int_equal(got, want);
        assert_memory_equal(&line, &full, sizeof line);
        assert_int_equal(own.store->chunks.used_count, used);
        assert_null(own.store->curves);
    }
    apply(&own, &line, edit_at(AUTOMATION_CANCEL, 0, 100, 0)); /* takes no memory */
    assert_int_equal(line.count, 100);
    apply(&own, &line, edit_at(AUTOMATION_SET_VALUE_AT_TIME, 1, 200, 0)); /* and has made room */
    timeline_clear(own.store, &line);
    fixture_destroy(own);
}

static void test_sealed(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    timeline line = timeline_constant(0);
    timeline_garbage garbage;
    const automation_edit edit = edit_at(AUTOMATION_SET_VALUE_AT_TIME, 1, 1, 0);
    wa_engine_seal(own.engine, true);
    assert_int_equal(automation_apply(own.store, &line, &edit, &garbage), WA_ERR_SEALED);
    assert_int_equal(line.count, 0);
    apply(&own, &line, edit_at(AUTOMATION_SET_VALUE, 2, 0, 0)); /* needs no event */
    assert_true(line.base_value == 2.0);
    timeline_store *refused = NULL;
    assert_int_equal(timeline_store_create(own.engine, &refused), WA_ERR_SEALED);
    wa_engine_seal(own.engine, false);
    apply(&own, &line, edit);
    wa_engine_seal(own.engine, true);
    apply(&own, &line, edit); /* from the slab */
    wa_engine_seal(own.engine, false);
    timeline_clear(own.store, &line);
    fixture_destroy(own);
}

/* Undo */

static void test_undo_many(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    enum { STEPS = 500 };
    static timeline forms[STEPS + 1];
    static timeline_garbage garbage[STEPS];
    forms[0] = timeline_constant(0);
    for (int i = 0; i < STEPS; i++) {
        const automation_kind kinds[] = { AUTOMATION_SET_VALUE_AT_TIME, AUTOMATION_SET_TARGET,
                                          AUTOMATION_LINEAR_RAMP, AUTOMATION_SET_VALUE_AT_TIME,
                                          AUTOMATION_SET_TARGET };
        automation_edit edit = edit_at(kinds[i % 5], (float)i, i % 7 ? i : i / 2.0, 0);
        if (i % 50 == 49)
            edit =
                edit_at(i % 100 == 99 ? AUTOMATION_CANCEL : AUTOMATION_CANCEL_AND_HOLD, 0, i - 20, 0);
        forms[i + 1] = forms[i];
        assert_int_equal(automation_apply(own.store, &forms[i + 1], &edit, &garbage[i]), WA_OK);
    }
    for (int i = STEPS; i-- > 0;)
        automation_discard(own.store, &forms[i + 1], &forms[i]);
    assert_int_equal(own.store->chunks.used_count, 0);
    fixture_destroy(own);
}

/* An append that was undone leaves its slot free for the next, without a copy. */
static void test_undo_then_append(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    timeline line = timeline_constant(0);
    for (int i = 0; i < 20; i++) {
        const automation_edit wrong = edit_at(AUTOMATION_SET_VALUE_AT_TIME, 99, i + 10, 0);
        const automation_edit right = edit_at(AUTOMATION_SET_VALUE_AT_TIME, (float)i, i, 0);
        timeline next = line;
        timeline_garbage garbage;
        assert_int_equal(automation_apply(own.store, &next, &wrong, &garbage), WA_OK);
        automation_discard(own.store, &next, &line);
        assert_int_equal(automation_apply(own.store, &line, &right, &garbage), WA_OK);
        assert_null(garbage.chunks);
    }
    for (int i = 0; i < 20; i++)
        assert_true(timeline_value_at(&line, NULL, i + 0.5) == i);
    timeline_clear(own.store, &line);
    assert_int_equal(own.store->chunks.used_count, 0);
    fixture_destroy(own);
}

/* Two appends undone at once, within a chunk and across the end of one: no copy is needed afterwards. */
static void test_undo_two_at_once(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    for (int kept = 1; kept < 9; kept++) {
        timeline line = timeline_constant(0);
        for (int i = 0; i < kept; i++)
            apply(&own, &line, edit_at(AUTOMATION_SET_VALUE_AT_TIME, (float)i, i, 0));
        timeline next = line;
        apply(&own, &next, edit_at(AUTOMATION_SET_VALUE_AT_TIME, 98, kept, 0));
        apply(&own, &next, edit_at(AUTOMATION_SET_VALUE_AT_TIME, 99, kept, 0));
        automation_discard(own.store, &next, &line);
        for (int i = kept; i < kept + 6; i++) {
            const automation_edit edit = edit_at(AUTOMATION_SET_VALUE_AT_TIME, (float)i, i, 0);
            timeline_garbage garbage;
            assert_int_equal(automation_apply(own.store, &line, &edit, &garbage), WA_OK);
            assert_null(garbage.chunks);
        }
        for (int i = 0; i < kept + 6; i++)
            assert_true(timeline_value_at(&line, NULL, i) == i);
        timeline_clear(own.store, &line);
        assert_int_equal(own.store->chunks.used_count, 0);
    }
    fixture_destroy(own);
}

/* What was published is read for several edits more: nothing may be written where it reads. */
static void test_published_form_stays(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    enum { EVENTS = 10, EDITS = 6 };
    for (int cut = 0; cut <= EVENTS; cut++) {
        timeline line = timeline_constant(-1);
        for (int i = 0; i < EVENTS; i++)
            apply(&own, &line, edit_at(AUTOMATION_SET_VALUE_AT_TIME, (float)i, i, 0));
        const timeline published = line;
        timeline_garbage garbage[EDITS];
        for (int i = 0; i < EDITS; i++) {
            const automation_edit edit = i == 0 ? edit_at(AUTOMATION_CANCEL, 0, cut, 0)
                                                : edit_at(AUTOMATION_SET_VALUE_AT_TIME, 50, cut + i, 0);
            assert_int_equal(automation_apply(own.store, &line, &edit, &garbage[i]), WA_OK);
        }
        for (int i = 0; i < EVENTS; i++)
            assert_true(timeline_value_at(&published, NULL, i) == i);
        assert_true(timeline_value_at(&line, NULL, cut + 0.5) == cut - 1);
        assert_true(timeline_value_at(&line, NULL, cut + 1) == 50);
        for (int i = 0; i < EDITS; i++)
            timeline_garbage_free(own.store, garbage[i]);
        timeline_clear(own.store, &line);
        assert_int_equal(own.store->chunks.used_count, 0);
    }
    fixture_destroy(own);
}

/* Collapse */

static bool collapse(const fixture *own, timeline *line, double time_s) {
    timeline_garbage garbage;
    const bool is_changed = automation_collapse(own->store, line, time_s, &garbage);
    timeline_garbage_free(own->store, garbage);
    return is_changed;
}

static void test_collapse_keeps_what_is_needed(void **state) {
    (void)state;
    static const struct {
        automation_kind kinds[3];
        double times_s[3];
        double collapse_s;
        uint32_t left;
    } cases[] = {
        { { AUTOMATION_SET_VALUE_AT_TIME }, { 1 }, 1, 1 }, /* may still be cancelled, now being 1 */
        { { AUTOMATION_SET_VALUE_AT_TIME }, { 1 }, 1.1, 0 },
        { { AUTOMATION_SET_VALUE_AT_TIME, AUTOMATION_LINEAR_RAMP }, { 1, 3 }, 2, 1 },
        { { AUTOMATION_SET_VALUE_AT_TIME, AUTOMATION_LINEAR_RAMP }, { 1, 3 }, 3.1, 0 },
        { { AUTOMATION_SET_TARGET }, { 1 }, 2, 1 },    /* on its way */
        { { AUTOMATION_SET_TARGET }, { 1 }, 50.0, 0 }, /* there: 0.5 s x 87.3 */
        { { AUTOMATION_SET_TARGET, AUTOMATION_SET_TARGET, AUTOMATION_SET_TARGET }, { 1, 2, 3 }, 4, 1 },
        { { AUTOMATION_SET_TARGET, AUTOMATION_LINEAR_RAMP },
          { 1, 9 },
          4,
          2 }, /* a cancel goes back to it */
        { { AUTOMATION_SET_VALUE_AT_TIME, AUTOMATION_VALUE_CURVE }, { 1, 2 }, 2.5, 1 },
        { { AUTOMATION_SET_VALUE_AT_TIME, AUTOMATION_VALUE_CURVE }, { 1, 2 }, 3, 1 },
        { { AUTOMATION_SET_VALUE_AT_TIME, AUTOMATION_VALUE_CURVE }, { 1, 2 }, 3.1, 0 },
        { { AUTOMATION_SET_TARGET, AUTOMATION_VALUE_CURVE }, { 1, 2 }, 2.5, 2 },
    };
    static const float values[] = { 0, 1 };
    fixture own = fixture_create(100000000);
    for (size_t i = 0; i < COUNT(cases); i++) {
        timeline line = timeline_constant(0.5);
        for (int k = 0; k < 3 && cases[i].kinds[k] != 0; k++) {
            automation_edit edit = edit_at(cases[i].kinds[k], 0, cases[i].times_s[k], 0);
            edit.duration_s = 1;
            edit.curve = values;
            edit.curve_count = COUNT(values);
            apply(&own, &line, edit);
        }
        const bool is_changed = collapse(&own, &line, cases[i].collapse_s);
        if (line.count != cases[i].left)
            fail_msg("case %zu: %u events left", i, line.count);
        assert_false(is_changed && collapse(&own, &line, cases[i].collapse_s)); /* once is enough */
        timeline_clear(own.store, &line);
    }
    assert_int_equal(own.store->chunks.used_count, 0);
    assert_null(own.store->curves);
    fixture_destroy(own);
}

/* A target that arrived is folded, and yet edits find what they would have found in the list. */
static void test_collapsed_target(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    for (int collapses = 0; collapses < 2; collapses++) {
        timeline line = timeline_constant(0.5);
        apply(&own, &line, edit_at(AUTOMATION_SET_TARGET, 2, 0, 0));
        assert_int_equal(collapses && collapse(&own, &line, 60), collapses);
        apply(&own, &line, edit_at(AUTOMATION_CANCEL_AND_HOLD, 0, 70, 60));
        apply(&own, &line, edit_at(AUTOMATION_LINEAR_RAMP, 4, 80, 60));
        assert_true(timeline_value_at(&line, NULL, 70) == 2);
        assert_true(timeline_value_at(&line, NULL, 75) == 3);
        apply(&own, &line, edit_at(AUTOMATION_CANCEL, 0, 65, 60));
        apply(&own, &line, edit_at(AUTOMATION_LINEAR_RAMP, 4, 80, 70)); /* from its call on */
        assert_true(timeline_value_at(&line, NULL, 70) == 2);
        assert_true(timeline_value_at(&line, NULL, 75) == 3);
        timeline_clear(own.store, &line);
    }
    fixture_destroy(own);
}

/* The next target takes over just after the first has arrived, within the margin that a fold wants. */
static void test_collapse_just_after_arrival(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    for (int collapses = 0; collapses < 2; collapses++) {
        timeline line = timeline_constant(0.5);
        apply(&own, &line, edit_at(AUTOMATION_SET_TARGET, 2, 0, 0));
        const double there_s = timeline_settled_time_s(&line) + 1e-4;
        apply(&own, &line, edit_at(AUTOMATION_SET_TARGET, 7, there_s, there_s));
        assert_int_equal(collapses && collapse(&own, &line, there_s + 1e-5), collapses);
        apply(&own, &line, edit_at(AUTOMATION_CANCEL, 0, there_s + 0.1, there_s + 0.1));
        assert_true(timeline_value_at(&line, NULL, there_s + 0.2) == 2);
        timeline_clear(own.store, &line);
    }
    fixture_destroy(own);
}

/* Interrupted on its way it never arrives, however long ago that was. */
static void test_collapse_of_an_interrupted_target(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    for (int collapses = 0; collapses < 2; collapses++) {
        timeline line = timeline_constant(0.5);
        apply(&own, &line, edit_at(AUTOMATION_SET_TARGET, 2, 0, 0));
        automation_edit slow = edit_at(AUTOMATION_SET_TARGET, 7, 1, 1);
        slow.time_constant_s = 1000;
        apply(&own, &line, slow);
        assert_int_equal(collapses && collapse(&own, &line, 100), collapses);
        apply(&own, &line, edit_at(AUTOMATION_CANCEL, 0, 100, 100));
        assert_true(timeline_value_at(&line, NULL, 100) == 0.5);
        timeline_clear(own.store, &line);
    }
    fixture_destroy(own);
}

/* Denormals may read as 0 on the render thread. */
static void test_denormal_time_constant_is_a_jump(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    timeline line = timeline_constant(0.5);
    automation_edit edit = edit_at(AUTOMATION_SET_TARGET, 2, 1, 0);
    edit.time_constant_s = 1e-40f;
    apply(&own, &line, edit);
    assert_true(line_last(&line)->time_constant_s == 0.0f);
    timeline_clear(own.store, &line);
    fixture_destroy(own);
}

/* A control that is moved for an hour: the list stays short and no memory is taken. */
static void test_collapse_keeps_lists_short(void **state) {
    (void)state;
    fixture own = fixture_create(100000000);
    timeline line = timeline_constant(0.5);
    uint64_t bytes = 0;
    for (int i = 0; i < 36000; i++) {
        const double now_s = i / 10.0;
        if (i % 3 == 0)
            apply(&own, &line, edit_at(AUTOMATION_CANCEL, 0, now_s, now_s));
        apply(&own, &line, edit_at(AUTOMATION_SET_TARGET, (float)(i % 5), now_s, now_s));
        apply(&own, &line,
              edit_at(i % 2 ? AUTOMATION_LINEAR_RAMP : AUTOMATION_SET_VALUE, 1, now_s + 0.05, now_s));
        collapse(&own, &line, now_s + 0.09);
        assert_true(line.count <= 3);
        bytes = i == 10 ? param_bytes(own.engine) : bytes;
    }
    assert_int_equal(param_bytes(own.engine), bytes);
    timeline_clear(own.store, &line);
    assert_int_equal(own.store->chunks.used_count, 0);
    fixture_destroy(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appending_many),
        cmocka_unit_test(test_destroy_takes_all),
        cmocka_unit_test(test_curve_references),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_undo_many),
        cmocka_unit_test(test_undo_then_append),
        cmocka_unit_test(test_undo_two_at_once),
        cmocka_unit_test(test_published_form_stays),
        cmocka_unit_test(test_collapsed_target),
        cmocka_unit_test(test_collapse_just_after_arrival),
        cmocka_unit_test(test_collapse_of_an_interrupted_target),
        cmocka_unit_test(test_denormal_time_constant_is_a_jump),

        cmocka_unit_test(test_collapse_keeps_what_is_needed),
        cmocka_unit_test(test_collapse_keeps_lists_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
