/* boundary/capture: what is read is what was written for these very frames, silence elsewhere, and a reading
 * that was overtaken says so. An oracle keeps all frames in a plain array; writes are of any size, with gaps
 * between them, from a fixed seed. Then one thread writes while another reads: values depend on their frame
 * alone, so that one of another frame shows. */
#include "boundary/capture.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static capture *make(uint32_t quantum_frames) {
    const size_t bytes = sizeof(capture) + capture_bytes(quantum_frames);
    capture *made = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(made);
    memset(made, 0, bytes);
    capture_renew(made, (capture_block *)(made + 1), quantum_frames);
    capture_begin(made);
    return made;
}

/* Exact in a float, never 0. */
static float value_at(uint64_t frame) {
    return (float)(1 + frame % 9000000);
}

static void write_values(capture *of, uint64_t frame, uint32_t count) {
    static float values[CAPTURE_FRAMES_MAX];
    for (uint32_t i = 0; i < count; i++) {
        values[i] = value_at(frame + i);
    }
    capture_write(of, frame, values, count);
}

static void assert_silence(const float *frames, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_true(frames[i] == 0.0f);
    }
}

static void nothing_written(void **state) {
    (void)state;
    static float out[CAPTURE_FRAMES_MAX];
    capture *of = make(128);
    const uint64_t ends[] = { 0, 1, 63, 64, 128, 100000, (uint64_t)1 << 40 };
    for (uint32_t row = 0; row < sizeof ends / sizeof ends[0]; row++) {
        memset(out, 0x7f, sizeof out);
        assert_true(capture_read(of, ends[row], CAPTURE_FRAMES_MAX, out));
        assert_silence(out, CAPTURE_FRAMES_MAX);
    }
    free(of);
}

/* Less was written than is asked for: what lies before the clock's begin is silence. */
static void near_the_begin(void **state) {
    (void)state;
    float out[256];
    capture *of = make(100);
    write_values(of, 0, 100);
    assert_true(capture_read(of, 100, 256, out));
    assert_silence(out, 156);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(out[156 + i] == value_at(i));
    }
    free(of);
}

typedef struct oracle {
    uint32_t random;
    uint64_t frame; /* written or slept until here */
    float *values;  /* of all frames */
} oracle;

static uint32_t below(oracle *of, uint32_t bound) {
    of->random = of->random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)of->random * bound) >> 32);
}

static void step(capture *ring, oracle *world, uint32_t quantum_frames) {
    const uint32_t count = 1 + below(world, quantum_frames);
    if (below(world, 3) != 0) {
        write_values(ring, world->frame, count);
        for (uint32_t i = 0; i < count; i++) {
            world->values[world->frame + i] = value_at(world->frame + i);
        }
    }
    world->frame += count;
}

static void check(const capture *ring, oracle *world) {
    static float out[CAPTURE_FRAMES_MAX];
    const uint32_t count = 1 + below(world, CAPTURE_FRAMES_MAX);
    assert_true(capture_read(ring, world->frame, count, out));
    for (uint32_t i = 0; i < count; i++) {
        const int64_t frame = (int64_t)world->frame - count + i;
        const float wanted = frame >= 0 ? world->values[frame] : 0.0f;
        if (out[i] != wanted) {
            fail_msg("frame %lld of a reading to %llu: %g, wanted %g", (long long)frame,
                     (unsigned long long)world->frame, (double)out[i], (double)wanted);
        }
    }
}

static void writes_of_any_size(void **state) {
    (void)state;
    const uint32_t quanta[] = { 1, 7, 100, 128, 441, 4096, 30000 };
    for (uint32_t row = 0; row < sizeof quanta / sizeof quanta[0]; row++) {
        enum { FRAME_COUNT = 200000 };
        oracle world = { .random = 5 + row, .values = calloc(FRAME_COUNT + 30000, sizeof(float)) };
        assert_non_null(world.values);
        capture *ring = make(quanta[row]);
        for (uint32_t i = 0; i < 10000 && world.frame < FRAME_COUNT; i++) {
            step(ring, &world, quanta[row]);
            if (i % 97 == 0 || quanta[row] > 1000) {
                check(ring, &world);
            }
        }
        free(world.values);
        free(ring);
    }
}

/* While render writes the quantum that follows a reading's end, the reading stays whole; a quantum and the
 * slack later it is gone, and says so. */
static void overtaken(void **state) {
    (void)state;
    static float out[CAPTURE_FRAMES_MAX];
    const uint32_t quanta[] = { 128, 4096, 16384, 40000 };
    for (uint32_t row = 0; row < sizeof quanta / sizeof quanta[0]; row++) {
        const uint32_t quantum = quanta[row],
                       last = quantum < CAPTURE_FRAMES_MAX ? quantum : CAPTURE_FRAMES_MAX;
        capture *ring = make(quantum);
        uint64_t frame = 0;
        for (; frame < 200000; frame += quantum) {
            write_values(ring, frame + quantum - last, last);
        }
        const uint64_t end = frame;
        write_values(ring, frame + quantum - last, last);
        assert_true(capture_read(ring, end, CAPTURE_FRAMES_MAX, out));
        for (uint32_t i = 0; i < last; i++) {
            assert_true(out[CAPTURE_FRAMES_MAX - last + i] == value_at(end - last + i));
        }
        for (uint32_t i = 0; i < 2 * CAPTURE_FRAMES_MAX / quantum + 4; i++) {
            frame += quantum;
            write_values(ring, frame + quantum - last, last);
        }
        assert_false(capture_read(ring, end, CAPTURE_FRAMES_MAX, out));
        assert_true(capture_read(ring, frame + quantum, CAPTURE_FRAMES_MAX, out));
        free(ring);
    }
}

/* A pooled node: nothing of its past, not even within the block in which it begins again. */
static void as_new(void **state) {
    (void)state;
    float out[512];
    for (uint64_t begin = 1000; begin < 1070; begin++) {
        capture *ring = make(128);
        write_values(ring, begin - 300, 300);
        capture_renew(ring, ring->blocks, 128);
        assert_true(capture_read(ring, begin, 512, out)); /* render has not begun the new life */
        assert_silence(out, 512);
        capture_begin(ring);
        assert_true(capture_read(ring, begin, 512, out));
        assert_silence(out, 512);
        write_values(ring, begin + 3, 10);
        assert_true(capture_read(ring, begin + 13, 512, out));
        assert_silence(out, 502);
        for (uint32_t i = 0; i < 10; i++) {
            assert_true(out[502 + i] == value_at(begin + 3 + i));
        }
        free(ring);
    }
}

/* -- two threads -------------------------------------------------------------------------------- */

typedef struct race {
    capture *ring;
    _Atomic uint64_t frame; /* written until here, as a context publishes it */
    _Atomic bool is_done;
} race;

enum { RACE_QUANTUM = 441 };

static void *write_on(void *user) {
    race *both = user;
    for (uint64_t frame = 0; !atomic_load(&both->is_done);) {
        write_values(both->ring, frame, RACE_QUANTUM);
        frame += RACE_QUANTUM;
        atomic_store_explicit(&both->frame, frame, memory_order_release);
    }
    return NULL;
}

/* Until the ring is full; the rest of the test then has something to be overtaken by. */
static void wait_for_writer(race *both) {
    const struct timespec moment = { 0, 100000 };
    for (uint32_t i = 0; atomic_load(&both->frame) < 4 * CAPTURE_FRAMES_MAX; i++) {
        assert_true(i < 100000);
        nanosleep(&moment, NULL);
    }
}

/* False: overtaken. */
static bool read_and_check(const capture *ring, uint64_t end, uint32_t count) {
    static float out[CAPTURE_FRAMES_MAX];
    if (!capture_read(ring, end, count, out)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (out[i] != value_at(end - count + i)) {
            fail_msg("frame %u of %u to %llu is %g, wanted %g", i, count, (unsigned long long)end,
                     (double)out[i], (double)value_at(end - count + i));
        }
    }
    return true;
}

static void read_while_written(void **state) {
    (void)state;
    enum { READING_COUNT = 100, EDGE_READING_COUNT = 4000, EDGE_FRAMES = 192 };
    race both = { .ring = make(RACE_QUANTUM) };
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_on, &both), 0);
    wait_for_writer(&both);
    uint32_t read_count = 0;
    for (uint32_t attempt = 0; read_count < READING_COUNT && attempt < 100000; attempt++) {
        const uint64_t end = atomic_load_explicit(&both.frame, memory_order_acquire);
        read_count += read_and_check(both.ring, end, attempt % 4 ? 2048 : CAPTURE_FRAMES_MAX);
    }
    /* The oldest blocks of the ring, which the writer takes next: whole or refused, never half and half. */
    const uint64_t capacity = (uint64_t)both.ring->block_count * CAPTURE_BLOCK_FRAMES;
    for (uint32_t attempt = 0; attempt < EDGE_READING_COUNT; attempt++) {
        const uint64_t frame = atomic_load_explicit(&both.frame, memory_order_acquire);
        (void)read_and_check(both.ring, frame - capacity + 1024, EDGE_FRAMES);
    }
    atomic_store(&both.is_done, true);
    pthread_join(writer, NULL);
    assert_int_equal(read_count, READING_COUNT);
    free(both.ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_written),
        cmocka_unit_test(near_the_begin),
        cmocka_unit_test(writes_of_any_size),
        cmocka_unit_test(overtaken),
        cmocka_unit_test(as_new),
        cmocka_unit_test(read_while_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
