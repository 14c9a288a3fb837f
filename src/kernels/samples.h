/* src/kernels/samples.h -- samples of 16 bits and floats, and reading a buffer as floats whatever it stores.
 *
 *   float = int16 / 32768        exact: the same bits as from a buffer of floats with those values
 *   int16 = float x 32768        to nearest, half to even; clipped to [-32768, 32767]; not-a-number is 0
 *
 * Planes may have any alignment; in and out do not overlap, but for samples_read() of a buffer's own plane.
 * Thread: any
 */
#ifndef WA_SRC_KERNELS_SAMPLES_H
#define WA_SRC_KERNELS_SAMPLES_H
#include "../node.h"

void kernel_float_from_int16(float *out, const int16_t *in, uint64_t count);
void kernel_int16_from_float(int16_t *out, const float *in, uint64_t count);

/* Frames [first, first + count) of a channel, all of them within the buffer. For users that need floats in a
 * place of their own (a convolver's response); a player converts while it reads (playhead.h). */
void samples_read(const wa_buffer_data *buffer, uint32_t channel, uint64_t first, uint64_t count,
                  float *out);
#endif /* WA_SRC_KERNELS_SAMPLES_H */
