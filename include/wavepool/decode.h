/* wavepool/decode.h -- files to buffers and rendered audio to files.
 *
 * WAV, FLAC, Ogg Vorbis, Opus and MP3 through libsndfile, resampled to the asked rate with soxr. The
 * result is charged to the ledger before decoding; a file that holds less than its header promises is refused.
 */
#ifndef WAVEPOOL_DECODE_H
#define WAVEPOOL_DECODE_H
#include "buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Decode a whole file, resampled to sample_rate_hz (0: the file's own).
 * Returns: WA_OK | IO (cannot be opened) | ENCODING (not audio, damaged, no frames) | NOT_SUPPORTED
 *   (channels, rate) | BUDGET | SEALED. Owns: caller. Thread: any (one call at a time per engine) */
WA_API wa_status wa_decode_file(wa_engine *engine, const char *path, float sample_rate_hz,
                                wa_buffer *buffer);
/* The same from memory: BaseAudioContext.decodeAudioData. */
WA_API wa_status wa_decode_memory(wa_engine *engine, const void *data, size_t data_bytes,
                                  float sample_rate_hz, wa_buffer *buffer);

typedef struct wa_decode_options {
    uint32_t options_bytes;
    float sample_rate_hz;      /* 3000..768000; INIT sets 0: the file's own */
    wa_buffer_storage storage; /* INIT sets FLOAT32; INT16 holds twice as much in the same memory */
} wa_decode_options;
#define WA_DECODE_OPTIONS_INIT                                                                         \
    { (uint32_t)sizeof(wa_decode_options), 0.0f, WA_BUFFER_STORAGE_FLOAT32 }

/* The same two with a choice of storage. A file of 16 bits at its own rate keeps its very samples in a buffer
 * of 16 bits; anything else is rounded to nearest and clipped at full scale, without dither.
 * options NULL: the defaults.
 * Returns: as wa_decode_file | NOT_SUPPORTED (options_bytes unknown; no such storage). Owns: caller.
 * Thread: any (one call at a time per engine) */
WA_API wa_status wa_decode_file_with(wa_engine *engine, const char *path,
                                     const wa_decode_options *options, wa_buffer *buffer);
WA_API wa_status wa_decode_memory_with(wa_engine *engine, const void *data, size_t data_bytes,
                                       const wa_decode_options *options, wa_buffer *buffer);

typedef struct wa_file_writer wa_file_writer;

typedef enum wa_file_format {
    WA_FILE_WAV_FLOAT = 1,
    WA_FILE_WAV_PCM16 = 2,
    WA_FILE_WAV_PCM24 = 3,
    WA_FILE_FLAC_PCM24 = 4,
    WA_FILE_FLAC_PCM16 = 5,
    WA_FILE_FORCE32 = 0x7fffffff
} wa_file_format;

/* Write to a temporary file beside path, renamed by finish: a render that fails leaves no half file.
 * Returns: WA_OK | IO | NOT_SUPPORTED (format with that many channels or that rate) | BUDGET.
 * Owns: caller; finish or abandon. Thread: any, one at a time per writer */
WA_API wa_status wa_file_writer_create(wa_engine *engine, const char *path, wa_file_format format,
                                       uint32_t channel_count, float sample_rate_hz,
                                       wa_file_writer **writer);
/* Returns: WA_OK | IO (disk full ...). */
WA_API wa_status wa_file_writer_write(wa_file_writer *writer, const float *const *planes,
                                      uint32_t frame_count);
/* Both end the writer, whatever they return. */
WA_API wa_status wa_file_writer_finish(wa_file_writer *writer);
WA_API void wa_file_writer_abandon(wa_file_writer *writer);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_DECODE_H */
