/* Goal: rendering flushes denormal numbers to zero and leaves the host's floating-point mode as it was.
 * Method: render under every mode a host may have set and read the control register before and after; a
 * product below the smallest normal number must come out as 0. */
#include "puller_thread.h"
#include "trap.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
enum { FLUSH = 0x8000, DENORMALS_ARE_ZERO = 0x0040, ROUND_UP = 0x4000, PLAIN = 0x1f80, STICKY = 0x3f };
static const uint32_t modes[] = { PLAIN, PLAIN | FLUSH, PLAIN | DENORMALS_ARE_ZERO,
                                  PLAIN | FLUSH | DENORMALS_ARE_ZERO, PLAIN | ROUND_UP };

static void mode_set(uint32_t mode) {
    _mm_setcsr(mode);
}

/* Without the sticky flags that any inexact operation raises. */
static uint32_t mode_get(void) {
    return _mm_getcsr() & ~(uint32_t)STICKY;
}
#elif defined(__aarch64__)
enum { FLUSH = 1 << 24, ROUND_UP = 1 << 22 };
static const uint32_t modes[] = { 0, FLUSH, ROUND_UP };

static void mode_set(uint32_t mode) {
    const uint64_t value = mode;
    __asm__ volatile("msr fpcr, %0" : : "r"(value));
}

static uint32_t mode_get(void) {
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return (uint32_t)value;
}
#endif

typedef struct fixture {
    wa_engine *engine;
    wa_context *context;
} fixture;

/* 1e-25 through a gain of 1e-15: 1e-40 has no normal float. */
static fixture make_denormal_graph(void) {
    fixture made = { 0 };
    assert_int_equal(wa_engine_create(NULL, &made.engine), WA_OK);
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    assert_int_equal(wa_context_create(made.engine, &desc, &made.context), WA_OK);
    wa_constant_source_options source_options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
    wa_gain_options gain_options = WA_GAIN_OPTIONS_INIT;
    source_options.offset = 1e-25f;
    gain_options.gain = 1e-15f;
    wa_node source, gain;
    wa_context *context = made.context;
    assert_int_equal(wa_node_create(context, WA_NODE_TYPE_CONSTANT_SOURCE, &source_options, &source),
                     WA_OK);
    assert_int_equal(wa_node_create(context, WA_NODE_TYPE_GAIN, &gain_options, &gain), WA_OK);
    assert_int_equal(wa_node_connect(context, source, gain), WA_OK);
    assert_int_equal(wa_node_connect(context, gain, wa_context_destination(context)), WA_OK);
    assert_int_equal(wa_source_start(context, source, 0.0), WA_OK);
    assert_int_equal(wa_context_resume(context), WA_OK);
    return made;
}

static void finish(fixture *made) {
    assert_int_equal(wa_context_destroy(made->context), WA_OK);
    assert_int_equal(wa_engine_destroy(made->engine), WA_OK);
}

static void the_mode_is_the_hosts_again(void **state) {
    (void)state;
    fixture made = make_denormal_graph();
    float planes[2][256];
    float *const outputs[] = { planes[0], planes[1] };
    const wa_render_desc desc = { .desc_bytes = sizeof desc, .outputs = outputs, .frame_count = 256 };
    const uint32_t host_mode = mode_get();
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        mode_set(modes[i]);
        const wa_status status = wa_context_render(made.context, &desc);
        const uint32_t mode_after = mode_get();
        mode_set(host_mode);
        assert_int_equal(status, WA_OK);
        assert_int_equal(mode_after, modes[i]);
        for (uint32_t frame = 0; frame < 256; frame++) {
            assert_int_not_equal(fpclassify(planes[0][frame]), FP_SUBNORMAL);
        }
    }
    finish(&made);
}

/* A call that is refused must not leave the mode changed either. */
static void a_refused_render_keeps_the_mode(void **state) {
    (void)state;
    fixture made = make_denormal_graph();
    float planes[2][128];
    float *const outputs[] = { planes[0], planes[1] };
    const wa_render_desc desc = { .desc_bytes = sizeof desc, .outputs = outputs, .frame_count = 128 };
    assert_int_equal(wa_context_close(made.context), WA_OK);
    wa_context_poll(made.context, NULL, 0);
    const uint32_t host_mode = mode_get();
    assert_int_equal(wa_context_render(made.context, &desc), WA_ERR_INVALID_STATE);
    assert_int_equal(mode_get(), host_mode);
    assert_int_equal(wa_context_render(made.context, NULL), WA_ERR_TYPE);
    assert_int_equal(mode_get(), host_mode);
    finish(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mode_is_the_hosts_again),
        cmocka_unit_test(a_refused_render_keeps_the_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
