/* What the profiler costs (M4.5): the measuring that is always on, per callback, and node timing every
 * 16 quanta as a fraction of the render time. */
#include "bench.h"
#include "profile/profile.h"

enum { VOICES = 200, PAIRS = 500, QUANTA_PER_BLOCK = 16, CALLBACKS = 2000, PER_SAMPLE = 100 };

/* The calls that render makes around one callback of one quantum. */
static void report_callback(void) {
    wa_engine *engine;
    profile *of;
    CHECK(wa_engine_create(NULL, &engine));
    CHECK(profile_create(engine, BENCH_RATE_HZ, BENCH_QUANTUM, &of));
    bench_samples samples = { 0 };
    for (uint32_t index = 0; index < CALLBACKS; index++) {
        const uint64_t begin_ns = bench_now_ns();
        for (uint32_t callback = 0; callback < PER_SAMPLE; callback++) {
            profile_callback_begin(of, 0);
            profile_quantum_end(of, profile_quantum_begin(of, 0));
            profile_callback_end(of, BENCH_QUANTUM, 0);
        }
        bench_add(&samples, (double)(bench_now_ns() - begin_ns) / PER_SAMPLE);
    }
    bench_report("profiler_callback_ns", &samples, 0.0, 1.0, "ns");
    bench_value("profiler_callback_share", bench_percentile(&samples, 0.5) / BENCH_QUANTUM_NS,
                "of the time available");
    bench_free(&samples);
    profile_destroy(of);
    CHECK(wa_engine_destroy(engine));
}

static double block_ns(bench_stage *stage, uint32_t interval) {
    CHECK(wa_profiler_set_node_timing(stage->context, interval));
    const uint64_t begin_ns = bench_cpu_ns();
    bench_render(stage, QUANTA_PER_BLOCK);
    return (double)(bench_cpu_ns() - begin_ns);
}

/* Off and on by turns, so that whatever else the machine does falls on both. A block has as many quanta
 * as the interval, so each has one that is timed. */
static void report_overhead(uint32_t interval, const char *name) {
    bench_stage stage;
    bench_open(&stage, 0, true);
    for (uint32_t index = 0; index < VOICES; index++) {
        wa_node nodes[BENCH_VOICE_NODES];
        bench_add_voice(stage.context, index, wa_context_destination(stage.context), 100.0, nodes);
    }
    CHECK(wa_context_resume(stage.context));
    bench_render(&stage, 64);
    bench_samples off = { 0 }, on = { 0 };
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        bench_add(&off, block_ns(&stage, 0));
        bench_add(&on, block_ns(&stage, interval));
    }
    bench_value(name, bench_percentile(&on, 0.5) / bench_percentile(&off, 0.5) - 1.0,
                "of the render time");
    bench_free(&off);
    bench_free(&on);
    bench_close(&stage);
}

int main(void) {
    report_callback();
    report_overhead(16, "profiler_overhead");
    report_overhead(1, "profiler_overhead_every_quantum");
    return EXIT_SUCCESS;
}
