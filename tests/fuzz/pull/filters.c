/* BiquadFilter and IIRFilter: the difference equations, with coefficients as the text has them. How long the
 * tail is, and with it the channel count, is the engine's choice: it is taken over and judged. */
#include "pull.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* Where a channel of a narrow layout stands in a wide one. */
static uint32_t place_of(uint32_t narrow_count, uint32_t wide_count, bool is_speakers,
                         uint32_t channel) {
    double in[PULL_CHANNEL_MAX] = { 0 }, out[PULL_CHANNEL_MAX];
    in[channel] = 1.0;
    pull_mix(in, narrow_count, out, wide_count, is_speakers);
    uint32_t place = 0;
    while (place + 1 < wide_count && out[place] == 0.0) {
        place++;
    }
    return place;
}

/* The past in another layout: mixed up like a signal; down, what was only in the wider one has died away. */
static void relayout(pull_node *of, double (*past)[PULL_ORDER_MAX], uint32_t to) {
    double next[PULL_CHANNEL_MAX][PULL_ORDER_MAX] = { { 0 } };
    const uint32_t from = of->live_count;
    for (uint32_t k = 0; k < PULL_ORDER_MAX; k++) {
        double in[PULL_CHANNEL_MAX] = { 0 }, out[PULL_CHANNEL_MAX];
        for (uint32_t channel = 0; channel < from; channel++) {
            in[channel] = past[channel][k];
        }
        if (to > from) {
            pull_mix(in, from, out, to, of->mix.is_speakers);
        }
        for (uint32_t channel = 0; channel < to; channel++) {
            next[channel][k] = to > from ? (from > 0 ? out[channel] : 0.0)
                                         : in[place_of(to, from, of->mix.is_speakers, channel)];
        }
    }
    memcpy(past, next, sizeof next);
}

static void live(pull_node *of, uint32_t count) {
    if (count != of->live_count) {
        relayout(of, of->x, count);
        relayout(of, of->y, count);
        of->live_count = count;
    }
}

/* Near 2^-126, where a delay on a cycle comes to rest, rounding decides in which quantum it does. */
static bool is_faint(const pull_graph *graph, const pull_block *in) {
    bool is_more = false;
    for (uint32_t channel = 0; channel < in->channel_count; channel++) {
        for (uint32_t frame = 0; frame < graph->quantum; frame++) {
            is_more = is_more || fabs(in->planes[channel][frame]) > 1e-30;
        }
    }
    return !is_more;
}

/* An active input cannot be unheard, and what is unheard must be too quiet to matter. */
static uint32_t chosen_count(pull_graph *graph, const pull_node *of, const pull_block *in) {
    const struct pull_sight *seen = pull_seen_at(of->seen[0], graph->frame);
    const uint32_t count = seen != NULL ? seen->channel_count : 0;
    if (in->is_active && count < in->channel_count && is_faint(graph, in)) {
        pull_lose(graph, "what is faint on a cycle rests sooner or later");
        return 0;
    }
    fuzz_check(!in->is_active || count >= in->channel_count,
               "frame %llu: a filter has %u channels, and %u come in", (unsigned long long)graph->frame,
               count, in->channel_count);
    return count;
}

static void push(double past[PULL_ORDER_MAX], double value) {
    memmove(past + 1, past, (PULL_ORDER_MAX - 1) * sizeof *past);
    past[0] = value;
}

typedef struct equation {
    double b[PULL_ORDER_MAX], a[PULL_ORDER_MAX];
    uint32_t b_count, a_count;
} equation;

static double filtered(pull_node *of, uint32_t channel, double x, const equation *by) {
    double sum = by->b[0] * x;
    for (uint32_t k = 1; k < by->b_count; k++) {
        sum += by->b[k] * of->x[channel][k - 1];
    }
    for (uint32_t k = 1; k < by->a_count; k++) {
        sum -= by->a[k] * of->y[channel][k - 1];
    }
    sum /= by->a[0];
    push(of->x[channel], x);
    push(of->y[channel], sum);
    of->peak = fmax(of->peak, fabs(sum));
    return sum;
}

/* A quantum of what would come if it went on. */
static void check_rest(const pull_graph *graph, pull_node *of, const equation *by) {
    const double most = fmax(1.0, of->peak) * 0x1p-20;
    for (uint32_t channel = 0; channel < of->live_count && graph->jitter == 0.0; channel++) {
        for (uint32_t frame = 0; frame < graph->quantum; frame++) {
            const double rest = filtered(of, channel, 0.0, by);
            fuzz_check(fabs(rest) <= most, "frame %llu: a filter rests with %g left",
                       (unsigned long long)(graph->frame + frame), rest);
        }
    }
}

/* The input in as many channels as are filtered. */
static pull_block widened(pull_graph *graph, const pull_node *of, const pull_block *in,
                          uint32_t count) {
    pull_block wide = pull_silence(graph, count, true);
    if (in->is_active) {
        pull_mix_add(graph, in, &wide, of->mix.is_speakers);
    }
    return wide;
}

static bool begin(pull_graph *graph, pull_node *of, const pull_block *in, const equation *by,
                  pull_block *wide) {
    const uint32_t count = chosen_count(graph, of, in);
    if (count == 0) {
        check_rest(graph, of, by);
        of->live_count = 0;
        free(of->x);
        free(of->y);
        of->x = of->y = NULL;
        of->outputs[0] = pull_silence(graph, 1, false);
        return false;
    }
    if (of->x == NULL) {
        of->x = calloc(PULL_CHANNEL_MAX, sizeof *of->x);
        of->y = calloc(PULL_CHANNEL_MAX, sizeof *of->y);
        fuzz_check(of->x != NULL && of->y != NULL, "memory");
    }
    live(of, count);
    *wide = widened(graph, of, in, count);
    of->outputs[0] = pull_silence(graph, count, true);
    return true;
}

/* -- Biquad ---------------------------------------------------------------------------------------- */

/* Nominal frequency 0 or Nyquist, and Q of 0: the limits that the filters go to. */
static bool set_limit(wa_biquad_filter_type type, double w0, double q, double a, double *b) {
    const bool is_low = w0 <= 0.0, is_high = w0 >= pi;
    const bool is_shelf = type == WA_BIQUAD_FILTER_LOWSHELF || type == WA_BIQUAD_FILTER_HIGHSHELF;
    double factor = 1.0;
    if (is_low || is_high) {
        factor = type == WA_BIQUAD_FILTER_LOWPASS     ? (is_high ? 1.0 : 0.0)
                 : type == WA_BIQUAD_FILTER_HIGHPASS  ? (is_low ? 1.0 : 0.0)
                 : type == WA_BIQUAD_FILTER_BANDPASS  ? 0.0
                 : type == WA_BIQUAD_FILTER_LOWSHELF  ? (is_high ? a * a : 1.0)
                 : type == WA_BIQUAD_FILTER_HIGHSHELF ? (is_low ? a * a : 1.0)
                                                      : 1.0;
    } else if (q <= 0.0 && !is_shelf) {
        factor = type == WA_BIQUAD_FILTER_NOTCH     ? 0.0
                 : type == WA_BIQUAD_FILTER_ALLPASS ? -1.0
                 : type == WA_BIQUAD_FILTER_PEAKING ? a * a
                                                    : 1.0;
    } else {
        return false;
    }
    b[0] = factor;
    b[1] = b[2] = 0.0;
    return true;
}

/* Web Audio 1.1, "Filters Characteristics". */
static equation equation_at(const pull_graph *graph, const pull_node *of, uint32_t frame) {
    equation by = { .b_count = 3, .a_count = 3 };
    double *b = by.b, *a = by.a;
    const wa_biquad_filter_type type = of->filter;
    const double nyquist = graph->rate_hz / 2.0;
    const double hz = of->param_rows[WA_BIQUAD_FILTER_FREQUENCY][frame];
    const double cents = of->param_rows[WA_BIQUAD_FILTER_DETUNE][frame];
    const double gain_db = fmax(-1541.0, of->param_rows[WA_BIQUAD_FILTER_GAIN][frame]);
    const double f0 = fmax(0.0, fmin(nyquist, hz * exp2(fmax(-1000.0, fmin(1000.0, cents / 1200.0)))));
    const bool is_q_db = type == WA_BIQUAD_FILTER_LOWPASS || type == WA_BIQUAD_FILTER_HIGHPASS;
    const double q_given = of->param_rows[WA_BIQUAD_FILTER_Q][frame];
    const double q = is_q_db ? pow(10.0, fmax(-770.0, fmin(770.0, q_given)) / 20.0) : q_given;
    const double A = pow(10.0, gain_db / 40.0), w0 = pi * f0 / nyquist, c = cos(w0);
    const double alpha = sin(w0) / (2.0 * q);
    const double shelf = 2.0 * (sin(w0) / 2.0 * sqrt(2.0)) * sqrt(A);
    const double ap = A + 1.0, am = A - 1.0;
    a[0] = 1.0 + alpha, a[1] = -2.0 * c, a[2] = 1.0 - alpha;
    if (set_limit(type, w0, q, A, b)) {
        a[0] = 1.0, a[1] = a[2] = 0.0;
        return by;
    }
    switch (type) {
    case WA_BIQUAD_FILTER_LOWPASS:
        b[0] = b[2] = (1.0 - c) / 2.0, b[1] = 1.0 - c;
        break;
    case WA_BIQUAD_FILTER_HIGHPASS:
        b[0] = b[2] = (1.0 + c) / 2.0, b[1] = -(1.0 + c);
        break;
    case WA_BIQUAD_FILTER_BANDPASS:
        b[0] = alpha, b[1] = 0.0, b[2] = -alpha;
        break;
    case WA_BIQUAD_FILTER_NOTCH:
        b[0] = b[2] = 1.0, b[1] = -2.0 * c;
        break;
    case WA_BIQUAD_FILTER_ALLPASS:
        b[0] = 1.0 - alpha, b[1] = -2.0 * c, b[2] = 1.0 + alpha;
        break;
    case WA_BIQUAD_FILTER_PEAKING:
        b[0] = 1.0 + alpha * A, b[1] = -2.0 * c, b[2] = 1.0 - alpha * A;
        a[0] = 1.0 + alpha / A, a[2] = 1.0 - alpha / A;
        break;
    case WA_BIQUAD_FILTER_LOWSHELF:
        b[0] = A * (ap - am * c + shelf), b[1] = 2.0 * A * (am - ap * c),
        b[2] = A * (ap - am * c - shelf);
        a[0] = ap + am * c + shelf, a[1] = -2.0 * (am + ap * c), a[2] = ap + am * c - shelf;
        break;
    default:
        b[0] = A * (ap + am * c + shelf), b[1] = -2.0 * A * (am + ap * c),
        b[2] = A * (ap + am * c - shelf);
        a[0] = ap - am * c + shelf, a[1] = 2.0 * (am - ap * c), a[2] = ap - am * c - shelf;
        break;
    }
    return by;
}

void pull_biquad(pull_graph *graph, pull_node *of, const pull_block *in) {
    pull_block wide;
    equation by = equation_at(graph, of, 0);
    if (!begin(graph, of, in, &by, &wide)) {
        return;
    }
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        by = equation_at(graph, of, frame);
        for (uint32_t channel = 0; channel < wide.channel_count; channel++) {
            of->outputs[0].planes[channel][frame] =
                filtered(of, channel, wide.planes[channel][frame], &by);
        }
    }
}

void pull_iir(pull_graph *graph, pull_node *of, const pull_block *in) {
    pull_block wide;
    equation by = { .b_count = of->forward_count, .a_count = of->back_count };
    memcpy(by.b, of->forward, sizeof by.b);
    memcpy(by.a, of->back, sizeof by.a);
    if (!begin(graph, of, in, &by, &wide)) {
        return;
    }
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        for (uint32_t channel = 0; channel < wide.channel_count; channel++) {
            of->outputs[0].planes[channel][frame] =
                filtered(of, channel, wide.planes[channel][frame], &by);
        }
    }
}
