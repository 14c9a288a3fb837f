/* Devices, through a libcubeb that may be missing: then there is no sound system, and the null device plays.
 * Debian's libcubeb is linked against each sound system's library. Nobody has all of them: of two of those
 * there are stand-ins, which say that no server is there. ALSA's is the one that must be on the machine. */
#include "libraries.h"
#include <cubeb/cubeb.h>

static const char *const sound_systems[] = { "libpulse.so.0", "libjack.so.0", NULL };
static const char *const others[] = { "libspeexdsp.so.1", "libmd.so.0", "libbsd.so.0", "libsndio.so.7",
                                      NULL };
static library found = { .name = "libcubeb.so.0", .needs = others, .stand_ins = sound_systems };

int cubeb_init(cubeb **context, char const *name, char const *backend) {
    return library_is_there(&found) ? LIBRARY_CALL(&found, cubeb_init, context, name, backend)
                                    : CUBEB_ERROR_NOT_SUPPORTED;
}

void cubeb_destroy(cubeb *context) {
    LIBRARY_CALL(&found, cubeb_destroy, context);
}

char const *cubeb_get_backend_id(cubeb *context) {
    return LIBRARY_CALL(&found, cubeb_get_backend_id, context);
}

int cubeb_get_min_latency(cubeb *context, cubeb_stream_params *params, uint32_t *frames) {
    return LIBRARY_CALL(&found, cubeb_get_min_latency, context, params, frames);
}

int cubeb_get_preferred_sample_rate(cubeb *context, uint32_t *rate) {
    return LIBRARY_CALL(&found, cubeb_get_preferred_sample_rate, context, rate);
}

int cubeb_enumerate_devices(cubeb *context, cubeb_device_type type,
                            cubeb_device_collection *collection) {
    return LIBRARY_CALL(&found, cubeb_enumerate_devices, context, type, collection);
}

int cubeb_device_collection_destroy(cubeb *context, cubeb_device_collection *collection) {
    return LIBRARY_CALL(&found, cubeb_device_collection_destroy, context, collection);
}

int cubeb_register_device_collection_changed(cubeb *context, cubeb_device_type type,
                                             cubeb_device_collection_changed_callback callback,
                                             void *user) {
    return LIBRARY_CALL(&found, cubeb_register_device_collection_changed, context, type, callback,
                        user);
}

int cubeb_stream_init(cubeb *context, cubeb_stream **stream, char const *name, cubeb_devid input,
                      cubeb_stream_params *input_params, cubeb_devid output,
                      cubeb_stream_params *output_params, uint32_t latency, cubeb_data_callback data,
                      cubeb_state_callback state, void *user) {
    return LIBRARY_CALL(&found, cubeb_stream_init, context, stream, name, input, input_params, output,
                        output_params, latency, data, state, user);
}

void cubeb_stream_destroy(cubeb_stream *stream) {
    LIBRARY_CALL(&found, cubeb_stream_destroy, stream);
}

int cubeb_stream_start(cubeb_stream *stream) {
    return LIBRARY_CALL(&found, cubeb_stream_start, stream);
}

int cubeb_stream_stop(cubeb_stream *stream) {
    return LIBRARY_CALL(&found, cubeb_stream_stop, stream);
}

int cubeb_stream_get_latency(cubeb_stream *stream, uint32_t *frames) {
    return LIBRARY_CALL(&found, cubeb_stream_get_latency, stream, frames);
}

int cubeb_stream_get_input_latency(cubeb_stream *stream, uint32_t *frames) {
    return LIBRARY_CALL(&found, cubeb_stream_get_input_latency, stream, frames);
}
