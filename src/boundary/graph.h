/* src/boundary/graph.h -- nodes, edges and params as both sides see them.
 *
 * Every record has a control half and a render half, and each byte has one writing side. Control halves
 * hold the truth of the graph; render halves hold what has been applied. Fields of a control half that
 * render reads ("fixed") are written before the record is published and never change in its life.
 * Ownership of whole records passes through batches (control to render) and the return ring (back).
 */
#ifndef WA_SRC_BOUNDARY_GRAPH_H
#define WA_SRC_BOUNDARY_GRAPH_H
#include "../node.h"
#include "timeline.h"
#include <stdatomic.h>

typedef struct graph_node graph_node;
typedef struct edge edge;
typedef struct bucket bucket;
typedef struct unit unit;

/* -- Edges: one connection, audio to an input or to a param. ------------------------------------ */
struct edge {
    /* fixed */
    graph_node *source, *target;
    /* render: one cache line with the above */
    edge *active_next, *active_prev; /* active list, by order */
    edge *link_next, *link_prev;     /* in the source's output */
    uint32_t born, dies;             /* batch numbers; 0: always there; never */
    bool is_linked, is_active;       /* in the source's list; in the target's active list */
    bool is_fade_staged;             /* it begins when its batch is applied */
    bool is_param;                   /* fixed, like the next two */
    uint16_t output_index, input_index;
    uint32_t fade_left, fade_total; /* frames; total 0: no fade */
    /* control */
    uint64_t order;            /* of connection: the order of summing; fixed */
    edge *out_next, *out_prev; /* in the source's output */
    edge *in_next, *in_prev;   /* in the target's input or param */
    uint32_t added_batch;      /* in which it was shipped */
    bool is_dead;              /* control has removed it; freed when its batch is finished */
};

/* -- Params: a float, and more only once it is automated or has an input. ------------------------ */
typedef struct param_extra {
    /* control */
    timeline line; /* the newest form */
    edge *in_first;
    /* render */
    timeline applied;
    const timeline *next; /* in the batch that brought it; NULL: none waits */
    timeline_cursor cursor;
    edge *active_first, *active_last;
} param_extra;

typedef struct param_slot {
    /* control */
    param_extra *extra;  /* made once, then fixed */
    float initial;       /* fixed from one ADD to the next */
    float shown;         /* what the getter says until edit_batch has been heard */
    uint32_t edit_batch; /* the last batch that changed it */
    bool is_initially_k; /* fixed like `initial` */
    uint8_t rate;        /* wa_automation_rate */
    bool is_constant;    /* never automated in this life: the value is `shown` */
    /* render */
    bool has_extra; /* it has heard of it */
    float value;    /* of this quantum, in range: what a type sees */
    bool is_k_rate;
    uint8_t next_rate; /* wa_automation_rate; applies with the batch that brought it; 0: none waits */
} param_slot;

/* -- Ports --------------------------------------------------------------------------------------- */
typedef struct input_slot {
    edge *in_first;                   /* control: all of them */
    edge *active_first, *active_last; /* render: of sources that are active now, by order */
    uint32_t edge_count;              /* control */
    uint8_t channel_bound;            /* control: the most that can arrive, before mixing rules */
} input_slot;

enum { OUTPUT_INLINE_PLANES = 2 };
typedef struct output_slot {
    edge *out_first;                     /* control: all of them */
    edge *link_first;                    /* render: all linked edges */
    float **wide;                        /* room for more than two planes; made once, then fixed */
    float *planes[OUTPUT_INLINE_PLANES]; /* render: this quantum's */
    uint32_t edge_count;                 /* control: audio and param */
    uint32_t audio_edge_count;           /* control */
    uint8_t width;                       /* control: the most channels it can carry */
    /* render */
    bool has_wide;         /* it has heard of it */
    uint8_t channel_count; /* this quantum, like the next two */
    bool is_silent;
    bool is_pinned;       /* more than one reader: the planes live until the quantum's end */
    _Atomic uint8_t seen; /* channels of the last quantum, OUTPUT_SEEN_SILENT; read by control */
} output_slot;
enum { OUTPUT_SEEN_SILENT = 128 };
static_assert((int)WA_CHANNEL_COUNT_MAX < (int)OUTPUT_SEEN_SILENT, "both fit one byte");

/* channelCount, mode and interpretation in one word, so that they switch together. */
typedef struct mixing {
    uint8_t channel_count, mode, is_speakers, reserved;
} mixing;

/* -- Nodes --------------------------------------------------------------------------------------- */
typedef enum node_flags {
    NODE_AWAKE = 1,  /* in its bucket */
    NODE_SOUNDS = 2, /* its outputs are active: edges of it are in active lists */
    NODE_HAS_TAIL = 4,
    NODE_PLAYING = 8, /* a source between start and end */
    NODE_ENDED = 16,
    NODE_MUTED = 32,          /* in a cycle without a delay */
    NODE_RETIRING = 64,       /* give it back once it sleeps */
    NODE_FADING = 128,        /* give it back at fade_end_frame */
    NODE_GONE = 256,          /* given back (or never added): not of this graph */
    NODE_PINNED = 512,        /* on the list of those with pinned outputs */
    NODE_SLEEPY = 1024,       /* on the list of those to put to sleep after the sweep */
    NODE_WAKING = 2048,       /* on the list of those to wake at the next quantum */
    NODE_START_STAGED = 4096, /* its start is not visible before its batch */
    NODE_LEAVING = 8192,      /* by the batch that is staged, unless the same batch adds it again */
} node_flags;
enum { NODE_SEEN_MASK = 255 }; /* the flags that control may know of, some time later */

typedef enum node_life {
    LIFE_FREE = 0, /* idle memory */
    LIFE_LIVE = 1,
    LIFE_DROPPED = 2,  /* no handle; lives by the lifetime rules */
    LIFE_RETIRING = 3, /* handed to render to be given back */
    LIFE_POOLED = 4,   /* idle in a pool */
} node_life;

/* What render does of the node next; switches in when its batch is applied. */
typedef struct node_switch {
    const void *config;
    bucket *place;
    mixing mix;
    bool is_muted;
} node_switch;

struct graph_node {
    /* render: the hot half first */
    const wa_node_class *class;
    graph_node *active_next, *active_prev; /* in its bucket */
    node_switch now;
    const node_switch *next; /* in the batch that brought it; NULL: none waits */
    uint32_t flags;
    uint8_t type, input_count, output_count; /* fixed */
    _Atomic uint8_t seen;                    /* NODE_SEEN_MASK of flags; read by control */
    void *state;
    input_slot *inputs; /* fixed, like the next two */
    output_slot *outputs;
    param_slot *params;
    void *const *channels;    /* [channel_capacity] */
    uint64_t processed_until; /* frame after the last one it rendered */
    double start_frame;
    double stop_frame;       /* of a source; and where a fade of the whole node ends */
    const double *next_stop; /* in the batch that brought it; NULL: none waits */
    graph_node *list_next;   /* sleepy, waking, pinned or early: it is on one of these lists at most */
    unit *group;             /* fixed; NULL: alone; render's while the node is of a ring */
    graph_node *partner;     /* fixed; of a delay's writer: the delay to wake */
    uint32_t heap_index;     /* + 1; 0: not in the heap */
    uint32_t slot;           /* fixed */
    _Atomic float cost_ns;   /* sum over timed quanta; read by control */
    _Atomic uint32_t cost_count;
    uint8_t channel_capacity;
    uint8_t param_count; /* fixed */
    /* control */
    uint8_t channel_capacity_made;
    uint8_t life; /* node_life */
    uint32_t level;
    void *config;        /* the newest */
    void *channel_table; /* [channel_capacity_made] pointers; grows */
    bucket *place;
    graph_node *writer;                /* of a delay that was apart once */
    graph_node *event_next;            /* of those whose end is to be told */
    graph_node *pool_next, *pool_prev; /* in its pool, or of those that are stuck */
    void *pool;                        /* of which it is */
    uint64_t channel_bytes_made;       /* of each channel; never less */
    uint32_t freeable_planes;          /* of single-consumer inputs */
    uint32_t visit;                    /* mark of graph walks */
    uint32_t visit_state;
    mixing mix;
    uint16_t extra_planes; /* what it adds to the need of planes */
    uint16_t event_count;  /* ends to be told; it is listed while there are any */
    bool is_started : 1, is_ended : 1, has_stop : 1, is_muted : 1, is_split : 1;
    bool was_buffer_set : 1, was_in_cycle : 1, is_growing : 1; /* buffer: or a curve */
    bool is_refused : 1; /* its creation failed: what its options brought stays the caller's */
    uint8_t pool_index;  /* in its voice */
};

/* -- Buckets: the active nodes of one level and type ------------------------------------------- */
struct bucket {
    /* fixed */
    uint32_t level;
    uint32_t type;
    bucket *control_next; /* control: of the same level */
    /* render */
    bucket *next; /* of the same level, by type */
    graph_node *first, *last;
    uint32_t count;
};

/* -- Units: nodes that retire together (a voice, or a ring that nobody holds) ------------------- */
struct unit {
    /* fixed */
    uint32_t member_count;
    bool is_ring; /* of any size, without sources, formed while its members are in the graph */
    graph_node **members;
    /* render */
    uint32_t awake_count;
    bool is_retiring;
};

/* What a glance from the control side is to see of it. Thread: render */
static inline void node_show(graph_node *of) {
    atomic_store_explicit(&of->seen, (uint8_t)(of->flags & NODE_SEEN_MASK), memory_order_relaxed);
}

/* True when `number` has been reached by `applied`; numbers wrap. */
static inline bool batch_reached(uint32_t applied, uint32_t number) {
    return (int32_t)(applied - number) >= 0;
}
#endif /* WA_SRC_BOUNDARY_GRAPH_H */
