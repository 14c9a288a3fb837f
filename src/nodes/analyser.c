/* Analyser: passes its input on, and keeps the last 32768 frames of it for control to look at. Web Audio 1.1,
 * section "AnalyserNode".
 *
 * in[0][channels][frame] --> out[0][channels][frame], in place if the engine likes
 *                        \-> mixed to mono --> boundary/capture --> control/analysis.c
 *
 * No tail. Frames in which it sleeps, or hears silence, are not written, and what nobody wrote is silence. The
 * mono mix follows "speakers", whatever the node's own interpretation; what is mixed is the node's input, as
 * its channelCount and mode have formed it.
 */
#include "analyser.h"
#include "../kernels/mix.h"
#include "options.h"

enum { SPAN_FRAMES = 256 };
static_assert(SPAN_FRAMES % CAPTURE_BLOCK_FRAMES == 0, "spans keep the planes' alignment");

static void write_span(capture *heard, const wa_block *in, uint64_t frame, uint32_t begin,
                       uint32_t count) {
    if (in->channel_count == 1) {
        capture_write(heard, frame + begin, in->planes[0] + begin, count);
        return;
    }
    _Alignas(64) float mono[SPAN_FRAMES];
    float *const target[1] = { mono };
    const float *source[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < in->channel_count; channel++) {
        source[channel] = in->planes[channel] + begin;
    }
    kernel_mix_set(target, 1, source, in->channel_count, true, count);
    capture_write(heard, frame + begin, mono, count);
}

/* Of a quantum longer than the ring, the end. */
static void hear(capture *heard, const wa_block *in, const wa_quantum *quantum) {
    const uint32_t count = quantum->frame_count;
    const uint32_t passed = count > CAPTURE_FRAMES_MAX ? count - CAPTURE_FRAMES_MAX : 0;
    for (uint32_t begin = passed - passed % SPAN_FRAMES; begin < count; begin += SPAN_FRAMES) {
        write_span(heard, in, quantum->frame, begin,
                   count - begin < SPAN_FRAMES ? count - begin : SPAN_FRAMES);
    }
}

static void analyse_one(wa_instance *instance, const wa_quantum *quantum) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    analyser *state = instance->state;
    assert(out->channel_count == in->channel_count);
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        if (out->planes[channel] != in->planes[channel]) {
            kernel_copy(out->planes[channel], in->planes[channel], quantum->frame_count);
        }
    }
    out->is_silent = in->is_silent;
    if (!in->is_silent) {
        hear(&state->heard, in, quantum);
    }
    instance->has_tail = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        analyse_one(instances[i], quantum);
    }
}

static void reset(const void *config, void *state, double sample_rate_hz) {
    (void)config, (void)sample_rate_hz;
    capture_begin(&((analyser *)state)->heard);
}

/* -- Thread: control -- */

static uint64_t state_more_bytes(const wa_class_env *env) {
    return capture_bytes(env->quantum_frames);
}

static void renew(void *state, const wa_class_env *env) {
    analyser *of = state;
    of->has_spectrum = false;
    capture_renew(&of->heard, (capture_block *)(of + 1), env->quantum_frames);
}

wa_status analyser_check_fft_size(uint32_t fft_size) {
    if (fft_size < MAGNITUDES_LENGTH_MIN || fft_size > MAGNITUDES_LENGTH_MAX ||
        (fft_size & (fft_size - 1)) != 0) {
        return error_set(WA_ERR_INDEX_SIZE, "fft_size must be a power of two in [%d, %d], not %u",
                         MAGNITUDES_LENGTH_MIN, MAGNITUDES_LENGTH_MAX, fft_size);
    }
    return WA_OK;
}

static wa_status check_range(double min_decibels, double max_decibels) {
    return min_decibels < max_decibels
               ? WA_OK
               : error_set(WA_ERR_INDEX_SIZE,
                           "min_decibels is %g, which must be below max_decibels, %g", min_decibels,
                           max_decibels);
}

static wa_status check_smoothing(double time_constant) {
    return time_constant >= 0.0 && time_constant <= 1.0
               ? WA_OK
               : error_set(WA_ERR_INDEX_SIZE, "smoothing_time_constant must be in [0, 1], not %g",
                           time_constant);
}

static wa_status check_options(const wa_analyser_options *wanted) {
    const struct {
        const char *name;
        double value;
    } rows[] = { { "min_decibels", wanted->min_decibels },
                 { "max_decibels", wanted->max_decibels },
                 { "smoothing_time_constant", wanted->smoothing_time_constant } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const wa_status status = option_finite(rows[row].name, rows[row].value);
        if (status != WA_OK) {
            return status;
        }
    }
    wa_status status = analyser_check_fft_size(wanted->fft_size);
    if (status == WA_OK) {
        status = check_range(wanted->min_decibels, wanted->max_decibels);
    }
    return status == WA_OK ? check_smoothing(wanted->smoothing_time_constant) : status;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    const wa_analyser_options defaults = WA_ANALYSER_OPTIONS_INIT;
    const wa_analyser_options *wanted = options != NULL ? options : &defaults;
    const wa_status status = check_options(wanted);
    if (status == WA_OK) {
        *(analyser_config *)setup->config =
            (analyser_config){ .fft_size = wanted->fft_size,
                               .min_decibels = wanted->min_decibels,
                               .max_decibels = wanted->max_decibels,
                               .smoothing_time_constant = wanted->smoothing_time_constant };
    }
    return status;
}

static wa_status set_attribute(void *of, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    (void)env;
    analyser_config *config = of;
    switch (attribute) {
    case WA_ATTRIBUTE_FFT_SIZE:
        config->fft_size = (uint32_t)number;
        return analyser_check_fft_size(config->fft_size);
    case WA_ATTRIBUTE_MIN_DECIBELS:
        config->min_decibels = number;
        return check_range(config->min_decibels, config->max_decibels);
    case WA_ATTRIBUTE_MAX_DECIBELS:
        config->max_decibels = number;
        return check_range(config->min_decibels, config->max_decibels);
    case WA_ATTRIBUTE_SMOOTHING:
        config->smoothing_time_constant = number;
        return check_smoothing(number);
    default:
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: an Analyser has none numbered %d",
                         (int)attribute);
    }
}

const wa_node_class wa_node_class_analyser = {
    .name = "Analyser",
    .input_count = 1,
    .output_count = 1,
    .options_bytes = sizeof(wa_analyser_options),
    .config_bytes = sizeof(analyser_config),
    .state_bytes = sizeof(analyser),
    .flags = WA_CLASS_ALIAS | WA_CLASS_OWN_BLOCK,
    .configure = configure,
    .set_attribute = set_attribute,
    .state_more_bytes = state_more_bytes,
    .renew = renew,
    .reset = reset,
    .process = process,
};
