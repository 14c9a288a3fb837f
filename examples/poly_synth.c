/* A polyphonic synth: every note is a voice (oscillator, filter, envelope) from a pool, and goes back to
 * it by itself. Two hundred notes are played by the few voices that sound at the same time. */
#include "example.h"
#include <math.h>

enum { OSCILLATOR, FILTER, LEVEL, NODE_COUNT, NOTE_COUNT = 200 };
static const double note_interval_s = 0.1, note_length_s = 0.35;

typedef struct synth {
    wa_voice_pool *voices;
    int note_count;
} synth;

static void make_voices(synth *state, wa_context *context) {
    wa_oscillator_options oscillator = WA_OSCILLATOR_OPTIONS_INIT;
    wa_biquad_filter_options filter = WA_BIQUAD_FILTER_OPTIONS_INIT;
    oscillator.type = WA_OSCILLATOR_SAWTOOTH;
    filter.frequency_hz = 1800;
    const wa_voice_node nodes[NODE_COUNT] = { { WA_NODE_TYPE_OSCILLATOR, &oscillator },
                                              { WA_NODE_TYPE_BIQUAD_FILTER, &filter },
                                              { WA_NODE_TYPE_GAIN, NULL } };
    const wa_voice_edge edges[] = { { OSCILLATOR, 0, FILTER, 0, false },
                                    { FILTER, 0, LEVEL, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = NODE_COUNT;
    desc.edges = edges;
    desc.edge_count = 2;
    desc.output_node = LEVEL;
    desc.output = wa_context_destination(context);
    CHECK(wa_voice_pool_create(context, &desc, &state->voices));
    CHECK(wa_voice_pool_pre_allocate(state->voices, 8, NULL));
}

static void play_note(synth *state, wa_context *context, double time_s) {
    static const int scale[] = { 0, 3, 5, 7, 10, 12, 15, 17 };
    const int midi = 45 + scale[(state->note_count * 5) % 8];
    const double end_s = time_s + note_length_s;
    wa_voice voice;
    CHECK(wa_voice_pool_acquire(state->voices, &voice));
    const wa_node oscillator = wa_voice_node_at(state->voices, voice, OSCILLATOR);
    const wa_param frequency = wa_node_param(oscillator, WA_OSCILLATOR_FREQUENCY);
    const wa_param level = wa_node_param(wa_voice_node_at(state->voices, voice, LEVEL), WA_GAIN_GAIN);
    CHECK(wa_param_set_value_at_time(context, frequency, 440 * exp2f((float)(midi - 69) / 12), time_s));
    CHECK(wa_param_set_value_at_time(context, level, 0, time_s));
    CHECK(wa_param_linear_ramp_to_value_at_time(context, level, 0.2f, time_s + 0.01));
    CHECK(wa_param_set_target_at_time(context, level, 0, time_s + 0.01, 0.08));
    CHECK(wa_source_start(context, oscillator, time_s));
    CHECK(wa_source_stop(context, oscillator, end_s));
    CHECK(wa_voice_pool_release_when_done(state->voices, voice));
    state->note_count++;
}

static void on_suspended(void *user, wa_context *context, double time_s) {
    synth *state = user;
    wa_context_poll(context, NULL, 0); /* takes in the voices that have rung out */
    if (state->note_count < NOTE_COUNT) {
        play_note(state, context, time_s);
        CHECK(wa_context_suspend_at(context, time_s + note_interval_s));
    }
}

/* The loudest sample, so that there is something to say about the sound. */
static bool measure_block(void *user, const float *const *planes, uint32_t channel_count,
                          uint32_t frame_count) {
    (void)user, (void)channel_count;
    static float peak;
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        peak = fmaxf(peak, fabsf(planes[0][frame]));
    }
    return peak < 16; /* an unstable filter would end the render */
}

int main(void) {
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    synth state = { 0 };
    wa_node_pool_stats stats;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_offline_desc offline = WA_OFFLINE_DESC_INIT;
    desc.length_frames = (uint64_t)((NOTE_COUNT + 10) * note_interval_s * 48000);
    CHECK(wa_engine_create(NULL, &engine));
    CHECK(wa_context_create(engine, &desc, &context));
    make_voices(&state, context);

    CHECK(wa_context_suspend_at(context, note_interval_s));
    offline.on_block = measure_block;
    offline.on_suspended = on_suspended;
    offline.user = &state;
    CHECK(wa_offline_render(context, &offline));

    wa_voice_pool_get_stats(state.voices, &stats);
    printf("poly_synth: %d notes on %llu voices, at most %llu at once, %llu reused\n", state.note_count,
           (unsigned long long)stats.created_count, (unsigned long long)stats.peak_in_use,
           (unsigned long long)stats.reused_count);
    wa_voice_pool_destroy(state.voices);
    CHECK(wa_context_destroy(context));
    CHECK(wa_engine_destroy(engine));
    return EXIT_SUCCESS;
}
