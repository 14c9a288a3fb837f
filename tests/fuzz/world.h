/* tests/fuzz/world.h -- a context that is edited as bytes say, and the pull renderer that must agree with it.
 *
 * Each edit is made in the engine; if that took it, it is made in both pull graphs, in a transaction once
 * that is committed. After each callback the frames are compared.
 *
 * Tolerance: the engine's frames may differ from the exact graph's by 1e-6 (-120 dB) of the loudest frame so
 * far, which is what is left of a float's 24 bits after the handful of roundings and polynomials (2e-7) of a
 * chain, plus 32 times what the jittered graph differs by: a graph that amplifies rounding (a filter near the
 * unit circle, a loop, a frequency modulated by a sum) shows there by how much. A graph is given up once a
 * signal passes 1e30.
 */
#ifndef WA_TESTS_FUZZ_WORLD_H
#define WA_TESTS_FUZZ_WORLD_H
#include "pull/pull.h"

enum {
    WORLD_NODE_MAX = 28,
    WORLD_BUFFER_COUNT = 4,
    WORLD_WAVE_COUNT = 2,
    WORLD_CURVE_COUNT = 4,
    WORLD_POOL_COUNT = 5,
    WORLD_EDIT_MAX = 512,
    WORLD_FRAME_MAX = 6000,
    WORLD_CALLBACK_MAX = 1024,
    WORLD_GRAPH_COUNT = 2, /* exact, jittered */
};

typedef struct world_node {
    wa_node handle;
    uint32_t id; /* in the pull graphs */
    wa_node_type type;
    uint32_t input_count, output_count;
    uint32_t param_count; /* that the pull graphs know */
    wa_node_pool *pool;   /* NULL: plain */
    wa_node listener;     /* {0}: nobody listens */
    bool is_here;
} world_node;

typedef enum world_edit_kind {
    EDIT_ADD = 1,
    EDIT_CONNECT,
    EDIT_DISCONNECT,
    EDIT_RELEASE,
    EDIT_AUTOMATE,
    EDIT_RATE,
    EDIT_START,
    EDIT_STOP,
    EDIT_REARM,
    EDIT_MIX,
    EDIT_FILTER_TYPE,
    EDIT_WAVE,
    EDIT_BUFFER,
    EDIT_LOOP,
    EDIT_LOOP_POINTS,
    EDIT_CURVE,
    EDIT_OVERSAMPLE,
} world_edit_kind;

typedef struct world_edit {
    world_edit_kind kind;
    uint32_t node, output, target, index;
    bool is_param, is_any, is_set;
    wa_release_mode mode;
    double number, number2, when_s, now_s;
    pull_mixing mix;
    const void *data;
    pull_node *made; /* EDIT_ADD: as it is to be; owned */
    automation_edit automation;
    float curve[8];
} world_edit;

typedef struct world {
    fuzz_bytes from;
    wa_engine *engine;
    wa_context *context;
    double rate_hz;
    uint32_t quantum, channel_count;
    bool is_live;   /* edits arrive as they would from another thread; nothing is compared */
    bool is_traced; /* FUZZ_TRACE: the edits as text */
    bool is_suspended;
    world_node nodes[WORLD_NODE_MAX], saved[WORLD_NODE_MAX];
    uint32_t next_id;
    bool is_open; /* between begin and commit */
    wa_status first_failure;
    wa_buffer buffers[WORLD_BUFFER_COUNT];
    pull_buffer sounds[WORLD_BUFFER_COUNT];
    wa_periodic_wave waves[WORLD_WAVE_COUNT];
    pull_wave shapes[WORLD_WAVE_COUNT];
    wa_processor listens, passes;
    wa_node_pool *pools[WORLD_POOL_COUNT];
    pull_seen seen[PULL_NODE_MAX];
    world_edit edits[WORLD_EDIT_MAX]; /* of the open transaction */
    uint32_t edit_count;
    pull_graph *graphs[WORLD_GRAPH_COUNT];
    double *heard[WORLD_GRAPH_COUNT][PULL_CHANNEL_MAX]; /* rendered, not yet compared */
    uint32_t heard_count;
    uint32_t frame_count; /* compared so far */
    double peak, spread;
    float *outputs[PULL_CHANNEL_MAX];
    uint64_t used_bytes;
} world;

#define world_trace(of, ...)                                                                           \
    do {                                                                                               \
        if ((of)->is_traced) {                                                                         \
            fprintf(stderr, __VA_ARGS__);                                                              \
            fputc('\n', stderr);                                                                       \
        }                                                                                              \
    } while (0)

void world_create(world *of, const uint8_t *data, size_t data_bytes);
void world_destroy(world *of);
void world_render(world *of, uint32_t frame_count);
void world_settle(world *of);

/* The engine took an edit: note it. Counts from the next quantum, or the commit. */
void world_edited(world *of, const world_edit *edit);
/* What became of a call: whether it was taken. allowed: further statuses, as bits. */
#define WORLD_ALLOW(status) (1u << (uint32_t)(status))
bool world_expect(world *of, wa_status status, uint32_t allowed, const char *call);
double world_now_s(const world *of);

/* -- Choices -- */
typedef enum world_unit {
    UNIT_GAIN,
    UNIT_HZ,
    UNIT_CENTS,
    UNIT_Q,
    UNIT_DB,
    UNIT_DELAY,
    UNIT_PAN,
    UNIT_RATE
} world_unit;
float world_number(world *of, world_unit of_unit);
double world_time_s(world *of); /* about now */
world_node *world_any(world *of);
world_node *world_any_of(world *of, bool (*is_it)(const world_node *));
const float *world_curve(uint32_t index, uint32_t *count);

/* -- Edits, by file -- */
void world_make_pools(world *of);
void world_free_pools(world *of);
void do_create(world *of);
void do_acquire(world *of);
void do_release(world *of);
void do_connect(world *of);
void do_connect_param(world *of);
void do_disconnect(world *of);
void do_automate(world *of);
void do_rate(world *of);
void do_start(world *of);
void do_stop(world *of);
void do_rearm(world *of);
void do_mixing(world *of);
void do_attribute(world *of);
void do_begin(world *of);
void do_end(world *of);
void world_connect(world *of, const world_node *source, uint32_t output, const world_node *target,
                   uint32_t input);
/* Give a node a place in the graph. */
void world_place(world *of, const world_node *node);
/* Give a node back, whatever it is, and whoever listens to it. */
bool world_release(world *of, world_node *node, wa_release_mode mode, double fade_s);
#endif /* WA_TESTS_FUZZ_WORLD_H */
