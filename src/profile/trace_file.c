/* A trace in a file: beside path first, then renamed, so that path is whole or not there. */
#include "trace.h"
#include "../error.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { PART_BYTES = 4096 }; /* of a path, with its end */

static wa_status io_error(const char *what, const char *path) {
    return error_set(WA_ERR_IO, "the trace could not be %s \"%s\": %s", what, path, strerror(errno));
}

static wa_status write_file(const trace_log *of, double sample_rate_hz, const char *part) {
    FILE *file = fopen(part, "w");
    if (file == NULL) {
        return io_error("written to", part);
    }
    const bool is_written = trace_write(file, of, sample_rate_hz);
    const int write_errno = errno;
    const bool is_closed = fclose(file) == 0;
    if (is_written && is_closed) {
        return WA_OK;
    }
    errno = is_written ? errno : write_errno;
    const wa_status status = io_error("written to", part);
    remove(part);
    return status;
}

wa_status trace_save(const trace_log *of, double sample_rate_hz, const char *path) {
    char part[PART_BYTES];
    const int length = snprintf(part, sizeof part, "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof part) {
        return error_set(WA_ERR_IO, "path is longer than %zu bytes", sizeof part - sizeof ".part");
    }
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) { /* a device must not become a file */
        return error_set(WA_ERR_IO, "%.256s: exists and is no regular file", path);
    }
    const wa_status status = write_file(of, sample_rate_hz, part);
    if (status != WA_OK) {
        return status;
    }
    if (rename(part, path) != 0) {
        const wa_status failed = io_error("renamed to", path);
        remove(part);
        return failed;
    }
    return WA_OK;
}
