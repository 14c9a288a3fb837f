/* A node's configuration, kept to be restored; see node_snapshot.h. */
#include "node_snapshot.h"
#include <string.h>

/* A file is one node's: a snapshot must not have it too. And a voice would not know when it is over. */
static wa_status check_stream(const graph_node *of) {
    if ((of->class->flags & WA_CLASS_STREAM) == 0) {
        return WA_OK;
    }
    if (of->group != NULL) {
        return error_set(WA_ERR_NOT_SUPPORTED, "a voice cannot have a %s", of->class->name);
    }
    return *(const wa_resource *const *)of->config == NULL
               ? WA_OK
               : error_set(WA_ERR_INVALID_STATE,
                           "a pooled %s gets its file once it is acquired: it is one node's",
                           of->class->name);
}

wa_status node_snapshot_take(wa_context *context, const graph_node *of, node_snapshot *snapshot) {
    const wa_status allowed = check_stream(of);
    if (allowed != WA_OK) {
        return allowed;
    }
    *snapshot = (node_snapshot){ .type = (wa_node_type)of->type,
                                 .class = of->class,
                                 .input_count = of->input_count,
                                 .output_count = of->output_count,
                                 .mix = of->mix };
    for (uint32_t index = 0; index < of->param_count; index++) {
        snapshot->values[index] = of->params[index].shown;
        snapshot->rates[index] = of->params[index].rate;
    }
    if (of->config == NULL) {
        return WA_OK;
    }
    snapshot->config_bytes = of->class->config_bytes;
    const wa_status status = memory_take(context->engine, WA_MEMORY_OBJECTS, snapshot->config_bytes,
                                         "a pool's snapshot", &snapshot->config);
    if (status == WA_OK) {
        memcpy(snapshot->config, of->config, snapshot->config_bytes);
        if (of->class->resource_kind != WA_RESOURCE_NONE) {
            resource_reference(*(const wa_resource *const *)snapshot->config);
        }
    }
    return status;
}

void node_snapshot_finish(wa_context *context, node_snapshot *snapshot) {
    if (snapshot->config != NULL) {
        if (node_class(snapshot->type)->resource_kind != WA_RESOURCE_NONE) {
            resource_unreference(context->engine, *(const wa_resource *const *)snapshot->config);
        }
        memory_give(context->engine, WA_MEMORY_OBJECTS, snapshot->config, snapshot->config_bytes);
        snapshot->config = NULL;
    }
}

wa_status node_snapshot_fit(wa_context *context, graph_node *of, const node_snapshot *snapshot) {
    if (of->class != snapshot->class) {
        return error_set(WA_ERR_WRONG_TYPE, "the factory made a %s, before that a %s", of->class->name,
                         snapshot->class->name);
    }
    if (of->input_count != snapshot->input_count || of->output_count != snapshot->output_count) {
        return error_set(
            WA_ERR_WRONG_TYPE,
            "the factory made a %s of %u inputs and %u outputs, before that one of %u and %u",
            of->class->name, of->input_count, of->output_count, snapshot->input_count,
            snapshot->output_count);
    }
    const mixing mix = of->mix;
    void *config = of->config;
    of->mix = snapshot->mix;
    of->config = snapshot->config != NULL ? snapshot->config : config;
    const wa_status status = bounds_refresh(context, of);
    of->mix = mix;
    of->config = config;
    return status;
}

wa_status node_snapshot_restore(wa_context *context, graph_node *of, const node_snapshot *snapshot) {
    return node_reset(context, of, snapshot->config, &snapshot->mix, snapshot->values, snapshot->rates);
}
