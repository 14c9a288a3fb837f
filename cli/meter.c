/* How loud what is recorded is. Each channel has an Analyser of its own, whose waveform is long enough that
 * nothing is missed between two looks at any usual rate. */
#include "meter.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FFT_SIZE_MAX = 32768, BAR_CELLS = 30, SHOWN_CHANNELS_MAX = 8, LINE_BYTES = 256 };
static const double window_s = 0.25, bar_floor_db = -60, line_interval_s = 1;

static uint32_t fft_size_for(double rate_hz) {
    uint32_t size = 32;
    while (size < FFT_SIZE_MAX && size < rate_hz * window_s) {
        size *= 2;
    }
    return size;
}

static wa_status listen_to(meter *of, wa_node splitter, uint32_t channel, uint32_t fft_size) {
    wa_analyser_options options = WA_ANALYSER_OPTIONS_INIT;
    options.fft_size = fft_size;
    const wa_status status =
        wa_node_create(of->context, WA_NODE_TYPE_ANALYSER, &options, &of->analysers[channel]);
    return status == WA_OK
               ? wa_node_connect_ports(of->context, splitter, channel, of->analysers[channel], 0)
               : status;
}

wa_status meter_init(meter *of, session *open, wa_node from, uint32_t channel_count) {
    const uint32_t fft_size = fft_size_for((double)wa_context_sample_rate_hz(open->context));
    *of = (meter){ .context = open->context,
                   .channel_count = channel_count,
                   .frame_count = fft_size,
                   .frames = calloc(fft_size, sizeof *of->frames),
                   .is_line = isatty(STDERR_FILENO) };
    if (of->frames == NULL) {
        return WA_ERR_SYSTEM_MEMORY;
    }
    wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    options.output_count = channel_count;
    wa_node splitter;
    wa_status status =
        wa_node_create(open->context, WA_NODE_TYPE_CHANNEL_SPLITTER, &options, &splitter);
    if (status == WA_OK) {
        status = wa_node_connect(open->context, from, splitter);
    }
    for (uint32_t channel = 0; status == WA_OK && channel < channel_count; channel++) {
        status = listen_to(of, splitter, channel, fft_size);
    }
    return status;
}

void meter_finish(meter *of) {
    free(of->frames);
    *of = (meter){ .context = NULL };
}

static float peak_of(const meter *of) {
    float peak = 0;
    for (uint32_t frame = 0; frame < of->frame_count; frame++) {
        peak = fmaxf(peak, fabsf(of->frames[frame]));
    }
    return peak;
}

void meter_text(float peak, char text[METER_TEXT_BYTES]) {
    if (peak > 0) {
        snprintf(text, METER_TEXT_BYTES, "%.1f dB", 20 * log10((double)peak));
    } else {
        snprintf(text, METER_TEXT_BYTES, "silent");
    }
}

static void compose(const meter *of, double now_s, char line[LINE_BYTES]) {
    char bar[BAR_CELLS + 1], text[METER_TEXT_BYTES];
    float loudest = 0;
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        loudest = fmaxf(loudest, of->recent[channel]);
    }
    const double level_db = loudest > 0 ? 20 * log10((double)loudest) : bar_floor_db;
    const double cells = BAR_CELLS * (1 - level_db / bar_floor_db);
    for (int cell = 0; cell < BAR_CELLS; cell++) {
        bar[cell] = cell < cells ? '#' : '.';
    }
    bar[BAR_CELLS] = '\0';
    int length = snprintf(line, LINE_BYTES, "%8.1f s [%s]", now_s, bar);
    for (uint32_t channel = 0; channel < of->channel_count && channel < SHOWN_CHANNELS_MAX; channel++) {
        meter_text(of->recent[channel], text);
        length += snprintf(line + length, LINE_BYTES - (size_t)length, " %9s", text);
    }
    snprintf(line + length, LINE_BYTES - (size_t)length, "%s", loudest >= 1 ? " too loud" : "");
}

static void show(meter *of) {
    char line[LINE_BYTES];
    compose(of, wa_context_current_time_s(of->context), line);
    if (of->is_line) {
        fprintf(stderr, "\r%s   ", line);
    } else {
        printf("%s\n", line);
        fflush(stdout);
    }
    memset(of->recent, 0, sizeof of->recent);
}

void meter_look(meter *of) {
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        if (wa_analyser_get_float_time_domain_data(of->context, of->analysers[channel], of->frames,
                                                   of->frame_count) == WA_OK) {
            of->recent[channel] = fmaxf(of->recent[channel], peak_of(of));
            of->peak = fmaxf(of->peak, of->recent[channel]);
        }
    }
    const double now_s = cli_now_s();
    if (of->shown_s == 0) {
        of->shown_s = now_s;
    }
    if (of->is_line || now_s >= of->shown_s + line_interval_s) {
        of->shown_s = of->is_line ? now_s : of->shown_s + line_interval_s;
        show(of);
    }
}

void meter_end(meter *of) {
    meter_look(of);
    if (of->is_line) {
        fputc('\n', stderr);
    }
}
