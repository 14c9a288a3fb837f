/* Files to buffers: libsndfile decodes block by block, straight into the buffer's planes or through soxr.
 *
 * file or memory --> SNDFILE --> interleaved block --> planes of a block --> buffer
 *
 * What a header says is not believed until it has been compared with the size of the file: no coding packs
 * more than FRAMES_PER_BYTE_MAX frames into a byte, so a longer promise is a lie, and no memory is taken for
 * it. A file that holds less than its header promises is refused as damaged, with the frame where it ends;
 * only an MP3 may end a few of its packets early, the missing end is then silent.
 */
#include "../error.h"
#include "../memory/memory.h"
#include "resample.h"
#include "wavepool/decode.h"
#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_FRAMES = 2048,
    FRAMES_PER_BYTE_MAX = 64,           /* PCM, ADPCM, GSM, MP3 at 8 kbit/s: below 25 */
    FRAMES_PER_BYTE_MAX_SILENT = 16384, /* FLAC and Ogg: a block of silence is a few bytes */
    MPEG_SLACK_FRAMES = 4 * 1152,       /* an MP3 without a length tag has an estimated length only */
    NAME_BYTES = 256,
};

/* A sound being read. */
typedef struct source {
    SNDFILE *file;
    SF_INFO info;
    uint64_t size_bytes;
    char name[NAME_BYTES]; /* for messages */
    const unsigned char *data;
    sf_count_t position; /* in data */
} source;

/* One block twice, as libsndfile gives it and as we want it. */
typedef struct block {
    float *interleaved;
    float *planes[WA_CHANNEL_COUNT_MAX];
    uint64_t size_bytes;
} block;

/* -- Opening ----------------------------------------------------------------------------------- */

static sf_count_t memory_length(void *user) {
    const source *from = user;
    return (sf_count_t)from->size_bytes;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user) {
    source *from = user;
    const sf_count_t length = (sf_count_t)from->size_bytes;
    const sf_count_t base = whence == SEEK_SET ? 0 : (whence == SEEK_CUR ? from->position : length);
    if (offset < -base || offset > length - base) {
        return -1;
    }
    from->position = base + offset;
    return from->position;
}

static sf_count_t memory_read(void *out, sf_count_t count, void *user) {
    source *from = user;
    const sf_count_t left = (sf_count_t)from->size_bytes - from->position;
    const sf_count_t taken = count < 0 ? 0 : (count < left ? count : left);
    memcpy(out, from->data + from->position, (size_t)taken);
    from->position += taken;
    return taken;
}

static sf_count_t memory_write(const void *data, sf_count_t count, void *user) {
    (void)data, (void)count, (void)user;
    return 0;
}

static sf_count_t memory_tell(void *user) {
    const source *from = user;
    return from->position;
}

static wa_status not_audio(const source *from) {
    return error_set(WA_ERR_ENCODING, "%s: %s", from->name, sf_strerror(NULL));
}

static wa_status open_memory(source *from, const void *data, size_t data_bytes) {
    static SF_VIRTUAL_IO io = { memory_length, memory_seek, memory_read, memory_write, memory_tell };
    snprintf(from->name, sizeof from->name, "data of %zu bytes", data_bytes);
    from->data = data;
    from->size_bytes = data_bytes;
    from->file = sf_open_virtual(&io, SFM_READ, &from->info, from);
    return from->file == NULL ? not_audio(from) : WA_OK;
}

static wa_status open_path(source *from, const char *path) {
    snprintf(from->name, sizeof from->name, "%s", path);
    /* O_NONBLOCK: a pipe without a writer must not hold the caller. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info = { 0 };
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        return error_set(WA_ERR_IO, "%s: cannot be opened: %s", from->name, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        close(descriptor);
        return error_set(WA_ERR_IO, "%s: is no regular file", from->name);
    }
    from->size_bytes = (uint64_t)info.st_size;
    /* It closes the descriptor, also when it fails. */
    from->file = sf_open_fd(descriptor, SFM_READ, &from->info, SF_TRUE);
    return from->file == NULL ? not_audio(from) : WA_OK;
}

/* -- Checks ------------------------------------------------------------------------------------ */

static bool can_be_silent(int sf_format) {
    const int container = sf_format & SF_FORMAT_TYPEMASK;
    return container == SF_FORMAT_FLAC || container == SF_FORMAT_OGG;
}

static wa_status check_length(const source *from) {
    const sf_count_t frames = from->info.frames;
    if (frames <= 0) {
        return error_set(WA_ERR_ENCODING, "%s: holds no frames", from->name);
    }
    if (frames == SF_COUNT_MAX) {
        return error_set(WA_ERR_ENCODING, "%s: does not say how long it is", from->name);
    }
    const uint64_t per_byte =
        can_be_silent(from->info.format) ? FRAMES_PER_BYTE_MAX_SILENT : FRAMES_PER_BYTE_MAX;
    if ((uint64_t)frames / per_byte > from->size_bytes || (uint64_t)frames > WA_BUFFER_FRAMES_MAX) {
        return error_set(WA_ERR_ENCODING,
                         "%s: its header promises %lld frames, its %llu bytes cannot "
                         "hold them",
                         from->name, (long long)frames, (unsigned long long)from->size_bytes);
    }
    return WA_OK;
}

static wa_status check_format(const source *from) {
    if (from->info.channels < 1 || from->info.channels > WA_CHANNEL_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: has %d channels, allowed are 1 to %d", from->name,
                         from->info.channels, WA_CHANNEL_COUNT_MAX);
    }
    const float rate = (float)from->info.samplerate;
    if (rate < WA_SAMPLE_RATE_MIN_HZ || rate > WA_SAMPLE_RATE_MAX_HZ) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: has %d Hz, allowed are %g to %g", from->name,
                         from->info.samplerate, (double)WA_SAMPLE_RATE_MIN_HZ,
                         (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    return check_length(from);
}

/* -- Decoding ---------------------------------------------------------------------------------- */

static wa_status block_take(wa_engine *engine, uint32_t channel_count, block *taken) {
    taken->size_bytes = (uint64_t)2 * channel_count * BLOCK_FRAMES * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_DECODE, taken->size_bytes, "decoder block", &memory);
    taken->interleaved = memory;
    for (uint32_t channel = 0; status == WA_OK && channel < channel_count; channel++) {
        taken->planes[channel] =
            taken->interleaved + (size_t)channel_count * BLOCK_FRAMES + (size_t)channel * BLOCK_FRAMES;
    }
    return status;
}

/* A file may hold anything: what is not finite would spread through every filter it meets. */
static void split(const float *interleaved, float *plane, uint32_t channel, uint32_t channel_count,
                  uint32_t frame_count) {
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        const float value = interleaved[(size_t)frame * channel_count + channel];
        plane[frame] = value - value == 0.0f ? value : 0.0f;
    }
}

static wa_status ends_early(const source *from, uint64_t end) {
    const bool has_reason = sf_error(from->file) != SF_ERR_NO_ERROR;
    return error_set(WA_ERR_ENCODING, "%s: ends at frame %llu of %lld%s%s", from->name,
                     (unsigned long long)end, (long long)from->info.frames, has_reason ? ": " : "",
                     has_reason ? sf_strerror(from->file) : "");
}

static bool may_end_at(const source *from, uint64_t end) {
    return (from->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG && end > 0 &&
           (uint64_t)from->info.frames - end <= MPEG_SLACK_FRAMES;
}

/* The next block of at most BLOCK_FRAMES into planes. *got_frames is less only at a tolerated end. */
static wa_status read_block(const source *from, block *through, float *const *planes, uint64_t first,
                            uint32_t frame_count, uint32_t *got_frames) {
    const sf_count_t got = sf_readf_float(from->file, through->interleaved, frame_count);
    *got_frames = got > 0 ? (uint32_t)got : 0;
    if (*got_frames < frame_count && !may_end_at(from, first + *got_frames)) {
        return ends_early(from, first + *got_frames);
    }
    const uint32_t channel_count = (uint32_t)from->info.channels;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        split(through->interleaved, planes[channel], channel, channel_count, *got_frames);
    }
    return WA_OK;
}

/* All frames into planes; a job takes them block by block instead. */
static wa_status read_all(const source *from, block *through, float *const *planes, resample *job) {
    const uint64_t frame_count = (uint64_t)from->info.frames;
    float *rows[WA_CHANNEL_COUNT_MAX];
    wa_status status = WA_OK;
    bool is_ended = false;
    for (uint64_t first = 0; status == WA_OK && !is_ended && first < frame_count;
         first += BLOCK_FRAMES) {
        const uint64_t left = frame_count - first;
        const uint32_t count = left < BLOCK_FRAMES ? (uint32_t)left : BLOCK_FRAMES;
        uint32_t got = 0;
        for (int channel = 0; channel < from->info.channels; channel++) {
            rows[channel] = job != NULL ? through->planes[channel] : planes[channel] + first;
        }
        status = read_block(from, through, rows, first, count, &got);
        if (status == WA_OK && job != NULL) {
            status = resample_feed(job, (const float *const *)rows, got);
        }
        is_ended = got < count;
    }
    return status;
}

static wa_status fill(const source *from, block *through, float *const *planes, float sample_rate_hz,
                      uint64_t frame_count) {
    if (sample_rate_hz == (float)from->info.samplerate) {
        return read_all(from, through, planes, NULL);
    }
    resample job;
    wa_status status =
        resample_init(&job, (uint32_t)from->info.channels, (uint32_t)from->info.samplerate,
                      sample_rate_hz, planes, frame_count);
    if (status != WA_OK) {
        return status;
    }
    status = read_all(from, through, planes, &job);
    if (status == WA_OK) {
        status = resample_flush(&job);
    }
    resample_finish(&job);
    return status;
}

static wa_status fill_buffer(wa_engine *engine, const source *from, wa_buffer buffer,
                             float sample_rate_hz, uint64_t frame_count) {
    const uint32_t channel_count = (uint32_t)from->info.channels;
    float *planes[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        planes[channel] = wa_buffer_plane(engine, buffer, channel);
        assert(planes[channel] != NULL);
    }
    block through = { 0 };
    wa_status status = block_take(engine, channel_count, &through);
    if (status == WA_OK) {
        status = fill(from, &through, planes, sample_rate_hz, frame_count);
        memory_give(engine, WA_MEMORY_DECODE, through.interleaved, through.size_bytes);
    }
    return status;
}

static wa_status decode(wa_engine *engine, const source *from, float sample_rate_hz,
                        wa_buffer *buffer) {
    wa_status status = check_format(from);
    if (status != WA_OK) {
        return status;
    }
    const float rate = sample_rate_hz == 0.0f ? (float)from->info.samplerate : sample_rate_hz;
    const uint64_t frame_count =
        resample_frame_count((uint64_t)from->info.frames, (uint32_t)from->info.samplerate, rate);
    wa_buffer made = { 0 };
    status = wa_buffer_create(engine, (uint32_t)from->info.channels, frame_count, rate, &made);
    if (status != WA_OK) {
        return status;
    }
    status = fill_buffer(engine, from, made, rate, frame_count);
    if (status != WA_OK) {
        wa_buffer_release(engine, made);
        return status;
    }
    *buffer = made;
    return WA_OK;
}

/* -- Public ------------------------------------------------------------------------------------ */

static wa_status check_arguments(const wa_engine *engine, const void *from, const char *from_name,
                                 float sample_rate_hz, const wa_buffer *buffer) {
    if (engine == NULL || from == NULL || buffer == NULL) {
        return error_set(WA_ERR_TYPE, "%s is NULL",
                         engine == NULL ? "engine" : (from == NULL ? from_name : "buffer"));
    }
    if (sample_rate_hz != 0.0f &&
        !(sample_rate_hz >= WA_SAMPLE_RATE_MIN_HZ && sample_rate_hz <= WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, allowed are 0 and %g to %g",
                         (double)sample_rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ,
                         (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    return WA_OK;
}

wa_status wa_decode_file(wa_engine *engine, const char *path, float sample_rate_hz, wa_buffer *buffer) {
    wa_status status = check_arguments(engine, path, "path", sample_rate_hz, buffer);
    if (status != WA_OK) {
        return status;
    }
    source from = { 0 };
    status = open_path(&from, path);
    if (status == WA_OK) {
        status = decode(engine, &from, sample_rate_hz, buffer);
        sf_close(from.file);
    }
    return status;
}

wa_status wa_decode_memory(wa_engine *engine, const void *data, size_t data_bytes, float sample_rate_hz,
                           wa_buffer *buffer) {
    wa_status status = check_arguments(engine, data, "data", sample_rate_hz, buffer);
    if (status != WA_OK) {
        return status;
    }
    source from = { 0 };
    status = open_memory(&from, data, data_bytes);
    if (status == WA_OK) {
        status = decode(engine, &from, sample_rate_hz, buffer);
        sf_close(from.file);
    }
    return status;
}
