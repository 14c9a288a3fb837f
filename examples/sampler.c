/* A sampler that makes a new sample for every hit, as a game does with its effects. The buffers come from
 * a pool: after the first few hits nothing is allocated any more. */
#include "example.h"
#include <math.h>

enum { HIT_COUNT = 200, HIT_FRAMES = 4800 };
static const double hit_interval_s = 0.05;

typedef struct sampler {
    wa_buffer_pool *pool;
    wa_node sources[HIT_COUNT];
    wa_buffer buffers[HIT_COUNT];
    int hit_count, done_count;
} sampler;

/* A click whose pitch depends on the hit. Every frame is written, so the pool need not clear it. */
static wa_buffer make_sample(sampler *state, wa_context *context, int hit) {
    wa_buffer buffer;
    const float rate_hz = wa_context_sample_rate_hz(context);
    CHECK(wa_buffer_pool_acquire_uncleared(state->pool, 1, HIT_FRAMES, rate_hz, &buffer));
    float *plane = wa_buffer_plane(wa_context_engine(context), buffer, 0);
    const float turn = 6.2831853f * (float)(200 + 20 * (hit % 17)) / rate_hz;
    for (int frame = 0; frame < HIT_FRAMES; frame++) {
        plane[frame] = 0.2f * sinf(turn * (float)frame) * expf(-(float)frame / 600);
    }
    return buffer;
}

static void hit(sampler *state, wa_context *context, double time_s) {
    const int index = state->hit_count++;
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    state->buffers[index] = make_sample(state, context, index);
    options.buffer = state->buffers[index];
    CHECK(wa_node_create(context, WA_NODE_TYPE_BUFFER_SOURCE, &options, &state->sources[index]));
    CHECK(wa_node_connect(context, state->sources[index], wa_context_destination(context)));
    CHECK(wa_source_start(context, state->sources[index], time_s));
}

/* Give back what has ended: the node to the context, its buffer to the pool. */
static void collect(sampler *state, wa_context *context) {
    wa_event events[16];
    const uint32_t count = wa_context_poll(context, events, 16);
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; events[i].type == WA_EVENT_ENDED && k < state->hit_count; k++) {
            if (state->sources[k].id == events[i].node.id) {
                CHECK(wa_node_release(context, state->sources[k], NULL));
                CHECK(wa_buffer_pool_release(state->pool, state->buffers[k]));
                state->sources[k].id = 0;
                state->done_count++;
            }
        }
    }
}

static void on_suspended(void *user, wa_context *context, double time_s) {
    sampler *state = user;
    collect(state, context);
    if (state->hit_count < HIT_COUNT) {
        hit(state, context, time_s);
        CHECK(wa_context_suspend_at(context, time_s + hit_interval_s));
    }
}

static bool skip_block(void *user, const float *const *planes, uint32_t channel_count,
                       uint32_t frame_count) {
    (void)user, (void)planes, (void)channel_count, (void)frame_count;
    return true;
}

int main(void) {
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    sampler state = { 0 };
    wa_buffer_pool_stats stats;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    desc.length_frames = (uint64_t)((HIT_COUNT + 10) * hit_interval_s * 48000);
    CHECK(wa_engine_create(NULL, &engine));
    CHECK(wa_context_create(engine, &desc, &context));
    CHECK(wa_buffer_pool_create(engine, NULL, &state.pool));

    CHECK(wa_context_suspend_at(context, hit_interval_s));
    offline.on_block = skip_block;
    offline.on_suspended = on_suspended;
    offline.user = &state;
    CHECK(wa_offline_render(context, &offline));
    collect(&state, context);

    wa_buffer_pool_get_stats(state.pool, &stats);
    printf("sampler: %d hits, %d given back, %llu buffers made, %llu taken from the pool\n",
           state.hit_count, state.done_count, (unsigned long long)stats.miss_count,
           (unsigned long long)stats.hit_count);
    CHECK(wa_context_destroy(context));
    wa_buffer_pool_destroy(state.pool);
    CHECK(wa_engine_destroy(engine));
    return EXIT_SUCCESS;
}
