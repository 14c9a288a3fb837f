/* src/render/render.h -- the render side of a context: one quantum after the other, wait-free.
 *
 * A quantum: apply batches -> wake due sources -> for each level, for each type: a tile of instances at a
 * time (gather inputs and params, process, publish outputs) -> put to sleep -> report.
 * Whoever holds the context's token may call these; see control/context.h.
 */
#ifndef WA_SRC_RENDER_RENDER_H
#define WA_SRC_RENDER_RENDER_H
#include "../boundary/ring.h"
#include "../kernels/spatial.h"
#include "../profile/profile.h"
#include <string.h>

enum {
    HEAP_SEGMENT_ENTRIES = 1024,
    TILE_BLOCK_MAX = 192, /* ports of a tile's instances together */
    TILE_PARAM_MAX = 512, /* params of a tile's instances together */
    LISTENER_PARAM_COUNT = 9,
};

typedef struct heap_entry {
    uint64_t frame; /* the first frame at or after the start, or a stop before it */
    graph_node *source;
} heap_entry;

/* Free planes are linked through their own first bytes; fresh ones are handed out in order. */
typedef struct plane_segment {
    struct plane_segment *next;
    uint8_t *memory;
    uint32_t count, used, stride_bytes;
} plane_segment;

typedef struct level_record {
    bucket *first;         /* by type */
    uint32_t active_count; /* nodes awake at this level */
} level_record;

/* What a tile's instances point into: reused tile after tile. */
typedef struct tile {
    uint32_t count;
    uint32_t block_count, param_count, row_count, plane_count;
    graph_node *nodes[WA_TILE_INSTANCE_MAX];
    wa_instance instances[WA_TILE_INSTANCE_MAX];
    wa_instance *pointers[WA_TILE_INSTANCE_MAX];
    wa_block blocks[TILE_BLOCK_MAX + 2 * WA_PORT_COUNT_MAX];
    bool owned[TILE_BLOCK_MAX + 2 * WA_PORT_COUNT_MAX]; /* planes of the block go back after process */
    uint16_t first_inputs[WA_TILE_INSTANCE_MAX];        /* of each instance, in blocks */
    wa_param_values params[TILE_PARAM_MAX];
} tile;

/* The listener's params for one quantum. It is no node that is processed: the first tile that listens evaluates
 * it, and stands above all that feeds it. */
typedef struct listener_values {
    wa_param_values params[LISTENER_PARAM_COUNT];
    spatial_axes axes;
    wa_listener seen;
} listener_values;

/* Written by render, read by control at any time. */
typedef struct render_public {
    _Alignas(64) _Atomic uint64_t frame; /* the next quantum begins here */
    _Atomic uint64_t quantum_frame;      /* the last rendered quantum began here */
    _Atomic uint64_t quantum_count;
    _Atomic uint32_t quantum_applied; /* batches applied in the last rendered quantum */
    _Atomic uint32_t finished;        /* batches that control may clean up after */
    _Atomic uint32_t awake_count;     /* nodes awake after the last quantum */
    _Atomic uint32_t scheduled_count; /* sources that wait in the heap */
    _Atomic uint32_t shortage_count;  /* planes that could not be had: offline only */
} render_public;

typedef struct render {
    /* set at creation */
    double sample_rate_hz;
    uint32_t quantum_frames, output_channel_count;
    uint32_t tile_plane_max;
    float *zero_plane;
    profile *measured; /* may be NULL */
    batch_ring *ring;
    return_ring *returns;
    /* the clock */
    uint64_t frame;
    uint32_t applied;
    /* staging */
    batch *staged;
    batch_chunk *staged_chunk;
    uint32_t staged_index;
    bool is_late;
    /* order */
    level_record *levels;
    uint64_t *level_bits;
    uint32_t level_capacity;
    bool is_sweeping;
    uint32_t sweep_level;
    graph_node *sleepy_first, *waking_first, *pinned_first;
    graph_node *early_first; /* sources whose frame has come before their batch */
    /* sources that wait */
    heap_entry **heap;
    uint32_t heap_count, heap_capacity;
    /* planes */
    void *plane_free;
    float *scrap_plane; /* stands in for planes that cannot be had, any number at a time */
    plane_segment *segment;
    /* Offline only, where the calling thread is control: more planes when there are none left. NULL elsewhere:
     * control has provided for everything. */
    bool (*more_planes)(void *user);
    void *more_planes_user;
    float *rows;
    uint32_t row_capacity;
    graph_node *listener, *destination;         /* set at creation */
    float *listener_rows[LISTENER_PARAM_COUNT]; /* of params that may vary */
    listener_values listening;
    wa_quantum quantum;
    tile tile;
    uint32_t awake_count;
    render_public published;
} render;

/* render one quantum. inputs: [input_count] planes or NULL. outputs: planes of the destination, all
 * written. Thread: render */
void render_quantum(render *side, const float *const *inputs, uint32_t input_count,
                    float *const *outputs);

/* Take in what the ring holds, at most op_limit ops (UINT32_MAX: all). Thread: the token's holder */
void render_apply(render *side, uint32_t op_limit);

/* It sounds whatever feeds it, until it is to be given back or has faded. */
static inline bool sounds_alone(const graph_node *of) {
    const bool is_ending =
        (of->flags & NODE_RETIRING) != 0 || (of->group != NULL && of->group->is_retiring);
    return of->class->sounds_alone != NULL && (!is_ending || (of->flags & NODE_FADING) != 0) &&
           of->class->sounds_alone(of->now.config);
}

/* -- active.c -- */
void active_wake(render *side, graph_node *woken);
void active_sleep(render *side, graph_node *asleep); /* out of its bucket, at once */
void active_fold_next(render *side, graph_node *of); /* switch in what its batch brought */
static inline void active_fold(render *side, graph_node *of) {
    if (of->next != NULL && side->is_late) { /* see source_fold_stop() */
        active_fold_next(side, of);
    }
}
void active_link_bucket(render *side, bucket *added);
void active_output_begin(render *side, graph_node *of); /* its edges join active lists, targets wake */
void active_output_end(graph_node *of);
void active_edge_begin(edge *joined);
void active_edge_end(edge *left);
static inline bool edge_is_visible(const render *side, edge *of) {
    if (of->born != 0) {
        if (!batch_reached(side->applied, of->born)) {
            return false;
        }
        of->born = 0; /* for ever: numbers wrap */
    }
    return of->dies == 0 || !batch_reached(side->applied, of->dies);
}

/* Also when the switch that says so has not been folded in yet. */
static inline bool node_is_muted(const render *side, const graph_node *of) {
    return of->next != NULL && side->is_late ? of->next->is_muted : (of->flags & NODE_MUTED) != 0;
}
/* Of an active edge. A source that has just been muted falls silent when the sweep comes to it, and has no
 * place in the order: its readers may come first, and would find what it had a quantum ago. */
static inline bool edge_carries(const render *side, edge *of) {
    return edge_is_visible(side, of) && !node_is_muted(side, of->source);
}

/* What a batch staged is seen as soon as it is applied, which is when its late pass begins. One batch stages at
 * a time, so that this is the batch; the late pass folds in what nobody has looked at meanwhile. */
static inline void source_fold_stop(const render *side, graph_node *source) {
    if (source->next_stop != NULL && side->is_late) {
        source->stop_frame = *source->next_stop;
        source->next_stop = NULL;
    }
}
static inline void param_fold_line(const render *side, param_extra *extra) {
    if (extra->next != NULL && side->is_late) {
        extra->applied = *extra->next;
        extra->next = NULL;
        extra->cursor = (timeline_cursor){ 0 };
    }
}
static inline void param_fold_rate(const render *side, param_slot *slot) {
    if (slot->next_rate != 0 && side->is_late) {
        slot->is_k_rate = slot->next_rate == WA_AUTOMATION_RATE_K;
        slot->next_rate = 0;
    }
}
static inline bool edge_fades(const render *side, edge *of) {
    if (of->is_fade_staged && side->is_late) {
        of->is_fade_staged = false;
    }
    return of->fade_total != 0 && !of->is_fade_staged;
}

/* -- heap.c: by the earlier of start and stop, as they are when it is inserted -- */
void heap_insert(render *side, graph_node *source);
void heap_remove(render *side, graph_node *source);
graph_node *heap_pop_due(render *side, uint64_t before_frame); /* NULL: none */

/* -- planes.c -- */
float *plane_take_fresh(render *side);
/* Of a quantum that has run out of planes, what is heard means nothing, but it is safe to render. */
static inline float *plane_take(render *side) {
    void *plane = side->plane_free;
    if (plane == NULL) {
        return plane_take_fresh(side);
    }
    memcpy(&side->plane_free, plane, sizeof(void *));
    __builtin_prefetch(side->plane_free, 1); /* where the one after it is */
    return plane;
}
static inline void plane_give(render *side, float *plane) {
    if (plane == side->scrap_plane) {
        return;
    }
    memcpy(plane, &side->plane_free, sizeof(void *));
    side->plane_free = plane;
}
void output_give_planes(render *side, output_slot *output);
static inline void planes_copy(float **to, float *const *from, uint32_t channel_count) {
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        to[channel] = from[channel];
    }
}
static inline float **output_planes(output_slot *output) {
    return output->has_wide ? output->wide : output->planes;
}

static inline bool gather_has_active_input(const render *side, const graph_node *of) {
    for (uint32_t index = 0; index < of->input_count; index++) {
        for (edge *each = of->inputs[index].active_first; each != NULL; each = each->active_next) {
            if (edge_carries(side, each)) {
                return true;
            }
        }
    }
    return false;
}

/* -- inputs.c: fill the instance's input blocks; mark which planes go back afterwards -- */
void gather_inputs(render *side, graph_node *of, wa_instance *instance);
/* One quantum of an edge's fade, on planes with its signal; without planes the time passes all the same. */
void edge_fade(edge *of, float *const *planes, uint32_t channel_count, uint32_t frames);

/* -- params.c -- */
void gather_params(render *side, graph_node *of, wa_instance *instance);
float param_in_range(const graph_node *of, uint32_t index, float value);
/* The listener in this quantum, for the rest of it. */
const wa_listener *gather_listener(render *side);
#endif /* WA_SRC_RENDER_RENDER_H */
