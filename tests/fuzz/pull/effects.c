/* Gain, StereoPanner, WaveShaper without oversampling, Delay: as their sections of Web Audio 1.1 say. */
#include "pull.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

void pull_gain(pull_graph *graph, pull_node *of, const pull_block *in) {
    of->outputs[0] = pull_silence(graph, in->channel_count, true);
    for (uint32_t channel = 0; channel < in->channel_count; channel++) {
        for (uint32_t frame = 0; frame < graph->quantum; frame++) {
            of->outputs[0].planes[channel][frame] =
                in->planes[channel][frame] * of->param_rows[WA_GAIN_GAIN][frame];
        }
    }
}

void pull_pan(pull_graph *graph, pull_node *of, const pull_block *in) {
    pull_block *out = &of->outputs[0];
    *out = pull_silence(graph, 2, true);
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        const double pan = of->param_rows[WA_STEREO_PANNER_PAN][frame];
        const bool is_mono = in->channel_count == 1;
        const double x = is_mono ? (pan + 1.0) / 2.0 : pan <= 0.0 ? pan + 1.0 : pan;
        const double left = pull_shaken(graph, cos(x * pi / 2.0), 2.0); /* a polynomial, within 2e-7 */
        const double right = pull_shaken(graph, sin(x * pi / 2.0), 2.0);
        const double in_left = in->planes[0][frame], in_right = is_mono ? 0.0 : in->planes[1][frame];
        if (is_mono) {
            out->planes[0][frame] = in_left * left;
            out->planes[1][frame] = in_left * right;
        } else if (pan <= 0.0) {
            out->planes[0][frame] = in_left + in_right * left;
            out->planes[1][frame] = in_right * right;
        } else {
            out->planes[0][frame] = in_left * left;
            out->planes[1][frame] = in_right + in_left * right;
        }
    }
}

static double shaped(const pull_curve *curve, double x) {
    const double v = (curve->count - 1) / 2.0 * (x + 1.0);
    if (v < 0.0) {
        return (double)curve->points[0];
    }
    if (v >= curve->count - 1) {
        return (double)curve->points[curve->count - 1];
    }
    const double k = floor(v), f = v - k;
    return (1.0 - f) * (double)curve->points[(uint32_t)k] + f * (double)curve->points[(uint32_t)k + 1];
}

bool pull_shape_sounds(const pull_node *of) {
    return of->has_curve && shaped(&of->curve, 0.0) != 0.0;
}

void pull_shape(pull_graph *graph, pull_node *of, const pull_block *in) {
    of->outputs[0] = *in;
    of->outputs[0].is_active = true;
    for (uint32_t channel = 0; channel < in->channel_count && of->has_curve; channel++) {
        for (uint32_t frame = 0; frame < graph->quantum; frame++) {
            const double value = shaped(&of->curve, in->planes[channel][frame]);
            in->planes[channel][frame] = pull_shaken(graph, value, 1.0); /* curves: up to 1 */
        }
    }
}

/* -- Delay ----------------------------------------------------------------------------------------- */

void pull_delay_write(pull_graph *graph, pull_node *of, const pull_block *in) {
    if (of->past_counts == NULL) {
        of->past_counts = calloc(PULL_FRAME_MAX, 1);
    }
    fuzz_check(of->past_counts != NULL, "memory");
    for (uint32_t channel = 0; channel < in->channel_count && in->is_active; channel++) {
        if (of->past[channel] == NULL) {
            of->past[channel] = calloc(PULL_FRAME_MAX, sizeof(double));
            fuzz_check(of->past[channel] != NULL, "memory");
        }
        memcpy(of->past[channel] + graph->frame, in->planes[channel], graph->quantum * sizeof(double));
    }
    of->fed_end_frame = in->is_active ? graph->frame + graph->quantum : of->fed_end_frame;
    memset(of->past_counts + graph->frame, in->is_active ? (int)in->channel_count : 0, graph->quantum);
}

/* delayTime in frames: a whole number within the rounding of the float that it was is meant as such. */
static double whole_if_meant(double frames) {
    const double nearest = floor(frames + 0.5), rounding = frames * 0x1p-24;
    return fabs(frames - nearest) <= rounding ? nearest : frames;
}

static double delay_at(const pull_graph *graph, const pull_node *of, uint32_t frame) {
    const double longest = whole_if_meant(of->max_delay_s * graph->rate_hz);
    const double wanted = whole_if_meant(of->param_rows[WA_DELAY_DELAY_TIME][frame] * graph->rate_hz);
    if (!of->is_in_cycle) {
        return fmin(wanted, longest);
    }
    const double least = graph->quantum;
    return fmin(fmax(wanted, least), fmax(longest, least));
}

static uint32_t count_at(const pull_node *of, double frame) {
    return frame >= 0.0 && of->past_counts != NULL ? of->past_counts[(uint32_t)frame] : 0;
}

/* weight times what was written at that frame, mixed to `count` channels. */
static void add_tap(const pull_node *of, double at, double weight, uint32_t count, bool is_speakers,
                    double *sum) {
    const uint32_t from = count_at(of, at);
    double in[PULL_CHANNEL_MAX], out[PULL_CHANNEL_MAX];
    for (uint32_t channel = 0; channel < from; channel++) {
        in[channel] = of->past[channel][(uint32_t)at];
    }
    if (from > 0) {
        pull_mix(in, from, out, count, is_speakers);
    }
    for (uint32_t channel = 0; channel < count && from > 0; channel++) {
        sum[channel] += weight * out[channel];
    }
}

/* Anything that came within maxDelayTime: the tail. */
static bool has_past(const pull_graph *graph, const pull_node *of) {
    const double first = (double)graph->frame - ceil(of->max_delay_s * graph->rate_hz);
    return of->fed_end_frame > 0 && (double)of->fed_end_frame > first;
}

void pull_delay_read(pull_graph *graph, pull_node *of, bool is_fed) {
    uint32_t count = 1;
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        const double at = (double)(graph->frame + frame) - delay_at(graph, of, frame);
        const uint32_t older = count_at(of, floor(at)), newer = count_at(of, ceil(at));
        count = older > count ? older : count;
        count = newer > count ? newer : count;
    }
    pull_block *out = &of->outputs[0];
    *out = pull_silence(graph, count, true);
    bool is_loud = false;
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        const double at = (double)(graph->frame + frame) - delay_at(graph, of, frame);
        const double fraction = ceil(at) - at;
        double sum[PULL_CHANNEL_MAX] = { 0 };
        if (fraction == 0.0) {
            add_tap(of, at, 1.0, count, of->mix.is_speakers, sum);
        } else {
            const double weight = pull_shaken(graph, fraction, 1.0);
            add_tap(of, ceil(at), 1.0 - weight, count, of->mix.is_speakers, sum);
            add_tap(of, floor(at), weight, count, of->mix.is_speakers, sum);
        }
        for (uint32_t channel = 0; channel < count; channel++) {
            out->planes[channel][frame] = sum[channel];
            is_loud = is_loud || fabs(sum[channel]) >= 0x1p-126;
        }
    }
    const bool is_active = of->is_in_cycle ? is_loud : is_fed || has_past(graph, of);
    if (!is_active) {
        *out = pull_silence(graph, 1, false);
    }
}
