/* Files to buffers: a sound, straight into the buffer's planes, or block by block into 16 bits. */
#include "../error.h"
#include "reader.h"
#include "wavepool/decode.h"

enum { STEP_FRAMES = 1 << 16, BLOCK_FRAMES = 2048 };

static wa_status read_into(reader *from, float *const *planes) {
    wa_status status = WA_OK;
    while (status == WA_OK && from->next_frame < from->frame_count) {
        float *at[WA_CHANNEL_COUNT_MAX];
        const uint64_t left = from->frame_count - from->next_frame;
        for (uint32_t channel = 0; channel < from->channel_count; channel++) {
            at[channel] = planes[channel] + from->next_frame;
        }
        status = reader_read(from, at, left < STEP_FRAMES ? (uint32_t)left : STEP_FRAMES);
    }
    return status;
}

static wa_status fill_floats(reader *from, wa_buffer buffer) {
    float *planes[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < from->channel_count; channel++) {
        planes[channel] = wa_buffer_plane(from->engine, buffer, channel);
        assert(planes[channel] != NULL);
    }
    return read_into(from, planes);
}

/* A block at a time: half the memory must not cost all of it on the way. */
static wa_status fill_int16(reader *from, wa_buffer buffer, float *block) {
    float *planes[WA_CHANNEL_COUNT_MAX];
    wa_status status = WA_OK;
    for (uint32_t channel = 0; channel < from->channel_count; channel++) {
        planes[channel] = block + (size_t)channel * BLOCK_FRAMES;
    }
    while (status == WA_OK && from->next_frame < from->frame_count) {
        const uint64_t first = from->next_frame, left = from->frame_count - first;
        const uint32_t count = left < BLOCK_FRAMES ? (uint32_t)left : BLOCK_FRAMES;
        status = reader_read(from, planes, count);
        for (uint32_t channel = 0; channel < from->channel_count && status == WA_OK; channel++) {
            status =
                wa_buffer_copy_to_channel(from->engine, buffer, planes[channel], count, channel, first);
        }
    }
    return status;
}

static wa_status fill_buffer(reader *from, wa_buffer buffer, wa_buffer_storage storage) {
    if (storage == WA_BUFFER_STORAGE_FLOAT32) {
        return fill_floats(from, buffer);
    }
    const uint64_t bytes = (uint64_t)from->channel_count * BLOCK_FRAMES * sizeof(float);
    void *block = NULL;
    wa_status status =
        memory_take(from->engine, WA_MEMORY_DECODE, bytes, "block before 16 bits", &block);
    if (status == WA_OK) {
        status = fill_int16(from, buffer, block);
        memory_give(from->engine, WA_MEMORY_DECODE, block, bytes);
    }
    return status;
}

static wa_status make_buffer(reader *from, wa_buffer_storage storage, wa_buffer *buffer) {
    const wa_buffer_desc desc = { .desc_bytes = sizeof desc,
                                  .channel_count = from->channel_count,
                                  .frame_count = from->frame_count,
                                  .sample_rate_hz = from->sample_rate_hz,
                                  .storage = storage };
    wa_buffer made = { 0 };
    wa_status status = wa_buffer_create_with(from->engine, &desc, &made);
    if (status != WA_OK) {
        return status;
    }
    status = fill_buffer(from, made, storage);
    if (status != WA_OK) {
        wa_buffer_release(from->engine, made);
        return status;
    }
    *buffer = made;
    return WA_OK;
}

/* Closes the sound. */
static wa_status decode(wa_engine *engine, sound *from, const wa_decode_options *options,
                        wa_buffer *buffer) {
    reader frames;
    wa_status status = reader_init(&frames, engine, from, options->sample_rate_hz);
    if (status == WA_OK) {
        status = make_buffer(&frames, options->storage, buffer);
        reader_finish(&frames);
    }
    sound_close(from);
    return status;
}

/* -- Public ------------------------------------------------------------------------------------ */

static const wa_decode_options defaults = WA_DECODE_OPTIONS_INIT;

static wa_status check_options(const wa_decode_options *options) {
    const float rate_hz = options->sample_rate_hz;
    if (options->options_bytes != sizeof *options) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options_bytes is %u, this library knows %zu",
                         options->options_bytes, sizeof *options);
    }
    if (rate_hz != 0.0f && !(rate_hz >= WA_SAMPLE_RATE_MIN_HZ && rate_hz <= WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, allowed are 0 and %g to %g",
                         (double)rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ, (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    if (options->storage != WA_BUFFER_STORAGE_FLOAT32 && options->storage != WA_BUFFER_STORAGE_INT16) {
        return error_set(WA_ERR_NOT_SUPPORTED, "storage is %d, neither FLOAT32 (0) nor INT16 (1)",
                         (int)options->storage);
    }
    return WA_OK;
}

static wa_status check_arguments(const wa_engine *engine, const void *from, const char *from_name,
                                 const wa_decode_options *options, const wa_buffer *buffer) {
    if (engine == NULL || from == NULL || buffer == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL",
                         engine == NULL ? "engine" : (from == NULL ? from_name : "buffer"));
    }
    return check_options(options);
}

wa_status wa_decode_file_with(wa_engine *engine, const char *path, const wa_decode_options *options,
                              wa_buffer *buffer) {
    options = options != NULL ? options : &defaults;
    wa_status status = check_arguments(engine, path, "path", options, buffer);
    sound from;
    if (status == WA_OK) {
        status = sound_open_path(&from, path);
    }
    return status == WA_OK ? decode(engine, &from, options, buffer) : status;
}

wa_status wa_decode_memory_with(wa_engine *engine, const void *data, size_t data_bytes,
                                const wa_decode_options *options, wa_buffer *buffer) {
    options = options != NULL ? options : &defaults;
    wa_status status = check_arguments(engine, data, "data", options, buffer);
    sound from;
    if (status == WA_OK) {
        status = sound_open_memory(&from, data, data_bytes);
    }
    return status == WA_OK ? decode(engine, &from, options, buffer) : status;
}

wa_status wa_decode_file(wa_engine *engine, const char *path, float sample_rate_hz, wa_buffer *buffer) {
    wa_decode_options options = WA_DECODE_OPTIONS_INIT;
    options.sample_rate_hz = sample_rate_hz;
    return wa_decode_file_with(engine, path, &options, buffer);
}

wa_status wa_decode_memory(wa_engine *engine, const void *data, size_t data_bytes, float sample_rate_hz,
                           wa_buffer *buffer) {
    wa_decode_options options = WA_DECODE_OPTIONS_INIT;
    options.sample_rate_hz = sample_rate_hz;
    return wa_decode_memory_with(engine, data, data_bytes, &options, buffer);
}
