/* Rows of frames against the formulas in long double: error per shape, independence of how frames are cut
 * into quanta, the cursor as a mere cache, constants, and the ends of the ranges. M1.3
 * The timelines are laid out by hand, so that nothing here depends on the control side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "boundary/timeline_event.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

enum { EVENT_MAX = 12, ROW_MAX = 4410, CURVE_COUNT = 5, GUARD = 0x5a };

static const timeline_curve *curve(void) {
    static const float values[CURVE_COUNT] = { 0.0f, 1.0f, -0.5f, 0.25f, 0.75f };
    static _Alignas(timeline_curve) unsigned char memory[sizeof(timeline_curve) + sizeof values];
    timeline_curve *made = (timeline_curve *)(void *)memory;
    made->value_count = CURVE_COUNT;
    memcpy(made->values, values, sizeof values);
    return made;
}

static timeline_event set(double time_s, float value) {
    return (timeline_event){ .type = TIMELINE_SET_VALUE, .time_s = time_s, .value = value };
}
static timeline_event ramp(uint32_t type, double t0, double v0, double t1, float v1) {
    return (timeline_event){
        .type = type, .anchor_time_s = t0, .anchor_value = v0, .time_s = t1, .value = v1
    };
}
static timeline_event target(double time_s, double from, float to, float time_constant_s) {
    return (timeline_event){ .type = TIMELINE_SET_TARGET,
                             .time_s = time_s,
                             .anchor_value = from,
                             .value = to,
                             .time_constant_s = time_constant_s };
}
static timeline_event curve_event(double time_s, double duration_s) {
    return (timeline_event){ .type = TIMELINE_VALUE_CURVE,
                             .time_s = time_s,
                             .duration_s = duration_s,
                             .curve = curve(),
                             .value = curve()->values[CURVE_COUNT - 1] };
}

typedef struct script {
    timeline_chunk chunks[EVENT_MAX / TIMELINE_CHUNK_EVENTS + 1];
    timeline line;
} script;

/* Slots outside the list hold rubbish, as they may while control writes there. */
static void lay_out(script *own, double base, uint32_t begin, const timeline_event *events,
                    uint32_t count) {
    memset(own, GUARD, sizeof *own);
    for (uint32_t i = 0; i + 1 < COUNT(own->chunks); i++)
        own->chunks[i].next = &own->chunks[i + 1];
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t slot = begin + i;
        own->chunks[slot / TIMELINE_CHUNK_EVENTS].events[slot % TIMELINE_CHUNK_EVENTS] = events[i];
    }
    own->line = (timeline){
        .base_value = base, .first = count ? own->chunks : NULL, .begin = begin, .count = count
    };
}

/* One of everything; nothing falls on a frame of 44100 or 48000 Hz. */
static void lay_out_all(script *own, double shift_s) {
    const double s = shift_s;
    const timeline_event events[] = {
        set(s + 0.00101, 0.25f),
        ramp(TIMELINE_LINEAR_RAMP, s + 0.00101, 0.25, s + 0.0131, 1.5f),
        ramp(TIMELINE_EXPONENTIAL_RAMP, s + 0.0131, 1.5, s + 0.0293, 0.001f),
        target(s + 0.03, (double)0.001f, 0.75f, 0.004f),
        curve_event(s + 0.0501, 0.0207),
        set(s + 0.071, -1.0f),
        set(s + 0.07101, 0.5f), /* within one frame */
        set(s + 0.07101, 0.125f),
        ramp(TIMELINE_LINEAR_RAMP, s + 0.07101, 0.125, s + 0.07102, 3.0f),
        target(s + 0.0711, 3.0, 0.0f, 0.002f),
    };
    lay_out(own, -0.5, 3, events, COUNT(events));
}

static void fill_row(const timeline *line, timeline_cursor *cursor, uint64_t frame, uint32_t count,
                     double rate, float *values) {
    if (timeline_fill(line, cursor, frame, count, rate, values))
        for (uint32_t i = 1; i < count; i++)
            values[i] = values[0];
}

static void fill_in_pieces(const timeline *line, bool has_cursor, uint64_t frame, uint32_t count,
                           uint32_t piece, double rate, float *values) {
    timeline_cursor cursor = { 0 };
    for (uint32_t done = 0; done < count; done += piece) {
        const uint32_t frames = piece < count - done ? piece : count - done;
        fill_row(line, has_cursor ? &cursor : NULL, frame + done, frames, rate, values + done);
    }
}

/* Floats between two floats of one sign. */
static uint32_t ulps(float a, float b) {
    int32_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return (uint32_t)abs(x - y);
}

/* Error of each shape */

typedef struct shape {
    const char *name;
    timeline_event event;
    double from; /* base, and the ramp's start at time 0 */
} shape;

static long double formula(const shape *own, long double t) {
    const timeline_event *event = &own->event;
    const long double v0 = (long double)own->from, v1 = (long double)event->value;
    switch ((timeline_event_type)event->type) {
    case TIMELINE_LINEAR_RAMP:
        return v0 + (v1 - v0) * t / (long double)event->time_s;
    case TIMELINE_EXPONENTIAL_RAMP:
        return v0 * powl(v1 / v0, t / (long double)event->time_s);
    case TIMELINE_SET_TARGET:
        return v1 + (v0 - v1) * expl(-t / (long double)event->time_constant_s);
    case TIMELINE_VALUE_CURVE: {
        const long double x = (CURVE_COUNT - 1) / (long double)event->duration_s * t;
        const int k = (int)floorl(x);
        const long double a = (long double)event->curve->values[k],
                          b = (long double)event->curve->values[k + 1];
        return a + (b - a) * (x - k);
    }
    default:
        return v1;
    }
}

/* Largest relative error where the value is not near 0, and of the sum of squares. */
static void measure(const shape *own, uint32_t quantum, double rate) {
    script line;
    lay_out(&line, own->from, 0, &own->event, 1);
    timeline_cursor cursor = { 0 };
    static float values[4096];
    long double worst = 0, error_sum = 0, sum = 0;
    const uint64_t frames = 3000;
    for (uint64_t frame = 0; frame < frames; frame += quantum) {
        fill_row(&line.line, &cursor, frame, quantum, rate, values);
        for (uint32_t i = 0; i < quantum; i++) {
            const long double t = (long double)((double)(frame + i) / rate);
            if (t >= 1.0L)
                break;
            const long double want = formula(own, t), error = (long double)values[i] - want;
            if (fabsl(want) > 1e-6L)
                worst = fmaxl(worst, fabsl(error / want));
            error_sum += error * error;
            sum += want * want;
        }
    }
    if (quantum == 128 && rate == 48000)
        printf("%-24s worst 2^%.2f, %.1f dB\n", own->name, (double)log2l(worst + 1e-30L),
               (double)(10.0L * log10l(error_sum / sum + 1e-30L)));
    assert_true(worst <= 0x1p-22L);
}

static void test_error_of_shapes(void **state) {
    (void)state;
    const shape shapes[] = {
        { "linear 0.1 to 1", ramp(TIMELINE_LINEAR_RAMP, 0, (double)0.1f, 1, 1.0f), (double)0.1f },
        { "linear -1 to 1", ramp(TIMELINE_LINEAR_RAMP, 0, -1, 1, 1.0f), -1 },
        { "linear 0 to 3e38", ramp(TIMELINE_LINEAR_RAMP, 0, 0, 1, 3e38f), 0 },
        { "exponential 20 to 20000", ramp(TIMELINE_EXPONENTIAL_RAMP, 0, 20, 1, 20000.0f), 20 },
        { "exponential 1 to 1e-30", ramp(TIMELINE_EXPONENTIAL_RAMP, 0, 1, 1, 1e-30f), 1 },
        { "exponential -1e-3 to -3", ramp(TIMELINE_EXPONENTIAL_RAMP, 0, -1e-3, 1, -3.0f), -1e-3 },
        { "target to 1 in 10 ms", target(0, 0.5, 1.0f, 0.01f), 0.5 },
        { "target to 0 in 20 ms", target(0, 1, 0.0f, 0.02f), 1 },
        { "target to 0 in 1000 s", target(0, 1, 0.0f, 1000.0f), 1 },
        { "curve", curve_event(0, 1), 0 },
    };
    static const uint32_t quanta[] = { 1, 7, 128, 441, 4096 };
    static const double rates[] = { 3000, 44100, 48000, 768000 };
    for (size_t i = 0; i < COUNT(shapes); i++)
        for (size_t k = 0; k < COUNT(rates); k++)
            for (size_t q = 0; q < COUNT(quanta); q++)
                measure(&shapes[i], quanta[q], rates[k]);
}

/* Cutting */

static bool is_geometric(const script *own, double time_s) {
    return (time_s >= 0.0131 && time_s < 0.0501) || time_s >= 0.0711 || own->line.count == 1;
}

static void test_cuts(void **state) {
    (void)state;
    static const uint32_t pieces[] = { 1, 3, 100, 127, 128, 129, 441, 4096 };
    static const double rates[] = { 3000, 11025, 44100, 48000, 96000 };
    static float whole[ROW_MAX], cut[ROW_MAX];
    script own;
    lay_out_all(&own, 0);
    uint32_t worst = 0, differing = 0, all = 0;
    for (size_t r = 0; r < COUNT(rates); r++) {
        fill_row(&own.line, NULL, 0, ROW_MAX, rates[r], whole);
        for (size_t i = 0; i < COUNT(pieces); i++) {
            fill_in_pieces(&own.line, true, 0, ROW_MAX, pieces[i], rates[r], cut);
            for (uint32_t frame = 0; frame < ROW_MAX; frame++, all++) {
                const uint32_t apart = ulps(whole[frame], cut[frame]);
                if (!is_geometric(&own, frame / rates[r]))
                    assert_int_equal(apart, 0);
                worst = apart > worst ? apart : worst;
                differing += apart != 0;
            }
        }
    }
    printf("cut differently: %u of %u values differ, by %u ulp at most\n", differing, all, worst);
    assert_true(worst <= 1);
}

static void test_cursor_is_a_cache(void **state) {
    (void)state;
    static const uint32_t pieces[] = { 1, 5, 64, 128, 1000 };
    static float with[ROW_MAX], without[ROW_MAX];
    script own;
    lay_out_all(&own, 0);
    for (size_t i = 0; i < COUNT(pieces); i++) {
        fill_in_pieces(&own.line, true, 0, ROW_MAX, pieces[i], 44100, with);
        fill_in_pieces(&own.line, false, 0, ROW_MAX, pieces[i], 44100, without);
        assert_memory_equal(with, without, sizeof with);
    }
    /* A cursor that sleeps through some events, and a single frame against the row. */
    timeline_cursor cursor = { 0 };
    for (uint64_t frame = 0; frame < ROW_MAX; frame += 1 + frame / 3) {
        const float value = timeline_value_at_frame(&own.line, &cursor, frame, 44100);
        float first[64];
        fill_row(&own.line, NULL, frame, 64, 44100, first);
        assert_memory_equal(&value, &first[0], sizeof value);
        const float at = (float)timeline_value_at(&own.line, NULL, (double)frame / 44100);
        assert_memory_equal(&value, &at, sizeof value);
    }
}

/* Every frame is decided by its own time, wherever in the quantum the events fall. */
static void check_event_near(uint64_t frame, double rate, int nudge) {
    double time_s = (double)frame / rate; /* 1024 / 44100 * 44100 is below 1024 */
    time_s = nudge == 0 ? time_s : nextafter(time_s, nudge * INFINITY);
    script own;
    const timeline_event event = set(time_s, 1.0f);
    lay_out(&own, 0.0, 1, &event, 1);
    float values[8];
    assert_false(timeline_fill(&own.line, NULL, frame - 4, 8, rate, values));
    for (uint32_t i = 0; i < 8; i++)
        assert_true(values[i] == ((double)(frame - 4 + i) / rate >= time_s ? 1.0f : 0.0f));
}

static void test_events_between_frames(void **state) {
    (void)state;
    static const double rates[] = { 3000, 22050, 44100, 48000, 768000 };
    for (size_t r = 0; r < COUNT(rates); r++)
        for (uint64_t frame = 4; frame < 1 << 20; frame += 1 + frame / 50)
            for (int nudge = -1; nudge <= 1; nudge++)
                check_event_near(frame, rates[r], nudge);
}

/* A ramp that was called for while a target ran, and one with no event before: until then nothing of it. */
static void test_late_anchors(void **state) {
    (void)state;
    const timeline_event after_target[] = { target(0, 1, 0.0f, 0.01f),
                                            ramp(TIMELINE_LINEAR_RAMP, 0.002, 0.8, 0.004, 2.0f) };
    const timeline_event alone = ramp(TIMELINE_EXPONENTIAL_RAMP, 0.002, 0.5, 0.004, 2.0f);
    float values[256];
    script own;
    lay_out(&own, 0.5, 2, after_target, 2);
    assert_false(timeline_fill(&own.line, NULL, 0, 256, 48000, values));
    assert_true(fabsf(values[95] - expf(-95 / 480.0f)) < 1e-6f);
    assert_true(fabsf(values[96] - 0.8f) < 1e-6f);
    assert_true(fabsf(values[144] - 1.4f) < 1e-6f);
    assert_true(values[192] == 2.0f);
    lay_out(&own, 0.5, 2, &alone, 1);
    assert_false(timeline_fill(&own.line, NULL, 0, 256, 48000, values));
    assert_true(values[95] == 0.5f);
    assert_true(fabsf(values[144] - 1.0f) < 1e-6f);
    assert_true(values[192] == 2.0f);
}

/* Constants */

static void test_constants(void **state) {
    (void)state;
    const timeline_event same[] = { set(0.0, 2.0f), set(0.001, 2.0f),
                                    ramp(TIMELINE_LINEAR_RAMP, 0.001, 2, 0.002, 2.0f),
                                    ramp(TIMELINE_EXPONENTIAL_RAMP, 0.002, 2, 0.0025, 2.0f),
                                    target(0.0025, 2, 2.0f, 1.0f) };
    const timeline_event zeros[] = { set(0.0, 0.0f), set(0.001, -0.0f) };
    const timeline_event holds[] = { ramp(TIMELINE_EXPONENTIAL_RAMP, 0, -1, 1, 4.0f) };
    const timeline_event arrived[] = { target(0, 1, 0.5f, 1e-4f) };
    const timeline_event forever[] = { target(0, 1, 0.5f, 1e9f) };
    const struct {
        const timeline_event *events;
        uint32_t count;
        uint64_t frame;
        float value;
        bool is_constant;
    } constants[] = {
        { NULL, 0, 0, 0.25f, true },
        { NULL, 0, (uint64_t)1 << 50, 0.25f, true },
        { same, COUNT(same), 0, 2.0f, true },
        { same, COUNT(same), 4800, 2.0f, true },
        { zeros, 1, 0, 0.0f, true },
        { zeros, 2, 0, 0.0f, false }, /* 0 and -0 are not the same bits */
        { zeros, 2, 48, -0.0f, true },
        { holds, 1, 100, -1.0f, true },
        { holds, 1, 48000, 4.0f, true },
        { arrived, 1, 480, 0.5f, true },
        { arrived, 1, 0, 1.0f, false },
        { forever, 1, 48, 1.0f, false },
    };
    for (size_t i = 0; i < COUNT(constants); i++) {
        script own;
        lay_out(&own, 0.25, 0, constants[i].events, constants[i].count);
        float values[130];
        memset(values, GUARD, sizeof values);
        const float untouched = values[129];
        const bool is_constant = timeline_fill(&own.line, NULL, constants[i].frame, 129, 48000, values);
        assert_int_equal(is_constant, constants[i].is_constant);
        if (fabsf(values[0] - constants[i].value) > 1e-6f)
            fail_msg("row %zu: %g", i, (double)values[0]);
        assert_memory_equal(&values[129], &untouched, sizeof untouched);
        if (is_constant)
            assert_memory_equal(&values[1], &untouched,
                                sizeof untouched); /* only the first is written */
    }
}

static void test_constant_then_change(void **state) {
    (void)state;
    const timeline_event events[] = { set(0.0, 1.0f), set(0.0005, 1.0f), set(0.001, 2.0f),
                                      set(0.0015, 2.0f) };
    script own;
    lay_out(&own, 0, 2, events, COUNT(events));
    float values[128];
    assert_false(timeline_fill(&own.line, NULL, 0, 128, 48000, values));
    for (int i = 0; i < 128; i++)
        assert_true(values[i] == (i < 48 ? 1.0f : 2.0f));
}

/* Ends of the ranges */

static void test_far_frames(void **state) {
    (void)state;
    const uint64_t frames[] = { 0, 48000, (uint64_t)1 << 32, ((uint64_t)1 << 40) + 1,
                                ((uint64_t)1 << 50) - 4096 };
    static const double rates[] = { 3000, 48000, 768000 };
    static float values[4096];
    for (size_t i = 0; i < COUNT(frames); i++) {
        for (size_t r = 0; r < COUNT(rates); r++) {
            script own;
            const double start_s = (double)(frames[i] + 1000) / rates[r],
                         end_s = (double)(frames[i] + 3000) / rates[r];
            const timeline_event events[] = { set(start_s, 1.0f),
                                              ramp(TIMELINE_LINEAR_RAMP, start_s, 1, end_s, 3.0f) };
            lay_out(&own, 0.5, 0, events, 2);
            assert_false(timeline_fill(&own.line, NULL, frames[i], 4096, rates[r], values));
            assert_true(values[999] == 0.5f);
            assert_true(values[1000] == 1.0f);
            assert_true(fabsf(values[2000] - 2.0f) < 1e-3f); /* a time of 2^38 s has steps of 2^-14 s */
            assert_true(values[2999] < 3.0f);
            assert_true(values[3000] == 3.0f);
            assert_true(values[4095] == 3.0f);
        }
    }
}

static void check_extremes(void) {
    const timeline_event extremes[] = {
        ramp(TIMELINE_LINEAR_RAMP, 0, 0, 1e-310, 1.0f),
        ramp(TIMELINE_EXPONENTIAL_RAMP, 0, 1, 1e-310, 2.0f),
        ramp(TIMELINE_EXPONENTIAL_RAMP, 0, 1e-12, 1e-9, 3e38f),
        ramp(TIMELINE_EXPONENTIAL_RAMP, 0, 1, 1, 1e-44f),
        ramp(TIMELINE_EXPONENTIAL_RAMP, 0, (double)FLT_MAX, 1, FLT_MIN),
        ramp(TIMELINE_LINEAR_RAMP, 0, -(double)FLT_MAX, 1, FLT_MAX),
        target(0, (double)FLT_MAX, -FLT_MAX, FLT_MIN),
        target(0, -(double)FLT_MAX, FLT_MAX, FLT_MAX),
        target(0, 1, 1e-44f, 0.001f),
        target(0, 1, 0.0f, 0.0f),
        curve_event(0, 1e-310),
        curve_event(0, DBL_MAX),
    };
    static const double rates[] = { 3000, 768000 };
    for (size_t i = 0; i < COUNT(extremes); i++) {
        for (size_t r = 0; r < COUNT(rates); r++) {
            script own;
            lay_out(&own, 0, 0, &extremes[i], 1);
            float values[300];
            fill_row(&own.line, NULL, 0, 300, rates[r], values);
            for (int k = 0; k < 300; k++)
                if (!isfinite(values[k]))
                    fail_msg("row %zu frame %d: %g", i, k, (double)values[k]);
        }
    }
}

static void test_extremes(void **state) {
    (void)state;
    check_extremes();
#ifdef __SSE__
    const unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040); /* the render thread flushes denormals, results and operands */
    check_extremes();
    _mm_setcsr(mode);
#endif
}

static void test_settled_time(void **state) {
    (void)state;
    const struct {
        timeline_event event;
        double low_s, high_s;
    } ends[] = {
        { set(2, 1.0f), 2, 2 },
        { ramp(TIMELINE_LINEAR_RAMP, 0, 0, 3, 1.0f), 3, 3 },
        { curve_event(1, 2), 3, 3 },
        { target(1, 5, 2.0f, 0.0f), 1, 1 },
        { target(1, 2, 2.0f, 1.0f), 1, 1 },
        { target(1, 0, 1.0f, 0.1f), 1 + 0.1 * 16.6, 1 + 0.1 * 16.7 }, /* 24 ln 2 = 16.6 */
        { target(1, 1, 0.0f, 0.1f), 1 + 0.1 * 87.3, 1 + 0.1 * 87.4 }, /* 126 ln 2 = 87.3 */
        { target(1e6, 3, -1.0f, 1e-3f), 1e6 + 0.018, 1e6 + 0.0181 },  /* 26 ln 2 = 18.0 */
        { target(1, 1, 0.5f, FLT_MAX), 1e39, 1e41 },
    };
    for (size_t i = 0; i < COUNT(ends); i++) {
        script own;
        lay_out(&own, 0, 0, &ends[i].event, 1);
        const double settled_s = timeline_settled_time_s(&own.line);
        if (settled_s < ends[i].low_s || settled_s > ends[i].high_s)
            fail_msg("row %zu: %.17g s", i, settled_s);
        assert_true(timeline_value_at(&own.line, NULL, settled_s) == (double)ends[i].event.value);
        assert_true(timeline_value_at(&own.line, NULL, settled_s * 2) == (double)ends[i].event.value);
    }
    const timeline none = { .base_value = 1 };
    assert_true(timeline_settled_time_s(&none) == 0.0);
}

/* A quantum in which a setTarget arrives: exactly its end from there on, never back. */
static void test_arrival(void **state) {
    (void)state;
    static float values[4096];
    script own;
    const timeline_event event = target(0, 1, 0.7f, 0.001f);
    lay_out(&own, 0, 0, &event, 1);
    const uint32_t arrived = (uint32_t)ceil(timeline_settled_time_s(&own.line) * 48000);
    assert_true(arrived > 128 && arrived < 4000);
    assert_false(timeline_fill(&own.line, NULL, 0, 4096, 48000, values));
    for (uint32_t i = arrived; i < 4096; i++)
        assert_true(values[i] == 0.7f);
    for (uint32_t i = 1; i < 4096; i++)
        assert_true(values[i] <= values[i - 1]);
    assert_true(timeline_fill(&own.line, NULL, arrived, 128, 48000, values));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_of_shapes),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_cursor_is_a_cache),
        cmocka_unit_test(test_events_between_frames),
        cmocka_unit_test(test_late_anchors),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_constant_then_change),
        cmocka_unit_test(test_far_frames),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_settled_time),
        cmocka_unit_test(test_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
