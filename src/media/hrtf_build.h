/* src/media/hrtf_build.h -- from measured head-related responses to a set that can be rendered.
 *
 *   onset       the first frame above a tenth of the response's peak, with its fraction: the delay of that ear
 *   response    cut from a little before its onset and resampled in one step, by a windowed sinc
 *   level       white noise from straight ahead comes out as loud, both ears together, as it went in
 *
 * Only the directions at the largest distance are used: nearness is the distance model's business.
 * Thread: control
 */
#ifndef WA_SRC_MEDIA_HRTF_BUILD_H
#define WA_SRC_MEDIA_HRTF_BUILD_H
#include "../kernels/hrtf.h"
#include "wavepool/memory.h"

typedef struct hrtf_measured {
    const char *name; /* for messages */
    double sample_rate_hz;
    uint32_t direction_count, frame_count;
    const float
        *positions; /* [direction_count][3]: to the front, to the left, up; any unit of length */
    const float *responses; /* [direction_count][2][frame_count] */
    const float *delays;    /* frames; [2], or [direction_count][2] */
    bool has_delay_each;
    bool is_right_first; /* of two ears */
} hrtf_measured;

/* *set holds one reference; charged to HRTF.
 * Returns: WA_OK | ENCODING (values that make no sense) | NOT_SUPPORTED (limits.h) | BUDGET | SEALED
 *   | SYSTEM_MEMORY. */
wa_status hrtf_build(wa_engine *engine, const hrtf_measured *from, double sample_rate_hz,
                     wa_hrtf_data **set);
#endif /* WA_SRC_MEDIA_HRTF_BUILD_H */
