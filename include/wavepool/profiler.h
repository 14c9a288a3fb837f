/* wavepool/profiler.h -- AudioProfiler (journal 3.2.4.4): what the context costs, measured inside it.
 *
 *   load       render time / time available (Web Audio 1.1, "load value"), per callback
 *   underrun   the device played frames that the context did not provide; the device says so
 *   deadline miss  a callback with load above 1; said by us, counted apart
 *
 * The first callback after a start, resume or reset counts for neither. Two clock reads per callback;
 * per-node cost and the trace are on request. Monitoring adds no node to the graph. Thread: control.
 */
#ifndef WAVEPOOL_PROFILER_H
#define WAVEPOOL_PROFILER_H
#include "pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wa_load_stats {
    double avg, p50, p99, p999, max; /* fractions: 1 is all the time there is */
} wa_load_stats;

typedef struct wa_audio_metrics {
    double context_time_s;   /* contextTime */
    uint32_t render_quantum; /* renderQuantum, frames */
    double processing_load;  /* processingLoad: the mean since reset */
    wa_load_stats load;
    bool underruns_available;  /* false: the device does not count them */
    uint64_t buffer_underruns; /* bufferUnderruns = underrunEvents */
    double underrun_duration_s;
    double total_duration_s; /* underrun_duration + currentTime */
    uint64_t deadline_misses;
    uint64_t callback_count, quantum_count;
    double latency_s; /* latency: base + output, now */
    double latency_avg_s, latency_min_s, latency_max_s;
    uint64_t telemetry_dropped;
} wa_audio_metrics;

WA_API void wa_profiler_get_metrics(const wa_context *context, wa_audio_metrics *metrics);
WA_API void wa_profiler_reset(wa_context *context);

/* The journal's line: "[AudioProfiler] time: 1.25s load: 3.2% underruns: 0 latency: 5.8ms".
 * Returns the length that was needed, as snprintf. */
WA_API int wa_profiler_log_line(const wa_context *context, char *line, size_t line_bytes);

/* Time batches of nodes every interval-th quantum; 0: off (the default).
 * Returns: WA_OK. Thread: control */
WA_API wa_status wa_profiler_set_node_timing(wa_context *context, uint32_t quantum_interval);

typedef struct wa_node_cost {
    wa_node node;             /* {0} in the row of a type, or of the engine */
    wa_node_type type;        /* 0 in the row "engine" */
    const char *name;         /* "Gain" ... "engine" */
    double ns_per_quantum;    /* mean over the timed quanta */
    double share;             /* of the timed render time */
    uint64_t instance_quanta; /* how many times an instance of it was processed */
} wa_node_cost;

/* Rows per type and the row "engine" (what is left: graph walk, mixing, params), costliest first;
 * they add up to the render time. Returns the rows written. */
WA_API uint32_t wa_profiler_type_costs(const wa_context *context, wa_node_cost *rows,
                                       uint32_t capacity);
/* The costliest nodes alive, costliest first. */
WA_API uint32_t wa_profiler_node_costs(const wa_context *context, wa_node_cost *rows,
                                       uint32_t capacity);

/* Everything above, memory by category and pools, as JSON.
 * Returns: WA_OK | BUDGET. Owns: *json is the caller's, wa_string_free(). */
WA_API wa_status wa_profiler_snapshot_json(const wa_context *context, char **json);
WA_API void wa_string_free(char *string);

/* Record callbacks, quanta and node batches into a ring of event_capacity; over it events are dropped
 * and counted. Returns: WA_OK | INVALID_STATE (already) | BUDGET | SEALED. */
WA_API wa_status wa_profiler_trace_begin(wa_context *context, uint32_t event_capacity);
/* Stop and write Chrome trace-event JSON, which Perfetto and chrome://tracing open.
 * Returns: WA_OK | INVALID_STATE (none begun) | IO (nothing is left at path, what was there before is; it is a
 *   device or a folder; the trace goes on). */
WA_API wa_status wa_profiler_trace_end(wa_context *context, const char *path);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_PROFILER_H */
