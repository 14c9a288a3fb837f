/* Goal: what hosts of other languages need holds: samples stay while a view of them lives, a thread that has
 * rendered hands the context back, and activity moves when there is something to poll for. Method: an
 * embedded context pulled by the test itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"

enum { QUANTUM = 128 };
static const rig_desc live = { .is_live = true };

static void test_hold(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const uint64_t before = rig_used_bytes(r);
    const wa_buffer buffer = rig_buffer(r, 2, 48000);
    const uint64_t with = rig_used_bytes(r);
    assert_true(with > before + 2 * 48000 * sizeof(float));
    const wa_buffer_hold *first = NULL, *second = NULL;
    assert_ok(wa_buffer_hold_begin(r->engine, buffer, &first));
    assert_ok(wa_buffer_hold_begin(r->engine, buffer, &second));
    float *plane = wa_buffer_plane(r->engine, buffer, 1);
    assert_ok(wa_buffer_release(r->engine, buffer));
    assert_refused(wa_buffer_hold_begin(r->engine, buffer, &first), WA_ERR_RELEASED, "buffer");
    plane[47999] = 0.5f; /* still there */
    wa_buffer_hold_end(r->engine, first);
    assert_true(plane[47999] == 0.5f);
    assert_true(rig_used_bytes(r) == with);
    wa_buffer_hold_end(r->engine, second);
    wa_buffer_hold_end(r->engine, NULL);
    assert_true(rig_used_bytes(r) < with);
    assert_refused(wa_buffer_hold_begin(NULL, buffer, &first), WA_ERR_TYPE, "engine");
    assert_refused(wa_buffer_hold_begin(r->engine, buffer, NULL), WA_ERR_TYPE, "hold");
    rig_destroy(r);
}

/* Rendered, handed back, edited with effect at once, resumed: nothing is rendered twice. */
static void test_render_end(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node one = rig_constant(r, 1.0f);
    rig_connect(r, one, r->out);
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    assert_int_equal(wa_context_render_end(r->context), WA_OK);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
    assert_int_equal(wa_context_render_end(r->context), WA_ERR_INVALID_STATE);
    assert_int_equal(wa_context_render_end(NULL), WA_ERR_TYPE);
    const uint64_t at = wa_context_current_frame(r->context);
    assert_all(rig_render(r, QUANTUM) + 64, 0.0f, QUANTUM - 64); /* past the ramp down: silence */
    assert_int_equal(wa_context_current_frame(r->context), at);
    /* More than a running render side would take in at once. */
    for (uint32_t index = 0; index < 2000; index++) {
        rig_connect(r, rig_constant(r, 0.5f), r->out);
    }
    assert_ok(wa_context_resume(r->context));
    assert_all(rig_render(r, QUANTUM), 1001.0f, QUANTUM);
    assert_int_equal(wa_context_current_frame(r->context), at + QUANTUM);
    rig_destroy(r);
    rig *offline = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = QUANTUM });
    assert_int_equal(wa_context_render_end(offline->context), WA_ERR_INVALID_STATE);
    rig_destroy(offline);
}

static void test_activity(void **state) {
    (void)state;
    rig *r = rig_create(&live);
    const wa_node source = rig_constant(r, 1.0f);
    rig_connect(r, source, r->out);
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 2 * QUANTUM)));
    (void)rig_render(r, QUANTUM);
    const uint64_t before = wa_context_activity(r->context);
    assert_true(wa_context_activity(r->context) == before);
    (void)rig_render(r, 2 * QUANTUM);
    const uint64_t ended = wa_context_activity(r->context);
    assert_true(ended != before);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), 1);
    assert_true(wa_context_activity(r->context) == ended);
    assert_ok(wa_context_suspend(r->context));
    (void)rig_render(r, QUANTUM);
    assert_true(wa_context_activity(r->context) != ended);
    assert_true(wa_context_activity(NULL) == 0);
    const uint64_t handed_back = wa_context_activity(r->context);
    assert_ok(wa_context_resume(r->context));
    assert_ok(
        wa_context_render_end(r->context)); /* as it was when it was last looked at, and yet news */
    assert_true(wa_context_activity(r->context) != handed_back);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_render_end),
        cmocka_unit_test(test_activity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
