/* DelayWriter: the input half of a delay that is part of a cycle. Web Audio 1.1, "rendering loop".
 *
 * in[0][channels][frame] --> the line of its delay. No outputs, no params, no state of its own. What is
 * below 2^-126 everywhere counts as silence, so that a loop that fades comes to rest; what is not finite is
 * written as 0, or it would go round for ever.
 */
#include "delay.h"
#include <float.h>

typedef struct content {
    bool is_silent, is_finite;
} content;

static content content_of(const wa_block *in, uint32_t frames) {
    bool has_more = false, has_wild = false;
    for (uint32_t channel = 0; !in->is_silent && channel < in->channel_count; channel++) {
        const float *plane = in->planes[channel];
        for (uint32_t frame = 0; frame < frames; frame++) {
            const float value = plane[frame] < 0.0f ? -plane[frame] : plane[frame];
            has_more |= !(value < FLT_MIN); /* NaN is more */
            has_wild |= !(value <= FLT_MAX);
        }
    }
    return (content){ !has_more, !has_wild };
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        const content arriving = content_of(&instances[i]->inputs[0], quantum->frame_count);
        /* "Tail" here: it wrote something that the delay will have to read. */
        instances[i]->has_tail = !delay_write(instances[i], quantum, arriving.is_silent);
        if (!arriving.is_finite) {
            delay_line_settle(instances[i]->state, instances[i]->channels, quantum->frame_count);
        }
    }
}

const wa_node_class wa_node_class_delay_writer = {
    .name = "DelayWriter",
    .input_count = 1,
    .flags = WA_CLASS_INTERNAL,
    .process = process,
};
