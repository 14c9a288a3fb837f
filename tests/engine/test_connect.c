/* Connections: every overload of connect and disconnect, what they refuse, and the order of sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- overloads ------------------------------------------------------------------------------------- */

/* Outputs 0..2 of a splitter carry 1, 2 and 4. Each of them may feed five ends: two inputs of one merger, a
 * gain, a gain's param and a constant's offset. Each end is a channel of the context: its value says
 * which outputs reach it. */
enum { END_A0, END_A1, END_B, END_P, END_Q, END_COUNT };

typedef struct board {
    rig *r;
    wa_node splitter, a, b, p, q;
} board;

static board board_make(void) {
    board made = { .r = rig_create(&(rig_desc){ .channel_count = END_COUNT, .quantum_frames = 16 }) };
    rig *r = made.r;
    static const float powers[3] = { 1.0f, 2.0f, 4.0f };
    const wa_node ends = rig_merger(r, END_COUNT), apart = rig_splitter(r, 2);
    made.splitter = rig_splitter(r, 3);
    made.a = rig_merger(r, 2);
    made.b = rig_gain(r, 1.0f);
    made.p = rig_gain(r, 0.0f);
    made.q = rig_constant(r, 0.0f);
    rig_connect(r, rig_constants(r, powers, 3), made.splitter);
    rig_connect(r, made.a, apart);
    rig_connect_ports(r, apart, 0, ends, END_A0);
    rig_connect_ports(r, apart, 1, ends, END_A1);
    rig_connect_ports(r, made.b, 0, ends, END_B);
    rig_connect(r, rig_constant(r, 1.0f), made.p);
    rig_connect_ports(r, made.p, 0, ends, END_P);
    rig_connect_ports(r, made.q, 0, ends, END_Q);
    rig_connect(r, ends, r->out);
    return made;
}

static void board_connect(const board *of, uint32_t output, uint32_t end) {
    wa_context *context = of->r->context;
    switch (end) {
    case END_A0:
    case END_A1:
        assert_ok(wa_node_connect_ports(context, of->splitter, output, of->a, end - END_A0));
        break;
    case END_B:
        assert_ok(wa_node_connect_ports(context, of->splitter, output, of->b, 0));
        break;
    case END_P:
        assert_ok(
            wa_node_connect_param(context, of->splitter, output, wa_node_param(of->p, WA_GAIN_GAIN)));
        break;
    default:
        assert_ok(wa_node_connect_param(context, of->splitter, output,
                                        wa_node_param(of->q, WA_CONSTANT_SOURCE_OFFSET)));
        break;
    }
}

static void board_check(const board *of, const char *want, const char *what) {
    const uint64_t from = of->r->frame_count;
    rig_render(of->r, of->r->quantum_frames);
    for (uint32_t end = 0; end < END_COUNT; end++) {
        for (uint64_t frame = from; frame < of->r->frame_count; frame++) {
            const float got = of->r->planes[end][frame];
            if (got != (float)(want[end] - '0')) {
                print_error("%s: end %u is %g, wanted %c\n", what, end, (double)got, want[end]);
                fail();
            }
        }
    }
}

typedef enum overload {
    CUT_ALL,
    CUT_OUTPUT,
    CUT_NODE,
    CUT_NODE_OUTPUT,
    CUT_PORTS,
    CUT_PARAM,
    CUT_PARAM_OUTPUT,
} overload;

static wa_status cut(const board *of, overload how, uint32_t output, uint32_t end, uint32_t input) {
    wa_context *context = of->r->context;
    const wa_node ends[] = { of->a, of->a, of->b, of->p, of->q }, source = of->splitter;
    const wa_param param = wa_node_param(ends[end], input);
    switch (how) {
    case CUT_ALL:
        return wa_node_disconnect(context, source);
    case CUT_OUTPUT:
        return wa_node_disconnect_output(context, source, output);
    case CUT_NODE:
        return wa_node_disconnect_node(context, source, ends[end]);
    case CUT_NODE_OUTPUT:
        return wa_node_disconnect_node_output(context, source, output, ends[end]);
    case CUT_PORTS:
        return wa_node_disconnect_ports(context, source, output, ends[end], input);
    case CUT_PARAM:
        return wa_node_disconnect_param(context, source, param);
    default:
        return wa_node_disconnect_param_output(context, source, output, param);
    }
}

static const struct cut_row {
    const char *before; /* sums of outputs at A0 A1 B P Q, before and after */
    overload how;
    uint32_t output, end, input;
    wa_status status;
    const char *word, *after;
} cuts[] = {
    { "77777", CUT_ALL, 0, 0, 0, WA_OK, NULL, "00000" },
    { "00000", CUT_ALL, 0, 0, 0, WA_OK, NULL, "00000" },
    { "77777", CUT_OUTPUT, 1, 0, 0, WA_OK, NULL, "55555" },
    { "55555", CUT_OUTPUT, 1, 0, 0, WA_OK, NULL, "55555" },
    { "77777", CUT_OUTPUT, 3, 0, 0, WA_ERR_INDEX_SIZE, "output_index", "77777" },
    { "77777", CUT_NODE, 0, END_A0, 0, WA_OK, NULL, "00777" },
    { "77777", CUT_NODE, 0, END_B, 0, WA_OK, NULL, "77077" },
    { "03000", CUT_NODE, 0, END_A0, 0, WA_OK, NULL, "00000" },
    { "77077", CUT_NODE, 0, END_B, 0, WA_ERR_INVALID_ACCESS, "Gain", "77077" },
    { "77777", CUT_NODE, 0, END_P, 0, WA_ERR_INVALID_ACCESS, "Gain", "77777" },
    { "77777", CUT_NODE_OUTPUT, 2, END_A0, 0, WA_OK, NULL, "33777" },
    { "74777", CUT_NODE_OUTPUT, 0, END_A0, 0, WA_OK, NULL, "64777" },
    { "66777", CUT_NODE_OUTPUT, 0, END_A0, 0, WA_ERR_INVALID_ACCESS, "ChannelMerger", "66777" },
    { "77777", CUT_NODE_OUTPUT, 3, END_A0, 0, WA_ERR_INDEX_SIZE, "output_index", "77777" },
    { "77777", CUT_PORTS, 0, END_A0, 1, WA_OK, NULL, "76777" },
    { "77777", CUT_PORTS, 2, END_B, 0, WA_OK, NULL, "77377" },
    { "75777", CUT_PORTS, 1, END_A0, 1, WA_ERR_INVALID_ACCESS, "ChannelMerger", "75777" },
    { "77777", CUT_PORTS, 0, END_A0, 2, WA_ERR_INDEX_SIZE, "input_index", "77777" },
    { "77777", CUT_PORTS, 9, END_A0, 0, WA_ERR_INDEX_SIZE, "output_index", "77777" },
    { "77777", CUT_PARAM, 0, END_P, 0, WA_OK, NULL, "77707" },
    { "77777", CUT_PARAM, 0, END_Q, 0, WA_OK, NULL, "77770" },
    { "77707", CUT_PARAM, 0, END_P, 0, WA_ERR_INVALID_ACCESS, "param", "77707" },
    { "77777", CUT_PARAM, 0, END_P, 1, WA_ERR_INDEX_SIZE, "param", "77777" },
    { "77777", CUT_PARAM_OUTPUT, 1, END_Q, 0, WA_OK, NULL, "77775" },
    { "77775", CUT_PARAM_OUTPUT, 1, END_Q, 0, WA_ERR_INVALID_ACCESS, "param", "77775" },
    { "77777", CUT_PARAM_OUTPUT, 3, END_Q, 0, WA_ERR_INDEX_SIZE, "output_index", "77777" },
    { "77777", CUT_PARAM_OUTPUT, 0, END_A0, 0, WA_ERR_INDEX_SIZE, "param", "77777" },
};

static void test_overloads(void **state) {
    (void)state;
    for (size_t row = 0; row < sizeof cuts / sizeof cuts[0]; row++) {
        const board of = board_make();
        char what[32];
        (void)snprintf(what, sizeof what, "row %zu", row);
        for (uint32_t end = 0; end < END_COUNT; end++) {
            for (uint32_t output = 0; output < 3; output++) {
                if (((cuts[row].before[end] - '0') >> output & 1) != 0) {
                    board_connect(&of, output, end);
                }
            }
        }
        board_check(&of, cuts[row].before, what);
        assert_refused(cut(&of, cuts[row].how, cuts[row].output, cuts[row].end, cuts[row].input),
                       cuts[row].status, cuts[row].word);
        board_check(&of, cuts[row].after, what);
        rig_destroy(of.r);
    }
}

/* The same connection again is no second one, and one cut removes it. */
static void test_duplicates(void **state) {
    (void)state;
    const board of = board_make();
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t end = 0; end < END_COUNT; end++) {
            board_connect(&of, 1, end);
        }
    }
    board_check(&of, "22222", "connected three times");
    assert_ok(cut(&of, CUT_PORTS, 1, END_B, 0));
    assert_ok(cut(&of, CUT_PARAM, 0, END_P, 0));
    board_check(&of, "22002", "and cut once");
    rig_destroy(of.r);
}

static void test_connect_refuses(void **state) {
    (void)state;
    const board of = board_make();
    wa_context *context = of.r->context;
    assert_refused(wa_node_connect_ports(context, of.splitter, 3, of.a, 0), WA_ERR_INDEX_SIZE,
                   "output_index is 3");
    assert_refused(wa_node_connect_ports(context, of.splitter, 0, of.a, 2), WA_ERR_INDEX_SIZE,
                   "input_index is 2");
    assert_refused(wa_node_connect(context, of.splitter, of.q), WA_ERR_INDEX_SIZE, "0 inputs");
    assert_refused(wa_node_connect_param(context, of.splitter, 0, wa_node_param(of.p, 1)),
                   WA_ERR_INDEX_SIZE, "param.index is 1");
    assert_refused(wa_node_connect_param(context, of.splitter, 3, wa_node_param(of.p, 0)),
                   WA_ERR_INDEX_SIZE, "output_index is 3");
    assert_refused(wa_node_connect_param(context, of.splitter, 0, wa_node_param(of.a, 0)),
                   WA_ERR_INDEX_SIZE, "param.index is 0");
    assert_refused(wa_node_connect(NULL, of.splitter, of.a), WA_ERR_TYPE, "context");
    assert_refused(wa_node_disconnect(NULL, of.splitter), WA_ERR_TYPE, "context");
    board_check(&of, "00000", "after what was refused");
    rig_destroy(of.r);
}

/* -- fan-out and params ---------------------------------------------------------------------------- */

/* However many read it, everybody reads the same, and the planes are there for all. */
static void test_fan_out(void **state) {
    (void)state;
    static const uint32_t reader_counts[] = { 1, 2, 8, 9, 40, 300 };
    for (size_t row = 0; row < sizeof reader_counts / sizeof reader_counts[0]; row++) {
        rig *r = rig_create(NULL);
        const wa_node source = rig_noise(r, 1, 256, 11), sum = rig_gain(r, 1.0f / 512.0f);
        rig_connect(r, sum, r->out);
        for (uint32_t reader = 0; reader < reader_counts[row]; reader++) {
            const wa_node gain = rig_gain(r, reader % 2 == 0 ? 1.0f : -1.0f);
            rig_connect(r, source, gain);
            rig_connect(r, gain, sum);
        }
        const float *got = rig_render(r, 256);
        uint32_t seed = 11;
        for (uint32_t frame = 0; frame < 256; frame++) {
            const float value = rig_random_unit(&seed);
            assert_true(got[frame] == (reader_counts[row] % 2 == 1 ? value / 512.0f : 0.0f));
        }
        rig_destroy(r);
    }
}

/* Inputs of a param are mixed to mono as "speakers", whatever the source's width. */
static void test_params_mix_to_mono(void **state) {
    (void)state;
    static const struct {
        uint32_t width;
        double want;
    } rows[] = { { 1, 1.0 }, { 2, 1.5 }, { 3, 1.0 },
                 { 4, 2.5 }, { 5, 1.0 }, { 6, 0.70710678118654752 * 3.0 + 3.0 + 0.5 * 11.0 },
                 { 32, 1.0 } };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        rig *r = rig_create(NULL);
        float values[RIG_CHANNEL_COUNT_MAX];
        for (uint32_t channel = 0; channel < RIG_CHANNEL_COUNT_MAX; channel++) {
            values[channel] = (float)(channel + 1);
        }
        const wa_node gain = rig_gain(r, 100.0f);
        rig_connect(r, rig_constant(r, 1.0f), gain);
        rig_connect(r, gain, r->out);
        rig_connect_param(r, rig_constants(r, values, rows[row].width), gain, WA_GAIN_GAIN);
        const float *got = rig_render(r, 128);
        assert_true(fabs((double)got[127] - 100.0 - rows[row].want) < 2e-5);
        assert_all(got, got[0], 128);
        rig_destroy(r);
    }
}

/* -- the order of sums: bit-exact ------------------------------------------------------------------- */

enum { SOURCE_COUNT = 9, SUM_FRAMES = 128 };

typedef struct sum_rig {
    rig *r;
    wa_node sources[SOURCE_COUNT], target;
    uint32_t order[SOURCE_COUNT], count; /* connected now, first first */
    bool is_param;
} sum_rig;

static float source_value(uint32_t source) {
    return (1.0f + (float)source * 0.37f) / (source % 2 == 0 ? 3.0f : 7777.0f);
}

static void sum_connect(sum_rig *of, uint32_t source) {
    if (of->is_param) {
        rig_connect_param(of->r, of->sources[source], of->target, WA_GAIN_GAIN);
    } else {
        rig_connect(of->r, of->sources[source], of->target);
    }
    of->order[of->count++] = source;
}

static void sum_disconnect(sum_rig *of, uint32_t place) {
    assert_ok(wa_node_disconnect(of->r->context, of->sources[of->order[place]]));
    of->count--;
    memmove(of->order + place, of->order + place + 1, (of->count - place) * sizeof of->order[0]);
}

static void sum_check(sum_rig *of) {
    float want = 0.0f; /* 0 + x is x: of a param with value 0 too */
    for (uint32_t place = 0; place < of->count; place++) {
        want += source_value(of->order[place]);
    }
    const float *got = rig_render(of->r, SUM_FRAMES);
    assert_all(got, want, SUM_FRAMES);
}

/* Nodes are made in one order (with holes of released ones before), connected in another, cut and connected
 * again: the last connected is the last summed. */
static void run_sums(uint32_t seed, bool is_param) {
    sum_rig of = { .r = rig_create(NULL), .is_param = is_param };
    rig *r = of.r;
    wa_node holes[SOURCE_COUNT];
    for (uint32_t index = 0; index < SOURCE_COUNT; index++) {
        holes[index] = rig_constant(r, 1.0f);
    }
    for (uint32_t index = 0; index < SOURCE_COUNT; index++) {
        const uint32_t hole = (index * 5 + seed) % SOURCE_COUNT;
        rig_release(r, holes[hole], WA_RELEASE_NOW);
        (void)rig_render(r, SUM_FRAMES);
        (void)rig_poll(r, WA_EVENT_ENDED);
        of.sources[index] = rig_constant(r, source_value(index));
    }
    of.target = rig_gain(r, is_param ? 0.0f : 1.0f);
    if (is_param) {
        rig_connect(r, rig_constant(r, 1.0f), of.target);
    }
    rig_connect(r, of.target, r->out);
    for (uint32_t index = 0; index < SOURCE_COUNT; index++) {
        sum_connect(&of, (index * 7 + seed) % SOURCE_COUNT);
    }
    sum_check(&of);
    for (uint32_t step = 0; step < 30; step++) {
        const uint32_t place = rig_random(&seed) % of.count, source = of.order[place];
        sum_disconnect(&of, place);
        if (step % 2 == 0) {
            sum_check(&of);
        }
        sum_connect(&of, source);
        sum_check(&of);
    }
    rig_destroy(r);
}

static void test_sums_in_order(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        run_sums(seed, false);
        run_sums(seed, true);
    }
}

/* A source that begins late takes the place that its connection gave it. */
static void test_late_sources_keep_their_place(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node sum = rig_gain(r, 1.0f);
    rig_connect(r, sum, r->out);
    for (uint32_t index = 0; index < SOURCE_COUNT; index++) {
        wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
        options.offset = source_value(index);
        const wa_node source = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, &options);
        const uint32_t begin = (index * 4) % SOURCE_COUNT;
        assert_ok(wa_source_start(r->context, source, rig_frames_s(r, 128.0 * begin)));
        assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 128.0 * (begin + 4))));
        rig_connect(r, source, sum);
    }
    for (uint32_t quantum = 0; quantum < SOURCE_COUNT + 4; quantum++) {
        float want = 0.0f;
        for (uint32_t index = 0; index < SOURCE_COUNT; index++) {
            const uint32_t begin = (index * 4) % SOURCE_COUNT;
            want += quantum >= begin && quantum < begin + 4 ? source_value(index) : 0.0f;
        }
        assert_all(rig_render(r, 128), want, 128);
    }
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overloads),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_connect_refuses),
        cmocka_unit_test(test_fan_out),
        cmocka_unit_test(test_params_mix_to_mono),
        cmocka_unit_test(test_sums_in_order),
        cmocka_unit_test(test_late_sources_keep_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
