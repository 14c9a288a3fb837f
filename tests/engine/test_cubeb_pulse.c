/* What is played through cubeb must reach a sound server to the bit, and what the server records must reach us.
 * A private PulseAudio daemon with sinks of the same rate and format is started, a numbered noise is played,
 * the sink's monitor is recorded, by a program of the server's and by ourselves, and a second of it must be
 * found unbroken. Then the daemon is killed: the device must say that it is lost.
 * Exit code 77: skipped, PulseAudio is not installed. Nothing here waits without an end.
 */
#include "device/device.h"
#include "pulse_server.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    RATE_HZ = PULSE_RATE_HZ,
    CHANNELS = PULSE_CHANNELS,
    PLAY_FRAMES = 4 * RATE_HZ,
    ECHO_FRAMES = 3 * RATE_HZ,
    UNBROKEN_FRAMES = RATE_HZ,
    WATCHDOG_S = 90,
};

typedef struct player {
    _Atomic uint64_t frames, recorded_frames, change_count;
    _Atomic bool is_lost, is_inside, is_wrong;
    bool records; /* into pulse_record */
} player;

static void keep(player *self, const float *const *inputs, uint32_t frame_count) {
    const uint64_t first = atomic_load(&self->recorded_frames);
    for (uint32_t frame = 0; frame < frame_count && first + frame < RECORD_FRAMES_MAX; frame++) {
        for (uint32_t channel = 0; channel < CHANNELS; channel++) {
            pulse_record[first + frame][channel] = inputs[channel][frame];
        }
    }
    atomic_store(&self->recorded_frames, first + frame_count);
}

static void play(void *user, const float *const *inputs, float *const *planes, uint32_t channel_count,
                 uint32_t frame_count, const device_pull_time *time) {
    player *self = user;
    atomic_store(&self->is_inside, true);
    const uint64_t first = atomic_load(&self->frames);
    if (channel_count != CHANNELS || time->device_frame != first || time->now_ns == 0 ||
        (inputs != NULL) != self->records) {
        atomic_store(&self->is_wrong, true);
    }
    if (inputs != NULL) {
        keep(self, inputs, frame_count);
    }
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            planes[channel][frame] = pulse_noise(first + frame, channel);
        }
    }
    atomic_store(&self->frames, first + frame_count);
    atomic_store(&self->is_inside, false);
}

static void lose(void *user) {
    player *self = user;
    atomic_store(&self->is_lost, true);
}

static void hear_of_change(void *user) {
    player *self = user;
    atomic_fetch_add(&self->change_count, 1);
}

/* -- The parts of the test --------------------------------------------------------------------- */

static wa_engine *engine;

static device_config config_of(player *self) {
    return (device_config){ .engine = engine,
                            .channel_count = CHANNELS,
                            .quantum_frames = 128,
                            .pull = play,
                            .lost = lose,
                            .changed = hear_of_change,
                            .user = self };
}

static struct wa_device *open_cubeb(player *self, const char *id, float rate_hz) {
    device_config config = config_of(self);
    config.id = id;
    config.sample_rate_hz = rate_hz;
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_OK, "cubeb opens");
    check(facts.sample_rate_hz == (float)RATE_HZ, "the server's rate is taken");
    check(facts.channel_count == CHANNELS, "two channels");
    check(strcmp(facts.id, "wp") == 0, "the sink is named");
    return opened;
}

static void check_list(void) {
    static const char *const ids[] = { "wp", "wp2", "wp.monitor", "wp2.monitor" };
    wa_device_info devices[8];
    check(wa_device_ops_cubeb.list(devices, 8) == 4, "two outputs and two inputs are listed");
    for (uint32_t i = 0; i < 4; i++) {
        const wa_device_info *of = &devices[i];
        check(strcmp(of->id, ids[i]) == 0 && strcmp(of->backend, "cubeb") == 0, "by name");
        check(of->is_input == (i >= 2) && of->is_default == (i % 2 == 0), "what they are");
        check(of->sample_rate_hz == (float)RATE_HZ && of->channel_count_max == CHANNELS, "as they are");
        check(of->sample_rate_min_hz == 1000.0f && of->sample_rate_max_hz == 192000.0f,
              "cubeb's range");
    }
    check(wa_device_ops_cubeb.list(NULL, 0) == 4, "they are counted without room");
    memset(devices, 0, sizeof devices);
    check(wa_device_ops_cubeb.list(devices, 3) == 4, "and with too little");
    check(devices[2].is_input && devices[3].id[0] == '\0', "no more than there is room for");
}

typedef struct refused_row {
    const char *id, *input_id;
    uint32_t channel_count, input_channel_count;
    float sample_rate_hz;
    wa_status status;
    const char *words;
} refused_row;

static const refused_row refused_rows[] = {
    { "no such sink", NULL, 2, 0, 0, WA_ERR_DEVICE, "no device \"no such sink\"" },
    { "wp.monitor", NULL, 2, 0, 0, WA_ERR_DEVICE, "no device \"wp.monitor\"" }, /* it records */
    { NULL, "no such source", 2, 1, 0, WA_ERR_DEVICE, "no input \"no such source\"" },
    { NULL, "wp", 2, 1, 0, WA_ERR_DEVICE, "no input \"wp\"" },
    { NULL, NULL, 0, 0, 0, WA_ERR_NOT_SUPPORTED, "channel_count is 0" },
    { NULL, NULL, 9, 0, 0, WA_ERR_NOT_SUPPORTED, "channel_count is 9" },
    { NULL, NULL, 2, 9, 0, WA_ERR_NOT_SUPPORTED, "input_channel_count is 9" },
    { NULL, NULL, 2, 0, 44100.5f, WA_ERR_NOT_SUPPORTED, "44100.5" },
    { NULL, NULL, 2, 0, 999.0f, WA_ERR_NOT_SUPPORTED, "999" },
    { NULL, NULL, 2, 0, 192001.0f, WA_ERR_NOT_SUPPORTED, "192001" },
};

static void check_refused(void) {
    for (size_t i = 0; i < sizeof refused_rows / sizeof refused_rows[0]; i++) {
        const refused_row *row = &refused_rows[i];
        player self = { 0 };
        device_config config = config_of(&self);
        config.id = row->id;
        config.input_id = row->input_id;
        config.channel_count = row->channel_count;
        config.input_channel_count = row->input_channel_count;
        config.sample_rate_hz = row->sample_rate_hz;
        struct wa_device *opened = NULL;
        device_facts facts;
        check(wa_device_ops_cubeb.open(&config, &opened, &facts) == row->status, row->words);
        check(strstr(wa_error_message(), row->words) != NULL, row->words);
        check(opened == NULL, "nothing is opened");
    }
}

static void wait_for_frames(player *self, uint64_t frames) {
    for (int i = 0; i < 2000 && atomic_load(&self->frames) < frames; i++) {
        sleep_ms(10);
    }
    check(atomic_load(&self->frames) >= frames, "the device pulls");
}

static void check_bits(void) {
    static player self;
    struct wa_device *opened = open_cubeb(&self, NULL, 0.0f);
    pulse_start_recorder("wp.monitor");
    sleep_ms(300);
    check(atomic_load(&self.frames) == 0, "no pull before start");
    check(wa_device_ops_cubeb.start(opened) == WA_OK, "start");
    wait_for_frames(&self, PLAY_FRAMES);
    const uint32_t latency = wa_device_ops_cubeb.latency_frames(opened);
    check(latency > 0 && latency < 5 * RATE_HZ, "a latency");
    wa_device_ops_cubeb.stop(opened);
    const uint64_t played = atomic_load(&self.frames);
    check(!atomic_load(&self.is_inside), "nobody is inside pull after stop");
    sleep_ms(200);
    check(atomic_load(&self.frames) == played, "no pull after stop");
    device_underruns missed = { .is_available = true };
    wa_device_ops_cubeb.underruns(opened, &missed);
    check(!missed.is_available, "underruns are not counted");
    check(wa_device_ops_cubeb.input_latency_frames(opened) == 0, "nothing is recorded");
    wa_device_ops_cubeb.close(opened);
    check(!atomic_load(&self.is_wrong) && !atomic_load(&self.is_lost), "every callback was right");
    const uint64_t count = pulse_stop_recorder();
    const uint64_t unbroken = pulse_longest_run(count, played);
    printf("played %llu frames, recorded %llu, unbroken to the bit %llu, latency %u frames\n",
           (unsigned long long)played, (unsigned long long)count, (unsigned long long)unbroken,
           latency);
    check(unbroken >= UNBROKEN_FRAMES, "a second arrives to the bit");
}

/* What is played comes back through the sink's monitor, in the same callbacks, to the bit. */
static void check_input(void) {
    static player self;
    self.records = true;
    device_config config = config_of(&self);
    config.id = "wp";
    config.input_id = "wp.monitor";
    config.input_channel_count = CHANNELS;
    config.latency_hint_s = 0.1; /* a busy machine must not break it */
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_OK, "cubeb opens both ways");
    check(strcmp(facts.input_id, "wp.monitor") == 0 && facts.input_name[0] != '\0',
          "the input is named");
    check(wa_device_ops_cubeb.start(opened) == WA_OK, "start");
    wait_for_frames(&self, ECHO_FRAMES);
    const uint32_t latency = wa_device_ops_cubeb.latency_frames(opened);
    const uint32_t input_latency = wa_device_ops_cubeb.input_latency_frames(opened);
    wa_device_ops_cubeb.close(opened);
    check(input_latency > 0 && input_latency < RATE_HZ, "a latency of the input");
    check(!atomic_load(&self.is_wrong) && !atomic_load(&self.is_lost), "every callback was right");
    const uint64_t played = atomic_load(&self.frames), count = atomic_load(&self.recorded_frames);
    check(count == played, "as many frames in as out");
    const uint64_t unbroken = pulse_longest_run(count, played);
    printf("heard %llu frames of ourselves, unbroken to the bit %llu, latency %u out, %u in\n",
           (unsigned long long)count, (unsigned long long)unbroken, latency, input_latency);
    check(unbroken >= UNBROKEN_FRAMES, "a second comes back to the bit");
}

/* Without names: the defaults of both directions. */
static void check_default_input(void) {
    player self = { .records = true };
    device_config config = config_of(&self);
    config.input_channel_count = 1;
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_OK, "the defaults open");
    check(strcmp(facts.id, "wp") == 0 && strcmp(facts.input_id, "wp.monitor") == 0, "by name");
    wa_device_ops_cubeb.close(opened);
    check(atomic_load(&self.frames) == 0, "no pull without start");
}

/* Where the quantum is left to the device it is the size that it calls back with. */
static void check_quantum(void) {
    player self = { 0 };
    device_config config = config_of(&self);
    config.quantum_frames = 0;
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_OK, "cubeb opens");
    printf("the server asks for %u frames at a time\n", facts.quantum_frames);
    check(facts.quantum_frames >= 1 && facts.quantum_frames <= RATE_HZ / 10, "a size");
    check(atomic_load(&self.frames) == 0, "no pull before start");
    check(wa_device_ops_cubeb.start(opened) == WA_OK, "start");
    wait_for_frames(&self, 1000);
    wa_device_ops_cubeb.close(opened);
    check(!atomic_load(&self.is_wrong), "every callback was right");
}

static void wait_for_change(player *self, const char *what) {
    for (int i = 0; i < 1000 && atomic_load(&self->change_count) == 0; i++) {
        sleep_ms(10);
    }
    check(atomic_load(&self->change_count) > 0, what);
    atomic_store(&self->change_count, 0);
}

/* A sink comes and goes while a device is open; it need not run. */
static void check_changes(void) {
    player self = { 0 };
    struct wa_device *opened = open_cubeb(&self, NULL, 0.0f);
    pulse_control((const char *const[]){ "load-module", "module-null-sink", "sink_name=extra", NULL });
    wait_for_change(&self, "a sink that comes is told");
    check(wa_device_ops_cubeb.list(NULL, 0) == 6, "with its monitor");
    pulse_control((const char *const[]){ "unload-module", "module-null-sink", NULL });
    wait_for_change(&self, "sinks that go are told");
    wa_device_ops_cubeb.close(opened);
}

/* Started twice by id; the server dies the second time. */
static void check_lost(void) {
    static player self;
    struct wa_device *opened = open_cubeb(&self, "wp", (float)RATE_HZ);
    for (int i = 0; i < 2; i++) {
        atomic_store(&self.frames, 0);
        check(wa_device_ops_cubeb.start(opened) == WA_OK, "start again");
        wait_for_frames(&self, 1000);
        if (i == 0) {
            wa_device_ops_cubeb.stop(opened);
        }
    }
    pulse_kill_server();
    for (int i = 0; i < 1000 && !atomic_load(&self.is_lost); i++) {
        sleep_ms(10);
    }
    check(atomic_load(&self.is_lost), "the device says that it is lost");
    const uint64_t frames = atomic_load(&self.frames);
    sleep_ms(50);
    check(atomic_load(&self.frames) == frames, "no pull follows");
    wa_device_ops_cubeb.stop(opened);
    check(wa_device_ops_cubeb.start(opened) == WA_ERR_DEVICE, "a lost device does not start");
    (void)wa_device_ops_cubeb.latency_frames(opened);
    wa_device_ops_cubeb.close(opened);
    check(!atomic_load(&self.is_wrong), "every callback was right");
}

/* Opens the default device, without starting it. Seconds it took are checked. */
static wa_status open_default(void) {
    player self = { 0 };
    const device_config config = config_of(&self);
    struct wa_device *opened = NULL;
    device_facts facts;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    const wa_status status = wa_device_ops_cubeb.open(&config, &opened, &facts);
    clock_gettime(CLOCK_MONOTONIC, &end);
    check(end.tv_sec - begin.tv_sec <= 8, "an answer at once");
    check(status == WA_OK || status == WA_ERR_DEVICE, "a device, or none");
    wa_device_ops_cubeb.close(opened);
    return status;
}

/* Without a server: a sound card if there is one, else a refusal that says so. */
static void check_no_server(void) {
    if (open_default() != WA_OK) {
        printf("without a server: %s\n", wa_error_message());
        check(strstr(wa_error_message(), "cubeb") != NULL, "a clear refusal");
    }
}

/* A server that takes the connection and says nothing holds an open for three seconds, the next one not at
 * all; once it is gone, opening works as before. */
static void check_mute_server(void) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", pulse_socket_path());
    const int mute = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(bind(mute, (struct sockaddr *)&address, sizeof address) == 0 && listen(mute, 8) == 0,
          "a mute server");
    check(open_default() == WA_ERR_DEVICE, "a mute server");
    check(strstr(wa_error_message(), "does not answer within") != NULL, "the message says so");
    check(open_default() == WA_ERR_DEVICE, "the same again");
    check(strstr(wa_error_message(), "still does not answer") != NULL, "the message says so, too");
    check(wa_device_ops_cubeb.list(NULL, 0) == 0, "nothing is listed");
    close(mute);
    unlink(pulse_socket_path());
    for (int i = 0; i < 1000; i++) {
        if (open_default() == WA_OK || strstr(wa_error_message(), "still") == NULL) {
            return;
        }
        sleep_ms(10);
    }
    fail("opening works again");
}

int main(void) {
    if (!pulse_begin(WATCHDOG_S)) {
        return PULSE_SKIPPED;
    }
    check(wa_engine_create(NULL, &engine) == WA_OK, "an engine");
    check_no_server();
    check_mute_server();
    pulse_start_server();
    check_list();
    check_refused();
    check_bits();
    check_input();
    check_default_input();
    check_quantum();
    check_lost();
    pulse_start_server();
    check_changes();
    pulse_kill_server();
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    check(stats.category_bytes[WA_MEMORY_RINGS] == 0, "all memory is given back");
    check(wa_engine_destroy(engine) == WA_OK, "the engine ends");
    return 0;
}
