/* An input: its visible active edges, each mixed to the computed channel count, summed in the order of
 * connection. Web Audio 1.1, "Channel Up-Mixing and Down-Mixing". A lone edge is not copied. */
#include "../kernels/mix.h"
#include "render.h"

static output_slot *source_of(const edge *of) {
    return &of->source->outputs[of->output_index];
}

static uint32_t computed_channel_count(const mixing *mix, uint32_t arriving) {
    switch (mix->mode) {
    case WA_CHANNEL_COUNT_MODE_EXPLICIT:
        return mix->channel_count;
    case WA_CHANNEL_COUNT_MODE_CLAMPED_MAX:
        return arriving < mix->channel_count ? arriving : mix->channel_count;
    default:
        return arriving;
    }
}

/* Nothing is on this input: one channel of silence, or channelCount of them when that is explicit. */
static void fill_inactive(render *side, const mixing *mix, wa_block *block) {
    block->is_active = false;
    block->is_silent = true;
    block->channel_count = mix->mode == WA_CHANNEL_COUNT_MODE_EXPLICIT ? mix->channel_count : 1;
    for (uint32_t channel = 0; channel < block->channel_count; channel++) {
        block->planes[channel] = side->zero_plane;
    }
}

static void take_planes(render *side, wa_block *block) {
    for (uint32_t channel = 0; channel < block->channel_count; channel++) {
        block->planes[channel] = plane_take(side);
        if (block->planes[channel] == NULL) {
            block->planes[channel] = plane_spare(side);
        }
    }
    side->tile.plane_count += block->channel_count;
}

static bool can_pass_on(render *side, const mixing *mix, edge *only) {
    const uint32_t channel_count = source_of(only)->channel_count;
    return channel_count > 0 && computed_channel_count(mix, channel_count) == channel_count &&
           !edge_fades(side, only);
}

/* One edge whose channels fit: use its planes as they are, and take them over when nobody else reads. */
static void pass_on(edge *only, wa_block *block, bool *owned) {
    output_slot *source = source_of(only);
    float **planes = output_planes(source);
    block->is_silent = source->is_silent;
    for (uint32_t channel = 0; channel < block->channel_count; channel++) {
        block->planes[channel] = planes[channel];
    }
    *owned = !source->is_pinned;
    if (*owned) {
        source->channel_count = 0;
    }
}

void edge_fade(edge *of, float *const *planes, uint32_t channel_count, uint32_t frames) {
    const float from = (float)of->fade_left / (float)of->fade_total;
    const uint32_t left = of->fade_left > frames ? of->fade_left - frames : 0;
    const uint32_t ramp = of->fade_left < frames ? of->fade_left : frames;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        kernel_ramp(planes[channel], from, (float)left / (float)of->fade_total, ramp);
        kernel_zero(planes[channel] + ramp, frames - ramp);
    }
    of->fade_left = left;
}

/* A fading edge is ramped in planes of its own, then summed like the others. */
static void add_faded(render *side, edge *of, const output_slot *source, wa_block *block,
                      bool is_speakers, bool is_first) {
    const uint32_t frames = side->quantum_frames;
    float *copy[WA_CHANNEL_COUNT_MAX];
    float **planes = output_planes(source_of(of));
    uint32_t taken = 0;
    for (; taken < source->channel_count; taken++) {
        copy[taken] = plane_take(side);
        if (copy[taken] == NULL) {
            copy[taken] = plane_spare(side);
        }
        kernel_copy(copy[taken], planes[taken], frames);
    }
    edge_fade(of, copy, taken, frames);
    (is_first ? kernel_mix_set : kernel_mix_add)(
        block->planes, block->channel_count, (const float *const *)copy, taken, is_speakers, frames);
    while (taken > 0) {
        plane_give(side, copy[--taken]);
    }
}

static void sum(render *side, const input_slot *input, const mixing *mix, wa_block *block) {
    const uint32_t frames = side->quantum_frames;
    bool is_first = true;
    for (edge *each = input->active_first; each != NULL; each = each->active_next) {
        if (!edge_carries(side, each)) {
            continue;
        }
        output_slot *source = source_of(each);
        if (!source->is_silent) {
            if (edge_fades(side, each)) {
                add_faded(side, each, source, block, mix->is_speakers, is_first);
            } else {
                (is_first ? kernel_mix_set : kernel_mix_add)(
                    block->planes, block->channel_count, (const float *const *)output_planes(source),
                    source->channel_count, mix->is_speakers, frames);
            }
            is_first = false;
        } else if (edge_fades(side, each)) {
            edge_fade(each, NULL, 0, frames);
        }
        if (!source->is_pinned) {
            output_give_planes(side, source);
        }
    }
    block->is_silent = is_first;
    if (is_first) {
        for (uint32_t channel = 0; channel < block->channel_count; channel++) {
            kernel_zero(block->planes[channel], frames);
        }
    }
}

static void gather_many(render *side, graph_node *of, const input_slot *input, wa_block *block,
                        bool *owned) {
    const mixing *mix = &of->now.mix;
    uint32_t edge_count = 0, arriving = 1;
    edge *only = NULL;
    for (edge *each = input->active_first; each != NULL; each = each->active_next) {
        if (edge_carries(side, each)) {
            const uint32_t channel_count = source_of(each)->channel_count;
            arriving = channel_count > arriving ? channel_count : arriving;
            only = each;
            edge_count++;
        }
    }
    *owned = false;
    if (edge_count == 0) {
        fill_inactive(side, mix, block);
        return;
    }
    block->is_active = true;
    block->channel_count = computed_channel_count(mix, arriving);
    if (edge_count == 1 && can_pass_on(side, mix, only)) {
        pass_on(only, block, owned);
        return;
    }
    take_planes(side, block);
    *owned = true;
    sum(side, input, mix, block);
}

/* A chain's link, which most inputs are, apart: one look, nothing counted. */
static inline void gather_input(render *side, graph_node *of, const input_slot *input, wa_block *block,
                                bool *owned) {
    edge *first = input->active_first;
    if (first != NULL && first->active_next == NULL && edge_carries(side, first) &&
        can_pass_on(side, &of->now.mix, first)) {
        block->is_active = true;
        block->channel_count = source_of(first)->channel_count;
        pass_on(first, block, owned);
        return;
    }
    gather_many(side, of, input, block, owned);
}

void gather_inputs(render *side, graph_node *of, wa_instance *instance) {
    tile *work = &side->tile;
    instance->inputs = &work->blocks[work->block_count];
    instance->input_count = of->input_count;
    for (uint32_t index = 0; index < of->input_count; index++) {
        gather_input(side, of, &of->inputs[index], &work->blocks[work->block_count],
                     &work->owned[work->block_count]);
        work->block_count++;
    }
}
