/* See compressor.h. The curve and the gains vectorise over time; only the envelope waits for itself. */
#include "compressor.h"
#include "variants.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#define LN2               0.69314718055994530942
#define OCTAVES_PER_DB    0.16609640474436811739 /* log2(10) / 20 */
#define QUIET             0.0001
#define RELEASE_AIM_DB    5.0
#define RELEASE_FROM_DB   10.0
#define ATTACK_LEFT       0.025 /* a quarter of a dB of 10 */
#define SLIGHT_KNEE       0x1p-10
#define MAKEUP_POWER      0.6
#define NEWTON_STEP_COUNT 24

/* -- The curve's constants ---------------------------------------------------------------------- */

/* (1 - e^-w) / w, and its derivative. */
static double fall(double w) {
    return w < 1e-6 ? 1.0 - w / 2.0 : -expm1(-w) / w;
}

static double fall_derivative(double w) {
    return w < 1e-2 ? -0.5 + w / 3.0 : (exp(-w) * (1.0 + w) - 1.0) / (w * w);
}

/* w = k (K - T): the slope of the knee at its end, in dB for a dB, is 1 / ratio. With r = K / T that is
 * ratio r e^-w = 1 + (r - 1) fall(w), whose logarithm is nearly straight in w. */
static double solve_knee(double r, double ratio) {
    const double most = log(ratio * r);
    double w = 0.0;
    for (uint32_t step = 0; step < NEWTON_STEP_COUNT; step++) {
        const double bent = 1.0 + (r - 1.0) * fall(w);
        const double off = most - w - log(bent);
        const double slope = 1.0 + (r - 1.0) * fall_derivative(w) / bent;
        const double next = fmin(fmax(w + off / slope, 0.0), most);
        if (fabs(next - w) <= 1e-15 * most) {
            break;
        }
        w = next;
    }
    return w;
}

/* f(x) / x, in octaves. */
static double octaves_at(const compressor_curve *curve, double x) {
    const double v = x - curve->threshold;
    if (v <= 0.0) {
        return 0.0;
    }
    if (x >= curve->knee_end) {
        return curve->knee_end_octaves + curve->slope * log2(x / curve->knee_end);
    }
    return log2((curve->threshold + v * fall(curve->knee * v)) / x);
}

compressor_curve compressor_curve_of(double threshold_db, double knee_db, double ratio) {
    assert(threshold_db <= 0.0 && knee_db >= 0.0 && ratio >= 1.0);
    compressor_curve made = { .threshold = pow(10.0, threshold_db / 20.0),
                              .knee_end = pow(10.0, (threshold_db + knee_db) / 20.0),
                              .slope = 1.0 / ratio - 1.0 };
    const double width = made.knee_end - made.threshold;
    if (width > 0.0 && ratio > 1.0) {
        const double w = solve_knee(made.knee_end / made.threshold, ratio);
        made.knee = w / width;
        made.is_slight = w < SLIGHT_KNEE;
        made.knee_end_octaves = log2((made.threshold + width * fall(w)) / made.knee_end);
    }
    made.makeup_octaves = -MAKEUP_POWER * octaves_at(&made, 1.0);
    return made;
}

compressor_rates compressor_rates_of(double attack_frames, double release_frames) {
    const double release_left = RELEASE_AIM_DB / (RELEASE_AIM_DB + RELEASE_FROM_DB);
    return (compressor_rates){ .attack = -expm1(log(ATTACK_LEFT) / attack_frames),
                               .release = -expm1(log(release_left) / release_frames) };
}

/* -- Frames ------------------------------------------------------------------------------------- */

KERNEL_LOOP static void raise_levels(float *restrict level, const float *restrict plane,
                                     uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        const float value = fabsf(plane[i]);
        level[i] = value > level[i] ? value : level[i]; /* NaN compares false */
    }
}

KERNEL_LOOP static bool bound_levels(float *level, float least, uint32_t frames) {
    uint32_t is_any = 0;
    for (uint32_t i = 0; i < frames; i++) {
        level[i] = level[i] < FLT_MAX ? level[i] : FLT_MAX;
        is_any |= level[i] >= least;
    }
    return is_any != 0;
}

bool kernel_compressor_levels(float *level, const float *const *planes, uint32_t channel_count,
                              uint32_t offset, float least, uint32_t frames) {
    memset(level, 0, frames * sizeof *level);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        raise_levels(level, planes[channel] + offset, frames);
    }
    return bound_levels(level, least, frames);
}

/* Adding it to a double below 2^51 rounds that to a whole number, in the low bits of the sum. */
static const double round_magic = 0x1.8p52;

typedef union pun {
    double value;
    uint64_t bits;
} pun;

/* 2^octaves, for a result that a double holds: whole octaves into the exponent, the rest, within +-1/2, by its
 * power series. */
static inline double exp2_of(double octaves) {
    const pun sum = { .value = octaves + round_magic };
    const uint64_t whole = sum.bits - (pun){ .value = round_magic }.bits;
    const double x = (octaves - (sum.value - round_magic)) * LN2;
    const double high =
        1.0 / 120 + x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320 +
                                                            x * (1.0 / 362880 + x * (1.0 / 3628800)))));
    const double series = 1.0 + x * (1.0 + x * (1.0 / 2 + x * (1.0 / 6 + x * (1.0 / 24 + x * high))));
    return series * (pun){ .bits = (whole + 1023u) << 52 }.value;
}

/* log2 of a normal double above 0: the exponent, and the series of the logarithm for what is within sqrt(2). */
static inline double log2_of(double value) {
    const uint64_t bits = (pun){ .value = value }.bits;
    const double exponent =
        (pun){ .bits = (bits >> 52) | 0x4330000000000000u }.value - (0x1p52 + 1023.0);
    const double mantissa = (pun){ .bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u }.value;
    const bool is_high = mantissa > 1.41421356237309504880;
    const double m = is_high ? 0.5 * mantissa : mantissa, e = is_high ? exponent + 1.0 : exponent;
    const double t = (m - 1.0) / (m + 1.0), s = t * t;
    const double series =
        1.0 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * (1.0 / 9 + s * (1.0 / 11)))));
    return e + t * (2.0 / LN2) * series;
}

/* f(x), v beyond the threshold, within the knee. */
static inline double knee_of(double threshold, double k, double k_inverse, double v, bool is_slight) {
    const double u = k * v;
    if (is_slight) {
        return threshold + v * (1.0 - u / 2 * (1.0 - u / 3 * (1.0 - u / 4)));
    }
    const double held = u < 40.0 ? u : 40.0; /* of what lies beyond the knee */
    return threshold + (1.0 - exp2_of(held * (-1.0 / LN2))) * k_inverse;
}

static inline __attribute__((always_inline)) void curve_loop(double *restrict octaves,
                                                             const float *restrict level,
                                                             const compressor_curve *curve,
                                                             bool is_slight, uint32_t frames) {
    const double threshold = curve->threshold, knee_end = curve->knee_end, k = curve->knee;
    const double at_end = curve->knee_end_octaves, slope = curve->slope, k_inverse = 1.0 / k;
    const double quiet = threshold > QUIET ? threshold : QUIET;
    for (uint32_t i = 0; i < frames; i++) { /* choices between values that are all there: no branch */
        const double level_now = (double)level[i];
        const double x = level_now < quiet ? knee_end : level_now;
        const double knee = knee_of(threshold, k, k_inverse, x - threshold, is_slight);
        const double top = x < knee_end ? knee : x, bottom = x < knee_end ? x : knee_end;
        const double ratio = log2_of(top / bottom);
        const double beyond = at_end + slope * ratio;
        const double attenuation = x < knee_end ? ratio : beyond;
        const double held = attenuation < 0.0 ? attenuation : 0.0;
        octaves[i] = level_now < quiet ? 0.0 : held;
    }
}

KERNEL_LOOP static void curve_slight(double *restrict octaves, const float *restrict level,
                                     const compressor_curve *curve, uint32_t frames) {
    curve_loop(octaves, level, curve, true, frames);
}

KERNEL_LOOP static void curve_full(double *restrict octaves, const float *restrict level,
                                   const compressor_curve *curve, uint32_t frames) {
    curve_loop(octaves, level, curve, false, frames);
}

void kernel_compressor_curve(double *octaves, const float *level, const compressor_curve *curve,
                             uint32_t frames) {
    /* Without a knee nothing is within it: the series then has nothing to divide by. */
    (curve->is_slight || curve->knee == 0.0 ? curve_slight : curve_full)(octaves, level, curve, frames);
}

double kernel_compressor_envelope(double *octaves, double gain, const compressor_rates *rates,
                                  uint32_t frames) {
    const double attack = rates->attack, release = rates->release;
    const double attack_keeps = 1.0 - attack, release_keeps = 1.0 - release;
    const double aim = release * (RELEASE_AIM_DB * OCTAVES_PER_DB);
    for (uint32_t i = 0; i < frames; i++) {
        const double attenuation = octaves[i];
        const double nearer = attack_keeps * gain + attack * attenuation;
        const double up = release_keeps * gain + (release * attenuation + aim);
        const double released = up < 0.0 ? up : 0.0;
        gain = attenuation > gain ? released : nearer;
        octaves[i] = gain;
    }
    return gain;
}

KERNEL_LOOP void kernel_compressor_roots(float *restrict roots, const double *restrict octaves,
                                         double makeup_octaves, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        roots[i] = (float)exp2_of(0.5 * (octaves[i] + makeup_octaves));
    }
}

KERNEL_LOOP void kernel_compressor_apply(float *restrict plane, const float *restrict roots,
                                         uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        plane[i] = plane[i] * roots[i] * roots[i];
    }
}
