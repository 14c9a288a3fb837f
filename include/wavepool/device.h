/* wavepool/device.h -- where sound goes and comes from: backends by name, devices by id.
 *
 * "cubeb" PulseAudio, ALSA and JACK;  "null" a real clock, no hardware;  "file" a WAV file at the pace of a
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

/* What a real-time context plays to. Returns: WA_OK | INVALID_STATE (not real time). Thread: control */
WA_API wa_status wa_context_get_device(const wa_context *context, wa_device_info *device);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_DEVICE_H */
