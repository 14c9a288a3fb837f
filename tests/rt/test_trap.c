/* Goal: the trap that the other tests of this folder rely on does fire, for every kind of call, on the
 * marked thread only. Method: make each forbidden call once with and once without the mark; under
 * RealtimeSanitizer a child process that allocates on the render side must die. */
#include "trap.h"
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static void *volatile kept; /* so that no compiler pairs an allocation with its free */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER; /* from main() on */
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static FILE *sink;

static void call_malloc(void) {
    kept = malloc(8);
}

static void call_calloc(void) {
    kept = calloc(2, 8);
}

static void call_realloc(void) {
    kept = realloc(kept, 16);
}

static void call_aligned_alloc(void) {
    kept = aligned_alloc(64, 64);
}

static void call_free(void) {
    free(kept);
    kept = NULL;
}

static void call_mmap(void) {
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page, 4096);
}

static void call_lock(void) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void call_signal(void) {
    pthread_cond_signal(&condition);
}

static void call_timedwait(void) {
    const struct timespec past = { 0, 0 };
    pthread_cond_timedwait(&condition, &held_mutex, &past);
}

static void call_semaphore(void) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    sem_post(&semaphore);
    sem_destroy(&semaphore);
}

static void call_nanosleep(void) {
    const struct timespec moment = { 0, 1 };
    nanosleep(&moment, NULL);
}

static void call_yield(void) {
    sched_yield();
}

static void call_write(void) {
    kept = write(-1, "", 1) < 0 ? NULL : kept;
}

static void call_fopen(void) {
    FILE *file = fopen("/", "r");
    if (file) {
        fclose(file);
    }
}

static void call_fprintf(void) {
    fprintf(sink, "%d\n", 1);
}

static void call_syscall(void) {
    syscall(SYS_getpid);
}

typedef struct row {
    const char *name; /* of the first call noted; NULL: it is allowed */
    void (*call)(void);
} row;

static void call_harmless(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* answered without entering the system */
    char text[8];
    memset(text, (int)now.tv_nsec, sizeof text);
    kept = sinf(text[0]) > 2.0f ? text : NULL;
}

static const row rows[] = {
    { "malloc", call_malloc },
    { "free", call_free },
    { "calloc", call_calloc },
    { "realloc", call_realloc },
    { "free", call_free },
    { "aligned_alloc", call_aligned_alloc },
    { "free", call_free },
    { "mmap", call_mmap },
    { "pthread_mutex_lock", call_lock },
    { "pthread_cond_signal", call_signal },
    { "pthread_cond_timedwait", call_timedwait },
    { "sem_post", call_semaphore },
    { "nanosleep", call_nanosleep },
    { "sched_yield", call_yield },
    { "write", call_write },
    { "fopen", call_fopen },
    { "fprintf", call_fprintf },
    { "syscall", call_syscall },
    { NULL, call_harmless },
};

#if !HAS_SANITIZER
static void every_forbidden_call_is_noted(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trap_reset();
        trap_enter();
        rows[i].call();
        trap_leave();
        const char *noted = trap_first_name();
        assert_string_equal(noted, rows[i].name ? rows[i].name : "");
    }
}

#endif

static void calls_without_the_mark_are_free(void **state) {
    (void)state;
    trap_reset();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rows[i].call();
    }
    assert_int_equal(trap_count(), 0);
}

static void *allocate_elsewhere(void *user) {
    (void)user;
    call_malloc();
    call_free();
    return NULL;
}

static void the_mark_is_per_thread(void **state) {
    (void)state;
    pthread_t thread;
    trap_reset();
    assert_int_equal(pthread_create(&thread, NULL, allocate_elsewhere, NULL), 0);
    trap_enter();
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    trap_leave();
    pthread_join(thread, NULL);
    assert_int_equal(trap_count(), 0);
}

#if HAS_REALTIME_SANITIZER
static void allocate_on_the_render_side(void) RENDER_SIDE;
static void allocate_on_the_render_side(void) {
    call_malloc();
}

static void realtime_sanitizer_stops_an_allocation(void **state) {
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fclose(stderr); /* its report is expected, and not for the log */
        allocate_on_the_render_side();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

int main(void) {
    sink = tmpfile();
    pthread_mutex_lock(&held_mutex);
    const struct CMUnitTest tests[] = {
#if !HAS_SANITIZER
        cmocka_unit_test(every_forbidden_call_is_noted),
#endif
        cmocka_unit_test(calls_without_the_mark_are_free),
        cmocka_unit_test(the_mark_is_per_thread),
#if HAS_REALTIME_SANITIZER
        cmocka_unit_test(realtime_sanitizer_stops_an_allocation),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
