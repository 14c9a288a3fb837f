/* Sources: when they play, and what. Web Audio 1.1, "AudioScheduledSourceNode", "OscillatorNode",
 * "ConstantSourceNode". */
#include "kernels/wave_table.h"
#include "pull.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* A time within a millionth of a frame of one means that frame: it was divided by the rate before. */
static double frame_of(const pull_graph *graph, double time_s) {
    const double frame = time_s * graph->rate_hz, nearest = round(frame);
    return fabs(frame - nearest) < 1e-6 + fabs(frame) * 1e-15 ? nearest : frame;
}

void pull_start(pull_graph *graph, uint32_t node, double when_s, double now_s) {
    pull_source *source = &graph->nodes[node].source;
    source->is_started = true;
    source->start_frame = frame_of(graph, fmax(when_s, now_s));
    source->stop_frame = INFINITY;
}

void pull_stop(pull_graph *graph, uint32_t node, double when_s, double now_s) {
    pull_source *source = &graph->nodes[node].source;
    if (!source->has_ended) {
        source->has_stop = true;
        source->stop_frame = frame_of(graph, fmax(when_s, now_s));
    }
}

void pull_rearm(pull_graph *graph, uint32_t node) {
    pull_node *of = &graph->nodes[node];
    of->source = (pull_source){ 0 };
    of->player.has_started = of->player.has_entered = of->player.has_ended = false;
    of->player.offset_s = 0.0;
    of->player.duration_s = -1.0;
    of->phase = 0.0;
    of->has_phase = false;
}

bool pull_source_begin(pull_graph *graph, pull_node *of) {
    pull_source *source = &of->source;
    const double quantum = graph->quantum, frame = (double)graph->frame;
    if (!source->is_started || source->has_ended) {
        return false;
    }
    const double first = ceil(source->start_frame) - frame, last = ceil(source->stop_frame) - frame;
    if (fmin(first, last) >= quantum) {
        return false;
    }
    source->begin = (uint32_t)fmin(quantum, fmax(0.0, first));
    source->end = (uint32_t)fmin(quantum, fmax(0.0, last));
    source->has_ended = source->begin >= source->end;
    return !source->has_ended;
}

void pull_source_end(pull_graph *graph, pull_node *of) {
    pull_source *source = &of->source;
    const double next = (double)(graph->frame + graph->quantum);
    source->has_ended = of->player.has_ended || ceil(source->stop_frame) <= next;
}

/* How long after its exact start a source has its first frame; one that came too late begins now. */
static double late_frames(const pull_graph *graph, const pull_source *source) {
    const double late = (double)(graph->frame + source->begin) - source->start_frame;
    return late > 0.0 && late < 1.0 ? late : 0.0;
}

void pull_constant(pull_graph *graph, pull_node *of) {
    of->outputs[0] = pull_silence(graph, 1, true);
    for (uint32_t frame = of->source.begin; frame < of->source.end; frame++) {
        of->outputs[0].planes[0][frame] = of->param_rows[WA_CONSTANT_SOURCE_OFFSET][frame];
    }
}

/* -- Oscillator ------------------------------------------------------------------------------------ */

static double turns_of(const pull_graph *graph, const pull_node *of, uint32_t frame) {
    const double hz = of->param_rows[WA_OSCILLATOR_FREQUENCY][frame];
    const double cents = of->param_rows[WA_OSCILLATOR_DETUNE][frame];
    const double nyquist = graph->rate_hz / 2.0;
    const double octaves = fmax(-1000.0, fmin(1000.0, cents / 1200.0));
    const double computed = fmax(-nyquist, fmin(nyquist, hz * exp2(octaves)));
    return computed / graph->rate_hz * (1.0 + (graph->jitter > 0.0 ? 2e-9 : 0.0));
}

/* With as many partials as stay below Nyquist, of those counts that the wave's ranges have. */
static uint32_t range_at(const pull_wave *wave, double turns) {
    uint32_t range = 0;
    while (range + 1 < wave->range_count && fabs(turns) * wave->range_partials[range] > 0.5) {
        range++;
    }
    return range;
}

static double wave_sum(const pull_wave *wave, double phase, uint32_t count) {
    const double step_re = cos(2.0 * pi * phase), step_im = sin(2.0 * pi * phase);
    double re = 1.0, im = 0.0, sum = 0.0;
    for (uint32_t k = 1; k <= count; k++) {
        const double next = re * step_re - im * step_im;
        im = re * step_im + im * step_re;
        re = next;
        sum += wave->real[k] * re + wave->imag[k] * im;
    }
    return sum;
}

void pull_oscillator(pull_graph *graph, pull_node *of) {
    const pull_wave *wave = of->wave;
    of->outputs[0] = pull_silence(graph, 1, true);
    for (uint32_t frame = of->source.begin; frame < of->source.end; frame++) {
        const double turns = turns_of(graph, of, frame);
        if (!of->has_phase) {
            of->phase = turns * late_frames(graph, &of->source);
            of->has_phase = true;
        }
        const bool is_sine = wave->partial_count == 0;
        const uint32_t range = is_sine ? 0 : range_at(wave, turns);
        double value = is_sine ? sin(2.0 * pi * of->phase)
                               : wave_sum(wave, of->phase, wave->range_partials[range]);
        if (graph->jitter >
            0.0) { /* a table's images, and the precision that is promised of the sine */
            const double most = 3e-7 + (is_sine ? 0.0 : wave->images[range] / 16.0);
            value += pull_random(graph) < 0.0 ? -most : most;
        }
        of->outputs[0].planes[0][frame] = value;
        of->phase += turns;
        of->phase -= floor(of->phase);
    }
}

/* -- Waves ----------------------------------------------------------------------------------------- */

/* The largest |x(n)| of n = 0 .. length - 1, by a plain transform. */
static void transform(double *re, double *im, double *work_re, double *work_im, uint32_t length) {
    if (length == 1) {
        return;
    }
    const uint32_t half = length / 2;
    for (uint32_t i = 0; i < half; i++) {
        work_re[i] = re[2 * i];
        work_im[i] = im[2 * i];
        work_re[half + i] = re[2 * i + 1];
        work_im[half + i] = im[2 * i + 1];
    }
    transform(work_re, work_im, re, im, half);
    transform(work_re + half, work_im + half, re + half, im + half, half);
    for (uint32_t i = 0; i < half; i++) {
        const double c = cos(2.0 * pi * i / length), s = sin(2.0 * pi * i / length);
        const double odd_re = work_re[half + i] * c - work_im[half + i] * s;
        const double odd_im = work_re[half + i] * s + work_im[half + i] * c;
        re[i] = work_re[i] + odd_re;
        im[i] = work_im[i] + odd_im;
        re[half + i] = work_re[i] - odd_re;
        im[half + i] = work_im[i] - odd_im;
    }
}

static double peak_of(const pull_wave *wave) {
    const uint32_t wanted = 16 * wave->partial_count;
    uint32_t length = 4096;
    while (length < wanted && length < 32768) {
        length *= 2;
    }
    double *rows = calloc(4 * (size_t)length, sizeof *rows);
    fuzz_check(rows != NULL, "memory");
    for (uint32_t k = 1; k <= wave->partial_count; k++) { /* real part: a cos + b sin */
        rows[k] = wave->real[k];
        rows[length + k] = -wave->imag[k];
    }
    transform(rows, rows + length, rows + 2 * (size_t)length, rows + 3 * (size_t)length, length);
    double peak = 0.0;
    for (uint32_t n = 0; n < length; n++) {
        peak = fmax(peak, fabs(rows[n]));
    }
    free(rows);
    return peak;
}

/* kernels/wave_table.h: that of partial k is (k / (length - k))^2 of it, on either side. */
static double images_of(const pull_wave *wave, const wave_range *range) {
    const double length = (double)((uint32_t)1 << range->length_log2);
    double sum = 0.0;
    for (uint32_t k = 1; k <= range->partial_count; k++) {
        const double part = (double)k / (length - (double)k);
        sum += 2.0 * part * part * hypot(wave->real[k], wave->imag[k]);
    }
    return sum;
}

void pull_wave_make(pull_wave *wave, const float *real, const float *imag, uint32_t count,
                    bool is_normalized) {
    *wave = (pull_wave){ .partial_count = count - 1 };
    wave->real = calloc(count, sizeof(double));
    wave->imag = calloc(count, sizeof(double));
    fuzz_check(wave->real != NULL && wave->imag != NULL, "memory");
    for (uint32_t k = 1; k < count; k++) {
        wave->real[k] = real != NULL ? (double)real[k] : 0.0;
        wave->imag[k] = imag != NULL ? (double)imag[k] : 0.0;
    }
    const double peak = is_normalized ? peak_of(wave) : 1.0;
    for (uint32_t k = 1; k < count; k++) {
        wave->real[k] /= peak;
        wave->imag[k] /= peak;
    }
    wa_wave_data planned = { .range_count = 0 };
    (void)wave_plan(&planned, wave->partial_count);
    wave->range_count = planned.range_count;
    for (uint32_t range = 0; range < planned.range_count; range++) {
        wave->range_partials[range] = planned.ranges[range].partial_count;
        wave->images[range] = images_of(wave, &planned.ranges[range]);
    }
}

void pull_wave_free(pull_wave *wave) {
    free(wave->real);
    free(wave->imag);
    *wave = (pull_wave){ 0 };
}

/* Web Audio 1.1, "Oscillator Coefficients". */
const pull_wave *pull_wave_standard(wa_oscillator_type type) {
    enum { COUNT = WAVE_STANDARD_PARTIAL_COUNT + 1 };
    static pull_wave waves[4];
    static float imag[COUNT];
    pull_wave *wave = &waves[type];
    if (type == WA_OSCILLATOR_SINE || wave->partial_count > 0) {
        return wave;
    }
    for (uint32_t n = 1; n < COUNT; n++) {
        const double order = n, sign = n % 2 == 1 ? 1.0 : -1.0;
        const double odd = n % 2 == 1 ? 1.0 : 0.0;
        double term = 0.0;
        if (type == WA_OSCILLATOR_SQUARE) {
            term = odd * 4.0 / (order * pi);
        } else if (type == WA_OSCILLATOR_SAWTOOTH) {
            term = sign * 2.0 / (order * pi);
        } else {
            term = 8.0 * sin(order * pi / 2.0) * odd / (pi * pi * order * order);
        }
        imag[n] = (float)term;
    }
    pull_wave_make(wave, NULL, imag, COUNT, true);
    return wave;
}
