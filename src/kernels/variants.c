#include "variants.h"

static bool always(void) {
    return true;
}

#if defined(WA_HAS_AVX2_KERNELS)
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2");
}
#endif

static const kernel_variant variants[] = {
#if defined(WA_HAS_AVX2_KERNELS)
    { "avx2", has_avx2, biquad_lanes_avx2, &spectrum_kernels_avx2 },
#endif
    { "c", always, biquad_lanes_c, &spectrum_kernels_c },
};

const kernel_variant *kernel_variants(uint32_t *count) {
    *count = sizeof variants / sizeof variants[0];
    return variants;
}

const kernel_variant *kernel_variant_best(void) {
    const kernel_variant *each = variants;
    while (!each->is_supported()) {
        each++;
    }
    return each;
}
