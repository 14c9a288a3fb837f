/* Goal: what one thread renders ahead is what the device plays, every frame once; lateness is silence that is
 * counted, and nobody waits. Method: a fake device whose audience remembers a source that counts frames; the
 * test renders by itself, when it wants to, or on a thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <time.h>
#include "rig.h"
#include "stage.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { QUANTUM = 128, PATIENCE = 20000 };

static void pause_a_little(void) {
    nanosleep(&(struct timespec){ 0, 200000 }, NULL);
}

/* Until the ring is full. Returns the quanta that it took. */
static uint32_t fill(const stage *of) {
    uint32_t count = 0;
    for (uint32_t look = 0; look < PATIENCE; look++) {
        const wa_ahead found = wa_context_ahead_render(of->context);
        count += found == WA_AHEAD_RENDERED;
        if (found == WA_AHEAD_FULL) {
            return count;
        }
        if (found == WA_AHEAD_IDLE) {
            pause_a_little();
        }
    }
    fail_msg("the ring is never full");
    return 0;
}

/* As long as the device takes some. */
static void play(const stage *of, uint32_t quantum_count) {
    for (uint32_t look = 0, done = 0; done < quantum_count; look++) {
        const bool is_rendered = wa_context_ahead_render(of->context) == WA_AHEAD_RENDERED;
        done += is_rendered;
        if (!is_rendered) {
            pause_a_little();
        }
        assert_true(look < PATIENCE);
    }
}

/* Of a device that has taken all there was: the source, every frame once, however often it had to wait. */
static uint64_t check_all(uint32_t device, uint64_t first, bool rises, uint64_t end) {
    reading of = { &fakes[device], 0, 0 };
    uint64_t frame = first;
    while (frame < end) {
        frame = check_stretch(&of, frame, rises);
        rises = false;
    }
    check_silence(&of);
    assert_true(frame == end);
    return frame;
}

static void suspend(const stage *of) {
    assert_ok(wa_context_suspend(of->context));
    assert_int_equal(wa_context_ahead_render(of->context), WA_AHEAD_IDLE);
    (void)stage_poll(of, WA_EVENT_STATE_CHANGE);
    assert_int_equal(wa_context_get_state(of->context), WA_CONTEXT_SUSPENDED);
}

typedef struct latency_row {
    uint32_t quantum_frames, callback_frames, latency_frames;
    double lead_s;
    uint32_t wanted_quanta;
} latency_row;

static const latency_row latency_rows[] = {
    { 128, 128, 0, 0.0, 2 },     /* one that plays, one that is rendered */
    { 128, 128, 0, 0.010, 5 },   /* 480 frames are four */
    { 128, 1000, 0, 0.010, 12 }, /* eight of a callback */
    { 128, 0, 256, 0.001, 3 },   /* a callback that varies: its latency */
    { 1000, 128, 0, 0.010, 2 },  { 1, 128, 0, 0.001, 48 + 128 }, { 18000, 128, 0, 10.0, 28 },
};

static void test_latency(void **state) {
    (void)state;
    for (size_t index = 0; index < COUNT(latency_rows); index++) {
        const latency_row *row = &latency_rows[index];
        fakes_reset();
        fakes[0].plan.callback_frames = row->callback_frames;
        fakes[0].plan.latency_frames = row->latency_frames;
        wa_context_desc desc = stage_desc("fake", "0");
        desc.quantum_frames = row->quantum_frames;
        stage of = stage_make(desc);
        const double before_s = wa_context_base_latency_s(of.context);
        assert_ok(wa_context_ahead_begin(of.context, row->lead_s));
        const double added_s = wa_context_base_latency_s(of.context) - before_s;
        const double quanta = added_s * 48000.0 / row->quantum_frames;
        /* home, the null device, calls back a quantum at a time */
        assert_true(fabs(quanta - row->wanted_quanta) < 1e-6);
        assert_ok(wa_context_ahead_begin(of.context, 3.0)); /* it has one */
        assert_true(wa_context_base_latency_s(of.context) == before_s + added_s);
        assert_ok(wa_context_ahead_end(of.context));
        assert_true(wa_context_base_latency_s(of.context) == before_s);
        stage_free(&of);
    }
}

static void test_refusals(void **state) {
    (void)state;
    stage of = stage_make(stage_desc("fake", "0"));
    assert_refused(wa_context_ahead_begin(NULL, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_context_ahead_begin(of.context, (double)NAN), WA_ERR_TYPE, "lead_s");
    assert_refused(wa_context_ahead_begin(of.context, -0.1), WA_ERR_RANGE, "lead_s");
    assert_refused(wa_context_ahead_begin(of.context, 10.1), WA_ERR_RANGE, "lead_s");
    assert_refused(wa_context_ahead_end(NULL), WA_ERR_TYPE, "context");
    assert_int_equal(wa_context_ahead_render(NULL), WA_AHEAD_IDLE);
    assert_int_equal(wa_context_ahead_render(of.context), WA_AHEAD_IDLE); /* not begun */
    assert_ok(wa_context_ahead_end(of.context));
    wa_memory_stats stats;
    wa_engine_memory_stats(of.engine, &stats);
    assert_ok(wa_engine_set_budget(of.engine, stats.used_bytes + 1000));
    assert_refused(wa_context_ahead_begin(of.context, 1.0), WA_ERR_BUDGET, "ahead");
    assert_ok(wa_engine_set_budget(of.engine, 100000000));
    assert_ok(wa_context_close(of.context));
    assert_refused(wa_context_ahead_begin(of.context, 0.0), WA_ERR_INVALID_STATE, "closed");
    stage_free(&of);
    wa_context_desc desc = stage_desc("fake", "0");
    desc.input_channel_count = 1;
    stage recording = stage_make(desc);
    assert_refused(wa_context_ahead_begin(recording.context, 0.0), WA_ERR_NOT_SUPPORTED, "records");
    stage_free(&recording);
    rig *embedded = rig_create(NULL);
    assert_refused(wa_context_ahead_begin(embedded->context, 0.0), WA_ERR_INVALID_STATE, "device");
    rig_destroy(embedded);
}

static void test_silence_until_full(void **state) {
    (void)state;
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_ahead_begin(of.context, 0.010));
    assert_int_equal(wa_context_ahead_render(of.context), WA_AHEAD_IDLE); /* suspended */
    assert_ok(wa_context_resume(of.context));
    play(&of, 1);
    stage_wait(0, 3);
    assert_int_equal(wa_context_current_frame(of.context), QUANTUM);
    assert_true(fakes[0].log[atomic_load(&fakes[0].logged_frames) - 1] == 0.0f);
    assert_true(fill(&of) >= 4);
    stage_wait(0, 8);
    (void)stage_poll(&of, WA_EVENT_ENDED);
    wa_playback_stats stats;
    assert_ok(wa_context_get_playback_stats(of.context, &stats));
    assert_int_equal(stats.underrun_events, 1); /* it was played out once, and not counted before */
    assert_true(stats.underrun_duration_s > 0.0);
    suspend(&of);
    check_all(0, 0, false, wa_context_current_frame(of.context));
    stage_free(&of);
}

/* Sizes of callbacks that are no multiple of the quantum; late in between; suspended and resumed. */
static void test_every_frame_once(void **state) {
    (void)state;
    static const uint32_t sizes[] = { 100, 128, 1, 441, 512, 64 };
    fakes_reset();
    for (size_t index = 0; index < COUNT(sizes); index++) {
        fakes[0].plan.sizes[index] = sizes[index];
    }
    fakes[0].plan.callback_frames = 0;
    fakes[0].plan.latency_frames = 512;
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_ahead_begin(of.context, 0.010));
    assert_ok(wa_context_resume(of.context));
    for (uint32_t round = 0; round < 6; round++) {
        (void)fill(&of);
        play(&of, 10 + round);
        if (round % 2 == 0) {
            stage_wait(0, 15); /* late */
        } else {
            suspend(&of);
            assert_ok(wa_context_resume(of.context));
        }
    }
    (void)fill(&of); /* what is left of the last suspension is behind that */
    stage_wait(0, 20);
    suspend(&of);
    check_all(0, 0, false, wa_context_current_frame(of.context));
    stage_free(&of);
}

/* Begun and ended while it plays: the device plays on at each end, and after a pause in between. */
static void test_begin_and_end_while_it_plays(void **state) {
    (void)state;
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_resume(of.context));
    wait_for_frame(&of, 1000);
    for (uint32_t round = 0; round < 3; round++) {
        assert_ok(wa_context_ahead_begin(of.context, 0.005));
        (void)fill(&of);
        play(&of, 20);
        assert_ok(wa_context_ahead_end(of.context));
        assert_int_equal(wa_context_ahead_render(of.context), WA_AHEAD_IDLE);
        wait_for_frame(&of, wa_context_current_frame(of.context) + 2000);
    }
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    check_all(0, 0, false, wa_context_current_frame(of.context));
    stage_free(&of);
}

typedef struct renderer {
    const stage *of;
    _Atomic bool is_done;
    _Atomic uint64_t quantum_count;
} renderer;

static void *render(void *user) {
    renderer *self = user;
    while (!atomic_load(&self->is_done)) {
        if (wa_context_ahead_render(self->of->context) == WA_AHEAD_RENDERED) {
            atomic_fetch_add(&self->quantum_count, 1);
        } else {
            pause_a_little();
        }
    }
    return NULL;
}

/* A thread renders while control edits, switches and suspends. */
static void test_threads(void **state) {
    (void)state;
    stage of = stage_make(stage_desc("fake", "0"));
    fakes[2].plan.callback_frames = 4096;
    assert_ok(wa_context_resume(of.context));
    assert_ok(wa_context_ahead_begin(of.context, 0.020));
    renderer self = { &of, false, 0 };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, render, &self), 0);
    for (uint32_t round = 0; round < 4; round++) {
        wait_for_frame(&of, wa_context_current_frame(of.context) + 5000);
        move(&of, "fake", round % 2 == 0 ? "1" : "0");
        assert_refused(wa_context_set_device(of.context, "fake", "2"), WA_ERR_NOT_SUPPORTED, "ahead");
        assert_ok(wa_context_suspend_wait(of.context, 10.0));
        const uint64_t at = wa_context_current_frame(of.context);
        assert_ok(wa_context_resume(of.context));
        wait_for_frame(&of, at + 1000);
    }
    const wa_output_timestamp stamp = { 0 };
    wa_output_timestamp now = stamp;
    wa_context_output_timestamp(of.context, &now);
    assert_true(now.context_time_s < wa_context_current_time_s(of.context));
    atomic_store(&self.is_done, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ok(wa_context_ahead_end(of.context));
    assert_true(atomic_load(&self.quantum_count) > 100);
    wait_for_frame(&of, wa_context_current_frame(of.context) + 1000);
    stage_free(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_latency, fakes_begin, fakes_end),
        cmocka_unit_test_setup_teardown(test_refusals, fakes_begin, fakes_end),
        cmocka_unit_test_setup_teardown(test_silence_until_full, fakes_begin, fakes_end),
        cmocka_unit_test_setup_teardown(test_every_frame_once, fakes_begin, fakes_end),
        cmocka_unit_test_setup_teardown(test_begin_and_end_while_it_plays, fakes_begin, fakes_end),
        cmocka_unit_test_setup_teardown(test_threads, fakes_begin, fakes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
