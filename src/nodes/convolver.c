/* Convolver: the input with an impulse response. Web Audio 1.1, section "ConvolverNode".
 *
 * in[0][1..2][frame] --> kernels/convolution --> out[0][1..2][frame]
 *
 *   response       mono input           stereo input
 *   1 channel      mono                 each side with it
 *   2 channels     left, right          left with the first, right with the second
 *   4 channels     M with 1 + 3, 2 + 4  L with 1 + R with 3, L with 2 + R with 4
 *
 * config   the response, shared; and this node's memory for it
 * state    which memory sounds, and which one fades out. Nothing is held once the tail is over
 *
 * A response that is replaced while it sounds fades out over FADE_S, and the new one, which has heard
 * nothing yet, fades in: linear, both from the first frame of a quantum. Set again in that time, the next
 * fade begins when this one is over. Without a response the output is one channel of silence.
 * Tail: the length of the response, from the last frame that was not zero.
 */
#include "../kernels/convolution.h"
#include "../kernels/mix.h"
#include "options.h"
#include <stdatomic.h>
#include <stddef.h>

#define FADE_S 0.01

typedef struct config {
    const wa_resource *response; /* NULL: none */
    wa_node_memory *memory;
    bool is_normalizing;
    bool was_wide; /* some response of this node has had more than one channel: it may still fade out */
} config;
static_assert(offsetof(config, memory) == offsetof(wa_resource_config, memory), "it begins like that");

typedef struct state {
    wa_node_memory *current; /* has heard something that it has yet to say. Held; NULL: none */
    wa_node_memory *leaving; /* likewise, and fades out */
    uint32_t fade_left, fade_frames;
    bool was_deaf; /* something came in the last quantum, and there was no response */
} state;

static const convolution_plan *plan_of(const wa_resource *response) {
    assert(response->kind == WA_RESOURCE_RESPONSE);
    return &((const wa_response_data *)response)->plan;
}

/* -- Render ------------------------------------------------------------------------------------ */

static void hold(wa_node_memory **place, wa_node_memory *memory) {
    atomic_store_explicit(&memory->is_held, true, memory_order_relaxed);
    (void)convolution_begin(plan_of(memory->resource), memory->bytes);
    *place = memory;
}

static void let_go(wa_node_memory **place) {
    if (*place != NULL) {
        atomic_store_explicit(&(*place)->is_held, false, memory_order_release);
        *place = NULL;
    }
}

static void forget(state *of) {
    let_go(&of->current);
    let_go(&of->leaving);
    of->fade_left = 0;
    of->was_deaf = false;
}

static void reset(const void *of, void *memory, double sample_rate_hz) {
    (void)of;
    (void)sample_rate_hz;
    forget(memory);
}

/* It was muted meanwhile, for what rings does not sleep; then what it remembers is of another time. */
static bool was_away(const wa_instance *instance) {
    return instance->gap_frames > 0;
}

/* What is there to hear in this quantum. */
typedef struct cast {
    const wa_node_memory *current, *leaving; /* NULL: none */
    bool has_heard;                          /* current */
    bool is_fading, is_new;                  /* the fade begins now */
} cast;

static cast cast_of(const wa_instance *instance) {
    const config *of = instance->config;
    const state *now = instance->state;
    if (was_away(instance)) {
        return (cast){ .current = of->memory };
    }
    const bool is_new =
        now->fade_left == 0 &&
        (now->current != NULL ? now->current != of->memory : now->was_deaf && of->memory != NULL);
    if (is_new) {
        return (cast){ of->memory, now->current, .is_fading = true, .is_new = true };
    }
    return (cast){ .current = now->current != NULL ? now->current : of->memory,
                   .leaving = now->leaving,
                   .has_heard = now->current != NULL,
                   .is_fading = now->fade_left > 0 };
}

static bool is_stereo(const wa_block *in) {
    return in->is_active && in->channel_count == 2;
}

static uint32_t channels_of(const wa_node_memory *memory, bool has_heard, bool is_stereo_now) {
    if (memory == NULL) {
        return 1;
    }
    return plan_of(memory->resource)->channel_count > 1 || is_stereo_now ||
                   (has_heard && convolution_is_stereo(memory->bytes))
               ? 2
               : 1;
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const cast now = cast_of(instance);
    const bool is_stereo_now = is_stereo(&instance->inputs[0]);
    const uint32_t current = channels_of(now.current, now.has_heard, is_stereo_now);
    const uint32_t leaving = channels_of(now.leaving, true, is_stereo_now);
    counts[0] = current > leaving ? current : leaving;
}

/* Frames up to the last that is not zero; NaN is not. */
static uint32_t sound_frames(const wa_block *in, uint32_t frames) {
    uint32_t sound = 0;
    for (uint32_t channel = 0; in->is_active && !in->is_silent && channel < in->channel_count;
         channel++) {
        const float *plane = in->planes[channel];
        uint32_t end = frames;
        while (end > sound && plane[end - 1] == 0.0f) {
            end--;
        }
        sound = end > sound ? end : sound;
    }
    return sound;
}

/* A mono input is both sides; of a mono response, which has sides only by the input's, that is up-mixing
 * and goes by the interpretation. */
static convolution_input input_for(const wa_node_memory *memory, const wa_instance *instance,
                                   uint32_t sound) {
    const wa_block *in = &instance->inputs[0];
    const bool is_left_only = instance->is_discrete && plan_of(memory->resource)->channel_count == 1;
    if (sound == 0) {
        return (convolution_input){ 0 };
    }
    return (convolution_input){ .left = in->planes[0],
                                .right = in->channel_count == 2 ? in->planes[1]
                                         : is_left_only         ? NULL
                                                                : in->planes[0],
                                .sound_frames = sound,
                                .is_stereo = in->channel_count == 2 };
}

static uint64_t planes_offset(const convolution_plan *plan) {
    return (convolution_bytes(plan) + 63) / 64 * 64;
}

static uint32_t plane_frames(const convolution_plan *plan) {
    return plan->levels[0].transform.point_count;
}

/* Ahead of where the fade will have come to after `frames`. */
static float gain_after(const state *of, uint32_t frames) {
    const uint32_t left = of->fade_left > frames ? of->fade_left - frames : 0;
    return (float)left / (float)of->fade_frames;
}

static uint32_t fading_frames(const state *of, uint32_t begin, uint32_t count) {
    const uint32_t left = of->fade_left > begin ? of->fade_left - begin : 0;
    return left < count ? left : count;
}

static void fade_in(const state *of, const wa_block *out, uint32_t frames) {
    const uint32_t fading = fading_frames(of, 0, frames);
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        kernel_ramp(out->planes[channel], 1.0f - gain_after(of, 0), 1.0f - gain_after(of, fading),
                    fading);
    }
}

/* It sounds in planes of its own, a step at a time, and is added. */
static void fade_out(state *of, const wa_instance *instance, uint32_t sound, uint32_t frames) {
    const convolution_plan *plan = plan_of(of->leaving->resource);
    const wa_block *out = &instance->outputs[0];
    float *own = (float *)(void *)((char *)of->leaving->bytes + planes_offset(plan));
    float *planes[2] = { own, own + plane_frames(plan) };
    convolution_input in = input_for(of->leaving, instance, sound);
    for (uint32_t begin = 0; begin < frames;) {
        const uint32_t left = frames - begin;
        const uint32_t count = left < plan->step_frames ? left : plan->step_frames;
        const uint32_t fading = fading_frames(of, begin, count);
        convolution_process(of->leaving->bytes, &in, planes, out->channel_count, count);
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_ramp(planes[channel], gain_after(of, begin), gain_after(of, begin + fading), fading);
            kernel_add(out->planes[channel] + begin, planes[channel], fading);
        }
        in.left = in.left != NULL ? in.left + count : NULL;
        in.right = in.right != NULL ? in.right + count : NULL;
        in.sound_frames -= in.sound_frames < count ? in.sound_frames : count;
        begin += count;
    }
}

static void begin_quantum(state *of, const wa_instance *instance, uint32_t sound,
                          double sample_rate_hz) {
    const cast now = cast_of(instance);
    wa_node_memory *wanted = ((const config *)instance->config)->memory;
    if (was_away(instance)) {
        forget(of);
    }
    if (now.is_new) {
        of->leaving = of->current;
        of->current = NULL;
        of->fade_left = of->fade_frames = (uint32_t)ceil(FADE_S * sample_rate_hz);
    }
    if (of->current == NULL && wanted != NULL && sound > 0) {
        assert(wanted != of->leaving);
        hold(&of->current, wanted);
    }
    of->was_deaf = wanted == NULL && sound > 0;
}

static bool rings(const wa_node_memory *memory) {
    return memory != NULL && convolution_rings(memory->bytes);
}

/* A response of one frame has no tail, and still fades if it is replaced while something sounds. */
static void end_quantum(state *of, bool sounds_on, uint32_t frames) {
    of->fade_left = of->fade_left > frames ? of->fade_left - frames : 0;
    if (of->fade_left == 0 || (!rings(of->leaving) && !sounds_on)) {
        let_go(&of->leaving);
    }
    if (!rings(of->current) && !sounds_on) {
        let_go(&of->current);
    }
}

static void convolver_one(wa_instance *instance, const wa_quantum *quantum) {
    state *of = instance->state;
    wa_block *out = &instance->outputs[0];
    const uint32_t frames = quantum->frame_count, sound = sound_frames(&instance->inputs[0], frames);
    begin_quantum(of, instance, sound, quantum->sample_rate_hz);
    out->is_silent = of->current == NULL && of->leaving == NULL;
    if (of->current != NULL) {
        const convolution_input in = input_for(of->current, instance, sound);
        convolution_process(of->current->bytes, &in, out->planes, out->channel_count, frames);
        if (of->fade_left > 0) {
            fade_in(of, out, frames);
        }
    } else {
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_zero(out->planes[channel], frames);
        }
    }
    if (of->leaving != NULL) {
        fade_out(of, instance, sound, frames);
    }
    end_quantum(of, sound == frames, frames);
    instance->has_tail = rings(of->current) || rings(of->leaving);
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        convolver_one(instances[i], quantum);
    }
}

/* -- Control ----------------------------------------------------------------------------------- */

static wa_status set_buffer(config *of, const wa_class_env *env) {
    of->response = NULL;
    if (env->resource == NULL) {
        return WA_OK;
    }
    assert(env->resource->kind == WA_RESOURCE_BUFFER);
    const wa_buffer_data *buffer = (const wa_buffer_data *)env->resource;
    const uint32_t channels = buffer->channel_count;
    if (channels != 1 && channels != 2 && channels != 4) {
        return error_set(WA_ERR_NOT_SUPPORTED, "buffer: %u channels; a response has 1, 2 or 4",
                         channels);
    }
    if ((double)buffer->sample_rate_hz != env->sample_rate_hz) {
        return error_set(WA_ERR_NOT_SUPPORTED, "buffer: its rate is %g Hz, the context's is %g",
                         (double)buffer->sample_rate_hz, env->sample_rate_hz);
    }
    const wa_status status =
        env->response(env->engine, buffer, of->is_normalizing, env->quantum_frames, &of->response);
    if (status == WA_OK) {
        *env->made = of->response;
        of->was_wide = of->was_wide || channels > 1;
    }
    return status;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    const wa_convolver_options *chosen = options;
    config *of = setup->config;
    of->is_normalizing = chosen == NULL || !chosen->disable_normalization;
    return set_buffer(of, env);
}

static wa_status set_attribute(void *of, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    switch (attribute) {
    case WA_ATTRIBUTE_RESOURCE:
        return set_buffer(of, env);
    case WA_ATTRIBUTE_NORMALIZE:
        ((config *)of)->is_normalizing = number != 0.0;
        return WA_OK;
    default:
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: a convolver has none numbered %d",
                         (int)attribute);
    }
}

static wa_status check_channels(const void *of, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)of;
    (void)interpretation;
    if (count > 2) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count of a Convolver is 1 or 2, not %u", count);
    }
    if (mode == WA_CHANNEL_COUNT_MODE_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count_mode of a Convolver cannot be max");
    }
    return WA_OK;
}

static void output_channels_max(const void *of, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)input_count;
    (void)output_count;
    counts[0] = ((const config *)of)->was_wide || input_max[0] > 1 ? 2 : 1;
}

/* The planes are for a time when it fades. */
static uint64_t memory_bytes(const wa_resource *response) {
    const convolution_plan *plan = plan_of(response);
    return planes_offset(plan) + (uint64_t)2 * plane_frames(plan) * sizeof(float);
}

const wa_node_class wa_node_class_convolver = {
    .name = "Convolver",
    .input_count = 1,
    .output_count = 1,
    .options_bytes = sizeof(wa_convolver_options),
    .config_bytes = sizeof(config),
    .state_bytes = sizeof(state),
    .channel_count = 2,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_CLAMPED_MAX,
    .resource_kind = WA_RESOURCE_BUFFER,
    .options_resource_offset = offsetof(wa_convolver_options, buffer),
    .configure = configure,
    .set_attribute = set_attribute,
    .check_channels = check_channels,
    .memory_bytes = memory_bytes,
    .output_channels_max = output_channels_max,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
