/* Voice pools, M2.7: whatever their user connects and cuts, voices come back wired as their template says, in
 * its order and at its levels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "voices.h"

static void cut_all(wa_voice voice) {
    for (uint32_t index = 0; index < MEMBERS; index++) {
        cut_member(voice, index);
    }
}

static void as_many_but_others(wa_voice voice) {
    cut_member(voice, FIRST);
    connect_members(voice, FIRST, LINE);
}

static void another_order(wa_voice voice) {
    cut_member(voice, FIRST);
    connect_members(voice, FIRST, SUM);
}

static void backwards(wa_voice voice) {
    cut_member(voice, SUM);
    connect_members(voice, LINE, SUM);
}

static void into_a_param(wa_voice voice) {
    cut_member(voice, THIRD);
    rig_connect_param(r, at(voice, THIRD), at(voice, SUM), WA_GAIN_GAIN);
}

static void into_a_cycle(wa_voice voice) {
    connect_members(voice, LINE, SUM);
}

/* Two more inputs of the delay, of which one closes a cycle. */
static void into_a_cycle_outside(wa_voice voice) {
    const wa_node back = rig_gain(r, 0.5f), one = rig_constant(r, 1.0f);
    rig_connect(r, back, at(voice, LINE));
    rig_connect(r, one, at(voice, LINE));
    rig_connect(r, at(voice, LINE), back);
    rig_connect(r, rig_constant(r, 1.0f), at(voice, LINE));
}

static void into_a_muted_cycle(wa_voice voice) {
    connect_members(voice, SUM, SUM);
}

static void from_outside(wa_voice voice) {
    const wa_node noise = rig_noise(r, 2, 100, 5);
    for (uint32_t index = FIRST; index <= THIRD; index++) {
        rig_connect_param(r, noise, at(voice, index), WA_CONSTANT_SOURCE_OFFSET);
    }
    rig_connect(r, noise, at(voice, SUM));
    rig_connect(r, noise, at(voice, LINE));
}

static void to_outside(wa_voice voice) {
    const wa_node gain = rig_gain(r, 0.0f);
    rig_connect(r, at(voice, SUM), gain);
    rig_connect_param(r, at(voice, FIRST), gain, WA_GAIN_GAIN);
    rig_connect(r, at(voice, SUM), r->out);
}

static void into_another_voice(wa_voice voice) {
    const wa_voice other = take();
    rig_connect(r, at(voice, SUM), at(other, LINE));
    rig_connect(r, at(other, SUM), at(voice, LINE));
    assert_ok(wa_voice_pool_release(pool, other, NULL));
}

static void settings(wa_voice voice) {
    assert_ok(wa_param_set_value(r->context, wa_node_param(at(voice, SECOND), 0), 9.0f));
    assert_ok(wa_param_set_value_at_time(r->context, wa_node_param(at(voice, LINE), 0), 0.001f, 1e6));
    assert_ok(wa_node_set_channel_count(r->context, at(voice, SUM), 5));
    assert_ok(
        wa_node_set_channel_count_mode(r->context, at(voice, SUM), WA_CHANNEL_COUNT_MODE_EXPLICIT));
}

/* M2.7, M2.3: it comes back as its template says, in its order of connection. */
static void rewired_voices_come_back_as_they_were(void **state) {
    static void (*const rewire[])(wa_voice voice) = {
        cut_all,      as_many_but_others, another_order,        backwards,
        into_a_param, into_a_cycle,       into_a_cycle_outside, into_a_muted_cycle,
        from_outside, to_outside,         into_another_voice,   settings,
    };
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE };
    (void)state;
    for (uint32_t row = 0; row < sizeof rewire / sizeof rewire[0]; row++) {
        for (uint32_t mode = 0; mode < 3; mode++) {
            for (uint32_t is_stopped = 0; is_stopped < 2; is_stopped++) {
                pool = make_pool(20);
                const wa_voice voice = take();
                start(voice);
                rig_render(r, 256);
                rewire[row](voice);
                rig_render(r, 1024);
                for (uint32_t index = 0; index < 3 && is_stopped; index++) {
                    assert_ok(wa_source_stop(r->context, at(voice, index), 0.0));
                }
                const wa_release_options options = { modes[mode], 0.004 };
                assert_ok(wa_voice_pool_release(pool, voice, &options));
                rig_render(r, 8 * 4096);
                assert_int_equal(stats().in_use, 0);
                assert_as_template();
                assert_int_equal(stats().dropped_count, 0);
                wa_voice_pool_destroy(pool);
                pool = NULL;
                rig_destroy(r);
                r = rig_create(NULL);
            }
        }
    }
}

/* M2.7: levels rise with what is connected; voices that feed one another by turns must not rise for ever. */
static void voices_by_turns_take_no_more_room(void **state) {
    (void)state;
    pool = make_pool(20);
    uint32_t level_capacity = 0;
    uint64_t used_bytes = 0;
    for (uint32_t turn = 0; turn < 600; turn++) {
        wa_voice voices[2] = { take(), take() };
        rig_connect(r, at(voices[0], LINE), at(voices[1], SUM));
        start(voices[0]);
        rig_render(r, 128);
        assert_ok(wa_voice_pool_release(pool, voices[0],
                                        NULL)); /* first back, last out: they change places */
        assert_ok(wa_voice_pool_release(pool, voices[1], NULL));
        rig_render(r, 128);
        if (turn == 20) {
            level_capacity = r->context->side.level_capacity;
            used_bytes = rig_used_bytes(r);
        }
    }
    assert_int_equal(r->context->side.level_capacity, level_capacity);
    assert_int_equal(rig_used_bytes(r), used_bytes);
    assert_as_template();
}

/* A constant into a delay of 256 frames that feeds itself through a gain of a half, with another way out. */
static wa_voice_pool *make_echo(void) {
    enum { FRAMES = 256 };
    static wa_delay_options line = WA_DELAY_OPTIONS_INIT;
    static wa_gain_options half = WA_GAIN_OPTIONS_INIT;
    line.max_delay_time_s = 0.01;
    line.delay_time_s = (float)FRAMES / 48000.0f;
    half.gain = 0.5f;
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
                                    { WA_NODE_TYPE_DELAY, &line },
                                    { WA_NODE_TYPE_GAIN, &half } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false },
                                    { 1, 0, 2, 0, false },
                                    { 2, 0, 1, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = 3;
    desc.edges = edges;
    desc.edge_count = 3;
    desc.output_node = 1;
    desc.output = r->out;
    wa_voice_pool *made = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &made));
    return made;
}

/* M2.7: internal connections stay until all of it sleeps, also those that go round; each life is the same. */
static void a_cycle_rings_out(void **state) {
    (void)state;
    pool = make_echo();
    for (uint32_t life = 0; life < 4; life++) {
        const wa_voice voice = take();
        assert_ok(wa_source_start(r->context, at(voice, 0), 0.0));
        assert_ok(wa_source_stop(r->context, at(voice, 0),
                                 wa_context_current_time_s(r->context) + rig_frames_s(r, 128)));
        rig_render(r, 128);
        const wa_release_options tail = { WA_RELEASE_AFTER_TAIL, 0.0 };
        assert_ok(life % 2 == 0 ? wa_voice_pool_release(pool, voice, &tail)
                                : wa_voice_pool_release_when_done(pool, voice));
        const float *heard = rig_render(r, 8 * 256);
        float wanted = 1.0f;
        for (uint32_t echo = 0; echo < 7; echo++, wanted *= 0.5f) {
            assert_all(heard + echo * 256, 0.0f, 128);
            for (uint32_t frame = 0; frame < 128; frame++) {
                assert_float_equal(heard[echo * 256 + 128 + frame], wanted, 1e-4f * wanted);
            }
        }
        assert_int_equal(stats().in_use, 1);
        rig_skip(r, 128 * 256); /* until it is below 2^-126 */
        assert_int_equal(stats().in_use, 0);
        assert_int_equal(stats().available, 1);
        assert_all(rig_render(r, 1024), 0.0f, 1024);
    }
    assert_int_equal(stats().created_count, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        VOICE_TEST(rewired_voices_come_back_as_they_were),
        VOICE_TEST(voices_by_turns_take_no_more_room),
        VOICE_TEST(a_cycle_rings_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
