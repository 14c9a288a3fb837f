/* Destination: where the graph leaves the engine. Web Audio 1.1, "AudioDestinationNode".
 *
 * in[0][channels][frame] --> the planes of the context's output, and out[0] so that what is heard can be
 * captured. The engine mixes the input to channelCount; where the context puts out more, what is heard is mixed
 * up to them by the speaker rules, so that mono is in the middle. An input that is not active is one channel of
 * silence. Values pass as they are, beyond [-1, +1] and not finite alike.
 */
#include "../kernels/mix.h"
#include "../node.h"

static void write_planes(float *const *planes, uint32_t plane_count, const wa_block *in,
                         uint32_t frames) {
    for (uint32_t channel = 0; channel < plane_count; channel++) {
        if (in->is_silent || channel >= in->channel_count) {
            kernel_zero(planes[channel], frames);
        } else if (planes[channel] != in->planes[channel]) {
            kernel_copy(planes[channel], in->planes[channel], frames);
        }
    }
}

static void be_heard(const wa_block *in, const wa_quantum *quantum) {
    if (in->is_silent || in->channel_count >= quantum->output_count) {
        write_planes(quantum->outputs, quantum->output_count, in, quantum->frame_count);
    } else {
        kernel_mix_set(quantum->outputs, quantum->output_count, (const float *const *)in->planes,
                       in->channel_count, true, quantum->frame_count);
    }
}

static void destination_one(wa_instance *instance, const wa_quantum *quantum) {
    const wa_block *in = &instance->inputs[0];
    be_heard(in, quantum);
    if (instance->output_count > 0) {
        wa_block *out = &instance->outputs[0];
        write_planes(out->planes, out->channel_count, in, quantum->frame_count);
        out->is_silent = in->is_silent;
    }
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        destination_one(instances[i], quantum);
    }
}

const wa_node_class wa_node_class_destination = {
    .name = "AudioDestination",
    .input_count = 1,
    .output_count = 1,
    .flags = WA_CLASS_ALWAYS_ON | WA_CLASS_ALIAS,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT,
    .process = process,
};
