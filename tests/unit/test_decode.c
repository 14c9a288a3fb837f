/* Decoding must give the frames that a file holds, at any rate, within the budget, and must refuse damaged and
 * hostile files without a trace. Files are made in memory by libsndfile; the resampler is judged by a sine,
 * whose value at any time is known.
 */
#include "wavepool/decode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES_MAX = 1 << 20, FRAMES = 24000 };
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define TWO_PI       6.283185307179586

/* libsndfile 1.2.0 forgets what libvorbis took for a stream that it then refuses. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libvorbis\nleak:libsndfile\n";
}

static wa_engine *engine;

/* -- Files in memory --------------------------------------------------------------------------- */

typedef struct image {
    unsigned char bytes[BYTES_MAX];
    sf_count_t length, position;
} image;

static sf_count_t image_length(void *user) {
    return ((image *)user)->length;
}

static sf_count_t image_seek(sf_count_t offset, int whence, void *user) {
    image *file = user;
    const sf_count_t base =
        whence == SEEK_SET ? 0 : (whence == SEEK_CUR ? file->position : file->length);
    return file->position = base + offset;
}

static sf_count_t image_read(void *out, sf_count_t count, void *user) {
    image *file = user;
    const sf_count_t left = file->length - file->position;
    count = count < left ? count : left;
    memcpy(out, file->bytes + file->position, (size_t)count);
    file->position += count;
    return count;
}

static sf_count_t image_write(const void *bytes, sf_count_t count, void *user) {
    image *file = user;
    assert_true(file->position + count <= BYTES_MAX);
    memcpy(file->bytes + file->position, bytes, (size_t)count);
    file->position += count;
    file->length = file->position > file->length ? file->position : file->length;
    return count;
}

static sf_count_t image_tell(void *user) {
    return ((image *)user)->position;
}

/* Frame n of channel c is a sine of 440 * (c + 1) Hz at half scale. */
static double sine(double time_s, uint32_t channel) {
    return 0.5 * sin(TWO_PI * 440.0 * (channel + 1) * time_s);
}

static const image *make_image(int sf_format, uint32_t channel_count, int rate_hz,
                               uint32_t frame_count) {
    static image file;
    static float frames[FRAMES * 4];
    memset(&file, 0, sizeof file);
    assert_true(frame_count * channel_count <= COUNT(frames));
    for (uint32_t i = 0; i < frame_count * channel_count; i++) {
        frames[i] = (float)sine((double)(i / channel_count) / rate_hz, i % channel_count);
    }
    SF_VIRTUAL_IO io = { image_length, image_seek, image_read, image_write, image_tell };
    SF_INFO info = { .samplerate = rate_hz, .channels = (int)channel_count, .format = sf_format };
    SNDFILE *writer = sf_open_virtual(&io, SFM_WRITE, &info, &file);
    if (writer == NULL) {
        fail_msg("libsndfile cannot write format %x: %s", (unsigned)sf_format, sf_strerror(NULL));
    }
    assert_int_equal(sf_writef_float(writer, frames, frame_count), frame_count);
    sf_close(writer);
    return &file;
}

/* -- Helpers ----------------------------------------------------------------------------------- */

/* What is kept for the next taker is no leak: it goes first. */
static uint64_t used_bytes(void) {
    wa_engine_trim(engine, 0);
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.category_bytes[WA_MEMORY_BUFFERS] + stats.category_bytes[WA_MEMORY_DECODE];
}

static wa_status decode(const image *file, float rate_hz, wa_buffer *buffer) {
    return wa_decode_memory(engine, file->bytes, (size_t)file->length, rate_hz, buffer);
}

/* Error against the sine in dB of its level, away from both ends by `margin` frames. */
static double error_db(wa_buffer buffer, uint32_t channel, uint64_t margin) {
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
    const float *plane = wa_buffer_plane(engine, buffer, channel);
    assert_non_null(plane);
    double noise = 0.0, signal = 0.0;
    for (uint64_t frame = margin; frame + margin < info.frame_count; frame++) {
        const double expected = sine((double)frame / (double)info.sample_rate_hz, channel);
        const double error = (double)plane[frame] - expected;
        noise += error * error;
        signal += expected * expected;
    }
    return 10.0 * log10((noise + 1e-30) / signal);
}

/* -- Tests ------------------------------------------------------------------------------------- */

typedef struct format_row {
    const char *name;
    int sf_format;
    uint32_t channel_count;
    int rate_hz;
    double error_db_max;
    uint32_t margin;
} format_row;

static const format_row formats[] = {
    { "float wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, 44100, -148.0, 0 },
    { "16-bit wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 48000, -85.0, 0 },
    { "24-bit wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 4, 96000, -130.0, 0 },
    { "24-bit flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 3, 44100, -130.0, 0 },
    { "vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2, 44100, -25.0, 2000 },
    { "opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 2, 48000, -20.0, 2000 },
    { "mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 2, 44100, -25.0, 2000 },
};

static void test_formats(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        const format_row *row = &formats[i];
        const image *file = make_image(row->sf_format, row->channel_count, row->rate_hz, FRAMES);
        wa_buffer buffer = { 0 };
        if (decode(file, 0.0f, &buffer) != WA_OK) {
            fail_msg("%s: %s", row->name, wa_error_message());
        }
        wa_buffer_info info;
        assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
        assert_int_equal(info.channel_count, row->channel_count);
        assert_int_equal(info.frame_count, FRAMES);
        assert_true(info.sample_rate_hz == (float)row->rate_hz);
        for (uint32_t channel = 0; channel < row->channel_count; channel++) {
            const double db = error_db(buffer, channel, row->margin);
            if (!(db <= row->error_db_max)) {
                fail_msg("%s channel %u: error %.1f dB, allowed %.1f", row->name, channel, db,
                         row->error_db_max);
            }
        }
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
        assert_int_equal(used_bytes(), 0);
    }
}

typedef struct rate_row {
    int from_hz;
    float to_hz;
    uint32_t frame_count;
    uint64_t out_frames; /* ceil(frame_count * to / from) */
} rate_row;

static const rate_row rates[] = {
    { 44100, 48000.0f, 22050, 24000 }, { 48000, 44100.0f, 24000, 22050 },
    { 44100, 48000.0f, 22051, 24002 }, { 48000, 44100.0f, 12345, 11342 },
    { 8000, 768000.0f, 4000, 384000 }, { 96000, 3000.0f, 24000, 750 },
    { 48000, 44100.5f, 24000, 22051 }, { 44100, 44100.0f, 22050, 22050 },
    { 22050, 44100.0f, 11025, 22050 }, { 48000, 96000.0f, 1, 2 },
    { 192000, 47999.0f, 24000, 6000 },
};

static void test_resampling(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(rates); i++) {
        const rate_row *row = &rates[i];
        const image *file =
            make_image(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, row->from_hz, row->frame_count);
        wa_buffer buffer = { 0 };
        if (decode(file, row->to_hz, &buffer) != WA_OK) {
            fail_msg("%d to %g: %s", row->from_hz, (double)row->to_hz, wa_error_message());
        }
        wa_buffer_info info;
        assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
        assert_int_equal(info.frame_count, row->out_frames);
        assert_true(info.sample_rate_hz == row->to_hz);
        for (uint32_t channel = 0; channel < 2 && row->frame_count > 1000; channel++) {
            /* The ends ring: the sound begins and ends at once. */
            const double db = error_db(buffer, channel, row->out_frames / 4);
            if (!(db <= -120.0)) {
                fail_msg("%d to %g Hz: error %.1f dB", row->from_hz, (double)row->to_hz, db);
            }
        }
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
        assert_int_equal(used_bytes(), 0);
    }
}

/* A header that was changed, or a file cut off: the status and a word of its message. */
typedef struct damage_row {
    const char *name;
    int sf_format;
    uint32_t channel_count;
    int rate_hz;
    uint32_t frame_count;
    double kept; /* of its bytes */
    wa_status status;
    const char *words;
} damage_row;

static const damage_row damages[] = {
    { "cut wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 48000, FRAMES, 0.5, WA_ERR_ENCODING,
      "promises 96000 bytes of sound, it has 47978" },
    { "cut wav, extensible", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 2, 48000, FRAMES, 0.99,
      WA_ERR_ENCODING, "promises 144000 bytes" },
    { "no frames", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 48000, 0, 1.0, WA_ERR_ENCODING, "no frames" },
    { "cut flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2, 48000, FRAMES, 0.5, WA_ERR_ENCODING,
      "of 24000" },
    { "cut mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 2, 44100, FRAMES, 0.5, WA_ERR_ENCODING,
      "of 24000" },
    { "cut vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2, 44100, FRAMES, 0.5, WA_ERR_ENCODING, "data" },
    { "cut opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 2, 48000, FRAMES, 0.5, WA_ERR_ENCODING, "data" },
    { "header only", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 48000, FRAMES, 0.0002, WA_ERR_ENCODING,
      "data" },
    { "nothing", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 48000, FRAMES, 0.0, WA_ERR_ENCODING, "0 bytes" },
    { "slow", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 2999, FRAMES, 1.0, WA_ERR_NOT_SUPPORTED, "2999 Hz" },
    { "wide", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 33, 48000, 10, 1.0, WA_ERR_NOT_SUPPORTED,
      "33 channels" },
};

static void test_damaged(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        const damage_row *row = &damages[i];
        const image *file =
            make_image(row->sf_format, row->channel_count, row->rate_hz, row->frame_count);
        wa_buffer buffer = { 7 };
        const size_t length = (size_t)(row->kept * (double)file->length);
        const wa_status status = wa_decode_memory(engine, file->bytes, length, 48000.0f, &buffer);
        if (status != row->status || strstr(wa_error_message(), row->words) == NULL) {
            fail_msg("%s: %s: %s", row->name, wa_status_name(status), wa_error_message());
        }
        assert_int_equal(buffer.id, 7);
        assert_int_equal(used_bytes(), 0);
    }
}

/* Written into a pipe, whose end nobody knew: what is there is all there is. One frame less than promised is
 * refused, one byte of padding less is not. */
static void test_length_of_a_wav(void **state) {
    static const struct {
        uint32_t promised_bytes;
        uint32_t missing_bytes;
        uint32_t frame_count; /* 0: refused */
    } rows[] = {
        { 4000, 0, 1000 },       { 4000, 4, 0 },           { 4000, 400, 0 },
        { 4004, 0, 0 },          { 3600, 0, 900 },         { 0xffffffff, 400, 900 },
        { 0x7fffffff, 0, 1000 }, { 0x80000000, 400, 900 }, { 0x7efffffe, 0, 0 },
    };
    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        const image *file = make_image(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 48000, 1000);
        unsigned char bytes[8000];
        assert_in_range(file->length, 4000, sizeof bytes);
        memcpy(bytes, file->bytes, (size_t)file->length);
        for (uint32_t byte = 0; byte < 4; byte++) {
            bytes[40 + byte] = (unsigned char)(rows[row].promised_bytes >> 8 * byte);
        }
        wa_buffer buffer = { 7 };
        const wa_status status = wa_decode_memory(
            engine, bytes, (size_t)file->length - rows[row].missing_bytes, 0.0f, &buffer);
        if (rows[row].frame_count == 0) {
            assert_int_equal(status, WA_ERR_ENCODING);
            assert_non_null(strstr(wa_error_message(), "promises"));
            continue;
        }
        assert_int_equal(status, WA_OK);
        wa_buffer_info info;
        assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
        assert_int_equal(info.frame_count, rows[row].frame_count);
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    }
}

static uint32_t be32(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Size of the MPEG-1 Layer III packet at bytes. */
static uint32_t packet_bytes(const unsigned char *bytes) {
    static const uint32_t kbits[16] = { 0,   32,  40,  48,  56,  64,  80,  96,
                                        112, 128, 160, 192, 224, 256, 320, 0 };
    const uint32_t header = be32(bytes);
    assert_int_equal(header >> 17, 0xfffb >> 1);
    return 144000 * kbits[header >> 12 & 15] / 44100 + (header >> 9 & 1);
}

/* The tag in the first packet of an MP3 says how long it is. Without it (varying bit rate, packets of other
 * programs before and after) all of its packets must still be decoded. */
static void test_mp3_without_a_length(void **state) {
    (void)state;
    image *file = calloc(1, sizeof *file);
    assert_non_null(file);
    const image *whole = make_image(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 2, 44100, FRAMES);
    const uint32_t tag_bytes = packet_bytes(whole->bytes);
    uint32_t packet_count = 0;
    for (uint32_t at = tag_bytes; at + 4 < whole->length; at += packet_bytes(whole->bytes + at)) {
        packet_count++;
    }
    static const unsigned char id3[20] = { 'I', 'D', '3', 4, 0, 0, 0, 0, 0, 10 };
    memcpy(file->bytes, id3, sizeof id3);
    const size_t rest = (size_t)whole->length - tag_bytes;
    memcpy(file->bytes + sizeof id3, whole->bytes + tag_bytes, rest);
    memcpy(file->bytes + sizeof id3 + rest, "TAG", 3); /* and 125 zeros: ID3v1 */
    const size_t length = sizeof id3 + rest + 128;
    for (size_t cut = 0; cut < 2; cut++) { /* whole, and without the end of its last packet */
        wa_buffer buffer = { 0 };
        const size_t given = cut == 0 ? length : length - 128 - 50;
        if (wa_decode_memory(engine, file->bytes, given, 0.0f, &buffer) != WA_OK) {
            fail_msg("cut %zu: %s", cut, wa_error_message());
        }
        wa_buffer_info info;
        assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
        /* The decoder drops its own delay of 529 frames. */
        assert_int_equal(info.frame_count, (packet_count - cut) * 1152 - 529);
        const float *plane = wa_buffer_plane(engine, buffer, 0);
        double power = 0.0;
        for (uint32_t frame = FRAMES - 4000; frame < FRAMES - 2000; frame++) {
            power += (double)plane[frame] * (double)plane[frame] / 2000.0;
        }
        assert_true(power > 0.1 && power < 0.15); /* the sine's: 0.125 */
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    }
    free(file);
}

/* A FLAC header with 2^36 - 1 frames in 36 bits at byte 21: no memory is taken for a lie. */
static void test_hostile_length(void **state) {
    (void)state;
    image *file = malloc(sizeof *file);
    assert_non_null(file);
    *file = *make_image(SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2, 48000, 1000);
    file->bytes[21] |= 0x0f;
    memset(file->bytes + 22, 0xff, 4);
    wa_buffer buffer = { 0 };
    wa_memory_stats before, after;
    wa_engine_memory_stats(engine, &before);
    assert_int_equal(decode(file, 0.0f, &buffer), WA_ERR_ENCODING);
    wa_engine_memory_stats(engine, &after);
    assert_non_null(strstr(wa_error_message(), "promises"));
    assert_int_equal(before.peak_bytes, after.peak_bytes);
    /* One that the size could hold but the file does not. */
    memset(file->bytes + 21, 0, 3);
    file->bytes[21] = 0xf0 & 0xf0;
    file->bytes[23] = 0x10;
    assert_int_not_equal(decode(file, 0.0f, &buffer), WA_OK);
    assert_int_equal(used_bytes(), 0);
    free(file);
}

static void test_not_finite_is_zero(void **state) {
    (void)state;
    image *file = malloc(sizeof *file);
    assert_non_null(file);
    *file = *make_image(SF_FORMAT_RAW | SF_FORMAT_FLOAT, 1, 48000, 4);
    *file = *make_image(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 48000, 4);
    const float odd[4] = { NAN, INFINITY, -INFINITY, 0.25f };
    memcpy(file->bytes + file->length - (sf_count_t)sizeof odd, odd, sizeof odd);
    wa_buffer buffer = { 0 };
    assert_int_equal(decode(file, 0.0f, &buffer), WA_OK);
    const float *plane = wa_buffer_plane(engine, buffer, 0);
    const float expected[4] = { 0.0f, 0.0f, 0.0f, 0.25f };
    assert_memory_equal(plane, expected, sizeof expected);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    free(file);
}

static uint64_t engine_used(const wa_engine *of) {
    wa_memory_stats stats;
    wa_engine_memory_stats(of, &stats);
    return stats.used_bytes;
}

/* Over budget at each of its takings. Nothing is leaked. */
static void test_budget(void **state) {
    (void)state;
    const image *file = make_image(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, 8000, FRAMES);
    wa_engine *small = NULL;
    assert_int_equal(wa_engine_create(NULL, &small), WA_OK);
    wa_buffer buffer = { 0 };
    assert_int_equal(wa_buffer_create(small, 2, FRAMES, 8000.0f, &buffer), WA_OK);
    const uint64_t used_with_buffer = engine_used(small);
    assert_int_equal(wa_buffer_release(small, buffer), WA_OK);
    const uint64_t used = engine_used(small);
    assert_true(used < used_with_buffer);
    const uint64_t budgets[] = { used_with_buffer - 1000, used_with_buffer + 1000 };
    for (size_t i = 0; i < COUNT(budgets); i++) {
        assert_int_equal(wa_engine_set_budget(small, budgets[i]), WA_OK);
        buffer.id = 7;
        assert_int_equal(wa_decode_memory(small, file->bytes, (size_t)file->length, 0.0f, &buffer),
                         WA_ERR_BUDGET);
        assert_int_equal(buffer.id, 7);
        assert_int_equal(engine_used(small), used);
    }
    assert_int_equal(wa_engine_set_budget(small, used_with_buffer + 200000), WA_OK);
    assert_int_equal(wa_decode_memory(small, file->bytes, (size_t)file->length, 0.0f, &buffer), WA_OK);
    assert_int_equal(wa_buffer_release(small, buffer), WA_OK);
    assert_int_equal(wa_engine_destroy(small), WA_OK);
}

/* -- 16 bits ----------------------------------------------------------------------------------- */

static wa_status decode_int16(wa_engine *with, const image *file, float rate_hz, wa_buffer *buffer) {
    wa_decode_options options = WA_DECODE_OPTIONS_INIT;
    options.sample_rate_hz = rate_hz;
    options.storage = WA_BUFFER_STORAGE_INT16;
    return wa_decode_memory_with(with, file->bytes, (size_t)file->length, &options, buffer);
}

/* The float form, rounded to nearest. */
static void test_int16(void **state) {
    (void)state;
    static const struct {
        int sf_format;
        int rate_hz;
        float to_hz;
    } rows[] = {
        { SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, 0.0f },
        { SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 44100.0f },
        { SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 0.0f },
        { SF_FORMAT_WAV | SF_FORMAT_FLOAT, 44100, 48000.0f },
        { SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 0.0f },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const image *file = make_image(rows[i].sf_format, 2, rows[i].rate_hz, FRAMES);
        wa_buffer floats = { 0 }, halves = { 0 };
        assert_int_equal(decode(file, rows[i].to_hz, &floats), WA_OK);
        assert_int_equal(decode_int16(engine, file, rows[i].to_hz, &halves), WA_OK);
        wa_buffer_info of_floats, of_halves;
        assert_int_equal(wa_buffer_get_info(engine, floats, &of_floats), WA_OK);
        assert_int_equal(wa_buffer_get_info(engine, halves, &of_halves), WA_OK);
        assert_int_equal(of_halves.storage, WA_BUFFER_STORAGE_INT16);
        assert_int_equal(of_halves.frame_count, of_floats.frame_count);
        assert_true(of_halves.sample_rate_hz == of_floats.sample_rate_hz);
        assert_true(of_halves.memory_bytes < of_floats.memory_bytes * 51 / 100 + 1000);
        for (uint32_t channel = 0; channel < 2; channel++) {
            const float *plane = wa_buffer_plane(engine, floats, channel);
            const int16_t *rounded = wa_buffer_plane_int16(engine, halves, channel);
            for (uint64_t frame = 0; frame < of_floats.frame_count; frame++) {
                assert_int_equal(rounded[frame], lrint((double)plane[frame] * 32768.0));
            }
        }
        assert_int_equal(wa_buffer_release(engine, floats), WA_OK);
        assert_int_equal(wa_buffer_release(engine, halves), WA_OK);
        assert_int_equal(used_bytes(), 0);
    }
}

/* Samples of 16 bits are the file's own, the extremes included. */
static void test_int16_of_16_bits_is_exact(void **state) {
    (void)state;
    image *file = malloc(sizeof *file);
    assert_non_null(file);
    *file = *make_image(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 48000, 1000);
    int16_t samples[1000];
    for (int i = 0; i < 1000; i++) {
        samples[i] = (int16_t)(i * 65 - 32768);
    }
    samples[999] = INT16_MAX;
    memcpy(file->bytes + file->length - (sf_count_t)sizeof samples, samples, sizeof samples);
    wa_buffer buffer = { 0 };
    assert_int_equal(decode_int16(engine, file, 0.0f, &buffer), WA_OK);
    assert_memory_equal(wa_buffer_plane_int16(engine, buffer, 0), samples, sizeof samples);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    free(file);
}

/* It fits where floats do not, and what does not fit leaves nothing behind. */
static void test_int16_budget(void **state) {
    (void)state;
    const image *file = make_image(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 4, 8000, FRAMES);
    wa_engine *small = NULL;
    assert_int_equal(wa_engine_create(NULL, &small), WA_OK);
    const uint64_t used = engine_used(small), of_floats = (uint64_t)4 * FRAMES * sizeof(float);
    static const double parts[] = { 1.0, 0.5, 0.4, 0.3, 0.1 };
    wa_status last = WA_OK;
    assert_int_equal(wa_engine_set_budget(small, used + of_floats), WA_OK);
    wa_buffer buffer = { 7 };
    assert_int_equal(wa_decode_memory(small, file->bytes, (size_t)file->length, 0.0f, &buffer),
                     WA_ERR_BUDGET);
    for (size_t i = 0; i < COUNT(parts); i++) {
        buffer.id = 7;
        assert_int_equal(
            wa_engine_set_budget(small, used + (uint64_t)(parts[i] * (double)of_floats) + 110000),
            WA_OK);
        last = decode_int16(small, file, 0.0f, &buffer);
        assert_int_equal(last, parts[i] >= 0.5 ? WA_OK : WA_ERR_BUDGET);
        if (last == WA_OK) {
            assert_int_equal(wa_buffer_release(small, buffer), WA_OK);
        } else {
            assert_int_equal(buffer.id, 7);
        }
        wa_engine_trim(small, 0);
        assert_true(engine_used(small) - used < 8192); /* the chunk of handles */
    }
    assert_int_equal(wa_engine_destroy(small), WA_OK);
}

static void test_files(void **state) {
    (void)state;
    char folder[] = "/tmp/wavepool-decode-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64], pipe_path[64];
    snprintf(path, sizeof path, "%s/a.wav", folder);
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    const image *image_of = make_image(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, 44100, 5000);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(image_of->bytes, 1, (size_t)image_of->length, file), image_of->length);
    fclose(file);
    wa_buffer buffer = { 0 };
    assert_int_equal(wa_decode_file(engine, path, 0.0f, &buffer), WA_OK);
    assert_true(error_db(buffer, 1, 0) < -148.0);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    assert_int_equal(truncate(path, 10), 0);
    assert_int_equal(wa_decode_file(engine, path, 0.0f, &buffer), WA_ERR_ENCODING);
    assert_non_null(strstr(wa_error_message(), path));
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(wa_decode_file(engine, pipe_path, 0.0f, &buffer), WA_ERR_IO);
    assert_int_equal(wa_decode_file(engine, folder, 0.0f, &buffer), WA_ERR_IO);
    unlink(path);
    unlink(pipe_path);
    assert_int_equal(wa_decode_file(engine, path, 0.0f, &buffer), WA_ERR_IO);
    assert_non_null(strstr(wa_error_message(), "No such file"));
    assert_non_null(strstr(wa_error_message(), path));
    assert_int_equal(rmdir(folder), 0);
}

static void test_arguments(void **state) {
    (void)state;
    wa_buffer buffer = { 0 };
    const char data[4] = "abc";
    assert_int_equal(wa_decode_file(NULL, "x", 0.0f, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_decode_file(engine, NULL, 0.0f, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_decode_file(engine, "x", 0.0f, NULL), WA_ERR_TYPE);
    assert_int_equal(wa_decode_memory(engine, NULL, 4, 0.0f, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_decode_memory(engine, data, sizeof data, 0.0f, &buffer), WA_ERR_ENCODING);
    const float wrong[] = { 2999.0f, 768001.0f, -1.0f, NAN, INFINITY };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(wa_decode_memory(engine, data, sizeof data, wrong[i], &buffer),
                         WA_ERR_NOT_SUPPORTED);
        assert_non_null(strstr(wa_error_message(), "sample_rate_hz"));
    }
    wa_decode_options options = WA_DECODE_OPTIONS_INIT;
    options.storage = (wa_buffer_storage)2;
    assert_int_equal(wa_decode_file_with(engine, "x", &options, &buffer), WA_ERR_NOT_SUPPORTED);
    assert_non_null(strstr(wa_error_message(), "storage is 2"));
    options = (wa_decode_options)WA_DECODE_OPTIONS_INIT;
    options.options_bytes = 3;
    assert_int_equal(wa_decode_memory_with(engine, data, 4, &options, &buffer), WA_ERR_NOT_SUPPORTED);
    assert_non_null(strstr(wa_error_message(), "options_bytes is 3"));
    assert_int_equal(wa_decode_memory_with(engine, data, 4, NULL, &buffer), WA_ERR_ENCODING);
    assert_int_equal(wa_decode_memory_with(engine, NULL, 4, NULL, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_decode_file_with(engine, NULL, NULL, &buffer), WA_ERR_TYPE);
    assert_int_equal(buffer.id, 0);
}

/* Bytes of whole files changed at random: any answer, but no crash, no leak, no endless loop. */
static void test_random_damage(void **state) {
    (void)state;
    image *file = malloc(sizeof *file);
    assert_non_null(file);
    uint32_t seed = 20240229;
    uint32_t refused = 0, runs = 0;
    for (size_t i = 0; i < COUNT(formats); i++) {
        if ((formats[i].sf_format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG) {
            continue; /* its decoder writes its own messages for every damaged byte */
        }
        const image *whole =
            make_image(formats[i].sf_format, formats[i].channel_count, formats[i].rate_hz, 2000);
        for (uint32_t run = 0; run < 40; run++, runs++) {
            *file = *whole;
            const uint32_t near = run % 2 == 0 ? 128u : (uint32_t)file->length;
            for (uint32_t change = 0; change < 4; change++) {
                seed = seed * 1664525u + 1013904223u;
                file->bytes[(seed >> 8) % near] = (unsigned char)(seed >> 3);
            }
            wa_buffer buffer = { 0 };
            if (decode(file, run % 3 == 0 ? 32000.0f : 0.0f, &buffer) == WA_OK) {
                assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
            } else {
                refused++;
            }
            assert_int_equal(used_bytes(), 0);
        }
    }
    assert_true(refused > 0 && refused < runs);
    free(file);
}

static int set_up(void **state) {
    (void)state;
    return wa_engine_create(NULL, &engine) != WA_OK;
}

static int tear_down(void **state) {
    (void)state;
    return wa_engine_destroy(engine) != WA_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_resampling),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_length_of_a_wav),
        cmocka_unit_test(test_mp3_without_a_length),
        cmocka_unit_test(test_hostile_length),
        cmocka_unit_test(test_not_finite_is_zero),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_int16),
        cmocka_unit_test(test_int16_of_16_bits_is_exact),
        cmocka_unit_test(test_int16_budget),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
