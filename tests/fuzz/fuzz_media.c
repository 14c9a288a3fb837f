/* Bytes as a file that is played from disk, with seeks. The first twelve bytes say what is done: a byte for
 * rate and loop, then between the renders play, pause, seek and rate; the rest is the file. The render is
 * offline, so that the file is read on this thread and the same bytes always do the same. */
#include "fuzz.h"
#include <math.h>

enum { BUDGET_BYTES = 8000000, STEP_COUNT = 11, STEP_FRAMES = 512, QUANTUM_FRAMES = 128 };

typedef struct player {
    wa_context *context;
    wa_node node;
    fuzz_bytes from;
    double duration_s;
} player;

static void step(void *user, wa_context *context, double time_s) {
    player *of = user;
    const uint32_t what = fuzz_u8(&of->from);
    const double part = (double)(what >> 3) / 31.0;
    wa_media_source_state state;
    switch (what & 7) {
    case 0:
        fuzz_check_ok(wa_media_source_pause(context, of->node, time_s));
        break;
    case 1:
        fuzz_check_ok(wa_media_source_play(context, of->node, time_s));
        break;
    case 2:
    case 3:
        fuzz_check_ok(wa_media_source_seek(context, of->node, part * of->duration_s));
        break;
    case 4:
        fuzz_check_ok(wa_media_source_set_loop(context, of->node, (what & 8) != 0));
        break;
    case 5:
        fuzz_check_ok(wa_param_set_value(context, wa_node_param(of->node, 0), (float)(4.0 * part)));
        break;
    default:
        break;
    }
    fuzz_check_ok(wa_media_source_get_state(context, of->node, &state));
    fuzz_check(state.current_time_s >= 0.0 && state.current_time_s <= state.duration_s + 1e-9,
               "at %g of %g s", state.current_time_s, state.duration_s);
}

static bool take_block(void *user, const float *const *planes, uint32_t channel_count,
                       uint32_t frame_count) {
    (void)user, (void)planes, (void)channel_count, (void)frame_count;
    return true;
}

static void play(player *of, wa_engine *engine, wa_media media, const wa_media_info *info) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.sample_rate_hz = info->sample_rate_hz;
    desc.quantum_frames = QUANTUM_FRAMES;
    desc.length_frames = (STEP_COUNT + 1) * STEP_FRAMES;
    fuzz_check_ok(wa_context_create(engine, &desc, &of->context));
    wa_media_source_options options = WA_MEDIA_SOURCE_OPTIONS_INIT;
    options.media = media;
    const wa_status status =
        wa_node_create(of->context, WA_NODE_TYPE_MEDIA_SOURCE, &options, &of->node);
    if (status == WA_OK) {
        fuzz_check_ok(wa_node_connect(of->context, of->node, wa_context_destination(of->context)));
        fuzz_check_ok(wa_media_source_play(of->context, of->node, 0.0));
        of->duration_s = info->duration_s;
        for (uint32_t i = 1; i <= STEP_COUNT; i++) {
            fuzz_check_ok(
                wa_context_suspend_at(of->context, i * STEP_FRAMES / (double)desc.sample_rate_hz));
        }
        wa_offline_desc render = WA_OFFLINE_DESC_INIT;
        render.on_block = take_block;
        render.on_suspended = step;
        render.user = of;
        fuzz_check_ok(wa_offline_render(of->context, &render));
    } else {
        fuzz_check(status == WA_ERR_NOT_SUPPORTED || status == WA_ERR_BUDGET, "%s", wa_error_message());
    }
    fuzz_check_ok(wa_context_destroy(of->context));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static const float rates[] = { 0.0f, 48000.0f, 8000.0f, 44100.0f };
    player of = { .from = { data, data_bytes, 0 } };
    wa_engine *engine = NULL;
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = BUDGET_BYTES;
    wa_media_options options = WA_MEDIA_OPTIONS_INIT;
    options.sample_rate_hz = rates[fuzz_u8(&of.from) % 4];
    const size_t head_bytes = data_bytes < 1 + STEP_COUNT ? data_bytes : 1 + STEP_COUNT;
    fuzz_file file = fuzz_file_make(data + head_bytes, data_bytes - head_bytes);
    fuzz_check_ok(wa_engine_create(&desc, &engine));
    wa_media media = { 0 };
    const wa_status status = wa_media_open(engine, file.path, &options, &media);
    if (status == WA_OK) {
        wa_media_info info;
        fuzz_check_ok(wa_media_get_info(engine, media, &info));
        fuzz_check(info.frame_count > 0, "no frames");
        play(&of, engine, media, &info);
        fuzz_check_ok(wa_media_close(engine, media));
    } else {
        fuzz_check(media.id == 0 && wa_error_message()[0] != '\0', "status %d", (int)status);
    }
    fuzz_check_ok(wa_engine_destroy(engine));
    fuzz_file_close(&file);
    return 0;
}
