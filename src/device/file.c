/* The file device: the pace of the null device, and a WAV of what was played. What it records is another file,
 * or silence.
 *
 * pull thread --> slots[slot_count] of one callback each --> worker thread --> wa_file_writer --> path
 * input path --> all of it decoded when the device is opened --> pull thread
 *
 * The pull thread renders straight into a free slot and never touches the file. When the disk is so slow that
 * no slot is free, the callback still runs (the context's clock must go on), its frames are lost to the file
 * and counted as an underrun.
 */
#include "../error.h"
#include "../memory/memory.h"
#include "clock.h"
#include "wavepool/decode.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SLOT_COUNT_MIN = 4, WORKER_SLEEP_MS = 5 };
#define RING_S 0.5 /* of sound that the worker may lag behind */

struct wa_device {
    device_clock clock;
    wa_engine *engine;
    uint64_t size_bytes;
    device_pull_fn pull;
    device_news_fn lost;
    void *user;
    wa_file_writer *writer;
    wa_buffer input; /* {0}: silence */
    const float *input_planes[WA_CHANNEL_COUNT_MAX];
    uint32_t input_channel_count;
    uint64_t input_frames, recorded_frames; /* recorded_frames: pull thread */
    float *slots;
    uint64_t slot_floats;
    uint32_t slot_count;
    pthread_t worker;
    bool is_lost;                      /* pull thread */
    _Atomic uint64_t pushed;           /* slots ever filled: pull thread */
    _Atomic uint64_t popped;           /* slots ever written out: worker */
    _Atomic bool has_failed, is_ended; /* worker; close */
};

enum { HEAD_BYTES = (sizeof(struct wa_device) + 63) / 64 * 64 };

/* The planes of a slot lie as those of the clock do. */
static void slot_planes(const struct wa_device *self, uint64_t slot, float **planes) {
    float *first = self->slots + slot % self->slot_count * self->slot_floats;
    for (uint32_t channel = 0; channel < self->clock.channel_count; channel++) {
        planes[channel] = first + (self->clock.planes[channel] - self->clock.planes[0]);
    }
}

/* The file from where it was, then silence. */
static void record(void *user, float *const *inputs, uint32_t channel_count, uint32_t frame_count) {
    struct wa_device *self = user;
    const uint64_t left = self->input_frames - self->recorded_frames;
    const uint32_t count = left < frame_count ? (uint32_t)left : frame_count;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        uint32_t copied = 0;
        if (channel < self->input_channel_count) {
            memcpy(inputs[channel], self->input_planes[channel] + self->recorded_frames,
                   count * sizeof(float));
            copied = count;
        }
        memset(inputs[channel] + copied, 0, (frame_count - copied) * sizeof(float));
    }
    self->recorded_frames += count;
}

static void pull_into_slot(void *user, const float *const *inputs, float *const *planes,
                           uint32_t channel_count, uint32_t frame_count, const device_pull_time *time) {
    struct wa_device *self = user;
    if (atomic_load_explicit(&self->has_failed, memory_order_acquire)) {
        if (!self->is_lost) {
            self->is_lost = true;
            self->lost(self->user);
        }
        clock_quit(&self->clock);
        return;
    }
    device_pull_time out_time = *time;
    out_time.latency_frames = 0; /* a file has no listener */
    const uint64_t pushed = atomic_load_explicit(&self->pushed, memory_order_relaxed);
    const uint64_t popped = atomic_load_explicit(&self->popped, memory_order_acquire);
    if (pushed - popped == self->slot_count) {
        clock_count_underrun(&self->clock, frame_count);
        self->pull(self->user, inputs, planes, channel_count, frame_count, &out_time);
        return;
    }
    float *rows[WA_CHANNEL_COUNT_MAX];
    slot_planes(self, pushed, rows);
    self->pull(self->user, inputs, rows, channel_count, frame_count, &out_time);
    atomic_store_explicit(&self->pushed, pushed + 1, memory_order_release);
}

/* Write what the ring holds. False: the file cannot take it. */
static bool drain(struct wa_device *self) {
    const uint64_t pushed = atomic_load_explicit(&self->pushed, memory_order_acquire);
    uint64_t popped = atomic_load_explicit(&self->popped, memory_order_relaxed);
    for (; popped < pushed; popped++) {
        float *planes[WA_CHANNEL_COUNT_MAX];
        const float *rows[WA_CHANNEL_COUNT_MAX];
        slot_planes(self, popped, planes);
        for (uint32_t channel = 0; channel < self->clock.channel_count; channel++) {
            rows[channel] = planes[channel];
        }
        if (wa_file_writer_write(self->writer, rows, self->clock.callback_frames) != WA_OK) {
            return false;
        }
        atomic_store_explicit(&self->popped, popped + 1, memory_order_release);
    }
    return true;
}

static void *work(void *argument) {
    struct wa_device *self = argument;
    const struct timespec pause = { .tv_nsec = WORKER_SLEEP_MS * 1000000 };
    bool is_ended = false;
    while (!is_ended) {
        is_ended = atomic_load_explicit(&self->is_ended, memory_order_acquire);
        if (!drain(self)) {
            atomic_store_explicit(&self->has_failed, true, memory_order_release);
            return NULL;
        }
        if (!is_ended) {
            nanosleep(&pause, NULL);
        }
    }
    return NULL;
}

static uint32_t list(wa_device_info *devices, uint32_t capacity) {
    (void)devices, (void)capacity; /* any path is a device; none is there to choose */
    return 0;
}

static wa_status take_memory(const device_config *config, const device_facts *facts,
                             struct wa_device **taken) {
    const uint64_t plane_bytes = clock_plane_bytes(facts);
    const double ring_slots = RING_S * (double)facts->sample_rate_hz / facts->callback_frames;
    const uint32_t slot_count = ring_slots > SLOT_COUNT_MIN ? (uint32_t)ring_slots + 1 : SLOT_COUNT_MIN;
    const uint64_t input_bytes = clock_input_bytes(config, facts);
    const uint64_t size_bytes = HEAD_BYTES + plane_bytes * (slot_count + 1) + input_bytes;
    void *memory = NULL;
    const wa_status status =
        memory_take(config->engine, WA_MEMORY_RINGS, size_bytes, "file device", &memory);
    if (status != WA_OK) {
        return status;
    }
    struct wa_device *self = memory;
    float *planes = (float *)(void *)((char *)memory + HEAD_BYTES);
    clock_init(&self->clock, config, facts, pull_into_slot, self, planes);
    self->engine = config->engine;
    self->size_bytes = size_bytes;
    self->pull = config->pull;
    self->lost = config->lost;
    self->user = config->user;
    self->slot_floats = plane_bytes / sizeof(float);
    self->slot_count = slot_count;
    self->slots = planes + self->slot_floats + input_bytes / sizeof(float);
    *taken = self;
    return WA_OK;
}

/* The file and the thread that writes it. */
static wa_status start_worker(struct wa_device *self, const char *path, const device_facts *facts) {
    const wa_status status =
        wa_file_writer_create(self->engine, path, WA_FILE_WAV_FLOAT, facts->channel_count,
                              facts->sample_rate_hz, &self->writer);
    if (status != WA_OK) {
        return status;
    }
    const int refused = pthread_create(&self->worker, NULL, work, self);
    if (refused != 0) {
        wa_file_writer_abandon(self->writer);
        return error_set(WA_ERR_DEVICE, "the file's thread did not start: %s", strerror(refused));
    }
    return WA_OK;
}

/* Decode what is to be recorded, at the device's rate. */
static wa_status open_input(struct wa_device *self, const device_config *config, device_facts *facts) {
    if (config->input_channel_count == 0) {
        return WA_OK;
    }
    snprintf(facts->input_name, sizeof facts->input_name, "Silence");
    if (config->input_id == NULL) {
        return WA_OK;
    }
    wa_status status =
        wa_decode_file(self->engine, config->input_id, facts->sample_rate_hz, &self->input);
    if (status != WA_OK) {
        return status;
    }
    wa_buffer_info info;
    status = wa_buffer_get_info(self->engine, self->input, &info);
    if (status == WA_OK && info.channel_count > config->input_channel_count) {
        status =
            error_set(WA_ERR_NOT_SUPPORTED, "input_channel_count is %u, \"%.200s\" has %u channels",
                      config->input_channel_count, config->input_id, info.channel_count);
    }
    if (status != WA_OK) {
        return status;
    }
    /* Mono is on every channel, as from a sound server; else channels that it does not have are silent. */
    const bool is_mono = info.channel_count == 1;
    self->input_channel_count = is_mono ? config->input_channel_count : info.channel_count;
    for (uint32_t channel = 0; channel < self->input_channel_count; channel++) {
        self->input_planes[channel] = wa_buffer_plane(self->engine, self->input, is_mono ? 0 : channel);
    }
    self->input_frames = info.frame_count;
    self->clock.record = record;
    self->clock.record_user = self;
    snprintf(facts->input_id, sizeof facts->input_id, "%s", config->input_id);
    snprintf(facts->input_name, sizeof facts->input_name, "Audio file");
    return WA_OK;
}

static void give_memory(struct wa_device *self) {
    if (self->input.id != 0) {
        (void)wa_buffer_release(self->engine, self->input);
    }
    memory_give(self->engine, WA_MEMORY_RINGS, self, self->size_bytes);
}

static wa_status open_device(const device_config *config, struct wa_device **opened,
                             device_facts *facts) {
    if (config->id == NULL || config->id[0] == '\0') {
        return error_set(WA_ERR_DEVICE, "device_id is empty: the file device needs a path");
    }
    wa_status status = clock_facts(config, facts);
    struct wa_device *self = NULL;
    if (status == WA_OK) {
        status = take_memory(config, facts, &self);
    }
    if (status != WA_OK) {
        return status;
    }
    status = open_input(self, config, facts);
    if (status == WA_OK) {
        status = start_worker(self, config->id, facts);
    }
    if (status != WA_OK) {
        give_memory(self);
        return status;
    }
    snprintf(facts->id, sizeof facts->id, "%s", config->id);
    snprintf(facts->name, sizeof facts->name, "WAV file");
    *opened = self;
    return WA_OK;
}

static wa_status start(struct wa_device *self) {
    if (atomic_load(&self->has_failed)) {
        return error_set(WA_ERR_DEVICE, "the file can no longer be written");
    }
    return clock_start(&self->clock);
}

static void stop(struct wa_device *self) {
    clock_stop(&self->clock);
}

static void close_device(struct wa_device *self) {
    if (self == NULL) {
        return;
    }
    clock_stop(&self->clock);
    atomic_store_explicit(&self->is_ended, true, memory_order_release);
    pthread_join(self->worker, NULL);
    if (atomic_load(&self->has_failed)) {
        wa_file_writer_abandon(self->writer);
    } else {
        wa_file_writer_finish(self->writer);
    }
    give_memory(self);
}

static uint32_t latency_frames(const struct wa_device *self) {
    (void)self;
    return 0;
}

static void underruns(const struct wa_device *self, device_underruns *count) {
    clock_underruns(&self->clock, count);
}

const wa_device_ops wa_device_ops_file = {
    .name = "file",
    .is_automatic = false,
    .list = list,
    .open = open_device,
    .start = start,
    .stop = stop,
    .close = close_device,
    .latency_frames = latency_frames,
    .input_latency_frames = latency_frames, /* nobody spoke either */
    .underruns = underruns,
};
