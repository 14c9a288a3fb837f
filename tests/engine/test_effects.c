/* IIRFilter, WaveShaper and DynamicsCompressor from outside: what their own calls accept and refuse, curves as
 * shared memory, and a node that sounds without any input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "limits.h"
#include "rig.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUANTUM = 128 };
static const rig_desc live = { .is_live = true };

static wa_iir_filter_options half(void) {
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    options.feedforward_count = options.feedback_count = 1;
    options.feedforward[0] = 1.0;
    options.feedback[0] = 2.0;
    return options;
}

/* -- IIRFilter ---------------------------------------------------------------------------------- */

static void test_iir_filter_calls(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_node filter = { 0 };
    wa_iir_filter_options options = half();
    const wa_node_options base = WA_NODE_OPTIONS_INIT;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_IIR_FILTER, NULL, &filter), WA_ERR_TYPE,
                   "feedback");
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_IIR_FILTER, &base, &filter), WA_ERR_TYPE,
                   "feedforward");
    options.feedback_count = 21;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_IIR_FILTER, &options, &filter),
                   WA_ERR_NOT_SUPPORTED, "feedback_count");
    options = half();
    filter = rig_node(r, WA_NODE_TYPE_IIR_FILTER, &options);
    memset(&options, 0xff, sizeof options); /* they were copied */
    rig_connect(r, rig_constant(r, 0.5f), filter);
    rig_connect(r, filter, r->out);
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);

    const float at[3] = { 0.0f, 24000.0f, 24001.0f };
    float magnitude[3], phase[3];
    assert_ok(wa_iir_filter_get_frequency_response(r->context, filter, at, magnitude, phase, 3));
    assert_true(magnitude[0] == 0.5f && magnitude[1] == 0.5f && isnan(magnitude[2]));
    assert_true(phase[0] == 0.0f && isnan(phase[2]));
    assert_refused(wa_iir_filter_get_frequency_response(r->context, filter, at, NULL, phase, 3),
                   WA_ERR_TYPE, "NULL");
    assert_refused(wa_iir_filter_get_frequency_response(r->context, r->out, at, magnitude, phase, 3),
                   WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_iir_filter_get_frequency_response(NULL, filter, at, magnitude, phase, 3),
                   WA_ERR_TYPE, "context");
    rig_release(r, filter, WA_RELEASE_NOW);
    assert_int_equal(
        wa_iir_filter_get_frequency_response(r->context, filter, at, magnitude, phase, 3) != WA_OK, 1);
    rig_destroy(r);
}

/* -- WaveShaper --------------------------------------------------------------------------------- */

static const float doubling[2] = { -2.0f, 2.0f }, lifting[3] = { 0.0f, 0.25f, 0.5f };

static wa_node shaper(rig *r, const float *curve, uint32_t count) {
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = count;
    return rig_node(r, WA_NODE_TYPE_WAVE_SHAPER, &options);
}

static void test_a_curve_is_set_once(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node plain = shaper(r, NULL, 7), made = shaper(r, doubling, 2);
    assert_refused(wa_wave_shaper_set_curve(r->context, plain, doubling, 1), WA_ERR_INVALID_STATE,
                   "curve_count");
    assert_refused(wa_wave_shaper_set_curve(r->context, plain, doubling, 0), WA_ERR_INVALID_STATE, "2");
    assert_refused(wa_wave_shaper_set_curve(r->context, plain, doubling, WA_CURVE_POINT_MAX + 1),
                   WA_ERR_NOT_SUPPORTED, "16777216");
    assert_ok(wa_wave_shaper_set_curve(r->context, plain, NULL, 0)); /* null may be set, also before */
    assert_ok(wa_wave_shaper_set_curve(r->context, plain, doubling, 2));
    assert_refused(wa_wave_shaper_set_curve(r->context, plain, doubling, 2), WA_ERR_INVALID_STATE,
                   "once");
    assert_ok(wa_wave_shaper_set_curve(r->context, plain, NULL, 0));
    assert_refused(wa_wave_shaper_set_curve(r->context, plain, lifting, 3), WA_ERR_INVALID_STATE,
                   "once");
    assert_refused(wa_wave_shaper_set_curve(r->context, made, lifting, 3), WA_ERR_INVALID_STATE,
                   "once");
    assert_refused(wa_wave_shaper_set_curve(r->context, r->out, lifting, 3), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_wave_shaper_set_curve(NULL, made, lifting, 3), WA_ERR_TYPE, "context");
    assert_refused(wa_wave_shaper_set_oversample(r->context, made, (wa_oversample)3), WA_ERR_TYPE,
                   "oversample");
    assert_ok(wa_wave_shaper_set_oversample(r->context, made, WA_OVERSAMPLE_4X));

    const float holed[3] = { 0.0f, NAN, 1.0f };
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    wa_node node = { 0 };
    options.curve = holed;
    options.curve_count = 3; /* a sequence of floats is finite, a Float32Array need not be */
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_WAVE_SHAPER, &options, &node), WA_ERR_TYPE,
                   "curve[1]");
    options.curve_count = 1;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_WAVE_SHAPER, &options, &node),
                   WA_ERR_INVALID_STATE, "curve_count");
    assert_ok(wa_wave_shaper_set_curve(r->context, shaper(r, NULL, 0), holed, 3));
    rig_destroy(r);
}

static void test_a_curve_switches_at_a_quantum_and_is_undone(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node node = shaper(r, NULL, 0);
    float curve[2] = { -2.0f, 2.0f };
    rig_connect(r, rig_constant(r, 0.25f), node);
    rig_connect(r, node, r->out);
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_wave_shaper_set_curve(r->context, node, curve, 2));
    assert_ok(wa_rollback(r->context));
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    assert_ok(wa_wave_shaper_set_curve(r->context, node, curve, 2)); /* it counts as never set */
    curve[0] = curve[1] = 9.0f;                                      /* it was copied */
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    assert_ok(wa_wave_shaper_set_curve(r->context, node, NULL, 0));
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    rig_destroy(r);
}

static uint64_t buffer_bytes(const rig *r) {
    wa_memory_stats stats;
    wa_engine_memory_stats(r->engine, &stats);
    return stats.category_bytes[WA_MEMORY_BUFFERS];
}

/* Equal points are one copy, whoever sets them; it goes with its last user. */
static void test_curves_are_shared(void **state) {
    (void)state;
    enum { POINTS = 10000, NODES = 40 };
    static float curve[POINTS];
    wa_node nodes[NODES];
    rig *r = rig_create(NULL);
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[i] = shaper(r, i % 2 == 0 ? curve : NULL, POINTS);
        if (i % 2 == 1) {
            assert_ok(wa_wave_shaper_set_curve(r->context, nodes[i], curve, POINTS));
        }
    }
    const uint64_t one = buffer_bytes(r);
    assert_in_range(one, POINTS * sizeof(float), POINTS * sizeof(float) + 256);
    curve[POINTS - 1] = 1.0f; /* another curve now, though of the same length */
    const wa_node other = shaper(r, curve, POINTS);
    assert_int_equal(buffer_bytes(r), 2 * one);
    for (uint32_t i = 0; i < NODES; i++) {
        assert_ok(wa_wave_shaper_set_curve(r->context, nodes[i], NULL, 0));
    }
    (void)rig_render(r, QUANTUM);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(buffer_bytes(r), one);
    rig_release(r, other, WA_RELEASE_NOW);
    (void)rig_render(r, QUANTUM);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(buffer_bytes(r), 0);
    rig_destroy(r);
}

static void test_a_refused_curve_leaves_nothing(void **state) {
    (void)state;
    const rig_desc small = { .budget_bytes = 4000000 };
    rig *r = rig_create(&small);
    enum { POINTS = 2000000 };
    float *curve = calloc(POINTS, sizeof *curve);
    const wa_node node = shaper(r, NULL, 0);
    const uint64_t before = rig_used_bytes(r);
    assert_refused(wa_wave_shaper_set_curve(r->context, node, curve, POINTS), WA_ERR_BUDGET, "a curve");
    assert_int_equal(rig_used_bytes(r), before);
    assert_ok(wa_wave_shaper_set_curve(r->context, node, curve, 2)); /* nothing was set */
    free(curve);
    rig_destroy(r);
}

/* Pools keep a copy of the options, points included. */
static void test_pools_copy_the_curve(void **state) {
    (void)state;
    float curve[2] = { -2.0f, 2.0f };
    rig *r = rig_create(NULL);
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = 2;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_WAVE_SHAPER;
    desc.options = &options;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    const wa_voice_node members[] = { { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
                                      { WA_NODE_TYPE_WAVE_SHAPER, &options } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc voices_desc = WA_VOICE_POOL_DESC_INIT;
    voices_desc.nodes = members;
    voices_desc.node_count = 2;
    voices_desc.edges = edges;
    voices_desc.edge_count = 1;
    voices_desc.output_node = 1;
    voices_desc.output = r->out;
    wa_voice_pool *voices = NULL;
    assert_ok(wa_voice_pool_create(r->context, &voices_desc, &voices));
    curve[0] = curve[1] = 9.0f;
    options.curve = NULL;

    wa_node node = { 0 };
    assert_ok(wa_node_pool_acquire(pool, &node));
    const wa_node source = rig_constant(r, 0.25f);
    rig_connect(r, source, node);
    rig_connect(r, node, r->out);
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    assert_ok(wa_node_pool_release(pool, node, NULL));

    wa_voice voice = { 0 };
    assert_ok(wa_voice_pool_acquire(voices, &voice));
    assert_ok(wa_source_start(r->context, wa_voice_node_at(voices, voice, 0), 0.0));
    assert_all(rig_render(r, QUANTUM), 2.0f, QUANTUM); /* 1, doubled */
    assert_ok(wa_voice_pool_release(voices, voice, NULL));
    (void)rig_render(r, QUANTUM);
    wa_voice_pool_destroy(voices);
    wa_node_pool_destroy(pool);
    rig_destroy(r);
}

/* -- A node that sounds alone ------------------------------------------------------------------- */

static void test_dc_without_an_input(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    rig_skip(r, QUANTUM);
    assert_int_equal(rig_awake_count(r), 1);
    const wa_node node = shaper(r, lifting, 3); /* from its first quantum on */
    rig_connect(r, node, r->out);
    assert_all(rig_render(r, 4 * QUANTUM), 0.25f, 4 * QUANTUM);
    const wa_node source = rig_constant(r, 1.0f);
    rig_connect(r, source, node);
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    assert_ok(wa_source_stop(r->context, source, 0.0));
    rig_skip(r, QUANTUM);
    assert_all(rig_render(r, 4 * QUANTUM), 0.25f, 4 * QUANTUM);
    assert_ok(wa_node_disconnect(r->context, node)); /* heard by nobody, and by somebody again */
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    rig_connect(r, node, r->out);
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    assert_ok(wa_wave_shaper_set_curve(r->context, node, NULL, 0));
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_int_equal(rig_awake_count(r), 1); /* it sleeps */

    const wa_node late = shaper(r, NULL, 0); /* asleep until it is given a curve */
    rig_connect(r, late, r->out);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_int_equal(rig_awake_count(r), 1);
    assert_ok(wa_wave_shaper_set_curve(r->context, late, lifting, 3));
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    rig_destroy(r);
}

static void test_dc_moves_a_param_and_ends_a_mute(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node gain = rig_gain(r, 0.5f), node = shaper(r, lifting, 3);
    rig_connect(r, rig_constant(r, 1.0f), gain);
    rig_connect(r, gain, r->out);
    rig_connect_param(r, node, gain, WA_GAIN_GAIN);
    assert_all(rig_render(r, QUANTUM), 0.75f, QUANTUM);
    rig_connect(r, node, node); /* a cycle without a delay is muted, and sounds again when it is cut */
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    assert_ok(wa_node_disconnect_node(r->context, node, node));
    assert_all(rig_render(r, QUANTUM), 0.75f, QUANTUM);
    rig_destroy(r);
}

/* It would have no end: once it is given back only what still comes in keeps it. */
static void test_dc_ends_when_it_is_given_back(void **state) {
    (void)state;
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    for (uint32_t row = 0; row < 8; row++) {
        rig *r = rig_create(&live);
        const wa_node node = shaper(r, lifting, 3);
        if (row >= 4) {
            assert_ok(wa_wave_shaper_set_oversample(r->context, node, WA_OVERSAMPLE_4X));
        }
        rig_connect(r, node, r->out);
        rig_skip(r, 3 * QUANTUM);
        wa_release_options options = WA_RELEASE_OPTIONS_INIT;
        options.mode = modes[row % 4];
        options.fade_s = 256.0 / 48000.0;
        assert_ok(wa_node_release(r->context, node, &options));
        const float *heard = rig_render(r, 4 * QUANTUM);
        if (options.mode == WA_RELEASE_FADE) {
            for (uint32_t frame = 0; frame < 256; frame++) {
                assert_true(fabsf(heard[frame] - 0.25f * (1.0f - (float)frame / 256.0f)) < 1e-3f);
            }
        }
        assert_all(heard + 3 * QUANTUM, 0.0f, QUANTUM);
        (void)rig_poll(r, WA_EVENT_ENDED);
        rig_skip(r, QUANTUM);
        (void)rig_poll(r, WA_EVENT_ENDED);
        assert_int_equal(rig_node_count(r), 1);
        rig_destroy(r);
    }
}

static void test_dc_in_a_voice(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = lifting;
    options.curve_count = 3;
    const wa_voice_node members[] = { { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
                                      { WA_NODE_TYPE_WAVE_SHAPER, &options } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = members;
    desc.node_count = 2;
    desc.edges = edges;
    desc.edge_count = 1;
    desc.output_node = 1;
    desc.output = r->out;
    wa_voice_pool *pool = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &pool));
    assert_ok(wa_voice_pool_pre_allocate(pool, 3, NULL)); /* idle ones are not heard */
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    for (uint32_t round = 0; round < 3; round++) {
        wa_voice voice = { 0 };
        assert_ok(wa_voice_pool_acquire(pool, &voice));
        assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM); /* before its source starts */
        const wa_node source = wa_voice_node_at(pool, voice, 0);
        assert_ok(wa_source_start(r->context, source, 0.0));
        assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
        assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, (double)r->frame_count)));
        assert_ok(wa_voice_pool_release_when_done(pool, voice));
        (void)rig_render(r, 3 * QUANTUM);
        (void)rig_poll(r, WA_EVENT_ENDED);
        rig_skip(r, 3 * QUANTUM);
        (void)rig_poll(r, WA_EVENT_ENDED);
        assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
        wa_node_pool_stats stats;
        wa_voice_pool_get_stats(pool, &stats);
        assert_int_equal(stats.in_use, 0);
    }
    wa_voice_pool_destroy(pool);
    rig_destroy(r);
}

/* -- DynamicsCompressor ------------------------------------------------------------------------- */

static float reduction_of(rig *r, wa_node node) {
    float reduction_db = 1.0f;
    assert_ok(wa_dynamics_compressor_get_reduction(r->context, node, &reduction_db));
    return reduction_db;
}

static void test_compressor_calls(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_dynamics_compressor_options options = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
    wa_node node = { 0 };
    options.node.channel_count = 3;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, &options, &node),
                   WA_ERR_NOT_SUPPORTED, "channelCount");
    options.node.channel_count = 1;
    options.node.channel_count_mode = WA_CHANNEL_COUNT_MODE_MAX;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, &options, &node),
                   WA_ERR_NOT_SUPPORTED, "channelCountMode");
    node = rig_node(r, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, NULL);
    assert_refused(wa_node_set_channel_count(r->context, node, 3), WA_ERR_NOT_SUPPORTED,
                   "channelCount");
    assert_ok(wa_node_set_channel_count(r->context, node, 1));
    assert_refused(wa_node_set_channel_count_mode(r->context, node, WA_CHANNEL_COUNT_MODE_MAX),
                   WA_ERR_NOT_SUPPORTED, "channelCountMode");
    assert_ok(wa_node_set_channel_count_mode(r->context, node, WA_CHANNEL_COUNT_MODE_EXPLICIT));
    for (uint32_t index = 0; index < 5; index++) {
        const wa_param param = wa_node_param(node, index);
        assert_int_equal(wa_param_set_automation_rate(r->context, param, WA_AUTOMATION_RATE_A),
                         WA_ERR_INVALID_STATE);
        assert_ok(wa_param_set_automation_rate(r->context, param, WA_AUTOMATION_RATE_K));
    }
    float reduction_db = 1.0f;
    assert_refused(wa_dynamics_compressor_get_reduction(r->context, node, NULL), WA_ERR_TYPE,
                   "reduction_db");
    assert_refused(wa_dynamics_compressor_get_reduction(NULL, node, &reduction_db), WA_ERR_TYPE,
                   "context");
    assert_refused(wa_dynamics_compressor_get_reduction(r->context, r->out, &reduction_db),
                   WA_ERR_WRONG_TYPE, "node");
    assert_true(reduction_db == 1.0f);
    rig_destroy(r);
}

/* A constant of 0 dB, 20 dB over, 2 : 1. */
static wa_dynamics_compressor_options halving(void) {
    wa_dynamics_compressor_options options = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
    options.threshold_db = -20.0f;
    options.knee_db = 0.0f;
    options.ratio = 2.0f;
    options.attack_s = 0.0f;
    options.release_s = 0.05f;
    return options;
}

static void test_reduction_is_read(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_dynamics_compressor_options options = halving();
    const wa_node node = rig_node(r, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, &options);
    const wa_node source = rig_constant(r, 1.0f);
    assert_true(reduction_of(r, node) == 0.0f);
    rig_connect(r, source, node);
    rig_connect(r, node, r->out);
    assert_true(reduction_of(r, node) == 0.0f); /* nothing was rendered */
    const float *heard = rig_render(r, 1024);
    assert_true(fabsf(reduction_of(r, node) + 10.0f) < 1e-3f);
    assert_all(heard, 0.0f, 288);                       /* 6 ms */
    for (uint32_t frame = 288; frame < 1024; frame++) { /* -10 dB, and 0.6 of 10 dB back */
        assert_true(fabsf(heard[frame] - powf(10.0f, -4.0f / 20.0f)) < 1e-4f);
    }
    assert_ok(wa_param_set_value(r->context, wa_node_param(node, WA_DYNAMICS_COMPRESSOR_RATIO), 20.0f));
    (void)rig_render(r, 2 * QUANTUM);
    assert_true(fabsf(reduction_of(r, node) + 19.0f) < 1e-2f);
    assert_ok(wa_source_stop(r->context, source, 0.0));
    (void)rig_render(r, 50 * QUANTUM);
    assert_true(reduction_of(r, node) == 0.0f);
    assert_int_equal(rig_awake_count(r), 1); /* it sleeps */
    rig_destroy(r);
}

static void test_a_pooled_compressor_has_not_reduced_yet(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_dynamics_compressor_options options = halving();
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_DYNAMICS_COMPRESSOR;
    desc.options = &options;
    desc.max_size = 1;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    const wa_node source = rig_constant(r, 1.0f);
    for (uint32_t round = 0; round < 3; round++) {
        wa_node node = { 0 };
        assert_ok(wa_node_pool_acquire(pool, &node));
        assert_true(reduction_of(r, node) == 0.0f); /* before render hears of it */
        rig_connect(r, source, node);
        rig_skip(r, QUANTUM);
        assert_true(reduction_of(r, node) < -9.0f);
        assert_ok(wa_node_pool_release(pool, node, NULL));
        rig_skip(r, QUANTUM);
        (void)rig_poll(r, WA_EVENT_ENDED);
    }
    wa_node_pool_destroy(pool);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iir_filter_calls),
        cmocka_unit_test(test_a_curve_is_set_once),
        cmocka_unit_test(test_a_curve_switches_at_a_quantum_and_is_undone),
        cmocka_unit_test(test_curves_are_shared),
        cmocka_unit_test(test_a_refused_curve_leaves_nothing),
        cmocka_unit_test(test_pools_copy_the_curve),
        cmocka_unit_test(test_dc_without_an_input),
        cmocka_unit_test(test_dc_moves_a_param_and_ends_a_mute),
        cmocka_unit_test(test_dc_ends_when_it_is_given_back),
        cmocka_unit_test(test_dc_in_a_voice),
        cmocka_unit_test(test_compressor_calls),
        cmocka_unit_test(test_reduction_is_read),
        cmocka_unit_test(test_a_pooled_compressor_has_not_reduced_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
