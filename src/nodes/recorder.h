/* src/nodes/recorder.h -- what control must know of a Recorder's config. */
#ifndef WA_SRC_NODES_RECORDER_H
#define WA_SRC_NODES_RECORDER_H
#include "../boundary/tape.h"

typedef struct recorder_config {
    const wa_resource *recording;   /* NULL: none */
    double start_frame, stop_frame; /* of the context; infinite: never */
} recorder_config;

static inline tape *recorder_tape(const recorder_config *config) {
    assert(config->recording == NULL || config->recording->kind == WA_RESOURCE_RECORDING);
    return (tape *)(uintptr_t)config->recording; /* const is about who holds it */
}
#endif /* WA_SRC_NODES_RECORDER_H */
