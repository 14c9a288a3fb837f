/* The scenes as exports of a module of their own: the engine's with this beside it. */
#include "scenes.h"

#define EXPORT(name) __attribute__((export_name(name)))

static float planes[SCENE_CHANNELS * SCENE_FRAMES];

EXPORT("sceneName") uint32_t scene_name_at(uint32_t index) {
    return index < scene_count() ? (uint32_t)(uintptr_t)scene_name(index) : 0;
}

EXPORT("scenePlanes") uint32_t scene_planes(void) {
    return (uint32_t)(uintptr_t)planes;
}

EXPORT("sceneFloats") uint32_t scene_floats(void) {
    return SCENE_CHANNELS * SCENE_FRAMES;
}

EXPORT("sceneRender") uint32_t scene_render_at(wa_engine *engine, uint32_t index) {
    return (uint32_t)scene_render(engine, index, planes);
}

/* Its context; 0: refused. */
EXPORT("voicesOpen") uint32_t voices_open_in(wa_engine *engine, uint32_t voice_count) {
    wa_context *context = NULL;
    return voices_open(engine, voice_count, &context) == WA_OK ? (uint32_t)(uintptr_t)context : 0;
}

EXPORT("voicesRender") void voices_render_in(wa_context *context, uint32_t quantum_count) {
    voices_render(context, quantum_count);
}

EXPORT("voicesClose") void voices_close(wa_context *context) {
    (void)wa_context_destroy(context);
}
