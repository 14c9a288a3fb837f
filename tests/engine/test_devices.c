/* A context changes its device at any moment, and neither its graph nor its clock may notice: no frame is
 * rendered twice and none is lost, sound ramps out here and in there. Fake devices with threads of their own do
 * what a plan says; a source that counts its frames says which of them were heard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "control/port.h"
#include "rig.h"
#include "stage.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* -- switching ---------------------------------------------------------------------------------- */

typedef struct switch_row {
    uint32_t quantum_frames;
    uint32_t sizes[3][FAKE_SIZES_MAX];
    uint32_t latency_frames;
} switch_row;

static const switch_row switch_rows[] = {
    { 128, { { 128 }, { 128 }, { 128 } }, 0 },
    { 128, { { 441 }, { 480 }, { 64 } }, 480 },
    { 128, { { 1000, 7 }, { 1, 2, 3 }, { 127, 129, 5 } }, 0 },
    { 1, { { 3 }, { 512, 1 }, { 64 } }, 96 },
    { 441, { { 128 }, { 1000 }, { 441, 440 } }, 0 },
    { 1000, { { 333, 1 }, { 16 }, { 2000 } }, 0 },
};

/* Longer than it takes to come up from zero, however much of a quantum is rendered and not yet played. */
static void play_on(const stage *of, uint32_t quantum_frames) {
    wait_for_frame(of, wa_context_current_frame(of->context) + 2 * PULLER_RAMP_FRAMES + quantum_frames);
}

static void check_switches(const switch_row *row) {
    fakes_reset();
    for (uint32_t index = 0; index < 3; index++) {
        memcpy(fakes[index].plan.sizes, row->sizes[index], sizeof row->sizes[index]);
        fakes[index].plan.callback_frames = 0;
        fakes[index].plan.latency_frames = row->latency_frames;
    }
    wa_context_desc desc = stage_desc("fake", "0");
    desc.quantum_frames = row->quantum_frames;
    stage of = stage_make(desc);
    assert_ok(wa_context_resume(of.context));
    play_on(&of, row->quantum_frames);
    move(&of, "fake", "1");
    assert_int_equal(atomic_load(&fakes[0].open_count), 0);
    play_on(&of, row->quantum_frames);
    move(&of, "fake", "2");
    play_on(&of, row->quantum_frames);
    move(&of, "fake", "0"); /* the first again */
    play_on(&of, row->quantum_frames);
    move(&of, "none", NULL);
    play_on(&of, row->quantum_frames);
    reading logs[3] = { { &fakes[0], 0, 0 }, { &fakes[1], 0, 0 }, { &fakes[2], 0, 0 } };
    uint64_t next = check_stretch(&logs[0], 0, false);
    next = check_stretch(&logs[1], next, true);
    check_silence(&logs[1]);
    next = check_stretch(&logs[2], next, true);
    check_silence(&logs[2]);
    next = check_stretch(&logs[0], next, true);
    check_silence(&logs[0]);
    assert_true(wa_context_current_frame(of.context) > next);
    move(&of, "fake", "1");
    play_on(&of, row->quantum_frames);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    assert_true(check_stretch(&logs[1], NEVER, true) >= next);
    stage_free(&of);
}

static void test_switch(void **state) {
    (void)state;
    for (size_t index = 0; index < COUNT(switch_rows); index++) {
        check_switches(&switch_rows[index]);
    }
}

/* Nothing plays meanwhile, so that nothing is to ramp: not a frame changes. */
static void test_switch_while_suspended(void **state) {
    (void)state;
    fakes_reset();
    stage of = stage_make(stage_desc("null", NULL));
    move(&of, "fake", "0"); /* before it ever ran */
    assert_ok(wa_context_resume(of.context));
    stage_wait(0, 5);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    move(&of, "fake", "1");
    assert_int_equal(atomic_load(&fakes[1].start_count), 0);
    assert_int_equal(atomic_load(&fakes[0].open_count), 0);
    assert_ok(wa_context_resume(of.context));
    stage_wait(1, 5);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    reading logs[2] = { { &fakes[0], 0, 0 }, { &fakes[1], 0, 0 } };
    const uint64_t next = check_stretch(&logs[0], 0, false);
    assert_true(check_stretch(&logs[1], next, false) == wa_context_current_frame(of.context));
    stage_free(&of);
}

/* A request to suspend that nobody has completed yet survives the change of device. */
static void test_switch_while_suspending(void **state) {
    (void)state;
    fakes_reset();
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_resume(of.context));
    stage_wait(0, 5);
    assert_ok(wa_context_suspend(of.context));
    move(&of, "fake", "1");
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    assert_int_equal(wa_context_get_state(of.context), WA_CONTEXT_SUSPENDED);
    assert_int_equal(atomic_load(&fakes[1].running_count), 0);
    assert_ok(wa_context_resume(of.context));
    stage_wait(1, 5);
    stage_free(&of);
}

/* What it plays to already is not opened again. */
static void test_same_choice(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "fake", "0" }, { "fake", NULL }, { "null", NULL }, { "null", "null" }, { "none", NULL },
    };
    for (size_t index = 0; index < COUNT(rows); index++) {
        fakes_reset();
        stage of = stage_make(stage_desc(rows[index][0], rows[index][1]));
        for (uint32_t pass = 0; pass < 2; pass++) {
            assert_ok(wa_context_set_device(of.context, rows[index][0], rows[index][1]));
            assert_int_equal(stage_poll(&of, WA_EVENT_SINK_CHANGE), 0);
            assert_ok(wa_context_resume(of.context));
        }
        assert_true(atomic_load(&fakes[0].start_count) <= 1);
        stage_free(&of);
    }
}

/* Names of the null device: one device, several sinks. */
static void test_names_of_nothing(void **state) {
    (void)state;
    fakes_reset();
    stage of = stage_make(stage_desc("none", NULL));
    check_sink(&of, WA_SINK_NONE, "", "");
    check_device(&of, "null", "null");
    assert_ok(wa_context_resume(of.context));
    move(&of, "null", NULL);
    move(&of, "null", "null");
    move(&of, "none", NULL);
    wait_for_frame(&of, 1000);
    move(&of, "fake", "2");
    assert_int_equal(atomic_load(&fakes[2].start_count), 1);
    stage_free(&of);
}

/* -- refusals ----------------------------------------------------------------------------------- */

typedef struct refused_row {
    const char *backend, *id;
    fake_plan plan; /* of fake 1, where not all of it is 0 */
    wa_status status;
    const char *word;
    bool needs_run; /* it shows only once it starts */
} refused_row;

#define PLAN(...)                                                                                      \
    { .quantum_frames = 128, .sizes = { 128 }, .lost_at = NEVER, __VA_ARGS__ }

static const refused_row refused_rows[] = {
    { "gramophone", NULL, { 0 }, WA_ERR_DEVICE, "\"gramophone\"", false },
    { "", NULL, { 0 }, WA_ERR_DEVICE, "\"\"", false },
    { "a name that is longer than any backend could ever have, and then some",
      NULL,
      { 0 },
      WA_ERR_DEVICE,
      "a name that is longer",
      false },
    { "fake", "9", { 0 }, WA_ERR_DEVICE, "\"9\"", false },
    { "null", "loudspeaker", { 0 }, WA_ERR_DEVICE, "\"loudspeaker\"", false },
    { "none", "null", { 0 }, WA_ERR_DEVICE, "\"none\"", false },
    { "file", NULL, { 0 }, WA_ERR_DEVICE, "path", false },
    { "file", "/no/such/folder/x.wav", { 0 }, WA_ERR_IO, "/no/such/folder", false },
    { "fake", "1", PLAN(.open_status = WA_ERR_DEVICE), WA_ERR_DEVICE, "does not open", false },
    { "fake", "1", PLAN(.open_status = WA_ERR_IO), WA_ERR_IO, "does not open", false },
    { "fake", "1", PLAN(.sample_rate_hz = 44100.0f), WA_ERR_NOT_SUPPORTED, "44100 Hz", false },
    { "fake", "1", PLAN(.channel_count = 2), WA_ERR_NOT_SUPPORTED, "has 2 channels", false },
    { "fake", "1", PLAN(.start_status = WA_ERR_DEVICE), WA_ERR_DEVICE, "does not start", true },
    { "fake", "1", PLAN(.is_lost_in_open = true), WA_ERR_DEVICE, "does not start", true },
    { "fake", "1", PLAN(.is_mute = true), WA_ERR_DEVICE, "did not call back within 0.05 s", true },
    { "fake",
      "1",
      { .quantum_frames = 128, .sizes = { 128 }, .lost_at = 0 },
      WA_ERR_DEVICE,
      "lost at once",
      true },
};

static uint64_t used_bytes(const stage *of) {
    wa_memory_stats stats;
    wa_engine_memory_stats(of->engine, &stats);
    return stats.used_bytes;
}

static void refuse(const stage *of, const refused_row *row) {
    if (row->plan.sizes[0] != 0) {
        fakes[1].plan = row->plan;
    }
    const uint64_t used = used_bytes(of);
    assert_refused(wa_context_set_device(of->context, row->backend, row->id), row->status, row->word);
    assert_int_equal(used_bytes(of), used);
    assert_int_equal(stage_poll(of, WA_EVENT_SINK_CHANGE), 0);
    check_device(of, "fake", "0");
    check_sink(of, WA_SINK_DEVICE, "fake", "0");
    assert_int_equal(atomic_load(&fakes[1].open_count), 0);
    assert_int_equal(atomic_load(&fakes[1].running_count), 0);
}

/* After each of them the old device has played on, frame by frame. */
static void test_refused(void **state) {
    (void)state;
    for (uint32_t is_running = 0; is_running < 2; is_running++) {
        fakes_reset();
        stage of = stage_make(stage_desc("fake", "0"));
        of.context->device_patience_s = 0.05;
        if (is_running) {
            assert_ok(wa_context_resume(of.context));
        }
        for (size_t index = 0; index < COUNT(refused_rows); index++) {
            if (is_running || !refused_rows[index].needs_run) {
                refuse(&of, &refused_rows[index]);
            }
            if (is_running) {
                stage_wait(0, 2);
            }
        }
        assert_int_equal(wa_context_get_state(of.context),
                         is_running ? WA_CONTEXT_RUNNING : WA_CONTEXT_SUSPENDED);
        assert_ok(wa_context_resume(of.context));
        stage_wait(0, 2);
        assert_ok(wa_context_suspend_wait(of.context, 10.0));
        reading log = { &fakes[0], 0, 0 };
        assert_true(check_stretch(&log, 0, false) == wa_context_current_frame(of.context));
        stage_free(&of);
    }
}

static void check_no_switch(wa_context *context, wa_status status, const char *word) {
    wa_sink_info sink;
    wa_device_info info;
    assert_refused(wa_context_set_device(context, "none", NULL), status, word);
    assert_refused(wa_context_get_sink(context, &sink), status, word);
    assert_refused(wa_context_get_device(context, &info), status, word);
    assert_refused(wa_context_get_input_device(context, &info), status, word);
}

static void test_not_for_others(void **state) {
    (void)state;
    fakes_reset();
    check_no_switch(NULL, WA_ERR_TYPE, "context is NULL");
    stage of = stage_make(stage_desc("fake", NULL));
    wa_device_info info;
    assert_refused(wa_context_get_sink(of.context, NULL), WA_ERR_TYPE, "sink is NULL");
    assert_refused(wa_context_get_device(of.context, NULL), WA_ERR_TYPE, "device is NULL");
    assert_refused(wa_context_get_input_device(of.context, NULL), WA_ERR_TYPE, "device is NULL");
    assert_refused(wa_context_get_input_device(of.context, &info), WA_ERR_INVALID_STATE,
                   "records nothing");
    assert_ok(wa_context_close(of.context));
    check_no_switch(of.context, WA_ERR_INVALID_STATE, "closed");
    stage_free(&of);
    static const wa_context_kind kinds[] = { WA_CONTEXT_OFFLINE, WA_CONTEXT_EMBEDDED };
    for (size_t index = 0; index < COUNT(kinds); index++) {
        rig *r = rig_create(&(rig_desc){ .kind = kinds[index] });
        check_no_switch(r->context, WA_ERR_INVALID_STATE, "no device");
        rig_destroy(r);
    }
}

static void take_all_memory(const stage *of, wa_status status) {
    wa_buffer buffer;
    wa_engine_seal(of->engine, status == WA_ERR_SEALED);
    for (uint64_t frames = 1 << 24; status == WA_ERR_BUDGET && frames > 0;) {
        if (wa_buffer_create(of->engine, 1, frames, 48000.0f, &buffer) != WA_OK) {
            frames /= 2;
        }
    }
}

/* Without memory no device opens, but the null device is there already. */
static void check_without_memory(wa_status status, const char *word) {
    fakes_reset();
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_resume(of.context));
    take_all_memory(&of, status);
    assert_refused(wa_context_set_device(of.context, "fake", "1"), status, word);
    stage_wait(0, 2);
    move(&of, "none", NULL);
    take_all_memory(&of, status);
    assert_refused(wa_context_set_device(of.context, "fake", "1"), status, word);
    check_sink(&of, WA_SINK_NONE, "", "");
    wait_for_frame(&of, wa_context_current_frame(of.context) + 128);
    wa_engine_seal(of.engine, false);
    stage_free(&of);
}

static void test_without_memory(void **state) {
    (void)state;
    check_without_memory(WA_ERR_SEALED, "sealed");
    check_without_memory(WA_ERR_BUDGET, "budget");
}

/* -- files and inputs --------------------------------------------------------------------------- */

/* To a file and away: it is complete when the call returns. */
static void test_to_a_file(void **state) {
    (void)state;
    fakes_reset();
    char folder[] = "/tmp/wavepool-switch-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.wav", folder);
    stage of = stage_make(stage_desc("fake", "0"));
    assert_ok(wa_context_resume(of.context));
    stage_wait(0, 5);
    move(&of, "file", path);
    wait_for_frame(&of, wa_context_current_frame(of.context) + 2000);
    move(&of, "fake", "1");
    stage_wait(1, 5);
    assert_ok(wa_context_suspend_wait(of.context, 10.0));
    wa_buffer buffer;
    wa_buffer_info info;
    assert_ok(wa_decode_file(of.engine, path, 0.0f, &buffer));
    assert_ok(wa_buffer_get_info(of.engine, buffer, &info));
    const float *plane = wa_buffer_plane(of.engine, buffer, 0);
    static fake file; /* read as if it had been given to a fake */
    assert_true(info.frame_count <= FAKE_LOG_FRAMES);
    memcpy(file.log, plane, info.frame_count * sizeof(float));
    atomic_store(&file.logged_frames, info.frame_count);
    reading logs[3] = { { &fakes[0], 0, 0 }, { &file, 0, 0 }, { &fakes[1], 0, 0 } };
    uint64_t next = check_stretch(&logs[0], 0, false);
    next = check_stretch(&logs[1], next, true);
    check_silence(&logs[1]);
    assert_true(check_stretch(&logs[2], next, true) == wa_context_current_frame(of.context));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    stage_free(&of);
}

static void check_input(const stage *of, const char *backend, const char *id) {
    wa_device_info info;
    assert_ok(wa_context_get_input_device(of->context, &info));
    assert_true(info.is_input);
    assert_string_equal(info.backend, backend);
    assert_string_equal(info.id, id);
    assert_int_equal(info.channel_count_max, 2);
}

/* The input that was asked for is asked for again on its own backend, and not on another. */
static void test_input_over_a_switch(void **state) {
    (void)state;
    fakes_reset();
    wa_context_desc desc = stage_desc("fake", "0");
    char mic[] = "mic";
    desc.input_channel_count = 2;
    desc.input_device_id = mic;
    stage of = stage_make(desc);
    memset(mic, 0, sizeof mic); /* the context keeps its own */
    assert_string_equal(fakes[0].input_id, "mic");
    check_input(&of, "fake", "in 0");
    move(&of, "fake", "1");
    assert_string_equal(fakes[1].input_id, "mic");
    check_input(&of, "fake", "in 1");
    move(&of, "null", NULL);
    check_input(&of, "null", "silence");
    move(&of, "fake", "2");
    assert_string_equal(fakes[2].input_id, "mic");
    stage_free(&of);
}

/* What a device records comes to the Input node, frame by frame, in callbacks of any size. */
static void test_input_arrives(void **state) {
    (void)state;
    static const uint32_t sizes[][FAKE_SIZES_MAX] = { { 128 }, { 441 }, { 1, 1000, 7 }, { 100 } };
    for (size_t index = 0; index < COUNT(sizes); index++) {
        fakes_reset();
        fakes[0].plan.records = true;
        memcpy(fakes[0].plan.sizes, sizes[index], sizeof sizes[index]);
        wa_context_desc desc = stage_desc("fake", "0");
        desc.input_channel_count = 2;
        wa_engine *engine = NULL;
        wa_context *context = NULL;
        wa_node input = { 0 };
        assert_ok(wa_engine_create(NULL, &engine));
        assert_ok(wa_context_create(engine, &desc, &context));
        assert_ok(wa_node_create(context, WA_NODE_TYPE_INPUT, NULL, &input));
        assert_ok(wa_node_connect(context, input, wa_context_destination(context)));
        assert_ok(wa_context_resume(context));
        stage_wait(0, 15);
        assert_ok(wa_context_close(context));
        float wanted = 1.0f; /* of both channels, mixed down to one */
        const uint64_t count = atomic_load(&fakes[0].logged_frames);
        uint64_t silent = 0;
        for (uint64_t frame = 0; frame < count; frame++) {
            silent += fakes[0].log[frame] == 0.0f;
            assert_true(fakes[0].log[frame] == 0.0f || fakes[0].log[frame] == wanted);
            wanted += fakes[0].log[frame] != 0.0f;
        }
        assert_true(silent < 128 && wanted > 1.0f);
        assert_ok(wa_context_destroy(context));
        assert_ok(wa_engine_destroy(engine));
    }
}

/* -- at random ---------------------------------------------------------------------------------- */

static fake_plan random_plan(uint32_t *seed) {
    fake_plan plan = fake_plan_default();
    const uint32_t fault = rig_random(seed) % 12;
    for (uint32_t index = 0; index < 3; index++) {
        plan.sizes[index] = 1 + rig_random(seed) % 600;
    }
    plan.callback_frames = 0;
    plan.pause_us = 50 + rig_random(seed) % 200;
    plan.latency_frames = rig_random(seed) % 100;
    plan.counts_underruns = fault % 2 == 0;
    plan.lost_at = fault < 4 ? rig_random(seed) % 20 : NEVER;
    plan.is_lost_in_open = fault == 4;
    plan.is_mute = fault == 5;
    plan.start_status = fault == 6 ? WA_ERR_DEVICE : WA_OK;
    plan.open_status = fault == 7 ? WA_ERR_DEVICE : WA_OK;
    plan.is_lost_in_stop = fault == 8;
    return plan;
}

static void switch_at_random(const stage *of, uint32_t *seed) {
    const uint32_t index = rig_random(seed) % FAKE_COUNT;
    const char id[2] = { (char)('0' + index), '\0' };
    const uint32_t choice = rig_random(seed) % 6;
    if (choice == 0) {
        assert_ok(wa_context_set_device(of->context, rig_random(seed) % 2 ? "none" : "null", NULL));
        return;
    }
    if (atomic_load(&fakes[index].open_count) == 0) {
        fakes[index].plan = random_plan(seed);
    }
    const wa_status status = wa_context_set_device(of->context, "fake", id);
    assert_true(status == WA_OK || status == WA_ERR_DEVICE);
}

static void edit_at_random(const stage *of, uint32_t *seed) {
    wa_node made = { 0 };
    assert_ok(wa_node_create(of->context, WA_NODE_TYPE_CONSTANT_SOURCE, NULL, &made));
    assert_ok(wa_node_connect(of->context, made, wa_context_destination(of->context)));
    assert_ok(wa_source_start(of->context, made, 0.0));
    if (rig_random(seed) % 2 == 0) {
        assert_ok(wa_source_stop(of->context, made, wa_context_current_time_s(of->context) + 0.01));
    }
    assert_ok(wa_node_release(of->context, made, NULL));
}

static void check_devices(const stage *of) {
    uint32_t open_count = 0, running_count = 0;
    for (uint32_t index = 0; index < FAKE_COUNT; index++) {
        open_count += atomic_load(&fakes[index].open_count);
        running_count += atomic_load(&fakes[index].running_count);
    }
    assert_true(running_count <= 1);
    assert_true(open_count <= 1); /* the one in use, or the one that is gone */
    assert_true(wa_context_get_state(of->context) == WA_CONTEXT_RUNNING || running_count <= 1);
}

static void test_at_random(void **state) {
    (void)state;
    uint32_t seed = 20260721;
    fakes_reset();
    stage of = stage_make(stage_desc("fake", "0"));
    of.context->device_patience_s = 0.01;
    uint64_t frame = 0;
    for (uint32_t round = 0; round < 150; round++) {
        const uint32_t choice = rig_random(&seed) % 8;
        if (choice < 4) {
            switch_at_random(&of, &seed);
        } else if (choice == 4) {
            const wa_status status = wa_context_resume(of.context);
            assert_true(status == WA_OK || status == WA_ERR_DEVICE);
        } else if (choice == 5 && round % 3 == 0) {
            assert_ok(wa_context_suspend(of.context));
        } else {
            edit_at_random(&of, &seed);
        }
        (void)wa_context_poll(of.context, NULL, 0);
        check_devices(&of);
        assert_true(wa_context_current_frame(of.context) >= frame);
        frame = wa_context_current_frame(of.context);
    }
    wa_playback_stats stats;
    assert_ok(wa_context_get_playback_stats(of.context, &stats));
    assert_int_equal(of.context->side.published.shortage_count, 0);
    stage_free(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_switch_while_suspended),
        cmocka_unit_test(test_switch_while_suspending),
        cmocka_unit_test(test_same_choice),
        cmocka_unit_test(test_names_of_nothing),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_not_for_others),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_to_a_file),
        cmocka_unit_test(test_input_over_a_switch),
        cmocka_unit_test(test_input_arrives),
        cmocka_unit_test(test_at_random),
    };
    return cmocka_run_group_tests(tests, fakes_begin, fakes_end);
}
