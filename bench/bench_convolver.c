/* What a stereo response of some length costs in a quantum: on average, and in the worst one.
 *
 * The work repeats with the longest block, so every quantum of that period is a slot of its own; the least
 * time of a slot over many periods is what it costs, and the largest of those is the worst quantum. A
 * context with the source alone is measured likewise and taken off. */
#include "bench.h"

enum {
    PERIOD_QUANTA = 256, /* of the longest block there is, 32768 frames */
    PERIODS = 40,
    BASE_QUANTA = 4096,
};

static wa_buffer noise(wa_engine *engine, double seconds) {
    wa_buffer made;
    const uint64_t frames = (uint64_t)(seconds * BENCH_RATE_HZ);
    uint32_t seed = 1;
    CHECK(wa_buffer_create(engine, 2, frames, BENCH_RATE_HZ, &made));
    for (uint32_t channel = 0; channel < 2; channel++) {
        float *plane = wa_buffer_plane(engine, made, channel);
        for (uint64_t frame = 0; frame < frames; frame++) {
            seed = seed * 1664525u + 1013904223u;
            plane[frame] = (float)(int32_t)seed / 2147483648.0f;
        }
    }
    return made;
}

static wa_node play_noise(bench_stage *stage) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    wa_node source;
    options.buffer = noise(stage->engine, 1.0);
    options.loop = true;
    CHECK(wa_node_create(stage->context, WA_NODE_TYPE_BUFFER_SOURCE, &options, &source));
    CHECK(wa_source_start(stage->context, source, 0.0));
    return source;
}

/* us of one quantum, clock reads included. */
static double time_quantum(bench_stage *stage) {
    const uint64_t begin_ns = bench_now_ns();
    bench_render(stage, 1);
    return (double)(bench_now_ns() - begin_ns) / 1000.0;
}

static double base_us(void) {
    bench_stage stage;
    bench_samples samples = { 0 };
    bench_open(&stage, 0, false);
    const wa_node source = play_noise(&stage);
    CHECK(wa_node_connect(stage.context, source, wa_context_destination(stage.context)));
    for (uint32_t quantum = 0; quantum < BASE_QUANTA; quantum++) {
        bench_add(&samples, time_quantum(&stage));
    }
    const double median_us = bench_percentile(&samples, 0.5);
    bench_free(&samples);
    bench_close(&stage);
    return median_us;
}

static void report(double seconds, const char *what, double value, const char *unit) {
    char name[64];
    snprintf(name, sizeof name, "convolver_%gs_%s", seconds, what);
    bench_value(name, value, unit);
}

static void measure(double seconds, double source_us) {
    bench_stage stage;
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    wa_node node;
    bench_open(&stage, 256000000, false);
    const wa_node source = play_noise(&stage);
    options.buffer = noise(stage.engine, seconds);
    const uint64_t begin_ns = bench_now_ns();
    CHECK(wa_node_create(stage.context, WA_NODE_TYPE_CONVOLVER, &options, &node));
    report(seconds, "set_ms", (double)(bench_now_ns() - begin_ns) / 1e6, "ms");
    CHECK(wa_node_connect(stage.context, source, node));
    CHECK(wa_node_connect(stage.context, node, wa_context_destination(stage.context)));
    const uint32_t filled = (uint32_t)(seconds * BENCH_RATE_HZ) / BENCH_QUANTUM;
    bench_render(&stage, (filled / PERIOD_QUANTA + 2) * PERIOD_QUANTA);
    static double least_us[PERIOD_QUANTA];
    double sum_us = 0.0, worst_us = 0.0;
    for (uint32_t quantum = 0; quantum < PERIODS * PERIOD_QUANTA; quantum++) {
        const double us = time_quantum(&stage);
        double *slot = &least_us[quantum % PERIOD_QUANTA];
        *slot = quantum < PERIOD_QUANTA || us < *slot ? us : *slot;
    }
    for (uint32_t slot = 0; slot < PERIOD_QUANTA; slot++) {
        sum_us += least_us[slot];
        worst_us = least_us[slot] > worst_us ? least_us[slot] : worst_us;
    }
    report(seconds, "avg_us", sum_us / PERIOD_QUANTA - source_us, "us");
    report(seconds, "worst_us", worst_us - source_us, "us");
    bench_close(&stage);
}

int main(void) {
    static const double lengths_s[] = { 1.0, 2.0, 6.0, 30.0 };
    const double source_us = base_us();
    for (uint32_t row = 0; row < sizeof lengths_s / sizeof *lengths_s; row++) {
        measure(lengths_s[row], source_us);
    }
    return EXIT_SUCCESS;
}
