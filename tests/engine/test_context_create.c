/* Every field of wa_context_desc: at each limit it works and can be read back, one past it is refused by name,
 * and a refused call takes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "rig.h"

/* -- contexts ----------------------------------------------------------------------------------- */

typedef enum field { BYTES, KIND, RATE, CHANNELS, QUANTUM, LENGTH, INPUTS, HINT, NODES } field;

static const char *const field_names[] = {
    [BYTES] = "desc_bytes",           [KIND] = "kind",
    [RATE] = "sample_rate_hz",        [CHANNELS] = "channel_count",
    [QUANTUM] = "quantum_frames",     [LENGTH] = "length_frames",
    [INPUTS] = "input_channel_count", [HINT] = "latency_hint_s",
    [NODES] = "node_count_max",
};

enum { OFFLINE = 1, REALTIME = 2, EMBEDDED = 4, ALL = 7 }; /* kinds that the row is about */

typedef struct row {
    field changed;
    double value;
    float rate_hz; /* 0: 48000 */
    uint32_t kinds;
    wa_status status;
} row;

#define LEGAL(field, value)                                                                            \
    { field, value, 0.0f, ALL, WA_OK }
#define REFUSED(field, value)                                                                          \
    { field, value, 0.0f, ALL, WA_ERR_NOT_SUPPORTED }

static const row rows[] = {
    LEGAL(BYTES, sizeof(wa_context_desc)),
    REFUSED(BYTES, 0),
    REFUSED(BYTES, sizeof(wa_context_desc) - 1),
    REFUSED(BYTES, sizeof(wa_context_desc) + 1),
    REFUSED(BYTES, UINT32_MAX),
    { KIND, 0, 0.0f, OFFLINE, WA_ERR_NOT_SUPPORTED },
    { KIND, 4, 0.0f, OFFLINE, WA_ERR_NOT_SUPPORTED },
    { KIND, -1, 0.0f, OFFLINE, WA_ERR_NOT_SUPPORTED },
    LEGAL(RATE, 3000),
    LEGAL(RATE, 44100),
    LEGAL(RATE, 11025.5),
    LEGAL(RATE, 768000),
    REFUSED(RATE, 2999),
    REFUSED(RATE, 768001),
    REFUSED(RATE, -48000),
    REFUSED(RATE, (double)NAN),
    REFUSED(RATE, (double)INFINITY),
    { RATE, 0, 0.0f, OFFLINE | EMBEDDED, WA_ERR_NOT_SUPPORTED },
    { RATE, 0, 0.0f, REALTIME, WA_OK }, /* the device's own */
    LEGAL(CHANNELS, 1),
    LEGAL(CHANNELS, 3),
    LEGAL(CHANNELS, 32),
    REFUSED(CHANNELS, 0),
    REFUSED(CHANNELS, 33),
    REFUSED(CHANNELS, UINT32_MAX),
    LEGAL(QUANTUM, 1),
    LEGAL(QUANTUM, 100),
    LEGAL(QUANTUM, 128),
    LEGAL(QUANTUM, 441),
    LEGAL(QUANTUM, 4096),
    { QUANTUM, 0, 0.0f, EMBEDDED, WA_ERR_NOT_SUPPORTED }, /* WA_QUANTUM_HARDWARE */
    REFUSED(QUANTUM, UINT32_MAX),
    { QUANTUM, 6 * 3000, 3000.0f, ALL, WA_OK },
    { QUANTUM, 6 * 3000 + 1, 3000.0f, ALL, WA_ERR_NOT_SUPPORTED },
    { QUANTUM, 6 * 44100 + 1, 44100.0f, ALL, WA_ERR_NOT_SUPPORTED },
    { QUANTUM, 6 * 768000 + 1, 768000.0f, ALL, WA_ERR_NOT_SUPPORTED },
    { LENGTH, 0, 0.0f, OFFLINE, WA_OK },
    { LENGTH, 1, 0.0f, OFFLINE, WA_OK },
    { LENGTH, 0x1p63, 0.0f, OFFLINE, WA_OK }, /* streamed: nobody keeps it */
    LEGAL(INPUTS, 0),
    { INPUTS, 1, 0.0f, EMBEDDED | REALTIME, WA_OK },
    { INPUTS, 32, 0.0f, EMBEDDED | REALTIME, WA_OK },
    { INPUTS, 33, 0.0f, EMBEDDED | REALTIME, WA_ERR_NOT_SUPPORTED },
    { INPUTS, 1, 0.0f, OFFLINE, WA_ERR_NOT_SUPPORTED },
    LEGAL(HINT, 0),
    LEGAL(HINT, 0.02),
    LEGAL(HINT, 10),
    REFUSED(HINT, 10.001),
    REFUSED(HINT, -0.001),
    REFUSED(HINT, (double)NAN),
    REFUSED(HINT, (double)INFINITY),
    LEGAL(NODES, 1),
    LEGAL(NODES, 1 << 24),
    REFUSED(NODES, 0),
    REFUSED(NODES, (1 << 24) + 1),
    REFUSED(NODES, UINT32_MAX),
};

static wa_context_desc desc_of_kind(wa_context_kind kind, float rate_hz) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = kind;
    desc.sample_rate_hz = rate_hz > 0.0f ? rate_hz : 48000.0f;
    desc.device_backend = "null";
    return desc;
}

static void change(wa_context_desc *desc, field changed, double value) {
    switch (changed) {
    case BYTES:
        desc->desc_bytes = (uint32_t)value;
        break;
    case KIND: {
        const int32_t kind = (int32_t)value;
        memcpy(&desc->kind, &kind, sizeof kind);
        break;
    }
    case RATE:
        desc->sample_rate_hz = (float)value;
        break;
    case CHANNELS:
        desc->channel_count = (uint32_t)value;
        break;
    case QUANTUM:
        desc->quantum_frames = (uint32_t)value;
        break;
    case LENGTH:
        desc->length_frames = (uint64_t)value;
        break;
    case INPUTS:
        desc->input_channel_count = (uint32_t)value;
        break;
    case HINT:
        desc->latency_hint_s = value;
        break;
    case NODES:
        desc->node_count_max = (uint32_t)value;
        break;
    }
}

static wa_memory_stats stats_of(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats;
}

static void assert_nothing_taken(const wa_engine *engine, const wa_memory_stats *before) {
    const wa_memory_stats after = stats_of(engine);
    assert_int_equal(after.used_bytes, before->used_bytes);
    for (uint32_t category = 0; category < WA_MEMORY_CATEGORY_COUNT; category++) {
        assert_int_equal(after.category_bytes[category], before->category_bytes[category]);
    }
}

static void check_as_asked(const wa_context *context, const wa_context_desc *desc, wa_engine *engine) {
    assert_ptr_equal(wa_context_engine(context), engine);
    assert_int_equal(wa_context_get_state(context), WA_CONTEXT_SUSPENDED);
    assert_int_equal(wa_context_channel_count(context), desc->channel_count);
    assert_int_equal(wa_context_quantum_frames(context), desc->quantum_frames);
    const float rate = desc->sample_rate_hz > 0.0f ? desc->sample_rate_hz : 48000.0f;
    assert_true(wa_context_sample_rate_hz(context) == rate);
    assert_int_equal(wa_context_current_frame(context), 0);
    assert_true(wa_context_current_time_s(context) == 0.0);
    wa_node_info info;
    assert_ok(wa_node_get_info(context, wa_context_destination(context), &info));
    assert_string_equal(info.type_name, "AudioDestination");
    assert_int_equal(info.channel_count, desc->channel_count);
}

static bool is_half(void *user, const float *const *planes, uint32_t channel_count,
                    uint32_t frame_count) {
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        assert_all(planes[channel], channel < 2 ? 0.5f : 0.0f, frame_count);
    }
    *(uint64_t *)user += frame_count;
    return *(uint64_t *)user < 100;
}

/* It is not only made, it plays: a mono source, up-mixed by the speaker rules for mono and stereo. */
static void check_plays(wa_context *context, const wa_context_desc *desc) {
    if (desc->channel_count > 3 || desc->node_count_max < 2) {
        return;
    }
    wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
    options.offset = 0.5f;
    wa_node source = { 0 };
    assert_ok(wa_node_create(context, WA_NODE_TYPE_CONSTANT_SOURCE, &options, &source));
    assert_ok(wa_node_set_channel_interpretation(context, wa_context_destination(context),
                                                 desc->channel_count > 2
                                                     ? WA_CHANNEL_INTERPRETATION_DISCRETE
                                                     : WA_CHANNEL_INTERPRETATION_SPEAKERS));
    assert_ok(wa_node_connect(context, source, wa_context_destination(context)));
    assert_ok(wa_source_start(context, source, 0.0));
    if (desc->kind == WA_CONTEXT_OFFLINE && desc->channel_count < 3) {
        uint64_t heard_frames = 0;
        wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
        offline.on_block = is_half;
        offline.user = &heard_frames;
        assert_ok(wa_offline_render(context, &offline));
        assert_true(heard_frames >= (desc->length_frames == 1 ? 1 : 100));
    } else if (desc->kind == WA_CONTEXT_EMBEDDED && desc->channel_count < 3) {
        float planes[2][128];
        float *outputs[2] = { planes[0], planes[1] };
        const wa_render_desc render = { sizeof render, NULL, outputs, 128, 0.0 };
        assert_ok(wa_context_resume(context));
        assert_ok(wa_context_render(context, &render));
        uint64_t heard_frames = 0;
        (void)is_half(&heard_frames, (const float *const *)outputs, desc->channel_count, 128);
    }
}

static void check_row(wa_engine *engine, const row *of, wa_context_kind kind) {
    wa_context_desc desc = desc_of_kind(kind, of->rate_hz);
    change(&desc, of->changed, of->value);
    const wa_memory_stats before = stats_of(engine);
    wa_context *const untouched = (wa_context *)(uintptr_t)64;
    wa_context *context = untouched;
    const wa_status status = wa_context_create(engine, &desc, &context);
    if (status != of->status) {
        fail_msg("kind %d, %s %g: %s, %s", (int)kind, field_names[of->changed], of->value,
                 wa_status_name(status), wa_error_message());
    }
    if (status != WA_OK) {
        assert_non_null(strstr(wa_error_message(), field_names[of->changed]));
        assert_ptr_equal(context, untouched);
        assert_nothing_taken(engine, &before);
        return;
    }
    check_as_asked(context, &desc, engine);
    check_plays(context, &desc);
    assert_ok(wa_context_destroy(context));
}

static void test_each_field(void **state) {
    (void)state;
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        wa_engine *engine = NULL;
        assert_ok(wa_engine_create(NULL, &engine));
        for (wa_context_kind kind = WA_CONTEXT_OFFLINE; kind <= WA_CONTEXT_EMBEDDED; kind++) {
            if ((rows[index].kinds & 1u << (kind - 1)) != 0) {
                check_row(engine, &rows[index], kind);
            }
        }
        assert_ok(wa_engine_destroy(engine)); /* BUSY if a refused context were still counted */
    }
}

static void test_null_arguments(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    const wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    assert_ok(wa_engine_create(NULL, &engine));
    assert_refused(wa_context_create(NULL, &desc, &context), WA_ERR_TYPE, "engine");
    assert_refused(wa_context_create(engine, &desc, NULL), WA_ERR_TYPE, "context");
    assert_ok(wa_context_create(engine, NULL, &context)); /* the defaults */
    check_as_asked(context, &desc, engine);
    assert_refused(wa_context_resume(context), WA_ERR_INVALID_STATE, "offline");
    assert_ok(wa_context_destroy(context));
    assert_ok(wa_context_destroy(NULL));
    assert_ok(wa_engine_destroy(engine));
}

/* The destination and a delay's writer count: memory is what is limited. */
static void test_node_count_max(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.node_count_max = 4;
    assert_ok(wa_engine_create(NULL, &engine));
    assert_ok(wa_context_create(engine, &desc, &context));
    wa_node nodes[3], more = { 7 };
    for (uint32_t index = 0; index < 3; index++) {
        assert_ok(wa_node_create(context, index == 0 ? WA_NODE_TYPE_DELAY : WA_NODE_TYPE_GAIN, NULL,
                                 &nodes[index]));
    }
    const wa_memory_stats before = stats_of(engine);
    assert_refused(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &more), WA_ERR_LIMIT,
                   "node_count_max is 4");
    assert_int_equal(more.id, 7);
    assert_nothing_taken(engine, &before);
    assert_ok(wa_node_connect(context, nodes[0], nodes[1]));
    assert_refused(wa_node_connect(context, nodes[1], nodes[0]), WA_ERR_LIMIT, "node_count_max is 4");
    assert_refused(wa_node_disconnect_node(context, nodes[1], nodes[0]), WA_ERR_INVALID_ACCESS,
                   "not connected");
    assert_ok(wa_node_release(context, nodes[2], NULL)); /* suspended: gone at once */
    assert_ok(wa_node_connect(context, nodes[1], nodes[0]));
    assert_refused(wa_node_create(context, WA_NODE_TYPE_GAIN, NULL, &more), WA_ERR_LIMIT,
                   "node_count_max is 4");
    assert_ok(wa_context_destroy(context));
    assert_ok(wa_engine_destroy(engine));
}

/* -- devices ------------------------------------------------------------------------------------ */

typedef struct device_row {
    const char *backend, *id, *word;
    wa_status status;
} device_row;

static const device_row device_rows[] = {
    { "null", NULL, NULL, WA_OK },
    { "null", "null", NULL, WA_OK },
    { "null", "loudspeaker", "loudspeaker", WA_ERR_DEVICE },
    { "", NULL, "device_backend \"\"", WA_ERR_DEVICE },
    { "Null", NULL, "device_backend \"Null\"", WA_ERR_DEVICE },
    { "oss", NULL, "device_backend \"oss\"", WA_ERR_DEVICE },
    { "file", NULL, "path", WA_ERR_DEVICE },
    { "file", "/no/such/folder/out.wav", "/no/such/folder/out.wav", WA_ERR_IO },
};

static void test_devices(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    for (size_t index = 0; index < sizeof device_rows / sizeof device_rows[0]; index++) {
        const device_row *of = &device_rows[index];
        wa_context_desc desc = desc_of_kind(WA_CONTEXT_REALTIME, 0.0f);
        desc.device_backend = of->backend;
        desc.device_id = of->id;
        wa_context *context = NULL;
        const wa_memory_stats before = stats_of(engine);
        if (of->status == WA_OK) {
            wa_device_info info;
            assert_ok(wa_context_create(engine, &desc, &context));
            assert_ok(wa_context_get_device(context, &info));
            assert_string_equal(info.backend, of->backend);
            assert_ok(wa_context_destroy(context));
        } else {
            assert_refused(wa_context_create(engine, &desc, &context), of->status, of->word);
            assert_null(context);
            assert_nothing_taken(engine, &before);
        }
    }
    assert_ok(wa_engine_destroy(engine));
}

/* Whole quanta, at least one, nearest to the hint. */
typedef struct hint_row {
    double hint_s;
    uint32_t quantum_frames, callback_frames;
} hint_row;

static const hint_row hint_rows[] = {
    { 0.0, 128, 128 }, { 0.001, 128, 128 },  { 0.01, 128, 512 },   { 0.02, 441, 882 },
    { 0.1, 1, 4800 },  { 0.5, 4096, 24576 }, { 10.0, 100, 48000 }, { 0.001, 48000, 48000 },
};

static void test_latency_hint(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    for (size_t index = 0; index < sizeof hint_rows / sizeof hint_rows[0]; index++) {
        wa_context_desc desc = desc_of_kind(WA_CONTEXT_REALTIME, 48000.0f);
        desc.latency_hint_s = hint_rows[index].hint_s;
        desc.quantum_frames = hint_rows[index].quantum_frames;
        wa_context *context = NULL;
        assert_ok(wa_context_create(engine, &desc, &context));
        assert_true(wa_context_base_latency_s(context) == 0.0);
        assert_true(wa_context_output_latency_s(context) == hint_rows[index].callback_frames / 48000.0);
        assert_ok(wa_context_destroy(context));
    }
    assert_ok(wa_engine_destroy(engine));
}

/* The quantum is judged by the rate that the device turns out to have. */
static void test_quantum_at_the_rate_of_the_device(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    wa_context_desc desc = desc_of_kind(WA_CONTEXT_REALTIME, 0.0f);
    desc.sample_rate_hz = 0.0f;
    static const uint32_t legal[] = { 18000, 18001, 48000 };
    for (uint32_t index = 0; index < 3; index++) {
        wa_context *context = NULL;
        desc.quantum_frames = legal[index];
        assert_ok(wa_context_create(engine, &desc, &context));
        check_as_asked(context, &desc, engine);
        assert_ok(wa_context_destroy(context));
    }
    static const uint32_t refused[] = { 6 * 48000 + 1, 6 * 768000 + 1, UINT32_MAX };
    for (uint32_t index = 0; index < 3; index++) {
        wa_context *context = NULL;
        (void)wa_engine_trim(engine, 0);
        const wa_memory_stats before = stats_of(engine);
        desc.quantum_frames = refused[index];
        assert_refused(wa_context_create(engine, &desc, &context), WA_ERR_NOT_SUPPORTED,
                       "quantum_frames");
        assert_null(context);
        (void)wa_engine_trim(engine, 0);
        assert_nothing_taken(engine, &before);
    }
    assert_ok(wa_engine_destroy(engine));
}

/* -- budget and seal ---------------------------------------------------------------------------- */

/* The largest quantum of a common rate does not fit in the default budget, and says so. */
static void test_large_quantum_over_budget(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    for (wa_context_kind kind = WA_CONTEXT_OFFLINE; kind <= WA_CONTEXT_EMBEDDED; kind++) {
        wa_context_desc desc = desc_of_kind(kind, 768000.0f);
        desc.quantum_frames = 6 * 768000;
        wa_context *context = NULL;
        const wa_memory_stats before = stats_of(engine);
        assert_refused(wa_context_create(engine, &desc, &context), WA_ERR_BUDGET, "over the budget");
        assert_null(context);
        (void)wa_engine_trim(engine, 0);
        assert_nothing_taken(engine, &before);
    }
    assert_ok(wa_engine_destroy(engine));
}

/* Whatever is missing when a context is made: all that was taken before it is given back. */
static void test_any_budget(void **state) {
    (void)state;
    for (wa_context_kind kind = WA_CONTEXT_OFFLINE; kind <= WA_CONTEXT_EMBEDDED; kind++) {
        wa_engine *engine = NULL;
        assert_ok(wa_engine_create(NULL, &engine));
        const wa_context_desc desc = desc_of_kind(kind, 48000.0f);
        wa_context *context = NULL;
        uint32_t refused_count = 0;
        const uint64_t first_bytes = stats_of(engine).used_bytes;
        for (uint64_t room_bytes = 0; context == NULL; room_bytes += 1024) {
            const wa_memory_stats before = stats_of(engine);
            assert_ok(wa_engine_set_budget(engine, first_bytes + room_bytes));
            if (wa_context_create(engine, &desc, &context) != WA_OK) {
                assert_non_null(strstr(wa_error_message(), "over the budget"));
                assert_int_equal(stats_of(engine).refused_count, before.refused_count + 1);
                /* The engine keeps two chunks of handles, and the table of them, for the next one. */
                assert_true(stats_of(engine).used_bytes <= first_bytes + 12288);
                refused_count++;
            }
        }
        assert_true(refused_count > 10);
        assert_ok(wa_context_destroy(context));
        assert_ok(wa_engine_destroy(engine));
    }
}

static void test_sealed(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    const wa_memory_stats before = stats_of(engine);
    wa_engine_seal(engine, true);
    assert_refused(wa_context_create(engine, NULL, &context), WA_ERR_SEALED, "sealed");
    assert_null(context);
    assert_nothing_taken(engine, &before);
    wa_engine_seal(engine, false);
    assert_ok(wa_context_create(engine, NULL, &context));
    assert_ok(wa_context_destroy(context));
    assert_ok(wa_engine_destroy(engine));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_field),
        cmocka_unit_test(test_null_arguments),
        cmocka_unit_test(test_node_count_max),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_latency_hint),
        cmocka_unit_test(test_quantum_at_the_rate_of_the_device),
        cmocka_unit_test(test_large_quantum_over_budget),
        cmocka_unit_test(test_any_budget),
        cmocka_unit_test(test_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
