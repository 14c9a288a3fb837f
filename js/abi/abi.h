/* js/abi/abi.h -- the engine as JavaScript calls it, in Node and in the page: functions without arguments that
 * read and write a mailbox of doubles which JavaScript sees as a Float64Array.
 *
 *   in    slots[0 ..]   arguments; pointers and counts are numbers; a handle takes two slots, low and high half
 *   out   slots[0]      a wa_status; results from slots[1] on
 *         text          a string in (UTF-8, closed by 0) or out
 *
 * A call is then a store for each argument and one crossing, with nothing to convert and nothing for the
 * collector. Only our own JavaScript calls these; it passes pointers that it was given and checks what users
 * pass. One mailbox belongs to one JavaScript thread. Thread: control, of the objects named.
 */
#ifndef WAVEPOOL_JS_ABI_H
#define WAVEPOOL_JS_ABI_H
#include <wavepool/wavepool.h>

enum { ABI_SLOT_COUNT = 256, ABI_TEXT_BYTES = 4096 };

typedef struct abi_mailbox {
    double slots[ABI_SLOT_COUNT];
    char text[ABI_TEXT_BYTES];
} abi_mailbox;

/* Nodes that are given back together, when the collector has found that no object stands for any of them. The
 * host makes one and gives it up; nodeCreate adds to it. */
enum { ABI_COHORT_MAX = 16 };
typedef struct abi_cohort {
    wa_context *context;
    uint32_t count;
    wa_node nodes[ABI_COHORT_MAX];
} abi_cohort;
/* Whatever of it is still there lives on as long as the specification says. */
void abi_cohort_release(const abi_cohort *cohort);

/* What a host gives processorDefine: how its JavaScript is called for a quantum. */
typedef struct abi_processor_callbacks {
    wa_process_fn process;
    wa_processor_finish_fn finish;
} abi_processor_callbacks;

typedef void (*abi_fn)(abi_mailbox *box);
typedef struct abi_entry {
    const char *name;
    abi_fn call;
} abi_entry;

/* Every function, by the name that JavaScript uses. The lists of the files below, one after the other. */
typedef struct abi_list {
    const abi_entry *entries;
    uint32_t count;
} abi_list;
extern const abi_list abi_engine_list, abi_context_list, abi_node_list, abi_param_list, abi_pool_list;
extern const abi_list abi_effects_list, abi_media_list, abi_voice_list, abi_profiler_list;
extern const abi_list abi_processor_list;
const abi_list *const *abi_lists(uint32_t *count);

/* -- For the files of this folder -- */

static inline void *abi_pointer(const abi_mailbox *box, uint32_t slot) {
    return (void *)(uintptr_t)box->slots[slot]; /* below 2^53 on every machine that we run on */
}
static inline double abi_address(const void *pointer) {
    return (double)(uintptr_t)pointer;
}
static inline uint64_t abi_id(const abi_mailbox *box, uint32_t slot) {
    return (uint64_t)box->slots[slot + 1] << 32 | (uint64_t)box->slots[slot];
}
static inline void abi_set_id(abi_mailbox *box, uint32_t slot, uint64_t id) {
    box->slots[slot] = (double)(uint32_t)id;
    box->slots[slot + 1] = (double)(id >> 32);
}
static inline wa_node abi_node(const abi_mailbox *box, uint32_t slot) {
    return (wa_node){ abi_id(box, slot) };
}
static inline wa_param abi_param(const abi_mailbox *box, uint32_t slot) {
    return wa_node_param(abi_node(box, slot), (uint32_t)box->slots[slot + 2]);
}
static inline uint32_t abi_uint(const abi_mailbox *box, uint32_t slot) {
    return (uint32_t)box->slots[slot];
}
static inline void abi_return(abi_mailbox *box, wa_status status) {
    box->slots[0] = (double)status;
}

/* The options of a node as nodeCreate reads them from its slots; they point to what the slots point to. */
typedef union abi_options {
    uint64_t alignment;
    unsigned char bytes[512];
} abi_options;
void abi_read_options(const abi_mailbox *box, wa_node_type type, abi_options *options);
/* The fields of wa_node_pool_stats from slot 1 on. */
void abi_pool_stats_out(abi_mailbox *box, const wa_node_pool_stats *stats);
#endif /* WAVEPOOL_JS_ABI_H */
