/* src/device/cubeb_watch.h -- news of devices that come and go, for every open cubeb device of the process.
 *
 * They come through one connection of their own, which is made by the first who listens and stays: libcubeb
 * cannot stop telling while there is something to tell (its PulseAudio backend calls a callback that it has
 * just cleared), so that a connection may be ended only when its server is gone.
 */
#ifndef WA_SRC_DEVICE_CUBEB_WATCH_H
#define WA_SRC_DEVICE_CUBEB_WATCH_H
#include "device.h"

typedef struct cubeb_listener {
    struct cubeb_listener *next;
    device_news_fn changed; /* NULL: nobody listens. Called from a thread of the connection's */
    void *user;
} cubeb_listener;

/* Listen as far as the system can tell; a server that has gone meanwhile is connected to anew. Thread: any */
void cubeb_watch_begin(cubeb_listener *listener);
/* No call is inside, and none follows. Never begun is fine. Thread: any but the connection's */
void cubeb_watch_end(cubeb_listener *listener);
#endif /* WA_SRC_DEVICE_CUBEB_WATCH_H */
