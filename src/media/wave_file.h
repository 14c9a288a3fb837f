/* src/media/wave_file.h -- what a WAV says of its own length.
 *
 * libsndfile reports the frames that a file holds and not those that its header promises, so that of half a
 * download half would be played as if it were all. Programs that write into a pipe do not know the length and
 * leave 0 or a number near 2^31 or 2^32: those promise nothing.
 */
#ifndef WA_SRC_MEDIA_WAVE_FILE_H
#define WA_SRC_MEDIA_WAVE_FILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copy up to count bytes from offset on. Returns how many there were. */
typedef size_t (*wave_read_fn)(const void *user, void *bytes, uint64_t offset, size_t count);

/* A WAV (RIFF, 32 bit) whose sound is promised to be longer than what follows. */
bool wave_is_cut(wave_read_fn read, const void *user, uint64_t size_bytes, uint64_t *promised_bytes,
                 uint64_t *held_bytes);
#endif /* WA_SRC_MEDIA_WAVE_FILE_H */
