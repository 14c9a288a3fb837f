/* Goal: whatever instruction set runs them, and however many lie side by side, biquad sections give the same
 * bits. Method: every variant that this machine has, 1 to 16 lanes, against the recurrence written out for
 * one lane; guards behind the planes; in place and not. */
#include "kernels/variants.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { FRAMES_MAX = 4096, GUARD = 16 };
#define GUARD_VALUE 12345.0f

static const uint32_t frame_counts[] = { 1, 3, 4, 63, 64, 65, 127, 128, 129, 512, 4096 };
enum { FRAME_COUNT_COUNT = sizeof frame_counts / sizeof frame_counts[0] };

static uint32_t seed = 1;
static double random_unit(void) {
    seed = seed * 1664525u + 1013904223u;
    return (double)(seed >> 8) / 8388608.0 - 1.0;
}

typedef struct lanes_rig {
    float in[BIQUAD_LANE_COUNT][FRAMES_MAX + GUARD], out[BIQUAD_LANE_COUNT][FRAMES_MAX + GUARD];
    float wanted[FRAMES_MAX];
    biquad_coefficients coefficients[BIQUAD_LANE_COUNT];
    biquad_history histories[BIQUAD_LANE_COUNT], before[BIQUAD_LANE_COUNT];
    biquad_lane lanes[BIQUAD_LANE_COUNT];
} lanes_rig;

/* Stable sections of any kind: a pair of poles inside the unit circle. */
static void fill(lanes_rig *rig, uint32_t count, uint32_t frames, bool is_in_place) {
    for (uint32_t lane = 0; lane < count; lane++) {
        const double radius = 0.5 + 0.49 * fabs(random_unit()), angle = 3.0 * fabs(random_unit());
        rig->coefficients[lane] = (biquad_coefficients){ .b0 = random_unit(),
                                                         .b1 = random_unit(),
                                                         .b2 = random_unit(),
                                                         .a1 = -2.0 * radius * cos(angle),
                                                         .a2 = radius * radius };
        rig->histories[lane] = rig->before[lane] = (biquad_history){
            .x1 = random_unit(), .x2 = random_unit(), .y1 = random_unit(), .y2 = random_unit()
        };
        for (uint32_t frame = 0; frame < FRAMES_MAX + GUARD; frame++) {
            rig->in[lane][frame] = frame < frames ? (float)random_unit() : GUARD_VALUE;
            rig->out[lane][frame] = GUARD_VALUE;
        }
        rig->lanes[lane] = (biquad_lane){ rig->in[lane], is_in_place ? rig->in[lane] : rig->out[lane],
                                          &rig->coefficients[lane], &rig->histories[lane] };
    }
}

static void want(lanes_rig *rig, uint32_t lane, uint32_t frames) {
    const biquad_coefficients *by = &rig->coefficients[lane];
    biquad_history *past = &rig->before[lane];
    for (uint32_t frame = 0; frame < frames; frame++) {
        const double x = (double)rig->in[lane][frame];
        const double y = ((by->b0 * x + by->b1 * past->x1 + by->b2 * past->x2) - by->a2 * past->y2) -
                         by->a1 * past->y1;
        *past = (biquad_history){ .x1 = x, .x2 = past->x1, .y1 = y, .y2 = past->y1 };
        rig->wanted[frame] = (float)y;
    }
}

/* By spans, as the caller of a variant does. */
static void run(const kernel_variant *variant, lanes_rig *rig, uint32_t count, uint32_t frames) {
    biquad_lane spans[BIQUAD_LANE_COUNT];
    memcpy(spans, rig->lanes, sizeof spans);
    for (uint32_t begin = 0; begin < frames; begin += BIQUAD_SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        const uint32_t span = left < BIQUAD_SPAN_FRAMES ? left : BIQUAD_SPAN_FRAMES;
        variant->biquad_lanes(spans, count, span);
        for (uint32_t lane = 0; lane < count; lane++) {
            spans[lane].in += span;
            spans[lane].out += span;
        }
    }
}

static void check(const kernel_variant *variant, uint32_t count, uint32_t frames, bool is_in_place) {
    static lanes_rig rig, copy;
    fill(&rig, count, frames, is_in_place);
    memcpy(&copy, &rig, sizeof copy);
    if (variant != NULL) {
        run(variant, &rig, count, frames);
    } else {
        kernel_biquad_lanes(rig.lanes, count, frames);
    }
    for (uint32_t lane = 0; lane < count; lane++) {
        want(&copy, lane, frames);
        const float *got = rig.lanes[lane].out;
        if (memcmp(got, copy.wanted, frames * sizeof *got) != 0 || got[frames] != GUARD_VALUE ||
            memcmp(&rig.histories[lane], &copy.before[lane], sizeof(biquad_history)) != 0) {
            fail_msg("%s: lane %u of %u differs over %u frames",
                     variant != NULL ? variant->name : "call", lane, count, frames);
        }
    }
}

static void test_variants(void **state) {
    (void)state;
    uint32_t variant_count = 0;
    const kernel_variant *variants = kernel_variants(&variant_count);
    uint32_t checked = 0;
    for (uint32_t index = 0; index < variant_count; index++) {
        if (!variants[index].is_supported()) {
            continue;
        }
        checked++;
        print_message("%s\n", variants[index].name);
        for (uint32_t count = 1; count <= BIQUAD_LANE_COUNT; count++) {
            for (uint32_t row = 0; row < FRAME_COUNT_COUNT; row++) {
                check(&variants[index], count, frame_counts[row], (count + row) % 2 == 0);
            }
        }
    }
    assert_true(checked >= 1);
    assert_string_equal(variants[variant_count - 1].name, "c"); /* runs everywhere */
}

static void test_call(void **state) {
    (void)state;
    for (uint32_t count = 1; count <= BIQUAD_LANE_COUNT; count++) {
        for (uint32_t row = 0; row < FRAME_COUNT_COUNT; row++) {
            check(NULL, count, frame_counts[row], row % 2 == 0);
        }
    }
}

/* A lane that overflows is cleared; its neighbours do not notice. */
static void test_settling(void **state) {
    (void)state;
    uint32_t variant_count = 0;
    const kernel_variant *variants = kernel_variants(&variant_count);
    for (uint32_t index = 0; index < variant_count; index++) {
        static lanes_rig rig;
        if (!variants[index].is_supported()) {
            continue;
        }
        fill(&rig, 5, 64, false);
        rig.in[3][10] = NAN;
        variants[index].biquad_lanes(rig.lanes, 5, 64);
        for (uint32_t frame = 0; frame < 64; frame++) {
            assert_true(rig.out[3][frame] == 0.0f);
            assert_true(isfinite(rig.out[2][frame]) && isfinite(rig.out[4][frame]));
        }
        assert_true(rig.histories[3].y1 == 0.0 && rig.histories[3].x1 == 0.0);
        assert_true(rig.histories[2].y1 != 0.0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_settling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
