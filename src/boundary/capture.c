/* The ring of an analyser; see capture.h. */
#include "capture.h"
#include <assert.h>
#include <string.h>

#define FRAME_NONE UINT64_MAX

static uint32_t block_count_for(uint32_t quantum_frames) {
    const uint64_t two_quanta = 2 * (uint64_t)quantum_frames;
    const uint64_t ahead =
        two_quanta > CAPTURE_AHEAD_FRAMES_MIN ? two_quanta : CAPTURE_AHEAD_FRAMES_MIN;
    /* Either end of a reading may lie within a block. */
    return (uint32_t)((CAPTURE_FRAMES_MAX + ahead) / CAPTURE_BLOCK_FRAMES + 2);
}

uint64_t capture_bytes(uint32_t quantum_frames) {
    return block_count_for(quantum_frames) * sizeof(capture_block);
}

void capture_renew(capture *of, capture_block *blocks, uint32_t quantum_frames) {
    of->blocks = blocks;
    of->block_count = block_count_for(quantum_frames);
    of->life++;
}

void capture_begin(capture *of) {
    atomic_store_explicit(&of->first_frame, FRAME_NONE, memory_order_relaxed);
    atomic_store_explicit(&of->heard_life, of->life, memory_order_release);
}

static uint64_t block_begin(uint64_t frame) {
    return frame - frame % CAPTURE_BLOCK_FRAMES;
}

static uint32_t block_index(const capture *of, uint64_t frame) {
    return (uint32_t)(frame / CAPTURE_BLOCK_FRAMES % of->block_count);
}

/* -- Thread: render ----------------------------------------------------------------------------- */

static void store_half(_Atomic uint64_t *pair, uint32_t half, float frame) {
    float frames[2];
    uint64_t word = atomic_load_explicit(pair, memory_order_relaxed);
    memcpy(frames, &word, sizeof frames);
    frames[half] = frame;
    memcpy(&word, frames, sizeof word);
    atomic_store_explicit(pair, word, memory_order_release);
}

static void store_frames(capture_block *block, uint32_t at, const float *in, uint32_t count) {
    if (at % 2 != 0 && count > 0) {
        store_half(&block->pairs[at / 2], 1, in[0]);
        at++, in++, count--;
    }
    _Atomic uint64_t *pairs = &block->pairs[at / 2];
    for (uint32_t i = 0; i < count / 2; i++) {
        uint64_t word;
        memcpy(&word, in + 2 * (size_t)i, sizeof word);
        atomic_store_explicit(&pairs[i], word, memory_order_release);
    }
    if (count % 2 != 0) {
        store_half(&pairs[count / 2], 0, in[count - 1]);
    }
}

/* Frames that lie within one block. What was left out of it before them is silence. */
static void write_block(capture_block *block, uint64_t frame, const float *in, uint32_t count) {
    static const float silence[CAPTURE_BLOCK_FRAMES];
    const uint64_t begin = block_begin(frame);
    const uint32_t at = (uint32_t)(frame - begin);
    const uint64_t until = atomic_load_explicit(&block->until, memory_order_relaxed);
    assert(until <= frame);
    const uint32_t written = until > begin ? (uint32_t)(until - begin) : 0;
    if (until < begin) {
        atomic_store_explicit(&block->until, begin, memory_order_relaxed);
    }
    store_frames(block, written, silence, at - written);
    store_frames(block, at, in, count);
    atomic_store_explicit(&block->until, frame + count, memory_order_release);
}

void capture_write(capture *of, uint64_t frame, const float *in, uint32_t count) {
    if (atomic_load_explicit(&of->first_frame, memory_order_relaxed) == FRAME_NONE) {
        atomic_store_explicit(&of->first_frame, frame, memory_order_relaxed);
    }
    while (count > 0) {
        const uint32_t room = CAPTURE_BLOCK_FRAMES - (uint32_t)(frame - block_begin(frame));
        const uint32_t written = count < room ? count : room;
        write_block(&of->blocks[block_index(of, frame)], frame, in, written);
        frame += written;
        in += written;
        count -= written;
    }
}

/* -- Thread: control ---------------------------------------------------------------------------- */

static float load_half(const _Atomic uint64_t *pair, uint32_t half) {
    float frames[2];
    const uint64_t word = atomic_load_explicit(pair, memory_order_acquire);
    memcpy(frames, &word, sizeof frames);
    return frames[half];
}

static void load_frames(const capture_block *block, uint32_t at, float *out, uint32_t count) {
    if (at % 2 != 0 && count > 0) {
        out[0] = load_half(&block->pairs[at / 2], 1);
        at++, out++, count--;
    }
    const _Atomic uint64_t *pairs = &block->pairs[at / 2];
    for (uint32_t i = 0; i < count / 2; i++) {
        const uint64_t word = atomic_load_explicit(&pairs[i], memory_order_acquire);
        memcpy(out + 2 * (size_t)i, &word, sizeof word);
    }
    if (count % 2 != 0) {
        out[count - 1] = load_half(&pairs[count / 2], 0);
    }
}

static void fill_silence(float *out, uint64_t count) {
    memset(out, 0, count * sizeof *out);
}

static bool read_block(const capture_block *block, uint64_t frame, float *out, uint32_t count) {
    const uint64_t begin = block_begin(frame), end = begin + CAPTURE_BLOCK_FRAMES;
    const uint64_t until = atomic_load_explicit(&block->until, memory_order_acquire);
    if (until > end) {
        return false;
    }
    const uint64_t left = until > frame ? until - frame : 0;
    const uint32_t written = left < count ? (uint32_t)left : count;
    load_frames(block, (uint32_t)(frame - begin), out, written);
    fill_silence(out + written, count - written);
    return atomic_load_explicit(&block->until, memory_order_relaxed) <= end;
}

/* Before this frame there is nothing. */
static uint64_t first_frame(const capture *of) {
    return atomic_load_explicit(&of->heard_life, memory_order_acquire) == of->life
               ? atomic_load_explicit(&of->first_frame, memory_order_acquire)
               : FRAME_NONE;
}

bool capture_read(const capture *of, uint64_t end_frame, uint32_t count, float *out) {
    assert(count <= CAPTURE_FRAMES_MAX);
    const uint64_t known = end_frame < count ? end_frame : count;
    const uint64_t first = first_frame(of);
    uint64_t frame = end_frame - known;
    const uint64_t begin = first < frame ? frame : first < end_frame ? first : end_frame;
    fill_silence(out, count - (end_frame - begin));
    out += count - (end_frame - begin);
    for (frame = begin; frame < end_frame;) {
        const uint64_t room = block_begin(frame) + CAPTURE_BLOCK_FRAMES - frame;
        const uint64_t left = end_frame - frame;
        const uint32_t read = (uint32_t)(left < room ? left : room);
        if (!read_block(&of->blocks[block_index(of, frame)], frame, out, read)) {
            return false;
        }
        frame += read;
        out += read;
    }
    return true;
}
