/* Nodes, connections, and the recursion. */
#include "pull.h"
#include <math.h>
#include <string.h>

pull_graph *pull_create(double rate_hz, uint32_t quantum, uint32_t channel_count, double jitter) {
    pull_graph *graph = calloc(1, sizeof *graph);
    fuzz_check(graph != NULL && quantum <= PULL_QUANTUM_MAX, "quantum %u", quantum);
    graph->arena = malloc(PULL_ARENA_DOUBLES * sizeof(double));
    fuzz_check(graph->arena != NULL, "memory");
    graph->rate_hz = rate_hz;
    graph->quantum = quantum;
    graph->jitter = jitter;
    graph->random = 88172645463325252u;
    const wa_node_options mix = { .channel_count = channel_count,
                                  .channel_count_mode = WA_CHANNEL_COUNT_MODE_EXPLICIT,
                                  .channel_interpretation = WA_CHANNEL_INTERPRETATION_SPEAKERS };
    pull_add(graph, 0, WA_NODE_TYPE_DESTINATION, &mix, 1, 1);
    return graph;
}

static void forget(pull_node *of) {
    for (uint32_t channel = 0; channel < PULL_CHANNEL_MAX; channel++) {
        free(of->past[channel]);
    }
    free(of->past_counts);
    free(of->x);
    free(of->y);
    for (uint32_t index = 0; index < PULL_PARAM_MAX; index++) {
        free(of->params[index].line);
    }
    *of = (pull_node){ 0 };
}

void pull_destroy(pull_graph *graph) {
    for (uint32_t node = 0; node < graph->node_count; node++) {
        forget(&graph->nodes[node]);
    }
    free(graph->arena);
    free(graph);
}

void pull_lose(pull_graph *graph, const char *why) {
    if (!graph->is_lost) {
        graph->is_lost = true;
        graph->lost_by = why;
    }
}

double pull_random(pull_graph *graph) {
    graph->random ^= graph->random << 13;
    graph->random ^= graph->random >> 7;
    graph->random ^= graph->random << 17;
    return (double)(int64_t)graph->random * 0x1p-63;
}

double pull_shaken(pull_graph *graph, double value, double scale) {
    return graph->jitter > 0.0 ? value + graph->jitter * pull_random(graph) * scale : value;
}

double *pull_row(pull_graph *graph) {
    fuzz_check(graph->arena_used + graph->quantum <= PULL_ARENA_DOUBLES, "arena");
    double *row = graph->arena + graph->arena_used;
    graph->arena_used += graph->quantum;
    memset(row, 0, graph->quantum * sizeof *row);
    return row;
}

pull_block pull_silence(pull_graph *graph, uint32_t channel_count, bool is_active) {
    pull_block block = { .channel_count = channel_count, .is_active = is_active };
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        block.planes[channel] = pull_row(graph);
    }
    return block;
}

/* -- Edits ----------------------------------------------------------------------------------------- */

pull_node *pull_add(pull_graph *graph, uint32_t node, wa_node_type type, const wa_node_options *mix,
                    uint32_t input_count, uint32_t output_count) {
    fuzz_check(node < PULL_NODE_MAX, "node %u", node);
    pull_node *of = &graph->nodes[node];
    fuzz_check(!of->is_here, "node %u is there", node);
    forget(of);
    of->is_here = true;
    of->type = type;
    of->input_count = input_count;
    of->output_count = output_count;
    of->mix = (pull_mixing){ mix->channel_count, mix->channel_count_mode,
                             mix->channel_interpretation == WA_CHANNEL_INTERPRETATION_SPEAKERS };
    of->player.duration_s = -1.0;
    graph->node_count = node >= graph->node_count ? node + 1 : graph->node_count;
    graph->is_changed = true;
    return of;
}

void pull_connect(pull_graph *graph, uint32_t source, uint32_t output, uint32_t target, uint32_t index,
                  bool is_param) {
    uint32_t free_edge = graph->edge_count;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const pull_edge *each = &graph->edges[i];
        if (each->is_here && each->source == source && each->output == output &&
            each->target == target && each->index == index && each->is_param == is_param) {
            return;
        }
    }
    if (free_edge == PULL_EDGE_MAX) { /* close the gaps, which keeps the order */
        uint32_t kept = 0;
        for (uint32_t i = 0; i < graph->edge_count; i++) {
            if (graph->edges[i].is_here) {
                graph->edges[kept++] = graph->edges[i];
            }
        }
        free_edge = graph->edge_count = kept;
        fuzz_check(kept < PULL_EDGE_MAX, "edges");
    }
    graph->edges[graph->edge_count++] = (pull_edge){ .is_here = true,
                                                     .is_param = is_param,
                                                     .source = source,
                                                     .output = output,
                                                     .target = target,
                                                     .index = index };
    graph->is_changed = true;
}

uint32_t pull_disconnect(pull_graph *graph, uint32_t source, uint32_t output, uint32_t target,
                         uint32_t index, bool is_param, bool is_any_target) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        pull_edge *each = &graph->edges[i];
        const bool is_to = is_any_target || (each->target == target && each->is_param == is_param &&
                                             (index == UINT32_MAX || each->index == index));
        if (each->is_here && each->source == source && is_to &&
            (output == UINT32_MAX || each->output == output)) {
            each->is_here = false;
            count++;
        }
    }
    graph->is_changed = graph->is_changed || count > 0;
    return count;
}

/* Its inputs, params too if so asked; or all that it has. */
static void cut(pull_graph *graph, uint32_t node, bool has_params, bool has_outputs) {
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        pull_edge *each = &graph->edges[i];
        if ((each->target == node && (!each->is_param || has_params)) ||
            (has_outputs && each->source == node)) {
            each->is_here = false;
        }
    }
    graph->is_changed = true;
}

static bool is_source(wa_node_type type) {
    return type == WA_NODE_TYPE_OSCILLATOR || type == WA_NODE_TYPE_CONSTANT_SOURCE ||
           type == WA_NODE_TYPE_BUFFER_SOURCE;
}

static void remove_node(pull_graph *graph, uint32_t node) {
    cut(graph, node, true, true);
    forget(&graph->nodes[node]);
}

/* What is taken from the engine is ramped there already. */
static void fade(pull_graph *graph, uint32_t node, double fade_s) {
    const double frames = fmax(1.0, ceil(fade_s * graph->rate_hz));
    graph->nodes[node].fade_end_frame = graph->frame + (uint64_t)frames;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        pull_edge *each = &graph->edges[i];
        if (each->is_here && each->source == node && !graph->nodes[node].is_unknown) {
            each->fade_left = each->fade_total = frames;
        }
    }
}

void pull_release(pull_graph *graph, uint32_t node, wa_release_mode mode, double fade_s) {
    pull_node *of = &graph->nodes[node];
    const pull_source *source = &of->source;
    const bool is_idle = is_source(of->type) && (!source->is_started || source->has_ended);
    if (mode == WA_RELEASE_NOW || (is_idle && mode != WA_RELEASE_WHEN_DONE)) {
        remove_node(graph, node);
        return;
    }
    of->is_unknown = of->is_unknown || of->type == WA_NODE_TYPE_WAVE_SHAPER; /* its DC has an end now */
    of->lingers = true;
    graph->is_changed = true;
    pull_find_cycles(graph); /* when it leaves a cycle is the engine's business */
    if (mode == WA_RELEASE_FADE && of->outputs[0].is_active) { /* in the last quantum */
        fade(graph, node, fade_s);
        return;
    }
    if (mode == WA_RELEASE_FADE) { /* whether it slept may depend on what else has just been edited */
        if (!is_source(of->type)) {
            pull_lose(graph, "a node that may be asleep is faded out");
        }
        remove_node(graph, node);
        return;
    }
    if (mode == WA_RELEASE_AFTER_TAIL) {
        if (is_source(of->type) && !source->has_stop) {
            pull_stop(graph, node, 0.0, (double)graph->frame / graph->rate_hz);
        }
        cut(graph, node, false, false);
    }
}

wa_status pull_automate(pull_graph *graph, uint32_t node, uint32_t index, const automation_edit *edit) {
    pull_param *param = &graph->nodes[node].params[index];
    if (param->line == NULL) {
        param->line = calloc(1, sizeof *param->line);
        fuzz_check(param->line != NULL, "memory");
        param->line->value = (double)param->value;
    }
    return oracle_apply(param->line, edit);
}

/* -- Rendering ------------------------------------------------------------------------------------- */

/* What an edge brings, ramped where it fades. */
static pull_block carried(pull_graph *graph, const pull_edge *by) {
    const pull_block *from = &graph->nodes[by->source].outputs[by->output];
    if (!from->is_active || by->fade_total == 0.0) {
        return *from;
    }
    pull_block faded = pull_silence(graph, from->channel_count, true);
    for (uint32_t channel = 0; channel < from->channel_count; channel++) {
        for (uint32_t frame = 0; frame < graph->quantum; frame++) {
            const double left = fmax(0.0, by->fade_left - frame);
            faded.planes[channel][frame] = from->planes[channel][frame] * left / by->fade_total;
        }
    }
    return faded;
}

static bool leads_to(const pull_edge *each, uint32_t node, uint32_t index, bool is_param) {
    return each->is_here && each->target == node && each->index == index && each->is_param == is_param;
}

/* Web Audio 1.1, "computedNumberOfChannels". Not active: one channel, or as many as are asked for. */
pull_block pull_input(pull_graph *graph, uint32_t node, uint32_t input) {
    const pull_mixing *mix = &graph->nodes[node].mix;
    uint32_t most = 1;
    bool is_active = false;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const pull_edge *each = &graph->edges[i];
        if (leads_to(each, node, input, false)) {
            pull_ask(graph, each->source);
            const pull_block *from = &graph->nodes[each->source].outputs[each->output];
            is_active = is_active || from->is_active;
            most = from->is_active && from->channel_count > most ? from->channel_count : most;
        }
    }
    if (mix->mode == WA_CHANNEL_COUNT_MODE_EXPLICIT) {
        most = mix->channel_count;
    } else if (mix->mode == WA_CHANNEL_COUNT_MODE_CLAMPED_MAX) {
        most = most < mix->channel_count ? most : mix->channel_count;
    }
    pull_block sum = pull_silence(graph, most, is_active);
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        if (leads_to(&graph->edges[i], node, input, false)) {
            const pull_block from = carried(graph, &graph->edges[i]);
            if (from.is_active) {
                pull_mix_add(graph, &from, &sum, mix->is_speakers);
            }
        }
    }
    return sum;
}

static void param_row(pull_graph *graph, uint32_t node, uint32_t index, double *row) {
    pull_param *param = &graph->nodes[node].params[index];
    for (uint32_t frame = 0; frame < graph->quantum; frame++) {
        const double t = (double)(graph->frame + frame) / graph->rate_hz;
        const double value =
            param->line != NULL ? (double)(float)oracle_value(param->line, t) : (double)param->value;
        row[frame] = pull_shaken(graph, value, value);
    }
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const pull_edge *each = &graph->edges[i];
        if (leads_to(each, node, index, true)) {
            pull_ask(graph, each->source);
            const pull_block from = carried(graph, each);
            pull_block mono = { .channel_count = 1, .planes = { row } };
            if (from.is_active) {
                pull_mix_add(graph, &from, &mono, true);
            }
        }
    }
}

/* Web Audio 1.1, "Computation of Value". */
void pull_params(pull_graph *graph, uint32_t node) {
    pull_node *of = &graph->nodes[node];
    for (uint32_t index = 0; index < of->param_count; index++) {
        const pull_param *param = &of->params[index];
        double *row = of->param_rows[index] = pull_row(graph);
        param_row(graph, node, index, row);
        for (uint32_t frame = 0; frame < graph->quantum; frame++) {
            double value = param->is_k_rate ? row[0] : row[frame];
            value = isnan(value) ? param->value_default : (double)(float)value;
            row[frame] = param->is_compound         ? value
                         : value < param->value_min ? param->value_min
                         : value > param->value_max ? param->value_max
                                                    : value;
            if (fabs(row[frame]) > 1e30) {
                pull_lose(graph, "a param beyond 1e30");
            }
        }
    }
}

static void take_from_engine(pull_graph *graph, pull_node *of) {
    for (uint32_t output = 0; output < of->output_count; output++) {
        const struct pull_sight *seen =
            of->seen[output] != NULL ? pull_seen_at(of->seen[output], graph->frame) : NULL;
        if (seen == NULL) {
            of->outputs[output] = pull_silence(graph, 1, false);
            continue;
        }
        of->outputs[output] = pull_silence(graph, seen->channel_count, true);
        for (uint32_t channel = 0; channel < seen->channel_count; channel++) {
            for (uint32_t frame = 0; frame < graph->quantum; frame++) {
                of->outputs[output].planes[channel][frame] =
                    (double)of->seen[output]->frames[seen->at + channel * graph->quantum + frame];
            }
        }
    }
}

static void split(pull_graph *graph, pull_node *of, const pull_block *in) {
    for (uint32_t output = 0; output < of->output_count; output++) {
        of->outputs[output] = pull_silence(graph, 1, in->is_active);
        if (output < in->channel_count) {
            of->outputs[output].planes[0] = in->planes[output];
        }
    }
}

static void merge(pull_graph *graph, uint32_t node) {
    pull_node *of = &graph->nodes[node];
    pull_block out = pull_silence(graph, of->input_count, false);
    for (uint32_t input = 0; input < of->input_count; input++) {
        const pull_block in = pull_input(graph, node, input);
        out.is_active = out.is_active || in.is_active;
        out.planes[input] = in.planes[0];
    }
    of->outputs[0] = out.is_active ? out : pull_silence(graph, 1, false);
}

static void render_source(pull_graph *graph, pull_node *of) {
    if (!pull_source_begin(graph, of)) {
        of->outputs[0] = pull_silence(graph, 1, false);
        return;
    }
    if (of->type == WA_NODE_TYPE_OSCILLATOR) {
        pull_oscillator(graph, of);
    } else if (of->type == WA_NODE_TYPE_CONSTANT_SOURCE) {
        pull_constant(graph, of);
    } else {
        pull_player_render(graph, of);
    }
    pull_source_end(graph, of);
}

static void render_effect(pull_graph *graph, uint32_t node) {
    pull_node *of = &graph->nodes[node];
    const pull_block in = pull_input(graph, node, 0);
    switch (of->type) {
    case WA_NODE_TYPE_BIQUAD_FILTER:
        pull_biquad(graph, of, &in);
        return;
    case WA_NODE_TYPE_IIR_FILTER:
        pull_iir(graph, of, &in);
        return;
    case WA_NODE_TYPE_DELAY:
        pull_delay_write(graph, of, &in);
        pull_delay_read(graph, of, in.is_active);
        return;
    default:
        break;
    }
    if (of->type == WA_NODE_TYPE_DESTINATION) { /* always rendered */
        of->outputs[0] = in;
        of->outputs[0].is_active = true;
        return;
    }
    if (!in.is_active && !(of->type == WA_NODE_TYPE_WAVE_SHAPER && pull_shape_sounds(of))) {
        for (uint32_t output = 0; output < of->output_count; output++) {
            of->outputs[output] = pull_silence(graph, 1, false);
        }
        return;
    }
    if (of->type == WA_NODE_TYPE_GAIN) {
        pull_gain(graph, of, &in);
    } else if (of->type == WA_NODE_TYPE_STEREO_PANNER) {
        pull_pan(graph, of, &in);
    } else if (of->type == WA_NODE_TYPE_WAVE_SHAPER) {
        pull_shape(graph, of, &in);
    } else if (of->type == WA_NODE_TYPE_CHANNEL_SPLITTER) {
        split(graph, of, &in);
    } else {
        of->outputs[0] = in; /* Analyser */
    }
}

/* Between nodes the engine has floats; what is below the smallest normal one it may take for zero. */
static void finish(pull_graph *graph, pull_node *of) {
    for (uint32_t output = 0; output < of->output_count; output++) {
        pull_block *block = &of->outputs[output];
        for (uint32_t channel = 0; channel < block->channel_count; channel++) {
            double *plane = block->planes[channel];
            for (uint32_t frame = 0; frame < graph->quantum; frame++) {
                if (!(fabs(plane[frame]) <= 1e30)) {
                    pull_lose(graph, "a signal beyond 1e30");
                    plane[frame] = 0.0;
                } else if (fabs(plane[frame]) < 0x1p-126) {
                    plane[frame] = 0.0;
                } else if (graph->jitter > 0.0) {
                    plane[frame] = (double)(float)pull_shaken(graph, plane[frame], plane[frame]);
                }
            }
        }
    }
}

void pull_ask(pull_graph *graph, uint32_t node) {
    pull_node *of = &graph->nodes[node];
    if (of->is_done) {
        return;
    }
    of->is_done = true;
    if (of->is_muted) {
        for (uint32_t output = 0; output < of->output_count; output++) {
            of->outputs[output] = pull_silence(graph, 1, false);
        }
        return;
    }
    if (of->is_unknown || (of->is_oversampled && of->has_curve)) {
        take_from_engine(graph, of);
        finish(graph, of);
        return;
    }
    pull_params(graph, node);
    if (is_source(of->type)) {
        render_source(graph, of);
    } else if (of->type == WA_NODE_TYPE_CHANNEL_MERGER) {
        merge(graph, node);
    } else if (of->type == WA_NODE_TYPE_DELAY && of->is_in_cycle) {
        pull_delay_read(graph, of, false);
    } else {
        render_effect(graph, node);
    }
    finish(graph, of);
}

static void trace(const pull_graph *graph, uint32_t node) {
    const pull_node *of = &graph->nodes[node];
    fprintf(stderr, "  frame %llu, node %u%s%s:", (unsigned long long)graph->frame, node,
            of->is_in_cycle ? ", on a cycle" : "", of->is_muted ? ", muted" : "");
    for (uint32_t output = 0; output < of->output_count; output++) {
        const pull_block *block = &of->outputs[output];
        fprintf(stderr, block->is_active ? " active" : " rests");
        for (uint32_t channel = 0; channel < block->channel_count; channel++) {
            fprintf(stderr, " %.6g", block->planes[channel][0]);
        }
    }
    fputc('\n', stderr);
}

static void end_quantum(pull_graph *graph) {
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        pull_edge *each = &graph->edges[i];
        each->fade_left = fmax(0.0, each->fade_left - graph->quantum);
    }
    graph->frame += graph->quantum;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        const uint64_t end = graph->nodes[node].fade_end_frame;
        if (end > 0 && end <= graph->frame) {
            remove_node(graph, node);
        }
    }
}

void pull_quantum(pull_graph *graph, double *const *outputs) {
    fuzz_check(graph->frame + graph->quantum <= PULL_FRAME_MAX, "too long");
    graph->arena_used = 0;
    if (graph->is_changed) {
        pull_find_cycles(graph);
        graph->is_changed = false;
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        graph->nodes[node].is_done = !graph->nodes[node].is_here;
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        pull_ask(graph, node);
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        pull_node *of = &graph->nodes[node];
        if (of->is_here && of->type == WA_NODE_TYPE_DELAY && of->is_in_cycle) {
            const pull_block in = pull_input(graph, node, 0);
            pull_delay_write(graph, of, &in);
        }
    }
    for (uint32_t node = 0; node < graph->node_count && graph->is_traced; node++) {
        if (graph->nodes[node].is_here) {
            trace(graph, node);
        }
    }
    const pull_block *heard = &graph->nodes[0].outputs[0];
    for (uint32_t channel = 0; channel < heard->channel_count; channel++) {
        memcpy(outputs[channel], heard->planes[channel], graph->quantum * sizeof(double));
    }
    end_quantum(graph);
}
