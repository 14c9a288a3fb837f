/* src/kernels/hrtf.h -- head-related transfer functions: a set of measured directions, what lies between
 * them, and the convolution with it. Web Audio 1.1, "HRTF Panning".
 *
 *   direction   a unit vector in the listener's axes: right, forward, up
 *   response    of one ear, from a little before its onset on: the delay in front of it is kept apart, so that
 *               responses of neighbouring directions can be blended without being heard twice
 *
 *   find        the nearest measured directions and their weights: exact at a measured one, steady between
 *   spectra     blended response, delayed by the blended delay (a short fractional filter), cut into blocks
 *               of HRTF_BLOCK_FRAMES, each as a spectrum
 *   convolve    uniformly partitioned overlap-save. Blocks lie at multiples of HRTF_BLOCK_FRAMES of the
 *               context's clock; a quantum that ends inside a block transforms it as far as it has come, so
 *               that no quantum adds latency, and nothing depends on when a node slept
 *
 * Thread: any (a set is immutable once made); lines and states belong to whoever renders.
 */
#ifndef WA_SRC_KERNELS_HRTF_H
#define WA_SRC_KERNELS_HRTF_H
#include "../node.h"
#include "fft.h"

enum {
    HRTF_BLOCK_FRAMES = 128,
    HRTF_BIN_COUNT = HRTF_BLOCK_FRAMES + 1,
    HRTF_BIN_STRIDE = 144, /* floats: real parts, then as many imaginary ones */
    HRTF_SPECTRUM_FLOATS = 2 * HRTF_BIN_STRIDE,
    HRTF_NEAR_COUNT = 6,       /* measured directions that are blended at most */
    HRTF_FRACTION_TAPS = 16,   /* of the filter that delays by a fraction of a frame */
    HRTF_FRACTION_LEAD = 7,    /* whole frames that it delays */
    HRTF_FRACTION_PHASES = 64, /* its table; linear between two rows */
};

typedef struct wa_hrtf_data {
    wa_resource resource;
    uint64_t memory_bytes; /* of this struct with its tables, as taken */
    double sample_rate_hz;
    uint32_t direction_count;
    uint32_t response_frames, response_stride; /* stride: a multiple of 16 */
    uint32_t partition_count;                  /* blocks that a delayed response takes */
    uint32_t tail_frames;                      /* of the longest delayed response */
    uint32_t fade_frames;                      /* from one direction to the next */
    const float *directions[3];                /* [direction_count] */
    const float *responses;                    /* [direction_count][2][response_stride]; left, right */
    const float *delays;    /* [direction_count][2], frames, at least HRTF_FRACTION_LEAD + 1 */
    const float *fractions; /* [HRTF_FRACTION_PHASES + 1][HRTF_FRACTION_TAPS] */
    fft_plan plan;          /* of HRTF_BLOCK_FRAMES, for real transforms of two blocks */
} wa_hrtf_data;

/* Fill the fractional filter's table. Thread: control */
void hrtf_fractions_fill(float *fractions);

typedef struct hrtf_blend {
    uint32_t count; /* [1, HRTF_NEAR_COUNT] */
    uint32_t indices[HRTF_NEAR_COUNT];
    float weights[HRTF_NEAR_COUNT]; /* sum 1 */
    float delays_frames[2];
} hrtf_blend;

/* direction: any length but 0. */
void hrtf_find(const wa_hrtf_data *set, const float direction[3], hrtf_blend *blend);
/* Frames [begin, begin + count) of the delayed response of one ear. */
void hrtf_response(const wa_hrtf_data *set, const hrtf_blend *blend, uint32_t ear, uint32_t begin,
                   uint32_t count, float *out);
/* All of it as spectra [partition_count][HRTF_SPECTRUM_FLOATS], scaled for hrtf_convolve. */
void hrtf_spectra(const wa_hrtf_data *set, const hrtf_blend *blend, uint32_t ear, float *spectra);

/* What one channel remembers. All of it lies in the channel's memory, in this order. */
typedef struct hrtf_line {
    float *window;     /* [2 x block]: the block before, the block as far as it has come, zeros */
    float *filters[2]; /* [partition_count] spectra each: of the ear on this channel's side */
    float *blocks;     /* [partition_count] spectra: a ring of what came in */
} hrtf_line;

static inline uint64_t hrtf_line_bytes(uint32_t partition_count) {
    return (2 * HRTF_BLOCK_FRAMES + (uint64_t)3 * partition_count * HRTF_SPECTRUM_FLOATS) *
           sizeof(float);
}
hrtf_line hrtf_line_at(void *memory, uint32_t partition_count);

/* Where in the ring the input is: the same for all channels of a node. */
typedef struct hrtf_clock {
    uint64_t block;  /* number of the block that the window's second half holds */
    uint32_t head;   /* its spectrum's place in the ring */
    uint32_t filled; /* spectra before it that mean something, below partition_count */
    bool is_running; /* false: nothing is remembered, the next advance begins anew */
} hrtf_clock;

/* The frame belongs to block frame / HRTF_BLOCK_FRAMES: go there. Returns true if the windows of all channels
 * must be moved on (hrtf_line_shift), and sets *is_new when they must be cleared instead. */
bool hrtf_clock_advance(hrtf_clock *clock, uint32_t partition_count, uint64_t frame, bool *is_new);
void hrtf_line_clear(const hrtf_line *line);
void hrtf_line_shift(const hrtf_line *line);
/* Take in frames at `offset` of the block, and transform it as far as it has come. */
void hrtf_line_feed(const hrtf_line *line, const hrtf_clock *clock, const wa_hrtf_data *set,
                    const float *in, uint32_t offset, uint32_t frames);
/* out[frames]: the output at `offset` of the block, of the spectra in `source` through the filter. */
void hrtf_convolve(const hrtf_line *source, const float *filter, const hrtf_clock *clock,
                   const wa_hrtf_data *set, uint32_t offset, uint32_t frames, float *out);
#endif /* WA_SRC_KERNELS_HRTF_H */
