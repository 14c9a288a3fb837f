/* Snapshots as their callers meet them: DOT and its hostile labels, what is refused, the limits, an engine
 * without any memory left, and a graph that is rendered with snapshots in between against one without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "graph_reader.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUANTUM = 128 };

/* -- DOT ---------------------------------------------------------------------------------------- */

static const char *label_all(void *user, const wa_graph_place *place) {
    (void)place;
    return user;
}

static void assert_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in: %s", part, text);
    }
}

static void test_dot(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node splitter = rig_splitter(r, 3), merger = rig_merger(r, 2), gain = rig_gain(r, 0.5f);
    rig_connect(r, make_active(r), splitter);
    rig_connect_ports(r, splitter, 2, merger, 1);
    rig_connect_param(r, merger, gain, 0);
    rig_connect(r, gain, r->out);
    wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
    options.format = WA_GRAPH_DOT;
    options.title = "a <b> & \"c\"";
    char *text = take_text(r, &options), line[128];
    snprintf(line, sizeof line, "n%" PRIu64 ":o2:e -> n%" PRIu64 ":i1:w [style=solid", splitter.id,
             merger.id);
    assert_has(text, line);
    snprintf(line, sizeof line, "n%" PRIu64 ":t:e -> n%" PRIu64 ":p0:w [style=dashed", merger.id,
             gain.id);
    assert_has(text, line);
    assert_has(text, "label=<a &lt;b&gt; &amp; &quot;c&quot;>");
    assert_has(text, "gain 0.5 a-rate");
    assert_null(strstr(text, "AudioListener")); /* nobody listens */
    assert_null(strstr(text, "legend"));
    free(text);
    options.is_coloured = true; /* nothing was timed: no scale to show */
    text = take_text(r, &options);
    assert_null(strstr(text, "legend"));
    free(text);
    assert_ok(wa_profiler_set_node_timing(r->context, 1));
    (void)rig_node(r, WA_NODE_TYPE_PANNER, NULL);
    rig_skip(r, 50 * QUANTUM);
    text = take_text(r, &options);
    assert_has(text, "legend");
    assert_has(text, "AudioListener");
    free(text);
    rig_destroy(r);
}

/* Whatever a label is, it stays between the tags: as many of them as without it, and no other. */
static void test_hostile_labels(void **state) {
    (void)state;
    static const char *const hostile[] = {
        "</TD></TR></TABLE>>]; evil [label=\"x\"]; //",
        "\"]; evil -> evil; n1 [label=\"",
        "<IMG SRC=\"/etc/passwd\"/>",
        "\\",
        "\\\"",
        "-->",
        "]]>",
        "&#0;",
        "\xff\xfe\xfd",
        "\n\r\t\x1b[31m",
        "%s%n%99999d",
        "\xe2\x80\xae",
    };
    rig *r = rig_create(NULL);
    rig_connect(r, make_active(r), r->out);
    wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
    options.label = label_all;
    for (size_t row = 0; row < sizeof hostile / sizeof hostile[0]; row++) {
        options.label_user = (void *)hostile[row];
        options.title = hostile[row];
        options.format = WA_GRAPH_JSON;
        json_t *root = take_json(r, &options);
        assert_true(json_is_string(json_object_get(find_node(root, r->out), "label")));
        json_decref(root);
        options.format = WA_GRAPH_DOT;
        char *text = take_text(r, &options);
        options.label_user = "plain";
        options.title = "plain";
        char *plain = take_text(r, &options);
        uint32_t counts[2][128] = { 0 };
        for (const char *c = text; *c != '\0'; c++) {
            counts[0][(unsigned char)*c & 127u] += *c == '<' || *c == '>' || *c == '"' || *c == '\n';
        }
        for (const char *c = plain; *c != '\0'; c++) {
            counts[1][(unsigned char)*c & 127u] += *c == '<' || *c == '>' || *c == '"' || *c == '\n';
        }
        assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
        assert_null(strchr(text, '\\'));
        free(text);
        free(plain);
    }
    rig_destroy(r);
}

/* A voice's nodes are told by their pool and place, and the pool has a label of its own. */
static const char *label_voices(void *user, const wa_graph_place *place) {
    const wa_voice_pool *pool = *(wa_voice_pool *const *)user;
    static char text[32];
    if (place->voice_pool == NULL) {
        assert_true(place->node.id != 0);
        return NULL;
    }
    assert_ptr_equal(place->voice_pool, pool);
    assert_int_equal(place->type == 0, place->node.id == 0);
    snprintf(text, sizeof text, place->type == 0 ? "the pool" : "node %u", place->voice_node_index);
    return text;
}

static void test_labels_of_voices(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_voice_pool *pool = make_voices(r);
    wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
    options.pooled = WA_GRAPH_POOLED_ONE;
    options.label = label_voices;
    options.label_user = &pool;
    json_t *root = take_json(r, &options);
    assert_string_equal(string_of(json_array_get(json_object_get(root, "pools"), 0), "label"),
                        "the pool");
    uint32_t found = 0;
    size_t index;
    const json_t *each;
    json_array_foreach(json_object_get(root, "nodes"), index, each) {
        found += strcmp(string_of(each, "label"), "node 0") == 0 &&
                 strcmp(string_of(each, "type"), "Oscillator") == 0;
        found += strcmp(string_of(each, "label"), "node 1") == 0 &&
                 strcmp(string_of(each, "type"), "Gain") == 0;
    }
    assert_int_equal(found, 2);
    json_decref(root);
    options.format = WA_GRAPH_DOT;
    char *text = take_text(r, &options);
    assert_has(text, "<B>the pool</B> 0 in use, 3 idle");
    free(text);
    wa_voice_pool_destroy(pool);
    rig_destroy(r);
}

/* -- refused and limited ------------------------------------------------------------------------ */

static bool never(void *user, const char *text, size_t bytes) {
    (void)text, (void)bytes;
    ++*(uint32_t *)user;
    return false;
}

static void test_refused(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    static const struct {
        uint32_t options_bytes;
        int format, pooled;
        const char *word;
    } rows[] = {
        { 0, WA_GRAPH_JSON, WA_GRAPH_POOLED_LIVE, "options_bytes" },
        { sizeof(wa_graph_options) - 1, WA_GRAPH_JSON, WA_GRAPH_POOLED_LIVE, "options_bytes" },
        { sizeof(wa_graph_options), 0, WA_GRAPH_POOLED_LIVE, "format" },
        { sizeof(wa_graph_options), 3, WA_GRAPH_POOLED_LIVE, "format" },
        { sizeof(wa_graph_options), WA_GRAPH_DOT, 0, "pooled" },
        { sizeof(wa_graph_options), WA_GRAPH_DOT, 4, "pooled" },
    };
    uint32_t call_count = 0;
    char text[16] = "before";
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
        options.options_bytes = rows[row].options_bytes;
        options.format = (wa_graph_format)rows[row].format;
        options.pooled = (wa_graph_pooled)rows[row].pooled;
        assert_refused(wa_graph_snapshot(r->context, &options, never, &call_count),
                       WA_ERR_NOT_SUPPORTED, rows[row].word);
        assert_refused(wa_graph_snapshot_text(r->context, &options, text, sizeof text, NULL),
                       WA_ERR_NOT_SUPPORTED, rows[row].word);
        assert_string_equal(text, "");
    }
    assert_refused(wa_graph_snapshot(NULL, NULL, never, &call_count), WA_ERR_TYPE, "context");
    assert_refused(wa_graph_snapshot(r->context, NULL, NULL, NULL), WA_ERR_TYPE, "write");
    assert_refused(wa_graph_snapshot_text(NULL, NULL, text, sizeof text, NULL), WA_ERR_TYPE, "context");
    assert_refused(wa_graph_snapshot_text(r->context, NULL, NULL, 1, NULL), WA_ERR_TYPE, "text");
    assert_int_equal(call_count, 0);
    assert_refused(wa_graph_snapshot(r->context, NULL, never, &call_count), WA_ERR_CANCELLED, "write");
    assert_int_equal(call_count, 1);
    rig_destroy(r);
}

/* At each limit it works, one below it says what is needed and leaves nothing half done. */
static void test_limits(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    rig_connect(r, make_active(r), r->out);
    for (wa_graph_format format = WA_GRAPH_JSON; format <= WA_GRAPH_DOT; format++) {
        wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
        options.format = format;
        char *text = take_text(r, &options);
        const size_t bytes = strlen(text) + 1;
        size_t needed = 0;
        assert_refused(wa_graph_snapshot_text(r->context, &options, text, bytes - 1, &needed),
                       WA_ERR_LIMIT, "text_bytes");
        assert_int_equal(needed, bytes);
        assert_string_equal(text, "");
        options.text_bytes_max = bytes - 1;
        assert_ok(wa_graph_snapshot_text(r->context, &options, text, bytes, &needed));
        options.text_bytes_max = bytes - 2;
        assert_refused(wa_graph_snapshot_text(r->context, &options, text, bytes, &needed), WA_ERR_LIMIT,
                       "text_bytes_max");
        assert_int_equal(needed, 0);
        assert_string_equal(text, "");
        free(text);
    }
    rig_destroy(r);
}

/* Sealed, at the end of the budget: it takes nothing, so there is nothing to refuse. */
static void test_takes_no_memory(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_voice_pool *pool = make_voices(r);
    rig_connect(r, make_active(r), r->out);
    rig_skip(r, QUANTUM);
    wa_memory_stats before, after;
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r)));
    wa_engine_seal(r->engine, true);
    wa_engine_memory_stats(r->engine, &before);
    for (wa_graph_format format = WA_GRAPH_JSON; format <= WA_GRAPH_DOT; format++) {
        wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
        options.format = format;
        options.pooled = WA_GRAPH_POOLED_ALL;
        free(take_text(r, &options));
    }
    wa_engine_memory_stats(r->engine, &after);
    assert_int_equal(before.allocation_count, after.allocation_count);
    assert_int_equal(before.refused_count, after.refused_count);
    assert_int_equal(before.used_bytes, after.used_bytes);
    wa_engine_seal(r->engine, false);
    assert_ok(wa_engine_set_budget(r->engine, 100000000));
    wa_voice_pool_destroy(pool);
    rig_destroy(r);
}

/* To the bit, what is rendered is the same with snapshots and without. */
static void test_disturbs_nothing(void **state) {
    (void)state;
    rig *rigs[2];
    for (uint32_t which = 0; which < 2; which++) {
        rig *r = rigs[which] = rig_create(NULL);
        const wa_node delay = rig_delay(r, 1.0, 0.01), back = rig_gain(r, 0.7f),
                      sine = rig_sine(r, 440.0f);
        rig_connect(r, sine, delay);
        rig_connect(r, delay, back);
        rig_connect(r, back, delay);
        rig_connect(r, delay, r->out);
        assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(back, 0), 0.1f, 0.2));
        for (uint32_t quantum = 0; quantum < 100; quantum++) {
            (void)rig_render(r, QUANTUM);
            if (which == 1) {
                wa_graph_options options = WA_GRAPH_OPTIONS_INIT;
                options.format = quantum % 2 == 0 ? WA_GRAPH_JSON : WA_GRAPH_DOT;
                free(take_text(r, &options));
            }
        }
    }
    assert_same(rigs[1]->planes[0], rigs[0]->planes[0], (uint64_t)100 * QUANTUM);
    rig_destroy(rigs[0]);
    rig_destroy(rigs[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dot),
        cmocka_unit_test(test_hostile_labels),
        cmocka_unit_test(test_labels_of_voices),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_takes_no_memory),
        cmocka_unit_test(test_disturbs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
