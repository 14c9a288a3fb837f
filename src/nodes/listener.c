/* AudioListener: where the context is heard from. Web Audio 1.1, section "AudioListener".
 *
 * Params and nothing else: no inputs, no outputs, never processed. The render side evaluates it when the first
 * node that listens is processed in a quantum, so that it costs nothing while none sounds.
 */
#include "../error.h"
#include "../node.h"
#include <float.h>

enum { PARAM_COUNT = 9 };

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    (void)instances, (void)count, (void)quantum;
    assert(false); /* it has no input that could wake it */
}

static wa_status check_channels(const void *config, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation) {
    (void)config, (void)count, (void)mode, (void)interpretation;
    return error_set(WA_ERR_NOT_SUPPORTED, "the AudioListener has no channels");
}

#define COORDINATE(param_name, value)                                                                  \
    { param_name, .value_default = value, .value_min = -FLT_MAX, .value_max = FLT_MAX }

const wa_node_class wa_node_class_listener = {
    .name = "AudioListener",
    .param_count = PARAM_COUNT,
    .flags = WA_CLASS_INTERNAL,
    .params = { [WA_LISTENER_POSITION_X] = COORDINATE("positionX", 0.0f),
                [WA_LISTENER_POSITION_Y] = COORDINATE("positionY", 0.0f),
                [WA_LISTENER_POSITION_Z] = COORDINATE("positionZ", 0.0f),
                [WA_LISTENER_FORWARD_X] = COORDINATE("forwardX", 0.0f),
                [WA_LISTENER_FORWARD_Y] = COORDINATE("forwardY", 0.0f),
                [WA_LISTENER_FORWARD_Z] = COORDINATE("forwardZ", -1.0f),
                [WA_LISTENER_UP_X] = COORDINATE("upX", 0.0f),
                [WA_LISTENER_UP_Y] = COORDINATE("upY", 1.0f),
                [WA_LISTENER_UP_Z] = COORDINATE("upZ", 0.0f) },
    .check_channels = check_channels,
    .process = process,
};
