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

typedef struct device_clock {
    device_pull_fn pull;
    void *user;
    double sample_rate_hz;
    uint32_t channel_count, callback_frames;
    float *planes[WA_CHANNEL_COUNT_MAX]; /* [callback_frames] */
    pthread_t thread;
    bool has_thread;
    _Atomic bool is_running;
    _Atomic uint64_t underrun_event_count, underrun_frame_count;
} device_clock;

/* What a device on this clock would be: rate (48000 if none is asked), channels, callback size (a quantum, or
 * latency_hint_s rounded to quanta, a second at most). Returns: WA_OK | NOT_SUPPORTED. */
wa_status clock_facts(const device_config *config, device_facts *facts);
/* Bytes of the planes that clock_init() is given. */
uint64_t clock_plane_bytes(const device_facts *facts);
void clock_init(device_clock *clock, const device_facts *facts, device_pull_fn pull, void *user,
                float *plane_memory);
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
