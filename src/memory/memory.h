/* src/memory/memory.h -- all memory of the engine: charged first, then taken; zeroed and touched.
 * Thread: control of any context (the ledger is atomic, the heap behind it is locked). Never render.
 */
#ifndef WA_SRC_MEMORY_MEMORY_H
#define WA_SRC_MEMORY_MEMORY_H
#include "wavepool/memory.h"

/* size_bytes of zeros, 64-byte aligned, every page touched. What is charged is what is mapped: the
 * caller's size rounded up to 64; blocks of 1 MiB and more are 2 MiB aligned, huge-page advised
 * mappings, charged in full, kept mapped and reused until trimmed. `what` names it in the message.
 * Over budget: idle mappings, pooled buffers and trim hooks, one retry, then BUDGET. May run the
 * soft-limit callback: call it with no lock held.
 * Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY. */
wa_status memory_take(wa_engine *engine, wa_memory_category category, uint64_t size_bytes,
                      const char *what, void **memory);
/* The same size as taken. NULL is fine. */
void memory_give(wa_engine *engine, wa_memory_category category, void *memory, uint64_t size_bytes);

/* Something that can free idle memory when the budget runs out, or on wa_engine_trim. */
typedef struct memory_trimmer {
    struct memory_trimmer *next;
    /* Free idle memory, least useful first, until about want_bytes are freed. Returns bytes freed.
     * Called on the control thread that ran out; must do nothing if it belongs to another thread.
     * It may give and take memory, but not add or remove trimmers. */
    uint64_t (*trim)(void *user, uint64_t want_bytes);
    void *user;
} memory_trimmer;
void memory_trimmer_add(wa_engine *engine, memory_trimmer *trimmer);
void memory_trimmer_remove(wa_engine *engine, memory_trimmer *trimmer);

/* Contexts that hang below the engine; wa_engine_destroy is BUSY while there are any. */
void engine_context_count_add(wa_engine *engine, int difference);
#endif /* WA_SRC_MEMORY_MEMORY_H */
