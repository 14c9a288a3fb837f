/* What must hold of every node type and every param, whatever it does: neither the quantum nor the sample rate
 * shows; k-rate is the first frame of a quantum, inputs included; a param stays in its range, and NaN is its
 * default; nothing that is not finite is left behind; channels come and go without a break while a tail rings.
 *
 * Method: each type's specimen is rendered twice, in two ways that the specification says are the same. What is
 * heard is compared to the bit, or in dB as the specimen's row states. What each type computes is judged in
 * tests/nodes, against the text in double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "specimens.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static wa_engine *engine;

static int set_up(void **state) {
    (void)state;
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = 1u << 30;
    return wa_engine_create(&desc, &engine) == WA_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    return wa_engine_destroy(engine) == WA_OK ? 0 : -1;
}

/* -- what was heard ----------------------------------------------------------------------------- */

typedef struct take {
    uint32_t frame_count;
    float planes[STAGE_CHANNELS][STAGE_FRAMES];
} take;

/* Render what is on the stage, keep it, and close. */
static void record(stage *s, take *kept) {
    stage_render(s);
    kept->frame_count = s->frame_count;
    for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
        memcpy(kept->planes[channel], s->heard[channel], s->frame_count * sizeof(float));
    }
    stage_close(s);
}

static bool is_same_frame(float a, float b) {
    return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0 || a == b; /* -0 is 0 */
}

static bool is_same(const take *a, const take *b, uint32_t from) {
    assert_int_equal(a->frame_count, b->frame_count);
    for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
        for (uint32_t frame = from; frame < a->frame_count; frame++) {
            if (!is_same_frame(a->planes[channel][frame], b->planes[channel][frame])) {
                return false;
            }
        }
    }
    return true;
}

/* Energy of (a - b) over that of b, from a frame on; -400 if they are equal. */
static double error_db(const take *a, const take *b, uint32_t from) {
    double error = 0.0, energy = 0.0;
    for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
        for (uint32_t frame = from; frame < a->frame_count; frame++) {
            const double wanted = (double)b->planes[channel][frame];
            const double off = (double)a->planes[channel][frame] - wanted;
            error += off * off;
            energy += wanted * wanted;
        }
    }
    assert_true(isfinite(error) && isfinite(energy));
    assert_true(energy > 0.0); /* else equal would mean nothing */
    return error == 0.0 ? -400.0 : 10.0 * log10(error / energy);
}

static void check_db(const specimen *of, double got_db, double limit_db, const char *what,
                     double detail) {
    if (getenv("WA_SHOW_ERRORS") != NULL) {
        print_message("%s: %s %g: %.1f dB\n", of->name, what, detail, got_db);
    }
    if (!(got_db <= limit_db)) {
        fail_msg("%s: %s %g: %.1f dB, at most %.1f", of->name, what, detail, got_db, limit_db);
    }
}

/* -- every type --------------------------------------------------------------------------------- */

static void test_every_type_has_a_specimen(void **state) {
    (void)state;
    static const struct {
        const char *name;
        wa_node_type type;
    } types[] = {
#define WA_NODE(symbol, ENUMERATOR, value) { #symbol, WA_NODE_TYPE_##ENUMERATOR },
#include "wavepool/node_types.def"
#undef WA_NODE
    };
    for (uint32_t index = 0; index < sizeof types / sizeof types[0]; index++) {
        bool is_there = false;
        for (uint32_t row = 0; row < specimen_count && !is_there; row++) {
            is_there = specimens[row].type == types[index].type &&
                       strcmp(specimens[row].name, types[index].name) == 0;
        }
        if (!is_there) {
            fail_msg("%s has no specimen in specimens.c", types[index].name);
        }
    }
}

/* -- the quantum and the rate do not show ------------------------------------------------------- */

/* Every method, at times between frames and in the middle of quanta, two events at one time among them. */
static void automate(stage *s, uint32_t index) {
    wa_context *context = s->r->context;
    const wa_param param = wa_node_param(s->node, index);
    const float low = s->spans[index].low, high = s->spans[index].high;
    const float middle = 0.5f * (low + high), curve[] = { high, low, middle };
#define AT(frame) rig_frames_s(s->r, (frame) + 7.0 * index)
    assert_ok(wa_param_set_value_at_time(context, param, middle, AT(40.5)));
    assert_ok(wa_param_linear_ramp_to_value_at_time(context, param, high, AT(1000.25)));
    assert_ok(wa_param_set_value_at_time(context, param, high, AT(1500)));
    assert_ok(wa_param_set_value_at_time(context, param, low, AT(1500)));
    assert_ok(
        wa_param_set_target_at_time(context, param, high, AT(2000.7), (float)rig_frames_s(s->r, 300)));
    assert_ok(wa_param_set_value_curve_at_time(context, param, curve, 3, AT(3100.1),
                                               rig_frames_s(s->r, 1000)));
    assert_ok(wa_param_cancel_and_hold_at_time(context, param, AT(3900.3)));
    assert_ok(wa_param_exponential_ramp_to_value_at_time(context, param, high, AT(5000)));
    assert_ok(wa_param_linear_ramp_to_value_at_time(context, param, low, AT(8000)));
#undef AT
}

static void open_automated(stage *s, const specimen *of, uint32_t quantum, float rate) {
    stage_open(s, engine, of, &(stage_desc){ .quantum_frames = quantum, .sample_rate_hz = rate });
    if ((of->flags & SPECIMEN_SOURCE) == 0) {
        stage_noise(s);
    }
    for (uint32_t index = 0; index < s->param_count && (of->flags & SPECIMEN_K_RATE) == 0; index++) {
        if (!stage_is_rate_fixed(s, index)) {
            automate(s, index);
        }
    }
}

static void check_quanta(const specimen *of, float rate) {
    static const uint32_t quanta[] = { 1, 100, 441, 4096 };
    static take wanted, got;
    stage s;
    open_automated(&s, of, 128, rate);
    record(&s, &wanted);
    for (uint32_t row = 0; row < sizeof quanta / sizeof quanta[0]; row++) {
        open_automated(&s, of, quanta[row], rate);
        record(&s, &got);
        check_db(of, error_db(&got, &wanted, 0), of->quantum_db, "in quanta of", quanta[row]);
    }
}

static void test_quanta_at_48000(void **state) {
    (void)state;
    for (uint32_t row = 0; row < specimen_count; row++) {
        check_quanta(&specimens[row], 48000.0f);
    }
}

static void test_quanta_at_3000(void **state) {
    (void)state;
    for (uint32_t row = 0; row < specimen_count; row++) {
        check_quanta(&specimens[row], 3000.0f);
    }
}

static void test_quanta_at_768000(void **state) {
    (void)state;
    for (uint32_t row = 0; row < specimen_count; row++) {
        check_quanta(&specimens[row], 768000.0f);
    }
}

/* -- k-rate is the first frame ------------------------------------------------------------------ */

enum { DRIVEN_FRAMES = 6000 }; /* longer than the longest delay */

typedef enum drive { EACH_FRAME, FIRST_FRAMES } drive;

/* The param is what the signal says: noise over its span, or that with the first frame of each quantum held. */
static void drive_param(stage *s, uint32_t index, drive how, uint32_t quantum) {
    static float plane[DRIVEN_FRAMES];
    const float *const planes[] = { plane };
    const float low = s->spans[index].low, high = s->spans[index].high;
    uint32_t seed = 31 + index;
    for (uint32_t frame = 0; frame < DRIVEN_FRAMES; frame++) {
        const float value = low + (high - low) * (0.5f + 0.5f * rig_random_unit(&seed));
        const bool is_held = how == FIRST_FRAMES && frame % quantum != 0;
        plane[frame] = is_held ? plane[frame - 1] : value;
    }
    assert_ok(wa_param_set_value(s->r->context, wa_node_param(s->node, index), 0.0f));
    rig_connect_param(s->r, stage_play(s, planes, 1, DRIVEN_FRAMES, 0.0), s->node, index);
}

static void open_driven(stage *s, const specimen *of, uint32_t quantum) {
    stage_open(s, engine, of, &(stage_desc){ .quantum_frames = quantum, .frame_count = DRIVEN_FRAMES });
    if ((of->flags & SPECIMEN_SOURCE) == 0) {
        stage_noise(s);
    }
}

static void check_rates_of_param(const specimen *of, uint32_t index, uint32_t quantum) {
    static take k_rate, held, a_rate;
    stage s;
    open_driven(&s, of, quantum);
    const bool is_fixed = stage_is_rate_fixed(&s, index);
    if (!is_fixed) {
        assert_ok(wa_param_set_automation_rate(s.r->context, wa_node_param(s.node, index),
                                               WA_AUTOMATION_RATE_K));
    }
    drive_param(&s, index, EACH_FRAME, quantum);
    record(&s, &k_rate);
    open_driven(&s, of, quantum);
    drive_param(&s, index, FIRST_FRAMES, quantum);
    record(&s, &held);
    if (!is_same(&k_rate, &held, 0)) {
        fail_msg("%s, param %u, quanta of %u: k-rate is not the first frame", of->name, index, quantum);
    }
    open_driven(&s, of, quantum);
    drive_param(&s, index, EACH_FRAME, quantum);
    record(&s, &a_rate);
    const bool is_k_rate = is_fixed || (of->flags & SPECIMEN_K_RATE) != 0;
    if (is_same(&a_rate, &held, 0) != is_k_rate) {
        fail_msg("%s, param %u, quanta of %u: a-rate is %s", of->name, index, quantum,
                 is_k_rate ? "each frame, of a type that has k-rate only" : "the first frame");
    }
}

static void test_k_rate_is_the_first_frame(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 128, 100, 441 };
    for (uint32_t row = 0; row < specimen_count; row++) {
        stage s;
        open_driven(&s, &specimens[row], 128);
        const uint32_t count = s.param_count;
        stage_close(&s);
        for (uint32_t index = 0; index < count; index++) {
            check_rates_of_param(&specimens[row], index, quanta[(row + index) % 3]);
        }
    }
}

/* -- ranges ------------------------------------------------------------------------------------- */

/* A signal that says `value` all the time, on top of an intrinsic value. */
static void open_pushed(stage *s, const specimen *of, uint32_t index, float intrinsic, float value) {
    static float plane[DRIVEN_FRAMES];
    const float *const planes[] = { plane };
    open_driven(s, of, 128);
    for (uint32_t frame = 0; frame < DRIVEN_FRAMES; frame++) {
        plane[frame] = value;
    }
    assert_ok(wa_param_set_value(s->r->context, wa_node_param(s->node, index), intrinsic));
    rig_connect_param(s->r, stage_play(s, planes, 1, DRIVEN_FRAMES, 0.0), s->node, index);
}

static void check_pushed(const specimen *of, uint32_t index, float intrinsic, float pushed,
                         float wanted) {
    static take got, twin;
    stage s;
    open_pushed(&s, of, index, intrinsic, pushed);
    record(&s, &got);
    open_driven(&s, of, 128);
    assert_ok(wa_param_set_value(s.r->context, wa_node_param(s.node, index), wanted));
    record(&s, &twin);
    if (!is_same(&got, &twin, 0)) {
        fail_msg("%s, param %u at %g with %g is not %g", of->name, index, (double)intrinsic,
                 (double)pushed, (double)wanted);
    }
}

static void check_range_of_param(const specimen *of, uint32_t index) {
    stage s;
    wa_param_info info = { 0 };
    open_driven(&s, of, 128);
    assert_ok(wa_param_get_info(s.r->context, wa_node_param(s.node, index), &info));
    const float inside = s.spans[index].low + 0.25f * (s.spans[index].high - s.spans[index].low);
    stage_close(&s);
    check_pushed(of, index, inside, NAN, info.value_default);
    check_pushed(of, index, inside, INFINITY, info.value_max);
    check_pushed(of, index, inside, -INFINITY, info.value_min);
    if (info.value_max < 1e30f) {
        check_pushed(of, index, inside, 1e37f, info.value_max);
    }
    if (info.value_min > -1e30f) {
        check_pushed(of, index, inside, -1e37f, info.value_min);
    }
}

/* Each param of each type: NaN is the default, what is beyond an end is the end. */
static void test_params_stay_in_range(void **state) {
    (void)state;
    for (uint32_t row = 0; row < specimen_count; row++) {
        stage s;
        open_driven(&s, &specimens[row], 128);
        const uint32_t count = s.param_count;
        stage_close(&s);
        for (uint32_t index = 0; index < count; index++) {
            check_range_of_param(&specimens[row], index);
        }
    }
}

/* Frequency and detune, rate and detune are one param, clamped as a whole: a frequency beyond its range is not
 * held at the end of it when detune brings it back. Powers of two, so that both ways are the same floats. */
static void test_compound_params_are_clamped_together(void **state) {
    (void)state;
    static const struct {
        wa_node_type type;
        uint32_t base, detune; /* indices */
        double base_of_rate;   /* times the sample rate; 0: base_value is a number */
        double base_value, cents, instead;
    } rows[] = {
        { WA_NODE_TYPE_OSCILLATOR, WA_OSCILLATOR_FREQUENCY, WA_OSCILLATOR_DETUNE, 0.8, 0, -4800, 0.05 },
        { WA_NODE_TYPE_OSCILLATOR, WA_OSCILLATOR_FREQUENCY, WA_OSCILLATOR_DETUNE, -0.8, 0, -4800,
          -0.05 },
        { WA_NODE_TYPE_OSCILLATOR, WA_OSCILLATOR_FREQUENCY, WA_OSCILLATOR_DETUNE, 0.4, 0, 1200, 0.5 },
        { WA_NODE_TYPE_BIQUAD_FILTER, WA_BIQUAD_FILTER_FREQUENCY, WA_BIQUAD_FILTER_DETUNE, 0.8, 0,
          -3600, 0.1 },
        { WA_NODE_TYPE_BIQUAD_FILTER, WA_BIQUAD_FILTER_FREQUENCY, WA_BIQUAD_FILTER_DETUNE, 0.4, 0, 1200,
          0.5 },
        { WA_NODE_TYPE_BUFFER_SOURCE, WA_BUFFER_SOURCE_PLAYBACK_RATE, WA_BUFFER_SOURCE_DETUNE, 0, 4,
          -2400, 1 },
        { WA_NODE_TYPE_BUFFER_SOURCE, WA_BUFFER_SOURCE_PLAYBACK_RATE, WA_BUFFER_SOURCE_DETUNE, 0, -0.5,
          1200, -1 },
    };
    static take got, twin;
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const specimen *of = specimens;
        while (of->type != rows[row].type) {
            of++;
        }
        for (uint32_t is_twin = 0; is_twin < 2; is_twin++) {
            stage s;
            open_driven(&s, of, 128);
            const double unit = rows[row].base_of_rate != 0.0 ? s.r->rate : 1.0;
            const double base =
                rows[row].base_of_rate != 0.0 ? rows[row].base_of_rate * unit : rows[row].base_value;
            const float value = (float)(is_twin ? rows[row].instead * unit : base);
            const float cents = is_twin ? 0.0f : (float)rows[row].cents;
            assert_ok(wa_param_set_value(s.r->context, wa_node_param(s.node, rows[row].base), value));
            assert_ok(wa_param_set_value(s.r->context, wa_node_param(s.node, rows[row].detune), cents));
            record(&s, is_twin ? &twin : &got);
        }
        check_db(of, error_db(&got, &twin, 0), -120.0, "clamped together, row", row);
    }
}

/* -- nothing sticks ----------------------------------------------------------------------------- */

enum { WILD_BEGIN = 1000, WILD_END = 1300, WILD_RATE = 3000 };

/* Noise, with NaN and infinities in the middle of it, or zeros there. */
static void play_wild(stage *s, bool is_wild) {
    static const float wild[] = { NAN, INFINITY, -INFINITY, NAN };
    static float noise[STAGE_CHANNELS][STAGE_FRAMES];
    const float *const planes[] = { noise[0], noise[1] };
    uint32_t seed = 12;
    for (uint32_t frame = 0; frame < STAGE_FRAMES; frame++) {
        for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
            const bool is_inside = frame >= WILD_BEGIN && frame < WILD_END;
            const float value = 0.5f * rig_random_unit(&seed);
            noise[channel][frame] = !is_inside ? value : is_wild ? wild[(frame + channel) % 4] : 0.0f;
        }
    }
    rig_connect(s->r, stage_play(s, planes, STAGE_CHANNELS, STAGE_FRAMES, 0.0), s->in);
}

static void wild_param(stage *s, uint32_t index) {
    static const float wild[] = { INFINITY, NAN, -INFINITY };
    static float plane[WILD_END];
    const float *const planes[] = { plane };
    for (uint32_t frame = 0; frame < WILD_END; frame++) {
        plane[frame] = frame >= WILD_BEGIN ? wild[frame % 3] : 0.0f;
    }
    rig_connect_param(s->r, stage_play(s, planes, 1, WILD_END, 0.0), s->node, index);
}

static uint32_t settled_frame(const specimen *of) {
    return WILD_END + 128 + of->settle_frames;
}

static void check_settled(const specimen *of, const take *got, const take *twin, const char *what,
                          double detail) {
    check_db(of, error_db(got, twin, settled_frame(of)), of->settled_db, what, detail);
}

/* What moved a phase is heard for ever; but it sounds, and as loud as ever. */
static void check_sane(const specimen *of, const take *got, const take *twin) {
    for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
        for (uint32_t frame = 0; frame < got->frame_count; frame++) {
            assert_true(fabsf(got->planes[channel][frame]) <= 2.0f); /* false for NaN */
        }
    }
    assert_true(error_db(got, twin, settled_frame(of)) < 10.0);
}

static void test_nothing_sticks_of_a_signal(void **state) {
    (void)state;
    static take got, twin;
    for (uint32_t row = 0; row < specimen_count; row++) {
        const specimen *of = &specimens[row];
        for (uint32_t is_wild = 0; is_wild < 2 && (of->flags & SPECIMEN_SOURCE) == 0; is_wild++) {
            stage s;
            stage_open(&s, engine, of, &(stage_desc){ .sample_rate_hz = WILD_RATE });
            play_wild(&s, is_wild);
            record(&s, is_wild ? &got : &twin);
            if (is_wild) {
                check_settled(of, &got, &twin, "after a wild signal", 0);
            }
        }
    }
}

static void test_nothing_sticks_of_a_param(void **state) {
    (void)state;
    static take got, twin;
    for (uint32_t row = 0; row < specimen_count; row++) {
        const specimen *of = &specimens[row];
        stage s;
        stage_open(&s, engine, of, &(stage_desc){ .sample_rate_hz = WILD_RATE });
        const uint32_t count = s.param_count;
        stage_noise(&s);
        record(&s, &twin);
        for (uint32_t index = 0; index < count; index++) {
            stage_open(&s, engine, of, &(stage_desc){ .sample_rate_hz = WILD_RATE });
            stage_noise(&s);
            wild_param(&s, index);
            record(&s, &got);
            if ((of->flags & SPECIMEN_PHASE) != 0) {
                check_sane(of, &got, &twin);
            } else {
                check_settled(of, &got, &twin, "after a wild param", index);
            }
        }
    }
}

/* -- channels while a tail rings ---------------------------------------------------------------- */

static const struct part {
    uint32_t begin, end, channel_count;
} parts[] = { { 0, 301, 1 }, { 450, 700, 2 }, { 710, 911, 1 }, { 1000, 1001, 2 }, { 1002, 1500, 1 } };
enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static void play_part(stage *s, uint32_t index) {
    static float noise[STAGE_CHANNELS][1000];
    const float *const planes[] = { noise[0], noise[1] };
    const uint32_t frames = parts[index].end - parts[index].begin;
    uint32_t seed = 100 + index;
    for (uint32_t frame = 0; frame < frames; frame++) {
        noise[0][frame] = rig_random_unit(&seed);
        noise[1][frame] = rig_random_unit(&seed);
    }
    rig_connect(s->r, stage_play(s, planes, parts[index].channel_count, frames, parts[index].begin),
                s->in);
}

/* All parts at once, or the sum of each alone, heard in stereo. */
static void check_parts(const specimen *of, uint32_t quantum) {
    static take together, alone, sum;
    static double sums[STAGE_CHANNELS][STAGE_FRAMES];
    const stage_desc desc = { .quantum_frames = quantum };
    stage s;
    memset(sums, 0, sizeof sums);
    for (uint32_t index = 0; index < PART_COUNT; index++) {
        stage_open(&s, engine, of, &desc);
        play_part(&s, index);
        record(&s, &alone);
        for (uint32_t channel = 0; channel < STAGE_CHANNELS; channel++) {
            for (uint32_t frame = 0; frame < alone.frame_count; frame++) {
                sums[channel][frame] += (double)alone.planes[channel][frame];
                sum.planes[channel][frame] = (float)sums[channel][frame];
            }
        }
    }
    sum.frame_count = alone.frame_count;
    stage_open(&s, engine, of, &desc);
    for (uint32_t index = 0; index < PART_COUNT; index++) {
        play_part(&s, index);
    }
    record(&s, &together);
    check_db(of, error_db(&together, &sum, 0), -120.0, "mono and stereo in turn, quanta of", quantum);
}

static void test_channels_change_while_a_tail_rings(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 1, 100, 128, 441 };
    for (uint32_t row = 0; row < specimen_count; row++) {
        for (uint32_t index = 0; index < 4 && (specimens[row].flags & SPECIMEN_LINEAR) != 0; index++) {
            check_parts(&specimens[row], quanta[index]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_has_a_specimen),
        cmocka_unit_test(test_quanta_at_48000),
        cmocka_unit_test(test_quanta_at_3000),
        cmocka_unit_test(test_quanta_at_768000),
        cmocka_unit_test(test_k_rate_is_the_first_frame),
        cmocka_unit_test(test_params_stay_in_range),
        cmocka_unit_test(test_compound_params_are_clamped_together),
        cmocka_unit_test(test_nothing_sticks_of_a_signal),
        cmocka_unit_test(test_nothing_sticks_of_a_param),
        cmocka_unit_test(test_channels_change_while_a_tail_rings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
