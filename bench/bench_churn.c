/* Notes that come and go: 200 per second, 300 ms each, from a voice pool and from fresh nodes, and a
 * minute of them (12,000) scheduled before the render begins. Seconds of sound per second of CPU; memory
 * allocations per note once warm. */
#include "bench.h"

enum { NOTES_PER_S = 200, WARM_UP_NOTES = 200, NOTES = 2000, AHEAD_NOTES = 12000 };
#define NOTE_S 0.3

typedef struct churn {
    bench_stage stage;
    wa_voice_pool *pool; /* NULL: fresh nodes */
    wa_node bus;
    uint32_t note_index;
    uint64_t rendered_quanta;
} churn;

static void stop_after_note(wa_context *context, wa_node source) {
    CHECK(wa_source_stop(context, source, wa_context_current_time_s(context) + NOTE_S));
}

static void play_pooled(churn *of) {
    wa_context *context = of->stage.context;
    wa_voice voice;
    CHECK(wa_voice_pool_acquire(of->pool, &voice));
    wa_node nodes[BENCH_VOICE_NODES];
    for (uint32_t place = 0; place < BENCH_VOICE_NODES; place++) {
        nodes[place] = wa_voice_node_at(of->pool, voice, place);
    }
    bench_play_voice(context, of->note_index, NOTE_S, nodes);
    stop_after_note(context, nodes[BENCH_VOICE_OSCILLATOR]);
    CHECK(wa_voice_pool_release_when_done(of->pool, voice));
}

static void play_fresh(churn *of) {
    wa_context *context = of->stage.context;
    wa_node nodes[BENCH_VOICE_NODES];
    bench_add_voice(context, of->note_index, of->bus, NOTE_S, nodes);
    stop_after_note(context, nodes[BENCH_VOICE_OSCILLATOR]);
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = WA_RELEASE_WHEN_DONE;
    for (uint32_t place = 0; place < BENCH_VOICE_NODES; place++) {
        CHECK(wa_node_release(context, nodes[place], &options));
    }
}

static void play_notes(churn *of, uint32_t note_count) {
    for (uint32_t note = 0; note < note_count; note++) {
        of->note_index++;
        if (of->pool != NULL) {
            play_pooled(of);
        } else {
            play_fresh(of);
        }
        const uint64_t due = of->note_index * (uint64_t)BENCH_RATE_HZ / NOTES_PER_S / BENCH_QUANTUM;
        bench_render(&of->stage, (uint32_t)(due - of->rendered_quanta));
        of->rendered_quanta = due;
        wa_event events[64];
        while (wa_context_poll(of->stage.context, events, 64) == 64) {}
    }
}

static uint64_t allocation_count(const churn *of) {
    wa_memory_stats stats;
    wa_engine_memory_stats(of->stage.engine, &stats);
    return stats.allocation_count;
}

static void run_churn(bool is_pooled, const char *realtime_name, const char *allocations_name) {
    churn of = { 0 };
    bench_open(&of.stage, 0, false);
    CHECK(wa_node_create(of.stage.context, WA_NODE_TYPE_GAIN, NULL, &of.bus));
    CHECK(wa_node_connect(of.stage.context, of.bus, wa_context_destination(of.stage.context)));
    if (is_pooled) {
        of.pool = bench_voice_pool(of.stage.context, of.bus, 128);
        CHECK(wa_voice_pool_pre_allocate(of.pool, 100, NULL));
    }
    play_notes(&of, WARM_UP_NOTES);
    const uint64_t allocations = allocation_count(&of), begin_ns = bench_cpu_ns();
    play_notes(&of, NOTES);
    const double wall_s = (double)(bench_cpu_ns() - begin_ns) / 1e9;
    bench_value(realtime_name, (double)NOTES / NOTES_PER_S / wall_s, "x");
    bench_value(allocations_name, (double)(allocation_count(&of) - allocations) / NOTES, "per note");
    wa_voice_pool_destroy(of.pool);
    bench_close(&of.stage);
}

/* -- Ahead: an offline context, every note placed before it begins -- */

static bool take_block(void *user, const float *const *planes, uint32_t channel_count,
                       uint32_t frame_count) {
    (void)planes;
    (void)channel_count;
    *(uint64_t *)user += frame_count;
    return true;
}

static void schedule_note(wa_context *context, uint32_t index) {
    wa_oscillator_options oscillator = WA_OSCILLATOR_OPTIONS_INIT;
    oscillator.type = WA_OSCILLATOR_SAWTOOTH;
    oscillator.frequency_hz = 110.0f + (float)(index % 37) * 20.0f;
    wa_node nodes[3];
    CHECK(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, &oscillator, &nodes[0]));
    CHECK(wa_node_create(context, WA_NODE_TYPE_BIQUAD_FILTER, NULL, &nodes[1]));
    CHECK(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &nodes[2]));
    CHECK(wa_node_connect(context, nodes[0], nodes[1]));
    CHECK(wa_node_connect(context, nodes[1], nodes[2]));
    CHECK(wa_node_connect(context, nodes[2], wa_context_destination(context)));
    const double when_s = (double)index / NOTES_PER_S;
    const wa_param gain = wa_node_param(nodes[2], WA_GAIN_GAIN);
    CHECK(wa_param_set_value_at_time(context, gain, 0.01f, when_s));
    CHECK(wa_param_exponential_ramp_to_value_at_time(context, gain, 1e-5f, when_s + NOTE_S));
    CHECK(wa_source_start(context, nodes[0], when_s));
    CHECK(wa_source_stop(context, nodes[0], when_s + NOTE_S));
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = WA_RELEASE_WHEN_DONE;
    for (uint32_t place = 0; place < 3; place++) {
        CHECK(wa_node_release(context, nodes[place], &options));
    }
}

static void run_ahead(void) {
    bench_samples whole = { 0 }, render = { 0 };
    const double audio_s = (double)AHEAD_NOTES / NOTES_PER_S;
    for (uint32_t repeat = 0; repeat < 3; repeat++) {
        wa_engine *engine;
        wa_context *context;
        CHECK(wa_engine_create(NULL, &engine));
        wa_context_desc desc = WA_CONTEXT_DESC_INIT;
        desc.length_frames = (uint64_t)(audio_s * BENCH_RATE_HZ);
        CHECK(wa_context_create(engine, &desc, &context));
        const uint64_t begin_ns = bench_cpu_ns();
        for (uint32_t index = 0; index < AHEAD_NOTES; index++) {
            schedule_note(context, index);
        }
        const uint64_t placed_ns = bench_cpu_ns();
        uint64_t frames = 0;
        wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
        offline.on_block = take_block;
        offline.user = &frames;
        CHECK(wa_offline_render(context, &offline));
        const uint64_t end_ns = bench_cpu_ns();
        bench_add(&whole, audio_s * 1e9 / (double)(end_ns - begin_ns));
        bench_add(&render, audio_s * 1e9 / (double)(end_ns - placed_ns));
        CHECK(wa_context_destroy(context));
        CHECK(wa_engine_destroy(engine));
    }
    bench_report("churn_ahead_realtime", &whole, 0.0, 1.0, "x");
    bench_report("churn_ahead_render_realtime", &render, 0.0, 1.0, "x");
    bench_free(&whole);
    bench_free(&render);
}

int main(void) {
    run_churn(true, "churn_pooled_realtime", "churn_pooled_allocations");
    run_churn(false, "churn_fresh_realtime", "churn_fresh_allocations");
    run_ahead();
    return EXIT_SUCCESS;
}
