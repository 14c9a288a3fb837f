/* A node of your own: a bit crusher with two AudioParams and a state, whose steps come from a table that is
 * handed to it, and later replaced while it plays. */
#include "example.h"
#include <math.h>

enum { RATE = 48000, TABLE_LENGTH = 256, HOLD_FRAMES_MAX = 64 };

/* User data: the steps, as a curve over [-1, 1]. */
typedef struct table {
    float values[TABLE_LENGTH];
} table;

/* State: one per node, the engine's memory. */
typedef struct crusher {
    float held;
    uint32_t left; /* frames until the next sample is taken */
} crusher;

static uint32_t finished_count;

static float look_up(const table *of, float sample) {
    const float last = TABLE_LENGTH - 1, place = 0.5f * (sample + 1.0f) * last + 0.5f;
    return of->values[place > 0.0f ? (uint32_t)fminf(place, last) : 0]; /* NaN is not above 0 */
}

/* On the render thread, once per quantum: no allocation, no lock, no system call. */
static bool crush(void *user, const wa_process_args *args) {
    crusher *state = args->state;
    const wa_process_input *in = &args->inputs[0];
    const wa_process_param *level = &args->params[0], *hold = &args->params[1];
    float *out = args->outputs[0].planes[0];
    for (uint32_t i = 0; i < args->frame_count && in->channel_count > 0; i++) {
        if (state->left == 0) {
            state->held = look_up(user, in->planes[0][i]);
            state->left = (uint32_t)hold->values[0];
        }
        state->left--;
        out[i] = state->held * level->values[level->value_count > 1 ? i : 0];
    }
    return false; /* no tail: be called while there is an input */
}

/* On the control thread, once render is done with the table. */
static void finish(void *user) {
    finished_count++;
    free(user);
}

static table *make_table(uint32_t step_count) {
    table *made = malloc(sizeof *made);
    if (made == NULL) {
        exit(EXIT_FAILURE);
    }
    for (uint32_t i = 0; i < TABLE_LENGTH; i++) {
        const float step = roundf((float)i / (TABLE_LENGTH - 1) * (float)(step_count - 1));
        made->values[i] = 2.0f * step / (float)(step_count - 1) - 1.0f;
    }
    return made;
}

static wa_processor define(wa_engine *engine) {
    const wa_processor_param params[] = {
        { "level", 0.5f, 0.0f, 1.0f, WA_AUTOMATION_RATE_A },
        { "hold", 1.0f, 1.0f, HOLD_FRAMES_MAX, WA_AUTOMATION_RATE_K },
    };
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor processor;
    desc.name = "Crusher";
    desc.process = crush;
    desc.finish = finish;
    desc.state_bytes = sizeof(crusher);
    desc.params = params;
    desc.param_count = 2;
    CHECK(wa_processor_define(engine, &desc, &processor));
    return processor;
}

static void replace_table(void *user, wa_context *context, double time_s) {
    (void)time_s;
    CHECK(wa_processor_set_user(context, *(const wa_node *)user, make_table(4)));
}

/* Different values among count frames; there are few. */
static uint32_t count_values(const float *frames, uint32_t count) {
    float seen[64];
    uint32_t seen_count = 0;
    for (uint32_t i = 0; i < count && seen_count < 64; i++) {
        uint32_t at = 0;
        while (at < seen_count && seen[at] != frames[i]) {
            at++;
        }
        seen[at] = frames[i];
        seen_count += at == seen_count;
    }
    return seen_count;
}

int main(void) {
    wa_engine *engine = NULL;
    wa_context *context = NULL;
    wa_node tone, node;
    wa_param hold;
    wa_buffer buffer;
    CHECK(wa_engine_create(NULL, &engine));
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.channel_count = 1;
    desc.length_frames = 2 * RATE;
    CHECK(wa_context_create(engine, &desc, &context));
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = define(engine);
    options.user = make_table(16);
    CHECK(wa_node_create(context, WA_NODE_TYPE_PROCESSOR, &options, &node));
    CHECK(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, NULL, &tone));
    CHECK(wa_node_connect(context, tone, node));
    CHECK(wa_node_connect(context, node, wa_context_destination(context)));
    CHECK(wa_source_start(context, tone, 0.0));
    CHECK(wa_node_param_by_name(context, node, "hold", &hold));
    CHECK(wa_param_linear_ramp_to_value_at_time(context, hold, 32.0f, 2.0));

    wa_offline_desc render = WA_OFFLINE_DESC_INIT;
    render.buffer = &buffer;
    render.on_suspended = replace_table;
    render.user = &node;
    CHECK(wa_context_suspend_at(context, 1.0)); /* a whole number of quanta */
    CHECK(wa_offline_render(context, &render));
    const float *frames = wa_buffer_plane(engine, buffer, 0);
    const uint32_t settled = RATE + HOLD_FRAMES_MAX; /* what was held when the table changed is over */
    const uint32_t first = count_values(frames, RATE);
    const uint32_t second = count_values(frames + settled, 2 * RATE - settled);
    CHECK(wa_context_destroy(context));
    CHECK(wa_engine_destroy(engine));
    printf("processor: %u levels, then %u; %u tables given back\n", first, second, finished_count);
    return first == 16 && second == 4 && finished_count == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
