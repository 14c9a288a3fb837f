/* A thread that pulls by CLOCK_MONOTONIC; see clock.h. */
#include "clock.h"
#include "../error.h"
#include "priority.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum {
    DEFAULT_RATE_HZ = 48000,
    SLEEP_MS_MAX = 20, /* stop() waits no longer than this and one pull */
};
#define NS_PER_S 1000000000ull

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint32_t callback_frames_for(const device_config *config, double sample_rate_hz) {
    const double hint_s = fmin(config->latency_hint_s, 1.0);
    uint32_t unit = config->quantum_frames;
    if (unit == 0) {
        unit = hint_s > 0.0 ? 1 : WA_QUANTUM_DEFAULT;
    }
    const double units = floor(hint_s * sample_rate_hz / unit + 0.5);
    return unit * (units > 1.0 ? (uint32_t)units : 1);
}

wa_status clock_facts(const device_config *config, device_facts *facts) {
    const float rate = config->sample_rate_hz == 0.0f ? (float)DEFAULT_RATE_HZ : config->sample_rate_hz;
    if (!(rate >= WA_SAMPLE_RATE_MIN_HZ && rate <= WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, allowed are %g to %g",
                         (double)rate, (double)WA_SAMPLE_RATE_MIN_HZ, (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    if (config->channel_count < 1 || config->channel_count > WA_CHANNEL_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count is %u, allowed are 1 to %d",
                         config->channel_count, WA_CHANNEL_COUNT_MAX);
    }
    assert(config->input_channel_count <= WA_CHANNEL_COUNT_MAX);
    memset(facts, 0, sizeof *facts);
    facts->sample_rate_hz = rate;
    facts->channel_count = config->channel_count;
    facts->callback_frames = facts->quantum_frames = callback_frames_for(config, (double)rate);
    return WA_OK;
}

/* Each plane on a cache line of its own. */
static uint64_t plane_stride(uint32_t callback_frames) {
    return ((uint64_t)callback_frames + 15) / 16 * 16;
}

uint64_t clock_plane_bytes(const device_facts *facts) {
    return plane_stride(facts->callback_frames) * facts->channel_count * sizeof(float);
}

uint64_t clock_input_bytes(const device_config *config, const device_facts *facts) {
    return plane_stride(facts->callback_frames) * config->input_channel_count * sizeof(float);
}

void clock_init(device_clock *clock, const device_config *config, const device_facts *facts,
                device_pull_fn pull, void *user, float *plane_memory) {
    const uint64_t stride = plane_stride(facts->callback_frames);
    memset(clock, 0, sizeof *clock);
    clock->pull = pull;
    clock->user = user;
    clock->sample_rate_hz = (double)facts->sample_rate_hz;
    clock->channel_count = facts->channel_count;
    clock->input_count = config->input_channel_count;
    clock->callback_frames = facts->callback_frames;
    for (uint32_t channel = 0; channel < clock->channel_count; channel++) {
        clock->planes[channel] = plane_memory + channel * stride;
    }
    for (uint32_t channel = 0; channel < clock->input_count; channel++) {
        clock->inputs[channel] = plane_memory + (clock->channel_count + channel) * stride;
    }
}

/* In short sleeps, so that stop() need not wait for a long callback. False: asked to stop. */
static bool sleep_until(const device_clock *clock, uint64_t due_ns) {
    while (atomic_load_explicit(&clock->is_running, memory_order_acquire)) {
        const uint64_t now = now_ns();
        if (now >= due_ns) {
            return true;
        }
        const uint64_t slice = now + SLEEP_MS_MAX * 1000000ull;
        const uint64_t wake = due_ns < slice ? due_ns : slice;
        const struct timespec until = { .tv_sec = (time_t)(wake / NS_PER_S),
                                        .tv_nsec = (long)(wake % NS_PER_S) };
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    return false;
}

/* Frames of the time line that nobody can play any more, a multiple of the callback; 0 when in time. */
static uint64_t skip_missed(device_clock *clock, uint64_t late_ns) {
    const double late_frames = (double)late_ns * clock->sample_rate_hz * 1e-9;
    if (late_frames <= 2.0 * clock->callback_frames) {
        return 0;
    }
    const uint64_t missed = (uint64_t)(late_frames / clock->callback_frames) * clock->callback_frames;
    clock_count_underrun(clock, missed);
    return missed;
}

static void pull_once(device_clock *clock, const device_pull_time *time) {
    const float *rows[WA_CHANNEL_COUNT_MAX];
    const bool records = clock->record != NULL && clock->input_count > 0;
    if (records) {
        clock->record(clock->record_user, clock->inputs, clock->input_count, clock->callback_frames);
    }
    for (uint32_t channel = 0; records && channel < clock->input_count; channel++) {
        rows[channel] = clock->inputs[channel];
    }
    clock->pull(clock->user, records ? rows : NULL, clock->planes, clock->channel_count,
                clock->callback_frames, time);
}

static void *run(void *argument) {
    device_clock *clock = argument;
    priority_raise();
    const uint64_t start_ns = now_ns();
    uint64_t line_frame = 0; /* of the time line: what was asked and what was missed */
    device_pull_time time = { .latency_frames = clock->callback_frames };
    for (;;) {
        const uint64_t due_ns = start_ns + (uint64_t)((double)line_frame * 1e9 / clock->sample_rate_hz);
        if (!sleep_until(clock, due_ns)) {
            return NULL;
        }
        time.now_ns = now_ns();
        line_frame += skip_missed(clock, time.now_ns - due_ns);
        pull_once(clock, &time);
        time.device_frame += clock->callback_frames;
        line_frame += clock->callback_frames;
    }
}

wa_status clock_start(device_clock *clock) {
    if (clock->has_thread) {
        return WA_OK;
    }
    atomic_store(&clock->is_running, true);
    const int refused = pthread_create(&clock->thread, NULL, run, clock);
    if (refused != 0) {
        return error_set(WA_ERR_DEVICE, "the device's thread did not start: %s", strerror(refused));
    }
    clock->has_thread = true;
    return WA_OK;
}

void clock_stop(device_clock *clock) {
    if (!clock->has_thread) {
        return;
    }
    assert(!pthread_equal(pthread_self(), clock->thread));
    atomic_store_explicit(&clock->is_running, false, memory_order_release);
    pthread_join(clock->thread, NULL);
    clock->has_thread = false;
}

void clock_quit(device_clock *clock) {
    atomic_store_explicit(&clock->is_running, false, memory_order_release);
}

void clock_count_underrun(device_clock *clock, uint64_t frame_count) {
    atomic_fetch_add_explicit(&clock->underrun_frame_count, frame_count, memory_order_relaxed);
    atomic_fetch_add_explicit(&clock->underrun_event_count, 1, memory_order_release);
}

void clock_underruns(const device_clock *clock, device_underruns *count) {
    count->is_available = true;
    count->event_count = atomic_load_explicit(&clock->underrun_event_count, memory_order_acquire);
    count->frame_count = atomic_load_explicit(&clock->underrun_frame_count, memory_order_relaxed);
}
