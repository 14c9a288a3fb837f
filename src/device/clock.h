/* src/device/clock.h -- the pace of a device without the device: a thread that pulls by CLOCK_MONOTONIC.
 *
 * Callback n is due at n * callback_frames / sample_rate after start, and its frames are played one callback
 * later: the buffer holds one callback. A thread that wakes more than one callback beyond that buffer has
 * run dry: one underrun event; whole callbacks are skipped and counted, so that latency does not grow.
 */
#ifndef WA_SRC_DEVICE_CLOCK_H
#define WA_SRC_DEVICE_CLOCK_H
#include "../limits.h"
#include "device.h"
#include <pthread.h>

/* Write what is recorded now into every plane. Thread: the clock's */
typedef void (*clock_record_fn)(void *user, float *const *inputs, uint32_t channel_count,
                                uint32_t frame_count);

typedef struct device_clock {
    device_pull_fn pull;
    void *user;
    clock_record_fn record; /* NULL: nothing, which is silence */
    void *record_user;
    double sample_rate_hz;
    uint32_t channel_count, input_count, callback_frames;
    float *planes[WA_CHANNEL_COUNT_MAX]; /* [callback_frames] */
    float *inputs[WA_CHANNEL_COUNT_MAX]; /* likewise */
    pthread_t thread;
    bool has_thread;
    _Atomic bool is_running;
    _Atomic uint64_t underrun_event_count, underrun_frame_count;
} device_clock;

/* What a device on this clock would be: rate (48000 if none is asked), channels, callback size: latency_hint_s
 * rounded to quanta, a second at most, or one quantum. Without a quantum it is a quantum itself, 128
 * frames where there is no hint. Returns: WA_OK | NOT_SUPPORTED. */
wa_status clock_facts(const device_config *config, device_facts *facts);
/* Bytes of one callback, each plane on cache lines of its own: of what is played, of what is recorded. */
uint64_t clock_plane_bytes(const device_facts *facts);
uint64_t clock_input_bytes(const device_config *config, const device_facts *facts);
/* plane_memory: both of the above. `pull` and `user` are config's, or the backend's own. */
void clock_init(device_clock *clock, const device_config *config, const device_facts *facts,
                device_pull_fn pull, void *user, float *plane_memory);
/* Start the thread; a running clock stays as it is. Returns: WA_OK | DEVICE (no thread). */
wa_status clock_start(device_clock *clock);
/* Waits until the thread is gone. A stopped clock stays as it is. */
void clock_stop(device_clock *clock);
/* From inside pull: no other pull follows. */
void clock_quit(device_clock *clock);
/* From inside pull. */
void clock_count_underrun(device_clock *clock, uint64_t frame_count);
void clock_underruns(const device_clock *clock, device_underruns *count);
#endif /* WA_SRC_DEVICE_CLOCK_H */
