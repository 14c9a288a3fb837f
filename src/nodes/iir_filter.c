/* IIRFilter: a filter by its coefficients. Web Audio 1.1, section "IIRFilterNode".
 *
 * in[0][channels][frame] --> out[0][channels][frame], in place if the engine likes.
 *
 * config   the coefficients, divided by feedback[0]; they never change
 * channel  a history, and while fewer channels arrive than ring, the history that it would have had without
 *          anything since: when those have died away, the wider past is over
 *
 * Tail: until no history could be heard again, see iir_is_over(); a filter with a pole on or outside the unit
 * circle rings for ever. The channel count grows at once, the new channels with the past that mixing would have
 * given them, and falls when the wider past is over.
 * NaN, infinity and a filter that runs away never stick: see kernel_iir().
 */
#include "iir_filter.h"
#include "../kernels/iir.h"
#include "../kernels/mix.h"
#include "../node.h"
#include "layout.h"
#include "options.h"

static_assert((int)WA_IIR_FILTER_COEFFICIENT_MAX == (int)IIR_COEFFICIENT_MAX,
              "what the options take, the kernel holds");

typedef struct state {
    uint32_t live_count; /* channels with a past: 0 is as new */
    uint32_t next_count; /* the most channels that have come since `alone` was taken; 0: it was not */
} state;

typedef struct channel_past {
    iir_history now;   /* first: what layouts move */
    iir_history alone; /* the wider past, with zeros since */
} channel_past;

static channel_past *past_of(const wa_instance *instance, uint32_t channel) {
    assert(channel < instance->channel_capacity);
    return instance->channels[channel];
}

/* Before the first quantum that is narrower than what rings. */
static void part_from_wide(wa_instance *instance) {
    state *now = instance->state;
    const wa_block *in = &instance->inputs[0];
    if (!in->is_active || in->channel_count >= now->live_count) {
        now->next_count = 0;
        return;
    }
    for (uint32_t channel = 0; now->next_count == 0 && channel < now->live_count; channel++) {
        channel_past *past = past_of(instance, channel);
        past->alone = past->now;
    }
    now->next_count = in->channel_count > now->next_count ? in->channel_count : now->next_count;
}

static void ring_alone(const iir_coefficients *by, iir_history *history, uint32_t frames) {
    static const float nothing[64];
    float unheard[64];
    for (uint32_t begin = 0; begin < frames; begin += 64) {
        kernel_iir(nothing, unheard, by, history, frames - begin < 64 ? frames - begin : 64);
    }
}

static void narrow_when_over(wa_instance *instance, uint32_t frames) {
    state *now = instance->state;
    bool is_over = now->next_count > 0;
    for (uint32_t channel = 0; now->next_count > 0 && channel < now->live_count; channel++) {
        iir_history *alone = &past_of(instance, channel)->alone;
        ring_alone(instance->config, alone, frames);
        is_over = iir_is_over(instance->config, alone) && is_over;
    }
    if (is_over) {
        layout_narrow(instance, now->live_count, now->next_count, sizeof(iir_history));
        now->live_count = now->next_count;
        now->next_count = 0;
    }
}

static bool is_all_over(const wa_instance *instance) {
    const state *now = instance->state;
    for (uint32_t channel = 0; channel < now->live_count; channel++) {
        if (!iir_is_over(instance->config, &past_of(instance, channel)->now)) {
            return false;
        }
    }
    return true;
}

static void filter_channels(wa_instance *instance, uint32_t frames) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    const bool is_own = in->is_silent || in->channel_count < out->channel_count;
    if (is_own) {
        layout_input(instance, frames);
    }
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        const float *from = is_own ? out->planes[channel] : in->planes[channel];
        kernel_iir(from, out->planes[channel], instance->config, &past_of(instance, channel)->now,
                   frames);
    }
}

static void filter_one(wa_instance *instance, uint32_t frames) {
    wa_block *out = &instance->outputs[0];
    state *now = instance->state;
    out->is_silent = instance->inputs[0].is_silent && now->live_count == 0;
    instance->has_tail = false;
    if (out->is_silent) {
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_zero(out->planes[channel], frames);
        }
        return;
    }
    part_from_wide(instance);
    assert(out->channel_count >= now->live_count);
    if (out->channel_count > now->live_count) {
        static const iir_history silent;
        layout_widen(instance, now->live_count, out->channel_count, sizeof silent, &silent);
        now->live_count = out->channel_count;
    }
    filter_channels(instance, frames);
    if (is_all_over(instance)) {
        *now = (state){ 0 };
    } else {
        narrow_when_over(instance, frames);
    }
    instance->has_tail = now->live_count > 0;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        filter_one(instances[i], quantum->frame_count);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const state *now = instance->state;
    const uint32_t arriving = instance->inputs[0].channel_count;
    counts[0] = arriving > now->live_count ? arriving : now->live_count;
}

static void reset(const void *config, void *memory, double sample_rate_hz) {
    (void)config, (void)sample_rate_hz;
    *(state *)memory = (state){ 0 };
}

/* -- Thread: control -- */

static wa_status check_coefficients(const char *name, const double *values, uint32_t count) {
    if (count < 1 || count > WA_IIR_FILTER_COEFFICIENT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s_count is %u, its range is [1, %d]", name, count,
                         WA_IIR_FILTER_COEFFICIENT_MAX);
    }
    for (uint32_t k = 0; k < count; k++) {
        if (!isfinite(values[k])) {
            return error_set(WA_ERR_TYPE, "%s[%u] must be finite, not %g", name, k, values[k]);
        }
    }
    return WA_OK;
}

static wa_status check_options(const wa_iir_filter_options *options) {
    wa_status status =
        check_coefficients("feedforward", options->feedforward, options->feedforward_count);
    if (status == WA_OK) {
        status = check_coefficients("feedback", options->feedback, options->feedback_count);
    }
    if (status != WA_OK) {
        return status;
    }
    bool is_zero = true;
    for (uint32_t k = 0; k < options->feedforward_count; k++) {
        is_zero = is_zero && options->feedforward[k] == 0.0;
    }
    if (is_zero) {
        return error_set(WA_ERR_INVALID_STATE, "feedforward is all zeros");
    }
    return options->feedback[0] == 0.0 ? error_set(WA_ERR_INVALID_STATE, "feedback[0] is 0") : WA_OK;
}

/* Zeros at the end cost time and say nothing. */
static uint32_t order_of(const double *values, uint32_t count) {
    while (count > 1 && values[count - 1] == 0.0) {
        count--;
    }
    return count - 1;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    const wa_iir_filter_options *wanted = options;
    if (wanted == NULL) {
        return error_set(WA_ERR_TYPE, "an IIRFilter needs options: feedforward and feedback");
    }
    const wa_status status = check_options(wanted);
    if (status != WA_OK) {
        return status;
    }
    iir_coefficients *by = setup->config;
    by->forward_order = order_of(wanted->feedforward, wanted->feedforward_count);
    by->back_order = order_of(wanted->feedback, wanted->feedback_count);
    for (uint32_t k = 0; k <= by->forward_order; k++) {
        by->b[k] = wanted->feedforward[k] / wanted->feedback[0];
    }
    for (uint32_t k = 0; k <= by->back_order; k++) {
        by->a[k] = wanted->feedback[k] / wanted->feedback[0];
    }
    return WA_OK;
}

static uint64_t channel_bytes(const void *config, const wa_class_env *env) {
    (void)config, (void)env;
    return sizeof(channel_past);
}

void iir_filter_frequency_response(const void *config, double sample_rate_hz, const float *frequency,
                                   float *magnitude, float *phase, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        double size = (double)NAN, turn = (double)NAN;
        if ((double)frequency[i] >= 0.0 && (double)frequency[i] <= sample_rate_hz / 2.0) {
            iir_response(config, 2.0 * acos(-1.0) * (double)frequency[i] / sample_rate_hz, &size,
                         &turn);
        }
        magnitude[i] = (float)size;
        phase[i] = (float)turn;
    }
}

const wa_node_class wa_node_class_iir_filter = {
    .name = "IIRFilter",
    .input_count = 1,
    .output_count = 1,
    .options_bytes = sizeof(wa_iir_filter_options),
    .config_bytes = sizeof(iir_coefficients),
    .state_bytes = sizeof(state),
    .flags = WA_CLASS_ALIAS,
    .configure = configure,
    .channel_bytes = channel_bytes,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
