/* PannerNode with HRTF in a context, with the default set of responses. Web Audio 1.1, "HRTF Panning".
 * Method: noise and clicks from known places; what both ears get is compared with one another, and with what a
 * panner at the mirrored place gives. The arithmetic itself: tests/kernels/test_hrtf.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/context.h"
#include "rig.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static rig *make_rig(uint32_t quantum, float rate_hz) {
    return rig_create(
        &(rig_desc){ .channel_count = 2, .quantum_frames = quantum, .sample_rate_hz = rate_hz });
}

/* The source through a panner (equalpower) at that place into the destination. */
static wa_node heard_at(rig *r, wa_node source, float x, float y, float z) {
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    options.position_x = x;
    options.position_y = y;
    options.position_z = z;
    const wa_node panner = rig_node(r, WA_NODE_TYPE_PANNER, &options);
    rig_connect(r, source, panner);
    rig_connect(r, panner, r->out);
    return panner;
}

/* A source of 1 on the left, two away: all on the left, half as loud. */
static void check_equalpower(const rig *r, uint64_t begin, uint64_t end) {
    assert_all(r->planes[0] + begin, 0.5f, end - begin);
    assert_all(r->planes[1] + begin, 0.0f, end - begin);
}

/* -- what is heard ------------------------------------------------------------------------------ */

typedef struct ears {
    double energy[2], onset_frames[2];
} ears;

/* Of a click, one away from the listener: it begins where it passes a tenth of its peak. */
static ears hear(float rate_hz, uint32_t quantum, float x, float y, float z, bool is_turned) {
    rig *r = make_rig(quantum, rate_hz);
    const uint32_t frames = (uint32_t)ceil(0.05 * (double)rate_hz / quantum) * quantum;
    const wa_node panner = heard_at(r, rig_impulse(r, 1.0f, 0.0), x, y, z);
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
    if (is_turned) { /* the listener lies on its back and looks up; its right is still +x */
        assert_ok(wa_listener_set_orientation(r->context, 0, 1, 0, 0, 0, 1));
    }
    rig_render(r, frames);
    ears heard = { 0 };
    for (uint32_t ear = 0; ear < 2; ear++) {
        double peak = 0.0;
        for (uint32_t frame = 0; frame < frames; frame++) {
            const double value = (double)r->planes[ear][frame];
            heard.energy[ear] += value * value;
            peak = fmax(peak, fabs(value));
        }
        uint32_t frame = 0;
        while (fabs((double)r->planes[ear][frame]) < 0.1 * peak) {
            frame++;
        }
        heard.onset_frames[ear] = frame;
    }
    rig_destroy(r);
    return heard;
}

static void test_the_near_ear_hears_it_first_and_louder(void **state) {
    (void)state;
    const ears left = hear(48000, 128, -1, 0, 0, false), right = hear(48000, 128, 1, 0, 0, false);
    const ears ahead = hear(48000, 128, 0, 0, -1, false);
    printf("hrtf: from the left: %.1f dB louder, %.2f ms earlier\n",
           10.0 * log10(left.energy[0] / left.energy[1]),
           (left.onset_frames[1] - left.onset_frames[0]) / 48.0);
    assert_true(left.energy[0] > 8.0 * left.energy[1]);
    assert_in_range((uint64_t)(left.onset_frames[1] - left.onset_frames[0]), 25,
                    36); /* 0.5 .. 0.75 ms */
    /* The other side is the mirror image, ahead both are alike, and as loud together as the source. */
    for (uint32_t ear = 0; ear < 2; ear++) {
        assert_true(fabs(left.energy[ear] / right.energy[1 - ear] - 1.0) < 0.01);
        assert_true(fabs(left.onset_frames[ear] - right.onset_frames[1 - ear]) <= 1.0);
    }
    assert_true(fabs(ahead.energy[0] / ahead.energy[1] - 1.0) < 0.01);
    const double share = 44.1 / 48.0; /* of the band that was measured */
    assert_true(fabs((ahead.energy[0] + ahead.energy[1]) / share - 1.0) < 0.02);
    assert_true(fabs(ahead.onset_frames[0] - ahead.onset_frames[1]) <= 1.0);
    assert_true(ahead.onset_frames[0] < 60.0); /* little more latency than there must be */
}

/* The delay between the ears is a matter of time, not of frames; the quantum does not matter. */
static void test_rates_and_quanta(void **state) {
    (void)state;
    static const struct {
        float rate_hz;
        uint32_t quantum;
    } rows[] = { { 8000, 128 },  { 44100, 441 },  { 48000, 1 },
                 { 48000, 100 }, { 48000, 4096 }, { 96000, 128 } };
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const ears left = hear(rows[row].rate_hz, rows[row].quantum, -1, 0, 0, false);
        const double apart_ms =
            (left.onset_frames[1] - left.onset_frames[0]) / (double)rows[row].rate_hz * 1e3;
        if (!(apart_ms > 0.45 && apart_ms < 0.8 && left.energy[0] > 3.0 * left.energy[1])) {
            fail_msg("%g Hz, quantum %u: %.2f ms apart, energies %g and %g", (double)rows[row].rate_hz,
                     rows[row].quantum, apart_ms, left.energy[0], left.energy[1]);
        }
    }
}

/* Up and down are heard in the listener's own axes. */
static void test_elevation_is_the_listeners(void **state) {
    (void)state;
    const ears above = hear(48000, 128, 0, 1, 0, false), ahead = hear(48000, 128, 0, 0, -1, false);
    const ears lying = hear(48000, 128, 0, 1, 0, true);
    assert_true(fabs(lying.energy[0] / ahead.energy[0] - 1.0) < 1e-4);
    assert_true(fabs(above.energy[0] / ahead.energy[0] - 1.0) > 0.05);
    const ears degenerate = hear(48000, 128, 0, 0, 0, false); /* at the listener: straight ahead */
    assert_true(fabs(degenerate.energy[0] / ahead.energy[0] - 1.0) < 1e-6);
}

/* A tone that circles the head and comes and goes: no step is larger than what a tone of that level makes,
 * though the panner is told of a new place every quantum. */
static void test_circling_does_not_click(void **state) {
    (void)state;
    static const uint32_t quanta[] = { 64, 128, 441, 2048 };
    for (uint32_t i = 0; i < sizeof quanta / sizeof quanta[0]; i++) {
        rig *r = make_rig(quanta[i], 48000);
        const wa_node panner = heard_at(r, rig_sine(r, 200.0f), 0, 0, 0);
        assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
        rig_connect_param(r, rig_sine(r, 3.0f), panner, WA_PANNER_POSITION_X);
        const wa_node late = rig_delay(r, 0.2, 1.0 / 12.0);
        rig_connect(r, rig_sine(r, 3.0f), late);
        rig_connect_param(r, late, panner, WA_PANNER_POSITION_Z);
        const uint32_t frames = 48000 / quanta[i] * quanta[i];
        rig_render(r, frames);
        double peak = 0.0, step = 0.0;
        for (uint32_t ear = 0; ear < 2; ear++) {
            for (uint32_t frame = 4800; frame < frames; frame++) {
                peak = fmax(peak, fabs((double)r->planes[ear][frame]));
                step =
                    fmax(step, fabs((double)r->planes[ear][frame] - (double)r->planes[ear][frame - 1]));
            }
        }
        printf("hrtf: quantum %u: peak %.3f, largest step %.4f\n", quanta[i], peak, step);
        assert_true(peak > 0.05);
        assert_true(step < 3.0 * peak * 2.0 * 3.14159 * 200.0 / 48000.0);
        rig_destroy(r);
    }
}

/* After its input it rings for as long as the response, in stereo; then it sleeps. */
static void test_the_tail_keeps_it_awake(void **state) {
    (void)state;
    rig *r = make_rig(128, 48000);
    const wa_node panner = heard_at(r, rig_impulse(r, 1.0f, 0.0), -1, 0, 0);
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
    rig_render(r, 128);
    uint32_t quanta = 0;
    while (rig_awake_count(r) > 1 && quanta < 50) {
        rig_render(r, 128);
        quanta++;
    }
    assert_in_range(quanta, 4, 7); /* 630 frames */
    rig_destroy(r);
}

/* -- rates -------------------------------------------------------------------------------------- */

/* HRTF: all params are k-rate, whatever they say; so that an a-rate ramp and a k-rate one sound alike. */
static void test_hrtf_is_k_rate(void **state) {
    (void)state;
    rig *rigs[2];
    for (uint32_t is_k_rate = 0; is_k_rate < 2; is_k_rate++) {
        rig *r = rigs[is_k_rate] = make_rig(100, 8000);
        const wa_automation_rate rate = is_k_rate != 0 ? WA_AUTOMATION_RATE_K : WA_AUTOMATION_RATE_A;
        const wa_node panner = heard_at(r, rig_noise(r, 1, 2000, 7), 2, 0, -1);
        const wa_param y = wa_node_param(panner, WA_PANNER_POSITION_Y);
        assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
        for (uint32_t i = 0; i < 2; i++) {
            const wa_param param =
                wa_node_param(wa_context_listener(r->context),
                              i == 0 ? WA_LISTENER_POSITION_X : WA_LISTENER_FORWARD_X);
            assert_ok(wa_param_set_automation_rate(r->context, param, rate));
            assert_ok(wa_param_set_value_at_time(r->context, param, 0.0f, 0.0));
            assert_ok(wa_param_linear_ramp_to_value_at_time(r->context, param, 3.0f, 0.2));
        }
        assert_ok(wa_param_set_automation_rate(r->context, y, rate));
        assert_ok(wa_param_set_target_at_time(r->context, y, 3.0f, 0.0, 0.05f));
        rig_render(r, 2000);
    }
    assert_same(rigs[0]->planes[0], rigs[1]->planes[0], 2000);
    assert_same(rigs[0]->planes[1], rigs[1]->planes[1], 2000);
    rig_destroy(rigs[0]);
    rig_destroy(rigs[1]);
}

/* -- HRTF in a context -------------------------------------------------------------------------- */

static void test_hrtf_comes_and_goes(void **state) {
    (void)state;
    rig *r = make_rig(128, 8000);
    const wa_node panner = heard_at(r, rig_constant(r, 1.0f), -2, 0, 0);
    wa_memory_stats stats;
    rig_render(r, 128);
    wa_engine_memory_stats(r->engine, &stats);
    assert_int_equal(stats.category_bytes[WA_MEMORY_HRTF], 0); /* at first use */
    for (uint32_t round = 0; round < 3; round++) {
        assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
        const uint64_t begin = r->frame_count;
        rig_render(r, 512);
        float left = 0.0f, right = 0.0f; /* of the step that it hears first */
        for (uint64_t frame = begin; frame < begin + 512; frame++) {
            left = fmaxf(left, fabsf(r->planes[0][frame]));
            right = fmaxf(right, fabsf(r->planes[1][frame]));
        }
        assert_true(left > 0.2f && left < 2.0f && right > 0.05f && right < left);
        assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_EQUALPOWER));
        rig_render(r, 256);
        check_equalpower(r, begin + 512, begin + 768);
    }
    wa_engine_memory_stats(r->engine, &stats);
    assert_true(stats.category_bytes[WA_MEMORY_HRTF] > 500000);
    /* A change that is undone leaves the model, and what is heard. */
    assert_ok(wa_begin(r->context));
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
    assert_ok(wa_rollback(r->context));
    const uint64_t begin = r->frame_count;
    rig_render(r, 256);
    check_equalpower(r, begin, begin + 256);
    rig_destroy(r);
}

/* A larger set takes the place of a smaller one under a live panner, and an undone change of that kind leaves
 * it sounding as before. */
static void test_hrtf_sets_of_two_sizes(void **state) {
    (void)state;
    wa_engine *engine = NULL;
    assert_ok(wa_engine_create(NULL, &engine));
    rig *r = rig_create(&(rig_desc){ .engine = engine, .channel_count = 2, .sample_rate_hz = 48000 });
    const wa_node panner = heard_at(r, rig_sine(r, 600.0f), -2, 0, 0); /* 1280 frames are 16 periods */
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
    rig_render(r, 1280);
    graph_node *of = NULL;
    assert_ok(node_resolve(r->context, panner, 0, "panner", &of));
    const uint64_t bytes = of->channel_bytes_made;
    assert_true(bytes > 0);
    /* As another set with longer responses would ask for. */
    assert_ok(wa_begin(r->context));
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_EQUALPOWER));
    of->channel_bytes_made = 64; /* the node believes that it has less */
    void **channels = of->channel_table;
    void *const small[2] = { channels[0], channels[1] };
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
    assert_int_equal(of->channel_bytes_made, bytes);
    assert_true(((void **)of->channel_table)[0] != small[0]);
    /* What it gives back is what it had: put the books right before they are closed. */
    for (garbage_item *item = r->context->open->garbage; item != NULL; item = item->next) {
        if (item->memory == small[0] || item->memory == small[1]) {
            item->bytes = bytes;
        }
    }
    assert_ok(wa_rollback(r->context));
    rig_render(r, 1280);
    for (uint32_t frame = 1200; frame < 1280; frame++) {
        assert_true(fabsf(r->planes[0][frame + 1280] - r->planes[0][frame]) < 1e-4f);
    }
    assert_true(fabsf(r->planes[0][1260]) + fabsf(r->planes[0][1280]) > 0.02f);
    rig_destroy(r);
    assert_ok(wa_engine_destroy(engine));
}

static void test_hrtf_that_cannot_be_had(void **state) {
    (void)state;
    rig *r = make_rig(128, 48000);
    const wa_node panner = heard_at(r, rig_constant(r, 1.0f), -2, 0, 0);
    wa_panner_options options = WA_PANNER_OPTIONS_INIT;
    wa_node made = { 0 };
    options.panning_model = WA_PANNING_MODEL_HRTF;
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r) + 100000));
    const uint64_t before = rig_used_bytes(r);
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_PANNER, &options, &made), WA_ERR_BUDGET,
                   "HRTF");
    assert_refused(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF),
                   WA_ERR_BUDGET, "HRTF");
    assert_true(rig_used_bytes(r) <= before + 70000); /* slabs may have grown */
    assert_int_equal(made.id, 0);
    rig_render(r, 256);
    check_equalpower(r, 0, 256);
    /* Room for the set but not for the lines of one more panner. */
    assert_ok(wa_engine_set_budget(r->engine, 100000000));
    assert_ok(wa_panner_set_panning_model(r->context, panner, WA_PANNING_MODEL_HRTF));
    assert_ok(wa_engine_set_budget(r->engine, rig_used_bytes(r) + 1000));
    assert_refused(wa_node_create(r->context, WA_NODE_TYPE_PANNER, &options, &made), WA_ERR_BUDGET,
                   "history");
    rig_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_near_ear_hears_it_first_and_louder),
        cmocka_unit_test(test_rates_and_quanta),
        cmocka_unit_test(test_elevation_is_the_listeners),
        cmocka_unit_test(test_circling_does_not_click),
        cmocka_unit_test(test_the_tail_keeps_it_awake),
        cmocka_unit_test(test_hrtf_is_k_rate),
        cmocka_unit_test(test_hrtf_comes_and_goes),
        cmocka_unit_test(test_hrtf_sets_of_two_sizes),
        cmocka_unit_test(test_hrtf_that_cannot_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
