/* Acquire and release of one node, from a pool and fresh, each pair timed by itself: what pooling takes
 * off the mean, and off the tail. A filter is small; a delay of 5 s (the journal's) is not. */
#include "bench.h"

typedef struct pool_case {
    const char *pooled_name, *fresh_name;
    wa_node_type type;
    const void *options;
    uint32_t pair_count;
} pool_case;

static void sample_pooled(const pool_case *of, bench_samples *samples) {
    bench_stage stage;
    bench_open(&stage, 0, true);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = of->type;
    desc.options = of->options;
    wa_node_pool *pool;
    CHECK(wa_node_pool_create(stage.context, &desc, &pool));
    CHECK(wa_node_pool_pre_allocate(pool, 4, NULL));
    for (uint32_t pair = 0; pair < of->pair_count; pair++) {
        wa_node node;
        const uint64_t begin_ns = bench_now_ns();
        CHECK(wa_node_pool_acquire(pool, &node));
        CHECK(wa_node_pool_release(pool, node, NULL));
        bench_add(samples, (double)(bench_now_ns() - begin_ns));
        wa_context_poll(stage.context, NULL, 0);
    }
    wa_node_pool_destroy(pool);
    bench_close(&stage);
}

static void sample_fresh(const pool_case *of, bench_samples *samples) {
    bench_stage stage;
    bench_open(&stage, 0, true);
    for (uint32_t pair = 0; pair < of->pair_count; pair++) {
        wa_node node;
        const uint64_t begin_ns = bench_now_ns();
        CHECK(wa_node_create(stage.context, of->type, of->options, &node));
        CHECK(wa_node_release(stage.context, node, NULL));
        bench_add(samples, (double)(bench_now_ns() - begin_ns));
        wa_context_poll(stage.context, NULL, 0);
    }
    bench_close(&stage);
}

int main(void) {
    wa_delay_options delay = WA_DELAY_OPTIONS_INIT;
    delay.max_delay_time_s = 5.0;
    const pool_case cases[] = {
        { "acquire_pooled_ns", "acquire_fresh_ns", WA_NODE_TYPE_BIQUAD_FILTER, NULL, 50000 },
        { "acquire_delay_pooled_ns", "acquire_delay_fresh_ns", WA_NODE_TYPE_DELAY, &delay, 2000 },
    };
    for (uint32_t row = 0; row < 2; row++) {
        bench_samples pooled = { 0 }, fresh = { 0 };
        sample_pooled(&cases[row], &pooled);
        sample_fresh(&cases[row], &fresh);
        bench_report(cases[row].pooled_name, &pooled, 0.0, 1.0, "ns");
        bench_report(cases[row].fresh_name, &fresh, 0.0, 1.0, "ns");
        bench_free(&pooled);
        bench_free(&fresh);
    }
    return EXIT_SUCCESS;
}
