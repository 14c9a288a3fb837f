/* A sequence of calls: two bytes choose rate, quantum and channels of an embedded context, then each byte one
 * call and what it needs. Nodes of every type, connections in every form, automation by every method,
 * sources, attributes, transactions, pools, callbacks of any size; the frames are compared with the pull
 * renderer's. */
#include "world.h"
#include <math.h>

static void render_any(world *of) {
    static const uint32_t counts[] = { 1, 128, 64, 100, 256, 37, 7, 512 };
    const uint32_t what = fuzz_u8(&of->from);
    const uint32_t count = what < 128 ? counts[what & 7] : what - 100;
    if (of->frame_count + count <= WORLD_FRAME_MAX) {
        world_render(of, count);
    }
}

/* Only between two quanta: what is rendered ahead of a callback is dropped, and would be missed here. */
static void suspend_or_resume(world *of) {
    if (of->is_suspended) {
        of->is_suspended = !world_expect(of, wa_context_resume(of->context), 0, "resume");
    } else if (of->heard_count == 0) {
        of->is_suspended = world_expect(of, wa_context_suspend(of->context), 0, "suspend");
        (void)wa_context_poll(of->context, NULL, 0);
    }
}

static void poll_events(world *of) {
    wa_event events[4];
    (void)wa_context_poll(of->context, events, 4);
}

static const struct {
    void (*edit)(world *of);
    uint32_t weight; /* of 128 */
} calls[] = {
    { do_create, 18 },        { do_connect, 18 },  { do_connect_param, 10 },
    { do_disconnect, 3 },     { do_automate, 16 }, { do_rate, 2 },
    { do_start, 8 },          { do_stop, 3 },      { do_rearm, 2 },
    { do_mixing, 5 },         { do_attribute, 5 }, { do_acquire, 3 },
    { do_release, 2 },        { do_begin, 1 },     { do_end, 2 },
    { suspend_or_resume, 1 }, { poll_events, 1 },  { render_any, 255 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    world *of = malloc(sizeof *of);
    fuzz_check(of != NULL, "memory");
    world_create(of, data, data_bytes);
    while (fuzz_has_more(&of->from)) {
        uint32_t choice = fuzz_u8(&of->from) & 0x7f, call = 0;
        while (choice >= calls[call].weight) {
            choice -= calls[call++].weight;
        }
        calls[call].edit(of);
    }
    if (of->is_open) {
        do_end(of);
    }
    if (of->frame_count + 300 <= WORLD_FRAME_MAX + 400) {
        world_render(of, 300);
    }
    world_destroy(of);
    free(of);
    return 0;
}
