/* src/kernels/quads.h -- complex numbers in lanes of four, the widest vector that every target has. */
#ifndef WA_SRC_KERNELS_QUADS_H
#define WA_SRC_KERNELS_QUADS_H
#include <stdint.h>

typedef float quad __attribute__((vector_size(16), may_alias));

typedef struct quad_point {
    quad real, imag;
} quad_point;

static inline quad quad_load(const float *from) {
    return *(const quad *)(const void *)from;
}

static inline void quad_store(float *to, quad value) {
    *(quad *)(void *)to = value;
}

/* Four real parts, then four imaginary parts. 16-byte aligned. */
static inline quad_point point_load(const float *from) {
    return (quad_point){ quad_load(from), quad_load(from + 4) };
}

static inline void point_store(float *to, quad_point value) {
    quad_store(to, value.real);
    quad_store(to + 4, value.imag);
}

static inline quad_point point_add(quad_point a, quad_point b) {
    return (quad_point){ a.real + b.real, a.imag + b.imag };
}

static inline quad_point point_subtract(quad_point a, quad_point b) {
    return (quad_point){ a.real - b.real, a.imag - b.imag };
}

/* a + i b */
static inline quad_point point_add_turned(quad_point a, quad_point b) {
    return (quad_point){ a.real - b.imag, a.imag + b.real };
}

/* a - i b */
static inline quad_point point_subtract_turned(quad_point a, quad_point b) {
    return (quad_point){ a.real + b.imag, a.imag - b.real };
}

static inline quad_point point_multiply(quad_point a, quad_point b) {
    return (quad_point){ a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real };
}

/* a times the conjugate of b */
static inline quad_point point_multiply_back(quad_point a, quad_point b) {
    return (quad_point){ a.real * b.real + a.imag * b.imag, a.imag * b.real - a.real * b.imag };
}

/* Read once: gcc would rather load it again for its second use. */
#if defined(__SSE__)
#define POINT_HOLD(point) __asm__("" : "+x"((point).real), "+x"((point).imag))
#else
#define POINT_HOLD(point) (void)(point)
#endif

static inline void quads_transpose(quad rows[4]) {
    const quad low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    const quad low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    const quad high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    const quad high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

/* Lane i of point k becomes lane k of point i. */
static inline void points_transpose(quad_point points[4]) {
    quad real[4] = { points[0].real, points[1].real, points[2].real, points[3].real };
    quad imag[4] = { points[0].imag, points[1].imag, points[2].imag, points[3].imag };
    quads_transpose(real);
    quads_transpose(imag);
    for (uint32_t k = 0; k < 4; k++) {
        points[k] = (quad_point){ real[k], imag[k] };
    }
}
#endif /* WA_SRC_KERNELS_QUADS_H */
