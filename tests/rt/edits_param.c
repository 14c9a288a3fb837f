/* Automation by every method. */
#include "edits.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

typedef struct target {
    wa_param param;
    float least, most; /* what may be set without anything growing */
} target;

/* A param of a live node; false if none was hit. */
static bool any_target(edits *of, target *found) {
    edit_node *node = edits_any_node(of);
    wa_node_info info = { 0 };
    if (!node) {
        return false;
    }
    edits_expect(of, wa_node_get_info(of->context, node->handle, &info), ALLOW(WA_OK));
    if (info.param_count == 0) {
        return false;
    }
    found->param = wa_node_param(node->handle, edits_below(of, info.param_count));
    wa_param_info param_info = { 0 };
    edits_expect(of, wa_param_get_info(of->context, found->param, &param_info), ALLOW(WA_OK));
    const bool is_gain = strcmp(param_info.name, "gain") == 0 || strcmp(param_info.name, "offset") == 0;
    const bool is_quality = strcmp(param_info.name, "Q") == 0;
    const float bound = node->is_feedback_gain ? 0.01f : is_gain ? 0.5f : is_quality ? 3.0f : 2000.0f;
    found->most = param_info.value_max < bound ? param_info.value_max : bound;
    found->least = is_quality ? 0.5f : param_info.value_min > -bound ? param_info.value_min : -bound;
    return true;
}

static float any_value(edits *of, const target *at) {
    return (float)edits_between(of, at->least, at->most);
}

static wa_status set_curve(edits *of, const target *at, double time_s) {
    float values[16];
    for (uint32_t i = 0; i < 16; i++) {
        values[i] = any_value(of, at);
    }
    return wa_param_set_value_curve_at_time(of->context, at->param, values, 2 + edits_below(of, 15),
                                            time_s, edits_between(of, 0.001, 0.05));
}

static wa_status automate(edits *of, const target *at) {
    wa_context *context = of->context;
    const double time_s = edits_time_s(of);
    switch (edits_below(of, 8)) {
    case 0:
        return wa_param_set_value(context, at->param, any_value(of, at));
    case 1:
        return wa_param_set_value_at_time(context, at->param, any_value(of, at), time_s);
    case 2:
        return wa_param_linear_ramp_to_value_at_time(context, at->param, any_value(of, at), time_s);
    case 3:
        return wa_param_exponential_ramp_to_value_at_time(context, at->param, any_value(of, at),
                                                          time_s);
    case 4:
        return wa_param_set_target_at_time(context, at->param, any_value(of, at), time_s,
                                           (float)edits_between(of, 0.0, 0.05));
    case 5:
        return set_curve(of, at, time_s);
    case 6:
        return wa_param_cancel_scheduled_values(context, at->param, time_s);
    default:
        return wa_param_cancel_and_hold_at_time(context, at->param, time_s);
    }
}

static void edit_automate(edits *of) {
    target at;
    if (any_target(of, &at)) {
        edits_expect_edit(of, automate(of, &at),
                          ALLOW(WA_OK) | ALLOW(WA_ERR_NOT_SUPPORTED) | ALLOW(WA_ERR_RANGE) |
                              ALLOW(WA_ERR_BUDGET));
    }
}

static void edit_rate(edits *of) {
    target at;
    if (any_target(of, &at)) {
        const wa_automation_rate rate = (wa_automation_rate)(1 + edits_below(of, 2));
        edits_expect_edit(of, wa_param_set_automation_rate(of->context, at.param, rate),
                          ALLOW(WA_OK) | ALLOW(WA_ERR_INVALID_STATE));
    }
}

static void edit_get(edits *of) {
    target at;
    float value = 0.0f;
    if (any_target(of, &at)) {
        edits_expect(of, wa_param_get_value(of->context, at.param, &value), ALLOW(WA_OK));
        assert_true(value == value);
    }
}

const edit_kind edit_kinds_param[] = {
    { "automate", 60, edit_automate, false },
    { "automation rate", 2, edit_rate, false },
    { "read a value", 5, edit_get, false },
    { NULL, 0, NULL, false },
};
