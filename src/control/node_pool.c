/* NodePool: idle nodes of one factory, as the factory made them. A node is reset when it has come back, so that
 * acquiring is a handle and one op. */
#include "node_snapshot.h"
#include <stdio.h>
#include <string.h>

struct wa_node_pool {
    pool_link link; /* first: nodes point to it */
    wa_context *context;
    wa_node_pool_desc desc;
    void *options;
    uint64_t options_bytes;
    node_snapshot snapshot;
    bool has_snapshot, is_closing;
    graph_node *idle_first;   /* linked by pool_next */
    graph_node *in_use_first; /* doubly linked */
    uint32_t handed_out;      /* live handles */
    wa_node_pool_stats stats;
};

static void list_in(graph_node **first, graph_node *of) {
    of->pool_prev = NULL;
    of->pool_next = *first;
    if (*first != NULL) {
        (*first)->pool_prev = of;
    }
    *first = of;
}

static void list_out(graph_node **first, graph_node *of) {
    *(of->pool_prev != NULL ? &of->pool_prev->pool_next : first) = of->pool_next;
    if (of->pool_next != NULL) {
        of->pool_next->pool_prev = of->pool_prev;
    }
    of->pool_next = of->pool_prev = NULL;
}

/* -- what comes back ---------------------------------------------------------------------------- */

static void free_node(wa_node_pool *pool, graph_node *of) {
    of->pool = NULL;
    node_retired(pool->context, of); /* cuts what is left, frees once that is through */
}

static void become_idle(wa_node_pool *pool, graph_node *of) {
    of->life = LIFE_POOLED;
    list_in(&pool->idle_first, of);
    pool->stats.available++;
}

static bool clean(wa_node_pool *pool, graph_node *of) {
    wa_context *context = pool->context;
    const uint32_t count = edges_count(of);
    if (count > 0 && edit_reserve_leaving(context, count + 1) != WA_OK) {
        return false;
    }
    edges_cut_inputs(context, of);
    edges_cut_params(context, of);
    edges_cut_outputs(context, of);
    if (count > 0 && of->was_in_cycle) { /* unmuted, what sounds alone would wake */
        edit_op(context, OP_LEAVE, of);
    }
    if (of->is_split || of->is_muted) { /* there was no memory to open its cycle */
        return false;
    }
    if (node_snapshot_restore(context, of, &pool->snapshot) != WA_OK) {
        return false;
    }
    return handle_renew(&context->types[of->type].handles, of->slot) != 0;
}

static void retired(pool_link *link, graph_node *of) {
    wa_node_pool *pool = (wa_node_pool *)link;
    list_out(&pool->in_use_first, of);
    node_forget_events(pool->context, of);
    pool->stats.in_use--;
    if (pool->is_closing || pool->stats.available >= pool->desc.max_size || !clean(pool, of)) {
        pool->stats.dropped_count++;
        free_node(pool, of);
        return;
    }
    become_idle(pool, of);
}

static void ended(pool_link *link, graph_node *of) {
    (void)link, (void)of;
}

static void undo_take(pool_link *link, graph_node *of, bool is_made) {
    wa_node_pool *pool = (wa_node_pool *)link;
    list_out(&pool->in_use_first, of);
    pool->stats.in_use--;
    pool->handed_out--;
    if (is_made) {
        pool->stats.created_count--;
        of->pool = NULL;
        return;
    }
    pool->stats.reused_count--;
    (void)handle_renew(&pool->context->types[of->type].handles, of->slot);
    (void)node_snapshot_restore(pool->context, of, &pool->snapshot);
    become_idle(pool, of);
}

static void undo_release(pool_link *link, graph_node *of) {
    (void)of;
    ((wa_node_pool *)link)->handed_out++;
}

static void name(const pool_link *link, profile_pool_row *row) {
    const wa_node_pool *pool = (const wa_node_pool *)link;
    const char *type = pool->has_snapshot ? pool->snapshot.class->name : "empty";
    snprintf(row->name, sizeof row->name, "nodes %s", type);
    row->stats = pool->stats;
}

/* -- create, destroy ---------------------------------------------------------------------------- */

static void destroy(pool_link *link);

static wa_status copy_options(wa_node_pool *pool) {
    if (pool->desc.options == NULL || pool->desc.factory != NULL) {
        return WA_OK;
    }
    return options_copy(pool->context->engine, pool->desc.type, pool->desc.options, "options",
                        &pool->options, &pool->options_bytes);
}

wa_status wa_node_pool_create(wa_context *context, const wa_node_pool_desc *desc, wa_node_pool **pool) {
    const wa_node_pool_desc defaults = WA_NODE_POOL_DESC_INIT;
    if (context == NULL || pool == NULL) {
        return error_set(WA_ERR_TYPE, "context or pool is NULL");
    }
    desc = desc != NULL ? desc : &defaults;
    if (desc->desc_bytes != sizeof *desc) {
        return error_set(WA_ERR_NOT_SUPPORTED, "desc_bytes is %u, this library knows %zu",
                         desc->desc_bytes, sizeof *desc);
    }
    if (context->state == WA_CONTEXT_CLOSED) {
        return error_set(WA_ERR_INVALID_STATE, "the context is closed");
    }
    wa_status status = desc->factory == NULL ? node_type_check(context, desc->type) : WA_OK;
    void *memory = NULL;
    if (status == WA_OK) {
        status = memory_take(context->engine, WA_MEMORY_OBJECTS, sizeof **pool, "a node pool", &memory);
    }
    if (status != WA_OK) {
        return status;
    }
    wa_node_pool *made = memory;
    made->context = context;
    made->desc = *desc;
    made->link = (pool_link){ .retired = retired,
                              .ended = ended,
                              .undo_take = undo_take,
                              .undo_release = undo_release,
                              .destroy = destroy,
                              .node_count = 1,
                              .name = name };
    status = copy_options(made);
    if (status != WA_OK) {
        memory_give(context->engine, WA_MEMORY_OBJECTS, made, sizeof *made);
        return status;
    }
    pool_link_add(context, &made->link);
    *pool = made;
    return WA_OK;
}

uint32_t wa_node_pool_trim(wa_node_pool *pool, uint32_t target_count) {
    uint32_t freed = 0;
    while (pool != NULL && pool->stats.available > target_count && !pool->context->is_in_transaction) {
        graph_node *of = pool->idle_first;
        list_out(&pool->idle_first, of);
        pool->stats.available--;
        free_node(pool, of);
        freed++;
    }
    if (freed > 0) {
        (void)edit_end(pool->context, WA_OK);
    }
    return freed;
}

static void destroy(pool_link *link) {
    wa_node_pool *pool = (wa_node_pool *)link;
    wa_context *context = pool->context;
    pool->is_closing = true;
    (void)wa_node_pool_release_all(pool, NULL);
    (void)wa_context_poll(context, NULL, 0);
    /* Those that render still holds live on without a pool; they go when it lets go. */
    while (pool->in_use_first != NULL) {
        graph_node *of = pool->in_use_first;
        list_out(&pool->in_use_first, of);
        of->pool = NULL;
    }
    (void)wa_node_pool_trim(pool, 0);
    node_snapshot_finish(context, &pool->snapshot);
    memory_give(context->engine, WA_MEMORY_OBJECTS, pool->options, pool->options_bytes);
    pool_link_remove(context, &pool->link);
    memory_give(context->engine, WA_MEMORY_OBJECTS, pool, sizeof *pool);
}

void wa_node_pool_destroy(wa_node_pool *pool) {
    if (pool != NULL) {
        pool_link_destroy(pool->context, &pool->link);
    }
}

/* -- acquire ------------------------------------------------------------------------------------ */

static wa_status run_factory(wa_node_pool *pool, wa_node *made) {
    return pool->desc.factory != NULL
               ? pool->desc.factory(pool->desc.user, pool->context, made)
               : wa_node_create(pool->context, pool->desc.type, pool->options, made);
}

/* A new node of the factory, which must be unconnected, unstarted and nobody else's. */
static wa_status make(wa_node_pool *pool, graph_node **made) {
    wa_node handle = { 0 };
    wa_status status = run_factory(pool, &handle);
    if (status == WA_OK) {
        status = node_resolve(pool->context, handle, 0, "the factory's node", made);
    }
    if (status != WA_OK) {
        return status;
    }
    graph_node *of = *made;
    if (of->pool != NULL || of->is_started || edges_count(of) > 0 || node_is_fixed(pool->context, of)) {
        if (of->pool == NULL && !node_is_fixed(pool->context, of)) {
            (void)node_release(pool->context, of, NULL);
        }
        return error_set(WA_ERR_INVALID_STATE, "the factory's node is connected, started or in a pool");
    }
    if (!pool->has_snapshot) {
        status = node_snapshot_take(pool->context, of, &pool->snapshot);
        pool->has_snapshot = status == WA_OK;
    } else {
        status = node_snapshot_fit(pool->context, of, &pool->snapshot);
    }
    if (status != WA_OK) {
        (void)node_release(pool->context, of, NULL);
        return status;
    }
    pool->stats.created_count++;
    return WA_OK;
}

static void hand_out(wa_node_pool *pool, graph_node *of, bool is_made) {
    undo_record *undo = edit_undo(pool->context, UNDO_POOL_TAKE, of);
    if (undo != NULL) {
        undo->index = is_made;
    }
    of->pool = pool;
    of->life = LIFE_LIVE;
    list_in(&pool->in_use_first, of);
    pool->handed_out++;
    if (++pool->stats.in_use > pool->stats.peak_in_use) {
        pool->stats.peak_in_use = pool->stats.in_use;
    }
}

static wa_status reuse(wa_node_pool *pool, graph_node **taken) {
    wa_context *context = pool->context;
    const wa_status status = edit_reserve(context, 1);
    if (status != WA_OK) {
        return status;
    }
    graph_node *of = pool->idle_first;
    list_out(&pool->idle_first, of);
    pool->stats.available--;
    pool->stats.reused_count++;
    node_ship(context, of);
    *taken = of;
    return WA_OK;
}

static wa_status acquire(wa_node_pool *pool, wa_node *node) {
    if (pool->desc.live_max > 0 && pool->handed_out >= pool->desc.live_max) {
        return error_set(WA_ERR_POOL_FULL, "live_max is %u and that many nodes are handed out",
                         pool->desc.live_max);
    }
    if (pool->idle_first == NULL && !pool->context->is_in_transaction) {
        batches_drain(pool->context);
    }
    graph_node *of = NULL;
    const bool is_made = pool->idle_first == NULL;
    wa_status status = is_made ? make(pool, &of) : reuse(pool, &of);
    if (status == WA_OK && is_made && pool->context->is_in_transaction) {
        status = edit_reserve(pool->context, 1); /* to be undone */
        if (status != WA_OK) {
            (void)node_release(pool->context, of, NULL);
        }
    }
    if (status == WA_OK) {
        hand_out(pool, of, is_made);
        node->id = node_id(pool->context, of);
    }
    return status;
}

wa_status wa_node_pool_acquire(wa_node_pool *pool, wa_node *node) {
    if (pool == NULL || node == NULL) {
        return error_set(WA_ERR_TYPE, "pool or node is NULL");
    }
    return edit_end(pool->context, acquire(pool, node));
}

wa_status wa_node_pool_pre_allocate(wa_node_pool *pool, uint32_t count, uint32_t *ready) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    wa_status status = WA_OK;
    const uint32_t wanted = count < pool->desc.max_size ? count : pool->desc.max_size;
    if (pool->context->is_in_transaction) {
        status = error_set(WA_ERR_INVALID_STATE, "nodes cannot be readied inside a transaction");
    }
    while (pool->stats.available < wanted && status == WA_OK) {
        graph_node *of = NULL;
        status = make(pool, &of);
        if (status == WA_OK && pool->stats.available >= pool->desc.max_size) {
            (void)node_release(pool->context, of, NULL); /* others came back while it was made */
            pool->stats.dropped_count++;
        } else if (status == WA_OK) {
            /* Render hears of it when it is acquired: now it only has to forget it. */
            status = edit_reserve(pool->context, 1);
            if (status == WA_OK) {
                edit_op(pool->context, OP_LEAVE, of);
            }
            of->pool = pool;
            become_idle(pool, of);
        }
        status = edit_end(pool->context, status);
    }
    if (ready != NULL) {
        *ready = (uint32_t)pool->stats.available;
    }
    return status;
}

/* -- release ------------------------------------------------------------------------------------ */

static wa_status give_back(wa_node_pool *pool, graph_node *of, const wa_release_options *options) {
    const wa_status status = node_release(pool->context, of, options);
    if (status == WA_OK) {
        pool->handed_out--;
    }
    return status;
}

static wa_status release(wa_node_pool *pool, wa_node node, const wa_release_options *options) {
    graph_node *of = NULL;
    const wa_status status = node_resolve(pool->context, node, 0, "node", &of);
    if (status != WA_OK) {
        return status;
    }
    return of->pool == pool ? give_back(pool, of, options)
                            : error_set(WA_ERR_FOREIGN_HANDLE, "node is not of this pool");
}

wa_status wa_node_pool_release(wa_node_pool *pool, wa_node node, const wa_release_options *options) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    return edit_end(pool->context, release(pool, node, options));
}

wa_status wa_node_pool_release_all(wa_node_pool *pool, const wa_release_options *options) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    const bool is_own = group_begin(pool->context);
    wa_status status = WA_OK;
    for (graph_node *of = pool->in_use_first; of != NULL && status == WA_OK; of = of->pool_next) {
        if (of->life == LIFE_LIVE) {
            status = give_back(pool, of, options);
        }
    }
    return group_end(pool->context, is_own, status);
}

void wa_node_pool_get_stats(const wa_node_pool *pool, wa_node_pool_stats *stats) {
    if (stats != NULL) {
        *stats = pool != NULL ? pool->stats : (wa_node_pool_stats){ 0 };
    }
}
