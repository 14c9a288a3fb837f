/* tests/unit/sounds.h -- sound files for tests, in a folder that goes with the process. */
#ifndef WA_TESTS_UNIT_SOUNDS_H
#define WA_TESTS_UNIT_SOUNDS_H
#include <stdint.h>

enum { SOUNDS_PATH_BYTES = 256 };

/* The path of a file of that name in the folder; nothing is made. Valid until the next four calls. */
const char *sounds_path(const char *name);

/* A value of the signal that every file holds: two sines and a little noise for each channel, at most 0.7;
 * noise makes any two places differ. */
float sounds_value(uint64_t frame, uint32_t channel);

/* Write it through libsndfile, frames [0, frame_count). Fails the test if that does not work.
 * Returns sounds_path(name). */
const char *sounds_write(const char *name, int sf_format, uint32_t channel_count, int rate_hz,
                         uint32_t frame_count);

/* As many bytes as count of a file, or all of it for UINT64_MAX. Owns: caller, free(). */
unsigned char *sounds_load(const char *path, uint64_t count, uint64_t *size_bytes);
void sounds_store(const char *path, const unsigned char *bytes, uint64_t size_bytes);
#endif /* WA_TESTS_UNIT_SOUNDS_H */
