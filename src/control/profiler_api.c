/* AudioProfiler: the profile's figures with what only the context knows. */
#include "context.h"
#include <stdlib.h>

static profile_reading reading_of(const wa_context *context) {
    return (profile_reading){ context_now_s(context), wa_context_base_latency_s(context),
                              wa_context_output_latency_s(context) };
}

void wa_profiler_get_metrics(const wa_context *context, wa_audio_metrics *metrics) {
    const profile_reading reading = reading_of(context);
    profile_metrics(context->side.measured, &reading, metrics);
}

void wa_profiler_reset(wa_context *context) {
    profile_reset(context->side.measured);
}

int wa_profiler_log_line(const wa_context *context, char *line, size_t line_bytes) {
    wa_audio_metrics metrics;
    wa_profiler_get_metrics(context, &metrics);
    return profile_log_line(&metrics, line, line_bytes);
}

wa_status wa_profiler_set_node_timing(wa_context *context, uint32_t quantum_interval) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    profile_set_node_timing(context->side.measured, quantum_interval);
    return WA_OK;
}

uint32_t wa_profiler_type_costs(const wa_context *context, wa_node_cost *rows, uint32_t capacity) {
    return profile_type_costs(context->side.measured, rows, capacity);
}

/* Keep the `capacity` costliest, costliest first: insertion into a short sorted list. */
static void keep_costliest(wa_node_cost *rows, uint32_t *count, uint32_t capacity, wa_node_cost row) {
    uint32_t index = *count;
    if (index == capacity && row.share <= rows[index - 1].share) {
        return;
    }
    index = index < capacity ? index : capacity - 1;
    *count = index + 1 > *count ? index + 1 : *count;
    for (; index > 0 && rows[index - 1].share < row.share; index--) {
        rows[index] = rows[index - 1];
    }
    rows[index] = row;
}

uint32_t wa_profiler_node_costs(const wa_context *context, wa_node_cost *rows, uint32_t capacity) {
    const double timed_ns = (double)profile_timed_ns(context->side.measured);
    const double quanta = (double)profile_timed_quantum_count(context->side.measured);
    uint32_t count = 0;
    if (capacity == 0 || quanta == 0.0) {
        return 0;
    }
    node_cursor cursor = { 0 };
    for (const graph_node *each; (each = node_next(context, &cursor)) != NULL;) {
        const uint32_t processed = atomic_load_explicit(&each->cost_count, memory_order_relaxed);
        if (processed == 0) {
            continue;
        }
        const double ns = (double)atomic_load_explicit(&each->cost_ns, memory_order_relaxed);
        const wa_node_cost row = { { node_id(context, each) },
                                   (wa_node_type)each->type,
                                   each->class->name,
                                   ns / quanta,
                                   timed_ns > 0.0 ? ns / timed_ns : 0.0,
                                   processed };
        keep_costliest(rows, &count, capacity, row);
    }
    return count;
}

enum { SNAPSHOT_NODES_MAX = 32, SNAPSHOT_POOLS_MAX = 64 };

wa_status wa_profiler_snapshot_json(const wa_context *context, char **json) {
    if (context == NULL || json == NULL) {
        return error_set(WA_ERR_TYPE, "context or json is NULL");
    }
    wa_node_cost types[WA_NODE_TYPE_COUNT_MAX + 1], nodes[SNAPSHOT_NODES_MAX];
    profile_pool_row pools[SNAPSHOT_POOLS_MAX];
    profile_snapshot snapshot = { .types = types, .nodes = nodes, .pools = pools };
    const profile_reading reading = reading_of(context);
    profile_metrics(context->side.measured, &reading, &snapshot.metrics);
    profile_playback(context->side.measured, &reading, &snapshot.playback);
    wa_engine_memory_stats(context->engine, &snapshot.memory);
    snapshot.type_count = wa_profiler_type_costs(context, types, WA_NODE_TYPE_COUNT_MAX + 1);
    snapshot.node_count = wa_profiler_node_costs(context, nodes, SNAPSHOT_NODES_MAX);
    for (const pool_link *link = context->pool_first;
         link != NULL && snapshot.pool_count < SNAPSHOT_POOLS_MAX; link = link->next) {
        link->name(link, &pools[snapshot.pool_count++]);
    }
    const render_public *seen = &context->side.published;
    snapshot.live_node_count = context->node_count;
    snapshot.active_node_count = atomic_load_explicit(&seen->awake_count, memory_order_relaxed);
    snapshot.scheduled_source_count =
        atomic_load_explicit(&seen->scheduled_count, memory_order_relaxed);
    return profile_snapshot_json(context->engine, &snapshot, json);
}

wa_status wa_profiler_trace_begin(wa_context *context, uint32_t event_capacity) {
    return context == NULL ? error_set(WA_ERR_TYPE, "context is NULL")
                           : profile_trace_begin(context->side.measured, event_capacity);
}

wa_status wa_profiler_trace_end(wa_context *context, const char *path) {
    if (context == NULL || path == NULL) {
        return error_set(WA_ERR_TYPE, "context or path is NULL");
    }
    return profile_trace_end(context->side.measured, path);
}
