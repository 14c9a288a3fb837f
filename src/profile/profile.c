/* The render side of the profile: two clock reads per callback, a few stores, no loop over frames. */
#include "state.h"
#include <assert.h>

enum { NS_PER_S = 1000000000 };

/* -- Writing words: the sequence is odd meanwhile. Release on every word, acquire on every read: who
 * reads a word that is new also sees the sequence odd. -- */

static void words_begin(profile *of) {
    const uint64_t sequence = atomic_load_explicit(&of->sequence, memory_order_relaxed);
    assert(sequence % 2 == 0);
    atomic_store_explicit(&of->sequence, sequence + 1, memory_order_relaxed);
}

static void words_end(profile *of) {
    const uint64_t sequence = atomic_load_explicit(&of->sequence, memory_order_relaxed);
    assert(sequence % 2 == 1);
    atomic_store_explicit(&of->sequence, sequence + 1, memory_order_release);
}

static uint64_t word_get(const profile *of, uint32_t word) {
    return atomic_load_explicit(&of->words[word], memory_order_relaxed);
}

static void word_set(profile *of, uint32_t word, uint64_t value) {
    atomic_store_explicit(&of->words[word], value, memory_order_release);
}

static void word_add(profile *of, uint32_t word, uint64_t difference) {
    word_set(of, word, word_get(of, word) + difference);
}

static void word_raise(profile *of, uint32_t word, uint64_t value) {
    if (value > word_get(of, word)) {
        word_set(of, word, value);
    }
}

/* -- Callbacks -- */

static void apply_reset(profile *of) {
    const uint64_t wanted = atomic_load_explicit(&of->reset_wanted, memory_order_acquire);
    if (wanted == atomic_load_explicit(&of->reset_done, memory_order_relaxed)) {
        return;
    }
    words_begin(of);
    for (uint32_t word = 0; word < WORD_COUNT; word++) {
        word_set(of, word, 0);
    }
    atomic_store_explicit(&of->reset_done, wanted, memory_order_release);
    words_end(of);
    of->render.quantum_count = 0;
    atomic_store_explicit(&of->is_first, true, memory_order_relaxed);
}

void profile_callback_begin(profile *of, uint64_t frame) {
    (void)frame;
    apply_reset(of);
    of->render.trace = trace_hold(&of->trace);
    of->render.callback_begin_ns = clock_now_ns();
}

static void add_load(profile *of, uint64_t render_ns, uint32_t frame_count) {
    const double available_ns = frame_count / of->sample_rate_hz * NS_PER_S;
    const double load = (double)render_ns / available_ns;
    word_add(of, WORD_MEASURED_NS, render_ns);
    word_add(of, WORD_MEASURED_FRAMES, frame_count);
    word_add(of, WORD_MISS_COUNT, load > 1.0 ? 1 : 0);
    word_add(of, WORD_LOADS + histogram_bucket(load), 1);
    word_raise(of, WORD_LOAD_MAX, (uint64_t)(load * NS_PER_S));
}

void profile_callback_end(profile *of, uint32_t frame_count, uint64_t frame) {
    profile_render *render = &of->render;
    const uint64_t begin_ns = render->callback_begin_ns;
    const uint64_t end_ns = clock_now_ns();
    if (frame_count != 0) { /* asked for nothing: no time was available */
        words_begin(of);
        word_add(of, WORD_CALLBACK_COUNT, 1);
        word_add(of, WORD_QUANTUM_COUNT, render->quantum_count);
        if (!atomic_load_explicit(&of->is_first, memory_order_relaxed)) {
            add_load(of, end_ns - begin_ns, frame_count);
        }
        words_end(of);
        atomic_store_explicit(&of->is_first, false, memory_order_relaxed);
        render->quantum_count = 0;
    }
    if (render->trace != NULL) {
        const trace_event event = { begin_ns, end_ns, frame, frame_count, TRACE_CALLBACK, 0 };
        trace_push(&of->trace, render->trace, &event);
        trace_let_go(&of->trace);
        render->trace = NULL;
    }
}

/* -- Quanta -- */

/* A trace without an interval of its own times every quantum. */
static bool is_quantum_timed(profile *of) {
    profile_render *render = &of->render;
    uint32_t interval = atomic_load_explicit(&of->timing_interval, memory_order_relaxed);
    if (interval == 0 && render->trace != NULL) {
        interval = 1;
    }
    if (interval == 0) {
        render->quanta_until_timed = 0;
        return false;
    }
    if (render->quanta_until_timed > 0 && render->quanta_until_timed < interval) {
        render->quanta_until_timed--;
        return false;
    }
    render->quanta_until_timed = interval - 1;
    return true;
}

bool profile_quantum_begin(profile *of, uint64_t frame) {
    if (of == NULL) {
        return false;
    }
    profile_render *render = &of->render;
    render->quantum_count++;
    const bool is_timed = is_quantum_timed(of);
    if (is_timed || render->trace != NULL) {
        render->quantum_frame = frame;
        render->quantum_begin_ns = clock_now_ns();
    }
    return is_timed;
}

void profile_span(profile *of, uint32_t level, wa_node_type type, uint32_t instance_count,
                  uint64_t begin_ns, uint64_t end_ns) {
    assert((uint32_t)type < WA_NODE_TYPE_COUNT_MAX);
    assert(end_ns >= begin_ns);
    profile_render *render = &of->render;
    render->type_ns[type] += end_ns - begin_ns;
    render->type_instances[type] += instance_count;
    render->type_spans[type]++;
    if (render->trace != NULL) {
        const trace_event event = {
            begin_ns, end_ns, level, instance_count, TRACE_SPAN, (uint16_t)type
        };
        trace_push(&of->trace, render->trace, &event);
    }
}

static void add_timed(profile *of, uint64_t quantum_ns) {
    profile_render *render = &of->render;
    words_begin(of);
    word_add(of, WORD_TIMED_COUNT, 1);
    word_add(of, WORD_TIMED_NS, quantum_ns);
    for (uint32_t type = 0; type < WA_NODE_TYPE_COUNT_MAX; type++) {
        if (render->type_spans[type] == 0) {
            continue;
        }
        word_add(of, WORD_TYPE_NS + type, render->type_ns[type]);
        word_add(of, WORD_TYPE_INSTANCES + type, render->type_instances[type]);
        word_add(of, WORD_TYPE_SPANS + type, render->type_spans[type]);
        render->type_ns[type] = 0;
        render->type_instances[type] = 0;
        render->type_spans[type] = 0;
    }
    words_end(of);
}

void profile_quantum_end(profile *of, bool is_timed) {
    if (of == NULL || (!is_timed && of->render.trace == NULL)) {
        return;
    }
    profile_render *render = &of->render;
    const uint64_t end_ns = clock_now_ns();
    if (is_timed) {
        add_timed(of, end_ns - render->quantum_begin_ns);
    }
    if (render->trace != NULL) {
        const trace_event event = { render->quantum_begin_ns, end_ns,        render->quantum_frame,
                                    of->quantum_frames,       TRACE_QUANTUM, 0 };
        trace_push(&of->trace, render->trace, &event);
    }
}
