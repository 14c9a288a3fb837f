/* ChannelSplitterNode; Web Audio 1.1, "ChannelSplitterNode". */
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_channel_splitter;

static harness *create(uint32_t output_count, uint32_t frames) {
    wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    options.output_count = output_count;
    return harness_create(&wa_node_class_channel_splitter,
                          &(harness_desc){ .options = &options, .quantum_frames = frames });
}

static void each_channel_goes_to_its_output(void **state) {
    (void)state;
    static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
    static const uint32_t counts[] = { 1, 2, 6, 32 };
    for (uint32_t row = 0; row < 24; row++) {
        const uint32_t count = counts[row / 6], frames = sizes[row % 6];
        harness *node = create(count, frames);
        assert_int_equal(node->setup.output_count, count);
        assert_int_equal(node->setup.channel_count, count);
        float *const *in = harness_input(node, 0, count);
        for (uint32_t channel = 0; channel < count; channel++) {
            harness_noise(channel, in[channel], frames);
        }
        harness_render(node);
        for (uint32_t channel = 0; channel < count; channel++) {
            assert_int_equal(node->outputs[channel].channel_count, 1);
            assert_false(node->outputs[channel].is_silent);
            assert_memory_equal(node->outputs[channel].planes[0], in[channel], frames * sizeof(float));
        }
        assert_false(node->instance.has_tail);
        harness_destroy(node);
    }
}

static void silence_gives_silence(void **state) {
    (void)state;
    harness *node = create(4, 128);
    harness_render(node); /* inactive: one channel, four outputs */
    for (uint32_t output = 0; output < 4; output++) {
        assert_true(node->outputs[output].is_silent);
    }
    harness_noise(1, harness_input(node, 0, 1)[0], 128);
    harness_render(node);
    assert_false(node->outputs[0].is_silent);
    for (uint32_t output = 1; output < 4; output++) {
        assert_true(node->outputs[output].is_silent);
    }
    harness_destroy(node);
}

static void options_and_channels_are_checked(void **state) {
    (void)state;
    static const struct {
        uint32_t output_count;
        wa_status status;
    } rows[] = { { 1, WA_OK }, { 32, WA_OK }, { 0, WA_ERR_INDEX_SIZE }, { 33, WA_ERR_INDEX_SIZE } };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
        options.output_count = rows[i].output_count;
        assert_int_equal(harness_configure(&wa_node_class_channel_splitter, &options, NULL, NULL),
                         rows[i].status);
    }
    assert_non_null(strstr(wa_error_message(), "output_count"));

    static const struct {
        uint32_t count;
        wa_channel_count_mode mode;
        wa_channel_interpretation interpretation;
        wa_status status;
    } channel_rows[] = {
        { 6, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_DISCRETE, WA_OK },
        { 5, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_DISCRETE, WA_ERR_INVALID_STATE },
        { 6, WA_CHANNEL_COUNT_MODE_MAX, WA_CHANNEL_INTERPRETATION_DISCRETE, WA_ERR_INVALID_STATE },
        { 6, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_SPEAKERS, WA_ERR_INVALID_STATE },
    };
    harness *node = harness_create(&wa_node_class_channel_splitter, &(harness_desc){ 0 });
    assert_int_equal(node->setup.output_count, 6);
    for (uint32_t i = 0; i < sizeof channel_rows / sizeof channel_rows[0]; i++) {
        assert_int_equal(wa_node_class_channel_splitter.check_channels(
                             node->setup.config, channel_rows[i].count, channel_rows[i].mode,
                             channel_rows[i].interpretation),
                         channel_rows[i].status);
    }
    harness_destroy(node);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(each_channel_goes_to_its_output),
        cmocka_unit_test(silence_gives_silence),
        cmocka_unit_test(options_and_channels_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
