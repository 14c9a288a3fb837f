/* A graph sounds the same whatever the quantum: levels, blocks that change hands, nodes that fall asleep and
 * wake, channels that come and go, delays apart in their loops. Method: random graphs of all that is linear and
 * a-rate, with sources that begin and end between frames and params on automation, rendered in quanta of one
 * frame, where nothing can be out of step, and then in others. WA_GRAPH_SEED=7 WA_GRAPH_COUNT=1000 make another
 * or a longer run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 3000, CHANNELS = 2, NODE_MAX = 24, GRAPH_COUNT = 60, LOOP_FRAMES = 520 };

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* The same sequence of choices each time that a graph is built. */
typedef struct builder {
    rig *r;
    uint32_t random;
    wa_node nodes[NODE_MAX];
    uint32_t count;
} builder;

static uint32_t below(builder *b, uint32_t bound) {
    return rig_random(&b->random) % bound;
}

static double between(builder *b, double low, double high) {
    return low + (high - low) * (double)below(b, 1000000) / 1e6;
}

/* What was made before, most likely lately. */
static wa_node any_before(builder *b) {
    const uint32_t back = below(b, b->count < 6 ? b->count : 6);
    return b->nodes[b->count - 1 - back];
}

/* -- sources ------------------------------------------------------------------------------------ */

static void add(builder *b, wa_node made) {
    assert_true(b->count < NODE_MAX);
    b->nodes[b->count++] = made;
}

static void add_source(builder *b) {
    const uint32_t channel_count = 1 + below(b, 2), frames = 200 + below(b, 1500);
    const wa_buffer buffer = rig_buffer(b->r, channel_count, frames);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(b->r->engine, buffer, channel);
        for (uint32_t frame = 0; frame < frames; frame++) {
            plane[frame] = 0.5f * rig_random_unit(&b->random);
        }
    }
    const wa_node made = rig_play(b->r, buffer, rig_frames_s(b->r, between(b, 0.0, 1500.0)));
    if (below(b, 3) == 0) {
        assert_ok(wa_source_stop(b->r->context, made, rig_frames_s(b->r, between(b, 300.0, 2500.0))));
    }
    assert_ok(wa_buffer_release(b->r->engine, buffer));
    add(b, made);
}

/* -- params ------------------------------------------------------------------------------------- */

static void automate(builder *b, wa_param param, double low, double high) {
    wa_context *context = b->r->context;
    double at = 0.0;
    for (uint32_t events = below(b, 4); events > 0; events--) {
        const float value = (float)between(b, low, high);
        at += between(b, 0.0, 900.0);
        const double time_s = rig_frames_s(b->r, at);
        switch (below(b, 3)) {
        case 0:
            assert_ok(wa_param_set_value_at_time(context, param, value, time_s));
            break;
        case 1:
            assert_ok(wa_param_linear_ramp_to_value_at_time(context, param, value, time_s));
            break;
        default:
            assert_ok(wa_param_set_target_at_time(context, param, value, time_s,
                                                  (float)rig_frames_s(b->r, between(b, 0.0, 300.0))));
            break;
        }
    }
    if (below(b, 4) == 0) { /* and a signal on top of it */
        const wa_node depth = rig_gain(b->r, (float)(0.05 * (high - low)));
        rig_connect(b->r, any_before(b), depth);
        assert_ok(wa_node_connect_param(context, depth, 0, param));
    }
}

/* -- effects ------------------------------------------------------------------------------------ */

static wa_node make_gain(builder *b) {
    const wa_node made = rig_gain(b->r, (float)between(b, -0.8, 0.8));
    automate(b, wa_node_param(made, WA_GAIN_GAIN), -0.8, 0.8);
    if (below(b, 4) == 0) { /* down to mono, or up to stereo */
        assert_ok(wa_node_set_channel_count(b->r->context, made, 1 + below(b, 2)));
        assert_ok(wa_node_set_channel_count_mode(b->r->context, made, WA_CHANNEL_COUNT_MODE_EXPLICIT));
    }
    return made;
}

static wa_node make_delay(builder *b) {
    const double longest = rig_frames_s(b->r, 400.0);
    const wa_node made = rig_delay(b->r, longest, between(b, 0.0, longest));
    automate(b, wa_node_param(made, WA_DELAY_DELAY_TIME), 0.0, longest);
    return made;
}

static wa_node make_biquad(builder *b) {
    wa_biquad_filter_options options = WA_BIQUAD_FILTER_OPTIONS_INIT;
    options.type = (wa_biquad_filter_type)below(b, 8);
    options.frequency_hz = (float)between(b, 300.0, 15000.0);
    options.q = (float)between(b, 0.3, 3.0);
    options.gain_db = (float)between(b, -9.0, 3.0);
    const wa_node made = rig_node(b->r, WA_NODE_TYPE_BIQUAD_FILTER, &options);
    automate(b, wa_node_param(made, WA_BIQUAD_FILTER_FREQUENCY), 300.0, 15000.0);
    return made;
}

static wa_node make_iir(builder *b) {
    wa_iir_filter_options options = WA_IIR_FILTER_OPTIONS_INIT;
    options.feedforward_count = options.feedback_count = 2;
    options.feedforward[0] = 0.4;
    options.feedforward[1] = between(b, -0.4, 0.4);
    options.feedback[0] = 1.0;
    options.feedback[1] = between(b, -0.9, 0.9);
    return rig_node(b->r, WA_NODE_TYPE_IIR_FILTER, &options);
}

static wa_node make_shaper(builder *b) {
    static const float curve[] = { -0.8f, -0.5f, 0.0f, 0.5f, 0.8f };
    wa_wave_shaper_options options = WA_WAVE_SHAPER_OPTIONS_INIT;
    options.curve = curve;
    options.curve_count = 5;
    options.oversample = (wa_oversample)below(b, 3);
    return rig_node(b->r, WA_NODE_TYPE_WAVE_SHAPER, &options);
}

static wa_node make_convolver(builder *b) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    const uint32_t channel_count = 1 + below(b, 2), frames = 10 + below(b, 500);
    options.buffer = rig_buffer(b->r, channel_count, frames);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < frames; frame++) {
            wa_buffer_plane(b->r->engine, options.buffer, channel)[frame] = rig_random_unit(&b->random);
        }
    }
    const wa_node made = rig_node(b->r, WA_NODE_TYPE_CONVOLVER, &options);
    assert_ok(wa_buffer_release(b->r->engine, options.buffer));
    return made;
}

/* Sides change places, by a splitter and a merger. Always of two: a splitter would hear from which quantum on
 * its input is mono. */
static wa_node make_swap(builder *b, wa_node input) {
    const wa_node splitter = rig_splitter(b->r, 2), merger = rig_merger(b->r, 2),
                  both = rig_gain(b->r, 1.0f);
    assert_ok(wa_node_set_channel_count_mode(b->r->context, both, WA_CHANNEL_COUNT_MODE_EXPLICIT));
    rig_connect(b->r, input, both);
    rig_connect(b->r, both, splitter);
    rig_connect_ports(b->r, splitter, 0, merger, 1);
    rig_connect_ports(b->r, splitter, 1, merger, 0);
    return merger;
}

/* An echo: a delay that is longer than any quantum here, in a loop. */
static wa_node make_echo(builder *b) {
    const wa_node sum = rig_gain(b->r, 0.7f), back = rig_gain(b->r, (float)between(b, -0.6, 0.6));
    const wa_node delay = rig_delay(b->r, rig_frames_s(b->r, 2.0 * LOOP_FRAMES),
                                    rig_frames_s(b->r, LOOP_FRAMES + between(b, 0.0, 400.0)));
    rig_connect(b->r, sum, delay);
    rig_connect(b->r, delay, back);
    rig_connect(b->r, back, sum);
    return sum;
}

static wa_node make_effect(builder *b) {
    switch (below(b, 8)) {
    case 0:
        return make_delay(b);
    case 1:
        return make_biquad(b);
    case 2:
        return make_iir(b);
    case 3:
        return make_shaper(b);
    case 4:
        return make_convolver(b);
    case 5:
        return make_echo(b);
    case 6:
        return rig_node(b->r, WA_NODE_TYPE_ANALYSER, NULL);
    default:
        return make_gain(b);
    }
}

static void add_effect(builder *b) {
    const wa_node input = any_before(b);
    if (below(b, 8) == 0) {
        add(b, make_swap(b, input));
        return;
    }
    const wa_node made = make_effect(b);
    rig_connect(b->r, input, made);
    if (below(b, 2) == 0) {
        rig_connect(b->r, any_before(b), made); /* twice the same is once */
    }
    add(b, made);
}

/* -- one graph, in some quantum ----------------------------------------------------------------- */

static rig *render_graph(uint32_t seed, uint32_t quantum) {
    builder b = { .r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE,
                                               .channel_count = CHANNELS,
                                               .quantum_frames = quantum,
                                               .length_frames = FRAMES }),
                  .random = seed * 2654435761u + 1u };
    const uint32_t node_count = 4 + below(&b, NODE_MAX - 4);
    for (uint32_t sources = 1 + below(&b, 3); sources > 0; sources--) {
        add_source(&b);
    }
    while (b.count < node_count) {
        if (below(&b, 6) == 0) {
            add_source(&b);
        } else {
            add_effect(&b);
        }
    }
    for (uint32_t outs = 1 + below(&b, 3); outs > 0; outs--) {
        rig_connect(b.r, any_before(&b), b.r->out);
    }
    rig_render_offline(b.r, NULL, NULL);
    return b.r;
}

static double energy_of(const rig *r) {
    double energy = 0.0;
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            energy += (double)r->planes[channel][frame] * (double)r->planes[channel][frame];
        }
    }
    assert_true(isfinite(energy));
    return energy;
}

/* Energy of the difference over the energy, of both channels. */
static double difference_db(const rig *a, const rig *b) {
    double error = 0.0;
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            const double off = (double)a->planes[channel][frame] - (double)b->planes[channel][frame];
            error += off * off;
        }
    }
    return error == 0.0 ? -400.0 : 10.0 * log10(error / fmax(energy_of(b), 1e-12));
}

static void the_quantum_does_not_show(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 128, 100, 441, 7 };
    const uint32_t first = (uint32_t)setting("WA_GRAPH_SEED", 1);
    const uint32_t count = (uint32_t)setting("WA_GRAPH_COUNT", GRAPH_COUNT);
    double worst_db = -400.0;
    uint32_t sounding = 0;
    for (uint32_t seed = first; seed < first + count; seed++) {
        rig *wanted = render_graph(seed, 1);
        sounding += energy_of(wanted) > 1e-3;
        for (uint32_t row = 0; row < sizeof quanta / sizeof quanta[0]; row++) {
            rig *got = render_graph(seed, quanta[row]);
            const double db = difference_db(got, wanted);
            if (db > -110.0) {
                fail_msg("seed %u in quanta of %u: %.1f dB", seed, quanta[row], db);
            }
            worst_db = fmax(worst_db, db);
            rig_destroy(got);
        }
        rig_destroy(wanted);
    }
    print_message("worst of %u graphs, %u of them sounding: %.1f dB\n", count, sounding, worst_db);
    assert_true(sounding > count / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_quantum_does_not_show) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
