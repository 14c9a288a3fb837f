/* A sound through libsndfile; see sound.h. */
#include "sound.h"
#include "../error.h"
#include "../limits.h"
#include "wave_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SKIP_VALUES = 4096,
    FRAMES_PER_BYTE_MAX = 64,           /* PCM, ADPCM, GSM, MP3 at 8 kbit/s: below 25 */
    FRAMES_PER_BYTE_MAX_SILENT = 16384, /* FLAC and Ogg: a block of silence is a few bytes */
    MPEG_SLACK_FRAMES = 4 * 1152,       /* encoders do not agree on what a tag counts */
    VORBIS_PAGE_FRAMES_MAX = 255 * 4096,
};

/* -- Opening ----------------------------------------------------------------------------------- */

/* The bytes as they are, without the tag. */
static size_t read_at(const void *user, void *bytes, uint64_t offset, size_t count) {
    const sound *from = user;
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
    const sound *from = user;
    return (sf_count_t)(from->size_bytes - from->tag.skip_bytes + from->tag.size_bytes);
}

static sf_count_t io_seek(sf_count_t offset, int whence, void *user) {
    sound *from = user;
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
    sound *from = user;
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
    const sound *from = user;
    return (sf_count_t)from->position;
}

/* From its beginning, with the tag it has. */
static void open_decoder(sound *from) {
    static SF_VIRTUAL_IO io = { io_length, io_seek, io_read, io_write, io_tell };
    from->position = from->next_frame = 0;
    memset(&from->info, 0, sizeof from->info);
    from->file = sf_open_virtual(&io, SFM_READ, &from->info, from);
}

static int container_of(const sound *from) {
    return from->info.format & SF_FORMAT_TYPEMASK;
}

static wa_status refuse(const sound *from) {
    return error_set(WA_ERR_ENCODING, "%s: %s", from->name, sf_strerror(NULL));
}

static wa_status open_sound(sound *from) {
    open_decoder(from);
    if (from->file != NULL && container_of(from) == SF_FORMAT_MPEG &&
        mpeg_tag_build(read_at, from, from->size_bytes, &from->tag)) {
        sf_close(from->file);
        open_decoder(from);
    }
    return from->file != NULL ? WA_OK : refuse(from);
}

static wa_status open_path(sound *from, const char *path) {
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
    from->changed = info.st_mtim;
    return WA_OK;
}

/* -- Checks ------------------------------------------------------------------------------------ */

static bool can_be_silent(int sf_format) {
    const int container = sf_format & SF_FORMAT_TYPEMASK;
    return container == SF_FORMAT_FLAC || container == SF_FORMAT_OGG;
}

static wa_status check_length(const sound *from) {
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

static wa_status check_format(const sound *from) {
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

/* -- Life -------------------------------------------------------------------------------------- */

static wa_status open_checked(sound *opened) {
    wa_status status = open_sound(opened);
    if (status == WA_OK) {
        status = check_format(opened);
        if (status != WA_OK) {
            sf_close(opened->file);
        }
    }
    return status;
}

wa_status sound_open_path(sound *opened, const char *path) {
    memset(opened, 0, sizeof *opened);
    wa_status status = open_path(opened, path);
    if (status == WA_OK) {
        status = open_checked(opened);
        if (status != WA_OK) {
            close(opened->descriptor);
        }
    }
    return status;
}

wa_status sound_open_memory(sound *opened, const void *data, size_t data_bytes) {
    memset(opened, 0, sizeof *opened);
    opened->data = data;
    opened->size_bytes = data_bytes;
    snprintf(opened->name, sizeof opened->name, "data of %zu bytes", data_bytes);
    return open_checked(opened);
}

void sound_close(sound *opened) {
    if (opened->file != NULL) {
        sf_close(opened->file);
    }
    if (opened->data == NULL) {
        close(opened->descriptor);
    }
}

/* -- Reading ----------------------------------------------------------------------------------- */

static wa_status ends_early(const sound *from, uint64_t end) {
    const bool has_reason = sf_error(from->file) != SF_ERR_NO_ERROR;
    return error_set(WA_ERR_ENCODING, "%s: ends at frame %llu of %lld%s%s", from->name,
                     (unsigned long long)end, (long long)from->info.frames, has_reason ? ": " : "",
                     has_reason ? sf_strerror(from->file) : "");
}

static bool may_end_at(const sound *from, uint64_t end) {
    return container_of(from) == SF_FORMAT_MPEG && end > 0 &&
           (uint64_t)from->info.frames - end <= MPEG_SLACK_FRAMES;
}

/* A file may hold anything: what is not finite would spread through every filter it meets. */
static void make_finite(float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = values[i] - values[i] == 0.0f ? values[i] : 0.0f;
    }
}

wa_status sound_read(sound *from, float *interleaved, uint32_t frame_count, uint32_t *got) {
    const uint64_t left = (uint64_t)from->info.frames - from->next_frame;
    const uint32_t wanted = frame_count < left ? frame_count : (uint32_t)left;
    const sf_count_t read = sf_readf_float(from->file, interleaved, wanted);
    *got = read > 0 ? (uint32_t)read : 0;
    from->next_frame += *got;
    if (*got < wanted && !may_end_at(from, from->next_frame)) {
        return ends_early(from, from->next_frame);
    }
    make_finite(interleaved, (size_t)*got * (size_t)from->info.channels);
    return WA_OK;
}

static wa_status reopen(sound *from) {
    const SF_INFO before = from->info;
    sf_close(from->file);
    open_decoder(from);
    if (from->file == NULL) {
        return refuse(from);
    }
    const bool is_same = from->info.frames == before.frames && from->info.channels == before.channels &&
                         from->info.samplerate == before.samplerate;
    return is_same
               ? WA_OK
               : error_set(WA_ERR_ENCODING, "%s: is not what it was when it was opened", from->name);
}

static wa_status jump(sound *from, uint64_t frame) {
    if (sf_seek(from->file, (sf_count_t)frame, SEEK_SET) != (sf_count_t)frame) {
        return error_set(WA_ERR_ENCODING, "%s: cannot be read from frame %llu on", from->name,
                         (unsigned long long)frame);
    }
    from->next_frame = frame;
    return WA_OK;
}

static wa_status skip_to(sound *from, uint64_t frame) {
    float values[SKIP_VALUES];
    const uint32_t step = SKIP_VALUES / (uint32_t)from->info.channels;
    wa_status status = WA_OK;
    while (from->next_frame < frame && status == WA_OK) {
        const uint64_t left = frame - from->next_frame;
        uint32_t got = 0;
        status = sound_read(from, values, left < step ? (uint32_t)left : step, &got);
    }
    return status;
}

/* libsndfile 1.2 finds its way in a Vorbis stream only from the beginning: after other seeks it may go on with
 * samples of another place. And within the last page, whose end is cut, it is off by what was cut: that is
 * entered from the page before. */
static wa_status seek_ogg(sound *from, uint64_t frame) {
    const bool is_vorbis = (from->info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_VORBIS;
    const uint64_t frames = (uint64_t)from->info.frames;
    const uint64_t last = frames > VORBIS_PAGE_FRAMES_MAX ? frames - VORBIS_PAGE_FRAMES_MAX : 0;
    const uint64_t first = is_vorbis && frame > last ? last : frame;
    wa_status status = reopen(from);
    if (status == WA_OK && first > 0) {
        status = jump(from, first);
    }
    return status == WA_OK ? skip_to(from, frame) : status;
}

wa_status sound_seek(sound *from, uint64_t frame) {
    assert(frame <= (uint64_t)from->info.frames);
    if (from->file == NULL) {
        return error_set(WA_ERR_ENCODING, "%s: could not be read before", from->name);
    }
    return container_of(from) == SF_FORMAT_OGG ? seek_ogg(from, frame) : jump(from, frame);
}

wa_status sound_check_unchanged(const sound *of) {
    struct stat info = { 0 };
    if (of->data != NULL) {
        return WA_OK;
    }
    const bool is_same =
        fstat(of->descriptor, &info) == 0 && (uint64_t)info.st_size == of->size_bytes &&
        info.st_mtim.tv_sec == of->changed.tv_sec && info.st_mtim.tv_nsec == of->changed.tv_nsec;
    return is_same ? WA_OK : error_set(WA_ERR_IO, "%s: has changed since it was opened", of->name);
}
