/* A snapshot of the graph says what is there: nodes, connections, params, pools, costs, and what each does.
 * Method: small graphs whose every line is known, read back with a JSON parser; one row per state that a node
 * can be in, before and after it plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "graph_reader.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUANTUM = 128 };

/* -- what is there ------------------------------------------------------------------------------ */

static void test_context(void **state) {
    (void)state;
    rig *r =
        rig_create(&(rig_desc){ .channel_count = 3, .sample_rate_hz = 44100, .quantum_frames = 441 });
    rig_skip(r, 882);
    json_t *root = take_json(r, NULL);
    const json_t *context = json_object_get(root, "context");
    assert_string_equal(string_of(context, "kind"), "embedded");
    assert_string_equal(string_of(context, "state"), "running");
    assert_true(number_of(context, "sampleRate") == 44100.0);
    assert_true(number_of(context, "renderQuantum") == 441.0);
    assert_true(number_of(context, "channelCount") == 3.0);
    assert_true(number_of(context, "currentFrame") == 882.0);
    assert_true(number_of(context, "nodeCount") == 1.0);
    assert_true(number_of(context, "timedQuanta") == 0.0);
    assert_true(json_is_null(json_object_get(root, "title")));
    assert_int_equal(count_of(root, "nodes"), 2); /* the destination, the listener */
    const json_t *out = find_node(root, r->out);
    assert_string_equal(string_of(out, "type"), "AudioDestination");
    assert_string_equal(string_of(out, "channelCountMode"), "explicit");
    assert_true(number_of(out, "channelCount") == 3.0);
    assert_true(json_is_null(json_object_get(out, "cost")));
    const json_t *listener = find_node(root, wa_context_listener(r->context));
    assert_int_equal(count_of(listener, "params"), 9);
    json_decref(root);
    rig_destroy(r);
}

/* Two sources into a merger, its sum through a gain with an automated param that an oscillator modulates. */
static void test_connections_and_params(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node left = rig_constant(r, 0.5f), right = rig_constant(r, 0.25f),
                  merger = rig_merger(r, 6);
    const wa_node gain = rig_gain(r, 0.75f), sine = rig_sine(r, 100.0f);
    rig_connect_ports(r, left, 0, merger, 1);
    rig_connect_ports(r, right, 0, merger, 5);
    rig_connect(r, merger, gain);
    rig_connect(r, gain, r->out);
    rig_connect_param(r, sine, gain, 0);
    rig_connect_param(r, left, gain, 0);
    assert_ok(wa_param_set_automation_rate(r->context, wa_node_param(gain, 0), WA_AUTOMATION_RATE_K));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(gain, 0), 1.0f, 5.0));
    rig_skip(r, 2 * QUANTUM);
    json_t *root = take_json(r, NULL);
    assert_int_equal(count_of(root, "connections"), 4);
    assert_int_equal(count_of(root, "paramConnections"), 2);
    const struct {
        wa_node source, target;
        uint32_t input;
    } wanted[] = {
        { left, merger, 1 }, { right, merger, 5 }, { merger, gain, 0 }, { gain, r->out, 0 }
    };
    for (size_t row = 0; row < 4; row++) {
        uint32_t found = 0;
        size_t index;
        const json_t *each;
        json_array_foreach(json_object_get(root, "connections"), index, each) {
            found += is_id(each, "source", wanted[row].source) &&
                     is_id(each, "target", wanted[row].target) &&
                     number_of(each, "input") == (double)wanted[row].input &&
                     number_of(each, "output") == 0.0;
        }
        assert_int_equal(found, 1);
    }
    const json_t *modulation = json_array_get(json_object_get(root, "paramConnections"), 0);
    assert_true(is_id(modulation, "target", gain));
    assert_string_equal(string_of(modulation, "param"), "gain");
    assert_true(number_of(modulation, "paramIndex") == 0.0);
    const json_t *found = find_node(root, gain);
    const json_t *param = json_array_get(json_object_get(found, "params"), 0);
    assert_string_equal(string_of(param, "name"), "gain");
    assert_string_equal(string_of(param, "rate"), "k-rate");
    assert_true(number_of(param, "events") >= 1.0);
    assert_true(number_of(param, "connections") == 2.0);
    float value = 0;
    assert_ok(wa_param_get_value(r->context, wa_node_param(gain, 0), &value));
    assert_true(fabs(number_of(param, "value") - (double)value) < 1e-5);
    const json_t *output = json_array_get(json_object_get(found, "outputs"), 0);
    assert_true(number_of(output, "channels") == 6.0); /* a merger's */
    assert_true(json_is_false(json_object_get(output, "isSilent")));
    assert_int_equal(count_of(find_node(root, merger), "inputs"), 6);
    json_decref(root);
    rig_destroy(r);
}

/* A delay in a cycle is two nodes inside: one is shown, and has the connections of both. */
static void test_delay_in_a_cycle(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node delay = rig_delay(r, 1.0, 0.01), back = rig_gain(r, 0.5f),
                  source = rig_constant(r, 1.0f);
    rig_connect(r, source, delay);
    rig_connect(r, delay, back);
    rig_connect(r, back, delay);
    rig_connect(r, delay, r->out);
    rig_skip(r, 8 * QUANTUM);
    json_t *root = take_json(r, NULL);
    assert_int_equal(count_of(root, "nodes"), 5);
    assert_int_equal(count_of(root, "connections"), 4);
    const json_t *found = find_node(root, delay);
    assert_true(json_is_true(json_object_get(found, "isInCycle")));
    assert_true(json_is_true(json_object_get(found, "hasTail")));
    assert_true(number_of(json_array_get(json_object_get(found, "inputs"), 0), "connections") == 2.0);
    uint32_t into = 0;
    size_t index;
    const json_t *each;
    json_array_foreach(json_object_get(root, "connections"), index, each) {
        into += is_id(each, "target", delay);
    }
    assert_int_equal(into, 2);
    json_decref(root);
    rig_destroy(r);
}

static void test_latency(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const float curve[] = { -1, 0, 1 };
    wa_wave_shaper_options shaper = WA_WAVE_SHAPER_OPTIONS_INIT;
    shaper.curve = curve;
    shaper.curve_count = 3;
    const struct {
        wa_oversample oversample;
        double frames;
    } rows[] = { { WA_OVERSAMPLE_NONE, 0 }, { WA_OVERSAMPLE_2X, 63 }, { WA_OVERSAMPLE_4X, 69 } };
    for (size_t row = 0; row < 3; row++) {
        shaper.oversample = rows[row].oversample;
        const wa_node node = rig_node(r, WA_NODE_TYPE_WAVE_SHAPER, &shaper);
        json_t *root = take_json(r, NULL);
        assert_true(number_of(find_node(root, node), "latencyFrames") == rows[row].frames);
        json_decref(root);
    }
    const wa_node compressor = rig_node(r, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, NULL);
    json_t *root = take_json(r, NULL);
    assert_true(fabs(number_of(find_node(root, compressor), "latencyFrames") - 288.0) < 0.01);
    json_decref(root);
    rig_destroy(r);
}

/* -- what it does ------------------------------------------------------------------------------- */

static wa_node is_silent(rig *r) {
    const wa_node source = rig_constant(r, 1.0f), gain = rig_gain(r, 0.0f);
    rig_connect(r, source, gain);
    rig_connect(r, gain, r->out);
    return gain;
}

static wa_node is_sleeping(rig *r) {
    const wa_node gain = rig_gain(r, 1.0f);
    rig_connect(r, gain, r->out);
    return gain;
}

static wa_node never_started(rig *r) {
    return rig_node(r, WA_NODE_TYPE_OSCILLATOR, NULL);
}

static wa_node is_scheduled(rig *r) {
    const wa_node source = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
    assert_ok(wa_source_start(r->context, source, 100.0));
    rig_connect(r, source, r->out);
    return source;
}

static wa_node has_ended(rig *r) {
    const wa_node source = rig_constant(r, 1.0f);
    assert_ok(wa_source_stop(r->context, source, 0.001));
    rig_connect(r, source, r->out);
    return source;
}

static wa_node is_muted(rig *r) {
    const wa_node one = rig_gain(r, 1.0f), other = rig_gain(r, 1.0f);
    rig_connect(r, make_active(r), one);
    rig_connect(r, one, other);
    rig_connect(r, other, one);
    rig_connect(r, other, r->out);
    return one;
}

static wa_node is_heard_by_nobody(rig *r) { /* processed all the same */
    const wa_node gain = rig_gain(r, 0.5f);
    rig_connect(r, rig_constant(r, 1.0f), gain);
    return gain;
}

static wa_node listener_of_one(rig *r) {
    const wa_node panner = rig_node(r, WA_NODE_TYPE_PANNER, NULL);
    rig_connect(r, make_active(r), panner);
    return wa_context_listener(r->context);
}

static wa_node listener_of_none(rig *r) {
    (void)rig_node(r, WA_NODE_TYPE_PANNER, NULL);
    return wa_context_listener(r->context);
}

static void test_states(void **state) {
    (void)state;
    static const struct {
        wa_node (*make)(rig *r);
        const char *before, *after; /* some quanta */
    } rows[] = {
        { make_active, "scheduled", "active" },
        { is_silent, "sleeping", "silent" },
        { is_sleeping, "sleeping", "sleeping" },
        { never_started, "sleeping", "sleeping" },
        { is_scheduled, "scheduled", "scheduled" },
        { has_ended, "scheduled", "ended" },
        { is_muted, "muted", "muted" },
        { is_heard_by_nobody, "sleeping", "active" },
        { listener_of_one, "sleeping", "active" },
        { listener_of_none, "sleeping", "sleeping" },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        rig *r = rig_create(&(rig_desc){ .is_live = true });
        const wa_node node = rows[row].make(r);
        json_t *root = take_json(r, NULL);
        assert_string_equal(string_of(find_node(root, node), "state"), rows[row].before);
        json_decref(root);
        rig_skip(r, 8 * QUANTUM);
        root = take_json(r, NULL);
        assert_string_equal(string_of(find_node(root, node), "state"), rows[row].after);
        assert_string_equal(string_of(find_node(root, node), "life"), "live");
        json_decref(root);
        rig_destroy(r);
    }
}

/* A source that is rearmed, and a node that falls asleep, are seen as that. */
static void test_states_change_back(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node source = rig_constant(r, 1.0f), gain = rig_gain(r, 1.0f);
    rig_connect(r, source, gain);
    rig_connect(r, gain, r->out);
    assert_ok(wa_source_stop(r->context, source, 0.01));
    rig_skip(r, QUANTUM);
    json_t *root = take_json(r, NULL);
    assert_string_equal(string_of(find_node(root, gain), "state"), "active");
    json_decref(root);
    rig_skip(r, 8 * QUANTUM);
    rig_poll(r, WA_EVENT_ENDED);
    root = take_json(r, NULL);
    assert_string_equal(string_of(find_node(root, source), "state"), "ended");
    assert_string_equal(string_of(find_node(root, gain), "state"), "sleeping");
    json_decref(root);
    assert_ok(wa_source_rearm(r->context, source));
    assert_ok(wa_source_start(r->context, source, 1000.0));
    rig_skip(r, QUANTUM);
    root = take_json(r, NULL);
    assert_string_equal(string_of(find_node(root, source), "state"), "scheduled");
    json_decref(root);
    rig_destroy(r);
}

/* Released, it is there until the render side has let go. */
static void test_leaving(void **state) {
    (void)state;
    static const struct {
        wa_release_mode mode;
        const char *life;
    } rows[] = { { WA_RELEASE_AFTER_TAIL, "retiring" },
                 { WA_RELEASE_FADE, "retiring" },
                 { WA_RELEASE_NOW, "retiring" },
                 { WA_RELEASE_WHEN_DONE, "dropped" } };
    for (size_t row = 0; row < 4; row++) {
        rig *r = rig_create(&(rig_desc){ .is_live = true });
        const wa_node source = rig_constant(r, 1.0f), delay = rig_delay(r, 1.0, 0.5);
        rig_connect(r, source, delay);
        rig_connect(r, delay, r->out);
        rig_skip(r, 4 * QUANTUM);
        rig_release(r, delay, rows[row].mode);
        json_t *root = take_json(r, NULL);
        assert_string_equal(string_of(find_node(root, delay), "life"), rows[row].life);
        json_decref(root);
        rig_release(r, source, WA_RELEASE_NOW);
        for (uint32_t i = 0; i < 500; i++) {
            rig_skip(r, QUANTUM);
            rig_poll(r, WA_EVENT_ENDED);
        }
        root = take_json(r, NULL);
        assert_null(find_node(root, delay));
        assert_int_equal(count_of(root, "nodes"), 2);
        json_decref(root);
        rig_destroy(r);
    }
}

/* The graph is shown as the calls mean it, and undone edits never were. */
static void test_inside_a_transaction(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    assert_ok(wa_begin(r->context));
    const wa_node gain = rig_gain(r, 1.0f);
    rig_connect(r, gain, r->out);
    json_t *root = take_json(r, NULL);
    assert_non_null(find_node(root, gain));
    assert_int_equal(count_of(root, "connections"), 1);
    json_decref(root);
    assert_ok(wa_rollback(r->context));
    root = take_json(r, NULL);
    assert_null(find_node(root, gain));
    assert_int_equal(count_of(root, "connections"), 0);
    json_decref(root);
    rig_destroy(r);
}

static void test_closed(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node source = make_active(r);
    rig_skip(r, QUANTUM);
    assert_ok(wa_context_close(r->context));
    json_t *root = take_json(r, NULL);
    assert_string_equal(string_of(json_object_get(root, "context"), "state"), "closed");
    assert_non_null(find_node(root, source));
    json_decref(root);
    rig_destroy(r);
}

/* -- pools -------------------------------------------------------------------------------------- */

static uint32_t count_voice_nodes(const json_t *root, const char *wanted_state) {
    uint32_t count = 0;
    size_t index;
    const json_t *each;
    json_array_foreach(json_object_get(root, "nodes"), index, each) {
        count += json_object_get(each, "voice") != NULL &&
                 (wanted_state == NULL || strcmp(string_of(each, "state"), wanted_state) == 0);
    }
    return count;
}

/* Which of the pool's nodes and connections each choice shows: idle, in use, and after the pool is gone. */
static void test_voices(void **state) {
    (void)state;
    static const struct {
        wa_graph_pooled pooled;
        uint32_t idle_nodes, idle_edges, used_nodes, used_edges;
    } rows[] = { { WA_GRAPH_POOLED_LIVE, 0, 0, 4, 4 },
                 { WA_GRAPH_POOLED_ALL, 6, 3, 6, 5 },
                 { WA_GRAPH_POOLED_ONE, 2, 1, 2, 2 } };
    for (size_t row = 0; row < 3; row++) {
        rig *r = rig_create(NULL);
        wa_voice_pool *pool = make_voices(r);
        wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
        options.pooled = rows[row].pooled;
        json_t *root = take_json(r, &options);
        assert_int_equal(count_voice_nodes(root, NULL), rows[row].idle_nodes);
        assert_int_equal(count_voice_nodes(root, "idle"), rows[row].idle_nodes);
        assert_int_equal(count_of(root, "connections"), rows[row].idle_edges);
        json_decref(root);
        wa_voice voices[2];
        for (uint32_t i = 0; i < 2;
             i++) { /* the first of the list only waits: the other says "active" */
            assert_ok(wa_voice_pool_acquire(pool, &voices[i]));
            assert_ok(
                wa_source_start(r->context, wa_voice_node_at(pool, voices[i], 0), i == 0 ? 0.0 : 9.0));
        }
        rig_skip(r, 4 * QUANTUM);
        root = take_json(r, &options);
        assert_int_equal(count_voice_nodes(root, NULL), rows[row].used_nodes);
        assert_int_equal(count_voice_nodes(root, "active"), 2);
        assert_int_equal(count_of(root, "connections"), rows[row].used_edges);
        const json_t *of = json_array_get(json_object_get(root, "pools"), 0);
        assert_string_equal(string_of(of, "name"), "voices Oscillator x2");
        assert_true(number_of(of, "inUse") == 2.0);
        assert_true(number_of(of, "nodesEach") == 2.0);
        json_decref(root);
        wa_voice_pool_destroy(pool);
        root = take_json(r, &options); /* its voices ring: of no pool that there is */
        assert_int_equal(count_of(root, "pools"), 0);
        json_decref(root);
        rig_destroy(r);
    }
}

static void test_node_pool(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_GAIN;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_ok(wa_node_pool_pre_allocate(pool, 5, NULL));
    wa_node node;
    assert_ok(wa_node_pool_acquire(pool, &node));
    static const struct {
        wa_graph_pooled pooled;
        size_t count;
    } rows[] = { { WA_GRAPH_POOLED_LIVE, 3 }, { WA_GRAPH_POOLED_ALL, 7 }, { WA_GRAPH_POOLED_ONE, 3 } };
    for (size_t row = 0; row < 3; row++) {
        wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
        options.pooled = rows[row].pooled;
        json_t *root = take_json(r, &options);
        assert_int_equal(count_of(root, "nodes"), rows[row].count);
        assert_true(number_of(find_node(root, node), "pool") == 0.0);
        assert_null(json_object_get(find_node(root, node), "voice"));
        json_decref(root);
    }
    wa_node_pool_destroy(pool);
    rig_destroy(r);
}

/* -- costs -------------------------------------------------------------------------------------- */

/* The same figures as the profiler's own. */
static void test_costs(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    assert_ok(wa_profiler_set_node_timing(r->context, 2));
    const wa_node source = make_active(r);
    rig_skip(r, 100 * QUANTUM);
    wa_node_cost rows[8];
    const uint32_t count = wa_profiler_node_costs(r->context, rows, 8);
    json_t *root = take_json(r, NULL);
    assert_true(number_of(json_object_get(root, "context"), "timedQuanta") == 50.0);
    for (uint32_t row = 0; row < count; row++) {
        const json_t *cost = json_object_get(find_node(root, rows[row].node), "cost");
        assert_true(fabs(number_of(cost, "nsPerQuantum") / rows[row].ns_per_quantum - 1.0) < 1e-4);
        assert_true(fabs(number_of(cost, "share") / rows[row].share - 1.0) < 1e-4);
        assert_true(number_of(cost, "instanceQuanta") == (double)rows[row].instance_quanta);
    }
    assert_true(number_of(json_object_get(find_node(root, source), "cost"), "instanceQuanta") == 50.0);
    json_decref(root);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context),          cmocka_unit_test(test_connections_and_params),
        cmocka_unit_test(test_delay_in_a_cycle), cmocka_unit_test(test_latency),
        cmocka_unit_test(test_states),           cmocka_unit_test(test_states_change_back),
        cmocka_unit_test(test_leaving),          cmocka_unit_test(test_inside_a_transaction),
        cmocka_unit_test(test_closed),           cmocka_unit_test(test_voices),
        cmocka_unit_test(test_node_pool),        cmocka_unit_test(test_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
