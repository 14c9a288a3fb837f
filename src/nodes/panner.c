/* Panner: a mono or stereo source at a place in space. Web Audio 1.1, sections "PannerNode" and
 * "Spatialization/Panning".
 *
 * in[0][1..2][frame] --> out[0][2][frame]
 *
 * equalpower   where the source is, frame by frame where anything moves; see kernels/spatial.h. No tail.
 * HRTF         where it is at the first frame of the quantum, and the set's responses for that direction, one
 *              faded into the next; see kernels/hrtf_path.h. It rings for as long as the responses last.
 *
 * config    the attributes; with HRTF the set of responses
 * channel   with HRTF: what each ear's line remembers, and its filters
 */
#include "../kernels/hrtf_path.h"
#include "../kernels/mix.h"
#include "../kernels/spatial.h"
#include "../node.h"
#include "options.h"
#include <float.h>
#include <string.h>

enum { PARAM_COUNT = 6 };

typedef struct config {
    const wa_resource *set; /* wa_hrtf_data; NULL unless the model is HRTF */
    wa_panning_model model;
    spatial_source source;
} config;

typedef struct state {
    hrtf_path path;
    uint32_t tail_left; /* frames */
} state;

static const wa_hrtf_data *set_of(const config *panner) {
    return (const wa_hrtf_data *)panner->set;
}

/* -- Where it is -------------------------------------------------------------------------------- */

typedef struct scene {
    const wa_param_values *source;   /* by WA_PANNER_POSITION_X ... */
    const wa_param_values *listener; /* by WA_LISTENER_POSITION_X ... */
    const spatial_axes *axes;
    bool is_turning; /* the listener's axes change within the quantum */
    bool is_moving;  /* something does, that this source depends on */
    bool has_cone;
} scene;

static bool are_constant(const wa_param_values *params, uint32_t first, uint32_t count) {
    bool is_constant = true;
    for (uint32_t index = first; index < first + count; index++) {
        is_constant = is_constant && params[index].is_constant;
    }
    return is_constant;
}

static scene look(const wa_instance *instance, const wa_quantum *quantum, const config *panner) {
    assert(quantum->listener != NULL);
    scene seen = { .source = instance->params,
                   .listener = quantum->listener->params,
                   .axes = quantum->listener->axes,
                   .is_turning = quantum->listener->is_turning,
                   .has_cone = spatial_has_cone(&panner->source) };
    seen.is_moving = seen.is_turning || !are_constant(seen.source, WA_PANNER_POSITION_X, 3) ||
                     !are_constant(seen.listener, WA_LISTENER_POSITION_X, 3) ||
                     (seen.has_cone && !are_constant(seen.source, WA_PANNER_ORIENTATION_X, 3));
    return seen;
}

static void copy_span(spatial_row out, const wa_param_values *from, uint32_t begin, uint32_t frames) {
    const float *values = from->values + (from->is_constant ? 0 : begin);
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = (double)values[from->is_constant ? 0 : i];
    }
}

static void copy_difference(spatial_row out, const wa_param_values *from, const wa_param_values *less,
                            uint32_t begin, uint32_t frames) {
    spatial_row subtracted;
    copy_span(out, from, begin, frames);
    copy_span(subtracted, less, begin, frames);
    for (uint32_t i = 0; i < frames; i++) {
        out[i] -= subtracted[i];
    }
}

static void turn(spatial_span *span, const scene *seen, uint32_t begin, uint32_t frames) {
    if (!seen->is_turning) {
        kernel_spatial_turn(span, seen->axes, frames);
        return;
    }
    spatial_rows forward, up;
    for (uint32_t axis = 0; axis < 3; axis++) {
        copy_span(forward.axis[axis], &seen->listener[WA_LISTENER_FORWARD_X + axis], begin, frames);
        copy_span(up.axis[axis], &seen->listener[WA_LISTENER_UP_X + axis], begin, frames);
    }
    kernel_spatial_turn_varying(span, &forward, &up, frames);
}

/* Frames [begin, begin + frames) of a quantum: azimuth and gain. */
static void place(spatial_span *span, const scene *seen, const spatial_source *source, uint32_t begin,
                  uint32_t frames) {
    for (uint32_t axis = 0; axis < 3; axis++) {
        copy_difference(span->delta.axis[axis], &seen->source[WA_PANNER_POSITION_X + axis],
                        &seen->listener[WA_LISTENER_POSITION_X + axis], begin, frames);
        if (seen->has_cone) {
            copy_span(span->orientation.axis[axis], &seen->source[WA_PANNER_ORIENTATION_X + axis],
                      begin, frames);
        }
    }
    turn(span, seen, begin, frames);
    kernel_spatial_azimuth(span, frames);
    kernel_spatial_gain(span, source, frames);
}

/* -- equalpower --------------------------------------------------------------------------------- */

static void pan_still(const spatial_span *span, const wa_block *in, float *left, float *right,
                      uint32_t frames) {
    const float *in_left = in->planes[0];
    if (in->channel_count == 1) {
        spatial_factors factors;
        kernel_spatial_factors_mono(span, &factors, 1);
        for (uint32_t i = 0; i < frames; i++) {
            left[i] = in_left[i] * factors.left[0];
            right[i] = in_left[i] * factors.right[0];
        }
        return;
    }
    spatial_factors_stereo factors;
    kernel_spatial_factors_stereo(span, &factors, 1);
    const bool is_left = factors.sine[0] <= 0.0f;
    const float *near = in->planes[is_left ? 0 : 1], *far = in->planes[is_left ? 1 : 0];
    float *out_near = is_left ? left : right, *out_far = is_left ? right : left;
    for (uint32_t i = 0; i < frames; i++) {
        out_near[i] = near[i] * factors.total[0] + far[i] * factors.side[0];
        out_far[i] = far[i] * factors.cross[0];
    }
}

static void pan_span_mono(const spatial_span *span, const float *restrict in, float *restrict left,
                          float *restrict right, uint32_t frames) {
    spatial_factors factors;
    kernel_spatial_factors_mono(span, &factors, frames);
    for (uint32_t i = 0; i < frames; i++) {
        left[i] = in[i] * factors.left[i];
        right[i] = in[i] * factors.right[i];
    }
}

static void pan_span_stereo(const spatial_span *span, const float *restrict in_left,
                            const float *restrict in_right, float *restrict left, float *restrict right,
                            uint32_t frames) {
    spatial_factors_stereo factors;
    kernel_spatial_factors_stereo(span, &factors, frames);
    for (uint32_t i = 0; i < frames; i++) {
        const float l = in_left[i], r = in_right[i], total = factors.total[i], side = factors.side[i];
        const bool is_left = factors.sine[i] <= 0.0f;
        left[i] = is_left ? l * total + r * side : l * factors.cross[i];
        right[i] = is_left ? r * factors.cross[i] : r * total + l * side;
    }
}

static void pan(wa_instance *instance, const wa_quantum *quantum, const config *panner) {
    const wa_block *in = &instance->inputs[0];
    float *left = instance->outputs[0].planes[0], *right = instance->outputs[0].planes[1];
    const uint32_t frames = quantum->frame_count;
    const scene seen = look(instance, quantum, panner);
    spatial_span span;
    if (!seen.is_moving) {
        place(&span, &seen, &panner->source, 0, 1);
        pan_still(&span, in, left, right, frames);
        return;
    }
    for (uint32_t begin = 0; begin < frames; begin += SPATIAL_SPAN_FRAMES) {
        const uint32_t rest = frames - begin;
        const uint32_t count = rest < SPATIAL_SPAN_FRAMES ? rest : SPATIAL_SPAN_FRAMES;
        place(&span, &seen, &panner->source, begin, count);
        if (in->channel_count == 1) {
            pan_span_mono(&span, in->planes[0] + begin, left + begin, right + begin, count);
        } else {
            pan_span_stereo(&span, in->planes[0] + begin, in->planes[1] + begin, left + begin,
                            right + begin, count);
        }
    }
}

static void run_equalpower(wa_instance *instance, const wa_quantum *quantum, const config *panner) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    state *now = instance->state;
    now->path.set = NULL; /* responses would begin anew */
    now->tail_left = 0;
    out->is_silent = in->is_silent; /* a pan of zeros is zeros */
    if (in->is_silent) {
        kernel_zero(out->planes[0], quantum->frame_count);
        kernel_zero(out->planes[1], quantum->frame_count);
    } else {
        pan(instance, quantum, panner);
    }
    instance->has_tail = false;
}

/* -- HRTF --------------------------------------------------------------------------------------- */

/* The delta in all three of the listener's axes, as a unit vector; straight ahead where the text has azimuth
 * and elevation 0. */
static void find_direction(const spatial_span *span, const spatial_axes *axes, float direction[3]) {
    const double delta[3] = { span->delta.axis[0][0], span->delta.axis[1][0], span->delta.axis[2][0] };
    const double distance = span->distance[0];
    direction[0] = direction[2] = 0.0f;
    direction[1] = 1.0f;
    if (axes->is_degenerate || distance == 0.0) {
        return;
    }
    const double *const to[3] = { axes->right, axes->forward, axes->up };
    for (uint32_t axis = 0; axis < 3; axis++) {
        const double along = delta[0] * to[axis][0] + delta[1] * to[axis][1] + delta[2] * to[axis][2];
        direction[axis] = (float)(along / distance);
    }
}

static void run_hrtf(wa_instance *instance, const wa_quantum *quantum, const config *panner) {
    const wa_block *in = &instance->inputs[0];
    wa_block *out = &instance->outputs[0];
    state *now = instance->state;
    scene seen = look(instance, quantum, panner);
    seen.is_turning = false; /* k-rate: the axes of the first frame */
    spatial_span span;
    place(&span, &seen, &panner->source, 0, 1);
    hrtf_job job = { .set = set_of(panner),
                     .memory = instance->channels,
                     .in = { in->planes[0], in->planes[in->channel_count == 1 ? 0 : 1] },
                     .is_stereo = in->channel_count == 2,
                     .is_silent = in->is_silent,
                     .is_first = instance->gap_frames > 0,
                     .gain = (float)span.gain[0],
                     .frame = quantum->frame,
                     .frames = quantum->frame_count,
                     .out = { out->planes[0], out->planes[1] } };
    find_direction(&span, seen.axes, job.direction);
    assert(instance->channel_capacity >= 2);
    out->is_silent = !hrtf_path_render(&now->path, &job);
    if (in->is_active) {
        now->tail_left = job.set->tail_frames;
    } else {
        now->tail_left -= now->tail_left < job.frames ? now->tail_left : job.frames;
    }
    instance->has_tail = now->tail_left > 0;
}

/* -- The class ---------------------------------------------------------------------------------- */

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        const config *panner = instances[i]->config;
        assert(instances[i]->inputs[0].channel_count <= 2); /* check_channels() sees to it */
        assert(instances[i]->outputs[0].channel_count == 2);
        if (panner->model == WA_PANNING_MODEL_HRTF) {
            run_hrtf(instances[i], quantum, panner);
        } else {
            run_equalpower(instances[i], quantum, panner);
        }
    }
}

static void reset(const void *now, void *memory, double sample_rate_hz) {
    (void)now, (void)sample_rate_hz;
    *(state *)memory = (state){ 0 };
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    (void)instance;
    counts[0] = 2;
}

static void output_channels_max(const void *now, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)now, (void)input_max, (void)input_count, (void)output_count;
    counts[0] = 2;
}

static uint64_t channel_bytes(const void *now, const wa_class_env *env) {
    (void)env;
    const config *panner = now;
    return panner->set != NULL ? hrtf_line_bytes(set_of(panner)->partition_count) : 0;
}

static wa_status check_channels(const void *now, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)now, (void)interpretation;
    if (count < 1 || count > 2) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channelCount of a Panner must be 1 or 2, not %u",
                         count);
    }
    if (mode == WA_CHANNEL_COUNT_MODE_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "channelCountMode of a Panner must be clamped-max or explicit, not max");
    }
    return WA_OK;
}

/* -- Attributes --------------------------------------------------------------------------------- */

static wa_status set_model(config *panner, double number, const wa_class_env *env) {
    if (number != WA_PANNING_MODEL_EQUALPOWER && number != WA_PANNING_MODEL_HRTF) {
        return error_set(WA_ERR_TYPE, "panningModel %g is none", number);
    }
    wa_status status = WA_OK;
    if (number == WA_PANNING_MODEL_EQUALPOWER) {
        panner->set = NULL;
    } else if (panner->model != WA_PANNING_MODEL_HRTF) {
        status = env->hrtf(env->context, &panner->set);
    }
    if (status == WA_OK) {
        panner->model = (wa_panning_model)number;
    }
    return status;
}

static wa_status set_distance_model(config *panner, double number) {
    if (number != WA_DISTANCE_MODEL_LINEAR && number != WA_DISTANCE_MODEL_INVERSE &&
        number != WA_DISTANCE_MODEL_EXPONENTIAL) {
        return error_set(WA_ERR_TYPE, "distanceModel %g is none", number);
    }
    panner->source.distance_model = (wa_distance_model)number;
    return WA_OK;
}

static wa_status at_least_zero(const char *name, double number, double *out) {
    if (number < 0.0) {
        return error_set(WA_ERR_RANGE, "%s must not be negative, it is %g", name, number);
    }
    *out = number;
    return WA_OK;
}

static wa_status set_max_distance(config *panner, double number) {
    if (number <= 0.0) {
        return error_set(WA_ERR_RANGE, "maxDistance must be above 0, it is %g", number);
    }
    panner->source.max_distance = number;
    return WA_OK;
}

static wa_status set_outer_gain(config *panner, double number) {
    if (number < 0.0 || number > 1.0) {
        return error_set(WA_ERR_INVALID_STATE, "coneOuterGain must be in [0, 1], it is %g", number);
    }
    panner->source.cone_outer_gain = number;
    return WA_OK;
}

static wa_status set_attribute(void *now, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    config *panner = now;
    switch (attribute) {
    case WA_ATTRIBUTE_PANNING_MODEL:
        return set_model(panner, number, env);
    case WA_ATTRIBUTE_DISTANCE_MODEL:
        return set_distance_model(panner, number);
    case WA_ATTRIBUTE_REF_DISTANCE:
        return at_least_zero("refDistance", number, &panner->source.ref_distance);
    case WA_ATTRIBUTE_MAX_DISTANCE:
        return set_max_distance(panner, number);
    case WA_ATTRIBUTE_ROLLOFF_FACTOR:
        return at_least_zero("rolloffFactor", number, &panner->source.rolloff_factor);
    case WA_ATTRIBUTE_CONE_INNER_ANGLE:
        panner->source.cone_inner_angle_deg = number;
        return WA_OK;
    case WA_ATTRIBUTE_CONE_OUTER_ANGLE:
        panner->source.cone_outer_angle_deg = number;
        return WA_OK;
    case WA_ATTRIBUTE_CONE_OUTER_GAIN:
        return set_outer_gain(panner, number);
    default:
        assert(false);
        return WA_ERR_NOT_SUPPORTED;
    }
}

/* The model comes last: it may load a file. */
static wa_status set_options(config *panner, const wa_panner_options *options,
                             const wa_class_env *env) {
    const struct {
        const char *name;
        wa_attribute attribute;
        double number;
    } rows[] = {
        { "distanceModel", WA_ATTRIBUTE_DISTANCE_MODEL, (double)options->distance_model },
        { "refDistance", WA_ATTRIBUTE_REF_DISTANCE, options->ref_distance },
        { "maxDistance", WA_ATTRIBUTE_MAX_DISTANCE, options->max_distance },
        { "rolloffFactor", WA_ATTRIBUTE_ROLLOFF_FACTOR, options->rolloff_factor },
        { "coneInnerAngle", WA_ATTRIBUTE_CONE_INNER_ANGLE, options->cone_inner_angle_deg },
        { "coneOuterAngle", WA_ATTRIBUTE_CONE_OUTER_ANGLE, options->cone_outer_angle_deg },
        { "coneOuterGain", WA_ATTRIBUTE_CONE_OUTER_GAIN, options->cone_outer_gain },
        { "panningModel", WA_ATTRIBUTE_PANNING_MODEL, (double)options->panning_model },
    };
    wa_status status = WA_OK;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0] && status == WA_OK; i++) {
        status = option_finite(rows[i].name, rows[i].number);
        if (status == WA_OK) {
            status = set_attribute(panner, rows[i].attribute, rows[i].number, env);
        }
    }
    return status;
}

static wa_status set_params(const wa_panner_options *options, float values[]) {
    static const char *const names[PARAM_COUNT] = { "positionX",    "positionY",    "positionZ",
                                                    "orientationX", "orientationY", "orientationZ" };
    const float given[PARAM_COUNT] = { options->position_x,    options->position_y,
                                       options->position_z,    options->orientation_x,
                                       options->orientation_y, options->orientation_z };
    for (uint32_t index = 0; index < PARAM_COUNT; index++) {
        const wa_status status = option_finite(names[index], (double)given[index]);
        if (status != WA_OK) {
            return status;
        }
        values[index] = given[index];
    }
    return WA_OK;
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    static const wa_panner_options defaults = WA_PANNER_OPTIONS_INIT;
    const wa_panner_options *wanted = options != NULL ? options : &defaults;
    const wa_status status = set_params(wanted, setup->param_values);
    return status == WA_OK ? set_options(setup->config, wanted, env) : status;
}

#define COORDINATE(param_name, value)                                                                  \
    { param_name, .value_default = value, .value_min = -FLT_MAX, .value_max = FLT_MAX }

const wa_node_class wa_node_class_panner = {
    .name = "Panner",
    .input_count = 1,
    .output_count = 1,
    .param_count = PARAM_COUNT,
    .options_bytes = sizeof(wa_panner_options),
    .config_bytes = sizeof(config),
    .state_bytes = sizeof(state),
    .flags = WA_CLASS_LISTENS,
    .channel_count = 2,
    .channel_count_mode = WA_CHANNEL_COUNT_MODE_CLAMPED_MAX,
    .resource_kind = WA_RESOURCE_HRTF,
    .params = { [WA_PANNER_POSITION_X] = COORDINATE("positionX", 0.0f),
                [WA_PANNER_POSITION_Y] = COORDINATE("positionY", 0.0f),
                [WA_PANNER_POSITION_Z] = COORDINATE("positionZ", 0.0f),
                [WA_PANNER_ORIENTATION_X] = COORDINATE("orientationX", 1.0f),
                [WA_PANNER_ORIENTATION_Y] = COORDINATE("orientationY", 0.0f),
                [WA_PANNER_ORIENTATION_Z] = COORDINATE("orientationZ", 0.0f) },
    .configure = configure,
    .set_attribute = set_attribute,
    .check_channels = check_channels,
    .channel_bytes = channel_bytes,
    .output_channels_max = output_channels_max,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
