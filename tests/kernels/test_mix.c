/* Mixing kernels against matrices written out from Web Audio 1.1, "Channel Up-Mixing and Down-Mixing". */
#include "kernels/mix.h"
#include "limits.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { FRAMES_MAX = 4096, GUARD_FRAMES = 16, CHANNELS = WA_CHANNEL_COUNT_MAX };
#define GUARD 4321.0f
static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static _Alignas(64) float source_rows[CHANNELS][FRAMES_MAX + GUARD_FRAMES];
static _Alignas(64) float target_rows[CHANNELS][FRAMES_MAX + GUARD_FRAMES];
static _Alignas(64) float before_rows[CHANNELS][FRAMES_MAX + GUARD_FRAMES];

static void noise(uint32_t seed, float *out, uint32_t frames) {
    uint32_t state = seed * 2654435761u + 99u;
    for (uint32_t i = 0; i < frames; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (float)(int32_t)state / 2147483648.0f;
    }
}

/* The specification's formulas: rows are output channels in order, columns input channels. */
static double weight(uint32_t from, uint32_t to, bool is_speakers, uint32_t in, uint32_t out) {
    const double r = sqrt(0.5);
    static const double mono_to_51[6] = { 0, 0, 1, 0, 0, 0 };
    const double down_51_mono[6] = { r, r, 1, 0, 0.5, 0.5 };
    const double down_51_stereo[2][6] = { { 1, 0, r, 0, r, 0 }, { 0, 1, r, 0, 0, r } };
    const double down_51_quad[4][6] = {
        { 1, 0, r, 0, 0, 0 }, { 0, 1, r, 0, 0, 0 }, { 0, 0, 0, 0, 1, 0 }, { 0, 0, 0, 0, 0, 1 }
    };
    static const double quad_to_51[6][4] = { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 0, 0 },
                                             { 0, 0, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } };
    static const double quad_to_stereo[2][4] = { { 0.5, 0, 0.5, 0 }, { 0, 0.5, 0, 0.5 } };
    switch (is_speakers ? from * 100 + to : 0) {
    case 102:
    case 104:
        return out < 2 ? 1.0 : 0.0;
    case 106:
        return mono_to_51[out];
    case 201:
        return 0.5;
    case 401:
        return 0.25;
    case 402:
        return quad_to_stereo[out][in];
    case 406:
        return quad_to_51[out][in];
    case 601:
        return down_51_mono[in];
    case 602:
        return down_51_stereo[out][in];
    case 604:
        return down_51_quad[out][in];
    default: /* equal, discrete, and 2 to 4 or 6, where the rest is silent */
        return in == out ? 1.0 : 0.0;
    }
}

static void prepare(uint32_t frames, float *source[], float *target[]) {
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        source[channel] = source_rows[channel];
        target[channel] = target_rows[channel];
        noise(channel, source_rows[channel], frames);
        noise(channel + 100, before_rows[channel], frames);
        memcpy(target_rows[channel], before_rows[channel], frames * sizeof(float));
        for (uint32_t i = 0; i < GUARD_FRAMES; i++) {
            target_rows[channel][frames + i] = GUARD;
        }
    }
}

static void check_channel(uint32_t from, uint32_t to, bool is_speakers, bool is_add, uint32_t frames,
                          uint32_t out) {
    for (uint32_t i = 0; i < frames; i++) {
        double want = is_add ? before_rows[out][i] : 0.0;
        for (uint32_t in = 0; in < from; in++) {
            want += weight(from, to, is_speakers, in, out) * source_rows[in][i];
        }
        assert_true(fabs(target_rows[out][i] - want) <= 1.0e-6); /* sums reach 4.4 */
    }
    for (uint32_t i = 0; i < GUARD_FRAMES; i++) {
        assert_true(target_rows[out][frames + i] == GUARD);
    }
}

static void check(uint32_t from, uint32_t to, bool is_speakers, bool is_add, uint32_t frames) {
    float *source[CHANNELS], *target[CHANNELS];
    prepare(frames, source, target);
    (is_add ? kernel_mix_add : kernel_mix_set)(target, to, (const float *const *)source, from,
                                               is_speakers, frames);
    for (uint32_t out = 0; out < to; out++) {
        check_channel(from, to, is_speakers, is_add, frames, out);
    }
    for (uint32_t out = to; out < CHANNELS; out++) {
        assert_memory_equal(target_rows[out], before_rows[out], frames * sizeof(float));
    }
}

static void check_all_forms(uint32_t from, uint32_t to, uint32_t frames) {
    check(from, to, true, false, frames);
    check(from, to, true, true, frames);
    check(from, to, false, false, frames);
    check(from, to, false, true, frames);
}

static void every_pair_of_counts_follows_the_table(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 2, 3, 4, 5, 6, 7, 8, 32 };
    for (uint32_t from = 0; from < 9; from++) {
        for (uint32_t to = 0; to < 9; to++) {
            check_all_forms(counts[from], counts[to], 129);
        }
    }
}

static void every_size_works_for_every_layout(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 2, 4, 6, 7 };
    for (uint32_t from = 0; from < 5; from++) {
        for (uint32_t to = 0; to < 5; to++) {
            for (uint32_t size = 0; size < SIZE_COUNT; size++) {
                check_all_forms(counts[from], counts[to], sizes[size]);
            }
        }
    }
}

static void an_unmixed_channel_passes_to_the_bit(void **state) {
    (void)state;
    float *source[CHANNELS], *target[CHANNELS];
    prepare(128, source, target);
    kernel_mix_set(target, 2, (const float *const *)source, 1, true, 128);
    assert_memory_equal(target_rows[0], source_rows[0], 128 * sizeof(float));
    assert_memory_equal(target_rows[1], source_rows[0], 128 * sizeof(float));
    kernel_mix_set(target, 6, (const float *const *)source, 4, true, 128);
    assert_memory_equal(target_rows[4], source_rows[2], 128 * sizeof(float));
}

static void plain_kernels_do_as_they_say(void **state) {
    (void)state;
    float *source[CHANNELS], *target[CHANNELS];
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        const uint32_t frames = sizes[size];
        prepare(frames, source, target);
        kernel_zero(target[0], frames);
        kernel_copy(target[1], source[1], frames);
        kernel_add(target[2], source[2], frames);
        for (uint32_t i = 0; i < frames; i++) {
            assert_true(target[0][i] == 0.0f);
            assert_true(target[1][i] == source[1][i]);
            assert_true(target[2][i] == before_rows[2][i] + source[2][i]);
        }
        for (uint32_t channel = 0; channel < 3; channel++) {
            assert_true(target[channel][frames] == GUARD);
        }
    }
}

static void a_ramp_is_straight_and_joins_the_next(void **state) {
    (void)state;
    static const float ends[][2] = { { 1.0f, 0.0f }, { 0.0f, 1.0f }, { 0.25f, 0.75f }, { 1.0f, 1.0f } };
    float *source[CHANNELS], *target[CHANNELS];
    for (uint32_t row = 0; row < 4; row++) {
        for (uint32_t size = 0; size < SIZE_COUNT; size++) {
            const uint32_t frames = sizes[size];
            prepare(frames, source, target);
            kernel_ramp(target[0], ends[row][0], ends[row][1], frames);
            for (uint32_t i = 0; i < frames; i++) {
                const double gain = ends[row][0] + ((double)ends[row][1] - ends[row][0]) * i / frames;
                assert_true(fabs(target[0][i] - gain * before_rows[0][i]) <= 3e-7);
            }
            assert_true(target[0][frames] == GUARD);
        }
    }
}

static void sanitizing_replaces_nan_and_clamps(void **state) {
    (void)state;
    static const struct {
        float in, sanitized, replaced;
    } rows[] = {
        { 0.5f, 0.5f, 0.5f },
        { NAN, 0.25f, 0.25f },
        { -NAN, 0.25f, 0.25f },
        { INFINITY, 1.0f, INFINITY },
        { -3.0f, -1.0f, -3.0f },
        { -INFINITY, -1.0f, -INFINITY },
        { FLT_MAX, 1.0f, FLT_MAX },
        { 1.0f, 1.0f, 1.0f },
        { FLT_MIN / 4, FLT_MIN / 4, FLT_MIN / 4 },
    };
    enum { ROW_COUNT = sizeof rows / sizeof rows[0] };
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        const uint32_t frames = sizes[size];
        for (uint32_t i = 0; i < frames; i++) {
            target_rows[0][i] = target_rows[1][i] = rows[i % ROW_COUNT].in;
        }
        target_rows[0][frames] = target_rows[1][frames] = NAN;
        kernel_sanitize(target_rows[0], 0.25f, -1.0f, 1.0f, frames);
        kernel_replace_nan(target_rows[1], 0.25f, frames);
        for (uint32_t i = 0; i < frames; i++) {
            assert_true(target_rows[0][i] == rows[i % ROW_COUNT].sanitized);
            assert_true(target_rows[1][i] == rows[i % ROW_COUNT].replaced);
        }
        assert_true(isnan(target_rows[0][frames]) && isnan(target_rows[1][frames]));
    }
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(every_pair_of_counts_follows_the_table),
        cmocka_unit_test(every_size_works_for_every_layout),
        cmocka_unit_test(an_unmixed_channel_passes_to_the_bit),
        cmocka_unit_test(plain_kernels_do_as_they_say),
        cmocka_unit_test(a_ramp_is_straight_and_joins_the_next),
        cmocka_unit_test(sanitizing_replaces_nan_and_clamps),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
