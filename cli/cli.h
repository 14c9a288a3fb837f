/* cli/cli.h -- what every subcommand shares: exit codes, the one error line, the command table. */
#ifndef WA_CLI_CLI_H
#define WA_CLI_CLI_H
#include <stdbool.h>
#include <stdint.h>
#include "wavepool/wavepool.h"

/* Documented in docs/cli.md and wavepool(1); scripts rely on them. */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,      /* it ran, but did not succeed: output not writable, cancelled ... */
    CLI_USAGE = 2,       /* unknown command or option, value out of range */
    CLI_BAD_FILE = 3,    /* an input file is missing, damaged or says what is not possible */
    CLI_OVER_BUDGET = 4, /* the memory budget does not hold it */
    CLI_NO_DEVICE = 5    /* the device cannot be opened */
};

typedef struct cli_command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
} cli_command;

extern const cli_command cli_command_play, cli_command_render, cli_command_record, cli_command_profile,
    cli_command_graph, cli_command_devices, cli_command_demo;

/* Write "wavepool: subject: message" as one line on stderr (subject may be NULL). Returns code. */
__attribute__((format(printf, 3, 4))) int cli_error(int code, const char *subject, const char *format,
                                                    ...);
/* The exit code for a status that came while an input was read or a graph was built. */
int cli_exit_from_status(wa_status status);
/* cli_error with the library's message for status. */
int cli_error_from_status(const char *subject, wa_status status);

/* From now on SIGINT and SIGTERM ask for a clean end instead of ending the process. */
void cli_catch_signals(void);
bool cli_is_interrupted(void);

/* Seconds on a clock that only goes forward. */
double cli_now_s(void);
/* Resident memory now and at its peak; 0 when the system does not say. */
typedef struct cli_resident {
    uint64_t now_bytes, peak_bytes;
} cli_resident;
cli_resident cli_get_resident(void);
#endif /* WA_CLI_CLI_H */
