/* Pools of buffers and of nodes. */
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

/* -- nodes -------------------------------------------------------------------------------------- *
 * The factory is JavaScript's, which the engine cannot call. A call that has no node to hand out says so in
 * WANTED; JavaScript runs its factory and calls again with that node in OFFER.
 */
enum { OFFER = 2, WANTED = 4, COUNTS = 5 };

static wa_status take_offer(void *user, wa_context *context, wa_node *node) {
    (void)context;
    abi_mailbox *box = user;
    *node = abi_node(box, OFFER);
    box->slots[WANTED] = node->id == 0 ? 1.0 : 0.0;
    return node->id != 0 ? WA_OK : WA_ERR_CANCELLED;
}

/* From COUNTS on: available, in use (also what still rings), dropped. */
static void counts_out(abi_mailbox *box, const wa_node_pool_stats *stats) {
    box->slots[COUNTS] = (double)stats->available;
    box->slots[COUNTS + 1] = (double)stats->in_use;
    box->slots[COUNTS + 2] = (double)stats->dropped_count;
}

static void node_counts_out(abi_mailbox *box, const wa_node_pool *pool) {
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    counts_out(box, &stats);
}

/* context, max size, live max -> pool */
static void node_pool_create(abi_mailbox *box) {
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.factory = take_offer;
    desc.user = box;
    desc.max_size = abi_uint(box, 1);
    desc.live_max = abi_uint(box, 2);
    wa_node_pool *pool = NULL;
    abi_return(box, wa_node_pool_create(abi_pointer(box, 0), &desc, &pool));
    box->slots[1] = abi_address(pool);
}

static void node_pool_destroy(abi_mailbox *box) {
    wa_node_pool_destroy(abi_pointer(box, 0));
    abi_return(box, WA_OK);
}

/* pool, -, offer (0: none) -> node; at WANTED and COUNTS the others */
static void node_pool_acquire(abi_mailbox *box) {
    wa_node_pool *pool = abi_pointer(box, 0);
    wa_node node = { 0 };
    box->slots[WANTED] = 0.0;
    abi_return(box, wa_node_pool_acquire(pool, &node));
    abi_set_id(box, 1, node.id);
    node_counts_out(box, pool);
}

/* pool, count, offer -> ready; at WANTED and COUNTS the others */
static void node_pool_pre_allocate(abi_mailbox *box) {
    wa_node_pool *pool = abi_pointer(box, 0);
    uint32_t ready = 0;
    box->slots[WANTED] = 0.0;
    abi_return(box, wa_node_pool_pre_allocate(pool, abi_uint(box, 1), &ready));
    box->slots[1] = ready;
    node_counts_out(box, pool);
}

/* pool, node, mode, fade_s -> at COUNTS */
static void node_pool_release(abi_mailbox *box) {
    wa_node_pool *pool = abi_pointer(box, 0);
    const wa_release_options options = { (wa_release_mode)(int)box->slots[3], box->slots[4] };
    abi_return(box, wa_node_pool_release(pool, abi_node(box, 1), &options));
    node_counts_out(box, pool);
}

/* pool, mode, fade_s -> at COUNTS */
static void node_pool_release_all(abi_mailbox *box) {
    wa_node_pool *pool = abi_pointer(box, 0);
    const wa_release_options options = { (wa_release_mode)(int)box->slots[1], box->slots[2] };
    abi_return(box, wa_node_pool_release_all(pool, &options));
    node_counts_out(box, pool);
}

/* pool, target count -> freed; at COUNTS */
static void node_pool_trim(abi_mailbox *box) {
    wa_node_pool *pool = abi_pointer(box, 0);
    box->slots[1] = wa_node_pool_trim(pool, abi_uint(box, 1));
    abi_return(box, WA_OK);
    node_counts_out(box, pool);
}

void abi_pool_stats_out(abi_mailbox *box, const wa_node_pool_stats *stats) {
    const double values[] = { (double)stats->available,     (double)stats->in_use,
                              (double)stats->created_count, (double)stats->reused_count,
                              (double)stats->dropped_count, (double)stats->peak_in_use };
    memcpy(&box->slots[1], values, sizeof values);
    abi_return(box, WA_OK);
}

/* pool, context: what came back is taken in first, unless that is 0
 * -> the fields of wa_node_pool_stats in their order */
static void node_pool_stats(abi_mailbox *box) {
    wa_node_pool_stats stats;
    (void)wa_context_poll(abi_pointer(box, 1), NULL, 0);
    wa_node_pool_get_stats(abi_pointer(box, 0), &stats);
    abi_pool_stats_out(box, &stats);
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
    { "nodePoolPreAllocate", node_pool_pre_allocate },
    { "nodePoolRelease", node_pool_release },
    { "nodePoolReleaseAll", node_pool_release_all },
    { "nodePoolTrim", node_pool_trim },
    { "nodePoolStats", node_pool_stats },
};
const abi_list abi_pool_list = { entries, sizeof entries / sizeof entries[0] };
