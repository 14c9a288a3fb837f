/* Devices and embedding: both pull frames through a puller, which cuts them into quanta. The functions above
 * the line run on the render thread. */
#include "pulling.h"
#include "../render/float_mode.h"
#include "ahead.h"
#include "port.h"
#include <math.h>

/* -- Thread: render ----------------------------------------------------------------------------- */

/* Before the token goes: whoever gets it may free the context. */
void context_tell_watcher(wa_context *context) {
    (void)atomic_fetch_add_explicit(&context->handed_back_count, 1, memory_order_release);
}

static bool give_token_back(wa_context *context, uint32_t held) {
    context_tell_watcher(context);
    return atomic_compare_exchange_strong_explicit(&context->token, &held, TOKEN_CONTROL,
                                                   memory_order_acq_rel, memory_order_acquire);
}

bool pulling_is_running(const wa_context *context) {
    return atomic_load_explicit(&context->token, memory_order_acquire) == TOKEN_RENDER;
}

bool pulling_may_render(wa_context *context) {
    const uint32_t held = atomic_load_explicit(&context->token, memory_order_acquire);
    return held != TOKEN_CONTROL && !(held == TOKEN_WANTED && give_token_back(context, held));
}

/* One quantum for the puller. */
static bool render_one(void *user, const float *const *inputs, float *const *planes) {
    wa_context *context = user;
    if (!pulling_may_render(context)) {
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
static void pull(wa_context *context, puller *through, const float *const *inputs,
                 float *const *outputs, uint32_t frame_count, double time_ms) {
    const float_mode before = float_mode_enter();
    const uint64_t frame = context->side.frame;
    const uint32_t held = through->held_frames;
    profile_callback_begin(context->side.measured, frame);
    puller_pull(through, inputs, outputs, frame_count);
    profile_callback_end(context->side.measured, frame_count, frame);
    if (frame_count > 0 && (held > 0 || context->side.frame > frame)) {
        stamp(context, frame - held, time_ms);
    }
    float_mode_leave(before);
}

bool port_render(void *user, const float *const *inputs, float *const *planes) {
    const port *of = user;
    if (!of->has_turn) {
        return false;
    }
    return of->is_played_ahead ? ahead_pop(of->context, planes)
                               : render_one(of->context, inputs, planes);
}

/* Whether this callback may render: it has the turn, and nobody is to have it next. */
static bool keep_turn(port *of) {
    wa_context *context = of->context;
    if (atomic_load_explicit(&context->turn, memory_order_acquire) != of) {
        return false;
    }
    port *successor = atomic_load_explicit(&context->successor, memory_order_acquire);
    if (successor != of) {
        atomic_store_explicit(&context->turn, successor, memory_order_release);
    }
    return successor == of;
}

/* The same of what another thread has rendered. */
static void pull_ahead(port *of, float *const *planes, uint32_t frame_count, double time_ms) {
    wa_context *context = of->context;
    const uint64_t frame = ahead_frame(context);
    const uint32_t held = of->pull.held_frames;
    puller_pull(&of->pull, NULL, planes, frame_count);
    const uint64_t popped = ahead_frame(context) - frame;
    const uint64_t given = held + popped - of->pull.held_frames;
    ahead_count_missing(context, given < frame_count ? frame_count - (uint32_t)given : 0);
    if (given > 0) {
        stamp(context, frame - held, time_ms);
    }
}

void port_pull(void *user, const float *const *inputs, float *const *planes, uint32_t channel_count,
               uint32_t frame_count, const device_pull_time *time) {
    port *of = user;
    (void)channel_count;
    of->has_turn = keep_turn(of);
    of->is_played_ahead = of->has_turn && ahead_is_source(of->context);
    if (of->has_turn) {
        const double latency_ms = (double)time->latency_frames * 1e3 / of->context->side.sample_rate_hz;
        const double time_ms = (double)time->now_ns / 1e6 + latency_ms;
        if (of->is_played_ahead) {
            pull_ahead(of, planes, frame_count, time_ms);
        } else {
            pull(of->context, &of->pull, inputs, planes, frame_count, time_ms);
        }
    } else {
        puller_pull(&of->pull, inputs, planes, frame_count);
    }
    const bool is_quiet = !of->has_turn && of->pull.ramp_frames_left == 0;
    atomic_store_explicit(&of->is_quiet, is_quiet, memory_order_relaxed);
    atomic_fetch_add_explicit(&of->callback_count, 1, memory_order_release);
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
    pull(context, &context->pull, desc->inputs, desc->outputs, desc->frame_count,
         isfinite(time_ms) ? time_ms : 0.0);
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
    context_tell_watcher(context);
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
