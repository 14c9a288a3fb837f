/* src/memory/buffer_data.h -- a buffer as src/memory/ sees it: data that nodes read, slot, pool.
 *
 *   made --> handed out --> last reference gone --> idle in its pool --> handed out ...
 *                                              \-> freed (no pool, or its shape has max_size idle ones)
 * One block of memory: this struct, then the planes.
 */
#ifndef WA_SRC_MEMORY_BUFFER_DATA_H
#define WA_SRC_MEMORY_BUFFER_DATA_H
#include "../node.h"

#define BUFFER_SLOT_NONE UINT32_MAX

typedef struct buffer {
    wa_buffer_data data; /* first: what a handle means */
    uint64_t size_bytes; /* as taken */
    uint32_t slot;       /* kept while idle; NONE: its generations are used up */
    bool is_clean;       /* still all zeros: never handed out */

    /* Under the engine's resource mutex. */
    wa_buffer_pool *pool;       /* NULL: a plain buffer */
    struct buffer *prev, *next; /* in use: the pool's list; idle: next of the same shape */
    /* Of the first idle buffer of a shape, which stands for it. */
    struct buffer *hash_next, *lru_prev, *lru_next;
    uint64_t last_use; /* of the shape, counted over all pools of the engine */
    uint32_t idle_count;
} buffer;

static_assert(offsetof(buffer, data) == 0, "a handle's object is both");

/* Returns: WA_OK | NOT_SUPPORTED, each with the range. */
wa_status buffer_check_shape(uint32_t channel_count, uint64_t frame_count);
wa_status buffer_check_rate(float sample_rate_hz);
wa_status buffer_check_storage(wa_buffer_storage storage);

/* A buffer of zeros with one reference and a LIVE slot; desc is checked. flags: memory_flags.
 * Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY | LIMIT. */
wa_status buffer_make(wa_engine *engine, const wa_buffer_desc *desc, uint32_t flags, buffer **made);
/* is_kept_mapped: a large block may wait, idle, for the next of its size. */
void buffer_destroy(wa_engine *engine, buffer *made, bool is_kept_mapped);
uint64_t buffer_id(const wa_engine *engine, const buffer *made);
uint64_t buffer_charge_bytes(const wa_engine *engine, const buffer *made);

/* The last reference is gone: idle again, or false: dropped, the caller frees it.
 * The resource mutex is held. */
bool buffer_pool_take_back(wa_buffer_pool *pool, buffer *returned);

/* Mark a live handle released, if it is of that pool (NULL: of any or none).
 * Returns: WA_OK | handle errors. Then the owner's reference is the caller's to drop. */
wa_status buffer_end_handle(wa_engine *engine, wa_buffer handle, const wa_buffer_pool *pool,
                            buffer **ended);
#endif /* WA_SRC_MEMORY_BUFFER_DATA_H */
