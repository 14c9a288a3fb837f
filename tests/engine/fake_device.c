/* The backend "fake"; see fake_device.h. */
#include "fake_device.h"
#include "error.h"
#include "limits.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

fake fakes[FAKE_COUNT];

enum { FRAMES_MAX = 8192 };

struct wa_device {
    fake *of;
    device_config config;
    pthread_t thread;
    bool has_thread;
    _Atomic bool is_running, is_lost;
    uint64_t device_frame, recorded_frames;
    float memory[2 * WA_CHANNEL_COUNT_MAX][FRAMES_MAX];
};

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void lose(struct wa_device *self) {
    if (!atomic_exchange(&self->is_lost, true)) {
        self->config.lost(self->config.user);
    }
}

static void keep(fake *of, const float *plane, uint32_t frame_count) {
    const uint64_t first = atomic_load(&of->logged_frames);
    const uint64_t room = FAKE_LOG_FRAMES - first;
    const uint64_t count = frame_count < room ? frame_count : room;
    memcpy(of->log + first, plane, count * sizeof(float));
    atomic_store(&of->logged_frames, first + count);
}

static void call(struct wa_device *self, uint32_t frame_count) {
    fake *of = self->of;
    float *planes[WA_CHANNEL_COUNT_MAX];
    const float *inputs[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < WA_CHANNEL_COUNT_MAX; channel++) {
        planes[channel] = self->memory[channel];
        float *input = self->memory[WA_CHANNEL_COUNT_MAX + channel];
        for (uint32_t frame = 0; channel < self->config.input_channel_count && frame < frame_count;
             frame++) {
            input[frame] = (float)(self->recorded_frames + frame + 1);
        }
        inputs[channel] = input;
    }
    const device_pull_time time = { self->device_frame, now_ns(), of->plan.latency_frames };
    const bool records = of->plan.records && self->config.input_channel_count > 0;
    atomic_store(&of->now_ns, time.now_ns);
    self->config.pull(self->config.user, records ? inputs : NULL, planes, self->config.channel_count,
                      frame_count, &time);
    keep(of, planes[0], frame_count);
    self->device_frame += frame_count;
    self->recorded_frames += frame_count;
    atomic_fetch_add(&of->callback_count, 1);
}

static void *run(void *argument) {
    struct wa_device *self = argument;
    const fake_plan *plan = &self->of->plan;
    for (uint32_t number = 0; atomic_load(&self->is_running); number++) {
        if (number >= plan->lost_at) {
            lose(self);
        }
        uint32_t size_count = 1;
        while (size_count < FAKE_SIZES_MAX && plan->sizes[size_count] != 0) {
            size_count++;
        }
        const uint32_t frame_count = plan->sizes[number % size_count];
        if (!plan->is_mute && !atomic_load(&self->is_lost)) {
            call(self, frame_count);
        }
        const long pause_us = plan->pause_us > 0 ? (long)plan->pause_us : 10L * frame_count;
        nanosleep(&(struct timespec){ 0, 1000 * pause_us }, NULL);
    }
    return NULL;
}

static uint32_t list(wa_device_info *devices, uint32_t capacity) {
    (void)devices, (void)capacity;
    return 0;
}

static wa_status open_device(const device_config *config, struct wa_device **opened,
                             device_facts *facts) {
    const int index = config->id != NULL ? atoi(config->id) : 0;
    if (index < 0 || index >= FAKE_COUNT) {
        return error_set(WA_ERR_DEVICE, "fake: there is no device \"%s\"", config->id);
    }
    fake *of = &fakes[index];
    if (of->plan.open_status != WA_OK) {
        return error_set(of->plan.open_status, "fake %d does not open", index);
    }
    struct wa_device *self = calloc(1, sizeof *self);
    if (self == NULL) {
        abort();
    }
    self->of = of;
    self->config = *config;
    of->hint_s = config->latency_hint_s;
    of->changed = config->changed;
    of->lost = config->lost;
    of->user = config->user;
    snprintf(of->input_id, sizeof of->input_id, "%s", config->input_id != NULL ? config->input_id : "");
    memset(facts, 0, sizeof *facts);
    const float asked = config->sample_rate_hz > 0.0f ? config->sample_rate_hz : 48000.0f;
    facts->sample_rate_hz = of->plan.sample_rate_hz > 0.0f ? of->plan.sample_rate_hz : asked;
    facts->channel_count = of->plan.channel_count > 0 ? of->plan.channel_count : config->channel_count;
    facts->callback_frames = of->plan.callback_frames;
    facts->quantum_frames = of->plan.quantum_frames;
    snprintf(facts->id, sizeof facts->id, "%d", index);
    snprintf(facts->name, sizeof facts->name, "Fake %d", index);
    if (config->input_channel_count > 0) {
        snprintf(facts->input_id, sizeof facts->input_id, "in %d", index);
        snprintf(facts->input_name, sizeof facts->input_name, "Fake input %d", index);
    }
    atomic_fetch_add(&of->open_count, 1);
    if (of->plan.is_lost_in_open) {
        lose(self);
    }
    *opened = self;
    return WA_OK;
}

static wa_status start(struct wa_device *self) {
    fake *of = self->of;
    if (self->has_thread) {
        return WA_OK;
    }
    if (of->plan.start_status != WA_OK || atomic_load(&self->is_lost)) {
        return error_set(of->plan.start_status != WA_OK ? of->plan.start_status : WA_ERR_DEVICE,
                         "a fake does not start");
    }
    self->device_frame = 0;
    atomic_store(&self->is_running, true);
    if (pthread_create(&self->thread, NULL, run, self) != 0) {
        abort();
    }
    self->has_thread = true;
    atomic_fetch_add(&of->start_count, 1);
    atomic_fetch_add(&of->running_count, 1);
    return WA_OK;
}

static void stop(struct wa_device *self) {
    if (!self->has_thread) {
        return;
    }
    atomic_store(&self->is_running, false);
    pthread_join(self->thread, NULL);
    self->has_thread = false;
    atomic_fetch_sub(&self->of->running_count, 1);
    if (self->of->plan.is_lost_in_stop) {
        lose(self);
    }
}

static void close_device(struct wa_device *self) {
    if (self == NULL) {
        return;
    }
    stop(self);
    atomic_fetch_sub(&self->of->open_count, 1);
    free(self);
}

static uint32_t latency_frames(const struct wa_device *self) {
    return self->of->plan.latency_frames;
}

static uint32_t input_latency_frames(const struct wa_device *self) {
    return self->config.input_channel_count > 0 ? self->of->plan.input_latency_frames : 0;
}

static void underruns(const struct wa_device *self, device_underruns *count) {
    *count =
        (device_underruns){ self->of->plan.counts_underruns, atomic_load(&self->of->underrun_events),
                            atomic_load(&self->of->underrun_frames) };
}

static const wa_device_ops fake_ops = {
    .name = "fake",
    .list = list,
    .open = open_device,
    .start = start,
    .stop = stop,
    .close = close_device,
    .latency_frames = latency_frames,
    .input_latency_frames = input_latency_frames,
    .underruns = underruns,
};

fake_plan fake_plan_default(void) {
    return (
        fake_plan){ .quantum_frames = 128, .callback_frames = 128, .sizes = { 128 }, .lost_at = NEVER };
}

void fakes_reset(void) {
    for (uint32_t index = 0; index < FAKE_COUNT; index++) {
        fake *of = &fakes[index];
        of->plan = fake_plan_default();
        atomic_store(&of->logged_frames, 0);
        atomic_store(&of->callback_count, 0);
        atomic_store(&of->underrun_events, 0);
        atomic_store(&of->underrun_frames, 0);
        atomic_store(&of->start_count, 0);
    }
}

int fakes_begin(void **state) {
    (void)state;
    fakes_reset();
    device_ops_extend(&fake_ops);
    return 0;
}

int fakes_end(void **state) {
    (void)state;
    device_ops_extend(NULL);
    return 0;
}
