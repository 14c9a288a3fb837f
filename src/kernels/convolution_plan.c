/* The control side of a convolution: which levels, how large, and their spectra. */
#include "convolution.h"
#include "convolution_work.h"
#include <math.h>
#include <string.h>

static uint64_t div_ceil(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

/* -- levels ------------------------------------------------------------------------------------- */

static uint32_t step_for(uint32_t quantum_frames) {
    if (quantum_frames > CONVOLUTION_STEP_MAX) {
        return CONVOLUTION_STEP_MAX;
    }
    return quantum_frames < CONVOLUTION_STEP_MIN
               ? quantum_frames * (CONVOLUTION_STEP_MIN / quantum_frames)
               : quantum_frames;
}

/* One that could be chosen: points double from one to the next. */
typedef struct candidate {
    uint32_t point_count, block_frames;
    uint64_t first_frame;
    double best;   /* work for a frame from here to the end of the response */
    uint32_t next; /* 0: it is the last */
} candidate;

enum { CANDIDATE_COUNT_MAX = 16 };

/* The response and both sides' past. */
static bool is_far(const convolution_plan *plan, uint32_t point_count, uint64_t slot_count) {
    const uint64_t slot_bytes = (uint64_t)2 * point_count * sizeof(float);
    return (CONVOLUTION_SIDES + plan->channel_count) * slot_count * slot_bytes > WORK_NEAR_BYTES;
}

static double work_per_frame(const convolution_plan *plan, const candidate *of, uint64_t end_frame) {
    const uint64_t slots = div_ceil(end_frame - of->first_frame, of->block_frames);
    const bool far = is_far(plan, of->point_count, slots);
    const double pieces = of->point_count / SPECTRUM_PIECE_POINTS;
    const double passes = spectrum_pass_count(of->point_count);
    const double terms = plan->channel_count == 4 ? 2.0 : 1.0;
    const double input = WORK_TURN + passes * WORK_PASS + (far ? WORK_STORE_FAR : WORK_STORE_NEAR);
    const double product = terms * (double)slots * (far ? WORK_PRODUCT_FAR : WORK_PRODUCT_NEAR);
    const double output = product + passes * WORK_PASS + 2.0 * WORK_UNTURN;
    double cold = 0.0;
    for (uint32_t points = WORK_WARM_POINTS; points < of->point_count; points *= 2) {
        cold += WORK_COLD;
    }
    return CONVOLUTION_SIDES * pieces * (input + output) / of->block_frames + cold +
           (double)WORK_LEVEL / plan->step_frames;
}

/* The best way on from a candidate, when those of all larger ones are known. */
static void choose_next(const convolution_plan *plan, candidate *candidates, uint32_t count,
                        uint32_t index) {
    candidate *of = &candidates[index];
    of->best = work_per_frame(plan, of, plan->frame_count);
    of->next = 0;
    for (uint32_t next = index + 2; next < count; next++) { /* by fours: see the count of levels */
        const uint64_t first = candidates[next].first_frame;
        if (first >= plan->frame_count) {
            return;
        }
        const double work = work_per_frame(plan, of, first) + candidates[next].best;
        if (work < of->best) {
            of->best = work;
            of->next = next;
        }
    }
}

static uint32_t list_candidates(uint32_t step, candidate *candidates) {
    uint32_t points = SPECTRUM_POINTS_MIN, count = 0;
    while (points < step) {
        points *= 2;
    }
    for (; points <= SPECTRUM_POINTS_MAX; points *= 2, count++) {
        const uint32_t block = points / step * step;
        candidates[count] = (candidate){ .point_count = points,
                                         .block_frames = count == 0 ? step : block,
                                         .first_frame = count == 0 ? 0 : (uint64_t)2 * block };
    }
    return count;
}

static void add_level(convolution_plan *plan, const candidate *of, uint64_t end_frame) {
    const uint64_t slots = div_ceil(end_frame - of->first_frame, of->block_frames);
    const bool far = is_far(plan, of->point_count, slots);
    assert(plan->level_count < CONVOLUTION_LEVEL_COUNT_MAX);
    plan->levels[plan->level_count++] = (convolution_level){
        .transform = { .point_count = of->point_count },
        .block_frames = of->block_frames,
        .first_frame = of->first_frame,
        .end_frame = end_frame,
        .slot_count = (uint32_t)slots,
        .store_units = far ? WORK_STORE_FAR : WORK_STORE_NEAR,
        .product_units = far ? WORK_PRODUCT_FAR : WORK_PRODUCT_NEAR,
    };
}

void convolution_plan_init(convolution_plan *plan, uint32_t channel_count, uint64_t frame_count,
                           uint32_t quantum_frames) {
    assert(channel_count == 1 || channel_count == 2 || channel_count == 4);
    assert(frame_count > 0 && quantum_frames > 0);
    candidate candidates[CANDIDATE_COUNT_MAX];
    *plan = (convolution_plan){ .channel_count = channel_count,
                                .step_frames = step_for(quantum_frames),
                                .frame_count = frame_count };
    const uint32_t count = list_candidates(plan->step_frames, candidates);
    for (uint32_t index = count; index > 0; index--) {
        if (candidates[index - 1].first_frame < frame_count) {
            choose_next(plan, candidates, count, index - 1);
        }
    }
    uint32_t index = 0;
    do {
        const uint32_t next = candidates[index].next;
        add_level(plan, &candidates[index], next == 0 ? frame_count : candidates[next].first_frame);
        index = next;
    } while (index != 0);
}

/* -- spectra ------------------------------------------------------------------------------------ */

static uint64_t level_floats(const convolution_level *level) {
    return (uint64_t)level->slot_count * 2 * level->transform.point_count;
}

uint64_t convolution_plan_floats(const convolution_plan *plan) {
    uint64_t floats = 0;
    for (uint32_t index = 0; index < plan->level_count; index++) {
        const convolution_level *level = &plan->levels[index];
        floats += spectrum_plan_floats(level->transform.point_count);
        floats += plan->channel_count * level_floats(level);
    }
    return floats;
}

/* The frames of a block, and their points. */
uint32_t convolution_scratch_floats(const convolution_plan *plan) {
    return 3 * plan->levels[plan->level_count - 1].transform.point_count;
}

/* Points of one block of the response. Returns whether any of it is not zero. */
static bool transform_block(const convolution_level *level, const float *plane, uint32_t slot,
                            float scale, float *frames, float *points) {
    const spectrum_plan *transform = &level->transform;
    const uint64_t first = level->first_frame + (uint64_t)slot * level->block_frames;
    const uint64_t left = level->end_frame - first;
    const uint32_t count = left < level->block_frames ? (uint32_t)left : level->block_frames;
    const uint32_t pieces = transform->point_count / SPECTRUM_PIECE_POINTS;
    const double unscaled = (double)scale / transform->point_count;
    bool is_used = false;
    for (uint32_t frame = 0; frame < count; frame++) {
        frames[frame] = (float)(unscaled * (double)plane[first + frame]);
        is_used |= frames[frame] != 0.0f; /* NaN is not zero */
    }
    kernel_turn(transform, 0, pieces, points, frames, count);
    for (uint32_t pass = 0; pass < transform->pass_count; pass++) {
        kernel_forward_pass(transform, pass, 0, pieces, points);
    }
    return is_used;
}

void convolution_plan_fill(convolution_plan *plan, float *memory, float *scratch,
                           const float *const *planes, float scale) {
    for (uint32_t index = 0; index < plan->level_count; index++) {
        convolution_level *level = &plan->levels[index];
        const uint32_t point_count = level->transform.point_count;
        spectrum_plan_init(&level->transform, point_count, memory);
        memory += spectrum_plan_floats(point_count);
        level->used_begin = level->slot_count;
        level->used_end = 0;
        for (uint32_t channel = 0; channel < plan->channel_count; channel++) {
            level->spectra[channel] = memory;
            memory += level_floats(level);
            for (uint32_t slot = 0; slot < level->slot_count; slot++) {
                float *points = scratch + point_count;
                if (transform_block(level, planes[channel], slot, scale, scratch, points)) {
                    level->used_begin = slot < level->used_begin ? slot : level->used_begin;
                    level->used_end = slot + 1 > level->used_end ? slot + 1 : level->used_end;
                }
                kernel_spectra_store(level->spectra[channel], slot, level->slot_count, 0,
                                     point_count / SPECTRUM_PIECE_POINTS, points);
            }
        }
    }
}

static bool block_matches(const convolution_level *level, const float *spectra, uint32_t slot,
                          const float *points) {
    for (uint32_t piece = 0; piece < level->transform.point_count / SPECTRUM_PIECE_POINTS; piece++) {
        if (memcmp(spectra + spectra_at(piece, slot, level->slot_count),
                   points + (size_t)piece * SPECTRUM_PIECE_FLOATS,
                   SPECTRUM_PIECE_FLOATS * sizeof *points) != 0) {
            return false;
        }
    }
    return true;
}

bool convolution_plan_matches(const convolution_plan *plan, float *scratch, const float *const *planes,
                              float scale) {
    for (uint32_t index = 0; index < plan->level_count; index++) {
        const convolution_level *level = &plan->levels[index];
        float *points = scratch + level->transform.point_count;
        for (uint32_t channel = 0; channel < plan->channel_count; channel++) {
            for (uint32_t slot = 0; slot < level->slot_count; slot++) {
                (void)transform_block(level, planes[channel], slot, scale, scratch, points);
                if (!block_matches(level, level->spectra[channel], slot, points)) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* -- normalisation ------------------------------------------------------------------------------ */

float convolution_normalization(const float *const *planes, uint32_t channel_count,
                                uint64_t frame_count, float sample_rate_hz) {
    const double gain_calibration = 0.00125, calibration_rate_hz = 44100.0, power_min = 0.000125;
    double power = 0.0;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint64_t frame = 0; frame < frame_count; frame++) {
            power += (double)planes[channel][frame] * (double)planes[channel][frame];
        }
    }
    power = sqrt(power / ((double)channel_count * (double)frame_count));
    if (!isfinite(power) || power < power_min) {
        power = power_min;
    }
    double scale = gain_calibration / power * (calibration_rate_hz / (double)sample_rate_hz);
    if (channel_count == 4) {
        scale *= 0.5;
    }
    return (float)scale;
}
