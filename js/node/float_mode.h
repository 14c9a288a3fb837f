/* js/node/float_mode.h -- the engine flushes denormals while it renders; JavaScript that is called from there
 * must not notice. */
#ifndef WAVEPOOL_JS_FLOAT_MODE_H
#define WAVEPOOL_JS_FLOAT_MODE_H
#include <stdint.h>
#if defined(__SSE__)
#include <xmmintrin.h>
typedef uint32_t float_mode;
static inline float_mode float_mode_plain(void) {
    const float_mode before = _mm_getcsr();
    _mm_setcsr(before & ~0x8040u); /* FTZ, DAZ */
    return before;
}
static inline void float_mode_restore(float_mode before) {
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
typedef uint64_t float_mode;
static inline float_mode float_mode_plain(void) {
    float_mode before = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before & ~((uint64_t)1 << 24))); /* FZ */
    return before;
}
static inline void float_mode_restore(float_mode before) {
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}
#else
typedef uint32_t float_mode; /* nothing is flushed here */
static inline float_mode float_mode_plain(void) {
    return 0;
}
static inline void float_mode_restore(float_mode before) {
    (void)before;
}
#endif
#endif /* WAVEPOOL_JS_FLOAT_MODE_H */
