/* src/kernels/biquad_formulas.h -- the formulas of biquad.h, for one frame and for a span of them.
 *
 * Series in place of libm: a-rate parameters need them for every frame, they run several frames at a time, and
 * the same bits come out on every platform. Nothing here branches on a value, only on the type, which is a
 * constant wherever there is a loop.
 *
 * All is written with s = sin(w0 / 2), c = cos(w0 / 2): 1 - cos w0 is 2 s^2, which keeps its digits at
 * a few Hz where the difference has none left.
 */
#ifndef WA_SRC_KERNELS_BIQUAD_FORMULAS_H
#define WA_SRC_KERNELS_BIQUAD_FORMULAS_H
#include "biquad.h"
#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* sin(x pi/2) for x in [0, 1]: Taylor, rest below 3e-16. */
INLINE double sine_of_quarter(double x) {
    const double t = x * x;
    double sum = -4.3770654673137423e-14;
    sum = sum * t + 6.0669357311061955e-12;
    sum = sum * t + -6.6880351098114677e-10;
    sum = sum * t + 5.6921729219679267e-08;
    sum = sum * t + -3.5988432352120852e-06;
    sum = sum * t + 0.00016044118478735983;
    sum = sum * t + -0.0046817541353186883;
    sum = sum * t + 0.079692626246167048;
    sum = sum * t + -0.64596409750624628;
    sum = sum * t + 1.5707963267948966;
    return sum * x;
}

/* 2^x, x clamped to [-1000, 1000]: Taylor around the nearest integer, rest below 2e-16. Exact for
 * integers. Adding ROUNDER leaves that integer in the lowest bits, where the exponent is made of it. */
#define ROUNDER 0x1.8p52
INLINE double power_of_two(double x) {
    const double clamped = x < -1000.0 ? -1000.0 : x > 1000.0 ? 1000.0 : x;
    const double rounded = clamped + ROUNDER;
    const double t = clamped - (rounded - ROUNDER);
    double sum = 2.5678435993488206e-11;
    sum = sum * t + 4.4455382718708116e-10;
    sum = sum * t + 7.0549116208011234e-09;
    sum = sum * t + 1.01780860092397e-07;
    sum = sum * t + 1.321548679014431e-06;
    sum = sum * t + 1.5252733804059841e-05;
    sum = sum * t + 0.00015403530393381609;
    sum = sum * t + 0.0013333558146428443;
    sum = sum * t + 0.0096181291076284769;
    sum = sum * t + 0.055504108664821583;
    sum = sum * t + 0.24022650695910072;
    sum = sum * t + 0.69314718055994529;
    sum = sum * t + 1.0;
    uint64_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    bits = (bits + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return sum * scale;
}

INLINE double detune_of(double detune_cents) {
    return power_of_two(detune_cents / 1200.0);
}

INLINE double frequency_of(double frequency_hz, double detune, double nyquist_hz) {
    const double part = frequency_hz * detune / nyquist_hz;
    return part < 0.0 ? 0.0 : part > 1.0 ? 1.0 : part;
}

INLINE bool is_q_in_db(wa_biquad_filter_type type) {
    return type == WA_BIQUAD_FILTER_LOWPASS || type == WA_BIQUAD_FILTER_HIGHPASS;
}

INLINE double q_of(wa_biquad_filter_type type, double q) {
    if (is_q_in_db(type)) {
        const double q_db_max = 770.63678; /* 20 log10 of the largest float */
        const double q_db = q < -q_db_max ? -q_db_max : q > q_db_max ? q_db_max : q;
        return power_of_two(q_db * 0.16609640474436813); /* log2(10) / 20 */
    }
    return q > 0.0 ? q : 0.0;
}

INLINE double amplitude_of(double gain_db) {
    const double gain_db_max = (double)BIQUAD_GAIN_DB_MAX;
    const double clamped = gain_db > gain_db_max    ? gain_db_max
                           : gain_db < -gain_db_max ? -gain_db_max
                                                    : gain_db;
    return power_of_two(clamped * 0.083048202372184059); /* log2(10) / 40 */
}

INLINE bool is_shelf(wa_biquad_filter_type type) {
    return type == WA_BIQUAD_FILTER_LOWSHELF || type == WA_BIQUAD_FILTER_HIGHSHELF;
}

typedef struct angle {
    double sine, cosine;             /* of w0 */
    double sine_half2, cosine_half2; /* squares of those of w0 / 2 */
} angle;

INLINE angle angle_of(double frequency) {
    const double s = sine_of_quarter(frequency), c = sine_of_quarter(1.0 - frequency);
    return (angle){
        .sine = 2.0 * s * c, .cosine = (c - s) * (c + s), .sine_half2 = s * s, .cosine_half2 = c * c
    };
}

INLINE biquad_coefficients divided(double b0, double b1, double b2, double a0, double a1, double a2) {
    const double scale = 1.0 / a0;
    return (biquad_coefficients){ b0 * scale, b1 * scale, b2 * scale, a1 * scale, a2 * scale };
}

INLINE biquad_coefficients shelf(bool is_low, const angle *w, double a) {
    const double rest = w->sine * sqrt(2.0 * a); /* 2 alpha_S sqrt(A), with S = 1 */
    const double cosine = is_low ? w->cosine : -w->cosine;
    const double sign = is_low ? 1.0 : -1.0;
    const double b_base = (a + 1.0) - (a - 1.0) * cosine, a_base = (a + 1.0) + (a - 1.0) * cosine;
    return divided(a * (b_base + rest), sign * 2.0 * a * ((a - 1.0) - (a + 1.0) * cosine),
                   a * (b_base - rest), a_base + rest, sign * -2.0 * ((a - 1.0) + (a + 1.0) * cosine),
                   a_base - rest);
}

/* Frequency inside (0, 1), and q above 0 unless it is a shelf. */
INLINE biquad_coefficients coefficients_inside(wa_biquad_filter_type type, double frequency, double q,
                                               double a) {
    const angle w = angle_of(frequency);
    const double alpha = w.sine / (2.0 * q), middle = -2.0 * w.cosine;
    switch (type) {
    case WA_BIQUAD_FILTER_LOWPASS:
        return divided(w.sine_half2, 2.0 * w.sine_half2, w.sine_half2, 1.0 + alpha, middle,
                       1.0 - alpha);
    case WA_BIQUAD_FILTER_HIGHPASS:
        return divided(w.cosine_half2, -2.0 * w.cosine_half2, w.cosine_half2, 1.0 + alpha, middle,
                       1.0 - alpha);
    case WA_BIQUAD_FILTER_BANDPASS:
        return divided(alpha, 0.0, -alpha, 1.0 + alpha, middle, 1.0 - alpha);
    case WA_BIQUAD_FILTER_PEAKING:
        return divided(1.0 + alpha * a, middle, 1.0 - alpha * a, 1.0 + alpha / a, middle,
                       1.0 - alpha / a);
    case WA_BIQUAD_FILTER_NOTCH:
        return divided(1.0, middle, 1.0, 1.0 + alpha, middle, 1.0 - alpha);
    case WA_BIQUAD_FILTER_ALLPASS:
        return divided(1.0 - alpha, middle, 1.0 + alpha, 1.0 + alpha, middle, 1.0 - alpha);
    default:
        return shelf(type == WA_BIQUAD_FILTER_LOWSHELF, &w, a);
    }
}

#undef INLINE
#endif /* WA_SRC_KERNELS_BIQUAD_FORMULAS_H */
