/* AudioListener and PannerNode in whole graphs. Web Audio 1.1, "AudioListener", "PannerNode", "Spatialization".
 * Method: a constant source of 1 through a panner, so that the output is the text's two gains of each frame,
 * for params whose values at that frame are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../nodes/spatial_oracle.h"
#include "control/context.h"
#include "rig.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static wa_node listener_of(const rig *r) {
    return wa_context_listener(r->context);
}

static wa_param listener_param(const rig *r, uint32_t index) {
    return wa_node_param(listener_of(r), index);
}

static rig *make_rig(uint32_t quantum, float rate_hz) {
    return rig_create(
        &(rig_desc){ .channel_count = 2, .quantum_frames = quantum, .sample_rate_hz = rate_hz });
}

static wa_node panner_at(rig *r, float x, float y, float z) {
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.position_x = x;
    options.position_y = y;
    options.position_z = z;
    return rig_node(r, WA_NODE_TYPE_PANNER, &options);
}

/* A source of 1 through a panner at that place into the destination. */
static wa_node heard_at(rig *r, float x, float y, float z) {
    const wa_node panner = panner_at(r, x, y, z);
    rig_connect(r, rig_constant(r, 1.0f), panner);
    rig_connect(r, panner, r->out);
    return panner;
}

/* The scene at a frame; `user` is the test's. */
typedef oracle_scene (*scene_fn)(uint64_t frame, const void *user);

/* Frames [begin, end) of what was rendered. */
static void check(const rig *r, uint64_t begin, uint64_t end, scene_fn scene_at, const void *user,
                  const char *what) {
    for (uint64_t frame = begin; frame < end; frame++) {
        const oracle_scene scene = scene_at(frame, user);
        double want[2];
        oracle_equalpower(&scene, true, (const double[]){ 1.0, 0.0 }, want);
        for (uint32_t channel = 0; channel < 2; channel++) {
            const double got = (double)r->planes[channel][frame];
            if (!(fabs(got - want[channel]) < 3e-7)) {
                fail_msg("%s: channel %u frame %llu: %.9g, wanted %.9g", what, channel,
                         (unsigned long long)frame, got, want[channel]);
            }
        }
    }
}

/* -- what it is --------------------------------------------------------------------------------- */

static void test_params(void **state) {
    (void)state;
    static const struct {
        const char *name;
        float value;
    } rows[] = { { "positionX", 0 }, { "positionY", 0 }, { "positionZ", 0 },
                 { "forwardX", 0 },  { "forwardY", 0 },  { "forwardZ", -1 },
                 { "upX", 0 },       { "upY", 1 },       { "upZ", 0 } };
    rig *r = make_rig(128, 0);
    wa_node_info info;
    assert_ok(wa_node_get_info(r->context, listener_of(r), &info));
    assert_int_equal(info.type, WA_NODE_TYPE_LISTENER);
    assert_string_equal(info.type_name, "AudioListener");
    assert_int_equal(info.param_count, 9);
    assert_int_equal(info.input_count, 0);
    assert_int_equal(info.output_count, 0);
    for (uint32_t index = 0; index < 9; index++) {
        wa_param param;
        wa_param_info of;
        float value = 99.0f;
        assert_ok(wa_node_param_by_name(r->context, listener_of(r), rows[index].name, &param));
        assert_int_equal(param.index, index);
        assert_ok(wa_param_get_value(r->context, param, &value));
        assert_true(value == rows[index].value);
        assert_ok(wa_param_get_info(r->context, param, &of));
        assert_true(of.value_default == rows[index].value);
        assert_int_equal(of.automation_rate, WA_AUTOMATION_RATE_A);
    }
    rig_destroy(r);
}

static wa_status make_listener(void *user, wa_context *context, wa_node *node) {
    (void)user;
    *node = wa_context_listener(context);
    return WA_OK;
}

static void test_refused(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    const wa_node listener = listener_of(r), gain = rig_gain(r, 1.0f), panner = heard_at(r, 1, 0, 0);
    wa_node made = { 0 };
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_LISTENER, NULL, &made), WA_ERR_NOT_SUPPORTED,
                   "type");
    assert_refused(wa_node_release(r->context, listener, NULL), WA_ERR_INVALID_STATE, "listener");
    assert_refused(wa_node_connect(r->context, gain, listener), WA_ERR_INDEX_SIZE, "input_index");
    assert_refused(wa_node_connect(r->context, listener, gain), WA_ERR_INDEX_SIZE, "output_index");
    assert_refused(wa_node_set_channel_count(r->context, listener, 2), WA_ERR_NOT_SUPPORTED,
                   "AudioListener");
    assert_refused(wa_source_start(r->context, listener, 0.0), WA_ERR_WRONG_TYPE, "AudioListener");
    assert_refused(wa_node_connect_param(r->context, gain, 0, listener_param(r, 9)), WA_ERR_INDEX_SIZE,
                   "param.index");
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    desc.type = WA_NODE_TYPE_LISTENER;
    assert_refused(wa_node_pool_create(r->context, &desc, &pool), WA_ERR_NOT_SUPPORTED, "type");
    desc.type = WA_NODE_TYPE_GAIN;
    desc.factory = make_listener;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_refused(wa_node_pool_acquire(pool, &made), WA_ERR_INVALID_STATE, "factory");
    wa_node_pool_destroy(pool);
    /* Attributes of a panner. */
    assert_refused(wa_panner_set_ref_distance(r->context, panner, -1.0), WA_ERR_RANGE, "refDistance");
    assert_refused(wa_panner_set_max_distance(r->context, panner, 0.0), WA_ERR_RANGE, "maxDistance");
    assert_refused(wa_panner_set_rolloff_factor(r->context, panner, -1.0), WA_ERR_RANGE, "rolloff");
    assert_refused(wa_panner_set_cone_outer_gain(r->context, panner, 1.5), WA_ERR_INVALID_STATE,
                   "coneOuterGain");
    assert_refused(wa_panner_set_cone_inner_angle(r->context, panner, (double)NAN), WA_ERR_TYPE,
                   "finite");
    assert_refused(wa_panner_set_distance_model(r->context, panner, (wa_distance_model)7), WA_ERR_TYPE,
                   "distanceModel");
    assert_refused(wa_panner_set_panning_model(r->context, panner, (wa_panning_model)2), WA_ERR_TYPE,
                   "panningModel");
    assert_refused(wa_panner_set_panning_model(r->context, gain, WA_PANNING_MODEL_HRTF),
                   WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_panner_set_position(r->context, gain, 0, 0, 0), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_panner_set_position(r->context, panner, 0, NAN, 0), WA_ERR_TYPE, "finite");
    assert_refused(wa_listener_set_orientation(r->context, 0, 0, -1, 0, INFINITY, 0), WA_ERR_TYPE,
                   "finite");
    assert_refused(wa_node_set_channel_count(r->context, panner, 3), WA_ERR_NOT_SUPPORTED, "Panner");
    assert_refused(wa_node_set_channel_count_mode(r->context, panner, WA_CHANNEL_COUNT_MODE_MAX),
                   WA_ERR_NOT_SUPPORTED, "max");
    rig_destroy(r);
}

/* -- setters ------------------------------------------------------------------------------------ */

static oracle_scene fixed_scene(uint64_t frame, const void *user) {
    (void)frame;
    return *(const oracle_scene *)user;
}

static void test_set_together(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    oracle_scene scene = ORACLE_SCENE_INIT;
    const wa_node panner = heard_at(r, 1, 2, 3);
    assert_ok(wa_listener_set_position(r->context, -1.0f, 0.5f, 4.0f));
    assert_ok(wa_listener_set_orientation(r->context, 1, 0, 0.5f, 0, 0.25f, 1));
    assert_ok(wa_panner_set_position(r->context, panner, 3, -1, 0));
    assert_ok(wa_panner_set_orientation(r->context, panner, -2, 0, 1));
    assert_ok(wa_panner_set_distance_model(r->context, panner, WA_DISTANCE_MODEL_LINEAR));
    assert_ok(wa_panner_set_ref_distance(r->context, panner, 0.5));
    assert_ok(wa_panner_set_max_distance(r->context, panner, 20.0));
    assert_ok(wa_panner_set_rolloff_factor(r->context, panner, 0.9));
    assert_ok(wa_panner_set_cone_inner_angle(r->context, panner, 20.0));
    assert_ok(wa_panner_set_cone_outer_angle(r->context, panner, 160.0));
    assert_ok(wa_panner_set_cone_outer_gain(r->context, panner, 0.1));
    scene = (oracle_scene){ { 3, -1, 0 },  { -2, 0, 1 },   { -1, 0.5, 4 },
                            { 1, 0, 0.5 }, { 0, 0.25, 1 }, WA_DISTANCE_MODEL_LINEAR,
                            0.5,           20.0,           0.9,
                            20.0,          160.0,          0.1 };
    rig_render(r, 256);
    check(r, 0, 256, fixed_scene, &scene, "set together");
    rig_destroy(r);
}

/* "a NotSupportedError MUST be thrown" while a value curve is in force, and nothing else of the three moves. */
static void test_curves_forbid_setters(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    const float curve[2] = { 0.0f, 1.0f };
    const wa_node panner = heard_at(r, 1, 2, 3);
    float value = 0.0f;
    assert_ok(wa_param_set_value_curve_at_time(r->context, wa_node_param(panner, WA_PANNER_POSITION_Z),
                                               curve, 2, 0.0, 10.0));
    assert_refused(wa_panner_set_position(r->context, panner, 7, 8, 9), WA_ERR_NOT_SUPPORTED, NULL);
    assert_ok(wa_param_get_value(r->context, wa_node_param(panner, WA_PANNER_POSITION_X), &value));
    assert_true(value == 1.0f);
    assert_ok(wa_param_set_value_curve_at_time(r->context, listener_param(r, WA_LISTENER_UP_Z), curve,
                                               2, 0.0, 10.0));
    assert_refused(wa_listener_set_orientation(r->context, 1, 0, 0, 0, 0, 1), WA_ERR_NOT_SUPPORTED,
                   NULL);
    assert_ok(wa_param_get_value(r->context, listener_param(r, WA_LISTENER_FORWARD_X), &value));
    assert_true(value == 0.0f);
    assert_ok(wa_listener_set_position(r->context, 1, 2, 3));
    rig_destroy(r);
}

/* -- automation --------------------------------------------------------------------------------- */

typedef struct ramp {
    double rate_hz, seconds;
    uint32_t hold_frames; /* k-rate: frames of a quantum; else 1 */
} ramp;

static double ramp_at(uint64_t frame, const ramp *of, double from, double to) {
    const double time_s = (double)(frame / of->hold_frames * of->hold_frames) / of->rate_hz;
    const double part = fmin(time_s / of->seconds, 1.0);
    return (double)(float)(from + (to - from) * part);
}

static oracle_scene ramped_scene(uint64_t frame, const void *user) {
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.position = (vec3){ 2, 0, -1 };
    scene.ears.x = ramp_at(frame, user, 0.0, 4.0);
    scene.forward.x = ramp_at(frame, user, 0.0, 1.0);
    return scene;
}

static void ramp_listener(rig *r, double seconds, wa_automation_rate rate) {
    for (uint32_t i = 0; i < 2; i++) {
        const wa_param param =
            listener_param(r, i == 0 ? WA_LISTENER_POSITION_X : WA_LISTENER_FORWARD_X);
        assert_ok(wa_param_set_automation_rate(r->context, param, rate));
        assert_ok(wa_param_set_value_at_time(r->context, param, 0.0f, 0.0));
        assert_ok(
            wa_param_linear_ramp_to_value_at_time(r->context, param, i == 0 ? 4.0f : 1.0f, seconds));
    }
}

static void test_automation(void **state) {
    (void)state;
    static const struct {
        uint32_t quantum;
        float rate_hz;
    } rows[] = { { 1, 48000 },   { 100, 44100 },  { 128, 48000 }, { 128, 3000 },
                 { 441, 44100 }, { 128, 768000 }, { 4096, 96000 } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (uint32_t is_k_rate = 0; is_k_rate < 2; is_k_rate++) {
            const uint32_t frames = rows[row].quantum == 1 ? 300 : 2 * rows[row].quantum + 500;
            const uint32_t count =
                (frames + rows[row].quantum - 1) / rows[row].quantum * rows[row].quantum;
            rig *r = make_rig(rows[row].quantum, rows[row].rate_hz);
            const ramp of = { (double)rows[row].rate_hz, 0.7 * count / (double)rows[row].rate_hz,
                              is_k_rate != 0 ? rows[row].quantum : 1 };
            heard_at(r, 2, 0, -1);
            ramp_listener(r, of.seconds, is_k_rate != 0 ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A);
            rig_render(r, count);
            check(r, 0, count, ramped_scene, &of, "ramp");
            rig_destroy(r);
        }
    }
}

/* An a-rate param among k-rate ones: the former moves frame by frame, the latter stand still in a quantum. */
static oracle_scene mixed_rates(uint64_t frame, const void *user) {
    oracle_scene scene = ORACLE_SCENE_INIT;
    const ramp *of = user;
    const ramp held = { of->rate_hz, of->seconds, 128 };
    scene.position = (vec3){ ramp_at(frame, &held, 1.0, 3.0), 0, ramp_at(frame, of, -1.0, -2.0) };
    return scene;
}

static void test_rates_may_differ(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    const ramp of = { r->rate, 0.02, 1 };
    const wa_node panner = heard_at(r, 1, 0, -1);
    const wa_param x = wa_node_param(panner, WA_PANNER_POSITION_X),
                   z = wa_node_param(panner, WA_PANNER_POSITION_Z);
    assert_ok(wa_param_set_automation_rate(r->context, x, WA_AUTOMATION_RATE_K));
    assert_ok(wa_param_set_value_at_time(r->context, x, 1.0f, 0.0));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, x, 3.0f, of.seconds));
    assert_ok(wa_param_set_value_at_time(r->context, z, -1.0f, 0.0));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, z, -2.0f, of.seconds));
    rig_render(r, 1280);
    check(r, 0, 1280, mixed_rates, &of, "rates");
    rig_destroy(r);
}

/* -- inputs of its params, and order ------------------------------------------------------------ */

static float noise_of(rig *r, wa_node *source, uint32_t frames, uint32_t seed, float *kept) {
    const wa_buffer buffer = rig_buffer(r, 1, frames);
    float *plane = wa_buffer_plane(r->engine, buffer, 0);
    for (uint32_t frame = 0; frame < frames; frame++) {
        kept[frame] = plane[frame] = rig_random_unit(&seed);
    }
    *source = rig_play(r, buffer, 0.0);
    return kept[0];
}

enum { NOISE_FRAMES = 1024 };
static float noise[3][NOISE_FRAMES];

static oracle_scene noisy_scene(uint64_t frame, const void *user) {
    (void)user;
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.position = (vec3){ 2, 0, -1 };
    scene.ears = (vec3){ (double)noise[0][frame], 0, (double)noise[1][frame] };
    scene.up.x = (double)noise[2][frame];
    return scene;
}

typedef enum when { BEFORE, AFTER, IN_PARTS } when;

/* Sources reach the listener through chains of gains that are longer than anything in front of the panner. */
static void feed_listener(rig *r, uint32_t length, bool is_split) {
    static const uint32_t params[] = { WA_LISTENER_POSITION_X, WA_LISTENER_POSITION_Z,
                                       WA_LISTENER_UP_X };
    for (uint32_t i = 0; i < 3; i++) {
        wa_node at = { 0 };
        (void)noise_of(r, &at, NOISE_FRAMES, 11 + i, noise[i]);
        if (is_split) { /* short at first, then a longer way for the same signal */
            rig_connect_param(r, at, listener_of(r), params[i]);
            assert_ok(wa_node_disconnect(r->context, at));
        }
        for (uint32_t step = 0; step < length; step++) {
            const wa_node next = rig_gain(r, 1.0f);
            rig_connect(r, at, next);
            at = next;
        }
        rig_connect_param(r, at, listener_of(r), params[i]);
    }
}

static void test_inputs_at_audio_rate(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 1, 100, 128, 441 };
    for (uint32_t q = 0; q < 4; q++) {
        for (uint32_t length = 0; length <= 70; length += 35) {
            for (uint32_t order = BEFORE; order <= IN_PARTS; order++) {
                rig *r = make_rig(quanta[q], 0);
                const uint32_t frames = NOISE_FRAMES / quanta[q] * quanta[q];
                if (order == BEFORE) {
                    heard_at(r, 2, 0, -1);
                }
                feed_listener(r, length, order == IN_PARTS);
                if (order != BEFORE) {
                    heard_at(r, 2, 0, -1);
                }
                rig_render(r, frames);
                check(r, 0, frames, noisy_scene, NULL, "audio rate");
                rig_destroy(r);
            }
        }
    }
}

/* Panners that wait in a pool, or in a voice, rise with the others. */
static void test_pooled_panners_are_in_order(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.position_x = 2.0f;
    options.position_z = -1.0f;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_PANNER;
    desc.options = &options;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_ok(wa_node_pool_pre_allocate(pool, 4, NULL));
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
                                    { WA_NODE_TYPE_PANNER, &options } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc voices = WA_VOICE_POOL_DESC_INIT;
    voices.nodes = nodes;
    voices.node_count = 2;
    voices.edges = edges;
    voices.edge_count = 1;
    voices.output_node = 1;
    voices.output = rig_gain(r, 1.0f); /* not heard: only that it runs */
    wa_voice_pool *voice_pool = NULL;
    assert_ok(wa_voice_pool_create(r->context, &voices, &voice_pool));
    assert_ok(wa_voice_pool_pre_allocate(voice_pool, 2, NULL));
    feed_listener(r, 30, false);
    wa_node panner = { 0 };
    assert_ok(wa_node_pool_acquire(pool, &panner));
    rig_connect(r, rig_constant(r, 1.0f), panner);
    rig_connect(r, panner, r->out);
    wa_voice voice;
    assert_ok(wa_voice_pool_acquire(voice_pool, &voice));
    assert_ok(wa_source_start(r->context, wa_voice_node_at(voice_pool, voice, 0), 0.0));
    uint32_t slot = 0, count = 0;
    for (const graph_node *each; (each = node_next_listening(r->context, &slot)) != NULL; count++) {
        assert_true(each->level > r->context->listener->level);
    }
    assert_int_equal(count, 4 + 2);
    assert_true(r->context->listener->level > 30);
    rig_render(r, 1024);
    check(r, 0, 1024, noisy_scene, NULL, "pooled");
    wa_node_pool_destroy(pool);
    wa_voice_pool_destroy(voice_pool);
    rig_destroy(r);
}

/* k-rate inputs: the first frame of each quantum. */
static oracle_scene noisy_k_rate(uint64_t frame, const void *user) {
    return noisy_scene(frame / 128 * 128, user);
}

static void test_inputs_at_k_rate(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    for (uint32_t index = 0; index < 9; index++) {
        assert_ok(
            wa_param_set_automation_rate(r->context, listener_param(r, index), WA_AUTOMATION_RATE_K));
    }
    heard_at(r, 2, 0, -1);
    feed_listener(r, 3, false);
    rig_render(r, 1024);
    check(r, 0, 1024, noisy_k_rate, NULL, "k-rate");
    rig_destroy(r);
}

static oracle_scene intrinsic_after(uint64_t frame, const void *user) {
    (void)user;
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.position = (vec3){ 2, 0, -1 };
    return frame < 256 ? noisy_scene(frame, NULL) : scene;
}

/* Inputs that go take effect like any, and so do edits inside a transaction that is undone. */
static void test_inputs_come_and_go(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    heard_at(r, 2, 0, -1);
    feed_listener(r, 0, false);
    rig_render(r, 128);
    assert_ok(wa_begin(r->context));
    const wa_node other = rig_constant(r, 5.0f);
    rig_connect_param(r, other, listener_of(r), WA_LISTENER_POSITION_X);
    rig_connect_param(r, other, listener_of(r), WA_LISTENER_POSITION_Y);
    assert_ok(wa_listener_set_position(r->context, 9, 9, 9));
    assert_ok(wa_rollback(r->context));
    rig_render(r, 128);
    node_cursor cursor = { 0 };
    for (graph_node *each; (each = node_next(r->context, &cursor)) != NULL;) {
        if (each->type == WA_NODE_TYPE_BUFFER_SOURCE) {
            assert_ok(wa_node_disconnect(r->context, (wa_node){ node_id(r->context, each) }));
        }
    }
    rig_render(r, 256);
    check(r, 0, 512, intrinsic_after, NULL, "come and go");
    rig_destroy(r);
}

/* -- cycles ------------------------------------------------------------------------------------- */

static oracle_scene beside(uint64_t frame, const void *user) {
    (void)frame, (void)user;
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.position = (vec3){ -3, 0, 0 };
    scene.ears.y = 0.5;
    return scene;
}

/* A panner that leads to the listener is on a cycle, and muted with all on it that lead there; others hear the
 * listener without them. When the connection goes, it sounds again. */
static void test_cycle_without_delay(void **state) {
    (void)state;
    for (uint32_t order = 0; order < 2; order++) {
        rig *r = make_rig(128, 0);
        const wa_node looped = panner_at(r, 1, 0, 0), gain = rig_gain(r, 0.5f);
        rig_connect(r, rig_constant(r, 1.0f), looped);
        rig_connect_param(r, rig_constant(r, 0.5f), listener_of(r), WA_LISTENER_POSITION_Y);
        heard_at(r, -3, 0, 0);
        if (order == 0) {
            rig_connect(r, looped, gain);
            rig_connect_param(r, gain, listener_of(r), WA_LISTENER_POSITION_X);
        } else {
            rig_connect_param(r, gain, listener_of(r), WA_LISTENER_POSITION_X);
            rig_connect(r, looped, gain);
        }
        rig_connect(r, gain, r->out); /* silent while it is muted */
        rig_render(r, 256);
        check(r, 0, 256, beside, NULL, "beside a cycle");
        assert_ok(
            wa_node_disconnect_param(r->context, gain, listener_param(r, WA_LISTENER_POSITION_X)));
        rig_render(r, 256);
        double both[2], one[2];
        oracle_scene scene = beside(0, NULL);
        oracle_equalpower(&scene, true, (const double[]){ 1.0, 0.0 }, both);
        scene.position = (vec3){ 1, 0, 0 };
        oracle_equalpower(&scene, true, (const double[]){ 1.0, 0.0 }, one);
        for (uint32_t frame = 256; frame < 512; frame++) {
            for (uint32_t channel = 0; channel < 2; channel++) {
                const double want = both[channel] + 0.5 * one[channel];
                assert_true(fabs((double)r->planes[channel][frame] - want) < 1e-6);
            }
        }
        rig_destroy(r);
    }
}

/* With a delay in it the cycle sounds: where the listener is depends on what was heard a quantum ago. */
static void test_cycle_through_a_delay(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    const wa_node panner = heard_at(r, 0, 0, -4), delay = rig_delay(r, 0.1, 0.0),
                  mono = rig_gain(r, 4.0f);
    rig_connect(r, panner, mono);
    rig_connect(r, mono, delay);
    rig_connect_param(r, delay, listener_of(r), WA_LISTENER_POSITION_Z);
    rig_render(r, 1280);
    double ears[1280] = { 0 };
    for (uint32_t frame = 0; frame < 1280; frame++) { /* at least a quantum in a cycle */
        const double half = sqrt(0.5);
        ears[frame] = frame < 128 ? 0.0 : 4.0 * (double)r->planes[0][frame - 128];
        const double distance = fabs(-4.0 - ears[frame]);
        const double want = half / fmax(distance, 1.0);
        assert_true(fabs((double)r->planes[0][frame] - want) < 1e-6);
    }
    assert_true(fabs(ears[1279]) > 0.1);
    rig_destroy(r);
}

/* -- cost --------------------------------------------------------------------------------------- */

static void test_it_costs_nothing_while_no_panner_sounds(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    feed_listener(r, 0, false);
    rig_render(r, 128);
    assert_int_equal(rig_awake_count(r), 1 + 3); /* destination and three sources */
    const uint64_t evaluated = r->context->listener->params[0].extra->cursor.passed;
    assert_int_equal(evaluated, 0);
    assert_null(r->context->side.quantum.listener);
    heard_at(r, 2, 0, -1);
    rig_render(r, 128);
    assert_non_null(r->context->side.quantum.listener);
    assert_int_equal(rig_awake_count(r), 1 + 3 + 2);
    rig_destroy(r);
}

/* What does not raise the listener ships nothing for the panners, however many there are. */
static void test_edits_cost_what_they_change(void **state) {
    (void)state;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.is_gathering = true;
    assert_ok(wa_engine_create(NULL, &engine));
    assert_ok(wa_context_create(engine, &desc, &context));
    for (uint32_t i = 0; i < 2000; i++) {
        wa_node panner;
        assert_ok(wa_node_create(context, WA_NODE_TYPE_PANNER, NULL, &panner));
    }
    wa_node gains[3];
    for (uint32_t i = 0; i < 3; i++) {
        assert_ok(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &gains[i]));
    }
    const wa_param x = wa_node_param(wa_context_listener(context), WA_LISTENER_POSITION_X);
    assert_ok(wa_flush(context));
    assert_ok(wa_node_connect_param(context, gains[0], 0, x));
    assert_true(context->open->op_count >= 2000); /* it rose above the gain: all of them do */
    assert_ok(wa_flush(context));
    assert_ok(wa_node_connect_param(context, gains[1], 0, x));
    assert_ok(wa_param_set_value(context, x, 3.0f));
    assert_ok(wa_node_disconnect(context, gains[0]));
    wa_node panner;
    assert_ok(wa_node_create(context, WA_NODE_TYPE_PANNER, NULL, &panner));
    assert_ok(wa_node_connect(context, gains[2], panner));
    assert_true(context->open->op_count < 10);
    assert_ok(wa_flush(context));
    assert_ok(wa_context_destroy(context));
    assert_ok(wa_engine_destroy(engine));
}

/* A row for each param that may vary, within the budget or not at all. */
static void test_rows_are_charged(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2,
                                     .quantum_frames = 100000,
                                     .sample_rate_hz = 48000,
                                     .budget_bytes = 100000000 });
    heard_at(r, 2, 0, -1);
    wa_param_set_value(r->context, listener_param(r, 0), 1.0f);
    const uint64_t before = rig_used_bytes(r);
    assert_ok(wa_param_set_value(r->context, listener_param(r, 1), 1.0f));
    assert_in_range(rig_used_bytes(r) - before, 400000, 480000);
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r) + 1000));
    assert_refused(wa_param_set_value(r->context, listener_param(r, 2), 1.0f), WA_ERR_BUDGET,
                   "listener");
    float value = 9.0f;
    assert_ok(wa_param_get_value(r->context, listener_param(r, 2), &value));
    assert_true(value == 0.0f);
    rig_render(r, 100000);
    rig_destroy(r);
}

/* -- panners ------------------------------------------------------------------------------------ */

/* "Mono-to-stereo processing is used when all connections to the input are mono." */
static void test_one_stereo_connection_makes_it_stereo(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    const wa_node panner = panner_at(r, -1, 0, -1);
    const float sides[2] = { 0.5f, -0.25f };
    rig_connect(r, rig_constant(r, 1.0f), panner);
    rig_connect(r, panner, r->out);
    rig_render(r, 128);
    rig_connect(r, rig_constants(r, sides, 2), panner);
    rig_render(r, 128);
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.position = (vec3){ -1, 0, -1 };
    double mono[2], stereo[2];
    oracle_equalpower(&scene, true, (const double[]){ 1.0, 1.0 }, mono);
    oracle_equalpower(&scene, false, (const double[]){ 1.5, 0.75 }, stereo);
    for (uint32_t channel = 0; channel < 2; channel++) {
        assert_true(fabs((double)r->planes[channel][64] - mono[channel]) < 1e-6);
        assert_true(fabs((double)r->planes[channel][192] - stereo[channel]) < 1e-6);
    }
    rig_destroy(r);
}

static oracle_scene poisoned(uint64_t frame, const void *user) {
    (void)user;
    oracle_scene scene = ORACLE_SCENE_INIT; /* NaN becomes the default, infinity the largest float */
    const double big = 3.4028234663852886e38;
    scene.position = frame < 128 ? (vec3){ 0, 0, 0 } : (vec3){ big, 0, -big };
    return scene;
}

static void test_poison_in_positions(void **state) {
    (void)state;
    rig *r = make_rig(128, 0);
    const wa_node panner = heard_at(r, 2, 0, -1);
    const wa_buffer buffer = rig_buffer(r, 1, 256);
    float *plane = wa_buffer_plane(r->engine, buffer, 0);
    for (uint32_t frame = 0; frame < 256; frame++) {
        plane[frame] = frame < 128 ? NAN : INFINITY;
    }
    const wa_node poison = rig_play(r, buffer, 0.0), turned = rig_gain(r, -1.0f);
    rig_connect(r, poison, turned);
    rig_connect_param(r, poison, panner, WA_PANNER_POSITION_X);
    rig_connect_param(r, turned, panner, WA_PANNER_POSITION_Z);
    rig_render(r, 384);
    check(r, 0, 256, poisoned, NULL, "poison");
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.position = (vec3){ 2, 0, -1 };
    check(r, 256, 384, fixed_scene, &scene, "after poison");
    rig_connect_param(r, rig_play(r, buffer, rig_frames_s(r, 384)), listener_of(r), WA_LISTENER_UP_Y);
    rig_render(r, 128);
    check(r, 384, 512, fixed_scene, &scene, "a poisoned listener");
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_set_together),
        cmocka_unit_test(test_curves_forbid_setters),
        cmocka_unit_test(test_automation),
        cmocka_unit_test(test_rates_may_differ),
        cmocka_unit_test(test_inputs_at_audio_rate),
        cmocka_unit_test(test_pooled_panners_are_in_order),
        cmocka_unit_test(test_inputs_at_k_rate),
        cmocka_unit_test(test_inputs_come_and_go),
        cmocka_unit_test(test_cycle_without_delay),
        cmocka_unit_test(test_cycle_through_a_delay),
        cmocka_unit_test(test_it_costs_nothing_while_no_panner_sounds),
        cmocka_unit_test(test_edits_cost_what_they_change),
        cmocka_unit_test(test_rows_are_charged),
        cmocka_unit_test(test_one_stereo_connection_makes_it_stereo),
        cmocka_unit_test(test_poison_in_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
