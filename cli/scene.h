/* cli/scene.h -- a scene as read from its file: plain data, checked, nothing built yet.
 *
 *   scene_parse.c  JSON -> scene          scene_build.c  scene -> nodes of a context
 *   scene_play.c   notes -> voices, window by window while the context runs
 */
#ifndef WA_CLI_SCENE_H
#define WA_CLI_SCENE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wavepool/wavepool.h"

enum { SCENE_NONE = -1, SCENE_ERROR_BYTES = 1024 };

typedef enum scene_field_kind {
    SCENE_FIELD_FLOAT,
    SCENE_FIELD_DOUBLE,
    SCENE_FIELD_COUNT,
    SCENE_FIELD_BOOL,
    SCENE_FIELD_CHOICE, /* one of choices, valued choice_first, choice_first + 1 ... */
    SCENE_FIELD_BUFFER,
    SCENE_FIELD_WAVE,
    SCENE_FIELD_DOUBLES, /* an array of count_max doubles in the options, and how many are used */
    SCENE_FIELD_POINTS,  /* a pointer to floats, and how many there are */
    SCENE_FIELD_FILE
} scene_field_kind;

/* One option of a node type: its JavaScript name and where it lives in the options struct. */
typedef struct scene_field {
    const char *name;
    scene_field_kind kind;
    size_t offset;
    const char *const *choices; /* NULL ends */
    int choice_first;
    size_t count_offset; /* of a list: where its uint32_t lives */
    uint32_t count_max;
} scene_field;

enum { SCENE_PARAM_NAME_COUNT_MAX = 16 };

/* What a scene may say about a node type; scene_types.c has one row per type. */
typedef struct scene_type {
    const char *name; /* "BiquadFilter" */
    wa_node_type type;
    bool is_source;
    const void *defaults; /* the options struct's INIT */
    size_t options_bytes;
    const scene_field *fields;
    uint32_t field_count;
    const char *params[SCENE_PARAM_NAME_COUNT_MAX]; /* in the order of their index */
} scene_type;

const scene_type *scene_type_by_name(const char *name);
/* The context's listener: params, and nothing that could be made. */
extern const scene_type scene_listener_type;
/* "Gain, BiquadFilter, ..." for messages. */
const char *scene_type_names(void);
/* Fields that every node has (channelCount ...). */
extern const scene_field scene_common_fields[];
extern const uint32_t scene_common_field_count;
/* Index of a param, or SCENE_NONE. */
int scene_type_param(const scene_type *type, const char *name);

typedef union scene_node_options {
    wa_node_options node;
    wa_gain_options gain;
    wa_biquad_filter_options biquad_filter;
    wa_delay_options delay;
    wa_oscillator_options oscillator;
    wa_buffer_source_options buffer_source;
    wa_constant_source_options constant_source;
    wa_stereo_panner_options stereo_panner;
    wa_panner_options panner;
    wa_channel_splitter_options channel_splitter;
    wa_channel_merger_options channel_merger;
    wa_iir_filter_options iir_filter;
    wa_wave_shaper_options wave_shaper;
    wa_dynamics_compressor_options dynamics_compressor;
    wa_convolver_options convolver;
    wa_media_source_options media_source;
    wa_analyser_options analyser;
} scene_node_options;

typedef enum scene_event_kind {
    SCENE_EVENT_SET_VALUE,
    SCENE_EVENT_LINEAR_RAMP,
    SCENE_EVENT_EXPONENTIAL_RAMP,
    SCENE_EVENT_SET_TARGET,
    SCENE_EVENT_VALUE_CURVE,
    SCENE_EVENT_CANCEL,
    SCENE_EVENT_CANCEL_AND_HOLD,
    SCENE_EVENT_KIND_COUNT
} scene_event_kind;

typedef struct scene_event {
    scene_event_kind kind;
    uint32_t param_index;
    uint32_t list_index; /* in its param's list, for messages */
    float value;
    double time_s;
    double extra_s; /* time constant, curve duration */
    const float *curve;
    uint32_t curve_count;
} scene_event;

typedef struct scene_rate {
    uint32_t param_index;
    wa_automation_rate rate;
} scene_rate;

typedef struct scene_node {
    const char *id;
    const scene_type *type;
    scene_node_options options;   /* buffer and wave are filled in when they exist */
    int buffer_index, wave_index; /* SCENE_NONE: none */
    const char *media_path;       /* MediaSource: resolved, allowed */
    bool is_stopped;
    double start_s, offset_s, duration_s, stop_s; /* sources; duration below 0: to the end */
    scene_event *events;
    uint32_t event_count;
    scene_rate *rates;
    uint32_t rate_count;
} scene_node;

enum { SCENE_DESTINATION = 0x7fffffff, SCENE_LISTENER = 0x7ffffffe }; /* as a node's index */

typedef struct scene_edge {
    uint32_t source, output_index;
    uint32_t destination, input_index; /* input_index: or the param's */
    bool is_param;
    uint32_t list_index; /* in "connections", for messages */
} scene_edge;

typedef struct scene_graph {
    scene_node *nodes;
    uint32_t node_count;
    scene_edge *edges;
    uint32_t edge_count;
} scene_graph;

typedef enum scene_synth {
    SCENE_SYNTH_FILE,
    SCENE_SYNTH_NOISE,
    SCENE_SYNTH_IMPULSE,
    SCENE_SYNTH_SINE
} scene_synth;

typedef struct scene_buffer {
    const char *id;
    scene_synth synth;
    const char *path;                       /* FILE: resolved, allowed */
    double length_s, frequency_hz, decay_s; /* decay 0: none */
    uint32_t channel_count, seed;
    wa_buffer_storage storage;
} scene_buffer;

typedef struct scene_wave {
    const char *id;
    float *real, *imag;
    uint32_t coefficient_count;
    bool disable_normalization;
} scene_wave;

/* Attack and decay to sustain x peak while the note is held, then release to base. */
typedef struct scene_envelope {
    uint32_t node, param_index;
    double attack_s, decay_s, release_s;
    float base, peak, sustain;
    float velocity; /* 0: same for every note, 1: peak follows the note's velocity fully */
} scene_envelope;

typedef enum scene_map_source {
    SCENE_MAP_FREQUENCY, /* Hz of the note */
    SCENE_MAP_NOTE,      /* its MIDI number */
    SCENE_MAP_RATE,      /* playback rate relative to the MIDI note root */
    SCENE_MAP_VELOCITY,
    SCENE_MAP_PAN,
    SCENE_MAP_SOURCE_COUNT
} scene_map_source;

/* param = offset + scale * source, set at the start of a note. */
typedef struct scene_mapping {
    uint32_t node, param_index;
    scene_map_source source;
    float scale, offset, root;
} scene_mapping;

typedef struct scene_voice {
    const char *id;
    scene_graph graph;
    uint32_t output_node, to; /* to: of the scene's graph, or SCENE_DESTINATION */
    uint32_t size, live_max;
    bool steal_oldest;
    scene_envelope *envelopes;
    uint32_t envelope_count;
    scene_mapping *mappings;
    uint32_t mapping_count;
    double release_s; /* the longest of its envelopes */
} scene_voice;

typedef struct scene_note {
    double time_s, duration_s;
    float midi, velocity, pan;
    uint32_t voice_index;
    uint32_t order; /* as written: notes of one time keep their order */
} scene_note;

typedef struct scene_data {
    const char *path, *title;
    const char *text; /* of the file: messages name lines */
    double sample_rate_hz, length_s, budget_mb, tempo;
    uint32_t quantum_frames, channel_count;
    scene_buffer *buffers;
    uint32_t buffer_count;
    scene_wave *waves;
    uint32_t wave_count;
    scene_graph graph;
    scene_node listener;   /* its automation and rates */
    const char *hrtf_path; /* resolved, allowed; NULL: the default set */
    scene_voice *voices;
    uint32_t voice_count;
    scene_note *notes; /* by time */
    uint32_t note_count;
    struct scene_block *blocks; /* all of the above lives here */
} scene_data;

/* Read and check the scene at path. allow_dir: a folder beside the scene's own from which files may
 * come, or NULL. On failure *scene is NULL and error says "$.path (line N): what and the rule". */
bool scene_load(const char *path, const char *allow_dir, scene_data **scene,
                char error[SCENE_ERROR_BYTES]);
/* The same from memory; path names the folder. */
bool scene_parse(const char *text, size_t text_bytes, const char *path, const char *allow_dir,
                 scene_data **scene, char error[SCENE_ERROR_BYTES]);
void scene_free(scene_data *scene);

/* Zeroed memory that lives as long as the scene. Ends the process when the system has none. */
void *scene_take(scene_data *scene, size_t count, size_t item_bytes);
char *scene_take_string(scene_data *scene, const char *text);

/* Where path (as written in a scene at scene_path) leads, if that is inside the scene's folder or
 * allow_dir: *resolved is malloc'ed. On failure the reason is in error. */
bool scene_resolve_path(const char *scene_path, const char *allow_dir, const char *path,
                        char **resolved, char error[SCENE_ERROR_BYTES]);

/* Line (1-based) of the value at a path like $.nodes[3].type, or the closest parent that is there. */
uint32_t scene_json_line(const char *text, const char *json_path);
#endif /* WA_CLI_SCENE_H */
