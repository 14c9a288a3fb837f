/* tests/fuzz/pull/pull.h -- Web Audio 1.1 once more, slow: a recursive pull renderer in double precision.
 *
 * Straight from the specification's text, one quantum at a time: ask every node for its output, which asks
 * those that feed it; what has been asked for is remembered for the quantum. It shares no code with the
 * engine but the count of partials in a wave's ranges, and knows nothing of levels, batches, blocks or
 * sleeping.
 *
 *   unknown   a node that has no simple description: what it puts out is taken from the engine (pull_seen)
 *   chosen    where the text leaves a cut-off to the implementation, a filter's tail, the channel count is
 *             taken from the engine too, and checked to be a legal one
 *   jitter    a second graph of the same edits can round all signals to float and shake them by an ulp: the
 *             distance of the two says how much of a difference rounding may make
 *
 * Control and render are one thread here; an edit counts from the next quantum on.
 */
#ifndef WA_TESTS_FUZZ_PULL_H
#define WA_TESTS_FUZZ_PULL_H
#include "../fuzz.h"
#include "../../unit/automation_oracle.h"

enum {
    PULL_NODE_MAX = 128,
    PULL_EDGE_MAX = 1024,
    PULL_PARAM_MAX = 6,
    PULL_PORT_MAX = 32,
    PULL_CHANNEL_MAX = 32,
    PULL_QUANTUM_MAX = 256,
    PULL_FRAME_MAX = 1 << 14, /* that a graph may render */
    PULL_ORDER_MAX = 20,      /* coefficients of an IIR filter */
    PULL_ARENA_DOUBLES = 1 << 22,
};

/* -- Data that nodes share; they outlive the graph ------------------------------------------------ */

typedef struct pull_buffer {
    uint32_t channel_count, frame_count;
    double rate_hz;
    float *planes[PULL_CHANNEL_MAX];
} pull_buffer;

typedef struct pull_wave {
    uint32_t partial_count; /* 0: a sine */
    double *real, *imag;    /* [partial_count + 1], normalised */
    uint32_t range_count;
    uint32_t range_partials[32]; /* how many partials may sound together; ascending pitch */
    double images[32]; /* of each range: what linear interpolation of its table may add at most */
} pull_wave;
/* of a basic type: made once, kept for ever. */
const pull_wave *pull_wave_standard(wa_oscillator_type type);
void pull_wave_make(pull_wave *wave, const float *real, const float *imag, uint32_t count,
                    bool is_normalized);
void pull_wave_free(pull_wave *wave);

typedef struct pull_curve {
    const float *points;
    uint32_t count;
} pull_curve;

/* What the engine put out of one output: told by a listener at it, quantum by quantum. */
typedef struct pull_seen {
    uint32_t count, capacity;
    struct pull_sight {
        uint64_t frame;
        uint32_t channel_count;
        size_t at;
    } * sights;
    float *frames;
    size_t used, room;
} pull_seen;
void pull_seen_add(pull_seen *seen, uint64_t frame, uint32_t channel_count, const float *const *planes,
                   uint32_t frame_count);
void pull_seen_clear(pull_seen *seen);
void pull_seen_free(pull_seen *seen);
const struct pull_sight *pull_seen_at(const pull_seen *seen, uint64_t frame); /* NULL: not active */

/* -- The graph ------------------------------------------------------------------------------------- */

typedef struct pull_block {
    uint32_t channel_count;
    bool is_active;
    double *planes[PULL_CHANNEL_MAX];
} pull_block;

typedef struct pull_mixing {
    uint32_t channel_count;
    wa_channel_count_mode mode;
    bool is_speakers;
} pull_mixing;

typedef struct pull_edge {
    bool is_here, is_param;
    uint32_t source, output, target, index;
    double fade_left, fade_total; /* frames; 0: no fade */
} pull_edge;

typedef struct pull_param {
    float value; /* without events */
    double value_default, value_min, value_max;
    bool is_k_rate, is_compound;
    oracle *line; /* NULL: no events */
    bool has_inputs;
} pull_param;

__extension__ typedef __int128 pull_fixed; /* 48 bits of fraction, as kernels/playhead.h promises */

typedef struct pull_source {
    bool is_started, has_stop, has_ended;
    double start_frame, stop_frame;
    uint32_t begin, end; /* of this quantum */
} pull_source;

typedef struct pull_player {
    const pull_buffer *buffer;
    bool is_looping, has_started, has_entered, has_ended;
    double loop_start_s, loop_end_s, offset_s, duration_s;
    pull_fixed position, elapsed, offset;
} pull_player;

typedef struct pull_node {
    bool is_here, is_unknown;
    wa_node_type type;
    uint32_t input_count, output_count, param_count;
    pull_mixing mix;
    pull_param params[PULL_PARAM_MAX];
    pull_seen *seen[PULL_PORT_MAX]; /* the engine's outputs, where they are taken */
    bool lingers;                   /* given back, and not gone yet */
    uint64_t fade_end_frame;        /* gone from here on; 0: no fade */

    bool is_done, is_muted, is_in_cycle; /* of this quantum */
    pull_block outputs[PULL_PORT_MAX];
    double *param_rows[PULL_PARAM_MAX]; /* [quantum] */

    pull_source source;
    pull_player player;
    double phase; /* turns */
    bool has_phase;
    const pull_wave *wave;
    double max_delay_s;
    double *past[PULL_CHANNEL_MAX]; /* [PULL_FRAME_MAX], from frame 0 of the context on */
    uint8_t *past_counts;           /* channels of each frame; 0: nothing was active */
    uint64_t fed_end_frame;         /* behind the last frame in which the input was active */
    wa_biquad_filter_type filter;
    uint32_t live_count;
    double (*x)[PULL_ORDER_MAX], (*y)[PULL_ORDER_MAX]; /* [PULL_CHANNEL_MAX], once it filters */
    double forward[PULL_ORDER_MAX], back[PULL_ORDER_MAX];
    uint32_t forward_count, back_count;
    double peak; /* of what a filter put out */
    pull_curve curve;
    bool has_curve, is_oversampled;
} pull_node;

typedef struct pull_graph {
    double rate_hz;
    uint32_t quantum;
    uint64_t frame;
    double jitter; /* 0: exact */
    uint64_t random;
    bool is_lost;        /* no longer to be compared: beyond floats, or what the text leaves open */
    const char *lost_by; /* why */
    bool is_changed;     /* cycles are to be looked for */
    bool is_traced;      /* what each node puts out, as text */
    pull_node nodes[PULL_NODE_MAX]; /* 0: the destination */
    pull_edge edges[PULL_EDGE_MAX]; /* in the order of connection */
    uint32_t node_count, edge_count;
    double *arena;
    size_t arena_used;
} pull_graph;

pull_graph *pull_create(double rate_hz, uint32_t quantum, uint32_t channel_count, double jitter);
void pull_destroy(pull_graph *graph);

/* Edits; indices are those of the caller, who checks them. */
pull_node *pull_add(pull_graph *graph, uint32_t node, wa_node_type type, const wa_node_options *mix,
                    uint32_t input_count, uint32_t output_count);
void pull_connect(pull_graph *graph, uint32_t source, uint32_t output, uint32_t target, uint32_t index,
                  bool is_param);
/* output, index: UINT32_MAX: any. Returns how many have gone. */
uint32_t pull_disconnect(pull_graph *graph, uint32_t source, uint32_t output, uint32_t target,
                         uint32_t index, bool is_param, bool is_any_target);
void pull_release(pull_graph *graph, uint32_t node, wa_release_mode mode, double fade_s);
wa_status pull_automate(pull_graph *graph, uint32_t node, uint32_t param, const automation_edit *edit);
void pull_start(pull_graph *graph, uint32_t node, double when_s, double now_s);
void pull_stop(pull_graph *graph, uint32_t node, double when_s, double now_s);
void pull_rearm(pull_graph *graph, uint32_t node);

/* The next quantum of the destination. */
void pull_quantum(pull_graph *graph, double *const *outputs);
void pull_lose(pull_graph *graph, const char *why);

/* -- Between the files of this folder -------------------------------------------------------------- */
double *pull_row(pull_graph *graph); /* zeros, of this quantum */
pull_block pull_silence(pull_graph *graph, uint32_t channel_count, bool is_active);
/* Web Audio 1.1, "Channel Up-Mixing and Down-Mixing": one frame. */
void pull_mix(const double *from, uint32_t from_count, double *to, uint32_t to_count, bool is_speakers);
void pull_mix_add(pull_graph *graph, const pull_block *from, pull_block *to, bool is_speakers);
void pull_ask(pull_graph *graph, uint32_t node);
pull_block pull_input(pull_graph *graph, uint32_t node, uint32_t input);
void pull_params(pull_graph *graph, uint32_t node);
void pull_find_cycles(pull_graph *graph);
/* Which frames of the quantum a source plays. False: it is not active. */
bool pull_source_begin(pull_graph *graph, pull_node *of);
void pull_source_end(pull_graph *graph, pull_node *of);
void pull_constant(pull_graph *graph, pull_node *of);
void pull_oscillator(pull_graph *graph, pull_node *of);
void pull_player_render(pull_graph *graph, pull_node *of);
void pull_delay_read(pull_graph *graph, pull_node *of, bool is_fed);
void pull_delay_write(pull_graph *graph, pull_node *of, const pull_block *in);
void pull_gain(pull_graph *graph, pull_node *of, const pull_block *in);
void pull_pan(pull_graph *graph, pull_node *of, const pull_block *in);
void pull_shape(pull_graph *graph, pull_node *of, const pull_block *in);
bool pull_shape_sounds(const pull_node *of);
void pull_biquad(pull_graph *graph, pull_node *of, const pull_block *in);
void pull_iir(pull_graph *graph, pull_node *of, const pull_block *in);
double pull_random(pull_graph *graph); /* [-1, 1) */
/* value, in the jittered graph off by as much as float arithmetic on numbers of that scale may be. */
double pull_shaken(pull_graph *graph, double value, double scale);
#endif /* WA_TESTS_FUZZ_PULL_H */
