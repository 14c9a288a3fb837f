/* src/kernels/convolution.h -- a signal with a long response: no latency, the same work in every quantum.
 *
 *   response   [ head: 2 B1 ][ level 1: blocks of B1, up to 2 B2 ][ level 2: blocks of B2 ... to the end ]
 *
 * The head's block is a step, which is the quantum itself as a rule; its spectra are made, multiplied and
 * undone within the quantum, so that nothing is late. A level gathers B frames of input and has as long
 * as the next B frames take to transform them, multiply them with its part of the response, and add the
 * result to what is pending: its part begins 2 B frames into the response, so that this is soon enough.
 * That work is cut into pieces of some nanoseconds, and each quantum does its share of them.
 *
 * Blocks are whole steps, transforms are powers of two: a step of 441 frames has a transform of 512.
 * A quantum below CONVOLUTION_STEP_MIN is part of a step, one above CONVOLUTION_STEP_MAX is several;
 * a step that comes in parts is transformed again with each.
 * Blocks that were silent, and parts of the response that are zero, are left out of the products.
 */
#ifndef WA_SRC_KERNELS_CONVOLUTION_H
#define WA_SRC_KERNELS_CONVOLUTION_H
#include "../node.h"
#include "spectrum.h"

enum {
    CONVOLUTION_STEP_MIN = 32,
    CONVOLUTION_STEP_MAX = 4096,
    CONVOLUTION_LEVEL_COUNT_MAX = 6, /* from 32 to 32768 points by fours or more */
    CONVOLUTION_CHANNEL_COUNT_MAX = 4,
    CONVOLUTION_SIDES = 2,
};
static_assert(CONVOLUTION_STEP_MIN << 2 * (CONVOLUTION_LEVEL_COUNT_MAX - 1) >= SPECTRUM_POINTS_MAX,
              "no more levels fit");

/* -- The response, shared: immutable once made. Thread: control -- */

typedef struct convolution_level {
    spectrum_plan transform;
    uint32_t block_frames;                         /* at most transform.point_count */
    uint32_t slot_count;                           /* blocks of response */
    uint32_t used_begin, used_end;                 /* those that are not all zero, first to last */
    uint64_t first_frame, end_frame;               /* of the response */
    uint32_t store_units, product_units;           /* of work, for a piece and a slot */
    float *spectra[CONVOLUTION_CHANNEL_COUNT_MAX]; /* scaled for an unscaled way back */
} convolution_level;

typedef struct convolution_plan {
    uint32_t channel_count; /* 1, 2 or 4: left to left, left to right, right to left, right to right */
    uint32_t step_frames;
    uint32_t level_count;
    uint64_t frame_count; /* of the response */
    convolution_level levels[CONVOLUTION_LEVEL_COUNT_MAX];
} convolution_plan;

/* What a buffer of that shape takes with that quantum; the fastest set of levels. */
void convolution_plan_init(convolution_plan *plan, uint32_t channel_count, uint64_t frame_count,
                           uint32_t quantum_frames);
/* Floats of tables and spectra, and of scratch memory to make them. */
uint64_t convolution_plan_floats(const convolution_plan *plan);
uint32_t convolution_scratch_floats(const convolution_plan *plan);
/* Make them. memory: 64-byte aligned, kept; scratch likewise, not kept. */
void convolution_plan_fill(convolution_plan *plan, float *memory, float *scratch,
                           const float *const *planes, float scale);
/* Whether filling a plan of the same shape from these planes would give the same bits. */
bool convolution_plan_matches(const convolution_plan *plan, float *scratch, const float *const *planes,
                              float scale);
/* Web Audio 1.1, ConvolverNode, "normalize": what the response is scaled by. */
float convolution_normalization(const float *const *planes, uint32_t channel_count,
                                uint64_t frame_count, float sample_rate_hz);

/* An impulse response behind a handle of nobody's: made from a buffer when a node is given it. */
typedef struct wa_response_data {
    wa_resource resource;
    convolution_plan plan;
    /* control */
    uint64_t memory_bytes; /* of this struct with its spectra, as taken */
    uint32_t quantum_frames;
    float scale;
    uint64_t hash; /* of the frames that it was made from */
    struct wa_response_data *next;
} wa_response_data;

/* -- What one node remembers. Thread: render -- */

/* What is done with a block that a level has gathered, while it gathers the next. */
typedef struct convolution_job {
    uint64_t block;
    uint32_t input_count, output_count; /* spectra to make; products to make and undo */
    uint32_t slot_begin, slot_end;      /* of the response */
    bool is_silent, is_twin, is_narrow; /* the block; both its sides are equal; both results are */
    uint32_t channel, pass, piece;      /* where it stands */
    uint64_t done, total;               /* units of work */
} convolution_job;

typedef struct convolution_row {
    uint64_t block;                /* being gathered */
    uint32_t fill;                 /* frames of it */
    uint64_t live_begin, live_end; /* blocks whose spectra count: from the first to the last that
                                      sounded, within reach. Equal: none */
    float *gathered[CONVOLUTION_SIDES][2]; /* by parity of the block */
    float *spectra[CONVOLUTION_SIDES];     /* a ring of slot_count blocks, newest first */
    float *points;
    convolution_job job;
} convolution_row;

/* Begins the memory of convolution_bytes(); all that is behind it counts only as far as this says. */
typedef struct convolution {
    const convolution_plan *plan;
    uint64_t frame;                          /* of the next input, since it began */
    uint64_t sound_end;                      /* after the last frame that was not zero; 0: none was */
    uint64_t stereo_end;                     /* ... of a stereo input */
    uint64_t wide_end;                       /* ... in which the two sides were not the same planes */
    uint64_t pending_end[CONVOLUTION_SIDES]; /* frames from here on have not been written */
    uint32_t pending_mask;
    bool has_overlap, has_sum;
    float *pending[CONVOLUTION_SIDES]; /* sums of what the levels have for frames to come: rings */
    float *overlap[CONVOLUTION_SIDES]; /* of the head: what the last step rings into this one */
    float *
        sum[CONVOLUTION_SIDES]; /* of the head: products with earlier blocks, for all parts of a step */
    float *time;                /* of the head: 2 transforms */
    uint64_t work_units;        /* of the last convolution_process() */
    convolution_row rows[CONVOLUTION_LEVEL_COUNT_MAX];
} convolution;

uint64_t convolution_bytes(const convolution_plan *plan);
/* As if all had been silence. O(1) in the memory's size, whose content may be anything. */
convolution *convolution_begin(const convolution_plan *plan, void *memory);

typedef struct convolution_input {
    const float *left, *right; /* NULL: zeros; the same plane twice: mono */
    uint32_t sound_frames;     /* after the last that is not zero on either side */
    bool is_stereo;
} convolution_input;

/* The next `frames`, at most the quantum that the plan was made for. out: [out_count] planes, 1 or 2, all
 * written; none of them is an input. */
void convolution_process(convolution *of, const convolution_input *in, float *const *out,
                         uint32_t out_count, uint32_t frames);

/* Something of the input has yet to be heard. */
static inline bool convolution_rings(const convolution *of) {
    return of->sound_end > 0 && of->frame + 1 < of->sound_end + of->plan->frame_count;
}
/* Something of a stereo input has. */
static inline bool convolution_is_stereo(const convolution *of) {
    return of->stereo_end > 0 && of->frame + 1 < of->stereo_end + of->plan->frame_count;
}
#endif /* WA_SRC_KERNELS_CONVOLUTION_H */
