/* Files played from disk, offline, where nothing depends on time: what a MediaSource plays must be, to the bit,
 * what wa_decode_file says of the file, from every place and in every order of calls; the same twice; and
 * within the ledger. Files that are cut, changed or hostile end with an error, never worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../unit/sounds.h"
#include "rig.h"
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libsndfile 1.2.0 forgets what libvorbis took for a stream that it then refuses. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libvorbis\nleak:libsndfile\n";
}

enum { WAV_16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16, MP3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III };

/* -- A rig with a media ------------------------------------------------------------------------- */

typedef struct stage {
    rig *r;
    wa_media media;
    wa_node node;
    wa_buffer decoded; /* the oracle, at the context's rate */
    uint64_t frame_count;
    uint32_t channel_count;
} stage;

static wa_media open_media(rig *r, const char *path) {
    wa_media_options options = WA_MEDIA_OPTIONS_INIT;
    wa_media media = { 0 };
    options.sample_rate_hz = (float)r->rate;
    assert_ok(wa_media_open(r->engine, path, &options, &media));
    return media;
}

static wa_node make_node(rig *r, wa_media media, float rate, bool loop) {
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = media;
    options.playback_rate = rate;
    options.loop = loop;
    wa_node node = { 0 };
    assert_ok(wa_node_create(r->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node));
    assert_ok(wa_node_connect(r->context, node, r->out));
    return node;
}

static stage set_up(const char *path, const rig_desc *desc) {
    stage made = { .r = rig_create(desc) };
    wa_buffer_info info;
    assert_ok(wa_decode_file(made.r->engine, path, (float)made.r->rate, &made.decoded));
    assert_ok(wa_buffer_get_info(made.r->engine, made.decoded, &info));
    made.frame_count = info.frame_count;
    made.channel_count = info.channel_count;
    made.media = open_media(made.r, path);
    made.node = make_node(made.r, made.media, 1.0f, false);
    return made;
}

static void take_down(stage *of) {
    assert_ok(wa_buffer_release(of->r->engine, of->decoded));
    assert_ok(wa_media_close(of->r->engine, of->media));
    rig_destroy(of->r);
}

static const float *decoded(const stage *of, uint32_t channel) {
    return wa_buffer_plane(of->r->engine, of->decoded, channel);
}

static rig_desc offline(uint32_t channel_count, float rate_hz, uint32_t quantum, uint64_t length) {
    return (rig_desc){ .kind = WA_CONTEXT_OFFLINE,
                       .channel_count = channel_count,
                       .sample_rate_hz = rate_hz,
                       .quantum_frames = quantum,
                       .length_frames = length };
}

static wa_media_source_state state_of(const stage *of) {
    wa_media_source_state state;
    assert_ok(wa_media_source_get_state(of->r->context, of->node, &state));
    return state;
}

/* -- Exact -------------------------------------------------------------------------------------- */

typedef struct format_row {
    const char *name;
    int sf_format;
    uint32_t channel_count;
    int file_hz;
    float rate_hz;
    uint32_t quantum;
} format_row;

static const format_row formats[] = {
    { "a.wav", WAV_16, 2, 44100, 44100.0f, 128 },
    { "b.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 48000, 48000.0f, 1 },
    { "c.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2, 44100, 48000.0f, 128 },
    { "d.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 2, 96000, 44100.0f, 441 },
    { "e.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2, 44100, 44100.0f, 1000 },
    { "f.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 1, 22050, 48000.0f, 128 },
    { "g.ogg", SF_FORMAT_OGG | SF_FORMAT_OPUS, 2, 48000, 48000.0f, 128 },
    { "h.mp3", MP3, 2, 44100, 44100.0f, 512 },
    { "i.mp3", MP3, 2, 44100, 48000.0f, 128 },
};

/* From the first frame to the last, at a time that is no quantum's, then silence. Everything after a close of
 * the handle: the node keeps it. */
static void plays_what_decoding_gives(void **state) {
    (void)state;
    enum { FRAMES = 60000, START = 1001 };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const format_row *row = &formats[i];
        const char *path =
            sounds_write(row->name, row->sf_format, row->channel_count, row->file_hz, FRAMES);
        const uint64_t frames = (uint64_t)ceil(FRAMES * (double)row->rate_hz / row->file_hz);
        const rig_desc desc =
            offline(row->channel_count, row->rate_hz, row->quantum, START + frames + 700);
        stage of = set_up(path, &desc);
        assert_int_equal(of.frame_count, frames);
        assert_ok(wa_media_source_play(of.r->context, of.node, START / of.r->rate));
        assert_ok(wa_media_close(of.r->engine, of.media));
        rig_render_offline(of.r, NULL, NULL);
        for (uint32_t channel = 0; channel < row->channel_count; channel++) {
            assert_all(of.r->planes[channel], 0.0f, START);
            assert_same(of.r->planes[channel] + START, decoded(&of, channel), frames);
            assert_all(of.r->planes[channel] + START + frames, 0.0f, 700);
        }
        assert_int_equal(rig_poll(of.r, WA_EVENT_ENDED), 1);
        assert_true(state_of(&of).has_ended);
        assert_ok(wa_buffer_release(of.r->engine, of.decoded));
        rig_destroy(of.r);
    }
}

/* Seamless in the sense of decode and loop: after the last frame the first. Files longer and shorter than the
 * ring, down to one frame. */
static void loops(void **state) {
    (void)state;
    static const struct {
        uint32_t frames;
        int sf_format;
        float rate_hz;
    } rows[] = {
        { 1, WAV_16, 44100.0f },    { 7, WAV_16, 48000.0f },
        { 1000, WAV_16, 44100.0f }, { 11000, WAV_16, 48000.0f },
        { 30000, MP3, 44100.0f },   { 30000, WAV_16, 48000.0f },
        { 5000, MP3, 48000.0f },    { 40000, SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100.0f },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *path = sounds_write("loop", rows[i].sf_format, 2, 44100, rows[i].frames);
        const rig_desc desc = offline(2, rows[i].rate_hz, 128, 128 * 800);
        stage of = set_up(path, &desc);
        assert_ok(wa_media_source_set_loop(of.r->context, of.node, true));
        assert_ok(wa_media_source_play(of.r->context, of.node, 0.0));
        rig_render_offline(of.r, NULL, NULL);
        for (uint64_t first = 0; first < of.r->frame_count; first += of.frame_count) {
            const uint64_t left = of.r->frame_count - first;
            assert_same(of.r->planes[1] + first, decoded(&of, 1),
                        left < of.frame_count ? left : of.frame_count);
        }
        assert_false(state_of(&of).has_ended);
        assert_int_equal(rig_poll(of.r, WA_EVENT_ENDED), 0);
        take_down(&of);
    }
}

/* -- Scripts ------------------------------------------------------------------------------------ */

typedef enum act { PLAY, PAUSE, SEEK, LOOP, ONCE } act;

/* A model of the node at rate 1, in frames of the context and the file. */
typedef struct script {
    stage *of;
    uint64_t seed;
    uint64_t now;
    double play_frame, pause_frame;
    uint64_t position;
    bool loops, has_ended;
    int64_t *want; /* of each frame of output: the frame of the file; -1: silence */
    uint32_t steps;
} script;

static uint32_t below(script *run, uint32_t bound) {
    run->seed = run->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((run->seed >> 32) * bound) >> 32);
}

/* What is heard until `end`. */
static void advance(script *run, uint64_t end) {
    for (; run->now < end; run->now++) {
        const bool is_on = run->play_frame <= (double)run->now && (double)run->now < run->pause_frame;
        run->want[run->now] = -1;
        if (!is_on || run->has_ended) {
            continue;
        }
        if (run->position >= run->of->frame_count) {
            run->has_ended = !run->loops;
            run->position = 0;
            if (run->has_ended) {
                continue;
            }
        }
        run->want[run->now] = (int64_t)run->position++;
    }
}

/* The node knows that it has ended when its last frame was rendered. */
static bool is_over(const script *run) {
    return run->has_ended ||
           (!run->loops && run->position >= run->of->frame_count && run->play_frame < run->pause_frame);
}

static void act_at(script *run, wa_context *context) {
    const stage *of = run->of;
    const double rate = of->r->rate, later = below(run, 3) == 0 ? (double)below(run, 700) : 0.0;
    const double frame = (double)run->now + later;
    const bool plays_then = run->play_frame <= frame && frame < run->pause_frame;
    const uint64_t target = below(run, (uint32_t)of->frame_count + 1);
    switch ((act)below(run, 5)) {
    case PLAY:
        assert_ok(wa_media_source_play(context, of->node, frame / rate));
        if (state_of(of).has_ended || run->has_ended) {
            run->position = 0;
            run->has_ended = false;
        }
        run->play_frame = plays_then ? run->play_frame : frame;
        run->pause_frame = INFINITY;
        break;
    case PAUSE:
        assert_ok(wa_media_source_pause(context, of->node, frame / rate));
        if (run->pause_frame > (double)run->now) { /* else it is paused already */
            run->play_frame = frame <= run->play_frame ? INFINITY : run->play_frame;
            run->pause_frame = frame;
        }
        break;
    case SEEK:
        assert_ok(wa_media_source_seek(context, of->node, (double)target / rate));
        run->position = target;
        run->has_ended = false;
        break;
    case LOOP:
    case ONCE:
        run->loops = below(run, 2) == 0;
        assert_ok(wa_media_source_set_loop(context, of->node, run->loops));
        break;
    }
}

static void next_step(void *user, wa_context *context, double time_s) {
    script *run = user;
    (void)time_s;
    advance(run, wa_context_current_frame(context));
    const uint32_t count = 1 + below(run, 3);
    for (uint32_t i = 0; i < count; i++) {
        if (is_over(run) != state_of(run->of).has_ended) {
            fail_msg("seed, frame %llu: ended is %d", (unsigned long long)run->now,
                     state_of(run->of).has_ended);
        }
        act_at(run, context);
    }
    run->steps++;
    const double next_s = (double)(run->now + 128 * (1 + below(run, 40))) / run->of->r->rate;
    (void)wa_context_suspend_at(context, next_s); /* beyond the end: the last one */
}

/* Any order of calls at any quantum: to the bit, with the model saying which frame is due. */
static void any_order_of_calls(void **state) {
    (void)state;
    static const struct {
        uint32_t frames;
        int sf_format;
        double error;
    } rows[] = { { 20000, WAV_16, 0.0 },
                 { 9000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 0.0 },
                 { 150, WAV_16, 0.0 },
                 { 70000, MP3, 2e-7 } }; /* a decoder's last bit depends on what it did before */
    enum { LENGTH = 128 * 1500 };
    for (uint32_t row = 0; row < 12; row++) {
        const char *path =
            sounds_write("script", rows[row % 4].sf_format, 1, 44100, rows[row % 4].frames);
        const rig_desc desc = offline(1, 44100.0f, 128, LENGTH);
        stage of = set_up(path, &desc);
        script run = { .of = &of,
                       .seed = row,
                       .play_frame = INFINITY,
                       .pause_frame = INFINITY,
                       .want = calloc(LENGTH, sizeof *run.want) };
        assert_non_null(run.want);
        assert_ok(wa_context_suspend_at(of.r->context, 0.0));
        rig_render_offline(of.r, next_step, &run);
        advance(&run, LENGTH);
        uint32_t heard = 0;
        for (uint32_t at = 0; at < LENGTH; at++) {
            const float want = run.want[at] < 0 ? 0.0f : decoded(&of, 0)[run.want[at]];
            heard += run.want[at] >= 0;
            if (!(fabs((double)of.r->planes[0][at] - (double)want) <= rows[row % 4].error)) {
                fail_msg("row %u, frame %u: %g, but frame %lld of the file is %g", row, at,
                         (double)of.r->planes[0][at], (long long)run.want[at], (double)want);
            }
        }
        assert_true(run.steps > 30 && heard > 1000);
        free(run.want);
        take_down(&of);
    }
}

/* -- The same twice ----------------------------------------------------------------------------- */

static void jumble(void *user, wa_context *context, double time_s) {
    const wa_node *node = user;
    const uint32_t step = (uint32_t)(time_s * 20.0 + 0.5);
    const wa_param rate = wa_node_param(*node, WA_MEDIA_SOURCE_PLAYBACK_RATE);
    assert_ok(wa_param_set_value(context, rate, 0.25f + 0.4f * (float)(step % 9)));
    if (step % 3 == 0) {
        assert_ok(wa_media_source_seek(context, *node, 0.037 * (step % 31)));
    }
    if (step % 7 == 3) {
        assert_ok(wa_media_source_pause(context, *node, time_s + 0.01));
        assert_ok(wa_media_source_play(context, *node, time_s + 0.02));
    }
    (void)wa_context_suspend_at(context, time_s + 0.05);
}

/* Turn by turn the worker has got less or more far before it is taken in hand. */
static float *render_jumble(const char *path, float rate_hz, uint32_t turn, uint64_t *frames) {
    const rig_desc desc = offline(2, rate_hz, 128, 3 * 48000);
    rig *r = rig_create(&desc);
    wa_media media = open_media(r, path);
    usleep(turn * 700);
    wa_node node = make_node(r, media, 1.0f, true);
    assert_ok(wa_media_source_seek(r->context, node, 0.31));
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    assert_ok(wa_context_suspend_at(r->context, 0.05));
    rig_render_offline(r, jumble, &node);
    wa_media_stats stats;
    assert_ok(wa_media_get_stats(r->engine, media, &stats));
    assert_int_equal(stats.underflow_count, 0);
    assert_int_equal(stats.status, WA_OK);
    float *heard = malloc(r->frame_count * sizeof *heard);
    assert_non_null(heard);
    memcpy(heard, r->planes[1], r->frame_count * sizeof *heard);
    *frames = r->frame_count;
    assert_ok(wa_media_close(r->engine, media));
    rig_destroy(r);
    return heard;
}

/* Lossy files, resampled or not, at changing rates, with seeks: the same bits each time. */
static void an_offline_render_is_the_same_twice(void **state) {
    (void)state;
    static const struct {
        int sf_format;
        uint32_t channel_count;
        int file_hz;
        float rate_hz;
    } rows[] = {
        { MP3, 2, 44100, 47999.0f },
        { MP3, 1, 44100, 44100.0f },
        { SF_FORMAT_OGG | SF_FORMAT_VORBIS, 2, 44100, 48000.0f },
        { SF_FORMAT_OGG | SF_FORMAT_OPUS, 1, 48000, 48000.0f },
    };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const char *path = sounds_write("twice", rows[row].sf_format, rows[row].channel_count,
                                        rows[row].file_hz, 60000);
        uint64_t frames = 0;
        double energy = 0.0;
        float *first = render_jumble(path, rows[row].rate_hz, 0, &frames);
        for (uint64_t at = 0; at < frames; at++) {
            energy += (double)first[at] * (double)first[at];
        }
        assert_true(energy > 1000.0);
        for (uint32_t turn = 1; turn < 5; turn++) {
            float *again = render_jumble(path, rows[row].rate_hz, turn, &frames);
            assert_same(again, first, frames);
            free(again);
        }
        free(first);
    }
}

/* -- Long --------------------------------------------------------------------------------------- */

/* Ten minutes of MP3: five seconds of packets, again and again, which is a file without a length in it. */
static const char *ten_minutes(uint64_t *packet_count) {
    enum { TURNS = 120 };
    uint64_t size_bytes = 0;
    const char *path = sounds_write("five.mp3", MP3, 2, 44100, 5 * 44100);
    unsigned char *bytes = sounds_load(path, UINT64_MAX, &size_bytes);
    static const uint32_t kbits[16] = { 0,   32,  40,  48,  56,  64,  80,  96,
                                        112, 128, 160, 192, 224, 256, 320, 0 };
    uint64_t first = 0;
    *packet_count = 0;
    for (uint64_t at = 0; at + 4 < size_bytes;) { /* MPEG-1 Layer III at 44.1 kHz; the first is a tag */
        assert_int_equal(bytes[at], 0xff);
        const uint64_t next =
            at + 144000 * kbits[bytes[at + 2] >> 4] / 44100 + (bytes[at + 2] >> 1 & 1);
        first = at == 0 ? next : first;
        *packet_count += at != 0;
        at = next;
    }
    unsigned char *all = malloc(TURNS * size_bytes);
    assert_non_null(all);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        memcpy(all + turn * (size_bytes - first), bytes + first, size_bytes - first);
    }
    path = sounds_path("ten.mp3");
    sounds_store(path, all, TURNS * (size_bytes - first));
    *packet_count *= TURNS;
    free(bytes);
    free(all);
    return path;
}

typedef struct sum {
    uint64_t frames, last_frame;
    double energy, energy_last; /* last: from last_frame on */
} sum;

static bool add_up(void *user, const float *const *planes, uint32_t channel_count,
                   uint32_t frame_count) {
    sum *of = user;
    (void)channel_count;
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        const double square = (double)planes[1][frame] * (double)planes[1][frame];
        of->energy += square;
        of->energy_last += of->frames >= of->last_frame ? square : 0.0;
        of->frames++;
    }
    return true;
}

/* The whole of it through a MediaSource, with all that the engine has ever held below 10 MB. */
static void ten_minutes_in_ten_megabytes(void **state) {
    (void)state;
    uint64_t packet_count = 0;
    const char *path = ten_minutes(&packet_count);
    const rig_desc desc = offline(2, 44100.0f, 128, 0);
    rig *r = rig_create(&desc);
    wa_media media = open_media(r, path);
    wa_media_info info;
    assert_ok(wa_media_get_info(r->engine, media, &info));
    assert_true(info.duration_s > 600.0 && info.duration_s < 605.0);
    assert_true(info.frame_count <= packet_count * 1152 &&
                info.frame_count > packet_count * 1152 - 3000);
    const wa_node node = make_node(r, media, 1.0f, false);
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    rig_destroy(r);

    wa_context_desc context_desc = WA_CONTEXT_DESC_INIT;
    context_desc.sample_rate_hz = 44100.0f;
    context_desc.length_frames = info.frame_count;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    rig whole = { .engine = engine, .rate = 44100.0 };
    assert_ok(wa_context_create(engine, &context_desc, &whole.context));
    whole.out = wa_context_destination(whole.context);
    media = open_media(&whole, path);
    const wa_node player = make_node(&whole, media, 1.0f, false);
    assert_ok(wa_media_source_play(whole.context, player, 0.0));
    sum heard = { .last_frame = info.frame_count - 441000 };
    wa_offline_desc render = WA_OFFLINE_DESC_INIT;
    render.on_block = add_up;
    render.user = &heard;
    assert_ok(wa_offline_render(whole.context, &render));
    wa_media_stats stats;
    wa_memory_stats memory;
    assert_ok(wa_media_get_stats(engine, media, &stats));
    wa_engine_memory_stats(engine, &memory);
    printf("%.0f s in %.2f MB, of which for the file %.2f\n", info.duration_s,
           (double)memory.peak_bytes / 1e6, (double)memory.category_peak_bytes[WA_MEMORY_DECODE] / 1e6);
    assert_int_equal(stats.status, WA_OK);
    assert_int_equal(stats.underflow_count, 0);
    assert_int_equal(heard.frames, info.frame_count);
    assert_true(memory.peak_bytes < 10000000);
    assert_true(memory.category_peak_bytes[WA_MEMORY_DECODE] < 1000000);
    /* 0.08 + 0.02 + 0.003: the power of the signal, from beginning to end */
    assert_true(fabs(heard.energy / (double)heard.frames - 0.104) < 0.01);
    assert_true(fabs(heard.energy_last / 441000.0 - 0.104) < 0.02);
    assert_ok(wa_context_destroy(whole.context));
    assert_ok(wa_media_close(engine, media));
    assert_ok(wa_engine_destroy(engine));
}

/* -- Broken files ------------------------------------------------------------------------------- */

typedef struct damage {
    stage *of;
    const char *path;
    void (*harm)(const char *path);
    uint64_t harmed_frame;
} damage;

static void cut(const char *path) {
    assert_int_equal(truncate(path, 90000), 0);
}

static void overwrite(const char *path) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 100000, SEEK_SET), 0);
    for (uint32_t i = 0; i < 100000; i++) {
        fputc((int)(i * 7u & 255u), file);
    }
    assert_int_equal(fclose(file), 0);
}

static void append(const char *path) {
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    fputs("and more", file);
    assert_int_equal(fclose(file), 0);
}

static void do_harm(void *user, wa_context *context, double time_s) {
    damage *done = user;
    (void)time_s;
    usleep(2000); /* a time stamp of its own */
    done->harm(done->path);
    done->harmed_frame = wa_context_current_frame(context);
}

/* While it plays: an error with the file's name, the frames that had been read, silence. */
static void a_file_that_changes(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int sf_format;
        void (*harm)(const char *path);
    } rows[] = {
        { "cut.wav", WAV_16, cut },
        { "cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, cut },
        { "cut.mp3", MP3, cut },
        { "over.wav", WAV_16, overwrite },
        { "over.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, overwrite },
        { "more.wav", WAV_16, append },
    };
    enum { FRAMES = 600000 };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[SOUNDS_PATH_BYTES];
        strcpy(path, sounds_write(rows[i].name, rows[i].sf_format, 2, 44100, FRAMES));
        const rig_desc desc = offline(2, 44100.0f, 128, 128 * 3000);
        stage of = set_up(path, &desc);
        damage done = { &of, path, rows[i].harm, 0 };
        assert_ok(wa_media_source_play(of.r->context, of.node, 0.0));
        assert_ok(wa_context_suspend_at(of.r->context, 1.0));
        rig_render_offline(of.r, do_harm, &done);
        wa_media_stats stats;
        assert_ok(wa_media_get_stats(of.r->engine, of.media, &stats));
        assert_int_equal(stats.status, WA_ERR_IO);
        assert_non_null(strstr(stats.message, rows[i].name));
        assert_non_null(strstr(stats.message, "has changed"));
        assert_same(of.r->planes[0], decoded(&of, 0), done.harmed_frame);
        const uint64_t over = done.harmed_frame + 44100; /* more than the ring held */
        assert_all(of.r->planes[0] + over, 0.0f, of.r->frame_count - over);
        assert_int_equal(state_of(&of).status, WA_ERR_IO);
        assert_false(state_of(&of).is_playing);
        assert_int_equal(rig_poll(of.r, WA_EVENT_ERROR), 1);
        assert_int_equal(rig_poll(of.r, WA_EVENT_ERROR), 0);
        assert_int_equal(stats.underflow_count, 0);
        take_down(&of);
    }
}

static void remove_it(const char *path) {
    assert_int_equal(unlink(path), 0);
}

static void replace_it(const char *path) {
    assert_int_equal(unlink(path), 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("something else", file);
    assert_int_equal(fclose(file), 0);
}

/* What is open stays open: a file that is removed or replaced plays to its end. */
static void a_file_that_disappears_plays_on(void **state) {
    (void)state;
    void (*const harms[])(const char *path) = { remove_it, replace_it };
    static const int sf_formats[] = { WAV_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS };
    for (uint32_t row = 0; row < 4; row++) {
        char path[SOUNDS_PATH_BYTES];
        strcpy(path, sounds_write("gone", sf_formats[row / 2], 2, 44100, 100000));
        const rig_desc desc = offline(2, 44100.0f, 128, 210000);
        stage of = set_up(path, &desc);
        damage done = { &of, path, harms[row % 2], 0 };
        assert_ok(wa_media_source_set_loop(of.r->context, of.node, true));
        assert_ok(wa_media_source_play(of.r->context, of.node, 0.0));
        assert_ok(wa_context_suspend_at(of.r->context, 1.0));
        rig_render_offline(of.r, do_harm, &done);
        assert_same(of.r->planes[1], decoded(&of, 1), 100000);
        assert_same(of.r->planes[1] + 100000, decoded(&of, 1), 100000);
        assert_int_equal(state_of(&of).status, WA_OK);
        take_down(&of);
    }
}

/* Bytes changed at random before it is opened: any answer, but no crash, no leak, no end to it. */
static void hostile_files(void **state) {
    (void)state;
    static const int sf_formats[] = { WAV_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                      SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                                      SF_FORMAT_OGG | SF_FORMAT_OPUS };
    uint32_t seed = 20260301, opened = 0, failed = 0;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    for (uint32_t run = 0; run < 160; run++) {
        uint64_t size_bytes = 0;
        const int sf_format = sf_formats[run % 4];
        const char *path = sounds_write("bad", sf_format, 2, run % 4 == 3 ? 48000 : 44100, 6000);
        unsigned char *bytes = sounds_load(path, UINT64_MAX, &size_bytes);
        for (uint32_t change = 0; change < 6; change++) {
            seed = seed * 1664525u + 1013904223u;
            const uint64_t near = run % 3 == 0 ? 128 : size_bytes;
            bytes[(seed >> 8) % near] = (unsigned char)(seed >> 3);
        }
        sounds_store(path, bytes, run % 5 == 4 ? size_bytes / 2 : size_bytes);
        free(bytes);
        wa_media media = { 0 };
        wa_media_options options = WA_MEDIA_OPTIONS_INIT;
        options.sample_rate_hz = 44100.0f;
        if (wa_media_open(engine, path, &options, &media) != WA_OK) {
            assert_int_equal(media.id, 0);
            continue;
        }
        opened++;
        rig_desc desc = offline(2, 44100.0f, 128, 40000);
        desc.engine = engine;
        rig *r = rig_create(&desc);
        const wa_node node = make_node(r, media, 1.0f, true);
        assert_ok(wa_media_source_seek(r->context, node, 0.05));
        assert_ok(wa_media_source_play(r->context, node, 0.0));
        rig_render_offline(r, NULL, NULL);
        for (uint64_t at = 0; at < r->frame_count; at++) {
            assert_true(isfinite(r->planes[0][at]));
        }
        wa_media_source_state told;
        assert_ok(wa_media_source_get_state(r->context, node, &told));
        failed += told.status != WA_OK;
        assert_int_equal(rig_poll(r, WA_EVENT_ERROR), told.status != WA_OK);
        rig_destroy(r);
        assert_ok(wa_media_close(engine, media));
    }
    printf("%u of 160 opened, %u of those failed while they played\n", opened, failed);
    assert_true(opened > 20 && failed > 2);
    wa_memory_stats memory;
    wa_engine_memory_stats(engine, &memory);
    assert_int_equal(memory.category_bytes[WA_MEMORY_DECODE], 0);
    assert_ok(wa_engine_destroy(engine));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plays_what_decoding_gives),
        cmocka_unit_test(loops),
        cmocka_unit_test(any_order_of_calls),
        cmocka_unit_test(an_offline_render_is_the_same_twice),
        cmocka_unit_test(ten_minutes_in_ten_megabytes),
        cmocka_unit_test(a_file_that_changes),
        cmocka_unit_test(a_file_that_disappears_plays_on),
        cmocka_unit_test(hostile_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
