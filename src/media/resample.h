/* src/media/resample.h -- planes at one rate to planes at another, block by block, through soxr. */
#ifndef WA_SRC_MEDIA_RESAMPLE_H
#define WA_SRC_MEDIA_RESAMPLE_H
#include "../limits.h"
#include "wavepool/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct resample {
    void *soxr;
    uint32_t channel_count;
    uint64_t frame_count; /* of the output */
    uint64_t done_frames;
    float *planes[WA_CHANNEL_COUNT_MAX]; /* the output */
} resample;

/* Frames that in_frames last at another rate: rounded up, so that no input is cut off. */
uint64_t resample_frame_count(uint64_t in_frames, uint32_t in_rate_hz, float out_rate_hz);

/* planes[channel_count][frame_count] are written from the first frame on. The delay of the filter is taken
 * out: frame 0 is frame 0. Returns: WA_OK | SYSTEM_MEMORY | NOT_SUPPORTED (soxr refuses the ratio). */
wa_status resample_init(resample *job, uint32_t channel_count, uint32_t in_rate_hz, float out_rate_hz,
                        float *const *planes, uint64_t frame_count);
/* Returns: WA_OK | SYSTEM_MEMORY. */
wa_status resample_feed(resample *job, const float *const *planes, uint32_t frame_count);
/* The end of the input: what is left comes out, padded with zeros. Returns: WA_OK | SYSTEM_MEMORY. */
wa_status resample_flush(resample *job);
void resample_finish(resample *job);
#endif /* WA_SRC_MEDIA_RESAMPLE_H */
