/* src/nodes/processor.h -- what control knows of a processor's node. */
#ifndef WA_SRC_NODES_PROCESSOR_H
#define WA_SRC_NODES_PROCESSOR_H
#include "../node.h"

typedef struct processor_config {
    const wa_resource *processor; /* its wa_processor_data */
    void *user;
} processor_config;
#endif /* WA_SRC_NODES_PROCESSOR_H */
