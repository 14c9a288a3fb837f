/* A device may vanish at any moment, or refuse to start: the context plays on to the null device, says so, and
 * can be given another one. Fake devices do what a plan says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "control/port.h"
#include "rig.h"
#include "stage.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define PLAN(...)                                                                                      \
    { .quantum_frames = 128, .sizes = { 128 }, .lost_at = NEVER, __VA_ARGS__ }

/* -- losing it ---------------------------------------------------------------------------------- */

typedef struct lost_row {
    fake_plan plan;
    bool is_sealed;
} lost_row;

static const lost_row lost_rows[] = {
    { PLAN(.is_lost_in_open = true), false },
    { { .quantum_frames = 128, .sizes = { 128 }, .lost_at = 0 }, false },
    { { .quantum_frames = 128, .sizes = { 128 }, .lost_at = 1 }, false },
    { { .quantum_frames = 128, .sizes = { 100 }, .lost_at = 7 }, true },
    { { .quantum_frames = 128, .sizes = { 441 }, .lost_at = 20, .is_lost_in_stop = true }, false },
};

static void test_lost(void **state) {
    (void)state;
    for (size_t index = 0; index < COUNT(lost_rows); index++) {
        fakes_reset();
        fakes[3].plan = lost_rows[index].plan;
        stage of = stage_make(stage_desc("fake", "3"));
        wa_engine_seal(of.engine, lost_rows[index].is_sealed);
        assert_ok(wa_context_resume(of.context));
        assert_true(wait_for_event(&of, WA_EVENT_DEVICE_LOST) || lost_rows[index].plan.is_lost_in_open);
        assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LOST), 0);
        check_device(&of, "null", "null");
        check_sink(&of, WA_SINK_DEVICE, "fake", "3"); /* what was asked for */
        const uint64_t frame = wa_context_current_frame(of.context);
        wait_for_frame(&of, frame + 128); /* the clock goes on */
        assert_int_equal(wa_context_get_state(of.context), WA_CONTEXT_RUNNING);
        wa_engine_seal(of.engine, false);
        fakes[3].plan = fake_plan_default();
        const uint64_t lost_at = atomic_load(&fakes[3].logged_frames);
        move(&of, "fake", "3"); /* it is back */
        stage_wait(3, 10);
        assert_int_equal(atomic_load(&fakes[3].open_count), 1);
        assert_ok(wa_context_suspend_wait(of.context, 10.0));
        reading before = { &fakes[3], 0, lost_at }, after = { &fakes[3], lost_at, 0 };
        const uint64_t heard_frames = lost_at > 0 ? check_stretch(&before, 0, false) : 0;
        assert_true(check_stretch(&after, NEVER, true) > heard_frames);
        stage_free(&of);
    }
}

/* Lost while nothing runs: the null device is there for the resume. */
static void test_lost_while_suspended(void **state) {
    (void)state;
    for (uint32_t is_polled = 0; is_polled < 2; is_polled++) {
        fakes_reset();
        stage of = stage_make(stage_desc("fake", "3"));
        const uint64_t before = wa_context_activity(of.context);
        fakes[3].lost(fakes[3].user);
        assert_true(wa_context_activity(of.context) != before);
        if (is_polled) {
            assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LOST), 1);
            assert_int_equal(wa_context_get_state(of.context), WA_CONTEXT_SUSPENDED);
        }
        assert_ok(wa_context_resume(of.context));
        wait_for_frame(&of, 128);
        assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LOST), 1 - is_polled);
        check_device(&of, "null", "null");
        assert_int_equal(atomic_load(&fakes[3].start_count), 0);
        stage_free(&of);
    }
}

/* The one that is to take over vanishes, or the one that plays does, or both. */
static void test_lost_while_switching(void **state) {
    (void)state;
    for (uint32_t old_at = 1; old_at < 12; old_at += 5) {
        for (uint32_t new_at = 0; new_at < 6; new_at++) {
            fakes_reset();
            fakes[0].plan.lost_at = old_at;
            fakes[1].plan.lost_at = new_at < 5 ? new_at : NEVER;
            stage of = stage_make(stage_desc("fake", "0"));
            of.context->device_patience_s = 0.05;
            assert_ok(wa_context_resume(of.context));
            wait_for_frame(&of, 1);
            const wa_status status = wa_context_set_device(of.context, "fake", "1");
            assert_true(status == WA_OK || status == WA_ERR_DEVICE);
            assert_true(new_at > 0 || status == WA_ERR_DEVICE);
            assert_true(new_at < 5 || status == WA_OK);
            if (new_at < 5 || status != WA_OK) { /* whichever plays vanishes, soon */
                wa_device_info info;
                uint32_t lost_count = 0;
                do {
                    lost_count += wait_for_event(&of, WA_EVENT_DEVICE_LOST);
                    assert_ok(wa_context_get_device(of.context, &info));
                } while (lost_count == 1 && strcmp(info.backend, "null") != 0);
                assert_true(lost_count == 1 || lost_count == 2);
                check_device(&of, "null", "null");
            }
            const uint64_t frame = wa_context_current_frame(of.context);
            wait_for_frame(&of, frame + 256);
            stage_free(&of);
        }
    }
}

/* The system refuses the null device its thread: nothing pulls any more, so that control may. */
static wa_status refuse_start(struct wa_device *device) {
    (void)device;
    return WA_ERR_DEVICE;
}

static void test_lost_without_a_thread(void **state) {
    (void)state;
    fakes_reset();
    fakes[3].plan.lost_at = 3;
    stage of = stage_make(stage_desc("fake", "3"));
    static wa_device_ops refusing;
    const wa_device_ops *ops = of.context->home->ops;
    refusing = *ops;
    refusing.start = refuse_start;
    of.context->home->ops = &refusing;
    assert_ok(wa_context_resume(of.context));
    assert_true(wait_for_event(&of, WA_EVENT_DEVICE_LOST));
    assert_int_equal(wa_context_get_state(of.context), WA_CONTEXT_SUSPENDED);
    wa_node gone = { 0 };
    assert_ok(wa_node_create(of.context, WA_NODE_TYPE_GAIN, NULL, &gone));
    const uint32_t before = of.context->node_count;
    assert_ok(wa_node_release(of.context, gone, NULL));
    (void)wa_context_poll(of.context, NULL, 0);
    assert_int_equal(of.context->node_count, before - 1);
    of.context->home->ops = ops;
    assert_ok(wa_context_resume(of.context));
    wait_for_frame(&of, wa_context_current_frame(of.context) + 128);
    stage_free(&of);
}

/* A device that does not start leaves the context suspended; another one takes it from there. */
static void test_start_refused(void **state) {
    (void)state;
    fakes_reset();
    fakes[0].plan.start_status = WA_ERR_DEVICE;
    stage of = stage_make(stage_desc("fake", "0"));
    for (uint32_t pass = 0; pass < 2; pass++) {
        assert_refused(wa_context_resume(of.context), WA_ERR_DEVICE, "does not start");
        assert_int_equal(wa_context_get_state(of.context), WA_CONTEXT_SUSPENDED);
    }
    move(&of, "fake", "1");
    assert_ok(wa_context_resume(of.context));
    stage_wait(1, 3);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    reading log = { &fakes[1], 0, 0 };
    assert_true(check_stretch(&log, 0, false) > 0);
    stage_free(&of);
}

/* -- news --------------------------------------------------------------------------------------- */

/* Heard from the device in use, and from a lost one until the next choice: that is when it matters. */
static void test_list_change(void **state) {
    (void)state;
    fakes_reset();
    stage of = stage_make(stage_desc("fake", "0"));
    assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LIST_CHANGE), 0);
    const uint64_t before = wa_context_activity(of.context);
    fakes[0].changed(fakes[0].user);
    fakes[0].changed(fakes[0].user);                        /* told as one */
    assert_true(wa_context_activity(of.context) != before); /* so that who waits for it polls */
    assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LIST_CHANGE), 1);
    const uint64_t told = wa_context_activity(of.context);
    assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LIST_CHANGE), 0);
    assert_true(wa_context_activity(of.context) == told); /* nothing further to look at */
    assert_ok(wa_context_resume(of.context));
    fakes[0].lost(fakes[0].user);
    assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LOST), 1);
    assert_int_equal(atomic_load(&fakes[0].running_count), 0);
    fakes[0].changed(fakes[0].user);
    assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LIST_CHANGE), 1);
    move(&of, "fake", "1");
    assert_int_equal(atomic_load(&fakes[0].open_count), 0);
    fakes[1].changed(fakes[1].user);
    assert_int_equal(stage_poll(&of, WA_EVENT_DEVICE_LIST_CHANGE), 1);
    stage_free(&of);
}

/* All at once, each of them once. */
static void test_event_order(void **state) {
    (void)state;
    fakes_reset();
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_set_device(of.context, "fake", "1"));
    assert_ok(wa_context_resume(of.context));
    fakes[1].changed(fakes[1].user);
    fakes[1].lost(fakes[1].user);
    wa_event events[8];
    static const wa_event_type wanted[] = { WA_EVENT_DEVICE_LOST, WA_EVENT_DEVICE_LIST_CHANGE,
                                            WA_EVENT_SINK_CHANGE, WA_EVENT_STATE_CHANGE };
    for (size_t index = 0; index < COUNT(wanted); index++) {
        assert_int_equal(wa_context_poll(of.context, events, 1), 1);
        assert_int_equal(events[0].type, wanted[index]);
        assert_int_equal(events[0].state, WA_CONTEXT_RUNNING);
    }
    assert_int_equal(wa_context_poll(of.context, events, 8), 0);
    stage_free(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_lost_while_suspended),
        cmocka_unit_test(test_lost_while_switching),
        cmocka_unit_test(test_lost_without_a_thread),
        cmocka_unit_test(test_start_refused),
        cmocka_unit_test(test_list_change),
        cmocka_unit_test(test_event_order),
    };
    return cmocka_run_group_tests(tests, fakes_begin, fakes_end);
}
