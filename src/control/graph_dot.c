/* A snapshot of the graph for Graphviz. A node is a small table: what it is, its ports where there are several
 * on a side, its params; connections end at the cell that they mean. A voice is a box around its nodes.
 *
 *   n17:t:e -> n42:t:w     the only output to the only input       n17:o3:e -> n42:p0:w   output 3 to param 0
 */
#include "graph_colour.h"
#include "graph_view.h"
#include <inttypes.h>
#include <math.h>

/* The scale of costs is logarithmic: from the costliest node down by these decades. */
enum { SCALE_DECADES = 3, LEGEND_STEPS = 7 };

typedef struct dot {
    const graph_view *view;
    graph_text *text;
    double cost_max; /* ns; 0: not coloured */
} dot;

typedef struct look {
    colour fill;
    const char *text, *border;
    bool is_dim;
} look;

/* -- colours ------------------------------------------------------------------------------------ */

static double scale_position(double ns, double max) {
    return ns > 0.0 ? 1.0 + log10(ns / max) / SCALE_DECADES : 0.0;
}

static look look_of(const dot *of, const graph_node *node) {
    const view_state state = view_state_of(of->view, node);
    const view_cost cost = view_cost_of(of->view, node);
    const bool is_dim = !view_is_at_work(state);
    look made = { .fill = { 255, 255, 255, false },
                  .text = is_dim ? "#5f5f5f" : "#000000",
                  .border = is_dim ? "#a0a0a0" : "#000000",
                  .is_dim = is_dim };
    if (is_dim) {
        made.fill = (colour){ 246, 246, 246, false };
    }
    if (of->cost_max > 0.0 && cost.instance_quanta > 0) {
        made.fill = colour_at(scale_position(cost.ns_per_quantum, of->cost_max), is_dim);
        made.text = made.fill.is_dark ? "#ffffff" : is_dim ? "#4a4a4a" : "#000000";
    }
    return made;
}

static void put_colour(const dot *of, colour put) {
    text_format(of->text, "#%02x%02x%02x", put.red, put.green, put.blue);
}

static void put_ns(const dot *of, double ns) {
    const char *name = ns < 1e3 ? "ns" : ns < 1e6 ? "\xc2\xb5s" : "ms"; /* micro */
    const double value = ns < 1e3 ? ns : ns < 1e6 ? ns / 1e3 : ns / 1e6;
    text_number(of->text, value >= 100.0 ? round(value) : round(value * 10.0) / 10.0);
    text_format(of->text, " %s", name);
}

/* -- a node ------------------------------------------------------------------------------------- */

static const char *mode_name(uint8_t mode) {
    return mode == WA_CHANNEL_COUNT_MODE_MAX           ? "max"
           : mode == WA_CHANNEL_COUNT_MODE_CLAMPED_MAX ? "clamped-max"
                                                       : "explicit";
}

static void put_title(const dot *of, const graph_node *node) {
    const char *label = view_label(of->view, node);
    text_put(of->text, "<TR><TD PORT=\"t\" COLSPAN=\"3\"><B>");
    text_html(of->text, label != NULL ? label : node->class->name);
    text_put(of->text, "</B>");
    if (label != NULL) {
        text_format(of->text, " %s", node->class->name);
    }
    text_format(of->text, "<BR/><FONT POINT-SIZE=\"9\">%s",
                view_state_name(view_state_of(of->view, node)));
    if (view_has_tail(of->view, node)) {
        text_put(of->text, ", tail");
    }
    if (node->output_count > 0) {
        text_format(of->text, ", %" PRIu32 " ch", view_output_of(of->view, node, 0).channel_count);
    }
    if (node->input_count > 0) {
        text_format(of->text, ", in %s %u%s", mode_name(node->mix.mode), node->mix.channel_count,
                    node->mix.is_speakers ? "" : " discrete");
    }
    if (view_latency_frames(node) > 0.0) {
        text_put(of->text, ", late by ");
        text_number(of->text, view_latency_frames(node));
    }
    text_put(of->text, "</FONT></TD></TR>");
}

static void put_cost_row(const dot *of, const graph_node *node) {
    const view_cost cost = view_cost_of(of->view, node);
    if (cost.instance_quanta > 0) {
        text_put(of->text, "<TR><TD COLSPAN=\"3\">");
        put_ns(of, cost.ns_per_quantum);
        text_put(of->text, " a quantum, ");
        text_number(of->text, round(cost.share * 1000.0) / 10.0);
        text_put(of->text, " %</TD></TR>");
    }
}

static void put_port_rows(const dot *of, const graph_node *node) {
    const uint32_t inputs = node->input_count > 1 ? node->input_count : 0;
    const uint32_t outputs = node->output_count > 1 ? node->output_count : 0;
    for (uint32_t index = 0; index < inputs || index < outputs; index++) {
        text_put(of->text, "<TR>");
        if (index < inputs) {
            text_format(of->text, "<TD PORT=\"i%" PRIu32 "\">in %" PRIu32 "</TD>", index, index);
        } else {
            text_put(of->text, "<TD></TD>");
        }
        text_put(of->text, "<TD></TD>");
        if (index < outputs) {
            text_format(of->text, "<TD PORT=\"o%" PRIu32 "\">out %" PRIu32 "</TD>", index, index);
        } else {
            text_put(of->text, "<TD></TD>");
        }
        text_put(of->text, "</TR>");
    }
}

static void put_param_rows(const dot *of, const graph_node *node) {
    for (uint32_t index = 0; index < node->param_count; index++) {
        const uint32_t events = view_event_count(node, index);
        text_format(of->text, "<TR><TD PORT=\"p%" PRIu32 "\" COLSPAN=\"3\" ALIGN=\"LEFT\">%s ", index,
                    node->class->params[index].name);
        text_number(of->text, (double)view_param_value(of->view, node, index));
        text_put(of->text, node->params[index].rate == WA_AUTOMATION_RATE_K ? " k-rate" : " a-rate");
        if (events > 0) {
            text_format(of->text, ", %" PRIu32 " event%s", events, events > 1 ? "s" : "");
        }
        text_put(of->text, "</TD></TR>");
    }
}

static void put_node(const dot *of, const graph_node *node) {
    const look as = look_of(of, node);
    text_format(of->text,
                "  n%" PRIu64 " [fontcolor=\"%s\", label=<<TABLE BORDER=\"1\" CELLBORDER=\"0\" "
                "CELLSPACING=\"0\" CELLPADDING=\"3\" COLOR=\"%s\" BGCOLOR=\"",
                node_id(of->view->context, node), as.text, as.border);
    put_colour(of, as.fill);
    text_format(of->text, "\"%s>", as.is_dim ? " STYLE=\"DASHED\"" : "");
    put_title(of, node);
    put_cost_row(of, node);
    put_port_rows(of, node);
    put_param_rows(of, node);
    text_put(of->text, "</TABLE>>];\n");
}

/* -- all nodes ---------------------------------------------------------------------------------- */

static void put_voice(const dot *of, const graph_node *first, const unit *voice) {
    profile_pool_row row;
    const pool_link *pool = first->pool;
    pool->name(pool, &row);
    const char *label = view_pool_label(of->view, pool);
    text_format(of->text,
                "  subgraph cluster_v%" PRIu64 " { style=\"rounded\"; color=\"#808080\"; label=<<B>",
                node_id(of->view->context, first));
    text_html(of->text, label != NULL ? label : row.name);
    text_put(of->text, "</B>");
    if (of->view->options.pooled == WA_GRAPH_POOLED_ONE) {
        text_format(of->text, " %" PRIu64 " in use, %" PRIu64 " idle", row.stats.in_use,
                    row.stats.available);
    }
    text_put(of->text, ">;\n");
    for (uint32_t index = 0; index < voice->member_count && !text_is_over(of->text); index++) {
        put_node(of, voice->members[index]);
    }
    text_put(of->text, "  }\n");
}

/* The listener says nothing where nobody listens. */
static bool is_worth_showing(const dot *of, const graph_node *node) {
    if (node != of->view->context->listener) {
        return true;
    }
    uint32_t slot = 0;
    bool is_heard = node_next_listening(of->view->context, &slot) != NULL;
    for (uint32_t index = 0; index < node->param_count; index++) {
        is_heard |= view_param_edge_count(node, index) > 0 || view_event_count(node, index) > 0;
    }
    return is_heard;
}

static void put_nodes(const dot *of) {
    node_cursor cursor = { 0 };
    for (const graph_node *node;
         !text_is_over(of->text) && (node = view_next(of->view, &cursor)) != NULL;) {
        const unit *voice = view_voice(node);
        if (voice == NULL && is_worth_showing(of, node)) {
            put_node(of, node);
        } else if (voice != NULL && voice->members[0] == node) {
            put_voice(of, node, voice);
        }
    }
}

/* -- connections -------------------------------------------------------------------------------- */

static void put_edge(const dot *of, const edge *each) {
    const graph_node *source = each->source, *target = view_target(each);
    text_format(of->text, "  n%" PRIu64, node_id(of->view->context, source));
    if (source->output_count > 1) {
        text_format(of->text, ":o%u:e", each->output_index);
    } else {
        text_put(of->text, ":t:e");
    }
    text_format(of->text, " -> n%" PRIu64, node_id(of->view->context, target));
    if (each->is_param) {
        text_format(of->text, ":p%u:w", each->input_index);
    } else if (target->input_count > 1) {
        text_format(of->text, ":i%u:w", each->input_index);
    } else {
        text_put(of->text, ":t:w");
    }
    const bool is_quiet = view_output_of(of->view, source, each->output_index).is_silent;
    text_format(of->text, " [style=%s, color=\"%s\"];\n", each->is_param ? "dashed" : "solid",
                is_quiet ? "#a0a0a0" : "#000000");
}

static void put_edges(const dot *of) {
    node_cursor cursor = { 0 };
    for (const graph_node *node;
         !text_is_over(of->text) && (node = view_next(of->view, &cursor)) != NULL;) {
        for (uint32_t output = 0; output < node->output_count; output++) {
            for (const edge *each = NULL;
                 (each = view_next_edge(of->view, node, output, each)) != NULL;) {
                put_edge(of, each);
            }
        }
    }
}

/* -- the whole ---------------------------------------------------------------------------------- */

static void put_legend(const dot *of) {
    text_put(of->text, "  legend [label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" "
                       "CELLPADDING=\"4\"><TR><TD BORDER=\"0\">cost a quantum</TD></TR>");
    for (uint32_t step = 0; step < LEGEND_STEPS; step++) {
        const double position = 1.0 - (double)step / (LEGEND_STEPS - 1);
        const colour fill = colour_at(position, false);
        text_put(of->text, "<TR><TD BGCOLOR=\"");
        put_colour(of, fill);
        text_format(of->text, "\"><FONT COLOR=\"%s\">", fill.is_dark ? "#ffffff" : "#000000");
        put_ns(of, of->cost_max * pow(10.0, (position - 1.0) * SCALE_DECADES));
        text_put(of->text,
                 step + 1 == LEGEND_STEPS ? " and less</FONT></TD></TR>" : "</FONT></TD></TR>");
    }
    text_put(of->text,
             "<TR><TD STYLE=\"DASHED\" COLOR=\"#a0a0a0\">paler: not at work</TD></TR></TABLE>>];\n");
}

void graph_write_dot(const graph_view *view) {
    const dot all = { .view = view,
                      .text = view->text,
                      .cost_max = view->options.is_coloured ? view_cost_max(view) : 0.0 };
    text_put(view->text,
             "digraph wavepool {\n"
             "  graph [rankdir=\"LR\", charset=\"UTF-8\", fontname=\"sans-serif\", labelloc=\"t\"");
    if (view->options.title != NULL && view->options.title[0] != '\0') {
        text_put(view->text, ", label=<");
        text_html(view->text, view->options.title);
        text_put(view->text, ">");
    }
    text_put(view->text, "];\n"
                         "  node [shape=\"plain\", fontname=\"sans-serif\", fontsize=\"11\"];\n"
                         "  edge [arrowsize=\"0.7\"];\n");
    put_nodes(&all);
    put_edges(&all);
    if (all.cost_max > 0.0) {
        put_legend(&all);
    }
    text_put(view->text, "}\n");
}
