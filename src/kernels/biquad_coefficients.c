/* Coefficients of one frame, and what follows from them. */
#include "biquad_formulas.h"
#include <assert.h>

double biquad_detune(double detune_cents) {
    return detune_of(detune_cents);
}

double biquad_frequency(double frequency_hz, double detune, double nyquist_hz) {
    return frequency_of(frequency_hz, detune, nyquist_hz);
}

double biquad_q(wa_biquad_filter_type type, double q) {
    return q_of(type, q);
}

double biquad_amplitude(double gain_db) {
    return amplitude_of(gain_db);
}

static inline biquad_coefficients factor_only(double factor) {
    return (biquad_coefficients){ .b0 = factor };
}

/* Frequency 0 or nyquist: the filter is a factor. */
static biquad_coefficients at_the_edge(wa_biquad_filter_type type, bool is_nyquist, double a) {
    switch (type) {
    case WA_BIQUAD_FILTER_LOWPASS:
        return factor_only(is_nyquist ? 1.0 : 0.0);
    case WA_BIQUAD_FILTER_HIGHPASS:
        return factor_only(is_nyquist ? 0.0 : 1.0);
    case WA_BIQUAD_FILTER_BANDPASS:
        return factor_only(0.0);
    case WA_BIQUAD_FILTER_LOWSHELF:
        return factor_only(is_nyquist ? a * a : 1.0);
    case WA_BIQUAD_FILTER_HIGHSHELF:
        return factor_only(is_nyquist ? 1.0 : a * a);
    default:
        return factor_only(1.0);
    }
}

/* The limit as q goes to 0: infinitely wide. */
static biquad_coefficients at_no_q(wa_biquad_filter_type type, double a) {
    switch (type) {
    case WA_BIQUAD_FILTER_NOTCH:
        return factor_only(0.0);
    case WA_BIQUAD_FILTER_ALLPASS:
        return factor_only(-1.0);
    case WA_BIQUAD_FILTER_PEAKING:
        return factor_only(a * a);
    default:
        return factor_only(1.0); /* bandpass */
    }
}

biquad_coefficients biquad_coefficients_of(wa_biquad_filter_type type, const biquad_shape *shape) {
    assert(shape->frequency >= 0.0 && shape->frequency <= 1.0);
    const double a = shape->amplitude;
    if (shape->frequency <= 0.0 || shape->frequency >= 1.0) {
        return at_the_edge(type, shape->frequency >= 1.0, a);
    }
    if (shape->q == 0.0 && !is_shelf(type)) {
        return at_no_q(type, a);
    }
    return coefficients_inside(type, shape->frequency, shape->q, a);
}

double biquad_pole_radius(const biquad_coefficients *of) {
    const double quarter = of->a1 * of->a1 - 4.0 * of->a2;
    if (quarter < 0.0) {
        return sqrt(of->a2);
    }
    return 0.5 * (fabs(of->a1) + sqrt(quarter));
}

/* Near the unit circle at 0 Hz or nyquist a pair of poles turns a small difference of its outputs into
 * a swing larger by one over the distance of the poles from +1 or -1. */
double biquad_threshold(const biquad_coefficients *of) {
    const double low = 1.0 + of->a1 + of->a2, high = 1.0 - of->a1 + of->a2;
    const double distance2 = low < high ? low : high;
    const double least = 1e-20; /* a pole on the circle still lets zeros be zeros */
    return 0x1p-26 * sqrt(distance2 > least ? distance2 : least);
}
