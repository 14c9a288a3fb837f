/* src/kernels/spatial.h -- where a source stands for the listener, and how loud that makes it.
 * Web Audio 1.1, "Azimuth and Elevation", "equalpower Panning", "Distance Effects", "Sound Cones".
 *
 *   delta    from the listener to the source        axes   right, forward, up of the listener, unit vectors
 *
 *   azimuth = atan2(delta . right, delta . forward), folded to [-90, 90] degrees. Only its sine and cosine are
 *   ever needed, and those are quotients, so that a moving source costs two roots and two divisions a frame
 *   and no trigonometry:  cos((azimuth + 90) / 2) = sqrt((1 - sine) / 2).
 *
 * All in double: float coordinates up to 3.4e38 neither overflow nor vanish when they are squared. One frame
 * and a span of equal frames give the same bits. Spans have at most SPATIAL_SPAN_FRAMES. Thread: any
 */
#ifndef WA_SRC_KERNELS_SPATIAL_H
#define WA_SRC_KERNELS_SPATIAL_H
#include "wavepool/node.h"
#include <stdbool.h>
#include <stdint.h>

enum { SPATIAL_SPAN_FRAMES = 64 };
typedef double spatial_row[SPATIAL_SPAN_FRAMES];

/* A vector for each frame: x, y, z. */
typedef struct spatial_rows {
    spatial_row axis[3];
} spatial_rows;

typedef struct spatial_axes {
    double right[3], forward[3], up[3];
    bool is_degenerate; /* forward and up are zero or parallel: azimuth and elevation are 0 */
} spatial_axes;

spatial_axes spatial_axes_of(const double forward[3], const double up[3]);

/* What a panner's attributes say of distance and direction. */
typedef struct spatial_source {
    wa_distance_model distance_model;
    double ref_distance, max_distance, rolloff_factor;
    double cone_inner_angle_deg, cone_outer_angle_deg, cone_outer_gain;
} spatial_source;

static inline bool spatial_has_cone(const spatial_source *source) {
    return source->cone_inner_angle_deg != 360.0 || source->cone_outer_angle_deg != 360.0;
}

typedef struct spatial_span {
    spatial_rows delta;         /* in */
    spatial_rows orientation;   /* in, of a source with a cone */
    spatial_row right, forward; /* delta in the listener's axes */
    spatial_row sine, cosine;   /* of the folded azimuth; the cosine is never negative */
    spatial_row distance, gain; /* gain: of distance and cone together */
} spatial_span;

/* right and forward from delta. Degenerate axes: straight ahead. */
void kernel_spatial_turn(spatial_span *span, const spatial_axes *axes, uint32_t frames);
/* The same with axes that change: forward and up of each frame, any length. */
void kernel_spatial_turn_varying(spatial_span *span, const spatial_rows *forward,
                                 const spatial_rows *up, uint32_t frames);
/* sine and cosine from right and forward; a source at the listener, above or below: straight ahead. */
void kernel_spatial_azimuth(spatial_span *span, uint32_t frames);
/* distance from delta, gain from distance, delta and orientation. */
void kernel_spatial_gain(spatial_span *span, const spatial_source *source, uint32_t frames);

/* What mono frames are multiplied with. */
typedef struct spatial_factors {
    float left[SPATIAL_SPAN_FRAMES], right[SPATIAL_SPAN_FRAMES];
} spatial_factors;
void kernel_spatial_factors_mono(const spatial_span *span, spatial_factors *out, uint32_t frames);

/* A stereo source: the near side keeps `total` and gets `side` of the far one, which keeps `cross`. */
typedef struct spatial_factors_stereo {
    float total[SPATIAL_SPAN_FRAMES], side[SPATIAL_SPAN_FRAMES], cross[SPATIAL_SPAN_FRAMES];
    float sine[SPATIAL_SPAN_FRAMES]; /* its sign says which side is near: at most 0 is left */
} spatial_factors_stereo;
void kernel_spatial_factors_stereo(const spatial_span *span, spatial_factors_stereo *out,
                                   uint32_t frames);
#endif /* WA_SRC_KERNELS_SPATIAL_H */
