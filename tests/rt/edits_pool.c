/* Buffers, node pools, voices. */
#include "edits.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { GONE = ALLOW(WA_ERR_STALE_HANDLE) | ALLOW(WA_ERR_RELEASED) };

/* -- Buffers ----------------------------------------------------------------------------------- */

static const uint64_t lengths[] = { 1, 128, 2048, 4096, 5000 };

/* Written before any node has it; quiet, so that sums stay small. */
static void fill(edits *of, wa_buffer buffer, uint32_t channel_count, uint64_t frame_count) {
    static float plane[5000];
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint64_t frame = 0; frame < frame_count; frame++) {
            plane[frame] = 0.1f * sinf(0.05f * (float)frame);
        }
        edits_expect(of, wa_buffer_copy_to_channel(of->engine, buffer, plane, frame_count, channel, 0),
                     ALLOW(WA_OK));
    }
}

static void edit_buffer_take(edits *of) {
    if (of->buffer_count == EDIT_BUFFER_MAX) {
        return;
    }
    const uint32_t channel_count = 1 + edits_below(of, 3);
    const uint64_t frame_count = lengths[edits_below(of, sizeof lengths / sizeof lengths[0])];
    const bool is_pooled = edits_below(of, 4) != 0;
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    desc.channel_count = channel_count;
    desc.frame_count = frame_count;
    desc.storage = edits_below(of, 2) ? WA_BUFFER_STORAGE_INT16 : WA_BUFFER_STORAGE_FLOAT32;
    wa_buffer buffer;
    const wa_status status = is_pooled ? wa_buffer_pool_acquire(of->buffer_pool, channel_count,
                                                                frame_count, 44100.0f, &buffer)
                                       : wa_buffer_create_with(of->engine, &desc, &buffer);
    if (edits_expect(of, status, ALLOW(WA_OK) | ALLOW(WA_ERR_BUDGET))) {
        fill(of, buffer, channel_count, frame_count);
        of->is_pooled[of->buffer_count] = is_pooled;
        of->buffers[of->buffer_count++] = buffer;
    }
}

static void edit_buffer_give(edits *of) {
    if (of->buffer_count == 0) {
        return;
    }
    const uint32_t index = edits_below(of, of->buffer_count);
    const wa_status status = of->is_pooled[index]
                                 ? wa_buffer_pool_release(of->buffer_pool, of->buffers[index])
                                 : wa_buffer_release(of->engine, of->buffers[index]);
    edits_expect(of, status, ALLOW(WA_OK));
    of->buffer_count--;
    of->buffers[index] = of->buffers[of->buffer_count];
    of->is_pooled[index] = of->is_pooled[of->buffer_count];
}

static void edit_trim(edits *of) {
    wa_engine_trim(of->engine, edits_below(of, 2) ? 0 : 4000000);
}

/* -- Node pools -------------------------------------------------------------------------------- */

/* A pool's refusal inside a transaction may or may not undo it: both are right. */
static bool expect_from_pool(edits *of, wa_status status, uint32_t allowed) {
    if (of->is_open && status != WA_OK && of->first_failure == WA_OK) {
        of->is_failure_certain = false;
    }
    return edits_expect_edit(of, status, allowed);
}

static void edit_pool_acquire(edits *of) {
    const uint32_t index = of->pool_next++ % of->pool_count; /* in turn: each gets its share */
    wa_node node;
    if (of->live.node_count < EDIT_NODE_MAX &&
        expect_from_pool(of, wa_node_pool_acquire(of->pools[index], &node),
                         ALLOW(WA_OK) | ALLOW(WA_ERR_POOL_FULL) | ALLOW(WA_ERR_BUDGET))) {
        edits_add_node(of, node, of->pool_types[index], of->pools[index], false);
        of->pooled_counts[of->pool_types[index]]++;
    }
}

static void edit_pool_release(edits *of) {
    edit_node *node = edits_any_node(of);
    if (node && node->pool) {
        const wa_release_options options = edits_any_release(of);
        if (edits_expect_edit(of, wa_node_pool_release(node->pool, node->handle, &options),
                              ALLOW(WA_OK))) {
            edits_drop_node(of, node);
        }
    }
}

static void edit_pool_release_all(edits *of) {
    wa_node_pool *pool = of->pools[edits_below(of, of->pool_count)];
    const wa_release_options options = edits_any_release(of);
    edits_expect(of, wa_node_pool_release_all(pool, &options), ALLOW(WA_OK));
    for (uint32_t i = of->live.node_count; i-- > 0;) {
        if (of->live.nodes[i].pool == pool) {
            edits_drop_node(of, &of->live.nodes[i]);
        }
    }
}

static void edit_pool_keep(edits *of) {
    wa_node_pool *pool = of->pools[edits_below(of, of->pool_count)];
    wa_node_pool_stats stats;
    if (edits_below(of, 2)) {
        edits_expect(of, wa_node_pool_pre_allocate(pool, 3, NULL), ALLOW(WA_OK) | ALLOW(WA_ERR_BUDGET));
    } else {
        wa_node_pool_trim(pool, 1);
    }
    wa_node_pool_get_stats(pool, &stats);
    assert_true(stats.available <= 4);
}

/* -- Voices ------------------------------------------------------------------------------------ */

static void edit_voice_start(edits *of) {
    wa_voice voice;
    if (of->live.voice_count == EDIT_VOICE_MAX ||
        !expect_from_pool(of, wa_voice_pool_acquire(of->voice_pool, &voice),
                          ALLOW(WA_OK) | ALLOW(WA_ERR_POOL_FULL) | ALLOW(WA_ERR_BUDGET))) {
        return;
    }
    const wa_node oscillator = wa_voice_node_at(of->voice_pool, voice, 0);
    const wa_node gain = wa_voice_node_at(of->voice_pool, voice, 2);
    const double now_s = wa_context_current_time_s(of->context);
    const wa_param level = wa_node_param(gain, WA_GAIN_GAIN);
    wa_context *context = of->context;
    edits_expect_edit(of, wa_param_set_value_at_time(context, level, 0.0f, now_s), ALLOW(WA_OK));
    edits_expect_edit(of, wa_param_linear_ramp_to_value_at_time(context, level, 0.2f, now_s + 0.01),
                      ALLOW(WA_OK));
    edits_expect_edit(of, wa_source_start(context, oscillator, now_s), ALLOW(WA_OK));
    if (edits_below(of, 2)) {
        edits_expect_edit(of, wa_source_stop(context, oscillator, now_s + 0.03), ALLOW(WA_OK));
        edits_expect_edit(of, wa_voice_pool_release_when_done(of->voice_pool, voice), ALLOW(WA_OK));
    } else {
        of->live.voices[of->live.voice_count++] = voice;
    }
}

static void edit_voice_release(edits *of) {
    if (of->live.voice_count > 0) {
        const uint32_t index = edits_below(of, of->live.voice_count);
        const wa_release_options options = edits_any_release(of);
        if (options.mode == WA_RELEASE_WHEN_DONE) { /* it would play for ever */
            const wa_node oscillator = wa_voice_node_at(of->voice_pool, of->live.voices[index], 0);
            expect_from_pool(of, wa_source_stop(of->context, oscillator, 0.0), ALLOW(WA_OK) | GONE);
        }
        expect_from_pool(of, wa_voice_pool_release(of->voice_pool, of->live.voices[index], &options),
                         ALLOW(WA_OK) | GONE);
        of->live.voices[index] = of->live.voices[--of->live.voice_count];
    }
}

static void edit_voice_release_all(edits *of) {
    wa_release_options options = edits_any_release(of);
    options.mode = options.mode == WA_RELEASE_WHEN_DONE ? WA_RELEASE_AFTER_TAIL : options.mode;
    edits_expect(of, wa_voice_pool_release_all(of->voice_pool, &options), ALLOW(WA_OK));
    of->live.voice_count = 0;
}

const edit_kind edit_kinds_pool[] = {
    { "take a buffer", 8, edit_buffer_take, false },
    { "give a buffer back", 6, edit_buffer_give, false },
    { "trim", 1, edit_trim, true },
    { "acquire a node", 14, edit_pool_acquire, false },
    { "release a node", 12, edit_pool_release, false },
    { "release all nodes", 1, edit_pool_release_all, true },
    { "prepare or trim a pool", 2, edit_pool_keep, true },
    { "start a voice", 12, edit_voice_start, false },
    { "release a voice", 6, edit_voice_release, false },
    { "release all voices", 1, edit_voice_release_all, true },
    { NULL, 0, NULL, false },
};
