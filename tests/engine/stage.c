/* A context on a stage, and what its audience heard; see stage.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "stage.h"
#include "device/puller.h"
#include "rig.h"
#include <string.h>
#include <time.h>

float stage_frame(uint64_t frame) {
    return (float)(frame + 1) / 1048576.0f;
}

wa_context_desc stage_desc(const char *backend, const char *id) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_REALTIME;
    desc.channel_count = 1;
    desc.device_backend = backend;
    desc.device_id = id;
    return desc;
}

static void play_count(stage *of) {
    const float rate = wa_context_sample_rate_hz(of->context);
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    assert_ok(wa_buffer_create(of->engine, 1, STAGE_FRAMES, rate, &options.buffer));
    float *plane = wa_buffer_plane(of->engine, options.buffer, 0);
    for (uint32_t frame = 0; frame < STAGE_FRAMES; frame++) {
        plane[frame] = stage_frame(frame);
    }
    wa_node source = { 0 };
    assert_ok(wa_node_create(of->context, WA_NODE_TYPE_BUFFER_SOURCE, &options, &source));
    assert_ok(wa_buffer_release(of->engine, options.buffer));
    assert_ok(wa_node_connect(of->context, source, wa_context_destination(of->context)));
    assert_ok(wa_source_start(of->context, source, 0.0));
}

stage stage_make(wa_context_desc desc) {
    stage made = { 0 };
    assert_ok(wa_engine_create(NULL, &made.engine));
    assert_ok(wa_context_create(made.engine, &desc, &made.context));
    play_count(&made);
    return made;
}

void stage_free(stage *of) {
    assert_ok(wa_context_destroy(of->context));
    wa_memory_stats stats;
    wa_engine_memory_stats(of->engine, &stats);
    assert_int_equal(stats.category_bytes[WA_MEMORY_RINGS], 0);
    assert_ok(wa_engine_destroy(of->engine));
    for (uint32_t index = 0; index < FAKE_COUNT; index++) {
        assert_int_equal(atomic_load(&fakes[index].open_count), 0);
    }
}

uint32_t stage_poll(const stage *of, wa_event_type type) {
    wa_event events[16];
    uint32_t count = 0;
    const uint32_t got = wa_context_poll(of->context, events, 16);
    for (uint32_t index = 0; index < got; index++) {
        count += events[index].type == type;
    }
    return count;
}

void stage_wait(uint32_t device, uint64_t callback_count) {
    const uint64_t until = atomic_load(&fakes[device].callback_count) + callback_count;
    const struct timespec pause = { 0, 200000 };
    for (uint32_t i = 0; i < 50000 && atomic_load(&fakes[device].callback_count) < until; i++) {
        nanosleep(&pause, NULL);
    }
    assert_true(atomic_load(&fakes[device].callback_count) >= until);
}

void check_device(const stage *of, const char *backend, const char *id) {
    wa_device_info info;
    assert_ok(wa_context_get_device(of->context, &info));
    assert_string_equal(info.backend, backend);
    assert_string_equal(info.id, id);
}

void check_sink(const stage *of, wa_sink_type type, const char *backend, const char *id) {
    wa_sink_info sink;
    assert_ok(wa_context_get_sink(of->context, &sink));
    assert_int_equal(sink.type, type);
    assert_string_equal(sink.backend, backend);
    assert_string_equal(sink.id, id);
}

/* To another device; the clock goes on. */
void move(const stage *of, const char *backend, const char *id) {
    const uint64_t before = wa_context_current_frame(of->context);
    assert_ok(wa_context_set_device(of->context, backend, id));
    assert_true(wa_context_current_frame(of->context) >= before);
    assert_int_equal(stage_poll(of, WA_EVENT_SINK_CHANGE), 1);
    assert_int_equal(stage_poll(of, WA_EVENT_SINK_CHANGE), 0);
    check_device(of, strcmp(backend, "none") == 0 ? "null" : backend, id != NULL ? id : "null");
    if (strcmp(backend, "none") == 0) {
        check_sink(of, WA_SINK_NONE, "", "");
    } else {
        check_sink(of, WA_SINK_DEVICE, backend, id != NULL ? id : "");
    }
}

void wait_for_frame(const stage *of, uint64_t frame) {
    const struct timespec pause = { 0, 500000 };
    for (uint32_t i = 0; i < 20000 && wa_context_current_frame(of->context) < frame; i++) {
        nanosleep(&pause, NULL);
    }
    assert_true(wa_context_current_frame(of->context) >= frame);
}

bool wait_for_event(const stage *of, wa_event_type type) {
    const struct timespec pause = { 0, 500000 };
    for (uint32_t i = 0; i < 20000; i++) {
        if (stage_poll(of, type) > 0) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool has(const reading *of, uint64_t ahead) {
    return of->at + ahead < (of->end > 0 ? of->end : atomic_load(&of->of->logged_frames));
}

static float heard(const reading *of, uint64_t ahead) {
    return has(of, ahead) ? of->of->log[of->at + ahead] : 0.0f;
}

static bool is_over(const reading *of) {
    return !has(of, 0);
}

static void skip_silence(reading *of) {
    while (!is_over(of) && of->of->log[of->at] == 0.0f) {
        of->at++;
    }
}

static void check_frame(const reading *of, uint64_t ahead, float wanted) {
    if (has(of, ahead) && heard(of, ahead) != wanted) {
        fail_msg("fake %d, frame %llu is %.9g, not %.9g (frame %.3f of the source)",
                 (int)(of->of - fakes), (unsigned long long)(of->at + ahead), (double)heard(of, ahead),
                 (double)wanted, (double)heard(of, ahead) * 1048576.0 - 1.0);
    }
}

/* Up from zero, the first of these frames is zero itself; NEVER: whichever frame it is. Returns the first. */
static uint64_t check_rise(reading *of, uint64_t first) {
    of->at -= of->at > 0;
    if (first == NEVER) {
        first = (uint64_t)((double)heard(of, PULLER_RAMP_FRAMES) * 1048576.0) - 1 - PULLER_RAMP_FRAMES;
    }
    for (uint32_t frame = 0; frame < PULLER_RAMP_FRAMES; frame++) {
        check_frame(of, frame, stage_frame(first + frame) * ((float)frame / PULLER_RAMP_FRAMES));
    }
    of->at += PULLER_RAMP_FRAMES;
    return first;
}

static void check_landing(reading *of, float last) {
    for (uint32_t frame = 0; frame < PULLER_RAMP_FRAMES; frame++) {
        const float step = last / (float)PULLER_RAMP_FRAMES;
        check_frame(of, frame, step * (float)(PULLER_RAMP_FRAMES - 1 - frame));
    }
    of->at += PULLER_RAMP_FRAMES;
}

/* One stretch of sound of the source from frame `first` on; lands unless it is the log's end. Returns the first
 * frame after it. */
uint64_t check_stretch(reading *of, uint64_t first, bool rises) {
    skip_silence(of);
    uint64_t frame = first;
    if (rises) {
        frame = check_rise(of, first) + PULLER_RAMP_FRAMES;
    }
    while (!is_over(of) && heard(of, 0) == stage_frame(frame)) {
        of->at++;
        frame++;
    }
    check_landing(of, stage_frame(frame - 1));
    return frame;
}

void check_silence(reading *of) {
    skip_silence(of);
    assert_true(is_over(of));
}
