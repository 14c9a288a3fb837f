/* The profiler through the public API, on a context that plays (M4.1 - M4.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "wavepool/wavepool.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VOICES = 20, QUANTUM = 128, RATE = 48000, QUANTA = 100 };

typedef struct fixture {
    wa_engine *engine;
    wa_context *context;
    float left[QUANTUM], right[QUANTUM];
} fixture;

static void ok(wa_status status) {
    if (status != WA_OK) {
        fail_msg("%s: %s", wa_status_name(status), wa_error_message());
    }
}

/* VOICES times oscillator -> gain -> destination, running. */
static int set_up(void **state) {
    fixture *fix = calloc(1, sizeof *fix);
    ok(wa_engine_create(NULL, &fix->engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    ok(wa_context_create(fix->engine, &desc, &fix->context));
    for (uint32_t voice = 0; voice < VOICES; voice++) {
        wa_node source, gain;
        ok(wa_node_create(fix->context, WA_NODE_TYPE_OSCILLATOR, NULL, &source));
        ok(wa_node_create(fix->context, WA_NODE_TYPE_GAIN, NULL, &gain));
        ok(wa_node_connect(fix->context, source, gain));
        ok(wa_node_connect(fix->context, gain, wa_context_destination(fix->context)));
        ok(wa_source_start(fix->context, source, 0.0));
    }
    ok(wa_context_resume(fix->context));
    *state = fix;
    return 0;
}

static int tear_down(void **state) {
    fixture *fix = *state;
    ok(wa_context_destroy(fix->context));
    ok(wa_engine_destroy(fix->engine));
    free(fix);
    return 0;
}

static void render(fixture *fix, uint32_t quantum_count) {
    float *const outputs[] = { fix->left, fix->right };
    const wa_render_desc desc = { .desc_bytes = (uint32_t)sizeof desc,
                                  .outputs = outputs,
                                  .frame_count = QUANTUM };
    for (uint32_t quantum = 0; quantum < quantum_count; quantum++) {
        ok(wa_context_render(fix->context, &desc));
    }
}

/* M4.1, M4.4: the clock is the context's, and a reset is seen before the next callback. */
static void test_metrics(void **state) {
    fixture *fix = *state;
    render(fix, QUANTA);
    wa_context_poll(fix->context, NULL, 0);
    wa_audio_metrics metrics;
    wa_profiler_get_metrics(fix->context, &metrics);
    assert_true(fabs(metrics.context_time_s - (double)QUANTA * QUANTUM / RATE) < 1e-12);
    assert_int_equal(metrics.render_quantum, QUANTUM);
    assert_int_equal(metrics.callback_count, QUANTA);
    assert_int_equal(metrics.quantum_count, QUANTA);
    assert_false(metrics.underruns_available); /* no device: nobody counts them */
    assert_true(metrics.processing_load > 0.0);
    assert_true(metrics.load.p50 <= metrics.load.p99);
    assert_true(metrics.load.p99 <= metrics.load.p999);
    assert_true(metrics.load.p999 <= metrics.load.max);
    assert_true(metrics.load.avg <= metrics.load.max);
    wa_profiler_reset(fix->context);
    wa_profiler_get_metrics(fix->context, &metrics);
    assert_int_equal(metrics.callback_count, 0);
    assert_true(metrics.load.max == 0.0);
    assert_true(metrics.context_time_s > 0.0);
}

static void test_log_line(void **state) {
    fixture *fix = *state;
    render(fix, 375); /* 1 s */
    char line[128];
    const int length = wa_profiler_log_line(fix->context, line, sizeof line);
    assert_int_equal(length, strlen(line));
    double load_percent, latency_ms;
    assert_int_equal(
        sscanf(line, "[AudioProfiler] time: 1.00s load: %lf%% underruns: unavailable latency: %lfms",
               &load_percent, &latency_ms),
        2);
}

/* M4.6: rows per type and the engine's add up to the render time; nodes to their types. */
static void test_costs_add_up(void **state) {
    fixture *fix = *state;
    wa_node_cost rows[64], nodes[64];
    assert_int_equal(wa_profiler_type_costs(fix->context, rows, 64), 0);
    ok(wa_profiler_set_node_timing(fix->context, 4));
    render(fix, QUANTA);
    const uint32_t count = wa_profiler_type_costs(fix->context, rows, 64);
    const uint32_t node_count = wa_profiler_node_costs(fix->context, nodes, 64);
    double share = 0.0;
    uint32_t found = 0;
    for (uint32_t row = 0; row < count; row++) {
        assert_true(row == 0 || rows[row].ns_per_quantum <= rows[row - 1].ns_per_quantum);
        share += rows[row].share;
        double nodes_ns = 0.0;
        for (uint32_t node = 0; node < node_count; node++) {
            nodes_ns += nodes[node].type == rows[row].type ? nodes[node].ns_per_quantum : 0.0;
        }
        if (strcmp(rows[row].name, "engine") == 0) {
            assert_int_equal(rows[row].instance_quanta, QUANTA / 4);
            found++;
            continue;
        }
        assert_true(fabs(nodes_ns - rows[row].ns_per_quantum) <= 1e-3 * nodes_ns);
        if (rows[row].type == WA_NODE_TYPE_GAIN || rows[row].type == WA_NODE_TYPE_OSCILLATOR) {
            assert_int_equal(rows[row].instance_quanta, VOICES * QUANTA / 4);
            found++;
        }
    }
    assert_int_equal(found, 3);
    assert_true(fabs(share - 1.0) < 1e-9);
}

static json_t *snapshot(const fixture *fix) {
    char *text = NULL;
    ok(wa_profiler_snapshot_json(fix->context, &text));
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    wa_string_free(text);
    return root;
}

/* M4.5: monitoring adds no node; M4.6: memory by category adds up to what is used. */
static void test_snapshot(void **state) {
    fixture *fix = *state;
    ok(wa_profiler_set_node_timing(fix->context, 1));
    ok(wa_profiler_trace_begin(fix->context, 1024));
    render(fix, QUANTA);
    json_t *root = snapshot(fix);
    const json_t *nodes = json_object_get(root, "nodes");
    assert_int_equal(json_integer_value(json_object_get(nodes, "live")), 2 * VOICES + 1);
    const json_t *memory = json_object_get(root, "memory");
    json_int_t sum = 0;
    const char *name;
    json_t *row;
    json_object_foreach(json_object_get(memory, "categories"), name, row) {
        sum += json_integer_value(json_object_get(row, "bytes"));
    }
    assert_int_equal(sum, json_integer_value(json_object_get(memory, "usedBytes")));
    assert_true(json_is_null(json_object_get(root, "bufferUnderruns")));
    assert_true(json_array_size(json_object_get(root, "typeCosts")) >= 3);
    json_decref(root);
}

static uint32_t count_named(const json_t *events, const char *name) {
    uint32_t count = 0;
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event) {
        count += strcmp(json_string_value(json_object_get(event, "name")), name) == 0;
    }
    return count;
}

/* M4.6: poll empties a small ring, so nothing is lost; every quantum and batch is in the file. */
static void test_trace(void **state) {
    fixture *fix = *state;
    char path[] = "wavepool-trace-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(wa_profiler_trace_end(fix->context, path), WA_ERR_INVALID_STATE);
    ok(wa_profiler_trace_begin(fix->context, 64));
    assert_int_equal(wa_profiler_trace_begin(fix->context, 64), WA_ERR_INVALID_STATE);
    for (uint32_t quantum = 0; quantum < QUANTA; quantum++) {
        render(fix, 1);
        wa_context_poll(fix->context, NULL, 0);
    }
    ok(wa_profiler_trace_end(fix->context, path));
    wa_audio_metrics metrics;
    wa_profiler_get_metrics(fix->context, &metrics);
    assert_int_equal(metrics.telemetry_dropped, 0);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    remove(path);
    assert_non_null(root);
    const json_t *events = json_object_get(root, "traceEvents");
    assert_int_equal(count_named(events, "callback"), QUANTA);
    assert_int_equal(count_named(events, "quantum"), QUANTA);
    assert_int_equal(count_named(events, "Oscillator"), QUANTA);
    assert_int_equal(count_named(events, "Gain"), QUANTA);
    json_decref(root);
}

/* M4.5: what is heard does not depend on whether it is measured. */
static void test_sound_is_the_same(void **state) {
    fixture *fix = *state;
    void *other_state = NULL;
    assert_int_equal(set_up(&other_state), 0);
    fixture *other = other_state;
    ok(wa_profiler_set_node_timing(other->context, 1));
    ok(wa_profiler_trace_begin(other->context, 16));
    for (uint32_t quantum = 0; quantum < 20; quantum++) {
        render(fix, 1);
        render(other, 1);
        assert_memory_equal(fix->left, other->left, sizeof fix->left);
        assert_memory_equal(fix->right, other->right, sizeof fix->right);
    }
    assert_true(fix->left[1] != 0.0f);
    assert_int_equal(tear_down(&other_state), 0);
}

/* An offline render is measured block by block, and can be traced from between two quanta. */
static bool take_block(void *user, const float *const *planes, uint32_t channel_count,
                       uint32_t frame_count) {
    (void)planes;
    (void)channel_count;
    *(uint64_t *)user += frame_count;
    return true;
}

static void test_offline(void **state) {
    (void)state;
    wa_engine *engine;
    wa_context *context;
    ok(wa_engine_create(NULL, &engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.length_frames = RATE;
    ok(wa_context_create(engine, &desc, &context));
    uint64_t frames = 0;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    offline.on_block = take_block;
    offline.user = &frames;
    ok(wa_offline_render(context, &offline));
    assert_int_equal(frames, RATE);
    wa_audio_metrics metrics;
    wa_profiler_get_metrics(context, &metrics);
    assert_int_equal(metrics.quantum_count, RATE / QUANTUM);
    assert_true(metrics.callback_count > 1);
    assert_true(metrics.processing_load > 0.0);
    ok(wa_context_destroy(context));
    ok(wa_engine_destroy(engine));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_metrics),
        TEST(test_log_line),
        TEST(test_costs_add_up),
        TEST(test_snapshot),
        TEST(test_trace),
        TEST(test_sound_is_the_same),
        cmocka_unit_test(test_offline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
