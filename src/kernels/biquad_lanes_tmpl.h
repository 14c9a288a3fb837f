/* Biquad sections side by side, BIQUAD_VECTOR_LANES of them in each vector: the body of a variant. Included
 * once by each file that is compiled for an instruction set, with
 *
 *   BIQUAD_VECTOR_LANES   2 or 4: doubles in one vector of that set, never more
 *   BIQUAD_GROUP_COUNT    vectors in flight, enough to hide the latency of the recurrence
 *   BIQUAD_LANES          the name of the function
 *   BIQUAD_WIDEN, BIQUAD_NARROW   4 lanes only: four floats to doubles and back, which gcc 12 splits in halves
 *
 * Three steps over a span: what does not wait for y (full width), the recurrence, and back to planes. All
 * variants evaluate the same expression in the same order, so that they give the same bits.
 */
#include "variants.h"
#include <string.h>

enum { STEP_FRAMES = 4, LANES = BIQUAD_VECTOR_LANES * BIQUAD_GROUP_COUNT };

typedef double lane_vector __attribute__((vector_size(8 * BIQUAD_VECTOR_LANES)));
typedef float lane_floats __attribute__((vector_size(4 * BIQUAD_VECTOR_LANES)));
typedef float four_frames __attribute__((vector_size(16)));
typedef lane_vector lane_row[BIQUAD_GROUP_COUNT]; /* of one frame */

static inline four_frames load_frames(const float *plane) {
    four_frames loaded;
    memcpy(&loaded, plane, sizeof loaded);
    return loaded;
}

static inline void store_frames(float *plane, four_frames frames) {
    memcpy(plane, &frames, sizeof frames);
}

/* Four frames of a group's inputs, a vector of lanes for each; and the way back. */
#if BIQUAD_VECTOR_LANES == 2
static inline void load_step(lane_vector x[STEP_FRAMES], const biquad_lane *lanes, uint32_t at) {
    const four_frames a = load_frames(lanes[0].in + at), b = load_frames(lanes[1].in + at);
    x[0] = __builtin_convertvector(__builtin_shufflevector(a, b, 0, 4), lane_vector);
    x[1] = __builtin_convertvector(__builtin_shufflevector(a, b, 1, 5), lane_vector);
    x[2] = __builtin_convertvector(__builtin_shufflevector(a, b, 2, 6), lane_vector);
    x[3] = __builtin_convertvector(__builtin_shufflevector(a, b, 3, 7), lane_vector);
}

static inline void store_step(const lane_vector y[STEP_FRAMES], const biquad_lane *lanes, uint32_t at) {
    lane_floats narrow[STEP_FRAMES];
    for (uint32_t i = 0; i < STEP_FRAMES; i++) {
        narrow[i] = __builtin_convertvector(y[i], lane_floats);
    }
    const four_frames early = __builtin_shufflevector(narrow[0], narrow[1], 0, 2, 1, 3);
    const four_frames late = __builtin_shufflevector(narrow[2], narrow[3], 0, 2, 1, 3);
    store_frames(lanes[0].out + at, __builtin_shufflevector(early, late, 0, 1, 4, 5));
    store_frames(lanes[1].out + at, __builtin_shufflevector(early, late, 2, 3, 6, 7));
}
#else
static inline void transpose(four_frames rows[4]) {
    const four_frames ab_low = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    const four_frames ab_high = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    const four_frames cd_low = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    const four_frames cd_high = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

static inline void load_step(lane_vector x[STEP_FRAMES], const biquad_lane *lanes, uint32_t at) {
    four_frames rows[4];
    for (uint32_t lane = 0; lane < 4; lane++) {
        rows[lane] = load_frames(lanes[lane].in + at);
    }
    transpose(rows);
    for (uint32_t i = 0; i < STEP_FRAMES; i++) {
        x[i] = BIQUAD_WIDEN(rows[i]);
    }
}

static inline void store_step(const lane_vector y[STEP_FRAMES], const biquad_lane *lanes, uint32_t at) {
    four_frames rows[4];
    for (uint32_t i = 0; i < STEP_FRAMES; i++) {
        rows[i] = BIQUAD_NARROW(y[i]);
    }
    transpose(rows);
    for (uint32_t lane = 0; lane < 4; lane++) {
        store_frames(lanes[lane].out + at, rows[lane]);
    }
}
#endif

static inline lane_vector load_one(const biquad_lane *lanes, uint32_t at) {
    lane_vector x;
    for (uint32_t lane = 0; lane < BIQUAD_VECTOR_LANES; lane++) {
        x[lane] = lanes[lane].in[at];
    }
    return x;
}

typedef struct lane_group {
    lane_vector b0, b1, b2, a1, a2, x1, x2, y1, y2;
} lane_group;

static inline void open_group(lane_group *group, const biquad_lane *lanes) {
    for (uint32_t lane = 0; lane < BIQUAD_VECTOR_LANES; lane++) {
        const biquad_coefficients *by = lanes[lane].coefficients;
        const biquad_history *past = lanes[lane].history;
        group->b0[lane] = by->b0;
        group->b1[lane] = by->b1;
        group->b2[lane] = by->b2;
        group->a1[lane] = by->a1;
        group->a2[lane] = by->a2;
        group->x1[lane] = past->x1;
        group->x2[lane] = past->x2;
        group->y1[lane] = past->y1;
        group->y2[lane] = past->y2;
    }
}

static inline void close_group(const lane_group *group, const biquad_lane *lanes, uint32_t frames) {
    for (uint32_t lane = 0; lane < BIQUAD_VECTOR_LANES; lane++) {
        *lanes[lane].history = (biquad_history){
            .x1 = group->x1[lane], .x2 = group->x2[lane], .y1 = group->y1[lane], .y2 = group->y2[lane]
        };
        biquad_settle(lanes[lane].history, lanes[lane].out, frames);
    }
}

static inline void forward(lane_row rows[], uint32_t index, lane_group *group, const biquad_lane *lanes,
                           uint32_t frames) {
    const lane_vector b0 = group->b0, b1 = group->b1, b2 = group->b2;
    lane_vector x1 = group->x1, x2 = group->x2;
    uint32_t at = 0;
    for (; at + STEP_FRAMES <= frames; at += STEP_FRAMES) {
        lane_vector x[STEP_FRAMES];
        load_step(x, lanes, at);
        rows[at][index] = b0 * x[0] + b1 * x1 + b2 * x2;
        rows[at + 1][index] = b0 * x[1] + b1 * x[0] + b2 * x1;
        rows[at + 2][index] = b0 * x[2] + b1 * x[1] + b2 * x[0];
        rows[at + 3][index] = b0 * x[3] + b1 * x[2] + b2 * x[1];
        x1 = x[3];
        x2 = x[2];
    }
    for (; at < frames; at++) {
        const lane_vector x = load_one(lanes, at);
        rows[at][index] = b0 * x + b1 * x1 + b2 * x2;
        x2 = x1;
        x1 = x;
    }
    group->x1 = x1;
    group->x2 = x2;
}

/* group_count is a constant where this is inlined, so that y1 and y2 stay in registers. */
static inline __attribute__((always_inline)) void back(lane_row rows[], lane_group groups[],
                                                       uint32_t group_count, uint32_t frames) {
    lane_row a1, a2, y1, y2;
    for (uint32_t index = 0; index < group_count; index++) {
        a1[index] = groups[index].a1;
        a2[index] = groups[index].a2;
        y1[index] = groups[index].y1;
        y2[index] = groups[index].y2;
    }
    for (uint32_t at = 0; at < frames; at++) {
        for (uint32_t index = 0; index < group_count; index++) {
            const lane_vector y = (rows[at][index] - a2[index] * y2[index]) - a1[index] * y1[index];
            y2[index] = y1[index];
            y1[index] = y;
            rows[at][index] = y;
        }
    }
    for (uint32_t index = 0; index < group_count; index++) {
        groups[index].y1 = y1[index];
        groups[index].y2 = y2[index];
    }
}

static inline void to_planes(lane_row rows[], uint32_t index, const biquad_lane *lanes,
                             uint32_t frames) {
    uint32_t at = 0;
    for (; at + STEP_FRAMES <= frames; at += STEP_FRAMES) {
        lane_vector y[STEP_FRAMES];
        for (uint32_t i = 0; i < STEP_FRAMES; i++) {
            y[i] = rows[at + i][index];
        }
        store_step(y, lanes, at);
    }
    for (; at < frames; at++) {
        for (uint32_t lane = 0; lane < BIQUAD_VECTOR_LANES; lane++) {
            lanes[lane].out[at] = (float)rows[at][index][lane];
        }
    }
}

/* Lanes without work read what another reads, times 0, and write to nowhere. */
static inline __attribute__((always_inline)) void run_groups(const biquad_lane some[], uint32_t count,
                                                             uint32_t group_count, uint32_t frames) {
    static const biquad_coefficients nothing;
    biquad_lane lanes[LANES];
    biquad_history idle[BIQUAD_VECTOR_LANES];
    float scratch[BIQUAD_SPAN_FRAMES];
    lane_row rows[BIQUAD_SPAN_FRAMES];
    lane_group groups[BIQUAD_GROUP_COUNT];
    memcpy(lanes, some, count * sizeof *some);
    for (uint32_t lane = count; lane < BIQUAD_VECTOR_LANES * group_count; lane++) {
        biquad_history *own = &idle[lane % BIQUAD_VECTOR_LANES];
        *own = (biquad_history){ 0 };
        lanes[lane] = (biquad_lane){ some[0].in, scratch, &nothing, own };
    }
    for (uint32_t index = 0; index < group_count; index++) {
        open_group(&groups[index], &lanes[index * BIQUAD_VECTOR_LANES]);
        forward(rows, index, &groups[index], &lanes[index * BIQUAD_VECTOR_LANES], frames);
    }
    back(rows, groups, group_count, frames);
    for (uint32_t index = 0; index < group_count; index++) {
        to_planes(rows, index, &lanes[index * BIQUAD_VECTOR_LANES], frames);
        close_group(&groups[index], &lanes[index * BIQUAD_VECTOR_LANES], frames);
    }
}

/* As few groups as the lanes need. */
void BIQUAD_LANES(const biquad_lane lanes[], uint32_t count, uint32_t frames) {
    while (count > 0) {
        const uint32_t some = count < LANES ? count : LANES;
        const uint32_t group_count = (some + BIQUAD_VECTOR_LANES - 1) / BIQUAD_VECTOR_LANES;
        if (group_count == 1) {
            run_groups(lanes, some, 1, frames);
        } else if (group_count == 2) {
            run_groups(lanes, some, 2, frames);
        } else if (group_count == 3) {
            run_groups(lanes, some, 3, frames);
        } else {
            run_groups(lanes, some, BIQUAD_GROUP_COUNT, frames);
        }
        lanes += some;
        count -= some;
    }
}
