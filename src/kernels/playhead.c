#include "playhead.h"
#include "mix.h"
#include "samples.h"
#include <math.h>
#include <string.h>

enum {
    FRACTION_BITS = 48,
    RUN_FRAMES_MAX = 128,
    REACH_FRAMES_MAX = 32767, /* of the buffer, in one run: positions in it fit into 64 bits */
};

__extension__ typedef __int128 fixed;

static const fixed fixed_one = (fixed)1 << FRACTION_BITS;

typedef struct run {
    playhead *head;
    const playhead_score *score;
    fixed position, elapsed;
    fixed offset, step, speed; /* speed: |step| */
    fixed length;              /* of the buffer */
    fixed duration;            /* below 0: none */
    fixed loop_start, loop_end;
} run;

/* -- Fixed point ------------------------------------------------------------------------------- */

static fixed fixed_from_double(double frames) {
    const double limit = 0x1p40;
    const double held = fmax(-limit, fmin(limit, frames));
    const double whole = floor(held);
    return (fixed)(int64_t)whole * fixed_one + (fixed)(int64_t)rint((held - whole) * 0x1p48);
}

static fixed fixed_load(playhead_position position) {
    return (fixed)position.frame * fixed_one + (fixed)position.fraction;
}

static playhead_position fixed_store(fixed value) {
    return (playhead_position){ .frame = (int64_t)(value >> FRACTION_BITS),
                                .fraction = (uint64_t)value & (((uint64_t)1 << FRACTION_BITS) - 1) };
}

static uint64_t fraction_of(fixed value) {
    return (uint64_t)value & (((uint64_t)1 << FRACTION_BITS) - 1);
}

static double fraction_double(fixed value) {
    return (double)(int64_t)fraction_of(value) * 0x1p-48;
}

/* Whole frames; value is within the buffer. */
static uint64_t frame_of(fixed value) {
    assert(value >= 0);
    return (uint64_t)(value >> FRACTION_BITS);
}

static fixed remainder_of(fixed value, fixed modulus) {
    if (value < modulus) {
        return value;
    }
    if (value - modulus < modulus) { /* the usual wrap */
        return value - modulus;
    }
    const fixed narrow = (fixed)1 << 63;
    return value < narrow ? (fixed)((uint64_t)value % (uint64_t)modulus) : value % modulus;
}

double playhead_frames(double time_s, double sample_rate_hz) {
    const double frames = time_s * sample_rate_hz, whole = rint(frames);
    return fabs(frames - whole) <= fabs(frames) * 0x1p-51 ? whole : frames;
}

/* -- Kernels: a stretch of the buffer in which every frame has its next one -------------------- */

static void positions_of(int32_t *restrict indices, float *restrict fractions, uint64_t first,
                         int64_t step, uint32_t frames) {
    uint64_t position = first;
    for (uint32_t i = 0; i < frames; i++) {
        indices[i] = (int32_t)(position >> 32) >> 16;
        fractions[i] = (float)(int32_t)((uint32_t)(position >> 24) & 0xffffffu) * 0x1p-24f;
        position += (uint64_t)step;
    }
}

static void interpolate(float *restrict out, const float *restrict in, const int32_t *restrict indices,
                        const float *restrict fractions, uint32_t frames) {
    float pairs[2 * RUN_FRAMES_MAX];
    for (uint32_t i = 0; i < frames; i++) {
        memcpy(pairs + 2 * (size_t)i, in + indices[i], 2 * sizeof(float));
    }
    for (uint32_t i = 0; i < frames; i++) {
        const float here = pairs[2 * i];
        out[i] = here + fractions[i] * (pairs[2 * i + 1] - here);
    }
}

/* The same, to the bit, from samples of 16 bits. */
static void interpolate_int16(float *restrict out, const int16_t *restrict in,
                              const int32_t *restrict indices, const float *restrict fractions,
                              uint32_t frames) {
    int16_t pairs[2 * RUN_FRAMES_MAX];
    for (uint32_t i = 0; i < frames; i++) {
        memcpy(pairs + 2 * (size_t)i, in + indices[i], 2 * sizeof(int16_t));
    }
    const float scale = 0x1p-15f;
    for (uint32_t i = 0; i < frames; i++) {
        const float here = (float)pairs[2 * i] * scale, next = (float)pairs[2 * i + 1] * scale;
        out[i] = here + fractions[i] * (next - here);
    }
}

static void read_straight(const run *now, float *const *planes, uint32_t at, uint32_t frames) {
    const wa_buffer_data *buffer = now->score->buffer;
    const uint64_t frame = frame_of(now->position);
    int32_t indices[RUN_FRAMES_MAX];
    float fractions[RUN_FRAMES_MAX];
    positions_of(indices, fractions, fraction_of(now->position), (int64_t)now->step, frames);
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        float *out = planes[channel] + at;
        if (buffer->storage == WA_BUFFER_STORAGE_INT16) {
            interpolate_int16(out, buffer_plane_int16(buffer, channel) + frame, indices, fractions,
                              frames);
        } else {
            interpolate(out, buffer->planes[channel] + frame, indices, fractions, frames);
        }
    }
}

static void read_copy(const run *now, float *const *planes, uint32_t at, uint32_t frames) {
    const wa_buffer_data *buffer = now->score->buffer;
    const uint64_t frame = frame_of(now->position);
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        samples_read(buffer, channel, frame, frames, planes[channel] + at);
    }
}

static void write_zeros(const run *now, float *const *planes, uint32_t at, uint32_t frames) {
    for (uint32_t channel = 0; channel < now->score->buffer->channel_count; channel++) {
        kernel_zero(planes[channel] + at, frames);
    }
}

/* -- Edges: frames whose next one is not the buffer's ------------------------------------------ */

static double sample_at(const wa_buffer_data *buffer, uint32_t channel, uint64_t frame) {
    float sample;
    samples_read(buffer, channel, frame, 1, &sample);
    return (double)sample;
}

/* The signal at a position in [0, length). */
static double signal_at(const wa_buffer_data *buffer, uint32_t channel, fixed position) {
    const uint64_t frame = frame_of(position);
    const double here = sample_at(buffer, channel, frame), fraction = fraction_double(position);
    if (fraction == 0.0 || buffer->frame_count == 1) {
        return here;
    }
    const bool is_last = frame + 1 == buffer->frame_count;
    const double slope = is_last ? here - sample_at(buffer, channel, frame - 1)
                                 : sample_at(buffer, channel, frame + 1) - here;
    return here + fraction * slope;
}

/* The last stretch of a loop: from the last frame in it, or its start, to the signal at its start. */
static double seam_at(const run *now, uint32_t channel) {
    const wa_buffer_data *buffer = now->score->buffer;
    const fixed frame_begin = now->position - (fixed)fraction_of(now->position);
    const fixed from = frame_begin > now->loop_start ? frame_begin : now->loop_start;
    const double begin = signal_at(buffer, channel, from);
    if (from == now->position) {
        return begin;
    }
    const double end = signal_at(buffer, channel, now->loop_start);
    return begin + (end - begin) * ((double)(now->position - from) / (double)(now->loop_end - from));
}

static void read_edge(const run *now, float *const *planes, uint32_t at) {
    const wa_buffer_data *buffer = now->score->buffer;
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        planes[channel][at] =
            (float)(now->head->has_entered_loop ? seam_at(now, channel)
                                                : signal_at(buffer, channel, now->position));
    }
}

/* -- The algorithm ----------------------------------------------------------------------------- */

static void set_loop(run *now) {
    const playhead_score *score = now->score;
    now->loop_start = 0;
    now->loop_end = now->length;
    if (!score->is_looping) {
        now->head->has_entered_loop = false;
        return;
    }
    const double start = score->loop_start_frames, end = score->loop_end_frames;
    if (start >= 0.0 && end > 0.0 && start < end) {
        const fixed loop_start = fixed_from_double(start), loop_end = fixed_from_double(end);
        const fixed held_end = loop_end < now->length ? loop_end : now->length;
        if (loop_start < held_end) {
            now->loop_start = loop_start;
            now->loop_end = held_end;
        }
    }
}

static bool is_in_loop(const run *now) {
    if (!now->score->is_looping || now->head->has_entered_loop) {
        return now->score->is_looping;
    }
    const bool is_from_after = now->offset >= now->loop_end;
    return is_from_after ? now->position < now->loop_end : now->position >= now->loop_start;
}

static void enter_loop(run *now) {
    if (!is_in_loop(now)) {
        return;
    }
    now->head->has_entered_loop = true;
    const fixed loop_length = now->loop_end - now->loop_start;
    if (now->position >= now->loop_end) {
        now->position = now->loop_start + remainder_of(now->position - now->loop_start, loop_length);
    } else if (now->position < now->loop_start) {
        const fixed below = remainder_of(now->loop_start - now->position, loop_length);
        now->position = below == 0 ? now->loop_start : now->loop_end - below;
    }
}

static void start(run *now) {
    const playhead_score *score = now->score;
    now->offset = fixed_from_double(fmax(0.0, score->offset_frames));
    now->offset = now->offset < now->length ? now->offset : now->length;
    if (score->is_looping && now->step >= 0 && now->offset >= now->loop_end) {
        now->offset = now->loop_end;
    }
    if (score->is_looping && now->step < 0 && now->offset < now->loop_start) {
        now->offset = now->loop_start;
    }
    now->position = now->offset;
    now->elapsed = 0;
    enter_loop(now); /* at the exact start, before the first frame */
    const fixed late = fixed_from_double(score->late_frames * score->step_frames);
    now->position += late;
    now->elapsed = late < 0 ? -late : late;
    now->head->has_started = true;
}

/* Asked after the last frame of a quantum too, where nothing is wrapped yet: the loop points may be
 * others in the next. */
static bool is_over(const run *now) {
    if (now->duration >= 0 && now->elapsed >= now->duration) {
        return true;
    }
    const bool has_left =
        (now->step > 0 && now->position >= now->length) || (now->step < 0 && now->position < 0);
    return has_left && !is_in_loop(now);
}

/* How many frames, of at most `frames`, come before `distance` has been covered; at least 1. */
static uint32_t frames_before(fixed distance, fixed speed, uint32_t frames) {
    if (distance > speed * (fixed)(frames - 1)) {
        return frames;
    }
    const fixed count = (distance + speed - 1) / speed;
    return count > 1 ? (uint32_t)count : 1;
}

/* Frames until the position leaves [low, high), or frames. */
static uint32_t frames_within(const run *now, fixed low, fixed high, uint32_t frames) {
    if (now->step == 0) {
        return frames;
    }
    return now->step > 0 ? frames_before(high - now->position, now->speed, frames)
                         : frames_before(now->position - low + 1, now->speed, frames);
}

/* Before the loop is entered, a run ends where it would be. */
static void narrow_to_entry(const run *now, fixed *low, fixed *high) {
    if (!now->score->is_looping || now->head->has_entered_loop) {
        return;
    }
    if (now->position < now->loop_start && now->loop_start < *high) {
        *high = now->loop_start;
    }
    if (now->position >= now->loop_end && now->loop_end > *low) {
        *low = now->loop_end;
    }
}

/* Outside of the buffer and not over: on the way in, or standing still. */
static uint32_t render_outside(run *now, float *const *planes, uint32_t at, uint32_t frames) {
    const fixed distance = now->position < 0 ? -now->position : now->position - now->length + 1;
    const uint32_t count = now->step == 0 ? frames : frames_before(distance, now->speed, frames);
    write_zeros(now, planes, at, count);
    return count;
}

static uint32_t render_inside(run *now, float *const *planes, uint32_t at, uint32_t frames) {
    const bool has_entered = now->head->has_entered_loop;
    fixed low = has_entered ? now->loop_start : 0, high = has_entered ? now->loop_end : now->length;
    narrow_to_entry(now, &low, &high);
    if (now->step == fixed_one && fraction_of(now->position) == 0) {
        const uint32_t count = frames_within(now, low, high, frames);
        read_copy(now, planes, at, count);
        return count;
    }
    const fixed end = has_entered ? now->loop_end : now->length;
    const fixed edge = ((end + fixed_one - 1) >> FRACTION_BITS) * fixed_one - fixed_one;
    if (now->position >= edge) {
        read_edge(now, planes, at);
        return 1;
    }
    uint32_t count = frames < RUN_FRAMES_MAX ? frames : RUN_FRAMES_MAX;
    if (now->speed > 0) {
        count = frames_before(REACH_FRAMES_MAX * fixed_one, now->speed, count);
    }
    count = frames_within(now, low, high < edge ? high : edge, count);
    read_straight(now, planes, at, count);
    return count;
}

static run run_begin(playhead *head, const playhead_score *score) {
    run now = { .head = head, .score = score };
    assert(score->buffer->frame_count > 0);
    now.length = (fixed)score->buffer->frame_count * fixed_one;
    now.step = fixed_from_double(score->step_frames);
    now.speed = now.step < 0 ? -now.step : now.step;
    now.duration = score->duration_frames < 0.0 ? -1 : fixed_from_double(score->duration_frames);
    set_loop(&now);
    if (head->has_started) {
        now.position = fixed_load(head->position);
        now.offset = fixed_load(head->offset);
        now.elapsed = fixed_load(head->elapsed);
    } else {
        start(&now);
    }
    return now;
}

bool playhead_render(playhead *head, const playhead_score *score, float *const *planes, uint32_t begin,
                     uint32_t end) {
    run now = run_begin(head, score);
    bool has_sounded = false;
    while (begin < end && !head->has_ended) {
        enter_loop(&now);
        if (is_over(&now)) {
            break;
        }
        uint32_t frames = end - begin;
        if (now.duration >= 0 && now.speed > 0) {
            frames = frames_before(now.duration - now.elapsed, now.speed, frames);
        }
        const bool is_outside = now.position < 0 || now.position >= now.length;
        const uint32_t count = is_outside ? render_outside(&now, planes, begin, frames)
                                          : render_inside(&now, planes, begin, frames);
        has_sounded = has_sounded || !is_outside;
        now.position += now.step * (fixed)count;
        now.elapsed += now.speed * (fixed)count;
        begin += count;
    }
    head->has_ended = head->has_ended || is_over(&now);
    head->position = fixed_store(now.position);
    head->offset = fixed_store(now.offset);
    head->elapsed = fixed_store(now.elapsed);
    write_zeros(&now, planes, begin, end - begin);
    return has_sounded;
}
