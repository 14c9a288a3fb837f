/* A context's states: every order of calls against a small model, who may edit when, and what the clock says.
 * The test pulls embedded contexts itself; where a thread pulls, only what must hold at any pace is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "rig.h"

enum { QUANTUM = 128, RAMP_FRAMES = 64 }; /* when it stops, the last value ramps to zero */

static wa_context *make(wa_engine *engine, wa_context_kind kind, uint32_t quantum_frames) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = kind;
    desc.channel_count = 1;
    desc.quantum_frames = quantum_frames;
    desc.device_backend = "null";
    desc.length_frames = kind == WA_CONTEXT_OFFLINE ? 1000 : 0;
    wa_context *made = NULL;
    assert_ok(wa_context_create(engine, &desc, &made));
    return made;
}

static wa_node tone(wa_context *context) {
    wa_node made = { 0 };
    assert_ok(wa_node_create(context, WA_NODE_TYPE_CONSTANT_SOURCE, NULL, &made));
    assert_ok(wa_node_connect(context, made, wa_context_destination(context)));
    assert_ok(wa_source_start(context, made, 0.0));
    return made;
}

/* -- every order of calls ----------------------------------------------------------------------- */

typedef enum call { RESUME, SUSPEND, PULL, POLL, CLOSE, CALL_COUNT } call;
static const char *const call_names[] = { "resume", "suspend", "pull", "poll", "close" };

typedef struct model {
    wa_context_kind kind;
    wa_context_state state;
    bool is_wanted, is_given_back, has_event, has_sounded;
    uint64_t frame;
} model;

static void model_set(model *of, wa_context_state state) {
    of->has_event = of->has_event || of->state != state;
    of->state = state;
}

static wa_status model_call(model *of, call made) {
    const bool is_refused = of->state == WA_CONTEXT_CLOSED || of->kind == WA_CONTEXT_OFFLINE;
    switch (made) {
    case RESUME:
        if (is_refused) {
            return WA_ERR_INVALID_STATE;
        }
        of->is_wanted = of->is_given_back = false;
        model_set(of, WA_CONTEXT_RUNNING);
        return WA_OK;
    case SUSPEND:
        of->is_wanted = of->state == WA_CONTEXT_RUNNING;
        return is_refused ? WA_ERR_INVALID_STATE : WA_OK;
    case PULL:
        if (of->state == WA_CONTEXT_CLOSED || of->kind != WA_CONTEXT_EMBEDDED) {
            return WA_ERR_INVALID_STATE;
        }
        of->is_given_back = of->is_given_back || of->is_wanted;
        if (of->state == WA_CONTEXT_RUNNING && !of->is_given_back) {
            of->frame += QUANTUM;
        }
        return WA_OK;
    case POLL:
        if (of->is_given_back && of->state == WA_CONTEXT_RUNNING) {
            model_set(of, WA_CONTEXT_SUSPENDED);
        }
        return WA_OK;
    default:
        if (of->state == WA_CONTEXT_CLOSED) {
            return WA_ERR_INVALID_STATE;
        }
        of->is_wanted = of->is_given_back = false;
        model_set(of, WA_CONTEXT_CLOSED);
        return WA_OK;
    }
}

/* One quantum: the tone whole, or silence after what may be left of it. */
static wa_status pull(wa_context *context, model *of, uint64_t frame_before) {
    float plane[QUANTUM];
    float *outputs[1] = { plane };
    const wa_render_desc desc = { sizeof desc, NULL, outputs, QUANTUM, 0.0 };
    const wa_status status = wa_context_render(context, &desc);
    if (status == WA_OK && of->frame > frame_before) {
        assert_all(plane, 1.0f, QUANTUM);
        of->has_sounded = true;
    } else if (status == WA_OK) {
        const uint32_t left = of->has_sounded ? RAMP_FRAMES : 0;
        assert_all(plane + left, 0.0f, QUANTUM - left);
        for (uint32_t frame = 1; frame < left; frame++) {
            assert_true(plane[frame] >= 0.0f && plane[frame] <= plane[frame - 1] && plane[0] < 1.0f);
        }
        of->has_sounded = false;
    }
    return status;
}

static wa_status poll_as(wa_context *context, model *of) {
    wa_event events[4];
    const uint32_t count = wa_context_poll(context, events, 4);
    assert_int_equal(count, of->has_event);
    if (count == 1) {
        assert_int_equal(events[0].type, WA_EVENT_STATE_CHANGE);
        assert_int_equal(events[0].state, of->state);
    }
    of->has_event = false;
    return WA_OK;
}

static wa_status make_call(wa_context *context, model *of, call made, uint64_t frame_before) {
    switch (made) {
    case RESUME:
        return wa_context_resume(context);
    case SUSPEND:
        return wa_context_suspend(context);
    case PULL:
        return pull(context, of, frame_before);
    case POLL:
        return poll_as(context, of);
    default:
        return wa_context_close(context);
    }
}

static void check_sequence(wa_engine *engine, wa_context_kind kind, const call *calls, uint32_t count) {
    wa_context *context = make(engine, kind, QUANTUM);
    (void)tone(context);
    model of = { .kind = kind };
    for (uint32_t index = 0; index < count; index++) {
        const uint64_t before = of.frame;
        const wa_status wanted = model_call(&of, calls[index]);
        const wa_status got = make_call(context, &of, calls[index], before);
        if (got != wanted || wa_context_get_state(context) != of.state ||
            wa_context_current_frame(context) != of.frame) {
            for (uint32_t each = 0; each <= index; each++) {
                print_error("%s ", call_names[calls[each]]);
            }
            fail_msg("-> %s, wanted %s; state %d", wa_status_name(got), wa_status_name(wanted),
                     (int)wa_context_get_state(context));
        }
        assert_true(wa_context_current_time_s(context) == (double)of.frame / 48000.0);
    }
    assert_ok(wa_context_destroy(context));
}

static void test_every_order(void **state) {
    (void)state;
    enum { LENGTH = 5 };
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    for (uint32_t number = 0; number < 5 * 5 * 5 * 5 * 5; number++) {
        call calls[LENGTH];
        for (uint32_t index = 0, rest = number; index < LENGTH; index++, rest /= CALL_COUNT) {
            calls[index] = (call)(rest % CALL_COUNT);
        }
        check_sequence(engine, WA_CONTEXT_EMBEDDED, calls, LENGTH);
        if (number < 5 * 5 * 5) {
            check_sequence(engine, WA_CONTEXT_OFFLINE, calls, 3);
        }
    }
    assert_ok(wa_engine_destroy(engine));
}

static void test_null_context(void **state) {
    (void)state;
    assert_refused(wa_context_resume(NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_context_suspend(NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_context_suspend_wait(NULL, 1.0), WA_ERR_TYPE, "context");
    assert_refused(wa_context_close(NULL), WA_ERR_TYPE, "context");
    assert_int_equal(wa_context_poll(NULL, NULL, 0), 0);
    assert_ok(wa_context_destroy(NULL));
}

/* Nothing is lost by polling without room for events, and several changes are told as one: the last. */
static void test_events_are_kept(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_event events[4];
    assert_int_equal(wa_context_poll(r->context, events, 0), 0);
    assert_int_equal(wa_context_poll(r->context, NULL, 4), 0);
    const wa_node one = rig_constant(r, 1.0f);
    assert_ok(wa_source_stop(r->context, one, 0.001));
    (void)rig_render(r, QUANTUM);
    assert_int_equal(wa_context_poll(r->context, events, 1), 1);
    assert_int_equal(events[0].type, WA_EVENT_STATE_CHANGE);
    assert_int_equal(events[0].state, WA_CONTEXT_RUNNING);
    assert_int_equal(wa_context_poll(r->context, events, 1), 1);
    assert_int_equal(events[0].type, WA_EVENT_ENDED);
    assert_true(events[0].node.id == one.id);
    assert_int_equal(wa_context_poll(r->context, events, 1), 0);
    assert_ok(wa_context_suspend(r->context));
    (void)rig_render(r, 0);
    assert_ok(wa_context_close(r->context));
    assert_int_equal(wa_context_poll(r->context, events, 4), 1);
    assert_int_equal(events[0].state, WA_CONTEXT_CLOSED);
    rig_destroy(r);
}

/* -- who applies edits -------------------------------------------------------------------------- */

typedef enum moment { NEW, RUNNING, ASKED, SUSPENDED, RESUMED, CLOSED, MOMENT_COUNT } moment;

/* Control holds the token: what is released is gone at once, what is made can be played at the next pull. */
typedef struct moment_row {
    const char *name;
    bool is_control;
} moment_row;

static const moment_row moments[MOMENT_COUNT] = {
    [NEW] = { "not yet run", true },         [RUNNING] = { "running", false },
    [ASKED] = { "asked to suspend", false }, [SUSPENDED] = { "suspended", true },
    [RESUMED] = { "resumed", false },        [CLOSED] = { "closed", true },
};

static void bring_to(rig *r, moment when) {
    if (when == NEW) {
        return;
    }
    assert_ok(wa_context_resume(r->context));
    (void)rig_render(r, QUANTUM);
    if (when >= ASKED && when != CLOSED) {
        assert_ok(wa_context_suspend(r->context));
    }
    if (when == SUSPENDED || when == RESUMED) {
        (void)rig_render(r, QUANTUM);
        (void)wa_context_poll(r->context, NULL, 0);
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
    }
    if (when == RESUMED) {
        assert_ok(wa_context_resume(r->context));
    }
    if (when == CLOSED) {
        assert_ok(wa_context_close(r->context));
    }
}

static void check_moment(moment when) {
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_left_suspended = true });
    const wa_node kept = rig_gain(r, 1.0f);
    bring_to(r, when);
    const uint32_t before = rig_node_count(r);
    const wa_node source = rig_constant(r, 0.5f), gone = rig_gain(r, 1.0f);
    rig_connect(r, source, kept);
    rig_connect(r, source, gone);
    rig_connect(r, kept, r->out);
    rig_connect(r, gone, r->out);
    rig_release(r, gone, WA_RELEASE_NOW);
    (void)wa_context_poll(r->context, NULL, 0);
    if ((rig_node_count(r) == before + 1) != moments[when].is_control) {
        fail_msg("%s: %u nodes, %u before", moments[when].name, rig_node_count(r), before);
    }
    if (when != CLOSED) {
        assert_ok(wa_context_resume(r->context));
        assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
        for (uint32_t round = 0; round < 3; round++) { /* back from render, cut, heard */
            (void)wa_context_poll(r->context, NULL, 0);
            (void)rig_render(r, QUANTUM);
        }
        (void)wa_context_poll(r->context, NULL, 0);
    }
    assert_int_equal(rig_node_count(r), before + 1);
    rig_destroy(r);
}

static void test_edits_at_any_moment(void **state) {
    (void)state;
    for (moment when = NEW; when < MOMENT_COUNT; when++) {
        check_moment(when);
    }
}

/* Suspended in the middle of a tone and of automation: time stands still, nothing is skipped. */
static void test_time_stands_still(void **state) {
    (void)state;
    rig *whole = rig_create(NULL), *cut = rig_create(NULL);
    rig *both[2] = { whole, cut };
    for (uint32_t index = 0; index < 2; index++) {
        const wa_node sine = rig_sine(both[index], 441.0f), gain = rig_gain(both[index], 0.0f);
        assert_ok(wa_param_linear_ramp_to_value_at_time(both[index]->context,
                                                        wa_node_param(gain, WA_GAIN_GAIN), 1.0f, 0.02));
        rig_connect(both[index], sine, gain);
        rig_connect(both[index], gain, both[index]->out);
    }
    (void)rig_render(whole, 20 * QUANTUM);
    for (uint32_t part = 0; part < 20; part++) {
        const uint64_t from = cut->frame_count;
        assert_same(rig_render(cut, QUANTUM), whole->planes[0] + part * QUANTUM, QUANTUM);
        cut->frame_count = from;
        assert_ok(wa_context_suspend(cut->context));
        (void)rig_render(cut, 3 * QUANTUM);
        cut->frame_count = from + QUANTUM;
        (void)wa_context_poll(cut->context, NULL, 0);
        assert_int_equal(wa_context_current_frame(cut->context), (part + 1) * QUANTUM);
        assert_ok(wa_context_resume(cut->context));
    }
    rig_destroy(whole);
    rig_destroy(cut);
}

/* -- after close -------------------------------------------------------------------------------- */

/* As in Web Audio, where only the state is final: nodes can still be made and edited, nothing sounds. */
static void test_after_close(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node old = rig_constant(r, 1.0f);
    rig_connect(r, old, r->out);
    (void)rig_render(r, QUANTUM);
    const uint64_t frame = wa_context_current_frame(r->context);
    assert_ok(wa_context_close(r->context));
    const wa_node gain = rig_gain(r, 0.5f), source = rig_constant(r, 0.5f);
    rig_connect(r, source, gain);
    rig_connect(r, gain, r->out);
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(gain, 0), 1.0f, 1.0));
    assert_ok(wa_source_stop(r->context, source, 0.0));
    assert_ok(wa_begin(r->context));
    assert_ok(wa_node_disconnect(r->context, old));
    assert_ok(wa_rollback(r->context));
    assert_ok(wa_begin(r->context));
    assert_ok(wa_node_disconnect(r->context, old));
    assert_ok(wa_commit(r->context));
    rig_release(r, old, WA_RELEASE_NOW);
    float value = 0.0f;
    assert_ok(wa_param_get_value(r->context, wa_node_param(gain, 0), &value));
    assert_true(value == 0.5f);
    wa_node_pool *pool = NULL;
    const wa_node_pool_desc pool_desc = WA_NODE_POOL_DESC_INIT;
    assert_refused(wa_node_pool_create(r->context, &pool_desc, &pool), WA_ERR_INVALID_STATE, "closed");
    float plane[QUANTUM];
    float *outputs[1] = { plane };
    const wa_render_desc desc = { sizeof desc, NULL, outputs, QUANTUM, 0.0 };
    assert_int_equal(wa_context_render(r->context, &desc), WA_ERR_INVALID_STATE);
    assert_refused(wa_context_suspend_wait(r->context, 1.0), WA_ERR_INVALID_STATE, "closed");
    assert_int_equal(wa_context_current_frame(r->context), frame);
    assert_int_equal(rig_node_count(r), 3);
    rig_destroy(r);
}

/* What a transaction had done is undone, and a later commit has nothing to end. */
static void test_close_in_a_transaction(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node gain = rig_gain(r, 1.0f);
    assert_ok(wa_begin(r->context));
    const wa_node made = rig_gain(r, 1.0f);
    rig_release(r, gain, WA_RELEASE_NOW);
    assert_ok(wa_context_close(r->context));
    wa_node_info info;
    assert_int_equal(wa_node_get_info(r->context, made, &info), WA_ERR_STALE_HANDLE);
    assert_ok(wa_node_get_info(r->context, gain, &info));
    assert_refused(wa_commit(r->context), WA_ERR_INVALID_STATE, "no transaction");
    assert_refused(wa_rollback(r->context), WA_ERR_INVALID_STATE, "no transaction");
    rig_destroy(r);
}

/* Suspending and resuming inside a transaction change the state, not the transaction. */
static void test_states_in_a_transaction(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node one = rig_constant(r, 0.25f), two = rig_constant(r, 0.5f);
    rig_connect(r, one, r->out);
    (void)rig_render(r, QUANTUM);
    assert_ok(wa_begin(r->context));
    rig_connect(r, two, r->out);
    assert_ok(wa_context_suspend(r->context));
    (void)rig_render(r, QUANTUM);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
    assert_ok(wa_context_resume(r->context));
    assert_all(rig_render(r, QUANTUM), 0.25f, QUANTUM);
    assert_ok(wa_commit(r->context));
    assert_all(rig_render(r, QUANTUM), 0.75f, QUANTUM);
    rig_destroy(r);
}

static void test_destroy_with_pools(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_node_pool *nodes = NULL;
    wa_voice_pool *voices = NULL;
    wa_memory_manager *manager = NULL;
    const wa_node_pool_desc node_desc = WA_NODE_POOL_DESC_INIT;
    const wa_voice_node members[] = { { WA_NODE_TYPE_GAIN, NULL } };
    wa_voice_pool_desc voice_desc = WA_VOICE_POOL_DESC_INIT;
    voice_desc.nodes = members;
    voice_desc.node_count = 1;
    assert_ok(wa_node_pool_create(r->context, &node_desc, &nodes));
    assert_ok(wa_voice_pool_create(r->context, &voice_desc, &voices));
    assert_refused(wa_context_destroy(r->context), WA_ERR_BUSY, "2 pools");
    wa_node_pool_destroy(nodes);
    assert_refused(wa_context_destroy(r->context), WA_ERR_BUSY, "1 pools");
    wa_voice_pool_destroy(voices);
    assert_ok(wa_memory_manager_create(r->context, NULL, &manager));
    assert_refused(wa_context_destroy(r->context), WA_ERR_BUSY, "pools");
    /* Nothing changed: it still plays. */
    rig_connect(r, rig_constant(r, 0.5f), r->out);
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    wa_memory_manager_destroy(manager);
    rig_destroy(r);
}

/* -- waiting ------------------------------------------------------------------------------------ */

static void test_wait_without_a_thread(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    rig_connect(r, rig_constant(r, 1.0f), r->out);
    /* A time that is none changes nothing. */
    assert_refused(wa_context_suspend_wait(r->context, (double)NAN), WA_ERR_TYPE, "timeout_s");
    assert_refused(wa_context_suspend_wait(r->context, -1.0), WA_ERR_RANGE, "timeout_s is -1");
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    static const double timeouts_s[] = { 0.0, 0.0001, 0.002 };
    for (uint32_t index = 0; index < 3; index++) {
        assert_refused(wa_context_suspend_wait(r->context, timeouts_s[index]), WA_ERR_BUSY, "stands");
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_RUNNING);
    }
    (void)rig_render(r, QUANTUM);
    assert_ok(wa_context_suspend_wait(r->context, 0.0)); /* it is out now */
    assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
    assert_int_equal(wa_context_current_frame(r->context), QUANTUM);
    assert_ok(wa_context_suspend_wait(r->context, (double)INFINITY)); /* nothing to wait for */
    assert_ok(wa_context_resume(r->context));
    assert_refused(wa_context_suspend_wait(r->context, 0.0), WA_ERR_BUSY, "stands");
    assert_ok(wa_context_resume(r->context)); /* takes the request back */
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    rig_destroy(r);
}

typedef struct puller_thread {
    wa_context *context;
    uint32_t frame_count;
    _Atomic bool is_over;
    pthread_t thread;
} puller_thread;

enum { HOST_STARTS_MS = 7000 };

static void *pull_on(void *argument) {
    puller_thread *self = argument;
    float plane[QUANTUM];
    float *outputs[1] = { plane };
    wa_render_desc desc = { sizeof desc, NULL, outputs, self->frame_count, 0.0 };
    for (uint64_t frame = 0; !atomic_load(&self->is_over); frame += self->frame_count) {
        desc.host_time_s = HOST_STARTS_MS / 1e3 + (double)frame / 48000.0;
        (void)wa_context_render(self->context, &desc);
        if (frame % 16 == 0) {
            sched_yield();
        }
    }
    return NULL;
}

static void thread_start(puller_thread *self, wa_context *context, uint32_t frame_count) {
    *self = (puller_thread){ .context = context, .frame_count = frame_count };
    assert_int_equal(pthread_create(&self->thread, NULL, pull_on, self), 0);
}

static void thread_join(puller_thread *self) {
    atomic_store(&self->is_over, true);
    assert_int_equal(pthread_join(self->thread, NULL), 0);
}

static void wait_for_frame(const wa_context *context, uint64_t frame) {
    while (wa_context_current_frame(context) < frame) {
        sched_yield();
    }
}

static void test_wait_for_a_thread(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    puller_thread puller;
    rig_connect(r, rig_sine(r, 440.0f), r->out);
    thread_start(&puller, r->context, 100);
    for (uint32_t round = 0; round < 50; round++) {
        wait_for_frame(r->context, wa_context_current_frame(r->context) + QUANTUM);
        assert_ok(wa_context_suspend_wait(r->context, round % 2 == 0 ? 60.0 : (double)INFINITY));
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
        const uint64_t frame = wa_context_current_frame(r->context);
        /* The thread goes on pulling, outside: control may do the render side's work. */
        const wa_node gone = rig_gain(r, 1.0f);
        rig_connect(r, gone, r->out);
        rig_release(r, gone, WA_RELEASE_NOW);
        (void)wa_context_poll(r->context, NULL, 0);
        assert_int_equal(rig_node_count(r), 2);
        assert_int_equal(wa_context_current_frame(r->context), frame);
        assert_ok(wa_context_resume(r->context));
    }
    thread_join(&puller);
    rig_destroy(r);
}

/* Whoever asked last wins, however the render thread stands. */
static void test_resume_is_never_lost(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .quantum_frames = 1 });
    puller_thread puller;
    thread_start(&puller, r->context, 1);
    for (uint32_t round = 0; round < 5000; round++) {
        assert_ok(wa_context_suspend(r->context));
        for (uint32_t turn = 0; turn < round % 100; turn++) {
            atomic_signal_fence(memory_order_seq_cst); /* a little time, another each round */
        }
        assert_ok(wa_context_resume(r->context));
        (void)wa_context_poll(r->context, NULL, 0);
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_RUNNING);
    }
    wait_for_frame(r->context, wa_context_current_frame(r->context) + 10);
    thread_join(&puller);
    rig_destroy(r);
}

/* The two halves of a time stamp belong together, however the render thread stands. */
static void test_time_stamps_are_whole(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .quantum_frames = 1 });
    puller_thread puller;
    thread_start(&puller, r->context, 1);
    wait_for_frame(r->context, 1);
    while (wa_context_current_frame(r->context) < 30000) {
        wa_output_timestamp stamp;
        wa_context_output_timestamp(r->context, &stamp);
        const double wanted_ms = HOST_STARTS_MS + 1e3 * stamp.context_time_s;
        assert_true(fabs(stamp.performance_time_ms - wanted_ms) < 1e-6 ||
                    stamp.performance_time_ms == 0.0);
    }
    thread_join(&puller);
    rig_destroy(r);
}

/* -- a device ----------------------------------------------------------------------------------- */

/* r resume, s suspend, w suspend and wait, c close; in capitals: refused. */
static const char *const device_rows[] = {
    "",   "r",  "s",   "w",   "c",   "rr",  "rs",  "rw",  "rc",  "sr",     "ww",     "cC",   "cR",
    "cS", "cW", "rsr", "rsw", "rsc", "rws", "rwr", "rwc", "rrw", "rsrsrw", "rwrwrw", "rwrc", "wrwc",
};

static void device_call(wa_context *context, char made) {
    wa_context_state wanted = WA_CONTEXT_RUNNING;
    switch (made) {
    case 'r':
        assert_ok(wa_context_resume(context));
        wait_for_frame(context, wa_context_current_frame(context) + 32);
        break;
    case 's':
        wanted = wa_context_get_state(context);
        assert_ok(wa_context_suspend(context));
        break;
    case 'w':
        assert_ok(wa_context_suspend_wait(context, 60.0));
        wanted = WA_CONTEXT_SUSPENDED;
        break;
    case 'c':
        assert_ok(wa_context_close(context));
        wanted = WA_CONTEXT_CLOSED;
        break;
    case 'R':
        assert_refused(wa_context_resume(context), WA_ERR_INVALID_STATE, "closed");
        wanted = WA_CONTEXT_CLOSED;
        break;
    case 'S':
        assert_refused(wa_context_suspend(context), WA_ERR_INVALID_STATE, "closed");
        wanted = WA_CONTEXT_CLOSED;
        break;
    case 'W':
        assert_refused(wa_context_suspend_wait(context, 60.0), WA_ERR_INVALID_STATE, "closed");
        wanted = WA_CONTEXT_CLOSED;
        break;
    default:
        assert_int_equal(made, 'C');
        assert_refused(wa_context_close(context), WA_ERR_INVALID_STATE, "closed");
        wanted = WA_CONTEXT_CLOSED;
        break;
    }
    assert_int_equal(wa_context_get_state(context), wanted);
}

static void test_device(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    for (size_t row = 0; row < sizeof device_rows / sizeof device_rows[0]; row++) {
        wa_context *context = make(engine, WA_CONTEXT_REALTIME, 16);
        (void)tone(context);
        for (const char *made = device_rows[row]; *made != '\0'; made++) {
            device_call(context, *made);
        }
        wa_device_info info;
        const bool is_closed = wa_context_get_state(context) == WA_CONTEXT_CLOSED;
        assert_int_equal(wa_context_get_device(context, &info),
                         is_closed ? WA_ERR_INVALID_STATE : WA_OK);
        assert_ok(wa_context_destroy(context));
    }
    assert_ok(wa_engine_destroy(engine));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_null_context),
        cmocka_unit_test(test_events_are_kept),
        cmocka_unit_test(test_edits_at_any_moment),
        cmocka_unit_test(test_time_stands_still),
        cmocka_unit_test(test_after_close),
        cmocka_unit_test(test_close_in_a_transaction),
        cmocka_unit_test(test_states_in_a_transaction),
        cmocka_unit_test(test_destroy_with_pools),
        cmocka_unit_test(test_wait_without_a_thread),
        cmocka_unit_test(test_wait_for_a_thread),
        cmocka_unit_test(test_resume_is_never_lost),
        cmocka_unit_test(test_time_stamps_are_whole),
        cmocka_unit_test(test_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
