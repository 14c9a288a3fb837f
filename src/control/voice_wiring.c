/* The connections of a voice: among its members, and with everything else; see voice.h. */
#include "voice.h"

/* A delay that is apart has its inputs at its writer, which is of no group. */
static const unit *group_of(const graph_node *of) {
    return of->partner != NULL ? of->partner->group : of->group;
}

bool voice_is_external(const voice *of, const edge *each) {
    return group_of(each->source) != &of->group || group_of(each->target) != &of->group;
}

static edge *find(const voice *of, edge *first, bool is_out, voice_edges wanted) {
    while (first != NULL && wanted != VOICE_ALL_EDGES && !voice_is_external(of, first)) {
        first = is_out ? first->out_next : first->in_next;
    }
    return first;
}

/* Each is looked for from the start: where a cycle opens, the connections of its delays are made anew. */
static void cut_outputs(wa_context *context, const voice *of, graph_node *member, voice_edges wanted) {
    for (uint32_t output = 0; output < member->output_count; output++) {
        edge *found = NULL;
        while ((found = find(of, member->outputs[output].out_first, true, wanted)) != NULL) {
            edge_remove(context, found);
        }
    }
}

static void cut_inputs(wa_context *context, const voice *of, graph_node *member, voice_edges wanted) {
    for (uint32_t input = 0; input < member->input_count; input++) {
        edge *found = NULL;
        while ((found = find(of, edge_target(member, false)->inputs[input].in_first, false, wanted)) !=
               NULL) {
            edge_remove(context, found);
        }
    }
    for (uint32_t param = 0; param < member->param_count; param++) {
        const param_extra *extra = member->params[param].extra;
        edge *found = NULL;
        while (extra != NULL && (found = find(of, extra->in_first, false, wanted)) != NULL) {
            edge_remove(context, found);
        }
    }
}

void voice_cut(wa_context *context, const voice *of, voice_edges wanted) {
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        if (wanted != VOICE_EXTERNAL_INPUTS) {
            cut_outputs(context, of, of->members[index], wanted);
        }
        if (wanted != VOICE_EXTERNAL_OUTPUTS) {
            cut_inputs(context, of, of->members[index], wanted);
        }
    }
}

uint32_t voice_edge_count(const voice *of) {
    uint32_t count = 0;
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        count += edges_count(of->members[index]);
    }
    return count;
}

/* A connection keeps its place in the order for as long as it is there, so that those of the template are known
 * by it. Each is met twice, at its source and at its target. */
bool voice_is_wired(const voice *of, uint32_t edge_count) {
    if (voice_edge_count(of) != 2 * edge_count) {
        return false;
    }
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        const graph_node *member = of->members[index];
        for (uint32_t output = 0; output < member->output_count; output++) {
            for (const edge *each = member->outputs[output].out_first; each != NULL;
                 each = each->out_next) {
                if (each->order < of->first_order || each->order >= of->first_order + edge_count) {
                    return false;
                }
            }
        }
    }
    return true;
}

wa_status voice_wire(wa_context *context, voice *of, const wa_voice_edge *edges, uint32_t edge_count) {
    wa_status status = WA_OK;
    of->first_order = context->edge_order + 1;
    for (uint32_t index = 0; index < edge_count && status == WA_OK; index++) {
        const wa_voice_edge *each = &edges[index];
        graph_node *source = of->members[each->source], *target = of->members[each->destination];
        const uint32_t ports = each->is_param ? target->param_count : target->input_count;
        if (each->output_index >= source->output_count || each->input_index >= ports) {
            return error_set(WA_ERR_INDEX_SIZE, "edges[%u]: %s has no output %u, or %s no %s %u", index,
                             source->class->name, each->output_index, target->class->name,
                             each->is_param ? "param" : "input", each->input_index);
        }
        status =
            edge_add(context, source, each->output_index, target, each->input_index, each->is_param);
    }
    return status;
}

void voice_places_take(const voice *of, voice_places *places) {
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        const graph_node *member = of->members[index];
        places->level[index] = member->level;
        places->writer_level[index] = member->writer != NULL ? member->writer->level : 0;
        places->is_split[index] = member->is_split;
        places->is_muted[index] = member->is_muted;
    }
}

static bool set_level(wa_context *context, graph_node *of, uint32_t level) {
    bucket *place = NULL;
    if (bucket_for(context, level, of->type, &place) != WA_OK) {
        return false;
    }
    of->level = level;
    of->place = place;
    return true;
}

/* The members are not of the graph, and are shipped with their places when they are taken; a writer stays, and
 * hears of its level and its mixing now. */
bool voice_places_restore(wa_context *context, const voice *of, const voice_places *places) {
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index], *writer = member->writer;
        if (member->is_split != places->is_split[index] ||
            member->is_muted != places->is_muted[index] ||
            !set_level(context, member, places->level[index])) {
            return false;
        }
        if (writer != NULL) {
            if (edit_reserve(context, 1) != WA_OK ||
                !set_level(context, writer, places->writer_level[index])) {
                return false;
            }
            writer->mix = member->mix;
            node_switch_ship(context, writer);
        }
    }
    return true;
}
