/* Every kind of edit undone, by wa_rollback and by a failing call, judged by a twin that never saw it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"

enum { FAN_COUNT = 40, WARM_FRAMES = 640, JUDGED_FRAMES = 1024 };

/* A scene with something of everything. Two of them sound alike to the bit. */
typedef struct world {
    rig *r;
    wa_node noise, tone, constant, waiting, over, empty;
    wa_node gain, filter, delay, pan, spare, fan[FAN_COUNT];
    wa_node_pool *pool;
    wa_node pooled;
    wa_voice_pool *voices;
    wa_voice voice;
    wa_buffer buffer;
    wa_periodic_wave wave;
    wa_node made; /* by an edit */
} world;

static wa_buffer saw_buffer(rig *r, uint32_t channel_count) {
    const wa_buffer made = rig_buffer(r, channel_count, 300);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(r->engine, made, channel);
        for (uint32_t frame = 0; frame < 300; frame++) {
            plane[frame] = (float)((frame * (7 + channel)) % 50) / 60.0f;
        }
    }
    return made;
}

static void make_sources(world *w) {
    rig *r = w->r;
    w->buffer = saw_buffer(r, 2);
    wa_buffer_source_options loop = WA_BUFFER_SOURCE_OPTIONS_INIT;
    loop.buffer = w->buffer;
    loop.loop = true;
    w->noise = rig_node(r, WA_NODE_TYPE_BUFFER_SOURCE, &loop);
    assert_ok(wa_source_start(r->context, w->noise, 0.0));
    w->tone = rig_sine(r, 700.0f);
    w->constant = rig_constant(r, 0.25f);
    w->waiting = rig_node(r, WA_NODE_TYPE_OSCILLATOR, NULL);
    w->over = rig_play(r, w->buffer, 0.0); /* 300 frames: over when the world is warm */
    w->empty = rig_node(r, WA_NODE_TYPE_BUFFER_SOURCE, NULL);
    const float real[2] = { 0.0f, 1.0f };
    assert_ok(wa_periodic_wave_create(r->engine, real, NULL, 2, false, &w->wave));
}

static void make_pools(world *w) {
    wa_node_pool_desc nodes = WA_NODE_POOL_DESC_INIT;
    assert_ok(wa_node_pool_create(w->r->context, &nodes, &w->pool));
    assert_ok(wa_node_pool_acquire(w->pool, &w->pooled));
    rig_connect(w->r, w->tone, w->pooled);
    rig_connect(w->r, w->pooled, w->r->out);
    const wa_voice_node members[] = { { WA_NODE_TYPE_OSCILLATOR, NULL }, { WA_NODE_TYPE_GAIN, NULL } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc voices = WA_VOICE_POOL_DESC_INIT;
    voices.nodes = members;
    voices.node_count = 2;
    voices.edges = edges;
    voices.edge_count = 1;
    voices.output_node = 1;
    voices.output = w->r->out;
    assert_ok(wa_voice_pool_create(w->r->context, &voices, &w->voices));
    assert_ok(wa_voice_pool_acquire(w->voices, &w->voice));
    assert_ok(wa_source_start(w->r->context, wa_voice_node_at(w->voices, w->voice, 0), 0.0));
}

static world world_make(bool is_gathering) {
    world w = { .r = rig_create(
                    &(rig_desc){ .channel_count = 2, .is_live = true, .is_gathering = is_gathering }) };
    rig *r = w.r;
    make_sources(&w);
    w.gain = rig_gain(r, 0.5f);
    w.filter = rig_node(r, WA_NODE_TYPE_BIQUAD_FILTER, NULL);
    w.delay = rig_delay(r, 0.1, 0.005);
    w.pan = rig_node(r, WA_NODE_TYPE_STEREO_PANNER, NULL);
    w.spare = rig_gain(r, 0.75f);
    const wa_node chain[] = { w.noise, w.gain, w.filter, w.delay, w.pan, r->out };
    for (uint32_t index = 0; index + 1 < sizeof chain / sizeof chain[0]; index++) {
        rig_connect(r, chain[index], chain[index + 1]);
    }
    rig_connect(r, w.tone, r->out);
    rig_connect(r, w.over, r->out);
    rig_connect(r, w.waiting, r->out);
    rig_connect(r, w.empty, r->out);
    rig_connect_param(r, w.tone, w.gain, WA_GAIN_GAIN);
    for (uint32_t index = 0; index < FAN_COUNT; index++) {
        w.fan[index] = rig_gain(r, 0.01f);
        rig_connect(r, w.constant, w.fan[index]);
        rig_connect(r, w.fan[index], r->out);
    }
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(w.pan, 0), 1.0f, 0.03));
    make_pools(&w);
    assert_ok(wa_flush(r->context));
    (void)rig_render(r, WARM_FRAMES);
    (void)wa_context_poll(r->context, NULL, 0);
    return w;
}

static void world_free(world *w) {
    wa_node_pool_destroy(w->pool);
    wa_voice_pool_destroy(w->voices);
    assert_ok(wa_periodic_wave_release(w->r->engine, w->wave));
    assert_ok(wa_buffer_release(w->r->engine, w->buffer));
    rig_destroy(w->r);
}

static void assert_alike(world *a, world *b, uint32_t frames) {
    const uint64_t from = a->r->frame_count;
    (void)rig_render(a->r, frames);
    (void)rig_render(b->r, frames);
    for (uint32_t channel = 0; channel < 2; channel++) {
        assert_same(a->r->planes[channel] + from, b->r->planes[channel] + from, frames);
    }
}

/* -- the edits ---------------------------------------------------------------------------------- */

static wa_param gain_of(const world *w) {
    return wa_node_param(w->gain, WA_GAIN_GAIN);
}

static wa_status create_source(world *w) {
    wa_context *context = w->r->context;
    wa_status status = wa_node_create(context, WA_NODE_TYPE_CONSTANT_SOURCE, NULL, &w->made);
    status = status == WA_OK ? wa_node_connect(context, w->made, w->r->out) : status;
    return status == WA_OK ? wa_source_start(context, w->made, 0.0) : status;
}
static wa_status create_and_release(world *w) {
    const wa_status status = create_source(w);
    return status == WA_OK ? wa_node_release(w->r->context, w->made, NULL) : status;
}
static wa_status create_wide(world *w) {
    wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    options.output_count = 32;
    wa_status status = wa_node_create(w->r->context, WA_NODE_TYPE_CHANNEL_SPLITTER, &options, &w->made);
    status = status == WA_OK ? wa_node_connect(w->r->context, w->noise, w->made) : status;
    return status == WA_OK ? wa_node_connect_ports(w->r->context, w->made, 1, w->r->out, 0) : status;
}
static wa_status connect(world *w) {
    return wa_node_connect(w->r->context, w->constant, w->filter);
}
static wa_status connect_new_level(world *w) {
    const wa_status status = wa_node_connect(w->r->context, w->pan, w->spare);
    return status == WA_OK ? wa_node_connect(w->r->context, w->spare, w->r->out) : status;
}
static wa_status connect_param(world *w) {
    return wa_node_connect_param(w->r->context, w->constant, 0,
                                 wa_node_param(w->filter, WA_BIQUAD_FILTER_DETUNE));
}
static wa_status connect_cycle(world *w) {
    return wa_node_connect(w->r->context, w->filter, w->gain); /* muted: no delay in it */
}
static wa_status connect_cycle_with_delay(world *w) {
    return wa_node_connect(w->r->context, w->delay, w->gain);
}
static wa_status disconnect_node(world *w) {
    return wa_node_disconnect_node(w->r->context, w->filter, w->delay);
}
static wa_status disconnect_fan(world *w) {
    return wa_node_disconnect(w->r->context, w->constant);
}
static wa_status disconnect_param(world *w) {
    return wa_node_disconnect_param(w->r->context, w->tone, gain_of(w));
}
static wa_status reverse(world *w) {
    wa_status status = wa_node_disconnect_node(w->r->context, w->gain, w->filter);
    status = status == WA_OK ? wa_node_disconnect_node(w->r->context, w->filter, w->delay) : status;
    status = status == WA_OK ? wa_node_connect(w->r->context, w->filter, w->gain) : status;
    return status == WA_OK ? wa_node_connect(w->r->context, w->gain, w->delay) : status;
}
static wa_status set_value(world *w) {
    return wa_param_set_value(w->r->context, gain_of(w), 0.125f);
}
static wa_status ramp(world *w) {
    return wa_param_linear_ramp_to_value_at_time(w->r->context, gain_of(w), 2.0f, 0.02);
}
static wa_status ramp_more(world *w) {
    const wa_param pan = wa_node_param(w->pan, 0);
    wa_status status = wa_param_set_target_at_time(w->r->context, pan, -1.0f, 0.016, 0.01f);
    for (uint32_t step = 0; step < 12 && status == WA_OK; step++) {
        status = wa_param_linear_ramp_to_value_at_time(w->r->context, pan, -0.5f, 0.02 + 0.001 * step);
    }
    return status;
}
static wa_status curve(world *w) {
    const float values[3] = { 0.0f, 1.0f, 0.5f };
    return wa_param_set_value_curve_at_time(w->r->context, gain_of(w), values, 3, 0.02, 0.01);
}
static wa_status cancel(world *w) {
    return wa_param_cancel_scheduled_values(w->r->context, wa_node_param(w->pan, 0), 0.0);
}
static wa_status hold(world *w) {
    return wa_param_cancel_and_hold_at_time(w->r->context, wa_node_param(w->pan, 0), 0.015);
}
static wa_status set_rate(world *w) {
    return wa_param_set_automation_rate(w->r->context, gain_of(w), WA_AUTOMATION_RATE_K);
}
static wa_status set_filter_type(world *w) {
    return wa_biquad_filter_set_type(w->r->context, w->filter, WA_BIQUAD_FILTER_HIGHPASS);
}
static wa_status set_tone_type(world *w) {
    return wa_oscillator_set_type(w->r->context, w->tone, WA_OSCILLATOR_SQUARE);
}
static wa_status set_tone_wave(world *w) {
    return wa_oscillator_set_periodic_wave(w->r->context, w->tone, w->wave);
}
static wa_status set_loop(world *w) {
    return wa_buffer_source_set_loop(w->r->context, w->noise, false);
}
static wa_status set_loop_points(world *w) {
    return wa_buffer_source_set_loop_points(w->r->context, w->noise, 0.001, 0.003);
}
static wa_status set_buffer(world *w) {
    return wa_buffer_source_set_buffer(w->r->context, w->empty, w->buffer);
}
static wa_status set_no_buffer(world *w) {
    return wa_buffer_source_set_buffer(w->r->context, w->noise, (wa_buffer){ 0 });
}
static wa_status start(world *w) {
    return wa_source_start(w->r->context, w->waiting, 0.0);
}
static wa_status start_and_stop(world *w) {
    const wa_status status = wa_source_start(w->r->context, w->waiting, 0.015);
    return status == WA_OK ? wa_source_stop(w->r->context, w->waiting, 0.02) : status;
}
static wa_status start_buffer(world *w) {
    wa_status status = wa_buffer_source_set_buffer(w->r->context, w->empty, w->buffer);
    return status == WA_OK ? wa_buffer_source_start(w->r->context, w->empty, 0.0, 0.001, 0.003)
                           : status;
}
static wa_status stop(world *w) {
    return wa_source_stop(w->r->context, w->tone, 0.0);
}
static wa_status rearm(world *w) {
    return wa_source_rearm(w->r->context, w->over);
}
static wa_status rearm_and_start(world *w) {
    const wa_status status = wa_source_rearm(w->r->context, w->over);
    return status == WA_OK ? wa_source_start(w->r->context, w->over, 0.0) : status;
}
static wa_status release_as(world *w, wa_node node, wa_release_mode mode) {
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = mode;
    return wa_node_release(w->r->context, node, &options);
}
static wa_status release_now(world *w) {
    return release_as(w, w->filter, WA_RELEASE_NOW);
}
static wa_status release_after_tail(world *w) {
    return release_as(w, w->delay, WA_RELEASE_AFTER_TAIL);
}
static wa_status release_source_after_tail(world *w) {
    return release_as(w, w->tone, WA_RELEASE_AFTER_TAIL);
}
static wa_status release_faded(world *w) {
    return release_as(w, w->pan, WA_RELEASE_FADE);
}
static wa_status release_when_done(world *w) {
    return release_as(w, w->spare, WA_RELEASE_WHEN_DONE);
}
static wa_status release_when_done_and_cut(world *w) {
    const wa_status status = release_as(w, w->delay, WA_RELEASE_WHEN_DONE);
    return status == WA_OK ? wa_node_disconnect(w->r->context, w->filter) : status;
}
static wa_status set_count(world *w) {
    return wa_node_set_channel_count(w->r->context, w->gain, 8);
}
static wa_status set_mode(world *w) {
    const wa_status status = wa_node_set_channel_count(w->r->context, w->gain, 1);
    return status == WA_OK
               ? wa_node_set_channel_count_mode(w->r->context, w->gain, WA_CHANNEL_COUNT_MODE_EXPLICIT)
               : status;
}
static wa_status set_discrete(world *w) {
    return wa_node_set_channel_interpretation(w->r->context, w->gain,
                                              WA_CHANNEL_INTERPRETATION_DISCRETE);
}
static wa_status pool_acquire(world *w) {
    const wa_status status = wa_node_pool_acquire(w->pool, &w->made);
    return status == WA_OK ? wa_node_connect(w->r->context, w->noise, w->made) : status;
}
static wa_status pool_release(world *w) {
    return wa_node_pool_release(w->pool, w->pooled, NULL);
}
static wa_status voice_acquire(world *w) {
    wa_voice voice = { 0 };
    const wa_status status = wa_voice_pool_acquire(w->voices, &voice);
    w->made = (wa_node){ voice.id };
    return status == WA_OK ? wa_source_start(w->r->context, wa_voice_node_at(w->voices, voice, 0), 0.0)
                           : status;
}
static wa_status voice_release(world *w) {
    return wa_voice_pool_release(w->voices, w->voice, NULL);
}

typedef struct edit {
    const char *name;
    wa_status (*run)(world *w);
} edit;
#define EDIT(name)                                                                                     \
    { #name, name }
static const edit edits[] = {
    EDIT(create_source),
    EDIT(create_and_release),
    EDIT(create_wide),
    EDIT(connect),
    EDIT(connect_new_level),
    EDIT(connect_param),
    EDIT(connect_cycle),
    EDIT(connect_cycle_with_delay),
    EDIT(disconnect_node),
    EDIT(disconnect_fan),
    EDIT(disconnect_param),
    EDIT(reverse),
    EDIT(set_value),
    EDIT(ramp),
    EDIT(ramp_more),
    EDIT(curve),
    EDIT(cancel),
    EDIT(hold),
    EDIT(set_rate),
    EDIT(set_filter_type),
    EDIT(set_tone_type),
    EDIT(set_tone_wave),
    EDIT(set_loop),
    EDIT(set_loop_points),
    EDIT(set_buffer),
    EDIT(set_no_buffer),
    EDIT(start),
    EDIT(start_and_stop),
    EDIT(start_buffer),
    EDIT(stop),
    EDIT(rearm),
    EDIT(rearm_and_start),
    EDIT(release_now),
    EDIT(release_after_tail),
    EDIT(release_source_after_tail),
    EDIT(release_faded),
    EDIT(release_when_done),
    EDIT(release_when_done_and_cut),
    EDIT(set_count),
    EDIT(set_mode),
    EDIT(set_discrete),
    EDIT(pool_acquire),
    EDIT(pool_release),
    EDIT(voice_acquire),
    EDIT(voice_release),
};
enum { EDIT_COUNT = sizeof edits / sizeof edits[0] };

/* -- undone, three ways ------------------------------------------------------------------------- */

typedef enum undoing { BY_ROLLBACK, BY_POISON } undoing;

static void undo(world *w, wa_status (*run)(world *), undoing how) {
    wa_context *context = w->r->context;
    w->made = (wa_node){ 0 };
    assert_ok(wa_begin(context));
    assert_ok(run(w));
    if (how == BY_ROLLBACK) {
        assert_ok(wa_rollback(context));
    } else {
        assert_refused(wa_node_connect_ports(context, w->constant, 9, w->r->out, 0), WA_ERR_INDEX_SIZE,
                       "output_index is 9");
        assert_refused(wa_param_set_value(context, wa_node_param(w->gain, 7), 1.0f), WA_ERR_INDEX_SIZE,
                       "param.index is 7");
        assert_int_equal(wa_commit(context), WA_ERR_INDEX_SIZE);
    }
    if (w->made.id != 0) {
        wa_node_info info;
        assert_int_equal(wa_node_get_info(context, w->made, &info), WA_ERR_STALE_HANDLE);
    }
}

static void check_undone(const edit *of, undoing how) {
    world a = world_make(false), b = world_make(false);
    undo(&a, of->run, how);
    assert_alike(&a, &b, JUDGED_FRAMES / 2 + 13);
    /* Nothing is in the way of the same edit later. */
    assert_int_equal(of->run(&a), WA_OK);
    assert_int_equal(of->run(&b), WA_OK);
    assert_alike(&a, &b, JUDGED_FRAMES);
    assert_int_equal(rig_poll(a.r, WA_EVENT_ENDED), rig_poll(b.r, WA_EVENT_ENDED));
    assert_int_equal(rig_node_count(a.r), rig_node_count(b.r));
    world_free(&a);
    world_free(&b);
}

static void test_each_edit_undone(void **state) {
    (void)state;
    for (uint32_t index = 0; index < EDIT_COUNT; index++) {
        check_undone(&edits[index], BY_ROLLBACK);
        check_undone(&edits[index], BY_POISON);
    }
}

/* All of them in one transaction; some fail, after what the others did. Again and again: memory must not
 * grow. */
static void test_all_edits_undone(void **state) {
    (void)state;
    world a = world_make(false), b = world_make(false);
    uint64_t used_bytes = 0;
    for (uint32_t round = 0; round < 12; round++) {
        assert_ok(wa_begin(a.r->context));
        for (uint32_t index = 0; index < EDIT_COUNT; index++) {
            (void)edits[(index * 7 + round) % EDIT_COUNT].run(&a);
        }
        assert_ok(wa_rollback(a.r->context));
        assert_alike(&a, &b, 200);
        (void)wa_context_poll(a.r->context, NULL, 0);
        (void)wa_context_poll(b.r->context, NULL, 0);
        assert_int_equal(rig_node_count(a.r), rig_node_count(b.r) + 1); /* a delay keeps its writer */
        if (round == 5) {
            used_bytes = rig_used_bytes(a.r);
        }
    }
    assert_int_equal(rig_used_bytes(a.r), used_bytes);
    world_free(&a);
    world_free(&b);
}

/* What was released inside lives again, and what was taken inside can be taken again. */
static void test_handles_after_rollback(void **state) {
    (void)state;
    world w = world_make(false);
    wa_context *context = w.r->context;
    wa_node_info info;
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    for (uint32_t index = 0; index < 4; index++) {
        assert_ok(wa_begin(context));
        assert_ok(release_as(&w, w.filter, modes[index]));
        assert_int_equal(wa_node_get_info(context, w.filter, &info), WA_ERR_RELEASED);
        assert_ok(wa_rollback(context));
        assert_ok(wa_node_get_info(context, w.filter, &info));
    }
    wa_node_pool_stats before, after;
    wa_node_pool_get_stats(w.pool, &before);
    for (uint32_t round = 0; round < 3; round++) {
        assert_ok(wa_begin(context));
        assert_ok(pool_acquire(&w));
        assert_ok(pool_release(&w));
        assert_ok(wa_rollback(context));
        assert_int_equal(wa_node_get_info(context, w.made, &info), WA_ERR_STALE_HANDLE);
        assert_ok(wa_node_get_info(context, w.pooled, &info));
    }
    wa_node_pool_get_stats(w.pool, &after);
    assert_int_equal(after.in_use, before.in_use);
    assert_ok(pool_release(&w));
    world_free(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_edit_undone),
        cmocka_unit_test(test_all_edits_undone),
        cmocka_unit_test(test_handles_after_rollback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
