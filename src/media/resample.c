/* soxr at its best quality (28 bits, linear phase): files are decoded once and played often. */
#include "resample.h"
#include "../error.h"
#include <math.h>
#include <soxr.h>
#include <string.h>

uint64_t resample_frame_count(uint64_t in_frames, uint32_t in_rate_hz, float out_rate_hz) {
    assert(in_frames <= WA_BUFFER_FRAMES_MAX);
    assert(in_rate_hz > 0);
    if (out_rate_hz == floorf(out_rate_hz)) { /* exact: 2^40 x 2^20 fits */
        return (in_frames * (uint64_t)out_rate_hz + in_rate_hz - 1) / in_rate_hz;
    }
    return (uint64_t)ceil((double)in_frames * (double)out_rate_hz / in_rate_hz);
}

wa_status resample_init(resample *job, uint32_t channel_count, uint32_t in_rate_hz, float out_rate_hz,
                        float *const *planes, uint64_t frame_count) {
    memset(job, 0, sizeof *job);
    job->channel_count = channel_count;
    job->frame_count = frame_count;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        job->planes[channel] = planes[channel];
    }
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t refused = NULL;
    job->soxr = soxr_create((double)in_rate_hz, (double)out_rate_hz, channel_count, &refused, &io,
                            &quality, &runtime);
    if (refused != NULL) {
        return error_set(WA_ERR_NOT_SUPPORTED, "cannot be resampled from %u Hz to %g Hz: %s",
                         in_rate_hz, (double)out_rate_hz, refused);
    }
    return WA_OK;
}

/* One exchange with soxr; in NULL: the end of the input. */
static wa_status exchange(resample *job, const float *const *in, size_t in_frames, size_t *taken,
                          size_t *given) {
    float *out[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < job->channel_count; channel++) {
        out[channel] = job->planes[channel] + job->done_frames;
    }
    const size_t room = (size_t)(job->frame_count - job->done_frames);
    const soxr_error_t failed = soxr_process(job->soxr, in, in_frames, taken, out, room, given);
    job->done_frames += *given;
    if (failed != NULL) {
        return error_set(WA_ERR_SYSTEM_MEMORY, "resampling failed: %s", failed);
    }
    return WA_OK;
}

wa_status resample_feed(resample *job, const float *const *planes, uint32_t frame_count) {
    const float *in[WA_CHANNEL_COUNT_MAX];
    size_t done = 0;
    while (done < frame_count && job->done_frames < job->frame_count) {
        for (uint32_t channel = 0; channel < job->channel_count; channel++) {
            in[channel] = planes[channel] + done;
        }
        size_t taken = 0, given = 0;
        const wa_status status = exchange(job, in, frame_count - done, &taken, &given);
        if (status != WA_OK) {
            return status;
        }
        if (taken == 0 && given == 0) {
            return error_set(WA_ERR_SYSTEM_MEMORY, "resampling does not go on");
        }
        done += taken;
    }
    return WA_OK;
}

wa_status resample_flush(resample *job) {
    size_t given = 1;
    while (given > 0 && job->done_frames < job->frame_count) {
        const wa_status status = exchange(job, NULL, 0, NULL, &given);
        if (status != WA_OK) {
            return status;
        }
    }
    for (uint32_t channel = 0; channel < job->channel_count; channel++) {
        memset(job->planes[channel] + job->done_frames, 0,
               (size_t)(job->frame_count - job->done_frames) * sizeof(float));
    }
    return WA_OK;
}

void resample_finish(resample *job) {
    soxr_delete(job->soxr);
    job->soxr = NULL;
}
