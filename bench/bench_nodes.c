/* ns per node and quantum, for each node type: many instances in one context, less an empty context.
 * Effects all hear one sawtooth; the cost of mixing each node into the destination is part of it. */
#include "bench.h"
#include <string.h>
#include <unistd.h>

enum { INSTANCES = 256, FILE_INSTANCES = 32, BLOCKS = 60, QUANTA_PER_BLOCK = 16, WARM_UP_QUANTA = 64 };

/* Make one instance; `input` plays a sawtooth. */
typedef void (*make_fn)(wa_context *context, wa_node input, wa_node *node);

static void make_effect(wa_context *context, wa_node input, wa_node_type type, const void *options,
                        wa_node *node) {
    CHECK(wa_node_create(context, type, options, node));
    CHECK(wa_node_connect(context, input, *node));
}

static void make_gain(wa_context *context, wa_node input, wa_node *node) {
    wa_gain_options options = WA_GAIN_OPTIONS_INIT;
    options.gain = 0.001f;
    make_effect(context, input, WA_NODE_TYPE_GAIN, &options, node);
}

static void make_gain_ramp(wa_context *context, wa_node input, wa_node *node) {
    make_gain(context, input, node);
    const wa_param gain = wa_node_param(*node, WA_GAIN_GAIN);
    CHECK(wa_param_set_value_at_time(context, gain, 1e-3f, 0.0));
    CHECK(wa_param_exponential_ramp_to_value_at_time(context, gain, 1e-5f, 100.0));
}

static void make_biquad_filter(wa_context *context, wa_node input, wa_node *node) {
    make_effect(context, input, WA_NODE_TYPE_BIQUAD_FILTER, NULL, node);
}

/* Fourth order, like two biquad filters. */
static void make_iir_filter(wa_context *context, wa_node input, wa_node *node) {
    const double feedforward[] = { 0.1, 0.2, 0.1, 0.05, 0.05 },
                 feedback[] = { 1, -1.2, 0.7, -0.2, 0.05 };
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    options.feedforward_count = options.feedback_count = 5;
    memcpy(options.feedforward, feedforward, sizeof feedforward);
    memcpy(options.feedback, feedback, sizeof feedback);
    make_effect(context, input, WA_NODE_TYPE_IIR_FILTER, &options, node);
}

static void make_delay(wa_context *context, wa_node input, wa_node *node) {
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = 0.1;
    options.delay_time_s = 0.05f;
    make_effect(context, input, WA_NODE_TYPE_DELAY, &options, node);
}

static void make_shaper(wa_context *context, wa_node input, wa_oversample oversample, wa_node *node) {
    float curve[1025];
    for (int32_t i = 0; i < 1025; i++) {
        const float x = (float)(i - 512) / 512.0f;
        curve[i] = x * (1.5f - 0.5f * x * x);
    }
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = 1025;
    options.oversample = oversample;
    make_effect(context, input, WA_NODE_TYPE_WAVE_SHAPER, &options, node);
}

static void make_wave_shaper(wa_context *context, wa_node input, wa_node *node) {
    make_shaper(context, input, WA_OVERSAMPLE_NONE, node);
}

static void make_wave_shaper_2x(wa_context *context, wa_node input, wa_node *node) {
    make_shaper(context, input, WA_OVERSAMPLE_2X, node);
}

static void make_wave_shaper_4x(wa_context *context, wa_node input, wa_node *node) {
    make_shaper(context, input, WA_OVERSAMPLE_4X, node);
}

static void make_dynamics_compressor(wa_context *context, wa_node input, wa_node *node) {
    make_effect(context, input, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, NULL, node);
}

static void make_stereo_panner(wa_context *context, wa_node input, wa_node *node) {
    wa_stereo_panner_options options = WA_STEREO_PANNER_OPTIONS_INIT;
    options.pan = 0.3f;
    make_effect(context, input, WA_NODE_TYPE_STEREO_PANNER, &options, node);
}

static void make_panner_of(wa_context *context, wa_node input, wa_panning_model model, wa_node *node) {
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.panning_model = model;
    options.position_x = 1.0f;
    options.position_z = -2.0f;
    make_effect(context, input, WA_NODE_TYPE_PANNER, &options, node);
}

static void make_panner(wa_context *context, wa_node input, wa_node *node) {
    make_panner_of(context, input, WA_PANNING_MODEL_EQUALPOWER, node);
}

/* Each moves for the whole of the measurement. */
static void move(wa_context *context, wa_node node) {
    const wa_param x = wa_node_param(node, WA_PANNER_POSITION_X);
    CHECK(wa_param_set_value_at_time(context, x, -2.0f, 0.0));
    CHECK(wa_param_linear_ramp_to_value_at_time(context, x, 2.0f, 10.0));
}

static void make_panner_moving(wa_context *context, wa_node input, wa_node *node) {
    make_panner(context, input, node);
    move(context, *node);
}

static void make_panner_hrtf(wa_context *context, wa_node input, wa_node *node) {
    make_panner_of(context, input, WA_PANNING_MODEL_HRTF, node);
}

static void make_panner_hrtf_moving(wa_context *context, wa_node input, wa_node *node) {
    make_panner_hrtf(context, input, node);
    move(context, *node);
}

static void make_channel_splitter(wa_context *context, wa_node input, wa_node *node) {
    wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    options.output_count = 2;
    make_effect(context, input, WA_NODE_TYPE_CHANNEL_SPLITTER, &options, node);
}

static void make_channel_merger(wa_context *context, wa_node input, wa_node *node) {
    wa_channel_merger_options options = WA_CHANNEL_MERGER_OPTIONS_INIT;
    options.input_count = 2;
    make_effect(context, input, WA_NODE_TYPE_CHANNEL_MERGER, &options, node);
    CHECK(wa_node_connect_ports(context, input, 0, *node, 1));
}

/* Of the context that is being measured. */
static wa_buffer response;

/* A tenth of a second, mono. */
static void make_convolver(wa_context *context, wa_node input, wa_node *node) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.buffer = response;
    make_effect(context, input, WA_NODE_TYPE_CONVOLVER, &options, node);
}

static void make_analyser(wa_context *context, wa_node input, wa_node *node) {
    make_effect(context, input, WA_NODE_TYPE_ANALYSER, NULL, node);
}

/* Of the context that is being measured. */
static wa_processor copier;

/* As little as a callback can do: what is left is the cost of calling it. */
static bool copy_first(void *user, const wa_process_args *args) {
    (void)user;
    if (args->inputs[0].channel_count > 0) {
        memcpy(args->outputs[0].planes[0], args->inputs[0].planes[0],
               args->frame_count * sizeof(float));
    }
    return false;
}

static void define_copier(wa_engine *engine) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "Copier";
    desc.process = copy_first;
    CHECK(wa_processor_define(engine, &desc, &copier));
}

static void make_processor(wa_context *context, wa_node input, wa_node *node) {
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = copier;
    make_effect(context, input, WA_NODE_TYPE_PROCESSOR, &options, node);
}

static void make_source(wa_context *context, wa_node_type type, const void *options, wa_node *node) {
    CHECK(wa_node_create(context, type, options, node));
    CHECK(wa_source_start(context, *node, 0.0));
}

static void make_sine(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_source(context, WA_NODE_TYPE_OSCILLATOR, NULL, node);
}

static void make_sawtooth(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.type = WA_OSCILLATOR_SAWTOOTH;
    make_source(context, WA_NODE_TYPE_OSCILLATOR, &options, node);
}

static void make_constant_source(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_source(context, WA_NODE_TYPE_CONSTANT_SOURCE, NULL, node);
}

/* Of the context that is being measured. */
static wa_buffer noise, noise_int16;

static void make_noise(wa_engine *engine, uint32_t frame_count, wa_buffer *made) {
    CHECK(wa_buffer_create(engine, 1, frame_count, BENCH_RATE_HZ, made));
    float *plane = wa_buffer_plane(engine, *made, 0);
    uint32_t seed = 1;
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        seed = seed * 1664525u + 1013904223u;
        plane[frame] = (float)(int32_t)seed / 2147483648.0f;
    }
}

static void make_noise_int16(wa_engine *engine) {
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    desc.frame_count = BENCH_RATE_HZ;
    desc.storage = WA_BUFFER_STORAGE_INT16;
    CHECK(wa_buffer_create_with(engine, &desc, &noise_int16));
    CHECK(wa_buffer_copy_to_channel(engine, noise_int16, wa_buffer_plane(engine, noise, 0),
                                    BENCH_RATE_HZ, 0, 0));
}

static void make_loop(wa_context *context, wa_buffer buffer, float playback_rate, wa_node *node) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = buffer;
    options.loop = true;
    options.playback_rate = playback_rate;
    make_source(context, WA_NODE_TYPE_BUFFER_SOURCE, &options, node);
}

static void make_buffer_source(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_loop(context, noise, 1.0f, node);
}

static void make_buffer_source_rate(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_loop(context, noise, 1.37f, node);
}

static void make_buffer_source_int16(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_loop(context, noise_int16, 1.0f, node);
}

static void make_buffer_source_int16_rate(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_loop(context, noise_int16, 1.37f, node);
}

/* -- Files: one each, with rings longer than all that is rendered, so that the worker is not measured -- */

static wa_recording recordings[FILE_INSTANCES];
static uint32_t recording_count;

static const char *file_path(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "/tmp/wavepool-bench-%d-%s", (int)getpid(), name);
    return path;
}

/* The noise as a file, a second long, mono. */
static void write_noise(wa_engine *engine) {
    const float *plane = wa_buffer_plane(engine, noise, 0);
    wa_file_writer *writer = NULL;
    CHECK(wa_file_writer_create(engine, file_path("noise.wav"), WA_FILE_WAV_PCM16, 1, BENCH_RATE_HZ,
                                &writer));
    CHECK(wa_file_writer_write(writer, &plane, BENCH_RATE_HZ));
    CHECK(wa_file_writer_finish(writer));
}

static void make_player(wa_context *context, float playback_rate, wa_node *node) {
    wa_engine *engine = wa_context_engine(context);
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    wa_media_options media_options = WA_MEDIA_OPTIONS_INIT;
    wa_media_stats stats = { 0 };
    media_options.ring_s = 4.0;
    CHECK(wa_media_open(engine, file_path("noise.wav"), &media_options, &options.media));
    while (stats.buffered_s < stats.ring_s || stats.ring_s == 0.0) {
        usleep(100);
        CHECK(wa_media_get_stats(engine, options.media, &stats));
    }
    options.loop = true;
    options.playback_rate = playback_rate;
    CHECK(wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, node));
    CHECK(wa_media_source_play(context, *node, 0.0));
}

static void make_media_source(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_player(context, 1.0f, node);
}

static void make_media_source_rate(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    make_player(context, 1.37f, node);
}

static void make_recorder(wa_context *context, wa_node input, wa_node *node) {
    char name[32];
    wa_recorder_options options = WA_RECORDER_OPTIONS_INIT;
    wa_recording_options recording = WA_RECORDING_OPTIONS_INIT;
    recording.channel_count = 1;
    recording.ring_s = 4.0;
    snprintf(name, sizeof name, "out-%u.wav", recording_count);
    CHECK(
        wa_recording_open(wa_context_engine(context), file_path(name), &recording, &options.recording));
    CHECK(wa_node_create(context, WA_NODE_TYPE_RECORDER, &options, node));
    CHECK(wa_node_connect(context, input, *node));
    CHECK(wa_recorder_start(context, *node, 0.0));
    recordings[recording_count++] = options.recording;
}

/* -- What no node is by itself: what a context has one of, and half a delay ----------------------- */

/* The destination mixes what it hears and writes it: here the sawtooth alone. */
static void make_destination(wa_context *context, wa_node input, wa_node *node) {
    (void)context;
    *node = input;
}

/* What the host has recorded. */
static void make_input(wa_context *context, wa_node input, wa_node *node) {
    (void)input;
    CHECK(wa_node_create(context, WA_NODE_TYPE_INPUT, NULL, node));
}

/* A delay in a cycle, apart: reader, writer and the gain that leads back. */
static void make_delay_writer(wa_context *context, wa_node input, wa_node *node) {
    wa_node back;
    make_delay(context, input, node);
    make_gain(context, *node, &back);
    CHECK(wa_node_connect(context, back, *node));
}

/* Panners that stand still, and a listener that moves past them. */
static void make_listener(wa_context *context, wa_node input, wa_node *node) {
    const wa_param x = wa_node_param(wa_context_listener(context), WA_LISTENER_POSITION_X);
    make_panner(context, input, node);
    CHECK(wa_param_cancel_scheduled_values(context, x, 0.0)); /* one ramp for all of them */
    CHECK(wa_param_set_value_at_time(context, x, -2.0f, 0.0));
    CHECK(wa_param_linear_ramp_to_value_at_time(context, x, 2.0f, 10.0));
}

static const struct {
    const char *name; /* of a type, or that and how it is used */
    make_fn make;
    uint32_t count; /* 0: INSTANCES */
} rows[] = {
    { "destination", make_destination, 1 },
    { "input", make_input },
    { "delay_writer", make_delay_writer },
    { "listener", make_listener },
    { "gain", make_gain },
    { "gain_ramp", make_gain_ramp },
    { "biquad_filter", make_biquad_filter },
    { "delay", make_delay },
    { "oscillator", make_sine },
    { "oscillator_sawtooth", make_sawtooth },
    { "buffer_source", make_buffer_source },
    { "buffer_source_rate", make_buffer_source_rate },
    { "buffer_source_int16", make_buffer_source_int16 },
    { "buffer_source_int16_rate", make_buffer_source_int16_rate },
    { "media_source", make_media_source, FILE_INSTANCES },
    { "media_source_rate", make_media_source_rate, FILE_INSTANCES },
    { "recorder", make_recorder, FILE_INSTANCES },
    { "constant_source", make_constant_source },
    { "stereo_panner", make_stereo_panner },
    { "panner", make_panner },
    { "panner_moving", make_panner_moving },
    { "panner_hrtf", make_panner_hrtf },
    { "panner_hrtf_moving", make_panner_hrtf_moving },
    { "channel_splitter", make_channel_splitter },
    { "channel_merger", make_channel_merger },
    { "iir_filter", make_iir_filter },
    { "wave_shaper", make_wave_shaper },
    { "wave_shaper_2x", make_wave_shaper_2x },
    { "wave_shaper_4x", make_wave_shaper_4x },
    { "dynamics_compressor", make_dynamics_compressor },
    { "convolver", make_convolver },
    { "analyser", make_analyser },
    { "processor", make_processor },
};

/* ns per quantum of a context with a sawtooth, and `count` nodes of one kind. */
static void sample_graph(make_fn make, uint32_t count, bench_samples *samples) {
    bench_stage stage;
    bench_open(&stage, 256000000, true);
    make_noise(stage.engine, BENCH_RATE_HZ, &noise);
    make_noise(stage.engine, BENCH_RATE_HZ / 10, &response);
    make_noise_int16(stage.engine);
    write_noise(stage.engine);
    define_copier(stage.engine);
    stage.input = wa_buffer_plane(stage.engine, noise, 0);
    wa_node input;
    make_sawtooth(stage.context, (wa_node){ 0 }, &input);
    const wa_node destination = wa_context_destination(stage.context);
    for (uint32_t index = 0; index < count; index++) {
        wa_node node;
        make(stage.context, input, &node);
        wa_node_info info;
        CHECK(wa_node_get_info(stage.context, node, &info));
        if (info.output_count > 0) {
            CHECK(wa_node_connect(stage.context, node, destination));
        }
    }
    CHECK(wa_context_resume(stage.context));
    bench_render(&stage, WARM_UP_QUANTA);
    bench_sample_quanta(&stage, BLOCKS, QUANTA_PER_BLOCK, samples);
    while (recording_count > 0) {
        CHECK(wa_recording_abandon(stage.engine, recordings[--recording_count]));
    }
    bench_close(&stage);
    unlink(file_path("noise.wav"));
}

/* One spectrum of the default size as decibels, each of another quantum; on the control thread. */
static void report_analyser_read(void) {
    enum { READINGS = 2000 };
    static float decibels[1024];
    bench_stage stage;
    bench_samples samples = { 0 };
    wa_node input, node;
    bench_open(&stage, 0, false);
    make_sawtooth(stage.context, (wa_node){ 0 }, &input);
    make_analyser(stage.context, input, &node);
    bench_render(&stage, WARM_UP_QUANTA);
    for (uint32_t reading = 0; reading < READINGS; reading++) {
        bench_render(&stage, 1);
        const uint64_t begin_ns = bench_now_ns();
        CHECK(wa_analyser_get_float_frequency_data(stage.context, node, decibels, 1024));
        bench_add(&samples, (double)(bench_now_ns() - begin_ns));
    }
    bench_report("analyser_read_us", &samples, 0.0, 1000.0, "us");
    bench_free(&samples);
    bench_close(&stage);
}

/* Each type of node_types.def is in the table, by its own name. */
static int check_rows(void) {
    static const char *const types[] = {
#define WA_NODE(symbol, ENUMERATOR, value) #symbol,
#include <wavepool/node_types.def>
#undef WA_NODE
    };
    int missing = 0;
    for (size_t type = 0; type < sizeof types / sizeof *types; type++) {
        bool is_there = false;
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            is_there = is_there || strcmp(rows[row].name, types[type]) == 0;
        }
        if (!is_there) {
            fprintf(stderr, "no row for %s\n", types[type]);
            missing++;
        }
    }
    return missing == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* One row by its name, all of them, or --rows: see that none is missing. */
int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--rows") == 0) {
        return check_rows();
    }
    bench_samples empty = { 0 };
    sample_graph(NULL, 0, &empty);
    bench_report("empty_quantum_ns", &empty, 0.0, 1.0, "ns");
    const double base_ns = bench_percentile(&empty, 0.5);
    bench_free(&empty);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        if (argc > 1 && strcmp(argv[1], rows[row].name) != 0) {
            continue;
        }
        bench_samples samples = { 0 };
        const uint32_t count = rows[row].count > 0 ? rows[row].count : INSTANCES;
        sample_graph(rows[row].make, count, &samples);
        char name[64];
        snprintf(name, sizeof name, "node_%s_ns", rows[row].name);
        bench_report(name, &samples, base_ns, count, "ns");
        bench_free(&samples);
    }
    report_analyser_read();
    return EXIT_SUCCESS;
}
