/* src/kernels/cubic.h -- a signal between its frames: the cubic through two of them with the slopes of their
 * neighbours (Catmull and Rom).
 *
 * Against a sine of a tenth of the rate the error is -49 dB, of a hundredth -111 dB; see the test. Nothing is
 * filtered: read faster than it was made, what lies above half the rate folds back.
 */
#ifndef WA_SRC_KERNELS_CUBIC_H
#define WA_SRC_KERNELS_CUBIC_H
#include <stdint.h>

#define CUBIC_ONE ((uint64_t)1 << 32) /* a frame, in positions and steps */

/* out[i]: the signal at position first + i * step of `in`. in[-1] .. in[(first + (count - 1) * step) / ONE + 2]
 * are read; any alignment; no overlap. At a whole position the frame itself, to the bit. Thread: render */
void kernel_cubic(float *restrict out, const float *restrict in, uint64_t first, uint64_t step,
                  uint32_t count);
#endif /* WA_SRC_KERNELS_CUBIC_H */
