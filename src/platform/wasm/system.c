/* What the engine asks of a system, in a page: memory, a clock, numbers in messages.
 *
 * imports   env.memory; wavepool.nowMs, the milliseconds of a clock that both halves share
 * linked    wasi-libc's mathematics and strings, single files of it; stb_sprintf for messages
 */
#include "platform.h"
#include "../../memory/pages.h"
#include "heap.h"
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STB_SPRINTF_IMPLEMENTATION
#define STB_SPRINTF_STATIC
#define STB_SPRINTF_NOUNALIGNED
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <stb_sprintf.h>
#pragma clang diagnostic pop

enum { PAGE_BYTES = 65536 };

extern double now_ms(void) __attribute__((import_module("wavepool"), import_name("nowMs")));
extern char __heap_base; /* the linker's: behind code's data and the control side's stack */

/* -- Memory ------------------------------------------------------------------------------------- */

static heap pages;

static bool grow_memory(heap *of, uint32_t more_bytes) {
    const uint32_t there = (uint32_t)__builtin_wasm_memory_size(0) * PAGE_BYTES;
    const uint32_t wanted = of->end_bytes + more_bytes;
    const uint32_t count = wanted > there ? (wanted - there + PAGE_BYTES - 1) / PAGE_BYTES : 0;
    return count == 0 || __builtin_wasm_memory_grow(0, count) != (size_t)-1;
}

bool platform_open(uint32_t limit_bytes) {
    const uint32_t begin = ((uint32_t)(uintptr_t)&__heap_base + 63u) & ~63u;
    const uint32_t there = (uint32_t)__builtin_wasm_memory_size(0) * PAGE_BYTES;
    pages.grow = grow_memory;
    return limit_bytes >= there && heap_init(&pages, NULL, begin, there, limit_bytes);
}

uint64_t pages_room(void) {
    return heap_room(&pages);
}

uint64_t pages_length(uint64_t size_bytes) {
    const uint64_t length_bytes = (size_bytes + 63) & ~(uint64_t)63;
    return length_bytes < PAGES_LARGE_BYTES ? length_bytes : 0;
}

void *pages_take(uint64_t length_bytes) {
    void *memory = heap_take(&pages, (uint32_t)length_bytes);
    if (memory != NULL) {
        memset(memory, 0, length_bytes);
    }
    return memory;
}

void pages_give(void *memory, uint64_t length_bytes) {
    heap_give(&pages, memory, (uint32_t)length_bytes);
}

void pages_cut(void *memory, uint64_t length_bytes) {
    heap_give(&pages, memory, (uint32_t)length_bytes);
}

/* -- Time --------------------------------------------------------------------------------------- */

/* The host's clock may be set back; ours never goes back. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    static _Thread_local double last_ms;
    (void)clock;
    const double read_ms = now_ms();
    last_ms = read_ms > last_ms ? read_ms : last_ms;
    const double whole_s = __builtin_floor(last_ms / 1e3);
    now->tv_sec = (time_t)whole_s;
    now->tv_nsec = (long)((last_ms - 1e3 * whole_s) * 1e6);
    return 0;
}

/* A page's thread must not wait: who asks for it looks again at once, and gives up sooner. */
int nanosleep(const struct timespec *wanted, struct timespec *left) {
    (void)wanted, (void)left;
    return 0;
}

int sched_yield(void) {
    return 0;
}

/* -- Messages ----------------------------------------------------------------------------------- */

int vsnprintf(char *text, size_t text_bytes, const char *format, va_list arguments) {
    return stbsp_vsnprintf(text, (int)text_bytes, format, arguments);
}

int snprintf(char *text, size_t text_bytes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = stbsp_vsnprintf(text, (int)text_bytes, format, arguments);
    va_end(arguments);
    return length;
}

/* -- What is linked in was compiled with guards on its stack ------------------------------------ */

uintptr_t __stack_chk_guard = 0x6a09e667;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void) {
    __builtin_trap();
}

#if !defined(NDEBUG)
/* The message is where a debugger, and the host, can find it. */
char platform_failure[256];
_Noreturn void __assert_fail(const char *what, const char *file, int line, const char *function) {
    snprintf(platform_failure, sizeof platform_failure, "%s:%d: %s: %s", file, line, function, what);
    __builtin_trap();
}
#endif
