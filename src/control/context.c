/* A context's life: create, resume, suspend, close, destroy; poll. */
#include "context.h"
#include "pulling.h"
#include "ahead.h"
#include <math.h>
#include <string.h>
#include <time.h>

/* -- create ------------------------------------------------------------------------------------- */

static wa_status check_quantum(uint32_t quantum_frames, float rate_hz) {
    return quantum_frames >= 1 && (double)quantum_frames <= 6.0 * (double)rate_hz
               ? WA_OK
               : error_set(WA_ERR_NOT_SUPPORTED,
                           "quantum_frames is %u, its range at %g Hz is [1, 6 x sample rate]",
                           quantum_frames, (double)rate_hz);
}

static wa_status check_numbers(const wa_context_desc *desc) {
    const float rate = desc->sample_rate_hz;
    const bool may_be_zero = desc->kind == WA_CONTEXT_REALTIME;
    if (!(rate >= WA_SAMPLE_RATE_MIN_HZ && rate <= WA_SAMPLE_RATE_MAX_HZ) &&
        !(may_be_zero && rate == 0.0f)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, its range is [%g, %g]",
                         (double)rate, (double)WA_SAMPLE_RATE_MIN_HZ, (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    if (desc->channel_count < 1 || desc->channel_count > WA_CHANNEL_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count is %u, its range is [1, %u]",
                         desc->channel_count, WA_CHANNEL_COUNT_MAX);
    }
    if (desc->quantum_frames == WA_QUANTUM_HARDWARE && desc->kind == WA_CONTEXT_EMBEDDED) {
        return error_set(WA_ERR_NOT_SUPPORTED, "quantum_frames is WA_QUANTUM_HARDWARE, and an embedded "
                                               "context has no device: say the size of your callback");
    }
    if (desc->input_channel_count > WA_CHANNEL_COUNT_MAX ||
        (desc->input_channel_count > 0 && desc->kind == WA_CONTEXT_OFFLINE)) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "input_channel_count is %u; its range is [0, %u], offline 0",
                         desc->input_channel_count, WA_CHANNEL_COUNT_MAX);
    }
    /* The device's own rate and quantum are judged once they are known. */
    return desc->quantum_frames == WA_QUANTUM_HARDWARE
               ? WA_OK
               : check_quantum(desc->quantum_frames, rate > 0.0f ? rate : WA_SAMPLE_RATE_MAX_HZ);
}

static wa_status check_device(const wa_context_desc *desc) {
    const double hint_s = desc->latency_hint_s;
    if (!(hint_s >= 0.0 && hint_s <= 10.0) && hint_s != WA_LATENCY_BALANCED &&
        hint_s != WA_LATENCY_PLAYBACK) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "latency_hint_s is %g, its range is [0, 10], or one of WA_LATENCY_...",
                         hint_s);
    }
    if (desc->input_device_id != NULL &&
        (desc->kind != WA_CONTEXT_REALTIME || desc->input_channel_count == 0)) {
        return error_set(
            WA_ERR_NOT_SUPPORTED,
            "input_device_id is \"%.200s\", but the context records nothing: it is not real "
            "time, or input_channel_count is 0",
            desc->input_device_id);
    }
    return WA_OK;
}

static wa_status check_desc(const wa_context_desc *desc) {
    if (desc->desc_bytes != sizeof *desc) {
        return error_set(WA_ERR_NOT_SUPPORTED, "desc_bytes is %u, this library knows %zu",
                         desc->desc_bytes, sizeof *desc);
    }
    if (desc->kind < WA_CONTEXT_OFFLINE || desc->kind > WA_CONTEXT_EMBEDDED) {
        return error_set(WA_ERR_NOT_SUPPORTED, "kind is %d, none of the context kinds",
                         (int)desc->kind);
    }
    const wa_status status = check_device(desc);
    if (status != WA_OK) {
        return status;
    }
    if (desc->node_count_max < 1 || desc->node_count_max > (1u << WA_SLOT_INDEX_BITS)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "node_count_max is %u, its range is [1, %u]",
                         desc->node_count_max, 1u << WA_SLOT_INDEX_BITS);
    }
    return check_numbers(desc);
}

static void init_stores(wa_context *context) {
    wa_engine *engine = context->engine;
    slab_init(&context->edges, engine, WA_MEMORY_NODES, sizeof(edge), "connections");
    slab_init(&context->extras, engine, WA_MEMORY_PARAMS, sizeof(param_extra), "params");
    slab_init(&context->batches, engine, WA_MEMORY_SCHEDULE, sizeof(batch), "edits");
    slab_init(&context->chunks, engine, WA_MEMORY_SCHEDULE, sizeof(batch_chunk), "edits");
    slab_init(&context->garbage, engine, WA_MEMORY_SCHEDULE, sizeof(garbage_item), "edits");
    slab_init(&context->buckets, engine, WA_MEMORY_SCHEDULE, sizeof(bucket), "levels");
    slab_init(&context->wides, engine, WA_MEMORY_NODES, WA_CHANNEL_COUNT_MAX * sizeof(float *),
              "outputs of many channels");
    slab *slabs[] = { &context->edges,   &context->extras,  &context->batches, &context->chunks,
                      &context->garbage, &context->buckets, &context->wides };
    for (uint32_t index = 0; index < sizeof slabs / sizeof slabs[0]; index++) {
        slab_watch(slabs[index], &context->grown_slabs);
    }
    context->walk = (vector){ .item_bytes = sizeof(graph_node *),
                              .category = WA_MEMORY_SCHEDULE,
                              .grown = &context->grown_vectors };
    context->splits = context->suspects = context->streams = context->walk;
    context->level_heads = context->bound_steps = context->undo = context->rooms = context->walk;
    context->level_heads.item_bytes = sizeof(bucket *);
    context->bound_steps.item_bytes = sizeof(bound_step);
    context->undo.item_bytes = sizeof(undo_record);
    context->rooms.item_bytes = sizeof(garbage_item);
    context->suspends = (vector){ .item_bytes = sizeof(uint64_t), .category = WA_MEMORY_SCHEDULE };
}

static void init_render(wa_context *context) {
    render *side = &context->side;
    side->sample_rate_hz = (double)context->desc.sample_rate_hz;
    side->quantum_frames = context->desc.quantum_frames;
    side->output_channel_count = context->desc.channel_count;
    side->ring = &context->ring;
    side->returns = &context->returns;
}

static wa_status make_destination(wa_context *context) {
    graph_node *made = NULL;
    wa_status status = node_make(context, WA_NODE_TYPE_DESTINATION, NULL, &made);
    if (status != WA_OK) {
        return status;
    }
    made->mix =
        (mixing){ (uint8_t)context->desc.channel_count, WA_CHANNEL_COUNT_MODE_EXPLICIT, true, 0 };
    context->destination = made;
    status = bounds_refresh(context, made);
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status == WA_OK) {
        node_ship(context, made);
        context->side.destination = made;
    }
    return status;
}

static wa_status make_listener(wa_context *context) {
    wa_status status = node_make(context, WA_NODE_TYPE_LISTENER, NULL, &context->listener);
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status == WA_OK) {
        node_ship(context, context->listener);
        context->side.listener = context->listener;
    }
    return status;
}

static wa_status build(wa_context *context) {
    init_stores(context);
    wa_status status = timeline_store_create(context->engine, &context->timelines);
    if (status == WA_OK) {
        timeline_store_watch(context->timelines, &context->grown_slabs);
    }
    if (context->desc.kind == WA_CONTEXT_OFFLINE &&
        context->desc.quantum_frames == WA_QUANTUM_HARDWARE) {
        context->desc.quantum_frames = WA_QUANTUM_DEFAULT;
    }
    if (status == WA_OK && context->desc.kind == WA_CONTEXT_REALTIME) {
        status = pulling_open_device(context);
    }
    if (status == WA_OK) {
        status = check_quantum(context->desc.quantum_frames, context->desc.sample_rate_hz);
    }
    if (status != WA_OK) {
        return status;
    }
    init_render(context);
    status = profile_create(context->engine, context->desc.sample_rate_hz, context->desc.quantum_frames,
                            &context->side.measured);
    if (status == WA_OK) {
        status = room_init(context);
    }
    if (status == WA_OK) {
        status = make_listener(context);
    }
    if (status == WA_OK) {
        status = make_destination(context);
    }
    if (status == WA_OK) {
        if (context->desc.kind != WA_CONTEXT_REALTIME) {
            pulling_init(context);
        }
        batches_flush(context);
    }
    return status;
}

static void tear_down(wa_context *context) {
    pulling_close_device(context);
    ahead_finish(context);
    batches_finish(context);
    while (context->orphan_first != NULL) {
        context->orphan_first->free_orphan(context->orphan_first);
    }
    lifetimes_finish(context);
    node_cursor cursor = { 0 };
    for (graph_node *each; (each = node_next(context, &cursor)) != NULL;) {
        void *config = each->type != WA_NODE_TYPE_DELAY_WRITER ? each->config : NULL;
        const uint32_t type = each->type;
        node_free_channels(context, each);
        node_free_block(context, each);
        if (config != NULL) { /* last: it may hold the class */
            config_free(context, type, config);
        }
    }
    node_memories_finish(context);
    resource_unreference(context->engine, context->hrtf);
    for (uint32_t type = 0; type < WA_NODE_TYPE_COUNT_MAX; type++) {
        if (context->types[type].is_made) {
            handle_set_finish(&context->types[type].handles);
            slab_finish(&context->types[type].nodes);
            slab_finish(&context->types[type].configs);
        }
    }
    slab *slabs[] = { &context->edges,   &context->extras,  &context->batches, &context->chunks,
                      &context->garbage, &context->buckets, &context->wides };
    for (uint32_t index = 0; index < sizeof slabs / sizeof slabs[0]; index++) {
        slab_finish(slabs[index]);
    }
    vector *vectors[] = { &context->walk, &context->splits,   &context->suspects, &context->bound_steps,
                          &context->undo, &context->suspends, &context->streams };
    for (uint32_t index = 0; index < sizeof vectors / sizeof vectors[0]; index++) {
        vector_finish(context->engine, vectors[index]);
    }
    room_finish(context);
    analysis_finish(context);
    timeline_store_destroy(context->timelines);
    profile_destroy(context->side.measured);
    memory_give(context->engine, WA_MEMORY_OBJECTS, context, sizeof *context);
}

wa_status wa_context_create(wa_engine *engine, const wa_context_desc *desc, wa_context **context) {
    if (engine == NULL || context == NULL) {
        return error_set(WA_ERR_TYPE, "engine or context is NULL");
    }
    const wa_context_desc defaults = WA_CONTEXT_DESC_INIT;
    desc = desc != NULL ? desc : &defaults;
    wa_status status = check_desc(desc);
    void *memory = NULL;
    if (status == WA_OK) {
        status = memory_take(engine, WA_MEMORY_OBJECTS, sizeof **context, "a context", &memory);
    }
    if (status != WA_OK) {
        return status;
    }
    wa_context *made = memory;
    made->engine = engine;
    made->desc = *desc;
    engine_context_count_add(engine, 1);
    status = build(made);
    if (status != WA_OK) {
        tear_down(made);
        engine_context_count_add(engine, -1);
        return status;
    }
    *context = made;
    return WA_OK;
}

wa_status wa_context_destroy(wa_context *context) {
    if (context == NULL) {
        return WA_OK;
    }
    if (context->pool_count > 0) {
        return error_set(WA_ERR_BUSY, "%u pools of the context are still there", context->pool_count);
    }
    if (context->is_in_offline_render) {
        return error_set(WA_ERR_BUSY, "the context is inside wa_offline_render");
    }
    wa_engine *engine = context->engine;
    (void)wa_context_close(context);
    tear_down(context);
    engine_context_count_add(engine, -1);
    return WA_OK;
}

/* -- state -------------------------------------------------------------------------------------- */

void context_set_state(wa_context *context, wa_context_state state) {
    if (context->state != state) {
        context->state = state;
        context->has_state_event = true;
    }
}

static bool control_has_token(const wa_context *context) {
    return atomic_load_explicit(&context->token, memory_order_acquire) == TOKEN_CONTROL;
}

/* Unless render has been quicker. */
static void exchange_token(wa_context *context, uint32_t from, uint32_t to) {
    (void)atomic_compare_exchange_strong_explicit(&context->token, &from, to, memory_order_acq_rel,
                                                  memory_order_acquire);
}

wa_status wa_context_resume(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->state == WA_CONTEXT_CLOSED || context->desc.kind == WA_CONTEXT_OFFLINE) {
        return error_set(WA_ERR_INVALID_STATE, context->state == WA_CONTEXT_CLOSED
                                                   ? "the context is closed"
                                                   : "an offline context is run by wa_offline_render");
    }
    if (!context->is_in_transaction) {
        batches_end(context);
    }
    pulling_poll(context); /* a device that is lost by now could not start */
    if (context->state == WA_CONTEXT_RUNNING) {
        exchange_token(context, TOKEN_WANTED, TOKEN_RENDER);
        if (!control_has_token(context)) {
            return WA_OK;
        }
    }
    profile_restart(context->side.measured);
    context_set_state(context, WA_CONTEXT_RUNNING);
    atomic_store_explicit(&context->token, TOKEN_RENDER, memory_order_release);
    const wa_status status = pulling_start_device(context);
    if (status != WA_OK) {
        atomic_store_explicit(&context->token, TOKEN_CONTROL, memory_order_release);
        context_set_state(context, WA_CONTEXT_SUSPENDED);
    }
    return status;
}

/* The render side has given the token back: the suspension is complete. */
static void complete_suspend(wa_context *context) {
    if (context->state == WA_CONTEXT_RUNNING && context->desc.kind != WA_CONTEXT_OFFLINE &&
        control_has_token(context)) {
        pulling_stop_device(context);
        context_set_state(context, WA_CONTEXT_SUSPENDED);
    }
}

wa_status wa_context_suspend(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->state == WA_CONTEXT_CLOSED || context->desc.kind == WA_CONTEXT_OFFLINE) {
        return error_set(WA_ERR_INVALID_STATE,
                         context->state == WA_CONTEXT_CLOSED
                             ? "the context is closed"
                             : "an offline context suspends by wa_context_suspend_at");
    }
    if (!context->is_in_transaction) {
        batches_end(context);
    }
    exchange_token(context, TOKEN_RENDER, TOKEN_WANTED);
    return WA_OK;
}

wa_status wa_context_suspend_wait(wa_context *context, double timeout_s) {
    if (isnan(timeout_s)) {
        return error_set(WA_ERR_TYPE, "timeout_s is not a number");
    }
    if (timeout_s < 0.0) {
        return error_set(WA_ERR_RANGE, "timeout_s is %g, below 0", timeout_s);
    }
    const wa_status status = wa_context_suspend(context);
    if (status != WA_OK) {
        return status;
    }
    const struct timespec pause = { 0, 500000 };
    for (double waited_s = 0.0; context->state == WA_CONTEXT_RUNNING; waited_s += 0.0005) {
        (void)wa_context_poll(context, NULL, 0);
        if (context->state != WA_CONTEXT_RUNNING) {
            break;
        }
        if (waited_s >= timeout_s) {
            return error_set(WA_ERR_BUSY,
                             "the render side did not stop within %g s; the request stands", timeout_s);
        }
        nanosleep(&pause, NULL);
    }
    return WA_OK;
}

wa_status wa_context_close(wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->state == WA_CONTEXT_CLOSED) {
        return error_set(WA_ERR_INVALID_STATE, "the context is closed");
    }
    if (context->is_in_offline_render) {
        return error_set(WA_ERR_BUSY, "the context is inside wa_offline_render");
    }
    if (context->is_in_transaction) {
        (void)wa_rollback(context);
    }
    pulling_stop_device(context);
    pulling_close_device(context);
    /* An embedded caller stops pulling before it closes: there is no other render thread now. */
    atomic_store_explicit(&context->token, TOKEN_CONTROL, memory_order_release);
    atomic_store_explicit(&context->is_closed, 1, memory_order_release);
    batches_flush(context);
    context_set_state(context, WA_CONTEXT_CLOSED);
    return WA_OK;
}

/* -- poll --------------------------------------------------------------------------------------- */

static bool next_event(wa_context *context, wa_event *event) {
    if (context->has_lost_event) {
        context->has_lost_event = false;
        *event = (wa_event){ WA_EVENT_DEVICE_LOST, context->state, { 0 } };
        return true;
    }
    if (context->has_list_event) {
        context->has_list_event = false;
        *event = (wa_event){ WA_EVENT_DEVICE_LIST_CHANGE, context->state, { 0 } };
        return true;
    }
    if (context->has_sink_event) {
        context->has_sink_event = false;
        *event = (wa_event){ WA_EVENT_SINK_CHANGE, context->state, { 0 } };
        return true;
    }
    if (context->has_state_event) {
        context->has_state_event = false;
        *event = (wa_event){ WA_EVENT_STATE_CHANGE, context->state, { 0 } };
        return true;
    }
    graph_node *of = context->event_first;
    /* Nobody has a handle of those that were released, unless that may still be undone. */
    while (of != NULL && of->life != LIFE_LIVE && !context->is_in_transaction) {
        node_forget_events(context, of);
        of = context->event_first;
    }
    if (of == NULL) {
        return streams_next_event(context, event);
    }
    *event = (wa_event){ WA_EVENT_ENDED, context->state, { node_id(context, of) } };
    if (--of->event_count == 0) {
        context->event_first = of->event_next;
        if (context->event_first == NULL) {
            context->event_last = NULL;
        }
    }
    return true;
}

uint32_t wa_context_poll(wa_context *context, wa_event *events, uint32_t capacity) {
    if (context == NULL) {
        return 0;
    }
    if (!context->is_in_transaction) {
        if (context->is_cycle_check_due) {
            levels_check(context);
        }
        batches_end(context);
    }
    pulling_poll(context);
    complete_suspend(context);
    profile_trace_drain(context->side.measured);
    uint32_t count = 0;
    while (events != NULL && count < capacity && next_event(context, &events[count])) {
        count++;
    }
    return count;
}

/* -- getters ------------------------------------------------------------------------------------ */

wa_context_state wa_context_get_state(const wa_context *context) {
    return context->state;
}

wa_engine *wa_context_engine(const wa_context *context) {
    return context->engine;
}

wa_node wa_context_destination(const wa_context *context) {
    return (wa_node){ node_id(context, context->destination) };
}

wa_node wa_context_listener(const wa_context *context) {
    return (wa_node){ node_id(context, context->listener) };
}

float wa_context_sample_rate_hz(const wa_context *context) {
    return context->desc.sample_rate_hz;
}

uint32_t wa_context_quantum_frames(const wa_context *context) {
    return context->desc.quantum_frames;
}

uint32_t wa_context_channel_count(const wa_context *context) {
    return context->desc.channel_count;
}

double wa_context_current_time_s(const wa_context *context) {
    return context_now_s(context);
}

uint64_t wa_context_current_frame(const wa_context *context) {
    return atomic_load_explicit(&context->side.published.frame, memory_order_acquire);
}
