/* The text of a scene: read, built and rendered for a moment, with little memory. Any text may be refused,
 * with a message; whatever happens, all memory comes back. */
#include "fuzz.h"
#include "scene_play.h"
#include <string.h>

enum { FRAMES_MAX = 1024, BUDGET_BYTES = 4000000 };

/* Where nothing is: a scene that names files is refused. */
static const char *const path = "/nowhere/scene.json";

static bool take_block(void *user, const float *const *planes, uint32_t channel_count,
                       uint32_t frame_count) {
    uint32_t *left = user;
    float sum = 0.0f;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            sum += planes[channel][frame];
        }
    }
    (void)sum;
    *left = *left > frame_count ? *left - frame_count : 0;
    return *left > 0;
}

static void render(wa_context *context) {
    uint32_t left = FRAMES_MAX;
    wa_offline_desc desc = WA_OFFLINE_DESC_INIT;
    desc.on_block = take_block;
    desc.user = &left;
    const wa_status status = wa_offline_render(context, &desc);
    fuzz_check(status == WA_OK || status == WA_ERR_BUDGET, "%s", wa_error_message());
}

static void play(scene_data *scene, wa_context *context) {
    char error[SCENE_ERROR_BYTES] = "";
    scene_build build = { 0 };
    scene_player player = { 0 };
    wa_status status =
        scene_build_init(&build, scene, context, wa_context_destination(context), false, error);
    if (status == WA_OK) {
        status = scene_player_init(&player, &build, error);
    }
    if (status == WA_OK) {
        status = scene_player_advance(&player, 0.1, error);
    }
    fuzz_check(status == WA_OK || error[0] != '\0', "a scene is refused without a word");
    if (status == WA_OK) {
        render(context);
    }
    scene_player_finish(&player);
}

static wa_context *make_context(wa_engine *engine, const scene_data *scene) {
    wa_context *context = NULL;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.sample_rate_hz = (float)scene->sample_rate_hz;
    desc.channel_count = scene->channel_count;
    desc.quantum_frames = scene->quantum_frames;
    desc.is_gathering = true;
    const wa_status status = wa_context_create(engine, &desc, &context);
    fuzz_check(status == WA_OK || status == WA_ERR_BUDGET, "%s", wa_error_message());
    return context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char error[SCENE_ERROR_BYTES] = "";
    scene_data *scene = NULL;
    char *text = malloc(data_bytes + 1);
    fuzz_check(text != NULL, "memory");
    memcpy(text, data, data_bytes);
    text[data_bytes] = '\0';
    if (scene_parse(text, data_bytes, path, NULL, &scene, error)) {
        wa_engine *engine = NULL;
        wa_engine_desc desc = WA_ENGINE_DESC_INIT;
        desc.budget_bytes = BUDGET_BYTES;
        fuzz_check_ok(wa_engine_create(&desc, &engine));
        wa_context *context = make_context(engine, scene);
        if (context != NULL) {
            play(scene, context);
            fuzz_check_ok(wa_context_destroy(context));
        }
        fuzz_check_ok(wa_engine_destroy(engine));
    } else {
        fuzz_check(scene == NULL && error[0] != '\0', "a text is refused without a word");
    }
    scene_free(scene);
    free(text);
    return 0;
}
