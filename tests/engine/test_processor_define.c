/* Definitions of processors: what is accepted, refused, copied and given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <string.h>

static bool add_half(void *user, const wa_process_args *args) {
    (void)user;
    for (uint32_t channel = 0; channel < args->outputs[0].channel_count; channel++) {
        for (uint32_t i = 0; i < args->frame_count; i++) {
            args->outputs[0].planes[channel][i] = 0.5f;
        }
    }
    return true;
}

static wa_processor_desc half_desc(void) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "Half";
    desc.process = add_half;
    return desc;
}

static wa_processor define(rig *r, const wa_processor_desc *desc) {
    wa_processor made = { 0 };
    assert_ok(wa_processor_define(r->engine, desc, &made));
    return made;
}

static wa_node node_of(rig *r, wa_processor processor) {
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = processor;
    return rig_node(r, WA_NODE_TYPE_PROCESSOR, &options);
}

/* -- definitions --------------------------------------------------------------------------------- */

static bool say_nothing(void *user, const wa_process_args *args) {
    (void)user, (void)args;
    return false;
}

static void reset_nothing(void *user, void *state, double sample_rate_hz) {
    (void)user, (void)state, (void)sample_rate_hz;
}

typedef struct desc_row {
    const char *what, *word; /* in the message */
    wa_status status;
    void (*change)(wa_processor_desc *desc);
} desc_row;

static wa_processor_param some_params[17];
static const uint32_t counts_32[32] = {
    1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
};
static const uint32_t count_0[] = { 0 }, count_33[] = { 33 };

static void as_it_is(wa_processor_desc *desc) {
    (void)desc;
}
static void set_largest(wa_processor_desc *desc) {
    desc->name = "1234567890123456789012345678901";
    desc->input_count = desc->output_count = 32;
    desc->output_channel_counts = counts_32;
    desc->param_count = 16;
    desc->state_bytes = 4096;
}
static void set_bytes(wa_processor_desc *desc) {
    desc->desc_bytes--;
}
static void no_process(wa_processor_desc *desc) {
    desc->process = NULL;
}
static void no_name(wa_processor_desc *desc) {
    desc->name = NULL;
}
static void empty_name(wa_processor_desc *desc) {
    desc->name = "";
}
static void long_name(wa_processor_desc *desc) {
    desc->name = "12345678901234567890123456789012";
}
static void strange_name(wa_processor_desc *desc) {
    desc->name = "a\nb";
}
static void no_ports(wa_processor_desc *desc) {
    desc->input_count = desc->output_count = 0;
}
static void many_inputs(wa_processor_desc *desc) {
    desc->input_count = 33;
}
static void many_outputs(wa_processor_desc *desc) {
    desc->output_count = 33;
}
static void no_channels(wa_processor_desc *desc) {
    desc->output_channel_counts = count_0;
}
static void many_channels(wa_processor_desc *desc) {
    desc->output_channel_counts = count_33;
}
static void much_state(wa_processor_desc *desc) {
    desc->state_bytes = 4097;
}
static void much_state_reset(wa_processor_desc *desc) {
    desc->state_bytes = 100000;
    desc->reset = reset_nothing;
}
static void many_params(wa_processor_desc *desc) {
    desc->param_count = 17;
}
static void null_params(wa_processor_desc *desc) {
    desc->params = NULL;
    desc->param_count = 1;
}
static void same_names(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].name = "p0";
}
static void param_name(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].name = "";
}
static void default_above(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].value_default = 2.0f;
}
static void range_upside_down(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].value_min = 1.5f;
}
static void default_nan(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].value_default = NAN;
}
static void infinite_max(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].value_max = INFINITY;
}
static void no_rate(wa_processor_desc *desc) {
    desc->param_count = 3;
    some_params[2].automation_rate = (wa_automation_rate)0;
}

static const desc_row desc_rows[] = {
    { "plain", NULL, WA_OK, as_it_is },
    { "largest", NULL, WA_OK, set_largest },
    { "much state with a reset", NULL, WA_OK, much_state_reset },
    { "desc_bytes", "desc_bytes", WA_ERR_NOT_SUPPORTED, set_bytes },
    { "no process", "process", WA_ERR_TYPE, no_process },
    { "no name", "name", WA_ERR_TYPE, no_name },
    { "empty name", "name", WA_ERR_NOT_SUPPORTED, empty_name },
    { "name of 32", "31", WA_ERR_NOT_SUPPORTED, long_name },
    { "name with a line end", "ASCII", WA_ERR_NOT_SUPPORTED, strange_name },
    { "no ports", "both", WA_ERR_NOT_SUPPORTED, no_ports },
    { "33 inputs", "input_count", WA_ERR_NOT_SUPPORTED, many_inputs },
    { "33 outputs", "output_count", WA_ERR_NOT_SUPPORTED, many_outputs },
    { "0 channels", "output_channel_counts", WA_ERR_NOT_SUPPORTED, no_channels },
    { "33 channels", "output_channel_counts[0]", WA_ERR_NOT_SUPPORTED, many_channels },
    { "much state without a reset", "reset", WA_ERR_NOT_SUPPORTED, much_state },
    { "17 params", "WA_PROCESSOR_PARAM_COUNT_MAX", WA_ERR_LIMIT, many_params },
    { "params NULL", "params", WA_ERR_TYPE, null_params },
    { "one name twice", "p0", WA_ERR_NOT_SUPPORTED, same_names },
    { "param without a name", "name", WA_ERR_NOT_SUPPORTED, param_name },
    { "default above max", "value_default", WA_ERR_INVALID_STATE, default_above },
    { "min above max", "value_default", WA_ERR_INVALID_STATE, range_upside_down },
    { "default NaN", "finite", WA_ERR_TYPE, default_nan },
    { "max infinite", "finite", WA_ERR_TYPE, infinite_max },
    { "no rate", "automation_rate", WA_ERR_TYPE, no_rate },
};

static void fill_params(void) {
    static const char *const names[17] = { "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8",
                                           "p9", "pa", "pb", "pc", "pd", "pe", "pf", "p0x" };
    for (uint32_t i = 0; i < 17; i++) {
        some_params[i] = (wa_processor_param)WA_PROCESSOR_PARAM_INIT;
        some_params[i].name = names[i];
        some_params[i].value_max = 1.0f;
    }
}

static void definitions(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    for (uint32_t row = 0; row < sizeof desc_rows / sizeof desc_rows[0]; row++) {
        wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
        wa_processor made = { 77 };
        fill_params();
        desc.name = "Row";
        desc.process = say_nothing;
        desc.params = some_params;
        desc_rows[row].change(&desc);
        const uint64_t before = rig_used_bytes(r);
        const wa_status status = wa_processor_define(r->engine, &desc, &made);
        const char *word = desc_rows[row].word;
        if (status != desc_rows[row].status ||
            (word != NULL && strstr(wa_error_message(), word) == NULL)) {
            fail_msg("%s: %s, \"%s\"", desc_rows[row].what, wa_status_name(status), wa_error_message());
        }
        if (status != WA_OK) {
            assert_int_equal(made.id, 77);
            assert_int_equal(rig_used_bytes(r), before);
        } else {
            (void)node_of(r, made);
        }
    }
    wa_processor_desc desc = half_desc();
    wa_processor made;
    assert_refused(wa_processor_define(NULL, &desc, &made), WA_ERR_TYPE, "engine");
    assert_refused(wa_processor_define(r->engine, NULL, &made), WA_ERR_TYPE, "desc");
    assert_refused(wa_processor_define(r->engine, &desc, NULL), WA_ERR_TYPE, "processor");
    rig_destroy(r); /* definitions that nobody released go with the engine */
}

/* All of it is copied: the caller's may go. */
static void definitions_are_copied(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    char name[] = "Copied", param_name_of[] = "level";
    uint32_t counts[] = { 2 };
    wa_processor_param param = WA_PROCESSOR_PARAM_INIT;
    wa_processor_desc desc = half_desc();
    param.name = param_name_of;
    desc.name = name;
    desc.params = &param;
    desc.param_count = 1;
    desc.output_channel_counts = counts;
    const wa_processor processor = define(r, &desc);
    memset(name, '?', 6);
    memset(param_name_of, '?', 5);
    counts[0] = 99;
    param.value_max = -1.0f;
    const wa_node node = node_of(r, processor);
    wa_node_info info;
    wa_param found;
    assert_ok(wa_node_get_info(r->context, node, &info));
    assert_string_equal(info.type_name, "Copied");
    assert_int_equal(info.type, WA_NODE_TYPE_PROCESSOR);
    assert_int_equal(info.input_count, 1);
    assert_int_equal(info.output_count, 1);
    assert_int_equal(info.param_count, 1);
    assert_int_equal(info.channel_count, 2);
    assert_int_equal(info.channel_count_mode, WA_CHANNEL_COUNT_MODE_MAX);
    assert_ok(wa_node_param_by_name(r->context, node, "level", &found));
    rig_connect(r, node, r->out);
    rig_render(r, 256);
    assert_all(r->planes[1], 0.5f, 256);
    rig_destroy(r);
}

static void handles(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_engine *other = NULL;
    wa_processor_desc desc = half_desc();
    wa_processor foreign;
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    wa_node node = { 0 };
    void *user = NULL;
    assert_ok(wa_engine_create(NULL, &other));
    assert_ok(wa_processor_define(other, &desc, &foreign));
    const wa_processor processor = define(r, &desc);
    const wa_buffer buffer = rig_buffer(r, 1, 8);
    wa_context *c = r->context;

    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, NULL, &node), WA_ERR_INVALID_STATE,
                   "options.processor");
    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_INVALID_STATE,
                   "wa_processor_define");
    options.processor = foreign;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_FOREIGN_HANDLE,
                   "options.processor");
    options.processor.id = buffer.id;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_WRONG_TYPE,
                   "buffer");
    options.processor = processor;
    options.node.options_bytes--;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_NOT_SUPPORTED,
                   "options_bytes");
    options.node.options_bytes++;
    options.node.channel_count = 33;
    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_NOT_SUPPORTED,
                   "channel_count");
    options.node.channel_count = 0;
    assert_int_equal(rig_node_count(r), 1);
    assert_ok(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node));

    assert_ok(wa_processor_release(r->engine, processor));
    assert_refused(wa_processor_release(r->engine, processor), WA_ERR_STALE_HANDLE, "processor");
    assert_refused(wa_processor_release(NULL, processor), WA_ERR_TYPE, "engine");
    assert_refused(wa_processor_release(r->engine, foreign), WA_ERR_FOREIGN_HANDLE, "processor");
    assert_refused(wa_node_create(c, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_STALE_HANDLE,
                   "options.processor");
    const wa_node gain = rig_gain(r, 1.0f);
    assert_refused(wa_processor_set_user(c, gain, &user), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_processor_get_user(c, gain, &user), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_processor_get_user(c, node, NULL), WA_ERR_TYPE, "user");
    assert_refused(wa_processor_set_user(NULL, node, &user), WA_ERR_TYPE, "context");
    assert_ok(wa_buffer_release(r->engine, buffer));
    assert_ok(wa_engine_destroy(other));
    rig_destroy(r);
}

/* A definition lives as long as its last node, and all memory comes back. */
static void memory(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_processor_desc desc = half_desc();
    desc.state_bytes = 50000;
    desc.reset = reset_nothing;
    for (uint32_t round = 0; round < 3; round++) {
        static uint64_t before;
        if (round == 1) {
            before = rig_used_bytes(r);
        }
        const wa_processor processor = define(r, &desc);
        const wa_node node = node_of(r, processor);
        assert_ok(wa_processor_release(r->engine, processor));
        rig_connect(r, node, r->out);
        assert_all(rig_render(r, 256), 0.5f, 256);
        wa_node_info info;
        assert_ok(wa_node_get_info(r->context, node, &info));
        assert_string_equal(info.type_name, "Half");
        rig_release(r, node, WA_RELEASE_NOW);
        rig_render(r, 256);
        (void)rig_poll(r, WA_EVENT_ENDED);
        assert_true(round == 0 || rig_used_bytes(r) == before);
    }
    rig_destroy(r);
}

static void over_budget(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .budget_bytes = 1500000 });
    wa_processor_desc desc = half_desc();
    desc.state_bytes = 2000000;
    desc.reset = reset_nothing;
    const wa_processor processor = define(r, &desc);
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    wa_node node;
    options.processor = processor;
    const uint64_t before = rig_used_bytes(r);
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_PROCESSOR, &options, &node), WA_ERR_BUDGET,
                   "node");
    assert_int_equal(rig_node_count(r), 1);
    assert_true(rig_used_bytes(r) - before < 70000); /* at most slabs that the attempt made */
    wa_engine_seal(r->engine, true);
    assert_refused(wa_processor_define(r->engine, &desc, &options.processor), WA_ERR_SEALED, NULL);
    wa_engine_seal(r->engine, false);
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions), cmocka_unit_test(definitions_are_copied),
        cmocka_unit_test(handles),     cmocka_unit_test(memory),
        cmocka_unit_test(over_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
