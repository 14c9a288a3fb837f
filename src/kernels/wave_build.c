/* Tables of a wave from its Fourier coefficients. Thread: control; the caller gives all memory.
 *
 *   coefficients / largest --> per range: first n partials, / sinc^2 --> inverse FFT --> * level
 *
 * The level is one for all ranges: 1 / max |x~(n)| of the waveform of all partials, or 1.
 */
#include "fft.h"
#include "wave_table.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum {
    PARTIALS_OF_FINE_RANGES = 1108, /* 22 Hz at 48 kHz; below that, an octave each */
    NORMALIZE_LENGTH_MIN = 4096,
    NORMALIZE_LENGTH_MAX = 32768,
    NORMALIZE_FRAMES_PER_PARTIAL = 16,
};

/* Ascending in partials: the next range's first pitch is where the partial that this one lacks, the
 * partial_count + 1st, has come down to 0.8 Nyquist. */
static uint32_t next_partial_count(uint32_t partial_count) {
    return partial_count < PARTIALS_OF_FINE_RANGES ? (partial_count + 1) * 5 / 4 : 2 * partial_count;
}

/* Long enough for images of -80 dB in a sawtooth of 20 Hz and up, and under 700 KB for one of those. */
static uint32_t length_log2_of(uint32_t partial_count) {
    static const uint32_t partials_max[] = { 9, 25, 130, 500, 6000, 16384 };
    uint32_t log2 = 10;
    while (partial_count > partials_max[log2 - 10]) {
        log2++;
    }
    assert(((uint32_t)1 << log2) > 2 * partial_count);
    return log2;
}

uint32_t wave_plan(wa_wave_data *wave, uint32_t partial_count) {
    assert(partial_count >= 1 && partial_count < WA_PERIODIC_WAVE_COEFFICIENT_MAX);
    uint32_t counts[WAVE_RANGE_COUNT_MAX], range_count = 0, floats = 0;
    for (uint32_t partials = 1; partials < partial_count; partials = next_partial_count(partials)) {
        counts[range_count++] = partials;
        assert(range_count < WAVE_RANGE_COUNT_MAX);
    }
    counts[range_count++] = partial_count;
    for (uint32_t range = 0; range < range_count; range++) {
        const uint32_t partials = counts[range_count - 1 - range];
        wave->ranges[range] = (wave_range){ .partial_count = partials,
                                            .length_log2 = length_log2_of(partials),
                                            .increment_max = ((uint64_t)1 << 63) / partials };
        floats += ((uint32_t)1 << wave->ranges[range].length_log2) + 1;
    }
    wave->range_count = range_count;
    return floats;
}

/* The N of the normalisation: fine enough to meet the peaks, never below any table's length. */
static uint32_t normalize_length(const wa_wave_data *wave) {
    const uint32_t wanted = NORMALIZE_FRAMES_PER_PARTIAL * wave->ranges[0].partial_count;
    const uint32_t table_length = (uint32_t)1 << wave->ranges[0].length_log2;
    uint32_t length = table_length > NORMALIZE_LENGTH_MIN ? table_length : NORMALIZE_LENGTH_MIN;
    while (length < wanted && length < NORMALIZE_LENGTH_MAX) {
        length *= 2;
    }
    return length;
}

/* For the longest transform: plan, two half spectra, work, and the waveform to normalise by. */
uint32_t wave_scratch_floats(const wa_wave_data *wave) {
    const uint32_t length = normalize_length(wave);
    return fft_plan_floats(length / 2) + 2 * (length / 2 + 1) + length + length;
}

typedef struct builder {
    fft_plan plan;
    uint32_t length; /* of the real transform; 0: none planned */
    float *table, *spectrum_real, *spectrum_imag, *work, *waveform;
    const float *real, *imag; /* the caller's */
    double scale;             /* of the coefficients: the largest becomes 1 */
} builder;

static builder builder_make(const wa_wave_data *wave, float *scratch, const float *real,
                            const float *imag) {
    const uint32_t length = normalize_length(wave);
    builder make = { .table = scratch, .real = real, .imag = imag };
    make.spectrum_real = make.table + fft_plan_floats(length / 2);
    make.spectrum_imag = make.spectrum_real + length / 2 + 1;
    make.work = make.spectrum_imag + length / 2 + 1;
    make.waveform = make.work + length;
    float largest = 0.0f;
    for (uint32_t k = 1; k <= wave->ranges[0].partial_count; k++) {
        largest = fmaxf(largest, real != NULL ? fabsf(real[k]) : 0.0f);
        largest = fmaxf(largest, imag != NULL ? fabsf(imag[k]) : 0.0f);
    }
    make.scale = largest > 0.0f ? 1.0 / (double)largest : 0.0;
    return make;
}

/* The squared sinc that linear interpolation of a table multiplies partial k with. */
static double interpolation_level(uint32_t k, uint32_t length) {
    const double x = 3.14159265358979323846 * (double)k / (double)length;
    return (sin(x) / x) * (sin(x) / x);
}

static void synthesize(builder *make, uint32_t length, uint32_t partial_count, bool is_for_reading,
                       float *out) {
    const uint32_t half = length / 2;
    assert(partial_count < half);
    if (make->length != length) {
        fft_plan_init(&make->plan, half, make->table);
        make->length = length;
    }
    memset(make->spectrum_real, 0, (half + 1) * sizeof(float));
    memset(make->spectrum_imag, 0, (half + 1) * sizeof(float));
    for (uint32_t k = 1; k <= partial_count; k++) {
        const double level = is_for_reading ? interpolation_level(k, length) : 1.0;
        const double scale = 0.5 * make->scale / level;
        make->spectrum_real[k] = (float)(make->real != NULL ? scale * (double)make->real[k] : 0.0);
        make->spectrum_imag[k] = (float)(make->imag != NULL ? -scale * (double)make->imag[k] : 0.0);
    }
    fft_real_inverse(&make->plan, make->spectrum_real, make->spectrum_imag, out, make->work);
}

static float peak_of(const float *waveform, uint32_t length) {
    float peak = 0.0f;
    for (uint32_t n = 0; n < length; n++) {
        peak = fmaxf(peak, fabsf(waveform[n]));
    }
    return peak;
}

/* Unnormalised coefficients can be huge: interpolation must not meet two infinities. */
static void apply_level(float *table, uint32_t length, double level) {
    const double max = FLT_MAX / 4;
    for (uint32_t n = 0; n < length; n++) {
        table[n] = (float)fmax(-max, fmin(max, (double)table[n] * level));
    }
    table[length] = table[0];
}

void wave_fill(wa_wave_data *wave, float *tables, float *scratch, const float *real, const float *imag,
               bool is_normalized) {
    builder make = builder_make(wave, scratch, real, imag);
    double level = make.scale > 0.0 ? 1.0 / make.scale : 0.0;
    if (is_normalized && make.scale > 0.0) {
        synthesize(&make, normalize_length(wave), wave->ranges[0].partial_count, false, make.waveform);
        level = 1.0 / (double)peak_of(make.waveform, normalize_length(wave));
    }
    for (uint32_t range = 0; range < wave->range_count; range++) {
        const uint32_t length = (uint32_t)1 << wave->ranges[range].length_log2;
        synthesize(&make, length, wave->ranges[range].partial_count, true, tables);
        apply_level(tables, length, level);
        wave->ranges[range].table = tables;
        tables += length + 1;
    }
}

void wave_standard_coefficients(wa_oscillator_type type, uint32_t partial_count, float *imag) {
    const double pi = 3.14159265358979323846;
    imag[0] = 0.0f;
    for (uint32_t n = 1; n <= partial_count; n++) {
        const double order = (double)n, sign = n % 2 == 1 ? 1.0 : -1.0;
        double term = n == 1 ? 1.0 : 0.0; /* sine */
        if (type == WA_OSCILLATOR_SQUARE) {
            term = n % 2 == 1 ? 4.0 / (pi * order) : 0.0;
        } else if (type == WA_OSCILLATOR_SAWTOOTH) {
            term = sign * 2.0 / (pi * order);
        } else if (type == WA_OSCILLATOR_TRIANGLE) {
            term = n % 2 == 1 ? (n % 4 == 1 ? 8.0 : -8.0) / (pi * order * pi * order) : 0.0;
        }
        imag[n] = (float)term;
    }
}
