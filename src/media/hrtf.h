/* src/media/hrtf.h -- sets of head-related responses from SOFA files (AES69), read through libmysofa.
 * Thread: control of any context */
#ifndef WA_SRC_MEDIA_HRTF_H
#define WA_SRC_MEDIA_HRTF_H
#include "../node.h"

/* The engine's set at that rate, with a reference for the caller; loaded at first use from the file that
 * wa_engine_load_hrtf() named, else from the default.
 * Returns: WA_OK | IO (no file) | ENCODING, NOT_SUPPORTED (what is in it) | BUDGET | SEALED | SYSTEM_MEMORY. */
wa_status hrtf_for_rate(wa_engine *engine, double sample_rate_hz, const wa_resource **set);
#endif /* WA_SRC_MEDIA_HRTF_H */
