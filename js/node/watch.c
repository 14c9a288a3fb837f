/* One thread per JavaScript thread looks at the contexts that play, some hundred times a second, and wakes the
 * event loop when one has left something to poll for. Nothing wakes it from the render side: that would be a
 * system call. */
#include "addon.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_NS = 4000000, LOOK_SCRIPT_NS = 1000000 }; /* once there was a ScriptProcessorNode */

typedef struct watched {
    wa_context *context;
    uint64_t seen;
} watched;

typedef struct watcher {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    watched *list;
    uint32_t count, capacity;
    bool is_quitting, is_joined;
    uint32_t holder_count; /* the JavaScript thread's world, and the function that is called */
    atomic_bool is_told;   /* a call is on its way */
    engine_use *use;
    uint64_t seen_scripts;
    napi_threadsafe_function news;
} watcher;

static bool has_news(watcher *self) {
    const uint64_t scripts = atomic_load(&self->use->script_news);
    bool is_any = scripts != self->seen_scripts;
    self->seen_scripts = scripts;
    for (uint32_t index = 0; index < self->count; index++) {
        const uint64_t now = wa_context_activity(self->list[index].context);
        is_any |= now != self->list[index].seen;
        self->list[index].seen = now;
    }
    return is_any;
}

static void wake(watcher *self) {
    if (!atomic_exchange(&self->is_told, true)) {
        napi_call_threadsafe_function(self->news, NULL, napi_tsfn_nonblocking);
    }
}

void watch_wake(const engine_use *use) {
    if (use->watch != NULL) {
        wake(use->watch);
    }
}

static void *run(void *user) {
    watcher *self = user;
    pthread_mutex_lock(&self->mutex);
    while (!self->is_quitting) {
        if (self->count == 0) {
            pthread_cond_wait(&self->wake, &self->mutex);
            continue;
        }
        if (has_news(self)) {
            wake(self);
        }
        const struct timespec pause = { 0, self->seen_scripts > 0 ? LOOK_SCRIPT_NS : LOOK_NS };
        pthread_mutex_unlock(&self->mutex);
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&self->mutex);
    }
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

static void tell(napi_env env, napi_value callback, void *context, void *data) {
    (void)data;
    watcher *self = context;
    atomic_store(&self->is_told, false);
    if (env != NULL) {
        napi_value global;
        napi_get_global(env, &global);
        napi_call_function(env, global, callback, 0, NULL, NULL);
    }
}

/* Before either holder goes: the thread looks at contexts and calls the function. */
static void let_go(watcher *self) {
    if (!self->is_joined) {
        pthread_mutex_lock(&self->mutex);
        self->is_quitting = true;
        pthread_cond_signal(&self->wake);
        pthread_mutex_unlock(&self->mutex);
        pthread_join(self->thread, NULL);
        self->is_joined = true;
    }
    if (--self->holder_count == 0) {
        free(self->list);
        pthread_cond_destroy(&self->wake);
        pthread_mutex_destroy(&self->mutex);
        free(self);
    }
}

static void finalize(napi_env env, void *data, void *hint) {
    (void)env, (void)hint;
    let_go(data);
}

/* watch(callback): once. */
static napi_value open_watch(napi_env env, napi_callback_info info) {
    size_t argc = 1;
    napi_value callback, name;
    void *data = NULL;
    napi_get_cb_info(env, info, &argc, &callback, NULL, &data);
    addon_env *own = data;
    watcher *self = calloc(1, sizeof *self);
    if (self == NULL || own->watch != NULL) {
        free(self);
        return NULL;
    }
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->wake, NULL);
    self->use = own->use; /* a context is there, which has made it */
    napi_create_string_utf8(env, "wavepool watcher", NAPI_AUTO_LENGTH, &name);
    napi_create_threadsafe_function(env, callback, NULL, name, 0, 1, self, finalize, self, tell,
                                    &self->news);
    napi_unref_threadsafe_function(env, self->news);
    self->holder_count = 2;
    self->is_joined = pthread_create(&self->thread, NULL, run, self) != 0;
    if (self->is_joined) {
        self->holder_count = 1;
        napi_release_threadsafe_function(self->news, napi_tsfn_abort);
        napi_throw_error(env, "WAVEPOOL", "the thread that watches contexts did not start");
        return NULL;
    }
    own->watch = own->use->watch = self;
    return NULL;
}

static bool reserve(watcher *self) {
    if (self->count == self->capacity) {
        const uint32_t capacity = self->capacity > 0 ? 2 * self->capacity : 16;
        watched *grown = realloc(self->list, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        self->list = grown;
        self->capacity = capacity;
    }
    return true;
}

/* slots: context -> status */
static napi_value add(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    watcher *self = own->watch;
    wa_context *context = abi_pointer(own->box, 0);
    pthread_mutex_lock(&self->mutex);
    const bool has_room = reserve(self);
    if (has_room) {
        self->list[self->count++] = (watched){ context, 0 };
        pthread_cond_signal(&self->wake);
    }
    pthread_mutex_unlock(&self->mutex);
    abi_return(own->box, has_room ? WA_OK : WA_ERR_SYSTEM_MEMORY);
    return NULL;
}

static napi_value drop(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    watcher *self = own->watch;
    const wa_context *context = abi_pointer(own->box, 0);
    pthread_mutex_lock(&self->mutex);
    for (uint32_t index = 0; index < self->count; index++) {
        if (self->list[index].context == context) {
            self->list[index] = self->list[--self->count];
            break;
        }
    }
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* keepAlive(isPlaying): the event loop does not end while something plays. */
static napi_value keep_alive(napi_env env, napi_callback_info info) {
    size_t argc = 1;
    napi_value wanted;
    void *data = NULL;
    bool is_wanted = false;
    napi_get_cb_info(env, info, &argc, &wanted, NULL, &data);
    const watcher *self = ((addon_env *)data)->watch;
    napi_get_value_bool(env, wanted, &is_wanted);
    if (is_wanted) {
        napi_ref_threadsafe_function(env, self->news);
    } else {
        napi_unref_threadsafe_function(env, self->news);
    }
    return NULL;
}

void watch_finish(addon_env *own) {
    if (own->watch != NULL) {
        own->use->watch = NULL;
        let_go(own->watch);
        own->watch = NULL;
    }
}

void watch_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "watch", open_watch, own);
    addon_function(env, exports, "watchAdd", add, own);
    addon_function(env, exports, "watchDrop", drop, own);
    addon_function(env, exports, "keepAlive", keep_alive, own);
}
