/* Takes of a convolver; see convolver_take.h. */
#include "convolver_take.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* -- responses ---------------------------------------------------------------------------------- */

enum { RESPONSE_COUNT_MAX = 128 };
static wa_response_data *responses[RESPONSE_COUNT_MAX];
static uint32_t response_count;

static void *take_memory(uint64_t bytes) {
    void *taken = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(taken);
    return taken;
}

wa_status convolver_response(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                             uint32_t quantum_frames, const wa_resource **made) {
    (void)engine;
    const float *const *planes = (const float *const *)buffer->planes;
    wa_response_data *fresh = calloc(1, sizeof *fresh);
    assert_non_null(fresh);
    assert_true(response_count < RESPONSE_COUNT_MAX);
    fresh->resource.kind = WA_RESOURCE_RESPONSE;
    fresh->scale = is_normalized
                       ? convolution_normalization(planes, buffer->channel_count, buffer->frame_count,
                                                   buffer->sample_rate_hz)
                       : 1.0f;
    convolution_plan_init(&fresh->plan, buffer->channel_count, buffer->frame_count, quantum_frames);
    float *spectra = take_memory(convolution_plan_floats(&fresh->plan) * sizeof(float));
    float *scratch = take_memory(convolution_scratch_floats(&fresh->plan) * sizeof(float));
    convolution_plan_fill(&fresh->plan, spectra, scratch, planes, fresh->scale);
    free(scratch);
    responses[response_count++] = fresh;
    *made = &fresh->resource;
    return WA_OK;
}

int convolver_free_responses(void **state) {
    (void)state;
    while (response_count > 0) {
        wa_response_data *gone = responses[--response_count];
        free((void *)(uintptr_t)gone->plan.levels[0].transform.twiddles); /* where its memory begins */
        free(gone);
    }
    return 0;
}

/* Noise that falls by 26 dB, all of it of use. */
wa_buffer_data buffer_make(uint32_t channel_count, uint64_t frame_count, double rate_hz) {
    wa_buffer_data made = { .resource = { .kind = WA_RESOURCE_BUFFER },
                            .channel_count = channel_count,
                            .sample_rate_hz = (float)rate_hz,
                            .frame_count = frame_count };
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        made.planes[channel] = take_memory(frame_count * sizeof(float));
        harness_noise(channel + 77 + (uint32_t)frame_count, made.planes[channel],
                      (uint32_t)frame_count);
        for (uint64_t frame = 0; frame < frame_count; frame++) {
            made.planes[channel][frame] *= (float)exp(-3.0 * (double)frame / (double)frame_count);
        }
    }
    return made;
}

void buffer_free(wa_buffer_data *buffer) {
    for (uint32_t channel = 0; channel < buffer->channel_count; channel++) {
        free(buffer->planes[channel]);
    }
}

/* -- takes -------------------------------------------------------------------------------------- */

take take_make(const wa_buffer_data *buffer, const wa_convolver_options *options, uint32_t quantum,
               double rate_hz) {
    take made = { .quantum = quantum };
    made.node = harness_create(&wa_node_class_convolver,
                               &(harness_desc){ .options = options,
                                                .quantum_frames = quantum,
                                                .sample_rate_hz = rate_hz,
                                                .channel_capacity = 2,
                                                .resource = buffer != NULL ? &buffer->resource : NULL,
                                                .response = convolver_response });
    for (uint32_t side = 0; side < 2; side++) {
        made.in[side] = take_memory(FRAMES_MAX * sizeof(float));
        made.out[side] = take_memory(FRAMES_MAX * sizeof(float));
    }
    made.channels = take_memory(FRAMES_MAX);
    return made;
}

void take_free(take *of) {
    harness_destroy(of->node);
    for (uint32_t side = 0; side < 2; side++) {
        free(of->in[side]);
        free(of->out[side]);
    }
    free(of->channels);
}

static void fill(take *of, uint32_t channel_count, bool is_zero) {
    float *const *planes = harness_input(of->node, 0, channel_count);
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        harness_noise(++of->seed, planes[channel], of->quantum);
        for (uint32_t frame = 0; frame < of->quantum && is_zero; frame++) {
            planes[channel][frame] = 0.0f;
        }
    }
}

void take_keep(take *of) {
    const wa_block *in = &of->node->inputs[0], *out = &of->node->outputs[0];
    const size_t bytes = of->quantum * sizeof(float);
    assert_true(of->frame + of->quantum <= FRAMES_MAX);
    for (uint32_t side = 0; side < 2; side++) {
        memcpy(of->in[side] + of->frame, in->planes[in->channel_count == 2 ? side : 0], bytes);
        memcpy(of->out[side] + of->frame, out->planes[out->channel_count == 2 ? side : 0], bytes);
    }
    of->channels[of->frame / of->quantum] = (uint8_t)out->channel_count;
    of->frame += of->quantum;
}

/* One quantum; returns the channels of the output. */
uint32_t take_render(take *of, signal kind) {
    switch (kind) {
    case INACTIVE:
        harness_input_inactive(of->node, 0);
        break;
    case SILENT:
        harness_input_silent(of->node, 0, 2);
        break;
    case ZEROS:
        fill(of, 2, true);
        break;
    case MONO:
    case STEREO:
        fill(of, kind == MONO ? 1 : 2, false);
        break;
    }
    harness_render(of->node);
    take_keep(of);
    return of->node->outputs[0].channel_count;
}

void take_render_frames(take *of, signal kind, uint64_t frames) {
    for (const uint64_t end = of->frame + frames; of->frame < end;) {
        (void)take_render(of, kind);
    }
}

/* What the specification's sum says for one side, with the input from `first` on. */
double take_direct(const take *of, const wa_buffer_data *buffer, double scale, uint32_t side,
                   uint64_t first, uint64_t frame) {
    const uint32_t terms = buffer->channel_count == 4 ? 2 : 1;
    double sum = 0.0;
    for (uint32_t term = 0; term < terms; term++) {
        const float *x = of->in[terms == 2 ? term : side];
        const float *h = buffer->planes[buffer->channel_count == 1 ? 0 : 2 * term + side];
        for (uint64_t tap = 0; tap < buffer->frame_count && tap + first <= frame; tap++) {
            sum += (double)h[tap] * (double)x[frame - tap];
        }
    }
    return scale * sum;
}

double take_error_db(const take *of, const wa_buffer_data *buffer, double scale, uint64_t from,
                     uint64_t step) {
    double error = 0.0, energy = 1e-300;
    for (uint64_t frame = from; frame < of->frame; frame += step) {
        for (uint32_t side = 0; side < 2; side++) {
            const double want = take_direct(of, buffer, scale, side, 0, frame);
            error += pow((double)of->out[side][frame] - want, 2.0);
            energy += want * want;
        }
    }
    assert_true(isfinite(error));
    return error > 0.0 ? 10.0 * log10(error / energy) : -400.0;
}

wa_convolver_options plain_options(void) {
    wa_convolver_options options = WA_CONVOLVER_OPTIONS_INIT;
    options.disable_normalization = true;
    return options;
}
