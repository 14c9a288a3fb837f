/* src/kernels/spectrum.h -- spectra that are only ever multiplied: for convolution.
 *
 *   n reals --turn--> n points --passes--> spectrum --product--> spectrum --passes back--> --unturn--> 2n reals
 *
 * A spectrum of n points stands for 2 n reals of which the second half is zero, so that the product of two
 * is their linear convolution, all of it: the right-angle form. x[k] exp(i pi k / 2n), k < n, is
 * transformed as n complex points; going back the first n reals are the real part, the last n the imaginary
 * part. There is no bin that is purely real, and so no special case.
 *
 * Points come in octets, eight real parts and then eight imaginary parts: float[n / 8][2][8], 64-byte
 * aligned. Bins have an order of their own, the same for all spectra of that length; nothing sorts them. All
 * work goes by pieces of 32 points, any number at a time, so that it can be spread over time; a result does
 * not depend on how. n: powers of two from SPECTRUM_POINTS_MIN to SPECTRUM_POINTS_MAX.
 */
#ifndef WA_SRC_KERNELS_SPECTRUM_H
#define WA_SRC_KERNELS_SPECTRUM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPECTRUM_POINTS_MIN = 32,
    SPECTRUM_POINTS_MAX = 32768,
    SPECTRUM_PIECE_POINTS = 32,
    SPECTRUM_PIECE_FLOATS = 2 * SPECTRUM_PIECE_POINTS,
};

/* A run of slots of one set of spectra against as many of another. */
typedef struct spectra_run {
    const float *a, *b; /* the first slots, of piece 0 */
    uint32_t a_slot_count, b_slot_count;
    uint32_t count;
} spectra_run;

/* Tables in memory of the caller; immutable once made. */
typedef struct spectrum_plan {
    uint32_t point_count, pass_count;
    const float
        *twiddles;      /* per stage of m points, m / 32 pieces: cos, -sin of 1, 2, 3 times the angle */
    const float *turns; /* octets of cos and sin of pi k / 2n */
    const struct spectrum_kernels *kernels; /* what this machine does best */
} spectrum_plan;

/* One instruction set's; see variants.h. The functions below check, and call these. */
typedef struct spectrum_kernels {
    /* in: from piece `begin` on, all of it there. */
    void (*turn)(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *points,
                 const float *in);
    void (*forward_pass)(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                         float *points);
    void (*backward_pass)(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                          float *points);
    void (*unturn)(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *out,
                   const float *points);
    void (*product)(float *points, uint32_t begin, uint32_t end, const spectra_run *runs,
                    uint32_t run_count, bool is_more);
} spectrum_kernels;

uint32_t spectrum_pass_count(uint32_t point_count);
/* Of its tables: a multiple of 16. */
uint32_t spectrum_plan_floats(uint32_t point_count);
/* table: spectrum_plan_floats(), 64-byte aligned, kept by the caller. Thread: control */
void spectrum_plan_init(spectrum_plan *plan, uint32_t point_count, float *table);
/* Where the twiddles of blocks of m points begin: each larger block has 3 points for each of its quarter, which
 * adds up. */
static inline size_t spectrum_twiddles_before(uint32_t point_count, uint32_t m) {
    return (size_t)2 * (point_count - m);
}

/* -- Thread: render. Pieces [begin, end) of each. -- */

/* Points of `in`, which has in_count reals and then zeros, both counted from point 0. */
void kernel_turn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *points,
                 const float *in, uint32_t in_count);
/* One pass of a transform, in place. Passes go from 0 to pass_count - 1, each complete before the next.
 * Neither scales: backward after forward is point_count times the input. */
void kernel_forward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                         float *points);
void kernel_backward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                          float *points);
/* out[32 (piece - begin) + i]: the reals 32 piece + i. Pieces run from 0 to 2 point_count / 32. */
void kernel_unturn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *out,
                   const float *points);

/* Spectra kept for sums of products: piece after piece, and in a piece slot after slot. */
static inline size_t spectra_at(uint32_t piece, uint32_t slot, uint32_t slot_count) {
    return ((size_t)piece * slot_count + slot) * SPECTRUM_PIECE_FLOATS;
}
/* points NULL: zeros. */
void kernel_spectra_store(float *spectra, uint32_t slot, uint32_t slot_count, uint32_t begin,
                          uint32_t end, const float *points);

/* points = (is_more: points +) the sum over runs and slots of a * b. */
void kernel_spectra_product(const spectrum_plan *plan, float *points, uint32_t begin, uint32_t end,
                            const spectra_run *runs, uint32_t run_count, bool is_more);
#endif /* WA_SRC_KERNELS_SPECTRUM_H */
