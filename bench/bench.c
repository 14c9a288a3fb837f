/* Shared by the benchmarks: see bench.h. */
#include "bench.h"
#include <math.h>
#include <string.h>
#include <time.h>

_Noreturn void bench_fail(const char *file, int line, wa_status status) {
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, wa_status_name(status), wa_error_message());
    exit(EXIT_FAILURE);
}

/* -- Samples -- */

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t bench_now_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t bench_cpu_ns(void) {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void bench_add(bench_samples *samples, double value) {
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity != 0 ? samples->capacity * 2 : 1024;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (samples->values == NULL) {
            bench_fail(__FILE__, __LINE__, WA_ERR_SYSTEM_MEMORY);
        }
    }
    samples->values[samples->count++] = value;
}

void bench_free(bench_samples *samples) {
    free(samples->values);
    *samples = (bench_samples){ 0 };
}

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_percentile(bench_samples *samples, double fraction) {
    if (samples->count == 0) {
        return NAN;
    }
    qsort(samples->values, samples->count, sizeof *samples->values, compare_doubles);
    const double rank = ceil(fraction * samples->count);
    return samples->values[rank > 1.0 ? (uint32_t)rank - 1 : 0];
}

void bench_report(const char *name, bench_samples *samples, double base, double divisor,
                  const char *unit) {
    const double fractions[] = { 0.5, 0.0, 0.99, 0.999 };
    double figures[4];
    for (uint32_t index = 0; index < 4; index++) {
        figures[index] = (bench_percentile(samples, fractions[index]) - base) / divisor;
    }
    printf("bench\t%s\t%.9g\t%s\t%.9g\t%.9g\t%.9g\n", name, figures[0], unit, figures[1], figures[2],
           figures[3]);
    fflush(stdout);
}

void bench_value(const char *name, double value, const char *unit) {
    printf("bench\t%s\t%.9g\t%s\n", name, value, unit);
    fflush(stdout);
}

/* -- Contexts -- */

void bench_open(bench_stage *stage, uint64_t budget_bytes, bool is_suspended) {
    wa_engine_desc engine_desc = WA_ENGINE_DESC_INIT;
    if (budget_bytes != 0) {
        engine_desc.budget_bytes = budget_bytes;
    }
    CHECK(wa_engine_create(&engine_desc, &stage->engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.sample_rate_hz = BENCH_RATE_HZ;
    desc.quantum_frames = BENCH_QUANTUM;
    desc.input_channel_count = 1;
    stage->input = NULL;
    CHECK(wa_context_create(stage->engine, &desc, &stage->context));
    for (uint32_t channel = 0; channel < 2; channel++) {
        stage->planes[channel] = aligned_alloc(64, BENCH_QUANTUM * sizeof(float));
    }
    if (!is_suspended) {
        CHECK(wa_context_resume(stage->context));
    }
}

void bench_close(bench_stage *stage) {
    CHECK(wa_context_destroy(stage->context));
    CHECK(wa_engine_destroy(stage->engine));
    free(stage->planes[0]);
    free(stage->planes[1]);
}

void bench_render(bench_stage *stage, uint32_t quantum_count) {
    wa_render_desc desc = { .desc_bytes = (uint32_t)sizeof desc,
                            .inputs = stage->input != NULL ? &stage->input : NULL,
                            .outputs = stage->planes,
                            .frame_count = BENCH_QUANTUM };
    for (uint32_t quantum = 0; quantum < quantum_count; quantum++) {
        CHECK(wa_context_render(stage->context, &desc));
    }
}

void bench_sample_quanta(bench_stage *stage, uint32_t block_count, uint32_t quanta_per_block,
                         bench_samples *samples) {
    for (uint32_t block = 0; block < block_count; block++) {
        const uint64_t begin_ns = bench_cpu_ns();
        bench_render(stage, quanta_per_block);
        bench_add(samples, (double)(bench_cpu_ns() - begin_ns) / quanta_per_block);
    }
}

uint64_t bench_used_bytes(const bench_stage *stage) {
    wa_memory_stats stats;
    wa_engine_memory_stats(stage->engine, &stats);
    return stats.used_bytes;
}

/* -- Graphs -- */

static const wa_oscillator_options voice_oscillator = {
    WA_NODE_OPTIONS_INIT_(wa_oscillator_options), WA_OSCILLATOR_SAWTOOTH, 110.0f, 0.0f, { 0 }
};
static const wa_biquad_filter_options voice_filter = {
    WA_NODE_OPTIONS_INIT_(wa_biquad_filter_options), WA_BIQUAD_FILTER_LOWPASS, 1200.0f, 0.0f, 2.0f, 0.0f
};
static const wa_gain_options voice_gain = { WA_NODE_OPTIONS_INIT_(wa_gain_options), 0.01f };
static const wa_stereo_panner_options voice_panner = { WA_NODE_OPTIONS_INIT_(wa_stereo_panner_options),
                                                       0.25f };
static const wa_voice_node voice_nodes[BENCH_VOICE_NODES] = {
    { WA_NODE_TYPE_OSCILLATOR, &voice_oscillator },
    { WA_NODE_TYPE_BIQUAD_FILTER, &voice_filter },
    { WA_NODE_TYPE_GAIN, &voice_gain },
    { WA_NODE_TYPE_STEREO_PANNER, &voice_panner },
};

void bench_play_voice(wa_context *context, uint32_t index, double ramp_s,
                      const wa_node nodes[BENCH_VOICE_NODES]) {
    const double now_s = wa_context_current_time_s(context);
    const float frequency_hz = 55.0f * exp2f((float)(index % 48) / 12.0f);
    CHECK(wa_param_set_value(
        context, wa_node_param(nodes[BENCH_VOICE_OSCILLATOR], WA_OSCILLATOR_FREQUENCY), frequency_hz));
    const wa_param gain = wa_node_param(nodes[BENCH_VOICE_GAIN], WA_GAIN_GAIN);
    CHECK(wa_param_set_value_at_time(context, gain, 0.01f, now_s));
    CHECK(wa_param_exponential_ramp_to_value_at_time(context, gain, 1e-5f, now_s + ramp_s));
    CHECK(wa_source_start(context, nodes[BENCH_VOICE_OSCILLATOR], 0.0));
}

void bench_add_voice(wa_context *context, uint32_t index, wa_node output, double ramp_s,
                     wa_node nodes[BENCH_VOICE_NODES]) {
    for (uint32_t place = 0; place < BENCH_VOICE_NODES; place++) {
        CHECK(wa_node_create(context, voice_nodes[place].type, voice_nodes[place].options,
                             &nodes[place]));
        if (place > 0) {
            CHECK(wa_node_connect(context, nodes[place - 1], nodes[place]));
        }
    }
    CHECK(wa_node_connect(context, nodes[BENCH_VOICE_PANNER], output));
    bench_play_voice(context, index, ramp_s, nodes);
}

wa_voice_pool *bench_voice_pool(wa_context *context, wa_node output, uint32_t max_size) {
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false },
                                    { 1, 0, 2, 0, false },
                                    { 2, 0, 3, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = voice_nodes;
    desc.node_count = BENCH_VOICE_NODES;
    desc.edges = edges;
    desc.edge_count = 3;
    desc.output_node = BENCH_VOICE_PANNER;
    desc.output = output;
    desc.max_size = max_size;
    wa_voice_pool *pool = NULL;
    CHECK(wa_voice_pool_create(context, &desc, &pool));
    return pool;
}
