/* src/memory/waves.h -- periodic waves: band-limited tables made from Fourier coefficients.
 * Web Audio 1.1, "PeriodicWave" and "Waveform Generation". Thread: control */
#ifndef WA_SRC_MEMORY_WAVES_H
#define WA_SRC_MEMORY_WAVES_H
#include "../node.h"

/* The engine's wave of sine, square, sawtooth or triangle; see wa_class_env.standard_wave. */
wa_status wave_standard(wa_engine *engine, wa_oscillator_type type, const wa_resource **wave);
/* Free a wave whose last reference is gone. */
void wave_destroy(wa_engine *engine, wa_resource *wave);
wa_status wave_resolve(const wa_engine *engine, wa_periodic_wave wave, const char *argument,
                       wa_resource **resource);
#endif /* WA_SRC_MEMORY_WAVES_H */
