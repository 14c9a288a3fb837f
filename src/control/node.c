/* Nodes: making, shipping, switching, giving back. */
#include "context.h"
#include "../media/hrtf.h"
#include "../memory/curves.h"
#include "../memory/processors.h"
#include "../memory/responses.h"
#include "../memory/streams.h"
#include "../memory/waves.h"
#include "../nodes/analyser.h"
#include <math.h>
#include <string.h>

/* -- memory ------------------------------------------------------------------------------------- */

enum { CONFIG_BYTES_MAX = 512 };

static uint32_t ports_made(const wa_node_class *class, bool is_input) {
    const uint32_t flag = is_input ? WA_CLASS_MANY_INPUTS : WA_CLASS_MANY_OUTPUTS;
    const uint32_t count = is_input ? class->input_count : class->output_count;
    return (class->flags & flag) != 0 ? WA_PORT_COUNT_MAX : count;
}

static uint32_t align_16(size_t bytes) {
    return (uint32_t)((bytes + 15u) & ~(size_t)15u);
}

static uint32_t state_offset(const wa_node_class *class) {
    const size_t bytes = sizeof(graph_node) + ports_made(class, true) * sizeof(input_slot) +
                         ports_made(class, false) * sizeof(output_slot) +
                         class->param_count * sizeof(param_slot);
    return align_16(bytes);
}

/* Behind the state: a table of one channel, and that channel. */
static uint32_t inline_bytes(const wa_node_class *class) {
    return class->channel_inline_bytes > 0 ? 16 + class->channel_inline_bytes : 0;
}

static type_store *store_of(wa_context *context, wa_node_type type, const wa_node_class *class) {
    type_store *store = &context->types[type];
    if (!store->is_made) {
        handle_set_init(&store->handles, context->engine, HANDLE_NODE, (uint32_t)type, context, "node",
                        WA_MEMORY_NODES);
        slab_init(&store->nodes, context->engine, WA_MEMORY_NODES,
                  align_16(state_offset(class) + class->state_bytes) + inline_bytes(class),
                  class->name);
        slab_init(&store->configs, context->engine, WA_MEMORY_NODES,
                  class->config_bytes > 0 ? class->config_bytes : 8, class->name);
        if (type == WA_NODE_TYPE_DESTINATION || type == WA_NODE_TYPE_LISTENER) { /* one a context */
            slab_expect_few(&store->nodes);
        }
        slab_watch(&store->nodes, &context->grown_slabs);
        slab_watch(&store->configs, &context->grown_slabs);
        store->is_made = true;
    }
    return store;
}

static void lay_out(graph_node *made, const wa_node_class *class) {
    char *at = (char *)(made + 1);
    made->inputs = (input_slot *)(void *)at;
    at += ports_made(class, true) * sizeof(input_slot);
    made->outputs = (output_slot *)(void *)at;
    at += ports_made(class, false) * sizeof(output_slot);
    made->params = (param_slot *)(void *)at;
    made->state = (char *)made + state_offset(class);
    if (class->channel_inline_bytes > 0) {
        void **table =
            (void **)(void *)((char *)made + align_16(state_offset(class) + class->state_bytes));
        table[0] = table + 2;
        made->channel_table = table;
        made->channels = table; /* nobody renders it yet */
        made->channel_capacity_made = made->channel_capacity = 1;
        made->channel_bytes_made = class->channel_inline_bytes;
    }
}

/* A node that is not of a slab: with its ports, params and state, but without its channels. */
static uint64_t block_bytes(const wa_node_class *class, const wa_class_env *env) {
    return state_offset(class) + class_state_bytes(class, env);
}

/* -- options ------------------------------------------------------------------------------------ */

static wa_status check_mixing(const wa_node_class *class, const void *config, uint32_t count,
                              uint32_t mode, uint32_t interpretation) {
    if (count < 1 || count > WA_CHANNEL_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "channel_count is %u, its range is [1, %u]", count,
                         WA_CHANNEL_COUNT_MAX);
    }
    if (mode < WA_CHANNEL_COUNT_MODE_MAX || mode > WA_CHANNEL_COUNT_MODE_EXPLICIT) {
        return error_set(WA_ERR_TYPE, "channel_count_mode %u is none", mode);
    }
    if (interpretation != WA_CHANNEL_INTERPRETATION_SPEAKERS &&
        interpretation != WA_CHANNEL_INTERPRETATION_DISCRETE) {
        return error_set(WA_ERR_TYPE, "channel_interpretation %u is none", interpretation);
    }
    return class->check_channels == NULL
               ? WA_OK
               : class->check_channels(config, count, (wa_channel_count_mode)mode,
                                       (wa_channel_interpretation)interpretation);
}

wa_status node_check_mixing(const graph_node *of, mixing wanted) {
    return check_mixing(of->class, of->config, wanted.channel_count, wanted.mode,
                        wanted.is_speakers ? WA_CHANNEL_INTERPRETATION_SPEAKERS
                                           : WA_CHANNEL_INTERPRETATION_DISCRETE);
}

static wa_status mixing_of_options(const wa_node_class *class, const wa_node_setup *setup,
                                   const wa_node_options *options, mixing *mix) {
    const void *config = setup->config;
    uint32_t count = setup->channel_count;
    uint32_t mode =
        class->channel_count_mode > 0 ? class->channel_count_mode : WA_CHANNEL_COUNT_MODE_MAX;
    uint32_t interpretation = class->channel_interpretation > 0 ? class->channel_interpretation
                                                                : WA_CHANNEL_INTERPRETATION_SPEAKERS;
    bool is_asked = false;
    if (options != NULL) {
        is_asked = options->channel_count != 0 || options->channel_count_mode != 0 ||
                   options->channel_interpretation != 0;
        count = options->channel_count != 0 ? options->channel_count : count;
        mode = options->channel_count_mode != 0 ? options->channel_count_mode : mode;
        interpretation =
            options->channel_interpretation != 0 ? options->channel_interpretation : interpretation;
    }
    const wa_status status =
        is_asked ? check_mixing(class, config, count, mode, interpretation) : WA_OK;
    *mix = (mixing){ (uint8_t)count, (uint8_t)mode,
                     interpretation == WA_CHANNEL_INTERPRETATION_SPEAKERS, 0 };
    return status;
}

/* A copy of the points, held by one reference: the plan's. A sequence of floats has only finite ones. */
static wa_status curve_of_options(wa_context *context, const wa_node_class *class, const char *options,
                                  const wa_resource **made) {
    const float *points = NULL;
    uint32_t count = 0;
    memcpy(&points, options + class->options_resource_offset, sizeof points);
    memcpy(&count, options + class->options_count_offset, sizeof count);
    for (uint32_t index = 0; points != NULL && index < count; index++) {
        if (!isfinite(points[index])) {
            return error_set(WA_ERR_TYPE, "options.curve[%u] is not finite", index);
        }
    }
    return points != NULL ? curve_make(context->engine, points, count, made) : WA_OK;
}

static wa_status resource_of_options(wa_context *context, const wa_node_class *class,
                                     const void *options, const wa_resource **resource) {
    *resource = NULL;
    if (options == NULL || class->resource_kind == WA_RESOURCE_NONE ||
        class->resource_kind == WA_RESOURCE_HRTF) {
        return WA_OK;
    }
    if (class->resource_kind == WA_RESOURCE_CURVE) {
        return curve_of_options(context, class, options, resource);
    }
    uint64_t id = 0;
    memcpy(&id, (const char *)options + class->options_resource_offset, sizeof id);
    if (id == 0) {
        return WA_OK;
    }
    if (class->resource_kind == WA_RESOURCE_BUFFER) {
        wa_buffer_data *data = NULL;
        const wa_status status =
            buffer_resolve(context->engine, (wa_buffer){ id }, "options.buffer", &data);
        *resource = status == WA_OK ? &data->resource : NULL;
        return status;
    }
    if (wa_resource_is_stream(
            class->resource_kind)) { /* one node's at a time: claimed, see node_make() */
        const bool is_media = class->resource_kind == WA_RESOURCE_MEDIA;
        return streams_claim(context, id, class->resource_kind,
                             is_media ? "options.media" : "options.recording", resource);
    }
    wa_resource *found = NULL;
    const wa_status status =
        class->resource_kind == WA_RESOURCE_PROCESSOR
            ? processor_resolve(context->engine, (wa_processor){ id }, "options.processor", &found)
            : wave_resolve(context->engine, (wa_periodic_wave){ id }, "options.periodic_wave", &found);
    *resource = found;
    return status;
}

static wa_status check_options(const wa_node_class *class, const void *options) {
    if (options == NULL) {
        return WA_OK;
    }
    uint32_t bytes = 0;
    memcpy(&bytes, options, sizeof bytes);
    const uint32_t wanted = class->options_bytes > 0 ? class->options_bytes : sizeof(wa_node_options);
    return bytes == wanted || bytes == sizeof(wa_node_options)
               ? WA_OK
               : error_set(WA_ERR_NOT_SUPPORTED, "options.options_bytes is %u, %s takes %u", bytes,
                           class->name, wanted);
}

/* The context holds the set until the call ends, so that whoever asked has time to refer to it. */
static wa_status hold_hrtf(wa_context *context, const wa_resource **set) {
    const wa_resource *found = NULL;
    const wa_status status =
        hrtf_for_rate(context->engine, (double)context->desc.sample_rate_hz, &found);
    if (status == WA_OK) {
        resource_unreference(context->engine, context->hrtf);
        context->hrtf = *set = found;
    }
    return status;
}

wa_class_env node_env(wa_context *context, const wa_resource *resource) {
    return (wa_class_env){ .sample_rate_hz = (double)context->desc.sample_rate_hz,
                           .quantum_frames = context->desc.quantum_frames,
                           .input_channel_count = context->desc.input_channel_count,
                           .resource = resource,
                           .engine = context->engine,
                           .standard_wave = wave_standard,
                           .hrtf = hold_hrtf,
                           .response = response_acquire,
                           .context = context };
}

bool node_is_fixed(const wa_context *context, const graph_node *of) {
    return of == context->destination || of == context->listener;
}

typedef struct blueprint {
    const wa_node_class *class;
    _Alignas(16) unsigned char config[CONFIG_BYTES_MAX];
    wa_node_setup setup;
    mixing mix;
    /* For this plan, which holds a reference: a curve, a response, a file; NULL: none. */
    const wa_resource *made;
} blueprint;

static void set_up(blueprint *plan, const wa_node_class *class) {
    plan->class = class;
    plan->setup.config = plan->config;
    plan->setup.input_count = class->input_count;
    plan->setup.output_count = class->output_count;
    plan->setup.channel_count = class->channel_count > 0 ? class->channel_count : 2;
    for (uint32_t index = 0; index < class->param_count; index++) {
        plan->setup.param_values[index] = class->params[index].value_default;
    }
}

static wa_status draw_up(wa_context *context, const wa_node_class *class, const void *options,
                         blueprint *plan) {
    assert(class->config_bytes <= CONFIG_BYTES_MAX);
    memset(plan, 0, sizeof *plan);
    const wa_resource *resource = NULL;
    wa_status status = check_options(class, options);
    /* The base alone stands for the defaults of everything else. */
    uint32_t bytes = 0;
    if (options != NULL) {
        memcpy(&bytes, options, sizeof bytes);
    }
    const void *own = bytes == class->options_bytes ? options : NULL;
    if (status == WA_OK) {
        status = resource_of_options(context, class, own, &resource);
    }
    const bool is_ours =
        class->resource_kind == WA_RESOURCE_CURVE || wa_resource_is_stream(class->resource_kind);
    plan->made = is_ours ? resource : NULL;
    set_up(plan, class->class_of != NULL && resource != NULL ? class->class_of(resource) : class);
    if (status == WA_OK && class->configure != NULL) {
        wa_class_env env = node_env(context, resource);
        env.made = &plan->made;
        status = class->configure(own, &env, &plan->setup);
    }
    return status == WA_OK ? mixing_of_options(plan->class, &plan->setup, options, &plan->mix) : status;
}

/* -- making ------------------------------------------------------------------------------------- */

static void fill_params(graph_node *made, const wa_node_class *class, const float *values) {
    for (uint32_t index = 0; index < class->param_count; index++) {
        param_slot *slot = &made->params[index];
        slot->initial = slot->shown = values[index];
        slot->is_initially_k = class->params[index].is_k_rate;
        slot->rate = slot->is_initially_k ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A;
        slot->edit_batch = 0;
        slot->is_constant = true;
    }
}

static void count_in(wa_context *context, const graph_node *made) {
    context->node_count += made->type != WA_NODE_TYPE_LISTENER; /* it is there without being made */
    context->source_count += (made->class->flags & WA_CLASS_SOURCE) != 0;
    context->delay_count += made->type == WA_NODE_TYPE_DELAY;
}

static void count_out(wa_context *context, const graph_node *of) {
    context->node_count -= of->type != WA_NODE_TYPE_LISTENER;
    context->source_count -= (of->class->flags & WA_CLASS_SOURCE) != 0;
    context->delay_count -= of->type == WA_NODE_TYPE_DELAY;
}

graph_node *node_next(const wa_context *context, node_cursor *cursor) {
    for (; cursor->type < WA_NODE_TYPE_COUNT_MAX; cursor->type++, cursor->slot = 0) {
        const type_store *store = &context->types[cursor->type];
        void *object = store->is_made ? handle_set_next(&store->handles, &cursor->slot) : NULL;
        if (object != NULL) {
            return object;
        }
    }
    return NULL;
}

graph_node *node_next_listening(const wa_context *context, uint32_t *slot) {
    const type_store *store = &context->types[WA_NODE_TYPE_PANNER];
    return store->is_made ? handle_set_next(&store->handles, slot) : NULL;
}

uint64_t node_id(const wa_context *context, const graph_node *of) {
    uint64_t id = 0;
    (void)handle_object(context->engine, of->slot, &id);
    return id;
}

static wa_status take_node(wa_context *context, type_store *store, const wa_node_class *class,
                           graph_node **made) {
    if ((class->flags & WA_CLASS_OWN_BLOCK) != 0) {
        const wa_class_env env = node_env(context, NULL);
        void *memory = NULL;
        const wa_status status = memory_take(context->engine, WA_MEMORY_NODES, block_bytes(class, &env),
                                             "a node with its memory", &memory);
        *made = memory;
        return status;
    }
    const wa_status status = slab_reserve(&store->nodes, 1);
    *made = status == WA_OK ? slab_take(&store->nodes) : NULL;
    return status;
}

void node_free_block(wa_context *context, graph_node *of) {
    if ((of->class->flags & WA_CLASS_OWN_BLOCK) != 0) {
        const wa_class_env env = node_env(context, NULL);
        memory_give(context->engine, WA_MEMORY_NODES, of, block_bytes(of->class, &env));
    }
}

static void give_node(wa_context *context, type_store *store, graph_node *of) {
    if ((of->class->flags & WA_CLASS_OWN_BLOCK) != 0) {
        node_free_block(context, of);
    } else {
        slab_give(&store->nodes, of);
    }
}

static wa_status take_memory(wa_context *context, wa_node_type type, const wa_node_class *class,
                             graph_node **made, void **config) {
    type_store *store = store_of(context, type, class);
    *made = NULL;
    *config = NULL;
    wa_status status = class->config_bytes > 0 ? slab_reserve(&store->configs, 1) : WA_OK;
    if (status == WA_OK) {
        status = take_node(context, store, class, made);
    }
    if (status != WA_OK) {
        return status;
    }
    (*made)->type = (uint8_t)type;
    (*made)->class = class;
    uint64_t id = 0;
    status = handle_take(&store->handles, *made, &(*made)->slot, &id);
    if (status != WA_OK) {
        give_node(context, store, *made);
        return status;
    }
    *config = class->config_bytes > 0 ? slab_take(&store->configs) : NULL;
    return status;
}

/* What the type needs beside its node, whatever pools and templates make it. */
static wa_status take_shared(wa_context *context, wa_node_type type, const void *config) {
    return type == WA_NODE_TYPE_ANALYSER
               ? analysis_reserve(context, ((const analyser_config *)config)->fft_size)
               : WA_OK;
}

static void renew(wa_context *context, graph_node *of) {
    if (of->class->renew != NULL) {
        const wa_class_env env = node_env(context, NULL);
        of->class->renew(of->state, &env);
    }
}

/* What is held can be set once only: a buffer, a curve. */
static bool is_once_set(const wa_node_class *class, const void *config) {
    return (class->resource_kind == WA_RESOURCE_BUFFER || class->resource_kind == WA_RESOURCE_CURVE) &&
           *(const wa_resource *const *)config != NULL;
}

static wa_status build(wa_context *context, wa_node_type type, const blueprint *plan,
                       graph_node **made) {
    const wa_node_class *class = plan->class;
    if (context->node_count >= context->desc.node_count_max) {
        return error_set(WA_ERR_LIMIT, "node_count_max is %u and that many nodes are alive",
                         context->desc.node_count_max);
    }
    wa_status status = edit_reserve(context, 2); /* for whoever ships it */
    if (status == WA_OK) {
        status = streams_reserve(context, class);
    }
    bucket *place = NULL;
    if (status == WA_OK) {
        status = bucket_for(context, node_level_least(context, class), (uint32_t)type, &place);
    }
    graph_node *node = NULL;
    void *config = NULL;
    if (status == WA_OK) {
        status = take_memory(context, type, class, &node, &config);
    }
    if (status != WA_OK) {
        return status;
    }
    lay_out(node, class);
    renew(context, node);
    node->input_count = (uint8_t)plan->setup.input_count;
    node->output_count = (uint8_t)plan->setup.output_count;
    node->param_count = (uint8_t) class->param_count;
    if (config != NULL) {
        memcpy(config, plan->config, class->config_bytes);
        if (class->resource_kind != WA_RESOURCE_NONE) {
            resource_reference(*(const wa_resource *const *)config);
        }
    }
    node->config = config;
    node->was_buffer_set = is_once_set(class, config);
    node->mix = plan->mix;
    node->place = place;
    node->level = place->level;
    node->life = LIFE_LIVE;
    node->flags = NODE_GONE;
    fill_params(node, class, plan->setup.param_values);
    count_in(context, node);
    streams_add(context, node);
    status = node_memory_attach(context, class, config, NULL);
    if (status == WA_OK) {
        status = room_for_node(context, node);
    }
    if (status == WA_OK) {
        status = bounds_init(context, node);
    }
    if (status == WA_OK) { /* last: it stays */
        status = take_shared(context, type, plan->config);
    }
    if (status != WA_OK) {
        node_unmake(context, node);
        return status;
    }
    *made = node;
    return WA_OK;
}

/* What the plan holds has the config's reference by now, or nobody's. */
wa_status node_make(wa_context *context, wa_node_type type, const void *options, graph_node **made) {
    const wa_node_class *class = node_class(type);
    assert(class != NULL);
    blueprint plan;
    wa_status status = draw_up(context, class, options, &plan);
    if (status == WA_OK) {
        status = build(context, type, &plan, made);
    }
    if (status == WA_OK && wa_resource_is_stream(class->resource_kind)) {
        streams_take_in_hand(context, plan.made);
    }
    resource_unreference(context->engine, plan.made);
    return status;
}

void node_free_channels(wa_context *context, graph_node *of) {
    if (of->channel_table == NULL || of->type == WA_NODE_TYPE_DELAY_WRITER) {
        return;
    }
    const wa_memory_category category =
        of->type == WA_NODE_TYPE_DELAY ? WA_MEMORY_DELAY_LINES : WA_MEMORY_NODES;
    void **channels = of->channel_table;
    for (uint32_t index = of->class->channel_inline_bytes > 0; index < of->channel_capacity_made;
         index++) {
        memory_give(context->engine, category, channels[index], of->channel_bytes_made);
    }
    if (!node_has_inline_table(of)) {
        memory_give(context->engine, WA_MEMORY_NODES, channels,
                    of->channel_capacity_made * sizeof *channels);
    }
}

void node_forget_events(wa_context *context, graph_node *of) {
    if (of->event_count == 0) {
        return;
    }
    graph_node *before = NULL;
    for (graph_node *each = context->event_first; each != of; each = each->event_next) {
        before = each;
    }
    *(before != NULL ? &before->event_next : &context->event_first) = of->event_next;
    if (context->event_last == of) {
        context->event_last = before;
    }
    of->event_count = 0;
}

void node_free(wa_context *context, graph_node *of) {
    type_store *store = &context->types[of->type];
    assert(edges_count(of) == 0);
    if (of->writer != NULL) {
        of->writer->config = NULL;
        node_free(context, of->writer);
    }
    node_forget_events(context, of);
    context->muted_count -= of->is_muted;
    context->plane_need -= of->extra_planes;
    node_free_channels(context, of);
    for (uint32_t index = 0; index < of->output_count; index++) {
        if (of->outputs[index].wide != NULL) {
            slab_give(&context->wides, of->outputs[index].wide);
        }
    }
    for (uint32_t index = 0; index < of->param_count; index++) {
        param_extra *extra = of->params[index].extra;
        if (extra != NULL) {
            timeline_clear(context->timelines, &extra->line);
            slab_give(&context->extras, extra);
        }
    }
    count_out(context, of);
    streams_remove(context, of);
    handle_give(&store->handles, of->slot);
    void *config = of->config;
    const uint32_t type = of->type;
    const bool is_refused = of->is_refused;
    give_node(context, store, of);
    if (config != NULL) { /* last: it may hold the class */
        (is_refused ? config_discard : config_free)(context, type, config);
    }
}

void node_unmake(wa_context *context, graph_node *of) {
    edit_ops_drop(context, of);
    of->is_refused = true;
    node_free(context, of);
}

/* The writer of a delay that is whole has nothing to do: what it wrote, the delay would write again. */
node_switch node_switch_of(const graph_node *of) {
    const bool is_off = of->partner != NULL && !of->partner->is_split;
    return (node_switch){ of->config, of->place, of->mix, of->is_muted || is_off };
}

void node_ship(wa_context *context, graph_node *of) {
    op *added = edit_op(context, OP_NODE_ADD, of);
    added->to = node_switch_of(of);
}

void node_switch_ship(wa_context *context, graph_node *of) {
    op *switched = edit_op(context, OP_SWITCH, of);
    switched->to = node_switch_of(of);
}

wa_status node_type_check(const wa_context *context, wa_node_type type) {
    const wa_node_class *class = node_class(type);
    if (class == NULL || (class->flags & WA_CLASS_INTERNAL) != 0 || type == WA_NODE_TYPE_DESTINATION) {
        return error_set(WA_ERR_NOT_SUPPORTED, "type is %d, not one that can be made", (int)type);
    }
    if (type == WA_NODE_TYPE_INPUT && context->desc.input_channel_count == 0) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "an Input needs a context with input_channel_count above 0");
    }
    return WA_OK;
}

static wa_status create(wa_context *context, wa_node_type type, const void *options, wa_node *node) {
    if (node == NULL) {
        return error_set(WA_ERR_TYPE, "node is NULL");
    }
    wa_status status = node_type_check(context, type);
    graph_node *made = NULL;
    if (status == WA_OK) {
        status = node_make(context, type, options, &made);
    }
    if (status != WA_OK) {
        return status;
    }
    node_ship(context, made);
    (void)edit_undo(context, UNDO_NODE_CREATE, made);
    node->id = node_id(context, made);
    return WA_OK;
}

wa_status wa_node_create(wa_context *context, wa_node_type type, const void *options, wa_node *node) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    return edit_end(context, create(context, type, options, node));
}

wa_status node_resolve(const wa_context *context, wa_node handle, uint32_t type, const char *argument,
                       graph_node **found) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    void *object = NULL;
    const wa_status status =
        handle_resolve(context->engine, handle.id, HANDLE_NODE, context, type, argument, &object);
    *found = object;
    return status;
}

/* -- reuse -------------------------------------------------------------------------------------- */

/* Its memory stays with it if it is for the resource that the factory gave it. */
static wa_status restore_config(wa_context *context, graph_node *of, const void *config) {
    const wa_node_class *class = of->class;
    if (class->resource_kind == WA_RESOURCE_NONE) {
        memcpy(of->config, config, class->config_bytes);
        return WA_OK;
    }
    _Alignas(16) unsigned char fresh[CONFIG_BYTES_MAX];
    memcpy(fresh, config, class->config_bytes);
    const wa_status status = node_memory_attach(context, class, fresh, of->config);
    if (status == WA_OK) {
        resource_reference(((const wa_resource_config *)config)->resource);
        node_memory_detach(context, class, of->config);
        resource_unreference(context->engine, ((const wa_resource_config *)of->config)->resource);
        memcpy(of->config, fresh, class->config_bytes);
    }
    return status;
}

/* Everything that a life can change, as it was made. Reserved by nobody: it takes no ops of its own but a
 * config. The node is retired: render does not look at it until it is shipped again. */
wa_status node_reset(wa_context *context, graph_node *of, const void *config, const mixing *mix,
                     const float *values, const uint8_t *rates) {
    bucket *place = NULL;
    wa_status status = bucket_for(context, node_level_least(context, of->class), of->type, &place);
    if (status != WA_OK) {
        return status;
    }
    if (of->config != NULL && (of->class->flags & WA_CLASS_KEEPS_CONFIG) == 0) {
        status = restore_config(context, of, config);
        if (status != WA_OK) {
            return status;
        }
    }
    renew(context, of);
    of->mix = *mix;
    if (edges_count(of) == 0) { /* a voice's members keep their places: they stay connected */
        of->place = place;
        of->level = place->level;
        of->was_in_cycle = false;
        of->is_muted = false;
    }
    /* What control may read of it says nothing of the life before. A processor's callback is render's to
     * call. */
    if (of->class->reset != NULL && of->class->class_of == NULL) {
        of->class->reset(of->config, of->state, (double)context->desc.sample_rate_hz);
    }
    of->is_started = of->is_ended = of->has_stop = false;
    of->was_buffer_set = is_once_set(of->class, config);
    for (uint32_t index = 0; index < of->param_count; index++) {
        param_slot *slot = &of->params[index];
        if (slot->extra != NULL) {
            timeline_clear(context->timelines, &slot->extra->line);
            slot->extra->line = timeline_constant((double)values[index]);
        }
        slot->initial = slot->shown = values[index];
        slot->rate = rates[index];
        slot->is_initially_k = rates[index] == WA_AUTOMATION_RATE_K;
        slot->edit_batch = 0;
        slot->is_constant = true;
    }
    return WA_OK;
}
