/* DynamicsCompressorNode against the algorithm of Web Audio 1.1, "DynamicsCompressorNode", processing, step by
 * step in double and in linear units, with the curves that docs/effects.md chooses where the text leaves them
 * open; the look-ahead against DelayNode itself. */
#include "harness.h"
#include "kernels/compressor.h"
#include "nodes/dynamics_compressor.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_dynamics_compressor;
extern const wa_node_class wa_node_class_delay;
#define CLASS (&wa_node_class_dynamics_compressor)

enum { FRAMES_MAX = 8192 };
static const uint32_t sizes[] = { 1, 100, 127, 128, 129, 441, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };
static const double pi = 3.14159265358979323846;

typedef struct settings {
    float threshold_db, knee_db, ratio, attack_s, release_s;
} settings;
static const settings defaults = { -24, 30, 12, 0.003f, 0.25f };

/* -- The oracle --------------------------------------------------------------------------------- */

typedef struct oracle {
    settings set;
    double rate_hz, k; /* of the knee */
    double detector, gain, makeup;
    double past[6000]; /* of the input; [0] is the last */
} oracle;

static double linear(double db) {
    return pow(10.0, db / 20.0);
}

static double decibels(double v) {
    return v == 0.0 ? -1000.0 : 20.0 * log10(v);
}

static double knee_with(const settings *set, double k, double x) {
    const double threshold = linear((double)set->threshold_db);
    return threshold - expm1(-k * (x - threshold)) / k;
}

/* The k with which the slope at the end of the knee is 1 / ratio, by halving. */
static double find_k(const settings *set) {
    const double end = linear((double)set->threshold_db + (double)set->knee_db);
    double low = 1e-12, high = 1e12;
    for (uint32_t i = 0; i < 300; i++) {
        const double k = sqrt(low * high);
        const double slope =
            end * exp(-k * (end - linear((double)set->threshold_db))) / knee_with(set, k, end);
        if (slope < 1.0 / (double)set->ratio) {
            high = k;
        } else {
            low = k;
        }
    }
    return sqrt(low * high);
}

static double curve(const oracle *of, double x) {
    const double threshold = linear((double)of->set.threshold_db);
    const double end = linear((double)of->set.threshold_db + (double)of->set.knee_db);
    if (x <= threshold || of->set.ratio == 1.0f) {
        return x;
    }
    if (x < end) {
        return knee_with(&of->set, of->k, x);
    }
    const double at_end = of->set.knee_db > 0.0f ? knee_with(&of->set, of->k, end) : end;
    return at_end * pow(x / end, 1.0 / (double)of->set.ratio);
}

static void oracle_set(oracle *of, settings set, double rate_hz) {
    of->set = set;
    of->rate_hz = rate_hz;
    of->k = set.ratio > 1.0f && set.knee_db > 0.0f ? find_k(&set) : 1.0;
    of->makeup = pow(1.0 / curve(of, 1.0), 0.6);
}

static oracle *oracle_create(settings set, double rate_hz) {
    oracle *of = calloc(1, sizeof *of);
    assert_non_null(of);
    of->gain = 1.0;
    oracle_set(of, set, rate_hz);
    return of;
}

/* Of the ratio of compressor gain and detector average. */
static double attack_rate(const oracle *of, double rho) {
    const double part = 1.0 - pow(0.025, 1.0 / ((double)of->set.attack_s * of->rate_hz));
    return rho == 1.0 ? part : (1.0 - pow(rho, -part)) / (1.0 - 1.0 / rho);
}

static double release_rate(const oracle *of, double rho) {
    const double part = 1.0 - pow(1.0 / 3.0, 1.0 / ((double)of->set.release_s * of->rate_hz));
    return pow(linear(5.0) / rho, part);
}

static void attack(oracle *of) {
    const double rho = of->gain / of->detector;
    if (rho < 1e6) {
        of->gain += (of->detector - of->gain) * attack_rate(of, rho);
    } else { /* the same, where 1 - rate has no digits left in double */
        const double part = 1.0 - pow(0.025, 1.0 / ((double)of->set.attack_s * of->rate_hz));
        const double keep = (pow(rho, -part) - 1.0 / rho) / (1.0 - 1.0 / rho);
        of->gain = of->gain * keep + of->detector * (1.0 - keep);
    }
}

/* One sample of the envelope follower; returns the reduction gain. */
static double follow(oracle *of, double input) {
    const double size = fabs(input);
    const double attenuation = size < 0.0001 ? 1.0 : curve(of, size) / size;
    const bool releasing = attenuation > of->gain;
    of->detector = attenuation; /* average + (attenuation - average) * 1: the detector curve is 1 */
    of->detector = fmin(of->detector, 1.0);
    if (releasing) {
        of->gain = fmin(of->gain * release_rate(of, of->gain / of->detector), 1.0);
    } else {
        attack(of);
    }
    return of->gain * of->makeup;
}

/* The delay of 6 ms of the internal graph, between frames where it must. */
static double delayed(oracle *of, double input) {
    const double frames = (double)0.006f * of->rate_hz;
    const double nearest = floor(frames + 0.5);
    const double exact = fabs(frames - nearest) < 1e-6 * frames ? nearest : frames;
    const uint32_t whole = (uint32_t)exact;
    assert_true(whole + 2 < sizeof of->past / sizeof of->past[0]);
    memmove(of->past + 1, of->past, (whole + 1) * sizeof(double));
    of->past[0] = input;
    return of->past[whole] + (exact - whole) * (of->past[whole + 1] - of->past[whole]);
}

/* -- Nodes -------------------------------------------------------------------------------------- */

static wa_dynamics_compressor_options options_of(settings set) {
    wa_dynamics_compressor_options options = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
    options.threshold_db = set.threshold_db;
    options.knee_db = set.knee_db;
    options.ratio = set.ratio;
    options.attack_s = set.attack_s;
    options.release_s = set.release_s;
    return options;
}

static harness *create(settings set, harness_desc desc) {
    const wa_dynamics_compressor_options options = options_of(set);
    desc.options = &options;
    desc.channel_capacity = 2;
    return harness_create(CLASS, &desc);
}

static void set_params(harness *node, settings set) {
    harness_param(node, WA_DYNAMICS_COMPRESSOR_THRESHOLD, set.threshold_db);
    harness_param(node, WA_DYNAMICS_COMPRESSOR_KNEE, set.knee_db);
    harness_param(node, WA_DYNAMICS_COMPRESSOR_RATIO, set.ratio);
    harness_param(node, WA_DYNAMICS_COMPRESSOR_ATTACK, set.attack_s);
    harness_param(node, WA_DYNAMICS_COMPRESSOR_RELEASE, set.release_s);
}

static void fill(harness *node, uint32_t channel_count, uint32_t seed, float level) {
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(seed + channel, in[channel], node->quantum.frame_count);
        for (uint32_t i = 0; i < node->quantum.frame_count; i++) {
            in[channel][i] *= level;
        }
    }
}

static float reduction_of(const harness *node) {
    return dynamics_compressor_reduction(node->instance.state);
}

/* -- The curve ---------------------------------------------------------------------------------- */

static const settings rows[] = {
    { -24, 30, 12, 0.003f, 0.25f },
    { -24, 0, 12, 0.003f, 0.25f },
    { -50, 40, 20, 0, 0 },
    { -100, 40, 20, 0.01f, 1 },
    { -100, 0, 20, 1, 0.1f },
    { 0, 40, 20, 0.02f, 0.05f },
    { 0, 0, 4, 0.003f, 0.25f },
    { -30, 10, 1, 0.003f, 0.25f },
    { -40, 6, 1.0001f, 0.001f, 0.5f },
    { -40, 40, 1.00001f, 0.1f, 0.5f },
    { -12, 0.001f, 8, 0.005f, 0.3f },
    { -60, 25, 2.5f, 0.0001f, 0.01f },
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static void the_curve_is_that_of_the_formula(void **state) {
    (void)state;
    enum { LEVELS = 4000 };
    static float level[LEVELS];
    static double octaves[LEVELS];
    double worst = 0.0;
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        oracle *of = oracle_create(rows[row], 48000);
        const compressor_curve got = compressor_curve_of(
            (double)rows[row].threshold_db, (double)rows[row].knee_db, (double)rows[row].ratio);
        for (uint32_t i = 0; i < LEVELS; i++) { /* -140 to 60 dB, and the largest float */
            level[i] = i == LEVELS - 1 ? FLT_MAX : (float)linear(0.05 * i - 140.0);
        }
        kernel_compressor_curve(octaves, level, &got, LEVELS);
        for (uint32_t i = 0; i < LEVELS; i++) {
            const double x = (double)level[i], want = x < 0.0001 ? 1.0 : curve(of, x) / x;
            worst = fmax(worst, fabs(exp2(octaves[i]) / want - 1.0));
            assert_true(octaves[i] <= 0.0);
        }
        assert_true(fabs(exp2(got.makeup_octaves) / of->makeup - 1.0) < 1e-8);
        free(of);
    }
    printf("dynamics_compressor: curve %.1f dB at worst\n", 20.0 * log10(worst));
    assert_true(worst < 1e-7);
}

/* Rising, without a step and without a corner but that of a hard knee; 1 / ratio dB for a dB beyond. */
static void the_curve_is_smooth(void **state) {
    (void)state;
    enum { LEVELS = 3000 };
    static float level[LEVELS];
    static double octaves[LEVELS];
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        const compressor_curve made = compressor_curve_of(
            (double)rows[row].threshold_db, (double)rows[row].knee_db, (double)rows[row].ratio);
        for (uint32_t i = 0; i < LEVELS; i++) {
            level[i] = (float)linear(0.04 * i - 79.0);
        }
        kernel_compressor_curve(octaves, level, &made, LEVELS);
        double slope_before = 1.0, out_before = 0.0;
        for (uint32_t i = 0; i < LEVELS; i++) {
            const double in_db = decibels((double)level[i]);
            const double out_db = in_db + 20.0 * log10(2.0) * octaves[i];
            const double slope = i > 0 ? (out_db - out_before) / 0.04 : 1.0;
            assert_true(i == 0 || slope > 1.0 / (double)rows[row].ratio - 1e-4);
            assert_true(slope < 1.0 + 1e-4);
            if (rows[row].knee_db > 1.0f && i > 1) {
                assert_true(fabs(slope - slope_before) < 0.2); /* no corner */
            }
            slope_before = slope;
            out_before = out_db;
        }
        assert_true(fabs(slope_before - 1.0 / (double)rows[row].ratio) < 1e-3);
    }
}

/* -- The algorithm ------------------------------------------------------------------------------ */

/* Bursts, silence, a sine that rises, clicks: what makes a compressor work. */
static float signal_at(uint64_t frame, uint32_t channel, double rate_hz, float noise) {
    const double t = (double)frame / rate_hz;
    const double sine = sin(2 * pi * 220.0 * t + channel);
    const double part = fmod(t * 4.0, 4.0);
    if (part < 1.0) {
        return (float)(0.9 * sine);
    }
    if (part < 2.0) {
        return channel == 0 ? 0.002f * noise : 0.0f;
    }
    if (part < 3.0) {
        return noise * (float)(part - 2.0) * 2.0f;
    }
    return frame % 997 == 0 ? 5.0f : 0.00005f * noise;
}

typedef struct run {
    settings set;
    uint32_t frames, quanta, channel_count;
    double rate_hz;
    float level;
    bool is_automated, is_aliased;
} run;

/* Params of a quantum under automation: the text samples them at its first frame. */
static settings automated(settings base, uint32_t round) {
    settings set = base;
    set.threshold_db = -10.0f - (float)(round * 7 % 50);
    set.knee_db = (float)(round * 11 % 41);
    set.ratio = 1.0f + (float)(round * 3 % 20);
    set.attack_s = (float)(round % 5) * 0.002f;
    set.release_s = (float)(round % 7) * 0.05f;
    return set;
}

static double run_error_db(const run *with) {
    static float heard[2][FRAMES_MAX * 4], noise[FRAMES_MAX * 4];
    static double want[2][FRAMES_MAX * 4];
    harness *node = create(with->set, (harness_desc){ .quantum_frames = with->frames,
                                                      .sample_rate_hz = with->rate_hz,
                                                      .is_aliased = with->is_aliased });
    oracle *of[2] = { oracle_create(with->set, with->rate_hz),
                      oracle_create(with->set, with->rate_hz) };
    const uint32_t total = with->frames * with->quanta;
    assert_true(total <= FRAMES_MAX * 4);
    harness_noise(17, noise, total);
    for (uint32_t round = 0; round < with->quanta; round++) {
        float *const *in = harness_input(node, 0, with->channel_count);
        const uint32_t begin = round * with->frames;
        if (with->is_automated) {
            set_params(node, automated(with->set, round));
            oracle_set(of[0], automated(with->set, round), with->rate_hz);
        }
        for (uint32_t i = 0; i < with->frames; i++) {
            double loudest = 0.0, sample[2] = { 0 };
            for (uint32_t channel = 0; channel < with->channel_count; channel++) {
                in[channel][i] =
                    with->level * signal_at(begin + i, channel, with->rate_hz, noise[begin + i]);
                sample[channel] = (double)in[channel][i];
                loudest = fmax(loudest, fabs(sample[channel]));
            }
            const double gain = follow(of[0], loudest);
            want[0][begin + i] = gain * delayed(of[0], sample[0]);
            want[1][begin + i] = gain * delayed(of[1], sample[1]);
        }
        harness_render(node);
        for (uint32_t channel = 0; channel < node->outputs[0].channel_count; channel++) {
            memcpy(heard[channel] + begin, node->outputs[0].planes[channel],
                   with->frames * sizeof(float));
        }
        assert_true(fabs((double)reduction_of(node) - decibels(of[0]->gain)) < 1e-3);
    }
    double worst = -400.0;
    for (uint32_t channel = 0; channel < node->outputs[0].channel_count; channel++) {
        const uint32_t skipped =
            (uint32_t)(0.0061 * with->rate_hz) + with->frames; /* two channels by then */
        assert_true(skipped < total);
        worst = fmax(worst, harness_error_db(heard[channel] + skipped, want[channel] + skipped,
                                             total - skipped));
    }
    harness_destroy(node);
    free(of[0]);
    free(of[1]);
    return worst;
}

static void it_follows_the_algorithm(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t row = 0; row < ROW_COUNT; row++) {
        const run with = { rows[row], 128, 150, 2, 8000, 1.0f, false, row % 2 };
        const double error_db = run_error_db(&with);
        worst = fmax(worst, error_db);
    }
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        static const double rates[] = { 3000, 44100, 48000, 768000 };
        for (uint32_t rate = 0; rate < 4; rate++) {
            const uint32_t quanta = sizes[size] == 1 ? 6000 : 24000 / sizes[size];
            const run with = { defaults,    sizes[size], quanta, 1 + rate % 2,
                               rates[rate], 1.0f,        false,  true };
            worst = fmax(worst, run_error_db(&with));
        }
    }
    printf("dynamics_compressor: %.1f dB at worst\n", worst);
    assert_true(worst < -138.0);
}

static void params_count_for_the_quantum(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t size = 1; size < SIZE_COUNT; size++) {
        const run with = { defaults, sizes[size], 24000 / sizes[size], 2, 6000, 1.0f, true, false };
        worst = fmax(worst, run_error_db(&with));
    }
    printf("dynamics_compressor: automated %.1f dB at worst\n", worst);
    assert_true(worst < -138.0);
}

static void huge_signals_are_no_exception(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t row = 0; row < 2 * ROW_COUNT; row++) {
        const run with = { rows[row / 2], 128, 100, 2, 8000, row % 2 ? 1e12f : 1e37f, false, false };
        worst = fmax(worst, run_error_db(&with));
    }
    printf("dynamics_compressor: huge signals %.1f dB at worst\n", worst);
    assert_true(worst < -136.0);
}

/* To the bit, whatever the quantum. */
static void the_quantum_does_not_show(void **state) {
    (void)state;
    static float heard[SIZE_COUNT][FRAMES_MAX], noise[FRAMES_MAX];
    harness_noise(5, noise, FRAMES_MAX);
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        const uint32_t frames = sizes[size], whole = FRAMES_MAX / frames * frames;
        harness *node = create(defaults, (harness_desc){ .quantum_frames = frames });
        for (uint32_t begin = 0; begin < whole; begin += frames) {
            float *const *in = harness_input(node, 0, 1);
            for (uint32_t i = 0; i < frames; i++) {
                in[0][i] = signal_at(begin + i, 0, 8000, noise[begin + i]);
            }
            harness_render(node);
            memcpy(heard[size] + begin, node->outputs[0].planes[0], frames * sizeof(float));
        }
        assert_memory_equal(heard[size], heard[0], whole * sizeof(float));
        harness_destroy(node);
    }
}

/* -- Look-ahead --------------------------------------------------------------------------------- */

/* A ratio of 1 leaves the delay of 6 ms, which is a DelayNode's, to the bit, channels included. */
static void the_look_ahead_is_a_delay_node(void **state) {
    (void)state;
    static const double rates[] = { 3000, 44100, 48000, 96000, 768000 };
    static const uint32_t counts[] = { 1, 2, 2, 0, 1, 2, 0, 0, 0, 1, 1, 2, 1, 0, 0, 0, 0, 0 };
    const settings flat = { -24, 30, 1, 0.003f, 0.25f };
    for (uint32_t row = 0; row < 5 * SIZE_COUNT; row++) {
        const double rate = rates[row % 5];
        const uint32_t frames = sizes[row / 5];
        const wa_delay_options options = { WA_NODE_OPTIONS_INIT_(wa_delay_options), 0.01, 0.006f };
        const harness_desc desc = { .quantum_frames = frames,
                                    .sample_rate_hz = rate,
                                    .is_aliased = row % 2 };
        harness *node = create(flat, desc);
        harness_desc delay_desc = desc;
        delay_desc.options = &options;
        harness *delay = harness_create(&wa_node_class_delay, &delay_desc);
        const uint32_t step = frames < 64 ? 64 / frames : 1; /* quanta of one layout */
        for (uint32_t round = 0; round < 18 * step; round++) {
            harness *both[] = { node, delay };
            for (uint32_t i = 0; i < 2; i++) {
                if (counts[round / step] > 0) {
                    fill(both[i], counts[round / step], round, 3.0f);
                } else {
                    harness_input_inactive(both[i], 0);
                }
                harness_render(both[i]);
            }
            const uint32_t width = delay->outputs[0].channel_count;
            assert_int_equal(node->outputs[0].channel_count, width);
            assert_int_equal(node->outputs[0].is_silent, delay->outputs[0].is_silent);
            for (uint32_t channel = 0; channel < width; channel++) {
                assert_memory_equal(node->outputs[0].planes[channel], delay->outputs[0].planes[channel],
                                    frames * sizeof(float));
            }
        }
        harness_destroy(node);
        harness_destroy(delay);
    }
}

/* More channels are heard when they arrive at the output, fewer when the last of them has left. */
static void channels_change_when_they_reach_the_output(void **state) {
    (void)state;
    harness *node = create(defaults, (harness_desc){ .quantum_frames = 128 }); /* 288 frames late */
    static const uint32_t counts[] = { 1, 2, 1, 1, 1, 1, 2, 2, 0, 0, 0, 0 };
    static const uint32_t widths[] = { 1, 1, 1, 2, 2, 1, 1, 1, 2, 2, 2, 1 };
    for (uint32_t round = 0; round < 12; round++) {
        if (counts[round] > 0) {
            fill(node, counts[round], round, 1.0f);
        } else {
            harness_input_inactive(node, 0);
        }
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, widths[round]);
    }
    harness_destroy(node);
}

/* What comes 6 ms before a click goes down with it, and the click itself at once. */
static void the_gain_looks_ahead(void **state) {
    (void)state;
    const settings fast = { -20, 0, 20, 0, 1 };
    const float quiet = 0.01f, makeup = (float)pow(linear(19.0), 0.6); /* 20 dB over, 20 : 1 */
    harness *node = create(fast, (harness_desc){ .quantum_frames = 512 });
    float *const *in = harness_input(node, 0, 1);
    for (uint32_t i = 0; i < 512; i++) {
        in[0][i] = i == 400 ? 1.0f : quiet;
    }
    harness_render(node);
    const float *out = node->outputs[0].planes[0];
    assert_true(fabsf(out[399] / (quiet * makeup) - 1.0f) < 1e-5f); /* of frame 111 */
    assert_true(fabsf(out[400] / (quiet * makeup * (float)linear(-19.0)) - 1.0f) < 1e-5f);
    for (uint32_t i = 0; i < 512; i++) {
        in[0][i] = quiet;
    }
    harness_render(node);
    out = node->outputs[0].planes[0];
    assert_true(out[176] > makeup * (float)linear(-19.0) && out[176] < makeup * (float)linear(-18.5));
    harness_destroy(node);
}

/* -- Times -------------------------------------------------------------------------------------- */

static double gain_db_after(settings set, double before_db, float level, uint32_t frames) {
    harness *node = create(set, (harness_desc){ .quantum_frames = frames });
    compressor_rates rates =
        compressor_rates_of((double)set.attack_s * 48000, (double)set.release_s * 48000);
    const compressor_curve made =
        compressor_curve_of((double)set.threshold_db, (double)set.knee_db, (double)set.ratio);
    double *octaves = calloc(frames, sizeof *octaves);
    float *levels = calloc(frames, sizeof *levels);
    for (uint32_t i = 0; i < frames; i++) {
        levels[i] = level;
    }
    kernel_compressor_curve(octaves, levels, &made, frames);
    const double gain =
        kernel_compressor_envelope(octaves, before_db / (20 * log10(2)), &rates, frames);
    free(octaves);
    free(levels);
    harness_destroy(node);
    return gain * 20 * log10(2);
}

/* "The amount of time to reduce the gain by 10 dB", "to increase the gain by 10 dB". */
static void attack_and_release_take_their_time(void **state) {
    (void)state;
    static const float times_s[] = { 0.001f, 0.003f, 0.02f, 0.25f, 1.0f };
    for (uint32_t row = 0; row < 5; row++) {
        settings set = { -20, 0, 2, times_s[row], times_s[row] };
        const uint32_t frames = (uint32_t)lrint((double)times_s[row] * 48000);
        assert_true(fabs(gain_db_after(set, 0, 1.0f, frames) + 10 - 0.25) < 1e-4);
        assert_true(fabs(gain_db_after(set, -10, 0.0f, frames)) < 1e-3);
        assert_true(gain_db_after(set, -10, 0.0f, frames - 2) < -1e-4);
        /* 20 dB take less than twice the time: adaptive */
        assert_true(gain_db_after(set, -20, 0.0f, frames * 3 / 2) == 0.0);
    }
    const settings none = { -20, 0, 2, 0, 0 };
    assert_true(fabs(gain_db_after(none, 0, 1.0f, 1) + 10) < 1e-6);
    assert_true(gain_db_after(none, -60, 0.0f, 1) == 0.0);
}

/* -- Metering, tail ----------------------------------------------------------------------------- */

static void reduction_is_told_at_the_end_of_a_quantum(void **state) {
    (void)state;
    const settings set = { -20, 0, 2, 0, 0.05f };
    harness *node = create(set, (harness_desc){ 0 });
    assert_true(reduction_of(node) == 0.0f);
    harness_render(node); /* fed no signal */
    assert_true(reduction_of(node) == 0.0f);
    float *const *in = harness_input(node, 0, 1);
    for (uint32_t i = 0; i < 128; i++) {
        in[0][i] = 1.0f;
    }
    harness_render(node);
    assert_true(fabsf(reduction_of(node) + 10.0f) < 1e-3f); /* without the makeup gain */
    harness_input_inactive(node, 0);
    float before = reduction_of(node);
    uint32_t quanta = 0;
    while (node->instance.has_tail) {
        harness_render(node);
        assert_true(reduction_of(node) > before);
        before = reduction_of(node);
        quanta++;
    }
    assert_true(before == 0.0f);
    assert_int_equal(quanta, 19); /* 50 ms are 18.75 quanta; the look-ahead is over after 3 */
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    harness_destroy(node);
}

static void silence_is_a_shortcut(void **state) {
    (void)state;
    harness *said = create(defaults, (harness_desc){ 0 }),
            *not_said = create(defaults, (harness_desc){ 0 });
    for (uint32_t round = 0; round < 40; round++) {
        harness *both[] = { said, not_said };
        for (uint32_t i = 0; i < 2; i++) {
            if (round % 9 < 2) {
                fill(both[i], 1, round, 1.0f);
            } else {
                harness_input_silent(both[i], 0, 1);
            }
        }
        not_said->inputs[0].is_silent = false;
        harness_render(said);
        harness_render(not_said);
        harness_assert_same(said, not_said);
        assert_true(reduction_of(said) == reduction_of(not_said));
    }
    harness_destroy(said);
    harness_destroy(not_said);
}

static void zeros_in_are_zeros_out(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 2 * ROW_COUNT; row++) {
        harness *node = create(rows[row / 2], (harness_desc){ .quantum_frames = 441 });
        for (uint32_t round = 0; round < 4; round++) {
            harness_input_silent(node, 0, 2);
            node->inputs[0].is_silent = row % 2;
            harness_render(node);
            for (uint32_t i = 0; i < 441; i++) {
                assert_true(node->outputs[0].planes[0][i] == 0.0f);
            }
        }
        assert_true(reduction_of(node) == 0.0f);
        harness_destroy(node);
    }
}

/* -- What must not last ------------------------------------------------------------------------- */

/* NaN counts as silence for the gain, infinity as the largest float; both come out where they went in. */
static void what_is_not_finite_does_not_stick(void **state) {
    (void)state;
    static const float poison[] = { NAN, INFINITY, -INFINITY };
    static const float meaning[] = { 0.0f, FLT_MAX, -FLT_MAX };
    for (uint32_t row = 0; row < 3 * ROW_COUNT; row++) {
        harness *node = create(rows[row / 3], (harness_desc){ 0 });
        harness *same = create(rows[row / 3], (harness_desc){ 0 });
        for (uint32_t round = 0; round < 9; round++) {
            fill(node, 2, round, 1.0f);
            fill(same, 2, round, 1.0f);
            if (round == 1) {
                node->inputs[0].planes[0][77] = poison[row % 3];
                same->inputs[0].planes[0][77] = meaning[row % 3];
            }
            harness_render(node);
            harness_render(same);
            assert_true(isfinite(reduction_of(node)));
            assert_true(reduction_of(node) == reduction_of(same));
            for (uint32_t i = 0; i < 128; i++) { /* 128 + 77 + 288 frames in */
                const bool is_there = round * 128 + i == 493;
                const float *got = node->outputs[0].planes[0];
                assert_int_equal(!isfinite(got[i]), is_there);
                assert_true(is_there || got[i] == same->outputs[0].planes[0][i]);
            }
        }
        harness_destroy(node);
        harness_destroy(same);
    }
}

static void a_reset_node_is_as_new(void **state) {
    (void)state;
    harness *used = create(defaults, (harness_desc){ 0 });
    for (uint32_t round = 0; round < 9; round++) {
        fill(used, 1 + round % 2, round, 2.0f);
        set_params(used, automated(defaults, round));
        harness_render(used);
    }
    set_params(used, defaults);
    harness_reset(used);
    assert_true(reduction_of(used) == 0.0f);
    harness *fresh = create(defaults, (harness_desc){ 0 });
    harness_sleep(fresh, 9);
    for (uint32_t round = 0; round < 9; round++) {
        fill(used, 1 + round % 2, round, 1.0f);
        fill(fresh, 1 + round % 2, round, 1.0f);
        harness_render(used);
        harness_render(fresh);
        harness_assert_same(used, fresh);
        assert_true(reduction_of(used) == reduction_of(fresh));
    }
    harness_destroy(used);
    harness_destroy(fresh);
}

static void in_place_and_among_neighbours_it_is_the_same(void **state) {
    (void)state;
    harness *alone[ROW_COUNT], *crowd[ROW_COUNT];
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        alone[i] = create(rows[i], (harness_desc){ .quantum_frames = 129 });
        crowd[i] = create(rows[i], (harness_desc){ .quantum_frames = 129, .is_aliased = true });
    }
    for (uint32_t round = 0; round < 12; round++) {
        for (uint32_t i = 0; i < ROW_COUNT; i++) {
            fill(alone[i], 1 + (i + round) / 3 % 2, round, 1.0f);
            fill(crowd[i], 1 + (i + round) / 3 % 2, round, 1.0f);
            if (round == 7) {
                harness_input_inactive(alone[i], 0);
                harness_input_inactive(crowd[i], 0);
            }
            harness_render(alone[i]);
        }
        harness_render_many(crowd, ROW_COUNT);
        for (uint32_t i = 0; i < ROW_COUNT; i++) {
            harness_assert_same(alone[i], crowd[i]);
        }
    }
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        harness_destroy(alone[i]);
        harness_destroy(crowd[i]);
    }
}

/* -- Control ------------------------------------------------------------------------------------ */

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        settings set;
        wa_status status;
        const char *word;
    } cases[] = {
        { { -24, 30, 12, 0.003f, 0.25f }, WA_OK, "" },
        { { -1000, 99, 0, -5, 100 }, WA_OK, "" }, /* clamped when used, as any param */
        { { NAN, 30, 12, 0.003f, 0.25f }, WA_ERR_TYPE, "threshold_db" },
        { { -24, INFINITY, 12, 0.003f, 0.25f }, WA_ERR_TYPE, "knee_db" },
        { { -24, 30, NAN, 0.003f, 0.25f }, WA_ERR_TYPE, "ratio" },
        { { -24, 30, 12, -INFINITY, 0.25f }, WA_ERR_TYPE, "attack_s" },
        { { -24, 30, 12, 0.003f, NAN }, WA_ERR_TYPE, "release_s" },
    };
    for (uint32_t row = 0; row < sizeof cases / sizeof cases[0]; row++) {
        const wa_dynamics_compressor_options options = options_of(cases[row].set);
        float values[WA_PARAM_COUNT_MAX];
        assert_int_equal(harness_configure(CLASS, &options, NULL, values), cases[row].status);
        if (cases[row].status == WA_OK) {
            assert_memory_equal(values, &cases[row].set, sizeof cases[row].set);
        } else {
            assert_non_null(strstr(wa_error_message(), cases[row].word));
        }
    }
    float values[WA_PARAM_COUNT_MAX];
    assert_int_equal(harness_configure(CLASS, NULL, NULL, values), WA_OK);
    assert_memory_equal(values, &defaults, sizeof defaults);
}

static void channels_and_rates_are_constrained(void **state) {
    (void)state;
    for (uint32_t count = 0; count <= 33; count++) {
        for (uint32_t mode = WA_CHANNEL_COUNT_MODE_MAX; mode <= WA_CHANNEL_COUNT_MODE_EXPLICIT;
             mode++) {
            const bool is_legal = count >= 1 && count <= 2 && mode != WA_CHANNEL_COUNT_MODE_MAX;
            assert_int_equal(CLASS->check_channels(NULL, count, (wa_channel_count_mode)mode,
                                                   WA_CHANNEL_INTERPRETATION_SPEAKERS),
                             is_legal ? WA_OK : WA_ERR_NOT_SUPPORTED);
        }
    }
    assert_int_equal(CLASS->channel_count_mode, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX);
    for (uint32_t param = 0; param < CLASS->param_count; param++) {
        assert_true(CLASS->params[param].is_k_rate && CLASS->params[param].is_rate_fixed);
    }
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(the_curve_is_that_of_the_formula),
        cmocka_unit_test(the_curve_is_smooth),
        cmocka_unit_test(it_follows_the_algorithm),
        cmocka_unit_test(params_count_for_the_quantum),
        cmocka_unit_test(huge_signals_are_no_exception),
        cmocka_unit_test(the_quantum_does_not_show),
        cmocka_unit_test(the_look_ahead_is_a_delay_node),
        cmocka_unit_test(channels_change_when_they_reach_the_output),
        cmocka_unit_test(the_gain_looks_ahead),
        cmocka_unit_test(attack_and_release_take_their_time),
        cmocka_unit_test(reduction_is_told_at_the_end_of_a_quantum),
        cmocka_unit_test(silence_is_a_shortcut),
        cmocka_unit_test(zeros_in_are_zeros_out),
        cmocka_unit_test(what_is_not_finite_does_not_stick),
        cmocka_unit_test(a_reset_node_is_as_new),
        cmocka_unit_test(in_place_and_among_neighbours_it_is_the_same),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(channels_and_rates_are_constrained),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
