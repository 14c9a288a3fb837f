/* The control side of the profile: its life, and a copy of the words made into figures. */
#include "state.h"
#include "../memory/memory.h"
#include "../node.h"
#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1e9

wa_status profile_create(wa_engine *engine, float sample_rate_hz, uint32_t quantum_frames,
                         profile **made) {
    assert(sample_rate_hz > 0.0f);
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_PROFILE, sizeof(profile), "the profiler", &memory);
    if (status != WA_OK) {
        return status;
    }
    profile *of = memory;
    of->engine = engine;
    of->sample_rate_hz = sample_rate_hz;
    of->quantum_frames = quantum_frames;
    atomic_store_explicit(&of->is_first, true, memory_order_relaxed);
    *made = of;
    return WA_OK;
}

void profile_destroy(profile *of) {
    if (of == NULL) {
        return;
    }
    trace_finish(&of->trace, of->engine);
    memory_give(of->engine, WA_MEMORY_PROFILE, of, sizeof(profile));
}

/* Render writes for a fraction of a microsecond per callback: the second try nearly always fits, unless
 * the system took the processor from it just then, which may last some milliseconds where many want it.
 * After that, take what is there rather than wait for ever; every word is then still one that was true. */
enum { COPY_YIELD_MAX = 100, COPY_TRY_MAX = 120, COPY_SLEEP_NS = 1000000 };

static void wait_for_render(uint32_t attempt) {
    if (attempt < COPY_YIELD_MAX) {
        sched_yield();
        return;
    }
    const struct timespec pause = { .tv_nsec = COPY_SLEEP_NS };
    nanosleep(&pause, NULL);
}

static bool copy_once(const profile *of, profile_words *copy) {
    const uint64_t before = atomic_load_explicit(&of->sequence, memory_order_acquire);
    for (uint32_t word = 0; word < WORD_COUNT; word++) {
        copy->words[word] = atomic_load_explicit(&of->words[word], memory_order_acquire);
    }
    const uint64_t after = atomic_load_explicit(&of->sequence, memory_order_relaxed);
    return before == after && before % 2 == 0;
}

void profile_copy(const profile *of, profile_words *copy) {
    const uint64_t wanted = atomic_load_explicit(&of->reset_wanted, memory_order_relaxed);
    if (wanted != atomic_load_explicit(&of->reset_done, memory_order_acquire)) {
        memset(copy, 0, sizeof *copy);
        return;
    }
    for (uint32_t attempt = 0; attempt < COPY_TRY_MAX && !copy_once(of, copy); attempt++) {
        wait_for_render(attempt);
    }
}

static uint64_t dropped_count(const profile *of) {
    return atomic_load_explicit(&of->trace.render_dropped_count, memory_order_relaxed) +
           atomic_load_explicit(&of->trace.control_dropped_count, memory_order_relaxed);
}

void profile_reset(profile *of) {
    profile_control *control = &of->control;
    control->underruns_before = control->underruns;
    control->latency = (latency_span){ 0 };
    control->dropped_base = dropped_count(of);
    const uint64_t wanted = atomic_load_explicit(&of->reset_wanted, memory_order_relaxed);
    atomic_store_explicit(&of->reset_wanted, wanted + 1, memory_order_release);
}

void profile_restart(profile *of) {
    atomic_store_explicit(&of->is_first, true, memory_order_relaxed);
}

static uint64_t ns_from_s(double time_s) {
    return time_s > 0.0 ? (uint64_t)(time_s * NS_PER_S + 0.5) : 0;
}

void profile_device_underruns(profile *of, bool available, uint64_t event_count, double duration_s) {
    profile_control *control = &of->control;
    control->underruns_available = available;
    if (!available) {
        control->has_uncounted = true;
        return;
    }
    const uint64_t ns = ns_from_s(duration_s);
    if (event_count < control->device_event_count || ns < control->device_ns) {
        control->device_event_count = 0; /* another device, or opened again */
        control->device_ns = 0;
    }
    control->underruns.count += event_count - control->device_event_count;
    control->underruns.ns += ns - control->device_ns;
    control->device_event_count = event_count;
    control->device_ns = ns;
}

void profile_underruns(profile *of, uint64_t event_count, double duration_s) {
    of->control.underruns.count += event_count;
    of->control.underruns.ns += ns_from_s(duration_s);
}

void profile_device_changed(profile *of) {
    of->control.device_event_count = 0;
    of->control.device_ns = 0;
}

static void add_latency(latency_span *span, uint64_t ns, uint64_t frame_count) {
    if (span->frame_count == 0 || ns < span->min_ns) {
        span->min_ns = ns;
    }
    if (ns > span->max_ns) {
        span->max_ns = ns;
    }
    span->sum_ns += (double)ns * (double)frame_count;
    span->frame_count += frame_count;
}

void profile_latency(profile *of, double latency_s, uint64_t frame_count) {
    if (frame_count > 0) {
        add_latency(&of->control.latency, ns_from_s(latency_s), frame_count);
        add_latency(&of->control.playback_latency, ns_from_s(latency_s), frame_count);
    }
}

void profile_reset_latency(profile *of) {
    of->control.playback_latency = (latency_span){ 0 };
}

void profile_set_node_timing(profile *of, uint32_t quantum_interval) {
    atomic_store_explicit(&of->timing_interval, quantum_interval, memory_order_relaxed);
}

uint32_t profile_node_timing(const profile *of) {
    return atomic_load_explicit(&of->timing_interval, memory_order_relaxed);
}

/* -- Metrics -- */

static double min_double(double a, double b) {
    return a < b ? a : b;
}

static void read_load(const profile *of, const uint64_t *words, wa_load_stats *load) {
    if (words[WORD_MEASURED_FRAMES] == 0) {
        return;
    }
    const double available_s = (double)words[WORD_MEASURED_FRAMES] / of->sample_rate_hz;
    load->avg = (double)words[WORD_MEASURED_NS] / NS_PER_S / available_s;
    load->max = (double)words[WORD_LOAD_MAX] / NS_PER_S;
    /* The middle of a bucket may lie above all that is in it. */
    load->p50 = min_double(histogram_percentile(words + WORD_LOADS, 0.5), load->max);
    load->p99 = min_double(histogram_percentile(words + WORD_LOADS, 0.99), load->max);
    load->p999 = min_double(histogram_percentile(words + WORD_LOADS, 0.999), load->max);
}

typedef struct latency_figures {
    double avg_s, min_s, max_s;
} latency_figures;

static latency_figures read_latency(const latency_span *span, double now_s) {
    if (span->frame_count == 0) { /* nothing played since the reset: what it would be now */
        return (latency_figures){ now_s, now_s, now_s };
    }
    return (latency_figures){ span->sum_ns / (double)span->frame_count / NS_PER_S,
                              (double)span->min_ns / NS_PER_S, (double)span->max_ns / NS_PER_S };
}

void profile_playback(const profile *of, const profile_reading *reading, wa_playback_stats *stats) {
    const profile_control *control = &of->control;
    const latency_figures latency =
        read_latency(&control->playback_latency, reading->base_latency_s + reading->output_latency_s);
    *stats = (wa_playback_stats){
        .underruns_available = control->underruns_available && !control->has_uncounted,
        .underrun_duration_s = (double)control->underruns.ns / NS_PER_S,
        .underrun_events = control->underruns.count,
        .average_latency_s = latency.avg_s,
        .minimum_latency_s = latency.min_s,
        .maximum_latency_s = latency.max_s,
    };
    stats->total_duration_s = stats->underrun_duration_s + reading->context_time_s;
}

void profile_metrics(const profile *of, const profile_reading *reading, wa_audio_metrics *metrics) {
    const profile_control *control = &of->control;
    profile_words copy;
    profile_copy(of, &copy);
    const uint64_t *words = copy.words;
    *metrics = (wa_audio_metrics){
        .context_time_s = reading->context_time_s,
        .render_quantum = of->quantum_frames,
        .underruns_available = control->underruns_available,
        .buffer_underruns = control->underruns.count - control->underruns_before.count,
        .underrun_duration_s =
            (double)(control->underruns.ns - control->underruns_before.ns) / NS_PER_S,
        .deadline_misses = words[WORD_MISS_COUNT],
        .callback_count = words[WORD_CALLBACK_COUNT],
        .quantum_count = words[WORD_QUANTUM_COUNT],
        .latency_s = reading->base_latency_s + reading->output_latency_s,
        .telemetry_dropped = dropped_count(of) - of->control.dropped_base,
    };
    metrics->total_duration_s = metrics->underrun_duration_s + metrics->context_time_s;
    read_load(of, words, &metrics->load);
    metrics->processing_load = metrics->load.avg;
    const latency_figures latency = read_latency(&control->latency, metrics->latency_s);
    metrics->latency_avg_s = latency.avg_s;
    metrics->latency_min_s = latency.min_s;
    metrics->latency_max_s = latency.max_s;
}

int profile_log_line(const wa_audio_metrics *metrics, char *line, size_t line_bytes) {
    char underruns[24] = "unavailable";
    if (metrics->underruns_available) {
        snprintf(underruns, sizeof underruns, "%llu", (unsigned long long)metrics->buffer_underruns);
    }
    return snprintf(line, line_bytes,
                    "[AudioProfiler] time: %.2fs load: %.1f%% underruns: %s latency: %.1fms",
                    metrics->context_time_s, metrics->processing_load * 100.0, underruns,
                    metrics->latency_s * 1000.0);
}

/* -- Costs -- */

uint64_t profile_timed_quantum_count(const profile *of) {
    profile_words copy;
    profile_copy(of, &copy);
    return copy.words[WORD_TIMED_COUNT];
}

uint64_t profile_timed_ns(const profile *of) {
    profile_words copy;
    profile_copy(of, &copy);
    return copy.words[WORD_TIMED_NS];
}

/* Keep rows[0, count) costliest first; when they are full, the cheapest gives way. */
static uint32_t insert_row(wa_node_cost *rows, uint32_t count, uint32_t capacity,
                           const wa_node_cost *row) {
    uint32_t place = count;
    while (place > 0 && rows[place - 1].ns_per_quantum < row->ns_per_quantum) {
        place--;
    }
    if (place == capacity) {
        return count;
    }
    const uint32_t moved = (count < capacity ? count : capacity - 1) - place;
    memmove(rows + place + 1, rows + place, moved * sizeof *rows);
    rows[place] = *row;
    return count < capacity ? count + 1 : count;
}

static wa_node_cost cost_row(const uint64_t *words, uint32_t type, uint64_t ns,
                             uint64_t instance_quanta) {
    const wa_node_class *class = type != 0 ? node_class((wa_node_type)type) : NULL;
    assert(type == 0 || class != NULL);
    const uint64_t total_ns = words[WORD_TIMED_NS];
    return (wa_node_cost){
        .type = (wa_node_type)type,
        .name = class != NULL ? class->name : "engine",
        .ns_per_quantum = (double)ns / (double)words[WORD_TIMED_COUNT],
        .share = total_ns != 0 ? (double)ns / (double)total_ns : 0.0,
        .instance_quanta = instance_quanta,
    };
}

uint32_t profile_type_costs(const profile *of, wa_node_cost *rows, uint32_t capacity) {
    profile_words copy;
    profile_copy(of, &copy);
    const uint64_t *words = copy.words;
    if (words[WORD_TIMED_COUNT] == 0 || capacity == 0) {
        return 0;
    }
    uint32_t count = 0;
    uint64_t engine_ns = words[WORD_TIMED_NS];
    for (uint32_t type = 1; type < WA_NODE_TYPE_COUNT_MAX; type++) {
        if (words[WORD_TYPE_SPANS + type] == 0) {
            continue;
        }
        const uint64_t ns = words[WORD_TYPE_NS + type];
        const wa_node_cost row = cost_row(words, type, ns, words[WORD_TYPE_INSTANCES + type]);
        count = insert_row(rows, count, capacity, &row);
        engine_ns -= ns < engine_ns ? ns : engine_ns; /* spans lie inside their quantum */
    }
    const wa_node_cost engine = cost_row(words, 0, engine_ns, words[WORD_TIMED_COUNT]);
    return insert_row(rows, count, capacity, &engine);
}
