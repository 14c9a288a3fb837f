/* src/control/node_snapshot.h -- how a factory made a node: what a reset restores. Thread: control */
#ifndef WA_SRC_CONTROL_NODE_SNAPSHOT_H
#define WA_SRC_CONTROL_NODE_SNAPSHOT_H
#include "context.h"

typedef struct node_snapshot {
    wa_node_type type;
    const wa_node_class *class; /* its own, where a type has several */
    uint8_t input_count, output_count;
    mixing mix;
    float values[WA_PARAM_COUNT_MAX];
    uint8_t rates[WA_PARAM_COUNT_MAX];
    uint32_t config_bytes;
    void *config; /* holds a reference to its resource; NULL: none */
} node_snapshot;

/* Returns: WA_OK | BUDGET | SEALED | INVALID_STATE (the node has a media or recording). */
wa_status node_snapshot_take(wa_context *context, const graph_node *of, node_snapshot *snapshot);
void node_snapshot_finish(wa_context *context, node_snapshot *snapshot);
/* Room for the snapshot in a node of the same class that was made otherwise, so that restoring it later asks
 * for none: channels, lines, planes. Returns: WA_OK | WRONG_TYPE (other ports) | BUDGET | SEALED. */
wa_status node_snapshot_fit(wa_context *context, graph_node *of, const node_snapshot *snapshot);
wa_status node_snapshot_restore(wa_context *context, graph_node *of, const node_snapshot *snapshot);
#endif /* WA_SRC_CONTROL_NODE_SNAPSHOT_H */
