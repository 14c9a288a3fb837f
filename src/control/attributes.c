/* Attributes: each change is a new config, switched in at a quantum; channel settings likewise. */
#include "../memory/curves.h"
#include "../memory/responses.h"
#include "../memory/waves.h"
#include "../nodes/biquad_filter.h"
#include "../nodes/dynamics_compressor.h"
#include "../nodes/iir_filter.h"
#include "context.h"
#include <math.h>
#include <string.h>

static wa_status change(wa_context *context, graph_node *of, wa_attribute attribute, double number,
                        wa_class_env *env) {
    slab *configs = &context->types[of->type].configs;
    wa_status status = slab_reserve(configs, 1);
    if (status == WA_OK) {
        status = edit_reserve(context, 2);
    }
    if (status != WA_OK) {
        return status;
    }
    void *config = slab_take(configs);
    memcpy(config, of->config, of->class->config_bytes);
    const wa_resource *made = NULL;
    env->made = &made;
    status = of->class->set_attribute(config, attribute, number, env);
    if (status == WA_OK) {
        status = node_memory_attach(context, of->class, config, of->config);
    }
    if (status == WA_OK && of->class->resource_kind != WA_RESOURCE_NONE) {
        resource_reference(*(const wa_resource *const *)config);
    }
    resource_unreference(context->engine, made);
    if (status != WA_OK) {
        slab_give(configs, config);
        return status;
    }
    undo_record *undo = edit_undo(context, UNDO_CONFIG, of);
    if (undo != NULL) {
        undo->attribute.config = of->config;
        undo->attribute.was_buffer_set = of->was_buffer_set;
    } else {
        edit_garbage(context, GARBAGE_CONFIG, of->type, of->config, 0);
    }
    of->config = config;
    node_switch_ship(context, of);
    return WA_OK;
}

wa_status attribute_set(wa_context *context, graph_node *of, wa_attribute attribute, double number,
                        const wa_resource *resource) {
    wa_class_env env = node_env(context, resource);
    return change(context, of, attribute, number, &env);
}

wa_status attribute_set_user(wa_context *context, graph_node *of, void *user) {
    wa_class_env env = node_env(context, NULL);
    env.user = user;
    return change(context, of, WA_ATTRIBUTE_USER, 0.0, &env);
}

static wa_status set_number(wa_context *context, wa_node node, wa_node_type type,
                            wa_attribute attribute, double number) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, (uint32_t)type, "node", &of);
    if (status == WA_OK && !isfinite(number)) {
        status = error_set(WA_ERR_TYPE, "the value is not finite");
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, attribute, number, NULL);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_oscillator_set_type(wa_context *context, wa_node node, wa_oscillator_type type) {
    return set_number(context, node, WA_NODE_TYPE_OSCILLATOR, WA_ATTRIBUTE_TYPE, (double)type);
}

wa_status wa_biquad_filter_set_type(wa_context *context, wa_node node, wa_biquad_filter_type type) {
    return set_number(context, node, WA_NODE_TYPE_BIQUAD_FILTER, WA_ATTRIBUTE_TYPE, (double)type);
}

wa_status wa_buffer_source_set_loop(wa_context *context, wa_node node, bool loop) {
    return set_number(context, node, WA_NODE_TYPE_BUFFER_SOURCE, WA_ATTRIBUTE_LOOP, loop ? 1.0 : 0.0);
}

static wa_status set_loop_points(wa_context *context, wa_node node, double loop_start_s,
                                 double loop_end_s) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, WA_NODE_TYPE_BUFFER_SOURCE, "node", &of);
    if (status == WA_OK && (!isfinite(loop_start_s) || !isfinite(loop_end_s))) {
        status = error_set(WA_ERR_TYPE, "loop_start_s or loop_end_s is not finite");
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_LOOP_START, loop_start_s, NULL);
    }
    return status == WA_OK ? attribute_set(context, of, WA_ATTRIBUTE_LOOP_END, loop_end_s, NULL)
                           : status;
}

wa_status wa_buffer_source_set_loop_points(wa_context *context, wa_node node, double loop_start_s,
                                           double loop_end_s) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, set_loop_points(context, node, loop_start_s, loop_end_s));
}

wa_status wa_oscillator_set_periodic_wave(wa_context *context, wa_node node, wa_periodic_wave wave) {
    graph_node *of = NULL;
    wa_resource *resource = NULL;
    wa_status status = node_resolve(context, node, WA_NODE_TYPE_OSCILLATOR, "node", &of);
    if (status == WA_OK) {
        status = wave_resolve(context->engine, wave, "wave", &resource);
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_RESOURCE, 0.0, resource);
    }
    return context == NULL ? status : edit_end(context, status);
}

static wa_status set_buffer(wa_context *context, wa_node node, wa_node_type type, wa_buffer buffer) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, (uint32_t)type, "node", &of);
    wa_buffer_data *data = NULL;
    if (status == WA_OK && buffer.id != 0) {
        status = buffer_resolve(context->engine, buffer, "buffer", &data);
    }
    if (status == WA_OK && data != NULL && of->was_buffer_set && type == WA_NODE_TYPE_BUFFER_SOURCE) {
        status = error_set(WA_ERR_INVALID_STATE, "buffer was set before; it can be set once");
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_RESOURCE, 0.0, data ? &data->resource : NULL);
    }
    if (status == WA_OK) {
        of->was_buffer_set = of->was_buffer_set || data != NULL;
        status = bounds_refresh(context, of);
    }
    return status;
}

wa_status wa_buffer_source_set_buffer(wa_context *context, wa_node node, wa_buffer buffer) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, set_buffer(context, node, WA_NODE_TYPE_BUFFER_SOURCE, buffer));
}

wa_status wa_convolver_set_buffer(wa_context *context, wa_node node, wa_buffer buffer) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, set_buffer(context, node, WA_NODE_TYPE_CONVOLVER, buffer));
}

wa_status wa_convolver_set_normalize(wa_context *context, wa_node node, bool normalize) {
    return set_number(context, node, WA_NODE_TYPE_CONVOLVER, WA_ATTRIBUTE_NORMALIZE,
                      normalize ? 1.0 : 0.0);
}

static wa_status set_curve(wa_context *context, wa_node node, const float *curve, uint32_t count) {
    graph_node *of = NULL;
    const wa_resource *made = NULL;
    wa_status status = node_resolve(context, node, WA_NODE_TYPE_WAVE_SHAPER, "node", &of);
    if (status == WA_OK && curve != NULL && of->was_buffer_set) {
        status = error_set(WA_ERR_INVALID_STATE, "curve was set before; it can be set once");
    }
    if (status == WA_OK && curve != NULL) {
        status = curve_make(context->engine, curve, count, &made);
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_RESOURCE, 0.0, made);
    }
    if (status == WA_OK) {
        of->was_buffer_set = of->was_buffer_set || curve != NULL;
    }
    if (made != NULL) {
        resource_unreference(context->engine, made);
    }
    return status;
}

wa_status wa_wave_shaper_set_curve(wa_context *context, wa_node node, const float *curve,
                                   uint32_t curve_count) {
    const wa_status status = set_curve(context, node, curve, curve_count);
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_wave_shaper_set_oversample(wa_context *context, wa_node node, wa_oversample oversample) {
    return set_number(context, node, WA_NODE_TYPE_WAVE_SHAPER, WA_ATTRIBUTE_TYPE, (double)oversample);
}

/* -- channelCount, channelCountMode, channelInterpretation -------------------------------------- */

static wa_status set_mixing(wa_context *context, graph_node *of, mixing wanted) {
    const mixing before = of->mix;
    wa_status status = node_check_mixing(of, wanted);
    if (status != WA_OK) {
        return status;
    }
    status = edit_reserve(context, 3);
    if (status != WA_OK) {
        return status;
    }
    of->mix = wanted;
    status = bounds_refresh(context, of);
    if (status != WA_OK) {
        of->mix = before;
        return status;
    }
    undo_record *undo = edit_undo(context, UNDO_MIXING, of);
    if (undo != NULL) {
        undo->mix = before;
    }
    node_switch_ship(context, of);
    if (of->is_split) {
        of->writer->mix = wanted;
        node_switch_ship(context, of->writer);
    }
    return WA_OK;
}

/* Offline the destination is as wide as what is rendered; else at most as wide as the device. */
static wa_status check_destination_count(const wa_context *context, const graph_node *of,
                                         uint32_t count) {
    if (context->desc.kind == WA_CONTEXT_OFFLINE) {
        return count == of->mix.channel_count
                   ? WA_OK
                   : error_set(WA_ERR_INVALID_STATE,
                               "count is %u, channelCount of an offline destination stays %u", count,
                               of->mix.channel_count);
    }
    return count >= 1 && count <= context->desc.channel_count
               ? WA_OK
               : error_set(WA_ERR_INDEX_SIZE, "count is %u, its range is [1, %u], of the context",
                           count, context->desc.channel_count);
}

static wa_status check_count(const wa_context *context, const graph_node *of, uint32_t count) {
    if (of->type == WA_NODE_TYPE_DESTINATION) {
        return check_destination_count(context, of, count);
    }
    return count >= 1 && count <= WA_CHANNEL_COUNT_MAX
               ? WA_OK
               : error_set(WA_ERR_NOT_SUPPORTED, "count is %u, its range is [1, %u]", count,
                           WA_CHANNEL_COUNT_MAX);
}

static wa_status check_mode(const wa_context *context, const graph_node *of,
                            wa_channel_count_mode mode) {
    if (mode < WA_CHANNEL_COUNT_MODE_MAX || mode > WA_CHANNEL_COUNT_MODE_EXPLICIT) {
        return error_set(WA_ERR_TYPE, "mode %d is none", (int)mode);
    }
    if (of->type == WA_NODE_TYPE_DESTINATION && context->desc.kind == WA_CONTEXT_OFFLINE &&
        mode != (wa_channel_count_mode)of->mix.mode) {
        return error_set(WA_ERR_INVALID_STATE, "channelCountMode of an offline destination is fixed");
    }
    return WA_OK;
}

wa_status wa_node_set_channel_count(wa_context *context, wa_node node, uint32_t count) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, 0, "node", &of);
    if (status == WA_OK) {
        status = check_count(context, of, count);
    }
    if (status == WA_OK) {
        mixing wanted = of->mix;
        wanted.channel_count = (uint8_t)count;
        status = set_mixing(context, of, wanted);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_node_set_channel_count_mode(wa_context *context, wa_node node,
                                         wa_channel_count_mode mode) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, 0, "node", &of);
    if (status == WA_OK) {
        status = check_mode(context, of, mode);
    }
    if (status == WA_OK) {
        mixing wanted = of->mix;
        wanted.mode = (uint8_t)mode;
        status = set_mixing(context, of, wanted);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_node_set_channel_interpretation(wa_context *context, wa_node node,
                                             wa_channel_interpretation interpretation) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, 0, "node", &of);
    if (status == WA_OK && interpretation != WA_CHANNEL_INTERPRETATION_SPEAKERS &&
        interpretation != WA_CHANNEL_INTERPRETATION_DISCRETE) {
        status = error_set(WA_ERR_TYPE, "interpretation %d is none", (int)interpretation);
    }
    if (status == WA_OK) {
        mixing wanted = of->mix;
        wanted.is_speakers = interpretation == WA_CHANNEL_INTERPRETATION_SPEAKERS;
        status = set_mixing(context, of, wanted);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_node_get_info(const wa_context *context, wa_node node, wa_node_info *info) {
    graph_node *of = NULL;
    if (info == NULL) {
        return error_set(WA_ERR_TYPE, "info is NULL");
    }
    const wa_status status = node_resolve(context, node, 0, "node", &of);
    if (status == WA_OK) {
        *info = (wa_node_info){
            .type = (wa_node_type)of->type,
            .type_name = of->class->name,
            .input_count = of->input_count,
            .output_count = of->output_count,
            .param_count = of->param_count,
            .channel_count = of->mix.channel_count,
            .channel_count_mode = (wa_channel_count_mode)of->mix.mode,
            .channel_interpretation = of->mix.is_speakers ? WA_CHANNEL_INTERPRETATION_SPEAKERS
                                                          : WA_CHANNEL_INTERPRETATION_DISCRETE,
        };
    }
    return status;
}

wa_status wa_biquad_filter_get_frequency_response(wa_context *context, wa_node node,
                                                  const float *frequency_hz, float *magnitude,
                                                  float *phase_rad, uint32_t count) {
    graph_node *of = NULL;
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_BIQUAD_FILTER, "node", &of);
    if (status != WA_OK) {
        return status;
    }
    if (frequency_hz == NULL || magnitude == NULL || phase_rad == NULL) {
        return error_set(WA_ERR_TYPE, "frequency_hz, magnitude or phase_rad is NULL");
    }
    float values[4] = { 0 };
    for (uint32_t index = 0; index < 4; index++) {
        (void)wa_param_get_value(context, wa_node_param(node, index), &values[index]);
    }
    biquad_frequency_response(biquad_type_of(of->config), (double)values[WA_BIQUAD_FILTER_FREQUENCY],
                              (double)values[WA_BIQUAD_FILTER_DETUNE],
                              (double)values[WA_BIQUAD_FILTER_Q], (double)values[WA_BIQUAD_FILTER_GAIN],
                              (double)context->desc.sample_rate_hz, frequency_hz, magnitude, phase_rad,
                              count);
    return WA_OK;
}

wa_status wa_iir_filter_get_frequency_response(wa_context *context, wa_node node,
                                               const float *frequency_hz, float *magnitude,
                                               float *phase_rad, uint32_t count) {
    graph_node *of = NULL;
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_IIR_FILTER, "node", &of);
    if (status != WA_OK) {
        return status;
    }
    if (frequency_hz == NULL || magnitude == NULL || phase_rad == NULL) {
        return error_set(WA_ERR_TYPE, "frequency_hz, magnitude or phase_rad is NULL");
    }
    iir_filter_frequency_response(of->config, (double)context->desc.sample_rate_hz, frequency_hz,
                                  magnitude, phase_rad, count);
    return WA_OK;
}

wa_status wa_dynamics_compressor_get_reduction(const wa_context *context, wa_node node,
                                               float *reduction_db) {
    graph_node *of = NULL;
    if (reduction_db == NULL) {
        return error_set(WA_ERR_TYPE, "reduction_db is NULL");
    }
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, "node", &of);
    if (status == WA_OK) {
        *reduction_db = dynamics_compressor_reduction(of->state);
    }
    return status;
}
