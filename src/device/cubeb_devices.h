/* src/device/cubeb_devices.h -- cubeb's devices: described, listed, found by id. */
#ifndef WA_SRC_DEVICE_CUBEB_DEVICES_H
#define WA_SRC_DEVICE_CUBEB_DEVICES_H
#include "device.h"
#include <cubeb/cubeb.h>

enum { CUBEB_CHANNELS_MAX = 8, CUBEB_RATE_MIN_HZ = 1000, CUBEB_RATE_MAX_HZ = 192000 };

/* What a cubeb error number means, in words. */
const char *cubeb_reason(int code);

/* wa_device_ops.list, through a connection of its own. */
uint32_t cubeb_list(wa_device_info *devices, uint32_t capacity);

/* The devices of one direction; a devid lives as long as the collection that it comes from. */
typedef struct cubeb_shelf {
    cubeb_device_collection devices;
    bool is_filled;
} cubeb_shelf;

/* The device of that id among them, with its id and name (WA_DEVICE_NAME_BYTES each); id NULL or "default": the
 * default one, devid NULL, so that it follows the system's choice. Returns: WA_OK | DEVICE. */
wa_status cubeb_choose(cubeb *context, cubeb_device_type type, const char *id, cubeb_shelf *shelf,
                       cubeb_devid *devid, char *id_found, char *name_found);
void cubeb_shelf_finish(cubeb *context, cubeb_shelf *shelf);
#endif /* WA_SRC_DEVICE_CUBEB_DEVICES_H */
