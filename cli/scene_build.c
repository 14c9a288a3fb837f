/* From a checked scene to a graph. Rules that only the engine knows (ranges, ports, memory) come back as
 * its message, with the place in the scene that asked for it. */
#include "scene_build.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

wa_status scene_fail(const scene_data *scene, wa_status status, char error[SCENE_ERROR_BYTES],
                     const char *path_format, ...) {
    char path[128];
    va_list args;
    va_start(args, path_format);
    vsnprintf(path, sizeof path, path_format, args);
    va_end(args);
    snprintf(error, SCENE_ERROR_BYTES, "%s (line %u): %.800s (%s)", path,
             scene_json_line(scene->text, path), wa_error_message(), wa_status_name(status));
    return status;
}

/* xorshift32: the same noise on every machine. Uniform in [-1, 1). */
static float next_noise(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return (float)((double)x / 2147483648.0 - 1.0);
}

static double synth_value(const scene_buffer *buffer, uint64_t frame, double time_s, uint32_t *noise) {
    switch (buffer->synth) {
    case SCENE_SYNTH_NOISE:
        return (double)next_noise(noise);
    case SCENE_SYNTH_IMPULSE:
        return frame == 0 ? 1.0 : 0.0;
    case SCENE_SYNTH_SINE:
        return sin(2 * 3.14159265358979323846 * buffer->frequency_hz * time_s);
    case SCENE_SYNTH_FILE:
        break;
    }
    return 0;
}

static wa_status synthesise(const scene_buffer *from, wa_engine *engine, float rate_hz,
                            wa_buffer *buffer) {
    enum { BLOCK = 1024 };
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    desc.channel_count = from->channel_count;
    desc.frame_count = (uint64_t)ceil(from->length_s * (double)rate_hz);
    desc.sample_rate_hz = rate_hz;
    desc.storage = from->storage;
    wa_status status = wa_buffer_create_with(engine, &desc, buffer);
    uint32_t noise = from->seed * 2654435761u + 1;
    for (uint32_t channel = 0; status == WA_OK && channel < from->channel_count; channel++) {
        float block[BLOCK];
        noise += noise == 0; /* the one state that xorshift cannot leave */
        for (uint64_t frame = 0; status == WA_OK && frame < desc.frame_count; frame += BLOCK) {
            for (uint64_t i = 0; i < BLOCK && frame + i < desc.frame_count; i++) {
                const double time_s = (double)(frame + i) / (double)rate_hz;
                const double decay = from->decay_s > 0 ? exp(-time_s / from->decay_s) : 1;
                block[i] = (float)(decay * synth_value(from, frame + i, time_s, &noise));
            }
            status = wa_buffer_copy_to_channel(engine, *buffer, block, BLOCK, channel, frame);
        }
    }
    return status;
}

static wa_status decode(const scene_buffer *from, wa_engine *engine, float rate_hz, wa_buffer *buffer) {
    wa_decode_options options = WA_DECODE_OPTIONS_INIT;
    options.sample_rate_hz = rate_hz;
    options.storage = from->storage;
    return wa_decode_file_with(engine, from->path, &options, buffer);
}

static wa_status make_buffers(scene_build *build, char error[SCENE_ERROR_BYTES]) {
    scene_data *scene = build->scene;
    wa_engine *engine = wa_context_engine(build->context);
    const float rate_hz = wa_context_sample_rate_hz(build->context);
    build->buffers = scene_take(scene, scene->buffer_count, sizeof *build->buffers);
    for (uint32_t i = 0; i < scene->buffer_count; i++) {
        const scene_buffer *from = &scene->buffers[i];
        const wa_status status = from->synth == SCENE_SYNTH_FILE
                                     ? decode(from, engine, rate_hz, &build->buffers[i])
                                     : synthesise(from, engine, rate_hz, &build->buffers[i]);
        if (status != WA_OK) {
            return scene_fail(scene, status, error, "$.buffers[%u]", i);
        }
    }
    return WA_OK;
}

static wa_status make_waves(scene_build *build, char error[SCENE_ERROR_BYTES]) {
    scene_data *scene = build->scene;
    build->waves = scene_take(scene, scene->wave_count, sizeof *build->waves);
    for (uint32_t i = 0; i < scene->wave_count; i++) {
        const scene_wave *wave = &scene->waves[i];
        const wa_status status = wa_periodic_wave_create(wa_context_engine(build->context), wave->real,
                                                         wave->imag, wave->coefficient_count,
                                                         wave->disable_normalization, &build->waves[i]);
        if (status != WA_OK) {
            return scene_fail(scene, status, error, "$.waves[%u]", i);
        }
    }
    return WA_OK;
}

/* Where the option of that kind lives: a scene names none that the type does not have. */
static void *option_of(scene_node *node, scene_field_kind kind) {
    const scene_field *field = node->type->fields;
    while (field->kind != kind) {
        field++;
    }
    return (char *)&node->options + field->offset;
}

/* Options name buffers and waves by id; now that those exist they get their handles. */
static void resolve_options(const scene_build *build, scene_graph *graph) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        scene_node *node = &graph->nodes[i];
        if (node->buffer_index != SCENE_NONE) {
            *(wa_buffer *)option_of(node, SCENE_FIELD_BUFFER) = build->buffers[node->buffer_index];
        }
        if (node->wave_index != SCENE_NONE) {
            *(wa_periodic_wave *)option_of(node, SCENE_FIELD_WAVE) = build->waves[node->wave_index];
        }
    }
}

wa_status scene_event_apply(const scene_event *event, wa_context *context, wa_param param,
                            double time_s) {
    const double at_s = time_s + event->time_s;
    switch (event->kind) {
    case SCENE_EVENT_SET_VALUE:
        return wa_param_set_value_at_time(context, param, event->value, at_s);
    case SCENE_EVENT_LINEAR_RAMP:
        return wa_param_linear_ramp_to_value_at_time(context, param, event->value, at_s);
    case SCENE_EVENT_EXPONENTIAL_RAMP:
        return wa_param_exponential_ramp_to_value_at_time(context, param, event->value, at_s);
    case SCENE_EVENT_SET_TARGET:
        return wa_param_set_target_at_time(context, param, event->value, at_s, event->extra_s);
    case SCENE_EVENT_VALUE_CURVE:
        return wa_param_set_value_curve_at_time(context, param, event->curve, event->curve_count, at_s,
                                                event->extra_s);
    case SCENE_EVENT_CANCEL:
        return wa_param_cancel_scheduled_values(context, param, at_s);
    case SCENE_EVENT_CANCEL_AND_HOLD:
        return wa_param_cancel_and_hold_at_time(context, param, at_s);
    case SCENE_EVENT_KIND_COUNT:
        break;
    }
    return WA_OK;
}

static wa_status start_media(const scene_node *node, wa_context *context, wa_node source,
                             double time_s) {
    wa_status status =
        node->offset_s > 0 ? wa_media_source_seek(context, source, node->offset_s) : WA_OK;
    if (status == WA_OK) {
        status = wa_media_source_play(context, source, time_s + node->start_s);
    }
    if (status == WA_OK && node->is_stopped) {
        status = wa_media_source_pause(context, source, time_s + node->stop_s);
    }
    return status;
}

wa_status scene_source_start(const scene_node *node, wa_context *context, wa_node source,
                             double time_s) {
    if (node->type->type == WA_NODE_TYPE_MEDIA_SOURCE) {
        return start_media(node, context, source, time_s);
    }
    const double when_s = time_s + node->start_s;
    wa_status status =
        node->type->type == WA_NODE_TYPE_BUFFER_SOURCE
            ? wa_buffer_source_start(context, source, when_s, node->offset_s, node->duration_s)
            : wa_source_start(context, source, when_s);
    if (status == WA_OK && node->is_stopped) {
        status = wa_source_stop(context, source, time_s + node->stop_s);
    }
    return status;
}

/* `path` is the node's place in the scene, for messages. */
static wa_status automate(const scene_build *build, const scene_node *node, wa_node target,
                          const char *path, char error[SCENE_ERROR_BYTES]) {
    for (uint32_t i = 0; i < node->rate_count; i++) {
        const uint32_t param = node->rates[i].param_index;
        const wa_status status = wa_param_set_automation_rate(
            build->context, wa_node_param(target, param), node->rates[i].rate);
        if (status != WA_OK) {
            return scene_fail(build->scene, status, error, "%s.rates.%s", path,
                              node->type->params[param]);
        }
    }
    for (uint32_t i = 0; i < node->event_count; i++) {
        const scene_event *event = &node->events[i];
        const wa_status status =
            scene_event_apply(event, build->context, wa_node_param(target, event->param_index), 0);
        if (status != WA_OK) {
            return scene_fail(build->scene, status, error, "%s.params.%s[%u]", path,
                              node->type->params[event->param_index], event->list_index);
        }
    }
    return WA_OK;
}

static wa_status make_listener(const scene_build *build, char error[SCENE_ERROR_BYTES]) {
    const scene_data *scene = build->scene;
    if (scene->hrtf_path != NULL) {
        const wa_status status =
            wa_engine_load_hrtf(wa_context_engine(build->context), scene->hrtf_path,
                                wa_context_sample_rate_hz(build->context));
        if (status != WA_OK) {
            return scene_fail(scene, status, error, "$.hrtf");
        }
    }
    return automate(build, &scene->listener, wa_context_listener(build->context), "$.listener", error);
}

double scene_media_ring_s(const wa_context *context) {
    const double rate_max = 4, least_s = 0.5; /* the node's; the library's default */
    const double frames = rate_max * wa_context_quantum_frames(context) + 64;
    return fmax(least_s, frames / (double)wa_context_sample_rate_hz(context));
}

/* The node has its file for as long as it lives; nobody else needs the handle. */
static wa_status make_node(const scene_build *build, const scene_node *node, wa_node *made) {
    wa_engine *engine = wa_context_engine(build->context);
    scene_node_options options = node->options;
    wa_status status = WA_OK;
    if (node->media_path != NULL) {
        wa_media_options media = WA_MEDIA_OPTIONS_INIT;
        media.sample_rate_hz = wa_context_sample_rate_hz(build->context);
        media.ring_s = scene_media_ring_s(build->context);
        status = wa_media_open(engine, node->media_path, &media, &options.media_source.media);
    }
    if (status == WA_OK) {
        const bool is_silent = node->type->type == WA_NODE_TYPE_INPUT && !build->has_input;
        status = wa_node_create(build->context, is_silent ? WA_NODE_TYPE_GAIN : node->type->type,
                                &options, made);
    }
    if (node->media_path != NULL && options.media_source.media.id != 0) {
        (void)wa_media_close(engine, options.media_source.media);
    }
    return status;
}

static wa_status make_nodes(scene_build *build, char error[SCENE_ERROR_BYTES]) {
    scene_data *scene = build->scene;
    build->nodes = scene_take(scene, scene->graph.node_count, sizeof *build->nodes);
    for (uint32_t i = 0; i < scene->graph.node_count; i++) {
        const scene_node *node = &scene->graph.nodes[i];
        wa_status status = make_node(build, node, &build->nodes[i]);
        if (status != WA_OK) {
            return scene_fail(scene, status, error, "$.nodes[%u]", i);
        }
        char path[32];
        snprintf(path, sizeof path, "$.nodes[%u]", i);
        status = automate(build, node, build->nodes[i], path, error);
        if (status != WA_OK) {
            return status;
        }
        if (node->type->is_source) {
            status = scene_source_start(node, build->context, build->nodes[i], 0);
            if (status != WA_OK) {
                return scene_fail(scene, status, error, "$.nodes[%u]", i);
            }
        }
    }
    return WA_OK;
}

static wa_status connect(const scene_build *build, const scene_edge *edge) {
    const wa_node source = scene_build_node(build, edge->source);
    const wa_node destination = scene_build_node(build, edge->destination);
    if (edge->is_param) {
        return wa_node_connect_param(build->context, source, edge->output_index,
                                     wa_node_param(destination, edge->input_index));
    }
    return wa_node_connect_ports(build->context, source, edge->output_index, destination,
                                 edge->input_index);
}

static wa_status make_connections(const scene_build *build, char error[SCENE_ERROR_BYTES]) {
    const scene_graph *graph = &build->scene->graph;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const wa_status status = connect(build, &graph->edges[i]);
        if (status != WA_OK) {
            return scene_fail(build->scene, status, error, "$.connections[%u]",
                              graph->edges[i].list_index);
        }
    }
    return WA_OK;
}

wa_status scene_build_init(scene_build *build, scene_data *scene, wa_context *context, wa_node output,
                           bool has_input, char error[SCENE_ERROR_BYTES]) {
    *build =
        (scene_build){ .scene = scene, .context = context, .output = output, .has_input = has_input };
    wa_status status = make_buffers(build, error);
    status = status == WA_OK ? make_waves(build, error) : status;
    if (status == WA_OK) {
        resolve_options(build, &scene->graph);
        for (uint32_t i = 0; i < scene->voice_count; i++) {
            resolve_options(build, &scene->voices[i].graph);
        }
        status = make_listener(build, error);
        status = status == WA_OK ? make_nodes(build, error) : status;
    }
    return status == WA_OK ? make_connections(build, error) : status;
}

wa_node scene_build_node(const scene_build *build, uint32_t node) {
    return node == SCENE_DESTINATION ? build->output
           : node == SCENE_LISTENER  ? wa_context_listener(build->context)
                                     : build->nodes[node];
}

const char *scene_build_id(const scene_build *build, wa_node node) {
    if (node.id == wa_context_destination(build->context).id || node.id == build->output.id) {
        return "destination";
    }
    for (uint32_t i = 0; i < build->scene->graph.node_count; i++) {
        if (build->nodes[i].id == node.id) {
            return build->scene->graph.nodes[i].id;
        }
    }
    return NULL;
}
