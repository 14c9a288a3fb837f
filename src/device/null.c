/* The null device: a real clock and no hardware. It pulls as a sound card would, counts what a sound card
 * would have missed, and throws the frames away. It records silence, or a tone for who wants to hear that
 * an input arrives.
 */
#include "../error.h"
#include "../memory/memory.h"
#include "clock.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct wa_device {
    device_clock clock;
    wa_engine *engine;
    uint64_t size_bytes;
    uint64_t recorded_frames; /* of the tone; pull thread */
};

enum { HEAD_BYTES = (sizeof(struct wa_device) + 63) / 64 * 64, TONE_HZ = 440 };
#define TONE_PEAK 0.5 /* 6 dB below full scale */

typedef struct null_row {
    const char *id, *name;
    bool is_input, is_default;
} null_row;

static const null_row rows[] = {
    { "null", "No sound, real clock", false, true },
    { "silence", "Silence", true, true },
    { "tone", "A sine of 440 Hz", true, false },
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0], ROW_NULL = 0, ROW_SILENCE = 1, ROW_TONE = 2 };

static uint32_t list(wa_device_info *devices, uint32_t capacity) {
    for (uint32_t i = 0; i < ROW_COUNT && i < capacity; i++) {
        devices[i] = (wa_device_info){ .backend = "null",
                                       .channel_count_max = WA_CHANNEL_COUNT_MAX,
                                       .sample_rate_hz = 48000.0f,
                                       .sample_rate_min_hz = WA_SAMPLE_RATE_MIN_HZ,
                                       .sample_rate_max_hz = WA_SAMPLE_RATE_MAX_HZ,
                                       .is_default = rows[i].is_default,
                                       .is_input = rows[i].is_input };
        snprintf(devices[i].id, sizeof devices[i].id, "%s", rows[i].id);
        snprintf(devices[i].name, sizeof devices[i].name, "%s", rows[i].name);
    }
    return ROW_COUNT;
}

/* The same on every channel; it goes on where it was after a stop. */
static void record_tone(void *user, float *const *inputs, uint32_t channel_count,
                        uint32_t frame_count) {
    struct wa_device *self = user;
    const double step = TONE_HZ / self->clock.sample_rate_hz; /* turns per frame */
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        const double turns = fmod((double)(self->recorded_frames + frame) * step, 1.0);
        inputs[0][frame] = (float)(TONE_PEAK * sin(6.283185307179586 * turns));
    }
    for (uint32_t channel = 1; channel < channel_count; channel++) {
        memcpy(inputs[channel], inputs[0], frame_count * sizeof(float));
    }
    self->recorded_frames += frame_count;
}

/* What is asked for, as rows. Returns: WA_OK | DEVICE. */
static wa_status choose(const device_config *config, const null_row **input) {
    if (config->id != NULL && strcmp(config->id, rows[ROW_NULL].id) != 0) {
        return error_set(WA_ERR_DEVICE, "null: there is no device \"%s\", only \"null\"", config->id);
    }
    *input = NULL;
    if (config->input_channel_count == 0) {
        return WA_OK;
    }
    const char *id = config->input_id != NULL ? config->input_id : rows[ROW_SILENCE].id;
    for (uint32_t i = ROW_SILENCE; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].id, id) == 0) {
            *input = &rows[i];
            return WA_OK;
        }
    }
    return error_set(WA_ERR_DEVICE, "null: there is no input \"%s\", only \"silence\" and \"tone\"",
                     id);
}

static wa_status open_device(const device_config *config, struct wa_device **opened,
                             device_facts *facts) {
    const null_row *input = NULL;
    wa_status status = choose(config, &input);
    if (status == WA_OK) {
        status = clock_facts(config, facts);
    }
    if (status != WA_OK) {
        return status;
    }
    const uint64_t size_bytes =
        HEAD_BYTES + clock_plane_bytes(facts) + clock_input_bytes(config, facts);
    void *memory = NULL;
    status = memory_take(config->engine, WA_MEMORY_RINGS, size_bytes, "null device", &memory);
    if (status != WA_OK) {
        return status;
    }
    struct wa_device *self = memory;
    self->engine = config->engine;
    self->size_bytes = size_bytes;
    clock_init(&self->clock, config, facts, config->pull, config->user,
               (float *)(void *)((char *)memory + HEAD_BYTES));
    snprintf(facts->id, sizeof facts->id, "%s", rows[ROW_NULL].id);
    snprintf(facts->name, sizeof facts->name, "%s", rows[ROW_NULL].name);
    if (input != NULL) {
        snprintf(facts->input_id, sizeof facts->input_id, "%s", input->id);
        snprintf(facts->input_name, sizeof facts->input_name, "%s", input->name);
    }
    if (input == &rows[ROW_TONE]) {
        self->clock.record = record_tone;
        self->clock.record_user = self;
    }
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

/* As from a card that hands over a callback when it is full. */
static uint32_t input_latency_frames(const struct wa_device *self) {
    return self->clock.input_count > 0 ? self->clock.callback_frames : 0;
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
    .input_latency_frames = input_latency_frames,
    .underruns = underruns,
};
