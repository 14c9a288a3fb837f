/* tests/rt/puller_thread.h -- a thread that pulls an embedded context without a pause, and watches. */
#ifndef WA_TESTS_RT_PULLER_THREAD_H
#define WA_TESTS_RT_PULLER_THREAD_H
#include "wavepool/wavepool.h"
#include <pthread.h>
#include <stdatomic.h>

enum { PULL_FRAMES_MAX = 1024, PULL_CHANNELS = 2 };

typedef struct puller_thread {
    wa_context *context;
    bool has_odd_counts; /* frame counts that are no multiple of a quantum, too */
    pthread_t thread;
    _Atomic bool is_done;
    _Atomic uint64_t frame_count; /* pulled so far */
    /* Valid after puller_thread_stop(). */
    uint64_t call_count, failed_count; /* calls; those that did not return WA_OK */
    uint64_t bad_sample_count;         /* NaN or infinity */
    uint64_t sounding_count;           /* calls with a sample that is not 0 */
    uint64_t fault_count; /* page faults inside the calls after puller_thread_watch_faults() */
    uint64_t faulting_call_count, watched_call_count;
    float peak;
    _Atomic bool is_watching_faults;
} puller_thread;

void puller_thread_start(puller_thread *pull, wa_context *context, bool has_odd_counts);
/* From now on page faults inside the render calls are counted. */
void puller_thread_watch_faults(puller_thread *pull);
/* Wait until frame_count more frames were pulled. False: not within ten seconds. */
bool puller_thread_wait(puller_thread *pull, uint64_t frame_count);
void puller_thread_stop(puller_thread *pull);
#endif /* WA_TESTS_RT_PULLER_THREAD_H */
