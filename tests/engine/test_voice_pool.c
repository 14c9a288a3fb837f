/* Voice pools, M2.7: a chain is handed out, heard, given back and reset as one unit. Each test renders on,
 * edits between two quanta, and compares what is heard frame by frame with what the template and the mode say.
 * That a voice that comes back is as new is the business of test_voice_equals_fresh.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "rig.h"
#include <math.h>

/* A constant, a gain, and a delay beside it that comes 256 frames later: both go out through a second gain. */
enum { SOURCE, LEVEL, ECHO, OUT, ECHO_FRAMES = 256 };

static rig *r;
static wa_voice_pool *pool;

static int set_up(void **state) {
    (void)state;
    r = rig_create(NULL);
    pool = NULL;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    wa_voice_pool_destroy(pool);
    rig_render(r, 1024); /* what still rings may come back */
    rig_destroy(r);
    return 0;
}

static wa_voice_pool *make_pool(uint32_t max_size, uint32_t live_max, bool steal_oldest,
                                double release_s) {
    static wa_delay_options echo = WA_DELAY_OPTIONS_INIT;
    echo.max_delay_time_s = 0.01;
    echo.delay_time_s = (float)ECHO_FRAMES / 48000.0f;
    const wa_voice_node nodes[] = {
        [SOURCE] = { WA_NODE_TYPE_CONSTANT_SOURCE, NULL },
        [LEVEL] = { WA_NODE_TYPE_GAIN, NULL },
        [ECHO] = { WA_NODE_TYPE_DELAY, &echo },
        [OUT] = { WA_NODE_TYPE_GAIN, NULL },
    };
    const wa_voice_edge edges[] = {
        { SOURCE, 0, LEVEL, 0, false },
        { LEVEL, 0, OUT, 0, false },
        { LEVEL, 0, ECHO, 0, false },
        { ECHO, 0, OUT, 0, false },
    };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = 4;
    desc.edges = edges;
    desc.edge_count = 4;
    desc.output_node = OUT;
    desc.output = r->out;
    desc.max_size = max_size;
    desc.live_max = live_max;
    desc.steal_oldest = steal_oldest;
    desc.release_s = release_s;
    wa_voice_pool *made = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &made));
    return made;
}

static wa_node at(wa_voice voice, uint32_t index) {
    return wa_voice_node_at(pool, voice, index);
}

static wa_voice take(void) {
    wa_voice voice = { 0 };
    assert_ok(wa_voice_pool_acquire(pool, &voice));
    return voice;
}

static wa_voice play(float level) {
    const wa_voice voice = take();
    assert_ok(wa_param_set_value(r->context, wa_node_param(at(voice, LEVEL), 0), level));
    assert_ok(wa_source_start(r->context, at(voice, SOURCE), 0.0));
    return voice;
}

static wa_status release(wa_voice voice, wa_release_mode mode, double fade_s) {
    const wa_release_options options = { mode, fade_s };
    return wa_voice_pool_release(pool, voice, &options);
}

static wa_node_pool_stats stats(void) {
    wa_node_pool_stats got;
    (void)wa_context_poll(r->context, NULL, 0); /* what the last quantum gave back */
    wa_voice_pool_get_stats(pool, &got);
    return got;
}

static void assert_stats(wa_node_pool_stats wanted) {
    const wa_node_pool_stats got = stats();
    assert_int_equal(got.available, wanted.available);
    assert_int_equal(got.in_use, wanted.in_use);
    assert_int_equal(got.created_count, wanted.created_count);
    assert_int_equal(got.reused_count, wanted.reused_count);
    assert_int_equal(got.dropped_count, wanted.dropped_count);
    assert_int_equal(got.peak_in_use, wanted.peak_in_use);
}

/* -- acquire ------------------------------------------------------------------------------------ */

/* M2.7: connected, as the template says, not started; one transaction each way. */
static void a_voice_is_one_unit(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 0.0);
    assert_stats((wa_node_pool_stats){ 1, 0, 1, 0, 0, 0 }); /* made with the pool */
    const uint32_t node_count = rig_node_count(r);
    uint32_t batches = r->context->batch_number;
    const wa_voice voice = take();
    assert_int_equal(r->context->batch_number, batches + 1);
    assert_int_equal(rig_node_count(r), node_count);
    assert_stats((wa_node_pool_stats){ 0, 1, 1, 1, 0, 1 });
    assert_all(rig_render(r, 256), 0.0f, 256);
    assert_ok(wa_param_set_value(r->context, wa_node_param(at(voice, LEVEL), 0), 0.25f));
    assert_ok(wa_source_start(r->context, at(voice, SOURCE), 0.0));
    const float *heard = rig_render(r, 512);
    assert_all(heard, 0.25f, ECHO_FRAMES);
    assert_all(heard + ECHO_FRAMES, 0.5f, 512 - ECHO_FRAMES);
    batches = r->context->batch_number;
    assert_ok(wa_voice_pool_release(pool, voice, NULL));
    assert_int_equal(r->context->batch_number, batches + 1);
    assert_all(rig_render(r, 512), 0.0f, 512);
    assert_stats((wa_node_pool_stats){ 1, 0, 1, 1, 0, 1 });
    assert_int_equal(rig_node_count(r), node_count);
}

/* M2.7 */
static void nodes_are_found_by_their_index(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 0.0);
    const wa_voice voice = take(), other = take();
    static const wa_node_type types[] = { WA_NODE_TYPE_CONSTANT_SOURCE, WA_NODE_TYPE_GAIN,
                                          WA_NODE_TYPE_DELAY, WA_NODE_TYPE_GAIN };
    for (uint32_t index = 0; index < 4; index++) {
        wa_node_info info;
        assert_ok(wa_node_get_info(r->context, at(voice, index), &info));
        assert_int_equal(info.type, types[index]);
        assert_int_not_equal(at(voice, index).id, at(other, index).id);
    }
    assert_int_equal(at(voice, SOURCE).id, voice.id);
    assert_int_equal(at(voice, 4).id, 0);
    assert_int_equal(at((wa_voice){ 0 }, 0).id, 0);
    assert_int_equal(at((wa_voice){ 99 }, 0).id, 0);
    assert_int_equal(at((wa_voice){ at(voice, LEVEL).id }, 0).id,
                     0); /* a node of it is not the voice */
    assert_int_equal(wa_voice_node_at(NULL, voice, 0).id, 0);
    assert_ok(wa_voice_pool_release(pool, voice, NULL));
    assert_int_equal(at(voice, 0).id, 0);
    rig_render(r, 128);
    assert_int_equal(at(voice, 0).id, 0);
    const wa_voice again = take(); /* the same memory */
    assert_int_equal(at(voice, 0).id, 0);
    assert_int_not_equal(again.id, voice.id);
}

/* M2.7: a wrong handle is reported, and harmless. */
static void wrong_handles_are_told_apart(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 0.0);
    wa_voice_pool *other = make_pool(20, 0, false, 0.0);
    rig *elsewhere = rig_create(&(rig_desc){ .engine = r->engine });
    const wa_voice voice = play(1.0f);
    const wa_node plain = rig_gain(r, 1.0f), member = at(voice, LEVEL);
    assert_refused(wa_voice_pool_release(pool, (wa_voice){ 0 }, NULL), WA_ERR_STALE_HANDLE, "voice");
    assert_refused(wa_voice_pool_release(pool, (wa_voice){ plain.id }, NULL), WA_ERR_FOREIGN_HANDLE,
                   "pool");
    assert_refused(wa_voice_pool_release(pool, (wa_voice){ member.id }, NULL), WA_ERR_FOREIGN_HANDLE,
                   "pool");
    assert_refused(wa_voice_pool_release(other, voice, NULL), WA_ERR_FOREIGN_HANDLE, "pool");
    assert_refused(wa_voice_pool_release(pool, (wa_voice){ elsewhere->out.id }, NULL),
                   WA_ERR_FOREIGN_HANDLE, "voice");
    assert_refused(wa_voice_pool_release_when_done(other, voice), WA_ERR_FOREIGN_HANDLE, "pool");
    assert_refused(wa_node_release(r->context, member, NULL), WA_ERR_INVALID_STATE, "pool");
    assert_refused(release(voice, (wa_release_mode)7, 0.0), WA_ERR_NOT_SUPPORTED, "mode");
    assert_refused(release(voice, WA_RELEASE_FADE, 0.0), WA_ERR_RANGE, "fade_s");
    assert_refused(release(voice, WA_RELEASE_FADE, NAN), WA_ERR_RANGE, "fade_s");
    assert_refused(wa_voice_pool_acquire(pool, NULL), WA_ERR_TYPE, "voice");
    assert_refused(wa_voice_pool_acquire(NULL, &(wa_voice){ 0 }), WA_ERR_TYPE, "pool");
    assert_refused(wa_voice_pool_release(NULL, voice, NULL), WA_ERR_TYPE, "pool");
    assert_refused(wa_voice_pool_release_when_done(NULL, voice), WA_ERR_TYPE, "pool");
    assert_refused(wa_voice_pool_release_all(NULL, NULL), WA_ERR_TYPE, "pool");
    assert_refused(wa_voice_pool_pre_allocate(NULL, 1, NULL), WA_ERR_TYPE, "pool");
    assert_int_equal(wa_voice_pool_trim(NULL, 0), 0);
    assert_all(rig_render(r, 128), 1.0f, 128);
    assert_ok(release(voice, WA_RELEASE_AFTER_TAIL, 0.0));
    assert_refused(wa_voice_pool_release(pool, voice, NULL), WA_ERR_RELEASED, "voice");
    assert_refused(wa_voice_pool_release_when_done(pool, voice), WA_ERR_RELEASED, "voice");
    assert_refused(wa_param_set_value(r->context, wa_node_param(member, 0), 0.5f), WA_ERR_RELEASED,
                   "param");
    rig_render(r, 1024);
    assert_int_equal(stats().in_use, 0);
    assert_refused(wa_voice_pool_release(pool, voice, NULL), WA_ERR_STALE_HANDLE, "voice");
    assert_refused(wa_node_connect(r->context, plain, member), WA_ERR_STALE_HANDLE, "destination");
    assert_stats((wa_node_pool_stats){ 1, 0, 1, 1, 0, 1 });
    wa_voice_pool_destroy(other);
    rig_destroy(elsewhere);
}

/* M2.7: its place of output may be gone by the time that a note wants it. */
static void an_output_that_is_gone_is_reported(void **state) {
    (void)state;
    const wa_node bus = rig_gain(r, 1.0f);
    rig_connect(r, bus, r->out);
    const wa_node out = r->out;
    r->out = bus;
    pool = make_pool(20, 0, false, 0.0);
    r->out = out;
    const wa_voice voice = play(0.5f);
    assert_all(rig_render(r, 128), 0.5f, 128);
    rig_release(r, bus, WA_RELEASE_NOW);
    wa_voice none = { 7 };
    assert_refused(wa_voice_pool_acquire(pool, &none), WA_ERR_RELEASED, "output");
    rig_render(r, 256);
    assert_refused(wa_voice_pool_acquire(pool, &none), WA_ERR_STALE_HANDLE, "output");
    assert_int_equal(none.id, 7);
    rig_gain(r, 3.0f); /* takes the memory of the bus */
    assert_refused(wa_voice_pool_acquire(pool, &none), WA_ERR_STALE_HANDLE, "output");
    assert_int_equal(stats().in_use, 1);
    assert_ok(wa_voice_pool_release(pool, voice, NULL));
}

/* -- release ------------------------------------------------------------------------------------ */

/* M2.7: sources without a stop go on for release_s; then the tail; in use until then. */
static void after_the_tail(void **state) {
    static const uint32_t release_frames[] = { 0, 1, 100, 128, 1000 };
    (void)state;
    for (uint32_t row = 0; row < sizeof release_frames / sizeof release_frames[0]; row++) {
        const uint32_t frames = release_frames[row];
        pool = make_pool(20, 0, false, rig_frames_s(r, frames));
        const wa_voice voice = play(0.25f);
        rig_render(r, 512);
        assert_ok(release(voice, WA_RELEASE_AFTER_TAIL, 0.0));
        const float *heard = rig_render(r, 1536);
        assert_all(heard, 0.5f, frames);
        assert_all(heard + frames, 0.25f, ECHO_FRAMES); /* the echo of the last frames */
        assert_all(heard + frames + ECHO_FRAMES, 0.0f, 1536 - frames - ECHO_FRAMES);
        rig_render(r, 512);
        assert_stats((wa_node_pool_stats){ 1, 0, 1, 1, 0, 1 });
        wa_voice_pool_destroy(pool);
        pool = NULL;
    }
}

/* M2.7: a source that has a stop keeps it; a voice that never began goes at once. */
static void after_the_tail_with_a_stop(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 1.0);
    const wa_voice voice = play(0.25f), silent = take();
    assert_ok(wa_source_stop(r->context, at(voice, SOURCE), rig_frames_s(r, 300)));
    assert_ok(release(voice, WA_RELEASE_AFTER_TAIL, 0.0));
    assert_ok(release(silent, WA_RELEASE_AFTER_TAIL, 0.0));
    const float *heard = rig_render(r, 1024);
    assert_all(heard, 0.25f, 256);
    assert_all(heard + 256, 0.5f, 44);
    assert_all(heard + 300, 0.25f, 256);
    assert_all(heard + 556, 0.0f, 1024 - 556);
    rig_render(r, 256);
    assert_int_equal(stats().in_use, 0);
}

/* M2.7: external inputs are cut at once, internal connections stay. */
static void after_the_tail_nothing_more_comes_in(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 0.0);
    const wa_voice voice = take();
    const wa_node one = rig_constant(r, 1.0f);
    rig_connect(r, one, at(voice, ECHO));
    rig_connect_param(r, one, at(voice, OUT), WA_GAIN_GAIN);
    rig_render(r, 1024);
    assert_all(rig_render(r, 128), 2.0f, 128); /* the gain is 1, and 1 of the input */
    assert_ok(release(voice, WA_RELEASE_AFTER_TAIL, 0.0));
    const float *heard = rig_render(r, 512);
    assert_all(heard, 1.0f, ECHO_FRAMES);
    assert_all(heard + ECHO_FRAMES, 0.0f, 256);
    rig_render(r, 256);
    assert_stats((wa_node_pool_stats){ 1, 0, 1, 1, 0, 1 });
}

/* M2.7: all that goes out ramps to zero, linearly, whatever still plays inside. */
static void with_a_fade(void **state) {
    static const uint32_t fades[] = { 1, 100, 128, 240, 1000 };
    (void)state;
    const wa_node target = rig_gain(r, 0.0f), drive = rig_constant(r, 1.0f);
    rig_connect(r, drive, target);
    pool = make_pool(20, 0, false, 0.0);
    for (uint32_t row = 0; row < sizeof fades / sizeof fades[0]; row++) {
        const uint32_t frames = fades[row];
        const wa_voice voice = play(0.25f);
        rig_render(r, 512);
        assert_ok(release(voice, WA_RELEASE_FADE, rig_frames_s(r, frames)));
        const float *heard = rig_render(r, 1152);
        for (uint32_t frame = 0; frame < 1152; frame++) {
            const float left = frame < frames ? 0.5f * (1.0f - (float)frame / (float)frames) : 0.0f;
            assert_float_equal(heard[frame], left, 1e-6f);
        }
        assert_stats((wa_node_pool_stats){ 1, 0, 1, 1 + row, 0, 1 });
    }
}

/* M2.7: the handle goes, the sources play to their own end. */
static void when_done_as_a_mode(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 0.0);
    const wa_voice voice = play(0.25f), endless = play(0.5f);
    assert_ok(wa_source_stop(r->context, at(voice, SOURCE), rig_frames_s(r, 700)));
    const wa_node source = at(endless, SOURCE);
    assert_ok(release(voice, WA_RELEASE_WHEN_DONE, 0.0));
    assert_ok(release(endless, WA_RELEASE_WHEN_DONE, 0.0));
    assert_int_equal(wa_voice_pool_release(pool, voice, NULL), WA_ERR_RELEASED);
    assert_int_equal(wa_source_stop(r->context, source, 0.0), WA_ERR_RELEASED);
    const float *heard = rig_render(r, 2048);
    assert_all(heard, 0.75f, 256);
    assert_all(heard + 256, 1.5f, 444);
    assert_all(heard + 700, 1.25f, 256);
    assert_all(heard + 956, 1.0f, 2048 - 956); /* nobody stopped that one */
    rig_render(r, 256);
    assert_int_equal(stats().in_use, 1);
    assert_int_equal(stats().available, 1);
}

/* M2.7: no call per note; whether it is asked for before or after the start. */
static void by_itself_when_done(void **state) {
    (void)state;
    for (uint32_t order = 0; order < 2; order++) {
        pool = make_pool(20, 0, false, 0.0);
        const wa_voice voice = take();
        const uint64_t begin = r->frame_count;
        if (order == 0) {
            assert_ok(wa_voice_pool_release_when_done(pool, voice));
        }
        assert_ok(wa_source_start(r->context, at(voice, SOURCE), rig_frames_s(r, (double)begin + 100)));
        assert_ok(wa_source_stop(r->context, at(voice, SOURCE), rig_frames_s(r, (double)begin + 400)));
        if (order == 1) {
            assert_ok(wa_voice_pool_release_when_done(pool, voice));
        }
        assert_ok(
            wa_param_set_value(r->context, wa_node_param(at(voice, LEVEL), 0), 0.5f)); /* still ours */
        const float *heard = rig_render(r, 1024);
        assert_all(heard, 0.0f, 100);
        assert_all(heard + 100, 0.5f, 256);
        assert_all(heard + 356, 1.0f, 44);
        assert_all(heard + 400, 0.5f, 256);
        assert_all(heard + 656, 0.0f, 1024 - 656);
        rig_render(r, 256);
        assert_stats((wa_node_pool_stats){ 1, 0, 1, 1, 0, 1 });
        wa_voice_pool_destroy(pool);
        pool = NULL;
    }
}

/* M2.4, M2.7: all at one frame, or none. */
static void release_all(void **state) {
    (void)state;
    pool = make_pool(20, 0, false, 0.0);
    const wa_release_options wrong = { WA_RELEASE_FADE, 11.0 };
    for (uint32_t index = 0; index < 8; index++) {
        (void)play(0.25f);
    }
    const wa_voice ringing = play(0.25f);
    rig_render(r, 512);
    assert_ok(release(ringing, WA_RELEASE_AFTER_TAIL, 0.0));
    assert_refused(wa_voice_pool_release_all(pool, &wrong), WA_ERR_RANGE, "fade_s");
    assert_int_equal(stats().in_use, 9);
    assert_all(rig_render(r, 128), 4.25f, 128);
    const uint32_t batches = r->context->batch_number;
    assert_ok(wa_voice_pool_release_all(pool, NULL));
    assert_int_equal(r->context->batch_number, batches + 1);
    assert_all(rig_render(r, 128), 0.25f, 128); /* that one has its tail */
    rig_render(r, 512);
    assert_stats((wa_node_pool_stats){ 9, 0, 9, 1, 0, 9 });
    assert_ok(wa_voice_pool_release_all(pool, NULL));
}

/* -- caps --------------------------------------------------------------------------------------- */

/* M2.7 */
static void live_max_refuses(void **state) {
    (void)state;
    pool = make_pool(20, 2, false, 0.0);
    const wa_voice first = play(0.25f);
    (void)play(0.5f);
    wa_voice none = { 7 };
    assert_refused(wa_voice_pool_acquire(pool, &none), WA_ERR_POOL_FULL, "live_max is 2");
    assert_int_equal(none.id, 7);
    rig_render(r, 512);
    assert_ok(release(first, WA_RELEASE_AFTER_TAIL, 0.0)); /* rings, and no longer counts */
    (void)play(1.0f);
    assert_int_equal(wa_voice_pool_acquire(pool, &none), WA_ERR_POOL_FULL);
    assert_int_equal(stats().in_use, 3);
}

/* M2.7: the one that has been out longest fades; the new one plays at once. */
static void live_max_steals_the_oldest(void **state) {
    (void)state;
    pool = make_pool(20, 3, true, 0.0);
    static const float levels[] = { 0.25f, 0.5f, 1.0f, 2.0f, 4.0f };
    wa_voice voices[5];
    for (uint32_t index = 0; index < 3; index++) {
        voices[index] = play(levels[index]);
    }
    assert_ok(release(voices[1], WA_RELEASE_NOW, 0.0));
    voices[1] = play(levels[1]); /* now the youngest */
    rig_render(r, 512);
    assert_all(rig_render(r, 128), 3.5f, 128);
    voices[3] = play(levels[3]);
    assert_int_equal(at(voices[0], 0).id, 0);
    assert_int_not_equal(at(voices[2], 0).id, 0);
    const float *heard = rig_render(r, 1024);
    for (uint32_t frame = 0; frame < 240; frame++) { /* 5 ms */
        assert_float_equal(heard[frame], 3.0f + 2.0f + 0.5f * (1.0f - (float)frame / 240.0f), 2e-6f);
    }
    assert_all(heard + 256, 3.0f + 4.0f, 768);
    voices[4] = play(levels[4]);
    assert_int_equal(at(voices[2], 0).id, 0);
    rig_render(r, 1024);
    assert_all(rig_render(r, 128), 1.0f + 4.0f + 8.0f, 128);
    assert_int_equal(stats().in_use, 3);
    assert_int_equal(stats().created_count, 4);
}

/* M2.7: taken within one transaction, too, and one of them is stolen before it was heard. */
static void stealing_inside_a_transaction(void **state) {
    (void)state;
    pool = make_pool(20, 1, true, 0.0);
    const wa_voice before = play(0.25f);
    rig_render(r, 512);
    assert_ok(wa_begin(r->context));
    (void)play(0.5f);
    (void)play(1.0f);
    assert_ok(wa_rollback(r->context));
    assert_all(rig_render(r, 512), 0.5f, 512);
    assert_int_not_equal(at(before, 0).id, 0);
    assert_int_equal(stats().in_use, 1);
    assert_ok(wa_begin(r->context));
    (void)play(0.5f);
    const wa_voice last = play(1.0f);
    assert_ok(wa_commit(r->context));
    rig_render(r, 1024);
    assert_all(rig_render(r, 128), 2.0f, 128);
    assert_int_not_equal(at(last, 0).id, 0);
    assert_int_equal(stats().in_use, 1);
}

/* M2.7, M1.2's meaning: idempotent, within max_size. Nothing is taken from then on. */
static void pre_allocate_and_trim(void **state) {
    static const uint32_t rows[][2] = { { 0, 1 }, { 3, 3 }, { 3, 3 }, { 1, 3 }, { 6, 6 }, { 99, 6 } };
    (void)state;
    pool = make_pool(6, 0, false, 0.0);
    const uint32_t node_count = rig_node_count(r) - 4;
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        uint32_t ready = 77;
        assert_ok(wa_voice_pool_pre_allocate(pool, rows[row][0], &ready));
        assert_int_equal(ready, rows[row][1]);
        assert_int_equal(rig_node_count(r), node_count + 4 * ready);
    }
    assert_int_equal(wa_voice_pool_trim(pool, 9), 0);
    assert_int_equal(wa_voice_pool_trim(pool, 4), 2);
    rig_render(r, 128);
    assert_int_equal(rig_node_count(r), node_count + 16);
    assert_ok(wa_begin(r->context)); /* making and freeing cannot be undone */
    assert_refused(wa_voice_pool_pre_allocate(pool, 6, NULL), WA_ERR_INVALID_STATE, "transaction");
    assert_int_equal(wa_voice_pool_trim(pool, 0), 0);
    assert_ok(wa_rollback(r->context));
    assert_int_equal(wa_voice_pool_trim(pool, 0), 4);
    rig_render(r, 128);
    assert_int_equal(rig_node_count(r), node_count);
    (void)play(0.5f);
    assert_all(rig_render(r, 128), 0.5f, 128);
    assert_stats((wa_node_pool_stats){ 0, 1, 7, 0, 0, 1 });
}

/* M2.2's meaning: over max_size they are dropped, and counted. */
static void max_size_drops(void **state) {
    (void)state;
    pool = make_pool(2, 0, false, 0.0);
    const uint32_t node_count = rig_node_count(r);
    for (uint32_t index = 0; index < 5; index++) {
        (void)play(0.5f);
    }
    rig_render(r, 128);
    assert_ok(wa_voice_pool_release_all(pool, NULL));
    rig_render(r, 256);
    assert_stats((wa_node_pool_stats){ 2, 0, 5, 1, 3, 5 });
    assert_int_equal(rig_node_count(r), node_count + 4);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_voice_is_one_unit),
        TEST(nodes_are_found_by_their_index),
        TEST(wrong_handles_are_told_apart),
        TEST(an_output_that_is_gone_is_reported),
        TEST(after_the_tail),
        TEST(after_the_tail_with_a_stop),
        TEST(after_the_tail_nothing_more_comes_in),
        TEST(with_a_fade),
        TEST(when_done_as_a_mode),
        TEST(by_itself_when_done),
        TEST(release_all),
        TEST(live_max_refuses),
        TEST(live_max_steals_the_oldest),
        TEST(stealing_inside_a_transaction),
        TEST(pre_allocate_and_trim),
        TEST(max_size_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
