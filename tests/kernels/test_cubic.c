/* The cubic between frames: against its definition in double at every count and step, and against the sine
 * whose frames it joins, which is what it is for. Guards behind the output; NaN around what may be read. */
#include "kernels/cubic.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

enum { FRAMES_MAX = 4096, IN_FRAMES = FRAMES_MAX * 4 + 16, GUARD = 8 };
static const uint32_t counts[] = { 0, 1, 63, 64, 65, 127, 128, 129, 512, 4096 };
static const double steps[] = { 1.0, 0.5, 0.25, 1.37, 2.0, 3.999, 4.0, 0.001, 0.0 };
static float in[IN_FRAMES];
static float out[FRAMES_MAX + GUARD];

static uint64_t fixed_of(double frames) {
    return (uint64_t)(frames * (double)CUBIC_ONE);
}

/* Catmull and Rom's, as the sum of its four weights. */
static double definition(const float *at, double t) {
    const double before = -0.5 * t * (1 - t) * (1 - t);
    const double here = 1 + t * t * (1.5 * t - 2.5);
    const double next = t * (0.5 + t * (2.0 - 1.5 * t));
    const double after = 0.5 * t * t * (t - 1);
    return before * (double)at[-1] + here * (double)at[0] + next * (double)at[1] +
           after * (double)at[2];
}

static void check(uint32_t count, double step_frames, uint64_t first) {
    const uint64_t step = fixed_of(step_frames);
    const uint64_t last = count > 0 ? (first + (count - 1) * step) / CUBIC_ONE + 2 : 0;
    uint32_t seed = count + 1;
    for (uint32_t i = 0; i < IN_FRAMES; i++) {
        seed = seed * 1664525u + 1013904223u;
        in[i] = i <= last + 1 ? (float)(int32_t)seed / 2147483648.0f : NAN;
    }
    for (uint32_t i = 0; i < FRAMES_MAX + GUARD; i++) {
        out[i] = 7.5f;
    }
    kernel_cubic(out, in + 1, first, step, count);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t position = first + i * step;
        const double t = (double)(position % CUBIC_ONE) / (double)CUBIC_ONE;
        const double want = definition(in + 1 + position / CUBIC_ONE, t);
        assert_true(fabs((double)out[i] - want) < 1e-6);
    }
    for (uint32_t i = count; i < FRAMES_MAX + GUARD; i++) {
        assert_true(out[i] == 7.5f);
    }
}

static void against_the_definition(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
            check(counts[i], steps[k], 0);
            check(counts[i], steps[k], CUBIC_ONE - 1);
            check(counts[i], steps[k], fixed_of(0.3));
        }
    }
}

/* At whole positions the frames themselves. */
static void whole_positions_are_frames(void **state) {
    (void)state;
    for (uint32_t i = 0; i < IN_FRAMES; i++) {
        in[i] = (float)((i * 7919u) % 1000u) - 500.0f;
    }
    for (uint64_t step = 0; step <= 4; step++) {
        kernel_cubic(out, in + 1, 2 * CUBIC_ONE, step * CUBIC_ONE, 1000);
        for (uint32_t i = 0; i < 1000; i++) {
            assert_true(out[i] == in[3 + step * i]);
        }
    }
}

/* How far it is from the sine itself. */
static void against_a_sine(void **state) {
    (void)state;
    static const struct {
        double frequency; /* per frame */
        double error_db_max;
    } rows[] = {
        { 0.001, -140.0 }, { 0.01, -105.0 }, { 0.02, -87.0 }, { 0.05, -64.0 }, { 0.1, -45.0 }
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const double turn = 6.283185307179586 * rows[row].frequency;
        for (uint32_t i = 0; i < IN_FRAMES; i++) {
            in[i] = (float)sin(turn * ((double)i - 1.0));
        }
        const uint64_t step = fixed_of(1.37);
        double noise = 0.0, signal = 0.0;
        kernel_cubic(out, in + 1, fixed_of(0.21), step, FRAMES_MAX);
        for (uint32_t i = 0; i < FRAMES_MAX; i++) {
            const double at = ((double)fixed_of(0.21) + (double)i * (double)step) / (double)CUBIC_ONE;
            const double want = sin(turn * at), error = (double)out[i] - want;
            noise += error * error;
            signal += want * want;
        }
        const double error_db = 10.0 * log10(noise / signal);
        printf("a sine of %g of the rate: %.1f dB\n", rows[row].frequency, error_db);
        assert_true(error_db < rows[row].error_db_max);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_the_definition),
        cmocka_unit_test(whole_positions_are_frames),
        cmocka_unit_test(against_a_sine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
