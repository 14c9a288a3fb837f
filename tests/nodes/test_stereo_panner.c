/* StereoPannerNode against its formulas in double; Web Audio 1.1, "StereoPannerNode". */
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_stereo_panner;

static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0], FRAMES_MAX = 4096 };

static void oracle(double pan, bool is_mono, const double in[2], double out[2]) {
    const double half_pi = acos(-1.0) / 2;
    if (is_mono) {
        out[0] = in[0] * cos((pan + 1) / 2 * half_pi);
        out[1] = in[0] * sin((pan + 1) / 2 * half_pi);
    } else if (pan <= 0) {
        out[0] = in[0] + in[1] * cos((pan + 1) * half_pi);
        out[1] = in[1] * sin((pan + 1) * half_pi);
    } else {
        out[0] = in[0] * cos(pan * half_pi);
        out[1] = in[1] + in[0] * sin(pan * half_pi);
    }
}

static double check(uint32_t frames, uint32_t channel_count, bool is_a_rate, float pan) {
    static float in[2][FRAMES_MAX], pans[FRAMES_MAX];
    static double want[2][FRAMES_MAX];
    harness *node =
        harness_create(&wa_node_class_stereo_panner, &(harness_desc){ .quantum_frames = frames });
    harness_param(node, WA_STEREO_PANNER_PAN, pan);
    harness_noise(3, pans, frames);
    pans[0] = pan;
    if (is_a_rate) {
        memcpy(harness_param_rate(node, WA_STEREO_PANNER_PAN), pans, frames * sizeof(float));
    }
    float *const *planes = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(channel, in[channel], frames);
        memcpy(planes[channel], in[channel], frames * sizeof(float));
    }
    for (uint32_t i = 0; i < frames; i++) {
        double out[2];
        oracle(is_a_rate ? pans[i] : pan, channel_count == 1, (double[]){ in[0][i], in[1][i] }, out);
        want[0][i] = out[0];
        want[1][i] = out[1];
    }
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 2);
    double worst = -400.0;
    for (uint32_t channel = 0; channel < 2; channel++) {
        for (uint32_t i = 0; i < frames; i++) {
            assert_true(fabs(node->outputs[0].planes[channel][i] - want[channel][i]) < 3e-7);
        }
        worst = fmax(worst,
                     fabs(pan) == 1.0f && !is_a_rate
                         ? -400.0
                         : harness_error_db(node->outputs[0].planes[channel], want[channel], frames));
    }
    harness_destroy(node);
    return worst;
}

static void it_pans_as_the_formulas_say(void **state) {
    (void)state;
    static const float pans[] = { -1.0f, -0.999f, -0.5f, -1e-6f, 0.0f, 1e-6f, 0.3f, 0.9f, 1.0f };
    double worst = -400.0;
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        for (uint32_t i = 0; i < sizeof pans / sizeof pans[0]; i++) {
            for (uint32_t channels = 1; channels <= 2; channels++) {
                worst = fmax(worst, check(sizes[size], channels, false, pans[i]));
                worst = fmax(worst, check(sizes[size], channels, true, 0.25f));
            }
        }
    }
    printf("stereo_panner: error %.1f dB at worst\n", worst);
    assert_true(worst < -135.0);
}

static void the_ends_and_the_middle_are_exact(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        float pan, in[2], out[2];
    } rows[] = {
        { 1, -1.0f, { 0.7f, 0 }, { 0.7f, 0 } },      { 1, 1.0f, { 0.7f, 0 }, { 0, 0.7f } },
        { 2, 0.0f, { 0.7f, 0.4f }, { 0.7f, 0.4f } }, { 2, -1.0f, { 0.5f, 0.25f }, { 0.75f, 0 } },
        { 2, 1.0f, { 0.5f, 0.25f }, { 0, 0.75f } },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (uint32_t is_a_rate = 0; is_a_rate < 2; is_a_rate++) {
            harness *node = harness_create(&wa_node_class_stereo_panner, &(harness_desc){ 0 });
            harness_param(node, WA_STEREO_PANNER_PAN, rows[row].pan);
            for (uint32_t i = 0; is_a_rate && i < 128; i++) {
                harness_param_rate(node, WA_STEREO_PANNER_PAN)[i] = rows[row].pan;
            }
            float *const *in = harness_input(node, 0, rows[row].channel_count);
            for (uint32_t i = 0; i < 128 * rows[row].channel_count; i++) {
                in[i / 128][i % 128] = rows[row].in[i / 128];
            }
            harness_render(node);
            for (uint32_t i = 0; i < 128; i++) {
                assert_true(node->outputs[0].planes[0][i] == rows[row].out[0]);
                assert_true(node->outputs[0].planes[1][i] == rows[row].out[1]);
            }
            harness_destroy(node);
        }
    }
}

static void silence_stays_silent_in_stereo(void **state) {
    (void)state;
    harness *node = harness_create(&wa_node_class_stereo_panner, &(harness_desc){ 0 });
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    assert_int_equal(node->outputs[0].channel_count, 2);
    harness_input_silent(node, 0, 2);
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    assert_false(node->instance.has_tail);
    harness_destroy(node);
}

static void options_and_channels_are_checked(void **state) {
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
        assert_int_equal(wa_node_class_stereo_panner.check_channels(NULL, rows[i].count, rows[i].mode,
                                                                    WA_CHANNEL_INTERPRETATION_SPEAKERS),
                         rows[i].status);
    }
    wa_stereo_panner_options options = WA_STEREO_PANNER_OPTIONS_INIT;
    float values[WA_PARAM_COUNT_MAX];
    options.pan = -0.5f;
    assert_int_equal(harness_configure(&wa_node_class_stereo_panner, &options, NULL, values), WA_OK);
    assert_true(values[0] == -0.5f);
    options.pan = NAN;
    assert_int_equal(harness_configure(&wa_node_class_stereo_panner, &options, NULL, values),
                     WA_ERR_TYPE);
    assert_non_null(strstr(wa_error_message(), "pan"));
    assert_int_equal(harness_configure(&wa_node_class_stereo_panner, NULL, NULL, NULL), WA_OK);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(it_pans_as_the_formulas_say),
        cmocka_unit_test(the_ends_and_the_middle_are_exact),
        cmocka_unit_test(silence_stays_silent_in_stereo),
        cmocka_unit_test(options_and_channels_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
