/* Where a file named in a scene may be: inside the scene's folder, or inside one folder that the user
 * allowed. A scene from somewhere else must not read what its listener did not offer. */
#include "scene.h"
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The real path of the folder that holds path. */
static char *folder_of(const char *path) {
    char *copy = strdup(path);
    char *folder = copy != NULL ? realpath(dirname(copy), NULL) : NULL;
    free(copy);
    return folder;
}

static bool is_inside(const char *path, const char *folder) {
    const size_t length = strlen(folder);
    if (strcmp(folder, "/") == 0) {
        return true;
    }
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

static char *join(const char *folder, const char *path) {
    char *joined = NULL;
    if (asprintf(&joined, "%s/%s", folder, path) < 0) {
        return NULL;
    }
    return joined;
}

static bool is_allowed(const char *real, const char *folder, const char *allow_dir) {
    if (is_inside(real, folder)) {
        return true;
    }
    char *allowed = allow_dir != NULL ? realpath(allow_dir, NULL) : NULL;
    const bool is_in = allowed != NULL && is_inside(real, allowed);
    free(allowed);
    return is_in;
}

bool scene_resolve_path(const char *scene_path, const char *allow_dir, const char *path,
                        char **resolved, char error[SCENE_ERROR_BYTES]) {
    char *folder = folder_of(scene_path);
    char *full = folder == NULL ? NULL : path[0] == '/' ? strdup(path) : join(folder, path);
    char *real = full != NULL ? realpath(full, NULL) : NULL;
    bool is_ok = false;
    if (real == NULL) {
        snprintf(error, SCENE_ERROR_BYTES, "\"%.200s\": %s", path, strerror(errno));
    } else if (!is_allowed(real, folder, allow_dir)) {
        snprintf(error, SCENE_ERROR_BYTES,
                 "\"%.200s\" is outside the scene's folder; --allow-dir DIR allows another one", path);
    } else {
        is_ok = true;
    }
    free(full);
    free(folder);
    if (!is_ok) {
        free(real);
        real = NULL;
    }
    *resolved = real;
    return is_ok;
}
