/* Convolver: its response set while it sounds, against the sums of both, each with its share of the fade. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "convolver_take.h"

/* -- setting the response ------------------------------------------------------------------------ */

static void set_response(take *of, const wa_buffer_data *buffer) {
    of->node->env.resource = buffer != NULL ? &buffer->resource : NULL;
    assert_int_equal(harness_attribute(of->node, WA_ATTRIBUTE_RESOURCE, 0.0), WA_OK);
}

static double fade_frames(double rate_hz) {
    return ceil(0.01 * rate_hz);
}

/* Of a linear fade that began at `begin`, at a frame: how much of the new one is heard. */
static double faded(uint64_t begin, double rate_hz, uint64_t frame) {
    const double share = (double)(frame - begin) / fade_frames(rate_hz);
    return share < 1.0 ? share : 1.0;
}

/* Both sums, each with its share: the old with all that came, the new with what came since. NULL: silence. */
static double swap_error_db(const take *of, const wa_buffer_data *before, const wa_buffer_data *after,
                            uint64_t at, double rate_hz, uint64_t end) {
    double error = 0.0, energy = 1e-300;
    for (uint64_t frame = at; frame < end; frame++) {
        for (uint32_t side = 0; side < 2; side++) {
            const double share = faded(at, rate_hz, frame);
            double want = after != NULL ? share * take_direct(of, after, 1.0, side, at, frame) : 0.0;
            want += share < 1.0 && before != NULL
                        ? (1.0 - share) * take_direct(of, before, 1.0, side, 0, frame)
                        : 0.0;
            error += pow((double)of->out[side][frame] - want, 2.0);
            energy += want * want;
        }
    }
    return error > 0.0 ? 10.0 * log10(error / energy) : -400.0;
}

/* What a mono input could ever lead to covers the response that fades out. */
static void assert_within_max(const take *of) {
    const uint32_t input_max[] = { 1 };
    uint32_t counts[] = { 0 };
    wa_node_class_convolver.output_channels_max(of->node->setup.config, input_max, 1, counts, 1);
    assert_true(of->node->outputs[0].channel_count <= counts[0]);
}

static void a_swap_fades(void **state) {
    (void)state;
    static const struct {
        uint32_t quantum, before, after; /* channels; 0: no response */
        double rate_hz;
    } rows[] = { { 128, 1, 1, 48000 },   { 128, 1, 2, 48000 }, { 128, 4, 1, 48000 },
                 { 1, 1, 1, 3000 },      { 441, 2, 2, 44100 }, { 5000, 1, 1, 48000 },
                 { 5000, 2, 1, 768000 }, { 128, 2, 0, 48000 }, { 128, 0, 1, 48000 },
                 { 5000, 0, 2, 48000 } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_buffer_data before =
            buffer_make(rows[row].before > 0 ? rows[row].before : 1, 900, rows[row].rate_hz);
        wa_buffer_data after =
            buffer_make(rows[row].after > 0 ? rows[row].after : 1, 800, rows[row].rate_hz);
        const wa_convolver_options options = plain_options();
        take of = take_make(rows[row].before > 0 ? &before : NULL, &options, rows[row].quantum,
                            rows[row].rate_hz);
        take_render_frames(&of, MONO, 1000);
        set_response(&of, rows[row].after > 0 ? &after : NULL);
        const uint64_t at = of.frame;
        (void)take_render(&of, MONO);
        assert_within_max(&of);
        take_render_frames(&of, MONO, 1000);
        const double db =
            swap_error_db(&of, rows[row].before > 0 ? &before : NULL,
                          rows[row].after > 0 ? &after : NULL, at, rows[row].rate_hz, at + 1000);
        if (!(db < -120.0)) {
            fail_msg("row %u: %.1f dB", row, db);
        }
        if (rows[row].rate_hz < 100000.0) { /* the fade is over */
            assert_int_equal(harness_held_count(of.node), rows[row].after > 0 ? 1 : 0);
            assert_int_equal(of.channels[(of.frame - 1) / rows[row].quantum],
                             rows[row].after == 2 ? 2 : 1);
        }
        take_free(&of);
        buffer_free(&before);
        buffer_free(&after);
    }
}

/* A tone through a response that only passes it on: no step is larger than the tone's own. */
static void a_swap_does_not_click(void **state) {
    (void)state;
    wa_buffer_data up = buffer_make(1, 1, 48000.0), down = buffer_make(1, 1, 48000.0);
    up.planes[0][0] = 1.0f;
    down.planes[0][0] = -1.0f;
    const wa_convolver_options options = plain_options();
    take of = take_make(&up, &options, 128, 48000.0);
    float last = 0.0f, largest = 0.0f;
    for (uint32_t quantum = 0; quantum < 80; quantum++) {
        float *const *planes = harness_input(of.node, 0, 1);
        for (uint32_t frame = 0; frame < 128; frame++) {
            planes[0][frame] = sinf(0.02f * (float)(quantum * 128 + frame));
        }
        if (quantum % 8 == 4) {
            const bool is_off = quantum % 24 == 20;
            set_response(&of, is_off ? NULL : quantum % 16 == 4 ? &down : &up);
        }
        harness_render(of.node);
        for (uint32_t frame = 0; frame < 128; frame++) {
            const float value = of.node->outputs[0].planes[0][frame];
            largest = fmaxf(largest, fabsf(value - last));
            last = value;
        }
    }
    assert_true(largest < 0.02f + 2.0f / 480.0f); /* the tone's slope, and the fade's */
    take_free(&of);
    buffer_free(&up);
    buffer_free(&down);
}

/* Set again within a fade: that one is finished, then the next begins. What never sounded is not held. */
static void swaps_take_turns(void **state) {
    (void)state;
    wa_buffer_data a = buffer_make(1, 500, 48000.0), b = buffer_make(2, 500, 48000.0);
    wa_buffer_data c = buffer_make(1, 400, 48000.0);
    const wa_convolver_options options = plain_options();
    take of = take_make(&a, &options, 128, 48000.0);
    take_render_frames(&of, MONO, 1024);
    const uint64_t at = of.frame;
    set_response(&of, &b);
    (void)take_render(&of, MONO);
    assert_int_equal(harness_held_count(of.node), 2);
    set_response(&of, &a);
    (void)take_render(&of, MONO);
    set_response(&of, &c);
    (void)take_render(&of, MONO);
    (void)take_render(&of, MONO);
    assert_true(swap_error_db(&of, &a, &b, at, 48000.0, at + 512) < -120.0);
    assert_int_equal(harness_held_count(of.node), 1); /* 480 frames are over */
    const uint64_t next = of.frame;
    take_render_frames(&of, MONO, 1024);
    for (uint64_t frame = next + 480; frame < of.frame; frame++) {
        assert_float_equal(of.out[0][frame], take_direct(&of, &c, 1.0, 0, next, frame), 2e-5);
    }
    assert_int_equal(harness_held_count(of.node), 1);
    take_free(&of);
    buffer_free(&a);
    buffer_free(&b);
    buffer_free(&c);
}

/* Nothing rings: the next response is there from its first frame. */
static void a_swap_in_silence_is_at_once(void **state) {
    (void)state;
    wa_buffer_data before = buffer_make(1, 300, 48000.0), after = buffer_make(1, 900, 48000.0);
    const wa_convolver_options options = plain_options();
    take of = take_make(&before, &options, 128, 48000.0);
    set_response(&of, &after);
    set_response(&of, &before);
    take_render_frames(&of, MONO, 512);
    take_render_frames(&of, SILENT, 512);
    set_response(&of, &after);
    memset(of.in[0], 0, of.frame * sizeof(float));
    memset(of.in[1], 0, of.frame * sizeof(float));
    const uint64_t from = of.frame;
    take_render_frames(&of, MONO, 1024);
    assert_true(take_error_db(&of, &after, 1.0, from, 1) < -126.0);
    take_free(&of);
    buffer_free(&before);
    buffer_free(&after);
}

static void without_a_response_it_is_silent(void **state) {
    (void)state;
    take of = take_make(NULL, NULL, 128, 48000.0);
    assert_int_equal(take_render(&of, STEREO), 1);
    assert_true(of.node->outputs[0].is_silent);
    assert_false(of.node->instance.has_tail);
    take_free(&of);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, convolver_free_responses)
    const struct CMUnitTest tests[] = {
        TEST(a_swap_fades),
        TEST(a_swap_does_not_click),
        TEST(swaps_take_turns),
        TEST(a_swap_in_silence_is_at_once),
        TEST(without_a_response_it_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
