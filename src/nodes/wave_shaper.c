/* WaveShaper: a curve applied to every frame. Web Audio 1.1, section "WaveShaperNode".
 *
 * in[0][channels][frame] --> out[0][channels][frame], in place if the engine likes.
 *
 * config   the curve, shared by all nodes that use it, and what it makes of silence
 * channel  the past of the oversampling filters; only while those run
 *
 * Without a curve the input passes as it is. With one it has a tail only while it oversamples: as long as its
 * filters remember the input. Then a channel count that grows does so at once, the new channels with the past
 * that mixing would have given them, and one that falls waits until the wider input is forgotten.
 * Filters begin as if silence had come for ever, so that a curve with f(0) != 0 gives its DC from the first
 * frame on; such a node sounds without any input.
 */
#include "../kernels/mix.h"
#include "../kernels/shaper.h"
#include "../node.h"
#include "layout.h"
#include "options.h"

static_assert((int)WA_WAVE_SHAPER_LATENCY_2X_FRAMES == (int)SHAPER_2X_LATENCY_FRAMES &&
                  (int)WA_WAVE_SHAPER_LATENCY_4X_FRAMES == (int)SHAPER_4X_LATENCY_FRAMES,
              "the latency that the header promises is that of the filters");

typedef struct config {
    const wa_resource *curve; /* NULL: none */
    wa_oversample oversample;
    float at_zero; /* what the curve makes of silence */
} config;

typedef struct state {
    wa_oversample oversample; /* of the filters that have a past */
    uint32_t live_count;      /* channels with a past; 0: as new */
    uint32_t quiet_frames;    /* since anything but silence came */
    uint32_t narrow_frames;   /* since as many channels came as live */
    uint32_t next_count;      /* the most channels that have come since */
} state;

static shaper_curve curve_of(const config *shaper) {
    assert(shaper->curve->kind == WA_RESOURCE_CURVE);
    const wa_curve_data *data = (const wa_curve_data *)shaper->curve;
    return (shaper_curve){ .points = data->points, .count = data->point_count };
}

static bool is_oversampled(const config *shaper) {
    return shaper->curve != NULL && shaper->oversample != WA_OVERSAMPLE_NONE;
}

/* Channels whose past still counts: not after another kind of oversampling, nor after a time asleep. */
static uint32_t live_count_of(const wa_instance *instance) {
    const config *shaper = instance->config;
    const state *now = instance->state;
    const bool is_same = is_oversampled(shaper) && now->oversample == shaper->oversample;
    return is_same && instance->gap_frames == 0 ? now->live_count : 0;
}

/* -- Plain -- */

static void fill(const wa_block *out, float value, uint32_t frames) {
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        for (uint32_t frame = 0; frame < frames; frame++) {
            out->planes[channel][frame] = value;
        }
    }
}

static void pass(const wa_block *out, const wa_block *in, uint32_t frames) {
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        if (out->planes[channel] != in->planes[channel]) {
            kernel_copy(out->planes[channel], in->planes[channel], frames);
        }
    }
}

static void shape_plain(wa_instance *instance, uint32_t frames) {
    const config *shaper = instance->config;
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    instance->has_tail = false;
    out->is_silent = in->is_silent && (shaper->curve == NULL || shaper->at_zero == 0.0f);
    if (in->is_silent) {
        fill(out, shaper->curve == NULL ? 0.0f : shaper->at_zero, frames);
    } else if (shaper->curve == NULL) {
        pass(out, in, frames);
    } else {
        const shaper_curve curve = curve_of(shaper);
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_shape(out->planes[channel], in->planes[channel], &curve, frames);
        }
    }
}

/* -- Oversampled -- */

static uint32_t memory_frames(const config *shaper) {
    return shaper->oversample == WA_OVERSAMPLE_2X ? SHAPER_2X_MEMORY_FRAMES : SHAPER_4X_MEMORY_FRAMES;
}

static void widen(wa_instance *instance) {
    const config *shaper = instance->config;
    state *now = instance->state;
    shaper_history silent;
    shaper_history_init(&silent, shaper->at_zero);
    layout_widen(instance, now->live_count, instance->outputs[0].channel_count, sizeof silent, &silent);
    now->live_count = instance->outputs[0].channel_count;
}

static void shape_channels(wa_instance *instance, uint32_t frames) {
    const config *shaper = instance->config;
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    const shaper_curve curve = curve_of(shaper);
    const bool is_own = in->is_silent || in->channel_count < out->channel_count;
    if (is_own) {
        layout_input(instance, frames);
    }
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        assert(channel < instance->channel_capacity);
        (shaper->oversample == WA_OVERSAMPLE_2X ? kernel_shape_2x : kernel_shape_4x)(
            out->planes[channel], is_own ? out->planes[channel] : in->planes[channel], &curve,
            instance->channels[channel], frames);
    }
}

/* Counters stop where nothing is remembered any more. */
static uint32_t later(uint32_t since_frames, uint32_t frames, uint32_t memory) {
    return frames < memory - since_frames ? since_frames + frames : memory;
}

static void narrow_when_forgotten(wa_instance *instance, uint32_t frames) {
    const uint32_t arriving = instance->inputs[0].channel_count;
    const uint32_t memory = memory_frames(instance->config);
    state *now = instance->state;
    if (arriving >= now->live_count) {
        now->narrow_frames = now->next_count = 0;
        return;
    }
    now->narrow_frames = later(now->narrow_frames, frames, memory);
    now->next_count = arriving > now->next_count ? arriving : now->next_count;
    if (now->narrow_frames == memory) {
        layout_narrow(instance, now->live_count, now->next_count, sizeof(shaper_history));
        now->live_count = now->next_count;
        now->narrow_frames = now->next_count = 0;
    }
}

static void shape_oversampled(wa_instance *instance, uint32_t frames) {
    const config *shaper = instance->config;
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    state *now = instance->state;
    const uint32_t live_count = live_count_of(instance), memory = memory_frames(shaper);
    if (live_count == 0) {
        *now = (state){ .oversample = shaper->oversample, .quiet_frames = memory };
    }
    instance->has_tail = false;
    out->is_silent = in->is_silent && live_count == 0 && shaper->at_zero == 0.0f;
    if (out->is_silent) {
        fill(out, 0.0f, frames);
        return;
    }
    assert(out->channel_count >= now->live_count);
    if (out->channel_count > now->live_count) {
        widen(instance);
    }
    shape_channels(instance, frames);
    narrow_when_forgotten(instance, frames);
    now->quiet_frames = in->is_silent ? later(now->quiet_frames, frames, memory) : 0;
    if (now->quiet_frames == memory && shaper->at_zero == 0.0f) {
        now->live_count = 0;
    }
    instance->has_tail = now->quiet_frames < memory;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        if (is_oversampled(instances[i]->config)) {
            shape_oversampled(instances[i], quantum->frame_count);
        } else {
            ((state *)instances[i]->state)->live_count = 0;
            shape_plain(instances[i], quantum->frame_count);
        }
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const uint32_t live_count = live_count_of(instance);
    const uint32_t arriving = instance->inputs[0].channel_count;
    counts[0] = arriving > live_count ? arriving : live_count;
}

static void reset(const void *of, void *memory, double sample_rate_hz) {
    (void)of, (void)sample_rate_hz;
    *(state *)memory = (state){ 0 };
}

static bool sounds_alone(const void *of) {
    return ((const config *)of)->at_zero != 0.0f; /* NaN too */
}

/* -- Thread: control -- */

static void set_curve(config *shaper, const wa_resource *resource) {
    const float silence = 0.0f;
    shaper->curve = resource;
    shaper->at_zero = 0.0f;
    if (resource != NULL) {
        const shaper_curve curve = curve_of(shaper);
        kernel_shape(&shaper->at_zero, &silence, &curve, 1);
    }
}

static wa_status set_oversample(config *shaper, double number) {
    if (number != (double)WA_OVERSAMPLE_NONE && number != (double)WA_OVERSAMPLE_2X &&
        number != (double)WA_OVERSAMPLE_4X) {
        return error_set(WA_ERR_TYPE, "oversample must be one of wa_oversample, [0, 2], not %g",
                         number);
    }
    shaper->oversample = (wa_oversample)(int)number;
    return WA_OK;
}

static wa_status set_attribute(void *of, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    switch (attribute) {
    case WA_ATTRIBUTE_RESOURCE:
        set_curve(of, env->resource);
        return WA_OK;
    case WA_ATTRIBUTE_TYPE:
        return set_oversample(of, number);
    default:
        return error_set(WA_ERR_WRONG_TYPE, "a WaveShaper has no such attribute");
    }
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    set_curve(setup->config, env->resource);
    return options == NULL
               ? WA_OK
               : set_oversample(setup->config,
                                (double)((const wa_wave_shaper_options *)options)->oversample);
}

static double latency_frames(const void *of) {
    const config *shaper = of;
    return !is_oversampled(shaper)                  ? 0.0
           : shaper->oversample == WA_OVERSAMPLE_2X ? WA_WAVE_SHAPER_LATENCY_2X_FRAMES
                                                    : WA_WAVE_SHAPER_LATENCY_4X_FRAMES;
}

static uint64_t channel_bytes(const void *of, const wa_class_env *env) {
    (void)of, (void)env;
    return sizeof(shaper_history);
}

const wa_node_class wa_node_class_wave_shaper = {
    .name = "WaveShaper",
    .input_count = 1,
    .output_count = 1,
    .options_bytes = sizeof(wa_wave_shaper_options),
    .config_bytes = sizeof(config),
    .state_bytes = sizeof(state),
    .flags = WA_CLASS_ALIAS,
    .resource_kind = WA_RESOURCE_CURVE,
    .options_resource_offset = offsetof(wa_wave_shaper_options, curve),
    .options_count_offset = offsetof(wa_wave_shaper_options, curve_count),
    .configure = configure,
    .set_attribute = set_attribute,
    .latency_frames = latency_frames,
    .channel_bytes = channel_bytes,
    .reset = reset,
    .output_channels = output_channels,
    .sounds_alone = sounds_alone,
    .process = process,
};
