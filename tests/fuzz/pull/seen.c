/* What listeners in the engine heard, kept until both graphs have used it. */
#include "pull.h"
#include <string.h>

void pull_seen_add(pull_seen *seen, uint64_t frame, uint32_t channel_count, const float *const *planes,
                   uint32_t frame_count) {
    if (seen->count == seen->capacity) {
        seen->capacity = seen->capacity > 0 ? 2 * seen->capacity : 16;
        seen->sights = realloc(seen->sights, seen->capacity * sizeof *seen->sights);
    }
    const size_t needed = seen->used + (size_t)channel_count * frame_count;
    if (needed > seen->room) {
        seen->room = 2 * needed;
        seen->frames = realloc(seen->frames, seen->room * sizeof *seen->frames);
    }
    fuzz_check(seen->sights != NULL && seen->frames != NULL, "memory");
    seen->sights[seen->count++] = (struct pull_sight){ frame, channel_count, seen->used };
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        memcpy(seen->frames + seen->used, planes[channel], frame_count * sizeof(float));
        seen->used += frame_count;
    }
}

const struct pull_sight *pull_seen_at(const pull_seen *seen, uint64_t frame) {
    for (uint32_t i = 0; i < seen->count; i++) {
        if (seen->sights[i].frame == frame) {
            return &seen->sights[i];
        }
    }
    return NULL;
}

void pull_seen_clear(pull_seen *seen) {
    seen->count = 0;
    seen->used = 0;
}

void pull_seen_free(pull_seen *seen) {
    free(seen->sights);
    free(seen->frames);
    *seen = (pull_seen){ 0 };
}
