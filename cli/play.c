/* wavepool play: audio files and scenes through a device, with the profile alongside. */
#include "live_view.h"
#include "options.h"
#include <stdio.h>

enum { FILE_COUNT_MAX = 256 };

static void on_tick(void *user, session *open) {
    live_view_show(user, open);
}

static int play_file(const session_options *options, bool is_quiet) {
    session open;
    live_view view = { 0 };
    int code = session_open(&open, options);
    if (code == CLI_OK) {
        wa_profiler_set_node_timing(open.context, 16);
        printf("playing   %s, %.1f s\n", session_name(&open), open.length_s);
        live_view_print_device(&open);
        if (!is_quiet) {
            live_view_begin(&view);
        }
        code = session_play(&open, live_view_interval_s(&view), is_quiet ? NULL : on_tick, &view);
        live_view_end(&view);
        live_view_print_summary(&open);
    }
    session_close(&open);
    return code;
}

static int run(int argc, char **argv) {
    session_options options = { .kind = WA_CONTEXT_REALTIME };
    bool is_quiet = false;
    const cli_option rows[] = {
        { "device", 'd', CLI_OPTION_STRING, "BACKEND[:ID]|ID", "what plays it; see wavepool devices",
          &options.device, 0, 0 },
        { "input", 'i', CLI_OPTION_STRING, "ID", "record from it (default: the backend's default)",
          &options.input, 0, 0 },
        { "seconds", 's', CLI_OPTION_NUMBER, "N", "end after N seconds", &options.seconds, 0.01,
          SCENE_LENGTH_MAX_S },
        { "quantum", 0, CLI_OPTION_COUNT, "FRAMES", "frames rendered at a time (128)",
          &options.quantum_frames, 1, SCENE_QUANTUM_MAX_FRAMES },
        { "budget", 0, CLI_OPTION_NUMBER, "MB", "memory budget (the scene's, else 100)",
          &options.budget_mb, SCENE_BUDGET_MIN_MB, SCENE_BUDGET_MAX_MB },
        { "allow-dir", 0, CLI_OPTION_STRING, "DIR", "a scene may also take files from here",
          &options.allow_dir, 0, 0 },
        { "stream", 0, CLI_OPTION_FLAG, NULL, "play an audio file from disk, in constant memory",
          &options.is_streamed, 0, 0 },
        { "quiet", 'q', CLI_OPTION_FLAG, NULL, "no live view", &is_quiet, 0, 0 },
    };
    const cli_usage usage = {
        .command = "play",
        .synopsis = "[OPTION]... FILE...",
        .about =
            "Plays each FILE (an audio file or a scene) and shows what it costs: a page on a "
            "terminal,\n"
            "else a line per second. --device file:OUT.wav records what a device would have played.\n"
            "--input feeds a scene's Input nodes; without one it is heard along with the file.",
        .options = rows,
        .option_count = sizeof rows / sizeof rows[0],
        .file_count_min = 1,
        .file_count_max = FILE_COUNT_MAX,
    };
    const char *files[FILE_COUNT_MAX];
    uint32_t file_count = 0;
    const cli_parse_result parsed = cli_options_parse(&usage, argc, argv, files, &file_count);
    if (parsed != CLI_PARSE_RUN) {
        return parsed == CLI_PARSE_HELP ? CLI_OK : CLI_USAGE;
    }
    cli_catch_signals();
    int code = CLI_OK;
    for (uint32_t i = 0; i < file_count && code == CLI_OK && !cli_is_interrupted(); i++) {
        options.file = files[i];
        code = play_file(&options, is_quiet);
    }
    return code;
}

const cli_command cli_command_play = { "play", "play audio files and scenes", run };
