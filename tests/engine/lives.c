#include "lives.h"
#include "../unit/sounds.h"
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static wa_node looped(props *with, wa_buffer buffer) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = buffer;
    options.loop = true;
    const wa_node made = make_node(with->of, WA_NODE_TYPE_BUFFER_SOURCE, &options);
    assert_ok(wa_source_start(with->of->context, made, 0.0));
    return made;
}

static wa_buffer filled(props *with, float value) {
    wa_buffer made = noise_buffer(with->of, 1, 64, 0.0f);
    float *plane = wa_buffer_plane(with->of->engine, made, 0);
    for (uint32_t frame = 0; frame < 64; frame++) {
        plane[frame] = value;
    }
    return made;
}

/* Of each channel every hold-th sample is held; the last ones ring on for a while. */
typedef struct holder {
    float held[8];
    uint32_t left, ring_frames;
} holder;

static bool hold(void *user, const wa_process_args *args) {
    (void)user;
    holder *of = args->state;
    const wa_process_input *in = &args->inputs[0];
    const uint32_t level_step = args->params[0].value_count > 1;
    for (uint32_t i = 0; i < args->frame_count; i++) {
        if (of->left == 0) {
            for (uint32_t channel = 0; channel < in->channel_count && channel < 8; channel++) {
                of->held[channel] = in->planes[channel][i];
            }
            of->left = (uint32_t)args->params[1].values[0];
        }
        of->left--;
        for (uint32_t channel = 0; channel < args->outputs[0].channel_count && channel < 8; channel++) {
            args->outputs[0].planes[channel][i] =
                of->held[channel] * args->params[0].values[level_step * i];
        }
    }
    of->ring_frames = in->channel_count > 0 ? 500 : of->ring_frames;
    of->ring_frames -= of->ring_frames > args->frame_count ? args->frame_count : of->ring_frames;
    return of->ring_frames > 0;
}

static wa_processor define_holder(pulled *of) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor made;
    const wa_processor_param both[] = {
        { "level", 0.5f, -1.0f, 1.0f, WA_AUTOMATION_RATE_A },
        { "hold", 3.0f, 1.0f, 64.0f, WA_AUTOMATION_RATE_K },
    };
    desc.name = "Holder";
    desc.process = hold;
    desc.state_bytes = sizeof(holder);
    desc.params = both;
    desc.param_count = 2;
    assert_ok(wa_processor_define(of->engine, &desc, &made));
    return made;
}

props props_make(pulled *of) {
    props made = { .of = of };
    const float real[4] = { 0.0f, 0.3f, 0.0f, -0.2f }, imag[4] = { 0.0f, 1.0f, 0.5f, 0.25f };
    made.noise = noise_buffer(of, 2, 1000, 0.9f);
    made.burst = noise_buffer(of, 2, 300, 0.5f);
    made.loop = noise_buffer(of, 1, 500, 0.4f);
    assert_ok(wa_periodic_wave_create(of->engine, real, imag, 4, false, &made.wave));
    made.holder = define_holder(of);
    const wa_buffer poison = filled(&made, NAN), huge = filled(&made, 3e38f);
    made.loud = looped(&made, made.noise);
    made.poison = looped(&made, poison);
    made.huge = looped(&made, huge);
    made.back = make_node(of, WA_NODE_TYPE_GAIN, NULL);
    assert_ok(wa_buffer_release(of->engine, poison)); /* their sources keep them */
    assert_ok(wa_buffer_release(of->engine, huge));
    return made;
}

void props_free(props *with) {
    assert_ok(wa_buffer_release(with->of->engine, with->noise));
    assert_ok(wa_buffer_release(with->of->engine, with->burst));
    assert_ok(wa_buffer_release(with->of->engine, with->loop));
    assert_ok(wa_periodic_wave_release(with->of->engine, with->wave));
    while (with->media_count > 0) {
        assert_ok(wa_media_close(with->of->engine, with->medias[--with->media_count]));
    }
    while (with->recording_count > 0) {
        assert_ok(wa_recording_abandon(with->of->engine, with->recordings[--with->recording_count]));
    }
    assert_ok(wa_processor_release(with->of->engine, with->holder));
}

/* A file of three thousand frames with all of its ring filled: what is heard does not depend on the worker. */
static wa_media fresh_media(props *with) {
    static char path[SOUNDS_PATH_BYTES];
    wa_media_options options = WA_MEDIA_OPTIONS_INIT;
    wa_media_stats stats = { 0 };
    assert_true(with->media_count < MEDIA_MAX);
    wa_media *made = &with->medias[with->media_count++];
    if (path[0] == '\0') {
        strcpy(path, sounds_write("lives.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, PULLED_RATE, 3000));
    }
    options.ring_s = 0.06;
    assert_ok(wa_media_open(with->of->engine, path, &options, made));
    for (uint32_t tries = 0; stats.buffered_s < stats.ring_s || tries == 0; tries++) {
        assert_true(tries < 50000);
        nanosleep(&(struct timespec){ 0, 200000 }, NULL);
        assert_ok(wa_media_get_stats(with->of->engine, *made, &stats));
    }
    return *made;
}

static const char *recording_path(uint32_t index) {
    char name[32];
    (void)snprintf(name, sizeof name, "life-%u.wav", index);
    return sounds_path(name);
}

/* As wide as a Recorder is when it is new. */
static wa_recording fresh_recording(props *with) {
    wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
    const uint32_t index = with->recording_count++;
    assert_true(index < MEDIA_MAX);
    options.sample_rate_hz = PULLED_RATE;
    assert_ok(
        wa_recording_open(with->of->engine, recording_path(index), &options, &with->recordings[index]));
    return with->recordings[index];
}

/* What the last recording has heard so far, into the first two planes; it is closed. */
static void hear_recording(props *with, float *planes, uint32_t frame_count) {
    wa_buffer read = { 0 };
    wa_engine *engine = with->of->engine;
    const uint32_t index = --with->recording_count;
    assert_ok(wa_recording_close(engine, with->recordings[index]));
    assert_ok(wa_decode_file(engine, recording_path(index), 0.0f, &read));
    for (uint32_t channel = 0; channel < 2; channel++) {
        assert_ok(wa_buffer_copy_from_channel(engine, read, planes + channel * frame_count, frame_count,
                                              channel, 0));
    }
    assert_ok(wa_buffer_release(engine, read));
}

static wa_node_info info_of(props *with, wa_node node) {
    wa_node_info info;
    assert_ok(wa_node_get_info(with->of->context, node, &info));
    return info;
}

/* -- lives -------------------------------------------------------------------------------------- */

static void feed(props *with, wa_node node, wa_node from, uint32_t life) {
    const wa_node_info info = info_of(with, node);
    for (uint32_t input = 0; input < info.input_count && (life & LIFE_INPUTS) != 0; input++) {
        assert_ok(wa_node_connect_ports(with->of->context, from, 0, node, input));
    }
    for (uint32_t index = 0; index < info.param_count && (life & LIFE_PARAM_INPUTS) != 0; index++) {
        assert_ok(wa_node_connect_param(with->of->context, from, 0, wa_node_param(node, index)));
    }
}

/* Each value lies in the param's range, at its ends where they are finite in practice. */
static void automate(props *with, wa_param param) {
    wa_context *context = with->of->context;
    wa_param_info info;
    assert_ok(wa_param_get_info(context, param, &info));
    const float low = fmaxf(info.value_min, -1e6f), high = fminf(info.value_max, 1e6f);
    const float curve[3] = { high, low, 0.5f * (low + high) };
    const double now_s = pulled_now_s(with->of);
    assert_ok(wa_param_set_value(context, param, high));
    assert_ok(wa_param_linear_ramp_to_value_at_time(context, param, low, now_s + 0.002));
    assert_ok(wa_param_set_value_at_time(context, param, high, now_s + 0.004));
    assert_ok(wa_param_exponential_ramp_to_value_at_time(
        context, param, high != 0.0f ? 0.5f * high : 0.5f * low, now_s + 0.006));
    assert_ok(wa_param_set_target_at_time(context, param, low, now_s + 0.008, 0.003f));
    assert_ok(wa_param_set_value_curve_at_time(context, param, curve, 3, now_s + 0.012, 0.008));
    assert_ok(wa_param_linear_ramp_to_value_at_time(context, param, high, now_s + 60.0));
    assert_ok(wa_param_set_value_at_time(context, param, high, now_s + 90.0));
    assert_ok(wa_param_cancel_and_hold_at_time(context, param, now_s + 30.0));
    assert_ok(wa_param_set_value_at_time(context, param, low, now_s + 99.0));
    assert_ok(wa_param_cancel_scheduled_values(context, param, now_s + 95.0));
    /* The type may fix it. */
    (void)wa_param_set_automation_rate(
        context, param,
        info.automation_rate == WA_AUTOMATION_RATE_A ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A);
}

/* What the type refuses is left as it is. */
static void change_channels(props *with, wa_node node, uint32_t count) {
    wa_context *context = with->of->context;
    (void)wa_node_set_channel_count(context, node, count);
    (void)wa_node_set_channel_count_mode(context, node,
                                         count % 2 == 0 ? WA_CHANNEL_COUNT_MODE_EXPLICIT
                                                        : WA_CHANNEL_COUNT_MODE_CLAMPED_MAX);
    (void)wa_node_set_channel_interpretation(context, node, WA_CHANNEL_INTERPRETATION_DISCRETE);
}

static void change_attributes(props *with, wa_node node) {
    wa_context *context = with->of->context;
    switch (info_of(with, node).type) {
    case WA_NODE_TYPE_OSCILLATOR:
        assert_ok(wa_oscillator_set_type(context, node, WA_OSCILLATOR_SAWTOOTH));
        assert_ok(wa_oscillator_set_periodic_wave(context, node, with->wave));
        break;
    case WA_NODE_TYPE_BIQUAD_FILTER:
        assert_ok(wa_biquad_filter_set_type(context, node, WA_BIQUAD_FILTER_HIGHSHELF));
        break;
    case WA_NODE_TYPE_BUFFER_SOURCE:
        (void)wa_buffer_source_set_buffer(context, node,
                                          with->noise); /* its factory may have set one */
        assert_ok(wa_buffer_source_set_loop(context, node, true));
        assert_ok(wa_buffer_source_set_loop_points(context, node, 0.001, 0.004));
        break;
    case WA_NODE_TYPE_PANNER:
        assert_ok(wa_panner_set_panning_model(context, node, WA_PANNING_MODEL_HRTF));
        assert_ok(wa_panner_set_distance_model(context, node, WA_DISTANCE_MODEL_LINEAR));
        assert_ok(wa_panner_set_rolloff_factor(context, node, 0.25));
        assert_ok(wa_panner_set_cone_inner_angle(context, node, 90.0));
        assert_ok(wa_panner_set_position(context, node, 3.0f, 2.0f, 1.0f));
        break;
    case WA_NODE_TYPE_WAVE_SHAPER: {
        const float curve[] = { 0.5f, 0.25f, -0.5f, 1.0f };
        (void)wa_wave_shaper_set_curve(context, node, curve, 4); /* its factory may have set one */
        assert_ok(wa_wave_shaper_set_oversample(context, node, WA_OVERSAMPLE_4X));
        break;
    }
    case WA_NODE_TYPE_CONVOLVER:
        assert_ok(wa_convolver_set_normalize(context, node, false));
        assert_ok(wa_convolver_set_buffer(context, node, with->burst));
        break;
    case WA_NODE_TYPE_MEDIA_SOURCE:
        assert_ok(wa_media_source_set_media(context, node, fresh_media(with)));
        assert_ok(wa_media_source_set_loop(context, node, true));
        assert_ok(wa_media_source_seek(context, node, 0.01));
        assert_ok(wa_media_source_play(context, node, pulled_now_s(with->of) + 0.001));
        break;
    case WA_NODE_TYPE_RECORDER:
        assert_ok(wa_recorder_set_recording(context, node, fresh_recording(with)));
        assert_ok(wa_recorder_start(context, node, pulled_now_s(with->of) + 0.001));
        break;
    case WA_NODE_TYPE_ANALYSER:
        assert_ok(wa_analyser_set_fft_size(context, node, 512));
        assert_ok(wa_analyser_set_max_decibels(context, node, -3.0));
        assert_ok(wa_analyser_set_min_decibels(context, node, -42.0));
        assert_ok(wa_analyser_set_smoothing_time_constant(context, node, 0.99));
        break;
    default:
        break;
    }
}

static void start(props *with, wa_node node, uint32_t life) {
    wa_context *context = with->of->context;
    const double when_s = pulled_now_s(with->of) + ((life & LIFE_WAITING) != 0 ? 20.0 : 0.0001);
    if ((life & (LIFE_STARTED | LIFE_WAITING)) == 0) {
        return;
    }
    const wa_node_type type = info_of(with, node).type;
    if (type == WA_NODE_TYPE_BUFFER_SOURCE) {
        assert_ok(wa_buffer_source_start(context, node, when_s, 0.0007, 9.0));
    } else if (type == WA_NODE_TYPE_OSCILLATOR || type == WA_NODE_TYPE_CONSTANT_SOURCE) {
        assert_ok(wa_source_start(context, node, when_s));
    } else {
        return;
    }
    if ((life & LIFE_STOPPED) != 0) {
        assert_ok(wa_source_stop(context, node, when_s + 0.02));
    }
}

static void close_cycle(props *with, wa_node node) {
    const wa_node_info info = info_of(with, node);
    if (info.input_count > 0 && info.output_count > 0) {
        assert_ok(wa_node_connect(with->of->context, node, with->back));
        assert_ok(wa_node_connect(with->of->context, with->back, node));
    }
}

static void begin_life(props *with, wa_node node, uint32_t life) {
    const wa_node_info info = info_of(with, node);
    for (uint32_t output = 0; output < info.output_count; output++) {
        assert_ok(wa_node_connect_ports(with->of->context, node, output, with->of->destination, 0));
    }
    feed(with, node, with->loud, life);
    for (uint32_t index = 0; index < info.param_count && (life & LIFE_AUTOMATED) != 0; index++) {
        automate(with, wa_node_param(node, index));
    }
    if ((life & LIFE_ATTRIBUTES) != 0) {
        change_attributes(with, node);
    }
    start(with, node, life);
}

/* Reading leaves something behind: what it smooths. */
static void read_spectrum(props *with, wa_node node) {
    float decibels[8];
    if (info_of(with, node).type == WA_NODE_TYPE_ANALYSER) {
        assert_ok(wa_analyser_get_float_frequency_data(with->of->context, node, decibels, 8));
    }
}

/* What happens to the node at a step of its life. */
static void turn(props *with, wa_node node, uint32_t life, uint32_t step) {
    if (step == 4 && (life & LIFE_CYCLE) != 0) {
        close_cycle(with, node);
    }
    if (step == 5 && (life & LIFE_NAN) != 0) {
        feed(with, node, with->poison, life);
    }
    if (step == 6 && (life & LIFE_NAN) != 0) {
        (void)wa_node_disconnect(with->of->context, with->poison);
    }
    if (step == 8 && (life & LIFE_HUGE) != 0) {
        feed(with, node, with->huge, life);
    }
    if ((life & LIFE_CHANNELS) != 0 && step > 1) {
        change_channels(with, node, 1 + step % 4);
    }
    read_spectrum(with, node);
}

void live(props *with, const wa_node *nodes, uint32_t count, uint32_t life) {
    for (uint32_t index = 0; index < count; index++) {
        begin_life(with, nodes[index], life);
    }
    for (uint32_t step = 0; step < LIFE_QUANTA; step++) {
        for (uint32_t index = 0; index < count; index++) {
            turn(with, nodes[index], life, step);
        }
        pulled_quanta(with->of, 1);
    }
}

/* -- probes ------------------------------------------------------------------------------------- */

typedef enum probe_kind { PLAIN, AUTOMATED, DRIVEN, QUIET, LOOPED, STEREO } probe_kind;

static void note(notes *told, double value) {
    assert_true(told->count < NOTE_COUNT_MAX);
    told->values[told->count++] = value;
}

static void note_analyser(props *with, wa_node node, notes *told) {
    wa_context *context = with->of->context;
    enum { FRAMES_MAX = 4096, COUNT = 1024, STEP = 47 };
    wa_analyser_info info;
    float frames[FRAMES_MAX], decibels[COUNT];
    assert_ok(wa_analyser_get_info(context, node, &info));
    note(told, info.fft_size);
    note(told, info.min_decibels);
    note(told, info.max_decibels);
    note(told, info.smoothing_time_constant);
    assert_in_range(info.fft_size, 2 * COUNT, FRAMES_MAX);
    assert_ok(wa_analyser_get_float_time_domain_data(context, node, frames, FRAMES_MAX));
    assert_ok(wa_analyser_get_float_frequency_data(context, node, decibels, COUNT));
    for (uint32_t at = 0; at < COUNT; at += STEP) {
        note(told, (double)frames[info.fft_size - 1 - at]);
        note(told, (double)decibels[at]);
    }
}

static void note_node(props *with, wa_node node, notes *told) {
    const wa_node_info info = info_of(with, node);
    if (info.type == WA_NODE_TYPE_ANALYSER) {
        note_analyser(with, node, told);
    }
    note(told, info.channel_count);
    note(told, info.channel_count_mode);
    note(told, info.channel_interpretation);
    if (info.type == WA_NODE_TYPE_DYNAMICS_COMPRESSOR) {
        float reduction_db = 0.0f;
        assert_ok(wa_dynamics_compressor_get_reduction(with->of->context, node, &reduction_db));
        note(told, (double)reduction_db);
    }
    for (uint32_t index = 0; index < info.param_count; index++) {
        float value = 0.0f;
        wa_param_info param;
        assert_ok(wa_param_get_value(with->of->context, wa_node_param(node, index), &value));
        assert_ok(wa_param_get_info(with->of->context, wa_node_param(node, index), &param));
        note(told, (double)value);
        note(told, (double)param.value_max);
        note(told, param.automation_rate);
    }
}

static void drive_params(props *with, wa_node node, wa_node from, probe_kind kind, notes *told) {
    wa_context *context = with->of->context;
    const double now_s = pulled_now_s(with->of);
    for (uint32_t index = 0; index < info_of(with, node).param_count; index++) {
        const wa_param param = wa_node_param(node, index);
        if (kind == DRIVEN) {
            assert_ok(wa_node_connect_param(context, from, 0, param));
        } else if (kind == AUTOMATED) {
            float value = 0.0f;
            assert_ok(wa_param_get_value(context, param, &value));
            note(told, wa_param_linear_ramp_to_value_at_time(context, param, 0.9f * value + 0.01f,
                                                             now_s + 0.01));
            note(told, wa_param_set_target_at_time(context, param, value, now_s + 0.012, 0.002f));
        }
    }
}

/* A burst that is over before the probe is, so that the tail is heard; QUIET: zeros. */
static wa_node input_for(props *with, probe_kind kind) {
    if (kind == QUIET) {
        wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
        options.offset = 0.0f;
        return make_node(with->of, WA_NODE_TYPE_CONSTANT_SOURCE, &options);
    }
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = kind == STEREO ? with->burst : with->loop;
    return make_node(with->of, WA_NODE_TYPE_BUFFER_SOURCE, &options);
}

static void start_probe(props *with, wa_node node, probe_kind kind, notes *told) {
    wa_context *context = with->of->context;
    const wa_node_type type = info_of(with, node).type;
    if (kind == QUIET) {
        return; /* a source that is not started stays silent */
    }
    if (type == WA_NODE_TYPE_BUFFER_SOURCE) {
        note(told, wa_buffer_source_set_buffer(context, node, with->burst));
    }
    const double when_s = pulled_now_s(with->of) + 10.3 / PULLED_RATE;
    if (type == WA_NODE_TYPE_MEDIA_SOURCE) {
        note(told, wa_media_source_set_media(context, node, fresh_media(with)));
        note(told, wa_media_source_play(context, node, when_s));
    }
    if (type == WA_NODE_TYPE_RECORDER) {
        note(told, wa_recorder_set_recording(context, node, fresh_recording(with)));
        note(told, wa_recorder_start(context, node, when_s));
    }
    note(told, wa_source_start(context, node, when_s)); /* WRONG_TYPE but for sources */
    if (kind != PLAIN) {
        note(told, wa_source_stop(context, node, when_s + 0.011));
    }
}

void probe(props *with, wa_node node, uint32_t index, float *planes, notes *told) {
    wa_context *context = with->of->context;
    const probe_kind kind = (probe_kind)index;
    const wa_node_info info = info_of(with, node);
    const wa_node from = input_for(with, kind);
    note_node(with, node, told);
    for (uint32_t input = 0; input < info.input_count; input++) {
        assert_ok(wa_node_connect_ports(context, from, 0, node, input));
    }
    for (uint32_t output = 0; output < info.output_count; output++) {
        assert_ok(wa_node_connect_ports(context, node, output, with->of->destination, 0));
    }
    drive_params(with, node, from, kind, told);
    if (kind == LOOPED) {
        close_cycle(with, node);
    }
    assert_ok(wa_source_start(context, from, pulled_now_s(with->of) + 5.0 / PULLED_RATE));
    start_probe(with, node, kind, told);
    pulled_render(with->of, planes, PROBE_QUANTA * PULLED_QUANTUM);
    note_node(with, node, told);
    if (info.type == WA_NODE_TYPE_RECORDER && kind != QUIET) {
        hear_recording(with, planes, PROBE_QUANTA * PULLED_QUANTUM);
    }
    (void)wa_node_disconnect(context, with->back);
    assert_ok(wa_node_disconnect(context, node));
    assert_ok(wa_node_disconnect(context, from));
    assert_ok(wa_node_release(context, from, NULL));
}
