/* src/nodes/analyser.h -- an Analyser as control sees it, which reads what the node heard. */
#ifndef WA_SRC_NODES_ANALYSER_H
#define WA_SRC_NODES_ANALYSER_H
#include "../boundary/capture.h"
#include "../kernels/magnitudes.h"
#include "../node.h"

static_assert((uint32_t)MAGNITUDES_LENGTH_MAX == (uint32_t)CAPTURE_FRAMES_MAX,
              "the longest window is what is kept");

/* Render looks at none of it: it switches like any config, so that transactions and pools know of it. */
typedef struct analyser_config {
    uint32_t fft_size;
    uint32_t size_change; /* of the context: which one made it that size */
    double min_decibels, max_decibels, smoothing_time_constant;
} analyser_config;

/* The node's state; the blocks of what it heard follow. */
typedef struct analyser {
    /* control: the last spectrum */
    bool has_spectrum;
    uint32_t size_change; /* the config's, when it was made */
    uint64_t end_frame;   /* of the frames that it is of */
    float smoothed[MAGNITUDES_LENGTH_MAX / 2];
    /* both */
    capture heard;
} analyser;

/* Returns: WA_OK | INDEX_SIZE. Thread: control */
wa_status analyser_check_fft_size(uint32_t fft_size);
#endif /* WA_SRC_NODES_ANALYSER_H */
