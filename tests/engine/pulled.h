/* tests/engine/pulled.h -- an engine with one running embedded context that the test itself pulls: edits go
 * through the ring as they do to a render thread, and are applied when the test says so. */
#ifndef WA_TESTS_ENGINE_PULLED_H
#define WA_TESTS_ENGINE_PULLED_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "wavepool/wavepool.h"

enum { PULLED_RATE = 48000, PULLED_QUANTUM = 128, PULLED_CHANNELS_MAX = 8 };

typedef struct pulled {
    wa_engine *engine;
    wa_context *context;
    wa_node destination;
    uint32_t channel_count;
} pulled;

/* Running, 48 kHz, 128 frames, with one input channel. */
pulled pulled_make(uint32_t channel_count);
/* Checks that nothing is left behind: no plane was short, the context and the engine go. */
void pulled_free(pulled *of);

/* The engine gets a copy of the default head-related responses, which are read from their file only once. */
void pulled_lend_hrtf(pulled *of);

/* Into planes that follow each other, frame_count apart; NULL: thrown away. Drains afterwards, so that what
 * came back is in its pool. The input carries a ramp that depends on the frame alone. */
void pulled_render(pulled *of, float *planes, uint32_t frame_count);
void pulled_quanta(pulled *of, uint32_t quantum_count);
double pulled_now_s(const pulled *of);

/* Noise of any seed, the same each time, in [-level, level]. */
wa_buffer noise_buffer(pulled *of, uint32_t channel_count, uint32_t frame_count, float level);
wa_node make_node(pulled *of, wa_node_type type, const void *options);

void assert_ok(wa_status status);
/* The status, and that the message contains the part. */
void assert_error(wa_status status, wa_status wanted, const char *part);
uint64_t allocation_count(const pulled *of);
double energy(const float *frames, size_t count);
#endif /* WA_TESTS_ENGINE_PULLED_H */
