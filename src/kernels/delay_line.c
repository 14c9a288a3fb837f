/* A read is one of three: nothing stored there, one stretch in the wanted layout (copied or interpolated
 * straight from the ring), or stretches to be mixed, 64 frames at a time. */
#include "delay_line.h"
#include "mix.h"
#include <assert.h>
#include <float.h>
#include <stddef.h>

/* -- The log -- */

static delay_entry *entry_at(delay_line *line, uint32_t index) {
    return &line->entries[(line->first + index) % DELAY_LOG_COUNT_MAX];
}

static const delay_entry *entry_of(const delay_line *line, uint32_t index) {
    return &line->entries[(line->first + index) % DELAY_LOG_COUNT_MAX];
}

static uint64_t entry_end(const delay_line *line, uint32_t index) {
    return index + 1 < line->entry_count ? entry_of(line, index + 1)->frame : line->end_frame;
}

static void drop_oldest(delay_line *line) {
    assert(line->entry_count > 0);
    line->sounding_entry_count -= entry_of(line, 0)->is_zero ? 0 : 1;
    line->first = (line->first + 1) % DELAY_LOG_COUNT_MAX;
    line->entry_count--;
}

void delay_line_reset(delay_line *line, uint32_t capacity_frames, uint32_t reach_frames) {
    assert(capacity_frames > reach_frames);
    line->capacity_frames = capacity_frames;
    line->reach_frames = reach_frames;
    line->first = line->entry_count = line->sounding_entry_count = 0;
    line->end_frame = 0;
}

void delay_line_forget(delay_line *line, uint64_t frame) {
    while (line->entry_count > 0 && entry_end(line, 0) + line->reach_frames <= frame) {
        drop_oldest(line);
    }
}

static void push(delay_line *line, uint64_t frame, uint32_t channel_count, bool is_zero) {
    if (line->entry_count == DELAY_LOG_COUNT_MAX) {
        drop_oldest(line); /* after a gap in a full log: the oldest is nearest to its end */
    }
    line->entry_count++;
    line->sounding_entry_count += is_zero ? 0 : 1;
    *entry_at(line, line->entry_count - 1) =
        (delay_entry){ .frame = frame, .channel_count = channel_count, .is_zero = is_zero };
}

/* -- Writing -- */

static void store(const delay_line *line, void *const *rings, uint64_t frame,
                  const float *const *planes, uint32_t channel_count, uint32_t frames) {
    const uint32_t begin = (uint32_t)(frame % line->capacity_frames);
    const uint32_t room = line->capacity_frames - begin;
    const uint32_t head = frames < room ? frames : room;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *ring = rings[channel];
        kernel_copy(ring + begin, planes[channel], head);
        kernel_copy(ring, planes[channel] + head, frames - head);
    }
}

/* The log is full: what arrives takes the layout of what came last. */
static void store_mixed(const delay_line *line, void *const *rings, uint64_t frame,
                        const float *const *planes, uint32_t channel_count, bool is_discrete,
                        uint32_t target_count, uint32_t frames) {
    _Alignas(64) float mixed[WA_CHANNEL_COUNT_MAX][DELAY_SPAN_FRAMES];
    const float *from[WA_CHANNEL_COUNT_MAX];
    float *to[WA_CHANNEL_COUNT_MAX];
    for (uint32_t begin = 0; begin < frames; begin += DELAY_SPAN_FRAMES) {
        const uint32_t left = frames - begin;
        const uint32_t span = left < DELAY_SPAN_FRAMES ? left : DELAY_SPAN_FRAMES;
        for (uint32_t channel = 0; channel < channel_count; channel++) {
            from[channel] = planes[channel] + begin;
        }
        for (uint32_t channel = 0; channel < target_count; channel++) {
            to[channel] = mixed[channel];
            kernel_zero(mixed[channel], span);
        }
        if (channel_count > 0) {
            kernel_mix_set(to, target_count, from, channel_count, !is_discrete, span);
        }
        store(line, rings, frame + begin, (const float *const *)to, target_count, span);
    }
}

void delay_line_write(delay_line *line, void *const *rings, uint64_t frame, const float *const *planes,
                      uint32_t channel_count, bool is_zero, bool is_discrete, uint32_t frames) {
    assert(frames > 0 && line->capacity_frames >= line->reach_frames + frames);
    delay_line_forget(line, frame);
    if (line->entry_count > 0 && line->end_frame != frame) {
        assert(line->end_frame < frame);
        push(line, line->end_frame, 0, true);
    }
    const delay_entry *last = line->entry_count > 0 ? entry_of(line, line->entry_count - 1) : NULL;
    const uint32_t room = DELAY_LOG_COUNT_MAX - line->entry_count;
    line->end_frame = frame + frames;
    if (last != NULL && last->channel_count == channel_count && last->is_zero == is_zero) {
        /* more of the same */
    } else if (last != NULL && !last->is_zero && room <= (is_zero ? 1u : 0u)) {
        store_mixed(line, rings, frame, planes, is_zero ? 0 : channel_count, is_discrete,
                    last->channel_count, frames);
        return;
    } else {
        push(line, frame, channel_count, is_zero);
    }
    if (!is_zero) {
        store(line, rings, frame, planes, channel_count, frames);
    }
}

static void settle(float *values, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        const float value = values[index];
        values[index] = value >= -FLT_MAX && value <= FLT_MAX ? value : 0.0f; /* NaN compares false */
    }
}

void delay_line_settle(const delay_line *line, void *const *rings, uint32_t frames) {
    assert(line->entry_count > 0 && line->end_frame >= frames);
    const delay_entry *last = entry_of(line, line->entry_count - 1);
    const uint32_t begin = (uint32_t)((line->end_frame - frames) % line->capacity_frames);
    const uint32_t room = line->capacity_frames - begin;
    const uint32_t head = frames < room ? frames : room;
    for (uint32_t channel = 0; channel < last->channel_count && !last->is_zero; channel++) {
        float *ring = rings[channel];
        settle(ring + begin, head);
        settle(ring, frames - head);
    }
}

/* -- Reading -- */

uint32_t delay_line_channel_count(const delay_line *line, uint64_t begin, uint64_t end) {
    uint32_t most = 0;
    for (uint32_t index = line->entry_count; index-- > 0;) {
        const delay_entry *entry = entry_of(line, index);
        if (entry->frame < end && entry_end(line, index) > begin && entry->channel_count > most) {
            most = entry->channel_count;
        }
        if (entry->frame <= begin) {
            break;
        }
    }
    return most;
}

/* Frames before the context began are counted below 0 while reading. */
typedef struct stretch {
    int64_t begin, end;
} stretch;

static stretch stretch_of(const delay_line *line, uint32_t index) {
    return (stretch){ (int64_t)entry_of(line, index)->frame, (int64_t)entry_end(line, index) };
}

/* All that the taps touch; the older neighbour only where it has weight. */
static stretch reach_of(const delay_taps *taps) {
    const int64_t frame = (int64_t)taps->frame;
    if (taps->is_fixed) {
        const int64_t begin = frame - taps->whole[0];
        return (stretch){ begin - (taps->fraction[0] > 0.0f ? 1 : 0), begin + taps->count };
    }
    stretch reach = { INT64_MAX, INT64_MIN };
    for (uint32_t i = 0; i < taps->count; i++) {
        const int64_t newer = frame + i - taps->whole[i];
        const int64_t older = newer - (taps->fraction[i] > 0.0f ? 1 : 0);
        reach.begin = older < reach.begin ? older : reach.begin;
        reach.end = newer + 1 > reach.end ? newer + 1 : reach.end;
    }
    return reach;
}

static uint32_t ring_index(const delay_line *line, int64_t frame) {
    assert(frame >= 0);
    return (uint32_t)((uint64_t)frame % line->capacity_frames);
}

static inline float between(float newer, float older, float fraction) {
    return newer + fraction * (older - newer);
}

static void lerp_run(float *restrict out, const float *restrict newer, const float *restrict older,
                     float fraction, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = between(newer[i], older[i], fraction);
    }
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* One delay for all frames: at most three runs, cut where either neighbour wraps. */
static void read_fixed(const delay_line *line, const float *ring, const delay_taps *taps, float *out) {
    const float fraction = taps->fraction[0];
    int64_t frame = (int64_t)taps->frame - taps->whole[0];
    for (uint32_t done = 0; done < taps->count;) {
        const uint32_t newer = ring_index(line, frame);
        uint32_t run = least(taps->count - done, line->capacity_frames - newer);
        if (fraction > 0.0f) {
            const uint32_t older = newer > 0 ? newer - 1 : line->capacity_frames - 1;
            run = least(run, line->capacity_frames - older);
            lerp_run(out + done, ring + newer, ring + older, fraction, run);
        } else {
            kernel_copy(out + done, ring + newer, run);
        }
        done += run;
        frame += run;
    }
}

/* A delay for each frame. One division for the span; then only the wrap is looked at. */
static void read_varying(const delay_line *line, const float *ring, const delay_taps *taps,
                         float *out) {
    const int64_t capacity = line->capacity_frames;
    const int64_t now = (int64_t)(taps->frame % line->capacity_frames) + capacity;
    for (uint32_t i = 0; i < taps->count; i++) {
        int64_t newer = now + i - taps->whole[i]; /* in [0, 3 capacity) */
        newer -= newer >= capacity ? capacity : 0;
        newer -= newer >= capacity ? capacity : 0;
        const int64_t older = newer > 0 ? newer - 1 : capacity - 1;
        const float fraction = taps->fraction[i];
        out[i] = fraction > 0.0f ? between(ring[newer], ring[older], fraction) : ring[newer];
    }
}

/* The part of the taps that lies inside one stretch; zero elsewhere. */
static void read_inside(const delay_line *line, const float *ring, const delay_taps *taps,
                        stretch inside, float *out) {
    for (uint32_t i = 0; i < taps->count; i++) {
        const uint32_t tap = taps->is_fixed ? 0 : i;
        const int64_t newer = (int64_t)taps->frame + i - taps->whole[tap], older = newer - 1;
        const float fraction = taps->fraction[tap];
        const bool has_newer = newer >= inside.begin && newer < inside.end;
        const bool has_older = fraction > 0.0f && older >= inside.begin && older < inside.end;
        const float value = has_newer ? ring[ring_index(line, newer)] : 0.0f;
        const float before = has_older ? ring[ring_index(line, older)] : 0.0f;
        out[i] = fraction > 0.0f ? between(value, before, fraction) : value;
    }
}

/* The whole reach lies in one entry: its index; else the number of entries. */
static uint32_t find_entry(const delay_line *line, stretch reach) {
    for (uint32_t index = line->entry_count; index-- > 0;) {
        const stretch has = stretch_of(line, index);
        if (has.begin <= reach.begin) {
            return reach.end <= has.end ? index : line->entry_count;
        }
    }
    return line->entry_count;
}

static void add_entry(const delay_line *line, uint32_t index, void *const *rings,
                      const delay_taps *taps, float *const *planes, uint32_t channel_count,
                      bool is_discrete) {
    _Alignas(64) float part[WA_CHANNEL_COUNT_MAX][DELAY_SPAN_FRAMES];
    const float *parts[WA_CHANNEL_COUNT_MAX];
    const delay_entry *entry = entry_of(line, index);
    for (uint32_t channel = 0; channel < entry->channel_count; channel++) {
        read_inside(line, rings[channel], taps, stretch_of(line, index), part[channel]);
        parts[channel] = part[channel];
    }
    kernel_mix_add(planes, channel_count, parts, entry->channel_count, !is_discrete, taps->count);
}

/* At most DELAY_SPAN_FRAMES, with the taps as they are. */
static bool mix_span(const delay_line *line, void *const *rings, const delay_taps *taps,
                     float *const *planes, uint32_t channel_count, bool is_discrete) {
    assert(taps->count <= DELAY_SPAN_FRAMES);
    const stretch reach = reach_of(taps);
    bool is_silent = true;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        kernel_zero(planes[channel], taps->count);
    }
    for (uint32_t index = 0; index < line->entry_count; index++) {
        const stretch has = stretch_of(line, index);
        if (!entry_of(line, index)->is_zero && has.begin < reach.end && has.end > reach.begin) {
            add_entry(line, index, rings, taps, planes, channel_count, is_discrete);
            is_silent = false;
        }
    }
    return is_silent;
}

/* A fixed delay over a quantum of any length, in spans. */
static bool mix_fixed(const delay_line *line, void *const *rings, const delay_taps *taps,
                      float *const *planes, uint32_t channel_count, bool is_discrete) {
    delay_taps part = { .is_fixed = true };
    part.whole[0] = taps->whole[0];
    part.fraction[0] = taps->fraction[0];
    bool is_silent = true;
    for (uint32_t begin = 0; begin < taps->count; begin += DELAY_SPAN_FRAMES) {
        float *at[WA_CHANNEL_COUNT_MAX];
        for (uint32_t channel = 0; channel < channel_count; channel++) {
            at[channel] = planes[channel] + begin;
        }
        part.frame = taps->frame + begin;
        part.count = least(taps->count - begin, DELAY_SPAN_FRAMES);
        is_silent = mix_span(line, rings, &part, at, channel_count, is_discrete) && is_silent;
    }
    return is_silent;
}

bool delay_line_read(const delay_line *line, void *const *rings, const delay_taps *taps,
                     float *const *planes, uint32_t offset, uint32_t channel_count, bool is_discrete) {
    assert(channel_count >= 1 && channel_count <= WA_CHANNEL_COUNT_MAX);
    float *at[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        at[channel] = planes[channel] + offset;
    }
    const uint32_t index = find_entry(line, reach_of(taps));
    if (index < line->entry_count && !entry_of(line, index)->is_zero &&
        entry_of(line, index)->channel_count == channel_count) {
        for (uint32_t channel = 0; channel < channel_count; channel++) {
            (taps->is_fixed ? read_fixed : read_varying)(line, rings[channel], taps, at[channel]);
        }
        return false;
    }
    return (taps->is_fixed ? mix_fixed : mix_span)(line, rings, taps, at, channel_count, is_discrete);
}
