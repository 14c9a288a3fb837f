/* The puller must hand out exactly the renderer's stream whatever the callback size, keep the order of its
 * input with the least delay, and land softly. Each row of the grid pulls a counting signal in uneven
 * pieces and compares every frame with the count itself.
 */
#include "device/puller.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHANNELS = 2, INPUTS = 2, QUANTUM_MAX = 512, FRAMES_MAX = 1024, STREAM_MAX = 16384 };

/* Channel c of frame n carries n * CHANNELS + c + 1: never 0, exact in a float. */
typedef struct rig {
    puller pull;
    float memory[CHANNELS + INPUTS][QUANTUM_MAX];
    float out_memory[CHANNELS][FRAMES_MAX];
    float in_memory[INPUTS][FRAMES_MAX];
    float heard[STREAM_MAX]; /* input of channel 0 in the order the renderer saw it */
    uint32_t heard_count, out_count;
    uint32_t quantum_frames, render_count, straight_count;
    bool is_running, is_echo; /* echo: the input goes out */
    const float *direct_from; /* planes of the caller, to count straight-through rendering */
} rig;

static float counting(uint32_t frame, uint32_t channel) {
    return (float)(frame * CHANNELS + channel + 1);
}

static bool render(void *user, const float *const *inputs, float *const *planes) {
    rig *test = user;
    if (!test->is_running) {
        return false;
    }
    const uint32_t first = test->render_count * test->quantum_frames;
    for (uint32_t frame = 0; frame < test->quantum_frames; frame++) {
        for (uint32_t channel = 0; channel < CHANNELS; channel++) {
            const float in = inputs == NULL ? 0.0f : inputs[channel][frame];
            planes[channel][frame] = test->is_echo ? in : counting(first + frame, channel);
        }
        if (inputs != NULL && test->heard_count < STREAM_MAX) {
            test->heard[test->heard_count++] = inputs[0][frame];
        }
    }
    const float *caller = test->out_memory[0];
    test->straight_count += planes[0] >= caller && planes[0] < caller + FRAMES_MAX;
    test->render_count++;
    return true;
}

static void rig_init(rig *test, uint32_t input_count, uint32_t quantum_frames) {
    memset(test, 0, sizeof *test);
    test->quantum_frames = quantum_frames;
    test->is_running = true;
    float *rows[CHANNELS + INPUTS];
    for (uint32_t row = 0; row < CHANNELS + INPUTS; row++) {
        rows[row] = test->memory[row];
    }
    puller_init(&test->pull, render, test, CHANNELS, input_count, quantum_frames, rows,
                rows + CHANNELS);
}

/* One call; the caller's planes are poisoned before, and the frame after the end checked. */
static void pull(rig *test, uint32_t frame_count, bool has_inputs) {
    const float *inputs[INPUTS];
    float *planes[CHANNELS];
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        planes[channel] = test->out_memory[channel];
        inputs[channel] = test->in_memory[channel];
        for (uint32_t frame = 0; frame < FRAMES_MAX; frame++) {
            test->out_memory[channel][frame] = NAN;
            test->in_memory[channel][frame] = counting(test->out_count + frame, channel);
        }
    }
    puller_pull(&test->pull, has_inputs ? inputs : NULL, planes, frame_count);
    test->out_count += frame_count;
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        assert_true(isnan(test->out_memory[channel][frame_count]));
    }
}

static const uint32_t frame_counts[] = { 1, 64, 100, 127, 128, 129, 441, 1000 };
static const uint32_t quanta[] = { 1, 100, 128, 441 };
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint32_t gcd(uint32_t a, uint32_t b) {
    return b == 0 ? a : gcd(b, a % b);
}

static void check_stream(rig *test, uint32_t frame_count, uint32_t calls) {
    for (uint32_t call = 0; call < calls; call++) {
        const uint32_t first = test->out_count;
        pull(test, frame_count, false);
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            for (uint32_t channel = 0; channel < CHANNELS; channel++) {
                if (test->out_memory[channel][frame] != counting(first + frame, channel)) {
                    fail_msg("quantum %u, call of %u: frame %u channel %u is %g, not %g",
                             test->quantum_frames, frame_count, first + frame, channel,
                             (double)test->out_memory[channel][frame],
                             (double)counting(first + frame, channel));
                }
            }
        }
    }
}

static void test_output_is_the_stream(void **state) {
    (void)state;
    static rig test;
    for (size_t q = 0; q < COUNT(quanta); q++) {
        for (size_t n = 0; n < COUNT(frame_counts); n++) {
            rig_init(&test, 0, quanta[q]);
            check_stream(&test, frame_counts[n], 9);
            /* No more is rendered than is needed: the rest is below a quantum. */
            const uint32_t needed = (test.out_count + quanta[q] - 1) / quanta[q];
            assert_int_equal(test.render_count, needed);
        }
        rig_init(&test, 0, quanta[q]); /* uneven sizes in one stream, and nothing at all */
        for (size_t n = 0; n < COUNT(frame_counts); n++) {
            check_stream(&test, frame_counts[n], 1);
            check_stream(&test, 0, 1);
        }
    }
}

static void test_whole_quanta_go_straight_through(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, 0, 128);
    check_stream(&test, 512, 3);
    assert_int_equal(test.straight_count, 12);
    assert_int_equal(test.pull.held_frames, 0);
    check_stream(&test, 300, 1); /* 128 + 128 straight, 44 of the third */
    assert_int_equal(test.straight_count, 14);
    assert_int_equal(test.pull.held_frames, 84);
}

/* The input arrives in order behind a constant delay of quantum - gcd(quantum, call). */
static void test_input_order_and_delay(void **state) {
    (void)state;
    static rig test;
    for (size_t q = 0; q < COUNT(quanta); q++) {
        for (size_t n = 0; n < COUNT(frame_counts); n++) {
            rig_init(&test, INPUTS, quanta[q]);
            test.is_echo = true;
            const uint32_t delay = quanta[q] - gcd(quanta[q], frame_counts[n]);
            uint32_t silent = 0;
            uint32_t next = 0;
            while (test.out_count < 4 * (quanta[q] + frame_counts[n])) {
                pull(&test, frame_counts[n], true);
                for (uint32_t frame = 0; frame < frame_counts[n]; frame++) {
                    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
                        const float got = test.out_memory[channel][frame];
                        assert_true(got == 0.0f || got == counting(next, channel));
                    }
                    silent += test.out_memory[0][frame] == 0.0f;
                    next += test.out_memory[0][frame] != 0.0f;
                }
            }
            assert_int_equal(silent + next, test.out_count);
            assert_true(silent <= delay);
            assert_true(silent < quanta[q]);
            if (frame_counts[n] % quanta[q] == 0) {
                assert_int_equal(silent, 0);
            }
        }
    }
}

/* Any mix of call sizes keeps the order, and the delay below a quantum. */
static void test_input_order_with_uneven_calls(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, INPUTS, 128);
    uint32_t seed = 12345;
    while (test.out_count < STREAM_MAX - FRAMES_MAX) {
        seed = seed * 1664525u + 1013904223u;
        pull(&test, (seed >> 16) % 300, true);
        assert_true(test.pull.held_frames + test.pull.gathered_frames < 128);
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < test.heard_count; i++) {
        assert_true(test.heard[i] == 0.0f || test.heard[i] == counting(next, 0));
        next += test.heard[i] != 0.0f;
    }
    assert_true(test.heard_count - next < 128); /* zeros that were put in front */
    assert_true(next + 128 >= test.out_count - 128);
}

static void test_input_may_go_and_come_back(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, INPUTS, 128);
    pull(&test, 100, true); /* 28 zeros, then 0..99 */
    pull(&test, 28, true);  /* what was held; this input waits */
    const uint32_t held_in = test.pull.gathered_frames;
    assert_int_equal(held_in, 28);
    const uint32_t heard = test.heard_count;
    pull(&test, 200, false); /* what was gathered is heard, closed by silence; then NULL */
    assert_int_equal(test.heard_count, heard + 128);
    assert_true(test.heard[heard] != 0.0f);
    assert_true(test.heard[heard + held_in] == 0.0f);
    assert_int_equal(test.pull.gathered_frames, 0);
    pull(&test, 128, true);
    assert_true(test.pull.held_frames + test.pull.gathered_frames < 128);
}

static void check_ramp(const rig *test, uint32_t from, uint32_t frame_count, float last) {
    for (uint32_t frame = from; frame < frame_count; frame++) {
        const uint32_t step = frame - from + 1;
        const float left = step < PULLER_RAMP_FRAMES ? (float)(PULLER_RAMP_FRAMES - step) : 0.0f;
        const float expected = last * left / PULLER_RAMP_FRAMES;
        assert_true(fabsf(test->out_memory[0][frame] - expected) <= fabsf(last) * 1e-6f);
    }
}

static void test_landing_in_one_call(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, 0, 128);
    check_stream(&test, 100, 1);
    test.is_running = false;
    pull(&test, 300, false); /* 28 held frames, then down from the last of them */
    for (uint32_t frame = 0; frame < 28; frame++) {
        assert_true(test.out_memory[1][frame] == counting(100 + frame, 1));
    }
    check_ramp(&test, 28, 300, counting(127, 0));
    assert_true(test.out_memory[0][28 + PULLER_RAMP_FRAMES - 1] == 0.0f);
    pull(&test, 64, false);
    check_ramp(&test, 0, 64, 0.0f);
}

/* The ramp goes on over calls shorter than it. */
static void test_landing_over_small_calls(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, 0, 128);
    check_stream(&test, 100, 1);
    pull(&test, 28, false); /* nothing is held any more */
    test.is_running = false;
    float previous = counting(127, 0);
    const float step = previous / PULLER_RAMP_FRAMES;
    for (uint32_t call = 0; call < 10; call++) {
        pull(&test, 10, false);
        for (uint32_t frame = 0; frame < 10; frame++) {
            const float now = test.out_memory[0][frame];
            assert_true(previous - now >= 0.0f && previous - now <= step * 1.01f);
            previous = now;
        }
    }
    assert_true(previous == 0.0f);
}

static void test_start_after_landing_is_fresh(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, 0, 128);
    test.is_running = false;
    pull(&test, 100, false); /* never ran: silence */
    check_ramp(&test, 0, 100, 0.0f);
    test.is_running = true;
    test.out_count = 0;
    check_stream(&test, 100, 1);
    test.is_running = false;
    pull(&test, 300, false); /* lands behind frame 127 */
    test.is_running = true;
    test.out_count = 128;
    check_stream(&test, 100, 2);
    assert_int_equal(test.pull.held_frames, 56);
}

/* Up from zero with the first frames that are rendered, over calls of any size, then the stream itself. */
static void test_rise(void **state) {
    (void)state;
    static rig test;
    for (size_t n = 0; n < COUNT(frame_counts); n++) {
        rig_init(&test, 0, 128);
        puller_rise(&test.pull);
        test.is_running = false;
        pull(&test, 100, false); /* it waits while there is nothing */
        check_ramp(&test, 0, 100, 0.0f);
        test.is_running = true;
        test.out_count = 0;
        while (test.out_count < 300) {
            const uint32_t first = test.out_count;
            pull(&test, frame_counts[n], false);
            for (uint32_t frame = first; frame < test.out_count; frame++) {
                const float gain =
                    frame < PULLER_RAMP_FRAMES ? (float)frame / PULLER_RAMP_FRAMES : 1.0f;
                assert_true(test.out_memory[1][frame - first] == gain * counting(frame, 1));
            }
        }
    }
}

/* It lands from where it is, and what is left of the rise comes with what is rendered next. */
static void test_landing_in_a_rise(void **state) {
    (void)state;
    static rig test;
    rig_init(&test, 0, 16);
    puller_rise(&test.pull);
    pull(&test, 32, false);
    const float last = test.out_memory[0][31];
    assert_true(last == counting(31, 0) * 31.0f / PULLER_RAMP_FRAMES);
    test.is_running = false;
    pull(&test, 100, false);
    check_ramp(&test, 0, 100, last);
    test.is_running = true;
    pull(&test, 48, false);
    for (uint32_t frame = 0; frame < 48; frame++) {
        const float gain = frame < 32 ? (float)(32 + frame) / PULLER_RAMP_FRAMES : 1.0f;
        assert_true(test.out_memory[0][frame] == gain * counting(32 + frame, 0));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_is_the_stream),
        cmocka_unit_test(test_whole_quanta_go_straight_through),
        cmocka_unit_test(test_input_order_and_delay),
        cmocka_unit_test(test_input_order_with_uneven_calls),
        cmocka_unit_test(test_input_may_go_and_come_back),
        cmocka_unit_test(test_landing_in_one_call),
        cmocka_unit_test(test_landing_over_small_calls),
        cmocka_unit_test(test_start_after_landing_is_fresh),
        cmocka_unit_test(test_rise),
        cmocka_unit_test(test_landing_in_a_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
