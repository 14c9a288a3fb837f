/* Every field of wa_engine_desc: at each limit an engine is made and holds a context, one past it is refused by
 * name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"

enum { BUDGET_BYTES = 100000000 };

static wa_memory_stats stats_of(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats;
}

typedef enum field { BYTES, BUDGET, SOFT, MEDIUM, HIGH } field;

typedef struct row {
    field changed;
    double value;
    const char *word; /* of the message; NULL: legal */
    wa_status status;
} row;

static const row rows[] = {
    { BYTES, sizeof(wa_engine_desc), NULL, WA_OK },
    { BYTES, sizeof(uint32_t), NULL, WA_OK }, /* of a version that had no more: all defaults */
    { BYTES, 0, "desc_bytes", WA_ERR_NOT_SUPPORTED },
    { BYTES, sizeof(wa_engine_desc) + 1, "desc_bytes", WA_ERR_NOT_SUPPORTED },
    { BYTES, UINT32_MAX, "desc_bytes", WA_ERR_NOT_SUPPORTED },
    { BUDGET, 1000000, NULL, WA_OK },
    { BUDGET, 999999, "budget_bytes", WA_ERR_NOT_SUPPORTED },
    { BUDGET, 0, "budget_bytes", WA_ERR_NOT_SUPPORTED },
    { BUDGET, 0x1p63, NULL, WA_OK },
    { SOFT, 0, NULL, WA_OK },
    { SOFT, 1, NULL, WA_OK },
    { SOFT, 0x1p63, NULL, WA_OK }, /* above the budget: never crossed */
    { MEDIUM, 0, NULL, WA_OK },
    { MEDIUM, 100, NULL, WA_OK }, /* as high as high */
    { MEDIUM, 100.5, "pressure_medium_per_s", WA_ERR_NOT_SUPPORTED },
    { MEDIUM, -1, "pressure_medium_per_s", WA_ERR_NOT_SUPPORTED },
    { MEDIUM, (double)NAN, "pressure_medium_per_s", WA_ERR_TYPE },
    { HIGH, 50, NULL, WA_OK },
    { HIGH, 49, "pressure_high_per_s", WA_ERR_NOT_SUPPORTED },
    { HIGH, (double)INFINITY, "pressure_high_per_s", WA_ERR_TYPE },
};

static wa_engine_desc desc_of(const row *of) {
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    switch (of->changed) {
    case BYTES:
        desc.desc_bytes = (uint32_t)of->value;
        break;
    case BUDGET:
        desc.budget_bytes = (uint64_t)of->value;
        break;
    case SOFT:
        desc.soft_limit_bytes = (uint64_t)of->value;
        break;
    case MEDIUM:
        desc.pressure_medium_per_s = of->value;
        break;
    case HIGH:
        desc.pressure_high_per_s = of->value;
        break;
    }
    return desc;
}

static void test_each_field(void **state) {
    (void)state;
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        const row *of = &rows[index];
        const wa_engine_desc desc = desc_of(of);
        wa_engine *engine = NULL;
        if (of->word != NULL) {
            assert_refused(wa_engine_create(&desc, &engine), of->status, of->word);
            assert_null(engine);
            continue;
        }
        assert_ok(wa_engine_create(&desc, &engine));
        const uint64_t budget_bytes =
            of->changed == BUDGET ? desc.budget_bytes : (uint64_t)BUDGET_BYTES;
        assert_int_equal(stats_of(engine).budget_bytes, budget_bytes);
        wa_context *context = NULL;
        assert_ok(wa_context_create(engine, NULL, &context)); /* also in the smallest one */
        assert_refused(wa_engine_destroy(engine), WA_ERR_BUSY, "1 contexts");
        assert_ok(wa_context_destroy(context));
        assert_ok(wa_engine_destroy(engine));
    }
    assert_refused(wa_engine_create(NULL, NULL), WA_ERR_TYPE, "engine");
    assert_ok(wa_engine_destroy(NULL));
}

/* The caller's allocator has to give all: contexts and what is in them come from it alone. */
typedef struct counted {
    uint64_t held_bytes, taken_count;
} counted;

static void *counted_take(void *user, size_t size_bytes) {
    counted *of = user;
    of->held_bytes += size_bytes;
    of->taken_count++;
    void *memory = aligned_alloc(64, size_bytes);
    return memory != NULL ? memset(memory, 0, size_bytes) : NULL;
}

static void counted_give(void *user, void *memory, size_t size_bytes) {
    ((counted *)user)->held_bytes -= size_bytes;
    free(memory);
}

static void test_allocator(void **state) {
    (void)state;
    counted books = { 0 };
    const wa_allocator allocator = { counted_take, counted_give, &books };
    const wa_allocator halves[] = { { counted_take, NULL, NULL }, { NULL, counted_give, NULL } };
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    wa_engine *engine = NULL;
    for (uint32_t index = 0; index < 2; index++) {
        desc.allocator = &halves[index];
        assert_refused(wa_engine_create(&desc, &engine), WA_ERR_TYPE, "allocator");
    }
    desc.allocator = &allocator;
    assert_ok(wa_engine_create(&desc, &engine));
    for (wa_context_kind kind = WA_CONTEXT_OFFLINE; kind <= WA_CONTEXT_EMBEDDED; kind++) {
        wa_context_desc context_desc = WA_CONTEXT_DESC_INIT;
        context_desc.kind = kind;
        context_desc.device_backend = "null";
        wa_context *context = NULL;
        wa_node node = { 0 };
        assert_ok(wa_context_create(engine, &context_desc, &context));
        assert_ok(wa_node_create(context, WA_NODE_TYPE_DELAY, NULL, &node));
        const wa_memory_stats stats = stats_of(engine);
        assert_int_equal(stats.used_bytes, books.held_bytes);
        assert_int_equal(stats.allocation_count, books.taken_count);
        assert_ok(wa_context_destroy(context));
    }
    assert_ok(wa_engine_destroy(engine));
    assert_int_equal(books.held_bytes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_field),
        cmocka_unit_test(test_allocator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
