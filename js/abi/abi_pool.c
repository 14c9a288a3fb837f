/* Pools: buffers, nodes, voices. */
#include "abi.h"
#include <string.h>

/* -- buffers ------------------------------------------------------------------------------------ */

/* engine, max size, pre-allocate -> pool */
static void buffer_pool_create(abi_mailbox *box) {
    wa_buffer_pool_desc desc = WA_BUFFER_POOL_DESC_INIT;
    desc.max_size = abi_uint(box, 1);
    desc.pre_allocate = abi_uint(box, 2);
    wa_buffer_pool *pool = NULL;
    abi_return(box, wa_buffer_pool_create(abi_pointer(box, 0), &desc, &pool));
    box->slots[1] = abi_address(pool);
}

static void buffer_pool_destroy(abi_mailbox *box) {
    wa_buffer_pool_destroy(abi_pointer(box, 0));
    abi_return(box, WA_OK);
}

/* pool, channels, frames -> ready */
static void buffer_pool_pre_allocate(abi_mailbox *box) {
    uint32_t ready = 0;
    abi_return(box, wa_buffer_pool_pre_allocate(abi_pointer(box, 0), abi_uint(box, 1),
                                                (uint64_t)box->slots[2], &ready));
    box->slots[1] = ready;
}

/* pool, channels, frames, rate, uncleared -> buffer */
static void buffer_pool_acquire(abi_mailbox *box) {
    wa_buffer buffer = { 0 };
    const bool is_uncleared = box->slots[4] != 0.0;
    abi_return(box, (is_uncleared ? wa_buffer_pool_acquire_uncleared : wa_buffer_pool_acquire)(
                        abi_pointer(box, 0), abi_uint(box, 1), (uint64_t)box->slots[2],
                        (float)box->slots[3], &buffer));
    abi_set_id(box, 1, buffer.id);
}

static void buffer_pool_release(abi_mailbox *box) {
    abi_return(box, wa_buffer_pool_release(abi_pointer(box, 0), (wa_buffer){ abi_id(box, 1) }));
}

/* pool -> the fields of wa_buffer_pool_stats in their order */
static void buffer_pool_stats(abi_mailbox *box) {
    wa_buffer_pool_stats s;
    wa_buffer_pool_get_stats(abi_pointer(box, 0), &s);
    const double values[] = { (double)s.pooled_count, (double)s.pooled_bytes, (double)s.in_use_count,
                              (double)s.in_use_bytes, (double)s.hit_count,    (double)s.miss_count,
                              (double)s.drop_count,   (double)s.peak_bytes,   (double)s.key_count };
    memcpy(&box->slots[1], values, sizeof values);
    abi_return(box, WA_OK);
}

/* pool, target bytes -> freed bytes */
static void buffer_pool_trim(abi_mailbox *box) {
    box->slots[1] = (double)wa_buffer_pool_trim(abi_pointer(box, 0), (uint64_t)box->slots[1]);
    abi_return(box, WA_OK);
}

/* -- nodes -------------------------------------------------------------------------------------- */

static void stats_out(abi_mailbox *box, const wa_node_pool_stats *s) {
    const double values[] = { (double)s->available,     (double)s->in_use,
                              (double)s->created_count, (double)s->reused_count,
                              (double)s->dropped_count, (double)s->peak_in_use };
    memcpy(&box->slots[1], values, sizeof values);
    abi_return(box, WA_OK);
}

/* context, type, max size, live max -> pool */
static void node_pool_create(abi_mailbox *box) {
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.type = (wa_node_type)(int)box->slots[1];
    desc.max_size = abi_uint(box, 2);
    desc.live_max = abi_uint(box, 3);
    wa_node_pool *pool = NULL;
    abi_return(box, wa_node_pool_create(abi_pointer(box, 0), &desc, &pool));
    box->slots[1] = abi_address(pool);
}

static void node_pool_destroy(abi_mailbox *box) {
    wa_node_pool_destroy(abi_pointer(box, 0));
    abi_return(box, WA_OK);
}

/* pool -> node */
static void node_pool_acquire(abi_mailbox *box) {
    wa_node node = { 0 };
    abi_return(box, wa_node_pool_acquire(abi_pointer(box, 0), &node));
    abi_set_id(box, 1, node.id);
}

/* pool, node, mode, fade_s */
static void node_pool_release(abi_mailbox *box) {
    const wa_release_options options = { (wa_release_mode)(int)box->slots[3], box->slots[4] };
    abi_return(box, wa_node_pool_release(abi_pointer(box, 0), abi_node(box, 1), &options));
}

static void node_pool_stats(abi_mailbox *box) {
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(abi_pointer(box, 0), &stats);
    stats_out(box, &stats);
}

/* pool, count -> ready */
static void node_pool_pre_allocate(abi_mailbox *box) {
    uint32_t ready = 0;
    abi_return(box, wa_node_pool_pre_allocate(abi_pointer(box, 0), abi_uint(box, 1), &ready));
    box->slots[1] = ready;
}

static const abi_entry entries[] = {
    { "bufferPoolCreate", buffer_pool_create },
    { "bufferPoolDestroy", buffer_pool_destroy },
    { "bufferPoolPreAllocate", buffer_pool_pre_allocate },
    { "bufferPoolAcquire", buffer_pool_acquire },
    { "bufferPoolRelease", buffer_pool_release },
    { "bufferPoolStats", buffer_pool_stats },
    { "bufferPoolTrim", buffer_pool_trim },
    { "nodePoolCreate", node_pool_create },
    { "nodePoolDestroy", node_pool_destroy },
    { "nodePoolAcquire", node_pool_acquire },
    { "nodePoolRelease", node_pool_release },
    { "nodePoolStats", node_pool_stats },
    { "nodePoolPreAllocate", node_pool_pre_allocate },
};
const abi_list abi_pool_list = { entries, sizeof entries / sizeof entries[0] };
