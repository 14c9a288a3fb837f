/* Voice templates: a small graph, envelopes that shape it and what a note sets in it. */
#include "scene_parse.h"
#include <string.h>

/* "target": "node.param" of the voice. */
static bool parse_target(const cursor *at, const scene_graph *graph, uint32_t *node,
                         uint32_t *param_index) {
    cursor target;
    const char *text = NULL;
    parsed_port port;
    if (!member_required(at, "target", &target) || !cursor_string(&target, &text) ||
        !parse_port(&target, text, graph, true, &port)) {
        return false;
    }
    if (!port.is_param) {
        return cursor_fail(&target, "a parameter is wanted, as in \"node.gain\"");
    }
    *node = port.node;
    *param_index = port.index;
    return true;
}

static bool parse_envelope(const cursor *at, scene_voice *voice, scene_envelope *envelope) {
    static const char *const keys[] = { "target", "attack", "decay",    "sustain", "release",
                                        "base",   "peak",   "velocity", NULL };
    double sustain = 1, velocity = 1;
    *envelope = (scene_envelope){ .attack_s = 0.005, .release_s = 0.05, .peak = 1 };
    if (!cursor_check_object(at, keys) ||
        !parse_target(at, &voice->graph, &envelope->node, &envelope->param_index) ||
        !member_number(at, "attack", 0, 600, &envelope->attack_s) ||
        !member_number(at, "decay", 0, 600, &envelope->decay_s) ||
        !member_number(at, "release", 0, 600, &envelope->release_s) ||
        !member_number(at, "sustain", 0, 1, &sustain) || !member_float(at, "base", &envelope->base) ||
        !member_float(at, "peak", &envelope->peak) || !member_number(at, "velocity", 0, 1, &velocity)) {
        return false;
    }
    envelope->sustain = (float)sustain;
    envelope->velocity = (float)velocity;
    voice->release_s = envelope->release_s > voice->release_s ? envelope->release_s : voice->release_s;
    return true;
}

static bool parse_mapping(const cursor *at, const scene_voice *voice, scene_mapping *mapping) {
    static const char *const keys[] = { "target", "from", "scale", "offset", "root", NULL };
    static const char *const sources[SCENE_MAP_SOURCE_COUNT + 1] = { "frequency", "note", "rate",
                                                                     "velocity",  "pan",  NULL };
    cursor from;
    int source = 0;
    double root = 60;
    *mapping = (scene_mapping){ .scale = 1 };
    if (!cursor_check_object(at, keys) ||
        !parse_target(at, &voice->graph, &mapping->node, &mapping->param_index) ||
        !member_required(at, "from", &from) || !cursor_choice(&from, sources, &source) ||
        !member_float(at, "scale", &mapping->scale) || !member_float(at, "offset", &mapping->offset) ||
        !member_number(at, "root", 0, SCENE_MIDI_NOTE_MAX, &root)) {
        return false;
    }
    mapping->source = (scene_map_source)source;
    mapping->root = (float)root;
    return true;
}

static bool parse_envelopes(const cursor *at, scene_data *scene, scene_voice *voice) {
    cursor list;
    if (!cursor_member(at, "envelopes", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_ENVELOPE_COUNT_MAX, "SCENE_ENVELOPE_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(list.value);
    voice->envelopes = scene_take(scene, count, sizeof *voice->envelopes);
    for (; voice->envelope_count < count; voice->envelope_count++) {
        const cursor item = cursor_item(&list, voice->envelope_count);
        if (!parse_envelope(&item, voice, &voice->envelopes[voice->envelope_count])) {
            return false;
        }
    }
    return true;
}

static bool parse_mappings(const cursor *at, scene_data *scene, scene_voice *voice) {
    cursor list;
    if (!cursor_member(at, "map", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_MAPPING_COUNT_MAX, "SCENE_MAPPING_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(list.value);
    voice->mappings = scene_take(scene, count, sizeof *voice->mappings);
    for (; voice->mapping_count < count; voice->mapping_count++) {
        const cursor item = cursor_item(&list, voice->mapping_count);
        if (!parse_mapping(&item, voice, &voice->mappings[voice->mapping_count])) {
            return false;
        }
    }
    return true;
}

/* A member that names a node: of the voice ("output") or of the scene ("to"). */
static bool parse_node_name(const cursor *at, const scene_graph *graph, bool is_voice, uint32_t *node) {
    const char *text = NULL;
    parsed_port port;
    if (!cursor_string(at, &text) || !parse_port(at, text, graph, is_voice, &port)) {
        return false;
    }
    *node = port.node;
    return !port.has_index || cursor_fail(at, "a node is wanted, without port or parameter");
}

static bool has_source(const scene_graph *graph) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].type->is_source) {
            return true;
        }
    }
    return false;
}

/* One file is one node's, and a template is for many. */
static bool check_no_files(const cursor *at, const scene_graph *graph) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (graph->nodes[i].type->type == WA_NODE_TYPE_MEDIA_SOURCE) {
            return cursor_fail(at, "a voice cannot have a MediaSource; a short file is a buffer");
        }
    }
    return true;
}

static bool parse_voice(const cursor *at, scene_data *scene, scene_voice *voice) {
    static const char *const keys[] = { "id",        "nodes", "connections", "output",
                                        "to",        "size",  "live_max",    "steal_oldest",
                                        "envelopes", "map",   NULL };
    cursor output, to;
    *voice = (scene_voice){ .to = SCENE_DESTINATION, .size = 20 };
    if (!cursor_check_object(at, keys) || !member_id(at, &voice->id) ||
        !parse_graph(at, &voice->graph, true) || !check_no_files(at, &voice->graph) ||
        !member_required(at, "output", &output) ||
        !parse_node_name(&output, &voice->graph, true, &voice->output_node) ||
        (cursor_member(at, "to", &to) && !parse_node_name(&to, &scene->graph, false, &voice->to)) ||
        !member_count(at, "size", 0, SCENE_VOICE_POOL_SIZE_MAX, &voice->size) ||
        !member_count(at, "live_max", 0, SCENE_VOICE_POOL_SIZE_MAX, &voice->live_max) ||
        !member_bool(at, "steal_oldest", &voice->steal_oldest)) {
        return false;
    }
    if (!has_source(&voice->graph)) {
        return cursor_fail(at, "a voice needs a source among its nodes");
    }
    return parse_envelopes(at, scene, voice) && parse_mappings(at, scene, voice);
}

bool parse_voices(const cursor *root, scene_data *scene) {
    cursor list;
    if (!cursor_member(root, "voices", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_VOICE_COUNT_MAX, "SCENE_VOICE_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(list.value);
    scene->voices = scene_take(scene, count, sizeof *scene->voices);
    for (; scene->voice_count < count; scene->voice_count++) {
        const cursor item = cursor_item(&list, scene->voice_count);
        scene_voice *voice = &scene->voices[scene->voice_count];
        if (!parse_voice(&item, scene, voice)) {
            return false;
        }
        for (uint32_t i = 0; i < scene->voice_count; i++) {
            if (strcmp(scene->voices[i].id, voice->id) == 0) {
                return cursor_fail(&item, "a voice with the id \"%s\" is there already", voice->id);
            }
        }
    }
    return true;
}
