/* Resampling, through a libsoxr that may be missing: then no resampler can be made, and it says why. */
#include "libraries.h"
#include <soxr.h>
#include <string.h>

static const char *const openmp[] = { "libgomp.so.1", NULL };
static library soxr = { .name = "libsoxr.so.0", .needs = openmp };

soxr_t soxr_create(double input_rate, double output_rate, unsigned channels, soxr_error_t *error,
                   soxr_io_spec_t const *io, soxr_quality_spec_t const *quality,
                   soxr_runtime_spec_t const *runtime) {
    if (!library_is_there(&soxr)) {
        *error = soxr.error;
        return NULL;
    }
    return LIBRARY_CALL(&soxr, soxr_create, input_rate, output_rate, channels, error, io, quality,
                        runtime);
}

/* The three below are asked before the one above: what they say of a library that is missing is not used. */

soxr_io_spec_t soxr_io_spec(soxr_datatype_t input, soxr_datatype_t output) {
    return library_is_there(&soxr) ? LIBRARY_CALL(&soxr, soxr_io_spec, input, output)
                                   : (soxr_io_spec_t){ 0 };
}

soxr_quality_spec_t soxr_quality_spec(unsigned long recipe, unsigned long flags) {
    return library_is_there(&soxr) ? LIBRARY_CALL(&soxr, soxr_quality_spec, recipe, flags)
                                   : (soxr_quality_spec_t){ 0 };
}

soxr_runtime_spec_t soxr_runtime_spec(unsigned threads) {
    return library_is_there(&soxr) ? LIBRARY_CALL(&soxr, soxr_runtime_spec, threads)
                                   : (soxr_runtime_spec_t){ 0 };
}

soxr_error_t soxr_process(soxr_t of, soxr_in_t in, size_t in_frames, size_t *in_done, soxr_out_t out,
                          size_t out_frames, size_t *out_done) {
    return LIBRARY_CALL(&soxr, soxr_process, of, in, in_frames, in_done, out, out_frames, out_done);
}

void soxr_delete(soxr_t of) {
    if (of != NULL) {
        LIBRARY_CALL(&soxr, soxr_delete, of);
    }
}
