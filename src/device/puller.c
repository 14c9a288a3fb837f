/* Any callback size cut into quanta.
 *
 * Every call gives n frames of input and takes n frames of output, so between two calls
 *   delay of the input = gathered_frames + held_frames, and that is below quantum_frames.
 * When a quantum is due and the input is too short for it, silence goes in front: this is the only place
 * where the delay grows, and it cannot grow past quantum_frames - 1.
 */
#include "puller.h"
#include <string.h>

/* What is left of one call. */
typedef struct request {
    const float *const *inputs; /* NULL: silence */
    float *const *planes;
    uint32_t frame_count;
    uint32_t written; /* of planes */
    uint32_t read;    /* of inputs */
} request;

static uint32_t min_u32(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

void puller_init(puller *pull, puller_render_fn render, void *user, uint32_t channel_count,
                 uint32_t input_count, uint32_t quantum_frames, float *const *planes,
                 float *const *inputs) {
    assert(render != NULL);
    assert(channel_count >= 1 && channel_count <= WA_CHANNEL_COUNT_MAX);
    assert(input_count <= WA_CHANNEL_COUNT_MAX);
    assert(quantum_frames >= 1);
    *pull = (puller){ .render = render,
                      .user = user,
                      .channel_count = channel_count,
                      .input_count = input_count,
                      .quantum_frames = quantum_frames };
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        pull->planes[channel] = planes[channel];
    }
    for (uint32_t channel = 0; channel < input_count; channel++) {
        pull->inputs[channel] = inputs[channel];
    }
}

/* Move up to count frames of the caller's input behind what is gathered. */
static void gather(puller *pull, request *job, uint32_t count) {
    assert(pull->gathered_frames + count <= pull->quantum_frames);
    for (uint32_t channel = 0; channel < pull->input_count; channel++) {
        memcpy(pull->inputs[channel] + pull->gathered_frames, job->inputs[channel] + job->read,
               count * sizeof(float));
    }
    pull->gathered_frames += count;
    job->read += count;
}

/* Fill the gathered input up to a quantum: silence in front delays it; behind, it ends there. */
static void pad(puller *pull, bool in_front) {
    const uint32_t gathered = pull->gathered_frames;
    const uint32_t missing = pull->quantum_frames - gathered;
    for (uint32_t channel = 0; channel < pull->input_count; channel++) {
        float *input = pull->inputs[channel];
        if (in_front) {
            memmove(input + missing, input, gathered * sizeof(float));
            memset(input, 0, missing * sizeof(float));
        } else {
            memset(input + gathered, 0, missing * sizeof(float));
        }
    }
    pull->gathered_frames = pull->quantum_frames;
}

/* The input of the next quantum: the caller's own memory if it can be, else gathered, else NULL. */
static const float *const *next_inputs(puller *pull, request *job,
                                       const float *rows[WA_CHANNEL_COUNT_MAX]) {
    if (job->inputs == NULL && pull->gathered_frames == 0) {
        return NULL;
    }
    const uint32_t unread = job->inputs == NULL ? 0 : job->frame_count - job->read;
    const bool is_direct = pull->gathered_frames == 0 && unread >= pull->quantum_frames;
    for (uint32_t channel = 0; channel < pull->input_count; channel++) {
        rows[channel] = is_direct ? job->inputs[channel] + job->read : pull->inputs[channel];
    }
    if (is_direct) {
        job->read += pull->quantum_frames;
        return rows;
    }
    if (unread > 0) {
        gather(pull, job, min_u32(unread, pull->quantum_frames - pull->gathered_frames));
    }
    if (pull->gathered_frames < pull->quantum_frames) {
        pad(pull, job->inputs != NULL);
    }
    pull->gathered_frames = 0;
    return rows;
}

static void hand_out(puller *pull, request *job) {
    const uint32_t count = min_u32(pull->held_frames, job->frame_count - job->written);
    const uint32_t from = pull->quantum_frames - pull->held_frames;
    for (uint32_t channel = 0; channel < pull->channel_count; channel++) {
        memcpy(job->planes[channel] + job->written, pull->planes[channel] + from,
               count * sizeof(float));
    }
    pull->held_frames -= count;
    job->written += count;
}

/* Render one quantum, into the caller's planes if all of it fits there. False: not running. */
static bool render_next(puller *pull, request *job) {
    const float *input_rows[WA_CHANNEL_COUNT_MAX];
    const float *const *inputs = next_inputs(pull, job, input_rows);
    if (job->frame_count - job->written < pull->quantum_frames) {
        if (!pull->render(pull->user, inputs, pull->planes)) {
            return false;
        }
        pull->held_frames = pull->quantum_frames;
        hand_out(pull, job);
        return true;
    }
    float *rows[WA_CHANNEL_COUNT_MAX];
    for (uint32_t channel = 0; channel < pull->channel_count; channel++) {
        rows[channel] = job->planes[channel] + job->written;
    }
    if (!pull->render(pull->user, inputs, rows)) {
        return false;
    }
    job->written += pull->quantum_frames;
    return true;
}

/* What was written of this call, from zero up in equal steps. */
static void rise(puller *pull, const request *job) {
    const uint32_t ramp = min_u32(pull->rise_frames_left, job->written);
    const uint32_t done = PULLER_RAMP_FRAMES - pull->rise_frames_left;
    for (uint32_t channel = 0; channel < pull->channel_count; channel++) {
        float *out = job->planes[channel];
        for (uint32_t frame = 0; frame < ramp; frame++) {
            out[frame] *= (float)(done + frame) / (float)PULLER_RAMP_FRAMES;
        }
    }
    pull->rise_frames_left -= ramp;
}

static void remember_last(puller *pull, const request *job) {
    if (job->written == 0) {
        return;
    }
    for (uint32_t channel = 0; channel < pull->channel_count; channel++) {
        pull->last[channel] = job->planes[channel][job->written - 1];
    }
    pull->ramp_frames_left = PULLER_RAMP_FRAMES;
}

/* The rest of the call without the renderer: down to zero in equal steps, then silence. */
static void land(puller *pull, const request *job) {
    const uint32_t rest = job->frame_count - job->written;
    const uint32_t ramp = min_u32(pull->ramp_frames_left, rest);
    for (uint32_t channel = 0; channel < pull->channel_count; channel++) {
        float *out = job->planes[channel] + job->written;
        const float step = pull->last[channel] / (float)PULLER_RAMP_FRAMES;
        for (uint32_t frame = 0; frame < ramp; frame++) {
            out[frame] = step * (float)(pull->ramp_frames_left - 1 - frame);
        }
        memset(out + ramp, 0, (rest - ramp) * sizeof(float));
    }
    pull->ramp_frames_left -= ramp;
}

void puller_rise(puller *pull) {
    pull->rise_frames_left = PULLER_RAMP_FRAMES;
}

void puller_pull(puller *pull, const float *const *inputs, float *const *planes, uint32_t frame_count) {
    request job = { pull->input_count == 0 ? NULL : inputs, planes, frame_count, 0, 0 };
    if (pull->held_frames > 0) {
        hand_out(pull, &job);
    }
    bool is_running = true;
    while (is_running && job.written < frame_count) {
        is_running = render_next(pull, &job);
    }
    rise(pull, &job);
    remember_last(pull, &job);
    if (!is_running) {
        pull->held_frames = pull->gathered_frames = 0; /* the next pull starts with a fresh quantum */
        land(pull, &job);
    } else if (job.inputs != NULL && job.read < frame_count) {
        gather(pull, &job, frame_count - job.read);
    }
    assert(pull->gathered_frames + pull->held_frames < pull->quantum_frames);
}
