/* ChannelMerger: one channel of the output for each input. Web Audio 1.1, "ChannelMergerNode".
 *
 * in[channel][1][frame] --> out[0][channels][frame]. No state, no tail. As soon as one input is active
 * the output has all its channels, else one of silence.
 */
#include "../kernels/mix.h"
#include "../node.h"
#include "options.h"

static void merge_one(wa_instance *instance, const wa_quantum *quantum) {
    wa_block *out = &instance->outputs[0];
    assert(out->channel_count <= instance->input_count);

    out->is_silent = true;
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        const wa_block *in = &instance->inputs[channel];
        assert(in->channel_count == 1);
        if (in->is_silent) {
            kernel_zero(out->planes[channel], quantum->frame_count);
        } else {
            kernel_copy(out->planes[channel], in->planes[0], quantum->frame_count);
            out->is_silent = false;
        }
    }
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        merge_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    counts[0] = 1;
    for (uint32_t input = 0; input < instance->input_count; input++) {
        if (instance->inputs[input].is_active) {
            counts[0] = instance->input_count;
            return;
        }
    }
}

static void output_channels_max(const void *config, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)config, (void)input_max, (void)output_count;
    counts[0] = input_count;
}

static wa_status check_channels(const void *config, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)config, (void)interpretation;
    if (count != 1) {
        return error_set(WA_ERR_INVALID_STATE, "channelCount of a ChannelMerger is 1, not %u", count);
    }
    if (mode != WA_CHANNEL_COUNT_MODE_EXPLICIT) {
        return error_set(WA_ERR_INVALID_STATE, "channelCountMode of a ChannelMerger is explicit");
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    const wa_channel_merger_options *merger = options;
    const uint32_t input_count = merger != NULL ? merger->input_count : setup->input_count;
    if (input_count < 1 || input_count > WA_PORT_COUNT_MAX) {
        return error_set(WA_ERR_INDEX_SIZE, "input_count must be in [1, %d], not %u", WA_PORT_COUNT_MAX,
                         input_count);
    }
    setup->input_count = input_count;
    return WA_OK;
}

const wa_node_class wa_node_class_channel_merger = {
    .name = "ChannelMerger",
    .input_count = 6,
    .output_count = 1,
    .options_bytes = sizeof(wa_channel_merger_options),
    .flags = WA_CLASS_MANY_INPUTS,
    .channel_count = 1,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT,
    .configure = configure,
    .check_channels = check_channels,
    .output_channels = output_channels,
    .output_channels_max = output_channels_max,
    .process = process,
};
