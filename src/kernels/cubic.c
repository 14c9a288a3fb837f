#include "cubic.h"
#include <string.h>

enum { RUN_FRAMES = 64 };

static void run(float *restrict out, const float *restrict in, uint64_t first, uint64_t step,
                uint32_t count) {
    float around[RUN_FRAMES][4], fractions[RUN_FRAMES];
    uint64_t position = first;
    for (uint32_t i = 0; i < count; i++, position += step) {
        memcpy(around[i], in + (position >> 32) - 1, sizeof around[i]);
        fractions[i] = (float)(int32_t)((uint32_t)position >> 8) * 0x1p-24f;
    }
    for (uint32_t i = 0; i < count; i++) {
        const float before = around[i][0], here = around[i][1], next = around[i][2],
                    after = around[i][3];
        const float t = fractions[i];
        const float slope = 0.5f * (next - before);
        const float bend = before - 2.5f * here + 2.0f * next - 0.5f * after;
        const float twist = 0.5f * (after - before) + 1.5f * (here - next);
        out[i] = here + t * (slope + t * (bend + t * twist));
    }
}

void kernel_cubic(float *restrict out, const float *restrict in, uint64_t first, uint64_t step,
                  uint32_t count) {
    while (count > 0) {
        const uint32_t frames = count < RUN_FRAMES ? count : RUN_FRAMES;
        run(out, in, first, step, frames);
        out += frames;
        count -= frames;
        first += frames * step;
    }
}
