/* User data and state of processors: handed over at a quantum, given back exactly once, as new after a pool.
 * Each piece of user data counts what happens to it; nothing is ever freed, so that a second finish or a call
 * after it is seen and not a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <stdlib.h>
#include <string.h>

typedef struct piece {
    uint32_t call_count, reset_count, finish_count;
    float value;
    bool is_always_on; /* what process answers */
} piece;

static bool play(void *user, const wa_process_args *args) {
    piece *of = user;
    uint64_t *calls = args->state;
    ++*calls;
    for (uint32_t i = 0; of != NULL && i < args->frame_count; i++) {
        args->outputs[0].planes[0][i] = of->value + (float)*calls;
    }
    if (of != NULL) {
        assert_int_equal(of->finish_count, 0);
        of->call_count++;
    }
    return of == NULL || of->is_always_on;
}

static void reset(void *user, void *state, double sample_rate_hz) {
    piece *of = user;
    (void)sample_rate_hz;
    *(uint64_t *)state = 0;
    if (of != NULL) {
        assert_int_equal(of->finish_count, 0);
        of->reset_count++;
    }
}

static void finish(void *user) {
    ((piece *)user)->finish_count++;
}

static piece piece_of(float value) {
    return (piece){ .value = value, .is_always_on = true };
}

static wa_processor define(rig *r) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor made = { 0 };
    desc.name = "Piece";
    desc.process = play;
    desc.reset = reset;
    desc.finish = finish;
    desc.state_bytes = sizeof(uint64_t);
    assert_ok(wa_processor_define(r->engine, &desc, &made));
    return made;
}

static wa_processor_options options_of(wa_processor processor, piece *user) {
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = processor;
    options.user = user;
    return options;
}

static wa_node node_of(rig *r, wa_processor processor, piece *user) {
    const wa_processor_options options = options_of(processor, user);
    return rig_node(r, WA_NODE_TYPE_PROCESSOR, &options);
}

static void assert_user(rig *r, wa_node node, const piece *wanted) {
    void *user = NULL;
    assert_ok(wa_processor_get_user(r->context, node, &user));
    assert_ptr_equal(user, wanted);
}

static void settle(rig *r) {
    for (uint32_t i = 0; i < 3; i++) {
        rig_render(r, 128);
        (void)rig_poll(r, WA_EVENT_ENDED);
    }
}

/* -- handing over -------------------------------------------------------------------------------- */

static void at_a_quantum(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    piece a = piece_of(100.0f), b = piece_of(200.0f);
    const wa_node node = node_of(r, define(r), &a);
    rig_connect(r, node, r->out);
    assert_user(r, node, &a);
    assert_all(rig_render(r, 128), 101.0f, 128);
    assert_ok(wa_processor_set_user(r->context, node, &b));
    assert_user(r, node, &b);
    assert_int_equal(a.finish_count, 0);         /* render may still look at it */
    assert_all(rig_render(r, 128), 202.0f, 128); /* the state is the node's and goes on */
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(a.finish_count, 1);
    assert_int_equal(b.finish_count, 0);
    assert_int_equal(b.reset_count, 0);
    assert_ok(wa_processor_set_user(r->context, node, &b)); /* no change */
    rig_render(r, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(b.finish_count, 0);
    assert_ok(wa_processor_set_user(r->context, node, NULL));
    rig_render(r, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(b.finish_count, 1);
    rig_destroy(r);
    assert_int_equal(a.finish_count, 1);
    assert_int_equal(b.finish_count, 1);
    assert_int_equal(a.call_count, 1);
    assert_int_equal(b.call_count, 2);
}

/* Several before the next quantum: those between are never called with, and finished all the same. */
static void several_at_once(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    piece pieces[5];
    for (uint32_t i = 0; i < 5; i++) {
        pieces[i] = piece_of((float)(100 * i));
    }
    const wa_node node = node_of(r, define(r), &pieces[0]);
    rig_connect(r, node, r->out);
    for (uint32_t i = 1; i < 5; i++) {
        assert_ok(wa_processor_set_user(r->context, node, &pieces[i]));
    }
    assert_all(rig_render(r, 128), 401.0f, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(pieces[i].finish_count, i < 4);
        assert_int_equal(pieces[i].call_count, i == 4);
    }
    rig_destroy(r);
    assert_int_equal(pieces[4].finish_count, 1);
}

/* While the context does not run, control does the bookkeeping: the old piece comes back within the call. */
static void while_suspended(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 256 });
    piece a = piece_of(1.0f), b = piece_of(2.0f);
    const wa_node node = node_of(r, define(r), &a);
    rig_connect(r, node, r->out);
    assert_ok(wa_processor_set_user(r->context, node, &b));
    assert_int_equal(a.finish_count, 1);
    rig_render_offline(r, NULL, NULL);
    assert_all(r->planes[0], 3.0f, 128);
    rig_destroy(r);
    assert_int_equal(b.finish_count, 1);
    assert_int_equal(a.call_count, 0);
}

static void gathered(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_gathering = true });
    piece a = piece_of(100.0f), b = piece_of(200.0f);
    const wa_node node = node_of(r, define(r), &a);
    rig_connect(r, node, r->out);
    assert_ok(wa_flush(r->context));
    assert_all(rig_render(r, 128), 101.0f, 128);
    assert_ok(wa_processor_set_user(r->context, node, &b));
    assert_all(rig_render(r, 128), 102.0f, 128);
    assert_int_equal(a.finish_count, 0);
    assert_ok(wa_flush(r->context));
    assert_all(rig_render(r, 128), 203.0f, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(a.finish_count, 1);
    rig_destroy(r);
}

/* -- given back ---------------------------------------------------------------------------------- */

static void with_the_node(void **state) {
    (void)state;
    const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_FADE };
    for (uint32_t row = 0; row < 2; row++) {
        rig *r = rig_create(NULL);
        piece a = piece_of(1.0f);
        const wa_node node = node_of(r, define(r), &a);
        rig_connect(r, node, r->out);
        rig_render(r, 128);
        rig_release(r, node, modes[row]);
        assert_int_equal(a.finish_count, 0);
        rig_render(r, 2048);
        settle(r);
        assert_int_equal(a.finish_count, 1);
        assert_true(a.call_count >= 1);
        rig_destroy(r);
        assert_int_equal(a.finish_count, 1);
    }
}

static void with_the_context(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    piece a = piece_of(1.0f), b = piece_of(2.0f), c = piece_of(3.0f);
    const wa_processor processor = define(r);
    const wa_node node = node_of(r, processor, &a);
    rig_render(r, 128);
    assert_ok(wa_processor_set_user(r->context, node, &b)); /* on its way when all ends */
    (void)node_of(r, processor, &c);
    assert_ok(wa_processor_release(r->engine, processor));
    rig_destroy(r);
    assert_int_equal(a.finish_count, 1);
    assert_int_equal(b.finish_count, 1);
    assert_int_equal(c.finish_count, 1);
}

/* A call that fails has not taken it. */
static void not_with_a_failure(void **state) {
    (void)state;
    piece a = piece_of(1.0f), b = piece_of(2.0f);
    rig *r = rig_create(NULL);
    const wa_processor processor = define(r);
    const wa_node node = node_of(r, processor, &a);
    wa_processor_options options = options_of(processor, &b);
    wa_node none;
    options.param_value_count = 1;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_PROCESSOR, &options, &none),
                   WA_ERR_INDEX_SIZE, NULL);
    options.param_value_count = 0;
    wa_engine_seal(r->engine, true);
    wa_status status = WA_OK;
    uint32_t made_count = 0;
    piece many[200];
    for (; made_count < 200 && status == WA_OK; made_count += status == WA_OK) {
        many[made_count] = piece_of(3.0f);
        options.user = &many[made_count];
        status = wa_node_create(r->context, WA_NODE_TYPE_PROCESSOR, &options, &none);
    }
    assert_int_equal(status, WA_ERR_SEALED);
    assert_int_equal(many[made_count].finish_count, 0);
    for (status = WA_OK; status == WA_OK;) { /* until the configs are used up */
        static piece others[100000];
        static uint32_t other_count;
        status = wa_processor_set_user(r->context, node, &others[other_count++]);
        if (status != WA_OK) {
            assert_int_equal(status, WA_ERR_SEALED);
            assert_user(r, node, &others[other_count - 2]);
            assert_int_equal(others[other_count - 1].finish_count, 0);
        }
    }
    wa_engine_seal(r->engine, false);
    rig_destroy(r);
    assert_int_equal(b.finish_count, 0);
    assert_int_equal(a.finish_count, 1);
    for (uint32_t i = 0; i < made_count; i++) {
        assert_int_equal(many[i].finish_count, 1);
    }
    assert_int_equal(many[made_count].finish_count, 0);
}

/* -- transactions -------------------------------------------------------------------------------- */

static void undone(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    piece a = piece_of(100.0f), b = piece_of(200.0f), c = piece_of(300.0f), d = piece_of(400.0f);
    const wa_processor processor = define(r);
    const wa_node node = node_of(r, processor, &a);
    rig_connect(r, node, r->out);
    assert_all(rig_render(r, 128), 101.0f, 128);

    assert_ok(wa_begin(r->context));
    assert_ok(wa_processor_set_user(r->context, node, &b));
    assert_ok(wa_processor_set_user(r->context, node, &c));
    const wa_node made = node_of(r, processor, &d);
    assert_user(r, node, &c);
    assert_int_equal(b.finish_count, 0);
    assert_ok(wa_rollback(r->context));
    assert_user(r, node, &a);
    assert_refused(wa_processor_set_user(r->context, made, &d), WA_ERR_STALE_HANDLE, "node");
    assert_int_equal(a.finish_count, 0);
    assert_int_equal(b.finish_count, 1);
    assert_int_equal(c.finish_count, 1);
    assert_int_equal(d.finish_count, 1);
    assert_all(rig_render(r, 128), 102.0f, 128);
    assert_int_equal(b.call_count + c.call_count + d.call_count, 0);

    b.finish_count = c.finish_count = 0;
    assert_ok(wa_begin(r->context));
    assert_ok(wa_processor_set_user(r->context, node, &b));
    assert_ok(wa_processor_set_user(r->context, node, &c));
    assert_ok(wa_commit(r->context));
    assert_all(rig_render(r, 128), 303.0f, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(a.finish_count, 1);
    assert_int_equal(b.finish_count, 1);
    assert_int_equal(c.finish_count, 0);
    rig_destroy(r);
    assert_int_equal(c.finish_count, 1);
}

/* -- pools --------------------------------------------------------------------------------------- */

typedef struct factory {
    rig *r;
    wa_processor processor;
    piece pieces[8];
    uint32_t made_count;
} factory;

static wa_status make(void *user, wa_context *context, wa_node *node) {
    factory *of = user;
    piece *own = &of->pieces[of->made_count++];
    *own = piece_of(100.0f);
    const wa_processor_options options = options_of(of->processor, own);
    return wa_node_create(context, WA_NODE_TYPE_PROCESSOR, &options, node);
}

/* Each node keeps user data of its own; state and user data are reset for every life. */
static void pooled_by_a_factory(void **state) {
    (void)state;
    static factory of;
    of = (factory){ .r = rig_create(NULL) };
    rig *r = of.r;
    of.processor = define(r);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    desc.factory = make;
    desc.user = &of;
    desc.max_size = 2;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    for (uint32_t life = 0; life < 4; life++) {
        wa_node nodes[3];
        for (uint32_t i = 0; i < 3; i++) {
            assert_ok(wa_node_pool_acquire(pool, &nodes[i]));
            rig_connect(r, nodes[i], r->out);
        }
        assert_all(rig_render(r, 128), 303.0f, 128);
        assert_all(rig_render(r, 128), 306.0f, 128);
        for (uint32_t i = 0; i < 3; i++) {
            void *user = NULL;
            assert_ok(wa_processor_get_user(r->context, nodes[i], &user));
            const piece *own = user;
            assert_int_equal(own->finish_count, 0);
            assert_int_equal(own->call_count, 2 * own->reset_count);
            assert_ok(wa_node_pool_release(pool, nodes[i], NULL));
        }
        settle(r);
    }
    /* Two of three were kept each time; the third went, and its piece with it. */
    assert_int_equal(of.made_count, 6);
    uint32_t finish_sum = 0;
    for (uint32_t i = 0; i < 6; i++) {
        finish_sum += of.pieces[i].finish_count;
        assert_true(of.pieces[i].finish_count <= 1);
    }
    assert_int_equal(finish_sum, 4);
    wa_node_pool_destroy(pool);
    settle(r);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(of.pieces[i].finish_count, 1);
    }
    rig_destroy(r);
}

/* What replaced it stays with the node: what it had is given back and cannot be had again. */
static void replaced_while_out_of_the_pool(void **state) {
    (void)state;
    static factory of;
    of = (factory){ .r = rig_create(NULL) };
    rig *r = of.r;
    of.processor = define(r);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    piece other = piece_of(500.0f);
    wa_node node;
    desc.factory = make;
    desc.user = &of;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_ok(wa_node_pool_acquire(pool, &node));
    assert_ok(wa_processor_set_user(r->context, node, &other));
    rig_render(r, 128);
    assert_ok(wa_node_pool_release(pool, node, NULL));
    settle(r);
    assert_int_equal(of.pieces[0].finish_count, 1);
    assert_ok(wa_node_pool_acquire(pool, &node));
    assert_user(r, node, &other);
    rig_connect(r, node, r->out);
    assert_all(rig_render(r, 128), 501.0f, 128);
    assert_int_equal(other.reset_count, 1);
    wa_node_pool_destroy(pool);
    rig_destroy(r);
    assert_int_equal(other.finish_count, 1);
    assert_int_equal(of.pieces[0].finish_count, 1);
}

/* From options the nodes of a pool share what user points to, and each gives it back. */
static void pooled_by_options(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    piece shared = piece_of(100.0f);
    const wa_processor_options options = options_of(define(r), &shared);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    wa_node nodes[2];
    uint32_t ready = 0;
    desc.type = WA_NODE_TYPE_PROCESSOR;
    desc.options = &options;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_ok(wa_node_pool_pre_allocate(pool, 2, &ready));
    assert_int_equal(ready, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_ok(wa_node_pool_acquire(pool, &nodes[i]));
        rig_connect(r, nodes[i], r->out);
    }
    assert_all(rig_render(r, 128), 202.0f, 128);
    wa_node_pool_destroy(pool);
    settle(r);
    assert_int_equal(shared.finish_count, 2);
    rig_destroy(r);
}

/* A factory that changes its mind is told so: a pool is of one definition. */
static wa_status make_by_turns(void *user, wa_context *context, wa_node *node) {
    factory *of = user;
    wa_processor_options options = options_of(of->processor, NULL);
    if (of->made_count++ == 1) {
        options.processor = define(of->r);
    }
    return wa_node_create(context, WA_NODE_TYPE_PROCESSOR, &options, node);
}

static void pools_are_of_one_definition(void **state) {
    (void)state;
    static factory of;
    of = (factory){ .r = rig_create(NULL) };
    rig *r = of.r;
    of.processor = define(r);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    wa_node node;
    desc.factory = make_by_turns;
    desc.user = &of;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_ok(wa_node_pool_acquire(pool, &node));
    assert_refused(wa_node_pool_acquire(pool, &node), WA_ERR_WRONG_TYPE, "Piece");
    assert_ok(wa_node_pool_acquire(pool, &node));
    wa_node_pool_destroy(pool);
    settle(r);
    rig_destroy(r);
}

/* -- voices -------------------------------------------------------------------------------------- */

/* oscillator -> processor: a voice ends when its source and its tail have; the processor is as new in the
 * next. */
static void voices(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    piece shared = { .value = 100.0f };
    const wa_processor_options options = options_of(define(r), &shared);
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_OSCILLATOR, NULL },
                                    { WA_NODE_TYPE_PROCESSOR, &options } };
    const wa_voice_edge edge = { 0, 0, 1, 0, false };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    wa_voice_pool *pool = NULL;
    desc.nodes = nodes;
    desc.node_count = 2;
    desc.edges = &edge;
    desc.edge_count = 1;
    desc.output_node = 1;
    desc.output = r->out;
    assert_ok(wa_voice_pool_create(r->context, &desc, &pool));
    for (uint32_t note = 0; note < 3; note++) {
        wa_voice voice;
        assert_ok(wa_voice_pool_acquire(pool, &voice));
        const double now_s = wa_context_current_time_s(r->context);
        const wa_node source = wa_voice_node_at(pool, voice, 0);
        assert_ok(wa_source_start(r->context, source, now_s));
        assert_ok(wa_source_stop(r->context, source, now_s + rig_frames_s(r, 256)));
        assert_ok(wa_voice_pool_release_when_done(pool, voice));
        assert_all(rig_render(r, 128), 101.0f, 128);
        assert_all(rig_render(r, 128), 102.0f, 128);
        assert_all(rig_render(r, 128), 0.0f, 128);
        settle(r);
        wa_node_pool_stats stats;
        wa_voice_pool_get_stats(pool, &stats);
        assert_int_equal(stats.in_use, 0);
        assert_int_equal(stats.created_count, 1);
    }
    assert_int_equal(shared.call_count, 6);
    assert_int_equal(shared.finish_count, 0);
    wa_voice_pool_destroy(pool);
    settle(r);
    rig_destroy(r);
    assert_int_equal(shared.finish_count, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_a_quantum),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(while_suspended),
        cmocka_unit_test(gathered),
        cmocka_unit_test(with_the_node),
        cmocka_unit_test(with_the_context),
        cmocka_unit_test(not_with_a_failure),
        cmocka_unit_test(undone),
        cmocka_unit_test(pooled_by_a_factory),
        cmocka_unit_test(replaced_while_out_of_the_pool),
        cmocka_unit_test(pooled_by_options),
        cmocka_unit_test(pools_are_of_one_definition),
        cmocka_unit_test(voices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
