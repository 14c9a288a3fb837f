/* Spectra in the widest vector that every target has: SSE2, NEON, wasm. */
#define SPECTRUM_LANES   4
#define SPECTRUM_KERNELS spectrum_kernels_c
#include "spectrum_tmpl.h"
