/* Nodes that bytes ask for: made, taken from pools, given back. */
#include "world.h"
#include <math.h>
#include <string.h>

/* A node about to be made: the options, and the same for the pull graphs. */
typedef struct making {
    wa_node_type type;
    union {
        wa_node_options node;
        wa_gain_options gain;
        wa_constant_source_options constant;
        wa_oscillator_options oscillator;
        wa_buffer_source_options player;
        wa_delay_options delay;
        wa_biquad_filter_options biquad;
        wa_stereo_panner_options pan;
        wa_channel_splitter_options splitter;
        wa_channel_merger_options merger;
        wa_iir_filter_options iir;
        wa_wave_shaper_options shaper;
        wa_dynamics_compressor_options compressor;
        wa_convolver_options convolver;
        wa_panner_options panner;
        wa_analyser_options analyser;
        wa_processor_options processor;
    } options;
    pull_node pull;
    bool is_listened_to;
} making;

static world_node *free_place(world *of) {
    for (uint32_t i = 1; i < WORLD_NODE_MAX; i++) {
        if (!of->nodes[i].is_here) {
            return &of->nodes[i];
        }
    }
    return NULL;
}

static bool is_room(const world *of) {
    return of->next_id < PULL_NODE_MAX && of->edit_count + 16 < WORLD_EDIT_MAX;
}

/* -- What each type has ---------------------------------------------------------------------------- */

static void add_param(making *make, float value, double value_default, double least, double most) {
    pull_param *param = &make->pull.params[make->pull.param_count++];
    *param = (pull_param){
        .value = value, .value_default = value_default, .value_min = least, .value_max = most
    };
}

static void add_any(making *make, float value, double value_default) {
    const double most = 3.4028234663852886e38;
    add_param(make, value, value_default, -most, most);
}

static void add_compound(making *make, float value, double value_default, bool is_k_rate) {
    add_any(make, value, value_default);
    pull_param *param = &make->pull.params[make->pull.param_count - 1];
    param->is_compound = true;
    param->is_k_rate = is_k_rate;
}

static void make_gain(world *of, making *make) {
    make->options.gain = (wa_gain_options)WA_GAIN_OPTIONS_INIT;
    make->options.gain.gain = world_number(of, UNIT_GAIN);
    add_any(make, make->options.gain.gain, 1.0);
}

static void make_constant(world *of, making *make) {
    make->options.constant = (wa_constant_source_options)WA_CONSTANT_SOURCE_OPTIONS_INIT;
    make->options.constant.offset = world_number(of, UNIT_GAIN);
    add_any(make, make->options.constant.offset, 1.0);
}

static void make_oscillator(world *of, making *make) {
    wa_oscillator_options *options = &make->options.oscillator;
    *options = (wa_oscillator_options)WA_OSCILLATOR_OPTIONS_INIT;
    const uint32_t wave = fuzz_below(&of->from, 8);
    if (wave >= 6) {
        options->periodic_wave = of->waves[wave - 6];
        make->pull.wave = &of->shapes[wave - 6];
    } else {
        options->type = (wa_oscillator_type)(wave & 3);
        make->pull.wave = pull_wave_standard(options->type);
    }
    options->frequency_hz = world_number(of, UNIT_HZ);
    options->detune_cents = (float)(int)(wave == 5) * 100.0f;
    add_compound(make, options->frequency_hz, 440.0, false);
    add_compound(make, options->detune_cents, 0.0, false);
}

static void make_player(world *of, making *make) {
    wa_buffer_source_options *options = &make->options.player;
    *options = (wa_buffer_source_options)WA_BUFFER_SOURCE_OPTIONS_INIT;
    const uint32_t what = fuzz_u8(&of->from), buffer = what % (WORLD_BUFFER_COUNT + 1);
    if (buffer < WORLD_BUFFER_COUNT) {
        options->buffer = of->buffers[buffer];
        make->pull.player.buffer = &of->sounds[buffer];
    }
    make->pull.player.duration_s = -1.0;
    make->pull.player.is_looping = options->loop = (what & 0x80) != 0;
    if ((what & 0x40) != 0) {
        options->playback_rate = world_number(of, UNIT_RATE);
        make->pull.player.loop_start_s = options->loop_start_s = (double)fuzz_u8(&of->from) / 50000.0;
        make->pull.player.loop_end_s = options->loop_end_s = (double)fuzz_u8(&of->from) / 25000.0;
    }
    add_compound(make, options->playback_rate, 1.0, true);
    add_compound(make, options->detune_cents, 0.0, true);
}

static void make_delay(world *of, making *make) {
    wa_delay_options *options = &make->options.delay;
    *options = (wa_delay_options)WA_DELAY_OPTIONS_INIT;
    const uint32_t longest = fuzz_u8(&of->from);
    options->max_delay_time_s = (double)(longest + 1) / 6000.0;
    options->delay_time_s = world_number(of, UNIT_DELAY);
    make->pull.max_delay_s = options->max_delay_time_s;
    add_param(make, options->delay_time_s, 0.0, 0.0, (double)(float)options->max_delay_time_s);
}

static void make_biquad(world *of, making *make) {
    wa_biquad_filter_options *options = &make->options.biquad;
    *options = (wa_biquad_filter_options)WA_BIQUAD_FILTER_OPTIONS_INIT;
    make->pull.filter = options->type = (wa_biquad_filter_type)fuzz_below(&of->from, 8);
    options->frequency_hz = world_number(of, UNIT_HZ);
    options->q = world_number(of, UNIT_Q);
    options->gain_db = options->type >= WA_BIQUAD_FILTER_LOWSHELF ? world_number(of, UNIT_DB) : 0.0f;
    add_compound(make, options->frequency_hz, 350.0, false);
    add_compound(make, options->detune_cents, 0.0, false);
    add_any(make, options->q, 1.0);
    add_param(make, options->gain_db, 0.0, -3.4028234663852886e38, 1541.0);
    make->is_listened_to = true;
}

static void make_iir(world *of, making *make) {
    static const double rows[][2][3] = { { { 1.0, 0.0, 0.0 }, { 1.0, -0.5, 0.0 } },
                                         { { 0.5, 0.5, 0.0 }, { 1.0, 0.0, 0.0 } },
                                         { { 0.2, 0.1, -0.3 }, { 2.0, -1.0, 0.9 } },
                                         { { 1.0, 0.0, 1.0 }, { -1.0, 1.7, -0.8 } } };
    wa_iir_filter_options *options = &make->options.iir;
    *options = (wa_iir_filter_options)WA_IIR_FILTER_OPTIONS_INIT;
    const uint32_t row = fuzz_below(&of->from, 4);
    options->feedforward_count = options->feedback_count = 3;
    memcpy(options->feedforward, rows[row][0], sizeof rows[row][0]);
    memcpy(options->feedback, rows[row][1], sizeof rows[row][1]);
    make->pull.forward_count = make->pull.back_count = 3;
    memcpy(make->pull.forward, rows[row][0], sizeof rows[row][0]);
    memcpy(make->pull.back, rows[row][1], sizeof rows[row][1]);
    make->is_listened_to = true;
}

static void make_shaper(world *of, making *make) {
    wa_wave_shaper_options *options = &make->options.shaper;
    *options = (wa_wave_shaper_options)WA_WAVE_SHAPER_OPTIONS_INIT;
    const uint32_t what = fuzz_u8(&of->from);
    if (what % (WORLD_CURVE_COUNT + 1) < WORLD_CURVE_COUNT) {
        options->curve = world_curve(what % (WORLD_CURVE_COUNT + 1), &options->curve_count);
        make->pull.curve = (pull_curve){ options->curve, options->curve_count };
        make->pull.has_curve = true;
    }
    options->oversample = (what & 0xc0) == 0xc0   ? WA_OVERSAMPLE_4X
                          : (what & 0xc0) == 0x80 ? WA_OVERSAMPLE_2X
                                                  : WA_OVERSAMPLE_NONE;
    make->pull.is_oversampled = options->oversample != WA_OVERSAMPLE_NONE;
    make->is_listened_to = true;
}

static void make_ports(world *of, making *make) {
    const uint32_t count = 1 + fuzz_below(&of->from, 8);
    if (make->type == WA_NODE_TYPE_CHANNEL_SPLITTER) {
        make->options.splitter = (wa_channel_splitter_options)WA_CHANNEL_SPLITTER_OPTIONS_INIT;
        make->options.splitter.output_count = count;
        make->pull.output_count = count;
        make->pull.mix = (pull_mixing){ count, WA_CHANNEL_COUNT_MODE_EXPLICIT, false };
    } else {
        make->options.merger = (wa_channel_merger_options)WA_CHANNEL_MERGER_OPTIONS_INIT;
        make->options.merger.input_count = count;
        make->pull.input_count = count;
        make->pull.mix = (pull_mixing){ 1, WA_CHANNEL_COUNT_MODE_EXPLICIT, true };
    }
}

/* The rest has no simple description: the defaults, and a listener. */
static void make_unknown(world *of, making *make) {
    make->pull.is_unknown = make->is_listened_to = true;
    switch (make->type) {
    case WA_NODE_TYPE_DYNAMICS_COMPRESSOR:
        make->options.compressor = (wa_dynamics_compressor_options)WA_DYNAMICS_COMPRESSOR_OPTIONS_INIT;
        break;
    case WA_NODE_TYPE_CONVOLVER:
        make->options.convolver = (wa_convolver_options)WA_CONVOLVER_OPTIONS_INIT;
        make->options.convolver.buffer =
            of->rate_hz == of->sounds[0].rate_hz ? of->buffers[0] : (wa_buffer){ 0 };
        break;
    case WA_NODE_TYPE_PANNER:
        make->options.panner = (wa_panner_options)WA_PANNER_OPTIONS_INIT;
        make->options.panner.position_x = world_number(of, UNIT_GAIN);
        break;
    default:
        make->options.processor = (wa_processor_options)WA_PROCESSOR_OPTIONS_INIT;
        make->options.processor.processor = of->passes;
    }
}

static const wa_node_type types[] = {
    WA_NODE_TYPE_GAIN,           WA_NODE_TYPE_CONSTANT_SOURCE,
    WA_NODE_TYPE_OSCILLATOR,     WA_NODE_TYPE_BUFFER_SOURCE,
    WA_NODE_TYPE_DELAY,          WA_NODE_TYPE_BIQUAD_FILTER,
    WA_NODE_TYPE_STEREO_PANNER,  WA_NODE_TYPE_CHANNEL_SPLITTER,
    WA_NODE_TYPE_CHANNEL_MERGER, WA_NODE_TYPE_IIR_FILTER,
    WA_NODE_TYPE_WAVE_SHAPER,    WA_NODE_TYPE_DYNAMICS_COMPRESSOR,
    WA_NODE_TYPE_CONVOLVER,      WA_NODE_TYPE_PANNER,
    WA_NODE_TYPE_ANALYSER,       WA_NODE_TYPE_PROCESSOR,
    WA_NODE_TYPE_GAIN,           WA_NODE_TYPE_DELAY,
    WA_NODE_TYPE_BUFFER_SOURCE,  WA_NODE_TYPE_CONSTANT_SOURCE,
    WA_NODE_TYPE_GAIN,
};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

static void fill(world *of, making *make) {
    pull_node *pull = &make->pull;
    pull->is_here = true;
    pull->type = make->type;
    pull->input_count = pull->output_count = 1;
    pull->mix = (pull_mixing){ 2, WA_CHANNEL_COUNT_MODE_MAX, true };
    switch (make->type) {
    case WA_NODE_TYPE_GAIN:
        make_gain(of, make);
        break;
    case WA_NODE_TYPE_CONSTANT_SOURCE:
        make_constant(of, make);
        break;
    case WA_NODE_TYPE_OSCILLATOR:
        make_oscillator(of, make);
        break;
    case WA_NODE_TYPE_BUFFER_SOURCE:
        make_player(of, make);
        break;
    case WA_NODE_TYPE_DELAY:
        make_delay(of, make);
        break;
    case WA_NODE_TYPE_BIQUAD_FILTER:
        make_biquad(of, make);
        break;
    case WA_NODE_TYPE_STEREO_PANNER:
        make->options.pan = (wa_stereo_panner_options)WA_STEREO_PANNER_OPTIONS_INIT;
        make->options.pan.pan = world_number(of, UNIT_PAN);
        pull->mix.mode = WA_CHANNEL_COUNT_MODE_CLAMPED_MAX;
        add_param(make, make->options.pan.pan, 0.0, -1.0, 1.0);
        break;
    case WA_NODE_TYPE_CHANNEL_SPLITTER:
    case WA_NODE_TYPE_CHANNEL_MERGER:
        make_ports(of, make);
        break;
    case WA_NODE_TYPE_IIR_FILTER:
        make_iir(of, make);
        break;
    case WA_NODE_TYPE_WAVE_SHAPER:
        make_shaper(of, make);
        break;
    case WA_NODE_TYPE_ANALYSER:
        make->options.analyser = (wa_analyser_options)WA_ANALYSER_OPTIONS_INIT;
        break;
    default:
        make_unknown(of, make);
    }
    if (make->type == WA_NODE_TYPE_OSCILLATOR || make->type == WA_NODE_TYPE_CONSTANT_SOURCE ||
        make->type == WA_NODE_TYPE_BUFFER_SOURCE) {
        pull->input_count = 0;
    }
}

/* -- Making ---------------------------------------------------------------------------------------- */

static bool listen_to(world *of, world_node *node) {
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = of->listens;
    options.user = &of->seen[node->id];
    const wa_status status =
        wa_node_create(of->context, WA_NODE_TYPE_PROCESSOR, &options, &node->listener);
    return world_expect(of, status, 0, "  listener") &&
           world_expect(of, wa_node_connect(of->context, node->handle, node->listener), 0,
                        "  listener connected");
}

static void add(world *of, world_node *place, const making *make, wa_node handle, wa_node_pool *pool) {
    *place = (world_node){ .handle = handle,
                           .id = of->next_id++,
                           .type = make->type,
                           .input_count = make->pull.input_count,
                           .output_count = make->pull.output_count,
                           .param_count = make->pull.param_count,
                           .pool = pool,
                           .is_here = true };
    world_edit edit = { .kind = EDIT_ADD, .node = place->id, .made = malloc(sizeof *edit.made) };
    fuzz_check(edit.made != NULL, "memory");
    *edit.made = make->pull;
    edit.made->seen[0] = &of->seen[place->id];
    world_edited(of, &edit);
    if (make->is_listened_to) {
        (void)listen_to(of, place);
    }
    world_trace(of, "  is node %u", place->id);
}

void do_create(world *of) {
    making make = { .type = types[fuzz_below(&of->from, TYPE_COUNT)] };
    world_node *place = free_place(of);
    if (place == NULL || !is_room(of)) {
        return;
    }
    fill(of, &make);
    wa_node handle;
    const wa_status status = wa_node_create(of->context, make.type, &make.options, &handle);
    world_trace(of, "type %d, param %g", (int)make.type, (double)make.pull.params[0].value);
    if (world_expect(of, status, 0, "create")) {
        add(of, place, &make, handle, NULL);
        world_place(of, place);
    }
}

/* -- Pools: what comes out must be as new, whatever its last life did ------------------------------- */

static making pooled(world *of, uint32_t index) {
    static const wa_node_type pool_types[WORLD_POOL_COUNT] = { WA_NODE_TYPE_GAIN, WA_NODE_TYPE_DELAY,
                                                               WA_NODE_TYPE_BIQUAD_FILTER,
                                                               WA_NODE_TYPE_OSCILLATOR,
                                                               WA_NODE_TYPE_BUFFER_SOURCE };
    static const uint8_t choices[] = { 180, 100, 200, 160, 90, 77, 33, 190 };
    making make = { .type = pool_types[index] };
    const fuzz_bytes kept = of->from;
    of->from = (fuzz_bytes){ choices, sizeof choices, 0 };
    fill(of, &make);
    of->from = kept;
    return make;
}

void world_make_pools(world *of) {
    for (uint32_t i = 0; i < WORLD_POOL_COUNT; i++) {
        const making make = pooled(of, i);
        wa_node_pool_desc desc = WA_NODE_POOL_DESC_INIT;
        desc.type = make.type;
        desc.options = &make.options;
        desc.max_size = 2;
        desc.live_max = 6;
        fuzz_check_ok(wa_node_pool_create(of->context, &desc, &of->pools[i]));
    }
}

void world_free_pools(world *of) {
    for (uint32_t i = 0; i < WORLD_POOL_COUNT; i++) {
        wa_node_pool_destroy(of->pools[i]);
    }
}

void do_acquire(world *of) {
    const uint32_t index = fuzz_below(&of->from, WORLD_POOL_COUNT);
    world_node *place = free_place(of);
    if (place == NULL || !is_room(of)) {
        return;
    }
    const making make = pooled(of, index);
    wa_node handle;
    const wa_status status = wa_node_pool_acquire(of->pools[index], &handle);
    if (status == WA_ERR_POOL_FULL) {
        world_trace(of, "acquire: full");
        return; /* a pool's refusal undoes nothing */
    }
    if (world_expect(of, status, 0, "acquire")) {
        add(of, place, &make, handle, of->pools[index]);
        world_place(of, place);
    }
}

/* -- Giving back ----------------------------------------------------------------------------------- */

bool world_release(world *of, world_node *node, wa_release_mode mode, double fade_s) {
    const wa_release_options options = { .mode = mode, .fade_s = fade_s };
    world_trace(of, "node %u, mode %d, fade %g", node->id, (int)mode, fade_s);
    const wa_status status = node->pool != NULL
                                 ? wa_node_pool_release(node->pool, node->handle, &options)
                                 : wa_node_release(of->context, node->handle, &options);
    if (!world_expect(of, status, 0, "release")) {
        return false;
    }
    if (node->listener.id != 0) { /* stays as long as there is something to hear */
        const wa_release_options after = { .mode = mode == WA_RELEASE_NOW ? WA_RELEASE_NOW
                                                                          : WA_RELEASE_WHEN_DONE };
        (void)world_expect(of, wa_node_release(of->context, node->listener, &after), 0, "  listener");
    }
    const world_edit edit = { .kind = EDIT_RELEASE, .node = node->id, .mode = mode, .number = fade_s };
    world_edited(of, &edit);
    *node = (world_node){ 0 };
    return true;
}

void do_release(world *of) {
    world_node *node = world_any(of);
    const uint32_t what = fuzz_u8(&of->from);
    const wa_release_mode mode = (wa_release_mode)(1 + what % 4);
    if (node != NULL && node->type != WA_NODE_TYPE_DESTINATION) {
        (void)world_release(of, node, mode, (double)(1 + what / 4) / 10000.0);
    }
}
