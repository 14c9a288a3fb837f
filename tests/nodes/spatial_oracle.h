/* tests/nodes/spatial_oracle.h -- the text's algorithms for panners, step by step, in double.
 * Web Audio 1.1, "Spatialization/Panning". The cone's vector is that from the source to the listener; see
 * docs/panner.md. */
#ifndef WA_TESTS_NODES_SPATIAL_ORACLE_H
#define WA_TESTS_NODES_SPATIAL_ORACLE_H
#include "wavepool/node.h"
#include <math.h>
#include <stdbool.h>

typedef struct vec3 {
    double x, y, z;
} vec3;

/* All that a panner's output depends on at one frame. */
typedef struct oracle_scene {
    vec3 position, orientation;       /* of the source */
    vec3 ears, forward, up;           /* the listener */
    wa_distance_model distance_model; /* and the panner's attributes */
    double ref_distance, max_distance, rolloff_factor;
    double cone_inner_angle_deg, cone_outer_angle_deg, cone_outer_gain;
} oracle_scene;

#define ORACLE_SCENE_INIT                                                                              \
    {                                                                                                  \
        { 0, 0, 0 }, { 1, 0, 0 }, { 0, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 }, WA_DISTANCE_MODEL_INVERSE,   \
            1.0, 10000.0, 1.0, 360.0, 360.0, 0.0                                                       \
    }

static inline double vec3_dot(vec3 a, vec3 b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline vec3 vec3_cross(vec3 a, vec3 b) {
    return (vec3){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}
static inline vec3 vec3_diff(vec3 a, vec3 b) {
    return (vec3){ a.x - b.x, a.y - b.y, a.z - b.z };
}
static inline double vec3_magnitude(vec3 a) {
    return sqrt(vec3_dot(a, a));
}
static inline vec3 vec3_scale(vec3 a, double by) {
    return (vec3){ a.x * by, a.y * by, a.z * by };
}
static inline vec3 vec3_normalize(vec3 a) {
    const double magnitude = vec3_magnitude(a);
    return magnitude == 0 ? (vec3){ 0, 0, 0 } : vec3_scale(a, 1 / magnitude);
}

static inline double oracle_acos(double x) {
    return acos(fmin(1, fmax(-1, x))); /* rounding must not make it NaN */
}

/* Degrees. */
static inline void oracle_angles(const oracle_scene *of, double *azimuth, double *elevation) {
    const double pi = acos(-1.0);
    const vec3 source = vec3_normalize(vec3_diff(of->position, of->ears));
    const vec3 right = vec3_cross(of->forward, of->up);
    *azimuth = *elevation = 0;
    if (vec3_magnitude(source) == 0 || vec3_magnitude(right) == 0) {
        return;
    }
    const vec3 right_unit = vec3_normalize(right), forward_unit = vec3_normalize(of->forward);
    const vec3 up = vec3_cross(right_unit, forward_unit);
    const vec3 projected = vec3_normalize(vec3_diff(source, vec3_scale(up, vec3_dot(source, up))));
    *azimuth = 180 * oracle_acos(vec3_dot(projected, right_unit)) / pi;
    if (vec3_dot(projected, forward_unit) < 0) {
        *azimuth = 360 - *azimuth;
    }
    *azimuth = *azimuth >= 0 && *azimuth <= 270 ? 90 - *azimuth : 450 - *azimuth;
    *elevation = 90 - 180 * oracle_acos(vec3_dot(source, up)) / pi;
    if (*elevation > 90) {
        *elevation = 180 - *elevation;
    } else if (*elevation < -90) {
        *elevation = -180 - *elevation;
    }
}

static inline double oracle_distance_gain(const oracle_scene *of) {
    const double d = vec3_magnitude(vec3_diff(of->position, of->ears)), ref = of->ref_distance;
    const double f = of->rolloff_factor;
    if (of->distance_model == WA_DISTANCE_MODEL_LINEAR) {
        const double low = fmin(ref, of->max_distance), high = fmax(ref, of->max_distance);
        const double clamped = fmin(f, 1);
        return low == high ? 1 - clamped
                           : 1 - clamped * (fmax(fmin(d, high), low) - low) / (high - low);
    }
    if (ref == 0) {
        return 0;
    }
    return of->distance_model == WA_DISTANCE_MODEL_INVERSE ? ref / (ref + f * (fmax(d, ref) - ref))
                                                           : pow(fmax(d, ref) / ref, -f);
}

static inline double oracle_cone_gain(const oracle_scene *of) {
    if (vec3_magnitude(of->orientation) == 0 ||
        (of->cone_inner_angle_deg == 360 && of->cone_outer_angle_deg == 360)) {
        return 1;
    }
    const vec3 to_listener = vec3_normalize(vec3_diff(of->ears, of->position));
    const double cosine = vec3_dot(to_listener, vec3_normalize(of->orientation));
    const double angle = 180 * oracle_acos(cosine) / acos(-1.0);
    const double inner = fabs(of->cone_inner_angle_deg) / 2, outer = fabs(of->cone_outer_angle_deg) / 2;
    if (angle <= inner) {
        return 1;
    }
    if (angle >= outer) {
        return of->cone_outer_gain;
    }
    const double x = (angle - inner) / (outer - inner);
    return (1 - x) + of->cone_outer_gain * x;
}

/* One frame of equalpower panning. */
static inline void oracle_equalpower(const oracle_scene *of, bool is_mono, const double in[2],
                                     double out[2]) {
    const double half_pi = acos(-1.0) / 2;
    double azimuth, elevation;
    oracle_angles(of, &azimuth, &elevation);
    azimuth = fmin(180, fmax(-180, azimuth));
    if (azimuth < -90) {
        azimuth = -180 - azimuth;
    } else if (azimuth > 90) {
        azimuth = 180 - azimuth;
    }
    const bool is_left = azimuth <= 0;
    const double x = is_mono ? (azimuth + 90) / 180 : is_left ? (azimuth + 90) / 90 : azimuth / 90;
    const double left = cos(x * half_pi), right = sin(x * half_pi);
    const double total = oracle_cone_gain(of) * oracle_distance_gain(of);
    if (is_mono) {
        out[0] = in[0] * left * total;
        out[1] = in[0] * right * total;
    } else if (is_left) {
        out[0] = (in[0] + in[1] * left) * total;
        out[1] = in[1] * right * total;
    } else {
        out[0] = in[0] * left * total;
        out[1] = (in[1] + in[0] * right) * total;
    }
}
#endif /* WA_TESTS_NODES_SPATIAL_ORACLE_H */
