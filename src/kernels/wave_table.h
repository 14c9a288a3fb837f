/* src/kernels/wave_table.h -- one period of a waveform as tables, each for a range of pitch.
 *
 * A range's table holds the first partial_count partials, as many as stay at or below Nyquist at the
 * range's highest pitch: nothing aliases. Pitch is a phase increment in turns per frame, so the same
 * tables serve every sample rate. Ranges lie so close (at most 1 : 1.25) that each partial up to 0.8
 * times Nyquist sounds at its full level; only waves of more than 1108 partials have octave steps on
 * top of that (pitches below Nyquist / 1108, 22 Hz at 48 kHz), where it holds up to 0.5 Nyquist.
 *
 *   phase, increment   uint64_t, 2^64 is one turn: sums are exact, wrap by themselves, and do not
 *                      depend on where a quantum ends. Negative frequencies: two's complement.
 *
 * Tables are read by linear interpolation; the level that it takes from high partials is put into the
 * table beforehand, which leaves images only: for a sawtooth at 48 kHz -80 dB at 20 Hz, -98 dB at 440 Hz,
 * 7 dB more at pitches whose frames fall on the table's own. Partial k alone has an image of (k / (length -
 * k))^2: -59 dB for the last of 130 partials, -45 dB for the last of 1108.
 * Memory: 692 KB for each of square, sawtooth and triangle, 4 KB for a few partials, 1 MB at most.
 */
#ifndef WA_SRC_KERNELS_WAVE_TABLE_H
#define WA_SRC_KERNELS_WAVE_TABLE_H
#include "../node.h"

enum { WAVE_RANGE_COUNT_MAX = 32 };

typedef struct wave_range {
    const float *table; /* 1 << length_log2 frames of one period, and the first once more */
    uint32_t length_log2;
    uint32_t partial_count;
    uint64_t increment_max; /* the highest |increment| at which partial_count partials fit */
} wave_range;

/* What a periodic wave is to the render side. Shared: immutable once made. */
typedef struct wa_wave_data {
    wa_resource resource;
    uint64_t memory_bytes; /* of this struct with its tables, as taken */
    uint32_t range_count;  /* ascending in pitch; the last fits all pitches. 0: a sine, computed */
    wave_range ranges[WAVE_RANGE_COUNT_MAX];
} wa_wave_data;

/* -- Making one. Thread: control -- */

/* Lay out the ranges for so many partials, [1, WA_PERIODIC_WAVE_COEFFICIENT_MAX).
 * Returns the floats of all tables. */
uint32_t wave_plan(wa_wave_data *wave, uint32_t partial_count);
/* Floats of scratch memory that wave_fill() needs for a planned wave. */
uint32_t wave_scratch_floats(const wa_wave_data *wave);
/* Web Audio 1.1, "Waveform Generation" and "Waveform Normalization": partial k has real[k] cosine and
 * imag[k] sine, k from 1 to the planned partial_count; either array may be NULL: zeros. Finite. */
void wave_fill(wa_wave_data *wave, float *tables, float *scratch, const float *real, const float *imag,
               bool is_normalized);
/* Web Audio 1.1, "Oscillator Coefficients": the sine terms of partials 0 .. partial_count. */
enum { WAVE_STANDARD_PARTIAL_COUNT = 2216 };
void wave_standard_coefficients(wa_oscillator_type type, uint32_t partial_count, float *imag);

/* -- Reading. Thread: render -- */

/* The range for an increment, tried from `range` on, up or down. */
uint32_t wave_range_find(const wa_wave_data *wave, uint64_t increment, uint32_t range);

/* The upper halves of the phases of `frames` frames. Returns the phase after them. */
uint64_t kernel_phase_run(uint32_t *restrict out, uint64_t phase, uint64_t increment, uint32_t frames);
/* The same with an increment for each frame. */
uint64_t kernel_phase_sum(uint32_t *restrict out, uint64_t phase, const uint64_t *restrict increments,
                          uint32_t frames);
/* One table of the wave, at each phase. */
void kernel_wave(float *restrict out, const uint32_t *restrict phases, const wave_range *range,
                 uint32_t frames);
/* sin(2 pi phase), error below 2.5e-7. */
void kernel_sine(float *restrict out, const uint32_t *restrict phases, uint32_t frames);
/* increments[i] = frequencies[i] * 2^(cents / 1200) / sample_rate in turns, each held within +-1/2 turn
 * (Nyquist). Rounded to 2^-51 turn: 4e-8 turn of drift in an hour at 48 kHz. */
void kernel_increments(uint64_t *restrict increments, const float *restrict frequencies, double cents,
                       double sample_rate_hz, uint32_t frames);
/* The same with a detune for each frame. 2^x within 1e-9. */
void kernel_increments_detuned(uint64_t *restrict increments, const float *restrict frequencies,
                               const float *restrict cents, double sample_rate_hz, uint32_t frames);
#endif /* WA_SRC_KERNELS_WAVE_TABLE_H */
