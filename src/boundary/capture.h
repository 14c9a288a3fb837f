/* src/boundary/capture.h -- the last frames that a node heard: render writes, control reads, neither waits.
 *
 * A ring of blocks on the context's clock, each with the frame until which it is written. What no block says
 * was written is silence, so a node that sleeps, or hears nothing, writes nothing and keeps time all the same.
 *
 *   render   until = begin of the block; its frames (release); until = their end (release)
 *   control  until (acquire); the frames (acquire); until once more: is it another block by now?
 *
 * A reader that meets a frame of a later block has thereby met the mark that came before it, so it knows that
 * it was overtaken; without fences, which ThreadSanitizer does not follow.
 */
#ifndef WA_SRC_BOUNDARY_CAPTURE_H
#define WA_SRC_BOUNDARY_CAPTURE_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CAPTURE_FRAMES_MAX = 32768, /* of one reading */
    CAPTURE_BLOCK_FRAMES = 64,
    CAPTURE_AHEAD_FRAMES_MIN = 16384, /* render may write that many while control copies */
};

typedef struct capture_block {
    _Atomic uint64_t until; /* up to the block's end; at most its begin: nothing of it */
    _Atomic uint64_t pairs[CAPTURE_BLOCK_FRAMES / 2]; /* of frames: half as many stores */
} capture_block;

typedef struct capture {
    /* control; fixed while render has the node */
    capture_block *blocks;
    uint32_t block_count;
    uint32_t life; /* counts up whenever the node becomes as new */
    /* render */
    _Atomic uint32_t heard_life; /* whose frames these are */
    _Atomic uint64_t first_frame;
} capture;

/* Of the blocks, for a context with such quanta: while render writes the next one, a reading stays whole. */
uint64_t capture_bytes(uint32_t quantum_frames);

/* Empty, in O(1): from now on a reading is silence, until render has begun the new life. The first time the
 * memory is zeroed. Thread: control, while render does not have the node */
void capture_renew(capture *of, capture_block *blocks, uint32_t quantum_frames);

/* Begin the life that control has set. Thread: render */
void capture_begin(capture *of);
/* Frames from `frame` on, later than all before; the first frame of the first call of a life is its begin.
 * Thread: render */
void capture_write(capture *of, uint64_t frame, const float *in, uint32_t count);

/* The `count` frames before end_frame, up to which render has come; silence where nothing was written, and
 * before the first. False: render has overtaken the reading, and out is undefined. Thread: control */
bool capture_read(const capture *of, uint64_t end_frame, uint32_t count, float *out);
#endif /* WA_SRC_BOUNDARY_CAPTURE_H */
