/* What is heard is made of calls that the specification defines in full, so that the two engines differ by the
 * rounding of their mathematics alone. Statuses are gathered: a scene that cannot be built fails as a whole. */
#include "scenes.h"
#include <stddef.h>

enum { NOISE_FRAMES = 6000, CURVE_POINTS = 65, RESPONSE_FRAMES = 9000 };

typedef struct scene {
    wa_engine *engine;
    wa_context *context;
    wa_status status;
    wa_buffer buffers[4];
    uint32_t buffer_count;
    wa_periodic_wave wave;
    wa_processor processor;
    wa_node analyser;
} scene;

static void keep(scene *of, wa_status status) {
    if (of->status == WA_OK) {
        of->status = status;
    }
}

/* -- Parts -------------------------------------------------------------------------------------- */

static wa_node make(scene *of, wa_node_type type, const void *options) {
    wa_node made = { 0 };
    keep(of, wa_node_create(of->context, type, options, &made));
    return made;
}

static wa_node output(const scene *of) {
    return wa_context_destination(of->context);
}

static void chain(scene *of, wa_node source, wa_node destination) {
    keep(of, wa_node_connect(of->context, source, destination));
}

static void ramp(scene *of, wa_node node, uint32_t index, float from, float to) {
    const wa_param param = wa_node_param(node, index);
    keep(of, wa_param_set_value_at_time(of->context, param, from, 0.0));
    keep(of, wa_param_linear_ramp_to_value_at_time(of->context, param, to, 0.45));
}

static wa_node oscillator(scene *of, wa_oscillator_type type, float frequency_hz) {
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.type = type;
    options.frequency_hz = frequency_hz;
    const wa_node made = make(of, WA_NODE_TYPE_OSCILLATOR, &options);
    keep(of, wa_source_start(of->context, made, 0.0));
    return made;
}

static void fill_noise(float *plane, uint32_t frame_count, uint32_t seed) {
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        seed = seed * 1664525u + 1013904223u;
        plane[frame] = (float)(seed >> 8) / 16777216.0f - 0.5f;
    }
}

/* Noise that fades, so that it serves as an impulse response too. */
static wa_buffer noise(scene *of, uint32_t channel_count, uint32_t frame_count) {
    wa_buffer made = { 0 };
    keep(of, wa_buffer_create(of->engine, channel_count, frame_count, SCENE_RATE_HZ, &made));
    for (uint32_t channel = 0; of->status == WA_OK && channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(of->engine, made, channel);
        fill_noise(plane, frame_count, channel + 1);
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            plane[frame] *= 1.0f - (float)frame / (float)frame_count;
        }
    }
    of->buffers[of->buffer_count++] = made;
    return made;
}

static wa_node noise_source(scene *of, uint32_t channel_count, float playback_rate) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = noise(of, channel_count, NOISE_FRAMES);
    options.playback_rate = playback_rate;
    options.loop = true;
    const wa_node made = make(of, WA_NODE_TYPE_BUFFER_SOURCE, &options);
    keep(of, wa_source_start(of->context, made, 0.001));
    return made;
}

/* -- Sources ------------------------------------------------------------------------------------ */

static void sine(scene *of) {
    const wa_node made = oscillator(of, WA_OSCILLATOR_SINE, 440.0f);
    ramp(of, made, 0, 100.0f, 5000.0f);
    chain(of, made, output(of));
}

static void sawtooth(scene *of) {
    chain(of, oscillator(of, WA_OSCILLATOR_SAWTOOTH, 311.0f), output(of));
}

static void square_detuned(scene *of) {
    const wa_node made = oscillator(of, WA_OSCILLATOR_SQUARE, 200.0f);
    ramp(of, made, 1, -1200.0f, 1200.0f);
    chain(of, made, output(of));
}

static void periodic_wave(scene *of) {
    const float real[] = { 0.0f, 0.3f, 0.0f, -0.2f, 0.1f },
                imag[] = { 0.0f, 0.5f, 0.25f, 0.0f, 0.125f };
    keep(of, wa_periodic_wave_create(of->engine, real, imag, 5, false, &of->wave));
    const wa_node made = oscillator(of, WA_OSCILLATOR_SINE, 523.25f);
    keep(of, wa_oscillator_set_periodic_wave(of->context, made, of->wave));
    chain(of, made, output(of));
}

static void constant_source(scene *of) {
    const wa_node made = make(of, WA_NODE_TYPE_CONSTANT_SOURCE, NULL);
    const wa_param offset = wa_node_param(made, WA_CONSTANT_SOURCE_OFFSET);
    keep(of, wa_param_set_value_at_time(of->context, offset, 0.001f, 0.0));
    keep(of, wa_param_exponential_ramp_to_value_at_time(of->context, offset, 1.0f, 0.2));
    keep(of, wa_param_set_target_at_time(of->context, offset, -0.5f, 0.25, 0.04));
    keep(of, wa_source_start(of->context, made, 0.01));
    keep(of, wa_source_stop(of->context, made, 0.4));
    chain(of, made, output(of));
}

static void buffer_source(scene *of) {
    chain(of, noise_source(of, 2, 1.0f), output(of));
}

static void buffer_source_rate(scene *of) {
    const wa_node made = noise_source(of, 2, 0.7f);
    ramp(of, made, WA_BUFFER_SOURCE_PLAYBACK_RATE, 0.3f, 2.5f);
    chain(of, made, output(of));
}

static void input(scene *of) {
    chain(of, make(of, WA_NODE_TYPE_INPUT, NULL), output(of));
}

/* -- Effects ------------------------------------------------------------------------------------ */

static void gain(scene *of) {
    const wa_node made = make(of, WA_NODE_TYPE_GAIN, NULL);
    const wa_node modulator = oscillator(of, WA_OSCILLATOR_TRIANGLE, 33.0f);
    ramp(of, made, WA_GAIN_GAIN, 0.0f, 0.8f);
    keep(of, wa_node_connect_param(of->context, modulator, 0, wa_node_param(made, WA_GAIN_GAIN)));
    chain(of, noise_source(of, 1, 1.0f), made);
    chain(of, made, output(of));
}

/* All types side by side, at frequencies that move. */
static void biquad_filters(scene *of) {
    const wa_node source = noise_source(of, 2, 1.0f);
    for (int type = WA_BIQUAD_FILTER_LOWPASS; type <= WA_BIQUAD_FILTER_ALLPASS; type++) {
        wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
        options.type = (wa_biquad_filter_type)type;
        options.frequency_hz = 300.0f * (float)(type + 1);
        options.gain_db = 6.0f;
        options.q = 4.0f;
        const wa_node made = make(of, WA_NODE_TYPE_BIQUAD_FILTER, &options);
        if (type % 2 == 0) {
            ramp(of, made, 0, 200.0f, 8000.0f);
        }
        chain(of, source, made);
        chain(of, made, output(of));
    }
}

static void delay(scene *of) {
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.delay_time_s = 0.0371f;
    const wa_node fixed = make(of, WA_NODE_TYPE_DELAY, &options),
                  moving = make(of, WA_NODE_TYPE_DELAY, &options);
    ramp(of, moving, WA_DELAY_DELAY_TIME, 0.002f, 0.05f);
    const wa_node source = noise_source(of, 1, 1.0f);
    chain(of, source, fixed);
    chain(of, fixed, moving);
    chain(of, moving, output(of));
}

/* A delay in a cycle: its writer is a node of its own. */
static void echo(scene *of) {
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.delay_time_s = 0.05f;
    wa_gain_options half = WA_GAIN_OPTIONS_INIT;
    half.gain = 0.5f;
    const wa_node line = make(of, WA_NODE_TYPE_DELAY, &options),
                  back = make(of, WA_NODE_TYPE_GAIN, &half);
    chain(of, noise_source(of, 2, 1.0f), line);
    chain(of, line, back);
    chain(of, back, line);
    chain(of, line, output(of));
}

static void iir_filter(scene *of) {
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    const double feedforward[] = { 0.2, 0.1, 0.05 }, feedback[] = { 1.0, -1.2, 0.7, -0.1 };
    options.feedforward_count = 3;
    options.feedback_count = 4;
    for (uint32_t index = 0; index < 4; index++) {
        options.feedforward[index] = index < 3 ? feedforward[index] : 0.0;
        options.feedback[index] = feedback[index];
    }
    const wa_node made = make(of, WA_NODE_TYPE_IIR_FILTER, &options);
    chain(of, noise_source(of, 2, 1.0f), made);
    chain(of, made, output(of));
}

static void wave_shaper(scene *of, wa_oversample oversample) {
    float curve[CURVE_POINTS];
    for (uint32_t point = 0; point < CURVE_POINTS; point++) {
        const float x = 2.0f * (float)point / (CURVE_POINTS - 1) - 1.0f;
        curve[point] = 1.5f * x - 0.5f * x * x * x;
    }
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = CURVE_POINTS;
    options.oversample = oversample;
    const wa_node made = make(of, WA_NODE_TYPE_WAVE_SHAPER, &options);
    chain(of, oscillator(of, WA_OSCILLATOR_SINE, 777.0f), made);
    chain(of, made, output(of));
}

static void wave_shaper_plain(scene *of) {
    wave_shaper(of, WA_OVERSAMPLE_NONE);
}

static void wave_shaper_2x(scene *of) {
    wave_shaper(of, WA_OVERSAMPLE_2X);
}

static void wave_shaper_4x(scene *of) {
    wave_shaper(of, WA_OVERSAMPLE_4X);
}

static void dynamics_compressor(scene *of) {
    const wa_node made = make(of, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, NULL),
                  loud = make(of, WA_NODE_TYPE_GAIN, NULL);
    ramp(of, loud, WA_GAIN_GAIN, 0.01f, 4.0f);
    chain(of, noise_source(of, 2, 1.0f), loud);
    chain(of, loud, made);
    chain(of, made, output(of));
}

static void convolver(scene *of) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.buffer = noise(of, 2, RESPONSE_FRAMES);
    const wa_node made = make(of, WA_NODE_TYPE_CONVOLVER, &options);
    chain(of, noise_source(of, 1, 1.0f), made);
    chain(of, made, output(of));
}

/* -- Space and channels ------------------------------------------------------------------------- */

static void stereo_panner(scene *of) {
    const wa_node made = make(of, WA_NODE_TYPE_STEREO_PANNER, NULL);
    ramp(of, made, WA_STEREO_PANNER_PAN, -1.0f, 1.0f);
    chain(of, noise_source(of, 2, 1.0f), made);
    chain(of, made, output(of));
}

/* Source and listener move; the listener is a node of its own. */
static void pan(scene *of, wa_panning_model model) {
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.panning_model = model;
    options.position_x = -3.0f;
    options.position_z = -1.0f;
    options.cone_inner_angle_deg = 60.0;
    options.cone_outer_gain = 0.3;
    const wa_node made = make(of, WA_NODE_TYPE_PANNER, &options),
                  ears = wa_context_listener(of->context);
    ramp(of, made, 0, -3.0f, 3.0f);
    ramp(of, ears, 2, 0.0f, 0.5f);
    chain(of, noise_source(of, 1, 1.0f), made);
    chain(of, made, output(of));
}

static void panner(scene *of) {
    pan(of, WA_PANNING_MODEL_EQUALPOWER);
}

static void panner_hrtf(scene *of) {
    pan(of, WA_PANNING_MODEL_HRTF);
}

/* Left and right change places. */
static void splitter_and_merger(scene *of) {
    wa_channel_splitter_options two = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    wa_channel_merger_options pair = WA_CHANNEL_MERGER_OPTIONS_INIT;
    two.output_count = pair.input_count = 2;
    const wa_node splitter = make(of, WA_NODE_TYPE_CHANNEL_SPLITTER, &two);
    const wa_node merger = make(of, WA_NODE_TYPE_CHANNEL_MERGER, &pair);
    chain(of, noise_source(of, 2, 1.0f), splitter);
    keep(of, wa_node_connect_ports(of->context, splitter, 0, merger, 1));
    keep(of, wa_node_connect_ports(of->context, splitter, 1, merger, 0));
    chain(of, merger, output(of));
}

/* What it measures takes the place of the sound; see read_analyser(). */
static void analyser(scene *of) {
    of->analyser = make(of, WA_NODE_TYPE_ANALYSER, NULL);
    chain(of, noise_source(of, 1, 1.0f), of->analyser);
}

static bool process_ring(void *user, const wa_process_args *args) {
    (void)user;
    for (uint32_t channel = 0; channel < args->inputs[0].channel_count; channel++) {
        for (uint32_t frame = 0; frame < args->frame_count; frame++) {
            const float by = (float)((args->frame + frame) % 200) / 200.0f;
            args->outputs[0].planes[channel][frame] = args->inputs[0].planes[channel][frame] * by;
        }
    }
    return false;
}

static void processor(scene *of) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "ring";
    desc.process = process_ring;
    keep(of, wa_processor_define(of->engine, &desc, &of->processor));
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = of->processor;
    const wa_node made = make(of, WA_NODE_TYPE_PROCESSOR, &options);
    chain(of, noise_source(of, 2, 1.0f), made);
    chain(of, made, output(of));
}

/* A bit of all, as in a piece. */
static void piece(scene *of) {
    const wa_node bus = make(of, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, NULL);
    for (uint32_t voice = 0; voice < 24; voice++) {
        const wa_node source =
            oscillator(of, (wa_oscillator_type)(voice % 4), 110.0f * (float)(voice + 2) / 2.0f);
        const wa_node filter = make(of, WA_NODE_TYPE_BIQUAD_FILTER, NULL),
                      place = make(of, WA_NODE_TYPE_STEREO_PANNER, NULL);
        const wa_node level = make(of, WA_NODE_TYPE_GAIN, NULL);
        ramp(of, filter, 0, 300.0f + 40.0f * (float)voice, 4000.0f);
        ramp(of, place, 0, (float)voice / 12.0f - 1.0f, 1.0f - (float)voice / 12.0f);
        ramp(of, level, 0, 0.2f, 0.0f);
        chain(of, source, filter);
        chain(of, filter, level);
        chain(of, level, place);
        chain(of, place, bus);
    }
    chain(of, bus, output(of));
}

typedef struct entry {
    const char *name;
    void (*build)(scene *of);
} entry;

/* Named after the types they are about, as node_types.def has them. */
static const entry entries[] = {
    { "oscillator sine", sine },
    { "oscillator sawtooth", sawtooth },
    { "oscillator square", square_detuned },
    { "oscillator periodic wave", periodic_wave },
    { "constant_source", constant_source },
    { "buffer_source", buffer_source },
    { "buffer_source rate", buffer_source_rate },
    { "input", input },
    { "gain", gain },
    { "biquad_filter", biquad_filters },
    { "delay", delay },
    { "delay_writer", echo },
    { "iir_filter", iir_filter },
    { "wave_shaper", wave_shaper_plain },
    { "wave_shaper 2x", wave_shaper_2x },
    { "wave_shaper 4x", wave_shaper_4x },
    { "dynamics_compressor", dynamics_compressor },
    { "convolver", convolver },
    { "stereo_panner", stereo_panner },
    { "panner", panner },
    { "listener", panner_hrtf },
    { "channel_splitter", splitter_and_merger },
    { "channel_merger", splitter_and_merger },
    { "analyser", analyser },
    { "processor", processor },
    { "destination", piece },
};

/* -- Rendering ---------------------------------------------------------------------------------- */

uint32_t scene_count(void) {
    return sizeof entries / sizeof entries[0];
}

const char *scene_name(uint32_t index) {
    return entries[index].name;
}

static void read_analyser(scene *of, float *planes) {
    if (of->analyser.id != 0) {
        keep(of, wa_analyser_get_float_time_domain_data(of->context, of->analyser, planes, 2048));
        keep(of, wa_analyser_get_float_frequency_data(of->context, of->analyser, planes + SCENE_FRAMES,
                                                      1024));
    }
}

static void pull_all(scene *of, float *planes) {
    static float recorded[SCENE_FRAMES];
    fill_noise(recorded, SCENE_FRAMES, 99);
    keep(of, wa_context_resume(of->context));
    for (uint32_t frame = 0; of->status == WA_OK && frame < SCENE_FRAMES;) {
        const uint32_t left = SCENE_FRAMES - frame,
                       count = left < 480 ? left : 480; /* no quanta of ours */
        float *outputs[SCENE_CHANNELS] = { planes + frame, planes + SCENE_FRAMES + frame };
        const float *inputs[1] = { recorded + frame };
        const wa_render_desc desc = {
            .desc_bytes = sizeof desc, .inputs = inputs, .outputs = outputs, .frame_count = count
        };
        keep(of, wa_context_render(of->context, &desc));
        frame += count;
    }
}

static void close_scene(scene *of) {
    keep(of, wa_context_destroy(of->context));
    for (uint32_t index = 0; index < of->buffer_count; index++) {
        keep(of, wa_buffer_release(of->engine, of->buffers[index]));
    }
    if (of->wave.id != 0) {
        keep(of, wa_periodic_wave_release(of->engine, of->wave));
    }
    if (of->processor.id != 0) {
        keep(of, wa_processor_release(of->engine, of->processor));
    }
}

static wa_context_desc embedded(void) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.sample_rate_hz = SCENE_RATE_HZ;
    desc.channel_count = SCENE_CHANNELS;
    desc.quantum_frames = SCENE_QUANTUM;
    return desc;
}

wa_status scene_render(wa_engine *engine, uint32_t index, float *planes) {
    scene of = { .engine = engine };
    wa_context_desc desc = embedded();
    desc.input_channel_count = 1;
    keep(&of, wa_context_create(engine, &desc, &of.context));
    if (of.status != WA_OK) {
        return of.status;
    }
    entries[index].build(&of);
    pull_all(&of, planes);
    read_analyser(&of, planes);
    close_scene(&of);
    return of.status;
}

/* -- Voices ------------------------------------------------------------------------------------- */

static void add_voice(scene *of, uint32_t index, wa_node bus) {
    const wa_node source = oscillator(of, WA_OSCILLATOR_SAWTOOTH, 55.0f + 1.7f * (float)(index % 400));
    wa_biquad_filter_options dark = WA_BIQUAD_FILTER_OPTIONS_INIT;
    dark.frequency_hz = 400.0f + 3.0f * (float)(index % 500);
    wa_stereo_panner_options place = WA_STEREO_PANNER_OPTIONS_INIT;
    place.pan = (float)(index % 201) / 100.0f - 1.0f;
    const wa_node filter = make(of, WA_NODE_TYPE_BIQUAD_FILTER, &dark);
    const wa_node level = make(of, WA_NODE_TYPE_GAIN, NULL);
    const wa_node panned = make(of, WA_NODE_TYPE_STEREO_PANNER, &place);
    const wa_param envelope = wa_node_param(level, WA_GAIN_GAIN);
    keep(of, wa_param_set_value_at_time(of->context, envelope, 0.01f, 0.0));
    keep(of, wa_param_exponential_ramp_to_value_at_time(of->context, envelope, 0.001f, 100.0));
    chain(of, source, filter);
    chain(of, filter, level);
    chain(of, level, panned);
    chain(of, panned, bus);
}

wa_status voices_open(wa_engine *engine, uint32_t voice_count, wa_context **context) {
    scene of = { .engine = engine };
    const wa_context_desc desc = embedded();
    keep(&of, wa_context_create(engine, &desc, &of.context));
    if (of.status != WA_OK) {
        return of.status;
    }
    const wa_node bus = make(&of, WA_NODE_TYPE_GAIN, NULL);
    chain(&of, bus, output(&of));
    for (uint32_t voice = 0; voice < voice_count; voice++) {
        add_voice(&of, voice, bus);
    }
    keep(&of, wa_context_resume(of.context));
    *context = of.context;
    return of.status;
}

void voices_render(wa_context *context, uint32_t quantum_count) {
    static float planes[SCENE_CHANNELS][SCENE_QUANTUM];
    float *outputs[SCENE_CHANNELS] = { planes[0], planes[1] };
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .outputs = outputs,
                                  .frame_count = SCENE_QUANTUM };
    for (uint32_t quantum = 0; quantum < quantum_count; quantum++) {
        (void)wa_context_render(context, &desc);
    }
}
