/* Voice pools, M2.7: which templates are a voice and which are refused, each with what it must leave behind:
 * a template that is refused changes no node, no byte and no pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <string.h>

enum { PARTS_MAX = 80 };

/* A template under way: one constant through a gain and a delay, until a row makes it something else. */
typedef struct parts {
    rig *r;
    wa_voice_node nodes[PARTS_MAX];
    wa_voice_edge edges[PARTS_MAX];
    wa_voice_pool_desc desc;
} parts;

static void edge(parts *p, uint32_t source, uint32_t output, uint32_t destination, uint32_t input,
                 bool is_param) {
    p->edges[p->desc.edge_count++] = (wa_voice_edge){ source, output, destination, input, is_param };
}

static parts base(rig *r) {
    parts p = { .r = r, .desc = WA_VOICE_POOL_DESC_INIT };
    p.nodes[0].type = WA_NODE_TYPE_CONSTANT_SOURCE;
    p.nodes[1].type = WA_NODE_TYPE_GAIN;
    p.nodes[2].type = WA_NODE_TYPE_DELAY;
    p.desc.node_count = 3;
    edge(&p, 0, 0, 1, 0, false);
    edge(&p, 1, 0, 2, 0, false);
    p.desc.output_node = 2;
    p.desc.output = r->out;
    return p;
}

static wa_status create(parts *p, wa_voice_pool **pool) {
    p->desc.nodes = p->nodes; /* here, since a row may have moved it all */
    p->desc.edges = p->edges;
    return wa_voice_pool_create(p->r->context, &p->desc, pool);
}

/* -- legal -------------------------------------------------------------------------------------- */

static void nothing(parts *p) {
    (void)p;
}

static void one_node(parts *p) {
    p->desc.node_count = 1;
    p->desc.edge_count = p->desc.output_node = 0;
}

static void unconnected(parts *p) {
    p->desc.edge_count = 0;
}

static void longest_chain(parts *p) {
    for (uint32_t index = 1; index < WA_VOICE_NODE_COUNT_MAX; index++) {
        p->nodes[index].type = WA_NODE_TYPE_GAIN;
    }
    p->desc.edge_count = 0;
    for (uint32_t index = 0; index + 1 < WA_VOICE_NODE_COUNT_MAX; index++) {
        edge(p, index, 0, index + 1, 0, false);
    }
    for (uint32_t index = 1; p->desc.edge_count < WA_VOICE_EDGE_COUNT_MAX && index < 32; index++) {
        edge(p, 0, 0, index, 0, true);
    }
    edge(p, 0, 0, 2, 0, false);
    edge(p, 0, 0, 3, 0, false);
    p->desc.node_count = WA_VOICE_NODE_COUNT_MAX;
    p->desc.output_node = WA_VOICE_NODE_COUNT_MAX - 1;
}

static void to_input_and_param(parts *p) {
    edge(p, 0, 0, 1, 0, true);
}

static void ports(parts *p) {
    static const wa_channel_splitter_options splitter = { { sizeof splitter, 0, 0, 0 }, 3 };
    static const wa_channel_merger_options merger = { { sizeof merger, 0, 0, 0 }, 32 };
    p->nodes[1] = (wa_voice_node){ WA_NODE_TYPE_CHANNEL_SPLITTER, &splitter };
    p->nodes[2] = (wa_voice_node){ WA_NODE_TYPE_CHANNEL_MERGER, &merger };
    p->desc.edge_count = 1;
    edge(p, 1, 0, 2, 31, false);
    edge(p, 1, 2, 2, 31, false);
    edge(p, 1, 2, 2, 0, false);
}

static void cycle_with_a_delay(parts *p) {
    edge(p, 2, 0, 1, 0, false);
}

static void cycle_without_a_delay(parts *p) {
    edge(p, 1, 0, 1, 0, false);
}

static void delay_into_itself(parts *p) {
    edge(p, 2, 0, 2, 0, false);
}

static void output_from_the_middle(parts *p) {
    p->desc.output_node = 0;
}

static void no_output(parts *p) {
    p->desc.output = (wa_node){ 0 };
}

static void output_to_another_node(parts *p) {
    p->desc.output = rig_gain(p->r, 1.0f);
    rig_connect(p->r, p->desc.output, p->r->out);
}

static void nothing_is_kept(parts *p) {
    p->desc.max_size = 0;
}

static void longest_release(parts *p) {
    p->desc.release_s = 3600.0;
}

static void every_type(parts *p) {
    static const wa_node_type types[] = {
        WA_NODE_TYPE_GAIN,          WA_NODE_TYPE_BIQUAD_FILTER,    WA_NODE_TYPE_DELAY,
        WA_NODE_TYPE_OSCILLATOR,    WA_NODE_TYPE_BUFFER_SOURCE,    WA_NODE_TYPE_CONSTANT_SOURCE,
        WA_NODE_TYPE_STEREO_PANNER, WA_NODE_TYPE_CHANNEL_SPLITTER, WA_NODE_TYPE_CHANNEL_MERGER,
    };
    p->desc.edge_count = 0;
    p->desc.node_count = sizeof types / sizeof types[0];
    for (uint32_t index = 0; index < p->desc.node_count; index++) {
        p->nodes[index].type = types[index];
    }
    p->desc.output_node = 3;
}

static void check_legal(void (*shape)(parts *p)) {
    rig *r = rig_create(NULL);
    parts p = base(r);
    shape(&p);
    const uint32_t node_count = rig_node_count(r);
    wa_voice_pool *pool = NULL;
    wa_voice voices[2];
    wa_node_pool_stats stats;
    assert_ok(create(&p, &pool));
    memset(p.nodes, 0x55, sizeof p.nodes); /* copied */
    memset(p.edges, 0x55, sizeof p.edges);
    for (uint32_t index = 0; index < 2; index++) {
        assert_ok(wa_voice_pool_acquire(pool, &voices[index]));
        for (uint32_t member = 0; member < p.desc.node_count; member++) {
            wa_node_info info;
            assert_ok(
                wa_node_get_info(r->context, wa_voice_node_at(pool, voices[index], member), &info));
        }
        const wa_node first = wa_voice_node_at(pool, voices[index], 0);
        (void)wa_source_start(r->context, first, 0.0); /* not every first node is a source */
    }
    rig_render(r, 1000);
    for (uint32_t index = 0; index < 2; index++) {
        assert_ok(wa_voice_pool_release(pool, voices[index], NULL));
    }
    rig_render(r, 300);
    wa_voice_pool_get_stats(pool, &stats);
    assert_int_equal(stats.in_use, 0);
    assert_int_equal(stats.available, p.desc.max_size < 2 ? p.desc.max_size : 2);
    wa_voice_pool_destroy(pool);
    rig_render(r, 300);
    assert_int_equal(rig_node_count(r), node_count);
    rig_destroy(r);
}

/* M2.7 */
static void these_are_voices(void **state) {
    static void (*const shapes[])(parts * p) = {
        nothing,
        one_node,
        unconnected,
        longest_chain,
        to_input_and_param,
        ports,
        cycle_with_a_delay,
        cycle_without_a_delay,
        delay_into_itself,
        no_output,
        output_from_the_middle,
        nothing_is_kept,
        longest_release,
        every_type,
        output_to_another_node,
    };
    (void)state;
    for (uint32_t index = 0; index < sizeof shapes / sizeof shapes[0]; index++) {
        check_legal(shapes[index]);
    }
}

/* -- refused ------------------------------------------------------------------------------------ */

static const wa_node_options short_options = { 3, 0, 0, 0 };
static const wa_node_options long_options = { 5000, 0, 0, 0 };
static const wa_gain_options wrong_options = WA_GAIN_OPTIONS_INIT;
static const wa_delay_options endless_delay = { { sizeof endless_delay, 0, 0, 0 }, 1000.0, 0.0f };
static wa_buffer_source_options no_buffer = WA_BUFFER_SOURCE_OPTIONS_INIT;
static rig *elsewhere;

#define ROW(name, ...)                                                                                 \
    static void name(parts *p) {                                                                       \
        __VA_ARGS__;                                                                                   \
    }
ROW(wrong_bytes, p->desc.desc_bytes--)
ROW(no_nodes, p->desc.node_count = 0)
ROW(too_many_nodes, p->desc.node_count = WA_VOICE_NODE_COUNT_MAX + 1)
ROW(too_many_edges, p->desc.edge_count = WA_VOICE_EDGE_COUNT_MAX + 1)
ROW(bad_source, p->edges[1].source = 3)
ROW(bad_destination, p->edges[0].destination = UINT32_MAX)
ROW(bad_output_node, p->desc.output_node = 3)
ROW(no_such_output, p->edges[1].output_index = 1)
ROW(no_such_input, p->edges[1].input_index = 1)
ROW(no_such_input_of_a_source, edge(p, 1, 0, 0, 0, false))
ROW(no_such_param, edge(p, 0, 0, 1, 1, true))
ROW(same_edge_twice, edge(p, 0, 0, 1, 0, false))
ROW(same_edge_twice_but_for_padding, memset(&p->edges[2], 0xff, sizeof p->edges[2]);
    p->edges[2].source = p->edges[2].output_index = p->edges[2].input_index = 0;
    p->edges[2].destination = 1; p->edges[2].is_param = false; p->desc.edge_count = 3)
ROW(destination_inside, p->nodes[1].type = WA_NODE_TYPE_DESTINATION)
ROW(writer_inside, p->nodes[1].type = WA_NODE_TYPE_DELAY_WRITER)
ROW(input_inside, p->nodes[0].type = WA_NODE_TYPE_INPUT)
ROW(no_type, p->nodes[2].type = (wa_node_type)0)
ROW(unknown_type, p->nodes[2].type = (wa_node_type)9999)
ROW(options_too_short, p->nodes[1].options = &short_options)
ROW(options_too_long, p->nodes[1].options = &long_options)
ROW(options_of_another, p->nodes[2].options = &wrong_options)
ROW(option_out_of_range, p->nodes[2].options = &endless_delay)
ROW(stale_buffer, p->nodes[2] = (wa_voice_node){ WA_NODE_TYPE_BUFFER_SOURCE, &no_buffer };
    p->desc.edge_count = 1)
ROW(release_negative, p->desc.release_s = -0.001)
ROW(release_too_long, p->desc.release_s = 3600.5)
ROW(release_nan, p->desc.release_s = NAN)
ROW(stale_output, p->desc.output = rig_gain(p->r, 1.0f);
    rig_release(p->r, p->desc.output, WA_RELEASE_NOW); rig_render(p->r, 256))
ROW(no_handle, p->desc.output.id = 12345)
ROW(foreign_output, p->desc.output = elsewhere->out)
ROW(output_without_input, p->desc.output = rig_constant(p->r, 1.0f))

/* M2.7 */
static void these_are_none(void **state) {
    static const struct {
        void (*spoil)(parts *p);
        wa_status status;
        const char *word;
    } rows[] = {
        { wrong_bytes, WA_ERR_NOT_SUPPORTED, "desc_bytes" },
        { no_nodes, WA_ERR_NOT_SUPPORTED, "node_count is 0, its range is [1, 32]" },
        { too_many_nodes, WA_ERR_NOT_SUPPORTED, "node_count is 33" },
        { too_many_edges, WA_ERR_NOT_SUPPORTED, "edge_count is 65, its range is [0, 64]" },
        { bad_source, WA_ERR_INDEX_SIZE, "edges[1]" },
        { bad_destination, WA_ERR_INDEX_SIZE, "edges[0]" },
        { bad_output_node, WA_ERR_INDEX_SIZE, "output_node is 3 of 3 nodes" },
        { no_such_output, WA_ERR_INDEX_SIZE, "edges[1]: Gain has no output 1" },
        { no_such_input, WA_ERR_INDEX_SIZE, "Delay no input 1" },
        { no_such_input_of_a_source, WA_ERR_INDEX_SIZE, "ConstantSource no input 0" },
        { no_such_param, WA_ERR_INDEX_SIZE, "Gain no param 1" },
        { same_edge_twice, WA_ERR_INDEX_SIZE, "edges[2] is edges[0] again" },
        { same_edge_twice_but_for_padding, WA_ERR_INDEX_SIZE, "edges[2] is edges[0] again" },
        { destination_inside, WA_ERR_NOT_SUPPORTED, "nodes[1].type is 1" },
        { writer_inside, WA_ERR_NOT_SUPPORTED, "nodes[1].type is 5" },
        { input_inside, WA_ERR_NOT_SUPPORTED, "nodes[0].type is 12" },
        { no_type, WA_ERR_NOT_SUPPORTED, "nodes[2].type is 0" },
        { unknown_type, WA_ERR_NOT_SUPPORTED, "nodes[2].type is 9999" },
        { options_too_short, WA_ERR_NOT_SUPPORTED, "nodes[1].options.options_bytes is 3" },
        { options_too_long, WA_ERR_NOT_SUPPORTED, "nodes[1].options.options_bytes is 5000" },
        { options_of_another, WA_ERR_NOT_SUPPORTED, "options_bytes" },
        { option_out_of_range, WA_ERR_NOT_SUPPORTED, "max_delay_time_s" },
        { stale_buffer, WA_ERR_STALE_HANDLE, "options.buffer" },
        { release_negative, WA_ERR_RANGE, "release_s is -0.001, its range is [0, 3600]" },
        { release_too_long, WA_ERR_RANGE, "release_s" },
        { release_nan, WA_ERR_TYPE, "release_s" },
        { stale_output, WA_ERR_STALE_HANDLE, "output" },
        { no_handle, WA_ERR_STALE_HANDLE, "output" },
        { foreign_output, WA_ERR_FOREIGN_HANDLE, "output" },
        { output_without_input, WA_ERR_INDEX_SIZE, "ConstantSource, which has no input" },
    };
    (void)state;
    elsewhere = rig_create(NULL);
    for (uint32_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        rig *r = rig_create(NULL);
        no_buffer.buffer = rig_buffer(r, 1, 10);
        assert_ok(wa_buffer_release(r->engine, no_buffer.buffer));
        parts whole = base(r), p = base(r);
        wa_voice_pool *pool = NULL;
        assert_ok(create(&whole, &pool)); /* the slabs of its types are there now */
        wa_voice_pool_destroy(pool);
        rows[index].spoil(&p);
        rig_render(r, 256);
        const uint32_t node_count = rig_node_count(r);
        const uint64_t used_bytes = rig_used_bytes(r);
        pool = NULL;
        assert_refused(create(&p, &pool), rows[index].status, rows[index].word);
        assert_null(pool);
        rig_render(r, 256);
        assert_int_equal(rig_node_count(r), node_count);
        /* A type that is met for the first time keeps its first slab. */
        assert_true(rig_used_bytes(r) - used_bytes <=
                    (rows[index].status == WA_ERR_STALE_HANDLE ? 131072 : 0));
        rig_destroy(r); /* and no pool is left to forbid it */
    }
    rig_destroy(elsewhere);
}

/* M2.7: NULL, the wrong moment, the wrong context. */
static void these_cannot_be_made_now(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    parts p = base(r);
    wa_voice_pool *pool = NULL;
    p.desc.nodes = p.nodes;
    p.desc.edges = p.edges;
    assert_refused(wa_voice_pool_create(NULL, &p.desc, &pool), WA_ERR_TYPE, "context");
    assert_refused(wa_voice_pool_create(r->context, NULL, &pool), WA_ERR_TYPE, "desc");
    assert_refused(wa_voice_pool_create(r->context, &p.desc, NULL), WA_ERR_TYPE, "pool");
    p.desc.nodes = NULL;
    assert_refused(wa_voice_pool_create(r->context, &p.desc, &pool), WA_ERR_TYPE, "nodes");
    p.desc.nodes = p.nodes;
    p.desc.edges = NULL;
    assert_refused(wa_voice_pool_create(r->context, &p.desc, &pool), WA_ERR_TYPE, "edges");
    p.desc.edges = p.edges;
    assert_ok(wa_begin(r->context));
    assert_refused(wa_voice_pool_create(r->context, &p.desc, &pool), WA_ERR_INVALID_STATE,
                   "transaction");
    assert_ok(wa_rollback(r->context));
    assert_ok(wa_context_close(r->context));
    assert_refused(wa_voice_pool_create(r->context, &p.desc, &pool), WA_ERR_INVALID_STATE, "closed");
    assert_null(pool);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(these_are_voices),
        cmocka_unit_test(these_are_none),
        cmocka_unit_test(these_cannot_be_made_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
