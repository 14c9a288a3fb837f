/* Input: the planes that the host passes when it pulls the engine. No state, no tail.
 *
 * out[0][channels][frame]. It has the channels that the context was made for; a host that passes fewer,
 * or none, in some quantum gives silence in the rest.
 */
#include "../kernels/mix.h"
#include "../node.h"

typedef struct config {
    uint32_t channel_count;
} config;

static void input_one(wa_instance *instance, const wa_quantum *quantum) {
    wa_block *out = &instance->outputs[0];
    const uint32_t given = quantum->inputs != NULL ? quantum->input_count : 0;
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        if (channel < given) {
            kernel_copy(out->planes[channel], quantum->inputs[channel], quantum->frame_count);
        } else {
            kernel_zero(out->planes[channel], quantum->frame_count);
        }
    }
    out->is_silent = given == 0;
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        input_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    counts[0] = ((const config *)instance->config)->channel_count;
}

static void output_channels_max(const void *of, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)input_max, (void)input_count, (void)output_count;
    counts[0] = ((const config *)of)->channel_count;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)options;
    assert(env->input_channel_count <= WA_CHANNEL_COUNT_MAX);
    config *input = setup->config;
    input->channel_count = env->input_channel_count > 0 ? env->input_channel_count : 1;
    return WA_OK;
}

const wa_node_class wa_node_class_input = {
    .name = "Input",
    .output_count = 1,
    .config_bytes = sizeof(config),
    .flags = WA_CLASS_ALWAYS_ON,
    .configure = configure,
    .output_channels = output_channels,
    .output_channels_max = output_channels_max,
    .process = process,
};
