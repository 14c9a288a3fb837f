/* src/kernels/compressor.h -- how far a compressor turns a signal down, frame by frame.
 * Web Audio 1.1, "DynamicsCompressorNode", processing.
 *
 *   planes --> level --> static curve --> attenuation --> envelope --> gain --> planes
 *
 * Gains are in octaves (log2): there the envelope is two multiplications a frame, and exact for any level.
 *
 * curve      f(x) = x up to the threshold T; then T + (1 - e^(-k (x - T))) / k up to the end K of the knee,
 *            with the k that meets the third part without a corner; then f(K) (x / K)^(1 / ratio)
 * detector   its curve is 1 everywhere: the detector average is the attenuation, f(x) / x
 * envelope   attack: gain comes nearer to the attenuation by a part of the decibels between them
 *            release: gain goes for 5 dB above the attenuation in the same way, and no further than 1
 *
 * Thread: render; the first two any
 */
#ifndef WA_SRC_KERNELS_COMPRESSOR_H
#define WA_SRC_KERNELS_COMPRESSOR_H
#include <stdbool.h>
#include <stdint.h>

typedef struct compressor_curve {
    double threshold, knee_end; /* T, K: linear, T <= K */
    double knee;                /* k; 0: the identity, where ratio is 1 */
    bool is_slight;             /* k (K - T) is so small that 1 - e^(-..) would lose its digits */
    double knee_end_octaves;    /* of f(K) / K */
    double slope;          /* octaves of attenuation for an octave of level beyond K: 1 / ratio - 1 */
    double makeup_octaves; /* of (1 / f(1))^0.6 */
} compressor_curve;

/* threshold_db at most 0, knee_db at least 0, ratio at least 1. */
compressor_curve compressor_curve_of(double threshold_db, double knee_db, double ratio);

/* The part of the way that is gone in a frame. */
typedef struct compressor_rates {
    double attack, release; /* (0, 1] */
} compressor_rates;

/* Attack: 10 dB too much are a quarter of a dB after attack_frames. Release: 10 dB are gone after
 * release_frames; the more is left, the faster it goes. Neither below 0. */
compressor_rates compressor_rates_of(double attack_frames, double release_frames);

/* level[i] = the largest absolute value of all planes at offset + i. NaN counts as 0, infinity as the largest
 * float. Returns whether any is at least `least`. */
bool kernel_compressor_levels(float *level, const float *const *planes, uint32_t channel_count,
                              uint32_t offset, float least, uint32_t frames);
/* octaves[i] = log2 of f(level[i]) / level[i], at most 0; 0 below a level of 0.0001. */
void kernel_compressor_curve(double *octaves, const float *level, const compressor_curve *curve,
                             uint32_t frames);
/* Attenuations become gains, in place. Returns the last gain; gain is the one before. */
double kernel_compressor_envelope(double *octaves, double gain, const compressor_rates *rates,
                                  uint32_t frames);
/* roots[i] = the square root of 2^(octaves[i] + makeup): applied twice it reaches where no float does. */
void kernel_compressor_roots(float *roots, const double *octaves, double makeup_octaves,
                             uint32_t frames);
/* In place: plane[i] * roots[i] * roots[i]. */
void kernel_compressor_apply(float *plane, const float *roots, uint32_t frames);
#endif /* WA_SRC_KERNELS_COMPRESSOR_H */
