/* Memory that goes with the resource of a config, see wa_node_memory. Configs count their references here;
 * render says by itself whether it still uses one. A block that neither wants is freed. */
#include "context.h"
#include <stdatomic.h>
#include <string.h>

enum { HEADER_BYTES = (sizeof(wa_node_memory) + 63) / 64 * 64 };

static wa_status make(wa_context *context, const wa_node_class *class, const wa_resource *resource,
                      wa_node_memory **made) {
    void *block = NULL;
    const uint64_t size_bytes = class->memory_bytes(resource);
    const wa_status status = memory_take(context->engine, WA_MEMORY_IMPULSE_RESPONSES,
                                         HEADER_BYTES + size_bytes, "what a node remembers", &block);
    if (status != WA_OK) {
        return status;
    }
    *made = block;
    **made = (wa_node_memory){ .resource = resource,
                               .bytes = (char *)block + HEADER_BYTES,
                               .size_bytes = size_bytes,
                               .reference_count = 1 };
    resource_reference(resource);
    return WA_OK;
}

static void destroy(wa_context *context, wa_node_memory *of) {
    resource_unreference(context->engine, of->resource);
    memory_give(context->engine, WA_MEMORY_IMPULSE_RESPONSES, of, HEADER_BYTES + of->size_bytes);
}

wa_status node_memory_attach(wa_context *context, const wa_node_class *class, void *config,
                             const void *kept) {
    if (class->memory_bytes == NULL) {
        return WA_OK;
    }
    wa_resource_config *of = config;
    wa_node_memory *before = kept != NULL ? ((const wa_resource_config *)kept)->memory : NULL;
    of->memory = NULL;
    if (before != NULL && before->resource == of->resource) {
        before->reference_count++;
        of->memory = before;
        return WA_OK;
    }
    return of->resource != NULL ? make(context, class, of->resource, &of->memory) : WA_OK;
}

void node_memory_detach(wa_context *context, const wa_node_class *class, void *config) {
    wa_node_memory *memory =
        class->memory_bytes != NULL ? ((wa_resource_config *)config)->memory : NULL;
    if (memory == NULL || --memory->reference_count > 0) {
        return;
    }
    ((wa_resource_config *)config)->memory = NULL;
    if (atomic_load_explicit(&memory->is_held, memory_order_acquire)) {
        memory->next = context->lingering;
        context->lingering = memory;
    } else {
        destroy(context, memory);
    }
}

void node_memories_drain(wa_context *context) {
    wa_node_memory **link = &context->lingering;
    while (*link != NULL) {
        wa_node_memory *memory = *link;
        if (atomic_load_explicit(&memory->is_held, memory_order_acquire)) {
            link = &memory->next;
        } else {
            *link = memory->next;
            destroy(context, memory);
        }
    }
}

void node_memories_finish(wa_context *context) {
    while (context->lingering != NULL) {
        wa_node_memory *memory = context->lingering;
        context->lingering = memory->next;
        destroy(context, memory);
    }
}
