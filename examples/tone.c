/* A tone, faded in and out: the smallest graph.   tone OUT.wav   or, without a name, through the device. */
#define _POSIX_C_SOURCE 199309L /* nanosleep */
#include "example.h"
#include <time.h>

static const double length_s = 2;

static void make_graph(wa_context *context) {
    wa_node tone, level;
    CHECK(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, NULL, &tone)); /* 440 Hz sine */
    CHECK(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &level));
    CHECK(wa_node_connect(context, tone, level));
    CHECK(wa_node_connect(context, level, wa_context_destination(context)));
    CHECK(wa_param_set_value_at_time(context, wa_node_param(level, WA_GAIN_GAIN), 0, 0));
    CHECK(
        wa_param_linear_ramp_to_value_at_time(context, wa_node_param(level, WA_GAIN_GAIN), 0.3f, 0.1));
    CHECK(wa_param_linear_ramp_to_value_at_time(context, wa_node_param(level, WA_GAIN_GAIN), 0,
                                                length_s));
    CHECK(wa_source_start(context, tone, 0));
    CHECK(wa_source_stop(context, tone, length_s));
}

static bool write_block(void *writer, const float *const *planes, uint32_t channel_count,
                        uint32_t frame_count) {
    (void)channel_count;
    return wa_file_writer_write(writer, planes, frame_count) == WA_OK;
}

static void render(wa_context *context, const char *path) {
    wa_file_writer *writer = NULL;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    CHECK(wa_file_writer_create(wa_context_engine(context), path, WA_FILE_WAV_FLOAT, 2,
                                wa_context_sample_rate_hz(context), &writer));
    offline.on_block = write_block;
    offline.user = writer;
    CHECK(wa_offline_render(context, &offline));
    CHECK(wa_file_writer_finish(writer));
}

static void play(wa_context *context) {
    const struct timespec pause = { 0, 20000000 };
    CHECK(wa_context_resume(context));
    while (wa_context_current_time_s(context) < length_s) {
        nanosleep(&pause, NULL);
        wa_context_poll(context, NULL, 0);
    }
    CHECK(wa_context_suspend_wait(context, 1));
}

int main(int argc, char **argv) {
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = argc > 1 ? WA_CONTEXT_OFFLINE : WA_CONTEXT_REALTIME;
    desc.length_frames = (uint64_t)(length_s * (double)desc.sample_rate_hz);
    CHECK(wa_engine_create(NULL, &engine));
    CHECK(wa_context_create(engine, &desc, &context));
    make_graph(context);
    if (argc > 1) {
        render(context, argv[1]);
    } else {
        play(context);
    }
    printf("tone: %.1f s of 440 Hz %s %s\n", wa_context_current_time_s(context),
           argc > 1 ? "in" : "through", argc > 1 ? argv[1] : "the device");
    CHECK(wa_context_destroy(context));
    CHECK(wa_engine_destroy(engine));
    return EXIT_SUCCESS;
}
