/* Connections: the specification's overloads of connect and disconnect, over one add and one remove. */
#include "context.h"

/* -- the control halves' lists ------------------------------------------------------------------ */

static edge **in_list(const edge *of) {
    return of->is_param ? &of->target->params[of->input_index].extra->in_first
                        : &of->target->inputs[of->input_index].in_first;
}

void edge_list_in(wa_context *context, edge *of) {
    output_slot *output = &of->source->outputs[of->output_index];
    edge *single = single_edge(output), **first = in_list(of);
    of->out_prev = of->in_prev = NULL;
    of->out_next = output->out_first;
    of->in_next = *first;
    if (output->out_first != NULL) {
        output->out_first->out_prev = of;
    }
    if (*first != NULL) {
        (*first)->in_prev = of;
    }
    output->out_first = *first = of;
    output->edge_count++;
    if (!of->is_param) {
        output->audio_edge_count++;
        of->target->inputs[of->input_index].edge_count++;
    }
    planes_single_changed(context, output, single, single_edge(output));
}

void edge_list_out(wa_context *context, edge *of) {
    output_slot *output = &of->source->outputs[of->output_index];
    edge *single = single_edge(output), **first = in_list(of);
    if (single != NULL) {
        planes_single_changed(context, output, single, NULL);
    }
    *(of->out_prev != NULL ? &of->out_prev->out_next : &output->out_first) = of->out_next;
    if (of->out_next != NULL) {
        of->out_next->out_prev = of->out_prev;
    }
    *(of->in_prev != NULL ? &of->in_prev->in_next : first) = of->in_next;
    if (of->in_next != NULL) {
        of->in_next->in_prev = of->in_prev;
    }
    output->edge_count--;
    if (!of->is_param) {
        output->audio_edge_count--;
        of->target->inputs[of->input_index].edge_count--;
    }
    if (single_edge(output) != NULL) {
        planes_single_changed(context, output, NULL, single_edge(output));
    }
}

/* -- one edge ----------------------------------------------------------------------------------- */

typedef struct link {
    graph_node *source, *target; /* target as the caller names it: never a delay's writer */
    uint32_t output_index, input_index;
    bool is_param;
} link;

static bool is_link(const edge *of, const link *wanted) {
    return of->is_param == wanted->is_param && of->output_index == wanted->output_index &&
           of->input_index == wanted->input_index &&
           of->target == edge_target(wanted->target, wanted->is_param);
}

static edge *find(const link *wanted) {
    for (edge *each = wanted->source->outputs[wanted->output_index].out_first; each != NULL;
         each = each->out_next) {
        if (is_link(each, wanted)) {
            return each;
        }
    }
    return NULL;
}

/* What is large comes last, so that nothing has to be given back but by who took it. */
static wa_status make_room(wa_context *context, const link *wanted) {
    wa_status status = edit_reserve(context, 2);
    if (status == WA_OK && wanted->is_param) {
        status = param_extra_reserve(context, wanted->target, wanted->input_index);
    }
    return status == WA_OK ? levels_connect(context, wanted->source, wanted->target, wanted->is_param)
                           : status;
}

/* The connection is listed already, and counts. */
static wa_status make_large_room(wa_context *context, const link *wanted) {
    graph_node *reached = edge_target(wanted->target, false);
    const uint32_t width = wanted->source->outputs[wanted->output_index].width;
    const wa_status status =
        wanted->is_param ? WA_OK : bounds_raise(context, reached, wanted->input_index, width);
    return status == WA_OK ? room_for_planes(context) : status;
}

/* Reserved: what it ships. Not listed if that fails. */
static wa_status list_edge(wa_context *context, const link *wanted, edge *made) {
    graph_node *target = wanted->target;
    const bool is_extra_made =
        wanted->is_param && param_extra_make(context, target, wanted->input_index);
    *made = (edge){ .source = wanted->source,
                    .target = edge_target(target, wanted->is_param),
                    .order = ++context->edge_order,
                    .output_index = (uint16_t)wanted->output_index,
                    .input_index = (uint16_t)wanted->input_index,
                    .is_param = wanted->is_param };
    edge_list_in(context, made);
    const wa_status status = make_large_room(context, wanted);
    if (status != WA_OK) {
        edge_list_out(context, made);
        if (is_extra_made) {
            param_extra_unmake(context, target, wanted->input_index);
        }
    } else if (is_extra_made) {
        param_extra_ship(context, target, wanted->input_index);
    }
    return status;
}

wa_status edge_add(wa_context *context, graph_node *source, uint32_t output_index, graph_node *target,
                   uint32_t input_index, bool is_param) {
    const link wanted = { source, target, output_index, input_index, is_param };
    if (find(&wanted) != NULL) {
        return WA_OK;
    }
    wa_status status = slab_reserve(&context->edges, 1);
    if (status != WA_OK) {
        return status;
    }
    edge *made = slab_take(&context->edges);
    status = make_room(context, &wanted);
    if (status == WA_OK) {
        status = list_edge(context, &wanted, made);
    }
    if (status != WA_OK) {
        slab_give(&context->edges, made);
        levels_disconnect(context, source, target);
        return status;
    }
    made->added_batch = edit_number(context);
    edit_op(context, OP_EDGE_ADD, source)->link.edge = made;
    undo_record *undo = edit_undo(context, UNDO_EDGE_ADD, source);
    if (undo != NULL) {
        undo->link.target = target;
        undo->link.output_index = made->output_index;
        undo->link.input_index = made->input_index;
        undo->link.is_param = is_param;
    }
    return WA_OK;
}

/* Reserved by the caller: one op, one undo record, one piece of garbage. */
void edge_remove(wa_context *context, edge *of) {
    graph_node *source = of->source, *target = of->target;
    undo_record *undo = edit_undo(context, UNDO_EDGE_REMOVE, source);
    if (undo != NULL) {
        undo->link.target = target->type == WA_NODE_TYPE_DELAY_WRITER ? target->partner : target;
        undo->link.order = of->order;
        undo->link.output_index = of->output_index;
        undo->link.input_index = of->input_index;
        undo->link.is_param = of->is_param;
    }
    edge_list_out(context, of);
    of->is_dead = true;
    edit_op(context, OP_EDGE_KILL, source)->link.edge = of;
    edit_garbage(context, GARBAGE_EDGE, 0, of, 0);
    levels_disconnect(context, source, target);
    node_check_dropped(context, target);
}

uint32_t edges_count(const graph_node *of) {
    uint32_t count = 0;
    for (uint32_t index = 0; index < of->output_count; index++) {
        count += of->outputs[index].edge_count;
    }
    for (uint32_t index = 0; index < of->input_count; index++) {
        count += of->inputs[index].edge_count;
    }
    for (uint32_t index = 0; index < of->param_count; index++) {
        const param_extra *extra = of->params[index].extra;
        for (const edge *each = extra ? extra->in_first : NULL; each != NULL; each = each->in_next) {
            count++;
        }
    }
    return count + (of->is_split ? of->writer->inputs[0].edge_count : 0);
}

/* A delay that is apart first: when its cycle opens, what its writer still has moves to the delay itself. */
void edges_cut_inputs(wa_context *context, graph_node *of) {
    while (of->is_split && of->writer->inputs[0].in_first != NULL) {
        edge_remove(context, of->writer->inputs[0].in_first);
    }
    for (uint32_t index = 0; index < of->input_count; index++) {
        while (of->inputs[index].in_first != NULL) {
            edge_remove(context, of->inputs[index].in_first);
        }
    }
}

void edges_cut_params(wa_context *context, graph_node *of) {
    for (uint32_t index = 0; index < of->param_count; index++) {
        while (of->params[index].extra != NULL && of->params[index].extra->in_first != NULL) {
            edge_remove(context, of->params[index].extra->in_first);
        }
    }
}

void edges_cut_outputs(wa_context *context, graph_node *of) {
    for (uint32_t index = 0; index < of->output_count; index++) {
        while (of->outputs[index].out_first != NULL) {
            edge_remove(context, of->outputs[index].out_first);
        }
    }
}

/* -- public: connect ---------------------------------------------------------------------------- */

static wa_status check_output(const graph_node *source, uint32_t output_index) {
    return output_index < source->output_count
               ? WA_OK
               : error_set(WA_ERR_INDEX_SIZE, "output_index is %u, %s has %u outputs", output_index,
                           source->class->name, source->output_count);
}

wa_status wa_node_connect_ports(wa_context *context, wa_node source, uint32_t output_index,
                                wa_node destination, uint32_t input_index) {
    graph_node *from = NULL, *to = NULL;
    wa_status status = node_resolve(context, source, 0, "source", &from);
    if (status == WA_OK) {
        status = node_resolve(context, destination, 0, "destination", &to);
    }
    if (status == WA_OK) {
        status = check_output(from, output_index);
    }
    if (status == WA_OK && input_index >= to->input_count) {
        status = error_set(WA_ERR_INDEX_SIZE, "input_index is %u, %s has %u inputs", input_index,
                           to->class->name, to->input_count);
    }
    if (status == WA_OK) {
        status = edge_add(context, from, output_index, to, input_index, false);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_node_connect(wa_context *context, wa_node source, wa_node destination) {
    return wa_node_connect_ports(context, source, 0, destination, 0);
}

static wa_status resolve_param(const wa_context *context, wa_param param, graph_node **found) {
    wa_status status = node_resolve(context, param.node, 0, "param", found);
    if (status == WA_OK && param.index >= (*found)->param_count) {
        status = error_set(WA_ERR_INDEX_SIZE, "param.index is %u, %s has %u params", param.index,
                           (*found)->class->name, (*found)->param_count);
    }
    return status;
}

wa_status wa_node_connect_param(wa_context *context, wa_node source, uint32_t output_index,
                                wa_param param) {
    graph_node *from = NULL, *to = NULL;
    wa_status status = node_resolve(context, source, 0, "source", &from);
    if (status == WA_OK) {
        status = resolve_param(context, param, &to);
    }
    if (status == WA_OK) {
        status = check_output(from, output_index);
    }
    if (status == WA_OK) {
        status = edge_add(context, from, output_index, to, param.index, true);
    }
    return context == NULL ? status : edit_end(context, status);
}

/* -- public: disconnect ------------------------------------------------------------------------- */

#define ANY UINT32_MAX

/* Which of a source's edges go: ANY matches every index, target NULL every target. */
typedef struct cut {
    const graph_node *target;
    uint32_t output_index, input_index;
    bool is_param, is_any_kind;
} cut;

static bool is_cut(const edge *of, const cut *wanted) {
    return (wanted->is_any_kind || of->is_param == wanted->is_param) &&
           (wanted->target == NULL || of->target == wanted->target ||
            (wanted->target->is_split && !of->is_param && of->target == wanted->target->writer)) &&
           (wanted->output_index == ANY || of->output_index == wanted->output_index) &&
           (wanted->input_index == ANY || of->input_index == wanted->input_index);
}

static uint32_t count_cut(const graph_node *source, const cut *wanted) {
    uint32_t count = 0;
    for (uint32_t index = 0; index < source->output_count; index++) {
        for (const edge *each = source->outputs[index].out_first; each != NULL; each = each->out_next) {
            count += is_cut(each, wanted);
        }
    }
    return count;
}

static wa_status cut_edges(wa_context *context, graph_node *source, const cut *wanted) {
    const uint32_t count = count_cut(source, wanted);
    if (count == 0 && wanted->target != NULL) {
        return error_set(WA_ERR_INVALID_ACCESS, "%s is not connected to that %s of %s",
                         source->class->name, wanted->is_param ? "param" : "input",
                         wanted->target->class->name);
    }
    /* Cutting may end the life of dropped nodes behind: room for one op each is taken as it comes. */
    const wa_status status = edit_reserve_leaving(context, count);
    if (status != WA_OK) {
        return status;
    }
    for (uint32_t index = 0; index < source->output_count; index++) {
        edge *next = NULL;
        for (edge *each = source->outputs[index].out_first; each != NULL; each = next) {
            next = each->out_next;
            if (is_cut(each, wanted)) {
                edge_remove(context, each);
            }
        }
    }
    return WA_OK;
}

static wa_status disconnect(wa_context *context, wa_node source, const wa_node *destination,
                            const wa_param *param, cut wanted) {
    graph_node *from = NULL, *to = NULL;
    wa_status status = node_resolve(context, source, 0, "source", &from);
    if (status == WA_OK && wanted.output_index != ANY) {
        status = check_output(from, wanted.output_index);
    }
    if (status == WA_OK && destination != NULL) {
        status = node_resolve(context, *destination, 0, "destination", &to);
    }
    if (status == WA_OK && destination != NULL && wanted.input_index != ANY &&
        wanted.input_index >= to->input_count) {
        status = error_set(WA_ERR_INDEX_SIZE, "input_index is %u, %s has %u inputs", wanted.input_index,
                           to->class->name, to->input_count);
    }
    if (status == WA_OK && param != NULL) {
        status = resolve_param(context, *param, &to);
    }
    if (status == WA_OK) {
        wanted.target = to;
        status = cut_edges(context, from, &wanted);
    }
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_node_disconnect(wa_context *context, wa_node source) {
    return disconnect(context, source, NULL, NULL, (cut){ NULL, ANY, ANY, false, true });
}

wa_status wa_node_disconnect_output(wa_context *context, wa_node source, uint32_t output_index) {
    return disconnect(context, source, NULL, NULL, (cut){ NULL, output_index, ANY, false, true });
}

wa_status wa_node_disconnect_node(wa_context *context, wa_node source, wa_node destination) {
    return disconnect(context, source, &destination, NULL, (cut){ NULL, ANY, ANY, false, false });
}

wa_status wa_node_disconnect_node_output(wa_context *context, wa_node source, uint32_t output_index,
                                         wa_node destination) {
    return disconnect(context, source, &destination, NULL,
                      (cut){ NULL, output_index, ANY, false, false });
}

wa_status wa_node_disconnect_ports(wa_context *context, wa_node source, uint32_t output_index,
                                   wa_node destination, uint32_t input_index) {
    return disconnect(context, source, &destination, NULL,
                      (cut){ NULL, output_index, input_index, false, false });
}

wa_status wa_node_disconnect_param(wa_context *context, wa_node source, wa_param param) {
    return disconnect(context, source, NULL, &param, (cut){ NULL, ANY, param.index, true, false });
}

wa_status wa_node_disconnect_param_output(wa_context *context, wa_node source, uint32_t output_index,
                                          wa_param param) {
    return disconnect(context, source, NULL, &param,
                      (cut){ NULL, output_index, param.index, true, false });
}
