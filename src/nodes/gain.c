/* Gain: every frame of every channel times gain. Web Audio 1.1, section "GainNode".
 *
 * in[0][channels][frame] --> out[0][channels][frame], in place if the engine likes. No state, no tail.
 * A constant gain of 0 is silence whatever comes in, infinities and NaN included: a muted bus is mute.
 */
#include "../kernels/mix.h"
#include "../kernels/variants.h"
#include "../node.h"
#include "options.h"
#include <float.h>

/* In place and out of place apart: each has no aliasing left for the compiler to check. */
KERNEL_LOOP static void scale(float *restrict out, const float *restrict in, float gain,
                              uint32_t frames) {
    for (uint32_t frame = 0; frame < frames; frame++) {
        out[frame] = in[frame] * gain;
    }
}

KERNEL_LOOP static void scale_in_place(float *plane, float gain, uint32_t frames) {
    for (uint32_t frame = 0; frame < frames; frame++) {
        plane[frame] *= gain;
    }
}

KERNEL_LOOP static void multiply(float *restrict out, const float *restrict in,
                                 const float *restrict gains, uint32_t frames) {
    for (uint32_t frame = 0; frame < frames; frame++) {
        out[frame] = in[frame] * gains[frame];
    }
}

KERNEL_LOOP static void multiply_in_place(float *restrict plane, const float *restrict gains,
                                          uint32_t frames) {
    for (uint32_t frame = 0; frame < frames; frame++) {
        plane[frame] *= gains[frame];
    }
}

static void gain_plane(float *out, const float *in, const wa_param_values *gain, uint32_t frames) {
    const bool is_in_place = out == in;
    if (!gain->is_constant) {
        if (is_in_place) {
            multiply_in_place(out, gain->values, frames);
        } else {
            multiply(out, in, gain->values, frames);
        }
    } else if (gain->values[0] != 1.0f) {
        if (is_in_place) {
            scale_in_place(out, gain->values[0], frames);
        } else {
            scale(out, in, gain->values[0], frames);
        }
    } else if (!is_in_place) {
        kernel_copy(out, in, frames);
    }
}

static void gain_one(wa_instance *instance, const wa_quantum *quantum) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    const wa_param_values *gain = &instance->params[WA_GAIN_GAIN];
    assert(out->channel_count == in->channel_count);

    out->is_silent = in->is_silent || (gain->is_constant && gain->values[0] == 0.0f);
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        if (out->is_silent) {
            kernel_zero(out->planes[channel], quantum->frame_count);
        } else {
            gain_plane(out->planes[channel], in->planes[channel], gain, quantum->frame_count);
        }
    }
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        gain_one(instances[i], quantum);
    }
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    if (options == NULL) {
        return WA_OK;
    }
    const wa_gain_options *gain = options;
    const wa_status status = option_finite("gain", gain->gain);
    if (status == WA_OK) {
        setup->param_values[WA_GAIN_GAIN] = gain->gain;
    }
    return status;
}

const wa_node_class wa_node_class_gain = {
    .name = "Gain",
    .input_count = 1,
    .output_count = 1,
    .param_count = 1,
    .options_bytes = sizeof(wa_gain_options),
    .flags = WA_CLASS_ALIAS,
    .params = { [WA_GAIN_GAIN] = { "gain", .value_default = 1.0f, .value_min = -FLT_MAX,
                                   .value_max = FLT_MAX } },
    .configure = configure,
    .process = process,
};
