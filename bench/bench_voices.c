/* Voices at real time on one core: sawtooth -> lowpass -> gain with an exponential envelope -> panner,
 * all into one bus. The cost of an empty context is taken off; the rest is divided by the voices.
 * With arguments, VOICES QUANTA: render once, for run.py to count the instructions of bench_measured(). */
#include "bench.h"

enum { WARM_UP_QUANTA = 64, QUANTA_PER_BLOCK = 25 };

void bench_measured(bench_stage *stage, uint32_t quantum_count);
__attribute__((noinline)) void bench_measured(bench_stage *stage, uint32_t quantum_count) {
    bench_render(stage, quantum_count);
}

static void open_voices(bench_stage *stage, uint32_t voice_count) {
    bench_open(stage, 512000000, true);
    wa_node bus;
    CHECK(wa_node_create(stage->context, WA_NODE_TYPE_GAIN, NULL, &bus));
    CHECK(wa_node_connect(stage->context, bus, wa_context_destination(stage->context)));
    for (uint32_t index = 0; index < voice_count; index++) {
        wa_node nodes[BENCH_VOICE_NODES];
        bench_add_voice(stage->context, index, bus, 100.0, nodes);
    }
    CHECK(wa_context_resume(stage->context));
    bench_render(stage, WARM_UP_QUANTA);
}

static void sample_voices(uint32_t voice_count, uint32_t block_count, bench_samples *samples) {
    bench_stage stage;
    open_voices(&stage, voice_count);
    bench_sample_quanta(&stage, block_count, QUANTA_PER_BLOCK, samples);
    bench_close(&stage);
}

static void report_voices(const char *name, const char *realtime_name, uint32_t voice_count,
                          uint32_t block_count, double base_ns) {
    bench_samples samples = { 0 };
    sample_voices(voice_count, block_count, &samples);
    bench_report(name, &samples, base_ns, voice_count, "ns");
    const double voice_ns = (bench_percentile(&samples, 0.5) - base_ns) / voice_count;
    bench_value(realtime_name, (BENCH_QUANTUM_NS - base_ns) / voice_ns, "voices");
    bench_free(&samples);
}

static int run_measured(uint32_t voice_count, uint32_t quantum_count) {
    bench_stage stage;
    open_voices(&stage, voice_count);
    bench_measured(&stage, quantum_count);
    bench_value("measured_voices", voice_count, "voices");
    bench_close(&stage);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc == 3) {
        return run_measured((uint32_t)strtoul(argv[1], NULL, 10), (uint32_t)strtoul(argv[2], NULL, 10));
    }
    bench_samples empty = { 0 };
    sample_voices(0, 50, &empty);
    const double base_ns = bench_percentile(&empty, 0.5);
    bench_free(&empty);
    report_voices("voice_ns", "voices_realtime", 500, 75, base_ns); /* 5 s of sound */
    /* The same where they no longer fit the caches. */
    report_voices("voice_5000_ns", "voices_5000_realtime", 5000, 15, base_ns);
    return EXIT_SUCCESS;
}
