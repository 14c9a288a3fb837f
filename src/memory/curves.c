/* Curves, in short lists by a hash of their points; see curves.h. */
#include "curves.h"
#include "../error.h"
#include "engine.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

typedef struct curve {
    wa_curve_data data; /* first: what nodes see */
    struct curve *next; /* in its list, under the engine's resource mutex */
    uint64_t hash, size_bytes;
    float points[]; /* [count + 1]: one more, which stays 0 */
} curve;

static_assert(offsetof(curve, data) == 0, "a resource is both");

/* FNV-1a over the bits. */
static uint64_t hash_of(const float *points, uint32_t count) {
    uint64_t hash = 14695981039346656037u;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &points[i], sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
    }
    return hash;
}

static curve **list_of(wa_engine *engine, uint64_t hash) {
    return &engine->curves[hash % CURVE_LIST_COUNT];
}

/* Fails when another thread is about to free it. */
static bool reference_if_alive(curve *found) {
    uint32_t count = atomic_load(&found->data.resource.reference_count);
    while (count > 0) {
        if (atomic_compare_exchange_weak(&found->data.resource.reference_count, &count, count + 1)) {
            return true;
        }
    }
    return false;
}

static curve *find(wa_engine *engine, const float *points, uint32_t count, uint64_t hash) {
    curve *found = NULL;
    pthread_mutex_lock(&engine->resource_mutex);
    for (curve *each = *list_of(engine, hash); each != NULL && found == NULL; each = each->next) {
        if (each->hash == hash && each->data.point_count == count &&
            memcmp(each->points, points, count * sizeof *points) == 0 && reference_if_alive(each)) {
            found = each;
        }
    }
    pthread_mutex_unlock(&engine->resource_mutex);
    return found;
}

static void list_in(wa_engine *engine, curve *made) {
    curve **list = list_of(engine, made->hash);
    pthread_mutex_lock(&engine->resource_mutex);
    made->next = *list;
    *list = made;
    pthread_mutex_unlock(&engine->resource_mutex);
}

wa_status curve_make(wa_engine *engine, const float *points, uint32_t count,
                     const wa_resource **resource) {
    if (count < 2) {
        return error_set(WA_ERR_INVALID_STATE, "curve_count is %" PRIu32 ", a curve has at least 2",
                         count);
    }
    if (count > WA_CURVE_POINT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "curve_count is %" PRIu32 ", at most %d", count,
                         WA_CURVE_POINT_MAX);
    }
    const uint64_t hash = hash_of(points, count);
    curve *made = find(engine, points, count, hash);
    if (made == NULL) {
        const uint64_t bytes = sizeof *made + ((uint64_t)count + 1) * sizeof *points;
        void *memory;
        const wa_status status = memory_take(engine, WA_MEMORY_BUFFERS, bytes, "a curve", &memory);
        if (status != WA_OK) {
            return status;
        }
        made = memory;
        made->data.resource.kind = WA_RESOURCE_CURVE;
        atomic_init(&made->data.resource.reference_count, 1);
        made->data.point_count = count;
        made->data.points = made->points;
        made->hash = hash;
        made->size_bytes = bytes;
        memcpy(made->points, points, count * sizeof *points);
        list_in(engine, made); /* two threads may have made the same one: both are right */
    }
    *resource = &made->data.resource;
    return WA_OK;
}

void curve_destroy(wa_engine *engine, wa_resource *resource) {
    assert(resource->kind == WA_RESOURCE_CURVE);
    curve *gone = (curve *)resource;
    pthread_mutex_lock(&engine->resource_mutex);
    curve **link = list_of(engine, gone->hash);
    while (*link != gone) {
        link = &(*link)->next;
    }
    *link = gone->next;
    pthread_mutex_unlock(&engine->resource_mutex);
    memory_give(engine, WA_MEMORY_BUFFERS, gone, gone->size_bytes);
}
