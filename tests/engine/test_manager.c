/* AudioMemoryManager, M3.1-M3.5: what it has ready, what it hands out, and what its figures mean, with the
 * journal's defaults and with others. Through the public headers; only the clock of the pressure figure is the
 * test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "memory/engine.h"
#include "rig.h"
#include <math.h>

static rig *r;
static wa_memory_manager *manager;

static int set_up(void **state) {
    (void)state;
    r = rig_create(&(rig_desc){ .sample_rate_hz = 44100.0f });
    manager = NULL;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    wa_memory_manager_destroy(manager);
    rig_destroy(r);
    return 0;
}

static void make(const wa_memory_manager_desc *desc) {
    assert_ok(wa_memory_manager_create(r->context, desc, &manager));
}

static wa_manager_stats stats(void) {
    wa_manager_stats got;
    (void)wa_context_poll(r->context, NULL, 0);
    wa_memory_manager_get_stats(manager, &got);
    return got;
}

static wa_buffer_pool_stats buffer_stats(void) {
    wa_buffer_pool_stats got;
    wa_buffer_pool_get_stats(wa_memory_manager_buffer_pool(manager), &got);
    return got;
}

static wa_memory_stats memory(void) {
    wa_memory_stats got;
    wa_engine_memory_stats(r->engine, &got);
    return got;
}

static wa_buffer take_buffer(uint32_t channel_count, uint64_t frame_count) {
    wa_buffer buffer = { 0 };
    assert_ok(wa_memory_manager_acquire_buffer(manager, channel_count, frame_count, &buffer));
    return buffer;
}

static wa_node take_node(wa_node_type type) {
    wa_node node = { 0 };
    assert_ok(wa_memory_manager_acquire_node(manager, type, &node));
    return node;
}

/* -- ready made --------------------------------------------------------------------------------- */

/* M3.2, M1.2: ten buffers of (2, 2048) and ten of (2, 4096), fifty kept of each shape. */
static void buffers_are_ready(void **state) {
    (void)state;
    const uint64_t buffers_before = memory().category_bytes[WA_MEMORY_BUFFERS];
    make(NULL);
    const wa_buffer_pool_stats ready = buffer_stats();
    assert_int_equal(ready.pooled_count, 20);
    assert_int_equal(ready.key_count, 2);
    assert_int_equal(ready.in_use_count, 0);
    assert_int_equal(ready.pooled_bytes, memory().category_bytes[WA_MEMORY_BUFFERS] - buffers_before);
    assert_true(ready.pooled_bytes >= 10 * 2 * 4 * (2048 + 4096));
    assert_int_equal(stats().audio_buffers, 20);
    const uint64_t allocation_count = memory().allocation_count;
    wa_buffer buffers[20];
    for (uint32_t index = 0; index < 20; index++) {
        buffers[index] = take_buffer(2, index < 10 ? 2048 : 4096);
    }
    assert_int_equal(stats().audio_buffers, 0);
    assert_int_equal(buffer_stats().hit_count, 20);
    assert_int_equal(buffer_stats().miss_count, 0);
    for (uint32_t index = 0; index < 20; index++) {
        assert_ok(wa_memory_manager_release_buffer(manager, buffers[index]));
    }
    assert_int_equal(memory().allocation_count, allocation_count);
    assert_int_equal(stats().audio_buffers, 20);
}

/* M3.2, M1.2 */
static void fifty_of_a_shape_are_kept(void **state) {
    (void)state;
    wa_buffer buffers[60];
    make(NULL);
    for (uint32_t index = 0; index < 60; index++) {
        buffers[index] = take_buffer(1, 64);
    }
    for (uint32_t index = 0; index < 60; index++) {
        assert_ok(wa_memory_manager_release_buffer(manager, buffers[index]));
    }
    assert_int_equal(buffer_stats().drop_count, 10);
    assert_int_equal(stats().audio_buffers, 70);
}

/* M2.6, M3.1: gain, filter and delay pools are there; a delay of five seconds, twenty kept. */
static void node_pools_are_ready(void **state) {
    (void)state;
    static const wa_node_type types[] = { WA_NODE_TYPE_GAIN, WA_NODE_TYPE_BIQUAD_FILTER,
                                          WA_NODE_TYPE_DELAY };
    make(NULL);
    const uint64_t objects = memory().category_bytes[WA_MEMORY_OBJECTS];
    for (uint32_t index = 0; index < 3; index++) {
        wa_node_pool *pool = wa_memory_manager_node_pool(manager, types[index]);
        assert_non_null(pool);
        assert_ptr_equal(wa_memory_manager_node_pool(manager, types[index]), pool);
        wa_node nodes[25];
        for (uint32_t each = 0; each < 25; each++) {
            wa_node_info info;
            nodes[each] = take_node(types[index]);
            assert_ok(wa_node_get_info(r->context, nodes[each], &info));
            assert_int_equal(info.type, types[index]);
        }
        for (uint32_t each = 0; each < 25; each++) {
            assert_ok(wa_memory_manager_release_node(manager, nodes[each], NULL));
        }
        rig_render(r, 128);
        (void)stats();
        wa_node_pool_stats kept;
        wa_node_pool_get_stats(pool, &kept);
        assert_int_equal(kept.available, 20);
        assert_int_equal(kept.dropped_count, 5);
    }
    assert_true(memory().category_bytes[WA_MEMORY_OBJECTS] - objects < 4096); /* no more pools */
    const wa_node delay = take_node(WA_NODE_TYPE_DELAY);
    const wa_param delay_time = wa_node_param(delay, WA_DELAY_DELAY_TIME);
    wa_param_info info;
    assert_ok(wa_param_get_info(r->context, delay_time, &info));
    assert_true(info.value_max == 5.0f);
    /* And five seconds long it is. */
    assert_ok(wa_param_set_value(r->context, delay_time, 5.0f));
    rig_connect(r, rig_impulse(r, 1.0f, 0.0), delay);
    rig_connect(r, delay, r->out);
    rig_skip(r, 5 * 44100 - 100);
    const float *heard = rig_render(r, 200);
    for (uint32_t frame = 0; frame < 200; frame++) {
        assert_true(heard[frame] == (frame == 100 ? 1.0f : 0.0f));
    }
}

/* M3.1, M2.6: every other type can be pooled too, sources included. */
static void nodes_of_every_type(void **state) {
    static const wa_node_type types[] = {
        WA_NODE_TYPE_GAIN,          WA_NODE_TYPE_BIQUAD_FILTER,    WA_NODE_TYPE_DELAY,
        WA_NODE_TYPE_OSCILLATOR,    WA_NODE_TYPE_BUFFER_SOURCE,    WA_NODE_TYPE_CONSTANT_SOURCE,
        WA_NODE_TYPE_STEREO_PANNER, WA_NODE_TYPE_CHANNEL_SPLITTER, WA_NODE_TYPE_CHANNEL_MERGER,
    };
    (void)state;
    make(NULL);
    for (uint32_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        wa_node node = take_node(types[index]);
        rig_connect(r, node, r->out);
        (void)wa_source_start(r->context, node, 0.0); /* not every type is a source */
        rig_render(r, 128);
        const wa_release_options fade = { WA_RELEASE_FADE, 0.001 };
        assert_ok(wa_memory_manager_release_node(manager, node, &fade));
        assert_refused(wa_memory_manager_release_node(manager, node, NULL), WA_ERR_RELEASED, "node");
        rig_render(r, 256);
        wa_node_pool_stats pooled;
        (void)stats();
        wa_node_pool_get_stats(wa_memory_manager_node_pool(manager, types[index]), &pooled);
        assert_int_equal(pooled.available, 1);
        assert_int_equal(stats().audio_nodes, index + 1);
        assert_refused(wa_memory_manager_release_node(manager, node, NULL), WA_ERR_STALE_HANDLE,
                       "node");
        node = take_node(types[index]);
        assert_ok(wa_memory_manager_release_node(manager, node, NULL));
        rig_render(r, 128);
    }
}

/* M3.1, M1.1, M1.3: cleared, and labelled with the rate of the context. */
static void buffers_of_any_shape(void **state) {
    static const struct {
        uint32_t channel_count;
        uint64_t frame_count;
    } rows[] = { { 1, 1 }, { 32, 100 }, { 2, 2048 }, { 6, 44100 } };
    (void)state;
    make(NULL);
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (uint32_t life = 0; life < 3; life++) {
            const wa_buffer buffer = take_buffer(rows[row].channel_count, rows[row].frame_count);
            wa_buffer_info info;
            assert_ok(wa_buffer_get_info(r->engine, buffer, &info));
            assert_int_equal(info.channel_count, rows[row].channel_count);
            assert_int_equal(info.frame_count, rows[row].frame_count);
            assert_true(info.sample_rate_hz == 44100.0f);
            for (uint32_t channel = 0; channel < info.channel_count; channel++) {
                float *plane = wa_buffer_plane(r->engine, buffer, channel);
                assert_all(plane, 0.0f, info.frame_count);
                plane[info.frame_count - 1] = 1.0f;
            }
            assert_ok(wa_memory_manager_release_buffer(manager, buffer));
        }
    }
    wa_buffer none = { 7 };
    assert_refused(wa_memory_manager_acquire_buffer(manager, 33, 1, &none), WA_ERR_NOT_SUPPORTED, "33");
    assert_refused(wa_memory_manager_acquire_buffer(manager, 1, 0, &none), WA_ERR_NOT_SUPPORTED, "0");
    assert_refused(wa_memory_manager_acquire_buffer(manager, 32, 1u << 30, &none), WA_ERR_BUDGET,
                   "budget");
    assert_int_equal(none.id, 7);
}

/* -- figures ------------------------------------------------------------------------------------ */

/* M3.3: what the names say: idle buffers; nodes idle and in use, voices' too; every byte of the ledger. */
static void figures_mean_what_they_say(void **state) {
    (void)state;
    make(NULL);
    assert_int_equal(stats().audio_nodes, 0);
    assert_int_equal(stats().estimated_bytes, memory().used_bytes);
    const wa_buffer buffer = take_buffer(2, 2048), other = take_buffer(1, 44100);
    assert_int_equal(stats().audio_buffers, 19);
    const wa_node gain = take_node(WA_NODE_TYPE_GAIN), tone = take_node(WA_NODE_TYPE_OSCILLATOR);
    assert_int_equal(stats().audio_nodes, 2);
    (void)rig_gain(r, 1.0f); /* not of a pool */
    assert_int_equal(stats().audio_nodes, 2);
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_OSCILLATOR, NULL },
                                    { WA_NODE_TYPE_BIQUAD_FILTER, NULL },
                                    { WA_NODE_TYPE_GAIN, NULL } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = 3;
    wa_voice_pool *voices = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &voices));
    assert_ok(wa_voice_pool_pre_allocate(voices, 4, NULL));
    assert_int_equal(stats().audio_nodes, 2 + 12);
    const uint64_t before = stats().estimated_bytes;
    const wa_buffer large = take_buffer(2, 1000000);
    assert_true(stats().estimated_bytes - before >= 8000000); /* in use, and counted */
    assert_int_equal(stats().estimated_bytes, memory().used_bytes);
    assert_ok(wa_memory_manager_release_buffer(manager, large));
    assert_ok(wa_memory_manager_release_buffer(manager, buffer));
    assert_ok(wa_memory_manager_release_buffer(manager, other));
    assert_int_equal(stats().audio_buffers, 22);
    assert_ok(wa_memory_manager_release_node(manager, gain, NULL));
    assert_ok(wa_memory_manager_release_node(manager, tone, NULL));
    assert_int_equal(stats().audio_nodes,
                     2 + 12); /* until render has let go they are in use, then idle */
    rig_render(r, 128);
    assert_int_equal(stats().audio_nodes, 2 + 12);
    wa_voice_pool_destroy(voices);
    assert_int_equal(stats().audio_nodes, 2);
}

static uint64_t now_ns;

static uint64_t own_clock(void) {
    return now_ns;
}

/* M3.4: real allocations of the last second; hits are none; reading changes nothing. */
static void pressure(void **state) {
    enum { MS = 1000000 };
    static const struct {
        uint64_t at_ms;
        uint32_t misses, hits;
        wa_gc_pressure pressure;
    } rows[] = {
        { 0, 0, 0, WA_GC_PRESSURE_LOW },       { 10, 50, 0, WA_GC_PRESSURE_LOW },
        { 20, 0, 5000, WA_GC_PRESSURE_LOW },   { 30, 1, 0, WA_GC_PRESSURE_MEDIUM },
        { 500, 49, 0, WA_GC_PRESSURE_MEDIUM }, { 600, 1, 1000, WA_GC_PRESSURE_HIGH },
        { 990, 0, 0, WA_GC_PRESSURE_HIGH },    { 1040, 0, 0, WA_GC_PRESSURE_LOW },
        { 1700, 0, 300, WA_GC_PRESSURE_LOW },
    };
    (void)state;
    now_ns = (uint64_t)1 << 60; /* later than the machine's own clock */
    const uint64_t begin_ns = now_ns;
    r->engine->clock_ns = own_clock;
    make(NULL);
    now_ns += 10000ull * MS; /* what making it took is past */
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        now_ns = begin_ns + (20000 + rows[row].at_ms) * MS;
        for (uint32_t miss = 0; miss < rows[row].misses; miss++) {
            (void)take_buffer(1, 100); /* kept */
        }
        for (uint32_t hit = 0; hit < rows[row].hits; hit++) {
            assert_ok(wa_memory_manager_release_buffer(manager, take_buffer(2, 4096)));
        }
        for (uint32_t reader = 0; reader < 3; reader++) {
            assert_int_equal(stats().gc_pressure, rows[row].pressure);
        }
    }
}

/* M3.4: the thresholds are the engine's to set. */
static void pressure_of_other_thresholds(void **state) {
    (void)state;
    wa_engine_desc engine = WA_ENGINE_DESC_INIT;
    engine.pressure_medium_per_s = 2.0;
    engine.pressure_high_per_s = 4.0;
    rig *mine = r;
    wa_engine *other = NULL;
    assert_ok(wa_engine_create(&engine, &other));
    r = rig_create(&(rig_desc){ .engine = other });
    now_ns = (uint64_t)1 << 60;
    other->clock_ns = own_clock;
    make(NULL);
    now_ns += 2000000000;
    static const wa_gc_pressure wanted[] = { WA_GC_PRESSURE_LOW, WA_GC_PRESSURE_LOW,
                                             WA_GC_PRESSURE_MEDIUM, WA_GC_PRESSURE_MEDIUM,
                                             WA_GC_PRESSURE_HIGH };
    for (uint32_t count = 0; count < 5; count++) {
        (void)take_buffer(1, 100);
        assert_int_equal(stats().gc_pressure, wanted[count]);
    }
    wa_memory_manager_destroy(manager);
    manager = NULL;
    rig_destroy(r);
    assert_ok(wa_engine_destroy(other));
    r = mine;
}

/* -- configured, refused ------------------------------------------------------------------------ */

/* M3.2: shapes, counts and sizes can be others. */
static void other_settings(void **state) {
    (void)state;
    const wa_buffer_shape shapes[] = { { 1, 441 }, { 6, 100 }, { 1, 441 } };
    wa_memory_manager_desc desc = WA_MEMORY_MANAGER_DESC_INIT;
    desc.pre_allocate = shapes;
    desc.pre_allocate_count = 3;
    desc.buffer_pool.pre_allocate = 4;
    desc.buffer_pool.max_size = 5;
    desc.node_pool_max_size = 0;
    desc.delay_max_s = 0.25;
    make(&desc);
    assert_int_equal(stats().audio_buffers, 8); /* the third is the first again */
    const wa_node delay = take_node(WA_NODE_TYPE_DELAY);
    wa_param_info info;
    assert_ok(wa_param_get_info(r->context, wa_node_param(delay, 0), &info));
    assert_true(info.value_max == 0.25f);
    assert_ok(wa_memory_manager_release_node(manager, delay, NULL));
    rig_render(r, 128);
    assert_int_equal(stats().audio_nodes, 0); /* none is kept */
    wa_memory_manager_destroy(manager);
    desc = (wa_memory_manager_desc)WA_MEMORY_MANAGER_DESC_INIT;
    desc.skip_pre_allocate = true;
    make(&desc);
    assert_int_equal(stats().audio_buffers, 0);
    wa_memory_manager_destroy(manager);
    desc = (wa_memory_manager_desc)WA_MEMORY_MANAGER_DESC_INIT;
    desc.pre_allocate = shapes; /* a list of none */
    make(&desc);
    assert_int_equal(stats().audio_buffers, 0);
    static const double delays_s[] = { 1e-6, 179.0 };
    for (uint32_t row = 0; row < 2; row++) {
        wa_memory_manager_destroy(manager);
        desc.delay_max_s = delays_s[row];
        make(&desc);
        (void)take_node(WA_NODE_TYPE_DELAY);
    }
}

static wa_memory_manager_desc wrong;
static const wa_buffer_shape no_frames[] = { { 2, 2048 }, { 2, 0 } };
static const wa_buffer_shape too_large[] = { { 2, 2048 }, { 32, 1000000 } };

#define ROW(name, ...)                                                                                 \
    static void name(void) {                                                                           \
        __VA_ARGS__;                                                                                   \
    }
ROW(wrong_bytes, wrong.desc_bytes = 4)
ROW(no_delay, wrong.delay_max_s = 0.0)
ROW(negative_delay, wrong.delay_max_s = -1.0)
ROW(endless_delay, wrong.delay_max_s = 180.0)
ROW(nan_delay, wrong.delay_max_s = NAN)
ROW(more_ready_than_kept, wrong.buffer_pool.pre_allocate = 51)
ROW(no_buffer_pool, wrong.buffer_pool.desc_bytes = 0)
ROW(shapes_are_missing, wrong.pre_allocate_count = 2)
ROW(bad_shape, wrong.pre_allocate = no_frames; wrong.pre_allocate_count = 2)
ROW(over_budget, wrong.pre_allocate = too_large; wrong.pre_allocate_count = 2)

/* M3.1, M3.5: a manager that cannot be made leaves nothing behind. */
static void these_are_refused(void **state) {
    static const struct {
        void (*spoil)(void);
        wa_status status;
        const char *word;
    } rows[] = {
        { wrong_bytes, WA_ERR_NOT_SUPPORTED, "desc_bytes" },
        { no_delay, WA_ERR_NOT_SUPPORTED, "delay_max_s is 0, its range is (0, 180)" },
        { negative_delay, WA_ERR_NOT_SUPPORTED, "delay_max_s" },
        { endless_delay, WA_ERR_NOT_SUPPORTED, "delay_max_s" },
        { nan_delay, WA_ERR_TYPE, "delay_max_s" },
        { more_ready_than_kept, WA_ERR_NOT_SUPPORTED, "pre_allocate" },
        { no_buffer_pool, WA_ERR_NOT_SUPPORTED, "desc_bytes" },
        { shapes_are_missing, WA_ERR_TYPE, "pre_allocate" },
        { bad_shape, WA_ERR_NOT_SUPPORTED, "frame_count" },
        { over_budget, WA_ERR_BUDGET, "budget" },
    };
    (void)state;
    assert_ok(
        wa_buffer_release(r->engine, rig_buffer(r, 1, 1))); /* the engine keeps its first handles */
    (void)wa_engine_trim(r->engine, 0);
    const uint64_t used_bytes = memory().used_bytes;
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wrong = (wa_memory_manager_desc)WA_MEMORY_MANAGER_DESC_INIT;
        rows[row].spoil();
        assert_refused(wa_memory_manager_create(r->context, &wrong, &manager), rows[row].status,
                       rows[row].word);
        assert_null(manager);
        (void)wa_engine_trim(r->engine, 0);
        assert_int_equal(memory().used_bytes, used_bytes);
    }
    assert_refused(wa_memory_manager_create(NULL, NULL, &manager), WA_ERR_TYPE, "context");
    assert_refused(wa_memory_manager_create(r->context, NULL, NULL), WA_ERR_TYPE, "manager");
    assert_ok(wa_context_close(r->context));
    assert_refused(wa_memory_manager_create(r->context, NULL, &manager), WA_ERR_INVALID_STATE,
                   "closed");
}

/* M3.1 */
static void wrong_handles_are_told_apart(void **state) {
    (void)state;
    make(NULL);
    const wa_node plain = rig_gain(r, 1.0f);
    wa_node none = { 7 };
    wa_buffer plain_buffer = rig_buffer(r, 2, 2048);
    static const wa_node_type types[] = { WA_NODE_TYPE_DESTINATION, WA_NODE_TYPE_DELAY_WRITER,
                                          WA_NODE_TYPE_INPUT,       (wa_node_type)0,
                                          (wa_node_type)64,         (wa_node_type)-1 };
    for (uint32_t row = 0; row < sizeof types / sizeof types[0]; row++) {
        assert_null(wa_memory_manager_node_pool(manager, types[row]));
        assert_refused(wa_memory_manager_acquire_node(manager, types[row], &none), WA_ERR_NOT_SUPPORTED,
                       types[row] == WA_NODE_TYPE_INPUT ? "Input" : "type");
    }
    assert_int_equal(none.id, 7);
    assert_refused(wa_memory_manager_acquire_node(manager, WA_NODE_TYPE_GAIN, NULL), WA_ERR_TYPE,
                   "node");
    assert_refused(wa_memory_manager_release_node(manager, plain, NULL), WA_ERR_FOREIGN_HANDLE,
                   "pools");
    assert_refused(wa_memory_manager_release_node(manager, r->out, NULL), WA_ERR_FOREIGN_HANDLE,
                   "pools");
    assert_refused(wa_memory_manager_release_node(manager, (wa_node){ 0 }, NULL), WA_ERR_STALE_HANDLE,
                   "node");
    assert_refused(wa_memory_manager_release_buffer(manager, plain_buffer), WA_ERR_FOREIGN_HANDLE,
                   "pool");
    const wa_buffer buffer = take_buffer(2, 2048);
    assert_ok(wa_memory_manager_release_buffer(manager, buffer));
    assert_int_equal(wa_memory_manager_release_buffer(manager, buffer), WA_ERR_STALE_HANDLE);
    assert_int_equal(stats().audio_buffers, 20);
    assert_null(wa_memory_manager_buffer_pool(NULL));
    assert_null(wa_memory_manager_node_pool(NULL, WA_NODE_TYPE_GAIN));
    assert_refused(wa_memory_manager_acquire_buffer(NULL, 1, 1, &plain_buffer), WA_ERR_TYPE, "manager");
    assert_refused(wa_memory_manager_release_buffer(NULL, buffer), WA_ERR_TYPE, "manager");
    assert_refused(wa_memory_manager_acquire_node(NULL, WA_NODE_TYPE_GAIN, &none), WA_ERR_TYPE,
                   "manager");
    assert_refused(wa_memory_manager_release_node(NULL, plain, NULL), WA_ERR_TYPE, "manager");
    wa_manager_stats nothing = { .audio_nodes = 9 };
    wa_memory_manager_get_stats(NULL, &nothing);
    assert_int_equal(nothing.audio_nodes, 0);
    wa_memory_manager_get_stats(manager, NULL);
    wa_memory_manager_destroy(NULL);
}

/* M3.5: at the budget the reason is the budget, also where a pool has to be made first. */
static void over_the_budget(void **state) {
    (void)state;
    make(NULL);
    (void)take_node(WA_NODE_TYPE_GAIN);
    wa_node none = { 7 };
    assert_ok(wa_engine_set_budget(r->engine, memory().used_bytes));
    wa_engine_seal(r->engine, true);
    assert_refused(wa_memory_manager_acquire_node(manager, WA_NODE_TYPE_OSCILLATOR, &none),
                   WA_ERR_SEALED, "sealed");
    wa_engine_seal(r->engine, false);
    assert_int_equal(none.id, 7);
    wa_buffer buffer = { 7 };
    assert_refused(wa_memory_manager_acquire_buffer(manager, 32, 48000, &buffer), WA_ERR_BUDGET,
                   "buffers");
    assert_int_equal(buffer.id, 7);
}

/* M3.1: what fails inside a transaction undoes it, as everywhere. */
static void inside_a_transaction(void **state) {
    (void)state;
    make(NULL);
    const wa_node gain = take_node(WA_NODE_TYPE_GAIN);
    assert_ok(wa_begin(r->context));
    const wa_node undone = take_node(WA_NODE_TYPE_GAIN);
    assert_int_equal(wa_memory_manager_release_node(manager, r->out, NULL), WA_ERR_FOREIGN_HANDLE);
    assert_int_equal(wa_commit(r->context), WA_ERR_FOREIGN_HANDLE);
    assert_int_equal(wa_memory_manager_release_node(manager, undone, NULL), WA_ERR_STALE_HANDLE);
    wa_node none = { 7 };
    assert_ok(wa_begin(r->context));
    assert_ok(wa_memory_manager_release_node(manager, gain, NULL));
    assert_int_equal(wa_memory_manager_acquire_node(manager, WA_NODE_TYPE_DESTINATION, &none),
                     WA_ERR_NOT_SUPPORTED);
    assert_int_equal(wa_commit(r->context), WA_ERR_NOT_SUPPORTED);
    assert_ok(wa_memory_manager_release_node(manager, gain, NULL)); /* it is alive again */
}

/* -- the order of going ------------------------------------------------------------------------- */

/* M3.1: before its context, which says so; nodes go with it, buffers live on as plain ones. */
static void order_of_going(void **state) {
    (void)state;
    make(NULL);
    assert_refused(wa_context_destroy(r->context), WA_ERR_BUSY, "pools");
    const wa_buffer held = take_buffer(1, 441), played = take_buffer(1, 441);
    float *plane = wa_buffer_plane(r->engine, played, 0);
    for (uint32_t frame = 0; frame < 441; frame++) {
        plane[frame] = 0.5f;
    }
    rig_connect(r, rig_play(r, played, 0.0), r->out);
    assert_ok(wa_memory_manager_release_buffer(manager, played)); /* the source has it still */
    const wa_node gain = take_node(WA_NODE_TYPE_GAIN), tone = take_node(WA_NODE_TYPE_CONSTANT_SOURCE);
    rig_connect(r, tone, gain);
    rig_connect(r, gain, r->out);
    assert_ok(wa_source_start(r->context, tone, 0.0));
    assert_all(rig_render(r, 128), 1.5f, 128);
    wa_memory_manager_destroy(manager);
    manager = NULL;
    assert_all(rig_render(r, 128), 0.5f, 128);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_int_equal(wa_node_connect(r->context, gain, r->out), WA_ERR_STALE_HANDLE);
    assert_int_equal(wa_node_connect(r->context, tone, r->out), WA_ERR_STALE_HANDLE);
    rig_render(r, 512);
    wa_buffer_plane(r->engine, held, 0)[440] = 1.0f;
    assert_ok(wa_buffer_release(r->engine, held));
    assert_int_equal(wa_buffer_release(r->engine, held), WA_ERR_STALE_HANDLE);
    (void)wa_context_poll(r->context, NULL, 0);
    make(NULL); /* and another can follow */
    assert_int_equal(stats().audio_buffers, 20);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(buffers_are_ready),
        TEST(fifty_of_a_shape_are_kept),
        TEST(node_pools_are_ready),
        TEST(nodes_of_every_type),
        TEST(buffers_of_any_shape),
        TEST(figures_mean_what_they_say),
        TEST(pressure),
        TEST(pressure_of_other_thresholds),
        TEST(other_settings),
        TEST(these_are_refused),
        TEST(wrong_handles_are_told_apart),
        TEST(over_the_budget),
        TEST(inside_a_transaction),
        TEST(order_of_going),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
