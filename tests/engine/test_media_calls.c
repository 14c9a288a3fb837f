/* What the calls on media and MediaSources answer: whose a media is, what is refused and that nothing has
 * changed then, what a rolled back transaction and a pool leave of it, and that every way to end gives all of
 * it back. */
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
#include <sys/stat.h>
#include <unistd.h>

enum { WAV = SF_FORMAT_WAV | SF_FORMAT_PCM_16, FRAMES = 20000 };

static const char *some_file(void) {
    static char path[SOUNDS_PATH_BYTES];
    if (path[0] == '\0') {
        strcpy(path, sounds_write("some.wav", WAV, 2, 48000, FRAMES));
    }
    return path;
}

static wa_media open_some(wa_engine *engine) {
    wa_media media = { 0 };
    assert_ok(wa_media_open(engine, some_file(), NULL, &media));
    return media;
}

static wa_node node_with(rig *r, wa_media media) {
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = media;
    return rig_node(r, WA_NODE_TYPE_MEDIA_SOURCE, &options);
}

/* Until the worker has filled the ring, or there is nothing more for it to do. */
static void wait_until_full(const rig *r, wa_media media) {
    wa_media_stats stats = { 0 };
    for (uint32_t tries = 0; tries < 20000; tries++) {
        assert_ok(wa_media_get_stats(r->engine, media, &stats));
        if (stats.buffered_s >= 0.99 * stats.ring_s || stats.status != WA_OK) {
            return;
        }
        usleep(500);
    }
    fail_msg("%g of %g s are there after ten seconds", stats.buffered_s, stats.ring_s);
}

static uint64_t decode_bytes(const wa_engine *engine) {
    wa_memory_stats stats;
    wa_engine_memory_stats(engine, &stats);
    return stats.category_bytes[WA_MEMORY_DECODE];
}

static double energy(const float *frames, uint64_t count) {
    double sum = 0.0;
    for (uint64_t i = 0; i < count; i++) {
        sum += (double)frames[i] * (double)frames[i];
    }
    return sum;
}

/* -- Open and close ----------------------------------------------------------------------------- */

static void open_rows(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_media_info info;
    wa_media_stats stats;
    char pipe_path[SOUNDS_PATH_BYTES];
    strcpy(pipe_path, sounds_path("pipe"));
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    char text_path[SOUNDS_PATH_BYTES];
    strcpy(text_path, sounds_path("text.wav"));
    sounds_store(text_path, (const unsigned char *)"not a sound", 11);
    const char *wide = sounds_write("wide.wav", WAV, 33, 48000, 10);
    const struct {
        const char *path;
        float rate_hz;
        double ring_s;
        wa_status status;
        const char *word;
    } rows[] = {
        { some_file(), 0.0f, 0.5, WA_OK, NULL },
        { some_file(), 3000.0f, 0.05, WA_OK, NULL },
        { some_file(), 768000.0f, 0.05, WA_OK, NULL },
        { some_file(), 48000.0f, 60.0, WA_OK, NULL },
        { some_file(), 2999.0f, 0.5, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { some_file(), NAN, 0.5, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { some_file(), 0.0f, 0.049, WA_ERR_RANGE, "ring_s" },
        { some_file(), 0.0f, 60.1, WA_ERR_RANGE, "ring_s" },
        { some_file(), 0.0f, NAN, WA_ERR_RANGE, "ring_s" },
        { "/nowhere/at/all", 0.0f, 0.5, WA_ERR_IO, "/nowhere/at/all" },
        { pipe_path, 0.0f, 0.5, WA_ERR_IO, "no regular file" },
        { text_path, 0.0f, 0.5, WA_ERR_ENCODING, "text.wav" },
        { wide, 0.0f, 0.5, WA_ERR_NOT_SUPPORTED, "33 channels" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wa_media_options options = WA_MEDIA_OPTIONS_INIT;
        options.sample_rate_hz = rows[i].rate_hz;
        options.ring_s = rows[i].ring_s;
        wa_media media = { 7 };
        const wa_status status = wa_media_open(r->engine, rows[i].path, &options, &media);
        if (rows[i].status != WA_OK) {
            assert_refused(status, rows[i].status, rows[i].word);
            assert_int_equal(media.id, 7);
            assert_int_equal(decode_bytes(r->engine), 0);
            continue;
        }
        assert_ok(status);
        assert_ok(wa_media_get_info(r->engine, media, &info));
        assert_int_equal(info.channel_count, 2);
        assert_true(info.file_sample_rate_hz == 48000.0f);
        assert_true(info.sample_rate_hz == (rows[i].rate_hz > 0.0f ? rows[i].rate_hz : 48000.0f));
        assert_true(fabs(info.duration_s - FRAMES / 48000.0) < 1.0 / (double)info.sample_rate_hz);
        assert_int_equal(info.memory_bytes, decode_bytes(r->engine));
        assert_ok(wa_media_get_stats(r->engine, media, &stats));
        assert_true(fabs(stats.ring_s - rows[i].ring_s) < 0.01);
        assert_int_equal(stats.status, WA_OK);
        assert_string_equal(stats.message, "");
        assert_ok(wa_media_close(r->engine, media));
        assert_refused(wa_media_close(r->engine, media), WA_ERR_STALE_HANDLE, "media");
        assert_refused(wa_media_get_info(r->engine, media, &info), WA_ERR_STALE_HANDLE, "media");
        assert_refused(wa_media_get_stats(r->engine, media, &stats), WA_ERR_STALE_HANDLE, "media");
        assert_int_equal(decode_bytes(r->engine), 0);
    }
    rig_destroy(r);
}

static void arguments_rejected(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_media_stats stats;
    wa_media media = { 0 };
    wa_media_options options = WA_MEDIA_OPTIONS_INIT;
    options.options_bytes = 8;
    assert_refused(wa_media_open(r->engine, some_file(), &options, &media), WA_ERR_NOT_SUPPORTED,
                   "options_bytes");
    assert_refused(wa_media_open(NULL, some_file(), NULL, &media), WA_ERR_TYPE, "engine");
    assert_refused(wa_media_open(r->engine, NULL, NULL, &media), WA_ERR_TYPE, "path");
    assert_refused(wa_media_open(r->engine, some_file(), NULL, NULL), WA_ERR_TYPE, "media");
    assert_refused(wa_media_get_info(r->engine, media, NULL), WA_ERR_TYPE, NULL);
    assert_refused(wa_media_get_stats(NULL, media, &stats), WA_ERR_TYPE, NULL);
    assert_refused(wa_media_close(NULL, media), WA_ERR_TYPE, "engine");
    rig_destroy(r);
}

/* At whatever of its takings the budget ends: refused, and as before. */
static void over_the_budget(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .budget_bytes = 8000000 });
    wa_media media = open_some(r->engine);
    wa_memory_stats before, after;
    wa_media_info info;
    assert_ok(wa_media_get_info(r->engine, media, &info));
    assert_ok(wa_media_close(r->engine, media));
    wa_engine_memory_stats(r->engine, &before);
    uint32_t refused = 0;
    for (uint64_t room = 0; room < info.memory_bytes + 2000; room += 1500) {
        media = (wa_media){ 7 };
        assert_ok(wa_engine_set_budget(r->engine, before.used_bytes + room));
        const wa_status status = wa_media_open(r->engine, some_file(), NULL, &media);
        if (status == WA_OK) {
            assert_ok(wa_media_close(r->engine, media));
        } else {
            assert_refused(status, WA_ERR_BUDGET, "budget");
            assert_int_equal(media.id, 7);
            refused++;
        }
        assert_int_equal(status == WA_OK, room >= info.memory_bytes);
        wa_engine_memory_stats(r->engine, &after);
        assert_int_equal(after.used_bytes, before.used_bytes);
    }
    assert_true(refused > 100);
    wa_engine_seal(r->engine, true);
    assert_refused(wa_media_open(r->engine, some_file(), NULL, &media), WA_ERR_SEALED, "sealed");
    wa_engine_seal(r->engine, false);
    assert_ok(wa_engine_set_budget(r->engine, 8000000));
    rig_destroy(r);
}

/* Medias and recordings that nobody closed go with their engine, playing or not. */
static void the_engine_closes_what_is_left(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    for (uint32_t i = 0; i < 5; i++) {
        const wa_node node = node_with(r, open_some(r->engine));
        rig_connect(r, node, r->out);
        assert_ok(wa_media_source_play(r->context, node, 0.0));
    }
    (void)open_some(r->engine);
    rig_skip(r, 1000);
    rig_destroy(r);
}

/* -- One node's at a time ----------------------------------------------------------------------- */

static void one_node_at_a_time(void **state) {
    (void)state;
    rig *r = rig_create(NULL), *other = rig_create(NULL);
    const wa_media media = open_some(r->engine), theirs = open_some(other->engine);
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = media;
    const wa_node first = node_with(r, media), second = node_with(r, (wa_media){ 0 });
    wa_node third = { 7 };
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &third),
                   WA_ERR_INVALID_STATE, "options.media");
    assert_int_equal(third.id, 7);
    assert_refused(wa_media_source_set_media(r->context, second, media), WA_ERR_INVALID_STATE, "media");
    assert_refused(wa_media_source_set_media(r->context, second, theirs), WA_ERR_FOREIGN_HANDLE,
                   "media");
    assert_refused(wa_media_source_set_media(r->context, second, (wa_media){ second.id }),
                   WA_ERR_WRONG_TYPE, "is a node");
    assert_refused(wa_media_source_set_media(r->context, r->out, media), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_media_source_set_media(NULL, second, media), WA_ERR_TYPE, "context");
    const wa_media another = open_some(r->engine);
    assert_refused(wa_media_source_set_media(r->context, first, another), WA_ERR_INVALID_STATE,
                   "take it away");
    /* Taken away, and given to the other one once render has let go. */
    assert_ok(wa_media_source_set_media(r->context, first, (wa_media){ 0 }));
    assert_ok(wa_media_source_set_media(r->context, first, (wa_media){ 0 }));
    rig_skip(r, 256);
    assert_ok(wa_media_source_set_media(r->context, second, media));
    assert_ok(wa_media_source_set_media(r->context, first, another));
    /* With the node it is free again. */
    rig_release(r, second, WA_RELEASE_NOW);
    rig_skip(r, 256);
    (void)rig_poll(r, WA_EVENT_ENDED);
    third = node_with(r, media);
    assert_ok(wa_media_close(r->engine, media));
    assert_refused(wa_media_close(r->engine, media), WA_ERR_RELEASED, "media");
    wa_media_source_state told;
    assert_ok(wa_media_source_get_state(r->context, third, &told));
    assert_true(told.has_media);
    rig_destroy(r);
    rig_destroy(other);
}

/* A node that cannot be made does not keep the media. */
static void a_failed_node_claims_nothing(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .sample_rate_hz = 44100.0f });
    rig *wide = rig_create(&(rig_desc){ .quantum_frames = 6000, .engine = r->engine });
    rig *fit = rig_create(&(rig_desc){ .quantum_frames = 5998, .engine = r->engine });
    const wa_media media = open_some(r->engine);
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = media;
    wa_node node = { 0 };
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node),
                   WA_ERR_NOT_SUPPORTED, "44100");
    assert_refused(wa_node_create(wide->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node),
                   WA_ERR_NOT_SUPPORTED, "ring_s");
    options.playback_rate = 5.0f;
    assert_refused(wa_node_create(fit->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node),
                   WA_ERR_NOT_SUPPORTED, "playback_rate");
    options.playback_rate = 1.0f;
    wa_engine_seal(r->engine, true);
    assert_refused(wa_node_create(fit->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node),
                   WA_ERR_SEALED, "sealed");
    wa_engine_seal(r->engine, false);
    assert_ok(wa_node_create(fit->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node));
    rig_destroy(fit);
    rig_destroy(wide);
    assert_ok(wa_media_close(r->engine, media));
    rig_destroy(r);
}

/* -- Play, pause, seek -------------------------------------------------------------------------- */

static void calls_rejected(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_media media = open_some(r->engine);
    const wa_node empty = node_with(r, (wa_media){ 0 }), node = node_with(r, media);
    wa_context *c = r->context;
    wa_media_source_state told;
    assert_refused(wa_media_source_play(c, empty, 0.0), WA_ERR_INVALID_STATE, "no media");
    assert_refused(wa_media_source_pause(c, empty, 0.0), WA_ERR_INVALID_STATE, "no media");
    assert_refused(wa_media_source_seek(c, empty, 0.0), WA_ERR_INVALID_STATE, "no media");
    assert_ok(wa_media_source_set_loop(c, empty, true));
    assert_ok(wa_media_source_get_state(c, empty, &told));
    assert_false(told.has_media);
    assert_true(told.loop);
    assert_refused(wa_media_source_play(c, node, -0.1), WA_ERR_RANGE, "when_s");
    assert_refused(wa_media_source_play(c, node, NAN), WA_ERR_TYPE, "when_s");
    assert_refused(wa_media_source_pause(c, node, -1.0), WA_ERR_RANGE, "when_s");
    assert_refused(wa_media_source_pause(c, node, INFINITY), WA_ERR_TYPE, "when_s");
    assert_refused(wa_media_source_seek(c, node, -1.0), WA_ERR_RANGE, "time_s");
    assert_refused(wa_media_source_seek(c, node, NAN), WA_ERR_TYPE, "time_s");
    assert_refused(wa_media_source_get_state(c, node, NULL), WA_ERR_TYPE, "state");
    assert_refused(wa_media_source_play(c, r->out, 0.0), WA_ERR_WRONG_TYPE, "node");
    assert_refused(wa_media_source_play(NULL, node, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_media_source_pause(NULL, node, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_media_source_seek(NULL, node, 0.0), WA_ERR_TYPE, "context");
    assert_refused(wa_media_source_set_loop(NULL, node, true), WA_ERR_TYPE, "context");
    assert_refused(wa_source_start(c, node, 0.0), WA_ERR_WRONG_TYPE, "start");
    assert_refused(wa_param_set_automation_rate(c, wa_node_param(node, 0), WA_AUTOMATION_RATE_A),
                   WA_ERR_INVALID_STATE, NULL);
    assert_ok(wa_media_source_get_state(c, node, &told));
    assert_false(told.is_playing || told.has_ended || told.is_seeking);
    assert_ok(wa_media_close(r->engine, media));
    rig_destroy(r);
}

/* What the getters say at each step of a life. */
static void what_it_says(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    const wa_media media = open_some(r->engine);
    const wa_node node = node_with(r, media);
    wa_media_source_state told;
    rig_connect(r, node, r->out);
    wait_until_full(r, media);
    rig_skip(r, 128);
    assert_int_equal(rig_awake_count(r), 1); /* the destination */
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    rig_render(r, 1280);
    assert_ok(wa_media_source_get_state(r->context, node, &told));
    assert_true(told.is_playing && !told.has_ended && !told.is_seeking && !told.loop);
    assert_true(fabs(told.current_time_s - 1280 / 48000.0) < 1e-9);
    assert_true(fabs(told.duration_s - FRAMES / 48000.0) < 1e-9);
    assert_int_equal(rig_awake_count(r), 2);
    assert_ok(wa_media_source_pause(r->context, node, 0.0));
    rig_skip(r, 256);
    assert_ok(wa_media_source_get_state(r->context, node, &told));
    assert_false(told.is_playing);
    assert_true(fabs(told.current_time_s - 1280 / 48000.0) < 1e-9);
    assert_int_equal(rig_awake_count(r), 1); /* paused, it sleeps */
    assert_ok(wa_media_source_seek(r->context, node, 0.4));
    assert_ok(wa_media_source_get_state(r->context, node, &told));
    assert_true(told.is_seeking);
    assert_true(told.current_time_s == 0.4); /* at once, as HTMLMediaElement has it */
    rig_skip(r, 128);
    for (uint32_t tries = 0; told.is_seeking; tries++) {
        assert_true(tries < 10000);
        usleep(500);
        assert_ok(wa_media_source_get_state(r->context, node, &told));
    }
    wait_until_full(r, media);
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    rig_skip(r, FRAMES - 19200);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), 1);
    assert_ok(wa_media_source_get_state(r->context, node, &told));
    assert_true(told.has_ended && !told.is_playing);
    assert_true(told.current_time_s == told.duration_s);
    rig_skip(r, 128);
    assert_int_equal(rig_awake_count(r), 1);
    assert_int_equal(rig_poll(r, WA_EVENT_ENDED), 0);
    /* From the beginning again. */
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    assert_ok(wa_media_source_get_state(r->context, node, &told));
    assert_true(told.is_playing && !told.has_ended);
    assert_true(told.current_time_s == 0.0);
    rig_skip(r, 128);
    assert_int_equal(rig_awake_count(r), 2);
    assert_ok(wa_media_close(r->engine, media));
    rig_destroy(r);
}

/* Before it runs, a context asks for what it will play first: the frames are there once it begins. */
static void prepared_while_suspended(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_context *context = NULL;
    desc.kind = WA_CONTEXT_EMBEDDED;
    assert_ok(wa_context_create(r->engine, &desc, &context));
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = open_some(r->engine);
    wa_node node;
    assert_ok(wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &node));
    assert_ok(wa_node_connect(context, node, wa_context_destination(context)));
    assert_ok(wa_media_source_seek(context, node, 0.25));
    assert_ok(wa_media_source_play(context, node, 0.0));
    assert_ok(wa_flush(context));
    wa_media_source_state told = { 0 };
    for (uint32_t tries = 0; told.buffered_s == 0.0; tries++) {
        assert_true(tries < 10000);
        usleep(500);
        assert_ok(wa_media_source_get_state(context, node, &told));
        assert_true(!told.is_seeking ||
                    told.buffered_s == 0.0); /* arrived, its frames may be on their way */
    }
    assert_true(told.current_time_s == 0.25);
    wait_until_full(r, options.media);
    float left[128], right[128];
    const wa_render_desc render = { .desc_bytes = sizeof render,
                                    .outputs = (float *const[]){ left, right },
                                    .frame_count = 128 };
    wa_media_stats stats;
    assert_ok(wa_context_resume(context));
    assert_ok(wa_context_render(context, &render));
    assert_ok(wa_media_get_stats(r->engine, options.media, &stats));
    assert_int_equal(stats.underflow_count, 0);
    assert_true(left[0] != 0.0f && energy(left, 128) > 1e-3);
    assert_ok(wa_media_close(r->engine, options.media));
    assert_ok(wa_context_destroy(context));
    rig_destroy(r);
}

/* -- Transactions ------------------------------------------------------------------------------- */

static void rolled_back(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
    const wa_media media = open_some(r->engine), late = open_some(r->engine);
    const wa_node node = node_with(r, media);
    wa_media_source_state before, after;
    rig_connect(r, node, r->out);
    wait_until_full(r, media);
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    rig_skip(r, 1280);
    assert_ok(wa_media_source_get_state(r->context, node, &before));
    assert_ok(wa_begin(r->context));
    const wa_node made = node_with(r, late);
    assert_ok(wa_media_source_seek(r->context, node, 0.3));
    assert_ok(wa_media_source_pause(r->context, node, 0.0));
    assert_ok(wa_media_source_set_loop(r->context, node, true));
    assert_ok(wa_media_source_play(r->context, made, 0.0));
    assert_ok(wa_rollback(r->context));
    assert_ok(wa_media_source_get_state(r->context, node, &after));
    assert_true(after.is_playing && !after.loop && !after.is_seeking);
    assert_true(after.current_time_s == before.current_time_s);
    assert_refused(wa_media_source_play(r->context, made, 0.0), WA_ERR_STALE_HANDLE, "node");
    /* It plays on as if nothing had been: to the bit. */
    const float *got = rig_render(r, 640);
    wa_buffer oracle = { 0 };
    assert_ok(wa_decode_file(r->engine, some_file(), 48000.0f, &oracle));
    assert_same(got, wa_buffer_plane(r->engine, oracle, 0) + 1280, 640);
    assert_ok(wa_buffer_release(r->engine, oracle));
    /* The media that the undone node had is free. */
    assert_ok(wa_media_source_set_media(r->context, node_with(r, (wa_media){ 0 }), late));
    /* A failure in a transaction undoes the rest. */
    assert_ok(wa_begin(r->context));
    assert_ok(wa_media_source_pause(r->context, node, 0.0));
    assert_refused(wa_media_source_seek(r->context, node, -1.0), WA_ERR_RANGE, "time_s");
    assert_refused(wa_commit(r->context), WA_ERR_RANGE, NULL);
    assert_ok(wa_media_source_get_state(r->context, node, &after));
    assert_true(after.is_playing);
    assert_ok(wa_media_close(r->engine, media));
    assert_ok(wa_media_close(r->engine, late));
    rig_destroy(r);
}

/* Gathered calls take effect with the flush, all at one quantum. */
static void gathered(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 2, .is_gathering = true });
    const wa_media media = open_some(r->engine);
    wait_until_full(r, media);
    const wa_node node = node_with(r, media);
    rig_connect(r, node, r->out);
    assert_ok(wa_media_source_play(r->context, node, 0.0));
    assert_true(energy(rig_render(r, 1280), 1280) == 0.0);
    assert_ok(wa_flush(r->context));
    assert_true(energy(rig_render(r, 1280), 1280) > 1.0);
    assert_ok(wa_media_close(r->engine, media));
    rig_destroy(r);
}

/* -- Pools and releases ------------------------------------------------------------------------- */

static wa_status make_with_media(void *user, wa_context *context, wa_node *node) {
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = *(wa_media *)user;
    return wa_node_create(context, WA_NODE_TYPE_MEDIA_SOURCE, &options, node);
}

static void in_pools(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    wa_media media = open_some(r->engine);
    wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
    desc.factory = make_with_media;
    desc.user = &media;
    wa_node_pool *pool = NULL;
    wa_node node = { 0 };
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    assert_refused(wa_node_pool_acquire(pool, &node), WA_ERR_INVALID_STATE, "once it is acquired");
    wa_node_pool_destroy(pool);
    desc.factory = NULL;
    desc.type = WA_NODE_TYPE_MEDIA_SOURCE;
    assert_ok(wa_node_pool_create(r->context, &desc, &pool));
    for (uint32_t turn = 0; turn < 5; turn++) { /* the same node, the same media, again and again */
        assert_ok(wa_node_pool_acquire(pool, &node));
        rig_skip(r, 128);
        assert_ok(wa_media_source_set_media(r->context, node, media));
        assert_ok(wa_media_source_play(r->context, node, 0.0));
        rig_skip(r, 256);
        assert_ok(wa_node_pool_release(pool, node, NULL));
        rig_skip(r, 256);
        (void)rig_poll(r, WA_EVENT_ENDED);
    }
    wa_node_pool_stats stats;
    wa_node_pool_get_stats(pool, &stats);
    assert_int_equal(stats.created_count, 1);
    assert_int_equal(stats.reused_count, 4);
    wa_node_pool_destroy(pool);

    const wa_voice_node nodes[] = { { WA_NODE_TYPE_MEDIA_SOURCE, NULL }, { WA_NODE_TYPE_GAIN, NULL } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false } };
    wa_voice_pool_desc voices = WA_VOICE_POOL_DESC_INIT;
    voices.nodes = nodes;
    voices.node_count = 2;
    voices.edges = edges;
    voices.edge_count = 1;
    voices.output_node = 1;
    voices.output = r->out;
    wa_voice_pool *voice_pool = NULL;
    assert_refused(wa_voice_pool_create(r->context, &voices, &voice_pool), WA_ERR_NOT_SUPPORTED,
                   "a voice cannot have a MediaSource");
    assert_ok(wa_media_close(r->engine, media));
    rig_destroy(r);
}

/* However it is given back while it plays, it goes, and with it the file. */
static void released_while_it_plays(void **state) {
    (void)state;
    static const wa_release_mode modes[] = { WA_RELEASE_NOW, WA_RELEASE_AFTER_TAIL, WA_RELEASE_FADE,
                                             WA_RELEASE_WHEN_DONE };
    for (uint32_t row = 0; row < 4; row++) {
        rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
        const wa_media media = open_some(r->engine);
        const wa_node node = node_with(r, media);
        rig_connect(r, node, r->out);
        wait_until_full(r, media);
        assert_ok(wa_media_source_set_loop(r->context, node, modes[row] != WA_RELEASE_WHEN_DONE));
        assert_ok(wa_media_source_play(r->context, node, 0.0));
        rig_skip(r, 1280);
        assert_ok(wa_media_close(r->engine, media));
        assert_true(decode_bytes(r->engine) > 0);
        rig_release(r, node, modes[row]);
        rig_skip(r, modes[row] == WA_RELEASE_WHEN_DONE ? 128 : 1024);
        (void)rig_poll(r, WA_EVENT_ENDED);
        if (modes[row] == WA_RELEASE_WHEN_DONE) { /* to the end of the file */
            assert_int_equal(rig_node_count(r), 2);
            rig_skip(r, FRAMES);
            (void)rig_poll(r, WA_EVENT_ENDED);
        }
        rig_skip(r, 128); /* its edges go once it has come back */
        (void)rig_poll(r, WA_EVENT_ENDED);
        if (rig_node_count(r) != 1 || decode_bytes(r->engine) != 0) {
            fail_msg("mode %d: %u nodes are left, and %llu bytes", (int)modes[row], rig_node_count(r),
                     (unsigned long long)decode_bytes(r->engine));
        }
        rig_destroy(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_rows),
        cmocka_unit_test(arguments_rejected),
        cmocka_unit_test(over_the_budget),
        cmocka_unit_test(the_engine_closes_what_is_left),
        cmocka_unit_test(one_node_at_a_time),
        cmocka_unit_test(a_failed_node_claims_nothing),
        cmocka_unit_test(calls_rejected),
        cmocka_unit_test(what_it_says),
        cmocka_unit_test(rolled_back),
        cmocka_unit_test(gathered),
        cmocka_unit_test(in_pools),
        cmocka_unit_test(released_while_it_plays),
        cmocka_unit_test(prepared_while_suspended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
