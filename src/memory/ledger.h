/* src/memory/ledger.h -- what is charged to whom: atomic, so that any number of control threads agree.
 * Thread: any */
#ifndef WA_SRC_MEMORY_LEDGER_H
#define WA_SRC_MEMORY_LEDGER_H
#include "wavepool/memory.h"

enum {
    PRESSURE_BUCKET_NS = 10 * 1000 * 1000, /* resolution of the sliding second */
    PRESSURE_WINDOW_BUCKETS = 100,         /* one second */
    PRESSURE_BUCKET_COUNT = 128,
};

typedef struct ledger {
    _Atomic uint64_t budget_bytes;
    _Atomic uint64_t used_bytes, peak_bytes;
    _Atomic uint64_t category_bytes[WA_MEMORY_CATEGORY_COUNT];
    _Atomic uint64_t category_peak_bytes[WA_MEMORY_CATEGORY_COUNT];
    _Atomic uint64_t allocation_count, allocated_bytes, refused_count; /* monotonic */
    /* Allocations by time: bucket number since the clock began << 24 | how many. A writer whose bucket
     * number is newer starts the slot over; a reader only adds up. */
    _Atomic uint64_t pressure[PRESSURE_BUCKET_COUNT];
} ledger;

/* Charge first: budget and category, or nothing at all. */
bool ledger_reserve(ledger *book, wa_memory_category category, uint64_t bytes);
void ledger_release(ledger *book, wa_memory_category category, uint64_t bytes);
/* The same bytes under another heading: the sum stays. */
void ledger_move(ledger *book, wa_memory_category from, wa_memory_category to, uint64_t bytes);
/* Bytes that are missing for a reservation to succeed now; 0: none. */
uint64_t ledger_missing(const ledger *book, uint64_t bytes);
/* Fails, and leaves the budget as it was, when more is in use. */
bool ledger_set_budget(ledger *book, uint64_t budget_bytes);

/* Memory came from the system at now_ns of the monotonic clock. */
void ledger_count_allocation(ledger *book, uint64_t bytes, uint64_t now_ns);
/* Allocations in the second that ends at now_ns. */
uint64_t ledger_recent_allocations(const ledger *book, uint64_t now_ns);

/* "400 of 1000 bytes in use; most by buffers 300, nodes 90, objects 10" */
void ledger_describe(const ledger *book, char *text, size_t text_bytes);
#endif /* WA_SRC_MEMORY_LEDGER_H */
