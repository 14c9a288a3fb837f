/* The ring of a media source; see feed.h. Acquire and release sit on the variables themselves. */
#include "feed.h"
#include <stdatomic.h>
#include <string.h>

static uint64_t load(const _Atomic uint64_t *count) {
    return atomic_load_explicit(count, memory_order_acquire);
}

static uint32_t index_of(const feed *of, uint64_t count) {
    return (uint32_t)(count % of->capacity_frames);
}

/* Frames from count on until the ring's memory ends. */
static uint32_t until_wrap(const feed *of, uint64_t count) {
    return of->capacity_frames - index_of(of, count);
}

/* -- Thread: render ----------------------------------------------------------------------------- */

void feed_request(feed *of, uint32_t generation, uint64_t frame) {
    atomic_store_explicit(&of->wanted_frame, frame, memory_order_relaxed);
    atomic_store_explicit(&of->wanted_generation, generation, memory_order_release);
    feed_release(of, load(&of->write_count)); /* room for what is to come */
}

bool feed_has_arrived(const feed *of, uint32_t generation, uint64_t *begin) {
    if (atomic_load_explicit(&of->generation, memory_order_acquire) != generation) {
        return false;
    }
    *begin = atomic_load_explicit(&of->begin_count, memory_order_relaxed);
    return true;
}

uint64_t feed_end(const feed *of) {
    return load(&of->write_count);
}

bool feed_is_over(const feed *of) {
    return feed_failure(of) != WA_OK;
}

void feed_copy(const feed *of, uint32_t channel, uint64_t first, uint32_t frames, float *out) {
    const uint32_t room = until_wrap(of, first);
    const uint32_t head = frames < room ? frames : room;
    assert(frames <= of->capacity_frames);
    memcpy(out, of->planes[channel] + index_of(of, first), head * sizeof *out);
    memcpy(out + head, of->planes[channel], (frames - head) * sizeof *out);
}

void feed_release(feed *of, uint64_t until) {
    if (until > atomic_load_explicit(&of->read_count, memory_order_relaxed)) {
        atomic_store_explicit(&of->read_count, until, memory_order_release);
    }
}

void feed_report(feed *of, uint32_t generation, uint64_t frame) {
    atomic_store_explicit(&of->played_frame, frame, memory_order_relaxed);
    atomic_store_explicit(&of->played_generation, generation, memory_order_release);
}

void feed_report_end(feed *of, uint32_t generation) {
    atomic_store_explicit(&of->ended_generation, generation, memory_order_release);
}

void feed_report_underflow(feed *of, uint32_t frames, bool is_first) {
    const uint64_t count = atomic_load_explicit(&of->underflow_count, memory_order_relaxed);
    const uint64_t sum = atomic_load_explicit(&of->underflow_frames, memory_order_relaxed);
    atomic_store_explicit(&of->underflow_count, count + is_first, memory_order_relaxed);
    atomic_store_explicit(&of->underflow_frames, sum + frames, memory_order_relaxed);
}

/* -- Thread: worker ----------------------------------------------------------------------------- */

/* Of two requests close together the frame may be the second's and the generation the first's: then the
 * second is seen the next time, and nobody waits for the first any more. */
bool feed_is_asked(const feed *of, uint32_t *generation, uint64_t *frame) {
    const uint32_t wanted = atomic_load_explicit(&of->wanted_generation, memory_order_acquire);
    if (wanted == atomic_load_explicit(&of->generation, memory_order_relaxed)) {
        return false;
    }
    *generation = wanted;
    *frame = load(&of->wanted_frame);
    return true;
}

void feed_begin(feed *of, uint32_t generation) {
    const uint64_t here = atomic_load_explicit(&of->write_count, memory_order_relaxed);
    atomic_store_explicit(&of->begin_count, here, memory_order_relaxed);
    atomic_store_explicit(&of->generation, generation, memory_order_release);
}

uint32_t feed_room(const feed *of, uint32_t wanted, float *rows[WA_CHANNEL_COUNT_MAX]) {
    const uint64_t write = atomic_load_explicit(&of->write_count, memory_order_relaxed);
    const uint64_t held = write - load(&of->read_count);
    assert(held <= of->capacity_frames);
    uint32_t room = of->capacity_frames - (uint32_t)held;
    room = room < until_wrap(of, write) ? room : until_wrap(of, write);
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        rows[channel] = of->planes[channel] + index_of(of, write);
    }
    return room < wanted ? room : wanted;
}

void feed_publish(feed *of, uint32_t frames) {
    const uint64_t write = atomic_load_explicit(&of->write_count, memory_order_relaxed);
    atomic_store_explicit(&of->write_count, write + frames, memory_order_release);
}

void feed_fail(feed *of, wa_status status) {
    atomic_store_explicit(&of->failure, (uint32_t)status, memory_order_release);
}

uint64_t feed_written(const feed *of) {
    return atomic_load_explicit(&of->write_count, memory_order_relaxed) -
           atomic_load_explicit(&of->begin_count, memory_order_relaxed);
}

/* -- Thread: control ---------------------------------------------------------------------------- */

uint32_t feed_next_generation(feed *of) {
    uint32_t next = atomic_load_explicit(&of->generation_last, memory_order_relaxed) + 1;
    next += next == 0; /* 0 stands for none */
    atomic_store_explicit(&of->generation_last, next, memory_order_release);
    return next;
}

uint32_t feed_give(feed *of) {
    const bool is_fresh = !of->was_given;
    of->was_given = true;
    return is_fresh ? FEED_GENERATION_OPEN : feed_next_generation(of);
}

uint64_t feed_buffered_frames(const feed *of) {
    const uint64_t read = load(&of->read_count), write = load(&of->write_count);
    return write > read ? write - read : 0;
}

bool feed_played(const feed *of, uint32_t generation, uint64_t *frame) {
    if (atomic_load_explicit(&of->played_generation, memory_order_acquire) != generation) {
        return false;
    }
    *frame = load(&of->played_frame);
    return true;
}

bool feed_has_ended(const feed *of, uint32_t generation) {
    return atomic_load_explicit(&of->ended_generation, memory_order_acquire) == generation;
}

wa_status feed_failure(const feed *of) {
    return (wa_status)atomic_load_explicit(&of->failure, memory_order_acquire);
}
