/* What becomes of scenes: one line of JSON in, one line out: "ok", or "refused: " or "memory: " and the reason.
 * Each is parsed and built in an offline context of its own, and not rendered. Usage: scene_verdicts PATH,
 * as if the scenes were there; nothing is read from there but the files that they name. */
#include "cli.h"
#include "scene_play.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static wa_status build(scene_data *scene, wa_engine *engine, char error[SCENE_ERROR_BYTES]) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    wa_context *context = NULL;
    scene_build made = { 0 };
    scene_player player = { 0 };
    desc.sample_rate_hz = (float)scene->sample_rate_hz;
    desc.channel_count = scene->channel_count;
    desc.quantum_frames = scene->quantum_frames;
    desc.length_frames = (uint64_t)ceil(scene->length_s * scene->sample_rate_hz);
    desc.is_gathering = true;
    wa_status status = wa_context_create(engine, &desc, &context);
    if (status != WA_OK) {
        snprintf(error, SCENE_ERROR_BYTES, "$: %s", wa_error_message());
        return status;
    }
    status = scene_build_init(&made, scene, context, wa_context_destination(context), false, error);
    if (status == WA_OK) {
        status = scene_player_init(&player, &made, error);
    }
    if (status == WA_OK) { /* all that it will ever schedule */
        status = scene_player_advance(&player, INFINITY, error);
    }
    scene_player_finish(&player);
    (void)wa_context_destroy(context);
    return status;
}

static const char *judge(const char *text, size_t bytes, const char *path,
                         char error[SCENE_ERROR_BYTES]) {
    scene_data *scene = NULL;
    wa_engine *engine = NULL;
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = 2000000000;
    if (!scene_parse(text, bytes, path, NULL, &scene, error)) {
        return "refused: ";
    }
    wa_status status = wa_engine_create(&desc, &engine);
    status = status == WA_OK ? build(scene, engine, error) : status;
    (void)wa_engine_destroy(engine);
    scene_free(scene);
    return status == WA_OK                                ? "ok"
           : cli_exit_from_status(status) == CLI_BAD_FILE ? "refused: "
                                                          : "memory: ";
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    if (argc != 2) {
        return EXIT_FAILURE;
    }
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        char error[SCENE_ERROR_BYTES] = "";
        const char *verdict = judge(line, (size_t)length, argv[1], error);
        printf("%s%s\n", verdict, strcmp(verdict, "ok") == 0 ? "" : error);
    }
    free(line);
    return EXIT_SUCCESS;
}
