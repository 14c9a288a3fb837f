/* The worker; see worker.h. One mutex guards the list of jobs and their marks; nothing is served under it. */
#include "worker.h"
#include "../error.h"
#include "../memory/engine.h"
#include "../memory/streams.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

typedef struct file_worker {
    pthread_mutex_t mutex;
    pthread_cond_t work, idle; /* work: for the worker; idle: a step is over */
    pthread_t thread;
    bool is_started, is_ending, is_woken;
    job *first;
} file_worker;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* -- The thread -------------------------------------------------------------------------------- */

/* The mutex is held, but not while it is served. */
static bool serve(file_worker *worker, job *of) {
    of->is_busy = true;
    pthread_mutex_unlock(&worker->mutex);
    const bool has_more = of->serve(of);
    pthread_mutex_lock(&worker->mutex);
    of->is_busy = false;
    pthread_cond_broadcast(&worker->idle);
    return has_more;
}

/* Once around. A job that is being served stays in the list, and with it the way to the next. */
static bool serve_all(file_worker *worker) {
    bool has_more = false;
    for (job *each = worker->first; each != NULL && !worker->is_ending; each = each->next) {
        if (!each->is_in_hand) {
            has_more |= serve(worker, each);
        }
    }
    return has_more;
}

static uint64_t shortest_rest_ns(const file_worker *worker, uint64_t since_ns) {
    uint64_t least_ns = JOB_NEVER;
    for (const job *each = worker->first; each != NULL; each = each->next) {
        if (!each->is_in_hand) {
            const uint64_t rest_ns = each->rest_ns(each, since_ns);
            least_ns = rest_ns < least_ns ? rest_ns : least_ns;
        }
    }
    return least_ns;
}

static void rest(file_worker *worker, uint64_t woken_ns) {
    const uint64_t begin_ns = now_ns();
    const uint64_t rest_ns = shortest_rest_ns(worker, begin_ns - woken_ns);
    if (rest_ns == JOB_NEVER) {
        pthread_cond_wait(&worker->work, &worker->mutex);
        return;
    }
    const uint64_t end_ns = begin_ns + rest_ns;
    const struct timespec end = { (time_t)(end_ns / 1000000000u), (long)(end_ns % 1000000000u) };
    pthread_cond_timedwait(&worker->work, &worker->mutex, &end);
}

static void *run(void *user) {
    file_worker *worker = user;
    uint64_t woken_ns = now_ns();
    pthread_mutex_lock(&worker->mutex);
    while (!worker->is_ending) {
        if (worker->is_woken) {
            worker->is_woken = false;
            woken_ns = now_ns();
        }
        if (!serve_all(worker) && !worker->is_woken && !worker->is_ending) {
            rest(worker, woken_ns);
        }
    }
    pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

/* -- Its life ---------------------------------------------------------------------------------- */

/* Signals are the program's business: its own threads take them. */
static int start_thread(file_worker *worker) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void init(file_worker *worker) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->work, &monotonic);
    pthread_cond_init(&worker->idle, NULL);
    pthread_condattr_destroy(&monotonic);
}

static void destroy(wa_engine *engine, file_worker *worker) {
    pthread_mutex_destroy(&worker->mutex);
    pthread_cond_destroy(&worker->work);
    pthread_cond_destroy(&worker->idle);
    memory_give(engine, WA_MEMORY_OBJECTS, worker, sizeof *worker);
}

static void finish(wa_engine *engine) {
    file_worker *worker = atomic_load(&engine->worker);
    assert(worker->first == NULL);
    if (worker->is_started) {
        pthread_mutex_lock(&worker->mutex);
        worker->is_ending = true;
        pthread_cond_signal(&worker->work);
        pthread_mutex_unlock(&worker->mutex);
        pthread_join(worker->thread, NULL);
    }
    atomic_store(&engine->worker, NULL);
    destroy(engine, worker);
}

/* Of two threads that make one at the same time, one keeps its own. */
static wa_status worker_of(wa_engine *engine, file_worker **found) {
    *found = atomic_load(&engine->worker);
    if (*found != NULL) {
        return WA_OK;
    }
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_OBJECTS, sizeof **found, "the thread for files", &memory);
    if (status != WA_OK) {
        return status;
    }
    file_worker *made = memory;
    init(made);
    if (atomic_compare_exchange_strong(&engine->worker, found, made)) {
        engine->worker_finish = finish;
        *found = made;
    } else {
        destroy(engine, made);
    }
    return WA_OK;
}

/* -- Jobs -------------------------------------------------------------------------------------- */

static void wake(file_worker *worker) {
    worker->is_woken = true;
    pthread_cond_signal(&worker->work);
}

static void wait_until_idle(file_worker *worker, const job *of) {
    while (of->is_busy) {
        pthread_cond_wait(&worker->idle, &worker->mutex);
    }
}

wa_status worker_add(wa_engine *engine, job *added) {
    file_worker *worker = NULL;
    const wa_status status = worker_of(engine, &worker);
    if (status != WA_OK) {
        return status;
    }
    pthread_mutex_lock(&worker->mutex);
    int failed = 0;
    if (!worker->is_started) {
        failed = start_thread(worker);
        worker->is_started = failed == 0;
    }
    if (failed == 0) {
        added->prev = NULL;
        added->next = worker->first;
        if (worker->first != NULL) {
            worker->first->prev = added;
        }
        worker->first = added;
        wake(worker);
    }
    pthread_mutex_unlock(&worker->mutex);
    return failed == 0 ? WA_OK
                       : error_set(WA_ERR_SYSTEM_MEMORY, "the thread for files cannot be started: %s",
                                   strerror(failed));
}

wa_status worker_enter(wa_engine *engine, wa_stream_resource *stream, uint32_t *slot, uint64_t *id) {
    wa_status status = stream_handle_take(engine, &stream->resource, slot, id);
    if (status != WA_OK) {
        return status;
    }
    status = worker_add(engine, stream->job);
    if (status != WA_OK) {
        stream_handle_give(engine, stream->resource.kind, *slot);
    }
    return status;
}

void worker_remove(wa_engine *engine, job *removed) {
    file_worker *worker = atomic_load(&engine->worker);
    pthread_mutex_lock(&worker->mutex);
    removed->is_in_hand = true; /* not again */
    wait_until_idle(worker, removed);
    *(removed->prev != NULL ? &removed->prev->next : &worker->first) = removed->next;
    if (removed->next != NULL) {
        removed->next->prev = removed->prev;
    }
    pthread_mutex_unlock(&worker->mutex);
}

void worker_take_in_hand(wa_engine *engine, job *taken) {
    file_worker *worker = atomic_load(&engine->worker);
    pthread_mutex_lock(&worker->mutex);
    taken->is_in_hand = true;
    wait_until_idle(worker, taken);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_let_go(wa_engine *engine, job *of) {
    file_worker *worker = atomic_load(&engine->worker);
    pthread_mutex_lock(&worker->mutex);
    of->is_in_hand = false;
    wake(worker);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_wake(wa_engine *engine) {
    file_worker *worker = atomic_load(&engine->worker);
    if (worker != NULL) {
        pthread_mutex_lock(&worker->mutex);
        wake(worker);
        pthread_mutex_unlock(&worker->mutex);
    }
}
