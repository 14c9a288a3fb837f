/* Analysers are read, changed, made and given back while another thread renders without a pause. The host's
 * input says at each frame which frame it is, so that a waveform must be silence and then frames one after the
 * other; a torn copy, or one with a pooled node's past, shows. For ThreadSanitizer as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "wavepool/wavepool.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { QUANTUM = 128, ROUND_COUNT = 250, VALUE_COUNT = 8000000 };

typedef struct stage {
    wa_engine *engine;
    wa_context *context;
    wa_node input;
    pthread_t thread;
    _Atomic bool is_done;
    _Atomic uint32_t failed_count;
} stage;

static void ok(wa_status status) {
    if (status != WA_OK) {
        fail_msg("%s: %s", wa_status_name(status), wa_error_message());
    }
}

/* Exact in a float, and never 0. */
static float value_at(uint64_t frame) {
    return (float)(1 + frame % VALUE_COUNT);
}

/* False: it is of a frame before that. */
static bool is_since(float value, uint64_t frame) {
    const uint64_t ahead = (uint64_t)value - 1 + VALUE_COUNT - frame % VALUE_COUNT;
    return ahead % VALUE_COUNT < VALUE_COUNT / 2;
}

static void *render_on(void *user) {
    stage *of = user;
    float in[QUANTUM], out[QUANTUM];
    const float *const inputs[] = { in };
    float *const outputs[] = { out };
    const wa_render_desc desc = {
        .desc_bytes = sizeof desc, .inputs = inputs, .outputs = outputs, .frame_count = QUANTUM
    };
    for (uint64_t frame = 0; !atomic_load(&of->is_done); frame += QUANTUM) {
        for (uint32_t i = 0; i < QUANTUM; i++) {
            in[i] = value_at(frame + i);
        }
        const wa_status status = wa_context_render(of->context, &desc);
        atomic_fetch_add(&of->failed_count, status != WA_OK);
    }
    return NULL;
}

static void open_stage(stage *of) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.channel_count = desc.input_channel_count = 1;
    ok(wa_engine_create(NULL, &of->engine));
    ok(wa_context_create(of->engine, &desc, &of->context));
    ok(wa_node_create(of->context, WA_NODE_TYPE_INPUT, NULL, &of->input));
    ok(wa_context_resume(of->context));
    assert_int_equal(pthread_create(&of->thread, NULL, render_on, of), 0);
}

static void close_stage(stage *of) {
    atomic_store(&of->is_done, true);
    pthread_join(of->thread, NULL);
    assert_int_equal(atomic_load(&of->failed_count), 0);
    ok(wa_context_destroy(of->context));
    ok(wa_engine_destroy(of->engine));
}

static void wait_until(const stage *of, uint64_t frame) {
    const struct timespec moment = { 0, 100000 };
    for (uint32_t i = 0; wa_context_current_frame(of->context) < frame; i++) {
        assert_true(i < 100000);
        nanosleep(&moment, NULL);
    }
}

/* BUSY is allowed to a machine that stalls this thread again and again. Returns whether it was read. */
static bool is_read(wa_status status) {
    if (status != WA_ERR_BUSY) {
        ok(status);
    }
    return status == WA_OK;
}

/* Silence up to some frame, then one frame after the other. Returns how many are heard. */
static uint32_t check_frames(const float *frames, uint32_t count) {
    uint32_t first = 0;
    while (first < count && frames[first] == 0.0f) {
        first++;
    }
    for (uint32_t i = first + 1; i < count; i++) {
        if (frames[i] != frames[i - 1] + 1.0f && frames[i] != 1.0f) {
            fail_msg("frame %u of %u is %.9g after %.9g", i, count, (double)frames[i],
                     (double)frames[i - 1]);
        }
    }
    return count - first;
}

static void check_spectrum(const float *decibels, uint32_t count) {
    for (uint32_t k = 0; k < count; k++) {
        assert_false(isnan(decibels[k]));
        assert_true(decibels[k] < 200.0f);
    }
}

static void read_while_rendered(void **state) {
    (void)state;
    static float data[32768];
    static uint8_t bytes[32768];
    const uint32_t sizes[] = { 2048, 32768, 32, 512 };
    stage of = { 0 };
    open_stage(&of);
    wa_node node;
    ok(wa_node_create(of.context, WA_NODE_TYPE_ANALYSER, NULL, &node));
    ok(wa_node_connect(of.context, of.input, node));
    wait_until(&of, wa_context_current_frame(of.context) + 100000); /* more than the largest size */
    uint32_t read_count = 0;
    for (uint32_t round = 0; round < ROUND_COUNT; round++) {
        const uint32_t size = sizes[round / 8 % 4];
        ok(wa_analyser_set_fft_size(of.context, node, size));
        if (is_read(wa_analyser_get_float_time_domain_data(of.context, node, data, size))) {
            assert_int_equal(check_frames(data, size), size);
            read_count++;
        }
        if (is_read(wa_analyser_get_float_frequency_data(of.context, node, data, size / 2))) {
            check_spectrum(data, size / 2);
        }
        (void)is_read(wa_analyser_get_byte_frequency_data(of.context, node, bytes, size / 2));
        (void)is_read(wa_analyser_get_byte_time_domain_data(of.context, node, bytes, size));
    }
    assert_true(read_count > ROUND_COUNT / 2);
    close_stage(&of);
}

/* Each life hears nothing of the last one, not even before render has heard of it. */
static void pooled_while_rendered(void **state) {
    (void)state;
    static float data[2048];
    stage of = { 0 };
    open_stage(&of);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    wa_node_pool *pool = NULL;
    uint32_t heard_count = 0;
    desc.type = WA_NODE_TYPE_ANALYSER;
    ok(wa_node_pool_create(of.context, &desc, &pool));
    for (uint32_t round = 0; round < ROUND_COUNT; round++) {
        wa_node node;
        ok(wa_node_pool_acquire(pool, &node));
        const uint64_t born = wa_context_current_frame(of.context);
        ok(wa_node_connect(of.context, of.input, node));
        for (uint32_t reading = 0; reading < 4; reading++) {
            if (is_read(wa_analyser_get_float_time_domain_data(of.context, node, data, 2048))) {
                const uint32_t heard = check_frames(data, 2048);
                assert_true(heard == 0 || is_since(data[2048 - heard], born));
                heard_count += heard > 0;
            }
            wait_until(&of, born + QUANTUM * (1 + 3 * reading));
        }
        ok(wa_node_pool_release(pool, node, NULL));
    }
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    assert_true(stats.reused_count > 0);
    assert_true(heard_count > 0);
    wa_node_pool_destroy(pool);
    close_stage(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_while_rendered),
        cmocka_unit_test(pooled_while_rendered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
