/* The engine inside a program that has an audio callback of its own: it asks for as many frames as it
 * likes, also for counts that are no multiple of the quantum, and gets the same samples. */
#include "example.h"
#include <string.h>

enum { FRAME_COUNT = 48000 };

static wa_context *make_tone(wa_engine *engine) {
    wa_context *context = NULL;
    wa_node tone;
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    desc.channel_count = 1;
    CHECK(wa_context_create(engine, &desc, &context));
    CHECK(wa_node_create(context, WA_NODE_TYPE_OSCILLATOR, NULL, &tone));
    CHECK(wa_node_connect(context, tone, wa_context_destination(context)));
    CHECK(wa_source_start(context, tone, 0.01));
    CHECK(wa_context_resume(context));
    return context;
}

/* What the host's callback would do: planes for this many frames, wherever they are. */
static void callback(wa_context *context, float *frames, uint32_t frame_count) {
    wa_render_desc desc = { .desc_bytes = sizeof desc, .outputs = &frames, .frame_count = frame_count };
    CHECK(wa_context_render(context, &desc));
}

static void pull(wa_context *context, float *frames, const uint32_t *sizes, uint32_t size_count) {
    uint32_t done = 0;
    for (uint32_t i = 0; done < FRAME_COUNT; i++) {
        const uint32_t size = sizes[i % size_count];
        const uint32_t count = size < FRAME_COUNT - done ? size : FRAME_COUNT - done;
        callback(context, frames + done, count);
        done += count;
    }
}

int main(void) {
    static float odd[FRAME_COUNT], whole[FRAME_COUNT];
    static const uint32_t odd_sizes[] = { 1, 441, 127, 1000, 129, 3 }, whole_sizes[] = { 128 };
    wa_engine *engine = NULL;
    CHECK(wa_engine_create(NULL, &engine));
    wa_context *first = make_tone(engine), *second = make_tone(engine);
    pull(first, odd, odd_sizes, 6);
    pull(second, whole, whole_sizes, 1);
    const bool is_same = memcmp(odd, whole, sizeof odd) == 0;
    printf("own_callback: %d frames in odd pieces %s those in quanta\n", FRAME_COUNT,
           is_same ? "are bit for bit" : "DIFFER from");
    CHECK(wa_context_destroy(first));
    CHECK(wa_context_destroy(second));
    CHECK(wa_engine_destroy(engine));
    return is_same ? EXIT_SUCCESS : EXIT_FAILURE;
}
