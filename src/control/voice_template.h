/* src/control/voice_template.h -- what a voice pool's description may say. Thread: control */
#ifndef WA_SRC_CONTROL_VOICE_TEMPLATE_H
#define WA_SRC_CONTROL_VOICE_TEMPLATE_H
#include "wavepool/pool.h"

/* All but what only the nodes themselves know: their ports, their options.
 * Returns: WA_OK | TYPE | NOT_SUPPORTED | RANGE | INDEX_SIZE. */
wa_status voice_template_check(const wa_voice_pool_desc *desc);
#endif /* WA_SRC_CONTROL_VOICE_TEMPLATE_H */
