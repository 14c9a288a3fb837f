/* wavepool profile: where the time and the memory go. */
#include "graph_file.h"
#include "live_view.h"
#include "options.h"
#include "output.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct profile_options {
    session_options session;
    const char *trace_path, *json_path, *graph_path;
    bool is_realtime;
} profile_options;

enum { TYPE_ROW_COUNT_MAX = 64, NODE_ROW_COUNT_MAX = 10, TRACE_EVENT_COUNT = 65536 };

static void print_types(const session *open) {
    wa_node_cost rows[TYPE_ROW_COUNT_MAX];
    double ns_sum = 0, share_sum = 0;
    const uint32_t count = wa_profiler_type_costs(open->context, rows, TYPE_ROW_COUNT_MAX);
    printf("\n%-22s %14s %8s %16s\n", "type", "ns per quantum", "share", "node quanta");
    for (uint32_t i = 0; i < count; i++) {
        printf("%-22s %14.0f %6.1f %% %16llu\n", rows[i].name, rows[i].ns_per_quantum,
               100 * rows[i].share, (unsigned long long)rows[i].instance_quanta);
        ns_sum += rows[i].ns_per_quantum;
        share_sum += rows[i].share;
    }
    printf("%-22s %14.0f %6.1f %%\n", "sum", ns_sum, 100 * share_sum);
}

static void print_nodes(const session *open) {
    wa_node_cost rows[NODE_ROW_COUNT_MAX];
    const uint32_t count = wa_profiler_node_costs(open->context, rows, NODE_ROW_COUNT_MAX);
    if (count > 0) {
        printf("\n%-22s %14s %8s  %s\n", "costliest nodes", "ns per quantum", "share", "id");
    }
    for (uint32_t i = 0; i < count; i++) {
        printf("%-22s %14.0f %6.1f %%  %s\n", rows[i].name, rows[i].ns_per_quantum, 100 * rows[i].share,
               live_view_node_name(open, &rows[i]));
    }
}

static void print_memory(const session *open) {
    wa_memory_stats memory;
    wa_engine_memory_stats(open->engine, &memory);
    printf("\n%-22s %14s %14s\n", "memory", "now, bytes", "peak, bytes");
    for (int i = 0; i < WA_MEMORY_CATEGORY_COUNT; i++) {
        if (memory.category_peak_bytes[i] > 0) {
            printf("%-22s %14llu %14llu\n", wa_memory_category_name((wa_memory_category)i),
                   (unsigned long long)memory.category_bytes[i],
                   (unsigned long long)memory.category_peak_bytes[i]);
        }
    }
    printf("%-22s %14llu %14llu\n\n", "ledger", (unsigned long long)memory.used_bytes,
           (unsigned long long)memory.peak_bytes);
}

/* Write to a name beside path first: a failure leaves no half file. */
static int write_json(const session *open, const char *path) {
    char part[4096];
    char *json = NULL;
    const wa_status status = wa_profiler_snapshot_json(open->context, &json);
    if (status != WA_OK) {
        return cli_error_from_status(path, status);
    }
    const int length = snprintf(part, sizeof part, "%s.part", path);
    FILE *file = length > 0 && (size_t)length < sizeof part ? fopen(part, "w") : NULL;
    bool is_ok = file != NULL && fputs(json, file) >= 0 && fputc('\n', file) != EOF;
    if (file != NULL) {
        is_ok = fclose(file) == 0 && is_ok;
        is_ok = is_ok && rename(part, path) == 0;
    }
    wa_string_free(json);
    if (is_ok) {
        return CLI_OK;
    }
    const int code = cli_error(CLI_FAILED, path, "cannot be written: %s", strerror(errno));
    if (file != NULL) {
        unlink(part);
    }
    return code;
}

static int run_session(session *open, const profile_options *options) {
    const session_sink sink = { .shows_progress = true };
    if (options->trace_path != NULL) {
        const wa_status status = wa_profiler_trace_begin(open->context, TRACE_EVENT_COUNT);
        if (status != WA_OK) {
            return cli_error_from_status(options->session.file, status);
        }
    }
    return options->is_realtime ? session_play(open, 1, NULL, NULL) : session_render(open, &sink);
}

static int report(const session *open, const profile_options *options, double spent_s) {
    char line[256];
    const double done_s = wa_context_current_time_s(open->context);
    wa_profiler_log_line(open->context, line, sizeof line);
    printf("%s\n", line);
    printf("%s: %.1f s in %.2f s, %.0f times real time%s\n", session_name(open), done_s, spent_s,
           spent_s > 0 ? done_s / spent_s : 0, options->is_realtime ? "" : " (offline)");
    print_types(open);
    print_nodes(open);
    print_memory(open);
    live_view_print_summary(open);
    if (options->trace_path != NULL) {
        const wa_status status = wa_profiler_trace_end(open->context, options->trace_path);
        if (status != WA_OK) {
            return cli_error(CLI_FAILED, options->trace_path, "%s (%s)", wa_error_message(),
                             wa_status_name(status));
        }
    }
    int code = options->json_path != NULL ? write_json(open, options->json_path) : CLI_OK;
    if (code == CLI_OK && options->graph_path != NULL) {
        const graph_file_options coloured = { .is_coloured = true };
        code = graph_file_write(open, options->graph_path, &coloured);
    }
    return code;
}

/* Before anything runs: what is asked for can be written. */
static int check_outputs(const profile_options *options) {
    const char *const paths[] = { options->trace_path, options->json_path, options->graph_path };
    graph_kind kind = GRAPH_DOT;
    int code = options->graph_path != NULL ? graph_file_choose(options->graph_path, &kind) : CLI_OK;
    for (size_t i = 0; code == CLI_OK && i < sizeof paths / sizeof paths[0]; i++) {
        code = paths[i] != NULL ? output_check_path(paths[i]) : CLI_OK;
    }
    return code;
}

static int profile_file(const profile_options *options) {
    session open;
    int code = session_open(&open, &options->session);
    if (code == CLI_OK) {
        wa_profiler_set_node_timing(open.context, options->is_realtime ? 8 : 1);
        if (options->is_realtime) {
            live_view_print_device(&open);
        }
        const double begin_s = cli_now_s();
        code = run_session(&open, options);
        if (code == CLI_OK) {
            code = report(&open, options, cli_now_s() - begin_s);
        }
    }
    session_close(&open);
    return code;
}

static int run(int argc, char **argv) {
    profile_options options = { .session = { .kind = WA_CONTEXT_OFFLINE } };
    session_options *shared = &options.session;
    const cli_option rows[] = {
        { "trace", 0, CLI_OPTION_STRING, "OUT.json", "trace for Perfetto or chrome://tracing",
          &options.trace_path, 0, 0 },
        { "json", 0, CLI_OPTION_STRING, "OUT.json", "everything measured, as JSON", &options.json_path,
          0, 0 },
        { "dot", 0, CLI_OPTION_STRING, "OUT", "the graph coloured by cost: .dot, .svg, .png or .json",
          &options.graph_path, 0, 0 },
        { "realtime", 0, CLI_OPTION_FLAG, NULL, "through a device instead of as fast as it goes",
          &options.is_realtime, 0, 0 },
        { "device", 'd', CLI_OPTION_STRING, "BACKEND[:ID]", "with --realtime: what plays it",
          &shared->device, 0, 0 },
        { "seconds", 's', CLI_OPTION_NUMBER, "N", "length (the file's)", &shared->seconds, 0.001,
          SCENE_LENGTH_MAX_S },
        { "quantum", 0, CLI_OPTION_COUNT, "FRAMES", "frames rendered at a time (128)",
          &shared->quantum_frames, 1, SCENE_QUANTUM_MAX_FRAMES },
        { "budget", 0, CLI_OPTION_NUMBER, "MB", "memory budget (the scene's, else 100)",
          &shared->budget_mb, SCENE_BUDGET_MIN_MB, SCENE_BUDGET_MAX_MB },
        { "allow-dir", 0, CLI_OPTION_STRING, "DIR", "a scene may also take files from here",
          &shared->allow_dir, 0, 0 },
    };
    const cli_usage usage = {
        .command = "profile",
        .synopsis = "FILE [OPTION]...",
        .about = "Runs FILE and prints what each node type costs (with the row \"engine\" they add "
                 "up), the\n"
                 "costliest nodes, memory by category, load and resident memory.",
        .options = rows,
        .option_count = sizeof rows / sizeof rows[0],
        .file_count_min = 1,
        .file_count_max = 1,
    };
    uint32_t file_count = 0;
    const cli_parse_result parsed = cli_options_parse(&usage, argc, argv, &shared->file, &file_count);
    if (parsed != CLI_PARSE_RUN) {
        return parsed == CLI_PARSE_HELP ? CLI_OK : CLI_USAGE;
    }
    if (shared->device != NULL && !options.is_realtime) {
        return cli_error(CLI_USAGE, "profile", "--device goes with --realtime");
    }
    const int code = check_outputs(&options);
    if (code != CLI_OK) {
        return code;
    }
    shared->kind = options.is_realtime ? WA_CONTEXT_REALTIME : WA_CONTEXT_OFFLINE;
    cli_catch_signals();
    return profile_file(&options);
}

const cli_command cli_command_profile = { "profile", "measure what a scene or audio file costs", run };
