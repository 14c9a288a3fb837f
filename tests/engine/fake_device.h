/* tests/engine/fake_device.h -- the backend "fake": devices "0" to "7" that do what a plan says. Each has a
 * thread that pulls as its plan says and remembers what it was given.
 */
#ifndef WA_TESTS_ENGINE_FAKE_DEVICE_H
#define WA_TESTS_ENGINE_FAKE_DEVICE_H
#include "device/device.h"
#include <stdatomic.h>

enum { FAKE_COUNT = 8, FAKE_LOG_FRAMES = 1 << 18, FAKE_SIZES_MAX = 8 };
#define NEVER UINT32_MAX

typedef struct fake_plan {
    wa_status open_status, start_status; /* WA_OK: it does */
    float sample_rate_hz;                /* 0: as asked, 48000 where nothing is asked */
    uint32_t channel_count;              /* 0: as asked */
    uint32_t quantum_frames;             /* that suit it */
    uint32_t callback_frames;            /* as said in its facts; 0: varies */
    uint32_t sizes[FAKE_SIZES_MAX];      /* of its callbacks, in turn; the first 0 ends them */
    uint32_t latency_frames, input_latency_frames;
    uint32_t pause_us;    /* between callbacks; 0: twice as fast as a real device */
    uint32_t lost_at;     /* in place of this callback of a run; NEVER */
    bool is_lost_in_open; /* before open() returns */
    bool is_mute;         /* starts and never calls */
    bool is_lost_in_stop;
    bool counts_underruns;
    bool records; /* the number of the frame on every channel of its input */
} fake_plan;

/* Of one device, over all its runs. */
typedef struct fake {
    fake_plan plan;
    float log[FAKE_LOG_FRAMES]; /* channel 0 */
    _Atomic uint64_t logged_frames, callback_count;
    _Atomic uint64_t underrun_events, underrun_frames;
    _Atomic uint32_t open_count, start_count, running_count;
    _Atomic uint64_t now_ns; /* of the last callback */
    double hint_s;           /* as it was opened */
    char input_id[64];
    device_news_fn changed, lost; /* of the device that is open */
    void *user;
} fake;

extern fake fakes[FAKE_COUNT];

/* The backend is there; every device has a plan of 128 frames at a time. */
int fakes_begin(void **state);
int fakes_end(void **state);
void fakes_reset(void);
fake_plan fake_plan_default(void);
#endif /* WA_TESTS_ENGINE_FAKE_DEVICE_H */
