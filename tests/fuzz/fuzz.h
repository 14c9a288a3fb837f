/* tests/fuzz/fuzz.h -- what every fuzz target has: one function of some bytes, and a way to read them.
 *
 * A target must give back all that it takes, and must do the same whenever it is given the same bytes. What
 * must hold is a fuzz_check(), which is never compiled out: it says what it found and aborts.
 */
#ifndef WA_TESTS_FUZZ_FUZZ_H
#define WA_TESTS_FUZZ_FUZZ_H
#include "wavepool/wavepool.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name is libFuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

#define fuzz_check(is_true, ...)                                                                       \
    do {                                                                                               \
        if (!(is_true)) {                                                                              \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #is_true);                              \
            fprintf(stderr, __VA_ARGS__);                                                              \
            fputc('\n', stderr);                                                                       \
            abort();                                                                                   \
        }                                                                                              \
    } while (0)

/* The status, or the engine's own message. */
#define fuzz_check_ok(call) fuzz_check((call) == WA_OK, "%s", wa_error_message())

/* Bytes, read from the front; behind the end all are 0. */
typedef struct fuzz_bytes {
    const uint8_t *data;
    size_t count, at;
} fuzz_bytes;

static inline bool fuzz_has_more(const fuzz_bytes *from) {
    return from->at < from->count;
}

static inline uint32_t fuzz_u8(fuzz_bytes *from) {
    return from->at < from->count ? from->data[from->at++] : 0;
}

static inline uint32_t fuzz_u16(fuzz_bytes *from) {
    const uint32_t low = fuzz_u8(from);
    return low | fuzz_u8(from) << 8;
}

/* 0 .. bound - 1; one byte for bounds up to 256. */
static inline uint32_t fuzz_below(fuzz_bytes *from, uint32_t bound) {
    return (bound > 256 ? fuzz_u16(from) : fuzz_u8(from)) % bound;
}

/* A file made of these bytes, in memory, under a path that can be opened. */
typedef struct fuzz_file {
    int descriptor;
    char path[64];
} fuzz_file;
fuzz_file fuzz_file_make(const uint8_t *data, size_t data_bytes);
void fuzz_file_close(fuzz_file *file);

uint64_t fuzz_used_bytes(const wa_engine *engine);
#endif /* WA_TESTS_FUZZ_FUZZ_H */
