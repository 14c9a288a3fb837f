/* Devices and embedding: both pull frames through the puller, which cuts them into quanta. The functions above
 * the line run on the render thread. */
#include "pulling.h"
#include "../render/float_mode.h"
#include <math.h>
#include <string.h>

/* -- Thread: render ----------------------------------------------------------------------------- */

/* Before the token goes: whoever gets it may free the context. */
static void tell_watcher(wa_context *context) {
    (void)atomic_fetch_add_explicit(&context->handed_back_count, 1, memory_order_release);
}

static bool give_token_back(wa_context *context, uint32_t held) {
    tell_watcher(context);
    return atomic_compare_exchange_strong_explicit(&context->token, &held, TOKEN_CONTROL,
                                                   memory_order_acq_rel, memory_order_acquire);
}

/* One quantum for the puller. Between two quanta a wanted suspension takes effect: the token goes back. */
static bool render_one(void *user, const float *const *inputs, float *const *planes) {
    wa_context *context = user;
    const uint32_t held = atomic_load_explicit(&context->token, memory_order_acquire);
    if (held == TOKEN_CONTROL || (held == TOKEN_WANTED && give_token_back(context, held))) {
        return false;
    }
    render_apply(&context->side, WA_STAGE_OPS_PER_QUANTUM);
    render_quantum(&context->side, inputs, context->desc.input_channel_count, planes);
    return true;
}

/* Into the slot that no reader looks at; a reader that is overtaken sees that the count has moved on. */
static void stamp(wa_context *context, uint64_t frame, double time_ms) {
    const uint32_t count = atomic_load_explicit(&context->stamp_count, memory_order_relaxed);
    output_stamp *next = &context->stamps[(count + 1) % 2];
    atomic_store_explicit(&next->frame, frame, memory_order_release);
    atomic_store_explicit(&next->time_ms, time_ms, memory_order_release);
    atomic_store_explicit(&context->stamp_count, count + 1, memory_order_release);
}

/* time_ms: when the first of the frames will be heard. */
static void pull(wa_context *context, const float *const *inputs, float *const *outputs,
                 uint32_t frame_count, double time_ms) {
    const float_mode before = float_mode_enter();
    const uint64_t frame = context->side.frame;
    const uint32_t held = context->pull.held_frames;
    profile_callback_begin(context->side.measured, frame);
    puller_pull(&context->pull, inputs, outputs, frame_count);
    profile_callback_end(context->side.measured, frame_count, frame);
    if (frame_count > 0 && (held > 0 || context->side.frame > frame)) {
        stamp(context, frame - held, time_ms);
    }
    float_mode_leave(before);
}

static void pull_from_device(void *user, float *const *planes, uint32_t channel_count,
                             uint32_t frame_count, const device_pull_time *time) {
    wa_context *context = user;
    (void)channel_count;
    const double latency_ms = (double)time->latency_frames * 1e3 / context->side.sample_rate_hz;
    pull(context, NULL, planes, frame_count, (double)time->now_ns / 1e6 + latency_ms);
}

static void device_lost(void *user) {
    wa_context *context = user;
    atomic_store_explicit(&context->device_is_lost, 1, memory_order_release);
    tell_watcher(context);
}

wa_status wa_context_render(wa_context *context, const wa_render_desc *desc) {
    if (context == NULL || desc == NULL || desc->desc_bytes != sizeof *desc || desc->outputs == NULL) {
        return WA_ERR_TYPE; /* no message: formatting one is not wait-free */
    }
    if (context->desc.kind != WA_CONTEXT_EMBEDDED ||
        atomic_load_explicit(&context->is_closed, memory_order_acquire) != 0) {
        return WA_ERR_INVALID_STATE;
    }
    const double time_ms = desc->host_time_s * 1e3;
    pull(context, desc->inputs, desc->outputs, desc->frame_count, isfinite(time_ms) ? time_ms : 0.0);
    return WA_OK;
}

wa_status wa_context_render_end(wa_context *context) {
    if (context == NULL) {
        return WA_ERR_TYPE;
    }
    if (context->desc.kind != WA_CONTEXT_EMBEDDED ||
        atomic_load_explicit(&context->token, memory_order_acquire) != TOKEN_RENDER) {
        return WA_ERR_INVALID_STATE;
    }
    tell_watcher(context);
    atomic_store_explicit(&context->token, TOKEN_CONTROL, memory_order_release);
    return WA_OK;
}

/* -- Thread: any -------------------------------------------------------------------------------- */

uint64_t wa_context_activity(const wa_context *context) {
    if (context == NULL) {
        return 0;
    }
    const uint64_t returned = atomic_load_explicit(&context->returns.write_count, memory_order_acquire);
    const uint64_t handed = atomic_load_explicit(&context->handed_back_count, memory_order_acquire);
    const uint32_t is_idle =
        atomic_load_explicit(&context->token, memory_order_acquire) == TOKEN_CONTROL;
    /* The counts only grow: what came and went between two looks is seen; the token comes after its count. */
    return 2 * (returned + handed) + is_idle;
}

/* -- Thread: control ---------------------------------------------------------------------------- */

void pulling_init(wa_context *context) {
    const size_t stride = (context->desc.quantum_frames + 15u) & ~15u;
    float *rows = context->side.rows + context->side.row_capacity * stride;
    float *planes[WA_CHANNEL_COUNT_MAX] = { 0 }, *inputs[WA_CHANNEL_COUNT_MAX] = { 0 };
    for (uint32_t channel = 0; channel < context->desc.channel_count; channel++, rows += stride) {
        planes[channel] = rows;
    }
    for (uint32_t channel = 0; channel < context->desc.input_channel_count; channel++, rows += stride) {
        inputs[channel] = rows;
    }
    puller_init(&context->pull, render_one, context, context->desc.channel_count,
                context->desc.input_channel_count, context->desc.quantum_frames, planes, inputs);
}

static device_config config_of(wa_context *context) {
    return (device_config){ .engine = context->engine,
                            .id = context->desc.device_id,
                            .sample_rate_hz = context->desc.sample_rate_hz,
                            .channel_count = context->desc.channel_count,
                            .quantum_frames = context->desc.quantum_frames,
                            .latency_hint_s = context->desc.latency_hint_s,
                            .pull = pull_from_device,
                            .lost = device_lost,
                            .user = context };
}

wa_status pulling_open_device(wa_context *context) {
    const device_config config = config_of(context);
    const wa_status status = device_open(context->desc.device_backend, &config, &context->device_ops,
                                         &context->device, &context->facts);
    if (status == WA_OK) {
        context->desc.sample_rate_hz = context->facts.sample_rate_hz;
    }
    return status;
}

wa_status pulling_start_device(wa_context *context) {
    return context->device != NULL ? context->device_ops->start(context->device) : WA_OK;
}

void pulling_stop_device(wa_context *context) {
    if (context->device != NULL) {
        context->device_ops->stop(context->device);
    }
}

void pulling_close_device(wa_context *context) {
    if (context->device != NULL) {
        context->device_ops->close(context->device);
        context->device = NULL;
    }
}

static void replace_lost_device(wa_context *context) {
    pulling_stop_device(context);
    pulling_close_device(context);
    device_config config = config_of(context);
    config.id = NULL;
    context->has_lost_event = true;
    if (device_open("null", &config, &context->device_ops, &context->device, &context->facts) ==
            WA_OK &&
        context->state == WA_CONTEXT_RUNNING) {
        (void)pulling_start_device(context);
    }
}

void pulling_poll(wa_context *context) {
    if (atomic_exchange_explicit(&context->device_is_lost, 0, memory_order_acq_rel) != 0) {
        replace_lost_device(context);
    }
    if (context->device == NULL) {
        return;
    }
    device_underruns count = { 0 };
    context->device_ops->underruns(context->device, &count);
    profile_device_underruns(context->side.measured, count.is_available, count.event_count,
                             (double)count.frame_count / (double)context->desc.sample_rate_hz);
    profile_latency(context->side.measured,
                    wa_context_base_latency_s(context) + wa_context_output_latency_s(context));
}

/* What the context itself adds: the rest of a quantum that a callback of another size leaves. */
double wa_context_base_latency_s(const wa_context *context) {
    const uint32_t quantum = context->desc.quantum_frames;
    const uint32_t callback = context->device != NULL ? context->facts.callback_frames : quantum;
    const bool is_whole = callback > 0 && callback % quantum == 0;
    return is_whole ? 0.0 : (double)quantum / (double)context->desc.sample_rate_hz;
}

double wa_context_output_latency_s(const wa_context *context) {
    return context->device == NULL ? 0.0
                                   : (double)context->device_ops->latency_frames(context->device) /
                                         (double)context->desc.sample_rate_hz;
}

void wa_context_output_timestamp(const wa_context *context, wa_output_timestamp *timestamp) {
    uint32_t count = 0;
    do {
        count = atomic_load_explicit(&context->stamp_count, memory_order_acquire);
        const output_stamp *newest = &context->stamps[count % 2];
        const uint64_t frame = atomic_load_explicit(&newest->frame, memory_order_acquire);
        *timestamp =
            (wa_output_timestamp){ (double)frame / (double)context->desc.sample_rate_hz,
                                   atomic_load_explicit(&newest->time_ms, memory_order_acquire) };
    } while (atomic_load_explicit(&context->stamp_count, memory_order_acquire) != count);
}

wa_status wa_context_get_device(const wa_context *context, wa_device_info *device) {
    if (context == NULL || device == NULL) {
        return error_set(WA_ERR_TYPE, "context or device is NULL");
    }
    if (context->device == NULL) {
        return error_set(WA_ERR_INVALID_STATE, "the context plays to no device");
    }
    *device = (wa_device_info){ .channel_count_max = context->facts.channel_count,
                                .sample_rate_hz = context->facts.sample_rate_hz };
    strncpy(device->backend, context->device_ops->name, sizeof device->backend - 1);
    memcpy(device->id, context->facts.id, sizeof device->id);
    memcpy(device->name, context->facts.name, sizeof device->name);
    return WA_OK;
}
