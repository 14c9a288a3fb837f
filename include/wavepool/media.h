/* wavepool/media.h -- files that are played while they are read, and written while they are heard.
 *
 *   media      a file of any length, played by a MediaSource node   (HTMLMediaElement, as far as it is sound)
 *   recording  a file that a Recorder node fills                     (no counterpart in Web Audio 1.1)
 *
 * Both belong to the engine and to one node at a time. Between file and node lies a ring of fixed size, charged
 * to the ledger (decode); one worker thread per engine reads and writes the files. The render side never waits
 * for it: a media whose frames come late is silent meanwhile, a recording whose file is too slow has silence in
 * place of what was lost, and both are counted. An offline render waits instead, and loses nothing.
 *
 * What a node holds stays alive whatever its owner does. Handle errors: STALE_HANDLE, RELEASED, FOREIGN_HANDLE,
 * WRONG_TYPE. Thread of every call: control.
 */
#ifndef WAVEPOOL_MEDIA_H
#define WAVEPOOL_MEDIA_H
#include "decode.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wa_media {
    uint64_t id;
} wa_media;

typedef struct wa_recording {
    uint64_t id;
} wa_recording;

/* -- Media ------------------------------------------------------------------------------------- */

typedef struct wa_media_options {
    uint32_t options_bytes;
    float sample_rate_hz; /* of the context that will play it; INIT sets 0: the file's own */
    double ring_s;        /* how much is decoded ahead, [0.05, 60]; INIT sets 0.5 */
} wa_media_options;
#define WA_MEDIA_OPTIONS_INIT                                                                          \
    { (uint32_t)sizeof(wa_media_options), 0.0f, 0.5 }

/* Open a file to be played; its beginning is decoded at once. What wa_decode_file reads, resampled alike.
 * options NULL: the defaults.
 * Returns: WA_OK | IO (cannot be opened) | ENCODING (not audio, no frames, says no length, cannot be sought in)
 *   | NOT_SUPPORTED (channels, rate; options_bytes) | RANGE (ring_s) | TYPE | BUDGET | SEALED | SYSTEM_MEMORY
 *   | LIMIT. Owns: caller; wa_media_close(). */
WA_API wa_status wa_media_open(wa_engine *engine, const char *path, const wa_media_options *options,
                               wa_media *media);

/* Drop the caller's reference. A node that has it plays on; once it lets go the file is closed.
 * Returns: WA_OK | handle errors. */
WA_API wa_status wa_media_close(wa_engine *engine, wa_media media);

typedef struct wa_media_info {
    uint32_t channel_count;
    float sample_rate_hz;      /* at which it plays */
    float file_sample_rate_hz; /* of the file */
    uint64_t frame_count;      /* at sample_rate_hz */
    double duration_s;
    uint64_t memory_bytes; /* as charged */
} wa_media_info;
/* Returns: WA_OK | TYPE | handle errors. */
WA_API wa_status wa_media_get_info(const wa_engine *engine, wa_media media, wa_media_info *info);

enum { WA_MEDIA_MESSAGE_BYTES = 256 };
typedef struct wa_media_stats {
    double buffered_s;                          /* decoded, not yet played */
    double ring_s;                              /* the most that can be */
    uint64_t underflow_count, underflow_frames; /* gaps because frames came late, and their length */
    wa_status status; /* WA_OK; else why it cannot be read any further: IO, ENCODING, SYSTEM_MEMORY */
    char message[WA_MEDIA_MESSAGE_BYTES]; /* "" or one line */
} wa_media_stats;
/* Returns: WA_OK | TYPE | handle errors. */
WA_API wa_status wa_media_get_stats(const wa_engine *engine, wa_media media, wa_media_stats *stats);

/* -- Recordings -------------------------------------------------------------------------------- */

typedef struct wa_recording_options {
    uint32_t options_bytes;
    wa_file_format format;  /* INIT sets WAV_FLOAT */
    uint32_t channel_count; /* what the format allows; INIT sets 2 */
    float sample_rate_hz;   /* of the context that will be recorded; INIT sets 48000 */
    double ring_s;          /* how long the file may keep it waiting, [0.05, 60]; INIT sets 1 */
} wa_recording_options;
#define WA_RECORDING_OPTIONS_INIT                                                                      \
    { (uint32_t)sizeof(wa_recording_options), WA_FILE_WAV_FLOAT, 2, 48000.0f, 1.0 }

/* Make a file beside path, renamed to path once it is finished. options NULL: the defaults.
 * Returns: WA_OK | IO (cannot be made) | NOT_SUPPORTED (format with that many channels or that rate;
 *   options_bytes) | RANGE (ring_s) | TYPE | BUDGET | SEALED | SYSTEM_MEMORY | LIMIT.
 * Owns: caller; wa_recording_close() or _abandon(). */
WA_API wa_status wa_recording_open(wa_engine *engine, const char *path,
                                   const wa_recording_options *options, wa_recording *recording);

/* End it here if its node has not stopped it, write what has come so far, finish the file, and drop the
 * caller's reference, whatever it returns. Waits for the file.
 * Returns: WA_OK | IO (it could not be written; no file is left) | handle errors. */
WA_API wa_status wa_recording_close(wa_engine *engine, wa_recording recording);
/* The same, and no file is left; one that was finished before stays. Returns: WA_OK | handle errors. */
WA_API wa_status wa_recording_abandon(wa_engine *engine, wa_recording recording);

typedef struct wa_recording_stats {
    uint64_t recorded_frames;             /* since its start, lost ones included */
    uint64_t written_frames;              /* of these in the file */
    uint64_t loss_count, lost_frames;     /* gaps because the file was too slow: silence in the file */
    uint64_t memory_bytes;                /* as charged */
    bool is_finished;                     /* the file is whole and has its name */
    wa_status status;                     /* WA_OK; else why it failed: IO */
    char message[WA_MEDIA_MESSAGE_BYTES]; /* "" or one line */
} wa_recording_stats;
/* Returns: WA_OK | TYPE | handle errors. */
WA_API wa_status wa_recording_get_stats(const wa_engine *engine, wa_recording recording,
                                        wa_recording_stats *stats);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_MEDIA_H */
