/* src/control/pulling.h -- who pulls the render side: a device, the embedding program, or an offline loop. */
#ifndef WA_SRC_CONTROL_PULLING_H
#define WA_SRC_CONTROL_PULLING_H
#include "context.h"

void pulling_init(wa_context *context);
wa_status pulling_open_device(wa_context *context);
wa_status pulling_start_device(wa_context *context); /* WA_OK where there is none */
void pulling_stop_device(wa_context *context);       /* no callback is inside afterwards */
void pulling_close_device(wa_context *context);
void pulling_poll(wa_context *context); /* a lost device is replaced by the null device */
#endif                                  /* WA_SRC_CONTROL_PULLING_H */
