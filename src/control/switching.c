/* Which device a real-time context plays to: the first one, another one, the null device when it is lost. */
#include "ahead.h"
#include "port.h"
#include "pulling.h"
#include "../memory/memory.h"
#include <math.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 1 };
#define ALIVE_S_MAX 2.0 /* from start until the first callback */
#define DRAIN_S_MAX 1.0 /* what the old device may still have to play */

/* -- waiting ------------------------------------------------------------------------------------ */

typedef bool (*port_is_fn)(const port *of);

static bool wait_until(port_is_fn is_so, const port *of, double timeout_s) {
    const struct timespec pause = { 0, LOOK_MS * 1000000 };
    const uint64_t begin_ns = clock_now_ns();
    while (!is_so(of)) {
        if ((double)(clock_now_ns() - begin_ns) * 1e-9 >= timeout_s) {
            return is_so(of);
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

static bool is_lost(const port *of) {
    return atomic_load_explicit(&of->is_lost, memory_order_acquire);
}

static bool is_alive_or_lost(const port *of) {
    return is_lost(of) || atomic_load_explicit(&of->callback_count, memory_order_acquire) > 0;
}

static bool has_turn(const port *of) {
    return atomic_load_explicit(&of->context->turn, memory_order_acquire) == of;
}

static bool has_let_go_or_lost(const port *of) {
    return is_lost(of) || !has_turn(of);
}

static bool is_quiet_or_lost(const port *of) {
    return is_lost(of) || atomic_load_explicit(&of->is_quiet, memory_order_relaxed);
}

/* Until it calls back, with what is left of a quantum still to go out: a moment for the system, and more than
 * the device's own clock takes. No callback is longer than the latency that it fills. */
static double patience_s(const port *of) {
    const double frames = 4.0 * (double)of->facts.callback_frames +
                          (double)of->ops->latency_frames(of->device) +
                          (double)of->context->desc.quantum_frames;
    return 0.25 + frames / (double)of->facts.sample_rate_hz;
}

/* -- one device for another --------------------------------------------------------------------- */

static void give_turn(wa_context *context, port *to) {
    atomic_store_explicit(&context->successor, to, memory_order_release);
    atomic_store_explicit(&context->turn, to, memory_order_release);
}

/* What the old device was given is played before it stops; the null device has nobody to play it to. */
static void drain(const wa_context *context, const port *old) {
    if (old == context->home || !wait_until(is_quiet_or_lost, old, patience_s(old)) || is_lost(old)) {
        return;
    }
    const double frames = (double)old->ops->latency_frames(old->device);
    const double wait_s = fmin(frames / (double)context->desc.sample_rate_hz, DRAIN_S_MAX);
    const struct timespec pause = { (time_t)wait_s, (long)(1e9 * (wait_s - floor(wait_s))) };
    nanosleep(&pause, NULL);
}

/* Both run; the new one takes over between two callbacks of the old one. On an error the old one has not
 * noticed anything. */
static wa_status hand_over(wa_context *context, port *next) {
    port *old = context->current;
    puller_rise(&next->pull);
    port_begin(next);
    const wa_status status = next->ops->start(next->device);
    if (status != WA_OK) {
        return status;
    }
    const bool is_alive = wait_until(is_alive_or_lost, next, context->device_patience_s);
    if (!is_alive || is_lost(next)) {
        next->ops->stop(next->device);
        return is_alive ? error_set(WA_ERR_DEVICE, "%s: \"%.200s\" was lost at once", next->ops->name,
                                    next->facts.id)
                        : error_set(WA_ERR_DEVICE, "%s: \"%.200s\" did not call back within %g s",
                                    next->ops->name, next->facts.id, context->device_patience_s);
    }
    profile_restart(context->side.measured);
    atomic_store_explicit(&context->successor, next, memory_order_release);
    if (wait_until(has_let_go_or_lost, old, patience_s(old))) {
        drain(context, old);
    }
    old->ops->stop(old->device);
    give_turn(context, next); /* where the old one no longer called back */
    return WA_OK;
}

/* It has the turn, or nobody runs. */
static void adopt(wa_context *context, port *next) {
    port *old = context->current;
    port_close(context->gone);
    context->gone = NULL;
    if (next == old) {
        return; /* home, under another name */
    }
    playback_sample(context);
    profile_device_changed(context->side.measured);
    give_turn(context, next);
    context->current = next;
    if (old != context->home) {
        port_close(old);
    }
}

static void replace_lost(wa_context *context) {
    port *lost = context->current;
    assert(lost != context->home);
    lost->ops->stop(lost->device);
    playback_sample(context);
    profile_device_changed(context->side.measured);
    context->gone = lost;
    context->current = context->home;
    port_begin(context->home);
    give_turn(context, context->home);
    context->has_lost_event = true;
    if (context->state == WA_CONTEXT_RUNNING && pulling_start_device(context) != WA_OK) {
        atomic_store_explicit(&context->token, TOKEN_CONTROL, memory_order_release);
        context_set_state(context, WA_CONTEXT_SUSPENDED);
    }
}

/* -- the life of the devices -------------------------------------------------------------------- */

static wa_status keep_input_id(wa_context *context) {
    const char *id = context->desc.input_device_id;
    if (id == NULL) {
        return WA_OK;
    }
    void *memory = NULL;
    const uint64_t size_bytes = strlen(id) + 1;
    const wa_status status =
        memory_take(context->engine, WA_MEMORY_OBJECTS, size_bytes, "the input's name", &memory);
    if (status == WA_OK) {
        context->input_id = memcpy(memory, id, size_bytes);
    }
    return status;
}

wa_status pulling_open_device(wa_context *context) {
    context->device_patience_s = ALIVE_S_MAX;
    wa_status status = keep_input_id(context);
    if (status == WA_OK) {
        status = port_open(context, context->desc.device_backend, context->desc.device_id,
                           &context->current);
    }
    if (status != WA_OK) {
        return status;
    }
    context->input_ops = context->current->ops;
    if (context->current->ops == &wa_device_ops_null) {
        context->home = context->current;
    } else {
        status = port_open(context, "null", NULL, &context->home);
    }
    give_turn(context, context->current);
    context->desc.device_backend = context->desc.device_id = context->desc.input_device_id = NULL;
    return status;
}

wa_status pulling_start_device(wa_context *context) {
    const port *of = context->current;
    return of != NULL ? of->ops->start(of->device) : WA_OK;
}

void pulling_stop_device(wa_context *context) {
    if (context->current != NULL) {
        context->current->ops->stop(context->current->device);
    }
}

void pulling_close_device(wa_context *context) {
    if (context->current != NULL && context->side.measured != NULL) {
        playback_sample(context);
    }
    if (context->current != context->home) {
        port_close(context->current);
    }
    port_close(context->home);
    port_close(context->gone);
    context->current = context->home = context->gone = NULL;
    if (context->input_id != NULL) {
        memory_give(context->engine, WA_MEMORY_OBJECTS, context->input_id,
                    strlen(context->input_id) + 1);
        context->input_id = NULL;
    }
}

static bool take_list_news(port *of) {
    return of != NULL && atomic_exchange_explicit(&of->is_list_changed, false, memory_order_acq_rel);
}

void pulling_poll(wa_context *context) {
    atomic_store_explicit(&context->device_has_news, 0,
                          memory_order_release); /* what comes next is news */
    if (context->current == NULL) {
        return;
    }
    if (is_lost(context->current)) {
        replace_lost(context);
    }
    const bool from_current = take_list_news(context->current);
    context->has_list_event |= take_list_news(context->gone) || from_current;
    playback_sample(context);
}

/* -- Thread: control, public -------------------------------------------------------------------- */

static wa_status check_real_time(const wa_context *context) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (context->current == NULL) {
        return error_set(WA_ERR_INVALID_STATE, "the context %s",
                         context->state == WA_CONTEXT_CLOSED ? "is closed" : "plays to no device");
    }
    return WA_OK;
}

/* The one that was asked for last; `current` may only stand in for it. */
static const port *sink_of(const wa_context *context) {
    return context->gone != NULL ? context->gone : context->current;
}

static bool is_null_device(const char *backend, const char *id) {
    return backend != NULL &&
           ((strcmp(backend, WA_DEVICE_BACKEND_NONE) == 0 && id == NULL) ||
            (strcmp(backend, "null") == 0 && (id == NULL || strcmp(id, "null") == 0)));
}

/* The null device takes no memory: it is there. */
static wa_status open_next(wa_context *context, const char *backend, const char *id, port **next) {
    *next = context->home;
    wa_status status = WA_OK;
    if (!is_null_device(backend, id)) {
        status = port_open(context, backend, id, next);
    }
    if (status == WA_OK && *next != context->home) {
        status = ahead_check_port(context, *next);
        if (status != WA_OK) {
            port_close(*next);
        }
    }
    if (status == WA_OK && *next != context->home && (*next)->ops == &wa_device_ops_null) {
        port_close(*next); /* nothing else opened */
        *next = context->home;
    }
    return status;
}

static void name_home(port *home, const char *backend, const char *id) {
    strncpy(home->asked_backend, backend != NULL ? backend : "", sizeof home->asked_backend - 1);
    home->asked_id = id != NULL ? "null" : "";
}

wa_status wa_context_set_device(wa_context *context, const char *backend, const char *id) {
    wa_status status = check_real_time(context);
    if (status != WA_OK) {
        return status;
    }
    pulling_poll(context);
    const port *sink = sink_of(context);
    if (context->gone == NULL && strcmp(sink->asked_backend, backend != NULL ? backend : "") == 0 &&
        strcmp(sink->asked_id, id != NULL ? id : "") == 0) {
        return WA_OK;
    }
    port *next = NULL;
    status = open_next(context, backend, id, &next);
    if (status != WA_OK) {
        return status;
    }
    if (context->state != WA_CONTEXT_RUNNING) {
        port_begin(next);
    } else if (next != context->current) {
        status = hand_over(context, next);
    }
    if (status != WA_OK) {
        if (next != context->home) {
            port_close(next);
        }
        return status;
    }
    if (next == context->home) {
        name_home(next, backend, id);
    }
    adopt(context, next);
    context->has_sink_event = true;
    return WA_OK;
}

wa_status wa_context_get_sink(const wa_context *context, wa_sink_info *sink) {
    if (sink == NULL) {
        return error_set(WA_ERR_TYPE, "sink is NULL");
    }
    const wa_status status = check_real_time(context);
    if (status == WA_OK) {
        const port *of = sink_of(context);
        const bool is_none = strcmp(of->asked_backend, WA_DEVICE_BACKEND_NONE) == 0;
        *sink = (wa_sink_info){ is_none ? WA_SINK_NONE : WA_SINK_DEVICE,
                                is_none ? "" : of->asked_backend, of->asked_id };
    }
    return status;
}

static wa_device_info info_of(const port *of, bool is_input) {
    wa_device_info info = { .channel_count_max = is_input ? of->context->desc.input_channel_count
                                                          : of->facts.channel_count,
                            .sample_rate_hz = of->facts.sample_rate_hz,
                            .sample_rate_min_hz = of->facts.sample_rate_hz,
                            .sample_rate_max_hz = of->facts.sample_rate_hz,
                            .is_input = is_input };
    strncpy(info.backend, of->ops->name, sizeof info.backend - 1);
    memcpy(info.id, is_input ? of->facts.input_id : of->facts.id, sizeof info.id);
    memcpy(info.name, is_input ? of->facts.input_name : of->facts.name, sizeof info.name);
    return info;
}

wa_status wa_context_get_device(const wa_context *context, wa_device_info *device) {
    if (device == NULL) {
        return error_set(WA_ERR_TYPE, "device is NULL");
    }
    const wa_status status = check_real_time(context);
    if (status == WA_OK) {
        *device = info_of(context->current, false);
    }
    return status;
}

wa_status wa_context_get_input_device(const wa_context *context, wa_device_info *device) {
    if (device == NULL) {
        return error_set(WA_ERR_TYPE, "device is NULL");
    }
    const wa_status status = check_real_time(context);
    if (status != WA_OK) {
        return status;
    }
    if (context->desc.input_channel_count == 0) {
        return error_set(WA_ERR_INVALID_STATE, "the context records nothing: input_channel_count is 0");
    }
    *device = info_of(context->current, true);
    return WA_OK;
}
