/* src/kernels/shaper.h -- a curve applied to a signal, as it is or at two or four times the rate.
 * Web Audio 1.1, "WaveShaperNode", the algorithms of `curve` and `oversample`.
 *
 *   v = (N - 1) / 2 (x + 1)   k = floor(v)   f = v - k   y = (1 - f) c[k] + f c[k + 1]
 *
 * v is computed in double, and held in [0, N - 1], which gives the first and the last point beyond the ends.
 * NaN counts as 0: it becomes what the curve makes of silence.
 * Thread: render
 */
#ifndef WA_SRC_KERNELS_SHAPER_H
#define WA_SRC_KERNELS_SHAPER_H
#include "halfband.h"

typedef struct shaper_curve {
    const float *points; /* [count + 1]: one more, which is 0 */
    uint32_t count;      /* at least 2 */
} shaper_curve;

/* out may be in. */
void kernel_shape(float *out, const float *in, const shaper_curve *curve, uint32_t frames);

/* One channel's past on the way up, shaped, and down again: the outer filters are sharp, the inner ones, of
 * four times, soft. In `first` and `second`, as halfband.h has them. */
typedef struct shaper_history {
    float up[HALFBAND_SHARP_PAST], first[HALFBAND_SHARP_PAST], second[HALFBAND_SHARP_PAIRS];
    float soft_up[HALFBAND_SOFT_PAST], soft_first[HALFBAND_SOFT_PAST];
    float soft_second[HALFBAND_SOFT_PAIRS];
} shaper_history;

/* After which an input frame is heard, and the last frame that can still hear of it. */
enum {
    SHAPER_2X_LATENCY_FRAMES = 2 * HALFBAND_SHARP_PAIRS - 1,
    SHAPER_4X_LATENCY_FRAMES = 2 * HALFBAND_SHARP_PAIRS - 1 + HALFBAND_SOFT_PAIRS - 1,
    SHAPER_2X_MEMORY_FRAMES = 2 * HALFBAND_SHARP_PAST,
    SHAPER_4X_MEMORY_FRAMES = 2 * HALFBAND_SHARP_PAST + HALFBAND_SOFT_PAST,
};

/* As after silence for ever, when the curve makes `at_zero` of that. */
void shaper_history_init(shaper_history *history, float at_zero);
/* out may be in. What is not finite does not get into the history: NaN counts as 0, and beyond 2^100 a
 * signal is held there, where no curve can tell. */
void kernel_shape_2x(float *out, const float *in, const shaper_curve *curve, shaper_history *history,
                     uint32_t frames);
void kernel_shape_4x(float *out, const float *in, const shaper_curve *curve, shaper_history *history,
                     uint32_t frames);
#endif /* WA_SRC_KERNELS_SHAPER_H */
