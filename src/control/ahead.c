/* Rendering ahead: who cannot render on a device's thread fills a ring, and the device plays from it. */
#include "ahead.h"
#include "../memory/memory.h"
#include "../render/float_mode.h"
#include "port.h"
#include "pulling.h"
#include <math.h>
#include <string.h>

#define LEAD_S_MAX 10.0

static float *row(const wa_context *context, uint64_t number, uint32_t channel) {
    const ahead_ring *of = context->ahead;
    const uint64_t slot = number % of->quantum_count;
    return of->planes + ((uint64_t)channel * of->quantum_count + slot) * of->stride;
}

/* -- Thread: the caller's that renders ---------------------------------------------------------- */

static void render_measured(wa_context *context, float *const *planes) {
    const float_mode before = float_mode_enter();
    const uint64_t frame = context->side.frame;
    profile_callback_begin(context->side.measured, frame);
    render_apply(&context->side, WA_STAGE_OPS_PER_QUANTUM);
    render_quantum(&context->side, NULL, 0, planes);
    profile_callback_end(context->side.measured, context->desc.quantum_frames, frame);
    float_mode_leave(before);
}

wa_ahead wa_context_ahead_render(wa_context *context) {
    ahead_ring *of = context != NULL ? context->ahead : NULL;
    if (of == NULL || atomic_load_explicit(&of->mode, memory_order_acquire) != AHEAD_ON ||
        !pulling_may_render(context)) {
        return WA_AHEAD_IDLE;
    }
    const uint64_t number = atomic_load_explicit(&of->write_count, memory_order_relaxed);
    if (number - atomic_load_explicit(&of->read_count, memory_order_acquire) == of->quantum_count) {
        atomic_store_explicit(&of->is_primed, true, memory_order_release);
        return WA_AHEAD_FULL;
    }
    float *planes[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < context->desc.channel_count; channel++) {
        planes[channel] = row(context, number, channel);
    }
    render_measured(context, planes);
    atomic_store_explicit(&of->write_count, number + 1, memory_order_release);
    return WA_AHEAD_RENDERED;
}

/* -- Thread: the device's ----------------------------------------------------------------------- */

static bool has_quantum(const ahead_ring *of) {
    return atomic_load_explicit(&of->write_count, memory_order_acquire) !=
           atomic_load_explicit(&of->read_count, memory_order_relaxed);
}

bool ahead_is_source(wa_context *context) {
    ahead_ring *of = atomic_load_explicit(&context->ahead, memory_order_acquire);
    if (of == NULL) {
        return false;
    }
    uint32_t mode = atomic_load_explicit(&of->mode, memory_order_acquire);
    if (mode == AHEAD_WANTED && !has_quantum(of)) {
        of->begin_frame =
            context->side.frame -
            atomic_load_explicit(&of->read_count, memory_order_relaxed) * context->desc.quantum_frames;
        if (atomic_compare_exchange_strong_explicit(&of->mode, &mode, AHEAD_ON, memory_order_acq_rel,
                                                    memory_order_acquire)) {
            return true;
        }
    }
    return mode == AHEAD_ON || has_quantum(of);
}

bool ahead_pop(wa_context *context, float *const *planes) {
    ahead_ring *of = context->ahead;
    if (!atomic_load_explicit(&of->is_primed, memory_order_acquire) || !has_quantum(of)) {
        return false;
    }
    const uint64_t number = atomic_load_explicit(&of->read_count, memory_order_relaxed);
    for (uint32_t channel = 0; channel < context->desc.channel_count; channel++) {
        memcpy(planes[channel], row(context, number, channel),
               context->desc.quantum_frames * sizeof(float));
    }
    atomic_store_explicit(&of->read_count, number + 1, memory_order_release);
    return true;
}

uint64_t ahead_frame(const wa_context *context) {
    const ahead_ring *of = context->ahead;
    return of->begin_frame +
           atomic_load_explicit(&of->read_count, memory_order_relaxed) * context->desc.quantum_frames;
}

void ahead_count_missing(wa_context *context, uint32_t missing_frames) {
    ahead_ring *of = context->ahead;
    const bool is_late = missing_frames > 0 &&
                         atomic_load_explicit(&of->is_primed, memory_order_relaxed) &&
                         atomic_load_explicit(&of->mode, memory_order_relaxed) == AHEAD_ON &&
                         pulling_is_running(context);
    if (is_late) {
        atomic_fetch_add_explicit(&of->underrun_frames, missing_frames, memory_order_relaxed);
        atomic_fetch_add_explicit(&of->underrun_events, of->is_starving ? 0 : 1, memory_order_release);
    }
    of->is_starving = is_late;
}

/* -- Thread: control ---------------------------------------------------------------------------- */

/* Whole quanta that one callback may take. A device whose callbacks vary takes its latency at the most. */
static uint32_t callback_quanta(const wa_context *context, const port *of) {
    const uint32_t quantum = context->desc.quantum_frames;
    const uint32_t said = of->facts.callback_frames;
    const uint32_t frames = said > 0 ? said : of->ops->latency_frames(of->device);
    return frames / quantum + (frames % quantum > 0 ? 1 : 0) + (frames == 0 ? 1 : 0);
}

static uint32_t quanta_for(const wa_context *context, double lead_s) {
    const double lead =
        ceil(lead_s * (double)context->desc.sample_rate_hz / (double)context->desc.quantum_frames);
    const uint32_t current = callback_quanta(context, context->current);
    const uint32_t home = callback_quanta(context, context->home);
    return (current > home ? current : home) + (lead > 1.0 ? (uint32_t)lead : 1);
}

static wa_status make_ring(wa_context *context, double lead_s) {
    const uint32_t stride = (context->desc.quantum_frames + 15u) & ~15u;
    const uint32_t count = quanta_for(context, lead_s);
    const uint64_t head_bytes = (sizeof(ahead_ring) + 63) / 64 * 64;
    const uint64_t bytes =
        head_bytes + (uint64_t)context->desc.channel_count * count * stride * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(context->engine, WA_MEMORY_RINGS, bytes, "quanta rendered ahead", &memory);
    if (status == WA_OK) {
        ahead_ring *of = memory;
        of->quantum_count = count;
        of->size_bytes = bytes;
        of->stride = stride;
        of->planes = (float *)(void *)((char *)memory + head_bytes);
        atomic_store_explicit(&context->ahead, of, memory_order_release);
    }
    return status;
}

wa_status wa_context_ahead_begin(wa_context *context, double lead_s) {
    if (context == NULL || isnan(lead_s)) {
        return error_set(WA_ERR_TYPE, context == NULL ? "context is NULL" : "lead_s is not a number");
    }
    if (lead_s < 0.0 || lead_s > LEAD_S_MAX) {
        return error_set(WA_ERR_RANGE, "lead_s is %g, its range is [0, %g]", lead_s, LEAD_S_MAX);
    }
    if (context->current == NULL) {
        return error_set(WA_ERR_INVALID_STATE, "the context %s",
                         context->state == WA_CONTEXT_CLOSED ? "is closed" : "plays to no device");
    }
    if (context->desc.input_channel_count > 0) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "a context that records (input_channel_count is %u) is not rendered ahead",
                         context->desc.input_channel_count);
    }
    const wa_status status = context->ahead == NULL ? make_ring(context, lead_s) : WA_OK;
    uint32_t off = AHEAD_OFF;
    if (status == WA_OK) {
        (void)atomic_compare_exchange_strong_explicit(&context->ahead->mode, &off, AHEAD_WANTED,
                                                      memory_order_acq_rel, memory_order_acquire);
    }
    return status;
}

wa_status wa_context_ahead_end(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->ahead != NULL) {
        atomic_store_explicit(&context->ahead->is_primed, true, memory_order_release);
        atomic_store_explicit(&context->ahead->mode, AHEAD_OFF, memory_order_release);
    }
    return WA_OK;
}

double ahead_latency_s(const wa_context *context) {
    const ahead_ring *of = context->ahead;
    if (of == NULL || atomic_load_explicit(&of->mode, memory_order_relaxed) == AHEAD_OFF) {
        return 0.0;
    }
    return (double)of->quantum_count * (double)context->desc.quantum_frames /
           (double)context->desc.sample_rate_hz;
}

wa_status ahead_check_port(const wa_context *context, const port *of) {
    const uint32_t needed = callback_quanta(context, of) + 1;
    if (context->ahead == NULL || context->ahead->quantum_count >= needed) {
        return WA_OK;
    }
    return error_set(WA_ERR_NOT_SUPPORTED,
                     "%s: \"%.200s\" takes %u quanta at a time, %u are rendered ahead", of->ops->name,
                     of->facts.id, needed - 1, context->ahead->quantum_count);
}

void ahead_sample(wa_context *context) {
    ahead_ring *of = context->ahead;
    if (of == NULL) {
        return;
    }
    const uint64_t events = atomic_load_explicit(&of->underrun_events, memory_order_acquire);
    const uint64_t frames = atomic_load_explicit(&of->underrun_frames, memory_order_relaxed);
    profile_underruns(context->side.measured, events - of->seen_events,
                      (double)(frames - of->seen_frames) / (double)context->desc.sample_rate_hz);
    of->seen_events = events;
    of->seen_frames = frames;
}

void ahead_finish(wa_context *context) {
    if (context->ahead != NULL) {
        memory_give(context->engine, WA_MEMORY_RINGS, context->ahead, context->ahead->size_bytes);
        context->ahead = NULL;
    }
}
