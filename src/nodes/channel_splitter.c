/* ChannelSplitter: one mono output for each channel of the input. Web Audio 1.1, "ChannelSplitterNode".
 *
 * in[0][channels][frame] --> out[channel][1][frame]. No state, no tail. Outputs beyond the channels that
 * the input has are silence.
 */
#include "../kernels/mix.h"
#include "../node.h"
#include "options.h"

typedef struct config {
    uint32_t output_count;
} config;

static void split_one(wa_instance *instance, const wa_quantum *quantum) {
    const wa_block *in = &instance->inputs[0];
    for (uint32_t output = 0; output < instance->output_count; output++) {
        wa_block *out = &instance->outputs[output];
        assert(out->channel_count == 1);
        out->is_silent = in->is_silent || output >= in->channel_count;
        if (out->is_silent) {
            kernel_zero(out->planes[0], quantum->frame_count);
        } else {
            kernel_copy(out->planes[0], in->planes[output], quantum->frame_count);
        }
    }
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        split_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    for (uint32_t output = 0; output < instance->output_count; output++) {
        counts[output] = 1;
    }
}

static void output_channels_max(const void *of, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)of, (void)input_max, (void)input_count;
    for (uint32_t output = 0; output < output_count; output++) {
        counts[output] = 1;
    }
}

static wa_status check_channels(const void *of, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    const config *splitter = of;
    if (count != splitter->output_count) {
        return error_set(WA_ERR_INVALID_STATE,
                         "channelCount of a ChannelSplitter is its number of outputs, %u, not %u",
                         splitter->output_count, count);
    }
    if (mode != WA_CHANNEL_COUNT_MODE_EXPLICIT) {
        return error_set(WA_ERR_INVALID_STATE, "channelCountMode of a ChannelSplitter is explicit");
    }
    if (interpretation != WA_CHANNEL_INTERPRETATION_DISCRETE) {
        return error_set(WA_ERR_INVALID_STATE,
                         "channelInterpretation of a ChannelSplitter is discrete");
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    const wa_channel_splitter_options *splitter = options;
    const uint32_t output_count = splitter != NULL ? splitter->output_count : setup->output_count;
    if (output_count < 1 || output_count > WA_PORT_COUNT_MAX) {
        return error_set(WA_ERR_INDEX_SIZE, "output_count must be in [1, %d], not %u",
                         WA_PORT_COUNT_MAX, output_count);
    }
    setup->output_count = output_count;
    setup->channel_count = output_count;
    ((config *)setup->config)->output_count = output_count;
    return WA_OK;
}

const wa_node_class wa_node_class_channel_splitter = {
    .name = "ChannelSplitter",
    .input_count = 1,
    .output_count = 6,
    .options_bytes = sizeof(wa_channel_splitter_options),
    .config_bytes = sizeof(config),
    .flags = WA_CLASS_MANY_OUTPUTS,
    .channel_count = 6,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT,
    .channel_interpretation = WA_CHANNEL_INTERPRETATION_DISCRETE,
    .configure = configure,
    .check_channels = check_channels,
    .output_channels = output_channels,
    .output_channels_max = output_channels_max,
    .process = process,
};
