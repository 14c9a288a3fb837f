/* What a page has not got: devices, files and the thread that reads them. Each says so. */
#include "../../device/device.h"
#include "../../error.h"
#include "../../media/worker.h"
#include "../../memory/hrtf_shelf.h"
#include "../../nodes/media_source.h"
#include "../../profile/profile.h"
#include "../../profile/trace.h"
#include "wavepool/decode.h"
#include "wavepool/media.h"
#include "wavepool/profiler.h"

static wa_status left_out(const char *what) {
    return error_set(WA_ERR_NOT_SUPPORTED, "%s: the build for browsers has none", what);
}

wa_status device_open(const char *name, const device_config *config, const wa_device_ops **ops,
                      struct wa_device **opened, device_facts *facts) {
    (void)name, (void)config, (void)ops, (void)opened, (void)facts;
    return left_out("devices (make an embedded context, which the AudioWorklet pulls)");
}

static wa_status open_none(const device_config *config, struct wa_device **opened,
                           device_facts *facts) {
    return device_open(NULL, config, NULL, opened, facts);
}

/* What a lost device gives way to; there is none that could be lost. */
const wa_device_ops wa_device_ops_null = { .name = "null", .open = open_none };

/* -- Files: no media or recording can be opened, so nothing is ever given to the worker -- */

void worker_take_in_hand(wa_engine *engine, job *taken) {
    (void)engine, (void)taken;
}

void worker_let_go(wa_engine *engine, job *of) {
    (void)engine, (void)of;
}

void worker_wake(wa_engine *engine) {
    (void)engine;
}

/* Of a type that is left out with the files. */
void media_source_prepare(const media_source_config *config, void *state) {
    (void)config, (void)state;
}

wa_status trace_save(const trace_log *of, double sample_rate_hz, const char *path) {
    (void)of, (void)sample_rate_hz, (void)path;
    return left_out("files for traces");
}

wa_status profile_snapshot_json(wa_engine *engine, const profile_snapshot *snapshot, char **json) {
    (void)engine, (void)snapshot, (void)json;
    return left_out("snapshots as JSON");
}

/* There are none. */
void wa_string_free(char *string) {
    (void)string;
}

wa_status wa_media_open(wa_engine *engine, const char *path, const wa_media_options *options,
                        wa_media *media) {
    (void)engine, (void)path, (void)options, (void)media;
    return left_out("files that are played while they are read");
}

wa_status wa_media_close(wa_engine *engine, wa_media media) {
    (void)engine, (void)media;
    return left_out("files that are played while they are read");
}

wa_status wa_decode_memory(wa_engine *engine, const void *data, size_t data_bytes, float sample_rate_hz,
                           wa_buffer *buffer) {
    (void)engine, (void)data, (void)data_bytes, (void)sample_rate_hz, (void)buffer;
    return left_out("decoders (the browser's decodes)");
}
