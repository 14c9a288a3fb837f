/* What nodes are before anybody changes them: the tables of Web Audio 1.1 for each type's ports and channels,
 * for each param's default, range and rate, and for each member of each options dictionary, against what the
 * public API says. Numbers are the text's; none comes from the code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "node.h"
#include "rig.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { RATE = 44100 };
static const float nyquist_hz = 22050.0f, anything = FLT_MAX, detune_cents = 153600.0f;

/* -- ports and channels ------------------------------------------------------------------------- */

#define T(type)   WA_NODE_TYPE_##type
#define MODE_MAX  WA_CHANNEL_COUNT_MODE_MAX
#define CLAMPED   WA_CHANNEL_COUNT_MODE_CLAMPED_MAX
#define EXPLICIT  WA_CHANNEL_COUNT_MODE_EXPLICIT
#define SPEAKERS  WA_CHANNEL_INTERPRETATION_SPEAKERS
#define DISCRETE  WA_CHANNEL_INTERPRETATION_DISCRETE
#define NONE_MADE 99u

static const struct shape {
    wa_node_type type;
    const char *name;
    uint32_t inputs, outputs, channel_count;
    wa_channel_count_mode mode;
    wa_channel_interpretation interpretation;
} shapes[] = {
    { T(DESTINATION), "AudioDestination", 1, 1, 3, EXPLICIT, SPEAKERS },
    { T(GAIN), "Gain", 1, 1, 2, MODE_MAX, SPEAKERS },
    { T(BIQUAD_FILTER), "BiquadFilter", 1, 1, 2, MODE_MAX, SPEAKERS },
    { T(DELAY), "Delay", 1, 1, 2, MODE_MAX, SPEAKERS },
    { T(OSCILLATOR), "Oscillator", 0, 1, 2, MODE_MAX, SPEAKERS },
    { T(BUFFER_SOURCE), "AudioBufferSource", 0, 1, 2, MODE_MAX, SPEAKERS },
    { T(CONSTANT_SOURCE), "ConstantSource", 0, 1, 2, MODE_MAX, SPEAKERS },
    { T(STEREO_PANNER), "StereoPanner", 1, 1, 2, CLAMPED, SPEAKERS },
    { T(CHANNEL_SPLITTER), "ChannelSplitter", 1, 6, 6, EXPLICIT, DISCRETE },
    { T(CHANNEL_MERGER), "ChannelMerger", 6, 1, 1, EXPLICIT, SPEAKERS },
    { T(PANNER), "Panner", 1, 1, 2, CLAMPED, SPEAKERS },
    { T(IIR_FILTER), "IIRFilter", 1, 1, 2, MODE_MAX, SPEAKERS },
    { T(WAVE_SHAPER), "WaveShaper", 1, 1, 2, MODE_MAX, SPEAKERS },
    { T(DYNAMICS_COMPRESSOR), "DynamicsCompressor", 1, 1, 2, CLAMPED, SPEAKERS },
    { T(CONVOLVER), "Convolver", 1, 1, 2, CLAMPED, SPEAKERS },
    { T(ANALYSER), "Analyser", 1, 1, 2, MODE_MAX, SPEAKERS },
    { T(PROCESSOR), "Doubler", 1, 1, 2, MODE_MAX, SPEAKERS },
    /* Not of the specification. */
    { T(INPUT), "Input", 0, 1, 2, MODE_MAX, SPEAKERS },
    { T(MEDIA_SOURCE), "MediaSource", 0, 1, 2, MODE_MAX, SPEAKERS },
    { T(RECORDER), "Recorder", 1, 0, 2, EXPLICIT, SPEAKERS },
    { T(LISTENER), "AudioListener", NONE_MADE, 0, 0, MODE_MAX, SPEAKERS },
    { T(DELAY_WRITER), "DelayWriter", NONE_MADE, 0, 0, MODE_MAX, SPEAKERS }, /* half of a Delay */
};
enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

/* A new type without a row does not compile. */
#define WA_NODE(symbol, ENUMERATOR, value) +1
static_assert(SHAPE_COUNT == 0
#include "wavepool/node_types.def"
              ,
              "a node type has no row, or two");
#undef WA_NODE

static bool pass(void *user, const wa_process_args *args) {
    (void)user;
    (void)args;
    return false;
}

static wa_processor define(rig *r) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor made = { 0 };
    wa_processor_param param = WA_PROCESSOR_PARAM_INIT;
    param.name = "level";
    desc.name = "Doubler";
    desc.process = pass;
    desc.params = &param;
    desc.param_count = 1;
    assert_ok(wa_processor_define(r->engine, &desc, &made));
    return made;
}

/* Of any type, with no more than what it cannot be made without. */
static wa_node make(rig *r, wa_node_type type) {
    if (type == WA_NODE_TYPE_DESTINATION) {
        return r->out;
    }
    if (type == WA_NODE_TYPE_LISTENER) {
        return wa_context_listener(r->context);
    }
    if (type == WA_NODE_TYPE_IIR_FILTER) {
        wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
        assert_int_equal(options.feedforward_count + options.feedback_count, 0);
        options.feedforward_count = options.feedback_count = 1;
        options.feedforward[0] = options.feedback[0] = 1.0;
        return rig_node(r, type, &options);
    }
    if (type == WA_NODE_TYPE_PROCESSOR) {
        wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
        options.processor = define(r);
        const wa_node made = rig_node(r, type, &options);
        assert_ok(wa_processor_release(r->engine, options.processor));
        return made;
    }
    return rig_node(r, type, NULL);
}

static void test_shapes(void **state) {
    (void)state;
    rig *r =
        rig_create(&(rig_desc){ .sample_rate_hz = RATE, .channel_count = 3, .input_channel_count = 2 });
    for (uint32_t row = 0; row < SHAPE_COUNT; row++) {
        const struct shape *of = &shapes[row];
        for (uint32_t other = 0; other < row; other++) {
            assert_int_not_equal(of->type, shapes[other].type);
        }
        if (of->inputs == NONE_MADE) {
            wa_node none = { 0 };
            assert_int_not_equal(wa_node_create(r->context, of->type, NULL, &none), WA_OK);
            continue;
        }
        wa_node_info info = { 0 };
        assert_ok(wa_node_get_info(r->context, make(r, of->type), &info));
        if (strcmp(info.type_name, of->name) != 0 || info.type != of->type ||
            info.input_count != of->inputs || info.output_count != of->outputs ||
            info.channel_count != of->channel_count || info.channel_count_mode != of->mode ||
            info.channel_interpretation != of->interpretation) {
            fail_msg("%s: is %s, %u inputs, %u outputs, channelCount %u, mode %d, interpretation %d",
                     of->name, info.type_name, info.input_count, info.output_count, info.channel_count,
                     (int)info.channel_count_mode, (int)info.channel_interpretation);
        }
    }
    rig_destroy(r);
}

/* The three members of AudioNodeOptions reach every type: what a default constructor says, said again. */
static void test_node_options(void **state) {
    (void)state;
    const wa_node_options none = WA_NODE_OPTIONS_INIT;
    assert_int_equal(none.channel_count, 0);
    assert_int_equal(none.channel_count_mode, WA_CHANNEL_COUNT_MODE_DEFAULT);
    assert_int_equal(none.channel_interpretation, WA_CHANNEL_INTERPRETATION_DEFAULT);
    rig *r = rig_create(NULL);
    static const wa_channel_count_mode modes[] = { MODE_MAX, CLAMPED, EXPLICIT };
    for (uint32_t row = 0; row < 3 * 2 * 32; row++) {
        wa_gain_options options = WA_GAIN_OPTIONS_INIT;
        options.node.channel_count = 1 + row / 6;
        options.node.channel_count_mode = modes[row % 3];
        options.node.channel_interpretation = row / 3 % 2 ? DISCRETE : SPEAKERS;
        wa_node_info info = { 0 };
        assert_ok(wa_node_get_info(r->context, rig_node(r, T(GAIN), &options), &info));
        assert_int_equal(info.channel_count, options.node.channel_count);
        assert_int_equal(info.channel_count_mode, options.node.channel_count_mode);
        assert_int_equal(info.channel_interpretation, options.node.channel_interpretation);
    }
    rig_destroy(r);
}

/* What each type says to a channelCount, a mode, an interpretation: the text has an exception of its own for
 * nearly every one of them. What is refused changes nothing. */
static void test_channel_constraints(void **state) {
    (void)state;
    enum { COUNT_0, COUNT_1, COUNT_3, COUNT_33, MODES_MAX, MODES_EXPLICIT, TO_DISCRETE, ASKED_COUNT };
#define OK    WA_OK
#define STATE WA_ERR_INVALID_STATE
#define NOT   WA_ERR_NOT_SUPPORTED
#define INDEX WA_ERR_INDEX_SIZE
#define ANY_ROW                                                                                        \
    { NOT, OK, OK, NOT, OK, OK, OK }
#define TWO_ROW                                                                                        \
    { NOT, OK, NOT, NOT, NOT, OK, OK }
    static const struct {
        wa_node_type type;
        wa_status answers[ASKED_COUNT];
    } rows[] = {
        { T(GAIN), ANY_ROW },
        { T(BIQUAD_FILTER), ANY_ROW },
        { T(DELAY), ANY_ROW },
        { T(IIR_FILTER), ANY_ROW },
        { T(WAVE_SHAPER), ANY_ROW },
        { T(ANALYSER), ANY_ROW },
        { T(PROCESSOR), ANY_ROW },
        { T(OSCILLATOR), ANY_ROW },
        { T(BUFFER_SOURCE), ANY_ROW },
        { T(CONSTANT_SOURCE), ANY_ROW },
        { T(STEREO_PANNER), TWO_ROW },
        { T(PANNER), TWO_ROW },
        { T(CONVOLVER), TWO_ROW },
        { T(DYNAMICS_COMPRESSOR), TWO_ROW },
        { T(CHANNEL_SPLITTER), { NOT, STATE, STATE, NOT, STATE, OK, STATE } }, /* it is discrete */
        { T(CHANNEL_MERGER), { NOT, OK, STATE, NOT, STATE, OK, OK } },
        { T(DESTINATION), { INDEX, OK, OK, INDEX, OK, OK, OK } },
    };
    rig *r = rig_create(&(rig_desc){ .channel_count = 3 });
    wa_context *context = r->context;
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (uint32_t asked = 0; asked < ASKED_COUNT; asked++) {
            static const uint32_t asked_counts[] = { 0, 1, 3, 33 };
            const wa_node node = make(r, rows[row].type);
            wa_node_info before = { 0 }, after = { 0 };
            assert_ok(wa_node_get_info(context, node, &before));
            const wa_status status =
                asked <= COUNT_33 ? wa_node_set_channel_count(context, node, asked_counts[asked])
                : asked == MODES_MAX
                    ? wa_node_set_channel_count_mode(context, node, WA_CHANNEL_COUNT_MODE_MAX)
                : asked == MODES_EXPLICIT ? wa_node_set_channel_count_mode(context, node, EXPLICIT)
                : rows[row].type == T(CHANNEL_SPLITTER)
                    ? wa_node_set_channel_interpretation(context, node, SPEAKERS)
                    : wa_node_set_channel_interpretation(context, node, DISCRETE);
            assert_ok(wa_node_get_info(context, node, &after));
            if (status != rows[row].answers[asked]) {
                fail_msg("%s, %u: %s, wanted %s", before.type_name, asked, wa_status_name(status),
                         wa_status_name(rows[row].answers[asked]));
            }
            assert_true(status == WA_OK || memcmp(&before, &after, sizeof before) == 0);
        }
    }
    rig_destroy(r);
    rig *offline =
        rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .channel_count = 3, .length_frames = 128 });
    context = offline->context;
    assert_refused(wa_node_set_channel_count(context, offline->out, 2), STATE, "channelCount");
    assert_refused(wa_node_set_channel_count_mode(context, offline->out, MODE_MAX), STATE, "Mode");
    assert_ok(wa_node_set_channel_count(context, offline->out, 3)); /* that is no change */
    assert_ok(wa_node_set_channel_interpretation(context, offline->out, DISCRETE));
    rig_destroy(offline);
}

/* -- params ------------------------------------------------------------------------------------- */

#define A_RATE  WA_AUTOMATION_RATE_A
#define K_RATE  WA_AUTOMATION_RATE_K
#define K_FIXED ((wa_automation_rate)(WA_AUTOMATION_RATE_K + 100)) /* cannot be changed */

static const struct param_row {
    wa_node_type type;
    uint32_t index;
    const char *name;
    float value, min, max;
    wa_automation_rate rate;
} param_rows[] = {
    { T(GAIN), WA_GAIN_GAIN, "gain", 1, -anything, anything, A_RATE },
    { T(BIQUAD_FILTER), WA_BIQUAD_FILTER_FREQUENCY, "frequency", 350, 0, nyquist_hz, A_RATE },
    { T(BIQUAD_FILTER), WA_BIQUAD_FILTER_DETUNE, "detune", 0, -detune_cents, detune_cents, A_RATE },
    { T(BIQUAD_FILTER), WA_BIQUAD_FILTER_Q, "Q", 1, -anything, anything, A_RATE },
    { T(BIQUAD_FILTER), WA_BIQUAD_FILTER_GAIN, "gain", 0, -anything, 1541.273681640625f, A_RATE },
    { T(DELAY), WA_DELAY_DELAY_TIME, "delayTime", 0, 0, 1, A_RATE },
    { T(OSCILLATOR), WA_OSCILLATOR_FREQUENCY, "frequency", 440, -nyquist_hz, nyquist_hz, A_RATE },
    { T(OSCILLATOR), WA_OSCILLATOR_DETUNE, "detune", 0, -detune_cents, detune_cents, A_RATE },
    { T(BUFFER_SOURCE), WA_BUFFER_SOURCE_PLAYBACK_RATE, "playbackRate", 1, -anything, anything,
      K_FIXED },
    { T(BUFFER_SOURCE), WA_BUFFER_SOURCE_DETUNE, "detune", 0, -anything, anything, K_FIXED },
    { T(CONSTANT_SOURCE), WA_CONSTANT_SOURCE_OFFSET, "offset", 1, -anything, anything, A_RATE },
    { T(STEREO_PANNER), WA_STEREO_PANNER_PAN, "pan", 0, -1, 1, A_RATE },
    { T(PANNER), WA_PANNER_POSITION_X, "positionX", 0, -anything, anything, A_RATE },
    { T(PANNER), WA_PANNER_POSITION_Y, "positionY", 0, -anything, anything, A_RATE },
    { T(PANNER), WA_PANNER_POSITION_Z, "positionZ", 0, -anything, anything, A_RATE },
    { T(PANNER), WA_PANNER_ORIENTATION_X, "orientationX", 1, -anything, anything, A_RATE },
    { T(PANNER), WA_PANNER_ORIENTATION_Y, "orientationY", 0, -anything, anything, A_RATE },
    { T(PANNER), WA_PANNER_ORIENTATION_Z, "orientationZ", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_POSITION_X, "positionX", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_POSITION_Y, "positionY", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_POSITION_Z, "positionZ", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_FORWARD_X, "forwardX", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_FORWARD_Y, "forwardY", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_FORWARD_Z, "forwardZ", -1, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_UP_X, "upX", 0, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_UP_Y, "upY", 1, -anything, anything, A_RATE },
    { T(LISTENER), WA_LISTENER_UP_Z, "upZ", 0, -anything, anything, A_RATE },
    { T(DYNAMICS_COMPRESSOR), WA_DYNAMICS_COMPRESSOR_THRESHOLD, "threshold", -24, -100, 0, K_FIXED },
    { T(DYNAMICS_COMPRESSOR), WA_DYNAMICS_COMPRESSOR_KNEE, "knee", 30, 0, 40, K_FIXED },
    { T(DYNAMICS_COMPRESSOR), WA_DYNAMICS_COMPRESSOR_RATIO, "ratio", 12, 1, 20, K_FIXED },
    { T(DYNAMICS_COMPRESSOR), WA_DYNAMICS_COMPRESSOR_ATTACK, "attack", 0.003f, 0, 1, K_FIXED },
    { T(DYNAMICS_COMPRESSOR), WA_DYNAMICS_COMPRESSOR_RELEASE, "release", 0.25f, 0, 1, K_FIXED },
    { T(PROCESSOR), 0, "level", 0, -anything, anything, A_RATE }, /* AudioParamDescriptor */
    { T(MEDIA_SOURCE), WA_MEDIA_SOURCE_PLAYBACK_RATE, "playbackRate", 1, 0, 4, K_FIXED },
};
enum { PARAM_ROW_COUNT = sizeof param_rows / sizeof param_rows[0] };

static void check_param(rig *r, wa_node node, const struct param_row *of) {
    const bool is_fixed = of->rate == K_FIXED;
    const wa_param param = wa_node_param(node, of->index);
    wa_param_info info = { 0 };
    wa_param found = { 0 };
    float value = -1.0f;
    assert_ok(wa_param_get_info(r->context, param, &info));
    assert_ok(wa_param_get_value(r->context, param, &value));
    assert_ok(wa_node_param_by_name(r->context, node, of->name, &found));
    if (strcmp(info.name, of->name) != 0 || found.index != of->index || value != of->value ||
        info.value_default != of->value || info.value_min != of->min || info.value_max != of->max ||
        info.automation_rate != (is_fixed ? K_RATE : of->rate)) {
        fail_msg("type %d, %s: is %s, %.9g, default %.9g in [%.9g, %.9g], rate %d", (int)of->type,
                 of->name, info.name, (double)value, (double)info.value_default, (double)info.value_min,
                 (double)info.value_max, (int)info.automation_rate);
    }
    if (is_fixed) {
        assert_refused(wa_param_set_automation_rate(r->context, param, A_RATE), WA_ERR_INVALID_STATE,
                       of->name);
    } else {
        assert_ok(wa_param_set_automation_rate(r->context, param, K_RATE));
        assert_ok(wa_param_set_automation_rate(r->context, param, A_RATE));
    }
}

static void test_params(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .sample_rate_hz = RATE, .input_channel_count = 2 });
    uint32_t checked = 0;
    for (uint32_t row = 0; row < SHAPE_COUNT; row++) {
        if (shapes[row].type == T(DELAY_WRITER)) {
            continue;
        }
        const wa_node node = make(r, shapes[row].type);
        wa_node_info info = { 0 };
        uint32_t count = 0;
        assert_ok(wa_node_get_info(r->context, node, &info));
        for (uint32_t index = 0; index < PARAM_ROW_COUNT; index++) {
            if (param_rows[index].type == shapes[row].type) {
                check_param(r, node, &param_rows[index]);
                count++;
            }
        }
        assert_int_equal(info.param_count, count); /* none is without a row */
        checked += count;
    }
    assert_int_equal(checked, PARAM_ROW_COUNT);
    rig_destroy(r);
}

/* A delayTime ends where the line ends. */
static void test_delay_time_range(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    static const double rows[] = { 1e-5, 0.01, 5.0, 10.0 };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_delay_options options = WA_DELAY_OPTIONS_INIT;
        options.max_delay_time_s = rows[row];
        wa_param_info info = { 0 };
        const wa_param param = wa_node_param(rig_node(r, T(DELAY), &options), WA_DELAY_DELAY_TIME);
        assert_ok(wa_param_get_info(r->context, param, &info));
        assert_true(info.value_max == (float)rows[row] && info.value_min == 0.0f);
    }
    rig_destroy(r);
}

/* -- options ------------------------------------------------------------------------------------ */

#define IS(member, wanted) assert_true((double)options.member == (double)(wanted))

static void test_options_of_sources(void **state) {
    (void)state;
    {
        const wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
        IS(type, WA_OSCILLATOR_SINE);
        IS(frequency_hz, 440);
        IS(detune_cents, 0);
        IS(periodic_wave.id, 0);
    }
    {
        const wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
        IS(buffer.id, 0);
        IS(playback_rate, 1);
        IS(detune_cents, 0);
        IS(loop, false);
        IS(loop_start_s, 0);
        IS(loop_end_s, 0);
    }
    {
        const wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
        IS(offset, 1);
    }
    {
        const wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
        IS(media.id, 0);
        IS(playback_rate, 1);
        IS(loop, false);
    }
}

static void test_options_of_effects(void **state) {
    (void)state;
    {
        const wa_gain_options options = WA_GAIN_OPTIONS_INIT;
        IS(gain, 1);
    }
    {
        const wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
        IS(type, WA_BIQUAD_FILTER_LOWPASS);
        IS(frequency_hz, 350);
        IS(detune_cents, 0);
        IS(q, 1);
        IS(gain_db, 0);
    }
    {
        const wa_delay_options options = WA_DELAY_OPTIONS_INIT;
        IS(max_delay_time_s, 1);
        IS(delay_time_s, 0);
    }
    {
        const wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
        assert_null(options.curve);
        IS(curve_count, 0);
        IS(oversample, WA_OVERSAMPLE_NONE);
    }
    {
        const wa_dynamics_compressor_options options = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
        IS(threshold_db, -24);
        IS(knee_db, 30);
        IS(ratio, 12);
        IS(attack_s, 0.003f);
        IS(release_s, 0.25);
    }
    {
        const wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
        IS(buffer.id, 0);
        IS(disable_normalization, false);
    }
}

static void test_options_of_the_rest(void **state) {
    (void)state;
    {
        const wa_panner_options options = WA_PANNER_OPTIONS_INIT;
        IS(panning_model, WA_PANNING_MODEL_EQUALPOWER);
        IS(distance_model, WA_DISTANCE_MODEL_INVERSE);
        IS(position_x, 0);
        IS(position_y, 0);
        IS(position_z, 0);
        IS(orientation_x, 1);
        IS(orientation_y, 0);
        IS(orientation_z, 0);
        IS(ref_distance, 1);
        IS(max_distance, 10000);
        IS(rolloff_factor, 1);
        IS(cone_inner_angle_deg, 360);
        IS(cone_outer_angle_deg, 360);
        IS(cone_outer_gain, 0);
    }
    {
        const wa_stereo_panner_options options = WA_STEREO_PANNER_OPTIONS_INIT;
        IS(pan, 0);
    }
    {
        const wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
        IS(output_count, 6);
    }
    {
        const wa_channel_merger_options options = WA_CHANNEL_MERGER_OPTIONS_INIT;
        IS(input_count, 6);
    }
    {
        const wa_analyser_options options = WA_ANALYSER_OPTIONS_INIT;
        IS(fft_size, 2048);
        IS(max_decibels, -30);
        IS(min_decibels, -100);
        IS(smoothing_time_constant, 0.8);
    }
    {
        const wa_processor_desc options = WA_PROCESSOR_DESC_INIT;
        IS(input_count, 1);
        IS(output_count, 1);
        assert_null(options.output_channel_counts);
    }
}

/* -- attributes that only have a setter, heard through the public calls --------------------------- */

/* A buffer and a curve can be set once; NULL and {0} at any time, and they do not make it possible again. */
static void test_set_once(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_context *context = r->context;
    const float curve[] = { -1.0f, 1.0f };
    const wa_buffer buffer = rig_buffer(r, 1, 10), none = { 0 };
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = buffer;
    const wa_node fresh = rig_node(r, T(BUFFER_SOURCE), NULL),
                  made = rig_node(r, T(BUFFER_SOURCE), &options),
                  shaper = rig_node(r, T(WAVE_SHAPER), NULL);
    assert_ok(wa_buffer_source_set_buffer(context, fresh, none));
    assert_ok(wa_buffer_source_set_buffer(context, fresh, buffer));
    assert_refused(wa_buffer_source_set_buffer(context, fresh, buffer), STATE, "buffer");
    assert_refused(wa_buffer_source_set_buffer(context, made, buffer), STATE, "buffer");
    assert_ok(wa_buffer_source_set_buffer(context, made, none));
    assert_refused(wa_buffer_source_set_buffer(context, made, buffer), STATE, "buffer");
    assert_ok(wa_wave_shaper_set_curve(context, shaper, NULL, 0));
    assert_ok(wa_wave_shaper_set_curve(context, shaper, curve, 2));
    assert_refused(wa_wave_shaper_set_curve(context, shaper, curve, 2), STATE, "curve");
    assert_ok(wa_wave_shaper_set_curve(context, shaper, NULL, 0));
    assert_refused(wa_wave_shaper_set_curve(context, shaper, curve, 2), STATE, "curve");
    assert_ok(wa_buffer_release(r->engine, buffer));
    rig_destroy(r);
}

/* A Biquad's response at a frequency where each type's is known: 0 Hz and half the rate. */
static void test_biquad_response(void **state) {
    (void)state;
    static const struct {
        wa_biquad_filter_type type;
        double at_0, at_nyquist; /* |H| for a gain of 6 dB */
    } rows[] = {
        { WA_BIQUAD_FILTER_LOWPASS, 1, 0 },
        { WA_BIQUAD_FILTER_HIGHPASS, 0, 1 },
        { WA_BIQUAD_FILTER_BANDPASS, 0, 0 },
        { WA_BIQUAD_FILTER_LOWSHELF, 1.9952623, 1 },
        { WA_BIQUAD_FILTER_HIGHSHELF, 1, 1.9952623 },
        { WA_BIQUAD_FILTER_PEAKING, 1, 1 },
        { WA_BIQUAD_FILTER_NOTCH, 1, 1 },
        { WA_BIQUAD_FILTER_ALLPASS, 1, 1 },
    };
    rig *r = rig_create(&(rig_desc){ .sample_rate_hz = RATE });
    const float frequencies[] = { 0.0f, nyquist_hz, -1.0f, nyquist_hz + 1.0f, NAN };
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.gain_db = 6.0f;
    const wa_node node = rig_node(r, T(BIQUAD_FILTER), &options);
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        float magnitude[5], phase[5];
        assert_ok(wa_biquad_filter_set_type(r->context, node, rows[row].type));
        assert_ok(wa_biquad_filter_get_frequency_response(r->context, node, frequencies, magnitude,
                                                          phase, 5));
        assert_true(fabs((double)magnitude[0] - rows[row].at_0) < 1e-6);
        assert_true(fabs((double)magnitude[1] - rows[row].at_nyquist) < 1e-6);
        for (uint32_t outside = 2; outside < 5; outside++) {
            assert_true(isnan(magnitude[outside]) && isnan(phase[outside]));
        }
        assert_refused(
            wa_biquad_filter_get_frequency_response(r->context, node, NULL, magnitude, phase, 5),
            WA_ERR_TYPE, "frequency");
    }
    rig_destroy(r);
}

/* A panner in front of the ears: each attribute changes the level as its formula says. */
static void test_panner_attributes(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    const wa_node panner = rig_node(r, T(PANNER), NULL);
    wa_context *context = r->context;
    rig_connect(r, rig_constant(r, 1.0f), panner);
    rig_connect(r, panner, r->out);
    assert_ok(wa_panner_set_position(context, panner, 0.0f, 0.0f, -4.0f));
    assert_ok(wa_panner_set_orientation(context, panner, 0.0f, 0.0f, -1.0f)); /* its back to us */
    const double side = sqrt(0.5);
    static const struct {
        wa_distance_model model;
        double ref, max, rolloff, inner, outer, outer_gain, wanted;
    } rows[] = {
        { WA_DISTANCE_MODEL_INVERSE, 1, 10000, 1, 360, 360, 0, 0.25 },
        { WA_DISTANCE_MODEL_INVERSE, 2, 10000, 1, 360, 360, 0, 0.5 },
        { WA_DISTANCE_MODEL_INVERSE, 2, 10000, 3, 360, 360, 0, 0.25 },
        { WA_DISTANCE_MODEL_LINEAR, 2, 10, 1, 360, 360, 0, 0.75 },
        { WA_DISTANCE_MODEL_LINEAR, 2, 10, 0.5, 360, 360, 0, 0.875 },
        { WA_DISTANCE_MODEL_LINEAR, 2, 3, 0.5, 360, 360, 0, 0.5 },
        { WA_DISTANCE_MODEL_EXPONENTIAL, 2, 10000, 2, 360, 360, 0, 0.25 },
        { WA_DISTANCE_MODEL_EXPONENTIAL, 4, 10000, 2, 90, 270, 0.5, 0.5 },
        { WA_DISTANCE_MODEL_EXPONENTIAL, 4, 10000, 2, 90, 270, 0, 0 },
        { WA_DISTANCE_MODEL_EXPONENTIAL, 4, 10000, 2, 0, 720, 0.5, 0.75 },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        assert_ok(wa_panner_set_panning_model(context, panner, WA_PANNING_MODEL_EQUALPOWER));
        assert_ok(wa_panner_set_distance_model(context, panner, rows[row].model));
        assert_ok(wa_panner_set_ref_distance(context, panner, rows[row].ref));
        assert_ok(wa_panner_set_max_distance(context, panner, rows[row].max));
        assert_ok(wa_panner_set_rolloff_factor(context, panner, rows[row].rolloff));
        assert_ok(wa_panner_set_cone_inner_angle(context, panner, rows[row].inner));
        assert_ok(wa_panner_set_cone_outer_angle(context, panner, rows[row].outer));
        assert_ok(wa_panner_set_cone_outer_gain(context, panner, rows[row].outer_gain));
        const float *heard = rig_render(r, 128);
        if (!(fabs((double)heard[127] - side * rows[row].wanted) < 1e-6)) {
            fail_msg("row %u: %.9g, wanted %.9g", row, (double)heard[127], side * rows[row].wanted);
        }
    }
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_node_options),
        cmocka_unit_test(test_channel_constraints),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_delay_time_range),
        cmocka_unit_test(test_options_of_sources),
        cmocka_unit_test(test_options_of_effects),
        cmocka_unit_test(test_options_of_the_rest),
        cmocka_unit_test(test_set_once),
        cmocka_unit_test(test_biquad_response),
        cmocka_unit_test(test_panner_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
