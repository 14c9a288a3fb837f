/* The spectrum of an analyser; see magnitudes.h. Scaling by 1 / length is part of the window: length is a power
 * of two, so it changes no bit, and no sum of finite frames can overflow. */
#include "magnitudes.h"
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static uint32_t bin_count(uint32_t length) {
    return length / 2;
}

uint32_t magnitudes_plan_floats(uint32_t length) {
    return fft_plan_floats(bin_count(length)) + length / 2 + 1;
}

/* Real and imaginary parts, each with the bin at half the rate, and what the transform needs. */
uint32_t magnitudes_work_floats(uint32_t length) {
    return 2 * (bin_count(length) + 1) + length;
}

void magnitudes_plan_init(magnitudes_plan *plan, uint32_t length, float *table) {
    assert(length >= MAGNITUDES_LENGTH_MIN && length <= MAGNITUDES_LENGTH_MAX);
    assert((length & (length - 1)) == 0);
    float *window = table + fft_plan_floats(bin_count(length));
    fft_plan_init(&plan->transform, bin_count(length), table);
    for (uint32_t n = 0; n <= length / 2; n++) {
        const double turn = 2.0 * pi * (double)n / (double)length;
        window[n] = (float)((0.42 - 0.5 * cos(turn) + 0.08 * cos(2.0 * turn)) / (double)length);
    }
    plan->window = window;
    plan->length = length;
}

static void apply_window(const magnitudes_plan *plan, float *restrict frames) {
    const uint32_t half = plan->length / 2;
    const float *restrict window = plan->window;
    for (uint32_t n = 0; n <= half; n++) {
        frames[n] *= window[n];
    }
    for (uint32_t n = 1; n < half; n++) {
        frames[half + n] *= window[half - n];
    }
}

static void smooth(const float *restrict real, const float *restrict imag, double time_constant,
                   float *restrict smoothed, uint32_t count) {
    const double fresh = 1.0 - time_constant;
    for (uint32_t k = 0; k < count; k++) {
        const double power = (double)real[k] * (double)real[k] + (double)imag[k] * (double)imag[k];
        const float value = (float)(time_constant * (double)smoothed[k] + fresh * sqrt(power));
        smoothed[k] = isfinite(value) ? value : 0.0f;
    }
}

void magnitudes_smooth(const magnitudes_plan *plan, float *frames, double time_constant,
                       float *smoothed, float *work) {
    const uint32_t bins = bin_count(plan->length);
    float *real = work, *imag = real + bins + 1;
    apply_window(plan, frames);
    fft_real_forward(&plan->transform, frames, real, imag, imag + bins + 1);
    smooth(real, imag, time_constant, smoothed, bins);
}

/* 20 log10 x = 20 log10 2 (e + log2 m) with x = m 2^e, m within [sqrt 1/2, sqrt 2), and log2 m by its series in
 * (m - 1) / (m + 1), of which five terms are more than a float can hold. No branch, so that loops vectorise. */
static inline float decibels_of(float x) {
    const bool is_tiny = x < 0x1p-100f;
    const float raised = is_tiny ? x * 0x1p64f : x; /* denormal numbers have no exponent of their own */
    uint32_t bits;
    memcpy(&bits, &raised, sizeof bits);
    const uint32_t shifted = bits + (0x3f800000u - 0x3f3504f3u); /* 0x3f3504f3: sqrt 1/2 */
    const uint32_t mantissa_bits = (shifted & 0x007fffffu) + 0x3f3504f3u;
    const float exponent = (float)((int32_t)(shifted >> 23) - (is_tiny ? 127 + 64 : 127));
    float mantissa;
    memcpy(&mantissa, &mantissa_bits, sizeof mantissa);
    const float s = (mantissa - 1.0f) / (mantissa + 1.0f), s2 = s * s;
    const float log2_mantissa =
        2.88539008f * s *
        (1.0f + s2 * (1.0f / 3.0f + s2 * (0.2f + s2 * (1.0f / 7.0f + s2 * (1.0f / 9.0f)))));
    const float decibels = 6.02059991f * (exponent + log2_mantissa);
    return x > 0.0f ? decibels : -INFINITY;
}

void magnitudes_decibels(const float *restrict smoothed, float *restrict decibels, uint32_t count) {
    for (uint32_t k = 0; k < count; k++) {
        decibels[k] = decibels_of(smoothed[k]);
    }
}

static inline uint8_t clipped(double value) {
    const double floored = value > 0.0 ? value : 0.0; /* NaN is not */
    return (uint8_t)(floored < 255.0 ? floored : 255.0);
}

void magnitudes_bytes(const float *smoothed, uint8_t *bytes, uint32_t count, double min_decibels,
                      double max_decibels) {
    const double scale = 255.0 / (max_decibels - min_decibels);
    for (uint32_t k = 0; k < count; k++) {
        bytes[k] = clipped(scale * ((double)decibels_of(smoothed[k]) - min_decibels));
    }
}

void waveform_bytes(const float *frames, uint8_t *bytes, uint32_t count) {
    for (uint32_t n = 0; n < count; n++) {
        bytes[n] = clipped(128.0 * (1.0 + (double)frames[n]));
    }
}
