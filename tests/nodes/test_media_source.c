/* MediaSource, with the test as its worker: it fills the ring when and as far as it likes, so that late frames
 * and slow seeks happen on purpose. What comes in time must be the file's frames to the bit at rate 1, and at
 * other rates the cubic of kernels/cubic.h in double; what comes late must be a ramp, silence and a ramp, and
 * nothing of an old place may sound after a seek. */
#include "harness.h"
#include "nodes/media_source.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_media_source;

/* -- The file and its worker -------------------------------------------------------------------- */

typedef struct fake {
    feed ring;
    uint64_t next_frame;
} fake;

/* Any two places differ. */
static float signal_at(uint64_t frame, uint32_t channel) {
    uint64_t mixed = (frame + 1) * 0x9e3779b97f4a7c15u + channel * 0x94d049bb133111ebu;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    return (float)((double)(int64_t)(mixed ^ (mixed >> 27)) * 0x1p-63);
}

static fake *fake_make(uint32_t channel_count, uint32_t capacity_frames, uint64_t frame_count) {
    fake *made = calloc(1, sizeof *made);
    assert_non_null(made);
    feed *ring = &made->ring;
    ring->stream.resource.kind = WA_RESOURCE_MEDIA;
    ring->channel_count = channel_count;
    ring->capacity_frames = capacity_frames;
    ring->sample_rate_hz = 48000.0;
    ring->frame_count = frame_count;
    ring->generation_last = ring->generation = ring->wanted_generation = FEED_GENERATION_OPEN;
    for (uint32_t channel = 0; channel < channel_count; channel++) { /* to the byte: no guard behind */
        ring->planes[channel] = malloc(capacity_frames * sizeof(float));
        assert_non_null(ring->planes[channel]);
    }
    return made;
}

static void fake_free(fake *of) {
    for (uint32_t channel = 0; channel < of->ring.channel_count; channel++) {
        free(of->ring.planes[channel]);
    }
    free(of);
}

/* Follow a request; then at most so many frames. */
static void pump(fake *of, uint32_t most) {
    uint32_t generation = 0;
    float *rows[WA_CHANNEL_COUNT_MAX];
    if (feed_is_asked(&of->ring, &generation, &of->next_frame)) {
        of->next_frame %= of->ring.frame_count;
        feed_begin(&of->ring, generation);
    }
    for (uint32_t room = 1; most > 0 && room > 0; most -= room) {
        room = feed_room(&of->ring, most, rows);
        for (uint32_t channel = 0; channel < of->ring.channel_count; channel++) {
            for (uint32_t i = 0; i < room; i++) {
                rows[channel][i] = signal_at((of->next_frame + i) % of->ring.frame_count, channel);
            }
        }
        feed_publish(&of->ring, room);
        of->next_frame = (of->next_frame + room) % of->ring.frame_count;
    }
}

/* -- The node ----------------------------------------------------------------------------------- */

static harness *node_for(fake *of, uint32_t quantum_frames) {
    return harness_create(
        &wa_node_class_media_source,
        &(harness_desc){ .quantum_frames = quantum_frames, .resource = &of->ring.stream.resource });
}

static void set(harness *node, wa_attribute attribute, double number) {
    assert_int_equal(harness_attribute(node, attribute, number), WA_OK);
}

/* As an offline render: all that could be asked for is there. */
static void render_in_time(harness *node, fake *of) {
    media_source_prepare(node->setup.config, node->instance.state);
    pump(of, UINT32_MAX);
    harness_render(node);
}

static bool is_ended(const harness *node, const fake *of) {
    return feed_has_ended(&of->ring, ((const media_source_config *)node->setup.config)->generation);
}

static float out(const harness *node, uint32_t channel, uint32_t frame) {
    return node->outputs[0].planes[channel][frame];
}

/* -- In time, at rate 1 ------------------------------------------------------------------------- */

static const uint32_t quanta[] = { 1, 127, 128, 129, 512, 4096 };

/* From play to the end, at any quantum: channels, activity, the very frames, and then nothing. */
static void plays_the_file(void **state) {
    (void)state;
    enum { PLAY = 300, FRAMES = 5000 };
    for (uint32_t row = 0; row < sizeof quanta / sizeof quanta[0]; row++) {
        const uint32_t quantum = quanta[row], channel_count = 1 + row % 3;
        fake *file = fake_make(channel_count, 4 * quantum + FEED_LOOK_AROUND, FRAMES);
        harness *node = node_for(file, quantum);
        set(node, WA_ATTRIBUTE_PLAY, PLAY);
        for (uint64_t at = 0; at < PLAY + FRAMES + 2 * quantum; at += quantum) {
            const bool is_before = at + quantum <= PLAY, is_after = at >= PLAY + FRAMES;
            render_in_time(node, file);
            assert_int_equal(node->outputs[0].channel_count, is_before || is_after ? 1 : channel_count);
            assert_int_equal(node->outputs[0].is_silent, is_before || is_after);
            assert_int_equal(node->instance.has_tail, at + quantum < PLAY + FRAMES);
            assert_int_equal(is_ended(node, file), at + quantum >= PLAY + FRAMES);
            for (uint32_t c = 0; c < node->outputs[0].channel_count; c++) {
                for (uint32_t i = 0; i < quantum; i++) {
                    const bool is_in = at + i >= PLAY && at + i < PLAY + FRAMES;
                    const float want = is_in ? signal_at(at + i - PLAY, c) : 0.0f;
                    assert_true(out(node, c, i) == want);
                }
            }
        }
        harness_destroy(node);
        fake_free(file);
    }
}

/* A script at rate 1: which frame of the file each frame of output must be; NONE: silence. */
enum { NONE = -1, SCRIPT_FRAMES = 4000, FILE_FRAMES = 1000 };
typedef struct step {
    uint64_t frame; /* of the context: before the quantum that begins there */
    wa_attribute attribute;
    double number;
} step;

static void run_script(const step *steps, uint32_t count, uint32_t quantum, uint32_t capacity,
                       const int64_t *want) {
    fake *file = fake_make(2, capacity, FILE_FRAMES);
    harness *node = node_for(file, quantum);
    uint32_t next = 0;
    for (uint64_t at = 0; at + quantum <= SCRIPT_FRAMES; at += quantum) {
        for (; next < count && steps[next].frame <= at; next++) {
            set(node, steps[next].attribute, steps[next].number);
        }
        render_in_time(node, file);
        for (uint32_t i = 0; i < quantum; i++) {
            const int64_t frame = want[at + i];
            const float expected = frame == NONE ? 0.0f : signal_at((uint64_t)frame, 0);
            if (out(node, 0, i) != expected) {
                fail_msg("quantum %u, frame %llu: %g, and frame %lld is %g", quantum,
                         (unsigned long long)(at + i), (double)out(node, 0, i), (long long)frame,
                         (double)expected);
            }
        }
    }
    assert_int_equal(next, count);
    harness_destroy(node);
    fake_free(file);
}

static void expect(int64_t *want, uint32_t begin, uint32_t end, int64_t first) {
    for (uint32_t at = begin; at < end; at++) {
        want[at] = first == NONE ? NONE : first + at - begin;
    }
}

/* Times are of the context, so the quantum does not matter; steps come at common multiples. */
static void play_pause_seek_loop(void **state) {
    (void)state;
    static const step steps[] = {
        { 0, WA_ATTRIBUTE_PLAY, 100.0 },
        { 0, WA_ATTRIBUTE_PAUSE, 350.0 },  /* frames 0 .. 249 */
        { 400, WA_ATTRIBUTE_PLAY, 413.0 }, /* goes on */
        { 600, WA_ATTRIBUTE_SEEK, 900.0 }, /* at once; ends at 1000 frames: 700 */
        { 800, WA_ATTRIBUTE_SEEK, 990.0 }, /* still asked to play */
        { 800, WA_ATTRIBUTE_LOOP, 1.0 },   /* round at 810 */
        { 2000, WA_ATTRIBUTE_LOOP, 0.0 },  /* at frame 190; ends at 2810 */
        { 3000, WA_ATTRIBUTE_SEEK, 0.0 },
        { 3000, WA_ATTRIBUTE_PAUSE, 3000.0 },
        { 3200, WA_ATTRIBUTE_SEEK, 500.0 }, /* while paused */
        { 3200, WA_ATTRIBUTE_PLAY, 3210.0 },
        { 3400, WA_ATTRIBUTE_PLAY, 3500.0 }, /* plays already: no other start */
        { 3600, WA_ATTRIBUTE_SEEK, 1000.0 }, /* the end */
        { 3800, WA_ATTRIBUTE_LOOP, 1.0 },
        { 3800, WA_ATTRIBUTE_SEEK, 1000.0 }, /* the end is the beginning */
    };
    static int64_t want[SCRIPT_FRAMES];
    expect(want, 0, SCRIPT_FRAMES, NONE);
    expect(want, 100, 350, 0);
    expect(want, 413, 600, 250);
    expect(want, 600, 700, 900);
    expect(want, 800, 810, 990);
    expect(want, 810, 1810, 0);
    expect(want, 1810, 2810, 0);
    expect(want, 3210, 3600, 500);
    expect(want, 3800, 4000, 0);
    static const uint32_t quantum_rows[] = { 1, 10, 50, 100, 200 };
    for (uint32_t row = 0; row < 5; row++) {
        const uint32_t least = 4 * quantum_rows[row] + FEED_LOOK_AROUND;
        run_script(steps, sizeof steps / sizeof steps[0], quantum_rows[row], least, want);
        run_script(steps, sizeof steps / sizeof steps[0], quantum_rows[row], least + 777, want);
    }
}

/* -- In time, at any rate ----------------------------------------------------------------------- */

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t bound) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * bound) >> 32);
}

/* The file's frame, silence around it, or round and round. begin: where playing began. */
static double frame_of(int64_t frame, int64_t begin, uint32_t channel, uint64_t frame_count,
                       bool loops) {
    const bool is_out = frame < begin || (!loops && frame >= (int64_t)frame_count);
    return is_out ? 0.0 : (double)signal_at((uint64_t)frame % frame_count, channel);
}

static double cubic(double position, int64_t begin, uint32_t channel, uint64_t frame_count,
                    bool loops) {
    const int64_t frame = (int64_t)floor(position);
    const double t = position - (double)frame;
    double y[4];
    for (int i = 0; i < 4; i++) {
        y[i] = frame_of(frame + i - 1, begin, channel, frame_count, loops);
    }
    return y[1] + t * (0.5 * (y[2] - y[0]) + t * (y[0] - 2.5 * y[1] + 2.0 * y[2] - 0.5 * y[3] +
                                                  t * (0.5 * (y[3] - y[0]) + 1.5 * (y[1] - y[2]))));
}

/* Rates that change every quantum, of files shorter and longer than the ring, looped or not. */
static void rates(void **state) {
    (void)state;
    static const double steps[] = { 1.0, 1.0, 0.5, 1.25, 2.0, 4.0, 3.1875, 0.0, 0.0078125, 0.75 };
    double worst = 0.0;
    for (uint32_t row = 0; row < 300; row++) {
        const uint32_t quantum = 1 + random_below(300), channel_count = 1 + row % 2;
        const uint64_t frame_count = 1 + random_below(row % 3 == 0 ? 20 : 5000);
        const bool loops = random_below(2) == 0;
        const uint64_t first = random_below((uint32_t)frame_count);
        fake *file =
            fake_make(channel_count, 4 * quantum + FEED_LOOK_AROUND + random_below(500), frame_count);
        harness *node = node_for(file, quantum);
        double position = (double)first;
        set(node, WA_ATTRIBUTE_LOOP, loops);
        set(node, WA_ATTRIBUTE_SEEK, (double)first);
        set(node, WA_ATTRIBUTE_PLAY, 0.0);
        for (uint32_t turn = 0; turn < 12; turn++) {
            const double rate = steps[random_below(10)];
            const bool was_over = !loops && position >= (double)frame_count;
            harness_param(node, WA_MEDIA_SOURCE_PLAYBACK_RATE, (float)rate);
            render_in_time(node, file);
            assert_int_equal(node->outputs[0].channel_count, was_over ? 1 : channel_count);
            for (uint32_t i = 0; i < quantum; i++, position += rate) {
                const bool is_over = !loops && position >= (double)frame_count;
                for (uint32_t c = 0; c < node->outputs[0].channel_count; c++) {
                    const double want =
                        is_over ? 0.0 : cubic(position, (int64_t)first, c, frame_count, loops);
                    worst = fmax(worst, fabs((double)out(node, c, i) - want));
                }
            }
            assert_int_equal(is_ended(node, file), !loops && position >= (double)frame_count);
        }
        assert_int_equal(file->ring.underflow_count, 0);
        harness_destroy(node);
        fake_free(file);
    }
    printf("largest error of 300 random scenarios: %.2e\n", worst);
    assert_true(worst < 2e-6);
}

/* -- Late --------------------------------------------------------------------------------------- */

/* The ring runs dry in the middle of a quantum: from there a ramp down, silence; then a ramp up, from the frame
 * that was missing on. Counted once, with its frames. */
static void underflow(void **state) {
    (void)state;
    enum { QUANTUM = 128, THERE = 200 };
    fake *file = fake_make(2, 1024, 100000);
    harness *node = node_for(file, QUANTUM);
    float got[6 * QUANTUM];
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    pump(file, THERE);
    for (uint32_t turn = 0; turn < 6; turn++) {
        if (turn == 4) {
            pump(file, UINT32_MAX);
        }
        harness_render(node);
        memcpy(got + turn * QUANTUM, node->outputs[0].planes[1], QUANTUM * sizeof(float));
        assert_int_equal(node->outputs[0].is_silent, turn == 3); /* the ramp is over by then */
        assert_int_equal(node->outputs[0].channel_count, 2);
        assert_true(node->instance.has_tail);
    }
    const float last = signal_at(THERE - 1, 1);
    for (uint32_t i = 0; i < 6 * QUANTUM; i++) {
        float want = 0.0f;
        if (i < THERE) {
            want = signal_at(i, 1);
        } else if (i < THERE + FEED_RAMP_FRAMES) {
            want = last * (float)(THERE + FEED_RAMP_FRAMES - 1 - i) / FEED_RAMP_FRAMES;
        } else if (i >= 4 * QUANTUM) {
            const uint32_t since = i - 4 * QUANTUM;
            want = signal_at(THERE + since, 1);
            want *= since < FEED_RAMP_FRAMES ? (float)(since + 1) / FEED_RAMP_FRAMES : 1.0f;
        }
        assert_true(fabsf(got[i] - want) < 1e-7f);
    }
    assert_int_equal(file->ring.underflow_count, 1);
    assert_int_equal(file->ring.underflow_frames, 4 * QUANTUM - THERE);
    harness_destroy(node);
    fake_free(file);
}

/* What has not begun to sound needs no ramp: a slow beginning is the file's beginning all the same. */
static void a_slow_start_has_no_ramp(void **state) {
    (void)state;
    fake *file = fake_make(1, 1024, 5000);
    harness *node = node_for(file, 128);
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    set(node, WA_ATTRIBUTE_SEEK, 700.0);
    for (uint32_t turn = 0; turn < 3; turn++) {
        harness_render(node);
        assert_true(node->outputs[0].is_silent);
    }
    pump(file, UINT32_MAX);
    harness_render(node);
    for (uint32_t i = 0; i < 128; i++) {
        assert_true(out(node, 0, i) == signal_at(700 + i, 0));
    }
    assert_int_equal(file->ring.underflow_count, 0); /* it was a seek */
    harness_destroy(node);
    fake_free(file);
}

/* The worker publishes frames of the old place after the request, goes to one that is no longer wanted, and
 * only then to the right one. */
static void old_frames_never_sound(void **state) {
    (void)state;
    fake *file = fake_make(1, 2048, 50000);
    harness *node = node_for(file, 128);
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    pump(file, 1000);
    harness_render(node);
    set(node, WA_ATTRIBUTE_SEEK, 20000.0);
    harness_render(node); /* asks */
    for (uint32_t i = FEED_RAMP_FRAMES; i < 128; i++) {
        assert_true(out(node, 0, i) == 0.0f);
    }
    float *rows[WA_CHANNEL_COUNT_MAX];
    const uint32_t late = feed_room(&file->ring, 300, rows); /* the worker was in the middle of it */
    memset(rows[0], 0x3f, late * sizeof(float));
    feed_publish(&file->ring, late);
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    set(node, WA_ATTRIBUTE_SEEK, 30000.0);
    uint32_t generation = 0;
    uint64_t frame = 0;
    assert_true(feed_is_asked(&file->ring, &generation, &frame));
    assert_int_equal(frame, 20000);
    feed_begin(&file->ring, generation); /* while the next one is asked for */
    harness_render(node);
    feed_publish(&file->ring, feed_room(&file->ring, 300, rows));
    harness_render(node);
    assert_true(node->outputs[0].is_silent);
    pump(file, UINT32_MAX);
    harness_render(node);
    for (uint32_t i = 0; i < 128; i++) {
        const float ramp = i < FEED_RAMP_FRAMES ? (float)(i + 1) / FEED_RAMP_FRAMES : 1.0f;
        assert_true(fabsf(out(node, 0, i) - ramp * signal_at(30000 + i, 0)) < 1e-7f);
    }
    assert_int_equal(file->ring.underflow_count, 0);
    harness_destroy(node);
    fake_free(file);
}

/* Random amounts at random times: every frame that sounds is the next of the file, scaled by a ramp at most. */
static void nothing_is_lost_or_repeated(void **state) {
    (void)state;
    enum { QUANTUM = 100, TURNS = 3000 };
    fake *file = fake_make(2, 1024, 1000003);
    harness *node = node_for(file, QUANTUM);
    uint64_t next = 0;
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        pump(file, random_below(3) == 0 ? random_below(400) : 0);
        const uint64_t there = feed_end(&file->ring) - next;
        const uint32_t played = there < QUANTUM ? (uint32_t)there : QUANTUM;
        harness_render(node);
        for (uint32_t i = 0; i < played; i++) {
            const float left = signal_at(next + i, 0), right = signal_at(next + i, 1);
            const float scale = out(node, 0, i) / left;
            assert_true(scale > 0.0f && scale < 1.0001f);
            assert_true(fabsf(out(node, 1, i) - scale * right) < 1e-5f);
        }
        next += played;
    }
    assert_true(next > 100000);
    assert_true(file->ring.underflow_count > 100);
    assert_int_equal(file->ring.underflow_frames, (uint64_t)TURNS * QUANTUM - next);
    harness_destroy(node);
    fake_free(file);
}

/* -- Broken, or not there ----------------------------------------------------------------------- */

/* What was read before it failed is played to its last frame, at any rate; then it is over. */
static void a_failed_file_plays_what_there_is(void **state) {
    (void)state;
    static const float rates_of[] = { 1.0f, 0.5f, 1.37f, 4.0f, 0.25f };
    for (uint32_t row = 0; row < 5; row++) {
        fake *file = fake_make(1, 1024, 50000);
        harness *node = node_for(file, 128);
        harness_param(node, WA_MEDIA_SOURCE_PLAYBACK_RATE, rates_of[row]);
        set(node, WA_ATTRIBUTE_PLAY, 0.0);
        set(node, WA_ATTRIBUTE_LOOP, row % 2);
        pump(file, 300);
        feed_fail(&file->ring, WA_ERR_IO);
        uint32_t sounding = 0;
        for (uint32_t turn = 0; turn < 20; turn++) {
            harness_render(node);
            for (uint32_t i = 0; i < 128 && !node->outputs[0].is_silent; i++) {
                sounding += out(node, 0, i) != 0.0f;
            }
        }
        assert_int_equal(sounding, ceil(300.0 / (double)rates_of[row]));
        assert_true(is_ended(node, file));
        assert_false(node->instance.has_tail);
        assert_int_equal(file->ring.underflow_count, 0);
        harness_destroy(node);
        fake_free(file);
    }
}

static void without_a_media_it_is_silent(void **state) {
    (void)state;
    fake *file = fake_make(3, 1024, 500);
    harness *node = harness_create(&wa_node_class_media_source, &(harness_desc){ 0 });
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 1);
    assert_true(node->outputs[0].is_silent);
    assert_false(node->instance.has_tail);
    node->env.resource = &file->ring.stream.resource;
    set(node, WA_ATTRIBUTE_RESOURCE, 0.0);
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    render_in_time(node, file);
    assert_int_equal(node->outputs[0].channel_count, 3);
    assert_true(out(node, 2, 127) == signal_at(127, 2));
    node->env.resource = NULL;
    set(node, WA_ATTRIBUTE_RESOURCE, 0.0);
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 1);
    assert_true(node->outputs[0].is_silent);
    /* Given again it begins again, with a generation of its own. */
    node->env.resource = &file->ring.stream.resource;
    set(node, WA_ATTRIBUTE_RESOURCE, 0.0);
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    render_in_time(node, file);
    assert_true(out(node, 1, 5) == signal_at(5, 1));
    harness_destroy(node);
    fake_free(file);
}

/* M2.3: reset forgets position, ramps and what was asked. */
static void reset_is_as_new(void **state) {
    (void)state;
    fake *file = fake_make(1, 1024, 5000);
    harness *node = node_for(file, 128);
    set(node, WA_ATTRIBUTE_PLAY, 0.0);
    harness_param(node, WA_MEDIA_SOURCE_PLAYBACK_RATE, 0.7f);
    render_in_time(node, file);
    render_in_time(node, file);
    static const unsigned char zeros[1024];
    const uint32_t bytes = wa_node_class_media_source.state_bytes;
    assert_true(bytes <= sizeof zeros);
    assert_memory_not_equal(node->instance.state, zeros, bytes);
    harness_reset(node);
    assert_memory_equal(node->instance.state, zeros, bytes);
    harness_destroy(node);
    fake_free(file);
}

static void rejected(void **state) {
    (void)state;
    const struct {
        float rate;
        wa_status status;
    } rows[] = { { 0.0f, WA_OK },
                 { 4.0f, WA_OK },
                 { 4.01f, WA_ERR_NOT_SUPPORTED },
                 { -0.5f, WA_ERR_NOT_SUPPORTED },
                 { NAN, WA_ERR_TYPE },
                 { INFINITY, WA_ERR_TYPE } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
        options.playback_rate = rows[row].rate;
        assert_int_equal(harness_configure(&wa_node_class_media_source, &options, NULL, NULL),
                         rows[row].status);
    }
    /* The ring must hold what a quantum can pass through; the rates must be the same. */
    fake *file = fake_make(1, 4 * 128 + FEED_LOOK_AROUND, 100);
    wa_class_env env = { .sample_rate_hz = 48000.0,
                         .quantum_frames = 128,
                         .resource = &file->ring.stream.resource };
    assert_int_equal(harness_configure(&wa_node_class_media_source, NULL, &env, NULL), WA_OK);
    env.quantum_frames = 129;
    assert_int_equal(harness_configure(&wa_node_class_media_source, NULL, &env, NULL),
                     WA_ERR_NOT_SUPPORTED);
    assert_non_null(strstr(wa_error_message(), "ring_s"));
    env.quantum_frames = 128;
    env.sample_rate_hz = 44100.0;
    assert_int_equal(harness_configure(&wa_node_class_media_source, NULL, &env, NULL),
                     WA_ERR_NOT_SUPPORTED);
    assert_non_null(strstr(wa_error_message(), "44100"));
    harness *node = node_for(file, 128);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, 0.0), WA_ERR_INVALID_ACCESS);
    harness_destroy(node);
    fake_free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plays_the_file),
        cmocka_unit_test(play_pause_seek_loop),
        cmocka_unit_test(rates),
        cmocka_unit_test(underflow),
        cmocka_unit_test(a_slow_start_has_no_ramp),
        cmocka_unit_test(old_frames_never_sound),
        cmocka_unit_test(nothing_is_lost_or_repeated),
        cmocka_unit_test(a_failed_file_plays_what_there_is),
        cmocka_unit_test(without_a_media_it_is_silent),
        cmocka_unit_test(reset_is_as_new),
        cmocka_unit_test(rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
