/* src/render/float_mode.h -- flush denormals to zero inside a callback, and put back what the caller had. */
#ifndef WA_SRC_RENDER_FLOAT_MODE_H
#define WA_SRC_RENDER_FLOAT_MODE_H
#include <stdint.h>
#if defined(__SSE__)
#include <xmmintrin.h>
typedef uint32_t float_mode;
static inline float_mode float_mode_enter(void) {
    const float_mode before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u); /* FTZ, DAZ */
    return before;
}
static inline void float_mode_leave(float_mode before) {
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
typedef uint64_t float_mode;
static inline float_mode float_mode_enter(void) {
    float_mode before = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | ((uint64_t)1 << 24))); /* FZ */
    return before;
}
static inline void float_mode_leave(float_mode before) {
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}
#else
typedef uint32_t float_mode; /* no such mode here: recursive kernels snap tiny values themselves */
static inline float_mode float_mode_enter(void) {
    return 0;
}
static inline void float_mode_leave(float_mode before) {
    (void)before;
}
#endif
#endif /* WA_SRC_RENDER_FLOAT_MODE_H */
