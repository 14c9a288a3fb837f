/* wavepool/buffer.h -- sample data: made once, shared by any number of nodes, pooled when idle.
 *
 *   frame    one sample on every channel.     plane   float32[frames] of one channel, nominal [-1, +1].
 *   handle   slot and generation, each below 2^30; {0} is never valid; copy it freely.
 *
 * Buffers belong to the engine and can be played by all of its contexts. A buffer that a node still
 * reads stays alive, whatever its owner does, until the render side is done with it. Planes may be
 * written while no node plays them; a started source reads them as they are (Web Audio 1.1 has it
 * "acquire the contents"; in C the caller keeps that promise by not writing).
 */
#ifndef WAVEPOOL_BUFFER_H
#define WAVEPOOL_BUFFER_H
#include "memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wa_buffer {
    uint64_t id;
} wa_buffer;

typedef struct wa_periodic_wave {
    uint64_t id;
} wa_periodic_wave;

typedef struct wa_buffer_pool wa_buffer_pool;

/* How the samples lie in memory. A node plays either; 16 bits take half the memory. */
typedef enum wa_buffer_storage {
    WA_BUFFER_STORAGE_FLOAT32 = 0,
    WA_BUFFER_STORAGE_INT16 =
        1, /* value = sample / 32768, exactly; written rounded to nearest, clipped */
    WA_BUFFER_STORAGE_FORCE32 = 0x7fffffff
} wa_buffer_storage;

typedef struct wa_buffer_info {
    uint32_t channel_count;
    uint64_t frame_count;
    float sample_rate_hz;
    double duration_s;
    uint64_t memory_bytes; /* as charged */
    wa_buffer_storage storage;
} wa_buffer_info;

typedef struct wa_buffer_desc {
    uint32_t desc_bytes;
    uint32_t channel_count;    /* 1..32; INIT sets 1 */
    uint64_t frame_count;      /* 1 or more; INIT sets 1 */
    float sample_rate_hz;      /* 3000..768000; INIT sets 48000 */
    wa_buffer_storage storage; /* INIT sets FLOAT32 */
} wa_buffer_desc;
#define WA_BUFFER_DESC_INIT                                                                            \
    { (uint32_t)sizeof(wa_buffer_desc), 1, 1, 48000.0f, WA_BUFFER_STORAGE_FLOAT32 }

/* A buffer of channel_count planes of frame_count zeros: AudioBuffer's constructor.
 * Returns: WA_OK | NOT_SUPPORTED (channels not 1..32, no frames, rate not 3000..768000) | BUDGET
 *   | SEALED | SYSTEM_MEMORY. Owns: caller; wa_buffer_release(). Thread: control */
WA_API wa_status wa_buffer_create(wa_engine *engine, uint32_t channel_count, uint64_t frame_count,
                                  float sample_rate_hz, wa_buffer *buffer);

/* The same with a choice of storage. desc NULL: the defaults.
 * Returns: as wa_buffer_create | NOT_SUPPORTED (desc_bytes unknown; no such storage). Thread: control */
WA_API wa_status wa_buffer_create_with(wa_engine *engine, const wa_buffer_desc *desc,
                                       wa_buffer *buffer);

/* Drop the caller's reference. A pooled buffer goes back to its pool (wa_buffer_pool_release is the
 * checked form). Returns: WA_OK | STALE_HANDLE | FOREIGN_HANDLE | WRONG_TYPE | RELEASED.
 * Thread: control */
WA_API wa_status wa_buffer_release(wa_engine *engine, wa_buffer buffer);

/* Returns: WA_OK | STALE_HANDLE | FOREIGN_HANDLE | WRONG_TYPE | RELEASED. Thread: control */
WA_API wa_status wa_buffer_get_info(const wa_engine *engine, wa_buffer buffer, wa_buffer_info *info);

/* The samples of one channel, 64-byte aligned, or NULL with a message (bad handle or channel, or a buffer of
 * the other storage: it is not converted behind the caller's back).
 * Owns: the buffer; valid until it is released. Thread: control */
WA_API float *wa_buffer_plane(const wa_engine *engine, wa_buffer buffer, uint32_t channel_index);
WA_API int16_t *wa_buffer_plane_int16(const wa_engine *engine, wa_buffer buffer,
                                      uint32_t channel_index);

/* AudioBuffer.copyToChannel and copyFromChannel: as many of the frames as fit from start_frame on. Samples of
 * 16 bits are converted on the way.
 * Returns: WA_OK | INDEX_SIZE (channel) | TYPE (NULL) | handle errors. Thread: control */
WA_API wa_status wa_buffer_copy_to_channel(wa_engine *engine, wa_buffer buffer, const float *source,
                                           uint64_t frame_count, uint32_t channel_index,
                                           uint64_t start_frame);
WA_API wa_status wa_buffer_copy_from_channel(const wa_engine *engine, wa_buffer buffer,
                                             float *destination, uint64_t frame_count,
                                             uint32_t channel_index, uint64_t start_frame);

/* Keep the samples where they are, whatever becomes of the handle: for views of them in another language. The
 * memory is free, or back in its pool, once the handle is released and no hold and no node is left.
 * Returns: WA_OK | TYPE (NULL) | handle errors. Owns: the hold; wa_buffer_hold_end(). Thread: control */
typedef struct wa_buffer_hold wa_buffer_hold;
WA_API wa_status wa_buffer_hold_begin(wa_engine *engine, wa_buffer buffer, const wa_buffer_hold **hold);
/* hold may be NULL. Thread: control of any context */
WA_API void wa_buffer_hold_end(wa_engine *engine, const wa_buffer_hold *hold);

/* PeriodicWave (Web Audio 1.1, "PeriodicWave"): Fourier coefficients, index 0 (DC) is ignored.
 * real may be NULL (all cosine terms 0), imag likewise, not both.
 * Returns: WA_OK | INDEX_SIZE (count below 2) | NOT_SUPPORTED (count above 16384) | TYPE | BUDGET.
 * Owns: caller; wa_periodic_wave_release(). Oscillators that use it keep it alive. Thread: control */
WA_API wa_status wa_periodic_wave_create(wa_engine *engine, const float *real, const float *imag,
                                         uint32_t coefficient_count, bool disable_normalization,
                                         wa_periodic_wave *wave);
WA_API wa_status wa_periodic_wave_release(wa_engine *engine, wa_periodic_wave wave);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_BUFFER_H */
