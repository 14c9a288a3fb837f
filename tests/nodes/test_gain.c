/* GainNode against a double oracle; Web Audio 1.1, "GainNode". */
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_gain;

static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0], FRAMES_MAX = 4096 };

static void fill(harness *node, uint32_t channel_count, uint32_t seed) {
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(seed + channel, in[channel], node->quantum.frame_count);
    }
}

static void check(uint32_t frames, uint32_t channel_count, const float *gain, bool is_a_rate,
                  bool is_aliased) {
    static float in[FRAMES_MAX];
    static double want[FRAMES_MAX];
    harness *node = harness_create(
        &wa_node_class_gain, &(harness_desc){ .quantum_frames = frames, .is_aliased = is_aliased });
    if (is_a_rate) {
        memcpy(harness_param_rate(node, WA_GAIN_GAIN), gain, frames * sizeof *gain);
    } else {
        harness_param(node, WA_GAIN_GAIN, gain[0]);
    }
    fill(node, channel_count, frames);
    harness_render(node);
    assert_false(node->instance.has_tail);
    assert_int_equal(node->outputs[0].channel_count, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(frames + channel, in, frames);
        for (uint32_t i = 0; i < frames; i++) {
            want[i] = (double)in[i] * gain[is_a_rate ? i : 0];
        }
        assert_true(harness_error_db(node->outputs[0].planes[channel], want, frames) < -140.0);
    }
    harness_destroy(node);
}

static void multiplies_at_every_size_and_channel_count(void **state) {
    (void)state;
    static float gains[FRAMES_MAX];
    static const float constants[] = { 1.0f, 0.5f, -1.0f, 3.7f, 1e-20f };
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        for (uint32_t channels = 1; channels <= 32;
             channels = channels < 3 ? channels + 1 : channels * 2) {
            for (uint32_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
                check(sizes[size], channels, &constants[i], false, false);
                check(sizes[size], channels, &constants[i], false, true);
            }
            harness_noise(7, gains, sizes[size]);
            check(sizes[size], channels, gains, true, false);
            check(sizes[size], channels, gains, true, true);
        }
    }
}

static void silence_is_reported_and_written(void **state) {
    (void)state;
    harness *node = harness_create(&wa_node_class_gain, &(harness_desc){ 0 });
    harness_render(node); /* inactive */
    assert_true(node->outputs[0].is_silent);
    assert_int_equal(node->outputs[0].channel_count, 1);

    harness_input_silent(node, 0, 4);
    float *gains = harness_param_rate(node, WA_GAIN_GAIN);
    for (uint32_t i = 0; i < 128; i++) {
        gains[i] = INFINITY; /* a param is never NaN; 0 times infinity must not make one */
    }
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    assert_int_equal(node->outputs[0].channel_count, 4);

    fill(node, 2, 1);
    node->inputs[0].planes[1][5] = NAN;
    harness_param(node, WA_GAIN_GAIN, 0.0f);
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    harness_param(node, WA_GAIN_GAIN, 1.0f);
    harness_render(node);
    assert_false(node->outputs[0].is_silent);
    assert_true(isnan(node->outputs[0].planes[1][5]));
    harness_destroy(node);
}

static void in_place_is_bit_equal(void **state) {
    (void)state;
    harness *apart = harness_create(&wa_node_class_gain, &(harness_desc){ 0 });
    harness *in_place = harness_create(&wa_node_class_gain, &(harness_desc){ .is_aliased = true });
    harness *const nodes[] = { apart, in_place };
    for (uint32_t round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < 2; i++) {
            fill(nodes[i], 3, round);
            harness_param(nodes[i], WA_GAIN_GAIN, 0.3f * (float)round);
            if (round == 3) {
                harness_noise(99, harness_param_rate(nodes[i], WA_GAIN_GAIN), 128);
            }
        }
        harness_render_many(nodes, 2);
        harness_assert_same(apart, in_place);
    }
    harness_destroy(apart);
    harness_destroy(in_place);
}

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        float gain;
        wa_status status;
    } rows[] = { { 0.25f, WA_OK },     { -1000.0f, WA_OK },       { 0.0f, WA_OK },
                 { NAN, WA_ERR_TYPE }, { INFINITY, WA_ERR_TYPE }, { -INFINITY, WA_ERR_TYPE } };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_gain_options options = WA_GAIN_OPTIONS_INIT;
        float values[WA_PARAM_COUNT_MAX];
        options.gain = rows[i].gain;
        assert_int_equal(harness_configure(&wa_node_class_gain, &options, NULL, values),
                         rows[i].status);
        assert_true(values[WA_GAIN_GAIN] == (rows[i].status == WA_OK ? rows[i].gain : 1.0f));
        if (rows[i].status != WA_OK) {
            assert_non_null(strstr(wa_error_message(), "gain"));
        }
    }
    assert_int_equal(harness_configure(&wa_node_class_gain, NULL, NULL, NULL), WA_OK);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(multiplies_at_every_size_and_channel_count),
        cmocka_unit_test(silence_is_reported_and_written),
        cmocka_unit_test(in_place_is_bit_equal),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
