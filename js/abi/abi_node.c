/* Nodes: options, connections, attributes, sources.
 *
 * Options begin at slot OPTIONS: channelCount (0: the type's), mode, interpretation (0 likewise), then the
 * type's own in the order of its struct.
 */
#include "abi.h"
#include <string.h>

enum { OPTIONS = 8, OWN = OPTIONS + 3 };

static wa_node_options common(const abi_mailbox *box, size_t bytes) {
    return (wa_node_options){ (uint32_t)bytes, abi_uint(box, OPTIONS),
                              (wa_channel_count_mode)(int)box->slots[OPTIONS + 1],
                              (wa_channel_interpretation)(int)box->slots[OPTIONS + 2] };
}

static float own_float(const abi_mailbox *box, uint32_t index) {
    return (float)box->slots[OWN + index];
}

typedef union any_options {
    wa_node_options none;
    wa_gain_options gain;
    wa_biquad_filter_options biquad_filter;
    wa_delay_options delay;
    wa_oscillator_options oscillator;
    wa_buffer_source_options buffer_source;
    wa_constant_source_options constant_source;
    wa_stereo_panner_options stereo_panner;
    wa_panner_options panner;
    wa_channel_splitter_options channel_splitter;
    wa_channel_merger_options channel_merger;
    wa_analyser_options analyser;
    wa_convolver_options convolver;
    wa_dynamics_compressor_options dynamics_compressor;
    wa_iir_filter_options iir_filter;
    wa_wave_shaper_options wave_shaper;
    wa_media_source_options media_source;
    wa_processor_options processor;
} any_options;

/* processor, user data, params that begin with these */
static void read_processor(const abi_mailbox *box, wa_processor_options *o) {
    *o = (wa_processor_options){ common(box, sizeof *o),
                                 { abi_id(box, OWN) },
                                 abi_pointer(box, OWN + 2),
                                 abi_uint(box, OWN + 3),
                                 { 0.0f } };
    for (uint32_t index = 0; index < o->param_value_count; index++) {
        o->param_values[index] = own_float(box, 4 + index);
    }
}

static wa_panner_options read_panner(const abi_mailbox *box) {
    const double *own = &box->slots[OWN];
    return (wa_panner_options){ common(box, sizeof(wa_panner_options)),
                                (wa_panning_model)(int)own[0],
                                (wa_distance_model)(int)own[1],
                                (float)own[2],
                                (float)own[3],
                                (float)own[4],
                                (float)own[5],
                                (float)own[6],
                                (float)own[7],
                                own[8],
                                own[9],
                                own[10],
                                own[11],
                                own[12],
                                own[13] };
}

/* own: the two counts, then as many values of each list as there can be. A count beyond is refused. */
static wa_iir_filter_options read_iir_filter(const abi_mailbox *box) {
    const double *own = &box->slots[OWN];
    wa_iir_filter_options options = {
        common(box, sizeof options), abi_uint(box, OWN), abi_uint(box, OWN + 1), { 0.0 }, { 0.0 }
    };
    memcpy(options.feedforward, &own[2], sizeof options.feedforward);
    memcpy(options.feedback, &own[2 + WA_IIR_FILTER_COEFFICIENT_MAX], sizeof options.feedback);
    return options;
}

static void read_effect(const abi_mailbox *box, wa_node_type type, any_options *o) {
    switch ((int)type) {
    case WA_NODE_TYPE_ANALYSER:
        o->analyser =
            (wa_analyser_options){ common(box, sizeof o->analyser), abi_uint(box, OWN),
                                   box->slots[OWN + 1], box->slots[OWN + 2], box->slots[OWN + 3] };
        break;
    case WA_NODE_TYPE_CONVOLVER:
        o->convolver = (wa_convolver_options){ common(box, sizeof o->convolver),
                                               { abi_id(box, OWN) },
                                               box->slots[OWN + 2] != 0.0 };
        break;
    case WA_NODE_TYPE_DYNAMICS_COMPRESSOR:
        o->dynamics_compressor =
            (wa_dynamics_compressor_options){ common(box, sizeof o->dynamics_compressor),
                                              own_float(box, 0),
                                              own_float(box, 1),
                                              own_float(box, 2),
                                              own_float(box, 3),
                                              own_float(box, 4) };
        break;
    case WA_NODE_TYPE_IIR_FILTER:
        o->iir_filter = read_iir_filter(box);
        break;
    case WA_NODE_TYPE_WAVE_SHAPER:
        o->wave_shaper =
            (wa_wave_shaper_options){ common(box, sizeof o->wave_shaper), abi_pointer(box, OWN),
                                      abi_uint(box, OWN + 1), (wa_oversample)(int)box->slots[OWN + 2] };
        break;
    case WA_NODE_TYPE_MEDIA_SOURCE:
        o->media_source = (wa_media_source_options){ common(box, sizeof o->media_source),
                                                     { abi_id(box, OWN) },
                                                     own_float(box, 2),
                                                     box->slots[OWN + 3] != 0.0 };
        break;
    default:
        o->none = common(box, sizeof o->none);
        break;
    }
}

static void read_options(const abi_mailbox *box, wa_node_type type, any_options *o) {
    switch ((int)type) {
    case WA_NODE_TYPE_GAIN:
        o->gain = (wa_gain_options){ common(box, sizeof o->gain), own_float(box, 0) };
        break;
    case WA_NODE_TYPE_BIQUAD_FILTER:
        o->biquad_filter = (wa_biquad_filter_options){ common(box, sizeof o->biquad_filter),
                                                       (wa_biquad_filter_type)(int)box->slots[OWN],
                                                       own_float(box, 1),
                                                       own_float(box, 2),
                                                       own_float(box, 3),
                                                       own_float(box, 4) };
        break;
    case WA_NODE_TYPE_DELAY:
        o->delay =
            (wa_delay_options){ common(box, sizeof o->delay), box->slots[OWN], own_float(box, 1) };
        break;
    case WA_NODE_TYPE_OSCILLATOR:
        o->oscillator = (wa_oscillator_options){ common(box, sizeof o->oscillator),
                                                 (wa_oscillator_type)(int)box->slots[OWN],
                                                 own_float(box, 1),
                                                 own_float(box, 2),
                                                 { abi_id(box, OWN + 3) } };
        break;
    case WA_NODE_TYPE_BUFFER_SOURCE:
        o->buffer_source = (wa_buffer_source_options){ common(box, sizeof o->buffer_source),
                                                       { abi_id(box, OWN) },
                                                       own_float(box, 2),
                                                       own_float(box, 3),
                                                       box->slots[OWN + 4] != 0,
                                                       box->slots[OWN + 5],
                                                       box->slots[OWN + 6] };
        break;
    case WA_NODE_TYPE_CONSTANT_SOURCE:
        o->constant_source =
            (wa_constant_source_options){ common(box, sizeof o->constant_source), own_float(box, 0) };
        break;
    case WA_NODE_TYPE_STEREO_PANNER:
        o->stereo_panner =
            (wa_stereo_panner_options){ common(box, sizeof o->stereo_panner), own_float(box, 0) };
        break;
    case WA_NODE_TYPE_PANNER:
        o->panner = read_panner(box);
        break;
    case WA_NODE_TYPE_CHANNEL_SPLITTER:
        o->channel_splitter = (wa_channel_splitter_options){ common(box, sizeof o->channel_splitter),
                                                             abi_uint(box, OWN) };
        break;
    case WA_NODE_TYPE_CHANNEL_MERGER:
        o->channel_merger =
            (wa_channel_merger_options){ common(box, sizeof o->channel_merger), abi_uint(box, OWN) };
        break;
    case WA_NODE_TYPE_PROCESSOR:
        read_processor(box, &o->processor);
        break;
    default:
        read_effect(box, type, o);
        break;
    }
}

_Static_assert(sizeof(any_options) <= sizeof(abi_options), "room for the options of any type");
void abi_read_options(const abi_mailbox *box, wa_node_type type, abi_options *options) {
    read_options(box, type, (any_options *)options);
}

void abi_cohort_release(const abi_cohort *cohort) {
    const wa_release_options when_done = { WA_RELEASE_WHEN_DONE, 0.0 };
    for (uint32_t index = 0; index < cohort->count; index++) {
        /* A source that has ended was given back before: stale, and no harm. */
        (void)wa_node_release(cohort->context, cohort->nodes[index], &when_done);
    }
    (void)wa_flush(cohort->context);
}

/* context, type; cohort in slot 7 (0: none), which has room; options -> node */
static void node_create(abi_mailbox *box) {
    any_options options;
    abi_cohort *cohort = abi_pointer(box, 7);
    wa_node node = { 0 };
    const wa_node_type type = (wa_node_type)(int)box->slots[1];
    read_options(box, type, &options);
    abi_return(box, wa_node_create(abi_pointer(box, 0), type, &options, &node));
    abi_set_id(box, 1, node.id);
    if (cohort != NULL && node.id != 0) {
        cohort->nodes[cohort->count++] = node;
    }
}

/* context, node, mode, fade_s */
static void node_release(abi_mailbox *box) {
    const wa_release_options options = { (wa_release_mode)(int)box->slots[3], box->slots[4] };
    abi_return(box, wa_node_release(abi_pointer(box, 0), abi_node(box, 1), &options));
}

/* context, node -> type, inputs, outputs, params, channelCount, mode, interpretation */
static void node_info(abi_mailbox *box) {
    wa_node_info info = { 0 };
    abi_return(box, wa_node_get_info(abi_pointer(box, 0), abi_node(box, 1), &info));
    const double values[] = { (double)info.type,
                              (double)info.input_count,
                              (double)info.output_count,
                              (double)info.param_count,
                              (double)info.channel_count,
                              (double)info.channel_count_mode,
                              (double)info.channel_interpretation };
    for (uint32_t index = 0; index < sizeof values / sizeof values[0]; index++) {
        box->slots[1 + index] = values[index];
    }
}

/* context, node, number */
static void node_set_channel_count(abi_mailbox *box) {
    abi_return(box, wa_node_set_channel_count(abi_pointer(box, 0), abi_node(box, 1), abi_uint(box, 3)));
}

static void node_set_channel_count_mode(abi_mailbox *box) {
    abi_return(box, wa_node_set_channel_count_mode(abi_pointer(box, 0), abi_node(box, 1),
                                                   (wa_channel_count_mode)(int)box->slots[3]));
}

static void node_set_channel_interpretation(abi_mailbox *box) {
    abi_return(box, wa_node_set_channel_interpretation(abi_pointer(box, 0), abi_node(box, 1),
                                                       (wa_channel_interpretation)(int)box->slots[3]));
}

/* -- connections -------------------------------------------------------------------------------- */

/* context, source, output, destination, input */
static void connect(abi_mailbox *box) {
    abi_return(box, wa_node_connect_ports(abi_pointer(box, 0), abi_node(box, 1), abi_uint(box, 3),
                                          abi_node(box, 4), abi_uint(box, 6)));
}

/* context, source, output, param */
static void connect_param(abi_mailbox *box) {
    abi_return(box, wa_node_connect_param(abi_pointer(box, 0), abi_node(box, 1), abi_uint(box, 3),
                                          abi_param(box, 4)));
}

/* context, source, output or -1 */
static void disconnect(abi_mailbox *box) {
    wa_context *context = abi_pointer(box, 0);
    abi_return(box, box->slots[3] < 0.0
                        ? wa_node_disconnect(context, abi_node(box, 1))
                        : wa_node_disconnect_output(context, abi_node(box, 1), abi_uint(box, 3)));
}

/* context, source, output or -1, destination, input or -1 */
static void disconnect_node(abi_mailbox *box) {
    wa_context *context = abi_pointer(box, 0);
    const wa_node source = abi_node(box, 1), destination = abi_node(box, 4);
    wa_status status = WA_OK;
    if (box->slots[3] < 0.0) {
        status = wa_node_disconnect_node(context, source, destination);
    } else if (box->slots[6] < 0.0) {
        status = wa_node_disconnect_node_output(context, source, abi_uint(box, 3), destination);
    } else {
        status =
            wa_node_disconnect_ports(context, source, abi_uint(box, 3), destination, abi_uint(box, 6));
    }
    abi_return(box, status);
}

/* context, source, output or -1, param */
static void disconnect_param(abi_mailbox *box) {
    wa_context *context = abi_pointer(box, 0);
    abi_return(box, box->slots[3] < 0.0
                        ? wa_node_disconnect_param(context, abi_node(box, 1), abi_param(box, 4))
                        : wa_node_disconnect_param_output(context, abi_node(box, 1), abi_uint(box, 3),
                                                          abi_param(box, 4)));
}

/* -- sources ------------------------------------------------------------------------------------ */

/* context, source, when */
static void source_start(abi_mailbox *box) {
    abi_return(box, wa_source_start(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void source_stop(abi_mailbox *box) {
    abi_return(box, wa_source_stop(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void source_rearm(abi_mailbox *box) {
    abi_return(box, wa_source_rearm(abi_pointer(box, 0), abi_node(box, 1)));
}

/* context, source, when, offset, duration (below 0: to the end) */
static void buffer_source_start(abi_mailbox *box) {
    abi_return(box, wa_buffer_source_start(abi_pointer(box, 0), abi_node(box, 1), box->slots[3],
                                           box->slots[4], box->slots[5]));
}

/* context, source, buffer */
static void buffer_source_set_buffer(abi_mailbox *box) {
    abi_return(box, wa_buffer_source_set_buffer(abi_pointer(box, 0), abi_node(box, 1),
                                                (wa_buffer){ abi_id(box, 3) }));
}

/* context, source, when, offset, duration, buffer (0: none): its contents are acquired as it starts */
static void buffer_source_play(abi_mailbox *box) {
    wa_context *context = abi_pointer(box, 0);
    const wa_node source = abi_node(box, 1);
    const wa_buffer buffer = { abi_id(box, 6) };
    wa_status status = buffer.id != 0 ? wa_buffer_source_set_buffer(context, source, buffer) : WA_OK;
    if (status == WA_OK) {
        status = wa_buffer_source_start(context, source, box->slots[3], box->slots[4], box->slots[5]);
    }
    abi_return(box, status);
}

static void buffer_source_set_loop(abi_mailbox *box) {
    abi_return(box,
               wa_buffer_source_set_loop(abi_pointer(box, 0), abi_node(box, 1), box->slots[3] != 0.0));
}

/* context, source, start, end */
static void buffer_source_set_loop_points(abi_mailbox *box) {
    abi_return(box, wa_buffer_source_set_loop_points(abi_pointer(box, 0), abi_node(box, 1),
                                                     box->slots[3], box->slots[4]));
}

static void oscillator_set_type(abi_mailbox *box) {
    abi_return(box, wa_oscillator_set_type(abi_pointer(box, 0), abi_node(box, 1),
                                           (wa_oscillator_type)(int)box->slots[3]));
}

/* context, node, wave */
static void oscillator_set_periodic_wave(abi_mailbox *box) {
    abi_return(box, wa_oscillator_set_periodic_wave(abi_pointer(box, 0), abi_node(box, 1),
                                                    (wa_periodic_wave){ abi_id(box, 3) }));
}

/* -- filters ------------------------------------------------------------------------------------ */

static void biquad_filter_set_type(abi_mailbox *box) {
    abi_return(box, wa_biquad_filter_set_type(abi_pointer(box, 0), abi_node(box, 1),
                                              (wa_biquad_filter_type)(int)box->slots[3]));
}

/* context, node, frequencies, magnitudes, phases (addresses), count */
static void biquad_filter_response(abi_mailbox *box) {
    abi_return(box, wa_biquad_filter_get_frequency_response(abi_pointer(box, 0), abi_node(box, 1),
                                                            abi_pointer(box, 3), abi_pointer(box, 4),
                                                            abi_pointer(box, 5), abi_uint(box, 6)));
}

/* -- panners and the listener ------------------------------------------------------------------- */

/* context, node, number */
static void panner_set_panning_model(abi_mailbox *box) {
    abi_return(box, wa_panner_set_panning_model(abi_pointer(box, 0), abi_node(box, 1),
                                                (wa_panning_model)(int)box->slots[3]));
}

static void panner_set_distance_model(abi_mailbox *box) {
    abi_return(box, wa_panner_set_distance_model(abi_pointer(box, 0), abi_node(box, 1),
                                                 (wa_distance_model)(int)box->slots[3]));
}

static void panner_set_ref_distance(abi_mailbox *box) {
    abi_return(box, wa_panner_set_ref_distance(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void panner_set_max_distance(abi_mailbox *box) {
    abi_return(box, wa_panner_set_max_distance(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void panner_set_rolloff_factor(abi_mailbox *box) {
    abi_return(box, wa_panner_set_rolloff_factor(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void panner_set_cone_inner_angle(abi_mailbox *box) {
    abi_return(box,
               wa_panner_set_cone_inner_angle(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void panner_set_cone_outer_angle(abi_mailbox *box) {
    abi_return(box,
               wa_panner_set_cone_outer_angle(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void panner_set_cone_outer_gain(abi_mailbox *box) {
    abi_return(box,
               wa_panner_set_cone_outer_gain(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

/* context, node (of the listener unused), three or six numbers */
static void panner_set_position(abi_mailbox *box) {
    abi_return(box, wa_panner_set_position(abi_pointer(box, 0), abi_node(box, 1), (float)box->slots[3],
                                           (float)box->slots[4], (float)box->slots[5]));
}

static void panner_set_orientation(abi_mailbox *box) {
    abi_return(box,
               wa_panner_set_orientation(abi_pointer(box, 0), abi_node(box, 1), (float)box->slots[3],
                                         (float)box->slots[4], (float)box->slots[5]));
}

static void listener_set_position(abi_mailbox *box) {
    abi_return(box, wa_listener_set_position(abi_pointer(box, 0), (float)box->slots[3],
                                             (float)box->slots[4], (float)box->slots[5]));
}

static void listener_set_orientation(abi_mailbox *box) {
    abi_return(box, wa_listener_set_orientation(abi_pointer(box, 0), (float)box->slots[3],
                                                (float)box->slots[4], (float)box->slots[5],
                                                (float)box->slots[6], (float)box->slots[7],
                                                (float)box->slots[8]));
}

static const abi_entry entries[] = {
    { "nodeCreate", node_create },
    { "nodeRelease", node_release },
    { "nodeInfo", node_info },
    { "nodeSetChannelCount", node_set_channel_count },
    { "nodeSetChannelCountMode", node_set_channel_count_mode },
    { "nodeSetChannelInterpretation", node_set_channel_interpretation },
    { "connect", connect },
    { "connectParam", connect_param },
    { "disconnect", disconnect },
    { "disconnectNode", disconnect_node },
    { "disconnectParam", disconnect_param },
    { "sourceStart", source_start },
    { "sourceStop", source_stop },
    { "sourceRearm", source_rearm },
    { "bufferSourceStart", buffer_source_start },
    { "bufferSourcePlay", buffer_source_play },
    { "bufferSourceSetBuffer", buffer_source_set_buffer },
    { "bufferSourceSetLoop", buffer_source_set_loop },
    { "bufferSourceSetLoopPoints", buffer_source_set_loop_points },
    { "oscillatorSetType", oscillator_set_type },
    { "oscillatorSetPeriodicWave", oscillator_set_periodic_wave },
    { "biquadFilterSetType", biquad_filter_set_type },
    { "biquadFilterResponse", biquad_filter_response },
    { "pannerSetPanningModel", panner_set_panning_model },
    { "pannerSetDistanceModel", panner_set_distance_model },
    { "pannerSetRefDistance", panner_set_ref_distance },
    { "pannerSetMaxDistance", panner_set_max_distance },
    { "pannerSetRolloffFactor", panner_set_rolloff_factor },
    { "pannerSetConeInnerAngle", panner_set_cone_inner_angle },
    { "pannerSetConeOuterAngle", panner_set_cone_outer_angle },
    { "pannerSetConeOuterGain", panner_set_cone_outer_gain },
    { "pannerSetPosition", panner_set_position },
    { "pannerSetOrientation", panner_set_orientation },
    { "listenerSetPosition", listener_set_position },
    { "listenerSetOrientation", listener_set_orientation },
};
const abi_list abi_node_list = { entries, sizeof entries / sizeof entries[0] };
