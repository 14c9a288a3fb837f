/* Convolvers in a graph: what the public calls refuse, what they cost, who shares what, and that a response
 * set while it sounds is let go of. The sums themselves are judged in tests/nodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>

static wa_buffer noise(rig *r, uint32_t channel_count, uint64_t frame_count, uint32_t seed) {
    const wa_buffer made = rig_buffer(r, channel_count, frame_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(r->engine, made, channel);
        for (uint64_t frame = 0; frame < frame_count; frame++) {
            plane[frame] = 0.1f * rig_random_unit(&seed);
        }
    }
    return made;
}

static wa_node convolver(rig *r, wa_buffer buffer) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.buffer = buffer;
    options.disable_normalization = true;
    return rig_node(r, WA_NODE_TYPE_CONVOLVER, &options);
}

static uint64_t response_bytes(const rig *r) {
    wa_memory_stats stats;
    wa_engine_memory_stats(r->engine, &stats);
    return stats.category_bytes[WA_MEMORY_IMPULSE_RESPONSES];
}

/* -- the sum, through the graph ------------------------------------------------------------------ */

static void a_source_is_convolved(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 128, 100, 441 };
    for (uint32_t row = 0; row < 3; row++) {
        rig *r = rig_create(&(rig_desc){ .channel_count = 2, .quantum_frames = quanta[row] });
        const wa_buffer response = noise(r, 2, 700, 3), sound = noise(r, 1, 300, 5);
        const wa_node node = convolver(r, response);
        rig_connect(r, rig_play(r, sound, 0.0), node);
        rig_connect(r, node, r->out);
        (void)rig_render(r, 1200);
        double want[1200];
        for (uint32_t channel = 0; channel < 2; channel++) {
            const float *h = wa_buffer_plane(r->engine, response, channel);
            const float *x = wa_buffer_plane(r->engine, sound, 0);
            for (uint32_t frame = 0; frame < 1200; frame++) {
                want[frame] = 0.0;
                for (uint32_t tap = frame < 299 ? 0 : frame - 299; tap < 700 && tap <= frame; tap++) {
                    want[frame] += (double)h[tap] * (double)x[frame - tap];
                }
            }
            assert_true(rig_error_db(r->planes[channel], want, 1200) < -126.0);
        }
        rig_destroy(r);
    }
}

/* It sleeps once the tail is over, and costs nothing. */
static void it_sleeps_after_the_tail(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node node = convolver(r, noise(r, 1, 1000, 3));
    rig_connect(r, rig_impulse(r, 1.0f, 0.0), node);
    rig_connect(r, node, r->out);
    (void)rig_render(r, 896);
    assert_int_equal(rig_awake_count(r), 2);
    (void)rig_render(r, 256);
    assert_int_equal(rig_awake_count(r), 1);
    rig_destroy(r);
}

/* -- refused ------------------------------------------------------------------------------------ */

static void wrong_arguments_are_refused(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node node = convolver(r, (wa_buffer){ 0 }), gain = rig_gain(r, 1.0f);
    wa_buffer three, slow, gone = rig_buffer(r, 1, 10);
    assert_ok(wa_buffer_create(r->engine, 3, 10, 48000.0f, &three));
    assert_ok(wa_buffer_create(r->engine, 1, 10, 44100.0f, &slow));
    assert_ok(wa_buffer_release(r->engine, gone));
    assert_refused(wa_convolver_set_buffer(r->context, node, three), WA_ERR_NOT_SUPPORTED,
                   "3 channels");
    assert_refused(wa_convolver_set_buffer(r->context, node, slow), WA_ERR_NOT_SUPPORTED, "44100");
    assert_refused(wa_convolver_set_buffer(r->context, node, gone), WA_ERR_STALE_HANDLE, "buffer");
    assert_refused(wa_convolver_set_buffer(r->context, gain, three), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_convolver_set_buffer(NULL, node, three), WA_ERR_TYPE, "context");
    assert_refused(wa_convolver_set_normalize(r->context, gain, true), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_convolver_set_normalize(NULL, node, true), WA_ERR_TYPE, "context");
    assert_refused(wa_node_set_channel_count(r->context, node, 3), WA_ERR_NOT_SUPPORTED, "3");
    assert_refused(wa_node_set_channel_count_mode(r->context, node, WA_CHANNEL_COUNT_MODE_MAX),
                   WA_ERR_NOT_SUPPORTED, "max");
    assert_ok(wa_node_set_channel_count(r->context, node, 1));
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    wa_node none = { 0 };
    options.buffer = slow;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_CONVOLVER, &options, &none),
                   WA_ERR_NOT_SUPPORTED, "44100");
    options.buffer = (wa_buffer){ 0 };
    options.node.channel_count = 3;
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_CONVOLVER, &options, &none),
                   WA_ERR_NOT_SUPPORTED, "3");
    assert_int_equal(response_bytes(r), 0);
    rig_destroy(r);
}

/* Over the budget, at any point: as if it had not been asked; what sounded goes on to sound. */
static void a_refused_response_changes_nothing(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    rig *twin = rig_create(&(rig_desc){ .channel_count = 2 });
    rig *both[2] = { r, twin };
    wa_node node[2];
    for (uint32_t i = 0; i < 2; i++) {
        node[i] = convolver(both[i], noise(both[i], 1, 900, 3));
        rig_connect(both[i], rig_noise(both[i], 1, 4000, 9), node[i]);
        rig_connect(both[i], node[i], both[i]->out);
        (void)rig_render(both[i], 640);
    }
    const wa_buffer large = noise(r, 2, 60000, 4);
    wa_engine_trim(r->engine, 0);
    const uint64_t used = rig_used_bytes(r), responses = response_bytes(r);
    for (uint64_t spare = 0; spare <= 2000000; spare += 250000) {
        assert_ok(wa_engine_set_budget(r->engine, used + spare));
        assert_refused(wa_convolver_set_buffer(r->context, node[0], large), WA_ERR_BUDGET, "budget");
        assert_int_equal(response_bytes(r), responses);
        wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
        wa_node none = { 0 };
        options.buffer = large;
        assert_refused(wa_node_create(r->context, WA_NODE_TYPE_CONVOLVER, &options, &none),
                       WA_ERR_BUDGET, "budget");
        assert_int_equal(response_bytes(r), responses);
    }
    for (uint32_t i = 0; i < 2; i++) {
        (void)rig_render(both[i], 1280);
    }
    assert_same(r->planes[0], twin->planes[0], r->frame_count);
    assert_ok(wa_engine_set_budget(r->engine, 100000000));
    assert_ok(wa_convolver_set_buffer(r->context, node[0], large));
    rig_destroy(r);
    rig_destroy(twin);
}

/* -- memory ------------------------------------------------------------------------------------- */

/* The spectra once, the past for each; the buffer itself is nobody's. */
static void equal_responses_are_shared(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_buffer buffer = noise(r, 2, 20000, 3);
    uint64_t bytes[4] = { response_bytes(r) };
    wa_node nodes[3];
    for (uint32_t i = 0; i < 3; i++) {
        nodes[i] = convolver(r, buffer);
        bytes[i + 1] = response_bytes(r);
    }
    assert_int_equal(bytes[3] - bytes[2], bytes[2] - bytes[1]);
    assert_true(bytes[2] - bytes[1] + 2 * 8 * 20000 <= bytes[1]);
    assert_ok(wa_buffer_release(r->engine, buffer));
    wa_buffer_info info;
    assert_refused(wa_buffer_get_info(r->engine, buffer, &info), WA_ERR_STALE_HANDLE, "buffer");
    for (uint32_t i = 0; i < 3; i++) {
        rig_release(r, nodes[i], WA_RELEASE_NOW);
    }
    (void)rig_render(r, 256);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(response_bytes(r), 0);
    rig_destroy(r);
}

/* Written to and set again: what is in it now is what sounds. */
static void content_is_taken_when_it_is_set(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_buffer buffer = rig_buffer(r, 1, 1);
    wa_buffer_plane(r->engine, buffer, 0)[0] = 1.0f;
    const wa_node node = convolver(r, buffer);
    rig_connect(r, rig_constant(r, 1.0f), node);
    rig_connect(r, node, r->out);
    wa_buffer_plane(r->engine, buffer, 0)[0] = 0.5f;
    const float *heard = rig_render(r, 128);
    assert_float_equal(heard[127], 1.0f, 1e-6);
    assert_ok(wa_convolver_set_buffer(r->context, node, buffer));
    heard = rig_render(r, 640);
    assert_float_equal(heard[0], 1.0f, 1e-6);
    assert_float_equal(heard[240], 0.75f, 1e-6);
    assert_float_equal(heard[639], 0.5f, 1e-6);
    rig_destroy(r);
}

/* The same again, from another buffer: it is the response that it has, and goes on to the bit. */
static void equal_content_goes_on(void **state) {
    (void)state;
    rig *both[2] = { rig_create(&(rig_desc){ .channel_count = 2 }),
                     rig_create(&(rig_desc){ .channel_count = 2 }) };
    for (uint32_t i = 0; i < 2; i++) {
        rig *r = both[i];
        const wa_node node = convolver(r, noise(r, 2, 900, 3));
        rig_connect(r, rig_noise(r, 2, 6000, 9), node);
        rig_connect(r, node, r->out);
        (void)rig_render(r, 640);
        const uint64_t bytes = response_bytes(r);
        if (i == 0) {
            assert_ok(wa_convolver_set_buffer(r->context, node, noise(r, 2, 900, 3)));
        }
        (void)rig_render(r, 2560);
        assert_int_equal(response_bytes(r), bytes);
    }
    assert_same(both[0]->planes[0], both[1]->planes[0], both[1]->frame_count);
    assert_same(both[0]->planes[1], both[1]->planes[1], both[1]->frame_count);
    rig_destroy(both[0]);
    rig_destroy(both[1]);
}

/* A longer response each time, while it sounds: the old one is let go of when its fade is over, and render
 * takes no memory. */
static void swaps_let_go(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2, .is_live = true });
    const wa_node node = convolver(r, noise(r, 1, 500, 1));
    rig_connect(r, rig_constant(r, 0.5f), node);
    rig_connect(r, node, r->out);
    (void)rig_render(r, 1280);
    uint64_t settled = 0;
    for (uint32_t round = 0; round < 12; round++) {
        const wa_buffer buffer = noise(r, 2, 3000, round % 2);
        assert_ok(wa_convolver_set_buffer(r->context, node, buffer));
        assert_ok(wa_buffer_release(r->engine, buffer));
        const uint64_t fading = response_bytes(r);
        (void)rig_render(r, 128);
        (void)rig_poll(r, WA_EVENT_ENDED);
        assert_int_equal(response_bytes(r), fading); /* both sound */
        (void)rig_render(r, 1024);
        (void)rig_poll(r, WA_EVENT_ENDED);
        assert_true(response_bytes(r) < fading);
        assert_true(settled == 0 || response_bytes(r) == settled);
        settled = response_bytes(r);
    }
    assert_ok(wa_convolver_set_buffer(r->context, node, (wa_buffer){ 0 }));
    (void)rig_render(r, 1024);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(response_bytes(r), 0);
    rig_destroy(r);
}

/* Many before render looks once: those that never sounded go at once, and the last one is heard. */
static void swaps_between_quanta(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2, .is_live = true });
    const wa_node node = convolver(r, noise(r, 1, 500, 1));
    rig_connect(r, rig_constant(r, 0.5f), node);
    rig_connect(r, node, r->out);
    (void)rig_render(r, 1280);
    for (uint32_t round = 0; round < 20; round++) {
        assert_ok(
            wa_convolver_set_buffer(r->context, node, noise(r, 1 + round % 2, 400 + round, round)));
    }
    const wa_buffer last = rig_buffer(r, 1, 1);
    wa_buffer_plane(r->engine, last, 0)[0] = 0.25f;
    assert_ok(wa_convolver_set_buffer(r->context, node, last));
    (void)rig_render(r, 1024);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_true(response_bytes(r) < 20000); /* a response of one frame, and its past */
    assert_float_equal(r->planes[0][r->frame_count - 1], 0.125f, 1e-6);
    rig_destroy(r);
}

/* Released while two responses sound; and destroyed with the context. Nothing stays. */
static void release_within_a_fade(void **state) {
    (void)state;
    for (uint32_t mode = WA_RELEASE_NOW; mode <= WA_RELEASE_WHEN_DONE; mode++) {
        rig *r = rig_create(&(rig_desc){ .channel_count = 2, .is_live = true });
        const wa_node node = convolver(r, noise(r, 2, 5000, 1)), source = rig_constant(r, 0.5f);
        rig_connect(r, source, node);
        rig_connect(r, node, r->out);
        (void)rig_render(r, 1280);
        assert_ok(wa_convolver_set_buffer(r->context, node, noise(r, 1, 4000, 2)));
        (void)rig_render(r, 128);
        assert_ok(wa_begin(r->context));
        assert_ok(wa_convolver_set_buffer(r->context, node, noise(r, 4, 3000, 3)));
        assert_ok(wa_node_disconnect(r->context, source));
        rig_release(r, node, (wa_release_mode)mode);
        assert_ok(wa_commit(r->context));
        for (uint32_t quantum = 0; quantum < 60; quantum++) {
            (void)rig_render(r, 128);
            (void)rig_poll(r, WA_EVENT_ENDED);
        }
        assert_int_equal(response_bytes(r), 0);
        rig_destroy(r);
    }
}

/* -- transactions ------------------------------------------------------------------------------- */

/* Undone: not a bit is different, and what was made for it is gone. */
static void a_rollback_keeps_the_response(void **state) {
    (void)state;
    rig *both[2] = { rig_create(&(rig_desc){ .channel_count = 2, .is_live = true }),
                     rig_create(&(rig_desc){ .channel_count = 2, .is_live = true }) };
    wa_node node[2];
    for (uint32_t i = 0; i < 2; i++) {
        node[i] = convolver(both[i], noise(both[i], 2, 900, 3));
        rig_connect(both[i], rig_noise(both[i], 2, 6000, 9), node[i]);
        rig_connect(both[i], node[i], both[i]->out);
        (void)rig_render(both[i], 640);
    }
    rig *r = both[0];
    const uint64_t bytes = response_bytes(r);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_convolver_set_buffer(r->context, node[0], noise(r, 4, 2000, 5)));
    assert_ok(wa_convolver_set_normalize(r->context, node[0], true));
    assert_ok(wa_convolver_set_buffer(r->context, node[0], noise(r, 1, 3000, 6)));
    assert_ok(wa_rollback(r->context));
    assert_int_equal(response_bytes(r), bytes);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_convolver_set_buffer(r->context, node[0], (wa_buffer){ 0 }));
    assert_refused(wa_node_set_channel_count(r->context, node[0], 7), WA_ERR_NOT_SUPPORTED, "7");
    assert_refused(wa_commit(r->context), WA_ERR_NOT_SUPPORTED, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        (void)rig_render(both[i], 2560);
    }
    assert_same(r->planes[0], both[1]->planes[0], r->frame_count);
    assert_same(r->planes[1], both[1]->planes[1], r->frame_count);
    assert_int_equal(response_bytes(r), bytes);
    rig_destroy(both[0]);
    rig_destroy(both[1]);
}

/* -- pools -------------------------------------------------------------------------------------- */

static wa_status make_reverb(void *user, wa_context *context, wa_node *node) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.buffer = *(const wa_buffer *)user;
    return wa_node_create(context, WA_NODE_TYPE_CONVOLVER, &options, node);
}

/* A pooled one keeps its memory: acquired again it takes none, sealed or not. One whose life has set
 * another response gets the factory's back, or is dropped if there is no memory for it. */
static void pooled_ones_keep_their_memory(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    wa_buffer buffer = noise(r, 2, 4000, 3);
    const wa_buffer other = noise(r, 1, 3000, 4);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.factory = make_reverb;
    desc.user = &buffer;
    wa_node_pool *pool = NULL;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    const wa_node source = rig_constant(r, 0.5f);
    uint64_t bytes = 0;
    for (uint32_t round = 0; round < 6; round++) {
        wa_node node = { 0 };
        wa_engine_seal(r->engine, round > 0);
        assert_ok(wa_node_pool_acquire(pool, &node));
        wa_engine_seal(r->engine, false);
        bytes = round == 0 ? response_bytes(r) : bytes;
        assert_int_equal(response_bytes(r), bytes);
        rig_connect(r, source, node);
        rig_connect(r, node, r->out);
        (void)rig_render(r, 640);
        if (round % 2 == 1) {
            assert_ok(wa_convolver_set_buffer(r->context, node, other));
            (void)rig_render(r, 256);
        }
        assert_ok(wa_node_pool_release(pool, node, NULL));
        (void)rig_render(r, 640);
        (void)rig_poll(r, WA_EVENT_ENDED);
    }
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    assert_int_equal(stats.created_count, 1);
    assert_int_equal(stats.reused_count, 5);
    wa_node_pool_destroy(pool);
    (void)rig_render(r, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(response_bytes(r), 0);
    rig_destroy(r);
}

/* Voices with a reverb each: one response for all of them, and none taken again when they come back. */
static void voices_share_a_response(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    wa_convolver_options reverb = WA_CONVOLVER_OPTIONS_INIT;
    reverb.buffer = noise(r, 2, 4000, 3);
    const wa_voice_node members[] = { { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
                                      { WA_NODE_TYPE_CONVOLVER, &reverb } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = members;
    desc.node_count = 2;
    desc.edges = edges;
    desc.edge_count = 1;
    desc.output_node = 1;
    desc.output = r->out;
    wa_voice_pool *pool = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &pool));
    uint64_t bytes = 0;
    for (uint32_t round = 0; round < 4; round++) {
        wa_voice voices[3];
        for (uint32_t i = 0; i < 3; i++) {
            assert_ok(wa_voice_pool_acquire(pool, &voices[i]));
            assert_ok(wa_source_start(r->context, wa_voice_node_at(pool, voices[i], 0), 0.0));
        }
        bytes = round == 0 ? response_bytes(r) : bytes;
        (void)rig_render(r, 640);
        assert_int_equal(response_bytes(r), bytes);
        assert_int_equal(rig_awake_count(r), 7);
        for (uint32_t i = 0; i < 3; i++) {
            wa_release_options options = WA_RELEASE_OPTIONS_INIT;
            options.mode = WA_RELEASE_AFTER_TAIL;
            assert_ok(wa_voice_pool_release(pool, voices[i], &options));
        }
        (void)rig_render(r, 5120); /* the tail is over */
        (void)rig_poll(r, WA_EVENT_ENDED);
        assert_int_equal(rig_awake_count(r), 1);
    }
    wa_voice_pool_destroy(pool);
    (void)rig_render(r, 128);
    (void)rig_poll(r, WA_EVENT_ENDED);
    assert_int_equal(response_bytes(r), 0);
    rig_destroy(r);
}

/* -- long --------------------------------------------------------------------------------------- */

/* Half a minute in stereo fits the default budget, and sounds from the first frame to the last. */
static void thirty_seconds(void **state) {
    (void)state;
    enum { FRAMES = 30 * 48000 };
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    const wa_buffer buffer = rig_buffer(r, 2, FRAMES);
    float *left = wa_buffer_plane(r->engine, buffer, 0), *right = wa_buffer_plane(r->engine, buffer, 1);
    left[0] = 0.5f;
    left[FRAMES / 2] = 0.25f;
    right[FRAMES - 1] = -0.75f;
    const wa_node node = convolver(r, buffer);
    assert_ok(wa_buffer_release(r->engine, buffer));
    rig_connect(r, rig_impulse(r, 1.0f, 0.0), node);
    rig_connect(r, node, r->out);
    (void)rig_render(r, 4096);
    assert_float_equal(r->planes[0][0], 0.5f, 1e-6);
    rig_skip(r, FRAMES / 2 - 8192);
    const uint64_t middle = r->frame_count;
    (void)rig_render(r, 8192);
    assert_float_equal(r->planes[0][middle + 4096], 0.25f, 1e-6);
    rig_skip(r, FRAMES / 2 - 8192);
    const uint64_t last = r->frame_count;
    (void)rig_render(r, 8192);
    assert_float_equal(r->planes[1][last + 4095], -0.75f, 1e-6);
    assert_int_equal(rig_awake_count(r), 1);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_is_convolved),
        cmocka_unit_test(it_sleeps_after_the_tail),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(a_refused_response_changes_nothing),
        cmocka_unit_test(equal_responses_are_shared),
        cmocka_unit_test(content_is_taken_when_it_is_set),
        cmocka_unit_test(equal_content_goes_on),
        cmocka_unit_test(swaps_let_go),
        cmocka_unit_test(swaps_between_quanta),
        cmocka_unit_test(release_within_a_fade),
        cmocka_unit_test(a_rollback_keeps_the_response),
        cmocka_unit_test(pooled_ones_keep_their_memory),
        cmocka_unit_test(voices_share_a_response),
        cmocka_unit_test(thirty_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
