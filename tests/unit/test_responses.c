/* Responses: equal ones are one, whichever buffer they came from, and live exactly as long as somebody
 * holds them. Equal is decided by content, so the rows change one thing at a time. */
#include "engines.h"
#include "kernels/convolution.h"
#include "kernels/samples.h"
#include "memory/buffers.h"
#include "memory/responses.h"
#include <pthread.h>
#include "wavepool/buffer.h"

enum { FRAMES = 3000 };

static wa_buffer_data *noise(wa_engine *engine, uint32_t channel_count, uint32_t seed) {
    wa_buffer buffer = { 0 };
    wa_buffer_data *data = NULL;
    assert_int_equal(wa_buffer_create(engine, channel_count, FRAMES, 48000.0f, &buffer), WA_OK);
    assert_int_equal(buffer_resolve(engine, buffer, "buffer", &data), WA_OK);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            seed = seed * 1664525u + 1013904223u;
            data->planes[channel][frame] = (float)(int32_t)seed / 2147483648.0f;
        }
    }
    return data;
}

/* That noise, rounded to 16 bits. */
static wa_buffer_data *noise_of_16_bits(wa_engine *engine, uint32_t channel_count, uint32_t seed) {
    wa_buffer_data *from = noise(engine, channel_count, seed), *data = NULL;
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    wa_buffer buffer = { 0 };
    desc.channel_count = channel_count;
    desc.frame_count = FRAMES;
    desc.storage = WA_BUFFER_STORAGE_INT16;
    assert_int_equal(wa_buffer_create_with(engine, &desc, &buffer), WA_OK);
    assert_int_equal(buffer_resolve(engine, buffer, "buffer", &data), WA_OK);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        assert_int_equal(
            wa_buffer_copy_to_channel(engine, buffer, from->planes[channel], FRAMES, channel, 0),
            WA_OK);
    }
    return data;
}

static const wa_resource *acquire(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                                  uint32_t quantum_frames) {
    const wa_resource *made = NULL;
    assert_int_equal(response_acquire(engine, buffer, is_normalized, quantum_frames, &made), WA_OK);
    assert_int_equal(made->kind, WA_RESOURCE_RESPONSE);
    return made;
}

static uint64_t response_bytes(const wa_engine *engine) {
    return stats_of(engine).category_bytes[WA_MEMORY_IMPULSE_RESPONSES];
}

static void equal_ones_are_one(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    wa_buffer_data *a = noise(engine, 2, 1), *twin = noise(engine, 2, 1);
    const wa_resource *first = acquire(engine, a, true, 128);
    const uint64_t bytes = response_bytes(engine);
    assert_true(bytes >= 2 * 8 * FRAMES);
    const wa_resource *second = acquire(engine, twin, true, 128);
    assert_ptr_equal(first, second);
    assert_int_equal(response_bytes(engine), bytes);
    resource_unreference(engine, first);
    assert_int_equal(response_bytes(engine), bytes);
    resource_unreference(engine, second);
    assert_int_equal(response_bytes(engine), 0);
    assert_null(engine->responses);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void of_16_bits_they_are_those_of_floats(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    wa_buffer_data *narrow = noise_of_16_bits(engine, 2, 1), *wide = noise(engine, 2, 1);
    for (uint32_t channel = 0; channel < 2; channel++) {
        samples_read(narrow, channel, 0, FRAMES, wide->planes[channel]);
    }
    const wa_resource *first = acquire(engine, wide, true, 128);
    const uint64_t bytes = response_bytes(engine);
    const wa_resource *second = acquire(engine, narrow, true, 128);
    assert_ptr_equal(first, second);
    assert_int_equal(response_bytes(engine), bytes);
    resource_unreference(engine, first);
    resource_unreference(engine, second);
    const wa_resource *alone = acquire(engine, narrow, true, 128);
    assert_int_equal(response_bytes(engine), bytes);
    resource_unreference(engine, alone);
    assert_null(engine->responses);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* Channels, content to the bit, scale and quantum each make another; so does content that has changed. */
static void different_ones_are_not(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    wa_buffer_data *a = noise(engine, 2, 1), *mono = noise(engine, 1, 1), *other = noise(engine, 2, 1);
    other->planes[1][FRAMES - 1] *= 1.000001f;
    const wa_resource *made[] = {
        acquire(engine, a, false, 128),     acquire(engine, a, true, 128),
        acquire(engine, a, false, 256),     acquire(engine, mono, false, 128),
        acquire(engine, other, false, 128),
    };
    const uint32_t count = sizeof made / sizeof made[0];
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            assert_ptr_not_equal(made[i], made[j]);
        }
    }
    a->planes[0][5] += 0.5f;
    const wa_resource *changed = acquire(engine, a, false, 128);
    a->planes[0][5] -= 0.5f;
    const wa_resource *again = acquire(engine, a, false, 128);
    assert_ptr_not_equal(changed, made[0]);
    assert_ptr_equal(again, made[0]);
    resource_unreference(engine, changed);
    resource_unreference(engine, again);
    for (uint32_t i = 0; i < count; i++) {
        resource_unreference(engine, made[i]);
    }
    assert_null(engine->responses);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* A hash only says where to look: made equal by hand, it does not make equal what is not. */
static void equal_hashes_are_looked_into(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    wa_buffer_data *a = noise(engine, 1, 1), *b = noise(engine, 1, 2);
    const wa_resource *of_b = acquire(engine, b, false, 128);
    const uint64_t hash = ((const wa_response_data *)of_b)->hash;
    resource_unreference(engine, of_b);
    const wa_resource *of_a = acquire(engine, a, false, 128);
    ((wa_response_data *)(uintptr_t)of_a)->hash = hash;
    of_b = acquire(engine, b, false, 128);
    assert_ptr_not_equal(of_a, of_b);
    resource_unreference(engine, of_a);
    resource_unreference(engine, of_b);
    assert_null(engine->responses);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* At every budget between what is there and what it takes, nothing is left of a refusal. */
static void check_refusals(bool is_of_16_bits) {
    books own = { 0 };
    wa_engine *engine = engine_with_books(100000000, &own);
    wa_buffer_data *buffer = is_of_16_bits ? noise_of_16_bits(engine, 2, 1) : noise(engine, 2, 1);
    const wa_resource *made = acquire(engine, buffer, true, 128);
    const uint64_t needed = own.peak_bytes;
    resource_unreference(engine, made);
    const uint64_t least = used_by(engine), step = (needed - least) / 9 + 1;
    for (uint64_t budget = least; budget < needed; budget += step) {
        assert_int_equal(wa_engine_set_budget(engine, budget), WA_OK);
        const uint64_t before = own.bytes;
        assert_int_equal(response_acquire(engine, buffer, true, 128, &made), WA_ERR_BUDGET);
        assert_message_has("impulse response");
        assert_int_equal(own.bytes, before);
        assert_int_equal(used_by(engine), least);
        assert_null(engine->responses);
    }
    assert_int_equal(wa_engine_set_budget(engine, needed), WA_OK);
    wa_engine_seal(engine, true);
    assert_int_equal(response_acquire(engine, buffer, true, 128, &made), WA_ERR_SEALED);
    wa_engine_seal(engine, false);
    assert_int_equal(response_acquire(engine, buffer, true, 128, &made), WA_OK);
    resource_unreference(engine, made);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    assert_int_equal(own.bytes, 0);
}

static void refusals_leave_nothing(void **state) {
    (void)state;
    check_refusals(false);
    check_refusals(true);
}

typedef struct worker {
    wa_engine *engine;
    const wa_buffer_data *buffers[2];
    uint32_t seed;
} worker;

static void *work(void *user) {
    worker *of = user;
    for (uint32_t round = 0; round < 60; round++) {
        of->seed = of->seed * 1664525u + 1013904223u;
        const wa_buffer_data *buffer = of->buffers[of->seed >> 31];
        const wa_resource *made = acquire(of->engine, buffer, false, 128);
        const wa_resource *more = acquire(of->engine, buffer, false, 128);
        assert_true(((const wa_response_data *)more)->hash == ((const wa_response_data *)made)->hash);
        resource_unreference(of->engine, made);
        resource_unreference(of->engine, more);
    }
    return NULL;
}

/* Contexts of several threads: one's last reference may go while another looks for it. Two that make the
 * same at the same time may get one each. */
static void threads_agree(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    const wa_buffer_data *a = noise(engine, 1, 1), *b = noise(engine, 1, 2);
    worker workers[2] = { { engine, { a, b }, 1 }, { engine, { a, b }, 77 } };
    pthread_t threads[2];
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_null(engine->responses);
    assert_int_equal(response_bytes(engine), 0);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_ones_are_one),     cmocka_unit_test(of_16_bits_they_are_those_of_floats),
        cmocka_unit_test(different_ones_are_not), cmocka_unit_test(equal_hashes_are_looked_into),
        cmocka_unit_test(refusals_leave_nothing), cmocka_unit_test(threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
