/* What a snapshot of the graph shows; see graph_view.h. */
#include "graph_view.h"

/* -- what is shown ------------------------------------------------------------------------------ */

static bool is_voice_pool(const pool_link *pool) {
    return pool != NULL && pool->next_voice != NULL;
}

const unit *view_voice(const graph_node *of) {
    return is_voice_pool(of->pool) ? of->group : NULL;
}

bool view_shows(const graph_view *view, const graph_node *of) {
    if (of->type == WA_NODE_TYPE_DELAY_WRITER) {
        return false;
    }
    const pool_link *pool = of->pool;
    if (view->options.pooled == WA_GRAPH_POOLED_ONE && is_voice_pool(pool)) {
        return pool->next_voice(pool, NULL) == of->group;
    }
    return of->life != LIFE_POOLED || view->options.pooled == WA_GRAPH_POOLED_ALL;
}

const graph_node *view_next(const graph_view *view, node_cursor *cursor) {
    const graph_node *of = NULL;
    do {
        of = node_next(view->context, cursor);
    } while (of != NULL && !view_shows(view, of));
    return of;
}

const graph_node *view_target(const edge *of) {
    return of->target->partner != NULL ? of->target->partner : of->target;
}

/* New connections come first in the list: it is read from its end. */
const edge *view_next_edge(const graph_view *view, const graph_node *of, uint32_t output_index,
                           const edge *after) {
    const edge *each = NULL;
    if (after != NULL) {
        each = after->out_prev;
    } else {
        for (const edge *next = of->outputs[output_index].out_first; next != NULL;
             next = next->out_next) {
            each = next;
        }
    }
    while (each != NULL && !view_shows(view, view_target(each))) {
        each = each->out_prev;
    }
    return each;
}

uint32_t view_input_edge_count(const graph_node *of, uint32_t input_index) {
    const graph_node *reached = of->is_split ? of->writer : of;
    return reached->inputs[input_index].edge_count;
}

/* -- what it does ------------------------------------------------------------------------------- */

/* The nodes that this one stands for, itself first; zero the cursor first. NULL: that was the last. */
typedef struct like_cursor {
    const unit *voice;
    bool is_begun;
} like_cursor;

static const graph_node *next_like(const graph_view *view, const graph_node *of, like_cursor *cursor) {
    const pool_link *pool = of->pool;
    if (view->options.pooled == WA_GRAPH_POOLED_ONE && is_voice_pool(pool)) {
        cursor->voice = pool->next_voice(pool, cursor->voice);
        return cursor->voice != NULL ? cursor->voice->members[of->pool_index] : NULL;
    }
    const bool is_first = !cursor->is_begun;
    cursor->is_begun = true;
    return is_first ? of : NULL;
}

static uint32_t seen_of(const graph_node *of) {
    return atomic_load_explicit(&of->seen, memory_order_relaxed);
}

/* Of a node that sleeps: what its readers take it for. */
static view_output output_of(const graph_node *of, uint32_t output_index) {
    const uint32_t seen = atomic_load_explicit(&of->outputs[output_index].seen, memory_order_relaxed);
    return (seen_of(of) & NODE_SOUNDS) != 0
               ? (view_output){ seen & (OUTPUT_SEEN_SILENT - 1u), (seen & OUTPUT_SEEN_SILENT) != 0 }
               : (view_output){ 1, true };
}

view_output view_output_of(const graph_view *view, const graph_node *of, uint32_t output_index) {
    view_output all = { 1, true };
    like_cursor cursor = { 0 };
    for (const graph_node *each; (each = next_like(view, of, &cursor)) != NULL;) {
        const view_output one = output_of(each, output_index);
        all.channel_count =
            one.channel_count > all.channel_count ? one.channel_count : all.channel_count;
        all.is_silent &= one.is_silent;
    }
    return all;
}

bool view_has_tail(const graph_view *view, const graph_node *of) {
    bool has_tail = false;
    like_cursor cursor = { 0 };
    for (const graph_node *each; (each = next_like(view, of, &cursor)) != NULL;) {
        has_tail |= (seen_of(each) & NODE_HAS_TAIL) != 0;
    }
    return has_tail;
}

static bool is_silent(const graph_node *of) {
    for (uint32_t index = 0; index < of->output_count; index++) {
        if (!output_of(of, index).is_silent) {
            return false;
        }
    }
    return of->output_count > 0;
}

static view_state state_of(const graph_node *of) {
    const uint32_t seen = seen_of(of);
    if (of->life == LIFE_POOLED) {
        return VIEW_IDLE;
    }
    if (of->is_muted) {
        return VIEW_MUTED;
    }
    if ((seen & NODE_AWAKE) != 0) {
        return is_silent(of) ? VIEW_SILENT : VIEW_ACTIVE;
    }
    if ((of->class->flags & WA_CLASS_SOURCE) != 0 && of->is_started) {
        return of->is_ended || (seen & NODE_ENDED) != 0 ? VIEW_ENDED : VIEW_SCHEDULED;
    }
    return VIEW_SLEEPING;
}

/* It is no node that is processed: it is looked at by those that listen. */
static view_state listener_state(const graph_view *view) {
    uint32_t slot = 0;
    for (const graph_node *each; (each = node_next_listening(view->context, &slot)) != NULL;) {
        if ((seen_of(each) & NODE_AWAKE) != 0) {
            return VIEW_ACTIVE;
        }
    }
    return VIEW_SLEEPING;
}

view_state view_state_of(const graph_view *view, const graph_node *of) {
    if (of == view->context->listener) {
        return listener_state(view);
    }
    view_state first = VIEW_IDLE;
    like_cursor cursor = { 0 };
    for (const graph_node *each; (each = next_like(view, of, &cursor)) != NULL;) {
        const view_state state = state_of(each);
        first = state < first ? state : first;
    }
    return first;
}

const char *view_state_name(view_state state) {
    static const char *const names[] = {
        [VIEW_ACTIVE] = "active",     [VIEW_SILENT] = "silent", [VIEW_SCHEDULED] = "scheduled",
        [VIEW_SLEEPING] = "sleeping", [VIEW_ENDED] = "ended",   [VIEW_MUTED] = "muted",
        [VIEW_IDLE] = "idle",
    };
    return names[state];
}

double view_latency_frames(const graph_node *of) {
    return of->class->latency_frames != NULL ? of->class->latency_frames(of->config) : 0.0;
}

/* -- what it costs ------------------------------------------------------------------------------ */

typedef struct cost_sum {
    double ns;
    uint64_t instance_quanta;
} cost_sum;

static void add_node(cost_sum *sum, const graph_node *of) {
    sum->ns += (double)atomic_load_explicit(&of->cost_ns, memory_order_relaxed);
    sum->instance_quanta += atomic_load_explicit(&of->cost_count, memory_order_relaxed);
    if (of->writer != NULL) {
        sum->ns += (double)atomic_load_explicit(&of->writer->cost_ns, memory_order_relaxed);
    }
}

view_cost view_cost_of(const graph_view *view, const graph_node *of) {
    cost_sum sum = { 0 };
    like_cursor cursor = { 0 };
    if (view->timed_quanta == 0.0) {
        return (view_cost){ 0 };
    }
    for (const graph_node *each; (each = next_like(view, of, &cursor)) != NULL;) {
        add_node(&sum, each);
    }
    return (view_cost){ sum.ns / view->timed_quanta,
                        view->timed_ns > 0.0 ? sum.ns / view->timed_ns : 0.0, sum.instance_quanta };
}

double view_cost_max(const graph_view *view) {
    double max = 0.0;
    node_cursor cursor = { 0 };
    for (const graph_node *of; (of = view_next(view, &cursor)) != NULL;) {
        const double ns = view_cost_of(view, of).ns_per_quantum;
        max = ns > max ? ns : max;
    }
    return max;
}

/* -- params ------------------------------------------------------------------------------------- */

uint32_t view_event_count(const graph_node *of, uint32_t param_index) {
    const param_extra *extra = of->params[param_index].extra;
    return extra != NULL ? extra->line.count : 0;
}

uint32_t view_param_edge_count(const graph_node *of, uint32_t param_index) {
    const param_extra *extra = of->params[param_index].extra;
    uint32_t count = 0;
    for (const edge *each = extra != NULL ? extra->in_first : NULL; each != NULL;
         each = each->in_next) {
        count++;
    }
    return count;
}

float view_param_value(const graph_view *view, const graph_node *of, uint32_t param_index) {
    return param_value(view->context, &of->params[param_index]);
}

/* -- labels ------------------------------------------------------------------------------------- */

const char *view_label(const graph_view *view, const graph_node *of) {
    if (view->options.label == NULL) {
        return NULL;
    }
    const wa_graph_place place = {
        .node = { node_id(view->context, of) },
        .type = (wa_node_type)of->type,
        .voice_pool = is_voice_pool(of->pool) ? of->pool : NULL,
        .voice_node_index = is_voice_pool(of->pool) ? of->pool_index : 0,
    };
    return view->options.label(view->options.label_user, &place);
}

const char *view_pool_label(const graph_view *view, const pool_link *of) {
    if (view->options.label == NULL || !is_voice_pool(of)) {
        return NULL;
    }
    const wa_graph_place place = { .voice_pool = (const wa_voice_pool *)of };
    return view->options.label(view->options.label_user, &place);
}
