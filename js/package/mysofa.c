/* Head-related responses, through a libmysofa that may be missing: then no file can be loaded. Its functions
 * have no words for a failure: ours are written to the error output, once. */
#include "libraries.h"
#include <mysofa.h>
#include <stdatomic.h>
#include <stdio.h>

static const char *const inflate[] = { "libz.so.1", NULL };
static library mysofa = { .name = "libmysofa.so.1", .needs = inflate };

struct MYSOFA_HRTF *mysofa_load(const char *path, int *error) {
    if (library_is_there(&mysofa)) {
        return LIBRARY_CALL(&mysofa, mysofa_load, path, error);
    }
    static atomic_bool is_said;
    if (!atomic_exchange(&is_said, true)) {
        fprintf(stderr, "wavepool: %s\n", mysofa.error);
    }
    *error = MYSOFA_INTERNAL_ERROR;
    return NULL;
}

int mysofa_check(struct MYSOFA_HRTF *hrtf) {
    return LIBRARY_CALL(&mysofa, mysofa_check, hrtf);
}

char *mysofa_getAttribute(struct MYSOFA_ATTRIBUTE *attributes, char *name) {
    return LIBRARY_CALL(&mysofa, mysofa_getAttribute, attributes, name);
}

void mysofa_free(struct MYSOFA_HRTF *hrtf) {
    LIBRARY_CALL(&mysofa, mysofa_free, hrtf);
}
