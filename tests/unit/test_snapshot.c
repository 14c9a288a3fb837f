/* Snapshot as JSON (M4.1, M4.2, M4.6): both sets of names, null for what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "profile/profile.h"
#include <jansson.h>
#include <math.h>
#include <string.h>

static const wa_node_cost types[] = {
    { .type = WA_NODE_TYPE_GAIN,
      .name = "Gain",
      .ns_per_quantum = 300.5,
      .share = 0.75,
      .instance_quanta = 12 },
    { .name = "engine", .ns_per_quantum = 100.0, .share = 0.25, .instance_quanta = 4 },
};
static const wa_node_cost nodes[] = {
    { .node = { 0x3fffffff00000001 },
      .type = WA_NODE_TYPE_GAIN,
      .name = "Gain",
      .ns_per_quantum = 25.0,
      .share = 0.0625,
      .instance_quanta = 3 },
};
static const profile_pool_row pools[] = {
    { "gain \"1\"",
      { .available = 1,
        .in_use = 2,
        .created_count = 3,
        .reused_count = 4,
        .dropped_count = 5,
        .peak_in_use = 6 } },
};

static profile_snapshot example(void) {
    profile_snapshot snapshot = {
        .metrics = { .context_time_s = 1.25,
                     .render_quantum = 128,
                     .processing_load = 0.032,
                     .load = { .avg = 0.032, .p50 = 0.03, .p99 = 0.05, .p999 = 0.06, .max = 0.07 },
                     .underruns_available = true,
                     .buffer_underruns = 3,
                     .underrun_duration_s = 0.5,
                     .total_duration_s = 1.75,
                     .deadline_misses = 2,
                     .callback_count = 400,
                     .quantum_count = 401,
                     .latency_s = 0.0058,
                     .latency_avg_s = 0.005,
                     .latency_min_s = 0.004,
                     .latency_max_s = 0.006,
                     .telemetry_dropped = 9 },
        .playback = { .underruns_available = true,
                      .underrun_events = 4,
                      .underrun_duration_s = 0.625,
                      .total_duration_s = 1.875,
                      .average_latency_s = 0.007,
                      .minimum_latency_s = 0.0035,
                      .maximum_latency_s = 0.008 },
        .memory = { .budget_bytes = 100000000,
                    .used_bytes = 5000,
                    .peak_bytes = 6000,
                    .allocation_count = 7,
                    .allocated_bytes = 8000,
                    .refused_count = 1,
                    .allocations_per_s = 60.0,
                    .gc_pressure = WA_GC_PRESSURE_MEDIUM },
        .types = types,
        .type_count = 2,
        .nodes = nodes,
        .node_count = 1,
        .pools = pools,
        .pool_count = 1,
        .live_node_count = 10,
        .active_node_count = 5,
        .scheduled_source_count = 2,
    };
    for (uint32_t index = 0; index < WA_MEMORY_CATEGORY_COUNT; index++) {
        snapshot.memory.category_bytes[index] = 100 + index;
        snapshot.memory.category_peak_bytes[index] = 200 + index;
    }
    return snapshot;
}

static int set_up(void **state) {
    return wa_engine_create(NULL, (wa_engine **)state) == WA_OK ? 0 : -1;
}

static int tear_down(void **state) {
    wa_memory_stats stats;
    wa_engine_memory_stats(*state, &stats);
    assert_int_equal(stats.category_bytes[WA_MEMORY_PROFILE], 0);
    return wa_engine_destroy(*state) == WA_OK ? 0 : -1;
}

static json_t *parse(wa_engine *engine, const profile_snapshot *snapshot) {
    char *text = NULL;
    assert_int_equal(profile_snapshot_json(engine, snapshot, &text), WA_OK);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_msg("line %d: %s", error.line, error.text);
    }
    wa_string_free(text);
    return root;
}

/* "a.b.0.c" from the root; a number is an array's index. */
static const json_t *at(const json_t *value, const char *path) {
    while (value != NULL && *path != '\0') {
        char key[64] = "";
        const size_t length = strcspn(path, ".");
        assert_true(length < sizeof key);
        memcpy(key, path, length);
        value = json_is_array(value) ? json_array_get(value, (size_t)(key[0] - '0'))
                                     : json_object_get(value, key);
        path += length + (path[length] == '.');
    }
    return value;
}

static void test_numbers(void **state) {
    const struct {
        const char *path;
        double value;
    } rows[] = {
        /* The journal's AudioMetrics. */
        { "contextTime", 1.25 },
        { "renderQuantum", 128 },
        { "processingLoad", 0.032 },
        { "bufferUnderruns", 3 },
        { "latency", 0.0058 },
        /* AudioPlaybackStats. */
        { "playbackStats.underrunDuration", 0.625 },
        { "playbackStats.underrunEvents", 4 },
        { "playbackStats.totalDuration", 1.875 },
        { "playbackStats.averageLatency", 0.007 },
        { "playbackStats.minimumLatency", 0.0035 },
        { "playbackStats.maximumLatency", 0.008 },
        { "load.avg", 0.032 },
        { "load.p50", 0.03 },
        { "load.p99", 0.05 },
        { "load.p999", 0.06 },
        { "load.max", 0.07 },
        { "deadlineMisses", 2 },
        { "callbackCount", 400 },
        { "quantumCount", 401 },
        { "telemetryDropped", 9 },
        { "memory.budgetBytes", 100000000 },
        { "memory.usedBytes", 5000 },
        { "memory.peakBytes", 6000 },
        { "memory.allocationCount", 7 },
        { "memory.allocatedBytes", 8000 },
        { "memory.refusedCount", 1 },
        { "memory.allocationsPerSecond", 60 },
        { "nodes.live", 10 },
        { "nodes.active", 5 },
        { "nodes.scheduledSources", 2 },
        { "pools.0.available", 1 },
        { "pools.0.inUse", 2 },
        { "pools.0.created", 3 },
        { "pools.0.reused", 4 },
        { "pools.0.dropped", 5 },
        { "pools.0.peakInUse", 6 },
        { "typeCosts.0.nsPerQuantum", 300.5 },
        { "typeCosts.0.share", 0.75 },
        { "typeCosts.0.instanceQuanta", 12 },
        { "typeCosts.1.share", 0.25 },
        { "nodeCosts.0.nsPerQuantum", 25 },
    };
    const profile_snapshot snapshot = example();
    json_t *root = parse(*state, &snapshot);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        const json_t *value = at(root, rows[row].path);
        if (!json_is_number(value) || fabs(json_number_value(value) - rows[row].value) > 1e-9) {
            fail_msg("%s is not %g", rows[row].path, rows[row].value);
        }
    }
    json_decref(root);
}

static void test_strings(void **state) {
    const struct {
        const char *path, *value;
    } rows[] = {
        { "memory.gcPressure", "medium" },
        { "pools.0.name", "gain \"1\"" },
        { "typeCosts.0.type", "Gain" },
        { "typeCosts.1.type", "engine" },
        { "nodeCosts.0.type", "Gain" },
        { "nodeCosts.0.node", "4611686014132420609" }, /* above 2^53: text */
    };
    const profile_snapshot snapshot = example();
    json_t *root = parse(*state, &snapshot);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        const json_t *value = at(root, rows[row].path);
        assert_true(json_is_string(value));
        assert_string_equal(json_string_value(value), rows[row].value);
    }
    assert_int_equal(json_array_size(at(root, "typeCosts")), 2);
    assert_null(at(root, "typeCosts.0.node"));
    json_decref(root);
}

static void test_categories(void **state) {
    const profile_snapshot snapshot = example();
    json_t *root = parse(*state, &snapshot);
    const json_t *categories = at(root, "memory.categories");
    assert_int_equal(json_object_size(categories), WA_MEMORY_CATEGORY_COUNT);
    for (uint32_t index = 0; index < WA_MEMORY_CATEGORY_COUNT; index++) {
        const char *name = wa_memory_category_name((wa_memory_category)index);
        const json_t *row = json_object_get(categories, name);
        assert_int_equal(json_integer_value(json_object_get(row, "bytes")), 100 + index);
        assert_int_equal(json_integer_value(json_object_get(row, "peakBytes")), 200 + index);
    }
    json_decref(root);
}

/* M4.2: a device that does not count underruns is not one that had none. */
static void test_unknown_is_null(void **state) {
    profile_snapshot snapshot = example();
    snapshot.metrics.underruns_available = false;
    snapshot.playback.underruns_available = false;
    snapshot.metrics.latency_s = NAN;
    snapshot.metrics.load.max = INFINITY;
    json_t *root = parse(*state, &snapshot);
    const char *paths[] = { "bufferUnderruns", "playbackStats.underrunDuration",
                            "playbackStats.underrunEvents", "latency", "load.max" };
    for (size_t row = 0; row < sizeof paths / sizeof *paths; row++) {
        assert_true(json_is_null(at(root, paths[row])));
    }
    json_decref(root);
}

static void test_empty(void **state) {
    const profile_snapshot snapshot = { 0 };
    json_t *root = parse(*state, &snapshot);
    const char *paths[] = { "pools", "typeCosts", "nodeCosts" };
    for (size_t row = 0; row < sizeof paths / sizeof *paths; row++) {
        assert_true(json_is_array(at(root, paths[row])));
        assert_int_equal(json_array_size(at(root, paths[row])), 0);
    }
    json_decref(root);
}

/* The text is charged while it lives, and refused like any memory. */
static void test_memory(void **state) {
    wa_engine *engine = *state;
    const profile_snapshot snapshot = example();
    char *text = NULL;
    wa_memory_stats stats;
    wa_engine_seal(engine, true);
    assert_int_equal(profile_snapshot_json(engine, &snapshot, &text), WA_ERR_SEALED);
    assert_null(text);
    wa_engine_seal(engine, false);
    assert_int_equal(profile_snapshot_json(engine, &snapshot, &text), WA_OK);
    wa_engine_memory_stats(engine, &stats);
    assert_true(stats.category_bytes[WA_MEMORY_PROFILE] > strlen(text));
    wa_string_free(text);
    wa_string_free(NULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_numbers),         TEST(test_strings), TEST(test_categories),
        TEST(test_unknown_is_null), TEST(test_empty),   TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
