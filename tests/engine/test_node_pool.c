/* NodePool (M2.1-M2.6): what it hands out, when it takes back, what it refuses. That a node that comes back
 * is as new is the business of test_pooled_equals_fresh.c. */
#include "pulled.h"
#include "control/context.h"
#include <string.h>

static pulled rig;

static int set_up(void **state) {
    (void)state;
    rig = pulled_make(1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pulled_free(&rig);
    return 0;
}

static wa_node_pool *pool_of(wa_node_type type, uint32_t max_size, uint32_t live_max) {
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = type;
    desc.max_size = max_size;
    desc.live_max = live_max;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(rig.context, &desc, &pool));
    return pool;
}

static wa_node take(wa_node_pool *pool) {
    wa_node node = { 0 };
    assert_ok(wa_node_pool_acquire(pool, &node));
    return node;
}

static void give(wa_node_pool *pool, wa_node node, wa_release_mode mode) {
    const wa_release_options options = { mode, 0.005 };
    assert_ok(wa_node_pool_release(pool, node, &options));
}

static wa_node_pool_stats stats_of(const wa_node_pool *pool) {
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    return stats;
}

/* The journal's two, and created, reused, dropped, peak: all six each time. */
static void assert_stats(const wa_node_pool *pool, wa_node_pool_stats wanted) {
    const wa_node_pool_stats stats = stats_of(pool);
    assert_int_equal(stats.available, wanted.available);
    assert_int_equal(stats.in_use, wanted.in_use);
    assert_int_equal(stats.created_count, wanted.created_count);
    assert_int_equal(stats.reused_count, wanted.reused_count);
    assert_int_equal(stats.dropped_count, wanted.dropped_count);
    assert_int_equal(stats.peak_in_use, wanted.peak_in_use);
}

static float level(void) { /* of the last frame of a quantum */
    float frames[PULLED_QUANTUM];
    pulled_render(&rig, frames, PULLED_QUANTUM);
    return frames[PULLED_QUANTUM - 1];
}

static bool is_equal(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

/* M2.1: 20 by default. M2.2: back to the pool if there is room. M2.5: what it counts. */
static void twenty_are_kept(void **state) {
    (void)state;
    wa_node_pool *pool = NULL;
    wa_node nodes[25];
    assert_ok(wa_node_pool_create(rig.context, NULL, &pool));
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t index = 0; index < 25; index++) {
            nodes[index] = take(pool);
        }
        for (uint32_t index = 0; index < 25; index++) {
            give(pool, nodes[index], WA_RELEASE_NOW);
        }
        pulled_quanta(&rig, 1);
        assert_stats(pool,
                     (wa_node_pool_stats){ 20, 0, 25 + 5 * round, 20 * round, 5 + 5 * round, 25 });
    }
    wa_node_pool_destroy(pool);
}

/* M2.1: the options of the factory are copied, and restored. */
static void options_are_copied_and_restored(void **state) {
    (void)state;
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.q = 7.0f;
    options.node.channel_count = 1;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_BIQUAD_FILTER;
    desc.options = &options;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(rig.context, &desc, &pool));
    memset(&options, 0x55, sizeof options);
    for (uint32_t round = 0; round < 3; round++) {
        const wa_node node = take(pool);
        wa_node_info info;
        float q = 0.0f;
        assert_ok(wa_node_get_info(rig.context, node, &info));
        assert_ok(wa_param_get_value(rig.context, wa_node_param(node, WA_BIQUAD_FILTER_Q), &q));
        assert_int_equal(info.channel_count, 1);
        assert_true(is_equal(q, 7.0f));
        assert_ok(wa_param_set_value(rig.context, wa_node_param(node, WA_BIQUAD_FILTER_Q), 1.0f));
        assert_ok(wa_node_set_channel_count(rig.context, node, 2));
        give(pool, node, WA_RELEASE_NOW);
        pulled_quanta(&rig, 1);
    }
    assert_int_equal(stats_of(pool).created_count, 1);
    wa_node_pool_destroy(pool);
}

/* -- factories that are refused (M2.1) ---------------------------------------------------------- */

typedef enum fault { FINE, CONNECTED, FED, DRIVEN, STARTED, FAILING, OTHER_TYPE, DESTINATION } fault;

static wa_node tone;

static wa_status faulty(void *user, wa_context *context, wa_node *node) {
    const fault how = *(const fault *)user;
    if (how == FAILING) {
        return wa_node_create(context, WA_NODE_TYPE_DESTINATION, NULL, node);
    }
    if (how == DESTINATION) {
        *node = wa_context_destination(context);
        return WA_OK;
    }
    const wa_node_type type = how == STARTED      ? WA_NODE_TYPE_CONSTANT_SOURCE
                              : how == OTHER_TYPE ? WA_NODE_TYPE_DELAY
                                                  : WA_NODE_TYPE_GAIN;
    wa_status status = wa_node_create(context, type, NULL, node);
    if (how == CONNECTED) {
        status = wa_node_connect(context, *node, wa_context_destination(context));
    } else if (how == FED) {
        status = wa_node_connect(context, tone, *node);
    } else if (how == DRIVEN) {
        status = wa_node_connect_param(context, tone, 0, wa_node_param(*node, 0));
    } else if (how == STARTED) {
        status = wa_source_start(context, *node, 0.0);
    }
    return status;
}

static void faulty_factories_are_refused(void **state) {
    static const struct {
        fault how;
        wa_status status;
        const char *part;
    } rows[] = {
        { CONNECTED, WA_ERR_INVALID_STATE, "connected" },
        { FED, WA_ERR_INVALID_STATE, "connected" },
        { DRIVEN, WA_ERR_INVALID_STATE, "connected" },
        { STARTED, WA_ERR_INVALID_STATE, "started" },
        { FAILING, WA_ERR_NOT_SUPPORTED, "type" },
        { OTHER_TYPE, WA_ERR_WRONG_TYPE, "Delay" },
        { DESTINATION, WA_ERR_INVALID_STATE, "connected" },
    };
    (void)state;
    fault how = FINE;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.factory = faulty;
    desc.user = &how;
    wa_node_pool *pool = NULL;
    tone = make_node(&rig, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
    assert_ok(wa_node_pool_create(rig.context, &desc, &pool));
    const wa_node first = take(pool);
    const uint32_t node_count = rig.context->node_count;
    for (uint32_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        wa_node node = { 0 };
        how = rows[index].how;
        assert_error(wa_node_pool_acquire(pool, &node), rows[index].status, rows[index].part);
        uint32_t ready = 9;
        assert_error(wa_node_pool_pre_allocate(pool, 1, &ready), rows[index].status, rows[index].part);
        assert_int_equal(ready, 0);
        pulled_quanta(&rig, 2);
        assert_stats(pool, (wa_node_pool_stats){ 0, 1, 1, 0, 0, 1 });
        assert_int_equal(rig.context->node_count, node_count);
    }
    how = FINE;
    give(pool, first, WA_RELEASE_NOW);
    pulled_quanta(&rig, 1);
    (void)take(pool);
    wa_node_pool_destroy(pool);
}

/* The first one is large, those after it are as small as can be. */
typedef struct varied {
    wa_node_type type;
    wa_buffer response;
    uint32_t made_count;
} varied;

static wa_status make_varied(void *user, wa_context *context, wa_node *node) {
    varied *of = user;
    const bool is_first = of->made_count++ == 0;
    wa_delay_options delay = WA_DELAY_OPTIONS_INIT;
    wa_convolver_options convolver = WA_CONVOLVER_OPTIONS_INIT;
    wa_gain_options gain = WA_GAIN_OPTIONS_INIT;
    wa_channel_splitter_options splitter = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    wa_channel_merger_options merger = WA_CHANNEL_MERGER_OPTIONS_INIT;
    delay.max_delay_time_s = is_first ? 0.5 : 0.0001;
    delay.delay_time_s = is_first ? 0.01f : 0.0f;
    convolver.buffer.id = is_first ? of->response.id : 0;
    gain.node.channel_count = is_first ? 8 : 1;
    gain.node.channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT;
    splitter.output_count = is_first ? 6 : 2;
    merger.input_count = is_first ? 6 : 2;
    const void *options = of->type == WA_NODE_TYPE_DELAY              ? (const void *)&delay
                          : of->type == WA_NODE_TYPE_CONVOLVER        ? (const void *)&convolver
                          : of->type == WA_NODE_TYPE_CHANNEL_SPLITTER ? (const void *)&splitter
                          : of->type == WA_NODE_TYPE_CHANNEL_MERGER   ? (const void *)&merger
                                                                      : (const void *)&gain;
    return wa_node_create(context, of->type, options, node);
}

static wa_node_pool *varied_pool(varied *of) {
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.factory = make_varied;
    desc.user = of;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(rig.context, &desc, &pool));
    return pool;
}

/* M2.3: what comes back is as the first one was made, and has the memory for it: a delay's line, a response's
 * two sides, channels. */
static void nodes_that_differ_come_back_alike(void **state) {
    static const wa_node_type types[] = { WA_NODE_TYPE_DELAY, WA_NODE_TYPE_CONVOLVER,
                                          WA_NODE_TYPE_GAIN };
    enum { QUANTA = 12, FRAMES = QUANTA * PULLED_QUANTUM };
    static float heard[2][FRAMES];
    (void)state;
    const wa_buffer response = noise_buffer(&rig, 2, 300, 0.5f);
    for (uint32_t row = 0; row < sizeof types / sizeof types[0]; row++) {
        varied of = { types[row], response, 0 };
        wa_node_pool *pool = varied_pool(&of);
        for (uint32_t life = 0; life < 2; life++) {
            const wa_node nodes[2] = { take(pool), take(pool) };
            for (uint32_t index = 0; index < 2; index++) {
                const wa_node burst = make_node(&rig, WA_NODE_TYPE_OSCILLATOR, NULL);
                const wa_node after = make_node(&rig, WA_NODE_TYPE_DELAY, NULL);
                assert_ok(wa_node_connect(rig.context, burst, nodes[index]));
                assert_ok(wa_node_connect(rig.context, nodes[index], after));
                assert_ok(wa_node_connect(rig.context, after, rig.destination));
                assert_ok(wa_source_start(rig.context, burst, pulled_now_s(&rig)));
                pulled_render(&rig, heard[index], FRAMES);
                assert_ok(wa_node_release(rig.context, burst, NULL));
                assert_ok(wa_node_release(rig.context, after, NULL));
                give(pool, nodes[index], WA_RELEASE_NOW);
            }
            pulled_quanta(&rig, 2);
        }
        assert_int_equal(of.made_count, 2); /* so the second life was of what came back */
        assert_memory_equal(heard[0], heard[1], sizeof heard[0]);
        assert_true(energy(heard[0], FRAMES) > 1e-3);
        wa_node_pool_destroy(pool);
    }
    assert_ok(wa_buffer_release(rig.engine, response));
}

/* M2.1: ports are for life. */
static void other_ports_are_refused(void **state) {
    static const wa_node_type types[] = { WA_NODE_TYPE_CHANNEL_SPLITTER, WA_NODE_TYPE_CHANNEL_MERGER };
    (void)state;
    for (uint32_t row = 0; row < 2; row++) {
        varied of = { types[row], { 0 }, 0 };
        wa_node_pool *pool = varied_pool(&of);
        wa_node other = { 0 };
        const wa_node first = take(pool);
        assert_error(wa_node_pool_acquire(pool, &other), WA_ERR_WRONG_TYPE, "before that one of");
        give(pool, first, WA_RELEASE_NOW);
        pulled_quanta(&rig, 1);
        (void)take(pool);
        assert_int_equal(stats_of(pool).created_count, 1);
        wa_node_pool_destroy(pool);
    }
}

static void bad_arguments_are_refused(void **state) {
    (void)state;
    wa_node_pool *pool = NULL;
    wa_node node = { 0 };
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    assert_error(wa_node_pool_create(NULL, &desc, &pool), WA_ERR_TYPE, "context");
    assert_error(wa_node_pool_create(rig.context, &desc, NULL), WA_ERR_TYPE, "pool");
    desc.desc_bytes = 3;
    assert_error(wa_node_pool_create(rig.context, &desc, &pool), WA_ERR_NOT_SUPPORTED, "desc_bytes");
    static const wa_node_type types[] = { WA_NODE_TYPE_DESTINATION, WA_NODE_TYPE_DELAY_WRITER,
                                          (wa_node_type)0, (wa_node_type)63, (wa_node_type)9999 };
    desc = (wa_node_pool_desc)WA_NODE_POOL_DESC_INIT;
    for (uint32_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        desc.type = types[index];
        assert_error(wa_node_pool_create(rig.context, &desc, &pool), WA_ERR_NOT_SUPPORTED, "type");
    }
    wa_node_options options = { 3, 0, 0, 0 };
    desc = (wa_node_pool_desc)WA_NODE_POOL_DESC_INIT;
    desc.options = &options;
    assert_error(wa_node_pool_create(rig.context, &desc, &pool), WA_ERR_NOT_SUPPORTED, "options_bytes");
    assert_null(pool);
    assert_error(wa_node_pool_acquire(NULL, &node), WA_ERR_TYPE, "pool");
    assert_error(wa_node_pool_release(NULL, node, NULL), WA_ERR_TYPE, "pool");
    assert_error(wa_node_pool_release_all(NULL, NULL), WA_ERR_TYPE, "pool");
    assert_error(wa_node_pool_pre_allocate(NULL, 1, NULL), WA_ERR_TYPE, "pool");
    assert_int_equal(wa_node_pool_trim(NULL, 0), 0);
    wa_node_pool_destroy(NULL);
    pool = pool_of(WA_NODE_TYPE_GAIN, 1, 0);
    assert_error(wa_node_pool_acquire(pool, NULL), WA_ERR_TYPE, "node");
    wa_node_pool_destroy(pool);
    wa_context *closed = NULL;
    const wa_context_desc plain = WA_CONTEXT_DESC_INIT;
    assert_ok(wa_context_create(rig.engine, &plain, &closed));
    assert_ok(wa_context_close(closed));
    assert_error(wa_node_pool_create(closed, NULL, &pool), WA_ERR_INVALID_STATE, "closed");
    assert_ok(wa_context_destroy(closed));
}

/* M2.1: a cap on nodes handed out; one that rings after its release no longer counts. */
static void live_max_is_a_cap(void **state) {
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_DELAY, 20, 2);
    const wa_node first = take(pool), second = take(pool);
    wa_node node = { 77 };
    assert_error(wa_node_pool_acquire(pool, &node), WA_ERR_POOL_FULL, "live_max is 2");
    assert_int_equal(node.id, 77);
    assert_stats(pool, (wa_node_pool_stats){ 0, 2, 2, 0, 0, 2 });
    give(pool, first, WA_RELEASE_AFTER_TAIL);
    (void)take(pool);
    assert_int_equal(wa_node_pool_acquire(pool, &node), WA_ERR_POOL_FULL);
    give(pool, second, WA_RELEASE_NOW);
    (void)take(pool);
    wa_node_pool_destroy(pool);
}

/* M2.2: a stale, double or foreign release is reported, and harmless. */
static void wrong_releases_are_reported(void **state) {
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_GAIN, 20, 0), *other = pool_of(WA_NODE_TYPE_GAIN, 20, 0);
    const wa_node plain = make_node(&rig, WA_NODE_TYPE_GAIN, NULL), node = take(pool);
    const wa_release_options no_mode = { (wa_release_mode)9, 0.0 }, no_fade = { WA_RELEASE_FADE, 0.0 },
                             endless = { WA_RELEASE_FADE, 11.0 };
    assert_error(wa_node_pool_release(pool, plain, NULL), WA_ERR_FOREIGN_HANDLE, "pool");
    assert_error(wa_node_pool_release(other, node, NULL), WA_ERR_FOREIGN_HANDLE, "pool");
    assert_error(wa_node_pool_release(pool, rig.destination, NULL), WA_ERR_FOREIGN_HANDLE, "pool");
    assert_error(wa_node_pool_release(pool, (wa_node){ 0 }, NULL), WA_ERR_STALE_HANDLE, "node");
    assert_error(wa_node_release(rig.context, node, NULL), WA_ERR_INVALID_STATE, "pool");
    assert_error(wa_node_pool_release(pool, node, &no_mode), WA_ERR_NOT_SUPPORTED, "mode");
    assert_error(wa_node_pool_release(pool, node, &no_fade), WA_ERR_RANGE, "fade_s");
    assert_error(wa_node_pool_release(pool, node, &endless), WA_ERR_RANGE, "fade_s");
    assert_stats(pool, (wa_node_pool_stats){ 0, 1, 1, 0, 0, 1 });
    give(pool, node, WA_RELEASE_NOW);
    assert_error(wa_node_pool_release(pool, node, NULL), WA_ERR_RELEASED, "node");
    pulled_quanta(&rig, 1);
    assert_error(wa_node_pool_release(pool, node, NULL), WA_ERR_STALE_HANDLE, "node");
    const wa_node again = take(pool);
    assert_int_not_equal(again.id, node.id);
    assert_error(wa_node_pool_release(pool, node, NULL), WA_ERR_STALE_HANDLE, "node");
    assert_error(wa_node_connect(rig.context, node, plain), WA_ERR_STALE_HANDLE, "source");
    assert_stats(pool, (wa_node_pool_stats){ 0, 1, 1, 1, 0, 1 });
    give(pool, again, WA_RELEASE_NOW);
    wa_node_pool_destroy(pool);
    wa_node_pool_destroy(other);
}

/* M2.2: outputs, inputs and param inputs are disconnected, whatever the mode. */
static void releasing_disconnects(void **state) {
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE };
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_GAIN, 20, 0);
    const wa_node one = make_node(&rig, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
    const wa_node driven = make_node(&rig, WA_NODE_TYPE_GAIN, NULL);
    assert_ok(wa_source_start(rig.context, one, 0.0));
    assert_ok(wa_node_connect(rig.context, one, driven));
    assert_ok(wa_node_connect(rig.context, driven, rig.destination));
    for (uint32_t index = 0; index < sizeof modes / sizeof modes[0]; index++) {
        wa_node node = take(pool);
        assert_ok(wa_node_connect(rig.context, one, node));
        assert_ok(wa_node_connect_param(rig.context, one, 0, wa_node_param(node, 0)));
        assert_ok(wa_node_connect_param(rig.context, node, 0, wa_node_param(driven, 0)));
        assert_ok(wa_node_connect(rig.context, node, rig.destination));
        assert_true(is_equal(level(), (1.0f + 2.0f) + 2.0f));
        give(pool, node, modes[index]);
        pulled_quanta(&rig, 4);
        assert_true(is_equal(level(), 1.0f)); /* neither its sound nor its drive of the param */
        assert_int_equal(stats_of(pool).available, 1);
        node = take(pool);
        assert_ok(wa_node_connect(rig.context, node, rig.destination));
        assert_true(is_equal(level(), 1.0f)); /* no input is left */
        assert_ok(wa_node_connect(rig.context, one, node));
        assert_true(is_equal(level(), 2.0f)); /* no param input either */
        give(pool, node, WA_RELEASE_NOW);
        pulled_quanta(&rig, 1);
    }
    assert_int_equal(stats_of(pool).created_count, 1);
    wa_node_pool_destroy(pool);
}

/* M2.2, M2.5: in use until the render side has let go of it. */
static void in_use_until_retired(void **state) {
    static const struct {
        wa_release_mode mode;
        uint32_t quanta; /* until it is back */
    } rows[] = {
        { WA_RELEASE_NOW, 1 },
        { WA_RELEASE_FADE, 3 },        /* 240 frames */
        { WA_RELEASE_AFTER_TAIL, 12 }, /* a delay line of 10 quanta that was just written */
    };
    (void)state;
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = 10.0 * PULLED_QUANTUM / PULLED_RATE;
    options.delay_time_s = (float)options.max_delay_time_s;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = WA_NODE_TYPE_DELAY;
    desc.options = &options;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(rig.context, &desc, &pool));
    const wa_node one = make_node(&rig, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
    assert_ok(wa_source_start(rig.context, one, 0.0));
    for (uint32_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        const wa_node node = take(pool);
        assert_ok(wa_node_connect(rig.context, one, node));
        assert_ok(wa_node_connect(rig.context, node, rig.destination));
        pulled_quanta(&rig, 12);
        give(pool, node, rows[index].mode);
        for (uint32_t quantum = 0; quantum + 1 < rows[index].quanta; quantum++) {
            assert_int_equal(stats_of(pool).in_use, 1);
            assert_int_equal(stats_of(pool).available, 0);
            pulled_quanta(&rig, 1);
        }
        assert_int_equal(stats_of(pool).in_use, 1);
        pulled_quanta(&rig, 2); /* the quantum in which it goes, and one for those that are exact */
        assert_int_equal(stats_of(pool).in_use, 0);
        assert_int_equal(stats_of(pool).available, 1);
    }
    wa_node_pool_destroy(pool);
}

/* M2.4: one transaction: all of them fall silent at one frame, or none is released. */
static void release_all_is_one_transaction(void **state) {
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_CONSTANT_SOURCE, 20, 0);
    wa_node nodes[12];
    for (uint32_t index = 0; index < 12; index++) {
        nodes[index] = take(pool);
        assert_ok(wa_node_connect(rig.context, nodes[index], rig.destination));
        assert_ok(wa_source_start(rig.context, nodes[index], 0.0));
    }
    assert_true(is_equal(level(), 12.0f));
    const wa_release_options wrong = { WA_RELEASE_FADE, -1.0 };
    assert_error(wa_node_pool_release_all(pool, &wrong), WA_ERR_RANGE, "fade_s");
    assert_true(is_equal(level(), 12.0f));
    const uint32_t batches = rig.context->batch_number;
    assert_ok(wa_node_pool_release_all(pool, NULL));
    assert_int_equal(rig.context->batch_number, batches + 1);
    for (uint32_t index = 0; index < 12; index++) {
        assert_int_equal(wa_node_pool_release(pool, nodes[index], NULL), WA_ERR_RELEASED);
    }
    assert_true(is_equal(level(), 0.0f));
    assert_stats(pool, (wa_node_pool_stats){ 12, 0, 12, 0, 0, 12 });
    assert_ok(wa_node_pool_release_all(pool, NULL)); /* none is out */
    wa_node_pool_destroy(pool);
}

/* M2.1: warm-up, idempotent, within max_size; then no allocation, and acquiring touches nothing else. */
static void pre_allocate_and_trim(void **state) {
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_DELAY, 8, 0);
    const uint32_t node_count = rig.context->node_count;
    static const uint32_t rows[][2] = { { 3, 3 }, { 3, 3 }, { 1, 3 }, { 0, 3 }, { 8, 8 }, { 99, 8 } };
    for (uint32_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        uint32_t ready = 0;
        assert_ok(wa_node_pool_pre_allocate(pool, rows[index][0], &ready));
        assert_int_equal(ready, rows[index][1]);
        assert_int_equal(rig.context->node_count, node_count + ready);
    }
    pulled_quanta(&rig, 1);
    wa_node nodes[8];
    const uint64_t allocations = allocation_count(&rig);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t index = 0; index < 8; index++) {
            nodes[index] = take(pool);
        }
        for (uint32_t index = 0; index < 8; index++) {
            give(pool, nodes[index], WA_RELEASE_NOW);
        }
        pulled_quanta(&rig, 1);
    }
    assert_int_equal(allocation_count(&rig), allocations);
    assert_stats(pool, (wa_node_pool_stats){ 8, 0, 8, 80, 0, 8 });
    assert_int_equal(wa_node_pool_trim(pool, 20), 0);
    assert_int_equal(wa_node_pool_trim(pool, 5), 3);
    assert_int_equal(wa_node_pool_trim(pool, 0), 5);
    pulled_quanta(&rig, 1);
    assert_int_equal(rig.context->node_count, node_count);
    assert_int_equal(stats_of(pool).available, 0);
    wa_node_pool_destroy(pool);
}

static void render_unpolled(void) {
    float in[PULLED_QUANTUM] = { 0 }, out[PULLED_QUANTUM];
    const float *inputs[1] = { in };
    float *outputs[1] = { out };
    const wa_render_desc desc = { sizeof desc, inputs, outputs, PULLED_QUANTUM, 0.0 };
    assert_ok(wa_context_render(rig.context, &desc));
}

/* What comes back while another is made counts: no more than max_size are kept. */
static void pre_allocate_while_one_comes_back(void **state) {
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_GAIN, 1, 0);
    const uint32_t node_count = rig.context->node_count;
    uint32_t ready = 0;
    give(pool, take(pool), WA_RELEASE_NOW);
    render_unpolled();
    assert_ok(wa_node_pool_pre_allocate(pool, 1, &ready));
    assert_int_equal(ready, 1);
    pulled_quanta(&rig, 2);
    assert_int_equal(rig.context->node_count, node_count + 1);
    assert_stats(pool, (wa_node_pool_stats){ 1, 0, 2, 0, 1, 1 });
    wa_node_pool_destroy(pool);
}

/* M2.1: what is undone was never handed out; making and freeing cannot be undone, and wait outside. */
static void inside_a_transaction(void **state) {
    (void)state;
    wa_node_pool *pool = pool_of(WA_NODE_TYPE_DELAY, 8, 0);
    assert_ok(wa_node_pool_pre_allocate(pool, 2, NULL));
    const uint32_t node_count = rig.context->node_count;
    assert_ok(wa_begin(rig.context));
    for (uint32_t index = 0; index < 3; index++) {
        (void)take(pool);
    }
    assert_ok(wa_rollback(rig.context));
    assert_stats(pool, (wa_node_pool_stats){ 2, 0, 2, 0, 0, 3 });
    assert_ok(wa_begin(rig.context));
    uint32_t ready = 0;
    assert_int_equal(wa_node_pool_trim(pool, 0), 0);
    assert_error(wa_node_pool_pre_allocate(pool, 5, &ready), WA_ERR_INVALID_STATE, "transaction");
    assert_int_equal(ready, 2);
    assert_ok(wa_rollback(rig.context));
    pulled_quanta(&rig, 1);
    assert_stats(pool, (wa_node_pool_stats){ 2, 0, 2, 0, 0, 3 });
    assert_int_equal(rig.context->node_count, node_count);
    (void)take(pool);
    wa_node_pool_destroy(pool);
}

/* M2.1: a pool that goes inside a transaction goes when that ends, whichever way. */
static void destroyed_inside_a_transaction(void **state) {
    (void)state;
    for (uint32_t is_committed = 0; is_committed < 2; is_committed++) {
        const uint32_t node_count = rig.context->node_count;
        wa_node_pool *pool = pool_of(WA_NODE_TYPE_CONSTANT_SOURCE, 8, 0);
        const wa_node before = take(pool);
        assert_ok(wa_node_connect(rig.context, before, rig.destination));
        assert_ok(wa_source_start(rig.context, before, 0.0));
        assert_true(is_equal(level(), 1.0f));
        assert_ok(wa_begin(rig.context));
        const wa_node inside = take(pool);
        assert_ok(wa_node_connect(rig.context, inside, rig.destination));
        wa_node_pool_destroy(pool);
        assert_ok((is_committed ? wa_commit : wa_rollback)(rig.context));
        assert_true(is_equal(level(), 0.0f));
        pulled_quanta(&rig, 1);
        assert_error(wa_node_connect(rig.context, before, rig.destination), WA_ERR_STALE_HANDLE,
                     "source");
        assert_error(wa_node_connect(rig.context, inside, rig.destination), WA_ERR_STALE_HANDLE,
                     "source");
        assert_int_equal(rig.context->node_count, node_count);
    }
    /* Closing a context ends its transaction, and with that such a pool. */
    wa_context *context = NULL;
    const wa_context_desc plain = WA_CONTEXT_DESC_INIT;
    wa_node_pool *pool = NULL;
    wa_node node = { 0 };
    assert_ok(wa_context_create(rig.engine, &plain, &context));
    assert_ok(wa_node_pool_create(context, NULL, &pool));
    assert_ok(wa_begin(context));
    assert_ok(wa_node_pool_acquire(pool, &node));
    wa_node_pool_destroy(pool);
    assert_ok(wa_context_destroy(context));
}

/* M2.1: readied, taken and played before anything is flushed. */
static void readied_and_taken_in_one_flush(void **state) {
    (void)state;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.channel_count = 1;
    desc.is_gathering = true;
    wa_context *context = NULL;
    assert_ok(wa_context_create(rig.engine, &desc, &context));
    wa_node_pool_desc sources = WA_NODE_POOL_DESC_INIT;
    sources.type = WA_NODE_TYPE_CONSTANT_SOURCE;
    wa_node_pool *pool = NULL;
    wa_node node = { 0 };
    assert_ok(wa_node_pool_create(context, &sources, &pool));
    assert_ok(wa_context_resume(context));
    assert_ok(wa_node_pool_pre_allocate(pool, 3, NULL));
    assert_ok(wa_node_pool_acquire(pool, &node));
    assert_ok(wa_node_connect(context, node, wa_context_destination(context)));
    assert_ok(wa_source_start(context, node, 0.0));
    assert_ok(wa_flush(context));
    float frames[PULLED_QUANTUM], *outputs[1] = { frames };
    const wa_render_desc pull = { sizeof pull, NULL, outputs, PULLED_QUANTUM, 0.0 };
    assert_int_equal(wa_context_render(context, &pull), WA_OK);
    for (uint32_t frame = 0; frame < PULLED_QUANTUM; frame++) {
        assert_true(is_equal(frames[frame], 1.0f));
    }
    wa_node_pool_destroy(pool);
    assert_ok(wa_context_destroy(context));
}

/* All pools of a context at once, whatever they hold, so that the context can go. */
static void destroyed_with_their_context(void **state) {
    (void)state;
    wa_context_desc plain = WA_CONTEXT_DESC_INIT;
    plain.kind = WA_CONTEXT_EMBEDDED;
    wa_context *context = NULL;
    wa_node_pool *pools[2] = { NULL };
    wa_voice_pool *voices = NULL;
    wa_node node = { 0 };
    wa_voice voice = { 0 };
    const wa_voice_node oscillator = { WA_NODE_TYPE_OSCILLATOR, NULL };
    wa_voice_pool_desc template = WA_VOICE_POOL_DESC_INIT;
    template.nodes = &oscillator;
    template.node_count = 1;
    assert_ok(wa_context_create(rig.engine, &plain, &context));
    assert_ok(wa_node_pool_create(context, NULL, &pools[0]));
    assert_ok(wa_node_pool_create(context, NULL, &pools[1]));
    assert_ok(wa_voice_pool_create(context, &template, &voices));
    assert_ok(wa_node_pool_acquire(pools[0], &node));
    assert_ok(wa_voice_pool_acquire(voices, &voice));
    assert_error(wa_context_destroy_pools(NULL), WA_ERR_TYPE, "context");
    assert_ok(wa_begin(context));
    assert_error(wa_context_destroy_pools(context), WA_ERR_INVALID_STATE, "transaction");
    assert_ok(wa_commit(context));
    assert_error(wa_context_destroy(context), WA_ERR_BUSY, "3 pools");
    assert_ok(wa_context_destroy_pools(context));
    assert_ok(wa_context_destroy_pools(context));
    assert_ok(wa_context_destroy(context));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(twenty_are_kept),
        TEST(options_are_copied_and_restored),
        TEST(faulty_factories_are_refused),
        TEST(nodes_that_differ_come_back_alike),
        TEST(other_ports_are_refused),
        TEST(bad_arguments_are_refused),
        TEST(live_max_is_a_cap),
        TEST(wrong_releases_are_reported),
        TEST(releasing_disconnects),
        TEST(in_use_until_retired),
        TEST(release_all_is_one_transaction),
        TEST(pre_allocate_and_trim),
        TEST(readied_and_taken_in_one_flush),
        TEST(pre_allocate_while_one_comes_back),
        TEST(inside_a_transaction),
        TEST(destroyed_inside_a_transaction),
        TEST(destroyed_with_their_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
