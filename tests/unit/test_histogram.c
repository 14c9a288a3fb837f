/* Histogram of loads (M4.3): fixed size, O(1) to add, percentiles within 1.6 %. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "profile/histogram.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MIDDLE_ERROR_MAX (1.0 / 64)

static void test_bucket_edges(void **state) {
    (void)state;
    const struct {
        double value;
        uint32_t bucket;
    } rows[] = {
        { 0.0, 0 },
        { -1.0, 0 },
        { NAN, 0 },
        { -INFINITY, 0 },
        { 0x1.fffffffffffffp-21, 0 },
        { 0x1p-20, 1 },
        { 0x1.07ffffffffp-20, 1 },
        { 0x1.08p-20, 2 },
        { 0x1p-19, 1 + HISTOGRAM_STEPS },
        { 1.0, 1 + 20 * HISTOGRAM_STEPS },
        { 0x1.fffffffffffffp7, HISTOGRAM_BUCKET_COUNT - 2 },
        { 256.0, HISTOGRAM_BUCKET_COUNT - 1 },
        { 1e300, HISTOGRAM_BUCKET_COUNT - 1 },
        { INFINITY, HISTOGRAM_BUCKET_COUNT - 1 },
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        assert_int_equal(histogram_bucket(rows[row].value), rows[row].bucket);
    }
}

/* Every bucket's middle falls into it again, buckets rise, and none is wider than 1/32. */
static void test_bucket_middles(void **state) {
    (void)state;
    for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKET_COUNT; bucket++) {
        assert_int_equal(histogram_bucket(histogram_value(bucket)), bucket);
        if (bucket > 1) {
            const double ratio = histogram_value(bucket) / histogram_value(bucket - 1);
            assert_true(ratio > 1.0);
            assert_true(ratio <= 1.0 + 1.0 / HISTOGRAM_STEPS + 1e-3);
        }
    }
}

static void test_value_error(void **state) {
    (void)state;
    double error_max = 0.0;
    for (double value = 0x1p-20; value < 256.0; value *= 1.00013) {
        const double middle = histogram_value(histogram_bucket(value));
        error_max = fmax(error_max, fabs(middle - value) / value);
    }
    assert_true(error_max <= MIDDLE_ERROR_MAX);
    assert_true(error_max > MIDDLE_ERROR_MAX / 2); /* the bound is the one that is stated */
}

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Against the same percentile of the sorted values. */
static void check_percentiles(double *values, uint32_t count) {
    uint64_t counts[HISTOGRAM_BUCKET_COUNT] = { 0 };
    for (uint32_t index = 0; index < count; index++) {
        counts[histogram_bucket(values[index])]++;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    const double fractions[] = { 0.001, 0.5, 0.99, 0.999, 1.0 };
    for (size_t row = 0; row < sizeof fractions / sizeof *fractions; row++) {
        const double expected = values[(uint32_t)ceil(fractions[row] * count) - 1];
        const double got = histogram_percentile(counts, fractions[row]);
        assert_true(fabs(got - expected) <= expected * MIDDLE_ERROR_MAX);
    }
}

static void test_percentiles(void **state) {
    (void)state;
    enum { COUNT = 10007 };
    static double values[COUNT];
    const uint32_t counts[] = { 1, 2, 3, 99, 100, 101, COUNT };
    uint32_t seed = 1;
    for (size_t row = 0; row < sizeof counts / sizeof *counts; row++) {
        for (uint32_t index = 0; index < counts[row]; index++) {
            seed = seed * 1664525u + 1013904223u;
            values[index] = exp2((seed >> 8) * (26.0 / (1 << 24)) - 19.0); /* 2^-19 .. 2^7 */
        }
        check_percentiles(values, counts[row]);
    }
}

static void test_percentile_of_nothing(void **state) {
    (void)state;
    const uint64_t counts[HISTOGRAM_BUCKET_COUNT] = { 0 };
    assert_true(histogram_percentile(counts, 0.5) == 0.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket_edges),          cmocka_unit_test(test_bucket_middles),
        cmocka_unit_test(test_value_error),           cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_percentile_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
