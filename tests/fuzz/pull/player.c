/* Web Audio 1.1, "Playback of AudioBuffer Contents", frame by frame. Where the algorithm is open it is read as
 * kernels/playhead.h says. */
#include "pull.h"
#include <math.h>

static const double one = 0x1p48;

/* 2^48 is a frame; more than 2^40 frames are taken as that. */
static pull_fixed fixed_of(double frames) {
    const double limit = 0x1p40, held = fmax(-limit, fmin(limit, frames)), whole = floor(held);
    return (pull_fixed)(int64_t)whole * ((pull_fixed)1 << 48) + (pull_fixed)rint((held - whole) * one);
}

static double frames_of(double time_s, double rate_hz) {
    const double frames = time_s * rate_hz, whole = rint(frames);
    return fabs(frames - whole) <= fabs(frames) * 0x1p-51 ? whole : frames;
}

typedef struct playing {
    pull_player *of;
    pull_fixed step, length, loop_start, loop_end, duration;
} playing;

static void set_loop(playing *now) {
    const pull_player *of = now->of;
    const double rate = of->buffer->rate_hz;
    now->loop_start = 0;
    now->loop_end = now->length;
    const double start = frames_of(of->loop_start_s, rate), end = frames_of(of->loop_end_s, rate);
    if (of->is_looping && start >= 0.0 && end > 0.0 && start < end) {
        const pull_fixed actual_end = fixed_of(end) < now->length ? fixed_of(end) : now->length;
        if (fixed_of(start) < actual_end) { /* empty: the whole buffer */
            now->loop_start = fixed_of(start);
            now->loop_end = actual_end;
        }
    }
}

static bool would_enter(const playing *now) {
    const pull_player *of = now->of;
    if (!of->is_looping || of->has_entered) {
        return of->is_looping;
    }
    return of->offset < now->loop_end ? of->position >= now->loop_start : of->position < now->loop_end;
}

static void wrap(playing *now) {
    pull_player *of = now->of;
    of->has_entered = would_enter(now);
    if (!of->has_entered) {
        return;
    }
    const pull_fixed length = now->loop_end - now->loop_start;
    pull_fixed into = (of->position - now->loop_start) % length;
    into += into < 0 ? length : 0;
    of->position = now->loop_start + into;
}

static void begin(const pull_graph *graph, const pull_node *node, playing *now) {
    pull_player *of = now->of;
    of->offset = fixed_of(fmax(0.0, frames_of(of->offset_s, of->buffer->rate_hz)));
    of->offset = of->offset < now->length ? of->offset : now->length;
    if (of->is_looping && now->step >= 0 && of->offset >= now->loop_end) {
        of->offset = now->loop_end;
    }
    if (of->is_looping && now->step < 0 && of->offset < now->loop_start) {
        of->offset = now->loop_start;
    }
    of->position = of->offset;
    wrap(now);
    const double late = (double)(graph->frame + node->source.begin) - node->source.start_frame;
    const double step = (double)now->step / one;
    const pull_fixed skipped = late > 0.0 && late < 1.0 ? fixed_of(late * step) : 0;
    of->position += skipped;
    of->elapsed = skipped < 0 ? -skipped : skipped;
    of->has_started = true;
}

static bool is_over(const playing *now) {
    const pull_player *of = now->of;
    if (now->duration >= 0 && of->elapsed >= now->duration) {
        return true;
    }
    const bool has_left =
        (now->step > 0 && of->position >= now->length) || (now->step < 0 && of->position < 0);
    return has_left && !would_enter(now);
}

static double sample(const pull_buffer *buffer, uint32_t channel, int64_t frame) {
    return (double)buffer->planes[channel][frame];
}

/* After the last frame along the last line. */
static double signal_at(const pull_buffer *buffer, uint32_t channel, pull_fixed position) {
    const int64_t frame = (int64_t)(position >> 48);
    const double fraction = (double)(position - ((pull_fixed)frame << 48)) / one;
    const double here = sample(buffer, channel, frame);
    if (fraction == 0.0 || buffer->frame_count == 1) {
        return here;
    }
    return frame + 1 < buffer->frame_count
               ? here + fraction * (sample(buffer, channel, frame + 1) - here)
               : here + fraction * (here - sample(buffer, channel, frame - 1));
}

/* Behind the last whole frame of a loop the signal goes straight to where the loop begins. */
static double looped_at(const playing *now, uint32_t channel) {
    const pull_player *of = now->of;
    const pull_fixed frame = of->position >> 48 << 48, whole = (pull_fixed)1 << 48;
    if (frame + whole < now->loop_end) {
        return signal_at(of->buffer, channel, of->position);
    }
    const pull_fixed from = frame > now->loop_start ? frame : now->loop_start;
    const double first = signal_at(of->buffer, channel, from);
    const double last = signal_at(of->buffer, channel, now->loop_start);
    return first + (last - first) * ((double)(of->position - from) / (double)(now->loop_end - from));
}

static void render(pull_graph *graph, pull_node *node, playing *now) {
    pull_player *of = now->of;
    const pull_block *out = &node->outputs[0];
    for (uint32_t frame = node->source.begin; frame < node->source.end; frame++) {
        if (frame == node->source.begin && !of->has_started) {
            begin(graph, node, now);
        }
        wrap(now);
        if (is_over(now)) {
            of->has_ended = true;
            return;
        }
        for (uint32_t channel = 0; channel < out->channel_count; channel++) {
            if (of->position >= 0 && of->position < now->length) {
                const double value = of->has_entered ? looped_at(now, channel)
                                                     : signal_at(of->buffer, channel, of->position);
                out->planes[channel][frame] = pull_shaken(graph, value, 1.0); /* neighbours: up to 1 */
            }
        }
        of->position += now->step;
        of->elapsed += now->step < 0 ? -now->step : now->step;
    }
    of->has_ended = is_over(now);
}

void pull_player_render(pull_graph *graph, pull_node *node) {
    pull_player *of = &node->player;
    if (of->buffer == NULL) {
        node->outputs[0] = pull_silence(graph, 1, true);
        return;
    }
    node->outputs[0] = pull_silence(graph, of->buffer->channel_count, true);
    const double rate = node->param_rows[WA_BUFFER_SOURCE_PLAYBACK_RATE][0];
    const double cents = node->param_rows[WA_BUFFER_SOURCE_DETUNE][0];
    const double octaves = fmax(-1000.0, fmin(1000.0, cents / 1200.0));
    const double computed = fmax(-0x1p40, fmin(0x1p40, rate * exp2(octaves)));
    playing now = { .of = of, .length = fixed_of(of->buffer->frame_count) };
    now.step = fixed_of(computed * (of->buffer->rate_hz / graph->rate_hz));
    now.duration = of->duration_s < 0.0 ? -1 : fixed_of(frames_of(of->duration_s, of->buffer->rate_hz));
    set_loop(&now);
    render(graph, node, &now);
}
