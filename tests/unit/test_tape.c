/* A tape's ring: what was written comes out in order, and what found no room comes out as a gap of its length
 * in its place. One thread step by step against a model, then two threads at once. */
#include "boundary/tape.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CHANNELS = 2, PIECE_MAX = 200 };

static tape *tape_make(uint32_t capacity_frames) {
    tape *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->channel_count = CHANNELS;
    made->capacity_frames = capacity_frames;
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        made->planes[channel] = malloc(capacity_frames * sizeof(float));
        assert_non_null(made->planes[channel]);
    }
    return made;
}

static void tape_free(tape *of) {
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        free(of->planes[channel]);
    }
    free(of);
}

static float value_at(uint64_t frame, uint32_t channel) {
    return (float)((frame + 1) * 2 + channel) * 0x1p-24f;
}

/* The next frames of the recording, from `begin` of planes that hold others before them. */
static void write_next(tape *of, uint64_t *next, uint32_t frames, uint32_t begin) {
    float rows[CHANNELS][PIECE_MAX + 16], *planes[CHANNELS] = { rows[0], rows[1] };
    memset(rows, 0x7f, sizeof rows);
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        for (uint32_t i = 0; i < frames; i++) {
            rows[channel][begin + i] = value_at(*next + i, channel);
        }
    }
    tape_write(of, planes, begin, frames);
    *next += frames;
}

/* Up to `most` frames of what is there, checked. Returns how many; silent ones are added to *silent. */
static uint64_t read_next(tape *of, uint64_t *next, uint64_t most, uint64_t *silent) {
    const float *rows[WA_CHANNEL_COUNT_MAX];
    bool is_gap = false;
    const uint64_t there = tape_next(of, rows, &is_gap);
    const uint64_t frames = is_gap || there < most ? there : most;
    if (is_gap) {
        assert_true(frames > 0);
        *silent += frames;
    }
    for (uint64_t i = 0; i < frames && !is_gap; i++) {
        for (uint32_t channel = 0; channel < CHANNELS; channel++) {
            if (rows[channel][i] != value_at(*next + i, channel)) {
                fail_msg("frame %llu is another", (unsigned long long)(*next + i));
            }
        }
    }
    tape_advance(of, frames, is_gap);
    *next += frames;
    return frames;
}

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t bound) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * bound) >> 32);
}

/* Full and empty, at every place of the ring: a quantum goes in whole or is lost whole. */
static void step_by_step(void **state) {
    (void)state;
    uint64_t lost = 0, gaps = 0;
    for (uint32_t row = 0; row < 60; row++) {
        tape *of = tape_make(PIECE_MAX + random_below(300));
        uint64_t written = 0, read = 0, silent = 0, expected = 0, events = 0;
        bool is_losing = false;
        for (uint32_t turn = 0; turn < 2000; turn++) {
            if (random_below(2) == 0) {
                const uint32_t frames = 1 + random_below(PIECE_MAX);
                const bool is_lost = tape_room(of) < frames; /* the ring of gaps is never full here */
                write_next(of, &written, frames, random_below(16));
                expected += is_lost ? frames : 0;
                events += is_lost && !is_losing;
                is_losing = is_lost;
            } else {
                (void)read_next(of, &read, 1 + random_below(400), &silent);
            }
            assert_int_equal(of->lost_frames, expected);
            assert_int_equal(of->loss_count, events);
            assert_int_equal(tape_heard_frames(of), written);
        }
        while (read_next(of, &read, 1000, &silent) > 0) {}
        /* All but what was lost at the very end, which nothing came after. */
        assert_int_equal(read + of->pending_frames, written);
        assert_int_equal(silent + of->pending_frames, expected);
        lost += expected;
        gaps += events;
        tape_free(of);
    }
    printf("%llu frames lost in %llu gaps\n", (unsigned long long)lost, (unsigned long long)gaps);
    assert_true(gaps > 1000);
}

/* More gaps than their own ring holds: what follows is lost too, until there is room. */
static void the_ring_of_gaps_is_full(void **state) {
    (void)state;
    tape *of = tape_make(128);
    uint64_t written = 0;
    for (uint32_t turn = 0; turn < TAPE_GAP_MAX + 10; turn++) { /* a reader that never sees the gaps */
        write_next(of, &written, 128, 0);
        write_next(of, &written, 100, 0);
        of->read_count = of->write_count;
    }
    assert_int_equal(of->gap_write_count, TAPE_GAP_MAX);
    assert_int_equal(of->lost_frames, written - of->write_count);
    of->gap_read_count = of->gap_write_count;
    write_next(of, &written, 50, 0);
    assert_int_equal(of->pending_frames, 0);
    const float *rows[WA_CHANNEL_COUNT_MAX];
    bool is_gap = false;
    assert_true(tape_next(of, rows, &is_gap) > 0);
    assert_true(is_gap); /* one for all of them */
    tape_free(of);
}

static void wanted_until_closed_or_done(void **state) {
    (void)state;
    tape *of = tape_make(256);
    assert_true(tape_is_wanted(of));
    assert_false(tape_has_stopped(of));
    tape_stop(of);
    assert_true(tape_has_stopped(of));
    of->is_closed = 1;
    assert_false(tape_is_wanted(of));
    of->is_closed = 0;
    of->outcome = TAPE_FAILED;
    assert_false(tape_is_wanted(of));
    tape_free(of);
}

/* -- Two threads -------------------------------------------------------------------------------- */

enum { TOTAL_FRAMES = 1000000 };

static void *write_all(void *user) {
    tape *of = user;
    uint64_t next = 0;
    uint32_t length = 1;
    while (next < TOTAL_FRAMES) {
        length = length * 7 % PIECE_MAX + 1;
        write_next(of, &next, length, length % 16);
    }
    tape_stop(of);
    return NULL;
}

static void two_threads(void **state) {
    (void)state;
    tape *of = tape_make(1000);
    pthread_t writer;
    uint64_t read = 0, silent = 0;
    assert_int_equal(pthread_create(&writer, NULL, write_all, of), 0);
    for (bool has_stopped = false; !has_stopped;) {
        has_stopped = tape_has_stopped(of);
        while (read_next(of, &read, 333, &silent) > 0) {}
    }
    pthread_join(writer, NULL);
    assert_int_equal(read + of->pending_frames, tape_heard_frames(of));
    assert_int_equal(silent + of->pending_frames, of->lost_frames);
    assert_true(read > silent);
    tape_free(of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_by_step),
        cmocka_unit_test(the_ring_of_gaps_is_full),
        cmocka_unit_test(wanted_until_closed_or_done),
        cmocka_unit_test(two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
