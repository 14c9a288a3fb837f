/* AudioDestinationNode and the embedded Input: the two ends of the graph. */
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_destination;
extern const wa_node_class wa_node_class_input;

enum { FRAMES_MAX = 4096, PLANES = 4 };
static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
static float rows[PLANES][FRAMES_MAX];
static float *const planes[PLANES] = { rows[0], rows[1], rows[2], rows[3] };

static void fill(harness *node, uint32_t channel_count) {
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(channel, in[channel], node->quantum.frame_count);
    }
}

static void the_destination_writes_every_plane(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 12; row++) {
        const uint32_t frames = sizes[row % 6];
        harness *node =
            harness_create(&wa_node_class_destination,
                           &(harness_desc){ .quantum_frames = frames, .is_aliased = row >= 6 });
        node->quantum.outputs = planes;
        node->quantum.output_count = PLANES;
        fill(node, PLANES);
        node->inputs[0].planes[1][0] = NAN;
        node->inputs[0].planes[2][0] = -INFINITY;
        node->inputs[0].planes[3][0] = 7.5f;
        memset(rows, 0xff, sizeof rows);
        harness_render(node);
        for (uint32_t channel = 0; channel < PLANES; channel++) {
            assert_memory_equal(rows[channel], node->inputs[0].planes[channel], frames * sizeof(float));
            assert_memory_equal(rows[channel], node->outputs[0].planes[channel],
                                frames * sizeof(float));
        }
        assert_false(node->outputs[0].is_silent);
        harness_destroy(node);
    }
}

static void an_inactive_destination_writes_silence(void **state) {
    (void)state;
    harness *node = harness_create(&wa_node_class_destination, &(harness_desc){ 0 });
    node->quantum.outputs = planes;
    node->quantum.output_count = PLANES;
    memset(rows, 0xff, sizeof rows);
    harness_render(node);
    for (uint32_t i = 0; i < PLANES * 128; i++) {
        assert_true(rows[i / 128][i % 128] == 0.0f);
    }
    assert_true(node->outputs[0].is_silent);
    assert_int_equal(node->outputs[0].channel_count, 1);
    assert_true((wa_node_class_destination.flags & WA_CLASS_ALWAYS_ON) != 0);
    harness_destroy(node);
}

static void the_input_gives_what_the_host_passed(void **state) {
    (void)state;
    for (uint32_t size = 0; size < 6; size++) {
        const uint32_t frames = sizes[size];
        harness *node =
            harness_create(&wa_node_class_input,
                           &(harness_desc){ .quantum_frames = frames, .input_channel_count = 3 });
        for (uint32_t channel = 0; channel < PLANES; channel++) {
            harness_noise(channel, rows[channel], frames);
        }
        node->quantum.inputs = (const float *const *)planes;
        node->quantum.input_count = 3;
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, 3);
        assert_false(node->outputs[0].is_silent);
        for (uint32_t channel = 0; channel < 3; channel++) {
            assert_memory_equal(node->outputs[0].planes[channel], rows[channel],
                                frames * sizeof(float));
        }
        harness_destroy(node);
    }
}

static void an_input_without_planes_is_silence(void **state) {
    (void)state;
    static const uint32_t counts[][2] = { { 0, 1 }, { 1, 1 }, { 2, 2 }, { 32, 32 } };
    for (uint32_t row = 0; row < 4; row++) {
        harness *node = harness_create(&wa_node_class_input,
                                       &(harness_desc){ .input_channel_count = counts[row][0] });
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, counts[row][1]);
        assert_true(node->outputs[0].is_silent);
        harness_destroy(node);
    }
}

static void an_input_with_fewer_planes_is_padded(void **state) {
    (void)state;
    harness *node = harness_create(&wa_node_class_input, &(harness_desc){ .input_channel_count = 2 });
    harness_noise(1, rows[0], 128);
    node->quantum.inputs = (const float *const *)planes;
    node->quantum.input_count = 1;
    harness_render(node);
    assert_memory_equal(node->outputs[0].planes[0], rows[0], 128 * sizeof(float));
    for (uint32_t i = 0; i < 128; i++) {
        assert_true(node->outputs[0].planes[1][i] == 0.0f);
    }
    harness_destroy(node);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(the_destination_writes_every_plane),
        cmocka_unit_test(an_inactive_destination_writes_silence),
        cmocka_unit_test(the_input_gives_what_the_host_passed),
        cmocka_unit_test(an_input_without_planes_is_silence),
        cmocka_unit_test(an_input_with_fewer_planes_is_padded),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
