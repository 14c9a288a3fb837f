/* Oscillator: a periodic waveform. Web Audio 1.1, section "OscillatorNode".
 *
 *   frequency, detune --> increment (turns per frame) --> phase --> table or sine --> out[0][1][frame]
 *
 * The phase is a 64-bit fraction of a turn: 0 at the exact start, which may lie between two frames,
 * then the sum of the increments. It knows nothing of the type, so that a change of type while it plays
 * keeps the phase. computedOscFrequency is held within +-Nyquist after frequency and detune are combined.
 * The result does not depend on how frames are cut into quanta. No tail.
 */
#include "../kernels/mix.h"
#include "../kernels/wave_table.h"
#include "../node.h"
#include "options.h"
#include <float.h>
#include <stddef.h>

enum { BLOCK_FRAMES = 128 };

typedef struct oscillator_config {
    const wa_resource *wave;
    wa_oscillator_type type;
    float nyquist_hz;
} oscillator_config;

typedef struct oscillator_state {
    uint64_t phase; /* of the next frame */
    uint32_t range; /* last read: where the next search begins */
    bool has_started;
} oscillator_state;

static const wa_wave_data *wave_of(const oscillator_config *config) {
    assert(config->wave != NULL && config->wave->kind == WA_RESOURCE_WAVE);
    return (const wa_wave_data *)config->wave;
}

/* -- Render ------------------------------------------------------------------------------------ */

/* Times in the past mean now: only within its first frame does a start lie between two frames. */
static void start_phase(oscillator_state *state, double first_frame, double start_frame,
                        uint64_t increment, bool is_forward) {
    const double late = first_frame - start_frame;
    const bool is_half = increment == (uint64_t)1 << 63; /* a turn either way: Nyquist */
    const double signed_turns = (double)(int64_t)increment * 0x1p-64;
    const double turns = (is_half && is_forward ? 0.5 : signed_turns) * late;
    state->has_started = true;
    state->phase = late > 0.0 && late < 1.0 ? (uint64_t)(int64_t)(turns * 0x1p62) << 2 : 0;
}

/* The wave may be another one since the last block. */
static const wave_range *range_of(const wa_wave_data *wave, oscillator_state *state,
                                  uint64_t increment) {
    const uint32_t first = state->range < wave->range_count ? state->range : 0;
    state->range = wave_range_find(wave, increment, first);
    return &wave->ranges[state->range];
}

/* A block whose frames share one increment. */
static void render_steady(const wa_wave_data *wave, oscillator_state *state, uint64_t increment,
                          float *out, uint32_t frames) {
    uint32_t phases[BLOCK_FRAMES];
    state->phase = kernel_phase_run(phases, state->phase, increment, frames);
    if (wave->range_count == 0) {
        kernel_sine(out, phases, frames);
    } else {
        kernel_wave(out, phases, range_of(wave, state, increment), frames);
    }
}

static uint64_t magnitude(uint64_t increment) {
    return (int64_t)increment < 0 ? 0 - increment : increment;
}

static bool is_one_range(const wa_wave_data *wave, oscillator_state *state, const uint64_t *increments,
                         uint32_t frames) {
    uint64_t low = UINT64_MAX, high = 0;
    for (uint32_t i = 0; i < frames; i++) {
        const uint64_t now = magnitude(increments[i]);
        low = now < low ? now : low;
        high = now > high ? now : high;
    }
    return range_of(wave, state, low) == range_of(wave, state, high);
}

/* Each frame reads the range of its own increment; mostly they are one. */
static void render_varying(const wa_wave_data *wave, oscillator_state *state,
                           const uint64_t *increments, float *out, uint32_t frames) {
    uint32_t phases[BLOCK_FRAMES];
    state->phase = kernel_phase_sum(phases, state->phase, increments, frames);
    if (wave->range_count == 0) {
        kernel_sine(out, phases, frames);
        return;
    }
    if (is_one_range(wave, state, increments, frames)) {
        kernel_wave(out, phases, &wave->ranges[state->range], frames);
        return;
    }
    uint32_t begin = 0;
    while (begin < frames) {
        const wave_range *range = range_of(wave, state, increments[begin]);
        uint32_t end = begin + 1;
        while (end < frames && range_of(wave, state, increments[end]) == range) {
            end++;
        }
        kernel_wave(out + begin, phases + begin, range, end - begin);
        begin = end;
    }
}

static void increments_of(uint64_t *increments, const wa_param_values *params, uint32_t begin,
                          uint32_t frames, double sample_rate_hz) {
    const wa_param_values *frequency = &params[WA_OSCILLATOR_FREQUENCY];
    const wa_param_values *detune = &params[WA_OSCILLATOR_DETUNE];
    float same[BLOCK_FRAMES];
    const float *frequencies = frequency->values + begin;
    if (frequency->is_constant) {
        for (uint32_t i = 0; i < frames; i++) {
            same[i] = frequency->values[0];
        }
        frequencies = same;
    }
    if (detune->is_constant) {
        kernel_increments(increments, frequencies, (double)detune->values[0], sample_rate_hz, frames);
    } else {
        kernel_increments_detuned(increments, frequencies, detune->values + begin, sample_rate_hz,
                                  frames);
    }
}

static void render_span(wa_instance *instance, const wa_quantum *quantum, uint32_t begin,
                        uint32_t frames) {
    const wa_wave_data *wave = wave_of(instance->config);
    const wa_param_values *params = instance->params;
    oscillator_state *state = instance->state;
    float *out = instance->outputs[0].planes[0] + begin;
    const bool is_steady =
        params[WA_OSCILLATOR_FREQUENCY].is_constant && params[WA_OSCILLATOR_DETUNE].is_constant;

    uint64_t increments[BLOCK_FRAMES];
    increments_of(increments, params, begin, is_steady ? 1 : frames, quantum->sample_rate_hz);
    if (!state->has_started) {
        const wa_param_values *frequency = &params[WA_OSCILLATOR_FREQUENCY];
        start_phase(state, (double)(quantum->frame + begin), instance->start_frame, increments[0],
                    frequency->values[frequency->is_constant ? 0 : begin] > 0.0f);
    }
    if (is_steady) {
        render_steady(wave, state, increments[0], out, frames);
    } else {
        render_varying(wave, state, increments, out, frames);
    }
}

static void oscillator_one(wa_instance *instance, const wa_quantum *quantum) {
    float *out = instance->outputs[0].planes[0];
    assert(instance->outputs[0].channel_count == 1);
    assert(instance->begin <= instance->end && instance->end <= quantum->frame_count);

    kernel_zero(out, instance->begin);
    for (uint32_t begin = instance->begin; begin < instance->end; begin += BLOCK_FRAMES) {
        const uint32_t left = instance->end - begin;
        render_span(instance, quantum, begin, left < BLOCK_FRAMES ? left : BLOCK_FRAMES);
    }
    kernel_zero(out + instance->end, quantum->frame_count - instance->end);
    instance->outputs[0].is_silent = instance->begin == instance->end;
    instance->has_tail = false;
    instance->has_ended = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        oscillator_one(instances[i], quantum);
    }
}

static void reset(const void *config, void *state, double sample_rate_hz) {
    (void)config;
    (void)sample_rate_hz;
    *(oscillator_state *)state = (oscillator_state){ 0 };
}

/* -- Control ----------------------------------------------------------------------------------- */

static wa_status set_basic_type(oscillator_config *config, double number, const wa_class_env *env) {
    if (!(number >= WA_OSCILLATOR_SINE && number <= WA_OSCILLATOR_CUSTOM) || number != floor(number)) {
        return error_set(WA_ERR_TYPE, "type: %g is not a wa_oscillator_type", number);
    }
    const wa_oscillator_type type = (wa_oscillator_type)number;
    if (type == WA_OSCILLATOR_CUSTOM) {
        return error_set(WA_ERR_INVALID_STATE,
                         "type: custom is set by giving a periodic wave, never directly");
    }
    const wa_resource *wave = NULL;
    const wa_status status = env->standard_wave(env->engine, type, &wave);
    if (status == WA_OK) {
        config->wave = wave;
        config->type = type;
    }
    return status;
}

static wa_status set_periodic_wave(oscillator_config *config, const wa_class_env *env) {
    if (env->resource == NULL) {
        return error_set(WA_ERR_TYPE, "periodic_wave: none given");
    }
    assert(env->resource->kind == WA_RESOURCE_WAVE);
    config->wave = env->resource;
    config->type = WA_OSCILLATOR_CUSTOM;
    return WA_OK;
}

static wa_status set_attribute(void *config, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    switch (attribute) {
    case WA_ATTRIBUTE_TYPE:
        return set_basic_type(config, number, env);
    case WA_ATTRIBUTE_RESOURCE:
        return set_periodic_wave(config, env);
    case WA_ATTRIBUTE_REARM:
        return WA_OK; /* start() left nothing in the config */
    default:
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: an oscillator has none numbered %d",
                         (int)attribute);
    }
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    static const wa_oscillator_options defaults = WA_OSCILLATOR_OPTIONS_INIT;
    const wa_oscillator_options *chosen = options != NULL ? options : &defaults;
    oscillator_config *config = setup->config;

    wa_status status = option_finite("frequency_hz", (double)chosen->frequency_hz);
    if (status == WA_OK) {
        status = option_finite("detune_cents", (double)chosen->detune_cents);
    }
    if (status == WA_OK) {
        status = env->resource != NULL ? set_periodic_wave(config, env)
                                       : set_basic_type(config, (double)chosen->type, env);
    }
    if (status == WA_OK) {
        config->nyquist_hz = (float)(env->sample_rate_hz / 2.0);
        setup->param_values[WA_OSCILLATOR_FREQUENCY] = chosen->frequency_hz;
        setup->param_values[WA_OSCILLATOR_DETUNE] = chosen->detune_cents;
    }
    return status;
}

static float param_max(const void *config, uint32_t param_index) {
    assert(param_index == WA_OSCILLATOR_FREQUENCY);
    return ((const oscillator_config *)config)->nyquist_hz;
}

const wa_node_class wa_node_class_oscillator = {
    .name = "Oscillator",
    .output_count = 1,
    .param_count = 2,
    .options_bytes = sizeof(wa_oscillator_options),
    .config_bytes = sizeof(oscillator_config),
    .state_bytes = sizeof(oscillator_state),
    .flags = WA_CLASS_SOURCE,
    .resource_kind = WA_RESOURCE_WAVE,
    .options_resource_offset = offsetof(wa_oscillator_options, periodic_wave),
    .params = { [WA_OSCILLATOR_FREQUENCY] = { .name = "frequency",
                                              .value_default = 440.0f,
                                              .value_min = -FLT_MAX,
                                              .value_max = FLT_MAX,
                                              .is_compound = true,
                                              .is_max_from_config = true,
                                              .is_min_of_max = true },
                [WA_OSCILLATOR_DETUNE] = { .name = "detune",
                                           .value_min = -153600.0f,
                                           .value_max = 153600.0f,
                                           .is_compound = true } },
    .configure = configure,
    .set_attribute = set_attribute,
    .param_max = param_max,
    .reset = reset,
    .process = process,
};
