/* Scheduled sources (Web Audio 1.1, "AudioScheduledSourceNode"; M2.6): when they play, to the frame, when they
 * end and how that is told, and what may be asked of them when. Each row is heard frame by frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <string.h>

enum { QUANTUM = 128 };

static const wa_node_type source_types[] = { WA_NODE_TYPE_OSCILLATOR, WA_NODE_TYPE_BUFFER_SOURCE,
                                             WA_NODE_TYPE_CONSTANT_SOURCE };

static rig *r;

static int set_up(void **state) {
    (void)state;
    r = rig_create(NULL);
    rig_poll(r, WA_EVENT_STATE_CHANGE);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rig_destroy(r);
    return 0;
}

/* A constant that is not started, heard alone. */
static wa_node constant(void) {
    const wa_node made = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
    rig_connect(r, made, r->out);
    return made;
}

static wa_status start(wa_node node, double frame) {
    return wa_source_start(r->context, node, rig_frames_s(r, frame));
}

static wa_status stop(wa_node node, double frame) {
    return wa_source_stop(r->context, node, rig_frames_s(r, frame));
}

static uint32_t ended_count(void) {
    return rig_poll(r, WA_EVENT_ENDED);
}

static void assert_span(const float *heard, uint32_t begin, uint32_t end, uint32_t frame_count) {
    assert_all(heard, 0.0f, begin);
    assert_all(heard + begin, 1.0f, end - begin);
    assert_all(heard + end, 0.0f, frame_count - end);
}

/* -- what may be asked -------------------------------------------------------------------------- */

/* M2.6 */
static void rules_of_start_and_stop(void **state) {
    (void)state;
    for (uint32_t index = 0; index < sizeof source_types / sizeof source_types[0]; index++) {
        const wa_node node = rig_node(r, source_types[index], NULL);
        assert_refused(wa_source_stop(r->context, node, 0.0), WA_ERR_INVALID_STATE, "not been started");
        assert_refused(wa_source_start(r->context, node, -0.001), WA_ERR_RANGE, "when_s is -0.001");
        assert_refused(wa_source_start(r->context, node, NAN), WA_ERR_TYPE, "when_s");
        assert_refused(wa_source_start(r->context, node, INFINITY), WA_ERR_TYPE, "when_s");
        assert_refused(wa_source_stop(r->context, node, 0.0), WA_ERR_INVALID_STATE, "not been started");
        assert_ok(wa_source_start(r->context, node, 0.0)); /* nothing of that has started it */
        assert_refused(wa_source_start(r->context, node, 1.0), WA_ERR_INVALID_STATE, "before");
        assert_refused(wa_source_stop(r->context, node, -1.0), WA_ERR_RANGE, "when_s");
        assert_refused(wa_source_stop(r->context, node, NAN), WA_ERR_TYPE, "when_s");
        assert_refused(wa_source_stop(r->context, node, -INFINITY), WA_ERR_TYPE, "when_s");
        assert_ok(wa_source_stop(r->context, node, 1e9));
        assert_ok(wa_source_stop(r->context, node, 0.0));
        rig_render(r, 2 * QUANTUM);
        assert_int_equal(ended_count(), 1);
        assert_refused(wa_source_start(r->context, node, 0.0), WA_ERR_INVALID_STATE, "before");
        assert_ok(wa_source_stop(r->context, node, 0.0)); /* it has ended: nothing is left to stop */
        rig_render(r, 2 * QUANTUM);
        assert_int_equal(ended_count(), 0);
        rig_release(r, node, WA_RELEASE_NOW);
        assert_refused(wa_source_start(r->context, node, 0.0), WA_ERR_RELEASED, "source");
    }
    const wa_node gain = rig_gain(r, 1.0f);
    assert_refused(wa_source_start(r->context, gain, 0.0), WA_ERR_WRONG_TYPE,
                   "Gain, which has no start");
    assert_refused(wa_source_stop(r->context, gain, 0.0), WA_ERR_WRONG_TYPE, "Gain");
    assert_refused(wa_source_rearm(r->context, gain), WA_ERR_WRONG_TYPE, "Gain");
    assert_refused(wa_source_start(r->context, (wa_node){ 0 }, 0.0), WA_ERR_STALE_HANDLE, "source");
    assert_refused(wa_source_start(NULL, gain, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_source_stop(NULL, gain, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_source_rearm(NULL, gain), WA_ERR_TYPE, "context");
}

/* M2.6: the three arguments of a buffer's start. */
static void rules_of_a_buffer_source(void **state) {
    static const struct {
        double when_s, offset_s, duration_s;
        wa_status status;
        const char *word;
    } rows[] = {
        { -1.0, 0.0, 1.0, WA_ERR_RANGE, "when_s" },      { NAN, 0.0, 1.0, WA_ERR_TYPE, "when_s" },
        { 0.0, -0.5, 1.0, WA_ERR_RANGE, "offset_s" },    { 0.0, NAN, 1.0, WA_ERR_TYPE, "offset_s" },
        { 0.0, INFINITY, 1.0, WA_ERR_TYPE, "offset" },   { 0.0, 0.0, NAN, WA_ERR_TYPE, "duration_s" },
        { 0.0, 0.0, INFINITY, WA_ERR_TYPE, "duration" },
    };
    (void)state;
    const wa_buffer buffer = rig_buffer(r, 1, 100);
    float *plane = wa_buffer_plane(r->engine, buffer, 0);
    for (uint32_t frame = 0; frame < 100; frame++) {
        plane[frame] = (float)(frame + 1);
    }
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = buffer;
    const wa_node node = rig_node(r, WA_NODE_TYPE_BUFFER_SOURCE, &options);
    rig_connect(r, node, r->out);
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        assert_refused(wa_buffer_source_start(r->context, node, rows[row].when_s, rows[row].offset_s,
                                              rows[row].duration_s),
                       rows[row].status, rows[row].word);
    }
    assert_ok(
        start(node, 20.0)); /* from the first frame to the last: none of those rows has changed it */
    assert_refused(wa_buffer_source_start(r->context, node, 0.0, 0.0, 1.0), WA_ERR_INVALID_STATE,
                   "before");
    const float *heard = rig_render(r, 2 * QUANTUM);
    assert_all(heard, 0.0f, 20);
    assert_same(heard + 20, plane, 100);
    assert_all(heard + 120, 0.0f, 136);
    assert_int_equal(ended_count(), 1);
    assert_ok(wa_source_rearm(r->context, node));
    assert_ok(wa_buffer_source_start(r->context, node, 0.0, rig_frames_s(r, 30), rig_frames_s(r, 50)));
    heard = rig_render(r, 2 * QUANTUM);
    assert_same(heard, plane + 30, 50);
    assert_all(heard + 50, 0.0f, 206);
    assert_ok(wa_source_rearm(r->context, node));
    assert_ok(
        wa_buffer_source_start(r->context, node, 0.0, rig_frames_s(r, 90), -1.0)); /* to the end */
    heard = rig_render(r, 2 * QUANTUM);
    assert_same(heard, plane + 90, 10);
    assert_all(heard + 10, 0.0f, 246);
    assert_ok(wa_source_rearm(r->context, node));
    assert_ok(start(node, 0.0)); /* neither offset nor duration is kept */
    assert_same(rig_render(r, 2 * QUANTUM), plane, 100);
    assert_int_equal(ended_count(), 3);
    const wa_node tone = rig_node(r, WA_NODE_TYPE_OSCILLATOR, NULL);
    assert_refused(wa_buffer_source_start(r->context, tone, 0.0, 0.0, 1.0), WA_ERR_WRONG_TYPE,
                   "source");
    assert_refused(wa_buffer_source_start(NULL, node, 0.0, 0.0, 1.0), WA_ERR_TYPE, "context");
    assert_ok(wa_buffer_release(r->engine, buffer));
}

/* -- when it plays ------------------------------------------------------------------------------ */

static const struct span_row {
    double start, stop;
    uint32_t begin, end; /* as heard */
} spans[] = {
    { 0, 0, 0, 0 },
    { 0, 1, 0, 1 },
    { 0, 128, 0, 128 },
    { 1, 128, 1, 128 },
    { 127, 128, 127, 128 },
    { 127, 129, 127, 129 },
    { 128, 129, 128, 129 },
    { 100, 600, 100, 600 },
    { 10.5, 20, 11, 20 },
    { 10, 20.5, 10, 21 },
    { 10.2, 10.8, 11, 11 },
    { 10.2, 11.2, 11, 12 },
    { 383.9, 384.1, 384, 385 },
    { 500, 500, 0, 0 },
    { 500, 100, 0, 0 },
    { 500, 0, 0, 0 },
    { 127.5, 127.9, 0, 0 },
};
enum { SPAN_COUNT = sizeof spans / sizeof spans[0] };

/* M2.6: from the first frame at or after the start to the last one before the stop. */
static void heard_at_its_frames(void **state) {
    (void)state;
    for (uint32_t row = 0; row < SPAN_COUNT; row++) {
        for (uint32_t is_together = 0; is_together < 2; is_together++) {
            const double begin = (double)r->frame_count;
            const wa_node node = constant();
            if (is_together) {
                assert_ok(wa_begin(r->context));
            }
            assert_ok(start(node, begin + spans[row].start));
            assert_ok(stop(node, begin + spans[row].stop));
            if (is_together) {
                assert_ok(wa_commit(r->context));
            }
            assert_span(rig_render(r, 6 * QUANTUM), spans[row].begin, spans[row].end, 6 * QUANTUM);
            assert_int_equal(ended_count(), 1);
            rig_release(r, node, WA_RELEASE_NOW);
        }
    }
}

static const uint32_t any_quanta[] = { 1, 100, 441, 4096 };
static const float any_rates[] = { 3000.0f, 44100.0f, 768000.0f };

/* As many frames as the rows need, in whole quanta: the next row begins at a quantum. */
static uint32_t whole_quanta(uint32_t frames, uint32_t quantum) {
    return (frames + quantum - 1) / quantum * quantum;
}

/* M2.6: the same in quanta of any size, at any rate; a stop before the start and no length at all included. */
static void heard_at_its_frames_in_any_quantum(void **state) {
    (void)state;
    for (uint32_t which = 0; which < 12; which++) {
        const uint32_t quantum = any_quanta[which % 4];
        const uint32_t frames = whole_quanta(6 * QUANTUM, quantum);
        rig *mine = r;
        r = rig_create(
            &(rig_desc){ .sample_rate_hz = any_rates[which / 4], .quantum_frames = quantum });
        rig_poll(r, WA_EVENT_STATE_CHANGE);
        for (uint32_t row = 0; row < SPAN_COUNT; row++) {
            const double begin = (double)r->frame_count;
            const wa_node node = constant();
            assert_ok(start(node, begin + spans[row].start));
            assert_ok(stop(node, begin + spans[row].stop));
            assert_span(rig_render(r, frames), spans[row].begin, spans[row].end, frames);
            assert_int_equal(ended_count(), 1);
            rig_release(r, node, WA_RELEASE_NOW);
        }
        const wa_node late =
            constant(); /* in the past: now, and from the first frame of the next quantum */
        assert_ok(start(late, 1.0));
        assert_all(rig_render(r, quantum), 1.0f, quantum);
        assert_ok(stop(late, 2.0));
        assert_all(rig_render(r, quantum), 0.0f, quantum);
        assert_int_equal(ended_count(), 1);
        rig_destroy(r);
        r = mine;
    }
}

/* M2.6: a sine and a buffer that begin and end between two frames, against what they are at each frame's exact
 * time: -110 dB. */
static void between_two_frames_in_any_quantum(void **state) {
    enum { FRAMES = 1000, FRAMES_MAX = 8192 };
    static double tone_want[FRAMES_MAX], line_want[FRAMES_MAX];
    static const double starts[] = { 0.0, 0.25, 99.5, 440.01, 441.99 };
    (void)state;
    const double pi = acos(-1.0);
    for (uint32_t which = 0; which < 12 * 5; which++) {
        const uint32_t quantum = any_quanta[which % 4];
        const uint32_t frames = whole_quanta(FRAMES, quantum);
        const double begin = starts[which / 12], length = 301.5;
        rig *both = rig_create(&(rig_desc){ .sample_rate_hz = any_rates[which / 4 % 3],
                                            .quantum_frames = quantum,
                                            .channel_count = 2 });
        wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
        options.frequency_hz = 0.01f * (float)both->rate;
        const wa_node tone = rig_node(both, WA_NODE_TYPE_OSCILLATOR, &options);
        const wa_node out = rig_merger(both, 2);
        const wa_buffer buffer = rig_buffer(both, 1, 400);
        for (uint32_t frame = 0; frame < 400; frame++) {
            wa_buffer_plane(both->engine, buffer, 0)[frame] = 1.0f + (float)frame / 64.0f;
        }
        const wa_node line = rig_play(both, buffer, rig_frames_s(both, begin));
        assert_ok(wa_source_start(both->context, tone, rig_frames_s(both, begin)));
        assert_ok(wa_source_stop(both->context, tone, rig_frames_s(both, begin + length)));
        assert_ok(wa_source_stop(both->context, line, rig_frames_s(both, begin + length)));
        rig_connect_ports(both, tone, 0, out, 0);
        rig_connect_ports(both, line, 0, out, 1);
        rig_connect(both, out, both->out);
        rig_render(both, frames);
        for (uint32_t frame = 0; frame < frames; frame++) {
            const double since = (double)frame - begin;
            const bool is_heard = since >= 0.0 && since < length;
            tone_want[frame] =
                is_heard ? sin(2.0 * pi * (double)options.frequency_hz / both->rate * since) : 0.0;
            line_want[frame] = is_heard ? 1.0 + since / 64.0 : 0.0;
        }
        const double tone_db = rig_error_db(both->planes[0], tone_want, frames);
        const double line_db = rig_error_db(both->planes[1], line_want, frames);
        if (!(tone_db < -110.0 && line_db < -130.0)) {
            fail_msg("from %g in quanta of %u at %g Hz: sine %.1f dB, buffer %.1f dB", begin, quantum,
                     both->rate, tone_db, line_db);
        }
        assert_ok(wa_buffer_release(both->engine, buffer));
        rig_destroy(both);
    }
}

/* M2.6: a product of a quotient misses its frame by a rounding; that frame is meant. */
static void a_quotient_means_its_frame(void **state) {
    (void)state;
    rig *mine = r;
    r = rig_create(&(rig_desc){ .sample_rate_hz = 44100.0f });
    for (uint32_t frame = 1; frame < 3000; frame += 61) {
        const uint32_t begin = (uint32_t)r->frame_count + frame;
        const wa_node node = constant();
        assert_ok(wa_source_start(r->context, node, (double)begin / 44100.0));
        assert_ok(wa_source_stop(r->context, node, (double)(begin + 1) / 44100.0));
        const float *heard = rig_render(r, 3072);
        assert_span(heard, frame, frame + 1, 3072);
        rig_release(r, node, WA_RELEASE_NOW);
    }
    rig_destroy(r);
    r = mine;
}

/* M2.6: in the past means now: from the next quantum on, and the whole of it. */
static void in_the_past_means_now(void **state) {
    (void)state;
    rig_render(r, 10 * QUANTUM);
    const wa_node node = constant(), stopped = constant();
    const wa_node click = rig_impulse(r, 4.0f, 0.001);
    rig_connect(r, click, r->out);
    assert_ok(start(node, 5.0));
    const float *heard = rig_render(r, QUANTUM);
    assert_true(heard[0] == 5.0f); /* the first frame of the buffer, not the one after 10 quanta */
    assert_all(heard + 1, 1.0f, QUANTUM - 1);
    assert_ok(stop(node, 3.0));
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_ok(start(stopped, 2.0)); /* a stop after that in the past: it never plays */
    assert_ok(stop(stopped, 4.0));
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_int_equal(ended_count(), 3);
}

/* M2.6: what a signal is between two frames shows in where it begins. */
static void between_two_frames(void **state) {
    (void)state;
    static const double starts[] = { 5.25, 127.5, 130.0, 200.99 };
    const double pi = acos(-1.0);
    for (uint32_t row = 0; row < sizeof starts / sizeof starts[0]; row++) {
        const double begin = (double)r->frame_count + starts[row];
        const wa_buffer buffer = rig_buffer(r, 1, 50);
        float *plane = wa_buffer_plane(r->engine, buffer, 0);
        for (uint32_t frame = 0; frame < 50; frame++) {
            plane[frame] = (float)frame; /* a line: what lies between is known */
        }
        const wa_node tone = rig_node(r, WA_NODE_TYPE_OSCILLATOR, NULL);
        const wa_node ramp = rig_play(r, buffer, rig_frames_s(r, begin));
        rig_connect(r, tone, r->out);
        assert_ok(start(tone, begin));
        assert_ok(stop(tone, begin + 100.0));
        const float *heard = rig_render(r, 4 * QUANTUM);
        double tone_want[4 * QUANTUM], ramp_want[4 * QUANTUM];
        const double late = ceil(starts[row]) - starts[row];
        for (uint32_t frame = 0; frame < 4 * QUANTUM; frame++) {
            const double since = (double)frame - starts[row];
            tone_want[frame] =
                since >= 0.0 && since < 100.0 ? sin(2.0 * pi * 440.0 * since / 48000.0) : 0.0;
            ramp_want[frame] = since >= 0.0 && since <= 49.0 ? since : 0.0;
        }
        assert_true(rig_error_db(heard, tone_want, 4 * QUANTUM) < -110.0);
        rig_connect(r, ramp, r->out); /* it was not heard; play it again, now alone */
        assert_ok(wa_source_rearm(r->context, ramp));
        assert_ok(start(ramp, (double)r->frame_count + starts[row]));
        heard = rig_render(r, 4 * QUANTUM);
        assert_float_equal(heard[(uint32_t)ceil(starts[row])], (float)late, 1e-6f);
        /* What lies beyond the last frame is not the test's: the line runs to zero there. */
        const uint32_t last = (uint32_t)floor(starts[row] + 49.0);
        assert_true(rig_error_db(heard, ramp_want, last) < -120.0);
        rig_release(r, tone, WA_RELEASE_NOW);
        rig_release(r, ramp, WA_RELEASE_NOW);
        assert_ok(wa_buffer_release(r->engine, buffer));
    }
}

/* M2.6: the last stop wins, until it is reached. */
static void the_last_stop_wins(void **state) {
    static const struct {
        double stops[3];
        uint32_t end;
    } rows[] = { { { 100, 300, 200 }, 200 }, { { 300, 200, 400 }, 400 }, { { 400, 0, 129 }, 129 } };
    (void)state;
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const double begin = (double)r->frame_count;
        const wa_node node = constant();
        assert_ok(start(node, begin));
        for (uint32_t index = 0; index < 3; index++) {
            assert_ok(stop(node, begin + rows[row].stops[index]));
        }
        assert_span(rig_render(r, 4 * QUANTUM), 0, rows[row].end, 4 * QUANTUM);
        assert_int_equal(ended_count(), 1);
        rig_release(r, node, WA_RELEASE_NOW);
    }
    const double begin = (double)r->frame_count;
    const wa_node node = constant();
    assert_ok(start(node, begin));
    assert_ok(stop(node, begin + 200));
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    assert_ok(stop(node, begin + 300)); /* while it plays */
    assert_span(rig_render(r, 4 * QUANTUM), 0, 300 - QUANTUM, 4 * QUANTUM);
    assert_ok(stop(node, begin + 9000)); /* too late: it has ended */
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_int_equal(ended_count(), 1);
}

/* M2.6: stopped before its start, it is over when its stop is reached, and not when it would have started. */
static void stopped_before_its_start(void **state) {
    (void)state;
    const wa_node never = constant(), later = constant(), after_all = constant();
    const double day = 48000.0 * 86400.0;
    assert_ok(start(never, day));
    assert_ok(start(later, day));
    assert_ok(start(after_all, 1000));
    assert_ok(stop(after_all, 1300)); /* they wait in one queue */
    assert_ok(stop(never, 0));
    assert_ok(stop(later, 700));
    assert_span(rig_render(r, 4 * QUANTUM), 0, 0, 4 * QUANTUM);
    assert_int_equal(ended_count(), 1);
    assert_ok(wa_source_rearm(r->context, never));
    assert_refused(wa_source_rearm(r->context, later), WA_ERR_INVALID_STATE, "waits");
    rig_render(r, 2 * QUANTUM);
    assert_int_equal(ended_count(), 1);
    /* A stop that is taken back: the last one wins here too. */
    assert_ok(start(never, 1500));
    assert_ok(stop(never, 1400));
    assert_ok(stop(never, 1600));
    assert_ok(stop(after_all, 900));
    assert_ok(stop(after_all, 1100));
    const uint32_t done = (uint32_t)r->frame_count;
    const float *heard = rig_render(r, 8 * QUANTUM);
    for (uint32_t frame = 0; frame < 8 * QUANTUM; frame++) {
        const uint32_t now = done + frame;
        const bool is_heard = (now >= 1000 && now < 1100) || (now >= 1500 && now < 1600);
        assert_true(heard[frame] == (is_heard ? 1.0f : 0.0f));
    }
    assert_int_equal(ended_count(), 2);
}

/* M2.6: a lifetime that nobody holds ends with the stop as well. */
static void stopped_before_its_start_and_dropped(void **state) {
    (void)state;
    const uint32_t node_count = rig_node_count(r);
    const wa_node node = constant();
    assert_ok(start(node, 48000.0 * 86400.0));
    assert_ok(stop(node, 300));
    rig_release(r, node, WA_RELEASE_WHEN_DONE);
    rig_render(r, 2 * QUANTUM);
    (void)ended_count();
    assert_int_equal(rig_node_count(r), node_count + 1);
    rig_render(r, 2 * QUANTUM);
    (void)ended_count();
    rig_render(r, QUANTUM);
    assert_int_equal(ended_count(), 0); /* nobody is there to be told */
    assert_int_equal(rig_node_count(r), node_count);
}

/* M2.6: thousands ahead, in any order, each at its frame; edit by edit, or as one edit that takes several
 * quanta to arrive. */
static void thousands_ahead(void **state) {
    enum { COUNT = 4000, SPACE = 20000 };
    static float want[SPACE];
    (void)state;
    for (uint32_t is_together = 0; is_together < 2; is_together++) {
        rig *mine = r;
        r = rig_create(&(rig_desc){ .is_live = is_together != 0 });
        uint32_t seed = 77;
        const uint32_t first = is_together ? 2 * COUNT : 0;
        wa_buffer buffers[16];
        memset(want, 0, sizeof want);
        for (uint32_t index = 0; index < 16; index++) {
            buffers[index] = rig_buffer(r, 1, 1);
            wa_buffer_plane(r->engine, buffers[index], 0)[0] = (float)(1u << index);
        }
        assert_ok(is_together ? wa_begin(r->context) : WA_OK);
        for (uint32_t index = 0; index < COUNT; index++) {
            const uint32_t frame = first + rig_random(&seed) % (SPACE - first - QUANTUM);
            const wa_node node = rig_play(r, buffers[index % 16], rig_frames_s(r, frame));
            rig_connect(r, node, r->out);
            want[frame] += (float)(1u << index % 16);
            rig_release(r, node, WA_RELEASE_WHEN_DONE);
        }
        assert_ok(is_together ? wa_commit(r->context) : WA_OK);
        assert_same(rig_render(r, SPACE), want, SPACE);
        for (uint32_t index = 0; index < 16; index++) {
            assert_ok(wa_buffer_release(r->engine, buffers[index]));
        }
        for (uint32_t quantum = 0; quantum < 40; quantum++) { /* they retire, in pieces */
            (void)ended_count();
            rig_render(r, QUANTUM);
        }
        (void)ended_count();
        assert_int_equal(rig_node_count(r), 1);
        rig_destroy(r);
        r = mine;
    }
}

/* -- how the end is told ------------------------------------------------------------------------ */

/* M2.6: once each, in the order in which they ended, through a window of any size. */
static void ended_is_told_once(void **state) {
    enum { COUNT = 50 };
    static const uint32_t capacities[] = { 1, 2, 7, 49, 50, 51 };
    (void)state;
    for (uint32_t row = 0; row < sizeof capacities / sizeof capacities[0]; row++) {
        const double begin = (double)r->frame_count;
        wa_node nodes[COUNT];
        wa_event events[64];
        for (uint32_t index = 0; index < COUNT; index++) {
            const wa_node_type type = source_types[index % 3];
            nodes[index] = rig_node(r, type, NULL);
            assert_ok(start(nodes[index], begin));
            assert_ok(
                stop(nodes[index], begin + 5.0 + QUANTUM * (index % 2 == 0 ? index : COUNT + index)));
        }
        rig_render(r, (2 * COUNT + 1) * QUANTUM);
        assert_int_equal(wa_context_poll(r->context, NULL, 0), 0);
        assert_int_equal(wa_context_poll(r->context, NULL, 9), 0);
        assert_int_equal(wa_context_poll(r->context, events, 0), 0);
        uint32_t told = 0;
        for (uint32_t got = 1; got > 0; told += got) {
            got = wa_context_poll(r->context, events, capacities[row]);
            assert_true(got <= capacities[row]);
            for (uint32_t each = 0; each < got; each++) {
                const uint32_t at = told + each;
                const uint32_t index = at < COUNT / 2 ? 2 * at : 2 * (at - COUNT / 2) + 1;
                assert_int_equal(events[each].type, WA_EVENT_ENDED);
                assert_int_equal(events[each].node.id, nodes[index].id);
            }
        }
        assert_int_equal(told, COUNT);
        for (uint32_t index = 0; index < COUNT; index++) {
            rig_release(r, nodes[index], WA_RELEASE_NOW);
        }
    }
}

/* M2.6: told of nobody whose handle has gone; what takes its memory is not it. */
static void ended_is_not_told_of_the_released(void **state) {
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    (void)state;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_CONSTANT_SOURCE;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    for (uint32_t mode = 0; mode < 4; mode++) {
        for (uint32_t is_pooled = 0; is_pooled < 2; is_pooled++) {
            for (uint32_t has_ended = 0; has_ended < 2; has_ended++) {
                wa_node node = { 0 };
                const wa_release_options options = { modes[mode], 0.001 };
                if (is_pooled) {
                    assert_ok(wa_node_pool_acquire(pool, &node));
                } else {
                    node = constant();
                }
                assert_ok(start(node, 0.0));
                assert_ok(stop(node, (double)r->frame_count + 200));
                rig_render(r, has_ended ? 3 * QUANTUM : QUANTUM);
                (void)wa_context_poll(r->context, NULL, 0); /* taken in, not told */
                assert_ok(is_pooled ? wa_node_pool_release(pool, node, &options)
                                    : wa_node_release(r->context, node, &options));
                rig_render(r, 3 * QUANTUM);
                (void)wa_context_poll(r->context, NULL, 0);
                rig_render(r, QUANTUM);
                (void)wa_context_poll(r->context, NULL, 0);
                wa_node next = { 0 };
                if (is_pooled) {
                    assert_ok(wa_node_pool_acquire(pool, &next));
                }
                assert_int_equal(ended_count(), 0);
                if (is_pooled) {
                    assert_ok(wa_node_pool_release(pool, next, NULL));
                    rig_render(r, QUANTUM);
                }
            }
        }
    }
    wa_node_pool_destroy(pool);
}

/* -- again -------------------------------------------------------------------------------------- */

/* M2.6: re-armed, it plays as it did, to the bit. */
static void armed_again(void **state) {
    (void)state;
    for (uint32_t index = 0; index < sizeof source_types / sizeof source_types[0]; index++) {
        wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
        options.buffer = rig_buffer(r, 1, 700);
        options.playback_rate = 0.77f;
        uint32_t seed = 3;
        for (uint32_t frame = 0; frame < 700; frame++) {
            wa_buffer_plane(r->engine, options.buffer, 0)[frame] = rig_random_unit(&seed);
        }
        const bool is_buffer = source_types[index] == WA_NODE_TYPE_BUFFER_SOURCE;
        const wa_node node = rig_node(r, source_types[index], is_buffer ? (void *)&options : NULL);
        rig_connect(r, node, r->out);
        assert_ok(wa_source_rearm(r->context, node)); /* never started: as it was */
        uint64_t first = 0;
        for (uint32_t life = 0; life < 5; life++) {
            const uint64_t begin = r->frame_count;
            assert_ok(start(node, (double)begin + 33.4));
            assert_refused(wa_source_rearm(r->context, node), WA_ERR_INVALID_STATE, "waits");
            rig_render(r, QUANTUM);
            assert_refused(wa_source_rearm(r->context, node), WA_ERR_INVALID_STATE, "plays");
            assert_ok(stop(node, (double)begin + 600.0));
            rig_render(r, 7 * QUANTUM);
            first = life == 0 ? begin : first;
            assert_same(r->planes[0] + begin, r->planes[0] + first, 8 * QUANTUM);
            if (life % 2 == 0) {
                assert_int_equal(ended_count(), life == 0 ? 1 : 2); /* nothing is lost by not asking */
            }
            assert_ok(wa_source_rearm(r->context, node));
        }
        rig_release(r, node, WA_RELEASE_NOW);
        assert_ok(wa_buffer_release(r->engine, options.buffer));
    }
}

/* M2.6: what is not of the schedule is kept: params, automation that lies ahead, connections, settings. */
static void armed_again_it_keeps_the_rest(void **state) {
    (void)state;
    const wa_node node = constant();
    const wa_param offset = wa_node_param(node, WA_CONSTANT_SOURCE_OFFSET);
    assert_ok(wa_param_set_value(r->context, offset, 0.25f));
    assert_ok(wa_param_set_value_at_time(r->context, offset, 0.75f, rig_frames_s(r, 4 * QUANTUM)));
    assert_ok(start(node, 0.0));
    assert_ok(stop(node, 10.0));
    rig_render(r, 2 * QUANTUM);
    assert_ok(wa_source_rearm(r->context, node));
    assert_ok(start(node, 3.0 * QUANTUM));
    const float *heard = rig_render(r, 4 * QUANTUM);
    assert_all(heard, 0.0f, QUANTUM);
    assert_all(heard + QUANTUM, 0.25f, QUANTUM);
    assert_all(heard + 2 * QUANTUM, 0.75f, 2 * QUANTUM);
}

/* M2.6: undone, it is what it was. */
static void armed_again_and_undone(void **state) {
    (void)state;
    const wa_node node = constant();
    assert_ok(start(node, 0.0));
    assert_ok(stop(node, 50.0));
    rig_render(r, 2 * QUANTUM);
    assert_int_equal(ended_count(), 1);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_source_rearm(r->context, node));
    assert_ok(start(node, 0.0));
    assert_ok(wa_rollback(r->context));
    assert_refused(start(node, 0.0), WA_ERR_INVALID_STATE, "before");
    assert_all(rig_render(r, 2 * QUANTUM), 0.0f, 2 * QUANTUM);
    assert_int_equal(ended_count(), 0);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_source_rearm(r->context, node));
    assert_ok(start(node, (double)r->frame_count + 10));
    assert_ok(stop(node, (double)r->frame_count + 20));
    assert_ok(wa_commit(r->context));
    assert_span(rig_render(r, 2 * QUANTUM), 10, 20, 2 * QUANTUM);
    assert_int_equal(ended_count(), 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rules_of_start_and_stop),
        TEST(rules_of_a_buffer_source),
        TEST(heard_at_its_frames),
        TEST(heard_at_its_frames_in_any_quantum),
        TEST(between_two_frames_in_any_quantum),
        TEST(a_quotient_means_its_frame),
        TEST(in_the_past_means_now),
        TEST(between_two_frames),
        TEST(the_last_stop_wins),
        TEST(stopped_before_its_start),
        TEST(stopped_before_its_start_and_dropped),
        TEST(thousands_ahead),
        TEST(ended_is_told_once),
        TEST(ended_is_not_told_of_the_released),
        TEST(armed_again),
        TEST(armed_again_it_keeps_the_rest),
        TEST(armed_again_and_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
