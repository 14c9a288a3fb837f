/* Responses: one block of memory each, header, tables and spectra, charged to impulse responses. A hash of
 * the content finds a response that may be the same; whether it is, its spectra say. */
#include "responses.h"
#include "../kernels/convolution.h"
#include "../kernels/samples.h"
#include "buffers.h"
#include "engine.h"
#include <stdatomic.h>
#include <string.h>

enum { HEADER_BYTES = (sizeof(wa_response_data) + 63) / 64 * 64 };

static uint64_t hash_of(const wa_buffer_data *buffer) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a, a frame at a time */
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        for (uint64_t frame = 0; frame < buffer->frame_count; frame++) {
            uint32_t bits;
            memcpy(&bits, &buffer->planes[channel][frame], sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
        }
    }
    return hash;
}

/* What a response is to be; the plan is laid out, not filled. */
static wa_response_data draw_up(const wa_buffer_data *buffer, bool is_normalized,
                                uint32_t quantum_frames) {
    wa_response_data wanted = { .quantum_frames = quantum_frames,
                                .hash = hash_of(buffer),
                                .scale = 1.0f };
    if (is_normalized) {
        wanted.scale =
            convolution_normalization((const float *const *)buffer->planes, buffer->channel_count,
                                      buffer->frame_count, buffer->sample_rate_hz);
    }
    convolution_plan_init(&wanted.plan, buffer->channel_count, buffer->frame_count, quantum_frames);
    return wanted;
}

static bool is_alike(const wa_response_data *a, const wa_response_data *b) {
    return a->hash == b->hash && a->scale == b->scale && a->quantum_frames == b->quantum_frames &&
           a->plan.channel_count == b->plan.channel_count && a->plan.frame_count == b->plan.frame_count;
}

/* One that is on its way out has no references left and gets none. */
static bool reference_if_any(wa_response_data *of) {
    uint32_t count = atomic_load_explicit(&of->resource.reference_count, memory_order_relaxed);
    while (count > 0 &&
           !atomic_compare_exchange_weak(&of->resource.reference_count, &count, count + 1)) {}
    return count > 0;
}

/* With a reference, so that it stays while it is compared. NULL: there is none. */
static wa_response_data *find(wa_engine *engine, const wa_response_data *wanted) {
    pthread_mutex_lock(&engine->resource_mutex);
    wa_response_data *found = engine->responses;
    while (found != NULL && !(is_alike(found, wanted) && reference_if_any(found))) {
        found = found->next;
    }
    pthread_mutex_unlock(&engine->resource_mutex);
    return found;
}

static wa_status make(wa_engine *engine, const wa_response_data *wanted, const wa_buffer_data *buffer,
                      float *scratch, wa_response_data **made) {
    void *memory = NULL;
    const uint64_t bytes = HEADER_BYTES + convolution_plan_floats(&wanted->plan) * sizeof(float);
    const wa_status status =
        memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, bytes, "impulse response", &memory);
    if (status != WA_OK) {
        return status;
    }
    wa_response_data *fresh = memory;
    *fresh = *wanted;
    fresh->resource.kind = WA_RESOURCE_RESPONSE;
    atomic_init(&fresh->resource.reference_count, 1);
    fresh->memory_bytes = bytes;
    convolution_plan_fill(&fresh->plan, (float *)(void *)((char *)memory + HEADER_BYTES), scratch,
                          (const float *const *)buffer->planes, fresh->scale);
    pthread_mutex_lock(&engine->resource_mutex);
    fresh->next = engine->responses;
    engine->responses = fresh;
    pthread_mutex_unlock(&engine->resource_mutex);
    *made = fresh;
    return WA_OK;
}

static wa_status acquire(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                         uint32_t quantum_frames, const wa_resource **response) {
    const wa_response_data wanted = draw_up(buffer, is_normalized, quantum_frames);
    const uint64_t scratch_bytes = convolution_scratch_floats(&wanted.plan) * sizeof(float);
    void *scratch = NULL;
    wa_status status = memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, scratch_bytes,
                                   "room to prepare an impulse response", &scratch);
    if (status != WA_OK) {
        return status;
    }
    wa_response_data *found = find(engine, &wanted);
    if (found != NULL &&
        !convolution_plan_matches(&found->plan, scratch, (const float *const *)buffer->planes,
                                  wanted.scale)) {
        resource_unreference(engine, &found->resource);
        found = NULL;
    }
    if (found == NULL) {
        status = make(engine, &wanted, buffer, scratch, &found);
    }
    memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, scratch, scratch_bytes);
    if (status == WA_OK) {
        *response = &found->resource;
    }
    return status;
}

/* Samples of 16 bits are copied to floats for as long as it takes: spectra are made of floats anyway. */
wa_status response_acquire(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                           uint32_t quantum_frames, const wa_resource **response) {
    if (buffer->storage == WA_BUFFER_STORAGE_FLOAT32) {
        return acquire(engine, buffer, is_normalized, quantum_frames, response);
    }
    const uint64_t frames = buffer->frame_count, bytes = buffer->channel_count * frames * sizeof(float);
    void *memory = NULL;
    wa_status status = memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, bytes,
                                   "floats to prepare an impulse response of 16 bits", &memory);
    if (status != WA_OK) {
        return status;
    }
    wa_buffer_data floats = { .channel_count = buffer->channel_count,
                              .sample_rate_hz = buffer->sample_rate_hz,
                              .frame_count = frames };
    for (uint32_t channel = 0; channel < floats.channel_count; channel++) {
        floats.planes[channel] = (float *)memory + channel * frames;
        samples_read(buffer, channel, 0, frames, floats.planes[channel]);
    }
    status = acquire(engine, &floats, is_normalized, quantum_frames, response);
    memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, memory, bytes);
    return status;
}

void response_destroy(wa_engine *engine, wa_resource *response) {
    wa_response_data *gone = (wa_response_data *)response;
    pthread_mutex_lock(&engine->resource_mutex);
    wa_response_data **link = &engine->responses;
    while (*link != gone) {
        link = &(*link)->next;
    }
    *link = gone->next;
    pthread_mutex_unlock(&engine->resource_mutex);
    memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, gone, gone->memory_bytes);
}
