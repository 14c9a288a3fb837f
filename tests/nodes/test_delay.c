/* DelayNode, whole and apart, against its definition in double. Web Audio 1.1, "DelayNode",
 * "channels with tail-time", "rendering loop"; M2.3 of the requirements: reset is O(1) and exact. */
#include "harness.h"
#include "kernels/delay_line.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_delay;
extern const wa_node_class wa_node_class_delay_writer;
#define CLASS (&wa_node_class_delay)

enum { TOTAL_MAX = 65536, CHANNELS = 6 };
static const uint32_t sizes[] = { 1, 127, 128, 129, 512, 4096 };

/* What went in, frame by frame. A count of 0: nothing was connected. */
static float past[CHANNELS][TOTAL_MAX];
static uint32_t past_count[TOTAL_MAX];

static harness *create(double max_delay_time_s, float delay_time_s, harness_desc desc) {
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = max_delay_time_s;
    options.delay_time_s = delay_time_s;
    desc.options = &options;
    desc.channel_capacity = CHANNELS;
    return harness_create(CLASS, &desc);
}

/* Feed a quantum and remember it. channel_count 0: inactive. */
static void feed(harness *node, uint32_t channel_count) {
    const uint32_t frames = node->quantum.frame_count;
    const uint64_t frame = node->quantum.frame;
    assert_true(frame + frames <= TOTAL_MAX);
    for (uint32_t i = 0; i < frames; i++) {
        past_count[frame + i] = channel_count;
    }
    if (channel_count == 0) {
        harness_input_inactive(node, 0);
        return;
    }
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise((uint32_t)frame * 8 + channel, in[channel], frames);
        memcpy(&past[channel][frame], in[channel], frames * sizeof(float));
    }
}

/* Channel `channel` of what went in at `frame`, mixed up to more of 1, 2, 4 channels. */
static double past_at(int64_t frame, uint32_t channel) {
    const uint32_t count = frame < 0 ? 0 : past_count[frame];
    if (count == 1 && channel < 2) {
        return past[0][frame];
    }
    return channel < count ? past[channel][frame] : 0.0;
}

static uint32_t check_frame(const harness *node, uint32_t i, double delay_frames) {
    const double at = (double)(node->quantum.frame - node->quantum.frame_count + i) - delay_frames;
    const int64_t newer = (int64_t)ceil(at), older = newer - 1;
    const double part = (double)newer - at;
    for (uint32_t channel = 0; channel < node->outputs[0].channel_count; channel++) {
        const double want =
            past_at(newer, channel) * (1 - part) + (part > 0 ? past_at(older, channel) * part : 0);
        const float got = node->outputs[0].planes[channel][i];
        assert_true(part == 0 ? got == (float)want : fabs(got - want) < 4e-7);
    }
    const uint32_t count = newer < 0 ? 0 : past_count[newer];
    const uint32_t other = part > 0 && older >= 0 ? past_count[older] : 0;
    return count > other ? count : other;
}

/* A time within half a unit in the last place of whole frames means those frames. */
static double frames_of(float delay_time_s, double rate_hz) {
    const double frames = delay_time_s * rate_hz, whole = round(frames);
    return fabs(frames - whole) <= frames * 0x1p-24 ? whole : frames;
}

/* The output of the last render at a constant delay, and its channel count. */
static void check(const harness *node, float delay_time_s) {
    uint32_t count = 1;
    for (uint32_t i = 0; i < node->quantum.frame_count; i++) {
        const uint32_t here =
            check_frame(node, i, frames_of(delay_time_s, node->quantum.sample_rate_hz));
        count = here > count ? here : count;
    }
    assert_int_equal(node->outputs[0].channel_count, count);
}

static void a_constant_delay_is_exact_or_interpolated(void **state) {
    (void)state;
    static const float delays_frames[] = { 0,    1,     2,     5,    127,    128,   129,
                                           1000, 0.25f, 0.75f, 3.5f, 126.5f, 999.9f };
    for (uint32_t row = 0; row < 6 * 13; row++) {
        const uint32_t frames = sizes[row / 13];
        const float delay_time_s = delays_frames[row % 13] / 48000.0f;
        harness *node = create(1000.0 / 48000.0, delay_time_s,
                               (harness_desc){ .quantum_frames = frames, .is_aliased = row % 2 });
        for (uint32_t round = 0; round < (frames == 1 ? 2500u : 9000 / frames + 2); round++) {
            feed(node, 2);
            harness_render(node);
            check(node, delay_time_s);
            assert_true(node->instance.has_tail);
        }
        harness_destroy(node);
    }
}

static void decimal_times_are_whole_frames(void **state) {
    (void)state;
    static const struct {
        float delay_time_s;
        double rate_hz;
        uint32_t frames;
    } rows[] = {
        { 0.01f, 48000, 480 }, { 0.1f, 44100, 4410 }, { 0.3f, 48000, 14400 }, { 0.7f, 44100, 30870 }
    };
    for (uint32_t row = 0; row < 4; row++) {
        harness *node =
            create(1.0, rows[row].delay_time_s, (harness_desc){ .sample_rate_hz = rows[row].rate_hz });
        float *const *in = harness_input(node, 0, 1);
        memset(in[0], 0, 128 * sizeof(float));
        in[0][3] = 1.0f;
        for (uint32_t done = 0; done <= rows[row].frames + 3; done += 128) {
            harness_render(node);
            for (uint32_t i = 0; i < 128; i++) {
                const float want = done + i == rows[row].frames + 3 ? 1.0f : 0.0f;
                assert_true(node->outputs[0].planes[0][i] == want);
            }
            harness_input_inactive(node, 0);
        }
        harness_destroy(node);
    }
}

static float modulation(uint64_t frame, uint32_t shape) {
    const double t = (double)frame / 48000.0;
    switch (shape) {
    case 0:
        return (float)(0.005 + 0.004 * sin(200 * t));
    case 1:
        return (float)(0.0101 * fabs(sin(3000 * t))); /* down to 0 and beyond the largest */
    default:
        return frame % 3 == 0 ? 0.0f : (float)(frame % 7) * 0.001f;
    }
}

static void an_a_rate_delay_counts_for_every_frame(void **state) {
    (void)state;
    for (uint32_t row = 0; row < 18; row++) {
        const uint32_t frames = sizes[row / 3];
        harness *node =
            create(0.01, 0, (harness_desc){ .quantum_frames = frames, .is_aliased = row % 2 });
        for (uint32_t round = 0; round < (frames == 1 ? 1500u : 5000 / frames + 2); round++) {
            float *times = harness_param_rate(node, WA_DELAY_DELAY_TIME);
            feed(node, round % 11 < 8 ? 1 + round % 11 / 4 : 0);
            for (uint32_t i = 0; i < frames; i++) {
                times[i] = modulation(node->quantum.frame + i, row % 3);
            }
            harness_render(node);
            uint32_t count = 1;
            for (uint32_t i = 0; i < frames; i++) {
                const uint32_t here = check_frame(node, i, fmin(frames_of(times[i], 48000), 480.0));
                count = here > count ? here : count;
            }
            assert_int_equal(node->outputs[0].channel_count, count);
        }
        harness_destroy(node);
    }
}

static void channels_change_when_they_reach_the_output(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 1, 2, 2, 1, 0, 0, 4, 1, 0, 0, 0,
                                       0, 0, 0, 0, 2, 4, 2, 1, 0, 2, 1, 4 };
    static const float delays_frames[] = { 0, 64, 128, 200.5f, 300, 512 };
    for (uint32_t row = 0; row < 12; row++) {
        const float delay_time_s = delays_frames[row % 6] / 48000.0f;
        harness *node = create(600 / 48000.0, delay_time_s, (harness_desc){ .is_aliased = row >= 6 });
        for (uint32_t round = 0; round < 24 + 10; round++) {
            feed(node, round < 24 ? counts[round] : 0);
            harness_render(node);
            check(node, delay_time_s);
        }
        assert_false(node->instance.has_tail);
        assert_true(node->outputs[0].is_silent);
        harness_destroy(node);
    }
}

static void discrete_channels_are_not_spread(void **state) {
    (void)state;
    harness *node = create(1, 64 / 48000.0f, (harness_desc){ 0 });
    node->instance.is_discrete = true;
    feed(node, 1);
    harness_render(node);
    feed(node, 2);
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 2);
    for (uint32_t i = 0; i < 64; i++) {
        assert_true(node->outputs[0].planes[0][i] == past[0][64 + i]);
        assert_true(node->outputs[0].planes[1][i] == 0.0f);
    }
    harness_destroy(node);
}

/* Silent is a shortcut: the layout of an active but silent input still travels. */
static void a_silent_input_keeps_its_layout(void **state) {
    (void)state;
    harness *node = create(1, 128 / 48000.0f, (harness_desc){ 0 });
    harness_input_silent(node, 0, 4);
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 1);
    harness_render(node);
    assert_int_equal(node->outputs[0].channel_count, 4);
    assert_true(node->outputs[0].is_silent);
    assert_false(node->instance.has_tail);
    harness_destroy(node);
}

static void the_tail_lasts_as_long_as_the_longest_delay(void **state) {
    (void)state;
    harness *node = create(1000 / 48000.0, 0, (harness_desc){ 0 });
    feed(node, 2);
    harness_render(node);
    uint32_t quanta = 0;
    while (node->instance.has_tail) {
        feed(node, 0);
        harness_render(node);
        assert_true(++quanta < 20);
    }
    assert_in_range(quanta, 8, 9); /* 1000 frames are 7.8 quanta */
    harness_sleep(node, 3);
    harness_param(node, WA_DELAY_DELAY_TIME, 500 / 48000.0f);
    for (uint32_t round = 0; round < 12; round++) { /* what is before the sleep stays silent */
        harness_input_inactive(node, 0);
        if (round == 0) {
            harness_noise(1, harness_input(node, 0, 1)[0], 128);
        }
        harness_render(node);
        for (uint32_t i = 0; i < 128; i++) {
            const uint32_t age = round * 128 + i;
            assert_int_equal(node->outputs[0].planes[0][i] != 0.0f, age >= 500 && age < 628);
        }
    }
    harness_destroy(node);
}

/* The memory still holds the old sound, and NaN where nothing was ever written. */
static void a_reset_delay_is_as_new(void **state) {
    (void)state;
    const float delay_time_s = 333.25f / 48000.0f;
    harness *used = create(0.01, delay_time_s, (harness_desc){ 0 });
    for (uint32_t round = 0; round < 20; round++) {
        feed(used, 1 + round % 2);
        harness_render(used);
    }
    harness_reset(used);
    harness *fresh = create(0.01, delay_time_s, (harness_desc){ 0 });
    harness_sleep(fresh, 20);
    for (uint32_t round = 0; round < 20; round++) {
        feed(used, round % 3);
        feed(fresh, round % 3);
        harness_render(used);
        harness_render(fresh);
        harness_assert_same(used, fresh);
    }
    harness_destroy(used);
    harness_destroy(fresh);
}

static void in_place_is_bit_equal(void **state) {
    (void)state;
    harness *apart = create(0.02, 0.0031f, (harness_desc){ .quantum_frames = 129 });
    harness *in_place =
        create(0.02, 0.0031f, (harness_desc){ .quantum_frames = 129, .is_aliased = true });
    harness *const nodes[] = { apart, in_place };
    for (uint32_t round = 0; round < 30; round++) {
        feed(apart, 1 + round / 7 % 2);
        feed(in_place, 1 + round / 7 % 2);
        harness_render_many(nodes, 2);
        harness_assert_same(apart, in_place);
    }
    harness_destroy(apart);
    harness_destroy(in_place);
}

/* A log that cannot hold every change keeps all of the sound. */
static void a_full_log_loses_only_layout(void **state) {
    (void)state;
    enum { FRAMES = 8, QUANTA = 2000 };
    const float delay_frames = 7000;
    harness *node =
        create(7000 / 48000.0, delay_frames / 48000.0f, (harness_desc){ .quantum_frames = FRAMES });
    for (uint32_t round = 0; round < QUANTA; round++) {
        feed(node, round % 3); /* nothing, mono, stereo, by turns */
        harness_render(node);
        const uint32_t count = node->outputs[0].channel_count;
        for (uint32_t i = 0; i < FRAMES; i++) {
            const int64_t at = (int64_t)(round * FRAMES + i) - 7000;
            for (uint32_t channel = 0; channel < count; channel++) {
                const double mono = at < 0 ? 0 : 0.5 * (past_at(at, 0) + past_at(at, 1));
                const double want = count == 1 ? mono : past_at(at, channel);
                assert_true(fabs(node->outputs[0].planes[channel][i] - want) < 1e-6 ||
                            (count == 2 && fabs(node->outputs[0].planes[channel][i] - mono) < 1e-6));
            }
        }
    }
    const delay_line *line = node->instance.state;
    assert_true(line->entry_count <= DELAY_LOG_COUNT_MAX);
    for (uint32_t round = 0; round < 7000 / FRAMES + 3; round++) {
        feed(node, 0);
        harness_render(node);
    }
    assert_false(node->instance.has_tail);
    assert_int_equal(line->entry_count, 1); /* it has all its room again */
    harness_destroy(node);
}

/* -- In a cycle -- */

typedef struct halves {
    harness *reader, *writer;
    void *writer_state;
} halves;

static halves split(harness *delay) {
    halves both = { .reader = delay };
    both.writer = harness_create(&wa_node_class_delay_writer,
                                 &(harness_desc){ .quantum_frames = delay->quantum.frame_count });
    both.writer_state = both.writer->instance.state;
    both.writer->instance.state = delay->instance.state;
    both.writer->instance.channels = delay->instance.channels;
    both.writer->instance.channel_capacity = delay->instance.channel_capacity;
    both.writer->quantum.frame = delay->quantum.frame;
    assert_int_equal(harness_attribute(delay, WA_ATTRIBUTE_IN_CYCLE, 1), WA_OK);
    harness_input_inactive(delay, 0);
    return both;
}

static void join(halves both) {
    both.writer->instance.state = both.writer_state;
    harness_destroy(both.writer);
    assert_int_equal(harness_attribute(both.reader, WA_ATTRIBUTE_IN_CYCLE, 0), WA_OK);
}

static void render_halves(halves both, bool is_writer_first) {
    harness_render(is_writer_first ? both.writer : both.reader);
    harness_render(is_writer_first ? both.reader : both.writer);
}

static void apart_it_is_the_same_in_either_order(void **state) {
    (void)state;
    static const float delays_frames[] = { 0, 100, 128, 129.5f, 700, 5000 };
    for (uint32_t row = 0; row < 6; row++) {
        const float wanted = delays_frames[row], clamped = fminf(fmaxf(wanted, 128), 1000);
        halves both[2];
        for (uint32_t i = 0; i < 2; i++) {
            both[i] = split(create(1000 / 48000.0, wanted / 48000.0f, (harness_desc){ 0 }));
        }
        for (uint32_t round = 0; round < 40; round++) {
            for (uint32_t i = 0; i < 2; i++) {
                feed(both[i].writer, round % 5 == 4 ? 0 : 1 + round / 10 % 2);
                render_halves(both[i], i == 0);
            }
            assert_memory_equal(both[0].reader->outputs[0].planes[0],
                                both[1].reader->outputs[0].planes[0], 128 * sizeof(float));
            assert_int_equal(both[0].reader->outputs[0].channel_count,
                             both[1].reader->outputs[0].channel_count);
            for (uint32_t i = 0; i < 2; i++) {
                check(both[i].reader, clamped / 48000.0f);
            }
        }
        for (uint32_t i = 0; i < 2; i++) {
            join(both[i]);
            harness_destroy(both[i].reader);
        }
    }
}

static void going_in_and_out_of_a_cycle_keeps_the_content(void **state) {
    (void)state;
    const float delay_time_s = 450 / 48000.0f;
    harness *delay = create(0.02, delay_time_s, (harness_desc){ 0 });
    for (uint32_t round = 0; round < 60; round += 10) {
        for (uint32_t i = 0; i < 5; i++) {
            feed(delay, 2);
            harness_render(delay);
            check(delay, delay_time_s);
        }
        halves both = split(delay);
        for (uint32_t i = 0; i < 5; i++) {
            feed(both.writer, 1);
            render_halves(both, round % 20 == 0);
            check(delay, delay_time_s);
        }
        join(both);
    }
    harness_destroy(delay);
}

/* Values below 2^-126 are silence to a writer: a fading loop comes to rest. */
static void a_fading_loop_comes_to_rest(void **state) {
    (void)state;
    halves both = split(create(0.01, 200 / 48000.0f, (harness_desc){ 0 }));
    harness_noise(1, harness_input(both.writer, 0, 1)[0], 128);
    harness_render(both.writer);
    harness_sleep(both.reader, 1);
    assert_true(both.writer->instance.has_tail);
    uint32_t quanta = 0, writer_rests = 0;
    bool is_awake = true;
    while (is_awake || writer_rests < 8) {
        harness_render(both.reader);
        is_awake = both.reader->instance.has_tail;
        float *const *in = harness_input(both.writer, 0, 1);
        for (uint32_t i = 0; i < 128; i++) {
            in[0][i] = 0.25f * both.reader->outputs[0].planes[0][i];
        }
        harness_render(both.writer);
        is_awake = is_awake || both.writer->instance.has_tail;
        writer_rests = both.writer->instance.has_tail ? 0 : writer_rests + 1;
        assert_true(++quanta < 1000);
    }
    assert_true(quanta > 90); /* 63 rounds of 200 frames */
    assert_true(both.reader->outputs[0].is_silent);
    join(both);
    harness_destroy(both.reader);
}

static void a_writer_tells_silence_from_sound(void **state) {
    (void)state;
    static const struct {
        float value;
        bool is_sound;
    } rows[] = { { 0.0f, false },    { FLT_MIN / 2, false }, { -FLT_MIN / 4, false }, { FLT_MIN, true },
                 { -FLT_MIN, true }, { NAN, true },          { INFINITY, true } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        halves both = split(create(0.01, 0, (harness_desc){ 0 }));
        float *const *in = harness_input(both.writer, 0, 2);
        memset(in[0], 0, 128 * sizeof(float));
        memset(in[1], 0, 128 * sizeof(float));
        in[1][77] = rows[row].value;
        harness_render(both.writer);
        assert_int_equal(both.writer->instance.has_tail, rows[row].is_sound);
        join(both);
        harness_destroy(both.reader);
    }
}

static void options_are_checked(void **state) {
    (void)state;
    static const struct {
        double max_s;
        float delay_s;
        wa_status status;
        const char *name;
    } rows[] = {
        { 1e-6, 0, WA_OK, "" },
        { 179.999, 7, WA_OK, "" },
        { 1, -5, WA_OK, "" },
        { 0, 0, WA_ERR_NOT_SUPPORTED, "max_delay_time_s" },
        { -1, 0, WA_ERR_NOT_SUPPORTED, "max_delay_time_s" },
        { 180, 0, WA_ERR_NOT_SUPPORTED, "180" },
        { NAN, 0, WA_ERR_TYPE, "max_delay_time_s" },
        { 1, INFINITY, WA_ERR_TYPE, "delay_time_s" },
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_delay_options options = WA_DELAY_OPTIONS_INIT;
        float values[WA_PARAM_COUNT_MAX];
        options.max_delay_time_s = rows[i].max_s;
        options.delay_time_s = rows[i].delay_s;
        assert_int_equal(harness_configure(CLASS, &options, NULL, values), rows[i].status);
        if (rows[i].status == WA_OK) {
            assert_true(values[0] == rows[i].delay_s);
        } else {
            assert_non_null(strstr(wa_error_message(), rows[i].name));
        }
    }
    harness *node = harness_create(CLASS, &(harness_desc){ .channel_capacity = 1 });
    assert_true(CLASS->param_max(node->setup.config, WA_DELAY_DELAY_TIME) == 1.0f);
    assert_in_range(node->channel_bytes, 48000 * 4, 48200 * 4);
    assert_int_equal(harness_attribute(node, WA_ATTRIBUTE_TYPE, 0), WA_ERR_WRONG_TYPE);
    harness_destroy(node);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_constant_delay_is_exact_or_interpolated),
        cmocka_unit_test(decimal_times_are_whole_frames),
        cmocka_unit_test(an_a_rate_delay_counts_for_every_frame),
        cmocka_unit_test(channels_change_when_they_reach_the_output),
        cmocka_unit_test(discrete_channels_are_not_spread),
        cmocka_unit_test(a_silent_input_keeps_its_layout),
        cmocka_unit_test(the_tail_lasts_as_long_as_the_longest_delay),
        cmocka_unit_test(a_reset_delay_is_as_new),
        cmocka_unit_test(in_place_is_bit_equal),
        cmocka_unit_test(a_full_log_loses_only_layout),
        cmocka_unit_test(apart_it_is_the_same_in_either_order),
        cmocka_unit_test(going_in_and_out_of_a_cycle_keeps_the_content),
        cmocka_unit_test(a_fading_loop_comes_to_rest),
        cmocka_unit_test(a_writer_tells_silence_from_sound),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
