/* A scene's memory: blocks on one list, given back together. */
#include "scene.h"
#include "cli.h"
#include <stdlib.h>
#include <string.h>

typedef struct scene_block {
    struct scene_block *next;
    max_align_t memory[];
} scene_block;

void *scene_take(scene_data *scene, size_t count, size_t item_bytes) {
    size_t bytes = 0;
    scene_block *block = NULL;
    if (!__builtin_mul_overflow(count, item_bytes, &bytes) && bytes < SIZE_MAX - sizeof *block) {
        block = calloc(1, sizeof *block + bytes);
    }
    if (block == NULL) {
        exit(cli_error(CLI_FAILED, scene->path, "the system has no memory for the scene"));
    }
    block->next = scene->blocks;
    scene->blocks = block;
    return block->memory;
}

char *scene_take_string(scene_data *scene, const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *copy = scene_take(scene, bytes, 1);
    memcpy(copy, text, bytes);
    return copy;
}

void scene_free(scene_data *scene) {
    if (scene == NULL) {
        return;
    }
    for (scene_block *block = scene->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(scene);
}
