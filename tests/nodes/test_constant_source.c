/* ConstantSourceNode; Web Audio 1.1, "ConstantSourceNode". */
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_constant_source;

static const struct {
    uint32_t frames, begin, end;
} spans[] = {
    { 1, 0, 1 },     { 127, 0, 127 },     { 128, 5, 128 }, { 128, 0, 77 }, { 129, 128, 129 },
    { 512, 13, 14 }, { 4096, 100, 4000 }, { 128, 64, 64 }, { 128, 0, 0 },  { 128, 128, 128 },
};
enum { SPAN_COUNT = sizeof spans / sizeof spans[0] };

static void it_plays_only_in_its_span(void **state) {
    (void)state;
    for (uint32_t row = 0; row < SPAN_COUNT; row++) {
        for (uint32_t is_a_rate = 0; is_a_rate < 2; is_a_rate++) {
            harness *node = harness_create(&wa_node_class_constant_source,
                                           &(harness_desc){ .quantum_frames = spans[row].frames });
            harness_param(node, WA_CONSTANT_SOURCE_OFFSET, 0.75f);
            float *offsets = node->param_planes[WA_CONSTANT_SOURCE_OFFSET];
            if (is_a_rate) {
                harness_noise(row, harness_param_rate(node, WA_CONSTANT_SOURCE_OFFSET),
                              spans[row].frames);
            }
            harness_render_source(node, spans[row].begin, spans[row].end, spans[row].begin - 0.25);
            const wa_block *out = &node->outputs[0];
            assert_int_equal(out->channel_count, 1);
            assert_int_equal(out->is_silent, spans[row].begin == spans[row].end);
            assert_false(node->instance.has_tail);
            assert_false(node->instance.has_ended);
            for (uint32_t i = 0; i < spans[row].frames; i++) {
                const bool plays = i >= spans[row].begin && i < spans[row].end;
                assert_true(out->planes[0][i] == (plays ? offsets[is_a_rate ? i : 0] : 0.0f));
            }
            harness_destroy(node);
        }
    }
}

static void an_offset_of_zero_is_silent(void **state) {
    (void)state;
    harness *node = harness_create(&wa_node_class_constant_source, &(harness_desc){ 0 });
    harness_param(node, WA_CONSTANT_SOURCE_OFFSET, 0.0f);
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    harness_destroy(node);
}

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        float offset;
        wa_status status;
    } rows[] = { { -2.5f, WA_OK }, { NAN, WA_ERR_TYPE }, { INFINITY, WA_ERR_TYPE } };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
        float values[WA_PARAM_COUNT_MAX];
        options.offset = rows[i].offset;
        assert_int_equal(harness_configure(&wa_node_class_constant_source, &options, NULL, values),
                         rows[i].status);
        assert_true(values[0] == (rows[i].status == WA_OK ? rows[i].offset : 1.0f));
    }
    assert_non_null(strstr(wa_error_message(), "offset"));
    assert_int_equal(harness_configure(&wa_node_class_constant_source, NULL, NULL, NULL), WA_OK);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(it_plays_only_in_its_span),
        cmocka_unit_test(an_offset_of_zero_is_silent),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
