/* tests/unit/engines.h -- engines for tests of src/memory/, and an allocator with its own books. */
#ifndef WA_TESTS_UNIT_ENGINES_H
#define WA_TESTS_UNIT_ENGINES_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "memory/engine.h"

/* The oracle of the ledger: what was really asked of it, in bytes. */
typedef struct books {
    _Atomic uint64_t bytes, peak_bytes, count;
    _Atomic bool is_empty;   /* take says NULL */
    _Atomic bool is_crooked; /* take returns memory that is not aligned */
} books;

static inline void *books_take(void *user, size_t size_bytes) {
    books *own = user;
    if (own->is_empty)
        return NULL;
    char *memory = aligned_alloc(64, size_bytes + 64);
    assert_non_null(memory);
    memset(memory, 0, size_bytes + 64);
    const uint64_t bytes = atomic_fetch_add(&own->bytes, size_bytes) + size_bytes;
    uint64_t peak = atomic_load(&own->peak_bytes);
    while (peak < bytes && !atomic_compare_exchange_weak(&own->peak_bytes, &peak, bytes)) {}
    own->count++;
    return own->is_crooked ? memory + 8 : memory;
}

static inline void books_give(void *user, void *memory, size_t size_bytes) {
    books *own = user;
    own->bytes -= size_bytes;
    free((char *)memory - ((uintptr_t)memory % 64));
}

static inline wa_engine *engine_of(uint64_t budget_bytes) {
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = budget_bytes;
    wa_engine *engine = NULL;
    assert_int_equal(wa_engine_create(&desc, &engine), WA_OK);
    return engine;
}

static inline wa_engine *engine_with_books(uint64_t budget_bytes, books *own) {
    const wa_allocator allocator = { books_take, books_give, own };
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = budget_bytes;
    desc.allocator = &allocator;
    wa_engine *engine = NULL;
    assert_int_equal(wa_engine_create(&desc, &engine), WA_OK);
    return engine;
}

static inline wa_memory_stats stats_of(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats;
}

static inline uint64_t used_by(const wa_engine *engine) {
    return stats_of(engine).used_bytes;
}

static inline uint64_t category_sum(const wa_engine *engine) {
    const wa_memory_stats stats = stats_of(engine);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < WA_MEMORY_CATEGORY_COUNT; i++)
        sum += stats.category_bytes[i];
    return sum;
}

/* All that a failed call promises not to change. */
static inline void assert_same_use(const wa_memory_stats *before, const wa_engine *engine) {
    const wa_memory_stats after = stats_of(engine);
    assert_int_equal(after.used_bytes, before->used_bytes);
    assert_int_equal(after.allocation_count, before->allocation_count);
    assert_memory_equal(after.category_bytes, before->category_bytes, sizeof after.category_bytes);
}

static inline void assert_message_has(const char *words) {
    if (strstr(wa_error_message(), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", wa_error_message(), words);
}
#endif /* WA_TESTS_UNIT_ENGINES_H */
