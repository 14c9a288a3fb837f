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
#include "mpeg.h"
#include "resample.h"
#include "wave_file.h"
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
    MPEG_SLACK_FRAMES = 4 * 1152,       /* encoders do not agree on what a tag counts */
    NAME_BYTES = 256,
};

/* A sound being read: a tag of ours, if any, then the bytes of a file or of memory from skip_bytes on. */
typedef struct source {
    SNDFILE *file;
    SF_INFO info;
    uint64_t size_bytes;
    char name[NAME_BYTES]; /* for messages */
    const unsigned char *data;
    int descriptor; /* data is NULL */
    mpeg_tag tag;
    uint64_t position; /* of tag and rest */
} source;

/* One block twice, as libsndfile gives it and as we want it. */
typedef struct block {
    float *interleaved;
    float *planes[WA_CHANNEL_COUNT_MAX];
    uint64_t size_bytes;
} block;

/* -- Opening ----------------------------------------------------------------------------------- */

/* The bytes as they are, without the tag. */
static size_t read_at(const void *user, void *bytes, uint64_t offset, size_t count) {
    const source *from = user;
    if (offset >= from->size_bytes) {
        return 0;
    }
    const uint64_t left = from->size_bytes - offset;
    const size_t wanted = count < left ? count : (size_t)left;
    if (from->data != NULL) {
        memcpy(bytes, from->data + offset, wanted);
        return wanted;
    }
    const ssize_t got = pread(from->descriptor, bytes, wanted, (off_t)offset);
    return got > 0 ? (size_t)got : 0;
}

static sf_count_t io_length(void *user) {
    const source *from = user;
    return (sf_count_t)(from->size_bytes - from->tag.skip_bytes + from->tag.size_bytes);
}

static sf_count_t io_seek(sf_count_t offset, int whence, void *user) {
    source *from = user;
    const sf_count_t length = io_length(user);
    const sf_count_t here = (sf_count_t)from->position;
    const sf_count_t base = whence == SEEK_SET ? 0 : (whence == SEEK_CUR ? here : length);
    if (offset < -base || offset > length - base) {
        return -1;
    }
    from->position = (uint64_t)(base + offset);
    return base + offset;
}

static sf_count_t io_read(void *out, sf_count_t count, void *user) {
    source *from = user;
    char *bytes = out;
    size_t left = count > 0 ? (size_t)count : 0;
    size_t got = 1;
    for (; left > 0 && got > 0; left -= got, bytes += got, from->position += got) {
        const uint64_t tag_bytes = from->tag.size_bytes;
        if (from->position < tag_bytes) {
            const size_t of_tag = (size_t)(tag_bytes - from->position);
            got = left < of_tag ? left : of_tag;
            memcpy(bytes, from->tag.bytes + from->position, got);
        } else {
            got = read_at(from, bytes, from->position - tag_bytes + from->tag.skip_bytes, left);
        }
    }
    return bytes - (char *)out;
}

static sf_count_t io_write(const void *data, sf_count_t count, void *user) {
    (void)data, (void)count, (void)user;
    return 0;
}

static sf_count_t io_tell(void *user) {
    const source *from = user;
    return (sf_count_t)from->position;
}

static wa_status open_sound(source *from) {
    static SF_VIRTUAL_IO io = { io_length, io_seek, io_read, io_write, io_tell };
    from->file = sf_open_virtual(&io, SFM_READ, &from->info, from);
    if (from->file != NULL && (from->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG &&
        mpeg_tag_build(read_at, from, from->size_bytes, &from->tag)) {
        sf_close(from->file);
        from->position = 0;
        memset(&from->info, 0, sizeof from->info);
        from->file = sf_open_virtual(&io, SFM_READ, &from->info, from);
    }
    if (from->file == NULL) {
        return error_set(WA_ERR_ENCODING, "%s: %s", from->name, sf_strerror(NULL));
    }
    return WA_OK;
}

static wa_status open_path(source *from, const char *path) {
    snprintf(from->name, sizeof from->name, "%s", path);
    /* O_NONBLOCK: a pipe without a writer must not hold the caller. */
    from->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info = { 0 };
    if (from->descriptor < 0) {
        return error_set(WA_ERR_IO, "%s: cannot be opened: %s", from->name, strerror(errno));
    }
    if (fstat(from->descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(from->descriptor);
        return error_set(WA_ERR_IO, "%s: is no regular file", from->name);
    }
    from->size_bytes = (uint64_t)info.st_size;
    return WA_OK;
}

/* -- Checks ------------------------------------------------------------------------------------ */

static bool can_be_silent(int sf_format) {
    const int container = sf_format & SF_FORMAT_TYPEMASK;
    return container == SF_FORMAT_FLAC || container == SF_FORMAT_OGG;
}

static wa_status check_length(const source *from) {
    const sf_count_t frames = from->info.frames;
    uint64_t promised_bytes = 0, held_bytes = 0;
    if (wave_is_cut(read_at, from, from->size_bytes, &promised_bytes, &held_bytes)) {
        return error_set(WA_ERR_ENCODING, "%s: its header promises %llu bytes of sound, it has %llu",
                         from->name, (unsigned long long)promised_bytes,
                         (unsigned long long)held_bytes);
    }
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

static wa_status decode_source(wa_engine *engine, source *from, float sample_rate_hz,
                               wa_buffer *buffer) {
    wa_status status = open_sound(from);
    if (status == WA_OK) {
        status = decode(engine, from, sample_rate_hz, buffer);
        sf_close(from->file);
    }
    return status;
}

wa_status wa_decode_file(wa_engine *engine, const char *path, float sample_rate_hz, wa_buffer *buffer) {
    wa_status status = check_arguments(engine, path, "path", sample_rate_hz, buffer);
    if (status != WA_OK) {
        return status;
    }
    source from = { 0 };
    status = open_path(&from, path);
    if (status == WA_OK) {
        status = decode_source(engine, &from, sample_rate_hz, buffer);
        close(from.descriptor);
    }
    return status;
}

wa_status wa_decode_memory(wa_engine *engine, const void *data, size_t data_bytes, float sample_rate_hz,
                           wa_buffer *buffer) {
    const wa_status status = check_arguments(engine, data, "data", sample_rate_hz, buffer);
    if (status != WA_OK) {
        return status;
    }
    source from = { .data = data, .size_bytes = data_bytes };
    snprintf(from.name, sizeof from.name, "data of %zu bytes", data_bytes);
    return decode_source(engine, &from, sample_rate_hz, buffer);
}
