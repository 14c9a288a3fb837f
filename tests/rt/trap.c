/* Stand-ins for the libc calls that take memory, lock, wait or enter the system. */
#include "trap.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { NOTE_MAX = 16 };

typedef struct note {
    const char *name;
    void *caller;
} note;

static note notes[NOTE_MAX];
static _Atomic uint32_t note_count;
static _Thread_local bool is_marked;

void trap_enter(void) {
    is_marked = true;
}

void trap_leave(void) {
    is_marked = false;
}

uint32_t trap_count(void) {
    return atomic_load(&note_count);
}

const char *trap_first_name(void) {
    return trap_count() > 0 ? notes[0].name : "";
}

void trap_reset(void) {
    atomic_store(&note_count, 0);
}

void trap_print(void) {
    const uint32_t count = trap_count() < NOTE_MAX ? trap_count() : NOTE_MAX;
    for (uint32_t i = 0; i < count; i++) {
        Dl_info where = { 0 };
        dladdr(notes[i].caller, &where);
        fprintf(stderr, "render thread called %s() from %s (%p in %s)\n", notes[i].name,
                where.dli_sname ? where.dli_sname : "?",
                (void *)((char *)notes[i].caller - (uintptr_t)where.dli_fbase),
                where.dli_fname ? where.dli_fname : "?");
    }
}

#if !HAS_SANITIZER
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static void trap_note(const char *name, void *caller) {
    if (is_marked) {
        const uint32_t index = atomic_fetch_add(&note_count, 1);
        if (index < NOTE_MAX) {
            notes[index] = (note){ name, caller };
        }
    }
}

/* The condition variables of glibc before 2.3.2 have the same names: ask for the later ones first. */
static void find_real(const char *name, void *function) {
    void *found =
        strncmp(name, "pthread_cond_", 13) == 0 ? dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2") : NULL;
    found = found ? found : dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

#define STAND_IN(result, name, parameters, arguments)                                                  \
    result name parameters {                                                                           \
        static result(*real) parameters;                                                               \
        trap_note(#name, __builtin_return_address(0));                                                 \
        if (!real) {                                                                                   \
            find_real(#name, &real);                                                                   \
        }                                                                                              \
        return real arguments;                                                                         \
    }

/* dlsym() itself may allocate, so these go to glibc's own names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void *malloc(size_t size) {
    trap_note("malloc", __builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    trap_note("calloc", __builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    trap_note("realloc", __builtin_return_address(0));
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    trap_note("aligned_alloc", __builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    trap_note("posix_memalign", __builtin_return_address(0));
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : 12; /* ENOMEM */
}

void free(void *memory) {
    trap_note("free", __builtin_return_address(0));
    __libc_free(memory);
}

STAND_IN(void *, mmap, (void *at, size_t size, int rights, int flags, int file, off_t offset),
         (at, size, rights, flags, file, offset))
STAND_IN(int, munmap, (void *at, size_t size), (at, size))
STAND_IN(int, madvise, (void *at, size_t size, int advice), (at, size, advice))
STAND_IN(int, mprotect, (void *at, size_t size, int rights), (at, size, rights))

STAND_IN(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
STAND_IN(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
STAND_IN(int, pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex))
STAND_IN(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
STAND_IN(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
STAND_IN(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex),
         (condition, mutex))
STAND_IN(int, pthread_cond_timedwait,
         (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *until),
         (condition, mutex, until))
STAND_IN(int, pthread_cond_signal, (pthread_cond_t * condition), (condition))
STAND_IN(int, pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
STAND_IN(int, mtx_lock, (mtx_t * mutex), (mutex))
STAND_IN(int, mtx_unlock, (mtx_t * mutex), (mutex))
STAND_IN(int, sem_wait, (sem_t * semaphore), (semaphore))
STAND_IN(int, sem_post, (sem_t * semaphore), (semaphore))

STAND_IN(int, nanosleep, (const struct timespec *time, struct timespec *left), (time, left))
STAND_IN(int, clock_nanosleep,
         (clockid_t clock, int flags, const struct timespec *time, struct timespec *left),
         (clock, flags, time, left))
STAND_IN(int, usleep, (useconds_t time_us), (time_us))
STAND_IN(int, sched_yield, (void), ())
STAND_IN(int, poll, (struct pollfd * files, nfds_t count, int timeout_ms), (files, count, timeout_ms))

STAND_IN(ssize_t, write, (int file, const void *data, size_t size), (file, data, size))
STAND_IN(ssize_t, read, (int file, void *data, size_t size), (file, data, size))
STAND_IN(int, close, (int file), (file))
STAND_IN(FILE *, fopen, (const char *path, const char *mode), (path, mode))
STAND_IN(int, fclose, (FILE * file), (file))
STAND_IN(int, fflush, (FILE * file), (file))
STAND_IN(int, puts, (const char *text), (text))
STAND_IN(int, fputs, (const char *text, FILE *file), (text, file))
STAND_IN(size_t, fwrite, (const void *data, size_t size, size_t count, FILE *file),
         (data, size, count, file))
STAND_IN(size_t, fread, (void *data, size_t size, size_t count, FILE *file), (data, size, count, file))
STAND_IN(int, vfprintf, (FILE * file, const char *format, va_list arguments), (file, format, arguments))

int fprintf(FILE *file, const char *format, ...) {
    trap_note("fprintf", __builtin_return_address(0));
    va_list arguments;
    va_start(arguments, format);
    const int count = vfprintf(file, format, arguments);
    va_end(arguments);
    return count;
}

int printf(const char *format, ...) {
    trap_note("printf", __builtin_return_address(0));
    va_list arguments;
    va_start(arguments, format);
    const int count = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return count;
}

/* Futexes and whatever else has no function of its own. */
long syscall(long number, ...) {
    static long (*real)(long, ...);
    trap_note("syscall", __builtin_return_address(0));
    if (!real) {
        find_real("syscall", &real);
    }
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
#endif
