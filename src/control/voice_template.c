/* Checks of a voice template; see voice_template.h. */
#include "voice_template.h"
#include "../error.h"
#include "../node.h"
#include <string.h>

wa_status voice_template_check(const wa_voice_pool_desc *desc) {
    if (desc->desc_bytes != sizeof *desc) {
        return error_set(WA_ERR_NOT_SUPPORTED, "desc_bytes is %u, this library knows %zu",
                         desc->desc_bytes, sizeof *desc);
    }
    if (desc->nodes == NULL || desc->node_count < 1 || desc->node_count > WA_VOICE_NODE_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "node_count is %u, its range is [1, %d]",
                         desc->node_count, WA_VOICE_NODE_COUNT_MAX);
    }
    if (desc->edge_count > WA_VOICE_EDGE_COUNT_MAX || (desc->edges == NULL && desc->edge_count > 0)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "edge_count is %u, its range is [0, %d]",
                         desc->edge_count, WA_VOICE_EDGE_COUNT_MAX);
    }
    if (!(desc->release_s >= 0.0 && desc->release_s <= 3600.0)) {
        return error_set(WA_ERR_RANGE, "release_s is %g, its range is [0, 3600]", desc->release_s);
    }
    if (desc->output_node >= desc->node_count) {
        return error_set(WA_ERR_INDEX_SIZE, "output_node is %u of %u nodes", desc->output_node,
                         desc->node_count);
    }
    for (uint32_t index = 0; index < desc->edge_count; index++) {
        if (desc->edges[index].source >= desc->node_count ||
            desc->edges[index].destination >= desc->node_count) {
            return error_set(WA_ERR_INDEX_SIZE, "edges[%u] names a node beyond %u", index,
                             desc->node_count);
        }
        for (uint32_t other = 0; other < index; other++) {
            if (memcmp(&desc->edges[index], &desc->edges[other], sizeof desc->edges[0]) == 0) {
                return error_set(WA_ERR_INDEX_SIZE, "edges[%u] is edges[%u] again", index, other);
            }
        }
    }
    for (uint32_t index = 0; index < desc->node_count; index++) {
        const wa_node_class *class = node_class(desc->nodes[index].type);
        if (class == NULL || (class->flags & (WA_CLASS_INTERNAL | WA_CLASS_ALWAYS_ON)) != 0) {
            return error_set(WA_ERR_NOT_SUPPORTED,
                             "nodes[%u].type is %d, not one that a voice can have", index,
                             (int)desc->nodes[index].type);
        }
    }
    return WA_OK;
}
