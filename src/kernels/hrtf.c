/* Blending and convolution of head-related responses; see hrtf.h. */
#include "hrtf.h"
#include <math.h>
#include <string.h>

/* -- Which measured directions ------------------------------------------------------------------ */

enum { FIND_SPAN = 64, KEPT_COUNT = HRTF_NEAR_COUNT + 1 };
/* A neighbour with less than this share of the nearest one's weight is left out: -54 dB. */
static const float weight_least = 0.002f;

typedef struct nearest {
    uint32_t count;
    uint32_t indices[KEPT_COUNT];
    float squares[KEPT_COUNT]; /* of the distance (chord), ascending */
} nearest;

static void keep_near(nearest *kept, uint32_t index, float square) {
    uint32_t place = kept->count < KEPT_COUNT ? kept->count++ : KEPT_COUNT - 1;
    for (; place > 0 && kept->squares[place - 1] > square; place--) {
        kept->squares[place] = kept->squares[place - 1];
        kept->indices[place] = kept->indices[place - 1];
    }
    kept->squares[place] = square;
    kept->indices[place] = index;
}

static void find_nearest(const wa_hrtf_data *set, const float to[3], nearest *kept) {
    float squares[FIND_SPAN];
    kept->count = 0;
    for (uint32_t begin = 0; begin < set->direction_count; begin += FIND_SPAN) {
        const uint32_t left = set->direction_count - begin;
        const uint32_t count = left < FIND_SPAN ? left : FIND_SPAN;
        const float *x = set->directions[0] + begin, *y = set->directions[1] + begin;
        const float *z = set->directions[2] + begin;
        for (uint32_t i = 0; i < count; i++) {
            const float dx = x[i] - to[0], dy = y[i] - to[1], dz = z[i] - to[2];
            squares[i] = dx * dx + dy * dy + dz * dz;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (kept->count < KEPT_COUNT || squares[i] < kept->squares[KEPT_COUNT - 1]) {
                keep_near(kept, begin + i, squares[i]);
            }
        }
    }
}

/* Inverse distance weights that vanish at a radius just beyond the first direction left out: exact at a
 * measured direction, and steady where one neighbour takes the place of another. */
static void weigh(const nearest *kept, hrtf_blend *blend) {
    const uint32_t count = kept->count < HRTF_NEAR_COUNT ? kept->count : HRTF_NEAR_COUNT;
    const float radius = 1.05f * sqrtf(kept->squares[kept->count - 1]);
    float sum = 0.0f;
    blend->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const float distance = sqrtf(kept->squares[i]);
        if (distance < 1e-6f) { /* it is this one: also where several lie in one place */
            blend->count = 1;
            blend->indices[0] = kept->indices[i];
            blend->weights[0] = 1.0f;
            return;
        }
        const float reach = (radius - distance) / (radius * distance);
        const float weight = reach * reach;
        if (i == 0 || weight >= weight_least * blend->weights[0]) {
            blend->indices[blend->count] = kept->indices[i];
            blend->weights[blend->count++] = weight;
            sum += weight;
        }
    }
    for (uint32_t i = 0; i < blend->count; i++) {
        blend->weights[i] /= sum;
    }
}

void hrtf_find(const wa_hrtf_data *set, const float direction[3], hrtf_blend *blend) {
    const float square =
        direction[0] * direction[0] + direction[1] * direction[1] + direction[2] * direction[2];
    assert(square > 0.0f);
    const float scale = 1.0f / sqrtf(square);
    const float unit[3] = { direction[0] * scale, direction[1] * scale, direction[2] * scale };
    nearest kept;
    find_nearest(set, unit, &kept);
    weigh(&kept, blend);
    for (uint32_t ear = 0; ear < 2; ear++) {
        float delay = 0.0f;
        for (uint32_t i = 0; i < blend->count; i++) {
            delay += blend->weights[i] * set->delays[2 * blend->indices[i] + ear];
        }
        blend->delays_frames[ear] = delay;
    }
}

/* -- The response between them ------------------------------------------------------------------ */

/* sinc under a Kaiser window, each row's sum 1: a constant passes unchanged. */
void hrtf_fractions_fill(float *fractions) {
    const double pi = 3.14159265358979323846, half = 0.5 * HRTF_FRACTION_TAPS, beta = 6.0;
    for (uint32_t phase = 0; phase <= HRTF_FRACTION_PHASES; phase++) {
        const double delay = HRTF_FRACTION_LEAD + (double)phase / HRTF_FRACTION_PHASES;
        double row[HRTF_FRACTION_TAPS], sum = 0.0;
        for (uint32_t tap = 0; tap < HRTF_FRACTION_TAPS; tap++) {
            const double x = (double)tap - delay, edge = fmin(fabs(x) / half, 1.0);
            double bessel = 1.0, term = 1.0; /* I0, by its series */
            for (double k = 1.0; k <= 24.0; k += 1.0) {
                term *= 0.25 * beta * beta * (1.0 - edge * edge) / (k * k);
                bessel += term;
            }
            row[tap] = bessel * (x == 0.0 ? 1.0 : sin(pi * x) / (pi * x));
            sum += row[tap];
        }
        for (uint32_t tap = 0; tap < HRTF_FRACTION_TAPS; tap++) {
            fractions[phase * HRTF_FRACTION_TAPS + tap] = (float)(row[tap] / sum);
        }
    }
}

static void fraction_at(const wa_hrtf_data *set, float fraction, float taps[HRTF_FRACTION_TAPS]) {
    const float at = fraction * (float)HRTF_FRACTION_PHASES;
    uint32_t phase = (uint32_t)at;
    phase = phase < HRTF_FRACTION_PHASES ? phase : HRTF_FRACTION_PHASES - 1;
    const float part = at - (float)phase;
    const float *row = set->fractions + phase * HRTF_FRACTION_TAPS, *next = row + HRTF_FRACTION_TAPS;
    for (uint32_t tap = 0; tap < HRTF_FRACTION_TAPS; tap++) {
        taps[tap] = row[tap] + part * (next[tap] - row[tap]);
    }
}

/* Blended, not yet delayed, frames [begin, begin + count); zeros outside of the response. */
static void mix_responses(const wa_hrtf_data *set, const hrtf_blend *blend, uint32_t ear, int64_t begin,
                          uint32_t count, float *restrict out) {
    const int64_t length = (int64_t)set->response_frames;
    const int64_t low = begin > 0 ? begin : 0;
    const int64_t high = begin + (int64_t)count < length ? begin + (int64_t)count : length;
    memset(out, 0, count * sizeof *out);
    for (uint32_t i = 0; i < blend->count && low < high; i++) {
        const float *restrict response =
            set->responses + (size_t)(2 * blend->indices[i] + ear) * set->response_stride + low;
        float *restrict mixed = out + (low - begin);
        const float weight = blend->weights[i];
        const uint32_t frames = (uint32_t)(high - low);
        for (uint32_t frame = 0; frame < frames; frame++) {
            mixed[frame] += weight * response[frame];
        }
    }
}

enum { RESPONSE_SPAN = HRTF_BLOCK_FRAMES };

/* taps of the fractional filter, in[count + HRTF_FRACTION_TAPS - 1]. */
static void delay_by_fraction(const float taps[HRTF_FRACTION_TAPS], const float *restrict in,
                              uint32_t count, float *restrict out) {
    memset(out, 0, count * sizeof *out);
    for (uint32_t tap = 0; tap < HRTF_FRACTION_TAPS; tap++) {
        const float factor = taps[tap];
        const float *restrict from = in + (HRTF_FRACTION_TAPS - 1 - tap);
        for (uint32_t frame = 0; frame < count; frame++) {
            out[frame] += factor * from[frame];
        }
    }
}

void hrtf_response(const wa_hrtf_data *set, const hrtf_blend *blend, uint32_t ear, uint32_t begin,
                   uint32_t count, float *out) {
    float mixed[RESPONSE_SPAN + HRTF_FRACTION_TAPS], taps[HRTF_FRACTION_TAPS];
    const float whole = floorf(blend->delays_frames[ear]);
    const int64_t shift = (int64_t)whole - HRTF_FRACTION_LEAD;
    assert(shift >= 0);
    fraction_at(set, blend->delays_frames[ear] - whole, taps);
    for (uint32_t done = 0; done < count; done += RESPONSE_SPAN) {
        const uint32_t left = count - done, span = left < RESPONSE_SPAN ? left : RESPONSE_SPAN;
        mix_responses(set, blend, ear, (int64_t)begin + done - shift - (HRTF_FRACTION_TAPS - 1),
                      span + HRTF_FRACTION_TAPS - 1, mixed);
        delay_by_fraction(taps, mixed, span, out + done);
    }
}

void hrtf_spectra(const wa_hrtf_data *set, const hrtf_blend *blend, uint32_t ear, float *spectra) {
    float block[2 * HRTF_BLOCK_FRAMES] = { 0 }, work[2 * HRTF_BLOCK_FRAMES];
    const float scale = 1.0f / (2.0f * HRTF_BLOCK_FRAMES); /* of the inverse that will follow */
    for (uint32_t partition = 0; partition < set->partition_count; partition++) {
        hrtf_response(set, blend, ear, partition * HRTF_BLOCK_FRAMES, HRTF_BLOCK_FRAMES, block);
        for (uint32_t frame = 0; frame < HRTF_BLOCK_FRAMES; frame++) {
            block[frame] *= scale;
        }
        float *real = spectra + (size_t)partition * HRTF_SPECTRUM_FLOATS;
        fft_real_forward(&set->plan, block, real, real + HRTF_BIN_STRIDE, work);
    }
}

/* -- Convolution -------------------------------------------------------------------------------- */

hrtf_line hrtf_line_at(void *memory, uint32_t partition_count) {
    const size_t spectra = (size_t)partition_count * HRTF_SPECTRUM_FLOATS;
    float *window = memory, *filters = window + 2 * HRTF_BLOCK_FRAMES;
    return (hrtf_line){ window, { filters, filters + spectra }, filters + 2 * spectra };
}

bool hrtf_clock_advance(hrtf_clock *clock, uint32_t partition_count, uint64_t frame, bool *is_new) {
    const uint64_t block = frame / HRTF_BLOCK_FRAMES;
    *is_new = !clock->is_running;
    if (*is_new) {
        *clock = (hrtf_clock){ .block = block, .is_running = true };
        return false;
    }
    if (block == clock->block) {
        return false;
    }
    assert(block == clock->block + 1);
    clock->block = block;
    clock->head = clock->head + 1 < partition_count ? clock->head + 1 : 0;
    clock->filled = clock->filled + 1 < partition_count ? clock->filled + 1 : clock->filled;
    return true;
}

void hrtf_line_clear(const hrtf_line *line) {
    memset(line->window, 0, 2 * HRTF_BLOCK_FRAMES * sizeof(float));
}

void hrtf_line_shift(const hrtf_line *line) {
    memcpy(line->window, line->window + HRTF_BLOCK_FRAMES, HRTF_BLOCK_FRAMES * sizeof(float));
    memset(line->window + HRTF_BLOCK_FRAMES, 0, HRTF_BLOCK_FRAMES * sizeof(float));
}

void hrtf_line_feed(const hrtf_line *line, const hrtf_clock *clock, const wa_hrtf_data *set,
                    const float *in, uint32_t offset, uint32_t frames) {
    float work[2 * HRTF_BLOCK_FRAMES];
    assert(offset + frames <= HRTF_BLOCK_FRAMES);
    memcpy(line->window + HRTF_BLOCK_FRAMES + offset, in, frames * sizeof *in);
    float *real = line->blocks + (size_t)clock->head * HRTF_SPECTRUM_FLOATS;
    fft_real_forward(&set->plan, line->window, real, real + HRTF_BIN_STRIDE, work);
}

static void add_product(float *restrict sum, const float *restrict a, const float *restrict b) {
    float *restrict sum_imag = sum + HRTF_BIN_STRIDE;
    const float *restrict a_imag = a + HRTF_BIN_STRIDE, *restrict b_imag = b + HRTF_BIN_STRIDE;
    for (uint32_t bin = 0; bin < HRTF_BIN_COUNT; bin++) {
        sum[bin] += a[bin] * b[bin] - a_imag[bin] * b_imag[bin];
        sum_imag[bin] += a[bin] * b_imag[bin] + a_imag[bin] * b[bin];
    }
}

void hrtf_convolve(const hrtf_line *source, const float *filter, const hrtf_clock *clock,
                   const wa_hrtf_data *set, uint32_t offset, uint32_t frames, float *out) {
    float sum[HRTF_SPECTRUM_FLOATS] = { 0 }, work[2 * HRTF_BLOCK_FRAMES], both[2 * HRTF_BLOCK_FRAMES];
    uint32_t place = clock->head;
    for (uint32_t age = 0; age <= clock->filled; age++) {
        add_product(sum, source->blocks + (size_t)place * HRTF_SPECTRUM_FLOATS,
                    filter + (size_t)age * HRTF_SPECTRUM_FLOATS);
        place = place > 0 ? place - 1 : set->partition_count - 1;
    }
    fft_real_inverse(&set->plan, sum, sum + HRTF_BIN_STRIDE, both, work);
    memcpy(out, both + HRTF_BLOCK_FRAMES + offset, frames * sizeof *out);
}
