/* wavepool record: what sounds in real time, into a file.
 *
 * What is recorded is the session's output, which a file (scene or audio) feeds, or an input device.
 */
#include "live_view.h"
#include "meter.h"
#include "options.h"
#include "output.h"
#include <math.h>
#include <stdio.h>

typedef struct take {
    const char *path;
    wa_file_format format;
    bool is_quiet;
    uint32_t channel_count;
    wa_recording recording;
    meter level;
} take;

static int fail(const take *of, wa_status status) {
    return cli_error(status == WA_ERR_BUDGET ? CLI_OVER_BUDGET : CLI_FAILED, of->path, "%s (%s)",
                     wa_error_message(), wa_status_name(status));
}

/* A recorder behind the output, from the first frame to the last of length_s. */
static wa_status tap(session *open, const take *of) {
    wa_recorder_options options = WA_RECORDER_OPTIONS_INIT;
    wa_node recorder;
    options.recording = of->recording;
    wa_status status = wa_node_create(open->context, WA_NODE_TYPE_RECORDER, &options, &recorder);
    if (status == WA_OK) {
        status = wa_node_connect(open->context, open->output, recorder);
    }
    if (status == WA_OK) {
        status = wa_recorder_start(open->context, recorder, 0);
    }
    if (status == WA_OK) {
        status = wa_recorder_stop(open->context, recorder, open->length_s);
    }
    return status == WA_OK ? wa_flush(open->context) : status;
}

/* An input says what it has; all else what the context plays. */
static uint32_t count_channels(const session *open, const session_options *options) {
    enum { INPUT_CHANNEL_COUNT = 2 };
    return options->file != NULL        ? wa_context_channel_count(open->context)
           : options->channel_count > 0 ? options->channel_count
                                        : INPUT_CHANNEL_COUNT;
}

static wa_status open_recording(const session *open, take *of) {
    wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
    const double rate_hz = (double)wa_context_sample_rate_hz(open->context);
    options.format = of->format;
    options.channel_count = of->channel_count;
    options.sample_rate_hz = (float)rate_hz;
    options.ring_s =
        fmax(options.ring_s, 2.0 * wa_context_quantum_frames(open->context) / rate_hz + 0.01);
    return wa_recording_open(open->engine, of->path, &options, &of->recording);
}

/* What came is kept, even if it is not all of it: a take cannot be had again. */
static int close_recording(const session *open, const take *of) {
    wa_recording_stats stats;
    wa_status status = wa_recording_get_stats(open->engine, of->recording, &stats);
    if (status == WA_OK) {
        status = wa_recording_close(open->engine, of->recording);
    }
    if (status != WA_OK) {
        return fail(of, status);
    }
    const double rate_hz = (double)wa_context_sample_rate_hz(open->context);
    printf("%s: %.3f s, %.0f Hz, %u channel%s", of->path, (double)stats.recorded_frames / rate_hz,
           rate_hz, of->channel_count, of->channel_count > 1 ? "s" : "");
    if (!of->is_quiet) {
        char peak[METER_TEXT_BYTES];
        meter_text(of->level.peak, peak);
        printf(", peak %s", peak);
    }
    printf("\n");
    return stats.lost_frames == 0
               ? CLI_OK
               : cli_error(
                     CLI_FAILED, of->path,
                     "%.3f s in %llu places came faster than they could be written, and are silent",
                     (double)stats.lost_frames / rate_hz, (unsigned long long)stats.loss_count);
}

/* A file that cannot be written any further ends the take. */
static void on_tick(void *user, session *open) {
    take *of = user;
    wa_recording_stats stats;
    if (!of->is_quiet) {
        meter_look(&of->level);
    }
    open->is_over |=
        wa_recording_get_stats(open->engine, of->recording, &stats) != WA_OK || stats.status != WA_OK;
}

static int play_and_record(session *open, take *of) {
    wa_status status = tap(open, of);
    if (status == WA_OK && !of->is_quiet) {
        status = meter_init(&of->level, open, open->output, of->channel_count);
        status = status == WA_OK ? wa_flush(open->context) : status;
    }
    if (status != WA_OK) {
        (void)wa_recording_abandon(open->engine, of->recording);
        return fail(of, status);
    }
    const int code = session_play(open, METER_INTERVAL_S, on_tick, of);
    if (!of->is_quiet) {
        meter_end(&of->level);
    }
    const int closed = close_recording(open, of);
    return code == CLI_OK ? closed : code;
}

static int record(const session_options *options, take *of) {
    session open;
    int code =
        options->file != NULL ? session_open(&open, options) : session_open_input(&open, options);
    if (code == CLI_OK) {
        of->channel_count = count_channels(&open, options);
        const wa_status status = open_recording(&open, of);
        code = status == WA_OK ? CLI_OK : fail(of, status);
    }
    if (code == CLI_OK) {
        if (options->file == NULL) {
            live_view_print_device(&open);
            fflush(stdout);
        }
        code = play_and_record(&open, of);
    }
    meter_finish(&of->level);
    session_close(&open);
    return code;
}

static int run(int argc, char **argv) {
    session_options options = { .kind = WA_CONTEXT_REALTIME, .is_tapped = true };
    take of = { .path = NULL };
    const char *format_name = NULL;
    const cli_option rows[] = {
        { "output", 'o', CLI_OPTION_STRING, "OUT", "the file to write, .wav or .flac", &of.path, 0, 0 },
        { "format", 0, CLI_OPTION_STRING, "FORMAT", "float, pcm16 or pcm24", &format_name, 0, 0 },
        { "input", 'i', CLI_OPTION_STRING, "ID", "record an input; without FILE that alone",
          &options.input, 0, 0 },
        { "length", 's', CLI_OPTION_NUMBER, "N", "seconds (the file's; an input: until Ctrl-C)",
          &options.seconds, 0.001, SCENE_LENGTH_MAX_S },
        { "seconds", 0, CLI_OPTION_NUMBER, "N", "the same", &options.seconds, 0.001,
          SCENE_LENGTH_MAX_S },
        { "device", 'd', CLI_OPTION_STRING, "BACKEND[:ID]", "what plays it; see wavepool devices",
          &options.device, 0, 0 },
        { "quantum", 0, CLI_OPTION_COUNT, "FRAMES", "frames rendered at a time (128)",
          &options.quantum_frames, 1, SCENE_QUANTUM_MAX_FRAMES },
        { "channels", 0, CLI_OPTION_COUNT, "N", "channels (the scene's, else 2)",
          &options.channel_count, 1, SCENE_CHANNEL_COUNT_MAX },
        { "budget", 0, CLI_OPTION_NUMBER, "MB", "memory budget (the scene's, else 100)",
          &options.budget_mb, SCENE_BUDGET_MIN_MB, SCENE_BUDGET_MAX_MB },
        { "allow-dir", 0, CLI_OPTION_STRING, "DIR", "a scene may also take files from here",
          &options.allow_dir, 0, 0 },
        { "stream", 0, CLI_OPTION_FLAG, NULL, "play an audio file from disk, in constant memory",
          &options.is_streamed, 0, 0 },
        { "quiet", 'q', CLI_OPTION_FLAG, NULL, "no level", &of.is_quiet, 0, 0 },
    };
    const cli_usage usage = {
        .command = "record",
        .synopsis = "FILE|-i ID -o OUT.wav|OUT.flac [OPTION]...",
        .about =
            "Plays FILE (a scene or an audio file) through a device and records what sounds into OUT, "
            "in real time;\n"
            "or, without FILE, an input (-i default, or an id of wavepool devices), which is not "
            "heard.\n"
            "Shows the level. Ctrl-C ends it and keeps what has come so far.",
        .options = rows,
        .option_count = sizeof rows / sizeof rows[0],
        .file_count_min = 0,
        .file_count_max = 1,
    };
    uint32_t file_count = 0;
    const cli_parse_result parsed = cli_options_parse(&usage, argc, argv, &options.file, &file_count);
    if (parsed != CLI_PARSE_RUN) {
        return parsed == CLI_PARSE_HELP ? CLI_OK : CLI_USAGE;
    }
    if (of.path == NULL) {
        return cli_error(CLI_USAGE, "record", "-o OUT.wav is missing");
    }
    if (options.file == NULL && options.input == NULL) {
        return cli_error(CLI_USAGE, "record", "a file is missing, or an input (-i default)");
    }
    const int code = output_choose_format(of.path, format_name, &of.format);
    if (code != CLI_OK) {
        return code;
    }
    cli_catch_signals();
    return record(&options, &of);
}

const cli_command cli_command_record = { "record", "record what plays, or an input, into a file", run };
