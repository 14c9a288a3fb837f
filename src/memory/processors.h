/* src/memory/processors.h -- definitions of processors, shared by the nodes of every context. Thread: control
 * */
#ifndef WA_SRC_MEMORY_PROCESSORS_H
#define WA_SRC_MEMORY_PROCESSORS_H
#include "../node.h"

/* Free a definition whose last reference is gone. */
void processor_destroy(wa_engine *engine, wa_resource *processor);
wa_status processor_resolve(const wa_engine *engine, wa_processor processor, const char *argument,
                            wa_resource **resource);
#endif /* WA_SRC_MEMORY_PROCESSORS_H */
