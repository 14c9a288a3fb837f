/* Transactions: an undo log while one is open. Undoing walks it backwards and restores the control halves; the
 * ops of the open batch are dropped, but for those that only made room, and switches, which are rewritten to
 * what control holds afterwards. */
#include "context.h"

static void undo_edge_add(wa_context *context, const undo_record *record) {
    output_slot *output = &record->node->outputs[record->link.output_index];
    for (edge *each = output->out_first; each != NULL; each = each->out_next) {
        if (each->is_param == record->link.is_param && each->input_index == record->link.input_index &&
            each->target == edge_target(record->link.target, each->is_param)) {
            edge_list_out(context, each);
            each->is_dead = true;
            edit_garbage(context, GARBAGE_EDGE, 0, each, 0);
            levels_disconnect(context, record->node, record->link.target);
            return;
        }
    }
}

/* The old record is killed as planned; a new one takes its place in the order of connection, in the same
 * batch, so that nothing is heard of it. */
static void undo_edge_remove(wa_context *context, const undo_record *record) {
    (void)levels_connect(context, record->node, record->link.target, record->link.is_param);
    edge *made = slab_take(&context->edges);
    assert(made != NULL);
    *made = (edge){ .source = record->node,
                    .target = edge_target(record->link.target, record->link.is_param),
                    .order = record->link.order,
                    .added_batch = edit_number(context),
                    .output_index = record->link.output_index,
                    .input_index = record->link.input_index,
                    .is_param = record->link.is_param };
    edge_list_in(context, made);
    edit_op(context, OP_EDGE_ADD, record->node)->link.edge = made;
}

static void undo_one(wa_context *context, const undo_record *record) {
    graph_node *of = record->node;
    param_slot *slot = NULL;
    switch ((undo_kind)record->kind) {
    case UNDO_NODE_CREATE:
        of->life = LIFE_FREE;
        break;
    case UNDO_EDGE_ADD:
        undo_edge_add(context, record);
        break;
    case UNDO_EDGE_REMOVE:
        undo_edge_remove(context, record);
        break;
    case UNDO_PARAM:
        slot = &of->params[record->index];
        automation_discard(context->timelines, &slot->extra->line, &record->param.line);
        slot->extra->line = record->param.line;
        slot->shown = record->param.shown;
        slot->edit_batch = record->param.edit_batch;
        slot->is_constant = record->param.is_constant;
        break;
    case UNDO_CONFIG:
        config_free(context, of->type, of->config);
        of->config = record->attribute.config;
        of->was_buffer_set = record->attribute.was_buffer_set;
        break;
    case UNDO_MIXING:
        of->mix = record->mix;
        if (of->is_split) {
            of->writer->mix = record->mix;
        }
        break;
    case UNDO_SCHEDULE:
        of->is_started = record->schedule.is_started;
        of->is_ended = record->schedule.is_ended;
        of->has_stop = record->schedule.has_stop;
        break;
    case UNDO_LIFE:
        of->life = record->life;
        if (of->life == LIFE_LIVE) {
            handle_mark_live(&context->types[of->type].handles, of->slot);
            if (of->pool != NULL) {
                ((pool_link *)of->pool)->undo_release(of->pool, of);
            }
        }
        break;
    case UNDO_POOL_TAKE:
        ((pool_link *)of->pool)->undo_take(of->pool, of, record->index != 0);
        break;
    case UNDO_RATE:
        of->params[record->index].rate = record->rate;
        break;
    case UNDO_WHEN_DONE:
        ((pool_link *)of->pool)->undo_when_done(of);
        break;
    }
}

/* Room stays. Edges: what control's lists hold is added, what it has dropped since before is killed. */
static bool survives(const wa_context *context, op *of) {
    switch ((op_kind)of->kind) {
    case OP_LEVELS:
    case OP_PLANES:
    case OP_HEAP:
    case OP_RETURNS:
    case OP_ROWS:
    case OP_LISTENER_ROW:
    case OP_BUCKET:
        return true;
    case OP_NODE_ADD:
        return of->node->type == WA_NODE_TYPE_DELAY_WRITER && of->node->partner->life != LIFE_FREE;
    case OP_CHANNELS:
    case OP_WIDE:
    case OP_PARAM_EXTRA:
        return of->node->life != LIFE_FREE;
    case OP_EDGE_ADD:
        return !of->link.edge->is_dead;
    case OP_EDGE_KILL:
        return of->link.edge->added_batch != edit_number(context);
    case OP_SWITCH:
        of->to = node_switch_of(of->node);
        return of->node->life != LIFE_FREE;
    default:
        return false;
    }
}

static void undo_all(wa_context *context) {
    const undo_record *records = context->undo.items;
    if (context->undo.count == 0) {
        return;
    }
    context->is_in_transaction = false;                /* undoing is not logged */
    context->reserved_edits = 2 * context->undo.count; /* kept by edit_reserve */
    for (uint32_t index = context->undo.count; index > 0; index--) {
        undo_one(context, &records[index - 1]);
    }
    edit_ops_filter(context, survives);
    for (uint32_t index = 0; index < context->undo.count; index++) {
        if (records[index].kind == UNDO_NODE_CREATE) {
            node_free(context, records[index].node);
        }
    }
    context->undo.count = 0;
    context->reserved_edits = 0;
}

/* What the edits superseded is no longer needed. */
static void undo_forget(wa_context *context) {
    const undo_record *records = context->undo.items;
    for (uint32_t index = 0; index < context->undo.count; index++) {
        if (records[index].kind == UNDO_CONFIG) {
            edit_garbage(context, GARBAGE_CONFIG, records[index].node->type,
                         records[index].attribute.config, 0);
        } else if (records[index].kind == UNDO_PARAM) {
            edit_garbage_timeline(context, records[index].param.garbage);
        }
    }
    context->undo.count = 0;
}

wa_status wa_begin(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->is_in_transaction) {
        return error_set(WA_ERR_INVALID_STATE, "a transaction is open; they do not nest");
    }
    batches_hold(context); /* what was gathered before is not part of it */
    context->is_in_transaction = true;
    context->transaction_status = WA_OK;
    context->undo.count = 0;
    return WA_OK;
}

/* What was gathered before a transaction goes with it; when that is undone it goes on waiting. */
static void end_transaction(wa_context *context, bool is_flushing) {
    context->is_in_transaction = false;
    context->reserved_edits = 0;
    if (is_flushing) {
        batches_flush(context);
    } else {
        batches_end(context);
    }
    pool_links_destroy_doomed(context);
}

wa_status wa_rollback(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (!context->is_in_transaction) {
        return error_set(WA_ERR_INVALID_STATE, "no transaction is open");
    }
    undo_all(context);
    end_transaction(context, false);
    return WA_OK;
}

wa_status wa_commit(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (!context->is_in_transaction) {
        return error_set(WA_ERR_INVALID_STATE, "no transaction is open");
    }
    const wa_status status = context->transaction_status;
    if (status != WA_OK) {
        undo_all(context);
    } else {
        undo_forget(context);
    }
    end_transaction(context, status == WA_OK);
    return status;
}

wa_status wa_flush(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->is_in_transaction) {
        return error_set(WA_ERR_INVALID_STATE, "a transaction is open: commit it");
    }
    batches_flush(context);
    return WA_OK;
}

bool group_begin(wa_context *context) {
    if (context->is_in_transaction) {
        return false;
    }
    batches_hold(context);
    context->is_in_transaction = true;
    context->transaction_status = WA_OK;
    context->undo.count = 0;
    context->reserved_edits = 0;
    return true;
}

wa_status group_end(wa_context *context, bool is_own, wa_status status) {
    if (is_own) {
        if (status != WA_OK) {
            undo_all(context);
        } else {
            undo_forget(context);
        }
        context->is_in_transaction = false;
    }
    status = edit_end(context, status);
    if (is_own) {
        pool_links_destroy_doomed(context);
    }
    return status;
}
