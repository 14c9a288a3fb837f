/* src/memory/hrtf_shelf.h -- the engine's sets of head-related responses: one for each sample rate in use, all
 * from one source. Sets are built elsewhere; here they are kept and shared. Thread: control of any context */
#ifndef WA_SRC_MEMORY_HRTF_SHELF_H
#define WA_SRC_MEMORY_HRTF_SHELF_H
#include "../kernels/hrtf.h"
#include "memory.h"

enum { HRTF_PATH_BYTES = 1024 };

typedef struct hrtf_entry {
    struct hrtf_entry *next;
    wa_hrtf_data *set; /* holds a reference */
} hrtf_entry;

/* Where sets come from now: a file of the user's, or "" for the default. Returns its number. */
uint32_t hrtf_shelf_source(wa_engine *engine, char path[HRTF_PATH_BYTES]);

/* The set of that rate from the source in force, with a reference more; NULL: not there. */
wa_hrtf_data *hrtf_shelf_find(wa_engine *engine, double sample_rate_hz);

/* Put a set that was built from source `number` on the shelf. If another thread was faster, that one's set is
 * kept and the given one freed; if the source has changed meanwhile, the set is handed back alone. *set comes
 * back with a reference for the caller. On failure it is freed. Returns: WA_OK | BUDGET | SEALED. */
wa_status hrtf_shelf_add(wa_engine *engine, uint32_t number, wa_hrtf_data **set);

/* The sets of another source take the place of all that are there; `first` is the first of them. On failure it
 * is freed and nothing changed. Returns: WA_OK | BUDGET | SEALED. */
wa_status hrtf_shelf_replace(wa_engine *engine, const char *path, wa_hrtf_data *first);

/* Free sets that nobody uses, about want_bytes of them. Returns the bytes freed. */
uint64_t hrtf_shelf_trim(wa_engine *engine, uint64_t want_bytes);
/* Free a set whose last reference is gone. */
void hrtf_destroy(wa_engine *engine, wa_resource *set);
/* All of it, when the engine goes. */
void hrtf_shelf_finish(wa_engine *engine);
#endif /* WA_SRC_MEMORY_HRTF_SHELF_H */
