/* src/platform/wasm/platform.h -- the memory of a module, for who opens it. Thread: control */
#ifndef WA_SRC_PLATFORM_WASM_PLATFORM_H
#define WA_SRC_PLATFORM_WASM_PLATFORM_H
#include <stdbool.h>
#include <stdint.h>

/* Once, before anything else: the module's memory may grow to limit_bytes. False: too little. */
bool platform_open(uint32_t limit_bytes);
#endif /* WA_SRC_PLATFORM_WASM_PLATFORM_H */
