/* Measured responses to a set at the context's rate; see hrtf_build.h. */
#include "hrtf_build.h"
#include "../error.h"
#include "../memory/memory.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    KERNEL_HALF = 16,     /* lobes of the sinc to each side */
    KERNEL_PHASES = 256,  /* rows of its table; linear between two of them: -94 dB */
    COORDINATE_COUNT = 3, /* of a position */
    ALIGNMENT_FLOATS = 16,
};
static const double onset_share = 0.1;     /* of the peak */
static const double lead_s = 0.0002;       /* kept in front of the onset */
static const double fade_s = 128.0 / 48e3; /* from one direction to the next */

/* What is known of the whole before memory is taken. */
typedef struct plan {
    const hrtf_measured *from;
    double rate_hz, ratio; /* ratio: frames out per frame in */
    double radius;
    uint32_t direction_count, ahead; /* ahead: the measured direction that is closest to the front */
    uint32_t frame_count;            /* without zeros at the end of all responses */
    double onset_min, onset_total_min, onset_total_max; /* total: with the delay that the file says */
    uint32_t lead_frames, response_frames, stride;
    double level;
} plan;

static uint32_t round_up(uint32_t count) {
    return (count + ALIGNMENT_FLOATS - 1) / ALIGNMENT_FLOATS * ALIGNMENT_FLOATS;
}

/* -- Looking at what was measured --------------------------------------------------------------- */

static const float *response_of(const hrtf_measured *from, uint32_t direction, uint32_t ear) {
    const uint32_t receiver = from->is_right_first ? 1 - ear : ear;
    return from->responses + (size_t)(2 * direction + receiver) * from->frame_count;
}

static double delay_of(const hrtf_measured *from, uint32_t direction, uint32_t ear) {
    const uint32_t receiver = from->is_right_first ? 1 - ear : ear;
    return (double)from->delays[(from->has_delay_each ? 2 * (size_t)direction : 0) + receiver];
}

static double radius_of(const hrtf_measured *from, uint32_t direction) {
    const float *at = from->positions + (size_t)COORDINATE_COUNT * direction;
    return sqrt((double)at[0] * (double)at[0] + (double)at[1] * (double)at[1] +
                (double)at[2] * (double)at[2]);
}

static bool is_used(const plan *of, uint32_t direction) {
    return radius_of(of->from, direction) >= 0.99 * of->radius;
}

static double onset_of(const float *response, uint32_t frame_count) {
    float peak = 0.0f;
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        peak = fabsf(response[frame]) > peak ? fabsf(response[frame]) : peak;
    }
    const double least = onset_share * (double)peak;
    uint32_t frame = 0;
    while (frame < frame_count && (double)fabsf(response[frame]) < least) {
        frame++;
    }
    const double here = (double)fabsf(response[frame]);
    const double before = frame > 0 ? (double)fabsf(response[frame - 1]) : 0.0;
    return here > before ? (double)frame - (here - least) / (here - before) : 0.0;
}

static bool are_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

static wa_status check(const hrtf_measured *from) {
    if (!(from->sample_rate_hz >= (double)WA_SAMPLE_RATE_MIN_HZ &&
          from->sample_rate_hz <= (double)WA_SAMPLE_RATE_MAX_HZ)) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: its sample rate is %g Hz, allowed are %g to %g",
                         from->name, from->sample_rate_hz, (double)WA_SAMPLE_RATE_MIN_HZ,
                         (double)WA_SAMPLE_RATE_MAX_HZ);
    }
    if (from->direction_count < 1 || from->direction_count > WA_HRTF_DIRECTION_COUNT_MAX) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: holds %u directions, allowed are 1 to %d",
                         from->name, from->direction_count, WA_HRTF_DIRECTION_COUNT_MAX);
    }
    if (from->frame_count < 1 || from->frame_count > WA_HRTF_LENGTH_MAX_S * from->sample_rate_hz) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: its responses have %u frames, allowed are %g s",
                         from->name, from->frame_count, WA_HRTF_LENGTH_MAX_S);
    }
    const size_t count = from->direction_count;
    if (!are_finite(from->positions, COORDINATE_COUNT * count) ||
        !are_finite(from->responses, 2 * count * from->frame_count) ||
        !are_finite(from->delays, from->has_delay_each ? 2 * count : 2)) {
        return error_set(WA_ERR_ENCODING, "%s: holds numbers that are not finite", from->name);
    }
    return WA_OK;
}

static void find_far_field(plan *of) {
    const hrtf_measured *from = of->from;
    for (uint32_t direction = 0; direction < from->direction_count; direction++) {
        of->radius = fmax(of->radius, radius_of(from, direction));
    }
    double most_ahead = -2.0;
    for (uint32_t direction = 0; direction < from->direction_count && of->radius > 0.0; direction++) {
        if (is_used(of, direction)) {
            const double front = (double)from->positions[(size_t)COORDINATE_COUNT * direction];
            const double ahead = front / radius_of(from, direction);
            of->direction_count++;
            of->ahead = ahead > most_ahead ? direction : of->ahead;
            most_ahead = fmax(most_ahead, ahead);
        }
    }
}

static void find_frame_count(plan *of) {
    const hrtf_measured *from = of->from;
    for (size_t row = 0; row < (size_t)2 * from->direction_count; row++) {
        const float *response = from->responses + row * from->frame_count;
        uint32_t count = from->frame_count;
        while (count > of->frame_count && response[count - 1] == 0.0f) {
            count--;
        }
        of->frame_count = count > of->frame_count ? count : of->frame_count;
    }
}

static void find_onsets(plan *of) {
    of->onset_min = of->onset_total_min = INFINITY;
    of->onset_total_max = -INFINITY;
    for (uint32_t direction = 0; direction < of->from->direction_count; direction++) {
        for (uint32_t ear = 0; ear < 2 && is_used(of, direction); ear++) {
            const double onset = onset_of(response_of(of->from, direction, ear), of->frame_count);
            const double total = onset + delay_of(of->from, direction, ear);
            of->onset_min = fmin(of->onset_min, onset);
            of->onset_total_min = fmin(of->onset_total_min, total);
            of->onset_total_max = fmax(of->onset_total_max, total);
        }
    }
}

static double energy_ahead(const plan *of) {
    double sum = 0.0;
    for (uint32_t ear = 0; ear < 2; ear++) {
        const float *response = response_of(of->from, of->ahead, ear);
        for (uint32_t frame = 0; frame < of->frame_count; frame++) {
            sum += (double)response[frame] * (double)response[frame];
        }
    }
    return sum;
}

static wa_status draw_up(const hrtf_measured *from, double rate_hz, plan *of) {
    *of = (plan){ .from = from, .rate_hz = rate_hz, .ratio = rate_hz / from->sample_rate_hz };
    find_far_field(of);
    find_frame_count(of);
    const double energy = of->direction_count > 0 ? energy_ahead(of) : 0.0;
    if (!(energy > 1e-20 && energy < 1e20)) {
        return error_set(WA_ERR_ENCODING, "%s: holds no sound from straight ahead", from->name);
    }
    find_onsets(of);
    if (of->onset_total_max - of->onset_total_min > WA_HRTF_LENGTH_MAX_S * from->sample_rate_hz) {
        return error_set(WA_ERR_NOT_SUPPORTED, "%s: its delays lie more than %g s apart", from->name,
                         WA_HRTF_LENGTH_MAX_S);
    }
    const double half = KERNEL_HALF * fmax(1.0, of->ratio);
    of->level = 1.0 / sqrt(energy);
    of->lead_frames = (uint32_t)ceil(half + lead_s * rate_hz);
    of->response_frames =
        of->lead_frames + (uint32_t)ceil(((double)of->frame_count - of->onset_min) * of->ratio + half);
    of->stride = round_up(of->response_frames);
    return WA_OK;
}

/* -- Resampling --------------------------------------------------------------------------------- */

/* Rows of a sinc's taps, one row for each fraction of a frame; one more closes the circle. */
typedef struct kernel {
    float *rows;
    uint32_t tap_count;
    uint64_t bytes;
} kernel;

static double kaiser(double edge) {
    const double beta = 8.0;
    double sum = 1.0, term = 1.0;
    for (double k = 1.0; k <= 32.0; k += 1.0) {
        term *= 0.25 * beta * beta * (1.0 - edge * edge) / (k * k);
        sum += term;
    }
    return sum;
}

static wa_status kernel_take(wa_engine *engine, const plan *of, kernel *made) {
    const double pi = 3.14159265358979323846;
    const double cut = fmin(1.0, of->ratio); /* below the lower of the two Nyquist frequencies */
    made->tap_count = 2 * (uint32_t)ceil(KERNEL_HALF / cut);
    made->bytes = (uint64_t)(KERNEL_PHASES + 1) * made->tap_count * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_DECODE, made->bytes, "an HRTF set's resampler", &memory);
    made->rows = memory;
    const double scale = of->level * cut / of->ratio / kaiser(0.0);
    for (uint32_t phase = 0; phase <= KERNEL_PHASES && status == WA_OK; phase++) {
        for (uint32_t tap = 0; tap < made->tap_count; tap++) {
            const double fraction = (double)phase / KERNEL_PHASES;
            const double x = (fraction + 0.5 * made->tap_count - 1.0 - tap) * cut;
            const double edge = fabs(x) / KERNEL_HALF;
            const double sinc = x == 0.0 ? 1.0 : sin(pi * x) / (pi * x);
            made->rows[(size_t)phase * made->tap_count + tap] =
                edge < 1.0 ? (float)(scale * sinc * kaiser(edge)) : 0.0f;
        }
    }
    return status;
}

/* The response at `time`, in its own frames. */
static float sample_at(const kernel *with, const float *response, uint32_t frame_count, double time) {
    const double whole = floor(time), at = (time - whole) * KERNEL_PHASES;
    const uint32_t phase = (uint32_t)at;
    const float part = (float)(at - phase);
    const float *row = with->rows + (size_t)phase * with->tap_count, *next = row + with->tap_count;
    const int64_t first = (int64_t)whole - (int64_t)(with->tap_count / 2 - 1);
    const int64_t low = first < 0 ? -first : 0;
    const int64_t end = (int64_t)frame_count - first;
    const int64_t high = end < (int64_t)with->tap_count ? end : (int64_t)with->tap_count;
    float sum = 0.0f;
    for (int64_t tap = low; tap < high; tap++) {
        sum += (row[tap] + part * (next[tap] - row[tap])) * response[first + tap];
    }
    return sum;
}

/* -- Filling the set ---------------------------------------------------------------------------- */

static void fill_direction(const plan *of, const kernel *with, wa_hrtf_data *set, uint32_t direction,
                           uint32_t index) {
    const hrtf_measured *from = of->from;
    const float *at = from->positions + (size_t)COORDINATE_COUNT * direction;
    const double radius = radius_of(from, direction);
    float *const axes[3] = { (float *)set->directions[0], (float *)set->directions[1],
                             (float *)set->directions[2] };
    axes[0][index] = (float)(-(double)at[1] / radius);
    axes[1][index] = (float)((double)at[0] / radius);
    axes[2][index] = (float)((double)at[2] / radius);
    for (uint32_t ear = 0; ear < 2; ear++) {
        const float *measured = response_of(from, direction, ear);
        const double onset = onset_of(measured, of->frame_count);
        const double late = onset + delay_of(from, direction, ear) - of->onset_total_min;
        const size_t row = (size_t)2 * index + ear;
        float *response = (float *)set->responses + row * of->stride;
        ((float *)set->delays)[row] = (float)(HRTF_FRACTION_LEAD + 1 + late * of->ratio);
        for (uint32_t frame = 0; frame < of->response_frames; frame++) {
            const double time = onset + ((double)frame - of->lead_frames) / of->ratio;
            response[frame] = sample_at(with, measured, of->frame_count, time);
        }
    }
}

/* Header, directions, delays, filters, transform and responses lie in one block. */
static wa_status take_set(wa_engine *engine, const plan *of, wa_hrtf_data **made) {
    const uint64_t header = (sizeof(wa_hrtf_data) + 63) / 64 * 64;
    const uint64_t row = round_up(of->direction_count), rows = (uint64_t)2 * of->direction_count;
    const uint64_t fractions = round_up((HRTF_FRACTION_PHASES + 1) * HRTF_FRACTION_TAPS);
    const uint64_t transform = round_up(fft_plan_floats(HRTF_BLOCK_FRAMES));
    const uint64_t bytes =
        header + (5 * row + fractions + transform + rows * of->stride) * sizeof(float);
    void *memory = NULL;
    const wa_status status = memory_take(engine, WA_MEMORY_HRTF, bytes, "an HRTF set", &memory);
    if (status != WA_OK) {
        return status;
    }
    wa_hrtf_data *set = memory;
    float *at = (float *)(void *)((char *)memory + header);
    set->resource.kind = WA_RESOURCE_HRTF;
    atomic_init(&set->resource.reference_count, 1);
    set->memory_bytes = bytes;
    for (uint32_t axis = 0; axis < 3; axis++) {
        set->directions[axis] = at;
        at += row;
    }
    set->delays = at;
    at += 2 * row;
    hrtf_fractions_fill(at);
    set->fractions = at;
    at += fractions;
    fft_plan_init(&set->plan, HRTF_BLOCK_FRAMES, at);
    at += transform;
    set->responses = at;
    *made = set;
    return WA_OK;
}

static void fill_set(const plan *of, const kernel *with, wa_hrtf_data *set) {
    const double delay_max =
        HRTF_FRACTION_LEAD + 1 + (of->onset_total_max - of->onset_total_min) * of->ratio;
    set->sample_rate_hz = of->rate_hz;
    set->direction_count = of->direction_count;
    set->response_frames = of->response_frames;
    set->response_stride = of->stride;
    set->tail_frames = of->response_frames + (uint32_t)ceil(delay_max) + HRTF_FRACTION_TAPS;
    set->partition_count = (set->tail_frames + HRTF_BLOCK_FRAMES - 1) / HRTF_BLOCK_FRAMES;
    set->fade_frames = (uint32_t)fmax(1.0, round(fade_s * of->rate_hz));
    uint32_t index = 0;
    for (uint32_t direction = 0; direction < of->from->direction_count; direction++) {
        if (is_used(of, direction)) {
            fill_direction(of, with, set, direction, index++);
        }
    }
}

wa_status hrtf_build(wa_engine *engine, const hrtf_measured *from, double sample_rate_hz,
                     wa_hrtf_data **set) {
    plan of;
    kernel with = { 0 };
    wa_status status = check(from);
    if (status == WA_OK) {
        status = draw_up(from, sample_rate_hz, &of);
    }
    if (status == WA_OK) {
        status = kernel_take(engine, &of, &with);
    }
    if (status == WA_OK) {
        status = take_set(engine, &of, set);
        if (status == WA_OK) {
            fill_set(&of, &with, *set);
        }
        memory_give(engine, WA_MEMORY_DECODE, with.rows, with.bytes);
    }
    return status;
}
