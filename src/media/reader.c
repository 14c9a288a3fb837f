/* Frames of a sound at any rate; see reader.h. */
#include "reader.h"
#include "../error.h"
#include <math.h>
#include <soxr.h>
#include <string.h>

enum {
    BLOCK_FRAMES = 2048,
    /* Of the slower rate: a frame depends on fewer around it (measured: 145 at the most). */
    REACH_FRAMES = 256,
};

uint64_t reader_frame_count(uint64_t in_frames, uint32_t in_rate_hz, float out_rate_hz) {
    assert(in_frames <= WA_BUFFER_FRAMES_MAX);
    assert(in_rate_hz > 0);
    if (out_rate_hz == floorf(out_rate_hz)) { /* exact: 2^40 x 2^20 fits */
        return (in_frames * (uint64_t)out_rate_hz + in_rate_hz - 1) / in_rate_hz;
    }
    return (uint64_t)ceil((double)in_frames * (double)out_rate_hz / in_rate_hz);
}

static wa_status take_block(reader *of) {
    of->block_bytes = (uint64_t)2 * of->channel_count * BLOCK_FRAMES * sizeof(float);
    void *memory = NULL;
    const wa_status status =
        memory_take(of->engine, WA_MEMORY_DECODE, of->block_bytes, "decoder block", &memory);
    of->interleaved = memory;
    for (uint32_t channel = 0; status == WA_OK && channel < of->channel_count; channel++) {
        of->planes[channel] =
            of->interleaved + (size_t)of->channel_count * BLOCK_FRAMES + (size_t)channel * BLOCK_FRAMES;
    }
    return status;
}

static wa_status make_soxr(reader *of) {
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t refused = NULL;
    of->soxr = soxr_create((double)of->from->info.samplerate, (double)of->sample_rate_hz,
                           of->channel_count, &refused, &io, &quality, &runtime);
    return refused == NULL
               ? WA_OK
               : error_set(WA_ERR_NOT_SUPPORTED, "%s: cannot be resampled from %d Hz to %g Hz: %s",
                           of->from->name, of->from->info.samplerate, (double)of->sample_rate_hz,
                           refused);
}

wa_status reader_init(reader *made, wa_engine *engine, sound *from, float sample_rate_hz) {
    const uint32_t in_rate_hz = (uint32_t)from->info.samplerate;
    memset(made, 0, sizeof *made);
    made->engine = engine;
    made->from = from;
    made->sample_rate_hz = sample_rate_hz == 0.0f ? (float)in_rate_hz : sample_rate_hz;
    made->channel_count = (uint32_t)from->info.channels;
    made->frame_count =
        reader_frame_count((uint64_t)from->info.frames, in_rate_hz, made->sample_rate_hz);
    wa_status status = take_block(made);
    if (status == WA_OK && made->sample_rate_hz != (float)in_rate_hz) {
        status = make_soxr(made);
        if (status != WA_OK) {
            reader_finish(made);
        }
    }
    return status;
}

void reader_finish(reader *of) {
    soxr_delete(of->soxr);
    of->soxr = NULL;
    memory_give(of->engine, WA_MEMORY_DECODE, of->interleaved, of->block_bytes);
    of->interleaved = NULL;
}

static void split(const reader *of, float *const *planes, uint32_t frame_count) {
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        float *plane = planes[channel];
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            plane[frame] = of->interleaved[(size_t)frame * of->channel_count + channel];
        }
    }
}

static void offset_planes(const reader *of, float *const *planes, uint32_t frames,
                          float *at[WA_CHANNEL_COUNT_MAX]) {
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        at[channel] = planes[channel] + frames;
    }
}

static void fill_silence(const reader *of, float *const *planes, uint32_t begin, uint32_t end) {
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        memset(planes[channel] + begin, 0, (end - begin) * sizeof(float));
    }
}

/* At most a block into planes. *got 0: the input is over. */
static wa_status read_block(reader *of, float *const *planes, uint32_t wanted, uint32_t *got) {
    const wa_status status =
        sound_read(of->from, of->interleaved, wanted < BLOCK_FRAMES ? wanted : BLOCK_FRAMES, got);
    if (status == WA_OK) {
        split(of, planes, *got);
    }
    return status;
}

static wa_status read_straight(reader *of, float *const *planes, uint32_t frame_count) {
    uint32_t done = 0, got = 1;
    while (done < frame_count && got > 0) {
        float *at[WA_CHANNEL_COUNT_MAX];
        offset_planes(of, planes, done, at);
        const wa_status status = read_block(of, at, frame_count - done, &got);
        if (status != WA_OK) {
            return status;
        }
        done += got;
    }
    fill_silence(of, planes, done, frame_count);
    return WA_OK;
}

static wa_status refill(reader *of) {
    if (of->held_frames > 0 || of->is_input_over) {
        return WA_OK;
    }
    of->held_first = 0;
    const wa_status status = read_block(of, of->planes, BLOCK_FRAMES, &of->held_frames);
    of->is_input_over = of->held_frames == 0;
    return status;
}

/* One exchange with soxr: into room frames of planes. Input that is over is what makes it give the rest. */
static wa_status exchange(reader *of, float **planes, uint32_t room, uint32_t *given) {
    const float *in[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        in[channel] = of->planes[channel] + of->held_first;
    }
    size_t taken = 0, out_frames = 0;
    const soxr_error_t failed = soxr_process(of->soxr, of->is_input_over ? NULL : in, of->held_frames,
                                             &taken, planes, room, &out_frames);
    if (failed != NULL || (taken == 0 && out_frames == 0 && !of->is_input_over)) {
        return error_set(WA_ERR_SYSTEM_MEMORY, "%s: resampling failed: %s", of->from->name,
                         failed != NULL ? failed : "it does not go on");
    }
    of->held_first += (uint32_t)taken;
    of->held_frames -= (uint32_t)taken;
    *given = (uint32_t)out_frames;
    return WA_OK;
}

static wa_status read_resampled(reader *of, float *const *planes, uint32_t frame_count) {
    uint32_t done = 0;
    while (done < frame_count) {
        float *at[WA_CHANNEL_COUNT_MAX];
        uint32_t room = frame_count - done, given = 0;
        wa_status status = refill(of);
        if (status == WA_OK) {
            offset_planes(of, planes, done, at);
            room = of->skip_frames > 0 && of->skip_frames < room ? (uint32_t)of->skip_frames : room;
            status = exchange(of, at, room, &given);
        }
        if (status != WA_OK) {
            return status;
        }
        if (given == 0 && of->is_input_over) {
            break;
        }
        if (of->skip_frames > 0) {
            of->skip_frames -= given;
        } else {
            done += given;
        }
    }
    fill_silence(of, planes, done, frame_count);
    return WA_OK;
}

wa_status reader_read(reader *of, float *const *planes, uint32_t frame_count) {
    assert(of->next_frame + frame_count <= of->frame_count);
    const wa_status status = of->soxr == NULL ? read_straight(of, planes, frame_count)
                                              : read_resampled(of, planes, frame_count);
    of->next_frame += frame_count;
    return status;
}

/* -- Seek -------------------------------------------------------------------------------------- */

static uint64_t greatest_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Frames of input after which both rates meet in whole frames; of a rate that is no whole number: never. */
static uint64_t period_frames(const reader *of) {
    const uint64_t in_rate = (uint64_t)of->from->info.samplerate;
    const bool is_whole = of->sample_rate_hz == floorf(of->sample_rate_hz);
    return is_whole ? in_rate / greatest_divisor(in_rate, (uint64_t)of->sample_rate_hz) : 1;
}

/* Fresh, from a frame of input that lies on a whole frame of output, and so far ahead that the output does not
 * hear of what lay before it. */
static wa_status restart(reader *of, uint64_t frame) {
    const double ratio = (double)of->from->info.samplerate / (double)of->sample_rate_hz;
    const double reach = REACH_FRAMES * fmax(1.0, ratio);
    const double ahead = fmax(0.0, floor((double)frame * ratio - reach));
    const uint64_t begin = (uint64_t)ahead - (uint64_t)ahead % period_frames(of);
    soxr_delete(of->soxr);
    of->soxr = NULL;
    wa_status status = make_soxr(of);
    if (status == WA_OK) {
        status = sound_seek(of->from, begin);
    }
    const uint64_t out_begin = (uint64_t)llround((double)begin / ratio);
    of->skip_frames = frame - out_begin;
    of->held_frames = 0;
    of->is_input_over = false;
    return status;
}

wa_status reader_seek(reader *of, uint64_t frame) {
    assert(frame <= of->frame_count);
    of->next_frame = frame;
    if (of->sample_rate_hz == (float)of->from->info.samplerate) {
        return sound_seek(of->from, frame);
    }
    return restart(of, frame);
}
