/* The profiler: figures, costs, the snapshot as JSON, traces. */
#include "abi.h"
#include <string.h>

/* context -> the fields of wa_audio_metrics, in their order */
static void profiler_metrics(abi_mailbox *box) {
    wa_audio_metrics m;
    wa_profiler_get_metrics(abi_pointer(box, 0), &m);
    const double values[] = { m.context_time_s,
                              (double)m.render_quantum,
                              m.processing_load,
                              m.load.avg,
                              m.load.p50,
                              m.load.p99,
                              m.load.p999,
                              m.load.max,
                              m.underruns_available ? 1.0 : 0.0,
                              (double)m.buffer_underruns,
                              m.underrun_duration_s,
                              m.total_duration_s,
                              (double)m.deadline_misses,
                              (double)m.callback_count,
                              (double)m.quantum_count,
                              m.latency_s,
                              m.latency_avg_s,
                              m.latency_min_s,
                              m.latency_max_s,
                              (double)m.telemetry_dropped };
    memcpy(&box->slots[1], values, sizeof values);
    abi_return(box, WA_OK);
}

static void profiler_reset(abi_mailbox *box) {
    wa_profiler_reset(abi_pointer(box, 0));
    abi_return(box, WA_OK);
}

/* context, interval in quanta (0: off) */
static void profiler_set_node_timing(abi_mailbox *box) {
    abi_return(box, wa_profiler_set_node_timing(abi_pointer(box, 0), abi_uint(box, 1)));
}

/* -- JSON --------------------------------------------------------------------------------------- */

/* context -> address of the text, to be read and freed */
static void profiler_snapshot(abi_mailbox *box) {
    char *json = NULL;
    abi_return(box, wa_profiler_snapshot_json(abi_pointer(box, 0), &json));
    box->slots[1] = abi_address(json);
}

/* address -> the next piece of it in text, whole characters; address of what follows, 0 at the end */
static void string_read(abi_mailbox *box) {
    const char *from = abi_pointer(box, 0);
    size_t bytes = strnlen(from, ABI_TEXT_BYTES - 1);
    while (from[bytes] != '\0' && ((unsigned char)from[bytes] & 0xc0u) == 0x80u) {
        bytes--;
    }
    memcpy(box->text, from, bytes);
    box->text[bytes] = '\0';
    box->slots[1] = from[bytes] != '\0' ? abi_address(from + bytes) : 0.0;
    abi_return(box, WA_OK);
}

static void string_free(abi_mailbox *box) {
    wa_string_free(abi_pointer(box, 0));
    abi_return(box, WA_OK);
}

/* -- traces ------------------------------------------------------------------------------------- */

/* context, capacity in events */
static void profiler_trace_begin(abi_mailbox *box) {
    abi_return(box, wa_profiler_trace_begin(abi_pointer(box, 0), abi_uint(box, 1)));
}

/* context; text: path */
static void profiler_trace_end(abi_mailbox *box) {
    abi_return(box, wa_profiler_trace_end(abi_pointer(box, 0), box->text));
}

static const abi_entry entries[] = {
    { "profilerMetrics", profiler_metrics },
    { "profilerReset", profiler_reset },
    { "profilerSetNodeTiming", profiler_set_node_timing },
    { "profilerSnapshot", profiler_snapshot },
    { "stringRead", string_read },
    { "stringFree", string_free },
    { "profilerTraceBegin", profiler_trace_begin },
    { "profilerTraceEnd", profiler_trace_end },
};
const abi_list abi_profiler_list = { entries, sizeof entries / sizeof entries[0] };
