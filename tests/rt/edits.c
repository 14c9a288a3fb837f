#include "edits.h"
#include "node.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* splitmix64: every step of the world follows from the seed. */
static uint64_t random_next(edits *of) {
    uint64_t mixed = of->random += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

uint32_t edits_below(edits *of, uint32_t bound) {
    return (uint32_t)(random_next(of) % bound);
}

double edits_between(edits *of, double least, double most) {
    return least + (most - least) * (double)(random_next(of) >> 11) / 9007199254740992.0;
}

double edits_time_s(edits *of) {
    const double time_s = wa_context_current_time_s(of->context) + edits_between(of, -0.05, 0.2);
    return time_s > 0.0 ? time_s : 0.0;
}

bool edits_expect(edits *of, wa_status status, uint32_t allowed) {
    if ((uint32_t)status < EDIT_STATUS_COUNT) {
        of->done_counts[status]++;
    }
    if ((uint32_t)status > 31 || !(allowed & (1u << status))) {
        fail_msg("seed %llu, step %u, %s: %s: %s", (unsigned long long)of->seed, of->step,
                 of->step_name, wa_status_name(status),
                 status == WA_OK ? "must not succeed" : wa_error_message());
    }
    return status == WA_OK;
}

bool edits_expect_edit(edits *of, wa_status status, uint32_t allowed) {
    if (of->is_open && status != WA_OK && of->first_failure == WA_OK) {
        of->first_failure = status;
    }
    return edits_expect(of, status, allowed);
}

edit_node *edits_any_node(edits *of) {
    return of->live.node_count ? &of->live.nodes[edits_below(of, of->live.node_count)] : NULL;
}

bool edits_is_source(wa_node_type type) {
    return (node_class(type)->flags & WA_CLASS_SOURCE) != 0;
}

void edits_add_node(edits *of, wa_node handle, wa_node_type type, wa_node_pool *pool,
                    bool is_feedback_gain) {
    assert_true(of->live.node_count < EDIT_NODE_MAX);
    of->live.nodes[of->live.node_count++] =
        (edit_node){ handle, type, pool, ++of->next_rank, is_feedback_gain };
}

void edits_drop_node(edits *of, edit_node *node) {
    edit_live *live = &of->live;
    live->stale[live->stale_count++ % EDIT_STALE_MAX] = node->handle;
    *node = live->nodes[--live->node_count];
}

wa_buffer edits_any_buffer(edits *of) {
    return of->buffer_count ? of->buffers[edits_below(of, of->buffer_count)] : (wa_buffer){ 0 };
}

wa_buffer edits_any_response(edits *of) {
    const uint32_t index = edits_below(of, EDIT_RESPONSE_COUNT + 1);
    return index < EDIT_RESPONSE_COUNT ? of->responses[index] : (wa_buffer){ 0 };
}

wa_release_options edits_any_release(edits *of) {
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = (wa_release_mode)(WA_RELEASE_NOW + edits_below(of, 4));
    options.fade_s = edits_between(of, 0.001, 0.03);
    return options;
}

/* -- Processors -------------------------------------------------------------------------------- */

static bool halve(void *user, const wa_process_args *args) {
    const edit_piece *of = user;
    const float level = args->params[0].values[0];
    for (uint32_t channel = 0; channel < args->outputs[0].channel_count; channel++) {
        float *out = args->outputs[0].planes[channel];
        for (uint32_t i = 0; i < args->frame_count; i++) {
            const bool has_input = channel < args->inputs[0].channel_count;
            out[i] = (has_input ? level * args->inputs[0].planes[channel][i] : 0.0f) +
                     (of != NULL ? of->level : 0.0f);
        }
    }
    ++*(uint64_t *)args->state;
    return of != NULL && of->goes_on;
}

wa_processor edits_define(wa_engine *engine) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor_param level = WA_PROCESSOR_PARAM_INIT;
    wa_processor made = { 0 };
    level.name = "level";
    level.value_default = level.value_max = 0.5f;
    level.value_min = 0.0f;
    desc.name = "Halve";
    desc.process = halve;
    desc.finish = edits_give_piece;
    desc.state_bytes = sizeof(uint64_t);
    desc.params = &level;
    desc.param_count = 1;
    assert_int_equal(wa_processor_define(engine, &desc, &made), WA_OK);
    return made;
}

edit_piece *edits_take_piece(edits *of) {
    edit_piece *taken = of->piece_free;
    if (taken != NULL) {
        of->piece_free = taken->next;
        of->piece_free_count--;
        taken->level = (float)edits_between(of, 0.0, 0.01);
        taken->goes_on = edits_below(of, 2) == 0;
    }
    return taken;
}

void edits_give_piece(void *piece) {
    edit_piece *of = piece;
    of->level = NAN;
    of->next = of->world->piece_free;
    of->world->piece_free = of;
    of->world->piece_free_count++;
}

/* -- Transactions ------------------------------------------------------------------------------ */

static void edit_begin(edits *of) {
    edits_expect(of, wa_begin(of->context), ALLOW(WA_OK));
    of->is_open = true;
    of->first_failure = WA_OK;
    of->is_failure_certain = true;
    of->saved = of->live;
}

static void put_back(edits *of) {
    of->live = of->saved;
    of->is_open = false;
}

static void edit_commit(edits *of) {
    const uint32_t failed = 1u << of->first_failure;
    const bool is_open = of->is_open;
    const wa_status status = wa_commit(of->context);
    if (!is_open) {
        edits_expect(of, status, ALLOW(WA_ERR_INVALID_STATE));
    } else if (edits_expect(of, status, of->is_failure_certain ? failed : failed | ALLOW(WA_OK))) {
        of->is_open = false;
    } else {
        put_back(of);
    }
}

static void edit_rollback(edits *of) {
    const bool is_open = of->is_open;
    edits_expect(of, wa_rollback(of->context), is_open ? ALLOW(WA_OK) : ALLOW(WA_ERR_INVALID_STATE));
    if (is_open) {
        put_back(of);
    }
}

/* -- Life of the context ----------------------------------------------------------------------- */

static void edit_poll(edits *of) {
    wa_event events[16];
    const uint32_t count = wa_context_poll(of->context, events, 16);
    assert_true(count <= 16);
    for (uint32_t i = 0; i < count; i++) {
        of->ended_count += events[i].type == WA_EVENT_ENDED;
    }
}

static void edit_suspend(edits *of) {
    if (edits_below(of, 2)) {
        edits_expect(of, wa_context_suspend(of->context), ALLOW(WA_OK));
    } else {
        edits_expect(of, wa_context_suspend_wait(of->context, 0.2), ALLOW(WA_OK) | ALLOW(WA_ERR_BUSY));
    }
}

static void edit_resume(edits *of) {
    edits_expect(of, wa_context_resume(of->context), ALLOW(WA_OK));
}

static void edit_read(edits *of) {
    wa_memory_stats memory;
    wa_audio_metrics metrics;
    wa_engine_memory_stats(of->engine, &memory);
    wa_profiler_get_metrics(of->context, &metrics);
    assert_true(memory.used_bytes <= memory.budget_bytes);
    assert_true(metrics.processing_load >= 0.0);
    if (edits_below(of, 8) == 0) {
        char *json = NULL;
        edits_expect(of, wa_profiler_snapshot_json(of->context, &json), ALLOW(WA_OK));
        assert_non_null(strstr(json, "{"));
        wa_string_free(json);
    }
}

static void edit_timing(edits *of) {
    edits_expect(of, wa_profiler_set_node_timing(of->context, edits_below(of, 4)), ALLOW(WA_OK));
}

static const edit_kind edit_kinds_context[] = {
    { "begin", 20, edit_begin, true },
    { "commit", 60, edit_commit, false },
    { "rollback", 6, edit_rollback, false },
    { "poll", 20, edit_poll, false },
    { "suspend", 1, edit_suspend, true },
    { "resume", 16, edit_resume, true },
    { "read figures", 3, edit_read, false },
    { "node timing", 1, edit_timing, true },
    { NULL, 0, NULL, false },
};

/* -- Steps ------------------------------------------------------------------------------------- */

static const edit_kind *const kind_lists[] = { edit_kinds_context, edit_kinds_graph, edit_kinds_param,
                                               edit_kinds_pool, edit_kinds_file };
enum { KIND_LIST_COUNT = sizeof kind_lists / sizeof kind_lists[0] };

static const edit_kind *any_kind(edits *of) {
    uint32_t sum = 0;
    for (uint32_t list = 0; list < KIND_LIST_COUNT; list++) {
        for (const edit_kind *kind = kind_lists[list]; kind->name; kind++) {
            sum += kind->weight;
        }
    }
    uint32_t pick = edits_below(of, sum);
    for (uint32_t list = 0; list < KIND_LIST_COUNT; list++) {
        for (const edit_kind *kind = kind_lists[list]; kind->name; kind++) {
            if (pick < kind->weight) {
                return kind;
            }
            pick -= kind->weight;
        }
    }
    return NULL;
}

void edits_step(edits *of) {
    const edit_kind *kind = any_kind(of);
    of->step++;
    of->step_name = kind->name;
    if (!(of->is_open && kind->is_outside)) {
        kind->run(of);
    }
}

/* Which pool it is for. */
typedef struct factory {
    edits *of;
    wa_node_type type;
} factory;

static wa_status make_for_pool(void *user, wa_context *context, wa_node *node) {
    const factory *for_pool = user;
    const wa_node_type type = for_pool->type;
    if ((node_class(type)->flags & (WA_CLASS_MANY_INPUTS | WA_CLASS_MANY_OUTPUTS)) != 0) {
        for_pool->of->made_counts[type]++; /* a pool's nodes have the same ports */
        return wa_node_create(context, type, NULL, node);
    }
    return edits_make_node(for_pool->of, type, false, node);
}

static void make_pools(edits *of) {
    static factory factories[EDIT_TYPE_MAX]; /* one world at a time */
    of->pool_count = edits_types(of->pool_types, EDIT_TYPE_MAX);
    for (uint32_t i = 0; i < of->pool_count; i++) {
        wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
        factories[i] = (factory){ of, of->pool_types[i] };
        desc.type = of->pool_types[i];
        desc.factory = make_for_pool;
        desc.user = &factories[i];
        desc.max_size = 4;
        desc.live_max = 6;
        edits_expect(of, wa_node_pool_create(of->context, &desc, &of->pools[i]), ALLOW(WA_OK));
    }
    const wa_voice_node nodes[] = { { WA_NODE_TYPE_OSCILLATOR, NULL },
                                    { WA_NODE_TYPE_BIQUAD_FILTER, NULL },
                                    { WA_NODE_TYPE_GAIN, NULL } };
    const wa_voice_edge edges[] = { { 0, 0, 1, 0, false }, { 1, 0, 2, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = 3;
    desc.edges = edges;
    desc.edge_count = 2;
    desc.output_node = 2;
    desc.output = wa_context_destination(of->context);
    desc.max_size = 6;
    desc.live_max = 10;
    desc.steal_oldest = true;
    desc.release_s = 0.01;
    edits_expect(of, wa_voice_pool_create(of->context, &desc, &of->voice_pool), ALLOW(WA_OK));
}

/* Their frames add up to half at most. */
static void make_responses(edits *of) {
    static const uint32_t lengths[EDIT_RESPONSE_COUNT] = { 100, 6000, 1500 };
    for (uint32_t i = 0; i < EDIT_RESPONSE_COUNT; i++) {
        edits_expect(of, wa_buffer_create(of->engine, 1u << i, lengths[i], 48000.0f, &of->responses[i]),
                     ALLOW(WA_OK));
        for (uint32_t channel = 0; channel < 1u << i; channel++) {
            float *plane = wa_buffer_plane(of->engine, of->responses[i], channel);
            for (uint32_t frame = 0; frame < lengths[i]; frame++) {
                plane[frame] = (float)edits_between(of, -0.25, 0.25) / (float)lengths[i];
            }
        }
    }
}

void edits_create(edits *of, wa_engine *engine, uint64_t seed) {
    memset(of, 0, sizeof *of);
    of->seed = of->random = seed;
    of->engine = engine;
    of->step_name = "create";
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.channel_count = PULL_CHANNELS;
    desc.input_channel_count = PULL_CHANNELS;
    desc.node_count_max = 512;
    edits_expect(of, wa_context_create(engine, &desc, &of->context), ALLOW(WA_OK));
    edits_expect(of, wa_buffer_pool_create(engine, NULL, &of->buffer_pool), ALLOW(WA_OK));
    const float real[] = { 0.0f, 0.5f, 0.2f }, imag[] = { 0.0f, 0.1f, 0.3f };
    edits_expect(of, wa_periodic_wave_create(engine, real, imag, 3, false, &of->wave), ALLOW(WA_OK));
    make_responses(of);
    of->processor = edits_define(engine);
    for (uint32_t i = 0; i < EDIT_PIECE_COUNT; i++) {
        of->pieces[i].world = of;
        edits_give_piece(&of->pieces[i]);
    }
    make_pools(of);
    edits_files_create(of);
    edits_expect(of, wa_context_resume(of->context), ALLOW(WA_OK));
}

void edits_destroy(edits *of) {
    of->step_name = "destroy";
    if (of->is_open) {
        edit_commit(of);
    }
    for (uint32_t i = 0; i < of->pool_count; i++) {
        wa_node_pool_destroy(of->pools[i]);
    }
    wa_voice_pool_destroy(of->voice_pool);
    edits_expect(of, wa_context_destroy(of->context), ALLOW(WA_OK));
    edits_files_destroy(of);
    while (of->buffer_count > 0) {
        const uint32_t last = --of->buffer_count;
        edits_expect(of, wa_buffer_release(of->engine, of->buffers[last]), ALLOW(WA_OK));
    }
    wa_buffer_pool_destroy(of->buffer_pool);
    edits_expect(of, wa_periodic_wave_release(of->engine, of->wave), ALLOW(WA_OK));
    for (uint32_t i = 0; i < EDIT_RESPONSE_COUNT; i++) {
        edits_expect(of, wa_buffer_release(of->engine, of->responses[i]), ALLOW(WA_OK));
    }
    edits_expect(of, wa_processor_release(of->engine, of->processor), ALLOW(WA_OK));
    assert_int_equal(of->piece_free_count, EDIT_PIECE_COUNT); /* each came back, once */
    wa_engine_trim(of->engine, 0);
}
