/* Opening what was named on the command line, and running it, offline or in real time. */
#include "session.h"
#include "choice.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* Notes are scheduled this far ahead; offline the graph is entered at the same steps. */
static const double look_ahead_s = 1.0;
static const double offline_step_s = 0.25;
static const double suspend_timeout_s = 2.0;
enum { INPUT_CHANNEL_COUNT = 2, OUTPUT_CHANNEL_COUNT = 2 };

const char *session_name(const session *open) {
    const char *slash = strrchr(open->file, '/');
    return slash != NULL ? slash + 1 : open->file;
}

/* A scene ends in .json or begins with {; anything else is left to the decoder. */
static bool is_scene_file(const char *path) {
    const size_t length = strlen(path);
    if (length > 5 && strcmp(path + length - 5, ".json") == 0) {
        return true;
    }
    FILE *file = fopen(path, "rb");
    int c = EOF;
    if (file != NULL) {
        do {
            c = fgetc(file);
        } while (c != EOF && isspace(c));
        fclose(file);
    }
    return c == '{';
}

static int make_engine(session *open, const session_options *options) {
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    double budget_mb = options->budget_mb;
    if (budget_mb == 0 && open->scene != NULL) {
        budget_mb = open->scene->budget_mb;
    }
    if (budget_mb > 0) {
        desc.budget_bytes = (uint64_t)(budget_mb * 1e6);
    }
    const wa_status status = wa_engine_create(&desc, &open->engine);
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

/* The file device writes WAV, whatever the file is called. */
static int check_device_file(const char *backend, const char *path) {
    const size_t length = path != NULL ? strlen(path) : 0;
    return strcmp(backend, "file") == 0 && length > 0 &&
                   (length < 5 || strcasecmp(path + length - 4, ".wav") != 0)
               ? cli_error(CLI_USAGE, path, "the file device writes a name ending in .wav")
               : CLI_OK;
}

/* A tap mixes as the destination does, so that nothing changes by it. */
static wa_status make_output(session *open, bool is_tapped) {
    open->output = wa_context_destination(open->context);
    if (!is_tapped) {
        return WA_OK;
    }
    wa_gain_options options = WA_GAIN_OPTIONS_INIT;
    options.node.channel_count = wa_context_channel_count(open->context);
    options.node.channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT;
    wa_node tap;
    wa_status status = wa_node_create(open->context, WA_NODE_TYPE_GAIN, &options, &tap);
    if (status == WA_OK) {
        status = wa_node_connect(open->context, tap, open->output);
        open->output = tap;
    }
    return status;
}

/* Without a file it decides which backend plays, too: nothing but silence. */
static void choose_input(const session_options *options, wa_context_desc *desc) {
    const bool is_alone = options->file == NULL;
    const bool is_named = strcmp(options->input, "default") != 0;
    desc->input_channel_count = INPUT_CHANNEL_COUNT;
    desc->input_device_id = is_named ? options->input : NULL;
    if (is_alone && options->channel_count > 0) {
        desc->input_channel_count = options->channel_count;
        desc->channel_count = OUTPUT_CHANNEL_COUNT;
    }
    if (is_alone && is_named && desc->device_backend == NULL) {
        desc->device_backend = device_choice_of_input(options->input);
    }
}

static int make_context(session *open, const session_options *options, float rate_hz,
                        uint32_t channels) {
    const bool is_realtime = options->kind == WA_CONTEXT_REALTIME;
    const device_choice choice = device_choice_from(is_realtime ? options->device : NULL);
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = options->kind;
    desc.sample_rate_hz = options->sample_rate_hz > 0 ? (float)options->sample_rate_hz : rate_hz;
    desc.channel_count = options->channel_count > 0 ? options->channel_count : channels;
    desc.is_gathering = true;
    if (options->quantum_frames > 0) {
        desc.quantum_frames = options->quantum_frames;
    } else if (open->scene != NULL) {
        desc.quantum_frames = open->scene->quantum_frames;
    }
    if (options->kind == WA_CONTEXT_OFFLINE) {
        desc.length_frames = (uint64_t)ceil(open->length_s * (double)desc.sample_rate_hz);
    } else if (options->device != NULL) {
        desc.device_backend = choice.backend; /* "" is refused by name */
        desc.device_id = open->device_id = choice.id;
        if (check_device_file(choice.backend, choice.id) != CLI_OK) {
            return CLI_USAGE;
        }
    }
    if (options->input != NULL && is_realtime) {
        choose_input(options, &desc);
    }
    wa_status status = wa_context_create(open->engine, &desc, &open->context);
    if (status == WA_ERR_IO) { /* the device's file */
        return cli_error(CLI_NO_DEVICE, open->device_id, "%s (%s)", wa_error_message(),
                         wa_status_name(status));
    }
    if (status == WA_OK) {
        status = make_output(open, options->is_tapped);
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

static double quantum_s(const session *open) {
    return (double)wa_context_quantum_frames(open->context) /
           (double)wa_context_sample_rate_hz(open->context);
}

static bool has_input_node(const scene_data *scene) {
    for (uint32_t i = 0; scene != NULL && i < scene->graph.node_count; i++) {
        if (scene->graph.nodes[i].type->type == WA_NODE_TYPE_INPUT) {
            return true;
        }
    }
    return false;
}

/* What is recorded goes where the scene says, else it is heard along with the file. */
static int hear_input(session *open, const session_options *options) {
    if (options->input == NULL || has_input_node(open->scene)) {
        return CLI_OK;
    }
    wa_node input;
    wa_status status = wa_node_create(open->context, WA_NODE_TYPE_INPUT, NULL, &input);
    if (status == WA_OK) {
        status = wa_node_connect(open->context, input, open->output);
    }
    if (status == WA_OK) {
        status = wa_flush(open->context);
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

static int open_scene(session *open, const session_options *options) {
    char error[SCENE_ERROR_BYTES];
    if (!scene_load(open->file, options->allow_dir, &open->scene, error)) {
        return cli_error(CLI_BAD_FILE, open->file, "%s", error);
    }
    scene_data *scene = open->scene;
    open->length_s = options->seconds > 0 ? options->seconds : scene->length_s;
    int code = make_engine(open, options);
    if (code == CLI_OK) {
        code = make_context(open, options, (float)scene->sample_rate_hz, scene->channel_count);
    }
    if (code != CLI_OK) {
        return code;
    }
    const bool is_realtime = options->kind == WA_CONTEXT_REALTIME;
    wa_status status = scene_build_init(&open->build, scene, open->context, open->output,
                                        is_realtime && options->input != NULL, error);
    if (status == WA_OK) {
        status = scene_player_init(&open->player, &open->build, error);
    }
    if (status != WA_OK) {
        return cli_error(cli_exit_from_status(status), open->file, "%s", error);
    }
    code = hear_input(open, options);
    return code == CLI_OK ? session_advance(open, look_ahead_s + quantum_s(open)) : code;
}

static int play_buffer(session *open) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    wa_node source;
    options.buffer = open->audio;
    wa_status status = wa_node_create(open->context, WA_NODE_TYPE_BUFFER_SOURCE, &options, &source);
    if (status == WA_OK) {
        open->player_of_file = source;
        status = wa_node_connect(open->context, source, open->output);
    }
    if (status == WA_OK) {
        status = wa_source_start(open->context, source, 0);
    }
    if (status == WA_OK) {
        status = wa_flush(open->context);
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

static int decode_audio(session *open, float rate_hz, wa_buffer_info *info) {
    wa_status status = wa_decode_file(open->engine, open->file, rate_hz, &open->audio);
    if (status == WA_OK) {
        status = wa_buffer_get_info(open->engine, open->audio, info);
    }
    if (status == WA_ERR_BUDGET) {
        return cli_error(CLI_OVER_BUDGET, open->file,
                         "%s; --budget MB raises it, --stream plays from disk (%s)", wa_error_message(),
                         wa_status_name(status));
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

static int play_media(session *open, wa_media media) {
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    wa_node source;
    options.media = media;
    wa_status status = wa_node_create(open->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &source);
    if (status == WA_OK) {
        open->streamed = source;
        status = wa_node_connect(open->context, source, open->output);
    }
    if (status == WA_OK) {
        status = wa_media_source_play(open->context, source, 0);
    }
    if (status == WA_OK) {
        status = wa_flush(open->context);
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

static int open_media(session *open, double rate_hz, double ring_s, wa_media *media,
                      wa_media_info *info) {
    wa_media_options options = WA_MEDIA_OPTIONS_INIT;
    options.sample_rate_hz = (float)rate_hz;
    options.ring_s = ring_s;
    wa_status status = wa_media_open(open->engine, open->file, &options, media);
    if (status == WA_OK) {
        status = wa_media_get_info(open->engine, *media, info);
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

/* Opened twice: to know what it is, and once the context says how much is to be decoded ahead. */
static int open_streamed(session *open, const session_options *options) {
    wa_media media = { 0 };
    wa_media_info info;
    const double some_s = 0.05;
    int code = make_engine(open, options);
    if (code == CLI_OK) {
        code = open_media(open, options->sample_rate_hz, some_s, &media, &info);
        (void)wa_media_close(open->engine, media);
    }
    if (code == CLI_OK) {
        const bool has_device = options->kind == WA_CONTEXT_REALTIME;
        open->length_s = info.duration_s;
        if (options->seconds > 0 && options->seconds < open->length_s) {
            open->length_s = options->seconds;
        }
        code = make_context(open, options, has_device ? 0 : info.sample_rate_hz,
                            has_device ? 2 : info.channel_count);
    }
    if (code == CLI_OK) {
        code = open_media(open, (double)wa_context_sample_rate_hz(open->context),
                          scene_media_ring_s(open->context), &media, &info);
    }
    if (code == CLI_OK) {
        code = play_media(open, media);
        (void)wa_media_close(open->engine, media); /* the node keeps it */
    }
    return code;
}

/* Offline the file decides rate and channels; a device has a rate of its own, asked first. */
static int open_audio(session *open, const session_options *options) {
    wa_buffer_info info;
    if (options->is_streamed) {
        return open_streamed(open, options);
    }
    int code = make_engine(open, options);
    if (code == CLI_OK && options->kind == WA_CONTEXT_REALTIME) {
        code = make_context(open, options, 0, 2);
        code =
            code == CLI_OK ? decode_audio(open, wa_context_sample_rate_hz(open->context), &info) : code;
    } else if (code == CLI_OK) {
        code = decode_audio(open, (float)options->sample_rate_hz, &info);
    }
    if (code != CLI_OK) {
        return code;
    }
    open->length_s = info.duration_s;
    if (options->seconds > 0 && options->seconds < open->length_s) {
        open->length_s = options->seconds;
    }
    if (open->context == NULL) {
        code = make_context(open, options, info.sample_rate_hz, info.channel_count);
    }
    if (code == CLI_OK) {
        code = hear_input(open, options);
    }
    return code == CLI_OK ? play_buffer(open) : code;
}

int session_open(session *open, const session_options *options) {
    *open = (session){ .file = options->file };
    if (access(options->file, R_OK) != 0) {
        return cli_error(CLI_BAD_FILE, options->file, "the file cannot be read: %s", strerror(errno));
    }
    return is_scene_file(options->file) ? open_scene(open, options) : open_audio(open, options);
}

int session_open_input(session *open, const session_options *options) {
    *open = (session){ .file = options->input, .ends_with_device = true };
    open->length_s = options->seconds > 0 ? options->seconds : SCENE_LENGTH_MAX_S;
    int code = make_engine(open, options);
    code = code == CLI_OK ? make_context(open, options, 0, OUTPUT_CHANNEL_COUNT) : code;
    if (code != CLI_OK) {
        return code;
    }
    const wa_status status = wa_node_create(open->context, WA_NODE_TYPE_INPUT, NULL, &open->output);
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

void session_close(session *open) {
    if (open->context != NULL && wa_context_get_state(open->context) == WA_CONTEXT_RUNNING) {
        wa_context_suspend_wait(open->context, suspend_timeout_s);
    }
    scene_player_finish(&open->player);
    wa_context_destroy(open->context);
    wa_engine_destroy(open->engine);
    scene_free(open->scene);
    *open = (session){ .file = open->file };
}

int session_advance(session *open, double until_s) {
    char error[SCENE_ERROR_BYTES];
    if (open->scene == NULL) {
        return CLI_OK;
    }
    const wa_status status = scene_player_advance(&open->player, until_s, error);
    return status == WA_OK ? CLI_OK : cli_error(cli_exit_from_status(status), open->file, "%s", error);
}

uint64_t session_length_frames(const session *open) {
    return (uint64_t)ceil(open->length_s * (double)wa_context_sample_rate_hz(open->context));
}

/* -- Offline ----------------------------------------------------------------------------------- */

typedef struct offline {
    session *open;
    const session_sink *sink;
    double begin_s, shown_s;
    int code; /* why it was ended, CLI_OK so far */
} offline;

static bool on_block(void *user, const float *const *planes, uint32_t channel_count,
                     uint32_t frame_count) {
    offline *run = user;
    if (run->code == CLI_OK && run->sink->write != NULL &&
        !run->sink->write(run->sink->user, planes, channel_count, frame_count)) {
        run->code = CLI_FAILED;
    }
    return run->code == CLI_OK;
}

static void show_progress(offline *run, uint64_t done_frames, bool is_last) {
    const double now_s = cli_now_s(), rate_hz = (double)wa_context_sample_rate_hz(run->open->context);
    const double done_s = (double)done_frames / rate_hz, spent_s = now_s - run->begin_s;
    if (!run->sink->shows_progress || !isatty(STDERR_FILENO) ||
        (!is_last && now_s - run->shown_s < 0.1)) {
        return;
    }
    run->shown_s = now_s;
    fprintf(stderr, "\r%6.1f of %.1f s, %3.0f %%, %.0f times real time %s", done_s, run->open->length_s,
            100 * done_s / run->open->length_s, spent_s > 0 ? done_s / spent_s : 0,
            is_last ? "\n" : "");
}

static bool on_progress(void *user, uint64_t done_frames, uint64_t length_frames) {
    offline *run = user;
    (void)length_frames;
    show_progress(run, done_frames, false);
    if (run->code == CLI_OK && cli_is_interrupted()) {
        run->code = cli_error(CLI_FAILED, run->open->file, "interrupted; nothing is kept");
    }
    return run->code == CLI_OK;
}

static wa_status suspend_next(session *open, double time_s) {
    const double rest_s = offline_step_s / 2 + quantum_s(open); /* no stop right before the end */
    return time_s + rest_s < open->length_s ? wa_context_suspend_at(open->context, time_s) : WA_OK;
}

static void on_suspended(void *user, wa_context *context, double time_s) {
    offline *run = user;
    wa_context_poll(context, NULL, 0);
    if (run->code != CLI_OK) {
        return;
    }
    run->code = session_advance(run->open, time_s + look_ahead_s + quantum_s(run->open));
    const wa_status status = suspend_next(run->open, time_s + offline_step_s);
    if (run->code == CLI_OK && status != WA_OK) {
        run->code = cli_error_from_status(run->open->file, status);
    }
}

int session_render(session *open, const session_sink *sink) {
    offline run = { .open = open, .sink = sink, .begin_s = cli_now_s() };
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.on_block = on_block;
    desc.on_progress = on_progress;
    desc.user = &run;
    desc.progress_frames = 8192;
    if (open->scene != NULL && open->scene->note_count > 0) {
        desc.on_suspended = on_suspended;
        const wa_status status = suspend_next(open, offline_step_s);
        if (status != WA_OK) {
            return cli_error_from_status(open->file, status);
        }
    }
    const wa_status status = wa_offline_render(open->context, &desc);
    if (run.code != CLI_OK) {
        return run.code;
    }
    if (status != WA_OK) {
        return cli_error_from_status(open->file, status);
    }
    show_progress(&run, wa_context_current_frame(open->context), true);
    return CLI_OK;
}

/* -- Real time --------------------------------------------------------------------------------- */

static void sleep_s(double duration_s) {
    const struct timespec time = { (time_t)duration_s, (long)(1e9 * (duration_s - floor(duration_s))) };
    nanosleep(&time, NULL); /* a signal may end it early: that is wanted */
}

typedef struct device_news {
    bool is_lost, is_list_changed;
} device_news;

static device_news poll_news(session *open) {
    wa_event events[64];
    device_news news = { false, false };
    for (uint32_t count = 64; count == 64;) {
        count = wa_context_poll(open->context, events, 64);
        for (uint32_t i = 0; i < count; i++) {
            news.is_lost |= events[i].type == WA_EVENT_DEVICE_LOST;
            news.is_list_changed |= events[i].type == WA_EVENT_DEVICE_LIST_CHANGE;
        }
    }
    return news;
}

/* A device that was lost and is plugged in again is played to again. */
static void look_after_device(session *open, bool *is_lost) {
    const device_news news = poll_news(open);
    wa_sink_info sink;
    if (news.is_lost) {
        *is_lost = true;
        cli_error(CLI_NO_DEVICE, open->device_id != NULL ? open->device_id : open->file,
                  open->ends_with_device ? "the device was lost; what came is kept"
                                         : "the device was lost; going on without sound");
        open->is_over |= open->ends_with_device;
    }
    if (!*is_lost || !news.is_list_changed || wa_context_get_sink(open->context, &sink) != WA_OK) {
        return;
    }
    const char *backend = sink.backend[0] != '\0' ? sink.backend : NULL;
    const char *id = sink.id[0] != '\0' ? sink.id : NULL;
    if (wa_context_set_device(open->context, backend, id) == WA_OK) {
        *is_lost = false;
        fprintf(stderr, "wavepool: %s: the device is back\n", session_name(open));
    }
}

/* Enough for the worker to keep up with, or it will never have it. */
static bool is_ready(const session *open, wa_node player) {
    const double enough_s = 0.25;
    wa_media_source_state state;
    return wa_media_source_get_state(open->context, player, &state) != WA_OK || state.status != WA_OK ||
           state.buffered_s >= enough_s;
}

static bool are_files_ready(const session *open) {
    bool is_all = open->streamed.id == 0 || is_ready(open, open->streamed);
    for (uint32_t i = 0; open->scene != NULL && i < open->scene->graph.node_count; i++) {
        const bool is_player = open->scene->graph.nodes[i].type->type == WA_NODE_TYPE_MEDIA_SOURCE;
        is_all = is_all && (!is_player || is_ready(open, open->build.nodes[i]));
    }
    return is_all;
}

/* Files begin in time, if they can be read at all. */
static void wait_for_files(const session *open) {
    const double wait_max_s = 2, look_s = 0.002;
    const double end_s = cli_now_s() + wait_max_s;
    while (!are_files_ready(open) && cli_now_s() < end_s) {
        sleep_s(look_s);
    }
}

int session_play(session *open, double tick_s, session_tick_fn on_tick, void *user) {
    const double step_s = 0.02;
    wait_for_files(open);
    double tick_at_s = cli_now_s() + tick_s;
    bool is_lost = false;
    const wa_status status = wa_context_resume(open->context);
    int code = status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
    while (code == CLI_OK && !cli_is_interrupted() && !open->is_over &&
           wa_context_current_time_s(open->context) < open->length_s) {
        sleep_s(step_s);
        look_after_device(open, &is_lost);
        code = session_advance(open, wa_context_current_time_s(open->context) + look_ahead_s);
        if (code == CLI_OK && on_tick != NULL && cli_now_s() >= tick_at_s) {
            tick_at_s += tick_s;
            on_tick(user, open);
        }
    }
    wa_context_suspend_wait(open->context, suspend_timeout_s);
    return code == CLI_OK && is_lost ? CLI_NO_DEVICE : code;
}
