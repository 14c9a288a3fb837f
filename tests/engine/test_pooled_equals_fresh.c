/* M2.3, M2.6: a node that comes back from its pool behaves, bit for bit, as a fresh one, whatever it has been
 * through. Each row lives as badly as the API allows, is released, and is then put through the same probes at
 * the same frames as nodes just made in another engine. */
#include "lives.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 4, PROBE_FRAMES = PROBE_QUANTA * PULLED_QUANTUM };

/* -- factories ---------------------------------------------------------------------------------- */

static wa_status make_gain(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_gain_options options = WA_GAIN_OPTIONS_INIT;
    options.node.channel_count = 4;
    options.node.channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT;
    options.node.channel_interpretation = WA_CHANNEL_INTERPRETATION_DISCRETE;
    options.gain = 0.5f;
    return wa_node_create(context, WA_NODE_TYPE_GAIN, &options, node);
}

/* Settings made after the constructor count as well. */
static wa_status make_biquad(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.q = 8.0f;
    options.gain_db = 6.0f;
    wa_status status = wa_node_create(context, WA_NODE_TYPE_BIQUAD_FILTER, &options, node);
    if (status == WA_OK) {
        const wa_param frequency = wa_node_param(*node, WA_BIQUAD_FILTER_FREQUENCY);
        assert_ok(wa_param_set_value(context, frequency, 1234.0f));
        assert_ok(wa_param_set_automation_rate(context, frequency, WA_AUTOMATION_RATE_K));
        assert_ok(wa_biquad_filter_set_type(context, *node, WA_BIQUAD_FILTER_PEAKING));
        assert_ok(wa_node_set_channel_count(context, *node, 1));
    }
    return status;
}

static wa_status make_delay(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = 0.02;
    options.delay_time_s = 0.0023f;
    return wa_node_create(context, WA_NODE_TYPE_DELAY, &options, node);
}

static wa_status make_oscillator(void *user, wa_context *context, wa_node *node) {
    const props *with = user;
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.periodic_wave = with->wave;
    options.frequency_hz = 1000.0f;
    options.detune_cents = 30.0f;
    return wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, &options, node);
}

static wa_status make_square(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.type = WA_OSCILLATOR_SQUARE;
    return wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, &options, node);
}

static wa_status make_buffer_source(void *user, wa_context *context, wa_node *node) {
    const props *with = user;
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = with->loop;
    options.loop = true;
    options.loop_start_s = 0.002;
    options.loop_end_s = 0.005;
    options.playback_rate = 1.5f;
    return wa_node_create(context, WA_NODE_TYPE_BUFFER_SOURCE, &options, node);
}

static wa_status make_media_source(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.playback_rate = 0.7f;
    options.loop = true;
    return wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, node);
}

static wa_status make_panner(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_stereo_panner_options options = WA_STEREO_PANNER_OPTIONS_INIT;
    options.node.channel_count = 1;
    options.pan = -0.4f;
    return wa_node_create(context, WA_NODE_TYPE_STEREO_PANNER, &options, node);
}

static wa_status make_placed(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.position_x = -1.0f;
    options.position_z = -2.0f;
    options.cone_inner_angle_deg = 60.0;
    options.cone_outer_angle_deg = 200.0;
    options.cone_outer_gain = 0.5;
    return wa_node_create(context, WA_NODE_TYPE_PANNER, &options, node);
}

static wa_status make_hrtf(void *user, wa_context *context, wa_node *node) {
    const wa_status status = make_placed(user, context, node);
    return status == WA_OK ? wa_panner_set_panning_model(context, *node, WA_PANNING_MODEL_HRTF)
                           : status;
}

static wa_status make_splitter(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    options.output_count = 3;
    return wa_node_create(context, WA_NODE_TYPE_CHANNEL_SPLITTER, &options, node);
}

static wa_status make_merger(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_channel_merger_options options = WA_CHANNEL_MERGER_OPTIONS_INIT;
    options.input_count = 4;
    return wa_node_create(context, WA_NODE_TYPE_CHANNEL_MERGER, &options, node);
}

static wa_status make_iir(void *user, wa_context *context, wa_node *node) {
    (void)user;
    const double feedforward[] = { 0.2, 0.1, -0.3, 0.4 }, feedback[] = { 2.0, -1.0, 0.5, 0.25, -0.5 };
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    options.feedforward_count = 4;
    options.feedback_count = 5;
    memcpy(options.feedforward, feedforward, sizeof feedforward);
    memcpy(options.feedback, feedback, sizeof feedback);
    return wa_node_create(context, WA_NODE_TYPE_IIR_FILTER, &options, node);
}

/* It sounds without an input. */
static wa_status make_lifting_shaper(void *user, wa_context *context, wa_node *node) {
    (void)user;
    const float curve[] = { -0.7f, 0.2f, 0.9f };
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = 3;
    options.oversample = WA_OVERSAMPLE_4X;
    return wa_node_create(context, WA_NODE_TYPE_WAVE_SHAPER, &options, node);
}

/* Curve and oversampling set after the constructor, and a second curve refused. */
static wa_status make_shaper(void *user, wa_context *context, wa_node *node) {
    (void)user;
    const float curve[] = { -1.0f, -0.5f, 0.5f, 0.25f };
    const wa_status status = wa_node_create(context, WA_NODE_TYPE_WAVE_SHAPER, NULL, node);
    if (status == WA_OK) {
        assert_ok(wa_wave_shaper_set_curve(context, *node, curve, 4));
        assert_ok(wa_wave_shaper_set_oversample(context, *node, WA_OVERSAMPLE_2X));
        assert_error(wa_wave_shaper_set_curve(context, *node, curve, 4), WA_ERR_INVALID_STATE, "curve");
    }
    return status;
}

static wa_status make_convolver(void *user, wa_context *context, wa_node *node) {
    const props *with = user;
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.node.channel_count = 1;
    options.buffer = with->noise;
    options.disable_normalization = true;
    return wa_node_create(context, WA_NODE_TYPE_CONVOLVER, &options, node);
}

static wa_status make_mono_convolver(void *user, wa_context *context, wa_node *node) {
    const props *with = user;
    wa_status status = wa_node_create(context, WA_NODE_TYPE_CONVOLVER, NULL, node);
    if (status == WA_OK) {
        assert_ok(wa_convolver_set_buffer(context, *node, with->loop));
    }
    return status;
}

static wa_status make_analyser(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_analyser_options options = WA_ANALYSER_OPTIONS_INIT;
    options.node.channel_count = 1;
    options.fft_size = 4096;
    options.smoothing_time_constant = 0.3;
    const wa_status status = wa_node_create(context, WA_NODE_TYPE_ANALYSER, &options, node);
    if (status == WA_OK) {
        assert_ok(wa_analyser_set_max_decibels(context, *node, -10.0));
    }
    return status;
}

static wa_status make_compressor(void *user, wa_context *context, wa_node *node) {
    (void)user;
    wa_dynamics_compressor_options options = WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
    options.threshold_db = -40.0f;
    options.knee_db = 0.0f;
    options.ratio = 4.0f;
    options.release_s = 0.02f;
    options.node.channel_count = 1;
    return wa_node_create(context, WA_NODE_TYPE_DYNAMICS_COMPRESSOR, &options, node);
}

static wa_status make_processor(void *user, wa_context *context, wa_node *node) {
    const props *with = user;
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = with->holder;
    options.param_value_count = 1;
    options.param_values[0] = 0.75f;
    return wa_node_create(context, WA_NODE_TYPE_PROCESSOR, &options, node);
}

/* -- rows --------------------------------------------------------------------------------------- */

typedef struct row {
    const char *name;
    wa_node_type type;
    wa_node_factory_fn factory; /* NULL: the type's defaults */
    uint32_t wait_quanta;       /* until the tail is over, whatever was set */
} row;

static const row rows[] = {
    { "gain", WA_NODE_TYPE_GAIN, NULL, 8 },
    { "biquad", WA_NODE_TYPE_BIQUAD_FILTER, NULL, 400 },
    { "delay", WA_NODE_TYPE_DELAY, NULL, 400 },
    { "oscillator", WA_NODE_TYPE_OSCILLATOR, NULL, 8 },
    { "buffer source", WA_NODE_TYPE_BUFFER_SOURCE, NULL, 8 },
    { "constant source", WA_NODE_TYPE_CONSTANT_SOURCE, NULL, 8 },
    { "stereo panner", WA_NODE_TYPE_STEREO_PANNER, NULL, 8 },
    { "panner", WA_NODE_TYPE_PANNER, NULL, 16 },
    { "splitter", WA_NODE_TYPE_CHANNEL_SPLITTER, NULL, 8 },
    { "merger", WA_NODE_TYPE_CHANNEL_MERGER, NULL, 8 },
    { "input", WA_NODE_TYPE_INPUT, NULL, 8 },
    { "media source", WA_NODE_TYPE_MEDIA_SOURCE, NULL, 8 },
    { "configured media source", WA_NODE_TYPE_MEDIA_SOURCE, make_media_source, 8 },
    { "analyser", WA_NODE_TYPE_ANALYSER, NULL, 8 },
    { "configured gain", WA_NODE_TYPE_GAIN, make_gain, 8 },
    { "configured biquad", WA_NODE_TYPE_BIQUAD_FILTER, make_biquad, 400 },
    { "configured delay", WA_NODE_TYPE_DELAY, make_delay, 24 },
    { "oscillator with a wave", WA_NODE_TYPE_OSCILLATOR, make_oscillator, 8 },
    { "square", WA_NODE_TYPE_OSCILLATOR, make_square, 8 },
    { "buffer source that loops", WA_NODE_TYPE_BUFFER_SOURCE, make_buffer_source, 8 },
    { "configured panner", WA_NODE_TYPE_STEREO_PANNER, make_panner, 8 },
    { "placed panner", WA_NODE_TYPE_PANNER, make_placed, 16 },
    { "HRTF panner", WA_NODE_TYPE_PANNER, make_hrtf, 16 },
    { "splitter of 3", WA_NODE_TYPE_CHANNEL_SPLITTER, make_splitter, 8 },
    { "merger of 4", WA_NODE_TYPE_CHANNEL_MERGER, make_merger, 8 },
    { "iir filter", WA_NODE_TYPE_IIR_FILTER, make_iir, 400 },
    { "wave shaper", WA_NODE_TYPE_WAVE_SHAPER, NULL, 8 },
    { "wave shaper with a curve", WA_NODE_TYPE_WAVE_SHAPER, make_shaper, 8 },
    { "wave shaper that lifts", WA_NODE_TYPE_WAVE_SHAPER, make_lifting_shaper, 8 },
    { "compressor", WA_NODE_TYPE_DYNAMICS_COMPRESSOR, NULL, 2000 },
    { "configured compressor", WA_NODE_TYPE_DYNAMICS_COMPRESSOR, make_compressor, 2000 },
    { "convolver", WA_NODE_TYPE_CONVOLVER, make_convolver, 24 },
    { "convolver with a mono response", WA_NODE_TYPE_CONVOLVER, make_mono_convolver, 16 },
    { "configured analyser", WA_NODE_TYPE_ANALYSER, make_analyser, 8 },
    { "processor", WA_NODE_TYPE_PROCESSOR, make_processor, 12 },
    { "recorder", WA_NODE_TYPE_RECORDER, NULL, 8 },
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* No pool can hold it: there is one of it in a context, or it is half of another node. */
static bool is_never_pooled(wa_node_type type) {
    return type == WA_NODE_TYPE_DESTINATION || type == WA_NODE_TYPE_LISTENER ||
           type == WA_NODE_TYPE_DELAY_WRITER;
}

static void every_type_has_a_row(void **state) {
    (void)state;
    static const struct {
        const char *name;
        wa_node_type type;
    } types[] = {
#define WA_NODE(symbol, ENUMERATOR, value) { #symbol, WA_NODE_TYPE_##ENUMERATOR },
#include "wavepool/node_types.def"
#undef WA_NODE
    };
    for (uint32_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        bool has_row = false;
        for (uint32_t at = 0; at < ROW_COUNT; at++) {
            has_row = has_row || rows[at].type == types[index].type;
        }
        if (has_row == is_never_pooled(types[index].type)) {
            fail_msg("%s has %s row here", types[index].name, has_row ? "a" : "no");
        }
    }
    pulled engine = pulled_make(CHANNELS);
    wa_node_pool *pool = NULL;
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    for (uint32_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        desc.type = types[index].type;
        assert_true(!is_never_pooled(desc.type) ||
                    wa_node_pool_create(engine.context, &desc, &pool) != WA_OK);
    }
    pulled_free(&engine);
}

typedef struct heard {
    float planes[PROBE_COUNT][CHANNELS * PROBE_FRAMES];
    notes told[PROBE_COUNT];
} heard;

static pulled make_engine(const row *of) {
    pulled made = pulled_make(CHANNELS);
    if (of->type == WA_NODE_TYPE_PANNER) {
        pulled_lend_hrtf(&made);
    }
    return made;
}

static heard *hear_fresh(const row *of) {
    heard *result = calloc(1, sizeof *result);
    assert_non_null(result);
    pulled engine = make_engine(of);
    props with = props_make(&engine);
    pulled_quanta(&engine, LIFE_QUANTA + of->wait_quanta);
    for (uint32_t index = 0; index < PROBE_COUNT; index++) {
        wa_node node = { 0 };
        assert_ok(of->factory != NULL ? of->factory(&with, engine.context, &node)
                                      : wa_node_create(engine.context, of->type, NULL, &node));
        probe(&with, node, index, result->planes[index], &result->told[index]);
    }
    props_free(&with);
    pulled_free(&engine);
    return result;
}

static void release(props *with, wa_node_pool *pool, wa_node node, wa_release_mode mode) {
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = mode;
    options.fade_s = 0.001;
    if (mode ==
        WA_RELEASE_WHEN_DONE) { /* by the lifetime rules it lives while something plays into it */
        const wa_node feeders[] = { with->loud, with->huge, with->poison, with->back };
        for (uint32_t index = 0; index < 4; index++) {
            assert_ok(wa_node_disconnect(with->of->context, feeders[index]));
        }
        (void)wa_source_stop(with->of->context, node, 0.0);
        (void)wa_media_source_pause(with->of->context, node, 0.0);
        (void)wa_recorder_stop(with->of->context, node, 0.0);
    }
    assert_ok(wa_node_pool_release(pool, node, &options));
}

static wa_node_pool *pool_for(props *with, const row *of) {
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    desc.type = of->type;
    desc.factory = of->factory;
    desc.user = with;
    assert_ok(wa_node_pool_create(with->of->context, &desc, &pool));
    return pool;
}

static void compare(const row *of, uint32_t life, wa_release_mode mode, const heard *fresh,
                    uint32_t index, const float *planes, const notes *told) {
    if (told->count != fresh->told[index].count ||
        memcmp(told->values, fresh->told[index].values, told->count * sizeof told->values[0]) != 0) {
        fail_msg("%s, life %u, mode %d: probe %u is told something else", of->name, life, (int)mode,
                 index);
    }
    for (size_t at = 0; at < CHANNELS * PROBE_FRAMES; at++) {
        if (memcmp(&planes[at], &fresh->planes[index][at], sizeof(float)) != 0) {
            fail_msg("%s, life %u, mode %d, probe %u: channel %zu frame %zu is %.9g, fresh %.9g",
                     of->name, life, (int)mode, index, at / PROBE_FRAMES, at % PROBE_FRAMES,
                     (double)planes[at], (double)fresh->planes[index][at]);
        }
    }
}

static void assert_pool(const wa_node_pool *pool, const row *of, uint32_t life, wa_release_mode mode,
                        uint32_t taken) {
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    if (stats.available != PROBE_COUNT - taken || stats.in_use != taken ||
        stats.reused_count != taken || stats.created_count != PROBE_COUNT) {
        fail_msg("%s, life %u, mode %d: %u in use and %u idle after %u", of->name, life, (int)mode,
                 (unsigned)stats.in_use, (unsigned)stats.available, taken);
    }
}

/* As many nodes as there are probes live together, so that each probe meets one with a past. */
static void check(const row *of, uint32_t life, wa_release_mode mode, const heard *fresh) {
    static float planes[CHANNELS * PROBE_FRAMES];
    pulled engine = make_engine(of);
    props with = props_make(&engine);
    wa_node_pool *pool = pool_for(&with, of);
    wa_node nodes[PROBE_COUNT];
    for (uint32_t index = 0; index < PROBE_COUNT; index++) {
        assert_ok(wa_node_pool_acquire(pool, &nodes[index]));
    }
    live(&with, nodes, PROBE_COUNT, life);
    for (uint32_t index = 0; index < PROBE_COUNT; index++) {
        release(&with, pool, nodes[index], mode);
    }
    pulled_quanta(&engine, of->wait_quanta);
    for (uint32_t index = 0; index < PROBE_COUNT; index++) {
        notes told = { 0 };
        assert_pool(pool, of, life, mode, index);
        assert_ok(wa_node_pool_acquire(pool, &nodes[index]));
        probe(&with, nodes[index], index, planes, &told);
        compare(of, life, mode, fresh, index, planes, &told);
    }
    wa_node_pool_destroy(pool);
    props_free(&with);
    pulled_free(&engine);
}

static const uint32_t lives[] = {
    0, /* untouched */
    LIFE_INPUTS | LIFE_PARAM_INPUTS | LIFE_STARTED,
    LIFE_INPUTS | LIFE_AUTOMATED | LIFE_STARTED | LIFE_STOPPED,
    LIFE_INPUTS | LIFE_CYCLE | LIFE_CHANNELS,
    LIFE_INPUTS | LIFE_PARAM_INPUTS | LIFE_STARTED | LIFE_NAN | LIFE_HUGE,
    LIFE_INPUTS | LIFE_ATTRIBUTES | LIFE_WAITING,
    LIFE_ALL & ~(LIFE_NAN | LIFE_STOPPED),
    LIFE_ALL,
};

static void check_mode(wa_release_mode mode) {
    for (uint32_t index = 0; index < ROW_COUNT; index++) {
        heard *fresh = hear_fresh(&rows[index]);
        double sum = 0.0;
        for (uint32_t which = 0; which < PROBE_COUNT; which++) {
            sum += energy(fresh->planes[which], CHANNELS * PROBE_FRAMES);
        }
        assert_true(sum > 0.1); /* else equal would mean nothing */
        assert_true(isfinite(sum));
        for (uint32_t life = 0; life < sizeof lives / sizeof lives[0]; life++) {
            /* By the lifetime rules a source waits for its start, and an Input never ends. */
            const bool is_endless =
                (lives[life] & LIFE_WAITING) != 0 || rows[index].type == WA_NODE_TYPE_INPUT;
            if (!is_endless || mode != WA_RELEASE_WHEN_DONE) {
                check(&rows[index], lives[life], mode, fresh);
            }
        }
        free(fresh);
    }
}

/* M2.2, M2.3: given back at once, with half of it still sounding. */
static void released_now(void **state) {
    (void)state;
    check_mode(WA_RELEASE_NOW);
}

/* M2.2, M2.3 */
static void released_with_a_fade(void **state) {
    (void)state;
    check_mode(WA_RELEASE_FADE);
}

/* M2.2, M2.3 */
static void released_after_the_tail(void **state) {
    (void)state;
    check_mode(WA_RELEASE_AFTER_TAIL);
}

/* M2.2, M2.3 */
static void released_when_done(void **state) {
    (void)state;
    check_mode(WA_RELEASE_WHEN_DONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_a_row), cmocka_unit_test(released_now),
        cmocka_unit_test(released_with_a_fade), cmocka_unit_test(released_after_the_tail),
        cmocka_unit_test(released_when_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
