/* tests/wasm/scenes.h -- small graphs, one or more for each node type that a page has: rendered by the native
 * engine and by the module, and compared. */
#ifndef WA_TESTS_WASM_SCENES_H
#define WA_TESTS_WASM_SCENES_H
#include <wavepool/wavepool.h>

enum { SCENE_FRAMES = 24000, SCENE_CHANNELS = 2, SCENE_RATE_HZ = 48000, SCENE_QUANTUM = 128 };

uint32_t scene_count(void);
const char *scene_name(uint32_t index);
/* planes[SCENE_CHANNELS][SCENE_FRAMES]; the first failing call's status. */
wa_status scene_render(wa_engine *engine, uint32_t index, float *planes);

/* Voices of a synthesizer, for timing: saw -> lowpass -> exponential envelope -> pan -> bus. */
wa_status voices_open(wa_engine *engine, uint32_t voice_count, wa_context **context);
void voices_render(wa_context *context, uint32_t quantum_count);
#endif /* WA_TESTS_WASM_SCENES_H */
