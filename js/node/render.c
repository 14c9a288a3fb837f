/* Offline rendering on a thread of its own: one renderer per context that renders, with one job at a time. The
 * context is an embedded one; between two jobs it is handed back, so that edits take effect at once.
 */
#include "addon.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { CHANNEL_COUNT_MAX = 32, PIECE_FRAMES = 4096, SCRIPT_PAUSE_NS = 50000 };

typedef struct job {
    wa_context *context;
    const wa_buffer_hold *hold;
    float *planes[CHANNEL_COUNT_MAX];
    uint32_t channel_count, piece_frames;
    uint64_t stop_frame, claimed_frame; /* under the mutex: claimed is rendered, or being rendered */
} job;

typedef struct renderer {
    struct renderer *next, *before;
    addon_env *own; /* NULL once that has ended */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool has_job, is_quitting, is_joined;
    atomic_bool is_cancelled, is_elsewhere; /* elsewhere: it has a job for another thread */
    job now;
    engine_use *use;
    abi_mailbox *box;
    napi_threadsafe_function done;
} renderer;

static void render_piece(job *now, uint32_t frames) {
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .outputs = now->planes,
                                  .frame_count = frames };
    (void)wa_context_render(now->context, &desc);
    for (uint32_t channel = 0; channel < now->channel_count; channel++) {
        now->planes[channel] += frames;
    }
}

/* Frames of the next piece; 0: there is none. */
static uint32_t claim(renderer *self, uint32_t frames_max) {
    if (atomic_load(&self->is_cancelled)) {
        return 0;
    }
    pthread_mutex_lock(&self->mutex);
    const uint64_t left = self->now.stop_frame - self->now.claimed_frame;
    const uint32_t frames = left < frames_max ? (uint32_t)left : frames_max;
    self->now.claimed_frame += frames;
    pthread_mutex_unlock(&self->mutex);
    return frames;
}

/* Whether a ScriptProcessorNode waits for an answer, which the main thread is told. */
static bool must_wait(const renderer *self) {
    if (atomic_load(&self->use->script_waits) == 0 || atomic_load(&self->is_cancelled)) {
        return false;
    }
    watch_wake(self->use);
    return true;
}

uint32_t renderer_piece(renderer *self, uint32_t frames_max) {
    if (must_wait(self)) {
        return RENDERER_WAITS;
    }
    const uint32_t frames = claim(self, frames_max);
    if (frames > 0) {
        render_piece(&self->now, frames);
    } else if (atomic_exchange(&self->is_elsewhere, false)) {
        (void)wa_context_render_end(self->now.context);
        napi_call_threadsafe_function(self->done, self, napi_tsfn_nonblocking);
    }
    return frames;
}

/* With scripts, which wait between two quanta, a piece is one quantum. */
static void render_job(renderer *self) {
    const struct timespec pause = { 0, SCRIPT_PAUSE_NS };
    const uint32_t frames_max = self->now.piece_frames;
    for (uint32_t frames = 1; frames > 0;) {
        if (must_wait(self)) {
            nanosleep(&pause, NULL);
            continue;
        }
        frames = claim(self, frames_max);
        if (frames > 0) {
            render_piece(&self->now, frames);
        }
    }
}

static void *run(void *user) {
    renderer *self = user;
    pthread_mutex_lock(&self->mutex);
    for (;;) {
        while (!self->has_job && !self->is_quitting) {
            pthread_cond_wait(&self->wake, &self->mutex);
        }
        if (self->is_quitting) {
            break;
        }
        pthread_mutex_unlock(&self->mutex);
        render_job(self);
        (void)wa_context_render_end(self->now.context);
        pthread_mutex_lock(&self->mutex);
        self->has_job = false;
        napi_call_threadsafe_function(self->done, self, napi_tsfn_nonblocking);
    }
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* On the JavaScript thread: the job's buffer is let go, the callback called; slot 1: the frames of the job. */
static void tell(napi_env env, napi_value callback, void *context, void *data) {
    (void)context;
    renderer *self = data;
    wa_buffer_hold_end(self->use->engine, self->now.hold);
    self->now.hold = NULL;
    if (env != NULL) {
        napi_value global;
        napi_get_global(env, &global);
        self->box->slots[1] = (double)self->now.claimed_frame;
        napi_unref_threadsafe_function(env, self->done);
        napi_call_function(env, global, callback, 0, NULL, NULL);
    }
}

/* The job that runs ends soon; then the thread does. */
static void join(renderer *self) {
    if (self->is_joined) {
        return;
    }
    atomic_store(&self->is_cancelled, true);
    pthread_mutex_lock(&self->mutex);
    self->is_quitting = true;
    pthread_cond_signal(&self->wake);
    pthread_mutex_unlock(&self->mutex);
    pthread_join(self->thread, NULL);
    self->is_joined = true;
}

static void unlist(renderer *self) {
    *(self->before != NULL ? &self->before->next : &self->own->renderers) = self->next;
    if (self->next != NULL) {
        self->next->before = self->before;
    }
}

/* The JavaScript thread ends: contexts go next, so nothing may render any more. */
void render_finish(addon_env *own) {
    for (renderer *each = own->renderers; each != NULL; each = each->next) {
        join(each);
        each->own = NULL;
    }
    own->renderers = NULL;
}

static void finalize(napi_env env, void *data, void *hint) {
    (void)env, (void)hint;
    renderer *self = data;
    join(self);
    if (self->own != NULL) {
        unlist(self);
    }
    wa_buffer_hold_end(self->use->engine, self->now.hold);
    engine_use_end(self->use);
    pthread_cond_destroy(&self->wake);
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

/* renderer(callback): its address, or 0. The callback is called after each job. */
static napi_value create(napi_env env, napi_callback_info info) {
    size_t argc = 1;
    napi_value callback, name, result;
    void *data = NULL;
    napi_get_cb_info(env, info, &argc, &callback, NULL, &data);
    addon_env *own = data;
    renderer *self = calloc(1, sizeof *self);
    if (self != NULL) {
        pthread_mutex_init(&self->mutex, NULL);
        pthread_cond_init(&self->wake, NULL);
        napi_create_string_utf8(env, "wavepool renderer", NAPI_AUTO_LENGTH, &name);
        if (pthread_create(&self->thread, NULL, run, self) != 0) {
            free(self);
            self = NULL;
        } else {
            self->use = own->use;
            self->use->count++;
            self->own = own;
            self->box = own->box;
            self->next = own->renderers;
            if (self->next != NULL) {
                self->next->before = self;
            }
            own->renderers = self;
            napi_create_threadsafe_function(env, callback, NULL, name, 0, 1, self, finalize, NULL, tell,
                                            &self->done);
            napi_unref_threadsafe_function(env, self->done);
        }
    }
    napi_create_double(env, abi_address(self), &result);
    return result;
}

/* slots: renderer, context, buffer, first frame in it, frames, whether another thread will render it piece by
 * piece, frames of a piece otherwise (0: as is best). The context runs. The loop stays alive. */
static napi_value start(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    abi_mailbox *box = own->box;
    renderer *self = abi_pointer(box, 0);
    const wa_buffer buffer = { abi_id(box, 2) };
    wa_buffer_info facts = { 0 };
    wa_status status = wa_buffer_get_info(own->use->engine, buffer, &facts);
    if (status == WA_OK) {
        status = wa_buffer_hold_begin(own->use->engine, buffer, &self->now.hold);
    }
    if (status == WA_OK) {
        self->now.context = abi_pointer(box, 1);
        self->now.channel_count = facts.channel_count;
        self->now.stop_frame = (uint64_t)box->slots[5];
        self->now.claimed_frame = 0;
        self->now.piece_frames = box->slots[7] > 0.0 ? abi_uint(box, 7) : (uint32_t)PIECE_FRAMES;
        for (uint32_t channel = 0; channel < facts.channel_count; channel++) {
            self->now.planes[channel] =
                wa_buffer_plane(own->use->engine, buffer, channel) + (uint64_t)box->slots[4];
        }
        atomic_store(&self->is_cancelled, false);
        napi_ref_threadsafe_function(env, self->done);
        pthread_mutex_lock(&self->mutex);
        self->has_job = box->slots[6] == 0.0;
        atomic_store(&self->is_elsewhere, !self->has_job);
        pthread_cond_signal(&self->wake);
        pthread_mutex_unlock(&self->mutex);
    }
    abi_return(box, status);
    return NULL;
}

/* slots: renderer, frame of the job. It ends there if it has not got further yet: else INVALID_STATE. */
static napi_value limit(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    abi_mailbox *box = ((addon_env *)data)->box;
    renderer *self = abi_pointer(box, 0);
    const uint64_t frame = (uint64_t)box->slots[1];
    pthread_mutex_lock(&self->mutex);
    const bool is_ahead = frame >= self->now.claimed_frame;
    if (is_ahead && frame < self->now.stop_frame) {
        self->now.stop_frame = frame;
    }
    pthread_mutex_unlock(&self->mutex);
    abi_return(box, is_ahead ? WA_OK : WA_ERR_INVALID_STATE);
    return NULL;
}

/* slots: renderer. The job that runs, if any, ends soon, and its callback comes. */
static napi_value cancel(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    renderer *self = abi_pointer(((addon_env *)data)->box, 0);
    atomic_store(&self->is_cancelled, true);
    return NULL;
}

/* slots: renderer; a job of its that nobody renders any more ends, and its callback comes. */
static napi_value abandon(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    renderer *self = abi_pointer(((addon_env *)data)->box, 0);
    atomic_store(&self->is_cancelled, true);
    (void)renderer_piece(self, 0);
    return NULL;
}

/* slots: renderer, without a job. */
static napi_value destroy(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    renderer *self = abi_pointer(((addon_env *)data)->box, 0);
    napi_release_threadsafe_function(self->done, napi_tsfn_abort);
    return NULL;
}

void render_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "renderer", create, own);
    addon_function(env, exports, "renderStart", start, own);
    addon_function(env, exports, "renderLimit", limit, own);
    addon_function(env, exports, "renderCancel", cancel, own);
    addon_function(env, exports, "renderAbandon", abandon, own);
    addon_function(env, exports, "renderDestroy", destroy, own);
}
