/* tests/engine/stage.h -- a real-time context of one channel with a source that counts its frames, and what
 * fake devices heard of it. Include after <cmocka.h>.
 */
#ifndef WA_TESTS_ENGINE_STAGE_H
#define WA_TESTS_ENGINE_STAGE_H
#include "fake_device.h"
#include "wavepool/wavepool.h"

enum { STAGE_FRAMES = 1 << 19 };
typedef struct stage {
    wa_engine *engine;
    wa_context *context;
} stage;

wa_context_desc stage_desc(const char *backend, const char *id);
stage stage_make(wa_context_desc desc);
void stage_free(stage *of);        /* and every device is closed, all memory of rings given back */
float stage_frame(uint64_t frame); /* what the source plays */
uint32_t stage_poll(const stage *of, wa_event_type type); /* how many of them there are by now */
/* That many callbacks more of a fake; fails when they do not come. So do the others. */
void stage_wait(uint32_t device, uint64_t callback_count);
void wait_for_frame(const stage *of, uint64_t frame);
bool wait_for_event(const stage *of, wa_event_type type); /* false: it does not come */

/* What the context says of itself. */
void check_device(const stage *of, const char *backend, const char *id);
void check_sink(const stage *of, wa_sink_type type, const char *backend, const char *id);
/* To another device: the clock goes on, and one event tells of it. */
void move(const stage *of, const char *backend, const char *id);

/* What a fake was given, from `at` on. */
typedef struct reading {
    const fake *of;
    uint64_t at;  /* in its log */
    uint64_t end; /* 0: all of it */
} reading;
/* One stretch of sound: the source from frame `first` on (NEVER: from any) to the bit, from zero up within 64
 * frames if it rises; it lands within 64 frames unless the log ends there. Returns the frame after it. */
uint64_t check_stretch(reading *of, uint64_t first, bool rises);
void check_silence(reading *of); /* nothing else follows */
#endif                           /* WA_TESTS_ENGINE_STAGE_H */
