/* PannerNode with equalpower panning against the text's algorithms in double; Web Audio 1.1, "PannerNode" and
 * "Spatialization/Panning". Method: one node in the harness, the listener made by hand. HRTF has a file of its
 * own. */
#include "harness.h"
#include "kernels/spatial.h"
#include "spatial_oracle.h"
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_panner;

enum { SOURCE_COUNT = 6, LISTENER_COUNT = 9, COORDINATE_COUNT = 15, FRAMES_MAX = 4096 };
static const uint32_t sizes[] = { 1, 100, 127, 128, 129, 441, 512, 4096 };

/* -- a listener by hand ------------------------------------------------------------------------- */

typedef struct ears {
    wa_param_values params[LISTENER_COUNT];
    float rows[LISTENER_COUNT][FRAMES_MAX];
    spatial_axes axes;
    wa_listener seen;
} ears;

static void ears_update(ears *of) {
    double forward[3], up[3];
    bool is_turning = false;
    for (uint32_t index = 0; index < LISTENER_COUNT; index++) {
        of->params[index].values = of->rows[index];
        is_turning = is_turning || (index >= WA_LISTENER_FORWARD_X && !of->params[index].is_constant);
    }
    for (uint32_t axis = 0; axis < 3; axis++) {
        forward[axis] = (double)of->rows[WA_LISTENER_FORWARD_X + axis][0];
        up[axis] = (double)of->rows[WA_LISTENER_UP_X + axis][0];
    }
    of->axes = spatial_axes_of(forward, up);
    of->seen = (wa_listener){ of->params, &of->axes, is_turning };
}

/* -- 15 coordinates of source and listener, each constant or a row ------------------------------- */

typedef struct stage {
    harness *node;
    ears *heard;
    wa_panner_options options;
} stage;

static stage stage_make(const oracle_scene *scene, uint32_t frames) {
    static ears heard;
    heard = (ears){ 0 };
    stage made = { .heard = &heard, .options = WA_PANNER_OPTIONS_INIT };
    made.options.distance_model = scene->distance_model;
    made.options.ref_distance = scene->ref_distance;
    made.options.max_distance = scene->max_distance;
    made.options.rolloff_factor = scene->rolloff_factor;
    made.options.cone_inner_angle_deg = scene->cone_inner_angle_deg;
    made.options.cone_outer_angle_deg = scene->cone_outer_angle_deg;
    made.options.cone_outer_gain = scene->cone_outer_gain;
    made.node = harness_create(&wa_node_class_panner,
                               &(harness_desc){ .options = &made.options, .quantum_frames = frames });
    made.node->quantum.listener = &heard.seen;
    return made;
}

static vec3 *vector_of(oracle_scene *scene, uint32_t index) {
    vec3 *const vectors[] = { &scene->position, &scene->orientation, &scene->ears, &scene->forward,
                              &scene->up };
    return vectors[index];
}

static float coordinate(const oracle_scene *scene, uint32_t index) {
    oracle_scene copy = *scene;
    const vec3 *vector = vector_of(&copy, index / 3);
    return (float)(index % 3 == 0 ? vector->x : index % 3 == 1 ? vector->y : vector->z);
}

static void set_coordinate(oracle_scene *scene, uint32_t index, double value) {
    vec3 *vector = vector_of(scene, index / 3);
    *(index % 3 == 0 ? &vector->x : index % 3 == 1 ? &vector->y : &vector->z) = value;
}

/* The row to fill, if it varies; else its one value. */
static float *row_of(const stage *on, uint32_t index, bool is_constant) {
    if (index >= SOURCE_COUNT) {
        on->heard->params[index - SOURCE_COUNT].is_constant = is_constant;
        return on->heard->rows[index - SOURCE_COUNT];
    }
    if (!is_constant) {
        return harness_param_rate(on->node, index);
    }
    harness_param(on->node, index, 0.0f);
    return on->node->param_planes[index];
}

static void put(const stage *on, const oracle_scene *scene) {
    for (uint32_t index = 0; index < COORDINATE_COUNT; index++) {
        *row_of(on, index, true) = coordinate(scene, index);
    }
    ears_update(on->heard);
}

static void feed(const stage *on, uint32_t channel_count, float in[2][FRAMES_MAX]) {
    const uint32_t frames = on->node->quantum.frame_count;
    float *const *planes = harness_input(on->node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(7 + channel, in[channel], frames);
        memcpy(planes[channel], in[channel], frames * sizeof(float));
    }
}

/* Largest error of any frame, against the loudest frame that was wanted, in dB. */
static double compare(const stage *on, double want[2][FRAMES_MAX]) {
    double error = 0.0, peak = 0.0;
    assert_int_equal(on->node->outputs[0].channel_count, 2);
    assert_false(on->node->instance.has_tail);
    for (uint32_t channel = 0; channel < 2; channel++) {
        for (uint32_t i = 0; i < on->node->quantum.frame_count; i++) {
            const double got = (double)on->node->outputs[0].planes[channel][i];
            assert_true(isfinite(got));
            error = fmax(error, fabs(got - want[channel][i]));
            peak = fmax(peak, fabs(want[channel][i]));
        }
    }
    return error == 0.0 ? -400.0 : 20.0 * log10(error / fmax(peak, 1e-30));
}

/* -- still -------------------------------------------------------------------------------------- */

static double check_still(const oracle_scene *scene, uint32_t frames, uint32_t channel_count) {
    static float in[2][FRAMES_MAX];
    static double want[2][FRAMES_MAX];
    stage on = stage_make(scene, frames);
    put(&on, scene);
    feed(&on, channel_count, in);
    for (uint32_t i = 0; i < frames; i++) {
        double out[2];
        oracle_equalpower(scene, channel_count == 1, (double[]){ in[0][i], in[1][i] }, out);
        want[0][i] = out[0];
        want[1][i] = out[1];
    }
    harness_render(on.node);
    const double error_db = compare(&on, want);
    harness_destroy(on.node);
    return error_db;
}

static double check_all_sizes(const oracle_scene *scene, const char *name) {
    double worst = -400.0;
    for (uint32_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++) {
        for (uint32_t channels = 1; channels <= 2; channels++) {
            worst = fmax(worst, check_still(scene, sizes[size], channels));
        }
    }
    if (worst > -135.0) {
        fail_msg("%s: error %.1f dB", name, worst);
    }
    return worst;
}

static const struct {
    const char *name;
    vec3 position, ears, forward, up;
} places[] = {
    { "ahead", { 0, 0, -3 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "behind", { 0, 0, 3 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "left", { -2, 0, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "right", { 2, 0, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "above", { 0, 2, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "below", { 0, -2, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "above to the left", { -1, 4, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "behind to the left", { -2, 0, 1 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "behind to the right", { 1, 0.5, 2 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "at the listener", { 1, 2, 3 }, { 1, 2, 3 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "both at the origin", { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } },
    { "up along forward", { 3, 0, 1 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 0, -1 } },
    { "up against forward", { 3, 0, 1 }, { 0, 0, 0 }, { 2, 4, 6 }, { -1, -2, -3 } },
    { "no forward", { 3, 0, 1 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 1, 0 } },
    { "no up", { 3, 0, 1 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 0, 0 } },
    { "neither", { 3, 0, 1 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } },
    { "turned listener", { 1, 2, 3 }, { -1, 0.5, 4 }, { 1, 0, 0 }, { 0, 0, 1 } },
    { "tilted, long vectors", { -5, 2, -3 }, { 1, 1, 1 }, { 30, 5, -70 }, { 2, 90, 8 } },
    { "up not at right angles", { -5, 2, -3 }, { 1, 1, 1 }, { 0, 0, -1 }, { 0, 1, -5 } },
    { "small", { 1e-20, 2e-20, -1e-20 }, { 0, 0, 0 }, { 0, 0, -1e-15 }, { 0, 1e-15, 0 } },
    { "huge", { 3e38, -3e38, 1e38 }, { -3e38, 3e38, 0 }, { 0, 0, -3e38 }, { 0, 3e38, 0 } },
};

static void it_pans_as_the_text_says(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t row = 0; row < sizeof places / sizeof places[0]; row++) {
        oracle_scene scene = ORACLE_SCENE_INIT;
        scene.position = places[row].position;
        scene.ears = places[row].ears;
        scene.forward = places[row].forward;
        scene.up = places[row].up;
        scene.rolloff_factor = 0.0; /* the direction alone */
        worst = fmax(worst, check_all_sizes(&scene, places[row].name));
    }
    printf("panner: directions %.1f dB at worst\n", worst);
}

/* Where the text says azimuth 0: straight ahead, so that both sides are alike and stereo passes. */
static void degenerate_places_are_straight_ahead(void **state) {
    (void)state;
    static const uint32_t rows[] = { 4, 5, 9, 10, 11, 12, 13, 14, 15 };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oracle_scene scene = ORACLE_SCENE_INIT;
        scene.position = places[rows[i]].position;
        scene.ears = places[rows[i]].ears;
        scene.forward = places[rows[i]].forward;
        scene.up = places[rows[i]].up;
        scene.rolloff_factor = 0.0;
        stage on = stage_make(&scene, 128);
        put(&on, &scene);
        for (uint32_t channels = 1; channels <= 2; channels++) {
            float *const *in = harness_input(on.node, 0, channels);
            for (uint32_t at = 0; at < channels * 128; at++) {
                in[at / 128][at % 128] = at < 128 ? 0.5f : -0.25f;
            }
            harness_render(on.node);
            const float left = channels == 1 ? 0.35355339f : 0.5f;
            const float right = channels == 1 ? 0.35355339f : -0.25f;
            for (uint32_t at = 0; at < 128; at++) {
                assert_true(fabsf(on.node->outputs[0].planes[0][at] - left) < 1e-7f);
                assert_true(fabsf(on.node->outputs[0].planes[1][at] - right) < 1e-7f);
            }
        }
        harness_destroy(on.node);
    }
}

static void distance_follows_the_models(void **state) {
    (void)state;
    static const struct {
        double ref, max, rolloff;
    } rows[] = {
        { 1, 10000, 1 }, { 1, 10000, 0 },    { 1, 10000, 0.3 }, { 1, 10000, 7 }, { 2, 5, 1 },
        { 5, 2, 1 },     { 3, 3, 1 },        { 3, 3, 0.25 },    { 3, 3, 9 },     { 0, 10, 1 },
        { 0, 10, 0.5 },  { 0.001, 1e-9, 2 }, { 1e9, 1e12, 3 },  { 100, 0.5, 1 }, { 1, 1e300, 1e300 },
    };
    static const double distances[] = { 0, 1e-12, 0.5, 1, 1.999, 2, 3, 4.5, 5, 77, 9999, 1e7, 3e38 };
    double worst = -400.0;
    for (uint32_t model = 0; model < 3; model++) {
        for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
            for (uint32_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
                oracle_scene scene = ORACLE_SCENE_INIT;
                scene.distance_model = (wa_distance_model)model;
                scene.ref_distance = rows[row].ref;
                scene.max_distance = rows[row].max;
                scene.rolloff_factor = rows[row].rolloff;
                scene.position.z = (double)(float)-distances[i];
                const double error_db = check_still(&scene, 64, 1 + i % 2);
                if (oracle_distance_gain(&scene) < 1e-37) {
                    continue; /* below what a float holds */
                }
                if (error_db > -135.0) {
                    fail_msg("model %u row %u distance %g: %.1f dB", model, row, distances[i],
                             error_db);
                }
                worst = fmax(worst, error_db);
            }
        }
    }
    printf("panner: distances %.1f dB at worst\n", worst);
}

static void cones_follow_the_formula(void **state) {
    (void)state;
    static const struct {
        double inner, outer, gain;
    } rows[] = {
        { 360, 360, 0 },  { 60, 120, 0.25 }, { 60, 120, 0 },  { 0, 0, 0.5 },      { 0, 360, 0.1 },
        { 120, 60, 0.3 }, { 90, 90, 0.7 },   { 180, 270, 1 }, { -60, -120, 0.4 }, { 400, 800, 0.2 },
    };
    double worst = -400.0;
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (int degrees = -180; degrees <= 180;
             degrees += 7) { /* between source's nose and listener */
            oracle_scene scene = ORACLE_SCENE_INIT;
            scene.position = (vec3){ 2, 0.5, -1 };
            scene.rolloff_factor = 0.0;
            const double angle = (atan2(1, -2) * 180 / acos(-1.0) + degrees) * acos(-1.0) / 180;
            scene.orientation = (vec3){ (double)(float)cos(angle), 0, (double)(float)sin(angle) };
            scene.cone_inner_angle_deg = rows[row].inner;
            scene.cone_outer_angle_deg = rows[row].outer;
            scene.cone_outer_gain = rows[row].gain;
            const double error_db = check_still(&scene, 32, 1);
            if (error_db > -135.0 && oracle_cone_gain(&scene) > 0.0) {
                fail_msg("row %u, %d degrees: %.1f dB", row, degrees, error_db);
            }
            worst = fmax(worst, error_db);
        }
    }
    printf("panner: cones %.1f dB at worst\n", worst);
}

/* A source that faces the listener is as loud as without a cone; one that faces away is not. */
static void a_source_is_loud_where_it_points(void **state) {
    (void)state;
    static const struct {
        vec3 orientation;
        float gain;
    } rows[] = { { { 0, 0, 1 }, 1.0f },  { { 0, 0, 5 }, 1.0f }, { { 0, 0, -1 }, 0.25f },
                 { { 1, 0, 0 }, 0.25f }, { { 0, 0, 0 }, 1.0f }, { { 0, -1, 0 }, 0.25f } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        oracle_scene scene = ORACLE_SCENE_INIT;
        scene.position = (vec3){ 0, 0, -2 };
        scene.orientation = rows[row].orientation;
        scene.rolloff_factor = 0.0;
        scene.cone_inner_angle_deg = 60.0;
        scene.cone_outer_angle_deg = 120.0;
        scene.cone_outer_gain = 0.25;
        stage on = stage_make(&scene, 16);
        put(&on, &scene);
        harness_input(on.node, 0, 1)[0][3] = 1.0f;
        harness_render(on.node);
        assert_true(fabsf(on.node->outputs[0].planes[0][3] - 0.70710678f * rows[row].gain) < 1e-6f);
        harness_destroy(on.node);
    }
}

/* -- moving ------------------------------------------------------------------------------------- */

/* Each bit of `moving` lets one of the 15 coordinates change from frame to frame. */
static double check_moving(uint32_t moving, uint32_t frames, uint32_t channel_count, uint32_t model) {
    static float in[2][FRAMES_MAX], random[COORDINATE_COUNT][FRAMES_MAX];
    static double want[2][FRAMES_MAX];
    oracle_scene scene = ORACLE_SCENE_INIT;
    scene.distance_model = (wa_distance_model)model;
    scene.max_distance = 8.0;
    scene.cone_inner_angle_deg = 70.0;
    scene.cone_outer_angle_deg = 200.0;
    scene.cone_outer_gain = 0.3;
    scene.position = (vec3){ 1.5, -0.5, -2 };
    stage on = stage_make(&scene, frames);
    put(&on, &scene);
    for (uint32_t index = 0; index < COORDINATE_COUNT; index++) {
        if ((moving >> index & 1) != 0) {
            harness_noise(100 + index, random[index], frames);
            memcpy(row_of(&on, index, false), random[index], frames * sizeof(float));
        }
    }
    ears_update(on.heard);
    feed(&on, channel_count, in);
    for (uint32_t i = 0; i < frames; i++) {
        double out[2];
        for (uint32_t index = 0; index < COORDINATE_COUNT; index++) {
            if ((moving >> index & 1) != 0) {
                set_coordinate(&scene, index, (double)random[index][i]);
            }
        }
        oracle_equalpower(&scene, channel_count == 1, (double[]){ in[0][i], in[1][i] }, out);
        want[0][i] = out[0];
        want[1][i] = out[1];
    }
    harness_render(on.node);
    const double error_db = compare(&on, want);
    harness_destroy(on.node);
    return error_db;
}

static void every_coordinate_moves_frame_by_frame(void **state) {
    (void)state;
    static const uint32_t together[] = { 0x7, 0x38, 0x1c0, 0xe00, 0x7000, 0x7fff, 0x1c7, 0x7e00 };
    double worst = -400.0;
    for (uint32_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++) {
        for (uint32_t channels = 1; channels <= 2; channels++) {
            for (uint32_t i = 0; i < sizeof together / sizeof together[0]; i++) {
                worst = fmax(worst, check_moving(together[i], sizes[size], channels, i % 3));
            }
        }
    }
    for (uint32_t index = 0; index < COORDINATE_COUNT; index++) {
        worst = fmax(worst, check_moving(1u << index, 200, 1 + index % 2, index % 3));
    }
    printf("panner: moving %.1f dB at worst\n", worst);
    assert_true(worst < -135.0);
}

/* A constant and a row of equal values give the same bits, whichever coordinates are rows. */
static void a_row_of_equal_values_is_a_constant(void **state) {
    (void)state;
    static const uint32_t masks[] = { 0x1, 0x7, 0x38, 0x1c0, 0x7e00, 0x7fff };
    static float in[2][FRAMES_MAX];
    for (uint32_t row = 0; row < sizeof places / sizeof places[0]; row++) {
        for (uint32_t mask = 0; mask < 2 * sizeof masks / sizeof masks[0]; mask++) {
            const uint32_t moving = masks[mask / 2], frames = 131, channels = 1 + mask % 2;
            static float still[2][FRAMES_MAX];
            oracle_scene scene = ORACLE_SCENE_INIT;
            scene.position = places[row].position;
            scene.ears = places[row].ears;
            scene.forward = places[row].forward;
            scene.up = places[row].up;
            scene.cone_inner_angle_deg = 100.0;
            scene.cone_outer_gain = 0.5;
            stage on = stage_make(&scene, frames);
            put(&on, &scene);
            feed(&on, channels, in);
            harness_render(on.node);
            for (uint32_t channel = 0; channel < 2; channel++) {
                memcpy(still[channel], on.node->outputs[0].planes[channel], frames * sizeof(float));
            }
            for (uint32_t index = 0; index < COORDINATE_COUNT; index++) {
                if ((moving >> index & 1) != 0) {
                    float *values = row_of(&on, index, false);
                    for (uint32_t i = 0; i < frames; i++) {
                        values[i] = coordinate(&scene, index);
                    }
                }
            }
            ears_update(on.heard);
            feed(&on, channels, in);
            harness_render(on.node);
            for (uint32_t channel = 0; channel < 2; channel++) {
                assert_memory_equal(still[channel], on.node->outputs[0].planes[channel],
                                    frames * sizeof(float));
            }
            harness_destroy(on.node);
        }
    }
}

static void silence_and_poison_pass(void **state) {
    (void)state;
    oracle_scene scene = ORACLE_SCENE_INIT;
    stage on = stage_make(&scene, 128);
    put(&on, &scene);
    harness_render(on.node);
    assert_true(on.node->outputs[0].is_silent);
    assert_int_equal(on.node->outputs[0].channel_count, 2);
    float *const *in = harness_input(on.node, 0, 2);
    for (uint32_t i = 0; i < 128; i++) {
        in[0][i] = i == 5 ? NAN : 0.5f;
        in[1][i] = i == 9 ? INFINITY : 0.5f;
    }
    harness_render(on.node);
    for (uint32_t i = 10; i < 128; i++) {
        assert_true(isfinite(on.node->outputs[0].planes[0][i]));
        assert_true(isfinite(on.node->outputs[0].planes[1][i]));
    }
    harness_input_silent(on.node, 0, 2);
    harness_render(on.node);
    assert_true(on.node->outputs[0].is_silent);
    assert_false(on.node->instance.has_tail);
    harness_destroy(on.node);
}

/* -- options ------------------------------------------------------------------------------------ */

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        wa_attribute attribute;
        double number;
        wa_status status;
        const char *word;
    } rows[] = {
        { WA_ATTRIBUTE_REF_DISTANCE, 0.0, WA_OK, NULL },
        { WA_ATTRIBUTE_REF_DISTANCE, 1e300, WA_OK, NULL },
        { WA_ATTRIBUTE_REF_DISTANCE, -1e-300, WA_ERR_RANGE, "refDistance" },
        { WA_ATTRIBUTE_MAX_DISTANCE, 1e-300, WA_OK, NULL },
        { WA_ATTRIBUTE_MAX_DISTANCE, 0.0, WA_ERR_RANGE, "maxDistance" },
        { WA_ATTRIBUTE_MAX_DISTANCE, -1.0, WA_ERR_RANGE, "maxDistance" },
        { WA_ATTRIBUTE_ROLLOFF_FACTOR, 0.0, WA_OK, NULL },
        { WA_ATTRIBUTE_ROLLOFF_FACTOR, 17.0, WA_OK, NULL },
        { WA_ATTRIBUTE_ROLLOFF_FACTOR, -0.5, WA_ERR_RANGE, "rolloffFactor" },
        { WA_ATTRIBUTE_CONE_INNER_ANGLE, -1000.0, WA_OK, NULL },
        { WA_ATTRIBUTE_CONE_OUTER_ANGLE, 1000.0, WA_OK, NULL },
        { WA_ATTRIBUTE_CONE_OUTER_GAIN, 0.0, WA_OK, NULL },
        { WA_ATTRIBUTE_CONE_OUTER_GAIN, 1.0, WA_OK, NULL },
        { WA_ATTRIBUTE_CONE_OUTER_GAIN, 1.0000001, WA_ERR_INVALID_STATE, "coneOuterGain" },
        { WA_ATTRIBUTE_CONE_OUTER_GAIN, -1e-9, WA_ERR_INVALID_STATE, "coneOuterGain" },
        { WA_ATTRIBUTE_DISTANCE_MODEL, 2.0, WA_OK, NULL },
        { WA_ATTRIBUTE_DISTANCE_MODEL, 3.0, WA_ERR_TYPE, "distanceModel" },
        { WA_ATTRIBUTE_PANNING_MODEL, 0.0, WA_OK, NULL },
        { WA_ATTRIBUTE_PANNING_MODEL, 2.0, WA_ERR_TYPE, "panningModel" },
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_panner_options options = WA_PANNER_OPTIONS_INIT;
        double *const numbers[] = { &options.ref_distance,         &options.max_distance,
                                    &options.rolloff_factor,       &options.cone_inner_angle_deg,
                                    &options.cone_outer_angle_deg, &options.cone_outer_gain };
        harness *node = harness_create(&wa_node_class_panner, &(harness_desc){ 0 });
        assert_int_equal(harness_attribute(node, rows[i].attribute, rows[i].number), rows[i].status);
        if (rows[i].attribute == WA_ATTRIBUTE_DISTANCE_MODEL) {
            options.distance_model = (wa_distance_model)rows[i].number;
        } else if (rows[i].attribute == WA_ATTRIBUTE_PANNING_MODEL) {
            options.panning_model = (wa_panning_model)rows[i].number;
        } else {
            *numbers[rows[i].attribute - WA_ATTRIBUTE_REF_DISTANCE] = rows[i].number;
        }
        assert_int_equal(harness_configure(&wa_node_class_panner, &options, NULL, NULL),
                         rows[i].status);
        if (rows[i].status != WA_OK) {
            assert_non_null(strstr(wa_error_message(), rows[i].word));
        }
        harness_destroy(node);
    }
}

static void options_must_be_finite(void **state) {
    (void)state;
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    float *const floats[] = { &options.position_x,    &options.position_y,    &options.position_z,
                              &options.orientation_x, &options.orientation_y, &options.orientation_z };
    double *const doubles[] = { &options.ref_distance,         &options.max_distance,
                                &options.rolloff_factor,       &options.cone_inner_angle_deg,
                                &options.cone_outer_angle_deg, &options.cone_outer_gain };
    for (uint32_t i = 0; i < 6; i++) {
        const float kept = *floats[i];
        const double kept_double = *doubles[i];
        *floats[i] = NAN;
        assert_int_equal(harness_configure(&wa_node_class_panner, &options, NULL, NULL), WA_ERR_TYPE);
        *floats[i] = kept;
        *doubles[i] = INFINITY;
        assert_int_equal(harness_configure(&wa_node_class_panner, &options, NULL, NULL), WA_ERR_TYPE);
        *doubles[i] = kept_double;
    }
    float values[WA_PARAM_COUNT_MAX];
    options.position_y = -3.5f;
    options.orientation_z = FLT_MAX;
    assert_int_equal(harness_configure(&wa_node_class_panner, &options, NULL, values), WA_OK);
    assert_true(values[WA_PANNER_POSITION_Y] == -3.5f);
    assert_true(values[WA_PANNER_ORIENTATION_X] == 1.0f);
    assert_true(values[WA_PANNER_ORIENTATION_Z] == FLT_MAX);
}

static void channels_are_one_or_two(void **state) {
    (void)state;
    static const struct {
        uint32_t count;
        wa_channel_count_mode mode;
        wa_status status;
    } rows[] = {
        { 1, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_OK },
        { 2, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, WA_OK },
        { 3, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, WA_ERR_NOT_SUPPORTED },
        { 0, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_ERR_NOT_SUPPORTED },
        { 2, WA_CHANNEL_COUNT_MODE_MAX, WA_ERR_NOT_SUPPORTED },
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(wa_node_class_panner.check_channels(NULL, rows[i].count, rows[i].mode,
                                                             WA_CHANNEL_INTERPRETATION_SPEAKERS),
                         rows[i].status);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_pans_as_the_text_says),
        cmocka_unit_test(degenerate_places_are_straight_ahead),
        cmocka_unit_test(distance_follows_the_models),
        cmocka_unit_test(cones_follow_the_formula),
        cmocka_unit_test(a_source_is_loud_where_it_points),
        cmocka_unit_test(every_coordinate_moves_frame_by_frame),
        cmocka_unit_test(a_row_of_equal_values_is_a_constant),
        cmocka_unit_test(silence_and_poison_pass),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(options_must_be_finite),
        cmocka_unit_test(channels_are_one_or_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
