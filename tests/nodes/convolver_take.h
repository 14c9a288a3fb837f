/* tests/nodes/convolver_take.h -- a convolver that is rendered while all that went in is kept, so that what
 * came out can be compared with the sum over it, in double. Include after <cmocka.h>. */
#ifndef WA_TESTS_NODES_CONVOLVER_TAKE_H
#define WA_TESTS_NODES_CONVOLVER_TAKE_H
#include "harness.h"
#include "kernels/convolution.h"

extern const wa_node_class wa_node_class_convolver;

/* wa_class_env.response without an engine. A test's teardown frees what it made. */
wa_status convolver_response(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                             uint32_t quantum_frames, const wa_resource **made);
int convolver_free_responses(void **state);

/* Noise that falls by 26 dB. */
wa_buffer_data buffer_make(uint32_t channel_count, uint64_t frame_count, double rate_hz);
void buffer_free(wa_buffer_data *buffer);
/* The defaults, but not normalised. */
wa_convolver_options plain_options(void);

enum { FRAMES_MAX = 400000 };

typedef struct take {
    harness *node;
    uint32_t quantum, seed;
    uint64_t frame;
    float *in[2], *out[2]; /* what the sides heard and said; one channel of output stands in both */
    uint8_t *channels;     /* of the output, by quantum */
} take;

typedef enum signal { INACTIVE, SILENT, ZEROS, MONO, STEREO } signal;

/* buffer NULL: no response. options NULL: defaults. */
take take_make(const wa_buffer_data *buffer, const wa_convolver_options *options, uint32_t quantum,
               double rate_hz);
void take_free(take *of);
/* One quantum of it; returns the channels of the output. */
uint32_t take_render(take *of, signal kind);
void take_render_frames(take *of, signal kind, uint64_t frames);
/* Keep a quantum that the test has rendered itself. */
void take_keep(take *of);

/* What the specification's sum says for one side, with the input from `first` on. */
double take_direct(const take *of, const wa_buffer_data *buffer, double scale, uint32_t side,
                   uint64_t first, uint64_t frame);
/* Of every step-th frame from `from` on. */
double take_error_db(const take *of, const wa_buffer_data *buffer, double scale, uint64_t from,
                     uint64_t step);
#endif /* WA_TESTS_NODES_CONVOLVER_TAKE_H */
