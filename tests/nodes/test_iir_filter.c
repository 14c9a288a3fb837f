/* IIRFilterNode against the difference equation of Web Audio 1.1, "Filter Definition", in double. */
#include "harness.h"
#include "kernels/iir.h"
#include "nodes/iir_filter.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_iir_filter;
#define CLASS (&wa_node_class_iir_filter)

enum { FRAMES_MAX = 4096, COEFFICIENTS = 20 };
static const uint32_t sizes[] = { 1, 100, 127, 128, 129, 441, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };
static const double pi = 3.14159265358979323846;

typedef struct lists {
    uint32_t b_count, a_count;
    double b[COEFFICIENTS], a[COEFFICIENTS];
} lists;

typedef struct past {
    double x[COEFFICIENTS], y[COEFFICIENTS]; /* [k]: k frames ago */
} past;

/* a[0] y[n] + a[1] y[n-1] + ... = b[0] x[n] + b[1] x[n-1] + ... solved for y[n]. */
static double oracle_next(const lists *of, past *was, double x) {
    memmove(was->x + 1, was->x, (COEFFICIENTS - 1) * sizeof(double));
    memmove(was->y + 1, was->y, (COEFFICIENTS - 1) * sizeof(double));
    was->x[0] = x;
    was->y[0] = 0.0;
    double sum = 0.0;
    for (uint32_t k = 0; k < of->b_count; k++) {
        sum += of->b[k] * was->x[k];
    }
    for (uint32_t k = 1; k < of->a_count; k++) {
        sum -= of->a[k] * was->y[k];
    }
    was->y[0] = sum / of->a[0];
    return was->y[0];
}

/* -- Filters -- */

static void multiply(double *product, uint32_t *count, const double *factor, uint32_t factor_count) {
    double result[COEFFICIENTS] = { 0 };
    assert_true(*count + factor_count - 1 <= COEFFICIENTS);
    for (uint32_t i = 0; i < *count; i++) {
        for (uint32_t j = 0; j < factor_count; j++) {
            result[i + j] += product[i] * factor[j];
        }
    }
    *count += factor_count - 1;
    memcpy(product, result, sizeof result);
}

/* `sections` lowpasses of second order, one after another. */
static lists lowpass(uint32_t sections, double turns_per_frame, double q) {
    lists made = { .b_count = 1, .a_count = 1, .b = { 1 }, .a = { 1 } };
    const double w = 2 * pi * turns_per_frame, alpha = sin(w) / (2 * q), c = cos(w);
    const double b[] = { (1 - c) / 2, 1 - c, (1 - c) / 2 }, a[] = { 1 + alpha, -2 * c, 1 - alpha };
    for (uint32_t i = 0; i < sections; i++) {
        multiply(made.b, &made.b_count, b, 3);
        multiply(made.a, &made.a_count, a, 3);
    }
    return made;
}

/* All 20 of each, the poles safely inside. */
static lists full(void) {
    lists made = { .b_count = COEFFICIENTS, .a_count = COEFFICIENTS };
    float noise[2 * COEFFICIENTS];
    harness_noise(77, noise, 2 * COEFFICIENTS);
    for (uint32_t k = 0; k < COEFFICIENTS; k++) {
        made.b[k] = (double)noise[k];
        made.a[k] = k == 0 ? -2.5 : (double)noise[COEFFICIENTS + k] / 10.0;
    }
    return made;
}

enum { FILTER_COUNT = 8 };

static lists filter_of(uint32_t row) {
    static const lists plain[] = {
        { 1, 1, { 0.5 }, { 1 } },
        { 1, 2, { 0.1 }, { 1, -0.9 } },
        { 20, 1, { 1, 2, 3, -4, 5, 6, 7, 8, 9, 10, -1, -2, 3, 4, 5, 6, 7, 8, 9, 11 }, { 4 } },
        { 3, 4, { 0, 0, 1 }, { 2, -1, 0.5, 0.25 } },
    };
    switch (row) {
    case 4:
        return lowpass(1, 0.01, 8);
    case 5:
        return lowpass(2, 0.004, 0.7);
    case 6:
        return lowpass(4, 0.05, 1);
    case 7:
        return full();
    default:
        return plain[row];
    }
}

static wa_iir_filter_options options_of(const lists *of) {
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    options.feedforward_count = of->b_count;
    options.feedback_count = of->a_count;
    memcpy(options.feedforward, of->b, sizeof of->b);
    memcpy(options.feedback, of->a, sizeof of->a);
    return options;
}

static harness *create(lists of, harness_desc desc) {
    const wa_iir_filter_options options = options_of(&of);
    desc.options = &options;
    return harness_create(CLASS, &desc);
}

static void fill(harness *node, uint32_t channel_count, uint32_t seed) {
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(seed + channel, in[channel], node->quantum.frame_count);
    }
}

/* -- The arithmetic -- */

static double check(uint32_t row, uint32_t frames, double rate_hz, bool is_aliased) {
    static double want[FRAMES_MAX];
    static float in[FRAMES_MAX];
    const lists of = filter_of(row);
    past was[2] = { 0 };
    double worst = -400.0;
    harness *node =
        create(of, (harness_desc){
                       .quantum_frames = frames, .sample_rate_hz = rate_hz, .is_aliased = is_aliased });
    for (uint32_t round = 0; round < (frames == 1 ? 300u : 3u); round++) {
        fill(node, 2, 10 * round);
        harness_render(node);
        for (uint32_t channel = 0; channel < 2; channel++) {
            harness_noise(10 * round + channel, in, frames);
            for (uint32_t i = 0; i < frames; i++) {
                want[i] = oracle_next(&of, &was[channel], (double)in[i]);
            }
            if (frames > 1) {
                worst = fmax(worst, harness_error_db(node->outputs[0].planes[channel], want, frames));
            } else {
                assert_true(fabs((double)node->outputs[0].planes[channel][0] - want[0]) <=
                            1e-7 * (1.0 + fabs(want[0])));
            }
        }
    }
    harness_destroy(node);
    return worst;
}

static void it_follows_the_difference_equation(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t row = 0; row < FILTER_COUNT; row++) {
        for (uint32_t size = 0; size < SIZE_COUNT; size++) {
            worst = fmax(worst, check(row, sizes[size], size % 2 == 0 ? 3000.0 : 768000.0, row % 2));
        }
    }
    printf("iir_filter: %.1f dB at worst\n", worst);
    assert_true(worst < -145.0);
}

/* However time is cut into quanta, the bits are the same: spans of 64 do not show. */
static void the_quantum_does_not_show(void **state) {
    (void)state;
    static float heard[SIZE_COUNT][FRAMES_MAX];
    static float signal[FRAMES_MAX];
    harness_noise(3, signal, FRAMES_MAX);
    for (uint32_t row = 0; row < FILTER_COUNT; row++) {
        for (uint32_t size = 0; size < SIZE_COUNT; size++) {
            const uint32_t frames = sizes[size];
            harness *node = create(filter_of(row), (harness_desc){ .quantum_frames = frames });
            for (uint32_t begin = 0; begin + frames <= FRAMES_MAX; begin += frames) {
                memcpy(harness_input(node, 0, 1)[0], signal + begin, frames * sizeof(float));
                harness_render(node);
                memcpy(heard[size] + begin, node->outputs[0].planes[0], frames * sizeof(float));
            }
            const uint32_t whole = FRAMES_MAX / frames * frames;
            assert_memory_equal(heard[size], heard[0], whole * sizeof(float));
            harness_destroy(node);
        }
    }
}

static void in_place_and_among_neighbours_it_is_the_same(void **state) {
    (void)state;
    harness *alone[FILTER_COUNT], *crowd[FILTER_COUNT];
    for (uint32_t row = 0; row < FILTER_COUNT; row++) {
        alone[row] = create(filter_of(row), (harness_desc){ .quantum_frames = 100 });
        crowd[row] =
            create(filter_of(row), (harness_desc){ .quantum_frames = 100, .is_aliased = true });
    }
    for (uint32_t round = 0; round < 8; round++) {
        for (uint32_t row = 0; row < FILTER_COUNT; row++) {
            fill(alone[row], 1 + (row + round) % 3, round);
            fill(crowd[row], 1 + (row + round) % 3, round);
            if (round == 3 && row == 4) {
                alone[row]->inputs[0].planes[0][50] = crowd[row]->inputs[0].planes[0][50] = NAN;
            }
            harness_render(alone[row]);
        }
        harness_render_many(crowd, FILTER_COUNT);
        for (uint32_t row = 0; row < FILTER_COUNT; row++) {
            harness_assert_same(alone[row], crowd[row]);
        }
    }
    for (uint32_t row = 0; row < FILTER_COUNT; row++) {
        harness_destroy(alone[row]);
        harness_destroy(crowd[row]);
    }
}

/* -- What must not last -- */

static void nan_does_not_stick(void **state) {
    (void)state;
    static const float poison[] = { NAN, INFINITY, -INFINITY };
    for (uint32_t row = 0; row < 3 * FILTER_COUNT; row++) {
        harness *node = create(filter_of(row % FILTER_COUNT), (harness_desc){ 0 });
        harness *fresh = create(filter_of(row % FILTER_COUNT), (harness_desc){ 0 });
        fill(node, 1, 1);
        node->inputs[0].planes[0][127] = poison[row / FILTER_COUNT];
        harness_render(node);
        for (uint32_t i = 0; i < 128; i++) {
            assert_true(isfinite(node->outputs[0].planes[0][i]));
            assert_true(i < 64 || node->outputs[0].planes[0][i] == 0.0f); /* its span is silent */
        }
        harness_sleep(fresh, 1);
        fill(node, 1, 2);
        fill(fresh, 1, 2);
        harness_render(node);
        harness_render(fresh);
        harness_assert_same(node, fresh);
        harness_destroy(node);
        harness_destroy(fresh);
    }
}

/* Filters that run away, slowly and fast, and gains that no float holds. */
static void a_filter_that_runs_away_starts_over(void **state) {
    (void)state;
    static const struct {
        lists of;
        bool is_recursive;
    } rows[] = {
        { { 1, 2, { 1 }, { 1, -1.01 } }, true },    { { 1, 2, { 1 }, { 1, 3 } }, true },
        { { 1, 3, { 1 }, { 1, -2, 1.5 } }, true },  { { 1, 2, { 1e300 }, { 1, -1e300 } }, true },
        { { 1, 1, { 1e200 }, { 1e-200 } }, false }, { { 2, 1, { 1e39, 1 }, { 1 } }, false },
        { { 1, 1, { 1 }, { 1e-310 } }, false },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        harness *node = create(rows[row].of, (harness_desc){ 0 });
        uint32_t silent_count = 0;
        for (uint32_t round = 0; round < 400; round++) {
            fill(node, 2, round);
            harness_render(node);
            for (uint32_t i = 0; i < 128; i++) {
                assert_true(isfinite(node->outputs[0].planes[0][i]));
                silent_count += node->outputs[0].planes[0][i] == 0.0f;
            }
        }
        assert_true(silent_count > 0); /* it did run away */
        harness_input_inactive(node, 0);
        uint32_t quanta = 0;
        for (; node->instance.has_tail; quanta++) {
            harness_render(node);
            assert_true(quanta < 200);
        }
        harness_render(node);
        assert_true(node->outputs[0].is_silent);
        harness_destroy(node);
    }
}

/* -- Tail -- */

static void it_rings_out_and_ends(void **state) {
    (void)state;
    static const uint32_t longest[FILTER_COUNT] = { 1, 8, 1, 3, 115, 60, 60, 30 };
    for (uint32_t row = 0; row < FILTER_COUNT; row++) {
        const lists of = filter_of(row);
        harness *node = create(of, (harness_desc){ 0 });
        past was = { 0 };
        fill(node, 1, row);
        harness_render(node);
        for (uint32_t i = 0; i < 128; i++) {
            oracle_next(&of, &was, (double)node->inputs[0].planes[0][i]);
        }
        harness_input_inactive(node, 0);
        uint32_t quanta = 0;
        for (; node->instance.has_tail; quanta++) {
            harness_render(node);
            assert_true(quanta < longest[row]);
            assert_false(node->outputs[0].is_silent);
            for (uint32_t i = 0; i < 128; i++) {
                assert_true(fabs((double)node->outputs[0].planes[0][i] - oracle_next(&of, &was, 0.0)) <
                            1e-5);
            }
        }
        for (uint32_t i = 0; i < 100000; i++) { /* what was cut off is below -144 dB */
            assert_true(fabs(oracle_next(&of, &was, 0.0)) < 0x1p-24);
        }
        harness_render(node);
        assert_true(node->outputs[0].is_silent);
        assert_int_equal(node->outputs[0].channel_count, 1);
        harness_destroy(node);
    }
}

/* Eighth order far down: from 2^-80 it grows by many powers of two before it dies. */
static void a_filter_that_swells_is_not_cut(void **state) {
    (void)state;
    const lists of = lowpass(3, 0.003, 0.8);
    iir_coefficients by = { .forward_order = of.b_count - 1, .back_order = of.a_count - 1 };
    for (uint32_t k = 0; k < COEFFICIENTS; k++) {
        by.b[k] = of.b[k] / of.a[0];
        by.a[k] = of.a[k] / of.a[0];
    }
    iir_history history = { .y = { [IIR_ORDER_MAX - 1] = 0x1.fp-81 } };
    assert_true(iir_is_over(&by, &history));
    float nothing[64] = { 0 }, heard[64];
    double most = 0.0;
    for (uint32_t i = 0; i < 2000; i++) {
        kernel_iir(nothing, heard, &by, &history, 64);
        most = fmax(most, fabs(history.y[IIR_ORDER_MAX - 1]));
    }
    printf("iir_filter: swells from 2^-80 to 2^%.1f\n", log2(most));
    assert_true(most > 0x1p-60 && most < 0x1p-24);
}

static void an_integrator_rings_for_ever(void **state) {
    (void)state;
    harness *node = create((lists){ 1, 2, { 1 }, { 1, -1 } }, (harness_desc){ 0 });
    float *const *in = harness_input(node, 0, 1);
    memset(in[0], 0, 128 * sizeof(float));
    in[0][5] = 0.25f;
    harness_render(node);
    harness_input_inactive(node, 0);
    for (uint32_t round = 0; round < 5000; round++) {
        harness_render(node);
        assert_true(node->outputs[0].planes[0][127] == 0.25f);
        assert_true(node->instance.has_tail);
    }
    harness_destroy(node);
}

static void zeros_in_are_zeros_out(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 2 * FILTER_COUNT; row++) {
        harness *node = create(filter_of(row / 2), (harness_desc){ 0 });
        harness_input_silent(node, 0, 2);
        node->inputs[0].is_silent = row % 2;
        harness_render(node);
        for (uint32_t i = 0; i < 256; i++) {
            assert_true(node->outputs[0].planes[i / 128][i % 128] == 0.0f);
        }
        assert_int_equal(node->outputs[0].channel_count, 2);
        assert_false(node->instance.has_tail);
        harness_destroy(node);
    }
}

static void a_reset_node_is_as_new(void **state) {
    (void)state;
    harness *used = create(filter_of(5), (harness_desc){ 0 });
    for (uint32_t round = 0; round < 9; round++) {
        fill(used, 1 + round % 6, round);
        harness_render(used);
    }
    harness_reset(used);
    harness *fresh = create(filter_of(5), (harness_desc){ 0 });
    harness_sleep(fresh, 9);
    for (uint32_t round = 0; round < 9; round++) {
        fill(used, 1 + round % 3, round);
        fill(fresh, 1 + round % 3, round);
        harness_render(used);
        harness_render(fresh);
        harness_assert_same(used, fresh);
    }
    harness_destroy(used);
    harness_destroy(fresh);
}

/* -- Channels -- */

/* Stereo, mono into the ringing stereo, quad, and down again; every channel as its own filter. */
static void channels_follow_the_tail(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 2, 1, 1, 4, 2, 1 }, widths[] = { 1, 2, 2, 2, 4, 4, 4 };
    static double want[441];
    const lists of = lowpass(2, 0.01, 3);
    harness *node = create(of, (harness_desc){ .quantum_frames = 441, .is_aliased = true });
    past was[4] = { 0 };
    for (uint32_t round = 0; round < 7; round++) {
        const uint32_t count = counts[round], width = widths[round];
        fill(node, count, round);
        was[1] = round == 1 ? was[0] : was[1]; /* mono was the same on both sides */
        for (uint32_t channel = 0; channel < width; channel++) {
            const int32_t from = channel < count             ? (int32_t)channel
                                 : count == 1 && channel < 2 ? 0
                                                             : -1;
            float source[441] = { 0 };
            if (from >= 0) {
                harness_noise(round + (uint32_t)from, source, 441);
            }
            for (uint32_t i = 0; i < 441; i++) {
                want[i] = oracle_next(&of, &was[channel], (double)source[i]);
            }
            if (channel == 0) {
                harness_render(node);
                assert_int_equal(node->outputs[0].channel_count, width);
            }
            assert_true(harness_error_db(node->outputs[0].planes[channel], want, 441) < -120.0);
        }
    }
    harness_destroy(node);
}

/* Quad rings out while stereo arrives, stereo while mono does; nothing falls early, nor two steps at once. */
static void the_channel_count_falls_step_by_step(void **state) {
    (void)state;
    harness *node = create(lowpass(1, 0.01, 3), (harness_desc){ 0 });
    static uint32_t heard[200];
    uint32_t first_two = 0, first_one = 0;
    for (uint32_t round = 0; round < 200; round++) {
        fill(node, round == 0 ? 4 : round < 12 ? 2 : 1, round);
        harness_render(node);
        heard[round] = node->outputs[0].channel_count;
        assert_true(round == 0 || heard[round] <= heard[round - 1]);
        first_two = first_two == 0 && heard[round] == 2 ? round : first_two;
        first_one = first_one == 0 && heard[round] == 1 ? round : first_one;
    }
    assert_in_range(first_two, 13, 60); /* the filter rings for thousands of frames */
    assert_in_range(first_one, first_two + 10, 120);
    harness_destroy(node);
}

/* -- Control -- */

static void the_frequency_response_is_that_of_the_formula(void **state) {
    (void)state;
    static const double rates[] = { 3000, 48000, 768000 };
    for (uint32_t row = 0; row < 3 * FILTER_COUNT; row++) {
        const lists of = filter_of(row % FILTER_COUNT);
        const double rate = rates[row / FILTER_COUNT];
        const float at[] = { 0,
                             1,
                             (float)(rate / 7),
                             (float)(rate / 2.01),
                             (float)(rate / 2),
                             -1,
                             0,
                             (float)(rate / 2 + 1),
                             NAN,
                             INFINITY };
        enum { COUNT = sizeof at / sizeof at[0] };
        float magnitude[COUNT], phase[COUNT];
        harness *node = create(of, (harness_desc){ .sample_rate_hz = rate });
        iir_filter_frequency_response(node->setup.config, rate, at, magnitude, phase, COUNT);
        for (uint32_t i = 0; i < COUNT; i++) {
            if (!(at[i] >= 0.0f && (double)at[i] <= rate / 2)) {
                assert_true(isnan(magnitude[i]) && isnan(phase[i]));
                continue;
            }
            double sums[4] = { 0 };
            for (uint32_t k = 0; k < COEFFICIENTS; k++) {
                const double angle = 2 * pi * (double)at[i] / rate * k;
                sums[0] += of.b[k] * cos(angle);
                sums[1] -= of.b[k] * sin(angle);
                sums[2] += of.a[k] * cos(angle);
                sums[3] -= of.a[k] * sin(angle);
            }
            const double want = hypot(sums[0], sums[1]) / hypot(sums[2], sums[3]);
            assert_true(fabs((double)magnitude[i] - want) < 1e-6 * (1.0 + want));
            if (want > 1e-6) {
                const double turn =
                    atan2(sums[1], sums[0]) - atan2(sums[3], sums[2]) - (double)phase[i];
                assert_true(fabs(sin(turn)) < 1e-5 && cos(turn) > 0);
            }
        }
        harness_destroy(node);
    }
}

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        lists of;
        wa_status status;
        const char *word;
    } rows[] = {
        { { 1, 1, { 1 }, { 1 } }, WA_OK, "" },
        { { 20, 20, { [19] = 1 }, { 1 } }, WA_OK, "" },
        { { 2, 1, { 0, -1e-300 }, { -5 } }, WA_OK, "" },
        { { 0, 1, { 1 }, { 1 } }, WA_ERR_NOT_SUPPORTED, "feedforward_count" },
        { { 21, 1, { 1 }, { 1 } }, WA_ERR_NOT_SUPPORTED, "[1, 20]" },
        { { 1, 0, { 1 }, { 1 } }, WA_ERR_NOT_SUPPORTED, "feedback_count" },
        { { 1, 21, { 1 }, { 1 } }, WA_ERR_NOT_SUPPORTED, "feedback_count" },
        { { 3, 1, { 0 }, { 1 } }, WA_ERR_INVALID_STATE, "feedforward" },
        { { 1, 2, { 1 }, { 0, 1 } }, WA_ERR_INVALID_STATE, "feedback[0]" },
        { { 2, 1, { 1, NAN }, { 1 } }, WA_ERR_TYPE, "feedforward[1]" },
        { { 1, 3, { 1 }, { 1, 0, INFINITY } }, WA_ERR_TYPE, "feedback[2]" },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const wa_iir_filter_options options = options_of(&rows[row].of);
        assert_int_equal(harness_configure(CLASS, &options, NULL, NULL), rows[row].status);
        if (rows[row].status != WA_OK) {
            assert_non_null(strstr(wa_error_message(), rows[row].word));
        }
    }
    assert_int_equal(harness_configure(CLASS, NULL, NULL, NULL), WA_ERR_TYPE);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(it_follows_the_difference_equation),
        cmocka_unit_test(the_quantum_does_not_show),
        cmocka_unit_test(in_place_and_among_neighbours_it_is_the_same),
        cmocka_unit_test(nan_does_not_stick),
        cmocka_unit_test(a_filter_that_runs_away_starts_over),
        cmocka_unit_test(it_rings_out_and_ends),
        cmocka_unit_test(a_filter_that_swells_is_not_cut),
        cmocka_unit_test(an_integrator_rings_for_ever),
        cmocka_unit_test(zeros_in_are_zeros_out),
        cmocka_unit_test(a_reset_node_is_as_new),
        cmocka_unit_test(channels_follow_the_tail),
        cmocka_unit_test(the_channel_count_falls_step_by_step),
        cmocka_unit_test(the_frequency_response_is_that_of_the_formula),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
