/* src/memory/engine.h -- the engine: ledger, idle memory, handles and the data that contexts share.
 *
 * Locks, in the order in which they may nest: trimmer, resource, then handle or the page cache's.
 * memory_take() is never called under one of them, for it runs trimmers and the soft-limit callback.
 */
#ifndef WA_SRC_MEMORY_ENGINE_H
#define WA_SRC_MEMORY_ENGINE_H
#include "../node.h"
#include "handles.h"
#include "ledger.h"
#include "memory.h"
#include "pages.h"
#include <pthread.h>

enum { CURVE_LIST_COUNT = 64 };

/* The slots of one chunk. Written by its set's thread, read by all: a slot's generation and state are
 * one word, so that a reader never sees the one without the other. */
typedef struct handle_chunk {
    _Atomic(handle_set *) set;   /* NULL: spare, waits for another set */
    const void *_Atomic owner;   /* of the set, for readers of other threads */
    _Atomic uint32_t kind, type; /* likewise */
    uint32_t index;              /* in the table */
    wa_memory_category category; /* of the set; OBJECTS while spare */
    struct handle_chunk *next_spare;
    _Atomic uint32_t words[WA_SLOTS_PER_CHUNK]; /* generation << 2 | handle_state */
    uint32_t next[WA_SLOTS_PER_CHUNK];          /* free list: slot index + 1, 0: the last */
    void *_Atomic objects[WA_SLOTS_PER_CHUNK];
} handle_chunk;

/* Grows by replacement; older tables stay readable until the engine goes. */
typedef struct handle_table {
    struct handle_table *older;
    uint32_t capacity;
    handle_chunk *_Atomic chunks[];
} handle_table;

struct wa_engine {
    ledger book;
    page_cache pages;
    wa_allocator allocator; /* take NULL: the system's pages */
    uint32_t tag;           /* tells its handles from other engines' */
    _Atomic bool is_sealed;
    _Atomic int context_count;
    double pressure_medium_per_s, pressure_high_per_s;
    uint64_t (*clock_ns)(void); /* monotonic; tests put their own here */

    uint64_t soft_limit_bytes; /* 0: none */
    wa_soft_limit_fn on_soft_limit;
    void *soft_limit_user;
    _Atomic bool is_above_soft_limit;

    pthread_mutex_t trimmer_mutex; /* held while trimmers run */
    memory_trimmer *trimmers;

    pthread_mutex_t handle_mutex; /* the table's growth, and free lists of the sets that engines own */
    handle_table *_Atomic handles;
    uint32_t handle_chunk_count; /* entries of the table in use or reserved */
    handle_chunk *spare_chunks;

    pthread_mutex_t
        resource_mutex;        /* pools and the buffers in them, curves, release of buffers and waves */
    handle_set buffers, waves; /* owner: the engine; locked inside handle_take and its like */
    handle_set processors, medias, recordings; /* likewise */
    wa_buffer_pool *pools;
    uint64_t use_count;                     /* of shapes in pools: which was used last */
    struct curve *curves[CURVE_LIST_COUNT]; /* those alive; see curves.c */

    const wa_resource *_Atomic standard_waves[5]; /* by wa_oscillator_type; NULL: not built yet */

    struct hrtf_entry *hrtf_entries; /* under resource_mutex, like the next two; see hrtf_shelf.h */
    char *hrtf_path;                 /* NULL: the default set */
    uint32_t hrtf_source_number;
    struct wa_response_data *responses; /* all that nodes hold; under the resource mutex */

    /* The thread that reads and writes files, made with the first of them (src/media/). */
    struct file_worker *_Atomic worker;
    void (*worker_finish)(wa_engine *engine); /* NULL: there is none */
};

typedef enum memory_flags {
    MEMORY_KEEP_IDLE = 1, /* speculative: nothing that waits in a pool is freed for it */
    MEMORY_QUIET = 2,     /* optional: failing leaves no message and is not counted as refused */
} memory_flags;

/* memory_take() with a choice. */
wa_status memory_take_with(wa_engine *engine, wa_memory_category category, uint64_t size_bytes,
                           const char *what, uint32_t flags, void **memory);
/* memory_give(); is_kept_mapped false: large blocks go back to the system at once. */
void memory_give_with(wa_engine *engine, wa_memory_category category, void *memory, uint64_t size_bytes,
                      bool is_kept_mapped);
/* What memory_take() would charge. */
uint64_t memory_charge_bytes(const wa_engine *engine, uint64_t size_bytes);
/* Free idle memory until about want_bytes are freed: idle mappings, idle buffers, then what trimmers
 * find. Returns the bytes freed. */
uint64_t memory_reclaim(wa_engine *engine, uint64_t want_bytes);

/* Free idle buffers until want_bytes are freed, shapes that were used longest ago first, whichever pool
 * they are in. Returns the bytes freed. */
uint64_t buffer_pools_trim(wa_engine *engine, uint64_t want_bytes);
/* Free a buffer, wave or curve, whoever still refers to it. */
void resource_destroy(wa_engine *engine, wa_resource *resource);

/* The tables of an engine that goes; every set is finished or of the engine. */
void handles_finish(wa_engine *engine);
#endif /* WA_SRC_MEMORY_ENGINE_H */
