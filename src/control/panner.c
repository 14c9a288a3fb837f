/* PannerNode's attributes and the old-fashioned setters of panner and listener. */
#include "context.h"
#include <math.h>

static wa_status set_one(wa_context *context, wa_node node, wa_attribute attribute, double number) {
    graph_node *of = NULL;
    wa_status status = node_resolve(context, node, WA_NODE_TYPE_PANNER, "node", &of);
    if (status == WA_OK && !isfinite(number)) {
        status = error_set(WA_ERR_TYPE, "the value is not finite");
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, attribute, number, NULL);
    }
    return context == NULL ? status : edit_end(context, status);
}

/* The set is loaded before anything is reserved, for that may call the caller back; then it is at hand. HRTF
 * also takes memory for what the ears remember. */
static wa_status set_model(wa_context *context, wa_node node, double model) {
    graph_node *of = NULL;
    const wa_resource *set = NULL;
    wa_status status = node_resolve(context, node, WA_NODE_TYPE_PANNER, "node", &of);
    if (status == WA_OK && model == WA_PANNING_MODEL_HRTF) {
        status = node_env(context, NULL).hrtf(context, &set);
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_PANNING_MODEL, model, NULL);
    }
    return status == WA_OK ? bounds_refresh(context, of) : status;
}

wa_status wa_panner_set_panning_model(wa_context *context, wa_node node, wa_panning_model model) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, set_model(context, node, (double)model));
}

wa_status wa_panner_set_distance_model(wa_context *context, wa_node node, wa_distance_model model) {
    return set_one(context, node, WA_ATTRIBUTE_DISTANCE_MODEL, (double)model);
}

wa_status wa_panner_set_ref_distance(wa_context *context, wa_node node, double ref_distance) {
    return set_one(context, node, WA_ATTRIBUTE_REF_DISTANCE, ref_distance);
}

wa_status wa_panner_set_max_distance(wa_context *context, wa_node node, double max_distance) {
    return set_one(context, node, WA_ATTRIBUTE_MAX_DISTANCE, max_distance);
}

wa_status wa_panner_set_rolloff_factor(wa_context *context, wa_node node, double rolloff_factor) {
    return set_one(context, node, WA_ATTRIBUTE_ROLLOFF_FACTOR, rolloff_factor);
}

wa_status wa_panner_set_cone_inner_angle(wa_context *context, wa_node node, double angle_deg) {
    return set_one(context, node, WA_ATTRIBUTE_CONE_INNER_ANGLE, angle_deg);
}

wa_status wa_panner_set_cone_outer_angle(wa_context *context, wa_node node, double angle_deg) {
    return set_one(context, node, WA_ATTRIBUTE_CONE_OUTER_ANGLE, angle_deg);
}

wa_status wa_panner_set_cone_outer_gain(wa_context *context, wa_node node, double gain) {
    return set_one(context, node, WA_ATTRIBUTE_CONE_OUTER_GAIN, gain);
}

/* -- Three or six params at once ---------------------------------------------------------------- */

static wa_status set_params(wa_context *context, wa_node node, uint32_t first, const float values[],
                            uint32_t count) {
    const bool is_own = group_begin(context);
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < count && status == WA_OK; index++) {
        status = wa_param_set_value(context, wa_node_param(node, first + index), values[index]);
    }
    return group_end(context, is_own, status);
}

static wa_status set_coordinates(wa_context *context, wa_node node, uint32_t first,
                                 const float values[3]) {
    graph_node *of = NULL;
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_PANNER, "node", &of);
    if (status != WA_OK) {
        return context == NULL ? status : edit_end(context, status);
    }
    return set_params(context, node, first, values, 3);
}

wa_status wa_panner_set_position(wa_context *context, wa_node node, float x, float y, float z) {
    return set_coordinates(context, node, WA_PANNER_POSITION_X, (const float[]){ x, y, z });
}

wa_status wa_panner_set_orientation(wa_context *context, wa_node node, float x, float y, float z) {
    return set_coordinates(context, node, WA_PANNER_ORIENTATION_X, (const float[]){ x, y, z });
}

wa_status wa_listener_set_position(wa_context *context, float x, float y, float z) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    return set_params(context, wa_context_listener(context), WA_LISTENER_POSITION_X,
                      (const float[]){ x, y, z }, 3);
}

wa_status wa_listener_set_orientation(wa_context *context, float forward_x, float forward_y,
                                      float forward_z, float up_x, float up_y, float up_z) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const float values[] = { forward_x, forward_y, forward_z, up_x, up_y, up_z };
    return set_params(context, wa_context_listener(context), WA_LISTENER_FORWARD_X, values, 6);
}
