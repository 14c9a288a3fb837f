/* cli/scene_json.h -- reading JSON with a place: every rule that is broken names its path and line. */
#ifndef WA_CLI_SCENE_JSON_H
#define WA_CLI_SCENE_JSON_H
#include <jansson.h>
#include "scene.h"

typedef struct reader {
    scene_data *scene;
    const char *allow_dir;
    char *error; /* [SCENE_ERROR_BYTES] */
} reader;

/* A value and the way to it. Cursors live on the stack, children inside their parents' scope. */
typedef struct cursor {
    reader *reader;
    const struct cursor *parent;
    const char *key; /* NULL: an item of a list, at index */
    size_t index;
    const json_t *value;
} cursor;

/* Keep "$.path (line N): message" as the reader's error. Returns false, always. */
__attribute__((format(printf, 2, 3))) bool cursor_fail(const cursor *at, const char *format, ...);

/* The member of an object, if it is there. */
bool cursor_member(const cursor *object, const char *key, cursor *member);
cursor cursor_item(const cursor *list, size_t index);
/* A member that says nothing: allowed in every object. */
bool cursor_is_comment(const cursor *member);

/* Fail unless the value is of that kind. */
bool cursor_check_object(const cursor *at, const char *const *keys); /* no keys but these; NULL ends */
bool cursor_check_list(const cursor *at, size_t count_max, const char *limit_name);
bool cursor_number(const cursor *at, double min, double max, double *number);
bool cursor_count(const cursor *at, uint32_t min, uint32_t max, uint32_t *count);
bool cursor_bool(const cursor *at, bool *is_true);
bool cursor_string(const cursor *at, const char **text);
/* The index of a string in choices (NULL ends); the message lists them. */
bool cursor_choice(const cursor *at, const char *const *choices, int *choice);

/* The same for an optional member: true and unchanged when it is absent. */
bool member_number(const cursor *object, const char *key, double min, double max, double *number);
bool member_float(const cursor *object, const char *key, float *number);
bool member_count(const cursor *object, const char *key, uint32_t min, uint32_t max, uint32_t *count);
bool member_bool(const cursor *object, const char *key, bool *is_true);
bool member_string(const cursor *object, const char *key, const char **text);
/* For one that must be there. */
bool member_required(const cursor *object, const char *key, cursor *member);
/* The "id": a name of letters, digits and _ that begins with a letter; kept by the scene. */
bool member_id(const cursor *object, const char **id);
#endif /* WA_CLI_SCENE_JSON_H */
