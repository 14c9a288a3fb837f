/* Voice pools: a chain of nodes made once from a template, handed out, released and reset as one unit. The
 * members stay connected among themselves while they are idle, so that a note costs one op per node and one
 * connection. */
#include "node_snapshot.h"
#include "voice.h"
#include "voice_template.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct wa_voice_pool {
    pool_link link; /* first: nodes point to it */
    wa_context *context;
    wa_voice_pool_desc desc;
    wa_voice_node nodes[WA_VOICE_NODE_COUNT_MAX];
    wa_voice_edge edges[WA_VOICE_EDGE_COUNT_MAX];
    uint64_t options_bytes[WA_VOICE_NODE_COUNT_MAX];
    void *options[WA_VOICE_NODE_COUNT_MAX];
    node_snapshot snapshots[WA_VOICE_NODE_COUNT_MAX];
    voice_places places;
    bool has_snapshots, is_closing, is_orphan;
    voice *idle_first;
    voice *in_use_first, *in_use_last; /* newest first */
    uint32_t handed_out;
    wa_node_pool_stats stats;
};

static uint64_t voice_bytes(const wa_voice_pool *pool) {
    return sizeof(voice) + pool->desc.node_count * sizeof(graph_node *);
}

static void in_use_add(wa_voice_pool *pool, voice *added) {
    added->prev = NULL;
    added->next = pool->in_use_first;
    *(pool->in_use_first != NULL ? &pool->in_use_first->prev : &pool->in_use_last) = added;
    pool->in_use_first = added;
    added->is_in_use = true;
    added->is_released = added->is_when_done = false;
    pool->handed_out++;
    pool->stats.in_use++;
}

static void peak_update(wa_voice_pool *pool) {
    if (pool->stats.in_use > pool->stats.peak_in_use) {
        pool->stats.peak_in_use = pool->stats.in_use;
    }
}

static void in_use_remove(wa_voice_pool *pool, voice *removed) {
    *(removed->prev != NULL ? &removed->prev->next : &pool->in_use_first) = removed->next;
    *(removed->next != NULL ? &removed->next->prev : &pool->in_use_last) = removed->prev;
    removed->is_in_use = false;
    pool->stats.in_use--;
}

static void idle_add(wa_voice_pool *pool, voice *added) {
    added->next = pool->idle_first;
    pool->idle_first = added;
    pool->stats.available++;
    for (uint32_t index = 0; index < added->group.member_count; index++) {
        added->members[index]->life = LIFE_POOLED;
    }
}

/* -- what comes back ---------------------------------------------------------------------------- */

/* Reserved by the caller: one piece of garbage, since render may still look at the unit. */
static void free_voice(wa_voice_pool *pool, voice *of) {
    wa_context *context = pool->context;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        member->pool = NULL;
        node_retired(context, member);
    }
    edit_garbage(context, GARBAGE_MEMORY, WA_MEMORY_OBJECTS, of, voice_bytes(pool));
}

static bool clean(wa_voice_pool *pool, voice *of) {
    wa_context *context = pool->context;
    if (edit_reserve_leaving(context, voice_edge_count(of)) != WA_OK) {
        return false;
    }
    voice_cut(context, of, VOICE_EXTERNAL_OUTPUTS);
    voice_cut(context, of, VOICE_EXTERNAL_INPUTS);
    if (!voice_is_wired(of, pool->desc.edge_count)) {
        voice_cut(context, of, VOICE_ALL_EDGES);
        if (voice_wire(pool->context, of, pool->edges, pool->desc.edge_count) != WA_OK) {
            return false;
        }
    }
    bool is_clean = true;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        node_forget_events(context, member);
        is_clean &= node_snapshot_restore(context, member, &pool->snapshots[index]) == WA_OK;
        is_clean &= handle_renew(&context->types[member->type].handles, member->slot) != 0;
    }
    is_clean &= voice_places_restore(context, of, &pool->places);
    return is_clean;
}

static void free_pool(wa_voice_pool *pool);

static void orphan_remove(wa_voice_pool *pool) {
    pool_link **link = &pool->context->orphan_first;
    while (*link != &pool->link) {
        link = &(*link)->next;
    }
    *link = pool->link.next;
    free_pool(pool);
}

/* The context goes, and with it the members: only the voices' own memory is left. */
static void free_orphan(pool_link *link) {
    wa_voice_pool *pool = (wa_voice_pool *)link;
    while (pool->in_use_first != NULL) {
        voice *of = pool->in_use_first;
        in_use_remove(pool, of);
        memory_give(pool->context->engine, WA_MEMORY_OBJECTS, of, voice_bytes(pool));
    }
    orphan_remove(pool);
}

static void release_due(wa_voice_pool *pool, voice *of);

static void retired(pool_link *link, graph_node *first) {
    wa_voice_pool *pool = (wa_voice_pool *)link;
    voice *of = (voice *)first->group;
    if (of->is_due && !of->is_released) {
        release_due(pool, of);
        return;
    }
    if (of->is_due) { /* released by its user meanwhile; render has still to say so */
        of->is_due = false;
        return;
    }
    if (edit_reserve_leaving(pool->context, 1) != WA_OK) { /* what free_voice() needs for itself */
        node_stick(pool->context, first);
        return;
    }
    in_use_remove(pool, of);
    if (pool->is_closing || pool->stats.available >= pool->desc.max_size || !clean(pool, of)) {
        pool->stats.dropped_count++;
        free_voice(pool, of);
        if (pool->is_orphan && pool->in_use_first == NULL) {
            orphan_remove(pool);
        }
        return;
    }
    idle_add(pool, of);
}

/* All of its sources that were started have ended; one that has sources has begun. */
static bool is_done(const voice *of) {
    bool has_source = false, has_begun = false;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        const graph_node *member = of->members[index];
        if (member->is_started && !member->is_ended) {
            return false;
        }
        has_source |= (member->class->flags & WA_CLASS_SOURCE) != 0;
        has_begun |= member->is_started;
    }
    return has_begun || !has_source;
}

static wa_status release_voice(wa_voice_pool *pool, voice *of, const wa_release_options *options);

/* Nobody is there to call again: without memory it is tried again at each drain. */
static void release_due(wa_voice_pool *pool, voice *of) {
    const wa_release_options tail = { WA_RELEASE_AFTER_TAIL, 0.0 };
    of->is_due = release_voice(pool, of, pool->is_closing ? NULL : &tail) != WA_OK;
    if (of->is_due) {
        node_stick(pool->context, of->members[0]);
    }
}

static void ended(pool_link *link, graph_node *member) {
    voice *of = (voice *)member->group;
    if (of->is_when_done && !of->is_released && is_done(of)) {
        release_due((wa_voice_pool *)link, of);
    }
}

static void undo_take(pool_link *link, graph_node *first, bool is_made) {
    wa_voice_pool *pool = (wa_voice_pool *)link;
    voice *of = (voice *)first->group;
    in_use_remove(pool, of);
    pool->handed_out--;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        if (is_made) {
            member->pool = NULL;
        } else {
            (void)handle_renew(&pool->context->types[member->type].handles, member->slot);
            (void)node_snapshot_restore(pool->context, member, &pool->snapshots[index]);
        }
    }
    if (is_made) {
        pool->stats.created_count--;
        memory_give(pool->context->engine, WA_MEMORY_OBJECTS, of, voice_bytes(pool));
    } else {
        pool->stats.reused_count--;
        idle_add(pool, of);
    }
}

static void undo_release(pool_link *link, graph_node *member) {
    voice *of = (voice *)member->group;
    if (member == of->members[0]) {
        of->is_released = false;
        ((wa_voice_pool *)link)->handed_out++;
    }
}

static void undo_when_done(graph_node *first) {
    ((voice *)first->group)->is_when_done = false;
}

static void name(const pool_link *link, profile_pool_row *row) {
    const wa_voice_pool *pool = (const wa_voice_pool *)link;
    snprintf(row->name, sizeof row->name, "voices %s x%u", node_class(pool->nodes[0].type)->name,
             pool->desc.node_count);
    row->stats = pool->stats;
}

static const unit *next_voice(const pool_link *link, const unit *after) {
    const wa_voice_pool *pool = (const wa_voice_pool *)link;
    const voice *last = (const voice *)after;
    const voice *next = last != NULL ? last->next : pool->in_use_first;
    if (next == NULL && (last == NULL || last->is_in_use)) {
        next = pool->idle_first;
    }
    return next != NULL ? &next->group : NULL;
}

/* -- create, destroy ---------------------------------------------------------------------------- */

static wa_status copy_template(wa_voice_pool *pool) {
    wa_engine *engine = pool->context->engine;
    if (pool->desc.edge_count > 0) { /* without any the list may be NULL */
        memcpy(pool->edges, pool->desc.edges, pool->desc.edge_count * sizeof pool->edges[0]);
    }
    for (uint32_t index = 0; index < pool->desc.node_count; index++) {
        pool->nodes[index] = pool->desc.nodes[index];
        const void *options = pool->nodes[index].options;
        if (options == NULL) {
            continue;
        }
        char argument[32];
        snprintf(argument, sizeof argument, "nodes[%u].options", index);
        const wa_status status = options_copy(engine, pool->nodes[index].type, options, argument,
                                              &pool->options[index], &pool->options_bytes[index]);
        if (status != WA_OK) {
            return status;
        }
        pool->nodes[index].options = pool->options[index];
    }
    return WA_OK;
}

static void free_pool(wa_voice_pool *pool) {
    wa_engine *engine = pool->context->engine;
    for (uint32_t index = 0; index < pool->desc.node_count; index++) {
        node_snapshot_finish(pool->context, &pool->snapshots[index]);
        memory_give(engine, WA_MEMORY_OBJECTS, pool->options[index], pool->options_bytes[index]);
    }
    memory_give(engine, WA_MEMORY_OBJECTS, pool, sizeof *pool);
}

static void destroy(pool_link *link);

/* One voice is made and kept: so that a template that cannot be made fails here, not at the first note. */
static wa_status make_first(wa_voice_pool *pool);

wa_status wa_voice_pool_create(wa_context *context, const wa_voice_pool_desc *desc,
                               wa_voice_pool **pool) {
    if (context == NULL || desc == NULL || pool == NULL) {
        return error_set(WA_ERR_TYPE, "context, desc or pool is NULL");
    }
    if (context->state == WA_CONTEXT_CLOSED) {
        return error_set(WA_ERR_INVALID_STATE, "the context is closed");
    }
    graph_node *output = NULL;
    wa_status status = voice_template_check(desc);
    if (status == WA_OK && desc->output.id != 0) {
        status = node_resolve(context, desc->output, 0, "output", &output);
    }
    if (status == WA_OK && output != NULL && output->input_count == 0) {
        status =
            error_set(WA_ERR_INDEX_SIZE, "output is a %s, which has no input", output->class->name);
    }
    void *memory = NULL;
    if (status == WA_OK) {
        status =
            memory_take(context->engine, WA_MEMORY_OBJECTS, sizeof **pool, "a voice pool", &memory);
    }
    if (status != WA_OK) {
        return status;
    }
    wa_voice_pool *made = memory;
    made->context = context;
    made->desc = *desc;
    made->link = (pool_link){ .retired = retired,
                              .ended = ended,
                              .undo_take = undo_take,
                              .undo_release = undo_release,
                              .undo_when_done = undo_when_done,
                              .destroy = destroy,
                              .node_count = desc->node_count,
                              .free_orphan = free_orphan,
                              .name = name,
                              .next_voice = next_voice };
    status = copy_template(made);
    if (status == WA_OK) {
        status = make_first(made);
    }
    if (status != WA_OK) {
        free_pool(made);
        return status;
    }
    pool_link_add(context, &made->link);
    *pool = made;
    return WA_OK;
}

static voice *idle_take(wa_voice_pool *pool) {
    voice *of = pool->idle_first;
    pool->idle_first = of->next;
    pool->stats.available--;
    return of;
}

uint32_t wa_voice_pool_trim(wa_voice_pool *pool, uint32_t target_count) {
    uint32_t freed = 0;
    while (pool != NULL && pool->stats.available > target_count && !pool->context->is_in_transaction &&
           edit_reserve_leaving(pool->context, 1) == WA_OK) {
        free_voice(pool, idle_take(pool));
        freed++;
    }
    if (freed > 0) {
        (void)edit_end(pool->context, WA_OK);
    }
    return freed;
}

/* What there is no memory to free or to release now is, at a drain that has some, as if it came back then. */
static void leave_to_drains(wa_voice_pool *pool) {
    for (voice *of = pool->in_use_first; of != NULL; of = of->next) {
        if (!of->is_released && !of->is_due) {
            of->is_due = true;
            node_stick(pool->context, of->members[0]);
        }
    }
    while (pool->idle_first != NULL) {
        voice *of = idle_take(pool);
        in_use_add(pool, of);
        of->is_released = true;
        node_stick(pool->context, of->members[0]);
    }
}

static void destroy(pool_link *link) {
    wa_voice_pool *pool = (wa_voice_pool *)link;
    wa_context *context = pool->context;
    pool->is_closing = true;
    (void)wa_voice_pool_release_all(pool, NULL);
    batches_drain(context);
    (void)wa_voice_pool_trim(pool, 0);
    leave_to_drains(pool);
    pool_link_remove(context, &pool->link);
    if (pool->in_use_first == NULL) {
        free_pool(pool);
    } else { /* render still holds voices: the last one that comes back frees it */
        pool->is_orphan = true;
        pool->link.next = context->orphan_first;
        context->orphan_first = &pool->link;
    }
}

void wa_voice_pool_destroy(wa_voice_pool *pool) {
    if (pool != NULL) {
        pool_link_destroy(pool->context, &pool->link);
    }
}

/* -- acquire ------------------------------------------------------------------------------------ */

static wa_status make_members(wa_voice_pool *pool, voice *of) {
    wa_context *context = pool->context;
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < pool->desc.node_count && status == WA_OK; index++) {
        graph_node *member = NULL;
        status = node_make(context, pool->nodes[index].type, pool->nodes[index].options, &member);
        if (status == WA_OK) {
            status = edit_reserve(context, 3); /* one is for make_idle() */
            if (status != WA_OK) {
                node_unmake(context, member);
                break;
            }
            node_ship(context, member);
            (void)edit_undo(context, UNDO_NODE_CREATE, member);
            of->members[index] = member;
            of->group.member_count++;
            member->group = &of->group;
            member->pool = pool;
            member->pool_index = (uint8_t)index;
        }
    }
    return status == WA_OK ? voice_wire(pool->context, of, pool->edges, pool->desc.edge_count) : status;
}

static wa_status take_snapshots(wa_voice_pool *pool, const voice *of) {
    wa_status status = WA_OK;
    for (uint32_t index = 0; index < pool->desc.node_count && status == WA_OK && !pool->has_snapshots;
         index++) {
        node_snapshot_finish(pool->context, &pool->snapshots[index]);
        status = node_snapshot_take(pool->context, of->members[index], &pool->snapshots[index]);
    }
    if (!pool->has_snapshots && status == WA_OK) {
        voice_places_take(of, &pool->places);
        pool->has_snapshots = true;
    }
    return status;
}

/* Inside a group: its nodes are undone with it. */
static wa_status make(wa_voice_pool *pool, voice **made) {
    void *memory = NULL;
    wa_status status =
        memory_take(pool->context->engine, WA_MEMORY_OBJECTS, voice_bytes(pool), "a voice", &memory);
    if (status != WA_OK) {
        return status;
    }
    voice *of = memory;
    of->group.members = of->members;
    status = make_members(pool, of);
    if (status == WA_OK) {
        status = take_snapshots(pool, of);
    }
    if (status != WA_OK) {
        for (uint32_t index = 0; index < of->group.member_count; index++) {
            of->members[index]->pool = NULL;
            of->members[index]->group = NULL;
        }
        memory_give(pool->context->engine, WA_MEMORY_OBJECTS, of, voice_bytes(pool));
        return status;
    }
    pool->stats.created_count++;
    *made = of;
    return WA_OK;
}

static wa_status make_idle(wa_voice_pool *pool) {
    wa_context *context = pool->context;
    const bool is_own = group_begin(context);
    voice *of = NULL;
    const wa_status status = make(pool, &of);
    if (status == WA_OK) {
        /* Until it is acquired render has only to forget it: a member may sound alone. */
        for (uint32_t index = 0; index < of->group.member_count; index++) {
            edit_op(context, OP_LEAVE, of->members[index]);
        }
        idle_add(pool, of);
    }
    return group_end(context, is_own, status);
}

static wa_status make_first(wa_voice_pool *pool) {
    return pool->context->is_in_transaction
               ? error_set(WA_ERR_INVALID_STATE, "a voice pool cannot be made inside a transaction")
               : make_idle(pool);
}

static wa_status reuse(wa_voice_pool *pool, voice **taken) {
    wa_context *context = pool->context;
    const wa_status status = edit_reserve(context, pool->desc.node_count);
    if (status != WA_OK) {
        return status;
    }
    voice *of = idle_take(pool);
    pool->stats.reused_count++;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        member->life = LIFE_LIVE;
        node_ship(context, member);
    }
    *taken = of;
    return WA_OK;
}

static wa_status take(wa_voice_pool *pool, voice **taken) {
    wa_context *context = pool->context;
    graph_node *output = NULL;
    wa_status status = WA_OK;
    if (pool->desc.output.id != 0) {
        status = node_resolve(context, pool->desc.output, 0, "the pool's output", &output);
    }
    if (status == WA_OK) {
        status = edit_reserve(context, 2);
    }
    voice *of = NULL;
    const bool is_made = pool->idle_first == NULL;
    if (status == WA_OK) {
        status = is_made ? make(pool, &of) : reuse(pool, &of);
    }
    if (status != WA_OK) {
        return status;
    }
    in_use_add(pool, of);
    undo_record *undo = edit_undo(context, UNDO_POOL_TAKE, of->members[0]);
    if (undo != NULL) {
        undo->index = is_made;
    }
    if (output != NULL) {
        status = edge_add(context, of->members[pool->desc.output_node], 0, output, 0, false);
    }
    *taken = of;
    return status;
}

static wa_status make_way(wa_voice_pool *pool) {
    if (pool->desc.live_max == 0 || pool->handed_out < pool->desc.live_max) {
        return WA_OK;
    }
    if (!pool->desc.steal_oldest) {
        return error_set(WA_ERR_POOL_FULL, "live_max is %u and that many voices are handed out",
                         pool->desc.live_max);
    }
    voice *oldest = pool->in_use_last;
    while (oldest != NULL && oldest->is_released) {
        oldest = oldest->prev;
    }
    const wa_release_options fade = { WA_RELEASE_FADE, 0.005 };
    return oldest != NULL ? release_voice(pool, oldest, &fade) : WA_OK;
}

wa_status wa_voice_pool_acquire(wa_voice_pool *pool, wa_voice *handle) {
    if (pool == NULL || handle == NULL) {
        return error_set(WA_ERR_TYPE, "pool or voice is NULL");
    }
    if (pool->idle_first == NULL && !pool->context->is_in_transaction) {
        batches_drain(pool->context);
    }
    const bool is_own = group_begin(pool->context);
    voice *of = NULL;
    wa_status status = make_way(pool);
    if (status == WA_OK) {
        status = take(pool, &of);
    }
    if (status == WA_OK) {
        handle->id = node_id(pool->context, of->members[0]);
        peak_update(pool);
    }
    return group_end(pool->context, is_own, status);
}

wa_status wa_voice_pool_pre_allocate(wa_voice_pool *pool, uint32_t count, uint32_t *ready) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    wa_status status = WA_OK;
    const uint32_t wanted = count < pool->desc.max_size ? count : pool->desc.max_size;
    if (pool->context->is_in_transaction) {
        status = error_set(WA_ERR_INVALID_STATE, "voices cannot be readied inside a transaction");
    }
    while (pool->stats.available < wanted && status == WA_OK) {
        status = make_idle(pool);
    }
    if (ready != NULL) {
        *ready = (uint32_t)pool->stats.available;
    }
    return status;
}

/* -- release ------------------------------------------------------------------------------------ */

static wa_status find(const wa_voice_pool *pool, wa_voice handle, voice **found) {
    graph_node *first = NULL;
    const wa_status status = node_resolve(pool->context, (wa_node){ handle.id }, 0, "voice", &first);
    if (status != WA_OK) {
        return status;
    }
    if (first->pool != pool || first->pool_index != 0) {
        return error_set(WA_ERR_FOREIGN_HANDLE, "voice is not of this pool");
    }
    *found = (voice *)first->group;
    return WA_OK;
}

wa_node wa_voice_node_at(const wa_voice_pool *pool, wa_voice handle, uint32_t node_index) {
    voice *of = NULL;
    if (pool == NULL || node_index >= pool->desc.node_count || find(pool, handle, &of) != WA_OK) {
        return (wa_node){ 0 };
    }
    return (wa_node){ node_id(pool->context, of->members[node_index]) };
}

static void stop_sources(wa_voice_pool *pool, voice *of, double when_s) {
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        if (member->is_started && !member->is_ended && !member->has_stop) {
            source_stop_now(pool->context, member, when_s);
        }
    }
}

static uint32_t fade_outputs(wa_context *context, voice *of, double fade_s) {
    const double wanted = ceil(fade_s * (double)context->desc.sample_rate_hz);
    const uint32_t frames = wanted < 1.0 ? 1 : (uint32_t)wanted;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        for (uint32_t output = 0; output < member->output_count; output++) {
            for (edge *each = member->outputs[output].out_first; each != NULL; each = each->out_next) {
                if (voice_is_external(of, each)) {
                    op *fade = edit_op(context, OP_EDGE_FADE, member);
                    fade->link.edge = each;
                    fade->link.number = frames;
                }
            }
        }
    }
    return frames;
}

static wa_status release_voice(wa_voice_pool *pool, voice *of, const wa_release_options *options) {
    wa_context *context = pool->context;
    wa_release_options checked;
    wa_status status = release_options_check(options, &checked);
    if (status == WA_OK) {
        status =
            edit_reserve_leaving(context, 4 + 2 * voice_edge_count(of) + 2 * of->group.member_count);
    }
    if (status != WA_OK) {
        return status;
    }
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        handle_mark_released(&context->types[member->type].handles, member->slot);
        node_set_life(context, member, LIFE_RETIRING);
    }
    of->is_released = true;
    pool->handed_out--;
    if (checked.mode == WA_RELEASE_NOW) {
        voice_cut(context, of, VOICE_EXTERNAL_OUTPUTS);
        voice_cut(context, of, VOICE_EXTERNAL_INPUTS);
        edit_op(context, OP_UNIT_RETIRE, of->members[0])->group = &of->group;
    } else if (checked.mode == WA_RELEASE_FADE) {
        const uint32_t frames = fade_outputs(context, of, checked.fade_s);
        edit_op(context, OP_UNIT_FADED, of->members[0])->link.number = frames;
    } else {
        if (checked.mode == WA_RELEASE_AFTER_TAIL) {
            stop_sources(pool, of, context_now_s(context) + pool->desc.release_s);
            voice_cut(context, of, VOICE_EXTERNAL_INPUTS);
        }
        edit_op(context, OP_UNIT_ASLEEP, of->members[0])->group = &of->group;
    }
    return WA_OK;
}

wa_status wa_voice_pool_release(wa_voice_pool *pool, wa_voice handle,
                                const wa_release_options *options) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    voice *of = NULL;
    wa_status status = find(pool, handle, &of);
    if (status == WA_OK) {
        status = release_voice(pool, of, options);
    }
    return edit_end(pool->context, status);
}

wa_status wa_voice_pool_release_when_done(wa_voice_pool *pool, wa_voice handle) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    voice *of = NULL;
    wa_status status = find(pool, handle, &of);
    if (status == WA_OK && is_done(of)) {
        const wa_release_options tail = { WA_RELEASE_AFTER_TAIL, 0.0 };
        status = release_voice(pool, of, &tail);
    } else if (status == WA_OK && !of->is_when_done) {
        status = edit_reserve(pool->context, 1);
        if (status == WA_OK) {
            (void)edit_undo(pool->context, UNDO_WHEN_DONE, of->members[0]);
            of->is_when_done = true;
        }
    }
    return edit_end(pool->context, status);
}

wa_status wa_voice_pool_release_all(wa_voice_pool *pool, const wa_release_options *options) {
    if (pool == NULL) {
        return error_set(WA_ERR_TYPE, "pool is NULL");
    }
    const bool is_own = group_begin(pool->context);
    wa_status status = WA_OK;
    for (voice *of = pool->in_use_first; of != NULL && status == WA_OK; of = of->next) {
        if (!of->is_released) {
            status = release_voice(pool, of, options);
        }
    }
    return group_end(pool->context, is_own, status);
}

void wa_voice_pool_get_stats(const wa_voice_pool *pool, wa_node_pool_stats *stats) {
    if (stats != NULL) {
        *stats = pool != NULL ? pool->stats : (wa_node_pool_stats){ 0 };
    }
}
