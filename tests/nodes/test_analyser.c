/* AnalyserNode as render sees it: the input passes to the bit, and what is kept of it is its mono mix by the
 * speaker rules, frame for frame, against the rules in double. What control makes of that is in
 * tests/engine/test_analyser.c. */
#include "nodes/analyser.h"
#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const wa_node_class wa_node_class_analyser;

static const uint32_t sizes[] = { 1, 100, 127, 128, 129, 441, 512, 4096 };
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0], FRAMES_MAX = 40000 };

static harness *make(uint32_t quantum_frames, bool is_aliased) {
    return harness_create(&wa_node_class_analyser, &(harness_desc){ .quantum_frames = quantum_frames,
                                                                    .is_aliased = is_aliased });
}

static void fill(harness *node, uint32_t channel_count, uint32_t seed) {
    float *const *in = harness_input(node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(seed + channel, in[channel], node->quantum.frame_count);
    }
}

/* The `count` frames before the clock. */
static const float *heard(const harness *node, uint32_t count) {
    static float frames[CAPTURE_FRAMES_MAX];
    const analyser *state = node->instance.state;
    assert_true(capture_read(&state->heard, node->quantum.frame, count, frames));
    return frames;
}

static void assert_silence(const float *frames, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_true(frames[i] == 0.0f);
    }
}

/* "Channel Up-Mixing and Down-Mixing", to one channel. Layouts that are no speakers': the first channel. */
static double mono_of(uint32_t channel_count, const double frame[WA_CHANNEL_COUNT_MAX]) {
    switch (channel_count) {
    case 2:
        return 0.5 * (frame[0] + frame[1]);
    case 4:
        return 0.25 * (frame[0] + frame[1] + frame[2] + frame[3]);
    case 6:
        return sqrt(0.5) * (frame[0] + frame[1]) + frame[2] + 0.5 * (frame[4] + frame[5]);
    default:
        return frame[0];
    }
}

static void check(uint32_t frames, uint32_t channel_count, bool is_aliased) {
    static float planes[WA_CHANNEL_COUNT_MAX][4096];
    static double want[4096];
    harness *node = make(frames, is_aliased);
    fill(node, channel_count, frames);
    for (uint32_t i = 0; i < frames; i++) {
        double frame[WA_CHANNEL_COUNT_MAX] = { 0 };
        for (uint32_t channel = 0; channel < channel_count; channel++) {
            planes[channel][i] = node->inputs[0].planes[channel][i];
            frame[channel] = (double)planes[channel][i];
        }
        want[i] = mono_of(channel_count, frame);
    }
    harness_render(node);
    assert_false(node->instance.has_tail);
    assert_false(node->outputs[0].is_silent);
    assert_int_equal(node->outputs[0].channel_count, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        assert_memory_equal(node->outputs[0].planes[channel], planes[channel], frames * sizeof(float));
    }
    assert_true(harness_error_db(heard(node, frames), want, frames) < -140.0);
    harness_destroy(node);
}

static void passes_and_keeps_the_mono_mix(void **state) {
    (void)state;
    const uint32_t channel_counts[] = { 1, 2, 3, 4, 5, 6, 7, 32 };
    for (uint32_t size = 0; size < SIZE_COUNT; size++) {
        for (uint32_t row = 0; row < 8; row++) {
            check(sizes[size], channel_counts[row], false);
            check(sizes[size], channel_counts[row], true);
        }
    }
}

/* Quantum after quantum, with another channel count each time: each is mixed as it was. */
static void channel_counts_change(void **state) {
    (void)state;
    const uint32_t channel_counts[] = { 2, 1, 6, 4, 2, 3, 1 };
    static double want[7 * 441];
    harness *node = make(441, false);
    for (uint32_t quantum = 0; quantum < 7; quantum++) {
        fill(node, channel_counts[quantum], quantum);
        for (uint32_t i = 0; i < 441; i++) {
            double frame[WA_CHANNEL_COUNT_MAX] = { 0 };
            for (uint32_t channel = 0; channel < channel_counts[quantum]; channel++) {
                frame[channel] = (double)node->inputs[0].planes[channel][i];
            }
            want[quantum * 441 + i] = mono_of(channel_counts[quantum], frame);
        }
        harness_render(node);
    }
    assert_true(harness_error_db(heard(node, 7 * 441), want, 7 * 441) < -140.0);
    harness_destroy(node);
}

/* Silent, inactive and asleep are the same to who listens. */
static void silence_keeps_time(void **state) {
    (void)state;
    for (uint32_t kind = 0; kind < 3; kind++) {
        harness *node = make(100, true);
        float first[100], last[100];
        fill(node, 1, 1);
        memcpy(first, node->inputs[0].planes[0], sizeof first);
        harness_render(node);
        if (kind == 0) {
            harness_input_silent(node, 0, 2);
            harness_render(node);
            harness_render(node);
            assert_true(node->outputs[0].is_silent);
        } else if (kind == 1) {
            harness_input_inactive(node, 0);
            harness_render(node);
            harness_render(node);
        } else {
            harness_sleep(node, 2);
        }
        const float *frames = heard(node, 300);
        assert_memory_equal(frames, first, sizeof first);
        assert_silence(frames + 100, 200);
        fill(node, 1, 2);
        memcpy(last, node->inputs[0].planes[0], sizeof last);
        harness_render(node);
        frames = heard(node, 400);
        assert_memory_equal(frames, first, sizeof first);
        assert_silence(frames + 100, 200);
        assert_memory_equal(frames + 300, last, sizeof last);
        harness_destroy(node);
    }
}

/* What is not a number passes too, and is kept as it is. */
static void not_finite(void **state) {
    (void)state;
    harness *node = make(128, false);
    float *const *in = harness_input(node, 0, 1);
    harness_noise(3, in[0], 128);
    in[0][5] = NAN;
    in[0][6] = INFINITY;
    harness_render(node);
    assert_memory_equal(node->outputs[0].planes[0], in[0], 128 * sizeof(float));
    assert_memory_equal(heard(node, 128), in[0], 128 * sizeof(float));
    harness_destroy(node);
}

static void a_quantum_longer_than_the_ring(void **state) {
    (void)state;
    static float want[FRAMES_MAX];
    harness *node = make(FRAMES_MAX, true);
    for (uint32_t quantum = 0; quantum < 3; quantum++) {
        fill(node, 1, quantum);
        memcpy(want, node->inputs[0].planes[0], sizeof want);
        harness_render(node);
        assert_memory_equal(heard(node, CAPTURE_FRAMES_MAX), want + FRAMES_MAX - CAPTURE_FRAMES_MAX,
                            CAPTURE_FRAMES_MAX * sizeof(float));
    }
    harness_destroy(node);
}

static void reset_forgets(void **state) {
    (void)state;
    harness *node = make(128, true);
    for (uint32_t quantum = 0; quantum < 10; quantum++) {
        fill(node, 2, quantum);
        harness_render(node);
    }
    harness_reset(node);
    assert_silence(heard(node, 2048), 2048);
    fill(node, 1, 77);
    float want[128];
    memcpy(want, node->inputs[0].planes[0], sizeof want);
    harness_render(node);
    assert_silence(heard(node, 2048), 2048 - 128);
    assert_memory_equal(heard(node, 128), want, sizeof want);
    harness_destroy(node);
}

typedef struct row {
    const char *what;
    wa_analyser_options options;
    wa_status status;
    const char *word; /* in the message */
} row;

#define OPTIONS(size, min, max, smoothing)                                                             \
    { WA_NODE_OPTIONS_INIT_(wa_analyser_options), size, min, max, smoothing }

static void options(void **state) {
    (void)state;
    const row rows[] = {
        { "defaults", WA_ANALYSER_OPTIONS_INIT, WA_OK, NULL },
        { "smallest size", OPTIONS(32, -100, -30, 0.8), WA_OK, NULL },
        { "largest size", OPTIONS(32768, -100, -30, 0.8), WA_OK, NULL },
        { "size below", OPTIONS(16, -100, -30, 0.8), WA_ERR_INDEX_SIZE, "fft_size" },
        { "size above", OPTIONS(65536, -100, -30, 0.8), WA_ERR_INDEX_SIZE, "fft_size" },
        { "size 0", OPTIONS(0, -100, -30, 0.8), WA_ERR_INDEX_SIZE, "fft_size" },
        { "no power of two", OPTIONS(2047, -100, -30, 0.8), WA_ERR_INDEX_SIZE, "fft_size" },
        { "wraps", OPTIONS(0x80000800u, -100, -30, 0.8), WA_ERR_INDEX_SIZE, "fft_size" },
        { "narrow range", OPTIONS(2048, -30.001, -30, 0.8), WA_OK, NULL },
        { "empty range", OPTIONS(2048, -30, -30, 0.8), WA_ERR_INDEX_SIZE, "min_decibels" },
        { "range upside down", OPTIONS(2048, -10, -30, 0.8), WA_ERR_INDEX_SIZE, "max_decibels" },
        { "above 0 dB", OPTIONS(2048, 10, 20, 0.8), WA_OK, NULL },
        { "no smoothing", OPTIONS(2048, -100, -30, 0.0), WA_OK, NULL },
        { "all smoothing", OPTIONS(2048, -100, -30, 1.0), WA_OK, NULL },
        { "smoothing below", OPTIONS(2048, -100, -30, -0.01), WA_ERR_INDEX_SIZE, "smoothing" },
        { "smoothing above", OPTIONS(2048, -100, -30, 1.01), WA_ERR_INDEX_SIZE, "smoothing" },
        { "NaN min", OPTIONS(2048, NAN, -30, 0.8), WA_ERR_TYPE, "min_decibels" },
        { "infinite max", OPTIONS(2048, -100, INFINITY, 0.8), WA_ERR_TYPE, "max_decibels" },
        { "NaN smoothing", OPTIONS(2048, -100, -30, NAN), WA_ERR_TYPE, "smoothing" },
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const wa_status status =
            harness_configure(&wa_node_class_analyser, &rows[i].options, NULL, NULL);
        if (status != rows[i].status ||
            (rows[i].word != NULL && strstr(wa_error_message(), rows[i].word) == NULL)) {
            fail_msg("%s: %s, message \"%s\"", rows[i].what, wa_status_name(status),
                     wa_error_message());
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_and_keeps_the_mono_mix),
        cmocka_unit_test(channel_counts_change),
        cmocka_unit_test(silence_keeps_time),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(a_quantum_longer_than_the_ring),
        cmocka_unit_test(reset_forgets),
        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
