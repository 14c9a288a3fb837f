/* The soft limit, the seal and transactions at the end of the budget, with contexts that play. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"

enum { BUDGET_BYTES = 100000000, QUANTUM = 128 };

/* -- the soft limit ----------------------------------------------------------------------------- */

typedef struct alarm {
    wa_engine *engine;
    uint32_t count;
    uint64_t used_bytes, limit_bytes;
    bool is_inside;       /* a call of the test is under way */
    wa_buffer to_release; /* {0}: none */
    uint64_t trimmed_bytes;
} alarm;

static void ring(void *user, uint64_t used_bytes, uint64_t soft_limit_bytes) {
    alarm *of = user;
    assert_true(of->is_inside); /* on the control thread, inside the call that crossed it */
    of->count++;
    of->used_bytes = used_bytes;
    of->limit_bytes = soft_limit_bytes;
    if (of->to_release.id != 0) {
        assert_ok(wa_buffer_release(of->engine, of->to_release));
        of->to_release = (wa_buffer){ 0 };
        of->trimmed_bytes = wa_engine_trim(of->engine, 0);
    }
}

static wa_engine *engine_with(alarm *of, uint64_t soft_limit_bytes) {
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.soft_limit_bytes = soft_limit_bytes;
    desc.on_soft_limit = ring;
    desc.soft_limit_user = of;
    assert_ok(wa_engine_create(&desc, &of->engine));
    of->is_inside = true; /* contexts are made in between */
    return of->engine;
}

static wa_buffer take_buffer(const alarm *of, uint64_t frame_count) {
    wa_buffer made = { 0 };
    assert_ok(wa_buffer_create(of->engine, 1, frame_count, 48000.0f, &made));
    return made;
}

static uint64_t used_bytes(const alarm *of) {
    wa_memory_stats stats;
    wa_engine_memory_stats(of->engine, &stats);
    return stats.used_bytes;
}

/* Whatever crosses it: a buffer, nodes, automation. Once, until use has been below again. */
static void test_once_per_crossing(void **state) {
    (void)state;
    const uint64_t limit_bytes = 4000000;
    alarm of = { 0 };
    wa_engine *engine = engine_with(&of, limit_bytes);
    rig *r = rig_create(&(rig_desc){ .engine = engine });
    assert_int_equal(of.count, 0);
    for (uint32_t round = 1; round <= 3; round++) {
        const wa_buffer large = take_buffer(&of, 500000); /* 2 MB */
        assert_true(used_bytes(&of) < limit_bytes);
        const wa_buffer more = take_buffer(&of, 300000);
        assert_int_equal(of.count, round);
        assert_true(of.used_bytes > limit_bytes && of.used_bytes == used_bytes(&of));
        assert_int_equal(of.limit_bytes, limit_bytes);
        const wa_buffer again = take_buffer(&of, 300000); /* further above it: nothing new */
        (void)rig_gain(r, 1.0f);
        assert_int_equal(of.count, round);
        assert_ok(wa_buffer_release(engine, again));
        assert_ok(wa_buffer_release(engine, more));
        assert_ok(wa_buffer_release(engine, large));
        (void)wa_engine_trim(engine, 0);
        assert_true(used_bytes(&of) <= limit_bytes);
    }
    rig_destroy(r);
    assert_ok(wa_engine_destroy(engine));
}

static void test_crossed_by_nodes(void **state) {
    (void)state;
    alarm of = { 0 };
    wa_engine *engine = engine_with(&of, 2000000);
    rig *r = rig_create(&(rig_desc){ .engine = engine });
    uint32_t made = 0;
    for (; of.count == 0 && made < 100000; made++) {
        (void)rig_gain(r, 1.0f);
    }
    assert_true(made > 100 && made < 100000);
    for (uint32_t more = 0; more < 2000; more++) {
        (void)rig_gain(r, 1.0f);
    }
    assert_int_equal(of.count, 1);
    assert_true(used_bytes(&of) > 2000000);
    rig_destroy(r);
    assert_true(used_bytes(&of) <= 2000000); /* armed again */
    r = rig_create(&(rig_desc){ .engine = engine });
    for (uint32_t more = 0; more < made + 1000; more++) {
        (void)rig_gain(r, 1.0f);
    }
    assert_int_equal(of.count, 2);
    rig_destroy(r);
    assert_ok(wa_engine_destroy(engine));
}

/* The callback gives memory back from inside: the call goes on, and the alarm is armed again. */
static void test_callback_frees(void **state) {
    (void)state;
    alarm of = { 0 };
    wa_engine *engine = engine_with(&of, 5000000);
    for (uint32_t round = 1; round <= 3; round++) {
        of.to_release = take_buffer(&of, 700000);
        const uint64_t before_bytes = used_bytes(&of);
        const wa_buffer crossing = take_buffer(&of, 800000);
        assert_int_equal(of.count, round);
        assert_true(of.trimmed_bytes >= 700000 * 4);
        assert_true(used_bytes(&of) < before_bytes + 800000 * 4);
        wa_buffer_info info;
        assert_ok(wa_buffer_get_info(engine, crossing, &info));
        assert_ok(wa_buffer_release(engine, crossing));
        (void)wa_engine_trim(engine, 0);
    }
    assert_ok(wa_engine_destroy(engine));
}

/* What is refused does not cross it; without a callback or a limit nothing happens. */
static void test_not_crossed(void **state) {
    (void)state;
    alarm of = { 0 };
    wa_engine *engine = engine_with(&of, 3000000);
    assert_ok(wa_engine_set_budget(engine, 3500000));
    wa_buffer refused = { 0 };
    assert_refused(wa_buffer_create(engine, 1, 1000000, 48000.0f, &refused), WA_ERR_BUDGET, "buffer");
    assert_int_equal(of.count, 0);
    assert_ok(wa_engine_destroy(engine));
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.on_soft_limit = ring; /* and no limit */
    desc.soft_limit_user = &of;
    assert_ok(wa_engine_create(&desc, &of.engine));
    (void)take_buffer(&of, 1000000);
    assert_int_equal(of.count, 0);
    assert_ok(wa_engine_destroy(of.engine));
}

/* -- sealed ------------------------------------------------------------------------------------- */

/* What a performance does, one note: all of it from pools. */
static void play_note(rig *r, wa_node_pool *gains, wa_voice_pool *voices, wa_buffer_pool *buffers,
                      uint32_t note) {
    wa_context *context = r->context;
    const double now_s = wa_context_current_time_s(context);
    wa_node gain = { 0 };
    wa_voice voice = { 0 };
    wa_buffer buffer = { 0 };
    assert_ok(wa_node_pool_acquire(gains, &gain));
    assert_ok(wa_voice_pool_acquire(voices, &voice));
    assert_ok(wa_buffer_pool_acquire(buffers, 1, 500, 48000.0f, &buffer));
    const wa_node source = wa_voice_node_at(voices, voice, 0),
                  level = wa_voice_node_at(voices, voice, 1);
    assert_ok(wa_buffer_source_set_buffer(context, source, buffer));
    assert_ok(wa_node_connect(context, level, gain));
    assert_ok(wa_node_connect(context, gain, r->out));
    assert_ok(wa_param_set_value_at_time(context, wa_node_param(level, 0), 0.0f, now_s));
    assert_ok(
        wa_param_linear_ramp_to_value_at_time(context, wa_node_param(level, 0), 1.0f, now_s + 0.01));
    assert_ok(wa_source_start(context, source, now_s));
    assert_ok(wa_voice_pool_release_when_done(voices, voice));
    assert_ok(wa_buffer_pool_release(buffers, buffer));
    const wa_release_options fade = { note % 2 == 0 ? WA_RELEASE_FADE : WA_RELEASE_AFTER_TAIL, 0.01 };
    assert_ok(wa_node_pool_release(gains, gain, &fade));
    rig_skip(r, 3 * QUANTUM);
    (void)wa_context_poll(context, NULL, 0);
}

static void test_sealed_performance(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_live = true });
    static const wa_voice_node members[] = { { WA_NODE_TYPE_BUFFER_SOURCE, NULL },
                                             { WA_NODE_TYPE_GAIN, NULL } };
    static const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc voice_desc = WA_VOICE_POOL_DESC_INIT;
    voice_desc.nodes = members;
    voice_desc.node_count = 2;
    voice_desc.edges = edges;
    voice_desc.edge_count = 1;
    wa_node_pool_desc gain_desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *gains = NULL;
    wa_voice_pool *voices = NULL;
    wa_buffer_pool *buffers = NULL;
    assert_ok(wa_node_pool_create(r->context, &gain_desc, &gains));
    assert_ok(wa_voice_pool_create(r->context, &voice_desc, &voices));
    assert_ok(wa_buffer_pool_create(r->engine, NULL, &buffers));
    for (uint32_t note = 0; note < 50; note++) {
        play_note(r, gains, voices, buffers, note);
    }
    wa_engine_seal(r->engine, true);
    wa_memory_stats before, after;
    wa_engine_memory_stats(r->engine, &before);
    assert_true(before.is_sealed);
    for (uint32_t note = 0; note < 500; note++) {
        play_note(r, gains, voices, buffers, note);
    }
    wa_engine_memory_stats(r->engine, &after);
    assert_int_equal(after.allocation_count, before.allocation_count);
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.refused_count, before.refused_count);
    wa_buffer buffer = { 0 };
    wa_node node = { 0 };
    assert_refused(wa_buffer_pool_acquire(buffers, 2, 500, 48000.0f, &buffer), WA_ERR_SEALED, "sealed");
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_CHANNEL_MERGER, NULL, &node), WA_ERR_SEALED,
                   "ChannelMerger: needs");
    wa_engine_memory_stats(r->engine, &after);
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.refused_count, before.refused_count + 2);
    wa_engine_seal(r->engine, false);
    assert_ok(wa_node_create(r->context, WA_NODE_TYPE_CHANNEL_MERGER, NULL, &node));
    wa_node_pool_destroy(gains);
    wa_voice_pool_destroy(voices);
    wa_buffer_pool_destroy(buffers);
    rig_destroy(r);
}

/* -- transactions ------------------------------------------------------------------------------- */

/* What runs out in the middle of a transaction is undone whole; raised, it is heard whole. */
static void test_transactions(void **state) {
    (void)state;
    for (uint32_t room_bytes = 0; room_bytes <= 300000; room_bytes += 50000) {
        rig *r = rig_create(NULL);
        rig_connect(r, rig_constant(r, 0.25f), r->out);
        assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
        for (uint32_t is_raised = 0; is_raised < 2; is_raised++) {
            assert_ok(wa_engine_set_budget(r->engine,
                                           is_raised ? BUDGET_BYTES : rig_used_bytes(r) + room_bytes));
            const uint32_t node_count = rig_node_count(r);
            assert_ok(wa_begin(r->context));
            wa_status status = WA_OK;
            uint32_t count = 0;
            for (; count < 2000 && status == WA_OK; count++) {
                wa_node made = { 0 };
                status = wa_node_create(r->context, WA_NODE_TYPE_CONSTANT_SOURCE, NULL, &made);
                status = status == WA_OK ? wa_node_connect(r->context, made, r->out) : status;
                status = status == WA_OK ? wa_source_start(r->context, made, 0.0) : status;
            }
            assert_int_equal(status, is_raised ? WA_OK : WA_ERR_BUDGET);
            assert_int_equal(wa_commit(r->context), status);
            assert_all(rig_render(r, QUANTUM), is_raised ? 2000.25f : 0.25f, QUANTUM);
            assert_int_equal(rig_node_count(r), node_count + (is_raised ? 2000 : 0));
        }
        rig_destroy(r);
    }
}

/* A rollback needs no memory, nor does a commit: what they may need was taken by the edits. */
static void test_ending_without_memory(void **state) {
    (void)state;
    for (uint32_t is_undone = 0; is_undone < 2; is_undone++) {
        rig *r = rig_create(&(rig_desc){ .is_live = true });
        wa_node sources[100];
        assert_ok(wa_begin(r->context));
        for (uint32_t index = 0; index < 100; index++) {
            sources[index] = rig_constant(r, 1.0f);
            rig_connect(r, sources[index], r->out);
        }
        assert_ok(wa_commit(r->context));
        rig_skip(r, 10 * QUANTUM);
        assert_ok(wa_begin(r->context));
        for (uint32_t index = 0; index < 100; index++) {
            assert_ok(wa_param_set_value(r->context, wa_node_param(sources[index], 0), 2.0f));
            if (index % 2 == 0) {
                rig_release(r, sources[index], WA_RELEASE_NOW);
            }
        }
        assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r)));
        wa_engine_seal(r->engine, true);
        assert_ok(is_undone ? wa_rollback(r->context) : wa_commit(r->context));
        rig_skip(r, 10 * QUANTUM);
        assert_all(rig_render(r, QUANTUM), 100.0f, QUANTUM); /* 50 of 2, or 100 of 1 */
        wa_engine_seal(r->engine, false);
        assert_ok(wa_engine_set_budget(r->engine, BUDGET_BYTES));
        rig_destroy(r);
    }
}

/* -- offline ------------------------------------------------------------------------------------ */

static bool swallow(void *user, const float *const *planes, uint32_t channel_count,
                    uint32_t frame_count) {
    (void)planes;
    (void)channel_count;
    *(uint64_t *)user += frame_count;
    return true;
}

/* Offline contexts take planes as they sound. When there are none left the render ends, with what has been
 * heard so far, and everything can be given back. */
static void test_planes_run_out(void **state) {
    (void)state;
    rig *r = rig_create(
        &(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .channel_count = 2, .length_frames = 100000 });
    for (uint32_t index = 0; index < 3000; index++) {
        const wa_node source = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL), one = rig_gain(r, 1.0f),
                      two = rig_gain(r, 1.0f);
        rig_connect(r, source, one); /* two readers: its planes live to the quantum's end */
        rig_connect(r, source, two);
        rig_connect(r, one, r->out);
        rig_connect(r, two, r->out);
        assert_ok(wa_source_start(r->context, source, index < 10 ? 0.0 : 1.0));
    }
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r) + 100000));
    uint64_t heard_frames = 0;
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.on_block = swallow;
    desc.user = &heard_frames;
    assert_refused(wa_offline_render(r->context, &desc), WA_ERR_BUDGET, "blocks of one quantum");
    assert_in_range(heard_frames, 48000 - 4096, 48128);
    assert_refused(wa_offline_render(r->context, &desc), WA_ERR_INVALID_STATE, "already");
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_per_crossing),     cmocka_unit_test(test_crossed_by_nodes),
        cmocka_unit_test(test_callback_frees),        cmocka_unit_test(test_not_crossed),
        cmocka_unit_test(test_sealed_performance),    cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_ending_without_memory), cmocka_unit_test(test_planes_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
