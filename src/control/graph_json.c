/* A snapshot of the graph as JSON: one line per node, connection and pool. docs/graph.md has the members. */
#include "graph_view.h"
#include <inttypes.h>

static void put_id(const graph_view *view, const graph_node *of) {
    text_format(view->text, "\"%" PRIu64 "\"", node_id(view->context, of));
}

static void put_member(const graph_view *view, const char *name, double number) {
    text_format(view->text, ",\"%s\":", name);
    text_number(view->text, number);
}

/* Before each item of a list that stands on lines of its own. */
static void begin_item(const graph_view *view, bool *is_first) {
    text_put(view->text, *is_first ? "\n    " : ",\n    ");
    *is_first = false;
}

static const char *kind_name(wa_context_kind kind) {
    return kind == WA_CONTEXT_OFFLINE    ? "offline"
           : kind == WA_CONTEXT_REALTIME ? "realtime"
                                         : "embedded";
}

static const char *context_state_name(wa_context_state state) {
    return state == WA_CONTEXT_RUNNING  ? "running"
           : state == WA_CONTEXT_CLOSED ? "closed"
                                        : "suspended";
}

static void put_context(const graph_view *view) {
    const wa_context *context = view->context;
    text_format(view->text, "  \"context\":{\"kind\":\"%s\",\"state\":\"%s\"",
                kind_name(context->desc.kind), context_state_name(context->state));
    put_member(view, "sampleRate", (double)context->desc.sample_rate_hz);
    put_member(view, "renderQuantum", context->desc.quantum_frames);
    put_member(view, "channelCount", context->desc.channel_count);
    text_format(view->text,
                ",\"currentFrame\":%" PRIu64 ",\"nodeCount\":%" PRIu32 ",\"timedQuanta\":%.0f}",
                wa_context_current_frame(context), context->node_count, view->timed_quanta);
}

static const char *life_name(const graph_node *of) {
    static const char *const names[] = {
        [LIFE_FREE] = "free",         [LIFE_LIVE] = "live",     [LIFE_DROPPED] = "dropped",
        [LIFE_RETIRING] = "retiring", [LIFE_POOLED] = "pooled",
    };
    return names[of->life];
}

static void put_mixing(const graph_view *view, mixing mix) {
    static const char *const modes[] = { [WA_CHANNEL_COUNT_MODE_MAX] = "max",
                                         [WA_CHANNEL_COUNT_MODE_CLAMPED_MAX] = "clamped-max",
                                         [WA_CHANNEL_COUNT_MODE_EXPLICIT] = "explicit" };
    text_format(view->text,
                ",\"channelCount\":%u,\"channelCountMode\":\"%s\",\"channelInterpretation\":\"%s\"",
                mix.channel_count, modes[mix.mode], mix.is_speakers ? "speakers" : "discrete");
}

static void put_ports(const graph_view *view, const graph_node *of) {
    text_put(view->text, ",\"inputs\":[");
    for (uint32_t index = 0; index < of->input_count; index++) {
        text_format(view->text, "%s{\"connections\":%" PRIu32 "}", index > 0 ? "," : "",
                    view_input_edge_count(of, index));
    }
    text_put(view->text, "],\"outputs\":[");
    for (uint32_t index = 0; index < of->output_count; index++) {
        const view_output output = view_output_of(view, of, index);
        text_format(view->text, "%s{\"channels\":%" PRIu32 ",\"isSilent\":%s}", index > 0 ? "," : "",
                    output.channel_count, output.is_silent ? "true" : "false");
    }
    text_put(view->text, "]");
}

static void put_params(const graph_view *view, const graph_node *of) {
    text_put(view->text, ",\"params\":[");
    for (uint32_t index = 0; index < of->param_count; index++) {
        text_format(view->text, "%s{\"name\":\"%s\"", index > 0 ? "," : "",
                    of->class->params[index].name);
        put_member(view, "value", (double)view_param_value(view, of, index));
        text_format(view->text, ",\"rate\":\"%s\",\"events\":%" PRIu32 ",\"connections\":%" PRIu32 "}",
                    of->params[index].rate == WA_AUTOMATION_RATE_K ? "k-rate" : "a-rate",
                    view_event_count(of, index), view_param_edge_count(of, index));
    }
    text_put(view->text, "]");
}

/* The pool's place in "pools"; one that was destroyed while its voices ring is not there. */
static void put_pool_of(const graph_view *view, const graph_node *of) {
    const pool_link *each = view->context->pool_first;
    uint32_t index = 0;
    for (; each != NULL && each != of->pool; each = each->next) {
        index++;
    }
    if (each == NULL) {
        text_put(view->text, ",\"pool\":null");
        return;
    }
    text_format(view->text, ",\"pool\":%" PRIu32, index);
    const unit *voice = view_voice(of);
    if (voice != NULL) {
        text_put(view->text, ",\"voice\":");
        put_id(view, voice->members[0]);
        text_format(view->text, ",\"voiceNode\":%u", of->pool_index);
    }
}

static void put_cost(const graph_view *view, const graph_node *of) {
    const view_cost cost = view_cost_of(view, of);
    if (view->timed_quanta == 0.0) {
        text_put(view->text, ",\"cost\":null");
        return;
    }
    text_format(view->text, ",\"cost\":{\"instanceQuanta\":%" PRIu64, cost.instance_quanta);
    put_member(view, "nsPerQuantum", cost.ns_per_quantum);
    put_member(view, "share", cost.share);
    text_put(view->text, "}");
}

static void put_node(const graph_view *view, const graph_node *of) {
    const view_state state = view_state_of(view, of);
    text_put(view->text, "{\"id\":");
    put_id(view, of);
    text_format(view->text, ",\"type\":\"%s\",\"label\":", of->class->name);
    text_json(view->text, view_label(view, of));
    text_format(view->text, ",\"state\":\"%s\",\"life\":\"%s\",\"hasTail\":%s,\"isInCycle\":%s",
                view_state_name(state), life_name(of), view_has_tail(view, of) ? "true" : "false",
                of->is_split || of->is_muted ? "true" : "false");
    put_member(view, "latencyFrames", view_latency_frames(of));
    text_format(view->text, ",\"level\":%" PRIu32, of->level);
    put_mixing(view, of->mix);
    put_ports(view, of);
    put_params(view, of);
    put_pool_of(view, of);
    put_cost(view, of);
    text_put(view->text, "}");
}

static void put_nodes(const graph_view *view) {
    bool is_first = true;
    node_cursor cursor = { 0 };
    text_put(view->text, ",\n  \"nodes\":[");
    for (const graph_node *of; !text_is_over(view->text) && (of = view_next(view, &cursor)) != NULL;) {
        begin_item(view, &is_first);
        put_node(view, of);
    }
    text_put(view->text, "]");
}

static void put_edge(const graph_view *view, const edge *of) {
    const graph_node *target = view_target(of);
    text_put(view->text, "{\"source\":");
    put_id(view, of->source);
    text_format(view->text, ",\"output\":%u,\"target\":", of->output_index);
    put_id(view, target);
    text_format(view->text, ",\"%s\":%u", of->is_param ? "paramIndex" : "input", of->input_index);
    if (of->is_param) {
        text_format(view->text, ",\"param\":\"%s\"", target->class->params[of->input_index].name);
    }
    text_put(view->text, "}");
}

static void put_edges(const graph_view *view, const char *name, bool is_param) {
    bool is_first = true;
    node_cursor cursor = { 0 };
    text_format(view->text, ",\n  \"%s\":[", name);
    for (const graph_node *of; !text_is_over(view->text) && (of = view_next(view, &cursor)) != NULL;) {
        for (uint32_t output = 0; output < of->output_count; output++) {
            for (const edge *each = NULL; (each = view_next_edge(view, of, output, each)) != NULL;) {
                if (each->is_param == is_param) {
                    begin_item(view, &is_first);
                    put_edge(view, each);
                }
            }
        }
    }
    text_put(view->text, "]");
}

static void put_pools(const graph_view *view) {
    bool is_first = true;
    text_put(view->text, ",\n  \"pools\":[");
    for (const pool_link *each = view->context->pool_first; each != NULL; each = each->next) {
        profile_pool_row row;
        each->name(each, &row);
        begin_item(view, &is_first);
        text_put(view->text, "{\"name\":");
        text_json(view->text, row.name);
        text_put(view->text, ",\"label\":");
        text_json(view->text, view_pool_label(view, each));
        text_format(view->text,
                    ",\"nodesEach\":%" PRIu32 ",\"available\":%" PRIu64 ",\"inUse\":%" PRIu64
                    ",\"created\":%" PRIu64 ",\"reused\":%" PRIu64 ",\"dropped\":%" PRIu64
                    ",\"peakInUse\":%" PRIu64 "}",
                    each->node_count, row.stats.available, row.stats.in_use, row.stats.created_count,
                    row.stats.reused_count, row.stats.dropped_count, row.stats.peak_in_use);
    }
    text_put(view->text, "]");
}

void graph_write_json(const graph_view *view) {
    text_put(view->text, "{\n  \"title\":");
    text_json(view->text, view->options.title);
    text_put(view->text, ",\n");
    put_context(view);
    put_nodes(view);
    put_edges(view, "connections", false);
    put_edges(view, "paramConnections", true);
    put_pools(view);
    text_put(view->text, "\n}\n");
}
