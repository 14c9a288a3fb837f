/* What was played and how late: latencies, the output's time stamp, samples for the profile, and
 * AudioPlaybackStats. */
#include "ahead.h"
#include "port.h"
#include "pulling.h"

#define READ_ANEW_NS 1000000000ull /* the text: at most once per second */

/* -- latency ------------------------------------------------------------------------------------ */

static uint32_t gcd(uint32_t a, uint32_t b) {
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* What is left of a quantum waits for the next callback, and input for the rest of its quantum: puller.c. What
 * is rendered ahead waits in a ring: ahead.c. */
double wa_context_base_latency_s(const wa_context *context) {
    if (context->current == NULL) {
        return 0.0;
    }
    const uint32_t quantum = context->desc.quantum_frames;
    const uint32_t callback = context->current->facts.callback_frames;
    const uint32_t common = callback > 0 ? gcd(quantum, callback) : 1;
    return (double)(quantum - common) / (double)context->desc.sample_rate_hz + ahead_latency_s(context);
}

double wa_context_output_latency_s(const wa_context *context) {
    const port *of = context->current;
    return of == NULL
               ? 0.0
               : (double)of->ops->latency_frames(of->device) / (double)context->desc.sample_rate_hz;
}

double wa_context_input_latency_s(const wa_context *context) {
    const port *of = context->current;
    if (of == NULL || context->desc.input_channel_count == 0) {
        return 0.0;
    }
    return wa_context_base_latency_s(context) +
           (double)of->ops->input_latency_frames(of->device) / (double)context->desc.sample_rate_hz;
}

/* -- the output's time stamp -------------------------------------------------------------------- */

typedef struct stamp_pair {
    uint64_t frame;
    double ms;
} stamp_pair;

/* Both halves as written together; false: nothing has played yet. Tried again when render was quicker. */
static bool read_stamp(const wa_context *context, stamp_pair *pair) {
    uint32_t count = 0;
    do {
        count = atomic_load_explicit(&context->stamp_count, memory_order_acquire);
        const output_stamp *newest = &context->stamps[count % 2];
        pair->frame = atomic_load_explicit(&newest->frame, memory_order_acquire);
        pair->ms = atomic_load_explicit(&newest->time_ms, memory_order_acquire);
    } while (atomic_load_explicit(&context->stamp_count, memory_order_acquire) != count);
    return count > 0;
}

void wa_context_output_timestamp(const wa_context *context, wa_output_timestamp *timestamp) {
    stamp_pair pair;
    *timestamp = (wa_output_timestamp){ 0 };
    if (!read_stamp(context, &pair)) {
        return;
    }
    const double rate = (double)context->desc.sample_rate_hz;
    double ahead_frames = 0.0; /* of the stamp */
    if (context->desc.kind == WA_CONTEXT_REALTIME) {
        const double now_frames = ((double)clock_now_ns() / 1e6 - pair.ms) * 1e-3 * rate;
        const double rendered = (double)(wa_context_current_frame(context) - pair.frame);
        ahead_frames = now_frames < rendered - 1.0 ? now_frames : rendered - 1.0;
        if (ahead_frames < -(double)pair.frame) {
            ahead_frames = -(double)pair.frame;
        }
    }
    timestamp->context_time_s = ((double)pair.frame + ahead_frames) / rate;
    timestamp->performance_time_ms = pair.ms + ahead_frames / rate * 1e3;
}

/* -- samples ------------------------------------------------------------------------------------ */

void playback_sample(wa_context *context) {
    const port *of = context->current;
    const double rate = (double)context->desc.sample_rate_hz;
    const uint64_t frame = wa_context_current_frame(context);
    const uint64_t played_frames = frame - context->sampled_frame;
    context->sampled_frame = frame;
    device_underruns count = { 0 };
    of->ops->underruns(of->device, &count);
    if (count.is_available || played_frames > 0) {
        profile_device_underruns(context->side.measured, count.is_available,
                                 count.event_count - of->before.event_count,
                                 (double)(count.frame_count - of->before.frame_count) / rate);
    }
    ahead_sample(context);
    profile_latency(context->side.measured,
                    wa_context_base_latency_s(context) + wa_context_output_latency_s(context),
                    played_frames);
}

/* -- AudioPlaybackStats ------------------------------------------------------------------------- */

static double latency_now_s(const wa_context *context) {
    return wa_context_base_latency_s(context) + wa_context_output_latency_s(context);
}

void playback_read(wa_context *context, uint64_t now_ns, wa_playback_stats *stats) {
    if (context->playback_ns == 0 || now_ns - context->playback_ns >= READ_ANEW_NS) {
        if (context->current != NULL) {
            playback_sample(context);
        }
        const profile_reading reading = { context_now_s(context), wa_context_base_latency_s(context),
                                          wa_context_output_latency_s(context) };
        profile_playback(context->side.measured, &reading, &context->playback);
        context->playback_ns = now_ns;
    }
    *stats = context->playback;
}

static wa_status check_playing(const wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    return context->desc.kind != WA_CONTEXT_OFFLINE
               ? WA_OK
               : error_set(WA_ERR_INVALID_STATE, "an offline context plays nothing");
}

wa_status wa_context_get_playback_stats(wa_context *context, wa_playback_stats *stats) {
    if (stats == NULL) {
        return error_set(WA_ERR_TYPE, "stats is NULL");
    }
    const wa_status status = check_playing(context);
    if (status == WA_OK) {
        playback_read(context, clock_now_ns(), stats);
    }
    return status;
}

wa_status wa_context_reset_latency(wa_context *context) {
    const wa_status status = check_playing(context);
    if (status != WA_OK) {
        return status;
    }
    if (context->current != NULL) {
        playback_sample(context); /* what was played belongs to the time before */
    }
    profile_reset_latency(context->side.measured);
    const double now_s = latency_now_s(context);
    context->playback.average_latency_s = now_s;
    context->playback.minimum_latency_s = now_s;
    context->playback.maximum_latency_s = now_s;
    return WA_OK;
}
