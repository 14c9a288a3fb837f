/* src/boundary/ring.h -- batches from control to render, and what render gives back.
 *
 * batch_ring   single producer, single consumer; full: the producer keeps its batch and tries later.
 * return_ring  chunks in a circle, entries written by render only. Control reserves two entries per node
 *              before it exists (one ended, one retired), so there is always room.
 */
#ifndef WA_SRC_BOUNDARY_RING_H
#define WA_SRC_BOUNDARY_RING_H
#include "batch.h"
#include <stdatomic.h>

enum { BATCH_RING_CAPACITY = 256 };
static_assert((BATCH_RING_CAPACITY & (BATCH_RING_CAPACITY - 1)) == 0, "indices wrap by mask");

typedef struct batch_ring {
    _Alignas(64) _Atomic uint32_t write_count; /* control's */
    batch *entries[BATCH_RING_CAPACITY];       /* control's */
    _Alignas(64) _Atomic uint32_t read_count;  /* render's */
} batch_ring;

bool batch_ring_push(batch_ring *ring, batch *pushed); /* Thread: control. false: full */
batch *batch_ring_pop(batch_ring *ring);               /* Thread: render. NULL: empty */

typedef enum return_kind { RETURN_ENDED = 0, RETURN_RETIRED = 1, RETURN_UNIT = 2 } return_kind;
enum { RETURN_KIND_MASK = 3, RETURN_CHUNK_ENTRIES = 510 };

typedef struct return_chunk {
    struct return_chunk *next; /* render's; a circle */
    uint64_t reserved;
    uintptr_t entries[RETURN_CHUNK_ENTRIES]; /* render's: node | kind */
} return_chunk;

typedef struct return_ring {
    /* render */
    _Alignas(64) return_chunk *write_chunk;
    uint32_t write_index;
    _Atomic uint64_t write_count;
    /* control */
    _Alignas(64) return_chunk *read_chunk;
    uint32_t read_index;
    uint64_t read_count;
} return_ring;

void return_ring_init(return_ring *ring, return_chunk *first);
void return_ring_insert(return_ring *ring, return_chunk *chunk);             /* Thread: render */
void return_ring_push(return_ring *ring, graph_node *of, return_kind kind);  /* Thread: render */
bool return_ring_pop(return_ring *ring, graph_node **of, return_kind *kind); /* Thread: control */
#endif /* WA_SRC_BOUNDARY_RING_H */
