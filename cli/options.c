/* Option parsing: --name value, --name=value, -x value, -- ends the options. */
#include "options.h"
#include "cli.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct option_scan {
    const cli_usage *usage;
    char **argv;
    int argc, next;
} option_scan;

static void print_help(const cli_usage *usage) {
    printf("usage: wavepool %s%s%s\n\n%s\n\n", usage->command, usage->synopsis[0] != '\0' ? " " : "",
           usage->synopsis, usage->about);
    for (uint32_t i = 0; i < usage->option_count; i++) {
        const cli_option *option = &usage->options[i];
        char left[64], letter[8] = "    ";
        if (option->letter != 0) {
            snprintf(letter, sizeof letter, "-%c, ", option->letter);
        }
        snprintf(left, sizeof left, "%s--%s %s", letter, option->name,
                 option->placeholder != NULL ? option->placeholder : "");
        printf("  %-30s %s\n", left, option->help);
    }
    printf("  %-30s %s\n", "-h, --help", "this text");
}

static const cli_option *find_option(const cli_usage *usage, const char *word) {
    for (uint32_t i = 0; i < usage->option_count; i++) {
        const cli_option *option = &usage->options[i];
        const size_t length = strlen(option->name);
        const bool is_long = strncmp(word, "--", 2) == 0 &&
                             strncmp(word + 2, option->name, length) == 0 &&
                             (word[2 + length] == '\0' || word[2 + length] == '=');
        const bool is_short =
            word[0] == '-' && option->letter != 0 && word[1] == option->letter && word[2] == '\0';
        if (is_long || is_short) {
            return option;
        }
    }
    return NULL;
}

static bool read_number(const cli_usage *usage, const cli_option *option, const char *text,
                        double *number) {
    char *end = NULL;
    errno = 0;
    *number = strtod(text, &end);
    const bool is_number = end != text && *end == '\0' && isfinite(*number) && errno == 0;
    if (!is_number || *number < option->min || *number > option->max) {
        cli_error(CLI_USAGE, usage->command, "--%s %s: a number from %g to %g is wanted", option->name,
                  text, option->min, option->max);
        return false;
    }
    return true;
}

static bool store(const cli_usage *usage, const cli_option *option, const char *text) {
    double number = 0;
    switch (option->kind) {
    case CLI_OPTION_STRING:
        *(const char **)option->value = text;
        return true;
    case CLI_OPTION_NUMBER:
        return read_number(usage, option, text, option->value);
    case CLI_OPTION_COUNT:
        if (!read_number(usage, option, text, &number)) {
            return false;
        }
        if (number != floor(number)) {
            cli_error(CLI_USAGE, usage->command, "--%s %s: a whole number is wanted", option->name,
                      text);
            return false;
        }
        *(uint32_t *)option->value = (uint32_t)number;
        return true;
    case CLI_OPTION_FLAG:
        break;
    }
    return false;
}

static bool take_option(option_scan *scan, const char *word) {
    const cli_option *option = find_option(scan->usage, word);
    if (option == NULL) {
        cli_error(CLI_USAGE, scan->usage->command, "unknown option %s; see wavepool %s --help", word,
                  scan->usage->command);
        return false;
    }
    const char *equals = strchr(word, '=');
    if (option->kind == CLI_OPTION_FLAG) {
        if (equals != NULL) {
            cli_error(CLI_USAGE, scan->usage->command, "--%s takes no value", option->name);
            return false;
        }
        *(bool *)option->value = true;
        return true;
    }
    if (equals != NULL) {
        return store(scan->usage, option, equals + 1);
    }
    if (scan->next == scan->argc) {
        cli_error(CLI_USAGE, scan->usage->command, "--%s wants a value (%s)", option->name,
                  option->placeholder);
        return false;
    }
    return store(scan->usage, option, scan->argv[scan->next++]);
}

static bool check_file_count(const cli_usage *usage, uint32_t count) {
    if (count >= usage->file_count_min && count <= usage->file_count_max) {
        return true;
    }
    cli_error(CLI_USAGE, usage->command, "%s; usage: wavepool %s%s%s",
              count < usage->file_count_min ? "a file is missing" : "too many files", usage->command,
              usage->synopsis[0] != '\0' ? " " : "", usage->synopsis);
    return false;
}

cli_parse_result cli_options_parse(const cli_usage *usage, int argc, char **argv, const char **files,
                                   uint32_t *file_count) {
    option_scan scan = { .usage = usage, .argv = argv, .argc = argc, .next = 1 };
    bool is_options_end = false;
    *file_count = 0;
    while (scan.next < argc) {
        const char *word = argv[scan.next++];
        if (!is_options_end && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            print_help(usage);
            return CLI_PARSE_HELP;
        }
        if (!is_options_end && strcmp(word, "--") == 0) {
            is_options_end = true;
        } else if (!is_options_end && word[0] == '-' && word[1] != '\0') {
            if (!take_option(&scan, word)) {
                return CLI_PARSE_ERROR;
            }
        } else {
            if (*file_count < usage->file_count_max) {
                files[*file_count] = word;
            }
            *file_count += 1;
        }
    }
    return check_file_count(usage, *file_count) ? CLI_PARSE_RUN : CLI_PARSE_ERROR;
}
