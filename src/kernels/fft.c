/* Stockham autosort, radix 4 by decimation in frequency, one radix-2 stage when log2(length) is odd.
 *
 *   stage of sub-length m and stride s (m s = length):
 *     x[q + s (p + j m/4)], j = 0..3  -->  butterfly, twiddle w^(j p)  -->  y[q + s (4 p + j)]
 *
 * It sorts as it goes, so every stage reads and writes runs of s floats: plain loops vectorise, and
 * there is no bit reversal. It is not in place: stages alternate between the caller's planes and work.
 */
#include "fft.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

typedef struct planes {
    float *real, *imag;
} planes;

/* Six rows of m / 4 for each radix-4 stage. */
static uint32_t stage_floats(uint32_t length) {
    uint32_t total = 0;
    for (uint32_t m = length; m >= 4; m /= 4) {
        total += 6 * (m / 4);
    }
    return total;
}

uint32_t fft_plan_floats(uint32_t length) {
    assert(length >= 1 && length <= FFT_LENGTH_MAX);
    assert((length & (length - 1)) == 0);
    return stage_floats(length) + 2 * (length / 2 + 1);
}

static float *stage_init(float *row, uint32_t m) {
    const uint32_t quarter = m / 4;
    for (uint32_t power = 1; power <= 3; power++) {
        for (uint32_t p = 0; p < quarter; p++) {
            const double angle = 2.0 * pi * (double)(power * p) / (double)m;
            row[p] = (float)cos(angle);
            row[quarter + p] = (float)-sin(angle);
        }
        row += (size_t)2 * quarter;
    }
    return row;
}

void fft_plan_init(fft_plan *plan, uint32_t length, float *table) {
    assert(length >= 1 && length <= FFT_LENGTH_MAX);
    assert((length & (length - 1)) == 0);
    float *row = table;
    for (uint32_t m = length; m >= 4; m /= 4) {
        row = stage_init(row, m);
    }
    const uint32_t half_count = length / 2 + 1;
    for (uint32_t k = 0; k < half_count; k++) {
        row[k] = (float)cos(pi * (double)k / (double)length);
        row[half_count + k] = (float)-sin(pi * (double)k / (double)length);
    }
    *plan = (fft_plan){ .length = length, .stages = table, .halves = row };
}

/* The stage of stride 1: its run is one frame long, so the loop goes over the angles instead. */
static void stage_first(uint32_t quarter, const float *restrict w, const float *restrict xr,
                        const float *restrict xi, float *restrict yr, float *restrict yi) {
    const float *restrict w1r = w, *restrict w1i = w + quarter;
    const float *restrict w2r = w + 2 * (size_t)quarter, *restrict w2i = w + 3 * (size_t)quarter;
    const float *restrict w3r = w + 4 * (size_t)quarter, *restrict w3i = w + 5 * (size_t)quarter;
    for (uint32_t p = 0; p < quarter; p++) {
        const float ar = xr[p], ai = xi[p];
        const float br = xr[p + quarter], bi = xi[p + quarter];
        const float cr = xr[p + 2 * quarter], ci = xi[p + 2 * quarter];
        const float dr = xr[p + 3 * quarter], di = xi[p + 3 * quarter];
        const float sr = ar + cr, si = ai + ci, tr = ar - cr, ti = ai - ci;
        const float ur = br + dr, ui = bi + di, vr = br - dr, vi = bi - di;
        const float er = tr + vi, ei = ti - vr, fr = sr - ur, fi = si - ui;
        const float gr = tr - vi, gi = ti + vr;
        yr[4 * p] = sr + ur;
        yi[4 * p] = si + ui;
        yr[4 * p + 1] = er * w1r[p] - ei * w1i[p];
        yi[4 * p + 1] = er * w1i[p] + ei * w1r[p];
        yr[4 * p + 2] = fr * w2r[p] - fi * w2i[p];
        yi[4 * p + 2] = fr * w2i[p] + fi * w2r[p];
        yr[4 * p + 3] = gr * w3r[p] - gi * w3i[p];
        yi[4 * p + 3] = gr * w3i[p] + gi * w3r[p];
    }
}

/* One angle's run of `stride` butterflies. w: cos, -sin of 1, 2, 3 times the angle. */
static void run_of_four(uint32_t stride, size_t step, const float w[6], const float *restrict xr,
                        const float *restrict xi, float *restrict yr, float *restrict yi) {
    const float w1r = w[0], w1i = w[1], w2r = w[2], w2i = w[3], w3r = w[4], w3i = w[5];
    for (uint32_t q = 0; q < stride; q++) {
        const float ar = xr[q], ai = xi[q];
        const float br = xr[q + step], bi = xi[q + step];
        const float cr = xr[q + 2 * step], ci = xi[q + 2 * step];
        const float dr = xr[q + 3 * step], di = xi[q + 3 * step];
        const float sr = ar + cr, si = ai + ci, tr = ar - cr, ti = ai - ci;
        const float ur = br + dr, ui = bi + di, vr = br - dr, vi = bi - di;
        const float er = tr + vi, ei = ti - vr, fr = sr - ur, fi = si - ui;
        const float gr = tr - vi, gi = ti + vr;
        yr[q] = sr + ur;
        yi[q] = si + ui;
        yr[q + stride] = er * w1r - ei * w1i;
        yi[q + stride] = er * w1i + ei * w1r;
        yr[q + 2 * (size_t)stride] = fr * w2r - fi * w2i;
        yi[q + 2 * (size_t)stride] = fr * w2i + fi * w2r;
        yr[q + 3 * (size_t)stride] = gr * w3r - gi * w3i;
        yi[q + 3 * (size_t)stride] = gr * w3i + gi * w3r;
    }
}

static void stage_of_four(uint32_t m, uint32_t stride, const float *w, planes x, planes y) {
    const uint32_t quarter = m / 4;
    if (stride == 1) {
        stage_first(quarter, w, x.real, x.imag, y.real, y.imag);
        return;
    }
    const size_t step = (size_t)stride * quarter;
    for (uint32_t p = 0; p < quarter; p++) {
        const float angle[6] = { w[p],
                                 w[quarter + p],
                                 w[2 * (size_t)quarter + p],
                                 w[3 * (size_t)quarter + p],
                                 w[4 * (size_t)quarter + p],
                                 w[5 * (size_t)quarter + p] };
        const size_t from = (size_t)stride * p;
        run_of_four(stride, step, angle, x.real + from, x.imag + from, y.real + 4 * from,
                    y.imag + 4 * from);
    }
}

static void stage_of_two(uint32_t half, const float *restrict xr, const float *restrict xi,
                         float *restrict yr, float *restrict yi) {
    for (uint32_t q = 0; q < half; q++) {
        const float ar = xr[q], ai = xi[q], br = xr[q + half], bi = xi[q + half];
        yr[q] = ar + br;
        yi[q] = ai + bi;
        yr[q + half] = ar - br;
        yi[q + half] = ai - bi;
    }
}

void fft_forward(const fft_plan *plan, float *real, float *imag, float *work) {
    const uint32_t length = plan->length;
    planes x = { real, imag }, y = { work, work + length };
    const float *w = plan->stages;
    uint32_t m = length, stride = 1;
    for (; m >= 4; m /= 4, stride *= 4) {
        stage_of_four(m, stride, w, x, y);
        w += (size_t)6 * (m / 4);
        const planes swap = x;
        x = y;
        y = swap;
    }
    if (m == 2) {
        stage_of_two(stride, x.real, x.imag, y.real, y.imag);
        x = y;
    }
    if (x.real != real) {
        memcpy(real, x.real, length * sizeof(float));
        memcpy(imag, x.imag, length * sizeof(float));
    }
}

/* Exchanging real and imaginary parts before and after conjugates the transform. */
void fft_inverse(const fft_plan *plan, float *real, float *imag, float *work) {
    fft_forward(plan, imag, real, work);
}

void fft_real_forward(const fft_plan *plan, const float *in, float *real, float *imag, float *work) {
    const uint32_t length = plan->length;
    for (uint32_t k = 0; k < length; k++) { /* even frames are the real parts, odd the imaginary */
        real[k] = in[2 * (size_t)k];
        imag[k] = in[2 * (size_t)k + 1];
    }
    fft_forward(plan, real, imag, work);

    const float first_real = real[0], first_imag = imag[0];
    const float *wr = plan->halves, *wi = wr + length / 2 + 1;
    for (uint32_t k = 1; k <= length / 2; k++) {
        const uint32_t mirror = length - k;
        const float even_real = 0.5f * (real[k] + real[mirror]);
        const float even_imag = 0.5f * (imag[k] - imag[mirror]);
        const float odd_real = 0.5f * (imag[k] + imag[mirror]);
        const float odd_imag = 0.5f * (real[mirror] - real[k]);
        const float turned_real = odd_real * wr[k] - odd_imag * wi[k];
        const float turned_imag = odd_real * wi[k] + odd_imag * wr[k];
        real[k] = even_real + turned_real;
        imag[k] = even_imag + turned_imag;
        real[mirror] = even_real - turned_real;
        imag[mirror] = turned_imag - even_imag;
    }
    real[0] = first_real + first_imag;
    real[length] = first_real - first_imag;
    imag[0] = 0.0f;
    imag[length] = 0.0f;
}

void fft_real_inverse(const fft_plan *plan, float *real, float *imag, float *out, float *work) {
    const uint32_t length = plan->length;
    const float dc = real[0], nyquist = real[length];
    const float *wr = plan->halves, *wi = wr + length / 2 + 1;
    real[0] = dc + nyquist;
    imag[0] = dc - nyquist;
    for (uint32_t k = 1; k <= length / 2; k++) {
        const uint32_t mirror = length - k;
        const float even_real = real[k] + real[mirror], even_imag = imag[k] - imag[mirror];
        const float twice_real = real[k] - real[mirror], twice_imag = imag[k] + imag[mirror];
        const float odd_real = twice_real * wr[k] + twice_imag * wi[k];
        const float odd_imag = twice_imag * wr[k] - twice_real * wi[k];
        real[k] = even_real - odd_imag;
        imag[k] = even_imag + odd_real;
        real[mirror] = even_real + odd_imag;
        imag[mirror] = odd_real - even_imag;
    }
    fft_inverse(plan, real, imag, work);
    for (uint32_t k = 0; k < length; k++) {
        out[2 * (size_t)k] = real[k];
        out[2 * (size_t)k + 1] = imag[k];
    }
}
