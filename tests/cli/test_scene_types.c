/* A scene can say all that there is to say of every node type: each type of the engine has a row or a reason to
 * have none, the row's params are the engine's, and no member of an options struct is out of reach.
 * Method: the tables of cli/scene_types.c against node_types.def, the classes and the structs' own bytes; then
 * against docs/scene.schema.json, member by member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "node.h"
#include "scene.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *schema_path;

static const wa_node_type all_types[] = {
#define WA_NODE(symbol, ENUMERATOR, value) WA_NODE_TYPE_##ENUMERATOR,
#include "wavepool/node_types.def"
#undef WA_NODE
};
enum { TYPE_COUNT = sizeof all_types / sizeof all_types[0] };

/* Why a scene has none of that name. */
static const struct {
    wa_node_type type;
    const char *why;
} left_out[] = {
    { WA_NODE_TYPE_DESTINATION, "is there: \"channels\", and \"destination\" in connections" },
    { WA_NODE_TYPE_DELAY_WRITER, "the engine's own" },
    { WA_NODE_TYPE_LISTENER, "is there: \"listener\"" },
    { WA_NODE_TYPE_RECORDER, "would write files that whoever plays the scene did not name" },
    { WA_NODE_TYPE_PROCESSOR, "is code" },
};

static bool is_left_out(wa_node_type type) {
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        if (left_out[i].type == type) {
            return true;
        }
    }
    return false;
}

/* The row of a type; scenes call some as the specification does. */
static const scene_type *row_of(wa_node_type type) {
    const scene_type *row = scene_type_by_name(node_class(type)->name);
    assert_true(row == NULL || row->type == type);
    return row;
}

static void test_every_type(void **state) {
    (void)state;
    for (uint32_t i = 0; i < TYPE_COUNT; i++) {
        if ((row_of(all_types[i]) != NULL) == is_left_out(all_types[i])) {
            fail_msg("%s", node_class(all_types[i])->name);
        }
    }
}

static void check_params(const scene_type *row, const wa_node_class *class) {
    for (uint32_t index = 0; index < class->param_count; index++) {
        assert_non_null(row->params[index]);
        assert_string_equal(row->params[index], class->params[index].name);
        assert_int_equal(scene_type_param(row, class->params[index].name), index);
    }
    if (class->param_count < SCENE_PARAM_NAME_COUNT_MAX) {
        assert_null(row->params[class->param_count]);
    }
    assert_int_equal(scene_type_param(row, "nothing"), SCENE_NONE);
}

static void test_params(void **state) {
    (void)state;
    for (uint32_t i = 0; i < TYPE_COUNT; i++) {
        const scene_type *row = row_of(all_types[i]);
        if (row != NULL) {
            check_params(row, node_class(all_types[i]));
            /* A media is played and paused; to a scene that is start and stop. */
            const uint32_t starts = WA_CLASS_SOURCE | WA_CLASS_STREAM;
            assert_int_equal(row->is_source, (node_class(all_types[i])->flags & starts) != 0);
        }
    }
    check_params(&scene_listener_type, node_class(WA_NODE_TYPE_LISTENER));
}

/* -- options: every byte of a struct is some field's, or padding ----------------------------------- */

static size_t bytes_of(const scene_field *field) {
    switch (field->kind) {
    case SCENE_FIELD_FLOAT:
        return sizeof(float);
    case SCENE_FIELD_DOUBLE:
        return sizeof(double);
    case SCENE_FIELD_COUNT:
        return sizeof(uint32_t);
    case SCENE_FIELD_BOOL:
        return sizeof(bool);
    case SCENE_FIELD_CHOICE:
        return sizeof(int);
    case SCENE_FIELD_BUFFER:
    case SCENE_FIELD_WAVE:
    case SCENE_FIELD_FILE:
        return sizeof(uint64_t);
    case SCENE_FIELD_DOUBLES:
        return field->count_max * sizeof(double);
    case SCENE_FIELD_POINTS:
        return sizeof(float *);
    }
    return 0;
}

static void mark(bool *marks, size_t offset, size_t bytes, size_t total) {
    for (size_t i = 0; i < bytes; i++) {
        assert_true(offset + i < total);
        assert_false(marks[offset + i]); /* two fields of one member */
        marks[offset + i] = true;
    }
}

/* Padding ends where the next member is aligned; what could hold a member of its own is a gap. */
static void check_gaps(const scene_type *row, const bool *marks) {
    for (size_t begin = 0; begin < row->options_bytes; begin++) {
        size_t end = begin;
        while (end < row->options_bytes && !marks[end]) {
            end++;
        }
        const size_t member = (begin + 3) & ~(size_t)3; /* the first place for a float */
        const bool is_padding = end % 8 == 0 && end - begin < 8 && (begin % 8 != 0);
        if (end > begin && member + 4 <= end && !is_padding) {
            fail_msg("%s: bytes %zu to %zu of its options are no field's", row->name, begin, end);
        }
        begin = end;
    }
}

static void test_options_are_complete(void **state) {
    (void)state;
    for (uint32_t i = 0; i < TYPE_COUNT; i++) {
        bool marks[sizeof(scene_node_options)] = { false };
        const scene_type *row = row_of(all_types[i]);
        if (row == NULL) {
            continue;
        }
        assert_true(row->options_bytes <= sizeof marks);
        const uint32_t wanted = node_class(all_types[i])->options_bytes;
        assert_int_equal(row->options_bytes, wanted > 0 ? wanted : sizeof(wa_node_options));
        mark(marks, 0, sizeof(uint32_t), row->options_bytes); /* options_bytes itself */
        for (uint32_t k = 0; k < scene_common_field_count; k++) {
            mark(marks, scene_common_fields[k].offset, bytes_of(&scene_common_fields[k]),
                 row->options_bytes);
        }
        for (uint32_t k = 0; k < row->field_count; k++) {
            mark(marks, row->fields[k].offset, bytes_of(&row->fields[k]), row->options_bytes);
            if (row->fields[k].count_offset > 0) {
                mark(marks, row->fields[k].count_offset, sizeof(uint32_t), row->options_bytes);
            }
        }
        check_gaps(row, marks);
    }
}

/* -- the schema -------------------------------------------------------------------------------- */

static const json_t *get(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (value == NULL) {
        fail_msg("the schema has no %s", key);
    }
    return value;
}

static bool is_listed(const json_t *list, const char *name) {
    size_t index;
    const json_t *each;
    json_array_foreach(list, index, each) {
        if (json_is_string(each) && strcmp(json_string_value(each), name) == 0) {
            return true;
        }
    }
    return false;
}

/* A type may take fewer of what all have in common. */
static void check_choices(const json_t *property, const scene_field *field, bool is_common) {
    const json_t *choices = get(property, "enum");
    size_t count = 0, found = 0;
    for (; field->choices[count] != NULL; count++) {
        found += is_listed(choices, field->choices[count]);
    }
    assert_int_equal(json_array_size(choices), found);
    assert_true(is_common ? found > 0 : found == count);
}

static void check_property(const json_t *options, const scene_field *field, bool is_common) {
    static const char *const types[] = {
        [SCENE_FIELD_FLOAT] = NULL,      [SCENE_FIELD_DOUBLE] = "number",
        [SCENE_FIELD_COUNT] = "integer", [SCENE_FIELD_BOOL] = "boolean",
        [SCENE_FIELD_DOUBLES] = "array", [SCENE_FIELD_POINTS] = "array",
        [SCENE_FIELD_FILE] = "string",   [SCENE_FIELD_CHOICE] = NULL,
        [SCENE_FIELD_BUFFER] = NULL,     [SCENE_FIELD_WAVE] = NULL,
    };
    const json_t *property = get(get(options, "properties"), field->name);
    if (field->kind == SCENE_FIELD_CHOICE) {
        check_choices(property, field, is_common);
    } else if (field->kind == SCENE_FIELD_BUFFER || field->kind == SCENE_FIELD_WAVE) {
        assert_string_equal(json_string_value(get(property, "$ref")), "#/$defs/id");
    } else if (field->kind == SCENE_FIELD_FLOAT) {
        const json_t *reference =
            json_object_get(property, "$ref"); /* any that a float holds, or some */
        assert_string_equal(json_string_value(reference != NULL ? reference : get(property, "type")),
                            reference != NULL ? "#/$defs/float" : "number");
    } else if (json_object_get(property, "enum") == NULL) { /* else the only values of its kind */
        assert_string_equal(json_string_value(get(property, "type")), types[field->kind]);
    }
    if (types[field->kind] != NULL && strcmp(types[field->kind], "array") == 0) {
        assert_int_equal(json_integer_value(get(property, "maxItems")), field->count_max);
    }
}

/* The params of a node or of the listener, and a rate for each. */
static void check_schema_params(const json_t *properties, const scene_type *row, uint32_t param_count) {
    for (uint32_t index = 0; index < param_count; index++) {
        (void)get(get(get(properties, "params"), "properties"), row->params[index]);
        (void)get(get(get(properties, "rates"), "properties"), row->params[index]);
    }
    const char *const keys[] = { "params", "rates" };
    for (size_t i = 0; i < 2; i++) {
        const json_t *there = json_object_get(properties, keys[i]);
        assert_true(there == NULL ||
                    json_object_size(get(there, "properties")) == param_count + 1); /* "comment" */
        assert_true(there == NULL || json_is_false(get(there, "additionalProperties")));
    }
}

static void check_schema_node(const json_t *node, const scene_type *row, const wa_node_class *class) {
    const json_t *properties = get(node, "properties"), *options = get(properties, "options");
    for (uint32_t k = 0; k < row->field_count; k++) {
        check_property(options, &row->fields[k], false);
    }
    for (uint32_t k = 0; k < scene_common_field_count; k++) {
        check_property(options, &scene_common_fields[k], true);
    }
    assert_int_equal(json_object_size(get(options, "properties")),
                     row->field_count + scene_common_field_count + 1); /* "comment" */
    assert_true(json_is_false(get(options, "additionalProperties")));
    assert_true(json_is_false(get(node, "additionalProperties")));
    check_schema_params(properties, row, class->param_count);
    assert_int_equal(json_object_get(properties, "start") != NULL, row->is_source);
    assert_int_equal(json_object_get(properties, "stop") != NULL, row->is_source);
}

static void test_schema(void **state) {
    (void)state;
    json_t *schema = json_load_file(schema_path, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    const json_t *nodes = get(get(get(schema, "$defs"), "node"), "anyOf");
    size_t index, found = 0;
    const json_t *each;
    json_array_foreach(nodes, index, each) {
        const char *name = json_string_value(get(get(get(each, "properties"), "type"), "const"));
        const scene_type *row = scene_type_by_name(name);
        assert_non_null(row);
        check_schema_node(each, row, node_class(row->type));
        found++;
    }
    assert_int_equal(found, TYPE_COUNT - sizeof left_out / sizeof left_out[0]);
    check_schema_params(get(get(get(schema, "properties"), "listener"), "properties"),
                        &scene_listener_type, node_class(WA_NODE_TYPE_LISTENER)->param_count);
    json_decref(schema);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_options_are_complete),
        cmocka_unit_test(test_schema),
    };
    assert(argc == 2);
    schema_path = argc == 2 ? argv[1] : "";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
