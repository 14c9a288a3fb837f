/* Making and ending an engine, and what can be asked of it. */
#include "engine.h"
#include "../error.h"
#include "buffers.h"
#include "hrtf_shelf.h"
#include "wavepool/pool.h"
#include "wavepool/wavepool.h"
#include "waves.h"
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define BUDGET_MIN_BYTES ((uint64_t)1000000)
#define TEXT_(number)    #number
#define TEXT(number)     TEXT_(number)

enum { TAG_MASK = (1 << WA_ENGINE_TAG_BITS) - 1 };

const char *wa_version(void) {
    return TEXT(WA_VERSION_MAJOR) "." TEXT(WA_VERSION_MINOR) "." TEXT(WA_VERSION_PATCH);
}

const char *wa_memory_category_name(wa_memory_category category) {
    static const char *const names[WA_MEMORY_CATEGORY_COUNT] = {
        [WA_MEMORY_BUFFERS] = "buffers",
        [WA_MEMORY_NODES] = "nodes",
        [WA_MEMORY_DELAY_LINES] = "delayLines",
        [WA_MEMORY_IMPULSE_RESPONSES] = "impulseResponses",
        [WA_MEMORY_PARAMS] = "params",
        [WA_MEMORY_SCHEDULE] = "schedule",
        [WA_MEMORY_RINGS] = "rings",
        [WA_MEMORY_HRTF] = "hrtf",
        [WA_MEMORY_DECODE] = "decode",
        [WA_MEMORY_PROFILE] = "profile",
        [WA_MEMORY_OBJECTS] = "objects",
    };
    return (uint32_t)category < WA_MEMORY_CATEGORY_COUNT ? names[category] : "unknown";
}

static uint64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* -- Create and destroy ------------------------------------------------------------------------ */

static wa_status read_desc(const wa_engine_desc *given, wa_engine_desc *desc) {
    *desc = (wa_engine_desc)WA_ENGINE_DESC_INIT;
    if (given == NULL)
        return WA_OK;
    if (given->desc_bytes == 0 || given->desc_bytes > sizeof *desc)
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "desc_bytes: %" PRIu32 " is not in [1, %zu]; use "
                         "WA_ENGINE_DESC_INIT",
                         given->desc_bytes, sizeof *desc);
    memcpy(desc, given, given->desc_bytes); /* of an older, shorter version: the rest is as INIT says */
    if (desc->budget_bytes < BUDGET_MIN_BYTES)
        return error_set(WA_ERR_NOT_SUPPORTED, "budget_bytes: %" PRIu64 " is below %" PRIu64,
                         desc->budget_bytes, BUDGET_MIN_BYTES);
    if (!isfinite(desc->pressure_medium_per_s) || !isfinite(desc->pressure_high_per_s))
        return error_set(WA_ERR_TYPE, "pressure_medium_per_s, pressure_high_per_s: not finite");
    if (desc->pressure_medium_per_s < 0.0 || desc->pressure_high_per_s < desc->pressure_medium_per_s)
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "pressure_medium_per_s, pressure_high_per_s: %g and %g "
                         "are not 0 <= medium <= high",
                         desc->pressure_medium_per_s, desc->pressure_high_per_s);
    if (desc->allocator != NULL && (desc->allocator->take == NULL || desc->allocator->give == NULL))
        return error_set(WA_ERR_TYPE, "allocator: take and give must both be set");
    return WA_OK;
}

static void set_up(wa_engine *engine, const wa_engine_desc *desc) {
    static _Atomic uint32_t serial;
    engine->tag = atomic_fetch_add(&serial, 1) & TAG_MASK;
    engine->pressure_medium_per_s = desc->pressure_medium_per_s;
    engine->pressure_high_per_s = desc->pressure_high_per_s;
    engine->soft_limit_bytes = desc->soft_limit_bytes;
    engine->on_soft_limit = desc->on_soft_limit;
    engine->soft_limit_user = desc->soft_limit_user;
    page_cache_init(&engine->pages);
    pthread_mutex_init(&engine->trimmer_mutex, NULL);
    pthread_mutex_init(&engine->handle_mutex, NULL);
    pthread_mutex_init(&engine->resource_mutex, NULL);
    handle_set_init(&engine->buffers, engine, HANDLE_BUFFER, 0, engine, "buffer", WA_MEMORY_OBJECTS);
    handle_set_init(&engine->waves, engine, HANDLE_WAVE, 0, engine, "wave", WA_MEMORY_OBJECTS);
    handle_set_init(&engine->processors, engine, HANDLE_PROCESSOR, 0, engine, "processor",
                    WA_MEMORY_OBJECTS);
    handle_set_init(&engine->medias, engine, HANDLE_MEDIA, 0, engine, "media", WA_MEMORY_OBJECTS);
    handle_set_init(&engine->recordings, engine, HANDLE_RECORDING, 0, engine, "recording",
                    WA_MEMORY_OBJECTS);
}

wa_status wa_engine_create(const wa_engine_desc *desc, wa_engine **engine) {
    if (engine == NULL)
        return error_set(WA_ERR_TYPE, "engine: is NULL");
    wa_engine_desc checked;
    const wa_status status = read_desc(desc, &checked);
    if (status != WA_OK)
        return status;
    /* A first engine on the stack keeps the books until there is memory for the real one. */
    wa_engine first;
    memset(&first, 0, sizeof first);
    first.clock_ns = monotonic_ns;
    if (checked.allocator != NULL)
        first.allocator = *checked.allocator;
    atomic_init(&first.book.budget_bytes, checked.budget_bytes);
    void *memory;
    const wa_status taken = memory_take(&first, WA_MEMORY_OBJECTS, sizeof first, "engine", &memory);
    if (taken != WA_OK)
        return taken;
    memcpy(memory, &first, sizeof first);
    set_up(memory, &checked);
    *engine = memory;
    return WA_OK;
}

/* Objects that handles still mean: whoever made them did not release them. */
static void destroy_resources(wa_engine *engine) {
    while (engine->pools != NULL)
        wa_buffer_pool_destroy(engine->pools);
    for (uint32_t i = 0; i < 5; i++) {
        wa_resource *wave = (wa_resource *)atomic_exchange(&engine->standard_waves[i], NULL);
        if (wave != NULL)
            wave_destroy(engine, wave);
    }
    hrtf_shelf_finish(engine);
    for (uint32_t slot = 0; slot < engine->handle_chunk_count * WA_SLOTS_PER_CHUNK; slot++) {
        uint64_t id;
        wa_resource *resource = handle_object(engine, slot, &id);
        if (resource != NULL)
            resource_destroy(engine, resource);
    }
    handle_set_finish(&engine->buffers);
    handle_set_finish(&engine->waves);
    handle_set_finish(&engine->medias);
    handle_set_finish(&engine->recordings);
    if (engine->worker_finish != NULL)
        engine->worker_finish(engine);
    handle_set_finish(&engine->processors);
}

wa_status wa_engine_destroy(wa_engine *engine) {
    if (engine == NULL)
        return WA_OK;
    const int context_count = atomic_load(&engine->context_count);
    if (context_count > 0)
        return error_set(WA_ERR_BUSY, "engine: %d contexts are still there", context_count);
    destroy_resources(engine);
    handles_finish(engine);
    memory_reclaim(engine, UINT64_MAX);
    page_cache_finish(&engine->pages);
    pthread_mutex_destroy(&engine->trimmer_mutex);
    pthread_mutex_destroy(&engine->handle_mutex);
    pthread_mutex_destroy(&engine->resource_mutex);
    /* Whatever is still charged was taken by us and never given back. */
    assert(atomic_load(&engine->book.used_bytes) == memory_charge_bytes(engine, sizeof *engine));
    wa_engine last; /* keeps the books until its memory is given back */
    memcpy(&last, engine, sizeof last);
    memory_give(&last, WA_MEMORY_OBJECTS, engine, sizeof last);
    return WA_OK;
}

void engine_context_count_add(wa_engine *engine, int difference) {
    const int before = atomic_fetch_add(&engine->context_count, difference);
    assert(before + difference >= 0);
    (void)before;
}

/* -- What can be asked ------------------------------------------------------------------------- */

static wa_gc_pressure pressure_of(const wa_engine *engine, double allocations_per_s) {
    if (allocations_per_s > engine->pressure_high_per_s)
        return WA_GC_PRESSURE_HIGH;
    return allocations_per_s > engine->pressure_medium_per_s ? WA_GC_PRESSURE_MEDIUM
                                                             : WA_GC_PRESSURE_LOW;
}

void wa_engine_memory_stats(const wa_engine *engine, wa_memory_stats *stats) {
    if (stats == NULL)
        return;
    *stats = (wa_memory_stats){ 0 };
    if (engine == NULL)
        return;
    const ledger *book = &engine->book;
    stats->budget_bytes = atomic_load(&book->budget_bytes);
    stats->used_bytes = atomic_load(&book->used_bytes);
    stats->peak_bytes = atomic_load(&book->peak_bytes);
    for (uint32_t i = 0; i < WA_MEMORY_CATEGORY_COUNT; i++) {
        stats->category_bytes[i] = atomic_load_explicit(&book->category_bytes[i], memory_order_relaxed);
        stats->category_peak_bytes[i] =
            atomic_load_explicit(&book->category_peak_bytes[i], memory_order_relaxed);
    }
    stats->allocation_count = atomic_load_explicit(&book->allocation_count, memory_order_relaxed);
    stats->allocated_bytes = atomic_load_explicit(&book->allocated_bytes, memory_order_relaxed);
    stats->refused_count = atomic_load_explicit(&book->refused_count, memory_order_relaxed);
    stats->allocations_per_s = (double)ledger_recent_allocations(book, engine->clock_ns());
    stats->gc_pressure = pressure_of(engine, stats->allocations_per_s);
    stats->is_sealed = atomic_load_explicit(&engine->is_sealed, memory_order_relaxed);
}

wa_status wa_engine_set_budget(wa_engine *engine, uint64_t budget_bytes) {
    if (engine == NULL)
        return error_set(WA_ERR_TYPE, "engine: is NULL");
    const uint64_t used_bytes = atomic_load(&engine->book.used_bytes), room_bytes = pages_room();
    if (budget_bytes > used_bytes && budget_bytes - used_bytes > room_bytes)
        return error_set(WA_ERR_BUDGET,
                         "budget_bytes: %" PRIu64 " is above the %" PRIu64 " bytes of memory",
                         budget_bytes, used_bytes + room_bytes);
    if (ledger_set_budget(&engine->book, budget_bytes))
        return WA_OK;
    return error_set(WA_ERR_BUDGET, "budget_bytes: %" PRIu64 " is below the %" PRIu64 " bytes in use",
                     budget_bytes, atomic_load(&engine->book.used_bytes));
}

uint64_t wa_engine_trim(wa_engine *engine, uint64_t target_bytes) {
    if (engine == NULL)
        return 0;
    const uint64_t used_bytes = atomic_load(&engine->book.used_bytes);
    return used_bytes > target_bytes ? memory_reclaim(engine, used_bytes - target_bytes) : 0;
}

void wa_engine_seal(wa_engine *engine, bool is_sealed) {
    if (engine != NULL)
        atomic_store_explicit(&engine->is_sealed, is_sealed, memory_order_relaxed);
}
