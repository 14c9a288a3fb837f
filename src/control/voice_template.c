/* Checks of a voice template; see voice_template.h. */
#include "voice_template.h"
#include "../error.h"
#include "../node.h"
#include <math.h>

static wa_status check_sizes(const wa_voice_pool_desc *desc) {
    if (desc->desc_bytes != sizeof *desc) {
        return error_set(WA_ERR_NOT_SUPPORTED, "desc_bytes is %u, this library knows %zu",
                         desc->desc_bytes, sizeof *desc);
    }
    if (desc->node_count < 1 || desc->node_count > WA_VOICE_NODE_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "node_count is %u, its range is [1, %d]",
                         desc->node_count, WA_VOICE_NODE_COUNT_MAX);
    }
    if (desc->edge_count > WA_VOICE_EDGE_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "edge_count is %u, its range is [0, %d]",
                         desc->edge_count, WA_VOICE_EDGE_COUNT_MAX);
    }
    if (desc->nodes == NULL || (desc->edges == NULL && desc->edge_count > 0)) {
        return error_set(WA_ERR_TYPE, "nodes or edges is NULL");
    }
    if (!isfinite(desc->release_s)) {
        return error_set(WA_ERR_TYPE, "release_s is not finite");
    }
    return desc->release_s >= 0.0 && desc->release_s <= 3600.0
               ? WA_OK
               : error_set(WA_ERR_RANGE, "release_s is %g, its range is [0, 3600]", desc->release_s);
}

/* Member by member: the bytes between them may be anything. */
static bool is_same(const wa_voice_edge *one, const wa_voice_edge *other) {
    return one->source == other->source && one->output_index == other->output_index &&
           one->destination == other->destination && one->input_index == other->input_index &&
           one->is_param == other->is_param;
}

static wa_status check_edge(const wa_voice_pool_desc *desc, uint32_t index) {
    const wa_voice_edge *edge = &desc->edges[index];
    if (edge->source >= desc->node_count || edge->destination >= desc->node_count) {
        return error_set(WA_ERR_INDEX_SIZE, "edges[%u] names a node beyond %u", index,
                         desc->node_count);
    }
    for (uint32_t other = 0; other < index; other++) {
        if (is_same(edge, &desc->edges[other])) {
            return error_set(WA_ERR_INDEX_SIZE, "edges[%u] is edges[%u] again", index, other);
        }
    }
    return WA_OK;
}

static wa_status check_node(const wa_voice_pool_desc *desc, uint32_t index) {
    const wa_node_class *class = node_class(desc->nodes[index].type);
    if (class == NULL || (class->flags & (WA_CLASS_INTERNAL | WA_CLASS_ALWAYS_ON)) != 0) {
        return error_set(WA_ERR_NOT_SUPPORTED, "nodes[%u].type is %d, not one that a voice can have",
                         index, (int)desc->nodes[index].type);
    }
    return WA_OK;
}

wa_status voice_template_check(const wa_voice_pool_desc *desc) {
    wa_status status = check_sizes(desc);
    if (status == WA_OK && desc->output_node >= desc->node_count) {
        status = error_set(WA_ERR_INDEX_SIZE, "output_node is %u of %u nodes", desc->output_node,
                           desc->node_count);
    }
    for (uint32_t index = 0; index < desc->edge_count && status == WA_OK; index++) {
        status = check_edge(desc, index);
    }
    for (uint32_t index = 0; index < desc->node_count && status == WA_OK; index++) {
        status = check_node(desc, index);
    }
    return status;
}
