#include "abi.h"

const abi_list *const *abi_lists(uint32_t *count) {
    static const abi_list *const lists[] = { &abi_engine_list,   &abi_context_list, &abi_node_list,
                                             &abi_param_list,    &abi_pool_list,    &abi_effects_list,
                                             &abi_media_list,    &abi_voice_list,   &abi_profiler_list,
                                             &abi_processor_list };
    *count = sizeof lists / sizeof lists[0];
    return lists;
}
