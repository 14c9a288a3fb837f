/* The ring of a recording; see tape.h. Acquire and release sit on the variables themselves. */
#include "tape.h"
#include <stdatomic.h>
#include <string.h>

static uint64_t load(const _Atomic uint64_t *count) {
    return atomic_load_explicit(count, memory_order_acquire);
}

static uint32_t index_of(const tape *of, uint64_t count) {
    return (uint32_t)(count % of->capacity_frames);
}

static uint32_t until_wrap(const tape *of, uint64_t count) {
    return of->capacity_frames - index_of(of, count);
}

uint32_t tape_room(const tape *of) {
    const uint64_t read = load(&of->read_count), write = load(&of->write_count);
    return of->capacity_frames - (uint32_t)(write - read);
}

tape_outcome tape_outcome_of(const tape *of) {
    return (tape_outcome)atomic_load_explicit(&of->outcome, memory_order_acquire);
}

/* -- Thread: render ----------------------------------------------------------------------------- */

bool tape_is_wanted(const tape *of) {
    return atomic_load_explicit(&of->is_closed, memory_order_acquire) == 0 &&
           tape_outcome_of(of) == TAPE_RUNNING;
}

static void add(_Atomic uint64_t *count, uint64_t more) {
    const uint64_t before = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, before + more, memory_order_release);
}

/* False: there is no room for one more. */
static bool close_gap(tape *of) {
    const uint32_t write = atomic_load_explicit(&of->gap_write_count, memory_order_relaxed);
    const uint32_t read = atomic_load_explicit(&of->gap_read_count, memory_order_acquire);
    if (of->pending_frames == 0) {
        return true;
    }
    if (write - read == TAPE_GAP_MAX) {
        return false;
    }
    of->gaps[write & (TAPE_GAP_MAX - 1)] =
        (tape_gap){ atomic_load_explicit(&of->write_count, memory_order_relaxed), of->pending_frames };
    of->pending_frames = 0;
    atomic_store_explicit(&of->gap_write_count, write + 1, memory_order_release);
    return true;
}

static void lose(tape *of, uint32_t frames) {
    add(&of->loss_count, of->pending_frames == 0);
    add(&of->lost_frames, frames);
    of->pending_frames += frames;
}

void tape_write(tape *of, float *const *planes, uint32_t begin, uint32_t frames) {
    const uint64_t write = atomic_load_explicit(&of->write_count, memory_order_relaxed);
    assert(frames <= of->capacity_frames);
    if (tape_room(of) < frames || !close_gap(of)) {
        lose(of, frames);
    } else {
        const uint32_t room = until_wrap(of, write), head = frames < room ? frames : room;
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            const float *in = planes[channel] + begin;
            memcpy(of->planes[channel] + index_of(of, write), in, head * sizeof *in);
            memcpy(of->planes[channel], in + head, (frames - head) * sizeof *in);
        }
        add(&of->write_count, frames);
    }
    add(&of->heard_frames, frames);
}

void tape_stop(tape *of) {
    atomic_store_explicit(&of->has_stopped, 1, memory_order_release);
}

/* -- Thread: worker ----------------------------------------------------------------------------- */

/* The frames are counted first: a gap before any of them is then seen too. */
uint64_t tape_next(const tape *of, const float *rows[WA_CHANNEL_COUNT_MAX], bool *is_gap) {
    const uint64_t read = atomic_load_explicit(&of->read_count, memory_order_relaxed);
    const uint64_t write = load(&of->write_count);
    const uint32_t gap_read = atomic_load_explicit(&of->gap_read_count, memory_order_relaxed);
    const uint32_t gap_write = atomic_load_explicit(&of->gap_write_count, memory_order_acquire);
    uint64_t end = write;
    *is_gap = false;
    if (gap_read != gap_write) {
        const tape_gap *gap = &of->gaps[gap_read & (TAPE_GAP_MAX - 1)];
        if (gap->at == read) {
            *is_gap = true;
            return gap->frames;
        }
        end = gap->at < end ? gap->at : end;
    }
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        rows[channel] = of->planes[channel] + index_of(of, read);
    }
    const uint64_t there = end - read;
    return there < until_wrap(of, read) ? there : until_wrap(of, read);
}

void tape_advance(tape *of, uint64_t frames, bool is_gap) {
    if (is_gap) {
        const uint32_t read = atomic_load_explicit(&of->gap_read_count, memory_order_relaxed);
        atomic_store_explicit(&of->gap_read_count, read + 1, memory_order_release);
    } else {
        const uint64_t read = atomic_load_explicit(&of->read_count, memory_order_relaxed);
        atomic_store_explicit(&of->read_count, read + frames, memory_order_release);
    }
}

bool tape_has_stopped(const tape *of) {
    return atomic_load_explicit(&of->has_stopped, memory_order_acquire) != 0;
}

uint64_t tape_heard_frames(const tape *of) {
    return load(&of->heard_frames);
}
