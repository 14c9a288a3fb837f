/* Contexts: life, clock, events, flushes. */
#include "abi.h"
#include <string.h>

static const char *or_null(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

/* engine, kind, rate, channels, quantum, input channels, latency hint; text: "backend\0device\0input\0", each
 * may be empty -> context, destination, rate, quantum, channels, listener */
static void context_create(abi_mailbox *box) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = (wa_context_kind)(int)box->slots[1];
    desc.sample_rate_hz = (float)box->slots[2];
    desc.channel_count = abi_uint(box, 3);
    desc.quantum_frames = abi_uint(box, 4);
    desc.input_channel_count = abi_uint(box, 5);
    desc.latency_hint_s = box->slots[6];
    desc.is_gathering = true; /* until the microtasks run */
    const char *device = box->text + strlen(box->text) + 1;
    desc.device_backend = or_null(box->text);
    desc.device_id = or_null(device);
    desc.input_device_id = or_null(device + strlen(device) + 1);
    wa_context *context = NULL;
    const wa_status status = wa_context_create(abi_pointer(box, 0), &desc, &context);
    abi_return(box, status);
    if (status == WA_OK) {
        box->slots[1] = abi_address(context);
        abi_set_id(box, 2, wa_context_destination(context).id);
        box->slots[4] = (double)wa_context_sample_rate_hz(context);
        box->slots[5] = wa_context_quantum_frames(context);
        box->slots[6] = wa_context_channel_count(context);
        abi_set_id(box, 7, wa_context_listener(context).id);
    }
}

/* context: its pools go with it */
static void context_destroy(abi_mailbox *box) {
    (void)wa_context_destroy_pools(abi_pointer(box, 0));
    abi_return(box, wa_context_destroy(abi_pointer(box, 0)));
}

static void context_resume(abi_mailbox *box) {
    abi_return(box, wa_context_resume(abi_pointer(box, 0)));
}

static void context_suspend(abi_mailbox *box) {
    abi_return(box, wa_context_suspend(abi_pointer(box, 0)));
}

static void context_close(abi_mailbox *box) {
    abi_return(box, wa_context_close(abi_pointer(box, 0)));
}

/* context; text: "backend\0device\0", each may be empty */
static void context_set_device(abi_mailbox *box) {
    abi_return(box, wa_context_set_device(abi_pointer(box, 0), or_null(box->text),
                                          or_null(box->text + strlen(box->text) + 1)));
}

static void context_flush(abi_mailbox *box) {
    abi_return(box, wa_flush(abi_pointer(box, 0)));
}

static void context_begin(abi_mailbox *box) {
    abi_return(box, wa_begin(abi_pointer(box, 0)));
}

static void context_commit(abi_mailbox *box) {
    abi_return(box, wa_commit(abi_pointer(box, 0)));
}

static void context_rollback(abi_mailbox *box) {
    abi_return(box, wa_rollback(abi_pointer(box, 0)));
}

/* context -> state, frame of the next quantum, base latency, output latency, context time and performance time
 * of the output timestamp */
static void context_clock(abi_mailbox *box) {
    const wa_context *context = abi_pointer(box, 0);
    wa_output_timestamp stamp;
    wa_context_output_timestamp(context, &stamp);
    box->slots[1] = (double)wa_context_get_state(context);
    box->slots[2] = (double)wa_context_current_frame(context);
    box->slots[3] = wa_context_base_latency_s(context);
    box->slots[4] = wa_context_output_latency_s(context);
    box->slots[5] = stamp.context_time_s;
    box->slots[6] = stamp.performance_time_ms;
    abi_return(box, WA_OK);
}

/* context -> the fields of wa_playback_stats, in their order */
static void context_playback_stats(abi_mailbox *box) {
    wa_playback_stats s = { 0 };
    abi_return(box, wa_context_get_playback_stats(abi_pointer(box, 0), &s));
    const double values[] = { s.underruns_available ? 1.0 : 0.0,
                              s.underrun_duration_s,
                              (double)s.underrun_events,
                              s.total_duration_s,
                              s.average_latency_s,
                              s.minimum_latency_s,
                              s.maximum_latency_s };
    memcpy(&box->slots[1], values, sizeof values);
}

static void context_reset_latency(abi_mailbox *box) {
    abi_return(box, wa_context_reset_latency(abi_pointer(box, 0)));
}

enum { EVENT_SLOTS = 4, EVENTS_AT_ONCE = (ABI_SLOT_COUNT - 8) / EVENT_SLOTS };

/* context -> count, then for each event: type, state, node */
static void context_poll(abi_mailbox *box) {
    wa_event events[EVENTS_AT_ONCE];
    const uint32_t count = wa_context_poll(abi_pointer(box, 0), events, EVENTS_AT_ONCE);
    box->slots[1] = count;
    for (uint32_t index = 0; index < count; index++) {
        const uint32_t slot = 2 + EVENT_SLOTS * index;
        box->slots[slot] = (double)events[index].type;
        box->slots[slot + 1] = (double)events[index].state;
        abi_set_id(box, slot + 2, events[index].node.id);
    }
    abi_return(box, WA_OK);
}

static const abi_entry entries[] = {
    { "contextCreate", context_create },
    { "contextDestroy", context_destroy },
    { "contextResume", context_resume },
    { "contextSuspend", context_suspend },
    { "contextClose", context_close },
    { "contextSetDevice", context_set_device },
    { "contextPlaybackStats", context_playback_stats },
    { "contextResetLatency", context_reset_latency },
    { "contextFlush", context_flush },
    { "contextBegin", context_begin },
    { "contextCommit", context_commit },
    { "contextRollback", context_rollback },
    { "contextClock", context_clock },
    { "contextPoll", context_poll },
};
const abi_list abi_context_list = { entries, sizeof entries / sizeof entries[0] };
