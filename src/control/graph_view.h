/* src/control/graph_view.h -- what a snapshot of the graph shows, and what there is to say of each node: both
 * formats (graph_json.c, graph_dot.c) are written from this. It reads control's halves, and of the render side
 * only what that shows (graph.h: seen, cost). Thread: control.
 */
#ifndef WA_SRC_CONTROL_GRAPH_VIEW_H
#define WA_SRC_CONTROL_GRAPH_VIEW_H
#include "context.h"
#include "graph_text.h"

typedef struct graph_view {
    const wa_context *context;
    wa_graph_options options;
    graph_text *text;
    double timed_quanta, timed_ns; /* 0: nothing has been timed */
} graph_view;

/* Where one voice stands for all, the first of these that one of them is in. */
typedef enum view_state {
    VIEW_ACTIVE,    /* processed each quantum */
    VIEW_SILENT,    /* the same, and all that came out last time is zero */
    VIEW_SCHEDULED, /* a source whose start lies ahead */
    VIEW_SLEEPING,  /* nothing feeds it and no tail is left */
    VIEW_ENDED,     /* a source that has played */
    VIEW_MUTED,     /* in a cycle without a delay */
    VIEW_IDLE,      /* in its pool */
} view_state;

typedef struct view_cost {
    double ns_per_quantum, share;
    uint64_t instance_quanta; /* 0: never timed */
} view_cost;

typedef struct view_output {
    uint32_t channel_count;
    bool is_silent;
} view_output;

/* Every node that is shown, one after the other, as node_next(). NULL: that was the last. */
const graph_node *view_next(const graph_view *view, node_cursor *cursor);
bool view_shows(const graph_view *view, const graph_node *of);
/* Every connection of an output that is shown, in the order of connection. after NULL: the first. */
const edge *view_next_edge(const graph_view *view, const graph_node *of, uint32_t output_index,
                           const edge *after);
/* A delay in a cycle is two nodes, of which one is shown. */
const graph_node *view_target(const edge *of);
uint32_t view_input_edge_count(const graph_node *of, uint32_t input_index);

view_state view_state_of(const graph_view *view, const graph_node *of);
bool view_has_tail(const graph_view *view, const graph_node *of);
const char *view_state_name(view_state state);
static inline bool view_is_at_work(view_state state) {
    return state == VIEW_ACTIVE || state == VIEW_SILENT;
}
view_cost view_cost_of(const graph_view *view, const graph_node *of);
double view_cost_max(const graph_view *view); /* ns per quantum, of what is shown */
view_output view_output_of(const graph_view *view, const graph_node *of, uint32_t output_index);
double view_latency_frames(const graph_node *of);
uint32_t view_event_count(const graph_node *of, uint32_t param_index);
uint32_t view_param_edge_count(const graph_node *of, uint32_t param_index);
float view_param_value(const graph_view *view, const graph_node *of, uint32_t param_index);

/* The voice that it belongs to; NULL: none. */
const unit *view_voice(const graph_node *of);
const char *view_label(const graph_view *view, const graph_node *of);     /* NULL: none */
const char *view_pool_label(const graph_view *view, const pool_link *of); /* likewise */

void graph_write_json(const graph_view *view);
void graph_write_dot(const graph_view *view);
#endif /* WA_SRC_CONTROL_GRAPH_VIEW_H */
