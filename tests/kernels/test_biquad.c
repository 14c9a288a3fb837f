/* Goal: whatever instruction set runs them, and however many lie side by side, biquad sections give the same
 * bits. Method: every variant that this machine has, 1 to 16 lanes, against the recurrence written out for
 * one lane; guards behind the planes; in place and not. Coefficients for a span of frames are those of each
 * frame by itself. */
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

/* -- coefficients for each frame ----------------------------------------------------------------- */

enum { TYPE_COUNT = WA_BIQUAD_FILTER_ALLPASS + 1 };
static const uint32_t span_counts[] = { 1, 2, 3, 4, 5, 63, 64 };

typedef struct param_span {
    float hz[BIQUAD_SPAN_FRAMES], cents[BIQUAD_SPAN_FRAMES];
    float q[BIQUAD_SPAN_FRAMES], gain_db[BIQUAD_SPAN_FRAMES];
} param_span;

/* Every fifth frame or so has a value where a formula has none, or one beyond all sense. */
static void fill_params(param_span *span) {
    static const float odd_hz[] = { 0.0f, 24000.0f, -1.0f, 1e30f, 1e-30f };
    static const float odd_cents[] = { 153600.0f, -153600.0f, 1200.0f };
    static const float odd_q[] = { 0.0f, -3.0f, 3.4e38f, -3.4e38f, 770.6f };
    static const float odd_db[] = { 1541.0f, -3.4e38f, 3.4e38f, 0.0f };
    for (uint32_t i = 0; i < BIQUAD_SPAN_FRAMES; i++) {
        const uint32_t odd = (uint32_t)(fabs(random_unit()) * 20.0);
        const uint32_t pick = (uint32_t)(fabs(random_unit()) * 60.0);
        span->hz[i] = odd == 0 ? odd_hz[pick % 5] : (float)(24000.0 * fabs(random_unit()));
        span->cents[i] = odd == 1 ? odd_cents[pick % 3] : (float)(500.0 * random_unit());
        span->q[i] = odd == 2 ? odd_q[pick % 5] : (float)(20.0 * random_unit());
        span->gain_db[i] = odd == 3 ? odd_db[pick % 4] : (float)(40.0 * random_unit());
    }
}

static void check_series(wa_biquad_filter_type type, uint32_t frames) {
    param_span params;
    biquad_shapes shapes;
    static biquad_series series;
    double factors[BIQUAD_SPAN_FRAMES];
    fill_params(&params);
    kernel_biquad_detunes(factors, params.cents, frames);
    kernel_biquad_frequencies(shapes.frequency, params.hz, factors, 24000.0, frames);
    kernel_biquad_qs(type, shapes.q, params.q, frames);
    kernel_biquad_amplitudes(shapes.amplitude, params.gain_db, frames);
    kernel_biquad_series(type, &shapes, &series, frames);
    for (uint32_t i = 0; i < frames; i++) {
        const biquad_shape shape = { biquad_frequency(params.hz[i], biquad_detune(params.cents[i]),
                                                      24000.0),
                                     biquad_q(type, params.q[i]), biquad_amplitude(params.gain_db[i]) };
        const biquad_coefficients wanted = biquad_coefficients_of(type, &shape);
        const biquad_coefficients got = biquad_series_at(&series, i);
        if (memcmp(&got, &wanted, sizeof got) != 0) {
            fail_msg("type %d, frame %u of %u: %g Hz, %g cents, q %g, %g dB", (int)type, i, frames,
                     (double)params.hz[i], (double)params.cents[i], (double)params.q[i],
                     (double)params.gain_db[i]);
        }
    }
}

static void test_series(void **state) {
    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        for (uint32_t row = 0; row < sizeof span_counts / sizeof span_counts[0]; row++) {
            for (uint32_t type = 0; type < TYPE_COUNT; type++) {
                check_series((wa_biquad_filter_type)type, span_counts[row]);
            }
        }
    }
}

/* Where the parameters stand still it is the section of the other kernels, to the bit. */
static void test_varying(void **state) {
    (void)state;
    static lanes_rig rig;
    for (uint32_t row = 0; row < sizeof span_counts / sizeof span_counts[0]; row++) {
        const uint32_t frames = span_counts[row];
        fill(&rig, 1, frames, row % 2 == 0);
        static biquad_series series;
        for (uint32_t i = 0; i < frames; i++) {
            series.b0[i] = rig.coefficients[0].b0;
            series.b1[i] = rig.coefficients[0].b1;
            series.b2[i] = rig.coefficients[0].b2;
            series.a1[i] = rig.coefficients[0].a1;
            series.a2[i] = rig.coefficients[0].a2;
        }
        want(&rig, 0, frames);
        kernel_biquad_varying(rig.in[0], rig.lanes[0].out, &series, &rig.histories[0], frames);
        assert_memory_equal(rig.lanes[0].out, rig.wanted, frames * sizeof(float));
        assert_true(rig.lanes[0].out[frames] == GUARD_VALUE);
        assert_memory_equal(&rig.histories[0], &rig.before[0], sizeof(biquad_history));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants), cmocka_unit_test(test_call),
        cmocka_unit_test(test_settling), cmocka_unit_test(test_series),
        cmocka_unit_test(test_varying),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
