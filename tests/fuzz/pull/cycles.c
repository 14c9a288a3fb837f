/* Web Audio 1.1, "rendering loop": a DelayNode on a cycle is set apart into a reader, which is a source, and a
 * writer; nodes on what cycles are left are muted. */
#include "pull.h"
#include <string.h>

typedef struct walk {
    const pull_graph *graph;
    bool are_apart; /* audio into a delay on a cycle leads nowhere */
    bool is_met[PULL_NODE_MAX];
    uint32_t stack[PULL_NODE_MAX], count;
} walk;

static bool is_open(const walk *of, const pull_edge *each) {
    const pull_node *target = &of->graph->nodes[each->target];
    return each->is_here && !(of->are_apart && !each->is_param && target->is_in_cycle &&
                              target->type == WA_NODE_TYPE_DELAY);
}

static void step(walk *of, uint32_t node) {
    for (uint32_t i = 0; i < of->graph->edge_count; i++) {
        const pull_edge *each = &of->graph->edges[i];
        if (each->source == node && is_open(of, each) && !of->is_met[each->target]) {
            of->is_met[each->target] = true;
            of->stack[of->count++] = each->target;
        }
    }
}

static bool comes_back(const pull_graph *graph, uint32_t node, bool are_apart) {
    walk *of = calloc(1, sizeof *of);
    fuzz_check(of != NULL, "memory");
    of->graph = graph;
    of->are_apart = are_apart;
    step(of, node);
    while (of->count > 0 && !of->is_met[node]) {
        step(of, of->stack[--of->count]);
    }
    const bool is_met = of->is_met[node];
    free(of);
    return is_met;
}

void pull_find_cycles(pull_graph *graph) {
    bool is_muted[PULL_NODE_MAX] = { 0 }, is_apart[PULL_NODE_MAX] = { 0 };
    for (uint32_t node = 0; node < graph->node_count; node++) {
        is_apart[node] = graph->nodes[node].is_here && comes_back(graph, node, false);
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        graph->nodes[node].is_in_cycle = is_apart[node];
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        is_muted[node] = is_apart[node] && comes_back(graph, node, true);
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        graph->nodes[node].is_muted = is_muted[node];
        if (graph->nodes[node].lingers && is_apart[node]) { /* when it goes is the engine's business */
            pull_lose(graph, "a node on a cycle has been released and lingers");
        }
    }
}
