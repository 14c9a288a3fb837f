/* Reserve first, then take: the budget is one compare-and-swap, so two threads cannot both have the
 * last bytes. Category rows follow the sum and are exact whenever nobody is inside a call. */
#include "ledger.h"
#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

enum { PRESSURE_COUNT_BITS = 24, DESCRIBED_CATEGORIES = 3 };
#define PRESSURE_COUNT_MASK (((uint64_t)1 << PRESSURE_COUNT_BITS) - 1)

static_assert((PRESSURE_BUCKET_COUNT & (PRESSURE_BUCKET_COUNT - 1)) == 0,
              "buckets are found by masking");
static_assert(PRESSURE_BUCKET_COUNT > PRESSURE_WINDOW_BUCKETS, "a second fits with room to spare");

static void raise_to(_Atomic uint64_t *peak, uint64_t value) {
    uint64_t seen = atomic_load_explicit(peak, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               peak, &seen, value, memory_order_relaxed, memory_order_relaxed)) {}
}

static void add_to_category(ledger *book, wa_memory_category category, uint64_t bytes) {
    assert((uint32_t)category < WA_MEMORY_CATEGORY_COUNT);
    const uint64_t before =
        atomic_fetch_add_explicit(&book->category_bytes[category], bytes, memory_order_relaxed);
    raise_to(&book->category_peak_bytes[category], before + bytes);
}

static void take_from_category(ledger *book, wa_memory_category category, uint64_t bytes) {
    assert((uint32_t)category < WA_MEMORY_CATEGORY_COUNT);
    const uint64_t before =
        atomic_fetch_sub_explicit(&book->category_bytes[category], bytes, memory_order_relaxed);
    assert(before >= bytes);
    (void)before;
}

bool ledger_reserve(ledger *book, wa_memory_category category, uint64_t bytes) {
    uint64_t used = atomic_load(&book->used_bytes);
    do {
        const uint64_t budget = atomic_load(&book->budget_bytes);
        if (used > budget || bytes > budget - used)
            return false;
    } while (!atomic_compare_exchange_weak(&book->used_bytes, &used, used + bytes));
    /* The budget may have been lowered between the look and the swap. */
    if (used + bytes > atomic_load(&book->budget_bytes)) {
        atomic_fetch_sub(&book->used_bytes, bytes);
        return false;
    }
    raise_to(&book->peak_bytes, used + bytes);
    add_to_category(book, category, bytes);
    return true;
}

void ledger_release(ledger *book, wa_memory_category category, uint64_t bytes) {
    take_from_category(book, category, bytes);
    const uint64_t before = atomic_fetch_sub(&book->used_bytes, bytes);
    assert(before >= bytes);
    (void)before;
}

void ledger_move(ledger *book, wa_memory_category from, wa_memory_category to, uint64_t bytes) {
    if (from == to)
        return;
    take_from_category(book, from, bytes);
    add_to_category(book, to, bytes);
}

uint64_t ledger_missing(const ledger *book, uint64_t bytes) {
    const uint64_t used = atomic_load(&book->used_bytes);
    const uint64_t budget = atomic_load(&book->budget_bytes);
    const uint64_t wanted = bytes > UINT64_MAX - used ? UINT64_MAX : used + bytes;
    return wanted > budget ? wanted - budget : 0;
}

bool ledger_set_budget(ledger *book, uint64_t budget_bytes) {
    const uint64_t before = atomic_exchange(&book->budget_bytes, budget_bytes);
    if (atomic_load(&book->used_bytes) <= budget_bytes)
        return true;
    atomic_store(&book->budget_bytes, before);
    return false;
}

void ledger_count_allocation(ledger *book, uint64_t bytes, uint64_t now_ns) {
    atomic_fetch_add_explicit(&book->allocation_count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&book->allocated_bytes, bytes, memory_order_relaxed);

    const uint64_t bucket = now_ns / PRESSURE_BUCKET_NS;
    _Atomic uint64_t *slot = &book->pressure[bucket & (PRESSURE_BUCKET_COUNT - 1)];
    uint64_t seen = atomic_load_explicit(slot, memory_order_relaxed), next;
    do {
        if (seen >> PRESSURE_COUNT_BITS > bucket)
            return; /* this thread was away for longer than the ring: no longer recent */
        const bool is_same = seen >> PRESSURE_COUNT_BITS == bucket;
        if (is_same && (seen & PRESSURE_COUNT_MASK) == PRESSURE_COUNT_MASK)
            return;
        next = is_same ? seen + 1 : (bucket << PRESSURE_COUNT_BITS | 1);
    } while (!atomic_compare_exchange_weak_explicit(slot, &seen, next, memory_order_relaxed,
                                                    memory_order_relaxed));
}

uint64_t ledger_recent_allocations(const ledger *book, uint64_t now_ns) {
    const uint64_t newest = now_ns / PRESSURE_BUCKET_NS;
    uint64_t count = 0;
    for (uint32_t i = 0; i < PRESSURE_BUCKET_COUNT; i++) {
        const uint64_t slot = atomic_load_explicit(&book->pressure[i], memory_order_relaxed);
        const uint64_t bucket = slot >> PRESSURE_COUNT_BITS;
        if (bucket <= newest && newest - bucket < PRESSURE_WINDOW_BUCKETS)
            count += slot & PRESSURE_COUNT_MASK;
    }
    return count;
}

void ledger_describe(const ledger *book, char *text, size_t text_bytes) {
    uint64_t bytes[WA_MEMORY_CATEGORY_COUNT];
    for (uint32_t i = 0; i < WA_MEMORY_CATEGORY_COUNT; i++)
        bytes[i] = atomic_load_explicit(&book->category_bytes[i], memory_order_relaxed);
    int length = snprintf(text, text_bytes, "%" PRIu64 " of %" PRIu64 " bytes in use; most by",
                          atomic_load(&book->used_bytes), atomic_load(&book->budget_bytes));
    for (uint32_t rank = 0; rank < DESCRIBED_CATEGORIES && (size_t)length < text_bytes; rank++) {
        uint32_t largest = 0;
        for (uint32_t i = 1; i < WA_MEMORY_CATEGORY_COUNT; i++)
            largest = bytes[i] > bytes[largest] ? i : largest;
        length +=
            snprintf(text + length, text_bytes - (size_t)length, "%s %s %" PRIu64, rank == 0 ? "" : ",",
                     wa_memory_category_name((wa_memory_category)largest), bytes[largest]);
        bytes[largest] = 0;
    }
}
