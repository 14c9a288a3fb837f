/* The engine as one wasm module: what its exports are, beside the functions of js/abi.
 *
 *   control half   instantiated first, on the thread of the page; it alone takes memory and has the mailbox
 *   render half    the same module on the same memory, in an AudioWorklet or a Worker, on a stack that control
 *                  has made for it; calls webPull or webJobRun and nothing else
 *
 * Numbers are 32 bits wide, or doubles: 64-bit integers would become BigInts. docs/browser.md
 */
#include "../abi/abi.h"
#include "../../src/memory/memory.h"
#include "../../src/memory/pages.h"
#include "../../src/platform/wasm/hrtf_table.h"
#include "../../src/platform/wasm/platform.h"
#include <stdatomic.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

enum {
    SCRATCH_BYTES = 64 << 10, /* where JavaScript puts arrays for a call */
    THREAD_STACK_BYTES = 128 << 10,
    CHANNEL_COUNT_MAX = 32,
    PIECE_FRAMES = 4096,
};

static abi_mailbox box;
static _Alignas(64) char scratch[SCRATCH_BYTES];

/* -- Facts and calls ---------------------------------------------------------------------------- */

/* As JavaScript reads them: addresses and counts, one after the other. */
static uint32_t facts[] = {
    0, ABI_SLOT_COUNT, 0, ABI_TEXT_BYTES, 0, SCRATCH_BYTES, THREAD_STACK_BYTES
};

static uint32_t address(const void *pointer) {
    return (uint32_t)(uintptr_t)pointer;
}

EXPORT("webFacts") uint32_t web_facts(void) {
    facts[0] = address(box.slots);
    facts[2] = address(box.text);
    facts[4] = address(scratch);
    return address(facts);
}

/* The memory may grow to limit_bytes. Once, before all else; not 0: it is open. */
EXPORT("webOpen") uint32_t web_open(uint32_t limit_bytes) {
    return platform_open(limit_bytes);
}

/* Bytes that are left for an engine. */
EXPORT("webRoom") double web_room(void) {
    return (double)pages_room();
}

static const abi_entry *entry_at(uint32_t index) {
    uint32_t count = 0;
    const abi_list *const *lists = abi_lists(&count);
    for (uint32_t list = 0; list < count; list++) {
        if (index < lists[list]->count) {
            return &lists[list]->entries[index];
        }
        index -= lists[list]->count;
    }
    return NULL;
}

/* Address of the name of that function; 0: there are no more. */
EXPORT("webCallName") uint32_t web_call_name(uint32_t index) {
    const abi_entry *entry = entry_at(index);
    return entry != NULL ? address(entry->name) : 0;
}

/* Its place in the table of functions; it is called with the address of the mailbox. */
EXPORT("webCallIndex") uint32_t web_call_index(uint32_t index) {
    return (uint32_t)(uintptr_t)entry_at(index)->call;
}

/* -- Blocks for JavaScript: charged to the engine ------------------------------------------------ */

/* slots: engine, bytes -> status, address */
EXPORT("webTake") void web_take(void) {
    void *memory = NULL;
    abi_return(&box, memory_take(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, (uint64_t)box.slots[1],
                                 "an array on its way", &memory));
    box.slots[1] = abi_address(memory);
}

/* slots: engine, bytes, address */
EXPORT("webGive") void web_give(void) {
    memory_give(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, abi_pointer(&box, 2), (uint64_t)box.slots[1]);
}

/* slots: engine, address, bytes, rate -> status */
EXPORT("webHrtfLoad") void web_hrtf_load(void) {
    abi_return(&box, hrtf_table_load(abi_pointer(&box, 0), abi_pointer(&box, 1), abi_uint(&box, 2),
                                     box.slots[3]));
}

/* -- Cohorts ------------------------------------------------------------------------------------ */

/* slots: context -> status, address for nodeCreate */
EXPORT("webCohortOpen") void web_cohort_open(void) {
    wa_context *context = abi_pointer(&box, 0);
    void *memory = NULL;
    abi_return(&box, memory_take(wa_context_engine(context), WA_MEMORY_OBJECTS, sizeof(abi_cohort),
                                 "a cohort of nodes", &memory));
    box.slots[1] = abi_address(memory);
    if (memory != NULL) {
        ((abi_cohort *)memory)->context = context;
    }
}

/* slots: engine, cohort, whether its context is still there */
EXPORT("webCohortEnd") void web_cohort_end(void) {
    abi_cohort *cohort = abi_pointer(&box, 1);
    if (box.slots[2] != 0.0) {
        abi_cohort_release(cohort);
    }
    memory_give(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, cohort, sizeof *cohort);
}

/* -- Render halves ------------------------------------------------------------------------------- */

/* slots: engine, bytes of thread-local data -> status, block, top of the stack, thread-local data */
EXPORT("webThreadOpen") void web_thread_open(void) {
    const uint64_t local_bytes = ((uint64_t)box.slots[1] + 63) & ~(uint64_t)63;
    void *memory = NULL;
    abi_return(&box,
               memory_take(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, THREAD_STACK_BYTES + local_bytes,
                           "the stack of a render thread", &memory));
    box.slots[1] = abi_address(memory);
    box.slots[2] = abi_address((char *)memory + THREAD_STACK_BYTES); /* it grows downwards */
    box.slots[3] = abi_address((char *)memory + THREAD_STACK_BYTES);
}

/* slots: engine, block, bytes of thread-local data. Its instance is gone. */
EXPORT("webThreadClose") void web_thread_close(void) {
    const uint64_t local_bytes = ((uint64_t)box.slots[2] + 63) & ~(uint64_t)63;
    memory_give(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, abi_pointer(&box, 1),
                THREAD_STACK_BYTES + local_bytes);
}

/* What a worklet's callback renders from and into. One thread at a time is inside. */
enum { PULL_IDLE = 0, PULL_INSIDE = 1, PULL_SHUT = 2 };
typedef struct web_pull {
    wa_context *context;
    _Atomic uint32_t door;
    uint64_t bytes; /* of this block */
    float *outputs[CHANNEL_COUNT_MAX];
    const float *inputs[CHANNEL_COUNT_MAX];
    _Atomic uint32_t callback_count;
    _Alignas(64) float frames[];
} web_pull;

/* slots: context, channels, input channels, frames of a callback -> status, pull, address of the outputs, of
 * the inputs: plane behind plane */
EXPORT("webPullOpen") void web_pull_open(void) {
    wa_context *context = abi_pointer(&box, 0);
    const uint32_t outputs = abi_uint(&box, 1), inputs = abi_uint(&box, 2), frames = abi_uint(&box, 3);
    const uint64_t bytes = sizeof(web_pull) + (uint64_t)(outputs + inputs) * frames * sizeof(float);
    void *memory = NULL;
    if (outputs > CHANNEL_COUNT_MAX || inputs > CHANNEL_COUNT_MAX) {
        abi_return(&box, WA_ERR_NOT_SUPPORTED);
        return;
    }
    abi_return(&box, memory_take(wa_context_engine(context), WA_MEMORY_RINGS, bytes,
                                 "what the AudioWorklet renders into", &memory));
    if (memory == NULL) {
        return;
    }
    web_pull *made = memory;
    made->context = context;
    made->bytes = bytes;
    for (uint32_t channel = 0; channel < outputs; channel++) {
        made->outputs[channel] = made->frames + (size_t)channel * frames;
    }
    for (uint32_t channel = 0; channel < inputs; channel++) {
        made->inputs[channel] = made->frames + (size_t)(outputs + channel) * frames;
    }
    box.slots[1] = abi_address(made);
    box.slots[2] = abi_address(made->frames);
    box.slots[3] = abi_address(made->frames + (size_t)outputs * frames);
}

/* Not 0: nobody is inside, and nobody gets in any more, so that the context may go. 0: ask again. */
EXPORT("webPullShut") uint32_t web_pull_shut(web_pull *of) {
    uint32_t idle = PULL_IDLE;
    return atomic_compare_exchange_strong(&of->door, &idle, PULL_SHUT) || idle == PULL_SHUT;
}

/* slots: engine, pull. It is shut. */
EXPORT("webPullClose") void web_pull_close(void) {
    web_pull *gone = abi_pointer(&box, 1);
    memory_give(abi_pointer(&box, 0), WA_MEMORY_RINGS, gone, gone->bytes);
}

/* time_s: when the first frame will be heard. Where control pulls, because the worklet is known not to, the two
 * cannot meet: the second is turned away. Thread: render */
EXPORT("webPull") uint32_t web_pull_render(web_pull *of, uint32_t frame_count, double time_s) {
    uint32_t idle = PULL_IDLE;
    if (!atomic_compare_exchange_strong(&of->door, &idle, PULL_INSIDE)) {
        return WA_ERR_BUSY;
    }
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .inputs = of->inputs[0] != NULL ? of->inputs : NULL,
                                  .outputs = of->outputs,
                                  .frame_count = frame_count,
                                  .host_time_s = time_s };
    const wa_status status = wa_context_render(of->context, &desc);
    atomic_fetch_add_explicit(&of->callback_count, 1, memory_order_release);
    atomic_store(&of->door, PULL_IDLE);
    return (uint32_t)status;
}

/* Callbacks so far: none comes any more, or one has seen what was asked of it. */
EXPORT("webPullCount") uint32_t web_pull_count(const web_pull *of) {
    return atomic_load_explicit(&of->callback_count, memory_order_acquire);
}

EXPORT("webActivity") double web_activity(const wa_context *context) {
    return (double)wa_context_activity(context);
}

/* -- Offline jobs: a Worker renders a context into a buffer ------------------------------------- */

typedef struct web_job {
    wa_context *context;
    const wa_buffer_hold *hold;
    float *planes[CHANNEL_COUNT_MAX];
    uint32_t channel_count;
    _Atomic uint32_t is_cancelled;
    _Atomic uint64_t extent; /* where it stops << 32 | what is claimed: rendered, or being rendered */
} web_job;

/* slots: engine -> status, job */
EXPORT("webJobOpen") void web_job_open(void) {
    void *memory = NULL;
    abi_return(&box, memory_take(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, sizeof(web_job),
                                 "an offline renderer", &memory));
    box.slots[1] = abi_address(memory);
}

/* slots: engine, job */
EXPORT("webJobClose") void web_job_close(void) {
    web_job *gone = abi_pointer(&box, 1);
    wa_buffer_hold_end(abi_pointer(&box, 0), gone->hold);
    memory_give(abi_pointer(&box, 0), WA_MEMORY_OBJECTS, gone, sizeof *gone);
}

/* slots: job, context, buffer (2), first frame in it, frames -> status. Then a Worker runs it. */
EXPORT("webJobStart") void web_job_start(void) {
    web_job *of = abi_pointer(&box, 0);
    wa_context *context = abi_pointer(&box, 1);
    wa_engine *engine = wa_context_engine(context);
    const wa_buffer buffer = { abi_id(&box, 2) };
    wa_buffer_info info = { 0 };
    wa_status status = wa_buffer_get_info(engine, buffer, &info);
    if (status == WA_OK) {
        status = wa_buffer_hold_begin(engine, buffer, &of->hold);
    }
    abi_return(&box, status);
    if (status != WA_OK) {
        return;
    }
    of->context = context;
    of->channel_count = info.channel_count;
    for (uint32_t channel = 0; channel < info.channel_count; channel++) {
        of->planes[channel] = wa_buffer_plane(engine, buffer, channel) + (uint64_t)box.slots[4];
    }
    atomic_store(&of->is_cancelled, 0);
    atomic_store(&of->extent, (uint64_t)box.slots[5] << 32);
}

/* slots: engine, job -> status, frames rendered. It has ended. */
EXPORT("webJobEnd") void web_job_end(void) {
    web_job *of = abi_pointer(&box, 1);
    wa_buffer_hold_end(abi_pointer(&box, 0), of->hold);
    of->hold = NULL;
    abi_return(&box, WA_OK);
    box.slots[1] = (double)(uint32_t)atomic_load(&of->extent);
}

/* slots: job, frame -> status. It ends there, if it has not got further: else INVALID_STATE. */
EXPORT("webJobLimit") void web_job_limit(void) {
    web_job *of = abi_pointer(&box, 0);
    const uint64_t frame = (uint64_t)box.slots[1];
    uint64_t seen = atomic_load(&of->extent), wanted = 0;
    do {
        if (frame < (uint32_t)seen) {
            abi_return(&box, WA_ERR_INVALID_STATE);
            return;
        }
        wanted = frame < seen >> 32 ? frame << 32 | (uint32_t)seen : seen;
    } while (!atomic_compare_exchange_weak(&of->extent, &seen, wanted));
    abi_return(&box, WA_OK);
}

/* slots: job. It ends soon. */
EXPORT("webJobCancel") void web_job_cancel(void) {
    atomic_store(&((web_job *)abi_pointer(&box, 0))->is_cancelled, 1);
}

/* Frames of the next piece; 0: there is none. */
static uint32_t claim(web_job *of) {
    uint64_t seen = atomic_load(&of->extent);
    uint32_t frames = 0;
    do {
        const uint32_t left = (uint32_t)(seen >> 32) - (uint32_t)seen;
        frames = left < PIECE_FRAMES ? left : (uint32_t)PIECE_FRAMES;
    } while (frames > 0 && !atomic_compare_exchange_weak(&of->extent, &seen, seen + frames));
    return frames;
}

/* Until its end; then the context is control's again. Thread: render */
EXPORT("webJobRun") void web_job_run(web_job *of) {
    for (uint32_t frames = 0; atomic_load(&of->is_cancelled) == 0 && (frames = claim(of)) > 0;) {
        const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                      .outputs = of->planes,
                                      .frame_count = frames };
        (void)wa_context_render(of->context, &desc);
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            of->planes[channel] += frames;
        }
    }
    (void)wa_context_render_end(of->context);
}
