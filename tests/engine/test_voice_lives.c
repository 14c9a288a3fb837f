/* Voice pools, M2.7, in hard lives: undone, refused for want of memory, destroyed while they sound. Afterwards
 * the graph and the ledger are what they were; over thousands of notes nothing is taken at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "voices.h"

/* -- undone ------------------------------------------------------------------------------------- */

/* M2.7 */
static void acquired_and_rolled_back(void **state) {
    (void)state;
    pool = make_pool(20);
    const uint32_t node_count = rig_node_count(r);
    assert_ok(wa_begin(r->context));
    const wa_voice reused = take(), made = take();
    start(reused);
    start(made);
    const wa_node members[] = { at(reused, SUM), at(made, SUM) };
    assert_ok(wa_param_set_value(r->context, wa_node_param(at(reused, SECOND), 0), 9.0f));
    cut_member(reused, FIRST);
    connect_members(reused, FIRST, SUM);
    assert_ok(wa_rollback(r->context));
    assert_all(rig_render(r, 1024), 0.0f, 1024);
    for (uint32_t index = 0; index < 2; index++) {
        assert_refused(wa_node_connect(r->context, members[index], r->out), WA_ERR_STALE_HANDLE,
                       "source");
    }
    assert_int_equal(stats().in_use, 0);
    assert_int_equal(stats().available, 1);
    assert_int_equal(rig_node_count(r), node_count);
    assert_as_template();
}

/* M2.7: a call that fails inside makes commit undo the voice as well. */
static void acquired_in_a_transaction_that_fails(void **state) {
    (void)state;
    pool = make_pool(20);
    assert_ok(wa_begin(r->context));
    const wa_voice voice = take();
    start(voice);
    assert_int_equal(wa_source_stop(r->context, at(voice, FIRST), -1.0), WA_ERR_RANGE);
    assert_int_equal(wa_commit(r->context), WA_ERR_RANGE);
    assert_int_equal(wa_voice_node_at(pool, voice, 0).id, 0);
    assert_int_equal(stats().in_use, 0);
    assert_as_template();
}

/* M2.7: taken and given back before anybody heard it. */
static void acquired_and_released_at_once(void **state) {
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    (void)state;
    pool = make_pool(20);
    for (uint32_t mode = 0; mode < 4; mode++) {
        for (uint32_t is_undone = 0; is_undone < 2; is_undone++) {
            assert_ok(wa_begin(r->context));
            const wa_voice voices[] = { take(), take() };
            const wa_release_options options = { modes[mode], 0.001 };
            assert_ok(wa_voice_pool_release(pool, voices[0], &options));
            assert_ok(wa_voice_pool_release(pool, voices[1], &options));
            assert_ok((is_undone ? wa_rollback : wa_commit)(r->context));
            rig_render(r, 1024);
            assert_int_equal(stats().in_use, 0);
            assert_as_template();
        }
    }
}

/* M2.7: it plays on as if nobody had asked. */
static void released_and_rolled_back(void **state) {
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    (void)state;
    pool = make_pool(20);
    const wa_voice voice = take();
    start(voice);
    assert_ok(wa_source_stop(r->context, at(voice, FIRST), 0.0));
    assert_ok(wa_source_stop(r->context, at(voice, THIRD), 0.0));
    rig_render(r, 1024);
    for (uint32_t mode = 0; mode < 4; mode++) {
        const wa_release_options options = { modes[mode], 0.001 };
        assert_ok(wa_begin(r->context));
        assert_ok(wa_voice_pool_release(pool, voice, &options));
        assert_ok(wa_rollback(r->context));
        assert_all(rig_render(r, 1024), 1.0f, 1024);
        assert_ok(wa_param_set_value(r->context, wa_node_param(at(voice, SUM), 0), 1.0f));
        assert_int_equal(stats().in_use, 1);
    }
    assert_ok(wa_voice_pool_release(pool, voice, NULL));
    rig_render(r, 128);
    assert_as_template();
}

/* M2.7: so is the wish to have it released by itself. */
static void when_done_and_rolled_back(void **state) {
    (void)state;
    pool = make_pool(20);
    const wa_voice voice = take();
    assert_ok(wa_begin(r->context));
    assert_ok(wa_voice_pool_release_when_done(pool, voice));
    assert_ok(wa_rollback(r->context));
    start(voice);
    for (uint32_t index = FIRST; index <= THIRD; index++) {
        assert_ok(wa_source_stop(r->context, at(voice, index), 0.0));
    }
    rig_render(r, 2048);
    assert_int_equal(stats().in_use, 1);
    assert_ok(wa_begin(r->context));
    assert_ok(wa_voice_pool_release_when_done(pool, voice)); /* it has ended: at once */
    assert_ok(wa_rollback(r->context));
    rig_render(r, 1024);
    assert_int_equal(stats().in_use, 1);
    assert_ok(wa_voice_pool_release_when_done(pool, voice));
    rig_render(r, 1024);
    assert_int_equal(stats().in_use, 0);
}

/* M2.7: a pool that goes inside a transaction goes when that ends, whichever way. */
static void destroyed_inside_a_transaction(void **state) {
    (void)state;
    for (uint32_t is_committed = 0; is_committed < 2; is_committed++) {
        const uint32_t node_count = rig_node_count(r);
        pool = make_pool(20);
        const wa_voice playing = take();
        start(playing);
        rig_render(r, 1024);
        assert_ok(wa_begin(r->context));
        const wa_node gain = rig_gain(r, 1.0f);
        (void)take();
        wa_voice_pool_destroy(pool);
        pool = NULL;
        assert_ok((is_committed ? wa_commit : wa_rollback)(r->context));
        assert_all(rig_render(r, 256), 0.0f, 256);
        if (is_committed) {
            rig_release(r, gain, WA_RELEASE_NOW);
        }
        rig_render(r, 256);
        (void)wa_context_poll(r->context, NULL, 0);
        assert_int_equal(rig_node_count(r), node_count);
    }
}

/* -- destroyed ---------------------------------------------------------------------------------- */

/* M2.7: what was released before rings out; what was still out is cut. Nothing stays behind. */
static void destroyed_while_voices_sound(void **state) {
    (void)state;
    const uint32_t node_count = rig_node_count(r);
    pool = make_pool(20);
    const wa_voice ringing = take(), fading = take(), held = take();
    const wa_voice voices[] = { ringing, fading, held };
    for (uint32_t index = 0; index < 3; index++) {
        assert_ok(wa_source_start(r->context, at(voices[index], SECOND), 0.0));
    }
    rig_render(r, 1024);
    const wa_release_options tail = { WA_RELEASE_AFTER_TAIL, 0.0 }, fade = { WA_RELEASE_FADE, 0.01 };
    assert_ok(wa_voice_pool_release(pool, ringing, &tail));
    assert_ok(wa_voice_pool_release(pool, fading, &fade));
    wa_voice_pool_destroy(pool);
    pool = NULL;
    const float *heard = rig_render(r, 1024);
    for (uint32_t frame = 0; frame < 1024; frame++) {
        const float wanted = frame < LINE_FRAMES ? 1.0f + 1.0f - (float)frame / 480.0f : 0.0f;
        assert_float_equal(heard[frame], wanted, 1e-6f);
    }
    rig_render(r, 256);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_int_equal(rig_node_count(r), node_count);
    wa_memory_stats memory;
    wa_engine_memory_stats(r->engine, &memory);
    const uint64_t objects = memory.category_bytes[WA_MEMORY_OBJECTS];
    pool = make_pool(20);
    wa_voice_pool_destroy(pool);
    pool = NULL;
    rig_render(r, 128);
    wa_engine_memory_stats(r->engine, &memory);
    assert_int_equal(memory.category_bytes[WA_MEMORY_OBJECTS], objects);
}

/* M2.7: the context may go before the last of them has rung out; the engine checks that all came back. */
static void destroyed_with_its_context(void **state) {
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    (void)state;
    for (uint32_t mode = 0; mode < 4; mode++) {
        rig *other = rig_create(NULL);
        rig *mine = r;
        r = other;
        pool = make_pool(20);
        const wa_voice voice = take();
        start(voice);
        rig_render(r, 1024);
        const wa_release_options options = { modes[mode], 1.0 };
        assert_refused(wa_context_destroy(r->context), WA_ERR_BUSY, "pools");
        assert_ok(wa_voice_pool_release(pool, voice, &options));
        wa_voice_pool_destroy(pool);
        pool = NULL;
        rig_destroy(r);
        r = mine;
    }
}

/* -- memory ------------------------------------------------------------------------------------- */

/* M2.7, M3.5: refused at any point of its making, a voice leaves no node, no byte and no edge behind. */
static void refused_for_want_of_memory(void **state) {
    (void)state;
    pool = make_pool(200);
    uint32_t refused_count = 0, taken_count = 0;
    for (uint32_t step = 0; taken_count < 150; step++) {
        const uint64_t used_bytes = rig_used_bytes(r);
        const uint32_t node_count = rig_node_count(r);
        const wa_node_pool_stats before = stats();
        wa_voice voice = { 7 };
        const uint64_t budget_bytes = used_bytes + (uint64_t)(step % 640) * 512;
        assert_ok(wa_engine_set_budget(r->engine, budget_bytes > 1000000 ? budget_bytes : 1000000));
        const wa_status status = wa_voice_pool_acquire(pool, &voice);
        const wa_node_pool_stats after = stats();
        if (status == WA_OK) {
            taken_count++;
            assert_int_equal(after.in_use, before.in_use + 1);
            continue;
        }
        refused_count++;
        assert_int_equal(status, WA_ERR_BUDGET);
        assert_int_equal(voice.id, 7);
        assert_int_equal(rig_node_count(r), node_count);
        assert_memory_equal(&after, &before, sizeof after);
        assert_int_equal(rig_used_bytes(r), used_bytes);
    }
    assert_true(refused_count > 100); /* else it would show nothing */
    assert_ok(wa_engine_set_budget(r->engine, 100000000));
    assert_ok(wa_voice_pool_release_all(pool, NULL));
    rig_render(r, 256);
    assert_int_equal(stats().in_use, 0);
    assert_int_equal(stats().available, 150 - stats().dropped_count);
    assert_as_template();
}

/* M2.7, M3.5: at the very limit what comes back still comes back, if only to be dropped. */
static void released_at_the_limit_of_memory(void **state) {
    (void)state;
    const uint32_t node_count = rig_node_count(r);
    pool = make_pool(20);
    wa_voice voices[20];
    for (uint32_t index = 0; index < 20; index++) {
        voices[index] = take();
        start(voices[index]);
        cut_member(voices[index], FIRST);
        connect_members(voices[index], FIRST, SUM);
    }
    rig_render(r, 1024);
    assert_ok(wa_voice_pool_release_all(pool, NULL));
    rig_render(r, 128);
    wa_engine_seal(r->engine, true);
    (void)stats();
    rig_render(r, 256);
    (void)stats();
    wa_engine_seal(r->engine, false);
    rig_render(r, 256);
    assert_int_equal(stats().in_use, 0);
    assert_as_template();
    wa_voice_pool_destroy(pool);
    pool = NULL;
    rig_render(r, 256);
    assert_int_equal(rig_node_count(r), node_count);
}

enum { LEAVING_COUNT = 700 };

static void make_leaving(wa_node target, wa_node *leaving) {
    for (uint32_t index = 0; index < LEAVING_COUNT; index++) {
        leaving[index] = rig_gain(r, 1.0f);
        rig_connect(r, leaving[index], target);
    }
}

/* Edits gather until there is no memory for more, and then disconnects, until what is set aside for things that
 * leave is used up too, or `limit` of them. Returns how many. */
static uint32_t fill_memory(wa_node target, const wa_node *leaving, uint32_t limit) {
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r)));
    uint32_t count = 0;
    while (wa_node_set_channel_count(r->context, target, 1 + count % 2) == WA_OK) {
        count++;
    }
    for (count = 0; count < limit; count++) {
        if (wa_node_disconnect(r->context, leaving[count]) != WA_OK) {
            break;
        }
    }
    return count;
}

/* M2.7, M3.5: what happens by itself happens later when there is no memory for it, and nothing is lost. */
static void no_memory_when_it_ends(void **state) {
    (void)state;
    uint32_t late_count = 0, most = LEAVING_COUNT;
    for (uint32_t spared = 0; spared < 40; spared++) {
        static wa_node leaving[LEAVING_COUNT];
        rig *mine = r;
        r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
        const wa_node target = rig_gain(r, 1.0f);
        make_leaving(target, leaving);
        pool = make_pool(20);
        const wa_voice voice = take(), other = take(), third = take();
        (void)third;
        start(voice);
        for (uint32_t index = FIRST; index <= THIRD; index++) {
            assert_ok(wa_source_stop(r->context, at(voice, index), 0.05));
        }
        assert_ok(wa_voice_pool_release_when_done(pool, voice));
        assert_ok(wa_flush(r->context));
        rig_render(r, 1280);
        (void)wa_context_poll(r->context, NULL, 0);
        rig_render(r, 2560); /* it has ended, and nobody has looked yet */
        const uint32_t count = fill_memory(target, leaving, most - 4 * spared);
        most = spared == 0 ? count : most;
        assert_in_range(count, 30, LEAVING_COUNT - 1);
        (void)wa_context_poll(r->context, NULL, 0);
        late_count += wa_voice_node_at(pool, voice, 0).id != 0;
        (void)wa_voice_pool_release(pool, other, NULL);
        wa_voice_pool_destroy(pool);
        pool = NULL;
        for (uint32_t quantum = 0; quantum < 24; quantum++) {
            assert_ok(wa_flush(r->context));
            rig_render(r, 128);
        }
        rig_render(r, 512);
        assert_ok(wa_flush(r->context));
        assert_int_equal(rig_node_count(r), 2 + LEAVING_COUNT); /* the destination and the target */
        rig_destroy(r);
        r = mine;
    }
    assert_in_range(late_count, 1, 39); /* it was met, and so was the other side of the limit */
}

/* M2.7, G3, A2: thousands of notes, overlapping, automated, faded; after the first ones nothing is taken. */
static void steady_state_takes_nothing(void **state) {
    (void)state;
    pool = make_pool(20);
    assert_ok(wa_voice_pool_pre_allocate(pool, 20, NULL));
    uint32_t seed = 9;
    uint64_t allocation_count = 0;
    wa_memory_stats memory;
    for (uint32_t note = 0; note < 4000; note++) {
        const double now_s = wa_context_current_time_s(r->context);
        const double length_s = 0.001 * (1 + rig_random(&seed) % 30);
        const wa_voice voice = take();
        const wa_param level = wa_node_param(at(voice, SUM), WA_GAIN_GAIN);
        assert_ok(wa_param_set_value_at_time(r->context, level, 0.0f, now_s));
        assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, level, 0.5f, now_s + 0.001));
        assert_ok(wa_param_set_target_at_time(r->context, level, 0.0f, now_s + length_s, 0.002f));
        for (uint32_t index = FIRST; index <= THIRD; index++) {
            assert_ok(wa_source_start(r->context, at(voice, index), now_s));
            assert_ok(wa_source_stop(r->context, at(voice, index), now_s + length_s));
        }
        if (note % 5 == 0) {
            const wa_release_options fade = { WA_RELEASE_FADE, 0.003 };
            assert_ok(wa_voice_pool_release(pool, voice, &fade));
        } else {
            assert_ok(wa_voice_pool_release_when_done(pool, voice));
        }
        rig_skip(r, 100 + rig_random(&seed) % 200);
        if (note == 400) {
            wa_engine_memory_stats(r->engine, &memory);
            allocation_count = memory.allocation_count;
        }
    }
    wa_engine_memory_stats(r->engine, &memory);
    assert_int_equal(memory.allocation_count, allocation_count);
    rig_skip(r, 4096); /* all have ended */
    (void)stats();
    rig_skip(r, 4096); /* and rung out */
    const wa_node_pool_stats got = stats();
    assert_int_equal(got.in_use, 0);
    assert_int_equal(got.created_count, 20);
    assert_int_equal(got.reused_count, 4000);
    assert_int_equal(got.dropped_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        VOICE_TEST(acquired_and_rolled_back),      VOICE_TEST(acquired_in_a_transaction_that_fails),
        VOICE_TEST(acquired_and_released_at_once), VOICE_TEST(released_and_rolled_back),
        VOICE_TEST(when_done_and_rolled_back),     VOICE_TEST(destroyed_inside_a_transaction),
        VOICE_TEST(destroyed_while_voices_sound),  VOICE_TEST(destroyed_with_its_context),
        VOICE_TEST(refused_for_want_of_memory),    VOICE_TEST(released_at_the_limit_of_memory),
        VOICE_TEST(no_memory_when_it_ends),        VOICE_TEST(steady_state_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
