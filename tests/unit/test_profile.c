/* Profile: load, misses, underruns, latency, costs per type. M4.1 - M4.5. The clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "node.h"
#include "profile/profile.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* In place of profile/clock.c. */
static _Atomic uint64_t now_ns = 1000000;
uint64_t clock_now_ns(void) {
    return now_ns;
}

enum { RATE = 48000, QUANTUM = 128 };
#define NEAR 1e-9

typedef struct fixture {
    wa_engine *engine;
    profile *of;
} fixture;

static int set_up(void **state) {
    static fixture fix;
    assert_int_equal(wa_engine_create(NULL, &fix.engine), WA_OK);
    assert_int_equal(profile_create(fix.engine, RATE, QUANTUM, &fix.of), WA_OK);
    *state = &fix;
    return 0;
}

static int tear_down(void **state) {
    fixture *fix = *state;
    profile_destroy(fix->of);
    wa_memory_stats stats;
    wa_engine_memory_stats(fix->engine, &stats);
    assert_int_equal(stats.category_bytes[WA_MEMORY_PROFILE], 0);
    assert_int_equal(wa_engine_destroy(fix->engine), WA_OK);
    return 0;
}

/* One callback of frame_count frames that takes `load` of its time. */
static void callback(profile *of, double load, uint32_t frame_count) {
    profile_callback_begin(of, 0);
    now_ns += (uint64_t)llround(load * frame_count / RATE * 1e9);
    profile_callback_end(of, frame_count, 0);
}

static wa_audio_metrics read_metrics(const profile *of) {
    const profile_reading reading = { 1.25, 0.003, 0.0028 };
    wa_audio_metrics metrics;
    profile_metrics(of, &reading, &metrics);
    return metrics;
}

static void assert_near(double got, double expected) {
    if (!(fabs(got - expected) <= NEAR + fabs(expected) * 1e-6)) {
        fail_msg("got %.12g, expected %.12g", got, expected);
    }
}

/* M4.1: what the journal's fields mean, before and after the first callbacks. */
static void test_metrics_names(void **state) {
    profile *of = ((fixture *)*state)->of;
    wa_audio_metrics metrics = read_metrics(of);
    assert_near(metrics.context_time_s, 1.25);
    assert_int_equal(metrics.render_quantum, QUANTUM);
    assert_near(metrics.processing_load, 0.0);
    assert_near(metrics.latency_s, 0.0058);
    assert_near(metrics.total_duration_s, 1.25);
    assert_int_equal(metrics.callback_count, 0);
    callback(of, 0.5, 480);
    for (uint32_t index = 0; index < 9; index++) {
        callback(of, 0.25, 480);
        callback(of, 0.75, 480);
    }
    metrics = read_metrics(of);
    assert_int_equal(metrics.callback_count, 19);
    assert_near(metrics.processing_load, 0.5);
    assert_near(metrics.load.avg, 0.5);
    assert_near(metrics.load.max, 0.75);
}

/* Load is time against time: a callback of no frames had none, and a long one weighs more. */
static void test_load_weight(void **state) {
    profile *of = ((fixture *)*state)->of;
    callback(of, 0.0, 128);
    callback(of, 1.0, 4800);
    callback(of, 0.5, 14400);
    callback(of, 0.0, 0);
    const wa_audio_metrics metrics = read_metrics(of);
    assert_int_equal(metrics.callback_count, 3);
    assert_near(metrics.processing_load, 0.625);
    assert_int_equal(metrics.deadline_misses, 0);
}

/* M4.3: percentiles, within 1.6 %, never above the greatest. */
static void test_load_percentiles(void **state) {
    profile *of = ((fixture *)*state)->of;
    callback(of, 9.0, 4800);
    for (uint32_t index = 1; index <= 1000; index++) {
        callback(of, index / 1000.0, 4800);
    }
    const wa_load_stats load = read_metrics(of).load;
    assert_true(fabs(load.p50 - 0.5) <= 0.5 / 64);
    assert_true(fabs(load.p99 - 0.99) <= 0.99 / 64);
    assert_true(fabs(load.p999 - 0.999) <= 0.999 / 64);
    assert_near(load.max, 1.0);
    assert_true(load.p999 <= load.max);
}

/* M4.2: the first callback, and the first after a restart or a reset, count for no miss and no load. */
static void test_first_callback(void **state) {
    profile *of = ((fixture *)*state)->of;
    callback(of, 3.0, 128);
    assert_int_equal(read_metrics(of).deadline_misses, 0);
    assert_near(read_metrics(of).load.max, 0.0);
    callback(of, 2.0, 128);
    assert_int_equal(read_metrics(of).deadline_misses, 1);
    profile_restart(of);
    callback(of, 3.0, 128);
    assert_int_equal(read_metrics(of).deadline_misses, 1);
    assert_near(read_metrics(of).load.max, 2.0);
    callback(of, 1.001, 128000);
    callback(of, 0.999, 128000);
    assert_int_equal(read_metrics(of).deadline_misses, 2);
    profile_reset(of);
    callback(of, 3.0, 128);
    assert_int_equal(read_metrics(of).deadline_misses, 0);
    assert_int_equal(read_metrics(of).callback_count, 1);
    callback(of, 3.0, 128);
    assert_int_equal(read_metrics(of).deadline_misses, 1);
}

/* M4.4: a reset shows at once, also while nothing runs, and leaves what is not a count. */
static void test_reset(void **state) {
    profile *of = ((fixture *)*state)->of;
    profile_set_node_timing(of, 7);
    callback(of, 0.5, 128);
    callback(of, 0.5, 128);
    profile_device_underruns(of, true, 0, 0.0);
    profile_device_underruns(of, true, 5, 0.5);
    profile_latency(of, 0.02, 128);
    profile_reset(of);
    for (uint32_t index = 0; index < 2; index++) {
        const wa_audio_metrics metrics = read_metrics(of);
        assert_near(metrics.processing_load, 0.0);
        assert_near(metrics.load.p50, 0.0);
        assert_int_equal(metrics.buffer_underruns, 0);
        assert_true(metrics.underruns_available);
        assert_near(metrics.latency_max_s, 0.0058);
        assert_int_equal(metrics.quantum_count, 0);
        assert_int_equal(metrics.callback_count, index);
        callback(of, 0.5, 128);
    }
    assert_near(read_metrics(of).processing_load, 0.5);
    assert_int_equal(profile_node_timing(of), 7);
}

/* M4.2: as the device says, since it was opened; counted since the reset. */
static void test_underruns(void **state) {
    profile *of = ((fixture *)*state)->of;
    assert_false(read_metrics(of).underruns_available);
    const struct {
        bool is_after_reset, available;
        uint64_t events;
        double duration_s;
        uint64_t expected_events;
        double expected_duration_s;
    } rows[] = {
        { false, false, 0, 0.0, 0, 0.0 },     { false, true, 2, 0.010, 2, 0.010 },
        { false, true, 2, 0.010, 2, 0.010 },  { false, true, 3, 0.0125, 3, 0.0125 },
        { true, true, 3, 0.0125, 0, 0.0 },    { false, true, 5, 0.020, 2, 0.0075 },
        { false, true, 1, 0.001, 3, 0.0085 }, /* opened again */
        { false, true, 1, 0.0005, 4, 0.009 }, /* and again */
        { true, true, 2, 0.0025, 1, 0.002 },
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        if (rows[row].is_after_reset) {
            profile_reset(of);
            assert_int_equal(read_metrics(of).buffer_underruns, 0);
        }
        profile_device_underruns(of, rows[row].available, rows[row].events, rows[row].duration_s);
        const wa_audio_metrics metrics = read_metrics(of);
        assert_int_equal(metrics.underruns_available, rows[row].available);
        assert_int_equal(metrics.buffer_underruns, rows[row].expected_events);
        assert_near(metrics.underrun_duration_s, rows[row].expected_duration_s);
        assert_near(metrics.total_duration_s, rows[row].expected_duration_s + 1.25);
    }
    profile_device_underruns(of, false, 0, 0.0);
    assert_false(read_metrics(of).underruns_available);
}

/* The mean is over frames; where nothing was played, nothing was late. */
static void test_latency(void **state) {
    profile *of = ((fixture *)*state)->of;
    assert_near(read_metrics(of).latency_avg_s, 0.0058);
    const struct {
        double latency_s;
        uint64_t frame_count;
        double avg_s, min_s, max_s;
    } rows[] = { { 0.500, 0, 0.0058, 0.0058, 0.0058 },    { 0.010, 128, 0.010, 0.010, 0.010 },
                 { 0.006, 128, 0.008, 0.006, 0.010 },     { 0.020, 256, 0.014, 0.006, 0.020 },
                 { 0.001, 0, 0.014, 0.006, 0.020 },       { 0.004, 512, 0.009, 0.004, 0.020 },
                 { 0.004, 1u << 30, 0.004, 0.004, 0.020 } };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        profile_latency(of, rows[row].latency_s, rows[row].frame_count);
        const wa_audio_metrics metrics = read_metrics(of);
        assert_true(fabs(metrics.latency_avg_s - rows[row].avg_s) < 1e-7);
        assert_near(metrics.latency_min_s, rows[row].min_s);
        assert_near(metrics.latency_max_s, rows[row].max_s);
        assert_near(metrics.latency_s, 0.0058);
    }
}

/* -- AudioPlaybackStats: since the beginning, whatever was reset -- */

static wa_playback_stats read_playback(const profile *of) {
    const profile_reading reading = { 1.25, 0.002, 0.0038 };
    wa_playback_stats stats;
    profile_playback(of, &reading, &stats);
    return stats;
}

static void test_playback_underruns(void **state) {
    profile *of = ((fixture *)*state)->of;
    assert_false(read_playback(of).underruns_available); /* nobody has said anything */
    const struct {
        bool is_reset_first, is_other_device, is_available;
        uint64_t events;
        double duration_s;
        bool wanted_available;
        uint64_t wanted_events;
        double wanted_duration_s;
    } rows[] = {
        { false, false, true, 0, 0.0, true, 0, 0.0 },
        { false, false, true, 3, 0.25, true, 3, 0.25 },
        { true, false, true, 3, 0.25, true, 3, 0.25 }, /* the profiler's reset is not ours */
        { true, false, true, 4, 0.375, true, 4, 0.375 },
        { false, true, true, 4, 0.375, true, 8, 0.75 }, /* as many, on another device */
        { false, true, false, 0, 0.0, false, 8, 0.75 }, /* this one does not count */
        { true, true, true, 1, 0.25, false, 9, 1.0 },   /* and what it missed stays unknown */
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        if (rows[row].is_reset_first) {
            profile_reset(of);
        }
        if (rows[row].is_other_device) {
            profile_device_changed(of);
        }
        profile_device_underruns(of, rows[row].is_available, rows[row].events, rows[row].duration_s);
        const wa_playback_stats stats = read_playback(of);
        assert_int_equal(stats.underruns_available, rows[row].wanted_available);
        assert_int_equal(stats.underrun_events, rows[row].wanted_events);
        assert_near(stats.underrun_duration_s, rows[row].wanted_duration_s);
        assert_near(stats.total_duration_s, rows[row].wanted_duration_s + 1.25);
    }
}

static void test_playback_latency(void **state) {
    profile *of = ((fixture *)*state)->of;
    assert_near(read_playback(of).average_latency_s, 0.0058); /* what it is now */
    profile_latency(of, 0.010, 128);
    profile_latency(of, 0.030, 128);
    profile_reset(of);
    const wa_playback_stats stats = read_playback(of);
    assert_near(stats.average_latency_s, 0.020);
    assert_near(stats.minimum_latency_s, 0.010);
    assert_near(stats.maximum_latency_s, 0.030);
    assert_near(read_metrics(of).latency_avg_s, 0.0058);
    profile_latency(of, 0.016, 128);
    profile_reset_latency(of);
    assert_near(read_playback(of).minimum_latency_s, 0.0058);
    assert_near(read_playback(of).maximum_latency_s, 0.0058);
    assert_near(read_metrics(of).latency_avg_s, 0.016); /* each has a reset of its own */
    profile_latency(of, 0.012, 1);
    assert_near(read_playback(of).average_latency_s, 0.012);
}

/* -- M4.6: costs per type -- */

/* A quantum with a span of each type at two levels and `rest` ns of the engine's own. */
static bool quantum(profile *of, uint64_t gain_ns, uint64_t filter_ns, uint64_t rest_ns) {
    const bool is_timed = profile_quantum_begin(of, 0);
    now_ns += rest_ns;
    for (uint32_t level = 0; level < 2 && is_timed; level++) {
        uint64_t begin_ns = now_ns;
        now_ns += gain_ns;
        profile_span(of, level, WA_NODE_TYPE_GAIN, 3, begin_ns, now_ns);
        begin_ns = now_ns;
        now_ns += filter_ns;
        profile_span(of, level, WA_NODE_TYPE_BIQUAD_FILTER, 1, begin_ns, now_ns);
    }
    profile_quantum_end(of, is_timed);
    return is_timed;
}

static void test_type_costs(void **state) {
    profile *of = ((fixture *)*state)->of;
    wa_node_cost rows[8];
    assert_int_equal(profile_type_costs(of, rows, 8), 0);
    profile_set_node_timing(of, 1);
    profile_callback_begin(of, 0);
    assert_true(quantum(of, 100, 301, 50));
    assert_true(quantum(of, 100, 300, 51));
    profile_callback_end(of, 256, 0);
    assert_int_equal(profile_timed_quantum_count(of), 2);
    assert_int_equal(profile_timed_ns(of), 400 + 1202 + 101);
    assert_int_equal(profile_type_costs(of, rows, 8), 3);
    const struct {
        const char *name;
        wa_node_type type;
        double ns_per_quantum;
        uint64_t instance_quanta;
    } expected[] = {
        { node_class(WA_NODE_TYPE_BIQUAD_FILTER)->name, WA_NODE_TYPE_BIQUAD_FILTER, 601.0, 4 },
        { node_class(WA_NODE_TYPE_GAIN)->name, WA_NODE_TYPE_GAIN, 200.0, 12 },
        { "engine", (wa_node_type)0, 50.5, 2 },
    };
    double share = 0.0;
    for (uint32_t row = 0; row < 3; row++) {
        assert_string_equal(rows[row].name, expected[row].name);
        assert_int_equal(rows[row].type, expected[row].type);
        assert_int_equal(rows[row].node.id, 0);
        assert_near(rows[row].ns_per_quantum, expected[row].ns_per_quantum);
        assert_int_equal(rows[row].instance_quanta, expected[row].instance_quanta);
        share += rows[row].share;
    }
    assert_near(share, 1.0);
}

/* Fewer rows than there are: the costliest. */
static void test_type_costs_capacity(void **state) {
    profile *of = ((fixture *)*state)->of;
    profile_set_node_timing(of, 1);
    quantum(of, 10, 20, 100);
    wa_node_cost rows[3];
    for (uint32_t capacity = 0; capacity <= 3; capacity++) {
        memset(rows, 0xff, sizeof rows);
        assert_int_equal(profile_type_costs(of, rows, capacity), capacity);
        const double expected_ns[] = { 100.0, 40.0, 20.0 };
        for (uint32_t row = 0; row < capacity; row++) {
            assert_near(rows[row].ns_per_quantum, expected_ns[row]);
        }
        if (capacity < 3) {
            assert_int_equal(rows[capacity].instance_quanta, UINT64_MAX);
        }
    }
}

static void test_timing_interval(void **state) {
    profile *of = ((fixture *)*state)->of;
    const struct {
        uint32_t interval, quanta, expected;
    } rows[] = {
        { 0, 20, 0 }, { 1, 20, 20 }, { 2, 20, 10 }, { 16, 33, 3 }, { 1000, 5, 1 }, { 0, 5, 0 }
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        profile_reset(of);
        profile_set_node_timing(of, 0);
        callback(of, 0.1, 128);
        quantum(of, 1, 1, 1); /* off for one quantum: the next interval begins anew */
        profile_set_node_timing(of, rows[row].interval);
        assert_int_equal(profile_node_timing(of), rows[row].interval);
        uint32_t timed = 0;
        for (uint32_t index = 0; index < rows[row].quanta; index++) {
            timed += quantum(of, 5, 5, 5);
        }
        assert_int_equal(timed, rows[row].expected);
        assert_int_equal(profile_timed_quantum_count(of), rows[row].expected);
        callback(of, 0.1, 128);
        assert_int_equal(read_metrics(of).quantum_count, rows[row].quanta + 1);
    }
}

/* -- M4.4: the line -- */

static void test_log_line(void **state) {
    (void)state;
    const struct {
        wa_audio_metrics metrics;
        const char *line;
    } rows[] = {
        { { .context_time_s = 1.25,
            .processing_load = 0.032,
            .underruns_available = true,
            .latency_s = 0.0058 },
          "[AudioProfiler] time: 1.25s load: 3.2% underruns: 0 latency: 5.8ms" },
        { { .context_time_s = 61.999,
            .processing_load = 1.5,
            .underruns_available = true,
            .buffer_underruns = 12345678901,
            .latency_s = 0.1 },
          "[AudioProfiler] time: 62.00s load: 150.0% underruns: 12345678901 latency: 100.0ms" },
        { { .underruns_available = false, .buffer_underruns = 3 },
          "[AudioProfiler] time: 0.00s load: 0.0% underruns: unavailable latency: 0.0ms" },
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        char line[128];
        const int length = profile_log_line(&rows[row].metrics, line, sizeof line);
        assert_string_equal(line, rows[row].line);
        assert_int_equal(length, strlen(rows[row].line));
        char shorter[10];
        assert_int_equal(profile_log_line(&rows[row].metrics, shorter, sizeof shorter), length);
        assert_string_equal(shorter, "[AudioPro");
    }
}

/* -- Both sides at once: every reading is of one moment -- */

enum { RACE_CALLBACKS = 4000, RACE_PAUSE_NS = 10000 };

static void *race_render(void *user) {
    profile *of = user;
    for (uint32_t index = 0; index < RACE_CALLBACKS; index++) {
        profile_callback_begin(of, index);
        quantum(of, 100, 200, 7);
        now_ns += 1000000 - 607;
        profile_callback_end(of, 4800, index);
        const struct timespec pause = { .tv_nsec =
                                            RACE_PAUSE_NS }; /* no device calls without a pause */
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void check_moment(const profile *of) {
    const wa_audio_metrics metrics = read_metrics(of);
    if (metrics.callback_count > 1) {
        assert_near(metrics.processing_load, 0.01);
    }
    wa_node_cost rows[4];
    const uint32_t count = profile_type_costs(of, rows, 4);
    if (count != 0) {
        assert_int_equal(count, 3);
        assert_near(rows[0].ns_per_quantum + rows[1].ns_per_quantum + rows[2].ns_per_quantum, 607.0);
        assert_near(rows[2].ns_per_quantum, 7.0);
        assert_int_equal(rows[1].instance_quanta, rows[2].instance_quanta * 6);
    }
}

static void test_race(void **state) {
    profile *of = ((fixture *)*state)->of;
    profile_set_node_timing(of, 1);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, race_render, of), 0);
    for (uint32_t index = 0; index < 2000; index++) {
        check_moment(of);
        if (index % 100 == 0) {
            profile_reset(of);
        }
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    check_moment(of);
}

/* Over budget or sealed: the status of memory, and nothing is left. */
static void test_create_refused(void **state) {
    wa_engine *engine = ((fixture *)*state)->engine;
    profile *made = NULL;
    wa_memory_stats before, after;
    wa_engine_memory_stats(engine, &before);
    wa_engine_seal(engine, true);
    assert_int_equal(profile_create(engine, RATE, QUANTUM, &made), WA_ERR_SEALED);
    wa_engine_seal(engine, false);
    wa_engine_memory_stats(engine, &after);
    assert_null(made);
    assert_int_equal(after.used_bytes, before.used_bytes);
    profile_destroy(NULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_metrics_names),
        TEST(test_load_weight),
        TEST(test_load_percentiles),
        TEST(test_first_callback),
        TEST(test_reset),
        TEST(test_underruns),
        TEST(test_latency),
        TEST(test_playback_underruns),
        TEST(test_playback_latency),
        TEST(test_type_costs),
        TEST(test_type_costs_capacity),
        TEST(test_timing_interval),
        TEST(test_race),
        TEST(test_create_refused),
        cmocka_unit_test(test_log_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
