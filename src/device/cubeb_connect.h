/* src/device/cubeb_connect.h -- cubeb_init() with an end: a sound server that takes the connection and never
 * answers would hold it for good.
 */
#ifndef WA_SRC_DEVICE_CUBEB_CONNECT_H
#define WA_SRC_DEVICE_CUBEB_CONNECT_H
#include "wavepool/status.h"
#include <cubeb/cubeb.h>

enum { CUBEB_CONNECT_MS_MAX = 3000 };

/* A cubeb context; the caller destroys it. Returns: WA_OK | DEVICE (nothing opens, no answer within
 * CUBEB_CONNECT_MS_MAX, or an earlier try is still without an answer). Thread: any, one after the other */
wa_status cubeb_connect(cubeb **context);
#endif /* WA_SRC_DEVICE_CUBEB_CONNECT_H */
