/* BiquadFilterNode against the formulas of Web Audio 1.1, "Filters Characteristics", in double. */
#include "harness.h"
#include "nodes/biquad_filter.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_biquad_filter;
#define CLASS (&wa_node_class_biquad_filter)

enum { FRAMES_MAX = 4096 };
#define TYPE_COUNT 8
static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };
static const double pi = 3.14159265358979323846;

typedef struct values {
    float frequency_hz, detune_cents, q, gain_db;
} values;

typedef struct section {
    double b[3], a[3]; /* not divided by a[0] */
    double x1, x2, y1, y2;
} section;

/* The formulas as they stand, for frequencies inside (0, nyquist) and Q above 0. */
static void oracle_set(section *of, wa_biquad_filter_type type, values v, double rate_hz) {
    const double f0 = v.frequency_hz * pow(2.0, v.detune_cents / 1200.0);
    const double big_a = pow(10.0, v.gain_db / 40.0), w0 = 2.0 * pi * f0 / rate_hz;
    const double alpha_q = sin(w0) / (2.0 * v.q), alpha_db = sin(w0) / (2.0 * pow(10.0, v.q / 20.0));
    const double alpha_s = sin(w0) / 2.0 * sqrt(2.0), c = cos(w0), root = 2.0 * alpha_s * sqrt(big_a);
    const double p = big_a + 1.0, m = big_a - 1.0;
    const double rows[TYPE_COUNT][6] = {
        { (1 - c) / 2, 1 - c, (1 - c) / 2, 1 + alpha_db, -2 * c, 1 - alpha_db },
        { (1 + c) / 2, -(1 + c), (1 + c) / 2, 1 + alpha_db, -2 * c, 1 - alpha_db },
        { alpha_q, 0, -alpha_q, 1 + alpha_q, -2 * c, 1 - alpha_q },
        { big_a * (p - m * c + root), 2 * big_a * (m - p * c), big_a * (p - m * c - root),
          p + m * c + root, -2 * (m + p * c), p + m * c - root },
        { big_a * (p + m * c + root), -2 * big_a * (m + p * c), big_a * (p + m * c - root),
          p - m * c + root, 2 * (m - p * c), p - m * c - root },
        { 1 + alpha_q * big_a, -2 * c, 1 - alpha_q * big_a, 1 + alpha_q / big_a, -2 * c,
          1 - alpha_q / big_a },
        { 1, -2 * c, 1, 1 + alpha_q, -2 * c, 1 - alpha_q },
        { 1 - alpha_q, -2 * c, 1 + alpha_q, 1 + alpha_q, -2 * c, 1 - alpha_q },
    };
    memcpy(of->b, rows[type], sizeof of->b);
    memcpy(of->a, rows[type] + 3, sizeof of->a);
}

static double oracle_next(section *of, double x) {
    const double y =
        (of->b[0] * x + of->b[1] * of->x1 + of->b[2] * of->x2 - of->a[1] * of->y1 - of->a[2] * of->y2) /
        of->a[0];
    of->x2 = of->x1;
    of->x1 = x;
    of->y2 = of->y1;
    of->y1 = y;
    return y;
}

static harness *create(wa_biquad_filter_type type, values v, harness_desc desc) {
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.type = type;
    options.frequency_hz = v.frequency_hz;
    options.detune_cents = v.detune_cents;
    options.q = v.q;
    options.gain_db = v.gain_db;
    desc.options = &options;
    return harness_create(CLASS, &desc);
}

static void fill(harness *node, uint32_t channel_count, uint32_t seed) {
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(seed + channel, in[channel], node->quantum.frame_count);
    }
}

/* Three quanta of noise on two channels. */
static double check_constant(wa_biquad_filter_type type, values v, uint32_t frames, double rate_hz) {
    static double want[FRAMES_MAX];
    static float in[FRAMES_MAX];
    harness *node =
        create(type, v, (harness_desc){ .quantum_frames = frames, .sample_rate_hz = rate_hz });
    section by[2] = { 0 };
    double worst = -400.0;
    oracle_set(&by[0], type, v, rate_hz);
    by[1] = by[0];
    for (uint32_t round = 0; round < 3; round++) {
        fill(node, 2, 10 * round);
        harness_render(node);
        for (uint32_t channel = 0; channel < 2; channel++) {
            harness_noise(10 * round + channel, in, frames);
            for (uint32_t i = 0; i < frames; i++) {
                want[i] = oracle_next(&by[channel], in[i]);
            }
            worst = fmax(worst, harness_error_db(node->outputs[0].planes[channel], want, frames));
        }
    }
    harness_destroy(node);
    return worst;
}

static void every_type_follows_its_formula(void **state) {
    (void)state;
    static const values rows[] = {
        { 350, 0, 1, 0 },      { 1000, 0, 12, 6 },    { 20, 0, 20, -40 },    { 23000, 0, 0.5f, 12 },
        { 5000, -1200, 3, 3 }, { 80, 2400, 0.1f, 1 }, { 12000, 0, 100, 40 }, { 1, 0, 0.7f, 20 },
    };
    double worst = -400.0;
    for (wa_biquad_filter_type type = 0; type < TYPE_COUNT; type++) {
        for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
            worst = fmax(worst, check_constant(type, rows[row], 512, 48000.0));
        }
        for (uint32_t size = 0; size < 6; size++) {
            worst = fmax(worst, check_constant(type, rows[1], sizes[size], 44100.0));
        }
    }
    printf("biquad_filter: constant parameters %.1f dB at worst\n", worst);
    assert_true(worst < -140.0);
}

static values sweep(values base, uint32_t which, double t) {
    values v = base;
    v.frequency_hz *= (which & 1) != 0 ? (float)(1.5 + sin(9 * t)) : 1.0f;
    v.detune_cents += (which & 2) != 0 ? (float)(700 * sin(7 * t)) : 0.0f;
    v.q += (which & 4) != 0 ? (float)(2 + 1.5 * sin(5 * t)) : 0.0f;
    v.gain_db += (which & 8) != 0 ? (float)(10 * sin(3 * t)) : 0.0f;
    return v;
}

static void set_rates(harness *node, values base, uint32_t which) {
    const double rate_hz = node->quantum.sample_rate_hz;
    for (uint32_t param = 0; param < 4; param++) {
        if ((which >> param & 1) == 0) {
            continue;
        }
        float *plane = harness_param_rate(node, param);
        for (uint32_t i = 0; i < node->quantum.frame_count; i++) {
            const values v = sweep(base, which, (double)(node->quantum.frame + i) / rate_hz * 100.0);
            const float each[4] = { v.frequency_hz, v.detune_cents, v.q, v.gain_db };
            plane[i] = each[param];
        }
    }
}

static void a_rate_parameters_count_for_every_frame(void **state) {
    (void)state;
    static double want[FRAMES_MAX];
    static float in[FRAMES_MAX];
    const values base = { 900, 100, 2, 5 };
    double worst = -400.0;
    for (uint32_t row = 0; row < TYPE_COUNT * 16; row++) {
        const wa_biquad_filter_type type = row % TYPE_COUNT;
        const uint32_t which = row / TYPE_COUNT, frames = sizes[row % 5 + 1] % 513;
        harness *node = create(type, base, (harness_desc){ .quantum_frames = frames });
        section by = { 0 };
        for (uint32_t round = 0; round < 3; round++) {
            set_rates(node, base, which);
            for (uint32_t i = 0; i < frames; i++) {
                const double t = (double)(node->quantum.frame + i) / 48000.0 * 100.0;
                harness_noise(round, in, frames);
                oracle_set(&by, type, sweep(base, which, t), 48000.0);
                want[i] = oracle_next(&by, in[i]);
            }
            fill(node, 1, round);
            harness_render(node);
            worst = fmax(worst, harness_error_db(node->outputs[0].planes[0], want, frames));
        }
        harness_destroy(node);
    }
    printf("biquad_filter: a-rate parameters %.1f dB at worst\n", worst);
    assert_true(worst < -140.0);
}

static void a_constant_written_out_gives_the_same_bits(void **state) {
    (void)state;
    const values v = { 1234.5f, 67.0f, 3.3f, -7.5f };
    for (wa_biquad_filter_type type = 0; type < TYPE_COUNT; type++) {
        harness *constant = create(type, v, (harness_desc){ 0 });
        harness *varying = create(type, v, (harness_desc){ .is_aliased = true });
        for (uint32_t i = 0; i < 128; i++) {
            harness_param_rate(varying, WA_BIQUAD_FILTER_FREQUENCY)[i] = v.frequency_hz;
            harness_param_rate(varying, WA_BIQUAD_FILTER_GAIN)[i] = v.gain_db;
        }
        for (uint32_t round = 0; round < 5; round++) {
            fill(constant, 2, round);
            fill(varying, 2, round);
            harness_render(constant);
            harness_render(varying);
            harness_assert_same(constant, varying);
        }
        harness_destroy(constant);
        harness_destroy(varying);
    }
}

enum { CROWD = 13 };

/* Alone, and in one call with neighbours that are louder, wider, not finite, silent, in place. */
static void neighbours_change_nothing(void **state) {
    (void)state;
    harness *alone[CROWD], *crowd[CROWD];
    for (uint32_t i = 0; i < CROWD; i++) {
        const values v = { 100.0f + 333.0f * (float)i, 0, 0.5f + (float)i, (float)i - 5.0f };
        alone[i] = create(i % TYPE_COUNT, v, (harness_desc){ .quantum_frames = 129 });
        crowd[i] =
            create(i % TYPE_COUNT, v, (harness_desc){ .quantum_frames = 129, .is_aliased = i % 2 });
    }
    for (uint32_t round = 0; round < 6; round++) {
        for (uint32_t i = 0; i < CROWD; i++) {
            harness *pair[] = { alone[i], crowd[i] };
            for (uint32_t j = 0; j < 2; j++) {
                fill(pair[j], 1 + i % 3, round + i);
                if (i == 4 && round == 2) {
                    pair[j]->inputs[0].planes[0][17] = NAN;
                }
                if ((i == 5 && round > 2) || (i == 6 && round < 3)) {
                    harness_input_inactive(pair[j], 0);
                }
                if (i == 8 && round % 2 == 1) {
                    harness_noise(5, harness_param_rate(pair[j], WA_BIQUAD_FILTER_Q), 129);
                } else {
                    harness_param(pair[j], WA_BIQUAD_FILTER_Q, 0.5f + (float)i);
                }
            }
            harness_render(alone[i]);
        }
        harness_render_many(crowd, CROWD);
        for (uint32_t i = 0; i < CROWD; i++) {
            harness_assert_same(alone[i], crowd[i]);
        }
    }
    for (uint32_t i = 0; i < CROWD; i++) {
        harness_destroy(alone[i]);
        harness_destroy(crowd[i]);
    }
}

/* Frequency 0 or at nyquist and beyond, Q of 0 and below: a factor. */
static void the_edges_are_the_limits_of_the_formulas(void **state) {
    (void)state;
    const float nyquist = 24000.0f, a2 = (float)pow(10.0, 6.0 / 20.0);
    static const values at_zero = { 0, 0, 1, 6 }, below = { -5, 0, 1, 6 };
    static const values no_q = { 1000, 0, 0, 6 }, negative_q = { 1000, 0, -3, 6 };
    const values at_nyquist = { nyquist, 0, 1, 6 }, beyond = { 1000, 1e9f, 1, 6 };
    const struct {
        values v;
        float factors[TYPE_COUNT]; /* NaN: not an edge for this type */
    } rows[] = {
        { at_zero, { 0, 1, 0, 1, a2, 1, 1, 1 } },
        { below, { 0, 1, 0, 1, a2, 1, 1, 1 } },
        { at_nyquist, { 1, 0, 0, a2, 1, 1, 1, 1 } },
        { beyond, { 1, 0, 0, a2, 1, 1, 1, 1 } },
        { no_q, { NAN, NAN, 1, NAN, NAN, a2, 0, -1 } },
        { negative_q, { NAN, NAN, 1, NAN, NAN, a2, 0, -1 } },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (wa_biquad_filter_type type = 0; type < TYPE_COUNT; type++) {
            harness *node = create(type, rows[row].v, (harness_desc){ .is_aliased = false });
            fill(node, 1, type);
            harness_render(node);
            for (uint32_t i = 0; i < 128 && !isnan(rows[row].factors[type]); i++) {
                const double want = (double)rows[row].factors[type] * node->inputs[0].planes[0][i];
                assert_true(fabs(node->outputs[0].planes[0][i] - want) < 1e-6);
            }
            harness_destroy(node);
        }
    }
}

static void extreme_parameters_stay_finite(void **state) {
    (void)state;
    static const float extremes[] = { 0, 1e-30f, 1, 1541, 1e30f, FLT_MAX, -1e-30f, -FLT_MAX };
    for (uint32_t row = 0; row < 8 * 8 * TYPE_COUNT; row++) {
        const float q = extremes[row % 8], gain_db = extremes[row / 8 % 8];
        harness *node = create(row / 64, (values){ 700, 0, q, gain_db > 1541 ? 1541 : gain_db },
                               (harness_desc){ 0 });
        for (uint32_t round = 0; round < 3; round++) {
            fill(node, 1, round);
            harness_render(node);
            for (uint32_t i = 0; i < 128; i++) {
                assert_false(isnan(node->outputs[0].planes[0][i]));
            }
        }
        harness_destroy(node);
    }
}

static void nan_does_not_stick(void **state) {
    (void)state;
    static const float poison[] = { NAN, INFINITY, -INFINITY };
    for (uint32_t row = 0; row < 3 * TYPE_COUNT; row++) {
        harness *node = create(row % TYPE_COUNT, (values){ 500, 0, 1, 3 }, (harness_desc){ 0 });
        harness *fresh = create(row % TYPE_COUNT, (values){ 500, 0, 1, 3 }, (harness_desc){ 0 });
        fill(node, 1, 1);
        node->inputs[0].planes[0][127] = poison[row / TYPE_COUNT];
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

/* Fed one quantum, then nothing: it rings as the formula says, then ends, and is as new. */
static void it_rings_out_and_ends(void **state) {
    (void)state;
    static const values rows[] = {
        { 350, 0, 1, 0 }, { 50, 0, 30, 0 }, { 5, 0, 1, 0 }, { 9000, 0, 8, 6 }
    };
    for (uint32_t row = 0; row < 4 * TYPE_COUNT; row++) {
        const wa_biquad_filter_type type = row / 4;
        harness *node = create(type, rows[row % 4], (harness_desc){ 0 });
        section by = { 0 };
        oracle_set(&by, type, rows[row % 4], 48000.0);
        fill(node, 1, row);
        harness_render(node);
        for (uint32_t i = 0; i < 128; i++) {
            oracle_next(&by, node->inputs[0].planes[0][i]);
        }
        assert_true(node->instance.has_tail);
        harness_input_inactive(node, 0);
        uint32_t quanta = 0;
        for (; node->instance.has_tail; quanta++) {
            harness_render(node);
            assert_true(quanta < 30000);
            assert_false(node->outputs[0].is_silent);
            for (uint32_t i = 0; i < 128; i++) {
                assert_true(fabs(node->outputs[0].planes[0][i] - oracle_next(&by, 0.0)) < 1e-6);
            }
        }
        for (uint32_t i = 0; i < 100000; i++) { /* what was cut off is below -144 dB */
            assert_true(fabs(oracle_next(&by, 0.0)) < 0x1p-24);
        }
        harness_render(node);
        assert_true(node->outputs[0].is_silent);
        assert_false(node->instance.has_tail);
        harness_destroy(node);
    }
}

static void a_reset_node_is_as_new(void **state) {
    (void)state;
    harness *used = create(WA_BIQUAD_FILTER_PEAKING, (values){ 350, 0, 9, 12 }, (harness_desc){ 0 });
    for (uint32_t round = 0; round < 9; round++) {
        fill(used, 1 + round % 6, round);
        harness_render(used);
    }
    harness_reset(used);
    harness *fresh = create(WA_BIQUAD_FILTER_PEAKING, (values){ 350, 0, 9, 12 }, (harness_desc){ 0 });
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

/* Web Audio 1.1, "Channel configuration changes ... tail-time": a wider past is heard to its end, and
 * what arrives meanwhile is heard as it would be after. */
static void the_channel_count_falls_after_the_tail(void **state) {
    (void)state;
    static const uint32_t layouts[][2] = { { 2, 1 }, { 4, 1 }, { 6, 1 }, { 4, 2 }, { 6, 4 }, { 5, 3 } };
    for (uint32_t row = 0; row < 12; row++) {
        const uint32_t wide = layouts[row % 6][0], narrow = layouts[row % 6][1];
        const values v = { 600, 0, 3, 0 };
        harness *node = create(WA_BIQUAD_FILTER_LOWPASS, v, (harness_desc){ .is_aliased = row < 6 });
        harness *straight = create(WA_BIQUAD_FILTER_LOWPASS, v, (harness_desc){ 0 });
        for (uint32_t round = 0; round < 40; round++) {
            fill(node, round == 0 ? wide : narrow, round);
            fill(straight, round == 0 ? wide : narrow, round);
            if (round == 0) { /* the same past, in the channels that stay */
                memset(straight->inputs[0].planes[0], 0, 128 * sizeof(float));
                harness_input(straight, 0, narrow);
            }
            harness_render(node);
            harness_render(straight);
            if (round == 0 || node->outputs[0].channel_count == narrow) {
                assert_int_equal(node->outputs[0].channel_count, round == 0 ? wide : narrow);
            } else {
                assert_int_equal(node->outputs[0].channel_count, wide);
            }
            assert_true(round < 2 ? node->outputs[0].channel_count == wide : true);
        }
        assert_int_equal(node->outputs[0].channel_count, narrow);
        for (uint32_t channel = 0; channel < narrow; channel++) {
            for (uint32_t i = 0; i < 128; i++) {
                assert_true(fabsf(node->outputs[0].planes[channel][i] -
                                  straight->outputs[0].planes[channel][i]) < 1e-6f);
            }
        }
        harness_destroy(node);
        harness_destroy(straight);
    }
}

/* What came second widest must ring out too: the count falls to that first. */
static void the_channel_count_falls_step_by_step(void **state) {
    (void)state;
    uint32_t quanta = 0;
    for (uint32_t pass = 0; pass < 2; pass++) {
        harness *node = create(WA_BIQUAD_FILTER_LOWPASS, (values){ 600, 0, 3, 0 }, (harness_desc){ 0 });
        uint32_t round = 0;
        do { /* the second time the input turns mono just when the four channels have rung out */
            fill(node, round == 0 ? 4 : pass == 1 && round >= quanta ? 1 : 2, round);
            harness_render(node);
            assert_true(round < 100);
        } while (node->outputs[0].channel_count == 4 && ++round > 0);
        quanta = pass == 0 ? round - 1 : quanta;
        assert_int_equal(node->outputs[0].channel_count, 2);
        harness_destroy(node);
    }
}

static void a_mono_signal_stays_in_the_middle_while_stereo_rings(void **state) {
    (void)state;
    static double want[2][128];
    const values v = { 200, 0, 10, 0 };
    harness *node = create(WA_BIQUAD_FILTER_LOWPASS, v, (harness_desc){ .is_aliased = true });
    section by[2] = { 0 };
    oracle_set(&by[0], WA_BIQUAD_FILTER_LOWPASS, v, 48000.0);
    by[1] = by[0];
    static const uint32_t counts[] = { 1, 2, 2, 1, 1, 2, 1 };
    for (uint32_t round = 0; round < 7; round++) {
        fill(node, counts[round], round);
        for (uint32_t i = 0; i < 128; i++) {
            for (uint32_t channel = 0; channel < 2; channel++) {
                const uint32_t source = counts[round] == 2 ? channel : 0;
                want[channel][i] = oracle_next(&by[channel], node->inputs[0].planes[source][i]);
            }
        }
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, round == 0 ? 1 : 2);
        for (uint32_t channel = 0; channel < node->outputs[0].channel_count; channel++) {
            assert_true(harness_error_db(node->outputs[0].planes[channel], want[channel], 128) <
                        -125.0);
        }
    }
    harness_destroy(node);
}

static void changing_the_type_keeps_the_past(void **state) {
    (void)state;
    static double want[128];
    const values v = { 1000, 0, 2, 9 };
    harness *node = create(WA_BIQUAD_FILTER_LOWPASS, v, (harness_desc){ 0 });
    section by = { 0 };
    for (wa_biquad_filter_type type = 0; type < TYPE_COUNT; type++) {
        assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, type), WA_OK);
        oracle_set(&by, type, v, 48000.0);
        fill(node, 1, type);
        for (uint32_t i = 0; i < 128; i++) {
            want[i] = oracle_next(&by, node->inputs[0].planes[0][i]);
        }
        harness_render(node);
        assert_true(harness_error_db(node->outputs[0].planes[0], want, 128) < -125.0);
    }
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, 8), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, -1), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, 0.5), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP, 1), WA_ERR_WRONG_TYPE);
    harness_destroy(node);
}

static void the_frequency_response_is_that_of_the_formula(void **state) {
    (void)state;
    static const float at[] = { 0, 20, 1000, 5000, 23999, 24000, -1, 24001, NAN, INFINITY };
    enum { COUNT = sizeof at / sizeof at[0] };
    for (wa_biquad_filter_type type = 0; type < TYPE_COUNT; type++) {
        float magnitude[COUNT], phase[COUNT];
        section by = { 0 };
        oracle_set(&by, type, (values){ 2000, 600, 4, -9 }, 48000.0);
        biquad_frequency_response(type, 2000, 600, 4, -9, 48000.0, at, magnitude, phase, COUNT);
        for (uint32_t i = 0; i < COUNT; i++) {
            if (i >= 6) {
                assert_true(isnan(magnitude[i]) && isnan(phase[i]));
                continue;
            }
            double sums[4] = { 0 };
            for (uint32_t k = 0; k < 3; k++) {
                const double angle = 2 * pi * at[i] / 48000.0 * k;
                sums[0] += by.b[k] * cos(angle);
                sums[1] -= by.b[k] * sin(angle);
                sums[2] += by.a[k] * cos(angle);
                sums[3] -= by.a[k] * sin(angle);
            }
            const double want = hypot(sums[0], sums[1]) / hypot(sums[2], sums[3]);
            assert_true(fabs(magnitude[i] - want) < 1e-6 * (1.0 + want));
            if (want > 1e-6) {
                const double turn = atan2(sums[1], sums[0]) - atan2(sums[3], sums[2]) - phase[i];
                assert_true(fabs(sin(turn)) < 1e-5 && cos(turn) > 0);
            }
        }
    }
}

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        wa_biquad_filter_type type;
        values v;
        wa_status status;
        const char *name;
    } rows[] = {
        { WA_BIQUAD_FILTER_ALLPASS, { 1e9f, -5, -7, 40 }, WA_OK, "" },
        { WA_BIQUAD_FILTER_LOWPASS, { NAN, 0, 1, 0 }, WA_ERR_TYPE, "frequency_hz" },
        { WA_BIQUAD_FILTER_LOWPASS, { 1, INFINITY, 1, 0 }, WA_ERR_TYPE, "detune_cents" },
        { WA_BIQUAD_FILTER_LOWPASS, { 1, 0, -INFINITY, 0 }, WA_ERR_TYPE, "q" },
        { WA_BIQUAD_FILTER_LOWPASS, { 1, 0, 1, NAN }, WA_ERR_TYPE, "gain_db" },
        { (wa_biquad_filter_type)8, { 1, 0, 1, 0 }, WA_ERR_TYPE, "type" },
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
        float got[WA_PARAM_COUNT_MAX];
        options.type = rows[i].type;
        options.frequency_hz = rows[i].v.frequency_hz;
        options.detune_cents = rows[i].v.detune_cents;
        options.q = rows[i].v.q;
        options.gain_db = rows[i].v.gain_db;
        assert_int_equal(harness_configure(CLASS, &options, NULL, got), rows[i].status);
        if (rows[i].status == WA_OK) {
            assert_memory_equal(got, &rows[i].v, sizeof rows[i].v);
        } else {
            assert_non_null(strstr(wa_error_message(), rows[i].name));
        }
    }
    harness *node = harness_create(CLASS, &(harness_desc){ .sample_rate_hz = 44100.0 });
    assert_true(CLASS->param_max(node->setup.config, WA_BIQUAD_FILTER_FREQUENCY) == 22050.0f);
    assert_true(node->setup.param_values[WA_BIQUAD_FILTER_FREQUENCY] == 350.0f);
    harness_destroy(node);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(every_type_follows_its_formula),
        cmocka_unit_test(a_rate_parameters_count_for_every_frame),
        cmocka_unit_test(a_constant_written_out_gives_the_same_bits),
        cmocka_unit_test(neighbours_change_nothing),
        cmocka_unit_test(the_edges_are_the_limits_of_the_formulas),
        cmocka_unit_test(extreme_parameters_stay_finite),
        cmocka_unit_test(nan_does_not_stick),
        cmocka_unit_test(it_rings_out_and_ends),
        cmocka_unit_test(a_reset_node_is_as_new),
        cmocka_unit_test(the_channel_count_falls_after_the_tail),
        cmocka_unit_test(the_channel_count_falls_step_by_step),
        cmocka_unit_test(a_mono_signal_stays_in_the_middle_while_stereo_rings),
        cmocka_unit_test(changing_the_type_keeps_the_past),
        cmocka_unit_test(the_frequency_response_is_that_of_the_formula),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
