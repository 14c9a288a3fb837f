#include "pulled.h"
#include "control/context.h"
#include "media/hrtf.h"
#include "memory/buffers.h"
#include "memory/hrtf_shelf.h"
#include <stdio.h>
#include <string.h>

pulled pulled_make(uint32_t channel_count) {
    pulled made = { .channel_count = channel_count };
    assert_true(channel_count <= PULLED_CHANNELS_MAX);
    assert_ok(wa_engine_create(NULL, &made.engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.channel_count = channel_count;
    desc.input_channel_count = 1;
    assert_ok(wa_context_create(made.engine, &desc, &made.context));
    assert_ok(wa_context_resume(made.context));
    made.destination = wa_context_destination(made.context);
    return made;
}

static const float *moved(const float *of, const void *from, void *to) {
    return (const float *)(void *)((char *)to + ((const char *)of - (const char *)from));
}

void pulled_lend_hrtf(pulled *of) {
    static const wa_resource *lent; /* until the program ends */
    static wa_engine *lender;
    if (lent == NULL) {
        assert_ok(wa_engine_create(NULL, &lender));
        assert_ok(hrtf_for_rate(lender, PULLED_RATE, &lent));
    }
    const wa_hrtf_data *from = (const wa_hrtf_data *)lent;
    void *memory = NULL;
    assert_ok(memory_take(of->engine, WA_MEMORY_HRTF, from->memory_bytes, "a copy", &memory));
    memcpy(memory, from, from->memory_bytes);
    wa_hrtf_data *copy = memory;
    atomic_store(&copy->resource.reference_count, 1);
    for (uint32_t axis = 0; axis < 3; axis++) {
        copy->directions[axis] = moved(from->directions[axis], from, memory);
    }
    copy->responses = moved(from->responses, from, memory);
    copy->delays = moved(from->delays, from, memory);
    copy->fractions = moved(from->fractions, from, memory);
    copy->plan.stages = moved(from->plan.stages, from, memory);
    copy->plan.halves = moved(from->plan.halves, from, memory);
    assert_ok(hrtf_shelf_add(of->engine, 0, &copy));
    resource_unreference(of->engine, &copy->resource);
}

void pulled_free(pulled *of) {
    assert_int_equal(of->context->side.published.shortage_count, 0);
    assert_ok(wa_context_destroy(of->context));
    assert_ok(wa_engine_destroy(of->engine));
    *of = (pulled){ 0 };
}

void pulled_render(pulled *of, float *planes, uint32_t frame_count) {
    float thrown[PULLED_CHANNELS_MAX][PULLED_QUANTUM], ramp[PULLED_QUANTUM];
    for (uint32_t done = 0; done < frame_count; done += PULLED_QUANTUM) {
        const uint32_t count =
            frame_count - done < PULLED_QUANTUM ? frame_count - done : PULLED_QUANTUM;
        float *outputs[PULLED_CHANNELS_MAX];
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            outputs[channel] =
                planes != NULL ? planes + (size_t)channel * frame_count + done : thrown[channel];
        }
        for (uint32_t frame = 0; frame < count; frame++) {
            ramp[frame] = (float)((wa_context_current_frame(of->context) + frame) % 100) * 0.01f;
        }
        const float *inputs[1] = { ramp };
        const wa_render_desc desc = { sizeof desc, inputs, outputs, count, 0.0 };
        assert_int_equal(wa_context_render(of->context, &desc), WA_OK);
        (void)wa_context_poll(of->context, NULL, 0);
    }
}

void pulled_quanta(pulled *of, uint32_t quantum_count) {
    pulled_render(of, NULL, quantum_count * PULLED_QUANTUM);
}

double pulled_now_s(const pulled *of) {
    return wa_context_current_time_s(of->context);
}

wa_buffer noise_buffer(pulled *of, uint32_t channel_count, uint32_t frame_count, float level) {
    wa_buffer made = { 0 };
    assert_ok(wa_buffer_create(of->engine, channel_count, frame_count, PULLED_RATE, &made));
    uint32_t seed = 12345;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        float *plane = wa_buffer_plane(of->engine, made, channel);
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            seed = seed * 1664525u + 1013904223u;
            plane[frame] = level * ((float)(seed >> 8) / 8388608.0f - 1.0f);
        }
    }
    return made;
}

wa_node make_node(pulled *of, wa_node_type type, const void *options) {
    wa_node made = { 0 };
    assert_ok(wa_node_create(of->context, type, options, &made));
    return made;
}

void assert_ok(wa_status status) {
    if (status != WA_OK) {
        fail_msg("%s: %s", wa_status_name(status), wa_error_message());
    }
}

void assert_error(wa_status status, wa_status wanted, const char *part) {
    assert_string_equal(wa_status_name(status), wa_status_name(wanted));
    if (strstr(wa_error_message(), part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", wa_error_message(), part);
    }
}

uint64_t allocation_count(const pulled *of) {
    wa_memory_stats stats;
    wa_engine_memory_stats(of->engine, &stats);
    return stats.allocation_count;
}

double energy(const float *frames, size_t count) {
    double sum = 0.0;
    for (size_t frame = 0; frame < count; frame++) {
        sum += (double)frames[frame] * (double)frames[frame];
    }
    return sum;
}
