/* kernels/fft: every length against a transform written straight from its definition, in double. */
#include "kernels/fft.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double two_pi = 6.283185307179586477;

static uint32_t random_state = 12345;
static float random_float(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(int32_t)random_state / 2147483648.0f;
}

/* One bin by its definition; the angle is reduced in integers, so that it stays exact. */
static void bin_by_definition(const float *real, const float *imag, uint32_t length, uint32_t bin,
                              double sign, double *bin_real, double *bin_imag) {
    double sum_real = 0.0, sum_imag = 0.0;
    for (uint32_t n = 0; n < length; n++) {
        const uint64_t turn = (uint64_t)bin * n % length;
        const double angle = sign * two_pi * (double)turn / (double)length;
        const double x = real[n], y = imag != NULL ? imag[n] : 0.0;
        sum_real += x * cos(angle) - y * sin(angle);
        sum_imag += x * sin(angle) + y * cos(angle);
    }
    *bin_real = sum_real;
    *bin_imag = sum_imag;
}

typedef struct space {
    fft_plan plan;
    float *table, *real, *imag, *real_in, *imag_in, *work, *out;
} space;

static float *floats(size_t count) {
    float *memory = calloc(count, sizeof(float));
    assert_non_null(memory);
    return memory;
}

static space space_make(uint32_t length) {
    space s = { .table = floats(fft_plan_floats(length)),
                .real = floats(length + 1),
                .imag = floats(length + 1),
                .real_in = floats(2 * (size_t)length),
                .imag_in = floats(2 * (size_t)length),
                .work = floats(2 * (size_t)length),
                .out = floats(2 * (size_t)length) };
    fft_plan_init(&s.plan, length, s.table);
    for (uint32_t n = 0; n < 2 * length; n++) {
        s.real_in[n] = random_float();
        s.imag_in[n] = random_float();
    }
    return s;
}

static void space_free(space *s) {
    free(s->table);
    free(s->real);
    free(s->imag);
    free(s->real_in);
    free(s->imag_in);
    free(s->work);
    free(s->out);
}

/* All bins while that is quick, else about 24 of them, the first and last included. */
static uint32_t bin_step(uint32_t count) {
    return count <= 512 ? 1 : (count - 1) / 23 | 1;
}

static double decibels(double error_power, double signal_power) {
    return error_power > 0.0 ? 10.0 * log10(error_power / signal_power) : -300.0;
}

static double complex_error_db(uint32_t length, double sign) {
    space s = space_make(length);
    memcpy(s.real, s.real_in, length * sizeof(float));
    memcpy(s.imag, s.imag_in, length * sizeof(float));
    (sign < 0.0 ? fft_forward : fft_inverse)(&s.plan, s.real, s.imag, s.work);
    double error = 0.0, signal = 0.0;
    for (uint32_t k = 0; k < length; k += bin_step(length)) {
        double real, imag;
        bin_by_definition(s.real_in, s.imag_in, length, k, sign, &real, &imag);
        error += pow(real - s.real[k], 2.0) + pow(imag - s.imag[k], 2.0);
        signal += real * real + imag * imag;
    }
    space_free(&s);
    return decibels(error, signal);
}

static double real_error_db(uint32_t length) {
    space s = space_make(length);
    fft_real_forward(&s.plan, s.real_in, s.real, s.imag, s.work);
    assert_true(s.imag[0] == 0.0f && s.imag[length] == 0.0f);
    double error = 0.0, signal = 0.0;
    for (uint32_t k = 0; k <= length; k += bin_step(length + 1)) {
        double real, imag;
        bin_by_definition(s.real_in, NULL, 2 * length, k, -1.0, &real, &imag);
        error += pow(real - s.real[k], 2.0) + pow(imag - s.imag[k], 2.0);
        signal += real * real + imag * imag;
    }
    space_free(&s);
    return decibels(error, signal);
}

/* Inverse after forward is 2 * length times the input, at every frame. */
static double real_round_trip_db(uint32_t length) {
    space s = space_make(length);
    fft_real_forward(&s.plan, s.real_in, s.real, s.imag, s.work);
    fft_real_inverse(&s.plan, s.real, s.imag, s.out, s.work);
    double error = 0.0, signal = 0.0;
    for (uint32_t n = 0; n < 2 * length; n++) {
        error += pow((double)s.out[n] / (2.0 * length) - s.real_in[n], 2.0);
        signal += pow(s.real_in[n], 2.0);
    }
    space_free(&s);
    return decibels(error, signal);
}

static void test_every_length(void **state) {
    (void)state;
    double worst_forward = -400.0, worst_inverse = -400.0, worst_real = -400.0, worst_trip = -400.0;
    for (uint32_t length = 1; length <= FFT_LENGTH_MAX; length *= 2) {
        worst_forward = fmax(worst_forward, complex_error_db(length, -1.0));
        worst_inverse = fmax(worst_inverse, complex_error_db(length, 1.0));
        worst_real = fmax(worst_real, real_error_db(length));
        worst_trip = fmax(worst_trip, real_round_trip_db(length));
    }
    printf("fft error, worst of 1..32768: forward %.1f dB, inverse %.1f dB, real %.1f dB, "
           "real round trip %.1f dB\n",
           worst_forward, worst_inverse, worst_real, worst_trip);
    assert_true(worst_forward < -132.0);
    assert_true(worst_inverse < -132.0);
    assert_true(worst_real < -132.0);
    assert_true(worst_trip < -130.0);
}

/* A bin in, a sine out: sign and order of the inverse are those of the header. */
static void test_one_bin(void **state) {
    (void)state;
    static const struct {
        uint32_t length, bin;
    } rows[] = { { 1, 1 }, { 2, 1 }, { 8, 3 }, { 64, 17 }, { 128, 128 }, { 1024, 1 } };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const uint32_t length = rows[row].length, bin = rows[row].bin;
        space s = space_make(length);
        memset(s.real, 0, (length + 1) * sizeof(float));
        memset(s.imag, 0, (length + 1) * sizeof(float));
        s.real[bin] = 0.5f;
        s.imag[bin] = bin == length ? 0.0f : -0.25f;
        fft_real_inverse(&s.plan, s.real, s.imag, s.out, s.work);
        for (uint32_t n = 0; n < 2 * length; n++) {
            const double angle = two_pi * (double)bin * n / (2.0 * length);
            const double expected = bin == length ? 0.5 * cos(angle) : cos(angle) + 0.5 * sin(angle);
            assert_float_equal(s.out[n], expected, 2e-6);
        }
        space_free(&s);
    }
}

static void test_table_size(void **state) {
    (void)state;
    for (uint32_t length = 1; length <= FFT_LENGTH_MAX; length *= 2) {
        assert_true(fft_plan_floats(length) <= 3 * length + 16);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_one_bin),
        cmocka_unit_test(test_table_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
