/* PulseAudio and ALSA through cubeb.
 *
 * cubeb's thread --> on_data (interleaved, any frame count) --> pull in chunks of planes --> interleave
 *
 * cubeb counts no underruns, and this file does not pretend to. It is asked for the least latency that the
 * backend offers unless the caller hints at more.
 */
#include "../error.h"
#include "../limits.h"
#include "../memory/memory.h"
#include "cubeb_connect.h"
#include "device.h"
#include "priority.h"
#include <cubeb/cubeb.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    CHUNK_FRAMES = 4096, /* handed to pull at a time */
    CHANNELS_MAX = 8,    /* of cubeb */
    RATE_MIN_HZ = 1000,
    RATE_MAX_HZ = 192000,
    LATENCY_MAX_FRAMES = 96000,
    DEFAULT_RATE_HZ = 48000,
    DEFAULT_LATENCY_FRAMES = 1024,
};

struct wa_device {
    wa_engine *engine;
    uint64_t size_bytes;
    device_pull_fn pull;
    device_lost_fn lost;
    void *user;
    cubeb *context;
    cubeb_stream *stream;
    cubeb_device_collection devices; /* keeps the chosen device's id alive */
    bool has_devices;
    uint32_t channel_count, chunk_frames;
    uint64_t device_frame; /* cubeb's thread */
    bool has_priority;     /* cubeb's thread: asked for since start */
    _Atomic bool is_started, is_inside, is_lost;
    _Atomic uint32_t latency_frames;     /* as last measured */
    float *planes[WA_CHANNEL_COUNT_MAX]; /* [chunk_frames] */
};

enum { HEAD_BYTES = (sizeof(struct wa_device) + 63) / 64 * 64 };

/* -- cubeb's thread ---------------------------------------------------------------------------- */

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void interleave(const struct wa_device *self, float *out, uint32_t frame_count) {
    const uint32_t stride = self->channel_count;
    for (uint32_t channel = 0; channel < stride; channel++) {
        const float *plane = self->planes[channel];
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            out[(size_t)frame * stride + channel] = plane[frame];
        }
    }
}

static void pull_all(struct wa_device *self, float *out, uint32_t frame_count) {
    device_pull_time time = { .now_ns = now_ns(),
                              .latency_frames =
                                  atomic_load_explicit(&self->latency_frames, memory_order_relaxed) };
    for (uint32_t done = 0; done < frame_count;) {
        const uint32_t left = frame_count - done;
        const uint32_t count = left < self->chunk_frames ? left : self->chunk_frames;
        time.device_frame = self->device_frame;
        self->pull(self->user, self->planes, self->channel_count, count, &time);
        interleave(self, out + (size_t)done * self->channel_count, count);
        self->device_frame += count;
        time.latency_frames += count;
        done += count;
    }
}

/* is_inside before is_started here, the other way round in stop(): one of the two sees the other. */
static long on_data(cubeb_stream *stream, void *user, const void *input, void *output,
                    long frame_count) {
    (void)stream, (void)input;
    struct wa_device *self = user;
    atomic_store(&self->is_inside, true);
    if (atomic_load(&self->is_started) && !atomic_load(&self->is_lost)) {
        if (!self->has_priority) {
            self->has_priority = true;
            priority_raise();
        }
        pull_all(self, output, (uint32_t)frame_count);
    } else {
        memset(output, 0, (size_t)frame_count * self->channel_count * sizeof(float));
    }
    atomic_store(&self->is_inside, false);
    return frame_count;
}

static void on_state(cubeb_stream *stream, void *user, cubeb_state state) {
    (void)stream;
    struct wa_device *self = user;
    if (state == CUBEB_STATE_ERROR && !atomic_exchange(&self->is_lost, true)) {
        self->lost(self->user);
    }
}

/* -- Choosing ---------------------------------------------------------------------------------- */

/* What a cubeb error number means, in words. */
static const char *reason(int code) {
    switch (code) {
    case CUBEB_ERROR_INVALID_FORMAT:
        return "it does not take this rate and channel count";
    case CUBEB_ERROR_INVALID_PARAMETER:
        return "invalid parameter";
    case CUBEB_ERROR_NOT_SUPPORTED:
        return "not supported";
    case CUBEB_ERROR_DEVICE_UNAVAILABLE:
        return "the device is not available";
    default:
        return "no sound server answers and no sound card opens";
    }
}

static const char *or_empty(const char *text) {
    return text == NULL ? "" : text;
}

static void describe(const cubeb_device_info *from, wa_device_info *info) {
    memset(info, 0, sizeof *info);
    snprintf(info->backend, sizeof info->backend, "cubeb");
    snprintf(info->id, sizeof info->id, "%s", or_empty(from->device_id));
    snprintf(info->name, sizeof info->name, "%s",
             or_empty(from->friendly_name != NULL ? from->friendly_name : from->device_id));
    info->channel_count_max = from->max_channels < CHANNELS_MAX ? from->max_channels : CHANNELS_MAX;
    info->sample_rate_hz = (float)from->default_rate;
    info->is_default = from->preferred != CUBEB_DEVICE_PREF_NONE;
}

static bool is_usable(const cubeb_device_info *from) {
    return from->type == CUBEB_DEVICE_TYPE_OUTPUT && from->state == CUBEB_DEVICE_STATE_ENABLED;
}

static uint32_t list(wa_device_info *devices, uint32_t capacity) {
    cubeb *context = NULL;
    if (cubeb_connect(&context) != WA_OK) {
        return 0;
    }
    uint32_t count = 0;
    cubeb_device_collection found;
    if (cubeb_enumerate_devices(context, CUBEB_DEVICE_TYPE_OUTPUT, &found) == CUBEB_OK) {
        for (size_t i = 0; i < found.count; i++) {
            if (is_usable(&found.device[i])) {
                if (count < capacity) {
                    describe(&found.device[i], &devices[count]);
                }
                count++;
            }
        }
        cubeb_device_collection_destroy(context, &found);
    }
    cubeb_destroy(context);
    return count;
}

/* The device of that id (NULL: the default one, devid NULL, so that it follows the system's choice).
 * Returns: WA_OK | DEVICE. */
static wa_status choose(struct wa_device *self, const char *id, cubeb_devid *devid,
                        device_facts *facts) {
    *devid = NULL;
    snprintf(facts->id, sizeof facts->id, "default");
    snprintf(facts->name, sizeof facts->name, "%s default", cubeb_get_backend_id(self->context));
    self->has_devices =
        cubeb_enumerate_devices(self->context, CUBEB_DEVICE_TYPE_OUTPUT, &self->devices) == CUBEB_OK;
    for (size_t i = 0; self->has_devices && i < self->devices.count; i++) {
        const cubeb_device_info *row = &self->devices.device[i];
        wa_device_info info;
        describe(row, &info);
        if (is_usable(row) && (id == NULL ? info.is_default : strcmp(info.id, id) == 0)) {
            memcpy(facts->id, info.id, sizeof facts->id);
            memcpy(facts->name, info.name, sizeof facts->name);
            *devid = id == NULL ? NULL : row->devid;
            return WA_OK;
        }
    }
    if (id != NULL && strcmp(id, "default") != 0) {
        return error_set(WA_ERR_DEVICE, "cubeb: there is no device \"%.200s\" (%s)", id,
                         cubeb_get_backend_id(self->context));
    }
    return WA_OK;
}

/* -- Opening ----------------------------------------------------------------------------------- */

static wa_status check_config(const device_config *config) {
    if (config->channel_count < 1 || config->channel_count > CHANNELS_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "cubeb: channel_count is %u, it plays 1 to %d",
                         config->channel_count, CHANNELS_MAX);
    }
    const float rate = config->sample_rate_hz;
    if (rate != 0.0f && !(rate >= RATE_MIN_HZ && rate <= RATE_MAX_HZ && rate == floorf(rate))) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "cubeb: sample_rate_hz is %g, it plays whole numbers from %d to %d",
                         (double)rate, RATE_MIN_HZ, RATE_MAX_HZ);
    }
    return WA_OK;
}

/* The order of channels that Web Audio 1.1 gives to 1, 2, 4 and 6 of them. */
static cubeb_channel_layout layout_of(uint32_t channel_count) {
    switch (channel_count) {
    case 1:
        return CUBEB_LAYOUT_MONO;
    case 2:
        return CUBEB_LAYOUT_STEREO;
    case 4:
        return CUBEB_LAYOUT_QUAD;
    case 6:
        return CUBEB_LAYOUT_3F2_LFE_BACK;
    default:
        return CUBEB_LAYOUT_UNDEFINED;
    }
}

static uint32_t latency_wanted(cubeb *context, cubeb_stream_params *params, double hint_s) {
    uint32_t least = 0;
    if (cubeb_get_min_latency(context, params, &least) != CUBEB_OK || least == 0) {
        least = DEFAULT_LATENCY_FRAMES;
    }
    const double hint = fmin(hint_s * params->rate, (double)LATENCY_MAX_FRAMES);
    const uint32_t frames = hint > least ? (uint32_t)hint : least;
    return frames < LATENCY_MAX_FRAMES ? frames : LATENCY_MAX_FRAMES;
}

static wa_status open_stream(struct wa_device *self, const device_config *config, device_facts *facts) {
    cubeb_devid devid = NULL;
    const wa_status status = choose(self, config->id, &devid, facts);
    if (status != WA_OK) {
        return status;
    }
    uint32_t rate = (uint32_t)config->sample_rate_hz;
    if (rate == 0 && (cubeb_get_preferred_sample_rate(self->context, &rate) != CUBEB_OK || rate == 0)) {
        rate = DEFAULT_RATE_HZ;
    }
    cubeb_stream_params params = { .format = CUBEB_SAMPLE_FLOAT32NE,
                                   .rate = rate,
                                   .channels = config->channel_count,
                                   .layout = layout_of(config->channel_count),
                                   .prefs = CUBEB_STREAM_PREF_NONE };
    const uint32_t latency = latency_wanted(self->context, &params, config->latency_hint_s);
    atomic_store(&self->latency_frames, latency);
    const int code = cubeb_stream_init(self->context, &self->stream, "wavepool", NULL, NULL, devid,
                                       &params, latency, on_data, on_state, self);
    if (code != CUBEB_OK) {
        self->stream = NULL;
        return error_set(WA_ERR_DEVICE, "cubeb (%s): \"%.200s\" with %u channels at %u Hz: %s",
                         cubeb_get_backend_id(self->context), facts->id, params.channels, rate,
                         reason(code));
    }
    facts->sample_rate_hz = (float)rate;
    facts->channel_count = config->channel_count;
    facts->callback_frames = 0;
    return WA_OK;
}

static void close_device(struct wa_device *self);

static wa_status take_memory(const device_config *config, struct wa_device **taken) {
    const uint32_t quantum = config->quantum_frames;
    const uint32_t chunk = quantum < CHUNK_FRAMES ? CHUNK_FRAMES / quantum * quantum : CHUNK_FRAMES;
    const uint64_t size_bytes =
        HEAD_BYTES + (uint64_t)CHUNK_FRAMES * config->channel_count * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(config->engine, WA_MEMORY_RINGS, size_bytes, "cubeb device", &memory);
    if (status != WA_OK) {
        return status;
    }
    struct wa_device *self = memory;
    self->engine = config->engine;
    self->size_bytes = size_bytes;
    self->pull = config->pull;
    self->lost = config->lost;
    self->user = config->user;
    self->channel_count = config->channel_count;
    self->chunk_frames = chunk;
    for (uint32_t channel = 0; channel < config->channel_count; channel++) {
        self->planes[channel] =
            (float *)(void *)((char *)memory + HEAD_BYTES) + (size_t)channel * CHUNK_FRAMES;
    }
    *taken = self;
    return WA_OK;
}

static wa_status open_device(const device_config *config, struct wa_device **opened,
                             device_facts *facts) {
    memset(facts, 0, sizeof *facts);
    wa_status status = check_config(config);
    struct wa_device *self = NULL;
    if (status == WA_OK) {
        status = take_memory(config, &self);
    }
    if (status != WA_OK) {
        return status;
    }
    status = cubeb_connect(&self->context);
    if (status == WA_OK) {
        status = open_stream(self, config, facts);
    }
    if (status != WA_OK) {
        close_device(self);
        return status;
    }
    *opened = self;
    return WA_OK;
}

/* -- Running ----------------------------------------------------------------------------------- */

static wa_status start(struct wa_device *self) {
    if (atomic_load(&self->is_lost)) {
        return error_set(WA_ERR_DEVICE, "cubeb: the device is gone");
    }
    if (atomic_load(&self->is_started)) {
        return WA_OK;
    }
    self->device_frame = 0;
    self->has_priority = false;
    atomic_store(&self->is_started, true);
    const int code = cubeb_stream_start(self->stream);
    if (code != CUBEB_OK) {
        atomic_store(&self->is_started, false);
        return error_set(WA_ERR_DEVICE, "cubeb: does not start: %s", reason(code));
    }
    return WA_OK;
}

static void stop(struct wa_device *self) {
    if (!atomic_load(&self->is_started)) {
        return;
    }
    atomic_store(&self->is_started, false);
    cubeb_stream_stop(self->stream);
    const struct timespec pause = { .tv_nsec = 100000 };
    while (atomic_load(&self->is_inside)) {
        nanosleep(&pause, NULL);
    }
}

static void close_device(struct wa_device *self) {
    if (self == NULL) {
        return;
    }
    if (self->stream != NULL) {
        stop(self);
        cubeb_stream_destroy(self->stream);
    }
    if (self->has_devices) {
        cubeb_device_collection_destroy(self->context, &self->devices);
    }
    if (self->context != NULL) {
        cubeb_destroy(self->context);
    }
    memory_give(self->engine, WA_MEMORY_RINGS, self, self->size_bytes);
}

/* Measured here and kept for the callback, from which cubeb may not be asked. */
static uint32_t latency_frames(const struct wa_device *device_const) {
    struct wa_device *self = (struct wa_device *)device_const;
    uint32_t latency = 0;
    if (atomic_load(&self->is_started) && !atomic_load(&self->is_lost) &&
        cubeb_stream_get_latency(self->stream, &latency) == CUBEB_OK) {
        atomic_store(&self->latency_frames, latency);
    }
    return atomic_load(&self->latency_frames);
}

static void underruns(const struct wa_device *self, device_underruns *count) {
    (void)self;
    *count = (device_underruns){ .is_available = false };
}

const wa_device_ops wa_device_ops_cubeb = {
    .name = "cubeb",
    .is_automatic = true,
    .list = list,
    .open = open_device,
    .start = start,
    .stop = stop,
    .close = close_device,
    .latency_frames = latency_frames,
    .underruns = underruns,
};
