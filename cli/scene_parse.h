/* cli/scene_parse.h -- the parts of the scene parser; each reads one section of the file. */
#ifndef WA_CLI_SCENE_PARSE_H
#define WA_CLI_SCENE_PARSE_H
#include "scene_json.h"
#include "scene_limits.h"

/* "nodes" and "connections" of object: of the scene itself, or of a voice template. */
bool parse_graph(const cursor *object, scene_graph *graph, bool is_voice);
/* "listener": its automation. */
bool parse_listener(const cursor *root, scene_data *scene);
/* "nodes" alone; ids receives the index of each by its id. */
bool parse_nodes(const cursor *list, scene_graph *graph, json_t *ids);
/* A file that the scene names: where it is, if it may have it. Kept by the scene. */
bool parse_file(const cursor *at, const char **path);
/* Where "id", "id:port" or "id.param" leads. is_param stays false for a port. */
typedef struct parsed_port {
    uint32_t node, index;
    bool is_param, has_index;
} parsed_port;
bool parse_port(const cursor *at, const char *text, const scene_graph *graph, bool is_voice,
                parsed_port *port);
/* "voices". */
bool parse_voices(const cursor *root, scene_data *scene);
/* "patterns" and "parts": fills the scene's notes, sorted by time. */
bool parse_notes(const cursor *root, scene_data *scene);

/* "C4", "F#3", "Bb2" or a MIDI number; NULL when it is none, else behind it. */
const char *parse_pitch(const char *text, int *midi);
#endif /* WA_CLI_SCENE_PARSE_H */
