/* A file of any length in a budget of three megabytes: a MediaSource plays it from disk, slower and slower, and
 * a Recorder writes what comes out until the file has ended.   play_from_disk [SOUND.flac OUT.wav]
 * SOUND.flac is made here: a minute of a rising tone, which would take 23 MB as a buffer. */
#include "example.h"
#include <math.h>

enum { RATE_HZ = 48000, BLOCK = RATE_HZ / 10, LENGTH_S = 60 };

static void write_sound(wa_engine *engine, const char *path) {
    static float block[BLOCK];
    const float *const planes[] = { block, block };
    wa_file_writer *writer = NULL;
    CHECK(wa_file_writer_create(engine, path, WA_FILE_FLAC_PCM16, 2, RATE_HZ, &writer));
    double phase = 0;
    for (int begin = 0; begin < LENGTH_S * RATE_HZ; begin += BLOCK) {
        const double frequency_hz = 110 * pow(2, 4.0 * begin / (LENGTH_S * RATE_HZ));
        for (int i = 0; i < BLOCK; i++) {
            phase += 6.283185307179586 * frequency_hz / RATE_HZ;
            block[i] = (float)(0.3 * sin(phase));
        }
        CHECK(wa_file_writer_write(writer, planes, BLOCK));
    }
    CHECK(wa_file_writer_finish(writer));
}

/* The node keeps the file open for as long as it lives; the handle may go. */
static wa_node play(wa_context *context, const char *path) {
    wa_engine *engine = wa_context_engine(context);
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    wa_node player;
    CHECK(wa_media_open(engine, path, NULL, &options.media));
    CHECK(wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &player));
    CHECK(wa_media_close(engine, options.media));
    CHECK(wa_node_connect(context, player, wa_context_destination(context)));
    CHECK(wa_media_source_play(context, player, 0));
    const wa_param rate = wa_node_param(player, WA_MEDIA_SOURCE_PLAYBACK_RATE);
    CHECK(wa_param_set_value_at_time(context, rate, 1, 0));
    CHECK(wa_param_linear_ramp_to_value_at_time(context, rate, 0.5f, LENGTH_S));
    return player;
}

static wa_recording record(wa_context *context, wa_node what, const char *path) {
    wa_recorder_options options = WA_RECORDER_OPTIONS_INIT;
    wa_node recorder;
    CHECK(wa_recording_open(wa_context_engine(context), path, NULL, &options.recording));
    CHECK(wa_node_create(context, WA_NODE_TYPE_RECORDER, &options, &recorder));
    CHECK(wa_node_connect(context, what, recorder));
    CHECK(wa_recorder_start(context, recorder, 0));
    return options.recording;
}

typedef struct stage {
    wa_context *context;
    wa_node player;
} stage;

static bool goes_on(void *user, const float *const *planes, uint32_t channel_count,
                    uint32_t frame_count) {
    const stage *of = user;
    wa_media_source_state state;
    (void)planes, (void)channel_count, (void)frame_count;
    CHECK(wa_media_source_get_state(of->context, of->player, &state));
    CHECK(state.status);
    return !state.has_ended;
}

int main(int argc, char **argv) {
    const char *sound = argc > 1 ? argv[1] : "sound.flac", *out = argc > 2 ? argv[2] : "slower.wav";
    wa_engine_desc engine_desc = WA_ENGINE_DESC_INIT;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    wa_engine *engine = NULL;
    stage of = { NULL, { 0 } };
    wa_recording_stats recorded;
    wa_memory_stats memory;
    engine_desc.budget_bytes = 3000000;
    CHECK(wa_engine_create(&engine_desc, &engine));
    write_sound(engine, sound);
    CHECK(wa_context_create(engine, &desc, &of.context));
    of.player = play(of.context, sound);
    const wa_recording recording = record(of.context, of.player, out);
    offline.on_block = goes_on;
    offline.user = &of;
    CHECK(wa_offline_render(of.context, &offline));
    CHECK(wa_recording_get_stats(engine, recording, &recorded));
    CHECK(wa_recording_close(engine, recording));
    wa_engine_memory_stats(engine, &memory);
    printf("play_from_disk: %d s of %s became %.1f s in %s, at most %.2f MB of memory\n", LENGTH_S,
           sound, (double)recorded.recorded_frames / RATE_HZ, out, (double)memory.peak_bytes / 1e6);
    CHECK(wa_context_destroy(of.context));
    CHECK(wa_engine_destroy(engine));
    return EXIT_SUCCESS;
}
