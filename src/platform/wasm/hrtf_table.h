/* src/platform/wasm/hrtf_table.h -- the measured head-related responses, as a page loads them: libmysofa's
 * default set without the file around it. Little endian, every number 4 bytes wide but the responses.
 *
 *   "WPHR", version 1, directions, frames of a response, sample rate (float), 1: a delay for each direction,
 *   1: the right ear comes first, scale (float)
 *   positions [directions][3]         floats: to the front, to the left, up
 *   delays    [1 or directions][2]    floats
 *   responses [directions][2][frames] 16 bits each, times scale
 */
#ifndef WA_SRC_PLATFORM_WASM_HRTF_TABLE_H
#define WA_SRC_PLATFORM_WASM_HRTF_TABLE_H
#include "wavepool/memory.h"

enum { HRTF_TABLE_VERSION = 1 };

typedef struct hrtf_table_head {
    char magic[4];
    uint32_t version, direction_count, frame_count;
    float sample_rate_hz;
    uint32_t has_delay_each, is_right_first;
    float scale;
} hrtf_table_head;

/* Make the set of that rate from a table and keep it with the engine, where panners find it: they cannot wait
 * for a file, so it is there before or they are refused. The table may go then; it is aligned to 4 bytes.
 * Returns: WA_OK | ENCODING (it is none, or cut short, or makes no sense) | NOT_SUPPORTED (limits.h)
 *   | BUDGET | SEALED | SYSTEM_MEMORY. Thread: control */
wa_status hrtf_table_load(wa_engine *engine, const void *table, uint32_t table_bytes,
                          double sample_rate_hz);
#endif /* WA_SRC_PLATFORM_WASM_HRTF_TABLE_H */
