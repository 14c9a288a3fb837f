/* A page that was never touched costs 10 to 30 microseconds at its first write, a huge one a 500th of
 * that per byte: so large blocks are huge-page mappings, touched here, and kept when they come back. */
#include "pages.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_ALIGNMENT = 64, SMALL_PAGE_BYTES = 4096, HUGE_WASTE_DIVISOR = 8 };
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

uint64_t pages_room(void) {
    return UINT64_MAX;
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

void pages_cut(void *memory, uint64_t length_bytes) {
    munmap(memory, length_bytes);
}
