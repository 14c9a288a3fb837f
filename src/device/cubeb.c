/* PulseAudio and ALSA through cubeb.
 *
 * cubeb's thread --> on_data (interleaved, any frame count) --> pull in chunks of planes --> interleave
 *
 * cubeb counts no underruns, and this file does not pretend to. It is asked for the least latency that the
 * backend offers unless the caller hints at more. With an input it calls back once for both directions.
 */
#include "../error.h"
#include "../limits.h"
#include "../memory/memory.h"
#include "cubeb_connect.h"
#include "cubeb_devices.h"
#include "cubeb_watch.h"
#include "priority.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    CHUNK_FRAMES = 4096, /* handed to pull at a time */
    LATENCY_MAX_FRAMES = 96000,
    DEFAULT_RATE_HZ = 48000,
    DEFAULT_LATENCY_FRAMES = 1024,
    MEASURED_COUNT = 4, /* callbacks looked at to learn their size; the first fills the buffer */
    MEASURED_MS_MAX = 2000,
};
struct wa_device {
    wa_engine *engine;
    uint64_t size_bytes;
    device_pull_fn pull;
    device_news_fn lost;
    void *user;
    cubeb_listener listener;
    cubeb *context;
    cubeb_stream *stream;
    cubeb_shelf outputs, inputs; /* keep the ids of the chosen devices alive */
    uint32_t channel_count, input_count, chunk_frames;
    uint64_t device_frame; /* cubeb's thread */
    bool has_priority;     /* cubeb's thread: asked for since start */
    _Atomic bool is_started, is_inside, is_lost, is_measuring;
    _Atomic uint32_t latency_frames;  /* as last measured */
    _Atomic uint32_t callback_frames; /* the last one's; 0: none yet */
    uint32_t measured_frames[MEASURED_COUNT];
    _Atomic uint32_t measured_count;
    float *planes[CUBEB_CHANNELS_MAX];       /* [CHUNK_FRAMES] */
    float *input_planes[CUBEB_CHANNELS_MAX]; /* likewise */
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

static void deinterleave(const struct wa_device *self, const float *in, uint32_t frame_count) {
    const uint32_t stride = self->input_count;
    for (uint32_t channel = 0; channel < stride; channel++) {
        float *plane = self->input_planes[channel];
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            plane[frame] = in[(size_t)frame * stride + channel];
        }
    }
}

/* in: NULL where nothing is recorded. */
static void pull_all(struct wa_device *self, const float *in, float *out, uint32_t frame_count) {
    device_pull_time time = { .now_ns = now_ns(),
                              .latency_frames =
                                  atomic_load_explicit(&self->latency_frames, memory_order_relaxed) };
    for (uint32_t done = 0; done < frame_count;) {
        const uint32_t left = frame_count - done;
        const uint32_t count = left < self->chunk_frames ? left : self->chunk_frames;
        time.device_frame = self->device_frame;
        if (in != NULL) {
            deinterleave(self, in + (size_t)done * self->input_count, count);
        }
        self->pull(self->user, in != NULL ? (const float *const *)self->input_planes : NULL,
                   self->planes, self->channel_count, count, &time);
        interleave(self, out + (size_t)done * self->channel_count, count);
        self->device_frame += count;
        time.latency_frames += count;
        done += count;
    }
}

static void measure(struct wa_device *self, uint32_t frame_count) {
    const uint32_t count = atomic_load_explicit(&self->measured_count, memory_order_relaxed);
    if (count < MEASURED_COUNT) {
        self->measured_frames[count] = frame_count;
        atomic_store_explicit(&self->measured_count, count + 1, memory_order_release);
    }
}

/* is_inside before is_started here, the other way round in stop(): one of the two sees the other. */
static long on_data(cubeb_stream *stream, void *user, const void *input, void *output,
                    long frame_count) {
    (void)stream;
    struct wa_device *self = user;
    atomic_store(&self->is_inside, true);
    atomic_store_explicit(&self->callback_frames, (uint32_t)frame_count, memory_order_relaxed);
    if (atomic_load(&self->is_started) && !atomic_load(&self->is_lost)) {
        if (!self->has_priority) {
            self->has_priority = true;
            priority_raise();
        }
        pull_all(self, self->input_count > 0 ? input : NULL, output, (uint32_t)frame_count);
    } else {
        memset(output, 0, (size_t)frame_count * self->channel_count * sizeof(float));
        if (atomic_load(&self->is_measuring)) {
            measure(self, (uint32_t)frame_count);
        }
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

/* -- Opening ----------------------------------------------------------------------------------- */

static wa_status check_config(const device_config *config) {
    if (config->channel_count < 1 || config->channel_count > CUBEB_CHANNELS_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "cubeb: channel_count is %u, it plays 1 to %d",
                         config->channel_count, CUBEB_CHANNELS_MAX);
    }
    if (config->input_channel_count > CUBEB_CHANNELS_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "cubeb: input_channel_count is %u, it records up to %d",
                         config->input_channel_count, CUBEB_CHANNELS_MAX);
    }
    const float rate = config->sample_rate_hz;
    if (rate != 0.0f &&
        !(rate >= CUBEB_RATE_MIN_HZ && rate <= CUBEB_RATE_MAX_HZ && rate == floorf(rate))) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "cubeb: sample_rate_hz is %g, it plays whole numbers from %d to %d",
                         (double)rate, CUBEB_RATE_MIN_HZ, CUBEB_RATE_MAX_HZ);
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

static cubeb_stream_params params_of(uint32_t rate, uint32_t channel_count) {
    return (cubeb_stream_params){ .format = CUBEB_SAMPLE_FLOAT32NE,
                                  .rate = rate,
                                  .channels = channel_count,
                                  .layout = layout_of(channel_count),
                                  .prefs = CUBEB_STREAM_PREF_NONE };
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

static uint32_t rate_wanted(cubeb *context, const device_config *config) {
    uint32_t rate = (uint32_t)config->sample_rate_hz;
    if (rate == 0 && (cubeb_get_preferred_sample_rate(context, &rate) != CUBEB_OK || rate == 0)) {
        rate = DEFAULT_RATE_HZ;
    }
    return rate;
}

static wa_status refuse(const struct wa_device *self, const device_facts *facts, uint32_t rate,
                        int code) {
    char input[WA_DEVICE_NAME_BYTES] = "";
    if (self->input_count > 0) {
        snprintf(input, sizeof input, ", input \"%.100s\" with %u", facts->input_id, self->input_count);
    }
    return error_set(WA_ERR_DEVICE, "cubeb (%s): \"%.200s\" with %u channels%s at %u Hz: %s",
                     cubeb_get_backend_id(self->context), facts->id, self->channel_count, input, rate,
                     cubeb_reason(code));
}

static wa_status open_stream(struct wa_device *self, const device_config *config, device_facts *facts) {
    cubeb_devid output = NULL, input = NULL;
    wa_status status = cubeb_choose(self->context, CUBEB_DEVICE_TYPE_OUTPUT, config->id, &self->outputs,
                                    &output, facts->id, facts->name);
    if (status == WA_OK && self->input_count > 0) {
        status = cubeb_choose(self->context, CUBEB_DEVICE_TYPE_INPUT, config->input_id, &self->inputs,
                              &input, facts->input_id, facts->input_name);
    }
    if (status != WA_OK) {
        return status;
    }
    const uint32_t rate = rate_wanted(self->context, config);
    cubeb_stream_params params = params_of(rate, self->channel_count);
    cubeb_stream_params input_params = params_of(rate, self->input_count);
    const uint32_t latency = latency_wanted(self->context, &params, config->latency_hint_s);
    atomic_store(&self->latency_frames, latency);
    const int code = cubeb_stream_init(self->context, &self->stream, "wavepool", input,
                                       self->input_count > 0 ? &input_params : NULL, output, &params,
                                       latency, on_data, on_state, self);
    if (code != CUBEB_OK) {
        self->stream = NULL;
        return refuse(self, facts, rate, code);
    }
    facts->sample_rate_hz = (float)rate;
    facts->channel_count = self->channel_count;
    facts->callback_frames = 0;
    return WA_OK;
}

/* Waits until nobody is inside on_data any more. */
static void stop_stream(struct wa_device *self) {
    cubeb_stream_stop(self->stream);
    const struct timespec pause = { .tv_nsec = 100000 };
    while (atomic_load(&self->is_inside)) {
        nanosleep(&pause, NULL);
    }
}

static uint32_t median_of_3(const uint32_t *sizes) {
    const uint32_t low = sizes[0] < sizes[1] ? sizes[0] : sizes[1];
    const uint32_t high = sizes[0] < sizes[1] ? sizes[1] : sizes[0];
    return sizes[2] < low ? low : (sizes[2] > high ? high : sizes[2]);
}

/* No backend says how much it will ask for at a time, so silence is played until it has asked a few times.
 * Returns: WA_OK | DEVICE (it does not start, or does not call back). */
static wa_status measure_quantum(struct wa_device *self, device_facts *facts) {
    static_assert(MEASURED_COUNT == 4, "the first, then three");
    atomic_store(&self->is_measuring, true);
    const int code = cubeb_stream_start(self->stream);
    if (code != CUBEB_OK) {
        return error_set(WA_ERR_DEVICE, "cubeb: does not start: %s", cubeb_reason(code));
    }
    const struct timespec pause = { .tv_nsec = 1000000 };
    for (int ms = 0; ms < MEASURED_MS_MAX && !atomic_load(&self->is_lost) &&
                     atomic_load(&self->measured_count) < MEASURED_COUNT;
         ms++) {
        nanosleep(&pause, NULL);
    }
    stop_stream(self);
    atomic_store(&self->is_measuring, false);
    if (atomic_load(&self->measured_count) < MEASURED_COUNT) {
        return error_set(WA_ERR_DEVICE, "cubeb: \"%.200s\" does not call back, so it has no quantum",
                         facts->id);
    }
    facts->quantum_frames = median_of_3(self->measured_frames + 1);
    return WA_OK;
}

static void close_device(struct wa_device *self);

static wa_status take_memory(const device_config *config, struct wa_device **taken) {
    const uint32_t plane_count = config->channel_count + config->input_channel_count;
    const uint64_t size_bytes = HEAD_BYTES + (uint64_t)CHUNK_FRAMES * plane_count * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(config->engine, WA_MEMORY_RINGS, size_bytes, "cubeb device", &memory);
    if (status != WA_OK) {
        return status;
    }
    struct wa_device *self = memory;
    float *plane = (float *)(void *)((char *)memory + HEAD_BYTES);
    self->engine = config->engine;
    self->size_bytes = size_bytes;
    self->pull = config->pull;
    self->lost = config->lost;
    self->user = config->user;
    self->listener = (cubeb_listener){ .changed = config->changed, .user = config->user };
    self->channel_count = config->channel_count;
    self->input_count = config->input_channel_count;
    for (uint32_t channel = 0; channel < self->channel_count; channel++, plane += CHUNK_FRAMES) {
        self->planes[channel] = plane;
    }
    for (uint32_t channel = 0; channel < self->input_count; channel++, plane += CHUNK_FRAMES) {
        self->input_planes[channel] = plane;
    }
    *taken = self;
    return WA_OK;
}

/* Chunks of whole quanta where a chunk holds one. */
static void set_chunk(struct wa_device *self, uint32_t quantum) {
    self->chunk_frames = quantum < CHUNK_FRAMES ? CHUNK_FRAMES / quantum * quantum : CHUNK_FRAMES;
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
    if (status == WA_OK && config->quantum_frames == 0) {
        status = measure_quantum(self, facts);
    }
    if (status != WA_OK) {
        close_device(self);
        return status;
    }
    set_chunk(self, config->quantum_frames != 0 ? config->quantum_frames : facts->quantum_frames);
    cubeb_watch_begin(&self->listener);
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
        return error_set(WA_ERR_DEVICE, "cubeb: does not start: %s", cubeb_reason(code));
    }
    return WA_OK;
}

static void stop(struct wa_device *self) {
    if (atomic_exchange(&self->is_started, false)) {
        stop_stream(self);
    }
}

static void close_device(struct wa_device *self) {
    if (self == NULL) {
        return;
    }
    cubeb_watch_end(&self->listener);
    if (self->stream != NULL) {
        stop(self);
        cubeb_stream_destroy(self->stream);
    }
    if (self->context != NULL) {
        cubeb_shelf_finish(self->context, &self->outputs);
        cubeb_shelf_finish(self->context, &self->inputs);
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

/* Backends that cannot say (PulseAudio's): at least the callback that had to fill up first. */
static uint32_t input_latency_frames(const struct wa_device *self) {
    uint32_t latency = 0;
    if (self->input_count == 0) {
        return 0;
    }
    if (atomic_load(&self->is_started) && !atomic_load(&self->is_lost) &&
        cubeb_stream_get_input_latency(self->stream, &latency) == CUBEB_OK) {
        return latency;
    }
    const uint32_t callback = atomic_load_explicit(&self->callback_frames, memory_order_relaxed);
    return callback > 0 ? callback : atomic_load(&self->latency_frames);
}

static void underruns(const struct wa_device *self, device_underruns *count) {
    (void)self;
    *count = (device_underruns){ .is_available = false };
}

const wa_device_ops wa_device_ops_cubeb = {
    .name = "cubeb",
    .is_automatic = true,
    .list = cubeb_list,
    .open = open_device,
    .start = start,
    .stop = stop,
    .close = close_device,
    .latency_frames = latency_frames,
    .input_latency_frames = input_latency_frames,
    .underruns = underruns,
};
