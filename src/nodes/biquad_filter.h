/* src/nodes/biquad_filter.h -- what control needs of the filter beside its class. */
#ifndef WA_SRC_NODES_BIQUAD_FILTER_H
#define WA_SRC_NODES_BIQUAD_FILTER_H
#include "wavepool/node.h"

/* |H| and arg H (rad, in (-pi, pi]) at each frequency (Hz); both NaN where that is NaN or outside
 * [0, sample_rate_hz / 2]. Thread: any */
void biquad_frequency_response(wa_biquad_filter_type type, double frequency_hz, double detune_cents,
                               double q, double gain_db, double sample_rate_hz, const float *frequency,
                               float *magnitude, float *phase, uint32_t count);
/* The type that a config of the class holds. Thread: any */
wa_biquad_filter_type biquad_type_of(const void *config);
#endif /* WA_SRC_NODES_BIQUAD_FILTER_H */
