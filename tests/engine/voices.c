/* Voices for tests; see voices.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "voices.h"

rig *r;
wa_voice_pool *pool;

int voices_set_up(void **state) {
    (void)state;
    r = rig_create(NULL);
    pool = NULL;
    return 0;
}

int voices_tear_down(void **state) {
    (void)state;
    wa_voice_pool_destroy(pool);
    pool = NULL;
    rig_render(r, 1024);
    rig_destroy(r);
    return 0;
}

wa_voice_pool *make_pool(uint32_t max_size) {
    static wa_constant_source_options values[3];
    static const float offsets[3] = { 1e8f, 1.0f, -1e8f };
    static wa_delay_options line = WA_DELAY_OPTIONS_INIT;
    wa_voice_node nodes[MEMBERS] = {
        [SUM] = { WA_NODE_TYPE_GAIN, NULL }, [LINE] = { WA_NODE_TYPE_DELAY, &line }
    };
    line.max_delay_time_s = line.delay_time_s = 0.01f;
    for (uint32_t index = 0; index < 3; index++) {
        values[index] = (wa_constant_source_options)WA_CONSTANT_SOURCE_OPTIONS_INIT;
        values[index].offset = offsets[index];
        nodes[index] = (wa_voice_node){ WA_NODE_TYPE_CONSTANT_SOURCE, &values[index] };
    }
    const wa_voice_edge edges[] = { { FIRST, 0, SUM, 0, false },
                                    { SECOND, 0, SUM, 0, false },
                                    { THIRD, 0, SUM, 0, false },
                                    { SUM, 0, LINE, 0, false } };
    wa_voice_pool_desc desc = WA_VOICE_POOL_DESC_INIT;
    desc.nodes = nodes;
    desc.node_count = MEMBERS;
    desc.edges = edges;
    desc.edge_count = 4;
    desc.output_node = LINE;
    desc.output = r->out;
    desc.max_size = max_size;
    wa_voice_pool *made = NULL;
    assert_ok(wa_voice_pool_create(r->context, &desc, &made));
    return made;
}

wa_node at(wa_voice voice, uint32_t index) {
    const wa_node found = wa_voice_node_at(pool, voice, index);
    assert_int_not_equal(found.id, 0);
    return found;
}

wa_voice take(void) {
    wa_voice voice = { 0 };
    assert_ok(wa_voice_pool_acquire(pool, &voice));
    return voice;
}

void start(wa_voice voice) {
    for (uint32_t index = FIRST; index <= THIRD; index++) {
        assert_ok(wa_source_start(r->context, at(voice, index), 0.0));
    }
}

wa_node_pool_stats stats(void) {
    wa_node_pool_stats got;
    (void)wa_context_poll(r->context, NULL, 0);
    wa_voice_pool_get_stats(pool, &got);
    return got;
}

/* (1e8 + 1) - 1e8 is 0 in float; in any other order it is not. */
void assert_as_template(void) {
    const wa_voice voice = take();
    for (uint32_t index = FIRST; index <= THIRD; index++) {
        wa_param_info info;
        assert_ok(wa_param_get_info(r->context, wa_node_param(at(voice, index), 0), &info));
    }
    start(voice);
    rig_render(r, 512);
    assert_all(rig_render(r, 128), 0.0f, 128);
    assert_ok(wa_source_stop(r->context, at(voice, THIRD), 0.0));
    assert_ok(wa_source_stop(r->context, at(voice, FIRST), 0.0));
    rig_render(r, 512);
    assert_all(rig_render(r, 128), 1.0f, 128);
    assert_ok(wa_voice_pool_release(pool, voice, NULL));
    rig_render(r, 128);
    assert_int_equal(stats().in_use, 0);
}

void connect_members(wa_voice voice, uint32_t source, uint32_t destination) {
    rig_connect(r, at(voice, source), at(voice, destination));
}

void cut_member(wa_voice voice, uint32_t source) {
    assert_ok(wa_node_disconnect(r->context, at(voice, source)));
}
