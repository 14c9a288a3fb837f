/* The budget at its end, seen from outside: whatever takes memory is driven to WA_ERR_BUDGET with less and less
 * room left. Each refusal names what was asked, changes nothing, and is forgotten once there is room again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"

enum { BUDGET_BYTES = 100000000 };

static wa_memory_stats stats_of(const rig *r) {
    wa_memory_stats stats;
    wa_engine_memory_stats(r->engine, &stats);
    return stats;
}

static void leave_room(const rig *r, uint64_t room_bytes) {
    assert_ok(wa_engine_set_budget(r->engine, stats_of(r).used_bytes + room_bytes));
}

static void lift_budget(const rig *r) {
    assert_ok(wa_engine_set_budget(r->engine, BUDGET_BYTES));
}

/* A second channel for a row of delays: some of it fits, all of it does not. */
static void test_channels_are_given_back(void **state) {
    (void)state;
    enum { DELAY_COUNT = 6 };
    rig *r = rig_create(NULL);
    const float values[2] = { 0.5f, 0.25f };
    const wa_node stereo = rig_constants(r, values, 2);
    wa_node delays[DELAY_COUNT];
    for (uint32_t index = 0; index < DELAY_COUNT; index++) {
        delays[index] = rig_delay(r, 1.0, 0.0);
        if (index > 0) {
            rig_connect(r, delays[index - 1], delays[index]);
        }
    }
    rig_connect(r, delays[DELAY_COUNT - 1], r->out);
    const uint64_t line_bytes = stats_of(r).category_bytes[WA_MEMORY_DELAY_LINES] / DELAY_COUNT;
    for (uint32_t fitting = 0; fitting < DELAY_COUNT; fitting++) {
        leave_room(r, fitting * line_bytes + 2000);
        for (uint32_t again = 0; again < 2; again++) {
            const wa_memory_stats before = stats_of(r);
            assert_refused(wa_node_connect(r->context, stereo, delays[0]), WA_ERR_BUDGET, "delay line");
            const wa_memory_stats after = stats_of(r);
            assert_true(after.used_bytes < before.used_bytes + 1024);
            assert_int_equal(after.category_bytes[WA_MEMORY_DELAY_LINES], DELAY_COUNT * line_bytes);
        }
    }
    lift_budget(r);
    assert_all(rig_render(r, 128), 0.0f, 128);
    rig_connect(r, stereo, delays[0]);
    assert_int_equal(stats_of(r).category_bytes[WA_MEMORY_DELAY_LINES], 2 * DELAY_COUNT * line_bytes);
    assert_all(rig_render(r, 128), 0.375f, 128); /* mixed down to mono */
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
