/* src/media/worker.h -- the thread of an engine that reads and writes files, so that no other has to wait.
 *
 * Made with the first file, gone with the engine. It serves its jobs in turn, a bounded step each, until none
 * has more to do; then it sleeps as long as all of them allow: a fraction of their rings while a node has one,
 * for ever when none has. Render never wakes it. Control does: when a file is added, played, sought in.
 *
 * A job may be taken in hand by a control thread instead (an offline render, the end of a recording): then the
 * worker leaves it alone, and control serves it whenever it likes.
 */
#ifndef WA_SRC_MEDIA_WORKER_H
#define WA_SRC_MEDIA_WORKER_H
#include "../node.h"
#include "../memory/memory.h"

#define JOB_NEVER UINT64_MAX

typedef struct job {
    /* One step of work. Returns whether there is more to do now. Thread: worker, or who has it in hand */
    bool (*serve)(struct job *of);
    /* How long it may be left alone, in ns; JOB_NEVER: until somebody wakes the worker. since_ns: the time
     * since that happened last. Thread: worker */
    uint64_t (*rest_ns)(const struct job *of, uint64_t since_ns);
    /* the worker's, under its mutex */
    struct job *next, *prev;
    bool is_busy, is_in_hand;
} job;

/* A handle for the stream, and its job is served from now on; on failure neither.
 * Returns: WA_OK | BUDGET | SEALED | LIMIT | SYSTEM_MEMORY (no thread). Thread: control */
wa_status worker_enter(wa_engine *engine, wa_stream_resource *stream, uint32_t *slot, uint64_t *id);
/* Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY (no thread). Thread: control */
wa_status worker_add(wa_engine *engine, job *added);
/* Waits until a step that it is in is over; it is not served any more. Thread: control */
void worker_remove(wa_engine *engine, job *removed);
/* In hand or not; waits like worker_remove(). Thread: control */
void worker_take_in_hand(wa_engine *engine, job *taken);
void worker_let_go(wa_engine *engine, job *of);
/* Look at all of them now. Thread: control */
void worker_wake(wa_engine *engine);
#endif /* WA_SRC_MEDIA_WORKER_H */
