/* Files, through a libsndfile that may be missing: then nothing can be opened, and it says why. */
#include "libraries.h"
#include <sndfile.h>

static const char *const codecs[] = { "libogg.so.0",       "libvorbis.so.0",
                                      "libvorbisenc.so.2", "libopus.so.0",
                                      "libFLAC.so.12",     "libmpg123.so.0",
                                      "libmp3lame.so.0",   NULL };
static library sndfile = { .name = "libsndfile.so.1", .needs = codecs };

SNDFILE *sf_open_virtual(SF_VIRTUAL_IO *io, int mode, SF_INFO *info, void *user) {
    return library_is_there(&sndfile) ? LIBRARY_CALL(&sndfile, sf_open_virtual, io, mode, info, user)
                                      : NULL;
}

const char *sf_strerror(SNDFILE *file) {
    return library_is_there(&sndfile) ? LIBRARY_CALL(&sndfile, sf_strerror, file) : sndfile.error;
}

int sf_close(SNDFILE *file) {
    return LIBRARY_CALL(&sndfile, sf_close, file);
}

int sf_command(SNDFILE *file, int command, void *data, int size) {
    return LIBRARY_CALL(&sndfile, sf_command, file, command, data, size);
}

int sf_error(SNDFILE *file) {
    return LIBRARY_CALL(&sndfile, sf_error, file);
}

sf_count_t sf_seek(SNDFILE *file, sf_count_t frames, int whence) {
    return LIBRARY_CALL(&sndfile, sf_seek, file, frames, whence);
}

sf_count_t sf_readf_float(SNDFILE *file, float *values, sf_count_t frames) {
    return LIBRARY_CALL(&sndfile, sf_readf_float, file, values, frames);
}

sf_count_t sf_writef_float(SNDFILE *file, const float *values, sf_count_t frames) {
    return LIBRARY_CALL(&sndfile, sf_writef_float, file, values, frames);
}

sf_count_t sf_writef_int(SNDFILE *file, const int *values, sf_count_t frames) {
    return LIBRARY_CALL(&sndfile, sf_writef_int, file, values, frames);
}
