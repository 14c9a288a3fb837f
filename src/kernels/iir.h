/* src/kernels/iir.h -- a recursive filter of any order up to 19, direct form 1 in double.
 *
 *   y[n] = b[0] x[n] + ... + b[M] x[n-M] - a[N] y[n-N] - ... - a[1] y[n-1]          a[0] is 1
 *
 * Thread: any
 */
#ifndef WA_SRC_KERNELS_IIR_H
#define WA_SRC_KERNELS_IIR_H
#include <stdbool.h>
#include <stdint.h>

enum { IIR_COEFFICIENT_MAX = 20, IIR_ORDER_MAX = IIR_COEFFICIENT_MAX - 1 };

typedef struct iir_coefficients {
    uint32_t forward_order, back_order; /* M, N; at most IIR_ORDER_MAX */
    double b[IIR_COEFFICIENT_MAX], a[IIR_COEFFICIENT_MAX];
} iir_coefficients;

/* What was, the newest last. */
typedef struct iir_history {
    double x[IIR_ORDER_MAX], y[IIR_ORDER_MAX];
} iir_history;

/* out may be in. A span of at most 64 frames in which anything is not finite, or more than a float can hold,
 * is written as zeros and the history is cleared: an unstable filter starts over, and neither it nor NaN in
 * what comes in lasts. A history too small to matter in any float is snapped to 0. */
void kernel_iir(const float *in, float *out, const iir_coefficients *by, iir_history *history,
                uint32_t frames);
/* Nothing of it will be heard, fed with zeros: no x is left, and every y is below 2^-80. A filter that swells
 * from there to 2^-24 again multiplies its own rounding errors by 2^56, and is noise in double as it is. */
bool iir_is_over(const iir_coefficients *by, const iir_history *history);
/* H(e^jw) = B / A at w = angle: *magnitude, and *phase in (-pi, pi]. */
void iir_response(const iir_coefficients *by, double angle, double *magnitude, double *phase);
#endif /* WA_SRC_KERNELS_IIR_H */
