/* Typed access to JSON values, with one form of message for everything that is not as it should be. */
#include "scene_json.h"
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 512, ID_BYTES_MAX = 64 };

static size_t path_write(const cursor *at, char *path) {
    if (at->parent == NULL) {
        strcpy(path, "$");
        return 1;
    }
    const size_t length = path_write(at->parent, path);
    const int count = at->key != NULL
                          ? snprintf(path + length, PATH_BYTES - length, ".%s", at->key)
                          : snprintf(path + length, PATH_BYTES - length, "[%zu]", at->index);
    return count > 0 && (size_t)count < PATH_BYTES - length ? length + (size_t)count : length;
}

bool cursor_fail(const cursor *at, const char *format, ...) {
    char path[PATH_BYTES], message[SCENE_ERROR_BYTES];
    path_write(at, path);
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    snprintf(at->reader->error, SCENE_ERROR_BYTES, "%.400s (line %u): %.580s", path,
             scene_json_line(at->reader->scene->text, path), message);
    return false;
}

static const char *kind_name(const json_t *value) {
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    return names[json_typeof(value)];
}

bool cursor_member(const cursor *object, const char *key, cursor *member) {
    const json_t *value = json_object_get(object->value, key);
    *member = (cursor){ object->reader, object, key, 0, value };
    return value != NULL;
}

cursor cursor_item(const cursor *list, size_t index) {
    return (cursor){ list->reader, list, NULL, index, json_array_get(list->value, index) };
}

/* JSON has no comments. */
static bool is_comment(const char *key) {
    return strcmp(key, "comment") == 0;
}

bool cursor_is_comment(const cursor *member) {
    return is_comment(member->key);
}

static bool is_known_key(const char *const *keys, const char *key) {
    if (is_comment(key)) {
        return true;
    }
    for (; *keys != NULL; keys++) {
        if (strcmp(*keys, key) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_plain_name(const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_') {
            return false;
        }
    }
    return name[0] != '\0' && strlen(name) <= ID_BYTES_MAX;
}

static bool fail_unknown_key(const cursor *at, const char *const *keys, const char *key) {
    char known[400] = "";
    for (; *keys != NULL; keys++) {
        const size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", length > 0 ? ", " : "", *keys);
    }
    cursor member = { at->reader, at, key, 0, NULL };
    return cursor_fail(is_plain_name(key) ? &member : at, "unknown key \"%.64s\"; known are %s", key,
                       known);
}

bool cursor_check_object(const cursor *at, const char *const *keys) {
    if (!json_is_object(at->value)) {
        return cursor_fail(at, "an object is wanted, not %s", kind_name(at->value));
    }
    for (void *i = json_object_iter((json_t *)at->value); i != NULL;
         i = json_object_iter_next((json_t *)at->value, i)) {
        if (keys != NULL && !is_known_key(keys, json_object_iter_key(i))) {
            return fail_unknown_key(at, keys, json_object_iter_key(i));
        }
    }
    return true;
}

bool cursor_check_list(const cursor *at, size_t count_max, const char *limit_name) {
    if (!json_is_array(at->value)) {
        return cursor_fail(at, "a list is wanted, not %s", kind_name(at->value));
    }
    if (json_array_size(at->value) > count_max) {
        return cursor_fail(at, "%zu items; %s is %zu", json_array_size(at->value), limit_name,
                           count_max);
    }
    return true;
}

bool cursor_number(const cursor *at, double min, double max, double *number) {
    if (!json_is_number(at->value)) {
        return cursor_fail(at, "a number is wanted, not %s", kind_name(at->value));
    }
    const double value = json_number_value(at->value);
    if (!isfinite(value) || value < min || value > max) {
        return cursor_fail(at, "%.10g is out of range; %.10g to %.10g is allowed", value, min, max);
    }
    *number = value;
    return true;
}

bool cursor_count(const cursor *at, uint32_t min, uint32_t max, uint32_t *count) {
    double number = 0;
    if (!cursor_number(at, min, max, &number)) {
        return false;
    }
    if (number != floor(number)) {
        return cursor_fail(at, "%.10g is no whole number", number);
    }
    *count = (uint32_t)number;
    return true;
}

bool cursor_bool(const cursor *at, bool *is_true) {
    if (!json_is_boolean(at->value)) {
        return cursor_fail(at, "true or false is wanted, not %s", kind_name(at->value));
    }
    *is_true = json_is_true(at->value);
    return true;
}

bool cursor_string(const cursor *at, const char **text) {
    if (!json_is_string(at->value)) {
        return cursor_fail(at, "a string is wanted, not %s", kind_name(at->value));
    }
    *text = json_string_value(at->value);
    return true;
}

bool cursor_choice(const cursor *at, const char *const *choices, int *choice) {
    const char *text = NULL;
    if (!cursor_string(at, &text)) {
        return false;
    }
    char known[400] = "";
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            *choice = i;
            return true;
        }
        const size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", length > 0 ? ", " : "", choices[i]);
    }
    return cursor_fail(at, "\"%.64s\" is not one of %s", text, known);
}

bool member_number(const cursor *object, const char *key, double min, double max, double *number) {
    cursor member;
    return !cursor_member(object, key, &member) || cursor_number(&member, min, max, number);
}

bool member_float(const cursor *object, const char *key, float *number) {
    double value = (double)*number;
    if (!member_number(object, key, -(double)FLT_MAX, (double)FLT_MAX, &value)) {
        return false;
    }
    *number = (float)value;
    return true;
}

bool member_count(const cursor *object, const char *key, uint32_t min, uint32_t max, uint32_t *count) {
    cursor member;
    return !cursor_member(object, key, &member) || cursor_count(&member, min, max, count);
}

bool member_bool(const cursor *object, const char *key, bool *is_true) {
    cursor member;
    return !cursor_member(object, key, &member) || cursor_bool(&member, is_true);
}

bool member_string(const cursor *object, const char *key, const char **text) {
    cursor member;
    return !cursor_member(object, key, &member) || cursor_string(&member, text);
}

bool member_required(const cursor *object, const char *key, cursor *member) {
    return cursor_member(object, key, member) || cursor_fail(object, "\"%s\" is missing", key);
}

bool member_id(const cursor *object, const char **id) {
    cursor member;
    const char *text = NULL;
    if (!member_required(object, "id", &member) || !cursor_string(&member, &text)) {
        return false;
    }
    if (!is_plain_name(text) || isdigit((unsigned char)text[0])) {
        return cursor_fail(&member,
                           "an id is letters, digits and _, begins with no digit and has at most "
                           "%d characters",
                           ID_BYTES_MAX);
    }
    if (strcmp(text, "destination") == 0) {
        return cursor_fail(&member, "\"destination\" is the id of the scene's output");
    }
    *id = scene_take_string(object->reader->scene, text);
    return true;
}
