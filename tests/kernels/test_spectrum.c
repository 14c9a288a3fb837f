/* kernels/spectrum: what it promises is that the product of two spectra is a linear convolution. So every
 * length is convolved, against sums in double, and each kernel of each variant must give the bits of the one
 * that runs everywhere, however its pieces are cut. */
#include "kernels/spectrum.h"
#include "kernels/variants.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD_FLOATS = 16 };
#define GUARD 12345.678f

static uint32_t random_state = 4711;
static float random_float(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(int32_t)random_state / 2147483648.0f;
}

/* Filled with NaN, 64-byte aligned, a guard behind. */
static float *floats(size_t count) {
    float *memory = aligned_alloc(64, (count + GUARD_FLOATS + 15) / 16 * 64);
    assert_non_null(memory);
    memset(memory, 0xff, count * sizeof(float));
    for (size_t i = 0; i < GUARD_FLOATS; i++) {
        memory[count + i] = GUARD;
    }
    return memory;
}

static void check_and_free(float *memory, size_t count) {
    for (size_t i = 0; i < GUARD_FLOATS; i++) {
        assert_true(memory[count + i] == GUARD);
    }
    free(memory);
}

static float *noise(size_t count) {
    float *made = floats(count);
    for (size_t i = 0; i < count; i++) {
        made[i] = random_float();
    }
    return made;
}

typedef struct space {
    spectrum_plan plan, reference; /* of the variant that is tested, and of the last one */
    uint32_t n, pieces;
    float *table;
} space;

/* variant NULL: the one that is used here. */
static space space_make(uint32_t n, const kernel_variant *variant) {
    uint32_t count = 0;
    const kernel_variant *all = kernel_variants(&count);
    space made = { .n = n, .pieces = n / SPECTRUM_PIECE_POINTS };
    made.table = floats(spectrum_plan_floats(n));
    spectrum_plan_init(&made.plan, n, made.table);
    assert_int_equal(made.plan.pass_count, spectrum_pass_count(n));
    assert_ptr_equal(made.plan.kernels, kernel_variant_best()->spectrum);
    made.plan.kernels = variant != NULL ? variant->spectrum : made.plan.kernels;
    made.reference = made.plan;
    made.reference.kernels = all[count - 1].spectrum;
    return made;
}

static void space_free(space *of) {
    check_and_free(of->table, spectrum_plan_floats(of->n));
}

typedef void pass_fn(const spectrum_plan *plan, uint32_t pass, uint32_t begin, uint32_t end,
                     float *points);

static void all_passes(const space *of, pass_fn *pass, float *points) {
    for (uint32_t index = 0; index < of->plan.pass_count; index++) {
        pass(&of->plan, index, 0, of->pieces, points);
    }
}

static float *spectrum_of(const space *of, const float *in, uint32_t count) {
    float *points = floats((size_t)2 * of->n);
    kernel_turn(&of->plan, 0, of->pieces, points, in, count);
    all_passes(of, kernel_forward_pass, points);
    return points;
}

/* -- the convolution ---------------------------------------------------------------------------- */

static double convolved(const float *a, uint32_t a_count, const float *b, uint32_t b_count,
                        uint32_t frame) {
    double sum = 0.0;
    for (uint32_t i = 0; i < a_count && i <= frame; i++) {
        sum += frame - i < b_count ? (double)a[i] * (double)b[frame - i] : 0.0;
    }
    return sum;
}

static double convolution_error_db(uint32_t n, uint32_t a_count, uint32_t b_count) {
    space of = space_make(n, NULL);
    float *a = noise(n), *b = noise(n), *out = floats((size_t)2 * n);
    float *a_points = spectrum_of(&of, a, a_count), *b_points = spectrum_of(&of, b, b_count);
    const spectra_run run = { a_points, b_points, 1, 1, 1 };
    float *product = floats((size_t)2 * n);
    kernel_spectra_product(&of.plan, product, 0, of.pieces, &run, 1, false);
    all_passes(&of, kernel_backward_pass, product);
    kernel_unturn(&of.plan, 0, 2 * of.pieces, out, product);
    double error = 0.0, energy = 0.0;
    const uint32_t step = n <= 512 ? 1 : 2 * n / 61 | 1;
    for (uint32_t frame = 0; frame < 2 * n; frame += step) {
        const double want = convolved(a, a_count, b, b_count, frame);
        error += pow(out[frame] / (double)n - want, 2.0);
        energy += want * want;
    }
    check_and_free(product, (size_t)2 * n);
    check_and_free(a_points, (size_t)2 * n);
    check_and_free(b_points, (size_t)2 * n);
    check_and_free(out, (size_t)2 * n);
    check_and_free(a, n);
    check_and_free(b, n);
    space_free(&of);
    return 10.0 * log10(error / energy + 1e-40);
}

static void every_length_convolves(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t n = SPECTRUM_POINTS_MIN; n <= SPECTRUM_POINTS_MAX; n *= 2) {
        worst = fmax(worst, convolution_error_db(n, n, n));
        worst = fmax(worst, convolution_error_db(n, n - 1, n / 3));
        worst = fmax(worst, convolution_error_db(n, 1, n));
    }
    printf("spectrum: worst convolution of 32..32768 points %.1f dB\n", worst);
    assert_true(worst < -130.0);
}

/* -- pieces ------------------------------------------------------------------------------------- */

/* Cuts [0, count) into runs of odd lengths, begun in the middle so that order does not matter either. */
static void in_cuts(uint32_t count, void (*run)(void *user, uint32_t begin, uint32_t end), void *user) {
    const uint32_t middle = count / 2;
    for (uint32_t half = 0; half < 2; half++) {
        const uint32_t end = half == 0 ? count : middle;
        uint32_t length = 1;
        for (uint32_t at = half == 0 ? middle : 0; at < end; at += length) {
            length = length * 3 % 7 + 1;
            length = length < end - at ? length : end - at;
            run(user, at, at + length);
        }
    }
}

typedef struct cut_call {
    const space *of;
    const float *in, *more;
    float *out;
    uint32_t pass;
} cut_call;

static void cut_turn(void *user, uint32_t begin, uint32_t end) {
    const cut_call *call = user;
    kernel_turn(&call->of->plan, begin, end, call->out, call->in, call->of->n - 5);
}

static void cut_forward(void *user, uint32_t begin, uint32_t end) {
    const cut_call *call = user;
    kernel_forward_pass(&call->of->plan, call->pass, begin, end, call->out);
}

static void cut_backward(void *user, uint32_t begin, uint32_t end) {
    const cut_call *call = user;
    kernel_backward_pass(&call->of->plan, call->pass, begin, end, call->out);
}

static void cut_unturn(void *user, uint32_t begin, uint32_t end) {
    const cut_call *call = user;
    kernel_unturn(&call->of->plan, begin, end, call->out + (size_t)SPECTRUM_PIECE_POINTS * begin,
                  call->in);
}

enum { SLOTS = 5 };
static void cut_product(void *user, uint32_t begin, uint32_t end) {
    const cut_call *call = user;
    const spectra_run runs[2] = {
        { call->in + spectra_at(0, 2, SLOTS), call->more, SLOTS, SLOTS, 3 },
        { call->in, call->more + spectra_at(0, 3, SLOTS), SLOTS, SLOTS, 2 },
    };
    kernel_spectra_product(&call->of->plan, call->out, begin, end, runs, 2, call->pass == 1);
}

static void assert_bits(const float *a, const float *b, size_t count) {
    assert_memory_equal(a, b, count * sizeof(float));
}

static void check_passes(const space *of, pass_fn *pass, void (*cut)(void *, uint32_t, uint32_t)) {
    float *whole = noise((size_t)2 * of->n), *pieces = floats((size_t)2 * of->n);
    memcpy(pieces, whole, (size_t)2 * of->n * sizeof(float));
    for (uint32_t index = 0; index < of->plan.pass_count; index++) {
        cut_call call = { .of = of, .out = pieces, .pass = index };
        pass(&of->reference, index, 0, of->pieces, whole);
        in_cuts(of->pieces, cut, &call);
        assert_bits(pieces, whole, (size_t)2 * of->n);
    }
    check_and_free(whole, (size_t)2 * of->n);
    check_and_free(pieces, (size_t)2 * of->n);
}

static void check_turns(const space *of) {
    const size_t count = (size_t)2 * of->n;
    float *in = noise(count), *whole = floats(count), *pieces = floats(count);
    cut_call call = { .of = of, .in = in, .out = pieces };
    kernel_turn(&of->reference, 0, of->pieces, whole, in, of->n - 5);
    in_cuts(of->pieces, cut_turn, &call);
    assert_bits(pieces, whole, count);
    kernel_unturn(&of->reference, 0, 2 * of->pieces, whole, in);
    in_cuts(2 * of->pieces, cut_unturn, &call);
    assert_bits(pieces, whole, count);
    check_and_free(in, count);
    check_and_free(whole, count);
    check_and_free(pieces, count);
}

static void check_products(const space *of) {
    const size_t count = (size_t)2 * of->n;
    float *a = noise(SLOTS * count), *b = noise(SLOTS * count);
    float *whole = floats(count), *pieces = floats(count);
    for (uint32_t is_more = 0; is_more < 2; is_more++) {
        space reference = *of;
        reference.plan = of->reference;
        cut_call call = { .of = &reference, .in = a, .more = b, .out = whole, .pass = is_more };
        cut_product(&call, 0, of->pieces);
        call.of = of;
        call.out = pieces;
        in_cuts(of->pieces, cut_product, &call);
        assert_bits(pieces, whole, count);
    }
    check_and_free(a, SLOTS * count);
    check_and_free(b, SLOTS * count);
    check_and_free(whole, count);
    check_and_free(pieces, count);
}

static void pieces_do_not_matter(void **state) {
    (void)state;
    static const uint32_t lengths[] = { 32, 64, 128, 512, 1024, 4096, 32768 };
    uint32_t variant_count = 0;
    const kernel_variant *variants = kernel_variants(&variant_count);
    for (uint32_t variant = 0; variant < variant_count; variant++) {
        if (!variants[variant].is_supported()) {
            print_message("no %s here\n", variants[variant].name);
            continue;
        }
        for (uint32_t row = 0; row < sizeof lengths / sizeof lengths[0]; row++) {
            space of = space_make(lengths[row], &variants[variant]);
            check_passes(&of, kernel_forward_pass, cut_forward);
            check_passes(&of, kernel_backward_pass, cut_backward);
            check_turns(&of);
            check_products(&of);
            space_free(&of);
        }
    }
}

/* -- products ----------------------------------------------------------------------------------- */

/* One bin of each slot, in octets: lane `lane` of octet k. */
static double part_of(const float *spectra, uint32_t slot, uint32_t slot_count, uint32_t k,
                      uint32_t lane, bool is_imag) {
    return (double)spectra[spectra_at(1, slot, slot_count) + 16 * (size_t)k + lane + (is_imag ? 8 : 0)];
}

static void products_are_sums(void **state) {
    (void)state;
    enum { COUNT = 11, A_SLOTS = 13, B_SLOTS = 17, PIECES = 2 };
    float *a = noise((size_t)A_SLOTS * PIECES * SPECTRUM_PIECE_FLOATS);
    float *b = noise((size_t)B_SLOTS * PIECES * SPECTRUM_PIECE_FLOATS);
    float *out = noise((size_t)PIECES * SPECTRUM_PIECE_FLOATS);
    float before[PIECES * SPECTRUM_PIECE_FLOATS];
    memcpy(before, out, sizeof before);
    const spectra_run runs[2] = {
        { a + spectra_at(0, 2, A_SLOTS), b + spectra_at(0, 6, B_SLOTS), A_SLOTS, B_SLOTS, COUNT },
        { a, b, A_SLOTS, B_SLOTS, 0 },
    };
    space of = space_make(PIECES * SPECTRUM_PIECE_POINTS, NULL);
    kernel_spectra_product(&of.plan, out, 1, 2, runs, 2, true);
    assert_bits(out, before, SPECTRUM_PIECE_FLOATS); /* the other piece is left alone */
    for (uint32_t bin = 0; bin < SPECTRUM_PIECE_POINTS; bin++) {
        const uint32_t k = bin / 8, lane = bin % 8;
        double real = (double)before[SPECTRUM_PIECE_FLOATS + 16 * k + lane];
        double imag = (double)before[SPECTRUM_PIECE_FLOATS + 16 * k + lane + 8];
        for (uint32_t slot = 0; slot < COUNT; slot++) {
            const double ar = part_of(a, 2 + slot, A_SLOTS, k, lane, false);
            const double ai = part_of(a, 2 + slot, A_SLOTS, k, lane, true);
            const double br = part_of(b, 6 + slot, B_SLOTS, k, lane, false);
            const double bi = part_of(b, 6 + slot, B_SLOTS, k, lane, true);
            real += ar * br - ai * bi;
            imag += ar * bi + ai * br;
        }
        assert_float_equal(out[SPECTRUM_PIECE_FLOATS + 16 * k + lane], real, 2e-6);
        assert_float_equal(out[SPECTRUM_PIECE_FLOATS + 16 * k + lane + 8], imag, 2e-6);
    }
    space_free(&of);
    check_and_free(a, (size_t)A_SLOTS * PIECES * SPECTRUM_PIECE_FLOATS);
    check_and_free(b, (size_t)B_SLOTS * PIECES * SPECTRUM_PIECE_FLOATS);
    check_and_free(out, (size_t)PIECES * SPECTRUM_PIECE_FLOATS);
}

static void store_keeps_other_slots(void **state) {
    (void)state;
    enum { PIECES = 3, TOTAL = SLOTS * PIECES * SPECTRUM_PIECE_FLOATS };
    float *spectra = noise(TOTAL), *points = noise((size_t)PIECES * SPECTRUM_PIECE_FLOATS);
    float *before = floats(TOTAL);
    memcpy(before, spectra, TOTAL * sizeof(float));
    kernel_spectra_store(spectra, 3, SLOTS, 1, PIECES, points);
    kernel_spectra_store(spectra, 1, SLOTS, 0, 2, NULL);
    for (uint32_t piece = 0; piece < PIECES; piece++) {
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            const float zeros[SPECTRUM_PIECE_FLOATS] = { 0 };
            const size_t at = spectra_at(piece, slot, SLOTS);
            const float *want = before + at;
            want = slot == 3 && piece >= 1 ? points + (size_t)piece * SPECTRUM_PIECE_FLOATS : want;
            want = slot == 1 && piece < 2 ? zeros : want;
            assert_bits(spectra + at, want, SPECTRUM_PIECE_FLOATS);
        }
    }
    check_and_free(spectra, TOTAL);
    check_and_free(before, TOTAL);
    check_and_free(points, (size_t)PIECES * SPECTRUM_PIECE_FLOATS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_convolves),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(products_are_sums),
        cmocka_unit_test(store_keeps_other_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
