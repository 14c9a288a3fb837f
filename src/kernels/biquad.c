/* The recurrence of biquad.h: alone, and with coefficients that vary; side by side in biquad_lanes_tmpl.h. All
 * three evaluate the same expression in the same order.
 */
#include "biquad.h"
#include "variants.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* Below it no float can tell the difference, in any sum that a section with 300 dB of gain makes. */
#define HISTORY_LEAST 1e-60

/* NaN and infinity compare false. */
void biquad_settle(biquad_history *history, float *out, uint32_t frames) {
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

/* A span in two steps: first all that does not wait for y[n-1], which runs at full width, then the
 * recurrence alone. The order leaves one multiplication and one subtraction between y[n-1] and y[n]. */
KERNEL_LOOP static void forward_varying(double *restrict forward, const double *restrict past,
                                        const biquad_series *restrict by, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        forward[i] = by->b0[i] * past[i + 2] + by->b1[i] * past[i + 1] + by->b2[i] * past[i];
    }
}

void kernel_biquad_varying(const float *in, float *out, const biquad_series *by,
                           biquad_history *history, uint32_t frames) {
    assert(frames >= 1 && frames <= BIQUAD_SPAN_FRAMES);
    double past[BIQUAD_SPAN_FRAMES + 2], forward[BIQUAD_SPAN_FRAMES];
    past[0] = history->x2;
    past[1] = history->x1;
    for (uint32_t i = 0; i < frames; i++) {
        past[i + 2] = in[i];
    }
    forward_varying(forward, past, by, frames);
    double y1 = history->y1, y2 = history->y2;
    for (uint32_t i = 0; i < frames; i++) {
        const double y = (forward[i] - by->a2[i] * y2) - by->a1[i] * y1;
        y2 = y1;
        y1 = y;
        out[i] = (float)y;
    }
    *history = (biquad_history){ .x1 = past[frames + 1], .x2 = past[frames], .y1 = y1, .y2 = y2 };
    biquad_settle(history, out, frames);
}

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
    biquad_settle(&past, out, frames);
    *lane->history = past;
}

void kernel_biquad_lanes(const biquad_lane lanes[], uint32_t count, uint32_t frames) {
    assert(count >= 1 && count <= BIQUAD_LANE_COUNT);
    const kernel_variant *variant = kernel_variant_best();
    biquad_lane spans[BIQUAD_LANE_COUNT];
    memcpy(spans, lanes, count * sizeof *lanes);
    for (uint32_t begin = 0; begin < frames; begin += BIQUAD_SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        const uint32_t span = left < BIQUAD_SPAN_FRAMES ? left : BIQUAD_SPAN_FRAMES;
        if (count == 1) {
            run_alone(spans, span);
        } else {
            variant->biquad_lanes(spans, count, span);
        }
        for (uint32_t lane = 0; lane < count; lane++) {
            spans[lane].in += span;
            spans[lane].out += span;
        }
    }
}
