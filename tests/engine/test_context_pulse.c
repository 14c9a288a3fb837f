/* A real-time context against a sound server: what is recorded runs through its graph to another sink to the
 * bit, it moves between sinks while it plays, and when the server dies it plays on to nothing until it is given
 * something else. The server is the test's own. Exit code 77: skipped, PulseAudio is not installed.
 */
#include "device/device.h"
#include "pulse_server.h"
#include "wavepool/wavepool.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    RATE_HZ = PULSE_RATE_HZ,
    THROUGH_FRAMES = 3 * RATE_HZ,
    UNBROKEN_FRAMES = RATE_HZ,
    MOVE_ATTEMPTS = 6,
    WATCHDOG_S = 110,
};

static wa_engine *engine;

/* -- a player beside the context ---------------------------------------------------------------- */

static _Atomic uint64_t played_frames;

static void play(void *user, const float *const *inputs, float *const *planes, uint32_t channel_count,
                 uint32_t frame_count, const device_pull_time *time) {
    (void)user, (void)inputs, (void)time;
    const uint64_t first = atomic_load(&played_frames);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            planes[channel][frame] = pulse_noise(first + frame, channel);
        }
    }
    atomic_store(&played_frames, first + frame_count);
}

static void lose(void *user) {
    (void)user;
}

static struct wa_device *start_player(const char *sink) {
    const device_config config = { .engine = engine,
                                   .id = sink,
                                   .channel_count = PULSE_CHANNELS,
                                   .quantum_frames = 128,
                                   .latency_hint_s = 0.1,
                                   .pull = play,
                                   .lost = lose };
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_OK, "the player opens");
    check(wa_device_ops_cubeb.start(opened) == WA_OK, "the player starts");
    return opened;
}

/* -- the context -------------------------------------------------------------------------------- */

static wa_context *make_context(const char *sink, const char *input, uint32_t quantum_frames) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_REALTIME;
    desc.device_backend = "cubeb";
    desc.device_id = sink;
    desc.input_device_id = input;
    desc.input_channel_count = input != NULL ? PULSE_CHANNELS : 0;
    desc.quantum_frames = quantum_frames;
    desc.latency_hint_s = 0.1;
    wa_context *made = NULL;
    check(wa_context_create(engine, &desc, &made) == WA_OK, "a context");
    return made;
}

static void wait_for_frame(wa_context *context, uint64_t frame) {
    for (int i = 0; i < 3000 && wa_context_current_frame(context) < frame; i++) {
        (void)wa_context_poll(context, NULL, 0);
        sleep_ms(10);
    }
    check(wa_context_current_frame(context) >= frame, "the context is pulled");
}

static bool wait_for_event(wa_context *context, wa_event_type type) {
    for (int i = 0; i < 1000; i++) {
        wa_event events[8];
        const uint32_t count = wa_context_poll(context, events, 8);
        for (uint32_t index = 0; index < count; index++) {
            if (events[index].type == type) {
                return true;
            }
        }
        sleep_ms(10);
    }
    return false;
}

static void check_playing_to(const wa_context *context, const char *backend, const char *id) {
    wa_device_info info;
    check(wa_context_get_device(context, &info) == WA_OK, "a device");
    check(strcmp(info.backend, backend) == 0 && strcmp(info.id, id) == 0, id);
}

/* player --> wp --> its monitor --> Input node --> wp2 --> its monitor --> the server's own recorder */
static void check_through(void) {
    wa_context *context = make_context("wp2", "wp.monitor", 100);
    wa_node input = { 0 };
    check(wa_node_create(context, WA_NODE_TYPE_INPUT, NULL, &input) == WA_OK, "an Input node");
    check(wa_node_connect(context, input, wa_context_destination(context)) == WA_OK, "connect");
    wa_device_info info;
    check(wa_context_get_input_device(context, &info) == WA_OK, "an input");
    check(strcmp(info.id, "wp.monitor") == 0 && info.is_input, "by name");
    struct wa_device *player = start_player("wp");
    check(wa_context_resume(context) == WA_OK, "resume");
    pulse_start_recorder("wp2.monitor");
    wait_for_frame(context, THROUGH_FRAMES);
    printf("latency: base %.1f ms, output %.1f ms, input %.1f ms\n",
           1e3 * wa_context_base_latency_s(context), 1e3 * wa_context_output_latency_s(context),
           1e3 * wa_context_input_latency_s(context));
    check(wa_context_input_latency_s(context) > wa_context_base_latency_s(context), "a latency");
    check(wa_context_destroy(context) == WA_OK, "the context ends");
    const uint64_t count = pulse_stop_recorder();
    wa_device_ops_cubeb.close(player);
    const uint64_t unbroken = pulse_longest_run(count, atomic_load(&played_frames));
    printf("through the context: recorded %llu frames, unbroken to the bit %llu\n",
           (unsigned long long)count, (unsigned long long)unbroken);
    check(unbroken >= UNBROKEN_FRAMES, "a second comes through to the bit");
}

/* Largest step between two frames of the recording. */
static float largest_step(uint64_t count) {
    float largest = 0.0f;
    for (uint64_t frame = 1; frame < count; frame++) {
        const float step = pulse_record[frame][0] - pulse_record[frame - 1][0];
        largest = step > largest ? step : (-step > largest ? -step : largest);
    }
    return largest;
}

static bool is_heard(uint64_t count) {
    for (uint64_t frame = 0; frame < count; frame++) {
        if (pulse_record[frame][0] == 0.5f) {
            return true;
        }
    }
    return false;
}

static wa_context *make_tone(const char *sink) {
    wa_context *context = make_context(sink, NULL, WA_QUANTUM_HARDWARE);
    wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
    options.offset = 0.5f;
    wa_node source = { 0 };
    check(wa_node_create(context, WA_NODE_TYPE_CONSTANT_SOURCE, &options, &source) == WA_OK,
          "a source");
    check(wa_node_connect(context, source, wa_context_destination(context)) == WA_OK, "connect");
    check(wa_source_start(context, source, 0.0) == WA_OK, "start");
    return context;
}

/* From wp to wp2 while it plays and back: a constant comes in over 64 frames and leaves likewise.
 * Returns the largest step in what wp2 played. */
static float move_and_record(void) {
    wa_context *context = make_tone("wp");
    printf("quantum: %u frames\n", wa_context_quantum_frames(context));
    check(wa_context_resume(context) == WA_OK, "resume");
    pulse_start_recorder("wp2.monitor");
    wait_for_frame(context, RATE_HZ / 4);
    const uint64_t before = wa_context_current_frame(context);
    check(wa_context_set_device(context, "cubeb", "no such sink") == WA_ERR_DEVICE, "no such sink");
    check_playing_to(context, "cubeb", "wp");
    check(wa_context_set_device(context, "cubeb", "wp2") == WA_OK, "it moves");
    check(wait_for_event(context, WA_EVENT_SINK_CHANGE), "and says so");
    check_playing_to(context, "cubeb", "wp2");
    check(wa_context_current_frame(context) > before, "the clock has gone on");
    wait_for_frame(context, wa_context_current_frame(context) + RATE_HZ / 2);
    check(wa_context_set_device(context, "cubeb", "wp") == WA_OK, "and back");
    wait_for_frame(context, wa_context_current_frame(context) + RATE_HZ / 4);
    const uint64_t count = pulse_stop_recorder();
    check(is_heard(count), "it was heard there");
    check(wa_context_set_device(context, WA_DEVICE_BACKEND_NONE, NULL) == WA_OK, "to nothing");
    check_playing_to(context, "null", "null");
    check(wa_context_destroy(context) == WA_OK, "the context ends");
    printf("moved: largest step %g of 0.5\n", (double)largest_step(count));
    return largest_step(count);
}

/* On a busy machine the server itself may drop out, which is a step to zero; a click of ours would be in every
 * recording. test_devices.c looks at every frame. */
static void check_move(void) {
    bool is_smooth = false;
    for (uint32_t attempt = 0; attempt < MOVE_ATTEMPTS && !is_smooth; attempt++) {
        is_smooth = move_and_record() <= 0.5f / 60.0f;
    }
    check(is_smooth, "without a click");
}

/* The server dies while the context plays: it plays on to nothing; with a new server it is heard again. */
static void check_lost(void) {
    wa_context *context = make_tone("wp");
    check(wa_context_resume(context) == WA_OK, "resume");
    wait_for_frame(context, RATE_HZ / 4);
    pulse_control((const char *const[]){ "load-module", "module-null-sink", "sink_name=extra", NULL });
    check(wait_for_event(context, WA_EVENT_DEVICE_LIST_CHANGE), "a device more");
    pulse_kill_server();
    check(wait_for_event(context, WA_EVENT_DEVICE_LOST), "it is lost");
    check_playing_to(context, "null", "null");
    wa_sink_info sink;
    check(wa_context_get_sink(context, &sink) == WA_OK && strcmp(sink.id, "wp") == 0, "what was asked");
    wait_for_frame(context, wa_context_current_frame(context) + RATE_HZ / 10);
    check(wa_context_set_device(context, "cubeb", "wp") == WA_ERR_DEVICE, "there is no server");
    pulse_start_server();
    check(wa_context_set_device(context, "cubeb", "wp") == WA_OK, "there is one again");
    pulse_start_recorder("wp.monitor");
    wait_for_frame(context, wa_context_current_frame(context) + RATE_HZ / 2);
    check(is_heard(pulse_stop_recorder()), "it is heard again");
    wa_playback_stats stats;
    check(wa_context_get_playback_stats(context, &stats) == WA_OK, "stats");
    check(!stats.underruns_available, "cubeb does not count");
    check(stats.average_latency_s > 0.0 && stats.total_duration_s > 0.5, "but the rest is there");
    check(wa_context_destroy(context) == WA_OK, "the context ends");
}

int main(void) {
    if (!pulse_begin(WATCHDOG_S)) {
        return PULSE_SKIPPED;
    }
    check(wa_engine_create(NULL, &engine) == WA_OK, "an engine");
    pulse_start_server();
    check_through();
    check_move();
    check_lost();
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    check(stats.category_bytes[WA_MEMORY_RINGS] == 0, "all memory is given back");
    check(wa_engine_destroy(engine) == WA_OK, "the engine ends");
    return 0;
}
