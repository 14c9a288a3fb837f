/* From a path like $.nodes[3].type to its line: walks the text along the path, and only when there is an
 * error to report. The text has been accepted by the JSON parser before. */
#include "scene.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct json_walk {
    const char *at;
    uint32_t line;
} json_walk;

static void skip_blanks(json_walk *walk) {
    while (isspace((unsigned char)*walk->at)) {
        walk->line += *walk->at == '\n';
        walk->at++;
    }
}

/* From an opening quote to behind the closing one. */
static void skip_string(json_walk *walk) {
    walk->at++;
    while (*walk->at != '\0' && *walk->at != '"') {
        walk->at += walk->at[0] == '\\' && walk->at[1] != '\0' ? 2 : 1;
    }
    walk->at += *walk->at == '"';
}

static void skip_value(json_walk *walk) {
    uint32_t depth = 0;
    do {
        skip_blanks(walk);
        const char c = *walk->at;
        if (c == '\0') {
            return;
        }
        if (c == '"') {
            skip_string(walk);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        walk->at++;
    } while (depth > 0 || !strchr(",}] \t\r\n", *walk->at));
}

/* At an object: to the value of key. */
static bool enter_member(json_walk *walk, const char *key, size_t key_length) {
    if (*walk->at != '{') {
        return false;
    }
    walk->at++;
    for (skip_blanks(walk); *walk->at == '"'; skip_blanks(walk)) {
        const char *name = walk->at + 1;
        skip_string(walk);
        const bool is_it =
            (size_t)(walk->at - name) == key_length + 1 && memcmp(name, key, key_length) == 0;
        skip_blanks(walk);
        walk->at += *walk->at == ':';
        skip_blanks(walk);
        if (is_it) {
            return true;
        }
        skip_value(walk);
        skip_blanks(walk);
        walk->at += *walk->at == ',';
    }
    return false;
}

static bool enter_item(json_walk *walk, unsigned long index) {
    if (*walk->at != '[') {
        return false;
    }
    walk->at++;
    for (unsigned long i = 0; i < index; i++) {
        skip_blanks(walk);
        skip_value(walk);
        skip_blanks(walk);
        if (*walk->at != ',') {
            return false;
        }
        walk->at++;
    }
    skip_blanks(walk);
    return true;
}

uint32_t scene_json_line(const char *text, const char *json_path) {
    json_walk walk = { text, 1 };
    skip_blanks(&walk);
    uint32_t line = walk.line;
    const char *step = json_path + (*json_path == '$');
    while (*step != '\0') {
        char *end = NULL;
        bool is_found;
        if (*step == '[') {
            is_found = enter_item(&walk, strtoul(step + 1, &end, 10));
            step = *end == ']' ? end + 1 : end;
        } else {
            const size_t length = strcspn(step + 1, ".[");
            is_found = enter_member(&walk, step + 1, length);
            step += 1 + length;
        }
        if (!is_found) {
            break;
        }
        line = walk.line;
    }
    return line;
}
