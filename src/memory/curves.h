/* src/memory/curves.h -- shaping curves: copies of points, shared by all nodes of an engine that use the same
 * ones. Charged to buffers. Thread: control of any context */
#ifndef WA_SRC_MEMORY_CURVES_H
#define WA_SRC_MEMORY_CURVES_H
#include "../node.h"

/* A copy of the points, or the engine's copy of equal ones. The caller holds one reference.
 * Returns: WA_OK | INVALID_STATE (count below 2) | NOT_SUPPORTED (count above WA_CURVE_POINT_MAX) | BUDGET
 *   | SEALED. */
wa_status curve_make(wa_engine *engine, const float *points, uint32_t count, const wa_resource **curve);
/* Free a curve whose last reference is gone. */
void curve_destroy(wa_engine *engine, wa_resource *resource);
#endif /* WA_SRC_MEMORY_CURVES_H */
