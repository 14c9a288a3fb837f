/* wavepool/context.h -- a graph with a clock: offline, real time, or inside the caller's callback.
 *
 *   quantum  the frames rendered at a time; 128 unless chosen.   block  one quantum of planes.
 *
 * A context has one control thread and at most one render thread. While it is not running the control
 * thread does the render side's bookkeeping too, so that edits and releases still take effect.
 */
#ifndef WAVEPOOL_CONTEXT_H
#define WAVEPOOL_CONTEXT_H
#include "buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wa_context wa_context;

typedef struct wa_node {
    uint64_t id;
} wa_node;

typedef enum wa_context_kind {
    WA_CONTEXT_OFFLINE = 1,  /* OfflineAudioContext: as fast as it goes, length known or streamed */
    WA_CONTEXT_REALTIME = 2, /* AudioContext: a device pulls it */
    WA_CONTEXT_EMBEDDED = 3, /* the caller pulls it with wa_context_render() */
    WA_CONTEXT_KIND_FORCE32 = 0x7fffffff
} wa_context_kind;

/* "interrupted" is missing: no backend says when the system takes the sound away for a while. */
typedef enum wa_context_state {
    WA_CONTEXT_SUSPENDED = 0,
    WA_CONTEXT_RUNNING = 1,
    WA_CONTEXT_CLOSED = 2,
    WA_CONTEXT_STATE_FORCE32 = 0x7fffffff
} wa_context_state;

/* quantum_frames: renderSizeHint "hardware", the size that the device calls back with; offline 128. An embedded
 * context has no device to ask. */
#define WA_QUANTUM_HARDWARE 0u

/* latency_hint_s: latencyHint by name. docs/devices.md has the seconds. */
#define WA_LATENCY_INTERACTIVE 0.0 /* the least that the device offers */
#define WA_LATENCY_BALANCED    (-1.0)
#define WA_LATENCY_PLAYBACK    (-2.0)

typedef struct wa_context_desc {
    uint32_t desc_bytes;
    wa_context_kind kind;         /* INIT sets OFFLINE */
    float sample_rate_hz;         /* 3000..768000; INIT sets 48000; 0 in real time: the device's */
    uint32_t channel_count;       /* of the destination, 1..32; INIT sets 2 */
    uint32_t quantum_frames;      /* 1..6 x rate, or WA_QUANTUM_HARDWARE; INIT sets 128 */
    uint64_t length_frames;       /* offline; 0: streamed until the sink says stop */
    uint32_t input_channel_count; /* 0..32, of Input nodes: recorded, or passed by the host */
    bool is_gathering;            /* edits wait for wa_flush() instead of flushing call by call */
    const char *device_backend;   /* real time: "null", "file", "cubeb"; NULL: the first that opens */
    const char *device_id;   /* the backend's name of a device, or a path for "file"; NULL: default */
    double latency_hint_s;   /* real time; 0..10, or WA_LATENCY_...; INIT sets the least */
    uint32_t node_count_max; /* live nodes; the destination counts, and one more for each delay that
                                was in a cycle; INIT sets 1048576 */
    /* Real time: what is recorded, by the backend's name; NULL: its default. "file": a path to read (NULL:
     * silence). "null": "silence" or "tone", a sine of 440 Hz. */
    const char *input_device_id;
} wa_context_desc;

#define WA_CONTEXT_DESC_INIT                                                                           \
    {                                                                                                  \
        (uint32_t)sizeof(wa_context_desc), WA_CONTEXT_OFFLINE, 48000.0f, 2, 128, 0, 0, false, NULL,    \
            NULL, 0.0, 1048576, NULL                                                                   \
    }

/* Make a context, suspended; desc NULL: the defaults. In real time the device is opened, not started.
 * Returns: WA_OK | TYPE | NOT_SUPPORTED (the message names the field and its range) | DEVICE | IO, ENCODING
 *   (a file device's) | BUDGET | SEALED. Owns: caller; wa_context_destroy(). Thread: control */
WA_API wa_status wa_context_create(wa_engine *engine, const wa_context_desc *desc,
                                   wa_context **context);

/* Close if needed, then free it with all its nodes; pools of it must be destroyed first.
 * Returns: WA_OK (also for NULL) | BUSY (pools left; inside a render; nothing changed).
 * Thread: control */
WA_API wa_status wa_context_destroy(wa_context *context);

/* What a context is; all but the state are fixed when it is made. Thread: control */
WA_API wa_context_state wa_context_get_state(const wa_context *context);
WA_API wa_engine *wa_context_engine(const wa_context *context);
WA_API wa_node wa_context_destination(const wa_context *context);
/* The AudioListener: a node with params and nothing else (WA_LISTENER_POSITION_X ...). It lives as long as the
 * context and cannot be made or released. */
WA_API wa_node wa_context_listener(const wa_context *context);
WA_API float wa_context_sample_rate_hz(const wa_context *context);
WA_API uint32_t wa_context_quantum_frames(const wa_context *context);
WA_API uint32_t wa_context_channel_count(const wa_context *context);

/* BaseAudioContext.currentTime: of the first frame that the next quantum will render. Thread: control */
WA_API double wa_context_current_time_s(const wa_context *context);
WA_API uint64_t wa_context_current_frame(const wa_context *context);
/* AudioContext.baseLatency: the most that a frame waits here because callbacks and quanta differ in size. */
WA_API double wa_context_base_latency_s(const wa_context *context);
/* AudioContext.outputLatency: from the device's callback until it is heard, as last measured. */
WA_API double wa_context_output_latency_s(const wa_context *context);
/* From the moment a frame is recorded until its quantum renders; 0 in a context that records nothing. */
WA_API double wa_context_input_latency_s(const wa_context *context);

/* The two belong together: both are zero before the first quantum, else the frame at context_time_s is heard
 * at performance_time_ms. In real time it is the frame that is heard now, as far as it is rendered: always
 * below currentTime. Embedded: the first frame of the last callback in which it played, as the host said. */
typedef struct wa_output_timestamp {
    double context_time_s;
    double performance_time_ms; /* CLOCK_MONOTONIC; embedded: the host's time stamp */
} wa_output_timestamp;
/* AudioContext.getOutputTimestamp(). Thread: control */
WA_API void wa_context_output_timestamp(const wa_context *context, wa_output_timestamp *timestamp);

/* AudioContext.playbackStats, since the context was made, whatever the profiler was told; read anew at most
 * once per second. docs/profiler.md compares the two. */
typedef struct wa_playback_stats {
    bool underruns_available;   /* false: a device that played does not count them */
    double underrun_duration_s; /* frames that the device played and had not been given */
    uint64_t underrun_events;
    double total_duration_s;  /* underrun_duration_s + currentTime */
    double average_latency_s; /* over the frames played since the reset; none yet: what it is now */
    double minimum_latency_s, maximum_latency_s;
} wa_playback_stats;
/* Returns: WA_OK | TYPE | INVALID_STATE (offline: nothing is played). Thread: control */
WA_API wa_status wa_context_get_playback_stats(wa_context *context, wa_playback_stats *stats);
/* AudioPlaybackStats.resetLatency(): all three are the latency of now, at once.
 * Returns: WA_OK | TYPE | INVALID_STATE (offline). Thread: control */
WA_API wa_status wa_context_reset_latency(wa_context *context);

/* Run; suspend (a request: while a callback is inside, poll completes it); end for good. The last call
 * counts: resume takes back a request to suspend that is not complete. An embedded context must not be
 * pulled while it is closed. In a closed one nodes can still be made and edited, and nothing sounds.
 * Returns: WA_OK | INVALID_STATE (closed; resume and suspend: offline) | DEVICE (it did not start)
 *   | BUSY (close inside a render). Thread: control */
WA_API wa_status wa_context_resume(wa_context *context);
WA_API wa_status wa_context_suspend(wa_context *context);
WA_API wa_status wa_context_close(wa_context *context);

/* As wa_context_suspend, and wait until the render side is out, at most timeout_s (infinite: for ever).
 * Returns: WA_OK | INVALID_STATE | TYPE, RANGE (not a number, negative; nothing changed)
 *   | BUSY (timed out; the request stands). Thread: control */
WA_API wa_status wa_context_suspend_wait(wa_context *context, double timeout_s);

typedef enum wa_event_type {
    WA_EVENT_ENDED = 1,        /* node: a source or media has played its last frame, once per start; a
                                  recording is finished. Not told of nodes that were released */
    WA_EVENT_STATE_CHANGE = 2, /* state: the newest; changes between two polls are told as one */
    WA_EVENT_DEVICE_LOST = 3,  /* the device failed; the context plays on to the null device */
    WA_EVENT_DEVICE_LIST_CHANGE = 4, /* devices came or went, as far as the backend in use can say */
    WA_EVENT_SINK_CHANGE = 5,        /* wa_context_set_device() has changed the sink */
    WA_EVENT_ERROR = 10, /* node: its media cannot be read, or its recording not written, any further */
    WA_EVENT_FORCE32 = 0x7fffffff
} wa_event_type;

typedef struct wa_event {
    wa_event_type type;
    wa_context_state state;
    wa_node node;
} wa_event;

/* Take in what the render side left (ended, retired, applied), complete requests, retry what waited
 * for a full ring, collapse past automation; then hand out up to capacity events (0 and NULL: none
 * wanted; they are kept). Returns the number written. Thread: control */
WA_API uint32_t wa_context_poll(wa_context *context, wa_event *events, uint32_t capacity);

/* Moves on whenever the render side has left something for wa_context_poll(), so that another thread can
 * watch it and wake the control thread. Thread: any */
WA_API uint64_t wa_context_activity(const wa_context *context);

/* -- Edits ------------------------------------------------------------------------------------- *
 * Edits gather in the open batch and become visible to the render side together, at one quantum.
 * Plain calls flush at once. Between begin and commit they flush at commit; a call that fails inside
 * makes commit undo all of them and return that first status. */

/* Returns: WA_OK | INVALID_STATE (a transaction is open: no nesting). Thread: control */
WA_API wa_status wa_begin(wa_context *context);
/* Returns: WA_OK | INVALID_STATE (none open) | the first failed call's status (all undone). */
WA_API wa_status wa_commit(wa_context *context);
/* Undo every edit since begin; handles made inside become stale. Returns: WA_OK | INVALID_STATE. */
WA_API wa_status wa_rollback(wa_context *context);
/* Make gathered edits visible (is_gathering). Returns: WA_OK | INVALID_STATE (inside begin). */
WA_API wa_status wa_flush(wa_context *context);

/* -- Embedded ---------------------------------------------------------------------------------- */

typedef struct wa_render_desc {
    uint32_t desc_bytes;
    const float *const *inputs; /* [input_channel_count][frame_count], or NULL: silence */
    float *const *outputs;      /* [channel_count][frame_count], written whole */
    uint32_t frame_count;       /* any; cut into quanta */
    double host_time_s;         /* when the first frame will be heard, the caller's clock; 0, or
                                  not finite: unknown */
} wa_render_desc;

/* Pull frames; silence while not running. FTZ/DAZ are set inside and restored.
 * Returns: WA_OK | TYPE | INVALID_STATE (not an embedded context, or closed). Thread: render */
WA_API wa_status wa_context_render(wa_context *context, const wa_render_desc *desc);

/* The thread that pulls has no more to pull for now: hand the context back to control, as if it had been
 * asked to suspend; the next poll says SUSPENDED, and edits take effect at once until wa_context_resume().
 * Returns: WA_OK | TYPE | INVALID_STATE (not an embedded context, or not running). Thread: render */
WA_API wa_status wa_context_render_end(wa_context *context);

/* -- Rendering ahead --------------------------------------------------------------------------- *
 * For a real-time context with nodes that cannot run on a device's thread, which must never wait: processors
 * in a language with a collector. A thread of the caller's renders a few quanta ahead into a ring, the device
 * plays from it. A thread that is late costs silence, which counts as an underrun, and nobody waits. */

/* From the device's next callback on wa_context_ahead_render() renders, whichever device it is. The ring holds
 * what a callback takes and lead_s more, in whole quanta; all of it is latency: wa_context_base_latency_s().
 * Nothing is heard until it was full for the first time.
 * Returns: WA_OK (also when it was begun before; the ring stays as it is) | TYPE | RANGE (0..10)
 *   | INVALID_STATE (not real time, or closed) | NOT_SUPPORTED (the context records) | BUDGET | SEALED.
 * Thread: control */
WA_API wa_status wa_context_ahead_begin(wa_context *context, double lead_s);

typedef enum wa_ahead {
    WA_AHEAD_IDLE = 0,     /* not running, or the device has not called yet: look again later */
    WA_AHEAD_RENDERED = 1, /* a quantum; there may be room for another */
    WA_AHEAD_FULL = 2,     /* no room until the device calls back */
    WA_AHEAD_FORCE32 = 0x7fffffff
} wa_ahead;

/* Render a quantum if there is room. FTZ/DAZ are set inside and restored. Not while the context is being closed
 * or destroyed. Thread: render, one at a time */
WA_API wa_ahead wa_context_ahead_render(wa_context *context);

/* Nobody renders ahead any more: what is in the ring is played, then the device renders again.
 * Returns: WA_OK | TYPE. Thread: control, once the thread that rendered has stopped */
WA_API wa_status wa_context_ahead_end(wa_context *context);

/* -- Offline ----------------------------------------------------------------------------------- */

/* planes[channel_count][frame_count]: valid during the call. Return false to end the render. */
typedef bool (*wa_sink_fn)(void *user, const float *const *planes, uint32_t channel_count,
                           uint32_t frame_count);
/* Return false to cancel. length is 0 when it is not known. */
typedef bool (*wa_progress_fn)(void *user, uint64_t done_frames, uint64_t length_frames);
/* Between two quanta, at a time given to wa_context_suspend_at: the graph may be edited. */
typedef void (*wa_suspended_fn)(void *user, wa_context *context, double time_s);

typedef struct wa_offline_desc {
    uint32_t desc_bytes;
    wa_sink_fn on_block;          /* streamed; NULL with buffer set */
    wa_buffer *buffer;            /* out: a buffer of length_frames, made by the call; or NULL */
    wa_progress_fn on_progress;   /* about every progress_frames; may be NULL */
    wa_suspended_fn on_suspended; /* may be NULL */
    uint64_t progress_frames;     /* INIT sets 48000 */
    uint32_t block_frames;        /* of on_block at most; INIT sets 4096 */
    void *user;
} wa_offline_desc;

#define WA_OFFLINE_DESC_INIT                                                                           \
    { (uint32_t)sizeof(wa_offline_desc), NULL, NULL, NULL, NULL, 48000, 4096, NULL }

/* Render from here to length_frames (or until the sink says stop), on the calling thread; the context is
 * closed then. Refused before the first quantum, the call can be made again; after that it cannot: what
 * was cancelled, or ran out of memory on its way, is not continued.
 * Returns: WA_OK | INVALID_STATE (not offline, already rendered, closed, in a transaction) | CANCELLED
 *   | BUDGET, SEALED (the buffer; planes for what sounds) | TYPE (not one of sink and buffer; a buffer
 *   without a length).
 * Owns: caller owns *buffer. Thread: control (is the render thread meanwhile) */
WA_API wa_status wa_offline_render(wa_context *context, const wa_offline_desc *desc);

/* OfflineAudioContext.suspend(): rounded up to a quantum. Call before the render or in on_suspended.
 * Returns: WA_OK | INVALID_STATE (negative; not later than now, but for 0 before the render; not before the
 *   end; that quantum is taken; not offline, already rendered) | TYPE (not finite) | BUDGET | SEALED.
 * Thread: control */
WA_API wa_status wa_context_suspend_at(wa_context *context, double time_s);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_CONTEXT_H */
