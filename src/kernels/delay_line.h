/* src/kernels/delay_line.h -- the past of a signal, addressed by absolute frame.
 *
 * Each channel is a ring of capacity_frames in memory that the caller owns; what is in it counts only
 * where the log says so. The log holds, oldest first, from which frame on the signal had how many
 * channels, or was zero: silence is never written, a reset forgets the log, and no ring is ever cleared.
 *
 *   entries   [ 480: stereo ][ 1024: zero ][ 4096: mono ] ... end_frame
 *
 * The log is bounded. When it is full the past is kept and only its layout gives way: what arrives is
 * mixed to the channel count of the last entry until old entries fall out of reach.
 * Thread: render
 */
#ifndef WA_SRC_KERNELS_DELAY_LINE_H
#define WA_SRC_KERNELS_DELAY_LINE_H
#include "../limits.h"
#include <stdbool.h>
#include <stdint.h>

enum { DELAY_LOG_COUNT_MAX = 256, DELAY_SPAN_FRAMES = 64 };

typedef struct delay_entry {
    uint64_t frame; /* the first that it speaks of */
    uint32_t channel_count;
    bool is_zero; /* nothing is stored */
} delay_entry;

typedef struct delay_line {
    uint32_t capacity_frames;      /* of each ring: at least reach_frames + one quantum */
    uint32_t reach_frames;         /* how far back a read can go from the frame it is for */
    uint32_t first, entry_count;   /* of the log, itself a ring */
    uint32_t sounding_entry_count; /* entries that are not zero */
    uint64_t end_frame;            /* of the last entry */
    delay_entry entries[DELAY_LOG_COUNT_MAX];
} delay_line;

/* Forget all. O(1). */
void delay_line_reset(delay_line *line, uint32_t capacity_frames, uint32_t reach_frames);
/* Drop what no read for `frame` or later can reach. */
void delay_line_forget(delay_line *line, uint64_t frame);

/* Append [frame, frame + frames); what was skipped since the last append is silence.
 * rings[channel][capacity_frames]; planes[channel][frames]. is_zero: planes are not read. */
void delay_line_write(delay_line *line, void *const *rings, uint64_t frame, const float *const *planes,
                      uint32_t channel_count, bool is_zero, bool is_discrete, uint32_t frames);

/* What is not finite in the `frames` that were appended last becomes 0. */
void delay_line_settle(const delay_line *line, void *const *rings, uint32_t frames);

/* The most channels of anything stored in [begin, end); 0: nothing is. */
uint32_t delay_line_channel_count(const delay_line *line, uint64_t begin, uint64_t end);

/* Where to read from, for the frames [frame, frame + count). A delay may be shorter than what is still
 * to be written: that reads as silence. */
typedef struct delay_taps {
    uint64_t frame;
    uint32_t count;                    /* at most DELAY_SPAN_FRAMES, unless is_fixed */
    bool is_fixed;                     /* whole[0] and fraction[0] serve all frames */
    uint32_t whole[DELAY_SPAN_FRAMES]; /* frames back to the newer of two neighbours */
    float fraction[DELAY_SPAN_FRAMES]; /* [0, 1) of the way to the older one */
} delay_taps;

/* planes[0..channel_count) = the signal at the taps, from `offset` on, mixed to channel_count.
 * Returns true if all of it is silence. */
bool delay_line_read(const delay_line *line, void *const *rings, const delay_taps *taps,
                     float *const *planes, uint32_t offset, uint32_t channel_count, bool is_discrete);
#endif /* WA_SRC_KERNELS_DELAY_LINE_H */
