/* The backends, in the order in which they are tried when none is named. */
#include "../error.h"
#include "device.h"
#include <stdio.h>
#include <string.h>

static const wa_device_ops *const backends[] = {
    &wa_device_ops_cubeb,
    &wa_device_ops_file,
    &wa_device_ops_null,
};
enum { BACKEND_COUNT = sizeof backends / sizeof backends[0], MESSAGE_BYTES = 400 };

static const wa_device_ops *extension;

void device_ops_extend(const wa_device_ops *ops) {
    extension = ops;
}

const wa_device_ops *device_ops_by_name(const char *name) {
    if (extension != NULL && strcmp(extension->name, name) == 0) {
        return extension;
    }
    for (uint32_t i = 0; i < BACKEND_COUNT; i++) {
        if (strcmp(backends[i]->name, name) == 0) {
            return backends[i];
        }
    }
    return NULL;
}

static wa_status unknown_backend(const char *name) {
    char known[MESSAGE_BYTES] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < BACKEND_COUNT && length < sizeof known; i++) {
        length += (size_t)snprintf(known + length, sizeof known - length, "%s\"%s\"",
                                   i == 0 ? "" : ", ", backends[i]->name);
    }
    return error_set(WA_ERR_DEVICE, "device_backend \"%s\" is unknown, there are %s", name, known);
}

/* What another backend could not do better. */
static bool is_final(wa_status status) {
    return status == WA_ERR_BUDGET || status == WA_ERR_SEALED || status == WA_ERR_SYSTEM_MEMORY;
}

static wa_status open_first(const device_config *config, const wa_device_ops **ops,
                            struct wa_device **opened, device_facts *facts) {
    char reasons[MESSAGE_BYTES] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < BACKEND_COUNT; i++) {
        if (!backends[i]->is_automatic) {
            continue;
        }
        const wa_status status = backends[i]->open(config, opened, facts);
        if (status == WA_OK) {
            *ops = backends[i];
            return WA_OK;
        }
        if (is_final(status)) {
            return status;
        }
        if (length < sizeof reasons) {
            length += (size_t)snprintf(reasons + length, sizeof reasons - length, "%s%s",
                                       length == 0 ? "" : "; ", wa_error_message());
        }
    }
    return error_set(WA_ERR_DEVICE, "no device opened: %s", reasons);
}

wa_status device_open(const char *name, const device_config *config, const wa_device_ops **ops,
                      struct wa_device **opened, device_facts *facts) {
    if (name == NULL) {
        return open_first(config, ops, opened, facts);
    }
    const wa_device_ops *named = device_ops_by_name(name);
    if (named == NULL) {
        return unknown_backend(name);
    }
    const wa_status status = named->open(config, opened, facts);
    if (status == WA_OK) {
        *ops = named;
    }
    return status;
}

uint32_t wa_device_list(wa_device_info *devices, uint32_t capacity) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < BACKEND_COUNT; i++) {
        const uint32_t room = count < capacity ? capacity - count : 0;
        count += backends[i]->list(room > 0 ? devices + count : NULL, room);
    }
    return count;
}
