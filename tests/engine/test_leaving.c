/* Releases and disconnects at the end of the budget: as many as limits.h says find room when nothing else does,
 * whatever else has used up before; more than that are refused, change nothing, and find room again once the
 * render side has taken in what was on its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "limits.h"
#include "rig.h"

enum { BUDGET_BYTES = 100000000, THING_COUNT = 100, QUANTUM = 128 };

/* Things that may leave, each connected: source -> gain -> out and source -> gain.gain. */
typedef struct things {
    rig *r;
    wa_node source[THING_COUNT], gain[THING_COUNT], filler;
    wa_node_pool *nodes;
    wa_voice_pool *voices;
    wa_node pooled[THING_COUNT];
    wa_voice voice[THING_COUNT];
    wa_buffer buffer[THING_COUNT];
    wa_periodic_wave wave[THING_COUNT];
} things;

static uint64_t used_bytes(const things *t) {
    return rig_used_bytes(t->r);
}

static void make_pools(things *t) {
    static const wa_voice_node members[] = { { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
                                             { WA_NODE_TYPE_GAIN, NULL } };
    static const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_node_pool_desc nodes = WA_NODE_POOL_DESC_INIT;
    assert_ok(wa_node_pool_create(t->r->context, &nodes, &t->nodes));
    wa_voice_pool_desc voices = WA_VOICE_POOL_DESC_INIT;
    voices.nodes = members;
    voices.node_count = 2;
    voices.edges = edges;
    voices.edge_count = 1;
    voices.output_node = 1;
    voices.output = t->r->out;
    assert_ok(wa_voice_pool_create(t->r->context, &voices, &t->voices));
    for (uint32_t index = 0; index < THING_COUNT; index++) {
        assert_ok(wa_node_pool_acquire(t->nodes, &t->pooled[index]));
        rig_connect(t->r, t->pooled[index], t->r->out);
        assert_ok(wa_voice_pool_acquire(t->voices, &t->voice[index]));
    }
}

static things *things_make(bool is_running) {
    things *t = calloc(1, sizeof *t);
    assert_non_null(t);
    rig *r = t->r = rig_create(&(rig_desc){ .is_live = true, .is_left_suspended = true });
    const float real[2] = { 0.0f, 1.0f };
    for (uint32_t index = 0; index < THING_COUNT; index++) {
        t->source[index] = rig_constant(r, 0.5f);
        t->gain[index] = rig_gain(r, 0.5f);
        rig_connect(r, t->source[index], t->gain[index]);
        rig_connect_param(r, t->source[index], t->gain[index], WA_GAIN_GAIN);
        rig_connect(r, t->gain[index], r->out);
        t->buffer[index] = rig_buffer(r, 1, 100);
        assert_ok(wa_periodic_wave_create(r->engine, real, NULL, 2, false, &t->wave[index]));
    }
    make_pools(t);
    t->filler = rig_gain(r, 1.0f);
    if (is_running) {
        assert_ok(wa_context_resume(r->context));
        rig_skip(r, 10 * QUANTUM);
        (void)wa_context_poll(r->context, NULL, 0);
    }
    return t;
}

static void things_free(things *t) {
    assert_ok(wa_engine_set_budget(t->r->engine, BUDGET_BYTES));
    wa_engine_seal(t->r->engine, false);
    wa_node_pool_destroy(t->nodes);
    wa_voice_pool_destroy(t->voices);
    rig_destroy(t->r); /* buffers and waves that are left go with the engine */
    free(t);
}

/* No byte is left, and edits of other kinds have used up what lay about. */
static void use_up(things *t, bool is_sealed) {
    if (is_sealed) {
        wa_engine_seal(t->r->engine, true);
    } else {
        assert_ok(wa_engine_set_budget(t->r->engine, used_bytes(t)));
    }
    wa_context *context = t->r->context;
    const wa_status wanted = is_sealed ? WA_ERR_SEALED : WA_ERR_BUDGET;
    wa_status status = WA_OK;
    for (uint32_t count = 0; status == WA_OK && count < 100000; count++) {
        status = wa_node_set_channel_count(context, t->filler, 1 + count % 2);
    }
    wa_node more = { 0 };
    for (uint32_t count = 0; status == WA_OK || count < 1; count++) {
        status = wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &more);
    }
    assert_int_equal(status, wanted);
}

/* -- who leaves --------------------------------------------------------------------------------- */

static wa_status release(things *t, uint32_t index, wa_release_mode mode) {
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = mode;
    return wa_node_release(t->r->context, t->gain[index], &options);
}
static wa_status release_now(things *t, uint32_t index) {
    return release(t, index, WA_RELEASE_NOW);
}
static wa_status release_after_tail(things *t, uint32_t index) {
    return release(t, index, WA_RELEASE_AFTER_TAIL);
}
static wa_status release_faded(things *t, uint32_t index) {
    return release(t, index, WA_RELEASE_FADE);
}
static wa_status release_when_done(things *t, uint32_t index) {
    return release(t, index, WA_RELEASE_WHEN_DONE);
}
static wa_status disconnect(things *t, uint32_t index) {
    return wa_node_disconnect(t->r->context, t->source[index]);
}
static wa_status disconnect_output(things *t, uint32_t index) {
    return wa_node_disconnect_output(t->r->context, t->source[index], 0);
}
static wa_status disconnect_node(things *t, uint32_t index) {
    return wa_node_disconnect_node(t->r->context, t->source[index], t->gain[index]);
}
static wa_status disconnect_node_output(things *t, uint32_t index) {
    return wa_node_disconnect_node_output(t->r->context, t->source[index], 0, t->gain[index]);
}
static wa_status disconnect_ports(things *t, uint32_t index) {
    return wa_node_disconnect_ports(t->r->context, t->gain[index], 0, t->r->out, 0);
}
static wa_status disconnect_param(things *t, uint32_t index) {
    return wa_node_disconnect_param(t->r->context, t->source[index], wa_node_param(t->gain[index], 0));
}
static wa_status disconnect_param_output(things *t, uint32_t index) {
    return wa_node_disconnect_param_output(t->r->context, t->source[index], 0,
                                           wa_node_param(t->gain[index], 0));
}
static wa_status release_pooled(things *t, uint32_t index) {
    return wa_node_pool_release(t->nodes, t->pooled[index], NULL);
}
static wa_status release_voice(things *t, uint32_t index) {
    return wa_voice_pool_release(t->voices, t->voice[index], NULL);
}
static wa_status release_buffer(things *t, uint32_t index) {
    return wa_buffer_release(t->r->engine, t->buffer[index]);
}
static wa_status release_wave(things *t, uint32_t index) {
    return wa_periodic_wave_release(t->r->engine, t->wave[index]);
}

typedef struct row {
    const char *name;
    wa_status (*leave)(things *t, uint32_t index);
    bool is_edit; /* it goes to the render side; else it needs no memory, however many */
} row;

static const row rows[] = {
    { "release now", release_now, true },
    { "release after the tail", release_after_tail, true },
    { "release with a fade", release_faded, true },
    { "release when done", release_when_done, true },
    { "disconnect", disconnect, true },
    { "disconnect output", disconnect_output, true },
    { "disconnect node", disconnect_node, true },
    { "disconnect node output", disconnect_node_output, true },
    { "disconnect ports", disconnect_ports, true },
    { "disconnect param", disconnect_param, true },
    { "disconnect param output", disconnect_param_output, true },
    { "release to a node pool", release_pooled, true },
    { "release to a voice pool", release_voice, true },
    { "release a buffer", release_buffer, false },
    { "release a wave", release_wave, false },
};

static void check_row(const row *of, bool is_running, bool is_sealed) {
    things *t = things_make(is_running);
    use_up(t, is_sealed);
    const uint64_t before_bytes = used_bytes(t);
    uint32_t count = 0;
    wa_status status = WA_OK;
    while (count < THING_COUNT && status == WA_OK) {
        status = of->leave(t, count);
        count += status == WA_OK;
    }
    const bool is_limited = is_running && of->is_edit; /* suspended: each is done with at once */
    if (count < (is_limited ? WA_LEAVING_CALLS : THING_COUNT)) {
        fail_msg("%s, %s: %u were let go, then %s: %s", of->name, is_running ? "running" : "suspended",
                 count, wa_status_name(status), wa_error_message());
    }
    assert_true(used_bytes(t) <= before_bytes);
    if (status != WA_OK) {
        assert_int_equal(status, is_sealed ? WA_ERR_SEALED : WA_ERR_BUDGET);
        assert_int_equal(of->leave(t, count), status); /* it is still there to be released */
        for (uint32_t quanta = 0; quanta < 20; quanta++) {
            rig_skip(t->r, QUANTUM);
            (void)wa_context_poll(t->r->context, NULL, 0);
        }
        for (uint32_t more = 0; more < WA_LEAVING_CALLS; more++) {
            assert_ok(of->leave(t, count + more));
        }
    }
    things_free(t);
}

static void test_each(void **state) {
    (void)state;
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        for (uint32_t way = 0; way < 4; way++) {
            check_row(&rows[index], way % 2 == 1, way / 2 == 1);
        }
    }
}

/* One node with very many connections: up to the limit without memory; beyond, it may be refused whole. */
static void test_many_connections(void **state) {
    (void)state;
    enum { FEW = (WA_LEAVING_EDITS - 8) / 2, MANY = 3000 };
    rig *r = rig_create(&(rig_desc){ .is_live = true });
    const wa_node few = rig_gain(r, 1.0f), many = rig_gain(r, 1.0f);
    static wa_node readers[MANY];
    assert_ok(wa_begin(r->context));
    for (uint32_t index = 0; index < MANY; index++) {
        readers[index] = rig_gain(r, 1.0f);
        rig_connect(r, many, readers[index]);
        if (index < FEW) {
            rig_connect(r, few, readers[index]);
        }
    }
    assert_ok(wa_commit(r->context));
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r)));
    wa_node_info info;
    assert_refused(wa_node_release(r->context, many, NULL), WA_ERR_BUDGET, "edits: ");
    assert_ok(wa_node_get_info(r->context, many, &info));
    assert_refused(wa_node_disconnect(r->context, many), WA_ERR_BUDGET, "edits: ");
    assert_ok(wa_node_release(r->context, few, NULL));
    rig_skip(r, 200 * QUANTUM); /* the large batch has been taken in: its memory serves again */
    (void)wa_context_poll(r->context, NULL, 0);
    assert_ok(wa_node_release(r->context, many, NULL));
    assert_int_equal(wa_node_get_info(r->context, many, &info), WA_ERR_RELEASED);
    assert_ok(wa_engine_set_budget(r->engine, BUDGET_BYTES));
    rig_destroy(r);
}

/* A node without a handle that loses its last input when there is no memory at all goes a little later. */
static void test_dropped_without_memory(void **state) {
    (void)state;
    enum { MANY = 1200 };
    rig *r =
        rig_create(&(rig_desc){ .is_live = true, .is_gathering = true, .is_left_suspended = true });
    static wa_node sources[MANY];
    for (uint32_t index = 0; index < MANY; index++) {
        sources[index] = rig_gain(r, 1.0f);
        const wa_node dropped = rig_gain(r, 1.0f);
        rig_connect(r, sources[index], dropped);
        rig_connect(r, dropped, r->out);
        rig_release(r, dropped, WA_RELEASE_WHEN_DONE);
        assert_ok(wa_flush(r->context));
    }
    assert_ok(wa_context_resume(r->context));
    rig_skip(r, QUANTUM);
    const uint32_t before = rig_node_count(r);
    assert_int_equal(before, 1 + 2 * MANY);
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r)));
    uint32_t count = 0;
    while (count < MANY && wa_node_disconnect(r->context, sources[count]) == WA_OK) {
        count++;
    }
    assert_in_range(count, WA_LEAVING_EDITS / 2, MANY - 1);
    for (uint32_t quanta = 0; quanta < 60; quanta++) {
        assert_ok(wa_flush(r->context));
        rig_skip(r, QUANTUM);
    }
    assert_int_equal(rig_node_count(r), before - count);
    assert_ok(wa_engine_set_budget(r->engine, BUDGET_BYTES));
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_many_connections),
        cmocka_unit_test(test_dropped_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
