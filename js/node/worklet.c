/* AudioWorklet: processors in JavaScript, called on the thread of a Worker that renders the whole context.
 *
 *   main thread: worklet(), workletProcessor() for each node
 *   Worker: workletOpen(), then workletQuantum() or workletPiece()
 *
 * A worklet belongs to both and goes with the last of them. Only the Worker calls JavaScript, from inside the
 * engine's quantum: what crosses is copied through the bridge, rows of one quantum each that no user's code
 * ever sees, so that nothing it does to its arrays can reach the engine.
 *
 *   bridge rows: params, then channels of the inputs, then channels of the outputs
 *   slots: id, frame, whether the counts differ from last time; the counts in the order of the rows
 */
#include "addon.h"
#include "float_mode.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTS_MAX = 32 + 32 + WA_PROCESSOR_PARAM_COUNT_MAX };
enum { SLOT_ID = 0, SLOT_FRAME = 1, SLOT_CHANGED = 2, SLOT_COUNTS = 3 };
typedef enum answer { ANSWER_DONE = 0, ANSWER_ACTIVE = 1, ANSWER_FAILED = 2 } answer;

typedef struct processor {
    struct worklet *of;
    struct processor *next; /* of those that are gone */
    uint32_t id;
    bool has_failed;
    uint8_t counts[COUNTS_MAX]; /* channels, and 1 for a param of one value, 2 for one of many */
} processor;

typedef struct worklet {
    struct worklet *next, *before; /* of the main thread */
    _Atomic uint32_t holder_count;
    pthread_mutex_t mutex; /* while a quantum renders, and of context */
    wa_context *context;   /* NULL: it has been given back */
    uint32_t last_id;      /* main thread */
    _Atomic(processor *) gone;
    /* the Worker */
    addon_env *own;
    napi_env env, now; /* now: while it renders */
    napi_ref run, grow, bridge;
    float *rows;
    uint32_t row_count;
} worklet;

/* -- life --------------------------------------------------------------------------------------- */

static void drop_gone(worklet *self) {
    for (processor *each = atomic_exchange(&self->gone, NULL); each != NULL;) {
        processor *next = each->next;
        free(each);
        each = next;
    }
}

static void let_go(worklet *self) {
    if (atomic_fetch_sub(&self->holder_count, 1) == 1) {
        drop_gone(self);
        pthread_mutex_destroy(&self->mutex);
        free(self);
    }
}

static void detach(worklet *self) {
    pthread_mutex_lock(&self->mutex);
    self->context = NULL;
    pthread_mutex_unlock(&self->mutex);
}

/* The context is about to be given back. */
void worklets_detach(const addon_env *own, const wa_context *context) {
    for (worklet *each = own->worklets; each != NULL; each = each->next) {
        if (each->context == context) {
            detach(each);
        }
    }
}

static void unlist(addon_env *own, worklet *self) {
    *(self->before != NULL ? &self->before->next : &own->worklets) = self->next;
    if (self->next != NULL) {
        self->next->before = self->before;
    }
}

/* The JavaScript thread ends. Its Workers ended before. */
void worklets_finish(addon_env *own) {
    if (own->opened != NULL) {
        own->opened->env = NULL;
        let_go(own->opened);
        own->opened = NULL;
    }
    while (own->worklets != NULL) {
        worklet *first = own->worklets;
        unlist(own, first);
        detach(first);
        let_go(first);
    }
}

/* -- the main thread ---------------------------------------------------------------------------- */

/* slots: context -> status, address */
static napi_value make(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    worklet *self = calloc(1, sizeof *self);
    if (self == NULL) {
        abi_return(own->box, WA_ERR_SYSTEM_MEMORY);
        return NULL;
    }
    pthread_mutex_init(&self->mutex, NULL);
    atomic_store(&self->holder_count, 1);
    self->context = abi_pointer(own->box, 0);
    self->next = own->worklets;
    if (self->next != NULL) {
        self->next->before = self;
    }
    own->worklets = self;
    own->box->slots[1] = abi_address(self);
    abi_return(own->box, WA_OK);
    return NULL;
}

/* slots: worklet. Its Worker has ended, or never began. */
static napi_value drop(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    worklet *self = abi_pointer(own->box, 0);
    unlist(own, self);
    detach(self);
    let_go(self);
    return NULL;
}

static bool process(void *user, const wa_process_args *args);

/* Of the engine, inside a call of the main thread's: the Worker shall forget it. */
static void finish(void *user) {
    processor *self = user;
    worklet *of = self->of;
    self->next = atomic_load(&of->gone);
    while (!atomic_compare_exchange_weak(&of->gone, &self->next, self)) {}
    let_go(of);
}

/* slots: worklet (0: the node shall be silent) -> status, processor, id, callbacks for processorDefine */
static napi_value make_processor(napi_env env, napi_callback_info info) {
    static const abi_processor_callbacks callbacks = { process, finish };
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    abi_mailbox *box = ((addon_env *)data)->box;
    worklet *of = abi_pointer(box, 0);
    box->slots[1] = box->slots[2] = 0.0;
    box->slots[3] = abi_address(&callbacks);
    abi_return(box, WA_OK);
    if (of == NULL) {
        return NULL;
    }
    processor *self = calloc(1, sizeof *self);
    if (self == NULL) {
        abi_return(box, WA_ERR_SYSTEM_MEMORY);
        return NULL;
    }
    self->of = of;
    self->id = ++of->last_id;
    atomic_fetch_add(&of->holder_count, 1);
    box->slots[1] = abi_address(self);
    box->slots[2] = self->id;
    return NULL;
}

/* slots: processor that no node has taken */
static napi_value drop_processor(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    processor *self = abi_pointer(((addon_env *)data)->box, 0);
    let_go(self->of);
    free(self);
    return NULL;
}

/* -- a quantum of one processor, in the Worker -------------------------------------------------- */

/* False: JavaScript threw, which it does only when it is being ended. */
static bool call(worklet *of, napi_ref function) {
    napi_value target, global;
    bool is_pending = false;
    if (napi_get_reference_value(of->now, function, &target) != napi_ok ||
        napi_get_global(of->now, &global) != napi_ok) {
        return false;
    }
    const bool is_done = napi_call_function(of->now, global, target, 0, NULL, NULL) == napi_ok;
    if (napi_is_exception_pending(of->now, &is_pending) == napi_ok && is_pending) {
        napi_value ignored;
        (void)napi_get_and_clear_last_exception(of->now, &ignored);
    }
    return is_done;
}

static uint32_t count_rows(const wa_process_args *args) {
    uint32_t count = args->param_count;
    for (uint32_t index = 0; index < args->input_count; index++) {
        count += args->inputs[index].channel_count;
    }
    for (uint32_t index = 0; index < args->output_count; index++) {
        count += args->outputs[index].channel_count;
    }
    return count;
}

static bool has_room(worklet *of, uint32_t row_count) {
    if (row_count > of->row_count) {
        of->own->box->slots[0] = row_count;
        (void)call(of, of->grow); /* workletBridge() */
    }
    return row_count <= of->row_count;
}

/* What is told when it is not as it was. */
static void put_count(processor *self, double *slots, uint32_t index, uint32_t count) {
    if (self->counts[index] != count) {
        self->counts[index] = (uint8_t)count;
        slots[SLOT_CHANGED] = 1.0;
    }
    slots[SLOT_COUNTS + index] = count;
}

static void put(processor *self, const wa_process_args *args) {
    double *slots = self->of->own->box->slots;
    const size_t row_frames = args->frame_count;
    float *row = self->of->rows;
    uint32_t index = 0;
    slots[SLOT_ID] = self->id;
    slots[SLOT_FRAME] = (double)args->frame;
    slots[SLOT_CHANGED] = 0.0;
    for (uint32_t param = 0; param < args->param_count; param++, row += row_frames) {
        const wa_process_param *of = &args->params[param];
        memcpy(row, of->values, of->value_count * sizeof(float));
        put_count(self, slots, index++, of->value_count > 1 ? 2 : 1);
    }
    for (uint32_t input = 0; input < args->input_count; input++) {
        const wa_process_input *of = &args->inputs[input];
        for (uint32_t channel = 0; channel < of->channel_count; channel++, row += row_frames) {
            memcpy(row, of->planes[channel], row_frames * sizeof(float));
        }
        put_count(self, slots, index++, of->channel_count);
    }
    for (uint32_t output = 0; output < args->output_count; output++) {
        put_count(self, slots, index++, args->outputs[output].channel_count);
    }
}

static void take(const worklet *of, const wa_process_args *args) {
    const size_t row_frames = args->frame_count;
    uint32_t output_rows = 0;
    for (uint32_t output = 0; output < args->output_count; output++) {
        output_rows += args->outputs[output].channel_count;
    }
    const float *row = of->rows + (count_rows(args) - output_rows) * row_frames;
    for (uint32_t output = 0; output < args->output_count; output++) {
        const wa_process_output *out = &args->outputs[output];
        for (uint32_t channel = 0; channel < out->channel_count; channel++, row += row_frames) {
            memcpy(out->planes[channel], row, row_frames * sizeof(float));
        }
    }
}

/* JavaScript's numbers have denormals. */
static answer ask(processor *self, const wa_process_args *args) {
    worklet *of = self->of;
    napi_handle_scope scope;
    const float_mode before = float_mode_plain();
    answer said = ANSWER_ACTIVE;
    if (napi_open_handle_scope(of->now, &scope) == napi_ok) {
        if (has_room(of, count_rows(args))) {
            put(self, args);
            said = call(of, of->run) ? (answer)(int)of->own->box->slots[0] : ANSWER_ACTIVE;
            if (said != ANSWER_FAILED) {
                take(of, args);
            }
        }
        (void)napi_close_handle_scope(of->now, scope);
    }
    float_mode_restore(before);
    return said;
}

/* Before the Worker has its first quantum, and once it has ended, a device's thread may be here. */
static bool process(void *user, const wa_process_args *args) {
    processor *self = user;
    if (self == NULL || self->has_failed) {
        return false;
    }
    if (self->of->now == NULL) {
        return true;
    }
    const answer said = ask(self, args);
    self->has_failed = said == ANSWER_FAILED;
    return said == ANSWER_ACTIVE;
}

/* -- the Worker --------------------------------------------------------------------------------- */

/* workletOpen(run, grow), slots: worklet */
static napi_value open(napi_env env, napi_callback_info info) {
    size_t argc = 2;
    napi_value argv[2];
    void *data = NULL;
    napi_get_cb_info(env, info, &argc, argv, NULL, &data);
    addon_env *own = data;
    worklet *self = abi_pointer(own->box, 0);
    atomic_fetch_add(&self->holder_count, 1);
    own->opened = self;
    self->own = own;
    self->env = env;
    napi_create_reference(env, argv[0], 1, &self->run);
    napi_create_reference(env, argv[1], 1, &self->grow);
    return NULL;
}

/* workletBridge(float32Array of whole rows), slots: rows */
static napi_value set_bridge(napi_env env, napi_callback_info info) {
    size_t argc = 1;
    napi_value array;
    void *data = NULL, *memory = NULL;
    napi_get_cb_info(env, info, &argc, &array, NULL, &data);
    const addon_env *own = data;
    worklet *self = own->opened;
    if (napi_get_typedarray_info(env, array, NULL, NULL, &memory, NULL, NULL) == napi_ok) {
        if (self->bridge != NULL) {
            napi_delete_reference(env, self->bridge);
        }
        napi_create_reference(env, array, 1, &self->bridge);
        self->rows = memory;
        self->row_count = abi_uint(own->box, 0);
    }
    return NULL;
}

/* In real time -> slots: wa_ahead, frame of the next quantum */
static napi_value render_quantum(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const addon_env *own = data;
    worklet *self = own->opened;
    wa_ahead result = WA_AHEAD_IDLE;
    pthread_mutex_lock(&self->mutex);
    if (self->context != NULL) {
        self->now = env;
        result = wa_context_ahead_render(self->context);
        self->now = NULL;
        own->box->slots[1] = (double)wa_context_current_frame(self->context);
    }
    pthread_mutex_unlock(&self->mutex);
    own->box->slots[0] = (double)result;
    return NULL;
}

/* Offline; slots: renderer, frames at most -> slots: frames, frame of the next quantum; 0: the job is done;
 * -1: it waits for scripts. While it has one the main thread does not give back the context. */
static napi_value render_piece(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const addon_env *own = data;
    worklet *self = own->opened;
    struct renderer *renderer = abi_pointer(own->box, 0);
    const uint32_t frames_max = abi_uint(own->box, 1);
    self->now = env;
    const uint32_t frames = renderer_piece(renderer, frames_max);
    self->now = NULL;
    if (frames > 0 && frames != RENDERER_WAITS) {
        own->box->slots[1] = (double)wa_context_current_frame(self->context);
    }
    own->box->slots[0] = frames == RENDERER_WAITS ? -1.0 : (double)frames;
    return NULL;
}

/* -> slots: count, ids of processors that are gone; asked again until there are none */
static napi_value collect(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const addon_env *own = data;
    worklet *self = own->opened;
    uint32_t count = 0;
    for (processor *each = atomic_exchange(&self->gone, NULL); each != NULL;) {
        processor *next = each->next;
        if (count + 1 < ABI_SLOT_COUNT) {
            own->box->slots[++count] = each->id;
            free(each);
        } else {
            each->next = atomic_load(&self->gone);
            while (!atomic_compare_exchange_weak(&self->gone, &each->next, each)) {}
        }
        each = next;
    }
    own->box->slots[0] = count;
    return NULL;
}

void worklets_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "worklet", make, own);
    addon_function(env, exports, "workletDrop", drop, own);
    addon_function(env, exports, "workletProcessor", make_processor, own);
    addon_function(env, exports, "workletProcessorDrop", drop_processor, own);
    addon_function(env, exports, "workletOpen", open, own);
    addon_function(env, exports, "workletBridge", set_bridge, own);
    addon_function(env, exports, "workletQuantum", render_quantum, own);
    addon_function(env, exports, "workletPiece", render_piece, own);
    addon_function(env, exports, "workletCollect", collect, own);
}
