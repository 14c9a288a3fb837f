/* One node's convolution; see convolution.h. Read from the bottom up: convolution_process() is the whole. */
#include "convolution.h"
#include "convolution_work.h"
#include <string.h>

enum { UNTURN_PIECES = 8 }; /* at a time: reals on the stack */

/* -- memory ------------------------------------------------------------------------------------- */

static uint32_t longest_block(const convolution_plan *plan) {
    return plan->levels[plan->level_count - 1].block_frames;
}

/* A result is added up to three blocks ahead. A power of two; 0: there is the head alone. */
static uint32_t pending_frames(const convolution_plan *plan) {
    uint32_t frames = SPECTRUM_PIECE_POINTS;
    while (frames < 3 * longest_block(plan)) {
        frames *= 2;
    }
    return plan->level_count > 1 ? frames : 0;
}

static uint64_t row_floats(const convolution_level *level) {
    const uint64_t points = level->transform.point_count;
    return CONVOLUTION_SIDES * (2 * points + 2 * points * level->slot_count) + 2 * points;
}

/* Planes of a step are as long as its transform, so that all begin at 64 bytes. */
static uint64_t all_floats(const convolution_plan *plan) {
    const uint64_t step = plan->levels[0].transform.point_count;
    uint64_t floats = CONVOLUTION_SIDES * (pending_frames(plan) + step + 2 * step) + 2 * step;
    for (uint32_t index = 0; index < plan->level_count; index++) {
        floats += row_floats(&plan->levels[index]);
    }
    return floats;
}

enum { HEADER_BYTES = (sizeof(convolution) + 63) / 64 * 64 };

uint64_t convolution_bytes(const convolution_plan *plan) {
    return HEADER_BYTES + all_floats(plan) * sizeof(float);
}

static float *take(float **from, uint64_t floats) {
    float *taken = *from;
    *from += floats;
    return taken;
}

static void lay_out_row(convolution_row *row, const convolution_level *level, float **from) {
    const uint64_t points = level->transform.point_count;
    for (uint32_t side = 0; side < CONVOLUTION_SIDES; side++) {
        row->gathered[side][0] = take(from, points);
        row->gathered[side][1] = take(from, points);
        row->spectra[side] = take(from, 2 * points * level->slot_count);
    }
    row->points = take(from, 2 * points);
}

convolution *convolution_begin(const convolution_plan *plan, void *memory) {
    convolution *of = memory;
    float *from = (float *)(void *)((char *)memory + HEADER_BYTES);
    const uint64_t step = plan->levels[0].transform.point_count;
    *of = (convolution){ .plan = plan };
    for (uint32_t side = 0; side < CONVOLUTION_SIDES; side++) {
        of->pending[side] = take(&from, pending_frames(plan));
        of->overlap[side] = take(&from, step);
        of->sum[side] = take(&from, 2 * step);
    }
    of->time = take(&from, 2 * step);
    of->pending_mask = pending_frames(plan) - 1;
    for (uint32_t index = 0; index < plan->level_count; index++) {
        lay_out_row(&of->rows[index], &plan->levels[index], &from);
    }
    return of;
}

/* -- what is pending ---------------------------------------------------------------------------- */

static uint32_t run_length(const convolution *of, uint64_t frame, uint64_t count) {
    const uint64_t to_wrap = of->pending_mask + 1 - (frame & of->pending_mask);
    return (uint32_t)(count < to_wrap ? count : to_wrap);
}

static void pend(convolution *of, uint32_t side, uint64_t frame, const float *values, uint32_t count) {
    uint64_t *end = &of->pending_end[side];
    *end = *end < of->frame ? of->frame : *end;
    assert(frame >= of->frame && frame + count <= of->frame + of->pending_mask + 1);
    while (*end < frame + count) {
        const uint32_t run = run_length(of, *end, frame + count - *end);
        memset(of->pending[side] + (*end & of->pending_mask), 0, run * sizeof(float));
        *end += run;
    }
    while (count > 0) {
        const uint32_t run = run_length(of, frame, count);
        float *to = of->pending[side] + (frame & of->pending_mask);
        for (uint32_t i = 0; i < run; i++) {
            to[i] += values[i];
        }
        frame += run;
        values += run;
        count -= run;
    }
}

static void add_pending(const convolution *of, uint32_t side, float *out, uint32_t count) {
    uint64_t frame = of->frame;
    const uint64_t written = of->pending_end[side];
    uint64_t left = written > frame ? written - frame : 0;
    left = left < count ? left : count;
    while (left > 0) {
        const uint32_t run = run_length(of, frame, left);
        const float *from = of->pending[side] + (frame & of->pending_mask);
        for (uint32_t i = 0; i < run; i++) {
            out[i] += from[i];
        }
        frame += run;
        out += run;
        left -= run;
    }
}

/* -- blocks and products ------------------------------------------------------------------------ */

/* Newest first, as the response's blocks are oldest first: products walk both upwards. */
static uint32_t slot_of(const convolution_level *level, uint64_t block) {
    return level->slot_count - 1 - (uint32_t)(block % level->slot_count);
}

/* Blocks that products of `block` can no longer reach stop to count. */
static void forget_old(convolution_row *row, const convolution_level *level, uint64_t block) {
    if (row->live_end + level->slot_count <= block + 1) {
        row->live_begin = row->live_end = 0;
    }
}

/* Else nothing of the level will ever be heard. */
static bool is_used(const convolution_level *level) {
    return level->used_begin < level->used_end;
}

static void remember(convolution_row *row, uint64_t block) {
    if (row->live_end == 0) {
        row->live_begin = block;
    }
    row->live_end = block + 1;
}

/* Slots of the response for which the products of `block` are not zero. */
static void find_slots(const convolution_row *row, const convolution_level *level, uint64_t block,
                       uint32_t *begin, uint32_t *end) {
    *begin = *end = 0;
    if (row->live_end == 0) {
        return;
    }
    const uint64_t first = block + 1 - row->live_end, last = block + 1 - row->live_begin;
    const uint64_t from = first > level->used_begin ? first : level->used_begin;
    const uint64_t to = last < level->used_end ? last : level->used_end;
    if (from < to) {
        *begin = (uint32_t)from;
        *end = (uint32_t)to;
    }
}

/* The sides' past has been the same for as long as products of `block` reach back. */
static bool is_narrow(const convolution *of, const convolution_level *level, uint64_t block) {
    const uint64_t reach = level->slot_count - 1;
    const uint64_t first = block > reach ? (block - reach) * level->block_frames : 0;
    return of->plan->channel_count == 1 && of->wide_end <= first;
}

static uint32_t term_count(const convolution *of) {
    return of->plan->channel_count == 4 ? 2 : 1;
}

enum { RUN_COUNT_MAX = 4 }; /* two terms, each in two parts of its ring */

static uint32_t list_runs(const convolution *of, const convolution_row *row,
                          const convolution_level *level, uint64_t block, uint32_t output,
                          uint32_t begin, uint32_t end, spectra_run runs[RUN_COUNT_MAX]) {
    uint32_t count = 0;
    for (uint32_t term = 0; term < term_count(of); term++) {
        const uint32_t side = term_count(of) == 2 ? term : output;
        const float *response = level->spectra[of->plan->channel_count == 1 ? 0 : 2 * term + output];
        for (uint32_t from = begin; from < end;) {
            const uint32_t slot =
                (uint32_t)(((uint64_t)slot_of(level, block) + from) % level->slot_count);
            const uint32_t to_wrap = level->slot_count - slot;
            const uint32_t run = end - from < to_wrap ? end - from : to_wrap;
            runs[count++] = (spectra_run){ row->spectra[side] + spectra_at(0, slot, level->slot_count),
                                           response + spectra_at(0, from, level->slot_count),
                                           level->slot_count, level->slot_count, run };
            from += run;
        }
    }
    assert(count <= RUN_COUNT_MAX);
    return count;
}

static uint32_t piece_count(const convolution_level *level) {
    return level->transform.point_count / SPECTRUM_PIECE_POINTS;
}

/* points NULL: zeros. A block with equal sides stands in both. */
static void store(convolution_row *row, const convolution_level *level, uint64_t block, uint32_t side,
                  bool is_twin, uint32_t begin, uint32_t end, const float *points) {
    for (uint32_t to = side; to < (is_twin ? CONVOLUTION_SIDES : side + 1); to++) {
        kernel_spectra_store(row->spectra[to], slot_of(level, block), level->slot_count, begin, end,
                             points);
    }
}

/* -- jobs: what a level does in the time of its next block --------------------------------------- */

typedef enum pass_kind { TURN, FORWARD, STORE, PRODUCT, BACKWARD, UNTURN } pass_kind;

static pass_kind kind_of(const convolution_job *job, const convolution_level *level) {
    const bool is_input = job->channel < job->input_count;
    if (job->pass == 0) {
        return is_input ? TURN : PRODUCT;
    }
    if (job->pass <= level->transform.pass_count) {
        return is_input ? FORWARD : BACKWARD;
    }
    return is_input ? STORE : UNTURN;
}

static uint64_t product_units(const convolution *of, const convolution_job *job,
                              const convolution_level *level) {
    return (uint64_t)level->product_units * term_count(of) * (job->slot_end - job->slot_begin);
}

static uint64_t piece_units(const convolution *of, const convolution_job *job,
                            const convolution_level *level, pass_kind kind) {
    switch (kind) {
    case TURN:
        return WORK_TURN;
    case FORWARD:
    case BACKWARD:
        return WORK_PASS;
    case STORE:
        return level->store_units;
    case PRODUCT:
        return product_units(of, job, level);
    case UNTURN:
        break;
    }
    return WORK_UNTURN;
}

/* A product of two blocks of B frames has 2 B - 1. */
static uint32_t unturn_pieces(const convolution_level *level) {
    return (2 * level->block_frames + SPECTRUM_PIECE_POINTS - 1) / SPECTRUM_PIECE_POINTS;
}

static uint64_t job_units(const convolution *of, const convolution_job *job,
                          const convolution_level *level) {
    const uint64_t passes = (uint64_t)WORK_PASS * level->transform.pass_count;
    const uint64_t input = (job->is_silent ? 0 : WORK_TURN + passes) + level->store_units;
    const uint64_t output = product_units(of, job, level) + passes;
    return piece_count(level) * (job->input_count * input + job->output_count * output) +
           (uint64_t)WORK_UNTURN * job->output_count * unturn_pieces(level);
}

/* The block that has just been gathered. */
static void begin_job(const convolution *of, convolution_row *row, const convolution_level *level) {
    const uint64_t block = row->block, first_frame = block * level->block_frames;
    convolution_job *job = &row->job;
    assert(job->done == job->total);
    *job = (convolution_job){ .block = block,
                              .is_silent = of->sound_end <= first_frame,
                              .is_twin = of->wide_end <= first_frame,
                              .is_narrow = is_narrow(of, level, block) };
    row->block++;
    row->fill = 0;
    forget_old(row, level, block);
    if (!is_used(level)) {
        return;
    }
    if (!job->is_silent) {
        remember(row, block);
        job->input_count = job->is_twin ? 1 : CONVOLUTION_SIDES;
    } else if (row->live_end > 0) {
        job->input_count = 1;
        job->is_twin = true;
        job->pass = level->transform.pass_count + 1; /* zeros, kept for both sides */
    }
    find_slots(row, level, block, &job->slot_begin, &job->slot_end);
    if (job->slot_begin < job->slot_end) {
        job->output_count = job->is_narrow ? 1 : CONVOLUTION_SIDES;
    }
    job->total = job_units(of, job, level);
}

static void unturn(convolution *of, const convolution_row *row, const convolution_level *level,
                   uint32_t side, uint32_t begin, uint32_t end) {
    const uint64_t first_frame = (row->job.block + 2) * level->block_frames;
    const uint32_t frame_count = 2 * level->block_frames;
    _Alignas(64) float values[UNTURN_PIECES * SPECTRUM_PIECE_POINTS];
    while (begin < end) {
        const uint32_t pieces = end - begin < UNTURN_PIECES ? end - begin : UNTURN_PIECES;
        const uint32_t at = begin * SPECTRUM_PIECE_POINTS, count = pieces * SPECTRUM_PIECE_POINTS;
        const uint32_t fitting = at + count <= frame_count ? count : frame_count - at;
        kernel_unturn(&level->transform, begin, begin + pieces, values, row->points);
        pend(of, side, first_frame + at, values, fitting);
        if (row->job.is_narrow) {
            pend(of, 1, first_frame + at, values, fitting);
        }
        begin += pieces;
    }
}

static void run_pieces(convolution *of, convolution_row *row, const convolution_level *level,
                       pass_kind kind, uint32_t begin, uint32_t end) {
    const convolution_job *job = &row->job;
    const bool is_input = job->channel < job->input_count;
    const uint32_t side = is_input ? job->channel : job->channel - job->input_count;
    spectra_run runs[RUN_COUNT_MAX];
    switch (kind) {
    case TURN:
        kernel_turn(&level->transform, begin, end, row->points, row->gathered[side][job->block % 2],
                    level->block_frames);
        break;
    case FORWARD:
        kernel_forward_pass(&level->transform, job->pass - 1, begin, end, row->points);
        break;
    case STORE:
        store(row, level, job->block, side, job->is_twin, begin, end,
              job->is_silent ? NULL : row->points);
        break;
    case PRODUCT:
        kernel_spectra_product(
            &level->transform, row->points, begin, end, runs,
            list_runs(of, row, level, job->block, side, job->slot_begin, job->slot_end, runs), false);
        break;
    case BACKWARD:
        kernel_backward_pass(&level->transform, job->pass - 1, begin, end, row->points);
        break;
    case UNTURN:
        unturn(of, row, level, side, begin, end);
        break;
    }
}

/* As many pieces as it takes to have done `target` units. */
static void run_job(convolution *of, convolution_row *row, const convolution_level *level,
                    uint64_t target) {
    convolution_job *job = &row->job;
    while (job->done < target) {
        const pass_kind kind = kind_of(job, level);
        const uint64_t units = piece_units(of, job, level, kind);
        const uint32_t pieces = kind == UNTURN ? unturn_pieces(level) : piece_count(level);
        const uint64_t wanted = (target - job->done + units - 1) / units;
        const uint32_t left = pieces - job->piece, count = wanted < left ? (uint32_t)wanted : left;
        run_pieces(of, row, level, kind, job->piece, job->piece + count);
        job->done += count * units;
        job->piece += count;
        of->work_units += count * units;
        if (job->piece == pieces) {
            job->piece = 0;
            if (++job->pass == level->transform.pass_count + 2) {
                job->pass = 0;
                job->channel++;
            }
        }
    }
}

/* -- the head ----------------------------------------------------------------------------------- */

typedef struct part {
    uint32_t begin, end; /* frames of a step: all of it, as a rule */
    bool is_whole, is_sounding, is_narrow;
    uint32_t slot_begin, slot_end;
} part;

static void transform_step(convolution *of, const part *now) {
    convolution_row *row = &of->rows[0];
    const convolution_level *level = &of->plan->levels[0];
    const uint32_t pieces = piece_count(level);
    const bool is_twin = of->wide_end <= row->block * level->block_frames;
    for (uint32_t side = 0; side < (is_twin ? 1u : CONVOLUTION_SIDES); side++) {
        kernel_turn(&level->transform, 0, pieces, row->points, row->gathered[side][row->block % 2],
                    now->end);
        for (uint32_t pass = 0; pass < level->transform.pass_count; pass++) {
            kernel_forward_pass(&level->transform, pass, 0, pieces, row->points);
        }
        store(row, level, row->block, side, is_twin, 0, pieces, row->points);
        of->work_units += pieces * (uint64_t)(WORK_TURN + WORK_PASS * level->transform.pass_count +
                                              level->store_units);
    }
}

/* Slots [begin, end) of the response into points. Returns false if there are none. */
static bool multiply(convolution *of, float *points, uint32_t output, uint32_t begin, uint32_t end,
                     bool is_more) {
    convolution_row *row = &of->rows[0];
    const convolution_level *level = &of->plan->levels[0];
    spectra_run runs[RUN_COUNT_MAX];
    if (begin >= end) {
        return is_more;
    }
    const uint32_t count = list_runs(of, row, level, row->block, output, begin, end, runs);
    kernel_spectra_product(&level->transform, points, 0, piece_count(level), runs, count, is_more);
    of->work_units +=
        (uint64_t)piece_count(level) * level->product_units * term_count(of) * (end - begin);
    return true;
}

/* The products of one output in row->points. What earlier blocks add is found with a step's first part and
 * kept for the others. */
static bool multiply_step(convolution *of, const part *now, uint32_t output) {
    convolution_row *row = &of->rows[0];
    const uint32_t begin = now->slot_begin, end = now->slot_end;
    if (now->is_whole) {
        return multiply(of, row->points, output, begin, end, false);
    }
    if (now->begin == 0) {
        of->has_sum = multiply(of, of->sum[output], output, begin > 1 ? begin : 1, end, false);
        if (now->is_narrow && of->has_sum) {
            memcpy(of->sum[1], of->sum[0],
                   2 * of->plan->levels[0].transform.point_count * sizeof(float));
        }
    }
    if (of->has_sum) {
        memcpy(row->points, of->sum[output],
               2 * of->plan->levels[0].transform.point_count * sizeof(float));
    }
    return multiply(of, row->points, output, 0, begin == 0 && end > 0 && now->is_sounding ? 1 : 0,
                    of->has_sum);
}

/* of->time = the reals of row->points that this part needs. */
static void untransform_step(convolution *of, const part *now) {
    const convolution_level *level = &of->plan->levels[0];
    const uint32_t pieces = piece_count(level), first = now->begin / SPECTRUM_PIECE_POINTS;
    const uint32_t last = now->end == level->block_frames
                              ? unturn_pieces(level)
                              : (now->end + SPECTRUM_PIECE_POINTS - 1) / SPECTRUM_PIECE_POINTS;
    for (uint32_t pass = 0; pass < level->transform.pass_count; pass++) {
        kernel_backward_pass(&level->transform, pass, 0, pieces, of->rows[0].points);
    }
    kernel_unturn(&level->transform, first, last, of->time + first * SPECTRUM_PIECE_POINTS,
                  of->rows[0].points);
    of->work_units += pieces * (uint64_t)WORK_PASS * level->transform.pass_count +
                      (uint64_t)(last - first) * WORK_UNTURN;
}

static void emit(const convolution *of, const part *now, uint32_t side, bool has_products, float *out) {
    const float *products = of->time + now->begin, *overlap = of->overlap[side] + now->begin;
    for (uint32_t i = 0; i < now->end - now->begin; i++) {
        out[i] = (has_products ? products[i] : 0.0f) + (of->has_overlap ? overlap[i] : 0.0f);
    }
}

/* The outputs of a part: products are made once where both sides are equal. */
static void sound_step(convolution *of, const part *now, float *const *out, uint32_t out_count) {
    const uint32_t step = of->plan->step_frames;
    bool has_products = false;
    for (uint32_t side = 0; side < CONVOLUTION_SIDES; side++) {
        if (side == 0 || !now->is_narrow) {
            has_products = multiply_step(of, now, side);
            if (has_products) {
                untransform_step(of, now);
            }
        }
        if (side < out_count) {
            emit(of, now, side, has_products, out[side]);
        }
        if (now->end == step && has_products) {
            memcpy(of->overlap[side], of->time + step, step * sizeof(float));
        }
    }
    if (now->end == step) {
        of->has_overlap = has_products;
    }
}

static void run_head(convolution *of, uint32_t count, float *const *out, uint32_t out_count) {
    convolution_row *row = &of->rows[0];
    const convolution_level *level = &of->plan->levels[0];
    part now = { .begin = row->fill - count,
                 .end = row->fill,
                 .is_whole = count == level->block_frames,
                 .is_sounding = is_used(level) && of->sound_end > row->block * level->block_frames,
                 .is_narrow = is_narrow(of, level, row->block) };
    if (now.begin == 0) {
        forget_old(row, level, row->block);
    }
    if (now.is_sounding) {
        remember(row, row->block);
        transform_step(of, &now);
    } else if (now.end == level->block_frames && row->live_end > 0) {
        store(row, level, row->block, 0, true, 0, piece_count(level), NULL);
    }
    find_slots(row, level, row->block, &now.slot_begin, &now.slot_end);
    sound_step(of, &now, out, out_count);
    if (now.end == level->block_frames) {
        row->block++;
        row->fill = 0;
    }
}

/* -- a part of a quantum, within one step -------------------------------------------------------- */

static void gather(convolution_row *row, const float *const sides[], uint32_t count) {
    for (uint32_t side = 0; side < CONVOLUTION_SIDES; side++) {
        float *to = row->gathered[side][row->block % 2] + row->fill;
        if (sides[side] != NULL) {
            memcpy(to, sides[side], count * sizeof *to);
        } else {
            memset(to, 0, count * sizeof *to);
        }
    }
    row->fill += count;
}

static void note_sound(convolution *of, const convolution_input *in, uint32_t count) {
    const uint32_t sound = in->sound_frames < count ? in->sound_frames : count;
    if (sound > 0) {
        of->sound_end = of->frame + sound;
        of->stereo_end = in->is_stereo ? of->sound_end : of->stereo_end;
        of->wide_end = in->left != in->right ? of->sound_end : of->wide_end;
    }
}

static void run_part(convolution *of, const convolution_input *in, float *const *out,
                     uint32_t out_count, uint32_t count) {
    const float *const sides[CONVOLUTION_SIDES] = { in->left, in->right };
    note_sound(of, in, count);
    for (uint32_t index = 0; index < of->plan->level_count; index++) {
        gather(&of->rows[index], sides, count);
    }
    run_head(of, count, out, out_count);
    for (uint32_t side = 0; side < out_count; side++) {
        add_pending(of, side, out[side], count);
    }
    of->frame += count;
    for (uint32_t index = 1; index < of->plan->level_count; index++) {
        convolution_row *row = &of->rows[index];
        const convolution_level *level = &of->plan->levels[index];
        run_job(of, row, level, row->job.total * row->fill / level->block_frames);
        if (row->fill == level->block_frames) {
            begin_job(of, row, level);
        }
    }
}

void convolution_process(convolution *of, const convolution_input *in, float *const *out,
                         uint32_t out_count, uint32_t frames) {
    convolution_input rest = *in;
    float *planes[CONVOLUTION_SIDES] = { out[0], out_count > 1 ? out[1] : NULL };
    of->work_units = 0;
    while (frames > 0) {
        const uint32_t left = of->plan->step_frames - of->rows[0].fill;
        const uint32_t count = frames < left ? frames : left;
        run_part(of, &rest, planes, out_count, count);
        rest.left = rest.left != NULL ? rest.left + count : NULL;
        rest.right = rest.right != NULL ? rest.right + count : NULL;
        rest.sound_frames -= rest.sound_frames < count ? rest.sound_frames : count;
        for (uint32_t side = 0; side < out_count; side++) {
            planes[side] += count;
        }
        frames -= count;
    }
}
