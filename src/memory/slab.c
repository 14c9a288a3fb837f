/* Steps of one block each; free items are chained through their own memory. */
#include "slab.h"
#include "engine.h"
#include <assert.h>
#include <string.h>

enum { STEP_BYTES = 64 << 10, STEP_HEADER_BYTES = 64, STEP_ITEM_COUNT_MIN = 8, ITEM_ALIGNMENT = 8 };

typedef struct step {
    struct step *next;
    uint64_t size_bytes;
} step;

typedef struct free_item {
    struct free_item *next;
} free_item;

static_assert(sizeof(step) <= STEP_HEADER_BYTES, "items begin behind the header, 64-byte aligned");
static_assert(sizeof(free_item) <= ITEM_ALIGNMENT, "the smallest item holds a link");

void slab_init(slab *items, wa_engine *engine, wa_memory_category category, uint32_t item_bytes,
               const char *what) {
    assert(item_bytes > 0 && item_bytes <= UINT32_MAX - ITEM_ALIGNMENT);
    *items = (slab){
        .engine = engine,
        .category = category,
        .item_bytes = (item_bytes + ITEM_ALIGNMENT - 1) / ITEM_ALIGNMENT * ITEM_ALIGNMENT,
        .step_bytes = STEP_BYTES,
        .what = what,
    };
}

void slab_expect_few(slab *items) {
    assert(items->steps == NULL);
    items->step_bytes = STEP_HEADER_BYTES;
}

void slab_finish(slab *items) {
    for (step *block = items->steps; block != NULL;) {
        step *next = block->next;
        memory_give(items->engine, items->category, block, block->size_bytes);
        block = next;
    }
    items->steps = NULL;
    items->free_list = NULL;
    items->free_count = items->used_count = 0;
}

static void note_growth(slab *items) {
    if (items->grown != NULL && !items->is_grown) {
        items->is_grown = true;
        items->kept_steps = items->steps;
        items->grown_next = *items->grown;
        *items->grown = items;
    }
}

/* One step for all that is missing, so that it succeeds or fails as a whole. */
static wa_status grow(slab *items, uint64_t missing_count) {
    uint64_t count = (items->step_bytes - STEP_HEADER_BYTES) / items->item_bytes;
    count = count < STEP_ITEM_COUNT_MIN ? STEP_ITEM_COUNT_MIN : count;
    count = count < missing_count ? missing_count : count;
    const bool is_beyond = count > (UINT64_MAX - STEP_HEADER_BYTES) / items->item_bytes;
    const uint64_t size_bytes = is_beyond ? UINT64_MAX : STEP_HEADER_BYTES + count * items->item_bytes;
    void *memory;
    const wa_status status =
        memory_take(items->engine, items->category, size_bytes, items->what, &memory);
    if (status != WA_OK)
        return status;
    step *block = memory;
    note_growth(items);
    *block = (step){ .next = items->steps, .size_bytes = size_bytes };
    items->steps = block;
    /* Backwards, so that items are handed out in the order of their addresses. */
    for (uint64_t i = count; i-- > 0;) {
        free_item *item = (free_item *)((char *)memory + STEP_HEADER_BYTES + i * items->item_bytes);
        item->next = items->free_list;
        items->free_list = item;
    }
    items->free_count += count;
    return WA_OK;
}

wa_status slab_reserve(slab *items, uint64_t count) {
    return count <= items->free_count ? WA_OK : grow(items, count - items->free_count);
}

void *slab_take(slab *items) {
    if (items->free_list == NULL && grow(items, 1) != WA_OK)
        return NULL;
    free_item *item = items->free_list;
    items->free_list = item->next;
    items->free_count--;
    items->used_count++;
    return memset(item, 0, items->item_bytes);
}

void slab_give(slab *items, void *item) {
    assert(item != NULL && items->used_count > 0);
    free_item *freed = item;
    freed->next = items->free_list;
    items->free_list = freed;
    items->free_count++;
    items->used_count--;
}

void slab_watch(slab *items, slab **grown) {
    items->grown = grown;
}

static slab *grown_pop(slab **grown) {
    slab *items = *grown;
    *grown = items->grown_next;
    items->grown_next = NULL;
    items->is_grown = false;
    return items;
}

void slabs_keep(slab **grown) {
    while (*grown != NULL) {
        (void)grown_pop(grown);
    }
}

static bool is_in_step(const step *block, const void *item) {
    return (uintptr_t)item > (uintptr_t)block && (uintptr_t)item < (uintptr_t)block + block->size_bytes;
}

static uint64_t count_free(const slab *items, const step *block) {
    uint64_t count = 0;
    for (const free_item *item = items->free_list; item != NULL; item = item->next) {
        count += is_in_step(block, item);
    }
    return count;
}

static void drop_free(slab *items, const step *block) {
    free_item *kept = NULL, **link = &kept;
    for (free_item *item = items->free_list; item != NULL; item = item->next) {
        if (!is_in_step(block, item)) {
            *link = item;
            link = &item->next;
        }
    }
    *link = NULL;
    items->free_list = kept;
}

void slabs_give_back(slab **grown) {
    while (*grown != NULL) {
        slab *items = grown_pop(grown);
        while (items->steps != items->kept_steps) {
            step *block = items->steps;
            const uint64_t count = (block->size_bytes - STEP_HEADER_BYTES) / items->item_bytes;
            if (count_free(items, block) != count) {
                break;
            }
            drop_free(items, block);
            items->free_count -= count;
            items->steps = block->next;
            memory_give_with(items->engine, items->category, block, block->size_bytes, false);
        }
    }
}
