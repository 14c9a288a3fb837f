/* Goal: the kernels of filters by coefficients, wave shapers and compressors give the same bits however frames
 * are cut into calls, in place or not, at any alignment, and touch nothing beside their planes. Method: one
 * call against calls of a frame each, guards on both sides. What they compute is for tests/nodes to say. */
#include "kernels/compressor.h"
#include "kernels/iir.h"
#include "kernels/shaper.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { FRAMES_MAX = 4096, GUARD = 16, POINTS = 129 };
#define GUARD_VALUE 12345.0f

static const uint32_t frame_counts[] = { 1, 3, 63, 64, 65, 127, 128, 129, 512, 4096 };
enum { FRAME_COUNT_COUNT = sizeof frame_counts / sizeof frame_counts[0] };

static uint32_t seed = 1;
static float random_unit(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)((double)(seed >> 8) / 8388608.0 - 1.0);
}

static float points[POINTS + 1];
static const shaper_curve curve = { points, POINTS };
static const iir_coefficients filter = { .forward_order = 3,
                                         .back_order = 4,
                                         .b = { 0.3, -0.2, 0.1, 0.5 },
                                         .a = { 1.0, -0.9, 0.4, -0.1, 0.05 } };

/* Everything that a kernel may keep from one call to the next. */
typedef struct memory {
    iir_history filter;
    shaper_history shaper;
    double gain;
} memory;

typedef void (*run_fn)(const float *in, float *out, memory *past, uint32_t frames);

static void run_iir(const float *in, float *out, memory *past, uint32_t frames) {
    kernel_iir(in, out, &filter, &past->filter, frames);
}
static void run_shape(const float *in, float *out, memory *past, uint32_t frames) {
    (void)past;
    kernel_shape(out, in, &curve, frames);
}
static void run_shape_2x(const float *in, float *out, memory *past, uint32_t frames) {
    kernel_shape_2x(out, in, &curve, &past->shaper, frames);
}
static void run_shape_4x(const float *in, float *out, memory *past, uint32_t frames) {
    kernel_shape_4x(out, in, &curve, &past->shaper, frames);
}

/* All of a compressor but its delay. */
static void run_compressor(const float *in, float *out, memory *past, uint32_t frames) {
    static float levels[FRAMES_MAX], roots[FRAMES_MAX];
    static double octaves[FRAMES_MAX];
    const compressor_curve shape = compressor_curve_of(-24.0, 30.0, 12.0);
    const compressor_rates rates = compressor_rates_of(20.0, 300.0);
    kernel_compressor_levels(levels, &in, 1, 0, 0.0f, frames);
    kernel_compressor_curve(octaves, levels, &shape, frames);
    past->gain = kernel_compressor_envelope(octaves, past->gain, &rates, frames);
    kernel_compressor_roots(roots, octaves, shape.makeup_octaves, frames);
    memmove(out, in, frames * sizeof *out);
    kernel_compressor_apply(out, roots, frames);
}

static const run_fn kernels[] = { run_iir, run_shape, run_shape_2x, run_shape_4x, run_compressor };
enum { KERNEL_COUNT = sizeof kernels / sizeof kernels[0] };

static void fill(float *plane, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        plane[i] = 1.2f * random_unit();
    }
}

static void check_guards(const float *row, uint32_t begin, uint32_t frames, uint32_t total) {
    for (uint32_t i = 0; i < total; i++) {
        assert_true((i >= begin && i < begin + frames) || row[i] == GUARD_VALUE);
    }
}

static void calls_of_any_length_give_the_same_bits(void **state) {
    (void)state;
    enum { ROW = FRAMES_MAX + 2 * GUARD };
    static float in[FRAMES_MAX], want[FRAMES_MAX], row[ROW];
    for (uint32_t i = 0; i < POINTS; i++) {
        points[i] = random_unit();
    }
    for (uint32_t at = 0; at < KERNEL_COUNT * FRAME_COUNT_COUNT * 2; at++) {
        const run_fn run = kernels[at % KERNEL_COUNT];
        const uint32_t frames = frame_counts[at / KERNEL_COUNT % FRAME_COUNT_COUNT];
        const bool is_in_place = at >= KERNEL_COUNT * FRAME_COUNT_COUNT;
        const uint32_t begin = GUARD - at % 5;
        memory alone = { .gain = -0.5 }, together = { .gain = -0.5 };
        fill(in, frames);
        for (uint32_t i = 0; i < frames; i++) {
            run(in + i, want + i, &alone, 1);
        }
        for (uint32_t i = 0; i < ROW; i++) {
            row[i] = GUARD_VALUE;
        }
        if (is_in_place) {
            memcpy(row + begin, in, frames * sizeof *in);
        }
        run(is_in_place ? row + begin : in, row + begin, &together, frames);
        assert_memory_equal(row + begin, want, frames * sizeof *want);
        assert_memory_equal(&alone, &together, sizeof alone);
        check_guards(row, begin, frames, ROW);
    }
}

/* Each phase of both half-band filters, at every length, between guards. */
static void half_bands_stay_in_their_rows(void **state) {
    (void)state;
    enum { PAST = HALFBAND_SHARP_PAST, ROW = FRAMES_MAX + 2 * GUARD };
    static float x[PAST + FRAMES_MAX], y[PAST + FRAMES_MAX], even[ROW], odd[ROW], one[1], other[1];
    for (uint32_t at = 0; at < 2 * FRAME_COUNT_COUNT; at++) {
        const halfband_kind kind = at % 2 == 0 ? HALFBAND_SHARP : HALFBAND_SOFT;
        const uint32_t frames = frame_counts[at / 2];
        const uint32_t pairs = kind == HALFBAND_SHARP ? HALFBAND_SHARP_PAIRS : HALFBAND_SOFT_PAIRS;
        fill(x, PAST + frames);
        fill(y, PAST + frames);
        for (uint32_t i = 0; i < ROW; i++) {
            even[i] = odd[i] = GUARD_VALUE;
        }
        kernel_halfband_up(even + GUARD, odd + GUARD, x + PAST, kind, frames);
        for (uint32_t i = 0; i < frames; i++) {
            kernel_halfband_up(one, other, x + PAST + i, kind, 1);
            assert_true(one[0] == even[GUARD + i] && other[0] == odd[GUARD + i]);
        }
        check_guards(even, GUARD, frames, ROW);
        check_guards(odd, GUARD, frames, ROW);
        kernel_halfband_down(even + GUARD, x + PAST, y + PAST, pairs, kind, frames);
        for (uint32_t i = 0; i < frames; i++) {
            kernel_halfband_down(one, x + PAST + i, y + PAST + i, pairs, kind, 1);
            assert_true(one[0] == even[GUARD + i]);
        }
        check_guards(even, GUARD, frames, ROW);
    }
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(calls_of_any_length_give_the_same_bits),
        cmocka_unit_test(half_bands_stay_in_their_rows),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
