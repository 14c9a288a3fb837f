/* Head-related responses: what is built from measurements, found between them, and convolved with.
 * Method: a made-up set whose spectra are known; convolution in double with the response that the set itself
 * gives for a direction; every shortcut against the long way, to the bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "kernels/hrtf_path.h"
#include "media/hrtf_build.h"
#include "memory/buffers.h"
#include "memory/hrtf_shelf.h"
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTION_COUNT = 60, MEASURED_FRAMES = 96, LENGTH_MAX = 1 << 14 };

static const double pi = 3.14159265358979323846;

/* -- a made-up set ------------------------------------------------------------------------------ */

typedef struct measured_set {
    float positions[DIRECTION_COUNT * 3];
    float responses[DIRECTION_COUNT * 2 * MEASURED_FRAMES];
    float delays[DIRECTION_COUNT * 2];
} measured_set;

static uint32_t random_state;
static double random_unit(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (double)random_state / 2147483648.0 - 1.0;
}

/* Points spread over the sphere, the first straight ahead; a click that comes later to the far ear, with a
 * little noise behind it; half of the delay in the file's own delays. */
static hrtf_measured make_measured(measured_set *set) {
    random_state = 1;
    for (uint32_t m = 0; m < DIRECTION_COUNT; m++) {
        const double z = 2.0 * (m + 0.5) / DIRECTION_COUNT - 1.0, angle = 2.399963229728653 * m;
        const double level = sqrt(1.0 - z * z);
        float *at = &set->positions[3 * m];
        at[0] = m == 0 ? 1.4f : (float)(1.4 * level * cos(angle));
        at[1] = m == 0 ? 0.0f : (float)(1.4 * level * sin(angle));
        at[2] = m == 0 ? 0.0f : (float)(1.4 * z);
        for (uint32_t ear = 0; ear < 2; ear++) {
            const double side = (double)at[1] / 1.4 * (ear == 0 ? 1.0 : -1.0);
            const double late = 16.0 - 12.0 * side;
            float *response = &set->responses[(2 * m + ear) * MEASURED_FRAMES];
            set->delays[2 * m + ear] = (float)floor(0.5 * late);
            const double onset = late - floor(0.5 * late) + 4.0;
            for (uint32_t n = 0; n < MEASURED_FRAMES; n++) {
                const double t = (double)n - onset;
                const double click = (1.2 + side) * exp(-t * t / 4.0);
                const double ring = t > 0.0 ? 0.05 * random_unit() * exp(-t / 12.0) : 0.0;
                response[n] = (float)(click + ring);
            }
        }
    }
    return (hrtf_measured){ .name = "made up",
                            .sample_rate_hz = 44100.0,
                            .direction_count = DIRECTION_COUNT,
                            .frame_count = MEASURED_FRAMES,
                            .positions = set->positions,
                            .responses = set->responses,
                            .delays = set->delays,
                            .has_delay_each = true };
}

static measured_set made_up;
static hrtf_measured measured;
static wa_engine *engine;

static const wa_hrtf_data *build(double rate_hz) {
    wa_hrtf_data *set = NULL;
    assert_int_equal(hrtf_build(engine, &measured, rate_hz, &set), WA_OK);
    return set;
}

static void give(const wa_hrtf_data *set) {
    resource_unreference(engine, &set->resource);
}

static int set_up(void **state) {
    (void)state;
    measured = make_measured(&made_up);
    return wa_engine_create(NULL, &engine) == WA_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    return wa_engine_destroy(engine) == WA_OK ? 0 : -1;
}

/* -- what is built ------------------------------------------------------------------------------ */

static double complex transform(const float *response, uint32_t frames, double turns_per_frame) {
    double complex sum = 0.0;
    for (uint32_t n = 0; n < frames; n++) {
        sum += (double)response[n] * cexp(-2.0 * pi * I * turns_per_frame * n);
    }
    return sum;
}

static double level_ahead(void) {
    double energy = 0.0;
    for (uint32_t n = 0; n < 2 * MEASURED_FRAMES; n++) {
        energy += (double)made_up.responses[n] * (double)made_up.responses[n];
    }
    return 1.0 / sqrt(energy);
}

/* What every direction and ear must be delayed by alike: taken from the first one's left ear, at a low
 * frequency. */
static double common_delay_s(const wa_hrtf_data *set, const float *response, uint32_t frames) {
    const double frequency_hz = 0.02 * fmin(44100.0, set->sample_rate_hz);
    const double complex got = transform(response, frames, frequency_hz / set->sample_rate_hz);
    const double complex put = transform(made_up.responses, MEASURED_FRAMES, frequency_hz / 44100.0) *
                               cexp(-2.0 * pi * I * frequency_hz / 44100.0 * made_up.delays[0]);
    const double turns = -carg(got / put) / (2.0 * pi);
    const double expected = 24.0 / 44100.0 * frequency_hz; /* to find the right number of whole turns */
    return (turns + round(expected - turns)) / frequency_hz;
}

/* What every direction and ear must be delayed by alike: taken from the first left ear, at a low frequency. */
static double check_measured(double rate_hz) {
    static float response[LENGTH_MAX];
    const wa_hrtf_data *set = build(rate_hz);
    const uint32_t frames = set->partition_count * HRTF_BLOCK_FRAMES;
    assert_true(frames <= LENGTH_MAX);
    double delay_s = 0.0, error = 0.0, energy = 0.0;
    for (uint32_t m = 0; m < DIRECTION_COUNT; m++) {
        const float direction[3] = { set->directions[0][m], set->directions[1][m],
                                     set->directions[2][m] };
        hrtf_blend blend;
        hrtf_find(set, direction, &blend);
        assert_int_equal(blend.count, 1);
        assert_int_equal(blend.indices[0], m);
        for (uint32_t ear = 0; ear < 2; ear++) {
            const uint32_t row = 2 * m + ear;
            hrtf_response(set, &blend, ear, 0, frames, response);
            delay_s = row == 0 ? common_delay_s(set, response, frames) : delay_s;
            for (double share = 0.01; share < 0.37; share += 0.013) {
                const double frequency_hz = share * fmin(rate_hz, 44100.0);
                const double late_s = delay_s + (double)made_up.delays[row] / 44100.0;
                const double complex want = level_ahead() *
                                            transform(&made_up.responses[row * MEASURED_FRAMES],
                                                      MEASURED_FRAMES, frequency_hz / 44100.0) *
                                            cexp(-2.0 * pi * I * frequency_hz * late_s);
                const double complex got = transform(response, frames, frequency_hz / rate_hz);
                error += cabs(got - want) * cabs(got - want);
                energy += cabs(want) * cabs(want);
            }
        }
    }
    assert_true(delay_s > 0.0 && delay_s < 30.0 / fmin(rate_hz, 44100.0));
    give(set);
    return 10.0 * log10(error / energy);
}

static void a_set_keeps_what_was_measured(void **state) {
    (void)state;
    static const double rates[] = { 8000.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0 };
    for (uint32_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const double error_db = check_measured(rates[i]);
        printf("hrtf: %g Hz: spectra %.1f dB\n", rates[i], error_db);
        assert_true(error_db < -53.0);
    }
}

static void a_set_is_as_loud_ahead_as_its_input(void **state) {
    (void)state;
    static float response[LENGTH_MAX];
    const wa_hrtf_data *set = build(44100.0);
    hrtf_blend blend;
    double energy = 0.0;
    hrtf_find(set, (const float[]){ 0.0f, 3.0f, 0.0f }, &blend);
    for (uint32_t ear = 0; ear < 2; ear++) {
        hrtf_response(set, &blend, ear, 0, set->tail_frames, response);
        for (uint32_t n = 0; n < set->tail_frames; n++) {
            energy += (double)response[n] * (double)response[n];
        }
    }
    assert_true(fabs(energy - 1.0) < 0.01);
    give(set);
}

/* -- what lies between -------------------------------------------------------------------------- */

static void between_directions_nothing_jumps(void **state) {
    (void)state;
    static float now[LENGTH_MAX], before[LENGTH_MAX];
    const wa_hrtf_data *set = build(48000.0);
    double largest = 0.0;
    for (uint32_t step = 0; step <= 7200; step++) { /* a tilted great circle */
        const double angle = 2.0 * pi * step / 7200.0;
        const float direction[3] = { (float)sin(angle), (float)(0.8 * cos(angle)),
                                     (float)(0.6 * cos(angle)) };
        hrtf_blend blend;
        hrtf_find(set, direction, &blend);
        double sum = 0.0, change = 0.0, energy = 0.0;
        assert_true(blend.count >= 1 && blend.count <= HRTF_NEAR_COUNT);
        for (uint32_t i = 0; i < blend.count; i++) {
            assert_true(blend.weights[i] >= 0.0f);
            sum += (double)blend.weights[i];
        }
        assert_true(fabs(sum - 1.0) < 1e-6);
        hrtf_response(set, &blend, 0, 0, set->tail_frames, now);
        for (uint32_t n = 0; n < set->tail_frames && step > 0; n++) {
            change += pow((double)now[n] - (double)before[n], 2.0);
            energy += pow((double)now[n], 2.0);
        }
        largest = fmax(largest, step > 0 ? change / energy : 0.0);
        memcpy(before, now, sizeof before);
    }
    printf("hrtf: 0.05 degrees change at most %.1f dB of a response\n", 10.0 * log10(largest));
    assert_true(largest < 0.01);
    give(set);
}

/* One direction alone serves all. */
static void a_set_may_be_small(void **state) {
    (void)state;
    for (uint32_t count = 1; count <= 8; count++) {
        wa_hrtf_data *set = NULL;
        hrtf_measured few = measured;
        few.direction_count = count;
        assert_int_equal(hrtf_build(engine, &few, 48000.0, &set), WA_OK);
        hrtf_blend blend;
        hrtf_find(set, (const float[]){ -0.5f, -0.5f, 0.7f }, &blend);
        float sum = 0.0f;
        for (uint32_t i = 0; i < blend.count; i++) {
            assert_true(blend.indices[i] < count);
            sum += blend.weights[i];
        }
        assert_true(fabsf(sum - 1.0f) < 1e-6f);
        give(set);
    }
}

/* -- convolution -------------------------------------------------------------------------------- */

typedef struct runner {
    const wa_hrtf_data *set;
    hrtf_path path;
    void *memory[2];
    uint64_t frame;
} runner;

static runner runner_make(const wa_hrtf_data *set, uint64_t frame) {
    runner made = { .set = set, .frame = frame };
    for (uint32_t ear = 0; ear < 2; ear++) {
        made.memory[ear] = malloc(hrtf_line_bytes(set->partition_count));
        memset(made.memory[ear], 0xff, hrtf_line_bytes(set->partition_count)); /* NaN */
    }
    return made;
}

static void runner_free(runner *of) {
    free(of->memory[0]);
    free(of->memory[1]);
}

typedef struct sound {
    float in[2][LENGTH_MAX], out[2][LENGTH_MAX];
} sound;

static sound sounds[2];

static void fill_noise(sound *of, uint32_t frames, uint32_t seed) {
    random_state = seed;
    for (uint32_t n = 0; n < frames; n++) {
        of->in[0][n] = (float)random_unit();
        of->in[1][n] = (float)random_unit();
    }
}

typedef struct quantum_job {
    uint32_t begin, frames;
    bool is_stereo, is_silent, is_first;
    float direction[3], gain;
} quantum_job;

static bool run(runner *of, sound *with, const quantum_job *wanted) {
    const uint32_t right = wanted->is_stereo ? 1 : 0;
    const hrtf_job job = {
        .set = of->set,
        .memory = of->memory,
        .in = { with->in[0] + wanted->begin, with->in[right] + wanted->begin },
        .is_stereo = wanted->is_stereo,
        .is_silent = wanted->is_silent,
        .is_first = wanted->is_first,
        .direction = { wanted->direction[0], wanted->direction[1], wanted->direction[2] },
        .gain = wanted->gain,
        .frame = of->frame,
        .frames = wanted->frames,
        .out = { with->out[0] + wanted->begin, with->out[1] + wanted->begin },
    };
    of->frame += wanted->frames;
    return hrtf_path_render(&of->path, &job);
}

static double convolution_error_db(const wa_hrtf_data *set, const float direction[3], const sound *of,
                                   bool is_stereo, uint32_t frames, double gain) {
    static float response[LENGTH_MAX];
    hrtf_blend blend;
    double error = 0.0, energy = 0.0;
    hrtf_find(set, direction, &blend);
    for (uint32_t ear = 0; ear < 2; ear++) {
        const float *in = of->in[is_stereo ? ear : 0];
        hrtf_response(set, &blend, ear, 0, set->tail_frames, response);
        for (uint32_t n = 0; n < frames; n++) {
            double want = 0.0;
            for (uint32_t k = 0; k < set->tail_frames && k <= n; k++) {
                want += (double)response[k] * (double)in[n - k];
            }
            want *= gain;
            error += ((double)of->out[ear][n] - want) * ((double)of->out[ear][n] - want);
            energy += want * want;
        }
    }
    return 10.0 * log10(error / energy);
}

static void it_convolves_whatever_the_quantum(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 1, 100, 127, 128, 129, 441, 512, 4096 };
    static const double rates[] = { 3000.0, 48000.0, 96000.0 };
    const float direction[3] = { 0.6f, -0.64f, 0.48f };
    double worst = -400.0;
    for (uint32_t rate = 0; rate < 3; rate++) {
        const wa_hrtf_data *set = build(rates[rate]);
        for (uint32_t size = 0; size < sizeof quanta / sizeof quanta[0]; size++) {
            const uint32_t quantum = quanta[size], count = (quantum == 1 ? 600 : 2500) / quantum + 1;
            const bool is_stereo = size % 2 == 1;
            fill_noise(&sounds[0], quantum * count, 3);
            runner of = runner_make(set, 1000 * size + 77); /* begins in the middle of a block */
            for (uint32_t q = 0; q < count; q++) {
                quantum_job job = {
                    .begin = q * quantum, .frames = quantum, .is_stereo = is_stereo, .gain = 0.7f
                };
                memcpy(job.direction, direction, sizeof direction);
                assert_true(run(&of, &sounds[0], &job));
            }
            const double error_db = convolution_error_db(set, direction, &sounds[0], is_stereo,
                                                         quantum * count, (double)0.7f);
            if (error_db > -125.0) {
                fail_msg("%g Hz, quantum %u: %.1f dB", rates[rate], quantum, error_db);
            }
            worst = fmax(worst, error_db);
            runner_free(&of);
        }
        give(set);
    }
    printf("hrtf: convolution %.1f dB at worst\n", worst);
}

/* -- shortcuts, to the bit ---------------------------------------------------------------------- */

/* Render the same quanta twice, once with `change` of each job, and compare. Where the sound is zeros both
 * ways of saying so are asked. */
typedef void (*change_fn)(uint32_t q, quantum_job *job);

static quantum_job common_job(uint32_t q, uint32_t quantum) {
    const double angle = 0.3 * (q / 3);
    return (quantum_job){ .begin = q * quantum,
                          .frames = quantum,
                          .direction = { (float)sin(angle), (float)cos(angle), 0.0f },
                          .gain = q % 5 == 0 ? 0.5f : 0.8f };
}

static void check_alike(uint32_t quantum, uint32_t count, change_fn first, change_fn second) {
    const wa_hrtf_data *set = build(48000.0);
    runner one = runner_make(set, 50), two = runner_make(set, 50);
    for (uint32_t q = 0; q < count; q++) {
        quantum_job a = common_job(q, quantum), b = a;
        first(q, &a);
        second(q, &b);
        run(&one, &sounds[0], &a);
        run(&two, &sounds[1], &b);
    }
    for (uint32_t ear = 0; ear < 2; ear++) {
        for (uint32_t n = 0; n < quantum * count; n++) {
            if (sounds[0].out[ear][n] != sounds[1].out[ear][n]) { /* -0 is 0 */
                fail_msg("quantum %u, frame %u (quantum %u): %.9g and %.9g", quantum, n, n / quantum,
                         (double)sounds[0].out[ear][n], (double)sounds[1].out[ear][n]);
            }
        }
    }
    runner_free(&one);
    runner_free(&two);
    give(set);
}

static void as_it_is(uint32_t q, quantum_job *job) {
    (void)q, (void)job;
}

static bool is_pause(uint32_t q) {
    return q % 16 > 1; /* long enough for all to die away, and to sound again after it */
}

static void say_silent(uint32_t q, quantum_job *job) {
    job->is_silent = is_pause(q);
}

static void silence_is_what_zeros_are(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 100, 128, 441 };
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t count = 36;
        for (uint32_t which = 0; which < 2; which++) {
            fill_noise(&sounds[which], quanta[i] * count, 9);
            for (uint32_t n = 0; n < quanta[i] * count; n++) {
                const float keep = is_pause(n / quanta[i]) ? 0.0f : 1.0f;
                sounds[which].in[0][n] *= keep;
                sounds[which].in[1][n] *= keep;
            }
        }
        check_alike(quanta[i], count, as_it_is, say_silent);
    }
}

static void say_stereo(uint32_t q, quantum_job *job) {
    job->is_stereo = q % 7 < 3;
}

static void two_equal_channels_are_one(void **state) {
    (void)state;
    for (uint32_t quantum = 100; quantum <= 200; quantum += 50) {
        for (uint32_t which = 0; which < 2; which++) {
            fill_noise(&sounds[which], quantum * 40, 21);
            memcpy(sounds[which].in[1], sounds[which].in[0], sizeof sounds[which].in[0]);
        }
        check_alike(quantum, 40, as_it_is, say_stereo);
    }
}

/* Waking from sleep is beginning anew, but for the place: that is taken at once. */
static void waking_is_like_the_first_time(void **state) {
    (void)state;
    const wa_hrtf_data *set = build(48000.0);
    fill_noise(&sounds[0], 64 * 128, 5);
    memcpy(&sounds[1], &sounds[0], sizeof sounds[1]);
    runner slept = runner_make(set, 0), fresh = runner_make(set, 30 * 128);
    for (uint32_t q = 0; q < 20; q++) {
        quantum_job job = common_job(q, 128);
        run(&slept, &sounds[0], &job);
    }
    slept.frame = 30 * 128;
    for (uint32_t q = 30; q < 50; q++) {
        quantum_job job = common_job(q, 128);
        run(&fresh, &sounds[1], &job);
        job.is_first = q == 30;
        run(&slept, &sounds[0], &job);
    }
    for (uint32_t ear = 0; ear < 2; ear++) {
        assert_memory_equal(sounds[0].out[ear] + 30 * 128, sounds[1].out[ear] + 30 * 128,
                            20 * 128 * sizeof(float));
    }
    /* Other memory: it has to begin anew too, whatever that memory holds. */
    runner moved = runner_make(set, slept.frame);
    void *const swap[2] = { slept.memory[0], slept.memory[1] };
    memcpy(slept.memory, moved.memory, sizeof slept.memory);
    memcpy(moved.memory, swap, sizeof moved.memory);
    quantum_job job = common_job(50, 128);
    run(&slept, &sounds[0], &job);
    runner anew = runner_make(set, 50 * 128);
    run(&anew, &sounds[1], &job);
    assert_memory_equal(sounds[0].out[0] + 50 * 128, sounds[1].out[0] + 50 * 128, 128 * sizeof(float));
    runner_free(&slept);
    runner_free(&fresh);
    runner_free(&moved);
    runner_free(&anew);
    give(set);
}

/* -- moving ------------------------------------------------------------------------------------- */

/* A low sine that jumps about the head, and grows and shrinks: the largest step between two frames. */
static double largest_step(uint32_t quantum, bool is_abrupt) {
    const wa_hrtf_data *set = build(48000.0);
    const uint32_t count = 8192 / quantum;
    runner of = runner_make(set, 0);
    for (uint32_t n = 0; n < quantum * count; n++) {
        sounds[0].in[0][n] = (float)sin(2.0 * pi * 100.0 / 48000.0 * n);
    }
    for (uint32_t q = 0; q < count; q++) {
        const double angle = 2.0 * (q * quantum / 512);
        const quantum_job job = { .begin = q * quantum,
                                  .frames = quantum,
                                  .direction = { (float)sin(angle), (float)cos(angle), 0.0f },
                                  .gain = q * quantum / 512 % 2 == 0 ? 1.0f : 0.3f };
        if (is_abrupt && q > 0) { /* as without a fade: what was steered to is there at once */
            of.path.fade_left = 0;
        }
        run(&of, &sounds[0], &job);
        if (is_abrupt) {
            of.path.fade_left = 0;
        }
    }
    double largest = 0.0;
    for (uint32_t n = 2048; n < quantum * count; n++) {
        for (uint32_t ear = 0; ear < 2; ear++) {
            const double step = (double)sounds[0].out[ear][n] - (double)sounds[0].out[ear][n - 1];
            largest = fmax(largest, fabs(step));
        }
    }
    runner_free(&of);
    give(set);
    return largest;
}

static void moving_does_not_click(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 16, 128, 256, 441 };
    for (uint32_t i = 0; i < sizeof quanta / sizeof quanta[0]; i++) {
        const double faded = largest_step(quanta[i], false);
        printf("hrtf: quantum %u: largest step %.4f\n", quanta[i], faded);
        assert_true(faded < 0.05);
    }
    const double abrupt = largest_step(16, true);
    printf("hrtf: without a fade %.4f\n", abrupt);
    assert_true(abrupt > 0.08); /* the bound means something */
}

/* -- ends --------------------------------------------------------------------------------------- */

static void the_tail_is_the_response(void **state) {
    (void)state;
    const wa_hrtf_data *set = build(48000.0);
    runner of = runner_make(set, 30);
    memset(&sounds[0], 0, sizeof sounds[0]);
    sounds[0].in[0][0] = 1.0f;
    uint32_t silent_from = 0;
    for (uint32_t q = 0; q < 20; q++) {
        quantum_job job = common_job(0, 100);
        job.begin = q * 100;
        job.is_silent = q > 0;
        const bool sounds_on = run(&of, &sounds[0], &job);
        silent_from = sounds_on ? (q + 1) * 100 : silent_from;
    }
    uint32_t last = 0;
    for (uint32_t n = 0; n < 2000; n++) {
        const double level = fmax(fabs((double)sounds[0].out[0][n]), fabs((double)sounds[0].out[1][n]));
        last = level > 1e-6 ? n : last;
        assert_true(n < silent_from || level == 0.0);
    }
    assert_true(last > 0 && last < set->tail_frames);
    assert_true(silent_from <= (set->partition_count + 2) * HRTF_BLOCK_FRAMES + 200);
    runner_free(&of);
    give(set);
}

static void poison_does_not_stick(void **state) {
    (void)state;
    const wa_hrtf_data *set = build(48000.0);
    const float poisons[] = { NAN, INFINITY, -3e38f };
    for (uint32_t i = 0; i < 3; i++) {
        runner of = runner_make(set, 0);
        fill_noise(&sounds[0], 128 * 20, 2);
        sounds[0].in[0][300] = poisons[i];
        sounds[0].in[1][310] = poisons[i];
        for (uint32_t q = 0; q < 20; q++) {
            quantum_job job = common_job(q, 128);
            job.is_stereo = q < 4;
            run(&of, &sounds[0], &job);
        }
        const uint32_t clean = (3 + set->partition_count + 1) * HRTF_BLOCK_FRAMES;
        for (uint32_t n = clean; n < 128 * 20; n++) {
            assert_true(isfinite(sounds[0].out[0][n]) && fabsf(sounds[0].out[0][n]) < 10.0f);
            assert_true(isfinite(sounds[0].out[1][n]) && fabsf(sounds[0].out[1][n]) < 10.0f);
        }
        runner_free(&of);
    }
    give(set);
}

/* -- measurements that make no sense ------------------------------------------------------------ */

static void nonsense_is_refused(void **state) {
    (void)state;
    static measured_set copy;
    static const struct {
        const char *word;
        wa_status status;
    } rows[] = {
        { "sample rate", WA_ERR_NOT_SUPPORTED }, { "sample rate", WA_ERR_NOT_SUPPORTED },
        { "directions", WA_ERR_NOT_SUPPORTED },  { "directions", WA_ERR_NOT_SUPPORTED },
        { "frames", WA_ERR_NOT_SUPPORTED },      { "frames", WA_ERR_NOT_SUPPORTED },
        { "not finite", WA_ERR_ENCODING },       { "not finite", WA_ERR_ENCODING },
        { "not finite", WA_ERR_ENCODING },       { "straight ahead", WA_ERR_ENCODING },
        { "straight ahead", WA_ERR_ENCODING },   { "apart", WA_ERR_NOT_SUPPORTED },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        hrtf_measured wrong = make_measured(&copy);
        wrong.sample_rate_hz = row == 0 ? 2999.0 : row == 1 ? (double)NAN : wrong.sample_rate_hz;
        wrong.direction_count = row == 2 ? 0 : row == 3 ? 16385 : wrong.direction_count;
        wrong.frame_count = row == 4 ? 0 : row == 5 ? 4411 : wrong.frame_count;
        copy.positions[4] = row == 6 ? INFINITY : copy.positions[4];
        copy.responses[333] = row == 7 ? NAN : copy.responses[333];
        copy.delays[7] = row == 8 ? -INFINITY : row == 11 ? 1e5f : copy.delays[7];
        if (row == 9) {
            memset(copy.responses, 0, sizeof copy.responses);
        } else if (row == 10) {
            memset(copy.positions, 0, sizeof copy.positions);
        }
        wa_memory_stats before, after;
        wa_hrtf_data *set = NULL;
        wa_engine_memory_stats(engine, &before);
        assert_int_equal(hrtf_build(engine, &wrong, 48000.0, &set), rows[row].status);
        if (strstr(wa_error_message(), rows[row].word) == NULL) {
            fail_msg("row %u: \"%s\" does not say \"%s\"", row, wa_error_message(), rows[row].word);
        }
        wa_engine_memory_stats(engine, &after);
        assert_int_equal(before.used_bytes, after.used_bytes);
    }
}

/* Responses nearer than the farthest are left out; silent ones are not, nor directions on one another. */
static void odd_sets_still_build(void **state) {
    (void)state;
    static measured_set odd;
    hrtf_measured from = make_measured(&odd);
    for (uint32_t axis = 0; axis < 3; axis++) {
        odd.positions[3 * 5 + axis] *= 0.5f;
        odd.positions[3 * 7 + axis] = odd.positions[3 * 8 + axis];
    }
    memset(&odd.responses[2 * 9 * MEASURED_FRAMES], 0, 2 * MEASURED_FRAMES * sizeof(float));
    wa_hrtf_data *set = NULL;
    assert_int_equal(hrtf_build(engine, &from, 48000.0, &set), WA_OK);
    assert_int_equal(set->direction_count, DIRECTION_COUNT - 1);
    for (uint32_t m = 0; m < set->direction_count; m++) {
        hrtf_blend blend;
        const float direction[3] = { set->directions[0][m], set->directions[1][m],
                                     set->directions[2][m] };
        hrtf_find(set, direction, &blend);
        assert_int_equal(blend.count, 1);
        assert_true(blend.delays_frames[0] >= HRTF_FRACTION_LEAD);
    }
    give(set);
    from.is_right_first = true; /* ears the other way round */
    wa_hrtf_data *swapped = NULL;
    assert_int_equal(hrtf_build(engine, &from, 48000.0, &swapped), WA_OK);
    from.is_right_first = false;
    assert_int_equal(hrtf_build(engine, &from, 48000.0, &set), WA_OK);
    assert_memory_equal(set->responses + 2 * set->response_stride,
                        swapped->responses + 3 * set->response_stride,
                        set->response_stride * sizeof(float));
    give(set);
    give(swapped);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_keeps_what_was_measured),
        cmocka_unit_test(a_set_is_as_loud_ahead_as_its_input),
        cmocka_unit_test(between_directions_nothing_jumps),
        cmocka_unit_test(a_set_may_be_small),
        cmocka_unit_test(it_convolves_whatever_the_quantum),
        cmocka_unit_test(silence_is_what_zeros_are),
        cmocka_unit_test(two_equal_channels_are_one),
        cmocka_unit_test(waking_is_like_the_first_time),
        cmocka_unit_test(moving_does_not_click),
        cmocka_unit_test(the_tail_is_the_response),
        cmocka_unit_test(poison_does_not_stick),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(odd_sets_still_build),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
