/* The pools of a context, for the snapshot and for BUSY; and those that go when a transaction ends. */
#include "context.h"

void pool_link_add(wa_context *context, pool_link *pool) {
    pool->next = context->pool_first;
    context->pool_first = pool;
    context->pool_count++;
}

void pool_link_remove(wa_context *context, pool_link *pool) {
    pool_link **link = &context->pool_first;
    while (*link != pool) {
        link = &(*link)->next;
    }
    *link = pool->next;
    context->pool_count -= !pool->is_doomed;
}

void pool_link_destroy(wa_context *context, pool_link *pool) {
    if (!context->is_in_transaction) {
        pool->destroy(pool);
    } else if (!pool->is_doomed) {
        pool->is_doomed = true;
        pool->doomed_next = context->doomed_first;
        context->doomed_first = pool;
        context->pool_count--;
    }
}

void pool_links_destroy_doomed(wa_context *context) {
    while (context->doomed_first != NULL) {
        pool_link *pool = context->doomed_first;
        context->doomed_first = pool->doomed_next;
        pool->destroy(pool);
    }
}

wa_status wa_context_destroy_pools(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->is_in_transaction) {
        return error_set(WA_ERR_INVALID_STATE,
                         "a transaction is open: its end decides which pools there are");
    }
    while (context->pool_first != NULL) {
        pool_link_destroy(context, context->pool_first);
    }
    return WA_OK;
}
