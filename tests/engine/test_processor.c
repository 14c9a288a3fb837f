/* Processors in a graph, through the public API: who is active when, channels, params, cycles, NaN, the
 * profile. Expected calls and samples follow from Web Audio 1.1, "AudioWorkletNode". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- a processor that tells ---------------------------------------------------------------------- */

enum { CALL_COUNT_MAX = 64 };

typedef struct call {
    uint64_t frame;
    uint32_t input_channels, output_channels;
} call;

/* The user data of it. */
typedef struct diary {
    call calls[CALL_COUNT_MAX];
    uint32_t call_count;
    uint32_t active_calls; /* says true so many times, then false */
    float added;           /* to every sample of the input, or of silence */
} diary;

static bool write_diary(void *user, const wa_process_args *args) {
    diary *of = user;
    const wa_process_input *in = args->input_count > 0 ? &args->inputs[0] : NULL;
    const wa_process_output *out = args->output_count > 0 ? &args->outputs[0] : NULL;
    if (of->call_count < CALL_COUNT_MAX) {
        of->calls[of->call_count] = (call){ args->frame, in != NULL ? in->channel_count : 0,
                                            out != NULL ? out->channel_count : 0 };
    }
    for (uint32_t channel = 0; out != NULL && channel < out->channel_count; channel++) {
        for (uint32_t i = 0; i < args->frame_count; i++) {
            const bool has_input = in != NULL && channel < in->channel_count;
            out->planes[channel][i] = (has_input ? in->planes[channel][i] : 0.0f) + of->added;
        }
    }
    return ++of->call_count <= of->active_calls;
}

static wa_processor_desc diary_desc(void) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "Diary";
    desc.process = write_diary;
    return desc;
}

static wa_processor define(rig *r, const wa_processor_desc *desc) {
    wa_processor made = { 0 };
    assert_ok(wa_processor_define(r->engine, desc, &made));
    return made;
}

static wa_node node_of(rig *r, wa_processor processor, void *user) {
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = processor;
    options.user = user;
    return rig_node(r, WA_NODE_TYPE_PROCESSOR, &options);
}

static wa_node diary_node(rig *r, diary *of) {
    const wa_processor_desc desc = diary_desc();
    return node_of(r, define(r, &desc), of);
}

/* -- who is active ------------------------------------------------------------------------------- */

/* It begins active: without an input it is called until it says false, once at least. */
static void active_source(void **state) {
    (void)state;
    const uint32_t active_calls[] = { 0, 1, 5 };
    for (uint32_t row = 0; row < 3; row++) {
        rig *r = rig_create(NULL);
        diary of = { .active_calls = active_calls[row], .added = 0.25f };
        rig_connect(r, diary_node(r, &of), r->out);
        const float *out = rig_render(r, 1280);
        const uint32_t heard = 128 * (active_calls[row] + 1);
        assert_int_equal(of.call_count, active_calls[row] + 1);
        assert_all(out, 0.25f, heard);
        assert_all(out + heard, 0.0f, 1280 - heard);
        assert_int_equal(rig_awake_count(r), 1);
        for (uint32_t i = 0; i < of.call_count; i++) {
            assert_int_equal(of.calls[i].frame, 128 * i);
            assert_int_equal(of.calls[i].input_channels, 0);
            assert_int_equal(of.calls[i].output_channels, 1);
        }
        rig_destroy(r);
    }
}

/* While an input is active it is called whatever it says; then no more; then again. */
static void called_while_an_input_is_active(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    diary of = { 0 };
    const wa_node node = diary_node(r, &of), first = rig_constant(r, 0.5f);
    rig_connect(r, first, node);
    rig_connect(r, node, r->out);
    assert_ok(wa_source_stop(r->context, first, rig_frames_s(r, 256)));
    assert_all(rig_render(r, 256), 0.5f, 256);
    assert_int_equal(of.call_count, 2);
    assert_all(rig_render(r, 1024), 0.0f, 1024);
    assert_int_equal(of.call_count, 2);
    assert_int_equal(of.calls[1].input_channels, 1);
    const wa_node second = rig_constant(r, 0.125f);
    rig_connect(r, second, node);
    assert_all(rig_render(r, 256), 0.125f, 256);
    assert_int_equal(of.call_count, 4);
    assert_int_equal(of.calls[2].frame, 1280);
    assert_ok(wa_node_disconnect(r->context, second));
    rig_render(r, 1024);
    assert_int_equal(of.call_count, 4);
    rig_destroy(r);
}

/* A tail: it goes on without input as long as it says so, with zero channels. */
static void tail(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    diary of = { .active_calls = 6, .added = 0.25f };
    const wa_node node = diary_node(r, &of), source = rig_constant(r, 0.5f);
    rig_connect(r, source, node);
    rig_connect(r, node, r->out);
    assert_ok(wa_source_stop(r->context, source, rig_frames_s(r, 256)));
    const float *out = rig_render(r, 1280);
    assert_all(out, 0.75f, 256);
    assert_all(out + 256, 0.25f, 5 * 128);
    assert_all(out + 7 * 128, 0.0f, 3 * 128);
    assert_int_equal(of.call_count, 7);
    assert_int_equal(of.calls[1].input_channels, 1);
    assert_int_equal(of.calls[2].input_channels, 0);
    rig_destroy(r);
}

/* Asleep it is one channel of silence to whoever listens, and not an active one. */
static void asleep_it_is_no_input(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    static const uint32_t six[] = { 6 };
    wa_processor_desc desc = diary_desc();
    diary first = { .active_calls = 2 }, second = { .active_calls = 100 };
    desc.input_count = 0;
    desc.output_channel_counts = six;
    const wa_node source = node_of(r, define(r, &desc), &first);
    const wa_node effect = diary_node(r, &second);
    rig_connect(r, source, effect);
    rig_connect(r, effect, r->out);
    rig_render(r, 128 * 6);
    assert_int_equal(first.call_count, 3);
    assert_int_equal(second.call_count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(second.calls[i].input_channels, i < 3 ? 6 : 0);
        assert_int_equal(second.calls[i].output_channels, i < 3 ? 6 : 1);
    }
    rig_destroy(r);
}

/* Connected to nothing it is called all the same. */
static void not_connected(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    diary source = { .active_calls = 3 }, sink = { 0 };
    wa_processor_desc desc = diary_desc();
    (void)diary_node(r, &source);
    desc.output_count = 0;
    const wa_node node = node_of(r, define(r, &desc), &sink);
    rig_connect(r, rig_constant(r, 1.0f), node);
    rig_render(r, 128 * 8);
    assert_int_equal(source.call_count, 4);
    assert_int_equal(sink.call_count, 8);
    assert_int_equal(sink.calls[7].input_channels, 1);
    rig_destroy(r);
}

static void suspended(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    diary of = { .active_calls = 1000 };
    (void)diary_node(r, &of);
    rig_render(r, 128);
    assert_int_equal(of.call_count, 1);
    assert_ok(wa_context_suspend(r->context));
    rig_render(r, 1280);
    assert_int_equal(of.call_count, 1);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_ok(wa_context_resume(r->context));
    rig_render(r, 128);
    assert_int_equal(of.call_count, 2);
    assert_int_equal(of.calls[1].frame, 128);
    rig_destroy(r);
}

/* Muted in a cycle without a delay it is not called; when the cycle opens it goes on, since it said true. */
static void muted(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    diary of = { .active_calls = 1000, .added = 0.5f };
    const wa_node node = diary_node(r, &of), gain = rig_gain(r, 1.0f);
    rig_connect(r, node, r->out);
    rig_connect(r, node, gain);
    assert_all(rig_render(r, 256), 0.5f, 256);
    rig_connect(r, gain, node);
    assert_all(rig_render(r, 512), 0.0f, 512);
    assert_int_equal(of.call_count, 2);
    assert_ok(wa_node_disconnect(r->context, gain));
    assert_all(rig_render(r, 256), 0.5f, 256);
    assert_int_equal(of.call_count, 4);
    rig_destroy(r);
}

static void release_modes(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    diary now = { .active_calls = 1000 }, later = { .active_calls = 5 },
          dropped = { .active_calls = 3 };
    const wa_node nodes[] = { diary_node(r, &now), diary_node(r, &later), diary_node(r, &dropped) };
    rig_render(r, 256);
    rig_release(r, nodes[0], WA_RELEASE_NOW);
    rig_release(r, nodes[1], WA_RELEASE_AFTER_TAIL);
    rig_release(r, nodes[2], WA_RELEASE_WHEN_DONE);
    for (uint32_t i = 0; i < 3; i++) { /* there, back, and gone */
        rig_render(r, 128 * 5);
        (void)rig_poll(r, WA_EVENT_ENDED);
    }
    assert_int_equal(now.call_count, 2);
    assert_int_equal(later.call_count, 6);
    assert_int_equal(dropped.call_count, 4);
    assert_int_equal(rig_node_count(r), 1);
    rig_destroy(r);
}

/* -- channels ------------------------------------------------------------------------------------ */

typedef struct channel_row {
    uint32_t channel_count;
    wa_channel_count_mode mode;
    uint32_t arriving; /* 0: nothing */
    uint32_t input, output;
} channel_row;

/* The output follows computedNumberOfChannels; an input with nothing active has none, explicit or not. */
static void dynamic_channels(void **state) {
    (void)state;
    const channel_row rows[] = {
        { 2, WA_CHANNEL_COUNT_MODE_MAX, 1, 1, 1 },
        { 2, WA_CHANNEL_COUNT_MODE_MAX, 6, 6, 6 },
        { 2, WA_CHANNEL_COUNT_MODE_MAX, 0, 0, 1 },
        { 2, WA_CHANNEL_COUNT_MODE_CLAMPED_MAX, 6, 2, 2 },
        { 4, WA_CHANNEL_COUNT_MODE_EXPLICIT, 1, 4, 4 },
        { 4, WA_CHANNEL_COUNT_MODE_EXPLICIT, 0, 0, 4 },
        { 32, WA_CHANNEL_COUNT_MODE_EXPLICIT, 2, 32, 32 },
    };
    const float values[6] = { 1, 2, 3, 4, 5, 6 };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        rig *r = rig_create(NULL);
        diary of = { .active_calls = 100 };
        const wa_node node = diary_node(r, &of);
        assert_ok(wa_node_set_channel_count(r->context, node, rows[row].channel_count));
        assert_ok(wa_node_set_channel_count_mode(r->context, node, rows[row].mode));
        if (rows[row].arriving > 0) {
            rig_connect(r, rig_constants(r, values, rows[row].arriving), node);
        }
        rig_connect(r, node, r->out);
        rig_render(r, 256);
        assert_int_equal(of.calls[1].input_channels, rows[row].input);
        assert_int_equal(of.calls[1].output_channels, rows[row].output);
        rig_destroy(r);
    }
}

/* From quantum to quantum, as sources come and go. */
static void channels_change(void **state) {
    (void)state;
    const float values[4] = { 1, 2, 3, 4 };
    rig *r = rig_create(NULL);
    diary of = { .active_calls = 100 };
    const wa_node node = diary_node(r, &of);
    const wa_node mono = rig_constant(r, 1.0f), quad = rig_constants(r, values, 4);
    rig_connect(r, node, r->out);
    const uint32_t wanted[] = { 0, 1, 4, 1, 0 };
    rig_render(r, 128);
    rig_connect(r, mono, node);
    rig_render(r, 128);
    rig_connect(r, quad, node);
    rig_render(r, 128);
    assert_ok(wa_node_disconnect(r->context, quad));
    rig_render(r, 128);
    assert_ok(wa_node_disconnect(r->context, mono));
    rig_render(r, 128);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(of.calls[i].input_channels, wanted[i]);
        assert_int_equal(of.calls[i].output_channels, wanted[i] > 0 ? wanted[i] : 1);
    }
    rig_destroy(r);
}

/* Output k gets what input k has, times k + 1; each output has channels of its own. */
static bool route(void *user, const wa_process_args *args) {
    (void)user;
    for (uint32_t port = 0; port < args->output_count && port < args->input_count; port++) {
        const wa_process_input *in = &args->inputs[port];
        for (uint32_t channel = 0; channel < in->channel_count; channel++) {
            for (uint32_t i = 0; i < args->frame_count && channel < args->outputs[port].channel_count;
                 i++) {
                args->outputs[port].planes[channel][i] = in->planes[channel][i] * (float)(port + 1);
            }
        }
    }
    return false;
}

static void several_ports(void **state) {
    (void)state;
    static const uint32_t counts[] = { 1, 3, 2 };
    const float stereo[] = { 0.5f, 0.25f };
    rig *r = rig_create(&(rig_desc){ .channel_count = 3 });
    wa_processor_desc desc = diary_desc();
    desc.process = route;
    desc.input_count = desc.output_count = 3;
    desc.output_channel_counts = counts;
    const wa_node node = node_of(r, define(r, &desc), NULL), source = rig_constants(r, stereo, 2);
    assert_ok(
        wa_node_set_channel_interpretation(r->context, r->out, WA_CHANNEL_INTERPRETATION_DISCRETE));
    for (uint32_t port = 0; port < 3; port++) {
        rig_connect_ports(r, source, 0, node, port);
        rig_connect_ports(r, node, port, r->out, 0);
    }
    assert_refused(wa_node_connect_ports(r->context, node, 3, r->out, 0), WA_ERR_INDEX_SIZE, NULL);
    assert_refused(wa_node_connect_ports(r->context, source, 0, node, 3), WA_ERR_INDEX_SIZE, NULL);
    rig_render(r, 256);
    assert_all(r->planes[0], 0.5f * (1 + 2 + 3), 256);
    assert_all(r->planes[1], 0.25f * (2 + 3), 256);
    assert_all(r->planes[2], 0.0f, 256);
    rig_destroy(r);
}

/* -- params -------------------------------------------------------------------------------------- */

/* What a call was given of two params. */
typedef struct param_diary {
    uint32_t counts[2];
    float values[2][512];
} param_diary;

static bool write_params(void *user, const wa_process_args *args) {
    param_diary *of = user;
    for (uint32_t index = 0; index < 2; index++) {
        of->counts[index] = args->params[index].value_count;
        memcpy(of->values[index], args->params[index].values,
               args->params[index].value_count * sizeof(float));
    }
    return true;
}

static wa_node param_node(rig *r, param_diary *of) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    const wa_processor_param both[] = {
        { "level", 0.5f, 0.0f, 1.0f, WA_AUTOMATION_RATE_A },
        { "speed", 3.0f, -4.0f, 4.0f, WA_AUTOMATION_RATE_K },
    };
    desc.name = "Params";
    desc.process = write_params;
    desc.params = both;
    desc.param_count = 2;
    return node_of(r, define(r, &desc), of);
}

static void params(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .quantum_frames = 100 });
    static param_diary of;
    const wa_node node = param_node(r, &of);
    wa_param level, speed, none;
    wa_param_info info;
    assert_ok(wa_node_param_by_name(r->context, node, "level", &level));
    assert_ok(wa_node_param_by_name(r->context, node, "speed", &speed));
    assert_int_equal(level.index, 0);
    assert_int_equal(speed.index, 1);
    assert_refused(wa_node_param_by_name(r->context, node, "gain", &none), WA_ERR_INDEX_SIZE, "Params");
    assert_ok(wa_param_get_info(r->context, speed, &info));
    assert_string_equal(info.name, "speed");
    assert_true(info.value_default == 3.0f && info.value_min == -4.0f && info.value_max == 4.0f);
    assert_int_equal(info.automation_rate, WA_AUTOMATION_RATE_K);

    rig_render(r, 100);
    assert_int_equal(of.counts[0], 1);
    assert_true(of.values[0][0] == 0.5f && of.values[1][0] == 3.0f);
    assert_ok(wa_param_set_value(r->context, level, 9.0f)); /* clamped where it is used */
    rig_render(r, 100);
    assert_true(of.values[0][0] == 1.0f);

    /* A ramp: a value per frame, or the first one at k-rate. */
    assert_ok(wa_param_set_value_at_time(r->context, level, 0.0f, rig_frames_s(r, 200)));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, level, 1.0f, rig_frames_s(r, 400)));
    assert_ok(wa_param_set_value_at_time(r->context, speed, 0.0f, rig_frames_s(r, 200)));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, speed, 2.0f, rig_frames_s(r, 400)));
    rig_render(r, 200);
    assert_int_equal(of.counts[0], 100);
    assert_int_equal(of.counts[1], 1);
    double wanted[100];
    for (uint32_t i = 0; i < 100; i++) {
        wanted[i] = (100.0 + i) / 200.0;
    }
    assert_true(rig_error_db(of.values[0], wanted, 100) < -120.0);
    assert_true(fabs((double)of.values[1][0] - 1.0) < 1e-6);
    assert_ok(wa_param_set_automation_rate(r->context, speed, WA_AUTOMATION_RATE_A));
    assert_ok(wa_param_set_automation_rate(r->context, level, WA_AUTOMATION_RATE_K));
    rig_render(r, 100);
    assert_int_equal(of.counts[0], 1);
    rig_destroy(r);
}

/* Signals are summed into a param; NaN becomes its default. */
static void param_inputs(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    static param_diary of;
    const wa_node node = param_node(r, &of);
    rig_connect_param(r, rig_constant(r, 0.25f), node, 0);
    rig_connect_param(r, rig_constant(r, 0.5f), node, 1);
    rig_render(r, 128);
    assert_int_equal(of.counts[0], 128);
    assert_all(of.values[0], 0.75f, 128);
    assert_int_equal(of.counts[1], 1);
    assert_true(of.values[1][0] == 3.5f);
    rig_connect_param(r, rig_impulse(r, NAN, rig_frames_s(r, 130)), node, 0);
    rig_render(r, 128);
    for (uint32_t i = 0; i < 128; i++) {
        assert_true(of.values[0][i] == (i == 2 ? 0.5f : 0.75f));
    }
    rig_destroy(r);
}

/* Two definitions side by side: each node has the params of its own. */
static void params_are_of_the_definition(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    static param_diary first;
    diary second = { .active_calls = 100 };
    wa_processor_desc desc = diary_desc();
    wa_processor_param one = WA_PROCESSOR_PARAM_INIT;
    one.name = "level";
    one.value_default = -7.0f;
    desc.params = &one;
    desc.param_count = 1;
    const wa_node a = param_node(r, &first), b = node_of(r, define(r, &desc), &second);
    float value = 0.0f;
    assert_ok(wa_param_get_value(r->context, wa_node_param(b, 0), &value));
    assert_true(value == -7.0f);
    assert_ok(wa_param_get_value(r->context, wa_node_param(a, 0), &value));
    assert_true(value == 0.5f);
    assert_refused(wa_param_get_value(r->context, wa_node_param(b, 1), &value), WA_ERR_INDEX_SIZE,
                   "Diary has 1 params");
    rig_render(r, 128);
    assert_true(first.values[1][0] == 3.0f);
    assert_int_equal(second.call_count, 1);
    rig_destroy(r);
}

/* -- NaN, offline -------------------------------------------------------------------------------- */

static bool write_nan(void *user, const wa_process_args *args) {
    const bool is_nan = *(const uint32_t *)user == args->frame / args->frame_count;
    for (uint32_t i = 0; i < args->frame_count; i++) {
        args->outputs[0].planes[0][i] = is_nan ? (i % 2 ? NAN : INFINITY) : 0.25f;
    }
    return true;
}

/* What a callback does wrong in one quantum is heard in it, and sticks nowhere: filters, delays, spectra. */
static void nan_does_not_stick(void **state) {
    (void)state;
    uint32_t bad_quantum = 2;
    rig *r = rig_create(&(rig_desc){ .channel_count = 1 });
    wa_processor_desc desc = diary_desc();
    desc.process = write_nan;
    desc.input_count = 0;
    const wa_node node = node_of(r, define(r, &desc), &bad_quantum);
    const wa_node filter = rig_node(r, WA_NODE_TYPE_BIQUAD_FILTER, NULL);
    const wa_node delay = rig_delay(r, 0.02, 0.01), analyser = rig_node(r, WA_NODE_TYPE_ANALYSER, NULL);
    rig_connect(r, node, filter);
    rig_connect(r, filter, delay);
    rig_connect(r, delay, analyser);
    rig_connect(r, analyser, r->out);
    rig_render(r, 128 * 40);
    const float *out = rig_render(r, 1280);
    for (uint32_t i = 0; i < 1280; i++) {
        assert_true(fabs((double)out[i] - 0.25) < 1e-3); /* a lowpass of a constant */
    }
    rig_destroy(r);
}

static void offline(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 500 });
    diary of = { .active_calls = 100, .added = 0.5f };
    rig_connect(r, diary_node(r, &of), r->out);
    rig_render_offline(r, NULL, NULL);
    assert_int_equal(of.call_count, 4);
    assert_all(r->planes[0], 0.5f, 500);
    rig_destroy(r);
}

/* -- the profile --------------------------------------------------------------------------------- */

/* As much work as user says. */
static bool work(void *user, const wa_process_args *args) {
    volatile float sum = 0.0f;
    for (uint32_t i = 0; i < *(const uint32_t *)user; i++) {
        sum = sum + args->outputs[0].planes[0][i % args->frame_count];
    }
    return true;
}

/* The costly one among many of the same kind is named, and quanta that take too long are counted. */
static void cost_shows(void **state) {
    (void)state;
    uint32_t much = 200000, little = 1;
    rig *r = rig_create(&(rig_desc){ .sample_rate_hz = 768000.0f });
    wa_processor_desc desc = diary_desc();
    desc.name = "Worker";
    desc.process = work;
    const wa_processor processor = define(r, &desc);
    wa_node costly = { 0 };
    for (uint32_t i = 0; i < 10; i++) {
        const wa_node node = node_of(r, processor, i == 6 ? &much : &little);
        costly = i == 6 ? node : costly;
    }
    assert_ok(wa_profiler_set_node_timing(r->context, 1));
    for (uint32_t i = 0; i < 20; i++) { /* each callback has 167 us; the worker takes more */
        rig_render(r, 128);
    }
    wa_node_cost rows[10];
    assert_int_equal(wa_profiler_node_costs(r->context, rows, 10), 10);
    assert_int_equal(rows[0].node.id, costly.id);
    assert_string_equal(rows[0].name, "Worker");
    assert_true(rows[0].ns_per_quantum > 10.0 * rows[1].ns_per_quantum);
    assert_int_equal(rows[0].instance_quanta, 20);
    assert_int_equal(wa_profiler_type_costs(r->context, rows, 10), 3); /* destination, engine */
    assert_int_equal(rows[0].type, WA_NODE_TYPE_PROCESSOR);
    assert_string_equal(rows[0].name, "Processor");
    wa_audio_metrics metrics;
    wa_profiler_get_metrics(r->context, &metrics);
    assert_true(metrics.deadline_misses > 0);
    char *json = NULL;
    assert_ok(wa_profiler_snapshot_json(r->context, &json));
    assert_non_null(strstr(json, "\"Worker\""));
    wa_string_free(json);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_source),
        cmocka_unit_test(called_while_an_input_is_active),
        cmocka_unit_test(tail),
        cmocka_unit_test(asleep_it_is_no_input),
        cmocka_unit_test(not_connected),
        cmocka_unit_test(suspended),
        cmocka_unit_test(muted),
        cmocka_unit_test(release_modes),
        cmocka_unit_test(dynamic_channels),
        cmocka_unit_test(channels_change),
        cmocka_unit_test(several_ports),
        cmocka_unit_test(params),
        cmocka_unit_test(param_inputs),
        cmocka_unit_test(params_are_of_the_definition),
        cmocka_unit_test(nan_does_not_stick),
        cmocka_unit_test(offline),
        cmocka_unit_test(cost_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
