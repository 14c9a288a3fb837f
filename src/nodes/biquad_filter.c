/* BiquadFilter: eight second-order filters. Web Audio 1.1, section "BiquadFilterNode".
 *
 * in[0][channels][frame] --> out[0][channels][frame], in place if the engine likes.
 *
 * state    the coefficients of the last parameters seen: constant ones are turned into coefficients once
 * channel  a history in double; only those of the first `live_count` channels mean anything
 *
 * Tail: it rings until no channel could swell to 2^-24 of full scale again, then its histories count as
 * zero. The channel count grows at once, the new channels with the past that mixing would have given
 * them; it falls only when what came in while it was wider has decayed by 2^-24 as well.
 * NaN and infinity never stick: see kernel_biquad_lanes().
 */
#include "biquad_filter.h"
#include "../kernels/biquad.h"
#include "../kernels/mix.h"
#include "../node.h"
#include "layout.h"
#include "options.h"
#include <float.h>
#include <string.h>

enum { PARAM_COUNT = 4 };

typedef struct config {
    wa_biquad_filter_type type;
    float nyquist_hz;
} config;

typedef struct state {
    biquad_coefficients coefficients; /* of the last frame */
    float key[PARAM_COUNT];           /* the constant parameters that made them */
    wa_biquad_filter_type key_type;
    bool is_keyed;
    uint32_t live_count; /* channels with a past: 0 is as new */
    double wide_level;   /* what is left of the input that had more channels than now, 1 when new */
    uint32_t next_count; /* the most channels that have come since */
} state;

static biquad_history *history_of(const wa_instance *instance, uint32_t channel) {
    assert(channel < instance->channel_capacity);
    return instance->channels[channel];
}

/* -- Coefficients -- */

static bool are_constant(const wa_param_values *params) {
    return params[WA_BIQUAD_FILTER_FREQUENCY].is_constant &&
           params[WA_BIQUAD_FILTER_DETUNE].is_constant && params[WA_BIQUAD_FILTER_Q].is_constant &&
           params[WA_BIQUAD_FILTER_GAIN].is_constant;
}

static void update_constant(const config *filter, state *now, const wa_param_values *params) {
    float key[PARAM_COUNT];
    for (uint32_t i = 0; i < PARAM_COUNT; i++) {
        key[i] = params[i].values[0];
    }
    if (now->is_keyed && now->key_type == filter->type && memcmp(key, now->key, sizeof key) == 0) {
        return;
    }
    const biquad_shape shape = {
        .frequency = biquad_frequency(key[WA_BIQUAD_FILTER_FREQUENCY],
                                      biquad_detune(key[WA_BIQUAD_FILTER_DETUNE]), filter->nyquist_hz),
        .q = biquad_q(filter->type, key[WA_BIQUAD_FILTER_Q]),
        .amplitude = biquad_amplitude(key[WA_BIQUAD_FILTER_GAIN]),
    };
    now->coefficients = biquad_coefficients_of(filter->type, &shape);
    memcpy(now->key, key, sizeof key);
    now->key_type = filter->type;
    now->is_keyed = true;
}

static void fill(double *values, double value, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        values[i] = value;
    }
}

/* Parameters that are constant are converted once for the span. */
static void fill_shapes(const config *filter, const wa_param_values *params, uint32_t begin,
                        uint32_t frames, biquad_shapes *shapes) {
    const wa_param_values *frequency = &params[WA_BIQUAD_FILTER_FREQUENCY];
    const wa_param_values *detune = &params[WA_BIQUAD_FILTER_DETUNE];
    const wa_param_values *q = &params[WA_BIQUAD_FILTER_Q], *gain = &params[WA_BIQUAD_FILTER_GAIN];
    double factors[BIQUAD_SPAN_FRAMES];
    if (detune->is_constant) {
        fill(factors, biquad_detune(detune->values[0]), frames);
    } else {
        kernel_biquad_detunes(factors, detune->values + begin, frames);
    }
    if (frequency->is_constant) {
        float hz[BIQUAD_SPAN_FRAMES];
        for (uint32_t i = 0; i < frames; i++) {
            hz[i] = frequency->values[0];
        }
        kernel_biquad_frequencies(shapes->frequency, hz, factors, filter->nyquist_hz, frames);
    } else {
        kernel_biquad_frequencies(shapes->frequency, frequency->values + begin, factors,
                                  filter->nyquist_hz, frames);
    }
    if (q->is_constant) {
        fill(shapes->q, biquad_q(filter->type, q->values[0]), frames);
    } else {
        kernel_biquad_qs(filter->type, shapes->q, q->values + begin, frames);
    }
    if (gain->is_constant) {
        fill(shapes->amplitude, biquad_amplitude(gain->values[0]), frames);
    } else {
        kernel_biquad_amplitudes(shapes->amplitude, gain->values + begin, frames);
    }
}

/* -- Rendering -- */

static void run_varying(wa_instance *instance, const float *const in[], uint32_t frames) {
    state *now = instance->state;
    const wa_block *out = &instance->outputs[0];
    const config *filter = instance->config;
    biquad_shapes shapes;
    biquad_series series;
    for (uint32_t begin = 0; begin < frames; begin += BIQUAD_SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        const uint32_t span = left < BIQUAD_SPAN_FRAMES ? left : BIQUAD_SPAN_FRAMES;
        fill_shapes(filter, instance->params, begin, span, &shapes);
        kernel_biquad_series(filter->type, &shapes, &series, span);
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_biquad_varying(in[channel] + begin, out->planes[channel] + begin, &series,
                                  history_of(instance, channel), span);
        }
        now->coefficients = biquad_series_at(&series, span - 1);
    }
    now->is_keyed = false;
}

/* Channels waiting for a full set of lanes, of any instances of the call. */
typedef struct gathering {
    biquad_lane lanes[BIQUAD_LANE_COUNT];
    uint32_t count, frames;
} gathering;

static void flush(gathering *waiting) {
    if (waiting->count > 0) {
        kernel_biquad_lanes(waiting->lanes, waiting->count, waiting->frames);
        waiting->count = 0;
    }
}

static void gather(gathering *waiting, wa_instance *instance, const float *const in[]) {
    const wa_block *out = &instance->outputs[0];
    const state *now = instance->state;
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        waiting->lanes[waiting->count++] = (biquad_lane){ .in = in[channel],
                                                          .out = out->planes[channel],
                                                          .coefficients = &now->coefficients,
                                                          .history = history_of(instance, channel) };
        if (waiting->count == BIQUAD_LANE_COUNT) {
            flush(waiting);
        }
    }
}

static void begin_one(wa_instance *instance, gathering *waiting) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    state *now = instance->state;
    out->is_silent = in->is_silent && now->live_count == 0;
    if (out->is_silent) {
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_zero(out->planes[channel], waiting->frames);
        }
        return;
    }
    assert(out->channel_count >= now->live_count);
    if (out->channel_count > now->live_count) {
        static const biquad_history silent;
        layout_widen(instance, now->live_count, out->channel_count, sizeof silent, &silent);
        now->live_count = out->channel_count;
        now->wide_level = 1.0;
    }
    const bool is_own = in->is_silent || in->channel_count < out->channel_count;
    if (is_own) {
        layout_input(instance, waiting->frames);
    }
    const float *const *source = (const float *const *)(is_own ? out->planes : in->planes);
    if (are_constant(instance->params)) {
        update_constant(instance->config, now, instance->params);
        gather(waiting, instance, source);
    } else {
        run_varying(instance, source, waiting->frames);
    }
}

static double power(double base, uint32_t exponent) {
    double result = 1.0;
    for (; exponent > 0; exponent >>= 1) {
        result *= (exponent & 1) != 0 ? base : 1.0;
        base *= base;
    }
    return result;
}

static bool is_over(const wa_instance *instance, double threshold) {
    const state *now = instance->state;
    for (uint32_t channel = 0; channel < now->live_count; channel++) {
        const biquad_history *history = history_of(instance, channel);
        if (history->x1 != 0.0 || history->x2 != 0.0 || fabs(history->y1) >= threshold ||
            fabs(history->y2) >= threshold) {
            return false;
        }
    }
    return true;
}

/* The channels beyond those that still arrive go when nothing of what they brought is left. */
static void narrow_when_decayed(wa_instance *instance, double threshold, uint32_t frames) {
    const wa_block *in = &instance->inputs[0];
    state *now = instance->state;
    if (!in->is_active || in->channel_count >= now->live_count) {
        now->wide_level = 1.0;
        now->next_count = 0;
        return;
    }
    now->next_count = in->channel_count > now->next_count ? in->channel_count : now->next_count;
    now->wide_level *= power(biquad_pole_radius(&now->coefficients), frames);
    if (now->wide_level < threshold) {
        layout_narrow(instance, now->live_count, now->next_count, sizeof(biquad_history));
        now->live_count = now->next_count;
        now->wide_level = 1.0;
        now->next_count = 0;
    }
}

static void end_one(wa_instance *instance, uint32_t frames) {
    state *now = instance->state;
    if (now->live_count > 0) {
        const double threshold = biquad_threshold(&now->coefficients);
        if (is_over(instance, threshold)) {
            now->live_count = 0;
        } else {
            narrow_when_decayed(instance, threshold, frames);
        }
    }
    instance->has_tail = now->live_count > 0;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    gathering waiting;
    waiting.count = 0;
    waiting.frames = quantum->frame_count;
    for (uint32_t i = 0; i < count; i++) {
        begin_one(instances[i], &waiting);
    }
    flush(&waiting);
    for (uint32_t i = 0; i < count; i++) {
        end_one(instances[i], quantum->frame_count);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const state *now = instance->state;
    const uint32_t arriving = instance->inputs[0].channel_count;
    counts[0] = arriving > now->live_count ? arriving : now->live_count;
}

static void reset(const void *of, void *memory, double sample_rate_hz) {
    (void)of, (void)sample_rate_hz;
    state *now = memory;
    *now = (state){ .wide_level = 1.0 };
}

/* -- Thread: control -- */

static bool is_type(double number) {
    return number >= WA_BIQUAD_FILTER_LOWPASS && number <= WA_BIQUAD_FILTER_ALLPASS &&
           number == floor(number);
}

wa_biquad_filter_type biquad_type_of(const void *of) {
    return ((const config *)of)->type;
}

static wa_status set_type(config *filter, double number) {
    if (!is_type(number)) {
        return error_set(WA_ERR_TYPE, "type must be one of wa_biquad_filter_type, [0, 7], not %g",
                         number);
    }
    filter->type = (wa_biquad_filter_type)(int)number;
    return WA_OK;
}

static wa_status set_attribute(void *of, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    (void)env;
    if (attribute != WA_ATTRIBUTE_TYPE) {
        return error_set(WA_ERR_WRONG_TYPE, "a BiquadFilter has no such attribute");
    }
    return set_type(of, number);
}

static wa_status check_options(const wa_biquad_filter_options *options) {
    wa_status status = option_finite("frequency_hz", options->frequency_hz);
    if (status == WA_OK) {
        status = option_finite("detune_cents", options->detune_cents);
    }
    if (status == WA_OK) {
        status = option_finite("q", options->q);
    }
    if (status == WA_OK) {
        status = option_finite("gain_db", options->gain_db);
    }
    return status;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    config *filter = setup->config;
    filter->nyquist_hz = (float)(env->sample_rate_hz / 2.0);
    if (options == NULL) {
        return WA_OK;
    }
    const wa_biquad_filter_options *wanted = options;
    wa_status status = check_options(wanted);
    if (status == WA_OK) {
        status = set_type(filter, wanted->type);
    }
    if (status == WA_OK) {
        setup->param_values[WA_BIQUAD_FILTER_FREQUENCY] = wanted->frequency_hz;
        setup->param_values[WA_BIQUAD_FILTER_DETUNE] = wanted->detune_cents;
        setup->param_values[WA_BIQUAD_FILTER_Q] = wanted->q;
        setup->param_values[WA_BIQUAD_FILTER_GAIN] = wanted->gain_db;
    }
    return status;
}

static float param_max(const void *of, uint32_t param_index) {
    assert(param_index == WA_BIQUAD_FILTER_FREQUENCY);
    (void)param_index;
    return ((const config *)of)->nyquist_hz;
}

static uint64_t channel_bytes(const void *of, const wa_class_env *env) {
    (void)of, (void)env;
    return sizeof(biquad_history);
}

void biquad_frequency_response(wa_biquad_filter_type type, double frequency_hz, double detune_cents,
                               double q, double gain_db, double sample_rate_hz, const float *frequency,
                               float *magnitude, float *phase, uint32_t count) {
    const biquad_shape shape = { .frequency = biquad_frequency(
                                     frequency_hz, biquad_detune(detune_cents), sample_rate_hz / 2.0),
                                 .q = biquad_q(type, q),
                                 .amplitude = biquad_amplitude(gain_db) };
    const biquad_coefficients by = biquad_coefficients_of(type, &shape);
    for (uint32_t i = 0; i < count; i++) {
        if (!(frequency[i] >= 0.0f && frequency[i] <= sample_rate_hz / 2.0)) {
            magnitude[i] = phase[i] = NAN;
            continue;
        }
        const double w = 2.0 * acos(-1.0) * frequency[i] / sample_rate_hz;
        const double top_re = by.b0 + by.b1 * cos(w) + by.b2 * cos(2.0 * w);
        const double top_im = -by.b1 * sin(w) - by.b2 * sin(2.0 * w);
        const double bottom_re = 1.0 + by.a1 * cos(w) + by.a2 * cos(2.0 * w);
        const double bottom_im = -by.a1 * sin(w) - by.a2 * sin(2.0 * w);
        magnitude[i] = (float)(hypot(top_re, top_im) / hypot(bottom_re, bottom_im));
        phase[i] = (float)atan2(top_im * bottom_re - top_re * bottom_im,
                                top_re * bottom_re + top_im * bottom_im);
    }
}

const wa_node_class wa_node_class_biquad_filter = {
    .name = "BiquadFilter",
    .input_count = 1,
    .output_count = 1,
    .param_count = PARAM_COUNT,
    .options_bytes = sizeof(wa_biquad_filter_options),
    .config_bytes = sizeof(config),
    .state_bytes = sizeof(state),
    .channel_inline_bytes = sizeof(biquad_history),
    .flags = WA_CLASS_ALIAS,
    .params = {
        [WA_BIQUAD_FILTER_FREQUENCY] = { "frequency", .value_default = 350.0f, .value_min = 0.0f,
                                         .value_max = 24000.0f, .is_compound = true,
                                         .is_max_from_config = true },
        [WA_BIQUAD_FILTER_DETUNE] = { "detune", .value_default = 0.0f, .value_min = -153600.0f,
                                      .value_max = 153600.0f, .is_compound = true },
        [WA_BIQUAD_FILTER_Q] = { "Q", .value_default = 1.0f, .value_min = -FLT_MAX,
                                 .value_max = FLT_MAX },
        [WA_BIQUAD_FILTER_GAIN] = { "gain", .value_default = 0.0f, .value_min = -FLT_MAX,
                                    .value_max = BIQUAD_GAIN_DB_MAX },
    },
    .configure = configure,
    .set_attribute = set_attribute,
    .param_max = param_max,
    .channel_bytes = channel_bytes,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
