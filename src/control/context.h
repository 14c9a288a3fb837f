/* src/control/context.h -- a context's control side: the graph as it is meant to be, and how it gets to
 * the render side.
 *
 * The token says who does the render side's bookkeeping. While the context runs on another thread that is
 * the render thread; else it is control, and a flush takes effect at once.
 *
 * Every edit: check, reserve, change the control halves, add ops to the open batch, add an undo record when
 * a transaction is open. Nothing after the first change can fail.
 * Thread: control.
 */
#ifndef WA_SRC_CONTROL_CONTEXT_H
#define WA_SRC_CONTROL_CONTEXT_H
#include "../device/device.h"
#include "../error.h"
#include "../device/puller.h"
#include "../kernels/magnitudes.h"
#include "../memory/buffers.h"
#include "../memory/handles.h"
#include "../memory/slab.h"
#include "../render/render.h"
#include "automation.h"
#include "wavepool/wavepool.h"

typedef enum token {
    TOKEN_CONTROL = 0,
    TOKEN_RENDER = 1,
    TOKEN_WANTED =
        2, /* render has it and is to give it back; until then control may think better of it */
} token;

typedef enum undo_kind {
    UNDO_NODE_CREATE = 1,
    UNDO_EDGE_ADD,
    UNDO_EDGE_REMOVE,
    UNDO_PARAM,
    UNDO_CONFIG,
    UNDO_MIXING,
    UNDO_SCHEDULE,
    UNDO_LIFE,      /* released or dropped */
    UNDO_POOL_TAKE, /* taken from a pool's idle list */
    UNDO_RATE,
    UNDO_WHEN_DONE, /* a voice's wish to be released by itself */
} undo_kind;

typedef struct schedule_state {
    bool is_started, is_ended, has_stop;
} schedule_state;

typedef struct undo_record {
    uint32_t kind, index;
    graph_node *node;
    union {
        struct {
            timeline line;
            timeline_garbage garbage;
            float shown;
            uint32_t edit_batch;
            bool is_constant;
        } param;
        struct {
            graph_node *target;
            uint64_t order;
            uint16_t output_index, input_index;
            bool is_param;
        } link;
        struct {
            void *config;
            bool was_buffer_set;
        } attribute;
        mixing mix;
        schedule_state schedule;
        uint8_t life;
        uint8_t rate;
        void *pool;
    };
} undo_record;

/* A growing array, charged to the ledger. */
typedef struct vector {
    void *items;
    uint32_t count, capacity, item_bytes;
    wa_memory_category category;
    /* while it is in *grown: what it was before */
    uint32_t kept_capacity;
    void *kept_items;
    struct vector **grown; /* NULL: what it was is freed at once */
    struct vector *grown_next;
    bool is_grown;
} vector;
wa_status vector_reserve(wa_engine *engine, vector *list, uint32_t more);
void *vector_add(vector *list); /* reserved before */
void vector_finish(wa_engine *engine, vector *list);
/* As slabs_keep and slabs_give_back; what holds too much for its old memory stays. */
void vectors_keep(wa_engine *engine, vector **grown);
void vectors_give_back(wa_engine *engine, vector **grown);

/* What bounds.c has raised, and the memory that it took for it. */
typedef enum bound_kind { BOUND_NODE = 1, BOUND_INPUT, BOUND_OUTPUT } bound_kind;
typedef struct bound_step {
    graph_node *node;
    void **table;   /* of channels, [needed]: to be the node's; NULL: it has enough */
    uint64_t bytes; /* of each channel */
    uint8_t kind, index, before, needed, kept;
} bound_step;

typedef struct port port;             /* port.h: a device of a real-time context */
typedef struct ahead_ring ahead_ring; /* ahead.h: what a device plays that another thread renders */

/* What readings of analysers share: tables by size, made for the first node of that size and kept. */
enum { ANALYSIS_SIZE_COUNT = 11 }; /* 32 .. 32768 */
typedef struct analysis {
    magnitudes_plan plans[ANALYSIS_SIZE_COUNT];
    float *tables[ANALYSIS_SIZE_COUNT];
    float *frames; /* [frame_capacity], then the work of the largest plan */
    uint32_t frame_capacity;
    uint32_t size_change; /* the last one, of any node */
} analysis;

typedef struct type_store {
    handle_set handles;
    slab nodes, configs;
    bool is_made;
} type_store;

/* The room that there was before the edit that is being made. */
typedef struct kept_room {
    uint32_t count; /* of context->rooms */
    uint32_t heap_capacity, heap_segment_count, return_entry_capacity;
    heap_entry **heap_table;
    uint64_t plane_capacity;
} kept_room;

/* When a frame leaves the device. */
typedef struct output_stamp {
    _Atomic uint64_t frame;
    _Atomic double time_ms;
} output_stamp;

struct wa_context {
    wa_engine *engine;
    wa_context_desc desc;
    _Atomic uint32_t token;
    _Atomic uint32_t is_closed;
    _Atomic uint64_t handed_back_count; /* with the token, and news of devices; only for who watches */
    wa_context_state state;
    bool has_state_event, has_lost_event, has_list_event, has_sink_event;
    bool is_in_offline_render, is_offline_done;

    /* the graph */
    type_store types[WA_NODE_TYPE_COUNT_MAX];
    slab edges, extras, batches, chunks, garbage, buckets, wides;
    slab *grown_slabs; /* by the edit that is being made */
    vector *grown_vectors;
    timeline_store *timelines;
    uint32_t node_count, source_count, delay_count;
    uint64_t edge_order;
    graph_node *destination, *listener;
    const wa_resource *hrtf; /* the set that this call has asked for, held until it ends */
    uint32_t visit;          /* current mark of a graph walk */
    uint32_t split_count;    /* delays that are apart */
    uint32_t muted_count;
    vector walk; /* scratch of graph walks */
    uint32_t walk_between_first;
    vector suspects;         /* scratch of cycles.c */
    bool is_cycle_check_due; /* memory was refused while a cycle opened */
    vector bound_steps;      /* scratch of bounds.c */
    vector splits;           /* delays that are apart */
    vector streams;          /* nodes of types that play or write a file */
    analysis spectra;

    /* levels and room on the render side */
    vector level_heads; /* bucket *, by level */
    uint32_t level_capacity, heap_capacity, heap_segment_count, return_entry_capacity;
    kept_room room_kept;
    heap_entry **heap_table;
    uint64_t plane_need, plane_capacity;
    uint32_t plane_margin;
    wa_status render_status; /* offline: memory refused in the middle of a quantum */
    vector rooms;            /* memory handed to render for good: freed with the context */

    /* batches */
    batch *open;
    batch *held_first, *held_last;       /* gathered before a transaction began */
    batch *waiting_first, *waiting_last; /* flushed, the ring was full */
    batch *flown_first, *flown_last;     /* in the ring or beyond, not finished */
    uint32_t batch_number;
    uint32_t reserved_edits; /* promised by edit_reserve, not yet used */
    bool is_in_transaction;
    wa_status transaction_status;
    vector undo;
    graph_node *event_first, *event_last;
    const graph_node *dropped; /* edit_ops_drop's */
    graph_node
        *stuck_first; /* by pool_next: retired, but there was no memory for the edits that follow */
    wa_node_memory *lingering; /* of no config any more, but render has not let go of it */

    /* pools, for the snapshot and for BUSY */
    struct pool_link *pool_first;
    struct pool_link *orphan_first; /* destroyed while render held voices of theirs */
    struct pool_link *doomed_first; /* destroyed inside the transaction that is open */
    struct ring *ring_first;        /* nodes that nobody holds and that go together */
    bool is_lifetime_check_due;     /* some may have to go: it could not be said at the time */
    uint32_t pool_count;

    /* the render side and what pulls it */
    render side;
    batch_ring ring;
    return_ring returns;
    puller pull;        /* embedded; a device's port has its own */
    void *plane_memory; /* of the puller, the zero plane, the rows */
    uint64_t plane_memory_bytes;
    port *current; /* what a real-time context plays to: home, or one of its own */
    port *home;    /* the null device, always there */
    port *gone;    /* lost: kept closed to sound, open for news of the list, until the next switch */
    _Atomic(port *) turn, successor; /* port.h */
    _Atomic(ahead_ring *) ahead;     /* NULL: never begun */
    const wa_device_ops *input_ops;  /* whose input_id names an input */
    char *input_id;
    double device_patience_s;         /* with a device that is to take over, until it calls back */
    _Atomic uint32_t device_has_news; /* poll has something to look at; the ports say what */
    vector suspends;                  /* frames, ascending: offline */
    output_stamp stamps[2];           /* render's: the newest, and the next while it is written */
    _Atomic uint32_t stamp_count;
    uint64_t sampled_frame;     /* playback.c: the last time that it looked */
    wa_playback_stats playback; /* as last read */
    uint64_t playback_ns;       /* when; 0: never */
};

/* -- context.c -- */
void context_set_state(wa_context *context, wa_context_state state); /* a change is an event */

/* -- batch.c: the open batch -- */
/* Room for `more` ops, undo records and pieces of garbage, on top of what was reserved before and not used;
 * until edit_end. The open batch exists afterwards. Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY. */
wa_status edit_reserve(wa_context *context, uint32_t more);
/* The same for what leaves: it may use the room that edit_reserve leaves for it, so that at the end of the
 * budget things can still be released. */
wa_status edit_reserve_leaving(wa_context *context, uint32_t more);
op *edit_op(wa_context *context, op_kind kind, graph_node *of); /* reserved before */
undo_record *edit_undo(wa_context *context, undo_kind kind,
                       graph_node *of); /* NULL outside a transaction */
/* Freed once the open batch is finished (or at once when nothing is open). */
typedef enum garbage_kind {
    GARBAGE_MEMORY,
    GARBAGE_CONFIG,
    GARBAGE_EDGE,
    GARBAGE_NODE,
    GARBAGE_TIMELINE
} garbage_kind;
void edit_garbage(wa_context *context, garbage_kind kind, uint32_t type, void *memory, uint64_t bytes);
void edit_garbage_timeline(wa_context *context, timeline_garbage garbage);
/* The edit is complete: flush unless gathering. Passes `status` through; failures inside a transaction
 * are remembered. */
wa_status edit_end(wa_context *context, wa_status status);
void batches_flush(wa_context *context);
void batches_end(wa_context *context);   /* flush, but for what is gathered */
void batches_drain(wa_context *context); /* what render left: returns, finished batches */
void batches_hold(wa_context *context);  /* the open batch waits for the flush; a new one opens */
void batches_finish(wa_context *context);
uint32_t edit_number(const wa_context *context); /* of the open batch */
void edit_ops_filter(wa_context *context, bool (*keeps)(const wa_context *context, op *of));
void edit_ops_drop(wa_context *context,
                   const graph_node *of); /* it was never shipped and is not to be */
void config_free(wa_context *context, uint32_t type, void *config); /* and what it holds */
void config_discard(wa_context *context, uint32_t type,
                    void *config); /* the same, but what the caller handed over stays the caller's */

/* -- room.c: what control must provide before render can need it -- */
wa_status room_for_node(wa_context *context, const graph_node *made);
wa_status room_for_planes(wa_context *context);
wa_status room_for_listener(wa_context *context, uint32_t param_index); /* a row of its own */
wa_status bucket_for(wa_context *context, uint32_t level, uint32_t type, bucket **found);
wa_status room_init(wa_context *context);
void room_finish(wa_context *context);
/* The edit has succeeded; or it has failed and what it had undone: then room that is not needed goes back,
 * before it is shipped. A longer table of levels stays: levels are not lowered. */
void room_keep(wa_context *context);
void room_give_back(wa_context *context);
void planes_update(wa_context *context, graph_node *of); /* its need of planes changed */
edge *single_edge(const output_slot *output); /* its only reader, if that is an input; else NULL */
void planes_single_changed(wa_context *context, const output_slot *output, edge *before, edge *after);
void planes_width(wa_context *context, graph_node *of, uint32_t output_index, uint8_t width);

/* -- node.c -- */
wa_status node_type_check(const wa_context *context, wa_node_type type); /* can it be made? */
wa_status node_make(wa_context *context, wa_node_type type, const void *options, graph_node **made);
void node_free(wa_context *context,
               graph_node *of); /* out of the graph, no edges, not shipped or retired */
void node_unmake(wa_context *context, graph_node *of); /* its creation has failed */
void node_free_channels(wa_context *context, graph_node *of);
void node_free_block(wa_context *context, graph_node *of); /* if it is not of a slab */
static inline bool node_has_inline_table(const graph_node *of) {
    return of->class->channel_inline_bytes > 0 && of->channel_capacity_made == 1;
}
uint64_t node_id(const wa_context *context, const graph_node *of); /* its handle */
/* Every node of the context, one after the other; zero the cursor first. NULL: that was the last. */
typedef struct node_cursor {
    uint32_t type, slot;
} node_cursor;
graph_node *node_next(const wa_context *context, node_cursor *cursor);
void node_ship(wa_context *context, graph_node *of); /* OP_NODE_ADD */
void node_switch_ship(wa_context *context, graph_node *of);
node_switch node_switch_of(const graph_node *of); /* all that control holds now */
wa_status node_resolve(const wa_context *context, wa_node handle, uint32_t type, const char *argument,
                       graph_node **found);
void node_retired(wa_context *context, graph_node *of); /* from the return ring */
void node_stick(wa_context *context, graph_node *of);   /* the next drain calls node_retired() again */
void node_ended(wa_context *context, graph_node *of);
void node_forget_events(wa_context *context, graph_node *of);
wa_status node_release(wa_context *context, graph_node *of, const wa_release_options *options);
/* It reads the listener, which is therefore an input of it as far as order is concerned: at every moment its
 * level is above the listener's. */
graph_node *node_next_listening(const wa_context *context, uint32_t *slot); /* slot: 0 at first */
static inline bool node_listens(const graph_node *of) {
    return (of->class->flags & WA_CLASS_LISTENS) != 0;
}
/* Where a node begins, and where it returns to without connections. */
static inline uint32_t node_level_least(const wa_context *context, const wa_node_class *class) {
    return (class->flags & WA_CLASS_LISTENS) != 0 ? context->listener->level + 1 : 0;
}
wa_class_env node_env(wa_context *context, const wa_resource *resource);
bool node_is_fixed(const wa_context *context, const graph_node *of); /* destination, listener */
wa_status release_options_check(const wa_release_options *options, wa_release_options *checked);

/* -- options_copy.c -- */
/* Options that need nothing of the caller's any more; *copy_bytes: to give the memory back with (OBJECTS).
 * Returns: WA_OK | NOT_SUPPORTED | BUDGET | SEALED. */
wa_status options_copy(wa_engine *engine, wa_node_type type, const void *options, const char *argument,
                       void **copy, uint64_t *copy_bytes);
/* -- node_memory.c: memory that goes with the resource of a config (class->memory_bytes) -- */
/* For the config's resource. What a copied config says of memory is another's, and is overwritten.
 * kept: a config of the same node, whose memory goes on when the resource is the same; or NULL.
 * Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY: the config holds none. */
wa_status node_memory_attach(wa_context *context, const wa_node_class *class, void *config,
                             const void *kept);
/* The config goes, or is to hold other memory. */
void node_memory_detach(wa_context *context, const wa_node_class *class, void *config);
void node_memories_drain(wa_context *context);  /* what render has let go of */
void node_memories_finish(wa_context *context); /* render is over */

/* -- edge.c -- */
wa_status edge_add(wa_context *context, graph_node *source, uint32_t output_index, graph_node *target,
                   uint32_t input_index, bool is_param);
void edge_remove(wa_context *context, edge *of);
void edges_cut_inputs(wa_context *context, graph_node *of);
void edges_cut_params(wa_context *context, graph_node *of);
void edges_cut_outputs(wa_context *context, graph_node *of);
uint32_t edges_count(const graph_node *of); /* all of its edges: ops that cutting needs */
/* Put back in the lists, or take out, without ops: for undo and for moving to a delay's writer. */
void edge_list_in(wa_context *context, edge *of);
void edge_list_out(wa_context *context, edge *of);

/* -- bounds.c: the most channels that can arrive anywhere -- */
wa_status bounds_raise(wa_context *context, graph_node *target, uint32_t input_index,
                       uint32_t arriving);
wa_status bounds_refresh(wa_context *context, graph_node *of); /* config or mixing changed */
wa_status bounds_init(wa_context *context, graph_node *of);

/* -- cycles.c: before a connection is listed, and after it is no longer -- */
wa_status levels_connect(wa_context *context, graph_node *source, graph_node *target, bool is_param);
void levels_disconnect(wa_context *context, graph_node *source, graph_node *target);
void levels_check(wa_context *context);                     /* all of it: while is_cycle_check_due */
graph_node *edge_target(graph_node *target, bool is_param); /* a split delay's writer for audio */

/* -- transaction.c -- */
/* Several edits that succeed or fail as one. begin returns true if it opened a transaction of its own,
 * which end then commits or, for a status other than WA_OK, rolls back. */
bool group_begin(wa_context *context);
wa_status group_end(wa_context *context, bool is_own, wa_status status);

/* -- attributes.c -- */
wa_status attribute_set(wa_context *context, graph_node *of, wa_attribute attribute, double number,
                        const wa_resource *resource);
wa_status attribute_set_user(wa_context *context, graph_node *of, void *user);
wa_status node_check_mixing(const graph_node *of, mixing wanted); /* node.c */

/* -- lifetime.c: nodes that nobody holds -- */
/* It may have to go. Reserves for itself: it is called wherever a node loses its handle or an input. */
void node_check_dropped(wa_context *context, graph_node *of);
void lifetimes_check(wa_context *context);                  /* all of them: is_lifetime_check_due */
void lifetimes_ring_back(wa_context *context, unit *group); /* from the return ring */
void lifetimes_finish(wa_context *context);
/* -- streams.c: nodes that play or write files -- */
wa_status streams_reserve(wa_context *context, const wa_node_class *class); /* for one more node */
void streams_add(wa_context *context, graph_node *made); /* if it is of such a type */
void streams_remove(wa_context *context, graph_node *of);
/* A reference to a media or recording that no node has; what render has let go of is taken in first.
 * Returns: WA_OK | handle errors | INVALID_STATE. */
wa_status streams_claim(wa_context *context, uint64_t id, wa_resource_kind kind, const char *argument,
                        const wa_resource **claimed);
/* Offline: the context's own thread reads and writes the file from now on. NULL is fine. */
void streams_take_in_hand(wa_context *context, const wa_resource *file);
/* Offline, before a quantum and after the last: what it will ask for is there, what was heard is written. */
void streams_serve(wa_context *context);
/* While control holds render's place: ask for what the next quantum will ask for, so that it is there then. */
void streams_prepare(wa_context *context);
bool streams_next_event(wa_context *context, wa_event *event);
wa_status stream_set_file(wa_context *context, graph_node *of, uint64_t id, const char *argument);
wa_status stream_wake(wa_context *context, graph_node *of); /* render looks at it at the next quantum */
/* Frame of the context at or after a time, not before now. Returns: WA_OK | TYPE | RANGE. */
wa_status stream_frame_of(const wa_context *context, double when_s, double *frame);
/* Pause or stop, before it is given back after its tail. Reserves for itself. */
wa_status stream_end_now(wa_context *context, graph_node *of);
/* -- analysis.c -- */
/* What reading an analyser of that size will need. Returns: WA_OK | BUDGET | SEALED | SYSTEM_MEMORY. */
wa_status analysis_reserve(wa_context *context, uint32_t fft_size);
void analysis_finish(wa_context *context);

/* -- release.c -- */
void node_set_life(wa_context *context, graph_node *of, node_life life);

/* -- source.c -- */
void source_stop_now(wa_context *context, graph_node *of, double time_s);

/* -- params.c -- */
/* A param's events and inputs, if it has none yet: room for them; made (true), then shipped or unmade. */
wa_status param_extra_reserve(wa_context *context, const graph_node *of, uint32_t index);
bool param_extra_make(wa_context *context, graph_node *of, uint32_t index);
void param_extra_ship(wa_context *context, graph_node *of, uint32_t index);
void param_extra_unmake(wa_context *context, graph_node *of, uint32_t index);
float param_value(const wa_context *context, const param_slot *slot); /* what its getter says */
double context_now_s(const wa_context *context);
double context_frame_of(const wa_context *context, double time_s);

/* -- pool hooks (node_pool.c, voice_pool.c) -- */
typedef struct pool_link {
    struct pool_link *next;
    void (*retired)(struct pool_link *pool, graph_node *of); /* a node or a voice's first node */
    void (*ended)(struct pool_link *pool, graph_node *of);
    void (*undo_take)(struct pool_link *pool, graph_node *of,
                      bool is_made); /* made: it is freed next */
    void (*undo_release)(struct pool_link *pool, graph_node *of);
    void (*undo_when_done)(graph_node *first); /* voices only */
    void (*destroy)(struct pool_link *pool);   /* no transaction is open */
    uint32_t node_count;                       /* of each thing in it: 1, or a voice's */
    struct pool_link *doomed_next;
    bool is_doomed;
    void (*free_orphan)(struct pool_link *pool); /* NULL: it never is one */
    void (*name)(const struct pool_link *pool, profile_pool_row *row);
    /* Voices only: those in use, the newest first, then the idle ones. after NULL: the first; NULL: there is
     * none. */
    const unit *(*next_voice)(const struct pool_link *pool, const unit *after);
} pool_link;
void pool_link_add(wa_context *context, pool_link *pool);
void pool_link_remove(wa_context *context, pool_link *pool);
/* Now, or once the transaction that is open has ended: destroying cannot be undone. */
void pool_link_destroy(wa_context *context, pool_link *pool);
void pool_links_destroy_doomed(wa_context *context);
/* A retired node as its factory made it, ready to be shipped again; the snapshot says how. */
wa_status node_reset(wa_context *context, graph_node *of, const void *config, const mixing *mix,
                     const float *values, const uint8_t *rates);
#endif /* WA_SRC_CONTROL_CONTEXT_H */
