/* Definitions of processors: checked and copied into one block of memory, with the class of their nodes. */
#include "processors.h"
#include "../error.h"
#include "buffers.h"
#include "engine.h"
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

typedef struct definition {
    wa_processor_data data; /* first: what a handle means */
    char name[WA_PROCESSOR_NAME_BYTES_MAX];
    char param_names[WA_PROCESSOR_PARAM_COUNT_MAX][WA_PROCESSOR_NAME_BYTES_MAX];
} definition;

void processor_destroy(wa_engine *engine, wa_resource *processor) {
    assert(processor->kind == WA_RESOURCE_PROCESSOR);
    memory_give(engine, WA_MEMORY_OBJECTS, processor, sizeof(definition));
}

wa_status processor_resolve(const wa_engine *engine, wa_processor processor, const char *argument,
                            wa_resource **resource) {
    void *object;
    const wa_status status =
        handle_resolve(engine, processor.id, HANDLE_PROCESSOR, engine, 0, argument, &object);
    if (status == WA_OK)
        *resource = object;
    return status;
}

/* -- Checks ------------------------------------------------------------------------------------ */

/* It goes into messages, JSON and tables as it is. */
static wa_status check_name(const char *name, const char *argument) {
    if (name == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", argument);
    const size_t length = strnlen(name, WA_PROCESSOR_NAME_BYTES_MAX);
    bool is_printable = true;
    for (size_t i = 0; i < length; i++)
        is_printable = is_printable && name[i] >= ' ' && name[i] <= '~';
    if (length < 1 || length >= WA_PROCESSOR_NAME_BYTES_MAX || !is_printable)
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: must be 1 to %d printable ASCII characters",
                         argument, WA_PROCESSOR_NAME_BYTES_MAX - 1);
    return WA_OK;
}

static wa_status check_param(const wa_processor_param *param, uint32_t index) {
    const wa_status status = check_name(param->name, "params[].name");
    if (status != WA_OK)
        return status;
    if (!isfinite(param->value_default) || !isfinite(param->value_min) || !isfinite(param->value_max))
        return error_set(WA_ERR_TYPE, "params[%" PRIu32 "]: %s has a value that is not finite", index,
                         param->name);
    if (param->value_default < param->value_min || param->value_default > param->value_max)
        return error_set(WA_ERR_INVALID_STATE,
                         "params[%" PRIu32 "]: value_default of %s is %g, outside [%g, %g]", index,
                         param->name, (double)param->value_default, (double)param->value_min,
                         (double)param->value_max);
    if (param->automation_rate != WA_AUTOMATION_RATE_A &&
        param->automation_rate != WA_AUTOMATION_RATE_K)
        return error_set(WA_ERR_TYPE, "params[%" PRIu32 "]: automation_rate %d is none", index,
                         (int)param->automation_rate);
    return WA_OK;
}

static wa_status check_params(const wa_processor_desc *desc) {
    if (desc->param_count > WA_PROCESSOR_PARAM_COUNT_MAX)
        return error_set(WA_ERR_LIMIT,
                         "param_count: %" PRIu32 " is above WA_PROCESSOR_PARAM_COUNT_MAX, %d",
                         desc->param_count, WA_PROCESSOR_PARAM_COUNT_MAX);
    if (desc->params == NULL && desc->param_count > 0)
        return error_set(WA_ERR_TYPE, "params: is NULL");
    for (uint32_t i = 0; i < desc->param_count; i++) {
        const wa_status status = check_param(&desc->params[i], i);
        if (status != WA_OK)
            return status;
        for (uint32_t other = 0; other < i; other++) {
            if (strcmp(desc->params[i].name, desc->params[other].name) == 0)
                return error_set(WA_ERR_NOT_SUPPORTED,
                                 "params[%" PRIu32 "] is named %s like params[%" PRIu32 "]", i,
                                 desc->params[i].name, other);
        }
    }
    return WA_OK;
}

static wa_status check_ports(const wa_processor_desc *desc) {
    if (desc->input_count > WA_PORT_COUNT_MAX || desc->output_count > WA_PORT_COUNT_MAX)
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "input_count, output_count: %" PRIu32 " and %" PRIu32 ", at most %d each",
                         desc->input_count, desc->output_count, WA_PORT_COUNT_MAX);
    if (desc->input_count == 0 && desc->output_count == 0)
        return error_set(WA_ERR_NOT_SUPPORTED, "input_count, output_count: both are 0");
    for (uint32_t i = 0; desc->output_channel_counts != NULL && i < desc->output_count; i++) {
        const uint32_t count = desc->output_channel_counts[i];
        if (count < 1 || count > WA_CHANNEL_COUNT_MAX)
            return error_set(WA_ERR_NOT_SUPPORTED,
                             "output_channel_counts[%" PRIu32 "]: %" PRIu32 " is not in [1, %d]", i,
                             count, WA_CHANNEL_COUNT_MAX);
    }
    return WA_OK;
}

static wa_status check_desc(const wa_processor_desc *desc) {
    if (desc->desc_bytes != sizeof *desc)
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "desc_bytes: %" PRIu32 ", this library knows %zu; use WA_PROCESSOR_DESC_INIT",
                         desc->desc_bytes, sizeof *desc);
    if (desc->process == NULL)
        return error_set(WA_ERR_TYPE, "process: is NULL");
    if (desc->reset == NULL && desc->state_bytes > WA_PROCESSOR_ZEROED_STATE_BYTES_MAX)
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "state_bytes: %" PRIu32 " without reset, which is needed above %d",
                         desc->state_bytes, WA_PROCESSOR_ZEROED_STATE_BYTES_MAX);
    wa_status status = check_name(desc->name, "name");
    if (status == WA_OK)
        status = check_ports(desc);
    return status == WA_OK ? check_params(desc) : status;
}

/* -- Making ------------------------------------------------------------------------------------ */

static void fill_params(definition *made, const wa_processor_desc *desc) {
    made->data.class.param_count = desc->param_count;
    for (uint32_t i = 0; i < desc->param_count; i++) {
        const wa_processor_param *param = &desc->params[i];
        strcpy(made->param_names[i], param->name);
        made->data.class.params[i] =
            (wa_param_class){ .name = made->param_names[i],
                              .value_default = param->value_default,
                              .value_min = param->value_min,
                              .value_max = param->value_max,
                              .is_k_rate = param->automation_rate == WA_AUTOMATION_RATE_K };
    }
}

static void fill(definition *made, const wa_processor_desc *desc) {
    wa_processor_data *data = &made->data;
    strcpy(made->name, desc->name);
    data->resource.kind = WA_RESOURCE_PROCESSOR;
    atomic_init(&data->resource.reference_count, 1);
    data->process = desc->process;
    data->reset = desc->reset;
    data->finish = desc->finish;
    data->is_dynamic =
        desc->output_channel_counts == NULL && desc->input_count == 1 && desc->output_count == 1;
    for (uint32_t i = 0; i < desc->output_count; i++)
        data->output_channel_counts[i] =
            desc->output_channel_counts != NULL ? (uint8_t)desc->output_channel_counts[i] : 1;
    data->class = *node_class(WA_NODE_TYPE_PROCESSOR);
    data->class.name = made->name;
    data->class.input_count = desc->input_count;
    data->class.output_count = desc->output_count;
    data->class.state_bytes = desc->state_bytes;
    fill_params(made, desc);
}

wa_status wa_processor_define(wa_engine *engine, const wa_processor_desc *desc,
                              wa_processor *processor) {
    if (engine == NULL || desc == NULL || processor == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL",
                         engine == NULL ? "engine"
                         : desc == NULL ? "desc"
                                        : "processor");
    wa_status status = check_desc(desc);
    void *memory = NULL;
    if (status == WA_OK)
        status = memory_take(engine, WA_MEMORY_OBJECTS, sizeof(definition), "processor", &memory);
    if (status != WA_OK)
        return status;
    definition *made = memory;
    fill(made, desc);
    uint32_t slot;
    uint64_t id;
    status = handle_take(&engine->processors, made, &slot, &id);
    if (status != WA_OK) {
        processor_destroy(engine, &made->data.resource);
        return status;
    }
    *processor = (wa_processor){ .id = id };
    return WA_OK;
}

wa_status wa_processor_release(wa_engine *engine, wa_processor processor) {
    if (engine == NULL)
        return error_set(WA_ERR_TYPE, "engine: is NULL");
    pthread_mutex_lock(&engine->resource_mutex); /* of two threads that release it, one does */
    wa_resource *resource;
    const wa_status status = processor_resolve(engine, processor, "processor", &resource);
    if (status == WA_OK)
        handle_give(&engine->processors, (uint32_t)processor.id & ((1u << WA_SLOT_INDEX_BITS) - 1));
    pthread_mutex_unlock(&engine->resource_mutex);
    if (status == WA_OK)
        resource_unreference(engine, resource);
    return status;
}
