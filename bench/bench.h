/* bench/bench.h -- what the benchmarks share: contexts, voices, samples of time, lines for run.py.
 *
 * Each program prints one line per figure, fields parted by tabs:
 *   bench  name  value  unit  [min  p99  p99.9]
 * value is the median where there are samples. Absolute times are reported, never judged.
 */
#ifndef WAVEPOOL_BENCH_H
#define WAVEPOOL_BENCH_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wavepool/wavepool.h>

enum { BENCH_RATE_HZ = 48000, BENCH_QUANTUM = 128 };
#define BENCH_QUANTUM_NS (1e9 * BENCH_QUANTUM / BENCH_RATE_HZ)

/* A benchmark has no way to go on after an error: say where and why, and end. */
#define CHECK(call)                                                                                    \
    do {                                                                                               \
        const wa_status check_status_ = (call);                                                        \
        if (check_status_ != WA_OK) {                                                                  \
            bench_fail(__FILE__, __LINE__, check_status_);                                             \
        }                                                                                              \
    } while (0)
_Noreturn void bench_fail(const char *file, int line, wa_status status);

/* -- Samples -- */

typedef struct bench_samples {
    double *values;
    uint32_t count, capacity;
} bench_samples;

uint64_t bench_now_ns(void); /* of the wall */
/* Of this thread alone, so that a busy machine disturbs less; a system call: for blocks, not for calls. */
uint64_t bench_cpu_ns(void);
void bench_add(bench_samples *samples, double value);
void bench_free(bench_samples *samples);
double bench_percentile(bench_samples *samples, double fraction); /* sorts */
/* Median, least and tails of the samples less `base`, each divided by `divisor`. */
void bench_report(const char *name, bench_samples *samples, double base, double divisor,
                  const char *unit);
void bench_value(const char *name, double value, const char *unit);

/* -- Contexts: embedded, so that the benchmark decides when a quantum is rendered -- */

typedef struct bench_stage {
    wa_engine *engine;
    wa_context *context;
    float *planes[2];
    const float *input; /* what the host records, one plane; NULL: silence */
} bench_stage;

/* budget_bytes 0: the default. Running, unless is_suspended. */
void bench_open(bench_stage *stage, uint64_t budget_bytes, bool is_suspended);
void bench_close(bench_stage *stage);
void bench_render(bench_stage *stage, uint32_t quantum_count);
/* Render block_count blocks of quanta_per_block and add the ns per quantum of each, in CPU time. */
void bench_sample_quanta(bench_stage *stage, uint32_t block_count, uint32_t quanta_per_block,
                         bench_samples *samples);
uint64_t bench_used_bytes(const bench_stage *stage);

/* -- Graphs -- */

enum { BENCH_VOICE_OSCILLATOR, BENCH_VOICE_FILTER, BENCH_VOICE_GAIN, BENCH_VOICE_PANNER };
enum { BENCH_VOICE_NODES = 4 };
/* Pitch by index, an exponential envelope that falls for ramp_s seconds, and start now. */
void bench_play_voice(wa_context *context, uint32_t index, double ramp_s,
                      const wa_node nodes[BENCH_VOICE_NODES]);
/* Sawtooth -> lowpass -> gain -> panner -> output, fresh, and play it. */
void bench_add_voice(wa_context *context, uint32_t index, wa_node output, double ramp_s,
                     wa_node nodes[BENCH_VOICE_NODES]);
/* The same chain as a pool's template, without envelope and start. */
wa_voice_pool *bench_voice_pool(wa_context *context, wa_node output, uint32_t max_size);
#endif /* WAVEPOOL_BENCH_H */
