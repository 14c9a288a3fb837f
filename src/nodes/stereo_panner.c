/* StereoPanner: equal-power pan of a mono or stereo input to a stereo output.
 * Web Audio 1.1, section "StereoPannerNode", panning algorithm.
 *
 *   mono   x = (pan + 1) / 2              L = in * cos(x pi/2)   R = in * sin(x pi/2)
 *   stereo x = pan + 1 (pan <= 0), or pan; the far side leaks into the near side
 *
 * in[0][1..2][frame] --> out[0][2][frame]. No state, no tail. The same polynomial serves a constant and
 * an a-rate pan, so both give the same bits.
 */
#include "../kernels/mix.h"
#include "../kernels/variants.h"
#include "../node.h"
#include "options.h"

typedef struct gains {
    float left, right;
} gains;

/* sin(x pi/2) for x in [0, 1], within 2e-7; exactly 0 and 1 at the ends: hard left is only left. */
static inline float sine_of_quarter(float x) {
    const float t = x * x;
    return x *
           (1.570796319f + t * (-0.6459637247f +
                                t * (0.07968971213f + t * (-0.004673764018f + t * 0.0001514574748f))));
}

static inline gains gains_at(float x) {
    return (gains){ .left = sine_of_quarter(1.0f - x), .right = sine_of_quarter(x) };
}

KERNEL_LOOP static void pan_mono(float *restrict left, float *restrict right, const float *restrict in,
                                 float pan, uint32_t frames) {
    const gains gain = gains_at(0.5f * (pan + 1.0f));
    for (uint32_t frame = 0; frame < frames; frame++) {
        left[frame] = in[frame] * gain.left;
        right[frame] = in[frame] * gain.right;
    }
}

KERNEL_LOOP static void pan_mono_a_rate(float *restrict left, float *restrict right,
                                        const float *restrict in, const float *restrict pan,
                                        uint32_t frames) {
    for (uint32_t frame = 0; frame < frames; frame++) {
        const gains gain = gains_at(0.5f * (pan[frame] + 1.0f));
        left[frame] = in[frame] * gain.left;
        right[frame] = in[frame] * gain.right;
    }
}

KERNEL_LOOP static void pan_stereo(float *restrict left, float *restrict right,
                                   const float *restrict in_left, const float *restrict in_right,
                                   float pan, uint32_t frames) {
    const gains gain = gains_at(pan <= 0.0f ? pan + 1.0f : pan);
    if (pan <= 0.0f) {
        for (uint32_t frame = 0; frame < frames; frame++) {
            left[frame] = in_left[frame] + in_right[frame] * gain.left;
            right[frame] = in_right[frame] * gain.right;
        }
    } else {
        for (uint32_t frame = 0; frame < frames; frame++) {
            left[frame] = in_left[frame] * gain.left;
            right[frame] = in_right[frame] + in_left[frame] * gain.right;
        }
    }
}

KERNEL_LOOP static void pan_stereo_a_rate(float *restrict left, float *restrict right,
                                          const float *restrict in_left, const float *restrict in_right,
                                          const float *restrict pan, uint32_t frames) {
    for (uint32_t frame = 0; frame < frames; frame++) {
        const bool is_left = pan[frame] <= 0.0f;
        const gains gain = gains_at(is_left ? pan[frame] + 1.0f : pan[frame]);
        const float l = in_left[frame], r = in_right[frame];
        left[frame] = is_left ? l + r * gain.left : l * gain.left;
        right[frame] = is_left ? r * gain.right : r + l * gain.right;
    }
}

static void pan_planes(wa_block *out, const wa_block *in, const wa_param_values *pan, uint32_t frames) {
    float *left = out->planes[0], *right = out->planes[1];
    if (in->channel_count == 1 && pan->is_constant) {
        pan_mono(left, right, in->planes[0], pan->values[0], frames);
    } else if (in->channel_count == 1) {
        pan_mono_a_rate(left, right, in->planes[0], pan->values, frames);
    } else if (pan->is_constant) {
        pan_stereo(left, right, in->planes[0], in->planes[1], pan->values[0], frames);
    } else {
        pan_stereo_a_rate(left, right, in->planes[0], in->planes[1], pan->values, frames);
    }
}

static void pan_one(wa_instance *instance, const wa_quantum *quantum) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    assert(in->channel_count == 1 || in->channel_count == 2);
    assert(out->channel_count == 2);

    out->is_silent = in->is_silent; /* a pan of zeros is zeros */
    if (in->is_silent) {
        kernel_zero(out->planes[0], quantum->frame_count);
        kernel_zero(out->planes[1], quantum->frame_count);
    } else {
        pan_planes(out, in, &instance->params[WA_STEREO_PANNER_PAN], quantum->frame_count);
    }
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        pan_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    assert(instance->inputs[0].channel_count <= 2); /* check_channels() sees to it */
    (void)instance;
    counts[0] = 2;
}

static void output_channels_max(const void *config, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)config, (void)input_max, (void)input_count, (void)output_count;
    counts[0] = 2;
}

static wa_status check_channels(const void *config, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)config, (void)interpretation;
    if (count < 1 || count > 2) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channelCount of a StereoPanner must be 1 or 2, not %u",
                         count);
    }
    if (mode == WA_CHANNEL_COUNT_MODE_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "channelCountMode of a StereoPanner must be clamped-max or explicit, not max");
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    if (options == NULL) {
        return WA_OK;
    }
    const wa_stereo_panner_options *panner = options;
    const wa_status status = option_finite("pan", panner->pan);
    if (status == WA_OK) {
        setup->param_values[WA_STEREO_PANNER_PAN] = panner->pan;
    }
    return status;
}

const wa_node_class wa_node_class_stereo_panner = {
    .name = "StereoPanner",
    .input_count = 1,
    .output_count = 1,
    .param_count = 1,
    .options_bytes = sizeof(wa_stereo_panner_options),
    .channel_count = 2,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_CLAMPED_MAX,
    .params = { [WA_STEREO_PANNER_PAN] = { "pan", .value_default = 0.0f, .value_min = -1.0f,
                                           .value_max = 1.0f } },
    .configure = configure,
    .check_channels = check_channels,
    .output_channels = output_channels,
    .output_channels_max = output_channels_max,
    .process = process,
};
