/* AudioParam. A param takes three slots: node and index. */
#include "abi.h"

/* context, param -> value */
static void param_value(abi_mailbox *box) {
    float value = 0.0f;
    abi_return(box, wa_param_get_value(abi_pointer(box, 0), abi_param(box, 1), &value));
    box->slots[1] = (double)value;
}

static void param_set_value(abi_mailbox *box) {
    abi_return(box, wa_param_set_value(abi_pointer(box, 0), abi_param(box, 1), (float)box->slots[4]));
}

static void param_set_rate(abi_mailbox *box) {
    abi_return(box, wa_param_set_automation_rate(abi_pointer(box, 0), abi_param(box, 1),
                                                 (wa_automation_rate)(int)box->slots[4]));
}

/* context, param -> default, min, max, rate */
static void param_info(abi_mailbox *box) {
    wa_param_info info = { 0 };
    abi_return(box, wa_param_get_info(abi_pointer(box, 0), abi_param(box, 1), &info));
    box->slots[1] = (double)info.value_default;
    box->slots[2] = (double)info.value_min;
    box->slots[3] = (double)info.value_max;
    box->slots[4] = (double)info.automation_rate;
}

/* context, param, value, time */
static void param_set_value_at_time(abi_mailbox *box) {
    abi_return(box, wa_param_set_value_at_time(abi_pointer(box, 0), abi_param(box, 1),
                                               (float)box->slots[4], box->slots[5]));
}

static void param_linear_ramp(abi_mailbox *box) {
    abi_return(box, wa_param_linear_ramp_to_value_at_time(abi_pointer(box, 0), abi_param(box, 1),
                                                          (float)box->slots[4], box->slots[5]));
}

static void param_exponential_ramp(abi_mailbox *box) {
    abi_return(box, wa_param_exponential_ramp_to_value_at_time(abi_pointer(box, 0), abi_param(box, 1),
                                                               (float)box->slots[4], box->slots[5]));
}

/* context, param, target, time, time constant */
static void param_set_target(abi_mailbox *box) {
    abi_return(box,
               wa_param_set_target_at_time(abi_pointer(box, 0), abi_param(box, 1), (float)box->slots[4],
                                           box->slots[5], (float)box->slots[6]));
}

/* context, param, address, count, time, duration */
static void param_set_curve(abi_mailbox *box) {
    abi_return(box, wa_param_set_value_curve_at_time(abi_pointer(box, 0), abi_param(box, 1),
                                                     abi_pointer(box, 4), abi_uint(box, 5),
                                                     box->slots[6], box->slots[7]));
}

/* context, param, time */
static void param_cancel(abi_mailbox *box) {
    abi_return(box,
               wa_param_cancel_scheduled_values(abi_pointer(box, 0), abi_param(box, 1), box->slots[4]));
}

static void param_cancel_and_hold(abi_mailbox *box) {
    abi_return(box,
               wa_param_cancel_and_hold_at_time(abi_pointer(box, 0), abi_param(box, 1), box->slots[4]));
}

static const abi_entry entries[] = {
    { "paramValue", param_value },
    { "paramSetValue", param_set_value },
    { "paramSetRate", param_set_rate },
    { "paramInfo", param_info },
    { "paramSetValueAtTime", param_set_value_at_time },
    { "paramLinearRamp", param_linear_ramp },
    { "paramExponentialRamp", param_exponential_ramp },
    { "paramSetTarget", param_set_target },
    { "paramSetCurve", param_set_curve },
    { "paramCancel", param_cancel },
    { "paramCancelAndHold", param_cancel_and_hold },
};
const abi_list abi_param_list = { entries, sizeof entries / sizeof entries[0] };
