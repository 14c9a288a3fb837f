/* The connections of a voice: among its members, and with everything else; see voice.h. */
#include "voice.h"

bool voice_is_external(const voice *of, const edge *each) {
    return each->source->group != &of->group || each->target->group != &of->group;
}

static void cut_list(wa_context *context, const voice *of, edge *first, bool is_out, voice_edges cut) {
    edge *next = NULL;
    for (edge *each = first; each != NULL; each = next) {
        next = is_out ? each->out_next : each->in_next;
        if (cut == VOICE_ALL_EDGES || voice_is_external(of, each)) {
            edge_remove(context, each);
        }
    }
}

void voice_cut(wa_context *context, const voice *of, voice_edges wanted) {
    for (uint32_t index = 0; index < of->group.member_count; index++) {
        graph_node *member = of->members[index];
        for (uint32_t output = 0; output < member->output_count && wanted != VOICE_EXTERNAL_INPUTS;
             output++) {
            cut_list(context, of, member->outputs[output].out_first, true, wanted);
        }
        for (uint32_t input = 0; input < member->input_count && wanted != VOICE_EXTERNAL_OUTPUTS;
             input++) {
            cut_list(context, of, edge_target(member, false)->inputs[input].in_first, false, wanted);
        }
        for (uint32_t param = 0; param < member->param_count && wanted != VOICE_EXTERNAL_OUTPUTS;
             param++) {
            if (member->params[param].extra != NULL) {
                cut_list(context, of, member->params[param].extra->in_first, false, wanted);
            }
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

/* Each is met twice, at its source and at its target. */
bool voice_is_wired(const voice *of, uint32_t edge_count) {
    return voice_edge_count(of) == 2 * edge_count;
}

wa_status voice_wire(wa_context *context, voice *of, const wa_voice_edge *edges, uint32_t edge_count) {
    wa_status status = WA_OK;
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
