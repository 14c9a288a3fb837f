/* M2.7, M2.3: a voice that comes back plays, bit for bit, as a fresh one, whatever its nodes have been through.
 * Each row lives as badly as the API allows, node by node, is released, and then plays the same notes at the
 * same frames as voices just made in another engine. */
#include "lives.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 2, NOTE_COUNT = 3, NOTE_QUANTA = 24, NOTE_FRAMES = NOTE_QUANTA * PULLED_QUANTUM };

/* -- templates ---------------------------------------------------------------------------------- */

typedef struct shape {
    const char *name;
    wa_voice_node nodes[8];
    uint32_t node_count;
    wa_voice_edge edges[12];
    uint32_t edge_count, output_node;
    uint32_t wait_quanta; /* until its tail is over */
    bool is_cyclic;
} shape;

static wa_biquad_filter_options filter = WA_BIQUAD_FILTER_OPTIONS_INIT;
static wa_gain_options half = WA_GAIN_OPTIONS_INIT, quiet = WA_GAIN_OPTIONS_INIT;
static wa_delay_options line = WA_DELAY_OPTIONS_INIT;
static wa_constant_source_options drive = WA_CONSTANT_SOURCE_OPTIONS_INIT;
static wa_oscillator_options saw = WA_OSCILLATOR_OPTIONS_INIT;
static wa_channel_splitter_options two_ways = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
static wa_channel_merger_options two_in = WA_CHANNEL_MERGER_OPTIONS_INIT;

static void set_options(void) {
    filter.q = 9.0f;
    filter.frequency_hz = 900.0f;
    half.gain = 0.5f;
    quiet.gain = 0.1f;
    quiet.node.channel_count = 3;
    quiet.node.channel_count_mode = WA_CHANNEL_COUNT_MODE_CLAMPED_MAX;
    line.max_delay_time_s = 0.006;
    line.delay_time_s = 0.0041f;
    drive.offset = 0.3f;
    saw.type = WA_OSCILLATOR_SAWTOOTH;
    saw.frequency_hz = 333.0f;
    two_ways.output_count = two_in.input_count = 2;
}

/* Two sources into a filter whose gain another drives, panned. */
static const shape chain = {
    .name = "chain",
    .nodes = { { WA_NODE_TYPE_OSCILLATOR, &saw },
               { WA_NODE_TYPE_OSCILLATOR, NULL },
               { WA_NODE_TYPE_BIQUAD_FILTER, &filter },
               { WA_NODE_TYPE_GAIN, &quiet },
               { WA_NODE_TYPE_CONSTANT_SOURCE, &drive },
               { WA_NODE_TYPE_STEREO_PANNER, NULL } },
    .node_count = 6,
    .edges = { { 0, 0, 2, 0, false },
               { 1, 0, 2, 0, false },
               { 2, 0, 3, 0, false },
               { 4, 0, 3, WA_GAIN_GAIN, true },
               { 4, 0, 2, WA_BIQUAD_FILTER_DETUNE, true },
               { 3, 0, 5, 0, false } },
    .edge_count = 6,
    .output_node = 5,
    .wait_quanta = 400,
};

/* A delay that feeds itself through a gain. */
static const shape echo = {
    .name = "echo",
    .nodes = { { WA_NODE_TYPE_CONSTANT_SOURCE, &drive },
               { WA_NODE_TYPE_DELAY, &line },
               { WA_NODE_TYPE_GAIN, &half },
               { WA_NODE_TYPE_BIQUAD_FILTER, &filter } },
    .node_count = 4,
    .edges = { { 0, 0, 1, 0, false },
               { 1, 0, 2, 0, false },
               { 2, 0, 1, 0, false },
               { 1, 0, 3, 0, false },
               { 0, 0, 3, 0, false } },
    .edge_count = 5,
    .output_node = 3,
    .wait_quanta = 1200, /* 3e38 has to fall below 2^-126 */
    .is_cyclic = true,
};

/* Apart and together again, with a delay on one side; and a cycle that is muted. */
static const shape ways = {
    .name = "ways",
    .nodes = { { WA_NODE_TYPE_OSCILLATOR, NULL },
               { WA_NODE_TYPE_STEREO_PANNER, NULL },
               { WA_NODE_TYPE_CHANNEL_SPLITTER, &two_ways },
               { WA_NODE_TYPE_DELAY, &line },
               { WA_NODE_TYPE_CHANNEL_MERGER, &two_in },
               { WA_NODE_TYPE_GAIN, &half } },
    .node_count = 6,
    .edges = { { 0, 0, 1, 0, false },
               { 1, 0, 2, 0, false },
               { 2, 0, 3, 0, false },
               { 2, 1, 4, 1, false },
               { 3, 0, 4, 0, false },
               { 5, 0, 5, 0, false },
               { 5, 0, 4, 0, false } },
    .edge_count = 7,
    .output_node = 4,
    .wait_quanta = 32,
};

static wa_voice_pool *pool_for(pulled *of, const shape *template) {
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    wa_voice_pool *pool = NULL;
    desc.nodes = template->nodes;
    desc.node_count = template->node_count;
    desc.edges = template->edges;
    desc.edge_count = template->edge_count;
    desc.output_node = template->output_node;
    desc.output = of->destination;
    assert_ok(wa_voice_pool_create(of->context, &desc, &pool));
    return pool;
}

/* -- notes -------------------------------------------------------------------------------------- */

static void add(notes *told, double value) {
    assert_true(told->count < NOTE_COUNT_MAX);
    told->values[told->count++] = value;
}

static void ask(pulled *of, wa_node node, notes *told) {
    wa_node_info info;
    assert_ok(wa_node_get_info(of->context, node, &info));
    add(told, info.channel_count);
    add(told, info.channel_count_mode);
    add(told, info.channel_interpretation);
    for (uint32_t index = 0; index < info.param_count; index++) {
        float value = 0.0f;
        wa_param_info param;
        assert_ok(wa_param_get_value(of->context, wa_node_param(node, index), &value));
        assert_ok(wa_param_get_info(of->context, wa_node_param(node, index), &param));
        add(told, (double)value);
        add(told, param.automation_rate);
    }
}

static bool is_source(pulled *of, wa_node node) {
    wa_node_info info;
    assert_ok(wa_node_get_info(of->context, node, &info));
    return info.input_count == 0;
}

/* Note 0: as it is. 1: every param automated. 2: noise through all that has an input. */
static void play(props *with, const shape *template, wa_voice_pool *pool, uint32_t kind, float *planes,
                 notes *told) {
    pulled *of = with->of;
    wa_voice voice = { 0 };
    assert_ok(wa_voice_pool_acquire(pool, &voice));
    wa_buffer_source_options burst = WA_BUFFER_SOURCE_OPTIONS_INIT;
    burst.buffer = with->burst;
    const wa_node noise = make_node(of, WA_NODE_TYPE_BUFFER_SOURCE, &burst);
    const double when_s = pulled_now_s(of) + 7.25 / PULLED_RATE;
    assert_ok(wa_source_start(of->context, noise, when_s));
    for (uint32_t index = 0; index < template->node_count; index++) {
        const wa_node node = wa_voice_node_at(pool, voice, index);
        wa_node_info info;
        ask(of, node, told);
        assert_ok(wa_node_get_info(of->context, node, &info));
        if (info.input_count == 0) {
            assert_ok(wa_source_start(of->context, node, when_s + 0.0003 * index));
            assert_ok(wa_source_stop(of->context, node, when_s + 0.03));
        } else if (kind == 2) {
            assert_ok(wa_node_connect(of->context, noise, node));
        }
        for (uint32_t param = 0; param < info.param_count && kind == 1; param++) {
            float value = 0.0f;
            const wa_param of_node = wa_node_param(node, param);
            assert_ok(wa_param_get_value(of->context, of_node, &value));
            add(told, wa_param_linear_ramp_to_value_at_time(of->context, of_node, 0.8f * value + 0.001f,
                                                            when_s + 0.02));
            add(told, wa_param_set_target_at_time(of->context, of_node, value, when_s + 0.02, 0.004f));
        }
    }
    pulled_render(of, planes, NOTE_FRAMES);
    assert_ok(wa_voice_pool_release(pool, voice, NULL));
    assert_ok(wa_node_release(of->context, noise, NULL));
    pulled_quanta(of, 1);
}

/* -- rows --------------------------------------------------------------------------------------- */

typedef struct heard {
    float planes[NOTE_COUNT][CHANNELS * NOTE_FRAMES];
    notes told[NOTE_COUNT];
} heard;

static heard *hear_fresh(const shape *template) {
    heard *result = calloc(1, sizeof *result);
    assert_non_null(result);
    pulled engine = pulled_make(CHANNELS);
    props with = props_make(&engine);
    pulled_quanta(&engine, LIFE_QUANTA + template->wait_quanta);
    for (uint32_t kind = 0; kind < NOTE_COUNT; kind++) {
        wa_voice_pool *pool = pool_for(&engine, template); /* of its own, so that each is new */
        play(&with, template, pool, kind, result->planes[kind], &result->told[kind]);
        wa_voice_pool_destroy(pool);
        const double sum = energy(result->planes[kind], CHANNELS * NOTE_FRAMES);
        assert_true(isfinite(sum) && sum > 0.1); /* else equal would mean nothing */
    }
    props_free(&with);
    pulled_free(&engine);
    return result;
}

static void release(props *with, const shape *template, wa_voice_pool *pool, wa_voice voice,
                    wa_release_mode mode) {
    const wa_release_options options = { mode, 0.001 };
    if (mode == WA_RELEASE_WHEN_DONE) { /* it would live for as long as it plays */
        const wa_node feeders[] = { with->loud, with->huge, with->poison, with->back };
        for (uint32_t index = 0; index < 4; index++) {
            assert_ok(wa_node_disconnect(with->of->context, feeders[index]));
        }
        for (uint32_t index = 0; index < template->node_count; index++) {
            const wa_node node = wa_voice_node_at(pool, voice, index);
            if (is_source(with->of, node)) {
                (void)wa_source_stop(with->of->context, node, 0.0); /* if it was started */
            }
        }
    }
    assert_ok(wa_voice_pool_release(pool, voice, &options));
}

static void compare(const char *row, const heard *fresh, uint32_t kind, const float *planes,
                    const notes *told) {
    if (told->count != fresh->told[kind].count ||
        memcmp(told->values, fresh->told[kind].values, told->count * sizeof told->values[0]) != 0) {
        fail_msg("%s, note %u: is told something else", row, kind);
    }
    for (size_t at = 0; at < CHANNELS * NOTE_FRAMES; at++) {
        if (memcmp(&planes[at], &fresh->planes[kind][at], sizeof(float)) != 0) {
            fail_msg("%s, note %u: channel %zu frame %zu is %.9g, fresh %.9g", row, kind,
                     at / NOTE_FRAMES, at % NOTE_FRAMES, (double)planes[at],
                     (double)fresh->planes[kind][at]);
        }
    }
}

static void check(const shape *template, uint32_t life, wa_release_mode mode, const heard *fresh) {
    static float planes[CHANNELS * NOTE_FRAMES];
    char row[64];
    snprintf(row, sizeof row, "%s, life %u, mode %d", template->name, life, (int)mode);
    pulled engine = pulled_make(CHANNELS);
    props with = props_make(&engine);
    wa_voice_pool *pool = pool_for(&engine, template);
    wa_voice voices[NOTE_COUNT];
    wa_node nodes[NOTE_COUNT * 8];
    uint32_t node_count = 0;
    for (uint32_t index = 0; index < NOTE_COUNT; index++) {
        assert_ok(wa_voice_pool_acquire(pool, &voices[index]));
        for (uint32_t member = 0; member < template->node_count; member++) {
            nodes[node_count++] = wa_voice_node_at(pool, voices[index], member);
        }
    }
    live(&with, nodes, node_count, life);
    for (uint32_t index = 0; index < NOTE_COUNT; index++) {
        release(&with, template, pool, voices[index], mode);
    }
    pulled_quanta(&engine, template->wait_quanta);
    for (uint32_t kind = 0; kind < NOTE_COUNT; kind++) {
        notes told = { 0 };
        wa_node_pool_stats stats;
        wa_voice_pool_get_stats(pool, &stats);
        if (stats.available != NOTE_COUNT || stats.in_use != 0) {
            fail_msg("%s: %u voices are back", row, (unsigned)stats.available);
        }
        play(&with, template, pool, kind, planes, &told);
        compare(row, fresh, kind, planes, &told);
    }
    wa_voice_pool_destroy(pool);
    props_free(&with);
    pulled_free(&engine);
}

static const uint32_t lives[] = {
    0, /* untouched */
    LIFE_INPUTS | LIFE_PARAM_INPUTS | LIFE_STARTED,
    LIFE_INPUTS | LIFE_AUTOMATED | LIFE_STARTED | LIFE_STOPPED,
    LIFE_INPUTS | LIFE_CYCLE | LIFE_CHANNELS,
    LIFE_INPUTS | LIFE_PARAM_INPUTS | LIFE_STARTED | LIFE_NAN | LIFE_HUGE,
    LIFE_INPUTS | LIFE_ATTRIBUTES | LIFE_WAITING,
    LIFE_ALL & ~(LIFE_NAN | LIFE_STOPPED),
    LIFE_ALL,
};

static void check_mode(wa_release_mode mode) {
    static const shape *const shapes[] = { &chain, &echo, &ways };
    set_options();
    for (uint32_t index = 0; index < sizeof shapes / sizeof shapes[0]; index++) {
        heard *fresh = hear_fresh(shapes[index]);
        for (uint32_t row = 0; row < sizeof lives / sizeof lives[0]; row++) {
            const bool has_tail = mode == WA_RELEASE_AFTER_TAIL || mode == WA_RELEASE_WHEN_DONE;
            /* Started ones wait for their start; a gain of a million in a cycle rings for ever. */
            const bool is_endless =
                (mode == WA_RELEASE_WHEN_DONE && (lives[row] & LIFE_WAITING) != 0) ||
                (has_tail && shapes[index]->is_cyclic && (lives[row] & LIFE_AUTOMATED) != 0);
            if (!is_endless) {
                check(shapes[index], lives[row], mode, fresh);
            }
        }
        free(fresh);
    }
}

/* M2.7, M2.3 */
static void released_now(void **state) {
    (void)state;
    check_mode(WA_RELEASE_NOW);
}

/* M2.7, M2.3 */
static void released_with_a_fade(void **state) {
    (void)state;
    check_mode(WA_RELEASE_FADE);
}

/* M2.7, M2.3 */
static void released_after_the_tail(void **state) {
    (void)state;
    check_mode(WA_RELEASE_AFTER_TAIL);
}

/* M2.7, M2.3 */
static void released_when_done(void **state) {
    (void)state;
    check_mode(WA_RELEASE_WHEN_DONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(released_now),
        cmocka_unit_test(released_with_a_fade),
        cmocka_unit_test(released_after_the_tail),
        cmocka_unit_test(released_when_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
