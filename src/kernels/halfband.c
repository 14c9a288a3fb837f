/* The taps are the minimax solution for the bands in halfband.h, scaled to pass DC unchanged; symmetric, so
 * that only the first half is kept, from the outermost on. */
#include "halfband.h"
#include <string.h>

static const float sharp_taps[HALFBAND_SHARP_PAIRS] = {
    -1.51937056e-05f, 2.86675968e-05f,  -5.47909258e-05f, 9.56241929e-05f,  -0.000156597802f,
    0.000244398921f,  -0.000367107976f, 0.000534330029f,  -0.000757319271f, 0.00104910159f,
    -0.00142460293f,  0.0019007948f,    -0.00249688025f,  0.00323455199f,   -0.00413836865f,
    0.00523632579f,   -0.00656072283f,  0.00814949721f,   -0.0100482767f,   0.0123135764f,
    -0.0150178289f,   0.0182574838f,    -0.022166416f,    0.0269389916f,    -0.0328717679f,
    0.0404438265f,    -0.0504848547f,   0.0645673051f,    -0.0860707387f,   0.123800159f,
    -0.21007672f,     0.635913551f,
};
static const float soft_taps[HALFBAND_SOFT_PAIRS] = {
    0.00034358335f, -0.00241757603f, 0.0096788099f, -0.0287525691f,
    0.0719597712f,  -0.173434287f,   0.622622252f,
};

static const float *taps_of(halfband_kind kind, uint32_t *pairs) {
    *pairs = kind == HALFBAND_SHARP ? HALFBAND_SHARP_PAIRS : HALFBAND_SOFT_PAIRS;
    return kind == HALFBAND_SHARP ? sharp_taps : soft_taps;
}

float halfband_tap(halfband_kind kind, uint32_t k) {
    uint32_t pairs;
    const float *taps = taps_of(kind, &pairs);
    return k < pairs ? taps[k] : taps[2 * pairs - 1 - k];
}

/* Sums of a block side by side, four to a vector; each adds up in the same order as alone. */
typedef float four_frames __attribute__((vector_size(16)));
enum { BLOCK_VECTORS = 4, BLOCK_FRAMES = 4 * BLOCK_VECTORS };

static inline four_frames load(const float *from) {
    four_frames loaded;
    memcpy(&loaded, from, sizeof loaded);
    return loaded;
}

/* x: the oldest frame of the first sum. */
static inline void sum_block(float *out, const float *x, const float *taps, uint32_t pairs) {
    four_frames sums[BLOCK_VECTORS] = { { 0.0f } };
    const float *newest = x + 2 * pairs - 1;
    for (uint32_t k = 0; k < pairs; k++) {
        for (uint32_t i = 0; i < BLOCK_VECTORS; i++) {
            sums[i] += taps[k] * (load(x + k + 4 * i) + load(newest - k + 4 * i));
        }
    }
    memcpy(out, sums, sizeof sums);
}

static inline void sum_all(float *out, const float *x, const float *taps, uint32_t pairs,
                           uint32_t frames) {
    uint32_t frame = 0;
    for (; frame + BLOCK_FRAMES <= frames; frame += BLOCK_FRAMES) {
        sum_block(out + frame, x + frame, taps, pairs);
    }
    for (; frame < frames; frame++) {
        float sum = 0.0f;
        for (uint32_t k = 0; k < pairs; k++) {
            sum += taps[k] * (x[frame + k] + x[frame + 2 * pairs - 1 - k]);
        }
        out[frame] = sum;
    }
}

void kernel_halfband_up(float *restrict even, float *restrict odd, const float *restrict x,
                        halfband_kind kind, uint32_t frames) {
    uint32_t pairs;
    const float *taps = taps_of(kind, &pairs);
    sum_all(even, x - (2 * pairs - 1), taps, pairs, frames);
    for (uint32_t i = 0; i < frames; i++) {
        odd[i] = x[(int32_t)i - (int32_t)(pairs - 1)];
    }
}

void kernel_halfband_down(float *restrict out, const float *restrict first,
                          const float *restrict second, uint32_t lag, halfband_kind kind,
                          uint32_t frames) {
    uint32_t pairs;
    const float *taps = taps_of(kind, &pairs);
    sum_all(out, first - (2 * pairs - 1), taps, pairs, frames);
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = 0.5f * (out[i] + second[(int32_t)i - (int32_t)lag]);
    }
}
