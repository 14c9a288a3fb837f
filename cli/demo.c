/* wavepool demo: the tune in real time with its profile, then the same as a file. */
#include "live_view.h"
#include "options.h"
#include "output.h"
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double limit_bytes = 100e6; /* of the ledger and of the process */

/* The scene beside an installed binary, else the one in the source tree. */
static bool find_tune(char path[PATH_MAX]) {
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = '\0';
        snprintf(path, PATH_MAX, "%.3900s/../share/wavepool/examples/tune.json", dirname(self));
        if (access(path, R_OK) == 0) {
            return true;
        }
    }
    snprintf(path, PATH_MAX, "%s/tune.json", WAVEPOOL_EXAMPLES_DIR);
    return access(path, R_OK) == 0;
}

static void on_tick(void *user, session *open) {
    live_view_show(user, open);
}

typedef struct demo_result {
    uint64_t ledger_peak_bytes;
} demo_result;

static void keep_peak(const session *open, demo_result *result) {
    wa_memory_stats memory;
    wa_engine_memory_stats(open->engine, &memory);
    if (memory.peak_bytes > result->ledger_peak_bytes) {
        result->ledger_peak_bytes = memory.peak_bytes;
    }
}

static int play(const session_options *options, demo_result *result) {
    session open;
    live_view view = { 0 };
    int code = session_open(&open, options);
    if (code == CLI_OK) {
        wa_device_info device;
        printf("wavepool plays %s for about %.0f s, then renders the same to a file\n",
               open.scene != NULL && open.scene->title != NULL ? open.scene->title
                                                               : session_name(&open),
               open.length_s);
        live_view_print_device(&open);
        if (wa_context_get_device(open.context, &device) == WA_OK &&
            strcmp(device.backend, "null") == 0) {
            printf("          no sound device was found: it runs in real time on the null device, "
                   "unheard\n");
        }
        fflush(stdout);
        wa_profiler_set_node_timing(open.context, 16);
        live_view_begin(&view);
        code = session_play(&open, live_view_interval_s(&view), on_tick, &view);
        live_view_end(&view);
        live_view_print_summary(&open);
        keep_peak(&open, result);
    }
    session_close(&open);
    return code;
}

static int render(const session_options *options, const char *path, wa_file_format format,
                  demo_result *result) {
    session open;
    session_options offline = *options;
    offline.kind = WA_CONTEXT_OFFLINE;
    offline.device = NULL;
    int code = session_open(&open, &offline);
    if (code == CLI_OK) {
        const double begin_s = cli_now_s();
        code = output_render(&open, path, format);
        if (code == CLI_OK) {
            printf("rendered  %s, %.1f s at %.0f times real time\n", path, open.length_s,
                   open.length_s / (cli_now_s() - begin_s));
        }
        keep_peak(&open, result);
    }
    session_close(&open);
    return code;
}

static int conclude(const demo_result *result) {
    const cli_resident resident = cli_get_resident();
    const bool is_below =
        (double)result->ledger_peak_bytes < limit_bytes && (double)resident.peak_bytes < limit_bytes;
    printf("result    peak ledger %.2f MB, peak resident %.1f MB: %s 100 MB\n",
           (double)result->ledger_peak_bytes / 1e6, (double)resident.peak_bytes / 1e6,
           is_below ? "both below" : "NOT below");
    return is_below ? CLI_OK : CLI_FAILED;
}

static int run(int argc, char **argv) {
    char tune[PATH_MAX];
    const char *path = "demo.wav", *scene = NULL;
    session_options options = { .kind = WA_CONTEXT_REALTIME, .seconds = 20 };
    const cli_option rows[] = {
        { "seconds", 's', CLI_OPTION_NUMBER, "N", "how long (20)", &options.seconds, 0.1,
          SCENE_LENGTH_MAX_S },
        { "output", 'o', CLI_OPTION_STRING, "OUT", "the file it leaves (demo.wav), .wav or .flac",
          &path, 0, 0 },
        { "device", 'd', CLI_OPTION_STRING, "BACKEND[:ID]", "what plays it; see wavepool devices",
          &options.device, 0, 0 },
        { "scene", 0, CLI_OPTION_STRING, "FILE", "instead of the tune that comes with wavepool", &scene,
          0, 0 },
    };
    const cli_usage usage = {
        .command = "demo",
        .synopsis = "[OPTION]...",
        .about =
            "Plays a tune on pooled voices in real time, shows the profile, and leaves it as a file.\n"
            "Fails when the ledger or the process needed 100 MB or more.",
        .options = rows,
        .option_count = sizeof rows / sizeof rows[0],
    };
    uint32_t file_count = 0;
    const cli_parse_result parsed = cli_options_parse(&usage, argc, argv, NULL, &file_count);
    if (parsed != CLI_PARSE_RUN) {
        return parsed == CLI_PARSE_HELP ? CLI_OK : CLI_USAGE;
    }
    if (scene == NULL && !find_tune(tune)) {
        return cli_error(CLI_BAD_FILE, "demo",
                         "tune.json is not where it was installed; name one with --scene");
    }
    options.file = scene != NULL ? scene : tune;
    wa_file_format format;
    int code = output_choose_format(path, "pcm16", &format);
    if (code == CLI_OK) {
        code = output_check_path(path);
    }
    if (code != CLI_OK) {
        return code;
    }
    cli_catch_signals();
    demo_result result = { 0 };
    code = play(&options, &result);
    if (code == CLI_OK && !cli_is_interrupted()) {
        code = render(&options, path, format, &result);
    }
    return code == CLI_OK && !cli_is_interrupted() ? conclude(&result) : code;
}

const cli_command cli_command_demo = { "demo", "play the tune that comes with wavepool, about 20 s",
                                       run };
