/* Everything that can be measured, as one JSON object. */
#include "profile.h"
#include "../error.h"
#include "../memory/memory.h"
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Before the text: what wa_string_free needs. */
typedef struct string_head {
    wa_engine *engine;
    uint64_t bytes; /* of head and text */
} string_head;

/* The setters do nothing more once one has failed; the caller asks at the end. */
typedef struct builder {
    bool has_failed;
} builder;

static void set(builder *build, json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, value) != 0) {
        build->has_failed = true;
    }
}

static void set_integer(builder *build, json_t *object, const char *key, uint64_t value) {
    set(build, object, key, json_integer((json_int_t)value));
}

static void set_real(builder *build, json_t *object, const char *key, double value) {
    set(build, object, key, isfinite(value) ? json_real(value) : json_null());
}

static void append(builder *build, json_t *array, json_t *value) {
    if (json_array_append_new(array, value) != 0) {
        build->has_failed = true;
    }
}

static json_t *load_object(builder *build, const wa_load_stats *load) {
    json_t *object = json_object();
    set_real(build, object, "avg", load->avg);
    set_real(build, object, "p50", load->p50);
    set_real(build, object, "p99", load->p99);
    set_real(build, object, "p999", load->p999);
    set_real(build, object, "max", load->max);
    return object;
}

/* The specification's AudioPlaybackStats. */
static json_t *playback_object(builder *build, const wa_playback_stats *stats) {
    const bool has_underruns = stats->underruns_available;
    json_t *object = json_object();
    set(build, object, "underrunDuration",
        has_underruns ? json_real(stats->underrun_duration_s) : json_null());
    set(build, object, "underrunEvents",
        has_underruns ? json_integer((json_int_t)stats->underrun_events) : json_null());
    set_real(build, object, "totalDuration", stats->total_duration_s);
    set_real(build, object, "averageLatency", stats->average_latency_s);
    set_real(build, object, "minimumLatency", stats->minimum_latency_s);
    set_real(build, object, "maximumLatency", stats->maximum_latency_s);
    return object;
}

/* The journal's AudioMetrics, at the top. */
static void set_metrics(builder *build, json_t *root, const wa_audio_metrics *metrics) {
    set_real(build, root, "contextTime", metrics->context_time_s);
    set_integer(build, root, "renderQuantum", metrics->render_quantum);
    set_real(build, root, "processingLoad", metrics->processing_load);
    set(build, root, "bufferUnderruns",
        metrics->underruns_available ? json_integer((json_int_t)metrics->buffer_underruns)
                                     : json_null());
    set_real(build, root, "latency", metrics->latency_s);
    set(build, root, "load", load_object(build, &metrics->load));
    set_integer(build, root, "deadlineMisses", metrics->deadline_misses);
    set_integer(build, root, "callbackCount", metrics->callback_count);
    set_integer(build, root, "quantumCount", metrics->quantum_count);
    set_integer(build, root, "telemetryDropped", metrics->telemetry_dropped);
}

static const char *pressure_name(wa_gc_pressure pressure) {
    switch (pressure) {
    case WA_GC_PRESSURE_LOW:
        return "low";
    case WA_GC_PRESSURE_MEDIUM:
        return "medium";
    case WA_GC_PRESSURE_HIGH:
        return "high";
    case WA_GC_PRESSURE_FORCE32:
        break;
    }
    return "unknown";
}

static json_t *categories_object(builder *build, const wa_memory_stats *memory) {
    json_t *object = json_object();
    for (uint32_t index = 0; index < WA_MEMORY_CATEGORY_COUNT; index++) {
        json_t *row = json_object();
        set_integer(build, row, "bytes", memory->category_bytes[index]);
        set_integer(build, row, "peakBytes", memory->category_peak_bytes[index]);
        set(build, object, wa_memory_category_name((wa_memory_category)index), row);
    }
    return object;
}

static json_t *memory_object(builder *build, const wa_memory_stats *memory) {
    json_t *object = json_object();
    set_integer(build, object, "budgetBytes", memory->budget_bytes);
    set_integer(build, object, "usedBytes", memory->used_bytes);
    set_integer(build, object, "peakBytes", memory->peak_bytes);
    set_integer(build, object, "allocationCount", memory->allocation_count);
    set_integer(build, object, "allocatedBytes", memory->allocated_bytes);
    set_integer(build, object, "refusedCount", memory->refused_count);
    set_real(build, object, "allocationsPerSecond", memory->allocations_per_s);
    set(build, object, "gcPressure", json_string(pressure_name(memory->gc_pressure)));
    set(build, object, "isSealed", json_boolean(memory->is_sealed));
    set(build, object, "categories", categories_object(build, memory));
    return object;
}

static json_t *pools_array(builder *build, const profile_snapshot *snapshot) {
    json_t *array = json_array();
    for (uint32_t index = 0; index < snapshot->pool_count; index++) {
        const profile_pool_row *pool = &snapshot->pools[index];
        json_t *row = json_object();
        set(build, row, "name", json_string(pool->name));
        set_integer(build, row, "available", pool->stats.available);
        set_integer(build, row, "inUse", pool->stats.in_use);
        set_integer(build, row, "created", pool->stats.created_count);
        set_integer(build, row, "reused", pool->stats.reused_count);
        set_integer(build, row, "dropped", pool->stats.dropped_count);
        set_integer(build, row, "peakInUse", pool->stats.peak_in_use);
        append(build, array, row);
    }
    return array;
}

/* A handle does not fit a JavaScript number: it is written as text. */
static json_t *costs_array(builder *build, const wa_node_cost *rows, uint32_t count, bool has_nodes) {
    json_t *array = json_array();
    for (uint32_t index = 0; index < count; index++) {
        const wa_node_cost *cost = &rows[index];
        json_t *row = json_object();
        if (has_nodes) {
            char id[24];
            snprintf(id, sizeof id, "%" PRIu64, cost->node.id);
            set(build, row, "node", json_string(id));
        }
        set(build, row, "type", json_string(cost->name));
        set_real(build, row, "nsPerQuantum", cost->ns_per_quantum);
        set_real(build, row, "share", cost->share);
        set_integer(build, row, "instanceQuanta", cost->instance_quanta);
        append(build, array, row);
    }
    return array;
}

static json_t *counts_object(builder *build, const profile_snapshot *snapshot) {
    json_t *object = json_object();
    set_integer(build, object, "live", snapshot->live_node_count);
    set_integer(build, object, "active", snapshot->active_node_count);
    set_integer(build, object, "scheduledSources", snapshot->scheduled_source_count);
    return object;
}

/* NULL: the system refused memory. */
static json_t *snapshot_object(const profile_snapshot *snapshot) {
    builder build = { false };
    json_t *root = json_object();
    set_metrics(&build, root, &snapshot->metrics);
    set(&build, root, "playbackStats", playback_object(&build, &snapshot->playback));
    set(&build, root, "memory", memory_object(&build, &snapshot->memory));
    set(&build, root, "nodes", counts_object(&build, snapshot));
    set(&build, root, "pools", pools_array(&build, snapshot));
    set(&build, root, "typeCosts", costs_array(&build, snapshot->types, snapshot->type_count, false));
    set(&build, root, "nodeCosts", costs_array(&build, snapshot->nodes, snapshot->node_count, true));
    if (build.has_failed) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* `dumped`, which the library's heap holds, into memory of the engine. */
static wa_status copy_string(wa_engine *engine, const char *dumped, char **json) {
    const uint64_t bytes = sizeof(string_head) + strlen(dumped) + 1;
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_PROFILE, bytes, "a snapshot as JSON", &memory);
    if (status != WA_OK) {
        return status;
    }
    string_head *head = memory;
    *head = (string_head){ engine, bytes };
    *json = strcpy((char *)(head + 1), dumped);
    return WA_OK;
}

wa_status profile_snapshot_json(wa_engine *engine, const profile_snapshot *snapshot, char **json) {
    json_t *root = snapshot_object(snapshot);
    char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    json_decref(root);
    if (dumped == NULL) {
        return error_set(WA_ERR_SYSTEM_MEMORY, "the system refused memory for a snapshot as JSON");
    }
    const wa_status status = copy_string(engine, dumped, json);
    free(dumped);
    return status;
}

void wa_string_free(char *string) {
    if (string == NULL) {
        return;
    }
    string_head *head = (string_head *)(void *)string - 1;
    memory_give(head->engine, WA_MEMORY_PROFILE, head, head->bytes);
}
