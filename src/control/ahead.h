/* src/control/ahead.h -- quanta from a thread of the caller's that renders to the device that plays.
 *
 *   caller's thread: write_count ----> planes[channel][slot] ----> device's thread: read_count
 *
 * Who renders is a mode. Control wants it; the device's thread, which rendered until then, lets go between two
 * callbacks. Back again control decides alone: the caller's thread has stopped.
 */
#ifndef WA_SRC_CONTROL_AHEAD_H
#define WA_SRC_CONTROL_AHEAD_H
#include "context.h"

typedef enum ahead_mode { AHEAD_OFF = 0, AHEAD_WANTED = 1, AHEAD_ON = 2 } ahead_mode;

struct ahead_ring {
    uint32_t quantum_count; /* of the ring */
    uint64_t size_bytes;
    uint64_t seen_events, seen_frames; /* control: of the underruns, told to the profile */
    float *planes;                     /* [channel_count][quantum_count][stride] */
    uint32_t stride;                   /* of a quantum */
    _Atomic uint32_t mode;
    /* the caller's thread */
    _Alignas(64) _Atomic uint64_t write_count;
    _Atomic bool is_primed; /* it was full once */
    /* the device's thread */
    _Alignas(64) _Atomic uint64_t read_count;
    uint64_t begin_frame; /* of the quantum with number 0 */
    bool is_starving;
    _Atomic uint64_t underrun_events, underrun_frames;
};

/* -- Thread: the device's -- */
/* Whether this callback plays from the ring. */
bool ahead_is_source(wa_context *context);
/* The next quantum; false: it is not there. */
bool ahead_pop(wa_context *context, float *const *planes);
uint64_t ahead_frame(const wa_context *context); /* of the next quantum to be popped */
void ahead_count_missing(wa_context *context, uint32_t missing_frames);

/* -- Thread: control -- */
double ahead_latency_s(const wa_context *context);
/* A device whose callback takes that much can be played to. Returns: WA_OK | NOT_SUPPORTED. */
wa_status ahead_check_port(const wa_context *context, const port *of);
void ahead_sample(wa_context *context); /* underruns since the last time, to the profile */
void ahead_finish(wa_context *context);
#endif /* WA_SRC_CONTROL_AHEAD_H */
