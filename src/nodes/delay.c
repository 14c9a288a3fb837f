/* Delay: the input, delayTime seconds ago. Web Audio 1.1, section "DelayNode".
 *
 * in[0][channels][frame] --> out[0][channels][frame], in place if the engine likes.
 *
 * state    the log of a delay_line: nothing of the past but what it says counts, so reset is O(1)
 * channel  a ring of maxDelayTime and a quantum
 *
 * The delay may change with every frame and lie between two; the signal is interpolated linearly. A
 * whole number of frames within the rounding of delayTime itself is meant as such: 0.3 s at 48 kHz is
 * 14400 frames, not the 14400.0006 of the nearest float. Zero is exact.
 * The output has the channels of what reaches it in the quantum; a past with others is mixed to those.
 * Tail: while anything within maxDelayTime is not silence. In a cycle it is active in those quanta only
 * in which something comes out.
 */
#include "delay.h"
#include "../kernels/mix.h"
#include "options.h"
#include <float.h>

typedef struct config {
    double rate_hz, max_frames;
    float max_delay_time_s;
    uint32_t reach_frames, capacity_frames;
    bool is_in_cycle;
} config;

typedef struct bounds {
    double rate_hz, min_frames, max_frames;
} bounds;

static bounds bounds_of(const config *delay, uint32_t quantum_frames) {
    const double quantum = quantum_frames;
    if (!delay->is_in_cycle) {
        return (bounds){ delay->rate_hz, 0.0, delay->max_frames };
    }
    return (bounds){ delay->rate_hz, quantum,
                     delay->max_frames > quantum ? delay->max_frames : quantum };
}

static inline double frames_of(const bounds *within, float delay_time_s) {
    const double frames = delay_snapped((double)delay_time_s * within->rate_hz);
    const double floored = frames < within->min_frames ? within->min_frames : frames;
    return floored > within->max_frames ? within->max_frames : floored;
}

static void set_taps(delay_taps *taps, const bounds *within, const float *delay_times, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const double frames = frames_of(within, delay_times[i]);
        taps->whole[i] = (uint32_t)frames;
        taps->fraction[i] = (float)(frames - taps->whole[i]);
    }
}

static bool read_line(const wa_instance *instance, const wa_quantum *quantum) {
    const wa_param_values *delay_time = &instance->params[WA_DELAY_DELAY_TIME];
    const wa_block *out = &instance->outputs[0];
    const bounds within = bounds_of(instance->config, quantum->frame_count);
    delay_taps taps;
    taps.is_fixed = delay_time->is_constant;
    if (taps.is_fixed) {
        taps.frame = quantum->frame;
        taps.count = quantum->frame_count;
        set_taps(&taps, &within, delay_time->values, 1);
        return delay_line_read(instance->state, instance->channels, &taps, out->planes, 0,
                               out->channel_count, instance->is_discrete);
    }
    bool is_silent = true;
    for (uint32_t begin = 0; begin < quantum->frame_count; begin += DELAY_SPAN_FRAMES) {
        const uint32_t left = quantum->frame_count - begin;
        taps.frame = quantum->frame + begin;
        taps.count = left < DELAY_SPAN_FRAMES ? left : DELAY_SPAN_FRAMES;
        set_taps(&taps, &within, delay_time->values + begin, taps.count);
        is_silent = delay_line_read(instance->state, instance->channels, &taps, out->planes, begin,
                                    out->channel_count, instance->is_discrete) &&
                    is_silent;
    }
    return is_silent;
}

/* Below 2^-126. NaN is not. */
static bool is_all_quiet(const wa_block *out, uint32_t frames) {
    bool has_more = false;
    for (uint32_t channel = 0; !out->is_silent && channel < out->channel_count; channel++) {
        for (uint32_t frame = 0; frame < frames; frame++) {
            const float value = out->planes[channel][frame];
            has_more |= !(value < FLT_MIN && value > -FLT_MIN);
        }
    }
    return !has_more;
}

static void delay_one(wa_instance *instance, const wa_quantum *quantum) {
    const config *delay = instance->config;
    delay_line *line = instance->state;
    assert(instance->frame == quantum->frame);
    if (!delay->is_in_cycle) {
        delay_write(instance, quantum, instance->inputs[0].is_silent);
    }
    instance->outputs[0].is_silent = read_line(instance, quantum);
    instance->is_at_rest =
        delay->is_in_cycle && is_all_quiet(&instance->outputs[0], quantum->frame_count);
    delay_line_forget(line, quantum->frame + quantum->frame_count);
    instance->has_tail = line->sounding_entry_count > 0;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        delay_one(instances[i], quantum);
    }
}

/* The frames [begin, end) of the past that this quantum reads; begin may lie before the first. */
static void reach_of_quantum(const wa_instance *instance, int64_t *begin, int64_t *end) {
    const wa_param_values *delay_time = &instance->params[WA_DELAY_DELAY_TIME];
    const uint32_t count = instance->end;
    const bounds within = bounds_of(instance->config, count);
    const int64_t frame = (int64_t)instance->frame;
    const double fixed = frames_of(&within, delay_time->values[0]);
    *begin = frame - (int64_t)ceil(fixed);
    *end = frame + count - (int64_t)fixed;
    for (uint32_t i = 0; !delay_time->is_constant && i < count; i++) {
        const double frames = frames_of(&within, delay_time->values[i]);
        const int64_t older = frame + i - (int64_t)ceil(frames), newer = frame + i - (int64_t)frames;
        *begin = i == 0 || older < *begin ? older : *begin;
        *end = i == 0 || newer + 1 > *end ? newer + 1 : *end;
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const wa_block *in = &instance->inputs[0];
    const config *delay = instance->config;
    int64_t begin, end;
    reach_of_quantum(instance, &begin, &end);
    uint32_t count = end > 0 ? delay_line_channel_count(instance->state,
                                                        begin > 0 ? (uint64_t)begin : 0, (uint64_t)end)
                             : 0;
    if (!delay->is_in_cycle && in->is_active && end > (int64_t)instance->frame) {
        count = in->channel_count > count ? in->channel_count : count;
    }
    counts[0] = count > 0 ? count : 1;
}

static void reset(const void *of, void *state, double sample_rate_hz) {
    (void)sample_rate_hz;
    const config *delay = of;
    delay_line_reset(state, delay->capacity_frames, delay->reach_frames);
}

/* -- Thread: control -- */

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static void size_line(config *delay, const wa_class_env *env, double max_delay_time_s) {
    delay->rate_hz = env->sample_rate_hz;
    delay->max_delay_time_s = (float)max_delay_time_s;
    delay->max_frames = delay_snapped(delay->max_delay_time_s * delay->rate_hz);
    /* One for the older neighbour, one because the reach is counted to the end of what is kept. */
    delay->reach_frames = larger((uint32_t)ceil(delay->max_frames), env->quantum_frames) + 2;
    delay->capacity_frames = delay->reach_frames + env->quantum_frames;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    const wa_delay_options defaults = WA_DELAY_OPTIONS_INIT;
    const wa_delay_options *wanted = options != NULL ? options : &defaults;
    wa_status status = option_finite("max_delay_time_s", wanted->max_delay_time_s);
    if (status == WA_OK) {
        status = option_finite("delay_time_s", wanted->delay_time_s);
    }
    if (status != WA_OK) {
        return status;
    }
    if (!(wanted->max_delay_time_s > 0.0 && wanted->max_delay_time_s < WA_DELAY_TIME_MAX_S)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "max_delay_time_s must be above 0 and below %g, not %g",
                         WA_DELAY_TIME_MAX_S, wanted->max_delay_time_s);
    }
    size_line(setup->config, env, wanted->max_delay_time_s);
    setup->param_values[WA_DELAY_DELAY_TIME] = wanted->delay_time_s;
    return WA_OK;
}

static wa_status set_attribute(void *of, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    (void)env;
    if (attribute != WA_ATTRIBUTE_IN_CYCLE) {
        return error_set(WA_ERR_WRONG_TYPE, "a Delay has no such attribute");
    }
    config *delay = of;
    delay->is_in_cycle = number != 0.0;
    return WA_OK;
}

static float param_max(const void *of, uint32_t param_index) {
    assert(param_index == WA_DELAY_DELAY_TIME);
    (void)param_index;
    return ((const config *)of)->max_delay_time_s;
}

static uint64_t channel_bytes(const void *of, const wa_class_env *env) {
    (void)env;
    return ((const config *)of)->capacity_frames * sizeof(float);
}

const wa_node_class wa_node_class_delay = {
    .name = "Delay",
    .input_count = 1,
    .output_count = 1,
    .param_count = 1,
    .options_bytes = sizeof(wa_delay_options),
    .config_bytes = sizeof(config),
    .state_bytes = sizeof(delay_line),
    .flags = WA_CLASS_ALIAS,
    .params = { [WA_DELAY_DELAY_TIME] = { "delayTime", .value_default = 0.0f, .value_min = 0.0f,
                                          .value_max = 1.0f, .is_max_from_config = true } },
    .configure = configure,
    .set_attribute = set_attribute,
    .param_max = param_max,
    .channel_bytes = channel_bytes,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
