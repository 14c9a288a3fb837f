/* Tables of transforms, and what is the same for all variants of the kernels. */
#include "spectrum.h"
#include "variants.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { OCTET_FLOATS = 16, TWIDDLE_FLOATS = 3 * OCTET_FLOATS };
static const double pi = 3.14159265358979323846;

/* -- Plans -------------------------------------------------------------------------------------- */

uint32_t spectrum_pass_count(uint32_t point_count) {
    assert(point_count >= SPECTRUM_POINTS_MIN && point_count <= SPECTRUM_POINTS_MAX);
    assert((point_count & (point_count - 1)) == 0);
    return (30u - (uint32_t)__builtin_clz(point_count)) / 2;
}

/* 16 or 8 points; the last pass of blocks of 16 has twiddles too. */
static size_t twiddle_floats(uint32_t point_count) {
    const uint32_t last = point_count >> 2 * (spectrum_pass_count(point_count) - 1);
    return spectrum_twiddles_before(point_count, last) + TWIDDLE_FLOATS;
}

uint32_t spectrum_plan_floats(uint32_t point_count) {
    return (uint32_t)((twiddle_floats(point_count) + 15) / 16 * 16 + (size_t)2 * point_count);
}

static void set_point(float *octet, uint32_t lane, double angle) {
    octet[lane] = (float)cos(angle);
    octet[lane + 8] = (float)sin(angle);
}

/* Four butterflies fill half an octet: they stand in both halves. */
static float *stage_init(float *to, uint32_t m) {
    for (uint32_t first = 0; first < m / 4; first += 8) {
        for (uint32_t power = 1; power <= 3; power++, to += OCTET_FLOATS) {
            for (uint32_t lane = 0; lane < 8; lane++) {
                const uint32_t index = (first + lane) % (m / 4);
                set_point(to, lane, -2.0 * pi * (double)(power * index) / (double)m);
            }
        }
    }
    return to;
}

void spectrum_plan_init(spectrum_plan *plan, uint32_t point_count, float *table) {
    float *to = table;
    for (uint32_t m = point_count; m >= 16; m /= 4) {
        to = stage_init(to, m);
    }
    assert((size_t)(to - table) <= twiddle_floats(point_count));
    float *turns = table + (twiddle_floats(point_count) + 15) / 16 * 16;
    for (uint32_t k = 0; k < point_count; k++) {
        set_point(turns + OCTET_FLOATS * (size_t)(k / 8), k % 8,
                  pi * (double)k / (2.0 * (double)point_count));
    }
    *plan = (spectrum_plan){ .point_count = point_count,
                             .pass_count = spectrum_pass_count(point_count),
                             .twiddles = table,
                             .turns = turns,
                             .kernels = kernel_variant_best()->spectrum };
}

/* -- Kernels ------------------------------------------------------------------------------------ */

static uint32_t pieces_of(const spectrum_plan *plan) {
    return plan->point_count / SPECTRUM_PIECE_POINTS;
}

/* The piece in which the input ends is turned from a copy that goes on with zeros. */
void kernel_turn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *points,
                 const float *in, uint32_t in_count) {
    assert(begin <= end && end <= pieces_of(plan));
    const uint32_t whole = in_count / SPECTRUM_PIECE_POINTS;
    const uint32_t full = end < whole ? end : whole > begin ? whole : begin;
    plan->kernels->turn(plan, begin, full, points, in + (size_t)SPECTRUM_PIECE_POINTS * begin);
    for (uint32_t piece = full; piece < end; piece++) {
        float *to = points + (size_t)SPECTRUM_PIECE_FLOATS * piece;
        const uint32_t first = SPECTRUM_PIECE_POINTS * piece;
        if (first < in_count) {
            _Alignas(64) float last[SPECTRUM_PIECE_POINTS] = { 0 };
            memcpy(last, in + first, (in_count - first) * sizeof *last);
            plan->kernels->turn(plan, piece, piece + 1, points, last);
        } else {
            memset(to, 0, SPECTRUM_PIECE_FLOATS * sizeof *to);
        }
    }
}

void kernel_forward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                         float *points) {
    assert(pass < plan->pass_count);
    assert(begin <= end && end <= pieces_of(plan));
    plan->kernels->forward_pass(plan, pass, begin, end, points);
}

void kernel_backward_pass(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                          float *points) {
    assert(pass < plan->pass_count);
    assert(begin <= end && end <= pieces_of(plan));
    plan->kernels->backward_pass(plan, pass, begin, end, points);
}

void kernel_unturn(const spectrum_plan *plan, uint32_t begin, uint32_t end, float *out,
                   const float *points) {
    assert(begin <= end && end <= 2 * pieces_of(plan));
    plan->kernels->unturn(plan, begin, end, out, points);
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

void kernel_spectra_product(const spectrum_plan *plan, float *points, uint32_t begin, uint32_t end,
                            const spectra_run *runs, uint32_t run_count, bool is_more) {
    assert(begin <= end && end <= pieces_of(plan));
    plan->kernels->product(points, begin, end, runs, run_count, is_more);
}
