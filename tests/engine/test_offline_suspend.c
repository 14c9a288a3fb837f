/* Suspensions of an offline render: which times are taken, that edits made there are in time, and what must not
 * be done there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "rig.h"

typedef struct suspend_row {
    double time_s;
    wa_status status;
    const char *word;
    uint64_t frame; /* where it takes place */
} suspend_row;

static const double quantum_s = 128.0 / 48000.0;

/* Of a context of 10000 frames, in one life: each row knows of those before it. */
static const suspend_row suspend_rows[] = {
    { 0.0, WA_OK, NULL, 0 }, /* before anything is rendered */
    { 0.0, WA_ERR_INVALID_STATE, "taken", 0 },
    { -0.0, WA_ERR_INVALID_STATE, "taken", 0 },
    { 1e-9, WA_OK, NULL, 128 },
    { 64.0 / 48000.0, WA_ERR_INVALID_STATE, "taken", 0 }, /* the same quantum */
    { 128.0 / 48000.0, WA_ERR_INVALID_STATE, "taken", 0 },
    { 129.0 / 48000.0, WA_OK, NULL, 256 },
    { 0.1, WA_OK, NULL, 4864 },              /* frame 4800, rounded up */
    { 9984.0 / 48000.0, WA_OK, NULL, 9984 }, /* the last quantum */
    { 9984.5 / 48000.0, WA_ERR_INVALID_STATE, "end", 0 },
    { 10000.0 / 48000.0, WA_ERR_INVALID_STATE, "end", 0 },
    { 1e300, WA_ERR_INVALID_STATE, "end", 0 },
    { -1e-9, WA_ERR_INVALID_STATE, "negative", 0 },
    { -1.0, WA_ERR_INVALID_STATE, "negative", 0 },
    { (double)NAN, WA_ERR_TYPE, "time_s", 0 },
    { (double)INFINITY, WA_ERR_TYPE, "time_s", 0 },
    { 0.05, WA_OK, NULL, 2432 }, /* out of order */
};
enum { SUSPEND_ROW_COUNT = sizeof suspend_rows / sizeof suspend_rows[0] };

typedef struct visits {
    rig *r;
    uint64_t frames[32];
    uint32_t count;
} visits;

static void visit(void *user, wa_context *context, double time_s) {
    visits *of = user;
    assert_ptr_equal(context, of->r->context);
    assert_int_equal(wa_context_get_state(context), WA_CONTEXT_SUSPENDED);
    assert_true(time_s == wa_context_current_time_s(context));
    assert_true(of->count < 32);
    of->frames[of->count++] = wa_context_current_frame(context);
}

static void test_suspend_times(void **state) {
    (void)state;
    static const uint64_t wanted[] = { 0, 128, 256, 2432, 4864, 9984 };
    visits of = { .r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 10000 }) };
    wa_context *context = of.r->context;
    assert_refused(wa_context_suspend_at(NULL, 0.0), WA_ERR_TYPE, "context");
    for (uint32_t index = 0; index < SUSPEND_ROW_COUNT; index++) {
        const suspend_row *row = &suspend_rows[index];
        const uint64_t used_bytes = rig_used_bytes(of.r);
        if (row->status == WA_OK) {
            assert_ok(wa_context_suspend_at(context, row->time_s));
        } else {
            assert_refused(wa_context_suspend_at(context, row->time_s), row->status, row->word);
            assert_int_equal(rig_used_bytes(of.r), used_bytes);
        }
    }
    rig_render_offline(of.r, visit, &of);
    assert_int_equal(of.count, 6);
    for (uint32_t index = 0; index < 6; index++) {
        assert_int_equal(of.frames[index], wanted[index]);
    }
    assert_refused(wa_context_suspend_at(context, 0.1), WA_ERR_INVALID_STATE, "already");
    rig_destroy(of.r);
    rig *r = rig_create(NULL);
    assert_refused(wa_context_suspend_at(r->context, 0.1), WA_ERR_INVALID_STATE, "offline");
    rig_destroy(r);
}

/* The ninth makes the list grow; a refused call must not. */
static void test_refused_suspension_takes_nothing(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 10000 });
    for (uint32_t index = 0; index < 8; index++) {
        assert_ok(wa_context_suspend_at(r->context, index * quantum_s));
    }
    const uint64_t used_bytes = rig_used_bytes(r);
    assert_refused(wa_context_suspend_at(r->context, 3 * quantum_s), WA_ERR_INVALID_STATE, "taken");
    assert_int_equal(rig_used_bytes(r), used_bytes);
    assert_ok(wa_engine_set_budget(r->engine, used_bytes));
    assert_refused(wa_context_suspend_at(r->context, 8 * quantum_s), WA_ERR_BUDGET, "over the budget");
    assert_ok(wa_engine_set_budget(r->engine, used_bytes + 1000));
    assert_ok(wa_context_suspend_at(r->context, 8 * quantum_s));
    assert_ok(wa_engine_set_budget(r->engine, 100000000));
    visits of = { .r = r };
    rig_render_offline(r, visit, &of);
    assert_int_equal(of.count, 9);
    rig_destroy(r);
}

/* Each visit moves a constant up: heard from exactly there on. And asks for the next one, from inside. */
static void rise(void *user, wa_context *context, double time_s) {
    visits *of = user;
    visit(user, context, time_s);
    rig_connect(of->r, rig_constant(of->r, 1.0f), of->r->out);
    wa_event event;
    assert_int_equal(wa_context_poll(context, &event, 1), 1);
    assert_int_equal(event.type, WA_EVENT_STATE_CHANGE);
    assert_int_equal(event.state, WA_CONTEXT_SUSPENDED);
    assert_refused(wa_context_suspend_at(context, time_s), WA_ERR_INVALID_STATE, "not later");
    if (of->count < 5) {
        assert_ok(wa_context_suspend_at(context, time_s + of->count * 0.01));
    }
    wa_buffer buffer = { 0 };
    wa_offline_desc again = WA_OFFLINE_DESC_INIT;
    again.buffer = &buffer;
    assert_refused(wa_offline_render(context, &again), WA_ERR_INVALID_STATE, "rendering");
    assert_refused(wa_context_destroy(context), WA_ERR_BUSY, "wa_offline_render");
    assert_refused(wa_context_close(context), WA_ERR_BUSY, "wa_offline_render");
    assert_refused(wa_engine_destroy(of->r->engine), WA_ERR_BUSY, "contexts");
}

static void test_edits_are_in_time(void **state) {
    (void)state;
    static const uint32_t block_sizes[] = { 128, 1000, 4096 };
    for (uint32_t index = 0; index < 3; index++) {
        visits of = { .r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE,
                                                   .length_frames = 20000,
                                                   .quantum_frames = block_sizes[index] }) };
        assert_ok(wa_context_suspend_at(of.r->context, 0.0));
        rig_render_offline(of.r, rise, &of);
        assert_int_equal(of.count, 5);
        for (uint32_t step = 0; step < 5; step++) {
            const uint64_t end = step < 4 ? of.frames[step + 1] : 20000;
            assert_true(end > of.frames[step]);
            assert_all(of.r->planes[0] + of.frames[step], (float)(step + 1), end - of.frames[step]);
        }
        wa_event events[4];
        assert_int_equal(wa_context_poll(of.r->context, events, 4), 1);
        assert_int_equal(events[0].state, WA_CONTEXT_CLOSED);
        rig_destroy(of.r);
    }
}

/* A transaction may span two suspensions; without a callback they are passed over. */
static void begin_or_commit(void *user, wa_context *context, double time_s) {
    visits *of = user;
    visit(user, context, time_s);
    if (of->count == 1) {
        assert_ok(wa_begin(context));
        rig_connect(of->r, rig_constant(of->r, 1.0f), of->r->out);
    } else {
        assert_ok(wa_commit(context));
    }
}

static void test_transaction_over_suspensions(void **state) {
    (void)state;
    for (uint32_t has_callback = 0; has_callback < 2; has_callback++) {
        visits of = { .r = rig_create(
                          &(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 1000 }) };
        assert_ok(wa_context_suspend_at(of.r->context, quantum_s));
        assert_ok(wa_context_suspend_at(of.r->context, 3 * quantum_s));
        rig_render_offline(of.r, has_callback ? begin_or_commit : NULL, &of);
        assert_all(of.r->planes[0], 0.0f, 3 * 128);
        assert_all(of.r->planes[0] + 3 * 128, has_callback ? 1.0f : 0.0f, 1000 - 3 * 128);
        rig_destroy(of.r);
    }
}

/* Another context rendered in the middle of this one. */
static void render_another(void *user, wa_context *context, double time_s) {
    visits *of = user;
    visit(user, context, time_s);
    rig *inner = rig_create(
        &(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 500, .engine = of->r->engine });
    rig_connect(inner, rig_constant(inner, 0.5f), inner->out);
    rig_render_offline(inner, NULL, NULL);
    assert_all(inner->planes[0], 0.5f, 500);
    rig_destroy(inner);
}

static void test_render_within_a_render(void **state) {
    (void)state;
    visits of = { .r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 1000 }) };
    rig_connect(of.r, rig_constant(of.r, 0.25f), of.r->out);
    assert_ok(wa_context_suspend_at(of.r->context, quantum_s));
    rig_render_offline(of.r, render_another, &of);
    assert_all(of.r->planes[0], 0.25f, 1000);
    rig_destroy(of.r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suspend_times),
        cmocka_unit_test(test_refused_suspension_takes_nothing),
        cmocka_unit_test(test_edits_are_in_time),
        cmocka_unit_test(test_transaction_over_suspensions),
        cmocka_unit_test(test_render_within_a_render),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
