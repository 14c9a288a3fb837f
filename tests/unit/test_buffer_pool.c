/* The buffer pool against a model of it: what is idle, what is out, and what a call may say; after
 * each of some thousand random calls every figure must agree. Tables for the edges that chance would
 * not meet. M1.1 keys; M1.2 defaults and pre-allocation; M1.3 cleared on acquire; M1.4 release and
 * its errors; M1.5 statistics; M1.6 least recently used shapes give way.
 */
#include "engines.h"
#include "memory/buffers.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include "wavepool/pool.h"

#define RATE 48000.0f

static wa_buffer_pool *pool_of(wa_engine *engine, uint32_t max_size, uint32_t pre_allocate) {
    wa_buffer_pool_desc desc = WA_BUFFER_POOL_DESC_INIT;
    desc.max_size = max_size;
    desc.pre_allocate = pre_allocate;
    wa_buffer_pool *pool = NULL;
    assert_int_equal(wa_buffer_pool_create(engine, &desc, &pool), WA_OK);
    return pool;
}

static wa_buffer_pool_stats pool_stats(const wa_buffer_pool *pool) {
    wa_buffer_pool_stats stats;
    wa_buffer_pool_get_stats(pool, &stats);
    return stats;
}

static wa_buffer acquire(wa_buffer_pool *pool, uint32_t channel_count, uint64_t frame_count) {
    wa_buffer buffer = { 0 };
    assert_int_equal(wa_buffer_pool_acquire(pool, channel_count, frame_count, RATE, &buffer), WA_OK);
    return buffer;
}

static wa_resource *resource_of(wa_engine *engine, wa_buffer buffer) {
    wa_buffer_data *data = NULL;
    assert_int_equal(buffer_resolve(engine, buffer, "buffer", &data), WA_OK);
    return &data->resource;
}

static void fill(wa_engine *engine, wa_buffer buffer, float value) {
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
    for (uint32_t channel = 0; channel < info.channel_count; channel++) {
        float *plane = wa_buffer_plane(engine, buffer, channel);
        for (uint64_t frame = 0; frame < info.frame_count; frame++)
            plane[frame] = value;
    }
}

static bool is_all(wa_engine *engine, wa_buffer buffer, float value) {
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
    for (uint32_t channel = 0; channel < info.channel_count; channel++) {
        const float *plane = wa_buffer_plane(engine, buffer, channel);
        for (uint64_t frame = 0; frame < info.frame_count; frame++) {
            if (plane[frame] != value)
                return false;
        }
    }
    return true;
}

/* -- Create ------------------------------------------------------------------------------------ */

static void test_create_rows(void **state) {
    (void)state;
    const uint32_t whole = sizeof(wa_buffer_pool_desc);
    const struct {
        wa_buffer_pool_desc desc;
        wa_status status;
        const char *words;
    } rows[] = {
        { { whole, 50, 10 }, WA_OK, NULL },
        { { whole, 10, 10 }, WA_OK, NULL },
        { { whole, 0, 0 }, WA_OK, NULL },
        { { offsetof(wa_buffer_pool_desc, pre_allocate), 20, 99 }, WA_OK, NULL }, /* 99 is not read */
        { { 0, 50, 10 }, WA_ERR_NOT_SUPPORTED, "desc_bytes: 0" },
        { { whole + 1, 50, 10 }, WA_ERR_NOT_SUPPORTED, "desc_bytes" },
        { { whole, 9, 10 }, WA_ERR_NOT_SUPPORTED, "pre_allocate: 10 is above max_size 9" },
    };
    wa_engine *engine = engine_of(1000000);
    const wa_memory_stats before = stats_of(engine);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_buffer_pool *pool = NULL;
        assert_int_equal(wa_buffer_pool_create(engine, &rows[i].desc, &pool), rows[i].status);
        assert_int_equal(pool != NULL, rows[i].status == WA_OK);
        if (rows[i].words != NULL)
            assert_message_has(rows[i].words);
        wa_buffer_pool_destroy(pool);
        assert_int_equal(used_by(engine), before.used_bytes);
    }
    wa_buffer_pool *pool = NULL;
    assert_int_equal(wa_buffer_pool_create(NULL, NULL, &pool), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_pool_create(engine, NULL, NULL), WA_ERR_TYPE);
    wa_engine_seal(engine, true);
    assert_int_equal(wa_buffer_pool_create(engine, NULL, &pool), WA_ERR_SEALED);
    wa_engine_destroy(engine);
}

/* M1.2: 50 and 10 without being told. */
static void test_defaults(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    wa_buffer_pool *pool = NULL;
    assert_int_equal(wa_buffer_pool_create(engine, NULL, &pool), WA_OK);
    uint32_t ready = 0;
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, 128, &ready), WA_OK);
    assert_int_equal(ready, 10);
    wa_buffer buffers[60];
    for (uint32_t i = 0; i < 60; i++)
        buffers[i] = acquire(pool, 2, 128);
    assert_int_equal(pool_stats(pool).hit_count, 10);
    assert_int_equal(pool_stats(pool).miss_count, 50);
    for (uint32_t i = 0; i < 60; i++)
        assert_int_equal(wa_buffer_pool_release(pool, buffers[i]), WA_OK);
    assert_int_equal(pool_stats(pool).pooled_count, 50);
    assert_int_equal(pool_stats(pool).drop_count, 10);
    wa_engine_destroy(engine);
}

/* -- Acquire ----------------------------------------------------------------------------------- */

static void test_acquire_rejected(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        uint64_t frame_count;
        float sample_rate_hz;
        wa_status status;
        const char *words;
    } rows[] = {
        { 0, 128, RATE, WA_ERR_NOT_SUPPORTED, "channel_count: 0" },
        { 33, 128, RATE, WA_ERR_NOT_SUPPORTED, "channel_count: 33" },
        { 1, 0, RATE, WA_ERR_NOT_SUPPORTED, "frame_count: 0" },
        { 1, UINT64_MAX, RATE, WA_ERR_NOT_SUPPORTED, "frame_count" },
        { 1, 128, 2999.9f, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { 1, 128, NAN, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { 1, 1000000, RATE, WA_ERR_BUDGET, "buffer: " },
    };
    wa_engine *engine = engine_of(1000000);
    wa_buffer_pool *pool = pool_of(engine, 50, 10);
    acquire(pool, 1, 128);
    const wa_memory_stats before = stats_of(engine);
    const wa_buffer_pool_stats pool_before = pool_stats(pool);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_buffer buffer = { 5 };
        assert_int_equal(wa_buffer_pool_acquire(pool, rows[i].channel_count, rows[i].frame_count,
                                                rows[i].sample_rate_hz, &buffer),
                         rows[i].status);
        assert_message_has(rows[i].words);
        assert_int_equal(buffer.id, 5);
        assert_same_use(&before, engine);
        const wa_buffer_pool_stats pool_after = pool_stats(pool);
        assert_memory_equal(&pool_after, &pool_before, sizeof pool_after);
    }
    wa_buffer buffer;
    assert_int_equal(wa_buffer_pool_acquire(NULL, 1, 128, RATE, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_pool_acquire(pool, 1, 128, RATE, NULL), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_pool_release(NULL, buffer), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_pool_pre_allocate(NULL, 1, 128, NULL), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 0, 128, NULL), WA_ERR_NOT_SUPPORTED);
    assert_int_equal(wa_buffer_pool_trim(NULL, 0), 0);
    wa_buffer_pool_get_stats(pool, NULL);
    wa_buffer_pool_stats none = { .miss_count = 3 };
    wa_buffer_pool_get_stats(NULL, &none);
    assert_int_equal(none.miss_count, 0);
    wa_engine_destroy(engine);
}

/* M1.1, M1.3: exact shapes, the rate of the call, zeros unless declined; a hit takes no memory. */
static void test_reuse(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    wa_buffer_pool *pool = pool_of(engine, 50, 10);
    const wa_buffer first = acquire(pool, 2, 1000);
    const float *plane = wa_buffer_plane(engine, first, 1);
    fill(engine, first, 0.5f);
    assert_int_equal(wa_buffer_pool_release(pool, first), WA_OK);
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(engine, first, &info), WA_ERR_STALE_HANDLE);

    const wa_buffer longer = acquire(pool, 2, 1001), wider = acquire(pool, 3, 1000);
    const wa_buffer turned = acquire(pool, 1, 2000); /* the same number of samples */
    assert_int_equal(pool_stats(pool).miss_count, 4);
    assert_int_equal(pool_stats(pool).hit_count, 0);
    (void)longer, (void)wider, (void)turned;

    const wa_memory_stats before = stats_of(engine);
    wa_engine_seal(engine, true); /* hits still work */
    wa_buffer again = { 0 }, none = { 0 };
    assert_int_equal(wa_buffer_pool_acquire(pool, 2, 1000, 44100.0f, &again), WA_OK);
    assert_int_equal(wa_buffer_pool_acquire(pool, 2, 1000, RATE, &none), WA_ERR_SEALED);
    wa_engine_seal(engine, false);
    assert_int_equal(stats_of(engine).allocation_count, before.allocation_count); /* M3.4 */
    assert_int_equal(pool_stats(pool).hit_count, 1);
    assert_ptr_equal(wa_buffer_plane(engine, again, 1), plane);
    assert_true(again.id != first.id);
    assert_int_equal(wa_buffer_get_info(engine, again, &info), WA_OK);
    assert_true(info.sample_rate_hz == 44100.0f);
    assert_true(is_all(engine, again, 0.0f));

    fill(engine, again, 0.25f);
    assert_int_equal(wa_buffer_pool_release(pool, again), WA_OK);
    assert_int_equal(wa_buffer_pool_acquire_uncleared(pool, 2, 1000, RATE, &again), WA_OK);
    assert_true(is_all(engine, again, 0.25f)); /* not cleared: that is the saving */
    assert_int_equal(wa_buffer_pool_release(pool, again), WA_OK);
    again = acquire(pool, 2, 1000);
    assert_true(is_all(engine, again, 0.0f));
    wa_engine_destroy(engine);
}

/* -- Release ----------------------------------------------------------------------------------- */

/* M1.4: each wrong release is an error of its own and changes nothing. */
static void test_release_rejected(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000), *other_engine = engine_of(10000000);
    wa_buffer_pool *pool = pool_of(engine, 50, 10), *other_pool = pool_of(engine, 50, 10);
    wa_buffer_pool *far_pool = pool_of(other_engine, 50, 10);
    const wa_buffer released = acquire(pool, 1, 128), playing = acquire(pool, 1, 128);
    wa_resource *resource = resource_of(engine, playing);
    resource_reference(resource);
    assert_int_equal(wa_buffer_pool_release(pool, playing), WA_OK);
    assert_int_equal(wa_buffer_pool_release(pool, released), WA_OK);
    wa_buffer plain;
    assert_int_equal(wa_buffer_create(engine, 1, 128, RATE, &plain), WA_OK);
    const struct {
        wa_buffer buffer;
        wa_status status;
    } rows[] = {
        { { 0 }, WA_ERR_STALE_HANDLE },
        { released, WA_ERR_STALE_HANDLE },
        { playing, WA_ERR_RELEASED },
        { plain, WA_ERR_FOREIGN_HANDLE },
        { acquire(other_pool, 1, 128), WA_ERR_FOREIGN_HANDLE },
        { acquire(far_pool, 1, 128), WA_ERR_FOREIGN_HANDLE },
        /* The idle buffer's next handle, which nobody was given. */
        { { released.id + ((uint64_t)1 << 32) }, WA_ERR_RELEASED },
    };
    const wa_memory_stats before = stats_of(engine);
    const wa_buffer_pool_stats pool_before = pool_stats(pool);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(wa_buffer_pool_release(pool, rows[i].buffer), rows[i].status);
        assert_message_has("buffer");
        assert_same_use(&before, engine);
        const wa_buffer_pool_stats pool_after = pool_stats(pool);
        assert_memory_equal(&pool_after, &pool_before, sizeof pool_after);
    }
    assert_int_equal(pool_before.in_use_count, 1); /* the one that still plays */
    resource_unreference(engine, resource);
    assert_int_equal(pool_stats(pool).in_use_count, 0);
    assert_int_equal(pool_stats(pool).pooled_count, 2);
    assert_int_equal(wa_buffer_pool_release(pool, playing), WA_ERR_STALE_HANDLE);
    wa_engine_destroy(engine);
    wa_engine_destroy(other_engine);
}

/* wa_buffer_release of a pooled buffer is the same way home. */
static void test_plain_release_returns_to_pool(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    wa_buffer_pool *pool = pool_of(engine, 50, 10);
    const wa_buffer buffer = acquire(pool, 1, 128);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    assert_int_equal(pool_stats(pool).pooled_count, 1);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_ERR_STALE_HANDLE);
    wa_engine_destroy(engine);
}

static void test_generation_used_up(void **state) {
    (void)state;
    books own = { 0 };
    wa_engine *engine = engine_with_books(10000000, &own);
    wa_buffer_pool *pool = pool_of(engine, 50, 10);
    wa_buffer buffer = acquire(pool, 1, 128);
    const uint32_t slot = (uint32_t)buffer.id & ((1u << WA_SLOT_INDEX_BITS) - 1);
    handle_table *table = engine->handles;
    table->chunks[slot / WA_SLOTS_PER_CHUNK]->words[slot % WA_SLOTS_PER_CHUNK] =
        (uint32_t)(WA_GENERATION_MAX - 1) << 2 | HANDLE_LIVE;
    buffer.id = (uint64_t)(WA_GENERATION_MAX - 1) << 32 | (buffer.id & UINT32_MAX);
    assert_int_equal(wa_buffer_pool_release(pool, buffer), WA_OK);
    assert_int_equal(pool_stats(pool).drop_count, 1); /* the slot rests, the buffer is freed */
    assert_int_equal(pool_stats(pool).pooled_count, 0);
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], 0);
    assert_int_equal(wa_buffer_pool_release(pool, buffer), WA_ERR_STALE_HANDLE);
    wa_engine_destroy(engine);
    assert_int_equal(own.bytes, 0);
}

/* -- Pre-allocation ---------------------------------------------------------------------------- */

/* M1.2: at least so many, asked twice is asked once; M1.3: never handed out means still zeros. */
static void test_pre_allocate(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    wa_buffer_pool *pool = pool_of(engine, 12, 10);
    uint32_t ready = 0;
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, 2048, &ready), WA_OK);
        assert_int_equal(ready, 10);
        assert_int_equal(pool_stats(pool).pooled_count, 10);
    }
    wa_buffer buffers[12];
    for (uint32_t i = 0; i < 12; i++) {
        buffers[i] = acquire(pool, 2, 2048);
        assert_true(is_all(engine, buffers[i], 0.0f));
    }
    assert_int_equal(pool_stats(pool).hit_count, 10);
    for (uint32_t i = 0; i < 12; i++)
        assert_int_equal(wa_buffer_pool_release(pool, buffers[i]), WA_OK);
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, 2048, &ready), WA_OK);
    assert_int_equal(ready, 12); /* more than asked are idle: none is made, none is freed */
    assert_int_equal(pool_stats(pool).drop_count, 0);
    wa_engine_destroy(engine);
}

/* It stops at the budget and takes nothing idle from other shapes to get further. */
static void test_pre_allocate_within_budget(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    wa_buffer_pool *pool = pool_of(engine, 50, 10);
    uint32_t ready = 0;
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 1, 1000, NULL), WA_OK);
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, 20000, &ready), WA_ERR_BUDGET);
    assert_int_equal(ready, 5);
    assert_int_equal(pool_stats(pool).pooled_count, 15);
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 1, 1000, &ready), WA_OK);
    assert_int_equal(ready, 10);
    wa_engine_seal(engine, true);
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, 20000, &ready), WA_ERR_SEALED);
    assert_int_equal(ready, 5);
    wa_engine_destroy(engine);
}

/* -- Trim -------------------------------------------------------------------------------------- */

static uint64_t idle_of(wa_buffer_pool *pool, uint64_t frame_count) {
    /* By taking them all and giving them back: a walk is not part of the interface. */
    wa_buffer buffers[64];
    uint64_t count = 0;
    const uint64_t hit_count = pool_stats(pool).hit_count;
    do {
        buffers[count++] = acquire(pool, 1, frame_count);
    } while (pool_stats(pool).hit_count == hit_count + count);
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(wa_buffer_pool_release(pool, buffers[i]), WA_OK);
    return count - 1; /* the last was made for the question */
}

/* M1.6: the shape whose last use is longest ago goes first, whole, before the next. */
static void test_trim_order(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    wa_buffer_pool *pool = pool_of(engine, 50, 3);
    for (uint64_t shape = 1; shape <= 3; shape++)
        assert_int_equal(wa_buffer_pool_pre_allocate(pool, 1, shape * 1000, NULL), WA_OK);
    /* 1000 is used again: 2000 is the oldest now. */
    assert_int_equal(wa_buffer_pool_release(pool, acquire(pool, 1, 1000)), WA_OK);
    const wa_buffer_pool_stats before = pool_stats(pool);
    assert_int_equal(before.key_count, 3);
    const uint64_t used_bytes = used_by(engine);
    assert_int_equal(wa_buffer_pool_trim(pool, before.pooled_bytes), 0);

    const uint64_t freed_bytes = wa_buffer_pool_trim(pool, before.pooled_bytes - 8500);
    assert_true(freed_bytes >= 8500 && freed_bytes < 8500 + 8448); /* two of 2000 frames */
    assert_int_equal(pool_stats(pool).pooled_bytes, before.pooled_bytes - freed_bytes);
    assert_int_equal(used_by(engine), used_bytes - freed_bytes);
    assert_int_equal(pool_stats(pool).key_count, 3);
    wa_buffer_pool_trim(pool, pool_stats(pool).pooled_bytes - 1);
    assert_int_equal(pool_stats(pool).key_count, 2);
    assert_int_equal(idle_of(pool, 1000), 3);
    assert_int_equal(idle_of(pool, 3000), 3);
    assert_int_equal(idle_of(pool, 2000), 0);

    wa_buffer_pool_trim(pool, 0);
    const wa_buffer_pool_stats empty = pool_stats(pool);
    assert_int_equal(empty.pooled_count, 0);
    assert_int_equal(empty.pooled_bytes, 0);
    assert_int_equal(empty.key_count, 0);
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], 0);
    wa_engine_destroy(engine);
}

/* M1.6, M3.5: an acquire over budget takes the room from the oldest idle shapes, of other pools too. */
static void test_budget_bounds_shapes(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    wa_buffer_pool *other = pool_of(engine, 50, 10), *pool = pool_of(engine, 50, 10);
    wa_buffer_pool *third = pool_of(engine, 50, 10);
    assert_int_equal(wa_buffer_pool_pre_allocate(other, 1, 5000, NULL), WA_OK); /* a fifth */
    assert_int_equal(wa_buffer_pool_pre_allocate(third, 1, 5000, NULL), WA_OK);
    assert_int_equal(wa_engine_trim(engine, used_by(engine) - 100000), 5 * 20416); /* the older first */
    assert_int_equal(pool_stats(other).pooled_count, 5);
    assert_int_equal(pool_stats(third).pooled_count, 10);
    for (uint64_t frame_count = 1000; frame_count < 3000; frame_count++) {
        const wa_buffer buffer = acquire(pool, 1, frame_count); /* 16 MB in all */
        assert_int_equal(wa_buffer_pool_release(pool, buffer), WA_OK);
        assert_true(used_by(engine) <= 1000000);
    }
    const wa_buffer_pool_stats stats = pool_stats(pool);
    assert_int_equal(stats.miss_count, 2000);
    assert_int_equal(stats.key_count, stats.pooled_count);
    assert_true(stats.key_count > 20 && stats.key_count < 200);
    assert_int_equal(idle_of(pool, 2999), 1); /* the newest are there, the oldest are not */
    assert_int_equal(idle_of(pool, 1000), 0);
    assert_int_equal(pool_stats(other).pooled_count + pool_stats(third).pooled_count,
                     0); /* older than all that were used since */

    const wa_buffer large = acquire(pool, 1, 247000); /* nearly all: every idle one goes */
    assert_int_equal(pool_stats(pool).pooled_count, 0);
    const wa_memory_stats before = stats_of(engine);
    wa_buffer none = { 0 };
    assert_int_equal(wa_buffer_pool_acquire(pool, 1, 30000, RATE, &none), WA_ERR_BUDGET);
    assert_same_use(&before, engine);
    assert_int_equal(wa_buffer_pool_release(pool, large), WA_OK);
    wa_engine_destroy(engine);
}

/* Many shapes: the table widens, nothing is lost, and lists stay whole. */
static void test_many_shapes(void **state) {
    (void)state;
    enum { SHAPES = 3000 };
    wa_engine *engine = engine_of(50000000);
    wa_buffer_pool *pool = pool_of(engine, 2, 1);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < SHAPES; i++) {
            const wa_buffer buffer = acquire(pool, (uint32_t)(1 + i % 4), 1 + i / 4);
            assert_int_equal(wa_buffer_pool_release(pool, buffer), WA_OK);
        }
    }
    const wa_buffer_pool_stats stats = pool_stats(pool);
    assert_int_equal(stats.miss_count, SHAPES);
    assert_int_equal(stats.hit_count, SHAPES);
    assert_int_equal(stats.key_count, SHAPES);
    assert_int_equal(stats.pooled_count, SHAPES);
    assert_int_equal(wa_buffer_pool_trim(pool, 0), stats.pooled_bytes);
    wa_engine_destroy(engine);
}

/* Trimmed means given back to the system, for large blocks too. */
static void test_large_buffers(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    wa_buffer_pool *pool = pool_of(engine, 2, 1);
    const uint64_t idle_bytes = used_by(engine);
    wa_buffer buffers[3];
    for (uint32_t i = 0; i < 3; i++) {
        buffers[i] = acquire(pool, 2, 480000); /* 10 s: 3.84 MB */
        fill(engine, buffers[i], 1.0f);
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(wa_buffer_pool_release(pool, buffers[i]), WA_OK);
    assert_int_equal(pool_stats(pool).drop_count, 1);
    /* The dropped one's mapping serves the next block of that size, cleared. */
    const wa_memory_stats before = stats_of(engine);
    assert_int_equal(wa_buffer_create(engine, 2, 480000, RATE, &buffers[0]), WA_OK);
    assert_int_equal(stats_of(engine).allocation_count, before.allocation_count);
    assert_true(is_all(engine, buffers[0], 0.0f));
    assert_int_equal(wa_buffer_release(engine, buffers[0]), WA_OK);
    const uint64_t pooled_bytes = pool_stats(pool).pooled_bytes;
    assert_int_equal(wa_buffer_pool_trim(pool, 0), pooled_bytes);
    assert_int_equal(used_by(engine), before.used_bytes - pooled_bytes);
    wa_engine_trim(engine, 0);
    assert_true(used_by(engine) - idle_bytes < 8192); /* the chunk of handles */
    wa_engine_destroy(engine);
}

/* -- Ends -------------------------------------------------------------------------------------- */

static void test_destroy(void **state) {
    (void)state;
    books own = { 0 };
    wa_engine *engine = engine_with_books(10000000, &own);
    wa_buffer_pool *pool = pool_of(engine, 50, 10), *kept = pool_of(engine, 50, 10);
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, 2048, NULL), WA_OK);
    const wa_buffer out = acquire(pool, 2, 2048), playing = acquire(pool, 2, 2048);
    wa_resource *resource = resource_of(engine, playing);
    resource_reference(resource);
    assert_int_equal(wa_buffer_pool_release(pool, playing), WA_OK);
    wa_buffer_pool_destroy(pool);
    wa_buffer_pool_destroy(NULL);
    fill(engine, out, 0.5f); /* lives on as a plain buffer */
    resource_unreference(engine, resource);
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(engine, out, &info), WA_OK);
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], info.memory_bytes);
    assert_int_equal(wa_buffer_pool_release(kept, out), WA_ERR_FOREIGN_HANDLE);
    assert_int_equal(wa_buffer_release(engine, out), WA_OK);
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], 0);
    /* A pool that its owner forgot goes with the engine. */
    assert_int_equal(wa_buffer_pool_pre_allocate(kept, 2, 2048, NULL), WA_OK);
    acquire(kept, 2, 2048);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    assert_int_equal(own.bytes, 0);
}

/* -- A model ----------------------------------------------------------------------------------- */

enum { SHAPE_COUNT = 4, OUT_MAX = 24, MODEL_MAX_SIZE = 5, MODEL_PRE_ALLOCATE = 3 };

typedef struct model {
    uint64_t idle[SHAPE_COUNT], bytes[SHAPE_COUNT]; /* bytes of one buffer, by our own arithmetic */
    uint32_t newest[SHAPE_COUNT];                   /* shapes by last use, newest first */
    uint64_t hit_count, miss_count, drop_count, peak_bytes;
    struct {
        wa_buffer buffer;
        wa_resource *resource;
        uint32_t shape;
        bool is_owned, is_played;
    } out[OUT_MAX];
    uint32_t out_count;
} model;

static const uint64_t shape_frames[SHAPE_COUNT] = { 100, 101, 1024, 5000 };

static void model_touch(model *own, uint32_t shape) {
    uint32_t at = 0;
    while (own->newest[at] != shape)
        at++;
    for (; at > 0; at--)
        own->newest[at] = own->newest[at - 1];
    own->newest[0] = shape;
}

static void model_check(model *own, const wa_buffer_pool *pool) {
    uint64_t pooled_count = 0, pooled_bytes = 0, in_use_bytes = 0, key_count = 0;
    for (uint32_t shape = 0; shape < SHAPE_COUNT; shape++) {
        pooled_count += own->idle[shape];
        pooled_bytes += own->idle[shape] * own->bytes[shape];
        key_count += own->idle[shape] > 0;
    }
    for (uint32_t i = 0; i < own->out_count; i++)
        in_use_bytes += own->bytes[own->out[i].shape];
    if (pooled_bytes + in_use_bytes > own->peak_bytes)
        own->peak_bytes = pooled_bytes + in_use_bytes;
    const wa_buffer_pool_stats stats = pool_stats(pool);
    assert_int_equal(stats.pooled_count, pooled_count);
    assert_int_equal(stats.pooled_bytes, pooled_bytes);
    assert_int_equal(stats.in_use_count, own->out_count);
    assert_int_equal(stats.in_use_bytes, in_use_bytes);
    assert_int_equal(stats.hit_count, own->hit_count);
    assert_int_equal(stats.miss_count, own->miss_count);
    assert_int_equal(stats.drop_count, own->drop_count);
    assert_int_equal(stats.peak_bytes, own->peak_bytes);
    assert_int_equal(stats.key_count, key_count);
}

static void model_acquire(model *own, wa_engine *engine, wa_buffer_pool *pool, uint32_t shape) {
    if (own->out_count == OUT_MAX)
        return;
    const wa_buffer buffer = acquire(pool, 2, shape_frames[shape]);
    assert_true(is_all(engine, buffer, 0.0f));
    fill(engine, buffer, 1.0f);
    own->out[own->out_count].buffer = buffer;
    own->out[own->out_count].resource = resource_of(engine, buffer);
    own->out[own->out_count].shape = shape;
    own->out[own->out_count].is_owned = true;
    own->out[own->out_count].is_played = false;
    own->out_count++;
    if (own->idle[shape] > 0) {
        own->idle[shape]--;
        own->hit_count++;
        model_touch(own, shape);
    } else {
        own->miss_count++;
    }
}

/* The owner or the node lets go of one that is out; when both have, it is idle or dropped. */
static void model_let_go(model *own, wa_engine *engine, wa_buffer_pool *pool, uint32_t at,
                         bool by_node) {
    if (own->out_count == 0)
        return;
    at %= own->out_count;
    const uint32_t shape = own->out[at].shape;
    if (!by_node) {
        const wa_status expected = own->out[at].is_owned ? WA_OK : WA_ERR_RELEASED;
        assert_int_equal(wa_buffer_pool_release(pool, own->out[at].buffer), expected);
        own->out[at].is_owned = false;
    } else if (own->out[at].is_played) {
        resource_unreference(engine, own->out[at].resource);
        own->out[at].is_played = false;
    } else if (own->out[at].is_owned) {
        resource_reference(own->out[at].resource);
        own->out[at].is_played = true;
    }
    if (own->out[at].is_owned || own->out[at].is_played)
        return;
    own->out[at] = own->out[--own->out_count];
    if (own->idle[shape] == MODEL_MAX_SIZE) {
        own->drop_count++;
        return;
    }
    own->idle[shape]++;
    model_touch(own, shape);
}

static void model_trim(model *own, wa_buffer_pool *pool, uint64_t keep_bytes) {
    uint64_t idle_bytes = 0, expected_bytes = 0;
    for (uint32_t shape = 0; shape < SHAPE_COUNT; shape++)
        idle_bytes += own->idle[shape] * own->bytes[shape];
    for (uint32_t i = SHAPE_COUNT; i-- > 0;) {
        const uint32_t shape = own->newest[i];
        for (; idle_bytes > keep_bytes && own->idle[shape] > 0; own->idle[shape]--) {
            idle_bytes -= own->bytes[shape];
            expected_bytes += own->bytes[shape];
        }
    }
    assert_int_equal(wa_buffer_pool_trim(pool, keep_bytes), expected_bytes);
}

static void model_pre_allocate(model *own, wa_buffer_pool *pool, uint32_t shape) {
    uint32_t ready = 0;
    assert_int_equal(wa_buffer_pool_pre_allocate(pool, 2, shape_frames[shape], &ready), WA_OK);
    if (own->idle[shape] < MODEL_PRE_ALLOCATE) {
        own->idle[shape] = MODEL_PRE_ALLOCATE;
        model_touch(own, shape);
    }
    assert_int_equal(ready, own->idle[shape]);
}

/* M1.5: every figure, after every call. */
static void test_model(void **state) {
    (void)state;
    wa_engine *engine = engine_of(50000000);
    wa_buffer_pool *pool = pool_of(engine, MODEL_MAX_SIZE, MODEL_PRE_ALLOCATE);
    model own = { .newest = { 0, 1, 2, 3 } };
    for (uint32_t shape = 0; shape < SHAPE_COUNT; shape++) {
        wa_buffer probe;
        wa_buffer_info info;
        assert_int_equal(wa_buffer_create(engine, 2, shape_frames[shape], RATE, &probe), WA_OK);
        assert_int_equal(wa_buffer_get_info(engine, probe, &info), WA_OK);
        own.bytes[shape] = info.memory_bytes;
        assert_int_equal(wa_buffer_release(engine, probe), WA_OK);
    }
    uint32_t random = 7;
    for (uint32_t i = 0; i < 6000; i++) {
        random = random * 1664525u + 1013904223u;
        const uint32_t pick = random >> 24, shape = random >> 20 & 3, at = random >> 12 & 255;
        if (pick < 110)
            model_acquire(&own, engine, pool, shape);
        else if (pick < 200)
            model_let_go(&own, engine, pool, at, false);
        else if (pick < 245)
            model_let_go(&own, engine, pool, at, true);
        else if (pick < 250)
            model_pre_allocate(&own, pool, shape);
        else
            model_trim(&own, pool, at * 128);
        model_check(&own, pool);
    }
    assert_true(own.hit_count > 100 && own.miss_count > 100 && own.drop_count > 10);
    printf("model: %llu hits, %llu misses, %llu drops\n", (unsigned long long)own.hit_count,
           (unsigned long long)own.miss_count, (unsigned long long)own.drop_count);
    wa_engine_destroy(engine);
}

/* -- Two threads ------------------------------------------------------------------------------- */

enum { HANDED_COUNT = 2000 };
typedef struct relay {
    wa_engine *engine;
    wa_resource *handed[HANDED_COUNT];
    _Atomic uint32_t count;
} relay;

/* Another context's control thread: its nodes let go last. It runs out of budget now and then too. */
static void *let_go(void *user) {
    relay *own = user;
    for (uint32_t i = 0; i < HANDED_COUNT; i++) {
        while (own->count <= i) {}
        resource_unreference(own->engine, own->handed[i]);
        if (i % 200 == 0)
            wa_engine_trim(own->engine, 0);
    }
    return NULL;
}

/* M1.4: a last release on another thread ends up in the pool all the same. */
static void test_last_release_elsewhere(void **state) {
    (void)state;
    static relay own;
    own = (relay){ .engine = engine_of(50000000) };
    wa_buffer_pool *pool = pool_of(own.engine, 50, 10);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, let_go, &own), 0);
    for (uint32_t i = 0; i < HANDED_COUNT; i++) {
        const wa_buffer buffer = acquire(pool, 1, 64 + i % 3);
        own.handed[i] = resource_of(own.engine, buffer);
        resource_reference(own.handed[i]);
        assert_int_equal(wa_buffer_pool_release(pool, buffer), WA_OK);
        own.count = i + 1;
    }
    pthread_join(thread, NULL);
    const wa_buffer_pool_stats stats = pool_stats(pool);
    assert_int_equal(stats.in_use_count, 0);
    assert_int_equal(stats.in_use_bytes, 0);
    assert_int_equal(stats.hit_count + stats.miss_count, HANDED_COUNT);
    assert_int_equal(stats_of(own.engine).category_bytes[WA_MEMORY_BUFFERS], stats.pooled_bytes);
    wa_engine_destroy(own.engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_rows),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_acquire_rejected),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_release_rejected),
        cmocka_unit_test(test_plain_release_returns_to_pool),
        cmocka_unit_test(test_generation_used_up),
        cmocka_unit_test(test_pre_allocate),
        cmocka_unit_test(test_pre_allocate_within_budget),
        cmocka_unit_test(test_trim_order),
        cmocka_unit_test(test_budget_bounds_shapes),
        cmocka_unit_test(test_many_shapes),
        cmocka_unit_test(test_large_buffers),
        cmocka_unit_test(test_destroy),
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_last_release_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
