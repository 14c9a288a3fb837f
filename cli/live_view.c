/* The live view. Composed as plain lines first, so that page, log and tests read the same text. */
#include "live_view.h"
#include <ncurses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double megabyte = 1e6;

__attribute__((format(printf, 2, 3))) static void add_line(live_view *view, const char *format, ...) {
    if (view->line_count == LIVE_VIEW_LINE_COUNT_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(view->lines[view->line_count++], LIVE_VIEW_LINE_BYTES, format, args);
    va_end(args);
}

/* A device that does not count underruns is never shown as having none. */
static void underrun_text(const wa_audio_metrics *metrics, char text[64]) {
    if (metrics->underruns_available) {
        snprintf(text, 64, "%llu (%.1f ms)", (unsigned long long)metrics->buffer_underruns,
                 1e3 * metrics->underrun_duration_s);
    } else {
        snprintf(text, 64, "not counted by this device");
    }
}

static void compose_device(live_view *view, const session *open) {
    wa_device_info device;
    if (wa_context_get_device(open->context, &device) == WA_OK) {
        add_line(view, "device    %s:%s, %s, %.0f Hz, %u channels, quantum %u", device.backend,
                 device.id, device.name, (double)wa_context_sample_rate_hz(open->context),
                 wa_context_channel_count(open->context), wa_context_quantum_frames(open->context));
    }
    if (wa_context_get_input_device(open->context, &device) == WA_OK) {
        add_line(view, "input     %s:%s, %s, %u channels, latency %.1f ms", device.backend, device.id,
                 device.name, device.channel_count_max,
                 1e3 * wa_context_input_latency_s(open->context));
    }
}

static void compose_load(live_view *view, const session *open) {
    wa_audio_metrics metrics;
    char underruns[64];
    wa_profiler_get_metrics(open->context, &metrics);
    underrun_text(&metrics, underruns);
    add_line(view,
             "load      avg %5.1f %%   p99 %5.1f %%   max %5.1f %%   (100 %% is all the time there is)",
             100 * metrics.load.avg, 100 * metrics.load.p99, 100 * metrics.load.max);
    add_line(view, "underruns %s   deadline misses %llu of %llu callbacks", underruns,
             (unsigned long long)metrics.deadline_misses, (unsigned long long)metrics.callback_count);
    add_line(view, "latency   %.1f ms", 1e3 * metrics.latency_s);
}

static void compose_memory(live_view *view, const session *open) {
    wa_memory_stats memory;
    wa_engine_memory_stats(open->engine, &memory);
    add_line(view, "memory    %.2f of %.1f MB, peak %.2f MB, %.0f allocations/s",
             (double)memory.used_bytes / megabyte, (double)memory.budget_bytes / megabyte,
             (double)memory.peak_bytes / megabyte, memory.allocations_per_s);
    for (int i = 0; i < WA_MEMORY_CATEGORY_COUNT; i++) {
        if (memory.category_bytes[i] == 0) {
            continue;
        }
        const double share = (double)memory.category_bytes[i] / (double)memory.budget_bytes;
        add_line(view, "  %-18s %8.3f MB  %5.1f %%", wa_memory_category_name((wa_memory_category)i),
                 (double)memory.category_bytes[i] / megabyte, 100 * share);
    }
}

static void compose_pools(live_view *view, const session *open) {
    for (uint32_t i = 0; open->scene != NULL && i < open->scene->voice_count; i++) {
        wa_node_pool_stats stats;
        wa_voice_pool_get_stats(open->player.pools[i], &stats);
        add_line(view,
                 "pool      %-10.20s %3llu in use, %3llu idle, %llu hits, %llu misses, %llu dropped",
                 open->scene->voices[i].id, (unsigned long long)stats.in_use,
                 (unsigned long long)stats.available, (unsigned long long)stats.reused_count,
                 (unsigned long long)stats.created_count, (unsigned long long)stats.dropped_count);
    }
}

const char *live_view_node_name(const session *open, const wa_node_cost *cost) {
    const char *id = open->scene != NULL ? scene_build_id(&open->build, cost->node) : "";
    if (id != NULL) {
        return id;
    }
    return cost->type == WA_NODE_TYPE_DELAY_WRITER ? "(in a cycle)" : "(of a voice)";
}

static void compose_nodes(live_view *view, const session *open) {
    enum { NODE_COUNT_SHOWN = 6 };
    wa_node_cost rows[NODE_COUNT_SHOWN];
    const uint32_t count = wa_profiler_node_costs(open->context, rows, NODE_COUNT_SHOWN);
    for (uint32_t i = 0; i < count; i++) {
        add_line(view, "node      %-18s %-14.20s %7.0f ns per quantum  %4.1f %%", rows[i].name,
                 live_view_node_name(open, &rows[i]), rows[i].ns_per_quantum, 100 * rows[i].share);
    }
}

void live_view_compose(live_view *view, const session *open) {
    view->line_count = 0;
    add_line(view, "wavepool %s  %s  %.1f of %.1f s   (ctrl-C ends)", wa_version(), session_name(open),
             wa_context_current_time_s(open->context), open->length_s);
    compose_device(view, open);
    compose_load(view, open);
    compose_memory(view, open);
    compose_pools(view, open);
    compose_nodes(view, open);
}

void live_view_compose_line(const session *open, char line[LIVE_VIEW_LINE_BYTES * 2]) {
    wa_audio_metrics metrics;
    wa_memory_stats memory;
    char underruns[64];
    wa_profiler_get_metrics(open->context, &metrics);
    wa_engine_memory_stats(open->engine, &memory);
    underrun_text(&metrics, underruns);
    snprintf(line, LIVE_VIEW_LINE_BYTES * 2,
             "%6.1f/%.1f s  load avg %.1f%% p99 %.1f%% max %.1f%%  underruns: %s  misses: %llu  "
             "latency %.1f ms  memory %.2f of %.1f MB",
             wa_context_current_time_s(open->context), open->length_s, 100 * metrics.load.avg,
             100 * metrics.load.p99, 100 * metrics.load.max, underruns,
             (unsigned long long)metrics.deadline_misses, 1e3 * metrics.latency_s,
             (double)memory.used_bytes / megabyte, (double)memory.budget_bytes / megabyte);
}

void live_view_begin(live_view *view) {
    *view = (live_view){ .is_page = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) };
    if (view->is_page && newterm(NULL, stdout, stdin) == NULL) {
        view->is_page = false; /* a terminal that ncurses does not know */
    }
    if (view->is_page) {
        cbreak();
        noecho();
        curs_set(0);
    }
}

double live_view_interval_s(const live_view *view) {
    return view->is_page ? 0.2 : 1.0;
}

void live_view_show(live_view *view, session *open) {
    if (!view->is_page) {
        char line[LIVE_VIEW_LINE_BYTES * 2];
        live_view_compose_line(open, line);
        printf("%s\n", line);
        fflush(stdout);
        return;
    }
    live_view_compose(view, open);
    erase();
    for (uint32_t i = 0; i < view->line_count && (int)i < LINES; i++) {
        mvaddnstr((int)i, 0, view->lines[i], COLS);
    }
    refresh();
}

void live_view_end(live_view *view) {
    if (view->is_page) {
        endwin();
        view->is_page = false;
    }
}

void live_view_print_device(const session *open) {
    live_view view = { 0 };
    compose_device(&view, open);
    for (uint32_t i = 0; i < view.line_count; i++) {
        printf("%s\n", view.lines[i]);
    }
    fflush(stdout);
}

void live_view_print_summary(const session *open) {
    live_view view = { 0 };
    wa_memory_stats memory;
    wa_device_info device;
    if (wa_context_get_device(open->context, &device) == WA_OK) { /* offline there is no time to miss */
        compose_load(&view, open);
    }
    for (uint32_t i = 0; i < view.line_count; i++) {
        printf("%s\n", view.lines[i]);
    }
    if (open->scene != NULL && open->scene->note_count > 0) {
        printf("notes     %llu played, %llu dropped (their voice's live_max)\n",
               (unsigned long long)open->player.played_count,
               (unsigned long long)open->player.dropped_count);
    }
    wa_engine_memory_stats(open->engine, &memory);
    const cli_resident resident = cli_get_resident();
    printf("memory    ledger peak %.2f MB of %.1f MB, resident %.1f MB, at its peak %.1f MB\n",
           (double)memory.peak_bytes / megabyte, (double)memory.budget_bytes / megabyte,
           (double)resident.now_bytes / megabyte, (double)resident.peak_bytes / megabyte);
    fflush(stdout);
}
