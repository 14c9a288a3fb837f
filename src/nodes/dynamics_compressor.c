/* DynamicsCompressor: turns down what is loud. Web Audio 1.1, section "DynamicsCompressorNode".
 *
 *   in[0][1..2] --+--> a delay of 6 ms ----------------------> x --> out[0][1..2]
 *                 +--> kernels/compressor: level to gain ------^
 *
 * state    the delay's log, the gain of the last frame, what the params mean
 * channel  the ring of the delay
 *
 * The gain is one for all channels, by the loudest of them. It is that of the input now, for a signal that
 * comes out 6 ms later. The delay is a DelayNode's: of 0.006f seconds, between frames where that is no whole
 * number of them, and the output has the channels of what reaches it. It works in place if the engine likes.
 * Tail: the delay, and until the gain is back at 1: as long as the past would change what comes next.
 * Gain never becomes NaN or infinite; NaN in the input passes once, 6 ms later.
 */
#include "dynamics_compressor.h"
#include "../kernels/compressor.h"
#include "delay.h"
#include "options.h"
#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define LOOK_AHEAD_S  0.006f
#define DB_PER_OCTAVE 6.02059991327962390427 /* 20 log10(2) */
enum { PARAM_COUNT = 5, SPAN_FRAMES = DELAY_SPAN_FRAMES };

typedef struct config {
    double delay_frames;
    uint32_t reach_frames, capacity_frames;
} config;

typedef struct state {
    delay_line line; /* first: delay_write() writes it */
    double gain_octaves;
    compressor_curve curve;
    compressor_rates rates;
    float loud_from;        /* what is below is left alone: the threshold, rounded down */
    float key[PARAM_COUNT]; /* the params that made curve and rates */
    bool is_keyed;
    _Atomic float reduction_db; /* read by control */
} state;

static_assert(offsetof(state, line) == 0, "the state begins with the line of the delay");

/* Threshold, knee and ratio come first, then attack and release. */
static void update_params(state *now, const wa_param_values *params, double sample_rate_hz) {
    float key[PARAM_COUNT];
    for (uint32_t i = 0; i < PARAM_COUNT; i++) {
        key[i] = params[i].values[0];
    }
    if (!now->is_keyed || memcmp(key, now->key, 3 * sizeof *key) != 0) {
        now->curve = compressor_curve_of((double)key[WA_DYNAMICS_COMPRESSOR_THRESHOLD],
                                         (double)key[WA_DYNAMICS_COMPRESSOR_KNEE],
                                         (double)key[WA_DYNAMICS_COMPRESSOR_RATIO]);
        now->loud_from = nextafterf((float)now->curve.threshold, 0.0f);
    }
    if (!now->is_keyed || memcmp(key + 3, now->key + 3, 2 * sizeof *key) != 0) {
        now->rates = compressor_rates_of((double)key[WA_DYNAMICS_COMPRESSOR_ATTACK] * sample_rate_hz,
                                         (double)key[WA_DYNAMICS_COMPRESSOR_RELEASE] * sample_rate_hz);
    }
    memcpy(now->key, key, sizeof key);
    now->is_keyed = true;
}

/* octaves[frames] = the gains for the input at offset; before makeup. */
static void follow(state *now, const wa_block *in, double *octaves, uint32_t offset, uint32_t frames) {
    float level[SPAN_FRAMES];
    const bool is_loud =
        !in->is_silent && kernel_compressor_levels(level, (const float *const *)in->planes,
                                                   in->channel_count, offset, now->loud_from, frames);
    if (!is_loud) {
        memset(octaves, 0, frames * sizeof *octaves);
        if (now->gain_octaves == 0.0) {
            return; /* it has let go and nothing holds it */
        }
    } else {
        kernel_compressor_curve(octaves, level, &now->curve, frames);
    }
    now->gain_octaves = kernel_compressor_envelope(octaves, now->gain_octaves, &now->rates, frames);
}

/* The planes of a span are read before they are written: input and output may be the same. */
static bool compress_span(wa_instance *instance, const wa_quantum *quantum, uint32_t offset,
                          uint32_t frames) {
    const config *compressor = instance->config;
    state *now = instance->state;
    const wa_block *out = &instance->outputs[0];
    double octaves[SPAN_FRAMES];
    float roots[SPAN_FRAMES];
    delay_taps taps;
    follow(now, &instance->inputs[0], octaves, offset, frames);
    taps.frame = quantum->frame + offset;
    taps.count = frames;
    taps.is_fixed = true;
    taps.whole[0] = (uint32_t)compressor->delay_frames;
    taps.fraction[0] = (float)(compressor->delay_frames - taps.whole[0]);
    if (delay_line_read(&now->line, instance->channels, &taps, out->planes, offset, out->channel_count,
                        instance->is_discrete)) {
        return true;
    }
    kernel_compressor_roots(roots, octaves, now->curve.makeup_octaves, frames);
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        kernel_compressor_apply(out->planes[channel] + offset, roots, frames);
    }
    return false;
}

static void compress_one(wa_instance *instance, const wa_quantum *quantum) {
    state *now = instance->state;
    wa_block *out = &instance->outputs[0];
    const uint32_t count = quantum->frame_count;
    update_params(now, instance->params, quantum->sample_rate_hz);
    delay_write(instance, quantum, instance->inputs[0].is_silent);
    out->is_silent = true;
    for (uint32_t offset = 0; offset < count; offset += SPAN_FRAMES) {
        const uint32_t left = count - offset;
        const uint32_t frames = left < SPAN_FRAMES ? left : SPAN_FRAMES;
        out->is_silent = compress_span(instance, quantum, offset, frames) && out->is_silent;
    }
    delay_line_forget(&now->line, quantum->frame + count);
    atomic_store_explicit(&now->reduction_db, (float)(now->gain_octaves * DB_PER_OCTAVE),
                          memory_order_relaxed);
    instance->has_tail = now->line.sounding_entry_count > 0 || now->gain_octaves < 0.0;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        compress_one(instances[i], quantum);
    }
}

/* Those of what this quantum reads, the past and, where it is longer than the delay, what comes now. */
static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const config *compressor = instance->config;
    const state *now = instance->state;
    const wa_block *in = &instance->inputs[0];
    const int64_t frame = (int64_t)instance->frame;
    const int64_t begin = frame - (int64_t)ceil(compressor->delay_frames);
    const int64_t end = frame + instance->end - (int64_t)compressor->delay_frames;
    uint32_t count =
        end > 0 ? delay_line_channel_count(&now->line, begin > 0 ? (uint64_t)begin : 0, (uint64_t)end)
                : 0;
    if (in->is_active && end > frame && in->channel_count > count) {
        count = in->channel_count;
    }
    counts[0] = count > 0 ? count : 1;
}

static void reset(const void *of, void *memory, double sample_rate_hz) {
    (void)sample_rate_hz;
    const config *compressor = of;
    state *now = memory;
    delay_line_reset(&now->line, compressor->capacity_frames, compressor->reach_frames);
    now->gain_octaves = 0.0;
    now->is_keyed = false;
    atomic_store_explicit(&now->reduction_db, 0.0f, memory_order_relaxed);
}

float dynamics_compressor_reduction(const void *of) {
    return atomic_load_explicit(&((const state *)of)->reduction_db, memory_order_relaxed);
}

/* -- Thread: control -- */

static wa_status check_options(const wa_dynamics_compressor_options *options) {
    const struct {
        const char *name;
        float value;
    } rows[] = { { "threshold_db", options->threshold_db },
                 { "knee_db", options->knee_db },
                 { "ratio", options->ratio },
                 { "attack_s", options->attack_s },
                 { "release_s", options->release_s } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const wa_status status = option_finite(rows[row].name, (double)rows[row].value);
        if (status != WA_OK) {
            return status;
        }
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    const wa_dynamics_compressor_options defaults = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
    const wa_dynamics_compressor_options *wanted = options != NULL ? options : &defaults;
    const wa_status status = check_options(wanted);
    if (status != WA_OK) {
        return status;
    }
    config *compressor = setup->config;
    compressor->delay_frames = delay_snapped((double)LOOK_AHEAD_S * env->sample_rate_hz);
    /* One for the older neighbour, one because the reach is counted to the end of what is kept. */
    compressor->reach_frames = (uint32_t)ceil(compressor->delay_frames) + 2;
    compressor->capacity_frames = compressor->reach_frames + env->quantum_frames;
    setup->param_values[WA_DYNAMICS_COMPRESSOR_THRESHOLD] = wanted->threshold_db;
    setup->param_values[WA_DYNAMICS_COMPRESSOR_KNEE] = wanted->knee_db;
    setup->param_values[WA_DYNAMICS_COMPRESSOR_RATIO] = wanted->ratio;
    setup->param_values[WA_DYNAMICS_COMPRESSOR_ATTACK] = wanted->attack_s;
    setup->param_values[WA_DYNAMICS_COMPRESSOR_RELEASE] = wanted->release_s;
    return WA_OK;
}

static wa_status check_channels(const void *of, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)of, (void)interpretation;
    if (count < 1 || count > 2) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "channelCount of a DynamicsCompressor must be 1 or 2, not %u", count);
    }
    if (mode == WA_CHANNEL_COUNT_MODE_MAX) {
        return error_set(
            WA_ERR_NOT_SUPPORTED,
            "channelCountMode of a DynamicsCompressor must be clamped-max or explicit, not max");
    }
    return WA_OK;
}

static uint64_t channel_bytes(const void *of, const wa_class_env *env) {
    (void)env;
    return ((const config *)of)->capacity_frames * sizeof(float);
}

static double latency_frames(const void *of) {
    return ((const config *)of)->delay_frames;
}

#define FIXED_K_RATE .is_k_rate = true, .is_rate_fixed = true

const wa_node_class wa_node_class_dynamics_compressor = {
    .name = "DynamicsCompressor",
    .input_count = 1,
    .output_count = 1,
    .param_count = PARAM_COUNT,
    .options_bytes = sizeof(wa_dynamics_compressor_options),
    .config_bytes = sizeof(config),
    .state_bytes = sizeof(state),
    .flags = WA_CLASS_ALIAS,
    .channel_count = 2,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_CLAMPED_MAX,
    .params = {
        [WA_DYNAMICS_COMPRESSOR_THRESHOLD] = { "threshold", .value_default = -24.0f,
                                               .value_min = -100.0f, .value_max = 0.0f, FIXED_K_RATE },
        [WA_DYNAMICS_COMPRESSOR_KNEE] = { "knee", .value_default = 30.0f, .value_min = 0.0f,
                                          .value_max = 40.0f, FIXED_K_RATE },
        [WA_DYNAMICS_COMPRESSOR_RATIO] = { "ratio", .value_default = 12.0f, .value_min = 1.0f,
                                           .value_max = 20.0f, FIXED_K_RATE },
        [WA_DYNAMICS_COMPRESSOR_ATTACK] = { "attack", .value_default = 0.003f, .value_min = 0.0f,
                                            .value_max = 1.0f, FIXED_K_RATE },
        [WA_DYNAMICS_COMPRESSOR_RELEASE] = { "release", .value_default = 0.25f, .value_min = 0.0f,
                                             .value_max = 1.0f, FIXED_K_RATE },
    },
    .configure = configure,
    .check_channels = check_channels,
    .latency_frames = latency_frames,
    .channel_bytes = channel_bytes,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
