/* What a Recorder hears must be in the file, frame for frame, from start to stop: offline whatever happens, in
 * real time with silence in place of what the file was too slow for. The input of an embedded context counts
 * its own frames, so that each frame of a file says when it was heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../unit/sounds.h"
#include "rig.h"
#include <glob.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- Helpers ------------------------------------------------------------------------------------ */

typedef struct content {
    uint32_t channel_count;
    uint64_t frame_count;
    float *frames; /* interleaved */
} content;

static content read_file(const char *path) {
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    content got = { (uint32_t)info.channels, (uint64_t)info.frames, NULL };
    got.frames = malloc((got.frame_count * got.channel_count + 1) * sizeof(float));
    assert_non_null(got.frames);
    assert_int_equal(sf_readf_float(file, got.frames, info.frames), info.frames);
    sf_close(file);
    return got;
}

/* Whole files of that name, and those that are not finished. */
static size_t count_files(const char *path) {
    char pattern[SOUNDS_PATH_BYTES + 8];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s*", path);
    const size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

static wa_recording open_recording(rig *r, const char *path, wa_file_format format,
                                   uint32_t channel_count, double ring_s) {
    wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
    wa_recording made = { 0 };
    options.format = format;
    options.channel_count = channel_count;
    options.sample_rate_hz = (float)r->rate;
    options.ring_s = ring_s;
    assert_ok(wa_recording_open(r->engine, path, &options, &made));
    return made;
}

static wa_node recorder_for(rig *r, wa_recording recording) {
    wa_recorder_options options = WA_RECORDER_OPTIONS_INIT;
    options.recording = recording;
    return rig_node(r, WA_NODE_TYPE_RECORDER, &options);
}

static wa_recording_stats stats_of(const rig *r, wa_recording recording) {
    wa_recording_stats stats;
    assert_ok(wa_recording_get_stats(r->engine, recording, &stats));
    return stats;
}

/* Embedded: the input's frame n is (n + 1) / 2^20, exactly. */
static float heard_at(uint64_t frame) {
    return (float)(frame + 1) * 0x1p-20f;
}

static wa_node counting_input(rig *r) {
    return rig_node(r, WA_NODE_TYPE_INPUT, NULL);
}

static void pull_counting(rig *r, uint64_t *next, uint32_t frame_count) {
    static float frames[1280];
    for (uint32_t piece = 0; frame_count > 0; frame_count -= piece) {
        piece = frame_count < 1280 ? frame_count : 1280;
        for (uint32_t i = 0; i < piece; i++) {
            frames[i] = heard_at(*next + i);
        }
        *next += piece;
        r->inputs[0] = frames;
        rig_skip(r, piece);
        r->inputs[0] = NULL;
    }
}

static void wait_until_done(const rig *r, wa_recording recording) {
    for (uint32_t tries = 0; tries < 20000; tries++) {
        const wa_recording_stats stats = stats_of(r, recording);
        if (stats.is_finished || stats.status != WA_OK) {
            return;
        }
        usleep(500);
    }
    fail_msg("the file is not done after ten seconds");
}

/* -- Offline ------------------------------------------------------------------------------------ */

/* Any times, any quantum: the file holds just these frames of what the destination hears too. */
static void exact_to_the_frame(void **state) {
    (void)state;
    static const struct {
        uint64_t start, stop; /* frames; stop 0: closed after the render */
        uint32_t quantum;
    } rows[] = { { 0, 1000, 128 },     { 1, 2, 128 },       { 700, 700, 128 },    { 777, 4321, 1 },
                 { 777, 4321, 1000 },  { 128, 8192, 128 },  { 5000, 0, 441 },     { 127, 8000, 4096 },
                 { 8191, 20000, 128 }, { 9000, 3000, 128 }, { 30000, 40000, 128 } };
    enum { LENGTH = 10000 };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE,
                                         .channel_count = 2,
                                         .quantum_frames = rows[i].quantum,
                                         .length_frames = LENGTH });
        const char *path = sounds_path("exact.wav");
        const wa_recording recording = open_recording(r, path, WA_FILE_WAV_FLOAT, 2, 0.2);
        const wa_node recorder = recorder_for(r, recording), noise = rig_noise(r, 2, 20000, 5);
        rig_connect(r, noise, r->out);
        rig_connect(r, noise, recorder);
        assert_ok(wa_recorder_start(r->context, recorder, rig_frames_s(r, (double)rows[i].start)));
        if (rows[i].stop > 0) {
            assert_ok(wa_recorder_stop(r->context, recorder, rig_frames_s(r, (double)rows[i].stop)));
        }
        rig_render_offline(r, NULL, NULL);
        /* The last quantum is rendered whole, though the render's length cuts it. */
        const uint64_t quanta = (LENGTH + rows[i].quantum - 1) / rows[i].quantum;
        const uint64_t rendered = quanta * rows[i].quantum;
        const bool is_reached = rows[i].stop > 0 && rows[i].stop <= rendered;
        assert_int_equal(rig_poll(r, WA_EVENT_ENDED), is_reached);
        assert_int_equal(stats_of(r, recording).is_finished, is_reached);
        assert_int_equal(stats_of(r, recording).lost_frames, 0);
        assert_ok(wa_recording_close(r->engine, recording));
        const uint64_t end = is_reached ? rows[i].stop : rendered;
        const uint64_t frames = end > rows[i].start ? end - rows[i].start : 0;
        content got = read_file(path);
        assert_int_equal(got.channel_count, 2);
        assert_int_equal(got.frame_count, frames);
        for (uint64_t at = 0; at < 2 * frames && rows[i].start + at / 2 < LENGTH; at++) {
            assert_true(got.frames[at] == r->planes[at % 2][rows[i].start + at / 2]);
        }
        assert_int_equal(count_files(path), 1);
        free(got.frames);
        rig_destroy(r);
    }
}

/* Nothing connected, sources that begin and end meanwhile, other channel counts: silence and mixing as at any
 * explicit input. */
static void silence_and_mixing(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 12800 });
    char alone_path[SOUNDS_PATH_BYTES], mono_path[SOUNDS_PATH_BYTES], wide_path[SOUNDS_PATH_BYTES];
    strcpy(alone_path, sounds_path("alone.wav"));
    strcpy(mono_path, sounds_path("mono.flac"));
    strcpy(wide_path, sounds_path("wide.wav"));
    const wa_recording alone = open_recording(r, alone_path, WA_FILE_WAV_PCM16, 1, 1.0);
    const wa_recording mono = open_recording(r, mono_path, WA_FILE_FLAC_PCM24, 1, 1.0);
    const wa_recording wide = open_recording(r, wide_path, WA_FILE_WAV_FLOAT, 6, 1.0);
    const float values[2] = { 0.5f, -0.25f };
    const wa_node pair = rig_constants(r, values, 2);
    const wa_node impulse = rig_impulse(r, 0.5f, rig_frames_s(r, 6000.0));
    const wa_node to_alone = recorder_for(r, alone), to_mono = recorder_for(r, mono),
                  to_wide = recorder_for(r, wide);
    rig_connect(r, pair, to_mono);
    rig_connect(r, impulse, to_wide);
    assert_ok(wa_recorder_start(r->context, to_alone, 0.0));
    assert_ok(wa_recorder_start(r->context, to_mono, 0.0));
    assert_ok(wa_recorder_start(r->context, to_wide, 0.0));
    rig_render_offline(r, NULL, NULL);
    assert_ok(wa_recording_close(r->engine, alone));
    assert_ok(wa_recording_close(r->engine, mono));
    assert_ok(wa_recording_close(r->engine, wide));
    content got = read_file(alone_path);
    assert_int_equal(got.frame_count, 12800);
    assert_all(got.frames, 0.0f, 12800);
    free(got.frames);
    got = read_file(mono_path);
    assert_int_equal(got.frame_count, 12800);
    assert_all(got.frames, 0.125f, 12800); /* half of the sum */
    free(got.frames);
    got = read_file(wide_path);
    assert_int_equal(got.frame_count, 12800);
    for (uint32_t at = 0; at < 6 * 12800; at++) {
        assert_true(got.frames[at] == (at == 6 * 6000 + 2 ? 0.5f : 0.0f)); /* mono: the centre */
    }
    free(got.frames);
    rig_destroy(r);
}

/* From a file to a file: what a MediaSource plays, seeks and all, and the smallest ring there may be. */
static void a_file_through_the_graph(void **state) {
    (void)state;
    enum { FRAMES = 30000 };
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = FRAMES + 5000 });
    const char *from = sounds_write("from.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 48000, FRAMES);
    const char *path = sounds_path("copy.wav");
    wa_media media = { 0 };
    assert_ok(wa_media_open(r->engine, from, NULL, &media));
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = media;
    const wa_node player = rig_node(r, WA_NODE_TYPE_MEDIA_SOURCE, &options);
    const wa_recording recording = open_recording(r, path, WA_FILE_WAV_PCM16, 2, 0.05);
    const wa_node recorder = recorder_for(r, recording);
    rig_connect(r, player, recorder);
    assert_ok(wa_media_source_play(r->context, player, 0.02));
    assert_ok(wa_recorder_start(r->context, recorder, 0.02));
    assert_ok(wa_recorder_stop(r->context, recorder, 0.02 + FRAMES / 48000.0));
    rig_render_offline(r, NULL, NULL);
    content got = read_file(path), want = read_file(from);
    assert_int_equal(got.frame_count, FRAMES);
    assert_memory_equal(got.frames, want.frames, 2 * FRAMES * sizeof(float));
    assert_ok(wa_recording_close(r->engine, recording));
    assert_ok(wa_media_close(r->engine, media));
    free(got.frames);
    free(want.frames);
    rig_destroy(r);
}

/* -- In real time ------------------------------------------------------------------------------- */

static rig *counting_rig(void) {
    return rig_create(&(rig_desc){ .input_channel_count = 1 });
}

/* Pulled at a pace that the worker keeps up with: all of it. */
static void in_time_nothing_is_lost(void **state) {
    (void)state;
    rig *r = counting_rig();
    const char *path = sounds_path("real.wav");
    const wa_recording recording = open_recording(r, path, WA_FILE_WAV_FLOAT, 1, 1.0);
    const wa_node recorder = recorder_for(r, recording);
    uint64_t next = 0;
    rig_connect(r, counting_input(r), recorder);
    pull_counting(r, &next, 1280);
    assert_ok(wa_recorder_start(r->context, recorder, rig_frames_s(r, 1500.0)));
    assert_ok(wa_recorder_stop(r->context, recorder, rig_frames_s(r, 60000.0)));
    while (next < 62000) {
        pull_counting(r, &next, 12800);
        for (uint32_t tries = 0; stats_of(r, recording).written_frames + 20000 < next; tries++) {
            assert_true(tries < 20000);
            usleep(500);
        }
    }
    wait_until_done(r, recording);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), 1);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), 0);
    const wa_recording_stats stats = stats_of(r, recording);
    assert_int_equal(stats.lost_frames, 0);
    assert_int_equal(stats.recorded_frames, 58500);
    assert_int_equal(stats.written_frames, 58500);
    content got = read_file(path); /* whole before it is closed */
    assert_int_equal(got.frame_count, 58500);
    for (uint64_t at = 0; at < got.frame_count; at++) {
        assert_true(got.frames[at] == heard_at(1500 + at));
    }
    free(got.frames);
    assert_refused(wa_recorder_stop(r->context, recorder, 9.0), WA_ERR_INVALID_STATE,
                   "stopped already");
    assert_ok(wa_recording_close(r->engine, recording));
    rig_destroy(r);
}

/* Far faster than the worker: whole quanta are lost, counted, and silent in the file; all others are there and
 * in their place. */
static void too_fast_is_silence(void **state) {
    (void)state;
    enum { FRAMES = 128 * 5000 };
    rig *r = counting_rig();
    const char *path = sounds_path("fast.wav");
    const wa_recording recording = open_recording(r, path, WA_FILE_WAV_FLOAT, 1, 0.05);
    const wa_node recorder = recorder_for(r, recording);
    uint64_t next = 0;
    rig_connect(r, counting_input(r), recorder);
    assert_ok(wa_recorder_start(r->context, recorder, 0.0));
    while (next < FRAMES) {
        pull_counting(r, &next, 12800);
        if (next % 64000 == 0) {
            usleep(15000);
        }
    }
    assert_ok(wa_recorder_stop(r->context, recorder, 0.0));
    pull_counting(r, &next, 128);
    wait_until_done(r, recording);
    const wa_recording_stats stats = stats_of(r, recording);
    content got = read_file(path);
    uint64_t silent = 0, gaps = 0;
    assert_int_equal(got.frame_count, FRAMES);
    for (uint64_t at = 0; at < got.frame_count; at++) {
        const bool is_silent = got.frames[at] == 0.0f;
        assert_true(is_silent || got.frames[at] == heard_at(at));
        silent += is_silent;
        gaps += is_silent && (at == 0 || got.frames[at - 1] != 0.0f);
    }
    printf("%llu of %u frames were lost, in %llu gaps\n", (unsigned long long)silent, (unsigned)FRAMES,
           (unsigned long long)gaps);
    assert_true(silent > 0);
    assert_int_equal(stats.lost_frames, silent);
    assert_int_equal(stats.loss_count, gaps);
    assert_int_equal(stats.recorded_frames, FRAMES);
    free(got.frames);
    assert_ok(wa_recording_close(r->engine, recording));
    rig_destroy(r);
}

/* -- Ends --------------------------------------------------------------------------------------- */

typedef enum ending { CLOSE, ABANDON, DESTROY, RELEASE_THEN_CLOSE, AFTER_TAIL } ending;

/* In the middle of it: what was heard is in the file, unless it was given up. */
static void ends_in_the_middle(void **state) {
    (void)state;
    for (ending how = CLOSE; how <= AFTER_TAIL; how++) {
        rig *r = counting_rig();
        char path[SOUNDS_PATH_BYTES];
        strcpy(path, sounds_path("middle.wav"));
        const wa_recording recording = open_recording(r, path, WA_FILE_WAV_FLOAT, 1, 1.0);
        const wa_node recorder = recorder_for(r, recording);
        uint64_t next = 0, frames = 12800;
        rig_connect(r, counting_input(r), recorder);
        assert_ok(wa_recorder_start(r->context, recorder, 0.0));
        pull_counting(r, &next, 12800);
        assert_int_equal(count_files(path), 1); /* under another name */
        assert_int_not_equal(access(path, F_OK), 0);
        if (how == CLOSE || how == ABANDON) {
            assert_ok(how == CLOSE ? wa_recording_close(r->engine, recording)
                                   : wa_recording_abandon(r->engine, recording));
            assert_refused(wa_recording_close(r->engine, recording), WA_ERR_RELEASED, "recording");
            pull_counting(r, &next, 12800); /* nobody wants it */
        } else if (how == RELEASE_THEN_CLOSE) {
            rig_release(r, recorder, WA_RELEASE_NOW);
            pull_counting(r, &next, 12800);
            (void)rig_poll(r, WA_EVENT_ENDED);
            assert_ok(wa_recording_close(r->engine, recording));
            assert_refused(wa_recording_close(r->engine, recording), WA_ERR_STALE_HANDLE, "recording");
        } else if (how == AFTER_TAIL) { /* which stops it, to the frame */
            rig_release(r, recorder, WA_RELEASE_AFTER_TAIL);
            pull_counting(r, &next, 12800);
            wait_until_done(r, recording);
        }
        rig_destroy(r);
        assert_int_equal(count_files(path), how != ABANDON);
        if (how != ABANDON) {
            content got = read_file(path);
            assert_int_equal(got.frame_count, frames);
            for (uint64_t at = 0; at < got.frame_count; at++) {
                assert_true(got.frames[at] == heard_at(at));
            }
            free(got.frames);
            assert_int_equal(unlink(path), 0);
        }
    }
}

/* A file that may not grow: an error with a message, told once; nothing is left of it. */
static void the_disk_is_full(void **state) {
    (void)state;
    const struct rlimit small = { 40000, 40000 };
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (uint32_t row = 0; row < 2; row++) {
        rig *r = counting_rig();
        char path[SOUNDS_PATH_BYTES];
        strcpy(path, sounds_path("full.wav"));
        const wa_recording recording = open_recording(r, path, WA_FILE_WAV_FLOAT, 1, 1.0);
        const wa_node recorder = recorder_for(r, recording);
        uint64_t next = 0;
        rig_connect(r, counting_input(r), recorder);
        assert_ok(wa_recorder_start(r->context, recorder, 0.0));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ small.rlim_cur, before.rlim_max }),
                         0);
        for (uint32_t turn = 0; turn < 10; turn++) {
            pull_counting(r, &next, 12800);
        }
        if (row == 0) {
            wait_until_done(r, recording);
        }
        const wa_status closed = row == 1 ? wa_recording_close(r->engine, recording) : WA_OK;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (row == 0) {
            const wa_recording_stats stats = stats_of(r, recording);
            assert_int_equal(stats.status, WA_ERR_IO);
            assert_false(stats.is_finished);
            assert_non_null(strstr(stats.message, "full.wav"));
            assert_int_equal(rig_poll(r, WA_EVENT_ERROR), 1);
            assert_int_equal(rig_poll(r, WA_EVENT_ERROR), 0);
            pull_counting(r, &next, 12800);
            assert_refused(wa_recording_close(r->engine, recording), WA_ERR_IO, "full.wav");
        } else {
            assert_refused(closed, WA_ERR_IO, "full.wav");
        }
        rig_destroy(r);
        assert_int_equal(count_files(path), 0);
    }
    signal(SIGXFSZ, handler);
}

/* -- Calls -------------------------------------------------------------------------------------- */

static void open_rejected(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .budget_bytes = 1000000 });
    char path[SOUNDS_PATH_BYTES];
    strcpy(path, sounds_path("no.wav"));
    const struct {
        const char *path;
        wa_file_format format;
        uint32_t channel_count;
        float rate_hz;
        double ring_s;
        wa_status status;
        const char *word;
    } rows[] = {
        { path, WA_FILE_WAV_FLOAT, 0, 48000.0f, 1.0, WA_ERR_NOT_SUPPORTED, "channel_count" },
        { path, WA_FILE_WAV_FLOAT, 33, 48000.0f, 1.0, WA_ERR_NOT_SUPPORTED, "channel_count" },
        { path, WA_FILE_FLAC_PCM16, 9, 48000.0f, 1.0, WA_ERR_NOT_SUPPORTED, "channel_count" },
        { path, (wa_file_format)9, 1, 48000.0f, 1.0, WA_ERR_NOT_SUPPORTED, "format" },
        { path, WA_FILE_WAV_FLOAT, 1, 44100.5f, 1.0, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { path, WA_FILE_WAV_FLOAT, 1, 48000.0f, 0.04, WA_ERR_RANGE, "ring_s" },
        { path, WA_FILE_WAV_FLOAT, 1, 48000.0f, 61.0, WA_ERR_RANGE, "ring_s" },
        { path, WA_FILE_WAV_FLOAT, 1, 48000.0f, NAN, WA_ERR_RANGE, "ring_s" },
        { path, WA_FILE_WAV_FLOAT, 8, 48000.0f, 1.0, WA_ERR_BUDGET, "ring" },
        { "/nowhere/at/all.wav", WA_FILE_WAV_FLOAT, 1, 48000.0f, 1.0, WA_ERR_IO, "/nowhere/at/all" },
        { "/dev/null", WA_FILE_WAV_FLOAT, 1, 48000.0f, 1.0, WA_ERR_IO, "no regular file" },
    };
    wa_memory_stats before, after;
    wa_engine_memory_stats(r->engine, &before);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
        options.format = rows[i].format;
        options.channel_count = rows[i].channel_count;
        options.sample_rate_hz = rows[i].rate_hz;
        options.ring_s = rows[i].ring_s;
        wa_recording recording = { 7 };
        assert_refused(wa_recording_open(r->engine, rows[i].path, &options, &recording), rows[i].status,
                       rows[i].word);
        assert_int_equal(recording.id, 7);
        wa_engine_memory_stats(r->engine, &after);
        assert_int_equal(after.used_bytes, before.used_bytes);
        assert_int_equal(count_files(path), 0);
    }
    wa_recording recording = { 0 };
    wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
    options.options_bytes = 4;
    assert_refused(wa_recording_open(r->engine, path, &options, &recording), WA_ERR_NOT_SUPPORTED,
                   "options_bytes");
    assert_refused(wa_recording_open(NULL, path, NULL, &recording), WA_ERR_TYPE, "engine");
    assert_refused(wa_recording_open(r->engine, NULL, NULL, &recording), WA_ERR_TYPE, "path");
    assert_refused(wa_recording_open(r->engine, path, NULL, NULL), WA_ERR_TYPE, "recording");
    assert_refused(wa_recording_close(NULL, recording), WA_ERR_TYPE, "engine");
    assert_refused(wa_recording_abandon(r->engine, recording), WA_ERR_STALE_HANDLE, "recording");
    assert_refused(wa_recording_get_stats(r->engine, recording, NULL), WA_ERR_TYPE, "stats");
    rig_destroy(r);
}

static void node_calls_rejected(void **state) {
    (void)state;
    rig *r = counting_rig(),
        *slow = rig_create(&(rig_desc){ .sample_rate_hz = 44100.0f, .engine = r->engine });
    rig *long_quanta = rig_create(&(rig_desc){ .quantum_frames = 24001, .engine = r->engine });
    wa_context *c = r->context;
    const wa_recording mono = open_recording(r, sounds_path("m.wav"), WA_FILE_WAV_FLOAT, 1, 1.0);
    const wa_recording pair = open_recording(r, sounds_path("p.wav"), WA_FILE_WAV_FLOAT, 2, 1.0);
    const wa_node empty = recorder_for(r, (wa_recording){ 0 }), node = recorder_for(r, mono);
    wa_recorder_options options = WA_RECORDER_OPTIONS_INIT;
    wa_node none = { 7 };
    wa_node_info info;
    /* The node is the recording's, and the other way round. */
    assert_ok(wa_node_get_info(c, node, &info));
    assert_int_equal(info.channel_count, 1);
    assert_int_equal(info.channel_count_mode, WA_CHANNEL_COUNT_MODE_EXPLICIT);
    assert_int_equal(info.output_count, 0);
    options.recording = mono;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_RECORDER, &options, &none), WA_ERR_INVALID_STATE,
                   "options.recording");
    options.recording = pair;
    assert_refused(wa_node_create(slow->context, WA_NODE_TYPE_RECORDER, &options, &none),
                   WA_ERR_NOT_SUPPORTED, "44100");
    assert_refused(wa_node_create(long_quanta->context, WA_NODE_TYPE_RECORDER, &options, &none),
                   WA_ERR_NOT_SUPPORTED, "ring_s");
    options.node.channel_count = 3;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_RECORDER, &options, &none), WA_ERR_INVALID_STATE,
                   "channelCount");
    options.node.channel_count = 2;
    options.node.channel_count_mode = WA_CHANNEL_COUNT_MODE_MAX;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_RECORDER, &options, &none), WA_ERR_INVALID_STATE,
                   "explicit");
    assert_int_equal(none.id, 7);
    assert_refused(wa_node_set_channel_count(c, node, 2), WA_ERR_INVALID_STATE, "channelCount");
    assert_ok(wa_node_set_channel_count(c, empty, 4));
    assert_refused(wa_recorder_set_recording(c, empty, pair), WA_ERR_NOT_SUPPORTED, "channelCount");
    assert_ok(wa_node_set_channel_count(c, empty, 2));
    assert_refused(wa_recorder_set_recording(c, node, pair), WA_ERR_INVALID_STATE, "take it away");
    assert_refused(wa_recorder_start(c, empty, 0.0), WA_ERR_INVALID_STATE, "no recording");
    assert_ok(wa_recorder_set_recording(c, empty, pair));
    assert_refused(wa_recorder_stop(c, node, 0.0), WA_ERR_INVALID_STATE, "not been started");
    assert_refused(wa_recorder_start(c, node, -1.0), WA_ERR_RANGE, "when_s");
    assert_refused(wa_recorder_start(c, node, NAN), WA_ERR_TYPE, "when_s");
    assert_refused(wa_recorder_start(c, r->out, 0.0), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_recorder_start(NULL, node, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_recorder_stop(NULL, node, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_recorder_set_recording(NULL, node, pair), WA_ERR_TYPE, "context");
    assert_ok(wa_recorder_start(c, node, 0.0));
    assert_refused(wa_recorder_start(c, node, 0.0), WA_ERR_INVALID_STATE, "once");
    assert_refused(wa_recorder_stop(c, node, INFINITY), WA_ERR_TYPE, "when_s");
    rig_skip(r, 1280);
    /* What one node has begun no other goes on with. */
    assert_ok(wa_recorder_set_recording(c, node, (wa_recording){ 0 }));
    rig_skip(r, 256);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_refused(wa_recorder_set_recording(c, node, mono), WA_ERR_INVALID_STATE, "before");
    assert_ok(wa_recording_abandon(r->engine, mono));
    assert_ok(wa_recording_abandon(r->engine, pair));
    rig_destroy(slow);
    rig_destroy(long_quanta);
    rig_destroy(r);
}

/* Start undone is not started; a pooled recorder records as a fresh one does. */
static void rolled_back_and_pooled(void **state) {
    (void)state;
    rig *r = counting_rig();
    uint64_t next = 0;
    char paths[3][SOUNDS_PATH_BYTES];
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    const wa_node input = counting_input(r);
    desc.type = WA_NODE_TYPE_RECORDER;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    for (uint32_t turn = 0; turn < 3; turn++) {
        snprintf(paths[turn], sizeof paths[turn], "%s",
                 sounds_path(turn == 0   ? "t0"
                             : turn == 1 ? "t1"
                                         : "t2"));
        const wa_recording recording = open_recording(r, paths[turn], WA_FILE_WAV_FLOAT, 2, 1.0);
        wa_node node = { 0 };
        assert_ok(wa_node_pool_acquire(pool, &node));
        assert_ok(wa_recorder_set_recording(r->context, node, recording));
        rig_connect(r, input, node);
        assert_ok(wa_begin(r->context));
        assert_ok(wa_recorder_start(r->context, node, 0.0));
        assert_ok(wa_rollback(r->context));
        pull_counting(r, &next, 1280);
        assert_int_equal(stats_of(r, recording).recorded_frames, 0);
        const uint64_t first = next + 77;
        assert_ok(wa_recorder_start(r->context, node, rig_frames_s(r, (double)first)));
        assert_ok(wa_recorder_stop(r->context, node, rig_frames_s(r, (double)(first + 1000))));
        pull_counting(r, &next, 2560);
        wait_until_done(r, recording);
        assert_ok(wa_recording_close(r->engine, recording));
        assert_ok(wa_node_pool_release(pool, node, NULL));
        pull_counting(r, &next, 256);
        (void)rig_poll(r, WA_EVENT_ENDED);
        content got = read_file(paths[turn]);
        assert_int_equal(got.frame_count, 1000);
        for (uint64_t at = 0; at < 2000; at++) {
            assert_true(got.frames[at] == heard_at(first + at / 2));
        }
        free(got.frames);
    }
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    assert_int_equal(stats.created_count, 1);
    wa_node_pool_destroy(pool);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_to_the_frame),       cmocka_unit_test(silence_and_mixing),
        cmocka_unit_test(a_file_through_the_graph), cmocka_unit_test(in_time_nothing_is_lost),
        cmocka_unit_test(too_fast_is_silence),      cmocka_unit_test(ends_in_the_middle),
        cmocka_unit_test(the_disk_is_full),         cmocka_unit_test(open_rejected),
        cmocka_unit_test(node_calls_rejected),      cmocka_unit_test(rolled_back_and_pooled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
