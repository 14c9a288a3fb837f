/* src/platform/wasm/heap.h -- blocks from one stretch of memory that grows at its end.
 *
 *   begin          a map of the ends of what is free, a bit for each 64 bytes (0.2 % of the limit)
 *   after that     blocks and free ranges, without a byte between them; whatever is not free is a block
 *   end .. limit   what can still be had by growing
 *
 * Who gives a block back says how long it was, so blocks have no header: what is charged is what is taken. A
 * block may come back in pieces. Free neighbours become one range at once. All positions are bytes from base,
 * so that the same code is tested on machines with wider pointers. Thread: control, one
 */
#ifndef WA_SRC_PLATFORM_WASM_HEAP_H
#define WA_SRC_PLATFORM_WASM_HEAP_H
#include <stdbool.h>
#include <stdint.h>

enum { HEAP_GRANULE_BYTES = 64, HEAP_BIN_COUNT = 32 * 4 };

typedef struct heap heap;
struct heap {
    char *base;
    uint32_t end_bytes, limit_bytes;
    uint8_t *edges;                       /* a bit for each granule: a free range begins or ends here */
    uint32_t first[HEAP_BIN_COUNT];       /* free ranges by size; 0: none */
    uint32_t filled[HEAP_BIN_COUNT / 32]; /* bins that have any */
    uint64_t free_bytes;                  /* up to end_bytes */
    bool (*grow)(heap *of, uint32_t more_bytes); /* at end_bytes; must not move it */
};

/* From begin_bytes to end_bytes there is memory already, all zeros; it may grow up to limit_bytes by `grow`,
 * which is set. False: not even the map fits. */
bool heap_init(heap *of, char *base, uint32_t begin_bytes, uint32_t end_bytes, uint32_t limit_bytes);
/* The sum of all that could be taken now. */
uint64_t heap_room(const heap *of);
/* length_bytes, a multiple of 64 above 0, at such a boundary; it holds anything. NULL: no such range. */
void *heap_take(heap *of, uint32_t length_bytes);
/* A block, or the part of one. */
void heap_give(heap *of, void *memory, uint32_t length_bytes);
#endif /* WA_SRC_PLATFORM_WASM_HEAP_H */
