/* The ledger must say exactly what was taken, the budget must hold under two threads, and each
 * refusal must change nothing and say why. The oracle of the books is an allocator that counts by
 * itself. M3.3 exact by category; M3.4 gcPressure over a sliding second; M3.5 the budget enforced
 * everywhere.
 */
#include "engines.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include "wavepool/wavepool.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

static void *take(wa_engine *engine, wa_memory_category category, uint64_t size_bytes) {
    void *memory = NULL;
    assert_int_equal(memory_take(engine, category, size_bytes, "test block", &memory), WA_OK);
    return memory;
}

static bool is_zero(const void *memory, uint64_t size_bytes) {
    const char *bytes = memory;
    for (uint64_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* -- Descriptors ------------------------------------------------------------------------------- */

static void test_create_rows(void **state) {
    (void)state;
    const wa_engine_desc init = WA_ENGINE_DESC_INIT;
    const wa_allocator half = { books_take, NULL, NULL };
    struct {
        wa_engine_desc desc;
        wa_status status;
        const char *words;
    } rows[] = {
        { init, WA_OK, NULL },
        { init, WA_ERR_NOT_SUPPORTED, "desc_bytes: 0" },
        { init, WA_ERR_NOT_SUPPORTED, "desc_bytes" },
        { init, WA_OK, NULL },
        { init, WA_ERR_NOT_SUPPORTED, "budget_bytes: 999999 is below 1000000" },
        { init, WA_OK, NULL },
        { init, WA_ERR_TYPE, "pressure" },
        { init, WA_ERR_TYPE, "pressure" },
        { init, WA_ERR_NOT_SUPPORTED, "pressure" },
        { init, WA_ERR_NOT_SUPPORTED, "pressure" },
        { init, WA_ERR_TYPE, "allocator" },
    };
    rows[1].desc.desc_bytes = 0;
    rows[2].desc.desc_bytes = sizeof init + 1;
    rows[3].desc.desc_bytes = offsetof(wa_engine_desc, soft_limit_bytes); /* an older, shorter one */
    rows[3].desc.pressure_medium_per_s = NAN;                             /* not part of it */
    rows[4].desc.budget_bytes = 999999;
    rows[5].desc.budget_bytes = 1000000;
    rows[6].desc.pressure_medium_per_s = NAN;
    rows[7].desc.pressure_high_per_s = INFINITY;
    rows[8].desc.pressure_medium_per_s = -1.0;
    rows[9].desc.pressure_high_per_s = 49.0;
    rows[10].desc.allocator = &half;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_engine *engine = NULL;
        assert_int_equal(wa_engine_create(&rows[i].desc, &engine), rows[i].status);
        assert_int_equal(engine != NULL, rows[i].status == WA_OK);
        if (rows[i].words != NULL)
            assert_message_has(rows[i].words);
        assert_int_equal(wa_engine_destroy(engine), WA_OK);
    }
    assert_int_equal(wa_engine_create(NULL, NULL), WA_ERR_TYPE);
    assert_message_has("engine");
}

static void test_idle_engine(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_int_equal(wa_engine_create(NULL, &engine), WA_OK);
    const wa_memory_stats stats = stats_of(engine);
    printf("idle engine: %llu bytes\n", (unsigned long long)stats.used_bytes);
    assert_true(stats.used_bytes > 0 && stats.used_bytes < 300 * KIB);
    assert_int_equal(stats.budget_bytes, 100000000); /* M3.5: the default */
    assert_int_equal(stats.used_bytes, category_sum(engine));
    assert_false(stats.is_sealed);

    engine_context_count_add(engine, 1);
    assert_int_equal(wa_engine_destroy(engine), WA_ERR_BUSY);
    assert_message_has("1 contexts");
    engine_context_count_add(engine, -1);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    assert_int_equal(wa_engine_destroy(NULL), WA_OK);
}

static void test_names(void **state) {
    (void)state;
    static const char *const names[] = { "buffers", "nodes",    "delayLines", "impulseResponses",
                                         "params",  "schedule", "rings",      "hrtf",
                                         "decode",  "profile",  "objects" };
    for (uint32_t i = 0; i < WA_MEMORY_CATEGORY_COUNT; i++)
        assert_string_equal(wa_memory_category_name((wa_memory_category)i), names[i]);
    assert_string_equal(wa_memory_category_name(WA_MEMORY_CATEGORY_COUNT), "unknown");
    assert_string_equal(wa_version(), "0.1.0");
}

/* A NULL engine is answered, not followed. */
static void test_null_rows(void **state) {
    (void)state;
    wa_memory_stats stats = { .used_bytes = 7 };
    wa_engine_memory_stats(NULL, &stats);
    assert_int_equal(stats.used_bytes, 0);
    assert_int_equal(wa_engine_set_budget(NULL, 1), WA_ERR_TYPE);
    assert_int_equal(wa_engine_trim(NULL, 0), 0);
    wa_engine_seal(NULL, true);
    wa_engine *engine = engine_of(1000000);
    wa_engine_memory_stats(engine, NULL);
    wa_engine_destroy(engine);
}

/* -- What is charged --------------------------------------------------------------------------- */

static void test_charge_rows(void **state) {
    (void)state;
    static const struct {
        uint64_t size_bytes, charged_bytes;
    } rows[] = {
        { 1, 64 },
        { 64, 64 },
        { 65, 128 },
        { 100000, 100032 },
        { MIB - 64, MIB - 64 },
        { MIB - 1, MIB },
        { MIB, MIB },
        { MIB + 1, MIB + 64 * KIB },      /* a huge page would waste nearly half */
        { 2 * MIB - 192 * KIB, 2 * MIB }, /* a tenth: take the huge page */
        { 2 * MIB, 2 * MIB },
        { 2 * MIB + 1, 2 * MIB + 64 * KIB },
        { 15 * MIB, 16 * MIB },
        { 32 * MIB + 1, 34 * MIB },
    };
    wa_engine *engine = engine_of(100000000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_engine_trim(engine, 0);
        const wa_memory_stats before = stats_of(engine);
        char *memory = take(engine, WA_MEMORY_HRTF, rows[i].size_bytes);
        const wa_memory_stats after = stats_of(engine);
        assert_int_equal(after.used_bytes - before.used_bytes, rows[i].charged_bytes);
        assert_int_equal(after.category_bytes[WA_MEMORY_HRTF], rows[i].charged_bytes);
        assert_int_equal(after.allocation_count, before.allocation_count + 1);
        assert_int_equal(after.allocated_bytes, before.allocated_bytes + rows[i].charged_bytes);
        assert_int_equal((uintptr_t)memory % 64, 0);
        if (rows[i].charged_bytes >= MIB)
            assert_int_equal((uintptr_t)memory % (2 * MIB), 0);
        assert_true(is_zero(memory, rows[i].size_bytes));
        memset(memory, 1, rows[i].charged_bytes); /* all that is charged is there */
        memory_give(engine, WA_MEMORY_HRTF, memory, rows[i].size_bytes);
        assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_HRTF], 0);
        wa_engine_trim(engine, 0);
        assert_int_equal(used_by(engine), before.used_bytes);
    }
    memory_give(engine, WA_MEMORY_HRTF, NULL, 5);
    assert_int_equal(stats_of(engine).category_peak_bytes[WA_MEMORY_HRTF], 34 * MIB);
    assert_true(stats_of(engine).peak_bytes >= 34 * MIB);
    wa_engine_destroy(engine);
}

/* M3.3: the sum of the rows is the sum, and is what was asked of the allocator, byte for byte. */
static void test_exact(void **state) {
    (void)state;
    books own = { 0 };
    wa_engine *engine = engine_with_books(50000000, &own);
    assert_int_equal(used_by(engine), own.bytes);
    enum { COUNT = 64 };
    void *blocks[COUNT];
    uint64_t sizes[COUNT];
    uint32_t random = 1;
    for (uint32_t i = 0; i < COUNT; i++) {
        random = random * 1664525u + 1013904223u;
        sizes[i] = 1 + random % (i % 8 == 0 ? 2000000 : 5000);
        blocks[i] = take(engine, (wa_memory_category)(i % WA_MEMORY_CATEGORY_COUNT), sizes[i]);
        assert_int_equal(used_by(engine), own.bytes);
        assert_int_equal(category_sum(engine), own.bytes);
        assert_int_equal(stats_of(engine).allocation_count, own.count);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        memory_give(engine, (wa_memory_category)(i % WA_MEMORY_CATEGORY_COUNT), blocks[i], sizes[i]);
        assert_int_equal(used_by(engine), own.bytes);
    }
    assert_int_equal(stats_of(engine).peak_bytes, own.peak_bytes);
    wa_engine_destroy(engine);
    assert_int_equal(own.bytes, 0);
}

/* -- Large blocks stay mapped ------------------------------------------------------------------ */

static void test_idle_mapping_is_reused(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    char *first = take(engine, WA_MEMORY_BUFFERS, 3 * MIB);
    memset(first, 1, 3 * MIB);
    memory_give(engine, WA_MEMORY_BUFFERS, first, 3 * MIB);
    const wa_memory_stats idle = stats_of(engine);
    assert_int_equal(idle.category_bytes[WA_MEMORY_BUFFERS], 3 * MIB); /* idle, still charged */

    wa_engine_seal(engine, true); /* needs nothing new */
    char *again = take(engine, WA_MEMORY_DECODE, 3 * MIB);
    assert_ptr_equal(again, first);
    assert_true(is_zero(again, 3 * MIB));
    const wa_memory_stats reused = stats_of(engine);
    assert_int_equal(reused.used_bytes, idle.used_bytes);
    assert_int_equal(reused.allocation_count, idle.allocation_count); /* not a real allocation */
    assert_int_equal(reused.category_bytes[WA_MEMORY_DECODE], 3 * MIB);
    assert_int_equal(reused.category_bytes[WA_MEMORY_BUFFERS], 0);
    memory_give(engine, WA_MEMORY_DECODE, again, 3 * MIB);

    /* A somewhat longer one is cut; a much longer one is left for its like. */
    char *cut = take(engine, WA_MEMORY_BUFFERS, 2 * MIB + 512 * KIB);
    assert_ptr_equal(cut, first);
    assert_int_equal(used_by(engine), idle.used_bytes - 512 * KIB);
    memory_give(engine, WA_MEMORY_BUFFERS, cut, 2 * MIB + 512 * KIB);
    void *none = NULL;
    assert_int_equal(memory_take(engine, WA_MEMORY_BUFFERS, MIB, "x", &none), WA_ERR_SEALED);
    assert_null(none);
    wa_engine_destroy(engine);
}

static void test_trim_frees_idle_mappings(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    const uint64_t idle_bytes = used_by(engine);
    void *blocks[3];
    for (uint32_t i = 0; i < 3; i++)
        blocks[i] = take(engine, WA_MEMORY_BUFFERS, (i + 2) * 2 * MIB); /* 4, 6, 8 MiB */
    for (uint32_t i = 0; i < 3; i++)
        memory_give(engine, WA_MEMORY_BUFFERS, blocks[i], (i + 2) * 2 * MIB);
    assert_int_equal(wa_engine_trim(engine, idle_bytes + 18 * MIB), 0);       /* already there */
    assert_int_equal(wa_engine_trim(engine, idle_bytes + 15 * MIB), 4 * MIB); /* oldest first */
    assert_int_equal(wa_engine_trim(engine, 0), 14 * MIB);
    assert_int_equal(used_by(engine), idle_bytes);
    wa_engine_destroy(engine);
}

/* Idle mappings that do not fit are the first to go when the budget is short, even for speculation. */
static void test_idle_mapping_gives_way(void **state) {
    (void)state;
    wa_engine *engine = engine_of(5 * MIB);
    for (uint32_t flags = 0; flags <= MEMORY_KEEP_IDLE; flags++) {
        memory_give(engine, WA_MEMORY_BUFFERS, take(engine, WA_MEMORY_BUFFERS, 4 * MIB), 4 * MIB);
        const uint64_t used_bytes = used_by(engine);
        void *memory = NULL;
        assert_int_equal(memory_take_with(engine, WA_MEMORY_BUFFERS, 2 * MIB, "x", flags, &memory),
                         WA_OK);
        assert_int_equal(used_by(engine), used_bytes - 2 * MIB);
        memory_give_with(engine, WA_MEMORY_BUFFERS, memory, 2 * MIB, false);
        assert_int_equal(used_by(engine), used_bytes - 4 * MIB); /* not kept mapped */
    }
    wa_engine_destroy(engine);
}

/* -- Refusals ---------------------------------------------------------------------------------- */

/* M3.5: what was asked, what is used, and by whom. */
static void test_budget_message(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    void *decode = take(engine, WA_MEMORY_DECODE, 320000);
    void *rings = take(engine, WA_MEMORY_RINGS, 64000);
    const wa_memory_stats before = stats_of(engine);
    void *memory = &engine;
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, 700000, "slab", &memory), WA_ERR_BUDGET);
    assert_null(memory);
    assert_same_use(&before, engine);
    assert_int_equal(stats_of(engine).refused_count, before.refused_count + 1);
    char words[160];
    snprintf(words, sizeof words,
             "slab: 700032 bytes asked, over the budget: %llu of 1000000 bytes in use; most by decode "
             "320000, rings 64000, objects ",
             (unsigned long long)before.used_bytes);
    assert_message_has(words);

    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, UINT64_MAX, "slab", &memory), WA_ERR_BUDGET);
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, UINT64_MAX / 2, "slab", &memory),
                     WA_ERR_BUDGET);
    assert_int_equal(memory_take_with(engine, WA_MEMORY_NODES, 700000, "quiet", MEMORY_QUIET, &memory),
                     WA_ERR_BUDGET);
    assert_int_equal(stats_of(engine).refused_count, before.refused_count + 3);
    assert_message_has("slab"); /* quiet left no message */

    /* To the last byte. */
    void *rest = take(engine, WA_MEMORY_NODES, (1000000 - before.used_bytes) / 64 * 64);
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, 64, "slab", &memory), WA_ERR_BUDGET);
    memory_give(engine, WA_MEMORY_NODES, rest, (1000000 - before.used_bytes) / 64 * 64);
    memory_give(engine, WA_MEMORY_DECODE, decode, 320000);
    memory_give(engine, WA_MEMORY_RINGS, rings, 64000);
    wa_engine_destroy(engine);
}

static void test_set_budget(void **state) {
    (void)state;
    wa_engine *engine = engine_of(2000000);
    void *block = take(engine, WA_MEMORY_NODES, 900000), *memory;
    const uint64_t used_bytes = used_by(engine);
    assert_int_equal(wa_engine_set_budget(engine, used_bytes - 1), WA_ERR_BUDGET);
    assert_message_has("budget_bytes");
    assert_int_equal(stats_of(engine).budget_bytes, 2000000);
    assert_int_equal(wa_engine_set_budget(engine, used_bytes), WA_OK);
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, 1, "x", &memory), WA_ERR_BUDGET);
    assert_int_equal(wa_engine_set_budget(engine, used_bytes + 64), WA_OK);
    memory_give(engine, WA_MEMORY_NODES, take(engine, WA_MEMORY_NODES, 1), 1);
    memory_give(engine, WA_MEMORY_NODES, block, 900000);
    wa_engine_destroy(engine);
}

static void test_sealed(void **state) {
    (void)state;
    wa_engine *engine = engine_of(2000000);
    wa_engine_seal(engine, true);
    assert_true(stats_of(engine).is_sealed);
    const wa_memory_stats before = stats_of(engine);
    void *memory;
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, 100, "slab", &memory), WA_ERR_SEALED);
    assert_message_has("slab");
    assert_same_use(&before, engine);
    assert_int_equal(stats_of(engine).refused_count, before.refused_count + 1);
    wa_engine_seal(engine, false);
    memory_give(engine, WA_MEMORY_NODES, take(engine, WA_MEMORY_NODES, 100), 100);
    wa_engine_destroy(engine);
}

static void test_allocator_fails(void **state) {
    (void)state;
    books own = { 0 };
    wa_engine *engine = engine_with_books(2000000, &own);
    const wa_memory_stats before = stats_of(engine);
    void *memory;
    own.is_empty = true;
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, 100, "slab", &memory), WA_ERR_SYSTEM_MEMORY);
    assert_message_has("slab: the system refused 128 bytes");
    assert_same_use(&before, engine);
    own.is_empty = false;
    own.is_crooked = true;
    assert_int_equal(memory_take(engine, WA_MEMORY_NODES, 100, "slab", &memory), WA_ERR_SYSTEM_MEMORY);
    assert_message_has("aligned");
    assert_same_use(&before, engine);
    assert_int_equal(own.bytes, before.used_bytes);
    own.is_crooked = false;
    wa_engine_destroy(engine);

    own.is_empty = true;
    const wa_allocator allocator = { books_take, books_give, &own };
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.allocator = &allocator;
    assert_int_equal(wa_engine_create(&desc, &engine), WA_ERR_SYSTEM_MEMORY);
}

/* -- Trimmers ---------------------------------------------------------------------------------- */

typedef struct hoard {
    wa_engine *engine;
    void *block;
    uint64_t size_bytes, wanted_bytes;
    uint32_t call_count;
    bool takes_memory;
} hoard;

static uint64_t trim_hoard(void *user, uint64_t want_bytes) {
    hoard *own = user;
    own->call_count++;
    own->wanted_bytes = want_bytes;
    void *memory;
    if (own->takes_memory) /* out of budget inside a trimmer: an error, not an endless descent */
        assert_int_equal(memory_take(own->engine, WA_MEMORY_NODES, 800000, "x", &memory),
                         WA_ERR_BUDGET);
    if (own->block == NULL)
        return 0;
    memory_give(own->engine, WA_MEMORY_NODES, own->block, own->size_bytes);
    own->block = NULL;
    return own->size_bytes;
}

static void test_trimmers_make_room(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    hoard first = { .engine = engine, .size_bytes = 256000 }, second = first;
    first.block = take(engine, WA_MEMORY_NODES, first.size_bytes);
    second.block = take(engine, WA_MEMORY_NODES, second.size_bytes);
    second.takes_memory = true;
    memory_trimmer first_trimmer = { .trim = trim_hoard, .user = &first };
    memory_trimmer second_trimmer = { .trim = trim_hoard, .user = &second };
    memory_trimmer_add(engine, &first_trimmer);
    memory_trimmer_add(engine, &second_trimmer);
    const uint64_t used_bytes = used_by(engine);

    /* More than the whole budget costs nobody anything. */
    void *memory;
    assert_int_equal(memory_take(engine, WA_MEMORY_DECODE, 1000001, "x", &memory), WA_ERR_BUDGET);
    assert_int_equal(first.call_count + second.call_count, 0);
    /* Nor does what is only speculative. */
    assert_int_equal(memory_take_with(engine, WA_MEMORY_DECODE, 640000, "x", MEMORY_KEEP_IDLE, &memory),
                     WA_ERR_BUDGET);
    assert_int_equal(first.call_count + second.call_count, 0);

    /* One is enough: the other keeps what it has. */
    void *block = take(engine, WA_MEMORY_DECODE, 640000);
    assert_int_equal(second.call_count, 1);
    assert_int_equal(second.wanted_bytes, used_bytes + 640000 - 1000000);
    assert_int_equal(first.call_count, 0);
    /* All that is idle is not enough: refused after one retry, and what was freed stays freed. */
    assert_int_equal(memory_take(engine, WA_MEMORY_DECODE, 640000, "x", &memory), WA_ERR_BUDGET);
    assert_int_equal(first.call_count, 1);
    assert_int_equal(second.call_count, 2);

    memory_trimmer_remove(engine, &second_trimmer);
    assert_int_equal(wa_engine_trim(engine, 0), 0);
    assert_int_equal(first.call_count, 2);
    assert_int_equal(second.call_count, 2);
    memory_trimmer_remove(engine, &first_trimmer);
    memory_give(engine, WA_MEMORY_DECODE, block, 640000);
    wa_engine_destroy(engine);
}

/* -- Soft limit -------------------------------------------------------------------------------- */

typedef struct alarm_log {
    uint32_t count;
    uint64_t used_bytes, limit_bytes;
    wa_engine *engine;
} alarm_log;

static void on_soft_limit(void *user, uint64_t used_bytes, uint64_t soft_limit_bytes) {
    alarm_log *log = user;
    log->count++;
    log->used_bytes = used_bytes;
    log->limit_bytes = soft_limit_bytes;
    wa_engine_trim(log->engine, 0); /* allowed in here */
}

static void test_soft_limit(void **state) {
    (void)state;
    alarm_log log = { 0 };
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = 2000000;
    desc.soft_limit_bytes = 1000000;
    desc.on_soft_limit = on_soft_limit;
    desc.soft_limit_user = &log;
    assert_int_equal(wa_engine_create(&desc, &log.engine), WA_OK);
    wa_engine *engine = log.engine;
    void *base = take(engine, WA_MEMORY_NODES, 900000);
    assert_int_equal(log.count, 0);
    void *over = take(engine, WA_MEMORY_NODES, 200000);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.used_bytes, used_by(engine));
    assert_int_equal(log.limit_bytes, 1000000);
    void *more = take(engine, WA_MEMORY_NODES, 200000);
    assert_int_equal(log.count, 1); /* once per crossing */
    memory_give(engine, WA_MEMORY_NODES, more, 200000);
    assert_int_equal(log.count, 1);
    memory_give(engine, WA_MEMORY_NODES, over, 200000); /* armed again */
    over = take(engine, WA_MEMORY_NODES, 200000);
    assert_int_equal(log.count, 2);
    memory_give(engine, WA_MEMORY_NODES, over, 200000);
    memory_give(engine, WA_MEMORY_NODES, base, 900000);
    wa_engine_destroy(engine);
}

/* -- Pressure ---------------------------------------------------------------------------------- */

static _Atomic uint64_t now_ns;
static uint64_t fake_clock(void) {
    return now_ns;
}

/* M3.4: real allocations in the second that ends now; reading changes nothing. */
static void test_pressure(void **state) {
    (void)state;
    enum { MS = 1000000 };
    /* Later than any machine's clock: the engine itself was counted at the time of this one's. */
    const uint64_t begin_ns = (uint64_t)1 << 60;
    static const struct {
        uint64_t at_ms;
        uint32_t allocations; /* made at that time */
        double per_s;         /* then read */
        wa_gc_pressure pressure;
    } rows[] = {
        { 10000, 50, 50, WA_GC_PRESSURE_LOW },
        { 10000, 1, 51, WA_GC_PRESSURE_MEDIUM },
        { 10500, 49, 100, WA_GC_PRESSURE_MEDIUM },
        { 10500, 1, 101, WA_GC_PRESSURE_HIGH },
        { 10990, 0, 101, WA_GC_PRESSURE_HIGH },
        { 11000, 0, 50, WA_GC_PRESSURE_LOW }, /* the first 51 are a second ago */
        { 11490, 0, 50, WA_GC_PRESSURE_LOW },
        { 11500, 0, 0, WA_GC_PRESSURE_LOW },
        { 11780, 3, 3, WA_GC_PRESSURE_LOW }, /* into a slot of the ring that was used before */
        { 900000, 0, 0, WA_GC_PRESSURE_LOW },
    };
    wa_engine *engine = engine_of(2000000);
    engine->clock_ns = fake_clock;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        now_ns = begin_ns + rows[i].at_ms * MS;
        for (uint32_t j = 0; j < rows[i].allocations; j++)
            memory_give(engine, WA_MEMORY_NODES, take(engine, WA_MEMORY_NODES, 64), 64);
        for (uint32_t reader = 0; reader < 3; reader++) {
            const wa_memory_stats stats = stats_of(engine);
            assert_true(stats.allocations_per_s == rows[i].per_s);
            assert_int_equal(stats.gc_pressure, rows[i].pressure);
        }
    }
    /* A thread that slept through the whole ring does not write into the present. */
    ledger_count_allocation(&engine->book, 64, begin_ns + (uint64_t)(900000 - 1280) * MS);
    now_ns = begin_ns + (uint64_t)900000 * MS;
    ledger_count_allocation(&engine->book, 64, now_ns);
    ledger_count_allocation(&engine->book, 64, begin_ns + (uint64_t)(900000 - 1280) * MS);
    assert_true(stats_of(engine).allocations_per_s == 1.0);
    wa_engine_destroy(engine);
}

/* -- Two threads ------------------------------------------------------------------------------- */

enum { THREAD_ROUNDS = 1200, THREAD_BLOCKS = 8 };

typedef struct sharers {
    wa_engine *engine;
    pthread_barrier_t both_full;
} sharers;

static void take_block(wa_engine *engine, void **block) {
    const wa_status status = memory_take(engine, WA_MEMORY_RINGS, 100000, "shared", block);
    if (status != WA_OK && status != WA_ERR_BUDGET)
        abort();
}

/* At random; in the end both want all of theirs at once. */
static void *take_and_give(void *user) {
    sharers *shared = user;
    wa_engine *engine = shared->engine;
    void *blocks[THREAD_BLOCKS] = { NULL };
    uint32_t random = (uint32_t)(uintptr_t)&random;
    for (uint32_t i = 0; i < THREAD_ROUNDS; i++) {
        random = random * 1664525u + 1013904223u;
        const uint32_t at = (random >> 16) % THREAD_BLOCKS;
        if (blocks[at] != NULL) {
            memory_give(engine, WA_MEMORY_RINGS, blocks[at], 100000);
            blocks[at] = NULL;
        } else {
            take_block(engine, &blocks[at]);
        }
    }
    for (uint32_t i = 0; i < THREAD_BLOCKS; i++)
        if (blocks[i] == NULL)
            take_block(engine, &blocks[i]);
    pthread_barrier_wait(&shared->both_full);
    for (uint32_t i = 0; i < THREAD_BLOCKS; i++)
        memory_give(engine, WA_MEMORY_RINGS, blocks[i], 100000);
    return NULL;
}

/* Both want 8 blocks, the budget has room for 9: it must hold, and all must come back. */
static void test_two_threads_one_budget(void **state) {
    (void)state;
    books own = { 0 };
    wa_engine *engine = engine_with_books(1000000, &own);
    const uint64_t idle_bytes = own.bytes;
    sharers shared = { .engine = engine };
    assert_int_equal(pthread_barrier_init(&shared.both_full, NULL, 2), 0);
    pthread_t threads[2];
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &shared), 0);
    for (uint32_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&shared.both_full);
    const wa_memory_stats stats = stats_of(engine);
    assert_int_equal(stats.used_bytes, idle_bytes);
    assert_int_equal(own.bytes, idle_bytes);
    assert_true(stats.refused_count > 0);
    assert_true(stats.peak_bytes <= 1000000 && own.peak_bytes <= 1000000);
    assert_int_equal(stats.allocation_count, own.count);
    wa_engine_destroy(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_rows),
        cmocka_unit_test(test_idle_engine),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_null_rows),
        cmocka_unit_test(test_charge_rows),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_idle_mapping_is_reused),
        cmocka_unit_test(test_trim_frees_idle_mappings),
        cmocka_unit_test(test_idle_mapping_gives_way),
        cmocka_unit_test(test_budget_message),
        cmocka_unit_test(test_set_budget),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_allocator_fails),
        cmocka_unit_test(test_trimmers_make_room),
        cmocka_unit_test(test_soft_limit),
        cmocka_unit_test(test_pressure),
        cmocka_unit_test(test_two_threads_one_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
