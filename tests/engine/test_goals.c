/* The journal's goals as a whole. G1: a context runs in real time at 128 frames, at the polyphony stated below,
 * and renders each callback, whole. G2: whatever is asked for, all that the engine owns stays within its
 * budget, and what plays goes on playing. That nothing is taken while it plays, G3, is in test_voice_lives.c
 * and in tests/rt. Nothing depends on how fast the machine is, but for a median load below 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "rig.h"
#include <math.h>
#include <string.h>
#include <time.h>

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__) ||         \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
enum { POLYPHONY = 32 };
#else
enum { POLYPHONY = 256 };
#endif

/* -- G1 ------------------------------------------------------------------------------------- */

/* Sawtooth, lowpass, envelope, panner: the voice of the benchmarks. */
static wa_voice_pool *make_voices(wa_context *context) {
    static wa_oscillator_options saw = WA_OSCILLATOR_OPTIONS_INIT;
    saw.type = WA_OSCILLATOR_SAWTOOTH;
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_OSCILLATOR, &saw },
                                    { WA_NODE_TYPE_BIQUAD_FILTER, NULL },
                                    { WA_NODE_TYPE_GAIN, NULL },
                                    { WA_NODE_TYPE_STEREO_PANNER, NULL } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false },
                                    { 1, 0, 2, 0, false },
                                    { 2, 0, 3, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = 4;
    desc.edges = edges;
    desc.edge_count = 3;
    desc.output_node = 3;
    desc.output = wa_context_destination(context);
    desc.max_size = 2 * POLYPHONY;
    wa_voice_pool *pool = NULL;
    assert_ok(wa_voice_pool_create(context, &desc, &pool));
    assert_ok(wa_voice_pool_pre_allocate(pool, 2 * POLYPHONY, NULL));
    return pool;
}

static void play(wa_context *context, wa_voice_pool *pool, uint32_t index, double length_s) {
    wa_voice voice = { 0 };
    assert_ok(wa_voice_pool_acquire(pool, &voice));
    const double now_s = wa_context_current_time_s(context);
    const wa_node source = wa_voice_node_at(pool, voice, 0);
    const wa_param level = wa_node_param(wa_voice_node_at(pool, voice, 2), WA_GAIN_GAIN);
    assert_ok(wa_param_set_value(context, wa_node_param(source, WA_OSCILLATOR_FREQUENCY),
                                 110.0f + 3.0f * (float)(index % 64)));
    assert_ok(wa_param_set_value_at_time(context, level, 0.01f, now_s));
    assert_ok(wa_param_exponential_ramp_to_value_at_time(context, level, 0.001f, now_s + length_s));
    assert_ok(wa_source_start(context, source, now_s));
    assert_ok(wa_source_stop(context, source, now_s + length_s));
    assert_ok(wa_voice_pool_release_when_done(pool, voice));
}

/* Notes of 0.2 s, so many that POLYPHONY of them sound at any time; about half a second of it. The first time
 * begins with as many, of all ages. */
static void play_notes(wa_context *context, wa_voice_pool *pool, bool is_first) {
    const struct timespec pause = { 0, 2000000 };
    const double length_s = 0.2;
    const double begin_s = wa_context_current_time_s(context);
    double now_s = begin_s;
    for (uint32_t note = 0; note < POLYPHONY && is_first; note++) {
        play(context, pool, note, length_s * (note + 1.0) / POLYPHONY);
    }
    for (uint32_t note = 0; now_s < begin_s + 0.5; now_s = wa_context_current_time_s(context)) {
        wa_node_pool_stats voices;
        wa_voice_pool_get_stats(pool, &voices);
        for (; note < POLYPHONY * (now_s - begin_s) / length_s; note++) {
            if (voices.in_use++ < 2 * POLYPHONY) { /* unless this thread was away for long */
                play(context, pool, note, length_s);
            }
        }
        (void)wa_context_poll(context, NULL, 0);
        nanosleep(&pause, NULL);
    }
}

/* G1, A2 */
static void real_time_at_128_frames(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_REALTIME;
    desc.device_backend = "null";
    assert_ok(wa_engine_create(NULL, &engine));
    assert_ok(wa_context_create(engine, &desc, &context));
    assert_int_equal(wa_context_quantum_frames(context), 128);
    wa_voice_pool *pool = make_voices(context);
    assert_ok(wa_context_resume(context));
    play_notes(context, pool, true); /* what a first time takes is taken */
    wa_profiler_reset(context);
    play_notes(context, pool, false);
    assert_ok(wa_context_suspend_wait(context, 10.0));
    wa_audio_metrics metrics;
    wa_node_pool_stats voices;
    wa_profiler_get_metrics(context, &metrics);
    wa_voice_pool_get_stats(pool, &voices);
    assert_int_equal(metrics.render_quantum, 128);
    assert_true(metrics.callback_count > 0.4 * 48000 / 128);
    /* Each was rendered, whole, but for the one in which it was suspended. */
    assert_in_range(metrics.callback_count - metrics.quantum_count, 0, 1);
    assert_int_equal(wa_context_current_frame(context) % 128, 0);
    assert_true(metrics.underruns_available); /* the clock's own lateness, which is not ours */
    assert_true(metrics.load.p50 < 1.0);
    assert_int_equal(context->side.published.shortage_count, 0);
    assert_true(voices.peak_in_use >= POLYPHONY);
    assert_int_equal(voices.dropped_count, 0);
    assert_int_equal(voices.created_count, 2 * POLYPHONY); /* none was made while it played */
    print_message("%u voices at 128 frames: load p50 %.1f %%, p99 %.1f %%, max %.1f %%\n",
                  (unsigned)POLYPHONY, 100.0 * metrics.load.p50, 100.0 * metrics.load.p99,
                  100.0 * metrics.load.max);
    wa_voice_pool_destroy(pool);
    assert_ok(wa_context_destroy(context));
    assert_ok(wa_engine_destroy(engine));
}

/* -- G2 ----------------------------------------------------------------------------------------- */

enum { KEPT_MAX = 60000 };

static rig *r;
static wa_node tone;

/* What one row of the script has taken, to be given back. */
static struct {
    uint64_t ids[KEPT_MAX];
    uint32_t count;
} kept;

static wa_status keep(wa_status status, const uint64_t *id) {
    if (status == WA_OK) {
        assert_true(kept.count < KEPT_MAX);
        kept.ids[kept.count++] = *id;
    }
    return status;
}

/* Each takes once, of a size that falls with `try`, so that even small requests come to be refused. */
static wa_status take_buffer(uint32_t try) {
    wa_buffer made = { 0 };
    const wa_status status = wa_buffer_create(r->engine, 2, 400000u >> 2 * try, 48000.0f, &made);
    return keep(status, &made.id);
}

static wa_status take_gain(uint32_t try) {
    wa_node made = { 0 };
    (void)try;
    return keep(wa_node_create(r->context, WA_NODE_TYPE_GAIN, NULL, &made), &made.id);
}

static wa_status take_delay(uint32_t try) {
    wa_node made = { 0 };
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = 8.0 / (1u << 2 * try);
    const wa_status status = wa_node_create(r->context, WA_NODE_TYPE_DELAY, &options, &made);
    return keep(status, &made.id);
}

static wa_status take_wide_delay(uint32_t try) {
    static const float values[32] = { 0.0f };
    static wa_node wide;
    if (kept.count == 0) {
        wide = rig_constants(r, values, 32);
        (void)keep(WA_OK, &wide.id);
    }
    const wa_status status = take_delay(try + 2);
    return status == WA_OK ? wa_node_connect(r->context, wide, (wa_node){ kept.ids[kept.count - 1] })
                           : status;
}

static wa_status take_wave(uint32_t try) {
    static float terms[16384];
    wa_periodic_wave made = { 0 };
    terms[1] = 1.0f;
    const uint32_t count = try < 6 ? 16384u >> 2 * try:
        2;
    return keep(wa_periodic_wave_create(r->engine, terms, NULL, count, false, &made), &made.id);
}

static wa_status take_curve(uint32_t try) {
    static float curve[65536];
    static double when_s;
    when_s = kept.count == 0 ? 10.0 : when_s;
    const wa_param offset = wa_node_param(tone, WA_CONSTANT_SOURCE_OFFSET);
    const uint32_t count = try < 7 ? 65536u >> 2 * try:
        2;
    const wa_status status =
        wa_param_set_value_curve_at_time(r->context, offset, curve, count, when_s, 0.001);
    when_s += 0.002;
    return keep(status, &(uint64_t){ 1 });
}

static wa_status take_event(uint32_t try) {
    (void)try;
    const wa_param offset = wa_node_param(tone, WA_CONSTANT_SOURCE_OFFSET);
    return keep(wa_param_set_value_at_time(r->context, offset, 1.0f, 10.0 + 0.001 * kept.count),
                &(uint64_t){ 1 });
}

static wa_status take_edge(uint32_t try) {
    wa_node made = { 0 };
    (void)try;
    wa_status status = keep(wa_node_create(r->context, WA_NODE_TYPE_GAIN, NULL, &made), &made.id);
    for (uint32_t index = 0; index < kept.count && index < 16 && status == WA_OK; index++) {
        status = wa_node_connect(r->context, made, (wa_node){ kept.ids[index] }); /* cycles, too */
    }
    return status;
}

static wa_status take_pool(uint32_t try) {
    wa_node_pool *made = NULL;
    (void)try;
    const wa_status status = wa_node_pool_create(r->context, NULL, &made);
    return keep(status, &(uint64_t){ (uint64_t)(uintptr_t)made });
}

static wa_status take_transaction(uint32_t try) {
    wa_status status = wa_begin(r->context);
    for (uint32_t index = 0; index < 100000u >> 2 * try && status == WA_OK; index++) {
        status = wa_node_set_channel_count(r->context, tone, 1 + index % 2);
    }
    if (status != WA_OK) {
        assert_int_equal(wa_commit(r->context), status);
        return status;
    }
    assert_ok(wa_rollback(r->context));
    return try == 8 ? WA_ERR_BUDGET : WA_ERR_CANCELLED; /* smaller ones fit: nothing is kept */
}

static void give_buffers(void) {
    for (uint32_t index = 0; index < kept.count; index++) {
        assert_ok(wa_buffer_release(r->engine, (wa_buffer){ kept.ids[index] }));
    }
}

/* An edit takes memory until render has taken it in: at the very limit one waits for the next quantum. */
static void give_nodes(void) {
    for (uint32_t index = 0; index < kept.count; index++) {
        wa_status status = wa_node_release(r->context, (wa_node){ kept.ids[index] }, NULL);
        for (uint32_t try = 0; status == WA_ERR_BUDGET; try++) {
            assert_true(try < 8);
            assert_all(rig_render(r, 256), 1.0f, 256);
            status = wa_node_release(r->context, (wa_node){ kept.ids[index] }, NULL);
        }
        assert_ok(status);
    }
}

static void give_waves(void) {
    for (uint32_t index = 0; index < kept.count; index++) {
        assert_ok(wa_periodic_wave_release(r->engine, (wa_periodic_wave){ kept.ids[index] }));
    }
}

static void give_events(void) {
    const wa_param offset = wa_node_param(tone, WA_CONSTANT_SOURCE_OFFSET);
    assert_ok(wa_param_cancel_scheduled_values(r->context, offset, 9.0));
}

static void give_pools(void) {
    for (uint32_t index = 0; index < kept.count; index++) {
        wa_node_pool_destroy((wa_node_pool *)(uintptr_t)kept.ids[index]);
    }
}

static void give_nothing(void) {
}

static void assert_within_budget(void) {
    wa_memory_stats memory;
    uint64_t sum = 0;
    wa_engine_memory_stats(r->engine, &memory);
    for (uint32_t category = 0; category < WA_MEMORY_CATEGORY_COUNT; category++) {
        sum += memory.category_bytes[category];
    }
    assert_int_equal(sum, memory.used_bytes);
    assert_true(memory.used_bytes <= memory.budget_bytes);
    assert_true(memory.peak_bytes <= memory.budget_bytes);
}

/* G2, M3.5: row by row all of the budget is taken by one kind of thing, in ever smaller pieces, until nothing
 * more is given. The tone is heard all the while. */
static void worst_case_stays_within_the_budget(void **state) {
    static const struct {
        const char *name;
        wa_status (*take)(uint32_t try);
        void (*give)(void);
    } rows[] = {
        { "buffers", take_buffer, give_buffers }, { "nodes", take_gain, give_nodes },
        { "delays", take_delay, give_nodes },     { "wide delays", take_wide_delay, give_nodes },
        { "waves", take_wave, give_waves },       { "curves", take_curve, give_events },
        { "events", take_event, give_events },    { "connections", take_edge, give_nodes },
        { "pools", take_pool, give_pools },       { "one transaction", take_transaction, give_nothing },
    };
    (void)state;
    const wa_engine_desc defaults = WA_ENGINE_DESC_INIT;
    assert_int_equal(defaults.budget_bytes, 100000000); /* the journal's */
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        r = rig_create(&(rig_desc){ .budget_bytes = 6000000 });
        tone = rig_constant(r, 1.0f);
        rig_connect(r, tone, r->out);
        kept.count = 0;
        for (uint32_t try = 0; try < 9; try++) {
            wa_status status = WA_OK;
            while (status == WA_OK) {
                status = rows[row].take(try);
            }
            if (status != WA_ERR_BUDGET && status != WA_ERR_CANCELLED) {
                fail_msg("%s: %s, %s", rows[row].name, wa_status_name(status), wa_error_message());
            }
            assert_within_budget();
            assert_all(rig_render(r, 256), 1.0f, 256);
        }
        wa_memory_stats memory;
        wa_engine_memory_stats(r->engine, &memory);
        assert_true(memory.peak_bytes > 4000000); /* it came near */
        assert_true(memory.refused_count > 0);
        rows[row].give();
        for (uint32_t quantum = 0; quantum < 4; quantum++) {
            assert_all(rig_render(r, 256), 1.0f, 256);
            (void)wa_context_poll(r->context, NULL, 0);
        }
        assert_within_budget();
        rig_destroy(r); /* all of it comes back, or the engine says so */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_time_at_128_frames),
        cmocka_unit_test(worst_case_stays_within_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
