/* The daemon, its clients, and the noise that tells every frame from every other; see pulse_server.h. */
#include "pulse_server.h"
#include "wavepool/status.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* libcubeb 0.0~git20230201 forgets an operation each time the server's default device changes. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libpulse.so\n";
}

float pulse_record[RECORD_FRAMES_MAX][PULSE_CHANNELS];

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

void fail(const char *what) {
    fprintf(stderr, "failed: %s (last error: %s)\n", what, wa_error_message());
    exit(1); /* cleans up */
}

void check(bool is_true, const char *what) {
    if (!is_true) {
        fail(what);
    }
}

void sleep_ms(long ms) {
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

void pulse_start_server(void) {
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
        "--load=module-null-sink sink_name=wp2 norewinds=1 rate=48000 format=float32le channels=2",
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

void pulse_kill_server(void) {
    end_process(&server_pid, SIGKILL);
}

const char *pulse_socket_path(void) {
    return socket_path;
}

void pulse_control(const char *const arguments[]) {
    const char *words[16] = { "pactl" };
    for (int i = 0; arguments[i] != NULL; i++) {
        words[i + 1] = arguments[i];
    }
    const pid_t pid = run((char *const *)words, NULL);
    int status = -1;
    check(waitpid(pid, &status, 0) == pid && status == 0, "pactl");
}

void pulse_start_recorder(const char *monitor) {
    char device[80];
    snprintf(device, sizeof device, "--device=%s", monitor);
    char *const arguments[] = { "parec",
                                "--raw",
                                device,
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

/* Frame n of each channel is a number of its own: 24 bits, so that a float holds it. */
float pulse_noise(uint64_t frame, uint32_t channel) {
    uint64_t hash = frame * PULSE_CHANNELS + channel + 1;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return (float)((hash ^ (hash >> 31)) >> 40) / 16777216.0f - 0.5f;
}

static bool is_frame(uint64_t at, uint64_t frame) {
    return pulse_record[at][0] == pulse_noise(frame, 0) && pulse_record[at][1] == pulse_noise(frame, 1);
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
uint64_t pulse_longest_run(uint64_t count, uint64_t played) {
    uint64_t longest = 0;
    for (uint64_t at = 0; at < count;) {
        uint64_t length = 0;
        for (uint64_t frame = 0; frame < played && pulse_record[at][0] != 0.0f && length == 0;
             frame++) {
            length = run_length(at, frame, count);
        }
        longest = length > longest ? length : longest;
        at += length > 0 ? length : 1;
    }
    return longest;
}

uint64_t pulse_stop_recorder(void) {
    end_process(&recorder_pid, SIGTERM);
    FILE *file = fopen(record_path, "rb");
    check(file != NULL, "the recording");
    const uint64_t count = fread(pulse_record, sizeof pulse_record[0], RECORD_FRAMES_MAX, file);
    fclose(file);
    return count;
}

bool pulse_begin(unsigned watchdog_s) {
    if (!is_installed("pulseaudio") || !is_installed("parec") || !is_installed("pactl")) {
        printf("skipped: pulseaudio, parec and pactl are not all installed\n");
        return false;
    }
    set_environment();
    atexit(clean_up);
    signal(SIGALRM, on_alarm);
    alarm(watchdog_s);
    return true;
}
