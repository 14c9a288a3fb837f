/* src/nodes/iir_filter.h -- what control needs of the filter beside its class. */
#ifndef WA_SRC_NODES_IIR_FILTER_H
#define WA_SRC_NODES_IIR_FILTER_H
#include <stdint.h>

/* |H| and arg H (rad, in (-pi, pi]) at each frequency (Hz), for a config of the class; both NaN where that is
 * NaN or outside [0, sample_rate_hz / 2]. Thread: any */
void iir_filter_frequency_response(const void *config, double sample_rate_hz, const float *frequency,
                                   float *magnitude, float *phase, uint32_t count);
#endif /* WA_SRC_NODES_IIR_FILTER_H */
