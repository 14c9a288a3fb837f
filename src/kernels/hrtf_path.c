/* See hrtf_path.h. Filters are made when they are first heard, not when they are steered to: what happens in
 * silence is the same as what would happen to zeros, and costs nothing. */
#include "hrtf_path.h"
#include <string.h>

static bool is_same(const float a[3], const float b[3]) {
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

static void go_to(hrtf_path *path, const float direction[3]) {
    hrtf_place *place = &path->places[path->now];
    if (!path->has_place || !is_same(place->direction, direction)) {
        memcpy(place->direction, direction, sizeof place->direction);
        place->is_ready = false;
    }
    path->has_place = true;
}

static void steer(hrtf_path *path, const hrtf_job *job) {
    if (!path->has_place || job->is_first) {
        go_to(path, job->direction);
        path->gains[0] = path->gains[1] = job->gain;
        path->fade_left = 0;
        return;
    }
    const bool is_moving = !is_same(path->places[path->now].direction, job->direction);
    if (path->fade_left > 0 || (!is_moving && path->gains[1] == job->gain)) {
        return;
    }
    path->is_crossing = is_moving;
    path->fade_left = job->set->fade_frames;
    path->gains[0] = path->gains[1];
    path->gains[1] = job->gain;
    if (is_moving) {
        path->now = 1 - path->now;
        go_to(path, job->direction);
    }
}

static void make_ready(hrtf_path *path, const hrtf_job *job, const hrtf_line lines[2], uint32_t which) {
    hrtf_place *place = &path->places[which];
    if (place->is_ready) {
        return;
    }
    hrtf_blend blend;
    hrtf_find(job->set, place->direction, &blend);
    for (uint32_t ear = 0; ear < 2; ear++) {
        hrtf_spectra(job->set, &blend, ear, lines[ear].filters[which]);
    }
    place->is_ready = true;
}

/* Both ears have heard the same so far: the right line takes over the left one's past. */
static void widen(hrtf_path *path, const hrtf_job *job, const hrtf_line lines[2]) {
    if (path->is_wide) {
        return;
    }
    path->is_wide = true;
    if (path->clock.is_running) {
        const size_t floats = (size_t)job->set->partition_count * HRTF_SPECTRUM_FLOATS;
        memcpy(lines[1].window, lines[0].window, 2 * HRTF_BLOCK_FRAMES * sizeof(float));
        memcpy(lines[1].blocks, lines[0].blocks, floats * sizeof(float));
    }
}

/* until: the fade's progress before the first frame, in frames. */
static void fade(float *restrict out, const float *restrict after, const float *restrict before,
                 const float gains[2], float done, float total, uint32_t frames) {
    const float step = 1.0f / total;
    for (uint32_t i = 0; i < frames; i++) {
        const float part = (done + (float)(i + 1)) * step;
        out[i] = before[i] * (gains[0] * (1.0f - part)) + after[i] * (gains[1] * part);
    }
}

/* The same where only the gain moves: one signal, so that no product is lost to rounding twice. */
static void ramp(float *restrict out, const float *restrict in, const float gains[2], float done,
                 float total, uint32_t frames) {
    const float step = 1.0f / total, rise = gains[1] - gains[0];
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = in[i] * (gains[0] + rise * ((done + (float)(i + 1)) * step));
    }
}

static void render_ear(const hrtf_path *path, const hrtf_job *job, const hrtf_line lines[2],
                       uint32_t ear, uint32_t offset, uint32_t frames, float *out) {
    float after[HRTF_BLOCK_FRAMES], before[HRTF_BLOCK_FRAMES];
    const hrtf_line *source = &lines[path->is_wide ? ear : 0];
    const uint32_t faded = path->fade_left < frames ? path->fade_left : frames;
    const float total = (float)job->set->fade_frames, done = total - (float)path->fade_left;
    hrtf_convolve(source, lines[ear].filters[path->now], &path->clock, job->set, offset, frames, after);
    if (faded > 0 && path->is_crossing) {
        hrtf_convolve(source, lines[ear].filters[1 - path->now], &path->clock, job->set, offset, faded,
                      before);
        fade(out, after, before, path->gains, done, total, faded);
    } else if (faded > 0) {
        ramp(out, after, path->gains, done, total, faded);
    }
    for (uint32_t i = faded; i < frames; i++) {
        out[i] = path->gains[1] * after[i];
    }
}

/* Frames that lie in one block. */
static void render_span(hrtf_path *path, const hrtf_job *job, const hrtf_line lines[2], uint32_t begin,
                        uint32_t offset, uint32_t frames) {
    bool is_new = false;
    const bool is_next =
        hrtf_clock_advance(&path->clock, job->set->partition_count, job->frame + begin, &is_new);
    for (uint32_t ear = 0; ear < (path->is_wide ? 2u : 1u); ear++) {
        if (is_new) {
            hrtf_line_clear(&lines[ear]);
        } else if (is_next) {
            hrtf_line_shift(&lines[ear]);
        }
        hrtf_line_feed(&lines[ear], &path->clock, job->set, job->in[ear] + begin, offset, frames);
    }
    for (uint32_t ear = 0; ear < 2; ear++) {
        render_ear(path, job, lines, ear, offset, frames, job->out[ear] + begin);
    }
    path->fade_left -= path->fade_left < frames ? path->fade_left : frames;
}

static uint32_t less(uint32_t left, uint32_t frames) {
    return left > frames ? left - frames : 0;
}

static bool skip(hrtf_path *path, const hrtf_job *job) {
    path->clock.is_running = false; /* nothing but zeros is remembered */
    path->is_wide = false;
    path->fade_left = less(path->fade_left, job->frames);
    memset(job->out[0], 0, job->frames * sizeof(float));
    memset(job->out[1], 0, job->frames * sizeof(float));
    return false;
}

/* Zeros enter the lines for so long until no block with anything else is left in the ring. */
static void count_down(hrtf_path *path, const hrtf_job *job) {
    const uint32_t memory_frames = (job->set->partition_count + 2) * HRTF_BLOCK_FRAMES;
    path->sound_left = job->is_silent ? less(path->sound_left, job->frames) : memory_frames;
    path->stereo_left =
        job->is_silent || !job->is_stereo ? less(path->stereo_left, job->frames) : memory_frames;
    path->is_wide = path->is_wide && path->stereo_left > 0;
}

bool hrtf_path_render(hrtf_path *path, const hrtf_job *job) {
    if (path->set != job->set || path->memory != job->memory[0]) {
        *path = (hrtf_path){ .set = job->set, .memory = job->memory[0] };
    } else if (job->is_first) {
        path->clock.is_running = path->is_wide = false;
        path->sound_left = path->stereo_left = 0;
    }
    steer(path, job);
    if (job->is_silent && path->sound_left == 0) {
        return skip(path, job);
    }
    const hrtf_line lines[2] = { hrtf_line_at(job->memory[0], job->set->partition_count),
                                 hrtf_line_at(job->memory[1], job->set->partition_count) };
    make_ready(path, job, lines, path->now);
    if (path->fade_left > 0 && path->is_crossing) {
        make_ready(path, job, lines, 1 - path->now);
    }
    if (job->is_stereo && !job->is_silent) {
        widen(path, job, lines);
    }
    for (uint32_t done = 0; done < job->frames;) {
        const uint32_t offset = (uint32_t)((job->frame + done) % HRTF_BLOCK_FRAMES);
        const uint32_t room = HRTF_BLOCK_FRAMES - offset, left = job->frames - done;
        const uint32_t frames = room < left ? room : left;
        render_span(path, job, lines, done, offset, frames);
        done += frames;
    }
    count_down(path, job);
    return true;
}
