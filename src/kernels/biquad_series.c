/* The formulas of biquad_formulas.h over a span of frames, a loop for each type. */
#include "biquad_formulas.h"
#include "variants.h"
#include <assert.h>

KERNEL_LOOP void kernel_biquad_detunes(double *restrict factors, const float *restrict cents,
                                       uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        factors[i] = detune_of((double)cents[i]);
    }
}

KERNEL_LOOP void kernel_biquad_frequencies(double *restrict frequencies, const float *restrict hz,
                                           const double *restrict factors, double nyquist_hz,
                                           uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        frequencies[i] = frequency_of((double)hz[i], factors[i], nyquist_hz);
    }
}

KERNEL_LOOP static void q_db(double *restrict linear, const float *restrict q, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        linear[i] = q_of(WA_BIQUAD_FILTER_LOWPASS, (double)q[i]);
    }
}

KERNEL_LOOP static void q_linear(double *restrict linear, const float *restrict q, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        linear[i] = q_of(WA_BIQUAD_FILTER_BANDPASS, (double)q[i]);
    }
}

void kernel_biquad_qs(wa_biquad_filter_type type, double *restrict linear, const float *restrict q,
                      uint32_t frames) {
    const bool is_in_db = type == WA_BIQUAD_FILTER_LOWPASS || type == WA_BIQUAD_FILTER_HIGHPASS;
    (is_in_db ? q_db : q_linear)(linear, q, frames);
}

KERNEL_LOOP void kernel_biquad_amplitudes(double *restrict amplitudes, const float *restrict gain_db,
                                          uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        amplitudes[i] = amplitude_of((double)gain_db[i]);
    }
}

#define SERIES(name, TYPE)                                                                             \
    KERNEL_LOOP static void name(const biquad_shapes *restrict shapes, biquad_series *restrict series, \
                                 uint32_t frames) {                                                    \
        for (uint32_t i = 0; i < frames; i++) {                                                        \
            const biquad_coefficients of =                                                             \
                coefficients_inside(TYPE, shapes->frequency[i], shapes->q[i], shapes->amplitude[i]);   \
            series->b0[i] = of.b0;                                                                     \
            series->b1[i] = of.b1;                                                                     \
            series->b2[i] = of.b2;                                                                     \
            series->a1[i] = of.a1;                                                                     \
            series->a2[i] = of.a2;                                                                     \
        }                                                                                              \
    }
SERIES(lowpass, WA_BIQUAD_FILTER_LOWPASS)
SERIES(highpass, WA_BIQUAD_FILTER_HIGHPASS)
SERIES(bandpass, WA_BIQUAD_FILTER_BANDPASS)
SERIES(lowshelf, WA_BIQUAD_FILTER_LOWSHELF)
SERIES(highshelf, WA_BIQUAD_FILTER_HIGHSHELF)
SERIES(peaking, WA_BIQUAD_FILTER_PEAKING)
SERIES(notch, WA_BIQUAD_FILTER_NOTCH)
SERIES(allpass, WA_BIQUAD_FILTER_ALLPASS)
#undef SERIES

static void (*const loops[])(const biquad_shapes *, biquad_series *, uint32_t) = {
    [WA_BIQUAD_FILTER_LOWPASS] = lowpass,     [WA_BIQUAD_FILTER_HIGHPASS] = highpass,
    [WA_BIQUAD_FILTER_BANDPASS] = bandpass,   [WA_BIQUAD_FILTER_LOWSHELF] = lowshelf,
    [WA_BIQUAD_FILTER_HIGHSHELF] = highshelf, [WA_BIQUAD_FILTER_PEAKING] = peaking,
    [WA_BIQUAD_FILTER_NOTCH] = notch,         [WA_BIQUAD_FILTER_ALLPASS] = allpass,
};

/* The formulas have no value there: what they gave is replaced by the limit. */
static void set_limits(wa_biquad_filter_type type, const biquad_shapes *shapes, biquad_series *series,
                       uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        const biquad_shape shape = { shapes->frequency[i], shapes->q[i], shapes->amplitude[i] };
        const bool is_edge = shape.frequency <= 0.0 || shape.frequency >= 1.0;
        if (is_edge || (shape.q == 0.0 && !is_shelf(type))) {
            const biquad_coefficients limit = biquad_coefficients_of(type, &shape);
            series->b0[i] = limit.b0;
            series->b1[i] = limit.b1;
            series->b2[i] = limit.b2;
            series->a1[i] = limit.a1;
            series->a2[i] = limit.a2;
        }
    }
}

void kernel_biquad_series(wa_biquad_filter_type type, const biquad_shapes *shapes,
                          biquad_series *series, uint32_t frames) {
    assert(frames <= BIQUAD_SPAN_FRAMES);
    loops[type](shapes, series, frames);
    set_limits(type, shapes, series, frames);
}
