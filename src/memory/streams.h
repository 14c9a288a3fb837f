/* src/memory/streams.h -- whose a media or a recording is: its owner's by a handle, and one node's at a time.
 *
 * Its reference count is WA_STREAM_OWNER while the handle is live, plus one for each configuration of its node
 * that render may still read. So "no node has it" and "nobody has it" are each one comparison.
 * Thread: control of any context, unless said.
 */
#ifndef WA_SRC_MEMORY_STREAMS_H
#define WA_SRC_MEMORY_STREAMS_H
#include "../node.h"

/* Found behind its live handle and referenced for a node, if none has it. The reference is the caller's.
 * Returns: WA_OK | handle errors | INVALID_STATE (a node has it, or render has not let go of it). */
wa_status stream_claim(const wa_engine *engine, uint64_t id, wa_resource_kind kind,
                       const char *argument, const wa_resource **claimed);
/* The same without a reference, whoever has it. Returns: WA_OK | handle errors. */
wa_status stream_resolve(const wa_engine *engine, uint64_t id, wa_resource_kind kind,
                         const char *argument, wa_resource **found);
/* The handle is live no more; the owner's reference is the caller's now, for stream_drop_owner().
 * Returns: WA_OK | handle errors. */
wa_status stream_end_handle(wa_engine *engine, uint64_t id, wa_resource_kind kind, wa_resource **ended);
void stream_drop_owner(wa_engine *engine, wa_resource *ended);
/* Whether a node has it. Thread: any */
bool stream_is_held(const wa_resource *resource);

/* A handle for a fresh one, with the owner's reference; and the end of its slot.
 * Returns: WA_OK | BUDGET | SEALED | LIMIT. */
wa_status stream_handle_take(wa_engine *engine, wa_resource *resource, uint32_t *slot, uint64_t *id);
void stream_handle_give(wa_engine *engine, wa_resource_kind kind, uint32_t slot);
#endif /* WA_SRC_MEMORY_STREAMS_H */
