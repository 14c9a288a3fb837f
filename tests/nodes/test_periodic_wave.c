/* PeriodicWave: the engine's calls, and the waveform that an oscillator reads from it.
 * Web Audio 1.1, "PeriodicWave", "Waveform Generation", "Waveform Normalization". */
#include "harness.h"
#include "kernels/wave_table.h"
#include "memory/buffers.h"
#include "memory/waves.h"
#include "wavepool/buffer.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_oscillator;

enum { COUNT_MAX = WA_PERIODIC_WAVE_COEFFICIENT_MAX, FRAMES = 4096 };
static const double two_pi = 6.283185307179586477;
static float real[COUNT_MAX + 1], imag[COUNT_MAX + 1];

static wa_engine *engine_make(uint64_t budget_bytes) {
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = budget_bytes;
    wa_engine *engine = NULL;
    assert_int_equal(wa_engine_create(&desc, &engine), WA_OK);
    return engine;
}

static uint64_t used_bytes(const wa_engine *engine, wa_memory_category category) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.category_bytes[category];
}

static wa_periodic_wave wave_make(wa_engine *engine, const float *cosines, const float *sines,
                                  uint32_t count, bool disable_normalization) {
    wa_periodic_wave wave = { 0 };
    assert_int_equal(
        wa_periodic_wave_create(engine, cosines, sines, count, disable_normalization, &wave), WA_OK);
    assert_true(wave.id != 0);
    return wave;
}

/* The first frames of an oscillator at 48 kHz. */
static void play(wa_engine *engine, wa_periodic_wave wave, double frequency_hz, float *out,
                 uint32_t frames) {
    wa_resource *resource = NULL;
    assert_int_equal(wave_resolve(engine, wave, "wave", &resource), WA_OK);
    harness *node = harness_create(&wa_node_class_oscillator,
                                   &(harness_desc){ .quantum_frames = frames, .resource = resource });
    harness_param(node, WA_OSCILLATOR_FREQUENCY, (float)frequency_hz);
    harness_render_source(node, 0, frames, 0.0);
    memcpy(out, node->outputs[0].planes[0], frames * sizeof(float));
    harness_destroy(node);
}

/* x(t) of the specification; k = 0 does not count. */
static double waveform(const float *cosines, const float *sines, uint32_t count, double turns) {
    double sum = 0.0;
    for (uint32_t k = 1; k < count; k++) {
        sum += cosines != NULL ? (double)cosines[k] * cos(two_pi * k * turns) : 0.0;
        sum += sines != NULL ? (double)sines[k] * sin(two_pi * k * turns) : 0.0;
    }
    return sum;
}

static void waveforms_match_their_coefficients(void **state) {
    (void)state;
    static const struct {
        uint32_t count;
        bool has_real, has_imag, disable_normalization;
    } rows[] = {
        { 2, true, true, false },  { 2, false, true, true },    { 3, true, false, false },
        { 10, true, true, true },  { 10, true, true, false },   { 65, false, true, false },
        { 200, true, true, true }, { 200, true, false, false }, { 300, true, true, false },
    };
    static float got[FRAMES];
    static double want[FRAMES];
    wa_engine *engine = engine_make(10000000);
    double worst_db = -400.0;
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const uint32_t count = rows[row].count;
        harness_noise(row * 2 + 1, real, count);
        harness_noise(row * 2 + 2, imag, count);
        const float *cosines = rows[row].has_real ? real : NULL;
        const float *sines = rows[row].has_imag ? imag : NULL;
        const wa_periodic_wave wave =
            wave_make(engine, cosines, sines, count, rows[row].disable_normalization);
        play(engine, wave, 48000.0 / FRAMES, got, FRAMES);
        double peak = 0.0;
        for (uint32_t n = 0; n < FRAMES; n++) { /* N of the normalisation: 4096 for so few partials */
            want[n] = waveform(cosines, sines, count, (double)n / FRAMES);
            peak = fmax(peak, fabs(want[n]));
        }
        for (uint32_t n = 0; n < FRAMES && !rows[row].disable_normalization; n++) {
            want[n] /= peak;
        }
        worst_db = fmax(worst_db, harness_error_db(got, want, FRAMES));
        assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    }
    printf("custom waves, full spectra of noise up to 300 partials: error %.1f dB at most\n", worst_db);
    assert_true(worst_db < -40.0);
    assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* Every table has the level of the whole waveform: partial 1 alone is as loud as among all of them. */
static void one_level_for_all_pitches(void **state) {
    (void)state;
    static float got[FRAMES];
    wa_engine *engine = engine_make(10000000);
    for (uint32_t k = 0; k < 100; k++) {
        real[k] = 0.0f;
        imag[k] = 1.0f;
    }
    double peak = 0.0;
    for (uint32_t n = 0; n < 4096; n++) {
        peak = fmax(peak, fabs(waveform(NULL, imag, 100, n / 4096.0)));
    }
    const wa_periodic_wave wave = wave_make(engine, real, imag, 100, false);
    play(engine, wave, 15000.0, got, FRAMES); /* 30 kHz would be above Nyquist */
    for (uint32_t n = 0; n < FRAMES; n++) {
        assert_float_equal(got[n], sin(two_pi * n * 15000.0 / 48000.0) / peak, 1e-6);
    }
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void zeros_and_giants(void **state) {
    (void)state;
    static float got[FRAMES];
    wa_engine *engine = engine_make(10000000);
    memset(real, 0, sizeof real);
    real[0] = 1.0f; /* DC: ignored */
    wa_periodic_wave wave = wave_make(engine, real, NULL, 64, false);
    play(engine, wave, 440.0, got, FRAMES);
    for (uint32_t n = 0; n < FRAMES; n++) {
        assert_true(got[n] == 0.0f);
    }
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    for (int disable = 0; disable < 2; disable++) {
        for (uint32_t k = 1; k < 64; k++) {
            real[k] = k % 2 == 0 ? FLT_MAX : -FLT_MAX;
        }
        wave = wave_make(engine, real, NULL, 64, disable == 1);
        play(engine, wave, 48000.0 / FRAMES, got, FRAMES);
        for (uint32_t n = 0; n < FRAMES; n++) {
            assert_true(isfinite(got[n]));
            assert_true(disable == 1 || fabsf(got[n]) < 1.01f);
        }
        assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    }
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* The largest wave: partials up to the 16383rd, and its memory exactly in the ledger. */
static void the_largest_wave(void **state) {
    (void)state;
    enum { SECOND = 48000 };
    static float got[SECOND];
    wa_engine *engine = engine_make(10000000);
    memset(imag, 0, sizeof imag);
    imag[COUNT_MAX - 1] = 0.5f;
    const wa_periodic_wave wave = wave_make(engine, NULL, imag, COUNT_MAX, true);
    play(engine, wave, 1.0, got, SECOND); /* the partial: 16383 Hz */
    double level = 0.0;
    for (uint32_t n = 0; n < SECOND; n++) {
        level += (double)got[n] * sin(two_pi * n * 16383.0 / 48000.0) * 2.0 / SECOND;
    }
    assert_float_equal(level, 0.5, 0.001);
    const uint64_t bytes = used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES);
    printf("the largest wave: %u bytes\n", (unsigned)bytes);
    assert_true(bytes > 1000000 && bytes < 1048576);
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void rejected_calls_change_nothing(void **state) {
    (void)state;
    memset(real, 0, sizeof real);
    memset(imag, 0, sizeof imag);
    static const float nan_at_2[] = { 0.0f, 1.0f, NAN }, infinite[] = { INFINITY, 1.0f };
    const struct {
        const float *real, *imag;
        uint32_t count;
        wa_status status;
        const char *word;
    } rows[] = {
        { NULL, NULL, 4, WA_ERR_TYPE, "both are NULL" },
        { real, imag, 0, WA_ERR_INDEX_SIZE, "coefficient_count" },
        { real, imag, 1, WA_ERR_INDEX_SIZE, "at least 2" },
        { real, imag, COUNT_MAX + 1, WA_ERR_NOT_SUPPORTED, "16384" },
        { nan_at_2, NULL, 3, WA_ERR_TYPE, "real[2]" },
        { NULL, infinite, 2, WA_ERR_TYPE, "imag[0]" },
    };
    wa_engine *engine = engine_make(10000000);
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_periodic_wave wave = { .id = 77 };
        assert_int_equal(wa_periodic_wave_create(engine, rows[row].real, rows[row].imag,
                                                 rows[row].count, false, &wave),
                         rows[row].status);
        assert_non_null(strstr(wa_error_message(), rows[row].word));
        assert_true(wave.id == 77);
    }
    wa_periodic_wave wave = { 0 };
    assert_int_equal(wa_periodic_wave_create(NULL, real, imag, 4, false, &wave), WA_ERR_TYPE);
    assert_int_equal(wa_periodic_wave_create(engine, real, imag, 4, false, NULL), WA_ERR_TYPE);
    assert_int_equal(wa_periodic_wave_release(NULL, wave), WA_ERR_TYPE);
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_ERR_STALE_HANDLE);
    assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* M3.5: over the budget, or sealed: an error, and not a byte stays. */
static void memory_refused(void **state) {
    (void)state;
    memset(imag, 0, sizeof imag);
    imag[1] = 1.0f;
    wa_engine *engine = engine_make(1400000); /* the tables fit, the room to build them does not */
    wa_periodic_wave wave = { 0 };
    const wa_resource *resource = NULL;
    assert_int_equal(wa_periodic_wave_create(engine, NULL, imag, COUNT_MAX, false, &wave),
                     WA_ERR_BUDGET);
    assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), 0);
    wa_engine_seal(engine, true);
    assert_int_equal(wa_periodic_wave_create(engine, NULL, imag, 4, false, &wave), WA_ERR_SEALED);
    assert_int_equal(wave_standard(engine, WA_OSCILLATOR_SINE, &resource), WA_ERR_SEALED);
    assert_int_equal(wave_standard(engine, WA_OSCILLATOR_SQUARE, &resource), WA_ERR_SEALED);
    assert_null(resource);
    assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* A wave that an oscillator holds outlives its handle. */
static void handles_and_references(void **state) {
    (void)state;
    memset(imag, 0, sizeof imag);
    imag[1] = 1.0f;
    wa_engine *engine = engine_make(10000000), *other = engine_make(10000000);
    const wa_periodic_wave wave = wave_make(engine, NULL, imag, 4, false);
    wa_resource *resource = NULL, *none = NULL;
    assert_int_equal(wave_resolve(engine, wave, "periodic_wave", &resource), WA_OK);
    assert_int_equal(resource->kind, WA_RESOURCE_WAVE);
    assert_int_equal(wave_resolve(other, wave, "periodic_wave", &none), WA_ERR_FOREIGN_HANDLE);
    assert_non_null(strstr(wa_error_message(), "periodic_wave"));
    assert_int_equal(wa_periodic_wave_release(other, wave), WA_ERR_FOREIGN_HANDLE);
    const wa_buffer buffer = { .id = wave.id };
    assert_int_equal(wa_buffer_release(engine, buffer), WA_ERR_WRONG_TYPE);
    resource_reference(resource);
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_ERR_STALE_HANDLE);
    assert_int_equal(wave_resolve(engine, wave, "periodic_wave", &none), WA_ERR_STALE_HANDLE);
    assert_true(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES) > 0);
    resource_unreference(engine, resource);
    assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), 0);
    wave_make(engine, NULL, imag, 4, false); /* never released: the engine gives it back */
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    assert_int_equal(wa_engine_destroy(other), WA_OK);
}

static void standard_waves_are_made_once(void **state) {
    (void)state;
    wa_engine *engine = engine_make(10000000);
    uint64_t bytes = 0;
    for (int type = WA_OSCILLATOR_SINE; type < WA_OSCILLATOR_CUSTOM; type++) {
        const wa_resource *first = NULL, *again = NULL;
        assert_int_equal(wave_standard(engine, (wa_oscillator_type)type, &first), WA_OK);
        bytes = used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES);
        assert_int_equal(wave_standard(engine, (wa_oscillator_type)type, &again), WA_OK);
        assert_ptr_equal(first, again);
        assert_int_equal(used_bytes(engine, WA_MEMORY_IMPULSE_RESPONSES), bytes);
        const wa_wave_data *wave = (const wa_wave_data *)first;
        assert_true(type == WA_OSCILLATOR_SINE ? wave->range_count == 0 : wave->memory_bytes < 700000);
    }
    assert_true(bytes < 3 * 700000);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waveforms_match_their_coefficients),
        cmocka_unit_test(one_level_for_all_pitches),
        cmocka_unit_test(zeros_and_giants),
        cmocka_unit_test(the_largest_wave),
        cmocka_unit_test(rejected_calls_change_nothing),
        cmocka_unit_test(memory_refused),
        cmocka_unit_test(handles_and_references),
        cmocka_unit_test(standard_waves_are_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
