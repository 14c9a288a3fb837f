/* Offline renders: into a buffer and streamed, cut anywhere, cancelled, refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"

enum { CHANNELS = 2, LENGTH_MAX = 20000 };

/* -- a listener --------------------------------------------------------------------------------- */

/* What a sink was given, and what it answers. */
typedef struct heard {
    float planes[CHANNELS][LENGTH_MAX];
    uint64_t frame_count, stop_after;
    uint32_t block_count, largest;
} heard;

static bool hear(void *user, const float *const *planes, uint32_t channel_count, uint32_t frame_count) {
    heard *of = user;
    assert_int_equal(channel_count, CHANNELS);
    assert_true(frame_count > 0 && of->frame_count + frame_count <= LENGTH_MAX);
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        memcpy(of->planes[channel] + of->frame_count, planes[channel], frame_count * sizeof(float));
    }
    of->frame_count += frame_count;
    of->block_count++;
    of->largest = frame_count > of->largest ? frame_count : of->largest;
    return of->stop_after == 0 || of->frame_count < of->stop_after;
}

static wa_offline_desc streamed(heard *of) {
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.on_block = hear;
    desc.user = of;
    return desc;
}

static heard *listener(void) {
    heard *made = calloc(1, sizeof *made);
    assert_non_null(made);
    return made;
}

static rig *scene(uint32_t quantum_frames, uint64_t length_frames) {
    rig *r = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE,
                                     .quantum_frames = quantum_frames,
                                     .channel_count = CHANNELS,
                                     .length_frames = length_frames });
    const wa_node sine = rig_sine(r, 777.7f), gain = rig_gain(r, 0.2f), echo = rig_delay(r, 0.1, 0.01);
    const wa_node pan = rig_node(r, WA_NODE_TYPE_STEREO_PANNER, NULL);
    assert_ok(wa_param_exponential_ramp_to_value_at_time(r->context, wa_node_param(gain, WA_GAIN_GAIN),
                                                         1.0f, 0.2));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(pan, 0), 1.0f, 0.1));
    rig_connect(r, sine, gain);
    rig_connect(r, gain, echo);
    rig_connect(r, gain, pan);
    rig_connect(r, echo, pan);
    rig_connect(r, pan, r->out);
    return r;
}

static wa_memory_stats stats_of(const rig *r) {
    wa_memory_stats stats;
    wa_engine_memory_stats(r->engine, &stats);
    return stats;
}

/* -- the same bits ------------------------------------------------------------------------------ */

static const uint64_t lengths[] = { 1, 99, 127, 128, 129, 1000, 4095, 4096, 4097, 12345 };
static const uint32_t quanta[] = { 1, 100, 128, 441, 5000 };

/* Lengths that are no whole quanta are cut: the last quantum is rendered, its rest is heard by nobody. */
static void check_length(uint32_t quantum_frames, uint64_t length_frames) {
    rig *to_buffer = scene(quantum_frames, length_frames);
    rig *to_sink = scene(quantum_frames, length_frames);
    wa_buffer buffer = { 0 };
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.buffer = &buffer;
    assert_ok(wa_offline_render(to_buffer->context, &desc));
    heard *of = listener();
    desc = streamed(of);
    assert_ok(wa_offline_render(to_sink->context, &desc));
    wa_buffer_info info;
    assert_ok(wa_buffer_get_info(to_buffer->engine, buffer, &info));
    assert_int_equal(info.channel_count, CHANNELS);
    assert_int_equal(info.frame_count, length_frames);
    assert_true(info.sample_rate_hz == 48000.0f);
    assert_int_equal(of->frame_count, length_frames);
    for (uint32_t channel = 0; channel < CHANNELS; channel++) {
        assert_same(of->planes[channel], wa_buffer_plane(to_buffer->engine, buffer, channel),
                    length_frames);
    }
    const uint64_t quantum_count = (length_frames + quantum_frames - 1) / quantum_frames;
    assert_int_equal(wa_context_current_frame(to_sink->context), quantum_count * quantum_frames);
    assert_int_equal(wa_context_get_state(to_sink->context), WA_CONTEXT_CLOSED);
    assert_int_equal(wa_context_get_state(to_buffer->context), WA_CONTEXT_CLOSED);
    assert_ok(wa_buffer_release(to_buffer->engine, buffer));
    rig_destroy(to_buffer);
    rig_destroy(to_sink);
    free(of);
}

static void test_buffer_and_sink_alike(void **state) {
    (void)state;
    for (size_t quantum = 0; quantum < sizeof quanta / sizeof quanta[0]; quantum++) {
        for (size_t length = 0; length < sizeof lengths / sizeof lengths[0]; length++) {
            check_length(quanta[quantum], lengths[length]);
        }
    }
}

/* Blocks are whole quanta, as many as fit in what was asked, one at least. */
static void test_block_sizes(void **state) {
    (void)state;
    static const struct {
        uint32_t quantum_frames, block_frames, largest, block_count;
    } rows[] = {
        { 128, 4096, 4096, 3 },  { 128, 4095, 3968, 3 },    { 128, 128, 128, 79 },
        { 128, 127, 128, 79 },   { 128, 1, 128, 79 },       { 128, 0, 4096, 3 },
        { 100, 1000, 1000, 11 }, { 1, 4096, 4096, 3 },      { 441, 4096, 3969, 3 },
        { 5000, 4096, 5000, 3 }, { 128, 100000, 10001, 1 },
    };
    rig *whole = scene(128, 10001);
    heard *wanted = listener();
    wa_offline_desc desc = streamed(wanted);
    assert_ok(wa_offline_render(whole->context, &desc));
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        rig *r = scene(rows[index].quantum_frames, 10001);
        heard *of = listener();
        desc = streamed(of);
        desc.block_frames = rows[index].block_frames;
        assert_ok(wa_offline_render(r->context, &desc));
        assert_int_equal(of->largest, rows[index].largest);
        assert_int_equal(of->block_count, rows[index].block_count);
        if (rows[index].quantum_frames == 128) {
            assert_same(of->planes[1], wanted->planes[1], 10001);
        }
        rig_destroy(r);
        free(of);
    }
    rig_destroy(whole);
    free(wanted);
}

/* -- streams without an end --------------------------------------------------------------------- */

static void test_sink_says_stop(void **state) {
    (void)state;
    static const struct {
        uint64_t length_frames, stop_after, frame_count;
    } rows[] = {
        { 0, 1, 4096 },       { 0, 4096, 4096 },    { 0, 4097, 8192 },       { 20000, 8192, 8192 },
        { 5000, 4500, 5000 }, { 5000, 5000, 5000 }, { UINT64_MAX, 1, 4096 },
    };
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        rig *r = scene(128, rows[index].length_frames);
        heard *of = listener();
        of->stop_after = rows[index].stop_after;
        const wa_offline_desc desc = streamed(of);
        assert_ok(wa_offline_render(r->context, &desc));
        assert_int_equal(of->frame_count, rows[index].frame_count);
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_CLOSED);
        rig_destroy(r);
        free(of);
    }
}

enum { HOUR_RATE = 3000, HOUR_FRAMES = 3600 * HOUR_RATE };
typedef struct hour {
    rig *r;
    uint64_t frame_count, used_bytes, peak_bytes;
    uint32_t note_count;
} hour;

/* A note now and then, so that the hour is not only silence. */
static bool hear_hour(void *user, const float *const *planes, uint32_t channel_count,
                      uint32_t frame_count) {
    hour *of = user;
    (void)channel_count;
    assert_true(planes[0][0] >= 0.25f && planes[0][frame_count - 1] >= 0.25f);
    of->frame_count += frame_count;
    if (of->frame_count / 100000 > of->note_count) {
        of->note_count++;
        const double now_s = wa_context_current_time_s(of->r->context);
        const wa_node note = rig_constant(of->r, 0.5f);
        assert_ok(wa_source_stop(of->r->context, note, now_s + 0.5));
        rig_connect(of->r, note, of->r->out);
        rig_release(of->r, note, WA_RELEASE_WHEN_DONE);
    }
    const wa_memory_stats stats = stats_of(of->r);
    if (of->note_count == 1 && of->used_bytes == 0) {
        of->used_bytes = stats.used_bytes;
        of->peak_bytes = stats.peak_bytes;
    }
    assert_true(of->used_bytes == 0 ||
                (stats.used_bytes == of->used_bytes && stats.peak_bytes == of->peak_bytes));
    return of->frame_count < HOUR_FRAMES;
}

static void test_an_hour(void **state) {
    (void)state;
    hour of = { .r = rig_create(&(rig_desc){
                    .kind = WA_CONTEXT_OFFLINE, .sample_rate_hz = HOUR_RATE, .quantum_frames = 512 }) };
    rig_connect(of.r, rig_constant(of.r, 0.25f), of.r->out);
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.on_block = hear_hour;
    desc.user = &of;
    assert_ok(wa_offline_render(of.r->context, &desc));
    assert_true(of.frame_count >= HOUR_FRAMES && of.note_count > 100);
    assert_true(wa_context_current_time_s(of.r->context) >= 3600.0);
    assert_true(rig_node_count(of.r) <= 3); /* the last note may still sound */
    assert_true(of.peak_bytes < 2000000);
    rig_destroy(of.r);
}

/* -- progress ----------------------------------------------------------------------------------- */

typedef struct reports {
    uint64_t done[16], length_frames;
    uint32_t count, cancel_at;
} reports;

static bool report(void *user, uint64_t done_frames, uint64_t length_frames) {
    reports *of = user;
    assert_true(of->count < 16);
    of->done[of->count++] = done_frames;
    of->length_frames = length_frames;
    return of->count != of->cancel_at;
}

static bool swallow(void *user, const float *const *planes, uint32_t channel_count,
                    uint32_t frame_count) {
    (void)user;
    (void)planes;
    (void)channel_count;
    return frame_count != 77; /* never */
}

/* After the first block that reaches the next report; the end counts as the length. */
static void test_progress(void **state) {
    (void)state;
    static const struct {
        uint64_t length_frames, progress_frames;
        uint32_t count;
        uint64_t done[5];
    } rows[] = {
        { 10000, 1, 3, { 4096, 8192, 10000 } },
        { 10000, 0, 3, { 4096, 8192, 10000 } },
        { 10000, 5000, 1, { 8192 } },
        { 10000, 10000, 1, { 10000 } },
        { 10000, 48000, 0, { 0 } },
        { 19999, 3700, 5, { 4096, 8192, 12288, 16384, 19999 } },
        { 4096, 4096, 1, { 4096 } },
    };
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        rig *r = scene(128, rows[index].length_frames);
        reports of = { .count = 0 };
        wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
        desc.on_block = swallow;
        desc.on_progress = report;
        desc.progress_frames = rows[index].progress_frames;
        desc.user = &of;
        assert_ok(wa_offline_render(r->context, &desc));
        assert_int_equal(of.count, rows[index].count);
        for (uint32_t each = 0; each < of.count; each++) {
            assert_int_equal(of.done[each], rows[index].done[each]);
            assert_int_equal(of.length_frames, rows[index].length_frames);
        }
        rig_destroy(r);
    }
}

/* Nothing is left of it but the context, which cannot render again. */
static void test_cancel(void **state) {
    (void)state;
    for (uint32_t is_streamed = 0; is_streamed < 2; is_streamed++) {
        rig *r = scene(128, is_streamed ? 0 : 19999);
        reports of = { .cancel_at = 2 };
        wa_buffer buffer = { 0 };
        wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
        desc.on_block = is_streamed ? swallow : NULL;
        desc.buffer = is_streamed ? NULL : &buffer;
        desc.on_progress = report;
        desc.progress_frames = 1;
        desc.user = &of;
        const uint64_t buffer_bytes = stats_of(r).category_bytes[WA_MEMORY_BUFFERS];
        assert_refused(wa_offline_render(r->context, &desc), WA_ERR_CANCELLED, "cancelled at 0.1706");
        assert_int_equal(of.count, 2);
        assert_int_equal(of.length_frames, is_streamed ? 0 : 19999);
        assert_int_equal(buffer.id, 0);
        assert_int_equal(stats_of(r).category_bytes[WA_MEMORY_BUFFERS], buffer_bytes);
        assert_int_equal(wa_context_current_frame(r->context), 8192);
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
        assert_refused(wa_offline_render(r->context, &desc), WA_ERR_INVALID_STATE, "already");
        assert_refused(wa_context_suspend_at(r->context, 10.0), WA_ERR_INVALID_STATE, "already");
        rig_destroy(r);
    }
}

/* -- refused ------------------------------------------------------------------------------------ */

static void test_refused(void **state) {
    (void)state;
    rig *r = scene(128, 1000), *endless = scene(128, 0), *embedded = rig_create(NULL);
    wa_buffer buffer = { 7 };
    const uint32_t bytes = sizeof(wa_offline_desc);
    const struct {
        rig *of;
        wa_offline_desc desc;
        wa_status status;
        const char *word;
    } rows[] = {
        { r, { .desc_bytes = 0, .on_block = swallow }, WA_ERR_TYPE, "desc_bytes" },
        { r, { .desc_bytes = bytes + 1, .on_block = swallow }, WA_ERR_TYPE, "desc_bytes" },
        { r, { .desc_bytes = bytes }, WA_ERR_TYPE, "on_block" },
        { r, { .desc_bytes = bytes, .on_block = swallow, .buffer = &buffer }, WA_ERR_TYPE, "buffer" },
        { endless, { .desc_bytes = bytes, .buffer = &buffer }, WA_ERR_TYPE, "length_frames" },
        { embedded, { .desc_bytes = bytes, .on_block = swallow }, WA_ERR_INVALID_STATE, "offline" },
    };
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        const uint64_t used_bytes = rig_used_bytes(rows[index].of);
        assert_refused(wa_offline_render(rows[index].of->context, &rows[index].desc),
                       rows[index].status, rows[index].word);
        assert_int_equal(rig_used_bytes(rows[index].of), used_bytes);
        assert_int_equal(buffer.id, 7);
    }
    const wa_offline_desc good = { .desc_bytes = bytes, .on_block = swallow };
    assert_refused(wa_offline_render(NULL, &good), WA_ERR_TYPE, "context");
    assert_refused(wa_offline_render(r->context, NULL), WA_ERR_TYPE, "desc");
    assert_ok(wa_begin(r->context));
    assert_refused(wa_offline_render(r->context, &good), WA_ERR_INVALID_STATE, "transaction");
    assert_ok(wa_commit(r->context));
    assert_ok(wa_offline_render(r->context, &good)); /* none of them was its one render */
    assert_refused(wa_offline_render(r->context, &good), WA_ERR_INVALID_STATE, "already");
    assert_ok(wa_context_close(endless->context));
    assert_refused(wa_offline_render(endless->context, &good), WA_ERR_INVALID_STATE, "closed");
    rig_destroy(r);
    rig_destroy(endless);
    rig_destroy(embedded);
}

/* The memory is asked for before anything is rendered, so that the call can be made again. */
static void test_over_budget(void **state) {
    (void)state;
    for (uint32_t is_streamed = 0; is_streamed < 2; is_streamed++) {
        rig *r = scene(128, 12345);
        wa_buffer buffer = { 0 };
        heard *of = listener();
        wa_offline_desc desc = streamed(of);
        if (!is_streamed) {
            desc.on_block = NULL;
            desc.buffer = &buffer;
        }
        const uint64_t used_bytes = rig_used_bytes(r);
        const uint64_t most_bytes = is_streamed ? 4096 * 2 * 4 : 12345 * 2 * 4;
        for (uint64_t room = 0; room < most_bytes; room += 4000) {
            assert_ok(wa_engine_set_budget(r->engine, used_bytes + room));
            assert_refused(wa_offline_render(r->context, &desc), WA_ERR_BUDGET,
                           is_streamed ? "a block of the offline render" : "buffer");
            assert_int_equal(buffer.id, 0);
            assert_int_equal(of->frame_count, 0);
            assert_int_equal(rig_used_bytes(r), used_bytes);
            assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
        }
        assert_ok(wa_engine_set_budget(r->engine, 100000000));
        assert_ok(wa_offline_render(r->context, &desc));
        if (!is_streamed) {
            assert_ok(wa_buffer_release(r->engine, buffer));
        }
        rig_destroy(r);
        free(of);
    }
}

/* Blocks are taken as they are needed: where memory is refused in the middle of a quantum, that quantum is
 * worth nothing, the render ends with the reason, and no node misses a plane that it counts on. */
static void test_over_budget_in_a_quantum(void **state) {
    (void)state;
    const wa_node_type types[] = { WA_NODE_TYPE_STEREO_PANNER, WA_NODE_TYPE_CHANNEL_SPLITTER,
                                   WA_NODE_TYPE_CHANNEL_MERGER, WA_NODE_TYPE_BIQUAD_FILTER };
    const float values[] = { 0.1f, 0.2f };
    for (uint32_t row = 0; row < sizeof types / sizeof types[0]; row++) {
        rig *r = rig_create(
            &(rig_desc){ .kind = WA_CONTEXT_OFFLINE, .length_frames = 1280, .channel_count = 2 });
        heard *of = listener();
        const wa_offline_desc desc = streamed(of);
        const wa_node source = rig_constants(r, values, 2);
        for (uint32_t index = 0; index < 500; index++) {
            const wa_node node = rig_node(r, types[row], NULL), gain = rig_gain(r, 0.001f);
            rig_connect(r, source, node);
            rig_connect(r, node, r->out); /* two readers: its planes live until the quantum's end */
            rig_connect(r, node, gain);
            rig_connect(r, gain, r->out);
        }
        assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r) + 4096 * 2 * 4));
        assert_refused(wa_offline_render(r->context, &desc), WA_ERR_BUDGET, "blocks of one quantum");
        assert_true(of->frame_count < 1280);
        rig_destroy(r);
        free(of);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_and_sink_alike),
        cmocka_unit_test(test_block_sizes),
        cmocka_unit_test(test_sink_says_stop),
        cmocka_unit_test(test_an_hour),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_over_budget),
        cmocka_unit_test(test_over_budget_in_a_quantum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
