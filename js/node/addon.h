/* js/node/addon.h -- what the files of the addon share. One addon_env for each JavaScript thread with it. */
#ifndef WAVEPOOL_JS_ADDON_H
#define WAVEPOOL_JS_ADDON_H
#define NAPI_VERSION 8
#include "../abi/abi.h"
#include <node_api.h>
#include <stdatomic.h>

/* Views of engine memory and cohorts of nodes are freed by the collector, possibly after everything else: they
 * keep the engine. */
typedef struct engine_use {
    wa_engine *engine;
    uint32_t count;
    wa_context **contexts; /* alive; they end with the JavaScript thread */
    uint32_t context_count, context_capacity;
    struct watcher *watch;         /* while the JavaScript thread is there */
    _Atomic uint64_t script_news;  /* moves on when a ScriptProcessorNode has something to answer */
    _Atomic uint32_t script_waits; /* what those of offline contexts wait for */
} engine_use;

typedef struct addon_env {
    abi_mailbox *box;
    struct bound_entry *entries;
    engine_use *use;
    struct watcher *watch;
    struct renderer *renderers; /* list of those that have a thread */
    struct worklet *worklets;   /* list of those that were made here */
    struct worklet *opened;     /* the one that this thread renders */
    napi_ref sentinel;          /* constructor of what cohorts.c hands out */
} addon_env;

void addon_function(napi_env env, napi_value object, const char *name, napi_callback call, void *data);
void engine_use_end(engine_use *use);

/* -- Each file adds its functions to the exports -- */
void views_add(napi_env env, napi_value exports, addon_env *own);
void render_add(napi_env env, napi_value exports, addon_env *own);
void render_finish(addon_env *own);
/* Of the job that it has, at most frames_max frames, on the thread that calls. 0: none were left, and the job
 * is done. RENDERER_WAITS: try again once scripts have answered. */
#define RENDERER_WAITS UINT32_MAX
uint32_t renderer_piece(struct renderer *self, uint32_t frames_max);
void worklets_add(napi_env env, napi_value exports, addon_env *own);
void worklets_detach(const addon_env *own, const wa_context *context);
void worklets_finish(addon_env *own);
void watch_add(napi_env env, napi_value exports, addon_env *own);
void watch_finish(addon_env *own);
/* Look now. Thread: any but the device's; the JavaScript thread has not ended. */
void watch_wake(const engine_use *use);
void scripts_add(napi_env env, napi_value exports, addon_env *own);
void cohorts_add(napi_env env, napi_value exports, addon_env *own);
void decode_add(napi_env env, napi_value exports, addon_env *own);
void devices_add(napi_env env, napi_value exports, addon_env *own);
#endif /* WAVEPOOL_JS_ADDON_H */
