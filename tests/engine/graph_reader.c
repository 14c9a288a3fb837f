/* See graph_reader.h. */
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

char *take_text(const rig *r, const wa_graph_options *options) {
    size_t needed = 0;
    assert_refused(wa_graph_snapshot_text(r->context, options, NULL, 0, &needed), WA_ERR_LIMIT,
                   "text_bytes");
    char *text = malloc(needed);
    assert_ok(wa_graph_snapshot_text(r->context, options, text, needed, &needed));
    assert_int_equal(needed, strlen(text) + 1);
    return text;
}

json_t *take_json(const rig *r, const wa_graph_options *options) {
    char *text = take_text(r, options);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        fail_msg("%s at line %d: %s", error.text, error.line, text);
    }
    free(text);
    return root;
}

const json_t *find_node(const json_t *root, wa_node node) {
    char id[24];
    size_t index;
    const json_t *each;
    snprintf(id, sizeof id, "%" PRIu64, node.id);
    json_array_foreach(json_object_get(root, "nodes"), index, each) {
        if (strcmp(json_string_value(json_object_get(each, "id")), id) == 0) {
            return each;
        }
    }
    return NULL;
}

const char *string_of(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL ? value : "(none)";
}

double number_of(const json_t *object, const char *key) {
    assert_true(json_is_number(json_object_get(object, key)));
    return json_number_value(json_object_get(object, key));
}

bool is_id(const json_t *object, const char *key, wa_node node) {
    char id[24];
    snprintf(id, sizeof id, "%" PRIu64, node.id);
    return strcmp(string_of(object, key), id) == 0;
}

size_t count_of(const json_t *root, const char *key) {
    return json_array_size(json_object_get(root, key));
}

wa_node make_active(rig *r) {
    const wa_node source = rig_constant(r, 1.0f);
    rig_connect(r, source, r->out);
    return source;
}

wa_voice_pool *make_voices(rig *r) {
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_OSCILLATOR, NULL }, { WA_NODE_TYPE_GAIN, NULL } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = 2;
    desc.edges = edges;
    desc.edge_count = 1;
    desc.output_node = 1;
    desc.output = r->out;
    wa_voice_pool *pool = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &pool));
    assert_ok(wa_voice_pool_pre_allocate(pool, VOICE_COUNT, NULL));
    return pool;
}
