/* The node types that a scene may use: one row per type, options by their JavaScript names. */
#include "scene.h"
#include "scene_limits.h"
#include <stdio.h>
#include <string.h>

#define FIELD(options, name, kind, member)                                                             \
    { name, SCENE_FIELD_##kind, offsetof(options, member), NULL, 0 }
#define CHOICE(options, name, member, choices, first)                                                  \
    { name, SCENE_FIELD_CHOICE, offsetof(options, member), choices, first }
#define LIST(options, name, kind, member, count_member, count_max)                                     \
    {                                                                                                  \
        name, SCENE_FIELD_##kind, offsetof(options, member), NULL, 0, offsetof(options, count_member), \
            count_max                                                                                  \
    }
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *const channel_count_modes[] = { "max", "clamped-max", "explicit", NULL };
static const char *const channel_interpretations[] = { "speakers", "discrete", NULL };

const scene_field scene_common_fields[] = {
    FIELD(wa_node_options, "channelCount", COUNT, channel_count),
    CHOICE(wa_node_options, "channelCountMode", channel_count_mode, channel_count_modes,
           WA_CHANNEL_COUNT_MODE_MAX),
    CHOICE(wa_node_options, "channelInterpretation", channel_interpretation, channel_interpretations,
           WA_CHANNEL_INTERPRETATION_SPEAKERS),
};
const uint32_t scene_common_field_count = COUNT_OF(scene_common_fields);

static const wa_gain_options gain_defaults = WA_GAIN_OPTIONS_INIT;
static const scene_field gain_fields[] = { FIELD(wa_gain_options, "gain", FLOAT, gain) };

static const char *const biquad_types[] = { "lowpass", "highpass", "bandpass", "lowshelf", "highshelf",
                                            "peaking", "notch",    "allpass",  NULL };
static const wa_biquad_filter_options biquad_defaults = WA_BIQUAD_FILTER_OPTIONS_INIT;
static const scene_field biquad_fields[] = {
    CHOICE(wa_biquad_filter_options, "type", type, biquad_types, WA_BIQUAD_FILTER_LOWPASS),
    FIELD(wa_biquad_filter_options, "frequency", FLOAT, frequency_hz),
    FIELD(wa_biquad_filter_options, "detune", FLOAT, detune_cents),
    FIELD(wa_biquad_filter_options, "Q", FLOAT, q),
    FIELD(wa_biquad_filter_options, "gain", FLOAT, gain_db),
};

static const wa_delay_options delay_defaults = WA_DELAY_OPTIONS_INIT;
static const scene_field delay_fields[] = {
    FIELD(wa_delay_options, "maxDelayTime", DOUBLE, max_delay_time_s),
    FIELD(wa_delay_options, "delayTime", FLOAT, delay_time_s),
};

/* "custom" is what periodicWave makes of it; it cannot be asked for by name. */
static const char *const oscillator_types[] = { "sine", "square", "sawtooth", "triangle", NULL };
static const wa_oscillator_options oscillator_defaults = WA_OSCILLATOR_OPTIONS_INIT;
static const scene_field oscillator_fields[] = {
    CHOICE(wa_oscillator_options, "type", type, oscillator_types, WA_OSCILLATOR_SINE),
    FIELD(wa_oscillator_options, "frequency", FLOAT, frequency_hz),
    FIELD(wa_oscillator_options, "detune", FLOAT, detune_cents),
    FIELD(wa_oscillator_options, "periodicWave", WAVE, periodic_wave),
};

static const wa_buffer_source_options buffer_source_defaults = WA_BUFFER_SOURCE_OPTIONS_INIT;
static const scene_field buffer_source_fields[] = {
    FIELD(wa_buffer_source_options, "buffer", BUFFER, buffer),
    FIELD(wa_buffer_source_options, "playbackRate", FLOAT, playback_rate),
    FIELD(wa_buffer_source_options, "detune", FLOAT, detune_cents),
    FIELD(wa_buffer_source_options, "loop", BOOL, loop),
    FIELD(wa_buffer_source_options, "loopStart", DOUBLE, loop_start_s),
    FIELD(wa_buffer_source_options, "loopEnd", DOUBLE, loop_end_s),
};

static const wa_constant_source_options constant_source_defaults = WA_CONSTANT_SOURCE_OPTIONS_INIT;
static const scene_field constant_source_fields[] = { FIELD(wa_constant_source_options, "offset", FLOAT,
                                                            offset) };

static const wa_stereo_panner_options stereo_panner_defaults = WA_STEREO_PANNER_OPTIONS_INIT;
static const scene_field stereo_panner_fields[] = { FIELD(wa_stereo_panner_options, "pan", FLOAT,
                                                          pan) };

static const char *const panning_models[] = { "equalpower", "HRTF", NULL };
static const char *const distance_models[] = { "linear", "inverse", "exponential", NULL };
static const wa_panner_options panner_defaults = WA_PANNER_OPTIONS_INIT;
static const scene_field panner_fields[] = {
    CHOICE(wa_panner_options, "panningModel", panning_model, panning_models,
           WA_PANNING_MODEL_EQUALPOWER),
    CHOICE(wa_panner_options, "distanceModel", distance_model, distance_models,
           WA_DISTANCE_MODEL_LINEAR),
    FIELD(wa_panner_options, "positionX", FLOAT, position_x),
    FIELD(wa_panner_options, "positionY", FLOAT, position_y),
    FIELD(wa_panner_options, "positionZ", FLOAT, position_z),
    FIELD(wa_panner_options, "orientationX", FLOAT, orientation_x),
    FIELD(wa_panner_options, "orientationY", FLOAT, orientation_y),
    FIELD(wa_panner_options, "orientationZ", FLOAT, orientation_z),
    FIELD(wa_panner_options, "refDistance", DOUBLE, ref_distance),
    FIELD(wa_panner_options, "maxDistance", DOUBLE, max_distance),
    FIELD(wa_panner_options, "rolloffFactor", DOUBLE, rolloff_factor),
    FIELD(wa_panner_options, "coneInnerAngle", DOUBLE, cone_inner_angle_deg),
    FIELD(wa_panner_options, "coneOuterAngle", DOUBLE, cone_outer_angle_deg),
    FIELD(wa_panner_options, "coneOuterGain", DOUBLE, cone_outer_gain),
};

static const wa_channel_splitter_options channel_splitter_defaults = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
static const scene_field channel_splitter_fields[] = { FIELD(wa_channel_splitter_options,
                                                             "numberOfOutputs", COUNT, output_count) };

static const wa_channel_merger_options channel_merger_defaults = WA_CHANNEL_MERGER_OPTIONS_INIT;
static const scene_field channel_merger_fields[] = { FIELD(wa_channel_merger_options, "numberOfInputs",
                                                           COUNT, input_count) };

static const wa_iir_filter_options iir_filter_defaults = WA_IIR_FILTER_OPTIONS_INIT;
static const scene_field iir_filter_fields[] = {
    LIST(wa_iir_filter_options, "feedforward", DOUBLES, feedforward, feedforward_count,
         WA_IIR_FILTER_COEFFICIENT_MAX),
    LIST(wa_iir_filter_options, "feedback", DOUBLES, feedback, feedback_count,
         WA_IIR_FILTER_COEFFICIENT_MAX),
};

static const char *const oversamples[] = { "none", "2x", "4x", NULL };
static const wa_wave_shaper_options wave_shaper_defaults = WA_WAVE_SHAPER_OPTIONS_INIT;
static const scene_field wave_shaper_fields[] = {
    LIST(wa_wave_shaper_options, "curve", POINTS, curve, curve_count, SCENE_CURVE_VALUES_MAX),
    CHOICE(wa_wave_shaper_options, "oversample", oversample, oversamples, WA_OVERSAMPLE_NONE),
};

static const wa_dynamics_compressor_options dynamics_compressor_defaults =
    WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
static const scene_field dynamics_compressor_fields[] = {
    FIELD(wa_dynamics_compressor_options, "threshold", FLOAT, threshold_db),
    FIELD(wa_dynamics_compressor_options, "knee", FLOAT, knee_db),
    FIELD(wa_dynamics_compressor_options, "ratio", FLOAT, ratio),
    FIELD(wa_dynamics_compressor_options, "attack", FLOAT, attack_s),
    FIELD(wa_dynamics_compressor_options, "release", FLOAT, release_s),
};

static const wa_convolver_options convolver_defaults = WA_CONVOLVER_OPTIONS_INIT;
static const scene_field convolver_fields[] = {
    FIELD(wa_convolver_options, "buffer", BUFFER, buffer),
    FIELD(wa_convolver_options, "disableNormalization", BOOL, disable_normalization),
};

static const wa_node_options input_defaults = WA_NODE_OPTIONS_INIT;
static const wa_media_source_options media_source_defaults = WA_MEDIA_SOURCE_OPTIONS_INIT;
static const scene_field media_source_fields[] = {
    FIELD(wa_media_source_options, "file", FILE, media),
    FIELD(wa_media_source_options, "playbackRate", FLOAT, playback_rate),
    FIELD(wa_media_source_options, "loop", BOOL, loop),
};

static const wa_analyser_options analyser_defaults = WA_ANALYSER_OPTIONS_INIT;
static const scene_field analyser_fields[] = {
    FIELD(wa_analyser_options, "fftSize", COUNT, fft_size),
    FIELD(wa_analyser_options, "minDecibels", DOUBLE, min_decibels),
    FIELD(wa_analyser_options, "maxDecibels", DOUBLE, max_decibels),
    FIELD(wa_analyser_options, "smoothingTimeConstant", DOUBLE, smoothing_time_constant),
};

#define TYPE(name, ENUMERATOR, symbol, is_source, ...)                                                 \
    {                                                                                                  \
        name, WA_NODE_TYPE_##ENUMERATOR, is_source, &symbol##_defaults, sizeof(symbol##_defaults),     \
            symbol##_fields, COUNT_OF(symbol##_fields), {                                              \
            __VA_ARGS__                                                                                \
        }                                                                                              \
    }

/* clang-format off */
static const scene_type types[] = {
    TYPE("Gain", GAIN, gain, false, "gain"),
    TYPE("BiquadFilter", BIQUAD_FILTER, biquad, false, "frequency", "detune", "Q", "gain"),
    TYPE("Delay", DELAY, delay, false, "delayTime"),
    TYPE("Oscillator", OSCILLATOR, oscillator, true, "frequency", "detune"),
    TYPE("AudioBufferSource", BUFFER_SOURCE, buffer_source, true, "playbackRate", "detune"),
    TYPE("ConstantSource", CONSTANT_SOURCE, constant_source, true, "offset"),
    TYPE("StereoPanner", STEREO_PANNER, stereo_panner, false, "pan"),
    TYPE("Panner", PANNER, panner, false, "positionX", "positionY", "positionZ", "orientationX",
         "orientationY", "orientationZ"),
    TYPE("ChannelSplitter", CHANNEL_SPLITTER, channel_splitter, false, NULL),
    TYPE("ChannelMerger", CHANNEL_MERGER, channel_merger, false, NULL),
    TYPE("IIRFilter", IIR_FILTER, iir_filter, false, NULL),
    TYPE("WaveShaper", WAVE_SHAPER, wave_shaper, false, NULL),
    TYPE("DynamicsCompressor", DYNAMICS_COMPRESSOR, dynamics_compressor, false, "threshold", "knee",
         "ratio", "attack", "release"),
    TYPE("Convolver", CONVOLVER, convolver, false, NULL),
    { "Input", WA_NODE_TYPE_INPUT, false, &input_defaults, sizeof input_defaults, NULL, 0, { NULL } },
    TYPE("MediaSource", MEDIA_SOURCE, media_source, true, "playbackRate"),
    TYPE("Analyser", ANALYSER, analyser, false, NULL),
};
/* clang-format on */

const scene_type scene_listener_type = {
    .name = "listener",
    .type = WA_NODE_TYPE_LISTENER,
    .params = { "positionX", "positionY", "positionZ", "forwardX", "forwardY", "forwardZ", "upX", "upY",
                "upZ" },
};

const scene_type *scene_type_by_name(const char *name) {
    for (uint32_t i = 0; i < COUNT_OF(types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    return NULL;
}

const char *scene_type_names(void) {
    static char names[512];
    size_t length = 0;
    if (names[0] != '\0') {
        return names;
    }
    for (uint32_t i = 0; i < COUNT_OF(types); i++) {
        const int count =
            snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "", types[i].name);
        length += count > 0 && (size_t)count < sizeof names - length ? (size_t)count : 0;
    }
    return names;
}

int scene_type_param(const scene_type *type, const char *name) {
    for (int i = 0; i < SCENE_PARAM_NAME_COUNT_MAX && type->params[i] != NULL; i++) {
        if (strcmp(type->params[i], name) == 0) {
            return i;
        }
    }
    return SCENE_NONE;
}
