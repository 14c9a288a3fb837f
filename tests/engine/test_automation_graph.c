/* Automation through whole graphs: ConstantSource.offset and Gain.gain under every method, mixed sequences,
 * a-rate and k-rate, a signal summed in, clamped params driven out of range, and what the value getter says.
 *
 * The oracle is automation_oracle.h, the text of Web Audio 1.1 in double, asked frame by frame while the edits
 * arrive between quanta. Each row states how far off the whole may be, in dB of energy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../unit/automation_oracle.h"
#include "rig.h"
#include <float.h>
#include <stdlib.h>

enum { RATE = 8000, FRAME_COUNT = 9000 };

static const float curve_up[] = { 0.25f, 1.0f, 0.5f };

/* -- edits -------------------------------------------------------------------------------------- */

/* Made before the first quantum that begins at or after at_s; kind 0 ends the list. */
typedef struct step {
    double at_s;
    automation_edit edit;
} step;

#define VALUE(at_s, v)                                                                                 \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_SET_VALUE, v, 0, 0, 0, 0, NULL, 0                                               \
        }                                                                                              \
    }
#define SET(at_s, v, t)                                                                                \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_SET_VALUE_AT_TIME, v, t, 0, 0, 0, NULL, 0                                       \
        }                                                                                              \
    }
#define LINEAR(at_s, v, t)                                                                             \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_LINEAR_RAMP, v, t, 0, 0, 0, NULL, 0                                             \
        }                                                                                              \
    }
#define EXPONENTIAL(at_s, v, t)                                                                        \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_EXPONENTIAL_RAMP, v, t, 0, 0, 0, NULL, 0                                        \
        }                                                                                              \
    }
#define TARGET(at_s, v, t, tau)                                                                        \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_SET_TARGET, v, t, 0, tau, 0, NULL, 0                                            \
        }                                                                                              \
    }
#define CURVE(at_s, t, d)                                                                              \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_VALUE_CURVE, 0, t, 0, 0, d, curve_up, 3                                         \
        }                                                                                              \
    }
#define CANCEL(at_s, t)                                                                                \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_CANCEL, 0, t, 0, 0, 0, NULL, 0                                                  \
        }                                                                                              \
    }
#define HOLD(at_s, t)                                                                                  \
    {                                                                                                  \
        at_s, {                                                                                        \
            AUTOMATION_CANCEL_AND_HOLD, 0, t, 0, 0, 0, NULL, 0                                         \
        }                                                                                              \
    }

static wa_status make_edit(wa_context *context, wa_param param, const automation_edit *edit) {
    switch (edit->kind) {
    case AUTOMATION_SET_VALUE:
        return wa_param_set_value(context, param, edit->value);
    case AUTOMATION_SET_VALUE_AT_TIME:
        return wa_param_set_value_at_time(context, param, edit->value, edit->time_s);
    case AUTOMATION_LINEAR_RAMP:
        return wa_param_linear_ramp_to_value_at_time(context, param, edit->value, edit->time_s);
    case AUTOMATION_EXPONENTIAL_RAMP:
        return wa_param_exponential_ramp_to_value_at_time(context, param, edit->value, edit->time_s);
    case AUTOMATION_SET_TARGET:
        return wa_param_set_target_at_time(context, param, edit->value, edit->time_s,
                                           edit->time_constant_s);
    case AUTOMATION_VALUE_CURVE:
        return wa_param_set_value_curve_at_time(context, param, edit->curve, edit->curve_count,
                                                edit->time_s, edit->duration_s);
    case AUTOMATION_CANCEL:
        return wa_param_cancel_scheduled_values(context, param, edit->time_s);
    case AUTOMATION_CANCEL_AND_HOLD:
        return wa_param_cancel_and_hold_at_time(context, param, edit->time_s);
    }
    return WA_ERR_TYPE;
}

/* On both sides, which must agree whether it is legal. */
static wa_status edit_both(wa_context *context, wa_param param, oracle *list, automation_edit edit) {
    edit.now_s = wa_context_current_time_s(context);
    const wa_status got = make_edit(context, param, &edit), wanted = oracle_apply(list, &edit);
    if (got != wanted) {
        fail_msg("method %d at %g s: %s, wanted %s", (int)edit.kind, edit.now_s, wa_status_name(got),
                 wa_status_name(wanted));
    }
    return got;
}

/* -- rows --------------------------------------------------------------------------------------- */

enum { STEP_MAX = 8 };
typedef struct row {
    const char *name;
    double limit_db;
    step steps[STEP_MAX];
} row;

static const row rows[] = {
    { "no event", -300, { { 0 } } },
    { "value, now and then", -300, { VALUE(0, 0.25f), VALUE(0.1, -1), VALUE(0.3, 2) } },
    { "set, between two frames",
      -300,
      { SET(0, 0.75f, 0.10003), SET(0, 3, 0.5), SET(0.2, 1.5f, 0.1) } },
    { "set, several at one time", -300, { SET(0, 2, 0.1), SET(0, 3, 0.1), SET(0, -1, 0.1) } },
    { "linear", -145, { SET(0, 0, 0.05), LINEAR(0, 2, 0.4) } },
    { "linear from the call", -145, { LINEAR(0.1, -2, 0.3), LINEAR(0.2, 1, 0.6) } },
    { "linear, in the past", -300, { LINEAR(0.2, 2, 0.1) } },
    { "exponential", -145, { SET(0, 0.01f, 0.05), EXPONENTIAL(0, 4, 0.5) } },
    { "exponential, negative", -145, { SET(0, -1, 0), EXPONENTIAL(0, -0.001f, 0.6) } },
    { "exponential across 0", -300, { SET(0, -1, 0), EXPONENTIAL(0, 1, 0.5) } },
    { "exponential from 0", -300, { SET(0, 0, 0), EXPONENTIAL(0, 1, 0.5) } },
    { "target", -145, { TARGET(0, 2, 0.05, 0.1f) } },
    { "target, at once", -300, { TARGET(0, 2, 0.05, 0) } },
    { "target after target", -145, { TARGET(0, 2, 0.05, 0.1f), TARGET(0, -1, 0.3, 0.02f) } },
    { "target for ever", -145, { TARGET(0, 0, 0.001, 30.0f) } },
    { "curve", -145, { CURVE(0, 0.1, 0.3) } },
    { "curve, and a ramp from its end", -145, { CURVE(0, 0.1, 0.2), LINEAR(0, 2, 0.6) } },
    { "cancel", -145, { SET(0, 2, 0.1), LINEAR(0, 0, 0.3), SET(0, 1, 0.5), CANCEL(0.2, 0.4) } },
    { "cancel what runs", -145, { SET(0, 2, 0.1), LINEAR(0, 0, 0.5), CANCEL(0.3, 0.3) } },
    { "hold a linear ramp", -145, { SET(0, 0, 0.1), LINEAR(0, 2, 0.5), HOLD(0.2, 0.31) } },
    { "hold an exponential ramp", -145, { EXPONENTIAL(0, 8, 0.5), HOLD(0.3, 0.3) } },
    { "hold a target", -145, { TARGET(0, 3, 0.05, 0.1f), HOLD(0.2, 0.25), LINEAR(0.3, 0, 0.7) } },
    { "hold a curve", -145, { CURVE(0, 0.1, 0.4), HOLD(0, 0.22), LINEAR(0.3, 2, 0.6) } },
    { "a bit of all",
      -145,
      { SET(0, 0.5f, 0.02), LINEAR(0, 1.5f, 0.1), TARGET(0.05, 0.2f, 0.12, 0.03f), CURVE(0.1, 0.3, 0.1),
        EXPONENTIAL(0.1, 3, 0.5), HOLD(0.45, 0.47), VALUE(0.55, -1), LINEAR(0.56, 1, 0.7) } },
    { "edits behind what plays",
      -145,
      { LINEAR(0, 2, 0.7), SET(0.1, 1, 0.4), TARGET(0.2, 0, 0.3, 0.05f), CANCEL(0.35, 0.5),
        LINEAR(0.36, 3, 0.6), HOLD(0.5, 0.55) } },
    { "value in the middle of a ramp", -145, { LINEAR(0, 2, 0.6), VALUE(0.2, -1), VALUE(0.4, 0.5f) } },
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* -- one way through a row ---------------------------------------------------------------------- */

typedef enum target { OFFSET, GAIN, TARGET_COUNT } target;

typedef struct way {
    target of;
    wa_automation_rate rate;
    uint32_t quantum_frames;
    bool has_input;
} way;

typedef struct bench {
    rig *r;
    wa_param param;
    oracle list;
    float signal[FRAME_COUNT]; /* summed into the param */
    double wanted[FRAME_COUNT];
} bench;

static const float through = 0.7f; /* what goes through the gain */

static void connect_signal(bench *b) {
    const wa_buffer buffer = rig_buffer(b->r, 1, FRAME_COUNT);
    float *plane = wa_buffer_plane(b->r->engine, buffer, 0);
    uint32_t seed = 4242;
    for (uint32_t frame = 0; frame < FRAME_COUNT; frame++) {
        b->signal[frame] = plane[frame] = 0.5f * rig_random_unit(&seed);
    }
    rig_connect_param(b->r, rig_play(b->r, buffer, 0.0), b->param.node, b->param.index);
    assert_ok(wa_buffer_release(b->r->engine, buffer));
}

static bench *bench_make(const way *how) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->r = rig_create(&(rig_desc){ .sample_rate_hz = RATE, .quantum_frames = how->quantum_frames });
    if (how->of == OFFSET) {
        b->param = wa_node_param(rig_constant(b->r, 1.0f), WA_CONSTANT_SOURCE_OFFSET);
    } else {
        b->param = wa_node_param(rig_gain(b->r, 1.0f), WA_GAIN_GAIN);
        rig_connect(b->r, rig_constant(b->r, through), b->param.node);
    }
    rig_connect(b->r, b->param.node, b->r->out);
    assert_ok(wa_param_set_automation_rate(b->r->context, b->param, how->rate));
    if (how->has_input) {
        connect_signal(b);
    }
    b->list = (oracle){ .value = 1.0 };
    return b;
}

static void bench_free(bench *b) {
    rig_destroy(b->r);
    free(b);
}

static double now_value(const bench *b, uint64_t frame) {
    return oracle_value(&b->list, (double)frame / RATE);
}

static float get_value(const bench *b) {
    float value = 0.0f;
    assert_ok(wa_param_get_value(b->r->context, b->param, &value));
    return value;
}

static void assert_near(const char *name, double got, double wanted) {
    if (!(fabs(got - wanted) <= 0x1p-21 * fmax(fabs(wanted), 1.0))) {
        fail_msg("%s: %.9g, wanted %.9g", name, got, wanted);
    }
}

/* The getter: what was set shows at once, everything else once a quantum has heard of it. */
static void make_steps(bench *b, const row *of, uint32_t *next) {
    const double now_s = wa_context_current_time_s(b->r->context);
    while (*next < STEP_MAX && of->steps[*next].edit.kind != 0 && of->steps[*next].at_s <= now_s) {
        const automation_edit *edit = &of->steps[(*next)++].edit;
        const float before = get_value(b);
        assert_ok(edit_both(b->r->context, b->param, &b->list, *edit));
        assert_true(get_value(b) == (edit->kind == AUTOMATION_SET_VALUE ? edit->value : before));
    }
}

static void want_quantum(bench *b, const way *how, uint64_t from, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        const uint64_t frame = how->rate == WA_AUTOMATION_RATE_K ? from : from + index;
        const double computed = now_value(b, frame) + (double)b->signal[frame];
        b->wanted[from + index] = how->of == GAIN ? (double)through * computed : computed;
    }
}

static double run_row(const row *of, const way *how) {
    bench *b = bench_make(how);
    uint32_t next = 0;
    for (uint64_t frame = 0; frame < FRAME_COUNT; frame += how->quantum_frames) {
        const uint64_t left = FRAME_COUNT - frame;
        const uint32_t count = left < how->quantum_frames ? (uint32_t)left : how->quantum_frames;
        make_steps(b, of, &next);
        want_quantum(b, how, frame, count);
        (void)rig_render(b->r, count);
        assert_near(of->name, (double)get_value(b), now_value(b, frame));
    }
    assert_true(next == STEP_MAX || of->steps[next].edit.kind == 0); /* none came too late */
    const double error_db = rig_error_db(b->r->planes[0], b->wanted, FRAME_COUNT);
    bench_free(b);
    return error_db;
}

/* In long quanta edits come late, and what was legal then is not. */
static bool is_made_at_once(const row *of) {
    for (uint32_t index = 0; index < STEP_MAX; index++) {
        if (of->steps[index].at_s > 0.0) {
            return false;
        }
    }
    return true;
}

static void test_rows(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 128, 100, 1, 441, 4096 };
    for (uint32_t index = 0; index < ROW_COUNT; index++) {
        for (uint32_t number = 0; number < 5 * 2 * 2 * 2; number++) {
            const way how = { .of = (target)(number % 2),
                              .rate = number / 2 % 2 == 0 ? WA_AUTOMATION_RATE_A : WA_AUTOMATION_RATE_K,
                              .has_input = number / 4 % 2 == 1,
                              .quantum_frames = quanta[number / 8] };
            if (how.quantum_frames > 1000 && !is_made_at_once(&rows[index])) {
                continue;
            }
            const double error_db = run_row(&rows[index], &how);
            /* Sum and product each round to float once; of a few values nothing averages out. */
            const bool is_few = how.rate == WA_AUTOMATION_RATE_K && how.quantum_frames > 128;
            const double limit_db = how.of == GAIN || how.has_input
                                        ? fmax(rows[index].limit_db, is_few ? -138.0 : -144.0)
                                        : rows[index].limit_db;
            if (error_db > limit_db) {
                fail_msg("%s, %s, %s-rate, %s input, quantum %u: %.1f dB, at most %.1f",
                         rows[index].name, how.of == GAIN ? "gain" : "offset",
                         how.rate == WA_AUTOMATION_RATE_A ? "a" : "k", how.has_input ? "with" : "no",
                         how.quantum_frames, error_db, limit_db);
            }
        }
    }
}

/* -- at random ---------------------------------------------------------------------------------- */

enum { SCENARIO_COUNT = 60, EDIT_COUNT = 24 };

static double random_time(uint32_t *seed,
                          double now_s) { /* every third on a grid, so that times meet */
    const double time_s = fmax(now_s - 0.05, 0.0) + rig_random(seed) % 1000 / 2000.0;
    return rig_random(seed) % 3 == 0 ? floor(time_s * 16.0) / 16.0 : time_s;
}

static automation_edit random_edit(uint32_t *seed, double now_s) {
    static const float time_constants[] = { 0.0f, 1e-3f, 0.02f, 0.5f };
    automation_edit edit = { .kind = (automation_kind)(1 + rig_random(seed) % 8),
                             .value = 2.0f * rig_random_unit(seed),
                             .time_s = random_time(seed, now_s),
                             .time_constant_s = time_constants[rig_random(seed) % 4],
                             .duration_s = 0.01 + rig_random(seed) % 100 / 1000.0,
                             .curve = curve_up,
                             .curve_count = 3 };
    if (edit.kind >= AUTOMATION_CANCEL && rig_random(seed) % 2 == 0) {
        edit.kind = AUTOMATION_LINEAR_RAMP; /* fewer cancels, longer lists */
    }
    return edit;
}

/* Past events are folded away as time goes on; nothing of that may be heard. */
static void run_scenario(uint32_t number) {
    const way how = { .of = (target)(number % 2),
                      .rate = number % 5 == 4 ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A,
                      .quantum_frames = number % 3 == 0 ? 100 : 64 };
    uint32_t seed = number * 7919u + 17u;
    bench *b = bench_make(&how);
    for (uint32_t index = 0; index < EDIT_COUNT; index++) {
        (void)edit_both(b->r->context, b->param, &b->list,
                        random_edit(&seed, wa_context_current_time_s(b->r->context)));
        for (uint32_t quanta = rig_random(&seed) % 4; quanta > 0; quanta--) {
            const uint64_t frame = b->r->frame_count;
            want_quantum(b, &how, frame, how.quantum_frames);
            const float *got = rig_render(b->r, how.quantum_frames);
            for (uint32_t each = 0; each < how.quantum_frames; each++) {
                if (!(fabs((double)got[each] - b->wanted[frame + each]) <= 0x1p-20 * 2.0)) {
                    fail_msg("scenario %u, edit %u, frame %llu: %.9g, wanted %.9g", number, index,
                             (unsigned long long)frame + each, (double)got[each],
                             b->wanted[frame + each]);
                }
            }
            assert_near("getter", (double)get_value(b), now_value(b, frame));
        }
    }
    assert_true(b->r->frame_count < FRAME_COUNT);
    bench_free(b);
}

static void test_random_edits(void **state) {
    (void)state;
    for (uint32_t number = 0; number < SCENARIO_COUNT; number++) {
        run_scenario(number);
    }
}

/* -- clamped ------------------------------------------------------------------------------------ */

typedef enum clamped { PAN, DELAY_TIME, CLAMPED_COUNT } clamped;

/* The automation itself is not clamped, only what comes out of it: each row leaves the range and returns. */
static const row clamped_rows[CLAMPED_COUNT][4] = {
    [PAN] = { { "ramp over both ends", -140, { LINEAR(0, 3, 0.2), LINEAR(0, -3, 0.6) } },
              { "target beyond", -140, { TARGET(0, 5, 0.1, 0.2f), TARGET(0, 0, 0.4, 0.05f) } },
              { "set beyond", -140, { SET(0, 1.0001f, 0.1), SET(0, -700, 0.3), SET(0, 0.5f, 0.5) } },
              { "value beyond", -140, { VALUE(0.1, 9), VALUE(0.3, -9), VALUE(0.5, 0.25f) } } },
    [DELAY_TIME] = { { "ramp over both ends", -140, { LINEAR(0, 0.02f, 0.3), LINEAR(0, -0.01f, 0.6) } },
                     { "target beyond", -140, { TARGET(0, 1, 0.1, 1.0f), TARGET(0, 0, 0.4, 0.05f) } },
                     { "set beyond", -140, { SET(0, 0.0101f, 0.1), SET(0, 170, 0.3), SET(0, 0, 0.5) } },
                     { "value beyond", -140, { VALUE(0.1, 9), VALUE(0.3, -9), VALUE(0.5, 0.005f) } } },
};

static const double delay_max_s = 0.01;

/* A delay line is asked for a straight line, of which its interpolation loses nothing. */
static wa_node rising(rig *r) {
    const wa_buffer buffer = rig_buffer(r, 1, FRAME_COUNT);
    float *plane = wa_buffer_plane(r->engine, buffer, 0);
    for (uint32_t frame = 0; frame < FRAME_COUNT; frame++) {
        plane[frame] = (float)frame / RATE;
    }
    const wa_node made = rig_play(r, buffer, 0.0);
    assert_ok(wa_buffer_release(r->engine, buffer));
    return made;
}

static bench *clamped_make(clamped of, bool has_input) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->r = rig_create(&(rig_desc){ .sample_rate_hz = RATE, .channel_count = 2 });
    b->list = (oracle){ .value = 0.0 };
    if (of == PAN) {
        b->param = wa_node_param(rig_node(b->r, WA_NODE_TYPE_STEREO_PANNER, NULL), 0);
        rig_connect(b->r, rig_constant(b->r, through), b->param.node);
    } else {
        b->param = wa_node_param(rig_delay(b->r, delay_max_s, 0.0), 0);
        rig_connect(b->r, rising(b->r), b->param.node);
    }
    rig_connect(b->r, b->param.node, b->r->out);
    if (has_input) {
        connect_signal(b);
    }
    return b;
}

static double clamped_want(clamped of, double computed, uint64_t frame) {
    if (of == PAN) {
        const double pan = fmin(fmax(computed, -1.0), 1.0);
        return (double)through * cos((pan + 1.0) * 0.25 * 3.14159265358979323846);
    }
    const double delay_s = fmin(fmax(computed, 0.0), (double)(float)delay_max_s);
    return fmax((double)frame / RATE - delay_s, 0.0);
}

static void run_clamped(clamped of, const row *edits, bool has_input) {
    bench *b = clamped_make(of, has_input);
    uint32_t next = 0;
    for (uint32_t frame = 0; frame + 128 <= FRAME_COUNT; frame += 128) {
        make_steps(b, edits, &next);
        for (uint32_t index = frame; index < frame + 128; index++) {
            b->wanted[index] = clamped_want(of, now_value(b, index) + (double)b->signal[index], index);
        }
        (void)rig_render(b->r, 128);
        assert_near(edits->name, (double)get_value(b), now_value(b, frame)); /* never clamped */
    }
    const double error_db = rig_error_db(b->r->planes[0], b->wanted, b->r->frame_count);
    if (error_db > edits->limit_db) {
        fail_msg("%s of %s, %s input: %.1f dB, at most %.1f", edits->name,
                 of == PAN ? "pan" : "delayTime", has_input ? "with" : "no", error_db, edits->limit_db);
    }
    bench_free(b);
}

static void test_clamped(void **state) {
    (void)state;
    for (clamped of = PAN; of < CLAMPED_COUNT; of++) {
        for (uint32_t index = 0; index < 4; index++) {
            run_clamped(of, &clamped_rows[of][index], false);
            run_clamped(of, &clamped_rows[of][index], true);
        }
    }
}

/* What is no number is the default; infinity is the end of the range. */
static void test_not_finite(void **state) {
    (void)state;
    static const struct {
        float signal;
        double pan;
    } signals[] = { { NAN, 0.0 }, { INFINITY, 1.0 }, { -INFINITY, -1.0 }, { FLT_MAX, 1.0 } };
    for (uint32_t index = 0; index < 4; index++) {
        for (uint32_t is_k = 0; is_k < 2; is_k++) {
            bench *b = clamped_make(PAN, false);
            const wa_buffer buffer = rig_buffer(b->r, 1, 1000);
            float *plane = wa_buffer_plane(b->r->engine, buffer, 0);
            for (uint32_t frame = 0; frame < 1000; frame++) {
                plane[frame] = signals[index].signal;
            }
            rig_connect_param(b->r, rig_play(b->r, buffer, 0.0), b->param.node, 0);
            assert_ok(wa_buffer_release(b->r->engine, buffer));
            assert_ok(wa_param_set_value(b->r->context, b->param, 0.5f));
            assert_ok(wa_param_set_automation_rate(b->r->context, b->param,
                                                   is_k ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A));
            const float *got = rig_render(b->r, 896);
            for (uint32_t frame = 0; frame < 896; frame++) {
                assert_near("panned", (double)got[frame], clamped_want(PAN, signals[index].pan, 0));
            }
            (void)rig_render(b->r, 128); /* the signal ends here: nothing of it sticks */
            assert_near("after it", (double)rig_render(b->r, 128)[127], clamped_want(PAN, 0.5, 0));
            bench_free(b);
        }
    }
}

/* A stereo signal is mixed down to mono by the speaker rules; several are summed. */
static void test_mixed_inputs(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const float values[] = { 0.5f, -0.125f };
    const wa_node source = rig_constant(r, 0.25f);
    rig_connect_param(r, rig_constants(r, values, 2), source, 0);
    rig_connect_param(r, rig_constant(r, 3.0f), source, 0);
    rig_connect(r, source, r->out);
    assert_all(rig_render(r, 256), 0.25f + 0.1875f + 3.0f, 256);
    rig_destroy(r);
}

/* -- the getter --------------------------------------------------------------------------------- */

static void test_getter_before_the_first_quantum(void **state) {
    (void)state;
    const way how = { .of = GAIN, .rate = WA_AUTOMATION_RATE_A, .quantum_frames = 128 };
    bench *b = bench_make(&how);
    assert_true(get_value(b) == 1.0f);
    assert_ok(wa_param_set_value_at_time(b->r->context, b->param, 0.5f, 0.0));
    assert_true(get_value(b) == 1.0f); /* only a quantum shows it */
    assert_ok(wa_param_set_value(b->r->context, b->param, 0.75f));
    assert_true(get_value(b) == 0.75f);
    assert_ok(wa_param_set_value_at_time(b->r->context, b->param, 0.25f, 0.0));
    assert_true(get_value(b) == 0.75f);
    (void)rig_render(b->r, 128);
    assert_true(get_value(b) == 0.25f);
    bench_free(b);
}

/* Nobody evaluates the param of a node that sleeps: its value is a function of time all the same. And when it
 * wakes, it goes on from there. */
static void test_getter_asleep(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .sample_rate_hz = RATE });
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->r = r;
    b->list = (oracle){ .value = 1.0 };
    b->param = wa_node_param(rig_gain(r, 1.0f), WA_GAIN_GAIN);
    rig_connect(r, b->param.node, r->out);
    const automation_edit edits[] = {
        { .kind = AUTOMATION_LINEAR_RAMP, .value = 3, .time_s = 0.2 },
        { .kind = AUTOMATION_SET_TARGET, .value = -1, .time_s = 0.3, .time_constant_s = 0.1f }
    };
    for (uint32_t index = 0; index < 2; index++) {
        assert_ok(edit_both(r->context, b->param, &b->list, edits[index]));
    }
    for (uint64_t frame = 0; frame < 30 * 128; frame += 128) {
        (void)rig_render(r, 128);
        assert_int_equal(rig_awake_count(r), 1); /* the destination */
        assert_near("asleep", (double)get_value(b), now_value(b, frame));
    }
    rig_connect(r, rig_constant(r, 1.0f), b->param.node);
    const uint64_t from = r->frame_count;
    const float *got = rig_render(r, 512);
    for (uint32_t frame = 0; frame < 512; frame++) {
        assert_near("awake", (double)got[frame], now_value(b, from + frame));
    }
    bench_free(b);
}

/* Time stands still and so does the value; the setter shows at once, and methods take the time that stands. */
static void test_getter_suspended(void **state) {
    (void)state;
    const way how = { .of = OFFSET, .rate = WA_AUTOMATION_RATE_A, .quantum_frames = 128 };
    bench *b = bench_make(&how);
    rig *r = b->r;
    assert_ok(
        edit_both(r->context, b->param, &b->list,
                  (automation_edit){ .kind = AUTOMATION_LINEAR_RAMP, .value = 5, .time_s = 0.4 }));
    (void)rig_render(r, 10 * 128);
    const float before = get_value(b);
    assert_near("playing", (double)before, now_value(b, 9 * 128));
    assert_ok(wa_context_suspend(r->context));
    rig_skip(r, 512);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
    assert_true(get_value(b) == before);
    assert_ok(edit_both(r->context, b->param, &b->list,
                        (automation_edit){ .kind = AUTOMATION_CANCEL_AND_HOLD, .time_s = 0.0 }));
    assert_true(get_value(b) == before);
    assert_ok(edit_both(r->context, b->param, &b->list,
                        (automation_edit){ .kind = AUTOMATION_SET_VALUE, .value = -2 }));
    assert_true(get_value(b) == -2.0f);
    rig_skip(r, 512);
    assert_true(get_value(b) == -2.0f);
    assert_ok(
        edit_both(r->context, b->param, &b->list,
                  (automation_edit){ .kind = AUTOMATION_LINEAR_RAMP, .value = 2, .time_s = 0.5 }));
    assert_ok(wa_context_resume(r->context));
    const uint64_t from = wa_context_current_frame(r->context);
    assert_int_equal(from, 10 * 128);
    const float *got = rig_render(r, 512);
    for (uint32_t frame = 0; frame < 512; frame++) {
        assert_near("resumed", (double)got[frame], now_value(b, from + frame));
    }
    bench_free(b);
}

/* The last quantum of a large batch on its way: the getter says what is heard, not what is to come. */
static void test_getter_while_edits_wait(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_live = true, .is_gathering = true });
    const wa_node source = rig_constant(r, 1.0f);
    const wa_param param = wa_node_param(source, 0);
    float value = 0.0f;
    rig_connect(r, source, r->out);
    assert_ok(wa_flush(r->context));
    (void)rig_render(r, 128);
    assert_ok(wa_param_set_value_at_time(r->context, param, 2.0f, 0.0));
    for (uint32_t round = 0; round < 3; round++) {
        assert_all(rig_render(r, 128), 1.0f, 128);
        assert_ok(wa_param_get_value(r->context, param, &value));
        assert_true(value == 1.0f);
    }
    assert_ok(wa_flush(r->context));
    assert_ok(wa_param_get_value(r->context, param, &value));
    assert_true(value == 1.0f);
    assert_all(rig_render(r, 128), 2.0f, 128);
    assert_ok(wa_param_get_value(r->context, param, &value));
    assert_true(value == 2.0f);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_random_edits),
        cmocka_unit_test(test_clamped),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_mixed_inputs),
        cmocka_unit_test(test_getter_before_the_first_quantum),
        cmocka_unit_test(test_getter_asleep),
        cmocka_unit_test(test_getter_suspended),
        cmocka_unit_test(test_getter_while_edits_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
