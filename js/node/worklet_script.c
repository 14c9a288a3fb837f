/* ScriptProcessorNode: frames of the input gather into blocks that JavaScript answers on the main thread, while
 * the render thread plays answers to earlier ones.
 *
 *   render    in --> slot of block n, n + 1 ...    out <-- slot of the block that is due
 *   main      a block that is there: event; its output is the answer
 *
 * A block is due delay_blocks after it began: its own length, and as many whole blocks as a quantum may need
 * at once, two in all where a quantum is no longer than a block. In real time nobody waits: an answer that is
 * late is silence, and a block for which there is no free slot is lost. Offline the thread that renders
 * waits between two quanta until all is answered.
 */
#include "addon.h"
#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MAX = 32, SLOT_IN = 4, SLOT_OUT = SLOT_IN + CHANNELS_MAX };
typedef enum slot_state { SLOT_FREE = 0, SLOT_ASKED = 1, SLOT_ANSWERED = 2 } slot_state;

typedef struct slot {
    _Atomic uint32_t state;
    uint64_t block;          /* which one; written before the state */
    uint64_t playback_frame; /* of the context, at which the answer is heard */
} slot;

typedef struct script {
    engine_use *use;
    uint32_t block_frames, input_channels, output_channels, slot_count, delay_blocks;
    bool is_offline;
    wa_buffer memory[2]; /* of in and out */
    const wa_buffer_hold *holds[2];
    float *in[CHANNELS_MAX], *out[CHANNELS_MAX]; /* [slot_count * block_frames] */
    _Atomic bool is_dropped;                     /* nobody can hear of it any more */
    /* render */
    uint64_t frame; /* since its first quantum */
    bool is_lost;   /* the block that gathers has no slot */
    /* both */
    _Atomic uint64_t block_end;  /* blocks that are complete */
    _Atomic uint64_t late_count; /* blocks that were not answered in time, or lost */
    /* main */
    uint64_t next_block;
    slot slots[];
} script;

/* -- Thread: render ----------------------------------------------------------------------------- */

static void begin_block(script *self, uint64_t block) {
    slot *of = &self->slots[block % self->slot_count];
    self->is_lost = atomic_load_explicit(&of->state, memory_order_acquire) == SLOT_ASKED;
}

static void end_block(script *self, uint64_t block, uint64_t playback_frame) {
    slot *of = &self->slots[block % self->slot_count];
    if (self->is_lost) {
        atomic_fetch_add_explicit(&self->late_count, 1, memory_order_relaxed);
    } else {
        of->block = block;
        of->playback_frame = playback_frame;
        if (self->is_offline) {
            atomic_fetch_add(&self->use->script_waits, 1);
        }
        atomic_store_explicit(&of->state, SLOT_ASKED, memory_order_release);
    }
    atomic_store_explicit(&self->block_end, block + 1, memory_order_release);
    atomic_fetch_add_explicit(&self->use->script_news, 1, memory_order_release);
}

/* Frames of one block from `at` on, in the quantum from `offset` on. */
static void gather(script *self, const wa_process_input *in, uint64_t at, uint32_t offset,
                   uint32_t count) {
    for (uint32_t channel = 0; !self->is_lost && channel < self->input_channels; channel++) {
        float *to = self->in[channel] + at;
        if (channel < in->channel_count) {
            memcpy(to, in->planes[channel] + offset, count * sizeof(float));
        } else {
            memset(to, 0, count * sizeof(float));
        }
    }
}

/* What is due; the engine has zeroed the rest. */
static void play(script *self, const wa_process_output *out, uint64_t block, uint64_t at,
                 uint32_t offset, uint32_t count) {
    if (block < self->delay_blocks) {
        return;
    }
    const uint64_t due = block - self->delay_blocks;
    const slot *of = &self->slots[due % self->slot_count];
    const bool is_there =
        atomic_load_explicit(&of->state, memory_order_acquire) == SLOT_ANSWERED && of->block == due;
    if (!is_there) {
        atomic_fetch_add_explicit(&self->late_count, at % self->block_frames == 0,
                                  memory_order_relaxed);
        return;
    }
    const uint64_t from = due % self->slot_count * self->block_frames + at % self->block_frames;
    for (uint32_t channel = 0; channel < self->output_channels; channel++) {
        memcpy(out->planes[channel] + offset, self->out[channel] + from, count * sizeof(float));
    }
}

static bool process(void *user, const wa_process_args *args) {
    script *self = user;
    if (atomic_load_explicit(&self->is_dropped, memory_order_relaxed)) {
        return false;
    }
    for (uint32_t offset = 0; offset < args->frame_count;) {
        const uint64_t block = self->frame / self->block_frames;
        const uint32_t in_block = (uint32_t)(self->frame % self->block_frames);
        const uint32_t left = args->frame_count - offset;
        const uint32_t rest = self->block_frames - in_block;
        const uint32_t count = left < rest ? left : rest;
        if (in_block == 0) {
            begin_block(self, block);
        }
        const uint64_t at = block % self->slot_count * self->block_frames + in_block;
        gather(self, &args->inputs[0], at, offset, count);
        if (args->output_count > 0) {
            play(self, &args->outputs[0], block, in_block, offset, count);
        }
        self->frame += count;
        offset += count;
        if (count == rest) {
            const uint64_t delay = (uint64_t)(self->delay_blocks - 1) * self->block_frames;
            end_block(self, block, args->frame + offset + delay);
        }
    }
    return true;
}

/* -- Thread: control ---------------------------------------------------------------------------- */

static void answer(script *self, slot *of) {
    atomic_store_explicit(&of->state, SLOT_ANSWERED, memory_order_release);
    if (self->is_offline) {
        atomic_fetch_sub(&self->use->script_waits, 1);
    }
}

static void free_script(script *self) {
    for (uint32_t index = 0; index < self->slot_count; index++) {
        if (atomic_load(&self->slots[index].state) == SLOT_ASKED) {
            answer(self, &self->slots[index]);
        }
    }
    for (uint32_t side = 0; side < 2; side++) {
        wa_buffer_hold_end(self->use->engine, self->holds[side]);
    }
    engine_use_end(self->use);
    free(self);
}

static void finish(void *user) {
    free_script(user);
}

static wa_status take_side(script *self, uint32_t side, uint32_t channel_count, float **planes) {
    wa_engine *engine = self->use->engine;
    const uint64_t frames = (uint64_t)self->slot_count * self->block_frames;
    wa_buffer buffer = { 0 };
    if (channel_count == 0) {
        return WA_OK;
    }
    wa_status status = wa_buffer_create(engine, channel_count, frames, 48000.0f, &buffer);
    if (status != WA_OK) {
        return status;
    }
    status = wa_buffer_hold_begin(engine, buffer, &self->holds[side]);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        planes[channel] = wa_buffer_plane(engine, buffer, channel);
    }
    (void)wa_buffer_release(engine, buffer); /* held, it stays */
    return status;
}

/* slots: block frames, input channels, output channels, quantum, whether it is offline
 *   -> status, script, callbacks for processorDefine */
static napi_value make(napi_env env, napi_callback_info info) {
    static const abi_processor_callbacks callbacks = { process, finish };
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    abi_mailbox *box = own->box;
    const uint32_t block_frames = abi_uint(box, 0), quantum = abi_uint(box, 3);
    const uint32_t delay_blocks = 1 + (quantum + block_frames - 1) / block_frames;
    const uint32_t slot_count = delay_blocks + 2;
    script *self = calloc(1, sizeof *self + slot_count * sizeof(slot));
    if (self == NULL) {
        abi_return(box, WA_ERR_SYSTEM_MEMORY);
        return NULL;
    }
    self->use = own->use;
    self->use->count++;
    self->block_frames = block_frames;
    self->input_channels = abi_uint(box, 1);
    self->output_channels = abi_uint(box, 2);
    self->slot_count = slot_count;
    self->delay_blocks = delay_blocks;
    self->is_offline = box->slots[4] != 0.0;
    wa_status status = take_side(self, 0, self->input_channels, self->in);
    if (status == WA_OK) {
        status = take_side(self, 1, self->output_channels, self->out);
    }
    if (status != WA_OK) {
        free_script(self);
    } else {
        box->slots[1] = abi_address(self);
        box->slots[2] = abi_address(&callbacks);
    }
    abi_return(box, status);
    return NULL;
}

/* slots: script that no node has taken */
static napi_value destroy(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    free_script(abi_pointer(((addon_env *)data)->box, 0));
    return NULL;
}

/* slots: script. Its node ends. */
static napi_value drop(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    script *self = abi_pointer(((addon_env *)data)->box, 0);
    atomic_store(&self->is_dropped, true);
    return NULL;
}

/* slots: script -> whether a block waits, playback frame; from SLOT_IN and SLOT_OUT on the addresses of its
 * planes; scriptAnswer() follows */
static napi_value next(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    double *slots = ((addon_env *)data)->box->slots;
    script *self = abi_pointer(((addon_env *)data)->box, 0);
    const uint64_t end = atomic_load_explicit(&self->block_end, memory_order_acquire);
    slots[1] = 0.0;
    for (; self->next_block < end; self->next_block++) {
        const slot *of = &self->slots[self->next_block % self->slot_count];
        if (atomic_load_explicit(&of->state, memory_order_acquire) != SLOT_ASKED ||
            of->block != self->next_block) {
            continue; /* it was lost */
        }
        const uint64_t at = self->next_block % self->slot_count * self->block_frames;
        slots[1] = 1.0;
        slots[2] = (double)of->playback_frame;
        for (uint32_t channel = 0; channel < self->input_channels; channel++) {
            slots[SLOT_IN + channel] = abi_address(self->in[channel] + at);
        }
        for (uint32_t channel = 0; channel < self->output_channels; channel++) {
            slots[SLOT_OUT + channel] = abi_address(self->out[channel] + at);
        }
        break;
    }
    return NULL;
}

static void clear(script *self, uint64_t block) {
    const uint64_t at = block % self->slot_count * self->block_frames;
    for (uint32_t channel = 0; channel < self->output_channels; channel++) {
        memset(self->out[channel] + at, 0, self->block_frames * sizeof(float));
    }
}

/* slots: script, whether its output is written (else it is silence). The block that scriptNext() gave. */
static napi_value answer_next(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const abi_mailbox *box = ((addon_env *)data)->box;
    script *self = abi_pointer(box, 0);
    if (box->slots[1] == 0.0) {
        clear(self, self->next_block);
    }
    answer(self, &self->slots[self->next_block++ % self->slot_count]);
    return NULL;
}

void scripts_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "script", make, own);
    addon_function(env, exports, "scriptDestroy", destroy, own);
    addon_function(env, exports, "scriptDrop", drop, own);
    addon_function(env, exports, "scriptNext", next, own);
    addon_function(env, exports, "scriptAnswer", answer_next, own);
}
