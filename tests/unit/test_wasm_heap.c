/* Goal: the heap of a page's module gives every byte that it has, once, and gets all of them back in one piece.
 * Method: rows for its limits; random takes and gives, whole and in pieces, against a map of who has what.
 */
#include "platform/wasm/heap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { BEGIN = 4096, END = 65536, LIMIT = 4 << 20, GRANULES = LIMIT / HEAP_GRANULE_BYTES };

static char *memory;
static uint32_t grown_bytes, grow_calls;
static bool is_growing_allowed;

static bool grow(heap *of, uint32_t more_bytes) {
    (void)of;
    grow_calls++;
    grown_bytes += is_growing_allowed ? more_bytes : 0;
    return is_growing_allowed;
}

static int make_memory(void **state) {
    (void)state;
    memory = aligned_alloc(HEAP_GRANULE_BYTES, LIMIT);
    grown_bytes = grow_calls = 0;
    is_growing_allowed = true;
    return memory != NULL ? 0 : -1;
}

static int free_memory(void **state) {
    (void)state;
    free(memory);
    return 0;
}

static heap open_heap(uint32_t end_bytes, uint32_t limit_bytes) {
    heap made = { .grow = grow };
    memset(memory, 0, LIMIT);
    assert_true(heap_init(&made, memory, BEGIN, end_bytes, limit_bytes));
    return made;
}

static void test_all_of_it(void **state) {
    (void)state;
    heap of = open_heap(END, LIMIT);
    const uint64_t room = heap_room(&of);
    assert_in_range(room, LIMIT - BEGIN - LIMIT / 512 - 128, LIMIT - BEGIN - LIMIT / 512);
    void *whole = heap_take(&of, (uint32_t)room);
    assert_non_null(whole);
    assert_int_equal(heap_room(&of), 0);
    assert_null(heap_take(&of, HEAP_GRANULE_BYTES));
    assert_int_equal(of.end_bytes, LIMIT);
    assert_int_equal(grown_bytes, LIMIT - END);
    heap_give(&of, whole, (uint32_t)room);
    assert_int_equal(heap_room(&of), room);
    assert_null(heap_take(&of, (uint32_t)room + HEAP_GRANULE_BYTES));
    assert_ptr_equal(heap_take(&of, (uint32_t)room), whole);
}

static void test_limits(void **state) {
    (void)state;
    heap small = { .grow = grow };
    assert_false(heap_init(&small, memory, BEGIN, BEGIN, BEGIN));
    heap tight = open_heap(BEGIN, LIMIT); /* nothing is there yet, not even the map */
    assert_int_equal(grow_calls, 1);
    assert_non_null(heap_take(&tight, HEAP_GRANULE_BYTES));
    is_growing_allowed = false; /* as when the browser has no more */
    heap refused = open_heap(END, LIMIT);
    const uint64_t room = heap_room(&refused);
    assert_null(heap_take(&refused, END));
    assert_int_equal(heap_room(&refused), room);
    assert_non_null(heap_take(&refused, HEAP_GRANULE_BYTES));
}

/* What lies free at the end counts for what is asked. */
static void test_grows_by_what_is_missing(void **state) {
    (void)state;
    heap of = open_heap(END, LIMIT);
    void *first = heap_take(&of, (uint32_t)of.free_bytes - 1024);
    assert_non_null(first);
    const uint32_t left = LIMIT - END;
    void *rest = heap_take(&of, left + 1024);
    assert_non_null(rest);
    assert_int_equal(heap_room(&of), 0);
}

typedef struct block {
    char *at;
    uint32_t bytes;
} block;

enum { BLOCK_MAX = 512, STEPS = 20000 };

static uint32_t random_next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void own(uint8_t *owned, const block *of, uint8_t before, uint8_t after) {
    for (uint32_t at = 0; at < of->bytes; at += HEAP_GRANULE_BYTES) {
        uint8_t *granule = &owned[(size_t)(of->at - memory + at) / HEAP_GRANULE_BYTES];
        assert_int_equal(*granule, before);
        *granule = after;
    }
}

static uint32_t random_bytes(uint32_t *seed) {
    const uint32_t granules = 1 + random_next(seed) % (1u << random_next(seed) % 11);
    return granules * HEAP_GRANULE_BYTES;
}

/* Half of the blocks come back in two pieces. */
static void give_block(heap *of, uint8_t *owned, const block *gone, uint32_t *seed) {
    own(owned, gone, 1, 0);
    const uint32_t granules = gone->bytes / HEAP_GRANULE_BYTES;
    const uint32_t cut = granules > 1 && random_next(seed) % 2 == 0
                             ? random_next(seed) % granules * HEAP_GRANULE_BYTES
                             : 0;
    if (cut > 0) {
        heap_give(of, gone->at, cut);
    }
    heap_give(of, gone->at + cut, gone->bytes - cut);
}

static void test_random(void **state) {
    (void)state;
    static uint8_t owned[GRANULES];
    static block blocks[BLOCK_MAX];
    uint32_t count = 0, seed = 7, refused = 0;
    memset(owned, 0, sizeof owned);
    heap of = open_heap(END, LIMIT);
    const uint64_t room = heap_room(&of);
    for (uint32_t step = 0; step < STEPS; step++) {
        const bool is_taking = count < BLOCK_MAX && (count == 0 || random_next(&seed) % 8 < 5);
        if (!is_taking) {
            const uint32_t index = random_next(&seed) % count;
            give_block(&of, owned, &blocks[index], &seed);
            blocks[index] = blocks[--count];
            continue;
        }
        block made = { .bytes = random_bytes(&seed) };
        made.at = heap_take(&of, made.bytes);
        refused += made.at == NULL;
        if (made.at != NULL) {
            assert_int_equal((uintptr_t)made.at % HEAP_GRANULE_BYTES, 0);
            own(owned, &made, 0, 1);
            memset(made.at, 0x5a, made.bytes); /* nothing of the heap's lies in a block */
            blocks[count++] = made;
        }
    }
    assert_true(refused > 0);
    while (count > 0) {
        give_block(&of, owned, &blocks[--count], &seed);
    }
    assert_int_equal(heap_room(&of), room);
    assert_non_null(heap_take(&of, (uint32_t)room));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_of_it, make_memory, free_memory),
        cmocka_unit_test_setup_teardown(test_limits, make_memory, free_memory),
        cmocka_unit_test_setup_teardown(test_grows_by_what_is_missing, make_memory, free_memory),
        cmocka_unit_test_setup_teardown(test_random, make_memory, free_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
