/* cubeb_init() on a thread of its own, which is left behind when it does not come back in time.
 *
 *   IDLE --connect--> TRYING --thread--> DONE --connect--> IDLE
 *                        `----timeout--> LEFT --thread, at last--> IDLE
 * There is one try at a time, so that a mute server costs one waiting thread and not one for each open.
 */
#include "cubeb_connect.h"
#include "../error.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

typedef enum try_state { IDLE, TRYING, DONE, LEFT } try_state;

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* of the callers */
static _Atomic try_state state = IDLE;
static cubeb *made; /* written in TRYING by the thread, read in DONE by the caller */
static int made_code;

static void *try_init(void *unused) {
    (void)unused;
    cubeb *context = NULL;
    const int code = cubeb_init(&context, "wavepool", NULL);
    made = context;
    made_code = code;
    try_state expected = TRYING;
    if (!atomic_compare_exchange_strong(&state, &expected, DONE)) {
        if (code == CUBEB_OK) {
            cubeb_destroy(context);
        }
        atomic_store(&state, IDLE);
    }
    return NULL;
}

static wa_status begin_try(void) {
    if (atomic_load(&state) == LEFT) {
        return error_set(WA_ERR_DEVICE, "cubeb: the sound server still does not answer");
    }
    atomic_store(&state, TRYING);
    pthread_t thread;
    const int refused = pthread_create(&thread, NULL, try_init, NULL);
    if (refused != 0) {
        atomic_store(&state, IDLE);
        return error_set(WA_ERR_DEVICE, "cubeb: no thread: %s", strerror(refused));
    }
    pthread_detach(thread);
    return WA_OK;
}

static wa_status end_try(cubeb **context) {
    const struct timespec pause = { .tv_nsec = 1000000 };
    for (int ms = 0; ms < CUBEB_CONNECT_MS_MAX && atomic_load(&state) == TRYING; ms++) {
        nanosleep(&pause, NULL);
    }
    try_state expected = TRYING;
    if (atomic_compare_exchange_strong(&state, &expected, LEFT)) {
        return error_set(WA_ERR_DEVICE, "cubeb: the sound server does not answer within %d ms",
                         CUBEB_CONNECT_MS_MAX);
    }
    cubeb *const answer = made;
    const int code = made_code;
    atomic_store(&state, IDLE);
    if (code != CUBEB_OK) {
        return error_set(WA_ERR_DEVICE, "cubeb: no sound server answers and no sound system is there");
    }
    *context = answer;
    return WA_OK;
}

wa_status cubeb_connect(cubeb **context) {
    pthread_mutex_lock(&turn);
    wa_status status = begin_try();
    if (status == WA_OK) {
        status = end_try(context);
    }
    pthread_mutex_unlock(&turn);
    return status;
}
