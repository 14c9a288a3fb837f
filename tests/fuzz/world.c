/* The context, the callbacks, and the comparison. */
#include "world.h"
#include "control/context.h"
#include <math.h>
#include <string.h>

/* -- Choices --------------------------------------------------------------------------------------- */

float world_number(world *of, world_unit of_unit) {
    static const float wild[] = { 0.0f, 1.0f,  -1.0f, 0.5f,   1e-3f,   1e5f,  -1e5f,  1e-30f,
                                  1e9f, -0.0f, 2.0f,  440.0f, 3.4e38f, -1e9f, 1e-35f, 3.0f };
    const uint32_t choice = fuzz_u8(&of->from);
    const float x = (float)choice - 128.0f;
    if (choice < 16) {
        return wild[choice];
    }
    switch (of_unit) {
    case UNIT_HZ:
        return exp2f((float)choice / 17.6f);
    case UNIT_CENTS:
        return x * 30.0f;
    case UNIT_Q:
        return x / 8.0f;
    case UNIT_DB:
        return x / 4.0f;
    case UNIT_DELAY:
        return (float)(choice - 16) / 8000.0f;
    case UNIT_PAN:
        return x / 100.0f;
    case UNIT_RATE:
        return x / 40.0f;
    default:
        return x / 64.0f;
    }
}

double world_now_s(const world *of) {
    return wa_context_current_time_s(of->context);
}

double world_time_s(world *of) {
    const uint32_t choice = fuzz_u16(&of->from);
    const double offset = (double)(choice & 1023) - 100.0 + (double)(choice >> 14) / 4.0;
    const double frame = world_now_s(of) * of->rate_hz + offset;
    return frame > 0.0 ? frame / of->rate_hz : 0.0;
}

world_node *world_any_of(world *of, bool (*is_it)(const world_node *)) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < WORLD_NODE_MAX; i++) {
        count += of->nodes[i].is_here && (is_it == NULL || is_it(&of->nodes[i]));
    }
    uint32_t left = count > 0 ? fuzz_below(&of->from, count) : 0;
    for (uint32_t i = 0; count > 0 && i < WORLD_NODE_MAX; i++) {
        if (of->nodes[i].is_here && (is_it == NULL || is_it(&of->nodes[i])) && left-- == 0) {
            return &of->nodes[i];
        }
    }
    return NULL;
}

world_node *world_any(world *of) {
    return world_any_of(of, NULL);
}

bool world_expect(world *of, wa_status status, uint32_t allowed, const char *call) {
    world_trace(of, "%s: %s%s%s", call, wa_status_name(status), status != WA_OK ? ", " : "",
                status != WA_OK ? wa_error_message() : "");
    if (status != WA_OK && of->is_open && of->first_failure == WA_OK) {
        of->first_failure = status;
    }
    fuzz_check(status == WA_OK || (allowed & WORLD_ALLOW(status)) != 0, "%s: %s, %s", call,
               wa_status_name(status), wa_error_message());
    return status == WA_OK;
}

/* -- Making ---------------------------------------------------------------------------------------- */

static bool listen(void *user, const wa_process_args *args) {
    const wa_process_input *in = &args->inputs[0];
    if (in->channel_count > 0) {
        pull_seen_add(user, args->frame, in->channel_count, in->planes, args->frame_count);
    }
    return false;
}

static bool pass(void *user, const wa_process_args *args) {
    (void)user;
    const wa_process_input *in = &args->inputs[0];
    for (uint32_t channel = 0; channel < in->channel_count; channel++) {
        memcpy(args->outputs[0].planes[channel], in->planes[channel],
               args->frame_count * sizeof(float));
    }
    return false;
}

static void define(world *of) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = "Pass";
    desc.process = pass;
    fuzz_check_ok(wa_processor_define(of->engine, &desc, &of->passes));
    desc.name = "Listen";
    desc.process = listen;
    desc.output_count = 0;
    fuzz_check_ok(wa_processor_define(of->engine, &desc, &of->listens));
}

static void make_buffers(world *of) {
    static const struct {
        uint32_t channel_count, frame_count;
        float rate_hz;
    } rows[WORLD_BUFFER_COUNT] = {
        { 1, 1, 48000.0f }, { 2, 100, 44100.0f }, { 6, 37, 48000.0f }, { 1, 700, 8000.0f }
    };
    uint32_t random = 1;
    for (uint32_t i = 0; i < WORLD_BUFFER_COUNT; i++) {
        pull_buffer *sound = &of->sounds[i];
        *sound = (pull_buffer){
            rows[i].channel_count, rows[i].frame_count, (double)rows[i].rate_hz, { NULL }
        };
        fuzz_check_ok(wa_buffer_create(of->engine, sound->channel_count, sound->frame_count,
                                       rows[i].rate_hz, &of->buffers[i]));
        for (uint32_t channel = 0; channel < sound->channel_count; channel++) {
            sound->planes[channel] = wa_buffer_plane(of->engine, of->buffers[i], channel);
            for (uint32_t frame = 0; frame < sound->frame_count; frame++) {
                random = random * 1664525u + 1013904223u;
                sound->planes[channel][frame] = (float)(int32_t)random * 0x1p-31f;
            }
        }
    }
}

static void make_waves(world *of) {
    static const float real[] = { 0.0f, 0.5f, 0.0f, -1.0f, 0.25f },
                       imag[] = { 0.0f, 1.0f, 0.3f, 0.0f, -2.0f };
    for (uint32_t i = 0; i < WORLD_WAVE_COUNT; i++) {
        const uint32_t count = i == 0 ? 5 : 3;
        fuzz_check_ok(wa_periodic_wave_create(of->engine, real, imag, count, i == 1, &of->waves[i]));
        pull_wave_make(&of->shapes[i], real, imag, count, i == 0);
    }
}

const float *world_curve(uint32_t index, uint32_t *count) {
    static const float odd[] = { -1.0f, 0.0f, 1.0f }, bent[] = { -0.5f, -0.5f, 0.0f, 0.7f, 0.2f };
    static const float lifted[] = { 0.25f, 0.5f }, even[] = { 1.0f, -0.5f, 0.5f, 1.0f };
    static const struct {
        const float *points;
        uint32_t count;
    } rows[WORLD_CURVE_COUNT] = { { odd, 3 }, { bent, 5 }, { lifted, 2 }, { even, 4 } };
    *count = rows[index].count;
    return rows[index].points;
}

void world_create(world *of, const uint8_t *data, size_t data_bytes) {
    static const float rates[] = { 48000.0f, 44100.0f, 8000.0f,  3000.0f,
                                   96000.0f, 48000.0f, 22050.5f, 48000.0f };
    static const uint32_t quanta[] = { 128, 32, 1, 64, 100, 200, 7, 128 };
    static const uint32_t channels[] = { 2, 1, 6, 4, 3, 2, 8, 2 };
    *of = (world){ .from = { data, data_bytes, 0 }, .next_id = 1 };
    of->is_traced = getenv("FUZZ_TRACE") != NULL;
    const uint32_t head = fuzz_u16(&of->from);
    of->is_live = (head >> 9 & 7) == 7;
    of->quantum = quanta[head >> 3 & 7];
    of->channel_count = channels[head >> 6 & 7];
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.sample_rate_hz = rates[head & 7];
    desc.quantum_frames = of->quantum;
    desc.channel_count = of->channel_count;
    of->rate_hz = (double)desc.sample_rate_hz;
    fuzz_check_ok(wa_engine_create(NULL, &of->engine));
    define(of);
    make_buffers(of);
    make_waves(of);
    fuzz_check_ok(wa_context_create(of->engine, &desc, &of->context));
    fuzz_check_ok(wa_context_resume(of->context));
    for (uint32_t graph = 0; graph < WORLD_GRAPH_COUNT; graph++) {
        of->graphs[graph] =
            pull_create(of->rate_hz, of->quantum, of->channel_count, graph == 0 ? 0.0 : 0x1p-23);
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            of->heard[graph][channel] =
                calloc(WORLD_CALLBACK_MAX + 2 * PULL_QUANTUM_MAX, sizeof(double));
        }
    }
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        of->outputs[channel] = calloc(WORLD_CALLBACK_MAX, sizeof(float));
    }
    of->graphs[0]->is_traced = of->is_traced;
    of->nodes[0] = (world_node){ .handle = wa_context_destination(of->context),
                                 .type = WA_NODE_TYPE_DESTINATION,
                                 .input_count = 1,
                                 .output_count = 1,
                                 .is_here = true };
    world_make_pools(of);
    world_trace(of, "rate %g, quantum %u, channels %u%s", of->rate_hz, of->quantum, of->channel_count,
                of->is_live ? ", live" : "");
}

/* -- Edits ----------------------------------------------------------------------------------------- */

static void set_attribute(pull_node *node, const world_edit *edit) {
    switch (edit->kind) {
    case EDIT_MIX:
        node->mix = edit->mix;
        break;
    case EDIT_FILTER_TYPE:
        node->filter = (wa_biquad_filter_type)edit->index;
        break;
    case EDIT_WAVE:
        node->wave = edit->data;
        break;
    case EDIT_BUFFER:
        node->player.buffer = edit->data;
        break;
    case EDIT_LOOP:
        node->player.is_looping = edit->is_set;
        break;
    case EDIT_LOOP_POINTS:
        node->player.loop_start_s = edit->number;
        node->player.loop_end_s = edit->number2;
        break;
    case EDIT_CURVE:
        node->has_curve = edit->is_set;
        node->curve = (pull_curve){ edit->data, edit->index };
        break;
    case EDIT_OVERSAMPLE:
        node->is_oversampled = edit->is_set;
        break;
    default:
        abort();
    }
}

static void apply(pull_graph *graph, const world_edit *edit) {
    pull_node *node = &graph->nodes[edit->node];
    switch (edit->kind) {
    case EDIT_ADD: {
        const wa_node_options mix = { 0 };
        pull_add(graph, edit->node, edit->made->type, &mix, edit->made->input_count,
                 edit->made->output_count);
        *node = *edit->made;
        break;
    }
    case EDIT_CONNECT:
        pull_connect(graph, edit->node, edit->output, edit->target, edit->index, edit->is_param);
        break;
    case EDIT_DISCONNECT:
        (void)pull_disconnect(graph, edit->node, edit->output, edit->target, edit->index,
                              edit->is_param, edit->is_any);
        break;
    case EDIT_RELEASE:
        pull_release(graph, edit->node, edit->mode, edit->number);
        break;
    case EDIT_AUTOMATE: {
        automation_edit automation = edit->automation;
        automation.curve = edit->curve;
        fuzz_check(pull_automate(graph, edit->node, edit->index, &automation) == WA_OK,
                   "the engine took an event that overlaps a curve");
        break;
    }
    case EDIT_RATE:
        node->params[edit->index].is_k_rate = edit->is_set;
        break;
    case EDIT_START:
        node->player.offset_s = edit->number;
        node->player.duration_s = edit->number2;
        pull_start(graph, edit->node, edit->when_s, edit->now_s);
        break;
    case EDIT_STOP:
        pull_stop(graph, edit->node, edit->when_s, edit->now_s);
        break;
    case EDIT_REARM:
        pull_rearm(graph, edit->node);
        break;
    default:
        set_attribute(node, edit);
    }
}

static void apply_to_all(world *of, world_edit *edit) {
    for (uint32_t graph = 0; graph < WORLD_GRAPH_COUNT; graph++) {
        apply(of->graphs[graph], edit);
    }
    free(edit->made);
}

void world_edited(world *of, const world_edit *edit) {
    if (of->is_open) {
        fuzz_check(of->edit_count < WORLD_EDIT_MAX, "edits");
        of->edits[of->edit_count++] = *edit;
        return;
    }
    world_edit own = *edit;
    apply_to_all(of, &own);
}

void do_begin(world *of) {
    if (of->is_open) {
        do_end(of);
        return;
    }
    world_settle(of);
    if (world_expect(of, wa_begin(of->context), 0, "begin")) {
        of->is_open = true;
        of->first_failure = WA_OK;
        memcpy(of->saved, of->nodes, sizeof of->nodes);
    }
}

void do_end(world *of) {
    if (!of->is_open) {
        return;
    }
    const bool is_commit = (fuzz_u8(&of->from) & 3) != 0;
    const wa_status status = is_commit ? wa_commit(of->context) : wa_rollback(of->context);
    world_trace(of, "%s: %s", is_commit ? "commit" : "rollback", wa_status_name(status));
    fuzz_check(status == (is_commit ? of->first_failure : WA_OK), "%s", wa_status_name(status));
    of->is_open = false;
    for (uint32_t i = 0; i < of->edit_count; i++) {
        if (is_commit && status == WA_OK) {
            apply_to_all(of, &of->edits[i]);
        } else {
            free(of->edits[i].made);
        }
    }
    of->edit_count = 0;
    if (!is_commit || status != WA_OK) {
        memcpy(of->nodes, of->saved, sizeof of->nodes);
    }
}

/* -- Rendering ------------------------------------------------------------------------------------- */

/* All that was asked for is in time for the next quantum: this thread does what the render side would take
 * several quanta for. */
void world_settle(world *of) {
    while (!of->is_open && !of->is_live) {
        render_apply(&of->context->side, UINT32_MAX);
        (void)wa_context_poll(of->context, NULL, 0);
        if (of->context->waiting_first == NULL) {
            render_apply(&of->context->side, UINT32_MAX);
            return;
        }
    }
}

static bool is_lost(const world *of) {
    return of->is_live || of->graphs[0]->is_lost || of->graphs[1]->is_lost;
}

static void pull_on(world *of) {
    double *rows[PULL_CHANNEL_MAX];
    for (uint32_t graph = 0; graph < WORLD_GRAPH_COUNT; graph++) {
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            rows[channel] = of->heard[graph][channel] + of->heard_count;
            memset(rows[channel], 0, of->quantum * sizeof(double));
        }
        pull_quantum(of->graphs[graph], rows);
    }
    of->heard_count += of->quantum;
}

static void compare(world *of, uint32_t channel, uint32_t frame) {
    const double exact = of->heard[0][channel][frame], shaken = of->heard[1][channel][frame];
    const double got = (double)of->outputs[channel][frame];
    of->peak = fmax(of->peak, fabs(exact));
    of->spread = fmax(of->spread, fabs(exact - shaken));
    const double allowed = 1e-6 * of->peak + 32.0 * of->spread + 1e-30;
    fuzz_check(
        fabs(got - exact) <= allowed,
        "channel %u, frame %u: %.9g, by the specification %.9g; %.3g allowed, peak %.3g, spread %.3g",
        channel, of->frame_count + frame, got, exact, allowed, of->peak, of->spread);
}

static void take_heard(world *of, uint32_t frame_count) {
    for (uint32_t graph = 0; graph < WORLD_GRAPH_COUNT; graph++) {
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            double *row = of->heard[graph][channel];
            memmove(row, row + frame_count, (of->heard_count - frame_count) * sizeof *row);
        }
    }
    of->heard_count -= frame_count;
}

static void call_back(world *of, uint32_t frame_count) {
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        for (uint32_t frame = 0; frame < frame_count; frame++) {
            of->outputs[channel][frame] = NAN; /* every frame must be written */
        }
    }
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .outputs = of->outputs,
                                  .frame_count = frame_count };
    fuzz_check(wa_context_render(of->context, &desc) == WA_OK, "render");
}

void world_render(world *of, uint32_t frame_count) {
    const uint64_t before = wa_context_current_frame(of->context);
    world_settle(of);
    call_back(of, frame_count);
    const uint64_t after = wa_context_current_frame(of->context);
    world_trace(of, "render %u: quanta up to frame %llu", frame_count, (unsigned long long)after);
    if (of->is_suspended) {
        return;
    }
    for (uint64_t frame = before; frame < after && !is_lost(of); frame += of->quantum) {
        pull_on(of);
    }
    if (!is_lost(of)) {
        fuzz_check(of->heard_count >= frame_count, "%u quanta for %u frames",
                   (uint32_t)(after - before) / of->quantum, frame_count);
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            for (uint32_t frame = 0; frame < frame_count; frame++) {
                compare(of, channel, frame);
            }
        }
        take_heard(of, frame_count);
    } else {
        world_trace(of, "not compared: %s", of->is_live ? "live" : of->graphs[0]->lost_by);
    }
    of->frame_count += frame_count;
    for (uint32_t id = 0; id < PULL_NODE_MAX; id++) {
        pull_seen_clear(&of->seen[id]);
    }
    (void)wa_context_poll(of->context, NULL, 0);
}

/* -- The end --------------------------------------------------------------------------------------- */

/* Without anything that sounds by itself all must come to rest, or at least to numbers. */
static void check_rest(world *of) {
    for (uint32_t i = 1; i < WORLD_NODE_MAX; i++) {
        world_node *node = &of->nodes[i];
        if (node->is_here && node->input_count == 0) {
            (void)world_release(of, node, WA_RELEASE_NOW, 0.0);
        }
    }
    for (uint32_t id = 0; id < of->next_id; id++) {
        if (of->graphs[0]->nodes[id].is_in_cycle) { /* which may amplify for ever */
            return;
        }
    }
    of->is_live = true; /* no longer compared */
    for (uint32_t i = 0; i < 8; i++) {
        world_render(of, WORLD_CALLBACK_MAX);
    }
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        const float last = of->outputs[channel][WORLD_CALLBACK_MAX - 1];
        fuzz_check(isfinite(last), "channel %u still puts out %g", channel, (double)last);
    }
}

void world_destroy(world *of) {
    if (of->is_open) {
        do_end(of);
    }
    world_trace(of, "%u frames, peak %g, spread %g, lost: %s", of->frame_count, of->peak, of->spread,
                is_lost(of) && !of->is_live ? of->graphs[0]->lost_by : "no");
    check_rest(of);
    for (uint32_t i = 1; i < WORLD_NODE_MAX; i++) {
        if (of->nodes[i].is_here) {
            (void)world_release(of, &of->nodes[i], WA_RELEASE_NOW, 0.0);
        }
    }
    world_free_pools(of);
    fuzz_check_ok(wa_context_destroy(of->context));
    for (uint32_t i = 0; i < WORLD_BUFFER_COUNT; i++) {
        fuzz_check_ok(wa_buffer_release(of->engine, of->buffers[i]));
    }
    for (uint32_t i = 0; i < WORLD_WAVE_COUNT; i++) {
        fuzz_check_ok(wa_periodic_wave_release(of->engine, of->waves[i]));
        pull_wave_free(&of->shapes[i]);
    }
    fuzz_check_ok(wa_engine_destroy(of->engine)); /* asserts that its ledger is even */
    for (uint32_t id = 0; id < PULL_NODE_MAX; id++) {
        pull_seen_free(&of->seen[id]);
    }
    for (uint32_t channel = 0; channel < of->channel_count; channel++) {
        free(of->outputs[channel]);
    }
    for (uint32_t graph = 0; graph < WORLD_GRAPH_COUNT; graph++) {
        for (uint32_t channel = 0; channel < of->channel_count; channel++) {
            free(of->heard[graph][channel]);
        }
        pull_destroy(of->graphs[graph]);
    }
}
