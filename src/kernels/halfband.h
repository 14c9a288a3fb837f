/* src/kernels/halfband.h -- twice the frames and back: linear-phase half-band filters in two phases.
 *
 *   up     even[n] = sum of taps[k] x[n-k]   odd[n] = x[n - (pairs - 1)]     2n and 2n + 1 of the doubled rate
 *   down   out[n] = (sum of taps[k] first[n-k] + second[n-lag]) / 2
 *
 * first, second, lag are even, odd, pairs: a delay of 2 pairs - 1 frames there and back; or odd, even,
 * pairs - 1: one frame of the doubled rate less.
 *
 *           pairs   passes, of the lower rate   within       stops
 *   SHARP   32      to 0.45                     0.0002 dB    from 0.55 on, below -98 dB
 *   SOFT    7       to 0.275                    0.0002 dB    from 0.725 on, below -101 dB
 *
 * DC passes unchanged. Each row has its past before it: 2 pairs - 1 frames for taps, lag frames for
 * `second`. What a frame gives does not depend on how many are asked for. Thread: any
 */
#ifndef WA_SRC_KERNELS_HALFBAND_H
#define WA_SRC_KERNELS_HALFBAND_H
#include <stdint.h>

typedef enum halfband_kind { HALFBAND_SHARP, HALFBAND_SOFT } halfband_kind;
enum {
    HALFBAND_SHARP_PAIRS = 32,
    HALFBAND_SOFT_PAIRS = 7,
    HALFBAND_SHARP_PAST = 2 * HALFBAND_SHARP_PAIRS - 1,
    HALFBAND_SOFT_PAST = 2 * HALFBAND_SOFT_PAIRS - 1,
};

void kernel_halfband_up(float *restrict even, float *restrict odd, const float *restrict x,
                        halfband_kind kind, uint32_t frames);
void kernel_halfband_down(float *restrict out, const float *restrict first,
                          const float *restrict second, uint32_t lag, halfband_kind kind,
                          uint32_t frames);
/* Tap k of the sum, 0 .. 2 pairs - 1; they add up to 1. */
float halfband_tap(halfband_kind kind, uint32_t k);
#endif /* WA_SRC_KERNELS_HALFBAND_H */
