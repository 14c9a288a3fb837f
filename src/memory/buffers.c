/* Sample data behind handles. The owner holds one reference, each node that plays it another; whoever
 * drops the last one frees it, or gives it back to its pool. */
#include "buffers.h"
#include "../error.h"
#include "../kernels/samples.h"
#include "buffer_data.h"
#include "curves.h"
#include "engine.h"
#include "hrtf_shelf.h"
#include "processors.h"
#include "responses.h"
#include "waves.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

enum { PLANE_ALIGNMENT = 64, PLANE_STRIDE_BAD = 4096 };
#define HEADER_BYTES round_up(sizeof(buffer))

static uint64_t round_up(uint64_t bytes) {
    return (bytes + PLANE_ALIGNMENT - 1) / PLANE_ALIGNMENT * PLANE_ALIGNMENT;
}

/* Planes whose distance is a multiple of 4 KiB would fight for the same cache lines. */
static uint64_t plane_stride_bytes(uint64_t frame_count, wa_buffer_storage storage) {
    const bool is_int16 = storage == WA_BUFFER_STORAGE_INT16;
    const uint64_t bytes = round_up(frame_count * (is_int16 ? sizeof(int16_t) : sizeof(float)));
    return bytes % PLANE_STRIDE_BAD == 0 ? bytes + PLANE_ALIGNMENT : bytes;
}

/* -- Making ------------------------------------------------------------------------------------ */

wa_status buffer_check_shape(uint32_t channel_count, uint64_t frame_count) {
    if (channel_count < 1 || channel_count > WA_CHANNEL_COUNT_MAX)
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count: %" PRIu32 " is not in [1, %d]",
                         channel_count, WA_CHANNEL_COUNT_MAX);
    if (frame_count < 1 || frame_count > WA_BUFFER_FRAMES_MAX)
        return error_set(WA_ERR_NOT_SUPPORTED, "frame_count: %" PRIu64 " is not in [1, %" PRIu64 "]",
                         frame_count, WA_BUFFER_FRAMES_MAX);
    return WA_OK;
}

wa_status buffer_check_rate(float sample_rate_hz) {
    /* Written so that NaN fails too. */
    if (sample_rate_hz >= WA_SAMPLE_RATE_MIN_HZ && sample_rate_hz <= WA_SAMPLE_RATE_MAX_HZ)
        return WA_OK;
    return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz: %g is not in [%g, %g]",
                     (double)sample_rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ,
                     (double)WA_SAMPLE_RATE_MAX_HZ);
}

wa_status buffer_check_storage(wa_buffer_storage storage) {
    if (storage == WA_BUFFER_STORAGE_FLOAT32 || storage == WA_BUFFER_STORAGE_INT16)
        return WA_OK;
    return error_set(WA_ERR_NOT_SUPPORTED, "storage: %d is neither FLOAT32 (0) nor INT16 (1)",
                     (int)storage);
}

static void lay_out(wa_buffer_data *data, void *planes, uint64_t stride_bytes) {
    if (data->storage == WA_BUFFER_STORAGE_INT16) {
        data->first_int16 = planes;
        data->stride_int16_frames = stride_bytes / sizeof(int16_t);
        return;
    }
    for (uint32_t i = 0; i < data->channel_count; i++)
        data->planes[i] = (float *)((char *)planes + i * stride_bytes);
}

wa_status buffer_make(wa_engine *engine, const wa_buffer_desc *desc, uint32_t flags, buffer **made) {
    const uint64_t stride_bytes = plane_stride_bytes(desc->frame_count, desc->storage);
    const uint64_t size_bytes = HEADER_BYTES + desc->channel_count * stride_bytes;
    void *memory;
    wa_status status =
        memory_take_with(engine, WA_MEMORY_BUFFERS, size_bytes, "buffer", flags, &memory);
    if (status != WA_OK)
        return status;
    buffer *fresh = memory;
    fresh->data.resource.kind = WA_RESOURCE_BUFFER;
    atomic_init(&fresh->data.resource.reference_count, 1);
    fresh->data.channel_count = desc->channel_count;
    fresh->data.frame_count = desc->frame_count;
    fresh->data.sample_rate_hz = desc->sample_rate_hz;
    fresh->data.storage = desc->storage;
    lay_out(&fresh->data, (char *)memory + HEADER_BYTES, stride_bytes);
    fresh->size_bytes = size_bytes;
    fresh->is_clean = true;
    uint64_t id;
    status = handle_take(&engine->buffers, fresh, &fresh->slot, &id);
    if (status != WA_OK) {
        memory_give(engine, WA_MEMORY_BUFFERS, memory, size_bytes);
        return status;
    }
    *made = fresh;
    return WA_OK;
}

void buffer_destroy(wa_engine *engine, buffer *made, bool is_kept_mapped) {
    if (made->slot != BUFFER_SLOT_NONE)
        handle_give(&engine->buffers, made->slot);
    memory_give_with(engine, WA_MEMORY_BUFFERS, made, made->size_bytes, is_kept_mapped);
}

uint64_t buffer_id(const wa_engine *engine, const buffer *made) {
    uint64_t id = 0;
    handle_object(engine, made->slot, &id);
    return id;
}

uint64_t buffer_charge_bytes(const wa_engine *engine, const buffer *made) {
    return memory_charge_bytes(engine, made->size_bytes);
}

/* -- References -------------------------------------------------------------------------------- */

static _Atomic uint32_t *count_of(const wa_resource *resource) {
    return (_Atomic uint32_t *)&resource->reference_count; /* const is about the data */
}

void resource_reference(const wa_resource *resource) {
    if (resource != NULL)
        atomic_fetch_add_explicit(count_of(resource), 1, memory_order_relaxed);
}

void resource_destroy(wa_engine *engine, wa_resource *resource) {
    if (resource->kind == WA_RESOURCE_WAVE)
        wave_destroy(engine, resource);
    else if (resource->kind == WA_RESOURCE_HRTF)
        hrtf_destroy(engine, resource);
    else if (resource->kind == WA_RESOURCE_CURVE)
        curve_destroy(engine, resource);
    else if (resource->kind == WA_RESOURCE_RESPONSE)
        response_destroy(engine, resource);
    else if (wa_resource_is_stream(resource->kind))
        ((wa_stream_resource *)resource)->destroy(engine, resource);
    else if (resource->kind == WA_RESOURCE_PROCESSOR)
        processor_destroy(engine, resource);
    else
        buffer_destroy(engine, (buffer *)resource, true);
}

void resource_unreference(wa_engine *engine, const wa_resource *resource) {
    if (resource == NULL)
        return;
    const uint32_t before = atomic_fetch_sub_explicit(count_of(resource), 1, memory_order_acq_rel);
    assert(before > 0);
    if (before != 1)
        return;
    wa_resource *last = (wa_resource *)resource;
    bool is_kept = false;
    if (last->kind == WA_RESOURCE_BUFFER) {
        buffer *returned = (buffer *)last;
        pthread_mutex_lock(&engine->resource_mutex);
        is_kept = returned->pool != NULL && buffer_pool_take_back(returned->pool, returned);
        pthread_mutex_unlock(&engine->resource_mutex);
    }
    if (!is_kept)
        resource_destroy(engine, last);
}

/* -- Handles ----------------------------------------------------------------------------------- */

static wa_status resolve(const wa_engine *engine, wa_buffer handle, const char *argument,
                         buffer **found) {
    void *object;
    const wa_status status =
        handle_resolve(engine, handle.id, HANDLE_BUFFER, engine, 0, argument, &object);
    if (status == WA_OK)
        *found = object;
    return status;
}

wa_status buffer_resolve(const wa_engine *engine, wa_buffer handle, const char *argument,
                         wa_buffer_data **data) {
    buffer *found = NULL;
    const wa_status status = resolve(engine, handle, argument, &found);
    if (status == WA_OK)
        *data = &found->data;
    return status;
}

/* Look and mark under one lock: of two threads that release the same handle, one is told so. */
wa_status buffer_end_handle(wa_engine *engine, wa_buffer handle, const wa_buffer_pool *pool,
                            buffer **ended) {
    pthread_mutex_lock(&engine->resource_mutex);
    wa_status status = resolve(engine, handle, "buffer", ended);
    if (status == WA_OK && pool != NULL && (*ended)->pool != pool)
        status = error_set(WA_ERR_FOREIGN_HANDLE, "buffer: is not from this pool");
    if (status == WA_OK)
        handle_mark_released(&engine->buffers, (*ended)->slot);
    pthread_mutex_unlock(&engine->resource_mutex);
    return status;
}

/* -- Public ------------------------------------------------------------------------------------ */

static wa_status check_desc(const wa_buffer_desc *desc) {
    if (desc->desc_bytes != sizeof *desc)
        return error_set(WA_ERR_NOT_SUPPORTED, "desc_bytes: %" PRIu32 ", this library knows %zu",
                         desc->desc_bytes, sizeof *desc);
    wa_status status = buffer_check_shape(desc->channel_count, desc->frame_count);
    if (status == WA_OK)
        status = buffer_check_rate(desc->sample_rate_hz);
    return status == WA_OK ? buffer_check_storage(desc->storage) : status;
}

wa_status wa_buffer_create_with(wa_engine *engine, const wa_buffer_desc *desc, wa_buffer *handle) {
    static const wa_buffer_desc defaults = WA_BUFFER_DESC_INIT;
    if (engine == NULL || handle == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", engine == NULL ? "engine" : "buffer");
    desc = desc != NULL ? desc : &defaults;
    wa_status status = check_desc(desc);
    buffer *made = NULL;
    if (status == WA_OK)
        status = buffer_make(engine, desc, 0, &made);
    if (status != WA_OK)
        return status;
    made->is_clean = false;
    handle->id = buffer_id(engine, made);
    return WA_OK;
}

wa_status wa_buffer_create(wa_engine *engine, uint32_t channel_count, uint64_t frame_count,
                           float sample_rate_hz, wa_buffer *handle) {
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    desc.channel_count = channel_count;
    desc.frame_count = frame_count;
    desc.sample_rate_hz = sample_rate_hz;
    return wa_buffer_create_with(engine, &desc, handle);
}

wa_status wa_buffer_release(wa_engine *engine, wa_buffer handle) {
    if (engine == NULL)
        return error_set(WA_ERR_TYPE, "engine: is NULL");
    buffer *ended = NULL;
    const wa_status status = buffer_end_handle(engine, handle, NULL, &ended);
    if (status == WA_OK)
        resource_unreference(engine, &ended->data.resource);
    return status;
}

wa_status wa_buffer_get_info(const wa_engine *engine, wa_buffer handle, wa_buffer_info *info) {
    if (engine == NULL || info == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", engine == NULL ? "engine" : "info");
    buffer *found = NULL;
    const wa_status status = resolve(engine, handle, "buffer", &found);
    if (status != WA_OK)
        return status;
    *info = (wa_buffer_info){
        .channel_count = found->data.channel_count,
        .frame_count = found->data.frame_count,
        .sample_rate_hz = found->data.sample_rate_hz,
        .duration_s = (double)found->data.frame_count / (double)found->data.sample_rate_hz,
        .memory_bytes = buffer_charge_bytes(engine, found),
        .storage = found->data.storage,
    };
    return WA_OK;
}

static wa_status find_plane(const wa_engine *engine, wa_buffer handle, uint32_t channel_index,
                            buffer **found) {
    if (engine == NULL)
        return error_set(WA_ERR_TYPE, "engine: is NULL");
    const wa_status status = resolve(engine, handle, "buffer", found);
    if (status == WA_OK && channel_index >= (*found)->data.channel_count)
        return error_set(WA_ERR_INDEX_SIZE,
                         "channel_index: %" PRIu32 " is not below the buffer's %" PRIu32 " channels",
                         channel_index, (*found)->data.channel_count);
    return status;
}

static wa_status check_is_stored(const buffer *found, wa_buffer_storage asked) {
    if (found->data.storage == asked)
        return WA_OK;
    return asked == WA_BUFFER_STORAGE_FLOAT32
               ? error_set(WA_ERR_INVALID_ACCESS, "buffer: holds 16-bit samples, which "
                                                  "wa_buffer_plane_int16 or "
                                                  "wa_buffer_copy_from_channel gives")
               : error_set(WA_ERR_INVALID_ACCESS, "buffer: holds float samples, which wa_buffer_plane "
                                                  "gives");
}

float *wa_buffer_plane(const wa_engine *engine, wa_buffer handle, uint32_t channel_index) {
    buffer *found = NULL;
    wa_status status = find_plane(engine, handle, channel_index, &found);
    if (status == WA_OK)
        status = check_is_stored(found, WA_BUFFER_STORAGE_FLOAT32);
    return status == WA_OK ? found->data.planes[channel_index] : NULL;
}

int16_t *wa_buffer_plane_int16(const wa_engine *engine, wa_buffer handle, uint32_t channel_index) {
    buffer *found = NULL;
    wa_status status = find_plane(engine, handle, channel_index, &found);
    if (status == WA_OK)
        status = check_is_stored(found, WA_BUFFER_STORAGE_INT16);
    return status == WA_OK ? buffer_plane_int16(&found->data, channel_index) : NULL;
}

/* How many of frame_count frames fit from start_frame on. */
static uint64_t fitting_frames(const buffer *found, uint64_t frame_count, uint64_t start_frame) {
    if (start_frame >= found->data.frame_count)
        return 0;
    const uint64_t room = found->data.frame_count - start_frame;
    return frame_count < room ? frame_count : room;
}

wa_status wa_buffer_copy_to_channel(wa_engine *engine, wa_buffer handle, const float *source,
                                    uint64_t frame_count, uint32_t channel_index,
                                    uint64_t start_frame) {
    if (source == NULL)
        return error_set(WA_ERR_TYPE, "source: is NULL");
    buffer *found = NULL;
    const wa_status status = find_plane(engine, handle, channel_index, &found);
    if (status != WA_OK)
        return status;
    const uint64_t count = fitting_frames(found, frame_count, start_frame);
    if (count > 0 && found->data.storage == WA_BUFFER_STORAGE_INT16)
        kernel_int16_from_float(buffer_plane_int16(&found->data, channel_index) + start_frame, source,
                                count);
    else if (count > 0)
        memmove(found->data.planes[channel_index] + start_frame, source, count * sizeof *source);
    return WA_OK;
}

wa_status wa_buffer_copy_from_channel(const wa_engine *engine, wa_buffer handle, float *destination,
                                      uint64_t frame_count, uint32_t channel_index,
                                      uint64_t start_frame) {
    if (destination == NULL)
        return error_set(WA_ERR_TYPE, "destination: is NULL");
    buffer *found = NULL;
    const wa_status status = find_plane(engine, handle, channel_index, &found);
    if (status != WA_OK)
        return status;
    const uint64_t count = fitting_frames(found, frame_count, start_frame);
    if (count > 0)
        samples_read(&found->data, channel_index, start_frame, count, destination);
    return WA_OK;
}

wa_status wa_buffer_hold_begin(wa_engine *engine, wa_buffer handle, const wa_buffer_hold **hold) {
    if (engine == NULL || hold == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", engine == NULL ? "engine" : "hold");
    buffer *found = NULL;
    const wa_status status = resolve(engine, handle, "buffer", &found);
    if (status == WA_OK) {
        resource_reference(&found->data.resource);
        *hold = (const wa_buffer_hold *)&found->data.resource;
    }
    return status;
}

void wa_buffer_hold_end(wa_engine *engine, const wa_buffer_hold *hold) {
    resource_unreference(engine, (const wa_resource *)hold);
}
