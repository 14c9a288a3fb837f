#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../unit/sounds.h"
#include "specimens.h"
#include <assert.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

static void span(stage *s, uint32_t index, double low, double high) {
    assert_true(index == s->param_count && index < SPECIMEN_PARAM_MAX);
    s->spans[index].low = (float)low;
    s->spans[index].high = (float)high;
    s->param_count++;
}

static void pass_through(stage *s, wa_node node) {
    s->node = node;
    rig_connect(s->r, s->in, node);
    rig_connect(s->r, node, s->out);
}

static void sound_by_itself(stage *s, wa_node node) {
    s->node = node;
    rig_connect(s->r, node, s->out);
    assert_ok(wa_source_start(s->r->context, node, rig_frames_s(s->r, 10.3)));
}

/* -- sources ------------------------------------------------------------------------------------ */

static void make_oscillator(stage *s) {
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.type = WA_OSCILLATOR_SAWTOOTH;
    options.frequency_hz = 0.013f * (float)s->r->rate;
    sound_by_itself(s, rig_node(s->r, WA_NODE_TYPE_OSCILLATOR, &options));
    span(s, WA_OSCILLATOR_FREQUENCY, 0.01 * s->r->rate, 0.02 * s->r->rate);
    span(s, WA_OSCILLATOR_DETUNE, -200.0, 300.0);
}

static wa_buffer noise_buffer(stage *s, uint32_t channel_count, uint32_t frame_count) {
    wa_buffer made = { 0 };
    uint32_t seed = 77;
    assert_ok(wa_buffer_create(s->r->engine, channel_count, frame_count, (float)s->r->rate, &made));
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(s->r->engine, made, channel);
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            plane[frame] = 0.5f * rig_random_unit(&seed);
        }
    }
    return made;
}

static void make_buffer_source(stage *s) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = noise_buffer(s, 2, 700);
    options.loop = true;
    options.loop_start_s = rig_frames_s(s->r, 20.25);
    options.loop_end_s = rig_frames_s(s->r, 650.5);
    options.playback_rate = 0.77f;
    sound_by_itself(s, rig_node(s->r, WA_NODE_TYPE_BUFFER_SOURCE, &options));
    assert_ok(wa_buffer_release(s->r->engine, options.buffer));
    span(s, WA_BUFFER_SOURCE_PLAYBACK_RATE, 0.25, 2.0);
    span(s, WA_BUFFER_SOURCE_DETUNE, -600.0, 600.0);
}

static void make_constant_source(stage *s) {
    sound_by_itself(s, rig_node(s->r, WA_NODE_TYPE_CONSTANT_SOURCE, NULL));
    span(s, WA_CONSTANT_SOURCE_OFFSET, -0.5, 1.5);
}

static void make_media_source(stage *s) {
    static const int rates[] = { 3000, 48000, 768000 };
    static char paths[3][SOUNDS_PATH_BYTES];
    uint32_t which = 0;
    while (rates[which] != (int)s->r->rate) {
        assert_true(++which < 3);
    }
    if (paths[which][0] == '\0') {
        const int format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
        const char *name = which == 0 ? "low.wav" : which == 1 ? "middle.wav" : "high.wav";
        strcpy(paths[which], sounds_write(name, format, 2, rates[which], 3000));
    }
    wa_media_options media = WA_MEDIA_OPTIONS_INIT;
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    media.sample_rate_hz = (float)s->r->rate;
    media.ring_s = 30.0;
    assert_ok(wa_media_open(s->r->engine, paths[which], &media, &options.media));
    options.loop = true;
    options.playback_rate = 0.77f;
    s->node = rig_node(s->r, WA_NODE_TYPE_MEDIA_SOURCE, &options);
    rig_connect(s->r, s->node, s->out);
    assert_ok(wa_media_source_play(s->r->context, s->node, rig_frames_s(s->r, 10.3)));
    assert_ok(wa_media_close(s->r->engine, options.media)); /* its node keeps it */
    span(s, WA_MEDIA_SOURCE_PLAYBACK_RATE, 0.25, 2.0);
}

static void make_input(stage *s) {
    static float planes[STAGE_CHANNELS][2 * STAGE_FRAMES];
    uint32_t seed = 5;
    for (uint32_t frame = 0; frame < 2 * STAGE_FRAMES; frame++) {
        planes[0][frame] = rig_random_unit(&seed);
        planes[1][frame] = rig_random_unit(&seed);
    }
    s->node = rig_node(s->r, WA_NODE_TYPE_INPUT, NULL);
    rig_connect(s->r, s->node, s->out);
    s->r->inputs[0] = planes[0];
    s->r->inputs[1] = planes[1];
}

/* -- ends --------------------------------------------------------------------------------------- */

static void make_destination(stage *s) {
    s->node = s->r->out;
    rig_connect(s->r, s->in, s->out);
}

static void make_recorder(stage *s) {
    wa_recording_options recording = WA_RECORDING_OPTIONS_INIT;
    wa_recorder_options options = WA_RECORDER_OPTIONS_INIT;
    recording.sample_rate_hz = (float)s->r->rate;
    recording.ring_s = fmin(60.0, fmax(0.05, 3.0 * s->r->quantum_frames / s->r->rate));
    assert_ok(
        wa_recording_open(s->r->engine, sounds_path("heard.wav"), &recording, &options.recording));
    s->recording = options.recording;
    s->node = rig_node(s->r, WA_NODE_TYPE_RECORDER, &options);
    rig_connect(s->r, s->in, s->node);
    assert_ok(wa_recorder_start(s->r->context, s->node, 0.0));
    assert_ok(wa_recorder_stop(s->r->context, s->node, rig_frames_s(s->r, s->frame_count)));
}

/* What is heard of a Recorder is what the file says. */
static void hear_recording(stage *s) {
    wa_buffer read = { 0 };
    wa_buffer_info info = { 0 };
    assert_ok(wa_recording_close(s->r->engine, s->recording));
    assert_ok(wa_decode_file(s->r->engine, sounds_path("heard.wav"), 0.0f, &read));
    assert_ok(wa_buffer_get_info(s->r->engine, read, &info));
    assert_int_equal(info.channel_count, STAGE_CHANNELS);
    assert_int_equal(info.frame_count, s->frame_count);
    for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
        assert_ok(wa_buffer_copy_from_channel(s->r->engine, read, s->r->planes[channel], s->frame_count,
                                              channel, 0));
    }
    assert_ok(wa_buffer_release(s->r->engine, read));
}

/* -- effects ------------------------------------------------------------------------------------ */

static void make_gain(stage *s) {
    pass_through(s, rig_gain(s->r, 0.7f));
    span(s, WA_GAIN_GAIN, -0.5, 1.5);
}

static void make_biquad_filter(stage *s) {
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.type = WA_BIQUAD_FILTER_PEAKING; /* the type to which all four params matter */
    options.frequency_hz = 0.05f * (float)s->r->rate;
    options.q = 2.0f;
    options.gain_db = 6.0f;
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_BIQUAD_FILTER, &options));
    span(s, WA_BIQUAD_FILTER_FREQUENCY, 0.02 * s->r->rate, 0.2 * s->r->rate);
    span(s, WA_BIQUAD_FILTER_DETUNE, -600.0, 600.0);
    span(s, WA_BIQUAD_FILTER_Q, 0.5, 4.0);
    span(s, WA_BIQUAD_FILTER_GAIN, -6.0, 9.0);
}

static void make_delay(stage *s) {
    pass_through(s, rig_delay(s->r, rig_frames_s(s->r, 200.0), rig_frames_s(s->r, 60.5)));
    span(s, WA_DELAY_DELAY_TIME, 0.0, rig_frames_s(s->r, 150.0));
}

/* In a cycle, longer than any quantum here. */
static void make_delay_writer(stage *s) {
    const wa_node delay = rig_delay(s->r, rig_frames_s(s->r, 6000.0), rig_frames_s(s->r, 5000.5));
    const wa_node back = rig_gain(s->r, 0.5f);
    pass_through(s, delay);
    rig_connect(s->r, delay, back);
    rig_connect(s->r, back, delay);
    span(s, WA_DELAY_DELAY_TIME, rig_frames_s(s->r, 4200.0), rig_frames_s(s->r, 5900.0));
}

static void make_stereo_panner(stage *s) {
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_STEREO_PANNER, NULL));
    span(s, WA_STEREO_PANNER_PAN, -0.9, 0.8);
}

static void make_channel_splitter(stage *s) {
    const wa_node merger = rig_merger(s->r, 2);
    s->node = rig_splitter(s->r, 2);
    rig_connect(s->r, s->in, s->node);
    rig_connect_ports(s->r, s->node, 0, merger, 1); /* left and right change places */
    rig_connect_ports(s->r, s->node, 1, merger, 0);
    rig_connect(s->r, merger, s->out);
}

static void make_channel_merger(stage *s) {
    const wa_node half = rig_gain(s->r, 0.5f);
    s->node = rig_merger(s->r, 2);
    rig_connect(s->r, s->in, half);
    rig_connect_ports(s->r, s->in, 0, s->node, 0);
    rig_connect_ports(s->r, half, 0, s->node, 1);
    rig_connect(s->r, s->node, s->out);
}

static wa_panner_options placed(void) {
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.position_x = 1.0f;
    options.position_y = 0.5f;
    options.position_z = -2.0f;
    options.orientation_y = 0.3f;
    options.orientation_z = 0.2f;
    options.cone_inner_angle_deg = 20.0;
    options.cone_outer_angle_deg = 340.0;
    options.cone_outer_gain = 0.1;
    return options;
}

static void span_places(stage *s) {
    span(s, WA_PANNER_POSITION_X, -2.0, 3.0);
    span(s, WA_PANNER_POSITION_Y, -1.0, 2.0);
    span(s, WA_PANNER_POSITION_Z, -3.0, -1.0);
    span(s, WA_PANNER_ORIENTATION_X, -1.0, 1.0);
    span(s, WA_PANNER_ORIENTATION_Y, -1.0, 1.0);
    span(s, WA_PANNER_ORIENTATION_Z, -1.0, 1.0);
}

static void make_panner(stage *s) {
    const wa_panner_options options = placed();
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_PANNER, &options));
    span_places(s);
}

static void make_panner_hrtf(stage *s) {
    wa_panner_options options = placed();
    options.panning_model = WA_PANNING_MODEL_HRTF;
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_PANNER, &options));
    span_places(s);
}

/* The listener makes no sound; a panner says where it is. */
static void make_listener(stage *s) {
    const wa_panner_options options = placed();
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_PANNER, &options));
    s->node = wa_context_listener(s->r->context);
    /* Aslant, so that the length of each component matters. */
    assert_ok(wa_listener_set_orientation(s->r->context, 0.3f, -0.2f, -1.0f, 0.1f, 1.0f, 0.2f));
    span(s, WA_LISTENER_POSITION_X, -0.5, 0.5);
    span(s, WA_LISTENER_POSITION_Y, -0.5, 0.5);
    span(s, WA_LISTENER_POSITION_Z, -0.5, 0.5);
    span(s, WA_LISTENER_FORWARD_X, -0.5, 0.5);
    span(s, WA_LISTENER_FORWARD_Y, -0.2, 0.2);
    span(s, WA_LISTENER_FORWARD_Z, -1.5, -0.5);
    span(s, WA_LISTENER_UP_X, -0.5, 0.5);
    span(s, WA_LISTENER_UP_Y, 0.5, 1.5);
    span(s, WA_LISTENER_UP_Z, -0.2, 0.2);
}

static void make_iir_filter(stage *s) {
    static const double feedforward[] = { 0.2, 0.1, -0.3, 0.4 }, feedback[] = { 2.0, -1.0, 0.5, 0.25 };
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    options.feedforward_count = options.feedback_count = 4;
    memcpy(options.feedforward, feedforward, sizeof feedforward);
    memcpy(options.feedback, feedback, sizeof feedback);
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_IIR_FILTER, &options));
}

static void make_wave_shaper_of(stage *s, wa_oversample oversample) {
    static const float curve[] = { -0.9f, -0.7f, 0.0f, 0.5f, 0.6f };
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = 5;
    options.oversample = oversample;
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_WAVE_SHAPER, &options));
}
static void make_wave_shaper(stage *s) {
    make_wave_shaper_of(s, WA_OVERSAMPLE_NONE);
}
static void make_wave_shaper_4x(stage *s) {
    make_wave_shaper_of(s, WA_OVERSAMPLE_4X);
}

static void make_dynamics_compressor(stage *s) {
    wa_dynamics_compressor_options options = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
    options.threshold_db = -40.0f;
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, &options));
    span(s, WA_DYNAMICS_COMPRESSOR_THRESHOLD, -60.0, -20.0);
    span(s, WA_DYNAMICS_COMPRESSOR_KNEE, 0.0, 30.0);
    span(s, WA_DYNAMICS_COMPRESSOR_RATIO, 2.0, 16.0);
    span(s, WA_DYNAMICS_COMPRESSOR_ATTACK, 0.001, 0.02);
    span(s, WA_DYNAMICS_COMPRESSOR_RELEASE, 0.01, 0.3);
}

static void make_convolver(stage *s) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.buffer = noise_buffer(s, 2, 700);
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_CONVOLVER, &options));
    assert_ok(wa_buffer_release(s->r->engine, options.buffer));
}

static void make_analyser(stage *s) {
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_ANALYSER, NULL));
}

static bool scale(void *user, const wa_process_args *args) {
    (void)user;
    const wa_process_input *in = &args->inputs[0];
    const wa_process_param *level = &args->params[0];
    for (uint32_t channel = 0; channel < in->channel_count; channel++) {
        for (uint32_t i = 0; i < args->frame_count; i++) {
            args->outputs[0].planes[channel][i] =
                in->planes[channel][i] * level->values[level->value_count > 1 ? i : 0];
        }
    }
    return false;
}

static void make_processor(stage *s) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor_param level = WA_PROCESSOR_PARAM_INIT;
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    level.name = "level";
    level.value_default = 0.5f;
    level.value_min = -2.0f;
    level.value_max = 2.0f;
    desc.name = "Scale";
    desc.process = scale;
    desc.params = &level;
    desc.param_count = 1;
    assert_ok(wa_processor_define(s->r->engine, &desc, &options.processor));
    pass_through(s, rig_node(s->r, WA_NODE_TYPE_PROCESSOR, &options));
    assert_ok(wa_processor_release(s->r->engine, options.processor));
    span(s, 0, -0.5, 1.5);
}

/* -- the list ----------------------------------------------------------------------------------- */

#define T(type) WA_NODE_TYPE_##type
#define LINEAR  SPECIMEN_LINEAR
#define SOUNDS  (SPECIMEN_SOURCE | SPECIMEN_PHASE)
#define SAME    (-400) /* to the bit. -140: but for the last bit of a ramp or a decay */
const specimen specimens[] = {
    { "destination", T(DESTINATION), LINEAR, 0, SAME, SAME, make_destination },
    { "gain", T(GAIN), LINEAR, 0, -140, SAME, make_gain },
    { "biquad_filter", T(BIQUAD_FILTER), LINEAR, 2000, -140, -140, make_biquad_filter },
    { "delay", T(DELAY), LINEAR, 201, -140, SAME, make_delay },
    { "delay_writer", T(DELAY_WRITER), LINEAR | SPECIMEN_PHASE, 0, -140, SAME, make_delay_writer },
    { "oscillator", T(OSCILLATOR), SOUNDS, 0, -120, 0, make_oscillator },
    { "buffer_source", T(BUFFER_SOURCE), SOUNDS, 0, SAME, 0, make_buffer_source },
    { "constant_source", T(CONSTANT_SOURCE), SPECIMEN_SOURCE, 0, -140, SAME, make_constant_source },
    { "stereo_panner", T(STEREO_PANNER), 0, 0, -140, SAME, make_stereo_panner },
    { "channel_splitter", T(CHANNEL_SPLITTER), 0, 0, SAME, SAME, make_channel_splitter },
    { "channel_merger", T(CHANNEL_MERGER), LINEAR, 0, SAME, SAME, make_channel_merger },
    { "input", T(INPUT), SPECIMEN_SOURCE | SPECIMEN_IN_TIME, 0, SAME, SAME, make_input },
    { "panner", T(PANNER), 0, 0, -140, SAME, make_panner },
    { "panner, HRTF", T(PANNER), LINEAR | SPECIMEN_K_RATE, 1000, -125, -140, make_panner_hrtf },
    { "listener", T(LISTENER), 0, 0, -140, SAME, make_listener },
    { "iir_filter", T(IIR_FILTER), LINEAR, 2000, SAME, -140, make_iir_filter },
    { "wave_shaper", T(WAVE_SHAPER), 0, 0, SAME, SAME, make_wave_shaper },
    { "wave_shaper, 4x", T(WAVE_SHAPER), 0, 140, SAME, SAME, make_wave_shaper_4x },
    { "dynamics_compressor", T(DYNAMICS_COMPRESSOR), SPECIMEN_K_RATE, 6000, SAME, -140,
      make_dynamics_compressor },
    { "convolver", T(CONVOLVER), LINEAR, 2000, -125, -140, make_convolver },
    { "analyser", T(ANALYSER), LINEAR, 0, SAME, SAME, make_analyser },
    { "processor", T(PROCESSOR), LINEAR, 0, -140, SAME, make_processor },
    { "media_source", T(MEDIA_SOURCE), SOUNDS, 0, SAME, 0, make_media_source },
    { "recorder", T(RECORDER), LINEAR, 0, SAME, SAME, make_recorder },
};
const uint32_t specimen_count = sizeof specimens / sizeof specimens[0];

/* -- stages ------------------------------------------------------------------------------------- */

void stage_open(stage *s, wa_engine *engine, const specimen *of, const stage_desc *desc) {
    *s = (stage){ .of = of };
    s->frame_count = desc->frame_count > 0 ? desc->frame_count : STAGE_FRAMES;
    const bool is_in_time = (of->flags & SPECIMEN_IN_TIME) != 0;
    s->r = rig_create(&(rig_desc){ .kind = is_in_time ? WA_CONTEXT_EMBEDDED : WA_CONTEXT_OFFLINE,
                                   .sample_rate_hz = desc->sample_rate_hz,
                                   .quantum_frames = desc->quantum_frames,
                                   .channel_count = STAGE_CHANNELS,
                                   .input_channel_count = is_in_time ? STAGE_CHANNELS : 0,
                                   .length_frames = is_in_time ? 0 : s->frame_count,
                                   .engine = engine });
    s->in = rig_gain(s->r, 1.0f);
    s->out = rig_gain(s->r, 1.0f);
    rig_connect(s->r, s->out, s->r->out);
    of->make(s);
    wa_node_info info = { 0 };
    assert_ok(wa_node_get_info(s->r->context, s->node, &info));
    assert_int_equal(info.param_count, s->param_count);
}

void stage_render(stage *s) {
    if ((s->of->flags & SPECIMEN_IN_TIME) != 0) {
        const uint32_t quantum =
            s->r->quantum_frames; /* whole ones: else the input waits for the rest */
        rig_render(s->r, (s->frame_count + quantum - 1) / quantum * quantum);
    } else {
        rig_render_offline(s->r, NULL, NULL);
        assert_int_equal(s->r->frame_count, s->frame_count);
    }
    if (s->recording.id != 0) {
        hear_recording(s);
    }
    for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
        s->heard[channel] = s->r->planes[channel];
    }
}

void stage_close(stage *s) {
    rig_destroy(s->r);
}

wa_node stage_play(stage *s, const float *const *planes, uint32_t channel_count, uint32_t frame_count,
                   double start_frame) {
    wa_buffer buffer = { 0 };
    assert_ok(wa_buffer_create(s->r->engine, channel_count, frame_count, (float)s->r->rate, &buffer));
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        memcpy(wa_buffer_plane(s->r->engine, buffer, channel), planes[channel],
               frame_count * sizeof(float));
    }
    const wa_node made = rig_play(s->r, buffer, rig_frames_s(s->r, start_frame));
    assert_ok(wa_buffer_release(s->r->engine, buffer));
    return made;
}

void stage_noise(stage *s) {
    static float noise[STAGE_CHANNELS][STAGE_FRAMES];
    const float *const planes[] = { noise[0], noise[1] };
    if (noise[0][0] == 0.0f) {
        uint32_t seed = 99;
        for (uint32_t frame = 0; frame < STAGE_FRAMES; frame++) {
            noise[0][frame] = 0.7f * rig_random_unit(&seed);
            noise[1][frame] = 0.7f * rig_random_unit(&seed);
        }
    }
    rig_connect(s->r, stage_play(s, planes, STAGE_CHANNELS, STAGE_FRAMES, 10.3), s->in);
}

bool stage_is_rate_fixed(stage *s, uint32_t index) {
    const wa_param param = wa_node_param(s->node, index);
    wa_param_info info = { 0 };
    assert_ok(wa_param_get_info(s->r->context, param, &info));
    const bool is_fixed =
        wa_param_set_automation_rate(s->r->context, param,
                                     info.automation_rate == WA_AUTOMATION_RATE_A
                                         ? WA_AUTOMATION_RATE_K
                                         : WA_AUTOMATION_RATE_A) == WA_ERR_INVALID_STATE;
    if (!is_fixed) {
        assert_ok(wa_param_set_automation_rate(s->r->context, param, info.automation_rate));
    }
    return is_fixed;
}
