/* wavepool/pool.h -- pools of buffers, nodes and voices, and the memory manager that owns them.
 *
 * A pooled object that comes back is bit-identical in behaviour to a fresh one: parameters,
 * automation, histories, delay lines and channel settings are those of its factory. Thread: control.
 */
#ifndef WAVEPOOL_POOL_H
#define WAVEPOOL_POOL_H
#include "node.h"
#include "param.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- AudioBufferPool (journal 3.2.4.1) --------------------------------------------------------- */

typedef struct wa_buffer_pool_desc {
    uint32_t desc_bytes;
    uint32_t max_size;     /* idle buffers per (channels, length) key; INIT sets 50 */
    uint32_t pre_allocate; /* what wa_buffer_pool_pre_allocate readies; INIT sets 10 */
} wa_buffer_pool_desc;
#define WA_BUFFER_POOL_DESC_INIT                                                                       \
    { (uint32_t)sizeof(wa_buffer_pool_desc), 50, 10 }

typedef struct wa_buffer_pool_stats {
    uint64_t pooled_count, pooled_bytes; /* idle, ready: the journal's pooledBuffers, memoryBytes */
    uint64_t in_use_count, in_use_bytes; /* handed out, or still read by a node */
    uint64_t hit_count, miss_count, drop_count; /* since create; drop: its key was full */
    uint64_t peak_bytes;                        /* of pooled and in use together */
    uint64_t key_count;                         /* shapes with an idle buffer */
} wa_buffer_pool_stats;

/* Returns: WA_OK | TYPE | NOT_SUPPORTED (desc_bytes; pre_allocate above max_size) | BUDGET. */
WA_API wa_status wa_buffer_pool_create(wa_engine *engine, const wa_buffer_pool_desc *desc,
                                       wa_buffer_pool **pool);
/* Idle buffers are freed, handed-out ones live on as plain buffers. */
WA_API void wa_buffer_pool_destroy(wa_buffer_pool *pool);
/* Have at least the configured pre_allocate buffers of that shape idle, within max_size and budget.
 * *ready (may be NULL): how many are. Returns: WA_OK | NOT_SUPPORTED | BUDGET (some may be ready). */
WA_API wa_status wa_buffer_pool_pre_allocate(wa_buffer_pool *pool, uint32_t channel_count,
                                             uint64_t frame_count, uint32_t *ready);
/* Take a buffer of channel_count planes of frame_count zeros, labelled sample_rate_hz: from the pool
 * if one of that shape is idle, else new.
 * Returns: WA_OK | NOT_SUPPORTED (a count or the rate is out of range) | BUDGET | SEALED.
 * Owns: caller holds one reference; wa_buffer_pool_release(). */
WA_API wa_status wa_buffer_pool_acquire(wa_buffer_pool *pool, uint32_t channel_count,
                                        uint64_t frame_count, float sample_rate_hz, wa_buffer *buffer);
/* The same without the clearing: for callers that write every frame. */
WA_API wa_status wa_buffer_pool_acquire_uncleared(wa_buffer_pool *pool, uint32_t channel_count,
                                                  uint64_t frame_count, float sample_rate_hz,
                                                  wa_buffer *buffer);
/* Drop the caller's reference. It is idle again once no node plays it, and is then kept up to
 * max_size, else freed. Returns: WA_OK | handle errors (FOREIGN_HANDLE: not this pool's). */
WA_API wa_status wa_buffer_pool_release(wa_buffer_pool *pool, wa_buffer buffer);
WA_API void wa_buffer_pool_get_stats(const wa_buffer_pool *pool, wa_buffer_pool_stats *stats);
/* Free idle buffers, least recently used shapes first, until target_bytes stay idle.
 * Returns the bytes freed. */
WA_API uint64_t wa_buffer_pool_trim(wa_buffer_pool *pool, uint64_t target_bytes);

/* -- NodePool<T> (journal 3.2.4.2) ------------------------------------------------------------- */

typedef struct wa_node_pool wa_node_pool;

/* Make one configured, unconnected node; of the same type and ports each time. What comes back is set up as
 * the first one was, whatever the others were. */
typedef wa_status (*wa_node_factory_fn)(void *user, wa_context *context, wa_node *node);

typedef struct wa_node_pool_desc {
    uint32_t desc_bytes;
    wa_node_type type;          /* with options, the factory, unless factory is set */
    const void *options;        /* copied; NULL: the type's defaults */
    wa_node_factory_fn factory; /* NULL: wa_node_create(type, options) */
    void *user;
    uint32_t max_size; /* idle nodes kept; INIT sets 20 */
    uint32_t live_max; /* nodes handed out at once; 0: no cap */
} wa_node_pool_desc;
#define WA_NODE_POOL_DESC_INIT                                                                         \
    { (uint32_t)sizeof(wa_node_pool_desc), WA_NODE_TYPE_GAIN, NULL, NULL, NULL, 20, 0 }

typedef struct wa_node_pool_stats {
    uint64_t available, in_use;                          /* the journal's */
    uint64_t created_count, reused_count, dropped_count; /* since create; undone: not counted */
    uint64_t peak_in_use;
} wa_node_pool_stats;

/* Returns: WA_OK | TYPE | NOT_SUPPORTED | INVALID_STATE (closed) | BUDGET. */
WA_API wa_status wa_node_pool_create(wa_context *context, const wa_node_pool_desc *desc,
                                     wa_node_pool **pool);
/* Idle and handed-out nodes are released. Inside a transaction that happens when it ends, either way. */
WA_API void wa_node_pool_destroy(wa_node_pool *pool);
/* At least count idle nodes, up to max_size.
 * Returns: WA_OK | BUDGET | INVALID_STATE (inside a transaction) | the factory's status. */
WA_API wa_status wa_node_pool_pre_allocate(wa_node_pool *pool, uint32_t count, uint32_t *ready);
/* Returns: WA_OK | POOL_FULL (live_max) | INVALID_STATE (the factory's node is connected) | WRONG_TYPE (it is
 *   of another type, or has other ports than the first) | BUDGET | SEALED | the factory's status. */
WA_API wa_status wa_node_pool_acquire(wa_node_pool *pool, wa_node *node);
/* Outputs, inputs and param inputs are disconnected. options NULL: NOW. It counts as in use until the
 * render side has let go of it. Returns: WA_OK | as wa_node_release (FOREIGN_HANDLE: not this pool's). */
WA_API wa_status wa_node_pool_release(wa_node_pool *pool, wa_node node,
                                      const wa_release_options *options);
/* All of them, in one transaction. */
WA_API wa_status wa_node_pool_release_all(wa_node_pool *pool, const wa_release_options *options);
WA_API void wa_node_pool_get_stats(const wa_node_pool *pool, wa_node_pool_stats *stats);
/* Free idle nodes until target_count stay. Returns how many were freed; inside a transaction none. */
WA_API uint32_t wa_node_pool_trim(wa_node_pool *pool, uint32_t target_count);

/* -- Voice pools: a whole chain as one unit ---------------------------------------------------- */

typedef struct wa_voice {
    uint64_t id; /* of its first node: valid until released */
} wa_voice;
typedef struct wa_voice_pool wa_voice_pool;

enum { WA_VOICE_NODE_COUNT_MAX = 32, WA_VOICE_EDGE_COUNT_MAX = 64 };

typedef struct wa_voice_node {
    wa_node_type type;
    const void *options; /* NULL: defaults */
} wa_voice_node;

typedef struct wa_voice_edge {
    uint32_t source, output_index; /* index into nodes */
    uint32_t destination;          /* index into nodes */
    uint32_t input_index;          /* or the param's index */
    bool is_param;
} wa_voice_edge;

typedef struct wa_voice_pool_desc {
    uint32_t desc_bytes;
    const wa_voice_node *nodes; /* copied, options too */
    uint32_t node_count;
    const wa_voice_edge *edges;
    uint32_t edge_count;
    uint32_t output_node; /* whose output 0 is connected to output at acquire */
    wa_node output;       /* where voices play; {0}: the caller connects wa_voice_node_at() */
    uint32_t max_size;    /* idle voices kept; INIT sets 20 */
    uint32_t live_max;    /* 0: no cap */
    bool steal_oldest;    /* at live_max, release the oldest voice (FADE) and wait no longer */
    double release_s;     /* AFTER_TAIL: sources without a stop are stopped this much later */
} wa_voice_pool_desc;
#define WA_VOICE_POOL_DESC_INIT                                                                        \
    { (uint32_t)sizeof(wa_voice_pool_desc), NULL, 0, NULL, 0, 0, { 0 }, 20, 0, false, 0.0 }

/* One voice is made at once, so that a template that cannot be made fails here and not at a note.
 * Returns: WA_OK | TYPE | NOT_SUPPORTED | RANGE (release_s) | INDEX_SIZE (an edge, output_node) | BUDGET |
 *   INVALID_STATE (closed; inside a transaction) | a node's own (options) | handle errors (output). */
WA_API wa_status wa_voice_pool_create(wa_context *context, const wa_voice_pool_desc *desc,
                                      wa_voice_pool **pool);
/* Voices that were released before ring out; those still handed out are released NOW. Inside a transaction
 * that happens when it ends, either way. */
WA_API void wa_voice_pool_destroy(wa_voice_pool *pool);
/* Returns: WA_OK | BUDGET | INVALID_STATE (inside a transaction). */
WA_API wa_status wa_voice_pool_pre_allocate(wa_voice_pool *pool, uint32_t count, uint32_t *ready);
/* Everything as the template says, connected, sources not started.
 * Returns: WA_OK | POOL_FULL (live_max) | BUDGET | SEALED | LIMIT | handle errors (output is gone). */
WA_API wa_status wa_voice_pool_acquire(wa_voice_pool *pool, wa_voice *voice);
/* Node of the voice by its index in the template. {0} for a stale voice. */
WA_API wa_node wa_voice_node_at(const wa_voice_pool *pool, wa_voice voice, uint32_t node_index);
/* As one unit. AFTER_TAIL: external inputs are cut, sources without a stop are stopped release_s later,
 * internal connections and outputs stay until all of it sleeps. WHEN_DONE: nothing is cut or stopped; it goes
 * once all of it sleeps. Returns: WA_OK | handle errors | NOT_SUPPORTED (mode) | RANGE (fade_s) | BUDGET. */
WA_API wa_status wa_voice_pool_release(wa_voice_pool *pool, wa_voice voice,
                                       const wa_release_options *options);
/* Release it AFTER_TAIL by itself once all of its sources that were started have ended: no call is needed at
 * the end of a note. It may be asked for before they are started; the handle is good until it happens.
 * Returns: WA_OK | handle errors | BUDGET. */
WA_API wa_status wa_voice_pool_release_when_done(wa_voice_pool *pool, wa_voice voice);
/* All that are handed out, in one transaction. */
WA_API wa_status wa_voice_pool_release_all(wa_voice_pool *pool, const wa_release_options *options);
/* In voices. */
WA_API void wa_voice_pool_get_stats(const wa_voice_pool *pool, wa_node_pool_stats *stats);
/* As wa_node_pool_trim. */
WA_API uint32_t wa_voice_pool_trim(wa_voice_pool *pool, uint32_t target_count);

/* Every node pool and voice pool of the context, as if each were destroyed by itself: for hosts whose collector
 * may find a context before its pools. Not while a memory manager of the context is left, which owns its own.
 * Returns: WA_OK | TYPE | INVALID_STATE (inside a transaction; nothing changed). */
WA_API wa_status wa_context_destroy_pools(wa_context *context);

/* -- AudioMemoryManager (journal 3.2.4.3) ------------------------------------------------------ */

typedef struct wa_memory_manager wa_memory_manager;

typedef struct wa_buffer_shape {
    uint32_t channel_count;
    uint64_t frame_count;
} wa_buffer_shape;

typedef struct wa_memory_manager_desc {
    uint32_t desc_bytes;
    wa_buffer_pool_desc buffer_pool;
    const wa_buffer_shape *pre_allocate; /* NULL, count 0 (INIT): (2, 2048), (2, 4096); else a list */
    uint32_t pre_allocate_count;
    bool skip_pre_allocate;
    uint32_t node_pool_max_size; /* INIT sets 20 */
    double delay_max_s;          /* of delay_pool's nodes; INIT sets 5 */
} wa_memory_manager_desc;
#define WA_MEMORY_MANAGER_DESC_INIT                                                                    \
    { (uint32_t)sizeof(wa_memory_manager_desc), WA_BUFFER_POOL_DESC_INIT, NULL, 0, false, 20, 5.0 }

typedef struct wa_manager_stats {
    uint64_t audio_buffers;   /* idle, pooled: the journal's audioBuffers */
    uint64_t audio_nodes;     /* available and in use in all pools of the context, voices' nodes too */
    uint64_t estimated_bytes; /* the ledger's sum, exact */
    wa_gc_pressure gc_pressure;
} wa_manager_stats;

/* Owns a buffer pool and ready-made gain, filter (Biquad) and delay pools.
 * Returns: WA_OK | TYPE | NOT_SUPPORTED | INVALID_STATE (closed) | BUDGET | SEALED.
 * Owns: caller; destroy before the context. */
WA_API wa_status wa_memory_manager_create(wa_context *context, const wa_memory_manager_desc *desc,
                                          wa_memory_manager **manager);
WA_API void wa_memory_manager_destroy(wa_memory_manager *manager);
WA_API wa_buffer_pool *wa_memory_manager_buffer_pool(wa_memory_manager *manager);
/* The pool of a node type: gain, biquad and delay are there from the start, others at first use.
 * NULL with a message when it cannot be made. */
WA_API wa_node_pool *wa_memory_manager_node_pool(wa_memory_manager *manager, wa_node_type type);
/* As a buffer pool's and a node pool's acquire and release; a buffer has the rate of the context. acquire_node
 * returns also: NOT_SUPPORTED (type). release_node: FOREIGN_HANDLE (of none of the manager's pools). */
WA_API wa_status wa_memory_manager_acquire_buffer(wa_memory_manager *manager, uint32_t channel_count,
                                                  uint64_t frame_count, wa_buffer *buffer);
WA_API wa_status wa_memory_manager_release_buffer(wa_memory_manager *manager, wa_buffer buffer);
WA_API wa_status wa_memory_manager_acquire_node(wa_memory_manager *manager, wa_node_type type,
                                                wa_node *node);
WA_API wa_status wa_memory_manager_release_node(wa_memory_manager *manager, wa_node node,
                                                const wa_release_options *options);
WA_API void wa_memory_manager_get_stats(const wa_memory_manager *manager, wa_manager_stats *stats);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_POOL_H */
