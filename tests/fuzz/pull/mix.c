/* Mixing of channel layouts, frame by frame, as the tables of the specification have it. */
#include "pull.h"
#include <math.h>

enum { L, R, C, LFE, SL, SR };

static void down(const double *in, uint32_t from, double *out, uint32_t to) {
    const double h = sqrt(0.5);
    if (to == 1 && from == 2) {
        out[0] = 0.5 * (in[0] + in[1]);
    } else if (to == 1 && from == 4) {
        out[0] = 0.25 * (in[0] + in[1] + in[2] + in[3]);
    } else if (to == 1 && from == 6) {
        out[0] = h * (in[L] + in[R]) + in[C] + 0.5 * (in[SL] + in[SR]);
    } else if (to == 2 && from == 4) {
        out[0] = 0.5 * (in[0] + in[2]);
        out[1] = 0.5 * (in[1] + in[3]);
    } else if (to == 2 && from == 6) {
        out[0] = in[L] + h * (in[C] + in[SL]);
        out[1] = in[R] + h * (in[C] + in[SR]);
    } else { /* 6 to 4 */
        out[0] = in[L] + h * in[C];
        out[1] = in[R] + h * in[C];
        out[2] = in[SL];
        out[3] = in[SR];
    }
}

static void up(const double *in, uint32_t from, double *out, uint32_t to) {
    if (from == 1 && to == 6) {
        out[C] = in[0];
    } else if (from == 1) {
        out[0] = out[1] = in[0];
    } else {
        out[0] = in[0];
        out[1] = in[1];
        if (from == 4) { /* to 6 */
            out[SL] = in[2];
            out[SR] = in[3];
        }
    }
}

static bool is_layout(uint32_t count) {
    return count == 1 || count == 2 || count == 4 || count == 6;
}

void pull_mix(const double *from, uint32_t from_count, double *to, uint32_t to_count,
              bool is_speakers) {
    for (uint32_t channel = 0; channel < to_count; channel++) {
        to[channel] = 0.0;
    }
    if (from_count == to_count || !is_speakers || !is_layout(from_count) || !is_layout(to_count)) {
        for (uint32_t channel = 0; channel < to_count && channel < from_count; channel++) {
            to[channel] = from[channel];
        }
    } else if (to_count < from_count) {
        down(from, from_count, to, to_count);
    } else {
        up(from, from_count, to, to_count);
    }
}

void pull_mix_add(pull_graph *graph, const pull_block *from, pull_block *to, bool is_speakers) {
    double in[PULL_CHANNEL_MAX], out[PULL_CHANNEL_MAX];
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        for (uint32_t channel = 0; channel < from->channel_count; channel++) {
            in[channel] = from->planes[channel][frame];
        }
        pull_mix(in, from->channel_count, out, to->channel_count, is_speakers);
        for (uint32_t channel = 0; channel < to->channel_count; channel++) {
            to->planes[channel][frame] += out[channel];
        }
    }
}
