/* src/profile/profile.h -- what the render side measures and control reads.
 *
 * Render writes, control reads with relaxed and acquire loads: no lock, no allocation, nothing
 * unbounded.
 *   histogram  log buckets of the load of callbacks: O(1) to add
 *   spans      ns per node type in the quanta that are timed
 *   trace      a ring of fixed-size records; full: dropped and counted
 */
#ifndef WA_SRC_PROFILE_PROFILE_H
#define WA_SRC_PROFILE_PROFILE_H
#include "../limits.h"
#include "wavepool/profiler.h"

typedef struct profile profile;

/* Thread: control */
wa_status profile_create(wa_engine *engine, float sample_rate_hz, uint32_t quantum_frames,
                         profile **made);
void profile_destroy(profile *of);

/* -- Thread: render -- */
uint64_t clock_now_ns(void); /* CLOCK_MONOTONIC */

/* Around one callback (offline: around each block that is rendered). frame: of its first sample. */
void profile_callback_begin(profile *of, uint64_t frame);
void profile_callback_end(profile *of, uint32_t frame_count, uint64_t frame);

/* Begin a quantum. True: time each (level, type) batch of this one. NULL is fine: never timed. */
bool profile_quantum_begin(profile *of, uint64_t frame);
/* After a timed batch: instances of one type at one level took [begin_ns, end_ns). */
void profile_span(profile *of, uint32_t level, wa_node_type type, uint32_t instance_count,
                  uint64_t begin_ns, uint64_t end_ns);
void profile_quantum_end(profile *of, bool is_timed);

/* -- Thread: control -- */

/* While render is not inside: the next callback is the first after a start or resume, so it counts for no
 * miss and no load. (A reset sees to that by itself.) */
void profile_restart(profile *of);
/* What the device says since it was opened; available false: it plays and does not count. From poll. */
void profile_device_underruns(profile *of, bool available, uint64_t event_count, double duration_s);
/* More of them, that the device knows nothing of. From poll. */
void profile_underruns(profile *of, uint64_t event_count, double duration_s);
/* Another one from now on, which begins at 0. */
void profile_device_changed(profile *of);
/* Latency as it is now, of the frames that were played since the last time: for the mean, in which they weigh,
 * and the extremes. None played: nothing. From poll. */
void profile_latency(profile *of, double latency_s, uint64_t frame_count);

/* What only the context knows, gathered by it for a reading. */
typedef struct profile_reading {
    double context_time_s;
    double base_latency_s, output_latency_s;
} profile_reading;
void profile_metrics(const profile *of, const profile_reading *reading, wa_audio_metrics *metrics);
/* The same counts since the profile was made, and latency since its reset, whatever profile_reset() did. */
void profile_playback(const profile *of, const profile_reading *reading, wa_playback_stats *stats);
void profile_reset_latency(profile *of); /* of profile_playback() alone */
void profile_reset(profile *of);
void profile_set_node_timing(profile *of, uint32_t quantum_interval);
uint32_t profile_node_timing(const profile *of);
uint64_t profile_timed_quantum_count(const profile *of);
uint64_t profile_timed_ns(const profile *of); /* of all timed quanta together */
uint32_t profile_type_costs(const profile *of, wa_node_cost *rows, uint32_t capacity);
int profile_log_line(const wa_audio_metrics *metrics, char *line, size_t line_bytes);

wa_status profile_trace_begin(profile *of, uint32_t event_capacity);
wa_status profile_trace_end(profile *of, const char *path);
/* Take in what the ring holds, from poll. */
void profile_trace_drain(profile *of);

/* A pool's line in the snapshot. */
typedef struct profile_pool_row {
    char name[48];
    wa_node_pool_stats stats;
} profile_pool_row;
typedef struct profile_snapshot {
    wa_audio_metrics metrics;
    wa_playback_stats playback;
    wa_memory_stats memory;
    const wa_node_cost *types;
    uint32_t type_count;
    const wa_node_cost *nodes;
    uint32_t node_count;
    const profile_pool_row *pools;
    uint32_t pool_count;
    uint64_t live_node_count, active_node_count, scheduled_source_count;
} profile_snapshot;
/* JSON by a library, copied into memory charged to WA_MEMORY_PROFILE with its size before it, so that
 * wa_string_free (here) can give it back. */
wa_status profile_snapshot_json(wa_engine *engine, const profile_snapshot *snapshot, char **json);
#endif /* WA_SRC_PROFILE_PROFILE_H */
