/* A handle's way: engine tag, table[slot / 256], the slot's word (generation and state), the chunk's
 * kind and owner, the object. Each step that fails is an error of its own.
 *
 * A slot's word and object are atomics written by one thread (or under the engine's lock), so that a
 * resolve on another thread sees the old handle or the new one and nothing in between.
 */
#include "handles.h"
#include "engine.h"
#include "../error.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

enum {
    HALF_BITS = 30,
    HALF_MASK = (1 << HALF_BITS) - 1,
    SLOT_MASK = (1 << WA_SLOT_INDEX_BITS) - 1,
    STATE_BITS = 2,
    STATE_MASK = (1 << STATE_BITS) - 1,
    CHUNK_COUNT_MAX = (1 << WA_SLOT_INDEX_BITS) / WA_SLOTS_PER_CHUNK,
    TABLE_CAPACITY_MIN = 64,
};

static_assert((WA_SLOTS_PER_CHUNK & (WA_SLOTS_PER_CHUNK - 1)) == 0, "slots are found by masking");
static_assert(HALF_BITS + STATE_BITS <= 32, "generation and state are one word");

static uint32_t word_make(uint32_t generation, handle_state state) {
    return generation << STATE_BITS | (uint32_t)state;
}

static uint64_t id_make(const wa_engine *engine, uint32_t slot, uint32_t generation) {
    return (uint64_t)generation << 32 | engine->tag << WA_SLOT_INDEX_BITS | slot;
}

static handle_chunk *chunk_at(const wa_engine *engine, uint32_t slot) {
    const uint32_t index = slot / WA_SLOTS_PER_CHUNK;
    const handle_table *table = atomic_load_explicit(&engine->handles, memory_order_acquire);
    if (table == NULL || index >= table->capacity)
        return NULL;
    return atomic_load_explicit(&table->chunks[index], memory_order_acquire);
}

static uint32_t load_word(const handle_chunk *chunk, uint32_t slot) {
    return atomic_load_explicit(&chunk->words[slot % WA_SLOTS_PER_CHUNK], memory_order_acquire);
}

static void store_word(handle_chunk *chunk, uint32_t slot, uint32_t generation, handle_state state) {
    atomic_store_explicit(&chunk->words[slot % WA_SLOTS_PER_CHUNK], word_make(generation, state),
                          memory_order_release);
}

static void store_object(handle_chunk *chunk, uint32_t slot, void *object) {
    atomic_store_explicit(&chunk->objects[slot % WA_SLOTS_PER_CHUNK], object, memory_order_release);
}

/* Sets that the engine owns are used by every control thread; a context's by its own alone. */
static void lock_set(handle_set *set) {
    if (set->owner == set->engine)
        pthread_mutex_lock(&set->engine->handle_mutex);
}

static void unlock_set(handle_set *set) {
    if (set->owner == set->engine)
        pthread_mutex_unlock(&set->engine->handle_mutex);
}

/* -- Free lists -------------------------------------------------------------------------------- */

static void free_list_push(handle_set *set, handle_chunk *chunk, uint32_t slot) {
    chunk->next[slot % WA_SLOTS_PER_CHUNK] = 0;
    if (set->free_tail == 0) {
        set->free_head = slot + 1;
    } else {
        const uint32_t tail = set->free_tail - 1;
        chunk_at(set->engine, tail)->next[tail % WA_SLOTS_PER_CHUNK] = slot + 1;
    }
    set->free_tail = slot + 1;
    set->free_count++;
}

static uint32_t free_list_pop(handle_set *set) {
    assert(set->free_head != 0 && set->free_count > 0);
    const uint32_t slot = set->free_head - 1;
    set->free_head = chunk_at(set->engine, slot)->next[slot % WA_SLOTS_PER_CHUNK];
    if (set->free_head == 0)
        set->free_tail = 0;
    set->free_count--;
    return slot;
}

/* -- Chunks ------------------------------------------------------------------------------------ */

/* A new table if it is full. The old one stays readable: a reader may just be looking at it.
 * *index: reserved for the caller. Memory is taken outside the lock, so another thread may be first. */
static wa_status reserve_index(wa_engine *engine, uint32_t *index) {
    for (;;) {
        pthread_mutex_lock(&engine->handle_mutex);
        handle_table *table = atomic_load(&engine->handles);
        const uint32_t capacity = table != NULL ? table->capacity : 0;
        const bool has_room = engine->handle_chunk_count < capacity;
        if (has_room)
            *index = engine->handle_chunk_count++;
        pthread_mutex_unlock(&engine->handle_mutex);
        if (has_room)
            return WA_OK;
        if (capacity == CHUNK_COUNT_MAX)
            return error_set(WA_ERR_LIMIT, "handles: the engine's %d slots are all in use",
                             1 << WA_SLOT_INDEX_BITS);

        const uint32_t new_capacity = capacity > 0 ? 2 * capacity : TABLE_CAPACITY_MIN;
        const uint64_t size_bytes = sizeof *table + new_capacity * sizeof table->chunks[0];
        void *memory;
        const wa_status status =
            memory_take(engine, WA_MEMORY_OBJECTS, size_bytes, "table of handles", &memory);
        if (status != WA_OK)
            return status;
        handle_table *grown = memory;
        grown->capacity = new_capacity;
        pthread_mutex_lock(&engine->handle_mutex);
        const bool is_first = atomic_load(&engine->handles) == table;
        if (is_first) {
            grown->older = table;
            for (uint32_t i = 0; i < capacity; i++)
                atomic_init(&grown->chunks[i], atomic_load(&table->chunks[i]));
            atomic_store_explicit(&engine->handles, grown, memory_order_release);
        }
        pthread_mutex_unlock(&engine->handle_mutex);
        if (!is_first)
            memory_give(engine, WA_MEMORY_OBJECTS, memory, size_bytes);
    }
}

static wa_status make_chunk(wa_engine *engine, handle_chunk **chunk) {
    void *memory;
    wa_status status =
        memory_take(engine, WA_MEMORY_OBJECTS, sizeof **chunk, "chunk of handles", &memory);
    if (status != WA_OK)
        return status;
    uint32_t index = 0;
    status = reserve_index(engine, &index);
    if (status != WA_OK) {
        memory_give(engine, WA_MEMORY_OBJECTS, memory, sizeof **chunk);
        return status;
    }
    *chunk = memory;
    (*chunk)->index = index;
    for (uint32_t i = 0; i < WA_SLOTS_PER_CHUNK; i++)
        atomic_init(&(*chunk)->words[i], word_make(1, HANDLE_FREE));
    pthread_mutex_lock(&engine->handle_mutex);
    handle_table *table = atomic_load(&engine->handles);
    atomic_store_explicit(&table->chunks[index], *chunk, memory_order_release);
    pthread_mutex_unlock(&engine->handle_mutex);
    return WA_OK;
}

static void adopt_chunk(handle_set *set, handle_chunk *chunk) {
    atomic_store(&chunk->set, set);
    atomic_store(&chunk->owner, set->owner);
    atomic_store(&chunk->kind, (uint32_t)set->kind);
    atomic_store(&chunk->type, set->type);
    for (uint32_t i = 0; i < WA_SLOTS_PER_CHUNK; i++) {
        const uint32_t slot = chunk->index * WA_SLOTS_PER_CHUNK + i;
        if (load_word(chunk, slot) >> STATE_BITS < WA_GENERATION_MAX)
            free_list_push(set, chunk, slot);
    }
    set->slot_count += WA_SLOTS_PER_CHUNK;
    chunk->category = set->category;
    ledger_move(&set->engine->book, WA_MEMORY_OBJECTS, set->category,
                memory_charge_bytes(set->engine, sizeof *chunk));
}

static wa_status grow(handle_set *set) {
    wa_engine *engine = set->engine;
    pthread_mutex_lock(&engine->handle_mutex);
    handle_chunk *chunk = engine->spare_chunks;
    if (chunk != NULL)
        engine->spare_chunks = chunk->next_spare;
    pthread_mutex_unlock(&engine->handle_mutex);
    if (chunk == NULL) {
        const wa_status status = make_chunk(engine, &chunk);
        if (status != WA_OK)
            return status;
    }
    lock_set(set);
    adopt_chunk(set, chunk);
    unlock_set(set);
    return WA_OK;
}

/* The next generation; false when it was the last one and the slot rests. */
static bool advance(handle_chunk *chunk, uint32_t slot, handle_state state) {
    const uint32_t generation = (load_word(chunk, slot) >> STATE_BITS) + 1;
    const bool is_usable = generation < WA_GENERATION_MAX;
    store_word(chunk, slot, is_usable ? generation : WA_GENERATION_MAX,
               is_usable ? state : HANDLE_FREE);
    return is_usable;
}

/* -- Sets -------------------------------------------------------------------------------------- */

void handle_set_init(handle_set *set, wa_engine *engine, handle_kind kind, uint32_t type,
                     const void *owner, const char *what, wa_memory_category category) {
    *set = (handle_set){
        .engine = engine, .kind = kind, .type = type, .owner = owner, .what = what, .category = category
    };
}

static void retire_chunk(wa_engine *engine, handle_chunk *chunk) {
    for (uint32_t i = 0; i < WA_SLOTS_PER_CHUNK; i++) {
        if ((load_word(chunk, i) & STATE_MASK) != HANDLE_FREE)
            advance(chunk, i, HANDLE_FREE);
        store_object(chunk, i, NULL);
    }
    atomic_store(&chunk->set, NULL);
    ledger_move(&engine->book, chunk->category, WA_MEMORY_OBJECTS,
                memory_charge_bytes(engine, sizeof *chunk));
    chunk->next_spare = engine->spare_chunks;
    engine->spare_chunks = chunk;
}

void handle_set_finish(handle_set *set) {
    wa_engine *engine = set->engine;
    if (engine == NULL || set->slot_count == 0)
        return;
    pthread_mutex_lock(&engine->handle_mutex);
    for (uint32_t i = 0; i < engine->handle_chunk_count; i++) {
        handle_chunk *chunk = chunk_at(engine, i * WA_SLOTS_PER_CHUNK);
        if (chunk != NULL && atomic_load(&chunk->set) == set)
            retire_chunk(engine, chunk);
    }
    pthread_mutex_unlock(&engine->handle_mutex);
    set->free_head = set->free_tail = set->free_count = set->slot_count = 0;
}

void handles_finish(wa_engine *engine) {
    for (uint32_t i = 0; i < engine->handle_chunk_count; i++) {
        handle_chunk *chunk = chunk_at(engine, i * WA_SLOTS_PER_CHUNK);
        assert(chunk == NULL || atomic_load(&chunk->set) == NULL);
        memory_give(engine, WA_MEMORY_OBJECTS, chunk, sizeof *chunk);
    }
    for (handle_table *table = atomic_load(&engine->handles); table != NULL;) {
        handle_table *older = table->older;
        memory_give(engine, WA_MEMORY_OBJECTS, table,
                    sizeof *table + table->capacity * sizeof table->chunks[0]);
        table = older;
    }
    atomic_store(&engine->handles, NULL);
    engine->handle_chunk_count = 0;
    engine->spare_chunks = NULL;
}

/* -- Slots ------------------------------------------------------------------------------------- */

wa_status handle_take(handle_set *set, void *object, uint32_t *slot, uint64_t *id) {
    assert(object != NULL);
    lock_set(set);
    while (set->free_count == 0) {
        unlock_set(set);
        const wa_status status = grow(set);
        if (status != WA_OK)
            return status;
        lock_set(set);
    }
    *slot = free_list_pop(set);
    unlock_set(set);
    handle_chunk *chunk = chunk_at(set->engine, *slot);
    const uint32_t generation = load_word(chunk, *slot) >> STATE_BITS;
    store_object(chunk, *slot, object);
    store_word(chunk, *slot, generation, HANDLE_LIVE);
    *id = id_make(set->engine, *slot, generation);
    return WA_OK;
}

static void change_state(handle_set *set, uint32_t slot, handle_state from, handle_state to) {
    handle_chunk *chunk = chunk_at(set->engine, slot);
    assert(chunk != NULL && atomic_load(&chunk->set) == set);
    const uint32_t word = load_word(chunk, slot);
    assert((word & STATE_MASK) == from);
    (void)from;
    store_word(chunk, slot, word >> STATE_BITS, to);
}

void handle_mark_released(handle_set *set, uint32_t slot) {
    change_state(set, slot, HANDLE_LIVE, HANDLE_RELEASED);
}

void handle_mark_live(handle_set *set, uint32_t slot) {
    change_state(set, slot, HANDLE_RELEASED, HANDLE_LIVE);
}

void handle_give(handle_set *set, uint32_t slot) {
    handle_chunk *chunk = chunk_at(set->engine, slot);
    assert(chunk != NULL && atomic_load(&chunk->set) == set);
    assert((load_word(chunk, slot) & STATE_MASK) != HANDLE_FREE);
    lock_set(set);
    const bool is_usable = advance(chunk, slot, HANDLE_FREE);
    store_object(chunk, slot, NULL);
    if (is_usable)
        free_list_push(set, chunk, slot);
    unlock_set(set);
}

uint64_t handle_renew(handle_set *set, uint32_t slot) {
    handle_chunk *chunk = chunk_at(set->engine, slot);
    assert(chunk != NULL && atomic_load(&chunk->set) == set);
    assert((load_word(chunk, slot) & STATE_MASK) != HANDLE_FREE);
    if (advance(chunk, slot, HANDLE_LIVE))
        return id_make(set->engine, slot, load_word(chunk, slot) >> STATE_BITS);
    store_object(chunk, slot, NULL);
    return 0;
}

/* -- Resolving --------------------------------------------------------------------------------- */

static const char *kind_name(uint32_t kind) {
    static const char *const names[] = {
        [HANDLE_NODE] = "node",           [HANDLE_BUFFER] = "buffer", [HANDLE_WAVE] = "wave",
        [HANDLE_PROCESSOR] = "processor", [HANDLE_MEDIA] = "media",   [HANDLE_RECORDING] = "recording",
    };
    const bool is_known = kind < sizeof names / sizeof names[0] && names[kind] != NULL;
    return is_known ? names[kind] : "nothing";
}

/* Which slot, and what its word is now. */
static wa_status locate(const wa_engine *engine, uint64_t id, const char *argument,
                        handle_chunk **chunk, uint32_t *word) {
    const uint64_t low = id & UINT32_MAX, generation = id >> 32;
    if (generation == 0 || generation > HALF_MASK || low > HALF_MASK)
        return error_set(WA_ERR_STALE_HANDLE, "%s: %#" PRIx64 " is not a handle", argument, id);
    if (low >> WA_SLOT_INDEX_BITS != engine->tag)
        return error_set(WA_ERR_FOREIGN_HANDLE, "%s: belongs to another engine", argument);
    const uint32_t slot = (uint32_t)low & SLOT_MASK;
    *chunk = chunk_at(engine, slot);
    if (*chunk == NULL)
        return error_set(WA_ERR_STALE_HANDLE, "%s: %#" PRIx64 " is not a handle", argument, id);
    *word = load_word(*chunk, slot);
    if (generation > *word >> STATE_BITS)
        return error_set(WA_ERR_STALE_HANDLE, "%s: %#" PRIx64 " is not a handle", argument, id);
    if (generation != *word >> STATE_BITS || (*word & STATE_MASK) == HANDLE_FREE)
        return error_set(WA_ERR_STALE_HANDLE, "%s: the object behind the handle is gone", argument);
    return WA_OK;
}

wa_status handle_resolve(const wa_engine *engine, uint64_t id, handle_kind kind, const void *owner,
                         uint32_t type, const char *argument, void **object) {
    handle_chunk *chunk = NULL;
    uint32_t word = 0;
    const wa_status status = locate(engine, id, argument, &chunk, &word);
    if (status != WA_OK)
        return status;
    const uint32_t chunk_kind = atomic_load_explicit(&chunk->kind, memory_order_relaxed);
    if (chunk_kind != (uint32_t)kind)
        return error_set(WA_ERR_WRONG_TYPE, "%s: is a %s, not a %s", argument, kind_name(chunk_kind),
                         kind_name((uint32_t)kind));
    if (atomic_load_explicit(&chunk->owner, memory_order_relaxed) != owner)
        return error_set(WA_ERR_FOREIGN_HANDLE, "%s: belongs to another context", argument);
    const uint32_t chunk_type = atomic_load_explicit(&chunk->type, memory_order_relaxed);
    if (type != 0 && chunk_type != type)
        return error_set(WA_ERR_WRONG_TYPE, "%s: is a %s of type %" PRIu32 ", not %" PRIu32, argument,
                         kind_name(chunk_kind), chunk_type, type);
    if ((word & STATE_MASK) == HANDLE_RELEASED)
        return error_set(WA_ERR_RELEASED, "%s: was released before", argument);
    *object = atomic_load_explicit(&chunk->objects[id % WA_SLOTS_PER_CHUNK], memory_order_acquire);
    if (*object == NULL) /* given back by another thread since the look at its word */
        return error_set(WA_ERR_STALE_HANDLE, "%s: the object behind the handle is gone", argument);
    return WA_OK;
}

void *handle_object(const wa_engine *engine, uint32_t slot, uint64_t *id) {
    const handle_chunk *chunk = chunk_at(engine, slot);
    if (chunk == NULL)
        return NULL;
    const uint32_t word = load_word(chunk, slot);
    if ((word & STATE_MASK) == HANDLE_FREE)
        return NULL;
    *id = id_make(engine, slot, word >> STATE_BITS);
    return atomic_load_explicit(&chunk->objects[slot % WA_SLOTS_PER_CHUNK], memory_order_acquire);
}

void *handle_set_next(const handle_set *set, uint32_t *slot) {
    const handle_table *table = atomic_load_explicit(&set->engine->handles, memory_order_acquire);
    const uint32_t end = table != NULL ? table->capacity * WA_SLOTS_PER_CHUNK : 0;
    while (*slot < end) {
        const handle_chunk *chunk = chunk_at(set->engine, *slot);
        if (chunk == NULL || atomic_load_explicit(&chunk->set, memory_order_relaxed) != set) {
            *slot = (*slot / WA_SLOTS_PER_CHUNK + 1) * WA_SLOTS_PER_CHUNK;
            continue;
        }
        void *object =
            atomic_load_explicit(&chunk->objects[*slot % WA_SLOTS_PER_CHUNK], memory_order_relaxed);
        ++*slot;
        if (object != NULL) {
            return object;
        }
    }
    return NULL;
}
