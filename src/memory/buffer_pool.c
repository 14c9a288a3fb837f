/* Idle buffers by shape: exact keys of two integers, least recently used shapes give way first.
 *
 *   hash table of shapes --> first idle buffer (stands for the shape) --> next --> next
 *   lru: newest shape <--> ... <--> oldest shape
 * Everything that lists need lies in the buffers, so giving back never takes memory and cannot fail.
 * All lists are under the engine's resource mutex: a last reference may go on any control thread, and
 * another thread that runs out of budget may take idle buffers away. Memory is taken outside of it.
 */
#include "../error.h"
#include "buffer_data.h"
#include "buffers.h"
#include "engine.h"
#include "wavepool/pool.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

enum { BUCKET_COUNT_MIN = 64, BUCKET_GROWTH = 4 };

struct wa_buffer_pool {
    wa_engine *engine;
    uint32_t max_size, pre_allocate;
    wa_buffer_pool *prev, *next; /* of the engine */
    buffer *in_use;
    buffer *newest, *oldest; /* shapes, by last use */
    buffer **buckets;        /* a power of two of them */
    uint64_t bucket_count;
    wa_buffer_pool_stats stats;
    buffer *first_buckets[BUCKET_COUNT_MIN];
};

static void lock(const wa_buffer_pool *pool) {
    pthread_mutex_lock(&pool->engine->resource_mutex);
}

static void unlock(const wa_buffer_pool *pool) {
    pthread_mutex_unlock(&pool->engine->resource_mutex);
}

/* -- Shapes: the lock is held ------------------------------------------------------------------ */

static uint64_t hash_shape(uint32_t channel_count, uint64_t frame_count) {
    uint64_t mixed = (frame_count << 5 ^ channel_count) * UINT64_C(0x9E3779B97F4A7C15);
    return mixed ^ mixed >> 32;
}

/* The link that points at the shape's first buffer, or that would. */
static buffer **find_shape(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count) {
    const uint64_t bucket = hash_shape(channel_count, frame_count) & (pool->bucket_count - 1);
    buffer **link = &pool->buckets[bucket];
    while (*link != NULL &&
           ((*link)->data.channel_count != channel_count || (*link)->data.frame_count != frame_count))
        link = &(*link)->hash_next;
    return link;
}

static void lru_unlink(wa_buffer_pool *pool, buffer *first) {
    *(first->lru_prev != NULL ? &first->lru_prev->lru_next : &pool->newest) = first->lru_next;
    *(first->lru_next != NULL ? &first->lru_next->lru_prev : &pool->oldest) = first->lru_prev;
}

static void lru_push(wa_buffer_pool *pool, buffer *first) {
    first->lru_prev = NULL;
    first->lru_next = pool->newest;
    first->last_use = ++pool->engine->use_count;
    *(pool->newest != NULL ? &pool->newest->lru_prev : &pool->oldest) = first;
    pool->newest = first;
}

static void shape_push(wa_buffer_pool *pool, buffer *idle) {
    buffer **link = find_shape(pool, idle->data.channel_count, idle->data.frame_count);
    buffer *first = *link;
    if (first != NULL) {
        lru_unlink(pool, first);
        idle->next = first->next;
        first->next = idle;
    } else {
        first = *link = idle;
        idle->next = idle->hash_next = NULL;
        idle->idle_count = 0;
        pool->stats.key_count++;
    }
    first->idle_count++;
    lru_push(pool, first);
    pool->stats.pooled_count++;
    pool->stats.pooled_bytes += buffer_charge_bytes(pool->engine, idle);
}

/* The one given back last, whose planes are warm; the first goes last, for it stands for the shape. */
static buffer *shape_pop(wa_buffer_pool *pool, buffer **link) {
    buffer *first = *link, *idle = first->next;
    if (idle != NULL) {
        first->next = idle->next;
        first->idle_count--;
    } else {
        idle = first;
        *link = first->hash_next;
        lru_unlink(pool, first);
        pool->stats.key_count--;
    }
    pool->stats.pooled_count--;
    pool->stats.pooled_bytes -= buffer_charge_bytes(pool->engine, idle);
    return idle;
}

static void in_use_push(wa_buffer_pool *pool, buffer *used) {
    used->prev = NULL;
    used->next = pool->in_use;
    if (pool->in_use != NULL)
        pool->in_use->prev = used;
    pool->in_use = used;
    pool->stats.in_use_count++;
    pool->stats.in_use_bytes += buffer_charge_bytes(pool->engine, used);
}

static void in_use_unlink(wa_buffer_pool *pool, buffer *used) {
    *(used->prev != NULL ? &used->prev->next : &pool->in_use) = used->next;
    if (used->next != NULL)
        used->next->prev = used->prev;
    pool->stats.in_use_count--;
    pool->stats.in_use_bytes -= buffer_charge_bytes(pool->engine, used);
}

static void note_peak(wa_buffer_pool *pool) {
    const uint64_t bytes = pool->stats.pooled_bytes + pool->stats.in_use_bytes;
    if (bytes > pool->stats.peak_bytes)
        pool->stats.peak_bytes = bytes;
}

bool buffer_pool_take_back(wa_buffer_pool *pool, buffer *returned) {
    in_use_unlink(pool, returned);
    returned->pool = NULL;
    buffer *first = *find_shape(pool, returned->data.channel_count, returned->data.frame_count);
    if ((first != NULL ? first->idle_count : 0) >= pool->max_size) {
        pool->stats.drop_count++;
        return false;
    }
    /* Every copy of the handle is stale from here on; the new one waits, released, to be handed out. */
    if (handle_renew(&pool->engine->buffers, returned->slot) == 0) {
        returned->slot = BUFFER_SLOT_NONE;
        pool->stats.drop_count++;
        return false;
    }
    handle_mark_released(&pool->engine->buffers, returned->slot);
    shape_push(pool, returned);
    return true;
}

/* -- Trim -------------------------------------------------------------------------------------- */

static buffer *pop_oldest(wa_buffer_pool *pool) {
    const buffer *first = pool->oldest;
    return shape_pop(pool, find_shape(pool, first->data.channel_count, first->data.frame_count));
}

/* Freed one at a time, so that the lock is never held while the system takes pages back. */
static uint64_t free_idle(wa_buffer_pool *pool, uint64_t want_bytes) {
    uint64_t freed_bytes = 0;
    while (freed_bytes < want_bytes) {
        lock(pool);
        buffer *idle = pool->oldest != NULL ? pop_oldest(pool) : NULL;
        unlock(pool);
        if (idle == NULL)
            break;
        freed_bytes += buffer_charge_bytes(pool->engine, idle);
        buffer_destroy(pool->engine, idle, false);
    }
    return freed_bytes;
}

uint64_t buffer_pools_trim(wa_engine *engine, uint64_t want_bytes) {
    uint64_t freed_bytes = 0;
    while (freed_bytes < want_bytes) {
        pthread_mutex_lock(&engine->resource_mutex);
        wa_buffer_pool *stalest = NULL;
        for (wa_buffer_pool *pool = engine->pools; pool != NULL; pool = pool->next) {
            if (pool->oldest != NULL &&
                (stalest == NULL || pool->oldest->last_use < stalest->oldest->last_use))
                stalest = pool;
        }
        buffer *idle = stalest != NULL ? pop_oldest(stalest) : NULL;
        pthread_mutex_unlock(&engine->resource_mutex);
        if (idle == NULL)
            break;
        freed_bytes += buffer_charge_bytes(engine, idle);
        buffer_destroy(engine, idle, false);
    }
    return freed_bytes;
}

uint64_t wa_buffer_pool_trim(wa_buffer_pool *pool, uint64_t target_bytes) {
    if (pool == NULL)
        return 0;
    lock(pool);
    const uint64_t pooled_bytes = pool->stats.pooled_bytes;
    unlock(pool);
    return pooled_bytes > target_bytes ? free_idle(pool, pooled_bytes - target_bytes) : 0;
}

/* -- Create and destroy ------------------------------------------------------------------------ */

static wa_status read_desc(const wa_buffer_pool_desc *given, wa_buffer_pool_desc *desc) {
    *desc = (wa_buffer_pool_desc)WA_BUFFER_POOL_DESC_INIT;
    if (given == NULL)
        return WA_OK;
    if (given->desc_bytes == 0 || given->desc_bytes > sizeof *desc)
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "desc_bytes: %" PRIu32 " is not in [1, %zu]; use "
                         "WA_BUFFER_POOL_DESC_INIT",
                         given->desc_bytes, sizeof *desc);
    memcpy(desc, given, given->desc_bytes);
    if (desc->pre_allocate > desc->max_size)
        return error_set(WA_ERR_NOT_SUPPORTED, "pre_allocate: %" PRIu32 " is above max_size %" PRIu32,
                         desc->pre_allocate, desc->max_size);
    return WA_OK;
}

wa_status wa_buffer_pool_create(wa_engine *engine, const wa_buffer_pool_desc *desc,
                                wa_buffer_pool **pool) {
    if (engine == NULL || pool == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", engine == NULL ? "engine" : "pool");
    wa_buffer_pool_desc checked;
    wa_status status = read_desc(desc, &checked);
    void *memory;
    if (status == WA_OK)
        status = memory_take(engine, WA_MEMORY_OBJECTS, sizeof **pool, "buffer pool", &memory);
    if (status != WA_OK)
        return status;
    wa_buffer_pool *made = memory;
    made->engine = engine;
    made->max_size = checked.max_size;
    made->pre_allocate = checked.pre_allocate;
    made->buckets = made->first_buckets;
    made->bucket_count = BUCKET_COUNT_MIN;
    lock(made);
    made->next = engine->pools;
    if (engine->pools != NULL)
        engine->pools->prev = made;
    engine->pools = made;
    unlock(made);
    *pool = made;
    return WA_OK;
}

static void give_buckets(wa_buffer_pool *pool, buffer **buckets, uint64_t count) {
    if (buckets != pool->first_buckets)
        memory_give(pool->engine, WA_MEMORY_OBJECTS, buckets, count * sizeof *buckets);
}

void wa_buffer_pool_destroy(wa_buffer_pool *pool) {
    if (pool == NULL)
        return;
    wa_engine *engine = pool->engine;
    lock(pool);
    for (buffer *used = pool->in_use; used != NULL; used = used->next)
        used->pool = NULL;
    pool->in_use = NULL;
    *(pool->prev != NULL ? &pool->prev->next : &engine->pools) = pool->next;
    if (pool->next != NULL)
        pool->next->prev = pool->prev;
    unlock(pool);
    free_idle(pool, UINT64_MAX);
    give_buckets(pool, pool->buckets, pool->bucket_count);
    memory_give(engine, WA_MEMORY_OBJECTS, pool, sizeof *pool);
}

/* -- Acquire and release ----------------------------------------------------------------------- */

/* Keep chains short when there are many shapes. Without the memory they are only longer. */
static void widen_buckets(wa_buffer_pool *pool) {
    lock(pool);
    const bool is_crowded = pool->stats.key_count > pool->bucket_count;
    unlock(pool);
    if (!is_crowded)
        return;
    const uint64_t count = pool->bucket_count * BUCKET_GROWTH;
    void *memory;
    if (memory_take_with(pool->engine, WA_MEMORY_OBJECTS, count * sizeof(buffer *), "shapes of a pool",
                         MEMORY_KEEP_IDLE | MEMORY_QUIET, &memory) != WA_OK)
        return;
    lock(pool);
    buffer **old_buckets = pool->buckets;
    const uint64_t old_count = pool->bucket_count;
    pool->buckets = memory;
    pool->bucket_count = count;
    for (buffer *first = pool->newest; first != NULL; first = first->lru_next) {
        first->hash_next = NULL;
        *find_shape(pool, first->data.channel_count, first->data.frame_count) = first;
    }
    unlock(pool);
    give_buckets(pool, old_buckets, old_count);
}

static void clear_planes(buffer *used) {
    for (uint32_t i = 0; i < used->data.channel_count; i++)
        memset(used->data.planes[i], 0, used->data.frame_count * sizeof(float));
}

static buffer *take_idle(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count) {
    buffer *idle = NULL;
    lock(pool);
    buffer **link = find_shape(pool, channel_count, frame_count);
    if (*link != NULL) {
        lru_unlink(pool, *link);
        lru_push(pool, *link);
        idle = shape_pop(pool, link);
        idle->pool = pool;
        atomic_store_explicit(&idle->data.resource.reference_count, 1, memory_order_relaxed);
        handle_mark_live(&pool->engine->buffers, idle->slot);
        in_use_push(pool, idle);
        pool->stats.hit_count++;
    }
    unlock(pool);
    return idle;
}

/* A pool holds floats. */
static wa_buffer_desc desc_of(uint32_t channel_count, uint64_t frame_count, float sample_rate_hz) {
    return (wa_buffer_desc){ .desc_bytes = sizeof(wa_buffer_desc),
                             .channel_count = channel_count,
                             .frame_count = frame_count,
                             .sample_rate_hz = sample_rate_hz,
                             .storage = WA_BUFFER_STORAGE_FLOAT32 };
}

static wa_status make_in_use(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count,
                             float sample_rate_hz, buffer **made) {
    widen_buckets(pool);
    const wa_buffer_desc desc = desc_of(channel_count, frame_count, sample_rate_hz);
    const wa_status status = buffer_make(pool->engine, &desc, 0, made);
    if (status != WA_OK)
        return status;
    lock(pool);
    (*made)->pool = pool;
    in_use_push(pool, *made);
    pool->stats.miss_count++;
    note_peak(pool);
    unlock(pool);
    return WA_OK;
}

static wa_status acquire(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count,
                         float sample_rate_hz, bool is_cleared, wa_buffer *handle) {
    if (pool == NULL || handle == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", pool == NULL ? "pool" : "buffer");
    wa_status status = buffer_check_shape(channel_count, frame_count);
    if (status == WA_OK)
        status = buffer_check_rate(sample_rate_hz);
    if (status != WA_OK)
        return status;
    buffer *used = take_idle(pool, channel_count, frame_count);
    if (used == NULL)
        status = make_in_use(pool, channel_count, frame_count, sample_rate_hz, &used);
    else if (is_cleared && !used->is_clean)
        clear_planes(used);
    if (status != WA_OK)
        return status;
    used->data.sample_rate_hz = sample_rate_hz; /* a label: not part of the key */
    used->is_clean = false;
    handle->id = buffer_id(pool->engine, used);
    return WA_OK;
}

wa_status wa_buffer_pool_acquire(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count,
                                 float sample_rate_hz, wa_buffer *handle) {
    return acquire(pool, channel_count, frame_count, sample_rate_hz, true, handle);
}

wa_status wa_buffer_pool_acquire_uncleared(wa_buffer_pool *pool, uint32_t channel_count,
                                           uint64_t frame_count, float sample_rate_hz,
                                           wa_buffer *handle) {
    return acquire(pool, channel_count, frame_count, sample_rate_hz, false, handle);
}

wa_status wa_buffer_pool_release(wa_buffer_pool *pool, wa_buffer handle) {
    if (pool == NULL)
        return error_set(WA_ERR_TYPE, "pool: is NULL");
    buffer *ended = NULL;
    const wa_status status = buffer_end_handle(pool->engine, handle, pool, &ended);
    if (status == WA_OK)
        resource_unreference(pool->engine, &ended->data.resource);
    return status;
}

/* -- Ready in advance -------------------------------------------------------------------------- */

static uint32_t idle_count(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count) {
    lock(pool);
    const buffer *first = *find_shape(pool, channel_count, frame_count);
    const uint32_t count = first != NULL ? first->idle_count : 0;
    unlock(pool);
    return count;
}

static wa_status make_idle(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count) {
    buffer *idle = NULL;
    const wa_buffer_desc desc = desc_of(channel_count, frame_count, WA_SAMPLE_RATE_MIN_HZ);
    const wa_status status = buffer_make(pool->engine, &desc, MEMORY_KEEP_IDLE, &idle);
    if (status != WA_OK)
        return status;
    lock(pool);
    handle_mark_released(&pool->engine->buffers, idle->slot); /* nobody has seen its handle */
    shape_push(pool, idle);
    note_peak(pool);
    unlock(pool);
    return WA_OK;
}

wa_status wa_buffer_pool_pre_allocate(wa_buffer_pool *pool, uint32_t channel_count,
                                      uint64_t frame_count, uint32_t *ready) {
    if (pool == NULL)
        return error_set(WA_ERR_TYPE, "pool: is NULL");
    wa_status status = buffer_check_shape(channel_count, frame_count);
    if (status != WA_OK)
        return status;
    uint32_t count = idle_count(pool, channel_count, frame_count);
    if (count < pool->pre_allocate)
        widen_buckets(pool);
    for (; count < pool->pre_allocate && status == WA_OK; count++)
        status = make_idle(pool, channel_count, frame_count);
    if (ready != NULL)
        *ready = idle_count(pool, channel_count, frame_count);
    return status;
}

void wa_buffer_pool_get_stats(const wa_buffer_pool *pool, wa_buffer_pool_stats *stats) {
    if (stats == NULL)
        return;
    *stats = (wa_buffer_pool_stats){ 0 };
    if (pool == NULL)
        return;
    lock(pool);
    *stats = pool->stats;
    unlock(pool);
}
