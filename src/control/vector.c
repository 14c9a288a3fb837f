/* A growing array, charged to the ledger: doubled into new memory. The old memory stays until the edit has
 * succeeded, so that one that fails can put it back. */
#include "context.h"
#include <string.h>

static void give(wa_engine *engine, const vector *list, void *items, uint32_t capacity) {
    memory_give(engine, list->category, items, (uint64_t)capacity * list->item_bytes);
}

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
    if (list->grown == NULL || list->is_grown) {
        give(engine, list, list->items, list->capacity);
    } else {
        list->is_grown = true;
        list->kept_items = list->items;
        list->kept_capacity = list->capacity;
        list->grown_next = *list->grown;
        *list->grown = list;
    }
    list->items = items;
    list->capacity = (uint32_t)capacity;
    return WA_OK;
}

void *vector_add(vector *list) {
    assert(list->count < list->capacity);
    return (char *)list->items + (size_t)list->count++ * list->item_bytes;
}

void vector_finish(wa_engine *engine, vector *list) {
    give(engine, list, list->items, list->capacity);
    give(engine, list, list->kept_items, list->kept_capacity);
    list->items = list->kept_items = NULL;
    list->count = list->capacity = list->kept_capacity = 0;
}

static vector *grown_pop(vector **grown) {
    vector *list = *grown;
    *grown = list->grown_next;
    list->grown_next = NULL;
    list->is_grown = false;
    return list;
}

static void forget_kept(wa_engine *engine, vector *list) {
    give(engine, list, list->kept_items, list->kept_capacity);
    list->kept_items = NULL;
    list->kept_capacity = 0;
}

void vectors_keep(wa_engine *engine, vector **grown) {
    while (*grown != NULL) {
        forget_kept(engine, grown_pop(grown));
    }
}

void vectors_give_back(wa_engine *engine, vector **grown) {
    while (*grown != NULL) {
        vector *list = grown_pop(grown);
        if (list->count <= list->kept_capacity) {
            void *items = list->items;
            const uint32_t capacity = list->capacity;
            if (list->count > 0) {
                memcpy(list->kept_items, items, (size_t)list->count * list->item_bytes);
            }
            list->items = list->kept_items;
            list->capacity = list->kept_capacity;
            list->kept_items = items;
            list->kept_capacity = capacity;
        }
        forget_kept(engine, list);
    }
}
