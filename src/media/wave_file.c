/* Multimedia Programming Interface and Data Specifications 1.0, "RIFF": chunks of a name, a size and as many
 * bytes, padded to an even number. */
#include "wave_file.h"
#include <string.h>

enum { RIFF_HEAD_BYTES = 12, CHUNK_HEAD_BYTES = 8, CHUNK_COUNT_MAX = 4096 };
#define UNKNOWN_BYTES_MIN 0x7f000000u /* as pipes leave it: 0x7fffffff, 0x80000000, 0xffffffff ... */

static uint32_t le32(const unsigned char *bytes) {
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

bool wave_is_cut(wave_read_fn read, const void *user, uint64_t size_bytes, uint64_t *promised_bytes,
                 uint64_t *held_bytes) {
    unsigned char head[RIFF_HEAD_BYTES];
    if (read(user, head, 0, sizeof head) != sizeof head || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0) {
        return false;
    }
    uint64_t at = RIFF_HEAD_BYTES;
    for (uint32_t count = 0; count < CHUNK_COUNT_MAX; count++) {
        unsigned char chunk[CHUNK_HEAD_BYTES];
        if (read(user, chunk, at, sizeof chunk) != sizeof chunk) {
            return false;
        }
        const uint32_t bytes = le32(chunk + 4);
        at += sizeof chunk;
        if (memcmp(chunk, "data", 4) == 0) {
            *promised_bytes = bytes;
            *held_bytes = size_bytes - at;
            return bytes<UNKNOWN_BYTES_MIN && * promised_bytes> * held_bytes;
        }
        at += (uint64_t)bytes + bytes % 2;
    }
    return false;
}
