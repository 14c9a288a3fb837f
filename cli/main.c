/* wavepool: plays, renders and profiles audio files and scenes. One file per subcommand. */
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const cli_command *const commands[] = {
    &cli_command_play,  &cli_command_render,  &cli_command_record, &cli_command_profile,
    &cli_command_graph, &cli_command_devices, &cli_command_demo,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(void) {
    printf("usage: wavepool COMMAND [OPTION]... [FILE]...\n\n"
           "Plays, renders and profiles audio files and scenes on the wavepool engine.\n\n");
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    printf(
        "\nwavepool COMMAND --help says more. A FILE is an audio file or a scene (docs/scenes.md).\n"
        "Exit codes: 0 ok, 1 failed, 2 usage, 3 bad input file, 4 over the memory budget, 5 device.\n");
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        return cli_error(CLI_USAGE, NULL, "a command is missing; see wavepool --help");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return CLI_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("wavepool %s\n", wa_version());
        return CLI_OK;
    }
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0) {
            return commands[i]->run(argc - 1, argv + 1);
        }
    }
    return cli_error(CLI_USAGE, argv[1], "unknown command; see wavepool --help");
}

int main(int argc, char **argv) {
    const int code = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return cli_error(code != CLI_OK ? code : CLI_FAILED, "standard output", "cannot be written: %s",
                         strerror(errno));
    }
    return code;
}
