/* wavepool/param.h -- AudioParam: a value, its automation, and the signals summed into it.
 *
 * Times are seconds on the context's clock, never rounded to frames; a time before now means now.
 * All calls return handle errors (node.h), INDEX_SIZE (no such param), TYPE (not finite) beside their
 * own. Thread: control.
 */
#ifndef WAVEPOOL_PARAM_H
#define WAVEPOOL_PARAM_H
#include "node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wa_automation_rate {
    WA_AUTOMATION_RATE_A = 1, /* every frame */
    WA_AUTOMATION_RATE_K = 2, /* the first frame of each quantum, inputs included */
    WA_AUTOMATION_RATE_FORCE32 = 0x7fffffff
} wa_automation_rate;

typedef struct wa_param_info {
    const char *name; /* the JavaScript attribute's name, "playbackRate" */
    float value_default, value_min, value_max;
    wa_automation_rate automation_rate;
} wa_param_info;

static inline wa_param wa_node_param(wa_node node, uint32_t index) {
    wa_param param;
    param.node = node;
    param.index = index;
    return param;
}
/* The param with that JavaScript name. Returns: WA_OK | INDEX_SIZE (none) | handle errors. */
WA_API wa_status wa_node_param_by_name(const wa_context *context, wa_node node, const char *name,
                                       wa_param *param);
WA_API wa_status wa_param_get_info(const wa_context *context, wa_param param, wa_param_info *info);

/* AudioParam.value: the intrinsic value at the start of the last quantum, or what was set since.
 * The setter is setValueAtTime(value, now) and shows at once.
 * set returns also: NOT_SUPPORTED (inside a value curve) | BUDGET. */
WA_API wa_status wa_param_get_value(const wa_context *context, wa_param param, float *value);
WA_API wa_status wa_param_set_value(wa_context *context, wa_param param, float value);
/* Returns also: INVALID_STATE (the type fixes its rate). */
WA_API wa_status wa_param_set_automation_rate(wa_context *context, wa_param param,
                                              wa_automation_rate rate);

/* Web Audio 1.1, "AudioParam methods". All return also: RANGE (time negative; exponential target 0;
 * time constant negative; duration not above 0) | NOT_SUPPORTED (overlaps a value curve) |
 * INVALID_STATE (curve shorter than 2) | BUDGET | SEALED. */
WA_API wa_status wa_param_set_value_at_time(wa_context *context, wa_param param, float value,
                                            double time_s);
WA_API wa_status wa_param_linear_ramp_to_value_at_time(wa_context *context, wa_param param, float value,
                                                       double end_time_s);
WA_API wa_status wa_param_exponential_ramp_to_value_at_time(wa_context *context, wa_param param,
                                                            float value, double end_time_s);
WA_API wa_status wa_param_set_target_at_time(wa_context *context, wa_param param, float target,
                                             double start_time_s, float time_constant_s);
/* The values are copied. */
WA_API wa_status wa_param_set_value_curve_at_time(wa_context *context, wa_param param,
                                                  const float *values, uint32_t value_count,
                                                  double start_time_s, double duration_s);
WA_API wa_status wa_param_cancel_scheduled_values(wa_context *context, wa_param param,
                                                  double cancel_time_s);
WA_API wa_status wa_param_cancel_and_hold_at_time(wa_context *context, wa_param param,
                                                  double cancel_time_s);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_PARAM_H */
