/* tests/rt/trap.h -- what a render thread must not call, caught by standing in front of libc.
 *
 * Linked into a test program, trap.c takes the place of malloc, pthread_mutex_lock, write and the like
 * for the whole process, other libraries included. On a thread between trap_enter() and trap_leave()
 * each such call is noted, with its caller, and then done; on other threads nothing is noted.
 * Sanitizers stand in the same place, so their builds have no trap; RealtimeSanitizer is one itself.
 */
#ifndef WA_TESTS_RT_TRAP_H
#define WA_TESTS_RT_TRAP_H
#include <stdbool.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(realtime_sanitizer)
#define HAS_REALTIME_SANITIZER 1
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                             \
    __has_feature(realtime_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#endif
#ifndef HAS_REALTIME_SANITIZER
#define HAS_REALTIME_SANITIZER 0
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

/* A function whose callees RealtimeSanitizer watches; elsewhere nothing. */
#if HAS_REALTIME_SANITIZER
#define RENDER_SIDE __attribute__((nonblocking))
#else
#define RENDER_SIDE
#endif

void trap_enter(void);
void trap_leave(void);
/* Forbidden calls noted since the last reset, on all threads. */
uint32_t trap_count(void);
/* The first of them, or "". */
const char *trap_first_name(void);
/* Every call noted (up to a bound), with the function it came from. */
void trap_print(void);
void trap_reset(void);
#endif /* WA_TESTS_RT_TRAP_H */
