/* Calls with any handle and any argument: what is refused is refused with a message, what is taken comes back
 * at the end, and nothing falls over. Handles are of this context, of another one, of another type, of what
 * is gone, or any 64 bits; numbers are mostly at an edge.
 */
#include "fuzz.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { HANDLE_COUNT = 24, FRAMES = 64 };

typedef struct calls {
    fuzz_bytes from;
    wa_engine *engine;
    wa_context *contexts[2];
    wa_context *context; /* of the call */
    uint64_t handles[HANDLE_COUNT];
    uint32_t next;
    wa_buffer buffer;
    wa_periodic_wave wave;
} calls;

static uint64_t any_handle(calls *of) {
    const uint32_t choice = fuzz_u8(&of->from);
    uint64_t id = 0;
    if (choice < 240) {
        return of->handles[choice % HANDLE_COUNT];
    }
    for (uint32_t i = 0; i < 8; i++) {
        id = id << 8 | fuzz_u8(&of->from);
    }
    return id;
}

static wa_node any_node(calls *of) {
    return (wa_node){ any_handle(of) };
}

static double any_number(calls *of) {
    static const double edges[] = { 0.0, -0.0, 1.0, -1.0,    0.5,      1e-320, 1e300,    -1e300,
                                    1e9, -1e9, 2e9, FLT_MAX, -FLT_MAX, NAN,    INFINITY, -INFINITY };
    const uint32_t choice = fuzz_u8(&of->from);
    return choice < 64 ? edges[choice % 16] : (double)choice / 1000.0;
}

static uint32_t any_count(calls *of) {
    static const uint32_t edges[] = { 0, 1, 2, 32, 33, UINT32_MAX, 1u << 31, 255 };
    const uint32_t choice = fuzz_u8(&of->from);
    return choice < 64 ? edges[choice % 8] : choice % 8;
}

static void keep(calls *of, wa_status status, uint64_t id) {
    if (status == WA_OK) {
        of->handles[of->next++ % HANDLE_COUNT] = id;
    }
}

static wa_status create(calls *of) {
    wa_node node = { 0 };
    const wa_status status =
        wa_node_create(of->context, (wa_node_type)fuzz_below(&of->from, 26), NULL, &node);
    keep(of, status, node.id);
    return status;
}

static wa_status create_with(calls *of) {
    wa_node node = { 0 };
    wa_gain_options gain = WA_GAIN_OPTIONS_INIT;
    wa_delay_options delay = WA_DELAY_OPTIONS_INIT;
    wa_buffer_source_options player = WA_BUFFER_SOURCE_OPTIONS_INIT;
    const uint32_t type = fuzz_below(&of->from, 3);
    wa_node_options *base = type == 0 ? &gain.node : type == 1 ? &delay.node : &player.node;
    base->channel_count = any_count(of);
    base->channel_count_mode = (wa_channel_count_mode)any_count(of);
    base->channel_interpretation = (wa_channel_interpretation)any_count(of);
    base->options_bytes = (fuzz_u8(&of->from) & 7) == 0 ? any_count(of) : base->options_bytes;
    gain.gain = (float)any_number(of);
    delay.max_delay_time_s = fmin(any_number(of), 1.0);
    delay.delay_time_s = (float)any_number(of);
    player.buffer = (fuzz_u8(&of->from) & 1) != 0 ? of->buffer : (wa_buffer){ any_handle(of) };
    player.loop_start_s = any_number(of);
    const wa_node_type types[] = { WA_NODE_TYPE_GAIN, WA_NODE_TYPE_DELAY, WA_NODE_TYPE_BUFFER_SOURCE };
    const wa_status status = wa_node_create(of->context, types[type], base, &node);
    keep(of, status, node.id);
    return status;
}

static wa_status connect_any(calls *of) {
    const wa_node source = any_node(of), target = any_node(of);
    return wa_node_connect_ports(of->context, source, any_count(of), target, any_count(of));
}

static wa_status connect_plain(calls *of) {
    const wa_node source = any_node(of);
    return wa_node_connect(of->context, source, any_node(of));
}

static wa_status connect_param(calls *of) {
    const wa_node source = any_node(of), target = any_node(of);
    return wa_node_connect_param(of->context, source, any_count(of),
                                 wa_node_param(target, any_count(of)));
}

static wa_status disconnect_any(calls *of) {
    const uint32_t form = fuzz_below(&of->from, 7);
    const wa_node source = any_node(of), target = any_node(of);
    const wa_param param = wa_node_param(target, any_count(of));
    const uint32_t output = any_count(of);
    switch (form) {
    case 0:
        return wa_node_disconnect(of->context, source);
    case 1:
        return wa_node_disconnect_output(of->context, source, output);
    case 2:
        return wa_node_disconnect_node(of->context, source, target);
    case 3:
        return wa_node_disconnect_node_output(of->context, source, output, target);
    case 4:
        return wa_node_disconnect_ports(of->context, source, output, target, param.index);
    case 5:
        return wa_node_disconnect_param(of->context, source, param);
    default:
        return wa_node_disconnect_param_output(of->context, source, output, param);
    }
}

static wa_status automate(calls *of) {
    const uint32_t form = fuzz_below(&of->from, 9);
    const wa_param param = wa_node_param(any_node(of), any_count(of) % 8);
    const float value = (float)any_number(of);
    const double time_s = any_number(of), other = any_number(of);
    const float curve[3] = { value, 0.0f, (float)other };
    switch (form) {
    case 0:
        return wa_param_set_value(of->context, param, value);
    case 1:
        return wa_param_set_value_at_time(of->context, param, value, time_s);
    case 2:
        return wa_param_linear_ramp_to_value_at_time(of->context, param, value, time_s);
    case 3:
        return wa_param_exponential_ramp_to_value_at_time(of->context, param, value, time_s);
    case 4:
        return wa_param_set_target_at_time(of->context, param, value, time_s, (float)other);
    case 5:
        return wa_param_set_value_curve_at_time(of->context, param, curve, any_count(of) % 4, time_s,
                                                other);
    case 6:
        return wa_param_cancel_scheduled_values(of->context, param, time_s);
    case 7:
        return wa_param_cancel_and_hold_at_time(of->context, param, time_s);
    default:
        return wa_param_set_automation_rate(of->context, param, (wa_automation_rate)any_count(of));
    }
}

static wa_status source_any(calls *of) {
    const uint32_t form = fuzz_below(&of->from, 4);
    const wa_node node = any_node(of);
    const double when_s = any_number(of), offset_s = any_number(of);
    switch (form) {
    case 0:
        return wa_source_start(of->context, node, when_s);
    case 1:
        return wa_source_stop(of->context, node, when_s);
    case 2:
        return wa_buffer_source_start(of->context, node, when_s, offset_s, any_number(of));
    default:
        return wa_source_rearm(of->context, node);
    }
}

static wa_status attribute_any(calls *of) {
    const uint32_t form = fuzz_below(&of->from, 12), count = any_count(of);
    const wa_node node = any_node(of);
    const double number = any_number(of);
    const float curve[2] = { (float)number, -1.0f };
    switch (form) {
    case 0:
        return wa_node_set_channel_count(of->context, node, count);
    case 1:
        return wa_node_set_channel_count_mode(of->context, node, (wa_channel_count_mode)count);
    case 2:
        return wa_node_set_channel_interpretation(of->context, node, (wa_channel_interpretation)count);
    case 3:
        return wa_biquad_filter_set_type(of->context, node, (wa_biquad_filter_type)count);
    case 4:
        return wa_oscillator_set_type(of->context, node, (wa_oscillator_type)count);
    case 5:
        return wa_oscillator_set_periodic_wave(of->context, node, (wa_periodic_wave){ any_handle(of) });
    case 6:
        return wa_buffer_source_set_buffer(of->context, node, (wa_buffer){ any_handle(of) });
    case 7:
        return wa_buffer_source_set_loop_points(of->context, node, number, any_number(of));
    case 8:
        return wa_wave_shaper_set_curve(of->context, node, curve, count % 3);
    case 9:
        return wa_wave_shaper_set_oversample(of->context, node, (wa_oversample)count);
    case 10:
        return wa_panner_set_ref_distance(of->context, node, number);
    default:
        return wa_analyser_set_fft_size(of->context, node, count);
    }
}

static wa_status release_any(calls *of) {
    const wa_release_options options = { .mode = (wa_release_mode)(fuzz_u8(&of->from) % 6),
                                         .fade_s = any_number(of) };
    return wa_node_release(of->context, any_node(of), &options);
}

static wa_status transact(calls *of) {
    switch (fuzz_below(&of->from, 3)) {
    case 0:
        return wa_begin(of->context);
    case 1:
        return wa_commit(of->context);
    default:
        return wa_rollback(of->context);
    }
}

static wa_status ask(calls *of) {
    wa_node_info info;
    wa_param_info param_info;
    float value = 0.0f;
    const wa_node node = any_node(of);
    wa_status status = wa_node_get_info(of->context, node, &info);
    for (uint32_t index = 0; status == WA_OK && index < info.param_count; index++) {
        fuzz_check_ok(wa_param_get_info(of->context, wa_node_param(node, index), &param_info));
        fuzz_check_ok(wa_param_get_value(of->context, wa_node_param(node, index), &value));
        fuzz_check(isfinite(value), "param %u of a %s is %g", index, info.type_name, (double)value);
    }
    return status;
}

static wa_status pull(calls *of) {
    float row[FRAMES], *rows[2] = { row, row };
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .outputs = rows,
                                  .frame_count = fuzz_u8(&of->from) % (FRAMES + 1) };
    fuzz_check(wa_context_render(of->context, &desc) == WA_OK, "render");
    (void)wa_context_poll(of->context, NULL, 0);
    return WA_OK;
}

static wa_status (*const table[])(calls *of) = {
    create,         create_with, connect_any, connect_plain, connect_plain, connect_param,
    disconnect_any, automate,    automate,    source_any,    attribute_any, release_any,
    transact,       ask,         pull,        pull,
};

static void make_contexts(calls *of) {
    fuzz_check_ok(wa_engine_create(NULL, &of->engine));
    fuzz_check_ok(wa_buffer_create(of->engine, 2, 50, 48000.0f, &of->buffer));
    const float sine[] = { 0.0f, 1.0f };
    fuzz_check_ok(wa_periodic_wave_create(of->engine, NULL, sine, 2, false, &of->wave));
    for (uint32_t i = 0; i < 2; i++) {
        wa_context_desc desc = WA_CONTEXT_DESC_INIT;
        desc.kind = WA_CONTEXT_EMBEDDED;
        desc.quantum_frames = 32;
        desc.node_count_max = 40;
        fuzz_check_ok(wa_context_create(of->engine, &desc, &of->contexts[i]));
        fuzz_check_ok(wa_context_resume(of->contexts[i]));
        of->handles[of->next++] = wa_context_destination(of->contexts[i]).id;
        of->handles[of->next++] = wa_context_listener(of->contexts[i]).id;
    }
    of->handles[of->next++] = of->buffer.id;
    of->handles[of->next++] = of->wave.id;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    calls of = { .from = { data, data_bytes, 0 } };
    make_contexts(&of);
    while (fuzz_has_more(&of.from)) {
        const uint32_t choice = fuzz_u8(&of.from);
        of.context = of.contexts[choice >= 240];
        const wa_status status = table[choice % 16](&of);
        fuzz_check(status == WA_OK || wa_error_message()[0] != '\0', "call %u: %s without a word",
                   choice % 16, wa_status_name(status));
    }
    for (uint32_t i = 0; i < 2; i++) {
        (void)wa_rollback(of.contexts[i]);
        fuzz_check_ok(wa_context_destroy(of.contexts[i]));
    }
    fuzz_check_ok(wa_buffer_release(of.engine, of.buffer));
    fuzz_check_ok(wa_periodic_wave_release(of.engine, of.wave));
    fuzz_check_ok(wa_engine_destroy(of.engine)); /* asserts that its ledger is even */
    return 0;
}
