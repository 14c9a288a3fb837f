/* A reader must give the same frames however they are asked for, and after a seek those of that place: against
 * one pass over the whole sound, for every format and for rates that keep, double, lower and interpolate. */
#include "engines.h"
#include "media/reader.h"
#include "sounds.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* libsndfile 1.2.0 forgets what libvorbis took for a stream that it then refuses. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libvorbis\nleak:libsndfile\n";
}

enum { CHANNELS = 2 };

typedef struct opened {
    sound from;
    reader frames;
    float *planes[CHANNELS]; /* all of it, from one pass */
    uint64_t frame_count;
} opened;

static opened *open_whole(wa_engine *engine, const char *path, float rate_hz) {
    opened *made = calloc(1, sizeof *made);
    assert_non_null(made);
    if (sound_open_path(&made->from, path) != WA_OK ||
        reader_init(&made->frames, engine, &made->from, rate_hz) != WA_OK) {
        fail_msg("%s: %s", path, wa_error_message());
    }
    made->frame_count = made->frames.frame_count;
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        made->planes[channel] = calloc(made->frame_count, sizeof(float));
        assert_non_null(made->planes[channel]);
    }
    assert_int_equal(reader_read(&made->frames, made->planes, (uint32_t)made->frame_count), WA_OK);
    return made;
}

static void close_whole(opened *of) {
    reader_finish(&of->frames);
    sound_close(&of->from);
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        free(of->planes[channel]);
    }
    free(of);
}

/* Read [first, first + count) where the reader stands and compare: the largest difference. */
static double read_and_compare(opened *of, uint64_t first, uint32_t count) {
    float *rows[CHANNELS];
    double worst = 0.0;
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        rows[channel] = malloc((count + 1) * sizeof(float));
        assert_non_null(rows[channel]);
        rows[channel][count] = 7.5f;
    }
    assert_int_equal(of->frames.next_frame, first);
    if (reader_read(&of->frames, rows, count) != WA_OK) {
        fail_msg("%s at %llu: %s", of->from.name, (unsigned long long)first, wa_error_message());
    }
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        for (uint32_t frame = 0; frame < count; frame++) {
            const double difference =
                fabs((double)rows[channel][frame] - (double)of->planes[channel][first + frame]);
            worst = fmax(worst, isnan(difference) ? 1e9 : difference);
        }
        assert_true(rows[channel][count] == 7.5f);
        free(rows[channel]);
    }
    return worst;
}

typedef struct row {
    const char *name;
    int sf_format, rate_hz;
    float out_hz; /* 0: its own */
    double seek_error;
} row;

static const row rows[] = {
    { "16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 0.0f, 0.0 },
    { "float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 0.0f, 0.0 },
    { "24.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 44100, 0.0f, 0.0 },
    { "vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 0.0f, 0.0 },
    { "opus.ogg", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 0.0f, 1e-6 }, /* its state converges */
    { "layer.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 0.0f, 2e-7 }, /* a last bit */
    { "16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 48000.0f, 0.0 },
    { "float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 44100.0f, 0.0 },
    { "vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 48000.0f, 0.0 },
    { "layer.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 48000.0f, 2e-7 },
    { "float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 96000.0f, 1e-6 }, /* FFTs of other blocks */
    { "float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 8000.0f, 1e-6 },
    { "16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 44101.0f, 1e-5 },
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0], FILE_FRAMES = 70000 };

static opened *open_row(wa_engine *engine, const row *of) {
    return open_whole(engine, sounds_write(of->name, of->sf_format, CHANNELS, of->rate_hz, FILE_FRAMES),
                      of->out_hz);
}

static uint32_t random_state = 1;
static uint32_t random_below(uint32_t bound) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * bound) >> 32);
}

/* Small and large pieces give what one pass gave, to the bit. */
static void any_pieces_are_the_whole(void **state) {
    (void)state;
    wa_engine *engine = engine_of(50000000);
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        opened *of = open_row(engine, &rows[i]);
        assert_int_equal(reader_seek(&of->frames, 0), WA_OK);
        for (uint64_t first = 0; first < of->frame_count;) {
            const uint64_t left = of->frame_count - first;
            const uint32_t wanted = 1 + random_below(random_below(2) == 0 ? 200 : 9000);
            const uint32_t count = wanted < left ? wanted : (uint32_t)left;
            const double error = read_and_compare(of, first, count);
            if (error != 0.0) {
                fail_msg("%s to %g Hz, frames from %llu: off by %g", rows[i].name,
                         (double)rows[i].out_hz, (unsigned long long)first, error);
            }
            first += count;
        }
        close_whole(of);
    }
    wa_engine_destroy(engine);
}

static void a_seek_is_exact(void **state) {
    (void)state;
    wa_engine *engine = engine_of(50000000);
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        opened *of = open_row(engine, &rows[i]);
        double worst = 0.0;
        for (uint32_t tries = 0; tries < 25; tries++) {
            const uint32_t count = random_below(5000);
            const uint64_t end = of->frame_count - count;
            const uint64_t first = tries == 0 ? 0 : tries == 1 ? end : random_below((uint32_t)end);
            assert_int_equal(reader_seek(&of->frames, first), WA_OK);
            worst = fmax(worst, read_and_compare(of, first, count));
        }
        if (!(worst <= rows[i].seek_error)) {
            fail_msg("%s to %g Hz: off by %g after a seek", rows[i].name, (double)rows[i].out_hz,
                     worst);
        }
        close_whole(of);
    }
    wa_engine_destroy(engine);
}

static void frame_counts(void **state) {
    (void)state;
    static const struct {
        uint64_t in_frames;
        uint32_t in_hz;
        float out_hz;
        uint64_t frames;
    } counts[] = {
        { 22051, 44100, 48000.0f, 24002 },
        { 24000, 48000, 44100.5f, 22051 },
        { 1, 768000, 3000.0f, 1 },
        { WA_BUFFER_FRAMES_MAX, 3000, 768000.0f, WA_BUFFER_FRAMES_MAX * 256 },
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        assert_int_equal(reader_frame_count(counts[i].in_frames, counts[i].in_hz, counts[i].out_hz),
                         counts[i].frames);
    }
}

/* Over the budget, or a ratio that soxr refuses: nothing is kept. */
static void refused(void **state) {
    (void)state;
    const char *path = sounds_write("some.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 30, 44100, 100);
    wa_engine *engine = engine_of(1000000);
    sound from;
    reader frames;
    assert_int_equal(sound_open_path(&from, path), WA_OK);
    void *rest = NULL;
    assert_int_equal(memory_take(engine, WA_MEMORY_DECODE, 600000, "rest", &rest), WA_OK);
    const wa_memory_stats before = stats_of(engine);
    assert_int_equal(reader_init(&frames, engine, &from, 0.0f), WA_ERR_BUDGET);
    assert_message_has("decoder block");
    assert_same_use(&before, engine);
    memory_give(engine, WA_MEMORY_DECODE, rest, 600000);
    sound_close(&from);
    wa_engine_destroy(engine);
}

/* What the file system says of a file that is open: written to, cut, replaced, removed. */
static void a_change_is_seen(void **state) {
    (void)state;
    const int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    sound from;
    assert_int_equal(sound_open_path(&from, sounds_write("old.wav", format, 2, 44100, 5000)), WA_OK);
    assert_int_equal(sound_check_unchanged(&from), WA_OK);
    assert_int_equal(truncate(sounds_path("old.wav"), 1000), 0);
    assert_int_equal(sound_check_unchanged(&from), WA_ERR_IO);
    assert_message_has("old.wav: has changed");
    sound_close(&from);

    assert_int_equal(sound_open_path(&from, sounds_write("old.wav", format, 2, 44100, 5000)), WA_OK);
    const struct timespec times[2] = { { 1000, 0 }, { 1000, 5 } };
    assert_int_equal(utimensat(AT_FDCWD, sounds_path("old.wav"), times, 0), 0);
    assert_int_equal(sound_check_unchanged(&from), WA_ERR_IO);
    sound_close(&from);

    /* Removed or replaced by another: what is open is still what it was. */
    assert_int_equal(sound_open_path(&from, sounds_write("old.wav", format, 2, 44100, 5000)), WA_OK);
    assert_int_equal(unlink(sounds_path("old.wav")), 0);
    assert_int_equal(sound_check_unchanged(&from), WA_OK);
    sound_close(&from);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_pieces_are_the_whole),
        cmocka_unit_test(a_seek_is_exact),
        cmocka_unit_test(frame_counts),
        cmocka_unit_test(refused),
        cmocka_unit_test(a_change_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
