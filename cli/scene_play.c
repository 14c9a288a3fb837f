/* Notes to voices: acquire, set what the note says, shape it, start and stop its sources. */
#include "scene_play.h"
#include <math.h>
#include <string.h>

/* setTargetAtTime closes in for ever; after this many time constants 0.25 % (-52 dB) are left. */
static const double time_constants_per_release = 6;
static const double time_constants_per_decay = 4;

static wa_status make_pool(scene_player *player, uint32_t index) {
    const scene_build *build = player->build;
    const scene_voice *voice = &build->scene->voices[index];
    wa_voice_node nodes[WA_VOICE_NODE_COUNT_MAX];
    wa_voice_edge edges[WA_VOICE_EDGE_COUNT_MAX];
    for (uint32_t i = 0; i < voice->graph.node_count; i++) {
        nodes[i] = (wa_voice_node){ voice->graph.nodes[i].type->type, &voice->graph.nodes[i].options };
    }
    for (uint32_t i = 0; i < voice->graph.edge_count; i++) {
        const scene_edge *edge = &voice->graph.edges[i];
        edges[i] = (wa_voice_edge){ edge->source, edge->output_index, edge->destination,
                                    edge->input_index, edge->is_param };
    }
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = voice->graph.node_count;
    desc.edges = edges;
    desc.edge_count = voice->graph.edge_count;
    desc.output_node = voice->output_node;
    desc.output = scene_build_node(build, voice->to);
    desc.max_size = voice->size;
    desc.live_max = voice->live_max;
    desc.steal_oldest = voice->steal_oldest;
    desc.release_s = voice->release_s;
    const wa_status status = wa_voice_pool_create(build->context, &desc, &player->pools[index]);
    return status == WA_OK ? wa_voice_pool_pre_allocate(player->pools[index], voice->size, NULL)
                           : status;
}

wa_status scene_player_init(scene_player *player, const scene_build *build,
                            char error[SCENE_ERROR_BYTES]) {
    const uint32_t count = build->scene->voice_count;
    *player = (scene_player){ .build = build,
                              .pools = scene_take(build->scene, count, sizeof *player->pools) };
    for (uint32_t i = 0; i < count; i++) {
        const wa_status status = make_pool(player, i);
        if (status != WA_OK) {
            return scene_fail(build->scene, status, error, "$.voices[%u]", i);
        }
    }
    return WA_OK;
}

void scene_player_finish(scene_player *player) {
    for (uint32_t i = 0; player->pools != NULL && i < player->build->scene->voice_count; i++) {
        if (player->pools[i] != NULL) {
            wa_voice_pool_destroy(player->pools[i]);
            player->pools[i] = NULL;
        }
    }
}

/* One note on its voice, while it is set up. */
typedef struct note_voice {
    wa_context *context;
    wa_voice_pool *pool;
    wa_voice handle;
    const scene_voice *voice;
    const scene_note *note;
} note_voice;

static wa_param param_of(const note_voice *sound, uint32_t node, uint32_t param_index) {
    return wa_node_param(wa_voice_node_at(sound->pool, sound->handle, node), param_index);
}

static double map_value(const scene_mapping *mapping, const scene_note *note) {
    switch (mapping->source) {
    case SCENE_MAP_FREQUENCY:
        return 440 * exp2(((double)note->midi - 69) / 12);
    case SCENE_MAP_NOTE:
        return (double)note->midi;
    case SCENE_MAP_RATE:
        return exp2((double)(note->midi - mapping->root) / 12);
    case SCENE_MAP_VELOCITY:
        return (double)note->velocity;
    case SCENE_MAP_PAN:
        return (double)note->pan;
    case SCENE_MAP_SOURCE_COUNT:
        break;
    }
    return 0;
}

static wa_status apply_mapping(const note_voice *sound, const scene_mapping *mapping) {
    const double value =
        (double)mapping->offset + (double)mapping->scale * map_value(mapping, sound->note);
    return wa_param_set_value_at_time(sound->context,
                                      param_of(sound, mapping->node, mapping->param_index),
                                      (float)value, sound->note->time_s);
}

static wa_status apply_envelope(const note_voice *sound, const scene_envelope *envelope) {
    wa_context *context = sound->context;
    const wa_param param = param_of(sound, envelope->node, envelope->param_index);
    const double start_s = sound->note->time_s, end_s = start_s + sound->note->duration_s;
    const double peak_s = fmin(start_s + envelope->attack_s, end_s);
    const float loud = 1 - envelope->velocity * (1 - sound->note->velocity);
    const float height = (envelope->peak - envelope->base) * loud;
    const float peak = envelope->base + height, sustain = envelope->base + height * envelope->sustain;
    wa_status status = wa_param_set_value_at_time(context, param, envelope->base, start_s);
    if (status == WA_OK) {
        status = wa_param_linear_ramp_to_value_at_time(context, param, peak, peak_s);
    }
    if (status == WA_OK && peak_s < end_s && envelope->decay_s > 0) {
        status = wa_param_set_target_at_time(context, param, sustain, peak_s,
                                             envelope->decay_s / time_constants_per_decay);
    }
    if (status == WA_OK) {
        status = wa_param_set_target_at_time(context, param, envelope->base, end_s,
                                             envelope->release_s / time_constants_per_release);
    }
    return status;
}

static wa_status apply_events(const note_voice *sound, uint32_t node) {
    const scene_node *template = &sound->voice->graph.nodes[node];
    for (uint32_t i = 0; i < template->event_count; i++) {
        const wa_status status = scene_event_apply(
            &template->events[i], sound->context,
            param_of(sound, node, template->events[i].param_index), sound->note->time_s);
        if (status != WA_OK) {
            return status;
        }
    }
    return WA_OK;
}

static wa_status start_sources(const note_voice *sound) {
    const scene_graph *graph = &sound->voice->graph;
    const double end_s = sound->note->time_s + sound->note->duration_s + sound->voice->release_s;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        wa_status status = apply_events(sound, i);
        if (status == WA_OK && graph->nodes[i].type->is_source) {
            const wa_node source = wa_voice_node_at(sound->pool, sound->handle, i);
            status = scene_source_start(&graph->nodes[i], sound->context, source, sound->note->time_s);
            if (status == WA_OK && !graph->nodes[i].is_stopped) {
                status = wa_source_stop(sound->context, source, end_s);
            }
        }
        if (status != WA_OK) {
            return status;
        }
    }
    return WA_OK;
}

static wa_status shape_voice(const note_voice *sound) {
    const scene_voice *voice = sound->voice;
    wa_status status = WA_OK;
    for (uint32_t i = 0; status == WA_OK && i < voice->mapping_count; i++) {
        status = apply_mapping(sound, &voice->mappings[i]);
    }
    for (uint32_t i = 0; status == WA_OK && i < voice->envelope_count; i++) {
        status = apply_envelope(sound, &voice->envelopes[i]);
    }
    return status == WA_OK ? start_sources(sound) : status;
}

static wa_status play_note(scene_player *player, const scene_note *note) {
    note_voice sound = { .context = player->build->context,
                         .pool = player->pools[note->voice_index],
                         .voice = &player->build->scene->voices[note->voice_index],
                         .note = note };
    wa_status status = wa_voice_pool_acquire(sound.pool, &sound.handle);
    if (status == WA_ERR_POOL_FULL) {
        player->dropped_count++; /* the scene's own cap: the tune goes on */
        return WA_OK;
    }
    status = status == WA_OK ? shape_voice(&sound) : status;
    status = status == WA_OK ? wa_voice_pool_release_when_done(sound.pool, sound.handle) : status;
    player->played_count += status == WA_OK;
    return status;
}

wa_status scene_player_advance(scene_player *player, double until_s, char error[SCENE_ERROR_BYTES]) {
    const scene_data *scene = player->build->scene;
    for (; player->note_next < scene->note_count; player->note_next++) {
        const scene_note *note = &scene->notes[player->note_next];
        if (note->time_s >= until_s) {
            break;
        }
        const wa_status status = play_note(player, note);
        if (status != WA_OK) {
            return scene_fail(scene, status, error, "$.voices[%u]", note->voice_index);
        }
    }
    const wa_status status = wa_flush(player->build->context);
    return status == WA_OK ? WA_OK : scene_fail(scene, status, error, "$");
}
