#include "sounds.h"
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64];
static pid_t owner;

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static void remove_folder(void) {
    if (getpid() == owner) { /* a child of a test leaves it alone */
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
}

const char *sounds_path(const char *name) {
    static char paths[4][SOUNDS_PATH_BYTES];
    static uint32_t next;
    if (folder[0] == '\0') {
        strcpy(folder, "/tmp/wavepool-test-XXXXXX");
        assert_non_null(mkdtemp(folder));
        owner = getpid();
        atexit(remove_folder);
    }
    char *path = paths[next++ % 4];
    snprintf(path, SOUNDS_PATH_BYTES, "%s/%s", folder, name);
    return path;
}

float sounds_value(uint64_t frame, uint32_t channel) {
    uint64_t mixed = (frame + 1) * 0x9e3779b97f4a7c15u + channel;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    const double noise = (double)(int64_t)(mixed ^ (mixed >> 27)) * 0x1p-63;
    const double phase = 0.05 * (double)frame * (1.0 + 0.3 * channel);
    return (float)(0.4 * sin(phase) + 0.2 * sin(3.7 * phase) + 0.1 * noise);
}

static void write_frames(SNDFILE *file, uint32_t channel_count, uint32_t frame_count) {
    enum { BLOCK = 512 };
    float *frames = malloc(BLOCK * channel_count * sizeof(float));
    assert_non_null(frames);
    for (uint32_t first = 0; first < frame_count; first += BLOCK) {
        const uint32_t count = frame_count - first < BLOCK ? frame_count - first : BLOCK;
        for (uint32_t i = 0; i < count * channel_count; i++) {
            frames[i] = sounds_value(first + i / channel_count, i % channel_count);
        }
        assert_int_equal(sf_writef_float(file, frames, count), count);
    }
    free(frames);
}

const char *sounds_write(const char *name, int sf_format, uint32_t channel_count, int rate_hz,
                         uint32_t frame_count) {
    const char *path = sounds_path(name);
    SF_INFO info = { .samplerate = rate_hz, .channels = (int)channel_count, .format = sf_format };
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        fail_msg("%s: libsndfile cannot write it: %s", path, sf_strerror(NULL));
    }
    write_frames(file, channel_count, frame_count);
    assert_int_equal(sf_close(file), 0);
    return path;
}

unsigned char *sounds_load(const char *path, uint64_t count, uint64_t *size_bytes) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const uint64_t length = (uint64_t)ftell(file);
    *size_bytes = count < length ? count : length;
    rewind(file);
    unsigned char *bytes = malloc(*size_bytes + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size_bytes, file), *size_bytes);
    fclose(file);
    return bytes;
}

void sounds_store(const char *path, const unsigned char *bytes, uint64_t size_bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size_bytes, file), size_bytes);
    assert_int_equal(fclose(file), 0);
}
