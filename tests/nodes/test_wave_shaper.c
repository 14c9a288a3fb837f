/* WaveShaperNode against the algorithms of Web Audio 1.1, "curve" and "oversample", in double: the oracle
 * stuffs zeros, filters at the higher rate with the taps of halfband.h, shapes, filters and drops frames. */
#include "harness.h"
#include "kernels/shaper.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_wave_shaper;
#define CLASS (&wa_node_class_wave_shaper)

enum { FRAMES_MAX = 4096, POINTS_MAX = 65536 };
#define OVERSAMPLE_COUNT 3u
static const uint32_t sizes[] = { 1, 100, 127, 128, 129, 441, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };
static const double pi = 3.14159265358979323846;

/* -- Curves -- */

typedef struct test_curve {
    wa_curve_data data;
    float points[POINTS_MAX + 1];
} test_curve;

enum { CURVE_COUNT = 7 };
static test_curve curves[CURVE_COUNT];
enum { TWO, IDENTITY, EVEN, STEEP, NOISE, SQUARE, LIFTED }; /* by what they are */

static void make_curve(uint32_t which, uint32_t count, double (*at)(double x)) {
    test_curve *made = &curves[which];
    made->data.resource.kind = WA_RESOURCE_CURVE;
    made->data.point_count = count;
    made->data.points = made->points;
    for (uint32_t i = 0; i < count; i++) {
        made->points[i] = (float)at(2.0 * i / (count - 1) - 1.0);
    }
    made->points[count] = 0.0f;
}

static double tanh_of(double x) {
    return tanh(40 * x);
}
static double same(double x) {
    return x;
}
static double square(double x) {
    return x * x;
}
static double lifted(double x) {
    return 0.3 + 0.5 * x;
}
static double steps(double x) {
    return x < 0 ? -0.25 : 0.75;
}

static int make_curves(void **state) {
    (void)state;
    make_curve(TWO, 2, steps);
    make_curve(IDENTITY, 3, same);
    make_curve(EVEN, 4, steps);
    make_curve(STEEP, POINTS_MAX, tanh_of);
    make_curve(NOISE, 257, same);
    harness_noise(9, curves[NOISE].points, 257);
    make_curve(SQUARE, 4097, square);
    make_curve(LIFTED, 33, lifted);
    return 0;
}

static double shaped(const test_curve *curve, double x) {
    const uint32_t count = curve->data.point_count;
    const double v = (count - 1) / 2.0 * (x + 1.0), k = floor(v), f = v - k;
    if (v < 0) {
        return (double)curve->points[0];
    }
    if (v >= count - 1) {
        return (double)curve->points[count - 1];
    }
    return (1 - f) * (double)curve->points[(uint32_t)k] + f * (double)curve->points[(uint32_t)k + 1];
}

/* -- Nodes -- */

static harness *create(const test_curve *curve, wa_oversample oversample, harness_desc desc) {
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.oversample = oversample;
    desc.options = &options;
    desc.resource = curve != NULL ? &curve->data.resource : NULL;
    return harness_create(CLASS, &desc);
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

/* -- The curve -- */

static void the_curve_is_that_of_the_formula(void **state) {
    (void)state;
    static double want[FRAMES_MAX];
    double worst = -400.0;
    for (uint32_t row = 0; row < CURVE_COUNT * SIZE_COUNT; row++) {
        const uint32_t frames = sizes[row % SIZE_COUNT];
        const test_curve *curve = &curves[row / SIZE_COUNT];
        harness *node = create(
            curve, WA_OVERSAMPLE_NONE,
            (harness_desc){ .quantum_frames = frames, .sample_rate_hz = row % 2 ? 3000.0 : 768000.0 });
        for (uint32_t round = 0; round < 3; round++) {
            fill(node, 2, row + round, 1.25f);
            harness_render(node);
            for (uint32_t channel = 0; channel < 2; channel++) {
                for (uint32_t i = 0; i < frames; i++) {
                    want[i] = shaped(curve, (double)node->inputs[0].planes[channel][i]);
                }
                worst = fmax(worst, harness_error_db(node->outputs[0].planes[channel], want, frames));
            }
        }
        assert_false(node->instance.has_tail);
        harness_destroy(node);
    }
    printf("wave_shaper: curve %.1f dB at worst\n", worst);
    assert_true(worst < -140.0);
}

/* Ends, the middle, and what lies on a point: to the bit. */
static void points_are_met_exactly(void **state) {
    (void)state;
    for (uint32_t row = 0; row < CURVE_COUNT; row++) {
        const test_curve *curve = &curves[row];
        const uint32_t count = curve->data.point_count;
        const float at[] = { -1, 1, -1.5f, 1.5f, -FLT_MAX, FLT_MAX, -INFINITY, INFINITY, -0.0f, NAN };
        const float first = curve->points[0], last = curve->points[count - 1];
        const float middle = (float)shaped(curve, 0);
        const float want[] = { first, last, first, last, first, last, first, last, middle, middle };
        enum { ROWS = sizeof at / sizeof at[0] };
        harness *node = create(curve, WA_OVERSAMPLE_NONE, (harness_desc){ .is_aliased = row % 2 });
        float *const *in = harness_input(node, 0, 1);
        for (uint32_t i = 0; i < 128; i++) {
            in[0][i] = at[i % ROWS];
        }
        harness_render(node);
        for (uint32_t i = 0; i < 128; i++) {
            assert_true(node->outputs[0].planes[0][i] == want[i % ROWS]);
        }
        harness_destroy(node);
    }
}

static void without_a_curve_all_passes(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 2 * OVERSAMPLE_COUNT; row++) {
        float in[2][441];
        harness *node =
            create(NULL, row / 2, (harness_desc){ .quantum_frames = 441, .is_aliased = row % 2 });
        fill(node, 2, row, 5.0f);
        node->inputs[0].planes[1][7] = INFINITY;
        memcpy(in[0], node->inputs[0].planes[0], sizeof in[0]);
        memcpy(in[1], node->inputs[0].planes[1], sizeof in[1]);
        harness_render(node);
        assert_memory_equal(node->outputs[0].planes[0], in[0], sizeof in[0]);
        assert_memory_equal(node->outputs[0].planes[1], in[1], sizeof in[1]);
        assert_false(node->instance.has_tail);
        harness_input_silent(node, 0, 3);
        harness_render(node);
        assert_true(node->outputs[0].is_silent);
        assert_int_equal(node->outputs[0].channel_count, 3);
        harness_destroy(node);
    }
}

/* -- Oversampling, literally -- */

enum { STAGE_MAX = 4 * FRAMES_MAX + 1024, TAPS_MAX = 127 };

static uint32_t impulse_response(halfband_kind kind, double *h) {
    const uint32_t pairs = kind == HALFBAND_SHARP ? HALFBAND_SHARP_PAIRS : HALFBAND_SOFT_PAIRS;
    memset(h, 0, TAPS_MAX * sizeof *h);
    for (uint32_t k = 0; k < 2 * pairs; k++) {
        h[2 * k] = (double)halfband_tap(kind, k) / 2.0;
    }
    h[2 * pairs - 1] = 0.5;
    return 4 * pairs - 1;
}

static void filter(double *out, const double *in, uint32_t frames, halfband_kind kind, double gain) {
    double h[TAPS_MAX];
    const uint32_t taps = impulse_response(kind, h);
    for (uint32_t i = 0; i < frames; i++) {
        double sum = 0.0;
        for (uint32_t k = 0; k < taps && k <= i; k++) {
            sum += h[k] * in[i - k];
        }
        out[i] = gain * sum;
    }
}

static void up(double *out, const double *in, uint32_t frames, halfband_kind kind) {
    static double stuffed[STAGE_MAX];
    for (uint32_t i = 0; i < frames; i++) {
        stuffed[2 * i] = in[i];
        stuffed[2 * i + 1] = 0.0;
    }
    filter(out, stuffed, 2 * frames, kind, 2.0);
}

static void down(double *out, const double *in, uint32_t frames, halfband_kind kind, uint32_t phase) {
    static double filtered[STAGE_MAX];
    filter(filtered, in, 2 * frames, kind, 1.0);
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = filtered[2 * i + phase];
    }
}

/* of[frames] in place. */
static void oracle(double *of, uint32_t frames, const test_curve *curve, wa_oversample oversample) {
    static double twice[STAGE_MAX], four[STAGE_MAX];
    up(twice, of, frames, HALFBAND_SHARP);
    if (oversample == WA_OVERSAMPLE_4X) {
        up(four, twice, 2 * frames, HALFBAND_SOFT);
        for (uint32_t i = 0; i < 4 * frames; i++) {
            four[i] = shaped(curve, four[i]);
        }
        down(twice, four, 2 * frames, HALFBAND_SOFT, 0);
    } else {
        for (uint32_t i = 0; i < 2 * frames; i++) {
            twice[i] = shaped(curve, twice[i]);
        }
    }
    down(of, twice, frames, HALFBAND_SHARP, oversample == WA_OVERSAMPLE_4X);
}

static void oversampling_follows_its_steps(void **state) {
    (void)state;
    static double want[FRAMES_MAX];
    static float heard[FRAMES_MAX], signal[FRAMES_MAX];
    /* The slopes of the noise curve, up to 250, multiply the rounding of the filters. */
    static const uint32_t which[] = { IDENTITY, SQUARE, NOISE };
    double worst[3] = { -400.0, -400.0, -400.0 };
    harness_noise(31, signal, FRAMES_MAX);
    for (uint32_t row = 0; row < 6; row++) {
        const test_curve *curve = &curves[which[row % 3]];
        const wa_oversample oversample = row < 3 ? WA_OVERSAMPLE_2X : WA_OVERSAMPLE_4X;
        for (uint32_t i = 0; i < FRAMES_MAX; i++) {
            want[i] = (double)signal[i];
        }
        oracle(want, FRAMES_MAX, curve, oversample);
        for (uint32_t size = 0; size < SIZE_COUNT; size++) {
            const uint32_t frames = sizes[size], whole = FRAMES_MAX / frames * frames;
            harness *node = create(curve, oversample,
                                   (harness_desc){ .quantum_frames = frames, .is_aliased = size % 2 });
            for (uint32_t begin = 0; begin < whole; begin += frames) {
                memcpy(harness_input(node, 0, 1)[0], signal + begin, frames * sizeof(float));
                harness_render(node);
                memcpy(heard + begin, node->outputs[0].planes[0], frames * sizeof(float));
            }
            /* before that the oracle has silence that was never shaped */
            const uint32_t begin = SHAPER_4X_MEMORY_FRAMES;
            worst[row % 3] =
                fmax(worst[row % 3], harness_error_db(heard + begin, want + begin, whole - begin));
            harness_destroy(node);
        }
    }
    printf("wave_shaper: oversampled %.1f dB at worst, %.1f dB squared, %.1f dB by steep slopes\n",
           worst[0], worst[1], worst[2]);
    assert_true(worst[0] < -140.0 && worst[1] < -138.0 && worst[2] < -100.0);
}

/* |H| of one half-band filter at f, of its lower rate. */
static double gain_at(halfband_kind kind, double f) {
    double h[TAPS_MAX], re = 0.0, im = 0.0;
    const uint32_t taps = impulse_response(kind, h);
    for (uint32_t k = 0; k < taps; k++) {
        re += h[k] * cos(pi * f * k);
        im += h[k] * sin(pi * f * k);
    }
    return hypot(re, im);
}

static double db(double gain) {
    return 20.0 * log10(gain);
}

static void the_filters_keep_what_they_promise(void **state) {
    (void)state;
    static const struct {
        double pass, stop, stop_db;
    } rows[] = { [HALFBAND_SHARP] = { 0.45, 0.55, -98.0 }, [HALFBAND_SOFT] = { 0.275, 0.725, -101.0 } };
    for (halfband_kind kind = HALFBAND_SHARP; kind <= HALFBAND_SOFT; kind++) {
        double ripple_db = 0.0, stop_db = -400.0;
        for (double f = 0.0; f <= rows[kind].pass; f += 0.0005) {
            ripple_db = fmax(ripple_db, fabs(db(gain_at(kind, f))));
        }
        for (double f = rows[kind].stop; f <= 1.0; f += 0.0005) {
            stop_db = fmax(stop_db, db(gain_at(kind, f)));
        }
        printf("halfband %d: %.5f dB ripple, %.1f dB stopped\n", (int)kind, ripple_db, stop_db);
        assert_true(ripple_db < 0.0002 && stop_db < rows[kind].stop_db);
        assert_true(fabs(gain_at(kind, 0.0) - 1.0) < 1e-7);
    }
}

/* With the identity the node is a delay of whole frames, flat to 0.45 of the rate. */
static void latency_is_constant_and_the_passband_flat(void **state) {
    (void)state;
    for (wa_oversample oversample = WA_OVERSAMPLE_2X; oversample <= WA_OVERSAMPLE_4X; oversample++) {
        const uint32_t latency = oversample == WA_OVERSAMPLE_2X ? WA_WAVE_SHAPER_LATENCY_2X_FRAMES
                                                                : WA_WAVE_SHAPER_LATENCY_4X_FRAMES;
        harness *node = create(&curves[IDENTITY], oversample, (harness_desc){ .quantum_frames = 512 });
        float *const *in = harness_input(node, 0, 1);
        memset(in[0], 0, 512 * sizeof(float));
        in[0][0] = 0.5f;
        harness_render(node);
        const float *out = node->outputs[0].planes[0];
        for (uint32_t i = 0; i <= latency; i++) { /* symmetric about the latency: linear phase */
            assert_true(fabsf(out[latency - i] - out[latency + i]) < 1e-7f);
        }
        double most = 0.0;
        for (double f = 0.0; f <= 0.45; f += 0.001) {
            double re = 0.0, im = 0.0;
            for (uint32_t i = 0; i < 512; i++) {
                re += 2.0 * (double)out[i] * cos(2 * pi * f * i);
                im += 2.0 * (double)out[i] * sin(2 * pi * f * i);
            }
            most = fmax(most, fabs(db(hypot(re, im))));
        }
        printf("wave_shaper: %ux within %.5f dB to 0.45 of the rate\n", 1u << oversample, most);
        assert_true(most < 0.0005);
        harness_destroy(node);
    }
}

/* A sine at 0.3 of the rate, squared, has a harmonic at 0.6, which folds back to 0.4; through tanh one at
 * 0.9, which folds to 0.1. */
static void harmonics_do_not_fold_back(void **state) {
    (void)state;
    static const struct {
        uint32_t curve;
        wa_oversample oversample;
        double f, folded, least_db, most_db;
    } rows[] = {
        { SQUARE, WA_OVERSAMPLE_NONE, 0.3, 0.4, -7, -5 },
        { SQUARE, WA_OVERSAMPLE_2X, 0.3, 0.4, -400, -98 },
        { SQUARE, WA_OVERSAMPLE_4X, 0.3, 0.4, -400, -98 },
        { STEEP, WA_OVERSAMPLE_NONE, 0.2998, 0.1006, -12, -6 },
        { STEEP, WA_OVERSAMPLE_2X, 0.2998, 0.1006, -400, -70 },
        { STEEP, WA_OVERSAMPLE_4X, 0.2998, 0.1006, -400, -90 },
    };
    enum { FRAMES = 20000, SKIPPED = 512 };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        harness *node = create(&curves[rows[row].curve], rows[row].oversample,
                               (harness_desc){ .quantum_frames = FRAMES + SKIPPED });
        float *const *in = harness_input(node, 0, 1);
        for (uint32_t i = 0; i < FRAMES + SKIPPED; i++) {
            in[0][i] = (float)sin(2 * pi * rows[row].f * i);
        }
        harness_render(node);
        double re = 0.0, im = 0.0;
        for (uint32_t i = 0; i < FRAMES; i++) {
            const double window = 1.0 - cos(2 * pi * (i + 0.5) / FRAMES),
                         t = 2 * pi * rows[row].folded * i;
            re += window * (double)node->outputs[0].planes[0][SKIPPED + i] * cos(t);
            im += window * (double)node->outputs[0].planes[0][SKIPPED + i] * sin(t);
        }
        const double level_db = db(hypot(re, im) * 2.0 / FRAMES);
        printf("wave_shaper: row %u folds back %.1f dB\n", row, level_db);
        assert_true(level_db > rows[row].least_db && level_db < rows[row].most_db);
        harness_destroy(node);
    }
}

/* -- Silence and DC -- */

static void a_lifted_curve_sounds_without_an_input(void **state) {
    (void)state;
    for (wa_oversample oversample = 0; oversample <= WA_OVERSAMPLE_4X; oversample++) {
        harness *node = create(&curves[LIFTED], oversample, (harness_desc){ .quantum_frames = 100 });
        assert_true(CLASS->sounds_alone(node->setup.config));
        for (uint32_t round = 0; round < 9; round++) { /* from the first frame on */
            harness_render(node);
            assert_int_equal(node->outputs[0].channel_count, 1);
            assert_false(node->outputs[0].is_silent);
            assert_false(node->instance.has_tail);
            for (uint32_t i = 0; i < 100; i++) {
                assert_true(fabsf(node->outputs[0].planes[0][i] - 0.3f) < 1e-6f);
            }
        }
        fill(node, 2, 1, 1.0f);
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, 2);
        harness_input_inactive(node, 0);
        for (uint32_t round = 0; round < 9; round++) { /* then on one channel again */
            harness_render(node);
        }
        assert_int_equal(node->outputs[0].channel_count, 1);
        assert_true(fabsf(node->outputs[0].planes[0][0] - 0.3f) < 1e-6f);
        harness_destroy(node);
    }
    harness *node = create(&curves[STEEP], WA_OVERSAMPLE_2X, (harness_desc){ 0 });
    assert_false(CLASS->sounds_alone(node->setup.config));
    harness_destroy(node);
}

/* That zeros are said to be silence changes no bit. */
static void silence_is_a_shortcut(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 4 * OVERSAMPLE_COUNT; row++) {
        const test_curve *curve =
            &curves[row % 2 == 0 ? LIFTED : NOISE - row % 4 / 3 * (NOISE - STEEP)];
        harness *said = create(curve, row / 4, (harness_desc){ 0 });
        harness *not_said = create(curve, row / 4, (harness_desc){ 0 });
        for (uint32_t round = 0; round < 10; round++) {
            harness *both[] = { said, not_said };
            for (uint32_t i = 0; i < 2; i++) {
                if (round == 0 || round == 5) {
                    fill(both[i], 1, round, 1.0f);
                } else {
                    harness_input_silent(both[i], 0, 1);
                }
            }
            not_said->inputs[0].is_silent = false;
            harness_render(said);
            harness_render(not_said);
            assert_memory_equal(said->outputs[0].planes[0], not_said->outputs[0].planes[0],
                                128 * sizeof(float));
        }
        harness_destroy(said);
        harness_destroy(not_said);
    }
}

static void the_tail_is_as_long_as_the_filters_remember(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 2 * SIZE_COUNT; row++) {
        const wa_oversample oversample = row % 2 ? WA_OVERSAMPLE_4X : WA_OVERSAMPLE_2X;
        const uint32_t memory = row % 2 ? SHAPER_4X_MEMORY_FRAMES : SHAPER_2X_MEMORY_FRAMES;
        const uint32_t frames = sizes[row / 2];
        harness *node =
            create(&curves[IDENTITY], oversample, (harness_desc){ .quantum_frames = frames });
        float *const *in = harness_input(node, 0, 1);
        memset(in[0], 0, frames * sizeof(float));
        in[0][frames - 1] = 1.0f; /* the last frame of the input is the last that the filters hear */
        harness_render(node);
        harness_input_inactive(node, 0);
        uint32_t heard = 0, quanta = 0;
        while (node->instance.has_tail) {
            harness_render(node);
            for (uint32_t i = 0; i < frames; i++) {
                heard = node->outputs[0].planes[0][i] != 0.0f ? quanta * frames + i + 1 : heard;
            }
            quanta++;
        }
        assert_int_equal(heard, row % 2 ? memory - 1 : memory);
        assert_int_equal(quanta, (memory + frames - 1) / frames);
        harness_render(node);
        assert_true(node->outputs[0].is_silent);
        harness_destroy(node);
    }
}

/* -- What must not last, and what must begin afresh -- */

static void what_is_not_finite_does_not_stick(void **state) {
    (void)state;
    static const float poison[] = { NAN, INFINITY, -INFINITY, FLT_MAX };
    for (uint32_t row = 0; row < 4 * OVERSAMPLE_COUNT; row++) {
        harness *node = create(&curves[NOISE], row / 4, (harness_desc){ 0 });
        harness *fresh = create(&curves[NOISE], row / 4, (harness_desc){ 0 });
        for (uint32_t round = 0; round < 6; round++) {
            fill(node, 1, round, 1.0f);
            fill(fresh, 1, round, 1.0f);
            if (round == 1) {
                for (uint32_t i = 0; i < 40; i++) {
                    node->inputs[0].planes[0][i * 3] = i % 5 ? poison[row % 4] : -poison[row % 4];
                }
            }
            harness_render(node);
            harness_render(fresh);
            for (uint32_t i = 0; i < 128; i++) {
                assert_true(fabsf(node->outputs[0].planes[0][i]) < 4.0f);
            }
            if (round > 3) {
                harness_assert_same(node, fresh);
            }
        }
        harness_destroy(node);
        harness_destroy(fresh);
    }
}

static void a_change_of_oversampling_begins_afresh(void **state) {
    (void)state;
    for (uint32_t row = 0; row < OVERSAMPLE_COUNT * OVERSAMPLE_COUNT; row++) {
        const wa_oversample from = row % OVERSAMPLE_COUNT, to = row / OVERSAMPLE_COUNT;
        harness *node = create(&curves[NOISE], from, (harness_desc){ 0 });
        harness *fresh = create(&curves[NOISE], to, (harness_desc){ 0 });
        for (uint32_t round = 0; round < 8; round++) {
            fill(node, 1, round, 1.0f);
            fill(fresh, 1, round, 1.0f);
            if (round == 3) {
                assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, to), WA_OK);
                harness_reset(fresh);
            }
            harness_render(node);
            harness_render(fresh);
            if (round >= 3 && from != to) {
                harness_assert_same(node, fresh);
            }
        }
        harness_destroy(node);
        harness_destroy(fresh);
    }
}

static void a_curve_may_come_and_go(void **state) {
    (void)state;
    harness *node = create(NULL, WA_OVERSAMPLE_NONE, (harness_desc){ 0 });
    const test_curve *steps_of[] = { &curves[SQUARE], NULL, &curves[LIFTED], &curves[NOISE] };
    for (uint32_t step = 0; step < 4; step++) {
        node->env.resource = steps_of[step] != NULL ? &steps_of[step]->data.resource : NULL;
        assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_RESOURCE, 0), WA_OK);
        fill(node, 1, step, 1.0f);
        harness_render(node);
        for (uint32_t i = 0; i < 128; i++) {
            const double x = (double)node->inputs[0].planes[0][i];
            const double want = steps_of[step] != NULL ? shaped(steps_of[step], x) : x;
            assert_true(fabs((double)node->outputs[0].planes[0][i] - want) < 1e-6);
        }
    }
    harness_destroy(node);
}

static void a_reset_node_is_as_new(void **state) {
    (void)state;
    for (wa_oversample oversample = 0; oversample <= WA_OVERSAMPLE_4X; oversample++) {
        harness *used = create(&curves[LIFTED], oversample, (harness_desc){ 0 });
        for (uint32_t round = 0; round < 9; round++) {
            fill(used, 1 + round % 6, round, 2.0f);
            harness_render(used);
        }
        harness_reset(used);
        harness *fresh = create(&curves[LIFTED], oversample, (harness_desc){ 0 });
        harness_sleep(fresh, 9);
        for (uint32_t round = 0; round < 9; round++) {
            fill(used, 1 + round % 3, round, 1.0f);
            fill(fresh, 1 + round % 3, round, 1.0f);
            harness_render(used);
            harness_render(fresh);
            harness_assert_same(used, fresh);
        }
        harness_destroy(used);
        harness_destroy(fresh);
    }
}

static void in_place_and_among_neighbours_it_is_the_same(void **state) {
    (void)state;
    harness *alone[6], *crowd[6];
    for (uint32_t i = 0; i < 6; i++) {
        const test_curve *curve = i == 5 ? NULL : &curves[i];
        alone[i] = create(curve, i % 3, (harness_desc){ .quantum_frames = 129 });
        crowd[i] = create(curve, i % 3, (harness_desc){ .quantum_frames = 129, .is_aliased = true });
    }
    for (uint32_t round = 0; round < 8; round++) {
        for (uint32_t i = 0; i < 6; i++) {
            fill(alone[i], 1 + (i + round) % 3, round, 1.0f);
            fill(crowd[i], 1 + (i + round) % 3, round, 1.0f);
            if (round == 5) {
                harness_input_inactive(alone[i], 0);
                harness_input_inactive(crowd[i], 0);
            }
            harness_render(alone[i]);
        }
        harness_render_many(crowd, 6);
        for (uint32_t i = 0; i < 6; i++) {
            harness_assert_same(alone[i], crowd[i]);
        }
    }
    for (uint32_t i = 0; i < 6; i++) {
        harness_destroy(alone[i]);
        harness_destroy(crowd[i]);
    }
}

/* -- Channels -- */

/* Each channel as a node of its own would have shaped it; counts fall step by step, after the filters have
 * forgotten. */
static void channels_follow_the_filters(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 2, 1, 1, 1, 4, 2, 2, 1, 1, 1, 1, 1 };
    static const uint32_t widths[] = { 1, 2, 2, 2, 2, 4, 4, 4, 4, 2, 2, 2, 1 };
    enum { ROUNDS = sizeof counts / sizeof counts[0] };
    harness *node = create(&curves[LIFTED], WA_OVERSAMPLE_4X, (harness_desc){ .quantum_frames = 64 });
    harness *single[4];
    for (uint32_t channel = 0; channel < 4; channel++) {
        single[channel] =
            create(&curves[LIFTED], WA_OVERSAMPLE_4X, (harness_desc){ .quantum_frames = 64 });
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fill(node, counts[round], 10 * round, 1.0f);
        for (uint32_t channel = 0; channel < 4; channel++) {
            const bool is_mono = counts[round] == 1 && channel < 2;
            harness_input_silent(single[channel], 0, 1);
            single[channel]->inputs[0].is_silent = false;
            if (is_mono || channel < counts[round]) {
                harness_noise(10 * round + (is_mono ? 0 : channel),
                              single[channel]->inputs[0].planes[0], 64);
            }
            harness_render(single[channel]);
        }
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, widths[round]);
        for (uint32_t channel = 0; channel < widths[round]; channel++) {
            assert_memory_equal(node->outputs[0].planes[channel], single[channel]->outputs[0].planes[0],
                                64 * sizeof(float));
        }
    }
    harness_destroy(node);
    for (uint32_t channel = 0; channel < 4; channel++) {
        harness_destroy(single[channel]);
    }
}

static void without_filters_the_count_follows_at_once(void **state) {
    (void)state;
    harness *node = create(&curves[SQUARE], WA_OVERSAMPLE_NONE, (harness_desc){ 0 });
    for (uint32_t round = 0; round < 8; round++) {
        fill(node, 1 + round * 5 % 7, round, 1.0f);
        harness_render(node);
        assert_int_equal(node->outputs[0].channel_count, 1 + round * 5 % 7);
        assert_false(node->instance.has_tail);
    }
    harness_destroy(node);
}

static void attributes_are_checked(void **state) {
    (void)state;
    harness *node = create(NULL, WA_OVERSAMPLE_NONE, (harness_desc){ 0 });
    for (double value = -1.0; value <= 3.0; value += 0.5) {
        const bool is_legal = value >= 0.0 && value <= 2.0 && value == floor(value);
        assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, value),
                         is_legal ? WA_OK : WA_ERR_TYPE);
    }
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP, 1), WA_ERR_WRONG_TYPE);
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.oversample = (wa_oversample)3;
    assert_int_equal(harness_configure(CLASS, &options, NULL, NULL), WA_ERR_TYPE);
    assert_non_null(strstr(wa_error_message(), "oversample"));
    harness_destroy(node);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(the_curve_is_that_of_the_formula),
        cmocka_unit_test(points_are_met_exactly),
        cmocka_unit_test(without_a_curve_all_passes),
        cmocka_unit_test(oversampling_follows_its_steps),
        cmocka_unit_test(the_filters_keep_what_they_promise),
        cmocka_unit_test(latency_is_constant_and_the_passband_flat),
        cmocka_unit_test(harmonics_do_not_fold_back),
        cmocka_unit_test(a_lifted_curve_sounds_without_an_input),
        cmocka_unit_test(silence_is_a_shortcut),
        cmocka_unit_test(the_tail_is_as_long_as_the_filters_remember),
        cmocka_unit_test(what_is_not_finite_does_not_stick),
        cmocka_unit_test(a_change_of_oversampling_begins_afresh),
        cmocka_unit_test(a_curve_may_come_and_go),
        cmocka_unit_test(a_reset_node_is_as_new),
        cmocka_unit_test(in_place_and_among_neighbours_it_is_the_same),
        cmocka_unit_test(channels_follow_the_filters),
        cmocka_unit_test(without_filters_the_count_follows_at_once),
        cmocka_unit_test(attributes_are_checked),
    };
    return cmocka_run_group_tests(all, make_curves, NULL);
}
