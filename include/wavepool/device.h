/* wavepool/device.h -- where sound goes and comes from: backends by name, devices by id.
 *
 * "cubeb" PulseAudio and ALSA;  "null" a real clock, no hardware;  "file" a WAV file at the pace of a
 * real clock. Without a choice the first that opens is used, null last; file only by name.
 * docs/devices.md has what each can do.
 */
#ifndef WAVEPOOL_DEVICE_H
#define WAVEPOOL_DEVICE_H
#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WA_DEVICE_NAME_BYTES = 256 };

typedef struct wa_device_info {
    char backend[32];
    char id[WA_DEVICE_NAME_BYTES];
    char name[WA_DEVICE_NAME_BYTES];
    uint32_t channel_count_max;
    float sample_rate_hz;                         /* preferred */
    float sample_rate_min_hz, sample_rate_max_hz; /* that it can be opened with */
    bool is_default;                              /* among its backend's of the same direction */
    bool is_input;                                /* false: it plays */
} wa_device_info;

/* List the devices of every backend, of each its outputs, then its inputs. "file" has none to list: any path is
 * a device. Returns the number there are; up to capacity are written. Thread: control */
WA_API uint32_t wa_device_list(wa_device_info *devices, uint32_t capacity);

/* What a real-time context plays to now, and what it records from; after WA_EVENT_DEVICE_LOST the null
 * device. sample_rate_hz is the context's, channel_count_max what was opened.
 * Returns: WA_OK | TYPE | INVALID_STATE (not real time, or closed; input: it records nothing).
 * Thread: control */
WA_API wa_status wa_context_get_device(const wa_context *context, wa_device_info *device);
WA_API wa_status wa_context_get_input_device(const wa_context *context, wa_device_info *device);

/* As device_backend: AudioSinkOptions of type "none". The context runs on a clock and plays nowhere. */
#define WA_DEVICE_BACKEND_NONE "none"

/* AudioContext.setSinkId(): play to another device from now on, whatever the state; backend and id as in
 * wa_context_desc. The graph, the clock and the rate stay. Nothing is rendered twice; while it runs, the sound
 * ramps out on one device and in on the other, 64 frames each. The choice it has already is a success that
 * does nothing, unless that device was lost: then it is opened again. The input is the one that the
 * context was made with where the backend is the same, else the default one of the new backend.
 * Blocks until the new device has called back (2 s at most) and the old one has played what it was given (1 s
 * at most). Other contexts are not held up. Ends with WA_EVENT_SINK_CHANGE.
 * Returns: WA_OK | TYPE (context is NULL) | INVALID_STATE (not real time, or closed) | DEVICE, IO, ENCODING,
 *   NOT_SUPPORTED (it cannot be opened, does not run at the context's rate, does not start or never calls
 *   back: the message says which) | BUDGET | SEALED. After an error the old device plays on, undisturbed.
 * Thread: control */
WA_API wa_status wa_context_set_device(wa_context *context, const char *backend, const char *id);

typedef enum wa_sink_type {
    WA_SINK_DEVICE = 1,
    WA_SINK_NONE = 2, /* AudioSinkInfo of type "none" */
    WA_SINK_FORCE32 = 0x7fffffff
} wa_sink_type;

/* AudioContext.sinkId: what was asked for last and opened, also while that device is lost. */
typedef struct wa_sink_info {
    wa_sink_type type;
    const char *backend; /* "": the first that opened */
    const char *id;      /* "": the default device */
} wa_sink_info;

/* Returns: WA_OK | TYPE | INVALID_STATE (not real time, or closed). Owns: the context; valid until
 * wa_context_set_device() or wa_context_close(). Thread: control */
WA_API wa_status wa_context_get_sink(const wa_context *context, wa_sink_info *sink);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_DEVICE_H */
