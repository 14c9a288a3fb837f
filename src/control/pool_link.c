/* The pools of a context, for the snapshot and for BUSY. */
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
    context->pool_count--;
}
