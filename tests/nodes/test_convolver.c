/* Convolver: against the sum that defines it, in double, and against what the specification says of
 * channels, scale and tail. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "convolver_take.h"

/* -- the sum ------------------------------------------------------------------------------------ */

static const struct {
    uint32_t channel_count, quantum;
    uint64_t frame_count;
    double rate_hz;
} shapes[] = {
    { 1, 128, 1, 48000 },     { 2, 128, 2, 48000 },      { 4, 128, 127, 48000 },
    { 1, 128, 128, 48000 },   { 2, 128, 129, 48000 },    { 1, 128, 255, 48000 },
    { 4, 128, 1000, 48000 },  { 2, 128, 4097, 48000 },   { 1, 128, 4097, 48000 },
    { 1, 1, 1000, 48000 },    { 2, 1, 300, 3000 },       { 4, 100, 1000, 44100 },
    { 1, 100, 4097, 3000 },   { 2, 441, 1000, 44100 },   { 4, 441, 4097, 768000 },
    { 1, 4096, 1000, 48000 }, { 2, 4096, 4097, 768000 }, { 2, 5000, 4097, 96000 },
    { 4, 128, 48000, 48000 }, { 1, 128, 60000, 48000 },
};

static void it_is_the_sum(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t row = 0; row < sizeof shapes / sizeof shapes[0]; row++) {
        const uint64_t length = shapes[row].frame_count;
        wa_buffer_data buffer = buffer_make(shapes[row].channel_count, length, shapes[row].rate_hz);
        const wa_convolver_options options = plain_options();
        take of = take_make(&buffer, &options, shapes[row].quantum, shapes[row].rate_hz);
        take_render_frames(&of, MONO, length / 2 + 500);
        take_render_frames(&of, SILENT, length / 3);
        take_render_frames(&of, STEREO, length / 2 + 500);
        take_render_frames(&of, INACTIVE, length + 3 * (uint64_t)shapes[row].quantum);
        assert_false(of.node->instance.has_tail);
        const double db = take_error_db(&of, &buffer, 1.0, 0, 1 + of.frame * length / 6000000);
        if (!(db < -126.0)) {
            fail_msg("row %u: %.1f dB", row, db);
        }
        worst = fmax(worst, db);
        take_free(&of);
        buffer_free(&buffer);
    }
    printf("convolver: worst of all rows %.1f dB\n", worst);
}

/* A response that begins late, as one with a pre-delay does. */
static void a_response_may_begin_late(void **state) {
    (void)state;
    wa_buffer_data buffer = buffer_make(2, 12000, 48000.0);
    memset(buffer.planes[0], 0, 9000 * sizeof(float));
    memset(buffer.planes[1], 0, 10500 * sizeof(float));
    const wa_convolver_options options = plain_options();
    take of = take_make(&buffer, &options, 128, 48000.0);
    take_render_frames(&of, STEREO, 14000);
    take_render_frames(&of, INACTIVE, 12000);
    assert_true(take_error_db(&of, &buffer, 1.0, 0, 53) < -126.0);
    take_free(&of);
    buffer_free(&buffer);
}

/* -- channels ----------------------------------------------------------------------------------- */

static void outputs_follow_the_diagrams(void **state) {
    (void)state;
    static const struct {
        uint32_t response, input, output;
    } rows[] = { { 1, 1, 1 }, { 1, 2, 2 }, { 2, 1, 2 }, { 2, 2, 2 }, { 4, 1, 2 }, { 4, 2, 2 } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_buffer_data buffer = buffer_make(rows[row].response, 300, 48000.0);
        const wa_convolver_options options = plain_options();
        take of = take_make(&buffer, &options, 128, 48000.0);
        assert_int_equal(take_render(&of, INACTIVE), rows[row].response == 1 ? 1 : 2);
        for (uint32_t quantum = 0; quantum < 6; quantum++) {
            assert_int_equal(take_render(&of, rows[row].input == 1 ? MONO : STEREO), rows[row].output);
        }
        assert_true(take_error_db(&of, &buffer, 1.0, 0, 1) < -126.0);
        take_free(&of);
        buffer_free(&buffer);
    }
}

/* An increase shows at once, a decrease once the wider input has left the tail; silence is no input. */
static void a_decrease_waits_for_the_tail(void **state) {
    (void)state;
    wa_buffer_data buffer = buffer_make(1, 300, 48000.0);
    const wa_convolver_options options = plain_options();
    take of = take_make(&buffer, &options, 128, 48000.0);
    assert_int_equal(take_render(&of, MONO), 1);
    assert_int_equal(take_render(&of, STEREO), 2);
    for (uint32_t quantum = 0; quantum < 3; quantum++) { /* frames 1 to 299 after it */
        assert_int_equal(take_render(&of, MONO), 2);
    }
    assert_int_equal(take_render(&of, MONO), 1);
    assert_int_equal(take_render(&of, SILENT), 2); /* active and stereo, whatever is on it */
    assert_int_equal(take_render(&of, MONO), 1);   /* but it is not heard afterwards */
    assert_int_equal(take_render(&of, STEREO), 2);
    assert_int_equal(take_render(&of, INACTIVE), 2);
    assert_int_equal(take_render(&of, INACTIVE), 2);
    assert_true(of.node->instance.has_tail);
    assert_int_equal(take_render(&of, INACTIVE), 2);
    assert_false(of.node->instance.has_tail);
    assert_int_equal(take_render(&of, INACTIVE), 1);
    assert_true(take_error_db(&of, &buffer, 1.0, 0, 1) < -126.0);
    take_free(&of);
    buffer_free(&buffer);
}

/* What is remembered of a mono input joins a stereo one as it would have been mixed. */
static void a_mono_past_is_mixed_as_interpreted(void **state) {
    (void)state;
    for (uint32_t is_discrete = 0; is_discrete < 2; is_discrete++) {
        wa_buffer_data buffer = buffer_make(1, 1000, 48000.0);
        const wa_convolver_options options = plain_options();
        take of = take_make(&buffer, &options, 128, 48000.0);
        of.node->instance.is_discrete = is_discrete != 0;
        take_render_frames(&of, MONO, 640);
        if (is_discrete) {
            memset(of.in[1], 0, of.frame * sizeof(float)); /* what the right side has heard */
        }
        const uint64_t from = of.frame;
        take_render_frames(&of, STEREO, 640);
        take_render_frames(&of, INACTIVE, 512);
        assert_true(take_error_db(&of, &buffer, 1.0, from, 1) < -126.0);
        take_free(&of);
        buffer_free(&buffer);
    }
}

/* -- scale -------------------------------------------------------------------------------------- */

static double scale_by_the_text(const wa_buffer_data *buffer) {
    double power = 0.0;
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        for (uint64_t frame = 0; frame < buffer->frame_count; frame++) {
            power += (double)buffer->planes[channel][frame] * (double)buffer->planes[channel][frame];
        }
    }
    power = sqrt(power / ((double)buffer->channel_count * (double)buffer->frame_count));
    power = isfinite(power) && power >= 0.000125 ? power : 0.000125;
    return 1.0 / power * 0.00125 * 44100.0 / (double)buffer->sample_rate_hz *
           (buffer->channel_count == 4 ? 0.5 : 1.0);
}

static void normalization_is_the_texts(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        double rate_hz;
        float level;
    } rows[] = { { 1, 44100, 1.0f }, { 2, 48000, 0.01f },  { 4, 48000, 3.0f },
                 { 1, 3000, 1.0f },  { 2, 768000, 10.0f }, { 1, 48000, 0.00001f } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_buffer_data buffer = buffer_make(rows[row].channel_count, 700, rows[row].rate_hz);
        for (uint32_t channel = 0; channel < rows[row].channel_count; channel++) {
            for (uint32_t frame = 0; frame < 700; frame++) {
                buffer.planes[channel][frame] *= rows[row].level;
            }
        }
        take of = take_make(&buffer, NULL, 128, rows[row].rate_hz);
        take_render_frames(&of, STEREO, 1500);
        assert_true(take_error_db(&of, &buffer, scale_by_the_text(&buffer), 0, 1) < -126.0);
        take_free(&of);
        buffer_free(&buffer);
    }
}

/* It counts when the buffer is set, and only then. */
static void normalize_waits_for_the_next_buffer(void **state) {
    (void)state;
    wa_buffer_data buffer = buffer_make(1, 700, 48000.0);
    take of = take_make(&buffer, NULL, 128, 48000.0);
    assert_int_equal(harness_attribute(of.node, WA_ATTRIBUTE_NORMALIZE, 0.0), WA_OK);
    take_render_frames(&of, MONO, 1280);
    assert_true(take_error_db(&of, &buffer, scale_by_the_text(&buffer), 0, 1) < -126.0);
    take_render_frames(&of, INACTIVE, 1280);
    assert_int_equal(harness_attribute(of.node, WA_ATTRIBUTE_RESOURCE, 0.0), WA_OK);
    const uint64_t from = of.frame;
    take_render_frames(&of, MONO, 1280);
    assert_true(take_error_db(&of, &buffer, 1.0, from, 1) < -126.0);
    take_free(&of);
    buffer_free(&buffer);
}

/* -- tail --------------------------------------------------------------------------------------- */

/* Exact, whether the silence says that it is some or not; then it holds nothing and is silent. */
static void the_tail_is_the_response(void **state) {
    (void)state;
    static const uint64_t lengths[] = { 1, 2, 128, 129, 257, 1000, 5000 };
    static const signal ends[] = { INACTIVE, SILENT, ZEROS };
    for (uint32_t row = 0; row < sizeof lengths / sizeof lengths[0]; row++) {
        for (uint32_t end = 0; end < 3; end++) {
            wa_buffer_data buffer = buffer_make(1, lengths[row], 48000.0);
            const wa_convolver_options options = plain_options();
            take of = take_make(&buffer, &options, 128, 48000.0);
            float *const *planes = harness_input(of.node, 0, 1);
            memset(planes[0], 0, 128 * sizeof(float));
            planes[0][100] = 1.0f;
            harness_render(of.node);
            take_keep(&of);
            while (of.frame < 100 + lengths[row]) { /* its last frame is 99 + length */
                assert_true(of.node->instance.has_tail);
                assert_int_equal(harness_held_count(of.node), 1);
                (void)take_render(&of, ends[end]);
            }
            assert_false(of.node->instance.has_tail);
            assert_int_equal(harness_held_count(of.node), 0);
            (void)take_render(&of, ends[end]);
            assert_true(of.node->outputs[0].is_silent);
            assert_true(take_error_db(&of, &buffer, 1.0, 0, 1) < -126.0);
            take_free(&of);
            buffer_free(&buffer);
        }
    }
}

/* After a sleep, and for the second time, it is the sum again, to the bit that of a fresh one. */
static void it_wakes_as_new(void **state) {
    (void)state;
    wa_buffer_data buffer = buffer_make(2, 3000, 48000.0);
    const wa_convolver_options options = plain_options();
    take slept = take_make(&buffer, &options, 128, 48000.0);
    take fresh = take_make(&buffer, &options, 128, 48000.0);
    take_render_frames(&slept, STEREO, 5000);
    take_render_frames(&slept, INACTIVE, 3200);
    assert_false(slept.node->instance.has_tail);
    harness_sleep(slept.node, 1000);
    slept.frame = slept.seed = 0;
    for (uint32_t quantum = 0; quantum < 60; quantum++) {
        (void)take_render(&slept, quantum < 40 ? STEREO : INACTIVE);
        (void)take_render(&fresh, quantum < 40 ? STEREO : INACTIVE);
        harness_assert_same(slept.node, fresh.node);
    }
    take_free(&slept);
    take_free(&fresh);
    buffer_free(&buffer);
}

/* What rings does not sleep, unless it is muted: what it remembers is then of another time. */
static void a_muted_past_is_forgotten(void **state) {
    (void)state;
    wa_buffer_data buffer = buffer_make(1, 3000, 48000.0);
    take of = take_make(&buffer, NULL, 128, 48000.0);
    take_render_frames(&of, STEREO, 1280);
    assert_true(of.node->instance.has_tail);
    harness_sleep(of.node, 2);
    assert_int_equal(take_render(&of, INACTIVE), 1);
    assert_true(of.node->outputs[0].is_silent);
    assert_false(of.node->instance.has_tail);
    assert_int_equal(harness_held_count(of.node), 0);
    take_free(&of);
    buffer_free(&buffer);
}

static void a_reset_one_is_as_fresh(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 1, 128, 441, 4097 };
    for (uint32_t row = 0; row < 4; row++) {
        wa_buffer_data buffer = buffer_make(1, 3000, 48000.0);
        take used = take_make(&buffer, NULL, quanta[row], 48000.0);
        take fresh = take_make(&buffer, NULL, quanta[row], 48000.0);
        take_render_frames(&used, STEREO, 7000);
        harness_reset(used.node);
        assert_int_equal(harness_held_count(used.node), 0);
        used.frame = used.seed = 0;
        for (uint32_t frame = 0; frame < 6000; frame += quanta[row]) {
            const signal kind = frame < 2000 ? MONO : frame < 3000 ? STEREO : INACTIVE;
            (void)take_render(&used, kind);
            (void)take_render(&fresh, kind);
            harness_assert_same(used.node, fresh.node);
        }
        take_free(&used);
        take_free(&fresh);
        buffer_free(&buffer);
    }
}

static void neighbours_do_not_matter(void **state) {
    (void)state;
    wa_buffer_data buffers[3] = { buffer_make(1, 700, 48000.0), buffer_make(2, 2000, 48000.0),
                                  buffer_make(4, 300, 48000.0) };
    harness *together[3], *alone[3];
    for (uint32_t i = 0; i < 3; i++) {
        const harness_desc desc = { .resource = &buffers[i].resource, .response = convolver_response };
        together[i] = harness_create(&wa_node_class_convolver, &desc);
        alone[i] = harness_create(&wa_node_class_convolver, &desc);
    }
    for (uint32_t quantum = 0; quantum < 20; quantum++) {
        for (uint32_t i = 0; i < 3; i++) {
            harness_noise(quantum * 3 + i, harness_input(together[i], 0, 1)[0], 128);
            harness_noise(quantum * 3 + i, harness_input(alone[i], 0, 1)[0], 128);
            harness_render(alone[i]);
        }
        harness_render_many(together, 3);
        for (uint32_t i = 0; i < 3; i++) {
            harness_assert_same(together[i], alone[i]);
        }
    }
    for (uint32_t i = 0; i < 3; i++) {
        harness_destroy(together[i]);
        harness_destroy(alone[i]);
        buffer_free(&buffers[i]);
    }
}

/* -- what must not stick ------------------------------------------------------------------------ */

static void nan_leaves_with_the_tail(void **state) {
    (void)state;
    static const float poisons[] = { NAN, INFINITY, -INFINITY, 3e38f };
    for (uint32_t row = 0; row < 4; row++) {
        wa_buffer_data buffer = buffer_make(2, 3000, 48000.0);
        const wa_convolver_options options = plain_options();
        take of = take_make(&buffer, &options, 128, 48000.0);
        float *const *planes = harness_input(of.node, 0, 1);
        harness_noise(1, planes[0], 128);
        planes[0][127] = poisons[row];
        harness_render(of.node);
        for (uint32_t frame = 0; frame < 3000 - 1; frame += 128) {
            assert_true(of.node->instance.has_tail);
            (void)take_render(&of, INACTIVE);
        }
        assert_false(of.node->instance.has_tail);
        of.frame = 0;
        take_render_frames(&of, STEREO, 3000);
        assert_true(take_error_db(&of, &buffer, 1.0, 0, 7) < -126.0);
        take_free(&of);
        buffer_free(&buffer);
    }
}

/* -- refused ------------------------------------------------------------------------------------ */

static wa_status no_memory(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                           uint32_t quantum_frames, const wa_resource **made) {
    (void)engine, (void)buffer, (void)is_normalized, (void)quantum_frames, (void)made;
    return WA_ERR_BUDGET;
}

static void wrong_responses_are_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        double rate_hz;
        wa_status status;
    } rows[] = { { 1, 48000, WA_OK },
                 { 2, 48000, WA_OK },
                 { 4, 48000, WA_OK },
                 { 3, 48000, WA_ERR_NOT_SUPPORTED },
                 { 5, 48000, WA_ERR_NOT_SUPPORTED },
                 { 32, 48000, WA_ERR_NOT_SUPPORTED },
                 { 1, 44100, WA_ERR_NOT_SUPPORTED },
                 { 1, 48001, WA_ERR_NOT_SUPPORTED } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_buffer_data buffer = buffer_make(rows[row].channel_count, 10, rows[row].rate_hz);
        const wa_resource *made = NULL;
        const wa_class_env env = { .sample_rate_hz = 48000.0,
                                   .quantum_frames = 128,
                                   .resource = &buffer.resource,
                                   .response = convolver_response,
                                   .made = &made };
        assert_int_equal(harness_configure(&wa_node_class_convolver, NULL, &env, NULL),
                         rows[row].status);
        assert_true((made != NULL) == (rows[row].status == WA_OK));
        take of = take_make(NULL, NULL, 128, 48000.0);
        of.node->env.resource = &buffer.resource;
        assert_int_equal(harness_attribute(of.node, WA_ATTRIBUTE_RESOURCE, 0.0), rows[row].status);
        take_free(&of);
        buffer_free(&buffer);
    }
    wa_buffer_data buffer = buffer_make(1, 10, 48000.0);
    const wa_class_env poor = { .sample_rate_hz = 48000.0,
                                .quantum_frames = 128,
                                .resource = &buffer.resource,
                                .response = no_memory };
    assert_int_equal(harness_configure(&wa_node_class_convolver, NULL, &poor, NULL), WA_ERR_BUDGET);
    buffer_free(&buffer);
}

static void channel_settings_are_bounded(void **state) {
    (void)state;
    static const struct {
        uint32_t count;
        wa_channel_count_mode mode;
        wa_status status;
    } rows[] = { { 1, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, WA_OK },
                 { 2, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, WA_OK },
                 { 2, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_OK },
                 { 3, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, WA_ERR_NOT_SUPPORTED },
                 { 32, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_ERR_NOT_SUPPORTED },
                 { 2, WA_CHANNEL_COUNT_MODE_MAX, WA_ERR_NOT_SUPPORTED },
                 { 1, WA_CHANNEL_COUNT_MODE_MAX, WA_ERR_NOT_SUPPORTED } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        assert_int_equal(wa_node_class_convolver.check_channels(NULL, rows[row].count, rows[row].mode,
                                                                WA_CHANNEL_INTERPRETATION_DISCRETE),
                         rows[row].status);
    }
}

static void attributes_of_others_are_refused(void **state) {
    (void)state;
    take of = take_make(NULL, NULL, 128, 48000.0);
    assert_int_equal(harness_attribute(of.node, WA_ATTRIBUTE_LOOP, 1.0), WA_ERR_INVALID_ACCESS);
    take_free(&of);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, convolver_free_responses)
    const struct CMUnitTest tests[] = {
        TEST(it_is_the_sum),
        TEST(a_response_may_begin_late),
        TEST(outputs_follow_the_diagrams),
        TEST(a_decrease_waits_for_the_tail),
        TEST(a_mono_past_is_mixed_as_interpreted),
        TEST(normalization_is_the_texts),
        TEST(normalize_waits_for_the_next_buffer),
        TEST(the_tail_is_the_response),
        TEST(it_wakes_as_new),
        TEST(a_muted_past_is_forgotten),
        TEST(a_reset_one_is_as_fresh),
        TEST(neighbours_do_not_matter),
        TEST(nan_leaves_with_the_tail),
        TEST(wrong_responses_are_refused),
        TEST(channel_settings_are_bounded),
        TEST(attributes_of_others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
