/* src/memory/buffers.h -- engine-internal access to shared data behind handles. Thread: control */
#ifndef WA_SRC_MEMORY_BUFFERS_H
#define WA_SRC_MEMORY_BUFFERS_H
#include "../node.h"

/* The data behind a live handle, for a node to hold. Returns: WA_OK | handle errors. */
wa_status buffer_resolve(const wa_engine *engine, wa_buffer buffer, const char *argument,
                         wa_buffer_data **data);

/* One reference more or less. The last one back frees it, or returns it to its pool, whichever thread
 * it goes on. NULL is fine. Thread: control of any context */
void resource_reference(const wa_resource *resource);
void resource_unreference(wa_engine *engine, const wa_resource *resource);
#endif /* WA_SRC_MEMORY_BUFFERS_H */
