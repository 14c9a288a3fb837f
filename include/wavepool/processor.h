/* wavepool/processor.h -- nodes of your own: a callback on the render thread, with ports and AudioParams.
 * What AudioWorkletProcessor is to JavaScript.
 *
 *   wa_processor_define()                        ports, params, callbacks: once, for any number of nodes
 *   wa_node_create(WA_NODE_TYPE_PROCESSOR)       with wa_processor_options: a node with state and user data
 *
 * Such a node connects, automates, pools and shows in the profile like any other; wa_node_param_by_name() finds
 * its params. Whatever is called on the render thread must be wait-free: no allocation, no free, no lock, no
 * wait, no log, no system call, no loop without a bound. The engine cannot check that; what takes too long
 * shows as the node's cost and as deadline misses (profiler.h). docs/processor.md has the whole of it.
 */
#ifndef WAVEPOOL_PROCESSOR_H
#define WAVEPOOL_PROCESSOR_H
#include "param.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WA_PROCESSOR_PARAM_COUNT_MAX = 16,
    WA_PROCESSOR_NAME_BYTES_MAX = 32,          /* of a name, its end included */
    WA_PROCESSOR_ZEROED_STATE_BYTES_MAX = 4096 /* more state needs a reset callback */
};

/* -- What the callback is given ------------------------------------------------------------------ */

typedef struct wa_process_input {
    uint32_t channel_count;     /* 0: nothing active is connected */
    const float *const *planes; /* [channel_count][frame_count], to be read only */
} wa_process_input;

typedef struct wa_process_output {
    uint32_t channel_count;
    float *const *planes; /* [channel_count][frame_count], all zeros */
} wa_process_output;

typedef struct wa_process_param {
    uint32_t value_count; /* 1: that value in all frames; else frame_count */
    const float *values;  /* never NaN, in the range of the definition */
} wa_process_param;

/* One quantum. All of it is valid during the call only. */
typedef struct wa_process_args {
    const wa_process_input *inputs;   /* [input_count] */
    const wa_process_output *outputs; /* [output_count] */
    const wa_process_param *params;   /* [param_count], in the order of the definition */
    uint32_t input_count, output_count, param_count;
    uint32_t frame_count;
    uint64_t frame; /* currentFrame: of the first one */
    double time_s;  /* currentTime: of the same */
    double sample_rate_hz;
    void *state; /* this node's state_bytes, aligned to 16; NULL: none */
} wa_process_args;

/* Render a quantum. Returns whether to go on without an active input: a source while it plays, an effect while
 * its tail rings; false: it is called again once something active is connected. Denormals are flushed to zero.
 * Thread: render, wait-free */
typedef bool (*wa_process_fn)(void *user, const wa_process_args *args);

/* Make the state (zeroed the first time, later as it was left) and the user data as new, in time that does not
 * grow with them: before a node's first quantum, and before its next one after it was in a pool.
 * Thread: render, wait-free */
typedef void (*wa_processor_reset_fn)(void *user, void *state, double sample_rate_hz);

/* The render side is done with user, and it is the caller's again: the node is gone, wa_processor_set_user()
 * has replaced it, or the transaction that brought it was undone. Once for each time that a successful call
 * took it, never for NULL. It must not call the context. Thread: control, inside calls of that context */
typedef void (*wa_processor_finish_fn)(void *user);

/* -- Definitions --------------------------------------------------------------------------------- */

typedef struct wa_processor {
    uint64_t id;
} wa_processor;

/* AudioParamDescriptor. */
typedef struct wa_processor_param {
    const char *name;
    float value_default, value_min, value_max; /* INIT: 0 in [-FLT_MAX, FLT_MAX] */
    wa_automation_rate automation_rate;        /* INIT sets A */
} wa_processor_param;
#define WA_PROCESSOR_PARAM_INIT                                                                        \
    { NULL, 0.0f, -3.4028234663852886e38f, 3.4028234663852886e38f, WA_AUTOMATION_RATE_A }

typedef struct wa_processor_desc {
    uint32_t desc_bytes;
    const char *name; /* in wa_node_info and the profile */
    wa_process_fn process;
    wa_processor_reset_fn reset;   /* NULL: the state is zeroed */
    wa_processor_finish_fn finish; /* NULL: nobody is told */
    uint32_t state_bytes;          /* of each node, taken with it */
    uint32_t input_count;          /* 0..32; INIT sets 1 */
    uint32_t output_count;         /* 0..32; INIT sets 1 */
    /* outputChannelCount: [output_count], 1..32 each. NULL: with one input and one output the channels that the
     * input is mixed to, else 1 each. */
    const uint32_t *output_channel_counts;
    const wa_processor_param *params;
    uint32_t param_count;
} wa_processor_desc;
#define WA_PROCESSOR_DESC_INIT                                                                         \
    { (uint32_t)sizeof(wa_processor_desc), NULL, NULL, NULL, NULL, 0, 1, 1, NULL, NULL, 0 }

/* Everything in desc is copied. Names are 1 to 31 printable ASCII characters; those of params differ.
 * Returns: WA_OK | TYPE (NULL; not finite; no such rate) | NOT_SUPPORTED (desc_bytes; a name; neither input nor
 *   output; a count out of range; state_bytes without reset) | INVALID_STATE (default outside [min, max])
 *   | LIMIT (WA_PROCESSOR_PARAM_COUNT_MAX) | BUDGET | SEALED.
 * Owns: caller; wa_processor_release(). Thread: control of any context */
WA_API wa_status wa_processor_define(wa_engine *engine, const wa_processor_desc *desc,
                                     wa_processor *processor);
/* No more nodes of it can be made; those that there are keep it.
 * Returns: WA_OK | handle errors. Thread: control of any context */
WA_API wa_status wa_processor_release(wa_engine *engine, wa_processor processor);

/* -- Nodes --------------------------------------------------------------------------------------- */

typedef struct wa_processor_options {
    wa_node_options node;
    wa_processor processor;
    void *user; /* the node's, until finish is called with it; may be NULL */
    /* parameterData: the first of the params begin with these. INIT sets none. */
    uint32_t param_value_count;
    float param_values[WA_PROCESSOR_PARAM_COUNT_MAX];
} wa_processor_options;
#define WA_PROCESSOR_OPTIONS_INIT                                                                      \
    {                                                                                                  \
        WA_NODE_OPTIONS_INIT_(wa_processor_options), { 0 }, NULL, 0, {                                 \
            0.0f                                                                                       \
        }                                                                                              \
    }

/* Hand the node other user data: from one quantum on the callback gets it, and finish gets the old one once no
 * callback can have it any more. This is how control tells a processor anything: make what it needs to know,
 * hand it over. The pointer that the node has already changes nothing. Transactions undo it like other edits.
 * Returns: WA_OK | BUDGET | SEALED | handle errors. Thread: control */
WA_API wa_status wa_processor_set_user(wa_context *context, wa_node node, void *user);
/* The newest, which the callback may not have seen yet. Returns: WA_OK | handle errors. Thread: control */
WA_API wa_status wa_processor_get_user(const wa_context *context, wa_node node, void **user);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_PROCESSOR_H */
