/* What a quantum costs while NOTES wait far ahead and a few sound: bench_scheduled NOTES QUANTA.
 * run.py counts the instructions of bench_measured() under callgrind; by itself the program prints the
 * bytes that a waiting note takes (where another thread renders, with planes for all notes at once), and
 * ns. */
#include "bench.h"

enum { SOUNDING = 16, WARM_UP_QUANTA = 32, BUDGET_BYTES = 512000000 };
#define FAR_AHEAD_S 1000.0

void bench_measured(bench_stage *stage, uint32_t quantum_count);
__attribute__((noinline)) void bench_measured(bench_stage *stage, uint32_t quantum_count) {
    bench_render(stage, quantum_count);
}

static void schedule_note(wa_context *context, double when_s, double duration_s) {
    const wa_node_type types[] = { WA_NODE_TYPE_OSCILLATOR, WA_NODE_TYPE_BIQUAD_FILTER,
                                   WA_NODE_TYPE_GAIN };
    wa_node nodes[3];
    for (uint32_t place = 0; place < 3; place++) {
        CHECK(wa_node_create(context, types[place], NULL, &nodes[place]));
        if (place > 0) {
            CHECK(wa_node_connect(context, nodes[place - 1], nodes[place]));
        }
    }
    CHECK(wa_node_connect(context, nodes[2], wa_context_destination(context)));
    CHECK(wa_source_start(context, nodes[0], when_s));
    CHECK(wa_source_stop(context, nodes[0], when_s + duration_s));
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = WA_RELEASE_WHEN_DONE;
    for (uint32_t place = 0; place < 3; place++) {
        CHECK(wa_node_release(context, nodes[place], &options));
    }
}

static void schedule_notes(wa_context *context, uint32_t note_count) {
    for (uint32_t index = 0; index < note_count; index++) {
        schedule_note(context, FAR_AHEAD_S + index * 0.005, 0.3);
    }
}

/* Offline, where planes are taken as notes sound: what waiting alone takes. */
static double offline_bytes_per_note(uint32_t note_count) {
    bench_stage stage = { 0 };
    wa_engine_desc engine = WA_ENGINE_DESC_INIT;
    engine.budget_bytes = BUDGET_BYTES;
    CHECK(wa_engine_create(&engine, &stage.engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    CHECK(wa_context_create(stage.engine, &desc, &stage.context));
    const uint64_t before_bytes = bench_used_bytes(&stage);
    schedule_notes(stage.context, note_count);
    const uint64_t note_bytes = bench_used_bytes(&stage) - before_bytes;
    bench_close(&stage);
    return (double)note_bytes / note_count;
}

int main(int argc, char **argv) {
    const uint32_t note_count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    const uint32_t quantum_count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 64;
    bench_stage stage;
    bench_open(&stage, BUDGET_BYTES, true);
    for (uint32_t index = 0; index < SOUNDING; index++) {
        schedule_note(stage.context, 0.0, 100.0);
    }
    const uint64_t before_bytes = bench_used_bytes(&stage);
    const uint64_t begin_ns = bench_now_ns();
    schedule_notes(stage.context, note_count);
    const uint64_t placed_ns = bench_now_ns();
    const uint64_t note_bytes = bench_used_bytes(&stage) - before_bytes;
    CHECK(wa_context_resume(stage.context));
    bench_render(&stage, WARM_UP_QUANTA);
    const uint64_t render_ns = bench_now_ns();
    bench_measured(&stage, quantum_count);
    const uint64_t end_ns = bench_now_ns();
    if (note_count > 0) {
        bench_value("bytes_per_note", offline_bytes_per_note(note_count), "bytes");
        bench_value("bytes_per_live_note", (double)note_bytes / note_count, "bytes");
        bench_value("schedule_note_ns", (double)(placed_ns - begin_ns) / note_count, "ns");
    }
    bench_value("scheduled_quantum_ns", (double)(end_ns - render_ns) / quantum_count, "ns");
    bench_close(&stage);
    return EXIT_SUCCESS;
}
