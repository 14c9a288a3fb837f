/* Nodes, connections, sources. */
#include "edits.h"
#include "node.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum {
    OK_OR_BUDGET = ALLOW(WA_OK) | ALLOW(WA_ERR_BUDGET),
    GONE = ALLOW(WA_ERR_STALE_HANDLE) | ALLOW(WA_ERR_RELEASED)
};

/* Types that may be made by hand, from the registration list. */
static const wa_node_type all_types[] = {
#define WA_NODE(symbol, ENUMERATOR, value) WA_NODE_TYPE_##ENUMERATOR,
#include "wavepool/node_types.def"
#undef WA_NODE
};

static bool can_be_made(wa_node_type type) {
    return !(node_class(type)->flags & WA_CLASS_INTERNAL) && type != WA_NODE_TYPE_DESTINATION;
}

uint32_t edits_types(wa_node_type *types, uint32_t capacity) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < sizeof all_types / sizeof all_types[0]; i++) {
        if (can_be_made(all_types[i])) {
            assert_true(count < capacity && (uint32_t)all_types[i] < EDIT_TYPE_MAX);
            types[count++] = all_types[i];
        }
    }
    return count;
}

static wa_node_type any_type(edits *of) {
    const wa_node_type loop_type = edits_below(of, 2) ? WA_NODE_TYPE_GAIN : WA_NODE_TYPE_DELAY;
    return edits_below(of, 4) ? of->pool_types[edits_below(of, of->pool_count)] : loop_type;
}

/* Gain 1 at most, whatever the pole. */
static wa_iir_filter_options one_pole(double pole) {
    wa_iir_filter_options made = WA_IIR_FILTER_OPTIONS_INIT;
    made.feedforward_count = 1;
    made.feedforward[0] = 1.0 - pole;
    made.feedback_count = 2;
    made.feedback[0] = 1.0;
    made.feedback[1] = -pole;
    return made;
}

void edits_prime(wa_engine *engine) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    wa_context *context = NULL;
    wa_node node = { 0 }, delay = { 0 };
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.input_channel_count = PULL_CHANNELS;
    assert_int_equal(wa_context_create(engine, &desc, &context), WA_OK);
    const wa_iir_filter_options iir_filter = one_pole(0.5);
    wa_processor_options processor = WA_PROCESSOR_OPTIONS_INIT;
    processor.processor = edits_define(engine);
    for (uint32_t i = 0; i < sizeof all_types / sizeof all_types[0]; i++) {
        if (can_be_made(all_types[i])) {
            const void *needed = all_types[i] == WA_NODE_TYPE_IIR_FILTER  ? (const void *)&iir_filter
                                 : all_types[i] == WA_NODE_TYPE_PROCESSOR ? &processor
                                                                          : NULL;
            assert_int_equal(wa_node_create(context, all_types[i], needed, &node), WA_OK);
        }
    }
    assert_int_equal(wa_processor_release(engine, processor.processor), WA_OK);
    for (uint32_t type = WA_OSCILLATOR_SINE; type < WA_OSCILLATOR_CUSTOM; type++) {
        options.type = (wa_oscillator_type)type;
        assert_int_equal(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, &options, &node), WA_OK);
    }
    /* A delay in a cycle has a second half, with a handle of its own. */
    assert_int_equal(wa_node_create(context, WA_NODE_TYPE_DELAY, NULL, &delay), WA_OK);
    assert_int_equal(wa_node_connect(context, delay, delay), WA_OK);
    wa_buffer buffer;
    wa_periodic_wave wave;
    const float partials[] = { 0.0f, 1.0f };
    assert_int_equal(wa_buffer_create(engine, 1, 1, 48000.0f, &buffer), WA_OK);
    assert_int_equal(wa_periodic_wave_create(engine, NULL, partials, 2, false, &wave), WA_OK);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    assert_int_equal(wa_periodic_wave_release(engine, wave), WA_OK);
    edits_prime_files(engine);
    assert_int_equal(wa_context_destroy(context), WA_OK);
    wa_engine_trim(engine, 0);
}

/* Options that keep the sum of everything small, in storage of the caller. */
typedef union any_options {
    wa_gain_options gain;
    wa_delay_options delay;
    wa_buffer_source_options buffer_source;
    wa_constant_source_options constant_source;
    wa_channel_splitter_options splitter;
    wa_channel_merger_options merger;
    wa_iir_filter_options iir_filter;
    wa_wave_shaper_options wave_shaper;
    wa_dynamics_compressor_options compressor;
    wa_convolver_options convolver;
    wa_analyser_options analyser;
    wa_processor_options processor;
} any_options;

/* Within [-1, 1]; some of them lift silence. */
static const float *any_curve(edits *of, uint32_t *count) {
    static const float curves[][5] = { { -1.0f, -0.2f, 0.0f, 0.2f, 1.0f },
                                       { -0.1f, 0.0f, 0.05f, 0.1f, 0.1f },
                                       { 0.1f, -0.1f, 0.0f, 0.1f, -0.1f } };
    *count = 2 + edits_below(of, 4);
    return curves[edits_below(of, 3)];
}

static const void *options_for(edits *of, wa_node_type type, bool is_feedback_gain, any_options *made) {
    switch (type) {
    case WA_NODE_TYPE_GAIN:
        made->gain = (wa_gain_options)WA_GAIN_OPTIONS_INIT;
        made->gain.gain = is_feedback_gain ? 0.01f : (float)edits_between(of, 0.0, 0.5);
        break;
    case WA_NODE_TYPE_DELAY:
        made->delay = (wa_delay_options)WA_DELAY_OPTIONS_INIT;
        made->delay.max_delay_time_s = edits_between(of, 0.01, 0.3);
        made->delay.delay_time_s = (float)edits_between(of, 0.0, 0.01);
        break;
    case WA_NODE_TYPE_BUFFER_SOURCE:
        made->buffer_source = (wa_buffer_source_options)WA_BUFFER_SOURCE_OPTIONS_INIT;
        made->buffer_source.buffer = edits_any_buffer(of);
        made->buffer_source.loop = edits_below(of, 2) == 0;
        break;
    case WA_NODE_TYPE_CONSTANT_SOURCE:
        made->constant_source = (wa_constant_source_options)WA_CONSTANT_SOURCE_OPTIONS_INIT;
        made->constant_source.offset = 0.1f;
        break;
    case WA_NODE_TYPE_CHANNEL_SPLITTER:
        made->splitter = (wa_channel_splitter_options)WA_CHANNEL_SPLITTER_OPTIONS_INIT;
        made->splitter.output_count = 1 + edits_below(of, 6);
        break;
    case WA_NODE_TYPE_CHANNEL_MERGER:
        made->merger = (wa_channel_merger_options)WA_CHANNEL_MERGER_OPTIONS_INIT;
        made->merger.input_count = 1 + edits_below(of, 6);
        break;
    case WA_NODE_TYPE_IIR_FILTER:
        made->iir_filter = one_pole(edits_between(of, 0.0, 0.999));
        break;
    case WA_NODE_TYPE_WAVE_SHAPER:
        made->wave_shaper = (wa_wave_shaper_options)WA_WAVE_SHAPER_OPTIONS_INIT;
        made->wave_shaper.oversample = (wa_oversample)edits_below(of, 3);
        if (edits_below(of, 2)) {
            made->wave_shaper.curve = any_curve(of, &made->wave_shaper.curve_count);
        }
        break;
    case WA_NODE_TYPE_DYNAMICS_COMPRESSOR:
        made->compressor = (wa_dynamics_compressor_options)WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
        made->compressor.threshold_db = (float)edits_between(of, -20.0, 0.0);
        made->compressor.knee_db = (float)edits_between(of, 0.0, 40.0);
        made->compressor.ratio = (float)edits_between(of, 1.0, 20.0);
        break;
    case WA_NODE_TYPE_CONVOLVER:
        made->convolver = (wa_convolver_options)WA_CONVOLVER_OPTIONS_INIT;
        made->convolver.buffer = edits_any_response(of);
        made->convolver.disable_normalization = true;
        break;
    case WA_NODE_TYPE_ANALYSER:
        made->analyser = (wa_analyser_options)WA_ANALYSER_OPTIONS_INIT;
        made->analyser.fft_size = 32u << edits_below(of, 7);
        break;
    case WA_NODE_TYPE_PROCESSOR:
        made->processor = (wa_processor_options)WA_PROCESSOR_OPTIONS_INIT;
        made->processor.processor = of->processor;
        made->processor.user = edits_take_piece(of);
        break;
    default:
        return NULL;
    }
    return made;
}

wa_status edits_make_node(edits *of, wa_node_type type, bool is_feedback_gain, wa_node *node) {
    any_options options;
    const wa_status status =
        wa_node_create(of->context, type, options_for(of, type, is_feedback_gain, &options), node);
    if (status != WA_OK && type == WA_NODE_TYPE_PROCESSOR && options.processor.user != NULL) {
        edits_give_piece(options.processor.user); /* a call that fails has not taken it */
    }
    of->made_counts[type] += status == WA_OK;
    return status;
}

void edits_check_types(const edits *of) {
    for (uint32_t i = 0; i < of->pool_count; i++) {
        const wa_node_type type = of->pool_types[i];
        if (of->made_counts[type] == 0 || of->pooled_counts[type] == 0) {
            fail_msg("seed %llu: of %s %u were made, %u came from a pool", (unsigned long long)of->seed,
                     node_class(type)->name, of->made_counts[type], of->pooled_counts[type]);
        }
    }
}

static void edit_create(edits *of) {
    if (of->live.node_count == EDIT_NODE_MAX) {
        return;
    }
    const wa_node_type type = any_type(of);
    const bool is_feedback_gain = type == WA_NODE_TYPE_GAIN && edits_below(of, 2) == 0;
    wa_node node;
    if (edits_expect_edit(of, edits_make_node(of, type, is_feedback_gain, &node), OK_OR_BUDGET)) {
        edits_add_node(of, node, type, NULL, is_feedback_gain);
    }
}

static void edit_release(edits *of) {
    edit_node *node = edits_any_node(of);
    if (!node || node->pool) {
        return;
    }
    const wa_release_options options = edits_any_release(of);
    const wa_status status =
        wa_node_release(of->context, node->handle, edits_below(of, 4) ? &options : NULL);
    if (edits_expect_edit(of, status, ALLOW(WA_OK))) {
        edits_drop_node(of, node);
    }
}

static wa_node_info info_of(edits *of, wa_node node) {
    wa_node_info info = { 0 };
    edits_expect(of, wa_node_get_info(of->context, node, &info), ALLOW(WA_OK));
    return info;
}

/* A live node of a type that a few tries find, or any. */
static edit_node *any_of_type(edits *of, wa_node_type type, bool is_feedback_gain) {
    edit_node *node = edits_any_node(of);
    for (uint32_t tries = 0; tries < 32 && node; tries++) {
        if (node->type == type && node->is_feedback_gain == is_feedback_gain) {
            break;
        }
        node = edits_any_node(of);
    }
    return node;
}

static void edit_connect(edits *of) {
    const bool is_loop = edits_below(of, 4) == 0; /* likely to close a cycle through a delay */
    edit_node *source = is_loop ? any_of_type(of, WA_NODE_TYPE_DELAY, false) : edits_any_node(of);
    edit_node *target = is_loop ? any_of_type(of, WA_NODE_TYPE_GAIN, true) : edits_any_node(of);
    if (!source || info_of(of, source->handle).output_count == 0) {
        return;
    }
    if (edits_below(of, 4) == 0) {
        const wa_node destination = wa_context_destination(of->context);
        edits_expect_edit(of, wa_node_connect(of->context, source->handle, destination), OK_OR_BUDGET);
        return;
    }
    const bool is_back = target->rank <= source->rank;
    const wa_node_info from = info_of(of, source->handle), to = info_of(of, target->handle);
    if (to.input_count == 0 || (is_back && !target->is_feedback_gain)) {
        return;
    }
    edits_expect_edit(of,
                      wa_node_connect_ports(of->context, source->handle,
                                            edits_below(of, from.output_count), target->handle,
                                            edits_below(of, to.input_count)),
                      OK_OR_BUDGET);
}

/* Only what bounds itself may be modulated, by sources; gains would multiply signals. */
static bool is_safe_param(wa_node_type type, uint32_t index) {
    switch (type) {
    case WA_NODE_TYPE_STEREO_PANNER:
    case WA_NODE_TYPE_PANNER:
    case WA_NODE_TYPE_DELAY:
        return true;
    case WA_NODE_TYPE_OSCILLATOR:
    case WA_NODE_TYPE_BUFFER_SOURCE:
        return true;
    case WA_NODE_TYPE_BIQUAD_FILTER:
        return index == WA_BIQUAD_FILTER_FREQUENCY || index == WA_BIQUAD_FILTER_DETUNE;
    case WA_NODE_TYPE_DYNAMICS_COMPRESSOR:
        return true;
    default:
        return false;
    }
}

static void edit_connect_param(edits *of) {
    edit_node *source = edits_any_node(of), *target = edits_any_node(of);
    if (!source || !edits_is_source(source->type) || source->rank >= target->rank) {
        return;
    }
    const uint32_t param_count = info_of(of, target->handle).param_count;
    const uint32_t index = edits_below(of, param_count + 1);
    if (index < param_count && !is_safe_param(target->type, index)) {
        return;
    }
    edits_expect_edit(
        of, wa_node_connect_param(of->context, source->handle, 0, wa_node_param(target->handle, index)),
        index < param_count ? OK_OR_BUDGET : ALLOW(WA_ERR_INDEX_SIZE));
}

/* Whatever feeds the listener, panners included, which then are on a cycle. */
static void edit_listener(edits *of) {
    const wa_param param =
        wa_node_param(wa_context_listener(of->context), edits_below(of, WA_LISTENER_UP_Z + 1));
    const float value = (float)edits_between(of, -2.0, 2.0);
    edit_node *source = edits_any_node(of);
    if (edits_below(of, 4) == 0) {
        edits_expect_edit(of, wa_listener_set_position(of->context, value, 0.5f, -value),
                          OK_OR_BUDGET | ALLOW(WA_ERR_NOT_SUPPORTED));
    } else if (source && info_of(of, source->handle).output_count > 0) {
        const bool is_new = edits_below(of, 2) == 0;
        const wa_status status = is_new ? wa_node_connect_param(of->context, source->handle, 0, param)
                                        : wa_node_disconnect_param(of->context, source->handle, param);
        edits_expect_edit(of, status, OK_OR_BUDGET | (is_new ? 0 : ALLOW(WA_ERR_INVALID_ACCESS)));
    }
}

static wa_status disconnect_somehow(edits *of, wa_node source, wa_node target) {
    switch (edits_below(of, 7)) {
    case 0:
        return wa_node_disconnect(of->context, source);
    case 1:
        return wa_node_disconnect_output(of->context, source, 0);
    case 2:
        return wa_node_disconnect_node(of->context, source, target);
    case 3:
        return wa_node_disconnect_node_output(of->context, source, 0, target);
    case 4:
        return wa_node_disconnect_ports(of->context, source, 0, target, 0);
    case 5:
        return wa_node_disconnect_param(of->context, source, wa_node_param(target, 0));
    default:
        return wa_node_disconnect_param_output(of->context, source, 0, wa_node_param(target, 0));
    }
}

static void edit_disconnect(edits *of) {
    edit_node *source = edits_any_node(of), *target = edits_any_node(of);
    if (source) {
        const wa_node to = edits_below(of, 3) ? target->handle : wa_context_destination(of->context);
        edits_expect_edit(of, disconnect_somehow(of, source->handle, to),
                          ALLOW(WA_OK) | ALLOW(WA_ERR_INVALID_ACCESS) | ALLOW(WA_ERR_INDEX_SIZE));
    }
}

static void edit_channels(edits *of) {
    edit_node *node = edits_any_node(of);
    if (!node) {
        return;
    }
    const uint32_t allowed = OK_OR_BUDGET | ALLOW(WA_ERR_NOT_SUPPORTED) | ALLOW(WA_ERR_INVALID_STATE) |
                             ALLOW(WA_ERR_INDEX_SIZE);
    wa_status status;
    switch (edits_below(of, 3)) {
    case 0:
        status = wa_node_set_channel_count(of->context, node->handle, 1 + edits_below(of, 6));
        break;
    case 1:
        status = wa_node_set_channel_count_mode(of->context, node->handle,
                                                (wa_channel_count_mode)(1 + edits_below(of, 3)));
        break;
    default:
        status = wa_node_set_channel_interpretation(
            of->context, node->handle, (wa_channel_interpretation)(1 + edits_below(of, 2)));
        break;
    }
    edits_expect_edit(of, status, allowed);
}

/* -- Sources ----------------------------------------------------------------------------------- */

static edit_node *any_source(edits *of) {
    for (uint32_t tries = 0; tries < 8; tries++) {
        edit_node *node = edits_any_node(of);
        if (node && edits_is_source(node->type)) {
            return node;
        }
    }
    return NULL;
}

static void edit_start(edits *of) {
    edit_node *node = any_source(of);
    if (!node) {
        return;
    }
    const double when_s = edits_time_s(of);
    const wa_status status =
        node->type == WA_NODE_TYPE_BUFFER_SOURCE && edits_below(of, 2)
            ? wa_buffer_source_start(of->context, node->handle, when_s, edits_between(of, 0.0, 0.01),
                                     edits_between(of, -0.01, 0.05))
            : wa_source_start(of->context, node->handle, when_s);
    edits_expect_edit(of, status, ALLOW(WA_OK) | ALLOW(WA_ERR_INVALID_STATE));
}

static void edit_stop(edits *of) {
    edit_node *node = any_source(of);
    if (node) {
        edits_expect_edit(of, wa_source_stop(of->context, node->handle, edits_time_s(of)),
                          ALLOW(WA_OK) | ALLOW(WA_ERR_INVALID_STATE));
    }
}

static void edit_rearm(edits *of) {
    edit_node *node = any_source(of);
    if (node) {
        edits_expect_edit(of, wa_source_rearm(of->context, node->handle),
                          ALLOW(WA_OK) | ALLOW(WA_ERR_INVALID_STATE));
    }
}

static wa_status change_buffer_source(edits *of, wa_node node) {
    switch (edits_below(of, 3)) {
    case 0:
        return wa_buffer_source_set_buffer(of->context, node, edits_any_buffer(of));
    case 1:
        return wa_buffer_source_set_loop(of->context, node, edits_below(of, 2));
    default:
        return wa_buffer_source_set_loop_points(of->context, node, edits_between(of, 0.0, 0.005),
                                                edits_between(of, 0.0, 0.02));
    }
}

static wa_status change_panner(edits *of, wa_node node) {
    switch (edits_below(of, 4)) {
    case 0:
    case 1:
        return wa_panner_set_panning_model(of->context, node, (wa_panning_model)edits_below(of, 2));
    case 2:
        return wa_panner_set_distance_model(of->context, node, (wa_distance_model)edits_below(of, 3));
    default:
        return wa_panner_set_cone_inner_angle(of->context, node, edits_between(of, 0.0, 360.0));
    }
}

static wa_status change_wave_shaper(edits *of, wa_node node) {
    uint32_t count = 0;
    const float *curve = any_curve(of, &count);
    switch (edits_below(of, 3)) {
    case 0:
        return wa_wave_shaper_set_curve(of->context, node, curve, count);
    case 1:
        return wa_wave_shaper_set_curve(of->context, node, NULL, 0);
    default:
        return wa_wave_shaper_set_oversample(of->context, node, (wa_oversample)edits_below(of, 3));
    }
}

static wa_status change_convolver(edits *of, wa_node node) {
    const wa_status status = wa_convolver_set_normalize(of->context, node, false);
    return status == WA_OK ? wa_convolver_set_buffer(of->context, node, edits_any_response(of))
                           : status;
}

/* Sizes up to the default: their tables stay with the context. */
static wa_status change_analyser(edits *of, wa_node node) {
    switch (edits_below(of, 3)) {
    case 0:
        return wa_analyser_set_fft_size(of->context, node, 32u << edits_below(of, 7));
    case 1:
        return wa_analyser_set_max_decibels(of->context, node, edits_between(of, -99.0, 0.0));
    default:
        return wa_analyser_set_smoothing_time_constant(of->context, node, edits_between(of, 0.0, 1.0));
    }
}

static wa_status read_analyser(edits *of, wa_node node) {
    static float data[2048];
    static uint8_t bytes[2048];
    switch (edits_below(of, 4)) {
    case 0:
        return wa_analyser_get_float_time_domain_data(of->context, node, data, 2048);
    case 1:
        return wa_analyser_get_float_frequency_data(of->context, node, data, 1024);
    case 2:
        return wa_analyser_get_byte_time_domain_data(of->context, node, bytes, 2048);
    default:
        return wa_analyser_get_byte_frequency_data(of->context, node, bytes, 1024);
    }
}

static void edit_analyser(edits *of) {
    edit_node *node = any_of_type(of, WA_NODE_TYPE_ANALYSER, false);
    if (node && node->type == WA_NODE_TYPE_ANALYSER) {
        edits_expect(of, read_analyser(of, node->handle), ALLOW(WA_OK) | ALLOW(WA_ERR_BUSY));
    }
}

static wa_status change_processor(edits *of, wa_node node) {
    edit_piece *piece = edits_take_piece(of);
    const wa_status status = wa_processor_set_user(of->context, node, piece);
    if (status != WA_OK && piece != NULL) {
        edits_give_piece(piece);
    }
    return status;
}

static void edit_attribute(edits *of) {
    edit_node *node = edits_any_node(of);
    if (!node) {
        return;
    }
    const uint32_t allowed = OK_OR_BUDGET | ALLOW(WA_ERR_INVALID_STATE);
    if (node->type == WA_NODE_TYPE_BUFFER_SOURCE) {
        edits_expect_edit(of, change_buffer_source(of, node->handle), allowed);
    } else if (node->type == WA_NODE_TYPE_OSCILLATOR) {
        const wa_status status =
            edits_below(of, 2) ? wa_oscillator_set_periodic_wave(of->context, node->handle, of->wave)
                               : wa_oscillator_set_type(of->context, node->handle,
                                                        (wa_oscillator_type)edits_below(of, 4));
        edits_expect_edit(of, status, allowed);
    } else if (node->type == WA_NODE_TYPE_PANNER) {
        edits_expect_edit(of, change_panner(of, node->handle), allowed);
    } else if (node->type == WA_NODE_TYPE_BIQUAD_FILTER) {
        const wa_biquad_filter_type type = (wa_biquad_filter_type)edits_below(of, 8);
        edits_expect_edit(of, wa_biquad_filter_set_type(of->context, node->handle, type), allowed);
    } else if (node->type == WA_NODE_TYPE_WAVE_SHAPER) {
        edits_expect_edit(of, change_wave_shaper(of, node->handle), allowed);
    } else if (node->type == WA_NODE_TYPE_DYNAMICS_COMPRESSOR) {
        float reduction_db = 1.0f;
        edits_expect(of, wa_dynamics_compressor_get_reduction(of->context, node->handle, &reduction_db),
                     ALLOW(WA_OK));
        assert_true(reduction_db <= 0.0f && reduction_db > -1000.0f);
    } else if (node->type == WA_NODE_TYPE_CONVOLVER) {
        edits_expect_edit(of, change_convolver(of, node->handle), allowed);
    } else if (node->type == WA_NODE_TYPE_ANALYSER) {
        edits_expect_edit(of, change_analyser(of, node->handle), allowed);
    } else if (node->type == WA_NODE_TYPE_PROCESSOR) {
        edits_expect_edit(of, change_processor(of, node->handle), allowed);
    }
}

/* Calls that must be refused; outside transactions, which they would undo. */
static void edit_refused(edits *of) {
    const uint32_t count =
        of->live.stale_count < EDIT_STALE_MAX ? of->live.stale_count : EDIT_STALE_MAX;
    const wa_node destination = wa_context_destination(of->context);
    edits_expect(of, wa_node_release(of->context, destination, NULL), ALLOW(WA_ERR_INVALID_STATE));
    if (count == 0) {
        return;
    }
    const wa_node gone = of->live.stale[edits_below(of, count)];
    switch (edits_below(of, 4)) {
    case 0:
        edits_expect(of, wa_node_connect(of->context, gone, destination), GONE);
        break;
    case 1:
        edits_expect(of, wa_node_release(of->context, gone, NULL), GONE);
        break;
    case 2:
        edits_expect(of, wa_param_set_value(of->context, wa_node_param(gone, 0), 1.0f), GONE);
        break;
    default:
        edits_expect(of, wa_source_start(of->context, gone, 0.0), GONE);
        break;
    }
}

static bool count_text(void *user, const char *text, size_t bytes) {
    uint32_t *left = user;
    return text != NULL && bytes > 0 && --*left > 0;
}

/* Some are given up half way. */
static void edit_snapshot(edits *of) {
    wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
    uint32_t piece_count_max = edits_below(of, 2) ? 1 + edits_below(of, 8) : UINT32_MAX;
    options.format = edits_below(of, 2) ? WA_GRAPH_JSON : WA_GRAPH_DOT;
    options.pooled = (wa_graph_pooled)(WA_GRAPH_POOLED_LIVE + edits_below(of, 3));
    options.is_coloured = edits_below(of, 2);
    edits_expect(of, wa_graph_snapshot(of->context, &options, count_text, &piece_count_max),
                 ALLOW(WA_OK) | ALLOW(WA_ERR_CANCELLED));
}

const edit_kind edit_kinds_graph[] = {
    { "create", 14, edit_create, false },
    { "release", 10, edit_release, false },
    { "connect", 40, edit_connect, false },
    { "connect to a param", 20, edit_connect_param, false },
    { "listener", 6, edit_listener, false },
    { "disconnect", 8, edit_disconnect, false },
    { "channel settings", 5, edit_channels, false },
    { "start", 30, edit_start, false },
    { "stop", 6, edit_stop, false },
    { "rearm", 4, edit_rearm, false },
    { "attribute", 10, edit_attribute, false },
    { "read an analyser", 10, edit_analyser, false },
    { "snapshot", 2, edit_snapshot, false },
    { "refused call", 5, edit_refused, true },
    { NULL, 0, NULL, false },
};
