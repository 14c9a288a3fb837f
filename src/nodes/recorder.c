/* Recorder: what arrives at its input goes to a file, from start to stop, to the frame. No output.
 *
 * in[0][recording's channels][frame] --> ring (boundary/tape.h) --> a worker writes the file
 *
 * Between start and stop it is awake whatever arrives, so that silence is recorded as well and time stays
 * right. channelCount is the recording's and the mode explicit: the input is mixed to it by the rules.
 */
#include "recorder.h"
#include "options.h"
#include <stddef.h>

/* -- Render ------------------------------------------------------------------------------------ */

static uint32_t within(double frame, uint64_t quantum_frame, uint32_t frames) {
    const double at = frame - (double)quantum_frame;
    return at <= 0.0 ? 0 : at >= (double)frames ? frames : (uint32_t)at;
}

static void recorder_one(wa_instance *instance, const wa_quantum *quantum) {
    const recorder_config *config = instance->config;
    tape *to = recorder_tape(config);
    const wa_block *in = &instance->inputs[0];
    instance->has_tail = false;
    if (to == NULL || !tape_is_wanted(to) || tape_has_stopped(to)) {
        return;
    }
    const uint32_t first = within(config->start_frame, quantum->frame, quantum->frame_count);
    const uint32_t last = within(config->stop_frame, quantum->frame, quantum->frame_count);
    if (first < last) {
        assert(in->channel_count == to->channel_count);
        tape_write(to, in->planes, first, last - first);
    }
    const bool is_over = config->stop_frame <= (double)(quantum->frame + quantum->frame_count);
    if (is_over) {
        tape_stop(to);
    }
    instance->has_tail = !is_over && config->start_frame < INFINITY;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        recorder_one(instances[i], quantum);
    }
}

/* -- Control ----------------------------------------------------------------------------------- */

static wa_status check_fits(const tape *to, const wa_class_env *env) {
    if (to->sample_rate_hz != env->sample_rate_hz) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "recording: was opened for %g Hz, the context has %g (options.sample_rate_hz)",
                         to->sample_rate_hz, env->sample_rate_hz);
    }
    const uint64_t needed = (uint64_t)env->quantum_frames * TAPE_QUANTA_MIN;
    if (to->capacity_frames < needed) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "recording: its ring holds %u frames; two quanta of %u need ring_s of %.3g or "
                         "more",
                         to->capacity_frames, env->quantum_frames,
                         (double)needed / env->sample_rate_hz);
    }
    return WA_OK;
}

static wa_status set_recording(recorder_config *recorder, const wa_class_env *env) {
    const tape *to = (const tape *)env->resource;
    if (to != NULL && (tape_heard_frames(to) > 0 || tape_has_stopped(to))) {
        return error_set(WA_ERR_INVALID_STATE, "recording: another node recorded into it before");
    }
    const wa_status status = to != NULL ? check_fits(to, env) : WA_OK;
    if (status == WA_OK) {
        recorder->recording = env->resource;
        recorder->start_frame = recorder->stop_frame = INFINITY;
    }
    return status;
}

static wa_status set_attribute(void *config, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    recorder_config *recorder = config;
    switch (attribute) {
    case WA_ATTRIBUTE_RESOURCE:
        return set_recording(recorder, env);
    case WA_ATTRIBUTE_PLAY:
        recorder->start_frame = number;
        return WA_OK;
    case WA_ATTRIBUTE_PAUSE:
        recorder->stop_frame = number;
        return WA_OK;
    default:
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: a recorder has none numbered %d",
                         (int)attribute);
    }
}

static wa_status check_channels(const void *config, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)interpretation;
    const tape *to = recorder_tape(config);
    if (mode != WA_CHANNEL_COUNT_MODE_EXPLICIT) {
        return error_set(WA_ERR_INVALID_STATE, "channelCountMode of a Recorder is explicit");
    }
    if (to != NULL && count != to->channel_count) {
        return error_set(WA_ERR_INVALID_STATE, "channelCount is %u, its recording has %u channels",
                         count, to->channel_count);
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)options;
    recorder_config *recorder = setup->config;
    recorder->start_frame = recorder->stop_frame = INFINITY;
    if (env->resource == NULL) {
        return WA_OK;
    }
    setup->channel_count = ((const tape *)env->resource)->channel_count;
    return set_recording(recorder, env);
}

const wa_node_class wa_node_class_recorder = {
    .name = "Recorder",
    .input_count = 1,
    .options_bytes = sizeof(wa_recorder_options),
    .config_bytes = sizeof(recorder_config),
    .flags = WA_CLASS_STREAM,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT,
    .resource_kind = WA_RESOURCE_RECORDING,
    .options_resource_offset = offsetof(wa_recorder_options, recording),
    .configure = configure,
    .set_attribute = set_attribute,
    .check_channels = check_channels,
    .process = process,
};
