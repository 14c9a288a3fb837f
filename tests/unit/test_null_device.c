/* The null and the file device must keep a sound card's promises: whole callbacks at the pace of the clock, no
 * backlog after a stall, nobody inside pull after stop(), every frame in the file. Real threads and a real
 * clock; what is asserted holds however busy the machine is.
 */
#include "device/device.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FILE_FRAMES_MAX = 200000 };
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
    uint32_t callback_frames;
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

static void listen(void *user, float *const *planes, uint32_t channel_count, uint32_t frame_count,
                   const device_pull_time *time) {
    listener *ear = user;
    atomic_store(&ear->is_inside, true);
    const uint64_t asked = atomic_load(&ear->asked_frames);
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
        { 768000, -1.0, 128, 128, 768000 },
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
} refused_row;

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
        device_facts facts;
        const wa_status status = device_open(rows[i].backend, &config, &ear.ops, &ear.opened, &facts);
        if (status != rows[i].status || strstr(wa_error_message(), rows[i].words) == NULL) {
            fail_msg("row %zu: %s: %s", i, wa_status_name(status), wa_error_message());
        }
        assert_null(ear.opened);
    }
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
    if (count <= 16) {
        assert_string_equal(devices[count - 1].backend, "null");
        assert_string_equal(devices[count - 1].id, "null");
    }
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
    char folder[] = "/tmp/wavepool-device-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/out.wav", folder);
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
    assert_int_equal(rmdir(folder), 0);
}

/* The limit on file size stands for a full disk: the device is lost, once, and leaves no file. */
static void test_file_on_a_full_disk(void **state) {
    (void)state;
    char folder[] = "/tmp/wavepool-device-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/out.wav", folder);
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
    assert_int_equal(rmdir(folder), 0); /* empty */
}

static int set_up(void **state) {
    (void)state;
    return wa_engine_create(NULL, &engine) != WA_OK;
}

static int tear_down(void **state) {
    (void)state;
    return wa_engine_destroy(engine) != WA_OK;
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
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
