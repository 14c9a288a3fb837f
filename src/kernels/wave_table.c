#include "wave_table.h"
#include "variants.h"
#include <string.h>

uint32_t wave_range_find(const wa_wave_data *wave, uint64_t increment, uint32_t range) {
    const uint64_t magnitude = (int64_t)increment < 0 ? 0 - increment : increment;
    assert(range < wave->range_count);
    assert(magnitude <= wave->ranges[wave->range_count - 1].increment_max);
    while (magnitude > wave->ranges[range].increment_max) {
        range++;
    }
    while (range > 0 && magnitude <= wave->ranges[range - 1].increment_max) {
        range--;
    }
    return range;
}

KERNEL_LOOP uint64_t kernel_phase_run(uint32_t *restrict out, uint64_t phase, uint64_t increment,
                                      uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = (uint32_t)(phase >> 32);
        phase += increment;
    }
    return phase;
}

uint64_t kernel_phase_sum(uint32_t *restrict out, uint64_t phase, const uint64_t *restrict increments,
                          uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = (uint32_t)(phase >> 32);
        phase += increments[i];
    }
    return phase;
}

enum { BLOCK_FRAMES = 128 };

/* Neighbours are fetched as pairs first, which leaves arithmetic that vectorises. */
KERNEL_LOOP static void wave_block(float *restrict out, const uint32_t *restrict phases,
                                   const float *restrict table, uint32_t log2, uint32_t frames) {
    float pairs[2 * BLOCK_FRAMES];
#pragma GCC unroll 8
    for (uint32_t i = 0; i < frames; i++) {
        memcpy(pairs + 2 * (size_t)i, table + (phases[i] >> (32 - log2)), 2 * sizeof(float));
    }
    for (uint32_t i = 0; i < frames; i++) {
        const float fraction = (float)(int32_t)((phases[i] << log2) >> 8) * 0x1p-24f;
        const float here = pairs[2 * i];
        out[i] = here + fraction * (pairs[2 * i + 1] - here);
    }
}

void kernel_wave(float *restrict out, const uint32_t *restrict phases, const wave_range *range,
                 uint32_t frames) {
    for (uint32_t begin = 0; begin < frames; begin += BLOCK_FRAMES) {
        const uint32_t count = frames - begin < BLOCK_FRAMES ? frames - begin : BLOCK_FRAMES;
        wave_block(out + begin, phases + begin, range->table, range->length_log2, count);
    }
}

/* sin(2 pi x), |x| <= 1/4: minimax, absolute error 3.3e-9 before rounding. */
static inline float sine_of_quarter(float x) {
    const float square = x * x;
    return x * (6.28318516f +
                square * (-41.341655f +
                          square * (81.6010041f + square * (-76.5497823f + square * 39.5367061f))));
}

KERNEL_LOOP void kernel_sine(float *restrict out, const uint32_t *restrict phases, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        const uint32_t phase = phases[i];
        /* The outer half turn mirrored into the inner one: |turn| <= 1/4. */
        const uint32_t is_outer = 0u - ((phase + 0x40000000u) >> 31);
        const uint32_t folded = (phase ^ is_outer) + (is_outer & 0x80000001u);
        out[i] = sine_of_quarter((float)(int32_t)folded * 0x1p-32f);
    }
}

/* Adding it to a double below 2^51 rounds that to a whole number, in the low bits of the sum. */
static const double round_magic = 0x1.8p52;

typedef union pun {
    double value;
    uint64_t bits;
} pun;

/* The whole number nearest to a double below 2^51. */
static inline uint64_t whole_of(double value) {
    return (pun){ .value = value + round_magic }.bits - (pun){ .value = round_magic }.bits;
}

static inline double hold(double value, double min, double max) {
    value = value > min ? value : min; /* NaN: min */
    return value < max ? value : max;
}

static inline uint64_t increment_of(double turns_per_frame) {
    return whole_of(hold(turns_per_frame, -0.5, 0.5) * 0x1p51) << 13;
}

/* 2^(cents / 1200): whole octaves into the exponent, the rest, within +-1/2, by its power series. */
static inline double ratio_of(double cents) {
    const double octaves = hold(cents, -153600.0, 153600.0) * (1.0 / 1200.0);
    const double sum = octaves + round_magic;
    const double x = (octaves - (sum - round_magic)) * 0.69314718055994530942;
    const double series =
        1.0 +
        x * (1.0 +
             x * (1.0 / 2 +
                  x * (1.0 / 6 +
                       x * (1.0 / 24 + x * (1.0 / 120 +
                                            x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320))))))));
    return series * (pun){ .bits = (whole_of(octaves) + 1023u) << 52 }.value;
}

KERNEL_LOOP void kernel_increments(uint64_t *restrict increments, const float *restrict frequencies,
                                   double cents, double sample_rate_hz, uint32_t frames) {
    const double scale = (cents != 0.0 ? ratio_of(cents) : 1.0) / sample_rate_hz;
    for (uint32_t i = 0; i < frames; i++) {
        increments[i] = increment_of((double)frequencies[i] * scale);
    }
}

KERNEL_LOOP void kernel_increments_detuned(uint64_t *restrict increments,
                                           const float *restrict frequencies,
                                           const float *restrict cents, double sample_rate_hz,
                                           uint32_t frames) {
    const double scale = 1.0 / sample_rate_hz;
    for (uint32_t i = 0; i < frames; i++) {
        increments[i] = increment_of((double)frequencies[i] * (ratio_of((double)cents[i]) * scale));
    }
}
