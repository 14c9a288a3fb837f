/* tests/engine/lives.h -- what a node can go through before it comes back, and what is then asked of it. */
#ifndef WA_TESTS_ENGINE_LIVES_H
#define WA_TESTS_ENGINE_LIVES_H
#include "pulled.h"

enum { LIFE_QUANTA = 12, PROBE_QUANTA = 8, PROBE_COUNT = 6, NOTE_COUNT_MAX = 256, MEDIA_MAX = 16 };

typedef enum life_flags {
    LIFE_INPUTS = 1,       /* loud noise on every input */
    LIFE_PARAM_INPUTS = 2, /* and on every param */
    LIFE_AUTOMATED = 4,    /* every method on every param, some of it far in the future */
    LIFE_NAN = 8,          /* NaN through all of it, then noise again */
    LIFE_HUGE = 16,        /* 3e38 */
    LIFE_CHANNELS = 32,    /* channelCount, mode and interpretation changed again and again */
    LIFE_ATTRIBUTES = 64,  /* type, wave, buffer, loop */
    LIFE_CYCLE = 128,      /* its output comes back to its input: a delay is split, others are muted */
    LIFE_STARTED = 256,    /* sources */
    LIFE_STOPPED = 512,    /* and stopped halfway */
    LIFE_WAITING = 1024,   /* sources: start lies far ahead */
    LIFE_ALL = LIFE_WAITING - 1,
} life_flags;

/* What lives, probes and factories use beside the node: made once for a context. */
typedef struct props {
    pulled *of;
    wa_buffer noise, burst, loop;
    wa_periodic_wave wave;
    wa_processor holder;              /* two params, and a state that the next life must not see */
    wa_node loud, poison, huge, back; /* sources that play all the time; a gain for the way back */
    wa_media medias[MEDIA_MAX];       /* made when they are needed: each is one node's */
    wa_recording recordings[MEDIA_MAX];
    uint32_t media_count, recording_count;
} props;

props props_make(pulled *of);
void props_free(props *with);

/* LIFE_QUANTA quanta of it, for all of them at once. */
void live(props *with, const wa_node *nodes, uint32_t count, uint32_t life);

/* What a probe was told: statuses and values, beside what it heard. */
typedef struct notes {
    uint32_t count;
    double values[NOTE_COUNT_MAX];
} notes;

/* Probe `index` of the node: PROBE_QUANTA quanta into planes, the node's outputs connected meanwhile. Of a
 * Recorder it is what its file says. */
void probe(props *with, wa_node node, uint32_t index, float *planes, notes *told);
#endif /* WA_TESTS_ENGINE_LIVES_H */
