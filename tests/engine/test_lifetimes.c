/* Dynamic lifetime (Web Audio 1.1, "Dynamic Lifetime"; M2.2): what nobody holds lives on for as long as it
 * plays, is fed or rings, and not longer. Each graph is rendered twice, once with its handles held and once
 * with all of them dropped: the two sound the same to the bit, and then the second one is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"

enum { QUANTUM = 128, NODES_MAX = 8 };

static rig *r;

static int set_up(void **state) {
    (void)state;
    r = rig_create(NULL);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rig_destroy(r);
    return 0;
}

static uint32_t node_count(void) {
    (void)wa_context_poll(r->context, NULL, 0);
    return rig_node_count(r);
}

static void drop(wa_node node) {
    rig_release(r, node, WA_RELEASE_WHEN_DONE);
}

/* Render until only `wanted` nodes are left. */
static void assert_left(uint32_t wanted, uint32_t quanta_max) {
    for (uint32_t quantum = 0; node_count() != wanted; quantum++) {
        if (quantum == quanta_max) {
            fail_msg("%u nodes are left after %u quanta, wanted %u", node_count(), quanta_max, wanted);
        }
        rig_render(r, QUANTUM);
    }
    rig_render(r, 4 * QUANTUM);
    assert_int_equal(node_count(), wanted);
}

/* -- graphs ------------------------------------------------------------------------------------- */

typedef struct graph {
    wa_node nodes[NODES_MAX];
    uint32_t node_count;
} graph;

static wa_node in(graph *of, wa_node node) {
    of->nodes[of->node_count++] = node;
    return node;
}

static wa_node burst(graph *of) {
    return in(of, rig_noise(r, 1, 777, 5));
}

static wa_node half(graph *of) {
    return in(of, rig_gain(r, 0.5f));
}

static wa_node delay(graph *of, double frames) {
    return in(of, rig_delay(r, 0.05, frames / 48000.0));
}

static wa_node filter(graph *of) {
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.q = 12.0f;
    return in(of, rig_node(r, WA_NODE_TYPE_BIQUAD_FILTER, &options));
}

static void source_alone(graph *of) {
    rig_connect(r, burst(of), r->out);
}

static void filter_with_a_tail(graph *of) {
    const wa_node a = burst(of), b = filter(of), c = half(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, r->out);
}

static void delays_in_a_row(graph *of) {
    const wa_node a = burst(of), b = delay(of, 2000), c = delay(of, 1500), d = filter(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, d);
    rig_connect(r, d, r->out);
}

static void apart_and_together(graph *of) {
    const wa_node a = burst(of), b = delay(of, 700), c = filter(of), d = half(of);
    rig_connect(r, a, b);
    rig_connect(r, a, c);
    rig_connect(r, b, d);
    rig_connect(r, c, d);
    rig_connect(r, d, r->out);
}

static void driven_param(graph *of) {
    const wa_node a = burst(of), b = in(of, rig_gain(r, 0.0f)), c = burst(of), d = filter(of);
    rig_connect(r, a, b);
    rig_connect(r, c, d);
    rig_connect_param(r, d, b, WA_GAIN_GAIN);
    rig_connect(r, b, r->out);
}

static void echo(graph *of) {
    const wa_node a = burst(of), b = delay(of, 500), c = half(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, b);
    rig_connect(r, b, r->out);
}

static void echo_of_itself(graph *of) {
    const wa_node a = burst(of), b = half(of), c = delay(of, 300), d = half(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, d);
    rig_connect(r, d, c);
    rig_connect(r, d, b);
    rig_connect(r, d, r->out);
}

/* Most of the time only one of the two has anything to say, and the gain between them sleeps. */
static void two_delays_in_a_ring(graph *of) {
    const wa_node a = burst(of), b = delay(of, 2400), c = half(of), d = delay(of, 1900), e = filter(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, d);
    rig_connect(r, d, b);
    rig_connect(r, d, e);
    rig_connect(r, e, r->out);
}

static void muted_ring(graph *of) {
    const wa_node a = burst(of), b = half(of), c = half(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, b);
    rig_connect(r, c, r->out);
}

static bool say_nothing(void *user, const wa_process_args *args) {
    (void)user, (void)args;
    return false;
}

/* Taken apart it is no longer mute, and the processor begins as if it had a tail: it must not wake on its way
 * out. */
static void muted_ring_of_a_processor(graph *of) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    desc.name = "Nothing";
    desc.process = say_nothing;
    assert_ok(wa_processor_define(r->engine, &desc, &options.processor));
    const wa_node a = in(of, rig_node(r, WA_NODE_TYPE_PROCESSOR, &options)), b = half(of);
    assert_ok(wa_processor_release(r->engine, options.processor));
    rig_connect(r, a, a);
    rig_connect(r, a, b);
    rig_connect(r, b, r->out);
}

static void param_ring(graph *of) {
    const wa_node a = burst(of), b = half(of), c = delay(of, 400);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect_param(r, c, b, WA_GAIN_GAIN);
    rig_connect(r, b, r->out);
}

static void two_rings(graph *of) {
    const wa_node a = burst(of), b = delay(of, 200), c = half(of), d = delay(of, 333), e = half(of);
    rig_connect(r, a, b);
    rig_connect(r, b, c);
    rig_connect(r, c, b);
    rig_connect(r, c, d);
    rig_connect(r, d, e);
    rig_connect(r, e, d);
    rig_connect(r, e, r->out);
}

static void (*const graphs[])(graph *of) = {
    source_alone,    filter_with_a_tail,
    delays_in_a_row, apart_and_together,
    driven_param,    echo,
    echo_of_itself,  two_delays_in_a_ring,
    muted_ring,      param_ring,
    two_rings,       muted_ring_of_a_processor,
};
enum { GRAPH_COUNT = sizeof graphs / sizeof graphs[0], FRAMES = 1600 * QUANTUM };

/* -- rows --------------------------------------------------------------------------------------- */

typedef enum order { FORWARDS, BACKWARDS, IN_A_TRANSACTION, HALFWAY, ONE_BY_ONE, ORDER_COUNT } order;

static void drop_all(const graph *of, order how) {
    if (how == IN_A_TRANSACTION) {
        assert_ok(wa_begin(r->context));
    }
    for (uint32_t index = 0; index < of->node_count; index++) {
        drop(of->nodes[how == BACKWARDS ? of->node_count - 1 - index : index]);
        if (how == ONE_BY_ONE) {
            rig_render(r, 3 * QUANTUM);
        }
    }
    if (how == IN_A_TRANSACTION) {
        assert_ok(wa_commit(r->context));
    }
}

/* M2.2 */
static void nobody_holds_it(void **state) {
    (void)state;
    for (uint32_t index = 0; index < GRAPH_COUNT; index++) {
        rig *mine = r, *held = rig_create(NULL);
        graph of = { .node_count = 0 };
        r = held;
        graphs[index](&of);
        rig_render(r, FRAMES);
        for (uint32_t how = FORWARDS; how < ORDER_COUNT; how++) {
            r = rig_create(NULL);
            of.node_count = 0;
            graphs[index](&of);
            rig_render(r, how == HALFWAY ? 20 * QUANTUM : 0);
            drop_all(&of, (order)how);
            for (uint32_t quantum = (uint32_t)r->frame_count / QUANTUM; quantum < 1600; quantum++) {
                rig_render(r, QUANTUM);
                (void)node_count(); /* takes in whatever has gone: it must not be missed */
            }
            assert_same(r->planes[0], held->planes[0], FRAMES);
            assert_left(1, 4000);
            rig_destroy(r);
        }
        rig_destroy(held);
        r = mine;
    }
}

/* M2.2: dropped and taken back: as if it had never been asked for. */
static void dropped_and_rolled_back(void **state) {
    (void)state;
    for (uint32_t index = 0; index < GRAPH_COUNT; index++) {
        rig *mine = r;
        graph of = { .node_count = 0 };
        r = rig_create(NULL);
        graphs[index](&of);
        rig_render(r, 20 * QUANTUM);
        const uint32_t before = node_count();
        assert_ok(wa_begin(r->context));
        for (uint32_t node = 0; node < of.node_count; node++) {
            drop(of.nodes[node]);
        }
        assert_ok(wa_rollback(r->context));
        rig_render(r, 3000 * QUANTUM);
        assert_int_equal(node_count(), before);
        for (uint32_t node = 0; node < of.node_count; node++) {
            wa_node_info info;
            assert_ok(wa_node_get_info(r->context, of.nodes[node], &info));
        }
        drop_all(&of, FORWARDS); /* and now in earnest */
        assert_left(1, 4000);
        rig_destroy(r);
        r = mine;
    }
}

/* M2.2: a context may go while all of that sounds. */
static void the_context_goes_first(void **state) {
    (void)state;
    for (uint32_t index = 0; index < GRAPH_COUNT; index++) {
        rig *mine = r;
        graph of = { .node_count = 0 };
        r = rig_create(NULL);
        graphs[index](&of);
        rig_render(r, 10 * QUANTUM);
        drop_all(&of, FORWARDS);
        rig_render(r, 10 * QUANTUM);
        rig_destroy(r);
        r = mine;
    }
}

/* M2.2: what somebody holds keeps alive what it feeds, sounding or not. */
static void fed_by_what_is_held(void **state) {
    (void)state;
    const wa_node source = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL), gain = rig_gain(r, 0.5f),
                  line = rig_delay(r, 0.01, 256.0 / 48000.0), back = rig_gain(r, 0.5f);
    rig_connect(r, source, gain);
    rig_connect(r, gain, line);
    rig_connect(r, line, back);
    rig_connect(r, back, line);
    rig_connect(r, line, r->out);
    drop(back);
    drop(gain);
    drop(line);
    rig_render(r, 100 * QUANTUM);
    assert_int_equal(node_count(), 6); /* with the writer of the delay */
    assert_ok(wa_source_start(r->context, source, 0.0));
    const float *heard = rig_render(r, 6 * QUANTUM);
    assert_all(heard, 0.0f, 256);
    assert_all(heard + 256, 0.5f, 256);
    assert_all(heard + 512, 0.75f, 256);
    drop(source); /* it has no stop: it plays for ever, and so they live */
    rig_render(r, 1000 * QUANTUM);
    assert_int_equal(node_count(), 6);
}

/* M2.2: a ring with one member that is held waits for that one. */
static void a_ring_with_one_that_is_held(void **state) {
    (void)state;
    for (uint32_t which = 0; which < 3; which++) {
        const wa_node ring[3] = { rig_delay(r, 0.01, 0.005), rig_gain(r, 0.5f), rig_gain(r, 1.0f) };
        for (uint32_t index = 0; index < 3; index++) {
            rig_connect(r, ring[index], ring[(index + 1) % 3]);
        }
        rig_connect(r, ring[1], r->out);
        for (uint32_t index = 0; index < 3; index++) {
            if (index != which) {
                drop(ring[index]);
            }
        }
        rig_render(r, 20 * QUANTUM);
        assert_int_equal(node_count(), 5);
        const wa_node click = rig_impulse(r, 1.0f, 0.0);
        rig_connect(r, click, ring[which]);
        drop(click);
        bool is_heard = false;
        const float *heard = rig_render(r, 20 * QUANTUM);
        for (uint32_t frame = 0; frame < 20 * QUANTUM; frame++) {
            is_heard |= heard[frame] != 0.0f;
        }
        assert_true(is_heard);
        assert_left(5, 8);
        if (which == 1) {
            drop(ring[which]);
        } else { /* any way of letting go of it will do */
            rig_release(r, ring[which], which == 0 ? WA_RELEASE_NOW : WA_RELEASE_AFTER_TAIL);
        }
        assert_left(1, 1000);
    }
}

/* M2.2: the ring is alive while a source that nobody holds has still to play into it. */
static void a_ring_that_waits_for_its_source(void **state) {
    (void)state;
    const wa_node source = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL),
                  line = rig_delay(r, 0.01, 256.0 / 48000.0), back = rig_gain(r, 0.5f);
    rig_connect(r, source, line);
    rig_connect(r, line, back);
    rig_connect(r, back, line);
    rig_connect(r, line, r->out);
    assert_ok(wa_source_start(r->context, source, rig_frames_s(r, 10000)));
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 10100)));
    drop(line);
    drop(back);
    drop(source);
    rig_render(r, 9900);
    assert_int_equal(node_count(), 5);
    const float *heard = rig_render(r, 1000);
    for (uint32_t frame = 0; frame < 1000; frame++) {
        const uint32_t since = 9900 + frame - 10000 - 256;
        const float wanted = since < 100         ? 1.0f
                             : since - 256 < 100 ? 0.5f
                             : since - 512 < 100 ? 0.25f
                                                 : 0.0f;
        assert_true(heard[frame] == wanted);
    }
    assert_left(1, 1000);
}

/* M2.2, M2.5: pooled nodes of a ring go back to their pool, in use until then. */
static void pooled_nodes_come_back(void **state) {
    (void)state;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *gains = NULL, *delays = NULL;
    wa_node_pool_stats stats;
    assert_ok(wa_node_pool_create(r->context, &desc, &gains));
    desc.type = WA_NODE_TYPE_DELAY;
    assert_ok(wa_node_pool_create(r->context, &desc, &delays));
    const wa_release_options when_done = { WA_RELEASE_WHEN_DONE, 0.0 };
    for (uint32_t life = 0; life < 3; life++) {
        wa_node gain = { 0 }, line = { 0 };
        assert_ok(wa_node_pool_acquire(gains, &gain));
        assert_ok(wa_node_pool_acquire(delays, &line));
        assert_ok(wa_param_set_value(r->context, wa_node_param(gain, 0), 0.25f));
        assert_ok(wa_param_set_value(r->context, wa_node_param(line, 0), 0.004f));
        const wa_node click = rig_impulse(r, 1.0f, 0.0);
        rig_connect(r, click, line);
        rig_connect(r, line, gain);
        rig_connect(r, gain, line);
        rig_connect(r, gain, r->out);
        drop(click);
        assert_ok(wa_node_pool_release(gains, gain, &when_done));
        assert_ok(wa_node_pool_release(delays, line, &when_done));
        rig_render(r, 10 * QUANTUM);
        (void)node_count();
        wa_node_pool_get_stats(gains, &stats);
        assert_int_equal(stats.in_use, 1);
        for (uint32_t quantum = 0; quantum < 600; quantum++) {
            rig_render(r, QUANTUM);
            (void)node_count();
        }
        wa_node_pool_get_stats(gains, &stats);
        assert_int_equal(stats.in_use, 0);
        assert_int_equal(stats.available, 1);
        wa_node_pool_get_stats(delays, &stats);
        assert_int_equal(stats.in_use, 0);
        assert_int_equal(stats.available, 1);
        assert_int_equal(stats.created_count, 1);
    }
    wa_node_pool_destroy(gains);
    wa_node_pool_destroy(delays);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nobody_holds_it),
        TEST(dropped_and_rolled_back),
        TEST(the_context_goes_first),
        TEST(fed_by_what_is_held),
        TEST(a_ring_with_one_that_is_held),
        TEST(a_ring_that_waits_for_its_source),
        TEST(pooled_nodes_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
