/* Trace (M4.6): ring, drops, the file that Perfetto opens, and what is left if it cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "node.h"
#include "profile/profile.h"
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* In place of profile/clock.c: each look takes 1 microsecond. */
static _Atomic uint64_t now_ns = 5000000000;
uint64_t clock_now_ns(void) {
    return atomic_fetch_add(&now_ns, 1000);
}

enum { RATE = 48000, QUANTUM = 128, PATH_BYTES = 256 };

typedef struct fixture {
    wa_engine *engine;
    profile *of;
    uint64_t idle_bytes;
    char folder[PATH_BYTES - 16], path[PATH_BYTES];
} fixture;

static uint64_t used_bytes(const fixture *fix) {
    wa_memory_stats stats;
    wa_engine_memory_stats(fix->engine, &stats);
    return stats.category_bytes[WA_MEMORY_PROFILE];
}

static int set_up(void **state) {
    static fixture fix;
    assert_int_equal(wa_engine_create(NULL, &fix.engine), WA_OK);
    assert_int_equal(profile_create(fix.engine, RATE, QUANTUM, &fix.of), WA_OK);
    fix.idle_bytes = used_bytes(&fix);
    const char *base = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    snprintf(fix.folder, sizeof fix.folder, "%.200s/wavepool-trace-XXXXXX", base);
    assert_non_null(mkdtemp(fix.folder));
    snprintf(fix.path, sizeof fix.path, "%s/t.json", fix.folder);
    *state = &fix;
    return 0;
}

static int tear_down(void **state) {
    fixture *fix = *state;
    remove(fix->path);
    assert_int_equal(rmdir(fix->folder), 0); /* nothing else was left */
    profile_destroy(fix->of);
    assert_int_equal(used_bytes(fix), 0);
    assert_int_equal(wa_engine_destroy(fix->engine), WA_OK);
    return 0;
}

/* 5 events: two spans, two quanta of which each has one, and the callback. */
enum { EVENTS_PER_CALLBACK = 5 };
static void callback(profile *of, uint64_t frame) {
    profile_callback_begin(of, frame);
    for (uint32_t index = 0; index < 2; index++) {
        const bool is_timed = profile_quantum_begin(of, frame + index * QUANTUM);
        if (is_timed) {
            const uint64_t begin_ns = clock_now_ns();
            profile_span(of, index, WA_NODE_TYPE_GAIN, 3 + index, begin_ns, clock_now_ns());
        }
        profile_quantum_end(of, is_timed);
    }
    profile_callback_end(of, 2 * QUANTUM, frame);
}

static uint64_t dropped(const profile *of) {
    const profile_reading reading = { 0 };
    wa_audio_metrics metrics;
    profile_metrics(of, &reading, &metrics);
    return metrics.telemetry_dropped;
}

/* The events of the file, without the metadata; the caller drops *root. */
static json_t *load_events(const char *path, json_t **root) {
    json_error_t error;
    *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (*root == NULL) {
        fail_msg("line %d: %s", error.line, error.text);
    }
    json_t *events = json_object_get(*root, "traceEvents");
    assert_true(json_is_array(events));
    return events;
}

static const char *text(const json_t *event, const char *key) {
    const json_t *value = json_object_get(event, key);
    assert_true(json_is_string(value));
    return json_string_value(value);
}

static double number(const json_t *event, const char *key) {
    const json_t *value = json_object_get(event, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static uint32_t count_named(const json_t *events, const char *name) {
    uint32_t count = 0;
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event) {
        count += strcmp(text(event, "name"), name) == 0;
    }
    return count;
}

/* -- What the file says -- */

static void check_event(const json_t *event) {
    const char *phase = text(event, "ph");
    assert_true(strlen(phase) == 1 && strchr("XCM", phase[0]) != NULL);
    assert_true(number(event, "pid") > 0.0);
    assert_true(number(event, "tid") > 0.0);
    assert_true(json_is_object(json_object_get(event, "args")));
    if (phase[0] != 'M') {
        assert_true(number(event, "ts") >= 0.0);
    }
    if (phase[0] == 'X') {
        assert_true(number(event, "dur") > 0.0);
    }
}

/* Each event lies inside an event that contains it, as its kind asks. */
static void check_inside(const json_t *events, const json_t *inner, const char *outer_name) {
    const double begin = number(inner, "ts"), end = begin + number(inner, "dur");
    size_t index;
    json_t *outer;
    json_array_foreach(events, index, outer) {
        if (strcmp(text(outer, "name"), outer_name) == 0 && number(outer, "ts") < begin &&
            number(outer, "ts") + number(outer, "dur") > end) {
            return;
        }
    }
    fail_msg("%s at %g is not inside a %s", text(inner, "name"), begin, outer_name);
}

static void test_file(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 64), WA_OK);
    callback(fix->of, 0);
    callback(fix->of, 256);
    profile_trace_drain(fix->of);
    callback(fix->of, 512);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    json_t *root;
    json_t *events = load_events(fix->path, &root);
    const char *gain = node_class(WA_NODE_TYPE_GAIN)->name;
    assert_int_equal(count_named(events, "callback"), 3);
    assert_int_equal(count_named(events, "quantum"), 6);
    assert_int_equal(count_named(events, gain), 6);
    assert_int_equal(count_named(events, "load"), 3);
    assert_int_equal(count_named(events, "thread_name"), 1);
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event) {
        check_event(event);
        if (strcmp(text(event, "name"), "quantum") == 0) {
            check_inside(events, event, "callback");
        } else if (strcmp(text(event, "name"), gain) == 0) {
            check_inside(events, event, "quantum");
        }
    }
    assert_int_equal(dropped(fix->of), 0);
    json_decref(root);
}

/* Microseconds since the trace began, to the nanosecond; level, instances, frames; load in percent. */
static void test_file_values(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 64), WA_OK);
    callback(fix->of, 384);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    json_t *root;
    json_t *events = load_events(fix->path, &root);
    const json_t *span = json_array_get(events, 2), *quantum = json_array_get(events, 3);
    assert_true(fabs(number(span, "ts") - 3.0) < 1e-9);
    assert_true(fabs(number(span, "dur") - 1.0) < 1e-9);
    assert_true(number(json_object_get(span, "args"), "level") == 0.0);
    assert_true(number(json_object_get(span, "args"), "instances") == 3.0);
    assert_true(fabs(number(quantum, "ts") - 2.0) < 1e-9);
    assert_true(fabs(number(quantum, "dur") - 3.0) < 1e-9);
    assert_true(number(json_object_get(quantum, "args"), "frame") == 384.0);
    const json_t *whole = json_array_get(events, 6), *load = json_array_get(events, 7);
    assert_true(number(json_object_get(whole, "args"), "frames") == 256.0);
    const double percent = number(whole, "dur") / (256.0 / RATE * 1e6) * 100.0;
    assert_true(fabs(number(json_object_get(load, "args"), "percent") - percent) < 1e-3);
    json_decref(root);
}

/* With an interval only those quanta have spans; without, the trace times all, and only meanwhile. */
static void test_spans_by_interval(void **state) {
    fixture *fix = *state;
    profile_set_node_timing(fix->of, 4);
    assert_int_equal(profile_trace_begin(fix->of, 64), WA_OK);
    for (uint64_t index = 0; index < 4; index++) {
        callback(fix->of, index * 256);
    }
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    json_t *root;
    json_t *events = load_events(fix->path, &root);
    assert_int_equal(count_named(events, "quantum"), 8);
    assert_int_equal(count_named(events, node_class(WA_NODE_TYPE_GAIN)->name), 2);
    json_decref(root);
    profile_set_node_timing(fix->of, 0);
    const uint64_t before = profile_timed_quantum_count(fix->of);
    callback(fix->of, 0);
    assert_int_equal(profile_timed_quantum_count(fix->of), before);
}

/* -- Full: dropped and counted -- */

static void test_drop(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 7), WA_OK);
    callback(fix->of, 0);
    callback(fix->of, 256);
    assert_int_equal(dropped(fix->of), 2 * EVENTS_PER_CALLBACK - 7);
    profile_trace_drain(fix->of);
    callback(fix->of, 512);
    assert_int_equal(dropped(fix->of), 2 * EVENTS_PER_CALLBACK - 7);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    json_t *root;
    json_t *events = load_events(fix->path, &root);
    assert_int_equal(json_array_size(events), 2 + 7 + EVENTS_PER_CALLBACK + 2); /* 2 loads */
    json_decref(root);
    profile_reset(fix->of);
    assert_int_equal(dropped(fix->of), 0);
}

/* Without memory to keep them in, events wait in the ring; what comes on top is dropped. */
static void test_drop_when_sealed(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 10), WA_OK);
    wa_engine_seal(fix->engine, true);
    for (uint64_t index = 0; index < 3; index++) {
        callback(fix->of, 0);
        profile_trace_drain(fix->of);
    }
    wa_engine_seal(fix->engine, false);
    assert_int_equal(dropped(fix->of), EVENTS_PER_CALLBACK);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    json_t *root;
    assert_int_equal(json_array_size(load_events(fix->path, &root)), 2 + 10 + 2);
    json_decref(root);
}

/* -- Refused -- */

static void test_states(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_ERR_INVALID_STATE);
    assert_int_equal(profile_trace_begin(fix->of, 0), WA_ERR_RANGE);
    assert_non_null(strstr(wa_error_message(), "event_capacity"));
    wa_engine_seal(fix->engine, true);
    assert_int_equal(profile_trace_begin(fix->of, 8), WA_ERR_SEALED);
    wa_engine_seal(fix->engine, false);
    assert_int_equal(profile_trace_begin(fix->of, UINT32_MAX), WA_ERR_BUDGET);
    assert_int_equal(used_bytes(fix), fix->idle_bytes);
    assert_int_equal(profile_trace_begin(fix->of, 8), WA_OK);
    assert_int_equal(profile_trace_begin(fix->of, 8), WA_ERR_INVALID_STATE);
    assert_int_equal(profile_trace_end(fix->of, NULL), WA_ERR_TYPE);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_ERR_INVALID_STATE);
    assert_int_equal(used_bytes(fix), fix->idle_bytes);
}

static void check_io_error(fixture *fix, const char *path) {
    assert_int_equal(profile_trace_end(fix->of, path), WA_ERR_IO);
    char part[PATH_BYTES + 8];
    snprintf(part, sizeof part, "%.250s.part", path);
    assert_int_equal(access(part, F_OK), -1);
}

/* Nothing is left at path; the trace goes on with all it had, so that another path can be tried. */
static void test_io_errors(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 64), WA_OK);
    callback(fix->of, 0);
    char path[PATH_BYTES + 16];
    snprintf(path, sizeof path, "%s/none/t.json", fix->folder);
    check_io_error(fix, path);
    assert_non_null(strstr(wa_error_message(), path));
    check_io_error(fix, fix->folder); /* a folder cannot be replaced by a file */
    struct stat there;
    snprintf(path, sizeof path, "%s/pipe", fix->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_io_error(fix, path); /* a pipe or a device could be, and must not */
    assert_int_equal(stat(path, &there), 0);
    assert_true(S_ISFIFO(there.st_mode));
    assert_int_equal(unlink(path), 0);
    static char long_path[8192];
    memset(long_path, 'x', sizeof long_path - 1);
    assert_int_equal(profile_trace_end(fix->of, long_path), WA_ERR_IO);
    callback(fix->of, 256);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    json_t *root;
    assert_int_equal(count_named(load_events(fix->path, &root), "callback"), 2);
    json_decref(root);
}

/* A disk that is full after 100 bytes. */
static void test_write_fails(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 4096), WA_OK);
    for (uint64_t index = 0; index < 400; index++) {
        callback(fix->of, index * 256);
    }
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = { 100, before.rlim_max };
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const wa_status status = profile_trace_end(fix->of, fix->path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, WA_ERR_IO);
    assert_int_equal(access(fix->path, F_OK), -1);
}

/* -- Stopped at any moment -- */

/* From inside the callback that is recorded, as a suspended offline render does: the ring waits. */
static void test_end_inside_callback(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 16), WA_OK);
    callback(fix->of, 0);
    profile_callback_begin(fix->of, 256);
    const bool is_timed = profile_quantum_begin(fix->of, 256);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    assert_true(used_bytes(fix) > fix->idle_bytes); /* held */
    assert_int_equal(profile_trace_begin(fix->of, 16), WA_OK);
    profile_quantum_end(fix->of, is_timed);
    profile_callback_end(fix->of, 128, 256);
    callback(fix->of, 384);
    assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    assert_int_equal(used_bytes(fix), fix->idle_bytes);
    json_t *root;
    assert_int_equal(count_named(load_events(fix->path, &root), "callback"), 1);
    json_decref(root);
}

static _Atomic bool is_over;
static void *render_until_over(void *user) {
    for (uint64_t frame = 0; !is_over; frame += 256) {
        callback(user, frame);
    }
    return NULL;
}

static void test_race(void **state) {
    fixture *fix = *state;
    is_over = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, render_until_over, fix->of), 0);
    for (uint32_t round = 0; round < 40; round++) {
        assert_int_equal(profile_trace_begin(fix->of, 1 + round * 7), WA_OK);
        for (uint32_t index = 0; index < 20; index++) {
            profile_trace_drain(fix->of);
        }
        assert_int_equal(profile_trace_end(fix->of, fix->path), WA_OK);
    }
    is_over = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    profile_trace_drain(fix->of);
    assert_int_equal(used_bytes(fix), fix->idle_bytes);
    json_t *root;
    load_events(fix->path, &root);
    json_decref(root);
}

/* Destroyed while one is recorded: all of it goes. tear_down counts. */
static void test_destroy_recording(void **state) {
    fixture *fix = *state;
    assert_int_equal(profile_trace_begin(fix->of, 16), WA_OK);
    callback(fix->of, 0);
    profile_trace_drain(fix->of);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_file),      TEST(test_file_values),       TEST(test_spans_by_interval),
        TEST(test_drop),      TEST(test_drop_when_sealed),  TEST(test_states),
        TEST(test_io_errors), TEST(test_write_fails),       TEST(test_end_inside_callback),
        TEST(test_race),      TEST(test_destroy_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
