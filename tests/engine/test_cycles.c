/* Cycles: through delays, made and opened while they ring, without delays (muted), and through params. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "rig.h"
#include <math.h>
#include <stdlib.h>

enum { FRAMES = 8192, QUANTUM = 128 };

/* -- one loop against a double oracle ----------------------------------------------------------------- */

/* x -> sum -> delay -> (feedback) -> sum. In a cycle a delay is at least one quantum. */
typedef struct loop {
    rig *r;
    wa_node sum, delay, feedback;
    double delay_frames, gain;
    bool is_closed;
    double *x, *sums, *delayed; /* [FRAMES] */
    uint64_t done;
} loop;

static double read_back(const double *written, uint64_t frame, double delay_frames) {
    const double whole = floor(delay_frames), fraction = delay_frames - whole;
    const int64_t newer = (int64_t)frame - (int64_t)whole, older = newer - 1;
    return (newer >= 0 ? (1.0 - fraction) * written[newer] : 0.0) +
           (older >= 0 && fraction > 0.0 ? fraction * written[older] : 0.0);
}

/* What a delayTime of so many frames comes to: a param is a float, and a whole number of frames stays one. */
static double param_frames_at(double frames, double rate) {
    const double as_float = (double)(float)(frames / rate) * rate;
    return frames == floor(frames) ? frames : as_float;
}
static double param_frames(double frames) {
    return param_frames_at(frames, 48000.0);
}

static double *new_plane(void) {
    double *plane = calloc(FRAMES, sizeof *plane);
    assert_non_null(plane);
    return plane;
}

static loop loop_make_in(uint32_t quantum, float rate, double delay_frames, double gain) {
    loop made = { .r = rig_create(&(rig_desc){
                      .channel_count = 2, .quantum_frames = quantum, .sample_rate_hz = rate }),
                  .delay_frames = param_frames_at(delay_frames, (double)rate),
                  .gain = gain,
                  .x = new_plane(),
                  .sums = new_plane(),
                  .delayed = new_plane() };
    rig *r = made.r;
    const wa_node both = rig_merger(r, 2);
    made.sum = rig_gain(r, 1.0f);
    made.feedback = rig_gain(r, (float)gain);
    made.delay = rig_delay(r, rig_frames_s(r, 4800), rig_frames_s(r, delay_frames));
    rig_connect(r, rig_noise(r, 1, 600, 5), made.sum);
    rig_connect(r, made.sum, made.delay);
    rig_connect(r, made.delay, made.feedback);
    rig_connect_ports(r, made.sum, 0, both, 0);
    rig_connect_ports(r, made.delay, 0, both, 1);
    rig_connect(r, both, r->out);
    uint32_t seed = 5;
    for (uint32_t frame = 0; frame < 600; frame++) {
        made.x[frame] = (double)rig_random_unit(&seed);
    }
    return made;
}

static loop loop_make(double delay_frames, double gain) {
    return loop_make_in(QUANTUM, 48000.0f, delay_frames, gain);
}

static void loop_close(loop *of) {
    rig_connect(of->r, of->feedback, of->sum);
    of->is_closed = true;
}

static void loop_open(loop *of) {
    assert_ok(wa_node_disconnect_node(of->r->context, of->feedback, of->sum));
    of->is_closed = false;
}

static void loop_render(loop *of, uint32_t frames) {
    rig_render(of->r, frames);
    const double least = of->is_closed ? (double)of->r->quantum_frames : 0.0;
    const double delay = fmax(of->delay_frames, least);
    for (uint32_t frame = 0; frame < frames; frame++, of->done++) {
        of->sums[of->done] = of->x[of->done];
        if (of->is_closed) {
            of->delayed[of->done] = read_back(of->sums, of->done, delay);
            of->sums[of->done] += of->gain * of->delayed[of->done];
        } else {
            of->delayed[of->done] = read_back(of->sums, of->done, delay);
        }
    }
}

static void loop_finish(loop *of, const char *what) {
    const double sum_db = rig_error_db(of->r->planes[0], of->sums, of->done);
    const double delayed_db = rig_error_db(of->r->planes[1], of->delayed, of->done);
    if (!(sum_db < -125.0 && delayed_db < -125.0)) {
        print_error(
            "%s, quanta of %u at %g Hz: delay of %g frames: %.1f dB at the sum, %.1f dB behind the "
            "delay\n",
            what, of->r->quantum_frames, of->r->rate, of->delay_frames, sum_db, delayed_db);
        fail();
    }
    free(of->x);
    free(of->sums);
    free(of->delayed);
    rig_destroy(of->r);
}

static const double lengths[] = { 0, 0.25, 1, 63, 64, 127, 127.5, 128, 128.5, 129, 200.5, 480, 1000 };
enum { LENGTH_COUNT = sizeof lengths / sizeof lengths[0] };

static void test_loop(void **state) {
    (void)state;
    for (size_t row = 0; row < LENGTH_COUNT; row++) {
        loop of = loop_make(lengths[row], 0.75);
        loop_close(&of);
        loop_render(&of, FRAMES);
        loop_finish(&of, "in a cycle");
        of = loop_make(lengths[row], 0.75);
        loop_render(&of, FRAMES);
        loop_finish(&of, "in no cycle");
    }
}

/* The least delay in a cycle is a quantum of whatever size; out of one 0 passes in the same frame. */
static void test_loop_in_any_quantum(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 1, 100, 441, 4096 };
    static const float rates[] = { 3000.0f, 48000.0f, 768000.0f };
    static const double around[] = { 0, 0.25, 1, 1.5, 60, 99.5, 100, 100.5, 441, 443.75, 2000 };
    for (uint32_t which = 0; which < 12; which++) {
        for (size_t row = 0; row < sizeof around / sizeof around[0]; row++) {
            for (uint32_t is_closed = 0; is_closed < 2; is_closed++) {
                loop of = loop_make_in(quanta[which % 4], rates[which / 4], around[row],
                                       row % 2 ? 0.75 : -0.75);
                if (is_closed) {
                    loop_close(&of);
                }
                loop_render(&of, FRAMES);
                loop_finish(&of, is_closed ? "in a cycle" : "in no cycle");
            }
        }
    }
}

/* The line keeps what it holds when a cycle is made around it, and when that is opened again. */
static void test_made_and_opened_while_it_rings(void **state) {
    (void)state;
    for (size_t row = 0; row < LENGTH_COUNT; row++) {
        loop of = loop_make(lengths[row], -0.75);
        loop_render(&of, 3 * QUANTUM);
        for (uint32_t round = 0; round < 3; round++) {
            loop_close(&of);
            loop_render(&of, (5 - round) * QUANTUM);
            loop_open(&of);
            loop_render(&of, (1 + round) * QUANTUM);
        }
        loop_close(&of);
        loop_open(&of); /* with nothing rendered in between */
        loop_render(&of, QUANTUM);
        loop_finish(&of, "made and opened");
    }
}

/* -- several delays ------------------------------------------------------------------------------------ */

/* Two in one loop: each is at least a quantum. One more that hangs on it is exact. */
static void test_two_delays(void **state) {
    (void)state;
    static const double rows[][3] = {
        { 10, 20, 0 }, { 10, 300, 1 }, { 300, 10, 5 }, { 400, 222.5, 77 }
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        rig *r = rig_create(NULL);
        const wa_node sum = rig_gain(r, 1.0f), first = rig_delay(r, 0.1, rig_frames_s(r, rows[row][0])),
                      second = rig_delay(r, 0.1, rig_frames_s(r, rows[row][1])),
                      outside = rig_delay(r, 0.1, rig_frames_s(r, rows[row][2])),
                      feedback = rig_gain(r, 0.5f);
        rig_connect(r, outside, r->out);
        rig_connect(r, feedback, sum);
        rig_connect(r, second, feedback);
        rig_connect(r, first, second);
        rig_connect(r, sum, outside);
        rig_connect(r, sum, first);
        rig_connect(r, rig_noise(r, 1, 600, 5), sum);
        rig_render(r, FRAMES);
        double *sums = new_plane(), *middle = new_plane(), *want = new_plane();
        uint32_t seed = 5;
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            const double x = frame < 600 ? (double)rig_random_unit(&seed) : 0.0;
            middle[frame] = read_back(sums, frame, fmax(rows[row][0], QUANTUM));
            sums[frame] = x + 0.5 * read_back(middle, frame, fmax(param_frames(rows[row][1]), QUANTUM));
            want[frame] = read_back(sums, frame, rows[row][2]);
        }
        assert_true(rig_error_db(r->planes[0], want, FRAMES) < -125.0);
        free(sums);
        free(middle);
        free(want);
        rig_destroy(r);
    }
}

static void assert_two_in_a_loop(const float *got, double first_frames, double second_frames) {
    double *sums = new_plane(), *middle = new_plane();
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        middle[frame] = read_back(sums, frame, fmax(first_frames, QUANTUM));
        sums[frame] =
            (frame == 0 ? 1.0 : 0.0) + read_back(middle, frame, fmax(second_frames, QUANTUM)) / 2.0;
    }
    assert_true(rig_error_db(got, sums, FRAMES) < -125.0);
    free(sums);
    free(middle);
}

/* The second joins a loop that the first has opened, by a connection that breaks no order; or a way back beside
 * them goes, and both are on a cycle still. Either way each is at least a quantum. */
static void test_second_delay_of_a_loop(void **state) {
    (void)state;
    for (uint32_t round = 0; round < 2; round++) {
        rig *r = rig_create(NULL);
        const wa_node sum = rig_gain(r, 1.0f), first = rig_delay(r, 0.1, rig_frames_s(r, 10)),
                      second = rig_delay(r, 0.1, rig_frames_s(r, 20)), back = rig_gain(r, 0.5f),
                      beside = rig_gain(r, 0.5f);
        rig_connect(r, sum, first);
        if (round == 0) {
            rig_connect(r, first, back);
            rig_connect(r, back, sum);
            rig_connect(r, first, second);
            rig_connect(r, second, back);
            assert_ok(wa_node_disconnect_node(r->context, first, back));
        } else {
            rig_connect(r, first, second);
            rig_connect(r, second, back);
            rig_connect(r, back, sum);
            rig_connect(r, first, beside);
            rig_connect(r, beside, sum);
            assert_ok(wa_node_disconnect_node(r->context, beside, sum));
        }
        rig_connect(r, sum, r->out);
        rig_connect(r, rig_impulse(r, 1.0f, 0.0), sum);
        assert_two_in_a_loop(rig_render(r, FRAMES), 10, 20);
        rig_destroy(r);
    }
}

/* A delay that feeds itself, and a delay in two loops at once of which one is opened. */
static void test_shared_delay(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node delay = rig_delay(r, 0.1, rig_frames_s(r, 200));
    rig_connect(r, rig_impulse(r, 1.0f, 0.0), delay);
    const wa_node half = rig_gain(r, 0.5f);
    rig_connect(r, delay, delay);
    rig_connect(r, delay, half);
    rig_connect(r, half, delay);
    rig_connect(r, delay, r->out);
    const float *got = rig_render(r, 8 * QUANTUM);
    for (uint32_t frame = 0; frame < 8 * QUANTUM; frame++) {
        const double turn = (double)(frame / 200);
        assert_true(got[frame] == (frame > 0 && frame % 200 == 0 ? (float)pow(1.5, turn - 1.0) : 0.0f));
    }
    /* At 1024: what came out at 1000 went in again one and a half times, what comes out at 1200 half. */
    assert_ok(wa_node_disconnect_node(r->context, delay, delay));
    got = rig_render(r, 8 * QUANTUM);
    for (uint32_t frame = 0; frame < 8 * QUANTUM; frame++) {
        const uint32_t at = frame + 8 * QUANTUM;
        const double want = pow(1.5, 5.0) * pow(0.5, (double)(at / 200) - 6.0);
        assert_true(got[frame] == (at % 200 == 0 ? (float)want : 0.0f));
    }
    rig_destroy(r);
}

/* -- without a delay: muted ------------------------------------------------------------------------------ */

static void check_channels(rig *r, const float *want) {
    const uint64_t from = r->frame_count;
    rig_render(r, 2 * QUANTUM);
    for (uint32_t channel = 0; channel < r->channel_count; channel++) {
        assert_all(r->planes[channel] + from, want[channel], 2 * QUANTUM);
    }
}

/* before -> a -> b -> after, b -> a. Only what is on the cycle is mute. */
static void test_muted_and_heard_again(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 4 });
    const wa_node all = rig_merger(r, 4);
    wa_node chain[4];
    for (uint32_t index = 0; index < 4; index++) {
        chain[3 - index] = rig_gain(r, 2.0f); /* made backwards: levels have to rise */
    }
    for (uint32_t index = 0; index < 4; index++) {
        rig_connect_ports(r, chain[index], 0, all, index);
    }
    rig_connect(r, all, r->out);
    rig_connect(r, chain[2], chain[3]);
    rig_connect(r, chain[1], chain[2]);
    rig_connect(r, chain[0], chain[1]);
    rig_connect(r, rig_constant(r, 1.0f), chain[0]);
    rig_connect(r, rig_constant(r, 0.5f), chain[3]);
    static const float open[4] = { 2, 4, 8, 17 }, closed[4] = { 2, 0, 0, 1 }, self[4] = { 2, 0, 0, 1 };
    for (uint32_t round = 0; round < 3; round++) {
        check_channels(r, open);
        rig_connect(r, chain[2], chain[1]);
        check_channels(r, closed);
        assert_ok(wa_node_disconnect_node(r->context, chain[2], chain[1]));
        check_channels(r, open);
        rig_connect(r, chain[1], chain[1]);
        check_channels(r, self);
        rig_connect(r, chain[2], chain[2]);
        assert_ok(wa_node_disconnect_node(r->context, chain[1], chain[1]));
        static const float second[4] = { 2, 4, 0, 1 };
        check_channels(r, second);
        assert_ok(wa_node_disconnect_node(r->context, chain[2], chain[2]));
    }
    rig_destroy(r);
}

/* Its source plays all the while, for many, so that nobody looks at each of its readers in every quantum. */
static void test_heard_again_among_many(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node source = rig_constant(r, 1.0f), a = rig_gain(r, 0.5f), b = rig_gain(r, 1.0f);
    rig_connect(r, source, a);
    for (uint32_t index = 0; index < 12; index++) {
        rig_connect(r, source, rig_gain(r, 1.0f));
    }
    rig_connect(r, a, r->out);
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    rig_connect(r, a, b);
    rig_connect(r, b, a);
    assert_all(rig_render(r, 8 * QUANTUM), 0.0f, 8 * QUANTUM);
    assert_ok(wa_node_disconnect(r->context, b));
    assert_all(rig_render(r, QUANTUM), 0.5f, QUANTUM);
    rig_destroy(r);
}

/* Two rings that share a node; edges around them come and go while they are mute. */
static void test_two_rings(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .channel_count = 4 });
    const wa_node a = rig_gain(r, 1.0f), b = rig_gain(r, 2.0f), c = rig_gain(r, 3.0f),
                  tail = rig_gain(r, 1.0f), all = rig_merger(r, 4), source = rig_constant(r, 1.0f);
    rig_connect(r, source, a);
    rig_connect(r, a, b);
    rig_connect(r, b, a);
    rig_connect(r, a, c);
    rig_connect(r, c, a);
    const wa_node ends[] = { a, b, c, tail };
    for (uint32_t index = 0; index < 4; index++) {
        rig_connect_ports(r, ends[index], 0, all, index);
    }
    rig_connect(r, all, r->out);
    check_channels(r, (const float[4]){ 0, 0, 0, 0 });
    assert_ok(wa_node_disconnect_node(r->context, a, b)); /* b is a way in now, a and c still turn */
    check_channels(r, (const float[4]){ 0, 0, 0, 0 });
    rig_connect(r, source, b);
    rig_connect(r, b, tail);
    check_channels(r, (const float[4]){ 0, 2, 0, 2 });
    rig_connect(r, c, tail);
    assert_ok(wa_node_disconnect_node(r->context, c, a));
    check_channels(r, (const float[4]){ 3, 2, 9, 11 });
    rig_connect(r, tail, b); /* b -> a -> c -> tail -> b: everything */
    check_channels(r, (const float[4]){ 0, 0, 0, 0 });
    rig_release(r, c, WA_RELEASE_NOW); /* b -> tail -> b is left */
    check_channels(r, (const float[4]){ 1, 0, 0, 0 });
    assert_ok(wa_node_disconnect(r->context, tail));
    rig_connect_ports(r, tail, 0, all, 3);
    check_channels(r, (const float[4]){ 3, 2, 0, 2 });
    rig_destroy(r);
}

/* The way back leads through a node that is mute already; the connection that closes it goes upwards in the
 * order. With a delay on the way that ring sounds, but for the mute node. */
static void test_closed_through_a_mute_node(void **state) {
    (void)state;
    for (uint32_t has_delay = 0; has_delay < 2; has_delay++) {
        rig *r = rig_create(NULL);
        const wa_node mute = rig_gain(r, 1.0f), low = rig_gain(r, 1.0f), high = rig_gain(r, 1.0f);
        const wa_node before = rig_gain(r, 1.0f), next = rig_gain(r, 1.0f),
                      delay = rig_delay(r, 0.1, 0.0);
        rig_connect(r, mute, mute);
        rig_connect(r, rig_constant(r, 1.0f), low);
        rig_connect(r, low, r->out);
        rig_connect(r, before, next);
        rig_connect(r, next, high); /* which lifts it above the other */
        rig_connect(r, high, mute);
        rig_connect(r, mute, has_delay ? delay : low);
        rig_connect(r, delay, low);
        assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
        rig_connect(r, low, high);
        assert_all(rig_render(r, QUANTUM), has_delay ? 1.0f : 0.0f, QUANTUM);
        assert_ok(
            wa_node_disconnect_node(r->context, mute, mute)); /* now it is open, or sounds as well */
        const float *got = rig_render(r, 3 * QUANTUM);
        for (uint32_t quantum = 0; quantum < 3; quantum++) {
            assert_all(got + quantum * QUANTUM, has_delay ? 1.0f + (float)quantum : 0.0f, QUANTUM);
        }
        rig_destroy(r);
    }
}

/* A delay makes a mute ring sound; without it the ring is mute again. */
static void test_delay_joins_a_ring(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node a = rig_gain(r, 1.0f), b = rig_gain(r, 0.5f), delay = rig_delay(r, 0.1, 0.0);
    rig_connect(r, rig_constant(r, 1.0f), a);
    rig_connect(r, a, b);
    rig_connect(r, b, a);
    rig_connect(r, a, r->out);
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_ok(wa_node_disconnect_node(r->context, b, a));
    rig_connect(r, b, delay);
    rig_connect(r, delay, a);
    float want = 1.0f;
    for (uint32_t quantum = 0; quantum < 6; quantum++) {
        assert_all(rig_render(r, QUANTUM), want, QUANTUM);
        want = 1.0f + 0.5f * want;
    }
    rig_connect(r, b, a); /* a second way back, without delay: a and b are mute, the delay rings out */
    assert_all(rig_render(r, 4 * QUANTUM), 0.0f, 4 * QUANTUM);
    assert_ok(wa_node_disconnect_node(r->context, b, a));
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    assert_all(rig_render(r, QUANTUM), 1.5f, QUANTUM);
    rig_destroy(r);
}

/* Muted while it sounds, with readers that come before it in the order: nothing of it is heard from then on,
 * whether the edit is small or takes several quanta. */
static void test_muted_while_it_sounds(void **state) {
    (void)state;
    for (uint32_t extra = 0; extra < 2000; extra += 1999) {
        rig *r = rig_create(&(rig_desc){ .is_live = true });
        const wa_node delay = rig_delay(r, 0.01, 0.0), back = rig_gain(r, 1.0f),
                      other = rig_gain(r, 1.0f);
        wa_node feeder = rig_constant(r, 2.0f);
        for (uint32_t index = 0; index < 3; index++) {
            const wa_node next = rig_gain(r, 1.0f);
            rig_connect(r, feeder, next);
            feeder = next;
        }
        rig_connect(r, feeder, delay);
        rig_connect(r, rig_constant(r, 1.0f), delay);
        rig_connect(r, delay, r->out);
        assert_all(rig_render(r, QUANTUM), 3.0f, QUANTUM);
        assert_ok(wa_begin(r->context));
        rig_connect(r, feeder, feeder);
        rig_connect(r, back, back);
        rig_connect(r, back, delay); /* the delay is apart; its writer follows the constant alone */
        rig_connect(r, delay, back);
        for (uint32_t index = 0; index < extra; index++) {
            assert_ok(wa_node_set_channel_count(r->context, other, 1 + index % 2));
        }
        assert_ok(wa_commit(r->context));
        uint32_t quantum = 0;
        while (rig_render(r, QUANTUM)[0] == 3.0f) { /* not applied yet, or the delay has it still */
            assert_true(++quantum < 16);
        }
        assert_all(r->planes[0] + r->frame_count - QUANTUM, 1.0f, QUANTUM);
        assert_all(rig_render(r, 4 * QUANTUM), 1.0f, 4 * QUANTUM);
        rig_destroy(r);
    }
}

/* What is heard is on a cycle itself: silence in every frame, and sound again once it is open. */
static void test_destination_on_a_cycle(void **state) {
    (void)state;
    for (uint32_t has_gain = 0; has_gain < 2; has_gain++) {
        rig *r = rig_create(&(rig_desc){ .channel_count = 2 });
        const wa_node back = has_gain ? rig_gain(r, 1.0f) : r->out;
        rig_connect(r, rig_constant(r, 1.0f), r->out);
        assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
        rig_connect(r, r->out, back);
        if (has_gain) {
            rig_connect(r, back, r->out);
        }
        assert_all(rig_render(r, 3 * QUANTUM), 0.0f,
                   3 * QUANTUM); /* the rig fills frames with NaN before */
        assert_all(r->planes[1] + QUANTUM, 0.0f, 3 * QUANTUM);
        assert_ok(wa_node_disconnect_node(r->context, r->out, back));
        assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
        rig_destroy(r);
    }
}

/* -- through params --------------------------------------------------------------------------------------- */

static void test_params(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node gain = rig_gain(r, 1.0f), other = rig_gain(r, 0.5f), delay = rig_delay(r, 0.1, 0.0),
                  source = rig_constant(r, 1.0f);
    const wa_param param = wa_node_param(gain, WA_GAIN_GAIN);
    rig_connect(r, source, gain);
    rig_connect(r, gain, r->out);
    rig_connect_param(r, gain, gain, WA_GAIN_GAIN); /* itself */
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_ok(wa_node_disconnect_param(r->context, gain, param));
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    rig_connect(r, gain, other);
    rig_connect_param(r, other, gain, WA_GAIN_GAIN); /* by way of another */
    assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
    assert_ok(wa_node_disconnect_param(r->context, other, param));
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    rig_connect(r, other, delay);
    rig_connect_param(r, delay, gain, WA_GAIN_GAIN); /* a quantum late: gain = 1 + 0.5 * before */
    float want = 1.0f;
    for (uint32_t quantum = 0; quantum < 6; quantum++) {
        assert_all(rig_render(r, QUANTUM), want, QUANTUM);
        want = 1.0f + 0.5f * want;
    }
    assert_ok(wa_node_disconnect_param(r->context, delay, param));
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    rig_destroy(r);
}

/* A delay's own delayTime is read with its output: its loop has no quantum to spare and is mute. */
static void test_delay_time_loop(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node delay = rig_delay(r, 0.1, rig_frames_s(r, QUANTUM));
    rig_connect(r, rig_constant(r, 1.0f), delay);
    rig_connect(r, delay, r->out);
    rig_connect_param(r, delay, delay, WA_DELAY_DELAY_TIME);
    assert_all(rig_render(r, 3 * QUANTUM), 0.0f, 3 * QUANTUM);
    assert_ok(wa_node_disconnect_param(r->context, delay, wa_node_param(delay, WA_DELAY_DELAY_TIME)));
    rig_skip(r, 2 * QUANTUM);
    assert_all(rig_render(r, QUANTUM), 1.0f, QUANTUM);
    rig_destroy(r);
}

/* A loop through delayTime is mute, and what only leads to the delay's input is not: that goes on being
 * written, and is heard once the loop is open. */
static void test_written_while_mute(void **state) {
    (void)state;
    for (uint32_t has_way = 0; has_way < 2; has_way++) {
        rig *r = rig_create(NULL);
        const wa_node delay = rig_delay(r, 0.1, rig_frames_s(r, 2 * QUANTUM)), way = rig_gain(r, 1.0f);
        const wa_node back = rig_sine(r, 0.0f);
        rig_connect(r, rig_constant(r, 1.0f), way);
        rig_connect(r, way, delay);
        rig_connect(r, delay, r->out);
        rig_connect(r, back, has_way ? way : delay);
        rig_connect_param(r, back, delay, WA_DELAY_DELAY_TIME);
        rig_connect_param(r, delay, back, WA_OSCILLATOR_FREQUENCY);
        assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
        assert_ok(wa_node_disconnect_node(r->context, delay, r->out));
        assert_ok(wa_node_disconnect(r->context, back));
        rig_connect(r, delay, r->out);
        assert_all(rig_render(r, QUANTUM), 0.0f, QUANTUM);
        assert_all(rig_render(r, 4 * QUANTUM), 1.0f, 4 * QUANTUM);
        rig_destroy(r);
    }
}

/* On a cycle a delay is active only while something comes out. Until then the merger rests and the second
 * impulse goes into the line as mono: "speakers" puts that on two of four channels, and of three channels the
 * first on one. */
static void test_resting_delay(void **state) {
    (void)state;
    const uint32_t delay_frames = 5 * QUANTUM + 7;
    const struct {
        uint32_t frame;
        float channels[4];
    } heard[] = { { delay_frames, { 1, 1, 0, 0 } },
                  { 3 * QUANTUM + delay_frames, { 2, 2, 0, 0 } },
                  { 2 * delay_frames, { 0, 1, 0, 0 } } };
    rig *r = rig_create(&(rig_desc){ .channel_count = 4 });
    const wa_node delay = rig_delay(r, 0.1, rig_frames_s(r, delay_frames)), merger = rig_merger(r, 3);
    rig_connect(r, rig_impulse(r, 1.0f, 0.0), delay);
    rig_connect(r, rig_impulse(r, 2.0f, rig_frames_s(r, 3 * QUANTUM)), delay);
    rig_connect_ports(r, delay, 0, merger, 1);
    rig_connect(r, merger, delay);
    rig_connect(r, delay, r->out);
    rig_render(r, 11 * QUANTUM);
    for (uint32_t channel = 0; channel < 4; channel++) {
        for (uint32_t frame = 0; frame < 11 * QUANTUM; frame++) {
            float want = 0.0f;
            for (uint32_t row = 0; row < sizeof heard / sizeof heard[0]; row++) {
                want = frame == heard[row].frame ? heard[row].channels[channel] : want;
            }
            assert_true(r->planes[channel][frame] == want);
        }
    }
    rig_destroy(r);
}

/* -- rest ---------------------------------------------------------------------------------------------- */

/* A loop that fades comes to rest, and wakes with the next sound. */
static void test_tail_sleeps(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    const wa_node sum = rig_gain(r, 1.0f), delay = rig_delay(r, 0.01, 0.0), back = rig_gain(r, 0.5f);
    rig_connect(r, sum, delay);
    rig_connect(r, delay, back);
    rig_connect(r, back, sum);
    rig_connect(r, sum, r->out);
    for (uint32_t round = 0; round < 2; round++) {
        const wa_node click = rig_impulse(r, 1.0f, 0.0);
        rig_connect(r, click, sum);
        const float *got = rig_render(r, 20 * QUANTUM);
        for (uint32_t quantum = 0; quantum < 20; quantum++) {
            assert_true(got[quantum * QUANTUM] == ldexpf(1.0f, -(int)quantum));
        }
        rig_skip(r, 100 * QUANTUM);
        assert_true(rig_awake_count(r) > 1);
        rig_skip(r, 20 * QUANTUM);
        assert_int_equal(rig_awake_count(r), 1);
        assert_int_equal(rig_poll(r, WA_EVENT_ENDED), 1);
        rig_release(r, click, WA_RELEASE_NOW);
    }
    rig_destroy(r);
}

/* NaN and infinity do not go round, in any quantum or channel; what else is there goes on as it was. */
static void test_nothing_wild_goes_round(void **state) {
    static const float wild[] = { NAN, INFINITY, -INFINITY, 3.4e38f };
    static const uint32_t quanta[] = { 1, 100, 128, 333 };
    (void)state;
    for (uint32_t row = 0; row < sizeof quanta / sizeof quanta[0]; row++) {
        const uint32_t quantum = quanta[row];
        rig *r = rig_create(&(rig_desc){ .quantum_frames = quantum, .channel_count = 2 });
        const wa_node sum = rig_gain(r, 1.0f), delay = rig_delay(r, 0.01, 400.0 / 48000.0),
                      back = rig_gain(r, -2.0f);
        const wa_buffer buffer = rig_buffer(r, 2, 301);
        for (uint32_t channel = 0; channel < 2; channel++) {
            float *plane = wa_buffer_plane(r->engine, buffer, channel);
            for (uint32_t index = 0; index < 4; index++) {
                plane[10 + 3 * index] = wild[(index + channel) % 4]; /* -2 times the last overflows */
            }
            plane[300] = 0.25f + (float)channel;
        }
        rig_connect(r, rig_play(r, buffer, 0.0), sum);
        rig_connect(r, sum, delay);
        rig_connect(r, delay, back);
        rig_connect(r, back, sum);
        rig_connect(r, delay, r->out);
        rig_render(r, 400 * 8);
        for (uint32_t channel = 0; channel < 2; channel++) {
            const float *got = r->planes[channel] + 400;
            float wanted = 0.25f + (float)channel;
            for (uint32_t turn = 0; turn < 7; turn++, got += 400, wanted *= -2.0f) {
                for (uint32_t frame = 0; frame < 400; frame++) {
                    const bool is_large = turn == 0 && frame == 10 + 3 * ((7 - channel) % 4);
                    assert_true(got[frame] == (frame == 300 ? wanted : is_large ? 3.4e38f : 0.0f));
                }
            }
        }
        assert_ok(wa_buffer_release(r->engine, buffer));
        rig_destroy(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_loop_in_any_quantum),
        cmocka_unit_test(test_made_and_opened_while_it_rings),
        cmocka_unit_test(test_two_delays),
        cmocka_unit_test(test_second_delay_of_a_loop),
        cmocka_unit_test(test_shared_delay),
        cmocka_unit_test(test_muted_and_heard_again),
        cmocka_unit_test(test_heard_again_among_many),
        cmocka_unit_test(test_two_rings),
        cmocka_unit_test(test_closed_through_a_mute_node),
        cmocka_unit_test(test_delay_joins_a_ring),
        cmocka_unit_test(test_destination_on_a_cycle),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_delay_time_loop),
        cmocka_unit_test(test_written_while_mute),
        cmocka_unit_test(test_muted_while_it_sounds),
        cmocka_unit_test(test_resting_delay),
        cmocka_unit_test(test_tail_sleeps),
        cmocka_unit_test(test_nothing_wild_goes_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
