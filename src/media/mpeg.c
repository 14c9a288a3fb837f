/* MPEG audio, Layer III: ISO/IEC 11172-3 and 13818-3, "header"; the Info tag as encoders write it. */
#include "mpeg.h"
#include <string.h>

enum {
    HEADER_BYTES = 4,
    SEARCH_BYTES_MAX = 65536, /* before the first packet */
    REST_BYTES_MAX = 4096,    /* after the last: tags of other kinds, a packet that was cut */
    TAG_KBITS_INDEX = 9,      /* 128 or 80 kbit/s: room for the tag at every rate */
};

typedef struct packet {
    uint32_t header, size_bytes;
    uint32_t side_bytes; /* between header and tag */
} packet;

/* Both kinds of header share what must not change from packet to packet: sync, version, layer, rate. */
#define SAME_MASK 0xfffe0c00u

static uint32_t packet_bytes(uint32_t header) {
    static const uint16_t kbits[2][16] = {
        { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0 },
        { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0 },
    };
    static const uint16_t rates_hz[4] = { 44100, 48000, 32000, 0 };
    const uint32_t version = header >> 19 & 3; /* 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5 */
    const uint32_t rate = rates_hz[header >> 10 & 3] >> (version == 3 ? 0 : (version == 2 ? 1 : 2));
    const uint32_t bits = kbits[version == 3][header >> 12 & 15] * 1000u;
    if (rate == 0 || bits == 0) {
        return 0;
    }
    return (version == 3 ? 144 : 72) * bits / rate + (header >> 9 & 1);
}

/* The packet at offset; false if there is none, or not all of its header. */
static bool packet_at(mpeg_read_fn read, const void *user, uint64_t offset, packet *found) {
    unsigned char bytes[HEADER_BYTES];
    if (read(user, bytes, offset, sizeof bytes) != sizeof bytes) {
        return false;
    }
    const uint32_t header =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    const bool is_layer_3 = header >> 21 == 0x7ff && (header >> 19 & 3) != 1 && (header >> 17 & 3) == 1;
    found->header = header;
    found->size_bytes = is_layer_3 ? packet_bytes(header) : 0;
    const bool is_mono = (header >> 6 & 3) == 3;
    const bool is_mpeg_1 = (header >> 19 & 3) == 3;
    found->side_bytes = is_mpeg_1 ? (is_mono ? 17 : 32) : (is_mono ? 9 : 17);
    return found->size_bytes > 0;
}

static bool continues(const packet *first, const packet *next) {
    return (first->header & SAME_MASK) == (next->header & SAME_MASK);
}

static uint64_t id3_bytes(mpeg_read_fn read, const void *user) {
    unsigned char head[10];
    if (read(user, head, 0, sizeof head) != sizeof head || memcmp(head, "ID3", 3) != 0) {
        return 0;
    }
    const uint32_t size =
        (head[6] & 127u) << 21 | (head[7] & 127u) << 14 | (head[8] & 127u) << 7 | (head[9] & 127u);
    const uint32_t footer = (head[5] & 0x10) != 0 ? sizeof head : 0;
    return (uint64_t)size + sizeof head + footer;
}

/* The first packet that another one follows. */
static bool find_first(mpeg_read_fn read, const void *user, uint64_t *offset, packet *first) {
    const uint64_t begin = id3_bytes(read, user);
    for (*offset = begin; *offset < begin + SEARCH_BYTES_MAX; (*offset)++) {
        packet next;
        if (packet_at(read, user, *offset, first) &&
            packet_at(read, user, *offset + first->size_bytes, &next) && continues(first, &next)) {
            return true;
        }
    }
    return false;
}

static bool has_tag(mpeg_read_fn read, const void *user, uint64_t offset, const packet *first) {
    unsigned char name[4];
    const uint64_t at = offset + HEADER_BYTES + first->side_bytes;
    if (read(user, name, at, sizeof name) == sizeof name &&
        (memcmp(name, "Xing", 4) == 0 || memcmp(name, "Info", 4) == 0)) {
        return true;
    }
    return read(user, name, offset + HEADER_BYTES + 32, sizeof name) == sizeof name &&
           memcmp(name, "VBRI", 4) == 0;
}

static void write_be32(unsigned char *bytes, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

/* A silent packet like the first: its bit rate is ours, no checksum, no padding. */
static void write_tag(const packet *first, uint32_t packet_count, mpeg_tag *tag) {
    const uint32_t header = (first->header & ~0xf200u) | TAG_KBITS_INDEX << 12 | 0x10000u;
    unsigned char *info = tag->bytes + HEADER_BYTES + first->side_bytes;
    memset(tag->bytes, 0, sizeof tag->bytes);
    write_be32(tag->bytes, header);
    memcpy(info, "Info", 4);
    write_be32(info + 4, 1); /* what follows is the number of packets, and nothing else */
    write_be32(info + 8, packet_count);
    tag->size_bytes = packet_bytes(header);
}

bool mpeg_tag_build(mpeg_read_fn read, const void *user, uint64_t size_bytes, mpeg_tag *tag) {
    uint64_t offset = 0;
    packet first, next;
    if (!find_first(read, user, &offset, &first) || has_tag(read, user, offset, &first)) {
        return false;
    }
    tag->skip_bytes = offset;
    uint64_t packet_count = 0;
    while (packet_at(read, user, offset, &next) && continues(&first, &next) &&
           offset + next.size_bytes <= size_bytes) {
        packet_count++;
        offset += next.size_bytes;
    }
    if (size_bytes - offset > REST_BYTES_MAX || packet_count > UINT32_MAX) {
        return false;
    }
    write_tag(&first, (uint32_t)packet_count, tag);
    return true;
}
