/* Transactions seen from outside: when edits become audible, together, and which calls are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "boundary/ring.h"
#include "limits.h"
#include "rig.h"

enum { QUANTUM = 128 };
static const rig_desc live = { .is_live = true };

/* -- rules -------------------------------------------------------------------------------------- */

static void test_order_of_calls(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    wa_context *context = r->context;
    assert_refused(wa_begin(NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_commit(NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_rollback(NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_flush(NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_commit(context), WA_ERR_INVALID_STATE, "no transaction");
    assert_refused(wa_rollback(context), WA_ERR_INVALID_STATE, "no transaction");
    assert_ok(wa_begin(context));
    assert_refused(wa_begin(context), WA_ERR_INVALID_STATE, "nest");
    assert_refused(wa_flush(context), WA_ERR_INVALID_STATE, "transaction");
    assert_ok(wa_commit(context)); /* neither of them was an edit */
    assert_refused(wa_commit(context), WA_ERR_INVALID_STATE, "no transaction");
    assert_ok(wa_begin(context));
    assert_ok(wa_rollback(context));
    assert_ok(wa_flush(context));
    rig_destroy(r);
}

/* Made ready and taken before anything was flushed: it leaves and comes back in one batch. */
static void test_readied_and_acquired_in_one_batch(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    wa_node node = { 0 };
    desc.type = WA_NODE_TYPE_GAIN;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_ok(wa_node_pool_pre_allocate(pool, 1, NULL));
    assert_ok(wa_node_pool_acquire(pool, &node));
    rig_connect(r, rig_constant(r, 0.5f), node);
    rig_connect(r, node, r->out);
    assert_ok(wa_flush(r->context));
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    wa_node_pool_destroy(pool);
    rig_destroy(r);
}

/* A context that is closed or destroyed with a transaction open. */
static void test_left_open(void **state) {
    (void)state;
    for (uint32_t is_closed = 0; is_closed < 2; is_closed++) {
        rig *r = rig_create(&live);
        rig_connect(r, rig_constant(r, 0.5f), r->out);
        assert_ok(wa_begin(r->context));
        rig_connect(r, rig_constant(r, 0.25f), r->out);
        assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
        if (is_closed) {
            assert_ok(wa_context_close(r->context));
            assert_refused(wa_commit(r->context), WA_ERR_INVALID_STATE, "no transaction");
        }
        rig_destroy(r);
    }
}

/* The first failure is the commit's status, whatever follows; its message is the failed call's. */
static void test_first_failure_counts(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node gain = rig_gain(r, 1.0f);
    assert_ok(wa_begin(r->context));
    assert_int_equal(wa_param_set_value(r->context, wa_node_param(gain, 3), 0.0f), WA_ERR_INDEX_SIZE);
    assert_int_equal(wa_node_set_channel_count(r->context, gain, 0), WA_ERR_NOT_SUPPORTED);
    assert_ok(wa_node_connect(r->context, gain, r->out));
    assert_int_equal(wa_commit(r->context), WA_ERR_INDEX_SIZE);
    assert_int_equal(wa_node_disconnect_node(r->context, gain, r->out), WA_ERR_INVALID_ACCESS);
    /* Reading is no edit: it poisons nothing. */
    float value = 0.0f;
    assert_ok(wa_begin(r->context));
    assert_int_equal(wa_param_get_value(r->context, wa_node_param(gain, 3), &value), WA_ERR_INDEX_SIZE);
    assert_ok(wa_node_connect(r->context, gain, r->out));
    assert_ok(wa_commit(r->context));
    assert_ok(wa_node_disconnect_node(r->context, gain, r->out));
    rig_destroy(r);
}

/* -- together ----------------------------------------------------------------------------------- */

typedef enum flushing { CALL_BY_CALL, IN_TRANSACTION, GATHERED } flushing;

/* Two connections change places over and over, pulled between any two edits: their sum never changes. */
static void test_never_half(void **state) {
    (void)state;
    for (flushing how = IN_TRANSACTION; how <= GATHERED; how++) {
        rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = how == GATHERED });
        const wa_node one = rig_constant(r, 0.25f), two = rig_constant(r, 0.5f);
        const wa_node gains[2] = { rig_gain(r, 2.0f), rig_gain(r, 1.0f) };
        rig_connect(r, one, gains[0]);
        rig_connect(r, two, gains[1]);
        rig_connect(r, gains[0], r->out);
        assert_ok(wa_flush(r->context));
        assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
        for (uint32_t round = 0; round < 20; round++) {
            const wa_node from = gains[round % 2], to = gains[(round + 1) % 2];
            assert_ok(how == IN_TRANSACTION ? wa_begin(r->context) : WA_OK);
            assert_ok(wa_node_disconnect(r->context, from));
            assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
            (void)wa_context_poll(r->context, NULL, 0);
            assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
            assert_ok(wa_node_connect(r->context, to, r->out));
            assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
            assert_ok(how == IN_TRANSACTION ? wa_commit(r->context) : wa_flush(r->context));
            assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
        }
        rig_destroy(r);
    }
}

/* Without either, each call is heard by itself at the next quantum. */
static void test_call_by_call(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node one = rig_constant(r, 0.25f), two = rig_constant(r, 0.5f);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    rig_connect(r, one, r->out);
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    rig_connect(r, two, r->out);
    assert_all(rig_render(r, QUANTUM), 0.75f, QUANTUM);
    assert_ok(wa_node_disconnect(r->context, one));
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    rig_destroy(r);
}

/* What was gathered before a transaction is no part of it: neither heard before the flush nor undone. */
static void test_gathered_before_rollback(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
    rig_connect(r, rig_constant(r, 0.25f), r->out);
    assert_ok(wa_begin(r->context));
    rig_connect(r, rig_constant(r, 0.5f), r->out);
    assert_ok(wa_rollback(r->context));
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    rig_connect(r, rig_constant(r, 0.125f), r->out);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_ok(wa_flush(r->context));
    assert_all(rig_render(r, QUANTUM), 0.375f, QUANTUM);
    rig_destroy(r);
}

/* While gathering, retired nodes come back and events are polled; nothing gathered slips out. */
static void test_polling_flushes_nothing(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
    const wa_node one = rig_constant(r, 0.25f), short_one = rig_constant(r, 1.0f);
    rig_connect(r, one, r->out);
    rig_connect(r, short_one, r->out);
    assert_ok(wa_source_stop(r->context, short_one, rig_frames_s(r, QUANTUM)));
    rig_release(r, short_one, WA_RELEASE_WHEN_DONE);
    assert_ok(wa_flush(r->context));
    assert_all(rig_render(r, QUANTUM), 1.25f, QUANTUM);
    assert_ok(wa_node_disconnect(r->context, one));
    for (uint32_t round = 0; round < 4; round++) {
        assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
        (void)wa_context_poll(r->context, NULL, 0);
    }
    assert_ok(wa_flush(r->context));
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    (void)wa_context_poll(r->context, NULL, 0); /* it is back; its connection is cut */
    (void)rig_render(r, QUANTUM);
    (void)wa_context_poll(r->context, NULL, 0); /* and that has been heard */
    assert_int_equal(rig_node_count(r), 2);
    rig_destroy(r);
}

/* In one batch: what re-arming forgets is not the start that follows it. */
static void test_rearmed_and_started_together(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node source = rig_constant(r, 1.0f);
    rig_connect(r, source, r->out);
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, QUANTUM)));
    (void)rig_render(r, 2 * QUANTUM);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_source_rearm(r->context, source));
    assert_ok(wa_source_start(r->context, source, rig_frames_s(r, 3 * QUANTUM)));
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 4 * QUANTUM)));
    assert_ok(wa_commit(r->context));
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    rig_destroy(r);
}

/* -- a large batch ------------------------------------------------------------------------------ */

enum { NODE_COUNT = 4000, EDIT_COUNT = 5 * NODE_COUNT };

/* All of these become audible in the same quantum: stops, starts, values, rates, cuts and connections. */
static void swap_all(rig *r, const wa_node *out, wa_node *in) {
    for (uint32_t index = 0; index < NODE_COUNT; index++) {
        assert_ok(wa_source_stop(r->context, out[index], 0.0));
        in[index] = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
        assert_ok(wa_param_set_value(r->context, wa_node_param(in[index], 0), 0.25f));
        rig_connect(r, in[index], r->out);
        assert_ok(wa_source_start(r->context, in[index], 0.0));
    }
}

static void test_large_batch(void **state) {
    (void)state;
    static wa_node first[NODE_COUNT], second[NODE_COUNT];
    rig *r = rig_create(&live);
    assert_ok(wa_begin(r->context));
    for (uint32_t index = 0; index < NODE_COUNT; index++) {
        first[index] = rig_constant(r, 1.0f);
        rig_connect(r, first[index], r->out);
    }
    assert_ok(wa_commit(r->context));
    uint32_t quanta = 0;
    for (float got = 0.0f; got == 0.0f; quanta++) {
        got = rig_render(r, QUANTUM)[0];
        assert_all(rig_render(r, 0) - QUANTUM, got, QUANTUM);
        assert_true(got == 0.0f || got == (float)NODE_COUNT);
        assert_true(quanta < 2 + 4 * NODE_COUNT / WA_STAGE_OPS_PER_QUANTUM);
    }
    assert_true(quanta > NODE_COUNT / WA_STAGE_OPS_PER_QUANTUM); /* or this tests nothing */
    (void)rig_render(r, 100 * QUANTUM);
    assert_ok(wa_begin(r->context));
    swap_all(r, first, second);
    assert_ok(wa_commit(r->context));
    float before = (float)NODE_COUNT;
    for (quanta = 0; quanta < 3 + 3 * EDIT_COUNT / WA_STAGE_OPS_PER_QUANTUM; quanta++) {
        const float *got = rig_render(r, QUANTUM);
        assert_true(got[0] == before || (before == (float)NODE_COUNT && got[0] == before / 4.0f));
        assert_all(got, got[0], QUANTUM);
        before = got[0];
    }
    assert_true(before == (float)NODE_COUNT / 4.0f);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), NODE_COUNT);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_calls),
        cmocka_unit_test(test_readied_and_acquired_in_one_batch),
        cmocka_unit_test(test_left_open),
        cmocka_unit_test(test_first_failure_counts),
        cmocka_unit_test(test_never_half),
        cmocka_unit_test(test_call_by_call),
        cmocka_unit_test(test_gathered_before_rollback),
        cmocka_unit_test(test_polling_flushes_nothing),
        cmocka_unit_test(test_rearmed_and_started_together),
        cmocka_unit_test(test_large_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
