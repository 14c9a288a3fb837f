/* examples/example.h -- the one thing the examples share: say what failed, and end. */
#ifndef WA_EXAMPLES_EXAMPLE_H
#define WA_EXAMPLES_EXAMPLE_H
#include <stdio.h>
#include <stdlib.h>
#include <wavepool/wavepool.h>

/* A program of its own would handle a status; an example stops and names it. */
static inline void check(wa_status status, const char *what) {
    if (status != WA_OK) {
        fprintf(stderr, "%s: %s (%s)\n", what, wa_error_message(), wa_status_name(status));
        exit(EXIT_FAILURE);
    }
}
#define CHECK(call) check(call, #call)
#endif /* WA_EXAMPLES_EXAMPLE_H */
