/* The recurrence of biquad.h: alone, in lanes, and with coefficients that vary. All three evaluate the
 * same expression in the same order.
 */
#include "biquad.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Below it no float can tell the difference, in any sum that a section with 300 dB of gain makes. */
#define HISTORY_LEAST 1e-60

/* The order leaves one multiplication and one subtraction between y[n-1] and y[n]. */
static inline double section(const biquad_coefficients *by, const biquad_history *history, double x) {
    return ((by->b0 * x + by->b1 * history->x1 + by->b2 * history->x2) - by->a2 * history->y2) -
           by->a1 * history->y1;
}

static inline biquad_history shifted(const biquad_history *history, double x, double y) {
    return (biquad_history){ .x1 = x, .x2 = history->x1, .y1 = y, .y2 = history->y1 };
}

/* At the end of a span. NaN and infinity compare false. */
static void settle(biquad_history *history, float *out, uint32_t frames) {
    const double limit = 1e300;
    if (!(fabs(history->x1) < limit && fabs(history->x2) < limit && fabs(history->y1) < limit &&
          fabs(history->y2) < limit)) {
        *history = (biquad_history){ 0 };
        memset(out, 0, frames * sizeof *out);
        return;
    }
    history->y1 = fabs(history->y1) < HISTORY_LEAST ? 0.0 : history->y1;
    history->y2 = fabs(history->y2) < HISTORY_LEAST ? 0.0 : history->y2;
}

void kernel_biquad_varying(const float *in, float *out, const biquad_coefficients coefficients[],
                           biquad_history *history, uint32_t frames) {
    assert(frames <= BIQUAD_SPAN_FRAMES);
    biquad_history past = *history;
    for (uint32_t i = 0; i < frames; i++) {
        const double x = in[i], y = section(&coefficients[i], &past, x);
        past = shifted(&past, x, y);
        out[i] = (float)y;
    }
    settle(&past, out, frames);
    *history = past;
}

/* A span in two steps: first all that does not wait for y[n-1], which runs at full width, then the
 * recurrence alone. */
static void run_alone(const biquad_lane *lane, uint32_t frames) {
    const biquad_coefficients by = *lane->coefficients;
    biquad_history past = *lane->history;
    double forward[BIQUAD_SPAN_FRAMES + 1];
    const float *in = lane->in;
    float *out = lane->out;
    for (uint32_t i = 0; i < frames; i++) {
        const double x = in[i];
        forward[i] = by.b0 * x + by.b1 * past.x1 + by.b2 * past.x2;
        past.x2 = past.x1;
        past.x1 = x;
    }
    forward[frames] = 0.0;
    double waiting = forward[0] - by.a2 * past.y2;
    for (uint32_t i = 0; i < frames; i++) {
        const double y = waiting - by.a1 * past.y1;
        waiting = forward[i + 1] - by.a2 * past.y1; /* of the next: off the path from y to y */
        past.y2 = past.y1;
        past.y1 = y;
        out[i] = (float)y;
    }
    settle(&past, out, frames);
    *lane->history = past;
}

/* Two lanes in the widest vector that every target has; four of those in flight hide the latency. */
typedef double lane_pair __attribute__((vector_size(16)));
enum { PAIR_COUNT = BIQUAD_LANE_COUNT / 2 };
typedef lane_pair lane_row[PAIR_COUNT]; /* of one frame */

static void pair_forward(lane_row rows[], uint32_t pair, const biquad_lane *a, const biquad_lane *b,
                         uint32_t frames) {
    const biquad_coefficients *by_a = a->coefficients, *by_b = b->coefficients;
    const lane_pair b0 = { by_a->b0, by_b->b0 }, b1 = { by_a->b1, by_b->b1 };
    const lane_pair b2 = { by_a->b2, by_b->b2 };
    lane_pair x1 = { a->history->x1, b->history->x1 }, x2 = { a->history->x2, b->history->x2 };
    const float *in_a = a->in, *in_b = b->in;
    for (uint32_t i = 0; i < frames; i++) {
        const lane_pair x = { in_a[i], in_b[i] };
        rows[i][pair] = b0 * x + b1 * x1 + b2 * x2;
        x2 = x1;
        x1 = x;
    }
    a->history->x1 = x1[0];
    b->history->x1 = x1[1];
    a->history->x2 = x2[0];
    b->history->x2 = x2[1];
}

/* pair_count is a constant where this is inlined, so that y1 and y2 stay in registers. */
static inline void rows_back(lane_row rows[], uint32_t pair_count, const biquad_lane lanes[],
                             uint32_t frames) {
    lane_row a1, a2, y1, y2;
    for (uint32_t pair = 0; pair < pair_count; pair++) {
        const biquad_lane *a = &lanes[2 * pair], *b = a + 1;
        a1[pair] = (lane_pair){ a->coefficients->a1, b->coefficients->a1 };
        a2[pair] = (lane_pair){ a->coefficients->a2, b->coefficients->a2 };
        y1[pair] = (lane_pair){ a->history->y1, b->history->y1 };
        y2[pair] = (lane_pair){ a->history->y2, b->history->y2 };
    }
    for (uint32_t i = 0; i < frames; i++) {
        for (uint32_t pair = 0; pair < pair_count; pair++) {
            const lane_pair y = (rows[i][pair] - a2[pair] * y2[pair]) - a1[pair] * y1[pair];
            y2[pair] = y1[pair];
            y1[pair] = y;
            rows[i][pair] = y;
        }
    }
    for (uint32_t lane = 0; lane < 2 * pair_count; lane++) {
        lanes[lane].history->y1 = y1[lane / 2][lane % 2];
        lanes[lane].history->y2 = y2[lane / 2][lane % 2];
    }
}

static void pair_store(lane_row rows[], uint32_t pair, const biquad_lane *a, const biquad_lane *b,
                       uint32_t frames) {
    float *out_a = a->out, *out_b = b->out;
    for (uint32_t i = 0; i < frames; i++) {
        const lane_pair y = rows[i][pair];
        out_a[i] = (float)y[0];
        out_b[i] = (float)y[1];
    }
    settle(a->history, out_a, frames);
    settle(b->history, out_b, frames);
}

/* Lanes without work read what another reads, times 0, and write to nowhere. */
static inline void run_pairs(const biquad_lane some[], uint32_t count, uint32_t pair_count,
                             uint32_t frames) {
    static const biquad_coefficients nothing;
    biquad_lane lanes[BIQUAD_LANE_COUNT];
    biquad_history idle[BIQUAD_LANE_COUNT] = { { 0 } };
    float scratch[BIQUAD_SPAN_FRAMES];
    lane_row rows[BIQUAD_SPAN_FRAMES];
    memcpy(lanes, some, count * sizeof *some);
    for (uint32_t lane = count; lane < 2 * pair_count; lane++) {
        lanes[lane] = (biquad_lane){ some[0].in, scratch, &nothing, &idle[lane] };
    }
    for (uint32_t pair = 0; pair < pair_count; pair++) {
        pair_forward(rows, pair, &lanes[2 * pair], &lanes[2 * pair + 1], frames);
    }
    rows_back(rows, pair_count, lanes, frames);
    for (uint32_t pair = 0; pair < pair_count; pair++) {
        pair_store(rows, pair, &lanes[2 * pair], &lanes[2 * pair + 1], frames);
    }
}

static void run_span(const biquad_lane lanes[], uint32_t count, uint32_t frames) {
    if (count == 1) {
        run_alone(lanes, frames);
    } else if (count == 2) {
        run_pairs(lanes, count, 1, frames);
    } else if (count <= 4) {
        run_pairs(lanes, count, 2, frames);
    } else {
        run_pairs(lanes, count, PAIR_COUNT, frames);
    }
}

void kernel_biquad_lanes(const biquad_lane lanes[], uint32_t count, uint32_t frames) {
    assert(count >= 1 && count <= BIQUAD_LANE_COUNT);
    biquad_lane spans[BIQUAD_LANE_COUNT];
    memcpy(spans, lanes, count * sizeof *lanes);
    for (uint32_t begin = 0; begin < frames; begin += BIQUAD_SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        const uint32_t span = left < BIQUAD_SPAN_FRAMES ? left : BIQUAD_SPAN_FRAMES;
        run_span(spans, count, span);
        for (uint32_t lane = 0; lane < count; lane++) {
            spans[lane].in += span;
            spans[lane].out += span;
        }
    }
}
