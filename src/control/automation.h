/* src/control/automation.h -- editing a timeline: insert, cancel, collapse; the rules of the methods.
 *
 * The published part of a timeline is immutable. Appending writes behind it, in O(1); inserting before the
 * end, cancelling and re-anchoring make new chunks (copy on write) up to the next absolute value and
 * hand back what they replaced, for the caller to free once the render side has let go.
 *
 * Thread: control.
 */
#ifndef WA_SRC_CONTROL_AUTOMATION_H
#define WA_SRC_CONTROL_AUTOMATION_H
#include "../boundary/timeline.h"
#include "../memory/slab.h"

/* Chunks and curves of one context, charged to WA_MEMORY_PARAMS. */
typedef struct timeline_store timeline_store;
wa_status timeline_store_create(wa_engine *engine, timeline_store **store);
/* Its growth is listed in *grown: slab_watch(). */
void timeline_store_watch(timeline_store *store, slab **grown);
void timeline_store_destroy(timeline_store *store); /* NULL is fine; everything of it is gone */

/* Chunks (and with them curve references) that an edit replaced. Zeroed: nothing. */
typedef struct timeline_garbage {
    timeline_chunk *chunks; /* linked by next */
    uint32_t begin, count;  /* events in them that hold references, from `begin` on */
} timeline_garbage;
void timeline_garbage_free(timeline_store *store, timeline_garbage garbage);

typedef enum automation_kind {
    AUTOMATION_SET_VALUE = 1, /* AudioParam.value = v: setValueAtTime(v, now) */
    AUTOMATION_SET_VALUE_AT_TIME = 2,
    AUTOMATION_LINEAR_RAMP = 3,
    AUTOMATION_EXPONENTIAL_RAMP = 4,
    AUTOMATION_SET_TARGET = 5,
    AUTOMATION_VALUE_CURVE = 6,
    AUTOMATION_CANCEL = 7,
    AUTOMATION_CANCEL_AND_HOLD = 8,
} automation_kind;

typedef struct automation_edit {
    automation_kind kind;
    float value;
    double time_s; /* as called; clamped to now_s inside where the specification says so */
    double now_s;  /* currentTime at the call: travels with the edit */
    float time_constant_s;
    double duration_s;
    const float *curve; /* copied */
    uint32_t curve_count;
} automation_edit;

/* Apply one edit. *line is replaced by its new form; what was published before stays intact in memory
 * until *garbage is freed. To undo: put the old *line back and call automation_discard() on the new.
 * Returns: WA_OK | RANGE | NOT_SUPPORTED | INVALID_STATE | TYPE | BUDGET | SEALED, nothing changed. */
wa_status automation_apply(timeline_store *store, timeline *line, const automation_edit *edit,
                           timeline_garbage *garbage);

/* Free what `line` has and `kept` does not share (undo of an edit: line is the new form). */
void automation_discard(timeline_store *store, const timeline *line, const timeline *kept);

/* Fold events that are over at time_s into the base. O(events folded). Values from time_s on are
 * unchanged to the bit. *garbage: chunks no longer needed once render has the new form.
 * Returns true if *line changed. */
bool automation_collapse(timeline_store *store, timeline *line, double time_s,
                         timeline_garbage *garbage);

/* A timeline with no events and this base (has_base false). Takes no memory. */
timeline timeline_constant(double value);
/* Free every event of a timeline that no render side sees any more; *line becomes constant. */
void timeline_clear(timeline_store *store, timeline *line);
#endif /* WA_SRC_CONTROL_AUTOMATION_H */
