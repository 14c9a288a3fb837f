/* The open batch: ops gather, are shipped as one record, and are cleaned up after when render is done. */
#include "context.h"

/* Each call fills chunks of its own. */
enum { LEAVING_CHUNKS = WA_LEAVING_CALLS + WA_LEAVING_EDITS / BATCH_CHUNK_OPS };

static wa_status open_batch(wa_context *context) {
    if (context->open != NULL) {
        return WA_OK;
    }
    wa_status status = slab_reserve(&context->batches, 1);
    if (status != WA_OK) {
        return status;
    }
    status = slab_reserve(&context->chunks, 1);
    if (status != WA_OK) {
        return status;
    }
    batch *made = slab_take(&context->batches);
    made->first = made->last = slab_take(&context->chunks);
    if (++context->batch_number == 0) {
        ++context->batch_number; /* 0 means none */
    }
    made->number = context->batch_number;
    context->open = made;
    return WA_OK;
}

/* Empty chunks wait behind the last one in use. */
static wa_status reserve_ops(wa_context *context, uint32_t more) {
    batch *open = context->open;
    uint32_t room = BATCH_CHUNK_OPS - open->last->count;
    batch_chunk *tail = open->last;
    while (room < more) {
        if (tail->next == NULL) {
            const wa_status status = slab_reserve(&context->chunks, 1);
            if (status != WA_OK) {
                return status;
            }
            tail->next = slab_take(&context->chunks);
        }
        tail = tail->next;
        room += BATCH_CHUNK_OPS;
    }
    return WA_OK;
}

/* What is in the undo log may have to be undone, which takes as much again and a little more. */
static uint32_t undoing_edits(const wa_context *context, uint32_t reserved) {
    return context->is_in_transaction ? 2 * (context->undo.count + reserved) : 0;
}

wa_status edit_reserve_leaving(wa_context *context, uint32_t more) {
    const uint32_t reserved = context->reserved_edits + more;
    const uint32_t undoing = undoing_edits(context, reserved);
    wa_status status = open_batch(context);
    if (status == WA_OK) {
        status = reserve_ops(context, reserved + undoing);
    }
    if (status == WA_OK) {
        status = slab_reserve(&context->garbage, reserved + undoing);
    }
    if (status == WA_OK && context->is_in_transaction) {
        status = vector_reserve(context->engine, &context->undo, reserved);
    }
    if (status == WA_OK && undoing > 0) {
        status = slab_reserve(&context->edges, undoing);
    }
    if (status == WA_OK) {
        context->reserved_edits = reserved;
    }
    return status;
}

wa_status edit_reserve(wa_context *context, uint32_t more) {
    const uint32_t before = context->reserved_edits;
    wa_status status = edit_reserve_leaving(context, more);
    if (status == WA_OK) {
        status = slab_reserve(&context->batches, WA_LEAVING_CALLS);
    }
    if (status == WA_OK) {
        status = slab_reserve(&context->chunks, LEAVING_CHUNKS);
    }
    if (status == WA_OK) {
        status = slab_reserve(&context->garbage, context->reserved_edits +
                                                     undoing_edits(context, context->reserved_edits) +
                                                     WA_LEAVING_EDITS);
    }
    if (status != WA_OK) {
        context->reserved_edits = before;
    }
    return status;
}

uint32_t edit_number(const wa_context *context) {
    assert(context->open != NULL);
    return context->open->number;
}

op *edit_op(wa_context *context, op_kind kind, graph_node *of) {
    batch *open = context->open;
    if (open->last->count == BATCH_CHUNK_OPS) {
        assert(open->last->next != NULL);
        open->last = open->last->next;
    }
    op *added = &open->last->ops[open->last->count++];
    open->op_count++;
    assert(context->reserved_edits > 0);
    context->reserved_edits--;
    *added = (op){ .kind = (uint32_t)kind, .node = of };
    return added;
}

undo_record *edit_undo(wa_context *context, undo_kind kind, graph_node *of) {
    if (!context->is_in_transaction) {
        return NULL;
    }
    undo_record *record = vector_add(&context->undo);
    *record = (undo_record){ .kind = (uint32_t)kind, .node = of };
    return record;
}

static garbage_item *add_garbage(wa_context *context, garbage_kind kind) {
    assert(context->open != NULL);
    garbage_item *item = slab_take(&context->garbage);
    assert(item != NULL);
    item->kind = (uint32_t)kind;
    item->next = context->open->garbage;
    context->open->garbage = item;
    return item;
}

void edit_garbage(wa_context *context, garbage_kind kind, uint32_t type, void *memory, uint64_t bytes) {
    if (memory != NULL) {
        garbage_item *item = add_garbage(context, kind);
        item->type = type;
        item->memory = memory;
        item->bytes = bytes;
    }
}

void edit_garbage_timeline(wa_context *context, timeline_garbage garbage) {
    if (garbage.chunks != NULL) {
        garbage_item *item = add_garbage(context, GARBAGE_TIMELINE);
        item->memory = garbage.chunks;
        item->begin = garbage.begin;
        item->count = garbage.count;
    }
}

void edit_ops_filter(wa_context *context, bool (*keeps)(const wa_context *context, op *of)) {
    batch *open = context->open;
    if (open == NULL) {
        return;
    }
    for (batch_chunk *chunk = open->first; chunk != NULL; chunk = chunk->next) {
        uint32_t kept = 0;
        for (uint32_t index = 0; index < chunk->count; index++) {
            if (keeps(context, &chunk->ops[index])) {
                chunk->ops[kept++] = chunk->ops[index];
            }
        }
        open->op_count -= chunk->count - kept;
        chunk->count = kept;
    }
}

static bool is_not_dropped(const wa_context *context, op *of) {
    return of->node != context->dropped;
}

void edit_ops_drop(wa_context *context, const graph_node *of) {
    context->dropped = of;
    edit_ops_filter(context, is_not_dropped);
    context->dropped = NULL;
}

void config_discard(wa_context *context, uint32_t type, void *config) {
    const wa_node_class *class = node_class((wa_node_type)type);
    if (class->resource_kind != WA_RESOURCE_NONE) {
        node_memory_detach(context, class, config);
        resource_unreference(context->engine, ((const wa_resource_config *)config)->resource);
    }
    slab_give(&context->types[type].configs, config);
}

void config_free(wa_context *context, uint32_t type, void *config) {
    const wa_node_class *class = node_class((wa_node_type)type);
    if (class->config_finish != NULL) {
        class->config_finish(config);
    }
    config_discard(context, type, config);
}

static void free_garbage(wa_context *context, garbage_item *item) {
    switch ((garbage_kind)item->kind) {
    case GARBAGE_MEMORY:
        memory_give(context->engine, (wa_memory_category)item->type, item->memory, item->bytes);
        break;
    case GARBAGE_CONFIG:
        config_free(context, item->type, item->memory);
        break;
    case GARBAGE_NODE:
        node_free(context, item->memory);
        break;
    case GARBAGE_EDGE:
        slab_give(&context->edges, item->memory);
        break;
    case GARBAGE_TIMELINE:
        timeline_garbage_free(context->timelines,
                              (timeline_garbage){ item->memory, item->begin, item->count });
        break;
    }
    slab_give(&context->garbage, item);
}

static void free_batch(wa_context *context, batch *done) {
    while (done->garbage != NULL) {
        garbage_item *item = done->garbage;
        done->garbage = item->next;
        free_garbage(context, item);
    }
    while (done->first != NULL) {
        batch_chunk *chunk = done->first;
        done->first = chunk->next;
        slab_give(&context->chunks, chunk);
    }
    slab_give(&context->batches, done);
}

static bool is_empty(const batch *of) {
    return of == NULL || (of->op_count == 0 && of->garbage == NULL);
}

static void append(batch **first, batch **last, batch *added) {
    *(*last != NULL ? &(*last)->next : first) = added;
    *last = added;
}

/* As many waiting batches into the ring as fit. */
static void pump(wa_context *context) {
    while (context->waiting_first != NULL) {
        batch *next = context->waiting_first->next;
        batch *pushed = context->waiting_first;
        pushed->next = NULL;
        if (!batch_ring_push(&context->ring, pushed)) {
            pushed->next = next;
            return;
        }
        context->waiting_first = next;
        if (next == NULL) {
            context->waiting_last = NULL;
        }
        append(&context->flown_first, &context->flown_last, pushed);
    }
}

static void free_finished(wa_context *context) {
    const uint32_t finished =
        atomic_load_explicit(&context->side.published.finished, memory_order_acquire);
    while (context->flown_first != NULL && finished != 0 &&
           batch_reached(finished, context->flown_first->number)) {
        batch *done = context->flown_first;
        context->flown_first = done->next;
        if (context->flown_first == NULL) {
            context->flown_last = NULL;
        }
        free_batch(context, done);
    }
}

static bool control_applies(const wa_context *context) {
    return atomic_load_explicit(&context->token, memory_order_acquire) == TOKEN_CONTROL;
}

static void take_in(wa_context *context) {
    pump(context);
    while (control_applies(context)) {
        render_apply(&context->side, UINT32_MAX);
        if (context->waiting_first == NULL) {
            streams_prepare(context);
            break;
        }
        pump(context);
    }
    free_finished(context);
    node_memories_drain(context);
}

void batches_hold(wa_context *context) {
    if (!is_empty(context->open)) {
        append(&context->held_first, &context->held_last, context->open);
        context->open = NULL;
    }
}

/* `later` goes on where `into` ends, under its own number: what was to wait for an earlier one is there too. */
static void merge(wa_context *context, batch *into, batch *later) {
    batch_chunk *tail = into->last; /* behind it empty ones, kept for edits that did not come */
    while (tail->next != NULL) {
        tail = tail->next;
    }
    tail->next = later->first;
    into->last = later->last;
    into->number = later->number;
    into->op_count += later->op_count;
    while (later->garbage != NULL) {
        garbage_item *item = later->garbage;
        later->garbage = item->next;
        item->next = into->garbage;
        into->garbage = item;
    }
    slab_give(&context->batches, later);
}

/* All that a flush makes visible is one batch, so that it is heard from the same quantum on. */
static void ship_open(wa_context *context) {
    batches_hold(context);
    batch *shipped = context->held_first;
    if (shipped == NULL) {
        return;
    }
    for (batch *later = shipped->next; later != NULL;) {
        batch *next = later->next;
        merge(context, shipped, later);
        later = next;
    }
    shipped->next = NULL;
    context->held_first = context->held_last = NULL;
    append(&context->waiting_first, &context->waiting_last, shipped);
}

static bool drain_returns(wa_context *context) {
    graph_node *of = NULL;
    return_kind kind = RETURN_ENDED;
    bool is_any = false;
    while (return_ring_pop(&context->returns, &of, &kind)) {
        is_any = true;
        if (kind == RETURN_ENDED) {
            node_ended(context, of);
        } else if (kind == RETURN_UNIT && of->group->is_ring) {
            lifetimes_ring_back(context, of->group);
        } else {
            node_retired(context, of);
        }
    }
    return is_any;
}

static void keep_growth(wa_context *context) {
    room_keep(context);
    slabs_keep(&context->grown_slabs);
    vectors_keep(context->engine, &context->grown_vectors);
}

/* What comes back may lead to new edits (edges of a retired node are cut): ship those too, until all is
 * quiet; or let them wait for the flush with what has been gathered. Ends, since each round retires nodes
 * that were there. */
void batches_drain(wa_context *context) {
    if (context->is_in_transaction) {
        return;
    }
    const bool is_shipping =
        !context->desc.is_gathering || (context->held_first == NULL && is_empty(context->open));
    graph_node *stuck = context->stuck_first;
    context->stuck_first = NULL;
    while (stuck != NULL) {
        graph_node *of = stuck;
        stuck = of->pool_next;
        of->pool_next = NULL;
        node_retired(context, of);
    }
    if (context->is_lifetime_check_due) {
        lifetimes_check(context);
        if (is_shipping) {
            ship_open(context);
        }
    }
    take_in(context);
    while (drain_returns(context) && is_shipping) {
        ship_open(context);
        take_in(context);
    }
    context->reserved_edits = 0;
    keep_growth(context);
}

void batches_flush(wa_context *context) {
    ship_open(context);
    batches_drain(context);
}

void batches_end(wa_context *context) {
    if (context->desc.is_gathering) {
        batches_drain(context);
    } else {
        batches_flush(context);
    }
}

/* Empty chunks that were to be filled by an edit which has failed, and the batch if it has nothing else. */
static void trim_open(wa_context *context) {
    batch *open = context->open;
    if (open == NULL || context->is_in_transaction) {
        return; /* what may have to be undone needs them */
    }
    if (is_empty(open)) {
        free_batch(context, open);
        context->open = NULL;
        return;
    }
    batch_chunk *spare = open->last->next;
    open->last->next = NULL;
    while (spare != NULL) {
        batch_chunk *next = spare->next;
        slab_give(&context->chunks, spare);
        spare = next;
    }
}

/* What a failed edit made to grow, as far as nothing of it is in use. */
static void give_back_growth(wa_context *context) {
    room_give_back(context);
    trim_open(context);
    slabs_give_back(&context->grown_slabs);
    vectors_give_back(context->engine, &context->grown_vectors);
}

wa_status edit_end(wa_context *context, wa_status status) {
    context->reserved_edits = 0;
    resource_unreference(context->engine, context->hrtf);
    context->hrtf = NULL;
    if (status == WA_OK) {
        keep_growth(context);
    } else {
        give_back_growth(context);
    }
    if (context->is_in_transaction) {
        if (status != WA_OK && context->transaction_status == WA_OK) {
            context->transaction_status = status;
        }
        return status;
    }
    if (!context->desc.is_gathering) {
        batches_flush(context);
    }
    return status;
}

static void free_list(wa_context *context, batch *first) {
    while (first != NULL) {
        batch *next = first->next;
        free_batch(context, first);
        first = next;
    }
}

void batches_finish(wa_context *context) {
    free_list(context, context->flown_first);
    free_list(context, context->waiting_first);
    free_list(context, context->held_first);
    if (context->open != NULL) {
        free_batch(context, context->open);
    }
    context->flown_first = context->waiting_first = context->held_first = context->open = NULL;
}
