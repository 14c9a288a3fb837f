/* Rendered audio to a file: gathered into blocks, converted here, encoded by libsndfile.
 *
 * planes --> block[frame][channel] (float or 32-bit integer) --> "<path>.part-XXXXXX" --finish--> path
 *
 * Integer formats are rounded to nearest and clipped at full scale, without dither: a 16-bit error of half a
 * step lies 98 dB below full scale, and the same render is the same file every time. For that reason no
 * time stamp is written either. A WAV that outgrows 4 GiB becomes RF64, which is why it starts as one.
 */
#include "../error.h"
#include "../limits.h"
#include "../memory/memory.h"
#include "wavepool/decode.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BLOCK_VALUES = 16384,
    PATH_BYTES = 4096,
    NAME_TRIES = 100,
    SUFFIX_BYTES = 16,
    HEADER_BYTES_MAX = 512,
    STAMP_OFFSET = 12 /* in a PEAK chunk: behind its name, size and version */
};

struct wa_file_writer {
    wa_engine *engine;
    SNDFILE *file;
    uint32_t channel_count, block_frames, held_frames;
    uint32_t integer_bits; /* 0: float */
    int descriptor;
    int error_number; /* errno of the first failure; 0: none */
    char path[PATH_BYTES], part_path[PATH_BYTES + SUFFIX_BYTES];
    union {
        float floats[BLOCK_VALUES];
        int integers[BLOCK_VALUES]; /* left-justified, as libsndfile wants them */
    } block;
};

typedef struct format_row {
    int sf_format;
    uint32_t integer_bits;
    uint32_t channel_count_max;
    float sample_rate_hz_max;
} format_row;

static const format_row formats[] = {
    [WA_FILE_WAV_FLOAT] = { SF_FORMAT_RF64 | SF_FORMAT_FLOAT, 0, WA_CHANNEL_COUNT_MAX,
                            WA_SAMPLE_RATE_MAX_HZ },
    [WA_FILE_WAV_PCM16] = { SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 16, WA_CHANNEL_COUNT_MAX,
                            WA_SAMPLE_RATE_MAX_HZ },
    [WA_FILE_WAV_PCM24] = { SF_FORMAT_RF64 | SF_FORMAT_PCM_24, 24, WA_CHANNEL_COUNT_MAX,
                            WA_SAMPLE_RATE_MAX_HZ },
    [WA_FILE_FLAC_PCM24] = { SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 24, 8, 655350.0f },
    [WA_FILE_FLAC_PCM16] = { SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16, 8, 655350.0f },
};

static wa_status check_format(wa_file_format format, uint32_t channel_count, float sample_rate_hz) {
    if (format < WA_FILE_WAV_FLOAT || format > WA_FILE_FLAC_PCM16) {
        return error_set(WA_ERR_NOT_SUPPORTED, "format is %d, allowed are %d to %d", (int)format,
                         (int)WA_FILE_WAV_FLOAT, (int)WA_FILE_FLAC_PCM16);
    }
    const format_row *row = &formats[format];
    if (channel_count < 1 || channel_count > row->channel_count_max) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count is %u, this format has 1 to %u",
                         channel_count, row->channel_count_max);
    }
    if (!(sample_rate_hz >= WA_SAMPLE_RATE_MIN_HZ && sample_rate_hz <= row->sample_rate_hz_max)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, this format has %g to %g",
                         (double)sample_rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ,
                         (double)row->sample_rate_hz_max);
    }
    if (sample_rate_hz != floorf(sample_rate_hz)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, a file needs a whole number",
                         (double)sample_rate_hz);
    }
    return WA_OK;
}

/* A device or a pipe must not be replaced by a file, nor can it be written twice. */
static wa_status check_path(const char *path) {
    if (strlen(path) >= PATH_BYTES) {
        return error_set(WA_ERR_IO, "path is longer than %d bytes", PATH_BYTES - 1);
    }
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return error_set(WA_ERR_IO, "%.256s: exists and is no regular file", path);
    }
    return WA_OK;
}

/* -- The file, as libsndfile sees it: some of its encoders forget a failed write, this does not. - */

static sf_count_t file_length(void *user) {
    const wa_file_writer *writer = user;
    struct stat info;
    return fstat(writer->descriptor, &info) == 0 ? (sf_count_t)info.st_size : -1;
}

static sf_count_t file_seek(sf_count_t offset, int whence, void *user) {
    const wa_file_writer *writer = user;
    return lseek(writer->descriptor, offset, whence);
}

static sf_count_t file_read(void *bytes, sf_count_t count, void *user) {
    const wa_file_writer *writer = user;
    return read(writer->descriptor, bytes, (size_t)count);
}

static sf_count_t file_write(const void *bytes, sf_count_t count, void *user) {
    wa_file_writer *writer = user;
    sf_count_t done = 0;
    while (done < count && writer->error_number == 0) {
        errno = ENOSPC; /* what a write of nothing means */
        const ssize_t written =
            write(writer->descriptor, (const char *)bytes + done, (size_t)(count - done));
        if (written > 0) {
            done += written;
        } else if (errno != EINTR) {
            writer->error_number = errno;
        }
    }
    return done;
}

static sf_count_t file_tell(void *user) {
    return file_seek(0, SEEK_CUR, user);
}

/* open() and not mkstemp(): the result gets the permissions that the user's umask says. */
static int create_part(wa_file_writer *writer) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t seed = (uint64_t)now.tv_nsec ^ ((uint64_t)getpid() << 32) ^ (uint64_t)(uintptr_t)writer;
    int descriptor = -1;
    errno = EEXIST;
    for (int i = 0; i < NAME_TRIES && descriptor < 0 && errno == EEXIST; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        snprintf(writer->part_path, sizeof writer->part_path, "%s.part-%06x", writer->path,
                 (unsigned)(seed >> 40));
        descriptor = open(writer->part_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return descriptor;
}

static wa_status open_part(wa_file_writer *writer, const format_row *row, float sample_rate_hz) {
    static SF_VIRTUAL_IO io = { file_length, file_seek, file_read, file_write, file_tell };
    writer->descriptor = create_part(writer);
    if (writer->descriptor < 0) {
        return error_set(WA_ERR_IO, "%.256s: cannot be created: %s", writer->path, strerror(errno));
    }
    SF_INFO info = { .samplerate = (int)sample_rate_hz,
                     .channels = (int)writer->channel_count,
                     .format = row->sf_format };
    writer->file = sf_open_virtual(&io, SFM_WRITE, &info, writer);
    if (writer->file == NULL) {
        const wa_status status = writer->error_number != 0 ? WA_ERR_IO : WA_ERR_NOT_SUPPORTED;
        error_set(status, "%.256s: %s", writer->path,
                  status == WA_ERR_IO ? strerror(writer->error_number) : sf_strerror(NULL));
        close(writer->descriptor);
        unlink(writer->part_path);
        return status;
    }
    sf_command(writer->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    sf_command(writer->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    return WA_OK;
}

wa_status wa_file_writer_create(wa_engine *engine, const char *path, wa_file_format format,
                                uint32_t channel_count, float sample_rate_hz, wa_file_writer **writer) {
    if (engine == NULL || path == NULL || writer == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL",
                         engine == NULL ? "engine" : (path == NULL ? "path" : "writer"));
    }
    wa_status status = check_format(format, channel_count, sample_rate_hz);
    if (status == WA_OK) {
        status = check_path(path);
    }
    void *memory = NULL;
    if (status == WA_OK) {
        status = memory_take(engine, WA_MEMORY_DECODE, sizeof(wa_file_writer), "file writer", &memory);
    }
    if (status != WA_OK) {
        return status;
    }
    wa_file_writer *self = memory;
    self->engine = engine;
    self->channel_count = channel_count;
    self->block_frames = BLOCK_VALUES / channel_count;
    self->integer_bits = formats[format].integer_bits;
    memcpy(self->path, path, strlen(path) + 1);
    status = open_part(self, &formats[format], sample_rate_hz);
    if (status != WA_OK) {
        memory_give(engine, WA_MEMORY_DECODE, self, sizeof *self);
        return status;
    }
    *writer = self;
    return WA_OK;
}

/* Nearest step of a scale whose positive end is one step short of 1; not-a-number is 0. */
static int integer_from_float(float value, double scale, int shift) {
    double steps = (double)value * scale;
    if (!(steps >= -scale)) {
        steps = steps < -scale ? -scale : 0.0;
    }
    if (steps > scale - 1.0) {
        steps = scale - 1.0;
    }
    return (int)((unsigned)(int)lrint(steps) << shift);
}

static void interleave(wa_file_writer *writer, const float *plane, uint32_t channel, uint32_t count) {
    const uint32_t stride = writer->channel_count;
    const uint32_t first = writer->held_frames * stride + channel;
    if (writer->integer_bits == 0) {
        float *out = writer->block.floats + first;
        for (uint32_t frame = 0; frame < count; frame++) {
            out[(size_t)frame * stride] = plane[frame];
        }
        return;
    }
    const double scale = (double)(1u << (writer->integer_bits - 1));
    const int shift = 32 - (int)writer->integer_bits;
    int *out = writer->block.integers + first;
    for (uint32_t frame = 0; frame < count; frame++) {
        out[(size_t)frame * stride] = integer_from_float(plane[frame], scale, shift);
    }
}

static wa_status failure(const wa_file_writer *writer) {
    return error_set(WA_ERR_IO, "%.256s: cannot be written: %s", writer->path,
                     strerror(writer->error_number));
}

static wa_status flush(wa_file_writer *writer) {
    const sf_count_t count = writer->held_frames;
    sf_count_t written = 0;
    if (count > 0) {
        written = writer->integer_bits == 0
                      ? sf_writef_float(writer->file, writer->block.floats, count)
                      : sf_writef_int(writer->file, writer->block.integers, count);
    }
    writer->held_frames = 0;
    if (written != count && writer->error_number == 0) {
        writer->error_number = EIO; /* the encoder itself gave up */
    }
    return writer->error_number != 0 ? failure(writer) : WA_OK;
}

wa_status wa_file_writer_write(wa_file_writer *writer, const float *const *planes,
                               uint32_t frame_count) {
    if (writer == NULL || planes == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL", writer == NULL ? "writer" : "planes");
    }
    uint32_t done = 0;
    while (done < frame_count && writer->error_number == 0) {
        const uint32_t room = writer->block_frames - writer->held_frames;
        const uint32_t count = frame_count - done < room ? frame_count - done : room;
        for (uint32_t channel = 0; channel < writer->channel_count; channel++) {
            interleave(writer, planes[channel] + done, channel, count);
        }
        writer->held_frames += count;
        done += count;
        if (writer->held_frames == writer->block_frames && flush(writer) != WA_OK) {
            return WA_ERR_IO;
        }
    }
    return writer->error_number != 0 ? failure(writer) : WA_OK;
}

/* libsndfile 1.2 gives every RF64 of floats a PEAK chunk, asked or not, and puts the time into it. */
static void blank_stamp(wa_file_writer *writer) {
    static const char zeros[4];
    char header[HEADER_BYTES_MAX];
    const ssize_t count = pread(writer->descriptor, header, sizeof header, 0);
    const char *peak = count > 0 ? memmem(header, (size_t)count, "PEAK", 4) : NULL;
    if (peak != NULL && peak - header + STAMP_OFFSET + 4 <= count &&
        pwrite(writer->descriptor, zeros, sizeof zeros, peak - header + STAMP_OFFSET) < 0 &&
        writer->error_number == 0) {
        writer->error_number = errno;
    }
}

/* Whatever close() has to say comes last: a network file may find out only now that it is full. */
static void close_part(wa_file_writer *writer) {
    sf_close(writer->file);
    if (writer->integer_bits == 0) {
        blank_stamp(writer);
    }
    if (close(writer->descriptor) != 0 && writer->error_number == 0) {
        writer->error_number = errno;
    }
}

/* Drop what has not been renamed, and the writer. */
static void destroy(wa_file_writer *writer, bool is_renamed) {
    if (!is_renamed) {
        unlink(writer->part_path);
    }
    memory_give(writer->engine, WA_MEMORY_DECODE, writer, sizeof *writer);
}

wa_status wa_file_writer_finish(wa_file_writer *writer) {
    if (writer == NULL) {
        return error_set(WA_ERR_TYPE, "writer is NULL");
    }
    if (writer->error_number == 0) {
        flush(writer);
    }
    close_part(writer);
    if (writer->error_number == 0 && rename(writer->part_path, writer->path) != 0) {
        writer->error_number = errno;
    }
    const wa_status status = writer->error_number != 0 ? failure(writer) : WA_OK;
    destroy(writer, status == WA_OK);
    return status;
}

void wa_file_writer_abandon(wa_file_writer *writer) {
    if (writer != NULL) {
        close_part(writer);
        destroy(writer, false);
    }
}
