/* Streaming an offline render into a file: memory does not grow with its length. */
#include "output.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_ending(const char *path, const char *ending) {
    const size_t length = strlen(path), ending_length = strlen(ending);
    return length > ending_length && strcasecmp(path + length - ending_length, ending) == 0;
}

int output_choose_format(const char *path, const char *name, wa_file_format *format) {
    static const struct {
        const char *ending, *name;
        wa_file_format format;
    } formats[] = {
        { ".wav", "float", WA_FILE_WAV_FLOAT },   { ".wav", "pcm16", WA_FILE_WAV_PCM16 },
        { ".wav", "pcm24", WA_FILE_WAV_PCM24 },   { ".flac", "pcm24", WA_FILE_FLAC_PCM24 },
        { ".flac", "pcm16", WA_FILE_FLAC_PCM16 },
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (has_ending(path, formats[i].ending) &&
            (name == NULL || strcmp(name, formats[i].name) == 0)) {
            *format = formats[i].format;
            return CLI_OK;
        }
    }
    return cli_error(CLI_USAGE, path,
                     "a name ending in .wav (float, pcm16, pcm24) or .flac (pcm24, pcm16) "
                     "is wanted");
}

int output_check_path(const char *path) {
    char folder[4096];
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        return cli_error(CLI_FAILED, path, "exists and is no regular file");
    }
    const char *slash = strrchr(path, '/');
    const int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    if (path[0] == '\0' || length >= (int)sizeof folder) {
        return cli_error(CLI_FAILED, path, "is no name of a file");
    }
    snprintf(folder, sizeof folder, "%.*s", length, slash != NULL ? path : ".");
    return access(folder, W_OK | X_OK) == 0
               ? CLI_OK
               : cli_error(CLI_FAILED, path, "cannot be created: %s", strerror(errno));
}

typedef struct output {
    wa_file_writer *writer;
    const char *path;
} output;

static bool write_block(void *user, const float *const *planes, uint32_t channel_count,
                        uint32_t frame_count) {
    const output *to = user;
    (void)channel_count;
    if (wa_file_writer_write(to->writer, planes, frame_count) == WA_OK) {
        return true;
    }
    cli_error(CLI_FAILED, to->path, "%s", wa_error_message());
    return false;
}

int output_render(session *open, const char *path, wa_file_format format) {
    output to = { .path = path };
    wa_status status =
        wa_file_writer_create(open->engine, path, format, wa_context_channel_count(open->context),
                              wa_context_sample_rate_hz(open->context), &to.writer);
    if (status != WA_OK) {
        return cli_error(status == WA_ERR_BUDGET ? CLI_OVER_BUDGET : CLI_FAILED, path, "%s (%s)",
                         wa_error_message(), wa_status_name(status));
    }
    const session_sink sink = { .write = write_block, .user = &to, .shows_progress = true };
    const int code = session_render(open, &sink);
    if (code != CLI_OK) {
        wa_file_writer_abandon(to.writer);
        return code;
    }
    status = wa_file_writer_finish(to.writer);
    return status == WA_OK
               ? CLI_OK
               : cli_error(CLI_FAILED, path, "%s (%s)", wa_error_message(), wa_status_name(status));
}
