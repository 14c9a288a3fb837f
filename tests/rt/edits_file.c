/* Medias and recordings, and the nodes that have them. */
#include "edits.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum {
    GONE = ALLOW(WA_ERR_STALE_HANDLE) | ALLOW(WA_ERR_RELEASED),
    OK_OR_BUDGET = ALLOW(WA_OK) | ALLOW(WA_ERR_BUDGET),
    FILE_FRAMES = 30000
};

static const char *path_of(const edits *of, const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "/tmp/wavepool-edits-%d-%llx.%s", (int)getpid(),
             (unsigned long long)of->seed, name);
    return path;
}

/* A quiet tone, stereo, at the context's rate. */
static void write_file(edits *of) {
    static float plane[FILE_FRAMES];
    const float *planes[2] = { plane, plane };
    wa_file_writer *writer = NULL;
    for (uint32_t frame = 0; frame < FILE_FRAMES; frame++) {
        plane[frame] = 0.1f * sinf(0.05f * (float)frame);
    }
    edits_expect(
        of,
        wa_file_writer_create(of->engine, path_of(of, "wav"), WA_FILE_WAV_PCM16, 2, 48000.0f, &writer),
        ALLOW(WA_OK));
    edits_expect(of, wa_file_writer_write(writer, planes, FILE_FRAMES), ALLOW(WA_OK));
    edits_expect(of, wa_file_writer_finish(writer), ALLOW(WA_OK));
}

void edits_files_create(edits *of) {
    write_file(of);
}

static void give_media(edits *of, uint32_t index) {
    edits_expect(of, wa_media_close(of->engine, of->medias[index]), ALLOW(WA_OK));
    of->medias[index] = of->medias[--of->media_count];
}

static void give_recording(edits *of, uint32_t index) {
    const wa_status status = edits_below(of, 2) == 0
                                 ? wa_recording_close(of->engine, of->recordings[index])
                                 : wa_recording_abandon(of->engine, of->recordings[index]);
    edits_expect(of, status, ALLOW(WA_OK));
    of->recordings[index] = of->recordings[--of->recording_count];
}

void edits_files_destroy(edits *of) {
    while (of->media_count > 0) {
        give_media(of, 0);
    }
    while (of->recording_count > 0) {
        give_recording(of, 0);
    }
    unlink(path_of(of, "wav"));
    unlink(path_of(of, "out"));
}

void edits_prime_files(wa_engine *engine) {
    edits *of = &(edits){ .engine = engine, .step_name = "prime" };
    write_file(of);
    wa_recording recording = { 0 };
    wa_media media = { 0 };
    edits_expect(of, wa_media_open(engine, path_of(of, "wav"), NULL, &media), ALLOW(WA_OK));
    edits_expect(of, wa_recording_open(engine, path_of(of, "out"), NULL, &recording), ALLOW(WA_OK));
    edits_expect(of, wa_media_close(engine, media), ALLOW(WA_OK));
    edits_expect(of, wa_recording_abandon(engine, recording), ALLOW(WA_OK));
    unlink(path_of(of, "wav"));
}

/* -- Files -------------------------------------------------------------------------------------- */

static void edit_file_open(edits *of) {
    if (edits_below(of, 2) == 0 && of->media_count < EDIT_FILE_MAX) {
        wa_media *media = &of->medias[of->media_count];
        const wa_status status = wa_media_open(of->engine, path_of(of, "wav"), NULL, media);
        of->media_count += edits_expect(of, status, OK_OR_BUDGET);
    } else if (of->recording_count < EDIT_FILE_MAX) {
        wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
        wa_recording *recording = &of->recordings[of->recording_count];
        options.ring_s = edits_between(of, 0.05, 0.3);
        const wa_status status = wa_recording_open(of->engine, path_of(of, "out"), &options, recording);
        of->recording_count += edits_expect(of, status, OK_OR_BUDGET);
    }
}

static void edit_file_close(edits *of) {
    if (edits_below(of, 2) == 0 && of->media_count > 0) {
        give_media(of, edits_below(of, of->media_count));
    } else if (of->recording_count > 0) {
        give_recording(of, edits_below(of, of->recording_count));
    }
}

/* -- Nodes -------------------------------------------------------------------------------------- */

static edit_node *any_file_node(edits *of) {
    for (uint32_t tries = 0; tries < 64; tries++) {
        edit_node *node = edits_any_node(of);
        if (node && (node->type == WA_NODE_TYPE_MEDIA_SOURCE || node->type == WA_NODE_TYPE_RECORDER)) {
            return node;
        }
    }
    return NULL;
}

/* By hand, with whatever file there is for it. */
static void edit_file_node(edits *of) {
    wa_media_source_options player = WA_MEDIA_SOURCE_OPTIONS_INIT;
    wa_recorder_options recorder = WA_RECORDER_OPTIONS_INIT;
    const bool is_player = edits_below(of, 2) == 0;
    if (of->live.node_count == EDIT_NODE_MAX) {
        return;
    }
    if (of->media_count > 0) {
        player.media = of->medias[edits_below(of, of->media_count)];
    }
    if (of->recording_count > 0) {
        recorder.recording = of->recordings[edits_below(of, of->recording_count)];
    }
    player.playback_rate = (float)edits_between(of, 0.0, 4.0);
    const wa_node_type type = is_player ? WA_NODE_TYPE_MEDIA_SOURCE : WA_NODE_TYPE_RECORDER;
    wa_node node;
    const wa_status status =
        wa_node_create(of->context, type, is_player ? (const void *)&player : &recorder, &node);
    if (edits_expect_edit(of, status, OK_OR_BUDGET | ALLOW(WA_ERR_INVALID_STATE))) {
        edits_add_node(of, node, type, NULL, false);
    }
}

static void edit_file_attach(edits *of) {
    const edit_node *node = any_file_node(of);
    if (!node) {
        return;
    }
    const bool is_off = edits_below(of, 3) == 0;
    wa_status status;
    if (node->type == WA_NODE_TYPE_MEDIA_SOURCE) {
        const wa_media media = is_off || of->media_count == 0
                                   ? (wa_media){ 0 }
                                   : of->medias[edits_below(of, of->media_count)];
        status = wa_media_source_set_media(of->context, node->handle, media);
    } else {
        const wa_recording recording = is_off || of->recording_count == 0
                                           ? (wa_recording){ 0 }
                                           : of->recordings[edits_below(of, of->recording_count)];
        status = wa_recorder_set_recording(of->context, node->handle, recording);
    }
    edits_expect_edit(of, status,
                      OK_OR_BUDGET | ALLOW(WA_ERR_INVALID_STATE) | ALLOW(WA_ERR_NOT_SUPPORTED));
}

static void edit_file_run(edits *of) {
    const edit_node *node = any_file_node(of);
    if (!node) {
        return;
    }
    const double when_s = edits_time_s(of);
    wa_media_source_state told;
    wa_status status;
    if (node->type == WA_NODE_TYPE_RECORDER) {
        status = edits_below(of, 2) == 0 ? wa_recorder_start(of->context, node->handle, when_s)
                                         : wa_recorder_stop(of->context, node->handle, when_s);
        edits_expect_edit(of, status, OK_OR_BUDGET | ALLOW(WA_ERR_INVALID_STATE));
        return;
    }
    switch (edits_below(of, 6)) {
    case 0:
        status = wa_media_source_pause(of->context, node->handle, when_s);
        break;
    case 1:
        status = wa_media_source_set_loop(of->context, node->handle, edits_below(of, 2) == 0);
        break;
    case 2:
        status = wa_media_source_seek(of->context, node->handle,
                                      edits_between(of, 0.0, 1.2 * FILE_FRAMES / 48000));
        break;
    case 3:
        edits_expect(of, wa_media_source_get_state(of->context, node->handle, &told), ALLOW(WA_OK));
        assert_true(told.current_time_s >= 0.0 && told.current_time_s <= told.duration_s);
        return;
    default:
        status = wa_media_source_play(of->context, node->handle, when_s);
        break;
    }
    edits_expect_edit(of, status, OK_OR_BUDGET | ALLOW(WA_ERR_INVALID_STATE));
}

static void edit_file_refused(edits *of) {
    const wa_node destination = wa_context_destination(of->context);
    edits_expect(of, wa_media_close(of->engine, (wa_media){ destination.id }),
                 ALLOW(WA_ERR_WRONG_TYPE));
    if (of->live.stale_count > 0) {
        const wa_node gone = of->live.stale[0];
        edits_expect(of, wa_media_source_play(of->context, gone, 0.0), GONE | ALLOW(WA_ERR_WRONG_TYPE));
        edits_expect(of, wa_recorder_start(of->context, gone, 0.0), GONE | ALLOW(WA_ERR_WRONG_TYPE));
    }
}

const edit_kind edit_kinds_file[] = {
    { "open a file", 4, edit_file_open, false },
    { "close a file", 2, edit_file_close, false },
    { "file node", 6, edit_file_node, false },
    { "give a file", 6, edit_file_attach, false },
    { "run a file", 24, edit_file_run, false },
    { "refused file", 2, edit_file_refused, true },
    { NULL, 0, NULL, false },
};
