/* Goal: the render thread touches no page for the first time; control has touched all of it before (G3).
 * Method: count page faults inside the render calls, after a warm-up, while edits go on.
 *
 * Tolerance: the kernel may unmap and remap pages by itself (it moves pages between nodes and merges them
 * into huge ones), which shows as a minor fault now and then whatever a program does. A render side that
 * touches fresh memory faults at least once for every 4 KiB taken, hundreds of times here: so a few are
 * allowed, in all. A few tens of pages are the warm-up's: of the stack, and of the program itself, which is
 * paged in when a type sounds for the first time. */
#include "edits.h"
#include "trap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { WARM_UP_EDITS = 2500, WATCHED_EDITS = 3000, FAULT_MAX = 8 };

static void edit_some(edits *world, puller_thread *pull, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        edits_step(world);
        if (i % 16 == 0) {
            assert_true(puller_thread_wait(pull, 128));
        }
    }
}

static void rendering_faults_no_page(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    edits *world = calloc(1, sizeof *world);
    puller_thread *pull = calloc(1, sizeof *pull); /* a failed test leaves it running */
    assert_non_null(world);
    assert_non_null(pull);
    assert_int_equal(wa_engine_create(NULL, &engine), WA_OK);
    edits_create(world, engine, 5);
    puller_thread_start(pull, world->context, false);
    edit_some(world, pull, WARM_UP_EDITS);
    puller_thread_watch_faults(pull);
    edit_some(world, pull, WATCHED_EDITS);
    puller_thread_stop(pull);

    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    printf("%llu page faults in %llu of %llu calls; %llu bytes taken\n",
           (unsigned long long)pull->fault_count, (unsigned long long)pull->faulting_call_count,
           (unsigned long long)pull->watched_call_count, (unsigned long long)stats.allocated_bytes);
    assert_true(pull->watched_call_count > 0);
    assert_true(pull->fault_count <= FAULT_MAX);
    edits_destroy(world);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    free(world);
    free(pull);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(rendering_faults_no_page) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
