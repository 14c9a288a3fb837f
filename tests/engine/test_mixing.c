/* Channel mixing through whole graphs. Web Audio 1.1, "Channel Up-Mixing and Down-Mixing". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <stdio.h>

/* -- the oracle: weights[target][source] of the "speakers" layouts, zero where nothing is said ------ */

#define H 0.70710678118654752440
typedef struct layout {
    uint32_t from, to;
    double weights[6][6];
} layout;

static const layout layouts[] = {
    { 1, 2, { { 1 }, { 1 } } },
    { 1, 4, { { 1 }, { 1 } } },
    { 1, 6, { { 0 }, { 0 }, { 1 } } },
    { 2, 4, { { 1, 0 }, { 0, 1 } } },
    { 2, 6, { { 1, 0 }, { 0, 1 } } },
    { 4, 6, { { 1 }, { 0, 1 }, { 0 }, { 0 }, { 0, 0, 1 }, { 0, 0, 0, 1 } } },
    { 2, 1, { { 0.5, 0.5 } } },
    { 4, 1, { { 0.25, 0.25, 0.25, 0.25 } } },
    { 6, 1, { { H, H, 1, 0, 0.5, 0.5 } } },
    { 4, 2, { { 0.5, 0, 0.5, 0 }, { 0, 0.5, 0, 0.5 } } },
    { 6, 2, { { 1, 0, H, 0, H, 0 }, { 0, 1, H, 0, 0, H } } },
    { 6, 4, { { 1, 0, H }, { 0, 1, H }, { 0, 0, 0, 0, 1 }, { 0, 0, 0, 0, 0, 1 } } },
};

static void add_mixed(double *to, uint32_t to_count, const double *from, uint32_t from_count,
                      bool is_speakers) {
    for (size_t row = 0; row < sizeof layouts / sizeof layouts[0] && is_speakers; row++) {
        if (layouts[row].from == from_count && layouts[row].to == to_count) {
            for (uint32_t out = 0; out < to_count; out++) {
                for (uint32_t in = 0; in < from_count; in++) {
                    to[out] += layouts[row].weights[out][in] * from[in];
                }
            }
            return;
        }
    }
    for (uint32_t channel = 0; channel < to_count && channel < from_count; channel++) {
        to[channel] += from[channel];
    }
}

static uint32_t computed_count(uint32_t mode, uint32_t count, uint32_t arriving) {
    return mode == WA_CHANNEL_COUNT_MODE_EXPLICIT ? count
           : mode == WA_CHANNEL_COUNT_MODE_MAX    ? arriving
           : arriving < count                     ? arriving
                                                  : count;
}

/* -- the rig: widths into a gain, looked at as discrete channels and through a mix to mono ---------- */

static float value_of(uint32_t source, uint32_t channel) {
    return 0.25f + 0.0625f * (float)channel + 0.53f * (float)source;
}

static wa_node wide_source(rig *r, uint32_t source, uint32_t channel_count) {
    float values[RIG_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        values[channel] = value_of(source, channel);
    }
    return rig_constants(r, values, channel_count);
}

static void mix(rig *r, wa_node node, uint32_t count, uint32_t mode, uint32_t interpretation) {
    assert_ok(wa_node_set_channel_count(r->context, node, count));
    assert_ok(wa_node_set_channel_count_mode(r->context, node, (wa_channel_count_mode)mode));
    assert_ok(wa_node_set_channel_interpretation(r->context, node,
                                                 (wa_channel_interpretation)interpretation));
}

static void check_planes(const rig *r, uint64_t from, const double *want, const char *what) {
    for (uint32_t channel = 0; channel < r->channel_count; channel++) {
        for (uint64_t frame = from; frame < r->frame_count; frame++) {
            const double got = (double)r->planes[channel][frame];
            if (!(fabs(got - want[channel]) <= 1e-6 * (1.0 + fabs(want[channel])))) {
                print_error("%s: channel %u is %.8g, wanted %.8g\n", what, channel, got, want[channel]);
                fail();
            }
        }
    }
}

/* What the destination shows of n channels: all of them, and then what a mix of them to mono gives, which
 * tells 1, 2, 4 and 6 channels apart even where they are zero. */
static void look(rig *r, const double *channels, uint32_t count, const char *what) {
    double want[RIG_CHANNEL_COUNT_MAX] = { 0 };
    add_mixed(want, RIG_CHANNEL_COUNT_MAX, channels, count, false);
    mix(r, r->out, 32, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_DISCRETE);
    uint64_t from = r->frame_count;
    rig_render(r, r->quantum_frames);
    check_planes(r, from, want, what);
    double mono[RIG_CHANNEL_COUNT_MAX] = { 0 };
    add_mixed(mono, 1, channels, count, true);
    mix(r, r->out, 1, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_SPEAKERS);
    from = r->frame_count;
    rig_render(r, r->quantum_frames);
    check_planes(r, from, mono, what);
}

static const uint32_t counts[] = { 1, 2, 3, 4, 5, 6, 7, 8, 32 };
enum { COUNT_COUNT = sizeof counts / sizeof counts[0] };

static rig *wide_rig(void) {
    return rig_create(&(rig_desc){ .channel_count = 32, .quantum_frames = 8 });
}

/* Every width against every channelCount, mode and interpretation, changed while it plays. */
static void test_every_rule(void **state) {
    (void)state;
    for (uint32_t source = 0; source < COUNT_COUNT; source++) {
        rig *r = wide_rig();
        const wa_node gain = rig_gain(r, 1.0f);
        rig_connect(r, wide_source(r, 0, counts[source]), gain);
        rig_connect(r, gain, r->out);
        double values[RIG_CHANNEL_COUNT_MAX];
        for (uint32_t channel = 0; channel < counts[source]; channel++) {
            values[channel] = (double)value_of(0, channel);
        }
        for (uint32_t row = 0; row < COUNT_COUNT * 6; row++) {
            const uint32_t count = counts[row / 6], mode = 1 + row % 3,
                           interpretation = 1 + row / 3 % 2;
            const uint32_t computed = computed_count(mode, count, counts[source]);
            double want[RIG_CHANNEL_COUNT_MAX] = { 0 };
            char what[80];
            (void)snprintf(what, sizeof what, "%u channels, count %u mode %u interpretation %u",
                           counts[source], count, mode, interpretation);
            add_mixed(want, computed, values, counts[source], interpretation == 1);
            mix(r, gain, count, mode, interpretation);
            look(r, want, computed, what);
        }
        rig_destroy(r);
    }
}

/* -- several widths on one input ------------------------------------------------------------------ */

static const struct fan_row {
    uint32_t widths[4];
    uint32_t count, mode, interpretation;
} fans[] = {
    { { 1, 2 }, 2, 1, 1 },       { { 2, 1 }, 2, 1, 1 },       { { 1, 2 }, 2, 1, 2 },
    { { 1, 4 }, 2, 1, 1 },       { { 1, 6, 2 }, 2, 1, 1 },    { { 6, 4, 2, 1 }, 2, 1, 1 },
    { { 6, 4, 2, 1 }, 2, 2, 1 }, { { 6, 4, 2, 1 }, 4, 2, 1 }, { { 6, 4, 2, 1 }, 1, 3, 1 },
    { { 6, 4, 2, 1 }, 6, 3, 1 }, { { 6, 4, 2, 1 }, 3, 3, 1 }, { { 6, 4, 2, 1 }, 8, 3, 1 },
    { { 3, 2 }, 2, 1, 1 },       { { 3, 1 }, 2, 1, 1 },       { { 5, 1, 2, 4 }, 2, 1, 1 },
    { { 8, 6, 1 }, 2, 1, 1 },    { { 8, 6, 1 }, 6, 2, 1 },    { { 8, 6, 1 }, 6, 2, 2 },
    { { 32, 1, 2 }, 2, 1, 1 },   { { 32, 1, 2 }, 2, 3, 2 },   { { 1, 1, 1, 1 }, 1, 3, 1 },
    { { 2, 2, 2, 2 }, 2, 1, 2 }, { { 4, 4 }, 2, 2, 1 },       { { 7, 6 }, 32, 2, 1 },
    { { 1 }, 32, 3, 1 },         { { 32, 32, 32 }, 1, 2, 1 }, { { 2, 6 }, 4, 2, 1 },
};

static void test_fan_in(void **state) {
    (void)state;
    for (size_t row = 0; row < sizeof fans / sizeof fans[0]; row++) {
        rig *r = wide_rig();
        const wa_node gain = rig_gain(r, 1.0f);
        mix(r, gain, fans[row].count, fans[row].mode, fans[row].interpretation);
        rig_connect(r, gain, r->out);
        double want[RIG_CHANNEL_COUNT_MAX] = { 0 };
        uint32_t most = 1;
        for (uint32_t index = 0; index < 4; index++) {
            most = fans[row].widths[index] > most ? fans[row].widths[index] : most;
        }
        const uint32_t computed = computed_count(fans[row].mode, fans[row].count, most);
        for (uint32_t index = 0; index < 4 && fans[row].widths[index] > 0; index++) {
            double values[RIG_CHANNEL_COUNT_MAX];
            for (uint32_t channel = 0; channel < fans[row].widths[index]; channel++) {
                values[channel] = (double)value_of(index, channel);
            }
            rig_connect(r, wide_source(r, index, fans[row].widths[index]), gain);
            add_mixed(want, computed, values, fans[row].widths[index], fans[row].interpretation == 1);
        }
        char what[40];
        (void)snprintf(what, sizeof what, "fan-in row %zu", row);
        look(r, want, computed, what);
        rig_destroy(r);
    }
}

/* -- inputs that are not active ------------------------------------------------------------------- */

/* A source that has not started, or has ended, counts as one channel of silence. */
static void test_inactive_counts_as_mono(void **state) {
    (void)state;
    rig *r = wide_rig();
    const wa_buffer stereo = rig_buffer(r, 2, 16);
    const wa_node source = rig_play(r, stereo, 16.0 / r->rate), gain = rig_gain(r, 1.0f);
    rig_connect(r, source, gain);
    rig_connect(r, rig_constant(r, 0.5f), gain);
    rig_connect(r, gain, r->out);
    static const double mono[1] = { 0.5 }, both[2] = { 0.5, 0.5 };
    look(r, mono, 1, "before the stereo source");
    look(r, both, 2, "while it plays zeros");
    look(r, mono, 1, "after it has ended");
    assert_ok(wa_buffer_release(r->engine, stereo));
    rig_destroy(r);
}

/* Zeros that are played are active: a silent plane is still a channel. */
static void test_silence_is_active(void **state) {
    (void)state;
    rig *r = wide_rig();
    const float zeros[4] = { 0 };
    const wa_node quiet = rig_constants(r, zeros, 4), muted = rig_gain(r, 0.0f),
                  sum = rig_gain(r, 1.0f);
    rig_connect(r, quiet, muted);
    rig_connect(r, muted, sum);
    rig_connect(r, rig_constant(r, 0.5f), sum);
    rig_connect(r, sum, r->out);
    static const double want[4] = { 0.5, 0.5, 0.0, 0.0 };
    look(r, want, 4, "a quad of zeros through a gain of 0");
    rig_destroy(r);
}

/* "explicit" says how many channels there are even when nothing comes in: a merger's inactive inputs are
 * one silent channel each, and a delay's tail goes on in the layout that it was given. */
static void test_explicit_inactive(void **state) {
    (void)state;
    rig *r = wide_rig();
    const wa_node merger = rig_merger(r, 6), sum = rig_gain(r, 1.0f);
    rig_connect_ports(r, rig_constant(r, 0.5f), 0, merger, 3);
    rig_connect(r, merger, sum);
    rig_connect(r, sum, r->out);
    static const double lfe[6] = { 0.0, 0.0, 0.0, 0.5 };
    look(r, lfe, 6, "one input of a merger of six");
    rig_destroy(r);

    r = wide_rig();
    const wa_node delay = rig_delay(r, 0.01, 32.0 / 48000.0);
    const wa_buffer mono = rig_buffer(r, 1, 32);
    for (uint32_t frame = 0; frame < 32; frame++) {
        wa_buffer_plane(r->engine, mono, 0)[frame] = 0.5f;
    }
    mix(r, delay, 2, WA_CHANNEL_COUNT_MODE_EXPLICIT, WA_CHANNEL_INTERPRETATION_SPEAKERS);
    rig_connect(r, rig_play(r, mono, 0.0), delay);
    rig_connect(r, delay, r->out);
    rig_render(r, 32);
    static const double both[2] = { 0.5, 0.5 };
    look(r, both, 2, "the tail of an explicit delay");
    assert_ok(wa_buffer_release(r->engine, mono));
    rig_destroy(r);
}

/* -- changes ---------------------------------------------------------------------------------------- */

/* Sources of other widths come and go: the computed count follows, up and down, from one quantum to the
 * next, along a chain. */
static void test_widths_follow(void **state) {
    (void)state;
    rig *r = wide_rig();
    const wa_node first = rig_gain(r, 1.0f), second = rig_gain(r, 1.0f);
    rig_connect(r, first, second);
    rig_connect(r, second, r->out);
    uint32_t seed = 7;
    for (uint32_t step = 0; step < 40; step++) {
        const uint32_t width = counts[rig_random(&seed) % COUNT_COUNT];
        const wa_node source = wide_source(r, step % 3, width);
        double values[RIG_CHANNEL_COUNT_MAX];
        for (uint32_t channel = 0; channel < width; channel++) {
            values[channel] = (double)value_of(step % 3, channel);
        }
        rig_connect(r, source, first);
        look(r, values, width, "a source of another width");
        assert_ok(wa_node_disconnect(r->context, source));
    }
    rig_destroy(r);
}

/* channelCount of the destination below what the context puts out: mixed down, then up to what is heard. */
static void test_narrow_destination(void **state) {
    (void)state;
    static const struct {
        uint32_t heard, count;
        float want[6];
    } rows[] = {
        { 2, 1, { 0.75f, 0.75f } }, { 2, 2, { 0.5f, 1.0f } },   { 6, 1, { 0.0f, 0.0f, 0.75f } },
        { 6, 2, { 0.5f, 1.0f } },   { 4, 1, { 0.75f, 0.75f } }, { 3, 2, { 0.5f, 1.0f, 0.0f } },
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        rig *r = rig_create(&(rig_desc){ .channel_count = rows[row].heard });
        const wa_channel_merger_options two = { WA_NODE_OPTIONS_INIT_(wa_channel_merger_options), 2 };
        const wa_node merger = rig_node(r, WA_NODE_TYPE_CHANNEL_MERGER, &two);
        for (uint32_t channel = 0; channel < 2; channel++) {
            const wa_node source = rig_constant(r, 0.5f * (float)(channel + 1));
            assert_int_equal(wa_node_connect_ports(r->context, source, 0, merger, channel), WA_OK);
        }
        rig_connect(r, merger, r->out);
        assert_int_equal(wa_node_set_channel_count(r->context, r->out, rows[row].count), WA_OK);
        rig_render(r, 128);
        for (uint32_t channel = 0; channel < rows[row].heard; channel++) {
            assert_float_equal(r->planes[channel][100], rows[row].want[channel], 0.0f);
        }
        rig_destroy(r);
    }
}

/* A merger of other mergers keeps its own width whatever comes: its inputs are mono, mixed as speakers. */
static void test_ports_mix_by_themselves(void **state) {
    (void)state;
    rig *r = wide_rig();
    const wa_node merger = rig_merger(r, 3), splitter = rig_splitter(r, 4);
    rig_connect_ports(r, wide_source(r, 0, 2), 0, merger, 0);
    rig_connect_ports(r, wide_source(r, 1, 6), 0, merger, 1);
    rig_connect_ports(r, wide_source(r, 2, 3), 0, merger, 2);
    rig_connect(r, merger, r->out);
    double want[3] = { 0 };
    for (uint32_t source = 0; source < 3; source++) {
        const uint32_t width = source == 0 ? 2 : source == 1 ? 6 : 3;
        double values[6] = { 0 };
        for (uint32_t channel = 0; channel < width; channel++) {
            values[channel] = (double)value_of(source, channel);
        }
        add_mixed(&want[source], 1, values, width, true);
    }
    look(r, want, 3, "three widths merged");
    /* A splitter is discrete: channel 3 of a mono is silence. Its outputs sum up as four monos. */
    rig_connect(r, rig_constant(r, 0.25f), splitter);
    rig_connect_ports(r, splitter, 3, merger, 0);
    rig_connect_ports(r, splitter, 0, merger, 2);
    want[2] += 0.25;
    look(r, want, 3, "split mono");
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_rule),
        cmocka_unit_test(test_fan_in),
        cmocka_unit_test(test_inactive_counts_as_mono),
        cmocka_unit_test(test_silence_is_active),
        cmocka_unit_test(test_explicit_inactive),
        cmocka_unit_test(test_widths_follow),
        cmocka_unit_test(test_narrow_destination),
        cmocka_unit_test(test_ports_mix_by_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
