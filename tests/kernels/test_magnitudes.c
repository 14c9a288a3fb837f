/* kernels/magnitudes: every length against the specification's formulas in double, transformed by FFTW; the
 * bytes against their formulas to the bit. Memory is exactly as long as the contract says, with guards behind
 * it. */
#include "kernels/magnitudes.h"
#include <fftw3.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double two_pi = 6.283185307179586477;

enum { GUARD_FLOATS = 8 };
#define GUARD 4321.5f

static float *take(uint32_t count) {
    float *memory = calloc(count + GUARD_FLOATS, sizeof(float));
    assert_non_null(memory);
    for (uint32_t i = 0; i < GUARD_FLOATS; i++) {
        memory[count + i] = GUARD;
    }
    return memory;
}

static void give(float *memory, uint32_t count) {
    for (uint32_t i = 0; i < GUARD_FLOATS; i++) {
        assert_true(memory[count + i] == GUARD);
    }
    free(memory);
}

typedef struct space {
    uint32_t length, bins;
    magnitudes_plan plan;
    float *table, *work, *frames, *smoothed;
    double *wanted; /* smoothed by the formula, so far */
} space;

static space space_make(uint32_t length) {
    space s = { .length = length, .bins = length / 2 };
    s.table = take(magnitudes_plan_floats(length));
    s.work = take(magnitudes_work_floats(length));
    s.frames = take(length);
    s.smoothed = take(s.bins);
    s.wanted = calloc(s.bins, sizeof *s.wanted);
    magnitudes_plan_init(&s.plan, length, s.table);
    return s;
}

static void space_free(space *s) {
    give(s->table, magnitudes_plan_floats(s->length));
    give(s->work, magnitudes_work_floats(s->length));
    give(s->frames, s->length);
    give(s->smoothed, s->bins);
    free(s->wanted);
}

/* The formulas, in double: window, transform over N, magnitude, smoothing. Where |X| is not finite: 0. */
static void smooth_by_definition(space *s, double time_constant) {
    const uint32_t length = s->length;
    double *in = fftw_alloc_real(length);
    fftw_complex *out = fftw_alloc_complex(length / 2 + 1);
    fftw_plan plan = fftw_plan_dft_r2c_1d((int)length, in, out, FFTW_ESTIMATE);
    const double alpha = 0.16, a0 = (1.0 - alpha) / 2.0, a1 = 0.5, a2 = alpha / 2.0;
    for (uint32_t n = 0; n < length; n++) {
        const double turn = two_pi * n / length;
        in[n] = (double)s->frames[n] * (a0 - a1 * cos(turn) + a2 * cos(2.0 * turn));
    }
    fftw_execute(plan);
    for (uint32_t k = 0; k < s->bins; k++) {
        const double magnitude = hypot(out[k][0], out[k][1]) / length;
        s->wanted[k] = time_constant * s->wanted[k] + (1.0 - time_constant) * magnitude;
    }
    fftw_destroy_plan(plan);
    fftw_free(in);
    fftw_free(out);
}

static uint32_t random_state = 7;
static float random_float(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(int32_t)random_state / 2147483648.0f;
}

/* Error over signal, all bins together. */
static double error_db(const space *s) {
    double error = 0.0, energy = 0.0;
    for (uint32_t k = 0; k < s->bins; k++) {
        const double difference = (double)s->smoothed[k] - s->wanted[k];
        assert_true(isfinite(difference));
        error += difference * difference;
        energy += s->wanted[k] * s->wanted[k];
    }
    return error > 0.0 ? 10.0 * log10(error / energy) : -300.0;
}

static void fill_noise(space *s) {
    for (uint32_t n = 0; n < s->length; n++) {
        s->frames[n] = random_float();
    }
}

/* A sine between two bins, so that it leaks into all of them: the deep ones show the window's own error. */
static void fill_sine(space *s) {
    for (uint32_t n = 0; n < s->length; n++) {
        s->frames[n] = 0.5f * (float)sin(two_pi * 5.3 * n / s->length);
    }
}

static void every_length(void **state) {
    (void)state;
    for (uint32_t length = MAGNITUDES_LENGTH_MIN; length <= MAGNITUDES_LENGTH_MAX; length *= 2) {
        space s = space_make(length);
        for (uint32_t block = 0; block < 4; block++) {
            const double time_constant = block == 0 ? 0.0 : 0.8;
            if (block == 2) {
                fill_sine(&s);
            } else {
                fill_noise(&s);
            }
            smooth_by_definition(&s, time_constant);
            magnitudes_smooth(&s.plan, s.frames, time_constant, s.smoothed, s.work);
            const double db = error_db(&s);
            if (!(db < -130.0)) {
                fail_msg("length %u, block %u: error %.1f dB, at most -130", length, block, db);
            }
        }
        space_free(&s);
    }
}

/* Gains that follow from the window alone: the mean of it is 0.42, and a constant is all in bin 0. */
static void a_constant(void **state) {
    (void)state;
    space s = space_make(256);
    for (uint32_t n = 0; n < 256; n++) {
        s.frames[n] = 1.0f;
    }
    magnitudes_smooth(&s.plan, s.frames, 0.0, s.smoothed, s.work);
    assert_true(fabs((double)s.smoothed[0] - 0.42) < 1e-7);
    assert_true(fabs((double)s.smoothed[1] - 0.25) < 1e-7);
    assert_true(fabs((double)s.smoothed[2] - 0.04) < 1e-7);
    assert_true(s.smoothed[3] < 1e-8f);
    space_free(&s);
}

typedef struct poison {
    const char *name;
    float value;
    bool is_finite; /* what it makes is */
} poison;

/* What is not finite is 0 in that block and gone in the next; what is merely huge is right. */
static void not_finite(void **state) {
    (void)state;
    const poison rows[] = { { "NaN", NAN, false },
                            { "infinity", INFINITY, false },
                            { "the largest float", 3.4028235e38f, true },
                            { "the smallest normal", 1.1754944e-38f, true } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        space s = space_make(64);
        for (uint32_t n = 0; n < 64; n++) {
            s.frames[n] = rows[row].value;
        }
        magnitudes_smooth(&s.plan, s.frames, 0.5, s.smoothed, s.work);
        for (uint32_t k = 0; k < s.bins; k++) {
            assert_true(isfinite(s.smoothed[k]));
        }
        const double wanted = rows[row].is_finite ? 0.21 * (double)rows[row].value : 0.0;
        if (fabs((double)s.smoothed[0] - wanted) > 1e-5 * wanted) {
            fail_msg("%s: bin 0 is %g, wanted %g", rows[row].name, (double)s.smoothed[0], wanted);
        }
        memset(s.frames, 0, 64 * sizeof *s.frames);
        magnitudes_smooth(&s.plan, s.frames, 0.0, s.smoothed, s.work);
        for (uint32_t k = 0; k < s.bins; k++) {
            assert_true(s.smoothed[k] == 0.0f);
        }
        space_free(&s);
    }
}

/* Every magnitude there is, denormal ones and both ends included. */
static void decibels_everywhere(void **state) {
    (void)state;
    enum { COUNT = 8192 };
    static float smoothed[COUNT], decibels[COUNT];
    double worst = 0.0;
    for (uint32_t begin = 1; begin < 0x7f800000u; begin += COUNT * 977u) {
        for (uint32_t k = 0; k < COUNT; k++) {
            const uint64_t wanted_bits = begin + (uint64_t)k * 977u;
            const uint32_t bits = wanted_bits < 0x7f7fffffu ? (uint32_t)wanted_bits : 0x7f7fffffu;
            memcpy(&smoothed[k], &bits, sizeof bits);
        }
        magnitudes_decibels(smoothed, decibels, COUNT);
        for (uint32_t k = 0; k < COUNT; k++) {
            const double wanted = 20.0 * log10((double)smoothed[k]);
            const double error = fabs((double)decibels[k] - wanted) / (1.0 + fabs(wanted));
            worst = error > worst ? error : worst;
        }
    }
    if (!(worst < 3e-7)) {
        fail_msg("decibels are off by %g of 1 + |dB|, at most 3e-7", worst);
    }
}

static void to_decibels(void **state) {
    (void)state;
    const float smoothed[] = { 1.0f, 0.1f, 0.5f, 2.0f, 1e-5f, 1e-30f, 0.0f };
    float got[7];
    magnitudes_decibels(smoothed, got, 7);
    for (uint32_t k = 0; k < 6; k++) {
        assert_true(fabs((double)got[k] - 20.0 * log10((double)smoothed[k])) < 1e-4);
    }
    assert_true(got[0] == 0.0f);
    assert_true(isinf(got[6]) && got[6] < 0.0f);
}

/* Against the formula on the decibels themselves, at other ranges than the default too. */
static void to_bytes(void **state) {
    (void)state;
    const double ranges[][2] = { { -100.0, -30.0 }, { -1.0, 0.0 }, { -300.0, 20.0 }, { 5.0, 6.0 } };
    enum { COUNT = 3000 };
    static float smoothed[COUNT], decibels[COUNT];
    static uint8_t bytes[COUNT + 1];
    for (uint32_t k = 0; k < COUNT; k++) {
        smoothed[k] = (float)pow(10.0, (k / 10.0 - 290.0) / 20.0);
    }
    smoothed[0] = 0.0f;
    magnitudes_decibels(smoothed, decibels, COUNT);
    for (uint32_t row = 0; row < 4; row++) {
        const double min = ranges[row][0], max = ranges[row][1];
        bytes[COUNT] = 99;
        magnitudes_bytes(smoothed, bytes, COUNT, min, max);
        for (uint32_t k = 0; k < COUNT; k++) {
            const double b = floor(255.0 / (max - min) * ((double)decibels[k] - min));
            const double wanted = b < 0.0 ? 0.0 : b > 255.0 ? 255.0 : b;
            assert_int_equal(bytes[k], (int)wanted);
        }
        assert_int_equal(bytes[COUNT], 99);
    }
    assert_int_equal(bytes[0], 0);
}

static void waveform_to_bytes(void **state) {
    (void)state;
    const float frames[] = { 0.0f, 1.0f,  -1.0f,  0.5f, -0.5f,    0.99999f, -2.0f,
                             7.0f, 1e-9f, -1e-9f, NAN,  INFINITY, -INFINITY };
    const uint8_t wanted[] = { 128, 255, 0, 192, 64, 255, 0, 255, 128, 127, 0, 255, 0 };
    uint8_t got[13];
    waveform_bytes(frames, got, 13);
    assert_memory_equal(got, wanted, 13);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length),        cmocka_unit_test(a_constant),
        cmocka_unit_test(not_finite),          cmocka_unit_test(to_decibels),
        cmocka_unit_test(decibels_everywhere), cmocka_unit_test(to_bytes),
        cmocka_unit_test(waveform_to_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
