/* The device that --device names: a backend's name, or an id of wavepool devices. */
#include "choice.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const backends[] = { "cubeb", "file", "null", "none" };
enum { LISTED_COUNT_MAX = 256 };

static bool is_backend(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        if (strlen(backends[i]) == length && strncmp(backends[i], text, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The backend of the output or input with that id; an id may hold a colon, as ALSA's do. */
static bool find_listed(const char *id, bool is_input, char *backend, size_t backend_bytes) {
    wa_device_info *devices = calloc(LISTED_COUNT_MAX, sizeof *devices);
    bool is_found = false;
    const uint32_t there = devices != NULL ? wa_device_list(devices, LISTED_COUNT_MAX) : 0;
    for (uint32_t i = 0; i < there && i < LISTED_COUNT_MAX && !is_found; i++) {
        is_found = devices[i].is_input == is_input && strcmp(devices[i].id, id) == 0;
        if (is_found) {
            snprintf(backend, backend_bytes, "%s", devices[i].backend);
        }
    }
    free(devices);
    return is_found;
}

device_choice device_choice_from(const char *text) {
    device_choice choice = { "", NULL };
    if (text == NULL) {
        return choice;
    }
    const size_t length = strcspn(text, ":");
    if (!is_backend(text, length) && find_listed(text, false, choice.backend, sizeof choice.backend)) {
        choice.id = text;
        return choice;
    }
    snprintf(choice.backend, sizeof choice.backend, "%.*s", (int)length, text);
    choice.id = text[length] == ':' ? text + length + 1 : NULL;
    return choice;
}

const char *device_choice_of_input(const char *id) {
    static char backend[64];
    return find_listed(id, true, backend, sizeof backend) ? backend : NULL;
}
