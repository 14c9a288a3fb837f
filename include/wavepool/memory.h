/* wavepool/memory.h -- the engine: one ledger, one enforced budget, shared by contexts.
 *
 * Everything that Wavepool owns is charged to a category of the ledger before it is taken, and counts
 * what is mapped, not what is used. Over the budget: free idle mappings, then idle buffers of pools,
 * try once more, then WA_ERR_BUDGET with a message that says what was asked and who holds what.
 *
 * Thread: control  one thread at a time; may block and allocate within the budget.
 * Thread: render   wait-free: no allocation, lock, system call or log.
 * Thread: any      safe from every thread at the same time.
 */
#ifndef WAVEPOOL_MEMORY_H
#define WAVEPOOL_MEMORY_H
#include "status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wa_engine wa_engine;

typedef enum wa_memory_category {
    WA_MEMORY_BUFFERS = 0, /* sample data, in use and pooled; shaping curves */
    WA_MEMORY_NODES = 1,   /* slots, edges, node state, quantum blocks */
    WA_MEMORY_DELAY_LINES = 2,
    WA_MEMORY_IMPULSE_RESPONSES = 3, /* convolver spectra, periodic wave tables */
    WA_MEMORY_PARAMS = 4,            /* automation events and curves */
    WA_MEMORY_SCHEDULE = 5,          /* batches, the heap of sources that wait, active arrays */
    WA_MEMORY_RINGS = 6,             /* between control and render, and to devices */
    WA_MEMORY_HRTF = 7,
    WA_MEMORY_DECODE = 8,   /* while a file is decoded or resampled, streaming rings */
    WA_MEMORY_PROFILE = 9,  /* histograms, trace */
    WA_MEMORY_OBJECTS = 10, /* engine, contexts, pools, templates */
    WA_MEMORY_CATEGORY_COUNT = 11,
    WA_MEMORY_CATEGORY_FORCE32 = 0x7fffffff
} wa_memory_category;

/* "buffers", "nodes", "delayLines" ... as in the JSON snapshot. Thread: any */
WA_API const char *wa_memory_category_name(wa_memory_category category);

typedef enum wa_gc_pressure {
    WA_GC_PRESSURE_LOW = 0,
    WA_GC_PRESSURE_MEDIUM = 1, /* more than pressure_medium_per_s allocations in the last second */
    WA_GC_PRESSURE_HIGH = 2,
    WA_GC_PRESSURE_FORCE32 = 0x7fffffff
} wa_gc_pressure;

/* Called on the control thread, from inside the call that crossed the limit, once per crossing.
 * It may release and trim; it must not destroy the engine. */
typedef void (*wa_soft_limit_fn)(void *user, uint64_t used_bytes, uint64_t soft_limit_bytes);

/* The caller's memory. take returns zeroed memory aligned to 64 bytes, or NULL. */
typedef struct wa_allocator {
    void *(*take)(void *user, size_t size_bytes);
    void (*give)(void *user, void *memory, size_t size_bytes);
    void *user;
} wa_allocator;

typedef struct wa_engine_desc {
    uint32_t desc_bytes;
    uint64_t budget_bytes;     /* INIT sets 100 MB (100 * 10^6), the journal's limit */
    uint64_t soft_limit_bytes; /* 0: none */
    wa_soft_limit_fn on_soft_limit;
    void *soft_limit_user;
    const wa_allocator *allocator; /* NULL: the system's pages; copied */
    double pressure_medium_per_s;  /* INIT sets 50 */
    double pressure_high_per_s;    /* INIT sets 100 */
} wa_engine_desc;

#define WA_ENGINE_DESC_INIT                                                                            \
    { (uint32_t)sizeof(wa_engine_desc), 100000000u, 0, NULL, NULL, NULL, 50.0, 100.0 }

typedef struct wa_memory_stats {
    uint64_t budget_bytes, used_bytes, peak_bytes;
    uint64_t category_bytes[WA_MEMORY_CATEGORY_COUNT];
    uint64_t category_peak_bytes[WA_MEMORY_CATEGORY_COUNT];
    uint64_t allocation_count; /* monotonic: real allocations only, never a pool hit */
    uint64_t allocated_bytes;  /* monotonic */
    uint64_t refused_count;    /* calls that ended in WA_ERR_BUDGET or WA_ERR_SEALED */
    double allocations_per_s;  /* over the sliding last second; reading never changes it */
    wa_gc_pressure gc_pressure;
    bool is_sealed;
} wa_memory_stats;

/* Make an engine. desc may be NULL for the defaults.
 * Returns: WA_OK | TYPE (engine is NULL) | NOT_SUPPORTED (desc_bytes unknown; budget below 1 MB)
 *   | BUDGET | SYSTEM_MEMORY. Owns: caller; wa_engine_destroy(). Thread: any */
WA_API wa_status wa_engine_create(const wa_engine_desc *desc, wa_engine **engine);

/* Give everything back. Buffers and waves of the engine become stale.
 * Returns: WA_OK (also for NULL) | BUSY (a context is still there; nothing changed). Thread: control */
WA_API wa_status wa_engine_destroy(wa_engine *engine);

/* Exact figures at this moment; O(categories). Thread: any */
WA_API void wa_engine_memory_stats(const wa_engine *engine, wa_memory_stats *stats);

/* Change the budget. Returns: WA_OK | BUDGET (more than that is in use; in a page: more than the module's
 * memory may hold). Thread: any */
WA_API wa_status wa_engine_set_budget(wa_engine *engine, uint64_t budget_bytes);

/* Free what is idle: mappings, then pooled buffers, least recently used keys first, until target_bytes of
 * the engine's use remain or nothing idle is left. 0 frees all that is idle. What a context has taken for
 * nodes and edits goes back with the context.
 * Returns the bytes given back. Thread: control */
WA_API uint64_t wa_engine_trim(wa_engine *engine, uint64_t target_bytes);

/* While sealed, any call that would take memory fails with WA_ERR_SEALED; pool hits still work.
 * Thread: any */
WA_API void wa_engine_seal(wa_engine *engine, bool is_sealed);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_MEMORY_H */
