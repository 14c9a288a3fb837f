/* src/node.h -- what a node type gives the engine. Read by src/nodes/, src/render/ and src/control/.
 *
 * config   written by control, replaced whole by a batch: type, curve, loop points, buffer.
 *          While render reads one, it never changes; the next one switches in at a quantum.
 * state    written by render: phases, histories, positions. One block of class->state_bytes.
 * channel  written by render: memory of class->channel_bytes() for each channel the node may carry
 *          (delay lines, filter histories). Its content is undefined until the type writes it: a type
 *          keeps its own mark of what is valid, so that reset() costs nothing per byte.
 * memory   written by render: memory of class->memory_bytes() that goes with the resource in the config
 *          (a response's past). Likewise undefined. A config with another resource comes with other
 *          memory, so that a type may fade from one to the other.
 */
#ifndef WA_SRC_NODE_H
#define WA_SRC_NODE_H
#include "limits.h"
#include "wavepool/node.h"
#include "wavepool/processor.h"
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/* One port for one quantum; planes[channel][frame]. */
typedef struct wa_block {
    uint32_t channel_count; /* [1, WA_CHANNEL_COUNT_MAX] */
    bool is_active;         /* a source upstream plays or rings: decides channel counts */
    bool is_silent;         /* every frame is 0: a shortcut, never observable. Planes are valid */
    float *planes[WA_CHANNEL_COUNT_MAX];
} wa_block;

/* One parameter for one quantum, summed with its inputs, never NaN; clamped to [min, max] unless it is
 * compound (frequency with detune, playbackRate with detune): those the type combines, then clamps. */
typedef struct wa_param_values {
    const float *values; /* [frame_count] if !is_constant, else [1] */
    bool is_constant;
} wa_param_values;

/* Shared data that nodes hold: sample data, a wave, a curve, an impulse response, head-related responses, a
 * processor's definition. Immutable while a node holds it; the reference count is control's business. Begins
 * wa_buffer_data, wa_wave_data, wa_curve_data, wa_response_data, wa_processor_data. */
typedef enum wa_resource_kind {
    WA_RESOURCE_NONE = 0,
    WA_RESOURCE_BUFFER = 1,
    WA_RESOURCE_WAVE = 2,
    WA_RESOURCE_CURVE = 3,     /* no handle: the options have the points */
    WA_RESOURCE_RESPONSE = 4,  /* no handle: control makes it of a buffer */
    WA_RESOURCE_HRTF = 8,      /* no handle: control puts the engine's set into the config */
    WA_RESOURCE_MEDIA = 5,     /* a file being played: begins with wa_stream_resource, like the next */
    WA_RESOURCE_RECORDING = 6, /* a file being written */
    WA_RESOURCE_PROCESSOR = 9,
} wa_resource_kind;
typedef struct wa_resource {
    wa_resource_kind kind;
    _Atomic uint32_t reference_count;
} wa_resource;

/* A file that one node has at a time. Of its count one bit is the owner's, the rest are its node's configs. */
enum { WA_STREAM_OWNER = 1 << 30 };
typedef struct wa_stream_resource {
    wa_resource resource;
    struct job *job;                                         /* media/worker.h */
    void (*destroy)(wa_engine *engine, wa_resource *stream); /* the last reference is gone. Control */
} wa_stream_resource;

static inline bool wa_resource_is_stream(wa_resource_kind kind) {
    return kind == WA_RESOURCE_MEDIA || kind == WA_RESOURCE_RECORDING;
}

typedef struct wa_buffer_data {
    wa_resource resource;
    uint32_t channel_count;
    float sample_rate_hz;
    uint64_t frame_count;
    wa_buffer_storage storage;
    /* 64-byte aligned; not guarded past frame_count. Of INT16 all NULL: who wants floats whatever the storage
     * takes samples_read() (kernels/samples.h). */
    float *planes[WA_CHANNEL_COUNT_MAX];
    int16_t *first_int16;         /* INT16: of channel 0 */
    uint64_t stride_int16_frames; /* to the next channel */
} wa_buffer_data;
static inline int16_t *buffer_plane_int16(const wa_buffer_data *buffer, uint32_t channel) {
    return buffer->first_int16 + channel * buffer->stride_int16_frames;
}

typedef struct wa_curve_data {
    wa_resource resource;
    uint32_t point_count;
    const float *points; /* [point_count + 1]: one more, which is 0 */
} wa_curve_data;
/* Memory of one node that goes with the resource in its config: class->memory_bytes(). Control makes it
 * before it ships the config that first holds both. When no config holds it any longer, render may go on
 * with it, and with its resource, for as long as it says so. */
typedef struct wa_node_memory {
    /* control; fixed, but for the last two */
    const wa_resource *resource; /* referenced */
    void *bytes;                 /* [size_bytes], 64-byte aligned */
    uint64_t size_bytes;
    struct wa_node_memory *next; /* of those that render alone holds */
    uint32_t reference_count;    /* configs */
    /* render */
    _Atomic bool is_held;
} wa_node_memory;

/* How the config of a type with a resource begins. */
typedef struct wa_resource_config {
    const wa_resource *resource; /* NULL: none */
    wa_node_memory *memory;      /* only if class->memory_bytes is set; NULL without a resource */
} wa_resource_config;

/* One node of a type for one quantum: all that process() may touch. */
typedef struct wa_instance {
    const void *config;
    void *state;
    void *const *channels;     /* [channel_capacity] */
    uint32_t channel_capacity; /* at least what any input or output can carry now */
    const wa_block *inputs;    /* [input_count] mixed as channelCount, mode, interpretation say */
    wa_block *outputs;         /* [output_count]; channel_count and planes set; process() writes every
                                  frame of every plane, and is_silent. is_active is set to true */
    const wa_param_values *params;
    uint32_t input_count, output_count;
    uint32_t begin, end; /* sources: frames of this quantum in which it plays; else 0, frame_count */
    double start_frame;  /* sources: exact, of the context; may lie between two frames */
    uint64_t frame;      /* of the quantum's first sample, for output_channels() */
    uint64_t gap_frames; /* slept since it was last processed (0: processed in the last quantum) */
    bool is_discrete;    /* channelInterpretation, for types that mix what they remember */
    bool has_tail;       /* out: still sounds (or would output non-zero) with no active input */
    bool has_ended;      /* out: a source that will never play again (end of its buffer) */
    bool is_at_rest;     /* out: goes on, but its outputs are not active in this quantum; their planes
                            are not looked at */
} wa_instance;

/* The context's listener for one quantum, evaluated once, when the first type that listens is processed. */
struct spatial_axes;
typedef struct wa_listener {
    const wa_param_values *params;   /* by WA_LISTENER_POSITION_X ... */
    const struct spatial_axes *axes; /* at the quantum's first frame */
    bool is_turning; /* forward or up is not constant: axes say nothing of later frames */
} wa_listener;

typedef struct wa_quantum {
    uint64_t frame; /* of the first sample, since the context began */
    uint32_t frame_count;
    double sample_rate_hz;
    const float *const *inputs; /* embedded: planes from the host, NULL: silence. For type INPUT */
    uint32_t input_count;
    float *const *outputs; /* planes of the context's output; for type DESTINATION */
    uint32_t output_count;
    const wa_listener *listener; /* for types with the flag LISTENS; else it may be NULL */
} wa_quantum;

typedef struct wa_param_class {
    const char *name; /* JS attribute name */
    float value_default, value_min, value_max;
    bool is_k_rate;          /* default rate k; else a */
    bool is_rate_fixed;      /* setting automationRate is INVALID_STATE */
    bool is_compound;        /* combined with another before clamping: frequency, detune */
    bool is_max_from_config; /* value_max is what class->param_max() says (delayTime) */
    bool is_min_of_max;      /* and value_min is the negative of it (an Oscillator's frequency) */
} wa_param_class;

typedef enum wa_class_flags {
    WA_CLASS_SOURCE = 1,       /* has start and stop: sleeps until due */
    WA_CLASS_ALIAS = 2,        /* outputs[0] may be given inputs[0]'s planes: it works in place */
    WA_CLASS_INTERNAL = 4,     /* not made by wa_node_create */
    WA_CLASS_ALWAYS_ON = 8,    /* rendered every quantum: destination, input */
    WA_CLASS_MANY_INPUTS = 16, /* configure chooses how many, up to WA_PORT_COUNT_MAX */
    WA_CLASS_MANY_OUTPUTS = 32,
    WA_CLASS_OWN_BLOCK = 64, /* large, or of more than one size: memory of its own, not of a slab */
    WA_CLASS_BEGINS_ACTIVE = 128, /* as if it had a tail: processed until it says that it has none */
    WA_CLASS_STREAM = 256,        /* has a file of its own: woken by OP_WAKE, a tail while it runs */
    WA_CLASS_KEEPS_CONFIG = 512,  /* what a config holds is its node's alone: pools do not restore it */
    WA_CLASS_LISTENS = 1024, /* reads the listener: ordered behind it, and quantum->listener is set */
} wa_class_flags;

/* What a class's control hooks may know of the context. */
typedef struct wa_class_env {
    double sample_rate_hz;
    uint32_t quantum_frames;
    uint32_t input_channel_count; /* the host's planes, [0, 32]: INPUT */
    const wa_resource *resource;  /* of the handle in the options or attribute; NULL: none */
    void *user;                   /* WA_ATTRIBUTE_USER */
    wa_engine *engine;
    /* The engine's shared wave of a basic oscillator type, built at first use. Held by the engine.
     * Returns: WA_OK | BUDGET | SEALED. */
    wa_status (*standard_wave)(wa_engine *engine, wa_oscillator_type type, const wa_resource **wave);
    /* The engine's head-related responses at the context's rate, loaded at first use. Held by the context
     * until the call of the user ends.
     * Returns: WA_OK | IO | ENCODING | NOT_SUPPORTED | BUDGET | SEALED | SYSTEM_MEMORY. */
    wa_status (*hrtf)(wa_context *context, const wa_resource **set);
    wa_context *context;
    /* The response of what a buffer holds now, prepared for convolution; shared where it can be. With a
     * reference for the caller, who hands it on in *made. Returns: WA_OK | BUDGET | SEALED. */
    wa_status (*response)(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                          uint32_t quantum_frames, const wa_resource **response);
    const wa_resource **made; /* a reference that whoever called the hook drops when it is done */
} wa_class_env;

/* Attributes that a config holds; the value is `number` unless a comment says otherwise. */
typedef enum wa_attribute {
    WA_ATTRIBUTE_TYPE = 1,     /* BiquadFilter, Oscillator; WaveShaper: oversample */
    WA_ATTRIBUTE_RESOURCE = 2, /* env->resource: buffer, periodic wave, curve */
    WA_ATTRIBUTE_LOOP = 3,
    WA_ATTRIBUTE_LOOP_START = 4, /* s */
    WA_ATTRIBUTE_LOOP_END = 5,   /* s */
    WA_ATTRIBUTE_OFFSET = 6,     /* s, of start() */
    WA_ATTRIBUTE_DURATION = 7,   /* s, of start(); below 0: to the end */
    WA_ATTRIBUTE_IN_CYCLE = 8,   /* Delay: reader and writer are apart */
    WA_ATTRIBUTE_REARM = 9,      /* forget what start() set */
    WA_ATTRIBUTE_PLAY = 30,      /* frame of the context, like the next; MediaSource, Recorder */
    WA_ATTRIBUTE_PAUSE = 31,
    WA_ATTRIBUTE_SEEK = 32, /* frame of the file */
    WA_ATTRIBUTE_PANNING_MODEL = 40,
    WA_ATTRIBUTE_DISTANCE_MODEL = 41,
    WA_ATTRIBUTE_REF_DISTANCE = 42,
    WA_ATTRIBUTE_MAX_DISTANCE = 43,
    WA_ATTRIBUTE_ROLLOFF_FACTOR = 44,
    WA_ATTRIBUTE_CONE_INNER_ANGLE = 45, /* degrees, like the next */
    WA_ATTRIBUTE_CONE_OUTER_ANGLE = 46,
    WA_ATTRIBUTE_CONE_OUTER_GAIN = 47,
    WA_ATTRIBUTE_NORMALIZE = 10, /* Convolver: applies to the next RESOURCE */
    WA_ATTRIBUTE_FFT_SIZE = 20,  /* Analyser, like the next three */
    WA_ATTRIBUTE_MIN_DECIBELS = 21,
    WA_ATTRIBUTE_MAX_DECIBELS = 22,
    WA_ATTRIBUTE_SMOOTHING = 23,
    WA_ATTRIBUTE_USER = 24, /* env->user: Processor */
} wa_attribute;

/* Where a node begins: filled by configure. Counts arrive as the class's defaults; check_channels()
 * then judges what the options ask for against this channel_count (splitter: one for each output). */
typedef struct wa_node_setup {
    void *config;                           /* class->config_bytes, zeroed */
    float param_values[WA_PARAM_COUNT_MAX]; /* arrive as defaults */
    uint32_t input_count, output_count;
    uint32_t channel_count; /* 2, or the class's default */
} wa_node_setup;

typedef struct wa_node_class {
    const char *name;                   /* JS name without "Node" */
    uint32_t input_count, output_count; /* defaults */
    uint32_t param_count, options_bytes, config_bytes, state_bytes;
    uint32_t channel_inline_bytes;                    /* what channel_bytes() says, or 0 */
    uint32_t flags;                                   /* wa_class_flags */
    uint32_t channel_count;                           /* default channelCount; 0 means 2 */
    wa_channel_count_mode channel_count_mode;         /* 0 means MAX */
    wa_channel_interpretation channel_interpretation; /* 0 means SPEAKERS */
    wa_resource_kind resource_kind;   /* of the handle; not NONE: config begins wa_resource_config */
    uint32_t options_resource_offset; /* of the wa_buffer or wa_periodic_wave in the options, or of a
                                         curve's `const float *`; HRTF: none */
    uint32_t options_count_offset;    /* of the uint32_t that counts a curve's points */
    wa_param_class params[WA_PARAM_COUNT_MAX];

    /* -- Thread: control. May be NULL. Errors through error_set(). -- */

    /* The class of nodes made with that resource, where it says what they are; such nodes are processed one by
     * one. NULL: this class. */
    const struct wa_node_class *(*class_of)(const wa_resource *resource);
    /* A config that nobody reads any more: replaced, undone, or its node is gone. */
    void (*config_finish)(const void *config);
    /* Options (NULL: defaults) to setup. Non-finite, out of range: the specification's exception. */
    wa_status (*configure)(const void *options, const wa_class_env *env, wa_node_setup *setup);
    /* Change one attribute in a private copy of the config. NULL: the type has none. */
    wa_status (*set_attribute)(void *config, wa_attribute attribute, double number,
                               const wa_class_env *env);
    /* The type's own constraint on channelCount, mode, interpretation. NULL: 1..32, any mode. */
    wa_status (*check_channels)(const void *config, uint32_t count, wa_channel_count_mode mode,
                                wa_channel_interpretation interpretation);
    /* The largest value of a param whose class says is_max_from_config. */
    float (*param_max)(const void *config, uint32_t param_index);
    /* State beyond state_bytes, as much as the context asks for. OWN_BLOCK only; NULL: none. */
    uint64_t (*state_more_bytes)(const wa_class_env *env);
    /* A state of which control writes a part: that part, as new. When the node is made and whenever its pool
     * has it back, while render does not look; the first time the memory is zeroed. NULL: it has none. */
    void (*renew)(void *state, const wa_class_env *env);
    /* Frames by which what it lets through is late, whatever its params say; NULL: none. */
    double (*latency_frames)(const void *config);
    /* Bytes of memory that each channel needs; NULL: none. A type whose channels all need the same few bytes
     * says so in channel_inline_bytes: the first channel then lies in the node itself. */
    uint64_t (*channel_bytes)(const void *config, const wa_class_env *env);
    /* Bytes of memory that go with a resource of a config, see wa_node_memory; NULL: none. Charged to
     * impulse responses. */
    uint64_t (*memory_bytes)(const wa_resource *resource);
    /* The most that output_channels could ever say for inputs of at most input_max channels. */
    void (*output_channels_max)(const void *config, const uint32_t input_max[], uint32_t input_count,
                                uint32_t counts[], uint32_t output_count);

    /* -- Thread: render -- */

    /* As new, in time that does not grow with the channel memory. state arrives as it was left, or
     * zeroed the first time. May be NULL when state_bytes is 0. A type with memory_bytes is reset when
     * it leaves the graph too, and then holds none of it. */
    void (*reset)(const void *config, void *state, double sample_rate_hz);
    /* Channels of each output, for the inputs this instance has now; called before process(), when
     * inputs, params, begin and end are set. NULL: that of input 0, or 1 without inputs. */
    void (*output_channels)(const wa_instance *instance, uint32_t counts[]);
    /* It makes a sound of its own, whatever feeds it: awake until it is given back. NULL: never. */
    bool (*sounds_alone)(const void *config);
    /* Render one quantum of `count` >= 1 instances; a type that has lanes takes several at a time.
     * The result of an instance must not depend on its neighbours. */
    void (*process)(wa_instance *const instances[], uint32_t count, const wa_quantum *quantum);
} wa_node_class;

/* A processor's definition: the class of its nodes is made of it. */
typedef struct wa_processor_data {
    wa_resource resource;
    bool is_dynamic; /* the output has the channels of the input */
    uint8_t output_channel_counts[WA_PORT_COUNT_MAX];
    wa_process_fn process;
    wa_processor_reset_fn reset;   /* may be NULL */
    wa_processor_finish_fn finish; /* may be NULL */
    wa_node_class class;
} wa_processor_data;

static inline uint64_t class_state_bytes(const wa_node_class *of, const wa_class_env *env) {
    return of->state_bytes + (of->state_more_bytes != NULL ? of->state_more_bytes(env) : 0);
}

/* The class of a type, or NULL. node_table.c; built from node_types.def. Thread: any */
const wa_node_class *node_class(wa_node_type type);
#endif /* WA_SRC_NODE_H */
