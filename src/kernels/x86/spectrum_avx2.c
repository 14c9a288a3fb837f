/* Spectra for AVX2. */
#define SPECTRUM_LANES   8
#define SPECTRUM_KERNELS spectrum_kernels_avx2
#include "../spectrum_tmpl.h"
