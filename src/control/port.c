/* Ports: a device opened for a context, with the memory that its thread works in. */
#include "port.h"
#include "../memory/memory.h"
#include <math.h>
#include <string.h>

/* -- Thread: any of the backend's -- */

static void on_lost(void *user) {
    port *of = user;
    atomic_store_explicit(&of->is_lost, true, memory_order_release);
    atomic_store_explicit(&of->context->device_has_news, 1, memory_order_release);
    context_tell_watcher(of->context);
}

static void on_list_changed(void *user) {
    port *of = user;
    atomic_store_explicit(&of->is_list_changed, true, memory_order_release);
    atomic_store_explicit(&of->context->device_has_news, 1, memory_order_release);
    context_tell_watcher(of->context);
}

/* -- Thread: control -- */

/* docs/devices.md: enough to outlast a busy moment; enough to wake up five times a second. */
static double hint_s(double latency_hint_s) {
    if (latency_hint_s == WA_LATENCY_BALANCED) {
        return 0.040;
    }
    return latency_hint_s == WA_LATENCY_PLAYBACK ? 0.200 : latency_hint_s;
}

/* The input that was asked for belongs to the backend that the context was made with, whichever that was. */
static const char *input_for(const wa_context *context, const char *backend) {
    const wa_device_ops *owner = context->input_ops;
    if (owner == NULL) {
        return context->input_id; /* the first to be opened */
    }
    const bool is_owner = backend != NULL ? strcmp(backend, owner->name) == 0 : owner->is_automatic;
    return is_owner ? context->input_id : NULL;
}

static device_config config_for(port *of, const char *backend, const char *id) {
    const wa_context_desc *desc = &of->context->desc;
    return (device_config){ .engine = of->context->engine,
                            .id = id,
                            .input_id = input_for(of->context, backend),
                            .sample_rate_hz = desc->sample_rate_hz,
                            .channel_count = desc->channel_count,
                            .input_channel_count = desc->input_channel_count,
                            .quantum_frames = desc->quantum_frames,
                            .latency_hint_s = hint_s(desc->latency_hint_s),
                            .pull = port_pull,
                            .lost = on_lost,
                            .changed = on_list_changed,
                            .user = of };
}

/* What a backend must keep to, and a quantum where it was left to the device. */
static wa_status agree(port *of) {
    wa_context_desc *desc = &of->context->desc;
    const device_facts *facts = &of->facts;
    if (desc->sample_rate_hz != 0.0f && facts->sample_rate_hz != desc->sample_rate_hz) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: \"%.200s\" runs at %g Hz, the context at %g",
                         of->ops->name, facts->id, (double)facts->sample_rate_hz,
                         (double)desc->sample_rate_hz);
    }
    if (facts->channel_count != desc->channel_count) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: \"%.200s\" has %u channels, channel_count is %u",
                         of->ops->name, facts->id, facts->channel_count, desc->channel_count);
    }
    desc->sample_rate_hz = facts->sample_rate_hz;
    if (desc->quantum_frames == WA_QUANTUM_HARDWARE) {
        const double most = 6.0 * (double)desc->sample_rate_hz;
        const double wanted = fmin((double)facts->quantum_frames, most);
        desc->quantum_frames = wanted >= 1.0 ? (uint32_t)wanted : 1;
    }
    return WA_OK;
}

static wa_status init_puller(port *of) {
    const wa_context_desc *desc = &of->context->desc;
    const uint64_t stride = ((uint64_t)desc->quantum_frames + 15u) & ~(uint64_t)15u;
    const uint32_t row_count = desc->channel_count + desc->input_channel_count;
    const uint64_t bytes = row_count * stride * sizeof(float);
    const wa_status status =
        memory_take(of->context->engine, WA_MEMORY_RINGS, bytes, "a device's quantum", &of->rows);
    if (status != WA_OK) {
        return status;
    }
    of->row_bytes = bytes;
    float *rows[2 * WA_CHANNEL_COUNT_MAX] = { 0 };
    for (uint32_t row = 0; row < row_count; row++) {
        rows[row] = (float *)of->rows + row * stride;
    }
    puller_init(&of->pull, port_render, of, desc->channel_count, desc->input_channel_count,
                desc->quantum_frames, rows, rows + desc->channel_count);
    return WA_OK;
}

/* The port and the name that it was asked for by. */
static wa_status take_memory(wa_context *context, const char *backend, const char *id, port **taken) {
    const size_t id_bytes = id != NULL ? strlen(id) + 1 : 1;
    const uint64_t size_bytes = sizeof(port) + id_bytes;
    void *memory = NULL;
    const wa_status status =
        memory_take(context->engine, WA_MEMORY_OBJECTS, size_bytes, "a device", &memory);
    if (status != WA_OK) {
        return status;
    }
    port *of = memory;
    of->context = context;
    of->size_bytes = size_bytes;
    of->asked_id = memcpy((char *)memory + sizeof(port), id != NULL ? id : "", id_bytes);
    strncpy(of->asked_backend, backend != NULL ? backend : "", sizeof of->asked_backend - 1);
    *taken = of;
    return WA_OK;
}

wa_status port_open(wa_context *context, const char *backend, const char *id, port **opened) {
    const bool is_none = backend != NULL && strcmp(backend, WA_DEVICE_BACKEND_NONE) == 0;
    if (is_none && id != NULL) {
        return error_set(WA_ERR_DEVICE, "\"none\" is no backend with devices, device_id is \"%.200s\"",
                         id);
    }
    port *of = NULL;
    wa_status status = take_memory(context, backend, id, &of);
    if (status != WA_OK) {
        return status;
    }
    const char *name = is_none ? "null" : backend;
    const device_config config = config_for(of, name, id);
    status = device_open(name, &config, &of->ops, &of->device, &of->facts);
    if (status == WA_OK) {
        status = agree(of);
    }
    if (status == WA_OK) {
        status = init_puller(of);
    }
    if (status != WA_OK) {
        port_close(of);
        return status;
    }
    port_begin(of);
    *opened = of;
    return WA_OK;
}

void port_close(port *of) {
    if (of == NULL) {
        return;
    }
    wa_engine *engine = of->context->engine;
    if (of->device != NULL) {
        of->ops->close(of->device);
    }
    memory_give(engine, WA_MEMORY_RINGS, of->rows, of->row_bytes);
    memory_give(engine, WA_MEMORY_OBJECTS, of, of->size_bytes);
}

void port_begin(port *of) {
    atomic_store_explicit(&of->callback_count, 0, memory_order_relaxed);
    of->ops->underruns(of->device, &of->before);
}
