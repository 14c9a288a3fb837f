/* A slab hands out zeroed items that do not overlap, reuses the last one given, and grows in charged
 * steps that fail whole. */
#include "engines.h"
#include "memory/slab.h"

static void test_item_rows(void **state) {
    (void)state;
    static const struct {
        uint32_t item_bytes, rounded_bytes;
    } rows[] = { { 1, 8 }, { 8, 8 }, { 9, 16 }, { 64, 64 }, { 1000, 1000 }, { 20001, 20008 } };
    enum { COUNT = 100 };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        books own = { 0 };
        wa_engine *engine = engine_with_books(50000000, &own);
        const uint64_t idle_bytes = own.bytes;
        slab items;
        slab_init(&items, engine, WA_MEMORY_PARAMS, rows[i].item_bytes, "items");
        assert_int_equal(items.item_bytes, rows[i].rounded_bytes);
        assert_int_equal(own.bytes, idle_bytes); /* nothing before the first item */
        unsigned char *taken[COUNT];
        for (uint32_t j = 0; j < COUNT; j++) {
            taken[j] = slab_take(&items);
            assert_int_equal((uintptr_t)taken[j] % 8, 0);
            for (uint32_t at = 0; at < rows[i].item_bytes; at++)
                assert_int_equal(taken[j][at], 0);
            memset(taken[j], (int)j, rows[i].rounded_bytes);
        }
        for (uint32_t j = 0; j < COUNT; j++) { /* nobody wrote into a neighbour */
            assert_int_equal(taken[j][0], j);
            assert_int_equal(taken[j][rows[i].rounded_bytes - 1], j);
        }
        assert_int_equal(items.used_count, COUNT);
        assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_PARAMS], own.bytes - idle_bytes);
        slab_give(&items, taken[3]);
        slab_give(&items, taken[70]);
        const uint64_t bytes = own.bytes;
        unsigned char *again = slab_take(&items);
        assert_ptr_equal(again, taken[70]); /* last in, first out */
        assert_int_equal(again[0], 0);
        assert_int_equal(again[rows[i].rounded_bytes - 1], 0);
        assert_ptr_equal(slab_take(&items), taken[3]);
        assert_int_equal(own.bytes, bytes);
        slab_finish(&items); /* with items out: they go too */
        assert_int_equal(own.bytes, idle_bytes);
        wa_engine_destroy(engine);
    }
}

static void test_steps(void **state) {
    (void)state;
    static const struct {
        uint32_t item_bytes;
        uint64_t step_bytes;
    } rows[] = { { 64, 65536 }, { 40, 65536 }, { 20000, 64 + 8 * 20000 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_engine *engine = engine_of(10000000);
        slab items;
        slab_init(&items, engine, WA_MEMORY_NODES, rows[i].item_bytes, "items");
        assert_non_null(slab_take(&items));
        const uint64_t step_bytes = stats_of(engine).category_bytes[WA_MEMORY_NODES];
        assert_true(step_bytes <= rows[i].step_bytes + 63);
        assert_true(step_bytes + rows[i].item_bytes + 63 > rows[i].step_bytes);
        const uint64_t in_step = 1 + items.free_count;
        for (uint64_t j = 1; j < in_step; j++)
            slab_take(&items);
        assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_NODES], step_bytes);
        slab_take(&items);
        assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_NODES], 2 * step_bytes);
        slab_finish(&items);
        wa_engine_destroy(engine);
    }
}

static void test_reserve_whole_or_not(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    slab items;
    slab_init(&items, engine, WA_MEMORY_NODES, 100, "bolts");
    assert_int_equal(slab_reserve(&items, 5000), WA_OK); /* one step for all of them */
    assert_true(items.free_count >= 5000);
    assert_int_equal(stats_of(engine).allocation_count, 2); /* the engine and this */
    assert_int_equal(slab_reserve(&items, 5000), WA_OK);
    assert_int_equal(stats_of(engine).allocation_count, 2);
    const wa_memory_stats before = stats_of(engine);
    const uint64_t free_count = items.free_count;
    assert_int_equal(slab_reserve(&items, 50000), WA_ERR_BUDGET);
    assert_message_has("bolts: ");
    assert_int_equal(slab_reserve(&items, UINT64_MAX), WA_ERR_BUDGET);
    assert_same_use(&before, engine);
    assert_int_equal(items.free_count, free_count);

    wa_engine_seal(engine, true); /* what is free already is fine */
    for (uint64_t i = 0; i < free_count; i++)
        assert_non_null(slab_take(&items));
    assert_null(slab_take(&items));
    assert_message_has("sealed");
    assert_int_equal(items.used_count, free_count);
    slab_finish(&items);
    wa_engine_destroy(engine);
}

static void test_few(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    slab items;
    slab_init(&items, engine, WA_MEMORY_NODES, 600, "items");
    slab_expect_few(&items);
    assert_non_null(slab_take(&items));
    assert_int_equal(items.free_count, 7);
    assert_in_range(stats_of(engine).category_bytes[WA_MEMORY_NODES], 8 * 600, 8 * 600 + 128);
    slab_finish(&items);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* What grew together goes back together, the newest step first; one in use, and all below it, stay. */
static void test_growth_given_back(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    slab nuts, bolts, *grown = NULL;
    slab_init(&nuts, engine, WA_MEMORY_NODES, 64, "nuts");
    slab_init(&bolts, engine, WA_MEMORY_PARAMS, 100, "bolts");
    slab_watch(&nuts, &grown);
    slab_watch(&bolts, &grown);
    void *kept = slab_take(&nuts);
    slabs_keep(&grown);
    assert_null(grown);
    const wa_memory_stats before = stats_of(engine);
    const uint64_t free_count = nuts.free_count;

    assert_int_equal(slab_reserve(&nuts, free_count + 1), WA_OK);
    assert_int_equal(slab_reserve(&nuts, 3 * free_count), WA_OK);
    void *taken = slab_take(&bolts);
    slab_give(&bolts, taken);
    slabs_give_back(&grown);
    assert_null(grown);
    assert_int_equal(stats_of(engine).used_bytes, before.used_bytes);
    assert_int_equal(nuts.free_count, free_count);
    assert_int_equal(bolts.free_count, 0);
    for (uint64_t i = 0; i < free_count; i++) /* the free list holds what is left, all of it */
        assert_non_null(slab_take(&nuts));
    assert_null(grown);

    taken = slab_take(&nuts); /* in a step of its own */
    assert_int_equal(slab_reserve(&nuts, 5000), WA_OK);
    const uint64_t bytes = stats_of(engine).category_bytes[WA_MEMORY_NODES];
    slabs_give_back(&grown);
    const uint64_t left_bytes = stats_of(engine).category_bytes[WA_MEMORY_NODES];
    assert_true(left_bytes < bytes && left_bytes > before.category_bytes[WA_MEMORY_NODES]);
    slab_give(&nuts, taken);
    slab_give(&nuts, kept);
    slabs_give_back(&grown); /* kept by now */
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_NODES], left_bytes);
    slab_finish(&nuts);
    slab_finish(&bolts);
    wa_engine_destroy(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item_rows),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_reserve_whole_or_not),
        cmocka_unit_test(test_growth_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
