/* src/device/puller.h -- any callback size cut into quanta, and a soft landing when there is nothing.
 *
 * Holds the rest of the last quantum. When the renderer has nothing to give (suspended while a callback is
 * inside, closed, lost) the last value of each channel ramps to zero within PULLER_RAMP_FRAMES, then
 * silence; nothing old is ever played again and the held rest is dropped, so latency cannot grow.
 * Memory is the caller's. Thread: render
 */
#ifndef WA_SRC_DEVICE_PULLER_H
#define WA_SRC_DEVICE_PULLER_H
#include "../limits.h"
#include <stdbool.h>
#include <stdint.h>

enum { PULLER_RAMP_FRAMES = 64 };

/* Render one quantum into planes[channel_count][quantum_frames]; inputs likewise (may be NULL: silence).
 * False: not running; planes were not written. */
typedef bool (*puller_render_fn)(void *user, const float *const *inputs, float *const *planes);

typedef struct puller {
    puller_render_fn render;
    void *user;
    uint32_t channel_count, input_count, quantum_frames;
    float *planes[WA_CHANNEL_COUNT_MAX]; /* [quantum_frames], the quantum being handed out */
    float *inputs[WA_CHANNEL_COUNT_MAX]; /* [quantum_frames], the input being gathered */
    uint32_t held_frames;                /* rendered, not yet handed out */
    uint32_t gathered_frames;            /* of inputs, waiting for their quantum */
    uint32_t ramp_frames_left;           /* down to zero */
    uint32_t rise_frames_left;           /* up from zero */
    float last[WA_CHANNEL_COUNT_MAX];
} puller;

/* planes and inputs point at channel_count and input_count rows of quantum_frames floats each, zeroed. */
void puller_init(puller *pull, puller_render_fn render, void *user, uint32_t channel_count,
                 uint32_t input_count, uint32_t quantum_frames, float *const *planes,
                 float *const *inputs);
/* The next frames to be rendered come up from zero within PULLER_RAMP_FRAMES: they go on with what ended in a
 * soft landing elsewhere. While nobody pulls. */
void puller_rise(puller *pull);
/* Write frame_count frames. inputs may be NULL; inputs and planes must not overlap. With inputs and a frame
 * count that is no multiple of the quantum, input is delayed by the least that keeps order: below
 * quantum_frames. Whole quanta are rendered straight into the caller's planes when nothing is held. */
void puller_pull(puller *pull, const float *const *inputs, float *const *planes, uint32_t frame_count);
#endif /* WA_SRC_DEVICE_PULLER_H */
