#include "harness.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { GUARD_FRAMES = 16, ALIGN_BYTES = 64 };
#define GUARD 12345.678f

static void *take_bytes(uint64_t bytes) {
    const uint64_t rounded = (bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    void *taken = aligned_alloc(ALIGN_BYTES, rounded == 0 ? ALIGN_BYTES : rounded);
    assert_non_null(taken);
    memset(taken, 0xff, rounded); /* every float and double in it is NaN */
    return taken;
}

static float *take_plane(uint32_t frames) {
    float *plane = take_bytes((uint64_t)(frames + GUARD_FRAMES) * sizeof(float));
    for (uint32_t i = 0; i < GUARD_FRAMES; i++) {
        plane[frames + i] = GUARD;
    }
    return plane;
}

static void check_guard(const float *plane, uint32_t frames) {
    for (uint32_t i = 0; plane != NULL && i < GUARD_FRAMES; i++) {
        assert_true(plane[frames + i] == GUARD);
    }
}

static void check_guards(const harness *node) {
    const uint32_t frames = node->quantum.frame_count;
    for (uint32_t port = 0; port < WA_PORT_COUNT_MAX; port++) {
        for (uint32_t channel = 0; channel < WA_CHANNEL_COUNT_MAX; channel++) {
            check_guard(node->input_planes[port][channel], frames);
            check_guard(node->output_planes[port][channel], frames);
        }
    }
}

static float *input_plane(harness *node, uint32_t input, uint32_t channel) {
    float **plane = &node->input_planes[input][channel];
    if (*plane == NULL) {
        *plane = take_plane(node->quantum.frame_count);
    }
    return *plane;
}

static float *output_plane(harness *node, uint32_t output, uint32_t channel) {
    float **plane = &node->output_planes[output][channel];
    if (*plane == NULL) {
        *plane = take_plane(node->quantum.frame_count);
    }
    memset(*plane, 0xff, node->quantum.frame_count * sizeof(float));
    return *plane;
}

static wa_node_setup new_setup(const wa_node_class *class) {
    wa_node_setup setup = { .config = take_bytes(class->config_bytes),
                            .input_count = class->input_count,
                            .output_count = class->output_count,
                            .channel_count = class->channel_count != 0 ? class->channel_count : 2 };
    memset(setup.config, 0, class->config_bytes);
    for (uint32_t i = 0; i < class->param_count; i++) {
        setup.param_values[i] = class->params[i].value_default;
    }
    return setup;
}

wa_status harness_configure(const wa_node_class *class, const void *options, const wa_class_env *env,
                            float values[WA_PARAM_COUNT_MAX]) {
    const wa_class_env plain = { .sample_rate_hz = 48000.0, .quantum_frames = 128 };
    wa_node_setup setup = new_setup(class);
    const wa_status status = class->configure(options, env != NULL ? env : &plain, &setup);
    if (values != NULL) {
        memcpy(values, setup.param_values, sizeof setup.param_values);
    }
    free(setup.config);
    return status;
}

/* Memory for the resource in the config, as control makes it: once for each that it is given. */
static void take_memory(harness *node) {
    wa_resource_config *of = node->setup.config;
    if (node->class->memory_bytes == NULL ||
        (of->memory != NULL && of->memory->resource == of->resource)) {
        return;
    }
    of->memory = NULL;
    if (of->resource != NULL) {
        assert_true(node->memory_count < HARNESS_MEMORY_COUNT_MAX);
        wa_node_memory *made = calloc(1, sizeof *made);
        assert_non_null(made);
        made->resource = of->resource;
        made->size_bytes = node->class->memory_bytes(of->resource);
        made->bytes = take_bytes(made->size_bytes);
        node->memories[node->memory_count++] = of->memory = made;
    }
}

uint32_t harness_held_count(const harness *node) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->memory_count; i++) {
        count += node->memories[i]->is_held;
    }
    return count;
}

static void take_channels(harness *node, uint32_t capacity) {
    node->instance.channels = node->channels;
    node->instance.channel_capacity = capacity;
    if (node->class->channel_bytes == NULL) {
        return;
    }
    node->channel_bytes = node->class->channel_bytes(node->setup.config, &node->env);
    for (uint32_t channel = 0; channel < capacity; channel++) {
        node->channels[channel] = take_bytes(node->channel_bytes);
    }
}

static void wire(harness *node) {
    node->instance.config = node->setup.config;
    node->instance.inputs = node->inputs;
    node->instance.outputs = node->outputs;
    node->instance.params = node->params;
    node->instance.input_count = node->setup.input_count;
    node->instance.output_count = node->setup.output_count;
    for (uint32_t input = 0; input < node->setup.input_count; input++) {
        harness_input_inactive(node, input);
    }
    for (uint32_t i = 0; i < node->class->param_count; i++) {
        node->param_planes[i] = take_plane(node->quantum.frame_count);
        harness_param(node, i, node->setup.param_values[i]);
    }
}

harness *harness_create(const wa_node_class *class, const harness_desc *desc) {
    harness *node = calloc(1, sizeof *node);
    assert_non_null(node);
    node->class = class;
    node->is_aliased = desc->is_aliased;
    assert_true(!desc->is_aliased || (class->flags & WA_CLASS_ALIAS) != 0);
    node->quantum.frame_count = desc->quantum_frames != 0 ? desc->quantum_frames : 128;
    node->quantum.sample_rate_hz = desc->sample_rate_hz != 0.0 ? desc->sample_rate_hz : 48000.0;
    node->env = (wa_class_env){ .sample_rate_hz = node->quantum.sample_rate_hz,
                                .quantum_frames = node->quantum.frame_count,
                                .input_channel_count = desc->input_channel_count,
                                .resource = desc->resource,
                                .standard_wave = desc->standard_wave,
                                .hrtf = desc->hrtf,
                                .response = desc->response };
    node->setup = new_setup(class);
    if (class->configure != NULL) {
        const wa_resource *made = NULL;
        node->env.made = &made;
        assert_int_equal(class->configure(desc->options, &node->env, &node->setup), WA_OK);
    }
    take_memory(node);
    take_channels(node, desc->channel_capacity != 0 ? desc->channel_capacity : WA_CHANNEL_COUNT_MAX);
    wire(node);
    node->instance.state = take_bytes(class_state_bytes(class, &node->env));
    memset(node->instance.state, 0, class_state_bytes(class, &node->env));
    harness_reset(node);
    return node;
}

void harness_destroy(harness *node) {
    for (uint32_t port = 0; port < WA_PORT_COUNT_MAX; port++) {
        for (uint32_t channel = 0; channel < WA_CHANNEL_COUNT_MAX; channel++) {
            free(node->input_planes[port][channel]);
            free(node->output_planes[port][channel]);
        }
    }
    for (uint32_t i = 0; i < node->class->param_count; i++) {
        free(node->param_planes[i]);
    }
    for (uint32_t channel = 0; channel < WA_CHANNEL_COUNT_MAX; channel++) {
        free(node->channels[channel]);
    }
    for (uint32_t i = 0; i < node->memory_count; i++) {
        free(node->memories[i]->bytes);
        free(node->memories[i]);
    }
    free(node->instance.state);
    free(node->setup.config);
    free(node);
}

wa_status harness_attribute(harness *node, wa_attribute attribute, double number) {
    assert_non_null(node->class->set_attribute);
    const wa_resource *made = NULL;
    node->env.made = &made;
    void *fresh = take_bytes(node->class->config_bytes);
    memcpy(fresh, node->setup.config, node->class->config_bytes);
    const wa_status status = node->class->set_attribute(fresh, attribute, number, &node->env);
    if (status == WA_OK) {
        memcpy(node->setup.config, fresh, node->class->config_bytes);
        take_memory(node);
    }
    free(fresh);
    return status;
}

float *const *harness_input(harness *node, uint32_t input_index, uint32_t channel_count) {
    assert_in_range(channel_count, 1, WA_CHANNEL_COUNT_MAX);
    wa_block *block = &node->inputs[input_index];
    block->channel_count = channel_count;
    block->is_active = true;
    block->is_silent = false;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        block->planes[channel] = input_plane(node, input_index, channel);
    }
    return block->planes;
}

void harness_input_silent(harness *node, uint32_t input_index, uint32_t channel_count) {
    float *const *planes = harness_input(node, input_index, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        memset(planes[channel], 0, node->quantum.frame_count * sizeof(float));
    }
    node->inputs[input_index].is_silent = true;
}

void harness_input_inactive(harness *node, uint32_t input_index) {
    harness_input_silent(node, input_index, 1);
    node->inputs[input_index].is_active = false;
}

void harness_param(harness *node, uint32_t param_index, float value) {
    node->param_planes[param_index][0] = value;
    node->params[param_index] =
        (wa_param_values){ .values = node->param_planes[param_index], .is_constant = true };
}

float *harness_param_rate(harness *node, uint32_t param_index) {
    node->params[param_index] =
        (wa_param_values){ .values = node->param_planes[param_index], .is_constant = false };
    return node->param_planes[param_index];
}

static void choose_channels(harness *node) {
    uint32_t counts[WA_PORT_COUNT_MAX] = { 0 };
    counts[0] = node->setup.input_count > 0 ? node->inputs[0].channel_count : 1;
    if (node->class->output_channels != NULL) {
        node->class->output_channels(&node->instance, counts);
    }
    for (uint32_t output = 0; output < node->setup.output_count; output++) {
        assert_in_range(counts[output], 1, WA_CHANNEL_COUNT_MAX);
        node->outputs[output].channel_count = counts[output];
    }
}

static void check_channels_max(const harness *node) {
    uint32_t input_max[WA_PORT_COUNT_MAX] = { 0 }, counts[WA_PORT_COUNT_MAX] = { 0 };
    if (node->class->output_channels_max == NULL) {
        return;
    }
    for (uint32_t input = 0; input < node->setup.input_count; input++) {
        input_max[input] = WA_CHANNEL_COUNT_MAX;
    }
    node->class->output_channels_max(node->setup.config, input_max, node->setup.input_count, counts,
                                     node->setup.output_count);
    for (uint32_t output = 0; output < node->setup.output_count; output++) {
        assert_true(node->outputs[output].channel_count <= counts[output]);
    }
}

static void prepare(harness *node) {
    node->instance.frame = node->quantum.frame;
    choose_channels(node);
    check_channels_max(node);
    for (uint32_t output = 0; output < node->setup.output_count; output++) {
        wa_block *block = &node->outputs[output];
        block->is_active = true;
        block->is_silent = false;
        for (uint32_t channel = 0; channel < block->channel_count; channel++) {
            const bool is_shared =
                node->is_aliased && output == 0 && channel < node->inputs[0].channel_count;
            block->planes[channel] =
                is_shared ? node->inputs[0].planes[channel] : output_plane(node, output, channel);
        }
    }
}

static void conclude(harness *node) {
    check_guards(node);
    for (uint32_t output = 0; output < node->setup.output_count; output++) {
        const wa_block *block = &node->outputs[output];
        for (uint32_t i = 0; block->is_silent && i < node->quantum.frame_count; i++) {
            for (uint32_t channel = 0; channel < block->channel_count; channel++) {
                assert_true(block->planes[channel][i] == 0.0f); /* silent must be true */
            }
        }
    }
    node->quantum.frame += node->quantum.frame_count;
    node->instance.gap_frames = 0;
}

void harness_render(harness *node) {
    harness_render_source(node, 0, node->quantum.frame_count, 0.0);
}

void harness_render_source(harness *node, uint32_t begin, uint32_t end, double start_frame) {
    node->instance.begin = begin;
    node->instance.end = end;
    node->instance.start_frame = start_frame;
    prepare(node);
    node->class->process(&(wa_instance *){ &node->instance }, 1, &node->quantum);
    conclude(node);
}

void harness_render_many(harness *const nodes[], uint32_t count) {
    wa_instance *instances[WA_TILE_INSTANCE_MAX];
    assert_in_range(count, 1, WA_TILE_INSTANCE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(nodes[i]->quantum.frame == nodes[0]->quantum.frame);
        nodes[i]->instance.begin = 0;
        nodes[i]->instance.end = nodes[i]->quantum.frame_count;
        prepare(nodes[i]);
        instances[i] = &nodes[i]->instance;
    }
    nodes[0]->class->process(instances, count, &nodes[0]->quantum);
    for (uint32_t i = 0; i < count; i++) {
        conclude(nodes[i]);
    }
}

void harness_sleep(harness *node, uint32_t quantum_count) {
    const uint64_t frames = (uint64_t)quantum_count * node->quantum.frame_count;
    node->quantum.frame += frames;
    node->instance.gap_frames += frames;
}

void harness_reset(harness *node) {
    node->instance.gap_frames = 0;
    node->instance.has_tail = false;
    node->instance.has_ended = false;
    if (node->class->renew != NULL) {
        node->class->renew(node->instance.state, &node->env);
    }
    if (node->class->reset != NULL) {
        node->class->reset(node->setup.config, node->instance.state, node->quantum.sample_rate_hz);
    }
}

void harness_assert_same(const harness *a, const harness *b) {
    assert_int_equal(a->instance.has_tail, b->instance.has_tail);
    assert_int_equal(a->instance.has_ended, b->instance.has_ended);
    for (uint32_t output = 0; output < a->setup.output_count; output++) {
        const wa_block *block_a = &a->outputs[output], *block_b = &b->outputs[output];
        assert_int_equal(block_a->channel_count, block_b->channel_count);
        for (uint32_t channel = 0; channel < block_a->channel_count; channel++) {
            assert_memory_equal(block_a->planes[channel], block_b->planes[channel],
                                a->quantum.frame_count * sizeof(float));
        }
    }
}

void harness_noise(uint32_t seed, float *out, uint32_t frames) {
    uint32_t state = seed * 2654435761u + 12345u;
    for (uint32_t i = 0; i < frames; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (float)((double)state / 2147483648.0 - 1.0);
        out[i] = out[i] < 1.0f ? out[i] : 0.0f;
    }
}

double harness_error_db(const float *got, const double *want, uint32_t frames) {
    double error = 0.0, energy = 0.0;
    for (uint32_t i = 0; i < frames; i++) {
        assert_true(isfinite(got[i]));
        error += (got[i] - want[i]) * (got[i] - want[i]);
        energy += want[i] * want[i];
    }
    if (error == 0.0) {
        return -400.0;
    }
    return 10.0 * log10(error / (energy > 0.0 ? energy : 1e-300));
}
