/* src/memory/pages.h -- blocks from the system: small ones from its heap, large ones mapped and kept.
 *
 *   below 1 MiB   the heap, 64-byte aligned, charged as the size rounded up to 64
 *   from 1 MiB    a mapping of its own, 2 MiB aligned, huge pages advised; given back it stays mapped,
 *                 idle, so that the next one of that size costs no page fault
 * In a page the system is one heap (src/platform/wasm) where no block is large.
 * Nothing here is charged: memory.c does that. Thread: any (the idle list is locked)
 */
#ifndef WA_SRC_MEMORY_PAGES_H
#define WA_SRC_MEMORY_PAGES_H
#include "wavepool/memory.h"
#include <pthread.h>

#if defined(__wasm__)
enum { PAGES_LARGE_BYTES = INT32_MAX }; /* beyond what a module may have */
#else
enum { PAGES_LARGE_BYTES = 1 << 20 };
#endif
enum { PAGES_HUGE_BYTES = 2 << 20, PAGES_STEP_BYTES = 64 << 10 };

/* Lives in the first bytes of the mapping it describes. */
typedef struct idle_mapping {
    struct idle_mapping *prev, *next;
    uint64_t length_bytes;
} idle_mapping;

/* Idle mappings, oldest first. */
typedef struct page_cache {
    pthread_mutex_t mutex;
    idle_mapping *oldest, *newest;
    uint64_t idle_bytes;
} page_cache;

void page_cache_init(page_cache *cache);
/* Nothing may be idle any more. */
void page_cache_finish(page_cache *cache);

/* What a block of that size takes from the system; 0 when it is beyond any address space. */
uint64_t pages_length(uint64_t size_bytes);

/* What the system can still give, as far as that is fixed: in a page. UINT64_MAX: it is not known. */
uint64_t pages_room(void);

/* length_bytes, from pages_length(), of zeros, every page touched. NULL: the system has none. */
void *pages_take(uint64_t length_bytes);
void pages_give(void *memory, uint64_t length_bytes);
/* The end of a large block goes back to the system; both parts are whole steps. */
void pages_cut(void *memory, uint64_t length_bytes);

/* An idle mapping of length_bytes, or a somewhat longer one cut to it; *freed_bytes: what was cut off
 * and is the system's again. Its content is whatever it was. NULL: none fits. */
void *page_cache_take(page_cache *cache, uint64_t length_bytes, uint64_t *freed_bytes);
void page_cache_give(page_cache *cache, void *memory, uint64_t length_bytes);
/* Unmap idle ones, oldest first, until want_bytes are freed. Returns the bytes freed. */
uint64_t page_cache_trim(page_cache *cache, uint64_t want_bytes);
#endif /* WA_SRC_MEMORY_PAGES_H */
