/* A written file must hold the frames that were given, to the bit or to half a step, and a failure must
 * leave nothing behind. Each row writes counting frames in uneven pieces and reads them back with libsndfile.
 */
#include "wavepool/decode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAMES = 20000, CHANNELS_MAX = 8, PATH_BYTES = 256 };
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static wa_engine *engine;
static char folder[64];
static float data[CHANNELS_MAX][FRAMES];
static float got[FRAMES * CHANNELS_MAX];

static const char *path_of(const char *name) {
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static uint32_t files_in_folder(void) {
    uint32_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += entry->d_name[0] != '.';
    }
    closedir(dir);
    return count;
}

static uint64_t used_bytes(void) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.category_bytes[WA_MEMORY_DECODE];
}

/* Between -1.25 and 1.25, so that integer formats must clip; each channel differs. */
static void make_data(void) {
    uint32_t seed = 1;
    for (uint32_t channel = 0; channel < CHANNELS_MAX; channel++) {
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            seed = seed * 1664525u + 1013904223u;
            data[channel][frame] = ((float)(seed >> 8) / 16777216.0f - 0.5f) * 2.5f;
        }
    }
}

static wa_status write_frames(wa_file_writer *writer, uint32_t channel_count, uint32_t frame_count) {
    const float *planes[CHANNELS_MAX];
    const uint32_t sizes[] = { 128, 1, 0, 441, 5000 };
    wa_status status = WA_OK;
    uint32_t done = 0;
    for (uint32_t piece = 0; status == WA_OK && done < frame_count; piece++) {
        const uint32_t left = frame_count - done;
        const uint32_t size = sizes[piece % COUNT(sizes)];
        for (uint32_t channel = 0; channel < channel_count; channel++) {
            planes[channel] = data[channel] + done;
        }
        status = wa_file_writer_write(writer, planes, size < left ? size : left);
        done += size < left ? size : left;
    }
    return status;
}

typedef struct format_row {
    const char *name;
    wa_file_format format;
    uint32_t channel_count;
    float sample_rate_hz;
    int sf_container, sf_coding;
    double scale; /* 0: float, to the bit */
} format_row;

static const format_row rows[] = {
    { "f1.wav", WA_FILE_WAV_FLOAT, 1, 44100, SF_FORMAT_WAVEX, SF_FORMAT_FLOAT, 0 },
    { "f8.wav", WA_FILE_WAV_FLOAT, 8, 768000, SF_FORMAT_WAVEX, SF_FORMAT_FLOAT, 0 },
    { "i16.wav", WA_FILE_WAV_PCM16, 2, 48000, SF_FORMAT_WAVEX, SF_FORMAT_PCM_16, 32768.0 },
    { "i24.wav", WA_FILE_WAV_PCM24, 3, 48000, SF_FORMAT_WAVEX, SF_FORMAT_PCM_24, 8388608.0 },
    { "i16.flac", WA_FILE_FLAC_PCM16, 2, 44100, SF_FORMAT_FLAC, SF_FORMAT_PCM_16, 32768.0 },
    { "i24.flac", WA_FILE_FLAC_PCM24, 8, 96000, SF_FORMAT_FLAC, SF_FORMAT_PCM_24, 8388608.0 },
};

static void check_file(const format_row *row, const char *path) {
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.frames, FRAMES);
    assert_int_equal(info.channels, row->channel_count);
    assert_int_equal(info.samplerate, (int)row->sample_rate_hz);
    assert_int_equal(info.format & SF_FORMAT_SUBMASK, row->sf_coding);
    assert_int_equal(info.format & SF_FORMAT_TYPEMASK, row->sf_container);
    assert_int_equal(sf_readf_float(file, got, FRAMES), FRAMES);
    sf_close(file);
    double worst = 0.0;
    for (uint32_t i = 0; i < FRAMES * row->channel_count; i++) {
        double expected = (double)data[i % row->channel_count][i / row->channel_count];
        if (row->scale > 0.0) {
            expected = fmin(fmax(expected, -1.0), 1.0 - 1.0 / row->scale);
        }
        worst = fmax(worst, fabs((double)got[i] - expected));
    }
    const double bound = row->scale > 0.0 ? 0.5000001 / row->scale : 0.0;
    if (worst > bound) {
        fail_msg("%s: worst error %g, allowed %g", row->name, worst, bound);
    }
}

static void test_formats(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = path_of(rows[i].name);
        wa_file_writer *writer = NULL;
        assert_int_equal(wa_file_writer_create(engine, path, rows[i].format, rows[i].channel_count,
                                               rows[i].sample_rate_hz, &writer),
                         WA_OK);
        assert_int_equal(access(path, F_OK), -1); /* not under its name before it is whole */
        assert_int_equal(write_frames(writer, rows[i].channel_count, FRAMES), WA_OK);
        assert_int_equal(wa_file_writer_finish(writer), WA_OK);
        check_file(&rows[i], path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(files_in_folder(), 0);
        assert_int_equal(used_bytes(), 0);
    }
}

/* Nothing in a file of floats says when it was made, which would make every one another. */
static void test_no_time_stamp(void **state) {
    (void)state;
    const float frames[4] = { 0.5f, -0.25f, 0.125f, 1.0f };
    const float *planes[1] = { frames };
    const char *path = path_of("stamp.wav");
    wa_file_writer *writer = NULL;
    unsigned char bytes[512] = { 0 };
    assert_int_equal(wa_file_writer_create(engine, path, WA_FILE_WAV_FLOAT, 1, 48000, &writer), WA_OK);
    assert_int_equal(wa_file_writer_write(writer, planes, 4), WA_OK);
    assert_int_equal(wa_file_writer_finish(writer), WA_OK);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(count > 64);
    const unsigned char *peak = memmem(bytes, count, "PEAK", 4);
    if (peak != NULL) { /* name, size, version, time */
        static const unsigned char zeros[4];
        assert_memory_equal(peak + 12, zeros, sizeof zeros);
    }
    assert_memory_equal(bytes + count - sizeof frames, frames, sizeof frames);
    unlink(path);
}

static void test_same_frames_same_bytes(void **state) {
    (void)state;
    static char bytes[2][FRAMES * 2 * sizeof(float) + 4096];
    size_t length[2];
    for (int run = 0; run < 2; run++) {
        wa_file_writer *writer = NULL;
        const char *path = path_of("same.wav");
        assert_int_equal(wa_file_writer_create(engine, path, WA_FILE_WAV_FLOAT, 2, 48000, &writer),
                         WA_OK);
        assert_int_equal(write_frames(writer, 2, FRAMES), WA_OK);
        assert_int_equal(wa_file_writer_finish(writer), WA_OK); /* the second replaces the first */
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        length[run] = fread(bytes[run], 1, sizeof bytes[run], file);
        fclose(file);
    }
    assert_int_equal(length[0], length[1]);
    assert_memory_equal(bytes[0], bytes[1], length[0]);
    assert_memory_equal(bytes[0], "RIFF", 4);
    unlink(path_of("same.wav"));
}

/* Not a number has no integer: 0. A file of no frames is a file. */
static void test_not_a_number_and_no_frames(void **state) {
    (void)state;
    const float odd[4] = { NAN, INFINITY, -INFINITY, 0.25f };
    const float *planes[1] = { odd };
    for (uint32_t count = 0; count <= 4; count += 4) {
        wa_file_writer *writer = NULL;
        assert_int_equal(
            wa_file_writer_create(engine, path_of("odd.wav"), WA_FILE_WAV_PCM16, 1, 48000, &writer),
            WA_OK);
        assert_int_equal(wa_file_writer_write(writer, planes, count), WA_OK);
        assert_int_equal(wa_file_writer_finish(writer), WA_OK);
        SF_INFO info = { 0 };
        SNDFILE *file = sf_open(path_of("odd.wav"), SFM_READ, &info);
        assert_non_null(file);
        short values[4] = { 0 };
        assert_int_equal(sf_read_short(file, values, 4), count);
        sf_close(file);
        if (count == 4) {
            const short expected[4] = { 0, 32767, -32768, 8192 };
            assert_memory_equal(values, expected, sizeof expected);
        }
    }
    unlink(path_of("odd.wav"));
}

static void test_abandon_leaves_nothing(void **state) {
    (void)state;
    wa_file_writer *writer = NULL;
    assert_int_equal(
        wa_file_writer_create(engine, path_of("gone.wav"), WA_FILE_WAV_FLOAT, 2, 48000, &writer),
        WA_OK);
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(write_frames(writer, 2, FRAMES), WA_OK);
    wa_file_writer_abandon(writer);
    wa_file_writer_abandon(NULL);
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(used_bytes(), 0);
}

typedef struct refused_row {
    const char *name;
    int format;
    uint32_t channel_count;
    float sample_rate_hz;
    wa_status status;
    const char *words; /* in the message */
} refused_row;

static const refused_row refused[] = {
    { "x.wav", 0, 2, 48000, WA_ERR_NOT_SUPPORTED, "format" },
    { "x.wav", 6, 2, 48000, WA_ERR_NOT_SUPPORTED, "format" },
    { "x.wav", WA_FILE_WAV_FLOAT, 0, 48000, WA_ERR_NOT_SUPPORTED, "channel_count" },
    { "x.wav", WA_FILE_WAV_FLOAT, 33, 48000, WA_ERR_NOT_SUPPORTED, "channel_count" },
    { "x.flac", WA_FILE_FLAC_PCM24, 9, 48000, WA_ERR_NOT_SUPPORTED, "channel_count" },
    { "x.wav", WA_FILE_WAV_FLOAT, 2, 2999, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
    { "x.wav", WA_FILE_WAV_FLOAT, 2, 768001, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
    { "x.wav", WA_FILE_WAV_FLOAT, 2, NAN, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
    { "x.wav", WA_FILE_WAV_FLOAT, 2, 44100.5f, WA_ERR_NOT_SUPPORTED, "whole" },
    { "x.flac", WA_FILE_FLAC_PCM16, 2, 768000, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
    { "no/such/x.wav", WA_FILE_WAV_FLOAT, 2, 48000, WA_ERR_IO, "No such file" },
    { "", WA_FILE_WAV_FLOAT, 2, 48000, WA_ERR_IO, "no regular file" },
};

static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        wa_file_writer *writer = NULL;
        const wa_status status =
            wa_file_writer_create(engine, path_of(refused[i].name), (wa_file_format)refused[i].format,
                                  refused[i].channel_count, refused[i].sample_rate_hz, &writer);
        if (status != refused[i].status || strstr(wa_error_message(), refused[i].words) == NULL) {
            fail_msg("row %zu: %s: %s", i, wa_status_name(status), wa_error_message());
        }
        assert_null(writer);
        assert_int_equal(files_in_folder(), 0);
        assert_int_equal(used_bytes(), 0);
    }
    wa_file_writer *writer = NULL;
    assert_int_equal(wa_file_writer_create(engine, NULL, WA_FILE_WAV_FLOAT, 1, 48000, &writer),
                     WA_ERR_TYPE);
    assert_int_equal(wa_file_writer_create(NULL, "x", WA_FILE_WAV_FLOAT, 1, 48000, &writer),
                     WA_ERR_TYPE);
    assert_int_equal(wa_file_writer_create(engine, "x", WA_FILE_WAV_FLOAT, 1, 48000, NULL),
                     WA_ERR_TYPE);
    assert_int_equal(wa_file_writer_write(NULL, NULL, 1), WA_ERR_TYPE);
    assert_int_equal(wa_file_writer_finish(NULL), WA_ERR_TYPE);
    assert_int_equal(wa_file_writer_create(engine, "/dev/null", WA_FILE_WAV_FLOAT, 1, 48000, &writer),
                     WA_ERR_IO);
}

/* The limit on file size stands for a full disk: writes fail half way. */
static void check_full_disk(wa_file_format format, uint32_t frame_count, rlim_t limit_bytes) {
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    const struct rlimit small = { limit_bytes, before.rlim_max };
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    wa_file_writer *writer = NULL;
    assert_int_equal(wa_file_writer_create(engine, path_of("full"), format, 2, 48000, &writer), WA_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const wa_status status = write_frames(writer, 2, frame_count);
    const wa_status again = status == WA_OK ? WA_ERR_IO : write_frames(writer, 2, 1);
    const wa_status finished = wa_file_writer_finish(writer);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_int_equal(again, WA_ERR_IO);
    assert_int_equal(finished, WA_ERR_IO);
    assert_non_null(strstr(wa_error_message(), "full"));
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(used_bytes(), 0);
}

static void test_full_disk(void **state) {
    (void)state;
    check_full_disk(WA_FILE_WAV_FLOAT, FRAMES, 65536);
    check_full_disk(WA_FILE_FLAC_PCM24, FRAMES, 65536);
    check_full_disk(WA_FILE_WAV_PCM16, 100, 200); /* only finish writes */
    check_full_disk(WA_FILE_FLAC_PCM16, 100, 200);
    check_full_disk(WA_FILE_FLAC_PCM16, 4096 * 3 + 3000, 55000); /* only its last block does not fit */
}

static int set_up(void **state) {
    (void)state;
    make_data();
    snprintf(folder, sizeof folder, "/tmp/wavepool-writer-XXXXXX");
    return mkdtemp(folder) == NULL || wa_engine_create(NULL, &engine) != WA_OK;
}

static int tear_down(void **state) {
    (void)state;
    return rmdir(folder) != 0 || wa_engine_destroy(engine) != WA_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_no_time_stamp),
        cmocka_unit_test(test_same_frames_same_bytes),
        cmocka_unit_test(test_not_a_number_and_no_frames),
        cmocka_unit_test(test_abandon_leaves_nothing),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
