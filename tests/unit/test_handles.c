/* Which object a handle means, and every way in which it may not mean one, told apart. Slots must be
 * reused in turn, wear out for good, survive the growth of the table, and never let an old handle
 * mean a new object, not even on a thread that looks while another adds.
 */
#include "engines.h"
#include <pthread.h>
#include "wavepool/wavepool.h"

enum { TYPE_A = 3, TYPE_B = 4, STATE_BITS = 2 };

typedef struct rig {
    wa_engine *engine, *other;
    handle_set nodes, others_nodes, second_type, second_context;
    int context_a, context_b; /* owners: only their addresses matter */
} rig;

static int objects[8];

static void rig_init(rig *test) {
    test->engine = engine_of(50000000);
    test->other = engine_of(50000000);
    handle_set_init(&test->nodes, test->engine, HANDLE_NODE, TYPE_A, &test->context_a, "node",
                    WA_MEMORY_NODES);
    handle_set_init(&test->second_type, test->engine, HANDLE_NODE, TYPE_B, &test->context_a, "node",
                    WA_MEMORY_NODES);
    handle_set_init(&test->second_context, test->engine, HANDLE_NODE, TYPE_A, &test->context_b, "node",
                    WA_MEMORY_NODES);
    handle_set_init(&test->others_nodes, test->other, HANDLE_NODE, TYPE_A, &test->context_a, "node",
                    WA_MEMORY_NODES);
}

static void rig_finish(rig *test) {
    handle_set_finish(&test->nodes);
    handle_set_finish(&test->second_type);
    handle_set_finish(&test->second_context);
    handle_set_finish(&test->others_nodes);
    assert_int_equal(wa_engine_destroy(test->engine), WA_OK);
    assert_int_equal(wa_engine_destroy(test->other), WA_OK);
}

static uint64_t take(handle_set *set, void *object, uint32_t *slot) {
    uint64_t id = 0;
    assert_int_equal(handle_take(set, object, slot, &id), WA_OK);
    assert_true(id >> 32 != 0 && id >> 32 < 1u << 30 && (id & UINT32_MAX) < 1u << 30);
    return id;
}

static wa_status resolve(const rig *test, uint64_t id, uint32_t type, void **object) {
    return handle_resolve(test->engine, id, HANDLE_NODE, &test->context_a, type, "source", object);
}

/* -- Statuses ---------------------------------------------------------------------------------- */

static void test_statuses(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    wa_buffer buffer;
    assert_int_equal(wa_buffer_create(test.engine, 1, 8, 48000.0f, &buffer), WA_OK);
    uint32_t slot, gone_slot, released_slot, unused;
    const uint64_t live = take(&test.nodes, &objects[0], &slot);
    const uint64_t gone = take(&test.nodes, &objects[1], &gone_slot);
    const uint64_t released = take(&test.nodes, &objects[2], &released_slot);
    handle_give(&test.nodes, gone_slot);
    handle_mark_released(&test.nodes, released_slot);
    const uint64_t elsewhere = take(&test.others_nodes, &objects[3], &unused);
    const uint64_t typed = take(&test.second_type, &objects[4], &unused);
    const uint64_t theirs = take(&test.second_context, &objects[5], &unused);
    const uint64_t generation_one = (uint64_t)1 << 32;
    const struct {
        uint64_t id;
        uint32_t type;
        wa_status status;
        const void *object;
        const char *words;
    } rows[] = {
        { live, TYPE_A, WA_OK, &objects[0], NULL },
        { live, 0, WA_OK, &objects[0], NULL },
        { typed, 0, WA_OK, &objects[4], NULL },
        { typed, TYPE_A, WA_ERR_WRONG_TYPE, NULL, "source: is a node of type 4, not 3" },
        { buffer.id, TYPE_A, WA_ERR_WRONG_TYPE, NULL, "source: is a buffer, not a node" },
        { theirs, TYPE_A, WA_ERR_FOREIGN_HANDLE, NULL, "another context" },
        { elsewhere, TYPE_A, WA_ERR_FOREIGN_HANDLE, NULL, "another engine" },
        { released, TYPE_A, WA_ERR_RELEASED, NULL, "released" },
        { gone, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "gone" },
        { 0, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live & UINT32_MAX, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live + generation_one, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live | (uint64_t)1 << 30, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live | (uint64_t)1 << 62, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live | 0xff0000, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live + 4 * 256, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
        { live + 100, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "gone" },
        { UINT64_MAX, TYPE_A, WA_ERR_STALE_HANDLE, NULL, "is not a handle" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *object = NULL;
        assert_int_equal(resolve(&test, rows[i].id, rows[i].type, &object), rows[i].status);
        assert_ptr_equal(object, rows[i].object);
        if (rows[i].words != NULL) {
            assert_message_has(rows[i].words);
            assert_message_has("source");
        }
    }
    /* A node where a buffer is asked. */
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(test.engine, (wa_buffer){ live }, &info), WA_ERR_WRONG_TYPE);
    rig_finish(&test);
}

static void test_states(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    uint32_t slot;
    void *object = NULL;
    uint64_t seen = 0;
    const uint64_t id = take(&test.nodes, &objects[0], &slot);
    assert_ptr_equal(handle_object(test.engine, slot, &seen), &objects[0]);
    assert_int_equal(seen, id);
    handle_mark_released(&test.nodes, slot);
    assert_ptr_equal(handle_object(test.engine, slot, &seen), &objects[0]); /* its sound may ring */
    handle_mark_live(&test.nodes, slot);                                    /* undone: same handle */
    assert_int_equal(resolve(&test, id, TYPE_A, &object), WA_OK);

    const uint64_t renewed = handle_renew(&test.nodes, slot);
    assert_true(renewed != 0 && renewed != id);
    assert_int_equal(renewed & UINT32_MAX, id & UINT32_MAX);
    assert_int_equal(resolve(&test, id, TYPE_A, &object), WA_ERR_STALE_HANDLE);
    object = NULL;
    assert_int_equal(resolve(&test, renewed, TYPE_A, &object), WA_OK);
    assert_ptr_equal(object, &objects[0]);

    handle_give(&test.nodes, slot);
    assert_null(handle_object(test.engine, slot, &seen));
    assert_null(handle_object(test.engine, 0xffffff, &seen));
    assert_int_equal(resolve(&test, renewed, TYPE_A, &object), WA_ERR_STALE_HANDLE);
    rig_finish(&test);
}

/* -- Slots in turn ----------------------------------------------------------------------------- */

static void test_generations_wear_evenly(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    uint32_t first, slot = 0;
    take(&test.nodes, &objects[0], &first);
    handle_give(&test.nodes, first);
    for (uint32_t i = 1; i < WA_SLOTS_PER_CHUNK; i++) {
        take(&test.nodes, &objects[0], &slot);
        assert_int_not_equal(slot, first);
        handle_give(&test.nodes, slot);
    }
    take(&test.nodes, &objects[0], &slot); /* all others had their turn */
    assert_int_equal(slot, first);
    assert_int_equal(test.nodes.slot_count, WA_SLOTS_PER_CHUNK);
    assert_int_equal(test.nodes.free_count, WA_SLOTS_PER_CHUNK - 1);
    rig_finish(&test);
}

/* However slots come and go, none is handed out twice, and every live handle means its object. */
static void test_churn(void **state) {
    (void)state;
    enum { LIVE_MAX = 600 }; /* a little over two chunks */
    rig test;
    rig_init(&test);
    uint32_t slots[LIVE_MAX], live_count = 0, random = 3;
    uint64_t ids[LIVE_MAX];
    int marks[LIVE_MAX];
    for (uint32_t i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        const bool is_growing = (i / 1500) % 2 == 0;
        if (live_count < LIVE_MAX && (random >> 24 < (is_growing ? 200 : 80) || live_count == 0)) {
            ids[live_count] = take(&test.nodes, &marks[live_count], &slots[live_count]);
            for (uint32_t j = 0; j < live_count; j++)
                assert_int_not_equal(slots[j], slots[live_count]);
            live_count++;
        } else { /* the last one: its mark is the next one's */
            void *object = NULL;
            live_count--;
            assert_int_equal(resolve(&test, ids[live_count], TYPE_A, &object), WA_OK);
            assert_ptr_equal(object, &marks[live_count]);
            handle_give(&test.nodes, slots[live_count]);
        }
        assert_int_equal(test.nodes.slot_count - test.nodes.free_count, live_count);
    }
    assert_true(test.nodes.slot_count >= 2 * WA_SLOTS_PER_CHUNK);
    rig_finish(&test);
}

static void age(rig *test, uint32_t slot) {
    handle_table *table = test->engine->handles;
    handle_chunk *chunk = table->chunks[slot / WA_SLOTS_PER_CHUNK];
    chunk->words[slot % WA_SLOTS_PER_CHUNK] =
        (uint32_t)(WA_GENERATION_MAX - 1) << STATE_BITS | HANDLE_LIVE;
}

static void test_used_up_slots_rest(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    uint32_t given, renewed, slot;
    take(&test.nodes, &objects[0], &given);
    take(&test.nodes, &objects[1], &renewed);
    age(&test, given);
    age(&test, renewed);
    uint64_t id = 0;
    void *object;
    assert_non_null(handle_object(test.engine, given, &id));
    assert_int_equal(id >> 32, WA_GENERATION_MAX - 1);
    assert_int_equal(resolve(&test, id, TYPE_A, &object), WA_OK);
    handle_give(&test.nodes, given);
    assert_int_equal(resolve(&test, id, TYPE_A, &object), WA_ERR_STALE_HANDLE);
    assert_int_equal(handle_renew(&test.nodes, renewed), 0);
    assert_null(handle_object(test.engine, renewed, &id));
    assert_int_equal(test.nodes.free_count, WA_SLOTS_PER_CHUNK - 2);
    for (uint32_t i = 0; i < 2 * WA_SLOTS_PER_CHUNK; i++) {
        take(&test.nodes, &objects[2], &slot);
        assert_int_not_equal(slot, given);
        assert_int_not_equal(slot, renewed);
    }
    /* They rest in the next set that takes the chunk over, too. */
    handle_set_finish(&test.nodes);
    for (uint32_t i = 0; i < 3 * WA_SLOTS_PER_CHUNK - 2; i++) {
        take(&test.second_type, &objects[2], &slot);
        assert_int_not_equal(slot, given);
        assert_int_not_equal(slot, renewed);
    }
    assert_int_equal(test.engine->handle_chunk_count, 3);
    rig_finish(&test);
}

/* -- Chunks and the table ---------------------------------------------------------------------- */

/* The chunks of a set that ends serve another, and no old handle means its objects. */
static void test_finish_and_reuse(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    uint32_t slot, released_slot;
    const uint64_t live = take(&test.nodes, &objects[0], &slot);
    const uint64_t released = take(&test.nodes, &objects[1], &released_slot);
    handle_mark_released(&test.nodes, released_slot);
    const wa_memory_stats before = stats_of(test.engine);
    assert_true(before.category_bytes[WA_MEMORY_NODES] >= sizeof(handle_chunk));
    handle_set_finish(&test.nodes);
    assert_int_equal(stats_of(test.engine).category_bytes[WA_MEMORY_NODES], 0);
    void *object;
    assert_int_equal(resolve(&test, live, TYPE_A, &object), WA_ERR_STALE_HANDLE);
    assert_int_equal(resolve(&test, released, TYPE_A, &object), WA_ERR_STALE_HANDLE);

    uint32_t again;
    const uint64_t fresh = take(&test.second_type, &objects[2], &again);
    assert_same_use(&before, test.engine); /* the spare chunk, nothing new */
    assert_int_equal(again, slot);
    assert_true(fresh != live);
    assert_int_equal(resolve(&test, live, 0, &object), WA_ERR_STALE_HANDLE);
    assert_int_equal(resolve(&test, fresh, TYPE_B, &object), WA_OK);
    rig_finish(&test);
}

static void test_growth(void **state) {
    (void)state;
    enum { COUNT = 130 * WA_SLOTS_PER_CHUNK }; /* the table grows from 64 to 128 to 256 chunks */
    rig test;
    rig_init(&test);
    uint64_t *ids = calloc(COUNT, sizeof *ids);
    uint32_t slot;
    for (uint32_t i = 0; i < COUNT; i++)
        ids[i] = take(&test.nodes, &objects[i % 8], &slot);
    for (uint32_t i = 0; i < COUNT; i++) {
        void *object = NULL;
        assert_int_equal(resolve(&test, ids[i], TYPE_A, &object), WA_OK);
        assert_ptr_equal(object, &objects[i % 8]);
    }
    free(ids);
    rig_finish(&test);
}

static void test_refusals_change_nothing(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    uint32_t slot = 77;
    uint64_t id = 78;
    const wa_memory_stats before = stats_of(test.engine);
    wa_engine_seal(test.engine, true);
    assert_int_equal(handle_take(&test.nodes, &objects[0], &slot, &id), WA_ERR_SEALED);
    wa_engine_seal(test.engine, false);
    assert_int_equal(wa_engine_set_budget(test.engine, before.used_bytes + 64), WA_OK);
    assert_int_equal(handle_take(&test.nodes, &objects[0], &slot, &id), WA_ERR_BUDGET);
    /* Room for the chunk but not for the table: the chunk goes back. */
    assert_int_equal(
        wa_engine_set_budget(test.engine, before.used_bytes + (sizeof(handle_chunk) + 63) / 64 * 64),
        WA_OK);
    assert_int_equal(handle_take(&test.nodes, &objects[0], &slot, &id), WA_ERR_BUDGET);
    assert_int_equal(used_by(test.engine), before.used_bytes);
    assert_int_equal(wa_engine_set_budget(test.engine, 50000000), WA_OK);

    /* All of the index space in use. */
    enum { CHUNK_COUNT_MAX = (1 << WA_SLOT_INDEX_BITS) / WA_SLOTS_PER_CHUNK };
    handle_table *full = calloc(1, sizeof *full + CHUNK_COUNT_MAX * sizeof full->chunks[0]);
    full->capacity = CHUNK_COUNT_MAX;
    test.engine->handles = full;
    test.engine->handle_chunk_count = CHUNK_COUNT_MAX;
    assert_int_equal(handle_take(&test.nodes, &objects[0], &slot, &id), WA_ERR_LIMIT);
    assert_message_has("16777216");
    test.engine->handles = NULL;
    test.engine->handle_chunk_count = 0;
    free(full);

    assert_int_equal(used_by(test.engine), before.used_bytes);
    assert_int_equal(slot, 77);
    assert_int_equal(id, 78);
    take(&test.nodes, &objects[0], &slot);
    rig_finish(&test);
}

/* -- Two threads ------------------------------------------------------------------------------- */

typedef struct watch {
    wa_engine *engine;
    const void *owner;
    uint64_t id, gone_id;
    _Atomic bool is_over;
    uint32_t wrong_count, look_count;
} watch;

static void *look(void *user) {
    watch *own = user;
    do {
        void *object = NULL;
        own->look_count++;
        if (handle_resolve(own->engine, own->id, HANDLE_NODE, own->owner, TYPE_A, "x", &object) !=
                WA_OK ||
            object != &objects[1])
            own->wrong_count++;
        if (handle_resolve(own->engine, own->gone_id, HANDLE_NODE, own->owner, 0, "x", &object) !=
            WA_ERR_STALE_HANDLE)
            own->wrong_count++;
    } while (!own->is_over);
    return NULL;
}

/* One context's thread adds, frees and hands chunks over while the other's resolves. */
static void test_reader_during_growth(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    uint32_t slot, gone_slot;
    watch own = { .engine = test.engine, .owner = &test.context_b };
    own.id = take(&test.second_context, &objects[1], &slot);
    own.gone_id = take(&test.nodes, &objects[2], &gone_slot);
    handle_give(&test.nodes, gone_slot); /* its slot is used again below */
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look, &own), 0);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 100 * WA_SLOTS_PER_CHUNK; i++)
            take(&test.nodes, &objects[i % 8], &slot);
        handle_set_finish(&test.nodes);
    }
    own.is_over = true;
    pthread_join(thread, NULL);
    assert_true(own.look_count > 0);
    assert_int_equal(own.wrong_count, 0);
    rig_finish(&test);
}

typedef struct taker {
    handle_set *set;
    uint64_t ids[2000];
    void *object;
} taker;

static void *take_many(void *user) {
    taker *own = user;
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t slot, spare;
        uint64_t spare_id;
        if (handle_take(own->set, own->object, &slot, &own->ids[i]) != WA_OK ||
            handle_take(own->set, own->object, &spare, &spare_id) != WA_OK)
            abort();
        handle_give(own->set, spare);
    }
    return NULL;
}

/* A set that the engine owns serves every control thread: no slot goes to two. */
static void test_shared_set(void **state) {
    (void)state;
    rig test;
    rig_init(&test);
    handle_set shared;
    handle_set_init(&shared, test.engine, HANDLE_WAVE, 0, test.engine, "wave", WA_MEMORY_OBJECTS);
    static taker takers[2];
    pthread_t threads[2];
    for (uint32_t i = 0; i < 2; i++) {
        takers[i] = (taker){ .set = &shared, .object = &objects[i] };
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &takers[i]), 0);
    }
    for (uint32_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < 4000; i++) {
        void *object = NULL;
        assert_int_equal(handle_resolve(test.engine, takers[i / 2000].ids[i % 2000], HANDLE_WAVE,
                                        test.engine, 0, "wave", &object),
                         WA_OK);
        assert_ptr_equal(object, &objects[i / 2000]);
    }
    assert_int_equal(shared.slot_count - shared.free_count, 4000);
    handle_set_finish(&shared);
    rig_finish(&test);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_generations_wear_evenly),
        cmocka_unit_test(test_churn),
        cmocka_unit_test(test_used_up_slots_rest),
        cmocka_unit_test(test_finish_and_reuse),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_refusals_change_nothing),
        cmocka_unit_test(test_reader_during_growth),
        cmocka_unit_test(test_shared_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
