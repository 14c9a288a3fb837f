/* src/render/retire.h -- nodes and units leave the graph and go back to control. Thread: token's holder */
#ifndef WA_SRC_RENDER_RETIRE_H
#define WA_SRC_RENDER_RETIRE_H
#include "render.h"

void retire_quietly(render *side, graph_node *of); /* out of heap, buckets and active lists */
void retire_node(render *side, graph_node *of);    /* now, and say so */
void retire_when_asleep(render *side, graph_node *of);
void retire_at(render *side, graph_node *of, uint64_t frame); /* its edges fade meanwhile */
void retire_join_ring(graph_node *member, unit *group);
void retire_unit(render *side, unit *group);
void retire_unit_when_asleep(render *side, unit *group);
void retire_unit_at(render *side, unit *group, uint64_t frame);
/* Called when a node has gone to sleep: give back what waited for that. */
void retire_after_sleep(render *side, graph_node *of);
#endif /* WA_SRC_RENDER_RETIRE_H */
