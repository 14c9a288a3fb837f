/* src/kernels/hrtf_path.h -- one sound on its way through a set of head-related responses, while it moves.
 *
 * A new direction or gain is taken at the first quantum after the last change is complete, and faded to over
 * set->fade_frames: the responses of both directions are heard meanwhile, so that nothing clicks. The first
 * direction after silence is taken at once.
 *
 *   in (mono: the same for both ears; stereo: left to the left ear, right to the right one)
 *       --> lines[ear] --> filter of the direction before, filter of the direction now --> faded, times gain
 *
 * Thread: render
 */
#ifndef WA_SRC_KERNELS_HRTF_PATH_H
#define WA_SRC_KERNELS_HRTF_PATH_H
#include "hrtf.h"

typedef struct hrtf_place {
    float direction[3];
    bool is_ready; /* its filters lie in the lines */
} hrtf_place;

/* Zeroed: as new. */
typedef struct hrtf_path {
    const wa_hrtf_data *set;
    const void *memory; /* of the lines: other memory knows nothing of the past */
    hrtf_clock clock;
    uint32_t sound_left, stereo_left; /* frames until silence, and until both lines are alike */
    uint32_t fade_left;
    uint32_t now; /* of the two places */
    hrtf_place places[2];
    float gains[2]; /* before, now */
    bool has_place, is_crossing, is_wide;
} hrtf_path;

typedef struct hrtf_job {
    const wa_hrtf_data *set;
    void *const *memory; /* [2], hrtf_line_bytes() each; undefined until the path writes it */
    const float *in[2];  /* mono: the same plane twice */
    bool is_stereo;
    bool is_silent;     /* the planes are zeros all the same */
    bool is_first;      /* the quantum before this one was not rendered */
    float direction[3]; /* right, forward, up; a unit vector */
    float gain;
    uint64_t frame; /* of the first, since the context began */
    uint32_t frames;
    float *out[2]; /* written whole */
} hrtf_job;

/* Returns false when all of out is zeros. */
bool hrtf_path_render(hrtf_path *path, const hrtf_job *job);
#endif /* WA_SRC_KERNELS_HRTF_PATH_H */
