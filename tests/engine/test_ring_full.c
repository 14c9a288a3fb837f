/* The two rings at and beyond what they hold. Control to render: flushes that find no room wait, in order, and
 * no call fails for it. Render to control: whatever ends or retires fits, however long nobody looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "boundary/ring.h"
#include "limits.h"
#include "rig.h"

enum { QUANTUM = 128, FLUSH_COUNT = 5 * BATCH_RING_CAPACITY + 7 };
static const rig_desc live = { .is_live = true };

static void poll_once(rig *r) {
    (void)wa_context_poll(r->context, NULL, 0);
}

/* Pull and poll until all that was asked for has been applied; returns the quanta it took. */
static uint32_t catch_up(rig *r) {
    uint32_t quanta = 0;
    const wa_node mark = rig_gain(r, 1.0f); /* gone when everything before it has been heard of */
    const uint32_t before = rig_node_count(r);
    rig_release(r, mark, WA_RELEASE_NOW);
    while (rig_node_count(r) == before) {
        rig_skip(r, QUANTUM);
        poll_once(r);
        quanta++;
        assert_true(quanta < 5000);
    }
    return quanta;
}

/* -- control to render -------------------------------------------------------------------------- */

/* One value after the other, each its own flush: heard in this order, the last of them for good. */
static void test_values_in_order(void **state) {
    (void)state;
    for (uint32_t polls = 0; polls < 2; polls++) {
        rig *r = rig_create(&live);
        const wa_node gain = rig_gain(r, 0.0f);
        rig_connect(r, rig_constant(r, 1.0f), gain);
        rig_connect(r, gain, r->out);
        for (uint32_t index = 1; index <= FLUSH_COUNT; index++) {
            assert_ok(wa_param_set_value(r->context, wa_node_param(gain, 0), (float)index));
            float value = 0.0f;
            assert_ok(wa_param_get_value(r->context, wa_node_param(gain, 0), &value));
            assert_true(value == (float)index); /* the setter shows at once */
        }
        float before = 0.0f;
        uint32_t quanta = 0;
        for (; before < FLUSH_COUNT && quanta < 1000; quanta++) {
            const float *got = rig_render(r, QUANTUM);
            assert_all(got, got[0], QUANTUM);
            assert_true(got[0] >= before);
            before = got[0];
            if (polls == 0 && quanta == 300) {
                /* Without a control call no more than the ring holds has come over. */
                assert_true(before > 0.0f && before < 2 * BATCH_RING_CAPACITY);
            }
            if (polls == 1 || quanta >= 300) {
                poll_once(r);
            }
        }
        assert_true(before == FLUSH_COUNT);
        assert_true(quanta > FLUSH_COUNT / BATCH_RING_CAPACITY);
        rig_destroy(r);
    }
}

/* The same connection made and cut over and over; the last word counts. */
static void test_connections_in_order(void **state) {
    (void)state;
    for (uint32_t is_cut = 0; is_cut < 2; is_cut++) {
        rig *r = rig_create(&live);
        const wa_node source = rig_constant(r, 0.5f);
        for (uint32_t index = 0; index < FLUSH_COUNT + is_cut; index++) {
            if (index % 2 == 0) {
                rig_connect(r, source, r->out);
            } else {
                assert_ok(wa_node_disconnect_node(r->context, source, r->out));
            }
        }
        (void)catch_up(r);
        assert_all(rig_render(r, QUANTUM), is_cut ? 0.0f : 0.5f, QUANTUM);
        rig_destroy(r);
    }
}

/* Automation appended event by event is all there. */
static void test_automation_in_order(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node gain = rig_gain(r, 0.0f);
    rig_connect(r, rig_constant(r, 1.0f), gain);
    rig_connect(r, gain, r->out);
    const uint32_t first = 200 * QUANTUM;
    for (uint32_t index = 0; index < FLUSH_COUNT; index++) {
        assert_ok(wa_param_set_value_at_time(r->context, wa_node_param(gain, 0), (float)(index + 1),
                                             rig_frames_s(r, first + 3 * index)));
    }
    (void)catch_up(r);
    const uint64_t from = wa_context_current_frame(r->context);
    assert_true(from <= first);
    const float *got = rig_render(r, first - (uint32_t)from + 3 * FLUSH_COUNT) + (first - from);
    for (uint32_t index = 0; index < FLUSH_COUNT; index++) {
        assert_all(got + 3 * index, (float)(index + 1), 3);
    }
    rig_destroy(r);
}

/* start() never fails for want of room; what was to start in the meantime starts as soon as it can. */
static void test_starts(void **state) {
    (void)state;
    static wa_node sources[FLUSH_COUNT];
    rig *r = rig_create(&live);
    for (uint32_t index = 0; index < FLUSH_COUNT; index++) {
        sources[index] = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
        rig_connect(r, sources[index], r->out);
        assert_ok(wa_source_start(r->context, sources[index], 0.0));
    }
    (void)catch_up(r);
    assert_all(rig_render(r, QUANTUM), (float)FLUSH_COUNT, QUANTUM);
    for (uint32_t index = 0; index < FLUSH_COUNT; index++) {
        assert_ok(wa_source_stop(r->context, sources[index], 0.0));
        assert_refused(wa_source_start(r->context, sources[index], 0.0), WA_ERR_INVALID_STATE,
                       "started before");
    }
    (void)catch_up(r);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), FLUSH_COUNT);
    rig_destroy(r);
}

/* Made, connected, released, all while nothing is taken in: the second time takes no more memory. */
static void test_whole_lives(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    uint64_t used_bytes = 0;
    for (uint32_t round = 0; round < 4; round++) {
        for (uint32_t index = 0; index < 1000; index++) {
            const wa_node source = rig_constant(r, 1.0f), gain = rig_gain(r, 1.0f);
            rig_connect(r, source, gain);
            rig_connect(r, gain, r->out);
            assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(gain, 0), 0.5f,
                                                            1000.0));
            assert_ok(wa_source_stop(r->context, source, 0.0));
            rig_release(r, source, (wa_release_mode)(1 + index % 4));
            rig_release(r, gain, (wa_release_mode)(1 + index / 4 % 4));
        }
        (void)catch_up(r);
        for (uint32_t turn = 0; turn < 20; turn++) { /* fades, then cuts, then what hung on these */
            rig_skip(r, QUANTUM);
            poll_once(r);
        }
        assert_int_equal(rig_node_count(r), 1);
        if (round == 1) {
            used_bytes = rig_used_bytes(r);
        }
    }
    assert_int_equal(rig_used_bytes(r), used_bytes);
    rig_destroy(r);
}

/* Transactions and gathered edits wait like any other flush; what is rolled back never comes. */
static void test_transactions(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node gain = rig_gain(r, 0.0f);
    rig_connect(r, rig_constant(r, 1.0f), gain);
    rig_connect(r, gain, r->out);
    for (uint32_t index = 1; index <= FLUSH_COUNT; index++) {
        assert_ok(wa_begin(r->context));
        assert_ok(wa_param_set_value(r->context, wa_node_param(gain, 0), -1.0f));
        rig_connect(r, rig_gain(r, 1.0f), gain);
        assert_ok(wa_rollback(r->context));
        assert_ok(wa_begin(r->context));
        assert_ok(wa_param_set_value(r->context, wa_node_param(gain, 0), 0.5f));
        assert_ok(wa_param_set_value(r->context, wa_node_param(gain, 0), (float)index));
        assert_ok(wa_commit(r->context));
    }
    float before = 0.0f;
    for (uint32_t quanta = 0; quanta < 1000; quanta++) {
        const float got = rig_render(r, QUANTUM)[0];
        assert_true(got >= before && got != 0.5f);
        before = got;
        poll_once(r);
    }
    assert_true(before == FLUSH_COUNT);
    assert_int_equal(rig_node_count(r), 3);
    rig_destroy(r);
}

/* However many calls a flush gathers, and though some of them are several edits each, it is one batch: all of
 * it is heard from the same quantum on. */
static void test_one_flush_is_one_batch(void **state) {
    (void)state;
    enum { SOURCE_COUNT = 2000 };
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
    const wa_buffer ones = rig_buffer(r, 1, 100000);
    float *plane = wa_buffer_plane(r->engine, ones, 0);
    for (uint32_t frame = 0; frame < 100000; frame++) {
        plane[frame] = 1.0f;
    }
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = ones;
    for (uint32_t index = 0; index < SOURCE_COUNT; index++) {
        const wa_node source = rig_node(r, WA_NODE_TYPE_BUFFER_SOURCE, &options);
        rig_connect(r, source, r->out);
        assert_ok(wa_buffer_source_start(r->context, source, 0.0, 0.0, 100.0));
    }
    assert_ok(wa_flush(r->context));
    float heard = 0.0f;
    uint32_t quanta = 0;
    for (; heard == 0.0f && quanta < 500; quanta++) {
        heard = rig_render(r, QUANTUM)[0];
    }
    assert_true(heard == SOURCE_COUNT);
    assert_true(quanta > 2 * SOURCE_COUNT / WA_STAGE_OPS_PER_QUANTUM); /* or this tests nothing */
    assert_ok(wa_buffer_release(r->engine, ones));
    rig_destroy(r);
}

typedef enum ending { SUSPENDED, CLOSED, DESTROYED, ENDING_COUNT } ending;

/* Whatever waits, or is half taken in, when the context stops: done by control, or freed with it. */
static void check_ending(ending how, uint32_t pulled_quanta, bool is_one_batch) {
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = is_one_batch });
    for (uint32_t index = 0; index < FLUSH_COUNT; index++) {
        rig_connect(r, rig_constant(r, 1.0f), r->out);
    }
    assert_ok(wa_flush(r->context));
    rig_skip(r, pulled_quanta * QUANTUM);
    if (how == SUSPENDED) {
        assert_ok(wa_context_suspend(r->context));
        (void)rig_render(r, QUANTUM);
        poll_once(r);
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
        poll_once(r);
        assert_ok(wa_context_resume(r->context));
        assert_all(rig_render(r, QUANTUM), (float)FLUSH_COUNT, QUANTUM);
    } else if (how == CLOSED) {
        assert_ok(wa_context_close(r->context));
        assert_int_equal(rig_node_count(r), FLUSH_COUNT + 1);
    }
    rig_destroy(r); /* its engine checks that nothing is left */
}

static void test_endings(void **state) {
    (void)state;
    static const uint32_t pulled_quanta[] = { 0, 1, 2, 5, 40 };
    for (ending how = SUSPENDED; how < ENDING_COUNT; how++) {
        for (uint32_t index = 0; index < 5; index++) {
            check_ending(how, pulled_quanta[index], false);
            check_ending(how, pulled_quanta[index], true);
        }
    }
}

/* -- render to control -------------------------------------------------------------------------- */

enum { NODE_COUNT = 6000 };

static void make_many(rig *r, wa_node *nodes, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        nodes[index] = rig_constant(r, 1.0f);
        rig_connect(r, nodes[index], r->out);
        assert_ok(wa_source_stop(r->context, nodes[index], rig_frames_s(r, 100 * QUANTUM)));
    }
}

/* Half of them ended and retired, half of them ended, in one life after the other, and nobody looked. */
static void test_nobody_looks(void **state) {
    (void)state;
    wa_node *nodes = calloc(NODE_COUNT, sizeof *nodes);
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
    make_many(r, nodes, NODE_COUNT);
    for (uint32_t index = 0; index < NODE_COUNT; index += 2) {
        rig_release(r, nodes[index], WA_RELEASE_AFTER_TAIL);
    }
    assert_ok(wa_flush(r->context));
    rig_skip(r, 250 * QUANTUM);
    assert_int_equal(rig_node_count(r), NODE_COUNT + 1); /* so far it only lies there */
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), NODE_COUNT / 2);
    rig_skip(r, 100 * QUANTUM); /* their connections are cut in the next batch */
    poll_once(r);
    assert_int_equal(rig_node_count(r), NODE_COUNT / 2 + 1);
    assert_int_equal(rig_awake_count(r), 1);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t index = 1; index < NODE_COUNT; index += 2) {
            assert_ok(wa_source_rearm(r->context, nodes[index]));
            assert_ok(wa_source_start(r->context, nodes[index], 0.0));
            assert_ok(wa_source_stop(r->context, nodes[index], 0.0));
        }
        assert_ok(wa_flush(r->context));
        rig_skip(r, 150 * QUANTUM);
        assert_int_equal(rig_poll(r, WA_EVENT_ENDED), NODE_COUNT / 2);
    }
    rig_destroy(r);
    free(nodes);
}

/* All of it undrained when the context goes; and drained in the middle by any control call. */
static void test_left_undrained(void **state) {
    (void)state;
    wa_node *nodes = calloc(NODE_COUNT, sizeof *nodes);
    for (uint32_t is_drained = 0; is_drained < 2; is_drained++) {
        rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
        make_many(r, nodes, NODE_COUNT);
        for (uint32_t index = 0; index < NODE_COUNT; index++) {
            rig_release(r, nodes[index], index % 2 == 0 ? WA_RELEASE_WHEN_DONE : WA_RELEASE_AFTER_TAIL);
        }
        assert_ok(wa_flush(r->context));
        rig_skip(r, 250 * QUANTUM);
        if (is_drained) {
            assert_ok(wa_flush(r->context));
            for (uint32_t round = 0; round < 3; round++) { /* ended, let go of, cut */
                rig_skip(r, 100 * QUANTUM);
                assert_ok(wa_flush(r->context));
            }
            assert_int_equal(rig_node_count(r), 1);
        }
        rig_destroy(r);
    }
    free(nodes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_in_order),
        cmocka_unit_test(test_connections_in_order),
        cmocka_unit_test(test_automation_in_order),
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_whole_lives),
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_one_flush_is_one_batch),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_nobody_looks),
        cmocka_unit_test(test_left_undrained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
