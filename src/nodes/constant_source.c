/* ConstantSource: offset while it plays, zero before and after. Web Audio 1.1, "ConstantSourceNode".
 *
 * out[0][1][frame]. No state, no tail. A constant does not move between two frames, so the exact start
 * time matters only for which frames play: [begin, end).
 */
#include "../kernels/mix.h"
#include "../node.h"
#include "options.h"
#include <float.h>

static void fill(float *out, const wa_param_values *offset, uint32_t begin, uint32_t end) {
    if (!offset->is_constant) {
        kernel_copy(out + begin, offset->values + begin, end - begin);
        return;
    }
    const float value = offset->values[0];
    for (uint32_t frame = begin; frame < end; frame++) {
        out[frame] = value;
    }
}

static void constant_one(wa_instance *instance, const wa_quantum *quantum) {
    wa_block *out = &instance->outputs[0];
    const wa_param_values *offset = &instance->params[WA_CONSTANT_SOURCE_OFFSET];
    const uint32_t begin = instance->begin, end = instance->end;
    assert(out->channel_count == 1);
    assert(begin <= end && end <= quantum->frame_count);

    kernel_zero(out->planes[0], begin);
    fill(out->planes[0], offset, begin, end);
    kernel_zero(out->planes[0] + end, quantum->frame_count - end);
    out->is_silent = begin == end || (offset->is_constant && offset->values[0] == 0.0f);
    instance->has_tail = false;
    instance->has_ended = false;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        constant_one(instances[i], quantum);
    }
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    (void)env;
    if (options == NULL) {
        return WA_OK;
    }
    const wa_constant_source_options *source = options;
    const wa_status status = option_finite("offset", source->offset);
    if (status == WA_OK) {
        setup->param_values[WA_CONSTANT_SOURCE_OFFSET] = source->offset;
    }
    return status;
}

const wa_node_class wa_node_class_constant_source = {
    .name = "ConstantSource",
    .output_count = 1,
    .param_count = 1,
    .options_bytes = sizeof(wa_constant_source_options),
    .flags = WA_CLASS_SOURCE,
    .params = { [WA_CONSTANT_SOURCE_OFFSET] = { "offset", .value_default = 1.0f, .value_min = -FLT_MAX,
                                                .value_max = FLT_MAX } },
    .configure = configure,
    .process = process,
};
