/* wavepool render: as fast as it goes, into a file. */
#include "options.h"
#include "output.h"
#include <stdio.h>

static int render_file(const session_options *options, const char *path, wa_file_format format) {
    session open;
    int code = session_open(&open, options);
    if (code == CLI_OK) {
        const double begin_s = cli_now_s();
        code = output_render(&open, path, format);
        if (code == CLI_OK) {
            const double spent_s = cli_now_s() - begin_s;
            wa_memory_stats memory;
            wa_engine_memory_stats(open.engine, &memory);
            printf("%s: %.1f s, %.0f Hz, %u channels, %.0f times real time, ledger peak %.2f MB\n",
                   path, open.length_s, (double)wa_context_sample_rate_hz(open.context),
                   wa_context_channel_count(open.context), spent_s > 0 ? open.length_s / spent_s : 0,
                   (double)memory.peak_bytes / 1e6);
        }
    }
    session_close(&open);
    return code;
}

static int run(int argc, char **argv) {
    session_options options = { .kind = WA_CONTEXT_OFFLINE };
    const char *path = NULL, *format_name = NULL;
    const cli_option rows[] = {
        { "output", 'o', CLI_OPTION_STRING, "OUT", "the file to write, .wav or .flac", &path, 0, 0 },
        { "format", 0, CLI_OPTION_STRING, "FORMAT", "float, pcm16 or pcm24", &format_name, 0, 0 },
        { "rate", 0, CLI_OPTION_NUMBER, "HZ", "sample rate (the file's)", &options.sample_rate_hz,
          SCENE_SAMPLE_RATE_MIN_HZ, SCENE_SAMPLE_RATE_MAX_HZ },
        { "quantum", 0, CLI_OPTION_COUNT, "FRAMES", "frames rendered at a time (128)",
          &options.quantum_frames, 1, SCENE_QUANTUM_MAX_FRAMES },
        { "channels", 0, CLI_OPTION_COUNT, "N", "output channels (the file's)", &options.channel_count,
          1, SCENE_CHANNEL_COUNT_MAX },
        { "seconds", 's', CLI_OPTION_NUMBER, "N", "length (the file's)", &options.seconds, 0.001,
          SCENE_LENGTH_MAX_S },
        { "budget", 0, CLI_OPTION_NUMBER, "MB", "memory budget (the scene's, else 100)",
          &options.budget_mb, SCENE_BUDGET_MIN_MB, SCENE_BUDGET_MAX_MB },
        { "allow-dir", 0, CLI_OPTION_STRING, "DIR", "a scene may also take files from here",
          &options.allow_dir, 0, 0 },
        { "stream", 0, CLI_OPTION_FLAG, NULL, "play an audio file from disk, in constant memory",
          &options.is_streamed, 0, 0 },
    };
    const cli_usage usage = {
        .command = "render",
        .synopsis = "FILE -o OUT.wav|OUT.flac [OPTION]...",
        .about = "Renders FILE (a scene or an audio file) into OUT, as fast as it goes and in constant "
                 "memory.\n"
                 "A render that fails or is interrupted leaves no file.",
        .options = rows,
        .option_count = sizeof rows / sizeof rows[0],
        .file_count_min = 1,
        .file_count_max = 1,
    };
    uint32_t file_count = 0;
    wa_file_format format = WA_FILE_WAV_FLOAT;
    const cli_parse_result parsed = cli_options_parse(&usage, argc, argv, &options.file, &file_count);
    if (parsed != CLI_PARSE_RUN) {
        return parsed == CLI_PARSE_HELP ? CLI_OK : CLI_USAGE;
    }
    if (path == NULL) {
        return cli_error(CLI_USAGE, "render", "-o OUT.wav is missing");
    }
    const int code = output_choose_format(path, format_name, &format);
    if (code != CLI_OK) {
        return code;
    }
    cli_catch_signals();
    return render_file(&options, path, format);
}

const cli_command cli_command_render = { "render", "render a scene or audio file into a file", run };
