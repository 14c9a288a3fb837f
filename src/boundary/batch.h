/* src/boundary/batch.h -- edits on their way: built by control, read by render, freed by control.
 *
 * Render meets each op twice. Stage: prepare it, unseen (over several quanta for a large batch, a bounded
 * number of ops each). Then the batch's number is stored as applied, which shows everything at once. Late:
 * tidy up, wake, retire: nothing that could be heard, since that too may take several quanta. After that the
 * number is published as finished and control frees what the batch superseded.
 */
#ifndef WA_SRC_BOUNDARY_BATCH_H
#define WA_SRC_BOUNDARY_BATCH_H
#include "graph.h"

typedef enum op_kind {
    OP_NODE_ADD = 1,  /* stage: as new. late: wake if it needs no input */
    OP_SWITCH,        /* stage: config, place, mixing, muted: all that control holds now */
    OP_CHANNELS,      /* stage: a longer channel table */
    OP_WIDE,          /* stage: room for planes of an output */
    OP_EDGE_ADD,      /* stage: link unseen. late: wake the target */
    OP_EDGE_KILL,     /* stage: dies with this batch. late: unlink */
    OP_EDGE_FADE,     /* stage: ramp to zero over `number` frames */
    OP_PARAM_EXTRA,   /* stage: the param has a timeline and inputs from now on */
    OP_PARAM_LINE,    /* stage: its next timeline */
    OP_PARAM_RATE,    /* stage: k-rate or not */
    OP_START,         /* stage: into the heap, held until applied. late: no longer held */
    OP_STOP,          /* stage: its next stop */
    OP_REARM,         /* stage: a source that is silent, as before start */
    OP_WAKE,          /* late: wake a node that says itself when it sleeps again, as if it had a tail */
    OP_RETIRE,        /* late: out of everything, give it back */
    OP_LEAVE,         /* stage: mark it. late: out of everything; nobody is told (a delay's writer) */
    OP_RETIRE_ASLEEP, /* late: give it back once it sleeps */
    OP_RETIRE_FADED,  /* late: give it back `number` frames from now */
    OP_UNIT_JOIN,     /* late: it is of a ring from now on */
    OP_UNIT_ASLEEP,   /* late: give the whole unit back once all of it sleeps */
    OP_UNIT_FADED,    /* late: ... `number` frames from now */
    OP_UNIT_RETIRE,   /* late: now */
    OP_BUCKET,        /* stage: link a new bucket into its level */
    OP_LEVELS,        /* stage: a longer level table */
    OP_PLANES,        /* stage: more planes */
    OP_HEAP,          /* stage: a longer heap table */
    OP_RETURNS,       /* stage: one more chunk of the return ring */
    OP_ROWS,          /* stage: more scratch rows */
    OP_LISTENER_ROW,  /* stage: a row for the listener's param `count` */
} op_kind;

typedef struct op {
    uint32_t kind;
    uint32_t index; /* of a param, an output */
    graph_node *node;
    union {
        struct {
            edge *edge;
            uint32_t number;
        } link;
        node_switch to;
        struct {
            void *const *table;
            uint32_t capacity;
        } channels;
        float **wide;
        param_extra *extra;
        timeline line;
        uint8_t rate; /* wa_automation_rate */
        struct {
            double start_frame, stop_frame;
        } schedule;
        unit *group;
        struct {
            bucket *bucket;
        } place;
        struct {
            void *memory;
            uint32_t count;
            uint32_t stride;
        } room; /* levels, planes, heap, returns, rows */
    };
} op;

enum { BATCH_CHUNK_OPS = 16 };
typedef struct batch_chunk {
    struct batch_chunk *next;
    uint32_t count;
    op ops[BATCH_CHUNK_OPS];
} batch_chunk;

/* What a batch superseded: freed by control once it is finished. */
typedef struct garbage_item {
    struct garbage_item *next;
    uint32_t kind;
    uint32_t type;
    void *memory;
    uint64_t bytes;
    uint32_t begin, count;
} garbage_item;

typedef struct batch {
    struct batch *next; /* control: waiting for room in the ring, or for being finished */
    uint32_t number;
    uint32_t op_count;
    batch_chunk *first, *last;
    garbage_item *garbage;
} batch;
#endif /* WA_SRC_BOUNDARY_BATCH_H */
