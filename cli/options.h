/* cli/options.h -- options of a subcommand as one table: it is parsed and printed as help from there. */
#ifndef WA_CLI_OPTIONS_H
#define WA_CLI_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>

typedef enum cli_option_kind {
    CLI_OPTION_FLAG,   /* value: bool * */
    CLI_OPTION_STRING, /* value: const char ** */
    CLI_OPTION_NUMBER, /* value: double *, within [min, max] */
    CLI_OPTION_COUNT   /* value: uint32_t *, within [min, max] */
} cli_option_kind;

typedef struct cli_option {
    const char *name; /* without the two dashes */
    char letter;      /* 0: none */
    cli_option_kind kind;
    const char *placeholder; /* "FILE"; NULL for a flag */
    const char *help;
    void *value; /* stays as it is when the option is absent */
    double min, max;
} cli_option;

typedef struct cli_usage {
    const char *command, *synopsis, *about;
    const cli_option *options;
    uint32_t option_count;
    uint32_t file_count_min, file_count_max;
} cli_usage;

typedef enum cli_parse_result { CLI_PARSE_RUN, CLI_PARSE_HELP, CLI_PARSE_ERROR } cli_parse_result;

/* Parse argv[1..]. files holds up to file_count_max names, kept by reference. HELP: it was printed.
 * ERROR: one line was written to stderr. */
cli_parse_result cli_options_parse(const cli_usage *usage, int argc, char **argv, const char **files,
                                   uint32_t *file_count);
#endif /* WA_CLI_OPTIONS_H */
