/* One connection for news, and who listens; see cubeb_watch.h. */
#include "cubeb_watch.h"
#include "cubeb_connect.h"
#include <pthread.h>

static const cubeb_device_type both_directions =
    (cubeb_device_type)(CUBEB_DEVICE_TYPE_INPUT | CUBEB_DEVICE_TYPE_OUTPUT);

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* of who begins: held while it connects */
static cubeb *connection;                                /* under turn */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static cubeb_listener *first; /* under list_lock */

static void tell_all(cubeb *context, void *user) {
    (void)context, (void)user;
    pthread_mutex_lock(&list_lock);
    for (cubeb_listener *each = first; each != NULL; each = each->next) {
        each->changed(each->user);
    }
    pthread_mutex_unlock(&list_lock);
}

/* A server has a device to name, if only a dummy; a connection to one that is gone has none. */
static bool is_connected(void) {
    cubeb_device_collection found;
    if (connection == NULL ||
        cubeb_enumerate_devices(connection, both_directions, &found) != CUBEB_OK) {
        return false;
    }
    const bool has_devices = found.count > 0;
    cubeb_device_collection_destroy(connection, &found);
    return has_devices;
}

static void connect_anew(void) {
    if (connection != NULL) {
        cubeb_register_device_collection_changed(connection, both_directions, NULL, NULL);
        cubeb_destroy(connection);
        connection = NULL;
    }
    if (cubeb_connect(&connection) != WA_OK) {
        connection = NULL;
    } else if (cubeb_register_device_collection_changed(connection, both_directions, tell_all, NULL) !=
               CUBEB_OK) {
        cubeb_destroy(connection);
        connection = NULL;
    }
}

void cubeb_watch_begin(cubeb_listener *listener) {
    if (listener->changed == NULL) {
        return;
    }
    pthread_mutex_lock(&turn);
    if (!is_connected()) {
        connect_anew();
    }
    pthread_mutex_unlock(&turn);
    pthread_mutex_lock(&list_lock);
    listener->next = first;
    first = listener;
    pthread_mutex_unlock(&list_lock);
}

void cubeb_watch_end(cubeb_listener *listener) {
    pthread_mutex_lock(&list_lock);
    for (cubeb_listener **link = &first; *link != NULL; link = &(*link)->next) {
        if (*link == listener) {
            *link = listener->next;
            break;
        }
    }
    pthread_mutex_unlock(&list_lock);
}
