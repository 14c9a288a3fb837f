/* src/kernels/mix.h -- sums and channel mixing on planes. Web Audio 1.1, "Channel Up-Mixing and
 * Down-Mixing". Every source and destination plane has `frames` floats and is 64-byte aligned; planes
 * never overlap unless said. Thread: render
 */
#ifndef WA_SRC_KERNELS_MIX_H
#define WA_SRC_KERNELS_MIX_H
#include <stdbool.h>
#include <stdint.h>

/* destination[target_count] = or += source[source_count], mixed by the rules: "speakers" for
 * 1, 2, 4, 6 channels among themselves, else "discrete": fill with silence or drop. */
void kernel_mix_set(float *const *destination, uint32_t target_count, const float *const *source,
                    uint32_t source_count, bool is_speakers, uint32_t frames);
void kernel_mix_add(float *const *destination, uint32_t target_count, const float *const *source,
                    uint32_t source_count, bool is_speakers, uint32_t frames);

void kernel_zero(float *out, uint32_t frames);
void kernel_copy(float *out, const float *in, uint32_t frames);
void kernel_add(float *out, const float *in, uint32_t frames);
/* In place: plane[i] *= from + (to - from) * i / frames: the fade of an edge. */
void kernel_ramp(float *plane, float from, float to, uint32_t frames);
/* In place: NaN becomes `fallback`, then clamp to [min, max]. */
void kernel_sanitize(float *plane, float fallback, float min, float max, uint32_t frames);
/* The same without the clamp. */
void kernel_replace_nan(float *plane, float fallback, uint32_t frames);
#endif /* WA_SRC_KERNELS_MIX_H */
