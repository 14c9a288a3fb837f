/* OscillatorNode against additive synthesis in double. Web Audio 1.1, "OscillatorNode",
 * "Basic Waveform Phase", "Oscillator Coefficients", "Waveform Normalization". */
#include "harness.h"
#include "kernels/wave_table.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_oscillator;

static const double two_pi = 6.283185307179586477, rate_hz = 48000.0;

/* -- Waves, made here as the engine makes them ------------------------------------------------- */

static void *take(size_t bytes) {
    void *memory = calloc(1, bytes);
    assert_non_null(memory);
    return memory;
}

static wa_wave_data *wave_make(const float *real, const float *imag, uint32_t partial_count,
                               bool is_normalized) {
    wa_wave_data plan = { 0 };
    const size_t header_bytes = sizeof(wa_wave_data);
    const uint32_t floats = wave_plan(&plan, partial_count);
    wa_wave_data *wave = take(header_bytes + floats * sizeof(float));
    float *scratch = take(wave_scratch_floats(&plan) * sizeof(float));
    wave->resource.kind = WA_RESOURCE_WAVE;
    wave_plan(wave, partial_count);
    wave_fill(wave, (float *)(wave + 1), scratch, real, imag, is_normalized);
    free(scratch);
    return wave;
}

static wa_wave_data *standard[4];

static wa_status standard_wave(wa_engine *engine, wa_oscillator_type type, const wa_resource **wave) {
    (void)engine;
    assert_in_range(type, WA_OSCILLATOR_SINE, WA_OSCILLATOR_TRIANGLE);
    if (standard[type] == NULL && type == WA_OSCILLATOR_SINE) {
        standard[type] = take(sizeof(wa_wave_data));
        standard[type]->resource.kind = WA_RESOURCE_WAVE;
    } else if (standard[type] == NULL) {
        static float imag[WAVE_STANDARD_PARTIAL_COUNT + 1];
        wave_standard_coefficients(type, WAVE_STANDARD_PARTIAL_COUNT, imag);
        standard[type] = wave_make(NULL, imag, WAVE_STANDARD_PARTIAL_COUNT, true);
    }
    *wave = &standard[type]->resource;
    return WA_OK;
}

static wa_status no_memory(wa_engine *engine, wa_oscillator_type type, const wa_resource **wave) {
    (void)engine;
    (void)type;
    (void)wave;
    return WA_ERR_BUDGET;
}

/* -- The oracle -------------------------------------------------------------------------------- */

/* b[n] of the specification. */
static double coefficient(wa_oscillator_type type, uint32_t n) {
    const double pi = two_pi / 2.0, order = (double)n;
    switch (type) {
    case WA_OSCILLATOR_SQUARE:
        return 2.0 / (order * pi) * (1.0 - (n % 2 == 0 ? 1.0 : -1.0));
    case WA_OSCILLATOR_SAWTOOTH:
        return (n % 2 == 1 ? 1.0 : -1.0) * 2.0 / (order * pi);
    case WA_OSCILLATOR_TRIANGLE:
        return 8.0 * sin(order * pi / 2.0) / (pi * order * pi * order);
    default:
        return n == 1 ? 1.0 : 0.0;
    }
}

/* Sum of partials 1 .. count at a phase in turns. sin(k x) by rotation: errors of about 1e-12. */
static double additive(wa_oscillator_type type, uint32_t count, double turns) {
    const double step_cos = cos(two_pi * turns), step_sin = sin(two_pi * turns);
    double now_cos = 1.0, now_sin = 0.0, sum = 0.0;
    for (uint32_t k = 1; k <= count; k++) {
        const double next = now_cos * step_cos - now_sin * step_sin;
        now_sin = now_sin * step_cos + now_cos * step_sin;
        now_cos = next;
        sum += coefficient(type, k) * now_sin;
    }
    return sum;
}

/* max |x~(n)| for n / N with N = 32768; where each of these has its largest lobe is known. */
static double normalization(wa_oscillator_type type) {
    static double known[4] = { [WA_OSCILLATOR_SINE] = 1.0 };
    static const double middle[4] = { 0.25, 0.0, 0.5, 0.25 };
    if (known[type] == 0.0) {
        for (int n = -40; n <= 40; n++) {
            const double x = additive(type, WAVE_STANDARD_PARTIAL_COUNT, middle[type] + n / 32768.0);
            known[type] = fmax(known[type], fabs(x));
        }
    }
    return known[type];
}

/* The partials that a wave gives at a pitch: from its own ranges, held against the header's words. */
static uint32_t partial_count_at(wa_oscillator_type type, double frequency_hz) {
    const wa_wave_data *wave = standard[type];
    const double nyquist_hz = rate_hz / 2.0, pitch_hz = fabs(frequency_hz);
    if (type == WA_OSCILLATOR_SINE) {
        return 1;
    }
    uint32_t range = 0;
    while (wave->ranges[range].partial_count * pitch_hz > nyquist_hz * (1.0 + 1e-12)) {
        range++;
    }
    const uint32_t count = wave->ranges[range].partial_count;
    const double kept = count >= 1108 ? 0.5 : 0.8;
    assert_true(count == WAVE_STANDARD_PARTIAL_COUNT ||
                (count + 1) * pitch_hz >= kept * nyquist_hz * (1.0 - 1e-12));
    return count;
}

/* -- Rendering --------------------------------------------------------------------------------- */

static harness *oscillator(wa_oscillator_type type, uint32_t quantum_frames) {
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.type = type;
    return harness_create(&wa_node_class_oscillator, &(harness_desc){ .options = &options,
                                                                      .quantum_frames = quantum_frames,
                                                                      .standard_wave = standard_wave });
}

typedef struct score {
    const float *frequency_hz, *detune_cents; /* per frame; NULL: constant_... */
    float constant_hz, constant_cents;
    double start_frame, stop_frame; /* stop 0: never */
} score;

static uint32_t clip(double frame, uint64_t quantum_frame, uint32_t frames) {
    const double at = ceil(frame) - (double)quantum_frame;
    return at <= 0.0 ? 0 : at >= frames ? frames : (uint32_t)at;
}

/* `frames` frames as the engine would have them rendered. */
static void render(harness *node, const score *play, float *out, uint32_t frames) {
    const uint32_t quantum = node->quantum.frame_count;
    for (uint32_t done = 0; done < frames; done += quantum) {
        const uint32_t count = frames - done < quantum ? frames - done : quantum;
        harness_param(node, WA_OSCILLATOR_FREQUENCY, play->constant_hz);
        harness_param(node, WA_OSCILLATOR_DETUNE, play->constant_cents);
        if (play->frequency_hz != NULL) {
            float *values = harness_param_rate(node, WA_OSCILLATOR_FREQUENCY);
            memset(values, 0, quantum * sizeof(float));
            memcpy(values, play->frequency_hz + done, count * sizeof(float));
        }
        if (play->detune_cents != NULL) {
            float *values = harness_param_rate(node, WA_OSCILLATOR_DETUNE);
            memset(values, 0, quantum * sizeof(float));
            memcpy(values, play->detune_cents + done, count * sizeof(float));
        }
        const uint64_t at = node->quantum.frame;
        const uint32_t begin = clip(play->start_frame, at, quantum);
        const uint32_t end = play->stop_frame > 0.0 ? clip(play->stop_frame, at, quantum) : quantum;
        if (begin < end) {
            harness_render_source(node, begin, end, play->start_frame);
            memcpy(out + done, node->outputs[0].planes[0], count * sizeof(float));
        } else {
            harness_sleep(node, 1);
            memset(out + done, 0, count * sizeof(float));
        }
    }
}

enum { FRAMES = 4800 };

/* -- Tests ------------------------------------------------------------------------------------- */

static double steady_error_db(wa_oscillator_type type, double frequency_hz, double start_frame) {
    static float got[FRAMES];
    static double want[FRAMES];
    harness *node = oscillator(type, 128);
    const score play = { .constant_hz = (float)frequency_hz, .start_frame = start_frame };
    render(node, &play, got, FRAMES);
    const uint32_t count = partial_count_at(type, play.constant_hz);
    for (uint32_t n = 0; n < FRAMES; n++) {
        const double turns = ((double)n - start_frame) * (double)play.constant_hz / rate_hz;
        want[n] =
            n < start_frame ? 0.0 : additive(type, count, turns - floor(turns)) / normalization(type);
    }
    harness_destroy(node);
    return harness_error_db(got, want, FRAMES);
}

static void types_match_additive_synthesis(void **state) {
    (void)state;
    static const struct {
        double frequency_hz, sawtooth_db, square_db, triangle_db;
    } rows[] = {
        { 20.0, -79.0, -79.0, -120.0 },     { 27.5, -80.0, -80.0, -120.0 },
        { 46.875, -73.0, -73.0, -110.0 }, /* its frames fall on the table's own */
        { 55.0, -80.0, -80.0, -120.0 },     { 110.0, -80.0, -80.0, -120.0 },
        { 261.63, -82.0, -82.0, -110.0 },   { 440.0, -90.0, -90.0, -110.0 },
        { 1000.0, -90.0, -90.0, -110.0 },   { 3520.0, -90.0, -90.0, -100.0 },
        { 7040.0, -100.0, -100.0, -100.0 }, { 15000.0, -110.0, -110.0, -110.0 },
        { -440.0, -90.0, -90.0, -110.0 },
    };
    printf("error against additive synthesis, dB\n%10s %9s %9s %9s %9s\n", "Hz", "sine", "sawtooth",
           "square", "triangle");
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const double hz = rows[row].frequency_hz;
        const double sine = steady_error_db(WA_OSCILLATOR_SINE, hz, 0.0);
        const double saw = steady_error_db(WA_OSCILLATOR_SAWTOOTH, hz, 10.25);
        const double square = steady_error_db(WA_OSCILLATOR_SQUARE, hz, 0.0);
        const double triangle = steady_error_db(WA_OSCILLATOR_TRIANGLE, hz, 0.5);
        printf("%10.2f %9.1f %9.1f %9.1f %9.1f\n", hz, sine, saw, square, triangle);
        assert_true(sine < -130.0);
        assert_true(saw < rows[row].sawtooth_db);
        assert_true(square < rows[row].square_db);
        assert_true(triangle < rows[row].triangle_db);
    }
}

/* No partial above Nyquist and every one below 0.8 Nyquist, seen from outside: one second at a whole
 * frequency puts partials and whatever folds back on bins of their own. */
static void partials_keep_their_level(void **state) {
    (void)state;
    static const float pitches_hz[] = { 997.0f, 1777.0f, 2503.0f, 4999.0f, 6007.0f, 9001.0f, 12007.0f };
    static float got[48000];
    for (size_t row = 0; row < sizeof pitches_hz / sizeof pitches_hz[0]; row++) {
        harness *node = oscillator(WA_OSCILLATOR_SAWTOOTH, 480);
        render(node, &(score){ .constant_hz = pitches_hz[row] }, got, 48000);
        for (uint32_t k = 1; k * (double)pitches_hz[row] < 2.0 * rate_hz; k++) {
            const double partial_hz = k * (double)pitches_hz[row];
            double real = 0.0, imag = 0.0;
            for (uint32_t n = 0; n < 48000; n++) {
                const double turns = partial_hz * n / rate_hz;
                real += got[n] * cos(two_pi * turns) / 24000.0;
                imag += got[n] * sin(two_pi * turns) / 24000.0;
            }
            const double level =
                fabs(coefficient(WA_OSCILLATOR_SAWTOOTH, k)) / normalization(WA_OSCILLATOR_SAWTOOTH);
            if (partial_hz <= 0.8 * rate_hz / 2.0) {
                assert_float_equal(hypot(real, imag), level, 1e-5);
            } else if (partial_hz > rate_hz / 2.0 && partial_hz < rate_hz) {
                assert_true(hypot(real, imag) < 1e-5); /* where it would fold back to */
            }
        }
        harness_destroy(node);
    }
}

static void sine_is_within_a_millionth(void **state) {
    (void)state;
    static float got[FRAMES];
    double worst = 0.0;
    for (float hz = 1.0f; hz < 24000.0f; hz *= 1.7f) {
        harness *node = oscillator(WA_OSCILLATOR_SINE, 128);
        render(node, &(score){ .constant_hz = hz, .start_frame = 3.7 }, got, FRAMES);
        for (uint32_t n = 4; n < FRAMES; n++) {
            worst = fmax(worst, fabs(got[n] - sin(two_pi * (n - 3.7) * (double)hz / rate_hz)));
        }
        harness_destroy(node);
    }
    printf("sine: largest error %.2e\n", worst);
    assert_true(worst < 1e-6);
}

/* Held at Nyquist, half a turn each frame: forwards or backwards shows in a start between two frames only. */
static void nyquist_has_a_sign(void **state) {
    (void)state;
    static float got[256];
    static const struct {
        float hz, cents;
        double turns;
    } rows[] = {
        { 24000.0f, 0.0f, 0.5 },      { -24000.0f, 0.0f, -0.5 }, { 20000.0f, 4800.0f, 0.5 },
        { -20000.0f, 4800.0f, -0.5 }, { 1e9f, 0.0f, 0.5 },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        harness *node = oscillator(WA_OSCILLATOR_SINE, 128);
        const score play = { .constant_hz = rows[row].hz,
                             .constant_cents = rows[row].cents,
                             .start_frame = 3.75 };
        render(node, &play, got, 256);
        for (uint32_t n = 4; n < 256; n++) {
            assert_float_equal(got[n], sin(two_pi * (n - 3.75) * rows[row].turns), 1e-6);
        }
        harness_destroy(node);
    }
}

static double held(double frequency_hz, double cents) {
    const double combined = frequency_hz * exp2(fmax(-153600.0, fmin(153600.0, cents)) / 1200.0);
    return fmax(-rate_hz / 2.0, fmin(rate_hz / 2.0, combined));
}

/* Frequency and detune at audio rate; phase is the sum of the held products. */
static void modulation_follows_the_product(void **state) {
    (void)state;
    static float hz[FRAMES], cents[FRAMES], got[FRAMES];
    static double want[FRAMES];
    static const struct {
        wa_oscillator_type type;
        double center_hz, swing_hz, swing_cents, error_db;
    } rows[] = {
        { WA_OSCILLATOR_SINE, 440.0, 0.0, 0.0, -130.0 },
        { WA_OSCILLATOR_SINE, 440.0, 2000.0, 0.0, -120.0 }, /* through zero */
        { WA_OSCILLATOR_SINE, 440.0, 100.0, 2400.0, -120.0 },
        { WA_OSCILLATOR_SINE, 20000.0, 30000.0, 0.0, -120.0 }, /* held at Nyquist */
        { WA_OSCILLATOR_SAWTOOTH, 440.0, 400.0, 0.0, -80.0 },
        { WA_OSCILLATOR_SAWTOOTH, 100.0, 3000.0, 1200.0, -80.0 },
        { WA_OSCILLATOR_SQUARE, 440.0, 0.0, 3600.0, -80.0 },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const bool is_swung = rows[row].swing_hz > 0.0, is_detuned = rows[row].swing_cents > 0.0;
        double turns = 0.0;
        for (uint32_t n = 0; n < FRAMES; n++) {
            hz[n] = (float)(rows[row].center_hz + rows[row].swing_hz * sin(n * 0.0137));
            cents[n] = (float)(rows[row].swing_cents * sin(n * 0.0021 + 1.0));
            const double now_hz = held(hz[n], cents[n]);
            const uint32_t count = partial_count_at(rows[row].type, now_hz);
            want[n] = additive(rows[row].type, count, turns) / normalization(rows[row].type);
            turns += now_hz / rate_hz;
            turns -= floor(turns);
        }
        harness *node = oscillator(rows[row].type, 128);
        render(node,
               &(score){ .constant_hz = hz[0],
                         .constant_cents = cents[0],
                         .frequency_hz = is_swung ? hz : NULL,
                         .detune_cents = is_detuned ? cents : NULL },
               got, FRAMES);
        assert_true(harness_error_db(got, want, FRAMES) < rows[row].error_db);
        harness_destroy(node);
    }
}

/* The same bits whatever the quantum; and outside [start, stop) zeros. */
static void cuts_do_not_matter(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 1, 100, 441, 1000 };
    static float hz[FRAMES], cents[FRAMES], whole[FRAMES], cut[FRAMES];
    for (uint32_t n = 0; n < FRAMES; n++) {
        hz[n] = (float)(300.0 + 2000.0 * sin(n * 0.01));
        cents[n] = (float)(n * 0.3);
    }
    for (uint32_t kind = 0; kind < 8; kind++) {
        const wa_oscillator_type type = kind % 2 == 0 ? WA_OSCILLATOR_SINE : WA_OSCILLATOR_SAWTOOTH;
        const score play = { .constant_hz = 1234.5f,
                             .constant_cents = -77.0f,
                             .frequency_hz = kind & 2 ? hz : NULL,
                             .detune_cents = kind & 4 ? cents : NULL,
                             .start_frame = 517.3,
                             .stop_frame = 4000.5 };
        harness *node = oscillator(type, 128);
        render(node, &play, whole, FRAMES);
        harness_destroy(node);
        for (uint32_t n = 0; n < FRAMES; n++) {
            assert_true((n >= 518 && n <= 4000) || whole[n] == 0.0f);
        }
        assert_true(whole[518] != 0.0f && whole[4000] != 0.0f);
        for (size_t i = 0; i < sizeof quanta / sizeof quanta[0]; i++) {
            node = oscillator(type, quanta[i]);
            render(node, &play, cut, FRAMES);
            assert_memory_equal(whole, cut, sizeof whole);
            harness_destroy(node);
        }
    }
}

static void phase_survives_a_change_of_type(void **state) {
    (void)state;
    static float sine[FRAMES], mixed[FRAMES];
    const score play = { .constant_hz = 333.0f, .start_frame = 0.5 };
    harness *plain = oscillator(WA_OSCILLATOR_SINE, 128), *node = oscillator(WA_OSCILLATOR_SINE, 128);
    render(plain, &play, sine, 1280);
    render(node, &play, mixed, 512);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, WA_OSCILLATOR_SQUARE), WA_OK);
    render(node, &play, mixed + 512, 256);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, WA_OSCILLATOR_SINE), WA_OK);
    render(node, &play, mixed + 768, 512);
    assert_memory_equal(sine, mixed, 512 * sizeof(float));
    assert_memory_equal(sine + 768, mixed + 768, 512 * sizeof(float));
    assert_true(memcmp(sine + 512, mixed + 512, 256 * sizeof(float)) != 0);
    harness_destroy(plain);
    harness_destroy(node);
}

/* M2.3: a reused node is a fresh one, to the bit. */
static void reset_makes_it_new(void **state) {
    (void)state;
    static float first[FRAMES], again[FRAMES];
    const score play = { .constant_hz = 777.7f, .start_frame = 100.25 };
    score later = play;
    harness *node = oscillator(WA_OSCILLATOR_TRIANGLE, 128);
    render(node, &play, first, 1280);
    harness_reset(node);
    later.start_frame += 1280.0;
    render(node, &later, again, 1280);
    assert_memory_equal(first, again, 1280 * sizeof(float));
    harness_destroy(node);
}

/* An hour of 440.1 Hz: the phase is where exact arithmetic has it. */
static void phase_does_not_drift(void **state) {
    (void)state;
    static const float pitches_hz[] = { 440.1f, 0.1f, 15000.3f, -3333.3f };
    double worst = 0.0;
    for (size_t row = 0; row < sizeof pitches_hz / sizeof pitches_hz[0]; row++) {
        const uint64_t frames = (uint64_t)48000 * 3600;
        uint64_t increment;
        kernel_increments(&increment, &pitches_hz[row], 0.0, rate_hz, 1);
        const double got = (double)(increment * frames) * 0x1p-64;
        const long double exact = (long double)pitches_hz[row] * 3600.0L;
        const double off = got - (double)(exact - floorl(exact));
        worst = fmax(worst, fabs(off - round(off)));
    }
    printf("phase after an hour: off by %.1e turn at most\n", worst);
    assert_true(worst < 1e-7);
}

static void extremes_stay_in_bounds(void **state) {
    (void)state;
    static const float values[] = { 0.0f, -0.0f, FLT_MAX, -FLT_MAX, 24000.0f, -24000.0f, 1e-30f };
    enum { COUNT = sizeof values / sizeof values[0] };
    static float hz[128], cents[128], got[128];
    for (uint32_t i = 0; i < COUNT * COUNT; i++) {
        for (uint32_t n = 0; n < 128; n++) {
            hz[n] = values[i % COUNT];
            cents[n] = values[i / COUNT];
        }
        for (uint32_t kind = 0; kind < 4; kind++) {
            const score play = { .constant_hz = hz[0],
                                 .constant_cents = cents[0],
                                 .frequency_hz = kind & 1 ? hz : NULL,
                                 .detune_cents = kind & 2 ? cents : NULL };
            harness *node = oscillator(WA_OSCILLATOR_SAWTOOTH, 128);
            render(node, &play, got, 128);
            for (uint32_t n = 0; n < 128; n++) {
                assert_true(fabsf(got[n]) <= 1.001f);
                assert_true(hz[0] != 0.0f || got[n] == 0.0f);
            }
            harness_destroy(node);
        }
    }
}

static void custom_waves_play(void **state) {
    (void)state;
    static const float real[] = { 9.0f, 0.5f, 0.0f, -0.25f }, imag[] = { 9.0f, 0.0f, 0.125f, 0.0f };
    static float got[FRAMES];
    wa_wave_data *wave = wave_make(real, imag, 3, false);
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.type = WA_OSCILLATOR_TRIANGLE; /* a periodic wave makes it custom, whatever it says */
    harness *node =
        harness_create(&wa_node_class_oscillator, &(harness_desc){ .options = &options,
                                                                   .resource = &wave->resource,
                                                                   .standard_wave = no_memory });
    render(node, &(score){ .constant_hz = 997.0f }, got, FRAMES);
    for (uint32_t n = 0; n < FRAMES; n++) {
        const double x = two_pi * 997.0 * n / rate_hz;
        const double want = 0.5 * cos(x) - 0.25 * cos(3.0 * x) + 0.125 * sin(2.0 * x); /* no DC */
        assert_float_equal(got[n], want, 2e-5);
    }
    harness_destroy(node);
    free(wave);
}

/* A wave of few ranges in place of one of many, at a pitch where the old one read its last. */
static void waves_change_while_it_plays(void **state) {
    (void)state;
    static const float imag[] = { 0.0f, 1.0f, 0.0f, 0.5f };
    static float got[1280];
    wa_wave_data *wave = wave_make(NULL, imag, 3, false);
    harness *node = oscillator(WA_OSCILLATOR_SAWTOOTH, 128);
    const score play = { .constant_hz = 15000.0f };
    render(node, &play, got, 640);
    node->env.resource = &wave->resource;
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_RESOURCE, 0.0), WA_OK);
    render(node, &play, got + 640, 640);
    for (uint32_t n = 640; n < 1280; n++) {
        assert_float_equal(got[n], sin(two_pi * n * 15000.0 / rate_hz), 2e-5);
    }
    harness_destroy(node);
    free(wave);
}

/* 2^(cents / 1200), seen in the increments: within 1e-9, far outside of any sensible range too. */
static void detune_is_a_power_of_two(void **state) {
    (void)state;
    static const struct {
        float frequency_hz, cents;
    } rows[] = { { 440.0f, 1200.0f },   { 440.0f, -1200.0f }, { 440.0f, 700.0f },
                 { 440.0f, 599.0f },    { 440.0f, 601.0f },   { 1.0f, -599.0f },
                 { 1.0f, -601.0f },     { 100.0f, 1e-3f },    { 1.0f, 12345.6f },
                 { 20000.0f, -333.3f }, { 1e-36f, FLT_MAX },  { 1e-36f, 153600.0f },
                 { -3.0f, 7777.0f },    { 440.0f, -FLT_MAX }, { FLT_MAX, -150000.0f } };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const double want = held(rows[row].frequency_hz, rows[row].cents) / rate_hz;
        uint64_t steady, varying;
        kernel_increments(&steady, &rows[row].frequency_hz, (double)rows[row].cents, rate_hz, 1);
        kernel_increments_detuned(&varying, &rows[row].frequency_hz, &rows[row].cents, rate_hz, 1);
        const double limit = fabs(want) * 1e-9 + 0x1p-52;
        const double got = (double)(int64_t)steady * 0x1p-64;
        const double off = got - want;
        assert_true(fabs(off - round(off)) <= limit); /* + and - half a turn are one */
        assert_true(fabs((double)(int64_t)(steady - varying)) * 0x1p-64 <= limit);
    }
}

static void rejected_options(void **state) {
    (void)state;
    static const struct {
        int type;
        float frequency_hz, detune_cents;
        wa_status status;
    } rows[] = {
        { WA_OSCILLATOR_SQUARE, 1e9f, -1e9f, WA_OK }, /* held when it plays */
        { WA_OSCILLATOR_SINE, NAN, 0.0f, WA_ERR_TYPE },
        { WA_OSCILLATOR_SINE, INFINITY, 0.0f, WA_ERR_TYPE },
        { WA_OSCILLATOR_SINE, 440.0f, NAN, WA_ERR_TYPE },
        { WA_OSCILLATOR_CUSTOM, 440.0f, 0.0f, WA_ERR_INVALID_STATE },
        { 5, 440.0f, 0.0f, WA_ERR_TYPE },
        { -1, 440.0f, 0.0f, WA_ERR_TYPE },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
        options.type = (wa_oscillator_type)rows[row].type;
        options.frequency_hz = rows[row].frequency_hz;
        options.detune_cents = rows[row].detune_cents;
        const wa_class_env env = { .sample_rate_hz = rate_hz, .standard_wave = standard_wave };
        assert_int_equal(harness_configure(&wa_node_class_oscillator, &options, &env, NULL),
                         rows[row].status);
    }
    const wa_class_env poor = { .sample_rate_hz = rate_hz, .standard_wave = no_memory };
    assert_int_equal(harness_configure(&wa_node_class_oscillator, NULL, &poor, NULL), WA_ERR_BUDGET);
}

static void rejected_attributes(void **state) {
    (void)state;
    static float before[128], after[128];
    harness *node = oscillator(WA_OSCILLATOR_SQUARE, 128),
            *same = oscillator(WA_OSCILLATOR_SQUARE, 128);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, WA_OSCILLATOR_CUSTOM),
                     WA_ERR_INVALID_STATE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, 0.5), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, NAN), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_RESOURCE, 0.0), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP, 1.0), WA_ERR_INVALID_ACCESS);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_REARM, 0.0), WA_OK);
    render(node, &(score){ .constant_hz = 500.0f }, after, 128);
    render(same, &(score){ .constant_hz = 500.0f }, before, 128);
    assert_memory_equal(before, after, sizeof before); /* nothing changed */
    assert_true(wa_node_class_oscillator.param_max(node->setup.config, WA_OSCILLATOR_FREQUENCY) ==
                24000.0f);
    harness_destroy(node);
    harness_destroy(same);
}

static int free_waves(void **state) {
    (void)state;
    for (uint32_t type = 0; type < 4; type++) {
        free(standard[type]);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_match_additive_synthesis),
        cmocka_unit_test(partials_keep_their_level),
        cmocka_unit_test(sine_is_within_a_millionth),
        cmocka_unit_test(nyquist_has_a_sign),
        cmocka_unit_test(modulation_follows_the_product),
        cmocka_unit_test(cuts_do_not_matter),
        cmocka_unit_test(phase_survives_a_change_of_type),
        cmocka_unit_test(reset_makes_it_new),
        cmocka_unit_test(phase_does_not_drift),
        cmocka_unit_test(extremes_stay_in_bounds),
        cmocka_unit_test(custom_waves_play),
        cmocka_unit_test(waves_change_while_it_plays),
        cmocka_unit_test(detune_is_a_power_of_two),
        cmocka_unit_test(rejected_options),
        cmocka_unit_test(rejected_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, free_waves);
}
