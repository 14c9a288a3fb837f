/* The class of each type, from the one registration list. */
#include "node.h"

/* A build for browsers leaves out the types that need files; what is left out is NULL. */
#if defined(__wasm__)
#define MAY_BE_LEFT_OUT __attribute__((weak))
#else
#define MAY_BE_LEFT_OUT
#endif

#define WA_NODE(symbol, ENUMERATOR, value)                                                             \
    extern const wa_node_class wa_node_class_##symbol MAY_BE_LEFT_OUT;
#include "wavepool/node_types.def"
#undef WA_NODE

#define WA_NODE(symbol, ENUMERATOR, value)                                                             \
    static_assert((value) > 0 && (value) < WA_NODE_TYPE_COUNT_MAX, "limits.h bounds node types");
#include "wavepool/node_types.def"
#undef WA_NODE

const wa_node_class *node_class(wa_node_type type) {
    switch (type) {
#define WA_NODE(symbol, ENUMERATOR, value)                                                             \
    case WA_NODE_TYPE_##ENUMERATOR:                                                                    \
        return &wa_node_class_##symbol;
#include "wavepool/node_types.def"
#undef WA_NODE
    case WA_NODE_TYPE_FORCE32:
        break;
    }
    return NULL;
}
