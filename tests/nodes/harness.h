/* tests/nodes/harness.h -- one node of one class, rendered without the engine.
 *
 *   harness *node = harness_create(&wa_node_class_gain, &(harness_desc){ .quantum_frames = 128 });
 *   float *const *in = harness_input(node, 0, 2);        fill in[channel][frame]
 *   harness_param(node, WA_GAIN_GAIN, 0.5f);             or harness_param_rate(): a value per frame
 *   harness_render(node);                                node->outputs[0].planes[channel][frame]
 *
 * It does what the engine promises in node.h and no more: channel memory and output planes come filled
 * with NaN, planes are 64-byte aligned with a guard behind them that every render checks, inputs that
 * are not active are one channel of silence. Everything is an assert of cmocka.
 */
#ifndef WA_TESTS_NODES_HARNESS_H
#define WA_TESTS_NODES_HARNESS_H
#include "node.h"

typedef struct harness_desc {
    const void *options;
    double sample_rate_hz;        /* 0: 48000 */
    uint32_t quantum_frames;      /* 0: 128 */
    uint32_t channel_capacity;    /* 0: 32 */
    uint32_t input_channel_count; /* as wa_class_env */
    bool is_aliased;              /* outputs[0] gets the planes of inputs[0] where both have one */
    const wa_resource *resource;  /* as wa_class_env */
    wa_status (*standard_wave)(wa_engine *engine, wa_oscillator_type type, const wa_resource **wave);
    wa_status (*hrtf)(wa_context *context, const wa_resource **set); /* as wa_class_env */
    wa_status (*response)(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                          uint32_t quantum_frames, const wa_resource **response);
} harness_desc;

enum { HARNESS_MEMORY_COUNT_MAX = 32 };

typedef struct harness {
    const wa_node_class *class;
    wa_class_env env;
    wa_node_setup setup; /* config, param values and port counts, as configure() left them */
    wa_instance instance;
    wa_quantum
        quantum; /* inputs, outputs, listener are the test's to set: INPUT, DESTINATION, PANNER */
    wa_block inputs[WA_PORT_COUNT_MAX];
    wa_block outputs[WA_PORT_COUNT_MAX]; /* of the last render */
    wa_param_values params[WA_PARAM_COUNT_MAX];
    bool is_aliased;
    void *channels[WA_CHANNEL_COUNT_MAX];
    uint64_t channel_bytes;
    wa_node_memory
        *memories[HARNESS_MEMORY_COUNT_MAX]; /* each that a config has had; filled with NaN */
    uint32_t memory_count;
    float *param_planes[WA_PARAM_COUNT_MAX];
    float *input_planes[WA_PORT_COUNT_MAX][WA_CHANNEL_COUNT_MAX];  /* made at first use */
    float *output_planes[WA_PORT_COUNT_MAX][WA_CHANNEL_COUNT_MAX]; /* made at first use */
} harness;

/* configure() must succeed. Inputs start inactive, params constant at what configure() chose. */
harness *harness_create(const wa_node_class *class, const harness_desc *desc);
void harness_destroy(harness *node);

/* The status of configure() alone, for rejected options. *values, if not NULL, gets the param values. */
wa_status harness_configure(const wa_node_class *class, const void *options, const wa_class_env *env,
                            float values[WA_PARAM_COUNT_MAX]);
/* set_attribute() on a copy of the config, which then takes its place: the old one is no more. */
wa_status harness_attribute(harness *node, wa_attribute attribute, double number);
/* How many of its memories the type says that it still uses. */
uint32_t harness_held_count(const harness *node);

/* Make an input active with that many channels and return its planes, not cleared. Stays so until
 * changed; after an aliased render it must be filled again. */
float *const *harness_input(harness *node, uint32_t input_index, uint32_t channel_count);
/* The same, active, all zeros and said to be silent. */
void harness_input_silent(harness *node, uint32_t input_index, uint32_t channel_count);
void harness_input_inactive(harness *node, uint32_t input_index);

void harness_param(harness *node, uint32_t param_index, float value);
/* The plane of a value per frame, to fill. */
float *harness_param_rate(harness *node, uint32_t param_index);

/* One quantum in which the whole of it plays. The clock then moves on. */
void harness_render(harness *node);
/* For sources: it plays in [begin, end); start_frame is exact. */
void harness_render_source(harness *node, uint32_t begin, uint32_t end, double start_frame);
/* One quantum of several nodes of one class in one call; all must be at the same frame. */
void harness_render_many(harness *const nodes[], uint32_t count);
/* The clock moves on by quanta in which the node sleeps. */
void harness_sleep(harness *node, uint32_t quantum_count);
/* reset() as a pool does it; the clock runs on, inputs and params stay. */
void harness_reset(harness *node);

/* The whole quantum of channel c must equal to the bit. */
void harness_assert_same(const harness *a, const harness *b);
/* Deterministic noise in [-1, 1). */
void harness_noise(uint32_t seed, float *out, uint32_t frames);
/* 10 log10 of the energy of (got - want) over that of want; -400 if equal. Fails on NaN. */
double harness_error_db(const float *got, const double *want, uint32_t frames);
#endif /* WA_TESTS_NODES_HARNESS_H */
