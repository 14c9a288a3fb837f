/* The budget at its end, seen from outside: whatever takes memory is driven to WA_ERR_BUDGET, with this much
 * and that much room left, and to WA_ERR_SEALED. Each refusal says what was asked, leaves the ledger as it was,
 * row by row, and the graph too, judged by the sound of a twin that was never refused, and is forgotten once
 * there is room again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"

enum { BUDGET_BYTES = 100000000, SPARE_COUNT = 2500, QUANTUM = 128 };

static wa_memory_stats stats_of(const rig *r) {
    wa_memory_stats stats;
    wa_engine_memory_stats(r->engine, &stats);
    return stats;
}

static void leave_room(const rig *r, uint64_t room_bytes) {
    assert_ok(wa_engine_set_budget(r->engine, stats_of(r).used_bytes + room_bytes));
}

static void lift_budget(const rig *r) {
    assert_ok(wa_engine_set_budget(r->engine, BUDGET_BYTES));
    wa_engine_seal(r->engine, false);
}

static void assert_same_use(const rig *r, const wa_memory_stats *before, const char *name) {
    const wa_memory_stats after = stats_of(r);
    for (uint32_t category = 0; category < WA_MEMORY_CATEGORY_COUNT; category++) {
        if (after.category_bytes[category] != before->category_bytes[category]) {
            fail_msg("%s: %s %llu bytes, before %llu; %s", name,
                     wa_memory_category_name((wa_memory_category)category),
                     (unsigned long long)after.category_bytes[category],
                     (unsigned long long)before->category_bytes[category], wa_error_message());
        }
    }
    assert_int_equal(after.used_bytes, before->used_bytes);
}

/* -- a world to act in -------------------------------------------------------------------------- */

typedef struct world {
    rig *r;
    wa_node_type type;                 /* the act's */
    wa_node tone, level, echo, stereo; /* they sound */
    wa_node spare[SPARE_COUNT];        /* of the type that the act is about; fed by nobody */
    wa_buffer buffer;
    wa_periodic_wave wave;
    wa_processor processor;
    wa_node_pool *pool;
    wa_voice_pool *voices;
} world;

typedef struct act {
    const char *name;
    wa_status (*run)(world *w, uint32_t index); /* the index-th time */
    wa_node_type spare_type;                    /* or, without spares, of what is made; 0: none */
    uint32_t spare_count;
    const char *word; /* of the message; NULL: any that says that it is over the budget */
    bool is_recycled; /* what it replaces is free again at once where no render side reads it */
} act;

static bool process_nothing(void *user, const wa_process_args *args) {
    (void)user, (void)args;
    return false;
}

static void define_processor(world *w) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "Nothing";
    desc.process = process_nothing;
    assert_ok(wa_processor_define(w->r->engine, &desc, &w->processor));
}

static void make_pools(world *w) {
    static const wa_voice_node members[] = { { WA_NODE_TYPE_OSCILLATOR, NULL },
                                             { WA_NODE_TYPE_DELAY, NULL },
                                             { WA_NODE_TYPE_GAIN, NULL } };
    static const wa_voice_edge edges[] = { { 0, 0, 1, 0, false }, { 1, 0, 2, 0, false } };
    wa_node_pool_desc nodes = WA_NODE_POOL_DESC_INIT;
    nodes.type = WA_NODE_TYPE_BIQUAD_FILTER;
    assert_ok(wa_node_pool_create(w->r->context, &nodes, &w->pool));
    wa_voice_pool_desc voices = WA_VOICE_POOL_DESC_INIT;
    voices.nodes = members;
    voices.node_count = 3;
    voices.edges = edges;
    voices.edge_count = 2;
    voices.output_node = 2;
    voices.output = w->r->out;
    assert_ok(wa_voice_pool_create(w->r->context, &voices, &w->voices));
}

static wa_node make_spare(world *w, wa_node_type type) {
    if (type == WA_NODE_TYPE_DELAY) {
        return rig_delay(w->r, 0.001, 0.0);
    }
    return rig_node(w->r, type, NULL);
}

static world *world_make(const act *of, bool is_running) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->type = of->spare_type;
    w->r = rig_create(&(rig_desc){
        .channel_count = 2, .input_channel_count = 2, .is_live = true, .is_left_suspended = true });
    w->tone = rig_sine(w->r, 440.0f);
    w->level = rig_gain(w->r, 0.5f);
    w->echo = rig_delay(w->r, 0.1, 0.01);
    w->buffer = rig_buffer(w->r, 2, 100);
    const float values[4] = { 0.1f, 0.2f, 0.3f, 0.4f }, real[3] = { 0.0f, 1.0f, 0.5f };
    assert_ok(wa_periodic_wave_create(w->r->engine, real, NULL, 3, false, &w->wave));
    w->stereo = rig_constants(w->r, values, 4);
    rig_connect(w->r, w->tone, w->level);
    rig_connect(w->r, w->level, w->echo);
    rig_connect(w->r, w->echo, w->r->out);
    define_processor(w);
    make_pools(w);
    for (uint32_t index = 0; index < of->spare_count; index++) {
        w->spare[index] = make_spare(w, of->spare_type);
    }
    if (is_running) {
        assert_ok(wa_context_resume(w->r->context));
        rig_skip(w->r, 10 * QUANTUM);
        (void)wa_context_poll(w->r->context, NULL, 0);
    }
    return w;
}

static void world_free(world *w) {
    wa_node_pool_destroy(w->pool);
    wa_voice_pool_destroy(w->voices);
    assert_ok(wa_buffer_release(w->r->engine, w->buffer));
    assert_ok(wa_periodic_wave_release(w->r->engine, w->wave));
    assert_ok(wa_processor_release(w->r->engine, w->processor));
    rig_destroy(w->r);
    free(w);
}

/* -- acts --------------------------------------------------------------------------------------- */

static wa_status create(world *w, wa_node_type type, const void *options) {
    wa_node made = { 7 };
    const wa_status status = wa_node_create(w->r->context, type, options, &made);
    assert_true(status == WA_OK || made.id == 7);
    return status;
}

/* Of every type that there is, those included that nobody here knows of. */
static wa_status create_type(world *w, uint32_t index) {
    (void)index;
    static const wa_iir_filter_options filter = {
        WA_NODE_OPTIONS_INIT_(wa_iir_filter_options), 1, 2, { 1.0 }, { 1.0, -0.5 }
    };
    wa_processor_options processor = WA_PROCESSOR_OPTIONS_INIT;
    processor.processor = w->processor;
    const void *options = w->type == WA_NODE_TYPE_IIR_FILTER  ? (const void *)&filter
                          : w->type == WA_NODE_TYPE_PROCESSOR ? (const void *)&processor
                                                              : NULL;
    return create(w, w->type, options);
}
static bool can_be_made(wa_node_type type) {
    return type != WA_NODE_TYPE_DESTINATION && type != WA_NODE_TYPE_LISTENER &&
           type != WA_NODE_TYPE_DELAY_WRITER;
}

static wa_status create_long_delay(world *w, uint32_t index) {
    (void)index;
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = 179.0;
    return create(w, WA_NODE_TYPE_DELAY, &options);
}
static wa_status connect(world *w, uint32_t index) {
    return wa_node_connect(w->r->context, w->level, w->spare[index]);
}
static wa_status connect_stereo(world *w, uint32_t index) {
    return wa_node_connect(w->r->context, w->stereo, w->spare[index]);
}
static wa_status connect_row(world *w, uint32_t index) {
    return wa_node_connect(w->r->context, w->spare[index], w->spare[index + 1]);
}
static wa_status connect_out(world *w, uint32_t index) {
    return wa_node_connect(w->r->context, w->spare[index], w->r->out);
}
static wa_status connect_param(world *w, uint32_t index) {
    return wa_node_connect_param(w->r->context, w->tone, 0, wa_node_param(w->spare[index], 0));
}
static wa_status connect_cycle(world *w, uint32_t index) {
    return wa_node_connect(w->r->context, w->spare[index], w->spare[index]);
}
static wa_status set_value(world *w, uint32_t index) {
    return wa_param_set_value(w->r->context, wa_node_param(w->spare[index], 0), 0.25f);
}
static wa_status ramp_once(world *w, uint32_t index) {
    return wa_param_linear_ramp_to_value_at_time(w->r->context, wa_node_param(w->spare[index], 0), 1.0f,
                                                 5.0);
}
static wa_status ramp_on(world *w, uint32_t index) {
    return wa_param_linear_ramp_to_value_at_time(w->r->context, wa_node_param(w->level, 0), 1.0f,
                                                 1.0 + index);
}
static wa_status insert(world *w, uint32_t index) {
    return wa_param_set_value_at_time(w->r->context, wa_node_param(w->level, 0), 0.5f, 1e4 - index);
}
static wa_status curve(world *w, uint32_t index) {
    static const float values[20000] = { 0.5f };
    return wa_param_set_value_curve_at_time(w->r->context, wa_node_param(w->level, 0), values, 20000,
                                            10.0 + index, 1.0);
}
static wa_status set_rate(world *w, uint32_t index) {
    return wa_param_set_automation_rate(w->r->context, wa_node_param(w->spare[index], 0),
                                        WA_AUTOMATION_RATE_K);
}
static wa_status widen(world *w, uint32_t index) {
    wa_node_info info;
    assert_ok(wa_node_get_info(w->r->context, w->spare[index], &info));
    if (info.channel_count == 32) { /* the second half is to be made again */
        return wa_node_set_channel_count_mode(w->r->context, w->spare[index],
                                              WA_CHANNEL_COUNT_MODE_EXPLICIT);
    }
    const wa_status status = wa_node_set_channel_count(w->r->context, w->spare[index], 32);
    return status == WA_OK ? widen(w, index) : status;
}
static wa_status set_type(world *w, uint32_t index) {
    return wa_biquad_filter_set_type(w->r->context, w->spare[index], WA_BIQUAD_FILTER_NOTCH);
}
static wa_status set_wave(world *w, uint32_t index) {
    return wa_oscillator_set_periodic_wave(w->r->context, w->spare[index], w->wave);
}
static wa_status set_buffer(world *w, uint32_t index) {
    return wa_buffer_source_set_buffer(w->r->context, w->spare[index], w->buffer);
}
static wa_status set_response(world *w, uint32_t index) {
    return wa_convolver_set_buffer(w->r->context, w->spare[index], w->buffer);
}
static wa_status set_curve(world *w, uint32_t index) {
    const float points[3] = { -1.0f, 0.0f, (float)index }; /* nodes with equal ones would share them */
    return wa_wave_shaper_set_curve(w->r->context, w->spare[index], points, 3);
}
static wa_status set_oversample(world *w, uint32_t index) {
    return wa_wave_shaper_set_oversample(w->r->context, w->spare[index], WA_OVERSAMPLE_4X);
}
static wa_status set_loop_points(world *w, uint32_t index) {
    return wa_buffer_source_set_loop_points(w->r->context, w->spare[index], 0.001, 0.002);
}
static wa_status start(world *w, uint32_t index) {
    return wa_source_start(w->r->context, w->spare[index], 100.0);
}
static wa_status start_buffer(world *w, uint32_t index) {
    return wa_buffer_source_start(w->r->context, w->spare[index], 100.0, 0.5, 1.0);
}
static wa_status acquire_node(world *w, uint32_t index) {
    (void)index;
    wa_node made = { 7 };
    const wa_status status = wa_node_pool_acquire(w->pool, &made);
    assert_true(status == WA_OK || made.id == 7);
    return status;
}
static wa_status acquire_voice(world *w, uint32_t index) {
    (void)index;
    wa_voice made = { 7 };
    const wa_status status = wa_voice_pool_acquire(w->voices, &made);
    assert_true(status == WA_OK || made.id == 7);
    return status;
}
static wa_status make_buffer(world *w, uint32_t index) {
    (void)index;
    wa_buffer made = { 7 };
    const wa_status status = wa_buffer_create(w->r->engine, 2, 5000, 48000.0f, &made);
    assert_true(status == WA_OK || made.id == 7);
    return status;
}
static wa_status make_wave(world *w, uint32_t index) {
    (void)index;
    const float real[3] = { 0.0f, 1.0f, 0.5f };
    wa_periodic_wave made = { 7 };
    const wa_status status = wa_periodic_wave_create(w->r->engine, real, NULL, 3, false, &made);
    assert_true(status == WA_OK || made.id == 7);
    return status;
}

#define T(type) WA_NODE_TYPE_##type
static const act acts[] = {
#define WA_NODE(symbol, ENUMERATOR, value)                                                             \
    { "create " #symbol, create_type, T(ENUMERATOR), 0, NULL, false },
#include "wavepool/node_types.def"
#undef WA_NODE
    { "create delay of 179 s", create_long_delay, 0, 0, "a delay line: 35651584", false },
    { "connect", connect, T(GAIN), 2000, NULL, false },
    { "connect stereo to delays", connect_stereo, T(DELAY), 500, NULL, false },
    { "connect stereo to filters", connect_stereo, T(BIQUAD_FILTER), 500, NULL, false },
    { "connect in a row", connect_row, T(GAIN), 1200, NULL, false },
    { "connect to the output", connect_out, T(CONSTANT_SOURCE), 2000, NULL, false },
    { "connect to a param", connect_param, T(GAIN), 1000, NULL, false },
    { "connect in a cycle", connect_cycle, T(DELAY), 500, NULL, false },
    { "set a value", set_value, T(GAIN), 1000, NULL, false },
    { "ramp, many params", ramp_once, T(GAIN), 1000, NULL, false },
    { "ramp, one param", ramp_on, 0, 0, NULL, false },
    { "insert events", insert, 0, 0, NULL, false },
    { "value curve", curve, 0, 0, NULL, false },
    { "set the rate", set_rate, T(GAIN), 2500, NULL, true },
    { "widen gains", widen, T(GAIN), 500, NULL, false },
    { "widen filters", widen, T(BIQUAD_FILTER), 500, NULL, false },
    { "set a filter's type", set_type, T(BIQUAD_FILTER), 1500, NULL, true },
    { "set a wave", set_wave, T(OSCILLATOR), 1500, NULL, true },
    { "set a buffer", set_buffer, T(BUFFER_SOURCE), 1500, NULL, false },
    { "set a response", set_response, T(CONVOLVER), 500, NULL, false },
    { "set a curve", set_curve, T(WAVE_SHAPER), 1500, NULL, false },
    { "oversample", set_oversample, T(WAVE_SHAPER), 500, NULL, true },
    { "set loop points", set_loop_points, T(BUFFER_SOURCE), 1500, NULL, true },
    { "start", start, T(CONSTANT_SOURCE), 1500, NULL, true },
    { "start a buffer", start_buffer, T(BUFFER_SOURCE), 1500, NULL, true },
    { "acquire a node", acquire_node, 0, 0, NULL, false },
    { "acquire a voice", acquire_voice, 0, 0, NULL, false },
    { "make a buffer", make_buffer, 0, 0, "buffer", false },
    { "make a wave", make_wave, 0, 0, NULL, false },
};
enum { ACT_COUNT = sizeof acts / sizeof acts[0] };

/* -- each act, to its refusal ------------------------------------------------------------------- */

static const uint64_t rooms[] = { 0, 3000, 70000, 140000, 300000 };
enum { ROOM_COUNT = sizeof rooms / sizeof rooms[0] }; /* one more: sealed */

typedef struct way {
    bool is_running; /* and not pulled, so that edits pile up */
    uint32_t room;   /* ROOM_COUNT: sealed */
} way;

static uint32_t times_max(const act *of) {
    return of->spare_count > 0 ? of->spare_count - 1 : 2000;
}

/* How often it went well before it was refused; times_max(): it never was. */
static uint32_t drive(world *w, const act *of, const way *how) {
    const wa_status wanted = how->room == ROOM_COUNT ? WA_ERR_SEALED : WA_ERR_BUDGET;
    const char *word = how->room == ROOM_COUNT ? "sealed"
                       : of->word != NULL      ? of->word
                                               : "over the budget";
    for (uint32_t index = 0; index < times_max(of); index++) {
        const wa_memory_stats before = stats_of(w->r);
        const uint32_t node_count = rig_node_count(w->r);
        if (of->run(w, index) == WA_OK) {
            continue;
        }
        for (uint32_t again = 0; again < 2; again++) {
            assert_refused(of->run(w, index), wanted, word);
            assert_non_null(strstr(wa_error_message(), " bytes"));
            assert_same_use(w->r, &before, of->name);
            if (rig_node_count(w->r) != node_count) {
                fail_msg("%s: %u nodes, %u before", of->name, rig_node_count(w->r), node_count);
            }
        }
        return index;
    }
    return times_max(of);
}

static void assert_alike(world *a, world *b, const char *name) {
    const uint64_t from = a->r->frame_count;
    for (uint32_t quanta = 0; quanta < 12; quanta++) { /* what piled up is taken in */
        (void)rig_render(a->r, QUANTUM);
        (void)rig_render(b->r, QUANTUM);
        (void)wa_context_poll(a->r->context, NULL, 0);
        (void)wa_context_poll(b->r->context, NULL, 0);
    }
    for (uint32_t channel = 0; channel < 2; channel++) {
        if (memcmp(a->r->planes[channel] + from, b->r->planes[channel] + from,
                   12 * QUANTUM * sizeof(float)) != 0) {
            fail_msg("%s: it does not sound as before", name);
        }
    }
}

static uint32_t check_act(const act *of, const way *how) {
    world *w = world_make(of, how->is_running), *twin = world_make(of, how->is_running);
    if (how->room == ROOM_COUNT) {
        wa_engine_seal(w->r->engine, true);
    } else {
        leave_room(w->r, rooms[how->room]);
    }
    const uint32_t count = drive(w, of, how);
    lift_budget(w->r);
    for (uint32_t index = 0; index < count; index++) {
        assert_ok(of->run(twin, index));
    }
    if (!how->is_running) {
        assert_ok(wa_context_resume(w->r->context));
        assert_ok(wa_context_resume(twin->r->context));
    }
    assert_alike(w, twin, of->name);
    if (count < times_max(of)) {
        assert_ok(of->run(w, count));
        assert_ok(of->run(twin, count));
        assert_alike(w, twin, of->name);
    }
    world_free(w);
    world_free(twin);
    return count < times_max(of);
}

static void check_acts(bool is_running) {
    for (uint32_t index = 0; index < ACT_COUNT; index++) {
        uint32_t refused_count = 0;
        if (acts[index].run == create_type && !can_be_made(acts[index].spare_type)) {
            continue;
        }
        for (uint32_t room = 0; room <= ROOM_COUNT; room++) {
            refused_count += check_act(&acts[index], &(way){ is_running, room });
        }
        if (refused_count == 0 && (is_running || !acts[index].is_recycled)) {
            fail_msg("%s was never refused", acts[index].name);
        }
    }
}

static void test_suspended(void **state) {
    (void)state;
    check_acts(false);
}

static void test_running(void **state) {
    (void)state;
    check_acts(true);
}

/* A second channel for a row of delays: some of it fits, all of it does not. */
static void test_channels_are_given_back(void **state) {
    (void)state;
    enum { DELAY_COUNT = 6 };
    rig *r = rig_create(NULL);
    const float values[2] = { 0.5f, 0.25f };
    const wa_node stereo = rig_constants(r, values, 2);
    wa_node delays[DELAY_COUNT];
    for (uint32_t index = 0; index < DELAY_COUNT; index++) {
        delays[index] = rig_delay(r, 1.0, 0.0);
        if (index > 0) {
            rig_connect(r, delays[index - 1], delays[index]);
        }
    }
    rig_connect(r, delays[DELAY_COUNT - 1], r->out);
    const uint64_t line_bytes = stats_of(r).category_bytes[WA_MEMORY_DELAY_LINES] / DELAY_COUNT;
    for (uint32_t fitting = 0; fitting < DELAY_COUNT; fitting++) {
        leave_room(r, fitting * line_bytes + 2000);
        for (uint32_t again = 0; again < 2; again++) {
            const wa_memory_stats before = stats_of(r);
            assert_refused(wa_node_connect(r->context, stereo, delays[0]), WA_ERR_BUDGET, "delay line");
            assert_same_use(r, &before, "a second channel");
        }
    }
    lift_budget(r);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    rig_connect(r, stereo, delays[0]);
    assert_int_equal(stats_of(r).category_bytes[WA_MEMORY_DELAY_LINES], 2 * DELAY_COUNT * line_bytes);
    assert_all(rig_render(r, QUANTUM), 0.375f, QUANTUM); /* mixed down to mono */
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suspended),
        cmocka_unit_test(test_running),
        cmocka_unit_test(test_channels_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
