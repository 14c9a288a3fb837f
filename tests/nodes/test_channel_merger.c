/* ChannelMergerNode; Web Audio 1.1, "ChannelMergerNode". */
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_channel_merger;

static harness *create(uint32_t input_count, uint32_t frames) {
    wa_channel_merger_options options = WA_CHANNEL_MERGER_OPTIONS_INIT;
    options.input_count = input_count;
    return harness_create(&wa_node_class_channel_merger,
                          &(harness_desc){ .options = &options, .quantum_frames = frames });
}

static void each_input_becomes_a_channel(void **state) {
    (void)state;
    static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
    static const uint32_t counts[] = { 1, 2, 6, 32 };
    static float want[4096];
    for (uint32_t row = 0; row < 24; row++) {
        const uint32_t count = counts[row / 6], frames = sizes[row % 6];
        harness *node = create(count, frames);
        for (uint32_t input = 0; input < count; input++) {
            harness_noise(input, harness_input(node, input, 1)[0], frames);
        }
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, count);
        assert_false(node->outputs[0].is_silent);
        assert_false(node->instance.has_tail);
        for (uint32_t input = 0; input < count; input++) {
            harness_noise(input, want, frames);
            assert_memory_equal(node->outputs[0].planes[input], want, frames * sizeof(float));
        }
        harness_destroy(node);
    }
}

static void one_active_input_makes_all_channels(void **state) {
    (void)state;
    harness *node = create(6, 128);
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 1);
    assert_true(node->outputs[0].is_silent);

    harness_input_silent(node, 4, 1);
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 6);
    assert_true(node->outputs[0].is_silent);

    harness_noise(1, harness_input(node, 4, 1)[0], 128);
    harness_render(node);
    assert_false(node->outputs[0].is_silent);
    for (uint32_t channel = 0; channel < 6; channel++) {
        assert_int_equal(node->outputs[0].planes[channel][77] != 0.0f, channel == 4);
    }
    harness_destroy(node);
}

static void options_and_channels_are_checked(void **state) {
    (void)state;
    static const struct {
        uint32_t input_count;
        wa_status status;
    } rows[] = { { 1, WA_OK }, { 32, WA_OK }, { 0, WA_ERR_INDEX_SIZE }, { 33, WA_ERR_INDEX_SIZE } };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_channel_merger_options options = WA_CHANNEL_MERGER_OPTIONS_INIT;
        options.input_count = rows[i].input_count;
        assert_int_equal(harness_configure(&wa_node_class_channel_merger, &options, NULL, NULL),
                         rows[i].status);
    }
    assert_non_null(strstr(wa_error_message(), "input_count"));

    static const struct {
        uint32_t count;
        wa_channel_count_mode mode;
        wa_status status;
    } channel_rows[] = {
        { 1, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_OK },
        { 2, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_ERR_INVALID_STATE },
        { 1, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, WA_ERR_INVALID_STATE },
    };
    for (uint32_t i = 0; i < sizeof channel_rows / sizeof channel_rows[0]; i++) {
        assert_int_equal(
            wa_node_class_channel_merger.check_channels(
                NULL, channel_rows[i].count, channel_rows[i].mode, WA_CHANNEL_INTERPRETATION_DISCRETE),
            channel_rows[i].status);
    }
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(each_input_becomes_a_channel),
        cmocka_unit_test(one_active_input_makes_all_channels),
        cmocka_unit_test(options_and_channels_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
