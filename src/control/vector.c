/* A growing array, charged to the ledger: doubled into new memory, never in the middle of an edit. */
#include "context.h"
#include <string.h>

wa_status vector_reserve(wa_engine *engine, vector *list, uint32_t more) {
    const uint64_t needed = (uint64_t)list->count + more;
    if (needed <= list->capacity) {
        return WA_OK;
    }
    uint64_t capacity = list->capacity < 8 ? 8 : list->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    if (capacity > UINT32_MAX / 2) {
        return error_set(WA_ERR_LIMIT, "an internal list would have more than %u entries",
                         UINT32_MAX / 2);
    }
    void *items = NULL;
    const wa_status status =
        memory_take(engine, list->category, capacity * list->item_bytes, "a list of the graph", &items);
    if (status != WA_OK) {
        return status;
    }
    if (list->count > 0) {
        memcpy(items, list->items, (size_t)list->count * list->item_bytes);
    }
    memory_give(engine, list->category, list->items, (uint64_t)list->capacity * list->item_bytes);
    list->items = items;
    list->capacity = (uint32_t)capacity;
    return WA_OK;
}

void *vector_add(vector *list) {
    assert(list->count < list->capacity);
    return (char *)list->items + (size_t)list->count++ * list->item_bytes;
}

void vector_finish(wa_engine *engine, vector *list) {
    memory_give(engine, list->category, list->items, (uint64_t)list->capacity * list->item_bytes);
    list->items = NULL;
    list->count = list->capacity = 0;
}
