/* src/device/device.h -- what a backend gives the engine: one ops table, one file, one table entry.
 *
 * The backend calls pull() from its own thread; pull writes every frame of every plane, any frame count.
 * Nothing in pull blocks. Between stop() returning and start() no pull is inside. A device that records too
 * hands both over in one pull: as many frames in as out.
 */
#ifndef WA_SRC_DEVICE_DEVICE_H
#define WA_SRC_DEVICE_DEVICE_H
#include "wavepool/device.h"

typedef struct device_pull_time {
    uint64_t device_frame;   /* frames asked for since start */
    uint64_t now_ns;         /* CLOCK_MONOTONIC on entry */
    uint32_t latency_frames; /* until the first of these frames is heard, beyond the callback itself */
} device_pull_time;

/* inputs: planes[input_channel_count], valid during the call; NULL: nothing was recorded. */
typedef void (*device_pull_fn)(void *user, const float *const *inputs, float *const *planes,
                               uint32_t channel_count, uint32_t frame_count,
                               const device_pull_time *time);
/* Called from a thread of the backend: set a flag, no more.
 *   lost     the device is gone; no pull follows
 *   changed  devices came or went; from open to close, whether or not it runs. NULL: nobody asks. A
 *            backend that cannot say never calls it */
typedef void (*device_news_fn)(void *user);

typedef struct device_config {
    wa_engine *engine;
    const char *id;       /* NULL: the default */
    const char *input_id; /* likewise; only with input_channel_count above 0 */
    float sample_rate_hz; /* 0: the device's own; what it is afterwards: device_facts */
    uint32_t channel_count;
    uint32_t input_channel_count; /* 0: it only plays */
    uint32_t
        quantum_frames;    /* callbacks of a multiple of it are welcome; 0: say what suits the device */
    double latency_hint_s; /* 0: the least that the device offers */
    device_pull_fn pull;
    device_news_fn lost, changed;
    void *user;
} device_config;

typedef struct device_facts {
    float sample_rate_hz;
    uint32_t channel_count, callback_frames; /* callback_frames: usual size, 0: varies */
    uint32_t quantum_frames; /* what suits the device, where config left it open; else not looked at */
    char id[WA_DEVICE_NAME_BYTES], name[WA_DEVICE_NAME_BYTES];
    char input_id[WA_DEVICE_NAME_BYTES], input_name[WA_DEVICE_NAME_BYTES]; /* empty: it only plays */
} device_facts;

typedef struct device_underruns {
    bool is_available; /* false: this backend does not count them */
    uint64_t event_count, frame_count;
} device_underruns;

struct wa_device; /* each backend defines its own */

typedef struct wa_device_ops {
    const char *name;
    bool is_automatic; /* tried when no backend is named */
    /* Outputs, then inputs. Returns how many devices there are; up to capacity are written. */
    uint32_t (*list)(wa_device_info *devices, uint32_t capacity);
    /* Returns: WA_OK | DEVICE (message says why) | NOT_SUPPORTED | BUDGET | IO. */
    wa_status (*open)(const device_config *config, struct wa_device **device, device_facts *facts);
    wa_status (*start)(struct wa_device *device);
    void (*stop)(struct wa_device *device);  /* waits until no pull is inside */
    void (*close)(struct wa_device *device); /* stopped; NULL is fine. file: finishes the WAV */
    uint32_t (*latency_frames)(const struct wa_device *device);
    /* From the moment a frame is recorded until pull gets it; 0 where nothing is. */
    uint32_t (*input_latency_frames)(const struct wa_device *device);
    /* Since it was opened. Thread: any */
    void (*underruns)(const struct wa_device *device, device_underruns *count);
} wa_device_ops;

extern const wa_device_ops wa_device_ops_cubeb, wa_device_ops_null, wa_device_ops_file;

/* By name, or NULL. device_table.c: the order of automatic choice, null last. */
const wa_device_ops *device_ops_by_name(const char *name);
/* One more backend, found by its name alone; NULL takes it out. For tests: while no context uses it. */
void device_ops_extend(const wa_device_ops *ops);
/* Open by config: the named backend only, or (name NULL) the first automatic one that opens.
 * *ops says which. Returns: WA_OK | DEVICE (unknown name, lists the known ones; or none opened). */
wa_status device_open(const char *name, const device_config *config, const wa_device_ops **ops,
                      struct wa_device **device, device_facts *facts);
#endif /* WA_SRC_DEVICE_DEVICE_H */
