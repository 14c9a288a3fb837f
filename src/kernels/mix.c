/* Channel mixing as a table: each target channel is a row of at most five weighted source channels, and
 * one loop per row length does all layouts. Weights are those of Web Audio 1.1, "speakers" layouts
 *
 *   1: M    2: L R    4: L R SL SR    6: L R C LFE SL SR
 */
#include "mix.h"
#include "../limits.h"
#include "variants.h"
#include <assert.h>
#include <string.h>

enum { TERM_COUNT_MAX = 5, ROW_COUNT_MAX = 6 };
#define ROOT_HALF 0.70710678118654752f

typedef struct mix_term {
    uint8_t channel;
    float weight;
} mix_term;

typedef struct mix_row {
    uint32_t term_count; /* 0: this target channel is silent */
    mix_term terms[TERM_COUNT_MAX];
} mix_row;

typedef struct mix_layout {
    uint32_t source_count, target_count;
    mix_row rows[ROW_COUNT_MAX];
} mix_layout;

#define ROW0                                                                                           \
    {                                                                                                  \
        0, {                                                                                           \
            { 0, 0.0f }                                                                                \
        }                                                                                              \
    }
#define ROW1(a)                                                                                        \
    {                                                                                                  \
        1, {                                                                                           \
            { a, 1.0f }                                                                                \
        }                                                                                              \
    }
#define ROW2(a, wa, b, wb)                                                                             \
    {                                                                                                  \
        2, {                                                                                           \
            { a, wa }, {                                                                               \
                b, wb                                                                                  \
            }                                                                                          \
        }                                                                                              \
    }
#define ROW3(a, b, wb, c, wc)                                                                          \
    {                                                                                                  \
        3, {                                                                                           \
            { a, 1.0f }, { b, wb }, {                                                                  \
                c, wc                                                                                  \
            }                                                                                          \
        }                                                                                              \
    }
#define ROW4(a, b, c, d, w)                                                                            \
    {                                                                                                  \
        4, {                                                                                           \
            { a, w }, { b, w }, { c, w }, {                                                            \
                d, w                                                                                   \
            }                                                                                          \
        }                                                                                              \
    }
#define ROW5(lr, c, surrounds)                                                                         \
    {                                                                                                  \
        5, {                                                                                           \
            { 0, lr }, { 1, lr }, { 2, c }, { 4, surrounds }, {                                        \
                5, surrounds                                                                           \
            }                                                                                          \
        }                                                                                              \
    }

static const mix_layout layouts[] = {
    { 1, 2, { ROW1(0), ROW1(0) } },
    { 1, 4, { ROW1(0), ROW1(0), ROW0, ROW0 } },
    { 1, 6, { ROW0, ROW0, ROW1(0), ROW0, ROW0, ROW0 } },
    { 2, 1, { ROW2(0, 0.5f, 1, 0.5f) } },
    { 2, 4, { ROW1(0), ROW1(1), ROW0, ROW0 } },
    { 2, 6, { ROW1(0), ROW1(1), ROW0, ROW0, ROW0, ROW0 } },
    { 4, 1, { ROW4(0, 1, 2, 3, 0.25f) } },
    { 4, 2, { ROW2(0, 0.5f, 2, 0.5f), ROW2(1, 0.5f, 3, 0.5f) } },
    { 4, 6, { ROW1(0), ROW1(1), ROW0, ROW0, ROW1(2), ROW1(3) } },
    { 6, 1, { ROW5(ROOT_HALF, 1.0f, 0.5f) } },
    { 6, 2, { ROW3(0, 2, ROOT_HALF, 4, ROOT_HALF), ROW3(1, 2, ROOT_HALF, 5, ROOT_HALF) } },
    { 6, 4, { ROW2(0, 1.0f, 2, ROOT_HALF), ROW2(1, 1.0f, 2, ROOT_HALF), ROW1(4), ROW1(5) } },
};

/* NULL: these two counts mix as "discrete". */
static const mix_layout *layout_of(uint32_t source_count, uint32_t target_count) {
    for (uint32_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (layouts[i].source_count == source_count && layouts[i].target_count == target_count) {
            return &layouts[i];
        }
    }
    return NULL;
}

void kernel_zero(float *out, uint32_t frames) {
    memset(out, 0, frames * sizeof *out);
}

void kernel_copy(float *out, const float *in, uint32_t frames) {
    memcpy(out, in, frames * sizeof *out);
}

KERNEL_LOOP void kernel_add(float *restrict out, const float *restrict in, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        out[i] += in[i];
    }
}

KERNEL_LOOP static void row_2(float *restrict out, const mix_row *row, const float *const *source,
                              bool is_add, uint32_t frames) {
    const float *restrict a = source[row->terms[0].channel], *restrict b =
                                                                 source[row->terms[1].channel];
    const float weight_a = row->terms[0].weight, weight_b = row->terms[1].weight;
    for (uint32_t i = 0; i < frames; i++) {
        const float sum = weight_a * a[i] + weight_b * b[i];
        out[i] = is_add ? out[i] + sum : sum;
    }
}

KERNEL_LOOP static void row_3(float *restrict out, const mix_row *row, const float *const *source,
                              bool is_add, uint32_t frames) {
    const float *restrict a = source[row->terms[0].channel], *restrict b =
                                                                 source[row->terms[1].channel];
    const float *restrict c = source[row->terms[2].channel];
    const float weight_b = row->terms[1].weight, weight_c = row->terms[2].weight;
    for (uint32_t i = 0; i < frames; i++) {
        const float sum = a[i] + weight_b * b[i] + weight_c * c[i];
        out[i] = is_add ? out[i] + sum : sum;
    }
}

KERNEL_LOOP static void row_4(float *restrict out, const mix_row *row, const float *const *source,
                              bool is_add, uint32_t frames) {
    const float *restrict a = source[row->terms[0].channel], *restrict b =
                                                                 source[row->terms[1].channel];
    const float *restrict c = source[row->terms[2].channel], *restrict d =
                                                                 source[row->terms[3].channel];
    const float weight = row->terms[0].weight;
    for (uint32_t i = 0; i < frames; i++) {
        const float sum = weight * ((a[i] + b[i]) + (c[i] + d[i]));
        out[i] = is_add ? out[i] + sum : sum;
    }
}

KERNEL_LOOP static void row_5(float *restrict out, const mix_row *row, const float *const *source,
                              bool is_add, uint32_t frames) {
    const float *restrict a = source[row->terms[0].channel], *restrict b =
                                                                 source[row->terms[1].channel];
    const float *restrict c = source[row->terms[2].channel], *restrict d =
                                                                 source[row->terms[3].channel];
    const float *restrict e = source[row->terms[4].channel];
    const float fronts = row->terms[0].weight, surrounds = row->terms[3].weight;
    for (uint32_t i = 0; i < frames; i++) {
        const float sum = fronts * (a[i] + b[i]) + c[i] + surrounds * (d[i] + e[i]);
        out[i] = is_add ? out[i] + sum : sum;
    }
}

static inline void row_1(float *out, const mix_row *row, const float *const *source, bool is_add,
                         uint32_t frames) {
    assert(row->terms[0].weight == 1.0f);
    if (is_add) {
        kernel_add(out, source[row->terms[0].channel], frames);
    } else {
        kernel_copy(out, source[row->terms[0].channel], frames);
    }
}

static inline void row_0(float *out, bool is_add, uint32_t frames) {
    if (!is_add) {
        kernel_zero(out, frames);
    }
}

static inline void row_mix(float *out, const mix_row *row, const float *const *source, bool is_add,
                           uint32_t frames) {
    assert(row->term_count <= TERM_COUNT_MAX);
    switch (row->term_count) {
    case 0:
        row_0(out, is_add, frames);
        break;
    case 1:
        row_1(out, row, source, is_add, frames);
        break;
    case 2:
        row_2(out, row, source, is_add, frames);
        break;
    case 3:
        row_3(out, row, source, is_add, frames);
        break;
    case 4:
        row_4(out, row, source, is_add, frames);
        break;
    default:
        row_5(out, row, source, is_add, frames);
        break;
    }
}

/* Equal counts are the common case of both interpretations, so that is asked before any table. */
static inline void mix(float *const *destination, uint32_t target_count, const float *const *source,
                       uint32_t source_count, bool is_speakers, bool is_add, uint32_t frames) {
    assert(target_count >= 1 && target_count <= WA_CHANNEL_COUNT_MAX);
    assert(source_count >= 1 && source_count <= WA_CHANNEL_COUNT_MAX);
    const mix_layout *layout =
        is_speakers && source_count != target_count ? layout_of(source_count, target_count) : NULL;
    if (layout != NULL) {
        for (uint32_t channel = 0; channel < target_count; channel++) {
            row_mix(destination[channel], &layout->rows[channel], source, is_add, frames);
        }
        return;
    }
    for (uint32_t channel = 0; channel < target_count; channel++) {
        if (channel >= source_count) {
            row_0(destination[channel], is_add, frames);
        } else if (is_add) {
            kernel_add(destination[channel], source[channel], frames);
        } else {
            kernel_copy(destination[channel], source[channel], frames);
        }
    }
}

void kernel_mix_set(float *const *destination, uint32_t target_count, const float *const *source,
                    uint32_t source_count, bool is_speakers, uint32_t frames) {
    mix(destination, target_count, source, source_count, is_speakers, false, frames);
}

void kernel_mix_add(float *const *destination, uint32_t target_count, const float *const *source,
                    uint32_t source_count, bool is_speakers, uint32_t frames) {
    mix(destination, target_count, source, source_count, is_speakers, true, frames);
}

/* From the index, not by adding up steps: a long quantum ends where it should. */
KERNEL_LOOP void kernel_ramp(float *plane, float from, float to, uint32_t frames) {
    const float step = (to - from) / (float)frames;
    for (uint32_t i = 0; i < frames; i++) {
        plane[i] *= from + step * (float)(int32_t)i;
    }
}

KERNEL_LOOP void kernel_sanitize(float *plane, float fallback, float min, float max, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        const float number = plane[i] == plane[i] ? plane[i] : fallback;
        const float floored = number < min ? min : number;
        plane[i] = floored > max ? max : floored;
    }
}

KERNEL_LOOP void kernel_replace_nan(float *plane, float fallback, uint32_t frames) {
    for (uint32_t i = 0; i < frames; i++) {
        plane[i] = plane[i] == plane[i] ? plane[i] : fallback;
    }
}
