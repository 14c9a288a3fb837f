/* kernels/convolution: against the sum that defines it, in double. Rows are shapes of response and quantum;
 * scenes are what may arrive: noise, silence, stereo after mono, NaN. Evenness is tested by counting
 * work, not by time. */
#include "kernels/convolution.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDES = CONVOLUTION_SIDES, RESPONSES = CONVOLUTION_CHANNEL_COUNT_MAX };

static uint32_t random_state;
static float random_float(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(int32_t)random_state / 2147483648.0f;
}

static float *floats(uint64_t count) {
    float *memory = aligned_alloc(64, (count + 15) / 16 * 64);
    assert_non_null(memory);
    return memory;
}

/* -- a response, and a node's memory ------------------------------------------------------------- */

typedef struct subject {
    convolution_plan plan;
    float *response[RESPONSES], *spectra, *scratch;
    void *memory;
    convolution *of;
    uint32_t quantum;
    float *in[SIDES], *out[SIDES]; /* all that went in and came out, [capacity] */
    uint64_t frame, capacity;
    bool was_stereo; /* ever */
} subject;

static void fill_response(subject *s) {
    convolution_plan_fill(&s->plan, s->spectra, s->scratch, (const float *const *)s->response, 1.0f);
}

/* Its memory is full of NaN: nothing of it may count. */
static void begin_again(subject *s) {
    memset(s->memory, 0xff, convolution_bytes(&s->plan));
    s->of = convolution_begin(&s->plan, s->memory);
    s->frame = 0;
}

static void subject_init(subject *s, uint32_t channel_count, uint64_t frame_count, uint32_t quantum,
                         uint64_t capacity) {
    *s = (subject){ .quantum = quantum, .capacity = capacity + quantum };
    random_state = (uint32_t)frame_count * 7919u + quantum;
    convolution_plan_init(&s->plan, channel_count, frame_count, quantum);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        s->response[channel] = floats(frame_count);
        for (uint64_t frame = 0; frame < frame_count; frame++) {
            s->response[channel][frame] =
                random_float() * (float)exp(-3.0 * (double)frame / (double)frame_count);
        }
    }
    s->spectra = floats(convolution_plan_floats(&s->plan));
    s->scratch = floats(convolution_scratch_floats(&s->plan));
    s->memory = floats(convolution_bytes(&s->plan) / sizeof(float));
    for (uint32_t side = 0; side < SIDES; side++) {
        s->in[side] = floats(s->capacity);
        s->out[side] = floats(s->capacity);
    }
    fill_response(s);
    begin_again(s);
}

static void subject_free(subject *s) {
    for (uint32_t channel = 0; channel < s->plan.channel_count; channel++) {
        free(s->response[channel]);
    }
    free(s->spectra);
    free(s->scratch);
    free(s->memory);
    for (uint32_t side = 0; side < SIDES; side++) {
        free(s->in[side]);
        free(s->out[side]);
    }
}

typedef enum signal { SILENCE, MONO, LEFT_ONLY, STEREO } signal;

/* One quantum. It is handed over in planes of its own: inputs need no alignment, nothing else is read. */
static void render(subject *s, signal kind, float level) {
    const uint32_t frames = s->quantum;
    assert_true(s->frame + frames <= s->capacity);
    float *left = s->in[0] + s->frame, *right = s->in[1] + s->frame;
    for (uint32_t frame = 0; frame < frames; frame++) {
        left[frame] = kind == SILENCE ? 0.0f : level * random_float();
        right[frame] = kind == STEREO ? level * random_float() : kind == MONO ? left[frame] : 0.0f;
    }
    const convolution_input in = { .left = kind == SILENCE ? NULL : left,
                                   .right = kind == STEREO ? right
                                            : kind == MONO ? left
                                                           : NULL,
                                   .sound_frames = kind == SILENCE ? 0 : frames,
                                   .is_stereo = kind == STEREO };
    float *out[SIDES] = { s->out[0] + s->frame, s->out[1] + s->frame };
    convolution_process(s->of, &in, out, SIDES, frames);
    s->frame += frames;
}

static void render_frames(subject *s, signal kind, uint64_t frames) {
    for (uint64_t end = s->frame + frames; s->frame < end;) {
        render(s, kind, 1.0f);
    }
}

static double direct(const subject *s, uint32_t output, uint64_t frame) {
    const uint32_t terms = s->plan.channel_count == 4 ? 2 : 1;
    double sum = 0.0;
    for (uint32_t term = 0; term < terms; term++) {
        const float *x = s->in[terms == 2 ? term : output];
        const float *h = s->response[s->plan.channel_count == 1 ? 0 : 2 * term + output];
        for (uint64_t tap = 0; tap < s->plan.frame_count && tap <= frame; tap++) {
            sum += (double)h[tap] * (double)x[frame - tap];
        }
    }
    return sum;
}

/* Every step-th frame of what was rendered from `from` on, in dB. */
static double error_db(const subject *s, uint64_t from, uint64_t step) {
    double error = 0.0, energy = 1e-300;
    for (uint64_t frame = from; frame < s->frame; frame += step) {
        for (uint32_t side = 0; side < SIDES; side++) {
            const double want = direct(s, side, frame);
            error += pow((double)s->out[side][frame] - want, 2.0);
            energy += want * want;
        }
    }
    assert_true(isfinite(error));
    return error > 0.0 ? 10.0 * log10(error / energy) : -400.0;
}

static void assert_close(const subject *s, uint64_t from, uint64_t step) {
    const double db = error_db(s, from, step);
    if (!(db < -126.0)) {
        fail_msg("%u channels of %u frames, quantum %u: error %.1f dB", s->plan.channel_count,
                 (unsigned)s->plan.frame_count, s->quantum, db);
    }
}

/* -- rows --------------------------------------------------------------------------------------- */

typedef struct shape {
    uint32_t channel_count;
    uint64_t frame_count;
    uint32_t quantum;
} shape;

static const shape shapes[] = {
    { 1, 1, 128 },      { 2, 1, 1 },         { 4, 2, 128 },      { 1, 127, 128 },   { 2, 128, 128 },
    { 4, 129, 128 },    { 1, 255, 128 },     { 2, 1000, 128 },   { 4, 1000, 128 },  { 1, 4097, 128 },
    { 2, 20000, 128 },  { 4, 9000, 128 },    { 1, 1000, 1 },     { 2, 3000, 1 },    { 4, 700, 3 },
    { 2, 900, 16 },     { 1, 2500, 17 },     { 2, 5000, 31 },    { 2, 5000, 32 },   { 1, 5000, 33 },
    { 1, 1000, 100 },   { 2, 9000, 100 },    { 4, 4097, 441 },   { 2, 20000, 441 }, { 1, 129, 512 },
    { 2, 9000, 512 },   { 2, 1000, 4096 },   { 1, 30000, 4096 }, { 2, 9000, 4097 }, { 1, 20000, 5000 },
    { 4, 3000, 10000 }, { 2, 30000, 12288 },
};
enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

/* Mono, silence, left alone, stereo, silence, mono: each long enough to be heard with the next. */
static void every_shape_convolves(void **state) {
    (void)state;
    double worst = -400.0;
    for (uint32_t index = 0; index < SHAPE_COUNT; index++) {
        const shape *of = &shapes[index];
        const uint64_t part = of->frame_count / 3 + 600;
        subject s;
        subject_init(&s, of->channel_count, of->frame_count, of->quantum,
                     6 * (part + of->quantum) + of->frame_count);
        static const signal parts[] = { MONO, SILENCE, LEFT_ONLY, STEREO, SILENCE, MONO };
        for (uint32_t at = 0; at < 6; at++) {
            render_frames(&s, parts[at], part);
        }
        render_frames(&s, SILENCE, of->frame_count);
        const uint64_t step = 1 + s.frame * of->frame_count / 6000000;
        assert_close(&s, 0, step);
        worst = fmax(worst, error_db(&s, 0, step));
        subject_free(&s);
    }
    printf("convolution: worst of %d shapes %.1f dB\n", (int)SHAPE_COUNT, worst);
}

/* Half a second and more at once, all levels in use. */
static void long_responses_convolve(void **state) {
    (void)state;
    for (uint32_t channel_count = 1; channel_count <= 2; channel_count++) {
        subject s;
        subject_init(&s, channel_count, 100000, 128, 160000);
        assert_true(s.plan.level_count >= 3);
        render_frames(&s, STEREO, 150000);
        assert_close(&s, 0, 1511);
        subject_free(&s);
    }
}

/* -- levels ------------------------------------------------------------------------------------- */

/* Any response and quantum: parts join, blocks are whole steps, and a level has its time. */
static void levels_cover_the_response(void **state) {
    (void)state;
    static const uint32_t quanta[] = {
        1, 2, 31, 32, 33, 100, 128, 441, 1024, 4095, 4096, 4097, 100000
    };
    static const uint64_t lengths[] = { 1, 2, 64, 65, 255, 1000, 48000, 1440000, (uint64_t)1 << 40 };
    for (uint32_t q = 0; q < sizeof quanta / sizeof quanta[0]; q++) {
        for (uint32_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            convolution_plan plan;
            convolution_plan_init(&plan, 2, lengths[l], quanta[q]);
            uint64_t covered = 0;
            for (uint32_t index = 0; index < plan.level_count; index++) {
                const convolution_level *level = &plan.levels[index];
                assert_true(level->first_frame == covered);
                assert_true(index == 0 || level->first_frame == (uint64_t)2 * level->block_frames);
                assert_true(level->block_frames % plan.step_frames == 0);
                assert_true(level->block_frames <= level->transform.point_count);
                assert_true((uint64_t)level->slot_count * level->block_frames >=
                            level->end_frame - level->first_frame);
                covered = level->end_frame;
            }
            assert_true(covered == lengths[l]);
            assert_true(quanta[q] > CONVOLUTION_STEP_MAX || plan.step_frames % quanta[q] == 0);
        }
    }
}

/* -- silence ------------------------------------------------------------------------------------ */

/* The last frame of the response is the last that is heard, wherever in a quantum the sound ended. */
static void tails_are_exact(void **state) {
    (void)state;
    static const uint32_t lengths[] = { 1, 2, 127, 128, 129, 1000, 3000 };
    for (uint32_t row = 0; row < sizeof lengths / sizeof lengths[0]; row++) {
        for (uint32_t at = 0; at < 128; at += 127) {
            subject s;
            subject_init(&s, 1, lengths[row], 128, 5000);
            float plane[128] = { 0 }, heard[128];
            plane[at] = 1.0f;
            convolution_input in = { plane, plane, at + 1, false };
            uint64_t ended = 0;
            for (uint64_t frame = 128; ended == 0; frame += 128) {
                convolution_process(s.of, &in, (float *[]){ heard }, 1, 128);
                in = (convolution_input){ 0 };
                ended = convolution_rings(s.of) ? 0 : frame;
            }
            assert_int_equal(ended, (at + lengths[row] + 127) / 128 * 128);
            subject_free(&s);
        }
    }
}

/* Nothing that sounded is within reach of a level: it has nothing to do. And zeros cost less than noise. */
static void silence_is_cheap(void **state) {
    (void)state;
    subject s;
    subject_init(&s, 2, 20000, 128, 80000);
    render_frames(&s, STEREO, 30000);
    const uint64_t sounding = s.of->work_units;
    render_frames(&s, SILENCE, 15000);
    assert_true(s.of->work_units < sounding / 4);
    render_frames(&s, SILENCE, 30000);
    assert_int_equal(s.of->work_units, 0);
    subject_free(&s);
}

/* A response that begins late, or ends early: blocks of zeros are left out. */
static void zeros_of_a_response_cost_nothing(void **state) {
    (void)state;
    static const struct {
        uint32_t begin[2], end[2]; /* what is not zero */
    } parts[] = { { { 0, 0 }, { 20000, 20000 } },
                  { { 15000, 14000 }, { 20000, 20000 } },
                  { { 0, 0 }, { 15000, 14000 } } };
    uint64_t units[3];
    for (uint32_t row = 0; row < 3; row++) {
        subject s;
        subject_init(&s, 2, 20000, 128, 60000);
        for (uint32_t side = 0; side < 2; side++) {
            const uint32_t begin = parts[row].begin[side], end = parts[row].end[side];
            memset(s.response[side], 0, begin * sizeof(float));
            memset(s.response[side] + end, 0, (20000 - end) * sizeof(float));
        }
        fill_response(&s);
        begin_again(&s);
        render_frames(&s, STEREO, 50000);
        assert_close(&s, 0, 1009);
        units[row] = s.of->work_units;
        subject_free(&s);
    }
    assert_true(units[1] < units[0] * 3 / 4);
    assert_true(units[2] < units[0] - units[0] / 20);
}

/* A response of zeros is silence, and a sum of nothing. */
static void zero_responses_cost_nothing(void **state) {
    (void)state;
    subject s;
    subject_init(&s, 1, 5000, 128, 20000);
    memset(s.response[0], 0, 5000 * sizeof(float));
    fill_response(&s);
    begin_again(&s);
    render_frames(&s, MONO, 15000);
    assert_int_equal(s.of->work_units, 0);
    for (uint64_t frame = 0; frame < s.frame; frame++) {
        assert_true(s.out[0][frame] == 0.0f && s.out[1][frame] == 0.0f);
    }
    subject_free(&s);
}

/* -- sides -------------------------------------------------------------------------------------- */

/* A mono past costs one side, whatever comes later; one of a stereo past still in reach costs both. */
static void mono_costs_half(void **state) {
    (void)state;
    subject s;
    subject_init(&s, 1, 9000, 128, 80000);
    render_frames(&s, MONO, 20000);
    const uint64_t mono = s.of->work_units;
    assert_memory_equal(s.out[0], s.out[1], s.frame * sizeof(float));
    render_frames(&s, STEREO, 20000);
    assert_true(s.of->work_units > mono * 3 / 2);
    assert_true(convolution_is_stereo(s.of));
    render_frames(&s, MONO, 9000 - 128);
    assert_true(convolution_is_stereo(s.of));
    render_frames(&s, MONO, 128);
    assert_false(convolution_is_stereo(s.of));
    render_frames(&s, MONO, 20000);
    assert_true(s.of->work_units < mono * 21 / 20);
    assert_close(&s, 0, 509);
    subject_free(&s);
}

/* -- evenness ----------------------------------------------------------------------------------- */

static void work_is_even(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        uint64_t frame_count;
        uint32_t quantum;
        double ratio_max;
    } cases[] = {
        { 1, 48000, 128, 1.05 }, { 2, 48000, 128, 1.05 },   { 4, 48000, 128, 1.05 },
        { 2, 96000, 128, 1.05 }, { 2, 288000, 128, 1.05 },  { 2, 48000, 100, 1.05 },
        { 2, 48000, 441, 1.05 }, { 2, 200000, 4096, 1.05 },
    };
    for (uint32_t row = 0; row < sizeof cases / sizeof cases[0]; row++) {
        const uint32_t quantum = cases[row].quantum;
        subject s;
        subject_init(&s, cases[row].channel_count, cases[row].frame_count, quantum, quantum);
        const uint64_t warm = 2 * cases[row].frame_count / quantum;
        uint64_t worst = 0, sum = 0, count = 0;
        for (uint64_t at = 0; at < 3 * warm; at++) {
            s.frame = 0;
            render(&s, STEREO, 1.0f);
            if (at >= warm) {
                worst = s.of->work_units > worst ? s.of->work_units : worst;
                sum += s.of->work_units;
                count++;
            }
        }
        const double ratio = (double)worst * (double)count / (double)sum;
        if (ratio > cases[row].ratio_max) {
            fail_msg("%u frames, quantum %u: the worst quantum has %.3f of the average work",
                     (unsigned)cases[row].frame_count, quantum, ratio);
        }
        subject_free(&s);
    }
}

/* While it fills up, no quantum costs more than once it is full. */
static void work_only_grows(void **state) {
    (void)state;
    subject s;
    subject_init(&s, 2, 48000, 128, 128);
    uint64_t worst = 0, full = 0;
    for (uint64_t at = 0; at < 1500; at++) {
        s.frame = 0;
        render(&s, STEREO, 1.0f);
        worst = at < 750 && s.of->work_units > worst ? s.of->work_units : worst;
        full = s.of->work_units > full ? s.of->work_units : full;
    }
    assert_true(worst <= full);
    subject_free(&s);
}

/* -- the same bits ------------------------------------------------------------------------------ */

/* Begun again in the memory of another life: not a bit is different. */
static void beginning_again_is_exact(void **state) {
    (void)state;
    subject s, t;
    subject_init(&s, 2, 9000, 128, 40000);
    subject_init(&t, 2, 9000, 128, 40000);
    render_frames(&s, STEREO, 30000);
    s.of = convolution_begin(&s.plan, s.memory);
    s.frame = 0;
    random_state = 99;
    render_frames(&s, STEREO, 20000);
    random_state = 99;
    render_frames(&t, STEREO, 20000);
    assert_memory_equal(s.out[0], t.out[0], t.frame * sizeof(float));
    assert_memory_equal(s.out[1], t.out[1], t.frame * sizeof(float));
    subject_free(&s);
    subject_free(&t);
}

/* One output or two: the first is the same, and the second is there when it is asked for. */
static void outputs_do_not_matter(void **state) {
    (void)state;
    subject s, t;
    subject_init(&s, 1, 5000, 128, 40000);
    subject_init(&t, 1, 5000, 128, 40000);
    random_state = 5;
    render_frames(&s, MONO, 20000);
    render_frames(&s, STEREO, 10000);
    random_state = 5;
    while (t.frame < s.frame) {
        if (t.frame >= 20096) {
            render(&t, STEREO, 1.0f);
            continue;
        }
        for (uint32_t frame = 0; frame < 128; frame++) {
            t.in[0][t.frame + frame] = t.in[1][t.frame + frame] = random_float();
        }
        const float *plane = t.in[0] + t.frame;
        const convolution_input in = { plane, plane, 128, false };
        convolution_process(t.of, &in, (float *[]){ t.out[0] + t.frame }, 1, 128);
        t.frame += 128;
    }
    assert_memory_equal(s.out[0], t.out[0], s.frame * sizeof(float));
    assert_memory_equal(s.out[1] + 20096, t.out[1] + 20096, (s.frame - 20096) * sizeof(float));
    subject_free(&s);
    subject_free(&t);
}

/* -- what must not stick ------------------------------------------------------------------------ */

static void nan_leaves(void **state) {
    (void)state;
    static const float poisons[] = { NAN, INFINITY, 3e38f };
    static const uint32_t quanta[] = { 1, 128, 441, 4097 };
    for (uint32_t poison = 0; poison < 3; poison++) {
        for (uint32_t row = 0; row < 4; row++) {
            const uint64_t length = 6000;
            subject s;
            subject_init(&s, 1, length, quanta[row], 60000);
            const uint32_t level_count = s.plan.level_count;
            const uint64_t block = s.plan.levels[level_count - 1].block_frames;
            render_frames(&s, STEREO, 1000);
            const uint64_t at = s.frame;
            render(&s, MONO, poisons[poison]);
            assert_true(poison == 2 || !isfinite(s.out[0][at + quanta[row] - 1]));
            render_frames(&s, STEREO, length + 2 * block);
            memset(s.in[0] + at, 0, quanta[row] * sizeof(float)); /* long gone */
            memset(s.in[1] + at, 0, quanta[row] * sizeof(float));
            const uint64_t from = s.frame;
            render_frames(&s, STEREO, 2000);
            assert_close(&s, from, 53);
            subject_free(&s);
        }
    }
}

/* -- responses ---------------------------------------------------------------------------------- */

static void responses_are_compared_to_the_bit(void **state) {
    (void)state;
    subject s;
    subject_init(&s, 2, 9000, 128, 128);
    const float *const *planes = (const float *const *)s.response;
    assert_true(convolution_plan_matches(&s.plan, s.scratch, planes, 1.0f));
    assert_false(convolution_plan_matches(&s.plan, s.scratch, planes, 0.5f));
    static const uint64_t frames[] = { 0, 1023, 1024, 8999 };
    for (uint32_t row = 0; row < 4; row++) {
        const float before = s.response[1][frames[row]];
        s.response[1][frames[row]] = before + 0.25f;
        assert_false(convolution_plan_matches(&s.plan, s.scratch, planes, 1.0f));
        s.response[1][frames[row]] = before;
    }
    assert_true(convolution_plan_matches(&s.plan, s.scratch, planes, 1.0f));
    subject_free(&s);
}

static void normalization_follows_the_text(void **state) {
    (void)state;
    float ones[4][8], nan[8] = { NAN }, zeros[8] = { 0 };
    const float *planes[4], *nans[1] = { nan }, *nothing[1] = { zeros };
    for (uint32_t channel = 0; channel < 4; channel++) {
        for (uint32_t frame = 0; frame < 8; frame++) {
            ones[channel][frame] = channel % 2 == 0 ? 0.5f : -0.5f;
        }
        planes[channel] = ones[channel];
    }
    const double scale = 0.00125 / 0.5, floor_scale = 0.00125 / 0.000125;
    assert_float_equal(convolution_normalization(planes, 1, 8, 44100.0f), scale, 1e-9);
    assert_float_equal(convolution_normalization(planes, 2, 8, 48000.0f), scale * 44100 / 48000, 1e-9);
    assert_float_equal(convolution_normalization(planes, 4, 8, 22050.0f), scale * 2 * 0.5, 1e-9);
    assert_float_equal(convolution_normalization(nothing, 1, 8, 44100.0f), floor_scale, 1e-6);
    assert_float_equal(convolution_normalization(nans, 1, 8, 44100.0f), floor_scale, 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_convolves),
        cmocka_unit_test(long_responses_convolve),
        cmocka_unit_test(levels_cover_the_response),
        cmocka_unit_test(tails_are_exact),
        cmocka_unit_test(silence_is_cheap),
        cmocka_unit_test(zeros_of_a_response_cost_nothing),
        cmocka_unit_test(zero_responses_cost_nothing),
        cmocka_unit_test(mono_costs_half),
        cmocka_unit_test(work_is_even),
        cmocka_unit_test(work_only_grows),
        cmocka_unit_test(beginning_again_is_exact),
        cmocka_unit_test(outputs_do_not_matter),
        cmocka_unit_test(nan_leaves),
        cmocka_unit_test(responses_are_compared_to_the_bit),
        cmocka_unit_test(normalization_follows_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
