/* Libraries opened at run time; see libraries.h. */
#include "libraries.h"
#include "paths.h"
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = PATH_MAX + 64 };

static char folder[PATH_MAX]; /* of the addon or the program; empty if it cannot be found */
char package_hrtf_path[PATH_BYTES_MAX], package_examples_path[PATH_BYTES_MAX];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The addon by what it was opened as, a program by what it runs: its own name may be relative. */
__attribute__((constructor)) static void find_folder(void) {
    Dl_info info = { 0 };
    char found[PATH_MAX];
    if (dladdr(folder, &info) == 0 || info.dli_fname == NULL || info.dli_fname[0] != '/' ||
        realpath(info.dli_fname, found) == NULL) {
        const ssize_t length = readlink("/proc/self/exe", found, sizeof found - 1);
        found[length > 0 ? length : 0] = '\0';
    }
    char *end = strrchr(found, '/');
    if (end != NULL) {
        *end = '\0';
        snprintf(folder, sizeof folder, "%s", found);
    }
    snprintf(package_hrtf_path, sizeof package_hrtf_path, "%s/share/default.sofa", folder);
    snprintf(package_examples_path, sizeof package_examples_path, "%s/share/examples", folder);
}

static void stand_in(const char *name) {
    char path[PATH_BYTES_MAX];
    if (dlopen(name, RTLD_LAZY) == NULL) {
        snprintf(path, sizeof path, "%s/lib/without/%s", folder, name);
        dlopen(path, RTLD_LAZY); /* where that fails, the library that needs it says so */
    }
}

/* Within `turn`. What is opened stays open: threads of ours may be inside until the process ends. */
static void open_library(library *of) {
    for (const char *const *name = of->stand_ins; name != NULL && *name != NULL; name++) {
        stand_in(*name);
    }
    for (const char *const *name = of->needs; name != NULL && *name != NULL; name++) {
        dlopen(*name, RTLD_LAZY);
    }
    of->handle = dlopen(of->name, RTLD_LAZY);
    if (of->handle == NULL) {
        const char *why = dlerror();
        of->has_failed = true;
        snprintf(of->error, sizeof of->error, "%s cannot be opened: %s", of->name,
                 why != NULL ? why : "for no reason given");
    }
}

bool library_is_there(library *of) {
    pthread_mutex_lock(&turn);
    if (of->handle == NULL && !of->has_failed) {
        open_library(of);
    }
    const bool is_there = of->handle != NULL;
    pthread_mutex_unlock(&turn);
    return is_there;
}

library_symbol library_function(library *of, const char *name) {
    library_symbol found = NULL;
    void *const address = library_is_there(of) ? dlsym(of->handle, name) : NULL;
    memcpy(&found, &address, sizeof found); /* ISO C has no cast for it */
    return found;
}
