/* A page that was never touched costs 10 to 30 microseconds at its first write, a huge one a 500th of
 * that per byte: so large blocks are huge-page mappings, touched here, and kept when they come back. */
#include "pages.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_ALIGNMENT = 64, SMALL_PAGE_BYTES = 4096, HUGE_WASTE_DIVISOR = 8, CUT_DIVISOR = 4 };
#define PAGES_BYTES_MAX ((uint64_t)1 << 46)

static_assert(PAGES_HUGE_BYTES % PAGES_STEP_BYTES == 0, "huge pages are whole steps");
static_assert(PAGES_STEP_BYTES % SMALL_PAGE_BYTES == 0, "steps are whole pages");

static uint64_t round_up(uint64_t bytes, uint64_t step) {
    return (bytes + step - 1) / step * step;
}

/* Whole huge pages, unless that would waste more than an eighth; then 64 KiB steps. */
uint64_t pages_length(uint64_t size_bytes) {
    if (size_bytes > PAGES_BYTES_MAX)
        return 0;
    if (size_bytes < PAGES_LARGE_BYTES)
        return round_up(size_bytes, BLOCK_ALIGNMENT);
    const uint64_t steps = round_up(size_bytes, PAGES_STEP_BYTES);
    const uint64_t huge = round_up(size_bytes, PAGES_HUGE_BYTES);
    return huge - steps <= steps / HUGE_WASTE_DIVISOR ? huge : steps;
}

/* Map more than is asked and cut it down to the alignment. */
static void *map_aligned(uint64_t length_bytes) {
    const uint64_t mapped_bytes = length_bytes + PAGES_HUGE_BYTES;
    char *mapped = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return NULL;
    const uint64_t head_bytes =
        (PAGES_HUGE_BYTES - (uintptr_t)mapped % PAGES_HUGE_BYTES) % PAGES_HUGE_BYTES;
    char *memory = mapped + head_bytes;
    if (head_bytes > 0)
        munmap(mapped, head_bytes);
    munmap(memory + length_bytes, mapped_bytes - head_bytes - length_bytes);
#ifdef MADV_HUGEPAGE
    madvise(memory, length_bytes, MADV_HUGEPAGE); /* advice: small pages work too */
#endif
    return memory;
}

static void touch(void *memory, uint64_t length_bytes) {
    volatile char *bytes = memory;
    for (uint64_t at = 0; at < length_bytes; at += SMALL_PAGE_BYTES)
        bytes[at] = 0;
}

void *pages_take(uint64_t length_bytes) {
    assert(length_bytes > 0 && length_bytes == pages_length(length_bytes));
    if (length_bytes >= PAGES_LARGE_BYTES) {
        void *memory = map_aligned(length_bytes);
        if (memory != NULL)
            touch(memory, length_bytes);
        return memory;
    }
    void *memory = aligned_alloc(BLOCK_ALIGNMENT, length_bytes);
    if (memory != NULL)
        memset(memory, 0, length_bytes);
    return memory;
}

void pages_give(void *memory, uint64_t length_bytes) {
    if (length_bytes >= PAGES_LARGE_BYTES)
        munmap(memory, length_bytes);
    else
        free(memory);
}

void page_cache_init(page_cache *cache) {
    *cache = (page_cache){ 0 };
    pthread_mutex_init(&cache->mutex, NULL);
}

void page_cache_finish(page_cache *cache) {
    assert(cache->oldest == NULL && cache->idle_bytes == 0);
    pthread_mutex_destroy(&cache->mutex);
}

static void unlink_mapping(page_cache *cache, idle_mapping *mapping) {
    *(mapping->prev != NULL ? &mapping->prev->next : &cache->oldest) = mapping->next;
    *(mapping->next != NULL ? &mapping->next->prev : &cache->newest) = mapping->prev;
    cache->idle_bytes -= mapping->length_bytes;
}

/* The shortest that is long enough and does not waste: a much longer one waits for its like. */
static idle_mapping *find_mapping(const page_cache *cache, uint64_t length_bytes) {
    const uint64_t length_max = length_bytes + length_bytes / CUT_DIVISOR;
    idle_mapping *best = NULL;
    for (idle_mapping *mapping = cache->newest; mapping != NULL; mapping = mapping->prev) {
        if (mapping->length_bytes < length_bytes || mapping->length_bytes > length_max)
            continue;
        if (best == NULL || mapping->length_bytes < best->length_bytes)
            best = mapping;
        if (best->length_bytes == length_bytes)
            break;
    }
    return best;
}

void *page_cache_take(page_cache *cache, uint64_t length_bytes, uint64_t *freed_bytes) {
    *freed_bytes = 0;
    pthread_mutex_lock(&cache->mutex);
    idle_mapping *mapping = find_mapping(cache, length_bytes);
    if (mapping != NULL)
        unlink_mapping(cache, mapping);
    pthread_mutex_unlock(&cache->mutex);
    if (mapping == NULL)
        return NULL;
    *freed_bytes = mapping->length_bytes - length_bytes;
    if (*freed_bytes > 0)
        munmap((char *)mapping + length_bytes, *freed_bytes);
    return mapping;
}

void page_cache_give(page_cache *cache, void *memory, uint64_t length_bytes) {
    assert(length_bytes >= PAGES_LARGE_BYTES);
    idle_mapping *mapping = memory;
    pthread_mutex_lock(&cache->mutex);
    *mapping = (idle_mapping){ .prev = cache->newest, .length_bytes = length_bytes };
    *(cache->newest != NULL ? &cache->newest->next : &cache->oldest) = mapping;
    cache->newest = mapping;
    cache->idle_bytes += length_bytes;
    pthread_mutex_unlock(&cache->mutex);
}

uint64_t page_cache_trim(page_cache *cache, uint64_t want_bytes) {
    uint64_t freed_bytes = 0;
    while (freed_bytes < want_bytes) {
        pthread_mutex_lock(&cache->mutex);
        idle_mapping *mapping = cache->oldest;
        if (mapping != NULL)
            unlink_mapping(cache, mapping);
        pthread_mutex_unlock(&cache->mutex);
        if (mapping == NULL)
            break;
        freed_bytes += mapping->length_bytes;
        pages_give(mapping, mapping->length_bytes);
    }
    return freed_bytes;
}
