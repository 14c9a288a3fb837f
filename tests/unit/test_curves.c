/* Shaping curves: equal points are one copy, which goes with its last reference, while any number of control
 * threads make and drop them. */
#include "engines.h"
#include "memory/buffers.h"
#include "memory/curves.h"
#include <pthread.h>

static uint64_t charged(const wa_engine *engine) {
    return stats_of(engine).category_bytes[WA_MEMORY_BUFFERS];
}

static const wa_curve_data *make(wa_engine *engine, const float *points, uint32_t count) {
    const wa_resource *made = NULL;
    assert_int_equal(curve_make(engine, points, count, &made), WA_OK);
    assert_int_equal(made->kind, WA_RESOURCE_CURVE);
    return (const wa_curve_data *)made;
}

static void drop(wa_engine *engine, const wa_curve_data *curve) {
    resource_unreference(engine, &curve->resource);
}

static void equal_points_are_one_copy(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    float points[5] = { 1.0f, 2.0f, 0.0f, 4.0f, 5.0f };
    const wa_curve_data *first = make(engine, points, 5), *again = make(engine, points, 5);
    const wa_curve_data *shorter = make(engine, points, 4);
    points[2] = -0.0f; /* equal as numbers, not as bits */
    const wa_curve_data *other = make(engine, points, 5);
    assert_ptr_equal(first, again);
    assert_true(other != first && shorter != first);
    assert_int_equal(first->point_count, 5);
    assert_true(first->points[4] == 5.0f && first->points[5] == 0.0f);
    drop(engine, first);
    assert_ptr_equal(make(engine, again->points, 5), again); /* still there */
    drop(engine, again);
    drop(engine, again);
    drop(engine, shorter);
    drop(engine, other);
    assert_int_equal(charged(engine), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* More curves than there are lists for them. */
static void many_curves_are_told_apart(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    wa_engine *engine = engine_of(10000000);
    static const wa_curve_data *curves[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        curves[i] = make(engine, (float[2]){ (float)i, 1.0f }, 2);
    }
    for (uint32_t i = 0; i < COUNT; i += 3) {
        drop(engine, curves[i]);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        if (i % 3 != 0) {
            assert_ptr_equal(make(engine, (float[2]){ (float)i, 1.0f }, 2), curves[i]);
            drop(engine, curves[i]);
            drop(engine, curves[i]);
        }
    }
    assert_int_equal(charged(engine), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

enum { THREADS = 2, ROUNDS = 5000, KINDS = 3 };

static void *make_and_drop(void *user) {
    wa_engine *engine = user;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const float points[3] = { (float)(round % KINDS), 7.0f, 9.0f };
        const wa_resource *made = NULL;
        if (curve_make(engine, points, 3, &made) != WA_OK ||
            memcmp(((const wa_curve_data *)made)->points, points, sizeof points) != 0) {
            return NULL;
        }
        resource_unreference(engine, made);
    }
    return engine;
}

static void threads_share_curves(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_and_drop, engine), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, engine);
    }
    assert_int_equal(charged(engine), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

int main(void) {
    const struct CMUnitTest all[] = {
        cmocka_unit_test(equal_points_are_one_copy),
        cmocka_unit_test(many_curves_are_told_apart),
        cmocka_unit_test(threads_share_curves),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
