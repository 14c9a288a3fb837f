/* Periodic waves: one block of memory each, header and tables, charged to impulse responses. */
#include "waves.h"
#include "../error.h"
#include "../kernels/wave_table.h"
#include "buffers.h"
#include "engine.h"
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>

enum { HEADER_BYTES = (sizeof(wa_wave_data) + 63) / 64 * 64 };

static void init_header(wa_wave_data *wave, uint64_t memory_bytes) {
    wave->resource.kind = WA_RESOURCE_WAVE;
    atomic_init(&wave->resource.reference_count, 1);
    wave->memory_bytes = memory_bytes;
}

/* A wave of partials 1 .. partial_count. The scratch memory is taken and given back in here. */
static wa_status build(wa_engine *engine, const float *real, const float *imag, uint32_t partial_count,
                       bool is_normalized, wa_wave_data **wave) {
    wa_wave_data plan = { 0 };
    const uint64_t bytes = HEADER_BYTES + (uint64_t)wave_plan(&plan, partial_count) * sizeof(float);
    const uint64_t scratch_bytes = (uint64_t)wave_scratch_floats(&plan) * sizeof(float);
    void *memory, *scratch;
    wa_status status =
        memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, bytes, "periodic wave", &memory);
    if (status != WA_OK)
        return status;
    status = memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, scratch_bytes,
                         "room to build a periodic wave", &scratch);
    if (status != WA_OK) {
        memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, memory, bytes);
        return status;
    }
    wa_wave_data *made = memory;
    (void)wave_plan(made, partial_count);
    init_header(made, bytes);
    wave_fill(made, (float *)((char *)memory + HEADER_BYTES), scratch, real, imag, is_normalized);
    memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, scratch, scratch_bytes);
    *wave = made;
    return WA_OK;
}

void wave_destroy(wa_engine *engine, wa_resource *resource) {
    assert(resource->kind == WA_RESOURCE_WAVE);
    wa_wave_data *wave = (wa_wave_data *)resource;
    memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, wave, wave->memory_bytes);
}

wa_status wave_resolve(const wa_engine *engine, wa_periodic_wave wave, const char *argument,
                       wa_resource **resource) {
    void *object;
    const wa_status status = handle_resolve(engine, wave.id, HANDLE_WAVE, engine, 0, argument, &object);
    if (status == WA_OK)
        *resource = object;
    return status;
}

/* -- Standard waves ---------------------------------------------------------------------------- */

/* A sine needs no tables: it is computed. */
static wa_status build_sine(wa_engine *engine, wa_wave_data **wave) {
    void *memory;
    const wa_status status =
        memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, HEADER_BYTES, "sine wave", &memory);
    if (status != WA_OK)
        return status;
    init_header(memory, HEADER_BYTES);
    *wave = memory;
    return WA_OK;
}

static wa_status build_standard(wa_engine *engine, wa_oscillator_type type, wa_wave_data **wave) {
    if (type == WA_OSCILLATOR_SINE)
        return build_sine(engine, wave);
    const uint64_t bytes = (WAVE_STANDARD_PARTIAL_COUNT + 1) * sizeof(float);
    void *coefficients;
    wa_status status = memory_take(engine, WA_MEMORY_IMPULSE_RESPONSES, bytes,
                                   "room to build a standard wave", &coefficients);
    if (status != WA_OK)
        return status;
    wave_standard_coefficients(type, WAVE_STANDARD_PARTIAL_COUNT, coefficients);
    status = build(engine, NULL, coefficients, WAVE_STANDARD_PARTIAL_COUNT, true, wave);
    memory_give(engine, WA_MEMORY_IMPULSE_RESPONSES, coefficients, bytes);
    return status;
}

/* Built outside any lock. Two threads may build the same one at the same time: the first to put it in
 * the cache wins, the other gives its own back. */
wa_status wave_standard(wa_engine *engine, wa_oscillator_type type, const wa_resource **wave) {
    assert(type >= WA_OSCILLATOR_SINE && type < WA_OSCILLATOR_CUSTOM);
    const wa_resource *cached = atomic_load(&engine->standard_waves[type]);
    if (cached == NULL) {
        wa_wave_data *made;
        const wa_status status = build_standard(engine, type, &made);
        if (status != WA_OK)
            return status;
        if (atomic_compare_exchange_strong(&engine->standard_waves[type], &cached, &made->resource))
            cached = &made->resource;
        else
            wave_destroy(engine, &made->resource);
    }
    *wave = cached;
    return WA_OK;
}

/* -- Public ------------------------------------------------------------------------------------ */

static wa_status check_finite(const float *values, uint32_t count, const char *name) {
    for (uint32_t k = 0; values != NULL && k < count; k++) {
        if (!isfinite(values[k]))
            return error_set(WA_ERR_TYPE, "%s[%" PRIu32 "] must be finite", name, k);
    }
    return WA_OK;
}

static wa_status check_arguments(const wa_engine *engine, const float *real, const float *imag,
                                 uint32_t coefficient_count, const wa_periodic_wave *wave) {
    if (engine == NULL || wave == NULL)
        return error_set(WA_ERR_TYPE, "%s: is NULL", engine == NULL ? "engine" : "wave");
    if (real == NULL && imag == NULL)
        return error_set(WA_ERR_TYPE, "real and imag: both are NULL");
    if (coefficient_count < 2)
        return error_set(WA_ERR_INDEX_SIZE, "coefficient_count: %" PRIu32 ", at least 2",
                         coefficient_count);
    if (coefficient_count > WA_PERIODIC_WAVE_COEFFICIENT_MAX)
        return error_set(WA_ERR_NOT_SUPPORTED, "coefficient_count: %" PRIu32 ", at most %d",
                         coefficient_count, WA_PERIODIC_WAVE_COEFFICIENT_MAX);
    const wa_status status = check_finite(real, coefficient_count, "real");
    return status == WA_OK ? check_finite(imag, coefficient_count, "imag") : status;
}

wa_status wa_periodic_wave_create(wa_engine *engine, const float *real, const float *imag,
                                  uint32_t coefficient_count, bool disable_normalization,
                                  wa_periodic_wave *wave) {
    wa_status status = check_arguments(engine, real, imag, coefficient_count, wave);
    if (status != WA_OK)
        return status;
    wa_wave_data *made;
    status = build(engine, real, imag, coefficient_count - 1, !disable_normalization, &made);
    if (status != WA_OK)
        return status;
    uint32_t slot;
    uint64_t id;
    status = handle_take(&engine->waves, made, &slot, &id);
    if (status != WA_OK) {
        wave_destroy(engine, &made->resource);
        return status;
    }
    *wave = (wa_periodic_wave){ .id = id };
    return WA_OK;
}

wa_status wa_periodic_wave_release(wa_engine *engine, wa_periodic_wave wave) {
    if (engine == NULL)
        return error_set(WA_ERR_TYPE, "engine: is NULL");
    pthread_mutex_lock(&engine->resource_mutex); /* of two threads that release it, one does */
    wa_resource *resource;
    const wa_status status = wave_resolve(engine, wave, "wave", &resource);
    if (status == WA_OK)
        handle_give(&engine->waves, (uint32_t)wave.id & ((1u << WA_SLOT_INDEX_BITS) - 1));
    pthread_mutex_unlock(&engine->resource_mutex);
    if (status == WA_OK)
        resource_unreference(engine, resource);
    return status;
}
