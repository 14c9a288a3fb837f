/* Minutes of sound into a file in constant memory: the context has no length, blocks are written as they
 * come, and the sink says when it is enough.   stream_to_disk [OUT.flac [SECONDS]] */
#include "example.h"

typedef struct stream {
    wa_file_writer *writer;
    uint64_t done_frames, length_frames;
} stream;

static bool write_block(void *user, const float *const *planes, uint32_t channel_count,
                        uint32_t frame_count) {
    stream *state = user;
    const uint64_t rest = state->length_frames - state->done_frames;
    const uint32_t count = frame_count < rest ? frame_count : (uint32_t)rest;
    (void)channel_count;
    CHECK(wa_file_writer_write(state->writer, planes, count));
    state->done_frames += count;
    return state->done_frames < state->length_frames;
}

/* A chord whose three tones wander in level. */
static void make_graph(wa_context *context) {
    static const float frequencies_hz[] = { 110, 164.81f, 220 };
    for (int i = 0; i < 3; i++) {
        wa_oscillator_options tone = WA_OSCILLATOR_OPTIONS_INIT, sway = WA_OSCILLATOR_OPTIONS_INIT;
        wa_gain_options level = WA_GAIN_OPTIONS_INIT;
        wa_node tone_node, sway_node, level_node;
        tone.type = WA_OSCILLATOR_TRIANGLE;
        tone.frequency_hz = frequencies_hz[i];
        sway.frequency_hz = 0.1f + 0.07f * (float)i;
        level.gain = 0.1f;
        CHECK(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, &tone, &tone_node));
        CHECK(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, &sway, &sway_node));
        CHECK(wa_node_create(context, WA_NODE_TYPE_GAIN, &level, &level_node));
        CHECK(wa_node_connect_param(context, sway_node, 0, wa_node_param(level_node, WA_GAIN_GAIN)));
        CHECK(wa_node_connect(context, tone_node, level_node));
        CHECK(wa_node_connect(context, level_node, wa_context_destination(context)));
        CHECK(wa_source_start(context, tone_node, 0));
        CHECK(wa_source_start(context, sway_node, 0));
    }
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "stream.flac";
    const double length_s = argc > 2 ? strtod(argv[2], NULL) : 60;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    wa_memory_stats memory;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    stream state = { .length_frames = (uint64_t)(length_s * (double)desc.sample_rate_hz) };
    CHECK(wa_engine_create(NULL, &engine));
    CHECK(wa_context_create(engine, &desc, &context));
    make_graph(context);
    CHECK(wa_file_writer_create(engine, path, WA_FILE_FLAC_PCM16, desc.channel_count,
                                desc.sample_rate_hz, &state.writer));
    offline.on_block = write_block;
    offline.user = &state;
    CHECK(wa_offline_render(context, &offline));
    CHECK(wa_file_writer_finish(state.writer));
    wa_engine_memory_stats(engine, &memory);
    printf("stream_to_disk: %.0f s in %s, at most %.2f MB of memory\n", length_s, path,
           (double)memory.peak_bytes / 1e6);
    CHECK(wa_context_destroy(context));
    CHECK(wa_engine_destroy(engine));
    return EXIT_SUCCESS;
}
