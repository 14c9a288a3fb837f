/* src/kernels/fft.h -- fast Fourier transforms of any power of two, in tables and memory of the caller.
 *
 * Split format: one plane of real parts, one of imaginary parts. Natural order in and out.
 * No transform scales: inverse after forward is length (complex) or 2 * length (real) times the input.
 * Thread: any; a plan is immutable once made, so that threads can share it.
 */
#ifndef WA_SRC_KERNELS_FFT_H
#define WA_SRC_KERNELS_FFT_H
#include <stdint.h>

enum { FFT_LENGTH_MAX = 32768 };

/* A complex transform of `length` points; also a real one of 2 * length points. */
typedef struct fft_plan {
    uint32_t length;
    const float *stages; /* per radix-4 stage: cos and -sin of 1, 2 and 3 times each angle */
    const float *halves; /* cos and -sin of pi k / length, k = 0 .. length / 2: for real transforms */
} fft_plan;

/* Floats of table that a plan of length needs: at most 3 * length + 16. */
uint32_t fft_plan_floats(uint32_t length);

/* length: a power of two in [1, FFT_LENGTH_MAX]. table: fft_plan_floats(length), kept by the caller. */
void fft_plan_init(fft_plan *plan, uint32_t length, float *table);

/* X[k] = sum x[n] exp(-+ 2 pi i k n / length), in place. work: 2 * length floats. No overlaps. */
void fft_forward(const fft_plan *plan, float *real, float *imag, float *work);
void fft_inverse(const fft_plan *plan, float *real, float *imag, float *work);

/* The same of 2 * length reals; of its bins, those from 0 to length (Nyquist), both included, are
 * made and read: real and imag hold length + 1 floats. The imaginary parts of bins 0 and length are
 * written as 0, and read as 0. The inverse destroys real and imag. work: 2 * length floats. */
void fft_real_forward(const fft_plan *plan, const float *in, float *real, float *imag, float *work);
void fft_real_inverse(const fft_plan *plan, float *real, float *imag, float *out, float *work);
#endif /* WA_SRC_KERNELS_FFT_H */
