/* Connections: chains of nodes, with ports and parameters at their ends. */
#include "scene_parse.h"
#include <stdlib.h>
#include <string.h>

static bool find_node(const cursor *at, const json_t *ids, const scene_graph *graph, bool is_voice,
                      const char *text, size_t length, uint32_t *node) {
    char id[80] = "";
    if (length < sizeof id) {
        memcpy(id, text, length);
    }
    if (!is_voice && strcmp(id, "destination") == 0) {
        *node = SCENE_DESTINATION;
        return true;
    }
    const json_t *found = ids != NULL ? json_object_get(ids, id) : NULL;
    if (found != NULL) {
        *node = (uint32_t)json_integer_value(found);
        return true;
    }
    for (uint32_t i = 0; ids == NULL && i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].id, id) == 0) {
            *node = i;
            return true;
        }
    }
    if (!is_voice && strcmp(id, "listener") == 0) { /* unless a node has that name */
        *node = SCENE_LISTENER;
        return true;
    }
    return cursor_fail(at, "there is no node \"%.*s\"", (int)(length < 64 ? length : 64), text);
}

static const scene_type *type_of(const scene_graph *graph, uint32_t node) {
    return node == SCENE_DESTINATION ? NULL
           : node == SCENE_LISTENER  ? &scene_listener_type
                                     : graph->nodes[node].type;
}

static bool read_port(const cursor *at, const char *text, const json_t *ids, const scene_graph *graph,
                      bool is_voice, parsed_port *port) {
    enum { PORT_DIGITS_MAX = 9 };
    const size_t length = strcspn(text, ":.");
    const char *rest = text + length;
    *port = (parsed_port){ .has_index = *rest != '\0' };
    if (!find_node(at, ids, graph, is_voice, text, length, &port->node)) {
        return false;
    }
    if (*rest == ':') {
        const size_t digits = strspn(rest + 1, "0123456789");
        if (digits == 0 || digits > PORT_DIGITS_MAX || rest[1 + digits] != '\0') {
            return cursor_fail(at, "\"%.64s\": the form is node, node:port or node.parameter", text);
        }
        port->index = (uint32_t)strtoul(rest + 1, NULL, 10);
    } else if (*rest == '.') {
        const scene_type *type = type_of(graph, port->node);
        const int index = type != NULL ? scene_type_param(type, rest + 1) : SCENE_NONE;
        if (index == SCENE_NONE) {
            return cursor_fail(at, "%s has no parameter \"%.64s\"",
                               type != NULL ? type->name : "destination", rest + 1);
        }
        port->is_param = true;
        port->index = (uint32_t)index;
    }
    if (port->node == SCENE_LISTENER && !port->is_param) {
        return cursor_fail(at, "\"%.64s\": the listener takes connections to its parameters only",
                           text);
    }
    return true;
}

bool parse_port(const cursor *at, const char *text, const scene_graph *graph, bool is_voice,
                parsed_port *port) {
    return read_port(at, text, NULL, graph, is_voice, port);
}

static bool parse_link(const cursor *at, size_t index, const json_t *ids, const scene_graph *graph,
                       bool is_voice, parsed_port *port) {
    const cursor item = cursor_item(at, index);
    const size_t count = json_array_size(at->value);
    const char *text = NULL;
    if (!cursor_string(&item, &text) || !read_port(&item, text, ids, graph, is_voice, port)) {
        return false;
    }
    if (port->has_index && index > 0 && index + 1 < count) {
        return cursor_fail(&item,
                           "only the first and the last of a chain may name a port or parameter");
    }
    if (index + 1 < count && (port->is_param || port->node == SCENE_DESTINATION)) {
        return cursor_fail(&item, "\"%.64s\" has no output", text);
    }
    return true;
}

/* ["a", "b", "c:1"]: a to b, b to input 1 of c. */
static bool parse_chain(const cursor *at, const json_t *ids, scene_graph *graph, bool is_voice) {
    parsed_port from, to;
    const size_t count = json_array_size(at->value);
    if (!parse_link(at, 0, ids, graph, is_voice, &from)) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        if (!parse_link(at, i, ids, graph, is_voice, &to)) {
            return false;
        }
        graph->edges[graph->edge_count++] =
            (scene_edge){ from.node, from.index, to.node, to.index, to.is_param, (uint32_t)at->index };
        from = (parsed_port){ .node = to.node };
    }
    return true;
}

static bool parse_connections(const cursor *list, scene_graph *graph, const json_t *ids,
                              bool is_voice) {
    const size_t edge_count_max = is_voice ? WA_VOICE_EDGE_COUNT_MAX : SCENE_CONNECTION_COUNT_MAX;
    size_t edge_count = 0;
    for (size_t i = 0; i < json_array_size(list->value); i++) {
        const cursor chain = cursor_item(list, i);
        if (!cursor_check_list(&chain, edge_count_max, "the number of connections allowed")) {
            return false;
        }
        if (json_array_size(chain.value) < 2) {
            return cursor_fail(&chain, "a connection is a list of two or more, [\"from\", \"to\"]");
        }
        edge_count += json_array_size(chain.value) - 1;
    }
    if (edge_count > edge_count_max) {
        return cursor_fail(list, "%zu connections; at most %zu are allowed", edge_count,
                           edge_count_max);
    }
    graph->edges = scene_take(list->reader->scene, edge_count, sizeof *graph->edges);
    for (size_t i = 0; i < json_array_size(list->value); i++) {
        const cursor chain = cursor_item(list, i);
        if (!parse_chain(&chain, ids, graph, is_voice)) {
            return false;
        }
    }
    return true;
}

bool parse_graph(const cursor *object, scene_graph *graph, bool is_voice) {
    cursor nodes, connections;
    const bool has_nodes = cursor_member(object, "nodes", &nodes);
    const size_t node_count_max = is_voice ? WA_VOICE_NODE_COUNT_MAX : SCENE_NODE_COUNT_MAX;
    if (has_nodes &&
        !cursor_check_list(&nodes, node_count_max,
                           is_voice ? "WA_VOICE_NODE_COUNT_MAX" : "SCENE_NODE_COUNT_MAX")) {
        return false;
    }
    json_t *ids = json_object();
    bool is_ok = ids != NULL && (!has_nodes || parse_nodes(&nodes, graph, ids));
    if (is_ok && cursor_member(object, "connections", &connections)) {
        is_ok =
            cursor_check_list(&connections, SCENE_CONNECTION_COUNT_MAX, "SCENE_CONNECTION_COUNT_MAX") &&
            parse_connections(&connections, graph, ids, is_voice);
    }
    json_decref(ids);
    return is_ok;
}
