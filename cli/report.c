/* Errors, signals, clock and resident memory: the process side of every subcommand. */
#include "cli.h"
#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ERROR_LINE_BYTES = 2048 };

static volatile sig_atomic_t is_interrupted;

/* File names and JSON strings may hold anything; an error stays one line and leaves the terminal alone. */
static void keep_to_one_line(char *line) {
    for (unsigned char *c = (unsigned char *)line; *c != '\0'; c++) {
        if (iscntrl(*c)) {
            *c = ' ';
        }
    }
}

/* The library names a file that it was given; it need not be named twice. */
static bool begins_with(const char *message, const char *subject) {
    const size_t length = strlen(subject);
    return strncmp(message, subject, length) == 0 && strncmp(message + length, ": ", 2) == 0;
}

int cli_error(int code, const char *subject, const char *format, ...) {
    char message[ERROR_LINE_BYTES], line[2 * ERROR_LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (subject != NULL && !begins_with(message, subject)) {
        snprintf(line, sizeof line, "wavepool: %.1024s: %s", subject, message);
    } else {
        snprintf(line, sizeof line, "wavepool: %s", message);
    }
    keep_to_one_line(line);
    fprintf(stderr, "%s\n", line);
    return code;
}

int cli_exit_from_status(wa_status status) {
    switch (status) {
    case WA_OK:
        return CLI_OK;
    case WA_ERR_BUDGET:
    case WA_ERR_POOL_FULL:
    case WA_ERR_SYSTEM_MEMORY:
        return CLI_OVER_BUDGET;
    case WA_ERR_DEVICE:
        return CLI_NO_DEVICE;
    case WA_ERR_CANCELLED:
    case WA_ERR_BUSY:
    case WA_ERR_SEALED:
        return CLI_FAILED;
    default:
        return CLI_BAD_FILE;
    }
}

int cli_error_from_status(const char *subject, wa_status status) {
    return cli_error(cli_exit_from_status(status), subject, "%s (%s)", wa_error_message(),
                     wa_status_name(status));
}

static void on_signal(int number) {
    (void)number;
    is_interrupted = 1;
}

void cli_catch_signals(void) {
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_is_interrupted(void) {
    return is_interrupted != 0;
}

double cli_now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Not getrusage: its peak includes what the parent held before it became this program. */
cli_resident cli_get_resident(void) {
    cli_resident resident = { 0 };
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned long long kib = 0;
        if (sscanf(line, "VmHWM: %llu", &kib) == 1) {
            resident.peak_bytes = kib * 1024;
        } else if (sscanf(line, "VmRSS: %llu", &kib) == 1) {
            resident.now_bytes = kib * 1024;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return resident;
}
