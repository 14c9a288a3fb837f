/* A pool's own copy of a node's options, with what they point to. */
#include "context.h"
#include <string.h>

/* A curve's points follow the options. */
static uint64_t points_bytes(wa_node_type type, const void *options, uint32_t options_bytes) {
    const wa_node_class *class = node_class(type);
    if (class == NULL || class->resource_kind != WA_RESOURCE_CURVE ||
        options_bytes != class->options_bytes) {
        return 0;
    }
    const float *points = NULL;
    uint32_t count = 0;
    memcpy(&points, (const char *)options + class->options_resource_offset, sizeof points);
    memcpy(&count, (const char *)options + class->options_count_offset, sizeof count);
    return points != NULL ? (uint64_t)count * sizeof *points : 0;
}

wa_status options_copy(wa_engine *engine, wa_node_type type, const void *options, const char *argument,
                       void **copy, uint64_t *copy_bytes) {
    uint32_t bytes = 0;
    memcpy(&bytes, options, sizeof bytes);
    if (bytes < sizeof(wa_node_options) || bytes > 4096) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s.options_bytes is %u, no node's", argument, bytes);
    }
    const uint64_t behind_bytes = points_bytes(type, options, bytes);
    const uint64_t offset = ((uint64_t)bytes + 15u) & ~(uint64_t)15u;
    *copy_bytes = behind_bytes > 0 ? offset + behind_bytes : bytes;
    const wa_status status = memory_take(engine, WA_MEMORY_OBJECTS, *copy_bytes, "options", copy);
    if (status != WA_OK) {
        return status;
    }
    memcpy(*copy, options, bytes);
    if (behind_bytes > 0) {
        const uint32_t place = node_class(type)->options_resource_offset;
        const float *points = NULL;
        char *behind = (char *)*copy + offset;
        memcpy(&points, (const char *)options + place, sizeof points);
        memcpy(behind, points, behind_bytes);
        memcpy((char *)*copy + place, &behind, sizeof points);
    }
    return WA_OK;
}
