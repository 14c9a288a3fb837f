/* The two rings; see ring.h. Acquire and release sit on the counters themselves, not on fences. */
#include "ring.h"

bool batch_ring_push(batch_ring *ring, batch *pushed) {
    const uint32_t write = atomic_load_explicit(&ring->write_count, memory_order_relaxed);
    const uint32_t read = atomic_load_explicit(&ring->read_count, memory_order_acquire);
    if (write - read == BATCH_RING_CAPACITY) {
        return false;
    }
    ring->entries[write & (BATCH_RING_CAPACITY - 1)] = pushed;
    atomic_store_explicit(&ring->write_count, write + 1, memory_order_release);
    return true;
}

batch *batch_ring_pop(batch_ring *ring) {
    const uint32_t read = atomic_load_explicit(&ring->read_count, memory_order_relaxed);
    const uint32_t write = atomic_load_explicit(&ring->write_count, memory_order_acquire);
    if (write == read) {
        return NULL;
    }
    batch *popped = ring->entries[read & (BATCH_RING_CAPACITY - 1)];
    atomic_store_explicit(&ring->read_count, read + 1, memory_order_release);
    return popped;
}

void return_ring_init(return_ring *ring, return_chunk *first) {
    first->next = first;
    ring->write_chunk = ring->read_chunk = first;
}

/* Behind the chunk being written: the reader, who is never ahead of the writer, meets it in order. */
void return_ring_insert(return_ring *ring, return_chunk *chunk) {
    chunk->next = ring->write_chunk->next;
    ring->write_chunk->next = chunk;
}

void return_ring_push(return_ring *ring, graph_node *of, return_kind kind) {
    if (ring->write_index == RETURN_CHUNK_ENTRIES) {
        ring->write_chunk = ring->write_chunk->next;
        ring->write_index = 0;
    }
    assert(((uintptr_t)of & RETURN_KIND_MASK) == 0);
    ring->write_chunk->entries[ring->write_index++] = (uintptr_t)of | (uintptr_t)kind;
    const uint64_t count = atomic_load_explicit(&ring->write_count, memory_order_relaxed);
    atomic_store_explicit(&ring->write_count, count + 1, memory_order_release);
}

bool return_ring_pop(return_ring *ring, graph_node **of, return_kind *kind) {
    if (ring->read_count == atomic_load_explicit(&ring->write_count, memory_order_acquire)) {
        return false;
    }
    if (ring->read_index == RETURN_CHUNK_ENTRIES) {
        ring->read_chunk = ring->read_chunk->next;
        ring->read_index = 0;
    }
    const uintptr_t entry = ring->read_chunk->entries[ring->read_index++];
    ring->read_count++;
    *of = (graph_node *)(entry & ~(uintptr_t)RETURN_KIND_MASK);
    *kind = (return_kind)(entry & RETURN_KIND_MASK);
    return true;
}
