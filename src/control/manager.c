/* AudioMemoryManager: a buffer pool and a node pool per type, behind one object. */
#include "context.h"
#include <math.h>

struct wa_memory_manager {
    wa_context *context;
    wa_memory_manager_desc desc;
    wa_buffer_pool *buffers;
    wa_node_pool *nodes[WA_NODE_TYPE_COUNT_MAX];
};

static const wa_buffer_shape shapes_by_default[] = { { 2, 2048 }, { 2, 4096 } }; /* the journal's */

static wa_status pre_allocate(wa_memory_manager *manager) {
    const bool is_default = manager->desc.pre_allocate == NULL;
    const wa_buffer_shape *shapes = is_default ? shapes_by_default : manager->desc.pre_allocate;
    const uint32_t count = manager->desc.skip_pre_allocate ? 0
                           : is_default                    ? 2
                                                           : manager->desc.pre_allocate_count;
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < count && status == WA_OK; index++) {
        status = wa_buffer_pool_pre_allocate(manager->buffers, shapes[index].channel_count,
                                             shapes[index].frame_count, NULL);
    }
    return status;
}

static wa_status make_node_pool(wa_memory_manager *manager, wa_node_type type) {
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_delay_options delay = WA_DELAY_OPTIONS_INIT;
    delay.max_delay_time_s = manager->desc.delay_max_s;
    desc.type = type;
    desc.options = type == WA_NODE_TYPE_DELAY ? &delay : NULL;
    desc.max_size = manager->desc.node_pool_max_size;
    return wa_node_pool_create(manager->context, &desc, &manager->nodes[type]);
}

wa_status wa_memory_manager_create(wa_context *context, const wa_memory_manager_desc *desc,
                                   wa_memory_manager **manager) {
    const wa_memory_manager_desc defaults = WA_MEMORY_MANAGER_DESC_INIT;
    if (context == NULL || manager == NULL) {
        return error_set(WA_ERR_TYPE, "context or manager is NULL");
    }
    desc = desc != NULL ? desc : &defaults;
    if (desc->desc_bytes != sizeof *desc) {
        return error_set(WA_ERR_NOT_SUPPORTED, "desc_bytes is %u, this library knows %zu",
                         desc->desc_bytes, sizeof *desc);
    }
    if (desc->pre_allocate == NULL && desc->pre_allocate_count > 0) {
        return error_set(WA_ERR_TYPE, "pre_allocate is NULL, and pre_allocate_count %u",
                         desc->pre_allocate_count);
    }
    if (!isfinite(desc->delay_max_s)) {
        return error_set(WA_ERR_TYPE, "delay_max_s is not finite");
    }
    if (!(desc->delay_max_s > 0.0 && desc->delay_max_s < WA_DELAY_TIME_MAX_S)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "delay_max_s is %g, its range is (0, %g)",
                         desc->delay_max_s, WA_DELAY_TIME_MAX_S);
    }
    void *memory = NULL;
    wa_status status =
        memory_take(context->engine, WA_MEMORY_OBJECTS, sizeof **manager, "a memory manager", &memory);
    if (status != WA_OK) {
        return status;
    }
    wa_memory_manager *made = memory;
    made->context = context;
    made->desc = *desc;
    status = wa_buffer_pool_create(context->engine, &desc->buffer_pool, &made->buffers);
    if (status == WA_OK) {
        status = pre_allocate(made);
    }
    const wa_node_type ready[] = { WA_NODE_TYPE_GAIN, WA_NODE_TYPE_BIQUAD_FILTER, WA_NODE_TYPE_DELAY };
    for (uint32_t index = 0; index < 3 && status == WA_OK; index++) {
        status = make_node_pool(made, ready[index]);
    }
    if (status != WA_OK) {
        wa_memory_manager_destroy(made);
        return status;
    }
    *manager = made;
    return WA_OK;
}

void wa_memory_manager_destroy(wa_memory_manager *manager) {
    if (manager == NULL) {
        return;
    }
    for (uint32_t type = 0; type < WA_NODE_TYPE_COUNT_MAX; type++) {
        wa_node_pool_destroy(manager->nodes[type]);
    }
    if (manager->buffers != NULL) {
        wa_buffer_pool_destroy(manager->buffers);
    }
    memory_give(manager->context->engine, WA_MEMORY_OBJECTS, manager, sizeof *manager);
}

wa_buffer_pool *wa_memory_manager_buffer_pool(wa_memory_manager *manager) {
    return manager != NULL ? manager->buffers : NULL;
}

static wa_status find_node_pool(wa_memory_manager *manager, wa_node_type type, wa_node_pool **pool) {
    const wa_status status = node_type_check(manager->context, type);
    if (status != WA_OK) {
        return status;
    }
    if (manager->nodes[type] == NULL) {
        const wa_status made = make_node_pool(manager, type);
        if (made != WA_OK) {
            return made;
        }
    }
    *pool = manager->nodes[type];
    return WA_OK;
}

wa_node_pool *wa_memory_manager_node_pool(wa_memory_manager *manager, wa_node_type type) {
    wa_node_pool *pool = NULL;
    if (manager == NULL) {
        (void)error_set(WA_ERR_TYPE, "manager is NULL");
        return NULL;
    }
    return find_node_pool(manager, type, &pool) == WA_OK ? pool : NULL;
}

wa_status wa_memory_manager_acquire_buffer(wa_memory_manager *manager, uint32_t channel_count,
                                           uint64_t frame_count, wa_buffer *buffer) {
    if (manager == NULL) {
        return error_set(WA_ERR_TYPE, "manager is NULL");
    }
    return wa_buffer_pool_acquire(manager->buffers, channel_count, frame_count,
                                  manager->context->desc.sample_rate_hz, buffer);
}

wa_status wa_memory_manager_release_buffer(wa_memory_manager *manager, wa_buffer buffer) {
    return manager == NULL ? error_set(WA_ERR_TYPE, "manager is NULL")
                           : wa_buffer_pool_release(manager->buffers, buffer);
}

wa_status wa_memory_manager_acquire_node(wa_memory_manager *manager, wa_node_type type, wa_node *node) {
    if (manager == NULL) {
        return error_set(WA_ERR_TYPE, "manager is NULL");
    }
    wa_node_pool *pool = NULL;
    wa_status status =
        node != NULL ? find_node_pool(manager, type, &pool) : error_set(WA_ERR_TYPE, "node is NULL");
    if (status != WA_OK) {
        return edit_end(manager->context, status);
    }
    return wa_node_pool_acquire(pool, node);
}

wa_status wa_memory_manager_release_node(wa_memory_manager *manager, wa_node node,
                                         const wa_release_options *options) {
    if (manager == NULL) {
        return error_set(WA_ERR_TYPE, "manager is NULL");
    }
    graph_node *of = NULL;
    wa_status status = node_resolve(manager->context, node, 0, "node", &of);
    if (status == WA_OK && (of->pool == NULL || of->pool != manager->nodes[of->type])) {
        status = error_set(WA_ERR_FOREIGN_HANDLE, "node is of none of the manager's pools");
    }
    return status == WA_OK ? wa_node_pool_release(manager->nodes[of->type], node, options)
                           : edit_end(manager->context, status);
}

void wa_memory_manager_get_stats(const wa_memory_manager *manager, wa_manager_stats *stats) {
    if (stats == NULL) {
        return;
    }
    *stats = (wa_manager_stats){ 0 };
    if (manager == NULL) {
        return;
    }
    wa_buffer_pool_stats buffers;
    wa_memory_stats memory;
    wa_buffer_pool_get_stats(manager->buffers, &buffers);
    wa_engine_memory_stats(manager->context->engine, &memory);
    *stats = (wa_manager_stats){ .audio_buffers = buffers.pooled_count,
                                 .estimated_bytes = memory.used_bytes,
                                 .gc_pressure = memory.gc_pressure };
    for (const pool_link *link = manager->context->pool_first; link != NULL; link = link->next) {
        profile_pool_row row;
        link->name(link, &row);
        stats->audio_nodes += link->node_count * (row.stats.available + row.stats.in_use);
    }
}
