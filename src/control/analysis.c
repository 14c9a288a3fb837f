/* Reading analysers: their last frames are copied, and their spectrum computed, on the control side, in memory
 * that was taken when they were made. */
#include "../nodes/analyser.h"
#include "context.h"
#include <math.h>
#include <string.h>

enum { TRIES_MAX = 16 }; /* of a copy that render overtakes */

static_assert(MAGNITUDES_LENGTH_MIN << (ANALYSIS_SIZE_COUNT - 1) == MAGNITUDES_LENGTH_MAX,
              "there is a place for every size");

/* -- memory ------------------------------------------------------------------------------------- */

static uint32_t size_index(uint32_t fft_size) {
    uint32_t index = 0;
    while ((uint32_t)MAGNITUDES_LENGTH_MIN << index < fft_size) {
        index++;
    }
    return index;
}

static uint64_t table_bytes(uint32_t fft_size) {
    return magnitudes_plan_floats(fft_size) * sizeof(float);
}

static uint64_t scratch_bytes(uint32_t fft_size) {
    return (fft_size + magnitudes_work_floats(fft_size)) * sizeof(float);
}

static void give_scratch(wa_context *context) {
    if (context->spectra.frames != NULL) {
        memory_give(context->engine, WA_MEMORY_NODES, context->spectra.frames,
                    scratch_bytes(context->spectra.frame_capacity));
    }
}

static wa_status grow_scratch(wa_context *context, uint32_t fft_size) {
    if (fft_size <= context->spectra.frame_capacity) {
        return WA_OK;
    }
    void *memory = NULL;
    const wa_status status = memory_take(context->engine, WA_MEMORY_NODES, scratch_bytes(fft_size),
                                         "room to read analysers", &memory);
    if (status == WA_OK) {
        give_scratch(context);
        context->spectra.frames = memory;
        context->spectra.frame_capacity = fft_size;
    }
    return status;
}

wa_status analysis_reserve(wa_context *context, uint32_t fft_size) {
    const uint32_t index = size_index(fft_size);
    if (context->spectra.tables[index] != NULL) {
        return WA_OK; /* and the scratch of that size with it */
    }
    void *table = NULL;
    wa_status status = memory_take(context->engine, WA_MEMORY_NODES, table_bytes(fft_size),
                                   "tables of an analyser's fft_size", &table);
    if (status != WA_OK) {
        return status;
    }
    status = grow_scratch(context, fft_size);
    if (status != WA_OK) {
        memory_give(context->engine, WA_MEMORY_NODES, table, table_bytes(fft_size));
        return status;
    }
    context->spectra.tables[index] = table;
    magnitudes_plan_init(&context->spectra.plans[index], fft_size, table);
    return WA_OK;
}

void analysis_finish(wa_context *context) {
    for (uint32_t index = 0; index < ANALYSIS_SIZE_COUNT; index++) {
        if (context->spectra.tables[index] != NULL) {
            memory_give(context->engine, WA_MEMORY_NODES, context->spectra.tables[index],
                        table_bytes((uint32_t)MAGNITUDES_LENGTH_MIN << index));
        }
    }
    give_scratch(context);
}

/* -- attributes --------------------------------------------------------------------------------- */

static wa_status resolve(const wa_context *context, wa_node node, graph_node **of) {
    return node_resolve(context, node, WA_NODE_TYPE_ANALYSER, "node", of);
}

static wa_status set_fft_size(wa_context *context, wa_node node, uint32_t fft_size) {
    graph_node *of = NULL;
    wa_status status = resolve(context, node, &of);
    if (status == WA_OK) {
        status = analyser_check_fft_size(fft_size);
    }
    if (status == WA_OK) {
        status = analysis_reserve(context, fft_size);
    }
    if (status != WA_OK) {
        return status;
    }
    const bool is_change = fft_size != ((const analyser_config *)of->config)->fft_size;
    status = attribute_set(context, of, WA_ATTRIBUTE_FFT_SIZE, (double)fft_size, NULL);
    if (status == WA_OK && is_change) {
        ((analyser_config *)of->config)->size_change = ++context->spectra.size_change;
    }
    return status;
}

wa_status wa_analyser_set_fft_size(wa_context *context, wa_node node, uint32_t fft_size) {
    const wa_status status = set_fft_size(context, node, fft_size);
    return context == NULL ? status : edit_end(context, status);
}

static wa_status set_number(wa_context *context, wa_node node, wa_attribute attribute,
                            const char *argument, double number) {
    graph_node *of = NULL;
    wa_status status = resolve(context, node, &of);
    if (status == WA_OK && !isfinite(number)) {
        status = error_set(WA_ERR_TYPE, "%s is not finite", argument);
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, attribute, number, NULL);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_analyser_set_min_decibels(wa_context *context, wa_node node, double decibels) {
    return set_number(context, node, WA_ATTRIBUTE_MIN_DECIBELS, "decibels", decibels);
}

wa_status wa_analyser_set_max_decibels(wa_context *context, wa_node node, double decibels) {
    return set_number(context, node, WA_ATTRIBUTE_MAX_DECIBELS, "decibels", decibels);
}

wa_status wa_analyser_set_smoothing_time_constant(wa_context *context, wa_node node,
                                                  double time_constant) {
    return set_number(context, node, WA_ATTRIBUTE_SMOOTHING, "time_constant", time_constant);
}

wa_status wa_analyser_get_info(const wa_context *context, wa_node node, wa_analyser_info *info) {
    graph_node *of = NULL;
    if (info == NULL) {
        return error_set(WA_ERR_TYPE, "info is NULL");
    }
    const wa_status status = resolve(context, node, &of);
    if (status == WA_OK) {
        const analyser_config *config = of->config;
        *info = (wa_analyser_info){ .fft_size = config->fft_size,
                                    .frequency_bin_count = config->fft_size / 2,
                                    .min_decibels = config->min_decibels,
                                    .max_decibels = config->max_decibels,
                                    .smoothing_time_constant = config->smoothing_time_constant };
    }
    return status;
}

/* -- reading ------------------------------------------------------------------------------------ */

/* The last frames, into the scratch memory. *end_frame: which quantum they end with. */
static wa_status copy_frames(wa_context *context, const graph_node *of, uint64_t *end_frame) {
    const analyser *state = of->state;
    const uint32_t count = ((const analyser_config *)of->config)->fft_size;
    for (uint32_t attempt = 0; attempt < TRIES_MAX; attempt++) {
        *end_frame = wa_context_current_frame(context);
        if (capture_read(&state->heard, *end_frame, count, context->spectra.frames)) {
            return WA_OK;
        }
    }
    return error_set(WA_ERR_BUSY, "render has overtaken %d copies of the last %u frames", TRIES_MAX,
                     count);
}

/* Start a spectrum of another size from zero. */
static void forget_old_size(analyser *state, const analyser_config *config) {
    if (state->has_spectrum && state->size_change == config->size_change) {
        return;
    }
    memset(state->smoothed, 0, config->fft_size / 2 * sizeof state->smoothed[0]);
    state->has_spectrum = false;
    state->size_change = config->size_change;
}

/* Once per quantum: whoever asks again gets what was computed. */
static wa_status update_spectrum(wa_context *context, graph_node *of) {
    analyser *state = of->state;
    const analyser_config *config = of->config;
    const bool is_of_now = state->has_spectrum && state->size_change == config->size_change &&
                           state->end_frame == wa_context_current_frame(context);
    uint64_t end_frame = 0;
    const wa_status status = is_of_now ? WA_OK : copy_frames(context, of, &end_frame);
    if (status != WA_OK || is_of_now) {
        return status;
    }
    forget_old_size(state, config);
    magnitudes_smooth(&context->spectra.plans[size_index(config->fft_size)], context->spectra.frames,
                      config->smoothing_time_constant, state->smoothed,
                      context->spectra.frames + config->fft_size);
    state->has_spectrum = true;
    state->end_frame = end_frame;
    return WA_OK;
}

static wa_status find(wa_context *context, wa_node node, const void *data, graph_node **of) {
    return data != NULL ? resolve(context, node, of) : error_set(WA_ERR_TYPE, "data is NULL");
}

static uint32_t at_most(uint32_t count, uint32_t most) {
    return count < most ? count : most;
}

wa_status wa_analyser_get_float_time_domain_data(wa_context *context, wa_node node, float *data,
                                                 uint32_t count) {
    graph_node *of = NULL;
    uint64_t end_frame = 0;
    wa_status status = find(context, node, data, &of);
    if (status == WA_OK) {
        status = copy_frames(context, of, &end_frame);
    }
    if (status == WA_OK) {
        const uint32_t size = ((const analyser_config *)of->config)->fft_size;
        memcpy(data, context->spectra.frames, at_most(count, size) * sizeof *data);
    }
    return status;
}

wa_status wa_analyser_get_byte_time_domain_data(wa_context *context, wa_node node, uint8_t *data,
                                                uint32_t count) {
    graph_node *of = NULL;
    uint64_t end_frame = 0;
    wa_status status = find(context, node, data, &of);
    if (status == WA_OK) {
        status = copy_frames(context, of, &end_frame);
    }
    if (status == WA_OK) {
        const uint32_t size = ((const analyser_config *)of->config)->fft_size;
        waveform_bytes(context->spectra.frames, data, at_most(count, size));
    }
    return status;
}

wa_status wa_analyser_get_float_frequency_data(wa_context *context, wa_node node, float *data,
                                               uint32_t count) {
    graph_node *of = NULL;
    wa_status status = find(context, node, data, &of);
    if (status == WA_OK) {
        status = update_spectrum(context, of);
    }
    if (status == WA_OK) {
        const analyser *state = of->state;
        const uint32_t bins = ((const analyser_config *)of->config)->fft_size / 2;
        magnitudes_decibels(state->smoothed, data, at_most(count, bins));
    }
    return status;
}

wa_status wa_analyser_get_byte_frequency_data(wa_context *context, wa_node node, uint8_t *data,
                                              uint32_t count) {
    graph_node *of = NULL;
    wa_status status = find(context, node, data, &of);
    if (status == WA_OK) {
        status = update_spectrum(context, of);
    }
    if (status == WA_OK) {
        const analyser *state = of->state;
        const analyser_config *config = of->config;
        magnitudes_bytes(state->smoothed, data, at_most(count, config->fft_size / 2),
                         config->min_decibels, config->max_decibels);
    }
    return status;
}
