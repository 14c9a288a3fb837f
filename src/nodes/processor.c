/* Processor: a callback of the caller's. Web Audio 1.1, sections "AudioWorkletNode" and
 * "AudioWorkletProcessor".
 *
 *   in[inputs][channels][frame], params --> process() --> out[outputs][channels][frame]
 *
 * Ports, params and state are those of a definition (wa_processor_data), which brings the class of its nodes;
 * the class here is what all of them have in common. It is active while the callback says so or an input is,
 * and begins active: what the specification calls the active source flag is the tail of other nodes.
 */
#include "processor.h"
#include "../kernels/mix.h"
#include "options.h"
#include <stddef.h>
#include <string.h>

static_assert((uint32_t)WA_PROCESSOR_PARAM_COUNT_MAX == (uint32_t)WA_PARAM_COUNT_MAX,
              "a definition may have as many params as a class");

static const wa_processor_data *definition_of(const processor_config *config) {
    assert(config->processor->kind == WA_RESOURCE_PROCESSOR);
    return (const wa_processor_data *)config->processor;
}

/* What the callback's arguments point to. */
typedef struct ports {
    wa_process_input inputs[WA_PORT_COUNT_MAX];
    wa_process_output outputs[WA_PORT_COUNT_MAX];
    wa_process_param params[WA_PARAM_COUNT_MAX];
} ports;

static void set_inputs(ports *of, const wa_instance *instance) {
    for (uint32_t index = 0; index < instance->input_count; index++) {
        const wa_block *in = &instance->inputs[index];
        of->inputs[index] = (wa_process_input){ .channel_count = in->is_active ? in->channel_count : 0,
                                                .planes = (const float *const *)in->planes };
    }
}

static void set_outputs(ports *of, const wa_instance *instance, uint32_t frames) {
    for (uint32_t index = 0; index < instance->output_count; index++) {
        wa_block *out = &instance->outputs[index];
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            kernel_zero(out->planes[channel], frames);
        }
        out->is_silent = false;
        of->outputs[index] =
            (wa_process_output){ .channel_count = out->channel_count, .planes = out->planes };
    }
}

static void set_params(ports *of, const wa_instance *instance, uint32_t count, uint32_t frames) {
    for (uint32_t index = 0; index < count; index++) {
        const wa_param_values *values = &instance->params[index];
        of->params[index] = (wa_process_param){ .value_count = values->is_constant ? 1 : frames,
                                                .values = values->values };
    }
}

static void process_one(wa_instance *instance, const wa_quantum *quantum) {
    const processor_config *config = instance->config;
    const wa_processor_data *definition = definition_of(config);
    const wa_node_class *class = &definition->class;
    ports of;
    set_inputs(&of, instance);
    set_outputs(&of, instance, quantum->frame_count);
    set_params(&of, instance, class->param_count, quantum->frame_count);
    const wa_process_args args = {
        .inputs = of.inputs,
        .outputs = of.outputs,
        .params = of.params,
        .input_count = instance->input_count,
        .output_count = instance->output_count,
        .param_count = class->param_count,
        .frame_count = quantum->frame_count,
        .frame = quantum->frame,
        .time_s = (double)quantum->frame / quantum->sample_rate_hz,
        .sample_rate_hz = quantum->sample_rate_hz,
        .state = class->state_bytes > 0 ? instance->state : NULL,
    };
    instance->has_tail = definition->process(config->user, &args);
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        process_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const wa_processor_data *definition = definition_of(instance->config);
    for (uint32_t index = 0; index < instance->output_count; index++) {
        counts[index] = definition->is_dynamic ? instance->inputs[0].channel_count
                                               : definition->output_channel_counts[index];
    }
}

static void reset(const void *of, void *state, double sample_rate_hz) {
    const processor_config *config = of;
    const wa_processor_data *definition = definition_of(config);
    const uint32_t bytes = definition->class.state_bytes;
    if (definition->reset != NULL) {
        definition->reset(config->user, bytes > 0 ? state : NULL, sample_rate_hz);
    } else if (bytes > 0) {
        assert(bytes <= WA_PROCESSOR_ZEROED_STATE_BYTES_MAX);
        memset(state, 0, bytes);
    }
}

/* -- Thread: control -- */

static const wa_node_class *class_of(const wa_resource *resource) {
    return &((const wa_processor_data *)resource)->class;
}

static void output_channels_max(const void *of, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)input_count;
    const wa_processor_data *definition = definition_of(of);
    for (uint32_t index = 0; index < output_count; index++) {
        counts[index] =
            definition->is_dynamic ? input_max[0] : definition->output_channel_counts[index];
    }
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    if (env->resource == NULL) {
        return error_set(
            WA_ERR_INVALID_STATE,
            "options.processor: a Processor is made of a definition (wa_processor_define)");
    }
    const wa_processor_options *wanted = options; /* the definition came from there */
    const uint32_t param_count = class_of(env->resource)->param_count;
    if (wanted->param_value_count > param_count) {
        return error_set(WA_ERR_INDEX_SIZE, "param_value_count is %u, %s has %u params",
                         wanted->param_value_count, class_of(env->resource)->name, param_count);
    }
    for (uint32_t index = 0; index < wanted->param_value_count; index++) {
        const wa_status status =
            option_finite("param_values of a Processor", (double)wanted->param_values[index]);
        if (status != WA_OK) {
            return status;
        }
        setup->param_values[index] = wanted->param_values[index];
    }
    *(processor_config *)setup->config =
        (processor_config){ .processor = env->resource, .user = wanted->user };
    return WA_OK;
}

static wa_status set_attribute(void *of, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    (void)number;
    if (attribute != WA_ATTRIBUTE_USER) {
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: a Processor has none numbered %d",
                         (int)attribute);
    }
    ((processor_config *)of)->user = env->user;
    return WA_OK;
}

static void config_finish(const void *of) {
    const processor_config *config = of;
    const wa_processor_finish_fn finish = definition_of(config)->finish;
    if (finish != NULL && config->user != NULL) {
        finish(config->user);
    }
}

const wa_node_class wa_node_class_processor = {
    .name = "Processor",
    .options_bytes = sizeof(wa_processor_options),
    .config_bytes = sizeof(processor_config),
    .flags = WA_CLASS_OWN_BLOCK | WA_CLASS_BEGINS_ACTIVE | WA_CLASS_KEEPS_CONFIG,
    .resource_kind = WA_RESOURCE_PROCESSOR,
    .options_resource_offset = offsetof(wa_processor_options, processor),
    .class_of = class_of,
    .configure = configure,
    .set_attribute = set_attribute,
    .config_finish = config_finish,
    .output_channels_max = output_channels_max,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
