/* Free ranges in bins, four for each power of two, each a list; a range says its length at both ends, and a bit
 * says where ends are. So taking looks at one list, and giving at two bits. */
#include "heap.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Growing costs a call of the browser, and more than is asked costs nothing until it is touched. */
enum { GROW_BYTES = 1 << 20, SEARCH_MAX = 64 };

/* At the beginning of a free range; its length is also in its last four bytes. */
typedef struct range {
    uint32_t prev, next; /* of the same bin; 0: none */
    uint32_t length_bytes;
} range;
static_assert(sizeof(range) + sizeof(uint32_t) <= HEAP_GRANULE_BYTES,
              "both ends fit in the least range");

static range *range_at(const heap *of, uint32_t at) {
    return (range *)(void *)(of->base + at);
}

static uint32_t *length_before(const heap *of, uint32_t end) {
    return (uint32_t *)(void *)(of->base + end - sizeof(uint32_t));
}

/* -- Ends --------------------------------------------------------------------------------------- */

static bool is_edge(const heap *of, uint32_t at) {
    const uint32_t granule = at / HEAP_GRANULE_BYTES;
    return (of->edges[granule / 8] >> granule % 8 & 1) != 0;
}

static void set_edge(heap *of, uint32_t at, bool is_set) {
    const uint32_t granule = at / HEAP_GRANULE_BYTES;
    const uint8_t bit = (uint8_t)(1u << granule % 8);
    of->edges[granule / 8] =
        (uint8_t)(is_set ? of->edges[granule / 8] | bit : of->edges[granule / 8] & ~bit);
}

static void set_edges(heap *of, uint32_t at, uint32_t length_bytes, bool is_set) {
    set_edge(of, at, is_set);
    set_edge(of, at + length_bytes - HEAP_GRANULE_BYTES, is_set);
}

/* -- Bins --------------------------------------------------------------------------------------- */

/* Ranges of a bin are at least as long as its number says, and shorter than the next one's. */
static uint32_t bin_of(uint32_t length_bytes) {
    const uint32_t granules = length_bytes / HEAP_GRANULE_BYTES;
    const uint32_t power = 31u - (uint32_t)__builtin_clz(granules);
    const uint32_t quarter = power >= 2 ? granules >> (power - 2) & 3 : granules << (2 - power) & 3;
    return 4 * power + quarter;
}

static void link_range(heap *of, uint32_t at, uint32_t length_bytes) {
    const uint32_t bin = bin_of(length_bytes);
    *range_at(of, at) = (range){ 0, of->first[bin], length_bytes };
    *length_before(of, at + length_bytes) = length_bytes;
    if (of->first[bin] != 0) {
        range_at(of, of->first[bin])->prev = at;
    }
    of->first[bin] = at;
    of->filled[bin / 32] |= 1u << bin % 32;
    set_edges(of, at, length_bytes, true);
    of->free_bytes += length_bytes;
}

static void unlink_range(heap *of, uint32_t at) {
    const range *gone = range_at(of, at);
    const uint32_t bin = bin_of(gone->length_bytes);
    *(gone->prev != 0 ? &range_at(of, gone->prev)->next : &of->first[bin]) = gone->next;
    if (gone->next != 0) {
        range_at(of, gone->next)->prev = gone->prev;
    }
    if (of->first[bin] == 0) {
        of->filled[bin / 32] &= ~(1u << bin % 32);
    }
    set_edges(of, at, gone->length_bytes, false);
    of->free_bytes -= gone->length_bytes;
}

/* Of its own bin the first that is long enough, then whatever the next filled one begins with. */
static uint32_t find_range(const heap *of, uint32_t length_bytes) {
    const uint32_t bin = bin_of(length_bytes);
    uint32_t at = of->first[bin];
    for (uint32_t looked = 0; at != 0 && looked < SEARCH_MAX; looked++) {
        const range *each = range_at(of, at);
        if (each->length_bytes >= length_bytes) {
            return at;
        }
        at = each->next;
    }
    for (uint32_t word = (bin + 1) / 32; word < HEAP_BIN_COUNT / 32; word++) {
        uint32_t filled = of->filled[word];
        if (word == (bin + 1) / 32) {
            filled &= ~0u << (bin + 1) % 32;
        }
        if (filled != 0) {
            return of->first[32 * word + (uint32_t)__builtin_ctz(filled)];
        }
    }
    return 0;
}

/* -- Growing ------------------------------------------------------------------------------------ */

static uint32_t free_at_end(const heap *of) {
    return is_edge(of, of->end_bytes - HEAP_GRANULE_BYTES) ? *length_before(of, of->end_bytes) : 0;
}

/* So that a range of that length lies at the end. */
static bool grow_for(heap *of, uint32_t length_bytes) {
    const uint32_t left_bytes = of->limit_bytes - of->end_bytes;
    const uint32_t missing_bytes = length_bytes - free_at_end(of); /* no range is long enough */
    if (missing_bytes > left_bytes) {
        return false;
    }
    uint32_t more_bytes = (missing_bytes + GROW_BYTES - 1) / GROW_BYTES * GROW_BYTES;
    more_bytes = more_bytes < left_bytes ? more_bytes : left_bytes;
    if (!of->grow(of, more_bytes)) {
        return false;
    }
    const uint32_t at = of->end_bytes;
    of->end_bytes += more_bytes;
    heap_give(of, of->base + at, more_bytes);
    return true;
}

/* -- Take and give ------------------------------------------------------------------------------ */

bool heap_init(heap *of, char *base, uint32_t begin_bytes, uint32_t end_bytes, uint32_t limit_bytes) {
    assert(begin_bytes > 0 && begin_bytes % HEAP_GRANULE_BYTES == 0);
    assert(end_bytes % HEAP_GRANULE_BYTES == 0 && limit_bytes % HEAP_GRANULE_BYTES == 0);
    assert(begin_bytes <= end_bytes && end_bytes <= limit_bytes);
    const uint32_t map_bytes = (limit_bytes / HEAP_GRANULE_BYTES / 8 + HEAP_GRANULE_BYTES) /
                               HEAP_GRANULE_BYTES * HEAP_GRANULE_BYTES;
    of->base = base;
    of->limit_bytes = limit_bytes;
    of->end_bytes = end_bytes;
    of->edges = (uint8_t *)base + begin_bytes;
    if (map_bytes > limit_bytes - begin_bytes) {
        return false;
    }
    const uint32_t first = begin_bytes + map_bytes;
    if (first > end_bytes) {
        if (!of->grow(of, first - end_bytes)) {
            return false;
        }
        of->end_bytes = first;
    } else if (first < end_bytes) {
        link_range(of, first, end_bytes - first);
    }
    return true;
}

uint64_t heap_room(const heap *of) {
    return of->free_bytes + of->limit_bytes - of->end_bytes;
}

void *heap_take(heap *of, uint32_t length_bytes) {
    assert(length_bytes > 0 && length_bytes % HEAP_GRANULE_BYTES == 0);
    uint32_t at = find_range(of, length_bytes);
    if (at == 0) {
        if (!grow_for(of, length_bytes)) {
            return NULL;
        }
        at = of->end_bytes - free_at_end(of);
    }
    const uint32_t rest_bytes = range_at(of, at)->length_bytes - length_bytes;
    unlink_range(of, at);
    if (rest_bytes > 0) {
        link_range(of, at + length_bytes, rest_bytes);
    }
    return of->base + at;
}

void heap_give(heap *of, void *memory, uint32_t length_bytes) {
    uint32_t at = (uint32_t)((char *)memory - of->base);
    assert(at % HEAP_GRANULE_BYTES == 0 && length_bytes > 0 && length_bytes % HEAP_GRANULE_BYTES == 0);
    const uint32_t end = at + length_bytes;
    assert(end <= of->end_bytes);
    if (end < of->end_bytes && is_edge(of, end)) {
        length_bytes += range_at(of, end)->length_bytes;
        unlink_range(of, end);
    }
    if (is_edge(of, at - HEAP_GRANULE_BYTES)) { /* what lies before the first block is never free */
        const uint32_t before_bytes = *length_before(of, at);
        at -= before_bytes;
        length_bytes += before_bytes;
        unlink_range(of, at);
    }
    link_range(of, at, length_bytes);
}
