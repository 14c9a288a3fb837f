#include "puller_thread.h"
#include "trap.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Whole quanta, parts of one, and none. */
static const uint32_t odd_counts[] = { 128, 128, 64, 128, 1, 441, 128, 127, 0, 512, 1024, 129, 3 };

typedef struct pull_planes {
    float inputs[PULL_CHANNELS][PULL_FRAMES_MAX];
    float outputs[PULL_CHANNELS][PULL_FRAMES_MAX];
} pull_planes;

static wa_status render_watched(wa_context *context, const wa_render_desc *desc) RENDER_SIDE;
static wa_status render_watched(wa_context *context, const wa_render_desc *desc) {
    trap_enter();
    const wa_status status = wa_context_render(context, desc);
    trap_leave();
    return status;
}

static uint64_t page_faults(void) {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

static void inspect(puller_thread *pull, const pull_planes *planes, uint32_t frame_count) {
    float peak = 0.0f;
    for (uint32_t channel = 0; channel < PULL_CHANNELS; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            const float sample = fabsf(planes->outputs[channel][frame]);
            pull->bad_sample_count += !isfinite(sample);
            peak = sample > peak ? sample : peak;
        }
    }
    pull->sounding_count += peak > 0.0f;
    pull->peak = peak > pull->peak ? peak : pull->peak;
}

static void pull_once(puller_thread *pull, pull_planes *planes, uint32_t frame_count) {
    const float *const inputs[PULL_CHANNELS] = { planes->inputs[0], planes->inputs[1] };
    float *const outputs[PULL_CHANNELS] = { planes->outputs[0], planes->outputs[1] };
    const wa_render_desc desc = {
        .desc_bytes = sizeof desc, .inputs = inputs, .outputs = outputs, .frame_count = frame_count
    };
    const bool is_watching = atomic_load(&pull->is_watching_faults);
    const uint64_t before = is_watching ? page_faults() : 0;
    const wa_status status = render_watched(pull->context, &desc);
    const uint64_t faults = is_watching ? page_faults() - before : 0;

    pull->watched_call_count += is_watching;
    pull->fault_count += faults;
    pull->faulting_call_count += faults > 0;
    pull->failed_count += status != WA_OK;
    pull->call_count++;
    inspect(pull, planes, frame_count);
    atomic_fetch_add(&pull->frame_count, frame_count);
}

static void *run(void *user) {
    puller_thread *pull = user;
    pull_planes *planes = calloc(1, sizeof *planes);
    assert(planes);
    for (uint32_t frame = 0; frame < PULL_FRAMES_MAX; frame++) {
        planes->inputs[0][frame] = 0.1f * (float)(frame % 64) / 64.0f;
    }
    const uint32_t kinds = sizeof odd_counts / sizeof odd_counts[0];
    for (uint32_t i = 0; !atomic_load(&pull->is_done); i++) {
        pull_once(pull, planes, pull->has_odd_counts ? odd_counts[i % kinds] : 128);
    }
    free(planes);
    return NULL;
}

void puller_thread_start(puller_thread *pull, wa_context *context, bool has_odd_counts) {
    memset(pull, 0, sizeof *pull);
    pull->context = context;
    pull->has_odd_counts = has_odd_counts;
    const int error = pthread_create(&pull->thread, NULL, run, pull);
    if (error != 0) {
        abort();
    }
}

void puller_thread_watch_faults(puller_thread *pull) {
    atomic_store(&pull->is_watching_faults, true);
}

bool puller_thread_wait(puller_thread *pull, uint64_t frame_count) {
    const struct timespec moment = { 0, 100000 };
    const uint64_t until = atomic_load(&pull->frame_count) + frame_count;
    for (uint32_t i = 0; atomic_load(&pull->frame_count) < until; i++) {
        if (i == 100000) {
            return false;
        }
        nanosleep(&moment, NULL);
    }
    return true;
}

void puller_thread_stop(puller_thread *pull) {
    atomic_store(&pull->is_done, true);
    pthread_join(pull->thread, NULL);
}
