/* Pools of voices: a chain of nodes as one unit, and a note as one call.
 *
 * A note comes as a list of steps, STEP_SLOTS each: what is done, the node by its index in the template, the
 * param's index, and up to four numbers. All of them are done, or the voice is gone again before anyone could
 * hear it.
 */
#include "abi.h"
#include <string.h>

enum { ROW_SLOTS = 64, ROW_OWN = 11, EDGE_SLOTS = 5, FIRST_ADDRESS = 13 };
enum { FIRST_STEP = 8, STEP_SLOTS = 7, STEP_COUNT_MAX = (ABI_SLOT_COUNT - FIRST_STEP) / STEP_SLOTS };

/* js/src/pools/score.mjs has the same numbers. */
enum {
    STEP_VALUE = 0,        /* value */
    STEP_SET = 1,          /* value, time */
    STEP_LINEAR = 2,       /* value, time */
    STEP_EXPONENTIAL = 3,  /* value, time */
    STEP_TARGET = 4,       /* target, time, time constant */
    STEP_CURVE = 5,        /* address, count, time, duration */
    STEP_CANCEL = 6,       /* time */
    STEP_HOLD = 7,         /* time */
    STEP_START = 8,        /* time */
    STEP_START_BUFFER = 9, /* time, offset, duration (below 0: to the end) */
    STEP_SET_BUFFER = 10,  /* buffer */
    STEP_STOP = 11,        /* time; of a source that was not started: nothing */
};

/* -- templates ---------------------------------------------------------------------------------- */

typedef struct template_memory {
    wa_voice_node nodes[WA_VOICE_NODE_COUNT_MAX];
    abi_options options[WA_VOICE_NODE_COUNT_MAX];
    wa_voice_edge edges[WA_VOICE_EDGE_COUNT_MAX];
} template_memory;

/* A row: the type, and from slot 8 on what nodeCreate would read; but addresses, which begin a type's own
 * options, hold for one call only: they come with this one, each with its row and its count. */
static void read_rows(const double *rows, uint32_t count, const double *addresses,
                      uint32_t address_count, template_memory *memory) {
    abi_mailbox row = { { 0 }, { 0 } };
    for (uint32_t index = 0; index < count; index++) {
        memcpy(row.slots, &rows[(size_t)ROW_SLOTS * index], ROW_SLOTS * sizeof(double));
        if (address_count > 0 && addresses[0] == (double)index) {
            memcpy(&row.slots[ROW_OWN], &addresses[1], 2 * sizeof(double));
            addresses += 3;
            address_count--;
        }
        memory->nodes[index].type = (wa_node_type)(int)row.slots[0];
        memory->nodes[index].options = &memory->options[index];
        abi_read_options(&row, memory->nodes[index].type, &memory->options[index]);
    }
}

/* source, output, destination, input or param, is it a param */
static void read_edges(const double *rows, uint32_t count, wa_voice_edge *edges) {
    for (uint32_t index = 0; index < count; index++) {
        const double *row = &rows[(size_t)EDGE_SLOTS * index];
        edges[index] = (wa_voice_edge){ (uint32_t)row[0], (uint32_t)row[1], (uint32_t)row[2],
                                        (uint32_t)row[3], row[4] != 0.0 };
    }
}

/* context, rows, count, edges, count, output's index, destination, max size, live max, steal, release_s,
 * number of addresses; each by row: row, address, count -> pool */
static void voice_pool_create(abi_mailbox *box) {
    template_memory memory;
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.node_count = abi_uint(box, 2);
    desc.edge_count = abi_uint(box, 4);
    if (desc.node_count > WA_VOICE_NODE_COUNT_MAX || desc.edge_count > WA_VOICE_EDGE_COUNT_MAX) {
        abi_return(box, WA_ERR_NOT_SUPPORTED); /* JavaScript has said so before */
        return;
    }
    read_rows(abi_pointer(box, 1), desc.node_count, &box->slots[FIRST_ADDRESS], abi_uint(box, 12),
              &memory);
    read_edges(abi_pointer(box, 3), desc.edge_count, memory.edges);
    desc.nodes = memory.nodes;
    desc.edges = memory.edges;
    desc.output_node = abi_uint(box, 5);
    desc.output = abi_node(box, 6);
    desc.max_size = abi_uint(box, 8);
    desc.live_max = abi_uint(box, 9);
    desc.steal_oldest = box->slots[10] != 0.0;
    desc.release_s = box->slots[11];
    wa_voice_pool *pool = NULL;
    abi_return(box, wa_voice_pool_create(abi_pointer(box, 0), &desc, &pool));
    box->slots[1] = abi_address(pool);
}

static void voice_pool_destroy(abi_mailbox *box) {
    wa_voice_pool_destroy(abi_pointer(box, 0));
    abi_return(box, WA_OK);
}

/* pool, count -> ready */
static void voice_pool_pre_allocate(abi_mailbox *box) {
    uint32_t ready = 0;
    abi_return(box, wa_voice_pool_pre_allocate(abi_pointer(box, 0), abi_uint(box, 1), &ready));
    box->slots[1] = ready;
}

/* pool, context: what came back is taken in first, unless that is 0
 * -> the fields of wa_node_pool_stats in their order */
static void voice_pool_stats(abi_mailbox *box) {
    wa_node_pool_stats stats;
    (void)wa_context_poll(abi_pointer(box, 1), NULL, 0);
    wa_voice_pool_get_stats(abi_pointer(box, 0), &stats);
    abi_pool_stats_out(box, &stats);
}

/* pool, target count -> freed */
static void voice_pool_trim(abi_mailbox *box) {
    box->slots[1] = wa_voice_pool_trim(abi_pointer(box, 0), abi_uint(box, 1));
    abi_return(box, WA_OK);
}

/* -- voices ------------------------------------------------------------------------------------- */

enum { MEMBERS = 8 };

static void members_out(abi_mailbox *box, const wa_voice_pool *pool, wa_voice voice, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        abi_set_id(box, MEMBERS + 2 * index, wa_voice_node_at(pool, voice, index).id);
    }
}

/* pool, number of nodes -> voice, then from MEMBERS on its nodes */
static void voice_acquire(abi_mailbox *box) {
    wa_voice_pool *pool = abi_pointer(box, 0);
    const uint32_t count = abi_uint(box, 1);
    wa_voice voice = { 0 };
    const wa_status status = wa_voice_pool_acquire(pool, &voice);
    abi_return(box, status);
    abi_set_id(box, 1, voice.id);
    if (status == WA_OK) {
        members_out(box, pool, voice, count);
    }
}

/* pool, voice, number of nodes -> from MEMBERS on its nodes; STALE_HANDLE when it is none any more */
static void voice_members(abi_mailbox *box) {
    const wa_voice_pool *pool = abi_pointer(box, 0);
    const wa_voice voice = { abi_id(box, 1) };
    members_out(box, pool, voice, abi_uint(box, 3));
    const bool is_stale = box->slots[MEMBERS] == 0.0 && box->slots[MEMBERS + 1] == 0.0;
    abi_return(box, is_stale ? WA_ERR_STALE_HANDLE : WA_OK);
}

/* pool, voice, mode, fade_s */
static void voice_release(abi_mailbox *box) {
    const wa_release_options options = { (wa_release_mode)(int)box->slots[3], box->slots[4] };
    abi_return(box, wa_voice_pool_release(abi_pointer(box, 0), (wa_voice){ abi_id(box, 1) }, &options));
}

/* pool, voice */
static void voice_release_when_done(abi_mailbox *box) {
    abi_return(box, wa_voice_pool_release_when_done(abi_pointer(box, 0), (wa_voice){ abi_id(box, 1) }));
}

/* pool, mode, fade_s */
static void voice_release_all(abi_mailbox *box) {
    const wa_release_options options = { (wa_release_mode)(int)box->slots[1], box->slots[2] };
    abi_return(box, wa_voice_pool_release_all(abi_pointer(box, 0), &options));
}

/* -- notes -------------------------------------------------------------------------------------- */

static wa_status stop(wa_context *context, wa_node node, double when_s) {
    const wa_status status = wa_source_stop(context, node, when_s);
    return status == WA_ERR_INVALID_STATE ? WA_OK : status;
}

static wa_status source_step(wa_context *context, int kind, wa_node node, const double *numbers) {
    switch (kind) {
    case STEP_START:
        return wa_source_start(context, node, numbers[0]);
    case STEP_START_BUFFER:
        return wa_buffer_source_start(context, node, numbers[0], numbers[1], numbers[2]);
    case STEP_SET_BUFFER: {
        const wa_buffer buffer = { (uint64_t)numbers[1] << 32 | (uint64_t)numbers[0] };
        return wa_buffer_source_set_buffer(context, node, buffer);
    }
    default:
        return stop(context, node, numbers[0]);
    }
}

static wa_status param_step(wa_context *context, int kind, wa_param param, const double *numbers) {
    switch (kind) {
    case STEP_VALUE:
        return wa_param_set_value(context, param, (float)numbers[0]);
    case STEP_SET:
        return wa_param_set_value_at_time(context, param, (float)numbers[0], numbers[1]);
    case STEP_LINEAR:
        return wa_param_linear_ramp_to_value_at_time(context, param, (float)numbers[0], numbers[1]);
    case STEP_EXPONENTIAL:
        return wa_param_exponential_ramp_to_value_at_time(context, param, (float)numbers[0],
                                                          numbers[1]);
    case STEP_TARGET:
        return wa_param_set_target_at_time(context, param, (float)numbers[0], numbers[1],
                                           (float)numbers[2]);
    case STEP_CURVE:
        return wa_param_set_value_curve_at_time(context, param, (const float *)(uintptr_t)numbers[0],
                                                (uint32_t)numbers[1], numbers[2], numbers[3]);
    case STEP_CANCEL:
        return wa_param_cancel_scheduled_values(context, param, numbers[0]);
    default:
        return wa_param_cancel_and_hold_at_time(context, param, numbers[0]);
    }
}

static wa_status do_steps(wa_context *context, const wa_voice_pool *pool, wa_voice voice,
                          const abi_mailbox *box, uint32_t count) {
    wa_status status = WA_OK;
    wa_node node = { 0 };
    double node_index = -1.0; /* of node: steps on one node tend to follow each other */
    for (uint32_t index = 0; index < count && index < STEP_COUNT_MAX && status == WA_OK; index++) {
        const double *step = &box->slots[FIRST_STEP + STEP_SLOTS * index];
        if (step[1] != node_index) {
            node_index = step[1];
            node = wa_voice_node_at(pool, voice, (uint32_t)node_index);
        }
        const int kind = (int)step[0];
        status = kind >= STEP_START
                     ? source_step(context, kind, node, &step[3])
                     : param_step(context, kind, wa_node_param(node, (uint32_t)step[2]), &step[3]);
    }
    return status;
}

/* pool, context, step count, released when done; steps -> voice */
static void voice_play(abi_mailbox *box) {
    wa_voice_pool *pool = abi_pointer(box, 0);
    const uint32_t count = abi_uint(box, 2);
    const bool is_when_done = box->slots[3] != 0.0;
    wa_voice voice = { 0 };
    wa_status status = wa_voice_pool_acquire(pool, &voice);
    if (status == WA_OK) {
        status = do_steps(abi_pointer(box, 1), pool, voice, box, count);
        if (status == WA_OK && is_when_done) {
            status = wa_voice_pool_release_when_done(pool, voice);
        }
        if (status != WA_OK) { /* what was gathered has not been heard: neither will this */
            (void)wa_voice_pool_release(pool, voice, NULL);
        }
    }
    abi_return(box, status);
    abi_set_id(box, 1, voice.id);
}

/* pool, context, step count, released when done, voice; steps */
static void voice_steps(abi_mailbox *box) {
    wa_voice_pool *pool = abi_pointer(box, 0);
    const wa_voice voice = { abi_id(box, 4) };
    wa_status status = WA_OK;
    if (wa_voice_node_at(pool, voice, 0).id == 0) {
        status = wa_voice_pool_release(pool, voice, NULL); /* says why it is none */
    } else {
        status = do_steps(abi_pointer(box, 1), pool, voice, box, abi_uint(box, 2));
    }
    if (status == WA_OK && box->slots[3] != 0.0) {
        status = wa_voice_pool_release_when_done(pool, voice);
    }
    abi_return(box, status);
}

static const abi_entry entries[] = {
    { "voicePoolCreate", voice_pool_create },
    { "voicePoolDestroy", voice_pool_destroy },
    { "voicePoolPreAllocate", voice_pool_pre_allocate },
    { "voicePoolStats", voice_pool_stats },
    { "voicePoolTrim", voice_pool_trim },
    { "voiceAcquire", voice_acquire },
    { "voiceMembers", voice_members },
    { "voiceRelease", voice_release },
    { "voiceReleaseWhenDone", voice_release_when_done },
    { "voiceReleaseAll", voice_release_all },
    { "voicePlay", voice_play },
    { "voiceSteps", voice_steps },
};
const abi_list abi_voice_list = { entries, sizeof entries / sizeof entries[0] };
