/* Goal: whatever the control thread does, in whatever order, the render thread calls nothing that can
 * block, every sample is finite, every call answers as documented, and nothing is left behind (G3, M2.3,
 * M3.5). Method: one thread pulls an embedded context without a pause while this one edits at random from
 * a fixed seed. WA_EDIT_COUNT=100000 WA_EDIT_SEED=7 make a longer or another run. */
#include "edits.h"
#include "trap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#if HAS_SANITIZER
enum { EDIT_COUNT = 2500 };
#else
enum { EDIT_COUNT = 12000 };
#endif
enum { EDITS_BETWEEN_WAITS = 12, QUANTUM_COUNT_MIN = 2000 };

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void report(const edits *world, const puller_thread *pull) {
    printf("seed %llu: %u edits, %llu frames in %llu calls, %llu sounding, peak %g, %llu ended\n",
           (unsigned long long)world->seed, world->step,
           (unsigned long long)atomic_load(&pull->frame_count), (unsigned long long)pull->call_count,
           (unsigned long long)pull->sounding_count, (double)pull->peak,
           (unsigned long long)world->ended_count);
    for (uint32_t status = 0; status < EDIT_STATUS_COUNT; status++) {
        if (world->done_counts[status] > 0) {
            printf("  %s %llu\n", wa_status_name((wa_status)status),
                   (unsigned long long)world->done_counts[status]);
        }
    }
}

static void edit_while_pulled(wa_engine *engine, uint64_t seed, uint64_t edit_count,
                              bool has_odd_counts, bool is_warm_up) {
    edits *world = calloc(1, sizeof *world);
    puller_thread *pull = calloc(1, sizeof *pull); /* a failed test leaves it running */
    assert_non_null(world);
    assert_non_null(pull);
    edits_create(world, engine, seed);
    world->pull = pull;
    trap_reset();
    puller_thread_start(pull, world->context, has_odd_counts);
    for (uint64_t i = 0; i < edit_count; i++) {
        edits_step(world);
        if (i % EDITS_BETWEEN_WAITS == 0) {
            assert_true(puller_thread_wait(pull, 128));
        }
    }
    puller_thread_stop(pull);
    report(world, pull);
    trap_print();
    assert_int_equal(trap_count(), 0);
    assert_int_equal(pull->failed_count, 0);
    assert_int_equal(pull->bad_sample_count, 0);
    assert_true(pull->sounding_count > 0);
    assert_true(atomic_load(&pull->frame_count) >= edit_count / EDITS_BETWEEN_WAITS * 128);
    if (!is_warm_up) {
        edits_check_types(world);
    }
    edits_destroy(world);
    free(world);
    free(pull);
}

static uint64_t used_bytes(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    for (uint32_t category = 0; category < WA_MEMORY_CATEGORY_COUNT; category++) {
        if (stats.category_bytes[category] > 0) {
            printf("  %s %llu\n", wa_memory_category_name((wa_memory_category)category),
                   (unsigned long long)stats.category_bytes[category]);
        }
    }
    return stats.used_bytes;
}

static void edit_with(uint64_t seed, uint64_t edit_count, bool has_odd_counts) {
    wa_engine *engine = NULL;
    assert_int_equal(wa_engine_create(NULL, &engine), WA_OK);
    edits_prime(engine);
    edit_while_pulled(engine, seed + 1, 400, has_odd_counts, true);
    const uint64_t used_before = used_bytes(engine);
    edit_while_pulled(engine, seed, edit_count, has_odd_counts, false);
    assert_int_equal(used_bytes(engine), used_before);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void edits_by_the_quantum(void **state) {
    (void)state;
    edit_with(setting("WA_EDIT_SEED", 20), setting("WA_EDIT_COUNT", EDIT_COUNT), false);
}

static void edits_with_any_frame_count(void **state) {
    (void)state;
    edit_with(setting("WA_EDIT_SEED", 2024), setting("WA_EDIT_COUNT", EDIT_COUNT), true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_by_the_quantum),
        cmocka_unit_test(edits_with_any_frame_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
