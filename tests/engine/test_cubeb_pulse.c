/* What is played through cubeb must reach a sound server to the bit. A private PulseAudio daemon with a sink of
 * the same rate and format is started, a numbered noise is played, the sink's monitor is recorded, and a
 * second of it must be found unbroken. Then the daemon is killed: the device must say that it is lost.
 * Exit code 77: skipped, PulseAudio is not installed. Nothing here waits without an end.
 */
#include "device/device.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RATE_HZ = 48000,
    CHANNELS = 2,
    PLAY_FRAMES = 4 * RATE_HZ,
    RECORD_FRAMES_MAX = 30 * RATE_HZ,
    UNBROKEN_FRAMES = RATE_HZ,
    WATCHDOG_S = 90,
    SKIPPED = 77,
};

static char folder[] = "/tmp/wavepool-pulse-XXXXXX";
static char socket_path[64], record_path[64];
static pid_t server_pid = -1, recorder_pid = -1;

/* -- Processes --------------------------------------------------------------------------------- */

static void end_process(pid_t *pid, int signal_number) {
    if (*pid > 0) {
        kill(*pid, signal_number);
        waitpid(*pid, NULL, 0);
        *pid = -1;
    }
}

static void clean_up(void) {
    end_process(&recorder_pid, SIGKILL);
    end_process(&server_pid, SIGKILL);
    pid_t remover = fork();
    if (remover == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(1);
    }
    waitpid(remover, NULL, 0);
}

static void on_alarm(int signal_number) {
    (void)signal_number;
    static const char text[] = "timed out\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    clean_up();
    _exit(1);
}

static void fail(const char *what) {
    fprintf(stderr, "failed: %s (last error: %s)\n", what, wa_error_message());
    exit(1); /* cleans up */
}

static void check(bool is_true, const char *what) {
    if (!is_true) {
        fail(what);
    }
}

static void sleep_ms(long ms) {
    const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&pause, NULL);
}

static bool is_installed(const char *program) {
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    return system(command) == 0;
}

/* output: a file for its stdout, or NULL: nowhere. It dies with this process. */
static pid_t run(char *const arguments[], const char *output) {
    const pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = open(output == NULL ? "/dev/null" : output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int none = open("/dev/null", O_WRONLY);
    dup2(out, STDOUT_FILENO);
    dup2(none, STDERR_FILENO);
    execvp(arguments[0], arguments);
    _exit(127);
}

static bool server_answers(void) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_there = connect(probe, (struct sockaddr *)&address, sizeof address) == 0;
    close(probe);
    return is_there;
}

static void start_server(void) {
    char listen[128];
    snprintf(listen, sizeof listen, "--load=module-native-protocol-unix auth-anonymous=1 socket=%s",
             socket_path);
    char *const arguments[] = {
        "pulseaudio",
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--system=false",
        "--disable-shm=yes",
        "--realtime=no",
        "--high-priority=no",
        "--load=module-null-sink sink_name=wp norewinds=1 rate=48000 format=float32le channels=2",
        listen,
        NULL
    };
    server_pid = run(arguments, NULL);
    for (int i = 0; i < 1000 && !server_answers(); i++) {
        check(waitpid(server_pid, NULL, WNOHANG) == 0, "the sound server ended");
        sleep_ms(10);
    }
    check(server_answers(), "the sound server does not answer");
}

static void start_recorder(void) {
    char *const arguments[] = { "parec",
                                "--raw",
                                "--device=wp.monitor",
                                "--rate=48000",
                                "--channels=2",
                                "--format=float32le",
                                "--latency-msec=20",
                                NULL };
    recorder_pid = run(arguments, record_path);
}

/* A server, settings and a home of its own: nothing of the user's is touched. */
static void set_environment(void) {
    check(mkdtemp(folder) != NULL, "a folder");
    snprintf(socket_path, sizeof socket_path, "%s/socket", folder);
    snprintf(record_path, sizeof record_path, "%s/record", folder);
    char server[80];
    snprintf(server, sizeof server, "unix:%s", socket_path);
    setenv("HOME", folder, 1);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("PULSE_RUNTIME_PATH", folder, 1);
    setenv("PULSE_STATE_PATH", folder, 1);
    setenv("PULSE_SERVER", server, 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("DISPLAY");
}

/* -- The signal -------------------------------------------------------------------------------- */

/* Frame n of each channel is a number of its own: 24 bits, so that a float holds it. */
static float noise(uint64_t frame, uint32_t channel) {
    uint64_t hash = frame * CHANNELS + channel + 1;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return (float)((hash ^ (hash >> 31)) >> 40) / 16777216.0f - 0.5f;
}

typedef struct player {
    _Atomic uint64_t frames;
    _Atomic bool is_lost, is_inside, is_wrong;
} player;

static void play(void *user, float *const *planes, uint32_t channel_count, uint32_t frame_count,
                 const device_pull_time *time) {
    player *self = user;
    atomic_store(&self->is_inside, true);
    const uint64_t first = atomic_load(&self->frames);
    if (channel_count != CHANNELS || time->device_frame != first || time->now_ns == 0) {
        atomic_store(&self->is_wrong, true);
    }
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            planes[channel][frame] = noise(first + frame, channel);
        }
    }
    atomic_store(&self->frames, first + frame_count);
    atomic_store(&self->is_inside, false);
}

static void lose(void *user) {
    player *self = user;
    atomic_store(&self->is_lost, true);
}

/* -- The recording ----------------------------------------------------------------------------- */

static float record[RECORD_FRAMES_MAX][CHANNELS];

static bool is_frame(uint64_t at, uint64_t frame) {
    return record[at][0] == noise(frame, 0) && record[at][1] == noise(frame, 1);
}

/* Frames from `at` on that continue the noise from `frame` on. */
static uint64_t run_length(uint64_t at, uint64_t frame, uint64_t count) {
    uint64_t length = 0;
    while (at + length < count && is_frame(at + length, frame + length)) {
        length++;
    }
    return length;
}

/* The longest unbroken run; the frame played first in it is looked for among all of them. */
static uint64_t longest_run(uint64_t count, uint64_t played) {
    uint64_t longest = 0;
    for (uint64_t at = 0; at < count;) {
        uint64_t length = 0;
        for (uint64_t frame = 0; frame < played && record[at][0] != 0.0f && length == 0; frame++) {
            length = run_length(at, frame, count);
        }
        longest = length > longest ? length : longest;
        at += length > 0 ? length : 1;
    }
    return longest;
}

static uint64_t read_record(void) {
    FILE *file = fopen(record_path, "rb");
    check(file != NULL, "the recording");
    const uint64_t count = fread(record, sizeof record[0], RECORD_FRAMES_MAX, file);
    fclose(file);
    return count;
}

/* -- The parts of the test --------------------------------------------------------------------- */

static wa_engine *engine;

static struct wa_device *open_cubeb(player *self, const char *id, float rate_hz) {
    const device_config config = { .engine = engine,
                                   .id = id,
                                   .sample_rate_hz = rate_hz,
                                   .channel_count = CHANNELS,
                                   .quantum_frames = 128,
                                   .pull = play,
                                   .lost = lose,
                                   .user = self };
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_OK, "cubeb opens");
    check(facts.sample_rate_hz == (float)RATE_HZ, "the server's rate is taken");
    check(facts.channel_count == CHANNELS, "two channels");
    check(strcmp(facts.id, "wp") == 0, "the sink is named");
    return opened;
}

static void check_list(void) {
    wa_device_info devices[8];
    const uint32_t count = wa_device_ops_cubeb.list(devices, 8);
    check(count == 1 && strcmp(devices[0].id, "wp") == 0, "one device is listed");
    check(strcmp(devices[0].backend, "cubeb") == 0 && devices[0].is_default, "it is cubeb's default");
    check(devices[0].sample_rate_hz == (float)RATE_HZ, "its rate is listed");
    check(wa_device_ops_cubeb.list(NULL, 0) == 1, "it is counted without room");
}

static void check_refused(void) {
    player self = { 0 };
    device_config config = { .engine = engine,
                             .id = "no such sink",
                             .channel_count = CHANNELS,
                             .quantum_frames = 128,
                             .pull = play,
                             .lost = lose,
                             .user = &self };
    struct wa_device *opened = NULL;
    device_facts facts;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_ERR_DEVICE, "an unknown id");
    check(strstr(wa_error_message(), "no such sink") != NULL, "the message names the id");
    config.id = NULL;
    config.channel_count = 9;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_ERR_NOT_SUPPORTED, "9 channels");
    config.channel_count = 2;
    config.sample_rate_hz = 44100.5f;
    check(wa_device_ops_cubeb.open(&config, &opened, &facts) == WA_ERR_NOT_SUPPORTED, "half a hertz");
    check(opened == NULL, "nothing is opened");
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
    start_recorder();
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
    wa_device_ops_cubeb.close(opened);
    end_process(&recorder_pid, SIGTERM);
    check(!atomic_load(&self.is_wrong) && !atomic_load(&self.is_lost), "every callback was right");
    const uint64_t count = read_record();
    const uint64_t unbroken = longest_run(count, played);
    printf("played %llu frames, recorded %llu, unbroken to the bit %llu, latency %u frames\n",
           (unsigned long long)played, (unsigned long long)count, (unsigned long long)unbroken,
           latency);
    check(unbroken >= UNBROKEN_FRAMES, "a second arrives to the bit");
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
    end_process(&server_pid, SIGKILL);
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
    const device_config config = { .engine = engine,
                                   .channel_count = CHANNELS,
                                   .quantum_frames = 128,
                                   .pull = play,
                                   .lost = lose,
                                   .user = &self };
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
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    const int mute = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(bind(mute, (struct sockaddr *)&address, sizeof address) == 0 && listen(mute, 8) == 0,
          "a mute server");
    check(open_default() == WA_ERR_DEVICE, "a mute server");
    check(strstr(wa_error_message(), "does not answer within") != NULL, "the message says so");
    check(open_default() == WA_ERR_DEVICE, "the same again");
    check(strstr(wa_error_message(), "still does not answer") != NULL, "the message says so, too");
    check(wa_device_ops_cubeb.list(NULL, 0) == 0, "nothing is listed");
    close(mute);
    unlink(socket_path);
    for (int i = 0; i < 1000; i++) {
        if (open_default() == WA_OK || strstr(wa_error_message(), "still") == NULL) {
            return;
        }
        sleep_ms(10);
    }
    fail("opening works again");
}

int main(void) {
    if (!is_installed("pulseaudio") || !is_installed("parec")) {
        printf("skipped: pulseaudio and parec are not installed\n");
        return SKIPPED;
    }
    set_environment();
    atexit(clean_up);
    signal(SIGALRM, on_alarm);
    alarm(WATCHDOG_S);
    check(wa_engine_create(NULL, &engine) == WA_OK, "an engine");
    check_no_server();
    check_mute_server();
    start_server();
    check_list();
    check_refused();
    check_bits();
    check_lost();
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    check(stats.category_bytes[WA_MEMORY_RINGS] == 0, "all memory is given back");
    check(wa_engine_destroy(engine) == WA_OK, "the engine ends");
    return 0;
}
