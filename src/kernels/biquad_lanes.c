/* Biquad lanes in the widest vector that every target has: SSE2, NEON, wasm. */
#define BIQUAD_VECTOR_LANES 2
#define BIQUAD_GROUP_COUNT  4
#define BIQUAD_LANES        biquad_lanes_c
#include "biquad_lanes_tmpl.h"
