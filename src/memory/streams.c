/* Handles and references of media and recordings; see streams.h. */
#include "streams.h"
#include "../error.h"
#include "engine.h"
#include <stdatomic.h>

static handle_kind handle_kind_of(wa_resource_kind kind) {
    return kind == WA_RESOURCE_MEDIA ? HANDLE_MEDIA : HANDLE_RECORDING;
}

static handle_set *set_of(wa_engine *engine, wa_resource_kind kind) {
    return kind == WA_RESOURCE_MEDIA ? &engine->medias : &engine->recordings;
}

bool stream_is_held(const wa_resource *resource) {
    const uint32_t count = atomic_load_explicit(&resource->reference_count, memory_order_acquire);
    return (count & ~(uint32_t)WA_STREAM_OWNER) != 0;
}

wa_status stream_resolve(const wa_engine *engine, uint64_t id, wa_resource_kind kind,
                         const char *argument, wa_resource **found) {
    void *object = NULL;
    const wa_status status =
        handle_resolve(engine, id, handle_kind_of(kind), engine, 0, argument, &object);
    *found = object;
    return status;
}

wa_status stream_claim(const wa_engine *engine, uint64_t id, wa_resource_kind kind,
                       const char *argument, const wa_resource **claimed) {
    wa_resource *found = NULL;
    const wa_status status = stream_resolve(engine, id, kind, argument, &found);
    if (status != WA_OK)
        return status;
    uint32_t free_count = WA_STREAM_OWNER;
    if (!atomic_compare_exchange_strong(&found->reference_count, &free_count, WA_STREAM_OWNER + 1))
        return error_set(WA_ERR_INVALID_STATE,
                         "%s: a node has it, or had it and the render side has not let go of it yet",
                         argument);
    *claimed = found;
    return WA_OK;
}

/* Look and mark under one lock: of two threads that close the same handle, one is told so. */
wa_status stream_end_handle(wa_engine *engine, uint64_t id, wa_resource_kind kind,
                            wa_resource **ended) {
    pthread_mutex_lock(&engine->resource_mutex);
    const char *name = kind == WA_RESOURCE_MEDIA ? "media" : "recording";
    const wa_status status = stream_resolve(engine, id, kind, name, ended);
    if (status == WA_OK)
        handle_mark_released(set_of(engine, kind), (uint32_t)id & ((1u << WA_SLOT_INDEX_BITS) - 1));
    pthread_mutex_unlock(&engine->resource_mutex);
    return status;
}

void stream_drop_owner(wa_engine *engine, wa_resource *ended) {
    const uint32_t before =
        atomic_fetch_sub_explicit(&ended->reference_count, WA_STREAM_OWNER, memory_order_acq_rel);
    assert(before >= WA_STREAM_OWNER);
    if (before == WA_STREAM_OWNER)
        resource_destroy(engine, ended);
}

wa_status stream_handle_take(wa_engine *engine, wa_resource *resource, uint32_t *slot, uint64_t *id) {
    atomic_init(&resource->reference_count, WA_STREAM_OWNER);
    return handle_take(set_of(engine, resource->kind), resource, slot, id);
}

void stream_handle_give(wa_engine *engine, wa_resource_kind kind, uint32_t slot) {
    handle_give(set_of(engine, kind), slot);
}
