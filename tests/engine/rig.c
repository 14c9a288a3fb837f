/* An engine and one context for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "rig.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- asserts ------------------------------------------------------------------------------------ */

void rig_check_status(wa_status got, wa_status wanted, const char *word, const char *call,
                      const char *file, int line) {
    if (got != wanted) {
        print_error("%s is %s, wanted %s; last message: %s\n", call, wa_status_name(got),
                    wa_status_name(wanted), wa_error_message());
        _fail(file, line);
    }
    if (word != NULL && strstr(wa_error_message(), word) == NULL) {
        print_error("%s: the message \"%s\" does not name %s\n", call, wa_error_message(), word);
        _fail(file, line);
    }
}

void rig_check_same(const float *got, const float *want, uint64_t frames, const char *file, int line) {
    for (uint64_t frame = 0; frame < frames; frame++) {
        if (memcmp(&got[frame], &want[frame], sizeof *got) != 0) {
            print_error("frame %llu: %.9g, wanted %.9g\n", (unsigned long long)frame,
                        (double)got[frame], (double)want[frame]);
            _fail(file, line);
        }
    }
}

void rig_check_all(const float *got, float want, uint64_t frames, const char *file, int line) {
    for (uint64_t frame = 0; frame < frames; frame++) {
        if (got[frame] != want) {
            print_error("frame %llu: %.9g, wanted %.9g\n", (unsigned long long)frame,
                        (double)got[frame], (double)want);
            _fail(file, line);
        }
    }
}

/* -- making ------------------------------------------------------------------------------------- */

static wa_context_desc context_desc_of(const rig_desc *desc) {
    wa_context_desc made = WA_CONTEXT_DESC_INIT;
    made.kind = desc->kind != 0 ? desc->kind : WA_CONTEXT_EMBEDDED;
    made.sample_rate_hz = desc->sample_rate_hz > 0.0f ? desc->sample_rate_hz : 48000.0f;
    made.quantum_frames = desc->quantum_frames > 0 ? desc->quantum_frames : 128;
    made.channel_count = desc->channel_count > 0 ? desc->channel_count : 1;
    made.input_channel_count = desc->input_channel_count;
    made.length_frames = desc->length_frames;
    made.is_gathering = desc->is_gathering;
    return made;
}

rig *rig_create(const rig_desc *desc) {
    const rig_desc none = { 0 };
    desc = desc != NULL ? desc : &none;
    rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->engine = desc->engine;
    r->owns_engine = desc->engine == NULL;
    if (r->owns_engine) {
        wa_engine_desc engine = WA_ENGINE_DESC_INIT;
        engine.budget_bytes = desc->budget_bytes > 0 ? desc->budget_bytes : engine.budget_bytes;
        assert_ok(wa_engine_create(&engine, &r->engine));
    }
    const wa_context_desc context = context_desc_of(desc);
    assert_ok(wa_context_create(r->engine, &context, &r->context));
    r->out = wa_context_destination(r->context);
    r->channel_count = context.channel_count;
    r->quantum_frames = context.quantum_frames;
    r->rate = (double)context.sample_rate_hz;
    r->is_live = desc->is_live;
    if (context.kind == WA_CONTEXT_EMBEDDED && !desc->is_left_suspended) {
        assert_ok(wa_context_resume(r->context));
    }
    return r;
}

void rig_destroy(rig *r) {
    assert_ok(wa_context_destroy(r->context));
    if (r->owns_engine) {
        assert_ok(wa_engine_destroy(r->engine));
    }
    for (uint32_t channel = 0; channel < r->channel_count; channel++) {
        free(r->planes[channel]);
    }
    free(r);
}

/* -- rendering ---------------------------------------------------------------------------------- */

static void grow(rig *r, uint64_t frame_count) {
    if (frame_count <= r->capacity) {
        return;
    }
    r->capacity = 2 * frame_count;
    for (uint32_t channel = 0; channel < r->channel_count; channel++) {
        r->planes[channel] = realloc(r->planes[channel], r->capacity * sizeof(float));
        assert_non_null(r->planes[channel]);
    }
}

static void pull(rig *r, uint32_t frame_count) {
    float *outputs[RIG_CHANNEL_COUNT_MAX];
    bool has_inputs = false;
    grow(r, r->frame_count + frame_count);
    for (uint32_t channel = 0; channel < r->channel_count; channel++) {
        outputs[channel] = r->planes[channel] + r->frame_count;
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            outputs[channel][frame] = NAN; /* every frame must be written */
        }
    }
    for (uint32_t channel = 0; channel < RIG_CHANNEL_COUNT_MAX; channel++) {
        has_inputs = has_inputs || r->inputs[channel] != NULL;
    }
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .inputs = has_inputs ? (const float *const *)r->inputs : NULL,
                                  .outputs = outputs,
                                  .frame_count = frame_count };
    assert_int_equal(wa_context_render(r->context, &desc), WA_OK);
}

/* All that was asked for is in time for the next quantum, however much it is: nobody renders meanwhile, so
 * this thread may do what the render side would take several quanta for. */
static void settle(rig *r) {
    while (!r->context->is_in_transaction) {
        render_apply(&r->context->side, UINT32_MAX);
        (void)wa_context_poll(r->context, NULL, 0);
        if (r->context->waiting_first == NULL) {
            render_apply(&r->context->side, UINT32_MAX);
            return;
        }
    }
}

const float *rig_render(rig *r, uint32_t frame_count) {
    if (!r->is_live) {
        settle(r);
    }
    pull(r, frame_count);
    const float *begin = r->planes[0] + r->frame_count;
    r->frame_count += frame_count;
    return begin;
}

void rig_skip(rig *r, uint32_t frame_count) {
    if (!r->is_live) {
        settle(r);
    }
    while (frame_count > 0) {
        const uint32_t piece = frame_count < 4096 ? frame_count : 4096;
        pull(r, piece);
        frame_count -= piece;
    }
}

typedef struct offline_user {
    rig *r;
    wa_suspended_fn on_suspended;
    void *user;
} offline_user;

static bool keep(void *user, const float *const *planes, uint32_t channel_count, uint32_t frame_count) {
    rig *r = ((offline_user *)user)->r;
    assert_int_equal(channel_count, r->channel_count);
    grow(r, r->frame_count + frame_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        memcpy(r->planes[channel] + r->frame_count, planes[channel], frame_count * sizeof(float));
    }
    r->frame_count += frame_count;
    return true;
}

static void suspended(void *user, wa_context *context, double time_s) {
    const offline_user *of = user;
    if (of->on_suspended != NULL) {
        of->on_suspended(of->user, context, time_s);
    }
}

void rig_render_offline(rig *r, wa_suspended_fn on_suspended, void *user) {
    offline_user both = { r, on_suspended, user };
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.on_block = keep;
    desc.on_suspended = suspended;
    desc.user = &both;
    assert_ok(wa_offline_render(r->context, &desc));
}

/* -- nodes -------------------------------------------------------------------------------------- */

wa_node rig_node(rig *r, wa_node_type type, const void *options) {
    wa_node made = { 0 };
    assert_ok(wa_node_create(r->context, type, options, &made));
    return made;
}

wa_node rig_gain(rig *r, float gain) {
    wa_gain_options options = WA_GAIN_OPTIONS_INIT;
    options.gain = gain;
    return rig_node(r, WA_NODE_TYPE_GAIN, &options);
}

wa_node rig_constant(rig *r, float offset) {
    wa_constant_source_options options = WA_CONSTANT_SOURCE_OPTIONS_INIT;
    options.offset = offset;
    const wa_node made = rig_node(r, WA_NODE_TYPE_CONSTANT_SOURCE, &options);
    assert_ok(wa_source_start(r->context, made, 0.0));
    return made;
}

wa_node rig_sine(rig *r, float frequency_hz) {
    wa_oscillator_options options = WA_OSCILLATOR_OPTIONS_INIT;
    options.frequency_hz = frequency_hz;
    const wa_node made = rig_node(r, WA_NODE_TYPE_OSCILLATOR, &options);
    assert_ok(wa_source_start(r->context, made, 0.0));
    return made;
}

wa_node rig_delay(rig *r, double max_s, double delay_s) {
    wa_delay_options options = WA_DELAY_OPTIONS_INIT;
    options.max_delay_time_s = max_s;
    options.delay_time_s = (float)delay_s;
    return rig_node(r, WA_NODE_TYPE_DELAY, &options);
}

wa_node rig_splitter(rig *r, uint32_t output_count) {
    wa_channel_splitter_options options = WA_CHANNEL_SPLITTER_OPTIONS_INIT;
    options.output_count = output_count;
    return rig_node(r, WA_NODE_TYPE_CHANNEL_SPLITTER, &options);
}

wa_node rig_merger(rig *r, uint32_t input_count) {
    wa_channel_merger_options options = WA_CHANNEL_MERGER_OPTIONS_INIT;
    options.input_count = input_count;
    return rig_node(r, WA_NODE_TYPE_CHANNEL_MERGER, &options);
}

wa_node rig_constants(rig *r, const float *values, uint32_t channel_count) {
    const wa_node merger = rig_merger(r, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        rig_connect_ports(r, rig_constant(r, values[channel]), 0, merger, channel);
    }
    return merger;
}

wa_buffer rig_buffer(rig *r, uint32_t channel_count, uint64_t frame_count) {
    wa_buffer made = { 0 };
    assert_ok(wa_buffer_create(r->engine, channel_count, frame_count, (float)r->rate, &made));
    return made;
}

wa_node rig_play(rig *r, wa_buffer buffer, double when_s) {
    wa_buffer_source_options options = WA_BUFFER_SOURCE_OPTIONS_INIT;
    options.buffer = buffer;
    const wa_node made = rig_node(r, WA_NODE_TYPE_BUFFER_SOURCE, &options);
    assert_ok(wa_source_start(r->context, made, when_s));
    return made;
}

wa_node rig_impulse(rig *r, float value, double when_s) {
    const wa_buffer buffer = rig_buffer(r, 1, 1);
    wa_buffer_plane(r->engine, buffer, 0)[0] = value;
    const wa_node made = rig_play(r, buffer, when_s);
    assert_ok(wa_buffer_release(r->engine, buffer));
    return made;
}

wa_node rig_noise(rig *r, uint32_t channel_count, uint64_t frame_count, uint32_t seed) {
    const wa_buffer buffer = rig_buffer(r, channel_count, frame_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(r->engine, buffer, channel);
        for (uint64_t frame = 0; frame < frame_count; frame++) {
            plane[frame] = rig_random_unit(&seed);
        }
    }
    const wa_node made = rig_play(r, buffer, 0.0);
    assert_ok(wa_buffer_release(r->engine, buffer));
    return made;
}

void rig_connect(rig *r, wa_node source, wa_node destination) {
    assert_ok(wa_node_connect(r->context, source, destination));
}

void rig_connect_ports(rig *r, wa_node source, uint32_t output, wa_node destination, uint32_t input) {
    assert_ok(wa_node_connect_ports(r->context, source, output, destination, input));
}

void rig_connect_param(rig *r, wa_node source, wa_node target, uint32_t param_index) {
    assert_ok(wa_node_connect_param(r->context, source, 0, wa_node_param(target, param_index)));
}

void rig_release(rig *r, wa_node node, wa_release_mode mode) {
    wa_release_options options = WA_RELEASE_OPTIONS_INIT;
    options.mode = mode;
    assert_ok(wa_node_release(r->context, node, &options));
}

double rig_frames_s(const rig *r, double frames) {
    return frames / r->rate;
}

/* -- what is there ------------------------------------------------------------------------------ */

uint32_t rig_node_count(const rig *r) {
    return r->context->node_count;
}

uint32_t rig_awake_count(const rig *r) {
    return r->context->side.published.awake_count;
}

uint64_t rig_used_bytes(const rig *r) {
    wa_memory_stats stats;
    wa_engine_memory_stats(r->engine, &stats);
    return stats.used_bytes;
}

uint32_t rig_poll(rig *r, wa_event_type type) {
    wa_event events[16];
    uint32_t count = 0, got = 0;
    do {
        got = wa_context_poll(r->context, events, 16);
        for (uint32_t index = 0; index < got; index++) {
            count += events[index].type == type;
        }
    } while (got > 0);
    return count;
}

/* -- numbers ------------------------------------------------------------------------------------ */

uint32_t rig_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

float rig_random_unit(uint32_t *state) {
    return (float)((double)rig_random(state) / 2147483648.0 - 1.0);
}

double rig_error_db(const float *got, const double *want, uint64_t frame_count) {
    double error = 0.0, energy = 0.0;
    for (uint64_t frame = 0; frame < frame_count; frame++) {
        assert_false(isnan(got[frame]));
        const double off = (double)got[frame] - want[frame];
        error += off * off;
        energy += want[frame] * want[frame];
    }
    if (error == 0.0) {
        return -400.0;
    }
    return energy == 0.0 ? 400.0 : 10.0 * log10(error / energy);
}
