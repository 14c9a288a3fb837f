/* Worker, render side and control at once. A file that says its own position in every frame is played while
 * another thread pulls and this one plays, pauses, seeks and loops at random; afterwards every frame that
 * sounded must be the next one, or the first one of a seek that had been asked for by then and of none before
 * it. Then: everything closed while it plays, and several control threads that open and close under one engine.
 * ThreadSanitizer runs it too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../unit/sounds.h"
#include "wavepool/wavepool.h"
#include <math.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK(call)                                                                                    \
    do {                                                                                               \
        if ((call) != WA_OK) {                                                                         \
            fail_msg("%s: %s", #call, wa_error_message());                                             \
        }                                                                                              \
    } while (0)

enum { FILE_FRAMES = 1 << 17, HEARD_MAX = 1 << 21, ACTS = 300, SEEK_MAX = ACTS + 1, PULL = 256 };

static uint64_t seed = 1;
static uint32_t below(uint32_t bound) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((seed >> 32) * bound) >> 32);
}

static void pause_us(long us) {
    const struct timespec time = { 0, us * 1000 };
    nanosleep(&time, NULL);
}

/* Left: the position; right: a constant, which says how far a ramp has scaled both. */
static const char *counting_file(void) {
    static char path[SOUNDS_PATH_BYTES];
    if (path[0] != '\0') {
        return path;
    }
    strcpy(path, sounds_path("counting.wav"));
    SF_INFO info = { .samplerate = 48000, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    for (uint32_t frame = 0; frame < FILE_FRAMES; frame++) {
        const float both[2] = { (float)(frame + 1) / (float)FILE_FRAMES, 1.0f };
        assert_int_equal(sf_writef_float(file, both, 1), 1);
    }
    assert_int_equal(sf_close(file), 0);
    return path;
}

/* -- The render thread -------------------------------------------------------------------------- */

typedef struct puller {
    wa_context *context;
    pthread_t thread;
    _Atomic bool is_done;
    _Atomic uint32_t seek_count; /* control's: asked for so far */
    /* of each frame that sounded */
    int32_t *positions;
    float *scales;
    uint16_t *seeks; /* how many had been asked for when it was there */
    uint32_t heard;
    uint32_t bad; /* samples that are not finite */
} puller;

static void listen(puller *of, float *const *planes) {
    const uint32_t seek_count = atomic_load(&of->seek_count);
    for (uint32_t i = 0; i < PULL && of->heard < HEARD_MAX; i++) {
        of->bad += !isfinite(planes[0][i]) || !isfinite(planes[1][i]);
        if (planes[1][i] > 0.01f) {
            const double position = (double)planes[0][i] / (double)planes[1][i] * FILE_FRAMES - 1.0;
            of->positions[of->heard] = (int32_t)lrint(position);
            of->scales[of->heard] = planes[1][i];
            of->seeks[of->heard++] = (uint16_t)seek_count;
        }
    }
}

static void *pull(void *user) {
    puller *of = user;
    float left[PULL], right[PULL], *planes[2] = { left, right };
    const wa_render_desc desc = { .desc_bytes = sizeof desc, .outputs = planes, .frame_count = PULL };
    while (!atomic_load(&of->is_done)) {
        if (wa_context_render(of->context, &desc) != WA_OK) {
            abort();
        }
        listen(of, planes);
        pause_us(300); /* some ten times too fast: frames will be late now and then */
    }
    return NULL;
}

/* -- Control ------------------------------------------------------------------------------------ */

typedef struct world {
    wa_engine *engine;
    wa_context *context;
    wa_media media;
    wa_node node;
    puller pull;
    int32_t targets[SEEK_MAX]; /* of seeks, in order; the first is the beginning */
} world;

static void make_world(world *of, wa_context_kind kind) {
    memset(of, 0, sizeof *of);
    CHECK(wa_engine_create(NULL, &of->engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = kind;
    desc.device_backend = "null";
    CHECK(wa_context_create(of->engine, &desc, &of->context));
    wa_media_options media_options = WA_MEDIA_OPTIONS_INIT;
    media_options.sample_rate_hz = wa_context_sample_rate_hz(of->context);
    media_options.ring_s = 0.1;
    CHECK(wa_media_open(of->engine, counting_file(), &media_options, &of->media));
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = of->media;
    CHECK(wa_node_create(of->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &of->node));
    CHECK(wa_node_connect(of->context, of->node, wa_context_destination(of->context)));
    CHECK(wa_context_resume(of->context));
}

static void start_puller(world *of) {
    of->pull.context = of->context;
    of->pull.positions = calloc(HEARD_MAX, sizeof *of->pull.positions);
    of->pull.scales = calloc(HEARD_MAX, sizeof *of->pull.scales);
    of->pull.seeks = calloc(HEARD_MAX, sizeof *of->pull.seeks);
    assert_non_null(of->pull.scales);
    assert_non_null(of->pull.positions);
    assert_non_null(of->pull.seeks);
    of->pull.seek_count = 1;
    assert_int_equal(pthread_create(&of->pull.thread, NULL, pull, &of->pull), 0);
}

static void stop_puller(world *of) {
    atomic_store(&of->pull.is_done, true);
    pthread_join(of->pull.thread, NULL);
}

static void note_seek(world *of, int32_t target) {
    const uint32_t count = atomic_load(&of->pull.seek_count);
    of->targets[count] = target;
    atomic_store(&of->pull.seek_count, count + 1); /* before the call: it may be heard at once */
}

static void act(world *of) {
    const double now_s = wa_context_current_time_s(of->context);
    wa_media_source_state told;
    wa_event events[4];
    (void)wa_context_poll(of->context, events, 4);
    CHECK(wa_media_source_get_state(of->context, of->node, &told));
    const uint32_t kind = below(10);
    if (kind < 4) {
        const uint32_t target = below(FILE_FRAMES - 1);
        note_seek(of, (int32_t)target);
        CHECK(wa_media_source_seek(of->context, of->node, target / 48000.0));
    } else if (kind < 7) {
        if (told.has_ended) {
            note_seek(of, 0);
        }
        CHECK(wa_media_source_play(of->context, of->node, now_s + below(3) * 0.002));
    } else if (kind < 8) {
        CHECK(wa_media_source_pause(of->context, of->node, now_s + below(3) * 0.002));
    } else {
        CHECK(wa_media_source_set_loop(of->context, of->node, below(2) == 0));
    }
    assert_true(told.current_time_s >= 0.0 && told.current_time_s <= told.duration_s);
}

/* -- What was heard ----------------------------------------------------------------------------- */

/* The seek whose first frame this is: later than the last one, and asked for by then. 0: none. */
static uint32_t seek_to(const world *of, uint32_t last, uint32_t asked, int32_t position) {
    for (uint32_t seek = last + 1; seek < asked; seek++) {
        if (of->targets[seek] == position) {
            return seek;
        }
    }
    return 0;
}

static void check_order(const world *of) {
    const puller *pull = &of->pull;
    uint32_t last = 0, jumps = 0;
    int32_t expected = 0;
    for (uint32_t i = 0; i < pull->heard; i++) {
        const int32_t position = pull->positions[i];
        if (i > 0 && position == pull->positions[i - 1] && pull->scales[i] < pull->scales[i - 1]) {
            continue; /* the last value of a place, on its way to zero */
        }
        if (position != expected) {
            const uint32_t seek = seek_to(of, last, pull->seeks[i], position);
            if (seek == 0) {
                fail_msg("frame %u that sounded is %d, not %d, after %u seeks of %u", i, position,
                         expected, last, pull->seeks[i]);
            }
            last = seek;
            jumps++;
        }
        expected = position + 1 == FILE_FRAMES ? 0 : position + 1;
    }
    wa_media_stats stats;
    CHECK(wa_media_get_stats(of->engine, of->media, &stats));
    printf("%u frames sounded, %u jumps for %u seeks, %llu gaps of %llu frames\n", pull->heard, jumps,
           atomic_load(&pull->seek_count) - 1, (unsigned long long)stats.underflow_count,
           (unsigned long long)stats.underflow_frames);
    assert_true(pull->heard > 5000);
    assert_true(jumps > 5);
    assert_int_equal(stats.status, WA_OK);
}

static void every_frame_in_its_place(void **state) {
    (void)state;
    world *of = calloc(1, sizeof *of);
    assert_non_null(of);
    make_world(of, WA_CONTEXT_EMBEDDED);
    start_puller(of);
    CHECK(wa_media_source_play(of->context, of->node, 0.0));
    for (uint32_t i = 0; i < ACTS; i++) {
        act(of);
        pause_us(500 + (long)below(8000));
    }
    stop_puller(of);
    assert_int_equal(of->pull.bad, 0);
    check_order(of);
    CHECK(wa_context_destroy(of->context));
    CHECK(wa_media_close(of->engine, of->media));
    CHECK(wa_engine_destroy(of->engine));
    free(of->pull.positions);
    free(of->pull.scales);
    free(of->pull.seeks);
    free(of);
}

/* -- Ends --------------------------------------------------------------------------------------- */

/* On a device that runs: in any order, at any moment. */
static void closed_while_it_plays(void **state) {
    (void)state;
    for (uint32_t turn = 0; turn < 30; turn++) {
        world of;
        make_world(&of, WA_CONTEXT_REALTIME);
        wa_recording_options options = WA_RECORDING_OPTIONS_INIT;
        options.sample_rate_hz = wa_context_sample_rate_hz(of.context);
        wa_recording recording = { 0 };
        CHECK(wa_recording_open(of.engine, sounds_path("end.wav"), &options, &recording));
        wa_recorder_options recorder_options = WA_RECORDER_OPTIONS_INIT;
        recorder_options.recording = recording;
        wa_node recorder = { 0 };
        CHECK(wa_node_create(of.context, WA_NODE_TYPE_RECORDER, &recorder_options, &recorder));
        CHECK(wa_node_connect(of.context, of.node, recorder));
        CHECK(wa_media_source_play(of.context, of.node, 0.0));
        CHECK(wa_recorder_start(of.context, recorder, 0.0));
        pause_us((long)below(20000));
        switch (turn % 4) {
        case 0:
            CHECK(wa_media_close(of.engine, of.media));
            CHECK(wa_recording_close(of.engine, recording));
            pause_us((long)below(5000));
            CHECK(wa_context_destroy(of.context));
            break;
        case 1:
            CHECK(wa_context_destroy(of.context));
            CHECK(wa_recording_abandon(of.engine, recording));
            CHECK(wa_media_close(of.engine, of.media));
            break;
        case 2:
            CHECK(wa_node_release(of.context, of.node, NULL));
            CHECK(wa_node_release(of.context, recorder, NULL));
            CHECK(wa_media_close(of.engine, of.media));
            CHECK(wa_context_destroy(of.context));
            break;
        default: /* all of it is left to the engine */
            CHECK(wa_context_close(of.context));
            CHECK(wa_context_destroy(of.context));
            break;
        }
        CHECK(wa_engine_destroy(of.engine));
    }
}

/* -- Several control threads -------------------------------------------------------------------- */

enum { THREADS = 3, ROUNDS = 25 };
typedef struct sharing {
    wa_engine *engine;
    const char *file;
    wa_media contested; /* of which each wants to be the one that has it */
    char path[SOUNDS_PATH_BYTES];
    uint32_t won, lost;
} sharing;

static void must(wa_status status) {
    if (status != WA_OK) {
        fprintf(stderr, "%s\n", wa_error_message());
        abort();
    }
}

/* A context, a media and a recording of its own, rendered, and gone. */
static void one_round(sharing *own, uint32_t round) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_context *context = NULL;
    desc.length_frames = 12800;
    must(wa_context_create(own->engine, &desc, &context));
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    must(wa_media_open(own->engine, own->file, NULL, &options.media));
    const wa_media media = options.media;
    wa_recorder_options recorder_options = WA_RECORDER_OPTIONS_INIT;
    must(wa_recording_open(own->engine, own->path, NULL, &recorder_options.recording));
    wa_node node = { 0 }, recorder = { 0 }, contender = { 0 };
    must(wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node));
    must(wa_node_create(context, WA_NODE_TYPE_RECORDER, &recorder_options, &recorder));
    must(wa_node_connect(context, node, recorder));
    must(wa_media_source_play(context, node, 0.0));
    must(wa_recorder_start(context, recorder, 0.0));
    must(wa_media_source_seek(context, node, 0.01 * (round % 50)));
    options.media = own->contested;
    if (wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &contender) == WA_OK) {
        own->won++;
    } else {
        own->lost++;
    }
    wa_buffer buffer = { 0 };
    wa_offline_desc render = WA_OFFLINE_DESC_INIT;
    render.buffer = &buffer;
    must(wa_offline_render(context, &render));
    must(wa_buffer_release(own->engine, buffer));
    must(wa_context_destroy(context));
    must(wa_recording_close(own->engine, recorder_options.recording));
    must(wa_media_close(own->engine, media));
}

static void *share(void *user) {
    for (uint32_t round = 0; round < ROUNDS; round++) {
        one_round(user, round);
    }
    return NULL;
}

static void several_control_threads(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    sharing own[THREADS] = { 0 };
    pthread_t threads[THREADS];
    wa_media contested = { 0 };
    uint32_t won = 0;
    CHECK(wa_engine_create(NULL, &engine));
    CHECK(wa_media_open(engine, counting_file(), NULL, &contested));
    for (uint32_t i = 0; i < THREADS; i++) {
        own[i] = (sharing){ .engine = engine, .contested = contested, .file = counting_file() };
        snprintf(own[i].path, sizeof own[i].path, "%s-%u", sounds_path("shared.wav"), i);
        assert_int_equal(pthread_create(&threads[i], NULL, share, &own[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        won += own[i].won;
        assert_int_equal(own[i].won + own[i].lost, ROUNDS);
    }
    assert_true(won > 0);
    CHECK(wa_media_close(engine, contested));
    wa_memory_stats memory;
    wa_engine_memory_stats(engine, &memory);
    assert_int_equal(memory.category_bytes[WA_MEMORY_DECODE], 0);
    CHECK(wa_engine_destroy(engine));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_in_its_place),
        cmocka_unit_test(closed_while_it_plays),
        cmocka_unit_test(several_control_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
