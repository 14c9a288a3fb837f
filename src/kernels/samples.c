#include "samples.h"
#include <math.h>
#include <string.h>

static const float int16_scale = 32768.0f;

void kernel_float_from_int16(float *out, const int16_t *in, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        out[i] = (float)in[i] * (1.0f / int16_scale);
    }
}

void kernel_int16_from_float(int16_t *out, const float *in, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        float steps = in[i] * int16_scale;
        if (!(steps >= -int16_scale)) { /* below, or not a number */
            steps = steps < -int16_scale ? -int16_scale : 0.0f;
        }
        steps = steps > int16_scale - 1.0f ? int16_scale - 1.0f : steps;
        out[i] = (int16_t)lrintf(steps);
    }
}

void samples_read(const wa_buffer_data *buffer, uint32_t channel, uint64_t first, uint64_t count,
                  float *out) {
    assert(channel < buffer->channel_count);
    assert(first + count <= buffer->frame_count);
    if (buffer->storage == WA_BUFFER_STORAGE_INT16) {
        kernel_float_from_int16(out, buffer_plane_int16(buffer, channel) + first, count);
    } else {
        memmove(out, buffer->planes[channel] + first, count * sizeof *out);
    }
}
