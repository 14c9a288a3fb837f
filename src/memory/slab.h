/* src/memory/slab.h -- items of one size, taken and given in O(1), last in first out.
 * Grows in steps of about 64 KiB, or 8 items where few are wanted, that stay until finish. Thread: control */
#ifndef WA_SRC_MEMORY_SLAB_H
#define WA_SRC_MEMORY_SLAB_H
#include "memory.h"

typedef struct slab {
    wa_engine *engine;
    wa_memory_category category;
    uint32_t item_bytes; /* rounded up to 8 */
    uint32_t step_bytes;
    const char *what; /* names the items in a message */
    uint64_t free_count, used_count;
    void *free_list;
    void *steps;         /* newest first */
    struct slab **grown; /* NULL: not watched */
    struct slab *grown_next;
    void *kept_steps; /* in the list: those that it had before */
    bool is_grown;    /* it is in the list */
} slab;

/* what: must outlive the slab. */
void slab_init(slab *items, wa_engine *engine, wa_memory_category category, uint32_t item_bytes,
               const char *what);
void slab_expect_few(slab *items); /* steps of 8 items; before the first is taken */
void slab_finish(slab *items);     /* whatever is still taken goes too */
/* Have at least count items free. Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY. */
wa_status slab_reserve(slab *items, uint64_t count);
/* An item; zeroed. NULL only if none is free and none can be made (error_set has been called). */
void *slab_take(slab *items);
void slab_give(slab *items, void *item);

/* Several slabs that grow for one purpose: those that do are listed in *grown (NULL at first), until what they
 * grew by is kept or, as far as no item of it is taken, given back. */
void slab_watch(slab *items, slab **grown);
void slabs_keep(slab **grown);
void slabs_give_back(slab **grown);
#endif /* WA_SRC_MEMORY_SLAB_H */
