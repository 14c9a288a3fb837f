/* Shared libraries that are opened when something of them is first asked for. Instead of linking one, the
 * package defines each function of it that the engine calls (cubeb.c, sndfile.c, soxr.c, mysofa.c): it asks
 * here for the real one. A library that cannot be opened fails as it does itself when it is asked for
 * something, with our words, so that the engine needs to know nothing of all this.
 *
 * They are looked for in lib/ beside the addon (its DT_RPATH), then where the system has them: putting another
 * build of a library into lib/ replaces it, removing it takes the system's.
 *
 * Thread: any. */
#ifndef WA_JS_PACKAGE_LIBRARIES_H
#define WA_JS_PACKAGE_LIBRARIES_H
#include <stdbool.h>

typedef struct library {
    const char *name;
    /* What it needs of lib/, each behind what that needs: the search path of an addon holds for what it opens
     * itself, not for what that needs in turn. One that is missing is looked for by the system. */
    const char *const *needs;
    /* Names of libraries that it needs and nobody has to have: where there is none, what lib/without/ has. */
    const char *const *stand_ins;
    void *handle;
    bool has_failed;
    char error[400]; /* "libx.so.1 cannot be opened: why" once it has failed */
} library;

typedef void (*library_symbol)(void); /* to be cast to what it is */

/* Opens it when it is first asked. False with of->error if there is no such library. */
bool library_is_there(library *of);

/* Of a library that is there; NULL if it has no function of that name. */
library_symbol library_function(library *of, const char *name);

/* One that is only reached when the library has been opened: the body of a function of that name. */
#define LIBRARY_CALL(of, name, ...) (((__typeof__(&name))library_function(of, #name))(__VA_ARGS__))

#endif
