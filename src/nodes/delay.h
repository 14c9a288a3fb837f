/* src/nodes/delay.h -- what the two halves of a delay share: its line is the `state` of both, and the
 * rings are the `channels` of both. Apart, in a cycle, the delay reads and the delay_writer writes; the
 * delay is then at least one quantum, so that neither minds which of them runs first. */
#ifndef WA_SRC_NODES_DELAY_H
#define WA_SRC_NODES_DELAY_H
#include "../kernels/delay_line.h"
#include "../node.h"

/* Append the instance's input at the quantum. Returns true if it was silence. */
static inline bool delay_write(const wa_instance *instance, const wa_quantum *quantum, bool is_zero) {
    const wa_block *in = &instance->inputs[0];
    const uint32_t channel_count = in->is_active ? in->channel_count : 0;
    assert(channel_count <= instance->channel_capacity);
    delay_line_write(instance->state, instance->channels, quantum->frame,
                     (const float *const *)in->planes, channel_count, is_zero, instance->is_discrete,
                     quantum->frame_count);
    return is_zero;
}

/* A whole number of frames within the rounding of the float that the time was is meant as such. */
static inline double delay_snapped(double frames) {
    const double nearest = (double)(int64_t)(frames + 0.5), rounding = frames * 0x1p-24;
    return frames >= nearest - rounding && frames <= nearest + rounding ? nearest : frames;
}
#endif /* WA_SRC_NODES_DELAY_H */
