/* Media: a file that is read into a feed's ring, by the worker or by an offline render.
 *
 * sound --> reader --> ring (boundary/feed.h) --> a MediaSource
 *
 * After the last frame the first one follows, whether the node loops or not: it decides when it gets there. Of
 * a short file the ring holds a whole turn, which is then copied instead of being decoded again.
 */
#include "../boundary/feed.h"
#include "../error.h"
#include "../memory/engine.h"
#include "../memory/streams.h"
#include "reader.h"
#include "wavepool/media.h"
#include "worker.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    STEP_FRAMES = 2048,       /* decoded in one step */
    LOOKS_PER_RING = 16,      /* at the highest rate a quarter of the ring is gone by then */
    SEEK_LOOK_NS = 2000000,   /* while a seek is on its way through the render side */
    SEEK_WAIT_NS = 250000000, /* but no longer than this: it may have been undone */
    PLANE_ALIGN_FRAMES = 16,
};

typedef struct media {
    feed ring; /* first: its resource is what the handle means */
    job work;
    wa_engine *engine;
    uint32_t slot;
    uint64_t ring_bytes;
    sound from;
    reader frames;
    uint64_t next_frame;                  /* of the file: the next one to be written */
    char message[WA_MEDIA_MESSAGE_BYTES]; /* written before the ring says that it has failed */
} media;
static_assert(offsetof(media, ring) == 0, "a handle's object is both");

/* -- Thread: worker, or who has it in hand ------------------------------------------------------ */

static media *media_of(const job *work) {
    return (media *)((char *)(uintptr_t)work - offsetof(media, work));
}

static bool fail(media *of, wa_status status) {
    snprintf(of->message, sizeof of->message, "%s", wa_error_message());
    feed_fail(&of->ring, status);
    return false;
}

/* Frames that one turn of the file earlier are still in the ring. */
static uint32_t repeat(media *of, float *const *rows, uint32_t room) {
    const feed *ring = &of->ring;
    const uint64_t write = atomic_load_explicit(&ring->write_count, memory_order_relaxed);
    const uint32_t first = (uint32_t)((write - ring->frame_count) % ring->capacity_frames);
    uint32_t frames = room < ring->frame_count ? room : (uint32_t)ring->frame_count;
    frames = frames < ring->capacity_frames - first ? frames : ring->capacity_frames - first;
    for (uint32_t channel = 0; channel < ring->channel_count; channel++) {
        memcpy(rows[channel], ring->planes[channel] + first, frames * sizeof(float));
    }
    return frames;
}

static bool can_repeat(const media *of) {
    const feed *ring = &of->ring;
    return ring->frame_count <= ring->capacity_frames / 2 && feed_written(ring) >= ring->frame_count;
}

static wa_status decode(media *of, float *const *rows, uint32_t room, uint32_t *got) {
    const uint64_t left = of->ring.frame_count - of->next_frame;
    wa_status status = sound_check_unchanged(&of->from);
    if (status == WA_OK && of->frames.next_frame != of->next_frame) {
        status = reader_seek(&of->frames, of->next_frame);
    }
    *got = room < left ? room : (uint32_t)left;
    return status == WA_OK ? reader_read(&of->frames, rows, *got) : status;
}

static void follow(media *of) {
    uint32_t generation = 0;
    uint64_t frame = 0;
    if (feed_is_asked(&of->ring, &generation, &frame)) {
        of->next_frame = frame % of->ring.frame_count;
        feed_begin(&of->ring, generation);
    }
}

static bool serve(job *work) {
    media *of = media_of(work);
    float *rows[WA_CHANNEL_COUNT_MAX];
    if (feed_is_over(&of->ring)) {
        return false;
    }
    follow(of);
    uint32_t frames = feed_room(&of->ring, STEP_FRAMES, rows);
    if (frames == 0) {
        return false;
    }
    if (can_repeat(of)) {
        frames = repeat(of, rows, frames);
    } else {
        const wa_status status = decode(of, rows, frames, &frames);
        if (status != WA_OK) {
            return fail(of, status);
        }
    }
    feed_publish(&of->ring, frames);
    of->next_frame = (of->next_frame + frames) % of->ring.frame_count;
    return true;
}

static uint64_t rest_ns(const job *work, uint64_t since_ns) {
    const media *of = media_of(work);
    const feed *ring = &of->ring;
    if (feed_is_over(ring) || !stream_is_held(&ring->stream.resource)) {
        return JOB_NEVER;
    }
    const uint32_t last = atomic_load_explicit(&ring->generation_last, memory_order_acquire);
    const uint32_t wanted = atomic_load_explicit(&ring->wanted_generation, memory_order_relaxed);
    if (last != wanted && since_ns < SEEK_WAIT_NS) {
        return SEEK_LOOK_NS;
    }
    return (uint64_t)(1e9 * ring->capacity_frames / ring->sample_rate_hz) / LOOKS_PER_RING;
}

/* -- Open and close ----------------------------------------------------------------------------- */

static wa_status take_ring(media *of, double ring_s) {
    const double wanted = ceil(ring_s * (double)of->frames.sample_rate_hz / PLANE_ALIGN_FRAMES);
    feed *ring = &of->ring;
    ring->capacity_frames = (uint32_t)wanted * PLANE_ALIGN_FRAMES;
    ring->channel_count = of->frames.channel_count;
    ring->sample_rate_hz = (double)of->frames.sample_rate_hz;
    ring->frame_count = of->frames.frame_count;
    of->ring_bytes = (uint64_t)ring->channel_count * ring->capacity_frames * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(of->engine, WA_MEMORY_DECODE, of->ring_bytes, "a media's ring", &memory);
    for (uint32_t channel = 0; channel < ring->channel_count && status == WA_OK; channel++) {
        ring->planes[channel] = (float *)memory + (size_t)channel * ring->capacity_frames;
    }
    return status;
}

static wa_status check_can_seek(const sound *from) {
    return from->info.seekable
               ? WA_OK
               : error_set(WA_ERR_ENCODING, "%s: is of a kind that cannot be sought in", from->name);
}

/* The file, what reads it, the ring; on failure none of them. */
static wa_status open_file(media *of, const char *path, const wa_media_options *options) {
    wa_status status = sound_open_path(&of->from, path);
    if (status != WA_OK) {
        return status;
    }
    status = check_can_seek(&of->from);
    if (status == WA_OK) {
        status = reader_init(&of->frames, of->engine, &of->from, options->sample_rate_hz);
    }
    if (status == WA_OK) {
        status = take_ring(of, options->ring_s);
        if (status != WA_OK) {
            reader_finish(&of->frames);
        }
    }
    if (status != WA_OK) {
        sound_close(&of->from);
    }
    return status;
}

static void close_file(media *of) {
    memory_give(of->engine, WA_MEMORY_DECODE, of->ring.planes[0], of->ring_bytes);
    reader_finish(&of->frames);
    sound_close(&of->from);
}

static void destroy(wa_engine *engine, wa_resource *resource) {
    media *of = (media *)resource;
    worker_remove(engine, &of->work);
    close_file(of);
    stream_handle_give(engine, WA_RESOURCE_MEDIA, of->slot);
    memory_give(engine, WA_MEMORY_DECODE, of, sizeof *of);
}

static void init(media *of, wa_engine *engine) {
    of->engine = engine;
    of->work = (job){ .serve = serve, .rest_ns = rest_ns };
    of->ring.stream.resource.kind = WA_RESOURCE_MEDIA;
    of->ring.stream.destroy = destroy;
    of->ring.stream.job = &of->work;
    atomic_init(&of->ring.generation_last, FEED_GENERATION_OPEN);
    atomic_init(&of->ring.wanted_generation, FEED_GENERATION_OPEN);
    atomic_init(&of->ring.generation, FEED_GENERATION_OPEN);
}

static wa_status make(wa_engine *engine, const char *path, const wa_media_options *options,
                      wa_media *handle) {
    void *memory = NULL;
    wa_status status = memory_take(engine, WA_MEMORY_DECODE, sizeof(media), "a media", &memory);
    if (status != WA_OK) {
        return status;
    }
    media *of = memory;
    init(of, engine);
    uint64_t id = 0;
    status = open_file(of, path, options);
    if (status == WA_OK) {
        status = worker_enter(engine, &of->ring.stream, &of->slot, &id);
        if (status != WA_OK) {
            close_file(of);
        }
    }
    if (status != WA_OK) {
        memory_give(engine, WA_MEMORY_DECODE, of, sizeof *of);
        return status;
    }
    handle->id = id;
    return WA_OK;
}

static wa_status check_options(const wa_media_options *options) {
    const float rate_hz = options->sample_rate_hz;
    if (options->options_bytes != sizeof *options) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options_bytes is %u, this library knows %zu",
                         options->options_bytes, sizeof *options);
    }
    if (rate_hz != 0.0f && !(rate_hz >= WA_SAMPLE_RATE_MIN_HZ && rate_hz <= WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, allowed are 0 and %g to %g",
                         (double)rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ, (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    if (!(options->ring_s >= WA_FILE_RING_MIN_S && options->ring_s <= WA_FILE_RING_MAX_S)) {
        return error_set(WA_ERR_RANGE, "ring_s is %g, its range is [%g, %g]", options->ring_s,
                         WA_FILE_RING_MIN_S, WA_FILE_RING_MAX_S);
    }
    return WA_OK;
}

wa_status wa_media_open(wa_engine *engine, const char *path, const wa_media_options *options,
                        wa_media *handle) {
    static const wa_media_options defaults = WA_MEDIA_OPTIONS_INIT;
    if (engine == NULL || path == NULL || handle == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL",
                         engine == NULL ? "engine" : (path == NULL ? "path" : "media"));
    }
    options = options != NULL ? options : &defaults;
    const wa_status status = check_options(options);
    return status == WA_OK ? make(engine, path, options, handle) : status;
}

wa_status wa_media_close(wa_engine *engine, wa_media handle) {
    if (engine == NULL) {
        return error_set(WA_ERR_TYPE, "engine is NULL");
    }
    wa_resource *ended = NULL;
    const wa_status status = stream_end_handle(engine, handle.id, WA_RESOURCE_MEDIA, &ended);
    if (status == WA_OK) {
        stream_drop_owner(engine, ended);
    }
    return status;
}

/* -- What can be asked -------------------------------------------------------------------------- */

static wa_status resolve(const wa_engine *engine, wa_media handle, const void *out,
                         const media **found) {
    if (engine == NULL || out == NULL) {
        return error_set(WA_ERR_TYPE, "engine, or where the answer is to go, is NULL");
    }
    wa_resource *resource = NULL;
    const wa_status status = stream_resolve(engine, handle.id, WA_RESOURCE_MEDIA, "media", &resource);
    *found = (const media *)resource;
    return status;
}

wa_status wa_media_get_info(const wa_engine *engine, wa_media handle, wa_media_info *info) {
    const media *of = NULL;
    const wa_status status = resolve(engine, handle, info, &of);
    if (status == WA_OK) {
        *info = (wa_media_info){
            .channel_count = of->ring.channel_count,
            .sample_rate_hz = of->frames.sample_rate_hz,
            .file_sample_rate_hz = (float)of->from.info.samplerate,
            .frame_count = of->ring.frame_count,
            .duration_s = (double)of->ring.frame_count / of->ring.sample_rate_hz,
            .memory_bytes = memory_charge_bytes(engine, sizeof *of) +
                            memory_charge_bytes(engine, of->ring_bytes) +
                            memory_charge_bytes(engine, of->frames.block_bytes),
        };
    }
    return status;
}

wa_status wa_media_get_stats(const wa_engine *engine, wa_media handle, wa_media_stats *stats) {
    const media *of = NULL;
    const wa_status status = resolve(engine, handle, stats, &of);
    if (status != WA_OK) {
        return status;
    }
    const feed *ring = &of->ring;
    *stats = (wa_media_stats){
        .buffered_s = (double)feed_buffered_frames(ring) / ring->sample_rate_hz,
        .ring_s = (double)ring->capacity_frames / ring->sample_rate_hz,
        .underflow_count = atomic_load_explicit(&ring->underflow_count, memory_order_relaxed),
        .underflow_frames = atomic_load_explicit(&ring->underflow_frames, memory_order_relaxed),
    };
    stats->status = feed_failure(ring);
    if (stats->status != WA_OK) {
        memcpy(stats->message, of->message, sizeof stats->message);
    }
    return WA_OK;
}
