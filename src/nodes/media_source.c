/* MediaSource: plays a file while a worker reads it. Web Audio 1.1, "MediaElementAudioSourceNode".
 *
 *   ring (boundary/feed.h) --> playbackRate (k-rate): frames as they are, or kernels/cubic --> out[0]
 *
 * It is active in the quanta in which it plays, with the file's channels; else, paused, ended or without a
 * media, it is one channel of silence and sleeps. Play and pause take effect at whole frames, with no ramp:
 * they are asked for. Where frames are missing that should be there (late, or not yet there after a seek) the
 * last value ramps to zero, silence follows, and what comes then ramps in; the file goes on where it was.
 */
#include "media_source.h"
#include "../kernels/cubic.h"
#include "../kernels/mix.h"
#include "options.h"
#include <stddef.h>
#include <string.h>

enum {
    RUN_FRAMES = 64,
    WINDOW_FRAMES =
        RUN_FRAMES * FEED_RATE_MAX + 4, /* what a run can reach, one before and two behind */
    NEAR_FRAMES = 1 << 20,              /* a run looks no further: sums of positions fit into 64 bits */
};

typedef struct head {
    uint32_t generation; /* asked of the worker; 0: none */
    bool has_arrived, has_ended;
    bool has_sounded;              /* and nothing but missing frames has made it silent since */
    bool is_short;                 /* of frames, in the last quantum */
    uint32_t fall_left, rise_left; /* frames of a ramp */
    uint32_t fraction;             /* of the position, 2^-32 frame */
    uint64_t begin, cursor; /* counts in the ring: the generation's first frame; the position's */
    uint64_t frame;         /* of the file, at the cursor */
    float last[WA_CHANNEL_COUNT_MAX]; /* the output's last values */
} head;

/* What holds for one quantum. */
typedef struct player {
    feed *from;
    head *at;
    uint64_t step; /* 2^-32 frame of the file per frame of output */
    bool is_looping;
    float *const *planes;
} player;

/* -- When it plays ----------------------------------------------------------------------------- */

typedef struct span {
    uint32_t first, last;
} span;

static uint32_t within(double frame, uint64_t quantum_frame, uint32_t frames) {
    const double at = frame - (double)quantum_frame;
    return at <= 0.0 ? 0 : at >= (double)frames ? frames : (uint32_t)at;
}

static span span_of(const media_source_config *config, uint64_t quantum_frame, uint32_t frames) {
    return (span){ within(config->play_frame, quantum_frame, frames),
                   within(config->pause_frame, quantum_frame, frames) };
}

static bool is_heard(const media_source_config *config, const head *at, span when) {
    const bool has_ended = at->has_ended && at->generation == config->generation;
    return config->media != NULL && when.first < when.last && !has_ended;
}

/* -- The worker -------------------------------------------------------------------------------- */

static void ask(head *at, const media_source_config *config, feed *from) {
    uint64_t begin = 0;
    if (at->generation == config->generation) {
        return;
    }
    at->generation = config->generation;
    at->frame = config->seek_frame;
    at->fraction = 0;
    at->has_arrived = at->has_ended = false;
    if (!feed_has_arrived(from, at->generation, &begin)) {
        feed_request(from, at->generation, config->seek_frame);
    }
}

void media_source_prepare(const media_source_config *config, void *state) {
    if (config->media != NULL) {
        ask(state, config, media_source_feed(config));
    }
}

static void meet(head *at, feed *from) {
    uint64_t begin = 0;
    if (!at->has_arrived && feed_has_arrived(from, at->generation, &begin)) {
        at->has_arrived = true;
        at->begin = at->cursor = begin;
        feed_release(from, begin);
    }
}

/* All but the frame before the position, which interpolation still wants. */
static void release(const player *of) {
    const head *at = of->at;
    const uint64_t kept = at->cursor > at->begin ? at->cursor - 1 : at->begin;
    const uint64_t end = feed_end(of->from);
    if (at->has_arrived) {
        feed_release(of->from, kept < end ? kept : end);
    }
}

/* -- A run of frames --------------------------------------------------------------------------- */

/* Frames from the cursor on: those that are there, and those that there will ever be. */
typedef struct supply {
    uint64_t there, end;
} supply;

static uint64_t near(uint64_t frames) {
    return frames < NEAR_FRAMES ? frames : NEAR_FRAMES;
}

static supply supply_of(const player *of) {
    const head *at = of->at;
    const bool is_over = feed_is_over(of->from); /* first: then all that came is counted */
    const uint64_t there = at->has_arrived ? near(feed_end(of->from) - at->cursor) : 0;
    const uint64_t left = of->is_looping ? NEAR_FRAMES : near(of->from->frame_count - at->frame);
    return (supply){ there, is_over && there < left ? there : left };
}

/* Positions of a run, of at most `frames`, that lie before a frame. */
static uint32_t positions_before(const player *of, uint64_t frame, uint32_t frames) {
    const uint64_t distance = frame * CUBIC_ONE;
    if (distance <= of->at->fraction) {
        return 0;
    }
    if (of->step == 0) {
        return frames;
    }
    const uint64_t count = (distance - of->at->fraction + of->step - 1) / of->step;
    return count < frames ? (uint32_t)count : frames;
}

static bool is_straight(const player *of) {
    return of->step == CUBIC_ONE && of->at->fraction == 0;
}

/* How many frames of output can be made now. */
static uint32_t run_length(const player *of, const supply *have, uint32_t frames) {
    if (is_straight(of)) {
        const uint64_t most = have->there < have->end ? have->there : have->end;
        return most < frames ? (uint32_t)most : frames;
    }
    frames = positions_before(of, have->end, frames < RUN_FRAMES ? frames : RUN_FRAMES);
    if (have->there >= have->end) {
        return frames; /* behind the end there is silence */
    }
    return have->there > 2 ? positions_before(of, have->there - 2, frames) : 0;
}

static void read_straight(const player *of, uint32_t begin, uint32_t frames) {
    for (uint32_t channel = 0; channel < of->from->channel_count; channel++) {
        feed_copy(of->from, channel, of->at->cursor, frames, of->planes[channel] + begin);
    }
}

static void read_between(const player *of, const supply *have, uint32_t begin, uint32_t frames) {
    const head *at = of->at;
    const uint64_t reach = (at->fraction + (frames - 1) * of->step) / CUBIC_ONE + 3;
    const uint64_t real = have->there < have->end ? have->there : have->end;
    const uint32_t copied = (uint32_t)(real < reach ? real : reach);
    float window[WINDOW_FRAMES] = { 0 };
    assert(reach + 1 <= WINDOW_FRAMES);
    for (uint32_t channel = 0; channel < of->from->channel_count; channel++) {
        if (at->cursor > at->begin) {
            feed_copy(of->from, channel, at->cursor - 1, 1, window);
        }
        feed_copy(of->from, channel, at->cursor, copied, window + 1);
        kernel_cubic(of->planes[channel] + begin, window + 1, at->fraction, of->step, frames);
    }
}

/* The position moves on; at the end of the file it turns, or it is over. */
static void advance(const player *of, const supply *have, uint32_t frames) {
    head *at = of->at;
    const uint64_t position = at->fraction + frames * of->step, moved = position / CUBIC_ONE;
    at->fraction = (uint32_t)(position % CUBIC_ONE);
    at->cursor += moved;
    at->frame += moved;
    at->has_ended = moved >= have->end;
    if (of->is_looping) {
        at->frame %= of->from->frame_count;
    }
}

/* -- Ramps ------------------------------------------------------------------------------------- */

static void rise(const player *of, uint32_t begin, uint32_t frames) {
    head *at = of->at;
    const uint32_t count = frames < at->rise_left ? frames : at->rise_left;
    const uint32_t done = FEED_RAMP_FRAMES - at->rise_left;
    for (uint32_t channel = 0; channel < of->from->channel_count; channel++) {
        for (uint32_t i = 0; i < count; i++) {
            of->planes[channel][begin + i] *= (float)(done + i + 1) / FEED_RAMP_FRAMES;
        }
    }
    at->rise_left -= count;
}

static void fall(const player *of, uint32_t begin, uint32_t end) {
    head *at = of->at;
    const uint32_t count = end - begin < at->fall_left ? end - begin : at->fall_left;
    for (uint32_t channel = 0; channel < of->from->channel_count; channel++) {
        float *out = of->planes[channel] + begin;
        for (uint32_t i = 0; i < count; i++) {
            out[i] = at->last[channel] * (float)(at->fall_left - i - 1) / FEED_RAMP_FRAMES;
        }
        kernel_zero(out + count, end - begin - count);
    }
    at->fall_left -= count;
}

static void keep_last(const player *of, uint32_t end) {
    for (uint32_t channel = 0; channel < of->from->channel_count; channel++) {
        of->at->last[channel] = of->planes[channel][end - 1];
    }
}

/* -- One quantum ------------------------------------------------------------------------------- */

static void come_short(const player *of, uint32_t begin, uint32_t end) {
    head *at = of->at;
    if (!at->is_short) {
        at->fall_left = at->has_sounded ? FEED_RAMP_FRAMES : 0;
        at->rise_left = 0;
    }
    if (at->has_arrived) { /* a seek that has not got there yet is none */
        feed_report_underflow(of->from, end - begin, !at->is_short);
    }
    fall(of, begin, end);
    at->is_short = true;
}

static void make(const player *of, const supply *have, uint32_t begin, uint32_t frames) {
    head *at = of->at;
    if (at->is_short) {
        at->is_short = false;
        at->rise_left = at->has_sounded ? FEED_RAMP_FRAMES : 0;
    }
    if (is_straight(of)) {
        read_straight(of, begin, frames);
    } else {
        read_between(of, have, begin, frames);
    }
    rise(of, begin, frames);
    keep_last(of, begin + frames);
    at->has_sounded = true;
    advance(of, have, frames);
}

/* Frames [begin, end). Returns whether any of them may sound. */
static bool play(const player *of, uint32_t begin, uint32_t end) {
    head *at = of->at;
    bool has_sound = false;
    at->has_ended = !of->is_looping && at->frame >= of->from->frame_count;
    if (of->is_looping) {
        at->frame %= of->from->frame_count;
    }
    while (begin < end && !at->has_ended) {
        const supply have = supply_of(of);
        const uint32_t frames = run_length(of, &have, end - begin);
        at->has_ended = have.end == 0;
        if (frames == 0) {
            break;
        }
        make(of, &have, begin, frames);
        has_sound = true;
        begin += frames;
    }
    if (begin < end && !at->has_ended) {
        has_sound = has_sound || (at->is_short ? at->fall_left > 0 : at->has_sounded);
        come_short(of, begin, end);
        begin = end;
    }
    for (uint32_t channel = 0; channel < of->from->channel_count; channel++) {
        kernel_zero(of->planes[channel] + begin, end - begin);
    }
    return has_sound;
}

static uint64_t step_of(const wa_param_values *rate) {
    const double frames = (double)rate->values[0];
    assert(frames >= 0.0 && frames <= FEED_RATE_MAX);
    return (uint64_t)(frames * (double)CUBIC_ONE + 0.5);
}

static void be_silent(const wa_block *out, uint32_t begin, uint32_t end) {
    for (uint32_t channel = 0; channel < out->channel_count; channel++) {
        kernel_zero(out->planes[channel] + begin, end - begin);
    }
}

static void media_source_one(wa_instance *instance, const wa_quantum *quantum) {
    const media_source_config *config = instance->config;
    wa_block *out = &instance->outputs[0];
    head *at = instance->state;
    feed *from = media_source_feed(config);
    const uint32_t frames = quantum->frame_count;
    const span when = span_of(config, quantum->frame, frames);
    const bool is_playing = is_heard(config, at, when);
    out->is_silent = true;
    instance->has_tail = false;
    media_source_prepare(config, at);
    if (!is_playing) {
        be_silent(out, 0, frames);
    } else {
        const player of = { from, at, step_of(&instance->params[0]), config->is_looping, out->planes };
        assert(out->channel_count == from->channel_count);
        meet(at, from);
        be_silent(out, 0, when.first);
        out->is_silent = !play(&of, when.first, when.last);
        be_silent(out, when.last, frames);
        release(&of);
        if (at->has_ended) {
            feed_report_end(from, at->generation);
        }
    }
    if (from == NULL) {
        return;
    }
    feed_report(from, at->generation, at->frame);
    at->has_sounded = at->has_sounded && is_playing && when.last == frames && !at->has_ended;
    at->is_short = at->is_short && at->has_sounded;
    const bool will_play = config->pause_frame > (double)(quantum->frame + frames) &&
                           config->play_frame < config->pause_frame;
    instance->has_tail = will_play && !at->has_ended;
}

static void process(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum) {
    assert(count > 0);
    assert(quantum->frame_count > 0);
    for (uint32_t i = 0; i < count; i++) {
        media_source_one(instances[i], quantum);
    }
}

static void output_channels(const wa_instance *instance, uint32_t counts[]) {
    const media_source_config *config = instance->config;
    const span when = span_of(config, instance->frame, instance->end);
    counts[0] = is_heard(config, instance->state, when) ? media_source_feed(config)->channel_count : 1;
}

static void reset(const void *config, void *state, double sample_rate_hz) {
    (void)config, (void)sample_rate_hz;
    *(head *)state = (head){ 0 };
}

/* -- Control ----------------------------------------------------------------------------------- */

static void output_channels_max(const void *config, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count) {
    (void)input_max, (void)input_count, (void)output_count;
    const feed *from = media_source_feed(config);
    counts[0] = from != NULL ? from->channel_count : 1;
}

/* The longest way through the file that one quantum can take must fit into the ring. */
static wa_status check_fits(const feed *from, const wa_class_env *env) {
    if (from->sample_rate_hz != env->sample_rate_hz) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "media: was opened for %g Hz, the context has %g (options.sample_rate_hz)",
                         from->sample_rate_hz, env->sample_rate_hz);
    }
    const uint64_t needed = (uint64_t)env->quantum_frames * FEED_RATE_MAX + FEED_LOOK_AROUND;
    if (from->capacity_frames < needed) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "media: its ring holds %u frames; a quantum of %u needs %llu, which is "
                         "ring_s of %.3g or more",
                         from->capacity_frames, env->quantum_frames, (unsigned long long)needed,
                         (double)needed / env->sample_rate_hz);
    }
    return WA_OK;
}

static wa_status set_media(media_source_config *source, const wa_class_env *env) {
    feed *from = (feed *)(uintptr_t)env->resource;
    const wa_status status = from != NULL ? check_fits(from, env) : WA_OK;
    if (status == WA_OK) {
        source->media = env->resource;
        source->generation = from != NULL ? feed_give(from) : 0;
        source->seek_frame = 0;
        source->play_frame = source->pause_frame = INFINITY;
    }
    return status;
}

static wa_status set_attribute(void *config, wa_attribute attribute, double number,
                               const wa_class_env *env) {
    media_source_config *source = config;
    switch (attribute) {
    case WA_ATTRIBUTE_RESOURCE:
        return set_media(source, env);
    case WA_ATTRIBUTE_LOOP:
        source->is_looping = number != 0.0;
        return WA_OK;
    case WA_ATTRIBUTE_PLAY:
        source->play_frame = media_source_plays_at(source, number) ? source->play_frame : number;
        source->pause_frame = INFINITY;
        return WA_OK;
    case WA_ATTRIBUTE_PAUSE: /* before it would play: then it does not */
        source->play_frame = number <= source->play_frame ? INFINITY : source->play_frame;
        source->pause_frame = number;
        return WA_OK;
    case WA_ATTRIBUTE_SEEK:
        source->seek_frame = (uint64_t)number;
        source->generation = feed_next_generation(media_source_feed(source));
        return WA_OK;
    default:
        return error_set(WA_ERR_INVALID_ACCESS, "attribute: a media source has none numbered %d",
                         (int)attribute);
    }
}

static wa_status configure(const void *options, const wa_class_env *env, wa_node_setup *setup) {
    static const wa_media_source_options defaults = WA_MEDIA_SOURCE_OPTIONS_INIT;
    const wa_media_source_options *chosen = options != NULL ? options : &defaults;
    media_source_config *source = setup->config;
    const wa_status status = option_finite("playback_rate", (double)chosen->playback_rate);
    if (status != WA_OK) {
        return status;
    }
    if (chosen->playback_rate < 0.0f || chosen->playback_rate > (float)FEED_RATE_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "playback_rate: %g is not in [0, %d]",
                         (double)chosen->playback_rate, FEED_RATE_MAX);
    }
    setup->param_values[WA_MEDIA_SOURCE_PLAYBACK_RATE] = chosen->playback_rate;
    source->is_looping = chosen->loop;
    source->play_frame = source->pause_frame = INFINITY;
    return env->resource != NULL ? set_media(source, env) : WA_OK;
}

const wa_node_class wa_node_class_media_source = {
    .name = "MediaSource",
    .output_count = 1,
    .param_count = 1,
    .options_bytes = sizeof(wa_media_source_options),
    .config_bytes = sizeof(media_source_config),
    .state_bytes = sizeof(head),
    .flags = WA_CLASS_STREAM,
    .resource_kind = WA_RESOURCE_MEDIA,
    .options_resource_offset = offsetof(wa_media_source_options, media),
    .params = { [WA_MEDIA_SOURCE_PLAYBACK_RATE] = { .name = "playbackRate",
                                                    .value_default = 1.0f,
                                                    .value_min = 0.0f,
                                                    .value_max = FEED_RATE_MAX,
                                                    .is_k_rate = true,
                                                    .is_rate_fixed = true } },
    .configure = configure,
    .set_attribute = set_attribute,
    .output_channels_max = output_channels_max,
    .reset = reset,
    .output_channels = output_channels,
    .process = process,
};
