/* SOFA files through libmysofa, which is only asked once kind and size of the file are known, and by its name:
 * its reader of memory runs over the end of files that are cut short (1.3.1). What it makes of a file is
 * checked once more, for its own checks trust the file in places. */
#include "hrtf.h"
#include "../error.h"
#include "../memory/buffers.h"
#include "../memory/hrtf_shelf.h"
#include "hrtf_build.h"
#include "wavepool/node.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <mysofa.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where libmysofa's own data lie: beside the library that we were built with, or where Debian has them. */
static const char *const default_paths[] = { WA_HRTF_DEFAULT_PATH, "/usr/share/libmysofa/default.sofa",
                                             "/usr/local/share/libmysofa/default.sofa" };

/* -- The file ----------------------------------------------------------------------------------- */

static wa_status check_kind(const char *path, const struct stat *info) {
    if (!S_ISREG(info->st_mode)) {
        return error_set(WA_ERR_IO, "%s: is no regular file", path);
    }
    if (info->st_size <= 0 || info->st_size > WA_HRTF_FILE_BYTES_MAX) {
        return error_set(info->st_size <= 0 ? WA_ERR_ENCODING : WA_ERR_NOT_SUPPORTED,
                         "%s: has %lld bytes, allowed are 1 to %d", path, (long long)info->st_size,
                         WA_HRTF_FILE_BYTES_MAX);
    }
    return WA_OK;
}

static wa_status check_file(const char *path) {
    /* O_NONBLOCK: a pipe without a writer must not hold the caller. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info = { 0 };
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        const wa_status status =
            error_set(WA_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
        if (descriptor >= 0) {
            close(descriptor);
        }
        return status;
    }
    close(descriptor);
    return check_kind(path, &info);
}

/* -- What libmysofa makes of it ----------------------------------------------------------------- */

static bool has(const struct MYSOFA_ARRAY *array, uint64_t count) {
    return array->values != NULL && array->elements >= count;
}

static wa_status check_shape(const char *path, struct MYSOFA_HRTF *hrtf) {
    const uint64_t directions = hrtf->M, frames = hrtf->N;
    const bool is_whole = hrtf->R == 2 && hrtf->C == 3 && directions > 0 && frames > 0 &&
                          directions <= WA_HRTF_DIRECTION_COUNT_MAX && frames <= UINT32_MAX / 2 &&
                          has(&hrtf->DataSamplingRate, 1) &&
                          has(&hrtf->SourcePosition, 3 * directions) &&
                          has(&hrtf->DataIR, 2 * directions * frames) && has(&hrtf->DataDelay, 2) &&
                          has(&hrtf->ReceiverPosition, 6);
    if (!is_whole) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "%s: says %u directions of %u frames for %u ears, and holds %u numbers; "
                         "allowed are %d directions",
                         path, hrtf->M, hrtf->N, hrtf->R, hrtf->DataIR.elements,
                         WA_HRTF_DIRECTION_COUNT_MAX);
    }
    return mysofa_check(hrtf) == MYSOFA_OK
               ? WA_OK
               : error_set(WA_ERR_NOT_SUPPORTED,
                           "%s: is no set of responses in free field (SimpleFreeFieldHRIR, two ears)",
                           path);
}

/* Azimuth (to the left) and elevation in degrees, and radius, to x, y, z. */
static void to_cartesian(float *at) {
    const double degree = 3.14159265358979323846 / 180.0;
    const double azimuth = (double)at[0] * degree, elevation = (double)at[1] * degree;
    const double radius = (double)at[2], level = radius * cos(elevation);
    at[0] = (float)(level * cos(azimuth));
    at[1] = (float)(level * sin(azimuth));
    at[2] = (float)(radius * sin(elevation));
}

static wa_status make_cartesian(const char *path, struct MYSOFA_HRTF *hrtf) {
    char key[] = "Type";
    const char *type = mysofa_getAttribute(hrtf->SourcePosition.attributes, key);
    if (type != NULL && strcmp(type, "cartesian") == 0) {
        return WA_OK;
    }
    if (type == NULL || strcmp(type, "spherical") != 0) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "%s: its source positions are neither spherical nor cartesian", path);
    }
    for (size_t direction = 0; direction < hrtf->M; direction++) {
        to_cartesian(hrtf->SourcePosition.values + 3 * direction);
    }
    return WA_OK;
}

static wa_status build(wa_engine *engine, const char *path, struct MYSOFA_HRTF *hrtf, double rate_hz,
                       wa_hrtf_data **set) {
    wa_status status = check_shape(path, hrtf);
    if (status == WA_OK) {
        status = make_cartesian(path, hrtf);
    }
    if (status != WA_OK) {
        return status;
    }
    const float *ears = hrtf->ReceiverPosition.values;
    const hrtf_measured measured = {
        .name = path,
        .sample_rate_hz = (double)hrtf->DataSamplingRate.values[0],
        .direction_count = hrtf->M,
        .frame_count = hrtf->N,
        .positions = hrtf->SourcePosition.values,
        .responses = hrtf->DataIR.values,
        .delays = hrtf->DataDelay.values,
        .has_delay_each = hrtf->M > 1 && has(&hrtf->DataDelay, 2 * (uint64_t)hrtf->M),
        .is_right_first = ears[1] < ears[4], /* y points to the left */
    };
    return hrtf_build(engine, &measured, rate_hz, set);
}

static wa_status load(wa_engine *engine, const char *path, double rate_hz, wa_hrtf_data **set) {
    wa_status status = check_file(path);
    if (status != WA_OK) {
        return status;
    }
    int failure = MYSOFA_OK;
    struct MYSOFA_HRTF *hrtf = mysofa_load(path, &failure);
    if (hrtf == NULL) {
        return failure == MYSOFA_NO_MEMORY
                   ? error_set(WA_ERR_SYSTEM_MEMORY, "%s: the system has no memory for it", path)
                   : error_set(WA_ERR_ENCODING, "%s: is no SOFA file, or a damaged one (%d)", path,
                               failure);
    }
    status = build(engine, path, hrtf, rate_hz, set);
    mysofa_free(hrtf);
    return status;
}

static wa_status load_default(wa_engine *engine, double rate_hz, wa_hrtf_data **set) {
    const uint32_t count = sizeof default_paths / sizeof default_paths[0];
    for (uint32_t index = 0; index < count; index++) {
        if (access(default_paths[index], F_OK) == 0) {
            return load(engine, default_paths[index], rate_hz, set);
        }
    }
    return error_set(WA_ERR_IO,
                     "the default HRTF set is not there: %s (Debian package libmysofa1); name another "
                     "with wa_engine_load_hrtf",
                     default_paths[0]);
}

static wa_status load_source(wa_engine *engine, const char *path, double rate_hz, wa_hrtf_data **set) {
    return path[0] != '\0' ? load(engine, path, rate_hz, set) : load_default(engine, rate_hz, set);
}

/* -- For contexts, and for users ---------------------------------------------------------------- */

wa_status hrtf_for_rate(wa_engine *engine, double sample_rate_hz, const wa_resource **set) {
    char path[HRTF_PATH_BYTES];
    wa_hrtf_data *found = hrtf_shelf_find(engine, sample_rate_hz);
    wa_status status = WA_OK;
    if (found == NULL) {
        const uint32_t number = hrtf_shelf_source(engine, path);
        status = load_source(engine, path, sample_rate_hz, &found);
        if (status == WA_OK) {
            status = hrtf_shelf_add(engine, number, &found);
        }
    }
    if (status == WA_OK) {
        *set = &found->resource;
    }
    return status;
}

wa_status wa_engine_load_hrtf(wa_engine *engine, const char *path, float sample_rate_hz) {
    if (engine == NULL) {
        return error_set(WA_ERR_TYPE, "engine is NULL");
    }
    if (!(sample_rate_hz >= WA_SAMPLE_RATE_MIN_HZ && sample_rate_hz <= WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "sample_rate_hz is %g, its range is [%g, %g]",
                         (double)sample_rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ,
                         (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    path = path != NULL ? path : "";
    if (strlen(path) >= HRTF_PATH_BYTES) {
        return error_set(WA_ERR_NOT_SUPPORTED, "path has %zu bytes, at most %d", strlen(path),
                         HRTF_PATH_BYTES - 1);
    }
    char now[HRTF_PATH_BYTES];
    (void)hrtf_shelf_source(engine, now);
    if (strcmp(path, now) == 0) { /* the same source: what is there stays */
        const wa_resource *set = NULL;
        const wa_status status = hrtf_for_rate(engine, (double)sample_rate_hz, &set);
        resource_unreference(engine, set);
        return status;
    }
    wa_hrtf_data *set = NULL;
    const wa_status status = load_source(engine, path, (double)sample_rate_hz, &set);
    return status == WA_OK ? hrtf_shelf_replace(engine, path, set) : status;
}
