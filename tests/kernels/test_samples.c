/* Samples of 16 bits to floats and back against the definition in double, at the counts of every kernel test,
 * on planes of any alignment with guards on both sides; and reading a buffer whatever it stores. */
#include "kernels/samples.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { FRAMES_MAX = 4096, GUARD = 8, STORE = FRAMES_MAX + 2 * GUARD + 1 };
static const uint32_t counts[] = { 0, 1, 127, 128, 129, 512, 4096 };
enum { COUNT_ROWS = sizeof counts / sizeof counts[0] };

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed;
}

static void int16_to_float(void **state) {
    (void)state;
    static int16_t in[STORE];
    static float out[STORE];
    uint32_t seed = 1;
    for (uint32_t i = 0; i < STORE; i++) {
        in[i] = (int16_t)(next_random(&seed) >> 16);
    }
    in[GUARD + 1] = INT16_MIN;
    in[GUARD + 2] = INT16_MAX;
    for (uint32_t row = 0; row < COUNT_ROWS; row++) {
        for (uint32_t shift = 0; shift < 2; shift++) { /* off by one sample: no alignment is asked */
            for (uint32_t i = 0; i < STORE; i++) {
                out[i] = 7.5f;
            }
            kernel_float_from_int16(out + GUARD + shift, in + GUARD + shift, counts[row]);
            for (uint32_t i = 0; i < STORE; i++) {
                const bool is_inside = i >= GUARD + shift && i < GUARD + shift + counts[row];
                assert_true((double)out[i] == (is_inside ? (double)in[i] / 32768.0 : 7.5));
            }
        }
    }
}

/* Nearest, half to even, in double. */
static double nearest(float value) {
    if (isnan(value)) {
        return 0.0;
    }
    return fmin(32767.0, fmax(-32768.0, nearbyint((double)value * 32768.0)));
}

static void float_to_int16(void **state) {
    (void)state;
    static float in[STORE];
    static int16_t out[STORE];
    uint32_t seed = 2;
    for (uint32_t i = 0; i < STORE; i++) {
        in[i] = (float)(int32_t)next_random(&seed) / 2147483648.0f * 1.2f;
    }
    in[GUARD + 1] = NAN;
    in[GUARD + 2] = INFINITY;
    in[GUARD + 3] = -INFINITY;
    in[GUARD + 4] = 3e38f;
    in[GUARD + 5] = -3e38f;
    in[GUARD + 6] = 2.5f / 32768.0f;
    for (uint32_t row = 0; row < COUNT_ROWS; row++) {
        for (uint32_t shift = 0; shift < 2; shift++) {
            memset(out, 0x55, sizeof out);
            kernel_int16_from_float(out + GUARD + shift, in + GUARD + shift, counts[row]);
            for (uint32_t i = 0; i < STORE; i++) {
                const bool is_inside = i >= GUARD + shift && i < GUARD + shift + counts[row];
                assert_int_equal(out[i], is_inside ? (int)nearest(in[i]) : 0x5555);
            }
        }
    }
}

static void read_whatever_it_stores(void **state) {
    (void)state;
    static int16_t halves[2][FRAMES_MAX];
    static float floats[2][FRAMES_MAX], of_halves[FRAMES_MAX], of_floats[FRAMES_MAX];
    uint32_t seed = 3;
    for (uint32_t i = 0; i < FRAMES_MAX; i++) {
        for (uint32_t channel = 0; channel < 2; channel++) {
            halves[channel][i] = (int16_t)(next_random(&seed) >> 16);
            floats[channel][i] = (float)halves[channel][i] / 32768.0f;
        }
    }
    wa_buffer_data of_int16 = { .channel_count = 2,
                                .frame_count = FRAMES_MAX,
                                .storage = WA_BUFFER_STORAGE_INT16,
                                .first_int16 = halves[0],
                                .stride_int16_frames = FRAMES_MAX };
    wa_buffer_data of_float = { .channel_count = 2,
                                .frame_count = FRAMES_MAX,
                                .planes = { floats[0], floats[1] } };
    for (uint32_t first = 0; first < FRAMES_MAX; first += 511) {
        const uint64_t count = FRAMES_MAX - first;
        samples_read(&of_int16, 1, first, count, of_halves);
        samples_read(&of_float, 1, first, count, of_floats);
        assert_memory_equal(of_halves, floats[1] + first, count * sizeof(float));
        assert_memory_equal(of_floats, floats[1] + first, count * sizeof(float));
    }
    samples_read(&of_float, 0, 10, 100, floats[0] + 12); /* a copy within itself */
    assert_true(floats[0][12] == (float)halves[0][10] / 32768.0f);
    assert_true(floats[0][111] == (float)halves[0][109] / 32768.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int16_to_float),
        cmocka_unit_test(float_to_int16),
        cmocka_unit_test(read_whatever_it_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
