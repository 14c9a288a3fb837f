/* Offline: rendered on the calling thread, quantum by quantum, into a buffer or a sink; suspensions in
 * between. */
#include "../render/float_mode.h"
#include "context.h"
#include <math.h>
#include <string.h>

#define SUSPEND_FRAME_MAX 9e15 /* below it a double counts every frame */

/* Can it be rendered, now or later? */
static wa_status check_renderable(const wa_context *context) {
    if (context->desc.kind != WA_CONTEXT_OFFLINE) {
        return error_set(WA_ERR_INVALID_STATE, "the context is not offline");
    }
    if (context->is_offline_done) {
        return error_set(WA_ERR_INVALID_STATE, "the context has been rendered already");
    }
    return context->state == WA_CONTEXT_CLOSED
               ? error_set(WA_ERR_INVALID_STATE, "the context is closed")
               : WA_OK;
}

/* Where in the list: behind those that come before. */
static wa_status find_place(const wa_context *context, double time_s, double frame, uint32_t *place) {
    const uint64_t now = wa_context_current_frame(context);
    const bool is_fresh = now == 0 && !context->is_in_offline_render && frame == 0.0;
    if (frame <= (double)now && !is_fresh) {
        return error_set(WA_ERR_INVALID_STATE, "time_s is %g: not later than now", time_s);
    }
    if ((context->desc.length_frames > 0 && frame >= (double)context->desc.length_frames) ||
        frame > SUSPEND_FRAME_MAX) {
        return error_set(WA_ERR_INVALID_STATE, "time_s is %g: not before the end of the render",
                         time_s);
    }
    const uint64_t *frames = context->suspends.items;
    uint32_t index = context->suspends.count;
    while (index > 0 && frames[index - 1] > (uint64_t)frame) {
        index--;
    }
    *place = index;
    return index > 0 && frames[index - 1] == (uint64_t)frame
               ? error_set(WA_ERR_INVALID_STATE, "the quantum at %g s is taken by another suspension",
                           time_s)
               : WA_OK;
}

wa_status wa_context_suspend_at(wa_context *context, double time_s) {
    if (context == NULL || !isfinite(time_s)) {
        return error_set(WA_ERR_TYPE, "context is NULL or time_s is not finite");
    }
    wa_status status = check_renderable(context);
    if (status == WA_OK && time_s < 0.0) {
        status = error_set(WA_ERR_INVALID_STATE, "time_s is %g, negative", time_s);
    }
    const double quantum = (double)context->desc.quantum_frames;
    const double frame = ceil(context_frame_of(context, time_s) / quantum) * quantum;
    uint32_t place = 0;
    if (status == WA_OK) {
        status = find_place(context, time_s, frame, &place);
    }
    if (status == WA_OK) {
        status = vector_reserve(context->engine, &context->suspends, 1);
    }
    if (status != WA_OK) {
        return status;
    }
    uint64_t *frames = context->suspends.items;
    (void)vector_add(&context->suspends);
    memmove(frames + place + 1, frames + place, (context->suspends.count - 1 - place) * sizeof *frames);
    frames[place] = (uint64_t)frame;
    return WA_OK;
}

typedef struct offline_run {
    wa_context *context;
    const wa_offline_desc *desc;
    uint64_t end_frame;                  /* UINT64_MAX: until the sink says stop */
    float *planes[WA_CHANNEL_COUNT_MAX]; /* of the block, or of the buffer */
    uint32_t block_frames;               /* capacity; whole quanta */
    uint32_t held_frames;
    uint64_t next_progress;
    bool is_into_buffer, is_cancelled, is_over;
    uint64_t written_frames;
} offline_run;

static void hand_out(offline_run *run) {
    if (run->held_frames == 0 || run->is_into_buffer) {
        return;
    }
    const uint32_t frames = run->held_frames;
    run->held_frames = 0;
    if (!run->desc->on_block(run->desc->user, (const float *const *)run->planes,
                             run->context->desc.channel_count, frames)) {
        run->is_over = true;
    }
}

/* A suspension: what is due is handed out first, then the caller may edit. */
static void suspend_if_due(offline_run *run) {
    wa_context *context = run->context;
    uint64_t *frames = context->suspends.items;
    if (context->suspends.count == 0 || frames[0] > context->side.frame) {
        return;
    }
    memmove(frames, frames + 1, --context->suspends.count * sizeof *frames);
    context_set_state(context, WA_CONTEXT_SUSPENDED);
    if (run->desc->on_suspended != NULL) {
        run->desc->on_suspended(run->desc->user, context, context_now_s(context));
    }
    context_set_state(context, WA_CONTEXT_RUNNING);
    if (!context->is_in_transaction) {
        batches_flush(context);
    }
}

static void report_progress(offline_run *run) {
    const uint64_t frame = run->context->side.frame;
    if (run->desc->on_progress == NULL || frame < run->next_progress) {
        return;
    }
    run->next_progress = frame + run->desc->progress_frames;
    const uint64_t length = run->end_frame == UINT64_MAX ? 0 : run->end_frame;
    if (!run->desc->on_progress(run->desc->user, frame < length || length == 0 ? frame : length,
                                length)) {
        run->is_cancelled = true;
    }
}

static void render_into(offline_run *run, uint32_t frames_wanted) {
    wa_context *context = run->context;
    const uint32_t quantum = context->desc.quantum_frames;
    float *outputs[WA_CHANNEL_COUNT_MAX];
    const bool is_partial = frames_wanted < quantum; /* the end: a truncated quantum */
    for (uint32_t channel = 0; channel < context->desc.channel_count; channel++) {
        outputs[channel] =
            is_partial
                ? context->pull.planes[channel]
                : run->planes[channel] + (run->is_into_buffer ? run->written_frames : run->held_frames);
    }
    render_quantum(&context->side, NULL, 0, outputs);
    if (context->render_status != WA_OK) {
        return; /* this quantum has run out of planes: nobody hears it */
    }
    for (uint32_t channel = 0; is_partial && channel < context->desc.channel_count; channel++) {
        memcpy(run->planes[channel] + (run->is_into_buffer ? run->written_frames : run->held_frames),
               outputs[channel], frames_wanted * sizeof(float));
    }
    run->written_frames += frames_wanted;
    run->held_frames += frames_wanted;
}

/* Files are read and written as everywhere else, tiny numbers included. */
static void serve_files(wa_context *context, float_mode usual) {
    if (context->streams.count > 0) {
        float_mode_leave(usual);
        streams_serve(context);
        (void)float_mode_enter();
    }
}

/* One stretch between two looks around: a block's worth of quanta. */
static void render_block(offline_run *run) {
    wa_context *context = run->context;
    const uint32_t quantum = context->desc.quantum_frames;
    const float_mode before = float_mode_enter();
    const uint64_t begin = context->side.frame;
    profile_callback_begin(context->side.measured, begin);
    const uint64_t next_suspend =
        context->suspends.count > 0 ? *(uint64_t *)context->suspends.items : UINT64_MAX;
    do {
        const uint64_t left = run->end_frame - context->side.frame;
        serve_files(context, before);
        render_into(run, left < quantum ? (uint32_t)left : quantum);
    } while (context->render_status == WA_OK && context->side.frame < run->end_frame &&
             context->side.frame < next_suspend &&
             context->side.frame - begin + quantum <= run->block_frames &&
             run->held_frames + quantum <= run->block_frames);
    profile_callback_end(context->side.measured, (uint32_t)(context->side.frame - begin), begin);
    float_mode_leave(before);
}

static wa_status run_to_end(offline_run *run) {
    wa_context *context = run->context;
    while (context->side.frame < run->end_frame && !run->is_over && !run->is_cancelled &&
           context->render_status == WA_OK) {
        suspend_if_due(run);
        render_block(run);
        hand_out(run);
        run->held_frames = 0;
        if (!context->is_in_transaction) {
            batches_drain(context);
        }
        report_progress(run);
        profile_trace_drain(context->side.measured);
    }
    if (context->render_status != WA_OK) {
        return context->render_status; /* the message is that of the memory that was refused */
    }
    return run->is_cancelled
               ? error_set(WA_ERR_CANCELLED, "the render was cancelled at %g s", context_now_s(context))
               : WA_OK;
}

static wa_status check(wa_context *context, const wa_offline_desc *desc) {
    if (context == NULL || desc == NULL || desc->desc_bytes != sizeof *desc) {
        return error_set(WA_ERR_TYPE, "context or desc is NULL, or desc_bytes is not known");
    }
    const wa_status status = check_renderable(context);
    if (status != WA_OK) {
        return status;
    }
    if (context->is_in_offline_render || context->is_in_transaction) {
        return error_set(WA_ERR_INVALID_STATE, context->is_in_transaction
                                                   ? "the context is in a transaction"
                                                   : "the context is rendering already");
    }
    if ((desc->on_block == NULL) == (desc->buffer == NULL)) {
        return error_set(WA_ERR_TYPE, "exactly one of on_block and buffer is to be set");
    }
    if (desc->buffer != NULL && context->desc.length_frames == 0) {
        return error_set(WA_ERR_TYPE, "a buffer needs length_frames above 0");
    }
    return WA_OK;
}

static wa_status prepare(offline_run *run, void **memory, uint64_t *bytes) {
    wa_context *context = run->context;
    const uint32_t quantum = context->desc.quantum_frames, channels = context->desc.channel_count;
    const uint32_t wanted = run->desc->block_frames > 0 ? run->desc->block_frames : 4096;
    run->block_frames = wanted < quantum ? quantum : wanted - wanted % quantum;
    if (run->is_into_buffer) {
        const wa_status status =
            wa_buffer_create(context->engine, channels, context->desc.length_frames,
                             context->desc.sample_rate_hz, run->desc->buffer);
        for (uint32_t channel = 0; channel < channels && status == WA_OK; channel++) {
            run->planes[channel] = wa_buffer_plane(context->engine, *run->desc->buffer, channel);
        }
        return status;
    }
    const uint64_t stride = (run->block_frames + 15u) & ~(uint64_t)15u;
    *bytes = channels * stride * sizeof(float);
    const wa_status status =
        memory_take(context->engine, WA_MEMORY_NODES, *bytes, "a block of the offline render", memory);
    for (uint32_t channel = 0; channel < channels && status == WA_OK; channel++) {
        run->planes[channel] = (float *)*memory + channel * stride;
    }
    return status;
}

wa_status wa_offline_render(wa_context *context, const wa_offline_desc *desc) {
    wa_status status = check(context, desc);
    if (status != WA_OK) {
        return status;
    }
    offline_run run = { .context = context,
                        .desc = desc,
                        .end_frame =
                            context->desc.length_frames > 0 ? context->desc.length_frames : UINT64_MAX,
                        .is_into_buffer = desc->buffer != NULL,
                        .next_progress = desc->progress_frames };
    void *memory = NULL;
    uint64_t bytes = 0;
    status = prepare(&run, &memory, &bytes);
    if (status != WA_OK) {
        return status;
    }
    batches_flush(context);
    profile_restart(context->side.measured);
    context_set_state(context, WA_CONTEXT_RUNNING);
    context->is_in_offline_render = true;
    status = run_to_end(&run);
    streams_serve(context);
    context->is_in_offline_render = false;
    context->is_offline_done = true;
    context_set_state(context, status == WA_OK ? WA_CONTEXT_CLOSED : WA_CONTEXT_SUSPENDED);
    memory_give(context->engine, WA_MEMORY_NODES, memory, bytes);
    if (status != WA_OK && run.is_into_buffer) {
        (void)wa_buffer_release(context->engine, *desc->buffer);
        *desc->buffer = (wa_buffer){ 0 };
    }
    return status;
}
