/* src/control/port.h -- a device of a real-time context, and the door between it and the render side.
 *
 *   device's thread --> port, with a puller of its own --> the render side, while the port has the turn
 *
 * A context has one port that it plays to, `current`, and always its `home`, the null device, for when all else
 * fails. While it is switched two devices run, and the turn goes over between two callbacks:
 *
 *   control: successor = new     old's callback: turn = new, lands softly     new's callback: renders
 *
 * So the render side has one thread at a time, and each finds what the other left. Control moves the turn
 * itself only while the device that has it is stopped.
 */
#ifndef WA_SRC_CONTROL_PORT_H
#define WA_SRC_CONTROL_PORT_H
#include "context.h"

enum { PORT_BACKEND_BYTES = 32 };

struct port {
    wa_context *context;
    const wa_device_ops *ops;
    struct wa_device *device;
    device_facts facts;
    char asked_backend[PORT_BACKEND_BYTES]; /* "": the first that opens */
    const char *asked_id;                   /* "": the default */
    uint64_t size_bytes, row_bytes;
    void *rows;              /* the puller's */
    device_underruns before; /* what it had missed before it was started last */

    /* the device's thread */
    puller pull;
    bool has_turn, is_played_ahead; /* for this callback */

    /* both sides */
    _Atomic uint64_t callback_count;
    _Atomic bool is_quiet; /* the last callback ended in silence, and not for want of the turn alone */
    _Atomic bool is_lost, is_list_changed;
};

/* -- port.c. Thread: control -- */
/* Open a device for the context, at its rate and quantum if it has them; else it has the device's afterwards.
 * Returns: WA_OK | DEVICE | NOT_SUPPORTED | IO | ENCODING (an input file) | BUDGET | SEALED. */
wa_status port_open(wa_context *context, const char *backend, const char *id, port **opened);
/* Stopped or never started. NULL is fine. */
void port_close(port *of);
/* What it misses and calls counts from here. Not while it runs. */
void port_begin(port *of);

/* -- pulling.c. Thread: the device's -- */
void port_pull(void *user, const float *const *inputs, float *const *planes, uint32_t channel_count,
               uint32_t frame_count, const device_pull_time *time);
bool port_render(void *user, const float *const *inputs, float *const *planes);
/* Thread: any. wa_context_activity() moves on. */
void context_tell_watcher(wa_context *context);
#endif /* WA_SRC_CONTROL_PORT_H */
