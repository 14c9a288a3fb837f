/* src/kernels/variants.h -- the kernels that exist once for each instruction set: one file and one table entry.
 *
 * All variants give the same bits: they evaluate the same expressions in the same order, and none contracts a
 * product and a sum. Loops that the compiler vectorises by itself are not here: KERNEL_LOOP before a function
 * has it compiled for AVX2 too and chosen when the program is loaded.
 */
#ifndef WA_SRC_KERNELS_VARIANTS_H
#define WA_SRC_KERNELS_VARIANTS_H
#include "biquad.h"
#include "spectrum.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                             \
    __has_feature(memory_sanitizer) || __has_feature(realtime_sanitizer)
#define KERNEL_IS_SANITIZED 1 /* their runtimes are not up yet when a loader chooses */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERNEL_IS_SANITIZED 1
#endif

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && !defined(KERNEL_IS_SANITIZED)
#define KERNEL_LOOP __attribute__((target_clones("avx2", "default")))
#else
#define KERNEL_LOOP
#endif

typedef struct kernel_variant {
    const char *name; /* "avx2", "c" */
    bool (*is_supported)(void);
    /* kernel_biquad_lanes() for at most BIQUAD_SPAN_FRAMES. */
    void (*biquad_lanes)(const biquad_lane lanes[], uint32_t count, uint32_t frames);
    const spectrum_kernels *spectrum;
} kernel_variant;

void biquad_lanes_c(const biquad_lane lanes[], uint32_t count, uint32_t frames);
void biquad_lanes_avx2(const biquad_lane lanes[], uint32_t count, uint32_t frames);
extern const spectrum_kernels spectrum_kernels_c, spectrum_kernels_avx2;

/* Best first; the last one runs everywhere. Thread: any */
const kernel_variant *kernel_variants(uint32_t *count);
/* The first one that this machine supports. Thread: any */
const kernel_variant *kernel_variant_best(void);
#endif /* WA_SRC_KERNELS_VARIANTS_H */
