/* AnalyserNode through the public API: waveform and spectrum of what was played against the specification's
 * formulas in double (FFTW), while time goes on, stands still or was slept through. What was played is what
 * came out of the destination, which hears the same source by another way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "nodes/analyser.h"
#include "rig.h"
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_FRAMES = 32768, BINS_MAX = SIZE_MAX_FRAMES / 2 };

static wa_node analyser_of_size(rig *r, uint32_t fft_size) {
    wa_analyser_options options = WA_ANALYSER_OPTIONS_INIT;
    options.fft_size = fft_size;
    return rig_node(r, WA_NODE_TYPE_ANALYSER, &options);
}

/* Into the analyser, whose output leads nowhere, and past it to the destination. */
static wa_node noise_into(rig *r, wa_node to) {
    const wa_node noise = rig_noise(r, 1, 200000, 11);
    rig_connect(r, noise, to);
    rig_connect(r, noise, r->out);
    return noise;
}

/* Frame `index` of the last `count` that were rendered. */
static float played(const rig *r, uint32_t count, uint32_t index) {
    const int64_t frame = (int64_t)r->frame_count - count + index;
    return frame >= 0 ? r->planes[0][frame] : 0.0f;
}

static void read_waveform(rig *r, wa_node node, float *frames, uint32_t count) {
    assert_ok(wa_analyser_get_float_time_domain_data(r->context, node, frames, count));
}

static void read_spectrum(rig *r, wa_node node, float *decibels, uint32_t count) {
    assert_ok(wa_analyser_get_float_frequency_data(r->context, node, decibels, count));
}

static void assert_silent_spectrum(rig *r, wa_node node, uint32_t bins) {
    static float decibels[BINS_MAX];
    static uint8_t bytes[BINS_MAX];
    read_spectrum(r, node, decibels, bins);
    assert_ok(wa_analyser_get_byte_frequency_data(r->context, node, bytes, bins));
    for (uint32_t k = 0; k < bins; k++) {
        assert_true(isinf(decibels[k]) && decibels[k] < 0.0f);
        assert_int_equal(bytes[k], 0);
    }
}

/* -- waveform ----------------------------------------------------------------------------------- */

static void check_waveform(rig *r, wa_node node, uint32_t fft_size) {
    static float frames[SIZE_MAX_FRAMES];
    static uint8_t bytes[SIZE_MAX_FRAMES];
    read_waveform(r, node, frames, SIZE_MAX_FRAMES);
    assert_ok(wa_analyser_get_byte_time_domain_data(r->context, node, bytes, SIZE_MAX_FRAMES));
    for (uint32_t i = 0; i < fft_size; i++) {
        const float wanted = played(r, fft_size, i);
        if (frames[i] != wanted) {
            fail_msg("frame %u of %u at %llu: %g, wanted %g", i, fft_size,
                     (unsigned long long)r->frame_count, (double)frames[i], (double)wanted);
        }
        const double byte = floor(128.0 * (1.0 + (double)wanted));
        assert_int_equal(bytes[i], (int)(byte < 0.0 ? 0.0 : byte > 255.0 ? 255.0 : byte));
    }
}

static void last_frames(void **state) {
    (void)state;
    const uint32_t quanta[] = { 1, 100, 128, 441, 4096 };
    const float rates[] = { 3000.0f, 48000.0f, 768000.0f };
    for (uint32_t row = 0; row < 5; row++) {
        for (uint32_t column = 0; column < 3; column++) {
            rig *r = rig_create(
                &(rig_desc){ .quantum_frames = quanta[row], .sample_rate_hz = rates[column] });
            const wa_node small = analyser_of_size(r, 32), large = analyser_of_size(r, 32768);
            rig_connect(r, noise_into(r, small), large);
            check_waveform(r, large, 32768); /* no quantum yet: silence */
            for (uint32_t step = 0; step < 5; step++) {
                const uint32_t frames = step == 4 ? 70000 : 1 + 1000 * step;
                rig_render(r, (frames + quanta[row] - 1) / quanta[row] * quanta[row]);
                check_waveform(r, small, 32);
                check_waveform(r, large, 32768);
            }
            rig_destroy(r);
        }
    }
}

/* Fewer are cut off, of the newer ones; more are left as they were. */
static void counts(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 64);
    noise_into(r, node);
    rig_render(r, 1280);
    float all[64], some[65];
    uint8_t all_bytes[64], some_bytes[65];
    read_waveform(r, node, all, 64);
    for (uint32_t count = 0; count <= 65; count += count == 3 ? 61 : 1) {
        for (uint32_t i = 0; i < 65; i++) {
            some[i] = 7.0f;
        }
        read_waveform(r, node, some, count);
        assert_same(some, all, count < 64 ? count : 64);
        assert_true(count > 64 || some[count] == 7.0f);
        assert_true(some[64] == 7.0f);
    }
    assert_ok(wa_analyser_get_byte_time_domain_data(r->context, node, all_bytes, 64));
    memset(some_bytes, 9, sizeof some_bytes);
    assert_ok(wa_analyser_get_byte_time_domain_data(r->context, node, some_bytes, 65));
    assert_memory_equal(some_bytes, all_bytes, 64);
    assert_int_equal(some_bytes[64], 9);

    read_spectrum(r, node, all, 32);
    some[32] = 7.0f;
    read_spectrum(r, node, some, 65);
    assert_same(some, all, 32);
    assert_true(some[32] == 7.0f);
    assert_ok(wa_analyser_get_byte_frequency_data(r->context, node, all_bytes, 32));
    memset(some_bytes, 9, sizeof some_bytes);
    assert_ok(wa_analyser_get_byte_frequency_data(r->context, node, some_bytes, 65));
    assert_memory_equal(some_bytes, all_bytes, 32);
    assert_int_equal(some_bytes[32], 9);
    rig_destroy(r);
}

/* -- spectrum ----------------------------------------------------------------------------------- */

typedef struct oracle {
    uint32_t fft_size;
    double smoothed[BINS_MAX];
} oracle;

/* One reading, by the formulas. */
static void oracle_read(oracle *of, const rig *r, double time_constant) {
    const uint32_t size = of->fft_size;
    const double two_pi = 6.283185307179586477;
    double *in = fftw_alloc_real(size);
    fftw_complex *out = fftw_alloc_complex(size / 2 + 1);
    fftw_plan plan = fftw_plan_dft_r2c_1d((int)size, in, out, FFTW_ESTIMATE);
    for (uint32_t n = 0; n < size; n++) {
        const double turn = two_pi * n / size;
        in[n] = (double)played(r, size, n) * (0.42 - 0.5 * cos(turn) + 0.08 * cos(2.0 * turn));
    }
    fftw_execute(plan);
    for (uint32_t k = 0; k < size / 2; k++) {
        of->smoothed[k] = time_constant * of->smoothed[k] +
                          (1.0 - time_constant) * hypot(out[k][0], out[k][1]) / size;
    }
    fftw_destroy_plan(plan);
    fftw_free(in);
    fftw_free(out);
}

static void check_spectrum(rig *r, wa_node node, const oracle *of) {
    static float decibels[BINS_MAX];
    double error = 0.0, energy = 0.0;
    read_spectrum(r, node, decibels, BINS_MAX);
    for (uint32_t k = 0; k < of->fft_size / 2; k++) {
        const double off = pow(10.0, (double)decibels[k] / 20.0) - of->smoothed[k];
        error += off * off;
        energy += of->smoothed[k] * of->smoothed[k];
    }
    const double db = error > 0.0 ? 10.0 * log10(error / energy) : -300.0;
    if (!(db < -115.0)) {
        fail_msg("size %u at frame %llu: error %.1f dB, at most -115", of->fft_size,
                 (unsigned long long)r->frame_count, db);
    }
}

static void every_size_smoothed(void **state) {
    (void)state;
    static oracle wanted;
    for (uint32_t size = 32; size <= SIZE_MAX_FRAMES; size *= 2) {
        rig *r = rig_create(&(rig_desc){ .quantum_frames = 100 });
        const wa_node node = analyser_of_size(r, size);
        const double time_constants[] = { 0.8, 0.8, 0.3, 0.0, 1.0, 0.95 };
        noise_into(r, node);
        wanted = (oracle){ .fft_size = size };
        for (uint32_t reading = 0; reading < 6; reading++) {
            rig_render(r, 100 * (1 + reading * 37));
            assert_ok(
                wa_analyser_set_smoothing_time_constant(r->context, node, time_constants[reading]));
            oracle_read(&wanted, r, time_constants[reading]);
            check_spectrum(r, node, &wanted);
        }
        rig_destroy(r);
    }
}

/* Asked again before time has moved, it answers the same and smooths no further, whoever asks. */
static void once_per_quantum(void **state) {
    (void)state;
    static oracle wanted;
    float first[512], again[512];
    uint8_t bytes[512];
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 1024);
    noise_into(r, node);
    wanted = (oracle){ .fft_size = 1024 };
    for (uint32_t reading = 0; reading < 4; reading++) {
        rig_render(r, 128);
        oracle_read(&wanted, r, 0.8);
        for (uint32_t i = 0; i < 3; i++) {
            assert_ok(wa_analyser_get_byte_frequency_data(r->context, node, bytes, 512));
            check_spectrum(r, node, &wanted);
            read_spectrum(r, node, i == 0 ? first : again, 512);
            assert_same(i == 0 ? first : again, first, 512);
        }
    }
    /* A new time constant counts from the next quantum on. */
    assert_ok(wa_analyser_set_smoothing_time_constant(r->context, node, 0.0));
    read_spectrum(r, node, again, 512);
    assert_same(again, first, 512);
    rig_render(r, 128);
    oracle_read(&wanted, r, 0.0);
    check_spectrum(r, node, &wanted);
    rig_destroy(r);
}

static void bytes_follow_the_range(void **state) {
    (void)state;
    const double ranges[][2] = { { -100.0, -30.0 }, { -60.0, -59.0 }, { -400.0, 10.0 }, { 3.0, 4.0 } };
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 256);
    float decibels[128];
    uint8_t bytes[128];
    noise_into(r, node);
    rig_render(r, 512);
    read_spectrum(r, node, decibels, 128);
    for (uint32_t row = 0; row < 4; row++) {
        const double min = ranges[row][0], max = ranges[row][1];
        /* In the order that never crosses. */
        assert_ok(wa_analyser_set_max_decibels(r->context, node, 1000.0));
        assert_ok(wa_analyser_set_min_decibels(r->context, node, min));
        assert_ok(wa_analyser_set_max_decibels(r->context, node, max));
        assert_ok(wa_analyser_get_byte_frequency_data(r->context, node, bytes, 128));
        for (uint32_t k = 0; k < 128; k++) {
            const double byte = floor(255.0 / (max - min) * ((double)decibels[k] - min));
            assert_int_equal(bytes[k], (int)(byte < 0.0 ? 0.0 : byte > 255.0 ? 255.0 : byte));
        }
    }
    rig_destroy(r);
}

/* A larger size reaches back into what was heard before; any other size smooths from zero. */
static void size_changes_while_it_plays(void **state) {
    (void)state;
    static oracle wanted;
    const uint32_t sizes[] = { 512, 2048, 32, 32768, 512 };
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 512);
    noise_into(r, node);
    rig_render(r, 40000 / 128 * 128);
    for (uint32_t row = 0; row < 5; row++) {
        assert_ok(wa_analyser_set_fft_size(r->context, node, sizes[row]));
        wanted = (oracle){ .fft_size = sizes[row] };
        check_waveform(r, node, sizes[row]);
        for (uint32_t reading = 0; reading < 3; reading++) {
            oracle_read(&wanted, r, 0.8);
            check_spectrum(r, node, &wanted);
            rig_render(r, 256);
            /* The same size again is no change. */
            assert_ok(wa_analyser_set_fft_size(r->context, node, sizes[row]));
        }
    }
    /* There and back between two readings is a change, too. */
    assert_ok(wa_analyser_set_fft_size(r->context, node, 64));
    assert_ok(wa_analyser_set_fft_size(r->context, node, 512));
    wanted = (oracle){ .fft_size = 512 };
    oracle_read(&wanted, r, 0.8);
    check_spectrum(r, node, &wanted);
    rig_destroy(r);
}

/* -- silence ------------------------------------------------------------------------------------ */

static void nothing_to_hear(void **state) {
    (void)state;
    float frames[2048];
    rig *r = rig_create(NULL);
    const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
    for (uint32_t step = 0; step < 3; step++) {
        memset(frames, 0x7f, sizeof frames);
        read_waveform(r, node, frames, 2048);
        assert_all(frames, 0.0f, 2048);
        assert_silent_spectrum(r, node, 1024);
        rig_render(r, 1280);
    }
    assert_int_equal(rig_awake_count(r), 1); /* the destination */
    rig_destroy(r);
}

/* It sleeps when its input ends, costs nothing, and time passes for it all the same. */
static void asleep(void **state) {
    (void)state;
    float frames[2048];
    rig *r = rig_create(NULL);
    const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
    const wa_node source = noise_into(r, node);
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 700.5)));
    rig_render(r, 1024);
    assert_int_equal(rig_awake_count(r), 1);
    check_waveform(r, node, 2048);
    rig_render(r, 1536);
    check_waveform(r, node, 2048);
    assert_true(played(r, 2048, 100) != 0.0f);
    rig_render(r, 128 * 20);
    read_waveform(r, node, frames, 2048);
    assert_all(frames, 0.0f, 2048);
    /* What was smoothed fades by its own time constant, though every frame is silence. */
    wa_node second = noise_into(r, node);
    rig_render(r, 128);
    check_waveform(r, node, 2048);
    assert_ok(wa_node_disconnect(r->context, second));
    rig_render(r, 128);
    check_waveform(r, node, 2048);
    rig_destroy(r);
}

static void smoothing_fades_in_silence(void **state) {
    (void)state;
    float first[32], later[32];
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 64);
    const wa_node source = noise_into(r, node);
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 128)));
    rig_render(r, 128);
    read_spectrum(r, node, first, 32);
    rig_render(r, 128);
    read_spectrum(r, node, later, 32);
    for (uint32_t k = 0; k < 32; k++) {
        assert_true(fabs((double)(later[k] - first[k]) - 20.0 * log10(0.8)) < 1e-4);
    }
    rig_destroy(r);
}

/* While nobody renders, nothing is read but what is there. */
static void suspended(void **state) {
    (void)state;
    float before[2048], after[2048];
    rig *r = rig_create(NULL);
    const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
    noise_into(r, node);
    rig_render(r, 4096);
    read_spectrum(r, node, before, 1024);
    assert_ok(wa_context_suspend(r->context));
    float *out = calloc(1024, sizeof *out);
    const wa_render_desc desc = { .desc_bytes = sizeof desc, .outputs = &out, .frame_count = 1024 };
    assert_ok(wa_context_render(r->context, &desc)); /* silence, and the clock stands */
    (void)wa_context_poll(r->context, NULL, 0);
    assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
    read_spectrum(r, node, after, 1024);
    assert_same(after, before, 1024);
    check_waveform(r, node, 2048);
    free(out);
    rig_destroy(r);
}

/* In a cycle without a delay it is muted: it hears nothing and passes nothing. */
static void muted(void **state) {
    (void)state;
    float frames[512];
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 512), gain = rig_gain(r, 1.0f);
    noise_into(r, node);
    rig_connect(r, node, gain);
    rig_connect(r, gain, node);
    rig_render(r, 1024);
    read_waveform(r, node, frames, 512);
    assert_all(frames, 0.0f, 512);
    assert_ok(wa_node_disconnect(r->context, gain));
    rig_render(r, 512);
    check_waveform(r, node, 512);
    rig_destroy(r);
}

/* -- what goes in, what comes out --------------------------------------------------------------- */

/* NaN and infinity pass, and are gone with the last frame that held them. */
static void not_finite(void **state) {
    (void)state;
    static float frames[2048], decibels[1024];
    rig *r = rig_create(NULL);
    const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
    rig_connect(r, rig_sine(r, 440.0f), node);
    rig_connect(r, rig_impulse(r, NAN, rig_frames_s(r, 200)), node);
    rig_connect(r, rig_impulse(r, INFINITY, rig_frames_s(r, 300)), node);
    rig_connect(r, node, r->out);
    const float *out = rig_render(r, 2048);
    assert_true(isnan(out[200]) && isinf(out[300]));
    read_waveform(r, node, frames, 2048);
    assert_same(frames, out, 2048);
    assert_silent_spectrum(r, node, 1024);
    rig_render(r, 512);
    read_spectrum(r, node, decibels, 1024);
    float loudest = -1000.0f;
    for (uint32_t k = 0; k < 1024; k++) {
        assert_true(isfinite(decibels[k]));
        loudest = decibels[k] > loudest ? decibels[k] : loudest;
    }
    assert_true(loudest > -30.0f); /* the sine, smoothed once */
    rig_destroy(r);
}

static void passes_through(void **state) {
    (void)state;
    const float values[] = { 0.1f, -0.2f, 0.3f, 0.4f, -0.5f, 0.6f };
    for (uint32_t way = 0; way < 2; way++) {
        rig *r = rig_create(&(rig_desc){ .channel_count = 6 });
        const wa_node source = rig_constants(r, values, 6);
        const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
        rig_connect(r, source, node);
        rig_connect(r, node, r->out);
        if (way == 1) {
            rig_connect(r, source, rig_gain(r, 1.0f)); /* another reader: not in place */
        }
        rig_render(r, 300);
        for (uint32_t channel = 0; channel < 6; channel++) {
            assert_all(r->planes[channel], values[channel], 300);
        }
        rig_destroy(r);
    }
}

typedef struct mix_row {
    uint32_t channel_count;
    wa_channel_count_mode mode;
    wa_channel_interpretation interpretation;
    float wanted; /* of 0.5 left, 0.25 right */
} mix_row;

/* The node's own interpretation has no say in the mono mix, but its channelCount decides what is mixed. */
static void mono_mix(void **state) {
    (void)state;
    const mix_row rows[] = {
        { 2, WA_CHANNEL_COUNT_MODE_MAX, WA_CHANNEL_INTERPRETATION_SPEAKERS, 0.375f },
        { 2, WA_CHANNEL_COUNT_MODE_MAX, WA_CHANNEL_INTERPRETATION_DISCRETE, 0.375f },
        { 1, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_SPEAKERS, 0.375f },
        { 1, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_DISCRETE, 0.5f },
        { 4, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_SPEAKERS, 0.1875f },
    };
    const float values[] = { 0.5f, 0.25f };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig *r = rig_create(NULL);
        wa_analyser_options options = WA_ANALYSER_OPTIONS_INIT;
        options.node.channel_count = rows[i].channel_count;
        options.node.channel_count_mode = rows[i].mode;
        options.node.channel_interpretation = rows[i].interpretation;
        options.fft_size = 64;
        const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, &options);
        float frames[64];
        rig_connect(r, rig_constants(r, values, 2), node);
        rig_render(r, 128);
        read_waveform(r, node, frames, 64);
        assert_all(frames, rows[i].wanted, 64);
        rig_destroy(r);
    }
}

typedef struct look {
    rig *r;
    wa_node node;
    uint32_t count;
} look;

static void look_at(void *user, wa_context *context, double time_s) {
    look *of = user;
    float frames[128];
    const uint64_t end = wa_context_current_frame(context);
    assert_true(fabs((double)end - time_s * of->r->rate) < 1e-6);
    assert_ok(wa_analyser_get_float_time_domain_data(context, of->node, frames, 128));
    for (uint32_t i = 0; i < 128; i++) { /* a delayed constant: 0 before frame 1000 */
        assert_true(frames[i] == (end - 128 + i >= 1000 ? 0.5f : 0.0f));
    }
    of->count++;
}

/* Offline: read where the render is suspended, and after its end. */
static void offline(void **state) {
    (void)state;
    float frames[128];
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 4096 });
    look of = { .r = r, .node = analyser_of_size(r, 128) };
    wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
    options.offset = 0.5f;
    const wa_node source = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, &options);
    assert_ok(wa_source_start(r->context, source, rig_frames_s(r, 1000)));
    rig_connect(r, source, of.node);
    for (uint32_t frame = 896; frame <= 1280; frame += 128) {
        assert_ok(wa_context_suspend_at(r->context, rig_frames_s(r, frame)));
    }
    rig_render_offline(r, look_at, &of);
    assert_int_equal(of.count, 4);
    read_waveform(r, of.node, frames, 128);
    assert_all(frames, 0.5f, 128);
    rig_destroy(r);
}

/* -- attributes --------------------------------------------------------------------------------- */

static void assert_info(rig *r, wa_node node, wa_analyser_info wanted) {
    wa_analyser_info info;
    assert_ok(wa_analyser_get_info(r->context, node, &info));
    assert_int_equal(info.fft_size, wanted.fft_size);
    assert_int_equal(info.frequency_bin_count, wanted.fft_size / 2);
    assert_true(info.min_decibels == wanted.min_decibels);
    assert_true(info.max_decibels == wanted.max_decibels);
    assert_true(info.smoothing_time_constant == wanted.smoothing_time_constant);
}

static void refused(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_context *c = r->context;
    const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL), gain = rig_gain(r, 1.0f);
    wa_analyser_info info;
    float data[4] = { 5.0f };
    uint8_t bytes[4];
    assert_refused(wa_analyser_set_fft_size(c, node, 31), WA_ERR_INDEX_SIZE, "fft_size");
    assert_refused(wa_analyser_set_fft_size(c, node, 48), WA_ERR_INDEX_SIZE, "fft_size");
    assert_refused(wa_analyser_set_fft_size(c, node, 65536), WA_ERR_INDEX_SIZE, "32768");
    assert_refused(wa_analyser_set_fft_size(c, node, 0), WA_ERR_INDEX_SIZE, "fft_size");
    assert_refused(wa_analyser_set_min_decibels(c, node, -30.0), WA_ERR_INDEX_SIZE, "min_decibels");
    assert_refused(wa_analyser_set_min_decibels(c, node, 0.0), WA_ERR_INDEX_SIZE, "min_decibels");
    assert_refused(wa_analyser_set_max_decibels(c, node, -100.0), WA_ERR_INDEX_SIZE, "max_decibels");
    assert_refused(wa_analyser_set_max_decibels(c, node, (double)NAN), WA_ERR_TYPE, "decibels");
    assert_refused(wa_analyser_set_min_decibels(c, node, -(double)INFINITY), WA_ERR_TYPE, "decibels");
    assert_refused(wa_analyser_set_smoothing_time_constant(c, node, -1e-9), WA_ERR_INDEX_SIZE,
                   "[0, 1]");
    assert_refused(wa_analyser_set_smoothing_time_constant(c, node, 1.1), WA_ERR_INDEX_SIZE, "[0, 1]");
    assert_refused(wa_analyser_set_smoothing_time_constant(c, node, (double)NAN), WA_ERR_TYPE,
                   "time_constant");
    assert_info(r, node, (wa_analyser_info){ 2048, 1024, -100.0, -30.0, 0.8 });

    assert_refused(wa_analyser_set_fft_size(c, gain, 64), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_analyser_get_info(c, gain, &info), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_analyser_get_info(c, node, NULL), WA_ERR_TYPE, "info");
    assert_refused(wa_analyser_get_float_time_domain_data(c, gain, data, 4), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_analyser_get_float_time_domain_data(c, node, NULL, 4), WA_ERR_TYPE, "data");
    assert_refused(wa_analyser_get_byte_time_domain_data(c, node, NULL, 4), WA_ERR_TYPE, "data");
    assert_refused(wa_analyser_get_float_frequency_data(c, node, NULL, 4), WA_ERR_TYPE, "data");
    assert_refused(wa_analyser_get_byte_frequency_data(c, node, NULL, 4), WA_ERR_TYPE, "data");
    assert_refused(wa_analyser_get_float_time_domain_data(NULL, node, data, 4), WA_ERR_TYPE, "context");
    assert_refused(wa_analyser_set_fft_size(NULL, node, 64), WA_ERR_TYPE, "context");
    rig_release(r, node, WA_RELEASE_NOW);
    rig_render(r, 256);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_refused(wa_analyser_get_byte_frequency_data(c, node, bytes, 4), WA_ERR_STALE_HANDLE, "node");
    assert_true(data[0] == 5.0f);
    rig_destroy(r);
}

static void transactions(void **state) {
    (void)state;
    static oracle wanted;
    const wa_analyser_info before = { 256, 128, -100.0, -30.0, 0.8 };
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 256);
    noise_into(r, node);
    rig_render(r, 512);
    wanted = (oracle){ .fft_size = 256 };
    oracle_read(&wanted, r, 0.8);
    check_spectrum(r, node, &wanted);
    for (uint32_t end = 0; end < 3; end++) {
        assert_ok(wa_begin(r->context));
        assert_ok(wa_analyser_set_fft_size(r->context, node, 1024));
        assert_ok(wa_analyser_set_max_decibels(r->context, node, 12.0));
        assert_ok(wa_analyser_set_min_decibels(r->context, node, -12.0));
        assert_ok(wa_analyser_set_smoothing_time_constant(r->context, node, 0.5));
        assert_info(r, node, (wa_analyser_info){ 1024, 512, -12.0, 12.0, 0.5 });
        if (end == 0) {
            assert_ok(wa_rollback(r->context));
        } else if (end == 1) {
            assert_refused(wa_analyser_set_fft_size(r->context, node, 3), WA_ERR_INDEX_SIZE, NULL);
            assert_int_equal(wa_commit(r->context), WA_ERR_INDEX_SIZE);
        } else {
            assert_ok(wa_commit(r->context));
            assert_info(r, node, (wa_analyser_info){ 1024, 512, -12.0, 12.0, 0.5 });
            break;
        }
        /* As if nothing had been: what was smoothed is still there. */
        assert_info(r, node, before);
        rig_render(r, 128);
        oracle_read(&wanted, r, 0.8);
        check_spectrum(r, node, &wanted);
    }
    rig_destroy(r);
}

/* -- memory ------------------------------------------------------------------------------------- */

static void reading_takes_none(void **state) {
    (void)state;
    static float frames[SIZE_MAX_FRAMES];
    static uint8_t bytes[SIZE_MAX_FRAMES];
    rig *r = rig_create(NULL);
    const wa_node node = analyser_of_size(r, 2048), large = analyser_of_size(r, 32768);
    noise_into(r, node);
    rig_render(r, 1280);
    wa_memory_stats before, after;
    wa_engine_seal(r->engine, true);
    wa_engine_memory_stats(r->engine, &before);
    const wa_node nodes[] = { node, large };
    for (uint32_t i = 0; i < 2; i++) {
        read_waveform(r, nodes[i], frames, SIZE_MAX_FRAMES);
        read_spectrum(r, nodes[i], frames, SIZE_MAX_FRAMES);
        assert_ok(wa_analyser_get_byte_time_domain_data(r->context, nodes[i], bytes, SIZE_MAX_FRAMES));
        assert_ok(wa_analyser_get_byte_frequency_data(r->context, nodes[i], bytes, SIZE_MAX_FRAMES));
    }
    wa_engine_memory_stats(r->engine, &after);
    assert_int_equal(after.allocation_count, before.allocation_count);
    assert_int_equal(after.used_bytes, before.used_bytes);
    /* A size that nobody had yet would take tables. */
    assert_refused(wa_analyser_set_fft_size(r->context, node, 4096), WA_ERR_SEALED, "fft_size");
    assert_ok(wa_analyser_set_fft_size(r->context, node, 32768));
    wa_engine_seal(r->engine, false);
    rig_destroy(r);
}

static void memory_comes_back(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    rig_release(r, analyser_of_size(r, 2048), WA_RELEASE_NOW);
    rig_render(r, 256);
    (void)rig_poll(r, WA_EVENT_ENDED);
    const uint64_t before = rig_used_bytes(r);
    const wa_node node = analyser_of_size(r, 2048);
    const uint64_t taken = rig_used_bytes(r) - before;
    assert_true(taken > SIZE_MAX_FRAMES * sizeof(float));
    assert_true(taken < 300000);
    rig_release(r, node, WA_RELEASE_NOW);
    rig_render(r, 256);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(rig_used_bytes(r), before);
    rig_destroy(r);
}

static void over_budget(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .budget_bytes = 2000000 });
    wa_node nodes[16];
    uint32_t count = 1;
    wa_status status = WA_OK;
    const wa_node source = rig_constant(r, 0.25f);
    nodes[0] = analyser_of_size(r, 2048);
    rig_connect(r, source, nodes[0]);
    rig_connect(r, source, r->out);
    for (; count < 16 && status == WA_OK; count += status == WA_OK) {
        status = wa_node_create(r->context, WA_NODE_TYPE_ANALYSER, NULL, &nodes[count]);
    }
    assert_int_equal(status, WA_ERR_BUDGET);
    assert_true(count > 2);
    assert_int_equal(rig_node_count(r), count + 2);
    /* Where no node fits, no tables of the largest size do. */
    const uint64_t used = rig_used_bytes(r);
    assert_refused(wa_analyser_set_fft_size(r->context, nodes[0], 32768), WA_ERR_BUDGET, "analyser");
    assert_info(r, nodes[0], (wa_analyser_info){ 2048, 1024, -100.0, -30.0, 0.8 });
    assert_int_equal(rig_used_bytes(r), used);
    rig_render(r, 1280);
    check_waveform(r, nodes[0], 2048);
    rig_destroy(r);
}

/* -- threads ------------------------------------------------------------------------------------ */

/* A render that has run on beyond the clock that control sees: told so, and nothing changes. */
static void overtaken(void **state) {
    (void)state;
    static float ahead[80000];
    float data[4] = { 5.0f, 5.0f, 5.0f, 5.0f };
    uint8_t bytes[4] = { 9, 9, 9, 9 };
    rig *r = rig_create(NULL);
    const wa_node node = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
    noise_into(r, node);
    rig_render(r, 4096);
    graph_node *of = NULL;
    assert_ok(node_resolve(r->context, node, 0, "node", &of));
    capture_write(&((analyser *)of->state)->heard, 4096, ahead, 80000);
    wa_context *c = r->context;
    assert_refused(wa_analyser_get_float_time_domain_data(c, node, data, 4), WA_ERR_BUSY, "overtaken");
    assert_refused(wa_analyser_get_float_frequency_data(c, node, data, 4), WA_ERR_BUSY, "2048");
    assert_refused(wa_analyser_get_byte_time_domain_data(c, node, bytes, 4), WA_ERR_BUSY, NULL);
    assert_refused(wa_analyser_get_byte_frequency_data(c, node, bytes, 4), WA_ERR_BUSY, NULL);
    assert_all(data, 5.0f, 4);
    assert_int_equal(bytes[0] + bytes[1] + bytes[2] + bytes[3], 36);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_frames),
        cmocka_unit_test(counts),
        cmocka_unit_test(every_size_smoothed),
        cmocka_unit_test(once_per_quantum),
        cmocka_unit_test(bytes_follow_the_range),
        cmocka_unit_test(size_changes_while_it_plays),
        cmocka_unit_test(nothing_to_hear),
        cmocka_unit_test(asleep),
        cmocka_unit_test(smoothing_fades_in_silence),
        cmocka_unit_test(suspended),
        cmocka_unit_test(muted),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(passes_through),
        cmocka_unit_test(mono_mix),
        cmocka_unit_test(offline),
        cmocka_unit_test(refused),
        cmocka_unit_test(transactions),
        cmocka_unit_test(reading_takes_none),
        cmocka_unit_test(memory_comes_back),
        cmocka_unit_test(over_budget),
        cmocka_unit_test(overtaken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
