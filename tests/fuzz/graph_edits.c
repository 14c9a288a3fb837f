/* Connections, automation, sources, attributes that bytes ask for. */
#include "world.h"
#include <math.h>
#include <string.h>

/* -- Starting --------------------------------------------------------------------------------------- */

static bool is_source(const world_node *node) {
    return node->type == WA_NODE_TYPE_OSCILLATOR || node->type == WA_NODE_TYPE_CONSTANT_SOURCE ||
           node->type == WA_NODE_TYPE_BUFFER_SOURCE;
}

static const pull_source *source_of(const world *of, const world_node *node) {
    return &of->graphs[0]->nodes[node->id].source;
}

/* Outside of transactions it is known whether a source may be started, stopped, made as new. */
static void check_state(const world *of, wa_status status, bool is_legal, const char *call) {
    if (!of->is_open && !of->is_live && !of->graphs[0]->is_lost) {
        fuzz_check((status == WA_OK) == is_legal, "%s: %s", call, wa_status_name(status));
    }
}

static void start_at(world *of, const world_node *node, double when_s, double offset_s,
                     double duration_s) {
    const world_edit edit = { .kind = EDIT_START,
                              .node = node->id,
                              .when_s = when_s,
                              .now_s = world_now_s(of),
                              .number = offset_s,
                              .number2 = duration_s };
    const wa_status status =
        offset_s != 0.0 || duration_s >= 0.0
            ? wa_buffer_source_start(of->context, node->handle, when_s, offset_s, duration_s)
            : wa_source_start(of->context, node->handle, when_s);
    world_trace(of, "node %u at %.9g (frame %.9g), offset %g, duration %g", node->id, when_s,
                when_s * of->rate_hz, offset_s, duration_s);
    if (!of->is_open) {
        check_state(of, status, !source_of(of, node)->is_started, "start");
    }
    if (world_expect(of, status, WORLD_ALLOW(WA_ERR_INVALID_STATE), "start")) {
        world_edited(of, &edit);
    }
}

/* -- Connections ----------------------------------------------------------------------------------- */

static bool has_output(const world_node *node) {
    return node->output_count > 0;
}

static bool has_input(const world_node *node) {
    return node->input_count > 0;
}

static bool has_params(const world_node *node) {
    return node->param_count > 0;
}

/* Mostly one that is there. */
static uint32_t any_port(world *of, uint32_t count) {
    const uint32_t choice = fuzz_u8(&of->from);
    return choice == 255 ? count : choice % count;
}

void world_connect(world *of, const world_node *source, uint32_t output, const world_node *target,
                   uint32_t input) {
    const bool is_legal = output < source->output_count && input < target->input_count;
    world_trace(of, "node %u.%u to node %u.%u", source->id, output, target->id, input);
    const wa_status status =
        output == 0 && input == 0
            ? wa_node_connect(of->context, source->handle, target->handle)
            : wa_node_connect_ports(of->context, source->handle, output, target->handle, input);
    if (world_expect(of, status, is_legal ? 0 : WORLD_ALLOW(WA_ERR_INDEX_SIZE), "connect")) {
        const world_edit edit = { .kind = EDIT_CONNECT,
                                  .node = source->id,
                                  .output = output,
                                  .target = target->id,
                                  .index = input };
        world_edited(of, &edit);
    }
}

/* The destination seldom: on a cycle it mutes all. */
static const world_node *any_feeder(world *of) {
    const world_node *source = world_any_of(of, has_output);
    const bool is_wanted =
        source == NULL || source->type != WA_NODE_TYPE_DESTINATION || fuzz_u8(&of->from) < 24;
    return is_wanted ? source : NULL;
}

void do_connect(world *of) {
    const world_node *source = any_feeder(of), *target = world_any_of(of, has_input);
    if (source != NULL && target != NULL) {
        const uint32_t output = any_port(of, source->output_count);
        world_connect(of, source, output, target, any_port(of, target->input_count));
    }
}

/* So that much is heard of what bytes make: to the destination or another node, and started. */
void world_place(world *of, const world_node *node) {
    const uint32_t what = fuzz_u8(&of->from);
    const world_node *target = (what & 3) == 1 ? &of->nodes[0] : world_any_of(of, has_input);
    if ((what & 3) != 0 && node->output_count > 0 && target != NULL) {
        world_connect(of, node, 0, target, (what >> 2) % target->input_count);
    }
    if ((what & 0x80) == 0 && is_source(node)) {
        start_at(of, node, 0.0, 0.0, -1.0);
    }
}

void do_connect_param(world *of) {
    const world_node *source = any_feeder(of), *target = world_any_of(of, has_params);
    if (source == NULL || target == NULL) {
        return;
    }
    const uint32_t output = any_port(of, source->output_count);
    const uint32_t index = fuzz_below(&of->from, target->param_count);
    world_trace(of, "node %u.%u to node %u, param %u", source->id, output, target->id, index);
    const wa_status status = wa_node_connect_param(of->context, source->handle, output,
                                                   wa_node_param(target->handle, index));
    const bool is_legal = output < source->output_count;
    if (world_expect(of, status, is_legal ? 0 : WORLD_ALLOW(WA_ERR_INDEX_SIZE), "connect to a param")) {
        const world_edit edit = { .kind = EDIT_CONNECT,
                                  .node = source->id,
                                  .output = output,
                                  .target = target->id,
                                  .index = index,
                                  .is_param = true };
        world_edited(of, &edit);
    }
}

/* The overloads of disconnect(). Of what is cut UINT32_MAX means all. */
static wa_status disconnect(world *of, const world_node *source, const world_node *target,
                            const world_edit *edit) {
    if (edit->is_any) {
        return edit->output == UINT32_MAX
                   ? wa_node_disconnect(of->context, source->handle)
                   : wa_node_disconnect_output(of->context, source->handle, edit->output);
    }
    if (edit->is_param) {
        const wa_param param = wa_node_param(target->handle, edit->index);
        return edit->output == UINT32_MAX
                   ? wa_node_disconnect_param(of->context, source->handle, param)
                   : wa_node_disconnect_param_output(of->context, source->handle, edit->output, param);
    }
    if (edit->output == UINT32_MAX) {
        return wa_node_disconnect_node(of->context, source->handle, target->handle);
    }
    return edit->index == UINT32_MAX
               ? wa_node_disconnect_node_output(of->context, source->handle, edit->output,
                                                target->handle)
               : wa_node_disconnect_ports(of->context, source->handle, edit->output, target->handle,
                                          edit->index);
}

static bool is_connected(const pull_graph *graph, const world_edit *edit) {
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const pull_edge *each = &graph->edges[i];
        if (each->is_here && each->source == edit->node && each->target == edit->target &&
            each->is_param == edit->is_param &&
            (edit->output == UINT32_MAX || each->output == edit->output) &&
            (edit->index == UINT32_MAX || each->index == edit->index)) {
            return true;
        }
    }
    return false;
}

void do_disconnect(world *of) {
    const uint32_t form = fuzz_below(&of->from, 7);
    world_node *source = world_any_of(of, has_output);
    world_node *target = world_any_of(of, form >= 5 ? has_params : has_input);
    if (source == NULL || target == NULL) {
        return;
    }
    const bool has_port = form == 1 || form == 3 || form == 4 || form == 6;
    const world_edit edit = {
        .kind = EDIT_DISCONNECT,
        .node = source->id,
        .output = has_port ? fuzz_below(&of->from, source->output_count) : UINT32_MAX,
        .target = target->id,
        .index = form == 4   ? fuzz_below(&of->from, target->input_count)
                 : form >= 5 ? fuzz_below(&of->from, target->param_count)
                             : UINT32_MAX,
        .is_any = form <= 1,
        .is_param = form >= 5,
    };
    world_trace(of, "node %u.%d from node %u.%d, form %u", source->id, (int)edit.output, target->id,
                (int)edit.index, form);
    const wa_status status = disconnect(of, source, target, &edit);
    if (!of->is_open && !edit.is_any) {
        const bool is_there = is_connected(of->graphs[0], &edit);
        fuzz_check((status == WA_OK) == is_there, "disconnect: %s", wa_status_name(status));
    }
    if (!world_expect(of, status, edit.is_any ? 0 : WORLD_ALLOW(WA_ERR_INVALID_ACCESS), "disconnect")) {
        return;
    }
    world_edited(of, &edit);
    if (edit.is_any && source->listener.id != 0) {
        (void)world_expect(of, wa_node_connect(of->context, source->handle, source->listener), 0,
                           "  listener");
    }
}

/* -- Params ---------------------------------------------------------------------------------------- */

static world_unit unit_of(const world_node *node, uint32_t index) {
    static const world_unit filter[] = { UNIT_HZ, UNIT_CENTS, UNIT_Q, UNIT_DB };
    switch (node->type) {
    case WA_NODE_TYPE_BIQUAD_FILTER:
    case WA_NODE_TYPE_OSCILLATOR:
        return filter[index];
    case WA_NODE_TYPE_BUFFER_SOURCE:
        return index == 0 ? UNIT_RATE : UNIT_CENTS;
    case WA_NODE_TYPE_DELAY:
        return UNIT_DELAY;
    case WA_NODE_TYPE_STEREO_PANNER:
        return UNIT_PAN;
    default:
        return UNIT_GAIN;
    }
}

static wa_status automate(world *of, wa_param param, const world_edit *edit) {
    const automation_edit *what = &edit->automation;
    switch (what->kind) {
    case AUTOMATION_SET_VALUE:
        return wa_param_set_value(of->context, param, what->value);
    case AUTOMATION_SET_VALUE_AT_TIME:
        return wa_param_set_value_at_time(of->context, param, what->value, what->time_s);
    case AUTOMATION_LINEAR_RAMP:
        return wa_param_linear_ramp_to_value_at_time(of->context, param, what->value, what->time_s);
    case AUTOMATION_EXPONENTIAL_RAMP:
        return wa_param_exponential_ramp_to_value_at_time(of->context, param, what->value,
                                                          what->time_s);
    case AUTOMATION_SET_TARGET:
        return wa_param_set_target_at_time(of->context, param, what->value, what->time_s,
                                           what->time_constant_s);
    case AUTOMATION_VALUE_CURVE:
        return wa_param_set_value_curve_at_time(of->context, param, edit->curve, what->curve_count,
                                                what->time_s, what->duration_s);
    case AUTOMATION_CANCEL:
        return wa_param_cancel_scheduled_values(of->context, param, what->time_s);
    default:
        return wa_param_cancel_and_hold_at_time(of->context, param, what->time_s);
    }
}

/* What the list of events says of it, tried on a copy. */
static wa_status expected(world *of, const world_edit *edit) {
    const pull_param *param = &of->graphs[0]->nodes[edit->node].params[edit->index];
    if (edit->automation.kind == AUTOMATION_EXPONENTIAL_RAMP && edit->automation.value == 0.0f) {
        return WA_ERR_RANGE;
    }
    if (param->line == NULL) {
        return WA_OK;
    }
    oracle *copy = malloc(sizeof *copy);
    fuzz_check(copy != NULL, "memory");
    memcpy(copy, param->line, sizeof *copy);
    automation_edit automation = edit->automation;
    automation.curve = edit->curve;
    const wa_status status = oracle_apply(copy, &automation);
    free(copy);
    return status;
}

/* Lists stay short: that they may grow is not what this is about. */
static bool has_room(const world *of, const world_node *node, uint32_t index) {
    const pull_param *param = &of->graphs[0]->nodes[node->id].params[index];
    return of->edit_count < WORLD_EDIT_MAX / 2 && (param->line == NULL || param->line->count < 60);
}

void do_automate(world *of) {
    world_node *node = world_any_of(of, has_params);
    if (node == NULL) {
        return;
    }
    const uint32_t what = fuzz_u8(&of->from), index = (what >> 3) % node->param_count;
    const world_unit kind = unit_of(node, index);
    world_edit edit = { .kind = EDIT_AUTOMATE, .node = node->id, .index = index };
    automation_edit *automation = &edit.automation;
    automation->kind = (automation_kind)(1 + (what & 7));
    automation->now_s = world_now_s(of);
    automation->time_s = world_time_s(of);
    automation->value = world_number(of, kind);
    if (automation->kind == AUTOMATION_SET_TARGET) {
        automation->time_constant_s = (float)fuzz_u8(&of->from) / 20000.0f;
    } else if (automation->kind == AUTOMATION_VALUE_CURVE) {
        automation->curve_count = 2 + fuzz_below(&of->from, 5);
        automation->duration_s = (double)(1 + fuzz_u8(&of->from)) / of->rate_hz;
        for (uint32_t i = 0; i < automation->curve_count; i++) {
            edit.curve[i] = world_number(of, kind);
        }
    }
    if (!has_room(of, node, index)) {
        return;
    }
    world_trace(of, "node %u, param %u, method %d: value %g, time %.9g (frame %.9g)", node->id, index,
                (int)automation->kind, (double)automation->value, automation->time_s,
                automation->time_s * of->rate_hz);
    const wa_status status = automate(of, wa_node_param(node->handle, index), &edit);
    if (!of->is_open) {
        const wa_status wanted = expected(of, &edit);
        fuzz_check(status == wanted, "automation: %s, by the specification %s", wa_status_name(status),
                   wa_status_name(wanted));
    }
    if (world_expect(of, status, WORLD_ALLOW(WA_ERR_NOT_SUPPORTED) | WORLD_ALLOW(WA_ERR_RANGE),
                     "automate")) {
        world_edited(of, &edit);
    }
}

void do_rate(world *of) {
    world_node *node = world_any_of(of, has_params);
    if (node == NULL) {
        return;
    }
    const uint32_t what = fuzz_u8(&of->from), index = (what >> 1) % node->param_count;
    const bool is_fixed = node->type == WA_NODE_TYPE_BUFFER_SOURCE;
    const wa_automation_rate rate = (what & 1) != 0 ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A;
    const wa_status status =
        wa_param_set_automation_rate(of->context, wa_node_param(node->handle, index), rate);
    world_trace(of, "node %u, param %u, rate %d", node->id, index, (int)rate);
    if (world_expect(of, status, is_fixed ? WORLD_ALLOW(WA_ERR_INVALID_STATE) : 0, "rate")) {
        const world_edit edit = {
            .kind = EDIT_RATE, .node = node->id, .index = index, .is_set = rate == WA_AUTOMATION_RATE_K
        };
        world_edited(of, &edit);
    }
}

/* -- Sources --------------------------------------------------------------------------------------- */

void do_start(world *of) {
    const world_node *node = world_any_of(of, is_source);
    const uint32_t what = fuzz_u8(&of->from);
    if (node == NULL) {
        return;
    }
    const double when_s = (what & 3) == 0 ? world_time_s(of) : 0.0;
    double offset_s = 0.0, duration_s = -1.0;
    if (node->type == WA_NODE_TYPE_BUFFER_SOURCE && (what & 4) != 0) {
        offset_s = (double)fuzz_u8(&of->from) / 40000.0;
        duration_s = (what & 8) != 0 ? (double)fuzz_u8(&of->from) / 10000.0 : -1.0;
    }
    start_at(of, node, when_s, offset_s, duration_s);
}

void do_stop(world *of) {
    world_node *node = world_any_of(of, is_source);
    if (node == NULL) {
        return;
    }
    const world_edit edit = {
        .kind = EDIT_STOP, .node = node->id, .now_s = world_now_s(of), .when_s = world_time_s(of)
    };
    const wa_status status = wa_source_stop(of->context, node->handle, edit.when_s);
    world_trace(of, "node %u at %.9g (frame %.9g)", node->id, edit.when_s, edit.when_s * of->rate_hz);
    if (!of->is_open) {
        check_state(of, status, source_of(of, node)->is_started, "stop");
    }
    if (world_expect(of, status, WORLD_ALLOW(WA_ERR_INVALID_STATE), "stop")) {
        world_edited(of, &edit);
    }
}

void do_rearm(world *of) {
    world_node *node = world_any_of(of, is_source);
    if (node == NULL) {
        return;
    }
    const world_edit edit = { .kind = EDIT_REARM, .node = node->id };
    const wa_status status = wa_source_rearm(of->context, node->handle);
    world_trace(of, "node %u", node->id);
    if (!of->is_open) {
        const pull_source *source = source_of(of, node);
        check_state(of, status, !source->is_started || source->has_ended, "rearm");
    }
    if (world_expect(of, status, WORLD_ALLOW(WA_ERR_INVALID_STATE), "rearm")) {
        world_edited(of, &edit);
    }
}

/* -- Attributes ------------------------------------------------------------------------------------ */

void do_mixing(world *of) {
    world_node *node = world_any(of);
    if (node == NULL || node->type == WA_NODE_TYPE_DESTINATION) {
        return;
    }
    const uint32_t what = fuzz_u8(&of->from);
    wa_status status;
    if (what < 100) {
        status = wa_node_set_channel_count(of->context, node->handle, what % 9);
    } else if (what < 180) {
        status = wa_node_set_channel_count_mode(of->context, node->handle,
                                                (wa_channel_count_mode)(1 + what % 3));
    } else {
        status = wa_node_set_channel_interpretation(of->context, node->handle,
                                                    (wa_channel_interpretation)(1 + what % 2));
    }
    world_trace(of, "node %u, choice %u", node->id, what);
    const uint32_t refusals = WORLD_ALLOW(WA_ERR_NOT_SUPPORTED) | WORLD_ALLOW(WA_ERR_INVALID_STATE) |
                              WORLD_ALLOW(WA_ERR_INDEX_SIZE);
    if (!world_expect(of, status, refusals, "channels")) {
        return;
    }
    wa_node_info info;
    fuzz_check_ok(wa_node_get_info(of->context, node->handle, &info));
    const world_edit edit = {
        .kind = EDIT_MIX,
        .node = node->id,
        .mix = { info.channel_count, info.channel_count_mode,
                 info.channel_interpretation == WA_CHANNEL_INTERPRETATION_SPEAKERS },
    };
    world_edited(of, &edit);
}

static wa_status change_player(world *of, const world_node *node, world_edit *edit, uint32_t what) {
    switch (what % 3) {
    case 0: {
        const uint32_t buffer = what / 3 % (WORLD_BUFFER_COUNT + 1);
        const bool is_none = buffer == WORLD_BUFFER_COUNT;
        edit->kind = EDIT_BUFFER;
        edit->data = is_none ? NULL : &of->sounds[buffer];
        return wa_buffer_source_set_buffer(of->context, node->handle,
                                           is_none ? (wa_buffer){ 0 } : of->buffers[buffer]);
    }
    case 1:
        edit->kind = EDIT_LOOP;
        edit->is_set = (what & 8) != 0;
        return wa_buffer_source_set_loop(of->context, node->handle, edit->is_set);
    default:
        edit->kind = EDIT_LOOP_POINTS;
        edit->number = (double)fuzz_u8(&of->from) / 50000.0;
        edit->number2 = (double)fuzz_u8(&of->from) / 25000.0;
        return wa_buffer_source_set_loop_points(of->context, node->handle, edit->number, edit->number2);
    }
}

static wa_status change_oscillator(world *of, const world_node *node, world_edit *edit, uint32_t what) {
    edit->kind = EDIT_WAVE;
    if (what % 6 >= 4) {
        edit->data = &of->shapes[what % 6 - 4];
        return wa_oscillator_set_periodic_wave(of->context, node->handle, of->waves[what % 6 - 4]);
    }
    edit->data = pull_wave_standard((wa_oscillator_type)(what % 6));
    return wa_oscillator_set_type(of->context, node->handle, (wa_oscillator_type)(what % 6));
}

static wa_status change_shaper(world *of, const world_node *node, world_edit *edit, uint32_t what) {
    if ((what & 1) != 0) {
        edit->kind = EDIT_OVERSAMPLE;
        edit->is_set = what / 2 % 3 != 0;
        return wa_wave_shaper_set_oversample(of->context, node->handle, (wa_oversample)(what / 2 % 3));
    }
    const uint32_t curve = what / 2 % (WORLD_CURVE_COUNT + 1);
    edit->kind = EDIT_CURVE;
    edit->is_set = curve < WORLD_CURVE_COUNT;
    edit->data = edit->is_set ? world_curve(curve, &edit->index) : NULL;
    return wa_wave_shaper_set_curve(of->context, node->handle, edit->data, edit->index);
}

static wa_status change_convolver(world *of, const world_node *node, uint32_t what) {
    const uint32_t buffer = what % (WORLD_BUFFER_COUNT + 1);
    return wa_convolver_set_buffer(of->context, node->handle,
                                   buffer < WORLD_BUFFER_COUNT ? of->buffers[buffer]
                                                               : (wa_buffer){ 0 });
}

static bool has_attributes(const world_node *node) {
    return node->type == WA_NODE_TYPE_BUFFER_SOURCE || node->type == WA_NODE_TYPE_OSCILLATOR ||
           node->type == WA_NODE_TYPE_BIQUAD_FILTER || node->type == WA_NODE_TYPE_WAVE_SHAPER ||
           node->type == WA_NODE_TYPE_CONVOLVER;
}

void do_attribute(world *of) {
    world_node *node = world_any_of(of, has_attributes);
    const uint32_t what = fuzz_u8(&of->from);
    if (node == NULL) {
        return;
    }
    world_edit edit = { .node = node->id };
    wa_status status;
    if (node->type == WA_NODE_TYPE_BUFFER_SOURCE) {
        status = change_player(of, node, &edit, what);
    } else if (node->type == WA_NODE_TYPE_OSCILLATOR) {
        status = change_oscillator(of, node, &edit, what);
    } else if (node->type == WA_NODE_TYPE_WAVE_SHAPER) {
        status = change_shaper(of, node, &edit, what);
    } else if (node->type == WA_NODE_TYPE_CONVOLVER) {
        status = change_convolver(of, node, what);
    } else {
        edit.kind = EDIT_FILTER_TYPE;
        edit.index = what % 8;
        status =
            wa_biquad_filter_set_type(of->context, node->handle, (wa_biquad_filter_type)(what % 8));
    }
    world_trace(of, "node %u, kind %d, choice %u", node->id, (int)edit.kind, what);
    const uint32_t refusals = WORLD_ALLOW(WA_ERR_INVALID_STATE) | WORLD_ALLOW(WA_ERR_NOT_SUPPORTED);
    if (world_expect(of, status, refusals, "attribute") && edit.kind != 0) {
        world_edited(of, &edit);
    }
}
