/* src/kernels/magnitudes.h -- what an analyser says of its last frames. Web Audio 1.1, "FFT Windowing and
 * Smoothing over Time".
 *
 *   frames x window / length --> real FFT --> |X| --> smoothed over time --> dB --> bytes
 *
 * The window is the Blackman window with alpha 0.16. Of `length` frames come length / 2 bins; the one at half
 * the rate is not among them. Planes do not overlap. Thread: any; a plan is immutable once made.
 */
#ifndef WA_SRC_KERNELS_MAGNITUDES_H
#define WA_SRC_KERNELS_MAGNITUDES_H
#include "fft.h"

enum { MAGNITUDES_LENGTH_MIN = 32, MAGNITUDES_LENGTH_MAX = 32768 };

typedef struct magnitudes_plan {
    uint32_t length; /* of the window, in frames; 0: not made */
    fft_plan transform;
    const float *window; /* [length / 2 + 1]: the rest mirrors it; divided by length */
} magnitudes_plan;

/* length: a power of two in [MAGNITUDES_LENGTH_MIN, MAGNITUDES_LENGTH_MAX]. */
uint32_t magnitudes_plan_floats(uint32_t length); /* of table */
uint32_t magnitudes_work_floats(uint32_t length); /* of work */
/* table is kept by the caller for as long as the plan. */
void magnitudes_plan_init(magnitudes_plan *plan, uint32_t length, float *table);

/* smoothed[k] = time_constant smoothed[k] + (1 - time_constant) |X[k]|, k < length / 2; what is not finite
 * becomes 0. Destroys frames[length]. */
void magnitudes_smooth(const magnitudes_plan *plan, float *frames, double time_constant,
                       float *smoothed, float *work);

/* 20 log10 of each; of 0 it is -infinity. */
void magnitudes_decibels(const float *smoothed, float *decibels, uint32_t count);
/* min_decibels becomes 0, max_decibels 255, rounded down, clipped. */
void magnitudes_bytes(const float *smoothed, uint8_t *bytes, uint32_t count, double min_decibels,
                      double max_decibels);
/* -1 becomes 0, 0 becomes 128, 1 would be 256: rounded down, clipped. NaN becomes 0. */
void waveform_bytes(const float *frames, uint8_t *bytes, uint32_t count);
#endif /* WA_SRC_KERNELS_MAGNITUDES_H */
