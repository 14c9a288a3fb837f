/* The null device: a real clock and no hardware. It pulls as a sound card would, counts what a sound card
 * would have missed, and throws the frames away.
 */
#include "../error.h"
#include "../memory/memory.h"
#include "clock.h"
#include <stdio.h>
#include <string.h>

struct wa_device {
    device_clock clock;
    wa_engine *engine;
    uint64_t size_bytes;
};

enum { HEAD_BYTES = (sizeof(struct wa_device) + 63) / 64 * 64 };

static uint32_t list(wa_device_info *devices, uint32_t capacity) {
    if (capacity > 0) {
        devices[0] = (wa_device_info){ .backend = "null",
                                       .id = "null",
                                       .name = "No sound, real clock",
                                       .channel_count_max = WA_CHANNEL_COUNT_MAX,
                                       .sample_rate_hz = 48000.0f,
                                       .is_default = true };
    }
    return 1;
}

static wa_status open_device(const device_config *config, struct wa_device **opened,
                             device_facts *facts) {
    if (config->id != NULL && strcmp(config->id, "null") != 0) {
        return error_set(WA_ERR_DEVICE, "null: there is no device \"%s\", only \"null\"", config->id);
    }
    wa_status status = clock_facts(config, facts);
    if (status != WA_OK) {
        return status;
    }
    const uint64_t size_bytes = HEAD_BYTES + clock_plane_bytes(facts);
    void *memory = NULL;
    status = memory_take(config->engine, WA_MEMORY_RINGS, size_bytes, "null device", &memory);
    if (status != WA_OK) {
        return status;
    }
    struct wa_device *self = memory;
    self->engine = config->engine;
    self->size_bytes = size_bytes;
    clock_init(&self->clock, facts, config->pull, config->user,
               (float *)(void *)((char *)memory + HEAD_BYTES));
    snprintf(facts->id, sizeof facts->id, "null");
    snprintf(facts->name, sizeof facts->name, "No sound, real clock");
    *opened = self;
    return WA_OK;
}

static wa_status start(struct wa_device *self) {
    return clock_start(&self->clock);
}

static void stop(struct wa_device *self) {
    clock_stop(&self->clock);
}

static void close_device(struct wa_device *self) {
    if (self != NULL) {
        clock_stop(&self->clock);
        memory_give(self->engine, WA_MEMORY_RINGS, self, self->size_bytes);
    }
}

static uint32_t latency_frames(const struct wa_device *self) {
    return self->clock.callback_frames;
}

static void underruns(const struct wa_device *self, device_underruns *count) {
    clock_underruns(&self->clock, count);
}

const wa_device_ops wa_device_ops_null = {
    .name = "null",
    .is_automatic = true,
    .list = list,
    .open = open_device,
    .start = start,
    .stop = stop,
    .close = close_device,
    .latency_frames = latency_frames,
    .underruns = underruns,
};
