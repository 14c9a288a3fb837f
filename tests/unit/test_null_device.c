/* The null and the file device must keep a sound card's promises: whole callbacks at the pace of the clock, no
 * backlog after a stall, nobody inside pull after stop(), every frame in the file, every frame of the input.
 * Real threads and a real clock; what is asserted holds however busy the machine is.
 */
#include "device/device.h"
#include "wavepool/decode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FILE_FRAMES_MAX = 200000, HEARD_FRAMES_MAX = 4096, INPUTS = 3 };
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define RATE_HZ      48000

static wa_engine *engine;

typedef struct listener {
    struct wa_device *opened;
    const wa_device_ops *ops;
    _Atomic bool is_inside, is_lost;
    _Atomic uint64_t asked_frames, call_count;
    uint64_t before_ns, first_ns; /* before start(); of the first pull */
    uint64_t stall_call;          /* this call takes 100 ms; 0: none */
    uint64_t wrong_times, wrong_sizes, late_count;
    uint32_t callback_frames, input_count;
    uint64_t silent_calls;                 /* without planes of input */
    float heard[INPUTS][HEARD_FRAMES_MAX]; /* the first frames of the input */
} listener;

static void sleep_ms(long ms) {
    const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&pause, NULL);
}

static double frames_between(uint64_t begin_ns, uint64_t end_ns) {
    return (double)(end_ns - begin_ns) * 1e-9 * RATE_HZ;
}

/* The time line is where the clock says, two callbacks behind at most, never ahead. */
static void check_pace(listener *ear, const device_pull_time *time) {
    device_underruns missed;
    ear->ops->underruns(ear->opened, &missed);
    const double at_most = frames_between(ear->before_ns, time->now_ns);
    const double at_least = frames_between(ear->first_ns, time->now_ns);
    const double line = (double)(time->device_frame + missed.frame_count);
    ear->wrong_times += line > at_most + ear->callback_frames;
    ear->late_count += line < at_least - 3.0 * ear->callback_frames;
}

static void hear(listener *ear, const float *const *inputs, uint64_t first, uint32_t frame_count) {
    ear->silent_calls += inputs == NULL;
    for (uint32_t channel = 0; inputs != NULL && channel < ear->input_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count && first + frame < HEARD_FRAMES_MAX; frame++) {
            ear->heard[channel][first + frame] = inputs[channel][frame];
        }
    }
}

static void listen(void *user, const float *const *inputs, float *const *planes, uint32_t channel_count,
                   uint32_t frame_count, const device_pull_time *time) {
    listener *ear = user;
    atomic_store(&ear->is_inside, true);
    const uint64_t asked = atomic_load(&ear->asked_frames);
    hear(ear, inputs, asked, frame_count);
    ear->wrong_sizes += frame_count != ear->callback_frames || time->device_frame != asked;
    if (asked == 0) {
        ear->first_ns = time->now_ns;
    }
    check_pace(ear, time);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            planes[channel][frame] = (float)(asked + frame) + 0.25f * (float)channel;
        }
    }
    if (atomic_fetch_add(&ear->call_count, 1) + 1 == ear->stall_call) {
        sleep_ms(100);
    }
    atomic_store(&ear->asked_frames, asked + frame_count);
    atomic_store(&ear->is_inside, false);
}

static void lose(void *user) {
    listener *ear = user;
    atomic_store(&ear->is_lost, true);
}

static device_config config_for(listener *ear) {
    memset(ear, 0, sizeof *ear);
    return (device_config){ .engine = engine,
                            .channel_count = 2,
                            .quantum_frames = 128,
                            .pull = listen,
                            .lost = lose,
                            .user = ear };
}

static void open_ok(const char *backend, const device_config *config, device_facts *facts) {
    listener *ear = config->user;
    const wa_status status = device_open(backend, config, &ear->ops, &ear->opened, facts);
    if (status != WA_OK) {
        fail_msg("%s: %s", backend, wa_error_message());
    }
    assert_string_equal(ear->ops->name, backend);
    ear->callback_frames = facts->callback_frames;
}

static void wait_for_calls(listener *ear, uint64_t count) {
    for (int i = 0; i < 5000 && atomic_load(&ear->call_count) < count; i++) {
        sleep_ms(1);
    }
    assert_true(atomic_load(&ear->call_count) >= count);
}

static uint64_t used_bytes(void) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.category_bytes[WA_MEMORY_RINGS] + stats.category_bytes[WA_MEMORY_DECODE];
}

typedef struct size_row {
    float sample_rate_hz;
    double latency_hint_s;
    uint32_t quantum_frames, callback_frames;
    float opened_rate_hz;
} size_row;

static void test_callback_sizes(void **state) {
    (void)state;
    const size_row rows[] = {
        { 0, 0, 128, 128, 48000 }, /* its own rate, the least latency */
        { 44100, 0, 441, 441, 44100 },      { 48000, 0.010, 128, 512, 48000 }, /* 480: 3.75 quanta */
        { 48000, 0.001, 128, 128, 48000 },  { 3000, 100.0, 1, 3000, 3000 },    /* a second at most */
        { 768000, -1.0, 128, 128, 768000 }, { 0, 0, 0, 128, 48000 }, /* the quantum is left to it */
        { 44100, 0.010, 0, 441, 44100 },    { 3000, 100.0, 0, 3000, 3000 },
        { 3000, 0.0001, 0, 1, 3000 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        listener ear;
        device_config config = config_for(&ear);
        config.sample_rate_hz = rows[i].sample_rate_hz;
        config.latency_hint_s = rows[i].latency_hint_s;
        config.quantum_frames = rows[i].quantum_frames;
        device_facts facts;
        open_ok("null", &config, &facts);
        assert_int_equal(facts.callback_frames, rows[i].callback_frames);
        assert_int_equal(facts.quantum_frames, rows[i].callback_frames);
        assert_true(facts.sample_rate_hz == rows[i].opened_rate_hz);
        assert_int_equal(facts.channel_count, 2);
        assert_int_equal(ear.ops->latency_frames(ear.opened), facts.callback_frames);
        ear.ops->close(ear.opened);
        assert_int_equal(used_bytes(), 0);
    }
}

static void test_pace_and_stall(void **state) {
    (void)state;
    listener ear;
    device_config config = config_for(&ear);
    device_facts facts;
    open_ok("null", &config, &facts);
    ear.stall_call = 20; /* 100 ms are 37 callbacks */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    ear.before_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    assert_int_equal(ear.ops->start(ear.opened), WA_OK);
    assert_int_equal(ear.ops->start(ear.opened), WA_OK); /* once is enough */
    wait_for_calls(&ear, 60);
    ear.ops->stop(ear.opened);
    device_underruns missed;
    ear.ops->underruns(ear.opened, &missed);
    assert_true(missed.is_available);
    assert_true(missed.event_count >= 1);
    assert_true(missed.frame_count >= 30 * 128);
    assert_int_equal(missed.frame_count % 128, 0);
    assert_int_equal(ear.wrong_sizes, 0);
    assert_int_equal(ear.wrong_times, 0);
    assert_int_equal(ear.late_count, 0);
    ear.ops->close(ear.opened);
}

static void test_stop_waits_for_the_pull(void **state) {
    (void)state;
    listener ear;
    device_config config = config_for(&ear);
    config.latency_hint_s = 0.5; /* stop() must not wait for the next one */
    device_facts facts;
    open_ok("null", &config, &facts);
    ear.ops->stop(ear.opened); /* never started */
    for (uint64_t run = 1; run <= 3; run++) {
        ear.stall_call = run; /* each run's first pull is long: stop comes while it is inside */
        atomic_store(&ear.asked_frames, 0);
        assert_int_equal(ear.ops->start(ear.opened), WA_OK);
        wait_for_calls(&ear, run);
        ear.ops->stop(ear.opened);
        assert_false(atomic_load(&ear.is_inside));
        assert_int_equal(atomic_load(&ear.call_count), run);
        ear.ops->stop(ear.opened);
    }
    sleep_ms(20);
    assert_int_equal(atomic_load(&ear.call_count), 3);
    assert_int_equal(ear.wrong_sizes, 0); /* device_frame began at 0 each time */
    ear.ops->close(ear.opened);
    ear.ops->close(NULL);
}

typedef struct refused_row {
    const char *backend, *id;
    float sample_rate_hz;
    uint32_t channel_count;
    wa_status status;
    const char *words;
    uint32_t input_channel_count;
    const char *input_id;
} refused_row;

/* In a folder of its own; "junk" is text. */
static char folder[] = "/tmp/wavepool-device-XXXXXX";
static char junk_path[64], stereo_path[64], mono_path[64], out_path[64];

/* Channel c of frame n is n / 8192 + c / 4. */
static float written(uint64_t frame, uint32_t channel) {
    return (float)frame / 8192.0f + 0.25f * (float)channel;
}

enum { INPUT_FRAMES = 1000 }; /* of both */
static void write_wav(const char *path, uint32_t channel_count, float sample_rate_hz) {
    static float planes[2][INPUT_FRAMES];
    const float *rows[2] = { planes[0], planes[1] };
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < INPUT_FRAMES; frame++) {
            planes[channel][frame] = written(frame, channel);
        }
    }
    wa_file_writer *writer = NULL;
    assert_int_equal(
        wa_file_writer_create(engine, path, WA_FILE_WAV_FLOAT, channel_count, sample_rate_hz, &writer),
        WA_OK);
    assert_int_equal(wa_file_writer_write(writer, rows, INPUT_FRAMES), WA_OK);
    assert_int_equal(wa_file_writer_finish(writer), WA_OK);
}

static void test_refused(void **state) {
    (void)state;
    const refused_row rows[] = {
        { "jack", NULL, 48000, 2, WA_ERR_DEVICE, "\"cubeb\", \"file\", \"null\"" },
        { "null", "loud", 48000, 2, WA_ERR_DEVICE, "\"loud\"" },
        { "null", NULL, 2999, 2, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { "null", NULL, 768001, 2, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { "null", NULL, 48000, 0, WA_ERR_NOT_SUPPORTED, "channel_count" },
        { "null", NULL, 48000, 33, WA_ERR_NOT_SUPPORTED, "channel_count" },
        { "file", NULL, 48000, 2, WA_ERR_DEVICE, "path" },
        { "file", "", 48000, 2, WA_ERR_DEVICE, "path" },
        { "file", "/no/such/folder/x.wav", 48000, 2, WA_ERR_IO, "No such file" },
        { "file", "/dev/null", 48000, 2, WA_ERR_IO, "no regular file" },
        { "file", "x.wav", 44100.5f, 2, WA_ERR_NOT_SUPPORTED, "whole" },
        { "file", "x.wav", 768000, 32, WA_ERR_BUDGET, "" },
        { "null", NULL, 48000, 2, WA_ERR_DEVICE, "\"mic\"", 1, "mic" },
        { "null", NULL, 48000, 2, WA_ERR_DEVICE, "\"null\"", 1, "null" },
        { "file", out_path, 48000, 2, WA_ERR_IO, "/no/such.wav", 1, "/no/such.wav" },
        { "file", out_path, 48000, 2, WA_ERR_ENCODING, "junk", 1, junk_path },
        { "file", out_path, 48000, 2, WA_ERR_NOT_SUPPORTED, "has 2 channels", 1, stereo_path },
        { NULL, NULL, 48000, 2, WA_ERR_DEVICE, "\"tune.wav\"", 1, "tune.wav" },
    };
    wa_engine_desc small = WA_ENGINE_DESC_INIT;
    small.budget_bytes = 20000000;
    wa_engine *tight = NULL;
    assert_int_equal(wa_engine_create(&small, &tight), WA_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        listener ear;
        device_config config = config_for(&ear);
        config.engine = tight;
        config.id = rows[i].id;
        config.sample_rate_hz = rows[i].sample_rate_hz;
        config.channel_count = rows[i].channel_count;
        config.input_channel_count = rows[i].input_channel_count;
        config.input_id = rows[i].input_id;
        device_facts facts;
        const wa_status status = device_open(rows[i].backend, &config, &ear.ops, &ear.opened, &facts);
        if (status != rows[i].status || strstr(wa_error_message(), rows[i].words) == NULL) {
            fail_msg("row %zu: %s: %s", i, wa_status_name(status), wa_error_message());
        }
        assert_null(ear.opened);
        assert_int_equal(access(out_path, F_OK), -1);
    }
    wa_memory_stats left;
    wa_engine_memory_stats(tight, &left);
    assert_int_equal(left.category_bytes[WA_MEMORY_RINGS], 0);
    assert_int_equal(left.category_bytes[WA_MEMORY_BUFFERS], 0);
    assert_int_equal(wa_engine_destroy(tight), WA_OK);
}

static void test_choice(void **state) {
    (void)state;
    assert_ptr_equal(device_ops_by_name("null"), &wa_device_ops_null);
    assert_ptr_equal(device_ops_by_name("file"), &wa_device_ops_file);
    assert_null(device_ops_by_name("NULL"));
    wa_device_info devices[16];
    const uint32_t count = wa_device_list(devices, 16);
    assert_true(count >= 1 && count == wa_device_list(NULL, 0));
    static const char *const ids[] = { "null", "silence", "tone" };
    for (uint32_t i = 0; i < 3 && count <= 16; i++) {
        const wa_device_info *of = &devices[count - 3 + i];
        assert_string_equal(of->backend, "null");
        assert_string_equal(of->id, ids[i]);
        assert_int_equal(of->is_input, i > 0);
        assert_int_equal(of->is_default, i < 2);
        assert_true(of->sample_rate_min_hz == 3000.0f && of->sample_rate_max_hz == 768000.0f);
    }
    memset(devices, 0, sizeof devices);
    assert_int_equal(wa_device_list(devices, 1), count); /* no more than there is room for */
    assert_true(devices[0].backend[0] != '\0' && devices[1].backend[0] == '\0');
    listener ear;
    const device_config config = config_for(&ear);
    device_facts facts;
    assert_int_equal(device_open(NULL, &config, &ear.ops, &ear.opened, &facts), WA_OK);
    assert_true(ear.ops->is_automatic);
    ear.ops->close(ear.opened);
    assert_int_equal(used_bytes(), 0);
}

static void check_file(const char *path, uint64_t frame_count) {
    static float frames[FILE_FRAMES_MAX][2];
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.frames, frame_count);
    assert_int_equal(info.samplerate, RATE_HZ);
    assert_true(frame_count <= FILE_FRAMES_MAX);
    assert_int_equal(sf_readf_float(file, frames[0], FILE_FRAMES_MAX), frame_count);
    sf_close(file);
    for (uint64_t frame = 0; frame < frame_count; frame++) {
        assert_true(frames[frame][0] == (float)frame && frames[frame][1] == (float)frame + 0.25f);
    }
}

/* Everything that was pulled is in the file, also over a stop in between. */
static void test_file(void **state) {
    (void)state;
    const char *path = out_path;
    listener ear;
    device_config config = config_for(&ear);
    config.id = path;
    config.quantum_frames = 100;
    device_facts facts;
    open_ok("file", &config, &facts);
    assert_string_equal(facts.id, path);
    assert_int_equal(ear.ops->latency_frames(ear.opened), 0);
    assert_int_equal(ear.ops->start(ear.opened), WA_OK);
    wait_for_calls(&ear, 100);
    ear.ops->stop(ear.opened);
    assert_int_equal(access(path, F_OK), -1); /* finished by close only */
    ear.ops->close(ear.opened);
    check_file(path, atomic_load(&ear.asked_frames));
    assert_false(atomic_load(&ear.is_lost));
    assert_int_equal(used_bytes(), 0);
    assert_int_equal(unlink(path), 0);
}

/* The limit on file size stands for a full disk: the device is lost, once, and leaves no file. */
static void test_file_on_a_full_disk(void **state) {
    (void)state;
    const char *path = out_path;
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    const struct rlimit small = { 50000, before.rlim_max };
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    listener ear;
    device_config config = config_for(&ear);
    config.id = path;
    device_facts facts;
    open_ok("file", &config, &facts);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(ear.ops->start(ear.opened), WA_OK);
    for (int i = 0; i < 5000 && !atomic_load(&ear.is_lost); i++) {
        sleep_ms(1);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_true(atomic_load(&ear.is_lost));
    const uint64_t call_count = atomic_load(&ear.call_count);
    sleep_ms(20);
    assert_int_equal(atomic_load(&ear.call_count), call_count);
    ear.ops->stop(ear.opened);
    assert_int_equal(ear.ops->start(ear.opened), WA_ERR_DEVICE);
    ear.ops->close(ear.opened);
    assert_int_equal(used_bytes(), 0);
    assert_int_equal(access(path, F_OK), -1);
}

typedef struct input_row {
    const char *backend, *input_id;
    uint32_t input_channel_count;
    float sample_rate_hz;
    const char *id_found;
    uint32_t file_channel_count; /* 0: no file */
    bool is_silent, is_tone;
} input_row;

static const input_row input_rows[] = {
    { "null", NULL, 0, RATE_HZ, "", 0, true, false },
    { "null", NULL, 2, RATE_HZ, "silence", 0, true, false },
    { "null", "silence", 1, RATE_HZ, "silence", 0, true, false },
    { "null", "tone", 3, RATE_HZ, "tone", 0, false, true },
    { "null", "tone", 1, 3000, "tone", 0, false, true },
    { "file", NULL, 2, RATE_HZ, "", 0, true, false },
    { "file", stereo_path, 2, RATE_HZ, stereo_path, 2, false, false },
    { "file", stereo_path, 3, RATE_HZ, stereo_path, 2, false, false },
    { "file", mono_path, 2, RATE_HZ, mono_path, 1, false, false },
};

static float recorded(const input_row *row, uint64_t frame, uint32_t channel) {
    if (row->is_tone) {
        const double turns = fmod((double)frame * (440.0 / (double)row->sample_rate_hz), 1.0);
        return (float)(0.5 * sin(6.283185307179586 * turns));
    }
    if (frame >= INPUT_FRAMES) {
        return 0.0f;
    }
    if (row->file_channel_count == 1) {
        return written(frame, 0); /* on every channel */
    }
    return channel < row->file_channel_count ? written(frame, channel) : 0.0f;
}

static void check_input(const input_row *row, uint32_t quantum_frames) {
    static listener ear;
    device_config config = config_for(&ear);
    config.id = strcmp(row->backend, "file") == 0 ? out_path : NULL;
    config.quantum_frames = quantum_frames;
    config.sample_rate_hz = row->sample_rate_hz;
    config.input_channel_count = ear.input_count = row->input_channel_count;
    config.input_id = row->input_id;
    device_facts facts;
    open_ok(row->backend, &config, &facts);
    assert_string_equal(facts.input_id, row->id_found);
    assert_int_equal(facts.input_name[0] != '\0', row->input_channel_count > 0);
    const bool is_live = strcmp(row->backend, "null") == 0 && row->input_channel_count > 0;
    assert_int_equal(ear.ops->input_latency_frames(ear.opened), is_live ? quantum_frames : 0);
    for (uint64_t run = 1; run <= 2; run++) { /* it goes on over a stop */
        assert_int_equal(ear.ops->start(ear.opened), WA_OK);
        wait_for_calls(&ear, run * (HEARD_FRAMES_MAX / 8) / quantum_frames + run);
        ear.ops->stop(ear.opened);
    }
    ear.ops->close(ear.opened);
    assert_int_equal(ear.silent_calls, row->is_silent ? atomic_load(&ear.call_count) : 0);
    for (uint32_t channel = 0; channel < row->input_channel_count; channel++) {
        for (uint64_t frame = 0; frame < ear.asked_frames && frame < HEARD_FRAMES_MAX; frame++) {
            if (ear.heard[channel][frame] != recorded(row, frame, channel)) {
                fail_msg("%s %s, quantum %u: channel %u frame %llu is %g, not %g", row->backend,
                         row->id_found, quantum_frames, channel, (unsigned long long)frame,
                         (double)ear.heard[channel][frame], (double)recorded(row, frame, channel));
            }
        }
    }
    assert_int_equal(used_bytes(), 0);
    (void)unlink(out_path);
}

static void test_inputs(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(input_rows); i++) {
        check_input(&input_rows[i], i % 2 == 0 ? 128 : 441);
    }
}

/* A file of another rate is brought to the device's. */
static void test_input_is_resampled(void **state) {
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/slow.wav", folder);
    write_wav(path, 1, 24000.0f);
    static listener ear;
    device_config config = config_for(&ear);
    config.id = out_path;
    config.input_channel_count = ear.input_count = 1;
    config.input_id = path;
    config.sample_rate_hz = RATE_HZ;
    device_facts facts;
    open_ok("file", &config, &facts);
    assert_int_equal(ear.ops->start(ear.opened), WA_OK);
    wait_for_calls(&ear, 1 + 2 * INPUT_FRAMES / 128);
    ear.ops->close(ear.opened);
    for (uint32_t frame = 400; frame < 2 * INPUT_FRAMES - 400; frame++) { /* away from its ends */
        assert_true(fabsf(ear.heard[0][frame] - written(frame, 0) / 2.0f) < 1e-4f);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(out_path), 0);
}

static int set_up(void **state) {
    (void)state;
    if (wa_engine_create(NULL, &engine) != WA_OK || mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(junk_path, sizeof junk_path, "%s/junk", folder);
    snprintf(stereo_path, sizeof stereo_path, "%s/stereo.wav", folder);
    snprintf(mono_path, sizeof mono_path, "%s/mono.wav", folder);
    snprintf(out_path, sizeof out_path, "%s/out.wav", folder);
    FILE *junk = fopen(junk_path, "w");
    if (junk == NULL || fputs("This is no sound.\n", junk) < 0 || fclose(junk) != 0) {
        return 1;
    }
    write_wav(stereo_path, 2, RATE_HZ);
    write_wav(mono_path, 1, RATE_HZ);
    return 0;
}

/* Nothing else was left in the folder. */
static int tear_down(void **state) {
    (void)state;
    const bool is_empty = unlink(junk_path) == 0 && unlink(stereo_path) == 0 &&
                          unlink(mono_path) == 0 && rmdir(folder) == 0;
    return wa_engine_destroy(engine) != WA_OK || !is_empty;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callback_sizes),
        cmocka_unit_test(test_pace_and_stall),
        cmocka_unit_test(test_stop_waits_for_the_pull),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_on_a_full_disk),
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_input_is_resampled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
