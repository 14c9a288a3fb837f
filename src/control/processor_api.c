/* A processor's user data: part of its config, so that a new one switches in at a quantum and the old one is
 * given back once no batch can show it any more. */
#include "../nodes/processor.h"
#include "context.h"

static wa_status set_user(wa_context *context, wa_node node, void *user) {
    graph_node *of = NULL;
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_PROCESSOR, "node", &of);
    if (status != WA_OK || ((const processor_config *)of->config)->user == user) {
        return status;
    }
    return attribute_set_user(context, of, user);
}

wa_status wa_processor_set_user(wa_context *context, wa_node node, void *user) {
    const wa_status status = set_user(context, node, user);
    return context == NULL ? status : edit_end(context, status);
}

wa_status wa_processor_get_user(const wa_context *context, wa_node node, void **user) {
    graph_node *of = NULL;
    if (user == NULL) {
        return error_set(WA_ERR_TYPE, "user is NULL");
    }
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_PROCESSOR, "node", &of);
    if (status == WA_OK) {
        *user = ((const processor_config *)of->config)->user;
    }
    return status;
}
