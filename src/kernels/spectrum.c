/* What surrounds the transforms: turning, keeping, multiplying. */
#include "spectrum.h"
#include "quads.h"
#include <assert.h>
#include <string.h>

static inline void turn_piece(float *points, const float *turns, const float *in) {
    for (uint32_t k = 0; k < 4; k++) {
        const quad x = quad_load(in + 4 * (size_t)k);
        const quad_point turn = point_load(turns + 8 * (size_t)k);
        point_store(points + 8 * (size_t)k, (quad_point){ x * turn.real, x * turn.imag });
    }
}

void kernel_turn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *points,
                 const float *in, uint32_t in_count) {
    assert(begin <= end && end <= plan->point_count / SPECTRUM_PIECE_POINTS);
    for (uint32_t piece = begin; piece < end; piece++) {
        const size_t at = (size_t)SPECTRUM_PIECE_FLOATS * piece;
        const uint32_t first = SPECTRUM_PIECE_POINTS * piece;
        if (first + SPECTRUM_PIECE_POINTS <= in_count) {
            turn_piece(points + at, plan->turns + at, in + first);
        } else if (first < in_count) {
            _Alignas(16) float last[SPECTRUM_PIECE_POINTS] = { 0 };
            memcpy(last, in + first, (in_count - first) * sizeof *last);
            turn_piece(points + at, plan->turns + at, last);
        } else {
            memset(points + at, 0, SPECTRUM_PIECE_FLOATS * sizeof *points);
        }
    }
}

static inline void unturn_run(const spectrum_plan *plan, bool is_last_half, uint32_t begin,
                              uint32_t end, float *out, const float *points) {
    const float *turns = plan->turns + (size_t)SPECTRUM_PIECE_FLOATS * begin;
    points += (size_t)SPECTRUM_PIECE_FLOATS * begin;
    for (uint32_t quads = 4 * (end - begin); quads > 0; quads--) {
        const quad_point back = point_multiply_back(point_load(points), point_load(turns));
        quad_store(out, is_last_half ? back.imag : back.real);
        points += 8;
        turns += 8;
        out += 4;
    }
}

void kernel_unturn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *out,
                   const float *points) {
    const uint32_t half = plan->point_count / SPECTRUM_PIECE_POINTS;
    assert(begin <= end && end <= 2 * half);
    if (begin < half) {
        unturn_run(plan, false, begin, end < half ? end : half, out, points);
    }
    if (end > half) {
        const uint32_t from = begin > half ? begin - half : 0;
        unturn_run(plan, true, from, end - half,
                   out + (size_t)SPECTRUM_PIECE_POINTS * (half + from - begin), points);
    }
}

void kernel_spectra_store(float *spectra, uint32_t slot, uint32_t slot_count, uint32_t begin,
                          uint32_t end, const float *points) {
    const size_t bytes = SPECTRUM_PIECE_FLOATS * sizeof *points;
    assert(slot < slot_count);
    for (uint32_t piece = begin; piece < end; piece++) {
        float *to = spectra + spectra_at(piece, slot, slot_count);
        if (points != NULL) {
            memcpy(to, points + (size_t)SPECTRUM_PIECE_FLOATS * piece, bytes);
        } else {
            memset(to, 0, bytes);
        }
    }
}

/* Eight sums in registers, and the two rows that they are of pass by once. */
static inline void multiply_run(quad_point sums[4], const float *a, const float *b, uint32_t count) {
    for (uint32_t slot = 0; slot < count; slot++) {
        for (uint32_t k = 0; k < 4; k++) {
            quad_point x = point_load(a + 8 * (size_t)k), y = point_load(b + 8 * (size_t)k);
            POINT_HOLD(x);
            POINT_HOLD(y);
            sums[k].real += x.real * y.real;
            sums[k].imag += x.real * y.imag;
            sums[k].real -= x.imag * y.imag;
            sums[k].imag += x.imag * y.real;
        }
        a += SPECTRUM_PIECE_FLOATS;
        b += SPECTRUM_PIECE_FLOATS;
    }
}

void kernel_spectra_product(float *points, uint32_t begin, uint32_t end, const spectra_run *runs,
                            uint32_t run_count, bool is_more) {
    for (uint32_t piece = begin; piece < end; piece++) {
        float *to = points + (size_t)SPECTRUM_PIECE_FLOATS * piece;
        quad_point sums[4] = { 0 };
        for (uint32_t k = 0; k < 4 && is_more; k++) {
            sums[k] = point_load(to + 8 * (size_t)k);
        }
        for (uint32_t run = 0; run < run_count; run++) {
            const spectra_run *of = &runs[run];
            multiply_run(sums, of->a + spectra_at(piece, 0, of->a_slot_count),
                         of->b + spectra_at(piece, 0, of->b_slot_count), of->count);
        }
        for (uint32_t k = 0; k < 4; k++) {
            point_store(to + 8 * (size_t)k, sums[k]);
        }
    }
}
