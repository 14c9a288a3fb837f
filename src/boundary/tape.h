/* src/boundary/tape.h -- frames that a node hears, on their way to a file: render writes, a worker reads,
 * neither waits.
 *
 * A ring of planes, indexed by counts of frames that are never set back. A quantum that finds no room is lost
 * whole; as soon as there is room again the number of frames lost goes into a ring of its own, with the place
 * where they are missing, and the worker puts as much silence there: time stays right.
 */
#ifndef WA_SRC_BOUNDARY_TAPE_H
#define WA_SRC_BOUNDARY_TAPE_H
#include "../node.h"

enum { TAPE_GAP_MAX = 64, TAPE_QUANTA_MIN = 2 };
static_assert((TAPE_GAP_MAX & (TAPE_GAP_MAX - 1)) == 0, "indices wrap by mask");

typedef struct tape_gap {
    uint64_t at; /* count in the ring of the frame behind it */
    uint64_t frames;
} tape_gap;

typedef enum tape_outcome {
    TAPE_RUNNING = 0,
    TAPE_FINISHED = 1, /* the file is whole; or given up by its owner */
    TAPE_FAILED = 2,
} tape_outcome;

typedef struct tape {
    wa_stream_resource stream; /* first: what a node's config refers to */
    /* fixed */
    uint32_t channel_count, capacity_frames;
    double sample_rate_hz;
    float *planes[WA_CHANNEL_COUNT_MAX]; /* [capacity_frames]; render's */
    /* control */
    bool told_end;              /* its end has been reported */
    _Atomic uint32_t is_closed; /* nothing more is wanted */
    /* worker */
    _Alignas(64) _Atomic uint64_t read_count;
    _Atomic uint32_t gap_read_count;
    _Atomic uint32_t outcome; /* tape_outcome */
    /* render */
    _Alignas(64) _Atomic uint64_t write_count;
    _Atomic uint32_t gap_write_count;
    _Atomic uint32_t has_stopped; /* by its node: heard_frames is the length */
    _Atomic uint64_t heard_frames, lost_frames, loss_count;
    uint64_t pending_frames; /* lost, not yet in the ring of gaps */
    tape_gap gaps[TAPE_GAP_MAX];
} tape;

/* -- Thread: render -- */

bool tape_is_wanted(const tape *of); /* false: closed, or failed */
/* The next frames, at most capacity_frames. */
void tape_write(tape *of, float *const *planes, uint32_t begin, uint32_t frames);
void tape_stop(tape *of);

/* -- Thread: worker -- */

/* Frames that come next: rows of frames in one piece, or (*is_gap) as many of silence; 0: none at present. */
uint64_t tape_next(const tape *of, const float *rows[WA_CHANNEL_COUNT_MAX], bool *is_gap);
void tape_advance(tape *of, uint64_t frames, bool is_gap);
/* Whether the node has stopped it; then and when it is closed: all frames there are to be. */
bool tape_has_stopped(const tape *of);
uint64_t tape_heard_frames(const tape *of);

/* -- Thread: control -- */

/* Frames free in the ring. */
uint32_t tape_room(const tape *of);
tape_outcome tape_outcome_of(const tape *of); /* Thread: any */
#endif                                        /* WA_SRC_BOUNDARY_TAPE_H */
