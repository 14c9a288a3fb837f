/* wavepool devices: what there is to play to. */
#include "cli.h"
#include "options.h"
#include <stdio.h>
#include <stdlib.h>

static void print_device(const wa_device_info *device) {
    printf("%-8s %c %2u ch %7.0f Hz  %s%s%s\n", device->backend, device->is_default ? '*' : ' ',
           device->channel_count_max, (double)device->sample_rate_hz, device->name,
           device->id[0] != '\0' ? "  id: " : "", device->id);
}

static int run(int argc, char **argv) {
    const cli_usage usage = {
        .command = "devices",
        .synopsis = "",
        .about = "Lists the output devices of every backend; * marks a backend's default.\n"
                 "Play to one with: wavepool play --device BACKEND:ID FILE",
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
    enum { DEVICE_COUNT_MAX = 256 };
    wa_device_info *devices = calloc(DEVICE_COUNT_MAX, sizeof *devices);
    if (devices == NULL) {
        return cli_error(CLI_FAILED, "devices", "the system has no memory for the list");
    }
    const uint32_t count = wa_device_list(devices, DEVICE_COUNT_MAX);
    for (uint32_t i = 0; i < count && i < DEVICE_COUNT_MAX; i++) {
        print_device(&devices[i]);
    }
    if (count > DEVICE_COUNT_MAX) {
        printf("... and %u more\n", count - DEVICE_COUNT_MAX);
    }
    free(devices);
    return CLI_OK;
}

const cli_command cli_command_devices = { "devices", "list the output devices", run };
