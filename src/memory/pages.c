/* Mappings that are kept: in one list, by the time when they came back. */
#include "pages.h"
#include <assert.h>

enum { CUT_DIVISOR = 4 };

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
        pages_cut((char *)mapping + length_bytes, *freed_bytes);
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
