/* cli/scene_build.h -- a scene's buffers, waves, nodes and connections, made in a context. */
#ifndef WA_CLI_SCENE_BUILD_H
#define WA_CLI_SCENE_BUILD_H
#include "scene.h"

typedef struct scene_build {
    scene_data *scene; /* options of its nodes receive the handles made here */
    wa_context *context;
    wa_node output; /* what "destination" means */
    bool has_input; /* the context has one; else Inputs are silent */
    wa_buffer *buffers;
    wa_periodic_wave *waves;
    wa_node *nodes;
} scene_build;

/* Make everything but notes; sources are started. What the scene connects to its destination goes to output.
 * has_input: the context can have Input nodes; else Gains that nothing feeds are in their places.
 * context is_gathering: the caller flushes.
 * On failure error holds "$.path (line N): message". What was made goes with context and engine. */
wa_status scene_build_init(scene_build *build, scene_data *scene, wa_context *context, wa_node output,
                           bool has_input, char error[SCENE_ERROR_BYTES]);
/* The scene's node, or the output. */
wa_node scene_build_node(const scene_build *build, uint32_t node);
/* The id of a node made here; NULL: none of these (a voice's). */
const char *scene_build_id(const scene_build *build, wa_node node);

/* How much a context's MediaSources decode ahead: enough for its quantum at any rate. */
double scene_media_ring_s(const wa_context *context);
/* Apply one automation event to param, time_s later. */
wa_status scene_event_apply(const scene_event *event, wa_context *context, wa_param param,
                            double time_s);
/* start and stop of a source, time_s later; a voice's is not stopped here unless the scene says so. */
wa_status scene_source_start(const scene_node *node, wa_context *context, wa_node source,
                             double time_s);
/* Keep "path (line N): the library's message (status)" in error. Returns status. */
__attribute__((format(printf, 4, 5))) wa_status scene_fail(const scene_data *scene, wa_status status,
                                                           char error[SCENE_ERROR_BYTES],
                                                           const char *path_format, ...);
#endif /* WA_CLI_SCENE_BUILD_H */
