/* Batches: staged unseen, applied by storing a number, tidied up late. See boundary/batch.h. */
#include "retire.h"
#include <math.h>
#include <string.h>

static void reset_params(graph_node *of) {
    for (uint32_t index = 0; index < of->param_count; index++) {
        param_slot *slot = &of->params[index];
        slot->value = param_in_range(of, index, slot->initial);
        slot->is_k_rate = slot->is_initially_k;
        slot->next_rate = 0;
        if (slot->has_extra) {
            param_extra *extra = slot->extra;
            extra->applied = (timeline){ .base_value = (double)slot->initial };
            extra->next = NULL;
            extra->cursor = (timeline_cursor){ 0 };
        }
    }
}

static void stage_node_add(render *side, const op *of) {
    graph_node *added = of->node;
    assert((added->flags & NODE_AWAKE) == 0);
    added->now = of->to;
    added->next = NULL;
    added->flags = (of->to.is_muted ? NODE_MUTED : 0) |
                   ((added->class->flags & WA_CLASS_BEGINS_ACTIVE) != 0 ? NODE_HAS_TAIL : 0);
    added->start_frame = added->stop_frame = INFINITY;
    added->next_stop = NULL;
    added->processed_until = side->frame;
    atomic_store_explicit(&added->cost_ns, 0.0f, memory_order_relaxed);
    atomic_store_explicit(&added->cost_count, 0, memory_order_relaxed);
    node_show(added);
    if (added->class->reset != NULL) {
        added->class->reset(added->now.config, added->state, side->sample_rate_hz);
    }
    reset_params(added);
    for (uint32_t index = 0; index < added->output_count; index++) {
        added->outputs[index].channel_count = 0;
    }
}

static void stage_edge_add(const op *of, uint32_t number) {
    edge *added = of->link.edge;
    output_slot *output = &added->source->outputs[added->output_index];
    added->born = number;
    added->dies = 0;
    added->fade_left = added->fade_total = 0;
    added->is_fade_staged = false;
    added->is_linked = true;
    added->link_prev = NULL;
    added->link_next = output->link_first;
    if (output->link_first != NULL) {
        output->link_first->link_prev = added;
    }
    output->link_first = added;
    if ((added->source->flags & NODE_SOUNDS) != 0) {
        active_edge_begin(added);
    }
}

static void unlink_edge(edge *left) {
    active_edge_end(left);
    if (!left->is_linked) {
        return;
    }
    left->is_linked = false;
    if (left->link_prev != NULL) {
        left->link_prev->link_next = left->link_next;
    } else {
        left->source->outputs[left->output_index].link_first = left->link_next;
    }
    if (left->link_next != NULL) {
        left->link_next->link_prev = left->link_prev;
    }
}

static void stage_start(render *side, const op *of) {
    graph_node *source = of->node;
    source->start_frame = of->schedule.start_frame;
    source->stop_frame = of->schedule.stop_frame;
    source->next_stop = NULL;
    source->flags |= NODE_START_STAGED;
    heap_insert(side, source);
}

/* It has ended or never began, so nothing is heard of this. */
static void stage_rearm(render *side, const op *of) {
    graph_node *source = of->node;
    source->flags &= ~(uint32_t)(NODE_ENDED | NODE_PLAYING);
    node_show(source);
    source->start_frame = source->stop_frame = INFINITY;
    source->next_stop = NULL;
    if (source->class->reset != NULL) {
        source->class->reset(source->now.config, source->state, side->sample_rate_hz);
    }
}

static void stage_fade(const op *of) {
    edge *faded = of->link.edge;
    faded->fade_left = faded->fade_total = of->link.number;
    faded->is_fade_staged = true;
}

static void stage_levels(render *side, const op *of) {
    level_record *levels = of->room.memory;
    uint64_t *bits = (uint64_t *)(void *)(levels + of->room.count);
    if (side->levels != NULL) {
        memcpy(levels, side->levels, side->level_capacity * sizeof *levels);
        memcpy(bits, side->level_bits, side->level_capacity / 64 * sizeof *bits);
    }
    side->levels = levels;
    side->level_bits = bits;
    side->level_capacity = of->room.count;
}

static void stage_planes(render *side, const op *of) {
    plane_segment *segment = of->room.memory;
    segment->next = side->segment;
    side->segment = segment;
}

/* Memory that control has provided: for good, whatever becomes of the edit. */
static void stage_room(render *side, const op *of) {
    switch ((op_kind)of->kind) {
    case OP_BUCKET:
        active_link_bucket(side, of->place.bucket);
        break;
    case OP_LEVELS:
        stage_levels(side, of);
        break;
    case OP_PLANES:
        stage_planes(side, of);
        break;
    case OP_HEAP:
        side->heap = of->room.memory;
        side->heap_capacity = of->room.count;
        break;
    case OP_RETURNS:
        return_ring_insert(side->returns, of->room.memory);
        break;
    case OP_LISTENER_ROW:
        side->listener_rows[of->room.count] = of->room.memory;
        break;
    case OP_ROWS:
        side->rows = of->room.memory;
        side->row_capacity = of->room.count;
        break;
    default:
        break;
    }
}

static void stage_op(render *side, const op *of, uint32_t number) {
    switch ((op_kind)of->kind) {
    case OP_NODE_ADD:
        stage_node_add(side, of);
        break;
    case OP_SWITCH:
        active_fold(side, of->node);
        of->node->next = &of->to;
        break;
    case OP_CHANNELS:
        of->node->channels = of->channels.table;
        of->node->channel_capacity = (uint8_t)of->channels.capacity;
        break;
    case OP_WIDE:
        of->node->outputs[of->index].has_wide = true;
        break;
    case OP_EDGE_ADD:
        stage_edge_add(of, number);
        break;
    case OP_EDGE_KILL:
        of->link.edge->dies = number;
        break;
    case OP_PARAM_EXTRA:
        of->extra->applied = (timeline){ .base_value = (double)of->node->params[of->index].initial };
        of->node->params[of->index].has_extra = true;
        break;
    case OP_EDGE_FADE:
        stage_fade(of);
        break;
    case OP_PARAM_LINE:
        of->node->params[of->index].extra->next = &of->line;
        break;
    case OP_PARAM_RATE:
        of->node->params[of->index].next_rate = of->rate;
        break;
    case OP_START:
        stage_start(side, of);
        break;
    case OP_STOP:
        of->node->next_stop = &of->schedule.stop_frame;
        break;
    case OP_REARM:
        stage_rearm(side, of);
        break;
    case OP_LEAVE:
        of->node->flags |= NODE_LEAVING;
        break;
    default:
        stage_room(side, of);
        break;
    }
}

static void late_edge_add(render *side, const op *of) {
    edge *added = of->link.edge;
    if (added->is_active && !added->is_param) {
        active_wake(side, added->target);
    }
}

static void late_stop(render *side, graph_node *of) {
    source_fold_stop(side, of);
    if (of->heap_index != 0) { /* it may be over before it begins, or no longer */
        heap_remove(side, of);
        heap_insert(side, of);
    }
}

static void late_wake(render *side, graph_node *of) {
    if ((of->flags & NODE_GONE) == 0) {
        of->flags |= NODE_HAS_TAIL;
        active_wake(side, of);
    }
}

static bool has_reason_to_play(const render *side, const graph_node *of) {
    return (of->flags & NODE_HAS_TAIL) != 0 || (of->class->flags & WA_CLASS_ALWAYS_ON) != 0 ||
           gather_has_active_input(side, of) || sounds_alone(of);
}

/* Muted it slept, however much went on at its inputs; nobody may look at it again unless it is woken. The new
 * config may be one that sounds alone. */
static void late_switch(render *side, graph_node *of) {
    active_fold(side, of);
    const bool is_asleep = (of->flags & (NODE_MUTED | NODE_AWAKE | NODE_GONE)) == 0;
    if (is_asleep && has_reason_to_play(side, of)) {
        active_wake(side, of);
    }
}

static void late_op(render *side, const op *of) {
    switch ((op_kind)of->kind) {
    case OP_NODE_ADD:
        if ((of->node->class->flags & WA_CLASS_BEGINS_ACTIVE) != 0) {
            of->node->flags |= NODE_HAS_TAIL; /* lost when it left */
        }
        if ((of->node->class->flags & (WA_CLASS_ALWAYS_ON | WA_CLASS_BEGINS_ACTIVE)) != 0 ||
            sounds_alone(of->node)) {
            active_wake(side, of->node);
        }
        break;
    case OP_SWITCH:
        late_switch(side, of->node);
        break;
    case OP_EDGE_ADD:
        late_edge_add(side, of);
        break;
    case OP_EDGE_KILL:
        unlink_edge(of->link.edge);
        break;
    case OP_EDGE_FADE:
        (void)edge_fades(side, of->link.edge);
        break;
    case OP_PARAM_LINE:
        param_fold_line(side, of->node->params[of->index].extra);
        break;
    case OP_PARAM_RATE:
        param_fold_rate(side, &of->node->params[of->index]);
        break;
    case OP_START:
        of->node->flags &= ~(uint32_t)NODE_START_STAGED;
        break;
    case OP_STOP:
        late_stop(side, of->node);
        break;
    case OP_WAKE:
        late_wake(side, of->node);
        break;
    case OP_RETIRE:
        retire_node(side, of->node);
        break;
    case OP_LEAVE:
        if ((of->node->flags & NODE_LEAVING) != 0) {
            retire_quietly(side, of->node);
        }
        break;
    case OP_RETIRE_ASLEEP:
        retire_when_asleep(side, of->node);
        break;
    case OP_RETIRE_FADED:
        retire_at(side, of->node, side->frame + of->link.number);
        break;
    case OP_UNIT_JOIN:
        retire_join_ring(of->node, of->group);
        break;
    case OP_UNIT_ASLEEP:
        retire_unit_when_asleep(side, of->group);
        break;
    case OP_UNIT_FADED:
        retire_unit_at(side, of->node->group, side->frame + of->link.number);
        break;
    case OP_UNIT_RETIRE:
        retire_unit(side, of->group);
        break;
    default:
        break;
    }
}

/* One pass, staging or late, as far as the limit goes. True: the pass is complete. */
static bool run_pass(render *side, uint32_t *limit) {
    while (side->staged_chunk != NULL) {
        batch_chunk *chunk = side->staged_chunk;
        for (; side->staged_index < chunk->count; side->staged_index++) {
            if (*limit == 0) {
                return false;
            }
            --*limit;
            const op *each = &chunk->ops[side->staged_index];
            if (side->is_late) {
                late_op(side, each);
            } else {
                stage_op(side, each, side->staged->number);
            }
        }
        side->staged_chunk = chunk->next;
        side->staged_index = 0;
    }
    return true;
}

/* Their frame came while their batch was staged; they are due now. */
static void start_early_sources(render *side) {
    while (side->early_first != NULL) {
        graph_node *source = side->early_first;
        side->early_first = source->list_next;
        heap_insert(side, source);
    }
}

void render_apply(render *side, uint32_t op_limit) {
    for (;;) {
        if (side->staged == NULL) {
            side->staged = batch_ring_pop(side->ring);
            if (side->staged == NULL) {
                return;
            }
            side->staged_chunk = side->staged->first;
            side->staged_index = 0;
            side->is_late = false;
        }
        if (!run_pass(side, &op_limit)) {
            return;
        }
        if (!side->is_late) {
            side->is_late = true;
            side->applied = side->staged->number;
            start_early_sources(side);
            side->staged_chunk = side->staged->first;
            side->staged_index = 0;
            continue;
        }
        atomic_store_explicit(&side->published.finished, side->staged->number, memory_order_release);
        side->staged = NULL;
    }
}
