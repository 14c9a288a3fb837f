/* src/media/sound.h -- a sound opened for reading, from a file or from memory, through libsndfile.
 *
 * What a header says is not believed until it has been compared with the size of the file: no coding packs
 * more than FRAMES_PER_BYTE_MAX frames into a byte, so a longer promise is a lie, and no memory is taken for
 * it. A file that holds less than its header promises is refused as damaged, with the frame where it ends;
 * only an MP3 may end a few of its packets early, the missing end is then silent.
 *
 * Thread: one at a time per sound; may block.
 */
#ifndef WA_SRC_MEDIA_SOUND_H
#define WA_SRC_MEDIA_SOUND_H
#include "mpeg.h"
#include "wavepool/status.h"
#include <sndfile.h>
#include <time.h>

enum { SOUND_NAME_BYTES = 256 };

/* A tag of ours, if any, then the bytes of a file or of memory from skip_bytes on. Once open it must not
 * move: libsndfile holds a pointer to it. */
typedef struct sound {
    SNDFILE *file;
    SF_INFO info;
    uint64_t size_bytes;
    struct timespec changed;     /* of a file: when it was written last */
    char name[SOUND_NAME_BYTES]; /* for messages */
    const unsigned char *data;
    int descriptor; /* data is NULL */
    mpeg_tag tag;
    uint64_t position;   /* of tag and rest */
    uint64_t next_frame; /* to be read */
} sound;

/* Open and check: 1 to 32 channels, 3000 to 768000 Hz, a length that can be true.
 * Returns: WA_OK | IO (cannot be opened, no regular file) | ENCODING | NOT_SUPPORTED. Owns: sound_close(). */
wa_status sound_open_path(sound *opened, const char *path);
wa_status sound_open_memory(sound *opened, const void *data, size_t data_bytes);
void sound_close(sound *opened);

/* The next frames, interleaved, finite: what is not becomes 0. At most those that the header promised.
 * *got is less than frame_count only at the end, and where an MP3 may end early.
 * Returns: WA_OK | ENCODING (it ends early). */
wa_status sound_read(sound *from, float *interleaved, uint32_t frame_count, uint32_t *got);

/* The next frame to be read. What comes is what reading up to there would have given; of an MP3 or Opus the
 * last bits may depend on what was read before.
 * Returns: WA_OK | ENCODING. */
wa_status sound_seek(sound *from, uint64_t frame);

/* A file is judged by its size and the time of its last change.
 * Returns: WA_OK | IO (it is not what was opened any more). */
wa_status sound_check_unchanged(const sound *of);
#endif /* WA_SRC_MEDIA_SOUND_H */
