/* src/limits.h -- every compile-time bound, with the relations between them. */
#ifndef WA_SRC_LIMITS_H
#define WA_SRC_LIMITS_H
#include <assert.h>

enum {
    WA_CHANNEL_COUNT_MAX = 32,
    WA_QUANTUM_DEFAULT = 128,    /* frames: "hardware" where there is none */
    WA_PORT_COUNT_MAX = 32,      /* inputs of a merger, outputs of a splitter */
    WA_PARAM_COUNT_MAX = 16,     /* of one node type */
    WA_NODE_TYPE_COUNT_MAX = 64, /* values in node_types.def are below this */
    WA_TILE_INSTANCE_MAX = 64,   /* nodes of one type handed to process() at a time */
    WA_SLOTS_PER_CHUNK = 256,    /* one node type, one context */
    WA_SLOT_INDEX_BITS = 24,     /* slots of one engine: 16,777,216 */
    WA_ENGINE_TAG_BITS = 6,      /* engines told apart by their handles */
    WA_GENERATION_MAX = (1 << 30) - 1,
    WA_STAGE_OPS_PER_QUANTUM = 512, /* edits the render side takes in per quantum while it runs */
    /* Releases and disconnects that need no memory, on their way to the render side at one time. */
    WA_LEAVING_CALLS = 16,
    WA_LEAVING_EDITS = 256,
    WA_PERIODIC_WAVE_COEFFICIENT_MAX = 16384,
    WA_CURVE_POINT_MAX = 1 << 24, /* of a shaping curve */
    WA_BIQUAD_CHANNEL_COUNT_MAX = WA_CHANNEL_COUNT_MAX,
    WA_HRTF_FILE_BYTES_MAX = 64 << 20,
    WA_HRTF_DIRECTION_COUNT_MAX = 16384, /* measured directions of a set: a search looks at each */
};
#define WA_SAMPLE_RATE_MIN_HZ 3000.0f
#define WA_SAMPLE_RATE_MAX_HZ 768000.0f
#define WA_BUFFER_FRAMES_MAX  ((uint64_t)1 << 40)
#define WA_DELAY_TIME_MAX_S   180.0
#define WA_HRTF_LENGTH_MAX_S  0.1  /* of a measured response; and between two of their onsets */
#define WA_FILE_RING_MIN_S    0.05 /* of a media or a recording */
#define WA_FILE_RING_MAX_S    60.0

static_assert(WA_SLOT_INDEX_BITS + WA_ENGINE_TAG_BITS <= 30, "both halves of a handle stay below 2^30");
static_assert(WA_PORT_COUNT_MAX == WA_CHANNEL_COUNT_MAX, "a merger can fill every channel");
#endif /* WA_SRC_LIMITS_H */
