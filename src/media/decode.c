/* Files to buffers: a sound, block by block, straight into the buffer's planes or through 16 bits. */
#include "../error.h"
#include "reader.h"
#include "wavepool/decode.h"

enum { STEP_FRAMES = 1 << 16 };

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

static wa_status fill_buffer(reader *from, wa_buffer buffer) {
    float *planes[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < from->channel_count; channel++) {
        planes[channel] = wa_buffer_plane(from->engine, buffer, channel);
        assert(planes[channel] != NULL);
    }
    return read_into(from, planes);
}

static wa_status make_buffer(reader *from, wa_buffer *buffer) {
    wa_buffer made = { 0 };
    wa_status status = wa_buffer_create(from->engine, from->channel_count, from->frame_count,
                                        from->sample_rate_hz, &made);
    if (status != WA_OK) {
        return status;
    }
    status = fill_buffer(from, made);
    if (status != WA_OK) {
        wa_buffer_release(from->engine, made);
        return status;
    }
    *buffer = made;
    return WA_OK;
}

/* Closes the sound. */
static wa_status decode(wa_engine *engine, sound *from, float sample_rate_hz, wa_buffer *buffer) {
    reader frames;
    wa_status status = reader_init(&frames, engine, from, sample_rate_hz);
    if (status == WA_OK) {
        status = make_buffer(&frames, buffer);
        reader_finish(&frames);
    }
    sound_close(from);
    return status;
}

/* -- Public ------------------------------------------------------------------------------------ */

static wa_status check_arguments(const wa_engine *engine, const void *from, const char *from_name,
                                 float sample_rate_hz, const wa_buffer *buffer) {
    if (engine == NULL || from == NULL || buffer == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL",
                         engine == NULL ? "engine" : (from == NULL ? from_name : "buffer"));
    }
    if (sample_rate_hz != 0.0f &&
        !(sample_rate_hz >= WA_SAMPLE_RATE_MIN_HZ && sample_rate_hz <= WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, allowed are 0 and %g to %g",
                         (double)sample_rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ,
                         (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    return WA_OK;
}

wa_status wa_decode_file(wa_engine *engine, const char *path, float sample_rate_hz, wa_buffer *buffer) {
    wa_status status = check_arguments(engine, path, "path", sample_rate_hz, buffer);
    sound from;
    if (status == WA_OK) {
        status = sound_open_path(&from, path);
    }
    return status == WA_OK ? decode(engine, &from, sample_rate_hz, buffer) : status;
}

wa_status wa_decode_memory(wa_engine *engine, const void *data, size_t data_bytes, float sample_rate_hz,
                           wa_buffer *buffer) {
    wa_status status = check_arguments(engine, data, "data", sample_rate_hz, buffer);
    sound from;
    if (status == WA_OK) {
        status = sound_open_memory(&from, data, data_bytes);
    }
    return status == WA_OK ? decode(engine, &from, sample_rate_hz, buffer) : status;
}
