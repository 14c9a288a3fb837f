/* Biquad lanes for AVX2. */
#include <immintrin.h>
#define BIQUAD_VECTOR_LANES 4
#define BIQUAD_GROUP_COUNT  4
#define BIQUAD_LANES        biquad_lanes_avx2
#define BIQUAD_WIDEN(four)  ((lane_vector)_mm256_cvtps_pd((__m128)(four)))
#define BIQUAD_NARROW(four) ((four_frames)_mm256_cvtpd_ps((__m256d)(four)))
#include "../biquad_lanes_tmpl.h"
