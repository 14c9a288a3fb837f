/* AudioBufferSourceNode against the playback algorithm of Web Audio 1.1, "Playback of AudioBuffer
 * Contents", frame by frame in seconds and double. Rates and times are binary fractions, for which the
 * algorithm's own sums are exact, so that every wrap and end is decided without doubt. */
#include "harness.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_buffer_source;

enum { FRAMES = 2000, LATER = 1000, CHANNELS_MAX = 3 };
static const double context_hz = 32768.0;

/* -- Buffers ----------------------------------------------------------------------------------- */

static wa_buffer_data *buffer_make(uint32_t channel_count, uint64_t frame_count, float rate_hz) {
    wa_buffer_data *buffer = calloc(1, sizeof *buffer);
    assert_non_null(buffer);
    buffer->resource.kind = WA_RESOURCE_BUFFER;
    buffer->channel_count = channel_count;
    buffer->sample_rate_hz = rate_hz;
    buffer->frame_count = frame_count;
    for (uint32_t channel = 0; channel < channel_count; channel++) { /* to the byte: no guard behind */
        buffer->planes[channel] = malloc(frame_count * sizeof(float));
        assert_non_null(buffer->planes[channel]);
        harness_noise(channel + 1, buffer->planes[channel], (uint32_t)frame_count);
    }
    return buffer;
}

static void buffer_free(wa_buffer_data *buffer) {
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        free(buffer->planes[channel]);
    }
    free(buffer->first_int16);
    free(buffer);
}

/* The samples of a buffer as 16 bits; the buffer itself is left with what those say. */
static wa_buffer_data *int16_twin(wa_buffer_data *of) {
    wa_buffer_data *twin = calloc(1, sizeof *twin);
    assert_non_null(twin);
    *twin = *of;
    twin->storage = WA_BUFFER_STORAGE_INT16;
    twin->stride_int16_frames = of->frame_count;
    twin->first_int16 = malloc(of->channel_count * of->frame_count * sizeof(int16_t));
    assert_non_null(twin->first_int16);
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        twin->planes[channel] = NULL;
        for (uint64_t frame = 0; frame < of->frame_count; frame++) {
            const int16_t sample = (int16_t)lrintf(of->planes[channel][frame] * 32767.0f);
            buffer_plane_int16(twin, channel)[frame] = sample;
            of->planes[channel][frame] = (float)sample / 32768.0f;
        }
    }
    return twin;
}

/* -- Scenarios --------------------------------------------------------------------------------- */

/* What can change while it plays. */
typedef struct setting {
    double rate, detune_cents; /* binary fractions; whole octaves */
    bool loop;
    double loop_start_s, loop_end_s;
} setting;

typedef struct scenario {
    const wa_buffer_data *buffer;
    double start_frame, stop_frame; /* of the context; stop 0: never */
    double offset_s, duration_s;    /* duration below 0: to the end */
    setting now, later;             /* later: from frame LATER on */
} scenario;

/* -- The oracle -------------------------------------------------------------------------------- */

typedef struct loop_points {
    double start_s, end_s;
} loop_points;

static double duration_of(const wa_buffer_data *buffer) {
    return (double)buffer->frame_count / (double)buffer->sample_rate_hz;
}

static loop_points actual_loop(const setting *set, double duration_s) {
    loop_points actual = { 0.0, duration_s };
    if (set->loop_start_s >= 0.0 && set->loop_end_s > 0.0 && set->loop_start_s < set->loop_end_s) {
        actual.start_s = set->loop_start_s;
        actual.end_s = fmin(set->loop_end_s, duration_s);
    }
    if (actual.start_s >= actual.end_s) { /* ours: the text would wrap without end */
        actual = (loop_points){ 0.0, duration_s };
    }
    return actual;
}

/* Points of the polygon that is heard: the frames, and beyond the last one the same slope. */
static double polygon(const wa_buffer_data *buffer, uint32_t channel, double frames) {
    const float *plane = buffer->planes[channel];
    const double last = (double)buffer->frame_count - 1.0;
    const double left = fmin(floor(frames), fmax(0.0, last - 1.0));
    const double here = (double)plane[(uint64_t)left];
    const double next = last > 0.0 ? (double)plane[(uint64_t)left + 1] : here;
    return here + (frames - left) * (next - here);
}

static double playback_signal(const wa_buffer_data *buffer, uint32_t channel, double position_s,
                              const loop_points *loop) {
    const double frames = position_s * (double)buffer->sample_rate_hz;
    if (loop == NULL) {
        return polygon(buffer, channel, frames);
    }
    const double start = loop->start_s * (double)buffer->sample_rate_hz;
    const double end = loop->end_s * (double)buffer->sample_rate_hz;
    if (floor(frames) + 1.0 < end) {
        return polygon(buffer, channel, frames);
    }
    const double left = fmax(floor(frames), start); /* the last point in the loop; then its start */
    const double from = polygon(buffer, channel, left), to = polygon(buffer, channel, start);
    return from + (to - from) * (frames - left) / (end - left);
}

/* process() of the specification for one scenario; what is ours is said. */
static void play(const scenario *s, double out[CHANNELS_MAX][FRAMES]) {
    const double duration_s = duration_of(s->buffer), dt = 1.0 / context_hz;
    const double start_s = s->start_frame * dt,
                 stop_s = s->stop_frame > 0.0 ? s->stop_frame * dt : HUGE_VAL;
    double offset_s = fmin(s->offset_s, duration_s), time_s = 0.0, position_s = 0.0, elapsed_s = 0.0;
    bool has_started = false, has_entered = false;
    memset(out, 0, sizeof(double) * CHANNELS_MAX * FRAMES);
    for (uint32_t n = 0; n < FRAMES; n++, time_s += dt) {
        const setting *set = n < LATER ? &s->now : &s->later;
        const double rate = set->rate * exp2(set->detune_cents / 1200.0);
        const loop_points loop = actual_loop(set, duration_s);
        has_entered = has_entered && set->loop;
        if (time_s < start_s || time_s >= stop_s ||
            (s->duration_s >= 0.0 && elapsed_s >= s->duration_s))
            continue;
        double late_s = 0.0;
        if (!has_started) {
            if (set->loop && rate >= 0.0 && offset_s >= loop.end_s)
                offset_s = loop.end_s;
            if (set->loop && rate < 0.0 && offset_s < loop.start_s)
                offset_s = loop.start_s;
            position_s = offset_s;
            late_s = time_s - start_s; /* ours: "when" is not rounded to a frame */
        }
        for (int pass = has_started ? 1 : 0; pass < 2; pass++) {
            if (set->loop && ((offset_s < loop.end_s && position_s >= loop.start_s) ||
                              (offset_s >= loop.end_s && position_s < loop.end_s)))
                has_entered = true;
            if (pass == 0) { /* from the exact start to its first frame */
                position_s += late_s * rate;
                elapsed_s += late_s * fabs(rate);
                has_started = true;
            }
        }
        while (has_entered && position_s >= loop.end_s)
            position_s -= loop.end_s - loop.start_s;
        while (has_entered && position_s < loop.start_s)
            position_s += loop.end_s - loop.start_s;
        if (s->duration_s >= 0.0 && elapsed_s >= s->duration_s)
            continue;
        for (uint32_t c = 0; c < s->buffer->channel_count; c++) {
            if (position_s >= 0.0 && position_s < duration_s)
                out[c][n] = playback_signal(s->buffer, c, position_s, has_entered ? &loop : NULL);
        }
        position_s += dt * rate;
        elapsed_s += dt * fabs(rate); /* ours: backwards counts too */
        const bool is_in_loop =
            set->loop && (has_entered || (offset_s < loop.end_s ? position_s >= loop.start_s
                                                                : position_s < loop.end_s));
        if (!is_in_loop &&
            ((rate > 0.0 && position_s >= duration_s) || (rate < 0.0 && position_s < 0.0)))
            return; /* ours: the end of the buffer is the end, even if the rate were to turn */
    }
}

/* -- The node ---------------------------------------------------------------------------------- */

static void apply(harness *node, const setting *set) {
    harness_param(node, WA_BUFFER_SOURCE_PLAYBACK_RATE, (float)set->rate);
    harness_param(node, WA_BUFFER_SOURCE_DETUNE, (float)set->detune_cents);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP, set->loop), WA_OK);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP_START, set->loop_start_s), WA_OK);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP_END, set->loop_end_s), WA_OK);
}

static uint32_t clip(double frame, uint64_t quantum_frame, uint32_t frames) {
    const double at = ceil(frame) - (double)quantum_frame;
    return at <= 0.0 ? 0 : at >= frames ? frames : (uint32_t)at;
}

/* One quantum as the engine would: only while it plays. */
static void render_quantum(harness *node, const scenario *s, float out[CHANNELS_MAX][FRAMES]) {
    const uint32_t quantum = node->quantum.frame_count;
    const uint64_t at = node->quantum.frame;
    const uint32_t begin = clip(s->start_frame, at, quantum);
    const uint32_t end = s->stop_frame > 0.0 ? clip(s->stop_frame, at, quantum) : quantum;
    if (begin >= end || node->instance.has_ended) {
        harness_sleep(node, 1);
        return;
    }
    harness_render_source(node, begin, end, s->start_frame);
    assert_int_equal(node->outputs[0].channel_count, s->buffer->channel_count);
    for (uint32_t c = 0; c < s->buffer->channel_count; c++) {
        for (uint32_t i = 0; i < quantum && at + i < FRAMES; i++) {
            out[c][at + i] = node->outputs[0].planes[c][i];
        }
    }
}

static bool render(const scenario *s, uint32_t quantum_frames, uint32_t frames,
                   float out[CHANNELS_MAX][FRAMES]) {
    harness *node = harness_create(&wa_node_class_buffer_source,
                                   &(harness_desc){ .sample_rate_hz = context_hz,
                                                    .quantum_frames = quantum_frames,
                                                    .resource = &s->buffer->resource });
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_OFFSET, s->offset_s), WA_OK);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_DURATION, s->duration_s), WA_OK);
    memset(out, 0, sizeof(float) * CHANNELS_MAX * FRAMES);
    apply(node, &s->now);
    while (node->quantum.frame < frames) {
        if (node->quantum.frame == LATER) {
            apply(node, &s->later);
        }
        render_quantum(node, s, out);
    }
    const bool has_ended = node->instance.has_ended;
    harness_destroy(node);
    return has_ended;
}

static double largest_error(const scenario *s, float got[CHANNELS_MAX][FRAMES]) {
    static double want[CHANNELS_MAX][FRAMES];
    double worst = 0.0;
    play(s, want);
    for (uint32_t c = 0; c < s->buffer->channel_count; c++) {
        for (uint32_t n = 0; n < FRAMES; n++) {
            assert_true(isfinite(got[c][n]));
            worst = fmax(worst, fabs((double)got[c][n] - want[c][n]));
        }
    }
    return worst;
}

/* -- Chosen scenarios -------------------------------------------------------------------------- */

#define S(frames) ((frames) / 32768.0)

typedef enum chosen_buffer { STEREO, HALF_RATE, ONE_FRAME, LONG, BUFFER_COUNT } chosen_buffer;
static const struct chosen {
    const char *what;
    chosen_buffer buffer;
    double start_frame, offset_s, duration_s;
    setting set;
    bool has_ended;
} chosen[] = {
    { "once", STEREO, 10.0, 0.0, -1.0, { .rate = 1.0 }, true },
    { "between frames", STEREO, 10.25, 0.0, -1.0, { .rate = 1.0 }, true },
    { "half speed", STEREO, 0.0, 0.0, -1.0, { .rate = 0.5 }, true },
    { "octave up", STEREO, 0.0, 0.0, -1.0, { .rate = 1.0, .detune_cents = 1200.0 }, true },
    { "half its rate", HALF_RATE, 3.5, 0.0, -1.0, { .rate = 1.0 }, true },
    { "offset", STEREO, 0.0, S(50.5), -1.0, { .rate = 1.0 }, true },
    { "offset past the end", STEREO, 0.0, S(500.0), -1.0, { .rate = 1.0 }, true },
    { "duration", STEREO, 0.0, 0.0, S(20.0), { .rate = 0.5 }, true },
    { "no duration", STEREO, 0.0, 0.0, 0.0, { .rate = 1.0 }, true },
    { "duration backwards", STEREO, 0.0, S(150.0), S(20.0), { .rate = -1.0 }, true },
    { "backwards from the end", STEREO, 0.5, S(200.0), -1.0, { .rate = -1.0 }, true },
    { "backwards from the start", STEREO, 0.0, 0.0, -1.0, { .rate = -1.0 }, true },
    { "standing", STEREO, 0.0, S(7.25), S(1.0), { .rate = 0.0 }, false },
    { "standing at the end", STEREO, 0.0, S(200.0), -1.0, { .rate = 0.0 }, false },
    { "far too fast", STEREO, 0.0, 0.0, -1.0, { .rate = 1e30 }, true },
    { "loop", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, 0.0, 0.0 }, false },
    { "loop, half speed", STEREO, 0.0, 0.0, -1.0, { 0.5, 0.0, true, 0.0, 0.0 }, false },
    { "loop inside", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(20.0), S(50.0) }, false },
    { "loop of fractions", STEREO, 0.75, 0.0, -1.0, { 0.75, 0.0, true, S(20.25), S(50.5) }, false },
    { "loop below a frame", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(20.25), S(20.5) }, false },
    { "loop across one frame", STEREO, 0.0, 0.0, -1.0, { 0.125, 0.0, true, S(20.5), S(21.5) }, false },
    { "loop backwards", STEREO, 0.0, S(30.0), -1.0, { -1.0, 0.0, true, S(20.0), S(50.0) }, false },
    { "loop from behind", STEREO, 0.0, S(90.0), -1.0, { -1.5, 0.0, true, S(20.0), S(50.0) }, false },
    { "backwards before the loop",
      STEREO,
      0.5,
      S(9.0),
      -1.0,
      { -1.0, 0.0, true, S(20.0), S(50.0) },
      false },
    { "forwards after the loop",
      STEREO,
      0.0,
      S(90.0),
      -1.0,
      { 1.0, 0.0, true, S(20.0), S(50.0) },
      true },
    { "offset at the end of all", STEREO, 0.0, S(200.0), -1.0, { 1.0, 0.0, true, 0.0, 0.0 }, true },
    { "loop points equal", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(30.0), S(30.0) }, false },
    { "loop points reversed", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(50.0), S(20.0) }, false },
    { "loop start negative", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(-5.0), S(20.0) }, false },
    { "loop end past the end", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(150.0), S(900.0) }, false },
    { "loop past the end", STEREO, 0.0, 0.0, -1.0, { 1.0, 0.0, true, S(500.0), S(900.0) }, false },
    { "loop start at the end", STEREO, 0.0, 0.0, -1.0, { -1.0, 0.0, true, S(200.0), S(900.0) }, false },
    { "loop with duration", STEREO, 0.5, 0.0, S(333.25), { 1.0, 0.0, true, S(20.0), S(50.0) }, true },
    { "steps beyond the loop", STEREO, 0.0, 0.0, -1.0, { 333.0, 0.0, true, S(20.0), S(50.5) }, false },
    { "strides", LONG, 0.5, 0.0, -1.0, { .rate = 1023.5 }, true },
    { "strides backwards", LONG, 0.0, S(1048576.0), -1.0, { .rate = -700.25 }, true },
    { "long strides", LONG, 0.0, 0.0, -1.0, { 40000.5, 0.0, true, S(7.0), S(1000000.25) }, false },
    { "one frame", ONE_FRAME, 0.0, 0.0, -1.0, { .rate = 0.25 }, true },
    { "one frame, looped", ONE_FRAME, 0.5, 0.0, -1.0, { -0.3125, 0.0, true, 0.0, 0.0 }, false },
};

static void chosen_scenarios(void **state) {
    (void)state;
    static float got[CHANNELS_MAX][FRAMES];
    wa_buffer_data *buffers[] = { [STEREO] = buffer_make(2, 200, 32768.0f),
                                  [HALF_RATE] = buffer_make(1, 200, 16384.0f),
                                  [ONE_FRAME] = buffer_make(1, 1, 32768.0f),
                                  [LONG] = buffer_make(1, 1 << 20, 32768.0f) };
    for (size_t row = 0; row < sizeof chosen / sizeof chosen[0]; row++) {
        const scenario s = { .buffer = buffers[chosen[row].buffer],
                             .start_frame = chosen[row].start_frame,
                             .offset_s = chosen[row].offset_s,
                             .duration_s = chosen[row].duration_s,
                             .now = chosen[row].set,
                             .later = chosen[row].set };
        const bool has_ended = render(&s, 128, FRAMES, got);
        const double error = largest_error(&s, got);
        if (error > 1e-6 || has_ended != chosen[row].has_ended) {
            printf("%s: error %g, ended %d\n", chosen[row].what, error, has_ended);
        }
        assert_true(error <= 1e-6);
        assert_int_equal(has_ended, chosen[row].has_ended);
    }
    for (uint32_t i = 0; i < BUFFER_COUNT; i++) {
        buffer_free(buffers[i]);
    }
}

/* -- Random scenarios -------------------------------------------------------------------------- */

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t bound) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * bound) >> 32);
}

/* Seconds: a binary fraction of a frame up to `frames`. */
static double random_time(uint64_t frames) {
    const double whole = (double)random_below((uint32_t)frames * 3 / 2 + 2);
    return (whole + (random_below(2) == 0 ? 0.0 : random_below(64) / 64.0)) / 65536.0;
}

static setting random_setting(uint64_t frames) {
    static const double rates[] = { 1.0,  1.0,   1.0,      0.5,       -1.0, -0.75, 2.0,
                                    -3.0, 1.375, 1.0 / 64, -1.0 / 64, 0.0,  17.25, -40.5 };
    return (setting){ .rate = rates[random_below(sizeof rates / sizeof rates[0])],
                      .detune_cents =
                          1200.0 * ((double)random_below(3) - 1.0) * (random_below(3) == 0 ? 1.0 : 0.0),
                      .loop = random_below(3) != 0,
                      .loop_start_s = random_time(frames) - (random_below(8) == 0 ? 0.01 : 0.0),
                      .loop_end_s = random_time(frames) };
}

static scenario random_scenario(const wa_buffer_data *buffer) {
    scenario s = { .buffer = buffer,
                   .start_frame =
                       random_below(300) + (random_below(2) == 0 ? 0.0 : random_below(16) / 16.0),
                   .stop_frame = random_below(4) == 0 ? 300.0 + random_below(1600) : 0.0,
                   .offset_s = random_below(2) == 0 ? 0.0 : random_time(buffer->frame_count),
                   .duration_s = random_below(4) == 0 ? random_time(buffer->frame_count * 4) : -1.0,
                   .now = random_setting(buffer->frame_count) };
    s.later = random_below(2) == 0 ? s.now : random_setting(buffer->frame_count);
    return s;
}

static void random_scenarios(void **state) {
    (void)state;
    static const uint64_t lengths[] = { 1, 2, 3, 17, 200, 1500 };
    static const float rates_hz[] = { 32768.0f, 32768.0f, 16384.0f, 65536.0f };
    static float got[CHANNELS_MAX][FRAMES], cut[CHANNELS_MAX][FRAMES];
    double worst = 0.0;
    for (uint32_t row = 0; row < 1500; row++) {
        wa_buffer_data *buffer = buffer_make(1 + random_below(CHANNELS_MAX), lengths[random_below(6)],
                                             rates_hz[random_below(4)]);
        const scenario s = random_scenario(buffer);
        const bool has_ended = render(&s, 100, FRAMES, got);
        const double error = largest_error(&s, got);
        if (error > 1e-6) {
            printf(
                "row %u: error %g, %u frames at %g Hz, start %g, offset %g, rate %g, loop %d %g %g\n",
                row, error, (unsigned)buffer->frame_count, (double)buffer->sample_rate_hz,
                s.start_frame, s.offset_s * (double)buffer->sample_rate_hz, s.now.rate, s.now.loop,
                s.now.loop_start_s * (double)buffer->sample_rate_hz,
                s.now.loop_end_s * (double)buffer->sample_rate_hz);
        }
        assert_true(error <= 1e-6);
        worst = fmax(worst, error);
        const uint32_t quanta[] = { 125, 500, row % 50 == 0 ? 1 : 250 };
        for (uint32_t i = 0; i < 3; i++) { /* the same bits however it is cut */
            assert_int_equal(render(&s, quanta[i], FRAMES, cut), has_ended);
            assert_memory_equal(got, cut, sizeof got);
        }
        buffer_free(buffer);
    }
    printf("largest error of 1500 random scenarios: %.2e\n", worst);
}

/* -- 16 bits ----------------------------------------------------------------------------------- */

/* The same bits as from floats of the same values: all rates, loops and directions, however it is cut. */
static void int16_plays_as_floats_do(void **state) {
    (void)state;
    static const uint64_t lengths[] = { 1, 2, 3, 17, 200, 1500 };
    static const float rates_hz[] = { 32768.0f, 32768.0f, 16384.0f, 65536.0f };
    static const uint32_t quanta[] = { 1, 100, 125, 250, 500, 1000 };
    static float want[CHANNELS_MAX][FRAMES], got[CHANNELS_MAX][FRAMES];
    double energy = 0.0;
    for (uint32_t row = 0; row < 1000; row++) {
        wa_buffer_data *floats = buffer_make(1 + random_below(CHANNELS_MAX), lengths[random_below(6)],
                                             rates_hz[random_below(4)]);
        wa_buffer_data *halves = int16_twin(floats);
        scenario s = random_scenario(floats);
        const bool has_ended = render(&s, 100, FRAMES, want);
        s.buffer = halves;
        assert_int_equal(render(&s, quanta[row % 6], FRAMES, got), has_ended);
        assert_memory_equal(got, want, sizeof got);
        for (uint32_t n = 0; n < FRAMES; n++) {
            energy += (double)got[0][n] * (double)got[0][n];
        }
        buffer_free(floats);
        buffer_free(halves);
    }
    assert_true(energy > 1000.0); /* else equal would mean nothing */
}

static void int16_strides(void **state) {
    (void)state;
    static float want[CHANNELS_MAX][FRAMES], got[CHANNELS_MAX][FRAMES];
    wa_buffer_data *floats = buffer_make(1, 1 << 20, 32768.0f), *halves = int16_twin(floats);
    static const setting sets[] = {
        { .rate = 1023.5 },
        { .rate = -700.25, .loop = true, .loop_start_s = S(7.0), .loop_end_s = S(1000000.25) },
        { .rate = 40000.5, .loop = true },
    };
    for (uint32_t row = 0; row < 3; row++) {
        scenario s = { .buffer = floats,
                       .start_frame = 0.5,
                       .duration_s = -1.0,
                       .now = sets[row],
                       .later = sets[row] };
        render(&s, 128, FRAMES, want);
        s.buffer = halves;
        render(&s, 128, FRAMES, got);
        assert_memory_equal(got, want, sizeof got);
    }
    buffer_free(floats);
    buffer_free(halves);
}

/* -- Exactness --------------------------------------------------------------------------------- */

/* Rate 1 at matching rates: the buffer's bits, NaN, infinities and negative zeros included. */
static void rate_one_is_a_copy(void **state) {
    (void)state;
    static float got[CHANNELS_MAX][FRAMES];
    wa_buffer_data *buffer = buffer_make(3, 700, 32768.0f);
    for (uint32_t c = 0; c < 3; c++) {
        buffer->planes[c][0] = NAN;
        buffer->planes[c][1] = -0.0f;
        buffer->planes[c][699] = -INFINITY;
    }
    static const uint32_t quanta[] = { 1, 100, 128, 441 };
    for (uint32_t i = 0; i < 4; i++) {
        const setting looped = { 1.0, 0.0, true, 0.0, S(700.0) };
        const scenario s = {
            .buffer = buffer, .start_frame = 77.0, .duration_s = -1.0, .now = looped, .later = looped
        };
        render(&s, quanta[i], FRAMES, got);
        for (uint32_t c = 0; c < 3; c++) {
            for (uint32_t n = 77; n < FRAMES; n++) {
                assert_memory_equal(&got[c][n], &buffer->planes[c][(n - 77) % 700], sizeof(float));
            }
        }
    }
    buffer_free(buffer);
}

/* Times that were frames before they became seconds stay frames: no seam slips by one. */
static void seconds_of_frames_are_frames(void **state) {
    (void)state;
    enum { LENGTH = 3000 };
    wa_buffer_data *buffer = buffer_make(1, LENGTH, 44100.0f);
    for (uint32_t frame = 1; frame < 1000; frame += 13) {
        harness *node = harness_create(&wa_node_class_buffer_source,
                                       &(harness_desc){ .sample_rate_hz = 44100.0,
                                                        .quantum_frames = 2500,
                                                        .resource = &buffer->resource });
        harness_attribute(node, WA_ATTRIBUTE_LOOP, 1.0);
        harness_attribute(node, WA_ATTRIBUTE_LOOP_START, frame / 44100.0);
        harness_attribute(node, WA_ATTRIBUTE_LOOP_END, (frame + 1024) / 44100.0);
        harness_attribute(node, WA_ATTRIBUTE_OFFSET, frame / 44100.0);
        harness_render_source(node, 0, 2500, 0.0);
        for (uint32_t n = 0; n < 2500; n++) {
            assert_true(node->outputs[0].planes[0][n] == buffer->planes[0][frame + n % 1024]);
        }
        harness_destroy(node);
    }
    buffer_free(buffer);
}

/* An hour into a loop of a ramp, at rates that are no binary fractions. */
static void an_hour_is_exact(void **state) {
    (void)state;
    enum { LENGTH = 4096, QUANTUM = 1 << 20 };
    wa_buffer_data *buffer = buffer_make(1, LENGTH, 44100.0f);
    for (uint32_t n = 0; n < LENGTH; n++) {
        buffer->planes[0][n] = (float)n / LENGTH;
    }
    harness *node =
        harness_create(&wa_node_class_buffer_source, &(harness_desc){ .sample_rate_hz = 48000.0,
                                                                      .quantum_frames = QUANTUM,
                                                                      .resource = &buffer->resource });
    harness_attribute(node, WA_ATTRIBUTE_LOOP, 1.0);
    harness_param(node, WA_BUFFER_SOURCE_PLAYBACK_RATE, 1.7f);
    for (uint32_t quantum = 0; quantum < 165; quantum++) { /* 173 million frames */
        harness_render_source(node, 0, QUANTUM, 0.0);
    }
    double worst = 0.0;
    for (uint32_t n = 0; n < QUANTUM; n += 997) {
        const long double frames = (long double)(164ull * QUANTUM + n) * 1.7f * (44100.0L / 48000.0L);
        const double want = (double)fmodl(frames, LENGTH);
        if (want < LENGTH - 2 && want > 1) {
            const double got = (double)node->outputs[0].planes[0][n] * LENGTH;
            worst = fmax(worst, fabs(got - want));
        }
    }
    printf("position after an hour: off by %.1e frame at most (a float's rounding is 2.4e-04)\n",
           worst);
    assert_true(worst < 4e-4);
    harness_destroy(node);
    buffer_free(buffer);
}

/* -- Life -------------------------------------------------------------------------------------- */

static void without_a_buffer_it_is_silent(void **state) {
    (void)state;
    wa_buffer_data *buffer = buffer_make(2, 500, 48000.0f);
    harness *node =
        harness_create(&wa_node_class_buffer_source, &(harness_desc){ .quantum_frames = 128 });
    harness_render_source(node, 0, 128, 0.0);
    assert_int_equal(node->outputs[0].channel_count, 1);
    assert_true(node->outputs[0].is_silent);
    assert_false(node->instance.has_ended);
    node->env.resource = &buffer->resource; /* comes late: plays from the offset, now */
    harness_attribute(node, WA_ATTRIBUTE_OFFSET, 10.0 / 48000.0);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_RESOURCE, 0.0), WA_OK);
    harness_render_source(node, 0, 128, 0.0);
    assert_int_equal(node->outputs[0].channel_count, 2);
    assert_memory_equal(node->outputs[0].planes[1], buffer->planes[1] + 10, 128 * sizeof(float));
    node->env.resource = NULL; /* detached */
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_RESOURCE, 0.0), WA_OK);
    harness_render_source(node, 0, 128, 0.0);
    assert_true(node->outputs[0].is_silent);
    assert_int_equal(node->outputs[0].channel_count, 1);
    assert_false(node->instance.has_ended);
    harness_destroy(node);
    buffer_free(buffer);
}

/* It ends in the quantum of its last frame; M2.6: re-armed, it plays as new. */
static void ends_and_plays_again(void **state) {
    (void)state;
    static float first[128];
    wa_buffer_data *buffer = buffer_make(1, 256, 48000.0f);
    harness *node =
        harness_create(&wa_node_class_buffer_source,
                       &(harness_desc){ .quantum_frames = 128, .resource = &buffer->resource });
    harness_attribute(node, WA_ATTRIBUTE_OFFSET, 0.001);
    harness_attribute(node, WA_ATTRIBUTE_DURATION, 0.002);
    harness_render_source(node, 28, 128, 28.0);
    assert_true(node->outputs[0].planes[0][28] == buffer->planes[0][48]);
    assert_true(node->outputs[0].planes[0][123] == buffer->planes[0][143]);
    assert_true(node->outputs[0].planes[0][124] == 0.0f);
    assert_true(node->instance.has_ended);
    harness_render_source(node, 0, 128, 28.0); /* and stays so */
    assert_true(node->outputs[0].is_silent && node->instance.has_ended);

    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_REARM, 0.0), WA_OK);
    harness_reset(node);
    harness_render_source(node, 0, 128, (double)node->quantum.frame);
    memcpy(first, node->outputs[0].planes[0], sizeof first);
    assert_memory_equal(first, buffer->planes[0], sizeof first);
    assert_false(node->instance.has_ended);
    harness_render_source(node, 0, 128, 256.0);
    assert_true(node->instance.has_ended);
    harness_destroy(node);
    buffer_free(buffer);
}

static void any_rate_and_loop_stays_in_bounds(void **state) {
    (void)state;
    static const float rates[] = {
        FLT_MAX, -FLT_MAX, 1e-38f, -1e-30f, 1e9f, 65535.7f, -32767.5f, 0.0f
    };
    static const float detunes[] = { 0.0f, FLT_MAX, -FLT_MAX, 1e5f, -1e5f };
    static const double points[] = { 0.0, 1e-300, 1e-9, 3.3e-5, 0.001, 0.0011, 1e300, -1.0 };
    wa_buffer_data *buffer = buffer_make(1, 100, 48000.0f);
    harness *node =
        harness_create(&wa_node_class_buffer_source,
                       &(harness_desc){ .quantum_frames = 300, .resource = &buffer->resource });
    for (uint32_t i = 0; i < 8 * 5 * 8 * 8; i++) {
        harness_reset(node);
        harness_param(node, WA_BUFFER_SOURCE_PLAYBACK_RATE, rates[i % 8]);
        harness_param(node, WA_BUFFER_SOURCE_DETUNE, detunes[i / 8 % 5]);
        harness_attribute(node, WA_ATTRIBUTE_LOOP, 1.0);
        harness_attribute(node, WA_ATTRIBUTE_LOOP_START, points[i / 40 % 8]);
        harness_attribute(node, WA_ATTRIBUTE_LOOP_END, points[i / 320]);
        harness_attribute(node, WA_ATTRIBUTE_OFFSET, i % 3 == 0 ? 0.0 : i % 3 == 1 ? 0.0015 : 1e300);
        harness_render_source(node, 0, 300, (double)node->quantum.frame - 0.3);
        for (uint32_t n = 0; n < 300; n++) {
            assert_true(fabsf(node->outputs[0].planes[0][n]) <=
                        3.0f); /* past the last frame: its slope */
        }
    }
    harness_destroy(node);
    buffer_free(buffer);
}

static void rejected_options_and_attributes(void **state) {
    (void)state;
    const struct {
        float rate, detune;
        double loop_start_s, loop_end_s;
        wa_status status;
    } rows[] = {
        { -1.0f, 100.0f, -1.0, 1e9, WA_OK },        { NAN, 0.0f, 0.0, 0.0, WA_ERR_TYPE },
        { 1.0f, -INFINITY, 0.0, 0.0, WA_ERR_TYPE }, { 1.0f, 0.0f, NAN, 0.0, WA_ERR_TYPE },
        { 1.0f, 0.0f, 0.0, HUGE_VAL, WA_ERR_TYPE },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
        options.playback_rate = rows[row].rate;
        options.detune_cents = rows[row].detune;
        options.loop_start_s = rows[row].loop_start_s;
        options.loop_end_s = rows[row].loop_end_s;
        assert_int_equal(harness_configure(&wa_node_class_buffer_source, &options, NULL, NULL),
                         rows[row].status);
    }
    harness *node = harness_create(&wa_node_class_buffer_source, &(harness_desc){ 0 });
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_OFFSET, -0.1), WA_ERR_RANGE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_OFFSET, NAN), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_DURATION, NAN), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP_START, NAN), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_LOOP_END, -HUGE_VAL), WA_ERR_TYPE);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, 0.0), WA_ERR_INVALID_ACCESS);
    harness_destroy(node);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_scenarios),
        cmocka_unit_test(random_scenarios),
        cmocka_unit_test(int16_plays_as_floats_do),
        cmocka_unit_test(int16_strides),
        cmocka_unit_test(rate_one_is_a_copy),
        cmocka_unit_test(seconds_of_frames_are_frames),
        cmocka_unit_test(an_hour_is_exact),
        cmocka_unit_test(without_a_buffer_it_is_silent),
        cmocka_unit_test(ends_and_plays_again),
        cmocka_unit_test(any_rate_and_loop_stays_in_bounds),
        cmocka_unit_test(rejected_options_and_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
