/* wavepool/node.h -- nodes and connections.
 *
 * Anything not said here means what Web Audio 1.1 says of the member with that name.
 * Every call checks its handles: STALE_HANDLE (gone), RELEASED (given back, may still ring),
 * FOREIGN_HANDLE (another context's or engine's), WRONG_TYPE (live, but of another kind). These four
 * are "handle errors" below. Non-finite numbers are TYPE. Thread of every call: control.
 */
#ifndef WAVEPOOL_NODE_H
#define WAVEPOOL_NODE_H
#include "context.h"
#include "media.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wa_node_type {
#define WA_NODE(symbol, ENUMERATOR, value) WA_NODE_TYPE_##ENUMERATOR = value,
#include "node_types.def"
#undef WA_NODE
    WA_NODE_TYPE_FORCE32 = 0x7fffffff
} wa_node_type;

typedef enum wa_channel_count_mode {
    WA_CHANNEL_COUNT_MODE_DEFAULT = 0, /* in options only: the type's own */
    WA_CHANNEL_COUNT_MODE_MAX = 1,
    WA_CHANNEL_COUNT_MODE_CLAMPED_MAX = 2,
    WA_CHANNEL_COUNT_MODE_EXPLICIT = 3,
    WA_CHANNEL_COUNT_MODE_FORCE32 = 0x7fffffff
} wa_channel_count_mode;

typedef enum wa_channel_interpretation {
    WA_CHANNEL_INTERPRETATION_DEFAULT = 0, /* in options only: the type's own */
    WA_CHANNEL_INTERPRETATION_SPEAKERS = 1,
    WA_CHANNEL_INTERPRETATION_DISCRETE = 2,
    WA_CHANNEL_INTERPRETATION_FORCE32 = 0x7fffffff
} wa_channel_interpretation;

/* AudioNodeOptions; the first member of every node's options. 0 means the type's default. */
typedef struct wa_node_options {
    uint32_t options_bytes; /* of the whole struct; the INIT macros set it */
    uint32_t channel_count;
    wa_channel_count_mode channel_count_mode;
    wa_channel_interpretation channel_interpretation;
} wa_node_options;
#define WA_NODE_OPTIONS_INIT_(type)                                                                    \
    { (uint32_t)sizeof(type), 0, WA_CHANNEL_COUNT_MODE_DEFAULT, WA_CHANNEL_INTERPRETATION_DEFAULT }
#define WA_NODE_OPTIONS_INIT WA_NODE_OPTIONS_INIT_(wa_node_options)

/* -- GainNode -- */
enum { WA_GAIN_GAIN = 0 };
typedef struct wa_gain_options {
    wa_node_options node;
    float gain;
} wa_gain_options;
#define WA_GAIN_OPTIONS_INIT                                                                           \
    { WA_NODE_OPTIONS_INIT_(wa_gain_options), 1.0f }

/* -- BiquadFilterNode -- */
typedef enum wa_biquad_filter_type {
    WA_BIQUAD_FILTER_LOWPASS = 0,
    WA_BIQUAD_FILTER_HIGHPASS = 1,
    WA_BIQUAD_FILTER_BANDPASS = 2,
    WA_BIQUAD_FILTER_LOWSHELF = 3,
    WA_BIQUAD_FILTER_HIGHSHELF = 4,
    WA_BIQUAD_FILTER_PEAKING = 5,
    WA_BIQUAD_FILTER_NOTCH = 6,
    WA_BIQUAD_FILTER_ALLPASS = 7,
    WA_BIQUAD_FILTER_FORCE32 = 0x7fffffff
} wa_biquad_filter_type;
enum {
    WA_BIQUAD_FILTER_FREQUENCY = 0,
    WA_BIQUAD_FILTER_DETUNE = 1,
    WA_BIQUAD_FILTER_Q = 2,
    WA_BIQUAD_FILTER_GAIN = 3
};
typedef struct wa_biquad_filter_options {
    wa_node_options node;
    wa_biquad_filter_type type;
    float frequency_hz, detune_cents, q, gain_db;
} wa_biquad_filter_options;
#define WA_BIQUAD_FILTER_OPTIONS_INIT                                                                  \
    {                                                                                                  \
        WA_NODE_OPTIONS_INIT_(wa_biquad_filter_options), WA_BIQUAD_FILTER_LOWPASS, 350.0f, 0.0f, 1.0f, \
            0.0f                                                                                       \
    }

/* -- DelayNode -- */
enum { WA_DELAY_DELAY_TIME = 0 };
typedef struct wa_delay_options {
    wa_node_options node;
    double max_delay_time_s; /* above 0, below 180 */
    float delay_time_s;
} wa_delay_options;
#define WA_DELAY_OPTIONS_INIT                                                                          \
    { WA_NODE_OPTIONS_INIT_(wa_delay_options), 1.0, 0.0f }

/* -- OscillatorNode -- */
typedef enum wa_oscillator_type {
    WA_OSCILLATOR_SINE = 0,
    WA_OSCILLATOR_SQUARE = 1,
    WA_OSCILLATOR_SAWTOOTH = 2,
    WA_OSCILLATOR_TRIANGLE = 3,
    WA_OSCILLATOR_CUSTOM = 4, /* set by wa_oscillator_set_periodic_wave, never directly */
    WA_OSCILLATOR_FORCE32 = 0x7fffffff
} wa_oscillator_type;
enum { WA_OSCILLATOR_FREQUENCY = 0, WA_OSCILLATOR_DETUNE = 1 };
typedef struct wa_oscillator_options {
    wa_node_options node;
    wa_oscillator_type type;
    float frequency_hz, detune_cents;
    wa_periodic_wave periodic_wave; /* {0}: none; else type becomes CUSTOM */
} wa_oscillator_options;
#define WA_OSCILLATOR_OPTIONS_INIT                                                                     \
    {                                                                                                  \
        WA_NODE_OPTIONS_INIT_(wa_oscillator_options), WA_OSCILLATOR_SINE, 440.0f, 0.0f, {              \
            0                                                                                          \
        }                                                                                              \
    }

/* -- AudioBufferSourceNode -- */
enum { WA_BUFFER_SOURCE_PLAYBACK_RATE = 0, WA_BUFFER_SOURCE_DETUNE = 1 };
typedef struct wa_buffer_source_options {
    wa_node_options node;
    wa_buffer buffer; /* {0}: none yet */
    float playback_rate, detune_cents;
    bool loop;
    double loop_start_s, loop_end_s;
} wa_buffer_source_options;
#define WA_BUFFER_SOURCE_OPTIONS_INIT                                                                  \
    { WA_NODE_OPTIONS_INIT_(wa_buffer_source_options), { 0 }, 1.0f, 0.0f, false, 0.0, 0.0 }

/* -- ConstantSourceNode -- */
enum { WA_CONSTANT_SOURCE_OFFSET = 0 };
typedef struct wa_constant_source_options {
    wa_node_options node;
    float offset;
} wa_constant_source_options;
#define WA_CONSTANT_SOURCE_OPTIONS_INIT                                                                \
    { WA_NODE_OPTIONS_INIT_(wa_constant_source_options), 1.0f }

/* -- StereoPannerNode -- */
enum { WA_STEREO_PANNER_PAN = 0 };
typedef struct wa_stereo_panner_options {
    wa_node_options node;
    float pan;
} wa_stereo_panner_options;
#define WA_STEREO_PANNER_OPTIONS_INIT                                                                  \
    { WA_NODE_OPTIONS_INIT_(wa_stereo_panner_options), 0.0f }

/* -- PannerNode -- */
typedef enum wa_panning_model {
    WA_PANNING_MODEL_EQUALPOWER = 0,
    WA_PANNING_MODEL_HRTF = 1, /* all its params are k-rate then, whatever their automationRate */
    WA_PANNING_MODEL_FORCE32 = 0x7fffffff
} wa_panning_model;
typedef enum wa_distance_model {
    WA_DISTANCE_MODEL_LINEAR = 0,
    WA_DISTANCE_MODEL_INVERSE = 1,
    WA_DISTANCE_MODEL_EXPONENTIAL = 2,
    WA_DISTANCE_MODEL_FORCE32 = 0x7fffffff
} wa_distance_model;
enum {
    WA_PANNER_POSITION_X = 0,
    WA_PANNER_POSITION_Y = 1,
    WA_PANNER_POSITION_Z = 2,
    WA_PANNER_ORIENTATION_X = 3,
    WA_PANNER_ORIENTATION_Y = 4,
    WA_PANNER_ORIENTATION_Z = 5
};
typedef struct wa_panner_options {
    wa_node_options node;
    wa_panning_model panning_model;
    wa_distance_model distance_model;
    float position_x, position_y, position_z;
    float orientation_x, orientation_y, orientation_z;
    double ref_distance;   /* at least 0 */
    double max_distance;   /* above 0 */
    double rolloff_factor; /* at least 0; LINEAR takes 1 for what is above */
    double cone_inner_angle_deg, cone_outer_angle_deg;
    double cone_outer_gain; /* [0, 1] */
} wa_panner_options;
#define WA_PANNER_OPTIONS_INIT                                                                         \
    {                                                                                                  \
        WA_NODE_OPTIONS_INIT_(wa_panner_options), WA_PANNING_MODEL_EQUALPOWER,                         \
            WA_DISTANCE_MODEL_INVERSE, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 1.0, 10000.0, 1.0, 360.0,   \
            360.0, 0.0                                                                                 \
    }

/* -- AudioListener: wa_context_listener() -- */
enum {
    WA_LISTENER_POSITION_X = 0,
    WA_LISTENER_POSITION_Y = 1,
    WA_LISTENER_POSITION_Z = 2,
    WA_LISTENER_FORWARD_X = 3,
    WA_LISTENER_FORWARD_Y = 4,
    WA_LISTENER_FORWARD_Z = 5,
    WA_LISTENER_UP_X = 6,
    WA_LISTENER_UP_Y = 7,
    WA_LISTENER_UP_Z = 8
};
/* -- ConvolverNode -- */
typedef struct wa_convolver_options {
    wa_node_options node;
    wa_buffer buffer;           /* {0}: none yet */
    bool disable_normalization; /* the inverse of `normalize` */
} wa_convolver_options;
#define WA_CONVOLVER_OPTIONS_INIT                                                                      \
    { WA_NODE_OPTIONS_INIT_(wa_convolver_options), { 0 }, false }

/* -- ChannelSplitterNode, ChannelMergerNode -- */
typedef struct wa_channel_splitter_options {
    wa_node_options node;
    uint32_t output_count; /* 1..32 */
} wa_channel_splitter_options;
#define WA_CHANNEL_SPLITTER_OPTIONS_INIT                                                               \
    { WA_NODE_OPTIONS_INIT_(wa_channel_splitter_options), 6 }
typedef struct wa_channel_merger_options {
    wa_node_options node;
    uint32_t input_count; /* 1..32 */
} wa_channel_merger_options;
#define WA_CHANNEL_MERGER_OPTIONS_INIT                                                                 \
    { WA_NODE_OPTIONS_INIT_(wa_channel_merger_options), 6 }

/* -- IIRFilterNode -- */
enum { WA_IIR_FILTER_COEFFICIENT_MAX = 20 };
/* Both lists are required, 1..20 each: no defaults. They are divided by feedback[0]. */
typedef struct wa_iir_filter_options {
    wa_node_options node;
    uint32_t feedforward_count, feedback_count;
    double feedforward[WA_IIR_FILTER_COEFFICIENT_MAX];
    double feedback[WA_IIR_FILTER_COEFFICIENT_MAX];
} wa_iir_filter_options;
#define WA_IIR_FILTER_OPTIONS_INIT                                                                     \
    {                                                                                                  \
        WA_NODE_OPTIONS_INIT_(wa_iir_filter_options), 0, 0, { 0.0 }, {                                 \
            0.0                                                                                        \
        }                                                                                              \
    }

/* -- WaveShaperNode -- */
typedef enum wa_oversample {
    WA_OVERSAMPLE_NONE = 0,
    WA_OVERSAMPLE_2X = 1,
    WA_OVERSAMPLE_4X = 2,
    WA_OVERSAMPLE_FORCE32 = 0x7fffffff
} wa_oversample;
/* What oversampling delays the signal by, at any sample rate. */
enum { WA_WAVE_SHAPER_LATENCY_2X_FRAMES = 63, WA_WAVE_SHAPER_LATENCY_4X_FRAMES = 69 };
typedef struct wa_wave_shaper_options {
    wa_node_options node;
    const float *curve; /* finite points, copied; NULL: none, the input passes as it is */
    uint32_t curve_count;
    wa_oversample oversample;
} wa_wave_shaper_options;
#define WA_WAVE_SHAPER_OPTIONS_INIT                                                                    \
    { WA_NODE_OPTIONS_INIT_(wa_wave_shaper_options), NULL, 0, WA_OVERSAMPLE_NONE }

/* -- DynamicsCompressorNode -- */
enum {
    WA_DYNAMICS_COMPRESSOR_THRESHOLD = 0,
    WA_DYNAMICS_COMPRESSOR_KNEE = 1,
    WA_DYNAMICS_COMPRESSOR_RATIO = 2,
    WA_DYNAMICS_COMPRESSOR_ATTACK = 3,
    WA_DYNAMICS_COMPRESSOR_RELEASE = 4
};
typedef struct wa_dynamics_compressor_options {
    wa_node_options node;      /* channelCount 1 or 2, mode not MAX: else NOT_SUPPORTED */
    float threshold_db;        /* [-100, 0] */
    float knee_db;             /* [0, 40] */
    float ratio;               /* [1, 20] */
    float attack_s, release_s; /* [0, 1] */
} wa_dynamics_compressor_options;
#define WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT                                                            \
    { WA_NODE_OPTIONS_INIT_(wa_dynamics_compressor_options), -24.0f, 30.0f, 12.0f, 0.003f, 0.25f }

/* -- MediaSource: MediaElementAudioSourceNode and what it plays in one ------------------------- */
enum { WA_MEDIA_SOURCE_PLAYBACK_RATE = 0 }; /* k-rate, [0, 4], default 1; with it the pitch */
typedef struct wa_media_source_options {
    wa_node_options node;
    wa_media media;      /* {0}: none yet */
    float playback_rate; /* [0, 4] */
    bool loop;
} wa_media_source_options;
#define WA_MEDIA_SOURCE_OPTIONS_INIT                                                                   \
    { WA_NODE_OPTIONS_INIT_(wa_media_source_options), { 0 }, 1.0f, false }

/* -- Recorder: what arrives at its input goes into a recording --------------------------------- */
typedef struct wa_recorder_options {
    wa_node_options node;   /* channel_count: the recording's; mode: explicit */
    wa_recording recording; /* {0}: none yet */
} wa_recorder_options;
#define WA_RECORDER_OPTIONS_INIT                                                                       \
    {                                                                                                  \
        WA_NODE_OPTIONS_INIT_(wa_recorder_options), {                                                  \
            0                                                                                          \
        }                                                                                              \
    }
/* -- AnalyserNode -- */
typedef struct wa_analyser_options {
    wa_node_options node;
    uint32_t fft_size; /* 32..32768, a power of two */
    double min_decibels, max_decibels;
    double smoothing_time_constant; /* 0..1 */
} wa_analyser_options;
#define WA_ANALYSER_OPTIONS_INIT                                                                       \
    { WA_NODE_OPTIONS_INIT_(wa_analyser_options), 2048, -100.0, -30.0, 0.8 }

/* -- Life of a node ---------------------------------------------------------------------------- */

/* Make a node. options is NULL for the defaults, else begins with wa_node_options and is the struct
 * of that type. INPUT (embedded) has the planes passed to wa_context_render().
 * Returns: WA_OK | TYPE | NOT_SUPPORTED, RANGE, INDEX_SIZE, INVALID_STATE (as the specification's
 *   constructor; the message names the option) | LIMIT (node_count_max) | BUDGET | SEALED | handle errors
 *   (buffer, periodic wave) | a Panner with HRTF: as wa_panner_set_panning_model(). Owns: caller;
 *   wa_node_release(). */
WA_API wa_status wa_node_create(wa_context *context, wa_node_type type, const void *options,
                                wa_node *node);

typedef enum wa_release_mode {
    WA_RELEASE_NOW = 1,        /* cut all its connections at the next quantum */
    WA_RELEASE_AFTER_TAIL = 2, /* cut its inputs, stop it if it is a source, then wait for its tail */
    WA_RELEASE_FADE = 3,       /* ramp its outputs to zero over fade_s, then as NOW; at once while it
                                  sleeps: a source that has yet to start is not heard */
    WA_RELEASE_WHEN_DONE = 4,  /* only drop the handle: it lives on as long as the specification's
                                  lifetime rules say (playing, referenced by an input, tail); nodes
                                  of a cycle that nobody holds go together */
    WA_RELEASE_MODE_FORCE32 = 0x7fffffff
} wa_release_mode;

typedef struct wa_release_options {
    wa_release_mode mode;
    double fade_s; /* FADE: above 0, at most 10 */
} wa_release_options;
#define WA_RELEASE_OPTIONS_INIT                                                                        \
    { WA_RELEASE_NOW, 0.005 }

/* Give a node back. options NULL: NOW. Nodes of a pool go back to it (wa_node_pool_release).
 * Returns: WA_OK | handle errors | INVALID_STATE (the destination, the listener; of a pool) | RANGE (fade_s)
 *   | NOT_SUPPORTED (mode) | BUDGET, SEALED (beyond the room that is set aside for what leaves,
 *   docs/memory.md: there is some again once render has taken in what went before). */
WA_API wa_status wa_node_release(wa_context *context, wa_node node, const wa_release_options *options);

/* -- Connections ------------------------------------------------------------------------------- *
 * The specification's overloads. A connection that exists already is left as it is. Inputs are summed
 * in the order of connection. A cycle without a DelayNode is legal and muted.
 * connect returns: WA_OK | INDEX_SIZE (output, input) | handle errors | BUDGET | SEALED | LIMIT.
 * disconnect returns: WA_OK | INDEX_SIZE | INVALID_ACCESS (no such connection) | handle errors
 *   | BUDGET, SEALED (as wa_node_release). */
typedef struct wa_param {
    wa_node node;
    uint32_t index; /* WA_GAIN_GAIN ... */
} wa_param;

WA_API wa_status wa_node_connect(wa_context *context, wa_node source, wa_node destination);
WA_API wa_status wa_node_connect_ports(wa_context *context, wa_node source, uint32_t output_index,
                                       wa_node destination, uint32_t input_index);
WA_API wa_status wa_node_connect_param(wa_context *context, wa_node source, uint32_t output_index,
                                       wa_param param);
WA_API wa_status wa_node_disconnect(wa_context *context, wa_node source);
WA_API wa_status wa_node_disconnect_output(wa_context *context, wa_node source, uint32_t output_index);
WA_API wa_status wa_node_disconnect_node(wa_context *context, wa_node source, wa_node destination);
WA_API wa_status wa_node_disconnect_node_output(wa_context *context, wa_node source,
                                                uint32_t output_index, wa_node destination);
WA_API wa_status wa_node_disconnect_ports(wa_context *context, wa_node source, uint32_t output_index,
                                          wa_node destination, uint32_t input_index);
WA_API wa_status wa_node_disconnect_param(wa_context *context, wa_node source, wa_param param);
WA_API wa_status wa_node_disconnect_param_output(wa_context *context, wa_node source,
                                                 uint32_t output_index, wa_param param);

/* -- Attributes of every node ------------------------------------------------------------------ */

typedef struct wa_node_info {
    wa_node_type type;
    const char *type_name; /* "BiquadFilter" */
    uint32_t input_count, output_count, param_count;
    uint32_t channel_count;
    wa_channel_count_mode channel_count_mode;
    wa_channel_interpretation channel_interpretation;
} wa_node_info;

/* Returns: WA_OK | handle errors. */
WA_API wa_status wa_node_get_info(const wa_context *context, wa_node node, wa_node_info *info);
/* Returns: WA_OK | NOT_SUPPORTED | INVALID_STATE (the type's own constraint, as the specification words it; an
 * offline destination) | INDEX_SIZE (a destination wider than its context) | BUDGET (channels grew)
 * | handle errors. */
WA_API wa_status wa_node_set_channel_count(wa_context *context, wa_node node, uint32_t count);
WA_API wa_status wa_node_set_channel_count_mode(wa_context *context, wa_node node,
                                                wa_channel_count_mode mode);
WA_API wa_status wa_node_set_channel_interpretation(wa_context *context, wa_node node,
                                                    wa_channel_interpretation interpretation);

/* -- Sources ----------------------------------------------------------------------------------- *
 * when_s is exact: between two frames the signal is that of the exact time. Times in the past mean
 * now. start returns: WA_OK | INVALID_STATE (started before) | RANGE (negative) | TYPE | WRONG_TYPE.
 * stop: the same, INVALID_STATE when not started; the last call wins until it is reached. At or before the
 * start nothing is heard, and the source ends when the stop is reached. */
WA_API wa_status wa_source_start(wa_context *context, wa_node source, double when_s);
WA_API wa_status wa_source_stop(wa_context *context, wa_node source, double when_s);
/* duration_s below 0: to the end. Returns: as wa_source_start. */
WA_API wa_status wa_buffer_source_start(wa_context *context, wa_node source, double when_s,
                                        double offset_s, double duration_s);
/* Make an ended (or never started) source as new, ready for start; everything but the schedule and
 * the playing position is kept. Pools do this themselves.
 * Returns: WA_OK | INVALID_STATE (it plays or waits: stop it first) | WRONG_TYPE. */
WA_API wa_status wa_source_rearm(wa_context *context, wa_node source);

WA_API wa_status wa_oscillator_set_type(wa_context *context, wa_node node, wa_oscillator_type type);
WA_API wa_status wa_oscillator_set_periodic_wave(wa_context *context, wa_node node,
                                                 wa_periodic_wave wave);
/* {0} detaches. Returns: WA_OK | INVALID_STATE (a buffer was set before) | handle errors. */
WA_API wa_status wa_buffer_source_set_buffer(wa_context *context, wa_node node, wa_buffer buffer);
WA_API wa_status wa_buffer_source_set_loop(wa_context *context, wa_node node, bool loop);
WA_API wa_status wa_buffer_source_set_loop_points(wa_context *context, wa_node node,
                                                  double loop_start_s, double loop_end_s);

/* -- MediaSource ------------------------------------------------------------------------------- *
 * Times are of the context, to the frame: the first one at or after when_s; a time in the past means now. All
 * return also: handle errors | TYPE (not finite, NULL) | RANGE (negative) | BUDGET | SEALED. */

/* {0} takes the media away; a new one begins at its first frame, paused.
 * Returns: WA_OK | INVALID_STATE (the node has one; another node has this one, or had it and the render side
 *   has not let go of it yet) | NOT_SUPPORTED (not opened for the context's rate; ring_s too short for the
 *   quantum: the message says how long). */
WA_API wa_status wa_media_source_set_media(wa_context *context, wa_node node, wa_media media);

/* Play from where it is; from the beginning if it has ended. Pause keeps the place. The last call wins.
 * Returns: WA_OK | INVALID_STATE (the node has no media). */
WA_API wa_status wa_media_source_play(wa_context *context, wa_node node, double when_s);
WA_API wa_status wa_media_source_pause(wa_context *context, wa_node node, double when_s);
/* Go to time_s of the file; beyond its end is its end. Playing or not stays as it is. In real time the frames
 * of the new place come a few milliseconds later, with silence before them; in an offline render at once.
 * Returns: WA_OK | INVALID_STATE (the node has no media). */
WA_API wa_status wa_media_source_seek(wa_context *context, wa_node node, double time_s);
/* Whether its last frame is followed by its first. Decided when the last one is reached. */
WA_API wa_status wa_media_source_set_loop(wa_context *context, wa_node node, bool loop);

typedef struct wa_media_source_state {
    bool has_media, is_playing; /* is_playing: between play and pause, and not ended */
    bool has_ended;             /* it has played to the end; WA_EVENT_ENDED told so */
    bool is_seeking;            /* frames of the place last asked for are not there yet */
    bool loop;
    double current_time_s, duration_s; /* of the file */
    double
        buffered_s; /* decoded ahead; 0 while it seeks. Enough of it before play begins without a gap */
    wa_status status; /* WA_OK; else why it failed: wa_media_get_stats has the message */
} wa_media_source_state;
WA_API wa_status wa_media_source_get_state(const wa_context *context, wa_node node,
                                           wa_media_source_state *state);

/* -- Recorder ---------------------------------------------------------------------------------- *
 * Times, and what all return also: as for a MediaSource. */

/* {0} takes it away. Returns: WA_OK | INVALID_STATE (the node has one; another node has this one, or had it)
 *   | NOT_SUPPORTED (not made for the context's rate or the node's channelCount; ring_s below two quanta). */
WA_API wa_status wa_recorder_set_recording(wa_context *context, wa_node node, wa_recording recording);
/* Record frames from start to stop, silence where nothing is active. A recording is started once and stopped
 * once; the last stop wins until it is reached. Then the file is finished, and WA_EVENT_ENDED says so.
 * Returns: WA_OK | INVALID_STATE (no recording; started before; not started; reached). */
WA_API wa_status wa_recorder_start(wa_context *context, wa_node node, double when_s);
WA_API wa_status wa_recorder_stop(wa_context *context, wa_node node, double when_s);

/* -- BiquadFilterNode -------------------------------------------------------------------------- */
/* Returns: WA_OK | TYPE (no such type) | handle errors. */
WA_API wa_status wa_biquad_filter_set_type(wa_context *context, wa_node node,
                                           wa_biquad_filter_type type);
/* |H| and arg H (rad) at each frequency, for the parameters' current values; NaN outside [0, rate/2].
 * Returns: WA_OK | INVALID_ACCESS (lengths differ in JavaScript; here: NULL is TYPE). */
WA_API wa_status wa_biquad_filter_get_frequency_response(wa_context *context, wa_node node,
                                                         const float *frequency_hz, float *magnitude,
                                                         float *phase_rad, uint32_t count);

/* -- PannerNode -------------------------------------------------------------------------------- */
/* A change to HRTF takes the engine's set of that moment and keeps it until the next change to HRTF; the set
 * is loaded at first use, which takes some tenths of a second: wa_engine_load_hrtf() does it beforehand.
 * Returns: WA_OK | TYPE (no such model) | IO, ENCODING, NOT_SUPPORTED (the set cannot be loaded) | BUDGET
 *   | SEALED | SYSTEM_MEMORY | handle errors. */
WA_API wa_status wa_panner_set_panning_model(wa_context *context, wa_node node, wa_panning_model model);
/* Returns: WA_OK | TYPE (no such model) | handle errors. */
WA_API wa_status wa_panner_set_distance_model(wa_context *context, wa_node node,
                                              wa_distance_model model);
/* Returns: WA_OK | RANGE (ref_distance or rolloff_factor below 0, max_distance not above 0) | TYPE (not
 * finite) | handle errors. */
WA_API wa_status wa_panner_set_ref_distance(wa_context *context, wa_node node, double ref_distance);
WA_API wa_status wa_panner_set_max_distance(wa_context *context, wa_node node, double max_distance);
WA_API wa_status wa_panner_set_rolloff_factor(wa_context *context, wa_node node, double rolloff_factor);
/* Whole angles. Returns: WA_OK | TYPE (not finite) | handle errors. */
WA_API wa_status wa_panner_set_cone_inner_angle(wa_context *context, wa_node node, double angle_deg);
WA_API wa_status wa_panner_set_cone_outer_angle(wa_context *context, wa_node node, double angle_deg);
/* Returns: WA_OK | INVALID_STATE (outside of [0, 1]) | TYPE (not finite) | handle errors. */
WA_API wa_status wa_panner_set_cone_outer_gain(wa_context *context, wa_node node, double gain);
/* Three times wa_param_set_value(), together or not at all.
 * Returns: WA_OK | TYPE | NOT_SUPPORTED (a value curve is in force) | BUDGET | SEALED | handle errors. */
WA_API wa_status wa_panner_set_position(wa_context *context, wa_node node, float x, float y, float z);
WA_API wa_status wa_panner_set_orientation(wa_context *context, wa_node node, float x, float y,
                                           float z);

/* The same for the context's listener, whose params are those of wa_context_listener().
 * Returns: WA_OK | TYPE | NOT_SUPPORTED | BUDGET | SEALED. */
WA_API wa_status wa_listener_set_position(wa_context *context, float x, float y, float z);
WA_API wa_status wa_listener_set_orientation(wa_context *context, float forward_x, float forward_y,
                                             float forward_z, float up_x, float up_y, float up_z);

/* Choose the head-related responses for panners that become HRTF from now on, in every context of the engine,
 * and make them ready for contexts of that rate. path: a SOFA file (AES69, SimpleFreeFieldHRIR, at most 64 MiB,
 * 16384 directions, 0.1 s); NULL: the default, MIT KEMAR of libmysofa. The data are charged to HRTF, one copy
 * for each rate; panners that have others keep them.
 * Returns: WA_OK | IO (cannot be read; the default is not installed) | ENCODING (no SOFA file, damaged)
 *   | NOT_SUPPORTED (its contents; sample_rate_hz; a path of more than 1023 bytes) | TYPE | BUDGET | SEALED
 *   | SYSTEM_MEMORY; nothing changed. Thread: control of any context */
WA_API wa_status wa_engine_load_hrtf(wa_engine *engine, const char *path, float sample_rate_hz);
/* -- IIRFilterNode ----------------------------------------------------------------------------- */
/* Made with: NOT_SUPPORTED (a list has none or more than 20) | INVALID_STATE (feedforward is all zeros,
 * feedback[0] is 0) | TYPE (no options, a coefficient is not finite). The arithmetic is double; a filter
 * that runs away beyond what a float holds is silent for at most 64 frames and starts over.
 * |H| and arg H (rad) at each frequency; NaN outside [0, rate/2].
 * Returns: WA_OK | TYPE (NULL) | handle errors. */
WA_API wa_status wa_iir_filter_get_frequency_response(wa_context *context, wa_node node,
                                                      const float *frequency_hz, float *magnitude,
                                                      float *phase_rad, uint32_t count);

/* -- WaveShaperNode ---------------------------------------------------------------------------- */
/* curve_count points, spread evenly over [-1, 1] and joined by straight lines, are copied; nodes of one
 * engine with equal points share the copy. NULL: the input passes as it is, and is not oversampled. A curve
 * can be set once, in the options or here; NULL at any time. It switches in at a quantum.
 * A curve that makes something of silence is heard without any input, on one channel, until the node is
 * given back. NaN counts as 0. Oversampling passes up to 0.45 of the sample rate within 0.0005 dB and holds
 * what it would fold back 98 dB down; it begins afresh when it is changed.
 * Returns: WA_OK | INVALID_STATE (fewer than 2 points; a curve was set before) | NOT_SUPPORTED (more than
 *   16,777,216) | BUDGET | SEALED | handle errors. Options with a point that is not finite are TYPE. */
WA_API wa_status wa_wave_shaper_set_curve(wa_context *context, wa_node node, const float *curve,
                                          uint32_t curve_count);
/* Returns: WA_OK | TYPE (no such value) | handle errors. */
WA_API wa_status wa_wave_shaper_set_oversample(wa_context *context, wa_node node,
                                               wa_oversample oversample);

/* -- DynamicsCompressorNode -------------------------------------------------------------------- */
/* How far the signal is turned down, dB, at most 0; 0 before it was ever fed, and once it has let go. Without
 * the makeup gain, which is (1 / curve(1))^0.6. Told at the end of each quantum. The output is 6 ms late.
 * Returns: WA_OK | TYPE (NULL) | handle errors. */
WA_API wa_status wa_dynamics_compressor_get_reduction(const wa_context *context, wa_node node,
                                                      float *reduction_db);
/* -- ConvolverNode ----------------------------------------------------------------------------- *
 * Convolver works without latency and at the same cost in every quantum; see docs/convolver.md. */

/* The impulse response: 1, 2 or 4 channels at the context's rate; {0}: none, the output is silence. May
 * be set again and again, also while it sounds: the old response then fades out in 10 ms, the new one
 * begins with what is heard from now on and fades in. The content is taken as it is now: the caller may
 * release the buffer, or write to it and set it again. Nodes with equal responses share one.
 * Memory: about 8 bytes for each frame of each channel once, and 16 bytes for each frame in each node.
 * Returns: WA_OK | NOT_SUPPORTED (channels, rate) | BUDGET, SEALED, SYSTEM_MEMORY (the old response
 * stays) | handle errors. */
WA_API wa_status wa_convolver_set_buffer(wa_context *context, wa_node node, wa_buffer buffer);
/* Whether the next buffer that is set will be scaled to equal power; true at first, or as the options
 * say. The response that is set stays as it is. Returns: WA_OK | handle errors. */
WA_API wa_status wa_convolver_set_normalize(wa_context *context, wa_node node, bool normalize);

/* -- AnalyserNode ------------------------------------------------------------------------------ *
 * The setters return: WA_OK | INDEX_SIZE (not a power of two in [32, 32768]; min not below max; a time constant
 * outside [0, 1]) | BUDGET, SEALED (tables of a larger size) | handle errors. They show at the next reading; a
 * new size forgets what was smoothed. */
WA_API wa_status wa_analyser_set_fft_size(wa_context *context, wa_node node, uint32_t fft_size);
WA_API wa_status wa_analyser_set_min_decibels(wa_context *context, wa_node node, double decibels);
WA_API wa_status wa_analyser_set_max_decibels(wa_context *context, wa_node node, double decibels);
WA_API wa_status wa_analyser_set_smoothing_time_constant(wa_context *context, wa_node node,
                                                         double time_constant);

typedef struct wa_analyser_info {
    uint32_t fft_size, frequency_bin_count; /* half of it */
    double min_decibels, max_decibels;
    double smoothing_time_constant;
} wa_analyser_info;
/* Returns: WA_OK | handle errors. */
WA_API wa_status wa_analyser_get_info(const wa_context *context, wa_node node, wa_analyser_info *info);

/* The last fft_size frames of the input before wa_context_current_frame(), mixed to mono, the oldest first; or
 * their spectrum, frequency_bin_count bins: decibels, -infinity for silence, or bytes from min_decibels to
 * max_decibels. At most count items are written, and no more than there are. Within one quantum all calls
 * agree, and the spectrum is smoothed once. They take no memory and do not disturb the render side.
 * Returns: WA_OK | BUSY (render was faster than the copy, time after time; nothing changed) | handle errors. */
WA_API wa_status wa_analyser_get_float_time_domain_data(wa_context *context, wa_node node, float *data,
                                                        uint32_t count);
WA_API wa_status wa_analyser_get_byte_time_domain_data(wa_context *context, wa_node node, uint8_t *data,
                                                       uint32_t count);
WA_API wa_status wa_analyser_get_float_frequency_data(wa_context *context, wa_node node, float *data,
                                                      uint32_t count);
WA_API wa_status wa_analyser_get_byte_frequency_data(wa_context *context, wa_node node, uint8_t *data,
                                                     uint32_t count);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_NODE_H */
