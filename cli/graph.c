/* wavepool graph: the graph that a scene or an audio file makes, as DOT, JSON or a picture. */
#include "graph_file.h"
#include "options.h"
#include "output.h"
#include <string.h>

typedef struct graph_options {
    session_options session;
    graph_file_options file;
    const char *path;
    double at_s; /* how long it plays first; 0: not at all */
    bool is_json;
} graph_options;

static int show(const session *open, const graph_options *options) {
    return options->path != NULL
               ? graph_file_write(open, options->path, &options->file)
               : graph_file_print(open, options->is_json ? GRAPH_JSON : GRAPH_DOT,
                                  (graph_stream){ stdout, "standard output" }, &options->file);
}

static int run_graph(graph_options *options) {
    const session_sink nowhere = { .write = NULL };
    session open;
    options->session.seconds = options->at_s;
    int code = session_open(&open, &options->session);
    if (code == CLI_OK && options->at_s > 0) {
        wa_profiler_set_node_timing(open.context, options->file.is_coloured ? 1 : 0);
        code = session_render(&open, &nowhere);
    }
    code = code == CLI_OK ? show(&open, options) : code;
    session_close(&open);
    return code;
}

static int check(const graph_options *options) {
    graph_kind kind = GRAPH_DOT;
    if (options->path != NULL && options->is_json) {
        return cli_error(CLI_USAGE, "graph",
                         "--json is for standard output; -o OUT.json writes a file");
    }
    if (options->file.is_coloured && options->at_s <= 0) {
        return cli_error(CLI_USAGE, "graph",
                         "--cost goes with --at: what has not played costs nothing");
    }
    int code = options->path != NULL ? graph_file_choose(options->path, &kind) : CLI_OK;
    return code == CLI_OK && options->path != NULL ? output_check_path(options->path) : code;
}

static int run(int argc, char **argv) {
    graph_options options = { .session = { .kind = WA_CONTEXT_OFFLINE } };
    session_options *shared = &options.session;
    const cli_option rows[] = {
        { "output", 'o', CLI_OPTION_STRING, "OUT", "a file: .dot, .json, .svg or .png", &options.path,
          0, 0 },
        { "json", 0, CLI_OPTION_FLAG, NULL, "JSON on standard output, instead of DOT", &options.is_json,
          0, 0 },
        { "at", 0, CLI_OPTION_NUMBER, "N", "as it is after N seconds, instead of before the first",
          &options.at_s, 0.001, SCENE_LENGTH_MAX_S },
        { "cost", 0, CLI_OPTION_FLAG, NULL, "with --at: measure, and colour nodes by what they cost",
          &options.file.is_coloured, 0, 0 },
        { "all", 0, CLI_OPTION_FLAG, NULL, "every voice, instead of one of each pool",
          &options.file.has_all, 0, 0 },
        { "quantum", 0, CLI_OPTION_COUNT, "FRAMES", "frames rendered at a time (128)",
          &shared->quantum_frames, 1, SCENE_QUANTUM_MAX_FRAMES },
        { "budget", 0, CLI_OPTION_NUMBER, "MB", "memory budget (the scene's, else 100)",
          &shared->budget_mb, SCENE_BUDGET_MIN_MB, SCENE_BUDGET_MAX_MB },
        { "allow-dir", 0, CLI_OPTION_STRING, "DIR", "a scene may also take files from here",
          &shared->allow_dir, 0, 0 },
        { "stream", 0, CLI_OPTION_FLAG, NULL, "an audio file as it is played from disk",
          &shared->is_streamed, 0, 0 },
    };
    const cli_usage usage = {
        .command = "graph",
        .synopsis = "FILE [-o OUT.svg|OUT.png|OUT.dot|OUT.json] [OPTION]...",
        .about = "Shows the graph that FILE (a scene or an audio file) makes: nodes, ports, params,\n"
                 "connections and pools. Without -o, DOT on standard output.\n"
                 "Pictures are made by the program dot of Graphviz.",
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
    const int code = check(&options);
    if (code != CLI_OK) {
        return code;
    }
    cli_catch_signals();
    return run_graph(&options);
}

const cli_command cli_command_graph = { "graph", "show the graph of a scene: DOT, JSON, SVG or PNG",
                                        run };
