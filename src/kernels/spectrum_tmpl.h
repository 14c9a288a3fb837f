/* The kernels of spectrum.h, SPECTRUM_LANES points in each vector: the body of a variant. Included once by
 * each file that is compiled for an instruction set, with
 *
 *   SPECTRUM_LANES     4 or 8: floats in one vector of that set, never more
 *   SPECTRUM_KERNELS   the name of the table
 *
 * Radix 4 in place: decimation in frequency forwards, in time backwards, so that neither has to sort.
 *
 *   forward    blocks of n, n/4, ... points; the last pass does the rest, blocks of 16 (or 2 times 8, when
 *              log2(n) is odd), within registers
 *   backward   the same passes from the last to the first, each undone
 *
 * In the last pass four blocks of four points are turned into lanes, and left that way: it is the bins'
 * order that nobody asks for. All variants evaluate the same expressions in the same order, and so give the
 * same bits.
 */
#include "spectrum.h"
#include <string.h>

enum { OCTET = 8, OCTET_FLOATS = 16, PARTS = OCTET / SPECTRUM_LANES };

typedef float lanes __attribute__((vector_size(4 * SPECTRUM_LANES), may_alias));
typedef struct point {
    lanes real, imag;
} point;

static inline lanes lanes_load(const float *from) {
    return *(const lanes *)(const void *)from;
}

static inline void lanes_store(float *to, lanes value) {
    *(lanes *)(void *)to = value;
}

/* Eight real parts, then eight imaginary parts: one part of them, or all. */
static inline point load(const float *octet, uint32_t part) {
    const float *at = octet + SPECTRUM_LANES * (size_t)part;
    return (point){ lanes_load(at), lanes_load(at + OCTET) };
}

static inline void store(float *octet, uint32_t part, point value) {
    float *at = octet + SPECTRUM_LANES * (size_t)part;
    lanes_store(at, value.real);
    lanes_store(at + OCTET, value.imag);
}

static inline point add(point a, point b) {
    return (point){ a.real + b.real, a.imag + b.imag };
}

static inline point subtract(point a, point b) {
    return (point){ a.real - b.real, a.imag - b.imag };
}

/* a + i b, a - i b */
static inline point add_turned(point a, point b) {
    return (point){ a.real - b.imag, a.imag + b.real };
}

static inline point subtract_turned(point a, point b) {
    return (point){ a.real + b.imag, a.imag - b.real };
}

static inline point multiply(point a, point b) {
    return (point){ a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real };
}

/* a times the conjugate of b */
static inline point multiply_back(point a, point b) {
    return (point){ a.real * b.real + a.imag * b.imag, a.imag * b.real - a.real * b.imag };
}

/* Read once: gcc would rather load it again for its second use. */
#if defined(__SSE__)
#define HOLD(point) __asm__("" : "+x"((point).real), "+x"((point).imag))
#else
#define HOLD(point) (void)(point)
#endif

/* x[0] + x[1] z + x[2] z^2 + x[3] z^3 at z = 1, -i, -1, i; undone but for a factor of 4. */
static inline void forward_four(point x[4]) {
    const point even = add(x[0], x[2]), even_difference = subtract(x[0], x[2]);
    const point odd = add(x[1], x[3]), odd_difference = subtract(x[1], x[3]);
    x[0] = add(even, odd);
    x[1] = subtract_turned(even_difference, odd_difference);
    x[2] = subtract(even, odd);
    x[3] = add_turned(even_difference, odd_difference);
}

static inline void backward_four(point x[4]) {
    const point even = add(x[0], x[2]), even_difference = subtract(x[0], x[2]);
    const point odd = add(x[1], x[3]), odd_difference = subtract(x[1], x[3]);
    x[0] = add(even, odd);
    x[1] = add_turned(even_difference, odd_difference);
    x[2] = subtract(even, odd);
    x[3] = subtract_turned(even_difference, odd_difference);
}

/* -- Blocks of m points, 32 or more, their quarters `stride` floats apart ----------------------- */

enum { TWIDDLE_FLOATS = 3 * OCTET_FLOATS }; /* of eight butterflies */

static inline void forward_run(float *points, size_t stride, const float *w, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += OCTET_FLOATS, w += TWIDDLE_FLOATS) {
        for (uint32_t part = 0; part < PARTS; part++) {
            point x[4];
            for (uint32_t k = 0; k < 4; k++) {
                x[k] = load(points + k * stride, part);
            }
            forward_four(x);
            store(points, part, x[0]);
            for (uint32_t k = 1; k < 4; k++) {
                const point turned = multiply(x[k], load(w + OCTET_FLOATS * (size_t)(k - 1), part));
                store(points + k * stride, part, turned);
            }
        }
    }
}

static inline void backward_run(float *points, size_t stride, const float *w, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += OCTET_FLOATS, w += TWIDDLE_FLOATS) {
        for (uint32_t part = 0; part < PARTS; part++) {
            point x[4] = { load(points, part) };
            for (uint32_t k = 1; k < 4; k++) {
                x[k] = multiply_back(load(points + k * stride, part),
                                     load(w + OCTET_FLOATS * (size_t)(k - 1), part));
            }
            backward_four(x);
            for (uint32_t k = 0; k < 4; k++) {
                store(points + k * stride, part, x[k]);
            }
        }
    }
}

typedef void run_fn(float *points, size_t stride, const float *w, uint32_t count);

static inline void run_stage(const spectrum_plan *plan, uint32_t m, uint32_t begin, uint32_t end,
                             float *points, run_fn *run) {
    const uint32_t shift = 31u - 5u - (uint32_t)__builtin_clz(m), mask = (1u << shift) - 1;
    const float *w = plan->twiddles + spectrum_twiddles_before(plan->point_count, m);
    for (uint32_t piece = begin; piece < end;) {
        const uint32_t within = piece & mask, left = mask + 1 - within; /* pieces of a block */
        const uint32_t count = left < end - piece ? left : end - piece;
        run(points + (size_t)2 * m * (piece >> shift) + OCTET_FLOATS * (size_t)within, m / 2,
            w + TWIDDLE_FLOATS * (size_t)within, count);
        piece += count;
    }
}

/* -- The last pass: 16 points in a register file, or two times 16 ------------------------------- */

#define HALF_ROOT 0.70710678118654752440f
#if SPECTRUM_LANES == 4
enum { LAST_STEPS = 2 };
static const point eighths = { { 1.0f, HALF_ROOT, 0.0f, -HALF_ROOT },
                               { 0.0f, -HALF_ROOT, -1.0f, -HALF_ROOT } };

static inline void load_last(point x[4], const float *piece, uint32_t step) {
    for (uint32_t k = 0; k < 4; k++) {
        x[k] = load(piece + OCTET_FLOATS * (size_t)(2 * step + k / 2), k % 2);
    }
}

static inline void store_last(float *piece, uint32_t step, const point x[4]) {
    for (uint32_t k = 0; k < 4; k++) {
        store(piece + OCTET_FLOATS * (size_t)(2 * step + k / 2), k % 2, x[k]);
    }
}

/* Lane i of row k becomes lane k of row i. */
static inline void transpose(lanes rows[4]) {
    const lanes low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    const lanes low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    const lanes high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    const lanes high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}
#else
enum { LAST_STEPS = 1 };
static const point eighths = { { 1.0f, HALF_ROOT, 0.0f, -HALF_ROOT, 1.0f, HALF_ROOT, 0.0f, -HALF_ROOT },
                               { 0.0f, -HALF_ROOT, -1.0f, -HALF_ROOT, 0.0f, -HALF_ROOT, -1.0f,
                                 -HALF_ROOT } };

/* The first 16 points in the lower lanes, the last 16 in the upper; the same way back. */
static inline void pair(lanes *a, lanes *b) {
    const lanes lower = __builtin_shufflevector(*a, *b, 0, 1, 2, 3, 8, 9, 10, 11);
    const lanes upper = __builtin_shufflevector(*a, *b, 4, 5, 6, 7, 12, 13, 14, 15);
    *a = lower;
    *b = upper;
}

static inline void load_last(point x[4], const float *piece, uint32_t step) {
    (void)step;
    for (uint32_t k = 0; k < 4; k++) {
        x[k] = load(piece + OCTET_FLOATS * (size_t)(k % 2 * 2 + k / 2), 0);
    }
    for (uint32_t k = 0; k < 4; k += 2) {
        pair(&x[k].real, &x[k + 1].real);
        pair(&x[k].imag, &x[k + 1].imag);
    }
}

static inline void store_last(float *piece, uint32_t step, point x[4]) {
    (void)step;
    for (uint32_t k = 0; k < 4; k += 2) {
        pair(&x[k].real, &x[k + 1].real);
        pair(&x[k].imag, &x[k + 1].imag);
    }
    for (uint32_t k = 0; k < 4; k++) {
        store(piece + OCTET_FLOATS * (size_t)(k % 2 * 2 + k / 2), 0, x[k]);
    }
}

/* In each half by itself. */
static inline void transpose(lanes rows[4]) {
    const lanes low01 = __builtin_shufflevector(rows[0], rows[1], 0, 8, 1, 9, 4, 12, 5, 13);
    const lanes low23 = __builtin_shufflevector(rows[2], rows[3], 0, 8, 1, 9, 4, 12, 5, 13);
    const lanes high01 = __builtin_shufflevector(rows[0], rows[1], 2, 10, 3, 11, 6, 14, 7, 15);
    const lanes high23 = __builtin_shufflevector(rows[2], rows[3], 2, 10, 3, 11, 6, 14, 7, 15);
    rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15);
    rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 10, 11, 6, 7, 14, 15);
}
#endif

static inline void transpose_points(point x[4]) {
    lanes real[4] = { x[0].real, x[1].real, x[2].real, x[3].real };
    lanes imag[4] = { x[0].imag, x[1].imag, x[2].imag, x[3].imag };
    transpose(real);
    transpose(imag);
    for (uint32_t k = 0; k < 4; k++) {
        x[k] = (point){ real[k], imag[k] };
    }
}

/* Blocks of 8: one stage of radix 2, then blocks of 4. Of 16: one of radix 4. */
static inline void forward_last(float *piece, uint32_t count, bool is_eight, const float *w) {
    for (; count > 0; count--, piece += SPECTRUM_PIECE_FLOATS) {
        for (uint32_t step = 0; step < LAST_STEPS; step++) {
            point x[4];
            load_last(x, piece, step);
            if (is_eight) {
                for (uint32_t k = 0; k < 4; k += 2) {
                    const point sum = add(x[k], x[k + 1]);
                    x[k + 1] = multiply(subtract(x[k], x[k + 1]), eighths);
                    x[k] = sum;
                }
            } else {
                forward_four(x);
                for (uint32_t k = 1; k < 4; k++) {
                    x[k] = multiply(x[k], load(w + OCTET_FLOATS * (size_t)(k - 1), 0));
                }
            }
            transpose_points(x);
            forward_four(x);
            store_last(piece, step, x);
        }
    }
}

static inline void backward_last(float *piece, uint32_t count, bool is_eight, const float *w) {
    for (; count > 0; count--, piece += SPECTRUM_PIECE_FLOATS) {
        for (uint32_t step = 0; step < LAST_STEPS; step++) {
            point x[4];
            load_last(x, piece, step);
            backward_four(x);
            transpose_points(x);
            if (is_eight) {
                for (uint32_t k = 0; k < 4; k += 2) {
                    const point turned = multiply_back(x[k + 1], eighths);
                    x[k + 1] = subtract(x[k], turned);
                    x[k] = add(x[k], turned);
                }
            } else {
                for (uint32_t k = 1; k < 4; k++) {
                    x[k] = multiply_back(x[k], load(w + OCTET_FLOATS * (size_t)(k - 1), 0));
                }
                backward_four(x);
            }
            store_last(piece, step, x);
        }
    }
}

/* -- Passes ------------------------------------------------------------------------------------- */

static void forward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                         float *points) {
    const uint32_t m = plan->point_count >> 2 * pass;
    const float *w = plan->twiddles + spectrum_twiddles_before(plan->point_count, m);
    float *first = points + (size_t)SPECTRUM_PIECE_FLOATS * begin;
    if (pass + 1 < plan->pass_count) {
        run_stage(plan, m, begin, end, points, forward_run);
    } else if (m == 8) {
        forward_last(first, end - begin, true, w);
    } else {
        forward_last(first, end - begin, false, w);
    }
}

static void backward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                          float *points) {
    const uint32_t m = plan->point_count >> 2 * (plan->pass_count - 1 - pass);
    const float *w = plan->twiddles + spectrum_twiddles_before(plan->point_count, m);
    float *first = points + (size_t)SPECTRUM_PIECE_FLOATS * begin;
    if (pass > 0) {
        run_stage(plan, m, begin, end, points, backward_run);
    } else if (m == 8) {
        backward_last(first, end - begin, true, w);
    } else {
        backward_last(first, end - begin, false, w);
    }
}

/* -- What surrounds the transforms -------------------------------------------------------------- */

static void turn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *points,
                 const float *in) {
    for (uint32_t octet = 4 * begin; octet < 4 * end; octet++, in += OCTET) {
        const size_t at = OCTET_FLOATS * (size_t)octet;
        for (uint32_t part = 0; part < PARTS; part++) {
            const lanes x = lanes_load(in + SPECTRUM_LANES * (size_t)part);
            const point by = load(plan->turns + at, part);
            store(points + at, part, (point){ x * by.real, x * by.imag });
        }
    }
}

static inline void unturn_run(const spectrum_plan *plan, bool is_last_half, uint32_t begin,
                              uint32_t end, float *out, const float *points) {
    for (uint32_t octet = 4 * begin; octet < 4 * end; octet++, out += OCTET) {
        const size_t at = OCTET_FLOATS * (size_t)octet;
        for (uint32_t part = 0; part < PARTS; part++) {
            const point back = multiply_back(load(points + at, part), load(plan->turns + at, part));
            lanes_store(out + SPECTRUM_LANES * (size_t)part, is_last_half ? back.imag : back.real);
        }
    }
}

static void unturn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *out,
                   const float *points) {
    const uint32_t half = plan->point_count / SPECTRUM_PIECE_POINTS;
    if (begin < half) {
        unturn_run(plan, false, begin, end < half ? end : half, out, points);
    }
    if (end > half) {
        const uint32_t from = begin > half ? begin - half : 0;
        unturn_run(plan, true, from, end - half,
                   out + (size_t)SPECTRUM_PIECE_POINTS * (half + from - begin), points);
    }
}

/* Eight sums in registers, and the two rows that they are of pass by once: 4 vectors of points of a slot,
 * which is all of it or half. */
enum { SWEEP_FLOATS = 8 * SPECTRUM_LANES, SWEEPS = SPECTRUM_PIECE_FLOATS / SWEEP_FLOATS };

static inline point load_sweep(const float *sweep, uint32_t k) {
    return load(sweep + OCTET_FLOATS * (size_t)(k / PARTS), k % PARTS);
}

static inline void multiply_run(point sums[4], const float *a, const float *b, uint32_t count) {
    for (uint32_t slot = 0; slot < count; slot++) {
        for (uint32_t k = 0; k < 4; k++) {
            point x = load_sweep(a, k), y = load_sweep(b, k);
            HOLD(x);
            HOLD(y);
            sums[k].real += x.real * y.real;
            sums[k].imag += x.real * y.imag;
            sums[k].real -= x.imag * y.imag;
            sums[k].imag += x.imag * y.real;
        }
        a += SPECTRUM_PIECE_FLOATS;
        b += SPECTRUM_PIECE_FLOATS;
    }
}

static void product(float *points, uint32_t begin, uint32_t end, const spectra_run *runs,
                    uint32_t run_count, bool is_more) {
    for (uint32_t sweep = SWEEPS * begin; sweep < SWEEPS * end; sweep++) {
        const uint32_t piece = sweep / SWEEPS, within = sweep % SWEEPS * SWEEP_FLOATS;
        float *to = points + (size_t)SPECTRUM_PIECE_FLOATS * piece + within;
        point sums[4] = { 0 };
        for (uint32_t k = 0; k < 4 && is_more; k++) {
            sums[k] = load_sweep(to, k);
        }
        for (uint32_t run = 0; run < run_count; run++) {
            const spectra_run *of = &runs[run];
            multiply_run(sums, of->a + spectra_at(piece, 0, of->a_slot_count) + within,
                         of->b + spectra_at(piece, 0, of->b_slot_count) + within, of->count);
        }
        for (uint32_t k = 0; k < 4; k++) {
            store(to + OCTET_FLOATS * (size_t)(k / PARTS), k % PARTS, sums[k]);
        }
    }
}

const spectrum_kernels SPECTRUM_KERNELS = { turn, forward_pass, backward_pass, unturn, product };
