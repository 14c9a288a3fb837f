/* src/media/reader.h -- a sound's frames one after the other, as planes at the asked rate.
 *
 * sound --> interleaved block --> planes of a block --> soxr, if the rates differ --> the caller's planes
 *
 * soxr at its best quality (28 bits, linear phase), its delay taken out: frame 0 is frame 0. What comes out
 * does not depend on how much is asked at a time. Charged to the ledger is the block; soxr's memory is not.
 * Thread: one at a time per reader; may block.
 */
#ifndef WA_SRC_MEDIA_READER_H
#define WA_SRC_MEDIA_READER_H
#include "../limits.h"
#include "../memory/memory.h"
#include "sound.h"

typedef struct reader {
    wa_engine *engine;
    sound *from;
    void *soxr; /* NULL: the rates are the same */
    float sample_rate_hz;
    uint32_t channel_count;
    uint64_t frame_count; /* all there are, at the asked rate */
    uint64_t next_frame;  /* to be read, at the asked rate */
    uint64_t skip_frames; /* of soxr's output, to be dropped: it starts ahead of where it is wanted */
    bool is_input_over;
    uint32_t held_frames, held_first; /* of the block: not yet in soxr */
    float *interleaved;
    float *planes[WA_CHANNEL_COUNT_MAX]; /* of the block */
    uint64_t block_bytes;
} reader;

/* Frames that in_frames last at another rate: rounded up, so that no input is cut off. */
uint64_t reader_frame_count(uint64_t in_frames, uint32_t in_rate_hz, float out_rate_hz);

/* sample_rate_hz 0: the sound's own. from stays the caller's and must outlive the reader.
 * Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY | NOT_SUPPORTED (soxr refuses the ratio). */
wa_status reader_init(reader *made, wa_engine *engine, sound *from, float sample_rate_hz);
void reader_finish(reader *of);

/* Exactly the next frame_count frames; there must be that many.
 * Returns: WA_OK | ENCODING | SYSTEM_MEMORY. */
wa_status reader_read(reader *of, float *const *planes, uint32_t frame_count);

/* The next frame to be read. At the sound's own rate what follows is what sound_seek() says; with soxr its last
 * bits may differ, and at rates that are no whole numbers it may lie half a frame off.
 * Returns: WA_OK | ENCODING | SYSTEM_MEMORY. */
wa_status reader_seek(reader *of, uint64_t frame);
#endif /* WA_SRC_MEDIA_READER_H */
