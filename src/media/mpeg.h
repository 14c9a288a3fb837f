/* src/media/mpeg.h -- the length of an MP3 that does not say it.
 *
 * Without a Xing, Info or VBRI tag libsndfile guesses the length from the first packet's bit rate and reads no
 * further than its guess: of a file with varying bit rate most can be lost. So the packets are counted here,
 * and an Info tag with their number is put in front of what libsndfile reads.
 */
#ifndef WA_SRC_MEDIA_MPEG_H
#define WA_SRC_MEDIA_MPEG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MPEG_TAG_BYTES_MAX = 1024 };

/* Copy up to count bytes from offset on. Returns how many there were. */
typedef size_t (*mpeg_read_fn)(const void *user, void *bytes, uint64_t offset, size_t count);

typedef struct mpeg_tag {
    uint64_t skip_bytes; /* of the file: what comes before its first packet */
    uint32_t size_bytes; /* of the tag */
    unsigned char bytes[MPEG_TAG_BYTES_MAX];
} mpeg_tag;

/* True: read *tag, then the file from skip_bytes on. False: the file has a tag of its own, is no Layer III,
 * or loses its packets' trail: it is best read as it is. */
bool mpeg_tag_build(mpeg_read_fn read, const void *user, uint64_t size_bytes, mpeg_tag *tag);
#endif /* WA_SRC_MEDIA_MPEG_H */
