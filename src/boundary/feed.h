/* src/boundary/feed.h -- frames of a file on their way to a node: a worker writes, render reads, neither waits.
 *
 * A ring of planes, indexed by counts of frames that are never set back. What is in it follows the file without
 * end: after its last frame comes its first again, so that a loop may be switched on or off while it plays.
 *
 *   render   wanted_frame; wanted_generation (release)          a seek: what is in the ring is void for it
 *   worker   sees it, goes there; begin_count; generation (release); then frames: write_count (release)
 *   render   generation is the wanted one (acquire): goes on from begin_count
 *
 * Frames of an older generation that the worker was about to publish lie before begin_count and are never
 * heard. Nothing here wakes anybody: the worker looks by itself (media/worker.h).
 */
#ifndef WA_SRC_BOUNDARY_FEED_H
#define WA_SRC_BOUNDARY_FEED_H
#include "../node.h"

enum {
    FEED_RATE_MAX = 4, /* frames read per frame of output, at the most */
    FEED_LOOK_AROUND =
        8, /* frames beyond those that a quantum passes: interpolation, and the last one */
    FEED_RAMP_FRAMES = 64,   /* when frames do not come in time */
    FEED_GENERATION_OPEN = 1 /* what the worker begins with, unasked: the file's first frame */
};

typedef struct feed {
    wa_stream_resource stream; /* first: what a node's config refers to */
    /* fixed */
    uint32_t channel_count, capacity_frames;
    double sample_rate_hz;
    uint64_t frame_count;                /* of the file, at that rate */
    float *planes[WA_CHANNEL_COUNT_MAX]; /* [capacity_frames]; the worker's */
    /* control */
    _Atomic uint32_t generation_last; /* given out; never 0 */
    uint32_t told_ended;              /* the generation whose end has been reported */
    bool told_failed, was_given;      /* was_given: a node has or had it */
    /* worker */
    _Alignas(64) _Atomic uint64_t write_count;
    _Atomic uint64_t begin_count;
    _Atomic uint32_t generation;
    _Atomic uint32_t failure; /* wa_status; not WA_OK: nothing comes after write_count */
    /* render */
    _Alignas(64) _Atomic uint64_t read_count; /* frames before it may be overwritten */
    _Atomic uint64_t wanted_frame;
    _Atomic uint32_t wanted_generation;
    _Atomic uint32_t ended_generation; /* it has played to the file's end, or as far as it goes */
    _Atomic uint64_t played_frame;     /* of the file: where it is */
    _Atomic uint32_t played_generation;
    _Atomic uint64_t underflow_count, underflow_frames;
} feed;

/* -- Thread: render -- */

/* Frame of the file; the frame count itself stands for the end. */
void feed_request(feed *of, uint32_t generation, uint64_t frame);
/* True: the worker has gone there, *begin is the count of the first frame. */
bool feed_has_arrived(const feed *of, uint32_t generation, uint64_t *begin);
uint64_t feed_end(const feed *of); /* count behind the last frame that is there */
bool feed_is_over(const feed *of); /* and no other will come */
/* Frames [first, first + frames) of a channel, all of them there and not released. */
void feed_copy(const feed *of, uint32_t channel, uint64_t first, uint32_t frames, float *out);
void feed_release(feed *of, uint64_t until);
void feed_report(feed *of, uint32_t generation, uint64_t frame);
void feed_report_end(feed *of, uint32_t generation);
/* Frames of silence in place of late ones; is_first: of this gap. */
void feed_report_underflow(feed *of, uint32_t frames, bool is_first);

/* -- Thread: worker -- */

/* A request that has not been followed: true, and where to go. */
bool feed_is_asked(const feed *of, uint32_t *generation, uint64_t *frame);
void feed_begin(feed *of, uint32_t generation); /* its frames follow */
/* Rows of free frames behind the last one, at most `wanted` in one piece. Returns how many. */
uint32_t feed_room(const feed *of, uint32_t wanted, float *rows[WA_CHANNEL_COUNT_MAX]);
void feed_publish(feed *of, uint32_t frames);
void feed_fail(feed *of, wa_status status);
/* Frames of this generation that have been written. */
uint64_t feed_written(const feed *of);

/* -- Thread: control -- */

/* A node gets it, to be played from the file's first frame: the generation to ask for. */
uint32_t feed_give(feed *of);
uint32_t feed_next_generation(feed *of);
uint64_t feed_buffered_frames(const feed *of);
/* Whether render has got to that generation; then *frame: of the file, where it is. */
bool feed_played(const feed *of, uint32_t generation, uint64_t *frame);
bool feed_has_ended(const feed *of, uint32_t generation);
wa_status feed_failure(const feed *of); /* Thread: any */
#endif                                  /* WA_SRC_BOUNDARY_FEED_H */
