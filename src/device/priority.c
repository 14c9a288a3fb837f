/* Round robin at a low priority: above every ordinary thread, below the kernel's own audio threads. */
#include "priority.h"
#include <pthread.h>
#include <sched.h>

enum { PRIORITY = 10 };

void priority_raise(void) {
    int policy = 0;
    struct sched_param now = { 0 };
    if (pthread_getschedparam(pthread_self(), &policy, &now) == 0 &&
        (policy == SCHED_FIFO || policy == SCHED_RR)) {
        return; /* the backend has seen to it */
    }
    const struct sched_param wanted = { .sched_priority = PRIORITY };
    (void)pthread_setschedparam(pthread_self(), SCHED_RR, &wanted);
}
