/* tests/engine/pulse_server.h -- a PulseAudio daemon of the test's own, with two sinks that play nowhere: "wp",
 * the default, and "wp2", both float at 48000 Hz. Each has a monitor, "wp.monitor", which records what it
 * plays. Nothing of the user's is touched, everything ends with this process, and nothing waits without an end.
 */
#ifndef WA_TESTS_ENGINE_PULSE_SERVER_H
#define WA_TESTS_ENGINE_PULSE_SERVER_H
#include <stdbool.h>
#include <stdint.h>

enum {
    PULSE_RATE_HZ = 48000,
    PULSE_CHANNELS = 2,
    PULSE_SKIPPED = 77,
    RECORD_FRAMES_MAX = 30 * PULSE_RATE_HZ
};

/* False: PulseAudio is not installed; say so and exit with PULSE_SKIPPED. After watchdog_s the process ends
 * with an error, whatever hangs. */
bool pulse_begin(unsigned watchdog_s);
void pulse_start_server(void);
void pulse_kill_server(void);
const char *pulse_socket_path(void);
/* A pactl command in words, NULL last: { "load-module", "module-null-sink", "sink_name=x", NULL }. */
void pulse_control(const char *const arguments[]);

/* Record what a sink plays until pulse_stop_recorder(), which returns the frames; one at a time. */
void pulse_start_recorder(const char *monitor);
uint64_t pulse_stop_recorder(void);
/* [frame][channel] of the last recording. */
extern float pulse_record[RECORD_FRAMES_MAX][PULSE_CHANNELS];

/* Frame n of each channel is a number of its own: 24 bits, so that a float holds it. */
float pulse_noise(uint64_t frame, uint32_t channel);
/* The longest unbroken run of that noise in the first `count` frames of the recording, of those played. */
uint64_t pulse_longest_run(uint64_t count, uint64_t played);

void check(bool is_true, const char *what); /* else the test ends, with the last error */
void fail(const char *what);
void sleep_ms(long ms);
#endif /* WA_TESTS_ENGINE_PULSE_SERVER_H */
