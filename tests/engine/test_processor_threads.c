/* User data changes hands while another thread renders: each piece is plain memory that control writes before
 * it hands it over and again once it has it back, and that render reads in between. A piece that both have at
 * once is a data race to ThreadSanitizer, and a wrong sum to everybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "wavepool/wavepool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { QUANTUM = 128, ROUND_COUNT = 400, VALUE_COUNT = 64 };

typedef struct stage {
    wa_engine *engine;
    wa_context *context;
    pthread_t thread;
    _Atomic bool is_done;
    _Atomic uint32_t wrong_count; /* pieces that were not whole */
    _Atomic uint64_t call_count;
    uint32_t finish_count;
} stage;

/* All values are the same while render may look. */
typedef struct piece {
    stage *of;
    uint32_t values[VALUE_COUNT];
} piece;

static void ok(wa_status status) {
    if (status != WA_OK) {
        fail_msg("%s: %s", wa_status_name(status), wa_error_message());
    }
}

static bool check_piece(void *user, const wa_process_args *args) {
    piece *of = user;
    bool is_whole = true;
    for (uint32_t i = 1; i < VALUE_COUNT; i++) {
        is_whole &= of->values[i] == of->values[0];
    }
    args->outputs[0].planes[0][0] = (float)of->values[0];
    atomic_fetch_add_explicit(&of->of->wrong_count, !is_whole, memory_order_relaxed);
    atomic_fetch_add_explicit(&of->of->call_count, 1, memory_order_relaxed);
    return true;
}

static void free_piece(void *user) {
    piece *of = user;
    of->of->finish_count++;
    for (uint32_t i = 0; i < VALUE_COUNT; i++) {
        of->values[i] = 1000000 + i;
    }
    free(of);
}

static piece *make_piece(stage *of, uint32_t value) {
    piece *made = malloc(sizeof *made);
    assert_non_null(made);
    made->of = of;
    for (uint32_t i = 0; i < VALUE_COUNT; i++) {
        made->values[i] = value;
    }
    return made;
}

static void *render_on(void *user) {
    stage *of = user;
    float left[QUANTUM], right[QUANTUM];
    float *const outputs[] = { left, right };
    const wa_render_desc desc = { .desc_bytes = sizeof desc,
                                  .outputs = outputs,
                                  .frame_count = QUANTUM };
    while (!atomic_load(&of->is_done)) {
        (void)wa_context_render(of->context, &desc);
    }
    return NULL;
}

static void open_stage(stage *of) {
    wa_context_desc desc = WA_CONTEXT_DESC_INIT;
    desc.kind = WA_CONTEXT_EMBEDDED;
    ok(wa_engine_create(NULL, &of->engine));
    ok(wa_context_create(of->engine, &desc, &of->context));
    ok(wa_context_resume(of->context));
    assert_int_equal(pthread_create(&of->thread, NULL, render_on, of), 0);
}

static wa_processor define(stage *of) {
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    wa_processor made;
    desc.name = "Checker";
    desc.process = check_piece;
    desc.finish = free_piece;
    desc.input_count = 0;
    ok(wa_processor_define(of->engine, &desc, &made));
    return made;
}

static void wait_for_calls(const stage *of, uint64_t call_count) {
    const struct timespec moment = { 0, 100000 };
    const uint64_t until = atomic_load(&of->call_count) + call_count;
    for (uint32_t i = 0; atomic_load(&of->call_count) < until; i++) {
        assert_true(i < 100000);
        nanosleep(&moment, NULL);
    }
}

static void handed_over_while_rendered(void **state) {
    (void)state;
    stage *of = calloc(1, sizeof *of); /* a failed test leaves the thread running */
    assert_non_null(of);
    open_stage(of);
    wa_processor_options options = WA_PROCESSOR_OPTIONS_INIT;
    options.processor = define(of);
    uint32_t piece_count = 0;
    for (uint32_t life = 0; life < 4; life++) {
        wa_node node;
        options.user = make_piece(of, piece_count++);
        ok(wa_node_create(of->context, WA_NODE_TYPE_PROCESSOR, &options, &node));
        ok(wa_node_connect(of->context, node, wa_context_destination(of->context)));
        for (uint32_t round = 0; round < ROUND_COUNT / 4; round++) {
            ok(wa_processor_set_user(of->context, node, make_piece(of, piece_count++)));
            if (round % 8 == 0) {
                wait_for_calls(of, 1);
                (void)wa_context_poll(of->context, NULL, 0);
            }
        }
        ok(wa_node_release(of->context, node, NULL));
    }
    assert_true(of->finish_count > 0); /* while it renders, not only at the end */
    atomic_store(&of->is_done, true);
    pthread_join(of->thread, NULL);
    ok(wa_context_destroy(of->context));
    assert_int_equal(of->finish_count, piece_count);
    assert_int_equal(atomic_load(&of->wrong_count), 0);
    assert_true(atomic_load(&of->call_count) >= ROUND_COUNT / 8);
    ok(wa_engine_destroy(of->engine));
    free(of);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(handed_over_while_rendered) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
