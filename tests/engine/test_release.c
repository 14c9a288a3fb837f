/* Giving nodes back (M2.2): every mode for every type of node, what is heard meanwhile, how long it takes, and
 * what each kind of wrong handle is answered. How long nodes live that nobody holds is in test_lifetimes.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>

enum { QUANTUM = 128 };

static rig *r;

static int set_up(void **state) {
    (void)state;
    r = rig_create(&(rig_desc){ .input_channel_count = 1 });
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

static wa_status release(wa_node node, wa_release_mode mode, double fade_s) {
    const wa_release_options options = { mode, fade_s };
    return wa_node_release(r->context, node, &options);
}

/* -- every type, every mode --------------------------------------------------------------------- */

/* A node of that type with all that it can be connected to, sounding; false: there is none by default. */
static bool make_sounding(wa_node_type type, wa_node feeder, wa_node *node, wa_node_info *info) {
    if (type == WA_NODE_TYPE_DESTINATION ||
        wa_node_create(r->context, type, NULL, node) != WA_OK) { /* or it wants options, or is ours */
        return false;
    }
    assert_ok(wa_node_get_info(r->context, *node, info));
    for (uint32_t index = 0; index < info->input_count; index++) {
        rig_connect_ports(r, feeder, 0, *node, index);
    }
    for (uint32_t index = 0; index < info->param_count; index++) {
        rig_connect_param(r, feeder, *node, index);
    }
    for (uint32_t index = 0; index < info->output_count; index++) {
        rig_connect_ports(r, *node, index, r->out, 0);
    }
    (void)wa_source_start(r->context, *node, 0.0); /* if it is one */
    return true;
}

static void check_type(wa_node_type type, wa_release_mode mode) {
    static const uint32_t quanta_max[] = {
        [WA_RELEASE_NOW] = 2,           /* the one in which it goes, and the look at it */
        [WA_RELEASE_FADE] = 4,          /* 240 frames */
        [WA_RELEASE_AFTER_TAIL] = 4000, /* a tail of any length, but not for ever */
        [WA_RELEASE_WHEN_DONE] = 4000,
    };
    wa_node feeder = rig_constant(r, 0.01f), node = { 0 };
    wa_node_info info;
    if (!make_sounding(type, feeder, &node, &info)) {
        rig_release(r, feeder, WA_RELEASE_NOW);
        rig_render(r, QUANTUM);
        return;
    }
    const uint32_t with_it = node_count();
    rig_render(r, 4 * QUANTUM);
    if (mode == WA_RELEASE_WHEN_DONE) { /* by the lifetime rules it stays while it is fed or plays */
        if (type == WA_NODE_TYPE_INPUT) {
            assert_ok(release(node, WA_RELEASE_NOW, 0.0));
            rig_release(r, feeder, WA_RELEASE_NOW);
            rig_render(r, QUANTUM);
            return;
        }
        assert_ok(wa_node_disconnect(r->context, feeder));
        (void)wa_source_stop(r->context, node, 0.0);
    }
    assert_ok(release(node, mode, 0.005));
    assert_refused(release(node, mode, 0.005), WA_ERR_RELEASED, "node");
    uint32_t quanta = 0;
    while (node_count() == with_it) {
        rig_render(r, QUANTUM);
        if (++quanta > quanta_max[mode]) {
            fail_msg("%s, mode %d: still there after %u quanta", info.type_name, (int)mode, quanta);
        }
    }
    assert_int_equal(node_count(), with_it - 1);
    assert_refused(release(node, mode, 0.005), WA_ERR_STALE_HANDLE, "node");
    assert_all(rig_render(r, 4 * QUANTUM), 0.0f, 4 * QUANTUM);
    rig_release(r, feeder, WA_RELEASE_NOW);
    rig_render(r, QUANTUM);
    assert_int_equal(node_count(), with_it - 2);
}

/* M2.2 */
static void every_type_and_mode(void **state) {
    (void)state;
    static const wa_node_type types[] = {
#define WA_NODE(symbol, ENUMERATOR, value) WA_NODE_TYPE_##ENUMERATOR,
#include "wavepool/node_types.def"
#undef WA_NODE
    };
    for (uint32_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        for (uint32_t mode = WA_RELEASE_NOW; mode <= WA_RELEASE_WHEN_DONE; mode++) {
            check_type(types[index], (wa_release_mode)mode);
        }
    }
    assert_int_equal(node_count(), 1);
}

/* M2.2: idle nodes, and sources that wait or never began, do not keep anybody waiting. */
static void idle_ones_go_at_once(void **state) {
    (void)state;
    for (uint32_t mode = WA_RELEASE_NOW; mode <= WA_RELEASE_WHEN_DONE; mode++) {
        (void)rig_delay(r, 1.0, 1.0);
        const wa_node nodes[] = { rig_gain(r, 1.0f), rig_delay(r, 1.0, 1.0),
                                  rig_node(r, WA_NODE_TYPE_OSCILLATOR, NULL),
                                  rig_node(r, WA_NODE_TYPE_BUFFER_SOURCE, NULL) };
        const uint32_t before = node_count();
        for (uint32_t index = 0; index < 4; index++) {
            rig_connect(r, nodes[index], r->out);
            assert_ok(release(nodes[index], (wa_release_mode)mode, 10.0));
        }
        const wa_node waiting = rig_node(r, WA_NODE_TYPE_OSCILLATOR, NULL);
        assert_ok(wa_source_start(r->context, waiting, 1000.0));
        assert_ok(release(waiting, (wa_release_mode)mode, 0.005));
        rig_render(r, QUANTUM);
        (void)node_count();
        rig_render(r, QUANTUM);
        assert_int_equal(node_count(), before - 4 + (mode == WA_RELEASE_WHEN_DONE));
    }
}

/* M2.2 */
static void what_cannot_be_released(void **state) {
    (void)state;
    const wa_node gain = rig_gain(r, 1.0f);
    assert_refused(release(r->out, WA_RELEASE_NOW, 0.0), WA_ERR_INVALID_STATE, "destination");
    assert_refused(release(gain, (wa_release_mode)0, 0.0), WA_ERR_NOT_SUPPORTED, "options.mode is 0");
    assert_refused(release(gain, (wa_release_mode)5, 0.0), WA_ERR_NOT_SUPPORTED, "options.mode is 5");
    assert_refused(release(gain, WA_RELEASE_FADE, 0.0), WA_ERR_RANGE,
                   "fade_s is 0, its range is (0, 10]");
    assert_refused(release(gain, WA_RELEASE_FADE, -1.0), WA_ERR_RANGE, "fade_s");
    assert_refused(release(gain, WA_RELEASE_FADE, 10.001), WA_ERR_RANGE, "fade_s");
    assert_refused(release(gain, WA_RELEASE_FADE, NAN), WA_ERR_RANGE, "fade_s");
    assert_refused(wa_node_release(NULL, gain, NULL), WA_ERR_TYPE, "context");
    assert_ok(release(gain, WA_RELEASE_FADE, 10.0));
}

/* -- fades -------------------------------------------------------------------------------------- */

static void assert_ramp(const float *heard, float from, uint32_t fade_frames, uint32_t frame_count) {
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        const double left = frame < fade_frames ? 1.0 - (double)frame / fade_frames : 0.0;
        assert_float_equal(heard[frame], (float)((double)from * left), 1e-6f);
    }
}

/* M2.2: linear to zero and then nothing, at any quantum, into inputs and into params. */
static void fades_are_linear(void **state) {
    static const uint32_t quanta[] = { 1, 100, 128, 333 };
    static const uint32_t fades[] = { 1, 2, 127, 128, 129, 240, 1000 };
    (void)state;
    for (uint32_t q = 0; q < 4; q++) {
        for (uint32_t f = 0; f < sizeof fades / sizeof fades[0]; f++) {
            rig *mine = r;
            r = rig_create(&(rig_desc){ .quantum_frames = quanta[q], .channel_count = 2 });
            /* Left: a gain that fades, beside a constant; right: a target whose gain the same node drives. */
            const wa_node one = rig_constant(r, 1.0f), faded = rig_gain(r, 0.5f),
                          target = rig_gain(r, 0.0f), merger = rig_merger(r, 2),
                          half = rig_constant(r, 0.25f);
            rig_connect(r, one, faded);
            rig_connect(r, one, target);
            rig_connect_param(r, faded, target, WA_GAIN_GAIN);
            rig_connect_ports(r, faded, 0, merger, 0);
            rig_connect_ports(r, half, 0, merger, 0);
            rig_connect_ports(r, target, 0, merger, 1);
            rig_connect(r, merger, r->out);
            rig_render(r, 3 * quanta[q]);
            assert_float_equal(r->planes[0][0], 0.75f, 0.0f);
            assert_float_equal(r->planes[1][0], 0.5f, 0.0f);
            const uint32_t before = node_count();
            assert_ok(release(faded, WA_RELEASE_FADE, rig_frames_s(r, fades[f])));
            const uint64_t begin = r->frame_count;
            const uint32_t length = (fades[f] / quanta[q] + 2) * quanta[q];
            rig_render(r, length);
            for (uint32_t frame = 0; frame < length; frame++) {
                r->planes[0][begin + frame] -= 0.25f;
            }
            assert_ramp(r->planes[0] + begin, 0.5f, fades[f], length);
            assert_ramp(r->planes[1] + begin, 0.5f, fades[f], length);
            rig_render(r, quanta[q]);
            assert_int_equal(node_count(), before - 1);
            rig_destroy(r);
            r = mine;
        }
    }
}

/* M2.2: all outputs and every reader of them, and a source that ends on the way. */
static void fades_on_every_way_out(void **state) {
    (void)state;
    rig *mine = r;
    r = rig_create(&(rig_desc){ .channel_count = 4 });
    static const float values[2] = { 1.0f, 0.5f };
    const wa_node splitter = rig_splitter(r, 2), merger = rig_merger(r, 4);
    rig_connect(r, rig_constants(r, values, 2), splitter);
    rig_connect_ports(r, splitter, 0, merger, 0);
    rig_connect_ports(r, splitter, 1, merger, 1);
    rig_connect_ports(r, splitter, 0, merger, 2);
    const wa_node tone = rig_constant(r, 1.0f);
    rig_connect_ports(r, tone, 0, merger, 3);
    rig_connect(r, merger, r->out);
    rig_render(r, QUANTUM);
    assert_ok(wa_source_stop(r->context, tone, rig_frames_s(r, 300)));
    assert_ok(release(splitter, WA_RELEASE_FADE, rig_frames_s(r, 400)));
    assert_ok(release(tone, WA_RELEASE_FADE, rig_frames_s(r, 400)));
    rig_render(r, 6 * QUANTUM);
    assert_ramp(r->planes[0] + QUANTUM, 1.0f, 400, 6 * QUANTUM);
    assert_ramp(r->planes[1] + QUANTUM, 0.5f, 400, 6 * QUANTUM);
    assert_ramp(r->planes[2] + QUANTUM, 1.0f, 400, 6 * QUANTUM);
    assert_ramp(r->planes[3] + QUANTUM, 1.0f, 400, 300 - QUANTUM); /* its own stop is its own */
    assert_all(r->planes[3] + 300, 0.0f, 6 * QUANTUM - 300 + QUANTUM);
    rig_destroy(r);
    r = mine;
}

static float largest_step(const float *heard, uint32_t frame_count) {
    float largest = 0.0f;
    for (uint32_t frame = 1; frame < frame_count; frame++) {
        largest = fmaxf(largest, fabsf(heard[frame] - heard[frame - 1]));
    }
    return largest;
}

/* M2.2: no click: no step is larger than the signal's own and the ramp's together; a cut has one. */
static void a_fade_does_not_click(void **state) {
    (void)state;
    const float own = 2.0f * 3.14159265f * 200.0f / 48000.0f, ramp = 1.0f / 240.0f;
    float worst_cut = 0.0f;
    for (uint32_t phase = 0; phase < 8; phase++) {
        for (uint32_t is_cut = 0; is_cut < 2; is_cut++) {
            const wa_node tone = rig_sine(r, 200.0f), gain = rig_gain(r, 1.0f);
            rig_connect(r, tone, gain);
            rig_connect(r, gain, r->out);
            rig_render(r, 2 * QUANTUM + phase * QUANTUM);
            assert_ok(release(gain, is_cut ? WA_RELEASE_NOW : WA_RELEASE_FADE, 0.005));
            const float *heard = rig_render(r, 4 * QUANTUM) - 1; /* with the last frame before */
            const float step = largest_step(heard, 4 * QUANTUM + 1);
            if (is_cut) {
                worst_cut = fmaxf(worst_cut, step);
            } else {
                assert_true(step <= own + ramp + 1e-5f);
            }
            rig_release(r, tone, WA_RELEASE_NOW);
            rig_render(r, QUANTUM);
        }
    }
    assert_true(worst_cut > 0.5f); /* or the bound would mean nothing */
}

/* -- tails -------------------------------------------------------------------------------------- */

typedef wa_node (*make_fn)(void);

static wa_node ringing_filter(void) {
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.type = WA_BIQUAD_FILTER_BANDPASS;
    options.q = 50.0f;
    return rig_node(r, WA_NODE_TYPE_BIQUAD_FILTER, &options);
}

static wa_node echo(void) {
    return rig_delay(r, 0.02, 0.0151);
}

static wa_node no_tail(void) {
    return rig_gain(r, 0.7f);
}

/* M2.2: after the tail: as if nobody had released it, but for its inputs; and then it is gone. */
static void after_the_tail_it_is_as_if_held(void **state) {
    static const make_fn makers[] = { ringing_filter, echo, no_tail };
    (void)state;
    for (uint32_t index = 0; index < 3; index++) {
        rig *rigs[2], *mine = r;
        for (uint32_t is_held = 0; is_held < 2; is_held++) {
            r = rigs[is_held] = rig_create(NULL);
            const wa_node noise = rig_noise(r, 1, 4000, 11), node = makers[index](),
                          behind = rig_gain(r, 0.5f);
            rig_connect(r, noise, node);
            rig_connect(r, node, behind);
            rig_connect(r, behind, r->out);
            rig_render(r, 8 * QUANTUM);
            if (is_held) {
                assert_ok(wa_node_disconnect(r->context, noise));
            } else {
                assert_ok(release(node, WA_RELEASE_AFTER_TAIL, 0.0));
            }
            rig_render(r, 2000 * QUANTUM);
        }
        assert_same(rigs[0]->planes[0], rigs[1]->planes[0], 2008 * QUANTUM);
        r = rigs[0];
        (void)node_count(); /* what is left of it is cut */
        rig_render(r, QUANTUM);
        assert_int_equal(node_count(), 3);
        assert_int_equal(rig_awake_count(rigs[0]), rig_awake_count(rigs[1]));
        rig_destroy(rigs[0]);
        rig_destroy(rigs[1]);
        r = mine;
    }
}

/* M2.2: one node of a loop: the loop opens, what is in the line is heard once more. */
static void after_the_tail_in_a_cycle(void **state) {
    (void)state;
    const wa_node delay = rig_delay(r, 0.01, 256.0 / 48000.0), back = rig_gain(r, 1.0f);
    const uint32_t before = node_count();
    rig_connect(r, rig_impulse(r, 1.0f, 0.0), delay);
    rig_connect(r, delay, back);
    rig_connect(r, back, delay);
    rig_connect(r, delay, r->out);
    const float *heard = rig_render(r, 8 * QUANTUM);
    for (uint32_t frame = 0; frame < 8 * QUANTUM; frame++) { /* it goes round for ever */
        assert_true(heard[frame] == (frame > 0 && frame % 256 == 0 ? 1.0f : 0.0f));
    }
    assert_ok(release(delay, WA_RELEASE_AFTER_TAIL, 0.0));
    heard = rig_render(r, 8 * QUANTUM);
    for (uint32_t frame = 0; frame < 8 * QUANTUM; frame++) {
        assert_true(heard[frame] == (frame == 0 ? 1.0f : 0.0f));
    }
    (void)node_count(); /* what is left of it is cut */
    rig_render(r, QUANTUM);
    assert_int_equal(node_count(), before - 1 + 1); /* the impulse came, the delay went */
}

/* -- handles ------------------------------------------------------------------------------------ */

static wa_status as_released(wa_node node) {
    return wa_node_release(r->context, node, NULL);
}
static wa_status as_source(wa_node node) {
    return wa_node_connect(r->context, node, r->out);
}
static wa_status as_destination(wa_node node) {
    return wa_node_connect(r->context, r->out, node);
}
static wa_status as_driver(wa_node node) {
    return wa_node_connect_param(r->context, node, 0, wa_node_param(node, 0));
}
static wa_status as_cut(wa_node node) {
    return wa_node_disconnect(r->context, node);
}
static wa_status as_asked(wa_node node) {
    wa_node_info info;
    return wa_node_get_info(r->context, node, &info);
}
static wa_status as_widened(wa_node node) {
    return wa_node_set_channel_count(r->context, node, 2);
}
static wa_status as_param(wa_node node) {
    return wa_param_set_value(r->context, wa_node_param(node, 0), 0.5f);
}
static wa_status as_automated(wa_node node) {
    return wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(node, 0), 0.5f, 1.0);
}
static wa_status as_got(wa_node node) {
    float value;
    return wa_param_get_value(r->context, wa_node_param(node, 0), &value);
}
static wa_status as_started(wa_node node) {
    return wa_source_start(r->context, node, 0.0);
}
static wa_status as_stopped(wa_node node) {
    return wa_source_stop(r->context, node, 0.0);
}
static wa_status as_rearmed(wa_node node) {
    return wa_source_rearm(r->context, node);
}
static wa_status as_oscillator(wa_node node) {
    return wa_oscillator_set_type(r->context, node, WA_OSCILLATOR_SQUARE);
}
static wa_status as_player(wa_node node) {
    return wa_buffer_source_set_loop(r->context, node, true);
}
static wa_status as_filter(wa_node node) {
    return wa_biquad_filter_set_type(r->context, node, WA_BIQUAD_FILTER_NOTCH);
}

/* M2.2: stale, released, foreign and of the wrong type are told apart by every call, and change nothing. */
static void wrong_handles_are_told_apart(void **state) {
    static wa_status (*const calls[])(wa_node node) = {
        as_released, as_source,     as_destination, as_driver, as_cut,     as_asked,
        as_widened,  as_param,      as_automated,   as_got,    as_started, as_stopped,
        as_rearmed,  as_oscillator, as_player,      as_filter,
    };
    (void)state;
    rig *beside = rig_create(&(rig_desc){ .engine = r->engine }), *elsewhere = rig_create(NULL);
    const wa_node ringing = rig_delay(r, 1.0, 0.5), gone = rig_gain(r, 1.0f);
    rig_connect(r, rig_constant(r, 1.0f), ringing);
    rig_connect(r, ringing, r->out);
    rig_render(r, QUANTUM);
    assert_ok(release(ringing, WA_RELEASE_AFTER_TAIL, 0.0));
    assert_ok(release(gone, WA_RELEASE_NOW, 0.0));
    rig_render(r, QUANTUM);
    (void)node_count();
    const wa_buffer buffer = rig_buffer(r, 1, 1);
    wa_periodic_wave wave = { 0 };
    const float imag[2] = { 0.0f, 1.0f };
    assert_ok(wa_periodic_wave_create(r->engine, NULL, imag, 2, false, &wave));
    const struct {
        wa_node node;
        wa_status status;
    } rows[] = {
        { { 0 }, WA_ERR_STALE_HANDLE },
        { { 1 }, WA_ERR_STALE_HANDLE },
        { { UINT64_MAX }, WA_ERR_STALE_HANDLE },
        { { gone.id + 255 }, WA_ERR_STALE_HANDLE }, /* a slot that nobody ever had */
        { gone, WA_ERR_STALE_HANDLE },
        { ringing, WA_ERR_RELEASED },
        { rig_gain(beside, 1.0f), WA_ERR_FOREIGN_HANDLE },
        { rig_gain(elsewhere, 1.0f), WA_ERR_FOREIGN_HANDLE },
        { { buffer.id }, WA_ERR_WRONG_TYPE },
        { { wave.id }, WA_ERR_WRONG_TYPE },
    };
    const uint32_t before = node_count();
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (uint32_t call = 0; call < sizeof calls / sizeof calls[0]; call++) {
            const wa_status status = calls[call](rows[row].node);
            /* A typed call may see first that a released Delay is no Oscillator. */
            const bool is_either = rows[row].status == WA_ERR_RELEASED && status == WA_ERR_WRONG_TYPE;
            if (status != rows[row].status && !is_either) {
                fail_msg("row %u, call %u: %s, wanted %s", row, call, wa_status_name(status),
                         wa_status_name(rows[row].status));
            }
        }
    }
    const wa_node gain = rig_gain(r, 1.0f);
    for (uint32_t call = 10; call < sizeof calls / sizeof calls[0]; call++) {
        assert_int_equal(calls[call](gain), WA_ERR_WRONG_TYPE);
    }
    assert_int_equal(node_count(), before + 1);
    assert_int_equal(wa_buffer_release(r->engine, (wa_buffer){ gain.id }), WA_ERR_WRONG_TYPE);
    assert_ok(wa_buffer_release(r->engine, buffer));
    assert_ok(wa_periodic_wave_release(r->engine, wave));
    rig_destroy(beside);
    rig_destroy(elsewhere);
}

/* M2.2: a handle of the past never means what has its memory now, however often that changes hands. */
static void a_stale_handle_stays_stale(void **state) {
    (void)state;
    enum { LIVES = 600 }; /* more than a chunk of slots */
    static wa_node nodes[LIVES];
    for (uint32_t life = 0; life < LIVES; life++) {
        nodes[life] = rig_gain(r, 1.0f);
        rig_release(r, nodes[life], WA_RELEASE_NOW);
        if (life % 3 == 2) {
            rig_render(r, QUANTUM);
            (void)node_count();
        }
    }
    rig_render(r, QUANTUM);
    (void)node_count();
    wa_node alive[10];
    for (uint32_t index = 0; index < 10; index++) {
        alive[index] = rig_gain(r, 1.0f);
    }
    for (uint32_t life = 0; life < LIVES; life++) {
        assert_int_equal(release(nodes[life], WA_RELEASE_NOW, 0.0), WA_ERR_STALE_HANDLE);
    }
    for (uint32_t index = 0; index < 10; index++) {
        rig_connect(r, alive[index], r->out);
    }
}

/* M2.2, M2.5: what has gone leaves its room: at node_count_max one more is refused, and one less is not. */
static void the_limit_of_nodes(void **state) {
    (void)state;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.node_count_max = 3; /* with the destination */
    desc.length_frames = 48000;
    wa_context *context = NULL;
    assert_ok(wa_context_create(r->engine, &desc, &context));
    wa_node nodes[2], none = { 7 };
    for (uint32_t round = 0; round < 3; round++) {
        assert_ok(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &nodes[0]));
        assert_ok(wa_node_create(context, WA_NODE_TYPE_DELAY, NULL, &nodes[1]));
        assert_refused(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &none), WA_ERR_LIMIT,
                       "node_count_max is 3");
        assert_int_equal(none.id, 7);
        assert_ok(wa_node_release(context, nodes[0], NULL)); /* it does not run: gone at once */
        assert_ok(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &nodes[0]));
        assert_ok(wa_node_release(context, nodes[0], NULL));
        assert_ok(wa_node_release(context, nodes[1], NULL));
    }
    assert_ok(wa_context_destroy(context));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_type_and_mode),
        TEST(idle_ones_go_at_once),
        TEST(what_cannot_be_released),
        TEST(fades_are_linear),
        TEST(fades_on_every_way_out),
        TEST(a_fade_does_not_click),
        TEST(after_the_tail_it_is_as_if_held),
        TEST(after_the_tail_in_a_cycle),
        TEST(wrong_handles_are_told_apart),
        TEST(a_stale_handle_stays_stale),
        TEST(the_limit_of_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
