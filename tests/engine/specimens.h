/* tests/engine/specimens.h -- one lively node of every type, ready to be fed, driven and heard.
 *
 *   stage s;  stage_open(&s, &specimens[i], &(stage_desc){ .quantum_frames = 100 });
 *   stage_play(&s, planes, 2);                into its input; or stage_noise()
 *   rig_connect_param(s.r, ..., s.node, 0);   s.spans[0] says where the values of param 0 are at home
 *   stage_render(&s);                         s.heard[channel][frame]
 *   stage_close(&s);
 *
 * All edits are made before the first quantum. tests/engine/test_every_type.c fails while a type of
 * node_types.def has no specimen. */
#ifndef WA_TESTS_ENGINE_SPECIMENS_H
#define WA_TESTS_ENGINE_SPECIMENS_H
#include "rig.h"

enum { SPECIMEN_PARAM_MAX = 9, STAGE_FRAMES = 8800, STAGE_CHANNELS = 2 };

typedef enum specimen_flags {
    SPECIMEN_LINEAR = 1, /* what it makes of a sum is the sum of what it makes of each, at any width */
    SPECIMEN_PHASE = 2, /* a wrong value of a param is heard for ever: it moves a phase or a position */
    SPECIMEN_SOURCE = 4,  /* without an input */
    SPECIMEN_K_RATE = 8,  /* its params are k-rate whatever is set, so that the quantum shows in them */
    SPECIMEN_IN_TIME = 16 /* renders embedded: an offline context has nothing for it to hear */
} specimen_flags;

typedef struct stage stage;
typedef struct specimen {
    const char *name;
    wa_node_type type;
    uint32_t flags;
    uint32_t settle_frames; /* at 3000 Hz: after that nothing of a wild signal is left */
    double quantum_db;      /* how far quanta may be apart */
    double settled_db;      /* how far it may be off when it has settled */
    void (*make)(stage *s); /* s->in, or nothing, through the node to s->out */
} specimen;
extern const specimen specimens[];
extern const uint32_t specimen_count;

typedef struct stage_desc {
    uint32_t quantum_frames; /* 0: 128 */
    float sample_rate_hz;    /* 0: 48000 */
    uint32_t frame_count;    /* 0: STAGE_FRAMES */
} stage_desc;

struct stage {
    const specimen *of;
    rig *r;
    wa_node in, out; /* a gain each: what plays, what is heard */
    wa_node node;    /* the one whose params are driven */
    uint32_t param_count;
    struct {
        float low, high;
    } spans[SPECIMEN_PARAM_MAX];
    uint32_t frame_count;
    wa_recording recording; /* {0} but for a Recorder */
    const float *heard[STAGE_CHANNELS];
};

/* engine: all stages of a test share it, so that what is loaded or built once is. */
void stage_open(stage *s, wa_engine *engine, const specimen *of, const stage_desc *desc);
void stage_render(stage *s);
void stage_close(stage *s);

/* A buffer source that plays these planes from a frame on, which may lie between two. Not connected. */
wa_node stage_play(stage *s, const float *const *planes, uint32_t channel_count, uint32_t frame_count,
                   double start_frame);
/* Into the input, from frame 10.3 on to the end; stereo. */
void stage_noise(stage *s);
/* May its rate be set? */
bool stage_is_rate_fixed(stage *s, uint32_t index);
#endif /* WA_TESTS_ENGINE_SPECIMENS_H */
