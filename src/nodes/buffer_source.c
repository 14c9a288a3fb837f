/* BufferSource: plays a buffer. Web Audio 1.1, section "AudioBufferSourceNode".
 *
 *   playbackRate, detune (k-rate) --> step --> kernels/playhead --> out[0][buffer's channels][frame]
 *
 * computedPlaybackRate = playbackRate * 2^(detune / 1200), finite; the step is that times the buffer's
 * rate over the context's. Without a buffer it plays silence, and does not end; a buffer that comes late
 * plays from its offset when it comes. It ends when its duration is over, or when it has left the buffer
 * and moves away from it. Which way the specification is read is said in kernels/playhead.h.
 */
#include "../kernels/mix.h"
#include "../kernels/playhead.h"
#include "../node.h"
#include "options.h"
#include <float.h>
#include <stddef.h>

typedef struct buffer_source_config {
    const wa_resource *buffer; /* NULL: none */
    bool is_looping;
    double loop_start_s, loop_end_s;
    double offset_s, duration_s; /* of start(); duration below 0: to the end */
} buffer_source_config;

static const wa_buffer_data *buffer_of(const buffer_source_config *config) {
    assert(config->buffer == NULL || config->buffer->kind == WA_RESOURCE_BUFFER);
    return (const wa_buffer_data *)config->buffer;
}

/* -- Render ------------------------------------------------------------------------------------ */

static double playback_rate(const wa_param_values *params) {
    const double rate = (double)params[WA_BUFFER_SOURCE_PLAYBACK_RATE].values[0];
    const double cents = (double)params[WA_BUFFER_SOURCE_DETUNE].values[0];
    if (cents == 0.0 || rate == 0.0) {
        return rate;
    }
    const double octaves_max = 1000.0; /* finite, and far beyond what a float's rate undoes */
    return rate * exp2(fmax(-octaves_max, fmin(octaves_max, cents / 1200.0)));
}

static playhead_score score_of(const wa_instance *instance, const wa_quantum *quantum) {
    const buffer_source_config *config = instance->config;
    const wa_buffer_data *buffer = buffer_of(config);
    const double buffer_hz = (double)buffer->sample_rate_hz;
    const double rate_max = 0x1p40;
    const double rate = fmax(-rate_max, fmin(rate_max, playback_rate(instance->params)));
    /* Times in the past mean now: only within its first frame does a start lie between two frames. */
    const double late = (double)(quantum->frame + instance->begin) - instance->start_frame;
    return (playhead_score){
        .buffer = buffer,
        .step_frames = rate * (buffer_hz / quantum->sample_rate_hz),
        .offset_frames = playhead_frames(config->offset_s, buffer_hz),
        .duration_frames =
            config->duration_s < 0.0 ? -1.0 : playhead_frames(config->duration_s, buffer_hz),
        .late_frames = late > 0.0 && late < 1.0 ? late : 0.0,
        .is_looping = config->is_looping,
        .loop_start_frames = playhead_frames(config->loop_start_s, buffer_hz),
        .loop_end_frames = playhead_frames(config->loop_end_s, buffer_hz),
    };
}

static void zero_planes(const wa_block *out, uint32_t begin, uint32_t end) {
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        kernel_zero(out->planes[channel] + begin, end - begin);
    }
}

static void buffer_source_one(wa_instance *instance, const wa_quantum *quantum) {
    wa_block *out = &instance->outputs[0];
    playhead *head = instance->state;
    const wa_buffer_data *buffer = buffer_of(instance->config);
    assert(instance->begin <= instance->end && instance->end <= quantum->frame_count);

    instance->has_tail = false;
    instance->has_ended = head->has_ended;
    out->is_silent = true;
    if (buffer == NULL || instance->begin == instance->end || head->has_ended) {
        zero_planes(out, 0, quantum->frame_count);
        return;
    }
    assert(out->channel_count == buffer->channel_count);
    const playhead_score score = score_of(instance, quantum);
    zero_planes(out, 0, instance->begin);
    out->is_silent = !playhead_render(head, &score, out->planes, instance->begin, instance->end);
    zero_planes(out, instance->end, quantum->frame_count);
    instance->has_ended = head->has_ended;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        buffer_source_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const wa_buffer_data *buffer = buffer_of(instance->config);
    counts[0] = buffer != NULL ? buffer->channel_count : 1;
}

static void reset(const void *config, void *state, double sample_rate_hz) {
    (void)config;
    (void)sample_rate_hz;
    *(playhead *)state = (playhead){ 0 };
}

/* -- Control ----------------------------------------------------------------------------------- */

static void output_channels_max(const void *config, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)input_max;
    (void)input_count;
    (void)output_count;
    const wa_buffer_data *buffer = buffer_of(config);
    counts[0] = buffer != NULL ? buffer->channel_count : 1;
}

static wa_status set_time(double *time_s, const char *name, double number) {
    const wa_status status = option_finite(name, number);
    if (status == WA_OK) {
        *time_s = number;
    }
    return status;
}

static wa_status set_offset(buffer_source_config *config, double number) {
    if (number < 0.0) {
        return error_set(WA_ERR_RANGE, "offset_s: %g, at least 0", number);
    }
    return set_time(&config->offset_s, "offset_s", number);
}

static wa_status set_attribute(void *config, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    buffer_source_config *source = config;
    switch (attribute) {
    case WA_ATTRIBUTE_RESOURCE:
        assert(env->resource == NULL || env->resource->kind == WA_RESOURCE_BUFFER);
        source->buffer = env->resource;
        return WA_OK;
    case WA_ATTRIBUTE_LOOP:
        source->is_looping = number != 0.0;
        return WA_OK;
    case WA_ATTRIBUTE_LOOP_START:
        return set_time(&source->loop_start_s, "loop_start_s", number);
    case WA_ATTRIBUTE_LOOP_END:
        return set_time(&source->loop_end_s, "loop_end_s", number);
    case WA_ATTRIBUTE_OFFSET:
        return set_offset(source, number);
    case WA_ATTRIBUTE_DURATION:
        return set_time(&source->duration_s, "duration_s", number);
    case WA_ATTRIBUTE_REARM:
        source->offset_s = 0.0;
        source->duration_s = -1.0;
        return WA_OK;
    default:
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: a buffer source has none numbered %d",
                         (int)attribute);
    }
}

static wa_status check_options(const wa_buffer_source_options *options) {
    const struct {
        const char *name;
        double value;
    } rows[] = { { "playback_rate", (double)options->playback_rate },
                 { "detune_cents", (double)options->detune_cents },
                 { "loop_start_s", options->loop_start_s },
                 { "loop_end_s", options->loop_end_s } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const wa_status status = option_finite(rows[row].name, rows[row].value);
        if (status != WA_OK) {
            return status;
        }
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    static const wa_buffer_source_options defaults = WA_BUFFER_SOURCE_OPTIONS_INIT;
    const wa_buffer_source_options *chosen = options != NULL ? options : &defaults;
    const wa_status status = check_options(chosen);
    if (status != WA_OK) {
        return status;
    }
    assert(env->resource == NULL || env->resource->kind == WA_RESOURCE_BUFFER);
    *(buffer_source_config *)setup->config = (buffer_source_config){
        .buffer = env->resource,
        .is_looping = chosen->loop,
        .loop_start_s = chosen->loop_start_s,
        .loop_end_s = chosen->loop_end_s,
        .duration_s = -1.0,
    };
    setup->param_values[WA_BUFFER_SOURCE_PLAYBACK_RATE] = chosen->playback_rate;
    setup->param_values[WA_BUFFER_SOURCE_DETUNE] = chosen->detune_cents;
    return WA_OK;
}

const wa_node_class wa_node_class_buffer_source = {
    .name = "AudioBufferSource",
    .output_count = 1,
    .param_count = 2,
    .options_bytes = sizeof(wa_buffer_source_options),
    .config_bytes = sizeof(buffer_source_config),
    .state_bytes = sizeof(playhead),
    .flags = WA_CLASS_SOURCE,
    .resource_kind = WA_RESOURCE_BUFFER,
    .options_resource_offset = offsetof(wa_buffer_source_options, buffer),
    .params = { [WA_BUFFER_SOURCE_PLAYBACK_RATE] = { .name = "playbackRate",
                                                     .value_default = 1.0f,
                                                     .value_min = -FLT_MAX,
                                                     .value_max = FLT_MAX,
                                                     .is_k_rate = true,
                                                     .is_rate_fixed = true,
                                                     .is_compound = true },
                [WA_BUFFER_SOURCE_DETUNE] = { .name = "detune",
                                              .value_min = -FLT_MAX,
                                              .value_max = FLT_MAX,
                                              .is_k_rate = true,
                                              .is_rate_fixed = true,
                                              .is_compound = true } },
    .configure = configure,
    .set_attribute = set_attribute,
    .output_channels_max = output_channels_max,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
