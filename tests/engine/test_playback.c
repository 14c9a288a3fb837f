/* What a context says of its playing: the quantum that suits the device, latencies, the output's time stamp and
 * AudioPlaybackStats. Fake devices say what they are told to; where time is asked for, it is the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include "control/port.h"
#include "control/pulling.h"
#include "rig.h"
#include "stage.h"

#define COUNT(array)      (sizeof(array) / sizeof(array)[0])
#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

/* -- the quantum that suits the device ---------------------------------------------------------- */

typedef struct quantum_row {
    const char *backend;
    float sample_rate_hz;
    uint32_t suits_frames; /* what the fake says */
    double latency_hint_s;
    uint32_t wanted_frames;
} quantum_row;

static const quantum_row quantum_rows[] = {
    { "fake", 48000.0f, 300, 0.0, 300 },
    { "fake", 48000.0f, 1, 0.0, 1 },
    { "fake", 48000.0f, 0, 0.0, 1 },
    { "fake", 3000.0f, 18000, 0.0, 18000 },
    { "fake", 3000.0f, 18001, 0.0, 18000 },
    { "fake", 3000.0f, UINT32_MAX, 0.0, 18000 },
    { "null", 48000.0f, 0, 0.0, 128 },
    { "null", 48000.0f, 0, 0.010, 480 },
    { "null", 44100.0f, 0, 0.010, 441 },
    { "null", 48000.0f, 0, 0.0001, 5 },
    { "null", 3000.0f, 0, 10.0, 3000 },
    { "null", 48000.0f, 0, WA_LATENCY_BALANCED, 1920 },
    { "null", 0.0f, 0, WA_LATENCY_PLAYBACK, 9600 },
};

static void test_quantum_of_the_device(void **state) {
    (void)state;
    for (size_t index = 0; index < COUNT(quantum_rows); index++) {
        const quantum_row *row = &quantum_rows[index];
        fakes_reset();
        fakes[0].plan.quantum_frames = row->suits_frames;
        wa_context_desc desc = stage_desc(row->backend, NULL);
        desc.quantum_frames = WA_QUANTUM_HARDWARE;
        desc.sample_rate_hz = row->sample_rate_hz;
        desc.latency_hint_s = row->latency_hint_s;
        stage of = stage_make(desc);
        assert_int_equal(wa_context_quantum_frames(of.context), row->wanted_frames);
        move(&of, "fake", "1"); /* it stays, whatever suits another device */
        assert_int_equal(wa_context_quantum_frames(of.context), row->wanted_frames);
        assert_ok(wa_context_resume(of.context));
        wait_for_frame(&of, 1);
        assert_ok(wa_context_suspend_wait(of.context, 10.0));
        assert_int_equal(wa_context_current_frame(of.context) % row->wanted_frames, 0);
        reading log = { &fakes[1], 0, 0 };
        assert_true(check_stretch(&log, 0, false) == wa_context_current_frame(of.context));
        stage_free(&of);
    }
}

/* Offline it is 128, as the text says; a host's callback is known to the host alone. */
static void test_quantum_without_a_device(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.quantum_frames = WA_QUANTUM_HARDWARE;
    desc.length_frames = 1000;
    assert_ok(wa_context_create(engine, &desc, &context));
    assert_int_equal(wa_context_quantum_frames(context), 128);
    wa_buffer buffer;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    offline.buffer = &buffer;
    assert_ok(wa_offline_render(context, &offline));
    assert_ok(wa_context_destroy(context));
    desc.kind = WA_CONTEXT_EMBEDDED;
    assert_refused(wa_context_create(engine, &desc, &context), WA_ERR_NOT_SUPPORTED, "quantum_frames");
    assert_ok(wa_engine_destroy(engine));
}

/* -- what a context may ask for ----------------------------------------------------------------- */

typedef struct desc_row {
    wa_context_kind kind;
    double latency_hint_s;
    uint32_t input_channel_count;
    const char *input_id;
    wa_status status;
    const char *word;
    double hint_s; /* as the device is asked */
} desc_row;

static const desc_row desc_rows[] = {
    { WA_CONTEXT_REALTIME, WA_LATENCY_INTERACTIVE, 0, NULL, WA_OK, NULL, 0.0 },
    { WA_CONTEXT_REALTIME, WA_LATENCY_BALANCED, 0, NULL, WA_OK, NULL, 0.040 },
    { WA_CONTEXT_REALTIME, WA_LATENCY_PLAYBACK, 0, NULL, WA_OK, NULL, 0.200 },
    { WA_CONTEXT_REALTIME, 0.5, 0, NULL, WA_OK, NULL, 0.5 },
    { WA_CONTEXT_REALTIME, 10.0, 32, NULL, WA_OK, NULL, 10.0 },
    { WA_CONTEXT_REALTIME, 10.1, 0, NULL, WA_ERR_NOT_SUPPORTED, "latency_hint_s", 0.0 },
    { WA_CONTEXT_REALTIME, -0.5, 0, NULL, WA_ERR_NOT_SUPPORTED, "latency_hint_s", 0.0 },
    { WA_CONTEXT_REALTIME, -3.0, 0, NULL, WA_ERR_NOT_SUPPORTED, "latency_hint_s", 0.0 },
    { WA_CONTEXT_REALTIME, (double)NAN, 0, NULL, WA_ERR_NOT_SUPPORTED, "latency_hint_s", 0.0 },
    { WA_CONTEXT_REALTIME, 0.0, 1, "mic", WA_OK, NULL, 0.0 },
    { WA_CONTEXT_REALTIME, 0.0, 33, NULL, WA_ERR_NOT_SUPPORTED, "input_channel_count", 0.0 },
    { WA_CONTEXT_REALTIME, 0.0, 0, "mic", WA_ERR_NOT_SUPPORTED, "input_device_id", 0.0 },
    { WA_CONTEXT_EMBEDDED, 0.0, 1, "mic", WA_ERR_NOT_SUPPORTED, "input_device_id", 0.0 },
    { WA_CONTEXT_OFFLINE, 0.0, 0, "mic", WA_ERR_NOT_SUPPORTED, "input_device_id", 0.0 },
    { WA_CONTEXT_OFFLINE, 0.0, 1, NULL, WA_ERR_NOT_SUPPORTED, "input_channel_count", 0.0 },
};

static void test_descs(void **state) {
    (void)state;
    for (size_t index = 0; index < COUNT(desc_rows); index++) {
        const desc_row *row = &desc_rows[index];
        fakes_reset();
        wa_engine *engine = NULL;
        wa_context *context = NULL;
        assert_ok(wa_engine_create(NULL, &engine));
        wa_context_desc desc = stage_desc("fake", NULL);
        desc.kind = row->kind;
        desc.latency_hint_s = row->latency_hint_s;
        desc.input_channel_count = row->input_channel_count;
        desc.input_device_id = row->input_id;
        if (row->status == WA_OK) {
            assert_ok(wa_context_create(engine, &desc, &context));
            assert_true(fakes[0].hint_s == row->hint_s);
            assert_string_equal(fakes[0].input_id, row->input_id != NULL ? row->input_id : "");
            assert_ok(wa_context_destroy(context));
        } else {
            assert_refused(wa_context_create(engine, &desc, &context), row->status, row->word);
            assert_null(context);
        }
        assert_ok(wa_engine_destroy(engine));
    }
}

/* -- latency ------------------------------------------------------------------------------------ */

typedef struct latency_row {
    uint32_t quantum_frames, callback_frames; /* callback_frames 0: varies */
    uint32_t latency_frames, input_latency_frames, input_channel_count;
    uint32_t wanted_base_frames, wanted_input_frames;
} latency_row;

static const latency_row latency_rows[] = {
    { 128, 128, 0, 0, 0, 0, 0 },        { 128, 256, 480, 0, 0, 0, 0 },
    { 128, 100, 480, 9, 0, 124, 0 },    { 128, 0, 480, 300, 1, 127, 427 },
    { 441, 480, 96, 480, 2, 438, 918 }, { 1, 0, 1, 1, 1, 0, 1 },
    { 1000, 64, 64, 64, 1, 992, 1056 },
};

static void test_latencies(void **state) {
    (void)state;
    for (size_t index = 0; index < COUNT(latency_rows); index++) {
        const latency_row *row = &latency_rows[index];
        fakes_reset();
        fakes[0].plan.callback_frames = row->callback_frames;
        fakes[0].plan.latency_frames = row->latency_frames;
        fakes[0].plan.input_latency_frames = row->input_latency_frames;
        wa_context_desc desc = stage_desc("fake", NULL);
        desc.quantum_frames = row->quantum_frames;
        desc.input_channel_count = row->input_channel_count;
        stage of = stage_make(desc);
        assert_near(wa_context_base_latency_s(of.context), row->wanted_base_frames / 48000.0);
        assert_near(wa_context_output_latency_s(of.context), row->latency_frames / 48000.0);
        assert_near(wa_context_input_latency_s(of.context), row->wanted_input_frames / 48000.0);
        assert_ok(wa_context_close(of.context));
        assert_true(wa_context_output_latency_s(of.context) == 0.0);
        assert_true(wa_context_input_latency_s(of.context) == 0.0);
        stage_free(&of);
    }
}

/* -- the output's time stamp -------------------------------------------------------------------- */

static wa_output_timestamp stamp_of(const wa_context *context) {
    wa_output_timestamp stamp = { -1.0, -1.0 };
    wa_context_output_timestamp(context, &stamp);
    return stamp;
}

/* What is held over from the last quantum is heard first: the stamp counts it. */
static void test_stamp_counts_what_is_held(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .quantum_frames = 128 });
    float plane[100];
    float *outputs[1] = { plane };
    assert_true(stamp_of(r->context).context_time_s == 0.0);
    assert_true(stamp_of(r->context).performance_time_ms == 0.0);
    for (uint32_t call = 0; call < 20; call++) {
        const double wanted_s = call * 100 / 48000.0;
        const wa_render_desc desc = { sizeof desc, NULL, outputs, 100, 5.0 + wanted_s };
        assert_ok(wa_context_render(r->context, &desc));
        const wa_output_timestamp stamp = stamp_of(r->context);
        assert_near(stamp.context_time_s, wanted_s);
        assert_true(fabs(stamp.performance_time_ms - (5000.0 + 1e3 * wanted_s)) < 1e-5);
    }
    rig_destroy(r);
}

/* A host that knows no time, or none that is one. */
static void test_stamp_of_strange_hosts(void **state) {
    (void)state;
    static const double rows[][2] = {
        { 0.0, 0.0 }, { -1.0, -1000.0 }, { (double)NAN, 0.0 }, { (double)INFINITY, 0.0 }, { 1e307, 0.0 }
    };
    for (size_t index = 0; index < COUNT(rows); index++) {
        rig *r = rig_create(NULL);
        float plane[128];
        float *outputs[1] = { plane };
        const wa_render_desc desc = { sizeof desc, NULL, outputs, 128, rows[index][0] };
        assert_ok(wa_context_render(r->context, &desc));
        assert_true(stamp_of(r->context).performance_time_ms == rows[index][1]);
        rig_destroy(r);
    }
}

typedef struct host {
    wa_context *context;
    _Atomic bool is_ended;
} host;

static void *pull_by_host(void *argument) {
    host *of = argument;
    float frame = 0.0f;
    float *outputs[1] = { &frame };
    for (uint64_t number = 0; !atomic_load(&of->is_ended); number++) {
        const wa_render_desc desc = { sizeof desc, NULL, outputs, 1, 1.0 + (double)number / 48000.0 };
        (void)wa_context_render(of->context, &desc);
    }
    return NULL;
}

/* Both halves belong to the same moment, however the thread that writes them stands. */
static void test_stamp_is_whole(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .quantum_frames = 1 });
    host pulled = { .context = r->context };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, pull_by_host, &pulled), 0);
    uint64_t frame = 0;
    for (uint32_t read = 0; read < 20000 || frame < 1000; read++) {
        const wa_output_timestamp stamp = stamp_of(r->context);
        if (stamp.performance_time_ms != 0.0) {
            assert_true(fabs(stamp.performance_time_ms - 1e3 - 1e3 * stamp.context_time_s) < 1e-5);
        }
        assert_true(wa_context_current_frame(r->context) >= frame);
        frame = wa_context_current_frame(r->context);
    }
    atomic_store(&pulled.is_ended, true);
    pthread_join(thread, NULL);
    rig_destroy(r);
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* In real time it is the frame that is heard now: rendered before, and no later than asked. */
static void test_stamp_of_a_device(void **state) {
    (void)state;
    fakes_reset();
    fakes[0].plan.latency_frames = 480;
    stage of = stage_make(stage_desc("fake", NULL));
    assert_true(stamp_of(of.context).performance_time_ms == 0.0);
    const double begin_ms = now_ms();
    assert_ok(wa_context_resume(of.context));
    wait_for_frame(&of, 1);
    for (uint32_t read = 0; read < 200; read++) {
        const wa_output_timestamp stamp = stamp_of(of.context);
        assert_true(stamp.context_time_s >= 0.0);
        assert_true(stamp.context_time_s < wa_context_current_time_s(of.context));
        assert_true(stamp.performance_time_ms >= begin_ms);
        /* Before the first frame is heard it is that frame, in time to come. */
        assert_true(stamp.performance_time_ms <= now_ms() + (stamp.context_time_s == 0.0 ? 10.0 : 0.0));
        nanosleep(&(struct timespec){ 0, 100000 }, NULL);
    }
    assert_true(stamp_of(of.context).context_time_s > 0.0);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    nanosleep(&(struct timespec){ 0, 30000000 }, NULL); /* all is played: it stands at the last frame */
    const wa_output_timestamp last = stamp_of(of.context);
    assert_near(last.context_time_s, (double)(wa_context_current_frame(of.context) - 1) / 48000.0);
    assert_true(last.performance_time_ms == stamp_of(of.context).performance_time_ms);
    stage_free(&of);
}

/* -- AudioPlaybackStats ------------------------------------------------------------------------- */

static const uint64_t second_ns = 1000000000;

static void miss(uint32_t device, uint64_t events, uint64_t frames) {
    atomic_fetch_add(&fakes[device].underrun_events, events);
    atomic_fetch_add(&fakes[device].underrun_frames, frames);
}

static wa_playback_stats read_at(const stage *of, uint64_t time_ns) {
    wa_playback_stats stats;
    playback_read(of->context, time_ns, &stats);
    return stats;
}

/* Read anew at most once a second, as the text says. */
static void test_stats_once_a_second(void **state) {
    (void)state;
    fakes_reset();
    fakes[0].plan.counts_underruns = true;
    miss(0, 7, 700); /* before this context: not its own */
    stage of = stage_make(stage_desc("fake", NULL));
    assert_ok(wa_context_resume(of.context));
    stage_wait(0, 2);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    const double now_s = wa_context_current_time_s(of.context);
    wa_playback_stats stats = read_at(&of, 5 * second_ns);
    assert_true(stats.underruns_available);
    assert_int_equal(stats.underrun_events, 0);
    assert_near(stats.total_duration_s, now_s);
    miss(0, 2, 480);
    for (uint64_t ns = 0; ns < second_ns; ns += second_ns / 4) {
        stats = read_at(&of, 5 * second_ns + ns);
        assert_int_equal(stats.underrun_events, 0);
    }
    stats = read_at(&of, 6 * second_ns - 1);
    assert_int_equal(stats.underrun_events, 0);
    stats = read_at(&of, 6 * second_ns);
    assert_int_equal(stats.underrun_events, 2);
    assert_near(stats.underrun_duration_s, 0.010);
    assert_near(stats.total_duration_s, 0.010 + now_s);
    miss(0, 1, 48);
    wa_profiler_reset(of.context);
    stats = read_at(&of, 8 * second_ns);
    assert_int_equal(stats.underrun_events, 3); /* the profiler's reset is not theirs */
    stage_free(&of);
}

/* Each device's are counted, and what nobody counted stays unknown. */
static void test_stats_over_devices(void **state) {
    (void)state;
    fakes_reset();
    fakes[0].plan.counts_underruns = fakes[1].plan.counts_underruns = true;
    fakes[3].plan.counts_underruns = true;
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_resume(of.context));
    stage_wait(0, 1);
    miss(0, 2, 96);
    miss(1, 50, 5000); /* long ago */
    move(&of, "fake", "1");
    miss(1, 1, 48);
    move(&of, "none", NULL); /* it counts by itself */
    const wa_playback_stats known = read_at(&of, second_ns);
    assert_true(known.underruns_available);
    assert_true(known.underrun_events >= 3);
    move(&of, "fake", "2"); /* this one does not */
    stage_wait(2, 1);
    wa_playback_stats stats = read_at(&of, 2 * second_ns);
    assert_false(stats.underruns_available);
    move(&of, "fake", "3");
    miss(3, 4, 480);
    stage_wait(3, 1);
    stats = read_at(&of, 3 * second_ns);
    assert_false(stats.underruns_available);
    assert_true(stats.underrun_events >= known.underrun_events + 4);
    assert_true(stats.underrun_duration_s >= known.underrun_duration_s + 0.010 - 1e-9);
    stage_free(&of);
}

/* A device that is open and has not played tells nothing. */
static void test_stats_before_the_first_frame(void **state) {
    (void)state;
    fakes_reset();
    fakes[1].plan.counts_underruns = true;
    stage of = stage_make(stage_desc("fake", "0"));
    (void)wa_context_poll(of.context, NULL, 0);
    assert_false(read_at(&of, second_ns).underruns_available);
    move(&of, "fake", "1");
    assert_true(read_at(&of, 2 * second_ns).underruns_available);
    stage_free(&of);
}

static void check_latency(wa_playback_stats stats, double average_s, double minimum_s,
                          double maximum_s) {
    assert_near(stats.average_latency_s, average_s);
    assert_near(stats.minimum_latency_s, minimum_s);
    assert_near(stats.maximum_latency_s, maximum_s);
}

static void play_until_suspended(const stage *of, uint32_t device, uint32_t latency_frames) {
    fakes[device].plan.latency_frames = latency_frames;
    assert_ok(wa_context_resume(of->context));
    stage_wait(device, 2);
    assert_ok(wa_context_suspend_wait(of->context, 10.0));
}

static void test_stats_of_latency(void **state) {
    (void)state;
    fakes_reset();
    stage of = stage_make(stage_desc("fake", "0"));
    fakes[0].plan.latency_frames = 960;
    check_latency(read_at(&of, second_ns), 0.020, 0.020, 0.020); /* nothing played: what it is now */
    play_until_suspended(&of, 0, 480);
    check_latency(read_at(&of, 2 * second_ns), 0.010, 0.010, 0.010);
    const double first_s = wa_context_current_time_s(of.context);
    play_until_suspended(&of, 0, 1440);
    const double all_s = wa_context_current_time_s(of.context);
    const double average_s = (0.010 * first_s + 0.030 * (all_s - first_s)) / all_s;
    const wa_playback_stats stats = read_at(&of, 3 * second_ns);
    assert_true(fabs(stats.average_latency_s - average_s) < 0.010); /* polls inside count a little */
    assert_true(stats.minimum_latency_s >= 0.010 - 1e-9 && stats.maximum_latency_s <= 0.030 + 1e-9);
    assert_true(stats.average_latency_s > stats.minimum_latency_s);
    fakes[0].plan.latency_frames = 240;
    assert_ok(wa_context_reset_latency(of.context));
    check_latency(read_at(&of, 3 * second_ns + 1), 0.005, 0.005, 0.005); /* at once */
    play_until_suspended(&of, 0, 720);
    check_latency(read_at(&of, 4 * second_ns + 1), 0.015, 0.015, 0.015);
    stage_free(&of);
}

static void test_stats_without_a_device(void **state) {
    (void)state;
    wa_playback_stats stats;
    rig *r = rig_create(NULL);
    (void)rig_render(r, 4800);
    assert_ok(wa_context_get_playback_stats(r->context, &stats));
    assert_false(stats.underruns_available);             /* the host knows */
    assert_near(stats.total_duration_s, 4864 / 48000.0); /* whole quanta */
    check_latency(stats, 0.0, 0.0, 0.0);
    assert_ok(wa_context_reset_latency(r->context));
    assert_refused(wa_context_get_playback_stats(r->context, NULL), WA_ERR_TYPE, "stats is NULL");
    assert_refused(wa_context_get_playback_stats(NULL, &stats), WA_ERR_TYPE, "context is NULL");
    assert_refused(wa_context_reset_latency(NULL), WA_ERR_TYPE, "context is NULL");
    rig_destroy(r);
    r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE });
    assert_refused(wa_context_get_playback_stats(r->context, &stats), WA_ERR_INVALID_STATE, "offline");
    assert_refused(wa_context_reset_latency(r->context), WA_ERR_INVALID_STATE, "offline");
    rig_destroy(r);
}

/* What was played until the end can be read after it. */
static void test_stats_after_close(void **state) {
    (void)state;
    fakes_reset();
    fakes[0].plan.counts_underruns = true;
    stage of = stage_make(stage_desc("fake", NULL));
    assert_ok(wa_context_resume(of.context));
    stage_wait(0, 2);
    miss(0, 3, 4800);
    assert_ok(wa_context_close(of.context));
    wa_playback_stats stats;
    assert_ok(wa_context_get_playback_stats(of.context, &stats));
    assert_int_equal(stats.underrun_events, 3);
    assert_near(stats.total_duration_s, 0.1 + wa_context_current_time_s(of.context));
    stage_free(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantum_of_the_device),
        cmocka_unit_test(test_quantum_without_a_device),
        cmocka_unit_test(test_descs),
        cmocka_unit_test(test_latencies),
        cmocka_unit_test(test_stamp_counts_what_is_held),
        cmocka_unit_test(test_stamp_of_strange_hosts),
        cmocka_unit_test(test_stamp_is_whole),
        cmocka_unit_test(test_stamp_of_a_device),
        cmocka_unit_test(test_stats_once_a_second),
        cmocka_unit_test(test_stats_over_devices),
        cmocka_unit_test(test_stats_before_the_first_frame),
        cmocka_unit_test(test_stats_of_latency),
        cmocka_unit_test(test_stats_without_a_device),
        cmocka_unit_test(test_stats_after_close),
    };
    return cmocka_run_group_tests(tests, fakes_begin, fakes_end);
}
