/* tests/engine/graph_reader.h -- snapshots of a rig's graph, read back; and small graphs to take them of. What
 * is not there, or not of that kind, fails the test. Include after <cmocka.h>. */
#ifndef WA_TESTS_ENGINE_GRAPH_READER_H
#define WA_TESTS_ENGINE_GRAPH_READER_H
#include "rig.h"
#include <jansson.h>

char *take_text(const rig *r, const wa_graph_options *options);   /* freed by the caller */
json_t *take_json(const rig *r, const wa_graph_options *options); /* a reference */
const json_t *find_node(const json_t *root, wa_node node);        /* NULL: it is not there */
const char *string_of(const json_t *object, const char *key);     /* "(none)": it is no string */
double number_of(const json_t *object, const char *key);
bool is_id(const json_t *object, const char *key, wa_node node);
size_t count_of(const json_t *root, const char *key);

wa_node make_active(rig *r); /* a source that plays, connected to the output */
/* Of two nodes, an oscillator into a gain, connected to the output; VOICE_COUNT idle ones. */
enum { VOICE_COUNT = 3 };
wa_voice_pool *make_voices(rig *r);
#endif /* WA_TESTS_ENGINE_GRAPH_READER_H */
