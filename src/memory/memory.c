/* The way of a block: idle mapping, else reserve in the ledger, then take from the system.
 * Over budget: reclaim what is idle, reserve once more, then say who holds what. */
#include "memory.h"
#include "engine.h"
#include "hrtf_shelf.h"
#include "../error.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

enum { BLOCK_ALIGNMENT = 64, HOLDERS_BYTES = 256 };

/* A trimmer runs on this thread: what it frees is freed for good, and it may not set off another. */
static _Thread_local bool is_trimming;

/* -- Soft limit -------------------------------------------------------------------------------- */

static void note_rise(wa_engine *engine) {
    const uint64_t used_bytes = atomic_load(&engine->book.used_bytes);
    if (engine->on_soft_limit == NULL || engine->soft_limit_bytes == 0 ||
        used_bytes <= engine->soft_limit_bytes)
        return;
    if (!atomic_exchange(&engine->is_above_soft_limit, true))
        engine->on_soft_limit(engine->soft_limit_user, used_bytes, engine->soft_limit_bytes);
}

static void uncharge(wa_engine *engine, wa_memory_category category, uint64_t bytes) {
    ledger_release(&engine->book, category, bytes);
    if (atomic_load(&engine->book.used_bytes) <= engine->soft_limit_bytes)
        atomic_store(&engine->is_above_soft_limit, false);
}

/* -- Trimmers ---------------------------------------------------------------------------------- */

void memory_trimmer_add(wa_engine *engine, memory_trimmer *trimmer) {
    assert(trimmer->trim != NULL && !is_trimming);
    pthread_mutex_lock(&engine->trimmer_mutex);
    trimmer->next = engine->trimmers;
    engine->trimmers = trimmer;
    pthread_mutex_unlock(&engine->trimmer_mutex);
}

void memory_trimmer_remove(wa_engine *engine, memory_trimmer *trimmer) {
    assert(!is_trimming);
    pthread_mutex_lock(&engine->trimmer_mutex);
    memory_trimmer **link = &engine->trimmers;
    while (*link != NULL && *link != trimmer)
        link = &(*link)->next;
    assert(*link == trimmer);
    if (*link != NULL)
        *link = trimmer->next;
    pthread_mutex_unlock(&engine->trimmer_mutex);
}

static uint64_t reclaim_mappings(wa_engine *engine, uint64_t want_bytes) {
    const uint64_t freed_bytes = page_cache_trim(&engine->pages, want_bytes);
    uncharge(engine, WA_MEMORY_BUFFERS, freed_bytes);
    return freed_bytes;
}

uint64_t memory_reclaim(wa_engine *engine, uint64_t want_bytes) {
    uint64_t freed_bytes = reclaim_mappings(engine, want_bytes);
    if (freed_bytes < want_bytes)
        freed_bytes += buffer_pools_trim(engine, want_bytes - freed_bytes);
    if (freed_bytes < want_bytes)
        freed_bytes += hrtf_shelf_trim(engine, want_bytes - freed_bytes);
    if (is_trimming || freed_bytes >= want_bytes)
        return freed_bytes;
    pthread_mutex_lock(&engine->trimmer_mutex);
    is_trimming = true;
    for (memory_trimmer *trimmer = engine->trimmers; trimmer != NULL && freed_bytes < want_bytes;
         trimmer = trimmer->next)
        freed_bytes += trimmer->trim(trimmer->user, want_bytes - freed_bytes);
    is_trimming = false;
    pthread_mutex_unlock(&engine->trimmer_mutex);
    return freed_bytes;
}

/* -- Take and give ----------------------------------------------------------------------------- */

static bool is_large(const wa_engine *engine, uint64_t length_bytes) {
    return engine->allocator.take == NULL && length_bytes >= PAGES_LARGE_BYTES;
}

uint64_t memory_charge_bytes(const wa_engine *engine, uint64_t size_bytes) {
    const uint64_t length_bytes = pages_length(size_bytes);
    if (engine->allocator.take == NULL || length_bytes == 0)
        return length_bytes;
    return (size_bytes + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT * BLOCK_ALIGNMENT;
}

static void *take_idle(wa_engine *engine, wa_memory_category category, uint64_t length_bytes) {
    uint64_t freed_bytes;
    void *memory = page_cache_take(&engine->pages, length_bytes, &freed_bytes);
    if (memory == NULL)
        return NULL;
    uncharge(engine, WA_MEMORY_BUFFERS, freed_bytes);
    ledger_move(&engine->book, WA_MEMORY_BUFFERS, category, length_bytes);
    memset(memory, 0, length_bytes);
    return memory;
}

static wa_status refuse(wa_engine *engine, wa_status status, uint64_t length_bytes, const char *what,
                        uint32_t flags) {
    if (flags & MEMORY_QUIET)
        return status;
    atomic_fetch_add_explicit(&engine->book.refused_count, 1, memory_order_relaxed);
    if (status == WA_ERR_SEALED)
        return error_set(status, "%s: needs %" PRIu64 " bytes, but the engine is sealed", what,
                         length_bytes);
    char holders[HOLDERS_BYTES];
    ledger_describe(&engine->book, holders, sizeof holders);
    return error_set(status, "%s: %" PRIu64 " bytes asked, over the budget: %s", what, length_bytes,
                     holders);
}

static wa_status reserve(wa_engine *engine, wa_memory_category category, uint64_t length_bytes,
                         uint32_t flags) {
    if (ledger_reserve(&engine->book, category, length_bytes))
        return WA_OK;
    const uint64_t missing_bytes = ledger_missing(&engine->book, length_bytes);
    /* What is larger than the whole budget costs nobody their idle memory. */
    if (length_bytes > atomic_load(&engine->book.budget_bytes))
        return WA_ERR_BUDGET;
    if (flags & MEMORY_KEEP_IDLE)
        reclaim_mappings(engine, missing_bytes);
    else
        memory_reclaim(engine, missing_bytes);
    return ledger_reserve(&engine->book, category, length_bytes) ? WA_OK : WA_ERR_BUDGET;
}

static void give_system(wa_engine *engine, void *memory, uint64_t length_bytes) {
    if (engine->allocator.take != NULL)
        engine->allocator.give(engine->allocator.user, memory, length_bytes);
    else
        pages_give(memory, length_bytes);
}

static wa_status take_system(wa_engine *engine, uint64_t length_bytes, const char *what,
                             void **memory) {
    const wa_allocator *allocator = &engine->allocator;
    *memory = allocator->take != NULL ? allocator->take(allocator->user, length_bytes)
                                      : pages_take(length_bytes);
    if (*memory == NULL)
        return error_set(WA_ERR_SYSTEM_MEMORY, "%s: the system refused %" PRIu64 " bytes", what,
                         length_bytes);
    if ((uintptr_t)*memory % BLOCK_ALIGNMENT == 0)
        return WA_OK;
    give_system(engine, *memory, length_bytes);
    *memory = NULL;
    return error_set(WA_ERR_SYSTEM_MEMORY, "%s: the allocator's memory is not aligned to %d bytes",
                     what, BLOCK_ALIGNMENT);
}

wa_status memory_take_with(wa_engine *engine, wa_memory_category category, uint64_t size_bytes,
                           const char *what, uint32_t flags, void **memory) {
    assert(size_bytes > 0);
    *memory = NULL;
    const uint64_t length_bytes = memory_charge_bytes(engine, size_bytes);
    if (length_bytes == 0)
        return refuse(engine, WA_ERR_BUDGET, size_bytes, what, flags);
    if (is_large(engine, length_bytes)) {
        *memory = take_idle(engine, category, length_bytes);
        if (*memory != NULL)
            return WA_OK;
    }
    if (atomic_load_explicit(&engine->is_sealed, memory_order_relaxed))
        return refuse(engine, WA_ERR_SEALED, length_bytes, what, flags);
    if (reserve(engine, category, length_bytes, flags) != WA_OK)
        return refuse(engine, WA_ERR_BUDGET, length_bytes, what, flags);
    const wa_status status = take_system(engine, length_bytes, what, memory);
    if (status != WA_OK) {
        ledger_release(&engine->book, category, length_bytes);
        return status;
    }
    ledger_count_allocation(&engine->book, length_bytes, engine->clock_ns());
    note_rise(engine);
    return WA_OK;
}

wa_status memory_take(wa_engine *engine, wa_memory_category category, uint64_t size_bytes,
                      const char *what, void **memory) {
    return memory_take_with(engine, category, size_bytes, what, 0, memory);
}

void memory_give_with(wa_engine *engine, wa_memory_category category, void *memory, uint64_t size_bytes,
                      bool is_kept_mapped) {
    if (memory == NULL)
        return;
    const uint64_t length_bytes = memory_charge_bytes(engine, size_bytes);
    if (is_kept_mapped && is_large(engine, length_bytes)) {
        ledger_move(&engine->book, category, WA_MEMORY_BUFFERS, length_bytes);
        page_cache_give(&engine->pages, memory, length_bytes);
        return;
    }
    give_system(engine, memory, length_bytes);
    uncharge(engine, category, length_bytes);
}

void memory_give(wa_engine *engine, wa_memory_category category, void *memory, uint64_t size_bytes) {
    memory_give_with(engine, category, memory, size_bytes, !is_trimming);
}
