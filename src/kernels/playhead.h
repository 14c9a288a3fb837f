/* src/kernels/playhead.h -- plays sample data at any rate, forwards or backwards, looped or not.
 * Web Audio 1.1, "Playback of AudioBuffer Contents", in frames of the buffer instead of seconds.
 *
 *   position, step   fixed point, 48 bits of fraction: sums are exact, so that a result does not
 *                    depend on where a quantum ends, and an hour at 48 kHz is off by below 1e-6 frame
 *
 * Where the algorithm leaves it open, or ends in itself:
 * - Between frames: linear. After the last frame, to the end of the buffer, along the last line: two
 *   buffers that were cut from one signal join without a step. In a loop, after its last frame, towards
 *   the signal at loop start: fractional loop points splice without a step too.
 * - The first frame is that of the exact start: offset + (time - start) * rate, as "when" is never
 *   rounded.
 * - A duration counts |rate|: played backwards it would otherwise never end.
 * - A loop that is empty once its end is held to the buffer's is the whole buffer: it would never wrap.
 * - Backwards in a loop, an offset before loop start begins at loop start, as the algorithm has it
 *   (the words on start() say "greater than").
 * - An offset at or after loop end, forwards, plays from loop end to the end of the buffer, and ends.
 */
#ifndef WA_SRC_KERNELS_PLAYHEAD_H
#define WA_SRC_KERNELS_PLAYHEAD_H
#include "../node.h"

typedef struct playhead_position {
    int64_t frame;
    uint64_t fraction; /* 2^-48 frame, below 1 */
} playhead_position;

/* Zeroed: not started. */
typedef struct playhead {
    playhead_position position; /* of the next frame */
    playhead_position offset;   /* where it began */
    playhead_position elapsed;  /* frames of content played, in either direction */
    bool has_started, has_entered_loop;
    bool has_ended; /* sticks: its duration is over, or it has left the buffer for good */
} playhead;

/* What stays the same over one quantum. Frames are of the buffer. No NaN. */
typedef struct playhead_score {
    const wa_buffer_data *buffer;
    double step_frames;     /* per frame of output; taken as +-2^40 beyond that */
    double offset_frames;   /* where to begin; held to [0, frame_count] */
    double duration_frames; /* below 0: to the end */
    double late_frames;     /* of output, [0, 1): the exact start to the first frame */
    bool is_looping;
    double loop_start_frames, loop_end_frames; /* as set; out of range is the whole buffer */
} playhead_score;

/* A time in frames. What is a whole frame but for the rounding of its double is that frame. */
double playhead_frames(double time_s, double sample_rate_hz);

/* Frames [begin, end) of each of the buffer's channels; after the end zeros.
 * Returns whether any of them is of the buffer. Bounded: no loop grows with the rate or loop points.
 * Thread: render */
bool playhead_render(playhead *head, const playhead_score *score, float *const *planes, uint32_t begin,
                     uint32_t end);
#endif /* WA_SRC_KERNELS_PLAYHEAD_H */
