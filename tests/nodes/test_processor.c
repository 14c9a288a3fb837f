/* What a processor's callback is given, and what becomes of what it gives: ports, zeros, params, clock,
 * state, as in Web Audio 1.1, "AudioWorkletProcessor". One definition at a time on the harness, which fills
 * with NaN whatever the contract leaves undefined. Life in a graph is in tests/engine/test_processor.c. */
#include "harness.h"
#include "memory/processors.h"
#include "nodes/processor.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* The engine that holds definitions, and the harness of a node of one. */
typedef struct stage {
    wa_engine *engine;
    wa_resource *resource;
    harness *node;
} stage;

static stage stage_make(const wa_processor_desc *desc, const harness_desc *harness_wanted, void *user) {
    stage made = { 0 };
    wa_processor processor = { 0 };
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    harness_desc wanted = *harness_wanted;
    assert_int_equal(wa_engine_create(NULL, &made.engine), WA_OK);
    assert_int_equal(wa_processor_define(made.engine, desc, &processor), WA_OK);
    assert_int_equal(processor_resolve(made.engine, processor, "processor", &made.resource), WA_OK);
    options.processor = processor;
    options.user = user;
    wanted.options = &options;
    wanted.resource = made.resource;
    made.node = harness_create(&((wa_processor_data *)made.resource)->class, &wanted);
    return made;
}

static void stage_free(stage *of) {
    harness_destroy(of->node);
    assert_int_equal(wa_engine_destroy(of->engine), WA_OK);
}

/* What the last call was given, copied out of it. */
typedef struct seen {
    uint32_t call_count, reset_count;
    uint32_t input_count, output_count, param_count, frame_count;
    uint32_t input_channels[32], output_channels[32], value_counts[16];
    float first_values[16], last_values[16], first_input;
    uint64_t frame;
    double time_s, sample_rate_hz, reset_rate_hz;
    void *state;
    bool is_all_zero; /* every output */
    bool answer;      /* what to return */
} seen;

static bool look(void *user, const wa_process_args *args) {
    seen *of = user;
    of->call_count++;
    of->input_count = args->input_count;
    of->output_count = args->output_count;
    of->param_count = args->param_count;
    of->frame_count = args->frame_count;
    of->frame = args->frame;
    of->time_s = args->time_s;
    of->sample_rate_hz = args->sample_rate_hz;
    of->state = args->state;
    of->is_all_zero = true;
    for (uint32_t i = 0; i < args->input_count; i++) {
        of->input_channels[i] = args->inputs[i].channel_count;
        of->first_input = args->inputs[i].channel_count > 0 ? args->inputs[i].planes[0][0] : -1.0f;
    }
    for (uint32_t i = 0; i < args->output_count; i++) {
        of->output_channels[i] = args->outputs[i].channel_count;
        for (uint32_t channel = 0; channel < args->outputs[i].channel_count; channel++) {
            for (uint32_t frame = 0; frame < args->frame_count; frame++) {
                of->is_all_zero &= args->outputs[i].planes[channel][frame] == 0.0f;
                args->outputs[i].planes[channel][frame] = (float)(100 * i + channel);
            }
        }
    }
    for (uint32_t i = 0; i < args->param_count; i++) {
        of->value_counts[i] = args->params[i].value_count;
        of->first_values[i] = args->params[i].values[0];
        of->last_values[i] = args->params[i].values[args->params[i].value_count - 1];
    }
    return of->answer;
}

static wa_processor_desc looking(void) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "Looking";
    desc.process = look;
    return desc;
}

/* -- ports -------------------------------------------------------------------------------------- */

typedef struct port_row {
    const char *what;
    uint32_t input_count, output_count;
    const uint32_t *counts;
    uint32_t input_channels; /* of every input; 0: none is active */
    uint32_t wanted[3];      /* of the outputs */
} port_row;

static void ports(void **state) {
    (void)state;
    static const uint32_t six[] = { 6 }, three[] = { 2, 32, 1 };
    const port_row rows[] = {
        { "one to one, mono", 1, 1, NULL, 1, { 1 } },
        { "one to one follows its input", 1, 1, NULL, 5, { 5 } },
        { "one to one, inactive", 1, 1, NULL, 0, { 1 } },
        { "one to one, fixed", 1, 1, six, 2, { 6 } },
        { "one to one, fixed and inactive", 1, 1, six, 0, { 6 } },
        { "a source", 0, 1, NULL, 0, { 1 } },
        { "a wide source", 0, 1, six, 0, { 6 } },
        { "a sink", 1, 0, NULL, 2, { 0 } },
        { "two to one does not follow", 2, 1, NULL, 4, { 1 } },
        { "one to three", 1, 3, three, 2, { 2, 32, 1 } },
        { "one to three, by default", 1, 3, NULL, 2, { 1, 1, 1 } },
        { "as many as there may be", 32, 3, three, 1, { 2, 32, 1 } },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        seen of = { 0 };
        wa_processor_desc desc = looking();
        desc.input_count = rows[row].input_count;
        desc.output_count = rows[row].output_count;
        desc.output_channel_counts = rows[row].counts;
        stage at = stage_make(&desc, &(harness_desc){ 0 }, &of);
        for (uint32_t i = 0; i < rows[row].input_count && rows[row].input_channels > 0; i++) {
            float *const *planes = harness_input(at.node, i, rows[row].input_channels);
            for (uint32_t channel = 0; channel < rows[row].input_channels; channel++) {
                harness_noise(i + channel, planes[channel], 128);
            }
        }
        harness_render(at.node);
        if (of.call_count != 1 || of.input_count != rows[row].input_count ||
            of.output_count != rows[row].output_count || !of.is_all_zero || of.frame_count != 128) {
            fail_msg("%s: wrong ports, or outputs that are not zero", rows[row].what);
        }
        for (uint32_t i = 0; i < of.input_count; i++) {
            assert_int_equal(of.input_channels[i], rows[row].input_channels);
        }
        for (uint32_t i = 0; i < of.output_count; i++) {
            if (of.output_channels[i] != rows[row].wanted[i]) {
                fail_msg("%s: output %u has %u channels", rows[row].what, i, of.output_channels[i]);
            }
            assert_int_equal(at.node->outputs[i].channel_count, rows[row].wanted[i]);
            for (uint32_t channel = 0; channel < of.output_channels[i]; channel++) {
                assert_true(at.node->outputs[i].planes[channel][127] == (float)(100 * i + channel));
            }
        }
        stage_free(&at);
    }
}

/* Connected, active, and silent all the same: that is not the same as nothing. */
static void a_silent_input(void **state) {
    (void)state;
    seen of = { 0 };
    const wa_processor_desc desc = looking();
    stage at = stage_make(&desc, &(harness_desc){ 0 }, &of);
    harness_input_silent(at.node, 0, 2);
    harness_render(at.node);
    assert_int_equal(of.input_channels[0], 2);
    assert_true(of.first_input == 0.0f);
    stage_free(&at);
}

static void answers(void **state) {
    (void)state;
    seen of = { 0 };
    const wa_processor_desc desc = looking();
    stage at = stage_make(&desc, &(harness_desc){ 0 }, &of);
    for (uint32_t i = 0; i < 4; i++) {
        of.answer = i % 2 == 1;
        harness_render(at.node);
        assert_int_equal(at.node->instance.has_tail, i % 2 == 1);
        assert_false(at.node->instance.has_ended);
    }
    stage_free(&at);
}

/* -- the clock ---------------------------------------------------------------------------------- */

static void clocks(void **state) {
    (void)state;
    const uint32_t quanta[] = { 1, 100, 128, 441, 4096 };
    const double rates[] = { 3000.0, 44100.0, 768000.0 };
    for (uint32_t row = 0; row < 5; row++) {
        for (uint32_t column = 0; column < 3; column++) {
            seen of = { 0 };
            const wa_processor_desc desc = looking();
            stage at = stage_make(
                &desc,
                &(harness_desc){ .quantum_frames = quanta[row], .sample_rate_hz = rates[column] }, &of);
            harness_render(at.node);
            assert_true(of.frame == 0 && of.time_s == 0.0);
            harness_sleep(at.node, 5);
            harness_render(at.node);
            assert_int_equal(of.frame, 6 * quanta[row]);
            assert_int_equal(of.frame_count, quanta[row]);
            assert_true(of.time_s == 6.0 * quanta[row] / rates[column]);
            assert_true(of.sample_rate_hz == rates[column]);
            stage_free(&at);
        }
    }
}

/* -- params ------------------------------------------------------------------------------------- */

static void params(void **state) {
    (void)state;
    seen of = { 0 };
    wa_processor_desc desc = looking();
    const wa_processor_param wanted[] = {
        { "depth", 0.25f, 0.0f, 1.0f, WA_AUTOMATION_RATE_A },
        { "speed", 7.0f, -10.0f, 10.0f, WA_AUTOMATION_RATE_K },
    };
    desc.params = wanted;
    desc.param_count = 2;
    stage at = stage_make(&desc, &(harness_desc){ .quantum_frames = 100 }, &of);
    harness_render(at.node);
    assert_int_equal(of.param_count, 2);
    assert_int_equal(of.value_counts[0], 1);
    assert_true(of.first_values[0] == 0.25f && of.first_values[1] == 7.0f);
    float *row = harness_param_rate(at.node, 0);
    for (uint32_t frame = 0; frame < 100; frame++) {
        row[frame] = (float)frame / 100.0f;
    }
    harness_render(at.node);
    assert_int_equal(of.value_counts[0], 100);
    assert_int_equal(of.value_counts[1], 1);
    assert_true(of.first_values[0] == 0.0f && of.last_values[0] == 0.99f);
    stage_free(&at);
}

/* -- state -------------------------------------------------------------------------------------- */

typedef struct counter {
    uint64_t calls;
    double sum;
} counter;

static bool count_calls(void *user, const wa_process_args *args) {
    counter *of = args->state;
    assert_true((uintptr_t)of % 16 == 0);
    of->calls++;
    of->sum += 0.5;
    *(counter *)user = *of;
    return false;
}

static void reset_counter(void *user, void *state, double sample_rate_hz) {
    (void)user;
    ((counter *)state)->calls = 1000;
    ((counter *)state)->sum = sample_rate_hz;
}

/* Its own for each node, zeroed or reset whenever a life begins. */
static void states(void **state) {
    (void)state;
    for (uint32_t has_reset = 0; has_reset < 2; has_reset++) {
        counter now = { 0 };
        wa_processor_desc desc = looking();
        desc.process = count_calls;
        desc.reset = has_reset != 0 ? reset_counter : NULL;
        desc.state_bytes = sizeof(counter);
        stage at = stage_make(&desc, &(harness_desc){ .sample_rate_hz = 8000.0 }, &now);
        for (uint32_t life = 0; life < 3; life++) {
            for (uint32_t i = 1; i <= 3; i++) {
                harness_render(at.node);
                assert_int_equal(now.calls, (has_reset != 0 ? 1000 : 0) + i);
                assert_true(now.sum == (has_reset != 0 ? 8000.0 : 0.0) + 0.5 * i);
            }
            harness_reset(at.node);
        }
        stage_free(&at);
    }
}

static void count_reset(void *user, void *state, double sample_rate_hz) {
    seen *of = user;
    of->reset_count++;
    of->state = state;
    of->reset_rate_hz = sample_rate_hz;
}

/* Without state there is still something to reset: the user data. */
static void no_state(void **state) {
    (void)state;
    seen of = { .state = &of };
    wa_processor_desc desc = looking();
    desc.reset = count_reset;
    stage at = stage_make(&desc, &(harness_desc){ .sample_rate_hz = 22050.0 }, &of);
    assert_int_equal(of.reset_count, 1);
    assert_null(of.state);
    assert_true(of.reset_rate_hz == 22050.0);
    of.state = &of;
    harness_render(at.node);
    assert_null(of.state);
    stage_free(&at);
}

/* -- options ------------------------------------------------------------------------------------ */

static void options(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    wa_processor processor = { 0 };
    wa_resource *resource = NULL;
    wa_processor_desc desc = looking();
    const wa_processor_param two[] = {
        { "a", 1.0f, 0.0f, 2.0f, WA_AUTOMATION_RATE_A },
        { "b", -1.0f, -2.0f, 2.0f, WA_AUTOMATION_RATE_A },
    };
    desc.params = two;
    desc.param_count = 2;
    assert_int_equal(wa_engine_create(NULL, &engine), WA_OK);
    assert_int_equal(wa_processor_define(engine, &desc, &processor), WA_OK);
    assert_int_equal(processor_resolve(engine, processor, "processor", &resource), WA_OK);
    const wa_node_class *class = &((wa_processor_data *)resource)->class;
    const wa_class_env env = { .sample_rate_hz = 48000.0, .quantum_frames = 128, .resource = resource };
    const wa_class_env bare = { .sample_rate_hz = 48000.0, .quantum_frames = 128 };
    wa_processor_options wanted = WA_PROCESSOR_OPTIONS_INIT;
    float values[WA_PARAM_COUNT_MAX];

    assert_int_equal(harness_configure(class, &wanted, &env, values), WA_OK);
    assert_true(values[0] == 1.0f && values[1] == -1.0f);
    wanted.param_value_count = 1;
    wanted.param_values[0] = 0.5f;
    assert_int_equal(harness_configure(class, &wanted, &env, values), WA_OK);
    assert_true(values[0] == 0.5f && values[1] == -1.0f);
    wanted.param_value_count = 2;
    wanted.param_values[1] = 99.0f; /* clamped where it is used, as values are */
    assert_int_equal(harness_configure(class, &wanted, &env, values), WA_OK);
    assert_true(values[1] == 99.0f);
    wanted.param_values[1] = NAN;
    assert_int_equal(harness_configure(class, &wanted, &env, NULL), WA_ERR_TYPE);
    assert_non_null(strstr(wa_error_message(), "param_values"));
    wanted.param_value_count = 3;
    assert_int_equal(harness_configure(class, &wanted, &env, NULL), WA_ERR_INDEX_SIZE);
    assert_non_null(strstr(wa_error_message(), "param_value_count"));
    assert_int_equal(harness_configure(class, &wanted, &bare, NULL), WA_ERR_INVALID_STATE);
    assert_int_equal(harness_configure(class, NULL, &bare, NULL), WA_ERR_INVALID_STATE);
    assert_non_null(strstr(wa_error_message(), "options.processor"));
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports),    cmocka_unit_test(a_silent_input), cmocka_unit_test(answers),
        cmocka_unit_test(clocks),   cmocka_unit_test(params),         cmocka_unit_test(states),
        cmocka_unit_test(no_state), cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
