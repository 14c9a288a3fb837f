/* src/control/automation_store.h -- the chunks of timelines: append, splice, truncate, share, free.
 *
 * A list is dense: event i is in slot begin + i, four slots to a chunk. What is published stays as it is:
 *   append    writes the next slot if it was never written, else copies the list
 *   splice    copies the chunks up to the last changed event, the rest is shared; the copied front moves
 *             one slot to the left, so that the rest keeps its slots
 *   truncate  only counts; the slots behind stay written (an older form may still be read)
 * Each chunk holds one reference for every curve in it, live or not, until the chunk is freed.
 *
 * Thread: control
 */
#ifndef WA_SRC_CONTROL_AUTOMATION_STORE_H
#define WA_SRC_CONTROL_AUTOMATION_STORE_H
#include "../memory/slab.h"
#include "automation.h"

typedef struct store_chunk {
    timeline_chunk chunk;
    timeline_chunk *hidden; /* of a list's first chunk: its last; of others: mostly the one before */
} store_chunk;

struct timeline_store {
    wa_engine *engine;
    slab chunks;            /* of store_chunk */
    timeline_curve *curves; /* all that are referenced */
};

/* A place in a list: events before it, and its neighbours (NULL at the ends). */
typedef struct line_place {
    uint32_t position;
    const timeline_event *before, *after;
} line_place;

/* The place behind all events with time <= time_s, or (is_before) < time_s. O(1) at the end of the list. */
line_place line_find(const timeline *line, double time_s, bool is_before);

/* The event at position; O(position). Only an event of the caller's own may be written. */
timeline_event *line_event(const timeline *line, uint32_t position);
/* One after another, from an event of the list on; not beyond the last. */
typedef struct line_walk {
    timeline_chunk *chunk;
    uint32_t slot;
} line_walk;
line_walk line_walk_from(const timeline *line, uint32_t position);
timeline_event *line_walk_next(line_walk *walk);
const timeline_event *line_last(const timeline *line); /* NULL if empty; O(1) */

/* Put event at position (NULL: only make copies) and let the events up to copied_end (old positions,
 * >= position) be the caller's own. At the end of the list this is an append. Adds what it replaced to
 * *garbage. Takes a reference to the event's curve.
 * Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY, nothing changed. */
wa_status line_splice(timeline_store *store, timeline *line, uint32_t position, uint32_t copied_end,
                      const timeline_event *event, timeline_garbage *garbage);

/* Keep the first keep_count events. Cannot fail. */
void line_truncate(timeline *line, uint32_t keep_count, timeline_garbage *garbage);
/* The same and append one event, in one step. */
wa_status line_replace_end(timeline_store *store, timeline *line, uint32_t keep_count,
                           const timeline_event *event, timeline_garbage *garbage);
/* Drop the first drop_count events. Cannot fail. */
void line_drop_front(timeline *line, uint32_t drop_count, timeline_garbage *garbage);

/* A copy of the values with no reference yet; store_curve_free() if it was never used. */
wa_status store_curve_create(timeline_store *store, const float *values, uint32_t value_count,
                             timeline_curve **curve);
void store_curve_free(timeline_store *store, timeline_curve *curve);
#endif /* WA_SRC_CONTROL_AUTOMATION_STORE_H */
