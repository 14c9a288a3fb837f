/* cubeb's devices: described, listed, found by id. */
#include "cubeb_devices.h"
#include "../error.h"
#include "cubeb_connect.h"
#include <stdio.h>
#include <string.h>

const char *cubeb_reason(int code) {
    switch (code) {
    case CUBEB_ERROR_INVALID_FORMAT:
        return "it does not take this rate and channel count";
    case CUBEB_ERROR_INVALID_PARAMETER:
        return "invalid parameter";
    case CUBEB_ERROR_NOT_SUPPORTED:
        return "not supported";
    case CUBEB_ERROR_DEVICE_UNAVAILABLE:
        return "the device is not available";
    default:
        return "no sound server answers and no sound card opens";
    }
}

static const char *or_empty(const char *text) {
    return text == NULL ? "" : text;
}

/* Of what the device does, as much as cubeb lets through; a bound that it does not know is cubeb's own. */
static void describe_rates(const cubeb_device_info *from, wa_device_info *info) {
    const uint32_t min = from->min_rate > CUBEB_RATE_MIN_HZ ? from->min_rate : CUBEB_RATE_MIN_HZ;
    const uint32_t max =
        from->max_rate > 0 && from->max_rate < CUBEB_RATE_MAX_HZ ? from->max_rate : CUBEB_RATE_MAX_HZ;
    info->sample_rate_hz = (float)from->default_rate;
    info->sample_rate_min_hz = (float)min;
    info->sample_rate_max_hz = (float)max;
}

static void describe(const cubeb_device_info *from, wa_device_info *info) {
    memset(info, 0, sizeof *info);
    snprintf(info->backend, sizeof info->backend, "cubeb");
    snprintf(info->id, sizeof info->id, "%s", or_empty(from->device_id));
    snprintf(info->name, sizeof info->name, "%s",
             or_empty(from->friendly_name != NULL ? from->friendly_name : from->device_id));
    info->channel_count_max =
        from->max_channels < CUBEB_CHANNELS_MAX ? from->max_channels : CUBEB_CHANNELS_MAX;
    describe_rates(from, info);
    info->is_default = from->preferred != CUBEB_DEVICE_PREF_NONE;
    info->is_input = from->type == CUBEB_DEVICE_TYPE_INPUT;
}

static bool is_usable(const cubeb_device_info *from, cubeb_device_type type) {
    return from->type == type && from->state == CUBEB_DEVICE_STATE_ENABLED;
}

static uint32_t list_type(cubeb *context, cubeb_device_type type, wa_device_info *devices,
                          uint32_t capacity) {
    cubeb_device_collection found;
    uint32_t count = 0;
    if (cubeb_enumerate_devices(context, type, &found) != CUBEB_OK) {
        return 0;
    }
    for (size_t i = 0; i < found.count; i++) {
        if (is_usable(&found.device[i], type)) {
            if (count < capacity) {
                describe(&found.device[i], &devices[count]);
            }
            count++;
        }
    }
    cubeb_device_collection_destroy(context, &found);
    return count;
}

uint32_t cubeb_list(wa_device_info *devices, uint32_t capacity) {
    cubeb *context = NULL;
    if (cubeb_connect(&context) != WA_OK) {
        return 0;
    }
    const uint32_t outputs = list_type(context, CUBEB_DEVICE_TYPE_OUTPUT, devices, capacity);
    const uint32_t room = outputs < capacity ? capacity - outputs : 0;
    const uint32_t inputs =
        list_type(context, CUBEB_DEVICE_TYPE_INPUT, room > 0 ? devices + outputs : NULL, room);
    cubeb_destroy(context);
    return outputs + inputs;
}

wa_status cubeb_choose(cubeb *context, cubeb_device_type type, const char *id, cubeb_shelf *shelf,
                       cubeb_devid *devid, char *id_found, char *name_found) {
    if (id != NULL && strcmp(id, "default") == 0) {
        id = NULL;
    }
    *devid = NULL;
    snprintf(id_found, WA_DEVICE_NAME_BYTES, "default");
    snprintf(name_found, WA_DEVICE_NAME_BYTES, "%s default", cubeb_get_backend_id(context));
    shelf->is_filled = cubeb_enumerate_devices(context, type, &shelf->devices) == CUBEB_OK;
    for (size_t i = 0; shelf->is_filled && i < shelf->devices.count; i++) {
        const cubeb_device_info *row = &shelf->devices.device[i];
        wa_device_info info;
        describe(row, &info);
        if (is_usable(row, type) && (id == NULL ? info.is_default : strcmp(info.id, id) == 0)) {
            memcpy(id_found, info.id, sizeof info.id);
            memcpy(name_found, info.name, sizeof info.name);
            *devid = id == NULL ? NULL : row->devid;
            return WA_OK;
        }
    }
    if (id != NULL) {
        return error_set(WA_ERR_DEVICE, "cubeb: there is no %s \"%.200s\" (%s)",
                         type == CUBEB_DEVICE_TYPE_INPUT ? "input" : "device", id,
                         cubeb_get_backend_id(context));
    }
    return WA_OK;
}

void cubeb_shelf_finish(cubeb *context, cubeb_shelf *shelf) {
    if (shelf->is_filled) {
        cubeb_device_collection_destroy(context, &shelf->devices);
        shelf->is_filled = false;
    }
}
