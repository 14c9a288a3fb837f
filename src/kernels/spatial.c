/* Loops over spans of doubles; each is straight, so that compilers put two or more frames in a register. */
#include "spatial.h"
#include <assert.h>
#include <math.h>

typedef struct vector {
    double x, y, z;
} vector;

static inline vector vector_at(const spatial_rows *rows, uint32_t frame) {
    return (vector){ rows->axis[0][frame], rows->axis[1][frame], rows->axis[2][frame] };
}

static inline double dot(vector a, vector b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline vector cross(vector a, vector b) {
    return (vector){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

static inline vector scaled(vector a, double factor) {
    return (vector){ a.x * factor, a.y * factor, a.z * factor };
}

/* 0 for a vector of no length. */
static inline double inverse_length(vector a) {
    const double length = sqrt(dot(a, a));
    return length > 0.0 ? 1.0 / length : 0.0;
}

/* -- The listener's axes ----------------------------------------------------------------------- */

static void keep(double out[3], vector from) {
    out[0] = from.x;
    out[1] = from.y;
    out[2] = from.z;
}

spatial_axes spatial_axes_of(const double forward[3], const double up[3]) {
    const vector ahead = { forward[0], forward[1], forward[2] };
    const vector right = cross(ahead, (vector){ up[0], up[1], up[2] });
    const vector right_unit = scaled(right, inverse_length(right));
    const vector ahead_unit = scaled(ahead, inverse_length(ahead));
    spatial_axes axes = { .is_degenerate = dot(right, right) == 0.0 };
    keep(axes.right, right_unit);
    keep(axes.forward, ahead_unit);
    keep(axes.up, cross(right_unit, ahead_unit));
    return axes;
}

void kernel_spatial_turn(spatial_span *span, const spatial_axes *axes, uint32_t frames) {
    assert(frames <= SPATIAL_SPAN_FRAMES);
    const vector right = { axes->right[0], axes->right[1], axes->right[2] };
    const vector forward = { axes->forward[0], axes->forward[1], axes->forward[2] };
    const double ahead = axes->is_degenerate ? 1.0 : 0.0;
    const double seen = 1.0 - ahead;
    for (uint32_t i = 0; i < frames; i++) {
        const vector delta = vector_at(&span->delta, i);
        span->right[i] = seen * dot(delta, right);
        span->forward[i] = seen * dot(delta, forward) + ahead;
    }
}

void kernel_spatial_turn_varying(spatial_span *span, const spatial_rows *forward,
                                 const spatial_rows *up, uint32_t frames) {
    assert(frames <= SPATIAL_SPAN_FRAMES);
    for (uint32_t i = 0; i < frames; i++) {
        const vector ahead = vector_at(forward, i);
        const vector right = cross(ahead, vector_at(up, i));
        const bool is_degenerate = dot(right, right) == 0.0;
        const vector right_unit = scaled(right, inverse_length(right));
        const vector ahead_unit = scaled(ahead, inverse_length(ahead));
        const vector delta = vector_at(&span->delta, i);
        span->right[i] = is_degenerate ? 0.0 : dot(delta, right_unit);
        span->forward[i] = is_degenerate ? 1.0 : dot(delta, ahead_unit);
    }
}

void kernel_spatial_azimuth(spatial_span *span, uint32_t frames) {
    assert(frames <= SPATIAL_SPAN_FRAMES);
    for (uint32_t i = 0; i < frames; i++) {
        const double right = span->right[i], forward = span->forward[i];
        const double length = sqrt(right * right + forward * forward);
        const bool is_seen = length > 0.0;
        const double divisor = is_seen ? length : 1.0;
        span->sine[i] = is_seen ? right / divisor : 0.0;
        span->cosine[i] = is_seen ? fabs(forward) / divisor : 1.0;
    }
}

/* -- Distance and cone -------------------------------------------------------------------------- */

static void measure(spatial_span *span, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        const vector delta = vector_at(&span->delta, i);
        span->distance[i] = sqrt(dot(delta, delta));
    }
}

static void fill(spatial_row out, double value, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = value;
    }
}

static void gain_linear(spatial_span *span, const spatial_source *source, uint32_t frames) {
    const double rolloff = source->rolloff_factor > 1.0 ? 1.0 : source->rolloff_factor;
    const double near = fmin(source->ref_distance, source->max_distance);
    const double far = fmax(source->ref_distance, source->max_distance);
    if (near == far) {
        fill(span->gain, 1.0 - rolloff, frames);
        return;
    }
    const double slope = rolloff / (far - near);
    for (uint32_t i = 0; i < frames; i++) {
        const double capped = span->distance[i] < far ? span->distance[i] : far;
        const double clamped = capped > near ? capped : near;
        span->gain[i] = 1.0 - slope * (clamped - near);
    }
}

static void gain_inverse(spatial_span *span, const spatial_source *source, uint32_t frames) {
    const double reference = source->ref_distance, rolloff = source->rolloff_factor;
    if (reference == 0.0) {
        fill(span->gain, 0.0, frames);
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        const double clamped = span->distance[i] > reference ? span->distance[i] : reference;
        span->gain[i] = reference / (reference + rolloff * (clamped - reference));
    }
}

static void gain_exponential(spatial_span *span, const spatial_source *source, uint32_t frames) {
    const double reference = source->ref_distance, rolloff = source->rolloff_factor;
    if (reference == 0.0) {
        fill(span->gain, 0.0, frames);
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        const double clamped = span->distance[i] > reference ? span->distance[i] : reference;
        span->gain[i] = pow(clamped / reference, -rolloff);
    }
}

/* The vector is that from the source to the listener, as the text's prose has it; see docs/panner.md. */
static double cone_gain(const spatial_source *source, vector delta, vector orientation) {
    const double facing = inverse_length(orientation);
    if (facing == 0.0) {
        return 1.0;
    }
    const double cosine = -dot(delta, orientation) * facing * inverse_length(delta);
    const double angle_deg = acos(fmin(fmax(cosine, -1.0), 1.0)) * (180.0 / 3.14159265358979323846);
    const double inner_deg = 0.5 * fabs(source->cone_inner_angle_deg);
    const double outer_deg = 0.5 * fabs(source->cone_outer_angle_deg);
    if (angle_deg <= inner_deg) {
        return 1.0;
    }
    if (angle_deg >= outer_deg) {
        return source->cone_outer_gain;
    }
    const double x = (angle_deg - inner_deg) / (outer_deg - inner_deg);
    return (1.0 - x) + source->cone_outer_gain * x;
}

void kernel_spatial_gain(spatial_span *span, const spatial_source *source, uint32_t frames) {
    assert(frames <= SPATIAL_SPAN_FRAMES);
    measure(span, frames);
    switch (source->distance_model) {
    case WA_DISTANCE_MODEL_LINEAR:
        gain_linear(span, source, frames);
        break;
    case WA_DISTANCE_MODEL_EXPONENTIAL:
        gain_exponential(span, source, frames);
        break;
    default:
        gain_inverse(span, source, frames);
        break;
    }
    for (uint32_t i = 0; i < frames && spatial_has_cone(source); i++) {
        span->gain[i] *=
            cone_gain(source, vector_at(&span->delta, i), vector_at(&span->orientation, i));
    }
}

/* -- Factors ------------------------------------------------------------------------------------ */

void kernel_spatial_factors_mono(const spatial_span *span, spatial_factors *out, uint32_t frames) {
    assert(frames <= SPATIAL_SPAN_FRAMES);
    for (uint32_t i = 0; i < frames; i++) {
        out->left[i] = (float)(span->gain[i] * sqrt(0.5 - 0.5 * span->sine[i]));
        out->right[i] = (float)(span->gain[i] * sqrt(0.5 + 0.5 * span->sine[i]));
    }
}

void kernel_spatial_factors_stereo(const spatial_span *span, spatial_factors_stereo *out,
                                   uint32_t frames) {
    assert(frames <= SPATIAL_SPAN_FRAMES);
    for (uint32_t i = 0; i < frames; i++) {
        out->total[i] = (float)span->gain[i];
        out->side[i] = (float)(span->gain[i] * fabs(span->sine[i]));
        out->cross[i] = (float)(span->gain[i] * span->cosine[i]);
        out->sine[i] = (float)span->sine[i];
    }
}
