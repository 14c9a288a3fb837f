/* Radix 4 in place: decimation in frequency forwards, in time backwards, so that neither has to sort.
 *
 *   forward    blocks of n, n/4, ... points, four neighbouring butterflies a piece; the last pass does the
 *              rest, blocks of 16 (or 2 times 8, when log2(n) is odd), within the registers of a piece
 *   backward   the same passes from the last to the first, each undone
 *
 * In the last pass four blocks of four points are turned into lanes, and left that way: it is the bins'
 * order that nobody asks for.
 */
#include "quads.h"
#include "spectrum.h"
#include <assert.h>
#include <math.h>

enum { TWIDDLE_FLOATS = 24 }; /* of a piece: three points */
static const double pi = 3.14159265358979323846;

static uint32_t log2_of(uint32_t power) {
    return 31u - (uint32_t)__builtin_clz(power);
}

uint32_t spectrum_pass_count(uint32_t point_count) {
    assert(point_count >= SPECTRUM_POINTS_MIN && point_count <= SPECTRUM_POINTS_MAX);
    assert((point_count & (point_count - 1)) == 0);
    return (log2_of(point_count) - 1) / 2;
}

/* Of the stages with blocks of more than m points, and of them the twiddles: 3 points of 2 floats for
 * every quarter, which adds up to 2 (n - m). */
static size_t twiddles_before(uint32_t point_count, uint32_t m) {
    return (size_t)2 * (point_count - m);
}

static uint32_t last_block(uint32_t point_count) {
    return point_count >> 2 * (spectrum_pass_count(point_count) - 1);
}

/* 16 or 8; the last pass of blocks of 16 has one piece of twiddles too. */
static size_t twiddle_floats(uint32_t point_count) {
    return twiddles_before(point_count, last_block(point_count)) + TWIDDLE_FLOATS;
}

static size_t round_up(size_t floats) {
    return (floats + 15) / 16 * 16;
}

uint32_t spectrum_plan_floats(uint32_t point_count) {
    return (uint32_t)(round_up(twiddle_floats(point_count)) + (size_t)2 * point_count);
}

static void set_point(float *to, uint32_t lane, double angle) {
    to[lane] = (float)cos(angle);
    to[lane + 4] = (float)sin(angle);
}

static float *stage_init(float *to, uint32_t m) {
    for (uint32_t first = 0; first < m / 4; first += 4) {
        for (uint32_t power = 1; power <= 3; power++, to += 8) {
            for (uint32_t lane = 0; lane < 4; lane++) {
                set_point(to, lane, -2.0 * pi * (double)(power * (first + lane)) / (double)m);
            }
        }
    }
    return to;
}

void spectrum_plan_init(spectrum_plan *plan, uint32_t point_count, float *table) {
    float *to = table;
    uint32_t m = point_count;
    for (; m >= 16; m /= 4) {
        to = stage_init(to, m);
    }
    assert((size_t)(to - table) <= twiddle_floats(point_count));
    float *turns = table + round_up(twiddle_floats(point_count));
    for (uint32_t k = 0; k < point_count; k++) {
        set_point(turns + (size_t)8 * (k / 4), k % 4, pi * (double)k / (2.0 * (double)point_count));
    }
    *plan = (spectrum_plan){ .point_count = point_count,
                             .pass_count = spectrum_pass_count(point_count),
                             .twiddles = table,
                             .turns = turns };
}

/* x[0] + x[1] z + x[2] z^2 + x[3] z^3 at z = 1, -i, -1, i; undone but for a factor of 4. */
static inline void forward_four(quad_point x[4]) {
    const quad_point even = point_add(x[0], x[2]), even_difference = point_subtract(x[0], x[2]);
    const quad_point odd = point_add(x[1], x[3]), odd_difference = point_subtract(x[1], x[3]);
    x[0] = point_add(even, odd);
    x[1] = point_subtract_turned(even_difference, odd_difference);
    x[2] = point_subtract(even, odd);
    x[3] = point_add_turned(even_difference, odd_difference);
}

static inline void backward_four(quad_point x[4]) {
    const quad_point even = point_add(x[0], x[2]), even_difference = point_subtract(x[0], x[2]);
    const quad_point odd = point_add(x[1], x[3]), odd_difference = point_subtract(x[1], x[3]);
    x[0] = point_add(even, odd);
    x[1] = point_add_turned(even_difference, odd_difference);
    x[2] = point_subtract(even, odd);
    x[3] = point_subtract_turned(even_difference, odd_difference);
}

static inline void load_four(quad_point x[4], const float *from, size_t stride) {
    for (uint32_t k = 0; k < 4; k++) {
        x[k] = point_load(from + k * stride);
    }
}

static inline void store_four(float *to, size_t stride, const quad_point x[4]) {
    for (uint32_t k = 0; k < 4; k++) {
        point_store(to + k * stride, x[k]);
    }
}

/* -- blocks of m points, their quarters `stride` floats apart -- */

static void forward_run(float *points, size_t stride, const float *w, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += 8, w += TWIDDLE_FLOATS) {
        quad_point x[4];
        load_four(x, points, stride);
        forward_four(x);
        for (uint32_t k = 1; k < 4; k++) {
            x[k] = point_multiply(x[k], point_load(w + 8 * (size_t)(k - 1)));
        }
        store_four(points, stride, x);
    }
}

static void backward_run(float *points, size_t stride, const float *w, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += 8, w += TWIDDLE_FLOATS) {
        quad_point x[4];
        load_four(x, points, stride);
        for (uint32_t k = 1; k < 4; k++) {
            x[k] = point_multiply_back(x[k], point_load(w + 8 * (size_t)(k - 1)));
        }
        backward_four(x);
        store_four(points, stride, x);
    }
}

static inline void
run_stage(const spectrum_plan *plan, uint32_t m, uint32_t begin, uint32_t end, float *points,
          void (*run)(float *points, size_t stride, const float *w, uint32_t count)) {
    const uint32_t shift = log2_of(m) - 4, mask = (1u << shift) - 1; /* pieces of a block */
    const float *w = plan->twiddles + twiddles_before(plan->point_count, m);
    for (uint32_t piece = begin; piece < end;) {
        const uint32_t within = piece & mask, left = mask + 1 - within;
        const uint32_t count = left < end - piece ? left : end - piece;
        run(points + (size_t)2 * m * (piece >> shift) + (size_t)8 * within, m / 2,
            w + (size_t)TWIDDLE_FLOATS * within, count);
        piece += count;
    }
}

/* -- the last pass -- */

#define HALF_ROOT 0.70710678118654752440f
static const quad_point eighths = { { 1.0f, HALF_ROOT, 0.0f, -HALF_ROOT },
                                    { 0.0f, -HALF_ROOT, -1.0f, -HALF_ROOT } };

static void forward_eights(float *points, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += SPECTRUM_PIECE_FLOATS) {
        quad_point x[4];
        load_four(x, points, 8);
        for (uint32_t k = 0; k < 4; k += 2) {
            const quad_point sum = point_add(x[k], x[k + 1]);
            x[k + 1] = point_multiply(point_subtract(x[k], x[k + 1]), eighths);
            x[k] = sum;
        }
        points_transpose(x);
        forward_four(x);
        store_four(points, 8, x);
    }
}

static void backward_eights(float *points, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += SPECTRUM_PIECE_FLOATS) {
        quad_point x[4];
        load_four(x, points, 8);
        backward_four(x);
        points_transpose(x);
        for (uint32_t k = 0; k < 4; k += 2) {
            const quad_point turned = point_multiply_back(x[k + 1], eighths);
            x[k + 1] = point_subtract(x[k], turned);
            x[k] = point_add(x[k], turned);
        }
        store_four(points, 8, x);
    }
}

static void forward_sixteens(float *points, const float *w, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += SPECTRUM_PIECE_FLOATS) {
        quad_point x[4];
        load_four(x, points, 8);
        forward_four(x);
        for (uint32_t k = 1; k < 4; k++) {
            x[k] = point_multiply(x[k], point_load(w + 8 * (size_t)(k - 1)));
        }
        points_transpose(x);
        forward_four(x);
        store_four(points, 8, x);
    }
}

static void backward_sixteens(float *points, const float *w, uint32_t count) {
    for (uint32_t i = 0; i < count; i++, points += SPECTRUM_PIECE_FLOATS) {
        quad_point x[4];
        load_four(x, points, 8);
        backward_four(x);
        points_transpose(x);
        for (uint32_t k = 1; k < 4; k++) {
            x[k] = point_multiply_back(x[k], point_load(w + 8 * (size_t)(k - 1)));
        }
        backward_four(x);
        store_four(points, 8, x);
    }
}

/* -- passes -- */

void kernel_forward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                         float *points) {
    assert(pass < plan->pass_count);
    assert(begin <= end && end <= plan->point_count / SPECTRUM_PIECE_POINTS);
    const uint32_t m = plan->point_count >> 2 * pass;
    float *first = points + (size_t)SPECTRUM_PIECE_FLOATS * begin;
    if (pass + 1 < plan->pass_count) {
        run_stage(plan, m, begin, end, points, forward_run);
    } else if (m == 8) {
        forward_eights(first, end - begin);
    } else {
        forward_sixteens(first, plan->twiddles + twiddles_before(plan->point_count, m), end - begin);
    }
}

void kernel_backward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                          float *points) {
    assert(pass < plan->pass_count);
    assert(begin <= end && end <= plan->point_count / SPECTRUM_PIECE_POINTS);
    const uint32_t m = plan->point_count >> 2 * (plan->pass_count - 1 - pass);
    float *first = points + (size_t)SPECTRUM_PIECE_FLOATS * begin;
    if (pass > 0) {
        run_stage(plan, m, begin, end, points, backward_run);
    } else if (m == 8) {
        backward_eights(first, end - begin);
    } else {
        backward_sixteens(first, plan->twiddles + twiddles_before(plan->point_count, m), end - begin);
    }
}
