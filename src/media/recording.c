/* Recordings: a file that is written from a tape's ring, by the worker, by an offline render, or by whoever
 * closes it.
 *
 * a Recorder --> ring (boundary/tape.h) --> file writer --> path, once it is finished
 */
#include "../boundary/tape.h"
#include "../error.h"
#include "../memory/engine.h"
#include "../memory/streams.h"
#include "wavepool/media.h"
#include "worker.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { STEP_FRAMES = 4096, LOOKS_PER_RING = 4, PLANE_ALIGN_FRAMES = 16 };

typedef struct recording {
    tape ring; /* first: its resource is what the handle means */
    job work;
    wa_engine *engine;
    uint32_t slot;
    uint64_t ring_bytes;
    wa_file_writer *writer; /* NULL: done */
    uint64_t gap_frames;    /* of the gap that is being written: done */
    _Atomic uint64_t written_frames;
    wa_status status; /* like the message written before the ring says that it is done */
    char message[WA_MEDIA_MESSAGE_BYTES];
} recording;
static_assert(offsetof(recording, ring) == 0, "a handle's object is both");

static const float silence[STEP_FRAMES];

/* -- Thread: worker, or who has it in hand ------------------------------------------------------ */

static recording *recording_of(const job *work) {
    return (recording *)((char *)(uintptr_t)work - offsetof(recording, work));
}

static bool is_done(const recording *of) {
    return tape_outcome_of(&of->ring) != TAPE_RUNNING;
}

static uint64_t written_frames(const recording *of) {
    return atomic_load_explicit(&of->written_frames, memory_order_relaxed);
}

static void be_done(recording *of, wa_status status) {
    of->writer = NULL;
    of->status = status;
    if (status != WA_OK) {
        snprintf(of->message, sizeof of->message, "%s", wa_error_message());
    }
    atomic_store_explicit(&of->ring.outcome, status == WA_OK ? TAPE_FINISHED : TAPE_FAILED,
                          memory_order_release);
}

static void write_frames(recording *of, const float *const *rows, uint32_t frames) {
    const wa_status status = wa_file_writer_write(of->writer, rows, frames);
    if (status != WA_OK) {
        wa_file_writer_abandon(of->writer);
        be_done(of, status);
        return;
    }
    atomic_store_explicit(&of->written_frames, written_frames(of) + frames, memory_order_relaxed);
}

static uint32_t step_of(uint64_t frames) {
    return frames < STEP_FRAMES ? (uint32_t)frames : STEP_FRAMES;
}

static void write_silence(recording *of, uint32_t frames) {
    const float *rows[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < of->ring.channel_count; channel++) {
        rows[channel] = silence;
    }
    write_frames(of, rows, frames);
}

static void write_gap(recording *of, uint64_t frames) {
    const uint32_t count = step_of(frames - of->gap_frames);
    write_silence(of, count);
    of->gap_frames += count;
    if (of->gap_frames == frames) {
        of->gap_frames = 0;
        tape_advance(&of->ring, frames, true);
    }
}

/* One step of what the ring holds. Returns whether it held anything. */
static bool write_next(recording *of) {
    const float *rows[WA_CHANNEL_COUNT_MAX];
    bool is_gap = false;
    const uint64_t there = tape_next(&of->ring, rows, &is_gap);
    if (is_gap) {
        write_gap(of, there);
    } else if (there > 0) {
        write_frames(of, rows, step_of(there));
        tape_advance(&of->ring, step_of(there), false);
    }
    return there > 0;
}

/* All that was heard is in the ring or was lost at its end. */
static void finish_file(recording *of, uint64_t heard_frames) {
    while (!is_done(of) && written_frames(of) < heard_frames) {
        write_silence(of, step_of(heard_frames - written_frames(of)));
    }
    if (!is_done(of)) {
        be_done(of, wa_file_writer_finish(of->writer));
    }
}

static bool serve(job *work) {
    recording *of = recording_of(work);
    if (is_done(of)) {
        return false;
    }
    const bool has_stopped = tape_has_stopped(&of->ring); /* first: then all of it is in the ring */
    if (write_next(of)) {
        return !is_done(of);
    }
    if (has_stopped) {
        finish_file(of, tape_heard_frames(&of->ring));
    }
    return false;
}

static uint64_t rest_ns(const job *work, uint64_t since_ns) {
    (void)since_ns;
    const recording *of = recording_of(work);
    const tape *ring = &of->ring;
    if (is_done(of) || !stream_is_held(&ring->stream.resource)) {
        return JOB_NEVER;
    }
    return (uint64_t)(1e9 * ring->capacity_frames / ring->sample_rate_hz) / LOOKS_PER_RING;
}

/* -- Open --------------------------------------------------------------------------------------- */

static wa_status take_ring(recording *of, const wa_recording_options *options) {
    tape *ring = &of->ring;
    const double rate_hz = (double)options->sample_rate_hz;
    ring->capacity_frames =
        (uint32_t)ceil(options->ring_s * rate_hz / PLANE_ALIGN_FRAMES) * PLANE_ALIGN_FRAMES;
    ring->channel_count = options->channel_count;
    ring->sample_rate_hz = rate_hz;
    of->ring_bytes = (uint64_t)ring->channel_count * ring->capacity_frames * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(of->engine, WA_MEMORY_DECODE, of->ring_bytes, "a recording's ring", &memory);
    for (uint32_t channel = 0; channel < ring->channel_count && status == WA_OK; channel++) {
        ring->planes[channel] = (float *)memory + (size_t)channel * ring->capacity_frames;
    }
    return status;
}

/* The file and the ring; on failure neither. */
static wa_status open_file(recording *of, const char *path, const wa_recording_options *options) {
    wa_status status = wa_file_writer_create(of->engine, path, options->format, options->channel_count,
                                             options->sample_rate_hz, &of->writer);
    if (status == WA_OK) {
        status = take_ring(of, options);
        if (status != WA_OK) {
            wa_file_writer_abandon(of->writer);
        }
    }
    return status;
}

/* No more comes, nobody else serves it: what is left is written now. */
static void run_out(recording *of) {
    const uint64_t heard_frames = tape_heard_frames(&of->ring); /* first, as in serve() */
    while (!is_done(of) && write_next(of)) {}
    if (!is_done(of)) {
        finish_file(of, heard_frames);
    }
}

static void destroy(wa_engine *engine, wa_resource *resource) {
    recording *of = (recording *)resource;
    worker_remove(engine, &of->work);
    run_out(of);
    memory_give(engine, WA_MEMORY_DECODE, of->ring.planes[0], of->ring_bytes);
    stream_handle_give(engine, WA_RESOURCE_RECORDING, of->slot);
    memory_give(engine, WA_MEMORY_DECODE, of, sizeof *of);
}

static void init(recording *of, wa_engine *engine) {
    of->engine = engine;
    of->work = (job){ .serve = serve, .rest_ns = rest_ns };
    of->ring.stream.resource.kind = WA_RESOURCE_RECORDING;
    of->ring.stream.destroy = destroy;
    of->ring.stream.job = &of->work;
}

static wa_status make(wa_engine *engine, const char *path, const wa_recording_options *options,
                      wa_recording *handle) {
    void *memory = NULL;
    wa_status status = memory_take(engine, WA_MEMORY_DECODE, sizeof(recording), "a recording", &memory);
    if (status != WA_OK) {
        return status;
    }
    recording *of = memory;
    init(of, engine);
    uint64_t id = 0;
    status = open_file(of, path, options);
    if (status == WA_OK) {
        status = worker_enter(engine, &of->ring.stream, &of->slot, &id);
        if (status != WA_OK) {
            wa_file_writer_abandon(of->writer);
            memory_give(engine, WA_MEMORY_DECODE, of->ring.planes[0], of->ring_bytes);
        }
    }
    if (status != WA_OK) {
        memory_give(engine, WA_MEMORY_DECODE, of, sizeof *of);
        return status;
    }
    handle->id = id;
    return WA_OK;
}

/* Format, channels and rate are the writer's to judge. */
wa_status wa_recording_open(wa_engine *engine, const char *path, const wa_recording_options *options,
                            wa_recording *handle) {
    static const wa_recording_options defaults = WA_RECORDING_OPTIONS_INIT;
    if (engine == NULL || path == NULL || handle == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL",
                         engine == NULL ? "engine" : (path == NULL ? "path" : "recording"));
    }
    options = options != NULL ? options : &defaults;
    if (options->options_bytes != sizeof *options) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options_bytes is %u, this library knows %zu",
                         options->options_bytes, sizeof *options);
    }
    if (!(options->ring_s >= WA_FILE_RING_MIN_S && options->ring_s <= WA_FILE_RING_MAX_S)) {
        return error_set(WA_ERR_RANGE, "ring_s is %g, its range is [%g, %g]", options->ring_s,
                         WA_FILE_RING_MIN_S, WA_FILE_RING_MAX_S);
    }
    return make(engine, path, options, handle);
}

/* -- Close -------------------------------------------------------------------------------------- */

static wa_status take_over(wa_engine *engine, wa_recording handle, recording **taken) {
    wa_resource *ended = NULL;
    if (engine == NULL) {
        return error_set(WA_ERR_TYPE, "engine is NULL");
    }
    const wa_status status = stream_end_handle(engine, handle.id, WA_RESOURCE_RECORDING, &ended);
    if (status == WA_OK) {
        *taken = (recording *)ended;
        atomic_store_explicit(&(*taken)->ring.is_closed, 1, memory_order_release);
        worker_take_in_hand(engine, &(*taken)->work);
    }
    return status;
}

wa_status wa_recording_close(wa_engine *engine, wa_recording handle) {
    recording *of = NULL;
    wa_status status = take_over(engine, handle, &of);
    if (status == WA_OK) {
        run_out(of);
        status = of->status != WA_OK ? error_set(of->status, "%s", of->message) : WA_OK;
        stream_drop_owner(engine, &of->ring.stream.resource);
    }
    return status;
}

wa_status wa_recording_abandon(wa_engine *engine, wa_recording handle) {
    recording *of = NULL;
    const wa_status status = take_over(engine, handle, &of);
    if (status == WA_OK) {
        if (!is_done(of)) {
            wa_file_writer_abandon(of->writer);
            be_done(of, WA_OK);
        }
        stream_drop_owner(engine, &of->ring.stream.resource);
    }
    return status;
}

wa_status wa_recording_get_stats(const wa_engine *engine, wa_recording handle,
                                 wa_recording_stats *stats) {
    if (engine == NULL || stats == NULL) {
        return error_set(WA_ERR_TYPE, "engine or stats is NULL");
    }
    wa_resource *resource = NULL;
    const wa_status status =
        stream_resolve(engine, handle.id, WA_RESOURCE_RECORDING, "recording", &resource);
    if (status != WA_OK) {
        return status;
    }
    const recording *of = (const recording *)resource;
    const tape *ring = &of->ring;
    *stats = (wa_recording_stats){
        .written_frames = written_frames(of),
        .recorded_frames = tape_heard_frames(ring),
        .loss_count = atomic_load_explicit(&ring->loss_count, memory_order_relaxed),
        .lost_frames = atomic_load_explicit(&ring->lost_frames, memory_order_relaxed),
        .memory_bytes =
            memory_charge_bytes(engine, sizeof *of) + memory_charge_bytes(engine, of->ring_bytes),
    };
    if (is_done(of)) {
        stats->status = of->status;
        stats->is_finished = of->status == WA_OK;
        memcpy(stats->message, of->message, sizeof stats->message);
    }
    return WA_OK;
}
