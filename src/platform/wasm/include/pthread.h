/* pthread.h for a module that runs in a page: the mutexes that the control side takes, and nothing else.
 *
 * A page has one control thread, and the render side takes no lock; so a lock that is already held is a mistake
 * of ours and traps, where waiting for it would hang the page.
 */
#ifndef WA_SRC_PLATFORM_WASM_PTHREAD_H
#define WA_SRC_PLATFORM_WASM_PTHREAD_H
#include <stdatomic.h>
#include <stddef.h>

typedef struct pthread_mutex_t {
    _Atomic int is_held;
} pthread_mutex_t;

static inline int pthread_mutex_init(pthread_mutex_t *mutex, const void *attributes) {
    (void)attributes;
    atomic_store_explicit(&mutex->is_held, 0, memory_order_relaxed);
    return 0;
}

static inline int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    (void)mutex;
    return 0;
}

static inline int pthread_mutex_lock(pthread_mutex_t *mutex) {
    if (atomic_exchange_explicit(&mutex->is_held, 1, memory_order_acquire) != 0) {
        __builtin_trap();
    }
    return 0;
}

static inline int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    atomic_store_explicit(&mutex->is_held, 0, memory_order_release);
    return 0;
}
#endif /* WA_SRC_PLATFORM_WASM_PTHREAD_H */
