/* See shaper.h. Spans of 64 frames of the lower rate; each row is its past, then the span. */
#include "shaper.h"
#include "variants.h"
#include <string.h>

enum { SPAN_FRAMES = 64, INNER_FRAMES = 2 * SPAN_FRAMES };

KERNEL_LOOP static void find(int32_t *restrict index, float *restrict fraction,
                             const float *restrict in, double last, uint32_t frames) {
    const double half = 0.5 * last;
    for (uint32_t i = 0; i < frames; i++) {
        const float x = in[i] == in[i] ? in[i] : 0.0f;
        double v = half * ((double)x + 1.0);
        v = v > 0.0 ? v : 0.0;
        v = v < last ? v : last;
        index[i] = (int32_t)v;
        fraction[i] = (float)(v - (double)index[i]);
    }
}

/* First where to look, which vectorises, then the looking. */
static void shape_span(float *out, const float *in, const shaper_curve *curve, uint32_t frames) {
    int32_t index[INNER_FRAMES];
    float fraction[INNER_FRAMES];
    find(index, fraction, in, (double)(curve->count - 1), frames);
    for (uint32_t i = 0; i < frames; i++) {
        const float *point = curve->points + index[i];
        out[i] = (1.0f - fraction[i]) * point[0] + fraction[i] * point[1];
    }
}

void kernel_shape(float *out, const float *in, const shaper_curve *curve, uint32_t frames) {
    for (uint32_t begin = 0; begin < frames; begin += INNER_FRAMES) {
        const uint32_t left = frames - begin;
        shape_span(out + begin, in + begin, curve, left < INNER_FRAMES ? left : INNER_FRAMES);
    }
}

/* -- Oversampled -- */

void shaper_history_init(shaper_history *history, float at_zero) {
    *history = (shaper_history){ .up = { 0 } };
    for (uint32_t i = 0; i < HALFBAND_SHARP_PAST; i++) {
        history->first[i] = at_zero;
    }
    for (uint32_t i = 0; i < HALFBAND_SHARP_PAIRS; i++) {
        history->second[i] = at_zero;
    }
    for (uint32_t i = 0; i < HALFBAND_SOFT_PAST; i++) {
        history->soft_first[i] = at_zero;
    }
    for (uint32_t i = 0; i < HALFBAND_SOFT_PAIRS; i++) {
        history->soft_second[i] = at_zero;
    }
}

static void recall(float *row, const float *past, uint32_t count) {
    memcpy(row, past, count * sizeof *row);
}

static void keep(float *past, const float *row, uint32_t count, uint32_t frames) {
    memcpy(past, row + frames, count * sizeof *row);
}

static void sanitized(float *restrict out, const float *restrict in, uint32_t frames) {
    const float most = 0x1p100f;
    for (uint32_t i = 0; i < frames; i++) {
        float x = in[i] == in[i] ? in[i] : 0.0f;
        x = x < most ? x : most;
        out[i] = x > -most ? x : -most;
    }
}

/* The span at twice the rate, in two phases. */
static void go_up(float *even, float *odd, const float *in, shaper_history *history, uint32_t frames) {
    float row[HALFBAND_SHARP_PAST + SPAN_FRAMES];
    recall(row, history->up, HALFBAND_SHARP_PAST);
    sanitized(row + HALFBAND_SHARP_PAST, in, frames);
    kernel_halfband_up(even, odd, row + HALFBAND_SHARP_PAST, HALFBAND_SHARP, frames);
    keep(history->up, row, HALFBAND_SHARP_PAST, frames);
}

typedef struct rows_down {
    float first[HALFBAND_SHARP_PAST + SPAN_FRAMES], second[HALFBAND_SHARP_PAIRS + SPAN_FRAMES];
} rows_down;

static void go_down(float *out, rows_down *rows, uint32_t lag, shaper_history *history,
                    uint32_t frames) {
    recall(rows->first, history->first, HALFBAND_SHARP_PAST);
    recall(rows->second, history->second, HALFBAND_SHARP_PAIRS);
    kernel_halfband_down(out, rows->first + HALFBAND_SHARP_PAST, rows->second + HALFBAND_SHARP_PAIRS,
                         lag, HALFBAND_SHARP, frames);
    keep(history->first, rows->first, HALFBAND_SHARP_PAST, frames);
    keep(history->second, rows->second, HALFBAND_SHARP_PAIRS, frames);
}

static void span_2x(float *out, const float *in, const shaper_curve *curve, shaper_history *history,
                    uint32_t frames) {
    float even[SPAN_FRAMES], odd[SPAN_FRAMES];
    rows_down rows;
    go_up(even, odd, in, history, frames);
    shape_span(rows.first + HALFBAND_SHARP_PAST, even, curve, frames);
    shape_span(rows.second + HALFBAND_SHARP_PAIRS, odd, curve, frames);
    go_down(out, &rows, HALFBAND_SHARP_PAIRS, history, frames);
}

/* inner[0 .. 2 frames) at twice the rate, shaped at four times. */
static void shape_inner(float *inner, const float *even, const float *odd, const shaper_curve *curve,
                        shaper_history *history, uint32_t frames) {
    float up[HALFBAND_SOFT_PAST + INNER_FRAMES], first[HALFBAND_SOFT_PAST + INNER_FRAMES];
    float second[HALFBAND_SOFT_PAIRS + INNER_FRAMES], twice_even[INNER_FRAMES], twice_odd[INNER_FRAMES];
    recall(up, history->soft_up, HALFBAND_SOFT_PAST);
    recall(first, history->soft_first, HALFBAND_SOFT_PAST);
    recall(second, history->soft_second, HALFBAND_SOFT_PAIRS);
    for (uint32_t i = 0; i < frames; i++) {
        up[HALFBAND_SOFT_PAST + 2 * i] = even[i];
        up[HALFBAND_SOFT_PAST + 2 * i + 1] = odd[i];
    }
    kernel_halfband_up(twice_even, twice_odd, up + HALFBAND_SOFT_PAST, HALFBAND_SOFT, 2 * frames);
    shape_span(first + HALFBAND_SOFT_PAST, twice_even, curve, 2 * frames);
    shape_span(second + HALFBAND_SOFT_PAIRS, twice_odd, curve, 2 * frames);
    kernel_halfband_down(inner, first + HALFBAND_SOFT_PAST, second + HALFBAND_SOFT_PAIRS,
                         HALFBAND_SOFT_PAIRS, HALFBAND_SOFT, 2 * frames);
    keep(history->soft_up, up, HALFBAND_SOFT_PAST, 2 * frames);
    keep(history->soft_first, first, HALFBAND_SOFT_PAST, 2 * frames);
    keep(history->soft_second, second, HALFBAND_SOFT_PAIRS, 2 * frames);
}

/* The inner way is an odd number of frames of the doubled rate long: that the outer way down takes the other
 * phase makes the sum whole frames. */
static void span_4x(float *out, const float *in, const shaper_curve *curve, shaper_history *history,
                    uint32_t frames) {
    float even[SPAN_FRAMES], odd[SPAN_FRAMES], inner[INNER_FRAMES];
    rows_down rows;
    go_up(even, odd, in, history, frames);
    shape_inner(inner, even, odd, curve, history, frames);
    for (uint32_t i = 0; i < frames; i++) {
        rows.second[HALFBAND_SHARP_PAIRS + i] = inner[2 * i];
        rows.first[HALFBAND_SHARP_PAST + i] = inner[2 * i + 1];
    }
    go_down(out, &rows, HALFBAND_SHARP_PAIRS - 1, history, frames);
}

void kernel_shape_2x(float *out, const float *in, const shaper_curve *curve, shaper_history *history,
                     uint32_t frames) {
    for (uint32_t begin = 0; begin < frames; begin += SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        span_2x(out + begin, in + begin, curve, history, left < SPAN_FRAMES ? left : SPAN_FRAMES);
    }
}

void kernel_shape_4x(float *out, const float *in, const shaper_curve *curve, shaper_history *history,
                     uint32_t frames) {
    for (uint32_t begin = 0; begin < frames; begin += SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        span_4x(out + begin, in + begin, curve, history, left < SPAN_FRAMES ? left : SPAN_FRAMES);
    }
}
