/* tests/engine/rig.h -- an engine and one context, rendered piece by piece or all at once.
 *
 *   rig *r = rig_create(&(rig_desc){ .channel_count = 2 });     embedded unless kind says otherwise
 *   wa_node tone = rig_constant(r, 0.5f);                       plays from frame 0
 *   rig_connect(r, tone, r->out);
 *   rig_render(r, 256);                                         r->planes[channel][0..256)
 *   rig_destroy(r);
 *
 * An embedded rig renders on: edits go between two calls and are in time for the next quantum. An offline
 * rig renders once, to its length, and edits in on_suspended. Everything is an assert of cmocka; a refused
 * call fails with the engine's own message. Include after <cmocka.h>.
 */
#ifndef WA_TESTS_ENGINE_RIG_H
#define WA_TESTS_ENGINE_RIG_H
#include "wavepool/wavepool.h"

enum { RIG_CHANNEL_COUNT_MAX = 32 };

typedef struct rig_desc {
    wa_context_kind kind;         /* 0: embedded */
    float sample_rate_hz;         /* 0: 48000 */
    uint32_t quantum_frames;      /* 0: 128 */
    uint32_t channel_count;       /* 0: 1 */
    uint32_t input_channel_count; /* embedded */
    uint64_t length_frames;       /* offline */
    bool is_gathering;
    bool
        is_live; /* embedded: edits arrive as they would while another thread renders, many over several
                     quanta; else all of them are in time for the next rig_render() */
    bool is_left_suspended; /* embedded: not resumed */
    uint64_t budget_bytes;  /* 0: the default */
    wa_engine *engine;      /* NULL: one of its own */
} rig_desc;

typedef struct rig {
    wa_engine *engine;
    wa_context *context;
    wa_node out; /* the destination */
    bool owns_engine, is_live;
    uint32_t channel_count, quantum_frames;
    double rate;
    uint64_t frame_count; /* rendered so far */
    uint64_t capacity;
    float *planes[RIG_CHANNEL_COUNT_MAX]; /* [frame_count], all since the rig was made */
    float *inputs[RIG_CHANNEL_COUNT_MAX]; /* embedded: [frames of the next render], set by the test, or
                                             NULL: silence */
} rig;

rig *rig_create(const rig_desc *desc); /* NULL: the defaults; embedded ones run */
void rig_destroy(rig *r);              /* and its engine must be destroyed without complaint */

/* Embedded: frame_count more. Returns where they begin, for channel 0. */
const float *rig_render(rig *r, uint32_t frame_count);
/* Offline: all of it. on_suspended may be NULL. */
void rig_render_offline(rig *r, wa_suspended_fn on_suspended, void *user);
/* Embedded: frame_count more, not kept. */
void rig_skip(rig *r, uint32_t frame_count);

/* Nodes; sources are started at 0. options NULL: defaults. */
wa_node rig_node(rig *r, wa_node_type type, const void *options);
wa_node rig_gain(rig *r, float gain);
wa_node rig_constant(rig *r, float offset);
wa_node rig_sine(rig *r, float frequency_hz);
wa_node rig_delay(rig *r, double max_s, double delay_s);
wa_node rig_splitter(rig *r, uint32_t output_count);
wa_node rig_merger(rig *r, uint32_t input_count);
/* channel_count constant sources merged: channel c carries values[c]. */
wa_node rig_constants(rig *r, const float *values, uint32_t channel_count);
wa_buffer rig_buffer(rig *r, uint32_t channel_count, uint64_t frame_count); /* zeros */
wa_node rig_play(rig *r, wa_buffer buffer, double when_s);                  /* a buffer source */
wa_node rig_impulse(rig *r, float value, double when_s);                    /* one frame */
wa_node rig_noise(rig *r, uint32_t channel_count, uint64_t frame_count, uint32_t seed);

void rig_connect(rig *r, wa_node source, wa_node destination);
void rig_connect_ports(rig *r, wa_node source, uint32_t output, wa_node destination, uint32_t input);
void rig_connect_param(rig *r, wa_node source, wa_node target, uint32_t param_index);
void rig_release(rig *r, wa_node node, wa_release_mode mode);
double rig_frames_s(const rig *r, double frames);

/* What is alive and what is processed, all of the context; the destination counts. */
uint32_t rig_node_count(const rig *r);
uint32_t rig_awake_count(const rig *r);
uint64_t rig_used_bytes(const rig *r);
/* Poll until nothing more comes; returns how many events of `type` there were. */
uint32_t rig_poll(rig *r, wa_event_type type);

/* -- numbers -- */
uint32_t rig_random(uint32_t *state);   /* xorshift; *state is not 0 */
float rig_random_unit(uint32_t *state); /* [-1, 1) */
/* 10 log10 of the energy of (got - want) over that of want; -400 if equal. Fails on NaN. */
double rig_error_db(const float *got, const double *want, uint64_t frame_count);

/* -- asserts -- */
#define assert_ok(call) rig_check_status((call), WA_OK, NULL, #call, __FILE__, __LINE__)
/* The status, and a word that the message must name. */
#define assert_refused(call, status, word)                                                             \
    rig_check_status((call), (status), (word), #call, __FILE__, __LINE__)
void rig_check_status(wa_status got, wa_status wanted, const char *word, const char *call,
                      const char *file, int line);
/* To the bit, with the first frame that differs. */
#define assert_same(got, want, frames) rig_check_same((got), (want), (frames), __FILE__, __LINE__)
#define assert_all(got, want, frames)  rig_check_all((got), (want), (frames), __FILE__, __LINE__)
void rig_check_same(const float *got, const float *want, uint64_t frames, const char *file, int line);
void rig_check_all(const float *got, float want, uint64_t frames, const char *file, int line);
#endif /* WA_TESTS_ENGINE_RIG_H */
