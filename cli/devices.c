/* wavepool devices: what there is to play to and to record from. */
#include "cli.h"
#include "options.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEVICE_COUNT_MAX = 256 };

static void print_device(const wa_device_info *device) {
    printf("%-8s %c %2u ch %7.0f Hz (%.0f to %.0f)  %s%s%s\n", device->backend,
           device->is_default ? '*' : ' ', device->channel_count_max, (double)device->sample_rate_hz,
           (double)device->sample_rate_min_hz, (double)device->sample_rate_max_hz, device->name,
           device->id[0] != '\0' ? "  id: " : "", device->id);
}

static void print_direction(const char *title, const wa_device_info *devices, uint32_t count,
                            bool is_input) {
    printf("%s\n", title);
    for (uint32_t i = 0; i < count; i++) {
        if (devices[i].is_input == is_input) {
            print_device(&devices[i]);
        }
    }
}

/* A name in another encoding than UTF-8 has its odd bytes shown as '?'. */
static json_t *json_text(const char *text) {
    json_t *made = json_string(text);
    if (made == NULL) {
        char plain[WA_DEVICE_NAME_BYTES];
        snprintf(plain, sizeof plain, "%s", text);
        for (char *c = plain; *c != '\0'; c++) {
            *c = (unsigned char)*c < 0x80 ? *c : '?';
        }
        made = json_string(plain);
    }
    return made;
}

static json_t *json_device(const wa_device_info *device) {
    json_t *row = json_object();
    json_object_set_new(row, "backend", json_text(device->backend));
    json_object_set_new(row, "id", json_text(device->id));
    json_object_set_new(row, "name", json_text(device->name));
    json_object_set_new(row, "isInput", json_boolean(device->is_input));
    json_object_set_new(row, "isDefault", json_boolean(device->is_default));
    json_object_set_new(row, "maxChannelCount", json_integer(device->channel_count_max));
    json_object_set_new(row, "sampleRate", json_real((double)device->sample_rate_hz));
    json_object_set_new(row, "minSampleRate", json_real((double)device->sample_rate_min_hz));
    json_object_set_new(row, "maxSampleRate", json_real((double)device->sample_rate_max_hz));
    return row;
}

static int print_json(const wa_device_info *devices, uint32_t count) {
    json_t *rows = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(rows, json_device(&devices[i]));
    }
    const int failed = json_dumpf(rows, stdout, JSON_INDENT(2));
    json_decref(rows);
    if (failed != 0 || putchar('\n') == EOF) {
        return cli_error(CLI_FAILED, "devices", "the list cannot be written");
    }
    return CLI_OK;
}

static int print_all(bool is_json) {
    wa_device_info *devices = calloc(DEVICE_COUNT_MAX, sizeof *devices);
    if (devices == NULL) {
        return cli_error(CLI_FAILED, "devices", "the system has no memory for the list");
    }
    int code = CLI_OK;
    const uint32_t there = wa_device_list(devices, DEVICE_COUNT_MAX);
    const uint32_t count = there < DEVICE_COUNT_MAX ? there : DEVICE_COUNT_MAX;
    if (is_json) {
        code = print_json(devices, count);
    } else {
        print_direction("outputs", devices, count, false);
        print_direction("inputs", devices, count, true);
    }
    if (there > count) {
        fprintf(stderr, "wavepool: devices: %u more are not shown\n", there - count);
    }
    free(devices);
    return code;
}

static int run(int argc, char **argv) {
    bool is_json = false;
    const cli_option rows[] = {
        { "json", 0, CLI_OPTION_FLAG, NULL, "as JSON: an array of objects", &is_json, 0, 0 },
    };
    const cli_usage usage = {
        .command = "devices",
        .synopsis = "[--json]",
        .about =
            "Lists the devices of every backend, outputs and inputs; * marks a backend's default.\n"
            "Play to one with: wavepool play --device ID FILE (or BACKEND:ID),\n"
            "record from one of the same backend with: --input ID.",
        .options = rows,
        .option_count = sizeof rows / sizeof rows[0],
    };
    uint32_t file_count = 0;
    switch (cli_options_parse(&usage, argc, argv, NULL, &file_count)) {
    case CLI_PARSE_HELP:
        return CLI_OK;
    case CLI_PARSE_ERROR:
        return CLI_USAGE;
    case CLI_PARSE_RUN:
        break;
    }
    return print_all(is_json);
}

const cli_command cli_command_devices = { "devices", "list outputs and inputs", run };
