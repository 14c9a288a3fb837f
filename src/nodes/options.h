/* src/nodes/options.h -- checks that the configure() of every type shares. Thread: control */
#ifndef WA_SRC_NODES_OPTIONS_H
#define WA_SRC_NODES_OPTIONS_H
#include "../error.h"
#include <math.h>

/* Returns: WA_OK | TYPE: the option is NaN or infinite, as WebIDL's restricted float refuses it. */
static inline wa_status option_finite(const char *name, double value) {
    if (!isfinite(value)) {
        return error_set(WA_ERR_TYPE, "%s must be finite, not %g", name, value);
    }
    return WA_OK;
}
#endif /* WA_SRC_NODES_OPTIONS_H */
