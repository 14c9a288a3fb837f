/* cli/scene_limits.h -- what a scene file may ask for; error messages name these limits. */
#ifndef WA_CLI_SCENE_LIMITS_H
#define WA_CLI_SCENE_LIMITS_H

enum {
    SCENE_FILE_BYTES_MAX = 4 << 20,
    SCENE_DEPTH_MAX = 16, /* of nested lists and objects */
    SCENE_BUFFER_COUNT_MAX = 1024,
    SCENE_WAVE_COUNT_MAX = 256,
    SCENE_NODE_COUNT_MAX = 65536,
    SCENE_CONNECTION_COUNT_MAX = 262144,
    SCENE_EVENT_COUNT_MAX = 65536, /* automation of one parameter */
    SCENE_CURVE_VALUES_MAX = 65536,
    SCENE_VOICE_COUNT_MAX = 64,
    SCENE_ENVELOPE_COUNT_MAX = 8, /* of one voice */
    SCENE_MAPPING_COUNT_MAX = 32, /* of one voice */
    SCENE_PATTERN_COUNT_MAX = 1024,
    SCENE_PART_COUNT_MAX = 256,
    SCENE_CHORD_COUNT_MAX = 4096, /* of one part */
    SCENE_CHORD_NOTE_COUNT_MAX = 16,
    SCENE_REPEAT_MAX = 1000,       /* A*1000 */
    SCENE_NOTE_COUNT_MAX = 262144, /* all parts, after repetition */
    SCENE_VOICE_POOL_SIZE_MAX = 4096,
    SCENE_MIDI_NOTE_MAX = 127,
};
#define SCENE_LENGTH_MAX_S       86400.0 /* a day */
#define SCENE_TIME_MAX_S         86400.0
#define SCENE_SYNTH_LENGTH_MAX_S 600.0
#define SCENE_TEMPO_MIN          1.0 /* beats per minute */
#define SCENE_TEMPO_MAX          1000.0
#define SCENE_BUDGET_MIN_MB      1.0
#define SCENE_BUDGET_MAX_MB      65536.0
#define SCENE_SAMPLE_RATE_MIN_HZ 3000.0
#define SCENE_SAMPLE_RATE_MAX_HZ 768000.0
#define SCENE_QUANTUM_MAX_FRAMES 65536
#define SCENE_CHANNEL_COUNT_MAX  32
#endif /* WA_CLI_SCENE_LIMITS_H */
