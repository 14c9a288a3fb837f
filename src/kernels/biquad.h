/* src/kernels/biquad.h -- second-order sections: coefficients of the eight types, and the recurrence.
 *
 *   y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a2 y[n-2] - a1 y[n-1]     direct form 1, in double
 *
 * One section is bound by the latency of its own recurrence, so the kernel takes several at a time, side
 * by side. What a lane gives depends on nothing beside it, to the bit. Thread: any
 */
#ifndef WA_SRC_KERNELS_BIQUAD_H
#define WA_SRC_KERNELS_BIQUAD_H
#include "wavepool/node.h"
#include <stdbool.h>
#include <stdint.h>

enum { BIQUAD_LANE_COUNT = 16 };

typedef struct biquad_coefficients {
    double b0, b1, b2, a1, a2; /* divided by a0 */
} biquad_coefficients;

typedef struct biquad_history {
    double x1, x2, y1, y2;
} biquad_history;

/* What the parameters mean, ready for the formulas. */
typedef struct biquad_shape {
    double frequency; /* of nyquist, [0, 1] */
    double q;         /* linear, at least 0: biquad_q() */
    double amplitude; /* 10^(gain / 40): biquad_amplitude() */
} biquad_shape;

/* 2^(detune / 1200). */
double biquad_detune(double detune_cents);
/* frequency_hz * detune as part of nyquist, clamped to [0, 1]. */
double biquad_frequency(double frequency_hz, double detune, double nyquist_hz);
/* Lowpass and highpass: dB to linear. The others: linear, and 0 for what is below. */
double biquad_q(wa_biquad_filter_type type, double q);
#define BIQUAD_GAIN_DB_MAX 1541.273681640625f /* 40 log10 of the largest float */
double biquad_amplitude(double gain_db);

/* Web Audio 1.1, "Filters Characteristics", with the limits where a formula has none: frequency 0 and
 * nyquist, q 0. */
biquad_coefficients biquad_coefficients_of(wa_biquad_filter_type type, const biquad_shape *shape);

/* The radius of the outer pole: 1 or more never decays. */
double biquad_pole_radius(const biquad_coefficients *of);
/* The least value of both y that could still be heard: from below it the section, fed with zeros, never
 * swells to 2^-24 again. */
double biquad_threshold(const biquad_coefficients *of);

typedef struct biquad_lane {
    const float *in;
    float *out; /* may be in */
    const biquad_coefficients *coefficients;
    biquad_history *history;
} biquad_lane;

/* Each lane over all frames; count in [1, BIQUAD_LANE_COUNT]. A history that stops being finite is
 * cleared, and the span of at most 64 frames in which that happened is written as zeros. A history too
 * small to matter in any float is snapped to 0, so that no loop runs on denormals. */
void kernel_biquad_lanes(const biquad_lane lanes[], uint32_t count, uint32_t frames);
/* What a lane does at the end of each span: out[frames] is the span. */
void biquad_settle(biquad_history *history, float *out, uint32_t frames);

/* -- Parameters that change with every frame: spans of at most BIQUAD_SPAN_FRAMES -- */

enum { BIQUAD_SPAN_FRAMES = 64 };
typedef struct biquad_shapes {
    double frequency[BIQUAD_SPAN_FRAMES], q[BIQUAD_SPAN_FRAMES], amplitude[BIQUAD_SPAN_FRAMES];
} biquad_shapes;
typedef struct biquad_series {
    double b0[BIQUAD_SPAN_FRAMES], b1[BIQUAD_SPAN_FRAMES], b2[BIQUAD_SPAN_FRAMES];
    double a1[BIQUAD_SPAN_FRAMES], a2[BIQUAD_SPAN_FRAMES];
} biquad_series;

static inline biquad_coefficients biquad_series_at(const biquad_series *of, uint32_t frame) {
    return (biquad_coefficients){ of->b0[frame], of->b1[frame], of->b2[frame], of->a1[frame],
                                  of->a2[frame] };
}

/* What biquad_detune() and its like give for each frame, to the bit. */
void kernel_biquad_detunes(double *restrict factors, const float *restrict cents, uint32_t frames);
void kernel_biquad_frequencies(double *restrict frequencies, const float *restrict hz,
                               const double *restrict factors, double nyquist_hz, uint32_t frames);
void kernel_biquad_qs(wa_biquad_filter_type type, double *restrict linear, const float *restrict q,
                      uint32_t frames);
void kernel_biquad_amplitudes(double *restrict amplitudes, const float *restrict gain_db,
                              uint32_t frames);
/* What biquad_coefficients_of() gives for each frame, to the bit. */
void kernel_biquad_series(wa_biquad_filter_type type, const biquad_shapes *shapes,
                          biquad_series *series, uint32_t frames);
/* One lane with coefficients for each frame; out may be in. */
void kernel_biquad_varying(const float *in, float *out, const biquad_series *series,
                           biquad_history *history, uint32_t frames);
#endif /* WA_SRC_KERNELS_BIQUAD_H */
