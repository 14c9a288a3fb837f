/* What the fuzz targets share. */
#include "fuzz.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

fuzz_file fuzz_file_make(const uint8_t *data, size_t data_bytes) {
    fuzz_file file = { .descriptor = memfd_create("fuzz", 0) };
    fuzz_check(file.descriptor >= 0, "memfd_create");
    fuzz_check(write(file.descriptor, data, data_bytes) == (ssize_t)data_bytes, "write");
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.descriptor);
    return file;
}

void fuzz_file_close(fuzz_file *file) {
    close(file->descriptor);
}

uint64_t fuzz_used_bytes(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.used_bytes;
}

/* libsndfile forgets the decoder of an Ogg file that it refuses (1.2.0). The name is the sanitizer's. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libvorbis\nleak:libsndfile\n";
}
