/* What it costs to bring in a voice of 4 nodes and take it out again in a graph of NODES live nodes:
 * bench_edits NODES ROUNDS. run.py counts the instructions of bench_measured() under callgrind; the
 * quantum that applies the edit is rendered outside of it. */
#include "bench.h"

enum { WARM_UP_ROUNDS = 8 };

void bench_measured(bench_stage *stage, wa_voice_pool *pool);
__attribute__((noinline)) void bench_measured(bench_stage *stage, wa_voice_pool *pool) {
    wa_voice voice;
    CHECK(wa_voice_pool_acquire(pool, &voice));
    const wa_node source = wa_voice_node_at(pool, voice, BENCH_VOICE_OSCILLATOR);
    CHECK(wa_source_start(stage->context, source, 0.0));
    CHECK(wa_voice_pool_release(pool, voice, NULL));
    wa_context_poll(stage->context, NULL, 0);
}

static void round_trip(bench_stage *stage, wa_voice_pool *pool, bench_samples *samples) {
    const uint64_t begin_ns = bench_now_ns();
    bench_measured(stage, pool);
    bench_add(samples, (double)(bench_now_ns() - begin_ns));
    bench_render(stage, 1);
    wa_event events[64];
    wa_context_poll(stage->context, events, 64);
}

static wa_voice_pool *idle_voices(bench_stage *stage, wa_node bus, uint32_t voice_count) {
    wa_voice_pool *pool = bench_voice_pool(stage->context, bus, voice_count);
    for (uint32_t index = 0; index < voice_count; index++) {
        wa_voice voice;
        CHECK(wa_voice_pool_acquire(pool, &voice));
    }
    return pool;
}

int main(int argc, char **argv) {
    const uint32_t node_count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
    const uint32_t round_count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000;
    bench_stage stage;
    bench_open(&stage, 512000000, true);
    wa_node bus;
    CHECK(wa_node_create(stage.context, WA_NODE_TYPE_GAIN, NULL, &bus));
    CHECK(wa_node_connect(stage.context, bus, wa_context_destination(stage.context)));
    wa_voice_pool *pool = bench_voice_pool(stage.context, bus, 20);
    wa_voice_pool *idle = idle_voices(&stage, bus, node_count / BENCH_VOICE_NODES);
    CHECK(wa_context_resume(stage.context));
    bench_samples samples = { 0 };
    for (uint32_t round = 0; round < round_count; round++) {
        round_trip(&stage, pool, &samples);
    }
    bench_report("edit_ns", &samples, 0.0, 1.0, "ns");
    bench_free(&samples);
    wa_voice_pool_destroy(idle);
    wa_voice_pool_destroy(pool);
    bench_close(&stage);
    return EXIT_SUCCESS;
}
