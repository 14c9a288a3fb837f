/* Nodes: options, automation and schedule. */
#include "scene_parse.h"
#include <float.h>
#include <string.h>

typedef struct param_method {
    const char *name;
    scene_event_kind kind;
    size_t item_count; /* with the name */
    const char *form;
} param_method;

static const param_method methods[] = {
    { "setValueAtTime", SCENE_EVENT_SET_VALUE, 3, "[\"setValueAtTime\", value, time]" },
    { "linearRampToValueAtTime", SCENE_EVENT_LINEAR_RAMP, 3,
      "[\"linearRampToValueAtTime\", value, end time]" },
    { "exponentialRampToValueAtTime", SCENE_EVENT_EXPONENTIAL_RAMP, 3,
      "[\"exponentialRampToValueAtTime\", value, end time]" },
    { "setTargetAtTime", SCENE_EVENT_SET_TARGET, 4,
      "[\"setTargetAtTime\", target, start time, time constant]" },
    { "setValueCurveAtTime", SCENE_EVENT_VALUE_CURVE, 4,
      "[\"setValueCurveAtTime\", [values], start time, duration]" },
    { "cancelScheduledValues", SCENE_EVENT_CANCEL, 2, "[\"cancelScheduledValues\", time]" },
    { "cancelAndHoldAtTime", SCENE_EVENT_CANCEL_AND_HOLD, 2, "[\"cancelAndHoldAtTime\", time]" },
};

static bool item_number(const cursor *list, size_t index, double min, double max, double *number) {
    const cursor item = cursor_item(list, index);
    return cursor_number(&item, min, max, number);
}

static bool item_float(const cursor *list, size_t index, float *number) {
    double value = 0;
    if (!item_number(list, index, -(double)FLT_MAX, (double)FLT_MAX, &value)) {
        return false;
    }
    *number = (float)value;
    return true;
}

static bool parse_curve(const cursor *at, scene_event *event) {
    const cursor list = cursor_item(at, 1);
    if (!cursor_check_list(&list, SCENE_CURVE_VALUES_MAX, "SCENE_CURVE_VALUES_MAX")) {
        return false;
    }
    event->curve_count = (uint32_t)json_array_size(list.value);
    float *curve = scene_take(at->reader->scene, event->curve_count, sizeof *curve);
    event->curve = curve;
    for (uint32_t i = 0; i < event->curve_count; i++) {
        if (!item_float(&list, i, &curve[i])) {
            return false;
        }
    }
    return true;
}

static const param_method *find_method(const cursor *at) {
    const json_t *name = json_array_get(at->value, 0);
    for (size_t i = 0; json_is_string(name) && i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, json_string_value(name)) == 0) {
            return &methods[i];
        }
    }
    return NULL;
}

static bool parse_event(const cursor *at, scene_event *event) {
    if (!cursor_check_list(at, 4, "the number of arguments allowed")) {
        return false;
    }
    const param_method *method = find_method(at);
    if (method == NULL) {
        return cursor_fail(at, "an event begins with the name of an AudioParam method, as in %s",
                           methods[0].form);
    }
    if (json_array_size(at->value) != method->item_count) {
        return cursor_fail(at, "the form is %s", method->form);
    }
    event->kind = method->kind;
    if (method->item_count == 2) {
        return item_number(at, 1, 0, SCENE_TIME_MAX_S, &event->time_s);
    }
    return (event->kind == SCENE_EVENT_VALUE_CURVE ? parse_curve(at, event)
                                                   : item_float(at, 1, &event->value)) &&
           item_number(at, 2, 0, SCENE_TIME_MAX_S, &event->time_s) &&
           (method->item_count == 3 || item_number(at, 3, 0, SCENE_TIME_MAX_S, &event->extra_s));
}

static bool find_param(const cursor *at, const scene_type *type, uint32_t *index) {
    const int found = scene_type_param(type, at->key);
    if (found == SCENE_NONE) {
        return cursor_fail(at, "%s has no parameter \"%.64s\"", type->name, at->key);
    }
    *index = (uint32_t)found;
    return true;
}

static bool parse_event_list(const cursor *list, scene_node *node) {
    uint32_t param_index = 0;
    if (!find_param(list, node->type, &param_index) ||
        !cursor_check_list(list, SCENE_EVENT_COUNT_MAX, "SCENE_EVENT_COUNT_MAX")) {
        return false;
    }
    for (uint32_t i = 0; i < json_array_size(list->value); i++) {
        const cursor item = cursor_item(list, i);
        scene_event *event = &node->events[node->event_count++];
        *event = (scene_event){ .param_index = param_index, .list_index = i };
        if (!parse_event(&item, event)) {
            return false;
        }
    }
    return true;
}

static bool parse_automation(const cursor *at, scene_node *node) {
    cursor params;
    if (!cursor_member(at, "params", &params)) {
        return true;
    }
    if (!cursor_check_object(&params, NULL)) {
        return false;
    }
    size_t count = 0;
    for (void *i = json_object_iter((json_t *)params.value); i != NULL;
         i = json_object_iter_next((json_t *)params.value, i)) {
        count += json_array_size(json_object_iter_value(i)); /* a comment's are too many, at worst */
    }
    node->events = scene_take(at->reader->scene, count, sizeof *node->events);
    for (void *i = json_object_iter((json_t *)params.value); i != NULL;
         i = json_object_iter_next((json_t *)params.value, i)) {
        cursor list;
        cursor_member(&params, json_object_iter_key(i), &list);
        if (!cursor_is_comment(&list) && !parse_event_list(&list, node)) {
            return false;
        }
    }
    return true;
}

static bool parse_rates(const cursor *at, scene_node *node) {
    static const char *const rates[] = { "a-rate", "k-rate", NULL };
    cursor object;
    if (!cursor_member(at, "rates", &object)) {
        return true;
    }
    if (!cursor_check_object(&object, NULL)) {
        return false;
    }
    node->rates = scene_take(at->reader->scene, json_object_size(object.value), sizeof *node->rates);
    for (void *i = json_object_iter((json_t *)object.value); i != NULL;
         i = json_object_iter_next((json_t *)object.value, i)) {
        cursor member;
        int rate = 0;
        cursor_member(&object, json_object_iter_key(i), &member);
        if (cursor_is_comment(&member)) {
            continue;
        }
        if (!find_param(&member, node->type, &node->rates[node->rate_count].param_index) ||
            !cursor_choice(&member, rates, &rate)) {
            return false;
        }
        node->rates[node->rate_count++].rate = (wa_automation_rate)(WA_AUTOMATION_RATE_A + rate);
    }
    return true;
}

static bool find_resource(const cursor *at, bool is_wave, int *index) {
    const scene_data *scene = at->reader->scene;
    const char *id = NULL;
    if (!cursor_string(at, &id)) {
        return false;
    }
    const uint32_t count = is_wave ? scene->wave_count : scene->buffer_count;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(is_wave ? scene->waves[i].id : scene->buffers[i].id, id) == 0) {
            *index = (int)i;
            return true;
        }
    }
    return cursor_fail(at, "there is no %s \"%.64s\"", is_wave ? "wave" : "buffer", id);
}

/* As many as there is room for; that there are enough is the engine's to say. */
static bool parse_doubles(const cursor *at, const scene_field *field, void *options) {
    double *target = (double *)(void *)((char *)options + field->offset);
    if (!cursor_check_list(at, field->count_max, "the most coefficients of a list")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(at->value);
    *(uint32_t *)(void *)((char *)options + field->count_offset) = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!item_number(at, i, -DBL_MAX, DBL_MAX, &target[i])) {
            return false;
        }
    }
    return true;
}

static bool parse_points(const cursor *at, const scene_field *field, void *options) {
    if (!cursor_check_list(at, field->count_max, "SCENE_CURVE_VALUES_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(at->value);
    float *points = scene_take(at->reader->scene, count > 0 ? count : 1, sizeof *points);
    *(const float **)(void *)((char *)options + field->offset) = points;
    *(uint32_t *)(void *)((char *)options + field->count_offset) = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!item_float(at, i, &points[i])) {
            return false;
        }
    }
    return true;
}

static bool parse_field(const cursor *at, const scene_field *field, scene_node *node) {
    void *target = (char *)&node->options + field->offset;
    double number = 0;
    int choice = 0;
    switch (field->kind) {
    case SCENE_FIELD_FLOAT:
        if (!cursor_number(at, -(double)FLT_MAX, (double)FLT_MAX, &number)) {
            return false;
        }
        *(float *)target = (float)number;
        return true;
    case SCENE_FIELD_DOUBLE:
        return cursor_number(at, -DBL_MAX, DBL_MAX, target);
    case SCENE_FIELD_COUNT:
        return cursor_count(at, 1, UINT32_MAX, target);
    case SCENE_FIELD_BOOL:
        return cursor_bool(at, target);
    case SCENE_FIELD_CHOICE:
        if (!cursor_choice(at, field->choices, &choice)) {
            return false;
        }
        *(int *)target = field->choice_first + choice;
        return true;
    case SCENE_FIELD_BUFFER:
        return find_resource(at, false, &node->buffer_index);
    case SCENE_FIELD_WAVE:
        return find_resource(at, true, &node->wave_index);
    case SCENE_FIELD_DOUBLES:
        return parse_doubles(at, field, &node->options);
    case SCENE_FIELD_POINTS:
        return parse_points(at, field, &node->options);
    case SCENE_FIELD_FILE:
        return parse_file(at, &node->media_path);
    }
    return false;
}

static const scene_field *find_field(const scene_type *type, const char *name) {
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (strcmp(type->fields[i].name, name) == 0) {
            return &type->fields[i];
        }
    }
    for (uint32_t i = 0; i < scene_common_field_count; i++) {
        if (strcmp(scene_common_fields[i].name, name) == 0) {
            return &scene_common_fields[i];
        }
    }
    return NULL;
}

static bool parse_options(const cursor *at, scene_node *node) {
    cursor options;
    memcpy(&node->options, node->type->defaults, node->type->options_bytes);
    if (!cursor_member(at, "options", &options)) {
        return true;
    }
    if (!cursor_check_object(&options, NULL)) {
        return false;
    }
    for (void *i = json_object_iter((json_t *)options.value); i != NULL;
         i = json_object_iter_next((json_t *)options.value, i)) {
        cursor member;
        cursor_member(&options, json_object_iter_key(i), &member);
        if (cursor_is_comment(&member)) {
            continue;
        }
        const scene_field *field = find_field(node->type, member.key);
        if (field == NULL) {
            return cursor_fail(&member, "%s has no option \"%.64s\"", node->type->name, member.key);
        }
        if (!parse_field(&member, field, node)) {
            return false;
        }
    }
    return true;
}

static bool check_file(const cursor *at, const scene_node *node) {
    return node->type->type != WA_NODE_TYPE_MEDIA_SOURCE || node->media_path != NULL ||
           cursor_fail(at, "a MediaSource needs a \"file\" among its options");
}

/* Numbers of the list form of "start". */
static size_t start_numbers_max(const scene_node *node) {
    return node->type->type == WA_NODE_TYPE_BUFFER_SOURCE  ? 3
           : node->type->type == WA_NODE_TYPE_MEDIA_SOURCE ? 2
                                                           : 0;
}

/* "start": when, [when, offset, duration] for a buffer, or [when, offset] for a file; "stop": when. */
static bool parse_schedule(const cursor *at, scene_node *node) {
    cursor start, stop;
    const bool has_start = cursor_member(at, "start", &start),
               has_stop = cursor_member(at, "stop", &stop);
    if ((has_start || has_stop) && !node->type->is_source) {
        return cursor_fail(has_start ? &start : &stop, "only a source starts and stops; %s is none",
                           node->type->name);
    }
    if (has_start && json_is_array(start.value)) {
        const size_t count = json_array_size(start.value);
        if (count < 1 || count > start_numbers_max(node)) {
            return cursor_fail(&start, "the form is a time, [time, offset, duration] for an "
                                       "AudioBufferSource, or [time, offset] for a MediaSource");
        }
        if (!item_number(&start, 0, 0, SCENE_TIME_MAX_S, &node->start_s) ||
            (count > 1 && !item_number(&start, 1, 0, SCENE_TIME_MAX_S, &node->offset_s)) ||
            (count > 2 && !item_number(&start, 2, 0, SCENE_TIME_MAX_S, &node->duration_s))) {
            return false;
        }
    } else if (has_start && !cursor_number(&start, 0, SCENE_TIME_MAX_S, &node->start_s)) {
        return false;
    }
    node->is_stopped = has_stop;
    return !has_stop || cursor_number(&stop, 0, SCENE_TIME_MAX_S, &node->stop_s);
}

static bool parse_node(const cursor *at, scene_node *node) {
    static const char *const keys[] = { "id",    "type",  "options", "params",
                                        "rates", "start", "stop",    NULL };
    cursor type;
    const char *name = NULL;
    *node = (scene_node){ .buffer_index = SCENE_NONE, .wave_index = SCENE_NONE, .duration_s = -1 };
    if (!cursor_check_object(at, keys) || !member_id(at, &node->id) ||
        !member_required(at, "type", &type) || !cursor_string(&type, &name)) {
        return false;
    }
    node->type = scene_type_by_name(name);
    if (node->type == NULL) {
        return cursor_fail(&type, "unknown node type \"%.64s\"; known are %s", name,
                           scene_type_names());
    }
    return parse_options(at, node) && check_file(at, node) && parse_automation(at, node) &&
           parse_rates(at, node) && parse_schedule(at, node);
}

bool parse_listener(const cursor *root, scene_data *scene) {
    static const char *const keys[] = { "params", "rates", NULL };
    cursor at;
    scene->listener = (scene_node){ .id = "listener", .type = &scene_listener_type };
    return !cursor_member(root, "listener", &at) ||
           (cursor_check_object(&at, keys) && parse_automation(&at, &scene->listener) &&
            parse_rates(&at, &scene->listener));
}

/* Ids are looked up by name for every connection: a map keeps that from growing with the square. */
bool parse_nodes(const cursor *list, scene_graph *graph, json_t *ids) {
    const uint32_t count = (uint32_t)json_array_size(list->value);
    graph->nodes = scene_take(list->reader->scene, count, sizeof *graph->nodes);
    for (; graph->node_count < count; graph->node_count++) {
        const cursor item = cursor_item(list, graph->node_count);
        scene_node *node = &graph->nodes[graph->node_count];
        if (!parse_node(&item, node)) {
            return false;
        }
        if (json_object_get(ids, node->id) != NULL) {
            return cursor_fail(&item, "a node with the id \"%s\" is there already", node->id);
        }
        json_object_set_new(ids, node->id, json_integer(graph->node_count));
    }
    return true;
}
