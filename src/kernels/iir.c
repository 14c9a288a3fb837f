/* The difference equation of iir.h, a span at a time: first what waits for no y, which vectorises, then the
 * recurrence alone, the newest y last. Neither order depends on how frames are cut into spans. */
#include "iir.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { SPAN_FRAMES = 64, ROW_FRAMES = IIR_ORDER_MAX + SPAN_FRAMES };

/* Rows begin with IIR_ORDER_MAX frames of history; frame i of the span is [IIR_ORDER_MAX + i]. */
static void forward(double *restrict sum, const double *restrict x, const iir_coefficients *by,
                    uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        sum[i] = by->b[0] * x[IIR_ORDER_MAX + i];
    }
    for (uint32_t k = 1; k <= by->forward_order; k++) {
        const double b = by->b[k];
        const double *past = x + IIR_ORDER_MAX - k;
        for (uint32_t i = 0; i < frames; i++) {
            sum[i] += b * past[i];
        }
    }
}

/* The newest y stays in a register: from one to the next there is a multiplication and a subtraction. */
static void back(double *y, const double *sum, const iir_coefficients *by, uint32_t frames) {
    const double a1 = by->back_order > 0 ? by->a[1] : 0.0;
    double newest = y[IIR_ORDER_MAX - 1];
    for (uint32_t i = 0; i < frames; i++) {
        double *now = y + IIR_ORDER_MAX + i;
        double value = sum[i];
        for (uint32_t k = by->back_order; k > 1; k--) {
            value -= by->a[k] * now[-(int32_t)k];
        }
        newest = value - a1 * newest;
        *now = newest;
    }
}

/* NaN compares false. */
static bool fit_floats(const double *values, uint32_t count) {
    bool fits = true;
    for (uint32_t i = 0; i < count; i++) {
        fits &= fabs(values[i]) <= (double)FLT_MAX;
    }
    return fits;
}

static void keep(double *history, const double *row, uint32_t frames) {
    const double least = 1e-60;
    for (uint32_t i = 0; i < IIR_ORDER_MAX; i++) {
        const double value = row[frames + i];
        history[i] = fabs(value) < least ? 0.0 : value;
    }
}

static void run_span(const float *in, float *out, const iir_coefficients *by, iir_history *history,
                     uint32_t frames) {
    double x[ROW_FRAMES], y[ROW_FRAMES], sum[SPAN_FRAMES];
    memcpy(x, history->x, sizeof history->x);
    memcpy(y, history->y, sizeof history->y);
    for (uint32_t i = 0; i < frames; i++) {
        x[IIR_ORDER_MAX + i] = (double)in[i];
    }
    forward(sum, x, by, frames);
    back(y, sum, by, frames);
    if (!fit_floats(x + IIR_ORDER_MAX, frames) || !fit_floats(y + IIR_ORDER_MAX, frames)) {
        memset(history, 0, sizeof *history);
        memset(out, 0, frames * sizeof *out);
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = (float)y[IIR_ORDER_MAX + i];
    }
    keep(history->x, x, frames);
    keep(history->y, y, frames);
}

void kernel_iir(const float *in, float *out, const iir_coefficients *by, iir_history *history,
                uint32_t frames) {
    assert(by->forward_order <= IIR_ORDER_MAX && by->back_order <= IIR_ORDER_MAX);
    for (uint32_t begin = 0; begin < frames; begin += SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        run_span(in + begin, out + begin, by, history, left < SPAN_FRAMES ? left : SPAN_FRAMES);
    }
}

bool iir_is_over(const iir_coefficients *by, const iir_history *history) {
    for (uint32_t k = 1; k <= by->forward_order; k++) {
        if (history->x[IIR_ORDER_MAX - k] != 0.0) {
            return false;
        }
    }
    for (uint32_t k = 1; k <= by->back_order; k++) {
        if (fabs(history->y[IIR_ORDER_MAX - k]) >= 0x1p-80) {
            return false;
        }
    }
    return true;
}

/* sum of c[k] e^(-jwk), for k = 0 .. order */
static void transform(const double *c, uint32_t order, double angle, double *re, double *im) {
    *re = *im = 0.0;
    for (uint32_t k = 0; k <= order; k++) {
        *re += c[k] * cos(angle * k);
        *im -= c[k] * sin(angle * k);
    }
}

void iir_response(const iir_coefficients *by, double angle, double *magnitude, double *phase) {
    double top_re, top_im, bottom_re, bottom_im;
    transform(by->b, by->forward_order, angle, &top_re, &top_im);
    transform(by->a, by->back_order, angle, &bottom_re, &bottom_im);
    *magnitude = hypot(top_re, top_im) / hypot(bottom_re, bottom_im);
    *phase = atan2(top_im * bottom_re - top_re * bottom_im, top_re * bottom_re + top_im * bottom_im);
}
