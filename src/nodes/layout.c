/* Channel layouts of histories; see layout.h. */
#include "layout.h"
#include "../kernels/mix.h"
#include <string.h>

int32_t layout_before(uint32_t narrow_count, uint32_t wide_count, bool is_discrete, uint32_t wide) {
    if (!is_discrete && narrow_count == 1 && (wide_count == 2 || wide_count == 4)) {
        return wide < 2 ? 0 : -1;
    }
    if (!is_discrete && wide_count == 6 && narrow_count == 1) {
        return wide == 2 ? 0 : -1;
    }
    if (!is_discrete && wide_count == 6 && narrow_count == 4 && wide >= 2) {
        return wide < 4 ? -1 : (int32_t)wide - 2;
    }
    return wide < narrow_count ? (int32_t)wide : -1;
}

/* From the top, so that no history is overwritten before it has been read. */
void layout_widen(const wa_instance *instance, uint32_t from, uint32_t to, size_t bytes,
                  const void *silent) {
    assert(to <= instance->channel_capacity);
    for (uint32_t channel = to; channel-- > 0;) {
        const int32_t before = layout_before(from, to, instance->is_discrete, channel);
        if (before < 0) {
            memcpy(instance->channels[channel], silent, bytes);
        } else if ((uint32_t)before != channel) {
            memcpy(instance->channels[channel], instance->channels[before], bytes);
        }
    }
}

/* A channel that stands at its own place in both layouts needs no other. */
void layout_narrow(const wa_instance *instance, uint32_t from, uint32_t to, size_t bytes) {
    assert(from <= instance->channel_capacity);
    for (uint32_t channel = 0; channel < from; channel++) {
        const int32_t before = layout_before(to, from, instance->is_discrete, channel);
        if (before >= 0 && layout_before(to, from, instance->is_discrete, (uint32_t)before) != before) {
            memcpy(instance->channels[before], instance->channels[channel], bytes);
        }
    }
}

void layout_input(const wa_instance *instance, uint32_t frames) {
    const wa_block *in = &instance->inputs[0];
    const wa_block *out = &instance->outputs[0];
    for (uint32_t channel = out->channel_count; channel-- > 0;) {
        const int32_t before =
            layout_before(in->channel_count, out->channel_count, instance->is_discrete, channel);
        if (in->is_silent || before < 0) {
            kernel_zero(out->planes[channel], frames);
        } else if (out->planes[channel] != in->planes[before]) {
            kernel_copy(out->planes[channel], in->planes[before], frames);
        }
    }
}
