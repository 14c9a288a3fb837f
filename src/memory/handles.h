/* src/memory/handles.h -- the engine's slot index space: which object a handle means, if it may.
 *
 *   id = generation (30 bits) << 32 | engine tag (6 bits) << 24 | slot (24 bits); {0} is never valid
 * Slots come in chunks of WA_SLOTS_PER_CHUNK of one kind, one type and one owner, so that stale,
 * foreign and wrong-type handles are told apart. A slot: FREE -> LIVE -> RELEASED (its sound may
 * ring) -> FREE with the next generation. A slot whose generation is used up rests for good.
 *
 * Thread: control. Sets of different owners may be used from different threads; a set that the engine
 * owns is locked and may be used from all. Resolving is Thread: any.
 */
#ifndef WA_SRC_MEMORY_HANDLES_H
#define WA_SRC_MEMORY_HANDLES_H
#include "memory.h"

typedef enum handle_kind {
    HANDLE_NODE = 1,
    HANDLE_BUFFER = 2,
    HANDLE_WAVE = 3,
    HANDLE_PROCESSOR = 4,
    HANDLE_MEDIA = 5,
    HANDLE_RECORDING = 6
} handle_kind;
typedef enum handle_state { HANDLE_FREE = 0, HANDLE_LIVE = 1, HANDLE_RELEASED = 2 } handle_state;

/* All slots of one kind, type and owner: the free list over its chunks. */
typedef struct handle_set {
    wa_engine *engine;
    handle_kind kind;
    uint32_t type;     /* node type; 0 for buffers and waves */
    const void *owner; /* context, or engine */
    const char *what;  /* "node", "buffer": for messages */
    wa_memory_category category;
    uint32_t free_head; /* slot index + 1, 0: none. FIFO, so that generations wear evenly */
    uint32_t free_tail;
    uint32_t free_count, slot_count;
} handle_set;

void handle_set_init(handle_set *set, wa_engine *engine, handle_kind kind, uint32_t type,
                     const void *owner, const char *what, wa_memory_category category);
/* Every handle of the set becomes stale; its chunks go back. */
void handle_set_finish(handle_set *set);

/* A LIVE slot for object. Returns: WA_OK | LIMIT | BUDGET | SEALED. *slot: index; *id: handle. */
wa_status handle_take(handle_set *set, void *object, uint32_t *slot, uint64_t *id);
void handle_mark_released(handle_set *set, uint32_t slot); /* LIVE -> RELEASED */
void handle_mark_live(handle_set *set, uint32_t slot);     /* RELEASED -> LIVE: undo; same generation */
/* -> FREE; the generation moves, every copy of the handle is stale. */
void handle_give(handle_set *set, uint32_t slot);
/* Like give then take: the slot stays with its object under a new generation, LIVE (pool reuse).
 * Returns the new id, or 0 when the generation is used up (the slot then rests). */
uint64_t handle_renew(handle_set *set, uint32_t slot);

/* The object behind a LIVE handle of that kind and owner (type 0: any type).
 * Returns: WA_OK | STALE_HANDLE | RELEASED | FOREIGN_HANDLE | WRONG_TYPE, each with a message that
 * begins with `argument`, the name of the caller's argument. */
wa_status handle_resolve(const wa_engine *engine, uint64_t id, handle_kind kind, const void *owner,
                         uint32_t type, const char *argument, void **object);
/* The object of a LIVE or RELEASED slot by index, and its current id; NULL if FREE. O(1) */
/* The object of the set's first slot in use from *slot on; *slot is then the one behind it. NULL: none. */
void *handle_set_next(const handle_set *set, uint32_t *slot);
void *handle_object(const wa_engine *engine, uint32_t slot, uint64_t *id);
#endif /* WA_SRC_MEMORY_HANDLES_H */
