/* An embedded context under a host that asks for any number of frames: the same samples as quantum by quantum,
 * inputs in order, honest time stamps, silence while it does not run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"

enum { FRAME_COUNT = 12000, CHANNELS = 2 };

/* How a host may ask; 0: sizes at random from all of them. */
static const uint32_t pieces[] = { 1, 64, 100, 127, 128, 129, 441, 1000, 4096, 0 };
static const uint32_t quanta[] = { 1, 100, 128, 441 };
enum {
    PIECE_COUNT = sizeof pieces / sizeof pieces[0],
    QUANTUM_COUNT = sizeof quanta / sizeof quanta[0],
};

static uint32_t next_piece(uint32_t piece, uint32_t *seed) {
    return piece > 0 ? piece : pieces[rig_random(seed) % (PIECE_COUNT - 1)];
}

/* -- outputs ------------------------------------------------------------------------------------ */

static rig *scene(uint32_t quantum_frames) {
    rig *r = rig_create(&(rig_desc){ .quantum_frames = quantum_frames, .channel_count = CHANNELS });
    const wa_node sine = rig_sine(r, 1234.5f), gain = rig_gain(r, 0.1f),
                  echo = rig_delay(r, 0.1, 0.0123);
    const wa_node pan = rig_node(r, WA_NODE_TYPE_STEREO_PANNER, NULL);
    const wa_param level = wa_node_param(gain, WA_GAIN_GAIN);
    assert_ok(wa_param_set_target_at_time(r->context, level, 0.9f, 0.01, 0.02f));
    assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, wa_node_param(pan, 0), 0.7f, 0.05));
    rig_connect(r, sine, gain);
    rig_connect(r, gain, echo);
    rig_connect(r, gain, pan);
    rig_connect(r, echo, pan);
    rig_connect(r, pan, r->out);
    rig_connect(r, rig_impulse(r, 1.0f, 0.02), r->out);
    return r;
}

static void test_any_frame_count(void **state) {
    (void)state;
    for (uint32_t each = 0; each < QUANTUM_COUNT; each++) {
        rig *whole = scene(quanta[each]);
        for (uint32_t done = 0; done < FRAME_COUNT; done += quanta[each]) {
            (void)rig_render(whole, quanta[each]);
        }
        for (uint32_t index = 0; index < PIECE_COUNT; index++) {
            rig *r = scene(quanta[each]);
            uint32_t seed = 77;
            while (r->frame_count < FRAME_COUNT) {
                const uint32_t left = FRAME_COUNT - (uint32_t)r->frame_count;
                const uint32_t piece = next_piece(pieces[index], &seed);
                (void)rig_render(r, piece < left ? piece : left);
            }
            for (uint32_t channel = 0; channel < CHANNELS; channel++) {
                assert_same(r->planes[channel], whole->planes[channel], FRAME_COUNT);
            }
            rig_destroy(r);
        }
        rig_destroy(whole);
    }
}

/* Rendered are whole quanta, never more of them than were asked for. */
static void test_clock(void **state) {
    (void)state;
    for (uint32_t each = 0; each < QUANTUM_COUNT; each++) {
        for (uint32_t index = 0; index < PIECE_COUNT; index++) {
            rig *r = rig_create(&(rig_desc){ .quantum_frames = quanta[each] });
            uint32_t seed = 5;
            uint64_t asked = 0;
            for (uint32_t round = 0; round < 20; round++) {
                const uint32_t piece = next_piece(pieces[index], &seed);
                (void)rig_render(r, piece);
                asked += piece;
                const uint64_t quanta_needed = (asked + quanta[each] - 1) / quanta[each];
                assert_int_equal(wa_context_current_frame(r->context), quanta_needed * quanta[each]);
            }
            rig_destroy(r);
        }
    }
}

static void test_no_frames(void **state) {
    (void)state;
    rig *r = rig_create(NULL);
    rig_connect(r, rig_constant(r, 1.0f), r->out);
    (void)rig_render(r, 0);
    assert_int_equal(wa_context_current_frame(r->context), 0);
    (void)rig_render(r, 1);
    (void)rig_render(r, 0);
    assert_int_equal(wa_context_current_frame(r->context), 128);
    assert_all(rig_render(r, 127), 1.0f, 127);
    assert_int_equal(wa_context_current_frame(r->context), 128);
    rig_destroy(r);
}

/* -- inputs ------------------------------------------------------------------------------------- */

/* Frame f of channel c carries f + 1 + c / 4: what arrives says where it comes from. */
static void fill_input(float *plane, uint64_t frame, uint32_t count, uint32_t channel) {
    for (uint32_t index = 0; index < count; index++) {
        plane[index] = (float)(frame + index + 1) + 0.25f * (float)channel;
    }
}

/* In order, without a gap once it has begun; silence only in front and where the delay grows, and less than a
 * quantum of it altogether. */
static void check_arrived(const rig *r, uint32_t channel, uint64_t frames) {
    uint64_t next = 1, silent = 0;
    for (uint64_t frame = 0; frame < frames; frame++) {
        const float got = r->planes[channel][frame];
        if (got == 0.0f) {
            silent++;
        } else if (got == (float)next + 0.25f * (float)channel) {
            next++;
        } else {
            fail_msg("frame %llu of channel %u is %g, wanted %llu or silence",
                     (unsigned long long)frame, channel, (double)got, (unsigned long long)next);
        }
    }
    assert_true(silent < r->quantum_frames);
    assert_int_equal(silent + next - 1, frames);
}

static void test_inputs_in_order(void **state) {
    (void)state;
    static float memory[CHANNELS][4096];
    for (uint32_t each = 0; each < QUANTUM_COUNT; each++) {
        for (uint32_t index = 0; index < PIECE_COUNT; index++) {
            rig *r = rig_create(&(rig_desc){ .quantum_frames = quanta[each],
                                             .channel_count = CHANNELS,
                                             .input_channel_count = CHANNELS });
            const wa_node input = rig_node(r, WA_NODE_TYPE_INPUT, NULL);
            rig_connect(r, input, r->out);
            uint32_t seed = 99;
            while (r->frame_count < FRAME_COUNT) {
                const uint32_t piece = next_piece(pieces[index], &seed);
                for (uint32_t channel = 0; channel < CHANNELS; channel++) {
                    fill_input(memory[channel], r->frame_count, piece, channel);
                    r->inputs[channel] = memory[channel];
                }
                (void)rig_render(r, piece);
            }
            for (uint32_t channel = 0; channel < CHANNELS; channel++) {
                check_arrived(r, channel, r->frame_count);
            }
            rig_destroy(r);
        }
    }
}

/* A host whose callbacks are whole quanta hears its input without delay; NULL is silence there and then. */
static void test_null_inputs(void **state) {
    (void)state;
    static float memory[441 * 3];
    for (uint32_t each = 0; each < QUANTUM_COUNT; each++) {
        const uint32_t quantum = quanta[each], piece = 3 * quantum;
        rig *r = rig_create(&(rig_desc){ .quantum_frames = quantum, .input_channel_count = 1 });
        rig_connect(r, rig_node(r, WA_NODE_TYPE_INPUT, NULL), r->out);
        for (uint32_t round = 0; round < 6; round++) {
            fill_input(memory, round * piece, piece, 0);
            r->inputs[0] = round % 2 == 0 ? memory : NULL;
            const float *got = rig_render(r, piece);
            if (round % 2 == 0) {
                assert_same(got, memory, piece);
            } else {
                assert_all(got, 0.0f, piece);
            }
        }
        rig_destroy(r);
    }
}

/* Without input channels what is passed is not looked at; with them an Input node is as wide as they are. */
static void test_input_node(void **state) {
    (void)state;
    static float memory[128];
    fill_input(memory, 0, 128, 0);
    rig *r = rig_create(NULL);
    wa_node refused = { 0 };
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_INPUT, NULL, &refused), WA_ERR_NOT_SUPPORTED,
                   "input_channel_count");
    r->inputs[0] = memory;
    assert_all(rig_render(r, 128), 0.0f, 128);
    rig_destroy(r);

    r = rig_create(&(rig_desc){ .channel_count = 3, .input_channel_count = 3 });
    const wa_node input = rig_node(r, WA_NODE_TYPE_INPUT, NULL), split = rig_splitter(r, 3);
    rig_connect(r, input, split);
    const wa_node merge = rig_merger(r, 3);
    for (uint32_t channel = 0; channel < 3; channel++) {
        r->inputs[channel] = channel == 1 ? memory : calloc(128, sizeof(float));
        rig_connect_ports(r, split, channel, merge, 2 - channel);
    }
    rig_connect(r, merge, r->out);
    (void)rig_render(r, 128);
    assert_all(r->planes[0], 0.0f, 128);
    assert_same(r->planes[1], memory, 128);
    assert_all(r->planes[2], 0.0f, 128);
    free(r->inputs[0]);
    free(r->inputs[2]);
    rig_destroy(r);
}

/* -- what is refused, and silence --------------------------------------------------------------- */

static void test_wrong_descriptors(void **state) {
    (void)state;
    rig *r = rig_create(NULL), *offline = rig_create(&(rig_desc){ .kind = WA_CONTEXT_OFFLINE });
    rig_connect(r, rig_constant(r, 1.0f), r->out);
    float plane[128];
    float *outputs[1] = { plane };
    const struct {
        wa_context *context;
        wa_render_desc desc;
        wa_status status;
    } rows[] = {
        { NULL, { sizeof(wa_render_desc), NULL, outputs, 128, 0.0 }, WA_ERR_TYPE },
        { r->context, { 0, NULL, outputs, 128, 0.0 }, WA_ERR_TYPE },
        { r->context, { sizeof(wa_render_desc) - 1, NULL, outputs, 128, 0.0 }, WA_ERR_TYPE },
        { r->context, { sizeof(wa_render_desc) + 8, NULL, outputs, 128, 0.0 }, WA_ERR_TYPE },
        { r->context, { sizeof(wa_render_desc), NULL, NULL, 128, 0.0 }, WA_ERR_TYPE },
        { offline->context, { sizeof(wa_render_desc), NULL, outputs, 128, 0.0 }, WA_ERR_INVALID_STATE },
    };
    assert_int_equal(wa_context_render(r->context, NULL), WA_ERR_TYPE);
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        memset(plane, 0x55, sizeof plane);
        assert_int_equal(wa_context_render(rows[index].context, &rows[index].desc), rows[index].status);
        float untouched[128];
        memset(untouched, 0x55, sizeof untouched);
        assert_same(plane, untouched, 128);
    }
    assert_int_equal(wa_context_current_frame(r->context), 0);
    assert_all(rig_render(r, 128), 1.0f, 128);
    rig_destroy(r);
    rig_destroy(offline);
}

/* Not yet run: silence at once. Suspended: down to silence within 64 frames from where it was. The rest of a
 * quantum that the host had not asked for yet still comes first; nothing of it comes twice. */
static void test_silence(void **state) {
    (void)state;
    for (uint32_t index = 0; index < PIECE_COUNT; index++) {
        rig *r = rig_create(&(rig_desc){ .is_left_suspended = true });
        uint32_t seed = 3;
        rig_connect(r, rig_constant(r, 0.5f), r->out);
        for (uint32_t round = 0; round < 5; round++) {
            const uint32_t piece = next_piece(pieces[index], &seed);
            assert_all(rig_render(r, piece), 0.0f, piece);
        }
        assert_ok(wa_context_resume(r->context));
        const uint32_t piece = next_piece(pieces[index], &seed);
        assert_all(rig_render(r, piece), 0.5f, piece);
        const uint64_t held = wa_context_current_frame(r->context) - piece;
        assert_ok(wa_context_suspend(r->context));
        const float *rest = rig_render(r, 512);
        assert_all(rest, 0.5f, held);
        for (uint64_t frame = held; frame < held + 64; frame++) {
            assert_true(rest[frame] < 0.5f && rest[frame] >= 0.0f);
            assert_true(frame == held || rest[frame] <= rest[frame - 1]);
        }
        assert_all(rest + held + 64, 0.0f, 512 - held - 64);
        (void)wa_context_poll(r->context, NULL, 0);
        assert_int_equal(wa_context_get_state(r->context), WA_CONTEXT_SUSPENDED);
        assert_ok(wa_context_resume(r->context));
        assert_all(rig_render(r, 300), 0.5f, 300);
        rig_destroy(r);
    }
}

/* -- time stamps -------------------------------------------------------------------------------- */

static void render_at(wa_context *context, uint32_t frame_count, double host_time_s) {
    static float plane[4096];
    float *outputs[1] = { plane };
    const wa_render_desc desc = { sizeof desc, NULL, outputs, frame_count, host_time_s };
    assert_int_equal(wa_context_render(context, &desc), WA_OK);
}

static void assert_stamp(const wa_context *context, double frame, double host_time_s) {
    wa_output_timestamp stamp;
    wa_context_output_timestamp(context, &stamp);
    if (stamp.context_time_s != frame / 48000.0 || stamp.performance_time_ms != host_time_s * 1000.0) {
        fail_msg("frame %g at %.17g ms, wanted %g at %.17g ms", stamp.context_time_s * 48000.0,
                 stamp.performance_time_ms, frame, host_time_s * 1000.0);
    }
}

/* The first frame of a call leaves at the host's time, also when it is left over from the last quantum. */
static void test_time_stamps(void **state) {
    (void)state;
    for (uint32_t index = 0; index < PIECE_COUNT; index++) {
        rig *r = rig_create(NULL);
        uint32_t seed = 3;
        uint64_t asked = 0;
        assert_stamp(r->context, 0.0, 0.0); /* nothing has been rendered */
        for (uint32_t round = 0; round < 20; round++) {
            const double host_time_s = 1e6 + (double)asked / 48000.0;
            const uint32_t piece = next_piece(pieces[index], &seed);
            render_at(r->context, piece, host_time_s);
            assert_stamp(r->context, (double)asked, host_time_s);
            asked += piece;
        }
        rig_destroy(r);
    }
}

/* Silence leaves the last stamp as it is: no frame of the context left at that time. */
static void test_time_stamps_while_suspended(void **state) {
    (void)state;
    rig *r = rig_create(&(rig_desc){ .is_left_suspended = true });
    render_at(r->context, 100, 1.0);
    assert_stamp(r->context, 0.0, 0.0);
    assert_ok(wa_context_resume(r->context));
    render_at(r->context, 100, 2.0);
    assert_stamp(r->context, 0.0, 2.0);
    assert_ok(wa_context_suspend(r->context));
    render_at(r->context, 128, 3.0); /* begins with the 28 that are left */
    assert_stamp(r->context, 100.0, 3.0);
    render_at(r->context, 128, 4.0);
    assert_stamp(r->context, 100.0, 3.0);
    (void)wa_context_poll(r->context, NULL, 0);
    assert_ok(wa_context_resume(r->context));
    render_at(r->context, 128, 5.0);
    assert_stamp(r->context, 128.0, 5.0);
    render_at(r->context, 0, 6.0); /* no frame, no time of one */
    assert_stamp(r->context, 128.0, 5.0);
    rig_destroy(r);
}

/* Any clock that the host may have; what is no time counts as unknown. */
static void test_host_times(void **state) {
    (void)state;
    static const struct {
        double host_time_s, stamped_s;
    } rows[] = {
        { 0.0, 0.0 },     { 1e-9, 1e-9 },       { -12.5, -12.5 },          { 1e15, 1e15 },
        { 1e300, 1e300 }, { (double)NAN, 0.0 }, { (double)INFINITY, 0.0 }, { -(double)INFINITY, 0.0 },
    };
    rig *r = rig_create(NULL);
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        render_at(r->context, 128, rows[index].host_time_s);
        assert_stamp(r->context, (double)index * 128.0, rows[index].stamped_s);
    }
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_frame_count),   cmocka_unit_test(test_clock),
        cmocka_unit_test(test_no_frames),         cmocka_unit_test(test_inputs_in_order),
        cmocka_unit_test(test_null_inputs),       cmocka_unit_test(test_input_node),
        cmocka_unit_test(test_wrong_descriptors), cmocka_unit_test(test_silence),
        cmocka_unit_test(test_time_stamps),       cmocka_unit_test(test_time_stamps_while_suspended),
        cmocka_unit_test(test_host_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
