/* tests/rt/edits.h -- a graph edited at random, and what each call may answer.
 *
 * The world knows which of its handles live, so most calls must return WA_OK; a status that is not among
 * those allowed for the call fails the test with seed, step and message. Feedback goes through quiet gains
 * only, so that nothing may grow without bound and every sample must stay finite.
 */
#ifndef WA_TESTS_RT_EDITS_H
#define WA_TESTS_RT_EDITS_H
#include "puller_thread.h"
#include "wavepool/wavepool.h"

enum {
    EDIT_NODE_MAX = 96,
    EDIT_VOICE_MAX = 16,
    EDIT_STALE_MAX = 8,
    EDIT_BUFFER_MAX = 12,
    EDIT_TYPE_MAX = 64, /* above every number in node_types.def */
    EDIT_RESPONSE_COUNT = 3,
    EDIT_FILE_MAX = 3,
    EDIT_PIECE_COUNT = 256,
    EDIT_STATUS_COUNT = 21,
};

typedef struct edit_node {
    wa_node handle;
    wa_node_type type;
    wa_node_pool *pool; /* NULL: plain */
    uint32_t rank;      /* edges go to higher ranks; back only to a feedback gain */
    bool is_feedback_gain;
} edit_node;

/* User data of a processor: render reads it until finish gives it back, which spoils it. */
typedef struct edit_piece {
    float level;
    bool goes_on; /* what process answers */
    struct edit_piece *next;
    struct edits *world;
} edit_piece;

/* What a transaction may have to put back. */
typedef struct edit_live {
    edit_node nodes[EDIT_NODE_MAX];
    uint32_t node_count;
    wa_voice voices[EDIT_VOICE_MAX]; /* may be stolen or done: their calls may find them stale */
    uint32_t voice_count;
    wa_node stale[EDIT_STALE_MAX]; /* released: every call must refuse them */
    uint32_t stale_count;
} edit_live;

typedef struct edits {
    uint64_t seed, random;
    uint32_t step;
    const char *step_name;
    wa_engine *engine;
    wa_context *context;
    puller_thread *pull;
    edit_live live, saved;
    bool is_open;            /* between begin and commit */
    wa_status first_failure; /* in the open transaction */
    bool is_failure_certain; /* false: a pool's refusal, which need not undo the others */
    uint32_t next_rank;
    wa_buffer_pool *buffer_pool;
    wa_buffer buffers[EDIT_BUFFER_MAX];
    bool is_pooled[EDIT_BUFFER_MAX];
    uint32_t buffer_count;
    wa_periodic_wave wave;
    wa_buffer responses[EDIT_RESPONSE_COUNT]; /* of 1, 2 and 4 channels; none of them amplifies */
    wa_processor processor;
    edit_piece pieces[EDIT_PIECE_COUNT];
    edit_piece *piece_free;
    uint32_t piece_free_count;
    /* Of every type that can be made; and how many nodes of each were made, and how many came from a pool. */
    wa_node_pool *pools[EDIT_TYPE_MAX];
    wa_node_type pool_types[EDIT_TYPE_MAX];
    uint32_t pool_count, pool_next;
    uint32_t made_counts[EDIT_TYPE_MAX], pooled_counts[EDIT_TYPE_MAX];
    wa_voice_pool *voice_pool;
    wa_media medias[EDIT_FILE_MAX];
    wa_recording recordings[EDIT_FILE_MAX];
    uint32_t media_count, recording_count;
    uint64_t ended_count;
    uint64_t done_counts[EDIT_STATUS_COUNT]; /* calls by status */
} edits;

#define ALLOW(status) (1u << (uint32_t)(status))

/* Note what a call answered; fail unless it is allowed. Returns whether it was WA_OK. */
bool edits_expect(edits *of, wa_status status, uint32_t allowed);
/* The same for calls that a transaction undoes when they fail. */
bool edits_expect_edit(edits *of, wa_status status, uint32_t allowed);

uint32_t edits_below(edits *of, uint32_t bound); /* 0 .. bound - 1 */
double edits_between(edits *of, double least, double most);
double edits_time_s(edits *of); /* about now, past and future */

/* engine: its context, pools and buffers are made here. */
void edits_create(edits *of, wa_engine *engine, uint64_t seed);
/* A context with one of everything, and gone again: what an engine keeps for ever it then has. */
void edits_prime(wa_engine *engine);
/* One random edit. */
void edits_step(edits *of);
/* Commit or not, release everything, drain, destroy context and pools; nobody pulls any more. */
void edits_destroy(edits *of);

/* -- The edits, by file -- */
typedef struct edit_kind {
    const char *name;
    uint32_t weight;
    void (*run)(edits *of);
    bool is_outside; /* never inside a transaction */
} edit_kind;
extern const edit_kind edit_kinds_graph[], edit_kinds_param[], edit_kinds_pool[]; /* end: name NULL */
extern const edit_kind edit_kinds_file[];
void edits_files_create(edits *of);
void edits_files_destroy(edits *of);
void edits_prime_files(wa_engine *engine);

/* A live node of the world, or NULL if it has none. */
edit_node *edits_any_node(edits *of);
bool edits_is_source(wa_node_type type);
void edits_add_node(edits *of, wa_node handle, wa_node_type type, wa_node_pool *pool,
                    bool is_feedback_gain);
/* Types that may be made by hand, from the registration list; at most capacity. Returns how many. */
uint32_t edits_types(wa_node_type *types, uint32_t capacity);
/* A node of that type with options that keep the sum of everything small. */
wa_status edits_make_node(edits *of, wa_node_type type, bool is_feedback_gain, wa_node *node);
/* Fail unless each of those types was made, and came from a pool. */
void edits_check_types(const edits *of);
/* Forget it and keep its handle among the stale ones. */
void edits_drop_node(edits *of, edit_node *node);
wa_buffer edits_any_buffer(edits *of);   /* {0} if there is none */
wa_buffer edits_any_response(edits *of); /* or {0} */
wa_processor edits_define(wa_engine *engine);
edit_piece *edits_take_piece(edits *of); /* NULL: all are out */
void edits_give_piece(void *piece);      /* the processor's finish */
wa_release_options edits_any_release(edits *of);
#endif /* WA_TESTS_RT_EDITS_H */
