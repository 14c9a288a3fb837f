/* src/control/pulling.h -- who pulls the render side: a device, the embedding program, or an offline loop. */
#ifndef WA_SRC_CONTROL_PULLING_H
#define WA_SRC_CONTROL_PULLING_H
#include "context.h"

void pulling_init(wa_context *context); /* embedded, offline */

/* -- switching.c: real time -- */
wa_status pulling_open_device(wa_context *context);
wa_status pulling_start_device(wa_context *context); /* WA_OK where there is none */
void pulling_stop_device(wa_context *context);       /* no callback is inside afterwards */
void pulling_close_device(wa_context *context);
void pulling_poll(wa_context *context); /* a lost device gives way to the null device; news, samples */

/* -- Thread: render, whoever it is -- */
/* Whether the next quantum may be rendered. Between two quanta a wanted suspension takes effect: the token goes
 * back, and the answer is no. */
bool pulling_may_render(wa_context *context);
bool pulling_is_running(const wa_context *context);

/* -- playback.c -- */
/* What happened since it looked last: underruns, latency. While current is there. */
void playback_sample(wa_context *context);
/* As wa_context_get_playback_stats() at that time. */
void playback_read(wa_context *context, uint64_t now_ns, wa_playback_stats *stats);
#endif /* WA_SRC_CONTROL_PULLING_H */
